package quotas_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"svodka/internal/google"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
	"svodka/internal/postgres"
	"svodka/internal/quotas"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// limits are those of a client, by class.
func limits(l google.Limits) map[string]quotas.Limits {
	out := map[string]quotas.Limits{}
	l.ByClass(func(class string, user, project google.Quota) {
		out[class] = quotas.Limits{Account: quotas.Quota(user), Project: quotas.Quota(project)}
	})
	return out
}

// wire is a Google that takes its time.
type wire struct {
	base    http.RoundTripper
	who     string
	refused *atomic.Int64
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(150 * time.Millisecond)
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+w.who)
	res, err := w.base.RoundTrip(r)
	if err == nil && (res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden) {
		w.refused.Add(1)
	}
	time.Sleep(150 * time.Millisecond)
	return res, err
}

// Twenty departments on four accounts, each with a client of its own that knows of the
// others by the database alone, as in several replicas, use Google's quotas up and are
// never told to slow down; those of one account get equal shares. Time is the test's, the
// quotas are in a real PostgreSQL.
func TestReplicasShareQuotas(t *testing.T) {
	address := pgtest.Address(t)
	const (
		accounts, departments = 4, 20
		minutes               = 3
	)
	var refused atomic.Int64
	var mu sync.Mutex
	made := make([]int, departments)
	synctest.Test(t, func(t *testing.T) {
		server, err := localgoogle.Open(t.Context(), localgoogle.Options{Now: time.Now, Quotas: &localgoogle.Quotas{}})
		if err != nil {
			t.Fatal(err)
		}
		as := func(account int) string {
			if account == 0 {
				return localgoogle.DefaultOwner
			}
			return fmt.Sprintf("worker%d@example.com", account)
		}
		// Everybody reads a file of their account.
		var files [accounts]string
		for a := range accounts {
			c, err := google.New(t.Context(), google.Options{HTTP: &http.Client{
				Transport: wire{server.Transport(), as(a), &refused}}, Endpoint: "http://localhost"})
			if err != nil {
				t.Fatal(err)
			}
			f, err := c.Create(t.Context(), "file", nil)
			if err != nil {
				t.Fatal(err)
			}
			files[a] = f.ID
		}
		ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		database, err := quotas.Open(t.Context(), address, 6)
		if err != nil {
			t.Fatal(err)
		}
		for d := range departments {
			a := d % accounts
			shared := database.Of(quotas.Options{Department: fmt.Sprint("department", d),
				Limits: limits(google.GoogleLimits()), Now: time.Now})
			c, err := google.New(t.Context(), google.Options{
				Identities: []google.Identity{{Name: as(a), HTTP: &http.Client{
					Transport: wire{server.Transport(), as(a), &refused}}}},
				Endpoint: "http://localhost", Limits: google.GoogleLimits(), Shared: shared,
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // spreadsheets at once
				wg.Go(func() {
					for ctx.Err() == nil {
						if _, err := c.Spreadsheet(ctx, files[a], "spreadsheetId"); err != nil {
							if ctx.Err() == nil {
								t.Errorf("department %d: %v", d, err)
							}
							return
						}
						mu.Lock()
						made[d]++
						mu.Unlock()
					}
				})
			}
		}
		wg.Wait()
		if err := database.Close(); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	total := 0
	for _, n := range made {
		total += n
	}
	if n := refused.Load(); n > 0 {
		t.Errorf("Google refused %d calls", n)
	}
	perMinute := google.GoogleLimits().User.Reads.PerMinute * accounts
	if least := int(0.95 * float64(perMinute*minutes)); total < least {
		t.Errorf("%d calls in %d minutes, want %d", total, minutes, least)
	}
	if lo, hi := slices.Min(made), slices.Max(made); float64(lo) < 0.9*float64(hi) {
		t.Errorf("shares are not equal: %v", made)
	}
	t.Logf("%d calls of at most %d: %v", total, perMinute*minutes, made)
}

// Who waits for calls is known to others, until it has them or does not ask any more.
func TestWaiting(t *testing.T) {
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	pool, err := postgres.Open(ctx, address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	waits := func(want map[string]int) {
		t.Helper()
		got, err := quotas.Waiting(ctx, pool)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%v wait (%v), want %v", got, err, want)
		}
	}
	waits(map[string]int{}) // there are no tables
	d, err := quotas.Open(ctx, address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	few := quotas.Limits{Account: quotas.Quota{PerMinute: 5, Burst: 5}, Project: quotas.Quota{PerMinute: 50, Burst: 50}}
	north := d.Of(quotas.Options{Department: "north", Limits: map[string]quotas.Limits{"reads": few, "writes": few}})
	take := func(class string, n int) (granted int) {
		t.Helper()
		_, granted, _, err := north.Take(ctx, class, []string{"a@p.iam.gserviceaccount.com"}, n)
		if err != nil {
			t.Fatal(err)
		}
		return granted
	}
	if n := take("reads", 3); n != 3 {
		t.Fatalf("%d calls were granted", n)
	}
	waits(map[string]int{})
	got := take("reads", 9) + take("writes", 7)
	waits(map[string]int{"north": 16 - got})
	if _, err := pool.Exec(ctx, `UPDATE svodka_quotas.waiting SET until = clock_timestamp()`); err != nil {
		t.Fatal(err)
	}
	waits(map[string]int{})
}
