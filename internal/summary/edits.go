package summary

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// MostEdits is the maximum number of late edits in «Правки».
const MostEdits = 2_000

// edits lays out «Правки»: figures and deals that were changed after their day was
// locked, newest first.
func (m *builder) edits() *workbook.Tab {
	s := newSheet(m.in, m.st, TabEdits, "Правки", "Late edits")
	days := words.Days.Count(m.in.Dep.Settings.GraceDays, m.lang)
	s.title(m.lang.T("Правки задним числом", "Late edits"),
		m.lang.T("День закрывается для учёта через "+days+": что изменили позже, не считается.",
			"A day is locked for counting after "+days+": what is changed later does not count."),
		m.lang.T("Чтобы посчитать, откройте дни сотруднику на вкладке «Разблокировки» в «Настройках отчётности».",
			"To count it, open the days to the person in the tab “Unlocks” of the control spreadsheet."))
	if len(m.in.Edits) == 0 {
		s.add(workbook.Txt(m.lang.T("✓ Закрытые дни никто не менял.", "✓ Nobody has changed a locked day."),
			m.st.text(textLook{use: textGood})))
		return s.done()
	}
	head := m.editsHead(s)
	s.FrozenRows = s.next()
	people := map[department.PersonID]department.Person{}
	for _, p := range m.in.Dep.People {
		people[p.ID] = p
	}
	for _, e := range m.in.Edits {
		p, ok := people[e.Person]
		if !ok {
			p, ok = m.in.Gone[e.Person]
		}
		if !ok {
			p = department.Person{ID: e.Person, Name: string(e.Person)}
		}
		k := m.kpiOf(p.Role, e.KPI)
		r := s.row(bandPerson, 8)
		at := e.At.In(m.in.Dep.Settings.Zone)
		when := shortDay(calendar.FromTime(at), m.lang) + at.Format(" 15:04")
		if e.Noticed {
			when = m.lang.T("замечено ", "noticed ") + when
		}
		r.text(when, textName)
		r.person(p, textName).date(e.Date)
		if e.Deal != nil {
			was, became := m.dealTexts(*e.Deal)
			r.text(m.lang.T("Сделка", "Deal"), textName).text(was, textName).text(became, textName)
		} else {
			r.text(k.Title, textName)
			r.figure(ofParts(figValue, k), k.Unit, e.Was, kpi.NoLight, true)
			r.figure(ofParts(figValue, k), k.Unit, e.Became, kpi.NoLight, false)
		}
		if e.Counted {
			r.state(m.lang.T("учтено", "counted"), kpi.NoLight)
		} else {
			r.state(m.lang.T("не учтено", "not counted"), kpi.Yellow)
		}
		r.cells = append(r.cells, editCell(e))
		r.end()
	}
	s.Filter = &workbook.Area{R0: head, C0: 0, R1: s.next(), C1: len(s.Cells[head])}
	tab := s.done()
	tab.Columns[len(tab.Columns)-1].Hidden = true
	return tab
}

// kpiOf finds a KPI by its key: the role's, else any role's, else a KPI with only what is
// known.
func (m *builder) kpiOf(role, key string) kpi.KPI {
	if r, ok := m.in.Dep.Role(role); ok {
		if k, ok := r.KPI(key); ok {
			return k
		}
	}
	for _, r := range m.in.Dep.Roles {
		if k, ok := r.KPI(key); ok {
			return k
		}
	}
	return kpi.KPI{Key: key, Title: key, Unit: kpi.Count}
}

// dealTexts returns a deal before and after the change: the client and the sum, with the
// day if that changed.
func (m *builder) dealTexts(c department.DealChange) (was, became string) {
	moved := c.Was != nil && c.Became != nil && c.Was.Date != c.Became.Date
	say := func(d *department.Deal) string {
		if d == nil {
			return dash
		}
		text := kpi.FormatNum(kpi.Some(d.Amount), kpi.Money, m.lang)
		if d.Client != "" {
			text = d.Client + ", " + text
		}
		if moved {
			text = shortDay(d.Date, m.lang) + ": " + text
		}
		return text
	}
	return say(c.Was), say(c.Became)
}

func (m *builder) editsHead(s *sheet) int {
	var cells []workbook.Cell
	for i, n := range [...]struct{ ru, en, noteRU, noteEN string }{
		{"Когда", "When", "Когда программа увидела правку. «Замечено» — месяц уже закрыт, и его " +
			"просматривают раз в неделю: изменить могли раньше.",
			"When the program saw the edit. “Noticed”: the month is closed and is looked through once a week, " +
				"so it may have been made before."},
		{"Сотрудник", "Person", "", ""},
		{"День", "Day", "За какой день цифра.", "The day of the figure."},
		{"Показатель", "KPI", "", ""},
		{"Было", "Was", "«—» — цифры не было.", "“—”: there was no figure."},
		{"Стало", "Became", "«—» — цифру стёрли.", "“—”: the figure was deleted."},
		{"Учёт", "Counted", "«Не учтено» — в отчётах осталась прежняя цифра. «Учтено» — день был открыт сотруднику, " +
			"закрытые периоды исправлены.",
			"Not counted: the former figure stays in the reports. Counted: the day was open to the person, and " +
				"closed periods were mended."},
	} {
		use := textHead
		switch i {
		case 0, 1, 3: // over texts
			use = textHeadLeft
		case 2, 6: // over days and words
			use = textHeadMid
		}
		c := workbook.Txt(m.lang.T(n.ru, n.en), m.st.text(textLook{use: use}))
		c.Note = m.lang.T(n.noteRU, n.noteEN)
		s.fitText(i, c.Str+"   ") // room for the button of the filter
		cells = append(cells, c)
	}
	r := s.add(cells...)
	s.Heights[r] = 28
	return r
}
