package worker_test

import (
	"context"
	"sync"
	"testing"

	"svodka/internal/ledger"
	"svodka/internal/worker"
)

// Many spreadsheets at once end like one after the other.
func TestParallel(t *testing.T) {
	t.Parallel()
	run := func(parallel int) (*office, map[string]string) {
		o := newOffice(t, func(o *office) {
			o.options = func(w *worker.Options) { w.Parallel = parallel }
		}).init().hire(5, "sales-rep").hire(2, "cold-caller")
		o.settle()
		for i := range 5 {
			o.typesAs("", i, "2026-05-13", "deals", i)
		}
		o.typesAs("", 3, "2026-05-12", "deals", "?")
		o.settle()
		return o, o.dump()
	}
	o, got := run(8)
	_, want := run(1)
	if d := differ(want, got); d != "" {
		t.Errorf("8 at once differ from 1:\n%s", clip(d))
	}
	o.month(4, "deals", 4)
}

// A lock outside this package keeps two workers on one ledger apart; should they meet,
// they do no harm to what is there.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	people, rounds := 4, 3
	if testing.Short() {
		people, rounds = 2, 1
	}
	o := newOffice(t).init().hire(people, "sales-rep")
	o.settle()
	second, err := ledger.Open(t.Context(), o.path, o.clock.now)
	o.must(err)
	defer func() { o.must(second.Close()) }()
	opt := o.w.Options
	opt.Ledger = second
	other := worker.New(opt)
	for round := range rounds {
		for i := range people {
			o.typesAs("", i, "2026-05-13", "deals", 10*round+i)
		}
		var wg sync.WaitGroup
		for _, w := range []*worker.Worker{o.w, other} {
			wg.Go(func() {
				// One may find that the other has written what it was about to write.
				if out, err := w.Sync(context.WithoutCancel(t.Context()), 0); err != nil || len(out.Failures) > 0 {
					t.Logf("%v, %v", err, out.Failures)
				}
			})
		}
		wg.Wait()
		o.settle()
		for i := range people {
			o.month(i, "deals", float64(10*round+i))
		}
	}
	before := o.dump()
	o.restart(true)
	o.settle()
	if d := differ(before, o.dump()); d != "" {
		t.Errorf("what the ledger held was not what stood there:\n%s", clip(d))
	}
}
