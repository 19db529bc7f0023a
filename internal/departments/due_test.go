package departments

import (
	"context"
	"errors"
	"fmt"
	"regexp"
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

func (h *hander) HandOut(_ context.Context, _ pgx.Tx, runs []Handed) (ids []int64, err error) {
	for _, run := range runs {
		h.out = append(h.out, run.Kind)
		if r := fmt.Sprint(run); slices.Contains(h.rounds, r) {
			return nil, fmt.Errorf("%s is handed out twice", r)
		} else {
			h.rounds = append(h.rounds, r)
		}
		job := int64(len(h.out))
		h.progress[job] = schedule.Queued
		ids = append(ids, job)
	}
	return ids, nil
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
		if err := r.HandOut(ctx, Turn{Departments: []string{"north"}}, map[string]schedule.Timetable{"north": table},
			h); err != nil {
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
	if turn, err := r.Waiting(ctx, 10, nil); err != nil || !slices.Equal(turn.Departments, []string{"north"}) {
		t.Fatalf("waiting: %v, %v", turn, err)
	}
	step("sync")
	step("sync") // it is on its way
	current := func(kind string, job int64) bool {
		t.Helper()
		c, err := r.Take(ctx, Claimant{Department: "north", Holder: "one", Doing: kind, Job: job}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.release(ctx, nil); err != nil {
			t.Fatal(err)
		}
		return c.Current
	}
	if !current("sync", 1) || current("sync", 2) || current("close", 1) {
		t.Error("another run than the one that was handed out is the one to be done")
	}
	now, err := r.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done := func(kind string, job int64) (due bool) {
		t.Helper()
		c, err := r.Take(ctx, Claimant{Department: "north", Holder: "one", Doing: kind, Job: job}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		_, stop := c.Hold(ctx)
		if due, err = stop(&Done{Kind: kind, Job: job, Began: now, Next: table.Next(kind, now)}); err != nil {
			t.Fatal(err)
		}
		return due
	}
	if !done("sync", 1) {
		t.Error("after the sync, the close is not said to be due")
	}
	if current("sync", 1) {
		t.Error("a run that is done is to be done")
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
	if turn, err := r.Waiting(ctx, 10, nil); err != nil || len(turn.Departments) != 0 {
		t.Fatalf("waiting: %v, %v", turn, err)
	}

	// A run that comes back from the dead changes nothing.
	done("close", 2)
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

// Departments are handed out together, and those that somebody else has handed out
// meanwhile, or has in hand, are left alone.
func TestDepartmentsAreHandedOutTogether(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	table := schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: "sync", Spec: "@every 1h"}}}
	tables := map[string]schedule.Timetable{}
	for _, name := range []string{"east", "north", "south"} {
		if err := errors.Join(r.Add(ctx, name, nil), r.Plan(ctx, name, table)); err != nil {
			t.Fatal(err)
		}
		tables[name] = table
	}
	turn, err := r.Waiting(ctx, 10, nil)
	if err != nil || len(turn.Departments) != 3 || turn.As.IsZero() {
		t.Fatalf("waiting: %v, %v", turn, err)
	}
	h := &hander{progress: map[int64]schedule.Progress{}}
	if err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT 1 FROM svodka_departments.departments WHERE name = 'east' FOR UPDATE`)
		return errors.Join(err, r.HandOut(ctx, turn, tables, h))
	}); err != nil {
		t.Fatal(err)
	}
	if len(h.out) != 2 {
		t.Fatalf("while somebody has one of three departments in hand, %d jobs are handed out", len(h.out))
	}
	h.progress = map[int64]schedule.Progress{1: schedule.Dead, 2: schedule.Dead} // it is not asked for
	if err := r.HandOut(ctx, turn, tables, h); err != nil {
		t.Fatal(err)
	}
	for i, department := range []string{"east", "north", "south"} {
		all := slices.Sorted(slices.Values(h.rounds))
		if !regexp.MustCompile(`^{`+department+` sync \d+  false}$`).MatchString(all[i]) || len(h.out) != 3 {
			t.Errorf("handed out: %v", all)
		}
	}
	var jobs int
	if err := r.pool.QueryRow(ctx, `SELECT count(DISTINCT job) FROM svodka_departments.due WHERE job <> 0`).
		Scan(&jobs); err != nil || jobs != 3 {
		t.Errorf("%d runs are known, %v", jobs, err)
	}
}

// What is done by hand counts as what processes do: it is the last that went well, and
// done if nobody has it in hand. What is planned keeps its times.
func TestRunsByHand(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for _, name := range []string{"north", "south"} {
		if err := r.Add(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	table := schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: "sync", Spec: "@every 1h"},
		{Kind: "close", Spec: "@daily"}, {Kind: "sweep", Spec: "@weekly"}}}
	now, err := r.Now(ctx)
	if err != nil {
		t.Fatal(err)
	}
	note := func(department string, table schedule.Timetable, runs ...ByHand) {
		t.Helper()
		if err := r.Note(ctx, department, table, runs...); err != nil {
			t.Fatal(err)
		}
	}
	jobs := func(department string) map[string]JobStatus {
		t.Helper()
		all, err := r.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]JobStatus{}
		for _, d := range all {
			for _, j := range d.Jobs {
				if d.Name == department {
					out[j.Kind] = j
				}
			}
		}
		return out
	}

	// Nobody has planned anything yet.
	note("south", table, ByHand{Kind: "sync", Trouble: "no answer"}, ByHand{Kind: "calls", Began: now})
	if got := jobs("south"); len(got) != 1 || !got["sync"].Waits || !got["sync"].Last.IsZero() ||
		got["sync"].Failed.IsZero() || got["sync"].Trouble != "no answer" {
		t.Errorf("after a failure: %+v", got)
	}
	note("south", table, ByHand{Kind: "sync", Began: now}, ByHand{Kind: "close", Began: now})
	got := jobs("south")
	if s := got["sync"]; len(got) != 2 || s.Waits || !s.Last.Equal(now) || !s.Failed.IsZero() || s.Trouble != "" ||
		s.Next.Before(now.Add(59*time.Minute)) || !got["close"].Last.Equal(now) {
		t.Errorf("after a sync by hand: %+v", got)
	}
	if err := r.Plan(ctx, "south", table); err != nil {
		t.Fatal(err)
	}
	if s := jobs("south"); len(s) != 3 || s["sync"] != got["sync"] || !s["sweep"].Waits {
		t.Errorf("after a process has planned: %+v", s)
	}
	note("south", table, ByHand{Kind: "sync", Began: now.Add(-time.Hour)})
	if s := jobs("south")["sync"]; s != got["sync"] {
		t.Errorf("a run that began earlier and ended later: %+v", s)
	}

	// A run that is handed out runs all the same; the times are those that are planned,
	// not those of whoever has another environment.
	if err := r.Plan(ctx, "north", table); err != nil {
		t.Fatal(err)
	}
	h := &hander{progress: map[int64]schedule.Progress{}}
	turn := Turn{Departments: []string{"north"}}
	if err := r.HandOut(ctx, turn, map[string]schedule.Timetable{"north": table}, h); err != nil {
		t.Fatal(err)
	}
	other := schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: "sync", Spec: "@yearly"}}}
	note("north", other, ByHand{Kind: "sync", Began: now}, ByHand{Kind: "close", Began: now})
	got = jobs("north")
	if s := got["sync"]; !s.Waits || !s.Last.Equal(now) {
		t.Errorf("while a sync is handed out: %+v", s)
	}
	if c := got["close"]; c.Waits || c.Next.After(now.Add(24*time.Hour+time.Minute)) {
		t.Errorf("a close by hand: %+v", c)
	}
	c, err := r.Take(ctx, Claimant{Department: "north", Holder: "one", Doing: "sync", Job: 1}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Current {
		t.Error("a sync by hand has taken the place of the one that was handed out")
	}
	if _, err := c.release(ctx, nil); err != nil {
		t.Fatal(err)
	}
	note("gone", table, ByHand{Kind: "sync", Began: now}) // removed meanwhile
	if got := jobs("gone"); len(got) != 0 {
		t.Errorf("of a department that is not there: %+v", got)
	}
}
