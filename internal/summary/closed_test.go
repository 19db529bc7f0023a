package summary

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// closedWeek returns the golden department's week of 4 May, closed on the 14th.
func closedWeek(t *testing.T, in Input) []department.Closed {
	t.Helper()
	var out []department.Closed
	for _, p := range in.Dep.People {
		role, _ := in.Dep.Role(p.Role)
		c, ok := Close(in.Engine, role, p, calendar.WeekOf(day("2026-05-04")),
			time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC), in.Lang)
		if ok != p.Employed(day("2026-05-04")) {
			t.Errorf("%s was employed: %t", p.Name, ok)
		}
		if ok {
			out = append(out, c)
		}
	}
	return out
}

// A closed period stays as it was: it takes over neither a new plan nor another team,
// role title or name, and people who have left stay in it.
func TestClosedIsFrozen(t *testing.T) {
	before := golden(words.RU)
	closed := closedWeek(t, before)
	after := golden(words.RU, func(dep *department.Department, _ *planfact.AsOf) {
		dep.Roles[0].Title = "Обзвон"
		dep.Roles[0].KPIs[0].Plan = kpi.Some(1900)
		dep.People[0].Team = "Запад"
		dep.People = dep.People[:2]
		dep.Plans = []department.Plan{{From: day("2026-05-05"), Role: "cold-caller", KPI: "leads", Plan: 30,
			For: calendar.Month}}
	})
	after.Closed = closed
	got := rowsOf(tabOf(t, Layout(after), TabHistory))[3:]
	for i, r := range got {
		got[i], _, _ = strings.Cut(r, `|{"closed"`)
	}
	want := []string{
		// 5 of May's 19 days: 250 of 950; Anna called 40 a day, the other one 70.
		"Неделя 19, 2026|46146|46152|Иванова Анна|Холодные звонки|Север|Звонки|шт.|250|200|-50|0.8|▼ отстаёт|950 в " +
			"месяц, из показателя|закрыт",
		"Неделя 19, 2026|46146|46152|Иванова Анна|Холодные звонки|Север|Лиды|шт.|—|20|—|—|—||закрыт",
		"Неделя 19, 2026|46146|46152|Иванова Анна|Холодные звонки|Север|Конверсия в лид|%|0.1|0.1|0|1|▲ по плану|10 " +
			"%, из показателя|закрыт",
		"Неделя 19, 2026|46146|46152|=HYPERLINK(\"x\")|Холодные звонки|Юг|Звонки|шт.|250|350|100|1.4|▲ " +
			"перевыполнение|950 в месяц, из показателя|закрыт",
	}
	if d := cmp.Diff(want, got[:4]); d != "" {
		t.Error(d)
	}
	if last := got[len(got)-1]; !strings.Contains(last, "Сидоров Пётр|Продажи||Время в разговоре") {
		t.Errorf("who is gone is not in the last row: %s", last)
	}
	// The export has the same figures.
	rows := slices.Collect(Rows(after.Dep, after.Engine, closed, calendar.Week,
		calendar.Span{From: day("2026-05-04"), To: day("2026-05-15")}))
	was := slices.Collect(Rows(before.Dep, before.Engine, nil, calendar.Week,
		calendar.Span{From: day("2026-05-04"), To: day("2026-05-10")}))
	frozen := rows[:len(was)]
	strip := func(rs []Row) string { // plans and lights are figures of the period, trends are not
		var b strings.Builder
		if err := WriteCSV(&b, slices.Values(rs)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if d := cmp.Diff(strip(was), strip(frozen)); d != "" {
		t.Errorf("the export of a closed week (-when it closed +now):\n%s", d)
	}
	if open := rows[len(was)]; open.Period.From != day("2026-05-11") || open.Line.Plan.V != 400 {
		t.Errorf("the open week has the plan %v, want 4 of 19 days of the new one: 400", open.Line.Plan)
	}
}

// An edit that ops allowed changes the facts of a closed period, not its plan.
func TestMend(t *testing.T) {
	in := golden(words.RU)
	c := closedWeek(t, in)[0]
	in = golden(words.RU, func(dep *department.Department, _ *planfact.AsOf) {
		dep.Roles[0].KPIs[0].Plan = kpi.Some(9500)
	})
	lines := in.Engine.Person(in.Dep.People[0], c.Period)
	lines[0].Fact = kpi.Some(240)
	now := time.Date(2026, 5, 20, 22, 30, 0, 0, time.UTC)
	got := Mend(c, lines, in.Dep.Settings, now)
	if k := got.KPIs[0]; k.Plan.V != 250 || k.Fact.V != 240 || k.Attainment.V != 0.96 || k.Light != kpi.Yellow ||
		k.Version != c.KPIs[0].Version {
		t.Errorf("mended: %+v", k)
	}
	if c.KPIs[0].Fact.V != 200 {
		t.Error("the period before was changed in place")
	}
	in.Closed = []department.Closed{got}
	if r := tabOf(t, Layout(in), TabHistory).Cells[3]; r[14].Str != "исправлен 21.05.2026" {
		t.Errorf("the state of a mended period: %q", r[14].Str) // in Moscow it was the 21st
	}
}

// Where «История» is cut it leaves a closed period out whole: a lost ledger is rebuilt
// from there.
func TestHistoryCutsBetweenCloses(t *testing.T) {
	in := golden(words.RU)
	c := closedWeek(t, in)[0]
	c.KPIs = slices.Concat(c.KPIs, c.KPIs)[:5]
	open := len(rowsOf(tabOf(t, Layout(in), TabHistory))) - 3
	// In the order of people 19,998 rows, then a period of five, of which two would fit.
	four := c
	four.KPIs = c.KPIs[:4]
	for i := range (HistoryRows - 2) / 5 {
		c.Person = department.PersonID("x" + itoa(i))
		in.Closed = append(in.Closed, c)
	}
	for i := range 2 {
		four.Person = department.PersonID("four" + itoa(i))
		in.Closed = append(in.Closed, four)
	}
	c.Person = "last"
	in.Closed = append(in.Closed, c)
	count := func() (rows, closed int, under string) {
		tab := tabOf(t, Layout(in), TabHistory)
		all := rowsOf(tab)[3:]
		for _, r := range all {
			if strings.Contains(r, `{"closed"`) {
				closed++
			}
		}
		return len(all), closed, tab.Cells[1][0].Str
	}
	// The director's holds more rather than none, until they have moved to a year's own.
	rows, closed, under := count()
	if want := (HistoryRows-2)/5*5 + 8 + 5; closed != want || rows != open+want ||
		strings.Contains(under, "svodka export summary") {
		t.Errorf("the director's history has %d closed of %d rows, want %d, and says %q", closed, rows, want, under)
	}
	in.Team, in.Members, in.Company = "Юг", in.Dep.People, in.Engine
	in.Dep.People = nil
	if rows, closed, under = count(); closed != HistoryRows-2 || rows < closed ||
		!strings.Contains(under, "у руководителя отдела") {
		t.Errorf("a team's history has %d closed of %d rows, and says %q", closed, rows, under)
	}
	in.Closed, in.Team = slices.Repeat(in.Closed, 6), ""
	if _, closed, under = count(); closed > MostHistoryRows || closed < MostHistoryRows-5 ||
		!strings.Contains(under, "svodka export summary") {
		t.Errorf("%d rows of closed periods, and it says %q", closed, under)
	}
}

// What has moved to the spreadsheets of years is not in «История», which links to them.
func TestHistoryLeavesOutWhatMoved(t *testing.T) {
	in := golden(words.RU)
	in.Closed = closedWeek(t, in)
	in.Moved = in.Closed[0].To
	for i := range mostLinks + 1 {
		in.Earlier = append(in.Earlier, Linked{YearTitle(2010+i, 1, words.RU), "https://x/" + itoa(i)})
	}
	in.Closed = nil // as whoever lays it out reads them
	tab := tabOf(t, Layout(in), TabHistory)
	if s := strings.Join(rowsOf(tab)[3:], "\n"); strings.Contains(s, "Неделя 19, 2026") {
		t.Errorf("it still shows the week:\n%s", s)
	}
	row := tab.Cells[1]
	if last := row[len(row)-1]; row[0].Str != "До 10.05.2026 включительно — в таблицах:" || len(row) != 3+mostLinks ||
		row[3].Str != "История 2022" || row[3].Link != "https://x/12" || last.Str != "История 2011" {
		t.Errorf("above the heading stands %v", rowsOf(tab)[1])
	}
}

// A year's spreadsheet shows closed periods by month, oldest first, and gives them back.
func TestYearBook(t *testing.T) {
	in := golden(words.RU)
	week := closedWeek(t, in)
	late := week[0]
	late.Period = calendar.WeekOf(day("2026-04-01"))
	late.Mended = time.Date(2026, 5, 15, 9, 0, 0, 1e6, time.UTC)
	y := Yearly{Title: YearTitle(2026, 2, words.RU), Lang: words.RU, Settings: in.Dep.Settings, Summary: "https://x/s",
		Months: []YearMonth{{Month: calendar.MonthOf(day("2026-03-01")), Inputs: "kept", Stands: true},
			{Month: calendar.MonthOf(late.To), Inputs: "a", Closed: []department.Closed{late}},
			{Month: calendar.MonthOf(week[0].To), Inputs: "b", Closed: []department.Closed{week[1], week[0]}}}}
	book := YearBook(y)
	sound := *book
	sound.Tabs = book.Tabs[1:]
	if _, _, err := workbook.Diff(workbook.Fresh(), &sound); err != nil {
		t.Error(err)
	}
	var titles []string
	for _, tab := range book.Tabs {
		titles = append(titles, tab.Title)
	}
	if d := cmp.Diff([]string{"Март 2026", "Апрель 2026", "Май 2026"}, titles); d != "" ||
		book.Title != "История 2026 (2)" || !book.Tabs[0].Kept {
		t.Errorf("%q has the tabs (-want +got):\n%s", book.Title, d)
	}
	if s := strings.Join(rowsOf(book.Tabs[1]), "\n"); !strings.Contains(s, "История: апрель 2026") ||
		!strings.Contains(s, "исправлен 15.05.2026") || book.Tabs[1].Cells[1][0].Link != "https://x/s" {
		t.Errorf("April:\n%s", s)
	}
	book.Tabs = append(book.Tabs, &workbook.Tab{ID: 77, Cells: book.Tabs[2].Cells}) // a person's copy
	want := []department.Closed{late, week[1], week[0]}                             // by name
	if d := cmp.Diff(want, restoredYear(2026, asRead(book))); d != "" {
		t.Errorf("closed periods (-shown +restored):\n%s", d)
	}
	if got := restoredYear(2025, asRead(book)); len(got) > 0 {
		t.Errorf("of another year there are %v", got)
	}
}

// restoredYear reads a year back row by row, as if each were an answer of its own.
func restoredYear(year int, s *sheets.Spreadsheet) []department.Closed {
	y := RestoreYear(year)
	for _, sh := range s.Sheets {
		for _, d := range sh.Data {
			for _, row := range d.RowData {
				y.Rows(&sheets.Spreadsheet{Sheets: []*sheets.Sheet{{Properties: sh.Properties,
					Data: []*sheets.GridData{{RowData: []*sheets.RowData{row}}}}}})
			}
		}
	}
	return y.Closes()
}

func TestPeriodsInGraceAreMarked(t *testing.T) {
	for today, want := range map[string]string{"2026-05-12": "можно исправить до 13.05.2026",
		"2026-05-14": "ещё не закрыт"} {
		in := golden(words.RU, func(_ *department.Department, at *planfact.AsOf) { at.Today = day(today) })
		if r := tabOf(t, Layout(in), TabHistory).Cells[3]; r[0].Str != "Неделя 19, 2026" || r[14].Str != want {
			t.Errorf("on %s: %q is %q, want %q", today, r[0].Str, r[14].Str, want)
		}
	}
}

// A tab with only sentences has one column, wide enough for them.
func TestEmptyTabsAreWideEnough(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		b := Layout(golden(lang))
		for _, key := range []string{TabEdits, TabReconciliation} {
			tab := tabOf(t, b, key)
			width := 0
			for _, c := range tab.Columns {
				width += c.Width
			}
			for _, r := range tab.Cells {
				if len(r) > 0 && width < utf8.RuneCountInString(r[0].Str)*7 {
					t.Errorf("%s, %s: %d px are too narrow for %q", key, lang, width, r[0].Str)
				}
			}
			if width > 900 {
				t.Errorf("%s, %s: %d px do not fit a window", key, lang, width)
			}
		}
	}
}

func TestEdits(t *testing.T) {
	in := golden(words.RU)
	gone := in.Dep.People[2]
	in.Gone = map[department.PersonID]department.Person{gone.ID: {ID: gone.ID, Name: gone.Name, Role: gone.Role}}
	in.Dep.People = in.Dep.People[:2]
	at := time.Date(2026, 5, 15, 21, 30, 0, 0, time.UTC)
	in.Edits = []department.LateEdit{
		{Person: "p3", Date: day("2026-05-04"), KPI: "talk_time", Was: kpi.Some(3600), At: at, Counted: true},
		{Person: "p1", Date: day("2026-05-05"), KPI: "calls", Was: kpi.Some(40), Became: kpi.Some(45),
			At: at.Add(-time.Hour)},
		{Person: "p9", Date: day("2026-05-05"), KPI: "gone", Became: kpi.Some(7), At: at.Add(-2 * time.Hour)},
		{Person: "p1", Date: day("2026-05-05"), At: at.Add(-3 * time.Hour), Deal: &department.DealChange{
			Was:    &department.Deal{Person: "p1", Date: day("2026-05-05"), Client: "=A1", Amount: 1500},
			Became: &department.Deal{Person: "p1", Date: day("2026-05-06"), Amount: 1600.5}}},
	}
	got := rowsOf(tabOf(t, Layout(in), TabEdits))[4:]
	for i, r := range got {
		got[i], _, _ = strings.Cut(r, `|{"edit"`)
	}
	want := []string{
		"16.05.2026 00:30|Сидоров Пётр|46146|Время в разговоре|0.0416667|—|учтено",
		"15.05.2026 23:30|Иванова Анна|46147|Звонки|40|45|не учтено",
		"15.05.2026 22:30|p9|46147|gone|—|7|не учтено",
		"15.05.2026 21:30|Иванова Анна|46147|Сделка|05.05.2026: =A1, 1 500 ₽|06.05.2026: 1 600,5 ₽|не учтено",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := rowsOf(tabOf(t, Layout(golden(words.RU)), TabEdits)); !slices.Contains(got,
		"✓ Закрытые дни никто не менял.") {
		t.Errorf("without edits:\n%s", strings.Join(got, "\n"))
	}
}

// The director's spreadsheet is enough to rebuild a lost ledger.
func TestRestored(t *testing.T) {
	in := golden(words.RU)
	in.Closed = closedWeek(t, in)
	in.Closed[1].Mended = time.Date(2026, 5, 15, 9, 0, 0, 1e6, time.UTC)
	in.Closed[0].KPIs[0].Fact = kpi.Some(1.0 / 3)
	in.Edits = []department.LateEdit{
		{Person: "p1", Date: day("2026-05-05"), KPI: "calls", Was: kpi.Some(0.1 + 0.2),
			At: time.Date(2026, 5, 15, 9, 0, 0, 5e6, time.UTC)},
		{Person: "p1", Date: day("2026-05-05"), KPI: "calls", Became: kpi.Some(45),
			At: time.Date(2026, 5, 15, 8, 0, 0, 0, time.UTC), Counted: true},
		{Person: "p1", Date: day("2026-05-05"), At: time.Date(2026, 5, 15, 7, 0, 0, 0, time.UTC),
			Deal: &department.DealChange{
				Was: &department.Deal{Person: "p1", Date: day("2026-05-05"), Client: "Ромашка", Amount: 0.1 + 0.2}}},
		{Person: "p1", Date: day("2026-05-06"), At: time.Date(2026, 5, 15, 6, 0, 0, 0, time.UTC),
			Deal: &department.DealChange{
				Became: &department.Deal{Person: "p1", Date: day("2026-05-06"), Client: "=1", Amount: 7}}},
	}
	closes, edits := Restored(asRead(Layout(in)))
	if d := cmp.Diff(in.Closed, closes); d != "" {
		t.Errorf("closed periods (-shown +restored):\n%s", d)
	}
	if d := cmp.Diff(in.Edits, edits); d != "" {
		t.Errorf("late edits (-shown +restored):\n%s", d)
	}
}

// asRead returns what a read shows of the values of a Book.
func asRead(b *workbook.Book) *sheets.Spreadsheet {
	s := &sheets.Spreadsheet{}
	for _, tab := range b.Tabs {
		sh := &sheets.Sheet{Properties: &sheets.SheetProperties{SheetId: tab.ID}, Data: []*sheets.GridData{{}}}
		for _, r := range tab.Cells {
			row := &sheets.RowData{}
			for _, c := range r {
				cell := &sheets.CellData{}
				switch c.Kind {
				case workbook.Text:
					cell.UserEnteredValue = &sheets.ExtendedValue{StringValue: &c.Str}
				case workbook.Number:
					cell.UserEnteredValue = &sheets.ExtendedValue{NumberValue: &c.Num}
				}
				row.Values = append(row.Values, cell)
			}
			sh.Data[0].RowData = append(sh.Data[0].RowData, row)
		}
		s.Sheets = append(s.Sheets, sh)
	}
	return s
}
