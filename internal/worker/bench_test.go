package worker_test

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/importing"
)

// BenchmarkColdSync reads 30 people's ten months again, as after the loss of the ledger.
// It also tells what the import of these months has cost in calls.
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
	for b.Loop() {
		b.StopTimer()
		o.restart(true)
		b.StartTimer()
		if out := o.sync(); out.Read != n {
			b.Fatalf("%d were read", out.Read)
		}
	}
	b.ReportMetric(float64(after.SheetsRead-before.SheetsRead)/n, "import-reads/person")
	b.ReportMetric(float64(after.SheetsWrite-before.SheetsWrite)/n, "import-writes/person")
}
