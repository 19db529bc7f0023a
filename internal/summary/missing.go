package summary

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// mostMissing is how many people a list of those who have not reported names.
const mostMissing = 40

// Missing returns who of a team and of those below it has not reported for a day whose
// deadline has passed, for the team's leads. people are those whose figures are known;
// link leads to the team's summary, it may be empty. ok is false if nobody is missing.
func Missing(dep *department.Department, e *planfact.Engine, people []department.Person, team string, day calendar.Date,
	link string, lang words.Lang) (msg Message, ok bool) {
	m := &builder{in: &Input{Dep: dep}, lang: lang}
	below := dep.Tree().Below(team)
	byTeam := map[string][]string{}
	due, missing := 0, 0
	for i := range people {
		p := &people[i]
		name := p.TeamOn(day)
		if !slices.Contains(below, name) {
			continue
		}
		state := e.DayState(*p, day)
		switch state {
		case planfact.Reported:
			due++
		case planfact.Partly, planfact.Waiting, planfact.Missing:
			due++
			missing++
			byTeam[name] = append(byTeam[name], notReportedPerson{p, state == planfact.Partly}.label(lang))
		}
	}
	if missing == 0 {
		return msg, false
	}
	of := grouped(missing, lang) + lang.T(" из ", " of ") + grouped(due, lang)
	on := day.DayMonth(lang)
	msg.Title = lang.T("Не сдали отчёт за ", "Not reported for ") + on + ": " + of + ", " + m.teamName(team)
	lines := []string{lang.T("Отчёт за "+on+" не сдали "+of+", срок был в ", of+" have not reported for "+on+
		", which was due by ") + words.Clock(dep.Settings.Deadline) + "."}
	left := mostMissing
	for _, name := range below { // the team itself first
		who := byTeam[name]
		if len(who) == 0 || left == 0 {
			continue
		}
		slices.SortFunc(who, cmp.Compare[string])
		shown := who[:min(len(who), left)]
		left -= len(shown)
		if len(below) > 1 {
			lines = append(lines, m.teamName(name)+": "+strings.Join(shown, ", "))
		} else {
			lines = append(lines, shown...)
		}
	}
	if more := missing - mostMissing; more > 0 {
		lines = append(lines, lang.T("и ещё "+m.people(more), "and "+m.people(more)+" more"))
	}
	if link != "" {
		lines = append(lines, lang.T("Сводка команды: ", "The team's summary: ")+link)
	}
	msg.Text = strings.Join(lines, "\n")
	return msg, true
}
