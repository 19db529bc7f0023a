package planfact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// product returns the figures of the stages from the factors.
func product(factors ...float64) []float64 {
	out, p := make([]float64, len(factors)), 1.0
	for i, f := range factors {
		p *= f
		out[i] = p
	}
	return out
}

// The golden numbers of domain 2.13.
func TestSplitGolden_2_13(t *testing.T) {
	for name, c := range map[string]struct {
		plan, fact, effects []float64
		total               float64
	}{
		"two factors": {
			product(20, 50_000), product(30, 30_000),
			[]float64{500_000, -600_000}, 900_000 - 1_000_000,
		},
		"five factors": {
			product(1900, 0.40, 0.10, 0.25, 50_000), product(2000, 0.38, 0.07, 0.26, 52_000),
			[]float64{50_000, -50_000, -285_000, 26_600, 27_664}, 719_264 - 950_000,
		},
	} {
		effects, ok := Split(c.plan, c.fact)
		if !ok {
			t.Errorf("%s: no split", name)
		}
		if d := cmp.Diff(c.effects, effects); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		sum := 0.0
		for _, v := range effects {
			sum += v
		}
		if sum != c.total {
			t.Errorf("%s: the effects add up to %v, want %v", name, sum, c.total)
		}
	}
}

// What cannot be divided has no split instead of a meaningless one.
func TestSplitRefuses(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		plan, fact []float64
		ok         bool
		effects    []float64
	}{
		"nothing":                {nil, nil, false, nil},
		"lengths differ":         {[]float64{1, 2}, []float64{1}, false, nil},
		"a plan of 0":            {[]float64{0, 10}, []float64{1, 2}, false, nil},
		"the last plan is 0":     {[]float64{10, 0}, []float64{1, 2}, false, nil},
		"a negative plan":        {[]float64{10, -5}, []float64{1, 2}, false, nil},
		"deals of no lead":       {[]float64{10, 5}, []float64{0, 2}, false, nil},
		"no number":              {[]float64{10, 5}, []float64{nan, 2}, false, nil},
		"no number in a plan":    {[]float64{10, nan}, []float64{1, 2}, false, nil},
		"a negative count":       {[]float64{10, 5}, []float64{-1, 2}, false, nil},
		"nothing done at all":    {[]float64{10, 5}, []float64{0, 0}, true, []float64{-5, 0}},
		"nothing came of it":     {[]float64{10, 5}, []float64{10, 0}, true, []float64{0, -5}},
		"refunds without a deal": {[]float64{10, 5}, []float64{0, -2}, true, []float64{-5, -2}},
		"returns exceed sales":   {[]float64{10, 5}, []float64{10, -1}, true, []float64{0, -6}},
		"one stage":              {[]float64{10}, []float64{7}, true, []float64{-3}},
	} {
		effects, ok := Split(c.plan, c.fact)
		if ok != c.ok {
			t.Errorf("%s: ok %v", name, ok)
		}
		if d := cmp.Diff(c.effects, effects); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Effects add up to the deviation, and the shown ones do so to the last digit.
func TestSplitAddsUp(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		n := 1 + rnd.IntN(6)
		plan, fact := make([]float64, n), make([]float64, n)
		for j := range plan {
			plan[j] = math.Exp(rnd.Float64()*16 - 2)
			fact[j] = plan[j] * rnd.Float64() * 3
			if rnd.IntN(20) == 0 && (j == 0 || fact[j-1] > 0) {
				fact[j] = 0
			}
			if j > 0 && fact[j-1] == 0 {
				fact[j] = 0
			}
		}
		effects, ok := Split(plan, fact)
		if !ok {
			t.Fatalf("%d: no split of %v against %v", i, fact, plan)
		}
		deviation, sum := fact[n-1]-plan[n-1], 0.0
		for _, v := range effects {
			sum += v
		}
		if math.Abs(sum-deviation) > 1e-9*max(1, plan[n-1], fact[n-1]) {
			t.Fatalf("%d: effects %v add up to %v, the deviation is %v", i, effects, sum, deviation)
		}
		for _, parts := range []float64{1, 10} {
			shown, total := Whole(effects, parts), 0.0
			for j, v := range shown {
				if v*parts != math.Round(v*parts) || math.Abs(v-effects[j]) > 1/parts {
					t.Fatalf("%d: %v is shown as %v", i, effects[j], v)
				}
				total += math.Round(v * parts)
			}
			if want := math.Round(deviation * parts); total != want &&
				math.Abs(deviation*parts-math.Trunc(deviation*parts)) != 0.5 {
				t.Fatalf("%d: shown %v add up to %v, not %v", i, shown, total, want)
			}
		}
	}
}

// callerKPIs returns a funnel whose plans of May are 1900, 760 and 76.
func callerKPIs() []kpi.KPI {
	kpis := []kpi.KPI{typed("leads", kpi.Count, 76), typed("calls", kpi.Count, 1900), typed("talks", kpi.Count, 760)}
	kpis[0].Funnel, kpis[1].Funnel, kpis[2].Funnel = 3, 1, 2
	return kpis
}

func TestFunnelOf(t *testing.T) {
	keys := func(kpis []kpi.KPI) (out []string) {
		for _, k := range FunnelOf(department.Role{KPIs: kpis}) {
			out = append(out, k.Key)
		}
		return out
	}
	if d := cmp.Diff([]string{"calls", "talks", "leads"}, keys(callerKPIs())); d != "" {
		t.Error(d)
	}
	twice := callerKPIs()
	twice[1].Funnel = 2
	if d := cmp.Diff([]string{"calls", "leads"}, keys(twice)); d != "" {
		t.Errorf("of two at one position the first counts: %s", d)
	}
	odd := callerKPIs()
	odd[1].Direction, odd[2].Unit = kpi.Lower, kpi.Duration
	if got := keys(odd); got != nil {
		t.Errorf("one stage makes a funnel: %v", got)
	}
}

// The whole month and the month to date, of a person, a team and a role.
func TestFunnelOfLines(t *testing.T) {
	dep := dept(callerKPIs(), anna, boris)
	var entries []department.Entry
	for _, d := range []int{4, 5, 6, 7, 8, 12, 13, 14, 15} { // nine days of nineteen
		entries = append(entries, entry("anna", "calls", d, 100), entry("anna", "talks", d, 38),
			entry("anna", "leads", d, 2))
		entries = append(entries, entry("boris", "calls", d, 120), entry("boris", "talks", d, 48),
			entry("boris", "leads", d, 5))
	}
	e := engine(dep, endOf(15), entries...)
	f := FunnelOfLines(e.Person(anna, mayMonth))
	// To date the plans are 900, 360 and 36; the facts 900, 342 and 18.
	want(t, "deviation", f.Deviation, -18)
	want(t, "effect of calls", f.Stages[0].Effect, 0)
	want(t, "effect of call → talk", f.Stages[1].Effect, -1.8)
	want(t, "effect of talk → lead", f.Stages[2].Effect, -16.2)
	want(t, "talk rate × 100", kpi.Some(f.Stages[1].Rate.V*100), 38)
	want(t, "its plan × 100", kpi.Some(f.Stages[1].RatePlan.V*100), 40)
	want(t, "its deviation × 100", kpi.Some(f.Stages[1].RateDeviation().V*100), -2)
	none(t, "rate of the first stage", f.Stages[0].Rate)
	if f.Bottleneck != 2 || f.Stages[2].KPI.Key != "leads" || f.Stages[2].RateUnit != kpi.Percent {
		t.Errorf("bottleneck %d in %+v", f.Bottleneck, f.Stages)
	}
	// A team of one has that person's figures; the role's are computed on its aggregates.
	if d := cmp.Diff(f.Stages[2].Effect,
		FunnelOfLines(e.Team(dep.Roles[0], "north", mayMonth)).Stages[2].Effect); d != "" {
		t.Error(d)
	}
	r := FunnelOfLines(e.Role(dep.Roles[0], mayMonth))
	want(t, "role's deviation", r.Deviation, 63-72)
	// Calls 1980 of 1800, talks 774 of 720, leads 63 of 72.
	want(t, "role's effect of calls", r.Stages[0].Effect, 72*1980.0/1800-72)
	want(t, "role's effect of call → talk", r.Stages[1].Effect, 72*774.0/720-72*1980.0/1800)
	want(t, "role's effect of talk → lead", r.Stages[2].Effect, 63-72*774.0/720)

	// Too early to say: two days of nineteen have closed.
	if f := FunnelOfLines(engine(dep, endOf(5), entries...).Person(anna, mayMonth)); f.Bottleneck != -1 ||
		!f.Deviation.OK {
		t.Errorf("bottleneck %d after two days, deviation %v", f.Bottleneck, f.Deviation)
	}

	// In a past period the whole plan counts.
	over := FunnelOfLines(engine(dep, endOf(31), entries...).Person(anna, mayMonth))
	want(t, "deviation of the whole month", over.Deviation, 18-76)
	want(t, "plan of the whole month", over.Stages[0].Plan, 1900)
}

func TestFunnelHasNoValueRatherThanNonsense(t *testing.T) {
	role := func(change func([]kpi.KPI), entries ...department.Entry) Funnel {
		kpis := callerKPIs()
		change(kpis)
		return FunnelOfLines(engine(dept(kpis), endOf(15), entries...).Person(anna, mayMonth))
	}
	some := []department.Entry{entry("anna", "calls", 5, 100), entry("anna", "talks", 5, 40),
		entry("anna", "leads", 5, 4)}

	f := role(func(k []kpi.KPI) { k[2].Plan = kpi.Num{} }, some...) // talks
	none(t, "deviation without a plan", f.Deviation)
	none(t, "effect without a plan", f.Stages[1].Effect)
	none(t, "planned rate without a plan", f.Stages[1].RatePlan)
	want(t, "the rate is known", f.Stages[1].Rate, 0.4)
	if f.Bottleneck != -1 {
		t.Errorf("bottleneck %d", f.Bottleneck)
	}

	f = role(func([]kpi.KPI) {}, entry("anna", "leads", 5, 4)) // without calls
	none(t, "effect of nothing", f.Stages[2].Effect)
	none(t, "rate of nothing", f.Stages[2].Rate)

	// Talks are measured from the 13th: calls → leads remain.
	f = role(func(k []kpi.KPI) { k[2].From = may(13) }, some...)
	if len(f.Stages) != 2 || f.Stages[0].KPI.Key != "calls" || f.Stages[1].KPI.Key != "leads" {
		t.Fatalf("stages %+v", f.Stages)
	}
	want(t, "rate over the stage left out", f.Stages[1].Rate, 0.04)
	want(t, "deviation", f.Deviation, -32)

	// Leads end before the month: the rest leads to talks.
	f = role(func(k []kpi.KPI) { k[0].To = calendar.Of(2026, 4, 30) }, some...)
	if n := len(f.Stages); n != 2 || f.Stages[1].KPI.Key != "talks" {
		t.Fatalf("stages %+v", f.Stages)
	}

	// Nothing has closed: a plan to date of 0.
	early := FunnelOfLines(engine(dept(callerKPIs()), AsOf{Today: may(4)}).Person(anna, mayMonth))
	none(t, "deviation on the first morning", early.Deviation)
	if len(early.Stages) != 3 {
		t.Errorf("%d stages", len(early.Stages))
	}
	if f := FunnelOfLines(nil); len(f.Stages) != 0 || f.Bottleneck != -1 {
		t.Errorf("a funnel of nothing: %+v", f)
	}
}

// A rate is a share, or roubles a piece, or has no name.
func TestRateUnits(t *testing.T) {
	kpis := []kpi.KPI{typed("budget", kpi.Money, 190), typed("leads", kpi.Count, 19), typed("revenue", kpi.Money, 1900),
		typed("paid", kpi.Money, 950)}
	for i := range kpis {
		kpis[i].Funnel = i + 1
	}
	f := FunnelOfLines(engine(dept(kpis), endOf(31),
		entry("anna", "budget", 5, 100), entry("anna", "leads", 5, 10), entry("anna", "revenue", 5, 800),
		entry("anna", "paid", 5, 200)).Person(anna, mayMonth))
	var got []string
	for _, s := range f.Stages {
		got = append(got, fmt.Sprint(s.RateUnit, s.Rate))
	}
	if d := cmp.Diff([]string{"{0 false}", "{0 false}", "money{80 true}", "percent{0.25 true}"}, got); d != "" {
		t.Error(d)
	}
	want(t, "deviation", f.Deviation, -750)
}
