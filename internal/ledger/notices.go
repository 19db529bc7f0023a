package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"svodka/internal/calendar"
)

// Notice is a message to somebody about a day.
type Notice struct {
	Day  calendar.Date
	Kind string
	Who  string // id of a person; of a digest, the address
}

// NoticeState says how far a notice has come.
type NoticeState string

// The states of a notice. One that is taken is being sent, or the program was killed
// while sending it: nobody knows whether it arrived, so it is not sent again.
const (
	NoticeTaken  NoticeState = "taken"
	NoticeSent   NoticeState = "sent"
	NoticeFailed NoticeState = "failed" // it certainly did not arrive: it may be tried again
)

// NoticeRecord says what happened to a notice.
type NoticeRecord struct {
	State   NoticeState
	Tries   int
	Problem string // why it failed
	At      time.Time
}

// noticesKept is the number of days for which notices are kept.
const noticesKept = 90

// TakeNotice claims a notice before it is sent: only the caller that gets true may send
// it. A failed one can be claimed again until it was tried most times.
func (l *Ledger) TakeNotice(ctx context.Context, n Notice, most int) (ok bool, err error) {
	err = l.write(ctx, fmt.Sprintf("claim the notice %s of %s", n.Kind, n.Day), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM notices WHERE day < ?`, n.Day.Add(-noticesKept)); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx,
			`INSERT INTO notices (day, kind, who, state, tries, problem, at) VALUES (?, ?, ?, 'taken', 1, '', ?)
			ON CONFLICT (day, kind, who) DO UPDATE SET state = 'taken', tries = notices.tries + 1, problem = '', at = excluded.at
			WHERE notices.state = 'failed' AND notices.tries < ?`,
			n.Day, n.Kind, n.Who, l.now().Unix(), most)
		if err != nil {
			return err
		}
		changed, err := res.RowsAffected()
		ok = changed == 1
		return err
	})
	return ok && err == nil, err
}

// EndNotice records that a claimed notice arrived or, if there is a problem, that it
// certainly did not.
func (l *Ledger) EndNotice(ctx context.Context, n Notice, problem string) error {
	state := NoticeSent
	if problem != "" {
		state = NoticeFailed
	}
	return l.endNotice(ctx, n, state, problem, 0)
}

func (l *Ledger) endNotice(ctx context.Context, n Notice, state NoticeState, problem string, forgive int) error {
	return l.write(ctx, fmt.Sprintf("record the notice %s of %s", n.Kind, n.Day), func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			`UPDATE notices SET state = ?, problem = ?, tries = tries - ?, at = ? WHERE day = ? AND kind = ? AND who = ? AND state = 'taken'`,
			string(state), problem, forgive, l.now().Unix(), n.Day, n.Kind, n.Who)
		if err != nil {
			return err
		}
		if changed, err := res.RowsAffected(); err != nil || changed == 1 {
			return err
		}
		return fmt.Errorf("it was not taken")
	})
}

// ReturnNotice gives back a claimed notice as if it had not been tried, because no
// channel works.
func (l *Ledger) ReturnNotice(ctx context.Context, n Notice, problem string) error {
	return l.endNotice(ctx, n, NoticeFailed, problem, 1)
}

// Notices returns what happened to a day's notices.
func (l *Ledger) Notices(ctx context.Context, day calendar.Date) (map[Notice]NoticeRecord, error) {
	out := map[Notice]NoticeRecord{}
	err := l.each(ctx, "list notices", func(rows *sql.Rows) error {
		n := Notice{Day: day}
		var r NoticeRecord
		var at int64
		if err := rows.Scan(&n.Kind, &n.Who, &r.State, &r.Tries, &r.Problem, &at); err != nil {
			return fmt.Errorf("table notices, row after %d: %w", len(out), err)
		}
		r.At = time.Unix(at, 0).UTC()
		out[n] = r
		return nil
	}, `SELECT kind, who, state, tries, problem, at FROM notices WHERE day = ?`, day)
	return out, err
}

// Undelivered is a notice that did not arrive.
type Undelivered struct {
	Day     calendar.Date
	Problem string
}

// Undelivered returns, by who, the last notices of some kinds since a day that certainly
// did not arrive, for those whom none has reached since. A notice that had no channel
// says nothing about an address and does not count.
func (l *Ledger) Undelivered(ctx context.Context, since calendar.Date, kinds ...string) (map[string]Undelivered,
	error) {
	out := map[string]Undelivered{}
	err := l.each(ctx, "list notices that did not arrive", func(rows *sql.Rows) error {
		var n Notice
		var state NoticeState
		var u Undelivered
		if err := rows.Scan(&n.Day, &n.Kind, &n.Who, &state, &u.Problem); err != nil {
			return fmt.Errorf("table notices: %w", err)
		}
		switch u.Day = n.Day; {
		case !slices.Contains(kinds, n.Kind):
		case state == NoticeSent:
			delete(out, n.Who)
		case state == NoticeFailed:
			out[n.Who] = u
		}
		return nil
	}, `SELECT day, kind, who, state, problem FROM notices WHERE day >= ? AND tries > 0 ORDER BY at, day, kind`, since)
	return out, err
}
