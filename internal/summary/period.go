package summary

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// column is one of a KPI's figures in a table.
type column struct {
	ru, en         string
	noteRU, noteEN string // the formula in words
	fig            fig
	of             func(*planfact.Line) kpi.Num
}

// The figures of «Неделя» and «Месяц» by their index in periodColumns. The first are
// always visible, the others are in a group of columns that is closed at first.
const (
	perFact = iota
	perToDate
	perPace
	perPlan
	perDeviation
	perForecast
	perLeft
	perNeeded
	perTrend
)

// openColumns is the number of the first ones.
const openColumns = perPace + 1

// periodColumns are the figures of «Неделя» and «Месяц».
var periodColumns = []column{
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
	{"План", "Plan",
		"План на весь период: сумма планов рабочих дней сотрудника. Для долей и средних — сам план.",
		"Plan of the whole period: the sum over the person's working days. For shares and averages, the plan itself.",
		figValue, func(l *planfact.Line) kpi.Num { return l.Plan }},
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
		"Осталось = план − факт, но не меньше нуля. В итогах — из их собственных плана и факта: что один сделал " +
			"сверх плана, закрывает недобор другого.",
		"Left = plan − fact, but not below zero. Totals have that of their own plan and fact: what one person did " +
			"above the plan makes up for another.",
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

// periodTabs names «Неделя» or «Месяц», and the tab that shows all of its columns.
type periodTabs struct {
	key, ru, en          string
	allKey, allRU, allEN string
}

var (
	weekTabs = periodTabs{TabWeek, "Неделя", "Week", TabWeekAll, "Неделя, все столбцы", "Week, all columns"}
	// monthTabs is the target of links in «Главное»
	monthTabs = periodTabs{TabMonth, "Месяц", "Month", TabMonthAll, "Месяц, все столбцы", "Month, all columns"}
)

const (
	nameWidth = 144 // maximum for people's names: beside it a phone shows three figures
	rowsAhead = 20  // rows that scroll away below a heading before it appears again
)

// period lays out «Неделя» or «Месяц»: a table of people × KPI per role, each KPI's first
// columns open and the others in a group. all is the same without groups, as somebody who
// may only read the spreadsheet may not be able to open one. rows holds the row of each
// role's heading.
func (m *builder) period(names periodTabs, per calendar.Period, lines linesOf) (tab, all *workbook.Tab,
	rows map[string]int) {
	s := newSheet(m.in, m.st, names.key, names.ru, names.en)
	s.title(m.periodTitle(per), m.periodUnder(per), "")
	links := s.FrozenRows - 1
	s.FrozenCols = 1
	s.widen(0, nameWidth)
	rows = map[string]int{}
	var groups []roleGroup
	var roles []department.Role
	most := 0
	for i, st := range m.staff {
		if c, ok := m.roleGroupOf(i, per, lines); ok {
			groups, roles, most = append(groups, c), append(roles, st.role), max(most, len(c.lines))
		}
	}
	var bodies []workbook.Area // of the tables, without their headings
	for i, c := range groups {
		if len(groups) > 1 {
			s.gap()
		}
		rows[roles[i].Key] = s.heading(roles[i].Title)
		m.periodHead(s, c.lines)
		if len(groups) == 1 { // its headings hold for all rows
			s.FrozenRows = s.next()
		}
		bodies = append(bodies, m.periodTable(s, roles[i], c, per, len(groups) > 1)...)
	}
	if len(rows) == 0 {
		m.nobody(s)
	}
	s.width[0] = min(s.width[0], nameWidth)
	s.forPhone(3)
	s.named = []int{0}
	tab = s.done()
	all = m.allColumns(tab, names, bodies)
	for k := range most {
		from := 1 + k*len(periodColumns)
		tab.Groups = append(tab.Groups, workbook.Group{C0: from + openColumns, C1: from + len(periodColumns)})
	}
	under := m.st.text(textLook{use: textUnder})
	tab.Cells[links] = []workbook.Cell{workbook.Txt(m.lang.T(
		"Все столбцы: план, отклонение, прогноз, осталось, нужно в день, динамика",
		"All columns: plan, deviation, forecast, left, needed per day, trend"), under)}
	tab.Cells[links][0].Link = tabLink(all)
	all.Cells[links] = []workbook.Cell{workbook.Txt(m.lang.T("Коротко: факт, план на дату и темп",
		"In short: fact, plan to date and pace"), under)}
	all.Cells[links][0].Link = tabLink(tab)
	return tab, all, rows
}

// tabLink returns a link to the top of a tab.
func tabLink(t *workbook.Tab) string { return workbook.Link(t.ID, "A1") }

// periodTable adds the rows of a role, and returns their area. A long table repeats the
// headings before a team, unless they are frozen.
func (m *builder) periodTable(s *sheet, role department.Role, c roleGroup, per calendar.Period,
	again bool) []workbook.Area {
	width := 1 + len(c.lines)*len(periodColumns)
	var bodies []workbook.Area
	from := s.next()
	end := func() {
		bodies = append(bodies, workbook.Area{R0: from, R1: s.next(), C1: width})
	}
	for _, t := range c.teams {
		name := textName
		if again && s.next()-from > rowsAhead {
			end()
			m.periodHead(s, c.lines)
			from = s.next()
		}
		if len(c.teams) > 1 || len(t.members) == 0 {
			r := s.row(bandTeam, width).text(m.teamName(t.name), textName)
			r.cells[0].Link = m.in.TeamLinks[t.name]
			m.periodFigures(r, c.lines, m.in.Engine.Team(role, t.name, per))
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
	end()
	return bodies
}

// allColumns returns a tab that shows the same as another, whose rows of figures it
// copies.
func (m *builder) allColumns(of *workbook.Tab, names periodTabs, bodies []workbook.Area) *workbook.Tab {
	t := *of
	t.ID, t.Key, t.Title = workbook.SheetID(names.allKey), names.allKey, m.lang.T(names.allRU, names.allEN)
	t.Cells = slices.Clone(of.Cells)
	for _, a := range bodies {
		t.Copies = append(t.Copies, workbook.Copy{From: of.ID, R0: a.R0, C0: a.C0, To: a})
		for r := a.R0; r < a.R1; r++ {
			if t.Cells[r][0].Note != "" {
				t.Cells[r] = slices.Clone(t.Cells[r])
				t.Cells[r][0].Note = ""
			}
		}
	}
	return &t
}

// lateNote adds a note to the name of the row's person: how many reports came in late.
func (m *builder) lateNote(r *line, p department.Person, per calendar.Period) {
	if n := m.in.Engine.LateDays(p, per.Span); n > 0 {
		r.cells[len(r.cells)-1].Note = m.lang.T("Сдано с опозданием за период: "+
			words.Noun{One: "отчёт", Few: "отчёта", Many: "отчётов"}.Count(n, m.lang)+".",
			"Reported late in the period: "+words.Days.Count(n, m.lang)+".")
	}
}

// periodHead adds the two rows of headings: the KPIs, and the figures of each.
func (m *builder) periodHead(s *sheet, kpis []planfact.Line) {
	top, width := s.next(), 1+len(kpis)*len(periodColumns)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	upper[0] = workbook.Txt(m.whoHead(), m.st.text(textLook{use: textHeadLeft}))
	lower[0] = workbook.Cell{Style: upper[0].Style}
	s.Merges = append(s.Merges, workbook.Area{R0: top, C0: 0, R1: top + 2, C1: 1})
	m.groups(s, top, upper, lower, 1, kpis, periodColumns)
	s.add(upper...)
	s.Heights[s.add(lower...)] = 34
}

// sectionColumns is the number of columns under one title of a KPI: a KPI with more has
// its title over every so many, so that one is on the screen wherever it is scrolled to.
const sectionColumns = openColumns

// groups fills the headings of the KPIs from column c on: each KPI's title over its
// figures.
func (m *builder) groups(s *sheet, top int, upper, lower []workbook.Cell, c int, kpis []planfact.Line,
	columns []column) {
	group := m.st.text(textLook{use: textGroup, first: true})
	more := m.st.text(textLook{use: textGroup})
	first := m.st.text(textLook{use: textHead, first: true})
	rest := m.st.text(textLook{use: textHead})
	for _, l := range kpis {
		across := 0
		for i, col := range columns {
			style, px := rest, headPx(m.lang.T(col.ru, col.en))
			if i < sectionColumns {
				across += px
			}
			upper[c+i] = workbook.Cell{Style: more}
			if i == 0 {
				style = first
				upper[c].Style = group
			}
			if i%sectionColumns == 0 {
				upper[c+i].Kind, upper[c+i].Str = workbook.Text, l.KPI.Title
				s.Merges = append(s.Merges, workbook.Area{R0: top, C0: c + i, R1: top + 1,
					C1: c + min(i+sectionColumns, len(columns))})
			}
			lower[c+i] = workbook.Txt(m.lang.T(col.ru, col.en), style)
			lower[c+i].Note = m.lang.T(col.noteRU, col.noteEN)
			s.widen(c+i, px)
		}
		upper[c].Note = m.kpiNote(l.KPI)
		lines := 1 + int(float64(utf8.RuneCountInString(l.KPI.Title))*charPx)/across
		s.Heights[top] = max(s.Heights[top], 6+lines*18)
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
			r.figure(ofParts(col.fig, l.KPI), l.KPI.Unit, m.valueOf(col, l), light, i == 0)
		}
	}
}

// missed returns a note if the plan can no longer be reached; else it is empty.
func (m *builder) missed(l *planfact.Line) string {
	switch {
	case !l.Hopeless(m.in.Dep.Settings.CatchUpRed):
		return ""
	case m.over(l):
		return m.lang.T("не выполнен", "missed")
	}
	return m.lang.T("не догнать", "out of reach")
}

// over reports whether a line's period has no day left.
func (m *builder) over(l *planfact.Line) bool { return l.Open == 0 && l.Period.To <= m.in.At.Today }

// comes returns the end of missed: what will come instead of the plan.
func (m *builder) comes(l *planfact.Line) string {
	if m.over(l) || !l.Forecast.OK || l.Plan.V <= 0 {
		return ""
	}
	share := itoa(min(int(math.Round(100*l.Forecast.V/l.Plan.V)), 99)) // the plan will not be met
	return m.lang.T(": прогноз "+share+"\u00a0%", ": forecast "+share+"%")
}

// needLight returns the light for how much harder than planned the remaining days must be
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

// kpiNote returns how a KPI is counted.
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

// periodTitle returns «Неделя 48: 23–29 ноября 2026», «Ноябрь 2026».
func (m *builder) periodTitle(per calendar.Period) string {
	if per.Kind != calendar.Week {
		return per.Name(m.lang)
	}
	_, w := per.From.Time().ISOWeek()
	return m.lang.T("Неделя ", "Week ") + itoa(w) + ": " + per.Span.Text(m.lang)
}

// within returns the name of a period as it stands within a sentence: «Итоги: ноябрь
// 2026».
func (m *builder) within(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return m.lang.T(string(unicode.ToLower(first))+name[size:], name)
}

func (m *builder) monthWithin() string { return m.within(m.month.Name(m.lang)) }

// periodUnder returns how far the period is, and marks a week that falls into two months.
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

// progress returns «Закрыто 15 из 20 рабочих дней.» or, if schedules differ, «Закрыто 8–9
// из 16–19 рабочих дней, у каждого по своему графику.»
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
