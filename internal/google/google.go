// Package google is the edge to Google Sheets and Drive: the few calls that the worker
// makes, each one counted, limited in time, and with errors that say what to do. The
// embedded local Google is called by the very same code.
//
// The package knows nothing of reports, KPIs or people. Its log lines hold no names,
// addresses or values, only operations, file ids and statuses.
package google

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"
)

// Options say how to reach Google.
type Options struct {
	// HTTP makes the calls and carries the credentials (none for the local Google). Nil:
	// http.DefaultClient, which has none.
	HTTP *http.Client
	// Endpoint of the Sheets API; the Drive API is at Endpoint + "/drive/v3/".
	// Empty: Google's own.
	Endpoint string
	Log      *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now
	// Sleep waits, or returns the context's error if that ends first. Nil: a timer.
	Sleep func(context.Context, time.Duration) error
	// Rand returns numbers in [0, 1), which spread the waits of several clients. Nil:
	// math/rand.
	Rand func() float64
	// Identities are the accounts that make the calls, in place of HTTP. Each has its own
	// quotas, so several make more calls a minute; a call goes to the account that is
	// free first. Any of them may get any file: all must be members of the shared drive
	// that holds the files, and editors of what is protected there.
	Identities []Identity
	// FolderID is the folder for new files, in a shared drive or not. Empty: the
	// account's own Drive.
	FolderID string
	// Limits keep the calls within Google's quotas. The zero value sets none, as for the
	// local Google.
	Limits Limits
	// Shared, unless nil, shares the Limits with clients of the same accounts in other
	// processes. The zero Limits set none.
	Shared Shared
	// MayWrite is asked before every call that changes something, except of a mark, and
	// again while it is being sent; its error stops the call and is returned unchanged.
	// Nil: every call may be made.
	MayWrite func() error
	// Observe, unless nil, is called after every attempt, by the goroutine that made it.
	Observe func(Call)
}

// Shared shares quotas out among processes.
type Shared interface {
	// Take takes up to n calls of a class (Call.API) for one of some accounts, by their
	// names. It returns which account makes them, and how many, all to be sent within a
	// second; if none, how long to wait before asking again.
	Take(ctx context.Context, class string, accounts []string, n int) (account, granted int, wait time.Duration,
		err error)
}

// Identity is an account that makes calls.
type Identity struct {
	Name string // its e-mail; empty: unknown
	// Homeless means that it has no storage, like every service account. Its files can
	// only be in a shared drive.
	Homeless bool
	HTTP     *http.Client // carries its credentials
}

// Client makes the calls. It is safe for concurrent use.
type Client struct {
	accounts []*account
	folder   string
	drive    atomic.Pointer[string] // the shared drive of the folder, "" for none; nil: not looked up yet
	limiter  *limiter               // nil: no quotas
	writing  gates                  // one write to a spreadsheet at a time, spaced out
	sharing  gates                  // one change of a file's permissions at a time
	spacing  time.Duration
	mayWrite func() error
	observe  func(Call)
	log      *slog.Logger
	now      func() time.Time
	clock    *serverClock
	sleep    func(context.Context, time.Duration) error
	rand     func() float64
	calls    [apis]atomic.Int64
}

// account is an identity with its services.
type account struct {
	Identity
	sheets *sheets.Service
	drive  *drive.Service
	quota  [apis]bucket // guarded by the limiter
}

// New returns a client. It makes no call.
func New(ctx context.Context, o Options) (*Client, error) {
	ids := o.Identities
	if len(ids) == 0 {
		ids = []Identity{{HTTP: o.HTTP}}
	}
	accounts := make([]*account, len(ids))
	now := o.Now
	if now == nil {
		now = time.Now
	}
	clock := &serverClock{}
	for i, id := range ids {
		id.HTTP = clock.readDates(cmp.Or(id.HTTP, http.DefaultClient), now)
		id.HTTP.Transport = Guard(id.HTTP.Transport)
		a, err := newAccount(ctx, id, strings.TrimRight(o.Endpoint, "/"))
		if err != nil {
			return nil, err
		}
		accounts[i] = a
	}
	c := &Client{
		accounts: accounts, folder: o.FolderID, spacing: o.Limits.Spacing, mayWrite: o.MayWrite, observe: o.Observe,
		log: o.Log, now: now, clock: clock, sleep: o.Sleep, rand: o.Rand,
	}
	if o.Limits != (Limits{}) {
		c.limiter = newLimiter(o.Limits, accounts)
		c.limiter.shared = o.Shared
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.rand == nil {
		c.rand = rand.Float64
	}
	return c, nil
}

func newAccount(ctx context.Context, id Identity, base string) (*account, error) {
	forSheets := []option.ClientOption{option.WithHTTPClient(id.HTTP)}
	forDrive := []option.ClientOption{option.WithHTTPClient(id.HTTP)}
	if base != "" {
		forSheets = append(forSheets, option.WithEndpoint(base+"/"))
		forDrive = append(forDrive, option.WithEndpoint(base+"/drive/v3/"))
	}
	ss, err := sheets.NewService(ctx, forSheets...)
	if err != nil {
		return nil, fmt.Errorf("set up the Sheets client for %q: %w", base, err)
	}
	ds, err := drive.NewService(ctx, forDrive...)
	if err != nil {
		return nil, fmt.Errorf("set up the Drive client for %q: %w", base, err)
	}
	ss.UserAgent, ds.UserAgent = "svodka", "svodka"
	return &account{Identity: id, sheets: ss, drive: ds}, nil
}

// Identities returns the known e-mails of the accounts that make the calls. Whoever
// protects cells names all of them as editors.
func (c *Client) Identities() []string {
	var names []string
	for _, a := range c.accounts {
		if a.Name != "" {
			names = append(names, a.Name)
		}
	}
	return names
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Calls counts the calls made so far. Every attempt counts, as it does at Google.
type Calls struct{ Drive, SheetsRead, SheetsWrite int }

// Calls returns the calls made since New.
func (c *Client) Calls() Calls {
	return Calls{
		Drive:       int(c.calls[driveAPI].Load()),
		SheetsRead:  int(c.calls[sheetsRead].Load()),
		SheetsWrite: int(c.calls[sheetsWrite].Load()),
	}
}

// Folder returns the folder for new files; empty: none in particular.
func (c *Client) Folder() string { return c.folder }
