package report

import (
	"math"
	"slices"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// A closed month shows what was closed, whenever it is laid out again: the plan then in
// force and, where today's rules would compute something else from the cells, the figures
// themselves. Formulas stay wherever they agree, for edits that ops allow.

// closedKPI returns a KPI of a closed month. Not ok: the month is open, or the KPI was
// not measured when it closed.
func (s *sheet) closedKPI(k kpi.KPI) (department.ClosedKPI, bool) {
	p := s.stint(k).person
	i := slices.IndexFunc(s.in.Closed, func(c department.Closed) bool {
		return c.Period == s.month && c.Role == p.Role && c.Again == p.Again
	})
	if i < 0 {
		return department.ClosedKPI{}, false
	}
	return s.in.Closed[i].KPI(k.Key)
}

// closedPlan returns the plan that was in force, beside today's plans of the days.
func (s *sheet) closedPlan(k kpi.KPI, c department.ClosedKPI, now dayPlans) dayPlans {
	p := dayPlans{days: now.days, total: CellValue(k, c.Plan.V), ok: c.Plan.OK}
	if k.Unit != kpi.Duration {
		p.total = round6(p.total)
	}
	if p.days == nil {
		p.days = make([]float64, s.month.Days())
	}
	return p
}

// freeze writes into the block, after it is laid out, what was closed of a KPI.
func (s *sheet) freeze(k kpi.KPI) {
	c, ok := s.closedKPI(k)
	if !ok {
		return
	}
	set := func(row int, v workbook.Cell) {
		cell := &s.cells[row][s.col[k.Key]]
		*cell = put(*cell, v)
	}
	figure := func(n kpi.Num, value float64) workbook.Cell {
		if !n.OK {
			return workbook.Txt(dash, nil)
		}
		return workbook.N(value, nil)
	}
	rules, now := s.in.Dep.Settings, s.now[k.Key]
	toDate, pace := c.Plan, c.Attainment
	if k.Additive() && c.Working == 0 { // the month had no day to work
		toDate.V, pace = 0, kpi.Num{}
	}
	set(rowToDate, figure(toDate, CellValue(k, toDate.V)))
	if s.how(k) == byWorker || !near(now.fact, c.Fact) {
		set(rowFact, figure(c.Fact, CellValue(k, c.Fact.V)))
	}
	paced := planfact.Attain(c.Fact, toDate, k.Direction, rules.LowerCap)
	light := kpi.NoLight
	if now.working > 0 {
		light = k.Lights.Light(paced, rules.AboveFrom)
	}
	if !near(paced, pace) || light != c.Light {
		shown := kpi.ShownShare(pace) // beside a light by bounds that nobody knows
		set(rowPace, figure(pace, shown.V))
	}
	if light != c.Light {
		set(rowLight, workbook.Txt(terms.LightText(c.Light, s.lang), nil))
	}
	if forecast := (kpi.Num{V: c.Fact.V, OK: c.Fact.OK && c.Working > 0}); s.how(k) == byWorker ||
		now.working > 0 != (c.Working > 0) {
		set(rowForecast, figure(forecast, CellValue(k, forecast.V)))
	}
}

// near reports whether two figures are equal except for rounding errors of sums.
func near(a, b kpi.Num) bool {
	return a.OK == b.OK && (!a.OK || math.Abs(a.V-b.V) <= 1e-9*max(1, math.Abs(b.V)))
}
