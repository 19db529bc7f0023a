package planfact

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// scope names the people that a row of plans is for, and its KPI.
type scope struct{ kpi, person, team, role string }

// planIndex holds the rows of plans by scope, each list by date.
type planIndex struct {
	rows  map[scope][]department.Plan
	own   map[department.PersonID]bool // who have rows of their own
	known map[scope]*planRows          // what of found for people without, by team and role
}

// planRows are the rows that hold for a person, by KPI of the role, the narrowest scope
// first. People for whom the same rows hold share them.
type planRows [][][]department.Plan

func indexPlans(rows []department.Plan) planIndex {
	idx := planIndex{map[scope][]department.Plan{}, map[department.PersonID]bool{}, map[scope]*planRows{}}
	for _, r := range rows {
		s := scope{kpi: r.KPI, person: string(r.Person)}
		switch {
		case r.Person != "":
			idx.own[r.Person] = true
		case r.Team != "":
			s.team = r.Team
		case r.Role != "":
			s.role = r.Role
		}
		idx.rows[s] = append(idx.rows[s], r)
	}
	for _, list := range idx.rows {
		// Stable: of rows with the same day the later one in the tab holds.
		slices.SortStableFunc(list, func(a, b department.Plan) int { return cmp.Compare(a.From, b.From) })
	}
	return idx
}

// of returns the rows that hold for a person: a team's before those of the teams that it
// is part of. It returns nil if there are none.
func (idx planIndex) of(p *department.Person, r *role, teams *department.Tree) *planRows {
	if len(idx.rows) == 0 {
		return nil
	}
	if idx.own[p.ID] {
		return idx.find(p, r, teams)
	}
	alike := scope{team: p.Team, role: p.Role}
	rows, ok := idx.known[alike]
	if !ok {
		rows = idx.find(p, r, teams)
		idx.known[alike] = rows
	}
	return rows
}

func (idx planIndex) find(p *department.Person, r *role, teams *department.Tree) *planRows {
	out, some := make(planRows, len(r.kpis)), false
	for k := range r.kpis {
		key := r.kpis[k].Key
		scopes := []scope{{kpi: key, person: string(p.ID)}}
		if p.Team != "" {
			scopes = append(scopes, scope{kpi: key, team: p.Team})
			for _, above := range teams.Above(p.Team) {
				scopes = append(scopes, scope{kpi: key, team: above})
			}
		}
		for _, s := range append(scopes, scope{kpi: key, role: p.Role}, scope{kpi: key}) {
			if list := idx.rows[s]; len(list) > 0 {
				out[k], some = append(out[k], list), true
			}
		}
	}
	if !some {
		return nil
	}
	return &out
}

// planAt returns the plan in force for a KPI of the person on day d, and its period
// (domain 2.11): the newest row of the narrowest scope that has one, else the KPI's own
// plan.
func (p *person) planAt(k int, d calendar.Date) (plan float64, per calendar.Kind, ok bool) {
	q := &p.role.kpis[k]
	if row := p.planRow(k, d); row != nil {
		return row.Plan, cmp.Or(row.For, q.PlanFor), true
	}
	return q.Plan.V, q.PlanFor, q.Plan.OK
}

// planRow returns the row of plans in force for a KPI of the person on day d; nil: the
// KPI's own plan is.
func (p *person) planRow(k int, d calendar.Date) *department.Plan {
	for _, part := range p.parts { // a team's plan holds for the days in it
		if part.part.Has(d) {
			return part.planRow(k, d)
		}
	}
	if p.plans == nil {
		return nil
	}
	for _, list := range (*p.plans)[k] {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].From <= d {
				return &list[i]
			}
		}
	}
	return nil
}

// PlansIn returns the plans that are in force for a KPI of the person in a span, in the
// order in which they come into force. The KPI's own plan has no first day.
func (e *Engine) PlansIn(p department.Person, key string, s calendar.Span) []department.Plan {
	q, ok := e.find(p)
	if !ok {
		return nil
	}
	k := slices.IndexFunc(q.role.kpis, func(m measure) bool { return m.Key == key })
	if k < 0 {
		return nil
	}
	m := &q.role.kpis[k]
	s = s.Meet(q.employed).Meet(m.days)
	var out []department.Plan
	for d := s.From; d <= s.To; d++ {
		now := department.Plan{KPI: key, Plan: m.Plan.V, For: m.PlanFor}
		if row := q.planRow(k, d); row != nil {
			now = *row
			now.For = cmp.Or(row.For, m.PlanFor)
		} else if !m.Plan.OK {
			continue
		}
		if len(out) == 0 || out[len(out)-1] != now {
			out = append(out, now)
		}
	}
	return out
}

// rate returns what a plan in force on a working day asks of that day (domain 2.3, 2.10,
// 2.21): the plan × the weight of the day / the weights of the month or ISO week of the
// person's own schedule; for a plan of a day, the plan × the weight. For part time it is
// multiplied by the share.
func (w *workdays) rate(plan float64, per calendar.Kind, day int) float64 {
	plan *= w.part[day]
	whole := w.sum
	switch per {
	case calendar.Day:
		return plan * w.weight[day]
	case calendar.Week:
		whole = w.week[day]
	}
	if whole == 0 {
		return 0
	}
	return plan * w.weight[day] / whole
}

// sharedPlans is all that the plans of a person's month come from, besides the role.
type sharedPlans struct {
	month               int
	roster              *roster
	rows                *planRows
	due, employed, work uint32
}

// plansOf returns the plans of a person's month, see planDays.
func (e *Engine) plansOf(p *person, m *month, b *block, due, employed uint32) *dayPlans {
	ramp := rampOf(e.dep.Settings.Ramp, p.Hired, m.Span)
	if len(p.parts) > 0 || ramp != wholePlan {
		return planDays(p, m, b, &ramp, due, employed)
	}
	key := sharedPlans{m.index, p.roster, p.plans, due, employed, b.work}
	plans, ok := p.role.shared[key]
	if !ok {
		plans = planDays(p, m, b, &ramp, due, employed)
		p.role.shared[key] = plans
	}
	return plans
}

// planDays returns the plan of each day of a person's month (domain 2.3, 2.10, 2.11). The
// plan of the month is the sum of the rates of the days in due: working days of the
// schedule and of employment, except absences that reduce the plan. It is spread over the
// days that the person works, in proportion to their rates; if absences that keep the
// plan leave no such day, over the days of those.
func planDays(p *person, m *month, b *block, ramp *[31]float64, due, employed uint32) *dayPlans {
	r := p.role
	n := len(r.kpis)
	out := &dayPlans{planned: make([]uint32, n)}
	for k := range r.kpis {
		active := r.active(k, m)
		var rates [31]float64
		asked, carried := 0.0, 0.0
		works := b.work & active
		for days := employed & active; days != 0; days &= days - 1 {
			i := bits.TrailingZeros32(days)
			plan, per, ok := p.planAt(k, m.From.Add(i))
			if !ok {
				continue
			}
			out.planned[k] |= 1 << i
			if due>>i&1 == 0 || !r.kpis[k].additive {
				continue
			}
			rates[i] = b.days.rate(plan, per, i) * ramp[i]
			asked += rates[i]
			if works>>i&1 != 0 {
				carried += rates[i]
			}
		}
		if asked == 0 {
			continue
		}
		if out.plans == nil {
			out.plans = make([]float64, n*m.Days())
		}
		spread := func(days uint32, rate func(i int) float64) {
			for ; days != 0; days &= days - 1 {
				i := bits.TrailingZeros32(days)
				out.plans[i*n+k] = rate(i)
			}
		}
		switch {
		case works == 0:
			spread(due, func(i int) float64 { return rates[i] })
		case carried == 0: // only rates of absences that keep the plan: there is no proportion
			spread(works, func(int) float64 { return asked / float64(count(works)) })
		default:
			spread(works, func(i int) float64 { return rates[i] * (asked / carried) })
		}
	}
	return out
}

// wholePlan is the ramp of people who are no newcomers.
var wholePlan = rampOf(nil, 0, calendar.Span{})

// rampOf returns the share of the plan for each day of a newcomer's month (domain 2.21):
// the first of the shares for the first month since hiring, the second for the next one,
// and the whole plan after the last.
func rampOf(shares []float64, hired calendar.Date, month calendar.Span) (out [31]float64) {
	for i := range out {
		out[i] = 1
	}
	if hired.IsZero() {
		return out
	}
	from := hired
	for n, share := range shares {
		next := hired.AddMonths(n + 1)
		part := month.Meet(calendar.Span{From: from, To: next - 1})
		for d := part.From; d <= part.To; d++ {
			out[d-month.From] = share
		}
		from = next
	}
	return out
}

// DayPlans returns the plan of each day of the month for one KPI of the person, from the
// month's first day on (0 on days that are not worked; for a ratio the plan itself on
// each working day), and whether there is a plan.
func (e *Engine) DayPlans(p department.Person, key string, month calendar.Period) (plans []float64, ok bool) {
	for _, q := range e.all(p) {
		k := slices.IndexFunc(q.role.kpis, func(m measure) bool { return m.Key == key })
		if k < 0 {
			continue
		}
		if plans == nil {
			plans = make([]float64, month.Days())
		}
		for i := range plans {
			d := month.From.Add(i)
			m := e.monthOf(d)
			b := e.block(q, m)
			ok = ok || b.planned[k]&m.bit(d) != 0
			switch {
			case !q.part.Has(d):
			case q.role.kpis[k].additive:
				if b.plans != nil {
					plans[i] = b.plans[int(d-m.From)*len(q.role.kpis)+k]
				}
			case b.work&b.planned[k]&m.bit(d) != 0:
				plans[i], _, _ = q.planAt(k, d)
			}
		}
	}
	return plans, ok
}

// ratioPlan returns the plan of a ratio in a period: not prorated, the one in force on
// the last counted day of the period on which the person is employed and the KPI
// measured.
func (e *Engine) ratioPlan(p *person, k int, s calendar.Span) kpi.Num {
	s = s.Meet(p.employed).Meet(p.role.kpis[k].days)
	if s.Days() == 0 {
		return kpi.Num{}
	}
	plan, _, ok := p.planAt(k, max(s.From, min(s.To, e.at.Today)))
	return kpi.Num{V: plan, OK: ok}
}

// noise is the rounding error of sums of binary fractions; real differences are larger.
const noise = 1e-9

// sumNoise is the relative rounding error of a sum of some thousand fractions. If it were
// much larger, clean would mistake thirds for rounded kopecks: 2,111,111.11 for
// 2,111,111.1111.
const sumNoise = 1e-11

// clean removes rounding errors from a sum that should have at most two decimals, so that
// 19 days of 950 / 19 make 950.
func clean(v float64) float64 {
	if a := math.Abs(v); a < 1e8 { // mostly: the same with fewer steps
		if v == float64(int64(v)) {
			return v
		}
		if r := float64(int64(v*100+math.Copysign(0.5, v))) / 100; math.Abs(v-r) <= sumNoise*max(1, a) {
			return r
		}
		return v
	}
	return cleanAny(v)
}

// cleanAny is clean for numbers of any size.
func cleanAny(v float64) float64 {
	if v == math.Trunc(v) {
		return v
	}
	r := math.Round(v*100) / 100
	if math.Abs(v-r) <= sumNoise*max(1, math.Abs(v)) {
		return r
	}
	return v
}
