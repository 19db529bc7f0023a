package worker_test

import (
	"testing"

	"svodka/internal/localgoogle"
	"svodka/internal/worker"
)

// Monitoring gets everybody's state: after a cycle, after one that found nothing to do,
// and after a restart.
func TestStates(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.settle()
	o.open()
	states := func(when string, want worker.States) {
		t.Helper()
		out, err := o.w.Sync(t.Context(), 0)
		o.must(err)
		if out.States != want {
			t.Errorf("%s: %+v, want %+v", when, out.States, want)
		}
	}
	o.types(0, "2026-05-14", "deals", 3)
	o.types(0, "2026-05-14", "revenue", 1000)
	o.types(1, "2026-05-14", "deals", "много")
	o.clock.set("2026-05-14", 19, 30) // after the deadline
	o.types(2, "2026-05-14", "deals", 1)
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.", FileID: o.report(2), Status: 403, Count: 1})
	states("one cannot be read, one has typed a word",
		worker.States{Served: 3, Unreadable: 1, BadCells: 1, NotReported: 3})
	o.settle()
	want := worker.States{Served: 4, BadCells: 1, NotReported: 3}
	states("nothing to do", want)
	o.restart(false)
	states("after a restart", want)

	o.share(o.report(0), "friend@example.com")
	out, err := o.w.Provision(t.Context())
	o.must(err)
	if out.States.ByHand != 2 { // and ops, who have access to the control spreadsheet by hand
		t.Errorf("%d spreadsheets are shared by hand, want 2", out.States.ByHand)
	}
}
