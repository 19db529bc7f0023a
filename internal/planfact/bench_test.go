package planfact

import (
	"fmt"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// BenchmarkSummary5000 computes every line of a quarter of 5,000 people with five KPIs:
// each person's and each role's days, weeks and months.
func BenchmarkSummary5000(b *testing.B) {
	const people, roles = 5000, 10
	span := calendar.Span{From: calendar.Of(2026, 7, 1), To: calendar.Of(2026, 9, 30)}
	dep := &department.Department{Settings: department.Defaults()}
	for r := range roles {
		key := fmt.Sprint("role", r)
		check := derived(b, "avg_check", kpi.Money, kpi.Formula, "revenue / deals")
		check.Plan = kpi.Some(50_000)
		dep.Roles = append(dep.Roles, department.Role{Key: key, KPIs: []kpi.KPI{
			typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95),
			typed("deals", kpi.Count, 20), typed("revenue", kpi.Money, 1_000_000), check,
		}})
	}
	for i := range people {
		dep.People = append(dep.People, department.Person{
			ID: department.PersonID(fmt.Sprint("p", i)), Role: fmt.Sprint("role", i%roles),
			Team: fmt.Sprint("team", i%50),
		})
	}
	facts := NewFacts(dep, span)
	for _, p := range dep.People {
		for d := span.From; d <= span.To; d++ {
			for k, key := range []string{"calls", "leads", "deals", "revenue"} {
				facts.Add(department.Entry{Person: p.ID, KPI: key, Date: d, Value: float64(int(d)%7 + k)})
			}
		}
	}
	var periods []calendar.Period
	for _, kind := range []calendar.Kind{calendar.Day, calendar.Week, calendar.Month} {
		periods = append(periods, calendar.Periods(kind, span)...)
	}
	loop := time.Hour
	for range 3 {
		begun := time.Now()
		sums := plainly(dep, facts, periods)
		loop = min(loop, time.Since(begun))
		if sums == 0 {
			b.Fatal("nothing is summed up")
		}
	}
	b.ReportAllocs()
	var of []Line
	for b.Loop() {
		e := New(dep, facts, AsOf{Today: span.To, Over: true})
		lines := 0
		for _, p := range dep.People {
			for _, per := range periods {
				of = e.AppendPerson(of[:0], p, per)
				lines += len(of)
			}
		}
		for _, r := range dep.Roles {
			for _, per := range periods {
				lines += len(e.Role(r, per))
			}
		}
		if want := (people + roles) * len(periods) * 5; lines != want {
			b.Fatalf("%d lines, want %d", lines, want)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(loop), "×loop")
}

// plainly does the least that a summary can do: it sums up each person's figures of each
// period, divides them by a plan and stores both in a table. It returns the sum of all.
func plainly(dep *department.Department, facts *Facts, periods []calendar.Period) (all float64) {
	type line struct{ fact, plan, pace float64 }
	table := make([]line, 0, len(dep.People)*len(periods)*5)
	for _, p := range dep.People {
		for _, per := range periods {
			for _, key := range []string{"calls", "leads", "deals", "revenue"} {
				l := line{plan: 20}
				row := facts.people[p.ID].series[facts.keys[key]]
				for days, d := per.Meet(facts.span), per.Meet(facts.span).From; d <= days.To; d++ {
					l.fact += row[d-facts.span.From]
				}
				l.pace = l.fact / l.plan
				all += l.pace
				table = append(table, l)
			}
		}
	}
	if len(table) == 0 {
		return 0
	}
	return all + table[len(table)-1].pace
}
