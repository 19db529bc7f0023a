package localgoogle

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"svodka/internal/localgoogle/wire"
)

// Fault is one deliberate misbehaviour, for tests of clients. With neither a status nor
// Cut it only makes the call slow.
type Fault struct {
	Method      string        // prefix of the methods to hit, such as "sheets.spreadsheets.batchUpdate"; "" is any
	FileID      string        // "" is any
	Status      int           // answer with this error: 429, 500, 503, …
	Reason      string        // Drive's reason for it, such as "sharingRateLimitExceeded"; "" is the usual one
	Cut         bool          // close the connection without an answer
	Delay       time.Duration // wait before the call is carried out, or before it is answered if AfterCommit
	AfterCommit bool          // carry out the call first, then misbehave
	Skip        int           // let this many matching calls pass first
	Count       int           // how many calls to hit; 0 is one
}

// Faults holds the planned faults and the current lag. It is safe for concurrent use.
type Faults struct {
	mu   sync.Mutex
	list []*Fault
	lag  time.Duration
	shy  map[string]string // addresses that cannot be shared with, and the reason
	tabs []*TabFault
}

// Add plans a fault. Faults are tried in the order in which they were added; a call meets
// at most one.
func (f *Faults) Add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault.Count <= 0 {
		fault.Count = 1
	}
	f.list = append(f.list, &fault)
}

// Lag makes Drive learn of edits this much later, by the server's clock, until the next
// call of Lag; 0 ends it. Everybody can read an edit made through Sheets there at once,
// but the file's version, modifiedTime and last modifier, and the change feed, show it
// only after the lag, then with the time of the edit. The feed shows it under a token of
// that later moment, so a token that was fetched between edit and news does not miss it.
// Drive shows at once what is done through Drive itself (make, rename, share, move,
// trash, delete), and a new title. Edits that are pending when the lag changes keep their
// lag.
func (f *Faults) Lag(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lag = max(d, 0)
}

// Lagging returns the current lag.
func (f *Faults) Lagging() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lag
}

// Unshareable makes sharing with an address fail until the next Reset, with Google's
// reason: "invalidSharingRequest" for an address without a Google account, which can
// still be invited with a mail; "shareOutNotPermitted", "domainPolicy",
// "cannotShareTeamDriveWithNonGoogleAccounts" and the like fail with a mail as well.
func (f *Faults) Unshareable(email, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shy == nil {
		f.shy = map[string]string{}
	}
	f.shy[strings.ToLower(email)] = reason
}

// refusesShare returns the refusal to share with an address, or nil.
func (f *Faults) refusesShare(email string, mailed bool) *wire.Error {
	f.mu.Lock()
	reason := f.shy[email]
	f.mu.Unlock()
	switch {
	case reason == "":
		return nil
	case reason == "invalidSharingRequest":
		if mailed {
			return nil
		}
		return errSharing(http.StatusBadRequest, reason, email)
	}
	return errSharing(http.StatusForbidden, reason, email)
}

// Reset forgets all planned faults, also those of tabs, ends the lag, and makes all
// addresses shareable.
func (f *Faults) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list, f.lag, f.shy, f.tabs = nil, 0, nil, nil
}

// Pending returns the planned faults.
func (f *Faults) Pending() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Fault, len(f.list))
	for i, x := range f.list {
		out[i] = *x
	}
	return out
}

// next returns the fault that hits a call, or nil.
func (f *Faults) next(method, file string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, x := range f.list {
		if !strings.HasPrefix(method, x.Method) || x.FileID != "" && x.FileID != file {
			continue
		}
		if x.Skip > 0 {
			x.Skip--
			continue
		}
		if x.Count--; x.Count <= 0 {
			f.list = slices.Delete(f.list, i, i+1)
		}
		hit := *x
		return &hit
	}
	return nil
}

// String describes what the fault does, for the journal.
func (f *Fault) String() string {
	if f == nil {
		return ""
	}
	what := "slow"
	if f.Cut {
		what = "cut"
	} else if f.Status != 0 {
		what = http.StatusText(f.Status)
	}
	if f.AfterCommit {
		return what + " after commit"
	}
	return what
}

func (f *Fault) cuts() bool { return f != nil && f.Cut }

// wait waits for the fault's delay; it returns false if the caller has gone.
func (f *Fault) wait(ctx context.Context, after bool) bool {
	if f == nil || f.Delay <= 0 || f.AfterCommit != after {
		return true
	}
	t := time.NewTimer(f.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *Fault) before(c *call) *wire.Error {
	if f == nil || f.AfterCommit {
		return nil
	}
	return f.failure(c.drive, c.invited())
}

func (f *Fault) after(c *call) *wire.Error {
	if f == nil || !f.AfterCommit {
		return nil
	}
	return f.failure(c.drive, c.invited())
}

// failure returns the fault's answer; email is the address with which the call shares.
func (f *Fault) failure(drive bool, email string) *wire.Error {
	switch {
	case f.Cut:
		return &wire.Error{Code: http.StatusServiceUnavailable, Message: "cut"}
	case f.Status == 0:
		return nil
	case f.Status == http.StatusTooManyRequests && !drive:
		return errQuota(true, "user")
	}
	e := &wire.Error{Code: f.Status, Message: http.StatusText(f.Status)}
	switch f.Status {
	case http.StatusTooManyRequests:
		e.Message, e.Reason, e.Domain = "Rate Limit Exceeded", "rateLimitExceeded", "usageLimits"
	case http.StatusInternalServerError:
		e.Message, e.Status = "Internal error encountered.", "INTERNAL"
	case http.StatusServiceUnavailable:
		e.Message, e.Status = "The service is currently unavailable.", "UNAVAILABLE"
	case http.StatusForbidden:
		e.Message, e.Status = "The caller does not have permission", "PERMISSION_DENIED"
	default:
		e.Status = strings.ToUpper(strings.ReplaceAll(e.Message, " ", "_"))
	}
	if !drive {
		return e
	}
	e.Status = ""
	switch {
	case f.Status == http.StatusUnauthorized && f.Reason == "":
		e.Message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or " +
			"other valid authentication credential. See " +
			"https://developers.google.com/identity/sign-in/web/devconsole-project."
		e.Item, e.Location, e.LocationType = "Invalid Credentials", "Authorization", "header"
	case strings.HasSuffix(f.Reason, "LimitExceeded"):
		e.Message, e.Reason, e.Domain = f.Reason, f.Reason, "usageLimits"
	case f.Reason != "":
		e = errSharing(f.Status, f.Reason, email)
	}
	return e
}

var errTabFault = errors.New(`a tab that is refused is a JSON object such as {"fileId": "1x", "tab": 12} or ` +
	`{"title": "Май", "kinds": ["updateCells"], "stays": true}`)

// control serves /_internal/: faults, lag and journal of the running server.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	var out any
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/_internal/") {
	case "POST faults":
		f, err := readFault(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.faults.Add(f)
		out = s.faults.Pending()
	case "PUT lag":
		d, err := readLag(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.faults.Lag(d)
		out = s.lagText()
	case "PUT unshareable":
		var in struct{ Email, Reason string }
		if err := readControl(r, &in); err != nil || in.Email == "" || in.Reason == "" {
			http.Error(w,
				`who cannot be shared with is a JSON object such as {"email": "a@example.org", "reason": "invalidSharingRequest"}`, http.StatusBadRequest)
			return
		}
		s.faults.Unshareable(in.Email, in.Reason)
		out = in
	case "POST refused":
		f, err := readTabFault(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.faults.RefuseTab(f)
		out = f
	case "GET lag":
		out = s.lagText()
	case "GET faults":
		out = s.faults.Pending()
	case "DELETE faults":
		s.faults.Reset()
		out = s.faults.Pending()
	case "GET journal":
		out = s.journal.Calls()
	case "DELETE journal":
		s.journal.Reset()
		out = s.journal.Calls()
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		s.log.DebugContext(r.Context(), "answer not delivered", "error", err)
	}
}

// lagText returns the current lag for the control plane.
func (s *Server) lagText() map[string]string {
	return map[string]string{"lag": s.faults.Lagging().String()}
}

func readControl(r *http.Request, to any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

func readLag(r *http.Request) (time.Duration, error) {
	var in struct{ Lag string }
	if err := readControl(r, &in); err != nil {
		return 0, errors.New(`the lag is a JSON object such as {"lag": "3m"}: ` + err.Error())
	}
	lag, err := time.ParseDuration(in.Lag)
	if err != nil || lag < 0 {
		return 0, errors.New("lag is a duration such as 3m, or 0s")
	}
	return lag, nil
}

func readFault(r *http.Request) (Fault, error) {
	var in struct {
		Method, FileID   string
		Reason           string
		Status           int
		Cut, AfterCommit bool
		Delay            string
		Skip, Count      int
	}
	if err := readControl(r, &in); err != nil {
		return Fault{}, errors.New("a fault is a JSON object of method, fileId, status, reason, cut, afterCommit, " +
			"delay, skip, count: " + err.Error())
	}
	f := Fault{Method: in.Method, FileID: in.FileID, Status: in.Status, Reason: in.Reason, Cut: in.Cut,
		AfterCommit: in.AfterCommit, Skip: in.Skip, Count: in.Count}
	if in.Delay != "" {
		d, err := time.ParseDuration(in.Delay)
		if err != nil {
			return Fault{}, errors.New("delay is a duration such as 2s")
		}
		f.Delay = d
	}
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return Fault{}, errors.New("status is an error between 400 and 599")
	}
	return f, nil
}
