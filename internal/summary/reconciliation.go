package summary

import (
	"cmp"
	"math"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// ReconciliationDays is how many days «Сверка с телефонией» looks back.
const ReconciliationDays = 31

// mostDifferences is the maximum number of single days in «Сверка с телефонией».
const mostDifferences = 2_000

// Compared is a figure that a person typed beside that of the call log, in the unit of
// the KPI.
type Compared struct {
	Person     department.Person
	KPI        kpi.KPI
	Day        calendar.Date
	Typed, Log float64
}

// Difference returns typed − log; 0 if they are equal. A typed time has no seconds, so it
// ignores less than a minute.
func (c Compared) Difference() float64 {
	d := c.Typed - c.Log
	if c.KPI.Unit == kpi.Duration && math.Abs(d) < 60 || math.Abs(d) < 1e-6 {
		return 0
	}
	return d
}

// compared adds up the days of one person and KPI.
type compared struct {
	Compared
	days, differ int
	difference   float64 // on the days that differ
	off          float64 // Σ |difference|
}

// share returns the differences as a share of the log.
func (c compared) share() kpi.Num { return kpi.Num{V: c.off / c.Log, OK: c.Log != 0} }

// reconciliation lays out «Сверка с телефонией»: what people typed beside the call log,
// differences first.
func (m *builder) reconciliation() *workbook.Tab {
	s := newSheet(m.in, m.st, TabReconciliation, "Сверка с телефонией", "Reconciliation")
	span := calendar.Span{From: m.in.At.Today.Add(1 - ReconciliationDays), To: m.in.At.Today}
	s.title(m.lang.T("Сверка с телефонией", "Reconciliation with the call log"),
		m.lang.T("Введено и журнал звонков, "+span.Text(m.lang)+": дни, где есть оба. Разница = введено − журнал.",
			"Typed and the call log, "+span.Text(m.lang)+": days that have both. Difference = typed − log."))
	line := func(sentences ...string) *workbook.Tab {
		for _, str := range sentences {
			s.add(workbook.Txt(str, m.st.text(textLook{use: textUnder})))
		}
		return s.done()
	}
	switch {
	case m.in.LogDays == 0:
		return line(m.lang.T("Журнала звонков за эти дни нет: загрузите его командой svodka import calls.",
			"There is no call log of these days: svodka import calls reads one."))
	case len(m.in.Compared) == 0:
		return line(
			m.lang.T("Сверять нечего: журнал есть, но никто из тех, кто в нём, не вводит звонки вручную.",
				"Nothing to compare: there is a log, but nobody in it types calls."),
			m.lang.T("У вводимого показателя в колонке «Формула» указывают, с чем его сверять: calls, "+
				"talks, talk_time.", "The column Formula of a typed KPI says what it is compared with: calls, "+
				"talks, talk_time."))
	}
	all := m.compare()
	s.heading(m.lang.T("По сотрудникам", "By person"))
	m.compareHead(s, []compareTitle{
		{"Сотрудник", "Person", "", ""}, {"Показатель", "KPI", "", ""},
		{"Введено", "Typed", "Сумма дней, которые есть и в отчёте, и в журнале.",
			"The sum of the days that are both in the report and in the log."},
		{"Журнал", "Log", "", ""},
		{"Разница", "Difference", "Введено − журнал.", "Typed − log."},
		{"Расхождение", "Off by", "Сумма расхождений по дням, без знака, к журналу: завышенный день не гасится " +
			"заниженным.",
			"The differences of the days without sign, over the log: a day above does not hide one below."},
		{"Дней не сошлось", "Days that differ", "", ""}, {"Итог", "Verdict", "", ""},
	}, 6, 7)
	for _, c := range all {
		light, word := m.verdict(c.difference, c.differ > 0)
		r := s.row(bandPerson, 8)
		r.person(c.Person, textName).text(c.KPI.Title, textName)
		r.figure(ofParts(figValue, c.KPI), c.KPI.Unit, kpi.Some(c.Typed), kpi.NoLight, true)
		r.figure(ofParts(figValue, c.KPI), c.KPI.Unit, kpi.Some(c.Log), kpi.NoLight, false)
		r.figure(figDelta, c.KPI.Unit, kpi.Some(c.difference), kpi.NoLight, false)
		r.figure(figShare, kpi.Percent, c.share(), kpi.NoLight, false)
		r.text(itoa(c.differ)+m.lang.T(" из ", " of ")+itoa(c.days), textState).state(word, light)
		r.end()
	}
	s.gap()
	m.differences(s)
	// So a phone shows what was typed, too.
	s.named = []int{0, 1}
	for _, c := range s.named {
		s.width[c] = min(s.width[c], nameWidth)
	}
	return s.done()
}

// compare adds up the days of each person and KPI, the furthest from the log first.
func (m *builder) compare() []compared {
	type key struct {
		person department.PersonID
		kpi    string
	}
	var all []compared
	at := map[key]int{}
	for _, c := range m.in.Compared {
		k := key{c.Person.ID, c.KPI.Key}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, compared{Compared: Compared{Person: c.Person, KPI: c.KPI}})
		}
		a := &all[i]
		a.Typed += c.Typed
		a.Log += c.Log
		a.days++
		if d := c.Difference(); d != 0 {
			a.differ++
			a.difference += d
			a.off += math.Abs(d)
		}
	}
	rank := func(c compared) float64 {
		if n := c.share(); n.OK {
			return n.V
		}
		return c.off * math.MaxInt32 // typed something where the log has nothing
	}
	slices.SortStableFunc(all, func(a, b compared) int { return cmp.Compare(rank(b), rank(a)) })
	return all
}

// differences lists the days that differ, newest first.
func (m *builder) differences(s *sheet) {
	var days []Compared
	for _, c := range m.in.Compared {
		if c.Difference() != 0 {
			days = append(days, c)
		}
	}
	if len(days) == 0 {
		s.add(workbook.Txt(m.lang.T("✓ Всё введённое сходится с журналом.",
			"✓ All that was typed agrees with the log."), m.st.text(textLook{use: textGood})))
		return
	}
	slices.SortStableFunc(days, func(a, b Compared) int { return cmp.Compare(b.Day, a.Day) })
	s.heading(m.lang.T("Расхождения по дням", "Differences by day"))
	m.compareHead(s, []compareTitle{
		{"Сотрудник", "Person", "", ""}, {"Показатель", "KPI", "", ""}, {"Введено", "Typed", "", ""},
		{"Журнал", "Log", "", ""}, {"Разница", "Difference", "", ""},
		{"День", "Day", "", ""}, {"", "", "", ""}, {"Итог", "Verdict", "", ""},
	}, 5, 7)
	for i, c := range days {
		if i == mostDifferences {
			s.add(workbook.Txt(m.lang.T("… и ещё "+itoa(len(days)-i), "… and "+itoa(len(days)-i)+" more"),
				m.st.text(textLook{use: textUnder})))
			break
		}
		light, word := m.verdict(c.Difference(), true)
		r := s.row(bandPerson, 8)
		r.person(c.Person, textName).text(c.KPI.Title, textName)
		r.figure(ofParts(figValue, c.KPI), c.KPI.Unit, kpi.Some(c.Typed), kpi.NoLight, true)
		r.figure(ofParts(figValue, c.KPI), c.KPI.Unit, kpi.Some(c.Log), kpi.NoLight, false)
		r.figure(figDelta, c.KPI.Unit, kpi.Some(c.Difference()), kpi.NoLight, false)
		r.date(c.Day).blank(1).state(word, light)
		r.end()
	}
}

// verdict returns a word with its sign, and its colour: ▲ ● ▼ for good, medium and bad,
// as everywhere. Overstating is worse than forgetting some.
func (m *builder) verdict(difference float64, differs bool) (kpi.Light, string) {
	switch {
	case !differs:
		return kpi.Green, m.lang.T("▲ сходится", "▲ agrees")
	case difference > 0:
		return kpi.Red, m.lang.T("▼ завышено", "▼ above the log")
	case difference < 0:
		return kpi.Yellow, m.lang.T("● занижено", "● below the log")
	}
	return kpi.Yellow, m.lang.T("● по дням иначе", "● other days")
}

type compareTitle struct{ ru, en, noteRU, noteEN string }

// compareHead adds headings; centred are the columns whose content is.
func (m *builder) compareHead(s *sheet, titles []compareTitle, centred ...int) {
	var cells []workbook.Cell
	for i, n := range titles {
		use := textHead
		switch {
		case i < 2: // person and KPI, like the names below
			use = textHeadLeft
		case slices.Contains(centred, i):
			use = textHeadMid
		}
		c := workbook.Txt(m.lang.T(n.ru, n.en), m.st.text(textLook{use: use}))
		c.Note = m.lang.T(n.noteRU, n.noteEN)
		s.fitText(i, c.Str)
		cells = append(cells, c)
	}
	s.Heights[s.add(cells...)] = 28
}
