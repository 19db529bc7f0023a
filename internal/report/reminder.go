package report

import (
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// Reminder is the message to a person whose report of the day is not in.
type Reminder struct {
	Title, Text string
}

// IsToRemind reports whether a person is reminded of a day in that state.
func IsToRemind(state planfact.DayState) bool {
	return state == planfact.Waiting || state == planfact.Missing || state == planfact.Partly
}

// Remind returns the reminder of a person at the engine's moment, with the link of their
// spreadsheet; ok is false if there is nothing to remind of: the report is in, the day is
// off, the person is away or has nothing to type. over means that the deadline has
// passed.
func Remind(dep *department.Department, e *planfact.Engine, p department.Person, day calendar.Date, over bool,
	link string, lang words.Lang) (r Reminder, ok bool) {
	state := e.DayState(p, day)
	if !IsToRemind(state) {
		return r, false
	}
	deadline := dep.Settings.Deadline
	by := words.Clock(deadline)
	on := day.DayMonth(lang)
	T := lang.T
	var first string
	switch {
	case !over:
		r.Title = T("Отчёт за ", "Report of ") + on + T(": до ", ": due by ") + by
		first = T("Здравствуйте! Сегодня отчёт нужно сдать до ", "Hello! Today's report is due by ") + by + "."
	case state == planfact.Partly:
		r.Title = T("Отчёт за ", "Report of ") + on + T(" заполнен не весь", " is incomplete")
		first = T("Здравствуйте! В отчёте за "+on+" не хватает цифр, а срок был в "+by+".",
			"Hello! Figures are missing in the report of "+on+"; it was due by "+by+".")
	default:
		r.Title = T("Отчёт за ", "Report of ") + on + T(" не сдан", " is missing")
		first = T("Здравствуйте! Отчёта за "+on+" пока нет, а срок был в "+by+".",
			"Hello! The report of "+on+" is not in; it was due by "+by+".")
	}
	lines := []string{first}
	if lacking := lacking(e, p, day); len(lacking) > 0 {
		lines = append(lines, T("Осталось вписать: ", "Still to fill in: ")+strings.Join(lacking, ", ")+
			T(". Нет результата — поставьте 0.", ". Nothing to show is 0."))
	}
	if link != "" {
		lines = append(lines, T("Ваш отчёт: ", "Your report: ")+link)
	}
	if over {
		lines = append(lines, T("Если сегодня вы не работаете, пусть ваше отсутствие отметят на вкладке «Отсутствия».",
			"If you are not at work today, have it entered on the tab Absences."))
	}
	r.Text = strings.Join(lines, "\n")
	return r, true
}

// lacking names the figures without which the day is not reported.
func lacking(e *planfact.Engine, p department.Person, day calendar.Date) []string {
	lines := e.Person(p, calendar.DayOf(day))
	due := slices.ContainsFunc(lines, func(l planfact.Line) bool { return typedOn(l.KPI, day) && l.KPI.Required })
	var out []string
	for _, l := range lines {
		if typedOn(l.KPI, day) && l.Reported == 0 && (l.KPI.Required || !due) {
			out = append(out, "«"+l.KPI.Title+"»")
		}
	}
	return out
}

func typedOn(k kpi.KPI, day calendar.Date) bool { return k.Typed() && k.Active(day) }
