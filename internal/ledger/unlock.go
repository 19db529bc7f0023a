package ledger

import (
	"context"
	"database/sql"
	"time"

	"svodka/internal/calendar"
)

// TakeBack undoes what a run whose clock was ahead locked and closed of days after
// through; today is the real day. It opens those days again and removes their closed
// periods, and what is typed there counts; nor are periods closed that were so after now.
// Clients who were first seen on future days were seen today; and so were people, if it
// is certain that the clock was ahead then, rather than that it is behind now. It stores
// also in the same transaction.
func (l *Ledger) TakeBack(ctx context.Context, through, today calendar.Date, now time.Time, ahead bool,
	also Save) error {
	return l.write(ctx, "take back locks of days to come", func(tx *sql.Tx) error {
		for _, q := range []string{
			`UPDATE people SET since = ?2 WHERE since > ?2 AND ?4 <> 0`,
			`UPDATE people SET locked = CASE WHEN since <= ?1 THEN ?1 END WHERE locked > ?1`,
			`DELETE FROM held WHERE date > ?1`,
			`DELETE FROM late_edits WHERE date > ?1`,
			`DELETE FROM held_deals WHERE coalesce(date, ?1 + 1) > ?1 AND coalesce(counts_date, ?1 + 1) > ?1`,
			`DELETE FROM late_deals WHERE coalesce(was_date, ?1 + 1) > ?1 AND coalesce(date, ?1 + 1) > ?1`,
			`DELETE FROM closed_kpis WHERE closed IN (SELECT num FROM closes WHERE last > ?1 OR at > ?3)`,
			`DELETE FROM closes WHERE last > ?1 OR at > ?3`,
			`UPDATE clients SET seen = ?2 WHERE seen > ?2`,
			`UPDATE gone_clients SET listed = CASE WHEN listed > ?2 THEN ?2 ELSE listed END,
				gone = CASE WHEN gone > ?2 THEN ?2 ELSE gone END WHERE gone > ?2 OR listed > ?2`,
		} {
			if _, err := tx.ExecContext(ctx, q, through, today, now.UnixMilli(), ahead); err != nil {
				return err
			}
		}
		if err := forgetClosedLines(ctx, tx); err != nil {
			return err
		}
		return also.put(ctx, tx)
	})
}
