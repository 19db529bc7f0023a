package google

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/api/googleapi"
)

// Quota limits how many calls may be made.
type Quota struct {
	PerMinute int // in any 60 seconds; 0: no limit
	// Burst is how many of them may follow each other at once after a rest; the others
	// are spaced evenly, one every 60/PerMinute seconds. 0: one.
	Burst int
}

// Rates are the quotas of the three classes of calls.
type Rates struct{ Drive, Reads, Writes Quota }

func (r Rates) of(a api) Quota { return [...]Quota{r.Drive, r.Reads, r.Writes}[a] }

// Limits keep a client within Google's quotas, so that Google never tells it to slow
// down.
type Limits struct {
	User    Rates // of each identity
	Project Rates // of all identities together, which are taken to share one Google Cloud project
	// Spacing is the least time between two writes to one spreadsheet. Google advises one
	// request per second and spreadsheet.
	Spacing time.Duration
}

// ByClass calls f for each class of calls (Call.API) with its quotas.
func (l Limits) ByClass(f func(class string, user, project Quota)) {
	for a := range apis {
		f(a.String(), l.User.of(a), l.Project.of(a))
	}
}

// GoogleLimits returns limits a sixth below Google's default quotas for Sheets (60 a
// minute and user, 300 a minute and project, reads and writes apart), because calls do
// not arrive as evenly as they are sent. Drive allows thousands; its limits are merely
// sane.
func GoogleLimits() Limits {
	user, project := Quota{PerMinute: 50, Burst: 25}, Quota{PerMinute: 280, Burst: 140}
	return Limits{
		User:    Rates{Drive: Quota{PerMinute: 600, Burst: 100}, Reads: user, Writes: user},
		Project: Rates{Drive: Quota{PerMinute: 3000, Burst: 500}, Reads: project, Writes: project},
		Spacing: time.Second,
	}
}

// bucket says when the next call may be made. It allows at most PerMinute calls in any 60
// seconds, and a burst only after a rest, so that a long run is even.
type bucket struct {
	quota   Quota
	recent  []time.Time // starts of the latest PerMinute calls; a ring
	oldest  int         // in recent
	whole   time.Time   // when a whole burst is available again
	paused  time.Time   // no call before this: Google said so
	strikes int         // how often in a row Google refused
	struck  time.Time   // when it refused last
}

func (b *bucket) gap() time.Duration { return time.Minute / time.Duration(b.quota.PerMinute) }

// burst returns the time in which a whole burst, less one call, becomes available again.
func (b *bucket) burst() time.Duration { return time.Duration(max(b.quota.Burst, 1)-1) * b.gap() }

// window returns when the oldest of the last PerMinute calls will be a minute ago.
func (b *bucket) window() time.Time {
	if len(b.recent) < b.quota.PerMinute {
		return time.Time{}
	}
	return b.recent[b.oldest].Add(time.Minute)
}

// free returns when the next call may be made, not before now.
func (b *bucket) free(now time.Time) time.Time {
	at := later(now, b.paused)
	if b.quota.PerMinute <= 0 {
		return at
	}
	return later(later(at, b.whole.Add(-b.burst())), b.window())
}

// take records a call at a time that is free.
func (b *bucket) take(at time.Time) {
	if b.quota.PerMinute <= 0 {
		return
	}
	// A timer may have fired a little late.
	held := len(b.recent) == b.quota.PerMinute && at.Sub(b.window()) < b.gap()
	b.whole = later(b.whole, at).Add(b.gap())
	if held {
		b.spend(at) // the minute's calls are used up: go on evenly, not in bursts
	}
	if len(b.recent) < b.quota.PerMinute {
		b.recent = append(b.recent, at)
		return
	}
	b.recent[b.oldest] = at
	b.oldest = (b.oldest + 1) % len(b.recent)
}

// spend uses up the burst: the next call comes a gap after at.
func (b *bucket) spend(at time.Time) { b.whole = later(b.whole, at.Add(b.burst()+b.gap())) }

// pause stops calls after Google refused one that was sent at the given time. Refusals of
// calls that were under way together count as one.
func (b *bucket) pause(now, sent time.Time, wait func(strikes int) time.Duration) {
	if sent.After(b.struck) || b.strikes == 0 {
		b.strikes++
		b.struck = now
	}
	b.paused = later(b.paused, now.Add(wait(b.strikes)))
	if b.quota.PerMinute > 0 {
		b.whole = later(b.whole, b.paused.Add(b.burst()))
	}
}

// resume forgets refusals after a call that was sent at the given time succeeded.
func (b *bucket) resume(sent time.Time) {
	if sent.After(b.struck) {
		b.strikes = 0
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// limiter shares the quotas out among the calls, first come, first served.
type limiter struct {
	mu       sync.Mutex
	accounts []*account
	project  [apis]bucket
	// turn is held by the next call of its class. Only that call waits for the quota, so
	// a pause that begins meanwhile holds for all, and a call that gives up leaves
	// nothing behind.
	turn [apis]chan struct{}

	shared  Shared // nil: the quotas are this process's alone
	waiting [apis]atomic.Int32
	// granted are calls that shared let through and nobody has made yet; whoever has the
	// turn may take them.
	granted [apis]grant
}

// grant is some calls of one account, until they are void.
type grant struct {
	by    *account
	n     int
	until time.Time
}

func newLimiter(l Limits, accounts []*account) *limiter {
	x := &limiter{accounts: accounts}
	for i := range apis {
		x.project[i].quota = l.Project.of(i)
		x.turn[i] = make(chan struct{}, 1)
		for _, a := range accounts {
			a.quota[i].quota = l.User.of(i)
		}
	}
	return x
}

// acquire waits until a call may be made and returns the account that makes it: by,
// unless that is nil. The wait honours ctx.
func (l *limiter) acquire(ctx context.Context, c *Client, class api, by *account) (*account, error) {
	l.waiting[class].Add(1)
	defer l.waiting[class].Add(-1)
	select {
	case l.turn[class] <- struct{}{}:
		defer func() { <-l.turn[class] }()
	case <-ctx.Done():
		return nil, errNotSent{ctx.Err()}
	}
	for now := c.now(); ; now = later(c.now(), now) {
		a, at, err := l.takeShared(ctx, class, by, now)
		if err != nil {
			return nil, errNotSent{err}
		}
		wait := at.Sub(now)
		switch {
		case wait <= 0:
			return a, nil
		case wait > maxWait:
			return nil, errPaused{wait}
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, errNotSent{err}
		}
		now = at // go on even if the clock stands still
	}
}

// mostShared is how many calls are taken out of shared quotas at once.
const mostShared = 10

// takeShared is take of the quotas that are shared with other processes, if they are. The
// caller has the turn of the class.
func (l *limiter) takeShared(ctx context.Context, class api, by *account, now time.Time) (*account, time.Time, error) {
	if l.shared == nil {
		a, at := l.take(class, by, now)
		return a, at, nil
	}
	g := &l.granted[class]
	if g.n > 0 && now.Before(g.until) && (by == nil || by == g.by) && !l.paused(g.by, class).After(now) {
		g.n--
		l.record(g.by, class, now)
		return g.by, now, nil
	}
	var free []*account
	var names []string
	var soonest time.Time
	for _, a := range l.accounts {
		if by != nil && a != by {
			continue
		}
		at := l.paused(a, class)
		if !at.After(now) {
			free, names = append(free, a), append(names, a.Name)
		} else if soonest.IsZero() || at.Before(soonest) {
			soonest = at
		}
	}
	if len(free) == 0 {
		return nil, soonest, nil
	}
	i, n, wait, err := l.shared.Take(ctx, class.String(), names, min(mostShared, max(1, int(l.waiting[class].Load()))))
	if err != nil {
		return nil, now, err
	}
	if n == 0 {
		return nil, now.Add(max(wait, time.Millisecond)), nil
	}
	*g = grant{free[i], n - 1, now.Add(time.Second)}
	l.record(free[i], class, now)
	return free[i], now, nil
}

// paused returns until when an account may make no call, since Google said so.
func (l *limiter) paused(a *account, class api) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return later(a.quota[class].paused, l.project[class].paused)
}

// record records a call that shared quotas let through, so that Reads and Writes know of
// it.
func (l *limiter) record(a *account, class api, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.quota[class].take(at)
	l.project[class].take(at)
}

// take takes the call now, for the account that may make it soonest, or returns when it
// may be made.
func (l *limiter) take(class api, by *account, now time.Time) (*account, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first *account
	var soonest time.Time
	for _, a := range l.accounts {
		if by != nil && a != by {
			continue
		}
		// Among accounts that are free now, prefer the one with most calls left.
		b := &a.quota[class]
		at := b.free(now)
		if first == nil || at.Before(soonest) || at.Equal(soonest) && b.whole.Before(first.quota[class].whole) {
			first, soonest = a, at
		}
	}
	at := later(soonest, l.project[class].free(now))
	if !at.After(now) {
		first.quota[class].take(at)
		l.project[class].take(at)
	}
	return first, at
}

// Reads returns how long the quotas alone make n more reads of spreadsheets take, and how
// many reads they allow a minute; 0 a minute: there is no limit.
func (c *Client) Reads(n int) (left time.Duration, perMinute int) { return c.ahead(sheetsRead, n) }

// Writes is Reads for writes.
func (c *Client) Writes(n int) (left time.Duration, perMinute int) { return c.ahead(sheetsWrite, n) }

func (c *Client) ahead(class api, n int) (time.Duration, int) {
	if c.limiter == nil {
		return 0, 0
	}
	l, perMinute := c.limiter.copy(class)
	now := c.now()
	at := now
	for range n {
		for {
			_, free := l.take(class, nil, at)
			if !free.After(at) {
				break
			}
			at = free
		}
	}
	return at.Sub(now), perMinute
}

// copy returns a limiter of one class for a trial run, and how many calls a minute it
// allows.
func (l *limiter) copy(class api) (*limiter, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := &limiter{}
	b := l.project[class]
	b.recent = slices.Clone(b.recent)
	x.project[class] = b
	perMinute := 0
	for _, a := range l.accounts {
		own := a.quota[class]
		own.recent = slices.Clone(own.recent)
		perMinute += own.quota.PerMinute
		to := &account{}
		to.quota[class] = own
		x.accounts = append(x.accounts, to)
	}
	if p := b.quota.PerMinute; p > 0 && (perMinute == 0 || p < perMinute) {
		perMinute = p
	}
	return x, perMinute
}

// waits reports whether a refused call need not wait by itself, because its next try
// waits for the quota anyway.
func (l *limiter) waits(err error, k Kind) bool {
	var paused errPaused
	return l != nil && k == Throttled && !errors.As(err, &paused)
}

// learn takes note of how a call ended that was sent at the given time: if Google says
// that a quota is used up, all calls leave it alone for a while. It returns for how long;
// 0: no pause.
func (l *limiter) learn(a *account, class api, err error, sent, now time.Time, random float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	user, project := &a.quota[class], &l.project[class]
	if Classify(err) != Throttled {
		if err == nil {
			user.resume(sent)
			project.resume(sent)
		}
		return 0
	}
	b := user
	if ofProject(err) {
		b = project
	}
	b.pause(now, sent, func(strikes int) time.Duration {
		return Delay(Throttled, strikes, retryAfter(err, now), random)
	})
	return b.paused.Sub(now)
}

// ofProject reports whether the project's quota is used up, not the account's.
func ofProject(err error) bool {
	var answer *googleapi.Error
	if !errors.As(err, &answer) {
		return false
	}
	limit, ok := detail(answer, "quota_limit")
	return ok && strings.HasSuffix(limit, "PerProject")
}

// errPaused means that a quota is used up for longer than a call can wait. Nothing was
// sent.
type errPaused struct{ wait time.Duration }

func (e errPaused) Error() string {
	return fmt.Sprintf("Google allows no such calls for another %v", e.wait.Round(time.Second))
}

// gates let through one call at a time for each file.
type gates struct {
	mu    sync.Mutex
	files map[string]*gate
}

type gate struct {
	busy chan struct{} // holds one
	last time.Time     // when the last call ended
}

// enter waits for the earlier calls for a file, and until spacing has passed since the
// last. The caller must call leave at the end.
func (g *gates) enter(ctx context.Context, c *Client, file string, spacing time.Duration) (leave func(), err error) {
	g.mu.Lock()
	if g.files == nil {
		g.files = map[string]*gate{}
	}
	x := g.files[file]
	if x == nil {
		x = &gate{busy: make(chan struct{}, 1)}
		g.files[file] = x
	}
	g.mu.Unlock()
	select {
	case x.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, errNotSent{ctx.Err()}
	}
	if wait := x.last.Add(spacing).Sub(c.now()); spacing > 0 && wait > 0 {
		if err := c.sleep(ctx, wait); err != nil {
			<-x.busy
			return nil, errNotSent{err}
		}
	}
	return func() {
		x.last = c.now()
		<-x.busy
	}, nil
}
