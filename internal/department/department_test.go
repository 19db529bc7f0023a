package department

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
)

func TestEmployed(t *testing.T) {
	d := func(day int) calendar.Date { return calendar.Of(2026, 5, day) }
	tests := []struct {
		p    Person
		day  calendar.Date
		want bool
	}{
		{Person{}, d(1), true},
		{Person{Hired: d(4)}, d(3), false},
		{Person{Hired: d(4)}, d(4), true},
		{Person{Left: d(15)}, d(15), true},
		{Person{Left: d(15)}, d(16), false},
		{Person{Hired: d(4), Left: d(15)}, d(10), true},
	}
	for _, tt := range tests {
		if got := tt.p.Employed(tt.day); got != tt.want {
			t.Errorf("hired %v, left %v, on %v: %v", tt.p.Hired, tt.p.Left, tt.day, got)
		}
	}
}

func TestLookups(t *testing.T) {
	dep := &Department{
		Roles:    []Role{{Key: "sales", KPIs: []kpi.KPI{{Key: "deals", Source: kpi.Deals}}}},
		People:   []Person{{ID: "anna", Role: "sales"}},
		Settings: Defaults(),
	}
	r, ok := dep.Role("sales")
	if k, known := r.KPI("deals"); !ok || !known || k.Source != kpi.Deals {
		t.Errorf("role %v, KPI %v", ok, known)
	}
	if !r.Uses(kpi.Deals) || r.Uses(kpi.Manual) {
		t.Error("wrong sources")
	}
	if _, ok := r.KPI("calls"); ok {
		t.Error("an unknown KPI is found")
	}
	if _, ok := dep.Role("x"); ok {
		t.Error("an unknown role is found")
	}
	if p, ok := dep.Person("anna"); !ok || p.Role != "sales" {
		t.Error("anna is not found")
	}
	if _, ok := dep.Person("x"); ok {
		t.Error("an unknown person is found")
	}
}

// The company's own days override the country's; without a country the week is Monday to
// Friday.
func TestCalendar(t *testing.T) {
	holiday, own := calendar.Of(2026, 5, 1), calendar.Of(2026, 5, 4)
	dep := &Department{Settings: Defaults(), Company: map[calendar.Date]calendar.DayKind{own: calendar.Off}}
	c := dep.Calendar()
	if c.Kind(holiday).Works() || c.Kind(own).Works() {
		t.Error("a holiday or the company's own day off is worked")
	}
	dep.Settings.Country = ""
	if !dep.Calendar().Kind(holiday).Works() {
		t.Error("a Russian holiday holds without Russia")
	}
}
