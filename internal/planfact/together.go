package planfact

import (
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Together returns one line of the totals of several roles that count the same KPI in a
// period: plan, fact and plan to date are their sums, so are forecast and trend where all
// have one, and everything else follows from these (domain 2.1-2.8), also what is left:
// what one role has above its plan makes up for another. It has the thresholds of the
// first. A single line stays as it is; the KPI must be additive, and lines must not be
// empty.
func Together(lines []Line, set *department.Settings) Line {
	if len(lines) == 1 {
		return lines[0]
	}
	out := lines[0]
	out.Role, out.Team, out.Person = "", "", ""
	for _, l := range lines[1:] {
		out.Plan, out.Fact, out.PlanToDate = plus(out.Plan, l.Plan), plus(out.Fact, l.Fact),
			plus(out.PlanToDate, l.PlanToDate)
		out.Forecast, out.Trend = both(out.Forecast, l.Forecast), both(out.Trend, l.Trend)
		out.Working += l.Working
		out.Closed += l.Closed
		out.Open += l.Open
		out.Reported += l.Reported
		out.Missing += l.Missing
		out.OpenOn[0] |= l.OpenOn[0]
		out.OpenOn[1] |= l.OpenOn[1]
	}
	out.Attainment = Attain(out.Fact, out.Plan, out.KPI.Direction, set.LowerCap)
	out.Pace = Attain(out.Fact, out.PlanToDate, out.KPI.Direction, set.LowerCap)
	out.Deviation, out.DeviationToDate, out.Light = kpi.Num{}, kpi.Num{}, kpi.NoLight
	out.Left, out.NeededPerDay, out.CatchUp = kpi.Num{}, kpi.Num{}, kpi.Num{}
	if out.Plan.OK && out.Fact.OK {
		out.Deviation = kpi.Some(clean(out.Fact.V - out.Plan.V))
		out.DeviationToDate = kpi.Some(clean(out.Fact.V - out.PlanToDate.V))
		if out.Closed > 0 && float64(out.Closed) >= set.GreyShare*float64(out.Working)-noise {
			out.Light = out.KPI.Lights.Light(out.Pace, set.AboveFrom)
		}
		out.remain(out.Plan.V - out.PlanToDate.V)
	}
	return out
}

// plus adds two figures; one without a value counts as 0.
func plus(a, b kpi.Num) kpi.Num {
	switch {
	case !a.OK:
		return b
	case !b.OK:
		return a
	}
	return kpi.Some(clean(a.V + b.V))
}

// both adds two figures; it has no value unless both have.
func both(a, b kpi.Num) kpi.Num {
	if !a.OK || !b.OK {
		return kpi.Num{}
	}
	return plus(a, b)
}
