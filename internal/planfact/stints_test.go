package planfact

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Somebody who sells from 15 May on called until the 14th: of May's 19 working days 8 are
// the caller's and 11 the seller's. Each role has its part of the plan, and its days'
// figures of the KPI that both roles have.
func TestRoleChange(t *testing.T) {
	typed := func(key string, unit kpi.Unit, plan float64) kpi.KPI {
		return kpi.KPI{Key: key, Title: key, Unit: unit, Source: kpi.Manual, Plan: kpi.Some(plan),
			PlanFor: calendar.Month, Direction: kpi.Higher, Required: true, Weight: 1}
	}
	may := calendar.MonthOf(calendar.Of(2026, 5, 1))
	anna := department.Person{ID: "anna", Name: "Anna", Role: "rep",
		Before: []department.Stint{{Role: "caller", To: calendar.Of(2026, 5, 14)}}}
	dep := &department.Department{
		Roles: []department.Role{
			{Key: "caller", KPIs: []kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 19)}},
			{Key: "rep", KPIs: []kpi.KPI{typed("calls", kpi.Count, 190), typed("revenue", kpi.Money, 1_900_000)}},
		},
		People:   []department.Person{anna},
		Settings: department.Defaults(),
	}
	facts := NewFacts(dep, may.Span)
	for d := may.From; d <= calendar.Of(2026, 5, 22); d++ {
		for _, k := range []string{"calls", "leads", "revenue"} {
			facts.Add(department.Entry{Person: "anna", KPI: k, Date: d, Value: 10})
		}
	}
	e := New(dep, facts, AsOf{Today: calendar.Of(2026, 5, 22), Over: true})
	stints := dep.Stints()
	if len(stints) != 2 || stints[0].Role != "caller" || stints[1].Role != "rep" {
		t.Fatalf("stints: %+v", stints)
	}
	for _, c := range []struct {
		stint          int
		key            string
		plan, fact     float64
		working, close int
	}{
		{0, "calls", 400, 140, 8, 8}, // 14 days have figures until the 14th
		{0, "leads", 8, 140, 8, 8},
		{1, "calls", 110, 80, 11, 6}, // 8 from the 15th to the 22nd
		{1, "revenue", 1_100_000, 80, 11, 6},
	} {
		found := false
		for _, l := range e.Person(stints[c.stint], may) {
			if l.KPI.Key != c.key {
				continue
			}
			found = true
			if l.Plan.V != c.plan || l.Fact.V != c.fact || l.Working != c.working || l.Closed != c.close ||
				l.Role != stints[c.stint].Role {
				t.Errorf("%s as %s: plan %v, fact %v, %d of %d days", c.key, l.Role, l.Plan, l.Fact, l.Closed,
					l.Working)
			}
		}
		if !found {
			t.Errorf("no %s as %s", c.key, stints[c.stint].Role)
		}
	}
	total := e.Role(dep.Roles[0], may)
	if total[0].Fact.V != 140 || total[0].Plan.V != 400 {
		t.Errorf("the callers' total: %+v", total[0])
	}
	// Her own sheet has one column of calls, with each day at its role's rate.
	plans, ok := e.DayPlans(anna, "calls", may)
	if !ok || plans[13] != 50 || plans[14] != 10 {
		t.Errorf("plans of 14 and 15 May: %v, %v; want 50 and 10", plans[13], plans[14])
	}
	sum := 0.0
	for _, w := range e.DayWeights(anna, may) {
		sum += w
	}
	if sum != 19 {
		t.Errorf("she works %v days of May, want 19", sum)
	}
	if got := e.DayState(stints[0], calendar.Of(2026, 5, 15)); got != NotDue {
		t.Errorf("as a caller her 15 May is %v, want not due", got)
	}
	role, _ := dep.RoleOver(anna)
	keys := ""
	for _, k := range role.KPIs {
		keys += k.Key + " " + k.From.String() + "–" + k.To.String() + " "
	}
	if want := "calls – revenue 2026-05-15– leads –2026-05-14 "; keys != want {
		t.Errorf("the columns of her sheet: %q, want %q", keys, want)
	}
	// The newcomer's ramp does not start again with the role.
	dep.Settings.Ramp, dep.People[0].Hired = []float64{0.5}, calendar.Of(2026, 3, 2)
	e = New(dep, facts, AsOf{Today: calendar.Of(2026, 5, 22), Over: true})
	if l := e.Person(dep.Stints()[1], may)[1]; l.Plan.V != 1_100_000 {
		t.Errorf("two months after the hiring the plan in the new role is %v", l.Plan.V)
	}
}
