package worker_test

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/importing"
)

// BenchmarkColdSync reads 30 people's ten months again, as after the loss of the ledger.
func BenchmarkColdSync(b *testing.B) {
	const n = 30
	o := newOffice(b, func(o *office) { o.clock.set("2026-10-31", 20, 0) }).init().hire(n, "sales-rep")
	o.sync()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-10-31")}
	_, err := importRows(b.Context(), o, importing.Importer.Entries, daily(o, 0, history(n, span)), importing.Options{})
	o.must(err)
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
}
