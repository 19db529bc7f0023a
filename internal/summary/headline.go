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

// The columns of «Главное». A phone shows the first three: who or what, how it goes, how
// much.
const (
	colName  = iota // a KPI, a person
	colPace         //
	colFact         // for a KPI; for a person, the deviation to date
	colBar          // for a KPI; for a person, which KPI
	colPlan         // for a KPI; for a person, the pace of the second KPI
	colAhead        // the forecast; the deviation of the second KPI
	colLeft         // which KPI is the second
	colNeed         //
	colDays         // a column a day
	mainCols
)

// mainWidths are the widths of the columns: the first three fill a phone, all of them a
// laptop.
var mainWidths = [mainCols]int{156, 82, 112, 224, 112, 118, 120, 122, 160}

// headlineColumns are the figures of a KPI's row, by column.
var headlineColumns = map[int]column{
	colPace: periodColumns[perPace], colFact: periodColumns[perFact], colPlan: periodColumns[perPlan],
	colAhead: periodColumns[perForecast], colLeft: periodColumns[perLeft], colNeed: periodColumns[perNeeded],
}

// leader is the KPI by which the director judges how things are going: of one role, or of
// all that count it in money.
type leader struct {
	line  planfact.Line
	roles []department.Role
}

// leading returns the index of the leading KPI of a role: of the additive ones with a
// plan the one with the greatest weight in money; if there is none, the result of the
// role's funnel; else the one with the greatest weight.
func leading(lines []planfact.Line) (int, bool) {
	best, rank := -1, [2]float64{}
	end := lastKPI(planfact.FunnelOfLines(lines)).Key
	for i, l := range lines {
		if !l.KPI.Additive() || !l.Plan.OK {
			continue
		}
		r := [2]float64{0, l.KPI.Weight}
		switch {
		case roubles(&l):
			r[0] = 2
		case l.KPI.Key == end:
			r[0] = 1
		}
		if best < 0 || slices.Compare(r[:], rank[:]) > 0 {
			best, rank = i, r
		}
	}
	return best, best >= 0
}

// leaders returns the leading KPIs of the month, those in money first. Roles that count
// the same one share an entry: their plans and facts are added up.
func (m *builder) leaders() []leader {
	var all []roleTotals
	for i, st := range m.staff {
		if c, ok := m.roleGroupOf(i, m.month, m.monthLines); ok {
			all = append(all, roleTotals{st.role, c.lines})
		}
	}
	return leadersOf(all, &m.in.Dep.Settings)
}

// leadersOf picks the leading KPIs among the totals of roles.
func leadersOf(all []roleTotals, set *department.Settings) []leader {
	var out []leader
	var lines [][]planfact.Line
	for _, c := range all {
		k, ok := leading(c.lines)
		if !ok {
			continue
		}
		l := c.lines[k]
		at := slices.IndexFunc(out, func(o leader) bool {
			return o.line.KPI.Key == l.KPI.Key && o.line.KPI.Title == l.KPI.Title && o.line.KPI.Unit == l.KPI.Unit &&
				o.line.KPI.Direction == l.KPI.Direction
		})
		if at < 0 {
			at = len(out)
			out, lines = append(out, leader{line: l}), append(lines, nil)
		}
		out[at].roles = append(out[at].roles, c.role)
		lines[at] = append(lines[at], l)
	}
	for i := range out {
		out[i].line = planfact.Together(lines[i], set)
	}
	slices.SortStableFunc(out, func(a, b leader) int {
		money := func(l leader) float64 { // the largest amount first
			if roubles(&l.line) {
				return l.line.Plan.V
			}
			return 0
		}
		return cmp.Compare(money(b), money(a))
	})
	return out
}

// headline begins «Главное»: the state of the department at a glance.
func (m *builder) headline(s *sheet) {
	all := m.leaders()
	if len(all) == 0 {
		return
	}
	m.headlineHead(s, m.month.Name(m.lang))
	for _, l := range all {
		var titles []string
		for _, r := range l.roles {
			titles = append(titles, r.Title)
		}
		r := s.row(bandPlain, mainCols)
		r.loose(l.line.KPI.Title, textBig)
		r.cells[colName].Link = workbook.Link(workbook.SheetID(TabDynamics), "A1")
		r.cells[colName].Note = strings.Join(titles, ", ")
		r.big = true
		m.headlineFigures(r, &l.line)
		r.cells = append(r.cells, m.drawn(m.bars.byDay(m.days(l.line.KPI.Key, func(d calendar.Period) []planfact.Line {
			return m.rolesTogether(l, d)
		}))))
		s.Heights[r.end()] = 40
	}
}

// rolesTogether returns a leading KPI of a period.
func (m *builder) rolesTogether(l leader, per calendar.Period) []planfact.Line {
	var lines []planfact.Line
	for _, r := range l.roles {
		if own, ok := lineFor(m.roleOn(r, per.From), 0, l.line.KPI.Key); ok {
			lines = append(lines, *own)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return []planfact.Line{planfact.Together(lines, &m.in.Dep.Settings)}
}

// headlineHead adds the headings of KPIs and their figures.
func (m *builder) headlineHead(s *sheet, first string) {
	st, left := m.st.text(textLook{use: textHead}), m.st.text(textLook{use: textHeadLeft})
	drawing := m.st.text(textLook{use: textHeadMid})
	cells := make([]workbook.Cell, mainCols)
	for i := range cells {
		cells[i].Style = st
		if c, ok := headlineColumns[i]; ok {
			cells[i] = workbook.Txt(m.lang.T(c.ru, c.en), st)
			cells[i].Note = m.lang.T(c.noteRU, c.noteEN)
		}
	}
	cells[colName] = workbook.Txt(first, left)
	cells[colBar] = workbook.Txt(m.lang.T("Факт на плане", "Fact on plan"), drawing)
	cells[colBar].Note = m.lang.T("Полоса — весь план периода, заполнено — факт, чёрточка — план на дату.",
		"The bar is the plan of the whole period, its filled part the fact, the mark the plan to date.")
	cells[colDays] = workbook.Txt(m.lang.T("По дням", "By day"), drawing)
	s.Heights[s.add(cells...)] = 24
}

// headlineFigures adds a KPI's figures up to «Нужно в день».
func (m *builder) headlineFigures(r *line, l *planfact.Line) {
	for col := colPace; col < colDays; col++ {
		if col == colBar {
			r.cells = append(r.cells, m.drawn(m.bars.bullet(l)))
			continue
		}
		c := headlineColumns[col]
		light := kpi.NoLight
		switch col {
		case colPace:
			light = l.Light
		case colNeed:
			if missed := m.missed(l); missed != "" { // the forecast is beside it
				r.text(missed, textMissed)
				continue
			}
			light = m.needLight(l)
		}
		big := r.big
		r.big = big && (col == colPace || col == colFact)
		r.figure(ofParts(c.fig, l.KPI), l.KPI.Unit, m.valueOf(&c, l), light, false)
		r.big = big
	}
}

// drawn returns a cell with a formula that draws; an empty one if there is nothing to
// draw.
func (m *builder) drawn(formula string) workbook.Cell {
	st := m.st.text(textLook{use: textDrawn, band: bandPlain})
	if formula == "" {
		return workbook.Cell{Style: st}
	}
	return workbook.F(formula, st)
}
