// Package importing brings what files hold into the spreadsheets: people and days of a
// calendar into the control spreadsheet; figures, deals and clients into people's own;
// calls into the ledger.
//
// What a row means is decided by pure functions, of the row and the department alone.
// Then all spreadsheets that a file concerns are looked at: where each figure goes, what
// stands there already, what cannot be typed. Only if all of it has a place is anything
// written, and what must be told is told before it. The same file a second time changes
// nothing, and one that was cut off is made good by importing it again.
//
// The package lays out no spreadsheet and keeps nothing of what it types: it is read like
// anything that people type.
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
	DryRun      bool // check, and write nothing
	Replace     bool // write over other figures that stand in the cells
	SkipUnknown bool // leave out rows of people who are not in «Сотрудники», and say so
	// ReplacePeriod clears deals of the days of an export that it has no more.
	ReplacePeriod bool
	// Tell is given the notes of the import, once, before anything is written, so that a
	// warning does not come too late; may be nil.
	Tell func(notes []string)
}

func (o Options) tell(notes []string) {
	if o.Tell != nil {
		o.Tell(notes)
	}
}

// Done is what an import did; in a dry run, what it would have done.
type Done struct {
	Lines   int
	Written int      // figures or rows that were not there
	Same    int      // that stood there already
	Files   int      // spreadsheets written
	Notes   []string // what must be told besides, in the language of the department
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
	// Progress is told how far a long step has come.
	Progress func(step string, done, total int)
}

// Control is the control spreadsheet.
type Control interface {
	// Read gets it, with the fields that control reads.
	Read(ctx context.Context) (*sheets.Spreadsheet, error)
	// Type types into it, as publish.Publisher.Type does.
	Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error
}

// Reports are people's spreadsheets.
type Reports interface {
	// Of gives the spreadsheets of these people, also those that are still to be made.
	Of(ctx context.Context, people func(department.PersonID) bool) ([]Report, error)
	// Each works on several side by side. What Google refuses of one, a layout that
	// cannot be written and a *PlaceError are that one's failure and stop no other; err
	// is for what stops all.
	Each(ctx context.Context, list []Report, doing string, f func(context.Context, Report) error) (failures []error,
		err error)
}

// Report is one spreadsheet, and what is known of it.
type Report interface {
	// People are those who report in it.
	People() []department.Person
	// Made tells that it is there.
	Made() bool
	// Changed tells that people changed it since it was read last.
	Changed() bool
	// Look reads it, once it is made, and gives what stands there of these people.
	Look(ctx context.Context, people func(department.PersonID) bool) ([]Part, error)
	// MakeRoom makes the spreadsheet if need be, and the tabs and rows that these figures
	// need; figures of tabs that are new are typed with them. wrote tells that what Look
	// gave may have moved.
	MakeRoom(ctx context.Context, fresh map[department.PersonID]report.Typed) (wrote bool, err error)
	// Type types into it, as publish.Publisher.Type does.
	Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error
}

// Part is a person's part of a spreadsheet, as it stands.
type Part struct {
	In    report.Input
	Book  *workbook.Book // the layout of In
	Found []workbook.Found
}

// Ledger tells what people are known to have typed.
type Ledger interface {
	Person(ctx context.Context, id department.PersonID) (ledger.Reading, error)
}

// Locks hold days that count no more edits.
type Locks interface {
	// Allow lets what is typed next on these days count, if they are locked.
	Allow(ctx context.Context, person department.PersonID, days map[calendar.Date]bool) error
}

// PlaceError tells why imported figures have no place in one spreadsheet; the others
// are served.
type PlaceError struct{ Err error }

// Error is the reason alone: it names the line of the file.
func (e *PlaceError) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *PlaceError) Unwrap() error { return e.Err }
