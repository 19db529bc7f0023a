package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// ErrNotEmpty means that the ledger that is copied to holds something already.
var ErrNotEmpty = errors.New("it is not empty, and nothing is written over")

// CopyTo copies everything into an empty ledger, in one transaction: a SQLite file or a
// schema of PostgreSQL, from either. It fails with ErrNotEmpty if the other ledger holds
// anything, and leaves it as it is. Nobody may write to this one meanwhile.
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
		return fmt.Errorf("%s: %w (table %s)", l.path, ErrNotEmpty, table)
	}
	return nil
}

// Equals reports whether another ledger holds the same, as a copy does to which nobody
// has written, nor to the original.
func (l *Ledger) Equals(ctx context.Context, other *Ledger) (bool, error) {
	own, err := l.sums(ctx)
	if err != nil {
		return false, err
	}
	others, err := other.sums(ctx)
	if err != nil {
		return false, err
	}
	return maps.Equal(own, others), nil
}

// sum stands for the rows of a table, whatever their order.
type sum [4]uint64

// sums returns what the tables hold, but for counts of changes: copying is one.
func (l *Ledger) sums(ctx context.Context) (map[string]sum, error) {
	out := map[string]sum{}
	err := l.readTx(ctx, "look at all of "+l.path, func(tx *sql.Tx) error {
		for _, table := range tables {
			var total sum
			err := eachRow(ctx, tx, func(rows *sql.Rows) error {
				one, err := rowSum(rows)
				for i := range total {
					total[i] += binary.BigEndian.Uint64(one[8*i:])
				}
				return err
			}, `SELECT * FROM `+table)
			if err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
			out[table] = total
		}
		return nil
	})
	return out, err
}

// rowSum returns a name for the values of a row, whatever the order of the columns.
func rowSum(rows *sql.Rows) (s [sha256.Size]byte, err error) {
	columns, err := rows.Columns()
	if err != nil {
		return s, err
	}
	row, err := scanRow(rows, len(columns))
	if err != nil {
		return s, err
	}
	var values []string
	for i, name := range columns {
		if name != "figures" {
			values = append(values, fmt.Sprintf("%s %T %q", name, row[i], fmt.Sprint(row[i])))
		}
	}
	slices.Sort(values)
	return sha256.Sum256([]byte(strings.Join(values, " "))), nil
}

func scanRow(rows *sql.Rows, columns int) ([]any, error) {
	row, places := make([]any, columns), make([]any, columns)
	for i := range row {
		places[i] = &row[i]
	}
	return row, rows.Scan(places...)
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
		row, err := scanRow(rows, len(columns))
		if err != nil {
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
