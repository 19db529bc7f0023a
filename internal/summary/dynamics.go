package summary

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

const (
	weeksShown  = 12 // in «Динамика»
	chartRows   = 15 // rows that a chart covers
	chartWidth  = 640
	chartHeight = 300
	chartGap    = 24
)

// dynamics lays out «Динамика»: for each role's leading KPI the month by day and the last
// weeks, fact against plan, as charts side by side; below them the weeks of all KPIs.
func (m *builder) dynamics() *workbook.Tab {
	s := newSheet(m.in, m.st, TabDynamics, "Динамика", "Dynamics")
	s.title(m.lang.T("Динамика", "Dynamics"), m.lang.T(
		"Зелёный — по плану и выше, красный — ниже плана. Незаконченные день и неделя на графики не попадают.",
		"Green is on plan or above, red below plan. An unfinished day or week is not in the charts."))
	s.widen(0, 190)
	var tables []func()
	for _, role := range m.moneyFirst() {
		weeks, byWeek := m.weeksOf(role)
		if len(weeks) == 0 {
			continue
		}
		charts := slices.DeleteFunc([]*workbook.Chart{m.monthChart(role), m.weeksChart(role, weeks, byWeek)},
			func(c *workbook.Chart) bool { return c == nil })
		if len(charts) > 0 {
			s.gap()
			s.heading(role.Title)
			at := s.next()
			for range chartRows {
				s.gap()
			}
			for i, c := range charts {
				c.At.R0 = at
				c.X = i * (chartWidth + chartGap)
				if c.Width = chartWidth; len(charts) == 1 { // a single chart fills the width
					c.Width = 2*chartWidth + chartGap
				}
				s.Charts = append(s.Charts, *c)
			}
		}
		tables = append(tables, func() { m.weeksTable(s, role, weeks, byWeek) })
	}
	for _, put := range tables {
		put()
	}
	if len(s.Cells) <= s.FrozenRows {
		m.nobody(s)
	}
	tab := s.done()
	placeCharts(tab)
	return tab
}

// moneyFirst returns the roles in the order of «Главное»: those that count money first,
// the largest amount first.
func (m *builder) moneyFirst() []department.Role {
	plan := map[string]float64{}
	var roles []department.Role
	for _, st := range m.staff {
		lines := m.in.Engine.Role(st.role, m.month)
		if k, ok := leading(lines); ok && roubles(&lines[k]) {
			plan[st.role.Key] = lines[k].Plan.V
		}
		roles = append(roles, st.role)
	}
	slices.SortStableFunc(roles, func(a, b department.Role) int { return cmp.Compare(plan[b.Key], plan[a.Key]) })
	return roles
}

// weeksTable adds the facts and plans of a role's weeks.
func (m *builder) weeksTable(s *sheet, role department.Role, weeks []calendar.Period, byWeek [][]planfact.Line) {
	kpis := kpisOf(byWeek)
	s.gap()
	s.heading(role.Title + m.lang.T(", по неделям", ", by week"))
	m.dynamicsHead(s, kpis)
	for i, w := range weeks {
		r := s.row(bandPerson, 1+2*len(kpis))
		if m.closed(w) {
			r.text(w.Span.Text(m.lang), textName)
		} else {
			r.text(w.Span.Text(m.lang)+m.lang.T(", идёт", ", open"), textMuted)
		}
		for k := range kpis {
			l, ok := lineFor(byWeek[i], k, kpis[k].KPI.Key)
			if !ok {
				l = &planfact.Line{KPI: kpis[k].KPI}
			}
			r.figure(ofParts(figValue, l.KPI), l.KPI.Unit, l.Fact, kpi.NoLight, true).
				figure(ofParts(figValue, l.KPI), l.KPI.Unit, l.Plan, kpi.NoLight, false)
		}
		r.end()
	}
}

// kpisOf returns the lines of the last week that has any.
func kpisOf(byWeek [][]planfact.Line) []planfact.Line {
	for _, lines := range slices.Backward(byWeek) {
		if len(lines) > 0 {
			return lines
		}
	}
	return nil
}

// point is a point of a chart: plan and fact up to then.
type point struct {
	name       string
	plan, fact kpi.Num
}

// monthChart draws the leading KPI of a role from the beginning of the month: the fact by
// each closed day, and the line of the plan by working days to the month's end. nil:
// there is nothing to draw.
func (m *builder) monthChart(role department.Role) *workbook.Chart {
	k, ok := leading(m.in.Engine.Role(role, m.month))
	if !ok {
		return nil
	}
	l := m.in.Engine.Role(role, m.month)[k]
	var points []point
	var plan, fact float64
	drawn := false
	for d := m.month.From; d <= m.month.To; d++ {
		day, ok := lineFor(m.roleOn(role, d), k, l.KPI.Key)
		if !ok || day.Working == 0 && day.Fact.V == 0 {
			continue
		}
		plan, fact = plan+day.Plan.V, fact+day.Fact.V
		p := point{name: itoa(d.Day()), plan: kpi.Some(plan)}
		if m.closed(calendar.DayOf(d)) {
			p.fact, drawn = kpi.Some(fact), true
		}
		points = append(points, p)
	}
	if !drawn {
		return nil
	}
	month := m.month.Name(m.lang)
	title := m.lang.T(": "+strings.ToLower(month)+", нарастающим итогом", ": "+month+", running total")
	return m.factOnPlan("month:"+role.Key, l.KPI.Title+title, m.lang.T("День", "Day"), &l, points)
}

// weeksChart draws the leading KPI of a role in past weeks; nil: there are none.
func (m *builder) weeksChart(role department.Role, weeks []calendar.Period, byWeek [][]planfact.Line) *workbook.Chart {
	kpis := kpisOf(byWeek)
	k, ok := leading(kpis)
	if !ok {
		return nil
	}
	var points []point
	for i, w := range weeks {
		l, ok := lineFor(byWeek[i], k, kpis[k].KPI.Key)
		if !m.closed(w) || !ok {
			continue
		}
		points = append(points, point{w.From.ShortText(m.lang), l.Plan, l.Fact})
	}
	if len(points) == 0 {
		return nil
	}
	return m.factOnPlan("weeks:"+role.Key, kpis[k].KPI.Title+m.lang.T(" по неделям", " by week"),
		m.lang.T("Неделя с", "Week from"), &kpis[k], points)
}

// factOnPlan returns a chart of facts and the line of the plan: facts that reach it and
// facts that do not have the colours of the lights.
func (m *builder) factOnPlan(id, title, domain string, of *planfact.Line, points []point) *workbook.Chart {
	head := []string{domain, m.lang.T("по плану и выше", "on plan or above"), m.lang.T("ниже плана", "below plan"),
		m.lang.T("план", "plan")}
	rows := [][]workbook.Cell{nil}
	for _, h := range head {
		rows[0] = append(rows[0], workbook.Txt(h, nil))
	}
	style := m.st.number(look{fig: figValue, unit: of.KPI.Unit, band: bandNone})
	cell := func(n kpi.Num) workbook.Cell {
		if !n.OK {
			return workbook.Cell{Style: style} // a chart would read a dash as a value
		}
		v, _, _ := shown(figValue, of.KPI.Unit, n.V)
		return workbook.N(v, style)
	}
	for _, p := range points {
		over, under := p.fact, kpi.Num{}
		if missed := settle(p.fact.V-p.plan.V, 6); p.fact.OK && p.plan.OK && (missed < 0) == (of.KPI.Direction !=
			kpi.Lower) && missed != 0 {
			over, under = under, over
		}
		rows = append(rows, []workbook.Cell{workbook.Txt(p.name, nil), cell(over), cell(under), cell(p.plan)})
	}
	data := m.bars.table(rows)
	column := func(c int) workbook.Area {
		return workbook.Area{R0: data.R0, C0: c, R1: data.R1, C1: c + 1}
	}
	return &workbook.Chart{
		ID:   workbook.MetaID(workbook.SheetID(TabDynamics), "chart:"+id),
		Kind: "COMBO", SeriesKinds: []string{"COLUMN", "COLUMN", "LINE"}, Stacked: true,
		Title: title, Data: m.bars.ID, Domain: column(0),
		Series: []workbook.Area{column(1), column(2), column(3)},
		Colors: []string{barColors[kpi.Green].Ink, barColors[kpi.Red].Ink, navy},
		Height: chartHeight,
	}
}

// weeksOf returns the weeks shown of a role, with its totals: from the first one that has
// figures or, before there are any, from the first in which somebody counts. None if
// nobody does.
func (m *builder) weeksOf(role department.Role) (weeks []calendar.Period, lines [][]planfact.Line) {
	weeks = m.weeks()
	for _, w := range weeks {
		lines = append(lines, m.in.Engine.Role(role, w))
	}
	reported := func(ls []planfact.Line) bool {
		return slices.ContainsFunc(ls, func(l planfact.Line) bool { return l.Reported > 0 })
	}
	first := slices.IndexFunc(lines, reported)
	if first < 0 {
		first = slices.IndexFunc(lines, func(ls []planfact.Line) bool { return len(ls) > 0 })
	}
	if first < 0 {
		return nil, nil
	}
	return weeks[first:], lines[first:]
}

// weeks returns the weeks that may be shown, oldest first: the current one and those
// before it, as far back as anybody counts.
func (m *builder) weeks() []calendar.Period {
	w := calendar.WeekOf(m.in.At.Today)
	out := []calendar.Period{w}
	for len(out) < weeksShown && !m.in.First.IsZero() && w.From > m.in.First {
		w = w.Prev()
		out = append(out, w)
	}
	slices.Reverse(out)
	return out
}

// closed reports whether a period is over: its last day has passed, or that day's
// deadline has.
func (m *builder) closed(p calendar.Period) bool {
	return p.To < m.in.At.Today || p.To == m.in.At.Today && m.in.At.Over
}

// dynamicsHead adds the two rows of headings.
func (m *builder) dynamicsHead(s *sheet, kpis []planfact.Line) {
	top, width := s.next(), 1+2*len(kpis)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	head := m.st.text(textLook{use: textHeadLeft})
	upper[0] = workbook.Cell{Style: m.st.text(textLook{use: textGroup})}
	lower[0] = workbook.Txt(m.lang.T("Неделя", "Week"), head)
	m.groups(s, top, upper, lower, 1, kpis, []column{dayColumns[0], periodColumns[perPlan]})
	s.add(upper...)
	s.add(lower...)
}

// placeCharts finds the columns in which the charts begin, X pixels from the left edge.
func placeCharts(t *workbook.Tab) {
	for i := range t.Charts {
		c := &t.Charts[i]
		right := c.X + c.Width
		for c.At.C0 < len(t.Columns) && c.X >= t.Columns[c.At.C0].Width {
			c.X -= t.Columns[c.At.C0].Width
			c.At.C0++
		}
		for _, col := range t.Columns {
			right -= col.Width
		}
		c.At.R1, c.At.C1 = c.At.R0+1, c.At.C0+1
		// Columns without a set width are 100 pixels wide.
		t.Cols = max(t.Cols, len(t.Columns)+(right+99)/100)
	}
}
