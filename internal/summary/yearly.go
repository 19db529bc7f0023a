package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Yearly is a spreadsheet of closed periods that «История» no longer holds: those that
// end in a year, or in a part of it if they are too many for one spreadsheet.
type Yearly struct {
	Title    string
	Lang     words.Lang
	Settings department.Settings
	Summary  string      // URL of the director's summary, in which later periods stand
	Months   []YearMonth // of one year, at least one
}

// YearMonth is a tab of a Yearly: the closed periods that end in a month.
type YearMonth struct {
	Month calendar.Period
	// Inputs name everything that the tab is made from, see workbook.Tab. Stands means
	// that it was made from the same ones and stays as it is; then Closed may be empty.
	Inputs string
	Stands bool
	Closed []department.Closed
}

// YearTitle names the spreadsheet of a part of a year; most years have one part, the
// first.
func YearTitle(year, part int, lang words.Lang) string {
	s := fmt.Sprintf("%s %d", lang.T("История", "History"), year)
	if part > 1 {
		s += fmt.Sprintf(" (%d)", part)
	}
	return s
}

// YearTab is the key of the tab of a month in a Yearly.
func YearTab(month calendar.Period) string { return TabHistory + ":" + month.String() }

// YearBook lays out the spreadsheet, with the columns of «История» and the hidden one
// from which a lost ledger is rebuilt. Rows are oldest first, so that what closes later
// is added below and moves nothing.
func YearBook(y Yearly) *workbook.Book {
	m := bareBuilder(&Input{Dep: &department.Department{Settings: y.Settings}, Lang: y.Lang})
	book := &workbook.Book{Title: y.Title, Locale: y.Lang.Locale(), TimeZone: zoneName(y.Settings.Zone)}
	for _, month := range y.Months {
		book.Tabs = append(book.Tabs, m.yearMonth(month, y.Summary))
	}
	for _, month := range monthsOf(y.Months[0].Month.From.Year()) { // if it was taken back
		if !slices.ContainsFunc(y.Months, func(t YearMonth) bool { return t.Month == month }) {
			book.Drop = append(book.Drop, YearTab(month))
		}
	}
	return book
}

func (m *builder) yearMonth(y YearMonth, link string) *workbook.Tab {
	key, name := YearTab(y.Month), y.Month.Name(m.lang)
	if y.Stands {
		return &workbook.Tab{ID: workbook.SheetID(key), Key: key, Title: name, Exclusive: true, Inputs: y.Inputs,
			Kept: true}
	}
	s := newSheet(m.in, m.st, key, name, name)
	s.Heights[s.add(workbook.Txt(m.historyTitle()+": "+strings.ToLower(name),
		m.st.text(textLook{use: textTitle})))] = 36
	under := workbook.Txt(m.lang.T("Недели и месяцы, которые закончились в этом месяце. Свежие — в сводке",
		"Weeks and months that ended in this month. Later ones are in the summary"),
		m.st.text(textLook{use: textUnder}))
	if len(y.Closed) == 0 {
		under.Str = m.lang.T("Эти недели и месяцы снова открыты. Они в сводке",
			"These weeks and months are open again. They are in the summary")
	}
	under.Link = link
	s.add(under)
	head := m.historyHead(s)
	s.FrozenRows = s.next()
	for _, c := range yearOrder(y.Closed) {
		m.closedRows(s, nil, c)
	}
	s.Filter = &workbook.Area{R0: head, C0: 0, R1: s.next(), C1: histKeep}
	s.widen(histKeep, 0)
	tab := s.done()
	tab.Columns[histKeep].Hidden = true
	tab.Inputs = y.Inputs
	return tab
}

// monthsOf returns the months of a year.
func monthsOf(year int) []calendar.Period {
	var out []calendar.Period
	for month := calendar.MonthOf(calendar.Of(year, time.January, 1)); month.From.Year() == year; month = month.Next() {
		out = append(out, month)
	}
	return out
}

// yearOrder returns closed periods in the order of a Yearly: the earliest end first, a
// week before a month with the same end, then by name.
func yearOrder(closed []department.Closed) []department.Closed {
	closed = slices.Clone(closed)
	slices.SortStableFunc(closed, func(a, b department.Closed) int {
		return cmp.Or(cmp.Compare(a.To, b.To), -cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Again, b.Again))
	})
	return closed
}

// Year collects the closed periods of a year from tabs of a Yearly.
type Year struct {
	restorer
	ours map[int64]bool
}

// RestoreYear begins to read the closed periods of a year back.
func RestoreYear(year int) *Year {
	y := &Year{restorer{at: map[closeKey]int{}}, map[int64]bool{}}
	for _, month := range monthsOf(year) {
		y.ours[workbook.SheetID(YearTab(month))] = true
	}
	return y
}

// Rows reads rows, got with the values of cells. The figures of one period may stand in
// several calls of it. It skips tabs of others and rows that are damaged.
func (y *Year) Rows(s *sheets.Spreadsheet) {
	for _, sh := range s.Sheets {
		if sh.Properties == nil || !y.ours[sh.Properties.SheetId] {
			continue
		}
		for _, d := range sh.Data {
			for _, row := range d.RowData {
				if k, texts, ok := recordIn(row); ok && k.Closed != nil {
					y.closed(*k.Closed, texts)
				}
			}
		}
	}
}

// Closes returns the periods that were read.
func (y *Year) Closes() []department.Closed { return y.closes }
