package figures

import (
	"context"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// Cache keeps figures from one cycle to the next: of a department in which few have
// reported since, theirs alone are read again. Its zero value is empty. It is for one
// Source at a time, and the engines that were made with it are of no use any more once
// the next one is.
type Cache struct {
	facts    *planfact.Facts
	span     calendar.Span
	people   []ledger.PersonSince // that facts are of
	kpis     []string             // likewise
	versions ledger.FigureVersions
}

// mostAnew is the share of people of whom figures are read by themselves: beyond it to
// read all at once is faster.
const mostAnew = 0.25

// read brings the facts up to date.
func (c *Cache) read(ctx context.Context, s source) (*planfact.Facts, error) {
	now, err := s.ledger.FigureVersions(ctx) // before what they tell of
	if err != nil {
		return nil, err
	}
	people, kpis := starts(s.dep), keys(s.dep)
	var anew []department.PersonID
	for i, p := range people {
		if (i == 0 || people[i-1].Person != p.Person) && now.People[p.Person] != c.versions.People[p.Person] {
			anew = append(anew, p.Person)
		}
	}
	facts := c.facts
	c.facts = nil // until they are whole again
	if facts == nil || c.span != s.span || c.versions.CallCosts != now.CallCosts ||
		!slices.Equal(c.people, people) || !slices.Equal(c.kpis, kpis) ||
		float64(len(anew)) > mostAnew*float64(len(people)) {
		facts, err = s.all(ctx)
	} else if facts.Renew(); len(anew) > 0 {
		for _, id := range anew {
			facts.Forget(id)
		}
		err = s.add(ctx, facts, anew...)
	}
	if err != nil {
		return nil, err
	}
	c.facts, c.span, c.people, c.kpis, c.versions = facts, s.span, people, kpis, now
	return facts, nil
}
