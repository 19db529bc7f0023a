package worker_test

import (
	"context"
	"runtime/pprof"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/importing"
)

// BenchmarkColdSync reads 30 people's ten months again, as after the loss of the ledger,
// and counts the writes of anything but the summary: nothing differs. Profiles of it name
// these syncs (cycle=cold). It also tells what the import of these months has cost in
// calls.
func BenchmarkColdSync(b *testing.B) {
	const n = 30
	o := newOffice(b, func(o *office) { o.clock.set("2026-10-31", 20, 0) }).init().hire(n, "sales-rep")
	o.sync()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-10-31")}
	before := o.client.Calls()
	_, err := importRows(b.Context(), o, importing.Importer.Entries, daily(o, 0, history(n, span)), importing.Options{})
	o.must(err)
	after := o.client.Calls()
	o.settle()
	b.ReportAllocs()
	writes := 0
	for b.Loop() {
		b.StopTimer()
		o.restart(true)
		o.server.Journal().Reset()
		b.StartTimer()
		pprof.Do(b.Context(), pprof.Labels("cycle", "cold"), func(context.Context) {
			if out := o.sync(); out.Read != n {
				b.Fatalf("%d were read", out.Read)
			}
		})
		b.StopTimer()
		for _, c := range o.server.Journal().Calls() {
			if strings.HasPrefix(c.Method, "sheets.spreadsheets.batchUpdate") && c.FileID != o.summary() {
				writes++
			}
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(writes)/float64(b.N), "report-writes/op")
	b.ReportMetric(float64(after.SheetsRead-before.SheetsRead)/n, "import-reads/person")
	b.ReportMetric(float64(after.SheetsWrite-before.SheetsWrite)/n, "import-writes/person")
}
