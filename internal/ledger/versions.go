package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// FigureVersions are numbers that change whenever the results of Counted, CountedDeals,
// Clients and CallCosts do.
type FigureVersions struct {
	People    map[department.PersonID]int64 // of each person's figures, deals and clients
	CallCosts int64                         // of the cost of anybody's calls
}

// FigureVersions returns how often figures have changed. What is read after it is not
// older than it says.
func (l *Ledger) FigureVersions(ctx context.Context) (FigureVersions, error) {
	v := FigureVersions{People: map[department.PersonID]int64{}}
	err := l.read(ctx, "look which figures have changed", func(q querier) error {
		if err := q.QueryRowContext(ctx, `SELECT call_costs FROM versions`).Scan(&v.CallCosts); err != nil {
			return fmt.Errorf("table versions: %w", err)
		}
		return eachRow(ctx, q, func(rows *sql.Rows) error {
			var id department.PersonID
			var n int64
			if err := rows.Scan(&id, &n); err != nil {
				return fmt.Errorf("table people, row after %d: %w", len(v.People), err)
			}
			v.People[id] = n
			return nil
		}, `SELECT id, figures FROM people`)
	})
	return v, err
}

// CloseVersion describes the closed periods as a whole.
type CloseVersion struct {
	Version int64 // changes whenever the result of Closes does
	// Settled is a day: all periods that end by it are closed for everybody who counts in
	// them, if Counting still names who counts in which; empty: nothing is known.
	Settled  calendar.Date
	Counting string
}

// CloseVersion returns how often closed periods have changed, and what Settle stored.
// Taking a close back deletes that.
func (l *Ledger) CloseVersion(ctx context.Context) (v CloseVersion, err error) {
	err = l.row(ctx, "look whether closed periods have changed", []any{&v.Version, &v.Settled, &v.Counting},
		`SELECT closes, settled, counting FROM versions`)
	return v, err
}

// Settle records that all periods that end by a day are closed for everybody who counts
// in them, where counting names who does.
func (l *Ledger) Settle(ctx context.Context, through calendar.Date, counting string) error {
	return l.write(ctx, "keep that periods are closed", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE versions SET settled = ?, counting = ?`, through, counting)
		return err
	})
}
