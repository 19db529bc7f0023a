// Package control turns the control spreadsheet, which ops write, into a
// department, and says in it what is wrong and what is in force meanwhile.
//
// It is pure: it reads a spreadsheet that somebody else got and makes the Book
// that somebody else writes. It writes nothing that ops typed.
package control

import (
	"google.golang.org/api/sheets/v4"

	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// Keys of the tabs.
const (
	TabKPIs     = "kpis"
	TabPeople   = "people"
	TabPlans    = "plans"
	TabCalendar = "calendar"
	TabAbsences = "absences"
	TabSettings = "settings"
	TabChecks   = "checks"
)

// Fields is the mask of the spreadsheets.get that Read needs: what a State is
// made of, and what the cells' values are.
const Fields = workbook.StateFields // plus effectiveValue: to be written

// Severity of a problem.
type Severity string

// The severities: an Error keeps the row's last valid version in force; a
// Warning is only said.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing that is wrong in the control spreadsheet.
type Problem struct {
	Severity Severity
	Tab      string // key of the tab
	Row      int    // 0-based row of the sheet; -1: the whole tab
	Column   string // key of the column; empty: the whole row
	Message  string // what is wrong and how to mend it, in the language of the sheets
	InForce  string // what is in force meanwhile
}

// Snapshot is the last valid version of every row, kept between runs so that a
// row that was broken later stays in force. It is stored as JSON.
type Snapshot struct{ todo int }

// Result is a control spreadsheet understood.
type Result struct {
	Department department.Department
	Problems   []Problem // most severe first, then by tab and row
	Snapshot   Snapshot
	// further fields, private: where each row stands, for Layout
}

// Read understands a control spreadsheet got with Fields. prev is what was
// valid before (nil: nothing). Mistakes are in Result.Problems; an error means
// that this is no control spreadsheet at all.
func Read(s *sheets.Spreadsheet, prev *Snapshot, lang words.Lang) (*Result, error) {
	panic("control: to be written")
}

// PersonStatus is what the worker knows of a person and shows in «Сотрудники».
type PersonStatus struct {
	Link   string // URL of the person's spreadsheet
	Status string // short, in the language of the sheets: «отчёт готов», «нет доступа: …»
}

// LayoutInput is what the control spreadsheet is made from.
type LayoutInput struct {
	// Result of the Read, or nil for a new spreadsheet.
	Result *Result
	// Seed fills a new spreadsheet.
	Seed   []templates.Role
	Status map[department.PersonID]PersonStatus
	// Pending is what the next run will change because of edits, one line each.
	Pending []string
	Lang    words.Lang
	Zone    string // IANA name, for the spreadsheet and the seeded setting
	Year    int    // for the seeded calendar examples
	// SpreadsheetID makes links to cells inside «Проверка»; may be empty: links
	// are then relative, #gid=…&range=….
	SpreadsheetID string
}

// Layout is the control spreadsheet as it should be. What ops typed is Open.
func Layout(in LayoutInput) *workbook.Book { panic("control: to be written") }

// PersonRow is a person to be added by an import.
type PersonRow struct {
	Name, Email, Role, Team, Hired, Left string // as in the file, checked
	Aliases                              []string
}

// AddPeople gives the requests that type the rows into «Сотрудники»: a new row
// below the last one for somebody unknown (by e-mail, else by name), the
// differing cells for somebody known; nothing when all is there already. added
// and changed count people.
func AddPeople(s *sheets.Spreadsheet, rows []PersonRow, lang words.Lang) (reqs []*sheets.Request, added, changed int, err error) {
	panic("control: to be written")
}
