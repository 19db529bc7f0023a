package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"svodka/internal/departments"
	"svodka/internal/schedule"
)

// A client of River is there while there are runs, and once an hour to keep its tables.
func TestCrewIsThereWhileThereAreRuns(t *testing.T) {
	d := deploy(t, "north")
	r, err := New(t.Context(), Options{Registry: d.Registry, AtOnce: 1, Log: slog.New(slog.DiscardHandler),
		Timetable: func(departments.Department) (schedule.Timetable, error) { return d.table, nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer r.crew.end()
	defer cancel()
	leaders := func() (n int) {
		t.Helper()
		if err := d.Pool().QueryRow(t.Context(), `SELECT count(*) FROM svodka_jobs.river_leader`).
			Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		waits, busy bool
		before      func()
		there       bool
	}{
		{},
		{waits: true, there: true},
		{busy: true, there: true},
		{},
		{busy: true}, // the one that was told to end finishes that
		{before: func() { r.crew.kept = time.Now().Add(-keepEvery - time.Second) }, there: true},
		{there: true},
		{before: func() {
			for leaders() == 0 {
				time.Sleep(10 * time.Millisecond)
			}
			r.crew.since = time.Now().Add(-keepFor)
		}},
		{waits: true, there: true},
	} {
		if step.before != nil {
			step.before()
		}
		if err := r.crew.tend(ctx, step.waits, step.busy); err != nil {
			t.Fatal(err)
		}
		if there := r.crew.client != nil; there != step.there {
			t.Errorf("%+v: a client is there: %v", step, there)
		}
	}
	if r.crew.keeps {
		t.Error("the last one may be the leader")
	}
}

// A run that failed is tried again once its pause is over, though no leader of River's is
// there to say so.
func TestFailedRunIsTriedAgain(t *testing.T) {
	d := deploy(t, "north")
	d.table.Jobs = d.table.Jobs[:1]
	d.ClaimFor(time.Second)
	tries := make(chan struct{}, 2)
	stop := d.start(t, "one", func(context.Context, Run) error {
		if tries <- struct{}{}; len(tries) == 1 {
			return errors.New("no")
		}
		return nil
	})
	defer stop()
	for len(tries) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
}

// Indexes are made anew while a client is there that may be the leader, in one hour of
// the day.
func TestIndexesAreMadeAnewAtNight(t *testing.T) {
	for hour := range 24 {
		now := time.Date(2026, 11, 30, hour, 17, 0, 0, time.UTC)
		within := atNight{}.Next(now).Sub(now) < keepFor
		if within != (hour == 0) {
			t.Errorf("at %d o'clock: %v", hour, within)
		}
	}
}
