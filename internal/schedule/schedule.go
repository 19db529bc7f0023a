// Package schedule runs jobs at their times: by cron specs in one time zone and one job
// at a time. At the start it makes up for what was missed while the program was down.
//
// It knows when, not what: a job is a function. It stores nothing itself; a Memory that
// the caller gives remembers when a job last succeeded.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is a function that runs again and again.
type Job struct {
	Name string
	// Spec is a cron spec of five fields (minute, hour, day of month, month, day
	// of week), or @every 10m, @daily and the like. Empty: the job is off.
	Spec string
	Run  func(context.Context) error
	// CatchUp says that a run missed while the program was down happens at the start.
	CatchUp bool
}

// Memory remembers how jobs last went.
type Memory interface {
	// LastDone returns the zero time if it never did.
	LastDone(ctx context.Context, job string) (time.Time, error)
	// Done stores when a run began that went well.
	Done(ctx context.Context, job string, at time.Time) error
	// Failed stores that the run failed that began then, and why.
	Failed(ctx context.Context, job string, at time.Time, why error) error
}

// Schedule is a set of jobs and how to run them.
type Schedule struct {
	// Jobs, in order of priority: of jobs that are due at the same time, or were missed,
	// the earlier one goes first.
	Jobs   []Job
	Zone   *time.Location // of the specs
	Memory Memory
	Now    func() time.Time
	Log    *slog.Logger
	// Observe is called after every run; may be nil.
	Observe func(job string, took time.Duration, err error)
}

// Log keys.
const (
	keyJob   = "job"
	keyTook  = "took"
	keyError = "error"
)

// parse parses a spec. The parser panics on a zone prefix without a spec after it, so
// parse refuses prefixes: the zone is a setting of its own.
func parse(spec string) (cron.Schedule, error) {
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return nil, errors.New("a time zone has no place here (set it in SVODKA_ZONE)")
	}
	s, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, err
	}
	return withClocks(s), nil
}

// Check reports everything that is wrong with the specs: unreadable ones and ones whose
// time never comes, such as 30 February.
func (s Schedule) Check() error {
	var errs []error
	for _, j := range s.Jobs {
		if j.Spec == "" {
			continue
		}
		if err := CheckSpec(j.Spec, s.Now().In(s.Zone)); err != nil {
			errs = append(errs, fmt.Errorf("schedule of %s, %q: %w", j.Name, j.Spec, err))
		}
	}
	return errors.Join(errs...)
}

// CheckSpec fails if a spec is unreadable or its time never comes after now.
func CheckSpec(spec string, now time.Time) error {
	sched, err := parse(spec)
	switch {
	case err != nil:
		return err
	case sched.Next(now).IsZero():
		return errors.New("this time never comes")
	}
	return nil
}

// Run runs the jobs until ctx ends, and returns when the current job has ended. Errors of
// jobs are logged and stop nothing.
func (s Schedule) Run(ctx context.Context) error {
	if err := s.Check(); err != nil {
		return err
	}
	log := cronLog{s.Log}
	// The order matters: with Recover outside, a panic would hold the job's turn for
	// ever.
	c := cron.New(cron.WithLocation(s.Zone), cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	turns := newTurns(ctx)
	defer turns.stop()
	for i, j := range s.Jobs {
		if j.Spec == "" {
			continue
		}
		take := func() {
			if turns.take(i) {
				defer turns.pass()
				s.run(ctx, j)
			}
		}
		sched, err := parse(j.Spec)
		if err != nil {
			return fmt.Errorf("schedule of %s, %q: %w", j.Name, j.Spec, err)
		}
		c.Schedule(sched, cron.FuncJob(take))
	}
	missed, err := s.missed(ctx)
	if err != nil {
		return err
	}
	for _, j := range missed {
		s.Log.Info("making up for a run that was missed", keyJob, j.Name)
		s.recovered(ctx, j)
	}
	if ctx.Err() != nil {
		return nil
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// missed returns the jobs that have come due since they last ran. A job that never ran
// counts as missed: the first start does everything once.
func (s Schedule) missed(ctx context.Context) ([]Job, error) {
	var out []Job
	now := s.Now().In(s.Zone)
	for _, j := range s.Jobs {
		if j.Spec == "" || !j.CatchUp {
			continue
		}
		last, err := s.Memory.LastDone(ctx, j.Name)
		if err != nil {
			return nil, err
		}
		sched, err := parse(j.Spec)
		if err != nil {
			return nil, err
		}
		if last.IsZero() || !sched.Next(last.In(s.Zone)).After(now) {
			out = append(out, j)
		}
	}
	return out, nil
}

// Next returns when each job is next due after a time.
func (s Schedule) Next(after time.Time) map[string]time.Time {
	out := map[string]time.Time{}
	for _, j := range s.Jobs {
		if sched, err := parse(j.Spec); j.Spec != "" && err == nil {
			out[j.Name] = sched.Next(after.In(s.Zone))
		}
	}
	return out
}

// turns lets one job at a time run, because jobs share quotas and spreadsheets. Of those
// that wait, the first in Schedule.Jobs goes first.
type turns struct {
	ctx     context.Context
	stop    func() bool
	mu      sync.Mutex
	changed *sync.Cond
	busy    bool
	waiting map[int]bool
}

func newTurns(ctx context.Context) *turns {
	t := &turns{ctx: ctx, waiting: map[int]bool{}}
	t.changed = sync.NewCond(&t.mu)
	t.stop = context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.changed.Broadcast()
	})
	return t
}

// lineUp is how long a job waits for others that are due at the same time, because their
// goroutines may start a little later.
const lineUp = 100 * time.Millisecond

// take waits for a job's turn; false: there are no more turns.
func (t *turns) take(job int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting[job] = true
	defer delete(t.waiting, job)
	t.mu.Unlock()
	time.Sleep(lineUp)
	t.mu.Lock()
	for t.ctx.Err() == nil && (t.busy || t.before(job)) {
		t.changed.Wait()
	}
	if t.ctx.Err() != nil {
		return false
	}
	t.busy = true
	return true
}

func (t *turns) before(job int) bool {
	for other := range t.waiting {
		if other < job {
			return true
		}
	}
	return false
}

// pass ends a turn.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = false
	t.changed.Broadcast()
}

// recovered runs a job outside of cron and, like cron, catches its panic.
func (s Schedule) recovered(ctx context.Context, j Job) {
	cron.NewChain(cron.Recover(cronLog{s.Log})).Then(cron.FuncJob(func() { s.run(ctx, j) })).Run()
}

func (s Schedule) run(ctx context.Context, j Job) {
	if ctx.Err() != nil {
		return
	}
	start := s.Now()
	s.Log.Debug("job begins", keyJob, j.Name)
	err := j.Run(ctx)
	took := s.Now().Sub(start)
	if s.Observe != nil {
		s.Observe(j.Name, took, err)
	}
	switch {
	case ctx.Err() != nil:
		s.Log.Info("stopped in the middle; the next run goes on", keyJob, j.Name, keyTook, took)
	case err != nil:
		s.Log.Error("job failed", keyJob, j.Name, keyTook, took, keyError, err)
		if err := s.Memory.Failed(context.WithoutCancel(ctx), j.Name, start, err); err != nil {
			s.Log.Error("a job's failure could not be recorded", keyJob, j.Name, keyError, err)
		}
	default:
		s.Log.Info("job done", keyJob, j.Name, keyTook, took)
		// Count from its start: what happened meanwhile is for the next run.
		if err := s.Memory.Done(context.WithoutCancel(ctx), j.Name, start); err != nil {
			s.Log.Error("a job's end could not be recorded", keyJob, j.Name, keyError, err)
		}
	}
}

// cronLog passes cron's messages on to slog.
type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, kv ...any) { l.log.Debug("cron: "+msg, kv...) }
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error("cron: "+msg, append(kv, keyError, err)...)
}
