package kpi

import "testing"

// Domain 2.9: a negative figure is a refund in money of which more is better, and wrong
// everywhere else.
func TestRefunds_2_9(t *testing.T) {
	for _, test := range []struct {
		k       KPI
		v       any
		refunds bool
		want    float64
		ok      bool
	}{
		{KPI{Unit: Money}, -500.0, true, -500, true},
		{KPI{Unit: Money}, "-1 200,50 ₽", true, -1200.5, true},
		{KPI{Unit: Money}, "−5 тыс. руб.", true, -5000, true},
		{KPI{Unit: Money}, -500.0, false, 0, false},
		{KPI{Unit: Money, Direction: Lower}, -500.0, true, 0, false},
		{KPI{Unit: Count}, -5.0, true, 0, false},
		{KPI{Unit: Duration}, "-1:30", true, 0, false},
		{KPI{Unit: Percent}, -0.5, true, 0, false},
		{KPI{Unit: Money}, "— 500", true, 0, false}, // a dash of a list, it may be
	} {
		r := ParseFigure(test.k, test.v, test.refunds)
		if r.OK() != test.ok || test.ok && r.Value != test.want {
			t.Errorf("%v in %s %s, refunds %v: %+v", test.v, test.k.Unit, test.k.Direction, test.refunds, r)
		}
		if !test.ok && r.Message.IsZero() {
			t.Errorf("%v in %s: nothing says why it is not counted", test.v, test.k.Unit)
		}
	}
}
