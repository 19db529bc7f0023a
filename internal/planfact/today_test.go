package planfact

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

func quota(t *testing.T, e *Engine, p department.Person, key string) Quota {
	t.Helper()
	for _, q := range e.Today(p) {
		if q.KPI.Key == key {
			return q
		}
	}
	t.Fatalf("no quota of %s", key)
	return Quota{}
}

// May 2026 has 19 working days. 350 calls by the evening of the 14th, the 8th
// day, leave 600 of 950 for the 11 days from the 15th on: 54.54 a day.
func TestToday(t *testing.T) {
	lower := typed("complaints", kpi.Count, 19)
	lower.Direction = kpi.Lower
	unplanned := typed("notes", kpi.Count, 0)
	unplanned.Plan = kpi.Num{}
	kpis := []kpi.KPI{typed("calls", kpi.Count, 950), lower, unplanned,
		derived(t, "rate", kpi.Percent, kpi.Formula, "complaints / calls")}
	dep := dept(kpis)
	at := func(day int, over bool, more ...department.Entry) *Engine {
		return engine(dep, AsOf{Today: may(day), Over: over}, append(more, entry("anna", "calls", 4, 350))...)
	}
	for _, c := range []struct {
		name       string
		e          *Engine
		need, left float64
	}{
		{"in the morning", at(15, false), 600.0 / 11, 55},
		{"twenty calls later", at(15, false, entry("anna", "calls", 15, 20)), 600.0 / 11, 35},
		{"after the deadline the need of the day is the same", at(15, true, entry("anna", "calls", 15, 20)),
			600.0 / 11, 35},
		{"all done", at(15, false, entry("anna", "calls", 15, 55)), 600.0 / 11, 0},
		{"more than all", at(15, false, entry("anna", "calls", 15, 90)), 600.0 / 11, 0},
		{"the last day takes all that is left", at(29, false), 600, 600},
		{"the month's plan was made before", at(15, false, entry("anna", "calls", 14, 600)), 0, 0},
		{"a part of a call is a call", at(15, false, entry("anna", "calls", 15, 54)), 600.0 / 11, 1},
	} {
		got := quota(t, c.e, anna, "calls")
		if !got.Left.OK || !near(got.Need.V, c.need) || got.Left.V != c.left {
			t.Errorf("%s: %+v, want need %v, left %v", c.name, got, c.need, c.left)
		}
	}
	for _, key := range []string{"complaints", "notes", "rate"} {
		if got := quota(t, at(15, false), anna, key); got.Left.OK || got.Need.OK {
			t.Errorf("%s: %+v", key, got)
		}
	}
	if got := quota(t, at(16, false), anna, "calls"); got.Left.OK {
		t.Errorf("on a Saturday: %+v", got)
	}
	dep.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(15), To: may(18)},
		Kind: department.Sick}}
	if got := quota(t, at(15, false), anna, "calls"); got.Left.OK {
		t.Errorf("on sick leave: %+v", got)
	}
}

// By the evening of the 19th 11 days have closed: the last five, 13-15, 18 and
// 19, are compared with 5-8 and 12.
func TestLately(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("deals", kpi.Count, 20),
		derived(t, "rate", kpi.Percent, kpi.Formula, "deals / calls")})
	var entries []department.Entry
	for day, calls := range map[int]float64{4: 1000, 5: 10, 6: 10, 7: 10, 8: 10, 9: 7, 12: 10, 13: 20, 14: 20, 15: 20,
		17: 3, 18: 20, 19: 20, 20: 500} {
		entries = append(entries, entry("anna", "calls", day, calls))
	}
	entries = append(entries, entry("anna", "deals", 8, 5), entry("anna", "deals", 18, 4))
	e := engine(dep, endOf(19), entries...)
	got := e.Lately(anna, mayMonth)
	if got["calls"] != kpi.Some(46) { // 103 with Sunday the 17th, less 57 with Saturday the 9th
		t.Errorf("calls: %v", got["calls"])
	}
	if got["deals"] != kpi.Some(-1) {
		t.Errorf("deals: %v", got["deals"])
	}
	if want := 4.0/103 - 5.0/57; !got["rate"].OK || !near(got["rate"].V, want) {
		t.Errorf("rate: %v, want %v", got["rate"], want)
	}
	// After six days three are compared with three; after five, nothing.
	if got := engine(dep, endOf(12), entries...).Lately(anna, mayMonth)["calls"]; got != kpi.Some(37-1020) {
		t.Errorf("after six days: %v", got)
	}
	if got := engine(dep, endOf(8), entries...).Lately(anna, mayMonth); len(got) != 0 {
		t.Errorf("after five days: %v", got)
	}
	// A KPI measured since the 6th has no earlier stretch of five days.
	dep.Roles[0].KPIs[0].From = may(6)
	if got := engine(dep, endOf(19), entries...).Lately(anna, mayMonth); got["calls"].OK || !got["deals"].OK {
		t.Errorf("a new KPI: %v", got)
	}
	if got := engine(dep, endOf(20), entries...).Lately(anna, mayMonth); got["calls"] != kpi.Some(583-67) {
		t.Errorf("a KPI of ten days: %v", got)
	}
}
