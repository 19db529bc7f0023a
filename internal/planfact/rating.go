package planfact

import (
	"cmp"
	"math"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Why a person is not ranked.
const (
	NoWorkingDays = "no working days"
	TooFewReports = "too few reports"
	NoPlan        = "no plan"
)

// Rating ranks the people of a role in a period (domain 2.12): by the sum of weight ×
// pace over the weights of the KPIs that have a pace, where a pace counts at most
// Settings.Cap; with equal points the larger fact of the KPI with the greatest weight is
// ahead, and people with equal facts share the place. The role may instead rank by the
// fact of its last additive money (BySum) or count (ByCount) KPI, or by the mean of the
// capped paces (ByPace). Listed apart, after the ranked: people without working days,
// those who reported fewer than Settings.MinReportedShare of their closed days, and those
// without a plan.
func (e *Engine) Rating(role department.Role, per calendar.Period) []Place {
	return e.RatingOf(role, per, func(p department.Person) []Line { return e.Person(p, per) })
}

// RatingOf is Rating from lines that were computed before: of returns what Person does.
func (e *Engine) RatingOf(role department.Role, per calendar.Period, of func(department.Person) []Line) []Place {
	r, ok := e.roles[role.Key]
	if !ok {
		return nil
	}
	by := e.dep.Settings.Rating
	lead, _ := r.Leading(by)
	var ranked, apart []Place
	for _, p := range r.members {
		lines := of(*p.Person)
		if lines == nil {
			continue
		}
		place, score := e.placeOf(lines, lead, by)
		place.Person, place.Role = p.ID, r.Key
		working, closed, reported := e.attendance(p, per.Span)
		switch {
		case working == 0:
			place.Apart = NoWorkingDays
		case r.typed && (closed == 0 || float64(reported) < e.dep.Settings.MinReportedShare*float64(closed)-noise):
			place.Apart = TooFewReports
		case !score.OK:
			place.Apart = NoPlan
		default:
			ranked = append(ranked, place)
			continue
		}
		apart = append(apart, place)
	}
	rank(ranked, by)
	return append(ranked, apart...)
}

// RatingOfGroups ranks groups of people of a role, such as teams, by their totals as
// Rating ranks people by theirs: of holds the lines of each. Those without a plan are
// listed apart, after the ranked.
func (e *Engine) RatingOfGroups(role department.Role, of [][]Line) []Place {
	by := e.dep.Settings.Rating
	lead, _ := role.Leading(by)
	var ranked, apart []Place
	for i, lines := range of {
		place, score := e.placeOf(lines, lead, by)
		place.Group, place.Role = i, role.Key
		if score.OK {
			ranked = append(ranked, place)
		} else {
			place.Apart = NoPlan
			apart = append(apart, place)
		}
	}
	rank(ranked, by)
	return append(ranked, apart...)
}

// placeOf returns a place that is not given yet, and the figure that decides it. lead is
// the role's leading KPI.
func (e *Engine) placeOf(lines []Line, lead kpi.KPI, by department.Rating) (place Place, score kpi.Num) {
	place = Place{Lines: lines, Points: e.points(lines, by)}
	if i := slices.IndexFunc(lines, func(l Line) bool { return l.KPI.Key == lead.Key }); i >= 0 {
		place.Fact = lines[i].Fact
	}
	if by == department.BySum || by == department.ByCount {
		return place, place.Fact
	}
	return place, place.Points
}

// rank sorts places and numbers them; equals share one.
func rank(ranked []Place, by department.Rating) {
	compare := func(a, b Place) int {
		first, second := higher(a.Points, b.Points), higher(a.Fact, b.Fact)
		if by == department.BySum || by == department.ByCount {
			first, second = second, first
		}
		return cmp.Or(first, second)
	}
	slices.SortStableFunc(ranked, compare)
	for i := range ranked {
		ranked[i].Place = i + 1
		if i > 0 && compare(ranked[i-1], ranked[i]) == 0 {
			ranked[i].Place = ranked[i-1].Place
		}
	}
}

// higher orders larger numbers first, and missing numbers last.
func higher(a, b kpi.Num) int {
	switch {
	case a.OK != b.OK:
		if a.OK {
			return -1
		}
		return 1
	case !a.OK || math.Abs(a.V-b.V) <= noise*max(1, math.Abs(a.V)):
		return 0
	}
	return cmp.Compare(b.V, a.V)
}

// points returns a person's mean pace: weighted, or plain for ByPace; no value if no
// rated KPI has a pace.
func (e *Engine) points(lines []Line, by department.Rating) kpi.Num {
	sum, weights := 0.0, 0.0
	for i := range lines {
		l := &lines[i]
		weight := l.KPI.Weight
		if by == department.ByPace && weight > 0 {
			weight = 1
		}
		if weight <= 0 || !l.Pace.OK {
			continue
		}
		pace := l.Pace.V
		if e.dep.Settings.Cap > 0 {
			pace = min(pace, e.dep.Settings.Cap)
		}
		sum += weight * pace
		weights += weight
	}
	if weights == 0 {
		return kpi.Num{}
	}
	return kpi.Some(sum / weights)
}

// attendance counts a person's working days of a span, how many of them are closed, and
// how many of those have a report.
func (e *Engine) attendance(p *person, span calendar.Span) (working, closed, reported int) {
	for _, seg := range e.segments(span) {
		b := e.block(p, seg.month)
		work := b.work & seg.days
		over := work & seg.mask(calendar.Span{From: seg.From, To: p.through})
		working += count(work)
		closed += count(over)
		reported += count(over & b.reported)
	}
	return working, closed, reported
}
