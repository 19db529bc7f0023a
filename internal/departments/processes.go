package departments

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// present is how long a process counts as being there after it was last seen.
const present = 30 * time.Second

// Present returns the condition by which a row p of svodka_departments.processes is of a
// process that is there.
func (r *Registry) Present() string {
	return fmt.Sprintf(`p.seen > clock_timestamp() - interval '%d milliseconds'`,
		r.Scaled(present).Milliseconds())
}

// Attend says that a process is there, and sees to it that each department is the turn of
// one that is, and that none has many more than the others. A department stays with its
// process as far as that allows: another one would have to read its ledger first.
func (r *Registry) Attend(ctx context.Context, process string) error {
	has := map[string]int{}
	all := 0
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO svodka_departments.processes (name, seen) VALUES ($1, clock_timestamp())
		ON CONFLICT (name) DO UPDATE SET seen = excluded.seen`, process)
	b.Queue(`SELECT p.name, count(d.name) FROM svodka_departments.processes AS p
		LEFT JOIN svodka_departments.departments AS d ON d.process = p.name WHERE ` + r.Present() + `
		GROUP BY p.name`).Query(func(rows pgx.Rows) error {
		var name string
		var n int
		_, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { has[name] = n; return nil })
		return err
	})
	b.Queue(`SELECT count(*) FROM svodka_departments.departments`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&all)
	})
	err := r.pool.SendBatch(ctx, b).Close()
	if err == nil && !even(has, all) {
		err = r.share(ctx)
	}
	if err != nil {
		return fmt.Errorf("say that a process is there: %w", err)
	}
	return nil
}

// Leave says that a process ends.
func (r *Registry) Leave(ctx context.Context, process string) error {
	_, err := r.pool.Exec(ctx, `DELETE FROM svodka_departments.processes WHERE name = $1`, process)
	if err != nil {
		return fmt.Errorf("say that a process ends: %w", err)
	}
	return nil
}

// share gives departments to other processes, as few as it takes.
func (r *Registry) share(ctx context.Context) error {
	return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		turns := map[string]string{}
		var there []string
		b := &pgx.Batch{}
		b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('svodka_departments.processes', 0))`)
		b.Queue(`DELETE FROM svodka_departments.processes WHERE seen < clock_timestamp() - interval '1 day'`)
		b.Queue(`SELECT p.name FROM svodka_departments.processes AS p WHERE ` + r.Present()).Query(
			func(rows pgx.Rows) (err error) {
				there, err = pgx.CollectRows(rows, pgx.RowTo[string])
				return err
			})
		b.Queue(`SELECT name, process FROM svodka_departments.departments`).Query(func(rows pgx.Rows) error {
			var name, process string
			_, err := pgx.ForEachRow(rows, []any{&name, &process}, func() error { turns[name] = process; return nil })
			return err
		})
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		moved := shared(turns, there)
		names := slices.Sorted(maps.Keys(moved)) // in this order they are locked
		processes := make([]string, len(names))
		for i, name := range names {
			processes[i] = moved[name]
		}
		_, err := tx.Exec(ctx, `UPDATE svodka_departments.departments AS d SET process = x.process
			FROM unnest($1::text[], $2::text[]) AS x (name, process) WHERE d.name = x.name`, names, processes)
		return err
	})
}

// most returns how many departments a process has at most if all have as many, and how
// many it may have before some are taken from it: a move has its price.
func most(departments, processes int) (fair, bearable int) {
	fair = (departments + processes - 1) / processes
	return fair, fair + fair/10
}

// even reports whether processes have all departments, of so many, and none too many.
func even(has map[string]int, all int) bool {
	if len(has) == 0 {
		return true // this one was taken for gone at once: the clock has leapt
	}
	_, bearable := most(all, len(has))
	sum := 0
	for _, n := range has {
		if sum += n; n > bearable {
			return false
		}
	}
	return sum == all
}

// shared returns the departments that change to another process, and to which: those
// whose process is not there, and of those of a process that has too many as few as
// bring it down to its fair part.
func shared(turns map[string]string, there []string) (moved map[string]string) {
	moved = map[string]string{}
	if len(there) == 0 {
		return moved
	}
	has := map[string]int{}
	for _, process := range there {
		has[process] = 0
	}
	for _, process := range turns {
		if _, ok := has[process]; ok {
			has[process]++
		}
	}
	fair, bearable := most(len(turns), len(there))
	gives := map[string]int{}
	for process, n := range has {
		if n > bearable {
			gives[process], has[process] = n-fair, fair
		}
	}
	least := func() string {
		return slices.MinFunc(there, func(a, b string) int { return has[a] - has[b] })
	}
	for _, name := range slices.Sorted(maps.Keys(turns)) {
		process := turns[name]
		if _, ok := has[process]; ok {
			if gives[process] == 0 {
				continue
			}
			gives[process]--
		}
		moved[name] = least()
		has[moved[name]]++
	}
	return moved
}
