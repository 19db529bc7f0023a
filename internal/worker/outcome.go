package worker

import (
	"fmt"
	"log/slog"

	"svodka/internal/control"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// Outcome is what a cycle did. Each step returns its part.
type Outcome struct {
	AsOf     planfact.AsOf
	People   int // employed on the day
	Read     int // people's spreadsheets that were read
	Made     int // people's spreadsheets that were made
	Written  int // people's spreadsheets that were changed
	Summary  bool
	Settled  bool // nothing had changed, so the cycle did nothing
	Problems []control.Problem
	BadCells int
	States   States
	// Failures name the spreadsheets that Google would not let it read or write; it
	// served the rest of the department.
	Failures []error

	unread []summary.Unread // the people with the bad cells

	again bool // the next cycle must write something that came up
}

// States counts people by how the last cycle left them, for monitoring.
type States = ledger.States

// add adds what a step did.
func (o *Outcome) add(part Outcome) {
	o.Read += part.Read
	o.Made += part.Made
	o.Written += part.Written
	o.Summary = o.Summary || part.Summary
	o.BadCells += part.BadCells
	o.unread = append(o.unread, part.unread...)
	o.Failures = append(o.Failures, part.Failures...)
	o.again = o.again || part.again

	o.States.Served += part.States.Served
	o.States.Unreadable += part.States.Unreadable
	o.States.BadCells += part.States.BadCells
	o.States.NotReported += part.States.NotReported
	o.States.Unshared += part.States.Unshared
	o.States.ByHand += part.States.ByHand
	o.States.Unmoved += part.States.Unmoved
	o.States.Lost += part.States.Lost
}

// Fault is what went wrong with one spreadsheet.
type Fault struct {
	Doing string // reading, writing, …
	Whose string // for people: a name
	File  string // id; empty: there is no file yet
	Err   error
}

// Error names the person.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s the spreadsheet of %s: %v", f.Doing, f.Whose, f.Err)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// LogValue names nobody.
func (f *Fault) LogValue() slog.Value {
	return slog.StringValue(f.Doing + " a spreadsheet: " + google.Brief(f.Err))
}

// What was being done with a spreadsheet, in Faults and in the progress of a step.
const (
	doingRead  = "reading"
	doingWrite = "writing"
	doingShare = "sharing"

	doingFolders = "making or naming folders for"
)

// Log keys.
const (
	keyFile    = "file"
	keyMissing = "missing"
	keyPerson  = "person"
	keyWhat    = "what"
	keyPause   = "pause"
	keyTab     = "tab"
	keyCopy    = "copy"
	keyYear    = "year"
)
