package telephony_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/calls"
	"svodka/internal/kpi"
	"svodka/internal/telephony"
)

// service behaves like Скорозвон: tokens expire, reports have pages, newest calls come
// first.
type service struct {
	t       *testing.T
	clock   time.Time
	slept   []time.Duration
	tokens  int
	expires time.Time
	reports int
	ids     []int
	spread  bool                    // the nth call began n seconds after the hour that read asks for; else all in it
	longest int                     // rows in a page at most; 0: as many as asked for
	users   int                     // how often the list of users was read
	forbids bool                    // refuses the list of users
	unnamed bool                    // calls have no names of users
	answers []int                   // statuses of the next reports; 0: as usual
	arrive  func(s *service, n int) // called before the nth report is answered
	wrong   bool
	asked   time.Time // start of the time that read asks for
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/oauth/token":
		if err := r.ParseForm(); err != nil {
			s.t.Error(err)
		}
		want := map[string]string{"grant_type": "password", "username": "boss", "api_key": "key", "client_id": "id",
			"client_secret": "secret"}
		for k, v := range want {
			if r.PostForm.Get(k) != v {
				s.t.Errorf("%s is %q", k, r.PostForm.Get(k))
			}
		}
		if s.wrong {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.tokens++
		s.expires = s.clock.Add(2 * time.Hour)
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer"}`, s.tokens)
	case "/api/reports/calls_total.json":
		s.reports++
		if s.clock.After(s.expires) || r.Header.Get("Authorization") != fmt.Sprintf("Bearer t%d", s.tokens) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if len(s.answers) > 0 {
			status := s.answers[0]
			s.answers = s.answers[1:]
			if status != 0 {
				if status == http.StatusTooManyRequests {
					w.Header().Set("Retry-After", "90")
				}
				w.WriteHeader(status)
				return
			}
		}
		if s.arrive != nil {
			s.arrive(s, s.reports)
		}
		var q struct {
			Page, Length int
			Start        int64 `json:"start_time"`
			End          int64 `json:"end_time"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Start >= q.End {
			s.t.Errorf("%+v, %v", q, err)
		}
		if s.longest > 0 {
			q.Length = min(q.Length, s.longest)
		}
		newest := slices.Clone(s.ids)
		if s.spread {
			hour := s.asked.Unix()
			newest = slices.DeleteFunc(newest, func(id int) bool {
				return hour+int64(id) < q.Start || hour+int64(id) >= q.End
			})
		}
		slices.SortFunc(newest, func(a, b int) int { return b - a })
		from, to := min((q.Page-1)*q.Length, len(newest)), min(q.Page*q.Length, len(newest))
		var rows []map[string]any
		user := map[string]any{"id": 9, "name": "Иванова Анна"}
		if s.unnamed {
			delete(user, "name")
		}
		for _, id := range newest[from:to] {
			rows = append(rows, map[string]any{
				"id": id, "started_at": "2026-05-15 07:20:30", "duration": 80, "waiting_time": 12,
				"durations": map[string]any{"without_holding": 75, "billed": 120},
				"user":      user, "scenario_result_group": map[string]any{"id": 1, "name": "Успешные"},
				"call_type": "outgoing", "cost": "2.10", "phone": "+79990000000",
			})
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"data": rows, "total": len(newest),
			"total_pages": (len(newest) + q.Length - 1) / q.Length}); err != nil {
			s.t.Error(err)
		}
	case "/api/v2/users":
		s.users++
		if s.forbids {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		page := `{"data":[{"id":8,"name":"Петров","locked":false}],"pagination":{"page":1,"total_pages":2}}`
		if r.Method != http.MethodGet || r.FormValue("length") != "100" {
			s.t.Errorf("%s %s", r.Method, r.URL)
		}
		if r.FormValue("page") == "2" {
			page = `{"data":[{"id":9,"name":" Иванова  Анна","locked":true}],"pagination":{"page":2,"total_pages":2}}`
		}
		fmt.Fprint(w, page)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func start(t *testing.T, calls int) (*service, *telephony.Skorozvon) {
	s := &service{t: t, clock: time.Date(2026, 5, 15, 10, 0, 0, 0, time.UTC)}
	for i := range calls {
		s.ids = append(s.ids, i+1)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, telephony.NewSkorozvon(telephony.SkorozvonOptions{
		URL: srv.URL, Username: "boss", APIKey: "key", ClientID: "id", ClientSecret: "secret", HTTP: srv.Client(),
		Now: func() time.Time { return s.clock },
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.slept = append(s.slept, d)
			s.clock = s.clock.Add(d)
			return ctx.Err()
		},
	})
}

func read(t *testing.T, s *service, c *telephony.Skorozvon, want int) []calls.Call {
	t.Helper()
	s.asked = s.clock.Add(-time.Hour)
	var list []calls.Call
	for from, to := s.asked, s.clock; from.Before(to); {
		part, until, err := c.Calls(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		if !until.After(from) || until.After(to) {
			t.Fatalf("asked from %s to %s, answered until %s", from, to, until)
		}
		list, from = append(list, part...), until
	}
	ids := map[string]bool{}
	for _, x := range list {
		ids[x.ID] = true
	}
	if len(list) != want || len(ids) != want {
		t.Errorf("%d calls, %d of them different, want %d", len(list), len(ids), want)
	}
	return list
}

func TestPagesAtTheirPace(t *testing.T) {
	s, c := start(t, 1250)
	list := read(t, s, c, 1250)
	want := calls.Call{
		ID: "1250", Source: calls.Skorozvon, Started: time.Date(2026, 5, 15, 7, 20, 30, 0, time.UTC), Floating: true,
		Operator: calls.Operator{ID: "9", Name: "Иванова Анна"}, Direction: calls.Outgoing, Total: kpi.Some(92),
		Talk: kpi.Some(75), Wait: kpi.Some(12),
		Answer: calls.Answered, Success: true, Cost: kpi.Some(2.1),
	}
	if list[0] != want {
		t.Errorf("%+v\nwant %+v", list[0], want)
	}
	if s.tokens != 1 || s.reports != 3 ||
		!slices.Equal(s.slept, []time.Duration{telephony.ReportGap, telephony.ReportGap}) {
		t.Errorf("%d tokens, %d reports, slept %v", s.tokens, s.reports, s.slept)
	}
}

// Calls that arrive between two pages move others to a page that was already read.
func TestCallsArriveMeanwhile(t *testing.T) {
	s, c := start(t, 600)
	s.arrive = func(s *service, n int) {
		if n == 2 {
			s.ids = append(s.ids, 601, 602)
		}
	}
	read(t, s, c, 602)
	if s.reports != 4 {
		t.Errorf("%d reports", s.reports)
	}
}

// A service with fewer calls a page than requested is read to the end.
func TestShortPages(t *testing.T) {
	s, c := start(t, 250)
	s.longest = 100
	read(t, s, c, 250)
	if s.reports != 3 {
		t.Errorf("%d reports", s.reports)
	}
}

// A stretch with too many calls is cut: an answer never has more than a minute's worth,
// and nothing gets lost between the parts.
func TestLongReportsAreCut(t *testing.T) {
	s, c := start(t, 3000)
	s.spread, s.longest = true, 100
	read(t, s, c, 3000)
	// 30 pages in three parts; the cuts cost a page each.
	if s.reports < 30 || s.reports > 36 {
		t.Errorf("%d reports", s.reports)
	}
	s.reports, s.asked = 0, s.clock.Add(-time.Hour)
	part, until, err := c.Calls(t.Context(), s.asked, s.clock)
	if err != nil || len(part) > telephony.MostPages*100 || !until.Before(s.clock) ||
		s.reports > telephony.MostPages+2 {
		t.Errorf("%d calls until %s by %d reports, %v", len(part), until, s.reports, err)
	}
}

// Operators whom calls name only by id get their names from the list of users, which is
// read when an unknown one occurs; without permission to read it, ids must do.
func TestNamesOfUsers(t *testing.T) {
	s, c := start(t, 5)
	s.unnamed = true
	for range 2 {
		if list := read(t, s, c, 5); list[0].Operator != (calls.Operator{ID: "9", Name: "Иванова Анна"}) {
			t.Errorf("%+v", list[0].Operator)
		}
	}
	if s.users != 2 {
		t.Errorf("%d pages of users read, want 2", s.users)
	}
	s, c = start(t, 5)
	s.unnamed, s.forbids = true, true
	for range 2 {
		if list := read(t, s, c, 5); list[0].Operator != (calls.Operator{ID: "9"}) {
			t.Errorf("%+v", list[0].Operator)
		}
	}
	if s.users != 1 {
		t.Errorf("%d times refused, want 1", s.users)
	}
	s, c = start(t, 5)
	if read(t, s, c, 5); s.users != 0 {
		t.Error("users were read though all have names")
	}
}

// An expired token is renewed once; refused credentials are reported.
func TestTokens(t *testing.T) {
	s, c := start(t, 5)
	read(t, s, c, 5)
	s.clock = s.clock.Add(3 * time.Hour)
	read(t, s, c, 5)
	if s.tokens != 2 {
		t.Errorf("%d tokens", s.tokens)
	}
	s.answers = []int{http.StatusUnauthorized, http.StatusUnauthorized}
	if _, _, err := c.Calls(t.Context(), s.clock.Add(-time.Hour), s.clock); !errors.Is(err, telephony.ErrCredentials) {
		t.Error(err)
	}
	s, c = start(t, 5)
	s.wrong = true
	_, _, err := c.Calls(t.Context(), s.clock.Add(-time.Hour), s.clock)
	if !errors.Is(err, telephony.ErrCredentials) {
		t.Error(err)
	}
	for _, secret := range []string{"boss", "=key", "=secret"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}

func TestTroubles(t *testing.T) {
	s, c := start(t, 5)
	s.answers = []int{429, 503, 0}
	read(t, s, c, 5)
	if !slices.Contains(s.slept, 90*time.Second) {
		t.Errorf("slept %v", s.slept)
	}
	s, c = start(t, 5)
	s.answers = []int{500, 500, 500, 500, 500, 500}
	if _, _, err := c.Calls(t.Context(), s.clock.Add(-time.Hour), s.clock); err == nil || s.reports != 5 {
		t.Errorf("%v after %d reports", err, s.reports)
	}
	s, c = start(t, 5)
	s.answers = []int{404}
	if _, _, err := c.Calls(t.Context(), s.clock.Add(-time.Hour), s.clock); err == nil || s.reports != 1 {
		t.Errorf("%v after %d reports", err, s.reports)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := c.Calls(ctx, s.clock.Add(-time.Hour), s.clock); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPause(t *testing.T) {
	now := time.Date(2026, 5, 15, 10, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		try, status int
		after       string
		want        time.Duration
	}{
		{1, 429, "", 60 * time.Second}, {1, 429, "5", 60 * time.Second}, {1, 429, "100", 100 * time.Second},
		{1, 429, "3600", 180 * time.Second},
		{1, 429, now.Add(70 * time.Second).Format(http.TimeFormat), 70 * time.Second},
		{1, 500, "", 5 * time.Second}, {3, 500, "", 20 * time.Second}, {2, 0, "", 10 * time.Second},
	} {
		if got := telephony.Pause(tc.try, tc.status, http.Header{"Retry-After": {tc.after}}, now); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}
