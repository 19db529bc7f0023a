package planfact

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// callsKey is the key of the shipped KPI whose people cost telephony even where no call
// log is read.
const callsKey = "calls"

// Cost returns what a person cost in the closed days of a period, in roubles (domain
// 2.15): their monthly cost × closed days / working days of each month, plus telephony:
// the cost of the month's calls in the call log, else the setting in the same proportion.
// In a month in which the person came or left, the monthly cost is multiplied by the
// share of its working days on which they were employed. It has no value if neither cost
// is known.
func (e *Engine) Cost(p department.Person, per calendar.Period) kpi.Num {
	q, ok := e.find(p)
	if !ok {
		return kpi.Num{}
	}
	phone := kpi.Num{V: e.dep.Settings.PhoneCost, OK: q.role.calling && e.dep.Settings.PhoneCost > 0}
	known := q.Cost.OK || phone.OK
	sum := 0.0
	for _, seg := range e.segments(per.Span) {
		monthly := q.Cost.V
		if logged, ok := q.callCosts(seg.Meet(per.Span), e.at.Today, seg.Span); ok {
			sum += logged
			known = true
		} else if phone.OK {
			monthly += phone.V
		}
		b := e.block(q, seg.month)
		work := b.work
		if work == 0 {
			continue
		}
		closed := work & seg.days & seg.mask(calendar.Span{From: seg.From, To: q.through})
		employed := b.days.working & q.counted(seg.month)
		sum += monthly * float64(count(employed)) / float64(count(b.days.working)) * float64(count(closed)) /
			float64(count(work))
	}
	return kpi.Num{V: clean(sum), OK: known}
}

// callCosts returns the call log's cost of a span; not ok if the log has none for the
// whole month. For a person who changed role it is the cost of the role's days.
func (p *person) callCosts(span calendar.Span, today calendar.Date, month calendar.Span) (sum float64, ok bool) {
	span, month = span.Meet(p.part), month.Meet(p.part)
	for _, c := range p.facts.calls {
		ok = ok || month.Has(c.date)
		if span.Has(c.date) && c.date <= today {
			sum += c.roubles
		}
	}
	return sum, ok
}

// Spent is a person's cost of a period and their results.
type Spent struct {
	Cost   kpi.Num
	Funnel Funnel
}

// StageCost is the cost of one piece of a stage: a call, a conversation, a lead (CPL), a
// deal (CPO). Lower is better.
type StageCost struct {
	KPI  kpi.KPI
	Fact kpi.Num // roubles a piece
	Plan kpi.Num // the cost of a piece if the plan to date is met exactly
}

// CostPerStage divides the cost of a person, or of the people of a team or a role, by the
// count of each stage (domain 2.15). It leaves out people whose cost is not known, with
// all their results. total has no value if no cost is known.
func CostPerStage(all ...Spent) (stages []StageCost, total kpi.Num) {
	type sums struct{ fact, plan kpi.Num }
	var counts []sums
	for _, s := range all {
		if !s.Cost.OK {
			continue
		}
		total = kpi.Some(total.V + s.Cost.V)
		for _, st := range s.Funnel.Stages {
			if st.KPI.Unit != kpi.Count {
				continue
			}
			i := slices.IndexFunc(stages, func(c StageCost) bool { return c.KPI.Key == st.KPI.Key })
			if i < 0 {
				i = len(stages)
				stages = append(stages, StageCost{KPI: st.KPI})
				counts = append(counts, sums{kpi.Some(0), kpi.Some(0)})
			}
			c := &counts[i]
			c.fact = kpi.Num{V: c.fact.V + st.Fact.V, OK: c.fact.OK && st.Fact.OK}
			c.plan = kpi.Num{V: c.plan.V + st.Plan.V, OK: c.plan.OK && st.Plan.OK}
		}
	}
	for i := range stages {
		stages[i].Fact, stages[i].Plan = over(total, counts[i].fact), over(total, counts[i].plan)
	}
	return stages, total
}
