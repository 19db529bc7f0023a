package summary

import (
	"testing"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The inputs of «История» are told without laying it out. Whatever changes the tab as a
// full layout has it must change them, and they must stay when nothing has changed.
func TestHistoryInputsFollowTheLayout(t *testing.T) {
	same := func(*department.Department, *planfact.AsOf) {}
	kpiOf := func(change func(*kpi.KPI)) func(*department.Department, *planfact.AsOf) {
		return func(dep *department.Department, _ *planfact.AsOf) { change(&dep.Roles[0].KPIs[0]) }
	}
	person := func(change func(*department.Person)) func(*department.Department, *planfact.AsOf) {
		return func(dep *department.Department, _ *planfact.AsOf) { change(&dep.People[0]) }
	}
	made := func(change func(*department.Department, *planfact.AsOf), lang words.Lang) (inputs, layout string) {
		in := golden(lang, change)
		in.Settled, in.Version = day("2026-05-03"), 1
		inputs = HistoryInputs(in)
		if inputs == "" {
			t.Fatal("the inputs are not known")
		}
		tab := tabOf(t, Layout(in), TabHistory)
		if n := len(tab.Cells); n < 6 {
			t.Fatalf("%d rows: nothing is open", n)
		}
		return inputs, workbook.Digest(&workbook.Book{Tabs: []*workbook.Tab{tab}})
	}
	inputs, layout := made(same, words.RU)
	if again, _ := made(same, words.RU); again != inputs {
		t.Error("the same has other inputs")
	}
	for what, change := range map[string]func(*department.Department, *planfact.AsOf){
		"a name":           person(func(p *department.Person) { p.Name = "Иванова Анна Петровна" }),
		"a team":           person(func(p *department.Person) { p.Team = "Запад" }),
		"a day of leaving": person(func(p *department.Person) { p.Left = day("2026-05-06") }),
		"another role":     person(func(p *department.Person) { p.Role = "sales-rep" }),
		"a title of a role": func(dep *department.Department, _ *planfact.AsOf) {
			dep.Roles[0].Title = "Звонящие"
		},
		"the days of grace": func(dep *department.Department, _ *planfact.AsOf) { dep.Settings.GraceDays = 9 },
		"the order of people": func(dep *department.Department, _ *planfact.AsOf) {
			dep.People[0], dep.People[1] = dep.People[1], dep.People[0]
		},
		"an absence": func(dep *department.Department, _ *planfact.AsOf) {
			a := department.Absence{Person: "p1", Kind: department.Vacation}
			a.From, a.To = day("2026-05-06"), day("2026-05-08")
			dep.Absences = append(dep.Absences, a)
		},
		"an earlier day": func(_ *department.Department, at *planfact.AsOf) { at.Today = day("2026-05-12") },
		"a KPI's title":  kpiOf(func(k *kpi.KPI) { k.Title = "Наборы" }),
		"a KPI's unit":   kpiOf(func(k *kpi.KPI) { k.Unit = kpi.Money }),
		"fractions":      kpiOf(func(k *kpi.KPI) { k.Fractions = true }),
		"a plan":         kpiOf(func(k *kpi.KPI) { k.Plan = kpi.Some(1000) }),
		"no plan":        kpiOf(func(k *kpi.KPI) { k.Plan = kpi.Num{} }),
		"a direction":    kpiOf(func(k *kpi.KPI) { k.Direction = kpi.Lower }),
		"lights":         kpiOf(func(k *kpi.KPI) { k.Lights = kpi.Thresholds{{From: 0, Light: kpi.Above}} }),
		"a key":          kpiOf(func(k *kpi.KPI) { k.Key = "dials" }), // so it has no figures
	} {
		gotInputs, gotLayout := made(change, words.RU)
		switch {
		case gotLayout == layout:
			t.Errorf("%s does not change «История»: the test says nothing", what)
		case gotInputs == inputs:
			t.Errorf("%s changes «История», but not its inputs", what)
		}
	}
	if english, _ := made(same, words.EN); english == inputs {
		t.Error("another language has the same inputs")
	}
}

// The links to the spreadsheets of years can be read whole: a year may have many of them.
func TestLinksOfYearsAreNotCutOff(t *testing.T) {
	in := golden(words.RU)
	in.Moved = day("2026-04-26")
	for part := 1; part <= 11; part++ {
		in.Earlier = append(in.Earlier, Linked{Title: YearTitle(2026, part, words.RU), URL: "https://year"})
	}
	tab := tabOf(t, Layout(in), TabHistory)
	links := 0
	for c, cell := range tab.Cells[1] {
		if cell.Link == "" {
			continue
		}
		links++
		if need := charPx * float64(len([]rune(cell.Str))); need > float64(tab.Columns[c].Width) {
			t.Errorf("%q takes %.0f pixels of %d", cell.Str, need, tab.Columns[c].Width)
		}
	}
	if links != 11 {
		t.Errorf("%d links", links)
	}
}
