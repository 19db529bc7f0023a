package summary

import (
	"unicode/utf8"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// rating lays out «Рейтинг»: the people of each role by their points this month, and
// apart from them those who cannot be ranked, with the reason. Where people are not
// listed it ranks teams.
func (m *builder) rating() *workbook.Tab {
	s := newSheet(m.in, m.st, TabRating, "Рейтинг", "Rating")
	s.title(m.lang.T("Рейтинг: ", "Rating: ")+m.monthWithin(), m.ratingUnder())
	s.widen(1, nameWidth)
	s.Sorted = true
	empty := true
	for i, st := range m.staff {
		if !m.listed() {
			empty = !m.teamsRating(s, i) && empty
			continue
		}
		places := m.in.Engine.RatingOf(st.role, m.month, m.monthOfEach(st))
		kpis := m.in.Engine.Role(st.role, m.month)
		if len(places) == 0 || len(kpis) == 0 {
			continue
		}
		empty = false
		people := make(map[department.PersonID]department.Person, len(st.people))
		for _, p := range st.people {
			people[p.ID] = p
		}
		s.gap()
		s.heading(st.role.Title)
		lead, hasLead := st.role.Leading(m.in.Dep.Settings.Rating)
		m.ratingHead(s, kpis, lead, hasLead)
		width := 5 + len(kpis)
		apart := 0
		for _, p := range places {
			if p.Place == 0 {
				apart++
				continue
			}
			r := s.row(bandPerson, width).whole(p.Place, textPlace).person(people[p.Person], textName)
			m.lateNote(r, people[p.Person], m.month)
			r.text(people[p.Person].Team, textMuted)
			r.figure(figPoints, kpi.Count, p.Points, kpi.NoLight, false)
			m.paces(r, kpis, p.Lines)
			if hasLead {
				r.figure(ofParts(figValue, lead), lead.Unit, p.Fact, kpi.NoLight, true)
			}
			r.end()
		}
		if apart == 0 {
			continue
		}
		s.row(bandTotal, width).loose("", textPlace).
			loose(m.lang.T("Вне рейтинга: ", "Not ranked: ")+itoa(apart), textName).blank(width - 2).end()
		for _, p := range places {
			if p.Place != 0 {
				continue
			}
			s.row(bandPerson, width).loose(dash, textPlace).person(people[p.Person],
				textName).text(people[p.Person].Team, textMuted).
				loose(m.apartWord(people[p.Person], p.Apart), textMuted).end()
		}
	}
	if empty {
		m.nobody(s)
		return s.done()
	}
	// So a phone shows more than places and names.
	s.named = []int{1, 2}
	for _, c := range s.named {
		s.width[c] = min(s.width[c], nameWidth)
	}
	return s.done()
}

// teamsRating adds the teams of the i-th role by the points of their totals; false: it
// has none. They are those of «Месяц», so that each person counts in one of them.
func (m *builder) teamsRating(s *sheet, i int) bool {
	role := m.staff[i].role
	c, ok := m.roleGroupOf(i, m.month, m.monthLines)
	if !ok {
		return false
	}
	var names []string
	var of [][]planfact.Line
	for _, t := range c.teams {
		if lines := m.in.Engine.Team(role, t.name, m.month); lines != nil {
			names, of = append(names, t.name), append(of, lines)
		}
	}
	s.gap()
	s.heading(role.Title)
	lead, hasLead := role.Leading(m.in.Dep.Settings.Rating)
	m.ratingHead(s, c.lines, lead, hasLead)
	people := map[string]int{}
	for _, p := range m.in.Dep.People {
		if p.Role == role.Key && p.Employed(m.in.At.Today) {
			people[p.TeamOn(m.in.At.Today)]++
		}
	}
	for _, p := range m.in.Engine.RatingOfGroups(role, of) {
		r := s.row(bandPerson, 5+len(c.lines))
		if p.Place == 0 {
			r.loose(dash, textPlace)
		} else {
			r.whole(p.Place, textPlace)
		}
		name := names[p.Group]
		r.text(m.teamName(name), textName)
		r.cells[len(r.cells)-1].Link = m.in.TeamLinks[name]
		r.whole(people[name], textPlace)
		r.figure(figPoints, kpi.Count, p.Points, kpi.NoLight, false)
		m.paces(r, c.lines, p.Lines)
		if hasLead {
			r.figure(ofParts(figValue, lead), lead.Unit, p.Fact, kpi.NoLight, true)
		}
		r.end()
	}
	return true
}

// ratingUnder returns what decides the places.
func (m *builder) ratingUnder() string {
	switch m.in.Dep.Settings.Rating {
	case department.BySum:
		return m.lang.T("Места по сумме: факту последнего денежного показателя роли.",
			"Ranked by sum: the fact of the role's last KPI in money.")
	case department.ByCount:
		return m.lang.T("Места по количеству: факту последнего показателя роли в штуках.",
			"Ranked by count: the fact of the role's last KPI that is counted.")
	case department.ByPace:
		return m.lang.T("Места по среднему темпу показателей.", "Ranked by the mean pace of the KPIs.")
	}
	return m.lang.T("Места по баллам: темп каждого показателя с его весом.",
		"Ranked by points: the pace of each KPI with its weight.")
}

// ratingWidth is the width of a KPI in «Рейтинг».
const ratingWidth = 130

func (m *builder) ratingHead(s *sheet, kpis []planfact.Line, lead kpi.KPI, hasLead bool) {
	head, left := m.st.text(textLook{use: textHead}), m.st.text(textLook{use: textHeadLeft})
	first := m.st.text(textLook{use: textHead, first: true})
	cells := []workbook.Cell{
		workbook.Txt(m.lang.T("Место", "Place"), m.st.text(textLook{use: textHeadMid})),
		workbook.Txt(m.whoHead(), left),
		workbook.Txt(m.lang.T("Команда", "Team"), left),
		workbook.Txt(m.lang.T("Баллы", "Points"), head),
	}
	if !m.listed() {
		cells[2] = workbook.Txt(m.lang.T("Людей", "People"), m.st.text(textLook{use: textHeadMid}))
	}
	cells[3].Note = m.pointsNote()
	for i, l := range kpis {
		c := workbook.Txt(l.KPI.Title, head)
		if i == 0 {
			c.Style = first
		}
		c.Note = m.lang.T("Темп: факт / план на дату.", "Pace: fact / plan to date.")
		s.widen(len(cells), ratingWidth)
		cells = append(cells, c)
	}
	if hasLead {
		c := workbook.Txt(lead.Title+m.lang.T(", факт", ", fact"), first)
		c.Note = m.lang.T("Факт главного показателя роли: из равных выше тот, у кого он больше.",
			"Fact of the role's leading KPI: of equals, the greater one ranks higher.")
		s.widen(len(cells), ratingWidth)
		cells = append(cells, c)
	}
	r := s.add(cells...)
	s.Heights[r] = 28
	for _, c := range cells {
		if utf8.RuneCountInString(c.Str)*letterPx > ratingWidth {
			s.Heights[r] = 50
		}
	}
}

func (m *builder) pointsNote() string {
	limit := figure(m.in.Dep.Settings.Cap, kpi.Percent, m.lang)
	if m.in.Dep.Settings.Rating == department.ByPace {
		return m.lang.T("Баллы = средний темп показателей × 100; один темп даёт не больше "+limit+".",
			"Points = mean pace of the KPIs × 100; one pace gives at most "+limit+".")
	}
	return m.lang.T("Баллы = сумма (темп × вес) / сумма весов × 100; один темп даёт не больше "+limit+".",
		"Points = sum of (pace × weight) / sum of weights × 100; one pace gives at most "+limit+".")
}

// paces adds the pace of each KPI with its light.
func (m *builder) paces(r *line, kpis, lines []planfact.Line) {
	for k := range kpis {
		l, ok := lineFor(lines, k, kpis[k].KPI.Key)
		if !ok {
			l = &planfact.Line{}
		}
		r.figure(figPace, kpi.Percent, m.pace(l), l.Light, k == 0)
	}
}

// apartWord returns why a person has no place.
func (m *builder) apartWord(p department.Person, reason string) string {
	switch reason {
	case planfact.NoWorkingDays:
		return m.lang.T("нет рабочих дней в этом месяце", "no working days this month")
	case planfact.NoPlan:
		return m.lang.T("не с чем сравнить: план не задан", "nothing to compare with: no plan is set")
	case planfact.TooFewReports:
		in, due := 0, 0
		for d := m.month.From; d <= m.in.At.Today; d++ {
			switch m.in.Engine.DayState(p, d) {
			case planfact.Reported:
				in++
				due++
			case planfact.Missing, planfact.Partly:
				due++
			}
		}
		return m.lang.T("мало отчётов: сдано "+itoa(in)+" из "+itoa(due), "too few reports: "+itoa(in)+" of "+itoa(due))
	}
	return reason
}
