// Package control turns the control spreadsheet, which ops write, into a department, and
// reports in it what is wrong and what is in force meanwhile.
//
// It is pure: it reads a spreadsheet that others get and makes the Book that others
// write. It writes nothing into cells that ops typed.
//
// What ops see is in Russian or English; the package understands both whatever the
// language is.
package control

import (
	"cmp"
	"errors"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// Keys of the tabs.
const (
	TabKPIs     = "kpis"
	TabPeople   = "people"
	TabTeams    = "teams"
	TabPlans    = "plans"
	TabCalendar = "calendar"
	TabAbsences = "absences"
	TabUnlocks  = "unlocks"
	TabSettings = "settings"
	TabChecks   = "checks"
)

// Fields is the mask of the spreadsheets.get that Read needs: for a State and for the
// values of the cells.
const Fields = workbook.FoundFields

// Severity of a problem.
type Severity string

// The severities: an Error keeps the row's last valid version in force; a Warning only
// informs.
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
	Message  string // what is wrong and how to fix it, in the language of the sheets
	InForce  string // what is in force meanwhile
}

// Snapshot is the last valid version of every row, stored between runs so that a row that
// is broken later stays in force. It is stored as JSON.
type Snapshot struct {
	Tabs map[string][]Row `json:"tabs"`
	// Roles are the former keys of renamed roles, by the key that the present title would
	// give.
	Roles map[string]string `json:"roles,omitempty"`
	// Gone are people whose rows were deleted and who are not back.
	Gone []Gone `json:"gone,omitempty"`
	// Ahead are the tabs whose status has been seen elsewhere than behind all other
	// columns, where earlier versions put it: from there on ops may move it as they like.
	Ahead []string `json:"ahead,omitempty"`
	// Day is the day of the reading that gets the snapshot: a role that has changed since
	// then holds from that day on, and a new person was entered on it. Zero: Read does
	// not notice changes of role and days of entry.
	Day calendar.Date `json:"-"`
	// Since are the days on which people's spreadsheets were first read: the day of entry
	// of those for whom none was stored.
	Since map[department.PersonID]calendar.Date `json:"-"`
}

// Row is a row of a tab as typed. Each Read parses rows anew, so that a row in force
// means the same whether it is in the sheet or was stored.
type Row struct {
	At    int            `json:"at"`    // 0-based row of the sheet
	ID    string         `json:"id"`    // identifies the row within its tab
	Cells map[string]any `json:"cells"` // by key of the column: string, float64 or bool
	// Former are the names that the person or KPI had before, newest last: other tabs may
	// still use them.
	Former []string `json:"former,omitempty"`
	// Read is the day on which the row's schedule was first read, if it has a date
	// without a year: that means the date nearest to Read, in later years too.
	Read calendar.Date `json:"read,omitempty"`
	// Was is the former key of a KPI whose key seems to have been renamed.
	Was string `json:"was,omitempty"`
	// Moved is the list of a person's earlier roles that the worker must write, as long
	// as it is not there.
	Moved *string `json:"moved,omitempty"`
	// MovedTeams is the list of a person's earlier teams that the worker must write, as
	// long as it is not there.
	MovedTeams *string `json:"moved_teams,omitempty"`
	// Ended is the day on which a person's last day was first seen.
	Ended calendar.Date `json:"ended,omitempty"`
	// Meant is the person that a row of another tab names; it still means them if
	// somebody else gets the same name.
	Meant department.PersonID `json:"meant,omitempty"`
}

// Result is what Read understood of a control spreadsheet.
type Result struct {
	Department department.Department
	Problems   []Problem // most severe first, then by tab and row
	Snapshot   Snapshot

	grids map[string]*grid            // where each tab, column and row is
	ids   map[int]department.PersonID // rows of people
	roles map[int]string              // their earlier roles, as the cell should show them
	moves map[int]string              // their earlier teams, likewise
	stays map[int]string              // and since when they count

	proposed map[int]proposal // rows of KPIs: proposals that are in force without being typed
	title    string           // of the spreadsheet
}

// ErrNotControl means that a spreadsheet has none of the control tabs.
var ErrNotControl = errors.New("none of the tabs of a control spreadsheet was found")

// Read understands a control spreadsheet got with Fields. prev is what was valid before
// (nil: nothing), known are the role templates. Mistakes are in Result.Problems; an error
// means that this is no control spreadsheet at all: ErrNotControl.
func Read(s *sheets.Spreadsheet, prev *Snapshot, lang words.Lang, known []templates.Role) (*Result, error) {
	return ReadContents(ContentsOf(s), prev, lang, known)
}

// ReadContents is Read for stored contents of a control spreadsheet. A role with a
// template's title has the template's key; any other role has its own normalised text as
// the key.
func ReadContents(c *Contents, prev *Snapshot, lang words.Lang, known []templates.Role) (*Result, error) {
	r := newReader(prev, lang, known)
	found := false
	for i := range schema {
		g := r.locate(c, &schema[i])
		r.grids[g.tab.key] = g
		found = found || g.found
	}
	if !found {
		return nil, ErrNotControl
	}
	res := r.parse()
	res.title = c.Title
	return res, nil
}

// InForce returns the department of a Snapshot, whatever the spreadsheet holds now.
func InForce(snapshot *Snapshot, lang words.Lang, known []templates.Role) department.Department {
	r := newReader(snapshot, lang, known)
	for i := range schema {
		r.grids[schema[i].key] = &grid{tab: &schema[i]}
	}
	return r.parse().Department
}

func newReader(prev *Snapshot, lang words.Lang, known []templates.Role) *reader {
	r := &reader{lang: lang, known: known, prev: map[string][]Row{}, next: map[string][]Row{},
		grids: map[string]*grid{}, gone: map[string]bool{}}
	if prev != nil {
		r.prev, r.prevRoles, r.day = prev.Tabs, prev.Roles, prev.Day
		r.prevGone, r.prevAhead, r.since = prev.Gone, prev.Ahead, prev.Since
	}
	return r
}

// parse reads the tabs that were located.
func (r *reader) parse() *Result {
	res := &Result{grids: r.grids}
	d := &res.Department
	d.Settings = r.settings()
	kpis := r.kpis()
	res.proposed = r.proposed
	d.Roles = roles(kpis)
	r.askedRoles(d)
	r.teams(d)
	people := r.people(d, res)
	r.leadsOfNobody(d)
	d.Company, d.Added = r.calendar()
	r.transfers(d)
	plans := r.plans(d)
	d.Absences = r.absences(d)
	d.Unlocks = r.unlocks(d)
	r.advise(d, kpis, people, plans)

	sortProblems(r.problems)
	res.Problems = r.problems
	res.Snapshot = Snapshot{Tabs: r.next, Roles: r.renamed, Gone: r.nextGone, Ahead: r.ahead(), Day: r.day,
		Since: r.since}
	return res
}

// sortProblems puts the most severe first, then sorts by tab and row.
func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Severity, b.Severity), // error, warning
			cmp.Compare(tabIndex(a.Tab), tabIndex(b.Tab)),
			cmp.Compare(a.Row, b.Row),
		)
	})
}

// RowOf returns the 0-based row of a person in «Сотрудники».
func (r *Result) RowOf(id department.PersonID) (int, bool) {
	for row, of := range r.ids {
		if of == id {
			return row, true
		}
	}
	return 0, false
}

// TeamRow returns the row of a team in «Команды», by its id.
func (r *Result) TeamRow(id string) (int, bool) {
	for _, row := range r.Snapshot.Tabs[TabTeams] {
		if row.ID == id {
			return row.At, true
		}
	}
	return 0, false
}

// SettingRow returns the row of a setting in «Параметры».
func (r *Result) SettingRow(key string) (int, bool) {
	for _, row := range r.Snapshot.Tabs[TabSettings] {
		if row.ID == key {
			return row.At, true
		}
	}
	return 0, false
}
