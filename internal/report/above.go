package report

import (
	"cmp"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// mostAbove is how many KPIs fit into the heading of «Сделки», even on a phone.
const mostAbove = 2

// leftAbove shows in the heading of «Сделки», which stays in view, what is left of the
// KPIs that are counted from deals, so that people who type there see it change without
// going to the month's tab. It shows the figures of the open month's tab, the KPIs with
// the greatest weight first, among the additive ones that have a plan.
func (d *desk) leftAbove(l *listSpec, tabs []*workbook.Tab) {
	key := d.in.Tag + TabMonth + calendar.MonthOf(d.in.Today).String()
	i := slices.IndexFunc(tabs, func(t *workbook.Tab) bool { return t.Key == key })
	if i < 0 {
		return
	}
	month := tabs[i]
	shown := slices.DeleteFunc(slices.Clone(d.in.Role.KPIs), func(k kpi.KPI) bool {
		return k.Source != kpi.Deals && k.Source != kpi.Clients || !k.Additive() || !k.Active(d.in.Today) ||
			k.Unit != kpi.Count && k.Unit != kpi.Money
	})
	slices.SortStableFunc(shown, func(a, b kpi.KPI) int { return cmp.Compare(b.Weight, a.Weight) })
	client := slices.IndexFunc(l.columns, func(c listColumn) bool { return c.key == ColClient })
	heading, lines := text(l.columns[client].title), 1
	for _, k := range shown[:min(len(shown), mostAbove)] {
		c := slices.IndexFunc(month.Columns, func(c workbook.Column) bool { return c.Key == ColOther+k.Key })
		if c < 0 || month.Cells[rowPlan][c].Kind != workbook.Number { // without a plan nothing is left
			continue
		}
		of := func(row int) string {
			return workbook.Quote(month.Title) + "!$" + workbook.ColumnName(c) + "$" + itoa(row+1)
		}
		figure := func(cell string) string {
			f := "FIXED(" + cell + ";0)"
			if k.Unit == kpi.Money && d.lang == words.RU {
				f += "&" + text("\u00a0₽")
			}
			return f
		}
		T := d.lang.T
		today := of(rowToday)
		heading += "&CHAR(10)&" + text(k.Title+": ") + "&IFERROR(" + figure(of(rowFact)) + ";" + text(dash) + ")&" +
			text(T(" из ", " of ")) + "&" + figure(of(rowPlan)) + "&IF(ISNUMBER(" + today + ");CHAR(10)&" +
			text(T("сегодня ещё ", "left today: ")) + "&IFERROR(" + figure(today) + `;"");IF(` + today + "=" +
			text(doneText(d.lang)) + ";CHAR(10)&" + text(T("сегодня ", "today: ")) + "&" + today + `;""))`
		lines += 2
	}
	if lines > 1 {
		l.above, l.tall = heading, lines-2
	}
}
