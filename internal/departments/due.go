package departments

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"svodka/internal/schedule"
)

// Now returns the time by the database's clock, which all processes share.
func (r *Registry) Now(ctx context.Context) (now time.Time, err error) {
	if err = r.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&now); err != nil {
		err = fmt.Errorf("ask the database for the time: %w", err)
	}
	return now, err
}

// Plan stores when the jobs of a department are due by its timetable. What is stored
// already stays, unless the timetable has changed.
func (r *Registry) Plan(ctx context.Context, department string, t schedule.Timetable) error {
	err := r.locked(ctx, department, false, func(tx pgx.Tx, now time.Time) error {
		stored, err := due(ctx, tx, department)
		if err != nil {
			return err
		}
		want := t.Reconcile(stored, now)
		kinds := make([]string, len(want))
		for rank, d := range want {
			kinds[rank] = d.Kind
			if _, err := tx.Exec(ctx, `INSERT INTO svodka_departments.due AS d (department, kind, rank, spec, next)
				VALUES ($1, $2, $3, $4, $5) ON CONFLICT (department, kind) DO UPDATE
				SET rank = $3, spec = $4, next = $5
				WHERE (d.rank, d.spec, d.next) IS DISTINCT FROM ($3, $4, $5)`, department, d.Kind, rank, d.Spec,
				d.Next); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `DELETE FROM svodka_departments.due WHERE department = $1 AND kind <> ALL($2)`,
			department,
			kinds)
		return err
	})
	if err != nil {
		return fmt.Errorf("plan the jobs of the department %s: %w", department, err)
	}
	return nil
}

// lookAgain is how long nobody looks again at a run that was handed out.
const lookAgain = 30 * time.Second

// Waiting returns departments with a job to be handed out, those that have waited longest
// first.
func (r *Registry) Waiting(ctx context.Context, most int) ([]string, error) {
	rows, err := r.pool.Query(ctx, `SELECT department FROM svodka_departments.due
		WHERE next <= clock_timestamp() AND (job = 0 OR looked < clock_timestamp() - $2::interval)
		GROUP BY department ORDER BY min(next) LIMIT $1`, most, lookAgain)
	var names []string
	if err == nil {
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, fmt.Errorf("look which departments have something due: %w", err)
	}
	return names, nil
}

// Hander hands runs of jobs out.
type Hander interface {
	// Progress returns what has become of runs, by id.
	Progress(ctx context.Context, tx pgx.Tx, jobs []int64) (map[int64]schedule.Progress, error)
	// HandOut hands out a run when tx commits, unless the round has one, and returns its
	// id.
	HandOut(ctx context.Context, tx pgx.Tx, department, kind string, round int64) (int64, error)
}

// HandOut hands out the job of a department whose turn it is, if there is one and no
// other process is doing the same.
func (r *Registry) HandOut(ctx context.Context, department string, t schedule.Timetable, h Hander) error {
	err := r.locked(ctx, department, true, func(tx pgx.Tx, now time.Time) error {
		all, err := due(ctx, tx, department)
		if err != nil {
			return err
		}
		var ids []int64
		for _, d := range all {
			if d.Job != 0 {
				ids = append(ids, d.Job)
			}
		}
		progress, err := h.Progress(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, d := range all {
			if progress[d.Job] == schedule.Given {
				if err := r.settle(ctx, tx, department, d.Kind, d.Job, t.Next(d.Kind, now)); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET looked = clock_timestamp()
			WHERE department = $1 AND job <> 0`, department); err != nil {
			return err
		}
		i := schedule.Choose(all, func(d schedule.Due) schedule.Progress { return progress[d.Job] }, now)
		if i < 0 {
			return nil
		}
		chosen := all[i]
		if chosen.Job != 0 {
			chosen.Round++
		}
		job, err := h.HandOut(ctx, tx, department, chosen.Kind, chosen.Round)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE svodka_departments.due SET job = $3, round = $4, looked = clock_timestamp()
			WHERE department = $1 AND kind = $2`, department, chosen.Kind, job, chosen.Round)
		return err
	})
	if err != nil {
		return fmt.Errorf("hand out a job of the department %s: %w", department, err)
	}
	return nil
}

// settle ends a run that was handed out: the job is next due then; zero: the job is off.
func (r *Registry) settle(ctx context.Context, tx pgx.Tx, department, kind string, job int64, next time.Time) error {
	if next.IsZero() {
		_, err := tx.Exec(ctx, `DELETE FROM svodka_departments.due WHERE department = $1 AND kind = $2`,
			department, kind)
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET job = 0, round = round + 1, next = $4
		WHERE department = $1 AND kind = $2 AND job = $3`, department, kind, job, next)
	return err
}

// Current reports whether a run is the one that was handed out last: not one that was
// taken for dead, and came back.
func (r *Registry) Current(ctx context.Context, department, kind string, job int64) (current bool, err error) {
	err = r.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM svodka_departments.due
		WHERE department = $1 AND kind = $2 AND job = $3)`, department, kind, job).Scan(&current)
	if err != nil {
		return false, fmt.Errorf("look whether job %d of the department %s is still to be done: %w", job,
			department, err)
	}
	return current, nil
}

// Done records that a run went well. It began at a time of the database's clock; the next
// one is due after now.
func (r *Registry) Done(ctx context.Context, department, kind string, job int64, began time.Time,
	t schedule.Timetable) error {
	err := r.locked(ctx, department, false, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET last = $4, failed = NULL, trouble = ''
			WHERE department = $1 AND kind = $2 AND job = $3`, department, kind, job, began); err != nil {
			return err
		}
		return r.settle(ctx, tx, department, kind, job, t.Next(kind, now))
	})
	if err != nil {
		return fmt.Errorf("record that %s of the department %s went well: %w", kind, department, err)
	}
	return nil
}

// Failed records why a run failed, in words that name nobody. If it was the last try, the
// next run is due after now by the timetable.
func (r *Registry) Failed(ctx context.Context, department, kind string, job int64, trouble string, last bool,
	t schedule.Timetable) error {
	err := r.locked(ctx, department, false, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET failed = clock_timestamp(), trouble = $4
			WHERE department = $1 AND kind = $2 AND job = $3`, department, kind, job, trouble)
		if err != nil || !last {
			return err
		}
		return r.settle(ctx, tx, department, kind, job, t.Next(kind, now))
	})
	if err != nil {
		return fmt.Errorf("record that %s of the department %s failed: %w", kind, department, err)
	}
	return nil
}

// locked runs f in a transaction that nobody else has for the department, with the time
// by the database's clock. If somebody has it, it waits, or with skip does nothing, as
// for a department that has been removed.
func (r *Registry) locked(ctx context.Context, department string, skip bool,
	f func(pgx.Tx, time.Time) error) error {
	query := `SELECT clock_timestamp() FROM svodka_departments.departments WHERE name = $1 FOR NO KEY UPDATE`
	if skip {
		query += ` SKIP LOCKED`
	}
	return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		var now time.Time
		rows, err := tx.Query(ctx, query, department)
		if err != nil {
			return err
		}
		times, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
		if err != nil || len(times) == 0 {
			return err
		}
		now = times[0]
		return f(tx, now)
	})
}

// due returns the jobs of a department in their order.
func due(ctx context.Context, tx pgx.Tx, department string) ([]schedule.Due, error) {
	rows, err := tx.Query(ctx,
		`SELECT kind, spec, next, last, job, round FROM svodka_departments.due WHERE department = $1
		ORDER BY rank`, department)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (d schedule.Due, err error) {
		var last *time.Time
		err = row.Scan(&d.Kind, &d.Spec, &d.Next, &last, &d.Job, &d.Round)
		if last != nil {
			d.Last = *last
		}
		return d, err
	})
}
