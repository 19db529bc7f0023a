package summary

import (
	"slices"
	"strings"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// screenPx is the height of the part of «Главное» that a laptop shows at once; it holds
// the leading KPIs, who has not reported and who needs help.
const screenPx = 740

const namesShown = 12 // of people who did not report, per group

// nameCols are the columns for names, so that each has room; longNameCols are those for
// names of which one fills a phone.
var (
	nameCols     = []int{colName, colPace, colBar, colPlan, colLeft, colDays}
	longNameCols = []int{colName, colBar, colLeft}
)

// longName is how many letters longNameCols have room for.
const longName = 46

// main lays out «Главное»: the state of the department, who has not reported, who needs
// help and why, what has changed, and the totals; last, what ops must fix. monthRows
// holds the row of each role in «Месяц».
func (m *builder) main(monthRows map[string]int) *workbook.Tab {
	s := newSheet(m.in, m.st, TabMain, "Главное", "Main")
	for c, px := range mainWidths {
		s.widen(c, px)
	}
	s.title(m.in.At.Today.LongText(m.lang), m.progress(m.workdays(m.month.Span))+" "+m.freshness())
	m.banner(s, textBad, len(m.in.Health.Unreadable) > 0, m.unreadable())
	m.headline(s)
	m.notReported(s)
	if m.teamsFirst() {
		m.teamsAttention(s)
	}
	m.attention(s)
	lightChanges, since := m.lightChanges()
	m.changedLights(s, lightChanges, since)
	m.totals(s, m.roleTotals(monthRows))
	m.forOps(s)
	s.forPhone(colFact + 1)
	m.narrowBar(s)
	s.named = []int{colName}
	return s.done()
}

// laptopPx is how wide «Главное» may be: a window of 1280 pixels less the numbers of rows
// and a scroll bar. leastBar is how wide the bars of facts on plans are at the least.
const (
	laptopPx = 1280 - 46 - 15
	leastBar = 120
)

// narrowBar makes the bars narrower where the sums beside them are long, so that a laptop
// still shows the last column; texts that stand in the same column fit.
func (m *builder) narrowBar(s *sheet) {
	over := -laptopPx
	for _, px := range s.width {
		over += px
	}
	least := leastBar
	for _, row := range s.Cells {
		if len(row) > colBar && row[colBar].Kind == workbook.Text {
			least = max(least, utf8.RuneCountInString(row[colBar].Str)*letterPx+padPx)
		}
	}
	if least = min(least, s.width[colBar]); over > 0 {
		s.width[colBar] = max(least, s.width[colBar]-over)
	}
}

// title returns the title of the spreadsheet.
func (m *builder) title() string { return Title(m.in.Team, m.lang) }

// Title returns the title of a team's summary or, for the empty name, of the director's.
func Title(team string, lang words.Lang) string {
	if team == "" {
		return lang.T("Сводка отдела продаж", "Sales department summary")
	}
	return lang.T("Сводка команды: ", "Team summary: ") + team
}

// company names the summary and its owner.
func (m *builder) company() string {
	title := m.title()
	if name := m.in.Dep.Settings.Company; name != "" {
		title += " · " + name
	}
	return title
}

// freshness returns as of when the figures are, and from how many spreadsheets.
func (m *builder) freshness() string {
	lang, read := m.lang, 0
	for _, st := range m.staff {
		for _, p := range st.people {
			if p.Employed(m.in.At.Today) && m.in.Sheets[p.ID] {
				read++
			}
		}
	}
	all := read
	read = max(0, read-len(m.in.Health.Unreadable))
	when := m.in.Now.In(m.in.Dep.Settings.Zone)
	stamp := when.Format("15:04")
	if calendar.FromTime(when) != m.in.At.Today {
		stamp = calendar.FromTime(when).DayMonth(lang) + ", " + stamp
	}
	return lang.T("Данные на ", "Data as of ") + stamp +
		lang.T(", таблиц прочитано: ", ", spreadsheets read: ") + grouped(read, lang) +
		lang.T(" из ", " of ") + grouped(all, lang) + "."
}

// unreadable names the people whose figures may be old.
func (m *builder) unreadable() string {
	who := names(m.in.Health.Unreadable, m.lang)
	return m.lang.T("Не открылись таблицы: "+who+". Проверьте, что доступ к ним не закрыт.",
		"Sheets that could not be opened: "+who+". Check that access to them has not been taken away.")
}

// banner adds a coloured line across the screen, if shown.
func (m *builder) banner(s *sheet, use text, shown bool, msg string) {
	if !shown {
		return
	}
	st := m.st.text(textLook{use: use})
	cells := make([]workbook.Cell, mainCols)
	for i := range cells {
		cells[i].Style = st
	}
	cells[0] = workbook.Txt(msg, st)
	s.add(cells...)
}

// names lists the first few names.
func names(all []string, lang words.Lang) string {
	const few = 5
	if len(all) <= few {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:few], ", ") + lang.T(" и ещё ", " and ") + itoa(len(all)-few) + lang.T("", " more")
}

// notReported lists the people who have not reported.
func (m *builder) notReported(s *sheet) {
	s.gap()
	s.heading(m.lang.T("Кто не сдал отчёт", "Who has not reported"))
	groups, due := m.notReportedGroups()
	for _, g := range groups {
		m.notReportedOn(s, g)
	}
	if len(groups) == 0 {
		msg, good := m.allReported(due)
		use := textUnder
		if good {
			use = textGood
		}
		s.add(workbook.Txt(msg, m.st.text(textLook{use: use})))
	}
}

// allReported returns why nobody is missing, from the number of reports due; good: all of
// them are in.
func (m *builder) allReported(due int) (msg string, good bool) {
	switch {
	case due > 0:
		return m.lang.T("✓ Все отчёты сданы.", "✓ All reports are in."), true
	case m.in.Engine.Begun():
		return m.lang.T("За эти дни отчётов ни от кого не ждали.", "Nobody had to report for these days."), false
	case !slices.ContainsFunc(m.in.Dep.People, func(p department.Person) bool { return !p.Gone(m.in.At.Today) }):
		return m.lang.T("Отчётов ещё не было: впишите сотрудников на вкладке «Сотрудники» в «Настройках отчётности».",
			"No reports yet: type the people into the tab “People” of the control spreadsheet."), false
	}
	return m.lang.T("Отчётов ещё не было: первый рабочий день впереди.",
		"No reports yet: the first working day is still ahead."), false
}

// NotReported counts the people who have not reported, or not everything, for the last
// working days whose deadline has passed: see lastWorked.
func NotReported(in Input) int {
	m := &builder{in: &in, lang: in.Lang, cal: in.Dep.Calendar(), staff: []staff{{people: in.Dep.Stints()}}}
	return len(m.notReportedLately())
}

// notReportedLately returns the people whom NotReported counts.
func (m *builder) notReportedLately() []*department.Person {
	before := m.in.At.Today
	if m.in.At.Over {
		before++
	}
	seen := map[department.PersonID]bool{}
	var out []*department.Person
	for _, day := range m.lastWorked(before) {
		who, _ := m.notReportedPeople(day)
		for _, p := range who {
			if !seen[p.ID] {
				seen[p.ID] = true
				out = append(out, p.Person)
			}
		}
	}
	return out
}

// notReportedGroup holds the people who have not reported for a day.
type notReportedGroup struct {
	head string // with their number
	who  []notReportedPerson
}

type notReportedPerson struct {
	*department.Person
	partly bool
}

// label returns the name of the person and whether some of the report is in.
func (p notReportedPerson) label(lang words.Lang) string { return p.Name + p.after(lang) }

func (p notReportedPerson) after(lang words.Lang) string {
	if p.partly {
		return lang.T(" (не всё)", " (incomplete)")
	}
	return ""
}

// notReportedGroups returns the people who have not reported: today and on the working
// days before that lastWorked returns. It leaves out days for which everybody has. due is
// the number of reports of these days that are due by now or later.
func (m *builder) notReportedGroups() (out []notReportedGroup, due int) {
	add := func(d calendar.Date, head string) {
		who, n := m.notReportedPeople(d)
		due += n
		if len(who) > 0 {
			head += ": " + grouped(len(who), m.lang) + m.lang.T(" из ", " of ") + grouped(n, m.lang)
			out = append(out, notReportedGroup{head, who})
		}
	}
	at := m.in.At
	if m.works(at.Today) {
		head := m.lang.T("Сегодня не сдали", "Not reported today")
		if !at.Over {
			head = m.lang.T("Сегодня ждём до ", "Today, due by ") + words.Clock(m.in.Dep.Settings.Deadline)
		}
		add(at.Today, head)
	}
	for _, d := range m.lastWorked(at.Today) {
		head := m.lang.T("Не сдали за ", "Not reported for ")
		if d == at.Today.Add(-1) {
			head += m.lang.T("вчера", "yesterday")
		} else {
			head += m.shortDate(d)
		}
		add(d, head)
	}
	return out, due
}

// works reports whether a day is a working day of the five-day week, or of anybody's own
// schedule.
func (m *builder) works(d calendar.Date) bool { return m.cal.Kind(d).Works() || m.in.Dep.Works(d) }

// workingDayBefore returns the last working day before d on which anybody counts.
func (m *builder) workingDayBefore(d calendar.Date) (calendar.Date, bool) {
	if m.in.First.IsZero() {
		return 0, false
	}
	for d--; d >= m.in.First; d-- {
		if m.works(d) {
			return d, true
		}
	}
	return 0, false
}

// lastWorked returns the last days before d on which anybody worked, newest first: back
// to the last working day of the five-day week, so that Monday's list includes Friday
// even if some people work on weekends. There are at most mostLastWorked.
func (m *builder) lastWorked(d calendar.Date) []calendar.Date {
	var out []calendar.Date
	for len(out) < mostLastWorked {
		var ok bool
		if d, ok = m.workingDayBefore(d); !ok {
			break
		}
		out = append(out, d)
		if m.cal.Kind(d).Works() {
			break
		}
	}
	return out
}

// mostLastWorked is three: Friday and the weekend.
const mostLastWorked = 3

// silentOn holds the people who have not reported for a day, and how many reports were
// due.
type silentOn struct {
	who []notReportedPerson
	due int
}

// notReportedPeople returns the people who have not reported for a day, and how many
// reports were due.
func (m *builder) notReportedPeople(d calendar.Date) (who []notReportedPerson, due int) {
	if of, known := m.silent[d]; known {
		return of.who, of.due
	}
	for _, st := range m.staff {
		for j := range st.people {
			p := &st.people[j]
			switch m.in.Engine.DayState(*p, d) {
			case planfact.Reported:
				due++
			case planfact.Partly:
				due++
				who = append(who, notReportedPerson{p, true})
			case planfact.Waiting, planfact.Missing:
				due++
				who = append(who, notReportedPerson{p, false})
			}
		}
	}
	if m.silent == nil {
		m.silent = map[calendar.Date]silentOn{}
	}
	m.silent[d] = silentOn{who, due}
	return who, due
}

// notReportedOn lists the people who have not reported for a day.
func (m *builder) notReportedOn(s *sheet, g notReportedGroup) {
	s.add(workbook.Txt(g.head, m.st.text(textLook{use: textSmall})))
	if !m.listed() {
		m.notReportedTeams(s, g)
		return
	}
	var shown []listedName
	for _, p := range g.who[:min(len(g.who), namesShown)] {
		shown = append(shown, listedName{p.Name, p.after(m.lang), m.monthOf(p.ID)})
	}
	m.listNames(s, shown)
	if more := len(g.who) - namesShown; more > 0 {
		m.more(s, m.moreNames(more))
	}
}

// listedName is a name in «Кто не сдал отчёт», and what is said of it.
type listedName struct{ name, after, link string }

// listNames adds names side by side: six in a row, or three if one of them needs more
// room. What is said of them is never cut off.
func (m *builder) listNames(s *sheet, shown []listedName) {
	cols, room := nameCols, m.nameRooms(s)
	for i, n := range shown {
		if linesIn(n.name+n.after, room[i%len(nameCols)], nameLetter) > 1 {
			cols = longNameCols
		}
	}
	st := m.st.text(textLook{use: textPerson})
	for len(shown) > 0 {
		n := min(len(shown), len(cols))
		cells := make([]workbook.Cell, cols[n-1]+1)
		for i, of := range shown[:n] {
			cells[cols[i]] = workbook.Cell{Kind: workbook.Text, Str: shortened(of.name, of.after, longName), Style: st,
				Link: of.link}
		}
		s.add(cells...)
		shown = shown[n:]
	}
}

// nameRooms returns how many pixels a name has in each of nameCols, as the figures above
// leave them.
func (m *builder) nameRooms(s *sheet) []int {
	phone, laptop := -phonePx, -laptopPx
	for c, px := range s.width {
		laptop += px
		if c <= colFact {
			phone += px
		}
	}
	out := make([]int, len(nameCols))
	for i, c := range nameCols {
		end := mainCols
		if i+1 < len(nameCols) {
			end = nameCols[i+1]
		}
		for _, px := range s.width[c:end] {
			out[i] += px
		}
		switch c {
		case colName:
			out[i] = max(leastName, out[i]-max(0, phone))
		case colBar:
			out[i] = max(leastBar, out[i]-max(0, laptop))
		}
	}
	return out
}

// missingTeam is how many people of a team have not reported.
type missingTeam struct {
	name string
	n    int
}

func (t missingTeam) label(m *builder) string { return m.teamName(t.name) + t.after(m) }

func (t missingTeam) after(m *builder) string { return ": " + grouped(t.n, m.lang) }

// missingTeams returns the teams of people who have not reported, those with the most
// first.
func (m *builder) missingTeams(who []notReportedPerson) []missingTeam {
	var out []missingTeam
	at := map[string]int{}
	for _, p := range who {
		name := p.TeamOn(m.in.At.Today)
		k, seen := at[name]
		if !seen {
			k = len(out)
			at[name] = k
			out = append(out, missingTeam{name: name})
		}
		out[k].n++
	}
	slices.SortStableFunc(out, func(a, b missingTeam) int { return b.n - a.n })
	return out
}

// notReportedTeams lists, in place of people, the teams of those who have not reported.
func (m *builder) notReportedTeams(s *sheet, g notReportedGroup) {
	all := m.missingTeams(g.who)
	var shown []listedName
	for _, t := range all[:min(len(all), namesShown)] {
		shown = append(shown, listedName{m.teamName(t.name), t.after(m), m.in.TeamLinks[t.name]})
	}
	m.listNames(s, shown)
	if more := len(all) - namesShown; more > 0 {
		m.more(s, m.moreTeams(more))
	}
}

// moreNames returns where to find the people who are not listed.
func (m *builder) moreNames(n int) string {
	return m.lang.T("и ещё "+m.people(n)+" — вкладка «День»", "and "+m.people(n)+" more in the tab “Day”")
}

// moreTotals returns where to find the totals that are not listed.
func (m *builder) moreTotals(n int) string {
	return m.lang.T("и ещё "+itoa(n)+" — вкладка «Месяц»", "and "+itoa(n)+" more in the tab “Month”")
}

func (m *builder) more(s *sheet, msg string) {
	s.add(workbook.Txt(msg, m.st.text(textLook{use: textUnder})))
}

// total is a row of the totals: a KPI of a role.
type total struct {
	role department.Role
	row  int // of the role in «Месяц»
	line planfact.Line
}

// roleTotals returns the month's totals of the roles that have people.
func (m *builder) roleTotals(monthRows map[string]int) []total {
	var out []total
	for _, st := range m.staff {
		row, ok := monthRows[st.role.Key]
		if !ok {
			continue
		}
		for _, l := range m.in.Engine.Role(st.role, m.month) {
			out = append(out, total{st.role, row, l})
		}
	}
	return out
}

// totals adds the month's totals per role and KPI, with the columns of the headline.
func (m *builder) totals(s *sheet, totals []total) {
	s.gap()
	s.heading(m.totalsHead())
	if len(totals) == 0 {
		m.nobody(s)
		return
	}
	m.headlineHead(s, m.lang.T("Показатель", "KPI"))
	trend := periodColumns[perTrend]
	head := &s.Cells[s.next()-1][colDays]
	head.Str, head.Note = m.lang.T(trend.ru, trend.en), m.lang.T(trend.noteRU, trend.noteEN)
	for i, t := range totals {
		if i == 0 || totals[i-1].role.Key != t.role.Key {
			r := s.row(bandTeam, mainCols).loose(t.role.Title, textRun)
			r.cells[colName].Link = workbook.Link(workbook.SheetID(TabMonth), workbook.A1(t.row, 0))
			r.blank(mainCols - 1).end()
		}
		r := s.row(bandPlain, mainCols).loose(t.line.KPI.Title, textTotal)
		m.headlineFigures(r, &t.line)
		r.figure(trend.fig, t.line.KPI.Unit, trend.of(&t.line), kpi.NoLight, false)
		r.end()
	}
	m.more(s, m.legend())
}

// monthOf returns a link to a person's open month. If Links holds that link once per
// spreadsheet, it needs no tab: the spreadsheet opens at its first tab, which is that
// month.
func (m *builder) monthOf(p department.PersonID) string {
	link := m.in.Links[p]
	if link != "" && m.in.MonthTab != 0 {
		link += workbook.Link(m.in.MonthTab, "A1")
	}
	return link
}

// forOps lists, small and at the bottom, what ops must fix, with links.
func (m *builder) forOps(s *sheet) {
	h, lang := m.in.Health, m.lang
	var cells []workbook.Cell
	st := m.st.text(textLook{use: textUnder})
	if h.Problems > 0 {
		c := workbook.Txt(lang.T("Ошибок в «Настройках отчётности»: "+itoa(h.Problems)+
			". Исправит тот, кому открыта эта таблица: что именно, сказано на её вкладке «Проверка».",
			"Mistakes in the control spreadsheet: "+itoa(h.Problems)+
				". Whoever that is open to can mend them: its tab “Checks” says how."), st)
		c.Link = h.Control
		cells = append(cells, c)
	}
	rest := h.BadCells
	for _, u := range h.Unread[:min(len(h.Unread), mostForOps)] {
		rest -= u.Cells
		c := workbook.Txt(u.Name+u.where(lang)+lang.T(": не прочитано ячеек: ", ": cells that could not be read: ")+
			itoa(u.Cells)+lang.T(". Они не посчитаны и подсвечены в таблице.",
			". They are not counted and are marked in the spreadsheet."), st)
		if c.Link = m.in.Links[u.Person]; c.Link != "" && u.Tab != "" {
			c.Link += workbook.Link(workbook.SheetID(u.Tab), "")
		}
		cells = append(cells, c)
	}
	if rest > 0 {
		cells = append(cells, workbook.Txt(lang.T("Ещё не прочитано ячеек: "+itoa(rest)+
			". Они не посчитаны и подсвечены в таблицах сотрудников.",
			"More cells that could not be read: "+itoa(rest)+
				". They are not counted and are marked in the managers' sheets."), st))
	}
	if h.Unshared > 0 {
		cells = append(cells, workbook.Txt(lang.T(
			"Google пока не даёт открыть доступ к таблицам: "+itoa(h.Unshared)+
				". Программа откроет их сама через несколько часов, делать ничего не нужно.",
			"Spreadsheets that Google does not let us share yet: "+itoa(h.Unshared)+
				". They are shared in some hours by themselves; there is nothing to do."), st))
	}
	s.gap()
	if len(cells) == 0 {
		s.add(workbook.Txt(lang.T("✓ Ошибок в настройках и непрочитанных ячеек нет.",
			"✓ No mistakes in the settings and no cells that could not be read."),
			m.st.text(textLook{use: textGood})))
		return
	}
	s.add(workbook.Txt(lang.T("Для настройки", "For those who set this up"), m.st.text(textLook{use: textSmall})))
	for _, c := range cells {
		s.add(c)
	}
}

func (m *builder) totalsHead() string {
	return m.lang.T("Итоги по ролям: ", "Totals by role: ") + m.monthWithin()
}

// legend explains the signs.
func (m *builder) legend() string {
	var texts []string
	for _, l := range []kpi.Light{kpi.Red, kpi.Yellow, kpi.Green} {
		texts = append(texts, terms.LightText(l, m.lang))
	}
	s := strings.Join(texts, "   ")
	if from := m.in.Dep.Settings.AboveFrom; from > 0 {
		above := terms.LightWord(kpi.Above, m.lang)
		s += ", " + terms.LightColor(kpi.Above, m.lang) + m.lang.T(" — "+above+" от ", ": "+above+", from ") +
			figure(from, kpi.Percent, m.lang)
	}
	return s + m.lang.T("   без знака — судить рано", "   no sign: too early to say")
}
