package planfact

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// A person entered on 18 May has the plan of the 10 of 19 working days that are left
// (domain 2.10), and nothing before it; one who has a figure from earlier in the month
// has all of it; nobody has it because of somebody else's figure.
func TestCountsFrom(t *testing.T) {
	fresh, old := anna, boris
	fresh.Entered, old.Entered = may(18), may(18)
	fresh.Hired = calendar.Of(2025, 8, 1)
	f := NewFacts(dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, fresh, old), year)
	f.Add(department.Entry{Person: old.ID, KPI: "calls", Date: calendar.Of(2026, 4, 15), Value: 40})
	e := New(dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, fresh, old), f, endOf(20))
	if got := e.CountsFrom(fresh.ID); got != may(18) {
		t.Errorf("the newcomer counts from %v", got)
	}
	if got := e.CountsFrom(old.ID); got != calendar.Of(2026, 4, 1) || e.First() != got {
		t.Errorf("the one with history counts from %v, anybody from %v", got, e.First())
	}
	l := line(t, e.Person(fresh, mayMonth), "calls")
	want(t, "plan of the partial month", l.Plan, 950.0/19*10)
	if l.Working != 10 || l.Closed != 3 || l.Missing != 3 {
		t.Errorf("%d working days, %d closed, %d missing; who never reports is missing since the 18th", l.Working,
			l.Closed, l.Missing)
	}
	if got := e.Person(fresh, mayMonth.Prev()); got != nil {
		t.Errorf("April of the newcomer: %+v", got)
	}
	if got := e.DayState(fresh, may(15)); got != NotDue {
		t.Errorf("on the day before it is %v", got)
	}
	want(t, "plan of the one with history", line(t, e.Person(old, mayMonth), "calls").Plan, 950)
	l = line(t, e.Role(e.dep.Roles[0], mayMonth.Prev()), "calls")
	want(t, "April of the role", l.Plan, 950)
}

// Between leaving and coming back nothing is expected.
func TestAwayBetweenStays(t *testing.T) {
	p := anna
	p.Entered, p.Away = calendar.Of(2026, 3, 2), []calendar.Span{{From: calendar.Of(2026, 3, 30), To: may(15)}}
	e := engine(dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, p), endOf(20))
	if got := e.Person(p, mayMonth.Prev()); got != nil {
		t.Errorf("April, in which they were not there: %+v", got)
	}
	l := line(t, e.Person(p, mayMonth), "calls")
	want(t, "plan of the days since they are back", l.Plan, 950.0/19*10)
	if l.Missing != 3 || e.DayState(p, may(14)) != NotDue || e.DayState(p, may(18)) != Missing {
		t.Errorf("%d missing, the 14th is %v, the 18th %v", l.Missing, e.DayState(p, may(14)), e.DayState(p, may(18)))
	}
}

func TestBegun(t *testing.T) {
	p := anna
	p.Entered = may(18)
	d := dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, p)
	if e := engine(d, endOf(20)); e.Begun() || e.First() != may(18) {
		t.Errorf("before any figure: begun %v, first %v", e.Begun(), e.First())
	}
	if e := engine(d, endOf(20), entry("anna", "calls", 19, 5)); !e.Begun() {
		t.Error("with a figure it has begun")
	}
}
