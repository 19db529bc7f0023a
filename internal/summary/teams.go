package summary

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// standing is the state of a team, with all teams below it, this month.
type standing struct {
	name   string
	depth  int          // 0: top level
	below  []string     // names of the team and of those below it
	totals []roleTotals // of the roles of its people
	lead   leader       // the leading KPI
	led    bool         // there is one
	people int          // at work today
	silent int          // of those, the ones who have not reported
	parts  []*standing  // the costliest first
}

// roleTotals holds a role's totals within some people.
type roleTotals struct {
	role  department.Role
	lines []planfact.Line
}

// cost returns how much the team is behind its plan to date in roubles, over the leading
// KPIs that are amounts of money; below 0: it is ahead.
func (t *standing) cost() float64 {
	sum := 0.0
	for _, r := range t.totals {
		if k, ok := leading(r.lines); ok && roubles(&r.lines[k]) && r.lines[k].DeviationToDate.OK {
			sum += lag(&r.lines[k])
		}
	}
	return sum
}

// pace returns that of the leading KPI; 1 if there is none.
func (t *standing) pace() float64 {
	if t.led && t.lead.line.Pace.OK {
		return t.lead.line.Pace.V
	}
	return 1
}

// standings returns the top-level teams with their parts, the costliest first: by how
// many roubles they are behind, then by pace. People without a team form one of them. It
// computes them once.
func (m *builder) standings() []*standing {
	if m.teams != nil {
		return m.teams
	}
	tree := m.in.Dep.Tree()
	silent := m.silentByTeam()
	m.teams = []*standing{}
	for _, name := range append(slices.Clone(tree.Parts("")), "") {
		if t := m.standing(tree, name, 0, silent); t != nil {
			m.teams = append(m.teams, t)
		}
	}
	sortStandings(m.teams)
	return m.teams
}

func sortStandings(all []*standing) {
	slices.SortStableFunc(all, func(a, b *standing) int {
		return cmp.Or(cmp.Compare(b.cost(), a.cost()), cmp.Compare(a.pace(), b.pace()))
	})
}

// standing computes one team; nil: nobody counts in it or below.
func (m *builder) standing(tree *department.Tree, name string, depth int, silent map[string]int) *standing {
	t := &standing{name: name, depth: depth, below: []string{name}}
	if name != "" {
		t.below = tree.Below(name)
	}
	t.totals = m.totalsIn(t.below, m.month)
	people := m.peopleByTeam()
	for _, b := range t.below {
		t.people += people[b]
	}
	if len(t.totals) == 0 && t.people == 0 {
		return nil
	}
	for _, b := range t.below {
		t.silent += silent[b]
	}
	if all := leadersOf(t.totals, &m.in.Dep.Settings); len(all) > 0 {
		t.lead, t.led = all[0], true
	}
	if name == "" {
		return t
	}
	for _, part := range tree.Parts(name) {
		if p := m.standing(tree, part, depth+1, silent); p != nil {
			t.parts = append(t.parts, p)
		}
	}
	sortStandings(t.parts)
	return t
}

// totalsIn returns the totals of each role within some teams in a period.
func (m *builder) totalsIn(teams []string, per calendar.Period) []roleTotals {
	is := make(map[string]bool, len(teams))
	for _, name := range teams {
		is[name] = true
	}
	in := func(team string) bool { return is[team] }
	var out []roleTotals
	for _, st := range m.staff {
		if lines := m.in.Engine.InTeams(st.role, in, per); lines != nil {
			out = append(out, roleTotals{st.role, lines})
		}
	}
	return out
}

// silentByTeam counts, by their present team, the people who have not reported: see
// NotReported.
func (m *builder) silentByTeam() map[string]int {
	out := map[string]int{}
	for _, p := range m.notReportedLately() {
		out[p.TeamOn(m.in.At.Today)]++
	}
	return out
}

// each visits the teams, each before its parts.
func each(all []*standing, visit func(*standing)) {
	for _, t := range all {
		visit(t)
		each(t.parts, visit)
	}
}

// team adds the name of a team, indented by its depth, with a link.
func (l *line) team(m *builder, t *standing, link string) *line {
	name := m.teamName(t.name)
	l.s.widen(len(l.cells), utf8.RuneCountInString(name)*letterPx+padPx+t.depth*2*indentPx)
	c := workbook.Txt(name, m.st.text(textLook{use: textName, band: l.band, depth: t.depth}))
	c.Link = link
	l.cells = append(l.cells, c)
	return l
}

const mostTeams = 8 // teams named in «Главное»

// teamCause returns why a team is behind: the stage of the funnel, including an average
// check, that lost the most; days without a report, and of whom; else who is behind. It
// is empty for a team that is not behind.
func (m *builder) teamCause(t *standing) string {
	if !t.led {
		return ""
	}
	l := &t.lead.line
	if !isBehind(l) {
		return ""
	}
	var all []string
	for _, r := range t.totals { // of the role that lost the most of it
		own, ok := lineFor(r.lines, 0, l.KPI.Key)
		if !ok || len(t.lead.roles) > 1 && (!own.DeviationToDate.OK || lag(own) <= 0) {
			continue
		}
		if why := cmp.Or(m.lost(concern{line: own, lines: r.lines}),
			m.parts(concern{line: own, lines: r.lines})); why != "" {
			all = append(all, why)
			break
		}
	}
	if why := m.unreportedIn(t, l.KPI.Key); why != "" {
		all = append(all, why)
	}
	if len(all) == 0 {
		return cmp.Or(m.partsBehind(t), m.peopleBehind(t), m.by(l))
	}
	return strings.Join(all, "; ")
}

// isBehind reports whether a line is to be worried about.
func isBehind(l *planfact.Line) bool { return l.Light == kpi.Red || l.Light == kpi.Yellow }

// partsBehind returns how many parts of a team are behind, and which lags most; empty if
// it has not several parts of which some are.
func (m *builder) partsBehind(t *standing) string {
	n := 0
	var worst *standing
	for _, part := range t.parts {
		if !part.led || part.lead.line.KPI.Key != t.lead.line.KPI.Key || !isBehind(&part.lead.line) {
			continue
		}
		n++
		if worst == nil || lag(&part.lead.line) > lag(&worst.lead.line) {
			worst = part
		}
	}
	if n == 0 || len(t.parts) < 2 {
		return ""
	}
	return m.behindOf(n, len(t.parts), words.Noun{One: "команды", Few: "команд", Many: "команд", EN: "team",
		ENs: "teams"}, worst.name, lag(&worst.lead.line), t.lead.line.KPI)
}

// peopleBehind returns how many people of a team are behind by its leading KPI, and who
// lags most; empty if nobody is.
func (m *builder) peopleBehind(t *standing) string {
	lags := map[department.PersonID]float64{}
	all := map[department.PersonID]bool{}
	var worst *department.Person
	m.eachOf(t, t.lead.line.KPI.Key, func(p *department.Person, l *planfact.Line) {
		all[p.ID] = true
		if isBehind(l) && l.DeviationToDate.OK && lag(l) > 0 {
			lags[p.ID] += lag(l)
			if worst == nil || lags[p.ID] > lags[worst.ID] {
				worst = p
			}
		}
	})
	if worst == nil {
		return ""
	}
	return m.behindOf(len(lags), len(all), ofPeople, worst.Name, lags[worst.ID], t.lead.line.KPI)
}

// ofPeople counts people after «из» and «у».
var ofPeople = words.Noun{One: "человека", Few: "человек", Many: "человек", EN: "person", ENs: "people"}

// behindOf returns «отстают 14 из 20 человек, больше всех Иванова Анна: на 291 700 ₽».
func (m *builder) behindOf(n, of int, noun words.Noun, worst string, by float64, k kpi.KPI) string {
	verb, most := "отстают ", m.lang.T(", больше всех ", ", the most ")
	if n%10 == 1 && n%100 != 11 {
		verb = "отстаёт "
	}
	if n == 1 {
		most = ": "
	}
	few := grouped(n, m.lang)
	return m.lang.T(verb+few+" из ", few+" of ") + counted(noun, of, m.lang) + m.lang.T("", " behind") + most + worst +
		m.lang.T(" — на ", " by ") + amount(by, k, m.lang)
}

// peopleByTeam counts the people at work today by team.
func (m *builder) peopleByTeam() map[string]int {
	if m.atWork == nil {
		m.atWork = map[string]int{}
		for _, p := range m.in.Dep.People {
			if p.Employed(m.in.At.Today) {
				m.atWork[p.TeamOn(m.in.At.Today)]++
			}
		}
	}
	return m.atWork
}

// partOf is a person of a role on the days in one team.
type partOf struct {
	role, person int // indices in staff
	part         *department.Person
	moved        bool
}

// byTeam returns the people of all roles by the teams that they are or were in.
func (m *builder) byTeam() map[string][]partOf {
	if m.inTeams == nil {
		m.inTeams = map[string][]partOf{}
		for i, st := range m.staff {
			for j := range st.people {
				p := &st.people[j]
				if len(p.TeamsBefore) == 0 {
					m.inTeams[p.Team] = append(m.inTeams[p.Team], partOf{i, j, p, false})
					continue
				}
				for _, part := range p.InTeams() {
					m.inTeams[part.Team] = append(m.inTeams[part.Team], partOf{i, j, &part, true})
				}
			}
		}
	}
	return m.inTeams
}

// eachOf visits the people of a team and of those below it with their lines of a KPI this
// month, those on days in it alone.
func (m *builder) eachOf(t *standing, key string, visit func(*department.Person, *planfact.Line)) {
	for _, name := range t.below {
		for _, p := range m.byTeam()[name] {
			lines := m.staff[p.role].month[p.person]
			if p.moved {
				lines = m.in.Engine.Person(*p.part, m.month)
			}
			if l, ok := lineFor(lines, 0, key); ok {
				visit(p.part, l)
			}
		}
	}
}

const mostUnreported = 2 // people named in a team's cause

// unreportedIn returns the days without a report of a KPI in a team, and of whom: those
// with the most first; empty if there are none.
func (m *builder) unreportedIn(t *standing, key string) string {
	days, missing, sum := map[department.PersonID]int{}, []*department.Person(nil), 0
	m.eachOf(t, key, func(p *department.Person, l *planfact.Line) {
		if l.Missing == 0 {
			return
		}
		if days[p.ID] == 0 {
			missing = append(missing, p)
		}
		days[p.ID] += l.Missing
		sum += l.Missing
	})
	if sum == 0 {
		return ""
	}
	slices.SortStableFunc(missing, func(a, b *department.Person) int { return days[b.ID] - days[a.ID] })
	var who []string
	for _, p := range missing[:min(len(missing), mostUnreported)] {
		who = append(who, p.Name)
	}
	s := m.lang.T("нет отчётов: ", "no reports: ") + counted(words.Days, sum, m.lang) + m.lang.T(" у ", " of ") +
		counted(ofPeople, len(missing), m.lang) + " (" + strings.Join(who, ", ")
	if more := len(missing) - len(who); more > 0 {
		s += m.lang.T(" и ещё "+grouped(more, m.lang), " and "+grouped(more, m.lang)+" more")
	}
	return s + ")"
}

// The columns of the first table of «Команды».
const (
	teamName = iota
	teamPace
	teamDeviation
	teamKPI
	teamRun // the KPI extends into it
	teamPeople
	teamSilent
	teamWhy
	teamRest // causes extend into these
	teamCols = teamRest + 6
)

// teamsTab lays out «Команды»: how each team is doing and why, the costliest first, and
// below all KPIs of each role by team.
func (m *builder) teamsTab() *workbook.Tab {
	s := newSheet(m.in, m.st, TabTeams, "Команды", "Teams")
	s.title(m.lang.T("Команды: ", "Teams: ")+m.monthWithin(),
		m.progress(m.workdays(m.month.Span)),
		m.lang.T("Первой стоит команда, чьё отставание от плана на дату дороже всего; команда считается вместе с "+
			"теми, что в неё входят.", "The team whose lag behind the plan to date costs most stands first; a team is "+
			"counted with those that are part of it."))
	s.FrozenCols = 1
	s.widen(0, nameWidth)
	all := m.standings()
	if len(all) == 0 {
		m.nobody(s)
		return s.done()
	}
	why := m.teamsOverview(s, all)
	for _, st := range m.staff {
		m.teamsMatrix(s, all, st.role)
	}
	s.width[0] = min(s.width[0], teamNameWidth)
	s.forPhone(teamDeviation + 1)
	s.named = []int{teamName}
	s.reach(teamWhy, teamCols, why)
	return s.done()
}

// teamsOverview adds a row per team: how it is doing by its leading KPI, and why. It
// returns how many pixels the longest cause takes.
func (m *builder) teamsOverview(s *sheet, all []*standing) (px int) {
	s.gap()
	s.heading(m.lang.T("Кто отстаёт и почему", "Who is behind, and why"))
	head, left := m.st.text(textLook{use: textHead}), m.st.text(textLook{use: textHeadLeft})
	cells := make([]workbook.Cell, teamCols)
	for i, name := range [teamCols]ruEN{{"Команда", "Team"}, {"Темп", "Pace"}, {"Отклонение", "Deviation"},
		// nothing above the rest
		{"Показатель", "KPI"}, {}, {"Людей", "People"}, {"Не сдали", "Not reported"}, {"Причина", "Cause"}} {
		cells[i] = workbook.Txt(m.lang.T(name[0], name[1]), head)
	}
	run := m.st.text(textLook{use: textHeadRun})
	cells[teamName].Style, cells[teamKPI].Style = left, run
	for i := teamWhy; i < teamCols; i++ {
		cells[i].Style = run
	}
	mid := m.st.text(textLook{use: textHeadMid})
	cells[teamPeople].Style, cells[teamSilent].Style = mid, mid
	cells[teamPace].Note = m.lang.T(periodColumns[perPace].noteRU, periodColumns[perPace].noteEN)
	cells[teamDeviation].Note = m.lang.T("Отклонение на дату = факт − план на дату.",
		"Deviation to date = fact − plan to date.")
	cells[teamSilent].Note = m.lang.T("Сколько человек не сдали отчёт за последний рабочий день, срок которого прошёл.",
		"How many people have not reported for the last working day whose deadline has passed.")
	s.Heights[s.add(cells...)] = 34
	row := func(r *line, of leader, led bool, people, silent int, why string) {
		if led {
			r.figure(figPace, kpi.Percent, m.pace(&of.line), of.line.Light, false)
			r.figure(figDelta, of.line.KPI.Unit, of.line.DeviationToDate, kpi.NoLight, false)
			r.loose(of.line.KPI.Title, textRun).blank(1)
		} else {
			r.text(dash, textState).text(dash, textState).loose("", textRun).blank(1)
		}
		r.whole(people, textPlace)
		light := kpi.NoLight
		if silent > 0 {
			light = kpi.Yellow
		}
		r.state(grouped(silent, m.lang), light)
		r.loose(why, textRun).blank(teamCols - teamRest).end()
		px = max(px, utf8.RuneCountInString(why)*letterPx+padPx)
	}
	people, silent := 0, 0
	each(all, func(t *standing) {
		b := bandPerson
		if t.depth == 0 && len(t.parts) > 0 {
			b = bandTeam
		}
		row(s.row(b, teamCols).team(m, t, m.in.TeamLinks[t.name]), t.lead, t.led, t.people, t.silent, m.teamCause(t))
		if t.depth == 0 {
			people, silent = people+t.people, silent+t.silent
		}
	})
	lead, led := leader{}, false
	if of := m.leaders(); len(of) > 0 {
		lead, led = of[0], true
	}
	row(s.row(bandTotal, teamCols).text(m.lang.T("Итого", "Total"), textName), lead, led, people, silent, "")
	return px
}

type ruEN [2]string

// teamColumns are the figures of a KPI by team: the pace, for which one looks here, is
// still on the screen of a phone.
var teamColumns = []column{periodColumns[perPace], periodColumns[perFact], periodColumns[perToDate]}

// teamNameWidth is the most that names take of «Команды», for the same reason.
const teamNameWidth = 184

// teamsMatrix adds the teams of a role with all its KPIs. The top-level teams add up to
// the total: additive KPIs as sums, ratios as ratios of sums.
func (m *builder) teamsMatrix(s *sheet, all []*standing, role department.Role) {
	total := m.in.Engine.Role(role, m.month)
	if len(total) == 0 {
		return
	}
	shown := teamColumns
	s.gap()
	s.heading(role.Title)
	top, width := s.next(), 1+len(total)*len(shown)
	upper, lower := make([]workbook.Cell, width), make([]workbook.Cell, width)
	upper[0] = workbook.Txt(m.lang.T("Команда", "Team"), m.st.text(textLook{use: textHeadLeft}))
	lower[0] = workbook.Cell{Style: upper[0].Style}
	s.Merges = append(s.Merges, workbook.Area{R0: top, C0: 0, R1: top + 2, C1: 1})
	m.groups(s, top, upper, lower, 1, total, shown)
	s.add(upper...)
	s.Heights[s.add(lower...)] = 34
	figures := func(r *line, lines []planfact.Line) {
		for k := range total {
			l, ok := lineFor(lines, k, total[k].KPI.Key)
			if !ok {
				l = &planfact.Line{KPI: total[k].KPI}
			}
			for i := range shown {
				light := kpi.NoLight
				if shown[i].fig == figPace {
					light = l.Light
				}
				r.figure(ofParts(shown[i].fig, l.KPI), l.KPI.Unit, m.valueOf(&shown[i], l), light, i == 0)
			}
		}
		r.end()
	}
	each(all, func(t *standing) {
		for _, of := range t.totals {
			if of.role.Key != role.Key {
				continue
			}
			b := bandPerson
			if t.depth == 0 && len(t.parts) > 0 {
				b = bandTeam
			}
			figures(s.row(b, width).team(m, t, ""), of.lines)
		}
	})
	figures(s.row(bandTotal, width).text(m.lang.T("Итого", "Total"), textName), total)
}

// severalTeams reports whether there is something to compare: the summary of a team
// without parts would say of it twice what «Главное» says.
func (m *builder) severalTeams() bool {
	if m.in.Team == "" {
		return true
	}
	n := 0
	each(m.standings(), func(*standing) { n++ })
	return n > 1
}

// teamsFirst reports whether there are so many people that «Главное» lists teams before
// people.
func (m *builder) teamsFirst() bool {
	return m.in.Dep.Teamed() && m.employed() > m.in.Dep.Settings.TeamsFrom
}

// employed returns how many people are employed today.
func (m *builder) employed() int {
	n := 0
	for _, p := range m.in.Dep.People {
		if p.Employed(m.in.At.Today) {
			n++
		}
	}
	return n
}

// listed reports whether people are named one by one: there are not too many, or there
// are no teams to name instead.
func (m *builder) listed() bool {
	return m.employed() <= m.in.Dep.Settings.PeopleListed || !m.in.Dep.Teamed()
}

// behindTeams returns the top-level teams that are behind, the costliest first; if there
// is a single one, its parts.
func (m *builder) behindTeams() []*standing {
	all := m.standings()
	for len(all) == 1 && len(all[0].parts) > 1 {
		all = all[0].parts
	}
	return slices.DeleteFunc(slices.Clone(all), func(t *standing) bool {
		return !t.led || !isBehind(&t.lead.line)
	})
}

// teamsAttention lists the teams that are behind: for each a row of figures and below it
// the cause, as for people.
func (m *builder) teamsAttention(s *sheet) {
	all := m.behindTeams()
	if len(all) == 0 {
		return
	}
	s.gap()
	s.heading(m.teamsBehindHead(all))
	head := make([]workbook.Cell, mainCols)
	for i := range head {
		head[i].Style = m.st.text(textLook{use: textHead})
	}
	head[colName] = workbook.Txt(m.lang.T("Команда, причина", "Team, cause"), m.st.text(textLook{use: textHeadLeft}))
	head[colPace] = workbook.Txt(m.lang.T("Темп", "Pace"), head[colPace].Style)
	head[colFact] = workbook.Txt(m.lang.T("Отклонение", "Deviation"), head[colFact].Style)
	head[colBar] = workbook.Txt(m.lang.T("Показатель", "KPI"), m.st.text(textLook{use: textHeadRun}))
	s.Heights[s.add(head...)] = 24
	for _, t := range all[:min(len(all), mostTeams)] {
		l := &t.lead.line
		above, below := s.row(bandNone, mainCols), s.row(bandPlain, mainCols)
		above.loose(m.teamName(t.name), textStrongName)
		above.cells[0].Link = "#gid=" + itoa(int(workbook.SheetID(TabTeams))) + "&range=A1"
		above.figure(figPace, kpi.Percent, m.pace(l), l.Light, false)
		above.figure(figDelta, l.KPI.Unit, l.DeviationToDate, kpi.NoLight, false)
		above.loose(l.KPI.Title, textRun).blank(mainCols - colBar - 1).end()
		below.loose(m.teamCause(t), textCause).blank(mainCols - 1).end()
	}
	if more := len(all) - mostTeams; more > 0 {
		m.more(s, m.moreTeams(more))
	}
}

func (m *builder) teamsBehindHead(all []*standing) string {
	return m.lang.T("Какие команды отстают: ", "Teams that are behind: ") + itoa(len(all))
}

// moreTeams returns where to find the teams that are not listed.
func (m *builder) moreTeams(n int) string {
	return m.lang.T("и ещё "+itoa(n)+" — вкладка «Команды»", "and "+itoa(n)+" more in the tab “Teams”")
}

// whoHead is the heading of people, or of teams where people are not listed.
func (m *builder) whoHead() string {
	if m.listed() {
		return m.lang.T("Сотрудник", "Person")
	}
	return m.lang.T("Команда", "Team")
}
