package summary

import (
	"cmp"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
)

// The digest is for a phone: it is shorter than «Главное».
const digestTotals = 24

// Message is a text to send to somebody, without markup.
type Message struct {
	Title string
	Text  string // lines
	// Glance is the first screen of the same summary, for a picture.
	Glance Glance
}

// Digest returns «Главное» in words: who has not reported, what deviates most and why,
// what has changed, and the totals. link leads to the summary; it may be empty.
func Digest(in Input, link string) Message {
	m := newBuilder(&in)
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line(m.company())
	line(in.At.Today.LongText(m.lang), ". ", m.progress(m.workdays(m.month.Span)))

	if len(in.Health.Unreadable) > 0 {
		line(m.unreadable())
	}

	line()
	groups, due := m.notReportedGroups()
	if len(groups) == 0 {
		msg, _ := m.allReported(due)
		line(msg)
	}
	for _, g := range groups {
		names, more := m.missingLabels(g.who)
		text := g.head + " — " + strings.Join(names, ", ")
		switch {
		case more > 0 && m.listed():
			text += " " + m.moreNames(more)
		case more > 0:
			text += " " + m.moreTeams(more)
		}
		line(text)
	}

	if m.teamsFirst() {
		m.digestTeams(line)
	}
	line()
	all := m.whoIsBehind()
	line(m.attentionHead(all))
	if len(all) == 0 {
		msg, _ := m.noConcerns()
		line(msg)
	}
	for _, b := range all[:min(len(all), m.mostNamed())] {
		line(b.person.Name)
		for _, c := range b.concerns[:min(len(b.concerns), mostOfOne)] {
			line(terms.LightSign(c.light), " ", c.title(m.lang), ": ", m.causeInFull(c))
		}
	}
	if more := len(all) - m.mostNamed(); more > 0 {
		line(m.moreBehind(more))
	}

	if lightChanges, since := m.lightChanges(); len(lightChanges) > 0 {
		line()
		line(m.changedLightsHead(since))
		for _, t := range lightChanges[:min(len(lightChanges), mostLightChanges)] {
			line(t.person.Name, ", ", t.line.KPI.Title, ": ", m.lightChangeText(t))
		}
		if more := len(lightChanges) - mostLightChanges; more > 0 {
			line(m.moreLightChanges(more))
		}
	}

	m.digestTotals(line)
	if link != "" {
		line()
		line(m.lang.T("Подробно: ", "In full: "), link)
	}
	return Message{
		Title: m.company() + ", " + in.At.Today.DayMonth(m.lang),
		Text:  strings.TrimRight(b.String(), "\n"),

		Glance: m.glance(),
	}
}

// missingLabels returns the first names of those who have not reported, or of their teams
// where people are not listed, and how many more there are.
func (m *builder) missingLabels(who []notReportedPerson) (names []string, more int) {
	if !m.listed() {
		all := m.missingTeams(who)
		for _, t := range all[:min(len(all), namesShown)] {
			names = append(names, t.label(m))
		}
		return names, max(0, len(all)-namesShown)
	}
	for _, p := range who[:min(len(who), namesShown)] {
		names = append(names, p.label(m.lang))
	}
	return names, max(0, len(who)-namesShown)
}

// digestTeams adds the teams that are behind, as «Главное» lists them.
func (m *builder) digestTeams(line func(...string)) {
	all := m.behindTeams()
	if len(all) == 0 {
		return
	}
	line()
	line(m.teamsBehindHead(all))
	for _, t := range all[:min(len(all), mostTeams)] {
		l := &t.lead.line
		line(terms.LightSign(l.Light), " ", m.teamName(t.name), ": ", l.KPI.Title, m.lang.T(", темп ", ", pace "),
			m.asShown(figPace, kpi.Percent, m.pace(l), kpi.NoLight), "; ", m.teamCause(t))
	}
	if more := len(all) - mostTeams; more > 0 {
		line(m.moreTeams(more))
	}
}

// digestTotals adds the month's totals of each role, a line per KPI.
func (m *builder) digestTotals(line func(...string)) {
	var totals []total
	for i := range m.staff {
		if c, ok := m.roleGroupOf(i, m.month, m.monthLines); ok {
			for _, l := range c.lines {
				totals = append(totals, total{role: m.staff[i].role, line: l})
			}
		}
	}
	if len(totals) == 0 {
		return
	}
	line()
	line(m.totalsHead())
	for i, t := range totals[:min(len(totals), digestTotals)] {
		if i == 0 || totals[i-1].role.Key != t.role.Key {
			line(t.role.Title)
		}
		line(m.totalText(&t.line))
	}
	if more := len(totals) - digestTotals; more > 0 {
		line(m.moreTotals(more))
	}
}

// totalText returns «▼ Звонки: 930 из 1 900, темп 97,9 %, прогноз 1 860».
func (m *builder) totalText(l *planfact.Line) string {
	lang := m.lang
	of := func(c column) string {
		return m.asShown(ofParts(c.fig, l.KPI), l.KPI.Unit, m.valueOf(&c, l), kpi.NoLight)
	}
	s := cmp.Or(terms.LightSign(l.Light), "•") + " " + l.KPI.Title + ": " + of(headlineColumns[colFact])
	if l.Plan.OK {
		before := lang.T(" из ", " of ")
		if !l.KPI.Additive() {
			before = lang.T(" при плане ", ", plan ")
		}
		s += before + of(headlineColumns[colPlan])
	}
	if l.Pace.OK {
		s += lang.T(", темп ", ", pace ") + of(headlineColumns[colPace])
	}
	if l.Forecast.OK && l.KPI.Additive() {
		s += lang.T(", прогноз ", ", forecast ") + of(headlineColumns[colAhead])
	}
	return s
}
