package summary

import (
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// TabBars is the key of the hidden tab whose figures the bars inside cells show. The bars
// are SPARKLINEs, the only formulas of the summary, and show what the cells beside them
// say in figures.
const TabBars = "bars"

// barColors are the lights' colours for areas, for which the dark colours of texts are
// too strong: the filled part and the rest of the track.
var barColors = map[kpi.Light]terms.Colors{
	kpi.NoLight: {Ink: "#6B86AB", Back: navyBg},
	kpi.Red:     {Ink: "#C8505E", Back: "#F6E3E5"},
	kpi.Yellow:  {Ink: "#D8A63A", Back: "#FAF1D9"},
	kpi.Green:   {Ink: "#55A377", Back: "#E3F1E8"},
	kpi.Above:   {Ink: "#4A94B8", Back: "#E0EFF6"},
}

const (
	daysColor = "#8CA1BE"
	barWhole  = 1000 // the width of a bar in its figures
	barTick   = 9    // the width of the mark of the plan to date
)

// bars collects the figures of bars and how to draw them.
type bars struct {
	*workbook.Tab
	options map[kpi.Light]string // the range of a bullet bar's options
	columns string               // for columns by day
}

// barWidth is the maximum number of figures in a row: the days of a month.
const barWidth = 31

func newBars(in *Input) *bars {
	b := &bars{Tab: &workbook.Tab{ID: workbook.SheetID(TabBars), Key: TabBars,
		Title: in.Lang.T("Графики в ячейках", "Bars in cells"), Exclusive: true, Hidden: true, HideGrid: true,
		Heights: map[int]int{}}, options: map[kpi.Light]string{}}
	put := func(name, value string) {
		b.Cells = append(b.Cells, []workbook.Cell{workbook.Txt(name, nil), workbook.Txt(value, nil)})
	}
	from := func(row int) string { return b.ref(row, 0, len(b.Cells), 2) }
	for _, l := range append([]kpi.Light{kpi.NoLight}, terms.Lights()...) {
		row := len(b.Cells)
		put("charttype", "bar")
		put("color1", barColors[l].Ink)
		put("color2", barColors[l].Back)
		b.options[l] = from(row)
	}
	row := len(b.Cells)
	put("charttype", "column")
	put("color", daysColor)
	put("empty", "zero")
	b.columns = from(row)
	return b
}

// ref returns a range of the tab for formulas of other tabs: rows [r0,r1), columns
// [c0,c1).
func (b *bars) ref(r0, c0, r1, c1 int) string {
	abs := func(row, col int) string { return "$" + workbook.ColumnName(col) + "$" + itoa(row+1) }
	return "'" + strings.ReplaceAll(b.Title, "'", "''") + "'!" + abs(r0, c0) + ":" + abs(r1-1, c1-1)
}

// table adds the rows of a chart and returns their range.
func (b *bars) table(rows [][]workbook.Cell) workbook.Area {
	from := len(b.Cells)
	b.Cells = append(b.Cells, rows...)
	return workbook.Area{R0: from, R1: len(b.Cells), C1: len(rows[0])}
}

// figures adds a row of figures and returns its range.
func (b *bars) figures(values []float64) string {
	values = values[:min(len(values), barWidth)]
	row := make([]workbook.Cell, len(values))
	for i, v := range values {
		row[i] = workbook.N(v, nil)
	}
	b.Cells = append(b.Cells, row)
	return b.ref(len(b.Cells)-1, 0, len(b.Cells), len(values))
}

// done returns the finished tab.
func (b *bars) done() *workbook.Tab {
	b.Rows, b.Cols = len(b.Cells), barWidth
	return b.Tab
}

// bullet draws fact against plan: as wide as the plan, or as the fact if that is more,
// with a mark at the plan to date. It returns "" if there is no plan.
func (b *bars) bullet(l *planfact.Line) string {
	parts := bulletParts(l)
	if parts == nil {
		return ""
	}
	return "=SPARKLINE(" + b.figures(parts) + ";" + b.options[l.Light] + ")"
}

// bulletParts returns the widths of a bullet bar's pieces in thousandths, alternately in
// the first and second colour: up to the plan to date, its mark, and the rest of the
// plan. The mark has the colour of the fact if that ends before it, else of the track.
func bulletParts(l *planfact.Line) []float64 {
	f, d, ok := bulletShares(l)
	if !ok {
		return nil
	}
	at := func(share float64) float64 { return settle(share*barWhole, 0) }
	fact, date := at(f), min(at(d), barWhole-barTick)
	if fact <= date {
		return []float64{fact, date - fact, barTick, barWhole - barTick - date}
	}
	end := max(fact, date+barTick)
	return []float64{date, barTick, end - date - barTick, barWhole - end}
}

// bulletShares returns the fact and the plan to date as shares of the width of a bullet
// bar; ok: there is one.
func bulletShares(l *planfact.Line) (fact, toDate float64, ok bool) {
	if !l.Plan.OK || !l.Fact.OK || !l.PlanToDate.OK || l.Plan.V <= 0 || l.Fact.V < 0 {
		return 0, 0, false
	}
	whole := max(l.Plan.V, l.Fact.V)
	return l.Fact.V / whole, l.PlanToDate.V / whole, true
}

// byDay draws a column for each figure of a day; it returns "" if all are zero:
// columns of nothing say nothing.
func (b *bars) byDay(values []float64) string {
	if !slices.ContainsFunc(values, func(v float64) bool { return v != 0 }) {
		return ""
	}
	return "=SPARKLINE(" + b.figures(values) + ";" + b.columns + ")"
}

// days returns the facts of a KPI on each working day of the month up to today, from the
// lines of each day; days that are still open have none.
func (m *builder) days(key string, lines func(calendar.Period) []planfact.Line) (out []float64) {
	for d := m.month.From; d <= m.in.At.Today; d++ {
		day := lines(calendar.DayOf(d))
		l, ok := lineFor(day, 0, key)
		if !ok || l.Working == 0 && l.Fact.V == 0 || l.Closed == 0 && l.Working > 0 {
			continue
		}
		v := 0.0
		if l.Fact.OK {
			v, _, _ = shown(figFine, l.KPI.Unit, l.Fact.V)
		}
		out = append(out, v)
	}
	return out
}
