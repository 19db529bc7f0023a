package google_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// mill answers calls after a while and records when they came, and from whom.
type mill struct {
	mu    sync.Mutex
	took  time.Duration
	came  map[string][]time.Time // by user
	total []time.Time
	busy  map[string]int // calls under way, by path
	most  int            // the highest count of calls under way for one path
	fail  func(n int, user string) *http.Response
}

func (m *mill) as(user string) *http.Client {
	return &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		m.mu.Lock()
		if m.came == nil {
			m.came, m.busy = map[string][]time.Time{}, map[string]int{}
		}
		m.came[user] = append(m.came[user], time.Now())
		m.total = append(m.total, time.Now())
		m.busy[r.URL.Path]++
		m.most = max(m.most, m.busy[r.URL.Path])
		var bad *http.Response
		if m.fail != nil {
			bad = m.fail(len(m.total), user)
		}
		m.mu.Unlock()
		time.Sleep(m.took)
		m.mu.Lock()
		m.busy[r.URL.Path]--
		m.mu.Unlock()
		if bad != nil {
			return bad, nil
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(everything)),
			Request: r}, nil
	})}
}

func response(status int, body string, header http.Header) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// quotaBody returns Sheets' answer when a quota is used up.
func quotaBody(limit string) string {
	return `{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","metadata":{"quota_limit":"` + limit + `"}}]}}`
}

// busiest returns the greatest number of calls in any 60 seconds.
func busiest(at []time.Time) int {
	most := 0
	for i := range at {
		n := 0
		for _, t := range at[i:] {
			if t.Sub(at[i]) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func limited(t *testing.T, m *mill, l google.Limits, users ...string) *google.Client {
	t.Helper()
	o := google.Options{Endpoint: "http://google.test", Limits: l}
	for _, u := range users {
		o.Identities = append(o.Identities, google.Identity{Name: u, HTTP: m.as(u)})
	}
	c, err := google.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crowd makes n calls from k goroutines.
func crowd(k, n int, do func(i int)) {
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range k {
		wg.Go(func() {
			for i := range jobs {
				do(i)
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
}

// TestQuotaIsTheOnlyLimit: n writes take only as long as the quota requires, and no
// minute has more of them than Google allows.
func TestQuotaIsTheOnlyLimit(t *testing.T) {
	for _, c := range []struct {
		users, calls    int
		least, most     time.Duration
		perUser, inAll  int // the most in any minute
		sharesOfTheLoad int // the least that any user makes
	}{
		{1, 1, 0, 0, 1, 1, 1},
		{1, 25, 0, 0, 25, 25, 25},                                   // a burst after a rest
		{1, 50, 30 * time.Second, 30 * time.Second, 50, 50, 50},     // the minute's calls
		{1, 51, 60 * time.Second, 61 * time.Second, 50, 51, 51},     // one more waits for the next minute
		{1, 500, 9 * time.Minute, 10 * time.Minute, 50, 50, 500},    // 50 a minute
		{2, 500, 4 * time.Minute, 5 * time.Minute, 50, 100, 240},    // twice that
		{5, 1000, 3 * time.Minute, 4 * time.Minute, 50, 250, 190},   // five times
		{8, 1400, 240 * time.Second, 5 * time.Minute, 50, 280, 170}, // the project's cap
	} {
		t.Run(fmt.Sprintf("%d users %d calls", c.users, c.calls), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mill{took: 10 * time.Millisecond}
				var users []string
				for i := range c.users {
					users = append(users, fmt.Sprintf("u%d@example.com", i))
				}
				client := limited(t, m, google.GoogleLimits(), users...)
				started := time.Now()
				crowd(64, c.calls, func(i int) {
					if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
						t.Error(err)
					}
				})
				slack := 100 * time.Millisecond
				if took := time.Since(started); took < c.least || took > c.most+slack {
					t.Errorf("took %v, want %v to %v", took, c.least, c.most)
				}
				for _, u := range users {
					if n := busiest(m.came[u]); n > c.perUser {
						t.Errorf("%s made %d calls in a minute", u, n)
					}
					if n := len(m.came[u]); n < c.sharesOfTheLoad {
						t.Errorf("%s made %d calls of %d", u, n, c.calls)
					}
				}
				if n := busiest(m.total); n > c.inAll {
					t.Errorf("%d calls in a minute", n)
				}
				same(t, "calls", google.Calls{SheetsWrite: c.calls}, client.Calls())
			})
		})
	}
}

// TestTimeAhead: the client predicts to the second how long the rest takes.
func TestTimeAhead(t *testing.T) {
	for _, users := range []int{1, 5, 8} {
		synctest.Test(t, func(t *testing.T) {
			m := &mill{}
			var names []string
			for i := range users {
				names = append(names, fmt.Sprintf("u%d@example.com", i))
			}
			client := limited(t, m, google.GoogleLimits(), names...)
			const calls = 400
			said := map[int]time.Duration{}
			began := time.Now()
			for i := range calls {
				if i%57 == 0 {
					left, perMinute := client.Writes(calls - i)
					said[i] = left
					if want := min(50*users, 280); perMinute != want {
						t.Errorf("%d writes a minute, want %d", perMinute, want)
					}
					// Asking changes nothing.
					if again, _ := client.Writes(calls - i); again != left {
						t.Errorf("asked again it is %v, was %v", again, left)
					}
					said[i] += time.Since(began)
				}
				if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
					t.Fatal(err)
				}
			}
			took := time.Since(began)
			for i, end := range said {
				if d := (end - took).Abs(); d > time.Second {
					t.Errorf("%d users: after %d calls the end was said to be at %v, it was at %v", users, i, end, took)
				}
			}
			if left, perMinute := limited(t, m, google.Limits{}, "u").Reads(100); left != 0 || perMinute != 0 {
				t.Errorf("without limits: %v, %d", left, perMinute)
			}
		})
	}
}

// TestLongRunsAreEven: after the first minute calls come one by one.
func TestLongRunsAreEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{}
		client := limited(t, m, google.GoogleLimits(), "u@example.com")
		crowd(8, 200, func(i int) {
			if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
				t.Error(err)
			}
		})
		for i := 51; i < 200; i++ {
			if d := m.total[i].Sub(m.total[i-1]); d < time.Second {
				t.Fatalf("calls %d and %d are %v apart", i, i+1, d)
			}
		}
		// After a rest there is a burst again.
		time.Sleep(2 * time.Minute)
		before := time.Now()
		for i := range 20 {
			if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("20 calls after a rest took %v", took)
		}
	})
}

// TestClassesHaveQuotasOfTheirOwn: reads do not wait for writes.
func TestClassesHaveQuotasOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{}
		client := limited(t, m, google.GoogleLimits(), "u@example.com")
		started := time.Now()
		crowd(8, 50, func(i int) {
			if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
				t.Error(err)
			}
		})
		mid := time.Since(started)
		crowd(8, 25, func(i int) {
			if _, err := client.Columns(t.Context(), fmt.Sprint(i), []int64{7}); err != nil {
				t.Error(err)
			}
			if _, err := client.Get(t.Context(), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
		if took := time.Since(started); mid != 30*time.Second || took != mid {
			t.Errorf("the writes took %v, then reads %v more", mid, took-mid)
		}
	})
}

// TestWritesToOneSpreadsheet come one at a time and a second apart; writes to other
// spreadsheets do not wait for them.
func TestWritesToOneSpreadsheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{took: 3 * time.Second}
		client := limited(t, m, google.GoogleLimits(), "u@example.com", "v@example.com")
		started := time.Now()
		crowd(4, 4, func(int) {
			if err := client.Apply(t.Context(), "one", setCells); err != nil {
				t.Error(err)
			}
		})
		if took := time.Since(started); took != 15*time.Second || m.most != 1 {
			t.Errorf("4 writes of 3 s took %v, %d at once", took, m.most)
		}
		started = time.Now()
		crowd(4, 4, func(i int) {
			if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
				t.Error(err)
			}
		})
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("writes to four spreadsheets took %v", took)
		}
	})
}

// TestRefusalPausesAll: after a 429 no call asks again before the time that Google named,
// and then not all at once.
func TestRefusalPausesAll(t *testing.T) {
	for _, c := range []struct {
		name   string
		header http.Header
		least  time.Duration
	}{
		{"without a time", nil, 4 * time.Second},
		{"with a time", http.Header{"Retry-After": {"40"}}, 40 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mill{took: 100 * time.Millisecond, fail: func(n int, _ string) *http.Response {
					if n > 8 && n <= 16 { // a whole wave that is under way
						return response(429, quotaBody("WriteRequestsPerMinutePerUser"), c.header)
					}
					return nil
				}}
				var log strings.Builder
				client, err := google.New(t.Context(), google.Options{
					Endpoint: "http://google.test", HTTP: m.as("u"), Limits: google.GoogleLimits(),
					Log: slog.New(slog.NewTextHandler(&log, nil)),
				})
				if err != nil {
					t.Fatal(err)
				}
				crowd(8, 24, func(i int) {
					if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
						t.Error(err)
					}
				})
				if len(m.total) != 32 {
					t.Fatalf("%d calls, want 24 and 8 again", len(m.total))
				}
				if d := m.total[16].Sub(m.total[15]); d < c.least {
					t.Errorf("asked again after %v", d)
				}
				for i := 17; i < 32; i++ {
					if d := m.total[i].Sub(m.total[i-1]); d < time.Second {
						t.Errorf("calls %d and %d after the pause are %v apart", i, i+1, d)
					}
				}
				if !strings.Contains(log.String(), `api="sheets write"`) ||
					!strings.Contains(log.String(), "level=WARN") {
					t.Errorf("log: %s", log.String())
				}
			})
		})
	}
}

// TestRefusalOfOneAccount sends calls to the other accounts; a refusal for the project
// stops all.
func TestRefusalOfOneAccount(t *testing.T) {
	for _, c := range []struct {
		limit   string
		at      []string // users asked, in turn
		waiting bool
	}{
		{"ReadRequestsPerMinutePerUser", []string{"u", "v", "v", "v"}, false},
		{"ReadRequestsPerMinutePerProject", []string{"u", "u", "u", "u"}, true},
	} {
		t.Run(c.limit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var users []string
				m := &mill{fail: func(n int, user string) *http.Response {
					users = append(users, user)
					if n == 1 {
						return response(429, quotaBody(c.limit), http.Header{"Retry-After": {"3000"}})
					}
					return nil
				}}
				client := limited(t, m, google.GoogleLimits(), "u", "v")
				_, err := client.Columns(t.Context(), "1", []int64{7})
				if !c.waiting {
					for range 2 {
						if err != nil {
							t.Error(err)
						}
						_, err = client.Columns(t.Context(), "1", []int64{7})
					}
					same(t, "users", c.at, users)
					return
				}
				// No call waits for most of an hour, or asks meanwhile.
				for range 2 {
					var e *google.Error
					if !errors.As(err, &e) || e.Kind != google.Throttled || e.RetryIn < 49*time.Minute || e.Hint == "" {
						t.Errorf("error %#v", e)
					}
					_, err = client.Columns(t.Context(), "1", []int64{7})
				}
				same(t, "users", []string{"u"}, users)
				time.Sleep(51 * time.Minute)
				if _, err := client.Columns(t.Context(), "1", []int64{7}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestWaitForQuotaIsGivenUp: it ends with its context, at once, and sends nothing.
func TestWaitForQuotaIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{}
		client := limited(t, m, google.GoogleLimits(), "u@example.com")
		crowd(8, 50, func(i int) {
			if err := client.Apply(t.Context(), fmt.Sprint(i), setCells); err != nil {
				t.Error(err)
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		started := time.Now()
		crowd(8, 8, func(int) { // one waits for the quota, the others for their turn or the spreadsheet
			err := client.Apply(ctx, "same", insert)
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, google.ErrAmbiguous) {
				t.Errorf("error %v", err)
			}
		})
		if took := time.Since(started); took != 5*time.Second || len(m.total) != 50 {
			t.Errorf("gave up after %v and %d calls", took, len(m.total))
		}
		if err := client.Apply(t.Context(), "same", insert); err != nil {
			t.Error(err)
		}
		if at := m.total[50].Sub(m.total[0]); at != time.Minute {
			t.Errorf("the next call came after %v: those who gave up took quota", at)
		}
	})
}

// TestSleepsThatDoNotWait: a clock that stands still must not make a call wait
// for ever.
func TestSleepsThatDoNotWait(t *testing.T) {
	m := &mill{}
	client, err := google.New(t.Context(), google.Options{
		Endpoint: "http://google.test", HTTP: m.as("u"), Limits: google.GoogleLimits(),
		Now:   func() time.Time { return now },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if err := client.Apply(t.Context(), "1", setCells); err != nil {
			t.Fatal(err)
		}
	}
}

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mill{took: time.Second, fail: func(n int, _ string) *http.Response {
			if n == 1 {
				return response(503, "", nil)
			}
			return nil
		}}
		var seen []google.Call
		client, err := google.New(t.Context(), google.Options{
			Endpoint: "http://google.test", HTTP: m.as("u"),
			Limits:  google.Limits{User: google.Rates{Writes: google.Quota{PerMinute: 6, Burst: 1}}},
			Rand:    func() float64 { return 0 },
			Observe: func(c google.Call) { seen = append(seen, c) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Apply(t.Context(), "1", setCells); err != nil {
			t.Error(err)
		}
		if _, err := client.Get(t.Context(), "1"); err != nil {
			t.Error(err)
		}
		same(t, "seen", []google.Call{
			{API: "sheets write", Method: "sheets.spreadsheets.batchUpdate", Try: 1, Status: 503,
				Duration: time.Second},
			{API: "sheets write", Method: "sheets.spreadsheets.batchUpdate", Try: 2, Status: 200, Duration: time.Second,
				QuotaWait: 8500 * time.Millisecond},
			{API: "drive", Method: "drive.files.get", Try: 1, Status: 200, Duration: time.Second},
		}, seen)
	})
}

// TestEveryCallHasAMethod for the metrics.
func TestEveryCallHasAMethod(t *testing.T) {
	var methods []string
	b := newBench(t, ok(everything))
	client, err := google.New(t.Context(), google.Options{
		HTTP: &http.Client{Transport: b.script}, Endpoint: "http://google.test", FolderID: "f",
		Observe: func(c google.Call) { methods = append(methods, c.Method) },
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.StartToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Changes(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := client.Share(t.Context(), "1", "a@example.com", "writer", false); err != nil {
		t.Error(err)
	}
	if _, err := client.Permissions(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	if err := client.Unshare(t.Context(), "1", "p"); err != nil {
		t.Error(err)
	}
	client.CheckAccess(t.Context())
	slices.Sort(methods)
	same(t, "methods", []string{
		"drive.about.get", "drive.changes.getStartPageToken", "drive.changes.list", "drive.files.get",
		"drive.files.get", "drive.permissions.create", "drive.permissions.delete", "drive.permissions.list",
		"sheets.spreadsheets.get",
	}, methods)
}

// bearer shows who calls the embedded Google.
type bearer struct {
	base http.RoundTripper
	user string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.user)
	return b.base.RoundTrip(r)
}

// TestLocalQuotas makes, fills and shares spreadsheets at a Google that counts as the
// real one does: it never has to refuse, and the quota of writes alone sets the pace.
func TestLocalQuotas(t *testing.T) {
	for _, users := range []int{1, 3} {
		t.Run(fmt.Sprint(users, " users"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := localgoogle.Open(t.Context(), localgoogle.Options{Quotas: &localgoogle.Quotas{}})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}()
				o := google.Options{Endpoint: "http://localhost", Limits: google.GoogleLimits()}
				for i := range users {
					name := fmt.Sprintf("worker%d@example.com", i)
					o.Identities = append(o.Identities, google.Identity{Name: name,
						HTTP: &http.Client{Transport: bearer{s.Transport(), name}}})
				}
				// A folder that all of them may write in stands in for a shared drive.
				o.FolderID = sharedFolder(t, o.Identities)
				c, err := google.New(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				// look at the folder, as every run does first
				if _, err := c.StartToken(t.Context()); err != nil {
					t.Fatal(err)
				}
				const people = 150
				started := time.Now()
				crowd(8, people, func(i int) {
					f, err := c.Create(t.Context(), "n", map[string]string{"person": fmt.Sprint(i)})
					if err != nil {
						t.Error(err)
						return
					}
					if err := c.Apply(t.Context(), f.ID, tab(5, "T", 77, number(1))); err != nil {
						t.Error(err)
					}
					if _, err := c.Share(t.Context(), f.ID, fmt.Sprintf("p%d@example.com", i), "writer",
						false); err != nil {
						t.Error(err)
					}
				})
				took := time.Since(started)
				if most := time.Duration(people/users/50) * time.Minute; took > most || took < most-time.Minute {
					t.Errorf("took %v, the quota needs %v", took, most)
				}
				for _, call := range s.Journal().Calls() {
					if call.Status >= 400 {
						t.Errorf("%s was answered by %d", call.Method, call.Status)
					}
				}
				same(t, "calls", google.Calls{Drive: 2*people + 2, SheetsWrite: people}, c.Calls())
			})
		})
	}
}

// sharedFolder makes a folder of the first user's that all may write in.
func sharedFolder(t *testing.T, ids []google.Identity) string {
	t.Helper()
	d, err := drive.NewService(t.Context(), option.WithHTTPClient(ids[0].HTTP),
		option.WithEndpoint("http://localhost/drive/v3/"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Files.Create(&drive.File{Name: "f", MimeType: "application/vnd.google-apps.folder"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[1:] {
		if _, err := d.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: id.Name}).
			SendNotificationEmail(false).Do(); err != nil {
			t.Fatal(err)
		}
	}
	return f.Id
}
