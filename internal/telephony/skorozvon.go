// Package telephony asks telephonies for their call logs: Скорозвон so far.
//
// It is an edge: it makes HTTP calls and nothing else. What a call means is
// package calls' business, and where calls are kept the worker's. Neither errors
// nor logs of it name secrets, phones or people.
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
	"strconv"
	"strings"
	"time"

	"svodka/internal/calls"
	"svodka/internal/kpi"
)

// Paces of Скорозвон, as seen by public clients (domain 4).
const (
	// ReportGap is the least time between two reports.
	ReportGap = 5 * time.Second
	// LeastPause and MostPause bound the wait after a 429, whatever it says.
	LeastPause = 60 * time.Second
	MostPause  = 180 * time.Second

	pageLength = 100
	attempts   = 5
	// rereads is how often a report is read again because calls came into it while
	// its pages were read.
	rereads = 3
)

// SkorozvonOptions are what a client works with.
type SkorozvonOptions struct {
	URL                                      string // without a path
	Username, APIKey, ClientID, ClientSecret string
	HTTP                                     *http.Client
	Now                                      func() time.Time
	Sleep                                    func(context.Context, time.Duration) error
}

// Skorozvon reads the call log of Скорозвон. It is for one goroutine.
type Skorozvon struct {
	o     SkorozvonOptions
	token string
	last  time.Time // of the last report
}

// NewSkorozvon makes a client; nothing is asked yet.
func NewSkorozvon(o SkorozvonOptions) *Skorozvon {
	o.URL = strings.TrimSuffix(o.URL, "/")
	return &Skorozvon{o: o}
}

// ErrCredentials tells that Скорозвон does not know the account.
var ErrCredentials = errors.New("Скорозвон refuses the credentials (check SVODKA_SKOROZVON_USERNAME, _API_KEY, _CLIENT_ID and _CLIENT_SECRET)")

// Source is the source of its calls.
func (s *Skorozvon) Source() calls.Source { return calls.Skorozvon }

// Calls gives the calls that began in [from, to), each once. Times that name no
// zone are left floating.
func (s *Skorozvon) Calls(ctx context.Context, from, to time.Time) ([]calls.Call, error) {
	for try := 1; ; try++ {
		list, steady, err := s.pages(ctx, from, to)
		if err != nil {
			return nil, fmt.Errorf("reading the calls of Скорозвон from %s to %s: %w", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), err)
		}
		// Calls that came in meanwhile have moved others from page to page: one may
		// have been passed by.
		if steady || try == rereads {
			return list, nil
		}
	}
}

// pages reads the pages of a report. steady tells that it did not change
// meanwhile.
func (s *Skorozvon) pages(ctx context.Context, from, to time.Time) (list []calls.Call, steady bool, err error) {
	place := map[string]int{}
	total := -1
	steady = true
	for page := 1; ; page++ {
		r, err := s.report(ctx, from, to, page)
		if err != nil {
			return nil, false, err
		}
		if total >= 0 && r.Total != total {
			steady = false
		}
		total = r.Total
		for _, row := range r.Data {
			c, err := row.call()
			if err != nil {
				return nil, false, err
			}
			if i, twice := place[c.ID]; twice {
				list[i] = c
				continue
			}
			place[c.ID] = len(list)
			list = append(list, c)
		}
		if page >= r.TotalPages || len(r.Data) == 0 {
			return list, steady && len(list) >= total, nil
		}
	}
}

// text is a JSON string, number or null as text.
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

// row is a call of a report. Its phone is not read.
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

// report asks for one page.
func (s *Skorozvon) report(ctx context.Context, from, to time.Time, page int) (report, error) {
	var out report
	body, err := json.Marshal(map[string]any{
		"start_time": from.Unix(), "end_time": to.Unix(), "page": page, "length": pageLength,
		"filter":          map[string]any{"users_ids": "all", "types": "all", "results_ids": "all", "scenarios_ids": "all", "tags_ids": "all"},
		"selected_fields": []string{"id", "started_at", "duration", "waiting_time", "durations", "user", "scenario_result_group", "call_type", "cost"},
	})
	if err != nil {
		return out, fmt.Errorf("asking for page %d: %w", page, err)
	}
	renewed := false
	for try := 1; ; try++ {
		if wait := s.last.Add(ReportGap).Sub(s.o.Now()); !s.last.IsZero() && wait > 0 {
			if err := s.o.Sleep(ctx, wait); err != nil {
				return out, err
			}
		}
		if s.token == "" {
			if err := s.login(ctx); err != nil {
				return out, err
			}
		}
		s.last = s.o.Now()
		status, header, answer, err := s.send(ctx, "/api/reports/calls_total.json", "application/json", body)
		switch {
		case ctx.Err() != nil:
			return out, ctx.Err()
		case err == nil && status == http.StatusOK:
			if err := json.Unmarshal(answer, &out); err != nil {
				return out, fmt.Errorf("page %d is not understood: %w", page, err)
			}
			return out, nil
		case err == nil && status == http.StatusUnauthorized && !renewed:
			s.token, renewed = "", true
			try--
			continue
		case err == nil && status == http.StatusUnauthorized:
			return out, ErrCredentials
		case err == nil && status != http.StatusTooManyRequests && status < 500:
			return out, fmt.Errorf("page %d: it answers %d", page, status)
		case try == attempts && err != nil:
			return out, fmt.Errorf("page %d: %w", page, err)
		case try == attempts:
			return out, fmt.Errorf("page %d: it still answers %d after %d tries", page, status, attempts)
		}
		if err := s.o.Sleep(ctx, Pause(try, status, header, s.o.Now())); err != nil {
			return out, err
		}
	}
}

// Pause is how long to wait after a failed try, counted from 1: after a 429 as
// long as Retry-After says, within LeastPause and MostPause; else twice as long
// each time. status is 0 where there was no answer.
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

// login gets a token, which lives about two hours.
func (s *Skorozvon) login(ctx context.Context) error {
	form := url.Values{
		"grant_type": {"password"}, "username": {s.o.Username}, "api_key": {s.o.APIKey},
		"client_id": {s.o.ClientID}, "client_secret": {s.o.ClientSecret},
	}
	for try := 1; ; try++ {
		status, header, answer, err := s.send(ctx, "/oauth/token", "application/x-www-form-urlencoded", []byte(form.Encode()))
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

// mostAnswer bounds an answer: a page of calls has some 100 kB.
const mostAnswer = 32 << 20

func (s *Skorozvon) send(ctx context.Context, path, kind string, body []byte) (status int, header http.Header, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL+path, bytes.NewReader(body))
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
