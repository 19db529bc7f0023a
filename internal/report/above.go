package report

import (
	"cmp"
	"slices"
	"strings"

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
	T := d.lang.T
	type line struct {
		title, today, rest string // the latter two are references
		figure             func(cell string) string
		most               string // the longest figure
		daily              bool   // something may be left of it today
	}
	var lines []line
	for _, k := range shown[:min(len(shown), mostAbove)] {
		c := slices.IndexFunc(month.Columns, func(c workbook.Column) bool { return c.Key == ColOther+k.Key })
		if c < 0 || month.Cells[rowPlan][c].Kind != workbook.Number { // without a plan nothing is left
			continue
		}
		of := func(row int) string {
			return workbook.Quote(month.Title) + "!$" + workbook.ColumnName(c) + "$" + itoa(row+1)
		}
		money := ""
		if k.Unit == kpi.Money && d.lang == words.RU {
			money = "\u00a0₽"
		}
		lines = append(lines, line{
			title: k.Title + ": ", today: of(rowToday), rest: of(rowLeft),
			figure: func(cell string) string { return "FIXED(" + cell + ";0)&" + text(money) },
			most:   kpi.FormatNum(kpi.Some(month.Cells[rowPlan][c].Num), k.Unit, d.lang),
			daily:  month.Cells[rowToday][c].Str != "="+text(dash),
		})
	}
	if len(lines) == 0 {
		return
	}
	client := slices.IndexFunc(l.columns, func(c listColumn) bool { return c.key == ColClient })
	title, toPlan := l.columns[client].title, T("до плана", "left to plan")
	var today []string
	below, done := "", text(doneText(d.lang))
	l.tall = 1
	mixed := slices.ContainsFunc(lines, func(n line) bool { return n.daily != lines[0].daily })
	for _, n := range lines {
		plan := ""
		if mixed && !n.daily { // the title speaks of today
			plan = toPlan + " "
		}
		today = append(today, n.today+"<>"+text(dash))
		toGo := "IF(NOT(ISNUMBER(" + n.rest + "));" + text(dash) + ";IF(" + n.rest + "=0;" + done + ";" +
			text(plan) + "&" + n.figure(n.rest) + "))"
		below += "&CHAR(10)&" + text(n.title) + "&IF(ISNUMBER(" + n.today + ");" + n.figure(n.today) +
			";IF(" + n.today + "=" + done + ";" + done + ";" + toGo + "))"
		l.tall += workbook.LinesOf(n.title+plan+n.most, dealClientWidth, letter)
	}
	l.above = "IF(OR(" + strings.Join(today, ";") + ");" + text(title+T(" · сегодня ещё:", " · left today:")) + ";" +
		text(title+" · "+toPlan+":") + ")" + below
}
