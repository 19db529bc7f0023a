package worker_test

import (
	"fmt"
	"testing"
	"time"

	"svodka/internal/google"
)

// sharedWrites returns the writes of a first sync into the two spreadsheets that n people
// share. A large summary is made in parts of workbook.MaxBytes.
func sharedWrites(n int) int {
	switch {
	case n >= 500:
		return 5
	case n >= 150:
		return 3
	}
	return 2
}

// folderCalls is the number of calls to Drive of the first sync that has reports: it
// looks for their folder and makes it.
const folderCalls = 2

// The calls of a cycle, in departments of all sizes.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 50, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if testing.Short() && n > 5 {
				t.Skip("it runs without -short")
			}
			o := newOffice(t).init()
			o.hire(n, "sales-rep")
			told := func() {}
			if n != 50 { // a feed that lags, whose entries come with the next cycle, costs nothing
				o.server.Faults().Lag(3 * time.Minute)
				told = func() { o.clock.ahead(5 * time.Minute) }
			}
			out := o.expect("provisioning", google.Calls{Drive: 2*n + 1 + folderCalls, SheetsRead: 1,
				SheetsWrite: n + sharedWrites(n)})
			if out.Made != n || out.People != n {
				t.Errorf("made %d of %d", out.Made, out.People)
			}
			told()
			o.expect("nothing changed since", google.Calls{Drive: 1})
			o.open()
			o.expect("nothing changed", google.Calls{Drive: 1})

			for i := range 3 {
				o.types(i, "2026-05-14", "deals", 2+i)
			}
			told()
			if out := o.expect("three people typed", google.Calls{Drive: 1, SheetsRead: 3, SheetsWrite: 1}); out.Read !=
				3 || !out.Summary {
				t.Errorf("%+v", out)
			}
			o.month(2, "deals", 4)
			told()
			o.expect("settled again", google.Calls{Drive: 1})

			g := o.tab(o.report(0), monthTab(date("2026-05-14")))
			at := g.at(g.row("date", date("2026-05-14")), "kpi:deals") // in everybody's spreadsheet
			for i, report := range o.reports() {
				o.put(o.people[i].Email, report, at, 5+i%7)
			}
			told()
			o.expect("everybody typed a plain number", google.Calls{Drive: 1, SheetsRead: n, SheetsWrite: 1})
			o.month(n-1, "deals", float64(5+(n-1)%7))
		})
	}
}

// A change of the configuration costs a read of it, and a write of each
// spreadsheet that must change.
func TestCallsOfConfiguration(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(5, "sales-rep").hire(3, "cold-caller")
	o.sync()
	o.open()
	o.config("kpis", "key=calls", "plan", "2000")
	if out := o.expect("a plan of three people changed",
		google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 4}); out.Written != 3 {
		t.Errorf("%d spreadsheets were written", out.Written)
	}
	o.expect("settled", google.Calls{Drive: 1})
	if got := o.line(6, "month", "2026-05-14", "calls").Plan; got.V != 2000 {
		t.Errorf("the plan is %v", got)
	}

	o.clock.set("2026-05-15", 12, 0)
	o.expect("a new day", google.Calls{Drive: 1, SheetsWrite: 1})
	o.expect("settled", google.Calls{Drive: 1})
	o.clock.set("2026-05-15", 19, 1)
	o.expect("after the deadline", google.Calls{Drive: 1, SheetsWrite: 1})
	o.expect("settled", google.Calls{Drive: 1})
}

// A cell that cannot be read costs a write in addition to the read: its mark.
func TestCallsOfBadCell(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", "много")
	if out := o.expect("a bad cell", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2}); out.BadCells != 1 {
		t.Errorf("%d bad cells", out.BadCells)
	}
	o.expect("settled", google.Calls{Drive: 1})
	o.types(0, "2026-05-14", "deals", 3)
	o.expect("mended", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	o.expect("settled", google.Calls{Drive: 1})
	o.month(0, "deals", 3)
}

// The worker's account may be a person's, who types and configures with it: the worker
// distinguishes its own writes from theirs.
func TestSameAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.settle()
	o.typesAs("", 0, "2026-05-14", "deals", 7)
	o.expect("typed with the worker's account", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.month(0, "deals", 7)
	o.configAs("", "kpis", salesRep+"key=deals", "plan", 30)
	o.expect("configured with the worker's account", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 3})
	if got := o.line(0, "month", "2026-05-14", "deals").Plan; got.V != 30 {
		t.Errorf("the plan is %v", got)
	}
	o.typesAs("", 0, "2026-05-13", "deals", "?")
	o.expect("a bad cell", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	o.typesAs("", 0, "2026-05-13", "deals", 1)
	o.expect("mended after the worker wrote", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	o.month(0, "deals", 8)
	o.expect("settled", google.Calls{Drive: 1})
}
