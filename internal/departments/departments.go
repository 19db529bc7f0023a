// Package departments stores, in a schema of its own in PostgreSQL, which departments a
// deployment serves, with the settings that differ between them; which process works on
// each; and when the jobs of each are due.
//
// It is an edge: it stores and returns, and knows neither the meaning of a setting nor
// what is done for a department. Secrets have no place in it. Times are those of the
// database's clock: the machines' may be minutes apart.
package departments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"svodka/internal/lazyregexp"
	"svodka/internal/postgres"
)

// Schema is the schema of PostgreSQL that holds the departments.
const Schema = "svodka_departments"

// Department is a sales department that the deployment serves.
type Department struct {
	// Name is also the name of the schema that holds its ledger.
	Name string
	// Settings are those that differ from the deployment's, by name without the prefix:
	// ZONE, LANGUAGE.
	Settings map[string]string
	Version  int64 // rises with each change of the settings
	Added    time.Time
}

// Registry is the list of departments in a database. It is safe for concurrent use.
type Registry struct {
	pool *pgxpool.Pool
	ttl  time.Duration // of claims: see ClaimFor
	beat time.Duration // how often claims are renewed
}

// Open connects to the database at an address as libpq writes it, with at most that many
// connections at a time. It makes nothing there.
func Open(ctx context.Context, address string, connections int) (*Registry, error) {
	pool, err := postgres.Open(ctx, address, connections)
	if err != nil {
		return nil, err
	}
	return &Registry{pool, ClaimTTL, beat}, nil
}

// Close closes the connections.
func (r *Registry) Close() { r.pool.Close() }

// Pool returns the connections, for what is stored beside the departments.
func (r *Registry) Pool() *pgxpool.Pool { return r.pool }

// name matches names that are good as a schema and as a part of a variable's name.
var name = lazyregexp.New(`^[a-z][a-z0-9_]{0,39}$`)

// moved matches the names under which ledgers are kept that were moved elsewhere.
var moved = lazyregexp.New(`_moved[0-9]*$`)

// CheckName returns why a department cannot have a name, or nil.
func CheckName(s string) error {
	switch {
	case !name.MatchString(s):
		return fmt.Errorf("%q is no name of a department (use at most 40 letters a–z, digits and _, beginning with a "+
			"letter; people see it nowhere in the spreadsheets)", s)
	case slices.Contains([]string{"public", "information_schema"}, s), strings.HasPrefix(s, "pg_"),
		strings.HasPrefix(s, "svodka_"):
		return fmt.Errorf("%q is the name of another schema of the database (choose another name)", s)
	case moved.MatchString(s):
		return fmt.Errorf("so end the names of ledgers that were moved, which no backup has: %q (choose another "+
			"name)", s)
	}
	return nil
}

// ErrUnknown means that there is no department of that name.
var ErrUnknown = errors.New("there is no such department")

// All returns the departments by name; none if the database has never had any.
func (r *Registry) All(ctx context.Context) ([]Department, error) {
	return r.list(ctx, "list the departments", `SELECT name, settings, version, added
		FROM svodka_departments.departments ORDER BY name`)
}

// State names the departments with their settings: while it is the same, so are they. It
// comes with the time by the database's clock, for both are asked for often.
func (r *Registry) State(ctx context.Context) (state string, now time.Time, err error) {
	// A department that was removed and added again has another time.
	err = r.pool.QueryRow(ctx, `SELECT concat_ws(' ', count(*), sum(version), max(added)), clock_timestamp()
		FROM svodka_departments.departments`).Scan(&state, &now)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("look whether the departments have changed: %w", err)
	}
	return state, now, nil
}

// Find returns the department of a name, or ErrUnknown.
func (r *Registry) Find(ctx context.Context, name string) (Department, error) {
	all, err := r.list(ctx, "find the department "+name, `SELECT name, settings, version, added
		FROM svodka_departments.departments WHERE name = $1`, name)
	switch {
	case err != nil:
		return Department{}, err
	case len(all) == 0:
		return Department{}, ErrUnknown
	}
	return all[0], nil
}

func (r *Registry) list(ctx context.Context, doing, query string, args ...any) ([]Department, error) {
	there, err := r.made(ctx)
	if err != nil || !there {
		return nil, err
	}
	rows, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Department])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, nil
}

// ErrExists means that there is a department of that name already.
var ErrExists = errors.New("there is a department of that name already")

// Add adds a department, or returns ErrExists. The first one makes the schema.
func (r *Registry) Add(ctx context.Context, name string, settings map[string]string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := r.Migrate(ctx); err != nil {
		return err
	}
	if settings == nil {
		settings = map[string]string{}
	}
	done, err := r.pool.Exec(ctx, `INSERT INTO svodka_departments.departments (name, settings) VALUES ($1, $2)
		ON CONFLICT DO NOTHING`, name, settings)
	switch {
	case err != nil:
		return fmt.Errorf("add the department %s: %w", name, err)
	case done.RowsAffected() == 0:
		return ErrExists
	}
	return nil
}

// Set replaces the settings of a department, or returns ErrUnknown. It fails if somebody
// else has changed them since the given version.
func (r *Registry) Set(ctx context.Context, d Department) error {
	done, err := r.pool.Exec(ctx, `UPDATE svodka_departments.departments SET settings = $2, version = version + 1
		WHERE name = $1 AND version = $3`, d.Name, d.Settings, d.Version)
	if err != nil {
		return fmt.Errorf("set the settings of the department %s: %w", d.Name, err)
	}
	if done.RowsAffected() > 0 {
		return nil
	}
	if _, err := r.Find(ctx, d.Name); err != nil {
		return err
	}
	return fmt.Errorf("the settings of the department %s have just been changed by somebody else (look at them, and "+
		"try again)", d.Name)
}

// Forgetting is the statement that forgets a department, for whoever does more in the
// same transaction.
func Forgetting(name string) string {
	return `DELETE FROM svodka_departments.departments WHERE name = '` + strings.ReplaceAll(name, "'", "''") + `'`
}

// Remove forgets a department, or returns ErrUnknown. With drop it deletes the schema of
// its ledger, too.
func (r *Registry) Remove(ctx context.Context, name string, drop bool) error {
	there, err := r.made(ctx)
	if err != nil {
		return err
	}
	if !there {
		return ErrUnknown
	}
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, Forgetting(name))
		if err == nil && done.RowsAffected() == 0 {
			return ErrUnknown
		}
		if err == nil && drop {
			_, err = tx.Exec(ctx, `DROP SCHEMA IF EXISTS `+pgx.Identifier{name}.Sanitize()+` CASCADE`)
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrUnknown) {
		return fmt.Errorf("remove the department %s: %w", name, err)
	}
	return err
}
