// Package google is the edge to Google Sheets and Drive: the few calls that the
// worker makes, each one counted, bounded in time, and with errors that say
// what to do. The embedded local Google is reached by the very same code.
//
// It knows nothing of reports, KPIs or people, and its log lines hold no names,
// addresses or values: operations, file ids and statuses alone.
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
	// HTTP makes the calls; it carries the credentials (or none, locally). Nil:
	// http.DefaultClient, which has none.
	HTTP *http.Client
	// Endpoint of the Sheets API; the Drive API is at Endpoint + "/drive/v3/".
	// Empty: Google's own.
	Endpoint string
	Log      *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now
	// Sleep waits, or returns the context's error when that ends first. Nil: a
	// timer.
	Sleep func(context.Context, time.Duration) error
	// Rand gives numbers in [0, 1) that spread the waits of several clients. Nil:
	// math/rand.
	Rand func() float64
}

// Client makes the calls. It may be used by several goroutines.
type Client struct {
	sheets *sheets.Service
	drive  *drive.Service
	log    *slog.Logger
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	rand   func() float64
	calls  [apis]atomic.Int64
}

// New makes a client. It makes no call.
func New(ctx context.Context, o Options) (*Client, error) {
	hc := cmp.Or(o.HTTP, http.DefaultClient)
	forSheets := []option.ClientOption{option.WithHTTPClient(hc)}
	forDrive := []option.ClientOption{option.WithHTTPClient(hc)}
	if base := strings.TrimRight(o.Endpoint, "/"); base != "" {
		forSheets = append(forSheets, option.WithEndpoint(base+"/"))
		forDrive = append(forDrive, option.WithEndpoint(base+"/drive/v3/"))
	}
	ss, err := sheets.NewService(ctx, forSheets...)
	if err != nil {
		return nil, fmt.Errorf("set up the Sheets client for %q: %w", o.Endpoint, err)
	}
	ds, err := drive.NewService(ctx, forDrive...)
	if err != nil {
		return nil, fmt.Errorf("set up the Drive client for %q: %w", o.Endpoint, err)
	}
	ss.UserAgent, ds.UserAgent = "svodka", "svodka"
	c := &Client{sheets: ss, drive: ds, log: o.Log, now: o.Now, sleep: o.Sleep, rand: o.Rand}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.rand == nil {
		c.rand = rand.Float64
	}
	return c, nil
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

// Calls counts the calls made so far, every attempt as one: so does Google.
type Calls struct{ Drive, SheetsRead, SheetsWrite int }

// Calls made since New.
func (c *Client) Calls() Calls {
	return Calls{
		Drive:       int(c.calls[driveAPI].Load()),
		SheetsRead:  int(c.calls[sheetsRead].Load()),
		SheetsWrite: int(c.calls[sheetsWrite].Load()),
	}
}
