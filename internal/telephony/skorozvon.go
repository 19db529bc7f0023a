// Package telephony asks telephony services for their call logs: so far Скорозвон.
//
// It is an edge: it makes HTTP calls and nothing else. Package calls knows what a call
// means, and the worker stores calls. Neither errors nor logs name secrets, phones or
// people.
package telephony

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calls"
	"svodka/internal/kpi"
)

// Rates of Скорозвон, as seen by public clients (domain 4).
const (
	// ReportGap is the least time between two reports.
	ReportGap = 5 * time.Second
	// LeastPause and MostPause bound the wait after a 429, whatever Retry-After says.
	LeastPause = 60 * time.Second
	MostPause  = 180 * time.Second

	// pageLength is what public clients request without being refused. The service may
	// return shorter pages: its count of pages decides.
	pageLength = 500
	// MostPages limits how much is read at once, to a minute's worth: a longer stretch of
	// time is cut, so that what was read can be stored bit by bit.
	MostPages = 12
	// shortest is the shortest stretch of time: it is not cut further.
	shortest = time.Minute

	attempts = 5
	// rereads limits how often a report is reread because calls arrived while its pages
	// were being read.
	rereads = 3
	// userPages limits the reading of the list of users, 100 a page.
	userPages = 50
)

// SkorozvonOptions configure a client.
type SkorozvonOptions struct {
	URL                                      string // without a path
	Username, APIKey, ClientID, ClientSecret string
	HTTP                                     *http.Client
	Now                                      func() time.Time
	Sleep                                    func(context.Context, time.Duration) error
}

// Skorozvon reads the call log of Скорозвон. It is not safe for concurrent use.
type Skorozvon struct {
	o     SkorozvonOptions
	token string
	last  time.Time         // time of the last report
	names map[string]string // names of users, by id; empty: the service does not know them
}

// NewSkorozvon returns a client; it makes no request.
func NewSkorozvon(o SkorozvonOptions) *Skorozvon {
	o.URL = strings.TrimSuffix(o.URL, "/")
	return &Skorozvon{o: o}
}

// ErrCredentials means that Скорозвон does not know the account.
var ErrCredentials = fmt.Errorf("%s refuses the credentials (check SVODKA_SKOROZVON_USERNAME, _API_KEY, _CLIENT_ID "+
	"and _CLIENT_SECRET)", calls.Skorozvon.Title())

// errRefused is a refusal that trying again would not change.
var errRefused = errors.New("it answers")

// Source returns the source of its calls.
func (s *Skorozvon) Source() calls.Source { return calls.Skorozvon }

// Calls returns the calls that began in [from, until), each once. until is to, or an
// earlier moment if there are more than MostPages of them. Times without a zone stay
// floating.
func (s *Skorozvon) Calls(ctx context.Context, from, to time.Time) (list []calls.Call, until time.Time, err error) {
	for try := 1; ; {
		list, steady, pages, err := s.pages(ctx, from, to)
		if err == nil && pages > MostPages && to.Sub(from) > shortest {
			part := time.Duration(float64(to.Sub(from)) * MostPages / float64(pages)).Truncate(shortest)
			to = from.Add(max(part, shortest))
			continue
		}
		// Calls that arrived meanwhile have moved others from page to page: one may have
		// been missed.
		if err == nil && !steady && try < rereads {
			try++
			continue
		}
		if err == nil {
			err = s.name(ctx, list)
		}
		if err != nil {
			return nil, from, fmt.Errorf("reading the calls of Скорозвон from %s to %s: %w",
				from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), err)
		}
		return list, to, nil
	}
}

// pages reads the pages of a report or, if it has too many, only the first. steady says
// that the report did not change meanwhile.
func (s *Skorozvon) pages(ctx context.Context, from, to time.Time) (list []calls.Call, steady bool, pages int,
	err error) {
	place := map[string]int{}
	total := -1
	steady = true
	for page := 1; ; page++ {
		r, err := s.report(ctx, from, to, page)
		if err != nil {
			return nil, false, 0, err
		}
		pages = r.TotalPages
		if page == 1 && pages > MostPages && to.Sub(from) > shortest {
			return nil, false, pages, nil
		}
		if total >= 0 && r.Total != total {
			steady = false
		}
		total = r.Total
		for _, row := range r.Data {
			c, err := row.call()
			if err != nil {
				return nil, false, 0, err
			}
			if i, twice := place[c.ID]; twice {
				list[i] = c
				continue
			}
			place[c.ID] = len(list)
			list = append(list, c)
		}
		if page >= r.TotalPages || len(r.Data) == 0 {
			return list, steady && len(list) >= total, pages, nil
		}
	}
}

// name fills in the names of operators of whom calls have only the id. It requests the
// users when it meets an unknown one.
func (s *Skorozvon) name(ctx context.Context, list []calls.Call) error {
	nameless := func(c calls.Call) bool { return c.Operator.ID != "" && c.Operator.Name == "" }
	unknown := slices.ContainsFunc(list, func(c calls.Call) bool {
		_, asked := s.names[c.Operator.ID]
		return nameless(c) && !asked
	})
	if unknown {
		users, err := s.users(ctx)
		// An account may be allowed to see calls but not users: then ids must do.
		if err != nil && !errors.Is(err, errRefused) {
			return err
		}
		s.names = users
	}
	for i, c := range list {
		if !nameless(c) {
			continue
		}
		if _, known := s.names[c.Operator.ID]; !known {
			s.names[c.Operator.ID] = "" // do not ask again
		}
		list[i].Operator.Name = s.names[c.Operator.ID]
	}
	return nil
}

// users returns the names of the account's users by id, locked ones included: their calls
// still exist.
func (s *Skorozvon) users(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	for page := 1; page <= userPages; page++ {
		answer, err := s.ask(ctx, http.MethodGet, fmt.Sprintf("/api/v2/users?length=100&page=%d", page), nil)
		if err != nil {
			return names, fmt.Errorf("users, page %d: %w", page, err)
		}
		var got struct {
			Data []struct {
				ID   text `json:"id"`
				Name text `json:"name"`
			} `json:"data"`
			Pagination struct {
				TotalPages int `json:"total_pages"`
			} `json:"pagination"`
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return nil, fmt.Errorf("users, page %d is not understood: %w", page, err)
		}
		for _, u := range got.Data {
			names[string(u.ID)] = strings.Join(strings.Fields(string(u.Name)), " ")
		}
		if page >= got.Pagination.TotalPages || len(got.Data) == 0 {
			break
		}
	}
	return names, nil
}

// text reads a JSON string, number or null as text.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	}
	*t = text(b)
	return nil
}

func (t text) num() (kpi.Num, error) {
	if t == "" {
		return kpi.Num{}, nil
	}
	v, err := strconv.ParseFloat(string(t), 64)
	if err != nil || !(v >= 0) {
		return kpi.Num{}, fmt.Errorf("%q is no number", string(t))
	}
	return kpi.Some(v), nil
}

type report struct {
	Data       []row `json:"data"`
	Total      int   `json:"total"`
	TotalPages int   `json:"total_pages"`
}

// row is a call of a report. Its phone number is not read.
type row struct {
	ID        text `json:"id"`
	StartedAt text `json:"started_at"`
	Duration  text `json:"duration"`
	Waiting   text `json:"waiting_time"`
	Durations struct {
		WithoutHolding text `json:"without_holding"`
	} `json:"durations"`
	User struct {
		ID   text `json:"id"`
		Name text `json:"name"`
	} `json:"user"`
	Group struct {
		Name text `json:"name"`
	} `json:"scenario_result_group"`
	Type text `json:"call_type"`
	Cost text `json:"cost"`
}

func (r row) call() (calls.Call, error) {
	c := calls.Call{
		ID: string(r.ID), Source: calls.Skorozvon,
		Operator:  calls.Operator{ID: string(r.User.ID), Name: strings.Join(strings.Fields(string(r.User.Name)), " ")},
		Direction: calls.SkorozvonType(string(r.Type)), Success: calls.SkorozvonSuccess(string(r.Group.Name)),
	}
	if c.ID == "" {
		return c, errors.New("a call has no id")
	}
	var ok bool
	if c.Started, c.Floating, ok = calls.ParseTime(string(r.StartedAt)); !ok {
		return c, fmt.Errorf("call %s: started_at %q is no time", c.ID, string(r.StartedAt))
	}
	var nums [4]kpi.Num
	for i, t := range []text{r.Duration, r.Durations.WithoutHolding, r.Waiting, r.Cost} {
		n, err := t.num()
		if err != nil {
			return c, fmt.Errorf("call %s: %w", c.ID, err)
		}
		nums[i] = n
	}
	c.Skorozvon(nums[0], nums[1], nums[2])
	c.Cost = nums[3]
	return c.Settled(), nil
}

// report requests one page.
func (s *Skorozvon) report(ctx context.Context, from, to time.Time, page int) (report, error) {
	var out report
	body, err := json.Marshal(map[string]any{
		"start_time": from.Unix(), "end_time": to.Unix(), "page": page, "length": pageLength,
		"filter": map[string]any{"users_ids": "all", "types": "all", "results_ids": "all",
			"scenarios_ids": "all", "tags_ids": "all"},
		"selected_fields": []string{"id", "started_at", "duration", "waiting_time", "durations", "user",
			"scenario_result_group", "call_type", "cost"},
	})
	if err != nil {
		return out, fmt.Errorf("asking for page %d: %w", page, err)
	}
	if wait := s.last.Add(ReportGap).Sub(s.o.Now()); !s.last.IsZero() && wait > 0 {
		if err := s.o.Sleep(ctx, wait); err != nil {
			return out, err
		}
	}
	answer, err := s.ask(ctx, http.MethodPost, "/api/reports/calls_total.json", body)
	s.last = s.o.Now()
	if err != nil {
		return out, fmt.Errorf("page %d: %w", page, err)
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fmt.Errorf("page %d is not understood: %w", page, err)
	}
	return out, nil
}

// ask makes a signed-in request until it is answered: it renews an expired token once,
// and waits after failures that may pass.
func (s *Skorozvon) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	renewed := false
	for try := 1; ; try++ {
		if s.token == "" {
			if err := s.login(ctx); err != nil {
				return nil, err
			}
		}
		status, header, answer, err := s.send(ctx, method, path, "application/json", body)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil && status == http.StatusOK:
			return answer, nil
		case err == nil && status == http.StatusUnauthorized && !renewed:
			s.token, renewed = "", true
			try--
			continue
		case err == nil && status == http.StatusUnauthorized:
			return nil, ErrCredentials
		case err == nil && status != http.StatusTooManyRequests && status < 500:
			return nil, fmt.Errorf("%w %d", errRefused, status)
		case try == attempts && err != nil:
			return nil, err
		case try == attempts:
			return nil, fmt.Errorf("it still answers %d after %d tries", status, attempts)
		}
		if err := s.o.Sleep(ctx, Pause(try, status, header, s.o.Now())); err != nil {
			return nil, err
		}
	}
}

// Pause returns how long to wait after a failed try, counted from 1: after a 429 as long
// as Retry-After says, within LeastPause and MostPause; else twice as long each time.
// status is 0 if there was no answer.
func Pause(try, status int, header http.Header, now time.Time) time.Duration {
	if status != http.StatusTooManyRequests {
		return ReportGap << min(try-1, 4)
	}
	wait := LeastPause
	switch s := header.Get("Retry-After"); {
	case s == "":
	default:
		if n, err := strconv.Atoi(s); err == nil {
			wait = time.Duration(min(n, 86400)) * time.Second
		} else if t, err := http.ParseTime(s); err == nil {
			wait = t.Sub(now)
		}
	}
	return min(max(wait, LeastPause), MostPause)
}

// login requests a token, which lasts about two hours.
func (s *Skorozvon) login(ctx context.Context) error {
	form := url.Values{
		"grant_type": {"password"}, "username": {s.o.Username}, "api_key": {s.o.APIKey},
		"client_id": {s.o.ClientID}, "client_secret": {s.o.ClientSecret},
	}
	for try := 1; ; try++ {
		status, header, answer, err := s.send(ctx, http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded",
			[]byte(form.Encode()))
		var got struct {
			Token string `json:"access_token"`
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && status == http.StatusOK:
			if err := json.Unmarshal(answer, &got); err != nil || got.Token == "" {
				return errors.New("the answer to the sign-in holds no token")
			}
			s.token = got.Token
			return nil
		case err == nil && status != http.StatusTooManyRequests && status < 500:
			return ErrCredentials
		case try == attempts && err != nil:
			return fmt.Errorf("signing in: %w", err)
		case try == attempts:
			return fmt.Errorf("signing in: it still answers %d after %d tries", status, attempts)
		}
		if err := s.o.Sleep(ctx, Pause(try, status, header, s.o.Now())); err != nil {
			return err
		}
	}
}

// mostAnswer limits an answer, in bytes: a page of calls has some 100 kB.
const mostAnswer = 32 << 20

func (s *Skorozvon) send(ctx context.Context, method, path, kind string, body []byte) (status int, header http.Header,
	answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.o.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("asking %s: %w", path, err)
	}
	req.Header.Set("Content-Type", kind)
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := s.o.HTTP.Do(req)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("asking %s: %w", path, err)
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return 0, nil, nil, fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	return res.StatusCode, res.Header, answer, nil
}
