package summary

import (
	"math"

	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// Glance is the first screen of «Главное» in the order of the picture. All its figures
// are texts as in the tab and the digest, rounded alike.
type Glance struct {
	Lang       words.Lang
	Title      string // whose summary it is
	Day        string // which day it is
	Progress   string // how far the month is
	Freshness  string // as of when, and from how many spreadsheets
	Unreadable string // people whose spreadsheets could not be opened; empty: none

	Month string      // the month of the KPIs
	KPIs  []GlanceKPI // the leading ones

	ReportsHead string
	Reports     []GlanceReports // for each day, who has not reported
	ReportsNote GlanceNote      // instead, if nobody is missing

	BehindHead string
	Behind     []GlancePerson // who needs help, the worst first; in a large department, which teams
	BehindMore int            // how many more
	BehindIs   words.Noun     // teams; empty: people
	BehindNote GlanceNote     // instead, if nobody does
}

// GlanceFigure is a figure with its heading.
type GlanceFigure struct {
	Head, Text string
	Light      kpi.Light // the text has its sign
}

// GlanceKPI is a leading KPI of the month.
type GlanceKPI struct {
	Title string
	Pace  GlanceFigure
	Fact  GlanceFigure
	Plan  GlanceFigure
	// PlanToDate is the plan of the closed days: Bar.ToDate marks it.
	PlanToDate GlanceFigure
	Bar        GlanceBar
	More       []GlanceFigure // forecast, left, needed per day
}

// GlanceBar is fact against plan as shares of its width, which is the plan, or the fact
// if that is more. It is drawn only if OK.
type GlanceBar struct {
	Fact, ToDate float64
	OK           bool
	Colors       terms.Colors // of the fact, and of the rest
}

// GlanceReports lists the people who have not reported for a day.
type GlanceReports struct {
	Head  string // the day, with how many of how many
	Names []string
	More  int // how many more
	// MoreOf is of what; empty: people.
	MoreOf words.Noun
}

// GlanceNote is a sentence instead of a list.
type GlanceNote struct {
	Text string
	Good bool // all is well
}

// GlancePerson is a person who needs help, by their worst KPI.
type GlancePerson struct {
	Name      string
	KPI       string
	Pace      GlanceFigure // for figures above the call log, their excess as a share
	Deviation GlanceFigure
	Cause     string
}

// glance collects the first screen of «Главное».
func (m *builder) glance() Glance {
	g := Glance{
		Lang: m.lang, Title: m.company(), Freshness: m.freshness(), Month: m.month.Name(m.lang),
		Day: m.in.At.Today.LongText(m.lang), Progress: m.progress(m.workdays(m.month.Span)),
		ReportsHead: m.lang.T("Кто не сдал отчёт", "Who has not reported"),
	}
	if len(m.in.Health.Unreadable) > 0 {
		g.Unreadable = m.unreadable()
	}
	for _, l := range m.leaders() {
		g.KPIs = append(g.KPIs, m.glanceKPI(&l.line))
	}

	groups, due := m.notReportedGroups()
	if len(groups) == 0 {
		g.ReportsNote.Text, g.ReportsNote.Good = m.allReported(due)
	}
	for _, of := range groups {
		r := GlanceReports{Head: of.head}
		r.Names, r.More = m.missingLabels(of.who)
		if !m.listed() {
			r.MoreOf = words.Teams
		}
		g.Reports = append(g.Reports, r)
	}

	if teams := m.behindTeams(); m.teamsFirst() && len(teams) > 0 {
		g.BehindHead = m.teamsBehindHead(teams)
		for _, t := range teams[:min(len(teams), m.mostNamed())] {
			l := &t.lead.line
			g.Behind = append(g.Behind, GlancePerson{Name: m.teamName(t.name), KPI: l.KPI.Title,
				Pace:      GlanceFigure{Text: m.asShown(figPace, kpi.Percent, m.pace(l), l.Light), Light: l.Light},
				Deviation: GlanceFigure{Text: m.asShown(figDelta, l.KPI.Unit, l.DeviationToDate, kpi.NoLight)},
				Cause:     m.teamCause(t)})
		}
		g.BehindMore, g.BehindIs = max(0, len(teams)-m.mostNamed()), words.Teams
		return g
	}
	all := m.whoIsBehind()
	g.BehindHead = m.attentionHead(all)
	if len(all) == 0 {
		g.BehindNote.Text, g.BehindNote.Good = m.noConcerns()
	}
	for _, b := range all[:min(len(all), m.mostNamed())] {
		g.Behind = append(g.Behind, m.glancePerson(b.person.Name, b.concerns[0]))
	}
	g.BehindMore = max(0, len(all)-m.mostNamed())
	return g
}

func (m *builder) glanceKPI(l *planfact.Line) GlanceKPI {
	of := func(c column, light kpi.Light) GlanceFigure {
		text := m.asShown(ofParts(c.fig, l.KPI), l.KPI.Unit, m.valueOf(&c, l), light)
		return GlanceFigure{m.lang.T(c.ru, c.en), text, light}
	}
	k := GlanceKPI{
		Title: l.KPI.Title,
		Pace:  of(headlineColumns[colPace], l.Light),
		Fact:  of(headlineColumns[colFact], kpi.NoLight), Plan: of(headlineColumns[colPlan], kpi.NoLight),
		PlanToDate: of(periodColumns[perToDate], kpi.NoLight),
		More: []GlanceFigure{of(headlineColumns[colAhead], kpi.NoLight), of(headlineColumns[colLeft], kpi.NoLight),
			of(headlineColumns[colNeed], m.needLight(l))},
	}
	if missed := m.missed(l); missed != "" {
		need := &k.More[len(k.More)-1]
		need.Text, need.Light = missed, kpi.Red
	}
	k.Bar.Colors = barColors[l.Light]
	k.Bar.Fact, k.Bar.ToDate, k.Bar.OK = bulletShares(l)
	return k
}

func (m *builder) glancePerson(name string, c concern) GlancePerson {
	p := GlancePerson{Name: name, KPI: c.title(m.lang), Cause: m.cause(c, causeLen)}
	p.Pace.Light = c.light
	if o := c.overstated; o != nil {
		p.Pace.Text = m.asShown(figOver, kpi.Percent, kpi.Num{V: o.difference / o.Log, OK: o.Log != 0}, c.light)
		p.Deviation.Text = m.asShown(figDelta, o.KPI.Unit, kpi.Some(o.difference), kpi.NoLight)
		return p
	}
	p.Pace.Text = m.asShown(figPace, kpi.Percent, m.pace(c.line), c.light)
	p.Deviation.Text = m.asShown(figDelta, c.line.KPI.Unit, c.line.DeviationToDate, kpi.NoLight)
	return p
}

// asShown returns a figure as text, rounded as in its cell, with the sign of its light.
func (m *builder) asShown(f fig, u kpi.Unit, n kpi.Num, light kpi.Light) string {
	if !n.OK || math.IsNaN(n.V) || math.IsInf(n.V, 0) {
		return dash
	}
	sign := terms.LightSign(light)
	if sign != "" {
		sign += words.NBSP
	}
	value, places, _ := shown(f, u, n.V)
	switch {
	case f == figOver:
		return sign + "+" + kpi.FormatNum(kpi.Some(settle(n.V, 2)), kpi.Percent, m.lang)
	case f == figPace || f == figShare:
		n.V, u = value, kpi.Percent
	case u == kpi.Money, u == kpi.Count:
		n.V = settle(value, int(places))
	}
	if f == figDelta {
		return sign + kpi.FormatDelta(n, u, m.lang)
	}
	return sign + kpi.FormatNum(n, u, m.lang)
}
