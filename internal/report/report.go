// Package report lays out a person's spreadsheet and reads what the person typed into it.
//
// It is pure: it makes the Book that others write and understands the columns that others
// read. It must not write, read the time or touch a network; the spreadsheet calculates
// the formulas that it lays out.
package report

import (
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Keys of tabs (behind Input.Tag) and of columns.
const (
	TabMonth   = "month:" // and the month, "month:2026-11"
	TabDeals   = "deals"
	TabClients = "clients"
	TabGuide   = "guide"
	TabCounted = "counted" // hidden: the deals as they count

	ColDate    = "date"
	ColComment = "comment"
	ColKPI     = "kpi:" // and the key of a typed KPI, "kpi:calls"
	ColLog     = "log:" // and the key of a KPI that comes from a call log
	// and the key of a KPI that is not typed: one that is no longer typed leaves its
	// figures in a hidden column
	ColOther   = "calc:"
	ColClient  = "client"
	ColAmount  = "amount"
	ColHanded  = "handed_over"
	ColFrom    = "from"
	ColKey     = "row_key" // hidden: the identity of a row of a list
	ColID      = "crm_id"  // hidden: the deal's id in the CRM that it was imported from
	ColWritten = "written" // hidden: what an import wrote into the row
)

// Input is the input of a person's spreadsheet.
type Input struct {
	Person department.Person
	Role   department.Role
	Dep    *department.Department
	// Plans computes the plans and weights of the days, and the facts that no formula of
	// a spreadsheet can compute. Nil: no plans.
	Plans  *planfact.Engine
	Months []calendar.Period
	// Closed are the person's closed months: their tabs show what was closed.
	Closed []department.Closed
	Today  calendar.Date
	Lang   words.Lang
	// Typed are the known entries, comments, deals and clients of the person: they are
	// written only where a tab, column or row is made (again), so that nothing typed is
	// lost with it.
	Typed Typed
	// Flags are the cells that could not be read; Layout marks them.
	Flags []Flag
	// Pairs and Rows are the entry cells and the rows of «Сделки» that do not count as
	// they are.
	Pairs []Pair
	Rows  []DealRow
	// GoneDeals are deals of locked days that count although their rows are gone.
	GoneDeals []department.Deal
	// Largest are the person's largest figures in months that are not read, by the key of
	// the KPI and in its unit: they tell a large figure from a date.
	Largest map[string]float64
	// Tag begins the keys of tabs if several people share one spreadsheet; empty
	// otherwise.
	Tag string
}

// Typed is everything that a person typed.
type Typed struct {
	Entries  []department.Entry
	Comments map[calendar.Date]string
	// Deals and Clients are in the order of their rows. A zero Deal or Client is not a
	// line, but asks for one more free row (see AddDeals).
	Deals   []department.Deal
	Clients []department.Client
}

// Flag is a cell that could not be read, or that was understood with a guess. The soft
// flag CodeLastRow does not belong to a cell: it records how far a long list is filled.
type Flag struct {
	Tab    string        // key of the tab
	Column string        // key of the column
	Day    calendar.Date // row of a month's tab
	Row    int           // row of a list (deals, clients), 0-based on the sheet
	Text   string        // its content
	Code   string        // kpi's problem code, or one of this package's
	Note   string        // for the person, in their language
	Soft   bool          // understood with a guess: it counts, with a note
	// Line is the content of the whole row of a list, in the order of the list's own
	// columns: a row that does not count is known only from here.
	Line []string
}

// Reading is what was read from a person's spreadsheet.
type Reading struct {
	Typed
	Flags []Flag
	Pairs []Pair    // entry cells that do not count as they are
	Rows  []DealRow // the same for rows of «Сделки»
	// Logged are the figures of call logs in the months' tabs. The worker wrote them:
	// they are news only for a ledger that was lost.
	Logged []department.Entry
	// Seen are the tabs that were found, by key: what is missing from a tab that was
	// found is no longer typed; of a tab that was not found nothing is known.
	Seen []string
	// SeenColumns are the columns that were found, "tab/column".
	SeenColumns map[string]bool
	// Strays are rows with content that could not be understood: a day that appears
	// twice, a day of another month, no date.
	Strays []string
	// LastDeal is the last row of «Сделки» with any content, 0-based on the sheet; 0:
	// none, or the list was not found.
	LastDeal int

	deals                 []DealRow // one for each of Deals
	scopes                []Scope
	seenDeals, seenClient bool
}

// Scope is a part of a month's tab that a Reading covers: a figure of these KPIs on these
// days that the Reading lacks is no longer typed.
type Scope struct {
	Span     calendar.Span // of days whose rows were found
	KPIs     []string      // whose columns were found
	Comments bool          // the column of comments was found
}

// Scopes returns the parts of the months' tabs that the reading covers. Days whose rows
// were not found are in none of them.
func (r Reading) Scopes() []Scope { return r.scopes }

// HasDeals reports whether the whole list of deals was found, so that Deals replaces what
// was known.
func (r Reading) HasDeals() bool { return r.seenDeals }

// HasClients reports the same for the list of clients.
func (r Reading) HasClients() bool { return r.seenClient }

// Title returns the title of a person's spreadsheet: «Отчёт — Иванова Анна» or, if the
// person has left by today, «Отчёт — Иванова Анна (архив)».
func Title(p department.Person, today calendar.Date, lang words.Lang) string {
	title := lang.T("Отчёт — ", "Report — ") + p.Name
	if p.Gone(today) {
		title += lang.T(" (архив)", " (archive)")
	}
	return title
}

// Layout returns the spreadsheet as it should be: the month of today first and later ones
// after it, the lists, the guide, then earlier months, newest first.
func Layout(in Input) *workbook.Book { return newDesk(in).book() }

// Frame returns what reading needs of a Layout: the tabs into which people type, their
// columns and rows, the texts by which rows are recognised, and where people type. It has
// no formulas, days, rules, protection or sizes, which are most of the work.
func Frame(in Input) *workbook.Book {
	d := newDesk(in)
	d.frame = true
	return d.book()
}

// book lays out the spreadsheet.
func (d *desk) book() *workbook.Book {
	in := d.in
	b := &workbook.Book{
		Title:    Title(in.Person, in.Today, in.Lang),
		Locale:   in.Lang.Locale(),
		TimeZone: zone(in.Dep.Settings.Zone),
		Recalc:   workbook.EveryMinute,
	}
	months := slices.SortedFunc(slices.Values(in.Months), func(a, b calendar.Period) int {
		return int(a.From - b.From)
	})
	months = slices.Compact(months)
	past := 0
	for past < len(months) && months[past].To < in.Today {
		past++
	}
	for _, m := range months[past:] {
		b.Tabs = append(b.Tabs, d.month(m))
	}
	var deals *workbook.Tab
	if d.hasDeals {
		spec := d.deals()
		d.leftAbove(&spec, b.Tabs)
		deals = d.list(spec)
		b.Tabs = append(b.Tabs, deals)
	}
	if d.hasClients {
		b.Tabs = append(b.Tabs, d.list(d.clients()))
	}
	if !d.frame {
		b.Tabs = append(b.Tabs, d.guide())
	}
	for _, m := range slices.Backward(months[:past]) {
		b.Tabs = append(b.Tabs, d.month(m))
	}
	if d.hasDeals && !d.frame {
		b.Tabs = append(b.Tabs, d.counted(deals))
	}
	return b
}

// readable reports whether people type into the column of the tab, its values identify
// the rows, or it holds figures of a call log.
func readable(t *workbook.Tab, column string) bool {
	if column == "" {
		return false
	}
	if t.KeyColumn == "" || column == t.KeyColumn || column == ColComment {
		return !strings.HasSuffix(t.Key, TabGuide)
	}
	return strings.HasPrefix(column, ColKPI) || strings.HasPrefix(column, ColLog)
}

// zone returns the IANA name of a location, which a spreadsheet needs. A zone without one
// is named by its offset; only whole hours, as Etc/GMT knows no others.
func zone(loc *time.Location) string {
	if loc == nil {
		return "Europe/Moscow"
	}
	if name := loc.String(); strings.Contains(name, "/") {
		return name
	}
	// Any moment will do: a zone without a name of its own has one offset.
	switch _, offset := time.Unix(0, 0).In(loc).Zone(); {
	case offset == 0:
		return "Etc/UTC"
	case offset == 3*3600:
		return "Europe/Moscow"
	case offset > 0:
		return "Etc/GMT-" + itoa(offset/3600) // signs in Etc are inverted
	default:
		return "Etc/GMT+" + itoa(-offset/3600)
	}
}

// activeIn returns the KPIs of the role that are measured on any day of the span.
func activeIn(role department.Role, s calendar.Span) []kpi.KPI {
	var out []kpi.KPI
	for i := range role.KPIs {
		if isMeasured(&role.KPIs[i], s) {
			out = append(out, role.KPIs[i])
		}
	}
	return out
}

// isMeasured reports whether a KPI is measured on any day of the span.
func isMeasured(k *kpi.KPI, s calendar.Span) bool {
	return (k.From.IsZero() || k.From <= s.To) && (k.To.IsZero() || s.From <= k.To)
}
