package summary

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// dayColumns are the figures of «День».
var dayColumns = []column{
	{"Факт", "Fact",
		"Факт за день. «—» — отчёта ещё нет.",
		"Fact of the day. «—»: no report yet.",
		figValue, func(l *planfact.Line) kpi.Num { return l.Fact }},
	{"План", "Plan",
		"План дня = план месяца / рабочие дни сотрудника в месяце. Для долей и средних — сам план.",
		"Plan of the day = month's plan / the person's working days in the month. For shares and averages, the " +
			"plan itself.",
		figFine, func(l *planfact.Line) kpi.Num { return l.Plan }},
	{"Отклонение", "Deviation",
		"Отклонение = факт − план дня, когда день закрыт (отчёт сдан или срок прошёл); в итоге — по закрытым. Цвет — " +
			"светофор дня.", "Deviation = fact − plan of the day, once the day is closed (the report is in or the " +
			"deadline has passed); in the total, of the closed ones. The colour is the day's light.",
		figDelta, func(l *planfact.Line) kpi.Num { return l.DeviationToDate }},
}

// dayFixed is the number of columns before the figures in «День».
const dayFixed = 3

const (
	daysShown = 14 // working days of «День», one below the other
	// dayRows is the maximum number of rows of people in all days together: a large
	// department gets fewer days, so that its summary does not grow.
	dayRows = 600
)

// shownDays returns the days of «День», newest first: today, if it is a working day and
// something is known of it, and the working days before.
func (m *builder) shownDays() []calendar.Date {
	today := m.in.At.Today
	var out []calendar.Date
	last, ok := m.workingDayBefore(today)
	if !ok || m.works(today) && (m.in.At.Over || m.begun(today)) {
		out = append(out, today)
	}
	rows := 0
	for _, p := range m.in.Dep.People {
		if p.Employed(today) {
			rows++
		}
	}
	most := min(daysShown, max(1, dayRows/max(1, rows)))
	for ok && len(out) < most {
		out = append(out, last)
		last, ok = m.workingDayBefore(last)
	}
	return out
}

// begun reports whether somebody has reported for a day, at least in part.
func (m *builder) begun(d calendar.Date) bool {
	for _, st := range m.staff {
		for _, p := range st.people {
			if s := m.in.Engine.DayState(p, d); s == planfact.Reported || s == planfact.Partly {
				return true
			}
		}
	}
	return false
}

// day lays out «День»: who reported, and each figure against the day's plan, for the last
// working days one below the other, with links to each on top.
func (m *builder) day() *workbook.Tab {
	days := m.shownDays()
	s := newSheet(m.in, m.st, TabDay, "День", "Day")
	s.title(days[0].LongText(m.lang), m.dayUnder(days[0]))
	links := -1
	if len(days) > 1 {
		links = s.add(make([]workbook.Cell, len(days))...)
		s.FrozenRows = s.next()
	}
	s.FrozenCols = 1
	s.widen(0, nameWidth)
	s.widen(2, 120)
	for i, d := range days {
		at := 0
		if i > 0 {
			s.gap()
			at = s.add(workbook.Txt(d.LongText(m.lang), m.st.text(textLook{use: textDay})))
			s.Heights[at] = 34
		}
		if links >= 0 {
			s.Cells[links][i] = workbook.Txt(m.dayLink(d), m.st.text(textLook{use: textState, band: bandNone}))
			s.Cells[links][i].Link = workbook.Link(s.ID, workbook.A1(at, 0))
		}
		if !m.dayTables(s, d) && i == 0 {
			m.nobody(s)
		}
	}
	s.width[0] = min(s.width[0], nameWidth) // beside it a phone shows who has reported
	s.named = []int{0}
	return s.done()
}

// dayLink returns the text of a link to a day, «пт, 27».
func (m *builder) dayLink(d calendar.Date) string {
	return m.lang.ShortWeekday(d.Weekday()) + ", " + itoa(d.Day())
}

// dayTables adds a table of each role for a day. It reports whether there was any.
func (m *builder) dayTables(s *sheet, d calendar.Date) bool {
	per, any := calendar.DayOf(d), false
	for i, st := range m.staff {
		c, ok := m.roleGroupOf(i, per, m.lines(per))
		if !ok {
			continue
		}
		any = true
		s.gap()
		s.heading(st.role.Title)
		m.dayHead(s, c.lines)
		width := dayFixed + len(c.lines)*len(dayColumns)
		due, in := 0, 0
		for _, t := range c.teams {
			if len(t.members) == 0 {
				n, of := m.reportedIn(st.people, t.name, d)
				due, in = due+of, in+n
				r := s.row(bandPerson, width).text(m.teamName(t.name), textName)
				r.cells[0].Link = m.in.TeamLinks[t.name]
				r.loose(grouped(len(t.people), m.lang), textMuted).state(m.reportsIn(n, of), kpi.NoLight)
				m.dayFigures(r, c.lines, m.in.Engine.Team(st.role, t.name, per), allFigures)
				r.end()
			}
			for _, p := range t.members {
				state := m.in.Engine.DayState(p.Person, d)
				if state != planfact.NotDue && state != planfact.Absent {
					due++
				}
				if state == planfact.Reported {
					in++
				}
				r := s.row(bandPerson, width).person(p.Person, textName).text(p.Team, textMuted)
				word, light := m.stateWord(p.Person, d, state)
				r.state(word, light)
				m.dayFigures(r, c.lines, p.lines, m.contentOf(p.Person, state, d))
				r.end()
			}
		}
		r := s.row(bandTotal, width).text(m.lang.T("Итого", "Total"), textName).blank(1)
		r.state(m.reportsIn(in, due), kpi.NoLight)
		m.dayFigures(r, c.lines, c.lines, allFigures)
		r.end()
	}
	return any
}

// reportsIn returns how many reports are in, of how many; a dash if nobody owes one.
func (m *builder) reportsIn(in, due int) string {
	if due == 0 {
		return dash
	}
	return grouped(in, m.lang) + m.lang.T(" из ", " of ") + grouped(due, m.lang)
}

// reportedIn counts how many people of a team have reported on a day, and how many
// should.
func (m *builder) reportedIn(people []department.Person, team string, d calendar.Date) (in, due int) {
	for _, p := range people {
		if p.TeamOn(d) != team {
			continue
		}
		switch m.in.Engine.DayState(p, d) {
		case planfact.Reported:
			in++
			due++
		case planfact.Partly, planfact.Waiting, planfact.Missing:
			due++
		}
	}
	return in, due
}

// dayUnder returns whether the day is over, or why it is not today.
func (m *builder) dayUnder(d calendar.Date) string {
	deadline, today := words.Clock(m.in.Dep.Settings.Deadline), m.in.At.Today
	switch {
	case d != today && m.works(today):
		return m.lang.T("Последний рабочий день: за сегодня, "+m.shortDate(today)+", отчётов ещё нет, ждём до "+
			deadline+".",
			"The last working day: no reports yet for today, "+m.shortDate(today)+", due by "+deadline+".")
	case d != today:
		return m.lang.T("Последний рабочий день: сегодня, "+m.shortDate(today)+", выходной, отчётов не ждём.",
			"The last working day: today, "+m.shortDate(today)+", is a day off, no reports are due.")
	case !m.in.Dep.Works(d):
		return m.lang.T("Выходной день: отчётов не ждём.", "A day off: no reports are due.")
	case m.in.At.Over:
		return m.lang.T("Срок сдачи отчётов ("+deadline+") прошёл.", "The deadline of the reports ("+deadline+
			") has passed.")
	}
	return m.lang.T("Отчёты ждём до "+deadline+".", "Reports are due by "+deadline+".")
}

func (m *builder) dayHead(s *sheet, kpis []planfact.Line) {
	top, width := s.next(), dayFixed+len(kpis)*len(dayColumns)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	second := m.lang.T("Команда", "Team")
	if !m.listed() {
		second = m.lang.T("Людей", "People")
	}
	for c, name := range [dayFixed]string{m.whoHead(), second, m.lang.T("Отчёт", "Report")} {
		use := textHeadLeft
		if c == dayFixed-1 { // over the states of reports
			use = textHeadMid
		}
		head := m.st.text(textLook{use: use})
		upper[c], lower[c] = workbook.Txt(name, head), workbook.Cell{Style: head}
		s.Merges = append(s.Merges, workbook.Area{R0: top, C0: c, R1: top + 2, C1: c + 1})
	}
	m.groups(s, top, upper, lower, dayFixed, kpis, dayColumns)
	s.add(upper...)
	s.Heights[s.add(lower...)] = 24
}

// dayContent says how much to show of a day without figures.
type dayContent uint8

const (
	allFigures     dayContent = iota // figures as they are: a 0 is a 0
	deviationsOnly                   // a report is missing: deviations but no facts
	plansOnly                        // a report is due, but not yet: only plans
	noFigures                        // away or off: not even a plan
)

// contentOf returns what to show if a person's day has no figures. A role that types
// nothing, whose figures come from deals, has facts on every working day.
func (m *builder) contentOf(p department.Person, state planfact.DayState, d calendar.Date) dayContent {
	switch state {
	case planfact.Reported:
		return allFigures
	case planfact.Missing, planfact.Partly:
		return deviationsOnly
	case planfact.Waiting:
		return plansOnly
	case planfact.NotDue:
		if m.cal.KindFor(p.Schedule, d).Works() {
			return allFigures
		}
	}
	return noFigures
}

// dayFigures adds the figures of a row. Blank is not zero: without a report there is no
// fact.
func (m *builder) dayFigures(r *line, kpis, lines []planfact.Line, q dayContent) {
	for k := range kpis {
		l, ok := lineFor(lines, k, kpis[k].KPI.Key)
		if !ok {
			l = &planfact.Line{KPI: kpis[k].KPI}
		}
		for i := range dayColumns {
			col := &dayColumns[i]
			n, light := col.of(l), kpi.NoLight
			if col.fig == figDelta {
				light = l.Light
			}
			switch {
			case l.Reported == 0 && (q == noFigures || i == 0 && q != allFigures),
				// An open day is not behind: figures may still come.
				col.fig == figDelta && l.Working > 0 && l.Closed == 0:
				n = kpi.Num{}
			}
			r.figure(ofParts(col.fig, l.KPI), l.KPI.Unit, n, light, i == 0)
		}
	}
}

// stateWord returns the state of a person's day in a word, and its light.
func (m *builder) stateWord(p department.Person, d calendar.Date, state planfact.DayState) (string, kpi.Light) {
	switch state {
	case planfact.Reported:
		if m.in.Engine.Late(p, d) {
			return m.lang.T("сдан с опозданием", "late"), kpi.Yellow
		}
		return m.lang.T("сдан", "reported"), kpi.NoLight
	case planfact.Partly:
		return m.lang.T("не всё", "incomplete"), kpi.Yellow
	case planfact.Missing:
		return m.lang.T("не сдан", "missing"), kpi.Red
	case planfact.Waiting:
		return m.lang.T("ждём до ", "due by ") + words.Clock(m.in.Dep.Settings.Deadline), kpi.NoLight
	case planfact.Absent:
		for _, a := range m.away[p.ID] {
			if a.Has(d) {
				return terms.AbsenceWord(a.Kind, m.lang), kpi.NoLight
			}
		}
		return m.lang.T("отсутствует", "away"), kpi.NoLight
	}
	if m.cal.KindFor(p.Schedule, d).Works() {
		return m.lang.T("не нужен", "not needed"), kpi.NoLight
	}
	return terms.FreeDay(m.lang), kpi.NoLight
}
