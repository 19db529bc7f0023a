// Package importing brings the content of files into the spreadsheets: people and days of
// a calendar into the control spreadsheet; figures, deals and clients into people's own;
// calls into the ledger.
//
// Pure functions decide the meaning of a row from the row and the department alone. Then
// the package looks at all spreadsheets that a file concerns, or at what is known of them
// if nobody has changed them: where each figure goes, what is there already, what cannot
// be typed. It writes only if everything has a place,
// and gives out the notes first. Importing the same file again changes nothing, and
// completes an import that was interrupted.
//
// The package lays out no spreadsheet. What it types is read like anything that people
// type; figures of days are stored before, too, so that one write shows what they come
// to.
package importing

import (
	"context"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// Options say how to import.
type Options struct {
	DryRun      bool // check only, write nothing
	Replace     bool // overwrite other figures in the cells
	SkipUnknown bool // leave out rows of people who are not in «Сотрудники», and say so
	// ReplacePeriod clears deals that an export, within its days, no longer has.
	ReplacePeriod bool
	// Tell receives the notes of the import, once, before anything is written, so that a
	// warning does not come too late; may be nil.
	Tell func(notes []string)
}

func (o Options) tell(notes []string) {
	if o.Tell != nil {
		o.Tell(notes)
	}
}

// Done says what an import did or, in a dry run, would have done.
type Done struct {
	Lines   int
	Written int      // new figures or rows
	Same    int      // figures or rows that were there already
	Files   int      // spreadsheets written
	Notes   []string // what people should know besides, in the language of the department
}

// Importer imports into a department.
type Importer struct {
	Dep       *department.Department
	Today     calendar.Date
	Lang      words.Lang // of notes and errors
	Templates []templates.Role
	Control   Control
	Reports   Reports
	Ledger    Ledger
	Locks     Locks
	Calls     callfigures.Intake
	// Progress is called with the progress of a long step.
	Progress func(step string, done, total int)
}

// Control is the control spreadsheet.
type Control interface {
	// Read reads it with the fields that package control needs.
	Read(ctx context.Context) (*sheets.Spreadsheet, error)
	// Type types into it, as publish.Publisher.Type does.
	Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error
}

// Reports are people's spreadsheets.
type Reports interface {
	// Of returns the spreadsheets of these people, including those still to be made.
	Of(ctx context.Context, people func(department.PersonID) bool) ([]Report, error)
	// Know stores the figures that are about to be typed into some of them, so that the
	// write that types them lays out what they come to. The spreadsheets are the truth:
	// what does not get there is gone with the next reading.
	Know(ctx context.Context, list []Report, want map[department.PersonID]report.Typed) error
	// TakeBack undoes Know for one of them, into which nothing was typed.
	TakeBack(ctx context.Context, r Report) error
	// Each works on several concurrently. A refusal by Google, a layout that cannot be
	// written and a *PlaceError are one spreadsheet's failure and stop no other; err is
	// for what stops all.
	Each(ctx context.Context, list []Report, doing string, f func(context.Context, Report) error) (failures []error,
		err error)
}

// Report is one spreadsheet, with what is known of it.
type Report interface {
	// People returns the people who report in it.
	People() []department.Person
	// Made reports whether it exists.
	Made() bool
	// Changed reports whether people changed it since it was last read.
	Changed() bool
	// Known returns what Look would, without a call: the parts of these people, of the
	// months into which figures go, as they were read last. Not ok: somebody may have
	// changed them since, or not all that stands there is known.
	Known(ctx context.Context, want map[department.PersonID]report.Typed) (parts []Part, ok bool, err error)
	// Look reads it, if it exists, and returns the parts of these people.
	Look(ctx context.Context, people func(department.PersonID) bool) ([]Part, error)
	// Fill makes the spreadsheet if need be, and the tabs and rows that fresh figures
	// need, and types cells where Look found them, in one write, whose answer is read.
	// Fresh figures of tabs that are new are typed with them. all tells that everything
	// is typed; else wrote tells that what Look gave may have moved.
	Fill(ctx context.Context, fresh map[department.PersonID]report.Typed, cells []workbook.CellAt) (wrote, all bool,
		err error)
	// Type types into it, as publish.Publisher.Type does.
	Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error
}

// Part is a person's part of a spreadsheet in its present state.
type Part struct {
	In    report.Input
	Book  *workbook.Book // report.Frame of In
	Found []workbook.Found
}

// Ledger reads what people are known to have typed.
type Ledger interface {
	Person(ctx context.Context, id department.PersonID) (ledger.Reading, error)
}

// Locks hold the days on which edits no longer count.
type Locks interface {
	// Allow lets what is typed next on these days count, if they are locked.
	Allow(ctx context.Context, person department.PersonID, days map[calendar.Date]bool) error
	// Disallow takes back what Allow allowed: what an import typed is known.
	Disallow(ctx context.Context, person department.PersonID) error
}

// PlaceError says why imported figures have no place in one spreadsheet; the import
// serves the others.
type PlaceError struct{ Err error }

// Error returns just the reason: it names the line of the file.
func (e *PlaceError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *PlaceError) Unwrap() error { return e.Err }
