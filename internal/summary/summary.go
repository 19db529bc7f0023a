// Package summary lays out the director's spreadsheet and lists the same
// figures as rows for export.
//
// It is pure: figures come from planfact, the Book is written by somebody else.
package summary

import (
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Input is what the summary is made from.
type Input struct {
	Dep    *department.Department
	Engine *planfact.Engine
	At     planfact.AsOf
	Lang   words.Lang
	// First is the first day with any figure: «История» begins there.
	First calendar.Date
	// Now is shown in the health line, in the department's zone. It must move
	// only when something else does, or every run would write.
	Now    time.Time
	Health Health
	Links  map[department.PersonID]string // URLs of the people's spreadsheets
}

// Health is how the worker itself does, said to the director.
type Health struct {
	Problems   int      // mistakes in the control spreadsheet
	BadCells   int      // cells of managers that could not be read
	Unreadable []string // names of people whose spreadsheet could not be read
}

// Layout is the director's spreadsheet as it should be.
func Layout(in Input) *workbook.Book { panic("summary: to be written") }

// Row is one line of `svodka export summary`.
type Row struct {
	Period  calendar.Period
	Manager string
	Line    planfact.Line
}

// Rows lists a line per period of the kind that touches the span, person and
// KPI, in the order: period, person (as in control), KPI (as in the role).
func Rows(dep *department.Department, e *planfact.Engine, kind calendar.Kind, span calendar.Span) []Row {
	panic("summary: to be written")
}
