package planfact

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Reverse is a role's funnel read backwards for one person: how many calls a rouble of
// revenue takes, at the conversions of the last months (domain 2.17).
type Reverse struct {
	Span  calendar.Span // the days of the conversions
	Steps []Conversion  // in funnel order; one fewer than the funnel has stages
}

// Conversion is how much of one stage the stage before yields.
type Conversion struct {
	From, To kpi.KPI
	In, Out  float64 // figures of From and To over the span
	Sample   float64 // successes behind it: pieces of To or, where To is money, of From
	Own      bool    // the person's own, not the whole role's
}

// ReverseSample is the fewest successes for a person's own conversion: with fewer than
// ten it is typically off by a third or more (1/√10), so Reverse uses the role's.
const ReverseSample = 10

// Reverse returns the person's funnel backwards by the figures of a span. Not ok: the
// role has no funnel, or even the whole role has too few successes for a conversion.
func (e *Engine) Reverse(p department.Person, span calendar.Span) (Reverse, bool) {
	q, ok := e.find(p)
	if !ok {
		return Reverse{}, false
	}
	stages := FunnelOf(q.role.Role)
	for _, k := range stages { // on the days on which all of them were measured
		span = span.Meet(measured(k))
	}
	if len(stages) == 0 || span.Days() == 0 {
		return Reverse{}, false
	}
	sums := func(people ...*person) map[string]kpi.Num {
		e.one.reset(q.role, span)
		for _, p := range people {
			e.add(&e.one, p)
		}
		e.vals = e.eval(e.vals, q.role, &e.one, nil)
		out := map[string]kpi.Num{}
		for k := range q.role.kpis {
			out[q.role.kpis[k].Key] = e.vals[k]
		}
		return out
	}
	own, role := sums(q), sums(q.role.members...)
	r := Reverse{Span: span}
	for i, to := range stages[1:] {
		c := Conversion{From: stages[i], To: to, Own: true}
		if !c.take(own) {
			c.Own = false
			if !c.take(role) {
				return Reverse{}, false
			}
		}
		r.Steps = append(r.Steps, c)
	}
	return r, true
}

// take computes the conversion from figures; it returns false if they are too few.
func (c *Conversion) take(facts map[string]kpi.Num) bool {
	in, out := facts[c.From.Key], facts[c.To.Key]
	c.In, c.Out, c.Sample = in.V, out.V, out.V
	if c.To.Unit == kpi.Money {
		c.Sample = in.V
	}
	return in.OK && out.OK && in.V > 0 && out.V > 0 && c.Sample >= ReverseSample
}

// Needs returns how much of each stage, from the first to the last, the given amount of
// the last one takes.
func (r Reverse) Needs(last float64) []float64 {
	out := make([]float64, len(r.Steps)+1)
	out[len(r.Steps)] = last
	for i := len(r.Steps) - 1; i >= 0; i-- {
		out[i] = out[i+1] * r.Steps[i].In / r.Steps[i].Out
	}
	return out
}

// ReverseSpan returns the days whose conversions hold during the month of a day: those
// before the month. So they change with the month, not with every figure.
func ReverseSpan(today calendar.Date, days int) calendar.Span {
	first := calendar.MonthOf(today).From
	return calendar.Span{From: first - calendar.Date(days), To: first - 1}
}
