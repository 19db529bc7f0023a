package departments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Status is how a department stands.
type Status struct {
	Name   string
	Jobs   []JobStatus // in order of priority; none: no process has planned them yet
	Holder *HeldError  // who works on it now; nil: nobody
}

// JobStatus is how a job of a department stands.
type JobStatus struct {
	Kind string
	Next time.Time // when it is due; in the past: it waits
	Last time.Time // when its last run that went well began; zero: none yet
	// Failed is when a run last failed, if none has gone well since; else zero.
	Failed  time.Time
	Trouble string // why
	Waits   bool   // it is due
}

// Processes counts the processes that serve the departments. Those of versions from
// before they said that they are there are left out.
func (r *Registry) Processes(ctx context.Context) (n int, err error) {
	if err = r.Migrate(ctx); err == nil {
		err = r.pool.QueryRow(ctx, `SELECT count(*) FROM svodka_departments.processes AS p WHERE `+r.Present()).Scan(&n)
	}
	if err != nil {
		err = fmt.Errorf("count the processes that are at work: %w", err)
	}
	return n, err
}

// Status returns how the departments stand, by name.
func (r *Registry) Status(ctx context.Context) ([]Status, error) {
	all, err := r.All(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if err := r.Migrate(ctx); err != nil {
		return nil, err
	}
	out := make([]Status, len(all))
	at := map[string]*Status{}
	for i, d := range all {
		out[i].Name = d.Name
		at[d.Name] = &out[i]
	}
	rows, err := r.pool.Query(ctx, `SELECT department, kind, next, coalesce(last, '0001-01-01 00:00Z'),
		coalesce(failed, '0001-01-01 00:00Z'), trouble, next <= clock_timestamp() FROM svodka_departments.due
		ORDER BY department, rank`)
	if err == nil {
		var name string
		var j JobStatus
		_, err = pgx.ForEachRow(rows, []any{&name, &j.Kind, &j.Next, &j.Last, &j.Failed, &j.Trouble, &j.Waits},
			func() error {
				if s := at[name]; s != nil {
					s.Jobs = append(s.Jobs, j)
				}
				return nil
			})
	}
	if err == nil {
		rows, err = r.pool.Query(ctx,
			`SELECT department, holder, doing, job, since, until FROM svodka_departments.claims
			WHERE until > clock_timestamp()`)
	}
	if err == nil {
		var h HeldError
		_, err = pgx.ForEachRow(rows, []any{&h.Department, &h.Holder, &h.Doing, &h.Job, &h.Since, &h.Until},
			func() error {
				if s := at[h.Department]; s != nil {
					held := h
					s.Holder = &held
				}
				return nil
			})
	}
	if err != nil {
		return nil, fmt.Errorf("look how the departments stand: %w", err)
	}
	return out, nil
}
