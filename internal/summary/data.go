package summary

import (
	"iter"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// TabData is the key of the tab that Data lays out.
const TabData = "data"

// dataTexts is the number of columns before the figures.
const dataTexts = 7

// dataColumns are the figures of a row, in the order of the export.
var dataColumns = []struct {
	ru, en string
	fig    fig
	of     func(*planfact.Line) kpi.Num
}{
	{"План", "Plan", figFine, func(l *planfact.Line) kpi.Num { return l.Plan }},
	{"Факт", "Fact", figFine, func(l *planfact.Line) kpi.Num { return l.Fact }},
	{"План на дату", "Plan to date", figFine, func(l *planfact.Line) kpi.Num { return l.PlanToDate }},
	{"Выполнение", "Attainment", figShare, func(l *planfact.Line) kpi.Num { return l.Attainment }},
	{"Темп", "Pace", figShare, func(l *planfact.Line) kpi.Num { return l.Pace }},
	{"Отклонение", "Deviation", figDelta, func(l *planfact.Line) kpi.Num { return l.Deviation }},
	{"Прогноз", "Forecast", figFine, func(l *planfact.Line) kpi.Num { return l.Forecast }},
	{"Осталось", "Left", figFine, func(l *planfact.Line) kpi.Num { return l.Left }},
	{"Нужно в день", "Needed per day", figFine, func(l *planfact.Line) kpi.Num { return l.NeededPerDay }},
}

// Data lays out exported rows as a tab for filters and pivot tables: one row per period,
// person and KPI, as in WriteCSV.
func Data(rows iter.Seq[Row], dep *department.Department, lang words.Lang) *workbook.Tab {
	in := &Input{Dep: dep, Lang: lang}
	m := &builder{in: in, st: newStyles(lang), lang: lang}
	s := newSheet(in, m.st, TabData, "Данные", "Data")
	head := []string{lang.T("Период", "Period"), lang.T("С", "From"), lang.T("По", "To"), lang.T("Сотрудник", "Person"),
		lang.T("Роль", "Role"), lang.T("Показатель", "KPI"), lang.T("Ед.", "Unit")}
	for _, c := range dataColumns {
		head = append(head, lang.T(c.ru, c.en))
	}
	head = append(head, lang.T("Светофор", "Light"), lang.T("Дней сдано", "Days reported"),
		lang.T("Не сдано", "Missing"))
	var cells []workbook.Cell
	for i, name := range head {
		use := textHead
		switch {
		case i == 1 || i == 2 || i >= dataTexts+len(dataColumns): // over days, and words and counts
			use = textHeadMid
		case i < dataTexts:
			use = textHeadLeft
		}
		cells = append(cells, workbook.Txt(name, m.st.text(textLook{use: use})))
		s.fitText(i, name+"   ") // room for the button of the filter
	}
	s.Heights[s.add(cells...)] = 28
	s.FrozenRows = 1
	titles := map[string]string{}
	for _, r := range dep.Roles {
		titles[r.Key] = r.Title
	}
	for r := range rows {
		l := r.Line
		row := s.row(bandPerson, len(head)).text(r.Period.Name(lang), textName).date(r.Period.From).date(r.Period.To).
			text(r.Manager, textName).text(titles[l.Role], textName).text(l.KPI.Title,
			textName).text(unitWord(l.KPI.Unit, lang), textMuted)
		for _, c := range dataColumns {
			n := c.of(&l)
			if c.fig == figShare { // of closed periods the light is the one of then
				n = kpi.ShownShare(m.share(&l, n))
			}
			row.figure(ofParts(c.fig, l.KPI), l.KPI.Unit, n, kpi.NoLight, false)
		}
		if l.Light == kpi.NoLight {
			row.state(dash, kpi.NoLight)
		} else {
			row.state(terms.LightText(l.Light, lang), l.Light)
		}
		row.whole(l.Reported, textMuted).whole(l.Missing, textMuted).end()
	}
	s.Filter = &workbook.Area{R0: 0, C0: 0, R1: s.next(), C1: len(head)}
	return s.done()
}
