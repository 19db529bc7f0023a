package report_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/localgoogle/calc"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func expr(t testing.TB, src string) kpi.Expr {
	t.Helper()
	e, err := kpi.ParseExpr(src)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// coldCaller, salesRepDeals and accountManager return roles like those of the templates.
func coldCaller(t testing.TB) department.Role {
	return department.Role{Key: "cold", Title: "Холодные звонки", KPIs: []kpi.KPI{
		{Role: "cold", Key: "calls", Title: "Звонки", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(950),
			PlanFor: calendar.Month, Required: true, Min: kpi.Some(0), Max: kpi.Some(500)},
		{Role: "cold", Key: "talks", Title: "Разговоры", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(380),
			PlanFor: calendar.Month, Required: true},
		{Role: "cold", Key: "talk_time", Title: "Время в разговоре", Unit: kpi.Duration, Source: kpi.Manual,
			Plan: kpi.Some(19 * 7200), PlanFor: calendar.Month},
		{Role: "cold", Key: "avg_talk_time", Title: "Средний разговор", Unit: kpi.Duration, Source: kpi.Formula,
			Expr: expr(t, "talk_time / talks"), Plan: kpi.Some(180), PlanFor: calendar.Month},
		{Role: "cold", Key: "talk_rate", Title: "Доля разговоров", Unit: kpi.Percent, Source: kpi.Formula,
			Expr: expr(t, "talks / calls"), Plan: kpi.Some(0.4), PlanFor: calendar.Month},
		{Role: "cold", Key: "complaints", Title: "Жалобы", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(19),
			PlanFor: calendar.Month, Direction: kpi.Lower},
		{Role: "cold", Key: "notes", Title: "Без плана", Unit: kpi.Count, Source: kpi.Manual},
	}}
}

func salesRepDeals(t testing.TB) department.Role {
	return department.Role{Key: "rep", Title: "Продажник", KPIs: []kpi.KPI{
		{Role: "rep", Key: "deals", Title: "Сделки", Unit: kpi.Count, Source: kpi.Deals, Expr: expr(t, "count"),
			Plan: kpi.Some(20), PlanFor: calendar.Month},
		{Role: "rep", Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Deals, Expr: expr(t, "sum"),
			Plan: kpi.Some(1e6), PlanFor: calendar.Month},
		{Role: "rep", Key: "avg_check", Title: "Средний чек", Unit: kpi.Money, Source: kpi.Formula,
			Expr: expr(t, "revenue / deals"), Plan: kpi.Some(50000), PlanFor: calendar.Month},
	}}
}

// salesRep types deals and revenue by hand.
func salesRep(t testing.TB) department.Role {
	return department.Role{Key: "hand", Title: "Продажник", KPIs: []kpi.KPI{
		{Role: "hand", Key: "deals", Title: "Сделки", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(20),
			PlanFor: calendar.Month, Required: true},
		{Role: "hand", Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Manual, Plan: kpi.Some(1e6),
			PlanFor: calendar.Month, Required: true},
		{Role: "hand", Key: "avg_check", Title: "Средний чек", Unit: kpi.Money, Source: kpi.Formula,
			Expr: expr(t, "revenue / deals"), Plan: kpi.Some(50000), PlanFor: calendar.Month},
	}}
}

func accountManager(t testing.TB) department.Role {
	return department.Role{Key: "am", Title: "Аккаунт", KPIs: []kpi.KPI{
		{Role: "am", Key: "repeat_share", Title: "Доля повторных", Unit: kpi.Percent, Source: kpi.Deals,
			Expr: expr(t, "repeat_buyers / buyers"), Plan: kpi.Some(0.3), PlanFor: calendar.Month},
		{Role: "am", Key: "repeat_sum", Title: "Сумма повторных", Unit: kpi.Money, Source: kpi.Deals,
			Expr: expr(t, "repeat_sum"), Plan: kpi.Some(500000), PlanFor: calendar.Month},
		{Role: "am", Key: "retention", Title: "Удержание", Unit: kpi.Percent, Source: kpi.Clients,
			Expr: expr(t, "kept_clients / start_clients"), Plan: kpi.Some(0.8), PlanFor: calendar.Month},
	}}
}

var (
	may    = calendar.MonthOf(calendar.Of(2026, time.May, 1))
	moscow = time.FixedZone("MSK", 3*3600)
)

func mayDay(d int) calendar.Date { return calendar.Of(2026, time.May, d) }

// input returns the person p of a role, as of a day of May 2026.
func input(role department.Role, today calendar.Date) report.Input {
	dep := &department.Department{
		Roles:    []department.Role{role},
		People:   []department.Person{{ID: "p", Name: "Иванова Анна", Email: "anna@example.com", Role: role.Key}},
		Settings: department.Defaults(),
	}
	return report.Input{
		Person: dep.People[0], Role: role, Dep: dep, Lang: words.RU, Today: today,
		Months: []calendar.Period{calendar.MonthOf(today)},
	}
}

// plans gives the input an engine with the facts that it has typed.
func plans(in report.Input) report.Input {
	span := calendar.Span{From: calendar.MonthOf(in.Today).Prev().From, To: calendar.MonthOf(in.Today).Next().To}
	facts := planfact.NewFacts(in.Dep, span)
	for _, e := range in.Typed.Entries {
		facts.Add(e)
	}
	for _, d := range in.Typed.Deals {
		facts.AddDeal(d)
	}
	for _, c := range in.Typed.Clients {
		facts.AddClient(c)
	}
	in.Plans = planfact.New(in.Dep, facts, planfact.AsOf{Today: in.Today, Over: true})
	return in
}

// calculated calculates a book's formulas at a moment.
type calculated struct {
	t *testing.T
	b *workbook.Book
	e *calc.Engine
}

func calculate(t *testing.T, b *workbook.Book, now time.Time) calculated {
	return calculated{t, b, calc.New(source{b}, calc.Options{Now: func() time.Time {
		return now
	}, Location: moscow, Locale: b.Locale})}
}

type source struct{ b *workbook.Book }

func (s source) Sheets() []calc.Sheet {
	var out []calc.Sheet
	for _, t := range s.b.Tabs {
		out = append(out, calc.Sheet{ID: t.ID, Title: t.Title, Rows: t.Rows, Cols: t.Cols})
	}
	return out
}

func (s source) Each(id int64, f func(row, col int, formula string, constant calc.Value)) {
	for _, t := range s.b.Tabs {
		if t.ID != id {
			continue
		}
		for r, row := range t.Cells {
			for c, cell := range row {
				switch cell.Kind {
				case workbook.Number:
					f(r, c, "", calc.Num(cell.Num))
				case workbook.Text:
					f(r, c, "", calc.Str(cell.Str))
				case workbook.Formula:
					f(r, c, cell.Str, calc.Value{})
				}
			}
		}
	}
}

func (source) NamedRange(string) (int64, int, int, int, int, bool) { return 0, 0, 0, 0, 0, false }

// value returns what a cell of the first tab shows: a number or a text.
func (c calculated) value(row, column string) any {
	c.t.Helper()
	t := c.b.Tabs[0]
	r, col := rowOf(t, row), columnOf(t, column)
	if r < 0 || col < 0 {
		c.t.Fatalf("no cell %s of %s", row, column)
	}
	switch v := c.e.Value(t.ID, r, col); v.Kind {
	case calc.Number:
		return v.Num
	case calc.String:
		return v.Str
	case calc.Error:
		return v.Err.Text() + " " + v.Msg + " in " + t.Cells[r][col].Str
	case calc.Bool:
		return v.Bool
	}
	return nil
}

// rowOf finds a row by its tag, or a day by its date 2026-05-15.
func rowOf(t *workbook.Tab, name string) int {
	day, err := calendar.ParseDate(name)
	for i, id := range t.RowIDs {
		if id.Tag != "" && id.Tag == name || err == nil && id.Day == day.Serial() {
			return i
		}
	}
	return -1
}

func columnOf(t *workbook.Tab, key string) int {
	for i, c := range t.Columns {
		if c.Key == key || c.Key == "kpi:"+key || c.Key == "calc:"+key {
			return i
		}
	}
	return -1
}

func tabOf(t *testing.T, b *workbook.Book, key string) *workbook.Tab {
	t.Helper()
	for _, tab := range b.Tabs {
		if tab.Key == key {
			return tab
		}
	}
	t.Fatalf("no tab %q", key)
	return nil
}

func cellOf(t *testing.T, tab *workbook.Tab, row, column string) workbook.Cell {
	t.Helper()
	r, c := rowOf(tab, row), columnOf(tab, column)
	if r < 0 || c < 0 {
		t.Fatalf("%s: no cell %s of %s", tab.Key, row, column)
	}
	return tab.Cells[r][c]
}

// want compares what a cell shows: numbers to within a ten-thousandth.
func (c calculated) want(row, column string, want any) {
	c.t.Helper()
	got := c.value(row, column)
	if w, ok := want.(float64); ok {
		if g, ok := got.(float64); ok && math.Abs(g-w) < 1e-4 {
			return
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("%s of %s: got %v, want %v", row, column, got, want)
	}
}

// grid returns a book as a reader gets it: whole columns, by tag.
func grid(b *workbook.Book, edit func(tab string, cells [][]any)) []workbook.Found {
	var out []workbook.Found
	for _, t := range b.Tabs {
		cells := make([][]any, len(t.Cells))
		for r, row := range t.Cells {
			cells[r] = make([]any, len(t.Columns))
			for c, cell := range row {
				switch cell.Kind {
				case workbook.Number:
					cells[r][c] = cell.Num
				case workbook.Text:
					cells[r][c] = cell.Str
				case workbook.Formula:
					cells[r][c] = 0.0
				}
			}
		}
		if edit != nil {
			edit(t.Key, cells)
		}
		asked := map[int64]bool{}
		for _, id := range report.MetaIDs(b) {
			asked[id] = true
		}
		for c, col := range t.Columns {
			id := workbook.MetaID(t.ID, col.Key)
			if col.Key == "" || !asked[id] {
				continue
			}
			f := workbook.Found{MetaID: id, Sheet: t.Title, Col: c}
			for _, row := range cells {
				f.Values = append(f.Values, row[c])
			}
			out = append(out, f)
		}
	}
	return out
}
