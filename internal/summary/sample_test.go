package summary

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func expr(s string) kpi.Expr {
	e, err := kpi.ParseExpr(s)
	if err != nil {
		panic(err)
	}
	return e
}

func callers(lang words.Lang) department.Role {
	return department.Role{Key: "cold-caller", Title: lang.T("Холодные звонки", "Cold callers"), KPIs: []kpi.KPI{
		{Role: "cold-caller", Key: "calls", Title: lang.T("Звонки", "Calls"), Unit: kpi.Count, Source: kpi.Manual,
			Plan: kpi.Some(950), PlanFor: calendar.Month, Direction: kpi.Higher, Weight: 2, Required: true},
		{Role: "cold-caller", Key: "leads", Title: lang.T("Лиды", "Leads"), Unit: kpi.Count, Source: kpi.Manual,
			Direction: kpi.Higher, Weight: 1},
		{Role: "cold-caller", Key: "lead_rate", Title: lang.T("Конверсия в лид", "Lead rate"), Unit: kpi.Percent,
			Source: kpi.Formula,
			Expr:   expr("leads / calls"), Plan: kpi.Some(0.1), PlanFor: calendar.Month, Direction: kpi.Higher},
	}}
}

func sellers(lang words.Lang) department.Role {
	return department.Role{Key: "sales-rep", Title: lang.T("Продажи", "Sales"), KPIs: []kpi.KPI{
		{Role: "sales-rep", Key: "revenue", Title: lang.T("Выручка", "Revenue"), Unit: kpi.Money, Source: kpi.Manual,
			Plan: kpi.Some(1_900_000), PlanFor: calendar.Month, Direction: kpi.Higher, Weight: 1, Required: true},
		{Role: "sales-rep", Key: "talk_time", Title: lang.T("Время в разговоре", "Talk time"), Unit: kpi.Duration,
			Source: kpi.Manual,
			Plan:   kpi.Some(5400), PlanFor: calendar.Day, Direction: kpi.Higher},
	}}
}

// golden returns the department of the product's golden numbers: at the end of 15 May
// 2026, nine of nineteen working days closed, Anna has 380 of 950 calls. change changes
// it before anything is computed.
func golden(lang words.Lang, change ...func(*department.Department, *planfact.AsOf)) Input {
	dep := &department.Department{
		Roles: []department.Role{callers(lang), sellers(lang)},
		People: []department.Person{
			{ID: "p1", Name: lang.T("Иванова Анна", "Anna Ivanova"), Role: "cold-caller",
				Team: lang.T("Север", "North"), Hired: day("2026-05-01")},
			{ID: "p2", Name: `=HYPERLINK("x")`, Role: "cold-caller", Team: lang.T("Юг", "South"),
				Hired: day("2026-05-01")},
			{ID: "p3", Name: lang.T("Сидоров Пётр", "Peter Sidorov"), Role: "sales-rep", Hired: day("2026-05-01")},
			{ID: "p4", Name: lang.T("Ушедшая Ольга", "Olga Gone"), Role: "sales-rep", Hired: day("2026-04-01"),
				Left: day("2026-04-30")},
		},
		Settings: department.Defaults(),
	}
	at := planfact.AsOf{Today: day("2026-05-15"), Over: true}
	for _, f := range change {
		f(dep, &at)
	}
	facts := planfact.NewFacts(dep, calendar.Span{From: day("2026-04-01"), To: day("2026-05-31")})
	add := func(p department.PersonID, key string, d calendar.Date, v float64) {
		facts.Add(department.Entry{Person: p, KPI: key, Date: d, Value: v})
	}
	cal := dep.Calendar()
	n := 0
	for d := day("2026-05-01"); d <= day("2026-05-15"); d++ {
		if !cal.Kind(d).Works() {
			continue
		}
		n++
		calls := 40.0
		if n == 9 {
			calls = 60
		}
		add("p1", "calls", d, calls)
		add("p1", "leads", d, 4)
		if d != day("2026-05-14") && d != day("2026-05-15") {
			add("p2", "calls", d, 70)
		}
		add("p3", "revenue", d, 101_000)
		add("p3", "talk_time", d, 5000)
	}
	return Input{
		Dep: dep, Engine: planfact.New(dep, facts, at), At: at, Lang: lang, First: day("2026-05-04"),
		Now:    time.Date(2026, 5, 15, 16, 5, 0, 0, time.UTC),
		Sheets: map[department.PersonID]bool{"p1": true, "p2": true, "p3": true},
		Links: map[department.PersonID]string{"p1": "https://docs.google.com/spreadsheets/d/1",
			"p2": "https://docs.google.com/spreadsheets/d/2", "p3": "https://docs.google.com/spreadsheets/d/3"},
	}
}

// crowd returns a department of n people with five KPIs and figures of the given number
// of days up to 20 November 2026, plus what is typed.
func crowd(n, days int, typed ...department.Entry) Input {
	role := department.Role{Key: "rep", Title: "Продажи", KPIs: []kpi.KPI{
		{Key: "calls", Title: "Звонки", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(1900), Weight: 1,
			Required: true},
		{Key: "leads", Title: "Лиды", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(60), Weight: 1},
		{Key: "deals", Title: "Сделки", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(20), Weight: 1},
		{Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Manual, Plan: kpi.Some(1e6), Weight: 2},
		{Key: "avg_check", Title: "Средний чек", Unit: kpi.Money, Source: kpi.Formula, Expr: expr("revenue / deals"),
			Plan: kpi.Some(50_000)},
	}}
	for i := range role.KPIs {
		if i < 4 {
			role.KPIs[i].Funnel = i + 1
		}
		role.KPIs[i].Role, role.KPIs[i].PlanFor, role.KPIs[i].Direction = "rep", calendar.Month, kpi.Higher
	}
	dep := &department.Department{Roles: []department.Role{role}, Settings: department.Defaults()}
	last := day("2026-11-20")
	first := last.Add(1 - days)
	links := map[department.PersonID]string{}
	for i := range n {
		p := department.Person{ID: department.PersonID(fmt.Sprintf("p%04d", i)), Name: fmt.Sprintf("Сотрудник %04d", i),
			Role: "rep", Team: fmt.Sprintf("Команда %d", i%10)}
		dep.People = append(dep.People, p)
		links[p.ID] = "https://docs.google.com/spreadsheets/d/" + string(p.ID)
	}
	facts := planfact.NewFacts(dep, calendar.Span{From: first, To: last})
	cal := dep.Calendar()
	for i, p := range dep.People {
		for d := first; d <= last; d++ {
			if !cal.Kind(d).Works() {
				continue
			}
			for k, key := range [...]string{"calls", "leads", "deals", "revenue"} {
				facts.Add(department.Entry{Person: p.ID, KPI: key, Date: d, Value: [...]float64{80, 2, 1, 45000}[k] +
					float64((i+int(d))%7)})
			}
		}
	}
	for _, e := range typed {
		facts.Add(e)
	}
	at := planfact.AsOf{Today: last, Over: true}
	return Input{
		Dep: dep, Engine: planfact.New(dep, facts, at), At: at, Lang: words.RU, First: first,
		Now: time.Date(2026, 11, 20, 16, 5, 0, 0, time.UTC), Links: links,
	}
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

// rowsOf lists the texts and numbers of a tab, a line each, for reading.
func rowsOf(tab *workbook.Tab) []string {
	var out []string
	for _, r := range tab.Cells {
		var b strings.Builder
		for i, c := range r {
			if i > 0 {
				b.WriteByte('|')
			}
			switch c.Kind {
			case workbook.Number:
				fmt.Fprintf(&b, "%.6g", c.Num)
			case workbook.Text:
				b.WriteString(strings.ReplaceAll(c.Str, words.NBSP, " "))
			}
		}
		out = append(out, strings.TrimRight(b.String(), "|"))
	}
	return out
}

// rowWith finds the first row whose first cells are the given texts.
func rowWith(t *testing.T, tab *workbook.Tab, first ...string) []workbook.Cell {
	t.Helper()
	for _, r := range tab.Cells {
		ok := len(r) >= len(first)
		for i := range first {
			ok = ok && r[i].Kind == workbook.Text && r[i].Str == first[i]
		}
		if ok {
			return r
		}
	}
	t.Fatalf("%s: no row %q in\n%s", tab.Key, first, strings.Join(rowsOf(tab), "\n"))
	return nil
}
