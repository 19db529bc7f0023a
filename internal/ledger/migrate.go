package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"svodka/internal/lazyregexp"
)

//go:embed migrations/*.sql migrations/new/*.sql migrations/postgres/*.sql
var migrationFiles embed.FS

// migration brings a ledger from one version to the next. Once released it never changes;
// others follow it.
type migration struct{ name, sql string }

// version returns the number before the name. SQLite's begin with 1; PostgreSQL's first
// step makes all that SQLite's steps had made by then, and from there on the numbers are
// the same. The step in the folder new, too, makes all that those up to its number make,
// in a SQLite file that is new.
func (m migration) version() (int, error) {
	number, _, _ := strings.Cut(m.name, "_")
	return strconv.Atoi(number)
}

// fromStep is the line of a step of PostgreSQL that programs survive that do not know it:
// those that know the steps up to a number. So processes of two versions work side by
// side while one after the other is replaced. Such a step only adds what has a default:
// see migrations/README.md, and the test that holds it.
var fromStep = lazyregexp.New(`(?m)^-- Programs from step (\d+) on work with it\.$`)

// needs returns the last step that a program must know to work with a ledger after this
// one.
func (m migration) needs() (int, error) {
	if line := fromStep.FindStringSubmatch(m.sql); line != nil {
		return strconv.Atoi(line[1])
	}
	return m.version()
}

// migrations returns those in a folder of the binary, in order.
func migrations(folder string) ([]migration, error) {
	entries, err := migrationFiles.ReadDir(folder) // sorted by name
	if err != nil {
		return nil, err
	}
	var steps []migration
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := migrationFiles.ReadFile(folder + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{e.Name(), string(b)})
	}
	return steps, nil
}

// migrate applies the steps that the ledger lacks, each in one transaction with its
// record. To a new ledger it applies those of whole first, if there are any: each makes
// all that the steps up to its number make.
func migrate(ctx context.Context, l *Ledger, whole, steps []migration) error {
	var version, needs int
	err := l.transact(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL)`); err != nil {
			return err
		}
		query := `SELECT coalesce(max(version), 0), coalesce(max(version), 0) FROM migrations`
		if l.schema != "" { // several processes, perhaps of two versions
			var has bool
			err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_attribute
				WHERE attrelid = 'migrations'::regclass AND attname = 'needs' AND NOT attisdropped)`).Scan(&has)
			if err == nil && !has {
				_, err = tx.ExecContext(ctx, `ALTER TABLE migrations ADD COLUMN needs INTEGER`)
			}
			if err != nil {
				return err
			}
			query = `SELECT coalesce(max(version), 0), coalesce(max(coalesce(needs, version)), 0) FROM migrations`
		}
		return tx.QueryRowContext(ctx, query).Scan(&version, &needs)
	})
	if err != nil {
		return fmt.Errorf("read its schema: %w", err)
	}
	newest := 0
	for _, step := range steps {
		if newest, err = step.version(); err != nil {
			return fmt.Errorf("number of the step %s: %w", step.name, err)
		}
	}
	if err := l.survive(version, needs, newest); l.newer || err != nil {
		return err
	}
	if version == 0 {
		steps = slices.Concat(whole, steps)
	}
	for _, step := range steps {
		n, err := step.version()
		if err != nil || n <= version {
			continue
		}
		if err := l.apply(ctx, step); err != nil {
			return fmt.Errorf("migrate it by %s: %w", step.name, err)
		}
		version = n
	}
	return nil
}

// survive notes whether the ledger is newer than this program, which knows steps up to a
// number, and fails if it cannot work with it.
func (l *Ledger) survive(version, needs, newest int) error {
	if l.newer = version > newest; l.newer && needs > newest {
		return fmt.Errorf("it has schema %d, this program knows up to %d: use a newer version of svodka", version,
			newest)
	}
	return nil
}

func (l *Ledger) apply(ctx context.Context, step migration) error {
	n, err := step.version()
	if err != nil {
		return err
	}
	needs, err := step.needs()
	if err != nil {
		return err
	}
	return l.transact(ctx, nil, func(tx *sql.Tx) error {
		// Ask again under the lock: another process may have been faster.
		var done bool
		if err := tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM migrations WHERE version >= ?`,
			n).Scan(&done); err != nil || done {
			return err
		}
		if _, err := tx.ExecContext(ctx, step.sql); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO migrations (version, name, applied) VALUES (?, ?, ?)`, n,
			step.name, l.now().Unix())
		if err == nil && l.schema != "" {
			_, err = tx.ExecContext(ctx, `UPDATE migrations SET needs = ? WHERE version = ?`, needs, n)
		}
		return err
	})
}
