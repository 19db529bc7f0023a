package worker_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/worker"
)

// scales take the time and the bytes that calls to Google take.
type scales struct {
	base  http.RoundTripper
	spent atomic.Int64 // nanoseconds
	sent  atomic.Int64 // bytes
}

func (m *scales) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	defer func() { m.spent.Add(int64(time.Since(begun))) }()
	m.sent.Add(max(0, r.ContentLength))
	return m.base.RoundTrip(r)
}

// weighed makes an office whose worker does one thing after the other, and scales for what
// its calls take: what is left of a cycle's time is the worker's own.
func weighed(t testing.TB) (*office, *scales) {
	m := &scales{}
	o := newOffice(t, func(o *office) {
		o.clock.set("2026-05-14", 12, 0)
		o.wire = func(base http.RoundTripper) http.RoundTripper {
			m.base = base
			return m
		}
		o.options = func(opt *worker.Options) { opt.Parallel = 1 }
	})
	return o, m
}

// past puts figures of all KPIs that a role types into the ledger, for each working day
// of a span, as cycles of those days would have kept them.
func (o *office) past(s calendar.Span, kpis ...string) {
	o.t.Helper()
	for _, p := range o.dep().People {
		r := ledger.Reading{Person: p.ID, Scopes: []ledger.Scope{{Span: s, KPIs: kpis}}, Day: s.To}
		for d := s.From; d <= s.To; d++ {
			for i, k := range kpis {
				r.Entries = append(r.Entries, department.Entry{Person: p.ID, KPI: k, Date: d, Value: float64(int(d)%5 + i)})
			}
		}
		_, err := o.ledger.Store(o.t.Context(), r)
		o.must(err)
	}
}

// BenchmarkCycle tells what the cycles of a department cost the worker itself, in
// milliseconds without what Google takes (worker-ms), in calls, and in KB sent: where
// nothing has changed, where one person, one in a hundred and everybody has typed, and
// where one has who works in a department with two years behind it.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{200, 1000, 5000} {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) { benchmarkCycles(b, n) })
	}
}

func benchmarkCycles(b *testing.B, n int) {
	o, m := weighed(b)
	o.init().hire(n, "sales-rep")
	o.settle()
	o.open()
	reports := o.reports()
	g := o.tab(reports[0], monthTab(date("2026-05-14")))
	at := g.at(g.row("date", date("2026-05-14")), "kpi:deals") // in everybody's spreadsheet
	figure := 0
	cycle := func(name string, typing int) {
		b.Run(name, func(b *testing.B) {
			var own time.Duration
			calls, sent := 0, int64(0)
			for b.Loop() {
				b.StopTimer()
				figure++
				for i := range typing {
					o.put(o.people[i].Email, reports[i], at, 1+(figure+i)%9)
				}
				before, bytes, spent := o.client.Calls(), m.sent.Load(), m.spent.Load()
				begun := time.Now()
				b.StartTimer()
				o.sync()
				b.StopTimer()
				own += time.Since(begun) - time.Duration(m.spent.Load()-spent)
				after := o.client.Calls()
				calls += after.Drive + after.SheetsRead + after.SheetsWrite - before.Drive - before.SheetsRead - before.SheetsWrite
				sent += m.sent.Load() - bytes
				b.StartTimer()
			}
			b.ReportMetric(float64(own.Microseconds())/1000/float64(b.N), "worker-ms/op")
			b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
			b.ReportMetric(float64(sent)/1000/float64(b.N), "KB-sent/op")
			o.settle()
		})
	}
	cycle("nothing", 0)
	cycle("one", 1)
	cycle("percent", max(1, n/100))
	cycle("everybody", n)
	if n > 1000 { // it would take minutes to fill two years of them
		return
	}
	role := o.dep().Roles[slices.IndexFunc(o.dep().Roles, func(r department.Role) bool { return r.Key == "sales-rep" })]
	var kpis []string
	for _, k := range role.KPIs {
		if k.Typed() {
			kpis = append(kpis, k.Key)
		}
	}
	o.past(calendar.Span{From: date("2024-05-01"), To: date("2026-04-30")}, kpis...)
	o.put(o.people[0].Email, reports[0], at, 77)
	o.settle()
	cycle("one-old", 1)
}
