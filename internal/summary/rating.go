package summary

import (
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// rating lays out «Рейтинг»: the people of each role by their points this
// month, and apart those who cannot be ranked, with the reason.
func (m *maker) rating() *workbook.Tab {
	s := newSheet(m.in, m.st, TabRating, "Рейтинг", "Rating")
	s.title(m.lang.T("Рейтинг: ", "Rating: ")+periodName(m.month, m.lang), m.ratingUnder())
	s.widen(1, 190)
	empty := true
	for _, st := range m.staff {
		places := m.in.Engine.Rating(st.role, m.month)
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
		lead, hasLead := leading(st.role)
		m.ratingHead(s, kpis, lead, hasLead)
		width := 5 + len(kpis)
		apart := 0
		for _, p := range places {
			if p.Place == 0 {
				apart++
				continue
			}
			r := s.row(bandPerson, width).whole(p.Place, textPlace).person(people[p.Person], textName).text(people[p.Person].Team, textMuted)
			m.points(r, p.Points)
			m.paces(r, kpis, p.Lines)
			if hasLead {
				r.figure(figValue, lead.Unit, p.Fact, kpi.NoLight, true)
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
			s.row(bandPerson, width).loose(dash, textPlace).person(people[p.Person], textName).text(people[p.Person].Team, textMuted).
				loose(m.apartWord(p), textMuted).end()
		}
	}
	if empty {
		m.nobody(s)
	}
	return s.done()
}

// ratingUnder says what the places stand on.
func (m *maker) ratingUnder() string {
	switch m.in.Dep.Settings.Rating {
	case department.BySum:
		return m.lang.T("Места по сумме.", "Ranked by sum.")
	case department.ByCount:
		return m.lang.T("Места по количеству.", "Ranked by count.")
	case department.ByPace:
		return m.lang.T("Места по среднему темпу показателей.", "Ranked by the mean pace of the KPIs.")
	}
	return m.lang.T("Места по баллам: темп каждого показателя с его весом.", "Ranked by points: the pace of each KPI with its weight.")
}

func (m *maker) ratingHead(s *sheet, kpis []planfact.Line, lead kpi.KPI, hasLead bool) {
	head := m.st.text(textLook{use: textHead})
	first := m.st.text(textLook{use: textHead, first: true})
	cells := []workbook.Cell{
		workbook.Txt(m.lang.T("Место", "Place"), head),
		workbook.Txt(m.lang.T("Сотрудник", "Person"), head),
		workbook.Txt(m.lang.T("Команда", "Team"), head),
		workbook.Txt(m.lang.T("Баллы", "Points"), head),
	}
	cells[3].Note = m.pointsNote()
	for i, l := range kpis {
		c := workbook.Txt(l.KPI.Title, head)
		if i == 0 {
			c.Style = first
		}
		c.Note = m.lang.T("Темп: факт / план на дату.", "Pace: fact / plan to date.")
		s.widen(len(cells), 100)
		cells = append(cells, c)
	}
	if hasLead {
		c := workbook.Txt(lead.Title+m.lang.T(", факт", ", fact"), first)
		c.Note = m.lang.T("Факт главного показателя роли: при равных баллах выше тот, у кого он больше.",
			"Fact of the role's leading KPI: with equal points, the greater one ranks higher.")
		s.widen(len(cells), 100)
		cells = append(cells, c)
	}
	s.Heights[s.add(cells...)] = 40
}

func (m *maker) pointsNote() string {
	limit := figure(m.in.Dep.Settings.Cap, kpi.Percent, m.lang)
	switch m.in.Dep.Settings.Rating {
	case department.BySum, department.ByCount:
		return m.lang.T("Сумма или количество, по которым даны места.", "The sum or the count that gives the places.")
	case department.ByPace:
		return m.lang.T("Баллы = средний темп показателей × 100; один темп даёт не больше "+limit+".",
			"Points = mean pace of the KPIs × 100; one pace gives at most "+limit+".")
	}
	return m.lang.T("Баллы = сумма (темп × вес) / сумма весов × 100; один темп даёт не больше "+limit+".",
		"Points = sum of (pace × weight) / sum of weights × 100; one pace gives at most "+limit+".")
}

// points adds the number that gives the place.
func (m *maker) points(r *line, n kpi.Num) {
	switch m.in.Dep.Settings.Rating {
	case department.BySum:
		r.figure(figValue, kpi.Money, n, kpi.NoLight, false)
	case department.ByCount:
		r.figure(figValue, kpi.Count, n, kpi.NoLight, false)
	default:
		r.figure(figPoints, kpi.Count, n, kpi.NoLight, false)
	}
}

// paces adds the pace of each KPI with its light.
func (m *maker) paces(r *line, kpis, lines []planfact.Line) {
	for k := range kpis {
		l, ok := lineFor(lines, k, kpis[k].KPI.Key)
		if !ok {
			l = &planfact.Line{}
		}
		r.figure(figPace, kpi.Percent, l.Pace, l.Light, k == 0)
	}
}

// apartWord says why somebody has no place.
func (m *maker) apartWord(p planfact.Place) string {
	switch p.Apart {
	case "no working days":
		return m.lang.T("нет рабочих дней в этом месяце", "no working days this month")
	case "too few reports":
		closed, missing := 0, 0
		for _, l := range p.Lines {
			closed, missing = max(closed, l.Closed), max(missing, l.Missing)
		}
		return m.lang.T("мало отчётов: сдано "+itoa(closed-missing)+" из "+itoa(closed),
			"too few reports: "+itoa(closed-missing)+" of "+itoa(closed))
	}
	return p.Apart
}

// leading is the KPI that a role is judged by first: the heaviest one that adds
// up over days, the first of equals.
func leading(r department.Role) (lead kpi.KPI, ok bool) {
	for _, k := range r.KPIs {
		if k.Additive() && (!ok || k.Weight > lead.Weight) {
			lead, ok = k, true
		}
	}
	return lead, ok
}
