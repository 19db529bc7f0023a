package report_test

import (
	"slices"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// ahead returns the book with a tab moved to the first place, where calculated looks.
func ahead(t *testing.T, b *workbook.Book, key string) *workbook.Book {
	i := slices.IndexFunc(b.Tabs, func(x *workbook.Tab) bool { return x.Key == key })
	if i < 0 {
		t.Fatalf("no tab %s", key)
	}
	out := *b
	out.Tabs = slices.Concat(b.Tabs[i:i+1], b.Tabs[:i], b.Tabs[i+1:])
	return &out
}

// shows compares a block with a line.
func (c calculated) shows(l planfact.Line) {
	c.t.Helper()
	pace := l.KPI.Lights.Shown(l.Pace, department.Defaults().AboveFrom)
	for row, n := range map[string]kpi.Num{"plan": l.Plan, "fact": l.Fact, "to_date": l.PlanToDate, "pace": pace,
		"forecast": l.Forecast, "left": l.Left} {
		want := any("—")
		if n.OK {
			want = report.CellValue(l.KPI, n.V)
		}
		c.want(row, l.KPI.Key, want)
	}
	c.want("light", l.KPI.Key, terms.LightText(l.Light, words.RU))
}

// changing returns a person who types deals, then lists them, and types them again.
func changing(t *testing.T, first, second, today calendar.Date) report.Input {
	typed, listed := salesRep(t), salesRepDeals(t)
	in := input(typed, today)
	in.Dep.Roles = append(in.Dep.Roles, listed)
	p := &in.Dep.People[0]
	p.Before = []department.Stint{{Role: typed.Key, To: first}, {Role: listed.Key, To: second}}
	in.Person = *p
	in.Role, _ = in.Dep.RoleOver(*p)
	for d := mayDay(1); d <= today; d++ {
		if d <= first || d > second {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: "deals", Date: d, Value: 2},
				department.Entry{Person: "p", KPI: "revenue", Date: d, Value: 70_000})
		}
		in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: d, Client: "Ромашка",
			Amount: 30_000})
	}
	return plans(in)
}

// For a role that comes back within a month the block shows the latest stint, like its
// line in the summary: 22 days of May, in the role again since the 15th.
func TestRoleComesBackInAMonth(t *testing.T) {
	in := changing(t, mayDay(10), mayDay(14), mayDay(22))
	b := report.Layout(in)
	c := calculate(t, b, time.Date(2026, 5, 22, 20, 0, 0, 0, moscow))
	lines := in.Plans.Person(in.Person.Stints()[2], may)
	if len(lines) != 3 || lines[0].Fact.V != 16 || lines[0].Working != 11 {
		t.Fatalf("the line of the latest time: %+v", lines)
	}
	for _, l := range lines {
		c.shows(l)
	}
	tab := b.Tabs[0]
	if got := tab.Cells[0][columnOf(tab, "deals")].Str; got != "Сделки (с 15.05)" {
		t.Errorf("the column is called %q", got)
	}
	// Earlier days of the same role are open; those of the other one are closed.
	for day, open := range map[string]bool{"2026-05-08": true, "2026-05-12": false, "2026-05-15": true} {
		if got := tab.Cells[rowOf(tab, day)][columnOf(tab, "kpi:deals")].Open; got != open {
			t.Errorf("%s is open: %v, want %v", day, got, open)
		}
	}
	// A figure typed in the first stint is read, and counts in its line.
	first := in.Plans.Person(in.Person.Stints()[0], may)
	if first[0].Fact.V != 20 {
		t.Errorf("the line of the first time: %+v", first[0])
	}
}

// Earlier months show the role that they had, whatever came after.
func TestMonthsShowTheirOwnRole(t *testing.T) {
	june := calendar.MonthOf(may.To + 1)
	in := changing(t, may.To, june.To, june.To+10)
	in.Months = []calendar.Period{may, june, june.Next()}
	b := report.Layout(in)
	now := time.Date(2026, 7, 10, 20, 0, 0, 0, moscow)
	for i, m := range in.Months {
		c := calculate(t, ahead(t, b, "month:"+m.String()), now)
		lines := in.Plans.Person(in.Person.Stints()[i], m)
		if len(lines) != 3 {
			t.Fatalf("%d lines of %s", len(lines), m)
		}
		for _, l := range lines {
			if m == may || l.Light == kpi.NoLight { // facts reach back a month only
				continue
			}
			c.shows(l)
		}
	}
	for key, column := range map[string]string{"month:2026-05": "kpi:deals", "month:2026-06": "calc:deals",
		"month:2026-07": "kpi:deals"} {
		if columnOf(tabOf(t, b, key), column) < 0 {
			t.Errorf("%s has no column %s", key, column)
		}
	}
}

// A closed month that is laid out again shows the plan with which it closed, and its
// figures if today's rules would compute others from what was typed.
func TestClosedMonthIsAsItClosed(t *testing.T) {
	in := goldenMay(t)
	in.Today = calendar.Of(2026, 6, 20)
	in.Months = []calendar.Period{may}
	in.Closed = []department.Closed{{Period: may, Person: "p", Role: "cold", KPIs: []department.ClosedKPI{
		{Key: "calls", Unit: kpi.Count, Plan: kpi.Some(400), Fact: kpi.Some(380), Attainment: kpi.Some(0.95),
			Light: kpi.Yellow, Working: 19},
		// By a formula of then.
		{Key: "talk_rate", Unit: kpi.Percent, Plan: kpi.Some(0.5), Fact: kpi.Some(0.6), Attainment: kpi.Some(1.2),
			Light: kpi.Above, Working: 19},
		// With a cap and lights of then.
		{Key: "complaints", Unit: kpi.Count, Plan: kpi.Some(99), Fact: kpi.Some(18), Attainment: kpi.Some(1.5),
			Light: kpi.Green, Working: 19},
		{Key: "notes", Unit: kpi.Count, Fact: kpi.Some(0), Working: 19},
	}}}
	in = plans(in)
	c := calculate(t, ahead(t, report.Layout(in), "month:2026-05"), time.Date(2026, 6, 20, 12, 0, 0, 0, moscow))
	for _, w := range []struct {
		row, key string
		want     any
	}{
		{"plan", "calls", 400.0}, {"fact", "calls", 380.0}, {"to_date", "calls", 400.0}, {"pace", "calls", 0.95},
		{"light", "calls", terms.LightText(kpi.Yellow, words.RU)}, {"left", "calls", 20.0},
		{"forecast", "calls", 380.0}, {"needed", "calls", "не выполнен"},
		{"plan", "talk_rate", 0.5}, {"fact", "talk_rate", 0.6}, {"to_date", "talk_rate", 0.5},
		{"pace", "talk_rate", 1.2}, {"light", "talk_rate", terms.LightText(kpi.Above, words.RU)},
		{"plan", "complaints", 99.0}, {"fact", "complaints", 18.0}, {"pace", "complaints", 1.5},
		{"light", "complaints", terms.LightText(kpi.Green, words.RU)},
		{"plan", "notes", "не задан"}, {"to_date", "notes", "—"},
	} {
		c.want(w.row, w.key, w.want)
	}
	// What was not measured when the month closed is as it is now.
	c.want("plan", "talks", 380.0)
}
