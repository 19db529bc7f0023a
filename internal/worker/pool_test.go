package worker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
)

// poolOf returns a pool of one, and units with spreadsheets of these ids.
func poolOf(kept *[]string, ids ...string) (pool, []*unit) {
	var mu sync.Mutex
	c := pool{parallel: 1, grace: time.Minute, progress: func(string, int, int) {},
		keep: func(_ context.Context, f files.File) error {
			mu.Lock()
			defer mu.Unlock()
			*kept = append(*kept, f.ID+": "+f.Trouble())
			return nil
		}}
	var units []*unit
	for _, id := range ids {
		units = append(units, &unit{file: files.File{ID: id}, people: []department.Person{{Name: id}}})
	}
	return c, units
}

// If Google refuses something of one spreadsheet, that is recorded as its trouble and
// stops no other; a failure of the ledger stops all.
func TestCrewGoesOnAfterAFailure(t *testing.T) {
	var kept, done []string
	c, units := poolOf(&kept, "a", "b", "c")
	refused := &google.Error{Op: "write", Status: 403}
	failures, err := c.each(t.Context(), units, doingWrite, func(_ context.Context, u *unit) error {
		done = append(done, u.file.ID)
		if u.file.ID == "b" {
			return refused
		}
		return nil
	})
	if err != nil || len(failures) != 1 || !errors.Is(failures[0], refused) || units[1].err == nil ||
		units[2].err != nil {
		t.Errorf("%v, %v", failures, err)
	}
	if !slices.Equal(done, []string{"a", "b", "c"}) || !slices.Equal(kept, []string{"b: " + refused.Error()}) {
		t.Errorf("done %v, kept %v", done, kept)
	}

	full := errors.New("the disk is full")
	done = nil
	failures, err = c.each(t.Context(), units, doingWrite, func(_ context.Context, u *unit) error {
		done = append(done, u.file.ID)
		return full
	})
	if !errors.Is(err, full) || len(failures) != 0 || len(done) != 1 {
		t.Errorf("%v, %v, done %v", failures, err, done)
	}
}

// A pool that is told to end finishes the spreadsheet under way, for a while, and begins
// no other.
func TestCrewEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration // of the spreadsheet under way
		ends  bool
	}{{"in time", 30 * time.Second, true}, {"too late", 2 * time.Minute, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var kept, done []string
				pool, units := poolOf(&kept, "a", "b")
				ctx, stop := context.WithCancel(t.Context())
				_, err := pool.each(ctx, units, doingWrite, func(ctx context.Context, u *unit) error {
					stop()
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(c.takes):
						done = append(done, u.file.ID)
						return nil
					}
				})
				if !errors.Is(err, context.Canceled) || slices.Equal(done, []string{"a"}) != c.ends || len(kept) != 0 {
					t.Errorf("%v, done %v, kept %v", err, done, kept)
				}
			})
		})
	}
}
