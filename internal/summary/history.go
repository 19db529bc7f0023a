package summary

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// historyRows is the most rows that «История» holds: beyond it a spreadsheet
// gets slow, and `svodka export summary` serves better.
const historyRows = 20_000

// history lays out «История»: one row per closed week or month, person and
// KPI, newest first, ready to be filtered.
func (m *maker) history() *workbook.Tab {
	s := newSheet(m.in, m.st, TabHistory, "История", "History")
	s.Heights[s.add(workbook.Txt(m.lang.T("История", "History"), m.st.text(textLook{use: textTitle})))] = 36
	s.add(workbook.Cell{})
	head := m.historyHead(s)
	s.FrozenRows = s.next()
	roles := make(map[string]string, len(m.in.Dep.Roles))
	for _, r := range m.in.Dep.Roles {
		roles[r.Key] = r.Title
	}
	rows, cut := 0, false
fill:
	for per := range m.closedPeriods() {
		name := periodName(per, m.lang)
		for _, p := range m.in.Dep.People {
			for _, l := range m.in.Engine.Person(p, per) {
				if rows == historyRows {
					cut = true
					break fill
				}
				m.historyRow(s, name, per, p, roles[p.Role], &l)
				rows++
			}
		}
	}
	under := m.lang.T("Законченные недели и месяцы, новые сверху.", "Weeks and months that are over, newest first.")
	if cut {
		n := figure(historyRows, kpi.Count, m.lang)
		under = m.lang.T("Последние "+n+" строк, новые сверху; всё остальное — в выгрузке: svodka export summary.",
			"The latest "+n+" rows, newest first; the rest is in the export: svodka export summary.")
	}
	if rows == 0 {
		under = m.lang.T("Здесь появятся недели и месяцы, когда закончатся.", "Weeks and months will stand here once they are over.")
	}
	s.Cells[head-1] = []workbook.Cell{workbook.Txt(under, m.st.text(textLook{use: textUnder}))}
	s.Filter = &workbook.Area{R0: head, C0: 0, R1: s.next(), C1: len(s.Cells[head])}
	return s.done()
}

// closedPeriods gives the closed weeks and months that touch the days with
// figures, newest first; of a month and a week that end together, the month.
func (m *maker) closedPeriods() func(yield func(calendar.Period) bool) {
	return func(yield func(calendar.Period) bool) {
		if m.in.First.IsZero() {
			return
		}
		month, week := calendar.MonthOf(m.in.At.Today), calendar.WeekOf(m.in.At.Today)
		if !m.closed(month) {
			month = month.Prev()
		}
		if !m.closed(week) {
			week = week.Prev()
		}
		for month.To >= m.in.First || week.To >= m.in.First {
			if month.To >= week.To {
				if !yield(month) {
					return
				}
				month = month.Prev()
			} else {
				if !yield(week) {
					return
				}
				week = week.Prev()
			}
		}
	}
}

func (m *maker) historyHead(s *sheet) int {
	names := [...]struct {
		ru, en, noteRU, noteEN string
		width                  int
	}{
		{"Период", "Period", "", "", 0},
		{"С", "From", "", "", 0},
		{"По", "To", "", "", 0},
		{"Сотрудник", "Person", "", "", 0},
		{"Роль", "Role", "", "", 0},
		{"Команда", "Team", "", "", 0},
		{"Показатель", "KPI", "", "", 0},
		{"Ед.", "Unit", "", "", 0},
		{"План", "Plan", periodColumns[0].noteRU, periodColumns[0].noteEN, headWidth},
		{"Факт", "Fact", periodColumns[1].noteRU, periodColumns[1].noteEN, headWidth},
		{"Отклонение", "Deviation", "Отклонение = факт − план. Для процентов — в процентных пунктах.", "Deviation = fact − plan. For percentages, in percentage points.", headWidth + 20},
		{"Выполнение", "Attainment", "Выполнение = факт / план; если чем меньше, тем лучше, то план / факт.", "Attainment = fact / plan; plan / fact where lower is better.", headWidth + 20},
		{"Светофор", "Light", "По темпу (факт / план на дату) на конец периода.", "By the pace (fact / plan to date) at the end of the period.", 0},
	}
	cells := make([]workbook.Cell, len(names))
	for i, n := range names {
		cells[i] = workbook.Txt(m.lang.T(n.ru, n.en), m.st.text(textLook{use: textHead}))
		cells[i].Note = m.lang.T(n.noteRU, n.noteEN)
		// Room for the button of the filter.
		s.fitText(i, cells[i].Str+"   ")
		s.widen(i, n.width)
	}
	r := s.add(cells...)
	s.Heights[r] = 28
	return r
}

func (m *maker) historyRow(s *sheet, name string, per calendar.Period, p department.Person, role string, l *planfact.Line) {
	r := s.row(bandPerson, 13)
	r.text(name, textName)
	r.date(per.From).date(per.To)
	r.text(p.Name, textName).text(role, textName).text(p.Team, textMuted)
	r.text(l.KPI.Title, textName).text(unitWord(l.KPI.Unit, m.lang), textMuted)
	r.figure(figValue, l.KPI.Unit, l.Plan, kpi.NoLight, false)
	r.figure(figValue, l.KPI.Unit, l.Fact, kpi.NoLight, false)
	r.figure(figDelta, l.KPI.Unit, l.Deviation, kpi.NoLight, false)
	r.figure(figShare, kpi.Percent, l.Attainment, kpi.NoLight, false)
	if l.Light == kpi.NoLight {
		r.state(dash, kpi.NoLight)
	} else {
		r.state(signs[l.Light]+" "+lightWord(l.Light, m.lang), l.Light)
	}
	r.end()
}

// date adds a day.
func (l *line) date(d calendar.Date) *line {
	l.s.fit(len(l.cells), len("2026-11-23"))
	l.cells = append(l.cells, workbook.N(d.Serial(), l.s.st.text(textLook{use: textDate, band: l.band})))
	return l
}

// unitWord is what a figure is counted in.
func unitWord(u kpi.Unit, lang words.Lang) string {
	switch u {
	case kpi.Money:
		return "₽"
	case kpi.Duration:
		return lang.T("ч:мм:сс", "h:mm:ss")
	case kpi.Percent:
		return "%"
	}
	return lang.T("шт.", "pcs")
}
