package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	var version int
	err := l.transact(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL)`); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM migrations`).Scan(&version)
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
	if version > newest {
		return fmt.Errorf("it has schema %d, this program knows up to %d: use a newer version of svodka", version,
			newest)
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

func (l *Ledger) apply(ctx context.Context, step migration) error {
	n, err := step.version()
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
		return err
	})
}
