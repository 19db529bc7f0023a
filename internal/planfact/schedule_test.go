package planfact

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// schedule returns a schedule from the text that ops write.
func schedule(t testing.TB, text string) calendar.Schedule {
	t.Helper()
	s, _, err := calendar.ParseSchedule(text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// works returns a department of Anna with a schedule and a plan of 1900 calls a month.
func works(t testing.TB, text string) *department.Department {
	p := anna
	p.Schedule = schedule(t, text)
	return dept([]kpi.KPI{typed("calls", kpi.Count, 1900)}, p)
}

// January 2027, plan 1900: the 11th and 12th are the first working days. The week across
// the new year belongs to both years: three days of December, none of January.
func TestGoldenJanuary2027(t *testing.T) {
	dep := works(t, "")
	e := New(dep, NewFacts(dep, calendar.Span{From: calendar.Of(2026, 12, 1), To: calendar.Of(2027, 1, 31)}),
		AsOf{Today: calendar.Of(2027, 1, 12), Over: true})
	l := line(t, e.Person(dep.People[0], calendar.MonthOf(calendar.Of(2027, 1, 12))), "calls")
	if l.Working != 15 || l.Closed != 2 {
		t.Errorf("W %d, E %d, want 15 and 2", l.Working, l.Closed)
	}
	want(t, "plan", l.Plan, 1900)
	want(t, "plan to date", l.PlanToDate, 253.33)
	for day, plan := range map[calendar.Date]float64{calendar.Of(2026, 12, 31): 259.09, calendar.Of(2027, 1, 3): 259.09,
		calendar.Of(2027, 1, 4): 0} {
		week := calendar.WeekOf(day)
		want(t, week.String(), line(t, e.Person(dep.People[0], week), "calls").Plan, plan)
	}
}

// Сменов Глеб of the cases of imports: two days on and two off from 1 May, all of
// them reported: W 16, E 8, to date 950 of 1900, nothing missing.
func TestGoldenShiftWorker(t *testing.T) {
	dep := works(t, "2/2 с 01.05.2026")
	var entries []department.Entry
	for _, d := range []int{1, 2, 5, 6, 9, 10, 13, 14} {
		entries = append(entries, entry("anna", "calls", d, 119))
	}
	e := engine(dep, endOf(15), entries...)
	l := line(t, e.Person(dep.People[0], mayMonth), "calls")
	if l.Working != 16 || l.Closed != 8 || l.Missing != 0 || l.Reported != 8 {
		t.Errorf("W %d, E %d, missing %d, reported %d; want 16, 8, 0, 8", l.Working, l.Closed, l.Missing, l.Reported)
	}
	want(t, "plan", l.Plan, 1900)
	want(t, "plan to date", l.PlanToDate, 950)
	want(t, "forecast", l.Forecast, 1904)
	for d, state := range map[int]DayState{9: Reported, 10: Reported, 11: NotDue, 12: NotDue, 15: NotDue, 17: Waiting} {
		if got := e.DayState(dep.People[0], may(d)); got != state {
			t.Errorf("on %v the report is %v, want %v", may(d), got, state)
		}
	}
	plans, _ := e.DayPlans(dep.People[0], "calls", mayMonth)
	if plans[0] != 118.75 || plans[3] != 0 || plans[8] != 118.75 { // the 1st and 9th are holidays
		t.Errorf("plans of 1, 4 and 9 May: %v, %v, %v", plans[0], plans[3], plans[8])
	}
}

// Domain 2.10: an absence takes W_person / W_calendar of the person's schedule: 4 of 16
// days, the working days between the 5th and the 12th.
func TestAbsenceOfShiftWorker_2_10(t *testing.T) {
	dep := works(t, "2/2 с 01.05.2026")
	dep.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(5), To: may(12)},
		Kind: department.Vacation}}
	l := line(t, engine(dep, endOf(15)).Person(dep.People[0], mayMonth), "calls")
	if l.Working != 12 {
		t.Errorf("W is %d, want 12", l.Working)
	}
	want(t, "plan", l.Plan, 1425)
}

// A share multiplies plans but not days: plans of months, weeks and days alike.
func TestPartTime(t *testing.T) {
	dep := works(t, "5/2 0,5")
	l := line(t, engine(dep, endOf(15)).Person(dep.People[0], mayMonth), "calls")
	if l.Working != 19 || l.Closed != 9 {
		t.Errorf("W %d, E %d, want 19 and 9", l.Working, l.Closed)
	}
	want(t, "plan", l.Plan, 950)
	want(t, "plan to date", l.PlanToDate, 450)
	// the four weeks with working days are whole
	for per, plan := range map[calendar.Kind]float64{calendar.Day: 19 * 25, calendar.Week: 25 * 4} {
		dep.Roles[0].KPIs[0].Plan, dep.Roles[0].KPIs[0].PlanFor = kpi.Some(50), per
		got := line(t, engine(dep, endOf(15)).Person(dep.People[0], mayMonth), "calls").Plan
		want(t, "plan by "+string(per), got, plan)
	}
	// A ratio is not divided.
	dep.Roles[0].KPIs[0] = typed("share", kpi.Percent, 0.4)
	want(t, "plan of a ratio", line(t, engine(dep, endOf(15)).Person(dep.People[0], mayMonth), "share").Plan, 0.4)
}

// A change of schedule: 5/2 until the 15th, nine days; then two on and two off, eight
// days from the 16th: 16, 17, 20, 21, 24, 25, 28, 29.
func TestScheduleChanges(t *testing.T) {
	dep := works(t, "5/2; 2/2 с 16.05.2026")
	l := line(t, engine(dep, endOf(15)).Person(dep.People[0], mayMonth), "calls")
	if l.Working != 17 || l.Closed != 9 {
		t.Errorf("W %d, E %d, want 17 and 9", l.Working, l.Closed)
	}
	want(t, "plan", l.Plan, 1900)
	want(t, "plan to date", l.PlanToDate, 1900.0/17*9)
}

// People of several schedules add up to their team.
func TestTeamOfSeveralSchedules(t *testing.T) {
	a, b := anna, boris
	a.Schedule, b.Team = schedule(t, "2/2 с 01.05.2026"), a.Team
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 1900)}, a, b)
	l := line(t, engine(dep, endOf(15)).Role(dep.Roles[0], mayMonth), "calls")
	want(t, "plan", l.Plan, 3800)
	want(t, "plan to date", l.PlanToDate, 950+900)
	if l.Working != 16+19 || l.Closed != 8+9 {
		t.Errorf("W %d, E %d of the role", l.Working, l.Closed)
	}
}

// The totals of people on shifts are compared by their own days: the eight that Сменов
// Глеб worked up to 15 May with his first eight of April, which end on the 16th; for
// Boris, nine days of the five-day week with nine, which end on 13 April.
func TestTrendOfShiftWorkers(t *testing.T) {
	a, b := anna, boris
	a.Schedule = schedule(t, "2/2 с 01.05.2026")
	var entries []department.Entry
	for d := calendar.Of(2026, 4, 1); d <= calendar.Of(2026, 4, 30); d++ {
		for _, p := range []department.PersonID{a.ID, b.ID} {
			entries = append(entries, department.Entry{Person: p, KPI: "calls", Date: d, Value: 10})
		}
	}
	for _, d := range []int{1, 2, 5, 6, 9, 10, 13, 14} {
		entries = append(entries, entry("anna", "calls", d, 119))
	}
	kpis := []kpi.KPI{typed("calls", kpi.Count, 1900)}
	alone := dept(kpis, a)
	e := engine(alone, endOf(15), entries...)
	want(t, "trend of the shift worker", line(t, e.Person(a, mayMonth), "calls").Trend, 952-160)
	want(t, "trend of shift workers", line(t, e.Role(alone.Roles[0], mayMonth), "calls").Trend, 952-160)
	// Saturday the 9th is a working day, and so is the Wednesday before it, the last of
	// two.
	want(t, "trend of a day", line(t, e.Role(alone.Roles[0], calendar.DayOf(may(9))), "calls").Trend, 0)
	both := dept(kpis, a, b)
	e = engine(both, endOf(15), entries...)
	want(t, "trend of both", line(t, e.Role(both.Roles[0], mayMonth), "calls").Trend, 952-160-130)
}
