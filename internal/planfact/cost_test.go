package planfact

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// The golden numbers of domain 2.14.
func TestChecksGolden_2_14(t *testing.T) {
	sums := append(slices.Repeat([]float64{100_000}, 30), 5_000_000, 5_000_000, 5_000_000)
	c := ChecksOf(sums, 30_000, 150_000)
	want(t, "mean", c.Mean, 545_454.55)
	want(t, "median", c.Median, 100_000)
	want(t, "three largest", c.TopSum, 15_000_000)
	want(t, "their share × 100", kpi.Some(c.Top.V*100), 83.33)
	if d := cmp.Diff([]Band{{}, {30, 3_000_000}, {3, 15_000_000}}, []Band{c.Small, c.Middle, c.Large}); d != "" {
		t.Error(d)
	}
	if c.Deals != 33 || c.Sum != 18_000_000 {
		t.Errorf("%d deals of %v", c.Deals, c.Sum)
	}
}

func TestChecksEdges_2_14(t *testing.T) {
	if d := cmp.Diff(Checks{}, ChecksOf(nil, 10, 20)); d != "" {
		t.Error(d)
	}
	c := ChecksOf([]float64{20, 10, 9.99, 19.99}, 10, 20) // the bounds themselves
	if d := cmp.Diff([]Band{{1, 9.99}, {2, 29.99}, {1, 20}}, []Band{c.Small, c.Middle, c.Large}); d != "" {
		t.Error(d)
	}
	want(t, "median of an even number", c.Median, (10+19.99)/2)

	c = ChecksOf([]float64{1, 2, 3}, 0, 20)
	none(t, "share of three of three", c.Top)
	if c.Small != (Band{}) || c.Large != (Band{}) {
		t.Errorf("bands without both bounds: %+v", c)
	}
	c = ChecksOf([]float64{100, 100, 100, -250}, 10, 20)
	none(t, "share of three of three, refunds left out", c.Top)
	want(t, "mean: net sum / count", c.Mean, 50.0/3)
}

// Refunds are in the sum and in the mean, and nowhere else (domain 2.9).
func TestChecksRefunds_2_9(t *testing.T) {
	c := ChecksOf([]float64{100, -250, 5, 15, 30}, 10, 20)
	if c.Deals != 4 || c.Sales != 150 || c.Refunds != -250 || c.Sum != -100 {
		t.Errorf("%+v", c)
	}
	want(t, "mean: net sum / count", c.Mean, -25)
	want(t, "median", c.Median, 22.5)
	want(t, "three largest", c.TopSum, 145)
	want(t, "share of the three largest, of sales", c.Top, 145.0/150)
	if d := cmp.Diff([]Band{{1, 5}, {1, 15}, {2, 130}}, []Band{c.Small, c.Middle, c.Large}); d != "" {
		t.Error(d)
	}

	c = ChecksOf([]float64{-50}, 10, 20)
	if c.Deals != 0 || c.Sum != -50 {
		t.Errorf("refunds alone: %+v", c)
	}
	none(t, "mean of refunds alone", c.Mean)
	none(t, "median of refunds alone", c.Median)
}

// Deals up to today count in the period that holds them.
func TestDealSums(t *testing.T) {
	dep := dept([]kpi.KPI{derived(t, "deals", kpi.Count, kpi.Deals, "count")})
	f := NewFacts(dep, year)
	for day, sum := range map[int]float64{4: 10, 15: 20, 18: 40} {
		f.AddDeal(department.Deal{Person: "anna", Date: may(day), Client: "c", Amount: sum})
	}
	e := New(dep, f, endOf(15))
	if d := cmp.Diff([]float64{10, 20}, e.DealSums(anna, mayMonth)); d != "" {
		t.Errorf("a deal of a day still to come is not counted: %s", d)
	}
	if d := cmp.Diff([]float64{20}, e.DealSums(anna, calendar.WeekOf(may(15)))); d != "" {
		t.Error(d)
	}
	if got := e.DealSums(boris, mayMonth); got != nil {
		t.Errorf("deals of nobody: %v", got)
	}
}

// Domain 2.15: the cost of the period over the counts of the stages.
func TestCost_2_15(t *testing.T) {
	paid := anna
	paid.Cost = kpi.Some(95_000)
	entries := calls380()
	for _, d := range []int{4, 5} {
		entries = append(entries, entry("anna", "talks", d, 75), entry("anna", "leads", d, 9))
	}
	make := func(at AsOf, change func(*department.Department, *Facts)) *Engine {
		dep := dept(callerKPIs(), paid, boris)
		f := NewFacts(dep, year)
		for _, e := range entries {
			f.Add(e)
		}
		if change != nil {
			change(dep, f)
		}
		return New(dep, f, at)
	}
	spent := func(e *Engine) ([]StageCost, kpi.Num) {
		return CostPerStage(Spent{e.Cost(paid, mayMonth), FunnelOfLines(e.Person(paid, mayMonth))})
	}
	// Nine of nineteen days: 45,000 of 95,000.
	e := make(endOf(15), nil)
	stages, total := spent(e)
	want(t, "cost", total, 45_000)
	want(t, "a call", stages[0].Fact, 45_000.0/380)
	want(t, "a conversation", stages[1].Fact, 300)
	want(t, "a lead", stages[2].Fact, 2500)
	want(t, "a lead on plan", stages[2].Plan, 95_000.0/76)
	want(t, "cost of the week", e.Cost(paid, calendar.WeekOf(may(15))), 20_000)
	none(t, "cost of whom nobody set", e.Cost(boris, mayMonth))

	// Telephony in the same proportion; for everybody who calls.
	e = make(endOf(15), func(d *department.Department, _ *Facts) { d.Settings.PhoneCost = 1900 })
	want(t, "cost with telephony", e.Cost(paid, mayMonth), 45_900)
	want(t, "telephony alone", e.Cost(boris, mayMonth), 900)

	// The call log's own cost replaces it.
	e = make(endOf(15), func(d *department.Department, f *Facts) {
		d.Settings.PhoneCost = 1900
		f.AddCallCost("anna", may(5), 100)
		f.AddCallCost("anna", may(12), 11.5)
		f.AddCallCost("anna", may(18), 1000) // after today
		f.AddCallCost("anna", may(5), math.NaN())
		f.AddCallCost("nobody", may(5), 1)
	})
	want(t, "cost with a call log", e.Cost(paid, mayMonth), 45_111.5)
	want(t, "of a week", e.Cost(paid, calendar.WeekOf(may(15))), 20_011.5)
	want(t, "four days of April, whose calls no log tells", e.Cost(paid, calendar.WeekOf(may(1))), 96_900*4.0/22)
	want(t, "the others have the setting", e.Cost(boris, mayMonth), 900)

	// The whole month costs the full amount, even with absences; for somebody hired in
	// the middle of it, the part from then on.
	e = make(endOf(31), func(d *department.Department, _ *Facts) {
		d.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(18), To: may(22)},
			Kind: department.Vacation}}
	})
	want(t, "a month with a vacation", e.Cost(paid, mayMonth), 95_000)
	e = make(endOf(31), func(d *department.Department, _ *Facts) { d.People[0].Hired = may(18) })
	want(t, "a month from the 18th", e.Cost(paid, mayMonth), 50_000)
	e = make(endOf(31), func(d *department.Department, _ *Facts) { d.People[0].Left = may(1) })
	want(t, "a month without a working day", e.Cost(paid, mayMonth), 0)
}

func TestCostPerStageOfMany(t *testing.T) {
	f := func(calls, leads float64, plan kpi.Num) Funnel {
		kpis := callerKPIs()
		return Funnel{Stages: []Stage{
			{KPI: kpis[1], Fact: kpi.Some(calls), Plan: kpi.Some(100)},
			{KPI: kpis[0], Fact: kpi.Some(leads), Plan: plan},
			{KPI: typed("revenue", kpi.Money, 1), Fact: kpi.Some(1e6), Plan: kpi.Some(1e6)},
		}}
	}
	stages, total := CostPerStage(
		Spent{kpi.Some(1000), f(80, 0, kpi.Some(10))},
		Spent{kpi.Some(3000), f(120, 0, kpi.Num{})},
		Spent{kpi.Num{}, f(800, 50, kpi.Some(10))}, // their cost is not known
	)
	want(t, "total", total, 4000)
	if len(stages) != 2 {
		t.Fatalf("stages %+v: money is no piece", stages)
	}
	want(t, "a call", stages[0].Fact, 20)
	want(t, "a call on plan", stages[0].Plan, 20)
	none(t, "a lead where there is none", stages[1].Fact)
	none(t, "a lead where somebody has no plan", stages[1].Plan)

	stages, total = CostPerStage(Spent{kpi.Num{}, f(1, 1, kpi.Some(1))})
	none(t, "total of nobody", total)
	if len(stages) != 0 {
		t.Errorf("stages %+v", stages)
	}
}

// A person who changes role in the middle of a month costs each role its part, including
// telephony.
func TestCostOfTwoRoles(t *testing.T) {
	moved := anna
	moved.Cost = kpi.Some(95_000)
	moved.Before = []department.Stint{{Role: "r", To: may(8)}}
	moved.Role = "s"
	dep := dept(callerKPIs(), moved)
	dep.Roles = append(dep.Roles, department.Role{Key: "s", Title: "Second", KPIs: callerKPIs()})
	f := NewFacts(dep, year)
	f.AddCallCost("anna", may(5), 100)
	f.AddCallCost("anna", may(12), 11)
	e := New(dep, f, endOf(31))
	parts := moved.Stints()
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	// Five of nineteen working days, then fourteen.
	want(t, "the first role", e.Cost(parts[0], mayMonth), 25_000+100)
	want(t, "the second role", e.Cost(parts[1], mayMonth), 70_000+11)
}
