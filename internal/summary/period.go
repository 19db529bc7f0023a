package summary

import (
	"math"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// column is one of the figures that a KPI has in a table.
type column struct {
	ru, en         string
	noteRU, noteEN string // the formula in words
	fig            fig
	of             func(*planfact.Line) kpi.Num
}

// periodColumns are the figures of «Неделя» and «Месяц».
var periodColumns = []column{
	{"План", "Plan",
		"План на весь период: сумма планов рабочих дней сотрудника. Для долей и средних — сам план.",
		"Plan of the whole period: the sum over the person's working days. For shares and averages, the plan itself.",
		figValue, func(l *planfact.Line) kpi.Num { return l.Plan }},
	{"Факт", "Fact",
		"Сумма по дням периода. Доли и средние — сумма числителей / сумма знаменателей.",
		"Sum over the days of the period. Shares and averages: sum of numerators / sum of denominators.",
		figValue, func(l *planfact.Line) kpi.Num { return l.Fact }},
	{"План на дату", "Plan to date",
		"План на дату = план × закрытые рабочие дни / рабочие дни периода. День закрыт, когда отчёт сдан или срок " +
			"сдачи прошёл.", "Plan to date = plan × closed working days / working days of the period. A day is " +
			"closed when its report is in or its deadline has passed.",
		figFine, func(l *planfact.Line) kpi.Num { return l.PlanToDate }},
	{"Темп", "Pace",
		"Темп = факт / план на дату. По нему зажигается светофор: ▼ отстаёт, ● чуть отстаёт, ▲ по плану или выше. " +
			"Без знака — судить рано.", "Pace = fact / plan to date. The light depends on it: ▼ behind, ● a little " +
			"behind, ▲ on plan or above. No sign: too early to say.",
		figPace, func(l *planfact.Line) kpi.Num { return l.Pace }},
	{"Отклонение", "Deviation",
		"Отклонение = факт − план всего периода. Для процентов — в процентных пунктах.",
		"Deviation = fact − plan of the whole period. For percentages, in percentage points.",
		figDelta, func(l *planfact.Line) kpi.Num { return l.Deviation }},
	{"Прогноз", "Forecast",
		"Прогноз = факт / закрытые рабочие дни × рабочие дни периода. Считается, когда закрыта достаточная часть " +
			"периода.", "Forecast = fact / closed working days × working days of the period. Given once enough of " +
			"the period has closed.",
		figFine, func(l *planfact.Line) kpi.Num { return l.Forecast }},
	{"Осталось", "Left",
		"Осталось = план − факт, но не меньше нуля.",
		"Left = plan − fact, but not below zero.",
		figFine, func(l *planfact.Line) kpi.Num { return l.Left }},
	{"Нужно в день", "Needed per day",
		"Нужно в день = осталось / оставшиеся рабочие дни. ● и ▼ — заметно и намного больше, чем по плану.",
		"Needed per day = left / remaining working days. ● and ▼: noticeably and much more than planned.",
		figNeeded, func(l *planfact.Line) kpi.Num { return l.NeededPerDay }},
	{"Динамика", "Trend",
		"Динамика = факт − факт предыдущего отрезка такой же длины.",
		"Trend = fact − fact of the previous stretch of the same length.",
		figTrend, func(l *planfact.Line) kpi.Num { return l.Trend }},
}

// period lays out «Неделя» or «Месяц»: a table of people × KPI per role, each
// KPI a group of columns. rows tells where each role's heading stands.
func (m *builder) period(key, ru, en string, per calendar.Period, lines linesOf) (tab *workbook.Tab,
	rows map[string]int) {
	s := newSheet(m.in, m.st, key, ru, en)
	s.title(m.periodTitle(per), m.periodUnder(per))
	s.FrozenCols = 1
	s.widen(0, 190)
	rows = map[string]int{}
	for i, st := range m.staff {
		c, ok := m.roleGroupOf(i, per, lines)
		if !ok {
			continue
		}
		s.gap()
		rows[st.role.Key] = s.heading(st.role.Title)
		m.periodHead(s, c.lines)
		width := 1 + len(c.lines)*len(periodColumns)
		for _, t := range c.teams {
			name := textName
			if len(c.teams) > 1 {
				r := s.row(bandTeam, width).text(m.teamName(t.name), textName)
				m.periodFigures(r, c.lines, m.in.Engine.Team(st.role, t.name, per))
				r.end()
				name = textIndent
			}
			for _, p := range t.members {
				r := s.row(bandPerson, width).person(p.Person, name)
				m.lateNote(r, p.Person, per)
				m.periodFigures(r, c.lines, p.lines)
				r.end()
			}
		}
		r := s.row(bandTotal, width).text(m.lang.T("Итого", "Total"), textName)
		m.periodFigures(r, c.lines, c.lines)
		r.end()
	}
	if len(rows) == 0 {
		m.nobody(s)
	}
	return s.done(), rows
}

// lateNote says, beside the name of who the row is about, how many reports came in
// late.
func (m *builder) lateNote(r *line, p department.Person, per calendar.Period) {
	if n := m.in.Engine.LateDays(p, per.Span); n > 0 {
		r.cells[len(r.cells)-1].Note = m.lang.T("Сдано с опозданием за период: "+
			words.Noun{One: "отчёт", Few: "отчёта", Many: "отчётов"}.Count(n, m.lang)+".",
			"Reported late in the period: "+words.Days.Count(n, m.lang)+".")
	}
}

// periodHead puts the two rows of headings: the KPIs, and the figures of each.
func (m *builder) periodHead(s *sheet, kpis []planfact.Line) {
	top, width := s.next(), 1+len(kpis)*len(periodColumns)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	upper[0] = workbook.Txt(m.lang.T("Сотрудник", "Person"), m.st.text(textLook{use: textHead}))
	lower[0] = workbook.Cell{Style: upper[0].Style}
	s.Merges = append(s.Merges, workbook.Area{R0: top, C0: 0, R1: top + 2, C1: 1})
	m.groups(s, top, upper, lower, 1, kpis, periodColumns)
	s.add(upper...)
	s.Heights[s.add(lower...)] = 34
}

// groups fills the headings of the KPIs from column c on: each KPI's title over
// its figures.
func (m *builder) groups(s *sheet, top int, upper, lower []workbook.Cell, c int, kpis []planfact.Line,
	columns []column) {
	group := m.st.text(textLook{use: textGroup, first: true})
	first := m.st.text(textLook{use: textHead, first: true})
	rest := m.st.text(textLook{use: textHead})
	for _, l := range kpis {
		s.Merges = append(s.Merges, workbook.Area{R0: top, C0: c, R1: top + 1, C1: c + len(columns)})
		upper[c] = workbook.Txt(l.KPI.Title, group)
		upper[c].Note = m.kpiNote(l.KPI)
		lines := 1 + utf8.RuneCountInString(l.KPI.Title)*(letterPx+1)/(len(columns)*headWidth)
		s.Heights[top] = max(s.Heights[top], 6+lines*18)
		for i, col := range columns {
			style := rest
			if i == 0 {
				style = first
			} else {
				upper[c+i] = workbook.Cell{Style: group}
			}
			lower[c+i] = workbook.Txt(m.lang.T(col.ru, col.en), style)
			lower[c+i].Note = m.lang.T(col.noteRU, col.noteEN)
			s.widen(c+i, headWidth)
		}
		c += len(columns)
	}
}

// periodFigures adds the figures of a row under the KPIs of the heading.
func (m *builder) periodFigures(r *line, kpis, lines []planfact.Line) {
	for k := range kpis {
		l, ok := lineFor(lines, k, kpis[k].KPI.Key)
		if !ok {
			l = &planfact.Line{KPI: kpis[k].KPI}
		}
		for i := range periodColumns {
			col := &periodColumns[i]
			light := kpi.NoLight
			switch col.fig {
			case figPace:
				light = l.Light
			case figNeeded:
				if missed := m.missed(l); missed != "" {
					r.text(missed+m.comes(l), textMissed)
					continue
				}
				light = m.needLight(l)
			}
			r.figure(ofParts(col.fig, l.KPI), l.KPI.Unit, col.of(l), light, i == 0)
		}
	}
}

// missed says of a plan that cannot be reached any more that it cannot; empty: it
// can.
func (m *builder) missed(l *planfact.Line) string {
	switch {
	case !l.Hopeless(m.in.Dep.Settings.CatchUpRed):
		return ""
	case m.over(l):
		return m.lang.T("не выполнен", "missed")
	}
	return m.lang.T("не догнать", "out of reach")
}

// over tells that no day is left of a line's period.
func (m *builder) over(l *planfact.Line) bool { return l.Open == 0 && l.Period.To <= m.in.At.Today }

// comes says behind missed what will come instead of the plan.
func (m *builder) comes(l *planfact.Line) string {
	if m.over(l) || !l.Forecast.OK || l.Plan.V <= 0 {
		return ""
	}
	share := itoa(int(math.Round(100 * l.Forecast.V / l.Plan.V)))
	return m.lang.T(": прогноз "+share+"\u00a0%", ": forecast "+share+"%")
}

// needLight tells how much harder than planned the remaining days must be
// (domain: catch-up factor, thresholds are settings).
func (m *builder) needLight(l *planfact.Line) kpi.Light {
	switch {
	case !l.CatchUp.OK:
		return kpi.NoLight
	case l.CatchUp.V > m.in.Dep.Settings.CatchUpRed:
		return kpi.Red
	case l.CatchUp.V > m.in.Dep.Settings.CatchUpYellow:
		return kpi.Yellow
	}
	return kpi.NoLight
}

// kpiNote says how a KPI is counted.
func (m *builder) kpiNote(k kpi.KPI) string {
	note := k.Title
	if f := k.Expr.String(); f != "" {
		note += " = " + f
	}
	if k.Direction == kpi.Lower {
		note += m.lang.T("\nЧем меньше, тем лучше.", "\nLower is better.")
	}
	if !k.Additive() {
		note += m.lang.T("\nЗа период и по людям не складывается, а считается заново от сумм.",
			"\nNot added up over days and people, but computed anew from the sums.")
	}
	return note
}

// periodTitle is «Неделя 48: 23–29 ноября 2026», «Ноябрь 2026».
func (m *builder) periodTitle(per calendar.Period) string {
	if per.Kind != calendar.Week {
		return per.Name(m.lang)
	}
	_, w := per.From.Time().ISOWeek()
	return m.lang.T("Неделя ", "Week ") + itoa(w) + ": " + per.Span.Text(m.lang)
}

// periodUnder says how far the period is, and marks a week of two months.
func (m *builder) periodUnder(per calendar.Period) string {
	days := m.workdays(per.Span)
	s := m.progress(days)
	if days.open {
		s = m.lang.T("Период не закончен. ", "The period is not over. ") + s
	}
	if per.Kind == calendar.Week && per.From.Month() != per.To.Month() {
		s += m.lang.T(" Неделя делится между двумя месяцами: план — сумма двух частей, каждая по норме своего месяца.",
			" The week lies in two months: its plan is the sum of both parts, each at its own month's rate.")
	}
	return s
}

// progress is «Закрыто 15 из 20 рабочих дней.»; where schedules differ, «Закрыто 8–9 из
// 16–19 рабочих дней, у каждого по своему графику.»
func (m *builder) progress(days workdays) string {
	noun := words.Noun{One: "рабочего дня", Few: "рабочих дней", Many: "рабочих дней", EN: "working day",
		ENs: "working days"}
	between := func(n [2]int, most string) string {
		if n[0] == n[1] {
			return most
		}
		return itoa(n[0]) + "–" + most
	}
	s := m.lang.T("Закрыто ", "Closed: ") + between(days.closed, itoa(days.closed[1])) + m.lang.T(" из ", " of ") +
		between(days.working, noun.Count(days.working[1], m.lang))
	if days.closed[0] != days.closed[1] || days.working[0] != days.working[1] {
		s += m.lang.T(", у каждого по своему графику", ", by each one's own schedule")
	}
	return s + "."
}
