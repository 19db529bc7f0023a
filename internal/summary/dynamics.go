package summary

import (
	"cmp"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

const (
	weeksShown    = 12 // of «Динамика»
	chartsPerRole = 2
	chartRows     = 15 // rows that a chart covers
	chartWidth    = 560
	chartHeight   = 300
	chartGap      = 24
)

// dynamics lays out «Динамика»: the last weeks of each role, fact against plan,
// as charts and, below them, as the table that they are drawn from.
func (m *builder) dynamics() *workbook.Tab {
	s := newSheet(m.in, m.st, TabDynamics, "Динамика", "Dynamics")
	s.title(m.lang.T("Динамика по неделям", "Weekly dynamics"), m.lang.T(
		"Недели с понедельника по воскресенье; незаконченная неделя есть в таблице, но не на графике.",
		"Weeks from Monday to Sunday; an unfinished week is in the table but not in the chart."))
	s.widen(0, 190)
	for _, st := range m.staff {
		weeks, byWeek := m.weeksOf(st.role)
		if len(weeks) == 0 {
			continue
		}
		kpis := byWeek[len(weeks)-1]
		for i := len(weeks) - 1; len(kpis) == 0; i-- {
			kpis = byWeek[i]
		}
		s.gap()
		s.heading(st.role.Title)
		at := s.next()
		for range chartRows {
			s.gap()
		}
		head := m.dynamicsHead(s, kpis)
		closed := 0
		for i, w := range weeks {
			r := s.row(bandPerson, 1+2*len(kpis))
			if m.closed(w) {
				closed++
				r.text(w.Span.Text(m.lang), textName)
			} else {
				r.text(w.Span.Text(m.lang)+m.lang.T(", идёт", ", open"), textMuted)
			}
			for k := range kpis {
				l, ok := lineFor(byWeek[i], k, kpis[k].KPI.Key)
				if !ok {
					l = &planfact.Line{KPI: kpis[k].KPI}
				}
				r.plain(l.KPI, l.Fact, true).plain(l.KPI, l.Plan, false)
			}
			r.end()
		}
		if closed == 0 {
			continue
		}
		shown := charted(kpis)
		width := chartWidth
		if len(shown) == 1 { // no empty half beside it
			width = chartsPerRole*chartWidth + (chartsPerRole-1)*chartGap
		}
		for i, k := range shown {
			column := func(c int) workbook.Area {
				return workbook.Area{R0: head, C0: c, R1: head + 1 + closed, C1: c + 1}
			}
			s.Charts = append(s.Charts, workbook.Chart{
				ID:   workbook.MetaID(s.ID, "chart:"+st.role.Key+":"+kpis[k].KPI.Key),
				Kind: "COMBO", SeriesKinds: []string{"COLUMN", "LINE"}, // facts stand against the line of the plan
				Title:  st.role.Title + ": " + kpis[k].KPI.Title,
				Domain: column(0),
				Series: []workbook.Area{column(1 + 2*k), column(2 + 2*k)},
				Colors: []string{daysColor, navy},
				At:     workbook.Area{R0: at, C0: i}, // the column is set when the widths are known
				Width:  width, Height: chartHeight,
			})
		}
	}
	if len(s.Cells) <= s.FrozenRows {
		m.nobody(s)
	}
	tab := s.done()
	placeCharts(tab)
	return tab
}

// weeksOf are the weeks shown of a role, with its totals: from the first one that
// has figures; before any has, from the first in which somebody counts. None if
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

// weeks are the weeks shown at most, oldest first: the current one and those before
// it, as far back as anybody counts.
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

// closed tells whether a period is over: its last day has passed, or its
// deadline has.
func (m *builder) closed(p calendar.Period) bool {
	return p.To < m.in.At.Today || p.To == m.in.At.Today && m.in.At.Over
}

// charted picks the KPIs of a role's charts by their place among kpis: those
// that add up over days, the heaviest first.
func charted(kpis []planfact.Line) []int {
	var out []int
	for i, l := range kpis {
		if l.KPI.Additive() {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(kpis[b].KPI.Weight, kpis[a].KPI.Weight) })
	return out[:min(len(out), chartsPerRole)]
}

// dynamicsHead puts the two rows of headings and gives the lower one, whose
// cells name the series of the charts.
func (m *builder) dynamicsHead(s *sheet, kpis []planfact.Line) int {
	top, width := s.next(), 1+2*len(kpis)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	head := m.st.text(textLook{use: textHead})
	upper[0] = workbook.Cell{Style: m.st.text(textLook{use: textGroup})}
	lower[0] = workbook.Txt(m.lang.T("Неделя", "Week"), head)
	m.groups(s, top, upper, lower, 1, kpis, []column{dayColumns[0], periodColumns[perPlan]})
	s.add(upper...)
	return s.add(lower...)
}

// plain adds a number, or nothing where there is none: a chart would take a
// dash for a value.
func (l *line) plain(k kpi.KPI, n kpi.Num, first bool) *line {
	l.figure(ofParts(figValue, k), k.Unit, n, kpi.NoLight, first)
	if c := &l.cells[len(l.cells)-1]; c.Kind == workbook.Text {
		*c = workbook.Cell{Style: c.Style}
	}
	return l
}

// placeCharts puts the charts of a role side by side without overlap: each
// begins at the first column that is right of the one before.
func placeCharts(t *workbook.Tab) {
	for i := range t.Charts {
		c := &t.Charts[i]
		want := c.At.C0 * (chartWidth + chartGap)
		col, x := 0, 0
		for x < want {
			w := 100 // of a column that nobody set
			if col < len(t.Columns) {
				w = t.Columns[col].Width
			}
			x += w
			col++
		}
		c.At.C0 = col
		c.At.R1, c.At.C1 = c.At.R0+1, c.At.C0+1
		t.Cols = max(t.Cols, col+1+c.Width/100)
	}
}
