package departments

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed migrations/*.sql
var migrations embed.FS

// made reports whether the database has the schema.
func (r *Registry) made(ctx context.Context) (there bool, err error) {
	err = r.pool.QueryRow(ctx, `SELECT to_regclass('svodka_departments.departments') IS NOT NULL`).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for the departments in the database: %w", err)
	}
	return there, nil
}

// Migrate makes the schema, or brings it to the current version; several processes may do
// it at once. A newer version stays as it is: columns are only ever added, so that
// programs of two versions can work side by side.
func (r *Registry) Migrate(ctx context.Context) error {
	steps, err := migrations.ReadDir("migrations") // sorted by name
	if err != nil {
		return err
	}
	last, err := numberOf(steps[len(steps)-1])
	if err != nil {
		return err
	}
	// Whoever only looks may not be allowed to make anything, and looks often.
	const query = `SELECT coalesce(max(version), 0) FROM svodka_departments.migrations`
	var version int
	err = r.pool.QueryRow(ctx, query).Scan(&version)
	if err == nil && version >= last {
		return nil
	}
	var missing *pgconn.PgError
	if err == nil || errors.As(err, &missing) && missing.Code == undefinedTable {
		err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error { return migrate(ctx, tx, steps) })
	}
	if err != nil {
		return fmt.Errorf("make the schema of the departments: %w", err)
	}
	return nil
}

// undefinedTable is PostgreSQL's code for a table that there is not, in no schema either.
const undefinedTable = "42P01"

// numberOf returns the number of a step.
func numberOf(step fs.DirEntry) (int, error) {
	number, _, _ := strings.Cut(step.Name(), "_")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0, fmt.Errorf("number of the step %s: %w", step.Name(), err)
	}
	return n, nil
}

func migrate(ctx context.Context, tx pgx.Tx, steps []fs.DirEntry) error {
	for _, query := range []string{
		`SELECT pg_advisory_xact_lock(hashtextextended('svodka_departments', 0))`,
		`CREATE SCHEMA IF NOT EXISTS svodka_departments`,
		`CREATE TABLE IF NOT EXISTS svodka_departments.migrations
			(version integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`,
	} {
		if _, err := tx.Exec(ctx, query); err != nil {
			return err
		}
	}
	var version int
	err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM svodka_departments.migrations`).Scan(&version)
	if err != nil {
		return err
	}
	for _, step := range steps {
		n, err := numberOf(step)
		if err != nil {
			return err
		}
		if n <= version {
			continue
		}
		sql, err := migrations.ReadFile("migrations/" + step.Name())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(sql)); err != nil {
			return fmt.Errorf("by %s: %w", step.Name(), err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO svodka_departments.migrations (version, name) VALUES ($1, $2)`, n,
			step.Name()); err != nil {
			return err
		}
	}
	return nil
}
