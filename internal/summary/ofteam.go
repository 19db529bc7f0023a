package summary

import (
	"slices"

	"svodka/internal/department"
)

// OfTeam returns the input of a team's summary: that of the director's for the people in
// the team and in those below it, on the days in them. Of closed periods it has those of
// people who were in them on the last day. It leaves out what ops must fix, and its names
// do not link to people's spreadsheets, which leads cannot open.
func OfTeam(in Input, team string) Input {
	below := in.Dep.Tree().Below(team)
	out := in
	out.Team = team
	out.Dep = in.Dep.Within(below)
	out.Engine = in.Engine.Within(out.Dep)
	out.First = max(in.First, out.Engine.First())
	out.Links = nil
	out.Health = Health{}
	names := map[string]bool{}
	for _, p := range out.Dep.People {
		names[p.Name] = true
	}
	for _, name := range in.Health.Unreadable {
		if names[name] {
			out.Health.Unreadable = append(out.Health.Unreadable, name)
		}
	}
	people := make(map[department.PersonID]department.Person, len(in.Dep.People))
	for _, p := range in.Dep.People {
		people[p.ID] = p
	}
	out.Closed, out.Edits, out.Compared = nil, nil, nil
	for _, c := range in.Closed {
		was := c.Team
		if p, known := people[c.Person]; known {
			was = p.TeamOn(c.To)
		}
		if slices.Contains(below, was) {
			out.Closed = append(out.Closed, c)
		}
	}
	for _, e := range in.Edits {
		if p, known := people[e.Person]; known && slices.Contains(below, p.TeamOn(e.Date)) {
			out.Edits = append(out.Edits, e)
		}
	}
	for _, c := range in.Compared {
		if p, known := people[c.Person.ID]; known && slices.Contains(below, p.TeamOn(c.Day)) {
			out.Compared = append(out.Compared, c)
		}
	}
	return out
}
