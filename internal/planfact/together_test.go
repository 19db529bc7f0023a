package planfact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
)

// Two roles that sell: 600 000 of 950 000 and 200 000 of 650 000, both a half of the
// month, on ten days each that are not all the same. Together they have what they have
// one by one, and the pace and the light of the sums; where one of them has no forecast
// yet, there is none.
func TestTogether(t *testing.T) {
	set := department.Defaults()
	revenue := kpi.KPI{Key: "revenue", Unit: kpi.Money, Direction: kpi.Higher}
	const days, more = 0b11_1111_1111, 0b111_1111_1110 // the open ones
	line := func(plan, fact, toDate, left, need, ahead float64, people int, open uint32) planfact.Line {
		return planfact.Line{Role: "r", KPI: revenue, Plan: kpi.Some(plan), Fact: kpi.Some(fact),
			PlanToDate: kpi.Some(toDate), Left: kpi.Some(left), NeededPerDay: kpi.Some(need), Forecast: kpi.Some(ahead),
			Working: 20 * people, Closed: 10 * people, Open: 10 * people, Reported: 9 * people, Missing: people,
			OpenOn: [2]uint32{open}}
	}
	a := line(950_000, 600_000, 475_000, 350_000, 35_000, 1_200_000, 1, days)
	b := line(650_000, 200_000, 325_000, 450_000, 45_000, 400_000, 2, more)
	if got := planfact.Together([]planfact.Line{a}, &set); got.Role != "r" || got.Plan != a.Plan {
		t.Errorf("one line became %+v", got)
	}
	got := planfact.Together([]planfact.Line{a, b}, &set)
	want := planfact.Line{KPI: revenue, Plan: kpi.Some(1_600_000), Fact: kpi.Some(800_000),
		PlanToDate: kpi.Some(800_000),
		Attainment: kpi.Some(0.5), Pace: kpi.Some(1), Deviation: kpi.Some(-800_000), DeviationToDate: kpi.Some(0),
		Forecast: kpi.Some(1_600_000), Left: kpi.Some(800_000), NeededPerDay: kpi.Some(800_000.0 / 11),
		CatchUp: kpi.Some(1), Light: kpi.Green,
		Working: 60, Closed: 30, Open: 30, Reported: 27, Missing: 3, OpenOn: [2]uint32{days | more}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(kpi.Expr{})); d != "" {
		t.Error(d)
	}
	b.Forecast = kpi.Num{}
	if got := planfact.Together([]planfact.Line{a, b}, &set); got.Forecast.OK {
		t.Errorf("a forecast of one role for two: %v", got.Forecast)
	}
}
