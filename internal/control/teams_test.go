package control_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// teamed returns the office with teams: a division of two.
func teamed(t *testing.T) desk {
	d := office(t)
	for i, row := range [][3]string{{"Дивизион", "", "div@example.ru"}, {"Север", "Дивизион", "north@example.ru"},
		{"Юг", "дивизион", "South@Example.ru; second@example.ru"}} {
		for k, key := range []string{"name", "part", "leads"} {
			if row[k] != "" {
				d.set("teams", i+2, key, row[k])
			}
		}
	}
	for row := 2; row <= 4; row++ {
		d.set("people", row, "team", []string{"север", "Север", "Юг"}[row-2])
	}
	d.cut("plans", 4) // of a team whose people this changes
	return d
}

func TestTeams(t *testing.T) {
	d := teamed(t)
	res := d.read(nil)
	if control.Errors(res.Problems) > 0 {
		t.Fatal(problems(res))
	}
	teams := res.Department.Teams
	if len(teams) != 3 || teams[1].PartOf != "Дивизион" || teams[2].PartOf != "Дивизион" ||
		!slices.Equal(teams[2].Leads, []string{"south@example.ru", "second@example.ru"}) {
		t.Fatalf("teams: %+v", teams)
	}
	if got := res.Department.People[0].Team; got != "Север" {
		t.Errorf("a team that was typed in another case is %q", got)
	}
	// Renamed: the same team, also for people whose rows still have the old name.
	id := teams[1].ID
	d.set("teams", 3, "name", "Северо-запад")
	d.set("teams", 3, "id", id)
	res.Snapshot.Day = calendar.Of(2026, 11, 20)
	res = d.read(&res.Snapshot)
	if got := res.Department.Teams[1]; got.ID != id || got.Name != "Северо-запад" {
		t.Errorf("after the renaming: %+v, want the id %s", got, id)
	}
	if p := res.Department.People[0]; p.Team != "Северо-запад" || p.TeamsBefore != nil {
		t.Errorf("after the renaming a person is in %q, before in %v", p.Team, p.TeamsBefore)
	}
	if !strings.Contains(problems(res), "команда теперь называется «Северо-запад»") {
		t.Errorf("nobody is told of the new name:\n%s", problems(res))
	}
	// A copied row brings the id along: it is another team.
	for _, key := range []string{"name", "part", "leads", "id"} {
		d.set("teams", 5, key, d.get("teams", 3, key))
	}
	d.set("teams", 5, "name", "Запад")
	res = d.read(&res.Snapshot)
	if teams = res.Department.Teams; teams[1].ID != id || teams[3].ID == id || teams[3].ID == "" {
		t.Errorf("ids after copying a row: %+v", teams)
	}
}

func TestTeamMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(d desk)
		want []string
		then func(teams []department.Team) bool
	}{
		"a circle": {func(d desk) { d.set("teams", 2, "part", "Север") },
			[]string{"получился круг: Дивизион → Север → Дивизион. Уберите одну из связей [действует прежняя строка: " +
				"входит в — пусто]"},
			func(teams []department.Team) bool {
				return teams[0].PartOf == "" && teams[1].PartOf == "Дивизион"
			}},
		"part of itself": {func(d desk) { d.set("teams", 5, "name", "Новая"); d.set("teams", 5, "part", "новая") },
			[]string{"получился круг: Новая → Новая", "команда пока ни во что не входит"},
			func(teams []department.Team) bool { return len(teams) == 4 && teams[3].PartOf == "" }},
		"an unknown one": {func(d desk) { d.set("teams", 3, "part", "Дивизон") },
			[]string{"команды «Дивизон» на этой вкладке нет: возможно, «Дивизион»? [команда пока ни во что не входит]"},
			func(teams []department.Team) bool { return teams[1].PartOf == "" }},
		"twice": {func(d desk) { d.set("teams", 5, "name", " СЕВЕР ") },
			[]string{"такая строка уже есть, строка 3"},
			func(teams []department.Team) bool { return len(teams) == 3 }},
		"no e-mail": {func(d desk) { d.set("teams", 3, "leads", "Иванова Анна") },
			[]string{"«Иванова» — не e-mail", "действует прежняя строка: руководители north@example.ru"},
			func(teams []department.Team) bool { return slices.Equal(teams[1].Leads, []string{"north@example.ru"}) }},
		"a lead of nothing": {func(d desk) { d.set("teams", 5, "leads", "x@example.ru") },
			[]string{"нет названия: впишите, как называется команда [строка не действует]"}, nil},
		"a lead of nobody": {func(d desk) {
			d.set("teams", 5, "name", "Пустая")
			d.set("teams", 5, "leads", "x@example.ru")
		},
			[]string{"в команде «Пустая» никого нет"}, nil},
		"no date": {func(d desk) { d.set("people", 2, "team", "Юг с 45.13") },
			[]string{"«45.13» — не дата: введите, например, Север с 01.12.2026"}, nil},
	} {
		d := teamed(t)
		valid := d.read(nil)
		c.edit(d)
		res := d.read(&valid.Snapshot)
		for _, want := range c.want {
			if !strings.Contains(problems(res), want) {
				t.Errorf("%s: nobody is told %q:\n%s", name, want, problems(res))
			}
		}
		if c.then != nil && !c.then(res.Department.Teams) {
			t.Errorf("%s: teams %+v", name, res.Department.Teams)
		}
	}
}

// A move counts from the day typed with the team, else from the day on which it is seen;
// the previous team stays, and is written into the row.
func TestMoves(t *testing.T) {
	d := teamed(t)
	res := d.read(nil)
	on := func(today calendar.Date, text any) {
		t.Helper()
		d.set("people", 2, "team", text)
		res.Snapshot.Day = today
		res = d.read(&res.Snapshot)
		if control.Errors(res.Problems) > 0 {
			t.Error(problems(res))
		}
	}
	check := func(when, team, cell string, want ...department.TeamStint) {
		t.Helper()
		p := res.Department.People[0]
		if x := cmp.Diff(want, p.TeamsBefore); x != "" || p.Team != team || control.MovesCell(res, p.ID) != cell {
			t.Errorf("%s: in %q, the cell says %q, want %q and %q; (-want +got)\n%s", when, p.Team,
				control.MovesCell(res, p.ID), team, cell, x)
		}
		again := control.InForce(&res.Snapshot, words.RU, templates.Builtin()).People[0]
		if x := cmp.Diff(p.TeamsBefore, again.TeamsBefore); x != "" || again.Team != p.Team {
			t.Errorf("%s: as kept in %q:\n%s", when, again.Team, x)
		}
	}
	check("at first", "Север", "")
	on(calendar.Of(2026, 11, 10), "Юг")
	north := department.TeamStint{Team: "Север", To: calendar.Of(2026, 11, 9)}
	check("on the day it is seen", "Юг", "Север по 09.11.2026", north)
	on(calendar.Of(2026, 11, 12), "Юг")
	check("days later, not written yet", "Юг", "Север по 09.11.2026", north)
	d.set("people", 2, "moves", "Север по 09.11.2026")
	on(calendar.Of(2026, 11, 20), "Север с 01.12")
	check("typed ahead", "Север", "Север по 09.11.2026; Юг по 30.11.2026", north,
		department.TeamStint{Team: "Юг", To: calendar.Of(2026, 11, 30)})
	if got := res.Department.People[0].TeamOn(calendar.Of(2026, 11, 25)); got != "Юг" {
		t.Errorf("before the day of the move in %q", got)
	}
	on(calendar.Of(2026, 11, 21), "Юг")
	check("thought better of", "Юг", "Север по 09.11.2026", north)
	on(calendar.Of(2026, 11, 22), "Дивизион")
	on(calendar.Of(2026, 11, 22), "Юг")
	check("changed back on the day", "Юг", "Север по 09.11.2026", north)
	d.set("people", 2, "moves", "Север по 05.11.2026")
	on(calendar.Of(2026, 11, 23), "Юг")
	check("corrected by ops", "Юг", "Север по 05.11.2026",
		department.TeamStint{Team: "Север", To: calendar.Of(2026, 11, 5)})
	res = d.read(nil)
	check("with the ledger lost", "Юг", "Север по 05.11.2026",
		department.TeamStint{Team: "Север", To: calendar.Of(2026, 11, 5)})

	// If teams are not listed, a new name is just a new name, as before; a day means a
	// move.
	d = office(t)
	d.cut("plans", 4)
	d.set("people", 2, "team", "А")
	res = d.read(nil)
	on(calendar.Of(2026, 11, 10), "Б")
	check("not listed", "Б", "")
	on(calendar.Of(2026, 11, 11), "В с 05.11.2026")
	check("not listed, with its day", "В", "Б по 04.11.2026",
		department.TeamStint{Team: "Б", To: calendar.Of(2026, 11, 4)})
	on(calendar.Of(2026, 11, 11), nil)
	d.set("people", 3, "team", "А; Б с 2 ноября")
	res.Snapshot.Day = calendar.Of(2026, 11, 12)
	res = d.read(&res.Snapshot)
	if p := res.Department.People[1]; p.Team != "Б" || len(p.TeamsBefore) != 1 ||
		p.TeamsBefore[0].To != calendar.Of(2026, 11, 1) {
		t.Errorf("two teams in one cell: %+v", p)
	}
}

// A spreadsheet of an earlier version gets the tab, and nobody reads that it is missing.
func TestTeamsComeToAnOldSpreadsheet(t *testing.T) {
	d := office(t)
	res := d.read(nil)
	delete(res.Snapshot.Tabs, control.TabTeams)
	d.s.Sheets = slices.DeleteFunc(d.s.Sheets, func(s *sheets.Sheet) bool { return s.Properties.Title == "Команды" })
	res = d.read(&res.Snapshot)
	if strings.Contains(problems(res), "Команды") {
		t.Error(problems(res))
	}
	b := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Year: 2026})
	if !slices.ContainsFunc(b.Tabs, func(tab *workbook.Tab) bool { return tab.Key == control.TabTeams }) {
		t.Error("the tab is not made")
	}
}
