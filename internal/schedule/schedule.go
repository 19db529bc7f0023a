// Package schedule runs jobs at their times: by cron specs in one time zone, one
// job at a time, making up at the start for what was missed while the program
// was down.
//
// It knows when, not what: a job is a function. It keeps nothing itself; when a
// job last went well is remembered by whoever it is given.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Job is something to be done again and again.
type Job struct {
	Name string
	// Spec is a cron spec of five fields (minute, hour, day of month, month, day
	// of week), or @every 10m, @daily and the like. Empty: the job is off.
	Spec string
	Run  func(context.Context) error
	// CatchUp makes a run that was missed while the program was down happen at
	// the start.
	CatchUp bool
}

// Memory remembers when a job last went well.
type Memory interface {
	// LastDone is the zero time if it never did.
	LastDone(ctx context.Context, job string) (time.Time, error)
	Done(ctx context.Context, job string, at time.Time) error
}

// Schedule is a set of jobs and how to run them.
type Schedule struct {
	Jobs   []Job
	Zone   *time.Location // of the specs
	Memory Memory
	Now    func() time.Time
	Log    *slog.Logger
	// Observe is told of every run; may be nil.
	Observe func(job string, took time.Duration, err error)
}

// parse reads a spec. The parser panics on a zone prefix without a spec behind
// it, so prefixes are refused: the zone is a setting of its own.
func parse(spec string) (cron.Schedule, error) {
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return nil, errors.New("a time zone has no place here (set it in SVODKA_ZONE)")
	}
	return cron.ParseStandard(spec)
}

// Check tells everything that is wrong with the specs: ones that cannot be read
// and ones whose time never comes, such as 30 February.
func (s Schedule) Check() error {
	var errs []error
	for _, j := range s.Jobs {
		if j.Spec == "" {
			continue
		}
		sched, err := parse(j.Spec)
		if err != nil {
			errs = append(errs, fmt.Errorf("schedule of %s, %q: %w", j.Name, j.Spec, err))
			continue
		}
		if sched.Next(s.Now().In(s.Zone)).IsZero() {
			errs = append(errs, fmt.Errorf("schedule of %s, %q: this time never comes", j.Name, j.Spec))
		}
	}
	return errors.Join(errs...)
}

// Run runs the jobs until ctx ends, and returns when the job under way has
// ended. What a job returns is logged and stops nothing.
func (s Schedule) Run(ctx context.Context) error {
	if err := s.Check(); err != nil {
		return err
	}
	log := cronLog{s.Log}
	// The order matters: with Recover outside, a panic would keep the job's turn
	// for ever.
	c := cron.New(cron.WithLocation(s.Zone), cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	turn := make(chan struct{}, 1) // jobs share quotas and spreadsheets: one at a time
	take := func(j Job) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
			s.run(ctx, j)
		case <-ctx.Done():
		}
	}
	for _, j := range s.Jobs {
		if j.Spec == "" {
			continue
		}
		if _, err := c.AddFunc(j.Spec, func() { take(j) }); err != nil {
			return fmt.Errorf("schedule of %s, %q: %w", j.Name, j.Spec, err)
		}
	}
	missed, err := s.missed(ctx)
	if err != nil {
		return err
	}
	for _, j := range missed {
		s.Log.Info("making up for a run that was missed", "job", j.Name)
		take(j)
	}
	if ctx.Err() != nil {
		return nil
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// missed are the jobs whose time came since they were last done. A job that was
// never done is missed, too: the first start does everything once.
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

func (s Schedule) run(ctx context.Context, j Job) {
	if ctx.Err() != nil {
		return
	}
	start := s.Now()
	err := j.Run(ctx)
	took := s.Now().Sub(start)
	if s.Observe != nil {
		s.Observe(j.Name, took, err)
	}
	switch {
	case ctx.Err() != nil:
		s.Log.Info("stopped in the middle; the next run goes on", "job", j.Name)
	case err != nil:
		s.Log.Error("job failed", "job", j.Name, "took", took, "err", err)
	default:
		s.Log.Info("job done", "job", j.Name, "took", took)
		// Done from its start: what happened meanwhile is for the next run.
		if err := s.Memory.Done(context.WithoutCancel(ctx), j.Name, start); err != nil {
			s.Log.Error("a job's end could not be recorded", "job", j.Name, "err", err)
		}
	}
}

// cronLog hands cron's words to slog.
type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, kv ...any) { l.log.Debug("cron: "+msg, kv...) }
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error("cron: "+msg, append(kv, "err", err)...)
}
