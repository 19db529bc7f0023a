package summary

import (
	"cmp"
	"slices"
	"strconv"
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

// «Главное» is one screen: what does not fit is counted and stands in the other
// tabs.
const (
	mainCols     = 11
	mainRows     = 44 // of a screen
	mostConcerns = 12 // fewer, down to
	fewConcerns  = 8  // this, when there is much else to say
	namesShown   = 12 // of those who did not report, per group
)

// nameCols are the columns in which names stand, so that each has room.
var nameCols = [...]int{0, 1, 2, 4, 6, 8}

// main lays out «Главное»: who has not reported, what deviates most, and the
// totals. monthRows tells where each role stands in «Месяц».
func (m *builder) main(monthRows map[string]int) *workbook.Tab {
	s := newSheet(m.in, m.st, TabMain, "Главное", "Main")
	for c, px := range [mainCols]int{190, 170, 100, 100, 88, 105, 114, 114, 114, 112, 112} {
		s.widen(c, px)
	}
	s.title(m.in.At.Today.LongText(m.lang),
		m.company()+" · "+m.month.Name(m.lang)+". "+m.progress(m.workdays(m.month.Span)))
	m.health(s)
	m.notReported(s)
	totals := m.roleTotals(monthRows)
	lightChanges, since := m.lightChanges()
	// A gap, a heading, the head and what is left out; the same for the totals.
	room := mainRows - s.next() - 4 - 4 - len(totals)
	if len(lightChanges) > 0 {
		room -= min(len(lightChanges), mostLightChanges+1) + 2
	}
	m.attention(s, min(mostConcerns, max(fewConcerns, room)))
	m.changedLights(s, lightChanges, since)
	m.totals(s, totals)
	return s.done()
}

// company names the summary and whose it is.
func (m *builder) company() string {
	title := m.lang.T("Сводка отдела продаж", "Sales department summary")
	if name := m.in.Dep.Settings.Company; name != "" {
		title += " · " + name
	}
	return title
}

// health says how fresh and how whole the figures are, and what to do about it.
func (m *builder) health(s *sheet) {
	h, lang := m.in.Health, m.lang
	read := 0
	for _, st := range m.staff {
		for _, p := range st.people {
			if p.Employed(m.in.At.Today) && m.in.Sheets[p.ID] {
				read++
			}
		}
	}
	all := read
	read = max(0, read-len(h.Unreadable))
	when := m.in.Now.In(m.in.Dep.Settings.Zone)
	stamp := when.Format("15:04")
	if calendar.FromTime(when) != m.in.At.Today {
		stamp = calendar.FromTime(when).DayMonth(lang) + ", " + stamp
	}
	status := lang.T("Данные на ", "Data as of ") + stamp +
		lang.T(". Таблиц сотрудников прочитано: ", ". Managers' sheets read: ") + itoa(read) + lang.T(" из ", " of ") +
		itoa(all) + "."
	use := textUnder
	if h.Problems == 0 && h.BadCells == 0 && len(h.Unreadable) == 0 && h.Unshared == 0 {
		use = textGood
		status = "✓ " + status + lang.T(" Ошибок нет.", " No mistakes.")
	}
	s.add(workbook.Txt(status, m.st.text(textLook{use: use})))
	m.banner(s, textBad, len(h.Unreadable) > 0, m.unreadable())
	m.banner(s, textWarn, h.Unshared > 0, lang.T(
		"Google пока не даёт открыть доступ к таблицам: "+itoa(h.Unshared)+
			". Программа откроет их сама через несколько часов, делать ничего не нужно.",
		"Spreadsheets that Google does not let us share yet: "+itoa(h.Unshared)+
			". They are shared in some hours by themselves; there is nothing to do."))
	m.banner(s, textWarn, h.Problems > 0, lang.T(
		"Ошибок в «Настройках отчётности»: "+itoa(h.Problems)+". Что исправить, сказано на вкладке «Проверка».",
		"Mistakes in the control spreadsheet: "+itoa(h.Problems)+". Its tab “Checks” says what to mend."))
	m.banner(s, textWarn, h.BadCells > 0, lang.T(
		"Ячеек, которые не удалось прочитать: "+itoa(h.BadCells)+
			". Они не посчитаны и подсвечены в таблицах сотрудников.",
		"Cells that could not be read: "+itoa(h.BadCells)+
			". They are not counted and are marked in the managers' sheets."))
}

// unreadable names those whose figures may be old.
func (m *builder) unreadable() string {
	who := names(m.in.Health.Unreadable, m.lang)
	return m.lang.T("Не открылись таблицы: "+who+". Проверьте, что доступ к ним не закрыт.",
		"Sheets that could not be opened: "+who+". Check that access to them has not been taken away.")
}

// banner puts a coloured line across the screen, if it is to be shown.
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

// notReported lists those who have not reported.
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

// allReported says why nobody is missing, by how many reports were due; good: all of
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
	before := in.At.Today
	if in.At.Over {
		before++
	}
	notReported := map[department.PersonID]bool{}
	for _, day := range m.lastWorked(before) {
		who, _ := m.notReportedPeople(day)
		for _, p := range who {
			notReported[p.ID] = true
		}
	}
	return len(notReported)
}

// notReportedGroup is those who have not reported for a day.
type notReportedGroup struct {
	head string // with their count
	who  []notReportedPerson
}

type notReportedPerson struct {
	department.Person
	partly bool
}

// label names the person and says whether some of the report is in.
func (p notReportedPerson) label(lang words.Lang) string {
	if p.partly {
		return p.Name + lang.T(" (не всё)", " (incomplete)")
	}
	return p.Name
}

// notReportedGroups gives those who have not reported: today and on the working days
// before that lastWorked gives. A day for which everybody has is not among them.
// due is how many reports of these days there should be by now or later.
func (m *builder) notReportedGroups() (out []notReportedGroup, due int) {
	add := func(d calendar.Date, head string) {
		who, n := m.notReportedPeople(d)
		due += n
		if len(who) > 0 {
			out = append(out, notReportedGroup{head + ": " + itoa(len(who)) + m.lang.T(" из ", " of ") + itoa(n), who})
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

// works tells that a day is a working day of the five-day week, or of anybody's own
// schedule.
func (m *builder) works(d calendar.Date) bool { return m.cal.Kind(d).Works() || m.in.Dep.Works(d) }

// workingDayBefore is the last working day before d on which anybody counts.
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

// lastWorked are the last days before d on which anybody worked, newest first: back
// to the last working day of the five-day week, so that on a Monday Friday is there
// also where some work on weekends. They are mostLastWorked at most.
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

// notReportedPeople gives those who have not reported for a day, and how many were
// due.
func (m *builder) notReportedPeople(d calendar.Date) (who []notReportedPerson, due int) {
	for _, st := range m.staff {
		for _, p := range st.people {
			switch m.in.Engine.DayState(p, d) {
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
	return who, due
}

// notReportedOn lists those who have not reported for a day.
func (m *builder) notReportedOn(s *sheet, g notReportedGroup) {
	s.add(workbook.Txt(g.head, m.st.text(textLook{use: textSmall})))
	shown := g.who[:min(len(g.who), namesShown)]
	st := m.st.text(textLook{use: textPerson})
	for len(shown) > 0 {
		n := min(len(shown), len(nameCols))
		cells := make([]workbook.Cell, nameCols[n-1]+1)
		for i, p := range shown[:n] {
			label := p.label(m.lang)
			if nameCols[i] < 2 { // the other names have two columns each
				s.fitText(nameCols[i], label)
			}
			cells[nameCols[i]] = workbook.Cell{Kind: workbook.Text, Str: label, Style: st, Link: m.in.Links[p.ID]}
		}
		s.add(cells...)
		shown = shown[n:]
	}
	if more := len(g.who) - namesShown; more > 0 {
		m.more(s, m.moreNames(more))
	}
}

// moreNames says where those stand who are not listed.
func (m *builder) moreNames(n int) string {
	return m.lang.T("и ещё "+m.people(n)+" — вкладка «День»", "and "+m.people(n)+" more in the tab “Day”")
}

// moreConcerns says where the deviations stand that are not listed.
func (m *builder) moreConcerns(n int) string {
	return m.lang.T("и ещё "+itoa(n)+" — вкладка «Месяц»", "and "+itoa(n)+" more in the tab “Month”")
}

func (m *builder) more(s *sheet, msg string) {
	s.add(workbook.Txt(msg, m.st.text(textLook{use: textUnder})))
}

// concern is a line that needs attention.
type concern struct {
	person department.Person
	line   *planfact.Line
	lines  []planfact.Line // the person's of the month
}

// concerns gives the lines of the month with a red or a yellow light, the worst
// first: red before yellow; of a colour, roubles before other units; then the
// greater lag, in roubles or as a share of the plan to date. Nobody can help
// somebody who has left: their figures are in the totals alone.
func (m *builder) concerns() []concern {
	var out []concern
	for _, st := range m.staff {
		for j, p := range st.people {
			if p.Gone(m.in.At.Today) {
				continue
			}
			for k := range st.month[j] {
				l := &st.month[j][k]
				if l.Light == kpi.Red || l.Light == kpi.Yellow {
					out = append(out, concern{p, l, st.month[j]})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b concern) int { return worse(a.line, b.line) })
	return out
}

// worse orders two lines, the one to look at first before the other.
func worse(a, b *planfact.Line) int {
	rank := func(l *planfact.Line) int {
		r := 0
		if l.Light != kpi.Red {
			r += 2
		}
		if !roubles(l) {
			r++
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

// roubles tells whether a line lags by an amount of money that can be compared
// with others; an average check cannot.
func roubles(l *planfact.Line) bool { return l.KPI.Unit == kpi.Money && l.KPI.Additive() }

// lag is by how much a line is worse than its plan to date, in its unit.
func lag(l *planfact.Line) float64 {
	if l.KPI.Direction == kpi.Lower {
		return l.DeviationToDate.V
	}
	return -l.DeviationToDate.V
}

// attentionHead is the heading of what is behind, with the count of each light.
func (m *builder) attentionHead(all []concern) string {
	reds := 0
	for _, c := range all {
		if c.line.Light == kpi.Red {
			reds++
		}
	}
	head := m.lang.T("Что требует внимания", "What needs attention")
	sep := ": "
	for _, n := range []struct {
		light kpi.Light
		count int
	}{{kpi.Red, reds}, {kpi.Yellow, len(all) - reds}} {
		if n.count > 0 {
			head += sep + terms.LightSign(n.light) + words.NBSP + itoa(n.count)
			sep = "  "
		}
	}
	return head
}

// noConcerns says why nothing needs attention; good: because all is well.
func (m *builder) noConcerns() (msg string, good bool) {
	if m.anyLight() {
		return m.lang.T("✓ Всё по плану: красных и жёлтых показателей нет.",
			"✓ Everything is on plan: no red and no yellow KPIs."), true
	}
	share := figure(m.in.Dep.Settings.GreyShare, kpi.Percent, m.lang)
	return m.lang.T("Судить пока рано: светофоры зажгутся, когда закроется "+share+" рабочих дней месяца.",
		"Too early to say: the lights come on once "+share+" of the month's working days have closed."), false
}

// attention lists what is behind plan this month, each with one sentence.
func (m *builder) attention(s *sheet, most int) {
	s.gap()
	all := m.concerns()
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
	m.mainHead(s, m.lang.T("Сотрудник", "Person"), m.lang.T("Что происходит", "What is going on"))
	for _, c := range all[:min(len(all), most)] {
		l := c.line
		r := s.row(bandPlain, mainCols).person(c.person, textName).text(l.KPI.Title, textName)
		m.mainFigures(r, l)
		r.loose(m.cause(c), textCause).blank(mainCols - 7)
		r.end()
	}
	if more := len(all) - most; more > 0 {
		m.more(s, m.moreConcerns(more))
	}
}

// anyLight tells whether anything can be judged yet.
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

// mainHead puts the headings of a block; rest are those from column 6 on, of
// which a single one goes across.
func (m *builder) mainHead(s *sheet, who string, rest ...string) {
	st := m.st.text(textLook{use: textHead})
	left := m.st.text(textLook{use: textHeadLeft})
	cells := make([]workbook.Cell, mainCols)
	for i := range cells {
		cells[i].Style = st
	}
	cells[0], cells[1] = workbook.Txt(who, left), workbook.Txt(m.lang.T("Показатель", "KPI"), left)
	for i, c := range mainColumns {
		cells[2+i] = workbook.Txt(m.lang.T(c.ru, c.en), st)
		cells[2+i].Note = m.lang.T(c.noteRU, c.noteEN)
	}
	if len(rest) == 1 {
		for i := 6; i < mainCols; i++ {
			cells[i].Style = left
		}
		cells[6] = workbook.Txt(rest[0], left)
	}
	s.Heights[s.add(cells...)] = 30
}

// mainColumns are the figures that both tables of «Главное» begin with.
var mainColumns = []column{
	periodColumns[1],
	periodColumns[2],
	periodColumns[3],
	{"Отклонение на дату", "Deviation to date",
		"Отклонение на дату = факт − план на дату. Для процентов — в процентных пунктах.",
		"Deviation to date = fact − plan to date. For percentages, in percentage points.",
		figDelta, func(l *planfact.Line) kpi.Num { return l.DeviationToDate }},
}

// totalColumns follow them in the totals.
var totalColumns = []column{periodColumns[0], periodColumns[5], periodColumns[6], periodColumns[7], periodColumns[8]}

func (m *builder) mainFigures(r *line, l *planfact.Line) {
	for i := range mainColumns {
		c := &mainColumns[i]
		light := kpi.NoLight
		if c.fig == figPace {
			light = l.Light
		}
		r.figure(ofParts(c.fig, l.KPI), l.KPI.Unit, c.of(l), light, false)
	}
}

// total is a row of the totals: a KPI of a role.
type total struct {
	role department.Role
	row  int // of the role in «Месяц»
	line planfact.Line
}

// roleTotals gives the month's totals of the roles that have people.
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

// totals puts the month's totals per role and KPI.
func (m *builder) totals(s *sheet, totals []total) {
	s.gap()
	s.heading(m.totalsHead())
	if len(totals) == 0 {
		m.nobody(s)
		return
	}
	m.mainHead(s, m.lang.T("Роль", "Role"))
	head := s.next() - 1
	for i, c := range totalColumns {
		s.Cells[head][6+i] = workbook.Txt(m.lang.T(c.ru, c.en), s.Cells[head][6+i].Style)
		s.Cells[head][6+i].Note = m.lang.T(c.noteRU, c.noteEN)
	}
	first := 0 // row of the role's first KPI
	for i, t := range totals {
		r := s.row(bandPlain, mainCols)
		if i == 0 || totals[i-1].role.Key != t.role.Key {
			first = s.next()
			r.loose(t.role.Title, textStrong)
			r.cells[0].Link = "#gid=" + strconv.FormatInt(workbook.SheetID(TabMonth), 10) + "&range=A" + itoa(t.row+1)
		} else {
			r.blank(1)
		}
		r.text(t.line.KPI.Title, textName)
		m.mainFigures(r, &t.line)
		for j := range totalColumns {
			c := &totalColumns[j]
			light := kpi.NoLight
			if c.fig == figNeeded {
				if missed := m.missed(&t.line); missed != "" { // the forecast stands beside it
					r.text(missed, textMissed)
					continue
				}
				light = m.needLight(&t.line)
			}
			r.figure(ofParts(c.fig, t.line.KPI), t.line.KPI.Unit, c.of(&t.line), light, false)
		}
		last := r.end()
		if ends := i == len(totals)-1 || totals[i+1].role.Key != t.role.Key; ends && last > first {
			s.Merges = append(s.Merges, workbook.Area{R0: first, C0: 0, R1: last + 1, C1: 1})
		}
	}
	m.more(s, m.legend())
}

func (m *builder) totalsHead() string {
	name := m.month.Name(m.lang)
	return m.lang.T("Итоги по ролям: "+strings.ToLower(name), "Totals by role: "+name)
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

// causeLen is how many characters of a cause stand on one line of «Главное».
const causeLen = 73

// cause is the sentence of a line that is behind. Of what a funnel is for it
// says at which of its stages the most was lost; the amount that is behind
// stands beside it. Of anything else, how much that is. Then, as far as there is
// room, what every day that is left must now bring.
func (m *builder) cause(c concern) string {
	why := m.lost(c)
	if why == "" {
		why = m.by(c.line)
	}
	need, missing := m.needed(c.line, false), m.unreported(c.line)
	first, second := missing, need
	if c.line.Hopeless(m.in.Dep.Settings.CatchUpRed) { // no report mends that
		first, second = need, missing
	}
	for _, more := range []string{m.needed(c.line, true) + missing, need + missing, first, second} {
		if more != "" && utf8.RuneCountInString(why+more) <= causeLen {
			return why + more
		}
	}
	return why
}

// causeInFull is cause where nothing stands beside it.
func (m *builder) causeInFull(c concern) string {
	s := m.by(c.line)
	if why := m.lost(c); why != "" {
		s += "; " + why
	}
	return s + m.needed(c.line, true) + m.unreported(c.line)
}

// lost is the sentence of the stage at which the most was lost, for a line that
// a funnel ends with; else empty.
func (m *builder) lost(c concern) string {
	f := planfact.FunnelOfLines(c.lines)
	if len(f.Stages) == 0 || lastKPI(f).Key != c.line.KPI.Key {
		return ""
	}
	return m.bottleneck(f)
}

// unreported is how many days lack a report, as the end of a sentence.
func (m *builder) unreported(l *planfact.Line) string {
	if l.Missing == 0 || !l.KPI.Additive() {
		return ""
	}
	return m.lang.T("; нет отчёта за ", "; no report for ") + words.Days.Count(l.Missing, m.lang)
}

// needed is what every day that is left must bring, as the end of a sentence;
// compared with what was planned.
func (m *builder) needed(l *planfact.Line, compared bool) string {
	switch {
	case !l.KPI.Additive() || l.KPI.Direction == kpi.Lower:
		return ""
	case l.Hopeless(m.in.Dep.Settings.CatchUpRed) && !m.over(l):
		return "; " + m.missed(l) + m.comes(l)
	case l.Open == 0 && l.Left.V > 0:
		return m.lang.T("; месяц закончился, план не выполнен", "; the month is over, the plan is missed")
	case l.NeededPerDay.OK && l.Working > 0 && l.Left.V > 0:
		need, planned := figure(l.NeededPerDay.V, l.KPI.Unit, m.lang),
			figure(l.Plan.V/float64(l.Working), l.KPI.Unit, m.lang)
		if !compared {
			return m.lang.T("; нужно "+need+" в день", "; "+need+" a day needed")
		}
		return m.lang.T("; нужно "+need+" в день вместо "+planned, "; "+need+" a day needed instead of "+planned)
	case l.Left.OK && l.Left.V == 0:
		return m.lang.T("; план месяца уже выполнен", "; the month's plan is already met")
	}
	return ""
}

// by is by how much a line is behind.
func (m *builder) by(l *planfact.Line) string {
	lang, k := m.lang, l.KPI
	by := amount(max(lag(l), 0), k, lang)
	switch {
	case k.Additive() && k.Direction == kpi.Lower:
		return lang.T("больше предела на дату на "+by, "above the limit to date by "+by)
	case k.Additive():
		return lang.T("отстаёт от плана на дату на "+by, "behind the plan to date by "+by)
	}
	now, want := figure(l.Fact.V, k.Unit, lang), figure(l.PlanToDate.V, k.Unit, lang)
	if k.Direction == kpi.Lower {
		return lang.T(now+" при пределе "+want+": выше на "+by, now+" with a limit of "+want+": above it by "+by)
	}
	return lang.T(now+" вместо "+want+": ниже плана на "+by, now+" instead of "+want+": below plan by "+by)
}
