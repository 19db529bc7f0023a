package planfact

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Facts are everything that was reported: daily figures and deals.
type Facts struct{ todo int }

// NewFacts makes facts for the days of a span; figures outside it are dropped.
func NewFacts(dep *department.Department, span calendar.Span) *Facts {
	panic("planfact: to be written")
}

// Add records a figure. A later figure of the same person, KPI and day
// replaces the earlier one.
func (f *Facts) Add(e department.Entry) {}

// AddDeal records a deal. Deals before the span count as a client's history.
func (f *Facts) AddDeal(d department.Deal) {}

// AddClient records a client of a person's list.
func (f *Facts) AddClient(c department.Client) {}

// Engine computes lines. Make one per summary: it keeps what repeats.
type Engine struct{ todo int }

// New prepares to compute.
func New(dep *department.Department, facts *Facts, at AsOf) *Engine { panic("planfact: to be written") }

// Person gives a line per active KPI of the person's role, in the role's order;
// nil if the person was not employed in the period.
func (e *Engine) Person(p department.Person, per calendar.Period) []Line { return nil }

// Role gives a role's totals: a line per KPI, over everybody of the role
// employed in the period.
func (e *Engine) Role(role department.Role, per calendar.Period) []Line { return nil }

// Team gives a role's totals within one team.
func (e *Engine) Team(role department.Role, team string, per calendar.Period) []Line { return nil }

// DayState tells how a person's day stands.
func (e *Engine) DayState(p department.Person, d calendar.Date) DayState { return NotDue }

// DayPlans gives the plan of each day of the month for one KPI of the person,
// from the month's first day on (0 on days that are not worked; for a ratio the
// plan itself on each working day), and whether there is a plan.
func (e *Engine) DayPlans(p department.Person, key string, month calendar.Period) (plans []float64, ok bool) {
	return nil, false
}

// DayWeights gives, for each day of the month, 1 (or the short day's share) for
// a day the person works, 0 for a day off, an absence, or before hiring.
func (e *Engine) DayWeights(p department.Person, month calendar.Period) []float64 { return nil }

// Rating ranks the people of a role in a period.
func (e *Engine) Rating(role department.Role, per calendar.Period) []Place { return nil }

// Series gives the fact of each of the last n periods of a kind, ending with
// the one that holds today, for a person's or (person == nil) a role's KPI.
func (e *Engine) Series(role department.Role, p *department.Person, key string, kind calendar.Kind, n int) []Line {
	return nil
}
