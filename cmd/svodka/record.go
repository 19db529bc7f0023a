package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"svodka/internal/departments"
	"svodka/internal/jobs"
	"svodka/internal/ledger"
)

// Notices are two jobs where there is one department.
const (
	reminders = "reminders"
	digest    = "digest"
)

// isCycle reports whether a job reads what was typed and writes what follows from it, as
// a sync does, whatever else it does.
func isCycle(job string) bool {
	return job == jobs.Sync || job == jobs.Close || job == jobs.Provision || job == jobs.Sweep
}

// jobMemory stores in the ledger how jobs went; it implements schedule.Memory. now is the
// clock by which it is told.
type jobMemory struct {
	l   *ledger.Ledger
	now func() time.Time
}

const (
	valDone   = "job:"    // and the job: when its last run that went well began
	valFailed = "failed:" // and the job: the last run, if none has gone well since
)

// failure is a run that failed.
type failure struct {
	At      time.Time `json:"at"`
	Trouble string    `json:"trouble"` // why; names nobody
}

// LastDone implements schedule.Memory.
func (m jobMemory) LastDone(ctx context.Context, job string) (time.Time, error) {
	b, err := m.l.Get(ctx, valDone+job)
	if err != nil || b == nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return time.Time{}, fmt.Errorf("reading when %s was last done: %w", job, err)
	}
	return t, nil
}

// Done implements schedule.Memory. Of two processes that end at about the same time, the
// run counts that began later; what a clock that was ahead has left counts no more.
func (m jobMemory) Done(ctx context.Context, job string, at time.Time) error {
	last, err := m.LastDone(ctx, job)
	if err != nil {
		return err
	}
	if last.After(at) && !last.After(m.now()) {
		at = last
	}
	return m.l.Save(ctx, ledger.Save{Values: map[string][]byte{
		valDone + job:   []byte(at.UTC().Format(time.RFC3339)),
		valFailed + job: nil,
	}})
}

// Failed implements schedule.Memory.
func (m jobMemory) Failed(ctx context.Context, job string, at time.Time, why error) error {
	b, err := json.Marshal(failure{at.UTC().Truncate(time.Second), named(why).Error()})
	if err != nil {
		return err
	}
	return m.l.Set(ctx, valFailed+job, b)
}

// failed returns how a job failed; zero: it has not, or has gone well since.
func (m jobMemory) failed(ctx context.Context, job string) (f failure, err error) {
	b, err := m.l.Get(ctx, valFailed+job)
	if err != nil || b == nil {
		return f, err
	}
	if err = json.Unmarshal(b, &f); err != nil {
		err = fmt.Errorf("reading how %s failed: %w", job, err)
	}
	return f, err
}

// byHand runs a command that does jobs which svodka run does on schedule, and records how
// they went where svodka run does. f also returns why they failed, by the rule of the
// schedule: nil if only some spreadsheets could not be served. The first of the jobs is
// the one that fails.
func (a *app) byHand(ctx context.Context, f func(context.Context, *session) (bad, err error), did ...string) error {
	begun := false
	err := a.with(ctx, whatIs, func(ctx context.Context, x *session) error {
		begun = true
		began := x.wall()
		if c := x.backend.claim; c != nil {
			began = c.Since // by the database's clock
		}
		bad, err := f(ctx, x)
		return errors.Join(err, x.record(ctx, began, bad, did...))
	})
	if err != nil && !begun {
		a.recordUnopened(ctx, did[0], err)
	}
	return err
}

// record records how jobs went that began at a time: bad is why the first one failed;
// nil: all went well. One that was cut off has neither failed nor gone well.
func (x *session) record(ctx context.Context, began time.Time, bad error, did ...string) error {
	lost := x.backend != nil && x.backend.claim != nil && x.backend.claim.Valid() != nil
	if bad != nil && (ctx.Err() != nil || lost) {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	if x.department != "" {
		return x.recordInList(ctx, began, bad, did...)
	}
	m := jobMemory{x.ledger, x.wall}
	if bad != nil {
		return m.Failed(ctx, did[0], x.wall(), bad)
	}
	var errs []error
	for _, job := range did {
		errs = append(errs, m.Done(ctx, job, began))
	}
	return errors.Join(errs...)
}

// recordInList records the same of one of several departments.
func (a *app) recordInList(ctx context.Context, began time.Time, bad error, did ...string) error {
	table, err := a.timetable()
	if err != nil {
		return err
	}
	var runs []departments.ByHand
	for _, job := range did {
		runs = append(runs, departments.ByHand{Kind: job, Began: began})
	}
	if bad != nil {
		runs = []departments.ByHand{{Kind: did[0], Trouble: named(bad).Error()}}
	}
	r, err := a.registry(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Migrate(ctx); err != nil {
		return err
	}
	return r.Note(ctx, a.department, table, runs...)
}

// recordUnopened records that a job failed because the department could not be opened for
// it, such as without a key to Google. Where nothing can be recorded, there is no
// department, or the error says why.
func (a *app) recordUnopened(ctx context.Context, job string, why error) {
	s, err := a.settings()
	if err != nil || ctx.Err() != nil {
		return
	}
	if a.department != "" {
		err = a.recordInList(ctx, time.Time{}, why, job)
	} else if a.findHere(s, ledgerOnly) == nil {
		var x *session
		if x, err = a.open(ctx, ledgerOnly); err == nil {
			err = errors.Join(x.record(ctx, x.wall(), why, job), x.close())
		}
	}
	if err != nil {
		a.logger(s).Info("how a job went could not be recorded", "job", job, "error", err)
	}
}
