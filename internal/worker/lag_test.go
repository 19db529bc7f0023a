package worker_test

import (
	"testing"
	"time"

	"svodka/internal/google"
	"svodka/internal/worker"
)

// ahead moves the clock on.
func (c *clock) ahead(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// hour is one in which everybody of a department reports, with a cycle every few minutes.
type hour struct {
	people int
	every  time.Duration // between cycles
}

// with returns the calls of the hour, with a feed that lags. Half of the people type so
// shortly before a cycle that a lagging feed has not reported it by then. Every tenth
// first types what needs a mark, so that the worker writes into that report, and corrects
// it later. At half past ops change a plan, so that it writes into all of them.
func (h hour) with(o *office, lag time.Duration) google.Calls {
	o.server.Faults().Lag(lag)
	reports := o.reports()
	day := date("2026-05-14")
	g := o.tab(reports[0], monthTab(day))
	at := g.at(g.row("date", day), "kpi:deals") // in everybody's spreadsheet
	steps := int(time.Hour / h.every)
	types := func(step, half int) {
		for i, report := range reports {
			if i/2%2 != half {
				continue
			}
			bad := i%10 == 0
			switch due := i * steps / 2 / h.people; {
			case step == due && bad:
				o.put(o.people[i].Email, report, at, "много")
			case step == due || step == due+steps/2 && bad:
				o.put(o.people[i].Email, report, at, 1+i%7)
			}
		}
	}
	return o.calls(func() {
		for step := range steps + 6 { // then what Drive reports later
			if step == steps/2 {
				o.config("kpis", salesRep+"key=deals", "plan", 30)
			}
			o.clock.ahead(h.every - 5*time.Minute)
			types(step, 0)
			o.clock.ahead(4 * time.Minute)
			types(step, 1)
			o.clock.ahead(time.Minute)
			o.sync()
		}
		o.expect("settled", google.Calls{Drive: 1})
		for _, i := range []int{0, 1, 2, 10, h.people - 1} { // nothing was missed
			o.month(i, "deals", float64(1+i%7))
		}
	})
}

// Drive reports the worker's own writes long after the run. That costs no reads: with a
// feed that lags by three minutes everybody's reports take as many calls as with one that
// does not, within a tenth. TestCalls has 500 people with that lag.
func TestCallsWithLag(t *testing.T) {
	t.Parallel()
	h := hour{20, 5 * time.Minute}
	stage := staged(t, func(o *office) {
		o.init().hire(h.people, "sales-rep")
		o.server.Faults().Lag(3 * time.Minute)
		o.sync() // makes everything
		o.share(o.control(), ops)
		o.clock.ahead(5 * time.Minute)
		o.expect("told of all that it made", google.Calls{Drive: 1})
	})
	calls := func(lag time.Duration) google.Calls {
		return h.with(stage(t, func(o *office) {
			o.clock.set("2026-05-14", 17, 0)
			o.options = func(w *worker.Options) { w.Reread = 10 * time.Minute }
		}), lag)
	}
	without, with := calls(0), calls(3*time.Minute)
	total := func(c google.Calls) int { return c.Drive + c.SheetsRead + c.SheetsWrite }
	t.Logf("without lag %+v, with %+v", without, with)
	if total(with)*10 > total(without)*11 || total(without)*10 > total(with)*11 {
		t.Errorf("%d calls without lag, %d with", total(without), total(with))
	}
	if without.SheetsRead < h.people || with.SheetsRead < h.people {
		t.Errorf("%d people report in %d reads without lag, %d with", h.people, without.SheetsRead, with.SheetsRead)
	}
}

// Edits of a person who uses the worker's account are noticed, even if Drive reports them
// together with the worker's own writes, minutes later.
func TestSameAccountWithLag(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.server.Faults().Lag(3 * time.Minute)
	later := func() { o.clock.ahead(5 * time.Minute) }
	o.sync()
	later()
	o.sync()
	o.typesAs("", 0, "2026-05-14", "deals", "?")
	later()
	if out := o.sync(); out.BadCells != 1 { // the worker writes a mark beside it
		t.Errorf("%d bad cells", out.BadCells)
	}
	o.clock.ahead(30 * time.Second) // Drive has not reported that yet
	o.typesAs("", 0, "2026-05-13", "deals", 4)
	later()
	o.expect("typed after the worker wrote, told together", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.month(0, "deals", 4)
	later()
	o.expect("settled", google.Calls{Drive: 1})
}

// A spreadsheet that somebody only viewed, or that was shared with somebody, is in the
// feed and costs no reading.
func TestFeedOfNoEdits(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 3)
	o.sync()
	o.settle()
	o.share(o.report(0), "guest@example.com")
	o.share(o.report(1), "guest@example.com")
	o.expect("shared by hand", google.Calls{Drive: 1})
}
