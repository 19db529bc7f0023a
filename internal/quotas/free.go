package quotas

import (
	"context"
	"time"
)

// hurried is for how long after calls were not to be had at once nobody tries to.
const hurried = 10 * time.Second

// hurries reports whether calls of a class are to be tried for at once.
func (s *Shared) hurries(class string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.busy[class]) > hurried
}

// takeFree takes n calls for an account if they are there for the asking: nobody waits,
// the burst is not used up, and neither is half of the minute. Then it is one statement,
// and nobody has to wait for this process to go on. If they are not, nothing has changed.
//
// The statement sees the calls that were granted before it began, and not those by
// whoever it waits for. That is what the other half of the minute is for; how many follow
// each other is exact, since that stands in the rows that it locks.
func (s *Shared) takeFree(ctx context.Context, class, account string, limits Limits, n int) (granted bool, err error) {
	names := []string{account, ProjectOf(account)}
	var perMinute []int
	var slack, step []float64 // seconds
	for _, q := range []Quota{limits.Account, limits.Project} {
		gap := time.Duration(0)
		if q.PerMinute > 0 {
			gap = q.gap()
		}
		perMinute = append(perMinute, q.PerMinute)
		step = append(step, (time.Duration(n) * gap).Seconds())
		slack = append(slack, (time.Duration(max(q.Burst, 1)-n) * gap).Seconds())
	}
	var clock *time.Time
	if s.Now != nil {
		t := s.Now()
		clock = &t
	}
	err = s.pool.QueryRow(ctx, takeFree, names, class, clock, perMinute, slack, step, n, s.Department, window.Seconds(),
		tidied.Seconds()).Scan(&granted)
	if !granted && err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy == nil {
			s.busy = map[string]time.Time{}
		}
		s.busy[class] = time.Now()
	}
	return granted, err
}

// takeFree is the same conditions as those of budget.share, and the same changes as those
// of budget.take, as far as less than half of the minute is used and nobody waits.
const takeFree = `WITH
	limits AS (SELECT * FROM unnest($1::text[], $4::int[], $5::float8[], $6::float8[])
		AS x (account, per_minute, slack, step)),
	locked AS MATERIALIZED (SELECT account, whole FROM svodka_quotas.budgets
		WHERE account = ANY($1) AND class = $2 ORDER BY account FOR UPDATE),
	-- The clock is asked once they are locked.
	moment AS MATERIALIZED (SELECT coalesce($3::timestamptz, clock_timestamp()) AS now, n FROM
		(SELECT count(*) AS n FROM locked) AS x),
	used AS MATERIALIZED (SELECT account,
			coalesce(sum(calls) FILTER (WHERE second > extract(epoch FROM moment.now) - $9), 0) AS calls,
			bool_or(second <= extract(epoch FROM moment.now) - $10) AS stale
		FROM svodka_quotas.granted, moment WHERE account = ANY($1) AND class = $2 GROUP BY account),
	free AS MATERIALIZED (SELECT now FROM moment WHERE n = cardinality($1)
		AND NOT EXISTS (SELECT 1 FROM svodka_quotas.waiting WHERE account = ANY($1) AND class = $2)
		AND NOT EXISTS (SELECT 1 FROM locked JOIN limits USING (account) LEFT JOIN used USING (account)
			WHERE used.stale OR per_minute > 0 AND (2 * (coalesce(used.calls, 0) + $7) >= per_minute
				OR greatest(whole, now) > now + slack * interval '1 second'))),
	granted AS (INSERT INTO svodka_quotas.granted
		SELECT account, $2, floor(extract(epoch FROM now)), $8, $7 FROM locked, free
		ON CONFLICT (account, class, second, department) DO UPDATE SET calls = granted.calls + excluded.calls),
	changed AS (UPDATE svodka_quotas.budgets AS b
		SET whole = greatest(locked.whole, now) + step * interval '1 second'
		FROM locked JOIN limits USING (account), free
		WHERE b.account = locked.account AND b.class = $2 AND per_minute > 0)
	SELECT EXISTS (SELECT 1 FROM free)`
