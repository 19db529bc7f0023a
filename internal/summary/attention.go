package summary

import (
	"cmp"
	"slices"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

const (
	mostBehind      = 8 // people named in «Главное» and the digest
	mostBesideTeams = 5 // where «Главное» names teams first
	mostOfOne       = 2 // KPIs mentioned for each of them
	// overstatedFrom is the excess of typed figures over the call log, as a share of the
	// log, that counts as a concern: a call or two may be a matter of minutes.
	overstatedFrom = 0.05
)

// concern is a reason why a person needs attention: a line that is behind, or figures
// above the call log's.
type concern struct {
	person *department.Person // nil: it is a team's
	light  kpi.Light
	line   *planfact.Line  // nil: overstated is set
	lines  []planfact.Line // the person's lines of the month

	overstated *compared
}

// of returns the person whose it is; the zero one of a team's.
func (c concern) of() department.Person {
	if c.person == nil {
		return department.Person{}
	}
	return *c.person
}

// title returns what the concern is about.
func (c concern) title(lang words.Lang) string {
	if c.overstated != nil {
		return c.overstated.KPI.Title + lang.T(": завышено", ": overstated")
	}
	return c.line.KPI.Title
}

// behind is a person who needs help, and their concerns, the worst first.
type behind struct {
	person   *department.Person
	concerns []concern
}

// cost returns how much the person is behind in roubles: the largest lag of their amounts
// of money; 0 if they have none.
func (b behind) cost() float64 {
	most := 0.0
	for _, c := range b.concerns {
		if c.line != nil && roubles(c.line) {
			most = max(most, lag(c.line))
		}
	}
	return most
}

// pace returns the lowest pace of the concerns.
func (b behind) pace() float64 {
	least := 1.0
	for _, c := range b.concerns {
		if c.line != nil && c.line.Pace.OK {
			least = min(least, c.line.Pace.V)
		}
	}
	return least
}

// whoIsBehind returns the people who have a KPI that is red or yellow this month, or
// figures above the call log's: red before yellow; within a colour, the largest lag in
// roubles first; then by pace. It leaves out people who have left, because nobody can
// help them: their figures are in the totals only.
func (m *builder) whoIsBehind() []behind {
	over := m.overstated()
	var out []behind
	for _, st := range m.staff {
		for j := range st.people {
			p := &st.people[j]
			if p.Gone(m.in.At.Today) {
				continue
			}
			b := behind{person: p}
			for k := range st.month[j] {
				l := &st.month[j][k]
				if l.Light == kpi.Red || l.Light == kpi.Yellow {
					b.concerns = append(b.concerns, concern{person: p, light: l.Light, line: l, lines: st.month[j]})
				}
			}
			if len(b.concerns) > 1 {
				end := lastKPI(planfact.FunnelOfLines(st.month[j])).Key
				slices.SortStableFunc(b.concerns, func(a, b concern) int { return worse(a.line, b.line, end) })
			}
			if c := over[p.ID]; c != nil {
				delete(over, p.ID) // mentioned once for a person who has changed roles
				at := min(len(b.concerns), mostOfOne-1)
				b.concerns = slices.Insert(b.concerns, at, concern{person: p, light: kpi.Red, overstated: c})
			}
			if len(b.concerns) > 0 {
				out = append(out, b)
			}
		}
	}
	rank := func(b behind) int {
		if slices.ContainsFunc(b.concerns, func(c concern) bool { return c.light == kpi.Red }) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b behind) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.cost(), a.cost()), cmp.Compare(a.pace(), b.pace()))
	})
	return out
}

// overstated returns, for each person, the KPI whose typed figures exceed the call log
// the most.
func (m *builder) overstated() map[department.PersonID]*compared {
	out := map[department.PersonID]*compared{}
	for _, c := range m.compare() { // the furthest first
		if out[c.Person.ID] == nil && c.difference > 0 && c.difference > overstatedFrom*c.Log {
			out[c.Person.ID] = &c
		}
	}
	return out
}

// worse orders two lines, the one to look at first before the other: red before yellow;
// within a colour, roubles before other units, and of these first the end of the person's
// funnel, the KPI of the given key; then the greater lag, in roubles or as a share of the
// plan to date.
func worse(a, b *planfact.Line, end string) int {
	rank := func(l *planfact.Line) int {
		r := 0
		if l.Light != kpi.Red {
			r += 3
		}
		if !roubles(l) {
			r++
			if l.KPI.Key != end {
				r++
			}
		}
		return r
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	if roubles(a) { // then so is b
		return cmp.Compare(lag(b), lag(a))
	}
	return cmp.Compare(a.Pace.V, b.Pace.V)
}

// roubles reports whether a line lags by an amount of money that can be compared with
// others; an average check cannot.
func roubles(l *planfact.Line) bool { return l.KPI.Unit == kpi.Money && l.KPI.Additive() }

// lag returns how much a line is worse than its plan to date, in its unit.
func lag(l *planfact.Line) float64 {
	if l.KPI.Direction == kpi.Lower {
		return l.DeviationToDate.V
	}
	return -l.DeviationToDate.V
}

// attentionHead returns the heading of the people who are behind, with their number by
// worst light.
func (m *builder) attentionHead(all []behind) string {
	reds := 0
	for _, b := range all {
		if slices.ContainsFunc(b.concerns, func(c concern) bool { return c.light == kpi.Red }) {
			reds++
		}
	}
	head := m.lang.T("Кому помочь", "Who needs help")
	sep := ": "
	for _, n := range []struct {
		light kpi.Light
		count int
	}{{kpi.Red, reds}, {kpi.Yellow, len(all) - reds}} {
		if n.count > 0 {
			head += sep + terms.LightSign(n.light) + words.NBSP + grouped(n.count, m.lang)
			sep = "  "
		}
	}
	return head
}

// noConcerns returns why nothing needs attention; good: because all is well.
func (m *builder) noConcerns() (msg string, good bool) {
	if m.anyLight() {
		return m.lang.T("✓ Всё по плану: красных и жёлтых показателей нет.",
			"✓ Everything is on plan: no red and no yellow KPIs."), true
	}
	share := figure(m.in.Dep.Settings.GreyShare, kpi.Percent, m.lang)
	return m.lang.T("Судить пока рано: светофоры зажгутся, когда закроется "+share+" рабочих дней месяца.",
		"Too early to say: the lights come on once "+share+" of the month's working days have closed."), false
}

// anyLight reports whether anything can be rated yet.
func (m *builder) anyLight() bool {
	for _, st := range m.staff {
		for _, lines := range st.month {
			for i := range lines {
				if lines[i].Light != kpi.NoLight {
					return true
				}
			}
		}
	}
	return false
}

// mostNamed returns how many people «Главное», the digest and its picture name.
func (m *builder) mostNamed() int {
	if m.teamsFirst() {
		return mostBesideTeams
	}
	return mostBehind
}

// attention lists the people who are behind plan this month: for each a block of two
// rows, the figures and below them the cause, with the worst KPI on the left, where a
// phone shows it, and the next one on the right.
func (m *builder) attention(s *sheet) {
	s.gap()
	all := m.whoIsBehind()
	s.heading(m.attentionHead(all))
	if len(all) == 0 {
		msg, good := m.noConcerns()
		use := textUnder
		if good {
			use = textGood
		}
		s.add(workbook.Txt(msg, m.st.text(textLook{use: use})))
		return
	}
	m.attentionTitles(s)
	most := m.mostNamed()
	for _, b := range all[:min(len(all), most)] {
		m.block(s, b)
	}
	if more := len(all) - most; more > 0 {
		m.more(s, m.moreBehind(more))
	}
}

// moreBehind returns where to find the people who are not named; where «Месяц» names
// nobody, the summaries of their teams do, if there are any.
func (m *builder) moreBehind(n int) string {
	switch {
	case !m.listed() && len(m.in.TeamLinks) > 0:
		return m.lang.T("и ещё "+m.people(n)+" — в сводках своих команд",
			"and "+m.people(n)+" more in the summaries of their teams")
	case !m.listed():
		return m.lang.T("и ещё "+m.people(n)+" — в своих отчётах", "and "+m.people(n)+" more in their own reports")
	}
	return m.lang.T("и ещё "+m.people(n)+" — вкладка «Месяц»", "and "+m.people(n)+" more in the tab “Month”")
}

func (m *builder) attentionTitles(s *sheet) {
	st, left := m.st.text(textLook{use: textHead}), m.st.text(textLook{use: textHeadLeft})
	run := m.st.text(textLook{use: textHeadRun})
	deviation := column{ru: "Отклонение", en: "Deviation",
		noteRU: "Отклонение на дату = факт − план на дату. Для процентов — в процентных пунктах.",
		noteEN: "Deviation to date = fact − plan to date. For percentages, in percentage points."}
	cells := make([]workbook.Cell, mainCols)
	for i := range cells {
		cells[i].Style = st
	}
	put := func(at int, c column, st *workbook.Style) {
		cells[at] = workbook.Txt(m.lang.T(c.ru, c.en), st)
		cells[at].Note = m.lang.T(c.noteRU, c.noteEN)
	}
	put(colName, column{ru: "Сотрудник, причина", en: "Person, cause"}, left)
	put(colPace, headlineColumns[colPace], st)
	put(colFact, deviation, st)
	put(colBar, column{ru: "Показатель", en: "KPI"}, run)
	first := m.st.text(textLook{use: textHead, first: true})
	put(colPlan, headlineColumns[colPace], first)
	put(colAhead, deviation, st)
	put(colLeft, column{ru: "Ещё", en: "Next"}, run)
	put(colDays, column{ru: "По дням", en: "By day",
		noteRU: "Факт показателя слева за каждый закрытый рабочий день месяца.",
		noteEN: "Fact of the KPI on the left on each closed working day of the month."},
		m.st.text(textLook{use: textHeadMid}))
	s.Heights[s.add(cells...)] = 24
}

// block adds one person: above the name, pace, deviation and KPI, below the cause.
func (m *builder) block(s *sheet, b behind) {
	shown := b.concerns[:min(len(b.concerns), mostOfOne)]
	above, below := s.row(bandNone, mainCols), s.row(bandPlain, mainCols)
	above.loose(b.person.Name, textStrongName)
	above.cells[0].Link = m.monthOf(b.person.ID)
	for i, room := range [mostOfOne]int{causeLen, nextCauseLen} {
		if i > 0 && i >= len(shown) { // only the line on its left
			st := m.st.text(textLook{use: textMuted, band: bandNone, first: true})
			above.cells = append(above.cells, workbook.Cell{Style: st})
			above.blank(3)
			st = m.st.text(textLook{use: textMuted, band: bandPlain, first: true})
			below.cells = append(below.cells, workbook.Cell{Style: st})
			below.blank(3)
			continue
		}
		c := shown[i]
		m.concernFigures(above, c, i > 0)
		cells := []workbook.Cell{workbook.Txt(m.cause(c, room),
			m.st.text(textLook{use: textCause, band: bandPlain, first: i > 0}))}
		below.cells = append(below.cells, cells...)
		below.blank(3)
	}
	drawn := ""
	if l := shown[0].line; l != nil {
		drawn = m.bars.byDay(m.days(l.KPI.Key, m.daysOf(*b.person)))
	}
	above.cells = append(above.cells, m.drawn(drawn))
	below.cells = append(below.cells, workbook.Cell{Style: m.st.text(textLook{use: textDrawn, band: bandPlain})})
	r := above.end()
	below.end()
	s.Merges = append(s.Merges, workbook.Area{R0: r, C0: colDays, R1: r + 2, C1: colDays + 1})
}

// concernFigures adds pace, deviation and the KPI of a concern; next: of the second one.
func (m *builder) concernFigures(r *line, c concern, next bool) {
	if o := c.overstated; o != nil {
		r.figure(figOver, kpi.Percent, kpi.Num{V: o.difference / o.Log, OK: o.Log != 0}, c.light, next)
		r.figure(figDelta, o.KPI.Unit, kpi.Some(o.difference), kpi.NoLight, false)
	} else {
		r.figure(figPace, kpi.Percent, m.pace(c.line), c.light, next)
		r.figure(figDelta, c.line.KPI.Unit, c.line.DeviationToDate, kpi.NoLight, false)
	}
	r.loose(c.title(m.lang), textRun)
	if next {
		r.blank(1) // the title may need it
	}
}
