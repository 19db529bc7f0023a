// Package jobs has the jobs of many departments done by several processes, through River,
// whose tables are in a schema of their own.
//
// River hands runs to processes, tries again what failed and shows what waits. It does
// not keep two jobs of a department apart, and forgets what is due when: so that is in
// package departments, as rows. A run takes the claim to its department first; if another
// process has it, the run waits. Every process looks for what is due and hands it out.
//
// The package is an edge. What a job does is the caller's.
package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"svodka/internal/departments"
	"svodka/internal/schedule"
)

// Schema is the schema of PostgreSQL that holds River's tables.
const Schema = "svodka_jobs"

// The kinds of jobs, in order of priority: of those of a department that are due, first
// what brings figures, then what takes longer, and last what tells people of figures.
const (
	Calls     = "calls"
	Sync      = "sync"
	Close     = "close"
	Provision = "provision"
	Sweep     = "sweep"
	Notices   = "notices"
)

const (
	// lookEvery is how often a process looks for what is due.
	lookEvery = 2 * time.Second
	// planEvery is how often it reads the departments and their settings.
	planEvery = 15 * time.Second
	// held is how long a run waits for another process that works on its department.
	held = 5 * time.Second
	// tries is how often a run is tried before the next one's time is waited for.
	tries = 5
	// firstPause is how long a run waits after it first failed; each time twice as long.
	firstPause = 30 * time.Second
	// settled is how long a run may be without a claim after it began: until it has taken
	// it.
	settled = 30 * time.Second
	// rescueAfter is when River itself takes a run for dead, whoever works on it. That
	// does no harm: a run that was handed out again is not done twice.
	rescueAfter = 24 * time.Hour
	// lookSoon is when a process looks again that has nothing to do any more.
	lookSoon = 300 * time.Millisecond
	// batch is how many departments a process hands out jobs of at a time.
	batch = 100
	// attendEvery is how often a process says that it is there.
	attendEvery = 10 * time.Second
	// patience is how long a run waits for the process whose turn it is before another
	// one that has room takes it.
	patience = 10 * time.Second
)

// Options say what is done and how much of it.
type Options struct {
	Registry *departments.Registry
	// Holder names the process for people: "web1, process 12".
	Holder string
	// AtOnce is how many departments this process works on at a time.
	AtOnce int
	// Timetable returns when the jobs of a department are due, from its settings.
	Timetable func(departments.Department) (schedule.Timetable, error)
	// Run does a job; the context ends with the claim. Its error names nobody: it is
	// stored and shown.
	Run func(context.Context, Run) error
	// Now is this machine's clock, which is not trusted. Nil: time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// Run is a run of a job.
type Run struct {
	departments.Department
	Kind  string
	Claim *departments.Claim
}

// Runner does jobs until it is stopped.
type Runner struct {
	Options
	client *river.Client[pgx.Tx] // that inserts runs, and does none
	crew   crew
	queue  string        // of this process's runs, by which it is known, too
	busy   atomic.Int32  // runs under way
	idle   chan struct{} // the last of them has ended
	handed atomic.Bool   // a run was put into the queue since that was last looked into

	mu       sync.Mutex
	ahead    time.Duration     // how far the database's clock is ahead of the machine's
	compared bool              // it is known
	served   map[string]served // by department
	state    string            // of the departments, when they were last read
	bad      map[string]int64  // versions of settings that cannot be used, by department
	looked   time.Time         // when the database last answered
}

// served is a department with what follows from its settings.
type served struct {
	departments.Department
	table schedule.Timetable
}

// New prepares the schemas and returns a runner. Several processes may do so at once.
func New(ctx context.Context, o Options) (*Runner, error) {
	if err := o.Registry.Migrate(ctx); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Runner{Options: o, served: map[string]served{}, bad: map[string]int64{},
		queue: "process-" + strings.ToLower(rand.Text()[:12]), idle: make(chan struct{}, 1)}
	if _, err := r.compare(ctx); err != nil {
		return nil, err
	}
	driver := riverpgxv5.New(o.Registry.Pool())
	if err := migrate(ctx, o.Registry, driver, o.Log); err != nil {
		return nil, fmt.Errorf("make the schema of the jobs: %w", err)
	}
	workers := river.NewWorkers()
	err := errors.Join(
		river.AddWorkerSafely(workers, worker[callsArgs]{r: r}),
		river.AddWorkerSafely(workers, worker[syncArgs]{r: r}),
		river.AddWorkerSafely(workers, worker[closeArgs]{r: r}),
		river.AddWorkerSafely(workers, worker[provisionArgs]{r: r}),
		river.AddWorkerSafely(workers, worker[sweepArgs]{r: r}),
		river.AddWorkerSafely(workers, worker[noticesArgs]{r: r}),
	)
	if err != nil {
		return nil, fmt.Errorf("register the jobs: %w", err)
	}
	r.client, err = river.NewClient(driver, &river.Config{Schema: Schema, Workers: workers, Logger: o.Log,
		MaxAttempts: tries, Test: river.TestConfig{Time: clock{r}}})
	if err != nil {
		return nil, fmt.Errorf("prepare the jobs: %w", err)
	}
	r.crew = crew{driver: driver, kept: time.Now(), config: river.Config{
		Schema: Schema, Workers: workers, Logger: slog.New(warnings{o.Log.Handler()}),
		Queues:      map[string]river.QueueConfig{r.queue: {MaxWorkers: max(1, o.AtOnce)}},
		MaxAttempts: tries, RetryPolicy: pauses{o.Registry.Scaled(firstPause), r.Time}, JobTimeout: -1,
		PollOnly: true, FetchPollInterval: fetchEvery, RescueStuckJobsAfter: rescueAfter,
		CompletedJobRetentionPeriod: time.Hour, CancelledJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour, Test: river.TestConfig{Time: clock{r}},
	}}
	return r, nil
}

// migrate brings River's schema to the version of the program. River's steps are
// transactions of their own, so the lock is held by one beside them.
func migrate(ctx context.Context, reg *departments.Registry, driver *riverpgxv5.Driver, log *slog.Logger) error {
	return pgx.BeginFunc(ctx, reg.Pool(), func(lock pgx.Tx) error {
		_, err := lock.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('`+Schema+`', 0))`)
		if err != nil {
			return err
		}
		if _, err := reg.Pool().Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+Schema); err != nil {
			return err
		}
		m, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: Schema, Logger: log})
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

// Run does jobs until ctx ends, and then ends the runs under way in good order.
func (r *Runner) Run(ctx context.Context) error {
	if err := errors.Join(r.plan(ctx), r.Registry.Attend(ctx, r.queue)); err != nil {
		return err
	}
	planned, attended := time.Now(), time.Now()
	for ctx.Err() == nil {
		waits, err := r.look(ctx)
		if err == nil {
			err = r.crew.tend(ctx, waits, r.busy.Load() > 0)
		}
		if err == nil && time.Since(planned) > planEvery {
			planned = time.Now()
			err = r.plan(ctx)
		}
		if err == nil && time.Since(attended) > r.Registry.Scaled(attendEvery) {
			attended = time.Now()
			err = r.Registry.Attend(ctx, r.queue)
		}
		switch {
		case err == nil:
			r.answered()
		case ctx.Err() == nil:
			r.Log.Error("looking for jobs that are due; it is tried again", "error", err)
		}
		r.pause(ctx)
	}
	r.crew.end()
	r.leave(context.WithoutCancel(ctx))
	return nil
}

// pause waits until it is time to look again: sooner if the last run under way ends.
func (r *Runner) pause(ctx context.Context) {
	t := time.NewTimer(lookEvery)
	defer t.Stop()
	began := time.Now()
	idle := r.idle
	for {
		select {
		case <-t.C:
			return
		case <-ctx.Done():
			return
		case <-idle:
			idle = nil
			t.Reset(max(0, min(lookSoon, lookEvery-time.Since(began))))
		}
	}
}

// compare compares this machine's clock with the database's, and returns the state of the
// departments.
func (r *Runner) compare(ctx context.Context) (state string, err error) {
	const near = time.Second
	asked := r.Now()
	state, now, err := r.Registry.State(ctx)
	if err != nil {
		return "", err
	}
	took := r.Now().Sub(asked)
	ahead := now.Sub(asked.Add(took / 2))
	r.mu.Lock()
	defer r.mu.Unlock()
	// A clock that goes to and fro by as much as an answer takes helps nobody.
	if !r.compared || took < near && (ahead-r.ahead).Abs() > near {
		r.ahead, r.compared = ahead, true
	}
	return state, nil
}

// Time returns the time by the database's clock. It goes back only if that, or this
// machine's, has been set.
func (r *Runner) Time() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Now().Add(r.ahead)
}

// clock is the database's clock as River is to see it. With its own, a machine whose
// clock is minutes ahead would put a run off by as much, and one whose clock is behind
// would be late to notice, for all machines, that a run's pause is over. The option is
// among River's for tests, but does nothing else.
type clock struct{ r *Runner }

// Now implements rivertype.TimeGenerator.
func (c clock) Now() time.Time { return c.r.Time() }

// NowOrNil implements rivertype.TimeGenerator: in its queries River asks the database
// itself.
func (clock) NowOrNil() *time.Time { return nil }

func (r *Runner) answered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked = time.Now()
}

// Looked returns when the process last looked for jobs, and the database answered.
func (r *Runner) Looked() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.looked
}

// plan reads the departments, and stores when the jobs of those are due that are new or
// changed. One with settings that cannot be read keeps the times that it has.
func (r *Runner) plan(ctx context.Context) error {
	state, err := r.compare(ctx)
	if err != nil || state == r.state {
		return err
	}
	all, err := r.Registry.All(ctx)
	if err != nil {
		return err
	}
	known, settled := map[string]served{}, true
	for _, d := range all {
		s, ok := r.find(d.Name)
		if !ok || s.Version != d.Version || !s.Added.Equal(d.Added) {
			table, err := r.Timetable(d)
			if err != nil {
				if r.bad[d.Name] != d.Version { // said once
					r.bad[d.Name] = d.Version
					r.Log.Error("the settings of a department cannot be used", "department", d.Name, "error", err)
				}
				settled = false // a file that they name may be there the next time
				continue
			}
			s = served{d, table}
			if err := r.Registry.Plan(ctx, d.Name, table); err != nil {
				return err
			}
			if _, bad := r.bad[d.Name]; ok || bad {
				if err := r.hurry(ctx, d.Name); err != nil {
					return err
				}
			}
			delete(r.bad, d.Name)
		}
		known[d.Name] = s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.served = known
	if settled {
		r.state = state
	}
	return nil
}

func (r *Runner) find(department string) (served, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.served[department]
	return s, ok
}

// look adopts runs, hands out what is due, and reports whether runs wait in the queue of
// this process.
func (r *Runner) look(ctx context.Context) (waits bool, err error) {
	b := &pgx.Batch{}
	wake(b)
	r.adopt(b)
	b.Queue(`SELECT EXISTS (SELECT 1 FROM `+Schema+`.river_job WHERE state = 'available' AND queue = $1
		AND scheduled_at <= clock_timestamp())`, r.queue).QueryRow(func(row pgx.Row) error { return row.Scan(&waits) })
	turn, err := r.Registry.Waiting(ctx, batch, b)
	if err == nil {
		err = r.handOut(ctx, turn)
	}
	return r.handed.Swap(false) || waits, err
}

// handOut hands out the jobs of those of the departments that this process knows.
func (r *Runner) handOut(ctx context.Context, turn departments.Turn) error {
	tables := map[string]schedule.Timetable{}
	var known []string
	for _, name := range turn.Departments {
		if s, ok := r.find(name); ok {
			known, tables[name] = append(known, name), s.table
		}
	}
	if len(known) == 0 {
		return nil
	}
	turn.Departments = known
	return r.Registry.HandOut(ctx, turn, tables, r)
}

// HandOut implements departments.Hander: it inserts jobs into River's table.
func (r *Runner) HandOut(ctx context.Context, tx pgx.Tx, runs []departments.Handed) ([]int64, error) {
	var jobs []river.InsertManyParams
	for _, run := range runs {
		args, err := argsOf(run.Kind, Args{Department: run.Department, Round: run.Round})
		if err != nil {
			return nil, err
		}
		queue := r.queueOf(run)
		if queue == r.queue {
			r.handed.Store(true)
		}
		jobs = append(jobs, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{
			Queue: queue, UniqueOpts: river.UniqueOpts{ByArgs: true}}})
	}
	inserted, err := r.client.InsertManyTx(ctx, tx, jobs)
	if err != nil {
		return nil, fmt.Errorf("insert %d jobs: %w", len(jobs), err)
	}
	var ids []int64
	for _, res := range inserted {
		ids = append(ids, res.Job.ID)
	}
	return ids, nil
}

// Progress implements departments.Hander: it asks River, and whether whoever works on a
// run still has the claim.
func (r *Runner) Progress(ctx context.Context, tx pgx.Tx, ids []int64) (map[int64]schedule.Progress, error) {
	list, err := r.client.JobListTx(ctx, tx, river.NewJobListParams().IDs(ids...).First(len(ids)))
	if err != nil {
		return nil, fmt.Errorf("look what has become of %d jobs: %w", len(ids), err)
	}
	out := map[int64]schedule.Progress{}
	for _, id := range ids {
		out[id] = schedule.Dead // if it is not found, it has been cleaned away
	}
	for _, job := range list.Jobs {
		alive := true
		if job.State == rivertype.JobStateRunning && job.AttemptedAt != nil {
			if alive, err = departments.Alive(ctx, tx, job.ID, *job.AttemptedAt,
				r.Registry.Scaled(settled)); err != nil {
				return nil, err
			}
		}
		out[job.ID] = progressOf(job.State, alive)
	}
	return out, nil
}

// progressOf returns what a state of River's means.
func progressOf(state rivertype.JobState, alive bool) schedule.Progress {
	switch state {
	case rivertype.JobStateRunning:
		if !alive {
			return schedule.Dead
		}
		return schedule.Queued
	case rivertype.JobStateRetryable:
		return schedule.Backoff
	case rivertype.JobStateCancelled, rivertype.JobStateDiscarded:
		return schedule.Given
	case rivertype.JobStateCompleted:
		return schedule.Dead // without a record that it went well
	}
	return schedule.Queued
}

// pauses are the times between tries, of which this is the first.
type pauses struct {
	first time.Duration
	now   func() time.Time
}

// NextRetry implements river.ClientRetryPolicy.
func (p pauses) NextRetry(job *rivertype.JobRow) time.Time {
	began := p.now()
	if job.AttemptedAt != nil { // by the database's clock
		began = *job.AttemptedAt
	}
	return began.Add(p.pause(len(job.Errors) + 1))
}

// pause returns how long a run waits that has failed n times.
func (p pauses) pause(n int) time.Duration { return p.first << min(max(n-1, 0), tries) }

// worker does the jobs of one kind.
type worker[T jobArgs] struct {
	river.WorkerDefaults[T]
	r *Runner
}

// Work implements river.Worker.
func (w worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	return w.r.work(ctx, job.JobRow, job.Args.target().Department)
}

// work does a job: it takes the claim to the department, runs, and records how it went.
func (r *Runner) work(ctx context.Context, job *rivertype.JobRow, department string) (err error) {
	r.busy.Add(1)
	defer r.ended()
	s, ok := r.find(department)
	if !ok { // added a moment ago, or its settings are bad here: perhaps another process can
		if _, err := r.Registry.Find(ctx, department); errors.Is(err, departments.ErrUnknown) {
			return river.JobCancel(err)
		}
		if err := r.abandon(ctx, `id = $1`, job.ID); err != nil {
			return err
		}
		return river.JobSnooze(planEvery)
	}
	claim, err := r.Registry.Take(ctx, departments.Claimant{Department: department, Holder: r.Holder, Doing: job.Kind,
		Job: job.ID}, r.Log)
	var other *departments.HeldError
	switch {
	case errors.As(err, &other):
		r.Log.Debug("another process works on the department", "department", department, "holder", other.Holder)
		return river.JobSnooze(r.Registry.Scaled(held))
	case ctx.Err() != nil:
		return river.JobSnooze(0)
	case err != nil:
		return err
	}
	taken := time.Now()
	running, stop := claim.Hold(ctx)
	var done *departments.Done
	defer func() {
		due, rerr := stop(done)
		if rerr != nil { // only without an error of its own there is a record
			err = rerr
		}
		if !due {
			return
		}
		// What comes next need not wait until somebody looks.
		herr := r.handOut(context.WithoutCancel(ctx), departments.Turn{Departments: []string{department}})
		if herr != nil {
			r.Log.Warn("the next job of a department waits until somebody looks", "department", department,
				"error", herr)
		}
	}()
	if !claim.Current {
		return river.JobCancel(errors.New("another run has taken the place of this one"))
	}
	log := r.Log.With("department", department, "job", job.Kind)
	log.Debug("job begins")
	err = r.run(running, Run{s.Department, job.Kind, claim})
	switch {
	case err == nil:
		log.Info("job done", "took", r.Time().Sub(*job.AttemptedAt))
		ended := claim.Since.Add(time.Since(taken)) // the next one is due after that
		done = &departments.Done{Kind: job.Kind, Job: job.ID, Began: claim.Since, Next: s.table.Next(job.Kind, ended)}
		return nil
	case ctx.Err() != nil:
		log.Info("stopped in the middle; another process, or the next start, goes on")
		return river.JobSnooze(0)
	case claim.Valid() != nil:
		log.Warn("the claim was lost in the middle; whoever has it goes on", "error", context.Cause(running))
		return river.JobSnooze(r.Registry.Scaled(held))
	}
	last := job.Attempt >= job.MaxAttempts
	log.Error("job failed", "try", job.Attempt, "last", last, "error", err)
	return errors.Join(err, r.Registry.Failed(context.WithoutCancel(ctx), department, job.Kind, job.ID, err.Error(),
		last, s.table))
}

// ended says that a run has ended.
func (r *Runner) ended() {
	if r.busy.Add(-1) > 0 {
		return
	}
	select {
	case r.idle <- struct{}{}:
	default: // that is known already
	}
}

// run runs a job, and turns its panic into an error.
func (r *Runner) run(ctx context.Context, j Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a job panicked", "department", j.Name, "job", j.Kind, "panic", p, "stack",
				string(debug.Stack()))
			err = errors.New("the program has a fault (its log says where)")
		}
	}()
	return r.Options.Run(ctx, j)
}
