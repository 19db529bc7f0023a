package departments

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"svodka/internal/schedule"
)

// hander hands out runs with rising ids, and tells of them what the test says.
type hander struct {
	out      []string
	rounds   []string
	progress map[int64]schedule.Progress
}

func (h *hander) Progress(context.Context, pgx.Tx, []int64) (map[int64]schedule.Progress, error) {
	return h.progress, nil
}

func (h *hander) HandOut(_ context.Context, _ pgx.Tx, _, kind string, round int64) (int64, error) {
	h.out = append(h.out, kind)
	if r := fmt.Sprint(kind, round); slices.Contains(h.rounds, r) {
		return 0, fmt.Errorf("%s is handed out twice", r)
	} else {
		h.rounds = append(h.rounds, r)
	}
	job := int64(len(h.out))
	h.progress[job] = schedule.Queued
	return job, nil
}

// One job of a department at a time, each once however long it was missed, and again at
// its time.
func TestJobsAreHandedOut(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	if err := r.Add(ctx, "north", nil); err != nil {
		t.Fatal(err)
	}
	table := schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: "sync", Spec: "@every 1h"},
		{Kind: "close", Spec: "@daily"}}}
	h := &hander{progress: map[int64]schedule.Progress{}}
	step := func(want ...string) {
		t.Helper()
		if err := r.HandOut(ctx, "north", table, h); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(h.out, want) {
			t.Fatalf("handed out: %v, want %v", h.out, want)
		}
	}
	for range 2 { // planning twice is planning once
		if err := r.Plan(ctx, "north", table); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := r.Waiting(ctx, 10); err != nil || !slices.Equal(names, []string{"north"}) {
		t.Fatalf("waiting: %v, %v", names, err)
	}
	step("sync")
	step("sync") // it is on its way
	if current, err := r.Current(ctx, "north", "sync", 1); err != nil || !current {
		t.Errorf("the run is not the one to be done: %v", err)
	}
	now, err := r.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Done(ctx, "north", "sync", 1, now, table); err != nil {
		t.Fatal(err)
	}
	if current, err := r.Current(ctx, "north", "sync", 1); err != nil || current {
		t.Errorf("a run that is done is to be done: %v", err)
	}
	step("sync", "close")
	h.progress[2] = schedule.Dead
	step("sync", "close", "close")
	if err := r.Failed(ctx, "north", "close", 3, "no", false, table); err != nil {
		t.Fatal(err)
	}
	h.progress[3] = schedule.Backoff
	step("sync", "close", "close")
	h.progress[3] = schedule.Given
	step("sync", "close", "close") // called off: it is next due tomorrow
	if names, err := r.Waiting(ctx, 10); err != nil || len(names) != 0 {
		t.Fatalf("waiting: %v, %v", names, err)
	}

	// A run that comes back from the dead changes nothing.
	if err := r.Done(ctx, "north", "close", 2, now, table); err != nil {
		t.Fatal(err)
	}
	var last *time.Time
	if err := r.pool.QueryRow(ctx, `SELECT last FROM svodka_departments.due WHERE kind = 'close'`).
		Scan(&last); err != nil || last != nil {
		t.Errorf("a dead run counts: %v, %v", last, err)
	}

	// A job that is switched off goes; a department that is removed takes its jobs along.
	table.Jobs = table.Jobs[:1]
	if err := r.Plan(ctx, "north", table); err != nil {
		t.Fatal(err)
	}
	var jobs int
	if err := r.pool.QueryRow(ctx, `SELECT count(*) FROM svodka_departments.due`).Scan(&jobs); err != nil || jobs != 1 {
		t.Errorf("%d jobs are left, %v", jobs, err)
	}
	if err := r.Remove(ctx, "north", false); err != nil {
		t.Fatal(err)
	}
	if err := r.Plan(ctx, "north", table); err != nil {
		t.Errorf("a department that is gone: %v", err)
	}
}
