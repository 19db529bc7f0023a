//go:build unix

package planfact

import (
	"fmt"
	"math"
	"syscall"
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
	// In turn, and the least of each: what else the machine does meets them alike.
	sums, loop, took := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	b.ReportAllocs()
	var of []Line
	for b.Loop() {
		b.StopTimer()
		begun := worked(b)
		if summedUp(dep, facts, periods) == 0 {
			b.Fatal("nothing is summed up")
		}
		sums = min(sums, worked(b)-begun)
		begun = worked(b)
		if plainly(dep, facts, periods, span.To) == 0 {
			b.Fatal("nothing is computed")
		}
		loop = min(loop, worked(b)-begun)
		begun = worked(b)
		b.StartTimer()
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
		took = min(took, worked(b)-begun)
	}
	b.ReportMetric(float64(took.Microseconds())/1000, "cpu-ms")
	b.ReportMetric(float64(took)/float64(loop), "×loop")
	b.ReportMetric(float64(took)/float64(sums), "×sums")
}

// worked returns how long processors have worked for this process: unlike the time on a
// clock it does not depend on what else the machine does.
func worked(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// summedUp does less than any summary: it sums up each person's figures of each period
// and divides them by a number. It returns the sum of all.
func summedUp(dep *department.Department, facts *Facts, periods []calendar.Period) (all float64) {
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

// plainly computes the same table of figures as the engine in the plainest way, for the
// plainest department: everybody has worked there always and on the same days, with one
// plan of a month for each KPI, and no plan, KPI, team or role ever changes. It has the
// columns of a line (plan by the working days, plan to date, fact, attainment, pace,
// deviations, forecast, what is left, needed per day, catch-up, trend) of each person
// and, as sums of people's, of each role. So the engine may take as many times longer as
// it is worth to know of absences, hires, schedules, lights and missing reports. It
// returns the sum of all paces.
func plainly(dep *department.Department, facts *Facts, periods []calendar.Period, today calendar.Date) (all float64) {
	type line struct {
		plan, fact, toDate, attainment, pace, deviation, deviationToDate, forecast, left, needed, catchUp,
		trend float64
	}
	cal, from := dep.Calendar(), facts.span.From
	share := make([]float64, facts.span.Days()) // of the plan of a month, by day
	for d := from; d <= facts.span.To; d++ {
		if cal.Kind(d).Works() {
			share[d-from] = 1 / float64(cal.WorkingDays(nil, calendar.MonthOf(d).Span))
		}
	}
	count := func(s calendar.Span) (working int) {
		for s = s.Meet(facts.span); s.From <= s.To; s.From++ {
			if share[s.From-from] > 0 {
				working++
			}
		}
		return working
	}
	finish := func(l *line, working, closed int, was float64) {
		l.attainment, l.pace = l.fact/l.plan, l.fact/l.toDate
		l.deviation, l.deviationToDate = l.fact-l.plan, l.fact-l.toDate
		l.forecast = l.fact / float64(closed) * float64(working)
		if open := float64(working - closed); open > 0 {
			l.needed = l.left / open
			l.catchUp = l.needed / (l.plan / float64(working))
		}
		l.trend = l.fact - was
		if l.toDate > 0 {
			all += l.pace
		}
	}
	kpis := dep.Roles[0].KPIs[:4]
	table := make([]line, 0, (len(dep.People)+len(dep.Roles))*len(periods)*5)
	totals := make([]line, 5*len(periods)*len(dep.Roles))
	before := make([]float64, len(totals))
	for i, p := range dep.People {
		series := facts.people[p.ID].series
		for at, per := range periods {
			days := per.Meet(facts.span)
			closed := calendar.Span{From: days.From, To: min(days.To, today)}
			prev := per.Prev().Meet(facts.span)
			role := totals[5*(i%len(dep.Roles)*len(periods)+at):][:5]
			roleWas := before[5*(i%len(dep.Roles)*len(periods)+at):][:5]
			w, e := count(per.Span), count(closed)
			var was [4]float64
			first := len(table)
			for k := range kpis {
				row := series[facts.keys[kpis[k].Key]]
				var l line
				for d := days.From; d <= days.To; d++ {
					l.plan += kpis[k].Plan.V * share[d-from]
				}
				for d := closed.From; d <= closed.To; d++ {
					l.toDate += kpis[k].Plan.V * share[d-from]
					l.fact += row[d-from]
				}
				for d := prev.From; d <= prev.To; d++ {
					was[k] += row[d-from]
				}
				l.left = max(0, l.plan-l.fact)
				finish(&l, w, e, was[k])
				table = append(table, l)
				role[k].plan += l.plan
				role[k].toDate += l.toDate
				role[k].fact += l.fact
				roleWas[k] += was[k]
			}
			check := line{plan: 50_000, toDate: 50_000, fact: table[first+3].fact / table[first+2].fact}
			finish(&check, w, e, was[3]/was[2])
			table = append(table, check)
		}
	}
	for r := range dep.Roles {
		for at, per := range periods {
			closed := calendar.Span{From: per.From, To: min(per.To, today)}
			role, was := totals[5*(r*len(periods)+at):][:5], before[5*(r*len(periods)+at):][:5]
			role[4] = line{plan: 50_000, toDate: 50_000, fact: role[3].fact / role[2].fact}
			was[4] = was[3] / was[2]
			for k := range role {
				role[k].left = max(0, role[k].plan-role[k].fact)
				finish(&role[k], count(per.Span), count(closed), was[k])
			}
			table = append(table, role...)
		}
	}
	return all + table[len(table)-1].pace
}
