package planfact

import (
	"cmp"
	"math"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// FunnelOf returns the stages of a role's funnel in their order; the last one is the
// result of the funnel: revenue, or leads. Of two KPIs at one position the first counts.
// A role whose funnel has fewer than two stages has none.
func FunnelOf(role department.Role) []kpi.KPI {
	var stages []kpi.KPI
	for _, k := range role.KPIs {
		if k.Stage() && !slices.ContainsFunc(stages, func(s kpi.KPI) bool { return s.Funnel == k.Funnel }) {
			stages = append(stages, k)
		}
	}
	if len(stages) < 2 {
		return nil
	}
	slices.SortStableFunc(stages, func(a, b kpi.KPI) int { return cmp.Compare(a.Funnel, b.Funnel) })
	return stages
}

// Funnel describes how somebody (a person, a team, a role) went through the stages in a
// period, against the plan to date; for a past period that is the whole plan. A Funnel
// without stages is none.
type Funnel struct {
	Stages []Stage
	// Deviation is that of the last stage, fact − plan to date; the effects of the stages
	// add up to it. No value if they cannot be computed.
	Deviation kpi.Num
	Light     kpi.Light // of the last stage; none: too early to say
	// Bottleneck is the stage that costs most; −1 if none costs as much as littleShare of
	// the plan, or there is no light.
	Bottleneck int
}

// Stage is a stage of a funnel in a period.
type Stage struct {
	KPI        kpi.KPI
	Plan, Fact kpi.Num // to date
	// Rate is how much of the stage one piece of the previous stage yields: a share
	// (conversion), or roubles a piece (the average check). RatePlan is the ratio of the
	// two plans. RateUnit says which it is; empty: the quotient has no meaning. The first
	// stage has no rate.
	Rate, RatePlan kpi.Num
	RateUnit       kpi.Unit
	// Effect is the stage's part of the deviation, in the unit of the last one.
	Effect kpi.Num
}

// RateDeviation returns rate − planned rate: for a conversion, in percentage points.
func (s Stage) RateDeviation() kpi.Num {
	if !s.Rate.OK || !s.RatePlan.OK {
		return kpi.Num{}
	}
	return kpi.Some(clean(s.Rate.V - s.RatePlan.V))
}

// FunnelOfLines returns the funnel of the lines of a person, a team or a role in a
// period. It leaves out a KPI that was measured on other days of the period than the last
// stage, because their quotient means nothing.
func FunnelOfLines(lines []Line) Funnel {
	role := department.Role{KPIs: make([]kpi.KPI, len(lines))}
	byKey := make(map[string]*Line, len(lines))
	for i := range lines {
		role.KPIs[i] = lines[i].KPI
		byKey[lines[i].KPI.Key] = &lines[i]
	}
	kpis := FunnelOf(role)
	if len(kpis) == 0 {
		return Funnel{Bottleneck: -1}
	}
	days := func(k kpi.KPI) calendar.Span { return lines[0].Period.Meet(measured(k)) }
	last := days(kpis[len(kpis)-1])
	kpis = slices.DeleteFunc(kpis, func(k kpi.KPI) bool { return days(k) != last })
	if len(kpis) < 2 {
		return Funnel{Bottleneck: -1}
	}
	f := Funnel{Stages: make([]Stage, len(kpis)), Bottleneck: -1}
	for i, k := range kpis {
		l := byKey[k.Key]
		f.Stages[i] = Stage{KPI: k, Plan: l.PlanToDate, Fact: l.Fact}
	}
	f.rates()
	f.split()
	f.Light = byKey[kpis[len(kpis)-1].Key].Light
	f.findBottleneck()
	return f
}

func (f *Funnel) rates() {
	for i := 1; i < len(f.Stages); i++ {
		before, s := &f.Stages[i-1], &f.Stages[i]
		switch {
		case s.KPI.Unit == before.KPI.Unit:
			s.RateUnit = kpi.Percent
		case s.KPI.Unit == kpi.Money:
			s.RateUnit = kpi.Money
		default:
			continue
		}
		s.Rate, s.RatePlan = over(s.Fact, before.Fact), over(s.Plan, before.Plan)
	}
}

func over(a, b kpi.Num) kpi.Num {
	if !a.OK || !b.OK || b.V <= 0 {
		return kpi.Num{}
	}
	return kpi.Some(a.V / b.V)
}

func (f *Funnel) split() {
	plan, fact := make([]float64, len(f.Stages)), make([]float64, len(f.Stages))
	for i, s := range f.Stages {
		if !s.Plan.OK || !s.Fact.OK {
			return
		}
		plan[i], fact[i] = s.Plan.V, s.Fact.V
	}
	effects, ok := Split(plan, fact)
	if !ok {
		return
	}
	last := len(plan) - 1
	f.Deviation = kpi.Some(clean(fact[last] - plan[last]))
	for i, v := range effects {
		f.Stages[i].Effect = kpi.Some(v)
	}
}

// littleShare is the part of the plan below which the loss at a stage is not worth
// mentioning.
const littleShare = 0.02

func (f *Funnel) findBottleneck() {
	if !f.Deviation.OK || f.Light == kpi.NoLight {
		return
	}
	worst := -littleShare * f.Stages[len(f.Stages)-1].Plan.V
	for i, s := range f.Stages {
		if s.Effect.V < worst {
			f.Bottleneck, worst = i, s.Effect.V
		}
	}
}

// Split explains why the last stage of a funnel deviates from its plan: by chain
// substitution in the order of the stages (domain 2.13). plan and fact are the figures of
// the stages; the factors of the result are the first figure and then the ratio of each
// to the one before. Split sets factor after factor to its fact while those that follow
// stay at plan; the change of the result is the factor's effect, in the unit of the last
// stage. The effects add up to fact − plan of the last stage.
//
// ok is false if a factor has no value: a plan is not above 0, or a stage has a figure
// although the one before has none.
func Split(plan, fact []float64) (effects []float64, ok bool) {
	n := len(plan)
	if n == 0 || len(fact) != n {
		return nil, false
	}
	for i := range plan {
		// Refunds may come in without any deal: then their effect is the only one.
		made := i > 0 && fact[i-1] == 0 && fact[i] > 0
		// Only the result may be negative: returns exceed sales.
		if !(plan[i] > 0) || made || math.IsNaN(fact[i]) || fact[i] < 0 && i < n-1 {
			return nil, false
		}
	}
	effects = make([]float64, n)
	before := plan[n-1]
	for i := range effects {
		// All factors up to this one at fact, the rest at plan: the product telescopes.
		now := fact[n-1]
		if i < n-1 {
			now = clean(fact[i] * plan[n-1] / plan[i])
		}
		effects[i] = now - before
		before = now
	}
	return effects, true
}

// Whole rounds figures to multiples of 1/parts that add up to their rounded sum, by the
// largest remainder; of equal remainders the earlier figure gets more. So the shown
// figures add up to the last digit.
func Whole(figures []float64, parts float64) []float64 {
	out := make([]float64, len(figures))
	order := make([]int, len(figures))
	sum, given := 0.0, 0.0
	for i, v := range figures {
		v *= parts
		sum += v
		out[i] = math.Floor(v + noise)
		given += out[i]
		order[i] = i
	}
	rest := func(i int) float64 { return math.Round((figures[i]*parts-out[i])/noise) * noise }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest(b), rest(a)) })
	left := int(math.Round(clean(sum)) - given)
	for _, i := range order[:min(max(left, 0), len(order))] {
		out[i]++
	}
	for i := range out {
		out[i] /= parts
	}
	return out
}
