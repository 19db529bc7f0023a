package summary

import (
	"unicode/utf8"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// rating lays out «Рейтинг»: the people of each role by their points this month, and
// apart from them those who cannot be ranked, with the reason.
func (m *builder) rating() *workbook.Tab {
	s := newSheet(m.in, m.st, TabRating, "Рейтинг", "Rating")
	s.title(m.lang.T("Рейтинг: ", "Rating: ")+m.monthWithin(), m.ratingUnder())
	s.widen(1, nameWidth)
	s.Sorted = true
	empty := true
	for _, st := range m.staff {
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
		apart, most := 0, len(places)
		if !m.listed() {
			most = m.in.Dep.Settings.PeopleListed
		}
		for i, p := range places {
			if p.Place == 0 {
				apart++
				continue
			}
			if i >= most { // the rest is in the summaries of teams
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
		if ranked := len(places) - apart; ranked > most {
			m.more(s, m.lang.T("Первые "+itoa(most)+" из "+itoa(ranked)+"; остальные — в сводках команд.",
				"The first "+itoa(most)+" of "+itoa(ranked)+"; the others are in the summaries of teams."))
		}
		if apart == 0 {
			continue
		}
		s.row(bandTotal, width).loose("", textPlace).
			loose(m.lang.T("Вне рейтинга: ", "Not ranked: ")+itoa(apart), textName).blank(width - 2).end()
		for _, p := range places {
			if p.Place != 0 || apart > most {
				continue
			}
			s.row(bandPerson, width).loose(dash, textPlace).person(people[p.Person],
				textName).text(people[p.Person].Team, textMuted).
				loose(m.apartWord(people[p.Person], p.Apart), textMuted).end()
		}
	}
	if empty {
		m.nobody(s)
	}
	return s.done()
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
		workbook.Txt(m.lang.T("Сотрудник", "Person"), left),
		workbook.Txt(m.lang.T("Команда", "Team"), left),
		workbook.Txt(m.lang.T("Баллы", "Points"), head),
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
		r.figure(figPace, kpi.Percent, l.Pace, l.Light, k == 0)
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
