package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// FigureVersions are numbers that move whenever what Counted, CountedDeals, Clients and
// CallCosts give does.
type FigureVersions struct {
	People    map[department.PersonID]int64 // by each person's figures, deals and clients
	CallCosts int64                         // by what anybody's calls cost
}

// FigureVersions tells how often figures have changed. What is read after it is not
// older than it says.
func (l *Ledger) FigureVersions(ctx context.Context) (FigureVersions, error) {
	v := FigureVersions{People: map[department.PersonID]int64{}}
	err := l.read(ctx, "look which figures have changed", func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT call_costs FROM versions`).Scan(&v.CallCosts); err != nil {
			return fmt.Errorf("table versions: %w", err)
		}
		return eachRow(ctx, tx, func(rows *sql.Rows) error {
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

// CloseVersion tells what is known of the closed periods as a whole.
type CloseVersion struct {
	Version int64 // moves whenever what Closes gives does
	// Settled: all periods that end by this day are closed of everybody who counts in
	// them, if Counting still names who counts in which; empty: it says nothing.
	Settled  calendar.Date
	Counting string
}

// CloseVersion tells how often closed periods have changed, and what Settle kept. It is
// forgotten when a close is taken back.
func (l *Ledger) CloseVersion(ctx context.Context) (v CloseVersion, err error) {
	err = l.row(ctx, "look whether closed periods have changed", []any{&v.Version, &v.Settled, &v.Counting},
		`SELECT closes, settled, counting FROM versions`)
	return v, err
}

// Settle keeps that all periods that end by a day are closed of everybody who counts in
// them, where counting names who does.
func (l *Ledger) Settle(ctx context.Context, through calendar.Date, counting string) error {
	return l.write(ctx, "keep that periods are closed", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE versions SET settled = ?, counting = ?`, through, counting)
		return err
	})
}
