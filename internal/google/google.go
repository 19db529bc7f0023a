// Package google is the edge to Google Sheets and Drive: the few calls that the
// worker makes, each one counted, bounded in time, and with errors that say
// what to do. The embedded local Google is reached by the very same code.
//
// It knows nothing of reports, KPIs or people.
package google

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// Options say how to reach Google.
type Options struct {
	// HTTP makes the calls; it carries the credentials (or none, locally).
	HTTP *http.Client
	// Endpoint of the Sheets API; the Drive API is at Endpoint + "/drive/v3/".
	// Empty: Google's own.
	Endpoint string
	Log      *slog.Logger
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
}

// Client makes the calls.
type Client struct{ todo int }

// New makes a client.
func New(ctx context.Context, o Options) (*Client, error) { panic("google: to be written") }

// File is what is known of a spreadsheet from Drive alone.
type File struct {
	ID       string
	Name     string
	Version  int64
	Modified time.Time
	Trashed  bool
	Removed  bool              // gone, or no longer ours to see
	ByMe     bool              // the last change of its content was the worker's own
	Props    map[string]string // appProperties
	URL      string
}

// StartToken is the token of "now" in the change feed.
func (c *Client) StartToken(ctx context.Context) (string, error) { panic("") }

// Changes lists what changed since the token, each file once in its newest
// state, and the token for the next time. Nothing changed costs one call.
func (c *Client) Changes(ctx context.Context, token string) ([]File, string, error) { panic("") }

// Create makes an empty spreadsheet with app properties. It is resolved by
// looking when the answer is lost: never two files for one set of properties.
func (c *Client) Create(ctx context.Context, name string, props map[string]string) (File, error) {
	panic("")
}

// Find lists spreadsheets with these app properties, oldest first, none in the
// bin.
func (c *Client) Find(ctx context.Context, props map[string]string) ([]File, error) { panic("") }

// Get is the file's state at Drive.
func (c *Client) Get(ctx context.Context, id string) (File, error) { panic("") }

// Rename changes the file's name.
func (c *Client) Rename(ctx context.Context, id, name string) error { panic("") }

// Apply sends the requests as one atomic batchUpdate; none: no call.
func (c *Client) Apply(ctx context.Context, id string, reqs []*sheets.Request) error { panic("") }

// Columns reads whole columns by their developer metadata ids, in one call.
// Ids that stand on no column any more are simply not in the answer.
func (c *Client) Columns(ctx context.Context, id string, metaIDs []int64) ([]workbook.Found, error) {
	panic("")
}

// Spreadsheet gets what the field mask names, in one call.
func (c *Client) Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error) {
	panic("")
}

// Calls counts the calls made so far.
type Calls struct{ Drive, SheetsRead, SheetsWrite int }

// Calls made since New.
func (c *Client) Calls() Calls { panic("") }
