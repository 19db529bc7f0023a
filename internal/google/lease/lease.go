// Package lease lets one worker at a time work on a department's spreadsheets, whichever
// machines the workers run on. A mark at Drive says whose turn it is and until when.
//
// At Google the last write wins; nobody can write on condition that nobody else did. So a
// worker takes the turn by Fischer's protocol, which needs only reading, writing and
// time. If it finds the mark free, it writes a claim within the time "soon", then waits
// longer than anybody's "soon". If its claim still stands, it has the turn and writes
// that down. A claim alone gives nobody a turn, because a claim that was delayed on its
// way may have overwritten a turn taken meanwhile: the worker with the turn writes it
// again, and nobody else gets in for as long as a turn may last. Machines compare times,
// so their clocks must be right to a minute; Google's tokens need the same.
//
// The package knows Drive's marks and clocks, but not what the turn is for.
package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"svodka/internal/google"
)

const (
	// TTL is how long a turn lasts without renewal, and so how long a worker that was
	// killed keeps the others waiting.
	TTL = 10 * time.Minute
	// renewEvery leaves time for two more tries before a turn ends.
	renewEvery = 3 * time.Minute
	renewAgain = 30 * time.Second // after a failure
	// soon limits the time for reading the mark and writing into it.
	soon = 4 * time.Second
	// settle is how long to wait before believing the mark. It is longer than soon.
	settle = 5 * time.Second
	// skew is how far apart the clocks of two machines may be.
	skew = time.Minute
)

// Properties of the mark.
const (
	propSpace  = "svodka"
	propKind   = "kind"
	propOwner  = "owner"
	propHolder = "holder"
	propUntil  = "until"
	propClaim  = "claim" // the owner while it claims the turn; otherwise the owner has it
	kindLease  = "lease"
	free       = "free" // value of propUntil
)

// name is the mark's name, for people who find it at Drive.
const name = "Svodka: чья очередь работать (не удалять) / whose turn it is (do not delete)"

// Options say whose lease it is.
type Options struct {
	Google *google.Client
	Space  string // the department, as in the worker's Options
	// Owner is the same for processes that take turns among themselves by other means, as
	// processes on one folder do by a lock: they share the turn.
	Owner string
	// Holder names the process for people: "web1, process 12". Long names are cut.
	Holder string
	// NewHands is called before this owner takes a turn after another owner's: the
	// spreadsheets may not be as this owner left them. Nil: nothing to do.
	NewHands func(context.Context) error
	Zone     *time.Location // of the times in messages
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
	Log      *slog.Logger
}

// Lease is the right to work. It is safe for concurrent use.
type Lease struct {
	Options

	taking chan struct{} // held while taking, renewing or releasing
	mark   string        // id; guarded by taking

	mu    sync.Mutex
	until time.Time // end of the turn; zero: no turn
	lost  error     // why the turn was lost
}

// New returns a lease without a turn.
func New(o Options) *Lease { return &Lease{Options: o, taking: make(chan struct{}, 1)} }

// ErrHeld means that another worker has the turn.
var ErrHeld = errors.New("another worker is at work on these spreadsheets")

// Error says who has the turn.
type Error struct {
	Holder string
	Until  time.Time
	Lost   bool // this worker had the turn before
}

// Error names the holder and the end of the turn.
func (e *Error) Error() string {
	what := ErrHeld.Error()
	if e.Lost {
		what = "another worker has taken over these spreadsheets"
	}
	return fmt.Sprintf("%s: %s, until %s", what, e.Holder, e.Until.Format("2006-01-02 15:04:05 MST"))
}

// Hint says what to do about it.
func (e *Error) Hint() string {
	return "stop it there, or work there; if it is gone, its turn ends by itself then"
}

// Is matches ErrHeld.
func (e *Error) Is(target error) bool { return target == ErrHeld }

// errExpired means that the turn could not be renewed in time.
var errExpired = errors.New("the turn to work on these spreadsheets has run out, because Google could not be reached " +
	"to renew it; the next run takes it again")

// Valid returns nil if this worker has the turn now, else why not. It makes no call.
func (l *Lease) Valid() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.lost != nil:
		return l.lost
	case l.until.IsZero():
		return errors.New("the turn to work on these spreadsheets was not taken")
	case !l.Now().Before(l.until):
		return errExpired
	}
	return nil
}

// turnEnd returns when this worker's turn ends, as far as it knows.
func (l *Lease) turnEnd() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

func (l *Lease) set(until time.Time, lost error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.lost = until, lost
}

// turn lets one goroutine at a time use the mark.
func (l *Lease) turn(ctx context.Context) (done func(), err error) {
	select {
	case l.taking <- struct{}{}:
		return func() { <-l.taking }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Take takes the turn unless this owner has it already. If another has it, it returns an
// *Error. It takes some seconds and five to seven Drive calls.
func (l *Lease) Take(ctx context.Context) error {
	done, err := l.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if l.Valid() == nil {
		return nil
	}
	if err := l.find(ctx); err != nil {
		return err
	}
	for range 3 {
		taken, err := l.try(ctx)
		if taken || err != nil {
			return err
		}
	}
	return fmt.Errorf("taking the turn to work on the spreadsheets: Google answers more slowly than in %s; try "+
		"again in %s", soon, TTL+skew)
}

// try tries once to take the turn. It does not take it if Google answers too slowly, or
// if another process of this owner, or an earlier try, claims it.
func (l *Lease) try(ctx context.Context) (taken bool, err error) {
	began := l.Now()
	slow := func(limit time.Duration) bool { return l.Now().Sub(began) > limit }
	m, err := l.Google.Get(ctx, l.mark)
	if err != nil {
		return false, err
	}
	mine := m.Props[propOwner] == l.Owner
	until := l.untilOf(m)
	switch now := l.Now(); {
	case mine && !claimed(m) && now.Before(until): // another process of ours has it, or was killed having it
		return true, l.extend(ctx, until.Add(skew))
	case mine && claimed(m) && now.Before(until.Add(skew)):
		return false, l.Sleep(ctx, settle)
	case !mine && now.Before(until.Add(skew)):
		return false, l.held(m, false)
	}
	if !mine && m.Props[propOwner] != "" && l.NewHands != nil {
		if err := l.NewHands(ctx); err != nil {
			return false, err
		}
	}
	if slow(soon / 2) { // writing would take too long as well
		return false, l.Sleep(ctx, settle)
	}
	if err := l.write(ctx, l.Now().Add(TTL), l.Owner); err != nil {
		return false, err
	}
	if slow(soon) { // another worker may have got in meanwhile
		return false, nil
	}
	if err := l.Sleep(ctx, settle); err != nil {
		return false, err
	}
	if m, err = l.Google.Get(ctx, l.mark); err != nil {
		return false, err
	}
	if m.Trashed || m.Props[propOwner] != l.Owner || m.Props[propUntil] == free {
		return false, l.held(m, false)
	}
	return true, l.extend(ctx, l.untilOf(m))
}

// find looks for the mark, or makes it. If two workers made marks at once, all use the
// oldest.
func (l *Lease) find(ctx context.Context) error {
	props := map[string]string{propSpace: l.Space, propKind: kindLease}
	marks, err := l.Google.FindMarks(ctx, props)
	if err != nil {
		return err
	}
	if len(marks) == 0 {
		made, err := l.Google.MakeMark(ctx, name, props)
		if err != nil {
			return err
		}
		// Drive may take a moment to list what others have just made.
		if err := l.Sleep(ctx, settle); err != nil {
			return err
		}
		if marks, err = l.Google.FindMarks(ctx, props); err != nil {
			return err
		}
		marks = append(marks, made)
	}
	l.mark = marks[0].ID
	return nil
}

// write writes the mark; claim is the owner that claims the turn, or empty if it has it.
func (l *Lease) write(ctx context.Context, until time.Time, claim string) error {
	_, err := l.Google.SetMark(ctx, l.mark, map[string]string{
		propOwner: l.Owner, propHolder: short(l.Holder), propUntil: until.UTC().Format(time.RFC3339), propClaim: claim,
	})
	return err
}

// claimed reports whether a mark holds a claim and not a turn. An earlier version's mark
// holds a turn.
func claimed(m google.File) bool {
	return m.Props[propClaim] != "" && m.Props[propClaim] == m.Props[propOwner]
}

// extend writes the mark for this owner's turn, which nobody else can have before mine.
func (l *Lease) extend(ctx context.Context, mine time.Time) error {
	ctx, cancel := context.WithTimeoutCause(ctx, mine.Sub(l.Now()), errExpired)
	defer cancel()
	until := l.Now().Add(TTL).Truncate(time.Second)
	err := l.write(ctx, until, "")
	if err == nil && !l.Now().Before(mine) {
		err = errExpired
	}
	if err == nil {
		l.set(until, nil)
	}
	return err
}

// short keeps a property within Drive's 124 bytes.
func short(s string) string {
	r := []rune(s)
	for len(string(r)) > 100 {
		r = r[:len(r)-1]
	}
	return string(r)
}

// untilOf returns the end of the turn. A turn that is free, or whose end is unreadable,
// is over.
func (l *Lease) untilOf(m google.File) time.Time {
	t, err := time.Parse(time.RFC3339, m.Props[propUntil])
	if err != nil {
		return time.Time{}
	}
	return t.In(l.Zone)
}

func (l *Lease) held(m google.File, lost bool) *Error {
	e := &Error{Holder: m.Props[propHolder], Until: l.untilOf(m), Lost: lost}
	if e.Holder == "" {
		e.Holder = "a worker without a name"
	}
	return e
}

// Renew makes the turn last TTL from now, with two Drive calls. If another owner has it
// now, Renew and then Valid return that error; any other failure leaves the turn's end as
// it was.
func (l *Lease) Renew(ctx context.Context) error {
	done, err := l.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := l.Valid(); err != nil {
		return err
	}
	m, err := l.Google.Get(ctx, l.mark)
	switch {
	case google.NotFound(err) || err == nil && m.Trashed:
		err = errors.New("the mark that says whose turn it is was deleted at Drive; the next run makes it again")
	case err != nil:
		return err
	case m.Props[propOwner] != l.Owner && !claimed(m): // a claim alone takes away no turn
		err = l.held(m, true)
	case m.Props[propUntil] == free: // another process of ours gave it back
		err = errors.New("the turn to work on these spreadsheets was given back; the next run takes it again")
	default:
		return l.extend(ctx, l.turnEnd())
	}
	l.set(time.Time{}, err)
	return err
}

// Keep renews the turn until ctx ends. A lost turn stays lost until Take takes it again.
func (l *Lease) Keep(ctx context.Context) {
	wait := renewEvery
	for l.Sleep(ctx, wait) == nil {
		wait = renewEvery
		if l.Valid() != nil {
			continue // Take must take it again
		}
		if err := l.Renew(ctx); err != nil && ctx.Err() == nil {
			l.Log.Warn("the turn to work on the spreadsheets could not be renewed", "err", err)
			wait = renewAgain
		}
	}
}

// Release gives up the turn, so that nobody has to wait for its end.
func (l *Lease) Release(ctx context.Context) error {
	done, err := l.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if l.Valid() != nil {
		return nil
	}
	l.set(time.Time{}, nil)
	m, err := l.Google.Get(ctx, l.mark)
	if google.NotFound(err) || err == nil && m.Props[propOwner] != l.Owner {
		return nil
	}
	if err == nil {
		_, err = l.Google.SetMark(ctx, l.mark, map[string]string{propUntil: free})
	}
	if err != nil {
		return fmt.Errorf("giving back the turn to work on the spreadsheets: %w", err)
	}
	return nil
}
