package department

import (
	"cmp"
	"slices"

	"svodka/internal/calendar"
)

// Team is one row of «Команды».
type Team struct {
	ID     string // stable identity, that of its row; empty: the team is only in people's rows
	Name   string
	PartOf string   // name of the team above it; empty: none
	Leads  []string // e-mails of the people who lead it
}

// TeamStint is an earlier team of a person.
type TeamStint struct {
	Team string        // name; empty: none
	To   calendar.Date // the last day in it
}

// TeamOn returns the name of the person's team on day d; empty: none.
func (p Person) TeamOn(d calendar.Date) string {
	for _, s := range p.TeamsBefore {
		if d <= s.To {
			return s.Team
		}
	}
	return p.Team
}

// InTeams returns the person, or one of their Stints, once for each team, in order, with
// the days in it as From and To; a person who never changed teams unchanged.
func (p Person) InTeams() []Person {
	if len(p.TeamsBefore) == 0 {
		return []Person{p}
	}
	var out []Person
	from := calendar.Date(0)
	add := func(team string, to calendar.Date) {
		part := p
		part.Team, part.TeamsBefore = team, nil
		part.From = max(p.From, from)
		if part.To.IsZero() || !to.IsZero() && to < part.To {
			part.To = to
		}
		if part.To.IsZero() || part.From <= part.To {
			out = append(out, part)
		}
		from = to + 1
	}
	for _, s := range p.TeamsBefore {
		add(s.Team, s.To)
	}
	add(p.Team, 0)
	return out
}

// ByTeam is a department divided among its teams, so that each can be had alone without
// going through everybody.
type ByTeam struct {
	dep   *Department
	tree  *Tree
	parts map[string][]part
}

// part is a person on the days in one team.
type part struct {
	at int // in the department
	Person
}

// ByTeam divides the department.
func (d *Department) ByTeam() *ByTeam {
	b := &ByTeam{d, d.Tree(), map[string][]part{}}
	for i, p := range d.People {
		for _, in := range p.InTeams() {
			b.parts[in.Team] = append(b.parts[in.Team], part{i, in})
		}
	}
	return b
}

// Tree returns the teams.
func (b *ByTeam) Tree() *Tree { return b.tree }

// Within is the department as a team with those below it has it: those who are or were in
// them, on the days in them, once for each team. All else is the department's.
func (b *ByTeam) Within(team string) *Department {
	out := *b.dep
	out.People, out.Teams = nil, nil
	below := b.tree.Below(team)
	for _, t := range b.dep.Teams {
		if slices.Contains(below, t.Name) {
			out.Teams = append(out.Teams, t)
		}
	}
	var all []part
	for _, name := range below {
		all = append(all, b.parts[name]...)
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(a.at-b.at, int(a.From)-int(b.From)) })
	for _, p := range all {
		out.People = append(out.People, p.Person)
	}
	return &out
}

// Led are the teams that somebody leads and that anybody is or was in, or below: those
// with a summary of their own.
func (d *Department) Led() []Team {
	if !slices.ContainsFunc(d.Teams, func(t Team) bool { return len(t.Leads) > 0 }) {
		return nil
	}
	tree, peopled := d.Tree(), map[string]bool{}
	for _, p := range d.People {
		for _, part := range p.InTeams() {
			for _, name := range append(tree.Above(part.Team), part.Team) {
				peopled[name] = true
			}
		}
	}
	var out []Team
	for _, t := range d.Teams {
		if len(t.Leads) > 0 && peopled[t.Name] {
			out = append(out, t)
		}
	}
	return out
}

// Tree holds the teams of a department by what they are part of: those in «Команды» in
// order, then those that are only in people's rows, which are part of no other.
type Tree struct {
	teams []Team
	at    map[string]int // by name
	parts map[string][]string
}

// Teamed reports whether anybody is in a team, or any team is listed.
func (d *Department) Teamed() bool {
	return len(d.Teams) > 0 || slices.ContainsFunc(d.People, func(p Person) bool {
		return p.Team != "" || len(p.TeamsBefore) > 0
	})
}

// Tree arranges the teams. It ignores that a team is part of a missing one, or of one of
// its own parts.
func (d *Department) Tree() *Tree {
	t := &Tree{at: map[string]int{}, parts: map[string][]string{}}
	add := func(team Team) {
		if _, twice := t.at[team.Name]; team.Name != "" && !twice {
			t.at[team.Name] = len(t.teams)
			t.teams = append(t.teams, team)
		}
	}
	for _, team := range d.Teams {
		add(team)
	}
	for _, p := range d.People {
		for _, s := range p.TeamsBefore {
			add(Team{Name: s.Team})
		}
		add(Team{Name: p.Team})
	}
	for i := range t.teams {
		team := &t.teams[i]
		if _, there := t.at[team.PartOf]; !there || slices.Contains(t.Above(team.PartOf), team.Name) ||
			team.PartOf == team.Name {
			team.PartOf = ""
		}
		t.parts[team.PartOf] = append(t.parts[team.PartOf], team.Name)
	}
	return t
}

// Team finds a team by its name.
func (t *Tree) Team(name string) (Team, bool) {
	i, ok := t.at[name]
	if !ok {
		return Team{}, false
	}
	return t.teams[i], true
}

// All returns the teams in order.
func (t *Tree) All() []Team { return t.teams }

// Parts returns the names of a team's direct parts; for the empty name, those of the
// teams that are part of no other.
func (t *Tree) Parts(name string) []string { return t.parts[name] }

// Below returns the names of a team and of all teams below it, each before its own parts.
func (t *Tree) Below(name string) []string {
	out := []string{name}
	for _, part := range t.parts[name] {
		out = append(out, t.Below(part)...)
	}
	return out
}

// Above returns the names of the teams that a team is part of, the nearest first.
func (t *Tree) Above(name string) []string {
	var out []string
	for {
		i, ok := t.at[name]
		if !ok || t.teams[i].PartOf == "" || slices.Contains(out, t.teams[i].PartOf) {
			return out
		}
		name = t.teams[i].PartOf
		out = append(out, name)
	}
}

// Circle finds teams that are part of each other: it returns their names from one of them
// back to itself; nil: there are none.
func Circle(teams []Team) []string {
	above := map[string]string{}
	for _, t := range teams {
		above[t.Name] = t.PartOf
	}
	for _, t := range teams {
		way := []string{t.Name}
		for name := above[t.Name]; name != ""; name = above[name] {
			if i := slices.Index(way, name); i >= 0 {
				return append(way[i:], name)
			}
			way = append(way, name)
		}
	}
	return nil
}
