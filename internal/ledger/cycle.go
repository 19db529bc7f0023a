package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"svodka/internal/calendar"
)

// Cycle is the state that one cycle leaves for the next.
type Cycle struct {
	// UpToDate is the worker's name of the moment that all spreadsheets show. Empty:
	// there is work to do.
	UpToDate string
	// Today and Over are the moment of the last cycle that finished, as in planfact.AsOf;
	// Today is zero if none has.
	Today calendar.Date
	Over  bool
	// States counts people by how that cycle left them.
	States States
	// ChangedAt is when a figure or the configuration last changed, to the minute;
	// zero: never.
	ChangedAt time.Time
	// ReadBy is the version of the reader with which every spreadsheet was read; empty: a
	// version from before they had names.
	ReadBy string
	// TransfersTold is the day on which the log last said that transferred days off are
	// missing.
	TransfersTold calendar.Date
	// Looked is the last day whose reports would have been late when the last cycle
	// checked; zero: none checked.
	Looked calendar.Date
	// ReadTo is the last day of the periods before whose close every spreadsheet was
	// read; zero: none.
	ReadTo calendar.Date
	// Restore means that the ledger is new or could no longer be trusted: read closes and
	// late edits from the summary.
	Restore bool
}

// States counts people by how a cycle left them, for monitoring.
type States struct {
	Served      int // their spreadsheet was laid out and read
	Unreadable  int // it could not be read or written
	BadCells    int // some cells in it could not be read
	NotReported int // for the last working day whose deadline has passed
	Unshared    int // spreadsheets that wait until Google allows sharing
	ByHand      int // spreadsheets that somebody shared by hand
	Unmoved     int // files that are still to be moved into their folders
	Lost        int // spreadsheets that vanished together, and are not made again by themselves
}

// Outdate makes the next cycle do its work, whatever the moment is.
func (c *Cycle) Outdate() { c.UpToDate = "" }

// Touch records that a figure or the configuration changed now.
func (c *Cycle) Touch(now time.Time) {
	c.ChangedAt = now.UTC().Truncate(time.Minute)
	c.Outdate()
}

// Finish records how a cycle ended. upToDate is empty if there is work left.
func (c *Cycle) Finish(upToDate string, today calendar.Date, over bool, s States) {
	c.UpToDate, c.Today, c.Over, c.States = upToDate, today, over, s
}

// Cycle returns the state that the last cycle left.
func (l *Ledger) Cycle(ctx context.Context) (c Cycle, err error) {
	err = l.look(ctx, "look what the last cycle left", func(q querier) error {
		c, err = cycleIn(ctx, q)
		return err
	})
	return c, err
}

// Work is what waits for the next cycles.
type Work struct {
	Unread   int // spreadsheets that somebody has changed since they were read
	Troubled int // spreadsheets that could not be read or written
	Unshared int // spreadsheets that wait until Google allows sharing
	Unmoved  int // files that are still to be moved into their folders
	Lost     int // spreadsheets that vanished together: ops decide whether they are made again
	Uncalled int // days whose calls are still to be counted
	// More says that the last cycle has left something, or that something has come up
	// since.
	More bool
	// Synced is when the last cycle that went well began, to the minute; zero: none yet.
	Synced time.Time
}

// Work returns what waits for the next cycles, as far as it is stored.
func (l *Ledger) Work(ctx context.Context) (Work, error) {
	w, err := l.work(ctx, `unmoved, lost, synced`)
	var known *pgconn.PgError
	if errors.As(err, &known) && known.Code == undefinedColumn { // no process has brought it to this version yet
		return l.work(ctx, `0, 0, 0`)
	}
	return w, err
}

// work asks with expressions for what the last versions have added.
func (l *Ledger) work(ctx context.Context, added string) (w Work, err error) {
	var synced int64
	err = l.readTx(ctx, "look what waits", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM files WHERE gone = 0 AND unread <> 0),
			(SELECT count(*) FROM files WHERE gone = 0 AND trouble <> ''), unshared,
			(SELECT count(DISTINCT date) FROM call_days WHERE stale = 1),
			CASE WHEN up_to_date = '' THEN 1 ELSE 0 END, `+added+` FROM cycle`).Scan(&w.Unread, &w.Troubled,
			&w.Unshared, &w.Uncalled, &w.More, &w.Unmoved, &w.Lost, &synced)
	})
	w.Synced = moment(synced)
	return w, err
}

// Work returns what waits in ledgers, by schema; those that there are not yet are left
// out.
func (d *Database) Work(ctx context.Context, schemas []string) (map[string]Work, error) {
	all := map[string]Work{}
	for _, schema := range schemas {
		l, err := d.ledger(schema, nil)
		if err != nil {
			return nil, err
		}
		w, err := l.Work(ctx)
		var known *pgconn.PgError
		if errors.As(err, &known) && known.Code == undefinedTable {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ledger %s: %w", schema, err)
		}
		all[schema] = w
	}
	return all, nil
}

// Synced stores when a cycle began that has gone well, to the minute. Few of the day's
// cycles have anything else to store, so what Later has named stores it along with what
// it has to. No query of the ledger's own reads it, so nothing need be read anew.
func (l *Ledger) Synced(ctx context.Context, began time.Time) error {
	minute := millis(began.UTC().Truncate(time.Minute))
	if l.later != nil {
		l.later(`UPDATE `+quoted(l.schema)+`.cycle SET synced = $1 WHERE synced <> $1 AND `+l.fence.condition, minute)
		return nil
	}
	return l.wrap("store that a sync went well", l.transact(ctx, nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE cycle SET synced = ?1 WHERE synced <> ?1`, minute)
		return err
	}))
}

// cycleColumns are in the order of cycleIn and putCycle.
const cycleColumns = `up_to_date, today, over, changed, read_by, transfers_told, looked, read_to, restore, served, ` +
	`unreadable, bad_cells, not_reported, unshared, by_hand, unmoved, lost`

var updateCycle = `UPDATE cycle SET ` + strings.ReplaceAll(cycleColumns, ",", " = ?,") + ` = ?`

func cycleIn(ctx context.Context, q querier) (c Cycle, err error) {
	var changed int64
	s := &c.States
	err = q.QueryRowContext(ctx, theCycle.query).
		Scan(&c.UpToDate, &c.Today, &c.Over, &changed, &c.ReadBy, &c.TransfersTold, &c.Looked, &c.ReadTo, &c.Restore,
			&s.Served, &s.Unreadable, &s.BadCells, &s.NotReported, &s.Unshared, &s.ByHand,
			&s.Unmoved, &s.Lost)
	c.ChangedAt = moment(changed)
	return c, err
}

func putCycle(ctx context.Context, tx *sql.Tx, c Cycle) error {
	s := c.States
	_, err := tx.ExecContext(ctx, updateCycle,
		c.UpToDate, c.Today, c.Over, millis(c.ChangedAt), c.ReadBy, c.TransfersTold, c.Looked, c.ReadTo, c.Restore,
		s.Served, s.Unreadable, s.BadCells, s.NotReported, s.Unshared, s.ByHand, s.Unmoved, s.Lost)
	return err
}
