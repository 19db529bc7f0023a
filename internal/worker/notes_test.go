package worker_test

import "testing"

// A note of ours goes with its cause, even if there is no record that it is ours: after a
// lost ledger, or a write with an unknown result.
func TestStaleNotesGo(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", "пять")
	o.settle()
	if o.stands(0, "2026-05-13", "deals").Note == "" {
		t.Fatal("a cell that cannot be read has no note")
	}
	o.types(0, "2026-05-13", "deals", 5)
	o.restart(true)
	o.settle()
	o.month(0, "deals", 5)
	if n := o.stands(0, "2026-05-13", "deals").Note; n != "" {
		t.Errorf("the mended cell (5, counted) still says %q", n)
	}
}
