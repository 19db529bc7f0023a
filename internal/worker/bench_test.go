package worker_test

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/worker"
)

// BenchmarkColdSync reads 30 people's ten months again, without a ledger, as
// after the loss of it.
func BenchmarkColdSync(b *testing.B) {
	const n = 30
	o := newOffice(b, func(o *office) { o.clock.set("2026-10-31", 20, 0) }).init().hire(n, "sales-rep")
	o.sync()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-10-31")}
	_, err := o.w.ImportEntries(b.Context(), daily(o, 0, history(n, span)), worker.ImportOptions{})
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
