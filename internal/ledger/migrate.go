package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"time"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration brings a file from one schema to the next. It is never changed once
// released, only followed by others.
type migration struct{ name, sql string }

// migrations are those in the binary, in order.
func migrations() ([]migration, error) {
	entries, err := migrationFiles.ReadDir("migrations") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]migration, len(entries))
	for i, e := range entries {
		b, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		steps[i] = migration{e.Name(), string(b)}
	}
	return steps, nil
}

// migrate applies the steps that the file has not seen, each in a transaction
// with the record that it was done.
func migrate(ctx context.Context, db *sql.DB, steps []migration, now time.Time) error {
	var version int
	err := transact(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL) STRICT`); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM migrations`).Scan(&version)
	})
	if err != nil {
		return fmt.Errorf("read its schema: %w", err)
	}
	if version > len(steps) {
		return fmt.Errorf("it has schema %d, this program knows up to %d: use a newer version of svodka", version,
			len(steps))
	}
	for i, step := range steps {
		err := transact(ctx, db, nil, func(tx *sql.Tx) error {
			// Asked again under the lock: another process may have been faster.
			var done bool
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM migrations WHERE version = ?`,
				i+1).Scan(&done); err != nil || done {
				return err
			}
			if _, err := tx.ExecContext(ctx, step.sql); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO migrations (version, name, applied) VALUES (?, ?, ?)`, i+1,
				step.name, now.Unix())
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate it by %s: %w", step.name, err)
		}
	}
	return nil
}
