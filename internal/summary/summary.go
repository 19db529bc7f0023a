// Package summary lays out the director's spreadsheet and returns the same figures as
// rows for export.
//
// It is pure: planfact computes the figures, and others write the Book.
package summary

import (
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Input is the input of the summary.
type Input struct {
	Dep    *department.Department
	Engine *planfact.Engine
	At     planfact.AsOf
	Lang   words.Lang
	Team   string // whose summary it is (ByTeam); empty: the director's
	// Members are, in a team's summary, its people as the company has them, and Company
	// is its engine. «История» shows weeks and months as they are closed: whole, in the
	// team in which the person was at their end.
	Members []department.Person
	Company *planfact.Engine
	// First is the first day on which anybody counts: «История» begins there.
	First calendar.Date
	// Now is shown in the health line, in the department's zone. It must change only if
	// something else does, or every run would write.
	Now    time.Time
	Health Health
	// Sheets are the people who have a spreadsheet.
	Sheets map[department.PersonID]bool
	// Links are the URLs of the people's spreadsheets that directors can open.
	Links map[department.PersonID]string
	// Homes are the names of the teams in whose folders people's spreadsheets lie: leads
	// of these, and of those above, can open them.
	Homes map[department.PersonID]string
	// MonthTab is the sheetId of the open month in each of them; 0: not known.
	MonthTab int64
	// TeamLinks are the URLs of the summaries of teams, by name.
	TeamLinks map[string]string
	// Closed are the closed periods, in the order of ledger.Closes: the latest end first,
	// with the same end months before weeks. Those that end by the day Settled are needed
	// only if «История» must be made anew, see HistoryInputs.
	Closed []department.Closed
	// Settled is a day: all periods that end by it are closed for everybody who counts in
	// them; zero: not known. SettledVersion changes when these closes do.
	Settled        calendar.Date
	SettledVersion int64
	// Moved is a day: closed periods that end by it stand in the spreadsheets Earlier
	// (Yearly), oldest first, and no longer in «История»; zero: there are none.
	Moved   calendar.Date
	Earlier []Linked
	// Version of the program's layouts.
	Version int
	// Inputs are the HistoryInputs of this Input, empty: not known. HistoryStands means
	// that «История» was made from the same ones and stays.
	Inputs        string
	HistoryStands bool
	// Gone are the names and roles of people with Edits who are no longer in Dep.
	Gone map[department.PersonID]department.Person
	// Edits are the late edits, newest first.
	Edits []department.LateEdit
	// Compared are typed figures beside those of the call log, by day, in the order of
	// people and KPIs; LogDays is how many of these days have a log.
	Compared []Compared
	LogDays  int
}

// Linked is a spreadsheet to which a tab links.
type Linked struct{ Title, URL string }

// Health is the state of the worker itself, as the director sees it.
type Health struct {
	Problems   int      // mistakes in the control spreadsheet
	Control    string   // its URL
	BadCells   int      // cells of managers that could not be read
	Unread     []Unread // the people who have them
	Unreadable []string // names of people whose spreadsheet could not be read
	Unshared   int      // spreadsheets that wait until Google allows sharing
}

// Unread are the cells of a person that could not be read.
type Unread struct {
	Person department.PersonID
	Name   string
	Cells  int
	Tab    string        // key of the tab of the first one
	Day    calendar.Date // of the first one; zero: it is in a list
}

// mostForOps is how many people with unreadable cells are named.
const mostForOps = 5

// where returns «, 25 ноября».
func (u Unread) where(lang words.Lang) string {
	if u.Day.IsZero() {
		return ""
	}
	return ", " + u.Day.DayMonth(lang)
}

// Keys of the tabs.
const (
	TabMain     = "main"
	TabTeams    = "teams"
	TabDay      = "day"
	TabWeek     = "week"
	TabMonth    = "month"
	TabRating   = "rating"
	TabFunnel   = "funnel"
	TabDynamics = "dynamics"
	TabHistory  = "history"
	TabEdits    = "edits"
	TabWeekAll  = "week-all"
	TabMonthAll = "month-all"

	TabReconciliation = "reconciliation"
)

// Layout returns the director's spreadsheet as it should be: values and styles, and no
// formulas except those that draw bars (TabBars). The same input produces the same Book.
func Layout(in Input) *workbook.Book {
	m := newBuilder(&in)
	month, monthAll, monthRows := m.period(monthTabs, m.month, m.monthLines)
	dynamics := m.dynamics() // its charts come first among the bars, so that their ranges do not move
	thisWeek := calendar.WeekOf(in.At.Today)
	weekLines := m.linesIn(thisWeek)
	week, weekAll, _ := m.period(weekTabs, thisWeek, weekLines)
	tabs, drop := []*workbook.Tab{m.main(monthRows)}, []string{TabTeams}
	if in.Dep.Teamed() && m.severalTeams() {
		tabs, drop = append(tabs, m.teamsTab()), nil
	}
	return &workbook.Book{
		Title:    m.title(),
		Locale:   in.Lang.Locale(),
		TimeZone: zoneName(in.Dep.Settings.Zone),
		Recalc:   workbook.EveryHour,
		Drop:     drop,
		Tabs: append(tabs,
			m.day(),
			week,
			month,
			dynamics,
			m.rating(),
			m.funnel(thisWeek, weekLines),
			m.clients(),
			weekAll,
			monthAll,
			m.history(),
			m.edits(),
			m.reconciliation(),
			m.bars.done(),
		),
	}
}

// zoneName returns the name of a zone that a spreadsheet understands; for an offset
// without a name it is empty, which keeps the spreadsheet's own.
func zoneName(z *time.Location) string {
	switch name := z.String(); {
	case name == "MSK":
		return "Europe/Moscow"
	case name == "UTC":
		return "Etc/UTC"
	case strings.Contains(name, "/"):
		return name
	}
	return ""
}

// builder holds what all tabs are made from.
type builder struct {
	in    *Input
	st    *styles
	bars  *bars
	lang  words.Lang
	cal   calendar.Calendar
	staff []staff
	month calendar.Period
	away  map[department.PersonID][]department.Absence
	// titles of roles by key
	titles map[string]string
	// totals of roles by day, of which several tabs show some
	byDay map[roleDay][]planfact.Line
	teams []*standing // see standings
	// see notReportedPeople
	silent map[calendar.Date]silentOn
	// see peopleByTeam and byTeam; nil: not counted yet
	atWork  map[string]int
	inTeams map[string][]partOf
}

type roleDay struct {
	role string
	day  calendar.Date
}

// roleOn returns the totals of a role on a day.
func (m *builder) roleOn(role department.Role, d calendar.Date) []planfact.Line {
	k := roleDay{role.Key, d}
	lines, ok := m.byDay[k]
	if !ok {
		lines = m.in.Engine.Role(role, calendar.DayOf(d))
		m.byDay[k] = lines
	}
	return lines
}

// staff is a role with its people, in the order of the control tab.
type staff struct {
	role   department.Role
	people []department.Person
	month  [][]planfact.Line // for the current month, parallel to people; nil: not employed
}

// bareBuilder returns a builder that has computed nothing yet.
func bareBuilder(in *Input) *builder {
	m := &builder{
		in: in, st: newStyles(in.Lang), bars: newBars(in), lang: in.Lang,
		cal: in.Dep.Calendar(), month: calendar.MonthOf(in.At.Today),
		away: map[department.PersonID][]department.Absence{}, titles: map[string]string{},
		byDay: map[roleDay][]planfact.Line{},
	}
	for _, r := range in.Dep.Roles {
		m.titles[r.Key] = r.Title
	}
	return m
}

func newBuilder(in *Input) *builder {
	m := bareBuilder(in)
	at := map[string]int{}
	for i, r := range in.Dep.Roles {
		at[r.Key] = i
		m.staff = append(m.staff, staff{role: r})
	}
	stints := in.Dep.Stints()
	size := make([]int, len(m.staff))
	for _, p := range stints {
		if i, ok := at[p.Role]; ok {
			size[i]++
		}
	}
	for _, p := range stints {
		if i, ok := at[p.Role]; ok {
			s := &m.staff[i]
			if s.people == nil {
				s.people, s.month = make([]department.Person, 0, size[i]), make([][]planfact.Line, 0, size[i])
			}
			s.people = append(s.people, p)
			s.month = append(s.month, in.Engine.Person(p, m.month))
		}
	}
	for _, a := range in.Dep.Absences {
		m.away[a.Person] = append(m.away[a.Person], a)
	}
	return m
}

// linesOf returns the lines of the j-th person of the i-th role; nil: the person is not
// employed in the period.
type linesOf func(i, j int) []planfact.Line

// monthOfEach returns the month's lines by person.
func (m *builder) monthOfEach(st staff) func(department.Person) []planfact.Line {
	type stint struct {
		person department.PersonID
		from   calendar.Date
	}
	all := make(map[stint][]planfact.Line, len(st.people))
	for j, p := range st.people {
		all[stint{p.ID, p.From}] = st.month[j]
	}
	return func(p department.Person) []planfact.Line {
		if lines, known := all[stint{p.ID, p.From}]; known {
			return lines
		}
		return m.in.Engine.Person(p, m.month)
	}
}

func (m *builder) monthLines(i, j int) []planfact.Line { return m.staff[i].month[j] }

func (m *builder) lines(per calendar.Period) linesOf {
	return func(i, j int) []planfact.Line { return m.in.Engine.Person(m.staff[i].people[j], per) }
}

// linesIn returns the lines of a period that several tabs show, each computed once, when
// it is first asked for.
func (m *builder) linesIn(per calendar.Period) linesOf {
	type lines struct {
		known bool
		of    []planfact.Line
	}
	all := make([][]lines, len(m.staff))
	return func(i, j int) []planfact.Line {
		if all[i] == nil {
			all[i] = make([]lines, len(m.staff[i].people))
		}
		if l := &all[i][j]; !l.known {
			l.known, l.of = true, m.in.Engine.Person(m.staff[i].people[j], per)
		}
		return all[i][j].of
	}
}

// roleGroup holds the people of a role in a table, by team.
type roleGroup struct {
	lines []planfact.Line // the role's totals
	teams []team
	size  int
}

// team holds the people of a role in a team, and whom of them a table names.
type team struct {
	name    string
	people  []partOf
	members []member
}

type member struct {
	department.Person
	lines []planfact.Line
}

// roleGroupOf collects the people of the i-th role who are employed in the period; if
// they are too many to list, only their teams. Teams are in the order of their first
// members. ok is false if there is nobody or nothing to show.
func (m *builder) roleGroupOf(i int, per calendar.Period, lines linesOf) (c roleGroup, ok bool) {
	c.lines = m.in.Engine.Role(m.staff[i].role, per)
	if len(c.lines) == 0 {
		return c, false
	}
	at, listed := map[string]int{}, m.listed()
	for j := range m.staff[i].people {
		p := &m.staff[i].people[j]
		if len(p.TeamsBefore) == 0 && !listed { // as most of thousands: nobody needs their lines
			if !m.in.Engine.Counts(*p, per.Span) {
				continue
			}
			c.size++
			t := c.team(at, p.Team)
			t.people = append(t.people, partOf{i, j, p, false})
			continue
		}
		ls := lines(i, j)
		if ls == nil {
			continue
		}
		c.size++
		for _, part := range p.InTeams() { // of a person who changed teams, in each team the days in it
			if len(p.TeamsBefore) > 0 {
				if ls = m.in.Engine.Person(part, per); ls == nil {
					continue
				}
			}
			t := c.team(at, part.Team)
			t.people = append(t.people, partOf{i, j, &part, len(p.TeamsBefore) > 0})
			if listed {
				t.members = append(t.members, member{part, ls})
			}
		}
	}
	return c, c.size > 0
}

// team returns a team of the group; at holds where each of them is.
func (c *roleGroup) team(at map[string]int, name string) *team {
	k, seen := at[name]
	if !seen {
		k = len(c.teams)
		at[name] = k
		c.teams = append(c.teams, team{name: name})
	}
	return &c.teams[k]
}

// teamName names a team in a table.
func (m *builder) teamName(name string) string {
	if name == "" {
		return m.lang.T("Без команды", "No team")
	}
	return name
}

// lineFor finds the line of the i-th KPI of a table among a person's lines, which usually
// have the same KPIs in the same order.
func lineFor(lines []planfact.Line, i int, key string) (*planfact.Line, bool) {
	if i < len(lines) && lines[i].KPI.Key == key {
		return &lines[i], true
	}
	for j := range lines {
		if lines[j].KPI.Key == key {
			return &lines[j], true
		}
	}
	return nil, false
}

// workdays counts the working days of a span, and those of them that are closed for
// everybody: the fewest and the most that anybody has by their own schedule.
type workdays struct {
	closed, working [2]int
	open            bool // for somebody not all are closed
}

// workdays counts the working days of the schedules of the people employed in a span; if
// nobody is, of the five-day week.
func (m *builder) workdays(s calendar.Span) workdays {
	last := m.in.At.Today
	if !m.in.At.Over {
		last--
	}
	over := s.Meet(calendar.Span{From: s.From, To: last})
	var schedules []calendar.Schedule
	for _, p := range m.in.Dep.People {
		if p.Employment().Meet(s).Days() > 0 &&
			!slices.ContainsFunc(schedules, p.Schedule.Same) {
			schedules = append(schedules, p.Schedule)
		}
	}
	if len(schedules) == 0 {
		schedules = append(schedules, nil)
	}
	var out workdays
	for i, of := range schedules {
		closed, working := m.cal.WorkingDays(of, over), m.cal.WorkingDays(of, s)
		if i == 0 {
			out.closed, out.working = [2]int{closed, closed}, [2]int{working, working}
		}
		out.closed = [2]int{min(out.closed[0], closed), max(out.closed[1], closed)}
		out.working = [2]int{min(out.working[0], working), max(out.working[1], working)}
		out.open = out.open || closed < working
	}
	return out
}

// people returns a number of people with its noun.
func (m *builder) people(n int) string {
	return counted(words.People, n, m.lang)
}

// nobody explains why a tab has no tables.
func (m *builder) nobody(s *sheet) {
	s.add(workbook.Txt(m.lang.T(
		"Показывать пока нечего: в «Настройках отчётности» нет сотрудников, работающих в этом периоде, или у их "+
			"ролей нет KPI.",
		"Nothing to show yet: the control spreadsheet has nobody employed in this period, or their roles "+
			"have no KPIs."),
		m.st.text(textLook{use: textUnder})))
}
