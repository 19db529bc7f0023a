package lease_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/google"
	"svodka/internal/google/lease"
	"svodka/internal/localgoogle"
)

// shelf is a Drive that all workers reach, in a synctest bubble: its time advances when
// everybody waits.
type shelf struct {
	t *testing.T
	*localgoogle.Server
}

func open(t *testing.T) *shelf {
	t.Helper()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{t, s}
}

func (s *shelf) close() {
	if err := s.Close(); err != nil {
		s.t.Error(err)
	}
}

// desk is a worker on a machine.
type desk struct {
	*lease.Lease
	google *google.Client
	slow   atomic.Int64 // nanoseconds that each call takes
	dead   atomic.Bool  // Google cannot be reached
	hands  atomic.Int64 // how often the worker followed another owner
}

func (s *shelf) desk(owner string) *desk {
	s.t.Helper()
	d := &desk{}
	hc := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		time.Sleep(time.Duration(d.slow.Load()))
		if d.dead.Load() {
			return nil, errors.New("no route to host")
		}
		return s.Transport().RoundTrip(r)
	})}
	var err error
	d.google, err = google.New(s.t.Context(),
		google.Options{HTTP: hc, Endpoint: "http://localhost", MayWrite: func() error {
			return d.Valid()
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	d.Lease = lease.New(lease.Options{
		Google: d.google, Space: "main", Owner: owner, Holder: owner + ", process 1", Zone: time.UTC, Now: time.Now,
		Sleep: sleep, Log: slog.New(slog.DiscardHandler),
		NewHands: func(context.Context) error { d.hands.Add(1); return nil },
	})
	return d
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shelf) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// may reports whether the worker's client lets a change through.
func (s *shelf) may(d *desk) bool {
	s.t.Helper()
	_, err := d.google.Create(s.t.Context(), "x", nil)
	if err != nil && err.Error() != d.Valid().Error() {
		s.t.Fatalf("not the lease's own error: %v", err)
	}
	return err == nil
}

// One worker at a time: the second learns who has the turn and until when, and gets it
// once it is released. The test counts the calls.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx := t.Context()
		a, b := s.desk("web1"), s.desk("web2")
		if s.may(a) {
			t.Error("a change was made without a turn")
		}
		s.must(a.Take(ctx))
		if got := a.google.Calls().Drive; got != 7 {
			t.Errorf("the first turn of all took %d Drive calls, want 7", got)
		}
		s.must(a.Take(ctx))
		if got := a.google.Calls(); got != (google.Calls{Drive: 7}) {
			t.Errorf("a turn that is had already took calls: %+v", got)
		}
		if !s.may(a) {
			t.Error("the one with the turn may change nothing")
		}
		err := b.Take(ctx)
		var e *lease.Error
		if !errors.As(err, &e) || !errors.Is(err, lease.ErrHeld) ||
			!strings.HasPrefix(err.Error(),
				"another worker is at work on these spreadsheets: web1, process 1, until 2000-01-01 00:10:") ||
			e.Hint() == "" {
			t.Errorf("the other is told: %v", err)
		}
		if s.may(b) {
			t.Error("a change was made in another's turn")
		}
		s.must(a.Release(ctx))
		if s.may(a) {
			t.Error("a change was made after the turn")
		}
		before := b.google.Calls().Drive
		s.must(b.Take(ctx))
		if got := b.google.Calls().Drive - before; got != 5 {
			t.Errorf("a turn took %d Drive calls, want 5", got)
		}
		if a.hands.Load() != 0 || b.hands.Load() != 1 {
			t.Errorf("new hands: %d and %d, want 0 and 1", a.hands.Load(), b.hands.Load())
		}
		before = b.google.Calls().Drive
		s.must(b.Renew(ctx))
		if got := b.google.Calls().Drive - before; got != 2 {
			t.Errorf("a renewal took %d Drive calls, want 2", got)
		}
	})
}

// A killed worker keeps the others waiting until its turn ends and no longer; another
// process on its folder goes on at once.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx := t.Context()
		s.must(s.desk("web1").Take(ctx))
		began := time.Now()
		s.must(s.desk("web1").Take(ctx))
		if took := time.Since(began); took > time.Second {
			t.Errorf("the same folder waited %s", took)
		}
		b := s.desk("web2")
		for !errors.Is(b.Take(ctx), nil) {
			time.Sleep(10 * time.Second)
		}
		if took := time.Since(began); took < lease.TTL || took > lease.TTL+2*time.Minute {
			t.Errorf("the other waited %s", took)
		}
	})
}

// A worker keeps its turn as long as it renews it, through failures that end in time.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx, stop := context.WithCancel(t.Context())
		a, b := s.desk("web1"), s.desk("web2")
		s.must(a.Take(ctx))
		ended := make(chan struct{})
		go func() { a.Keep(ctx); close(ended) }()
		before := a.google.Calls().Drive
		for range 61 {
			time.Sleep(time.Minute)
			if err := b.Take(ctx); !errors.Is(err, lease.ErrHeld) {
				t.Fatalf("the turn was taken from one who keeps it: %v", err)
			}
		}
		if got := a.google.Calls().Drive - before; got != 2*20 {
			t.Errorf("an hour's renewals took %d Drive calls, want 40", got)
		}
		a.dead.Store(true)
		time.Sleep(6 * time.Minute)
		if a.Valid() != nil {
			t.Error("six minutes without Google cost the turn")
		}
		a.dead.Store(false)
		time.Sleep(5 * time.Minute)
		if !s.may(a) {
			t.Error("the turn was lost although Google was back")
		}
		// Without Google for longer than a turn: the worker may change nothing any more,
		// and notices what the other does meanwhile.
		a.dead.Store(true)
		time.Sleep(lease.TTL + 90*time.Second)
		if a.Valid() == nil {
			t.Error("the turn lasts longer than it may")
		}
		s.must(b.Take(ctx))
		a.dead.Store(false)
		if err := a.Take(ctx); !errors.Is(err, lease.ErrHeld) {
			t.Errorf("taking it back: %v", err)
		}
		if s.may(a) || !s.may(b) {
			t.Error("the wrong one may change things")
		}
		stop()
		<-ended
	})
}

// If another worker took over a turn, as after a machine slept, the renewal finds it lost
// before anything is written.
func TestTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx := t.Context()
		a, b := s.desk("web1"), s.desk("web2")
		s.must(a.Take(ctx))
		// Somebody with a clock of their own.
		files, err := drive.NewService(ctx, option.WithHTTPClient(&http.Client{Transport: s.Transport()}),
			option.WithEndpoint("http://localhost/drive/v3/"))
		s.must(err)
		list, err := files.Files.List().Q("appProperties has { key='kind' and value='lease' }").Do()
		s.must(err)
		if len(list.Files) != 1 {
			t.Fatalf("%d marks", len(list.Files))
		}
		mark := list.Files[0].Id
		_, err = files.Files.Update(mark,
			&drive.File{AppProperties: map[string]string{"until": "2000-01-01T00:00:00Z"}}).Do()
		s.must(err)
		time.Sleep(2 * time.Minute)
		s.must(b.Take(ctx))
		err = a.Renew(ctx)
		if !errors.Is(err, lease.ErrHeld) || !strings.Contains(err.Error(), "has taken over these spreadsheets: web2") {
			t.Errorf("the renewal says %v", err)
		}
		if s.may(a) {
			t.Error("a change was made after the turn was lost")
		}
		s.must(a.Release(ctx)) // it is no longer its own
		if err := b.Renew(ctx); err != nil {
			t.Errorf("the turn was given back by one who had lost it: %v", err)
		}
		// The next turn makes a deleted mark again.
		_, err = files.Files.Update(mark, &drive.File{Trashed: true}).Do()
		s.must(err)
		if err := b.Renew(ctx); err == nil || !strings.Contains(err.Error(), "was deleted") {
			t.Errorf("renewal without a mark: %v", err)
		}
		s.must(b.Take(ctx))
	})
}

// A claim that was delayed on its way overwrites a turn won meanwhile. It lets nobody in,
// and the worker with the turn keeps it.
func TestLateClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx, stop := context.WithCancel(t.Context())
		a, b, c := s.desk("web1"), s.desk("web2"), s.desk("web3")
		s.must(a.Take(ctx))
		s.must(a.Release(ctx)) // the mark is there, and free
		s.Faults().Add(localgoogle.Fault{Method: "drive.files.update", Delay: 20 * time.Second})
		var late sync.WaitGroup
		late.Go(func() {
			if err := a.Take(ctx); err == nil {
				t.Error("the turn was taken by a late claim")
			}
		})
		time.Sleep(time.Second)
		s.must(b.Take(ctx))
		if len(s.Faults().Pending()) != 0 {
			t.Fatal("no claim is late")
		}
		var kept sync.WaitGroup
		kept.Go(func() { b.Keep(ctx) })
		late.Wait()
		for range 40 {
			time.Sleep(15 * time.Second)
			for _, d := range []*desk{a, c} {
				if d.Take(ctx) == nil && b.Valid() == nil {
					t.Fatal("two have the turn")
				}
			}
		}
		if err := b.Valid(); err != nil {
			t.Errorf("the turn was lost to a claim: %v", err)
		}
		stop()
		kept.Wait()
		s.must(b.Release(t.Context()))
		s.must(c.Take(t.Context()))
	})
}

// An abandoned claim lets nobody in until a turn that it may have overwritten would be
// over.
func TestClaimAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		defer s.close()
		ctx := t.Context()
		a, b := s.desk("web1"), s.desk("web2")
		s.must(a.Take(ctx))
		s.must(a.Release(ctx))
		s.Faults().Add(localgoogle.Fault{Method: "drive.files.update", Delay: 5 * time.Second, AfterCommit: true})
		began := time.Now()
		err := a.Take(ctx)
		if err == nil || !strings.Contains(err.Error(), "more slowly than in 4s; try again in 11m0s") {
			t.Errorf("after a slow claim: %v", err)
		}
		if err := b.Take(ctx); !errors.Is(err, lease.ErrHeld) {
			t.Errorf("the other gets in: %v", err)
		}
		for a.Take(ctx) != nil {
			time.Sleep(10 * time.Second)
		}
		if took := time.Since(began); took < lease.TTL || took > lease.TTL+2*time.Minute {
			t.Errorf("it waited %s", took)
		}
	})
}

// However many workers start at the same moment, and however long their calls take, no
// two have the turn at once.
func TestRace(t *testing.T) {
	for _, lag := range []time.Duration{0, 300 * time.Millisecond, time.Second, 1900 * time.Millisecond,
		3 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				defer s.close()
				var have, ever atomic.Int64
				var wg sync.WaitGroup
				for i := range 6 {
					d := s.desk(fmt.Sprintf("web%d", i))
					d.slow.Store(int64(lag) * int64(i) / 5)
					wg.Go(func() {
						time.Sleep(time.Duration(i) * 700 * time.Millisecond)
						for range 40 {
							if d.Take(t.Context()) != nil {
								time.Sleep(20 * time.Second)
								continue
							}
							if n := have.Add(1); n != 1 {
								t.Errorf("%d have the turn", n)
							}
							ever.Add(1)
							time.Sleep(time.Minute)
							have.Add(-1)
							if err := d.Release(t.Context()); err != nil {
								t.Error(err)
							}
							time.Sleep(30 * time.Second)
						}
					})
				}
				wg.Wait()
				if ever.Load() < 10 {
					t.Errorf("only %d turns were had", ever.Load())
				}
			})
		})
	}
}
