package worker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// leads types a team into «Команды».
func (o *office) leads(team, part, leads string) {
	o.t.Helper()
	o.adds("teams", map[string]any{"name": team, "part": part, "leads": leads})
}

// teamSummary returns the summary of a team.
func (o *office) teamSummary(name string) string {
	o.t.Helper()
	for _, t := range o.dep().Teams {
		if t.Name == name {
			return o.file(files.Team, department.PersonID(t.ID))
		}
	}
	o.t.Fatalf("there is no team %s", name)
	return ""
}

// monthFact returns the fact of a KPI in a row of a summary's tab «Месяц».
func (o *office) monthFact(file, row, kpi string) float64 {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(file).IncludeGridData(true).Do()
	o.must(err)
	for _, sheet := range s.Sheets {
		if sheet.Properties.SheetId != workbook.SheetID(summary.TabMonth) {
			continue
		}
		col := -1
		for _, r := range sheet.Data[0].RowData {
			for i, c := range r.Values {
				if c.FormattedValue == kpi && col < 0 {
					col = i
				}
			}
			if col >= 0 && len(r.Values) > col && r.Values[0].FormattedValue == row &&
				r.Values[col].EffectiveValue != nil &&
				r.Values[col].EffectiveValue.NumberValue != nil {
				return *r.Values[col].EffectiveValue.NumberValue
			}
		}
	}
	o.t.Fatalf("%s has no row %q with a fact of %q", file, row, kpi)
	return 0
}

// Each team with a lead has a summary of the people in it and below, open only to its
// leads; it is renamed with the team, and a former lead loses access at the next sync.
func TestTeamSummaries(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com, second@example.com")
	o.leads("Юг", "Дивизион", "")
	o.settle()
	north, div := o.teamSummary("Север"), o.teamSummary("Дивизион")
	o.mayBe("the north's", north, "north@example.com reader", "second@example.com reader")
	o.mayBe("the division's", div, "div@example.com reader")
	o.types(0, "2026-05-14", "deals", 3) // of the north
	o.types(1, "2026-05-14", "deals", 5) // of the south
	o.settle()
	for _, c := range []struct {
		what, file string
		want       float64
	}{{"the north", north, 3}, {"the division", div, 8}, {"all", o.summary(), 8}} {
		if got := o.monthFact(c.file, "Итого", "Сделки"); got != c.want {
			t.Errorf("%s has %v deals, want %v", c.what, got, c.want)
		}
	}
	if text := o.text(north, "month"); strings.Contains(text, personName(1)) || !strings.Contains(text, personName(0)) {
		t.Error("the north's summary shows who is not of it, or not who is")
	}
	if text := o.text(o.control(), "teams"); !strings.Contains(text, "сводка готова") {
		t.Errorf("«Команды» does not say that the summary is ready:\n%s", text)
	}

	// A person moves: what was earned stays where it was.
	o.clock.set("2026-05-15", 12, 0)
	o.config("people", "name="+personName(0), "team", "Юг")
	o.settle()
	if got := o.monthFact(north, "Итого", "Сделки"); got != 3 {
		t.Errorf("after the move the north has %v deals, want 3", got)
	}
	o.types(0, "2026-05-15", "deals", 4)
	o.settle()
	if a, b, all := o.monthFact(north, "Итого", "Сделки"), o.monthFact(div, "Юг", "Сделки"),
		o.monthFact(o.summary(), "Итого", "Сделки"); a != 3 || b != 9 || all != 12 {
		t.Errorf("the north has %v, the south %v, all %v; want 3, 9, 12", a, b, all)
	}

	// Another name, another lead.
	o.config("teams", "name=Север", "leads", "new@example.com")
	o.settle()
	o.mayBe("the north's", north, "new@example.com reader")
	o.config("teams", "name=Север", "name", "Северо-запад")
	o.settle()
	if got := o.teamSummary("Северо-запад"); got != north {
		t.Errorf("the renamed team has the summary %s, want %s", got, north)
	}
	s, err := o.as("").Spreadsheets.Get(north).Fields("properties.title").Do()
	o.must(err)
	if s.Properties.Title != "Сводка команды: Северо-запад" {
		t.Errorf("it is called %q", s.Properties.Title)
	}
	// Without a lead nobody has access, and it stays.
	o.config("teams", "name=Северо-запад", "leads", "")
	o.settle()
	o.mayBe("the north's", north)
	o.mayBe("the division's", div, "div@example.com reader")
}

// k people who typed cost k reads and one write of each summary that shows them: the
// director's, those of their teams and of the teams above. Without changes: one call.
func TestCallsOfTeams(t *testing.T) {
	t.Parallel()
	for _, n := range []int{6, 50, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if testing.Short() && n > 6 {
				t.Skip("it runs without -short")
			}
			o := newOffice(t).init().hire(n, "sales-rep")
			o.sync()
			o.open()
			o.leads("Дивизион", "", "div@example.com")
			o.leads("Север", "Дивизион", "north@example.com")
			o.leads("Юг", "Дивизион", "south@example.com")
			o.leads("Запад", "", "west@example.com") // nobody is in it: it has none
			o.settle()
			o.expect("nothing changed", google.Calls{Drive: 1})
			for i, who := range [][]int{{0}, {2, 4}, {1, 3, 5}, {0, 1}} {
				for _, p := range who {
					o.types(p, "2026-05-14", "deals", 10*(i+1)+p)
				}
				writes := 3 // the director's, the division's, the team's
				if slices.ContainsFunc(who, func(p int) bool { return p%2 != who[0]%2 }) {
					writes = 4
				}
				o.expect(fmt.Sprintf("%v typed", who),
					google.Calls{Drive: 1, SheetsRead: len(who), SheetsWrite: writes})
				o.expect("settled", google.Calls{Drive: 1})
			}
		})
	}
}
