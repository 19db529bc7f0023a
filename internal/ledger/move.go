package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// tables are all tables of a ledger except the one of migrations, each after those that
// it refers to.
var tables = []string{
	"people", "kpis", "entries", "edits", "comments", "deals", "clients", "flags", "deal_edits", "gone_clients",
	"held", "late_edits", "opened", "closes", "closed_kpis", "held_deals", "late_deals",
	"operators", "calls", "call_days", "call_people", "call_costs", "call_months", "call_totals",
	"names", "lines", "day_states", "lines_of", "lines_made", "stints", "teams", "titles",
	"layouts", "files", "laid", "files_begun", "shared_files", "file_shares", "external_access", "share_refusals",
	"sharing", "named", "feed", "cycle", "notices",
	"versions", // after all tables whose changes it counts
}

// filled are the tables in which a new ledger already has a row.
var filled = map[string]bool{"sharing": true, "feed": true, "cycle": true, "versions": true, "lines_made": true}

// CopyTo copies everything into an empty ledger, in one transaction: a SQLite file or a
// schema of PostgreSQL, from either. It fails if the other ledger holds anything, and
// leaves it as it is. Nobody may write to this one meanwhile.
func (l *Ledger) CopyTo(ctx context.Context, to *Ledger) error {
	if l.newer { // it has tables that this program does not know
		return fmt.Errorf("copy %s: a newer version of svodka has brought it to its own: use that", l.path)
	}
	return l.readTx(ctx, "copy "+l.path, func(from *sql.Tx) error {
		return to.write(ctx, "copy to "+to.path, func(tx *sql.Tx) error {
			for _, table := range tables {
				if err := to.empty(ctx, tx, table); err != nil {
					return err
				}
			}
			for _, table := range tables {
				if err := copyTable(ctx, from, tx, table); err != nil {
					return fmt.Errorf("table %s: %w", table, err)
				}
			}
			return to.renumber(ctx, tx)
		})
	})
}

// empty fails if a table holds any data of a department.
func (l *Ledger) empty(ctx context.Context, tx *sql.Tx, table string) error {
	if filled[table] {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+table)
		return err
	}
	var has bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+`)`).Scan(&has); err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	if has {
		return fmt.Errorf("%s is not empty (table %s): nothing is written over", l.path, table)
	}
	return nil
}

// renumber makes PostgreSQL continue its numbers after the copied ones; SQLite does so by
// itself.
func (l *Ledger) renumber(ctx context.Context, tx *sql.Tx) error {
	if l.schema == "" {
		return nil
	}
	var numbered []string
	err := eachRow(ctx, tx, func(rows *sql.Rows) error {
		var table string
		err := rows.Scan(&table)
		numbered = append(numbered, table)
		return err
	},
		`SELECT table_name FROM information_schema.columns WHERE table_schema = ? AND column_name = 'num' AND is_identity = 'YES'`,
		l.schema)
	for _, table := range numbered {
		if err == nil {
			_, err = tx.ExecContext(ctx,
				`SELECT setval(pg_get_serial_sequence('`+table+
					`', 'num'), coalesce(max(num), 1), max(num) IS NOT NULL) FROM `+table)
		}
	}
	return err
}

// copied is the number of values per statement; both databases accept as many.
const copied = 6000

func copyTable(ctx context.Context, from, to *sql.Tx, table string) error {
	var columns []string
	var values []any
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		row := "(" + strings.Repeat(", ?", len(columns))[2:] + ")"
		_, err := to.ExecContext(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES `+row+
			strings.Repeat(", "+row, len(values)/len(columns)-1), values...)
		values = values[:0]
		return err
	}
	err := eachRow(ctx, from, func(rows *sql.Rows) (err error) {
		if columns == nil {
			if columns, err = rows.Columns(); err != nil {
				return err
			}
		}
		row := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range row {
			places[i] = &row[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = blob(b)
			}
		}
		if values = append(values, row...); len(values)+len(columns) <= copied {
			return nil
		}
		return flush()
	}, `SELECT * FROM `+table)
	if err != nil {
		return err
	}
	return flush()
}
