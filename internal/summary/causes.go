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
	"svodka/internal/terms"
	"svodka/internal/words"
)

// The maximum number of characters of a cause on its line of «Главное»: for the KPI on
// the left, and for the next one.
const (
	causeLen     = 72
	nextCauseLen = 58
)

// cause returns why a line is behind, as far as it fits: see reasons. If there is room
// left it adds what every remaining day must bring.
func (m *builder) cause(c concern, room int) string {
	if c.overstated != nil {
		return m.overstatement(c.overstated)
	}
	var s string
	for i, why := range m.reasons(c) {
		switch {
		case i == 0:
			s = why
		case utf8.RuneCountInString(s+why)+2 <= room:
			s += "; " + why
		}
	}
	for _, more := range []string{m.needed(c.line, true), m.needed(c.line, false)} {
		if more != "" && utf8.RuneCountInString(s+more) <= room {
			return s + more
		}
	}
	return s
}

// causeInFull is cause without a limit of length.
func (m *builder) causeInFull(c concern) string {
	if c.overstated != nil {
		return m.overstatement(c.overstated)
	}
	all := m.reasons(c)
	if c.line.KPI.Additive() && !slices.Contains(all, m.by(c.line)) {
		all = append([]string{m.by(c.line)}, all...)
	}
	return strings.Join(all, "; ") + m.needed(c.line, true)
}

// reasons returns why a line is behind, or what a director can ask about, the most direct
// first: the stage of the funnel that lost the most; the operands of a ratio; days
// without a report; clients who stopped buying; days away; and, if none of these explains
// it, when it happened. There is always at least one.
func (m *builder) reasons(c concern) []string {
	var out []string
	for _, of := range []func(concern) string{m.lost, m.parts} {
		if s := of(c); s != "" {
			out = append(out, s)
			break
		}
	}
	for _, of := range []func(concern) string{m.unreported, m.silentClients, m.absent} {
		if s := of(c); s != "" {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = append(out, cmp.Or(m.when(c), m.by(c.line)))
	}
	return out
}

// lost returns the sentence about the stage that lost the most on the way to the KPI of a
// concern; empty if the KPI is not a stage of a funnel, or is the first.
func (m *builder) lost(c concern) string {
	if c.line.KPI.Funnel == 0 {
		return ""
	}
	var upTo []planfact.Line
	for _, l := range c.lines {
		if l.KPI.Funnel > 0 && l.KPI.Funnel <= c.line.KPI.Funnel {
			upTo = append(upTo, l)
		}
	}
	f := planfact.FunnelOfLines(upTo)
	if len(f.Stages) == 0 || lastKPI(f).Key != c.line.KPI.Key {
		return ""
	}
	return m.bottleneck(f)
}

// parts returns the operands of a ratio: «лиды 36 вместо 38 (звонки 380)», where 38 is
// what those calls would have made at the planned rate. Empty if it is not a ratio, or
// has more than two operands.
func (m *builder) parts(c concern) string {
	l := c.line
	num, den, ok := l.KPI.Expr.Ratio()
	if l.KPI.Additive() || !ok || len(num.Names()) != 1 || len(den.Names()) != 1 {
		return ""
	}
	above, ok := lineFor(c.lines, 0, num.Names()[0])
	below, found := lineFor(c.lines, 0, den.Names()[0])
	if !ok || !found || !above.Fact.OK || !below.Fact.OK || !l.PlanToDate.OK {
		return ""
	}
	one := func(string) kpi.Num { return kpi.Some(1) }
	per := num.Eval(one).V / den.Eval(one).V // a constant factor of the formula
	if per == 0 {
		return ""
	}
	return small(above.KPI.Title) + " " +
		instead(above.Fact.V, below.Fact.V*l.PlanToDate.V/per, above.KPI.Unit, m.lang) + " (" +
		small(below.KPI.Title) + " " + figure(below.Fact.V, below.KPI.Unit, m.lang) + ")"
}

// unreported returns how many days lack a report.
func (m *builder) unreported(c concern) string {
	l := c.line
	if l.Missing == 0 || !l.KPI.Additive() {
		return ""
	}
	return m.lang.T("нет отчёта за ", "no report for ") + words.Days.Count(l.Missing, m.lang)
}

// clientsNamed is how many silent clients a cause names.
const clientsNamed = 2

// silentClients names the clients who brought the most and stopped buying, for a KPI that
// is counted from deals.
func (m *builder) silentClients(c concern) string {
	if s := c.line.KPI.Source; s != kpi.Deals && s != kpi.Clients || m.in.Engine == nil {
		return ""
	}
	var silent []planfact.ClientLine
	for _, cl := range m.in.Engine.Clients(c.of()) {
		if cl.Standing == planfact.AtRisk || cl.Standing == planfact.Lost {
			silent = append(silent, cl)
		}
	}
	if len(silent) == 0 {
		return ""
	}
	slices.SortStableFunc(silent, func(a, b planfact.ClientLine) int { return cmp.Compare(b.Sum, a.Sum) })
	var names []string
	for _, cl := range silent[:min(len(silent), clientsNamed)] {
		names = append(names, cl.Name)
	}
	s := m.lang.T("замолчали ", "gone silent: ")
	if len(silent) == 1 {
		s = m.lang.T("не покупает ", "gone silent: ")
	}
	s += strings.Join(names, ", ")
	if more := len(silent) - len(names); more > 0 {
		s += m.lang.T(" и ещё "+itoa(more), " and "+itoa(more)+" more")
	}
	return s
}

// absent names the days of the month up to today on which the person was away.
func (m *builder) absent(c concern) string {
	span := calendar.Span{From: m.month.From, To: m.in.At.Today}
	var out []string
	for _, a := range m.away[c.of().ID] {
		if s := a.Span.Meet(span); s.Days() > 0 {
			out = append(out, terms.AbsenceWord(a.Kind, m.lang)+" "+m.shortSpan(s))
		}
	}
	return strings.Join(out, ", ")
}

// overstatement returns by how much typed figures exceed the call log, and on how many
// days.
func (m *builder) overstatement(o *compared) string {
	typed, log := figure(o.Typed, o.KPI.Unit, m.lang), figure(o.Log, o.KPI.Unit, m.lang)
	return m.lang.T("введено "+typed+", в телефонии "+log+"; не сошлось "+itoa(o.differ)+" из "+
		words.Noun{One: "дня", Few: "дней", Many: "дней", EN: "day", ENs: "days"}.Count(o.days, m.lang),
		typed+" typed, "+log+" in the call log; "+itoa(o.differ)+" of "+words.Days.Count(o.days, m.lang)+" differ")
}

// needed returns what every remaining day must bring, as the end of a sentence; compared:
// beside the plan of a day.
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
		if !compared || need == planned {
			return m.lang.T("; нужно "+need+" в день", "; "+need+" a day needed")
		}
		return m.lang.T("; нужно "+need+" в день вместо "+planned, "; "+need+" a day needed instead of "+planned)
	case l.Left.OK && l.Left.V == 0:
		return m.lang.T("; план месяца уже выполнен", "; the month's plan is already met")
	}
	return ""
}

// by returns by how much a line is behind.
func (m *builder) by(l *planfact.Line) string {
	lang, k := m.lang, l.KPI
	by := amount(max(lag(l), 0), k, lang)
	switch {
	case k.Additive() && k.Direction == kpi.Lower:
		return lang.T("больше предела на дату на "+by, "above the limit to date by "+by)
	case k.Additive():
		return lang.T("отстаёт от плана на дату на "+by, "behind the plan to date by "+by)
	}
	if now, want := apart(l.Fact.V, l.PlanToDate.V, k.Unit, lang); k.Direction == kpi.Lower {
		return lang.T(now+" при пределе "+want+": выше на "+by, now+" with a limit of "+want+": above it by "+by)
	}
	return instead(l.Fact.V, l.PlanToDate.V, k.Unit, lang) + lang.T(": ниже плана на ", ": below plan by ") + by
}

// daysOf returns a function that returns a person's lines of a day.
func (m *builder) daysOf(p department.Person) func(calendar.Period) []planfact.Line {
	return func(d calendar.Period) []planfact.Line { return m.in.Engine.Person(p, d) }
}

// stretch is the closed working days of a week of the month, with the plan and the fact
// of a KPI on them.
type stretch struct {
	days       calendar.Span
	plan, fact float64
	n          int
}

// mostOfLag is the share of the lag from which a single week explains it.
const mostOfLag = 0.5

// when returns for an additive KPI the week in which most of the lag arose, or else the
// fact and the plan of an average day; empty if more is not better, or no day is closed.
func (m *builder) when(c concern) string {
	k := c.line.KPI
	if !k.Additive() || k.Direction == kpi.Lower || m.in.Engine == nil {
		return ""
	}
	var weeks []stretch
	for d := m.month.From; d <= m.in.At.Today; d++ {
		l, ok := lineFor(m.in.Engine.Person(c.of(), calendar.DayOf(d)), 0, k.Key)
		if !ok || l.Closed == 0 {
			continue
		}
		if last := len(weeks) - 1; last < 0 || calendar.WeekOf(weeks[last].days.From) != calendar.WeekOf(d) {
			weeks = append(weeks, stretch{days: calendar.Span{From: d}})
		}
		w := &weeks[len(weeks)-1]
		w.days.To = d
		w.plan += l.Plan.V
		w.fact += l.Fact.V
		w.n++
	}
	if len(weeks) == 0 {
		return ""
	}
	var sum stretch
	worst := weeks[0]
	for _, w := range weeks {
		sum.plan, sum.fact, sum.n = sum.plan+w.plan, sum.fact+w.fact, sum.n+w.n
		if w.plan-w.fact > worst.plan-worst.fact {
			worst = w
		}
	}
	lag := sum.plan - sum.fact
	if lag <= 0 {
		return ""
	}
	said := func(fact, plan float64) string { return instead(fact, plan, k.Unit, m.lang) }
	if len(weeks) > 1 && worst.plan-worst.fact >= mostOfLag*lag {
		return m.lang.T("больше всего потеряно ", "most was lost on ") + m.shortSpan(worst.days) + ": " +
			said(worst.fact, worst.plan)
	}
	n := float64(sum.n)
	return m.lang.T("в среднем за день ", "on an average day ") + said(sum.fact/n, sum.plan/n)
}

// shortSpan returns «9–13 ноября», without the year.
func (m *builder) shortSpan(s calendar.Span) string {
	switch {
	case s.From == s.To:
		return s.From.DayMonth(m.lang)
	case s.From.Month() != s.To.Month():
		return s.From.DayMonth(m.lang) + " – " + s.To.DayMonth(m.lang)
	}
	return m.lang.T(itoa(s.From.Day())+"–"+s.To.DayMonth(m.lang), s.From.DayMonth(m.lang)+"–"+itoa(s.To.Day()))
}
