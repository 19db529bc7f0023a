package planfact

import (
	"math/bits"

	"svodka/internal/calendar"
)

// gather adds a person's days and plans of a period to the cells of the KPIs, which must
// be empty, and sets the sums of the figures.
func (e *Engine) gather(cells []cell, s *sumSet, p *person, span calendar.Span) {
	s.reset(p.role, span)
	if p.role.even && len(s.windows) == 1 {
		e.walk(cells, s.leaves, p, span)
	} else {
		e.collect(cells, p, span)
		e.add(s, p)
	}
	for k := range cells {
		if !p.role.kpis[k].additive {
			plan := e.ratioPlan(p, k, span)
			cells[k].plan, cells[k].toDate, cells[k].planned = plan.V, plan.V, plan.OK
		}
	}
}

// collect adds days and plans to cells, of a role of any kind.
func (e *Engine) collect(cells []cell, p *person, span calendar.Span) {
	r := p.role
	n := len(r.kpis)
	for i, seg := range e.segments(span) {
		b := e.block(p, seg.month)
		through := seg.mask(calendar.Span{From: seg.From, To: p.through})
		for k := range r.kpis {
			q, c := &r.kpis[k], &cells[k]
			days := seg.days & r.active(k, seg.month)
			work := days & b.work
			closed := work & through
			c.working += count(work)
			c.closed += count(closed)
			c.open[i] |= work &^ closed
			c.reported += count(b.present[k] & days)
			if !q.dealsOnly {
				c.missing += count(closed &^ b.present[k])
			}
			if b.planned[k]&days == 0 || !q.additive {
				continue
			}
			c.planned = true
			if b.plans == nil {
				continue
			}
			for rest := days; rest != 0; rest &= rest - 1 {
				i := bits.TrailingZeros32(rest)
				c.plan += b.plans[i*n+k]
				if closed>>i&1 != 0 {
					c.toDate += b.plans[i*n+k]
				}
			}
		}
	}
}

// walk is collect and add in one for a role whose KPIs are all measured always and
// reported day by day, or computed from such. Then all have the same days, and a person's
// blocks hold all that is needed, day by day: thousands of people's months do not fit
// into the processor's cache, so what is read together stands together.
func (e *Engine) walk(cells []cell, leaves []leafSum, p *person, span calendar.Span) {
	r := p.role
	if len(r.reported) > 0 {
		e.facts.asked(calendar.Span{From: span.From, To: min(span.To, e.at.Today)}.Meet(p.employed))
	}
	cells, leaves = cells[:len(r.kpis)], leaves[:len(r.kpis)]
	for i, seg := range e.segments(span) {
		b := e.block(p, seg.month)
		work := seg.days & b.work
		closed := work & seg.mask(calendar.Span{From: seg.From, To: p.through})
		working, over := count(work), count(closed)
		for k := range cells {
			q, c := &r.kpis[k], &cells[k]
			present := b.present[k]
			c.working += working
			c.closed += over
			c.open[i] |= work &^ closed
			c.reported += count(present & seg.days)
			if !q.dealsOnly {
				c.missing += count(closed &^ present)
			}
			c.planned = c.planned || q.additive && b.planned[k]&seg.days != 0
		}
		walkPlans(cells, b, seg.days, closed)
		walkFigures(leaves, r, b, seg.days)
	}
}

// walkPlans adds the plans of days to cells.
func walkPlans(cells []cell, b *block, days, closed uint32) {
	if b.plans == nil {
		return
	}
	for ; days != 0; days &= days - 1 {
		i := bits.TrailingZeros32(days)
		row := b.plans[i*len(cells):][:len(cells)]
		over := closed>>i&1 != 0
		for k, plan := range row {
			cells[k].plan += plan
			if over {
				cells[k].toDate += plan
			}
		}
	}
}

// walkFigures adds the figures of days to the sums.
func walkFigures(leaves []leafSum, r *role, b *block, days uint32) {
	if b.figures == nil {
		return
	}
	for _, k := range r.reported {
		leaves[k].n += count(b.present[k] & days)
	}
	for ; days != 0; days &= days - 1 {
		i := bits.TrailingZeros32(days)
		row := b.figures[i*len(leaves):][:len(leaves)]
		for k, v := range row {
			leaves[k].sum += v // of a blank day: 0
		}
	}
}

// addBlocks adds a person's figures of a window to the only sums of a set, if all months
// have been made already.
func (e *Engine) addBlocks(s *sumSet, p *person, w calendar.Span) bool {
	w.To = min(w.To, e.at.Today)
	w = w.Meet(p.employed)
	if w.Days() <= 0 {
		return true
	}
	segs := e.segments(w)
	for _, seg := range segs {
		if i := seg.index - e.first; i < 0 || i >= len(p.blocks) || p.blocks[i] == nil {
			return false
		}
	}
	if len(p.role.reported) > 0 {
		e.facts.asked(w)
	}
	for _, seg := range segs {
		walkFigures(s.leaves, p.role, p.blocks[seg.index-e.first], seg.days)
	}
	return true
}
