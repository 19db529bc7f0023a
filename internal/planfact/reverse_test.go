package planfact

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// salesFunnel returns calls → talks → leads → deals → revenue.
func salesFunnel() []kpi.KPI {
	var out []kpi.KPI
	for i, key := range []string{"calls", "talks", "leads", "deals", "revenue"} {
		k := typed(key, kpi.Count, 100)
		if key == "revenue" {
			k.Unit, k.Plan = kpi.Money, kpi.Some(950_000)
		}
		k.Funnel = i + 1
		out = append(out, k)
	}
	return out
}

// 2000 calls led to 800 talks, these to 80 leads, these to 20 deals of 1 000 000 roubles
// together: 45 000 roubles are 0.9 deals, 3.6 leads, 36 talks and 90 calls. Boris has
// only 4 deals, so two of his steps are the role's: 92 leads led to 24 deals of 1 240
// 000.
func TestReverse(t *testing.T) {
	dep := dept(salesFunnel(), anna, boris)
	day := calendar.Of(2026, 4, 10)
	var entries []department.Entry
	for key, v := range map[string]float64{"calls": 2000, "talks": 800, "leads": 80, "deals": 20,
		"revenue": 1_000_000} {
		entries = append(entries, department.Entry{Person: "anna", KPI: key, Date: day, Value: v},
			// outside the span
			department.Entry{Person: "anna", KPI: key, Date: may(4), Value: 7 * v},
			department.Entry{Person: "anna", KPI: key, Date: calendar.Of(2026, 1, 20), Value: 1 + v*v/7}) // so is this
	}
	for key, v := range map[string]float64{"calls": 500, "talks": 100, "leads": 12, "deals": 4, "revenue": 240_000} {
		entries = append(entries, department.Entry{Person: "boris", KPI: key, Date: day, Value: v})
	}
	e := engine(dep, endOf(15), entries...)
	span := ReverseSpan(may(15), 90)
	if span != (calendar.Span{From: calendar.Of(2026, 1, 31), To: calendar.Of(2026, 4, 30)}) {
		t.Fatalf("the span is %v", span)
	}
	r, ok := e.Reverse(anna, span)
	if !ok {
		t.Fatal("nothing")
	}
	for i, want := range []float64{90, 36, 3.6, 0.9, 45_000} {
		if got := r.Needs(45_000)[i]; !near(got, want) {
			t.Errorf("stage %d: %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{800, 80, 20, 20} {
		if c := r.Steps[i]; c.Sample != want || !c.Own {
			t.Errorf("step %d: %+v", i, c)
		}
	}
	r, ok = e.Reverse(boris, span)
	if !ok {
		t.Fatal("nothing of Boris")
	}
	for i, want := range []bool{true, true, false, false} {
		if r.Steps[i].Own != want {
			t.Errorf("step %d of Boris: %+v", i, r.Steps[i])
		}
	}
	// 124 000 × 24 / 1 240 000 = 2.4 deals; × 92 / 24 = 9.2 leads; × 100 / 12; × 5.
	for i, want := range []float64{9.2 * 100 / 12 * 5, 9.2 * 100 / 12, 9.2, 2.4, 124_000} {
		if got := r.Needs(124_000)[i]; !near(got, want) {
			t.Errorf("stage %d of Boris: %v, want %v", i, got, want)
		}
	}
	// Too few successes even for the whole role; no funnel.
	if r, ok := engine(dep, endOf(15), entries[len(entries)-1]).Reverse(anna, span); ok {
		t.Errorf("of one figure: %+v", r)
	}
	plain := dept([]kpi.KPI{typed("calls", kpi.Count, 100)})
	if r, ok := engine(plain, endOf(15)).Reverse(anna, span); ok {
		t.Errorf("without a funnel: %+v", r)
	}
}
