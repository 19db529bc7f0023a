package worker_test

import (
	"testing"

	"svodka/internal/google"
	"svodka/internal/worker"
)

// Layouts are not made again while their inputs stay the same; any change of these is
// noticed.
func TestLayoutsFollowTheirInputs(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep").hire(2, "cold-caller")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 3)
	o.expect("typed", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.types(1, "2026-05-14", "deals", 4)
	o.expect("another one typed", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	if n := o.w.LayoutsSpared(); n != 5 {
		t.Errorf("%d layouts were spared when one of five people typed what formulas count, want 5", n)
	}
	o.types(1, "2026-05-13", "deals", "?")
	o.expect("a bad cell", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	o.types(1, "2026-05-13", "deals", 2)
	o.expect("mended", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	o.config("kpis", "key=calls", "plan", "2000")
	o.expect("a plan of two people changed", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 3})
	o.restart(false)
	o.types(0, "2026-05-12", "deals", 4)
	o.expect("a new process", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	if n := o.w.LayoutsSpared(); n != 5 {
		t.Errorf("%d layouts were spared when one of five people typed before a new process, want 5", n)
	}
	o.options = func(opt *worker.Options) { opt.Program = "another" }
	o.restart(false)
	o.types(0, "2026-05-12", "deals", 5)
	o.expect("a new program", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	if n := o.w.LayoutsSpared(); n != 0 {
		t.Errorf("%d layouts were spared by another program", n)
	}
	o.clock.set("2026-05-15", 12, 0)
	o.expect("a new day", google.Calls{Drive: 1, SheetsWrite: 1})
	if n := o.w.LayoutsSpared(); n != 0 {
		t.Errorf("%d layouts were spared on a new day", n)
	}
}
