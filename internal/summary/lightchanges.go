package summary

import (
	"cmp"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// mostLightChanges is the maximum number of changes of light in «Главное».
const mostLightChanges = 5

// lightChange is a KPI of a person whose light differs from that at the end of the
// previous working day.
type lightChange struct {
	person department.Person
	was    planfact.Line
	line   *planfact.Line
}

// brightness orders lights, the worst lowest. On plan and above plan are equal here:
// nobody needs to act on that difference.
func brightness(l kpi.Light) int {
	return slices.Index([]kpi.Light{kpi.NoLight, kpi.Red, kpi.Yellow, kpi.Green},
		cmp.Or(map[kpi.Light]kpi.Light{kpi.Above: kpi.Green}[l], l))
}

// lightChanges returns the changes of the month's lights since the end of the previous
// working day: first those that fell, the worst first, then those back on plan. A light
// that has just appeared is not a change, and neither is a rise from red to yellow.
func (m *builder) lightChanges() ([]lightChange, calendar.Date) {
	since, ok := m.workingDayBefore(m.in.At.Today)
	if !ok || since < m.month.From {
		return nil, since
	}
	before := m.in.Engine.AsOf(planfact.AsOf{Today: since, Over: true})
	var out []lightChange
	var were []planfact.Line // of one person
	for _, st := range m.staff {
		for j, p := range st.people {
			if st.month[j] == nil {
				continue
			}
			were = before.AppendPerson(were[:0], p, m.month)
			for k := range st.month[j] {
				l := &st.month[j][k]
				was, ok := lineFor(were, k, l.KPI.Key)
				if !ok {
					continue
				}
				from, to := brightness(was.Light), brightness(l.Light)
				if from > 0 && to > 0 && (to < from || to > from && to == brightness(kpi.Green)) {
					out = append(out, lightChange{p, *was, l})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b lightChange) int {
		return cmp.Or(
			cmp.Compare(brightness(a.line.Light), brightness(b.line.Light)),
			cmp.Compare(brightness(b.was.Light), brightness(a.was.Light)),
			cmp.Compare(a.line.Pace.V-a.was.Pace.V, b.line.Pace.V-b.was.Pace.V),
		)
	})
	return out, since
}

// changedLights lists the changes of light, if there are any.
func (m *builder) changedLights(s *sheet, lightChanges []lightChange, since calendar.Date) {
	if len(lightChanges) == 0 {
		return
	}
	s.gap()
	s.heading(m.changedLightsHead(since))
	for _, t := range lightChanges[:min(len(lightChanges), mostLightChanges)] {
		r := s.row(bandPlain, mainCols).person(t.person, textName)
		r.loose(t.line.KPI.Title+": "+m.lightChangeText(t), textCause).blank(mainCols - 2)
		r.end()
	}
	if more := len(lightChanges) - mostLightChanges; more > 0 {
		m.more(s, m.moreLightChanges(more))
	}
}

func (m *builder) changedLightsHead(since calendar.Date) string {
	return m.lang.T("Что изменилось с ", "What has changed since ") + m.shortDate(since)
}

func (m *builder) moreLightChanges(n int) string {
	changes := words.Noun{One: "перемена", Few: "перемены", Many: "перемен", EN: "change", ENs: "changes"}
	return m.lang.T("и ещё "+changes.Count(n, m.lang), "and "+changes.Count(n, m.lang)+" more")
}

// lightChangeText returns «▼ скатился в красный: темп 84,4 %, был 101 % (зелёный)».
func (m *builder) lightChangeText(t lightChange) string {
	lang := m.lang
	verb := map[kpi.Light]string{
		kpi.Red:    lang.T("скатился в красный", "fell into red"),
		kpi.Yellow: lang.T("скатился в жёлтый", "fell into yellow"),
		kpi.Green:  lang.T("вернулся в зелёный", "is back in green"),
		kpi.Above:  lang.T("вернулся в зелёный", "is back in green"),
	}[t.line.Light]
	was := terms.LightColor(t.was.Light, lang)
	if t.was.Light == kpi.Above {
		was = terms.LightWord(kpi.Above, lang)
	}
	pace := func(l *planfact.Line) string { return kpi.FormatNum(m.pace(l), kpi.Percent, lang) }
	return terms.LightSign(t.line.Light) + " " + verb + lang.T(": темп ", ": pace ") + pace(t.line) +
		lang.T(", был ", ", was ") + pace(&t.was) + " (" + was + ")"
}

// shortDate returns «пт, 20 ноября».
func (m *builder) shortDate(d calendar.Date) string {
	return m.lang.ShortWeekday(d.Weekday()) + ", " + d.DayMonth(m.lang)
}
