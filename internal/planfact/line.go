package planfact

import (
	"math/bits"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// sumSet holds the sums from which facts are computed, over a span, of one person or of
// many. KPIs that start or end inside the span use only their own part of it, and so do a
// formula's operands, so there are sums for each window.
type sumSet struct {
	windows []calendar.Span
	window  []int // by KPI: index of its window; −1: not measured in the span
	leaves  []leafSum
	deals   []dealSum
}

// leafSum sums the figures of a KPI that is reported day by day.
type leafSum struct {
	sum float64
	n   int // figures
}

// dealSum are the measures of deals, in the order of kpi.Measures.
type dealSum [8]float64

// The indexes of the measures that do not grow with the days of a period.
const (
	placeStart = 6
	placeKept  = 7
)

// reset prepares the set for a span.
func (s *sumSet) reset(r *role, span calendar.Span) {
	n := len(r.kpis)
	s.windows, s.window = s.windows[:0], s.window[:0]
	for k := range r.kpis {
		w := span
		if !r.always {
			w = span.Meet(r.kpis[k].days)
		}
		if w.Days() == 0 {
			s.window = append(s.window, -1)
			continue
		}
		i := slices.Index(s.windows, w)
		if i < 0 {
			i = len(s.windows)
			s.windows = append(s.windows, w)
		}
		s.window = append(s.window, i)
	}
	s.leaves = slices.Grow(s.leaves[:0], n*len(s.windows))[:n*len(s.windows)]
	clear(s.leaves)
	s.deals = s.deals[:0]
	if r.measures {
		s.deals = slices.Grow(s.deals, n*len(s.windows))[:n*len(s.windows)]
		clear(s.deals)
	}
}

// take adds the sums of another set of the same role and span, scaled by the factor of
// each window, if there is one; it does not scale stocks and averages.
func (s *sumSet) take(o *sumSet, r *role, factor func(window int) float64) {
	for wi := range o.windows {
		f := 1.0
		if factor != nil {
			f = factor(wi)
		}
		for _, k := range r.reported {
			at := wi*len(r.kpis) + k
			if r.kpis[k].fromDeal {
				d := o.deals[at].scaled(f)
				for i, v := range d {
					s.deals[at][i] += v
				}
				continue
			}
			leaf := o.leaves[at]
			if r.kpis[k].additive {
				leaf.sum *= f
			}
			s.leaves[at].sum += leaf.sum
			s.leaves[at].n += leaf.n
		}
	}
}

// scaled returns the measures when their period grows by a factor.
func (d dealSum) scaled(f float64) dealSum {
	for i := range placeStart {
		d[i] *= f
	}
	d[placeKept] = min(d[placeKept]*f, d[placeStart])
	return d
}

// add adds a person's figures. A figure on a day off counts; one on a day that does not
// count yet, or outside employment, does not.
func (e *Engine) add(s *sumSet, p *person) {
	e.addIn(s, p, calendar.Span{From: -forever, To: forever})
}

// addIn is add for the figures of some days only.
func (e *Engine) addIn(s *sumSet, p *person, days calendar.Span) {
	r := p.role
	if r.even && len(s.windows) == 1 && e.addBlocks(s, p, s.windows[0].Meet(days)) {
		return
	}
	for wi, w := range s.windows {
		w = w.Meet(days)
		from := w.From
		w.To = min(w.To, e.at.Today)
		counted := w.Meet(p.employed)
		known := counted.Meet(e.facts.span)
		for _, k := range r.reported {
			q := &r.kpis[k]
			at := wi*len(r.kpis) + k
			if q.fromDeal {
				part := w
				if !r.always {
					part = w.Meet(q.days)
				}
				e.addDeals(&s.deals[at], p, part, max(from, part.From))
				continue
			}
			counted, known := counted, known
			if !r.always {
				counted, known = counted.Meet(q.days), known.Meet(q.days)
			}
			e.facts.asked(counted)
			row := p.row(q)
			if row == nil || known.Days() <= 0 {
				continue
			}
			leaf := s.leaves[at]
			for _, v := range row[known.From-e.facts.span.From : known.To+1-e.facts.span.From] {
				if v == v { // not blank
					leaf.sum += v
					leaf.n++
				}
			}
			s.leaves[at] = leaf
		}
	}
}

// addDeals adds the measures of a person's deals in a span; the list of clients is that
// of its first day (domain 2.16). Refunds affect only the sum.
func (e *Engine) addDeals(out *dealSum, p *person, span calendar.Span, first calendar.Date) {
	*e.tick++
	var count, sum, buyers, repeatBuyers, repeats, repeatSum, start, kept float64
	for _, d := range p.dealsIn(span) {
		sum += d.amount
		if d.refund() {
			continue
		}
		count++
		if d.client == nameless {
			continue
		}
		if p.seen[d.client] != *e.tick {
			p.seen[d.client] = *e.tick
			buyers++
		}
		if !d.repeat {
			continue
		}
		repeats++
		repeatSum += d.amount
		if p.again[d.client] != *e.tick {
			p.again[d.client] = *e.tick
			repeatBuyers++
		}
	}
	for _, c := range p.clients {
		if c.started(first) {
			start++
			if p.seen[c.id] == *e.tick {
				kept++
			}
		}
	}
	for i, v := range [...]float64{count, sum, buyers, repeatBuyers, repeats, repeatSum, start, kept} {
		out[i] += v
	}
}

// eval computes the fact of each KPI from sums, each formula on the aggregates of its
// operands (domain 2.2). With a scale for each KPI it computes the forecast: sums times
// the scale, stocks and averages unscaled; if the scale is not OK, there is no value.
func (e *Engine) eval(out []kpi.Num, r *role, s *sumSet, scale func(k int) kpi.Num) []kpi.Num {
	n := len(r.kpis)
	out = slices.Grow(out[:0], n)[:n]
	clear(out)
	if scale == nil {
		scale = func(int) kpi.Num { return kpi.Some(1) }
	}
	if r.always { // one window, one scale
		if len(s.windows) == 0 {
			return out
		}
		if f := scale(0); f.OK {
			e.evalWindow(out, r, s, 0, f.V)
		}
		return out
	}
	e.part = slices.Grow(e.part[:0], n)[:n]
	last, lastScale := -1, 0.0
	for k := range r.kpis {
		wi, f := s.window[k], scale(k)
		if wi < 0 || !f.OK {
			continue
		}
		if wi != last || f.V != lastScale {
			clear(e.part)
			e.evalWindow(e.part, r, s, wi, f.V)
			last, lastScale = wi, f.V
		}
		out[k] = e.part[k]
	}
	return out
}

func (e *Engine) evalWindow(out []kpi.Num, r *role, s *sumSet, wi int, scale float64) {
	for _, k := range r.order {
		q := &r.kpis[k]
		at := wi*len(r.kpis) + k
		switch {
		case q.fromDeal:
			d := s.deals[at].scaled(scale)
			out[k] = e.call(q.Expr, q.operands, func(i int) kpi.Num { return kpi.Some(d[i]) })
		case q.Source == kpi.Formula:
			e.operands = e.operands[:0]
			for _, o := range q.operands {
				n := kpi.Num{}
				if o >= 0 {
					n = out[o]
				}
				e.operands = append(e.operands, n)
			}
			out[k] = q.Expr.EvalNums(e.operands)
		case q.additive:
			out[k] = kpi.Some(s.leaves[at].sum * scale)
		case s.leaves[at].n > 0:
			// A typed percentage has no weights: the mean of its days.
			out[k] = kpi.Some(s.leaves[at].sum / float64(s.leaves[at].n))
		}
	}
	// Not before: a formula uses its operands unrounded.
	for k := range out {
		out[k].V = clean(out[k].V)
	}
}

// call evaluates a formula whose names mean the operands at the given places.
func (e *Engine) call(x kpi.Expr, places []int, value func(i int) kpi.Num) kpi.Num {
	e.operands = e.operands[:0]
	for _, i := range places {
		n := kpi.Num{}
		if i >= 0 {
			n = value(i)
		}
		e.operands = append(e.operands, n)
	}
	return x.EvalNums(e.operands)
}

// cell holds what a line needs besides the facts: days and plans. A team's are the sums
// of its people's.
type cell struct {
	working, closed, reported, missing int
	open                               [2]uint32 // days still to work, by month of the period
	plan, toDate                       float64
	planned                            bool
	many                               bool // of people: a total
}

// finish appends the lines of a period, computed from the cells, facts, forecasts and
// trends.
func (e *Engine) finish(lines []Line, r *role, per calendar.Period, cells []cell,
	facts, forecasts, trends []kpi.Num) []Line {
	lines = slices.Grow(lines, len(r.kpis))
	for k := range r.kpis {
		if !r.always && per.Meet(r.kpis[k].days).Days() == 0 {
			continue
		}
		lines = lines[:len(lines)+1] // in place: a Line is large
		l := &lines[len(lines)-1]
		*l = Line{}
		l.Role, l.Period, l.KPI = r.Key, per, r.kpis[k].KPI
		l.Fact, l.Forecast, l.Trend = facts[k], forecasts[k], trends[k]
		e.finishLine(l, &r.kpis[k], &cells[k])
	}
	return lines
}

// finishLine computes what follows from a line's days, plans and facts (domain 2.1-2.8,
// 2.18).
func (e *Engine) finishLine(l *Line, q *measure, c *cell) {
	set := &e.dep.Settings
	l.Working, l.Closed, l.Open, l.OpenOn = c.working, c.closed, c.working-c.closed, c.open
	l.Reported, l.Missing = c.reported, c.missing
	if !c.planned {
		return
	}
	plan, toDate := clean(c.plan), clean(c.toDate)
	l.Plan, l.PlanToDate = kpi.Some(plan), kpi.Some(toDate)
	if !l.Fact.OK {
		return
	}
	fact := l.Fact.V
	l.Attainment = Attain(l.Fact, l.Plan, q.Direction, set.LowerCap)
	l.Pace = Attain(l.Fact, l.PlanToDate, q.Direction, set.LowerCap)
	l.Deviation = kpi.Some(clean(fact - plan))
	l.DeviationToDate = kpi.Some(clean(fact - toDate))
	if e.ready(c) {
		l.Light = q.Lights.Light(l.Pace, set.AboveFrom)
	}
	if !q.additive {
		return
	}
	ahead := plan * float64(l.Open) / float64(max(1, l.Working))
	if c.many {
		ahead = plan - toDate
	}
	l.remain(ahead)
}

// remain computes what is left and what that takes a day, from plan and fact of an
// additive KPI. A total's is that of its own sums, which stand beside it: what one person
// has above the plan makes up for another. ahead is the plan of the open days: in a total
// their people may have other plans than the rest.
func (l *Line) remain(ahead float64) {
	left := clean(max(0, l.Plan.V-l.Fact.V))
	l.Left = kpi.Some(left)
	// If lower is better, nothing is needed: what is left is a margin.
	if l.Open <= 0 || l.KPI.Direction == kpi.Lower {
		return
	}
	if days := count(l.OpenOn[0]) + count(l.OpenOn[1]); days > 0 {
		l.NeededPerDay = kpi.Some(left / float64(days))
	}
	if ahead = clean(ahead); ahead > 0 {
		l.CatchUp = kpi.Some(left / ahead)
	}
}

// ready reports whether enough of the working days have closed for a light and a forecast
// (domain 2.5, 2.18).
func (e *Engine) ready(c *cell) bool {
	return c.closed > 0 && float64(c.closed) >= e.dep.Settings.GreyShare*float64(c.working)-noise
}

// Attain returns how much of a plan a fact attains: fact / plan, or, where lower is
// better, plan / fact but at most lowerCap, also for a fact of 0 (domain 2.1, 2.8). It
// has no value without a plan above 0.
func Attain(fact, plan kpi.Num, dir kpi.Direction, lowerCap float64) kpi.Num {
	switch {
	case !fact.OK || !plan.OK || plan.V <= 0:
		return kpi.Num{}
	case dir != kpi.Lower:
		return kpi.Some(fact.V / plan.V)
	case fact.V <= 0:
		return kpi.Some(lowerCap)
	}
	return kpi.Some(min(lowerCap, plan.V/fact.V))
}

// Person returns a line per active KPI of the person's role, in the role's order; nil if
// the person was not employed in the period.
func (e *Engine) Person(p department.Person, per calendar.Period) []Line {
	return e.AppendPerson(nil, p, per)
}

// AppendPerson appends the lines that Person returns. A Line is large: a caller that goes
// over many people and days without keeping lines can reuse the memory.
func (e *Engine) AppendPerson(lines []Line, p department.Person, per calendar.Period) []Line {
	q, ok := e.find(p)
	if !ok || !q.counts(per.Span) {
		return lines
	}
	r := q.role
	var few [16]cell
	cells := few[:0]
	if len(r.kpis) > len(few) {
		cells = make([]cell, 0, len(r.kpis))
	}
	cells = cells[:len(r.kpis)]
	e.gather(cells, &e.sums, q, per.Span)
	e.vals = e.eval(e.vals, r, &e.sums, nil)
	forecasts := e.forecasts(r, &e.sums, cells)
	trends := e.personTrend(q, per, e.vals)
	before := len(lines)
	lines = e.finish(lines, r, per, cells, e.vals, forecasts, trends)
	for i := before; i < len(lines); i++ {
		lines[i].Person = q.ID
	}
	return lines
}

// forecasts returns fact / E × W of each KPI; for a ratio, from its operands (domain
// 2.5). The facts have been evaluated.
func (e *Engine) forecasts(r *role, s *sumSet, cells []cell) []kpi.Num {
	if r.always && len(cells) > 0 && e.ready(&cells[0]) && cells[0].working == cells[0].closed {
		e.forecast = append(e.forecast[:0], e.vals...) // all is over: the facts
		return e.forecast
	}
	e.forecast = e.eval(e.forecast, r, s, func(k int) kpi.Num {
		return kpi.Num{V: e.growth(&cells[k]), OK: e.ready(&cells[k])}
	})
	return e.forecast
}

// growth returns the factor by which a person's sums grow to the end of the period: W /
// E, or 1 while it is too early to say. So a newcomer adds to a team's forecast what they
// have done, and the forecast is never below the fact.
func (e *Engine) growth(c *cell) float64 {
	if !e.ready(c) {
		return 1
	}
	return float64(c.working) / float64(c.closed)
}

// Role returns a role's totals: a line per KPI, over everybody of the role employed in
// the period; nil if nobody was. Plan, fact and plan to date are the sums of people's,
// and so is the forecast of an additive KPI; a ratio's forecast is computed from its
// operands' (domain 2.21). Left is what plan and fact of the total leave, since these
// stand beside it. Days are person-days: ten people with three open days each have 30.
// Needed per day is what all of them together need on each day on which somebody still
// works. Several tabs show the same totals: they are computed once.
func (e *Engine) Role(role department.Role, per calendar.Period) []Line {
	r, ok := e.roles[role.Key]
	if !ok {
		return nil
	}
	key := totalKey{role.Key, per}
	lines, ok := e.totals[key]
	if !ok {
		lines = e.total(r, per, r.members)
		e.totals[key] = lines
	}
	return slices.Clone(lines)
}

// InTeams returns a role's totals within some teams, as Role does: for a person who
// changed teams, the days in these count, so that the totals of what adds up by days add
// up to the role's. Clients do not: who bought in two teams is a buyer in both.
func (e *Engine) InTeams(role department.Role, in func(team string) bool, per calendar.Period) []Line {
	r, ok := e.roles[role.Key]
	if !ok {
		return nil
	}
	return e.total(r, per, r.inTeams(in))
}

// Team returns a role's totals within one team, see InTeams.
func (e *Engine) Team(role department.Role, team string, per calendar.Period) []Line {
	lines := e.InTeams(role, func(t string) bool { return t == team }, per)
	for i := range lines {
		lines[i].Team = team
	}
	return lines
}

// total is Role for some of its members.
func (e *Engine) total(r *role, per calendar.Period, members []*person) []Line {
	cells := make([]cell, len(r.kpis))
	each := make([]cell, len(r.kpis))
	plans := make([]ratioTotal, len(r.kpis))
	e.sums.reset(r, per.Span)
	e.ahead.reset(r, per.Span)
	people := 0
	for _, p := range members {
		if !p.counts(per.Span) {
			continue
		}
		people++
		clear(each)
		e.gather(each, &e.one, p, per.Span)
		e.sums.take(&e.one, r, nil)
		e.ahead.take(&e.one, r, func(wi int) float64 { return e.growth(&each[slices.Index(e.one.window, wi)]) })
		for k := range cells {
			c, o := &cells[k], &each[k]
			c.working += o.working
			c.closed += o.closed
			c.reported += o.reported
			c.missing += o.missing
			c.open[0] |= o.open[0]
			c.open[1] |= o.open[1]
			if r.kpis[k].additive {
				c.plan += o.plan
				c.toDate += o.toDate
				c.planned = c.planned || o.planned
			} else if o.planned {
				plans[k].see(o.plan)
			}
		}
	}
	if people == 0 {
		return nil
	}
	e.ratioPlans(r, per, members, plans)
	for k := range cells {
		cells[k].many = true
		if plan := plans[k].value(); plan.OK {
			cells[k].plan, cells[k].toDate, cells[k].planned = plan.V, plan.V, true
		}
	}
	e.vals = e.eval(e.vals, r, &e.sums, nil)
	e.forecast = e.eval(e.forecast, r, &e.ahead, func(k int) kpi.Num {
		return kpi.Num{V: 1, OK: e.ready(&cells[k])}
	})
	trends := e.totalTrend(r, per, members, e.vals)
	return e.finish(nil, r, per, cells, e.vals, e.forecast, trends)
}

// ratioTotal collects people's plans of one ratio (domain 2.2): the team's plan is their
// mean weighted by the planned denominators or, if somebody has none, by the actual ones,
// or else the plain mean.
type ratioTotal struct {
	n                  int
	sum, first         float64
	differ             bool
	byPlan, planDen    float64
	unplanned          bool // somebody's denominator has no plan
	byFact, factWeight float64
}

func (t *ratioTotal) see(plan float64) {
	if t.n == 0 {
		t.first = plan
	}
	t.differ = t.differ || plan != t.first
	t.n++
	t.sum += plan
}

func (t *ratioTotal) value() kpi.Num {
	switch {
	case t.n == 0:
		return kpi.Num{}
	case !t.differ:
		return kpi.Some(t.first)
	case !t.unplanned && t.planDen > 0:
		return kpi.Some(t.byPlan / t.planDen)
	case t.factWeight > 0:
		return kpi.Some(t.byFact / t.factWeight)
	}
	return kpi.Some(t.sum / float64(t.n))
}

// ratioPlans weights the plans of ratios where people's differ.
func (e *Engine) ratioPlans(r *role, per calendar.Period, members []*person, plans []ratioTotal) {
	if !slices.ContainsFunc(plans, func(t ratioTotal) bool { return t.differ }) {
		return
	}
	cells := make([]cell, len(r.kpis))
	for _, p := range members {
		if !p.counts(per.Span) {
			continue
		}
		clear(cells)
		e.gather(cells, &e.one, p, per.Span)
		e.vals = e.eval(e.vals, r, &e.one, nil)
		for k := range plans {
			t, q := &plans[k], &r.kpis[k]
			if !t.differ || !cells[k].planned {
				continue
			}
			planDen, factDen := kpi.Num{}, kpi.Num{}
			at := e.one.window[k]*len(r.kpis) + k
			switch {
			case q.fromDeal:
				d := e.one.deals[at]
				factDen = e.call(q.den, q.denOps, func(i int) kpi.Num { return kpi.Some(d[i]) })
			case q.Source == kpi.Formula:
				planDen = e.call(q.den, q.denOps, func(i int) kpi.Num { return e.planOf(r, cells, i) })
				factDen = e.call(q.den, q.denOps, func(i int) kpi.Num { return e.vals[i] })
			default:
				factDen = kpi.Some(float64(e.one.leaves[at].n))
			}
			if planDen.OK && planDen.V >= 0 {
				t.byPlan += cells[k].plan * planDen.V
				t.planDen += planDen.V
			} else {
				t.unplanned = true
			}
			if factDen.OK && factDen.V > 0 {
				t.byFact += cells[k].plan * factDen.V
				t.factWeight += factDen.V
			}
		}
	}
}

// planOf returns the plan of a KPI or, if it has none, the result of its formula for the
// plans of its operands.
func (e *Engine) planOf(r *role, cells []cell, k int) kpi.Num {
	q := &r.kpis[k]
	switch {
	case cells[k].planned:
		return kpi.Some(cells[k].plan)
	case q.Source != kpi.Formula || len(q.leaves) == 0:
		return kpi.Num{}
	}
	vals := make([]kpi.Num, len(q.operands))
	for i, o := range q.operands {
		if o >= 0 {
			vals[i] = e.planOf(r, cells, o)
		}
	}
	return q.Expr.EvalNums(vals)
}

// stretchTo returns the last day of the first n working days of a span, which work
// returns by month; the span's own last day if it has fewer; not ok if it has none.
func (e *Engine) stretchTo(s calendar.Span, n int, work func(*month) uint32) (calendar.Date, bool) {
	seen := 0
	end := calendar.Date(0)
	for _, seg := range e.segments(s) {
		for days := seg.days & work(seg.month); days != 0; days &= days - 1 {
			if seen++; seen == n {
				end = seg.From.Add(bits.TrailingZeros32(days))
			}
		}
	}
	if seen <= n {
		end = s.To
	}
	return end, seen > 0 && n > 0
}

// previous returns the stretch before a period to compare it with: as many working days
// of the previous period of the kind, from its start, as the period has closed. The
// stretch before a day is the last working day before it.
func (e *Engine) previous(per calendar.Period, closed int, work func(*month) uint32) (calendar.Span, bool) {
	if per.Kind == calendar.Day {
		for d := per.From - 1; d >= per.From-31; d-- {
			if m := e.monthOf(d); work(m)&m.bit(d) != 0 {
				e.facts.asked(calendar.Span{From: d, To: d})
				return calendar.Span{From: d, To: d}, closed > 0 && e.facts.span.Has(d)
			}
		}
		return calendar.Span{}, false
	}
	prev := per.Prev().Span
	to, ok := e.stretchTo(prev, closed, work)
	e.facts.asked(prev)
	// Before the first day of the facts nothing is known; that is not zero.
	return calendar.Span{From: prev.From, To: to}, ok && prev.From >= e.facts.span.From
}

// personTrend returns the fact of the closed stretch of the period less that of the
// stretch before. facts are those of the whole period.
func (e *Engine) personTrend(p *person, per calendar.Period, facts []kpi.Num) []kpi.Num {
	work := func(m *month) uint32 { return e.block(p, m).work }
	now := calendar.Span{From: per.From, To: min(per.To, p.through)}
	closed := 0
	for _, seg := range e.segments(now) {
		closed += count(seg.days & work(seg.month))
	}
	was, ok := e.previous(per, closed, work)
	if !ok || !p.counts(was) {
		return e.trend(p.role, nil, nil, nil)
	}
	e.was.reset(p.role, was)
	e.add(&e.was, p)
	if now.To == per.To {
		return e.trend(p.role, &e.sums, &e.was, facts)
	}
	e.one.reset(p.role, now)
	e.add(&e.one, p)
	return e.trend(p.role, &e.one, &e.was, nil)
}

// totalTrend is the same for many people, by the working days of their schedules: all
// people of a schedule have the same stretches, even those who were away. It leaves out
// people whose schedule has no stretch before.
func (e *Engine) totalTrend(r *role, per calendar.Period, members []*person, facts []kpi.Num) []kpi.Num {
	through := e.at.Today
	if !e.at.Over {
		through--
	}
	now := calendar.Span{From: per.From, To: min(per.To, through)}
	before := map[*roster]calendar.Span{} // the stretch before, by schedule
	all := calendar.Span{From: forever, To: -forever}
	same := now.To == per.To // so the totals have already summed up the present stretch
	for i, p := range members {
		if i > 0 && members[i-1].roster == p.roster {
			continue
		}
		if _, done := before[p.roster]; done {
			continue
		}
		was, ok := e.scheduledBefore(p.roster, per, now)
		if !ok {
			was, same = calendar.Span{From: 1}, false // no day
		} else {
			all = calendar.Span{From: min(all.From, was.From), To: max(all.To, was.To)}
		}
		before[p.roster] = was
	}
	if all.Days() == 0 {
		return e.trend(r, nil, nil, nil)
	}
	e.was.reset(r, all)
	e.one.reset(r, now)
	known := false
	var of *roster
	var was calendar.Span
	for _, p := range members {
		if p.roster != of { // mostly the same for all
			of, was = p.roster, before[p.roster]
		}
		if was.Days() == 0 {
			continue
		}
		if p.counts(was) {
			known = true
			e.addIn(&e.was, p, was)
		}
		if !same && p.counts(per.Span) {
			e.add(&e.one, p)
		}
	}
	switch {
	case !known:
		return e.trend(r, nil, nil, nil)
	case same:
		return e.trend(r, &e.sums, &e.was, facts)
	}
	return e.trend(r, &e.one, &e.was, nil)
}

// scheduledBefore is previous by the working days of a schedule, as many as are closed
// now.
func (e *Engine) scheduledBefore(of *roster, per calendar.Period, now calendar.Span) (calendar.Span, bool) {
	work := func(m *month) uint32 { return e.workdays(of, m).working }
	closed := 0
	for _, seg := range e.segments(now) {
		closed += count(seg.days & work(seg.month))
	}
	return e.previous(per, closed, work)
}

// trend returns the differences of the facts of two stretches; nil: nothing to compare.
// facts are those of the present one, if they have been evaluated.
func (e *Engine) trend(r *role, now, was *sumSet, facts []kpi.Num) []kpi.Num {
	n := len(r.kpis)
	if now == nil || was == nil {
		e.trendNow = slices.Grow(e.trendNow[:0], n)[:n]
		clear(e.trendNow)
		return e.trendNow
	}
	if e.trendNow = append(e.trendNow[:0], facts...); facts == nil {
		e.trendNow = e.eval(e.trendNow, r, now, nil)
	}
	e.trendWas = e.eval(e.trendWas, r, was, nil)
	for k := range e.trendNow {
		a, b := e.trendNow[k], e.trendWas[k]
		if !a.OK || !b.OK || now.window[k] < 0 || was.window[k] < 0 {
			e.trendNow[k] = kpi.Num{}
			continue
		}
		e.trendNow[k] = kpi.Some(clean(a.V - b.V))
	}
	return e.trendNow
}

// Series returns the fact of each of the last n periods of a kind, ending with the one
// that holds today, for a person's or (person == nil) a role's KPI. If the KPI was not
// measured in a period, its Line has nothing but the period.
func (e *Engine) Series(role department.Role, p *department.Person, key string, kind calendar.Kind, n int) []Line {
	out := make([]Line, max(n, 0))
	per := calendar.PeriodOf(kind, e.at.Today)
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = Line{Role: role.Key, Period: per}
		out[i].KPI, _ = role.KPI(key)
		var lines []Line
		if p != nil {
			out[i].Person = p.ID
			lines = e.Person(*p, per)
		} else {
			lines = e.Role(role, per)
		}
		if j := slices.IndexFunc(lines, func(l Line) bool { return l.KPI.Key == key }); j >= 0 {
			out[i] = lines[j]
		}
		per = per.Prev()
	}
	return out
}
