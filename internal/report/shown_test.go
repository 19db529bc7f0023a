package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// A pace beside each bound of the lights, to the kopeck and further off: the block shows
// the number and the light that the summary shows, and the number has that light.
func TestPaceIsShownWithItsLight(t *testing.T) {
	rnd := rand.New(rand.NewPCG(99, 97))
	role := salesRep(t)
	role.KPIs[1].Lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 85.5, Light: kpi.Yellow},
		{From: 99.96, Light: kpi.Green}}
	for n := range 60 {
		in := input(role, mayDay(29))
		above := in.Dep.Settings.AboveFrom
		lights := role.KPIs[1].Lights
		if n%2 == 0 {
			lights, in.Role.KPIs[1].Lights = nil, nil
			in.Dep.Roles[0] = in.Role
		}
		bounds := lights.Bounds(above)
		pace := bounds[rnd.IntN(len(bounds))] + []float64{0, -1e-8, 1e-6, -0.0004, 0.0004, -0.003}[rnd.IntN(6)]
		in.Typed.Entries = []department.Entry{
			{Person: "p", KPI: "revenue", Date: mayDay(4), Value: 1e6 * pace},
			{Person: "p", KPI: "deals", Date: mayDay(4), Value: 20}}
		in = plans(in)
		c := calculate(t, report.Layout(in), time.Date(2026, 5, 29, 21, 0, 0, 0, moscow))
		l := in.Plans.Person(in.Person, may)[1]
		shown := l.KPI.Lights.Shown(l.Pace, above)
		got, ok := c.value("pace", "revenue").(float64)
		word := c.value("light", "revenue")
		text := kpi.FormatNum(kpi.Some(got), kpi.Percent, words.RU)
		if want := kpi.FormatNum(shown, kpi.Percent, words.RU); !ok || text != want ||
			word != terms.LightText(l.Light, words.RU) {
			t.Errorf("a pace of %v: %s, %v in the block; %s, %s in the summary", pace, text, word, want, l.Light)
		}
	}
	// A trend that rounds to nothing has no arrow, and what is left of a plan is not 0 ₽.
	in := input(role, mayDay(29))
	for i, d := range closedMay {
		in.Typed.Entries = append(in.Typed.Entries, department.Entry{Person: "p", KPI: "revenue", Date: mayDay(d),
			Value: 100_000 + float64(i)/100})
	}
	in.Typed.Entries = append(in.Typed.Entries, department.Entry{Person: "p", KPI: "revenue", Date: mayDay(29),
		Value: 1e6 - 9*100_000 - 0.36 - 0.3})
	c := calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 29, 21, 0, 0, 0, moscow))
	if left, ok := c.value("left", "revenue").(float64); !ok || left < 0.5 || left > 1 {
		t.Errorf("left: %v", c.value("left", "revenue"))
	}
	c.want("needed", "revenue", "не догнать: прогноз 99\u00a0%")
	in = input(role, mayDay(15))
	for i, d := range closedMay {
		in.Typed.Entries = append(in.Typed.Entries, department.Entry{Person: "p", KPI: "revenue", Date: mayDay(d),
			Value: 50_000 + float64(i)/100})
	}
	c = calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 15, 21, 0, 0, 0, moscow))
	if got := fmt.Sprint(c.value("trend", "revenue")); got != "0" {
		t.Errorf("a trend of some kopecks: %v", got)
	}
}
