package summary

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/fingerprint"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// HistoryRows is how many rows of closed periods, and how many of periods that can still
// be edited, «История» shows: with more, a spreadsheet gets slow. In the director's
// summary older closed periods move to a spreadsheet per year (Yearly); as long as they
// cannot, «История» holds up to MostHistoryRows rather than none of them.
const (
	HistoryRows     = 20_000
	MostHistoryRows = 5 * HistoryRows
)

// Columns of «История» that are read back if the ledger is lost.
const (
	histFrom    = 1
	histTo      = 2
	histName    = 3
	histRole    = 4
	histTeam    = 5
	histKPI     = 6
	histUnit    = 7
	histLight   = 12
	histVersion = 13
	histState   = 14
	histKeep    = 15 // hidden: only the worker reads it
)

// history lays out «История»: one row per past week or month, person and KPI, newest
// first, ready to be filtered. Closed periods are as they were when they closed, those
// that can still be edited as they are now.
func (m *builder) history() *workbook.Tab {
	if m.in.HistoryStands {
		return &workbook.Tab{ID: workbook.SheetID(TabHistory), Key: TabHistory, Title: m.historyTitle(),
			Exclusive: true,
			Inputs:    m.in.Inputs, Kept: true}
	}
	s := m.historySheet()
	s.add(workbook.Cell{})
	head := m.historyHead(s)
	s.FrozenRows = s.next()
	h := m.fillHistory(s)
	closed := h.periods(m.in.Closed, 0)
	for len(closed) > 0 && !h.full {
		n := 1
		for n < len(closed) && closed[n].Period == closed[0].Period {
			n++
		}
		h.gone(closed[:n])
		closed = closed[n:]
	}
	days := words.Days.Count(m.in.Dep.Settings.GraceDays, m.lang)
	under := m.lang.T("Законченные недели и месяцы, новые сверху. Через "+days+
		" после окончания период закрывается: дальше новые планы и правки его не меняют.",
		"Weeks and months that are over, newest first. "+days+
			" after its end a period closes: new plans and edits do not change it any more.")
	n := figure(HistoryRows, kpi.Count, m.lang)
	switch {
	case h.rows == 0 && m.in.Moved.IsZero():
		under = m.lang.T("Здесь появятся недели и месяцы, когда закончатся.",
			"Weeks and months will stand here once they are over.")
	case h.full && m.in.Team != "":
		under = m.lang.T("Последние "+n+" строк, новые сверху. Старше — у руководителя отдела, в его таблицах "+
			"«История» по годам.", "The latest "+n+" rows, newest first. Older ones are in the director's "+
			"spreadsheets, History by year.")
	case h.cut && !h.full:
		under = m.lang.T("Недели и месяцы, которые ещё можно исправить, поместились не все: остальные встанут здесь, "+
			"когда закроются, а пока они в выгрузке: svodka export summary.", "Not all weeks and months that can "+
			"still be mended fit: the others will stand here once they are closed; until then, svodka export summary.")
	case h.full:
		under = m.lang.T("Все строки не поместились, новые сверху; остальное — в выгрузке: svodka export summary.",
			"Not all rows fit, newest first; the rest is in the export: svodka export summary.")
	}
	s.Cells[head-1] = []workbook.Cell{workbook.Txt(under, m.st.text(textLook{use: textUnder}))}
	if links := m.earlier(); len(links) > 0 {
		s.Cells[head-1] = links
		for c := range links { // «История 2026 (2)» is wider than some names and teams
			if links[c].Link != "" {
				s.fitText(c, links[c].Str)
			}
		}
	}
	s.Filter = &workbook.Area{R0: head, C0: 0, R1: s.next(), C1: histKeep}
	s.widen(histKeep, 0)
	tab := s.done()
	tab.Columns[histKeep].Hidden = true
	tab.Inputs = m.in.Inputs
	return tab
}

// mostLinks is how many spreadsheets of years the heading of «История» links to.
const mostLinks = 12

// earlier returns the line above the heading that says where older periods are: links to
// the spreadsheets of the years, newest first.
func (m *builder) earlier() []workbook.Cell {
	if m.in.Moved.IsZero() || len(m.in.Earlier) == 0 {
		return nil
	}
	// The text runs over the dates beside it, which are empty here.
	out := []workbook.Cell{workbook.Txt(m.lang.T("До "+shortDay(m.in.Moved, m.lang)+" включительно — в таблицах:",
		"Up to "+shortDay(m.in.Moved, m.lang)+", in spreadsheets:"), m.st.text(textLook{use: textUnder})), {}, {}}
	for i := range min(len(m.in.Earlier), mostLinks) {
		y := m.in.Earlier[len(m.in.Earlier)-1-i]
		c := workbook.Txt(y.Title, m.st.text(textLook{use: textUnder}))
		c.Link = y.URL
		out = append(out, c)
	}
	return out
}

// historySheet returns «История» with its title alone.
func (m *builder) historySheet() *sheet {
	s := newSheet(m.in, m.st, TabHistory, "История", "History")
	s.Heights[s.add(workbook.Txt(m.historyTitle(), m.st.text(textLook{use: textTitle})))] = 36
	return s
}

func (m *builder) historyTitle() string { return m.lang.T("История", "History") }

// HistoryInputs returns a text that depends on everything that «История» is made from, so
// that years of it need neither be read nor laid out if they have not changed. It uses
// only those of in.Closed that end after in.Settled. Empty: «История» must be laid out.
func HistoryInputs(in Input) string {
	if in.Settled.IsZero() {
		return ""
	}
	m := bareBuilder(&in)
	// What is above the settled periods: the heading as it is laid out, rows by what they
	// are laid out from, which takes a fraction of the time.
	s := m.historySheet()
	m.historyHead(s)
	h := m.fillHistory(s)
	h.print = &rowsPrint{fingerprint.New()}
	h.periods(m.in.Closed, m.in.Settled)
	rows, err := h.print.Sum()
	if err != nil {
		return ""
	}
	// And whatever the rows below depend on besides the closes themselves.
	set := &m.in.Dep.Settings
	below := fmt.Sprint(m.in.Version, m.in.SettledVersion, m.in.Settled, m.in.First, set.Zone,
		set.GraceDays, m.in.Moved, m.in.Earlier)
	var order []byte
	for _, p := range h.stints {
		order = fmt.Appendf(order, "%q %q %d ", p.ID, p.Role, p.Again)
		if m.in.Team != "" { // which closes are the team's depends on when people were in it
			order = fmt.Appendf(order, "%q %q ", p.Team, p.TeamsBefore)
		}
	}
	order = fmt.Appendf(order, "%q", h.below) // of those who have left the department
	s.add(workbook.Txt(below, nil), workbook.Txt(string(order), nil),
		workbook.Txt(hex.EncodeToString([]byte(rows)), nil))
	return workbook.Digest(&workbook.Book{Tabs: []*workbook.Tab{s.done()}})
}

// periods adds the periods that touch the days with figures and that end after a day. It
// returns the closes that it did not add.
func (h *historyTable) periods(closed []department.Closed, after calendar.Date) []department.Closed {
	for per := range h.closedPeriods() {
		if !after.IsZero() && per.To <= after || h.full { // there may be years of it
			break
		}
		if per.To <= h.in.Moved { // all of it stands in the spreadsheets of years
			break
		}
		var of []department.Closed
		for len(closed) > 0 && !before(closed[0].Period, per) {
			of, closed = append(of, closed[0]), closed[1:]
		}
		h.period(per, of)
	}
	return closed
}

// before reports whether one period is below another in «История».
func before(a, b calendar.Period) bool {
	return a.To < b.To || a.To == b.To && a.Kind == calendar.Week && b.Kind == calendar.Month
}

// historyTable fills «История».
type historyTable struct {
	*builder
	s      *sheet
	stints []department.Person
	engine *planfact.Engine
	below  []string // in a team's summary: the team and those below it
	rows   int
	frozen int        // of these, of closed periods
	cut    bool       // rows of open periods did not fit
	full   bool       // closed periods did not fit
	print  *rowsPrint // not nil: rows are added to it, and not laid out
}

// rowsPrint is a fingerprint of rows of «История».
type rowsPrint struct{ *fingerprint.Writer }

// row adds everything that historyRow shows. Whatever else it depends on is the same for
// all rows: the language, which is in the heading, and the version of the layouts.
func (w *rowsPrint) row(per calendar.Period, name, role, team string, l *planfact.Line, version, state string,
	keep workbook.Cell) {
	w.Int(int64(per.From))
	w.Int(int64(per.To))
	for _, text := range [...]string{string(per.Kind), name, role, team, l.KPI.Title, string(l.KPI.Unit), version,
		state, string(l.Light)} {
		w.Text(text)
	}
	w.Int(int64(ofParts(figValue, l.KPI)))
	for _, f := range [...]kpi.Num{l.Plan, l.Fact, l.Deviation, l.Attainment} {
		if w.Float(f.V); f.OK {
			w.Int(1)
		} else {
			w.Int(0)
		}
	}
	if keep.Kind == workbook.Blank {
		w.Int(0)
		return
	}
	w.Add(keep)
}

// fillHistory prepares the rows of «История».
func (m *builder) fillHistory(s *sheet) *historyTable {
	h := &historyTable{builder: m, s: s, engine: m.in.Engine}
	if m.in.Team == "" {
		h.stints = m.in.Dep.Stints()
		return h
	}
	h.stints = (&department.Department{People: m.in.Members}).Stints()
	h.engine = m.in.Company
	h.below = m.in.Dep.Tree().Below(m.in.Team)
	return h
}

// period adds the rows of a period, of is its closes, in the order of the people in the
// control spreadsheet.
func (h *historyTable) period(per calendar.Period, of []department.Closed) {
	type who struct {
		person department.PersonID
		role   string
		again  int
	}
	frozen := make(map[who]department.Closed, len(of))
	for _, c := range of {
		frozen[who{c.Person, c.Role, c.Again}] = c
	}
	state := h.openUntil(per)
	var lines []planfact.Line // of one person
	for _, p := range h.stints {
		if h.in.Team != "" && !slices.Contains(h.below, p.TeamOn(per.To)) {
			continue
		}
		id := who{p.ID, p.Role, p.Again}
		if c, ok := frozen[id]; ok {
			h.closed(c)
			delete(frozen, id)
			continue
		}
		if per.To <= h.in.Settled || h.cut { // without a close the person does not count in it
			continue
		}
		lines = h.engine.AppendPerson(lines[:0], p, per)
		for _, l := range lines {
			h.open(per, p.Name, h.titles[p.Role], p.TeamOn(per.To), &l, state)
		}
	}
	var rest []department.Closed
	for _, c := range of {
		if _, ok := frozen[who{c.Person, c.Role, c.Again}]; ok {
			rest = append(rest, c)
		}
	}
	h.gone(rest)
}

// gone adds closed periods of people who are no longer in «Сотрудники».
func (h *historyTable) gone(closed []department.Closed) {
	slices.SortStableFunc(closed, func(a, b department.Closed) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.Again, b.Again))
	})
	for _, c := range closed {
		h.closed(c)
	}
}

// closed adds a closed period whole or not at all: it may be read back from here.
func (h *historyTable) closed(c department.Closed) {
	most := MostHistoryRows
	if h.in.Team != "" { // the director's history holds the rest
		most = HistoryRows
	}
	if h.full || h.frozen+len(c.KPIs) > most {
		h.full = true
		return
	}
	h.frozen += len(c.KPIs)
	h.rows += len(c.KPIs)
	h.closedRows(h.s, h.print, c)
}

// closedRows adds a closed period to a tab, from which it may be read back, or to a
// fingerprint if that is not nil.
func (m *builder) closedRows(s *sheet, print *rowsPrint, c department.Closed) {
	state := m.lang.T("закрыт", "closed")
	if !c.Mended.IsZero() {
		state = m.lang.T("исправлен ", "mended ") + shortDay(calendar.FromTime(c.Mended.In(m.in.Dep.Settings.Zone)),
			m.lang)
	}
	for _, k := range c.KPIs {
		l := closedLine(c, k, kpi.KPI{})
		l.Attainment = kpi.ShownShare(l.Attainment)
		if print != nil {
			print.row(c.Period, c.Name, c.RoleTitle, c.Team, &l, k.Version, state, closedCell(c, k))
			continue
		}
		m.historyRow(s, c.Period, c.Name, c.RoleTitle, c.Team, &l, k.Version, state, closedCell(c, k))
	}
}

// openUntil returns until when a period can be edited.
func (h *historyTable) openUntil(per calendar.Period) string {
	last := per.To.Add(h.in.Dep.Settings.GraceDays)
	if last < h.in.At.Today {
		return h.lang.T("ещё не закрыт", "not closed yet")
	}
	return h.lang.T("можно исправить до ", "can be mended until ") + shortDay(last, h.lang)
}

// open adds a row of a period that can still be edited.
func (h *historyTable) open(per calendar.Period, name, role, team string, l *planfact.Line, state string) {
	if h.rows-h.frozen == HistoryRows {
		h.cut = true
		return
	}
	h.rows++
	if n := h.share(l, l.Attainment); n != l.Attainment {
		as := *l
		as.Attainment, l = n, &as
	}
	if h.print != nil {
		h.print.row(per, name, role, team, l, "", state, workbook.Cell{})
		return
	}
	h.historyRow(h.s, per, name, role, team, l, "", state, workbook.Cell{})
}

// closedPeriods returns the past weeks and months that touch the days with figures,
// newest first; if a month and a week end together, the month first.
func (m *builder) closedPeriods() func(yield func(calendar.Period) bool) {
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

func (m *builder) historyHead(s *sheet) int {
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
		{"План", "Plan", periodColumns[perPlan].noteRU, periodColumns[perPlan].noteEN, headWidth},
		{"Факт", "Fact", periodColumns[perFact].noteRU, periodColumns[perFact].noteEN, headWidth},
		{"Отклонение", "Deviation", "Отклонение = факт − план. Для процентов — в процентных пунктах.",
			"Deviation = fact − plan. For percentages, in percentage points.", headWidth + 20},
		{"Выполнение", "Attainment", "Выполнение = факт / план; если чем меньше, тем лучше, то план / факт.",
			"Attainment = fact / plan; plan / fact where lower is better.", headWidth + 20},
		{"Светофор", "Light", "По темпу (факт / план на дату) на конец периода.",
			"By the pace (fact / plan to date) at the end of the period.", 0},
		{"План действовал", "Plan in force", "Какой план действовал, когда период закрылся.",
			"Which plan was in force when the period closed.", 0},
		{"Состояние", "State", "«Закрыт» — больше не меняется. «Исправлен» — правка открытых сотруднику дней.",
			"Closed: does not change any more. Mended: an edit of days that were opened to the person.", 0},
	}
	cells := make([]workbook.Cell, len(names))
	for i, n := range names {
		use := textHead
		switch i {
		case 0, histName, histRole, histTeam, histKPI, histUnit, histVersion: // over texts
			use = textHeadLeft
		case histFrom, histTo, histLight, histState: // over days and words
			use = textHeadMid
		}
		cells[i] = workbook.Txt(m.lang.T(n.ru, n.en), m.st.text(textLook{use: use}))
		cells[i].Note = m.lang.T(n.noteRU, n.noteEN)
		// Room for the button of the filter.
		s.fitText(i, cells[i].Str+"   ")
		s.widen(i, n.width)
	}
	r := s.add(cells...)
	s.Heights[r] = 28
	return r
}

func (m *builder) historyRow(s *sheet, per calendar.Period, name, role, team string, l *planfact.Line, version,
	state string, keep workbook.Cell) {
	r := s.row(bandPerson, histKeep+1)
	// Narrow, so that a phone shows whose figures these are.
	period := per.Name(m.lang)
	s.widen(0, utf8.RuneCountInString(period)*7+padPx/2)
	r.loose(period, textName)
	r.dayMonth(per.From).dayMonth(per.To)
	r.text(name, textName).text(role, textName).text(team, textMuted)
	r.text(l.KPI.Title, textName).text(unitWord(l.KPI.Unit, m.lang), textMuted)
	r.figure(ofParts(figValue, l.KPI), l.KPI.Unit, l.Plan, kpi.NoLight, false)
	r.figure(ofParts(figValue, l.KPI), l.KPI.Unit, l.Fact, kpi.NoLight, false)
	r.figure(figDelta, l.KPI.Unit, l.Deviation, kpi.NoLight, false)
	r.figure(figShare, kpi.Percent, l.Attainment, kpi.NoLight, false)
	if l.Light == kpi.NoLight {
		r.state(dash, kpi.NoLight)
	} else {
		r.state(terms.LightText(l.Light, m.lang), l.Light)
	}
	r.text(version, textMuted).text(state, textMuted)
	r.cells = append(r.cells, keep)
	r.end()
}

// date adds a day.
func (l *line) date(d calendar.Date) *line {
	l.s.fit(len(l.cells), len("2026-11-23"))
	l.cells = append(l.cells, workbook.N(d.Serial(), l.s.st.text(textLook{use: textDate, band: l.band})))
	return l
}

// dayMonth adds a day of a period whose name has the year.
func (l *line) dayMonth(d calendar.Date) *line {
	l.s.fit(len(l.cells), len("11-23"))
	l.cells = append(l.cells, workbook.N(d.Serial(), l.s.st.text(textLook{use: textDayMonth, band: l.band})))
	return l
}

// unitWord returns the unit of a figure as a word.
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
