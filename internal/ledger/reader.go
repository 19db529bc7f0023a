package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// views are the names of the views for analysts, which docs/sql.md describes. They and
// their columns must not change: what replaces one gets a name with another number.
var views = []string{"v1_calls_by_day", "v1_deals", "v1_entries", "v1_health", "v1_people", "v1_plan_fact",
	"v1_reports", "v1_teams"}

// Views returns the names of the views for analysts.
func Views() []string { return slices.Clone(views) }

// GrantReader lets a role of PostgreSQL read the views of a ledger, and nothing else of
// it. It fails if there is no such role.
func (d *Database) GrantReader(ctx context.Context, schema, role string) error {
	l, err := d.ledger(schema, nil)
	if err != nil {
		return err
	}
	return l.write(ctx, "let "+role+" read", func(tx *sql.Tx) error {
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ?)`, role).
			Scan(&there); err != nil {
			return err
		}
		if !there {
			return fmt.Errorf("the server has no role %q (as its administrator: CREATE ROLE %[1]s LOGIN PASSWORD '…')",
				role)
		}
		name := pgx.Identifier{role}.Sanitize()
		if _, err := tx.ExecContext(ctx, `GRANT USAGE ON SCHEMA `+quoted(schema)+` TO `+name); err != nil {
			return err
		}
		for _, v := range views {
			if _, err := tx.ExecContext(ctx, `GRANT SELECT ON `+v+` TO `+name); err != nil {
				return fmt.Errorf("view %s: %w", v, err)
			}
		}
		return nil
	})
}
