package departments

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// ClaimTTL is how long a claim lasts without a heartbeat, by the database's clock.
	// The other times belong to it: see Scaled.
	ClaimTTL = time.Minute
	// beat is how often a claim is renewed. It leaves time for two more tries.
	beat      = 15 * time.Second
	beatAgain = 3 * time.Second // after a failure
	// early is how much sooner the holder itself stops believing in its claim: a request
	// that begins just before must end before somebody else begins.
	early = 10 * time.Second
)

// Claimant says who wants to work on a department, and for what.
type Claimant struct {
	Department string
	Holder     string // the process, for people
	Doing      string // for people
	Job        int64  // the run; 0: a command
}

// ClaimFor makes claims that are taken from now on last so long. Processes need not agree
// on it.
func (r *Registry) ClaimFor(ttl time.Duration) {
	r.ttl = ttl
	r.beat = r.Scaled(beat)
}

// Scaled returns how long something takes that takes d where claims last ClaimTTL.
func (r *Registry) Scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * r.ttl.Seconds() / ClaimTTL.Seconds())
}

// HeldError says who works on a department.
type HeldError struct {
	Claimant
	Since, Until time.Time
}

// Error names the holder.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s works on the department %s (%s)", e.Holder, e.Department, e.Doing)
}

// Hint says what to do about it.
func (e *HeldError) Hint() string {
	return "wait until it is done; if it is gone, its claim ends within a minute"
}

// errLost means that somebody else has taken the department over.
var errLost = errors.New("another process has taken over the department")

// errExpired means that the claim could not be renewed in time.
var errExpired = errors.New("the claim to the department has run out, because the database could not be reached to " +
	"renew it; the next run takes it again")

// Claim is the right to work on a department, which one process at a time has. It is safe
// for concurrent use.
type Claim struct {
	Claimant
	// Fence rises each time somebody takes the claim.
	Fence int64
	Since time.Time // by the database's clock
	// Current says that the run it was taken for is the one that was handed out last: not
	// one that was taken for dead, and came back.
	Current bool
	// GivenBack says that the predecessor gave the claim back: it did not end by itself.
	GivenBack bool

	r   *Registry
	log *slog.Logger

	mu    sync.Mutex
	until time.Time  // by the clock of this machine, with its monotonic reading
	lost  error      // why the claim is lost
	along *pgx.Batch // what is carried out when it is given back
}

// Take takes the claim, or returns a *HeldError. It waits for a transaction that the
// predecessor has under way in the ledger; later ones of it fail by Condition.
func (r *Registry) Take(ctx context.Context, who Claimant, log *slog.Logger) (*Claim, error) {
	c := &Claim{Claimant: who, r: r, log: log, along: &pgx.Batch{}}
	asked := time.Now()
	// Sent at once, it is one transaction and one round trip.
	b := &pgx.Batch{}
	// The lock of those who write in the department's schema.
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, who.Department)
	// The claim is valid for longer than since it was asked for, never for less. What was
	// before is seen beside it: the statement began before its change.
	var fence *int64
	var since, heldSince, heldUntil *time.Time
	held := &HeldError{Claimant: Claimant{Department: who.Department}}
	b.Queue(`WITH taken AS (INSERT INTO svodka_departments.claims AS c
		(department, fence, holder, doing, job, since, heartbeat, until)
		SELECT $1, 1, $2, $3, $4, t, t, t + $5::interval FROM clock_timestamp() AS t
		ON CONFLICT (department) DO UPDATE SET fence = c.fence + 1, holder = $2, doing = $3, job = $4,
			since = excluded.since, heartbeat = excluded.heartbeat, until = excluded.until
		WHERE c.until <= clock_timestamp() RETURNING fence, since)
		SELECT taken.fence, taken.since, coalesce(c.until = '-infinity', false), coalesce(c.holder, ''),
			coalesce(c.doing, ''), coalesce(c.job, 0), c.since, nullif(c.until, '-infinity'),
			EXISTS (SELECT 1 FROM svodka_departments.due WHERE department = $1 AND kind = $3 AND job = $4)
		FROM (VALUES (1)) AS one LEFT JOIN taken ON true LEFT JOIN svodka_departments.claims AS c ON c.department = $1`,
		who.Department, who.Holder, who.Doing, who.Job, r.ttl).QueryRow(func(row pgx.Row) error {
		return row.Scan(&fence, &since, &c.GivenBack, &held.Holder, &held.Doing, &held.Job, &heldSince, &heldUntil,
			&c.Current)
	})
	if err := r.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("take the claim to the department %s: %w", who.Department, err)
	}
	if fence == nil {
		held.Since, held.Until = deref(heldSince), deref(heldUntil)
		return nil, held
	}
	c.Fence, c.Since = *fence, deref(since)
	c.until = asked.Add(r.ttl - r.Scaled(early))
	return c, nil
}

func deref(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Valid returns nil if this process has the claim now, else why not. It makes no query.
// A machine that slept finds it expired by one of its two clocks.
func (c *Claim) Valid() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.lost != nil:
		return c.lost
	case !now.Before(c.until), !now.Round(0).Before(c.until.Round(0)):
		return errExpired
	}
	return nil
}

func (c *Claim) lose(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == nil {
		c.lost = err
	}
}

// Renew makes the claim last as long from now as when it was taken. An error for which
// Valid still returns nil may pass.
func (c *Claim) Renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.r.Scaled(beat))
	defer cancel()
	asked := time.Now()
	done, err := c.r.pool.Exec(ctx, `UPDATE svodka_departments.claims SET heartbeat = clock_timestamp(),
		until = clock_timestamp() + $3::interval WHERE department = $1 AND fence = $2 AND until > clock_timestamp()`,
		c.Department, c.Fence, c.r.ttl)
	switch {
	case err != nil:
		return fmt.Errorf("renew the claim to the department %s: %w", c.Department, err)
	case done.RowsAffected() == 0:
		c.lose(errLost)
		return errLost
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = asked.Add(c.r.ttl - c.r.Scaled(early))
	return nil
}

// After reports whether nobody has had the claim since its holder, this process, gave
// back the one with a number: that is in the database, and so is all that was written
// before it.
func (c *Claim) After(fence int64) bool { return c.GivenBack && c.Fence == fence+1 }

// Hold renews the claim until stop is called, which gives it back and, if a run went
// well, records that. The context that it returns ends when the claim is lost, with that
// as its cause, or with ctx; a run that is told to end keeps its claim while it ends in
// good order. stop also tells whether another job of the department is due. Its error
// says that the run could not be recorded.
func (c *Claim) Hold(ctx context.Context) (held context.Context, stop func(*Done) (due bool, err error)) {
	held, cancel := context.WithCancelCause(ctx)
	keeping, end := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.keep(keeping); err != nil {
			cancel(err)
		}
	})
	return held, func(done *Done) (bool, error) {
		end()
		wg.Wait()
		cancel(nil)
		return c.release(context.WithoutCancel(ctx), done)
	}
}

// keep renews the claim until ctx ends; its error says why the claim is lost.
func (c *Claim) keep(ctx context.Context) error {
	t := time.NewTimer(c.r.beat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		wait := c.r.beat
		err := c.Renew(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			wait = c.r.Scaled(beatAgain)
			c.log.Warn("the claim to a department could not be renewed", "department", c.Department, "error", err)
		}
		if lost := c.Valid(); lost != nil {
			c.lose(lost)
			return lost
		}
		t.Reset(wait)
	}
}

// Along has a statement carried out in the transaction that gives the claim back: what
// is not worth one of its own. It must ask for the claim by Condition.
func (c *Claim) Along(statement string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.along.Queue(statement, args...)
}

// release gives the claim back, so that nobody has to wait for its end, in the same
// transaction as it records a run that went well. If it cannot, it only logs that.
func (c *Claim) release(ctx context.Context, done *Done) (due bool, err error) {
	c.lose(errors.New("the claim to the department was given back"))
	patience := 5 * time.Second // somebody may be waiting for this process to end
	b := &pgx.Batch{}           // at once: one transaction
	if done != nil {
		patience = time.Minute
		done.queue(b, c.Department)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b.Queue(`UPDATE svodka_departments.claims SET until = '-infinity' WHERE department = $1 AND fence = $2`,
		c.Department, c.Fence)
	c.mu.Lock()
	for _, q := range c.along.QueuedQueries { // nobody else can take the claim before the transaction ends
		b.Queue(q.SQL, q.Arguments...)
	}
	c.mu.Unlock()
	b.Queue(`SELECT EXISTS (SELECT 1 FROM svodka_departments.due
		WHERE department = $1 AND job = 0 AND next <= clock_timestamp())`,
		c.Department).QueryRow(func(row pgx.Row) error { return row.Scan(&due) })
	if err = c.r.pool.SendBatch(ctx, b).Close(); err == nil {
		return due, nil
	}
	c.log.Warn("the claim to a department runs out by itself", "department", c.Department, "within", c.r.ttl,
		"error", err)
	if done == nil {
		return false, nil
	}
	return false, fmt.Errorf("record that %s of the department %s went well: %w", done.Kind, c.Department, err)
}

// Condition is true in SQL if this process has the claim, as seen by a transaction that
// holds the lock of those who write in the department's schema: then it has it until the
// transaction ends. Lost is what it means if it is not.
func (c *Claim) Condition() (condition string, lost error) {
	return fmt.Sprintf(`(SELECT fence FROM svodka_departments.claims WHERE department = '%s') = %d`,
		strings.ReplaceAll(c.Department, "'", "''"), c.Fence), errLost
}

// Alive reports whether a run that began at a time still has its claim, or has not had
// the time to take it.
func Alive(ctx context.Context, tx pgx.Tx, job int64, began time.Time, settled time.Duration) (alive bool, err error) {
	err = tx.QueryRow(ctx, `SELECT $2 > clock_timestamp() - $3::interval OR EXISTS (
		SELECT 1 FROM svodka_departments.claims WHERE job = $1 AND until > clock_timestamp())`, job, began,
		settled).Scan(&alive)
	if err != nil {
		return false, fmt.Errorf("look whether somebody works on job %d: %w", job, err)
	}
	return alive, nil
}
