package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/fingerprint"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// telephony is a role whose calls come from a call log, and whose talk time a person
// types.
func telephony(t testing.TB) department.Role {
	r := coldCaller(t)
	for i := range r.KPIs {
		if r.KPIs[i].Key == "calls" || r.KPIs[i].Key == "talks" {
			r.KPIs[i].Source = kpi.Calls
		}
	}
	return r
}

// hashed returns the fingerprint of the figures that a layout shows, and the digest of
// the layout.
func hashed(t *testing.T, in report.Input) (hash, digest string) {
	t.Helper()
	w := fingerprint.New()
	report.HashFigures(w, in)
	hash, err := w.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return hash, workbook.Digest(report.Layout(in))
}

// Whatever is known of the figures: where the layout differs, so does the fingerprint of
// what it shows of them.
func TestHashFiguresNamesAllThatALayoutShows(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 26))
	roles := map[string]department.Role{"typed": salesRep(t), "calls": coldCaller(t), "log": telephony(t),
		"deals": salesRepDeals(t), "clients": accountManager(t), "reverse": seller(t)}
	figure := func(in report.Input, facts *planfact.Facts) {
		for range 1 + rng.IntN(3) {
			day := mayDay(1).Add(-rng.IntN(60) + 20)
			k := in.Role.KPIs[rng.IntN(len(in.Role.KPIs))]
			switch {
			case k.Source == kpi.Deals || k.Source == kpi.Clients:
				facts.AddDeal(department.Deal{Person: "p", Date: day, Client: fmt.Sprint("К", rng.IntN(3)),
					Amount: float64(rng.IntN(9) * 1000)})
				facts.AddClient(department.Client{Person: "p", Name: fmt.Sprint("К", rng.IntN(3)), HandedOver: day})
			case !k.Derived() || k.Source == kpi.Calls:
				facts.Add(department.Entry{Person: "p", KPI: k.Key, Date: day, Value: float64(rng.IntN(50))})
			}
		}
	}
	for name, role := range roles {
		t.Run(name, func(t *testing.T) {
			same, other := 0, 0
			var hash, digest string
			var in report.Input
			for i := range 60 {
				if i%12 == 0 {
					in = input(role, mayDay(5+rng.IntN(20)))
					in.Months = []calendar.Period{may.Prev(), may, may.Next()}
					if name == "reverse" {
						in.Dep.Settings.ReversePlan = []string{department.AllRoles}
					}
					if rng.IntN(2) == 0 {
						in.Dep.People[0].Hired = mayDay(-rng.IntN(40) + 10)
						in.Person = in.Dep.People[0]
					}
					if rng.IntN(2) == 0 {
						in.Dep.Absences = []department.Absence{{Person: "p", Kind: department.Vacation,
							Span: calendar.Span{From: mayDay(1), To: mayDay(1 + rng.IntN(20))}}}
					}
					if rng.IntN(2) == 0 {
						in.Closed = []department.Closed{closedBy(in, may.Prev())}
					}
					hash, digest = "", ""
				}
				facts := planfact.NewFacts(in.Dep, calendar.Span{From: may.Prev().Prev().From, To: may.To})
				if name == "reverse" {
					for _, k := range role.KPIs {
						facts.Add(department.Entry{Person: "p", KPI: k.Key, Date: mayDay(1).Add(-20), Value: 20})
					}
				}
				figure(in, facts)
				in.Plans = planfact.New(in.Dep, facts, planfact.AsOf{Today: in.Today})
				h, d := hashed(t, in)
				switch {
				case hash == "":
				case h == hash && d != digest:
					t.Fatalf("another layout with the same fingerprint")
				case h == hash:
					same++
				case d != digest:
					other++
				}
				hash, digest = h, d
			}
			t.Logf("%d with the same figures, %d others", same, other)
			switch name {
			case "typed", "calls":
				if same == 0 {
					t.Error("each figure that is typed makes a new layout")
				}
			case "log", "clients", "reverse":
				if other == 0 {
					t.Error("no layout was another: the test shows nothing")
				}
			}
		})
	}
}

// closedBy returns a month as it closes without any figure.
func closedBy(in report.Input, m calendar.Period) department.Closed {
	c := department.Closed{Person: in.Person.ID, Role: in.Role.Key, Period: m}
	for _, k := range in.Role.KPIs {
		c.KPIs = append(c.KPIs, department.ClosedKPI{Key: k.Key, Plan: k.Plan, Fact: kpi.Some(7), Working: 20})
	}
	return c
}
