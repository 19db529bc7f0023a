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

// Outcome is what a cycle did. Each step gives its part.
type Outcome struct {
	AsOf     planfact.AsOf
	People   int // employed on the day
	Read     int // people's spreadsheets that were read
	Made     int // people's spreadsheets that were made
	Written  int // people's spreadsheets that were changed
	Summary  bool
	Settled  bool // nothing had changed: nothing was done
	Problems []control.Problem
	BadCells int
	States   States
	// Failures say whose spreadsheet Google would not let it read or write; it served the
	// rest of the department.
	Failures []error

	unread []summary.Unread // whose the bad cells are

	again bool // something came to light that the next cycle writes
}

// States count people by how the last cycle left them, for monitoring.
type States = ledger.States

// add takes in what a step did.
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
}

// Fault is what went wrong with one spreadsheet.
type Fault struct {
	Doing string // reading, writing, …
	Whose string // for people: a name
	File  string // id; empty: it is not there yet
	Err   error
}

// Error names the person.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s the spreadsheet of %s: %v", f.Doing, f.Whose, f.Err)
}

// Unwrap gives what went wrong underneath.
func (f *Fault) Unwrap() error { return f.Err }

// LogValue names nobody.
func (f *Fault) LogValue() slog.Value {
	return slog.StringValue(f.Doing + " a spreadsheet: " + google.Brief(f.Err))
}

// What is done with a spreadsheet, in Faults and in the progress of a step.
const (
	doingRead  = "reading"
	doingWrite = "writing"
	doingShare = "sharing"
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
