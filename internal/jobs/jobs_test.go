package jobs

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/schedule"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// deployment is a database with departments, for some processes.
type deployment struct {
	*departments.Registry
	table schedule.Timetable
}

func deploy(t *testing.T, names ...string) *deployment {
	t.Helper()
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := departments.Open(t.Context(), address, 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	for _, name := range names {
		if err := r.Add(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
	}
	return &deployment{r, schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: Sync, Spec: "@daily"},
		{Kind: Notices, Spec: "@daily"}}}}
}

// start starts a process, and returns how to end it.
func (d *deployment) start(t *testing.T, name string, run func(context.Context, Run) error) (stop func()) {
	t.Helper()
	r, err := New(t.Context(), Options{
		Registry: d.Registry, Holder: name, AtOnce: 4, Run: run, Log: slog.New(slog.DiscardHandler),
		Timetable: func(departments.Department) (schedule.Timetable, error) { return d.table, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Two processes do each job of each department once, the kinds of one in their order and
// never side by side.
func TestEachJobIsDoneOnce(t *testing.T) {
	names := []string{"north", "south", "west"}
	d := deploy(t, names...)
	var mu sync.Mutex
	var done []string
	busy := map[string]bool{}
	all := make(chan struct{})
	run := func(_ context.Context, j Run) error {
		mu.Lock()
		if busy[j.Name] {
			t.Errorf("two jobs of %s at once", j.Name)
		}
		busy[j.Name] = true
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		busy[j.Name] = false
		if err := j.Claim.Valid(); err != nil {
			t.Error(err)
		}
		if done = append(done, j.Name+" "+j.Kind); len(done) == 2*len(names) {
			close(all)
		}
		return nil
	}
	one, two := d.start(t, "one", run), d.start(t, "two", run)
	<-all
	one()
	two()
	for _, name := range names {
		if s, n := slices.Index(done, name+" sync"), slices.Index(done, name+" notices"); s < 0 || n < s {
			t.Errorf("%s: %v", name, done)
		}
	}
	if turn, err := d.Waiting(t.Context(), 10, nil); err != nil || len(turn.Departments) > 0 ||
		len(done) != 2*len(names) {
		t.Errorf("still waiting: %v, %v; done: %v", turn.Departments, err, done)
	}
}

// A department that is removed and added again begins with a round that River does not
// know as done already: else it would wait until that is noticed, round by round.
func TestAddedAgain(t *testing.T) {
	d := deploy(t, "north")
	d.table.Jobs = d.table.Jobs[:1]
	ran := make(chan Run, 1)
	stop := d.start(t, "one", func(_ context.Context, j Run) error { ran <- j; return nil })
	<-ran
	stop()
	if err := errors.Join(d.Remove(t.Context(), "north", false), d.Add(t.Context(), "north", nil),
		d.Plan(t.Context(), "north", d.table)); err != nil {
		t.Fatal(err)
	}
	var before, now int64
	if err := d.Pool().QueryRow(t.Context(), `SELECT max((args->>'round')::bigint), max(round)
		FROM svodka_jobs.river_job, svodka_departments.due`).Scan(&before, &now); err != nil || now <= before {
		t.Errorf("added again, it begins with round %d, after %d: %v", now, before, err)
	}
}

// What failed is tried again at once when the settings of its department are changed.
func TestSettingsAreTriedAtOnce(t *testing.T) {
	d := deploy(t, "north")
	d.table.Jobs = d.table.Jobs[:1]
	d.ClaimFor(time.Hour) // so that the pause after a failure is half an hour
	var failed atomic.Bool
	done := make(chan string, 1)
	stop := d.start(t, "one", func(_ context.Context, j Run) error {
		if !failed.Swap(true) {
			return errors.New("no such key")
		}
		done <- j.Settings["GOOGLE_KEY_FILES"]
		return nil
	})
	for pauses := false; !pauses; time.Sleep(10 * time.Millisecond) {
		if err := d.Pool().QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM svodka_jobs.river_job
			WHERE state = 'retryable')`).Scan(&pauses); err != nil {
			t.Fatal(err)
		}
	}
	now, err := d.Find(t.Context(), "north")
	if err != nil {
		t.Fatal(err)
	}
	now.Settings = map[string]string{"GOOGLE_KEY_FILES": "mended"}
	if err := d.Set(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if with := <-done; with != "mended" {
		t.Errorf("it is tried again with %q", with)
	}
	stop()
}

// A run whose process died is handed out again once its claim has run out, and a run of
// the dead that comes back is not done twice.
func TestDeadRunIsTakenOver(t *testing.T) {
	d := deploy(t, "north")
	d.table.Jobs = d.table.Jobs[:1]
	began, over := make(chan Run, 1), make(chan Run, 2)
	frozen := make(chan struct{})
	lost := make(chan error, 1)
	var runs atomic.Int32
	run := func(ctx context.Context, j Run) error {
		if runs.Add(1) > 1 {
			over <- j
			return nil
		}
		began <- j
		<-frozen // as a process that is paused; it finds its claim lost
		lost <- j.Claim.Renew(context.WithoutCancel(ctx))
		return errors.New("written by nobody")
	}
	stopOne := d.start(t, "one", run)
	dead := <-began
	// As if its heartbeat had been missing for a minute.
	if _, err := d.Pool().Exec(t.Context(),
		`UPDATE svodka_departments.claims SET until = clock_timestamp()`); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`UPDATE svodka_departments.due SET looked = looked - interval '1 minute'`,
		`UPDATE svodka_jobs.river_job SET attempted_at = attempted_at - interval '1 minute'`,
	} {
		if _, err := d.Pool().Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	stopTwo := d.start(t, "two", run)
	next := <-over
	if next.Claim.Fence <= dead.Claim.Fence || next.Claim.Job == dead.Claim.Job {
		t.Errorf("fence %d after %d, job %d after %d", next.Claim.Fence, dead.Claim.Fence, next.Claim.Job,
			dead.Claim.Job)
	}
	close(frozen)
	if err := <-lost; err == nil {
		t.Error("the dead one still has its claim")
	}
	stopTwo()
	stopOne()
	if len(over) > 0 {
		t.Error("the run is done twice")
	}
	var last *time.Time
	if err := d.Pool().QueryRow(t.Context(), `SELECT last FROM svodka_departments.due`).Scan(&last); err != nil ||
		last == nil {
		t.Errorf("the run that took over is not recorded: %v", err)
	}
}

// What fails is recorded, and tried again later; a process that is told to end leaves its
// run to others at once.
func TestFailureAndEnd(t *testing.T) {
	d := deploy(t, "north")
	failed, began := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(failed) })
	stop := d.start(t, "one", func(ctx context.Context, j Run) error {
		if j.Kind == Sync {
			defer once()
			panic("no")
		}
		<-failed
		close(began)
		<-ctx.Done()
		return ctx.Err()
	})
	<-began // the job behind it does not wait for the one that failed
	stop()
	jobs := map[string]string{}
	rows, err := d.Pool().Query(t.Context(), `SELECT j.kind, j.state || ', ' || d.trouble FROM svodka_jobs.river_job j
		JOIN svodka_departments.due d ON d.job = j.id`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var kind, state string
		if err := rows.Scan(&kind, &state); err != nil {
			t.Fatal(err)
		}
		jobs[kind] = state
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if jobs[Sync] != "retryable, the program has a fault (its log says where)" || jobs[Notices] != "available, " {
		t.Errorf("the jobs are: %v", jobs)
	}
	var free bool
	if err := d.Pool().QueryRow(t.Context(), `SELECT until < clock_timestamp() FROM svodka_departments.claims`).
		Scan(&free); err != nil || !free {
		t.Errorf("the claim is not given back: %v", err)
	}
}

// A process reads the departments when they have changed, and again and again those whose
// settings are of no use yet.
func TestPlanFollowsTheDepartments(t *testing.T) {
	d := deploy(t, "north")
	bad, asked := "", 0
	r, err := New(t.Context(), Options{Registry: d.Registry, Log: slog.New(slog.DiscardHandler),
		Timetable: func(x departments.Department) (schedule.Timetable, error) {
			asked++
			if x.Name == bad {
				return schedule.Timetable{}, errors.New("no such file")
			}
			return d.table, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	plan := func(want int, names ...string) {
		t.Helper()
		asked = 0
		if err := r.plan(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"north", "south"} {
			if _, ok := r.find(name); ok != slices.Contains(names, name) {
				t.Errorf("%s is served: %v", name, ok)
			}
		}
		if asked != want {
			t.Errorf("%d timetables were made, want %d", asked, want)
		}
	}
	plan(1, "north")
	plan(0, "north")
	bad = "south"
	if err := d.Add(t.Context(), "south", nil); err != nil {
		t.Fatal(err)
	}
	plan(1, "north")
	plan(1, "north")
	bad = ""
	plan(1, "north", "south")
	plan(0, "north", "south")
	x, err := d.Find(t.Context(), "south")
	if err == nil {
		err = d.Set(t.Context(), x)
	}
	if err != nil {
		t.Fatal(err)
	}
	plan(1, "north", "south")
	if err := d.Remove(t.Context(), "south", false); err != nil {
		t.Fatal(err)
	}
	plan(0, "north")
}

func TestProgressOf(t *testing.T) {
	for _, state := range rivertype.JobStates() {
		for _, alive := range []bool{true, false} {
			want := schedule.Queued
			switch {
			case state == rivertype.JobStateRunning && !alive, state == rivertype.JobStateCompleted:
				want = schedule.Dead
			case state == rivertype.JobStateRetryable:
				want = schedule.Backoff
			case state == rivertype.JobStateCancelled, state == rivertype.JobStateDiscarded:
				want = schedule.Given
			}
			if got := progressOf(state, alive); got != want {
				t.Errorf("%s, alive %v: %d, want %d", state, alive, got, want)
			}
		}
	}
}

// River sees the database's clock, whatever this machine's says.
func TestClockIsTheDatabases(t *testing.T) {
	d := deploy(t)
	for _, ahead := range []time.Duration{7 * time.Minute, -6 * time.Minute} {
		r, err := New(t.Context(), Options{Registry: d.Registry, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return time.Now().Add(ahead) }})
		if err != nil {
			t.Fatal(err)
		}
		now, err := d.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if off := r.Time().Sub(now).Abs(); off > time.Minute {
			t.Errorf("with a clock that is ahead by %s, it is off by %s", ahead, off)
		}
	}
}

func TestPauses(t *testing.T) {
	for n, want := range map[int]time.Duration{0: firstPause, 1: firstPause, 2: 2 * firstPause, 3: 4 * firstPause,
		100: 32 * firstPause} {
		if got := (pauses{firstPause, time.Now}).pause(n); got != want {
			t.Errorf("after %d failures: %s, want %s", n, got, want)
		}
	}
}
