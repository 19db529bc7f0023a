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
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
func (d *Database) Of(o Options) *Shared { return &Shared{o, d.pool} }

// Shared takes calls for a department out of the quotas that it shares with others. It is
// safe for concurrent use.
type Shared struct {
	Options
	pool *pgxpool.Pool
}

// schema makes what is not there. Of the tables only the calls of the last minute matter:
// they are not worth the log.
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
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		account, granted, wait, err = s.take(ctx, tx, class, limits, accounts, n)
		return err
	})
	if err != nil {
		return 0, 0, 0, fmt.Errorf("take calls of %s out of the shared quota: %w", class, err)
	}
	return account, granted, wait, nil
}

func (s *Shared) take(ctx context.Context, tx pgx.Tx, class string, limits Limits, accounts []string,
	n int) (account, granted int, wait time.Duration, err error) {
	all := map[string]*budget{}
	for _, a := range accounts {
		all[a], all[ProjectOf(a)] = nil, nil
	}
	names := slices.Sorted(maps.Keys(all))
	now, err := s.read(ctx, tx, class, names, all)
	if err != nil {
		return 0, 0, 0, err
	}
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
	mine := []string{accounts[account], ProjectOf(accounts[account])}
	b := &pgx.Batch{}
	if granted > 0 {
		all[mine[0]].take(limits.Account, now, granted)
		all[mine[1]].take(limits.Project, now, granted)
		for _, name := range mine {
			b.Queue(`INSERT INTO svodka_quotas.granted VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (account, class, second, department) DO UPDATE SET calls = granted.calls + excluded.calls`,
				name, class, now.Unix(), s.Department, granted)
			b.Queue(`UPDATE svodka_quotas.budgets SET whole = $3 WHERE account = $1 AND class = $2`, name, class,
				all[name].whole)
		}
		b.Queue(`DELETE FROM svodka_quotas.granted WHERE account = ANY($1) AND class = $2 AND second < $3`, mine, class,
			now.Add(-2*window).Unix())
	}
	// It waits for the account that it will ask next, and for no other.
	b.Queue(`DELETE FROM svodka_quotas.waiting WHERE class = $1 AND department = $2`, class, s.Department)
	if granted < n {
		for _, name := range mine {
			b.Queue(`INSERT INTO svodka_quotas.waiting VALUES ($1, $2, $3, $4, $5)`, name, class, s.Department, n-granted,
				now.Add(wait+patience))
		}
	}
	return account, granted, wait, tx.SendBatch(ctx, b).Close()
}

// read locks the budgets of some names, which are sorted, and reads them.
func (s *Shared) read(ctx context.Context, tx pgx.Tx, class string, names []string,
	all map[string]*budget) (now time.Time, err error) {
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO svodka_quotas.budgets SELECT unnest($1::text[]), $2, 'epoch' ON CONFLICT DO NOTHING`, names, class)
	b.Queue(`SELECT account, whole FROM svodka_quotas.budgets
		WHERE account = ANY($1) AND class = $2 ORDER BY account FOR UPDATE`, names, class)
	b.Queue(`SELECT clock_timestamp()`) // once they are locked
	res := tx.SendBatch(ctx, b)
	_, err = res.Exec()
	if err == nil {
		var rows pgx.Rows
		if rows, err = res.Query(); err == nil {
			var name string
			var whole time.Time
			_, err = pgx.ForEachRow(rows, []any{&name, &whole}, func() error {
				all[name] = &budget{whole: whole}
				return nil
			})
		}
	}
	if err == nil {
		err = res.QueryRow().Scan(&now)
	}
	if err = errors.Join(err, res.Close()); err != nil {
		return now, err
	}
	if s.Now != nil {
		now = s.Now()
	}
	return now, s.counted(ctx, tx, class, names, all, now)
}

// counted reads the calls of the last window, and who waits.
func (s *Shared) counted(ctx context.Context, tx pgx.Tx, class string, names []string, all map[string]*budget,
	now time.Time) error {
	rows, err := tx.Query(ctx, `SELECT account, department, coalesce(sum(calls) FILTER (WHERE until IS NULL), 0),
			min(second) FILTER (WHERE until IS NULL), coalesce(sum(calls) FILTER (WHERE until > $5), 0)
		FROM (
			SELECT account, department, calls, second, NULL::timestamptz AS until FROM svodka_quotas.granted
			WHERE account = ANY($1) AND class = $2 AND second > $3
			UNION ALL
			SELECT account, department, calls, NULL, until FROM svodka_quotas.waiting
			WHERE account = ANY($1) AND class = $2 AND department <> $4
		) x GROUP BY account, department`, names, class, now.Add(-window).Unix(), s.Department, now)
	if err != nil {
		return err
	}
	var account, department string
	var used, want int
	var first *int64
	_, err = pgx.ForEachRow(rows, []any{&account, &department, &used, &first, &want}, func() error {
		b := all[account]
		if b == nil {
			return fmt.Errorf("the budget of %s was not locked", account)
		}
		b.spent += used
		if first != nil {
			if at := time.Unix(*first, 0); b.oldest.IsZero() || at.Before(b.oldest) {
				b.oldest = at
			}
		}
		if department == s.Department {
			b.mine = used
		} else if want > 0 {
			b.others = append(b.others, waiting{used, want})
		}
		return nil
	})
	return cmp.Or(err, rows.Err())
}
