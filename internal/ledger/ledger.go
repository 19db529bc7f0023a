// Package ledger keeps, in one SQLite file, what the worker must remember
// between runs: entries and their edits, the last valid configuration, what was
// written last into each spreadsheet, and the cursor of the change feed. It can
// be lost: the next run rebuilds it from the spreadsheets.
//
// It is an edge: it stores and gives back; it decides nothing.
package ledger

import (
	"context"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Ledger is an open ledger. Its methods may be called from several goroutines.
type Ledger struct{ todo int }

// Open opens or makes the ledger's file and brings it up to the current schema.
// A file of a newer schema is refused. Path ":memory:" keeps nothing.
func Open(ctx context.Context, path string, now func() time.Time) (*Ledger, error) {
	panic("ledger: to be written")
}

// Close closes the file.
func (l *Ledger) Close() error { panic("") }

// Kinds of files.
const (
	Control = "control"
	Summary = "summary"
	Report  = "report"
)

// File is a spreadsheet that the worker looks after.
type File struct {
	ID     string
	Kind   string
	Person department.PersonID // of a report
	URL    string
	// State is the workbook state written last, as bytes; empty: not known.
	State []byte
	// Digest identifies the inputs of the layout written last.
	Digest string
	// Dirty tells that the file must be read at the next run whatever the change
	// feed says: it was written after it was last read.
	Dirty bool
	// Trouble is why the file could not be read or written at the last try,
	// in English; empty: none.
	Trouble string
	Gone    bool // trashed or removed
}

// Files lists all files.
func (l *Ledger) Files(ctx context.Context) ([]File, error) { panic("") }

// PutFile adds or replaces a file.
func (l *Ledger) PutFile(ctx context.Context, f File) error { panic("") }

// Get and Set keep small named values: the change cursor, the snapshot of the
// control spreadsheet, and so on. A name never set is nil.
func (l *Ledger) Get(ctx context.Context, name string) ([]byte, error) { panic("") }

// Set stores a named value.
func (l *Ledger) Set(ctx context.Context, name string, value []byte) error { panic("") }

// Scope says of which part of a person's figures a reading speaks.
type Scope struct {
	// Span and KPIs: entries of these KPIs on these days that are not in the
	// reading are no longer typed.
	Span calendar.Span
	KPIs []string
}

// Reading is what was read of one person at one moment.
type Reading struct {
	Person   department.PersonID
	Scopes   []Scope
	Entries  []department.Entry
	Comments map[calendar.Date]string
	// CommentSpans are the days whose comments the reading speaks of.
	CommentSpans []calendar.Span
	Deals        []department.Deal
	HasDeals     bool // the reading speaks of deals: they replace what was known
	Clients      []department.Client
	HasClients   bool
	Flags        []byte // the person's flagged cells, as the caller encodes them
}

// Store makes a reading the truth about the person, in one transaction, and
// keeps every figure that changed or vanished as an edit with the time it was
// seen. It tells whether anything changed.
func (l *Ledger) Store(ctx context.Context, r Reading) (changed bool, err error) { panic("") }

// Edit is a change of a figure that had been read before.
type Edit struct {
	department.Entry         // what it became; Value is meaningless if Gone
	Was              float64 // meaningless if New
	New, Gone        bool
	At               time.Time
}

// Edits lists edits seen in [from, to).
func (l *Ledger) Edits(ctx context.Context, from, to time.Time) ([]Edit, error) { panic("") }

// Entries calls f for every entry of the span in the order person, date, KPI.
func (l *Ledger) Entries(ctx context.Context, s calendar.Span, f func(department.Entry)) error {
	panic("")
}

// Person gives everything typed by one person.
func (l *Ledger) Person(ctx context.Context, id department.PersonID) (Reading, error) { panic("") }

// Deals calls f for every deal, in the order person, date, then as typed.
func (l *Ledger) Deals(ctx context.Context, f func(department.Deal)) error { panic("") }

// Clients calls f for every client.
func (l *Ledger) Clients(ctx context.Context, f func(department.Client)) error { panic("") }

// Span is from the first to the last day with any entry or deal; empty if none.
func (l *Ledger) Span(ctx context.Context) (calendar.Span, error) { panic("") }

// Flags gives the flagged cells of everybody who has any.
func (l *Ledger) Flags(ctx context.Context) (map[department.PersonID][]byte, error) { panic("") }
