package worker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/publish"
)

// pool works on several spreadsheets at once. When it is told to end, it finishes those
// under way and begins no other.
type pool struct {
	parallel int
	grace    time.Duration // how long those under way may take; 0: it leaves them as they are
	keep     func(context.Context, files.File) error
	progress func(step string, done, total int)
}

// hold returns a context that outlives ctx for a while, in which to finish the
// spreadsheets under way.
func (c pool) hold(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.grace <= 0 {
		return context.WithCancel(ctx)
	}
	held, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(c.grace, cancel)
		context.AfterFunc(held, func() { t.Stop() })
	})
	return held, func() { stop(); cancel() }
}

// finish does something to one spreadsheet, and completes it once it has begun.
func (c pool) finish(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	held, cancel := c.hold(ctx)
	defer cancel()
	return f(held)
}

// counting reports the progress of a step of n: call the function that it returns after
// each.
func (c pool) counting(step string, n int) func() {
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		c.progress(step, done, n)
	}
}

// each works on units in parallel. It records a unit's failure and goes on with the
// others; only the end of ctx or a failure of the ledger stops it. When ctx ends it
// begins no unit, and finishes those under way.
func (c pool) each(ctx context.Context, units []*unit, doing string,
	f func(context.Context, *unit) error) (failures []error, err error) {
	held, cancel := c.hold(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(held)
	var mu sync.Mutex
	one := func(u *unit) error {
		if err := gctx.Err(); err != nil {
			return err
		}
		err := f(gctx, u)
		if err == nil {
			return nil
		}
		if gctx.Err() != nil || !ofOneSheet(err) {
			return err // cancelled, or the ledger itself fails
		}
		u.err = err
		u.file.Fail(err.Error())
		mu.Lock()
		failures = append(failures, &Fault{doing, u.name(), u.file.ID, err})
		mu.Unlock()
		if u.file.ID == "" {
			return nil
		}
		return c.keep(gctx, u.file)
	}
	var begun atomic.Int64
	// Not a goroutine for each unit: SQLite would make its stack grow anew every time.
	for range min(c.parallel, len(units)) {
		g.Go(func() error {
			for {
				i := int(begun.Add(1)) - 1
				if i >= len(units) || ctx.Err() != nil {
					return nil // the caller's context below reports that it has ended
				}
				if err := one(units[i]); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return failures, err
	}
	return failures, ctx.Err()
}

// ofOneSheet reports whether an error concerns one spreadsheet alone: Google refuses
// something of it, or its layout cannot be written.
func ofOneSheet(err error) bool {
	var ge *google.Error
	var layout *publish.LayoutError
	var place *importing.PlaceError
	return errors.As(err, &ge) || errors.As(err, &layout) || errors.As(err, &place)
}
