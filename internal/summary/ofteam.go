package summary

import (
	"slices"

	"svodka/internal/department"
)

// Teams divides the input of the director's summary among the teams.
type Teams struct {
	in     Input
	dep    *department.ByTeam
	people map[department.PersonID]department.Person
	unread map[string]bool // names of people whose spreadsheet could not be read
	// Indices by the team of the day.
	closed, edits, compared map[string][]int
}

// ByTeam divides the input.
func ByTeam(in Input) *Teams {
	t := &Teams{in: in, dep: in.Dep.ByTeam(), unread: map[string]bool{},
		people: make(map[department.PersonID]department.Person, len(in.Dep.People)),
		closed: map[string][]int{}, edits: map[string][]int{}, compared: map[string][]int{}}
	for _, p := range in.Dep.People {
		t.people[p.ID] = p
	}
	for _, name := range in.Health.Unreadable {
		t.unread[name] = true
	}
	if !in.Settled.IsZero() { // else there may be more of a team's than of all
		for i, c := range in.Closed {
			name := t.teamOf(c)
			t.closed[name] = append(t.closed[name], i)
		}
	}
	for i, e := range in.Edits {
		if p, known := t.people[e.Person]; known {
			name := p.TeamOn(e.Date)
			t.edits[name] = append(t.edits[name], i)
		}
	}
	for i, c := range in.Compared {
		if p, known := t.people[c.Person.ID]; known {
			name := p.TeamOn(c.Day)
			t.compared[name] = append(t.compared[name], i)
		}
	}
	return t
}

// Of returns the input of a team's summary: that of the director's for the people in the
// team and in those below it, on the days in them. It leaves out what ops must fix, and
// its names link to the spreadsheets that the team's leads can open: see Homes. Of the
// closed periods it has those that end after Settled; without that day, none.
func (t *Teams) Of(team string) Input {
	out := t.in
	out.Team = team
	out.Moved, out.Earlier = 0, nil // those are the company's
	out.Dep = t.dep.Within(team)
	out.Engine = t.in.Engine.Within(out.Dep)
	out.Company = t.in.Engine
	for i, p := range out.Dep.People { // parts of a person stand together
		if i == 0 || out.Dep.People[i-1].ID != p.ID {
			out.Members = append(out.Members, t.people[p.ID])
		}
	}
	out.First = max(t.in.First, out.Engine.First())
	out.Links, out.Homes, out.Health = map[department.PersonID]string{}, nil, Health{}
	tree := t.dep.Tree()
	for _, p := range out.Dep.People {
		home, link := t.in.Homes[p.ID], t.in.Links[p.ID]
		if link != "" && (home == team || slices.Contains(tree.Above(home), team)) {
			out.Links[p.ID] = link
		}
		if t.unread[p.Name] && !slices.Contains(out.Health.Unreadable, p.Name) {
			out.Health.Unreadable = append(out.Health.Unreadable, p.Name)
		}
	}
	below := tree.Below(team)
	out.Closed = those(t.in.Closed, t.closed, below)
	out.Edits = those(t.in.Edits, t.edits, below)
	out.Compared = those(t.in.Compared, t.compared, below)
	out.TeamLinks = map[string]string{}
	for _, name := range below {
		if link := t.in.TeamLinks[name]; link != "" {
			out.TeamLinks[name] = link
		}
	}
	return out
}

// those returns, in their order, the elements of some teams; at holds their indices.
func those[T any](all []T, at map[string][]int, teams []string) []T {
	var which []int
	for _, name := range teams {
		which = append(which, at[name]...)
	}
	slices.Sort(which)
	var out []T
	for _, i := range which {
		out = append(out, all[i])
	}
	return out
}

// teamOf returns the team of a closed period: that in which the person was on its last
// day, as it is called now; of a person who is in «Сотрудники» no more, that of the time
// of the close.
func (t *Teams) teamOf(c department.Closed) string {
	if p, known := t.people[c.Person]; known {
		return p.TeamOn(c.To)
	}
	return c.Team
}

// Has reports whether a closed period belongs to a team or to one below it.
func (t *Teams) Has(team string, c department.Closed) bool {
	name := t.teamOf(c)
	return name == team || slices.Contains(t.dep.Tree().Above(name), team)
}
