package planfact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// randomDepartment returns people who come, go and are away, plans that change, and
// figures, all from a seed.
func randomDepartment(t testing.TB, seed uint64) (*department.Department, []department.Entry) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	day := func() calendar.Date { return calendar.Of(2026, 3, 1).Add(rnd.IntN(120)) }
	check := derived(t, "check", kpi.Money, kpi.Formula, "sum / deals")
	check.Plan = kpi.Some(100)
	kpis := []kpi.KPI{
		typed("calls", kpi.Count, 950), typed("deals", kpi.Count, 20), typed("sum", kpi.Money, 100_000.01),
		check, derived(t, "both", kpi.Count, kpi.Formula, "calls + 2 * deals"),
	}
	kpis[1].PlanFor = calendar.Week
	dep := dept(kpis)
	dep.People = nil
	dep.Settings.ShortDays = seed%2 == 0
	dep.Settings.Ramp = []float64{0.5, 0.8}
	kinds := []department.AbsenceKind{department.Vacation, department.Sick, department.DayOff, department.Trip,
		department.Training}
	periods := []calendar.Kind{calendar.Day, calendar.Week, calendar.Month}
	var entries []department.Entry
	for i := range 12 {
		p := department.Person{ID: department.PersonID(fmt.Sprint("p", i)), Role: "r", Team: fmt.Sprint("t", i%3)}
		if rnd.IntN(3) == 0 {
			p.Hired = day()
		}
		if rnd.IntN(3) == 0 {
			p.Left = day()
		}
		dep.People = append(dep.People, p)
		for range rnd.IntN(4) {
			from := day()
			dep.Absences = append(dep.Absences, department.Absence{
				Person: p.ID, Span: calendar.Span{From: from, To: from.Add(rnd.IntN(12))},
				Kind: kinds[rnd.IntN(len(kinds))],
			})
		}
		for d := calendar.Of(2026, 3, 1); d <= calendar.Of(2026, 6, 28); d++ {
			for _, key := range []string{"calls", "deals", "sum"} {
				if rnd.IntN(3) > 0 {
					entries = append(entries, department.Entry{Person: p.ID, KPI: key, Date: d,
						Value: float64(rnd.IntN(100))})
				}
			}
		}
	}
	for range 10 {
		row := department.Plan{From: day(), KPI: kpis[rnd.IntN(4)].Key, Plan: float64(rnd.IntN(500)),
			For: periods[rnd.IntN(3)]}
		switch rnd.IntN(4) {
		case 0:
			row.Person = dep.People[rnd.IntN(12)].ID
		case 1:
			row.Team = "t1"
		case 2:
			row.Role = "r"
		}
		dep.Plans = append(dep.Plans, row)
	}
	return dep, entries
}

func facts(dep *department.Department, entries []department.Entry) *Facts {
	f := NewFacts(dep, year)
	for _, e := range entries {
		f.Add(e)
	}
	return f
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }

func TestProperties(t *testing.T) {
	for seed := range uint64(40) {
		dep, entries := randomDepartment(t, seed)
		today := calendar.Of(2026, 4, 1).Add(int(seed) * 2)
		at := AsOf{Today: today, Over: seed%3 == 0}
		e := New(dep, facts(dep, entries), at)
		role := dep.Roles[0]
		span := calendar.Span{From: calendar.Of(2026, 3, 1), To: calendar.Of(2026, 6, 30)}
		for _, month := range calendar.Periods(calendar.Month, span) {
			for _, p := range dep.People {
				lines := e.Person(p, month)
				if lines == nil {
					continue
				}
				for _, k := range role.KPIs {
					l := line(t, lines, k.Key)
					where := fmt.Sprintf("seed %d, %s, %s, %v", seed, p.ID, k.Key, month)
					checkLine(t, where, l, dep.Settings)
					plans, ok := e.DayPlans(p, k.Key, month)
					if ok != l.Plan.OK && k.Additive() {
						t.Fatalf("%s: plan %v, days %v", where, l.Plan, ok)
					}
					if !k.Additive() || !ok {
						continue
					}
					sum := 0.0
					for _, v := range plans {
						sum += v
					}
					if !near(sum, l.Plan.V) {
						t.Fatalf("%s: days add up to %v, the month is %v", where, sum, l.Plan.V)
					}
				}
			}
		}
		// A week's plan is the sum of its days, whichever months they are in.
		for _, week := range calendar.Periods(calendar.Week, span) {
			for _, p := range dep.People {
				for _, l := range e.Person(p, week) {
					if !l.KPI.Additive() || !l.Plan.OK {
						continue
					}
					sum := 0.0
					for d := week.From; d <= week.To; d++ {
						plans, _ := e.DayPlans(p, l.KPI.Key, calendar.MonthOf(d))
						sum += plans[d.Day()-1]
					}
					if !near(sum, l.Plan.V) {
						t.Fatalf("seed %d, %s, %s: week %v, days %v", seed, p.ID, week, l.Plan.V, sum)
					}
				}
			}
		}
		// The people add up to the role, and so do the teams.
		for _, per := range []calendar.Period{calendar.MonthOf(today), calendar.WeekOf(today), calendar.DayOf(today),
			calendar.MonthOf(today).Prev()} {
			for _, k := range role.KPIs {
				if !k.Additive() {
					continue
				}
				l := line(t, e.Role(role, per), k.Key)
				var people, teams Line
				for _, p := range dep.People {
					if lines := e.Person(p, per); lines != nil {
						addLine(&people, line(t, lines, k.Key))
					}
				}
				for _, team := range []string{"t0", "t1", "t2"} {
					if lines := e.Team(role, team, per); lines != nil {
						addLine(&teams, line(t, lines, k.Key))
					}
				}
				for name, sum := range map[string]Line{"people": people, "teams": teams} {
					if !near(sum.Fact.V, l.Fact.V) || !near(sum.Plan.V, l.Plan.V) ||
						!near(sum.PlanToDate.V, l.PlanToDate.V) ||
						sum.Working != l.Working || sum.Closed != l.Closed || sum.Reported != l.Reported ||
						sum.Missing != l.Missing {
						t.Fatalf("seed %d, %s, %v: %s add up to %+v, the role is %+v", seed, k.Key, per, name, sum, l)
					}
				}
				checkLine(t, "total", l, dep.Settings)
			}
		}
		// Facts by definition: what was reported in the month up to today.
		month := calendar.MonthOf(today)
		for _, p := range dep.People {
			lines := e.Person(p, month)
			if lines == nil {
				continue
			}
			sums := map[string]float64{}
			for _, x := range entries {
				if x.Person == p.ID && month.Has(x.Date) && x.Date <= today && p.Employed(x.Date) {
					sums[x.KPI] += x.Value
				}
			}
			sums["both"] = sums["calls"] + 2*sums["deals"]
			for _, key := range []string{"calls", "deals", "sum", "both"} {
				if got := line(t, lines, key).Fact; got != kpi.Some(sums[key]) {
					t.Fatalf("seed %d, %s, %s: fact %v, want %v", seed, p.ID, key, got, sums[key])
				}
			}
			check := line(t, lines, "check").Fact
			if check.OK != (sums["deals"] != 0) || check.OK && !near(check.V, sums["sum"]/sums["deals"]) {
				t.Fatalf("seed %d, %s: check %v of %v", seed, p.ID, check, sums)
			}
		}
		// The same questions have the same answers, in any order.
		again := New(dep, facts(dep, entries), at)
		for _, p := range slices.Backward(dep.People) {
			if diff := cmp.Diff(e.Person(p, month), again.Person(p, month)); diff != "" {
				t.Fatalf("seed %d: %s", seed, diff)
			}
		}
	}
}

func addLine(sum *Line, l Line) {
	sum.Fact.V += l.Fact.V
	sum.Plan.V += l.Plan.V
	sum.PlanToDate.V += l.PlanToDate.V
	sum.Working += l.Working
	sum.Closed += l.Closed
	sum.Reported += l.Reported
	sum.Missing += l.Missing
}

// checkLine checks what is true of every line.
func checkLine(t *testing.T, where string, l Line, s department.Settings) {
	t.Helper()
	for _, n := range []kpi.Num{l.Plan, l.Fact, l.PlanToDate, l.Attainment, l.Pace, l.Deviation, l.DeviationToDate,
		l.Forecast, l.Left, l.NeededPerDay, l.CatchUp, l.Trend} {
		if math.IsNaN(n.V) || math.IsInf(n.V, 0) || !n.OK && n.V != 0 {
			t.Fatalf("%s: %v in %+v", where, n, l)
		}
	}
	if l.Working != l.Closed+l.Open || l.Missing > l.Closed {
		t.Fatalf("%s: W %d, E %d, R %d, missing %d", where, l.Working, l.Closed, l.Open, l.Missing)
	}
	if l.KPI.Additive() && l.Plan.OK && (l.PlanToDate.V > l.Plan.V+noise || l.Open == 0 && l.Working > 0 &&
		!near(l.PlanToDate.V, l.Plan.V)) {
		t.Fatalf("%s: plan %v, to date %v", where, l.Plan, l.PlanToDate)
	}
	if early := float64(l.Closed) < s.GreyShare*float64(l.Working) || l.Closed == 0; early &&
		(l.Light != kpi.NoLight || l.Forecast.OK) {
		t.Fatalf("%s: a light or a forecast after %d of %d days", where, l.Closed, l.Working)
	}
}
