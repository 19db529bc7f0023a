// Package report lays out a person's spreadsheet and reads what the person
// typed into it.
//
// It is pure: it makes the Book that somebody else writes and understands the
// columns that somebody else read.
package report

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Input is what a person's spreadsheet is made from.
type Input struct {
	Person department.Person
	Role   department.Role
	Dep    *department.Department
	Plans  *planfact.Engine // for the plans and weights of the days
	Months []calendar.Period
	Today  calendar.Date
	Lang   words.Lang
	// Typed are the entries, comments, deals and clients known of the person:
	// they are written only where a tab, column or row is made (again), so
	// that nothing typed is lost with it.
	Typed Typed
	// Flags are the cells that could not be read, to be marked on the cell.
	Flags []Flag
	// Tag begins the keys of tabs when several people share one spreadsheet;
	// empty otherwise.
	Tag string
}

// Typed is everything that a person typed.
type Typed struct {
	Entries  []department.Entry
	Comments map[calendar.Date]string
	Deals    []department.Deal
	Clients  []department.Client
}

// Flag is a cell that could not be read, or that was understood with a guess.
type Flag struct {
	Tab    string        // key of the tab
	Column string        // key of the column
	Day    calendar.Date // row of a month's tab
	Row    int           // row of a list (deals, clients), 0-based on the sheet
	Text   string        // what stands there
	Code   string        // kpi's problem code
	Note   string        // for the person, in their language
	Soft   bool          // understood with a guess: counted, and said
}

// Reading is what was read from a person's spreadsheet.
type Reading struct {
	Typed
	Flags []Flag
	// Seen are the tabs that were found, by key: what is not in a tab that was
	// seen is not typed any more; of a tab that was not seen nothing is known.
	Seen []string
	// SeenColumns are the columns that were found, "tab/column".
	SeenColumns map[string]bool
	// Strays are rows that hold something but could not be told: a day written
	// twice, a day of another month, no date.
	Strays []string
}

// Layout is the spreadsheet as it should be.
func Layout(in Input) *workbook.Book { panic("report: to be written") }

// MetaIDs are the developer metadata ids of the columns that a read of values
// must ask for.
func MetaIDs(b *workbook.Book) []int64 { panic("report: to be written") }

// Read understands the columns found in a spreadsheet laid out as b.
func Read(in Input, b *workbook.Book, found []workbook.Found) Reading { panic("report: to be written") }

var _ kpi.KPI
