package google_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"svodka/internal/google"
)

// ration gives out calls in portions, one each second, and records what it is asked.
type ration struct {
	mu   sync.Mutex
	each int // of a portion
	next time.Time
	took []int
	most int // calls asked for at once
	err  error
}

func (r *ration) Take(_ context.Context, class string, accounts []string, n int) (int, int, time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most = max(r.most, n)
	now := time.Now()
	switch {
	case r.err != nil:
		return 0, 0, 0, r.err
	case class != "drive":
		return 0, 0, 0, errors.New("of class " + class)
	case now.Before(r.next):
		return 0, 0, r.next.Sub(now), nil
	}
	n = min(n, r.each)
	r.took = append(r.took, n)
	r.next = now.Add(time.Second)
	return len(accounts) - 1, n, 0, nil
}

// With shared quotas calls are made when these let them: a portion of them at once, by
// the account that they name, and none that nobody needs.
func TestSharedQuotas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{took: 10 * time.Millisecond}
		r := &ration{each: 3}
		c, err := google.New(t.Context(), google.Options{
			Identities: []google.Identity{{Name: "a", HTTP: m.as("a")}, {Name: "b", HTTP: m.as("b")}},
			Endpoint:   "http://localhost", Limits: google.GoogleLimits(), Shared: r,
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 9 {
			wg.Go(func() {
				if _, err := c.StartToken(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		begun := time.Now()
		wg.Wait()
		if took := time.Since(begun); took < 2*time.Second || took > 3100*time.Millisecond {
			t.Errorf("nine calls in portions of three a second took %v", took)
		}
		if len(m.came["a"]) != 0 || len(m.came["b"]) != 9 {
			t.Errorf("calls by account: %d and %d, want all by the second", len(m.came["a"]), len(m.came["b"]))
		}
		if r.most < 2 || r.most > 10 {
			t.Errorf("%d calls were asked for at once", r.most)
		}
		// One call is asked for as one: nothing is granted that nobody makes.
		time.Sleep(time.Minute)
		r.took = nil
		for range 2 {
			if _, err := c.StartToken(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.took) != 2 || r.took[0] != 1 || r.took[1] != 1 {
			t.Errorf("two calls, one after the other, were granted as %v", r.took)
		}
		r.err = errors.New("the database is away")
		if _, err := c.StartToken(t.Context()); !errors.Is(err, r.err) {
			t.Errorf("without the database: %v", err)
		}
		if got := len(m.total); got != 11 {
			t.Errorf("%d calls reached Google, want 11", got)
		}
	})
}
