package department

import (
	"slices"
	"testing"

	"svodka/internal/calendar"
)

func TestTree(t *testing.T) {
	d := &Department{
		Teams: []Team{
			{Name: "Дивизион"}, {Name: "Север", PartOf: "Дивизион"}, {Name: "Юг", PartOf: "Дивизион"},
			{Name: "Север-1", PartOf: "Север"}, {Name: "Потерянная", PartOf: "нет такой"},
			{Name: "А", PartOf: "Б"}, {Name: "Б", PartOf: "А"}, {Name: "Себя", PartOf: "Себя"},
		},
		People: []Person{{Team: "Север"}, {Team: "Запад"}, {},
			{Team: "Юг", TeamsBefore: []TeamStint{{Team: "Восток", To: calendar.Of(2026, 5, 14)}}}},
	}
	tree := d.Tree()
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"below the division", tree.Below("Дивизион"), []string{"Дивизион", "Север", "Север-1", "Юг"}},
		{"below a leaf", tree.Below("Юг"), []string{"Юг"}},
		{"above the lowest", tree.Above("Север-1"), []string{"Север", "Дивизион"}},
		{"above the top", tree.Above("Дивизион"), nil},
		{"parts", tree.Parts("Дивизион"), []string{"Север", "Юг"}},
		// A circle is cut before its first team; teams that only people name come last.
		{"top", tree.Parts(""), []string{"Дивизион", "Потерянная", "А", "Себя", "Запад", "Восток"}},
		{"a circle cut", tree.Below("А"), []string{"А", "Б"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if _, ok := tree.Team("Запад"); !ok {
		t.Error("a team that only people name is not there")
	}
	if _, ok := tree.Team(""); ok {
		t.Error("there is a team without a name")
	}
	for _, c := range []struct {
		teams []Team
		want  []string
	}{
		{d.Teams[:4], nil},
		{d.Teams, []string{"А", "Б", "А"}},
		{d.Teams[7:], []string{"Себя", "Себя"}},
	} {
		if got := Circle(c.teams); !slices.Equal(got, c.want) {
			t.Errorf("circle of %v: %q, want %q", c.teams, got, c.want)
		}
	}
}

func TestInTeams(t *testing.T) {
	day := func(d int) calendar.Date { return calendar.Of(2026, 5, d) }
	p := Person{Role: "rep", Team: "Юг", TeamsBefore: []TeamStint{{"", day(5)}, {"Север", day(14)}},
		Before: []Stint{{"caller", day(7)}}}
	for d, want := range map[int]string{1: "", 5: "", 6: "Север", 14: "Север", 15: "Юг", 31: "Юг"} {
		if got := p.TeamOn(day(d)); got != want {
			t.Errorf("on %d May in %q, want %q", d, got, want)
		}
	}
	type part struct {
		role, team string
		from, to   calendar.Date
	}
	var got []part
	for _, s := range p.Stints() {
		for _, q := range s.InTeams() {
			got = append(got, part{q.Role, q.Team, q.From, q.To})
		}
	}
	want := []part{{"caller", "", 0, day(5)}, {"caller", "Север", day(6), day(7)},
		{"rep", "Север", day(8), day(14)}, {"rep", "Юг", day(15), 0}}
	if !slices.Equal(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
	if still := (Person{Team: "Юг"}).InTeams(); len(still) != 1 || still[0].Team != "Юг" {
		t.Errorf("who never moved: %v", still)
	}
}
