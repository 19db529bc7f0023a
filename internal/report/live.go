package report

import (
	"fmt"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Help for the current day: what is left today, where today's row is, and how the last
// days went. All of it follows the calendar and the typed figures by itself, so that a
// new day costs no write.

// doneText is shown when nothing is left today.
func doneText(lang words.Lang) string { return lang.T("✓ готово", "✓ done") }

// today returns the date of the tab's clock.
func (s *sheet) today() string { return s.helper(rowLight) }

// onToday returns the conditions of COUNTIFS and SUMIFS for today's row.
func (s *sheet) onToday(r rows) string { return s.ref(0, r) + ";" + s.today() }

// countToday returns 1 on a working day of the person that is in the month.
func (s *sheet) countToday(r rows) string {
	return "COUNTIFS(" + s.onToday(r) + ";" + s.ref(s.weight, r) + `;">0"` + s.within(r) + ")"
}

// countTodayShut returns 1 once that day is closed.
func (s *sheet) countTodayShut(r rows) string {
	return "COUNTIFS(" + s.onToday(r) + ";" + s.ref(s.weight, r) + `;">0";` + s.ref(s.closed, r) + ";1" +
		s.within(r) + ")"
}

// workToday and daysAhead return countToday and the number of working days from today on,
// including today, among the days on which a KPI is measured.
func (s *sheet) workToday(k kpi.KPI) string {
	if s.whole(k) {
		return "$" + workbook.ColumnName(s.closed) + "$" + itoa(rowPlan+1)
	}
	return s.countToday(s.rowsOf(k))
}

func (s *sheet) daysAhead(k kpi.KPI) string {
	if s.whole(k) {
		return "$" + workbook.ColumnName(s.closed) + "$" + itoa(rowFact+1)
	}
	return "(" + s.open(k) + "+" + s.countTodayShut(s.rowsOf(k)) + ")"
}

// leftToday is planfact.Quota.Left: (plan − fact this morning) / working days left,
// including today, − today's figure. It does not exist for KPIs that are not additive,
// for which lower is better, or that only the worker computes.
func (s *sheet) leftToday(k kpi.KPI, plan, fact string) string {
	if !k.Additive() || k.Direction == kpi.Lower || !s.plans[k.Key].ok {
		return text(dash)
	}
	done, ok := s.sumWhere(k, s.onToday)
	if !ok {
		return text(dash)
	}
	left := "MAX(0;" + plan + "-" + fact + "+" + done + ")/" + s.daysAhead(k) + "-" + done
	if k.Unit == kpi.Duration { // whole seconds
		left = "ROUNDUP(ROUND((" + left + ")*" + itoa(secondsInDay) + ";6);0)/" + itoa(secondsInDay)
	} else {
		left = "ROUNDUP(ROUND(" + left + ";6);0)"
	}
	return "IF(OR(" + s.workToday(k) + "=0;" + plan + "<=0);" + text(dash) + ";IFERROR(IF(" + left + "<=0;" +
		text(doneText(s.lang)) + ";" + left + ");" + text(dash) + "))"
}

// todayText returns the state of the day's report, beside what is left.
func (s *sheet) todayText() string {
	T := s.lang.T
	done := text(T("✓ Отчёт за сегодня сдан", "✓ Today's report is in"))
	off := s.offText()
	if in := s.inToday(); in != "" {
		off = "IF(" + in + ";" + done + ";" + off + ")"
	}
	all := rows{s.first, s.end}
	state := text("")
	if slices.ContainsFunc(s.kpis, kpi.KPI.Typed) {
		deadline := s.in.Dep.Settings.Deadline
		by := words.Clock(deadline)
		state = "IF(" + s.countTodayShut(all) + "=0;" +
			text(T("Заполните строку сегодняшнего дня до "+by, "Fill in today's row by "+by)) +
			";IF(" + s.overdue() + ";" + text(T("Срок сдачи прошёл: день закрыт",
			"The deadline has passed: the day is closed")) +
			";" + done + "))"
	}
	return "IF(COUNTIFS(" + s.onToday(all) + ")=0;" + text("") + ";IF(" + at(rowPlan, s.closed) + "=0;" + off + ";" +
		state + "))"
}

// offText names the reason why nothing is asked for today, as the summary does.
func (s *sheet) offText() string {
	T := s.lang.T
	say := func(word string) string {
		return text(fmt.Sprintf(T("Сегодня %s: отчёт не нужен", "Today: %s, no report is needed"), word))
	}
	employed, today := s.in.Person.Employment(), s.today()
	off := say(terms.FreeDay(s.lang))
	for _, a := range slices.Backward(s.absences) { // the first of two counts
		if a.Meet(s.month.Span).Days() == 0 {
			continue
		}
		off = "IF(AND(" + today + ">=" + serial(a.From) + ";" + today + "<=" + serial(a.To) + ");" +
			say(terms.AbsenceWord(a.Kind, s.lang)) + ";" + off + ")"
	}
	if employed.Meet(s.month.Span) != s.month.Span {
		off = "IF(OR(" + today + "<" + serial(employed.From) + ";" + today + ">" + serial(employed.To) + ");" +
			text(T("Сегодня отчёт не нужен", "No report is needed today")) + ";" + off + ")"
	}
	return off
}

// serial returns a day as a number in a formula.
func serial(d calendar.Date) string { return itoa(int(d.Serial())) }

// inToday returns a condition: today's report is in; empty: nothing is typed.
func (s *sheet) inToday() string {
	required := slices.ContainsFunc(s.kpis, func(k kpi.KPI) bool { return k.Typed() && k.Required })
	var days, figures []string
	for _, k := range s.kpis {
		if !k.Typed() || k.Required != required {
			continue
		}
		r := s.rowsOf(k)
		today := "COUNTIFS(" + s.onToday(r) + s.within(r)
		days = append(days, today+")")
		figures = append(figures, today+";"+s.ref(s.figures(k), r)+`;">-1E+300")`)
	}
	if len(figures) == 0 {
		return ""
	}
	n := strings.Join(figures, "+")
	if !required {
		return n + ">0"
	}
	return "AND(" + n + ">0;" + n + "=" + strings.Join(days, "+") + ")"
}

// toToday returns the heading of the dates: in today's month a link to today's row.
func (s *sheet) toToday() string {
	dates := s.ref(0, rows{s.first, s.end})
	first := "$A$" + itoa(s.first+1)
	return "IFERROR(HYPERLINK(" + text(workbook.Link(workbook.SheetID(s.key), "A")) + "&(ROW(" + first +
		")-1+MATCH(" + s.today() + ";" + dates + ";0));" +
		text(s.lang.T("Дата · сегодня ↓", "Date · today ↓")) + ");" + text(s.lang.T("Дата", "Date")) + ")"
}

// lately is planfact.Engine.Lately: the fact of the last closed working days less that of
// as many before them.
func (s *sheet) lately(k kpi.KPI) string {
	length, middle, start, end := s.helper(rowPlan), s.helper(rowFact), s.helper(rowToDate), s.closedDays()
	now, ok := s.sumWhere(k, s.numbered(middle, end))
	was, _ := s.sumWhere(k, s.numbered(start, middle))
	if !ok {
		return text(dash)
	}
	early := length + "<" + itoa(planfact.LatelyLeast)
	if !s.whole(k) { // measured on all days of both stretches
		r := s.rowsOf(k)
		if n := r.from - s.first; n > 0 {
			early += ";" + start + "<" + itoa(s.numbers[n-1])
		}
		early = "OR(" + early + ";" + end + ">" + itoa(s.numbers[r.to-s.first-1]) + ")"
	}
	diff := "(" + now + ")-(" + was + ")"
	// As it is shown: an arrow beside a zero would say that something has changed.
	places := "0"
	if k.Unit == kpi.Percent || k.Unit == kpi.Count && !k.Additive() {
		places = "1"
	}
	switch {
	case k.Unit == kpi.Percent:
		diff = "(" + diff + ")*100"
	case k.Unit == kpi.Duration && k.Additive():
		diff = "(" + diff + ")*" + itoa(secondsInDay/60)
	case k.Unit == kpi.Duration:
		diff = "(" + diff + ")*" + itoa(secondsInDay)
	}
	return "IF(" + early + ";" + text(dash) +
		";IFERROR(ROUND(ROUND(" + diff + ";6);" + places + ");" + text(dash) + "))"
}

// helper returns a cell above the numbers of working days; closedDays the number of those
// that are closed.
func (s *sheet) helper(row int) string {
	return "$" + workbook.ColumnName(s.number) + "$" + itoa(row+1)
}

func (s *sheet) closedDays() string {
	return "$" + workbook.ColumnName(s.weight) + "$" + itoa(rowToDate+1)
}

// numbered returns the conditions for the working days with a number above that in one
// cell and up to that in another.
func (s *sheet) numbered(above, upTo string) func(rows) string {
	return func(r rows) string {
		number := s.ref(s.number, r)
		return number + `;">"&` + above + ";" + number + `;"<="&` + upTo
	}
}

// sumWhere returns the fact of the KPI over the days that meet conditions. Not ok: no
// formula can compute it.
func (s *sheet) sumWhere(k kpi.KPI, where func(rows) string) (f string, ok bool) {
	ok = true
	var of func(o kpi.KPI) string
	of = func(o kpi.KPI) string {
		switch s.how(o) {
		case byWorker:
			ok = false
			return ""
		case byFormula:
			return "(" + s.expr(o, of) + ")"
		}
		r := s.rowsIn(o, s.stint(k)).meet(s.rowsOf(k))
		return s.sum(o, r, ";"+where(r))
	}
	return of(k), ok
}
