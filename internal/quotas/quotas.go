// Package quotas shares Google's quotas out among processes: each account's calls per
// minute are counted in PostgreSQL, so that replicas together stay within them, and
// departments that share an account get equal shares of what all of them want.
//
// It is an edge: it decides when a call may be made, and makes none. All times are those
// of the database's clock.
package quotas

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"svodka/internal/postgres"
)

// Schema is the schema of PostgreSQL that holds what was spent.
const Schema = "svodka_quotas"

// Limits are the quotas of a class of calls.
type Limits struct {
	Account Quota // of each account
	Project Quota // of all accounts of one Google Cloud project together
}

// Options says whose quotas are shared.
type Options struct {
	Department string
	// Limits by class of calls. All processes must have the same.
	Limits map[string]Limits
	// Now is the clock; nil: the database's.
	Now func() time.Time
}

// Database keeps what was spent. It is safe for concurrent use.
type Database struct {
	pool *pgxpool.Pool
}

// Open connects to the database at an address as libpq writes it, with at most that many
// connections at a time, and makes the schema if there is none.
func Open(ctx context.Context, address string, connections int) (*Database, error) {
	pool, err := postgres.Open(ctx, address, connections)
	if err != nil {
		return nil, err
	}
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, schema)
		return err
	}); err != nil {
		pool.Close()
		return nil, fmt.Errorf("make the schema of the quotas: %w", err)
	}
	return &Database{pool}, nil
}

// Close closes the connections.
func (d *Database) Close() error {
	d.pool.Close()
	return nil
}

// Of returns the quotas as one department takes calls out of them.
func (d *Database) Of(o Options) *Shared { return &Shared{Options: o, pool: d.pool} }

// Shared takes calls for a department out of the quotas that it shares with others. It is
// safe for concurrent use.
type Shared struct {
	Options
	pool *pgxpool.Pool

	mu   sync.Mutex
	busy map[string]time.Time // by class: when calls were last not to be had at once
}

// schema makes what is not there. It has no steps: programs of several versions use it at
// once, and what replaces a table gets another name. Of the tables only the calls of the
// last minute matter: they are not worth the log.
const schema = `
SELECT pg_advisory_xact_lock(hashtextextended('svodka_quotas', 0));
CREATE SCHEMA IF NOT EXISTS svodka_quotas;
-- An account's or a project's quota of a class of calls.
CREATE UNLOGGED TABLE IF NOT EXISTS svodka_quotas.budgets (
	account text COLLATE "C" NOT NULL,
	class   text COLLATE "C" NOT NULL,
	whole   timestamptz NOT NULL, -- when a whole burst is free again
	PRIMARY KEY (account, class)
);
-- Calls that were granted, by second.
CREATE UNLOGGED TABLE IF NOT EXISTS svodka_quotas.granted (
	account    text COLLATE "C" NOT NULL,
	class      text COLLATE "C" NOT NULL,
	second     bigint NOT NULL, -- Unix
	department text COLLATE "C" NOT NULL,
	calls      integer NOT NULL,
	PRIMARY KEY (account, class, second, department)
);
-- Departments that wait for calls.
CREATE UNLOGGED TABLE IF NOT EXISTS svodka_quotas.waiting (
	account    text COLLATE "C" NOT NULL,
	class      text COLLATE "C" NOT NULL,
	department text COLLATE "C" NOT NULL,
	calls      integer NOT NULL,
	until      timestamptz NOT NULL, -- then it does not wait any more, or has died
	PRIMARY KEY (account, class, department)
);`

// Waiting returns how many calls departments wait for, by department; none if nobody has
// ever used the quotas of the database.
func Waiting(ctx context.Context, pool *pgxpool.Pool) (map[string]int, error) {
	all := map[string]int{}
	var there bool
	err := pool.QueryRow(ctx, `SELECT to_regclass('svodka_quotas.waiting') IS NOT NULL`).Scan(&there)
	if err == nil && there {
		var rows pgx.Rows
		// For an account and for its project, the calls are the same ones.
		rows, err = pool.Query(ctx, `SELECT department, sum(calls) FROM (
				SELECT department, max(calls) AS calls FROM svodka_quotas.waiting
				WHERE until > clock_timestamp() GROUP BY department, class) AS x
			GROUP BY department`)
		if err == nil {
			var name string
			var calls int
			_, err = pgx.ForEachRow(rows, []any{&name, &calls}, func() error { all[name] = calls; return nil })
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look who waits for calls: %w", err)
	}
	return all, nil
}

// tidied is how old a call may become before those past the window are deleted.
const tidied = window + 15*time.Second

// patience is for how much longer than it was told to wait a department keeps its turn.
const patience = 2 * time.Second

// ProjectOf returns the name under which the quota of an account's Google Cloud project
// is kept: the project itself, by the e-mail of a service account, or else the account,
// whose project nobody else is known to use.
func ProjectOf(account string) string {
	if _, domain, ok := strings.Cut(account, "@"); ok && strings.HasSuffix(domain, ".gserviceaccount.com") {
		return "project " + domain
	}
	return "project of " + account
}

// Take takes up to n calls of a class for one of some accounts, the one that has most of
// them to give. It returns which, and how many; they must be made within Valid, or not at
// all. If there are none, it returns how long to wait before asking again.
func (s *Shared) Take(ctx context.Context, class string, accounts []string, n int) (account, granted int,
	wait time.Duration, err error) {
	accounts = slices.Clone(accounts)
	for i, a := range accounts {
		accounts[i] = cmp.Or(a, "account of "+s.Department) // nobody knows its name
	}
	limits, ok := s.Limits[class]
	if !ok {
		return 0, 0, 0, fmt.Errorf("no quota is known of %q", class)
	}
	if len(accounts) == 1 && s.hurries(class) {
		granted, err := s.takeFree(ctx, class, accounts[0], limits, n)
		if granted || err != nil {
			return 0, n, 0, wrap(class, err)
		}
	}
	all := map[string]*budget{}
	for _, a := range accounts {
		all[a], all[ProjectOf(a)] = nil, nil
	}
	// The connection ends what is not committed when it is given back.
	err = s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		now, err := s.read(ctx, c, class, all)
		if err != nil {
			return err
		}
		account, granted, wait = choose(limits, all, accounts, now, n)
		mine := []string{accounts[account], ProjectOf(accounts[account])}
		if granted > 0 {
			all[mine[0]].take(limits.Account, now, granted)
			all[mine[1]].take(limits.Project, now, granted)
		}
		return s.record(ctx, c, class, mine, all, now, granted, n-granted, wait)
	})
	if err != nil {
		return 0, 0, 0, wrap(class, err)
	}
	return account, granted, wait, nil
}

func wrap(class string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("take calls of %s out of the shared quota: %w", class, err)
}

// choose chooses the account that has most to give, and how much of it is granted now; if
// it is nothing, when to ask again.
func choose(limits Limits, all map[string]*budget, accounts []string, now time.Time, n int) (account, granted int,
	wait time.Duration) {
	for i, a := range accounts {
		g, w := all[a].share(limits.Account, now, n)
		if g > 0 {
			g, w = all[ProjectOf(a)].share(limits.Project, now, g)
		}
		if i == 0 || g > granted || g == granted && (g == 0 && w < wait ||
			g > 0 && all[a].spent < all[accounts[account]].spent) {
			account, granted, wait = i, g, w
		}
	}
	return account, granted, wait
}

// record stores what was granted of an account and its project, and that the department
// waits for the calls that were not, and commits.
func (s *Shared) record(ctx context.Context, c *pgxpool.Conn, class string, mine []string, all map[string]*budget,
	now time.Time, granted, missing int, wait time.Duration) error {
	b := &pgx.Batch{}
	if granted > 0 {
		b.Queue(`INSERT INTO svodka_quotas.granted SELECT unnest($1::text[]), $2, $3, $4, $5
			ON CONFLICT (account, class, second, department) DO UPDATE SET calls = granted.calls + excluded.calls`,
			mine, class, now.Unix(), s.Department, granted)
		b.Queue(`UPDATE svodka_quotas.budgets AS b SET whole = x.whole
			FROM unnest($1::text[], $3::timestamptz[]) AS x (account, whole)
			WHERE b.account = x.account AND class = $2`, mine, class, []time.Time{all[mine[0]].whole, all[mine[1]].whole})
	}
	if all[mine[0]].stale || all[mine[1]].stale {
		b.Queue(`DELETE FROM svodka_quotas.granted WHERE account = ANY($1) AND class = $2 AND second < $3`, mine, class,
			now.Add(-window).Unix())
	}
	for _, known := range all {
		if known.waits { // for the account that it asks next, and for no other
			b.Queue(`DELETE FROM svodka_quotas.waiting WHERE class = $1 AND department = $2`, class, s.Department)
			break
		}
	}
	if missing > 0 {
		b.Queue(`INSERT INTO svodka_quotas.waiting SELECT unnest($1::text[]), $2, $3, $4, $5
			ON CONFLICT (account, class, department) DO UPDATE SET calls = excluded.calls, until = excluded.until`,
			mine, class, s.Department, missing, now.Add(wait+patience))
	}
	b.Queue(`COMMIT`)
	return c.SendBatch(ctx, b).Close()
}

// read begins a transaction that has the budgets of some names for itself, and reads
// them. Now is when it had them.
func (s *Shared) read(ctx context.Context, c *pgxpool.Conn, class string, all map[string]*budget) (now time.Time,
	err error) {
	names := slices.Sorted(maps.Keys(all))
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	s.queueRead(b, class, names, all, &now)
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return now, err
	}
	if !slices.Contains(slices.Collect(maps.Values(all)), nil) {
		return now, nil
	}
	// An account is used for the first time.
	clear(all)
	b = &pgx.Batch{}
	b.Queue(`INSERT INTO svodka_quotas.budgets SELECT unnest($1::text[]), $2, 'epoch' ON CONFLICT DO NOTHING`, names,
		class)
	s.queueRead(b, class, names, all, &now)
	return now, c.SendBatch(ctx, b).Close()
}

// queueRead queues the queries that lock the budgets and read them, with the calls of the
// last window, and who waits.
func (s *Shared) queueRead(b *pgx.Batch, class string, names []string, all map[string]*budget, now *time.Time) {
	b.Queue(`SELECT account, whole FROM svodka_quotas.budgets
		WHERE account = ANY($1) AND class = $2 ORDER BY account FOR UPDATE`, names, class).
		Query(func(rows pgx.Rows) error {
			var name string
			var whole time.Time
			_, err := pgx.ForEachRow(rows, []any{&name, &whole}, func() error {
				all[name] = &budget{whole: whole}
				return nil
			})
			return err
		})
	var clock *time.Time // nil: the database's, once the budgets are locked
	if s.Now != nil {
		t := s.Now()
		clock = &t
	}
	b.Queue(`WITH t AS (SELECT coalesce($3, clock_timestamp()) AS now)
		SELECT t.now, coalesce(x.account, ''), coalesce(x.department, ''),
			coalesce(sum(calls) FILTER (WHERE until IS NULL AND second > extract(epoch FROM t.now) - $4), 0),
			min(second) FILTER (WHERE until IS NULL AND second > extract(epoch FROM t.now) - $4),
			coalesce(bool_or(second <= extract(epoch FROM t.now) - $5), false),
			coalesce(sum(calls) FILTER (WHERE until > t.now), 0), coalesce(bool_or(until IS NOT NULL), false)
		FROM t LEFT JOIN (
			SELECT account, department, calls, second, NULL::timestamptz AS until FROM svodka_quotas.granted
			WHERE account = ANY($1) AND class = $2
			UNION ALL
			SELECT account, department, calls, NULL, until FROM svodka_quotas.waiting
			WHERE account = ANY($1) AND class = $2
		) x ON true GROUP BY t.now, x.account, x.department`, names, class, clock, window.Seconds(), tidied.Seconds()).
		Query(func(rows pgx.Rows) error { return s.count(rows, all, now) })
}

// count adds what the second query of queueRead found.
func (s *Shared) count(rows pgx.Rows, all map[string]*budget, now *time.Time) error {
	var account, department string
	var used, want int
	var first *int64
	var stale, waits bool
	columns := []any{now, &account, &department, &used, &first, &stale, &want, &waits}
	_, err := pgx.ForEachRow(rows, columns, func() error {
		b := all[account]
		if b == nil {
			return nil // nothing is known yet, or the account is new
		}
		b.spent += used
		b.stale = b.stale || stale
		if first != nil {
			if at := time.Unix(*first, 0); b.oldest.IsZero() || at.Before(b.oldest) {
				b.oldest = at
			}
		}
		if department == s.Department {
			b.mine, b.waits = used, waits
		} else if want > 0 {
			b.others = append(b.others, waiting{used, want})
		}
		return nil
	})
	return err
}
