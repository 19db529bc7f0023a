package planfact

import (
	"math"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Anna moves from the north to the south on 15 May: of May's 19 working days 8 are the
// north's. Boris has been in the south all along. The teams add up to the role, plan by
// day, fact by day; ratios are computed from the sums.
func TestTeamsOfSomebodyWhoMoved(t *testing.T) {
	mover := anna
	mover.Team, mover.TeamsBefore = "south", []department.TeamStint{{Team: "north", To: may(14)}}
	rate := derived(t, "rate", kpi.Percent, kpi.Formula, "leads / calls")
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95), rate}, mover, boris)
	dep.Plans = []department.Plan{ // the south's own plan counts from her first day there
		{From: may(1), Team: "south", KPI: "leads", Plan: 190, For: calendar.Month},
		{From: may(1), Team: "land", KPI: "calls", Plan: 1900, For: calendar.Month},
	}
	dep.Teams = []department.Team{{Name: "land"}, {Name: "north", PartOf: "land"}, {Name: "south"}}
	dep.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(12), To: may(12)},
		Kind: department.Trip}}
	facts := NewFacts(dep, year)
	for d := 1; d <= 22; d++ {
		facts.Add(entry("anna", "calls", d, 10))
		facts.Add(entry("anna", "leads", d, 2))
		facts.Add(entry("boris", "calls", d, 30))
		facts.Add(entry("boris", "leads", d, 1))
	}
	e := New(dep, facts, AsOf{Today: may(22), Over: true})
	role := dep.Roles[0]
	all, north, south := e.Role(role, mayMonth), e.Team(role, "north", mayMonth), e.Team(role, "south", mayMonth)
	for k, want := range []struct{ plan, fact, northFact float64 }{
		// Anna's 8 days of 1,900 a month for the north and 11 of 950; a trip keeps it.
		{800 + 550 + 950, 22*10 + 22*30, 14 * 10},
		{40 + 110 + 190, 22*2 + 22*1, 14 * 2},
	} {
		if math.Abs(all[k].Plan.V-want.plan) > 1e-6 || all[k].Fact.V != want.fact || north[k].Fact.V != want.northFact {
			t.Errorf("%s: plan %v, fact %v, north's %v; want %+v", all[k].KPI.Key, all[k].Plan, all[k].Fact,
				north[k].Fact, want)
		}
		for what, of := range map[string]func(Line) kpi.Num{
			"plan": func(l Line) kpi.Num { return l.Plan }, "fact": func(l Line) kpi.Num { return l.Fact },
			"plan to date": func(l Line) kpi.Num { return l.PlanToDate },
			"working days": func(l Line) kpi.Num { return kpi.Some(float64(l.Working)) },
			"missing":      func(l Line) kpi.Num { return kpi.Some(float64(l.Missing)) },
		} {
			if sum := of(north[k]).V + of(south[k]).V; math.Abs(sum-of(all[k]).V) > 1e-6 {
				t.Errorf("%s, %s: the teams have %v, the role %v", all[k].KPI.Key, what, sum, of(all[k]).V)
			}
		}
	}
	if got, want := north[2].Fact.V, 0.2; got != want {
		t.Errorf("the north's rate is %v, want %v", got, want)
	}
	if got, want := south[2].Fact.V, (8*2+22.0)/(8*10+22*30); math.Abs(got-want) > 1e-12 {
		t.Errorf("the south's rate is %v, want %v", got, want)
	}
	// The person is one; each part of them is in one team.
	whole := e.Person(mover, mayMonth)
	parts := mover.InTeams()
	first, second := e.Person(parts[0], mayMonth), e.Person(parts[1], mayMonth)
	if sum := first[0].Plan.V + second[0].Plan.V; math.Abs(sum-whole[0].Plan.V) > 1e-6 ||
		first[0].Fact.V+second[0].Fact.V != whole[0].Fact.V || first[0].Fact.V != 140 {
		t.Errorf("parts %v and %v of %v", first[0], second[0], whole[0])
	}
	if first[0].Working+second[0].Working != whole[0].Working || first[0].Open != 0 {
		t.Errorf("days: %d + %d of %d; still open in the north: %d", first[0].Working, second[0].Working,
			whole[0].Working, first[0].Open)
	}
	if got := e.InTeams(role, func(string) bool { return true }, mayMonth); got[0].Fact != all[0].Fact {
		t.Errorf("all teams have %v, the role %v", got[0].Fact, all[0].Fact)
	}
}
