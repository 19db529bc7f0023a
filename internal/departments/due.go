package departments

import (
	"context"
	"fmt"
	"slices"
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

// firstRound is the first round of a job that was not planned before, or no longer: of a
// department that was removed and added again, River may know the runs of before.
const firstRound = `(1000 * extract(epoch FROM clock_timestamp()))::bigint`

// Plan stores when the jobs of a department are due by its timetable. What is stored
// already stays, unless the timetable has changed.
func (r *Registry) Plan(ctx context.Context, department string, t schedule.Timetable) error {
	err := r.locked(ctx, department, func(tx pgx.Tx, now time.Time) error {
		stored, err := due(ctx, tx, department)
		if err != nil {
			return err
		}
		want := t.Reconcile(stored, now)
		kinds := make([]string, len(want))
		for rank, d := range want {
			kinds[rank] = d.Kind
			if _, err := tx.Exec(ctx, `INSERT INTO svodka_departments.due AS d (department, kind, rank, spec, next, round)
				VALUES ($1, $2, $3, $4, $5, `+firstRound+`) ON CONFLICT (department, kind) DO UPDATE
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

// Turn is departments with a job to be handed out.
type Turn struct {
	Departments []string // those that have waited longest first
	// As says when that was so, by the database's clock. Of departments at whose jobs
	// somebody else has looked since, nothing is handed out; zero: of all.
	As time.Time
}

// Waiting returns departments with a job to be handed out. Statements of the caller's, if
// any, are sent along and are part of the same transaction.
func (r *Registry) Waiting(ctx context.Context, most int, along *pgx.Batch) (t Turn, err error) {
	if along == nil {
		along = &pgx.Batch{}
	}
	along.Queue(`SELECT department, statement_timestamp() FROM svodka_departments.due
		WHERE next <= clock_timestamp() AND (job = 0 OR looked < clock_timestamp() - $2::interval)
		GROUP BY department ORDER BY min(next) LIMIT $1`, most, r.Scaled(lookAgain)).Query(func(rows pgx.Rows) error {
		var name string
		_, err := pgx.ForEachRow(rows, []any{&name, &t.As}, func() error {
			t.Departments = append(t.Departments, name)
			return nil
		})
		return err
	})
	if err = r.pool.SendBatch(ctx, along).Close(); err != nil {
		return Turn{}, fmt.Errorf("look which departments have something due: %w", err)
	}
	return t, nil
}

// Handed is a run of a job to be handed out.
type Handed struct {
	Department, Kind string
	Round            int64
	// Process is the one whose turn the department is; empty: nobody's.
	Process string
	// Again says that the run before died: perhaps its process is ill.
	Again bool
}

// Hander hands out runs of jobs.
type Hander interface {
	// Progress returns what has become of runs, by id.
	Progress(ctx context.Context, tx pgx.Tx, jobs []int64) (map[int64]schedule.Progress, error)
	// HandOut hands out runs when tx commits, but those of rounds that have one, and
	// returns their ids.
	HandOut(ctx context.Context, tx pgx.Tx, runs []Handed) ([]int64, error)
}

// HandOut hands out, for each of some departments, the job whose turn it is, if there is
// one and no other process is doing the same. All must have a timetable.
func (r *Registry) HandOut(ctx context.Context, turn Turn, tables map[string]schedule.Timetable, h Hander) error {
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		all, whose, now, err := turn.due(ctx, tx)
		if err != nil || len(all) == 0 {
			return err
		}
		var ids []int64
		for _, jobs := range all {
			for _, d := range jobs {
				if d.Job != 0 {
					ids = append(ids, d.Job)
				}
			}
		}
		progress := map[int64]schedule.Progress{}
		if len(ids) > 0 {
			if progress, err = h.Progress(ctx, tx, ids); err != nil {
				return err
			}
		}
		var runs []Handed
		for _, name := range turn.Departments {
			jobs := all[name]
			for _, d := range jobs {
				if progress[d.Job] != schedule.Given {
					continue
				}
				if err := settle(ctx, tx, name, d.Kind, d.Job, tables[name].Next(d.Kind, now)); err != nil {
					return err
				}
			}
			i := schedule.Choose(jobs, func(d schedule.Due) schedule.Progress { return progress[d.Job] }, now)
			if i < 0 {
				continue
			}
			chosen := jobs[i]
			again := chosen.Job != 0
			if again {
				chosen.Round++
			}
			runs = append(runs, Handed{name, chosen.Kind, chosen.Round, whose[name], again})
		}
		return handOut(ctx, tx, turn.Departments, runs, h)
	})
	if err != nil {
		return fmt.Errorf("hand out jobs of %d departments, such as %s: %w", len(turn.Departments),
			turn.Departments[0], err)
	}
	return nil
}

// handOut hands out runs, and records that, and that somebody has looked.
func handOut(ctx context.Context, tx pgx.Tx, looked []string, runs []Handed, h Hander) error {
	b := &pgx.Batch{}
	b.Queue(`UPDATE svodka_departments.due SET looked = clock_timestamp() WHERE department = ANY($1) AND job <> 0`,
		looked)
	if len(runs) > 0 {
		ids, err := h.HandOut(ctx, tx, runs)
		if err != nil {
			return err
		}
		var names, kinds []string
		var rounds []int64
		for _, run := range runs {
			names, kinds, rounds = append(names, run.Department), append(kinds, run.Kind), append(rounds, run.Round)
		}
		b.Queue(`UPDATE svodka_departments.due AS d SET job = x.job, round = x.round, looked = clock_timestamp()
			FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS x (department, kind, job, round)
			WHERE d.department = x.department AND d.kind = x.kind`, names, kinds, ids, rounds)
	}
	return tx.SendBatch(ctx, b).Close()
}

// due returns the jobs of the departments that nobody else has in hand, each in their
// order, whose turn each department is, and the time by the database's clock. The
// departments are tx's until it ends.
func (t Turn) due(ctx context.Context, tx pgx.Tx) (all map[string][]schedule.Due, whose map[string]string,
	now time.Time, err error) {
	all, whose = map[string][]schedule.Due{}, map[string]string{}
	b := &pgx.Batch{}
	b.Queue(`SELECT name, process, clock_timestamp() FROM svodka_departments.departments WHERE name = ANY($1)
		FOR NO KEY UPDATE SKIP LOCKED`, t.Departments).Query(func(rows pgx.Rows) error {
		var name, process string
		_, err := pgx.ForEachRow(rows, []any{&name, &process, &now}, func() error {
			all[name], whose[name] = nil, process
			return nil
		})
		return err
	})
	b.Queue(`SELECT department, kind, spec, next, last, job, round FROM svodka_departments.due AS d
		WHERE department = ANY($1) AND ($2::timestamptz IS NULL OR NOT EXISTS (
			SELECT 1 FROM svodka_departments.due WHERE department = d.department AND looked >= $2))
		ORDER BY department, rank`, t.Departments, orNull(t.As)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var name string
			d, err := scanDue(rows, &name)
			if err != nil {
				return err
			}
			if jobs, ok := all[name]; ok {
				all[name] = append(jobs, d)
			}
		}
		return rows.Err()
	})
	return all, whose, now, tx.SendBatch(ctx, b).Close()
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// settle ends a run that was handed out: the job is next due then; zero: the job is off.
func settle(ctx context.Context, tx pgx.Tx, department, kind string, job int64, next time.Time) error {
	if next.IsZero() {
		_, err := tx.Exec(ctx, `DELETE FROM svodka_departments.due WHERE department = $1 AND kind = $2`,
			department, kind)
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET job = 0, round = round + 1, next = $4
		WHERE department = $1 AND kind = $2 AND job = $3`, department, kind, job, next)
	return err
}

// Done says that a run went well.
type Done struct {
	Kind  string
	Job   int64
	Began time.Time // by the database's clock
	Next  time.Time // when the next one is due; zero: the job is off
}

// queue queues the record of it.
func (d *Done) queue(b *pgx.Batch, department string) {
	b.Queue(`SELECT 1 FROM svodka_departments.departments WHERE name = $1 FOR NO KEY UPDATE`, department)
	if d.Next.IsZero() {
		b.Queue(`DELETE FROM svodka_departments.due WHERE department = $1 AND kind = $2 AND job = $3`, department,
			d.Kind, d.Job)
		return
	}
	b.Queue(`UPDATE svodka_departments.due SET last = $4, failed = NULL, trouble = '', job = 0, round = round + 1,
		next = $5 WHERE department = $1 AND kind = $2 AND job = $3`, department, d.Kind, d.Job, d.Began, d.Next)
}

// Failed records why a run failed, in words that name nobody. If it was the last try, the
// next run is due after now by the timetable.
func (r *Registry) Failed(ctx context.Context, department, kind string, job int64, trouble string, last bool,
	t schedule.Timetable) error {
	err := r.locked(ctx, department, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET failed = clock_timestamp(), trouble = $4
			WHERE department = $1 AND kind = $2 AND job = $3`, department, kind, job, trouble)
		if err != nil || !last {
			return err
		}
		return settle(ctx, tx, department, kind, job, t.Next(kind, now))
	})
	if err != nil {
		return fmt.Errorf("record that %s of the department %s failed: %w", kind, department, err)
	}
	return nil
}

// ByHand is a run of a job that nobody was handed: a command did what the job does.
type ByHand struct {
	Kind    string
	Began   time.Time // by the database's clock
	Trouble string    // why it failed, in words that name nobody; empty: it went well
}

// Note records such runs. A job that is due, and in nobody's hands, is done by one that
// went well; one that was handed out runs all the same. What is stored keeps its own
// times, whatever the timetable says: that is for jobs that no process has planned yet.
func (r *Registry) Note(ctx context.Context, department string, t schedule.Timetable, runs ...ByHand) error {
	err := r.locked(ctx, department, func(tx pgx.Tx, now time.Time) error {
		stored, err := due(ctx, tx, department)
		if err != nil {
			return err
		}
		for _, run := range runs {
			i := slices.IndexFunc(stored, func(d schedule.Due) bool { return d.Kind == run.Kind })
			var d schedule.Due
			if i >= 0 {
				d = stored[i]
			} else {
				var rank int
				var ok bool
				if d, rank, ok = t.Of(run.Kind, now); !ok {
					continue
				}
				if _, err := tx.Exec(ctx, `INSERT INTO svodka_departments.due
					(department, kind, rank, spec, next, round)
					VALUES ($1, $2, $3, $4, $5, `+firstRound+`)`, department, d.Kind, rank, d.Spec, d.Next); err != nil {
					return err
				}
			}
			if err := note(ctx, tx, department, d, run, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record what was done for the department %s: %w", department, err)
	}
	return nil
}

// note records a run of a job that is stored.
func note(ctx context.Context, tx pgx.Tx, department string, d schedule.Due, run ByHand, now time.Time) error {
	if run.Trouble != "" {
		_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET failed = $3, trouble = $4
			WHERE department = $1 AND kind = $2`, department, d.Kind, now, run.Trouble)
		return err
	}
	next := d.Next
	if after := d.After(now); d.Job == 0 && !next.After(now) && !after.IsZero() {
		next = after
	}
	_, err := tx.Exec(ctx, `UPDATE svodka_departments.due SET last = greatest(last, $3), failed = NULL, trouble = '',
		next = $4 WHERE department = $1 AND kind = $2`, department, d.Kind, run.Began, next)
	return err
}

// locked runs f in a transaction that nobody else has for the department, with the time
// by the database's clock. If somebody has it, it waits; for a department that has been
// removed it does nothing.
func (r *Registry) locked(ctx context.Context, department string, f func(pgx.Tx, time.Time) error) error {
	const query = `SELECT clock_timestamp() FROM svodka_departments.departments WHERE name = $1 FOR NO KEY UPDATE`
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
	rows, err := tx.Query(ctx, `SELECT department, kind, spec, next, last, job, round FROM svodka_departments.due
		WHERE department = $1 ORDER BY rank`, department)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (schedule.Due, error) {
		return scanDue(row, &department)
	})
}

func scanDue(row pgx.CollectableRow, department *string) (d schedule.Due, err error) {
	var last *time.Time
	err = row.Scan(department, &d.Kind, &d.Spec, &d.Next, &last, &d.Job, &d.Round)
	if last != nil {
		d.Last = *last
	}
	return d, err
}
