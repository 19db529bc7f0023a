package departments

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"svodka/internal/ledger"
	"svodka/internal/ledger/pgtest"
)

var quiet = slog.New(slog.DiscardHandler)

func take(t *testing.T, r *Registry, holder string) *Claim {
	t.Helper()
	c, err := r.Take(t.Context(), Claimant{Department: "north", Holder: holder, Doing: "sync", Job: 7}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// expire makes the claim look as if its holder had not been heard of for long.
func expire(t *testing.T, r *Registry) {
	t.Helper()
	if _, err := r.pool.Exec(t.Context(), `UPDATE svodka_departments.claims SET until = clock_timestamp()
		WHERE until > clock_timestamp()`); err != nil {
		t.Fatal(err)
	}
}

// migrated opens the registry with its schema.
func migrated(t *testing.T) *Registry {
	t.Helper()
	r := open(t)
	if err := r.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClaimIsOnes(t *testing.T) {
	r := migrated(t)
	c := take(t, r, "one, process 1")
	if err := c.Valid(); err != nil {
		t.Fatal(err)
	}
	_, err := r.Take(t.Context(), Claimant{Department: "north", Holder: "two"}, quiet)
	var held *HeldError
	if !errors.As(err, &held) || held.Holder != "one, process 1" || held.Job != 7 || !held.Until.After(held.Since) ||
		err.Error() != "one, process 1 works on the department north (sync)" {
		t.Fatalf("a second one takes it: %v", err)
	}
	other, err := r.Take(t.Context(), Claimant{Department: "south", Holder: "two"}, quiet)
	if err != nil || other.Fence != 1 {
		t.Errorf("another department: %v", err)
	}
	if err := c.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	_, stop := c.Hold(t.Context())
	if _, err := stop(nil); err != nil {
		t.Error(err)
	}
	if c.Valid() == nil {
		t.Error("it is valid after it was given back")
	}
	if next := take(t, r, "two"); next.Fence != c.Fence+1 {
		t.Errorf("the next fence is %d after %d", next.Fence, c.Fence)
	}
}

// A holder is told whether somebody else has had the claim since it had it.
func TestClaimAfterClaim(t *testing.T) {
	r := migrated(t)
	back := func(c *Claim) int64 {
		t.Helper()
		_, stop := c.Hold(t.Context())
		if _, err := stop(nil); err != nil {
			t.Fatal(err)
		}
		return c.Fence
	}
	first := take(t, r, "one")
	if first.After(0) {
		t.Error("the first one ever comes after somebody's")
	}
	mine := back(first)
	c := take(t, r, "one")
	if !c.After(mine) || c.After(mine-1) {
		t.Errorf("nobody has had it since %d: %d, given back %v", mine, c.Fence, c.GivenBack)
	}
	mine = back(c)
	back(take(t, r, "two"))
	if c = take(t, r, "one"); c.After(mine) {
		t.Error("another one had it meanwhile")
	}
	expire(t, r) // nobody else takes it, but what was written before is not known to be there
	if next := take(t, r, "one"); next.After(c.Fence) || next.Fence != c.Fence+1 {
		t.Errorf("one that ran out counts as given back, %d after %d", next.Fence, c.Fence)
	}
}

// A process that was paused for long finds its claim lost, whoever tells it first.
func TestClaimIsLost(t *testing.T) {
	r := migrated(t)
	c := take(t, r, "paused")
	expire(t, r)
	successor := take(t, r, "successor")
	if err := c.Renew(t.Context()); !errors.Is(err, errLost) || !errors.Is(c.Valid(), errLost) {
		t.Errorf("renewing: %v, valid: %v", err, c.Valid())
	}
	if err := successor.Renew(t.Context()); err != nil || successor.Valid() != nil {
		t.Errorf("the successor: %v, %v", err, successor.Valid())
	}
	// Giving it back takes nothing away from the successor.
	if _, err := c.release(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := successor.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	// A claim that ran out is not revived, even if nobody has taken it.
	expire(t, r)
	if err := successor.Renew(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("it is revived: %v", err)
	}
}

// Without an answer of the database the holder gives up before anybody else may begin.
func TestClaimRunsOutByItself(t *testing.T) {
	r := migrated(t)
	c := take(t, r, "cut off")
	if left := time.Until(c.until); left > ClaimTTL-early || left < ClaimTTL-2*early {
		t.Errorf("it believes in its claim for %s", left)
	}
	c.until = time.Now().Add(-time.Millisecond)
	if err := c.Valid(); !errors.Is(err, errExpired) {
		t.Errorf("it is valid: %v", err)
	}
	// A machine that slept: the monotonic clock stood, the wall clock tells.
	c.until = time.Now().Add(time.Hour).Round(0)
	if err := c.Valid(); err != nil {
		t.Error(err)
	}
}

// Claims may last longer or shorter, and all that follows from it with them.
func TestClaimFor(t *testing.T) {
	r := migrated(t)
	r.ClaimFor(2 * time.Hour)
	c := take(t, r, "one")
	_, err := r.Take(t.Context(), Claimant{Department: "north", Holder: "two"}, quiet)
	var held *HeldError
	if !errors.As(err, &held) || held.Until.Sub(held.Since) != 2*time.Hour {
		t.Errorf("the claim: %+v", held)
	}
	if left := time.Until(c.until); left > 100*time.Minute || left < 99*time.Minute || r.beat != 30*time.Minute {
		t.Errorf("it believes in it for %s, and renews it every %s", left, r.beat)
	}
}

// Hold renews the claim, and ends the run's context with the reason once it is lost.
func TestHoldEndsTheRun(t *testing.T) {
	r := migrated(t)
	r.beat = 5 * time.Millisecond
	c := take(t, r, "one")
	first := c.until
	ctx, stop := c.Hold(t.Context())
	defer stop(nil)
	renewed := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.until.After(first)
	}
	for !renewed() {
		time.Sleep(time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Fatal("it ends though the claim is kept")
	}
	expire(t, r)
	take(t, r, "two")
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errLost) {
		t.Errorf("the run ends because of %v", context.Cause(ctx))
	}
}

// north opens the ledger of the department that claims are taken to.
func north(t *testing.T) *ledger.Ledger {
	t.Helper()
	d, err := ledger.Connect(t.Context(), pgtest.Address(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := d.Open(t.Context(), "north", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A holder that was paused in the middle of a run cannot write into the ledger after
// somebody else has taken over, not even in a transaction that was ready to begin.
func TestLostClaimFencesTheLedger(t *testing.T) {
	r := migrated(t)
	l := north(t)
	c := take(t, r, "paused")
	l.Fence(c.Condition())
	ctx := context.Background()
	if err := l.Set(ctx, "seen", []byte("1")); err != nil {
		t.Fatal(err)
	}
	expire(t, r)
	if err := l.Set(ctx, "seen", []byte("2")); err != nil {
		t.Fatalf("nobody has taken over, and yet: %v", err)
	}
	successor := take(t, r, "successor")
	if err := l.Set(ctx, "seen", []byte("3")); !errors.Is(err, errLost) {
		t.Errorf("it writes: %v", err)
	}
	if err := l.Synced(ctx, time.Unix(1_790_000_000, 0)); !errors.Is(err, errLost) {
		t.Errorf("it says that its sync went well: %v", err)
	}
	if b, err := l.Get(ctx, "seen"); err != nil || string(b) != "2" {
		t.Errorf("the ledger says %s, %v", b, err)
	}
	l.Fence(successor.Condition())
	if err := errors.Join(l.Set(ctx, "seen", []byte("4")), l.Synced(ctx, time.Unix(1_790_000_000, 0))); err != nil {
		t.Error(err)
	}
	l.Fence("false", errExpired)
	if err := l.Set(ctx, "seen", []byte("5")); !errors.Is(err, errExpired) {
		t.Errorf("without a claim it writes: %v", err)
	}
	if b, err := l.Get(ctx, "seen"); err != nil || string(b) != "4" {
		t.Errorf("the ledger says %s, %v", b, err)
	}
}

// That a sync went well is stored when the claim is given back, and only by who has it.
func TestSyncedIsStoredWithTheClaimsEnd(t *testing.T) {
	r := migrated(t)
	l := north(t)
	synced := func() time.Time {
		t.Helper()
		w, err := l.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return w.Synced
	}
	sync := func(who string, at time.Time) *Claim {
		t.Helper()
		c := take(t, r, who)
		l.Fence(c.Condition())
		l.Later(c.Along)
		if err := l.Synced(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		return c
	}
	early, late := time.Unix(1_800_000_060, 0).UTC(), time.Unix(1_800_000_420, 0).UTC()
	c := sync("one", early)
	if got := synced(); got.Equal(early) {
		t.Errorf("before the claim is given back: %s", got)
	}
	if _, err := c.release(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := synced(); !got.Equal(early) {
		t.Errorf("stored: %s, not %s", got, early)
	}
	paused := sync("paused", early.Add(time.Minute))
	expire(t, r)
	successor := sync("successor", late)
	if _, err := successor.release(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := paused.release(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := synced(); !got.Equal(late) {
		t.Errorf("after one that was paused came back: %s, not %s", got, late)
	}
}

func TestHeldErrorSaysWhatToDo(t *testing.T) {
	if h := (&HeldError{}).Hint(); !strings.Contains(h, "wait until it is done") {
		t.Error(h)
	}
}
