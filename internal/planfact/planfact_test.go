package planfact

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// may returns a day of May 2026, whose working days are 4-8, 12-15, 18-22 and 25-29.
func may(d int) calendar.Date { return calendar.Of(2026, 5, d) }

var (
	mayMonth = calendar.MonthOf(may(1))
	year     = calendar.Span{From: calendar.Of(2026, 1, 1), To: calendar.Of(2026, 12, 31)}
	anna     = department.Person{ID: "anna", Name: "Anna", Role: "r", Team: "north"}
	boris    = department.Person{ID: "boris", Name: "Boris", Role: "r", Team: "south"}
)

func expr(t testing.TB, src string) kpi.Expr {
	t.Helper()
	x, err := kpi.ParseExpr(src)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func typed(key string, unit kpi.Unit, plan float64) kpi.KPI {
	return kpi.KPI{
		Role: "r", Key: key, Title: key, Unit: unit, Source: kpi.Manual, Direction: kpi.Higher,
		Plan: kpi.Some(plan), PlanFor: calendar.Month, Weight: 1, Required: true,
	}
}

func derived(t testing.TB, key string, unit kpi.Unit, src kpi.Source, formula string) kpi.KPI {
	t.Helper()
	return kpi.KPI{Role: "r", Key: key, Title: key, Unit: unit, Source: src, Direction: kpi.Higher,
		Expr: expr(t, formula)}
}

// dept returns a department of one role, and people with it.
func dept(kpis []kpi.KPI, people ...department.Person) *department.Department {
	if len(people) == 0 {
		people = []department.Person{anna}
	}
	return &department.Department{
		Roles:    []department.Role{{Key: "r", Title: "Role", KPIs: kpis}},
		People:   people,
		Settings: department.Defaults(),
	}
}

// entry returns a figure for a day of May.
func entry(p department.PersonID, key string, day int, v float64) department.Entry {
	return department.Entry{Person: p, KPI: key, Date: may(day), Value: v}
}

func engine(dep *department.Department, at AsOf, entries ...department.Entry) *Engine {
	f := NewFacts(dep, year)
	for _, e := range entries {
		f.Add(e)
	}
	return New(dep, f, at)
}

// endOf returns the evening of a day of May.
func endOf(day int) AsOf { return AsOf{Today: may(day), Over: true} }

// line returns a person's line of a KPI.
func line(t testing.TB, lines []Line, key string) Line {
	t.Helper()
	for _, l := range lines {
		if l.KPI.Key == key {
			return l
		}
	}
	t.Fatalf("no line of %s among %d", key, len(lines))
	return Line{}
}

// calls380 returns 380 calls over the nine working days up to 15 May.
func calls380() []department.Entry {
	var out []department.Entry
	for _, d := range []int{4, 5, 6, 7, 8, 12, 13, 14} {
		out = append(out, entry("anna", "calls", d, 42))
	}
	return append(out, entry("anna", "calls", 15, 44))
}

func want(t *testing.T, name string, got kpi.Num, v float64) {
	t.Helper()
	if !got.OK || math.Abs(got.V-v) > 0.005 {
		t.Errorf("%s is %v, want %v", name, got, v)
	}
}

func none(t *testing.T, name string, got kpi.Num) {
	t.Helper()
	if got.OK {
		t.Errorf("%s is %v, want none", name, got.V)
	}
}

// The golden numbers of May 2026 at the end of the 15th (domain 2.1, 2.3-2.6).
func TestGoldenMay_2_1_to_2_6(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	e := engine(dep, endOf(15), calls380()...)
	for name, l := range map[string]Line{
		"person": line(t, e.Person(anna, mayMonth), "calls"),
		"role":   line(t, e.Role(dep.Roles[0], mayMonth), "calls"),
		"team":   line(t, e.Team(dep.Roles[0], "north", mayMonth), "calls"),
	} {
		t.Run(name, func(t *testing.T) {
			if l.Working != 19 || l.Closed != 9 || l.Open != 10 || l.Reported != 9 || l.Missing != 0 {
				t.Errorf("W %d E %d R %d, reported %d, missing %d", l.Working, l.Closed, l.Open, l.Reported, l.Missing)
			}
			if l.Plan != kpi.Some(950) || l.PlanToDate != kpi.Some(450) || l.Fact != kpi.Some(380) {
				t.Errorf("plan %v, to date %v, fact %v: sums must be exact", l.Plan, l.PlanToDate, l.Fact)
			}
			want(t, "deviation", l.Deviation, -570)
			want(t, "deviation to date", l.DeviationToDate, -70)
			want(t, "attainment", l.Attainment, 0.40)
			want(t, "pace × 100", kpi.Some(l.Pace.V*100), 84.44)
			want(t, "forecast", l.Forecast, 802.22)
			want(t, "forecast, % of plan", kpi.Some(l.Forecast.V/950*100), 84.44)
			want(t, "left", l.Left, 570)
			want(t, "needed per day", l.NeededPerDay, 57)
			want(t, "catch-up", l.CatchUp, 1.14)
			if l.Light != kpi.Red {
				t.Errorf("light %q, want red", l.Light)
			}
		})
	}
}

// Domain 2.3: the ISO weeks of May, and a week of two months.
func TestWeekPlans_2_3(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	e := engine(dep, endOf(15))
	plans, ok := e.DayPlans(anna, "calls", mayMonth)
	if !ok || len(plans) != 31 {
		t.Fatalf("%d plans, %v", len(plans), ok)
	}
	var weeks []float64
	for _, w := range calendar.Periods(calendar.Week, mayMonth.Span) {
		sum := 0.0
		part := w.Meet(mayMonth.Span)
		for d := part.From; d <= part.To; d++ {
			sum += plans[d-mayMonth.From]
		}
		weeks = append(weeks, clean(sum))
	}
	if diff := cmp.Diff([]float64{0, 250, 200, 250, 250}, weeks); diff != "" {
		t.Error(diff)
	}
	// The week of 29 June to 5 July: two days at 950 / 21, three at 950 / 23.
	l := line(t, e.Person(anna, calendar.WeekOf(calendar.Of(2026, 7, 1))), "calls")
	want(t, "plan of a week of two months", l.Plan, 2*950.0/21+3*950.0/23)
}

// Domain 2.3: a short day weighs 7/8 if ops set that.
func TestShortDays_2_3(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 1887.5)})
	dep.Settings.ShortDays = true
	e := engine(dep, endOf(15))
	plans, _ := e.DayPlans(anna, "calls", mayMonth)
	want(t, "a whole day", kpi.Some(plans[3]), 100)
	want(t, "the short 8 May", kpi.Some(plans[7]), 87.5)
	weights := e.DayWeights(anna, mayMonth)
	if weights[3] != 1 || weights[7] != 0.875 || weights[0] != 0 || weights[10] != 0 {
		t.Errorf("weights %v", weights)
	}
	want(t, "plan", line(t, e.Person(anna, mayMonth), "calls").Plan, 1887.5)
}

// Domain 2.1: no data is −plan, a plan of 0 has no attainment, no plan no deviation.
func TestEdges_2_1(t *testing.T) {
	unplanned := typed("unplanned", kpi.Count, 0)
	unplanned.Plan = kpi.Num{}
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("zero", kpi.Count, 0), unplanned})
	e := engine(dep, endOf(29), entry("anna", "zero", 5, 3), entry("anna", "unplanned", 5, 3))
	lines := e.Person(anna, mayMonth)

	l := line(t, lines, "calls")
	want(t, "fact", l.Fact, 0)
	want(t, "deviation", l.Deviation, -950)
	want(t, "left", l.Left, 950)
	none(t, "needed per day with no day left", l.NeededPerDay)
	if l.Light != kpi.Red || l.Missing != 19 {
		t.Errorf("light %q, %d missing", l.Light, l.Missing)
	}

	l = line(t, lines, "zero")
	want(t, "deviation", l.Deviation, 3)
	want(t, "left", l.Left, 0)
	none(t, "attainment of plan 0", l.Attainment)
	none(t, "pace of plan 0", l.Pace)
	if l.Light != kpi.NoLight {
		t.Errorf("light %q of plan 0", l.Light)
	}

	l = line(t, lines, "unplanned")
	want(t, "fact", l.Fact, 3)
	for name, n := range map[string]kpi.Num{"plan": l.Plan, "to date": l.PlanToDate, "deviation": l.Deviation,
		"attainment": l.Attainment, "left": l.Left} {
		none(t, name, n)
	}
	want(t, "forecast without a plan", l.Forecast, 3)
}

// Domain 2.2: the ratio of sums, never the mean of ratios.
func TestRatio_2_2(t *testing.T) {
	check := derived(t, "avg_check", kpi.Money, kpi.Formula, "revenue / deals")
	check.Plan = kpi.Some(50_000)
	dep := dept([]kpi.KPI{typed("deals", kpi.Count, 20), typed("revenue", kpi.Money, 1_000_000), check})
	e := engine(dep, endOf(15),
		entry("anna", "deals", 4, 1), entry("anna", "revenue", 4, 500_000),
		entry("anna", "deals", 5, 10), entry("anna", "revenue", 5, 300_000),
		entry("anna", "deals", 6, 4), entry("anna", "revenue", 6, 200_000))
	for _, per := range []calendar.Period{mayMonth, calendar.WeekOf(may(4))} {
		l := line(t, e.Person(anna, per), "avg_check")
		want(t, "average check", l.Fact, 66_666.67)
		want(t, "plan, not prorated", l.Plan, 50_000)
		want(t, "plan to date", l.PlanToDate, 50_000)
		want(t, "pace", l.Pace, 1.3333)
		want(t, "deviation", l.Deviation, 16_666.67)
		want(t, "forecast", l.Forecast, 66_666.67)
		none(t, "left", l.Left)
		none(t, "needed", l.NeededPerDay)
		none(t, "catch-up", l.CatchUp)
		if l.Reported != 3 {
			t.Errorf("%d days reported", l.Reported)
		}
	}
	// Nothing to divide by: no value, no light.
	l := line(t, e.Person(anna, calendar.DayOf(may(7))), "avg_check")
	none(t, "fact", l.Fact)
	none(t, "deviation", l.Deviation)
	if l.Light != kpi.NoLight {
		t.Errorf("light %q", l.Light)
	}
}

// Domain 2.2: the team's plan of a ratio is weighted by the plan's denominators.
func TestTeamPlanOfRatio_2_2(t *testing.T) {
	check := derived(t, "avg_check", kpi.Money, kpi.Formula, "revenue / deals")
	check.Plan = kpi.Some(50_000)
	deals := typed("deals", kpi.Count, 30)
	dep := dept([]kpi.KPI{deals, typed("revenue", kpi.Money, 1), check}, anna, boris)
	dep.Plans = []department.Plan{
		{Person: "boris", KPI: "avg_check", Plan: 90_000},
		{Person: "boris", KPI: "deals", Plan: 10, For: calendar.Month},
	}
	entries := []department.Entry{entry("anna", "deals", 4, 1), entry("boris", "deals", 4, 3)}
	l := line(t, engine(dep, endOf(15), entries...).Role(dep.Roles[0], mayMonth), "avg_check")
	want(t, "weighted by planned deals", l.Plan, (30*50_000+10*90_000)/40.0)

	dep.Plans = dep.Plans[:1]
	dep.Roles[0].KPIs[0].Plan = kpi.Num{}
	l = line(t, engine(dep, endOf(15), entries...).Role(dep.Roles[0], mayMonth), "avg_check")
	want(t, "weighted by actual deals", l.Plan, (1*50_000+3*90_000)/4.0)
	l = line(t, engine(dep, endOf(15)).Role(dep.Roles[0], mayMonth), "avg_check")
	want(t, "the plain mean", l.Plan, 70_000)
	l = line(t, engine(dep, endOf(15)).Team(dep.Roles[0], "south", mayMonth), "avg_check")
	want(t, "of one person", l.Plan, 90_000)
	if l.Team != "south" || l.Person != "" {
		t.Errorf("a total of team %q, person %q", l.Team, l.Person)
	}
}

// Domain 2.5: no forecast and no light before 20 % of the days have closed.
func TestGrey_2_5_and_2_18(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	entries := []department.Entry{entry("anna", "calls", 4, 80), entry("anna", "calls", 5, 80)}
	l := line(t, engine(dep, endOf(6), entries...).Person(anna, mayMonth), "calls") // 3 of 19
	none(t, "an early forecast", l.Forecast)
	want(t, "pace", l.Pace, 160.0/150)
	if l.Light != kpi.NoLight {
		t.Errorf("an early light %q", l.Light)
	}
	l = line(t, engine(dep, endOf(7), entries...).Person(anna, mayMonth), "calls") // 4 of 19
	want(t, "forecast", l.Forecast, 160.0/4*19)
	if l.Light != kpi.Red {
		t.Errorf("light %q", l.Light)
	}
	// A day has its light as soon as it closes.
	l = line(t, engine(dep, endOf(4), entries...).Person(anna, calendar.DayOf(may(4))), "calls")
	if l.Light != kpi.Above {
		t.Errorf("light of a closed day %q", l.Light)
	}
	l = line(t, engine(dep, AsOf{Today: may(4)}).Person(anna, calendar.DayOf(may(4))), "calls")
	if l.Light != kpi.NoLight || l.Open != 1 {
		t.Errorf("light of an open day %q, open %d", l.Light, l.Open)
	}
}

// A day is closed when its report is in or its deadline has passed.
func TestClosedDay(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95)})
	morning := AsOf{Today: may(15)}
	l := line(t, engine(dep, morning).Person(anna, mayMonth), "calls")
	if l.Closed != 8 || l.Open != 11 {
		t.Errorf("in the morning %d closed, %d open", l.Closed, l.Open)
	}
	half := engine(dep, morning, entry("anna", "calls", 15, 10))
	if l := line(t, half.Person(anna, mayMonth), "calls"); l.Closed != 8 {
		t.Errorf("half a report closes the day: %d", l.Closed)
	}
	whole := engine(dep, morning, entry("anna", "calls", 15, 10), entry("anna", "leads", 15, 0))
	if l := line(t, whole.Person(anna, mayMonth), "calls"); l.Closed != 9 || l.Open != 10 {
		t.Errorf("with the report in %d closed, %d open", l.Closed, l.Open)
	}
	if l := line(t, engine(dep, endOf(15)).Person(anna, mayMonth), "calls"); l.Closed != 9 {
		t.Errorf("after the deadline %d closed", l.Closed)
	}
	// A first deal does not close the day of people who type nothing.
	dealer := dept([]kpi.KPI{derived(t, "deals", kpi.Count, kpi.Deals, "count")})
	f := NewFacts(dealer, year)
	f.AddDeal(department.Deal{Person: "anna", Date: may(15), Client: "x", Amount: 1})
	if l := line(t, New(dealer, f, morning).Person(anna, mayMonth), "deals"); l.Closed != 8 || l.Fact != kpi.Some(1) {
		t.Errorf("with a deal %d closed, fact %v", l.Closed, l.Fact)
	}
	// Figures of days that do not count yet are not facts.
	early := engine(dep, endOf(15), entry("anna", "calls", 18, 5))
	if l := line(t, early.Person(anna, mayMonth), "calls"); l.Fact.V != 0 || l.Reported != 0 {
		t.Errorf("tomorrow's figure counts: %v", l.Fact)
	}
}

// Domain 2.6: something is left, and no day to do it in.
func TestNeeded_2_6(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, anna, boris)
	e := engine(dep, endOf(15), append(calls380(), entry("boris", "calls", 4, 1000))...)
	l := line(t, e.Person(boris, mayMonth), "calls")
	want(t, "left", l.Left, 0)
	want(t, "needed", l.NeededPerDay, 0)
	want(t, "catch-up", l.CatchUp, 0)
	// Together they have left what their plan and fact leave, 1900 − 1380: what Boris has
	// above his plan makes up for a part of Anna's; on the ten days that each has.
	l = line(t, e.Role(dep.Roles[0], mayMonth), "calls")
	if l.Working != 38 || l.Open != 20 {
		t.Errorf("W %d, R %d", l.Working, l.Open)
	}
	want(t, "left", l.Left, 520)
	want(t, "needed per day", l.NeededPerDay, 52)
	want(t, "catch-up", l.CatchUp, 0.52)
}

// Domain 2.7: percentages deviate in points and are not prorated.
func TestPercent_2_7(t *testing.T) {
	rate := derived(t, "lead_rate", kpi.Percent, kpi.Formula, "leads / calls")
	rate.Plan = kpi.Some(0.10)
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95), rate}, anna, boris)
	e := engine(dep, endOf(15),
		entry("anna", "calls", 4, 100), entry("anna", "leads", 4, 8),
		entry("boris", "calls", 4, 300), entry("boris", "leads", 4, 36))
	l := line(t, e.Person(anna, mayMonth), "lead_rate")
	want(t, "fact × 100", kpi.Some(l.Fact.V*100), 8)
	want(t, "points", kpi.Some(l.Deviation.V*100), -2)
	want(t, "pace", l.Pace, 0.8)
	want(t, "team, Σ / Σ, × 100", kpi.Some(line(t, e.Role(dep.Roles[0], mayMonth), "lead_rate").Fact.V*100), 11)
}

// A typed percentage has no operands: the mean of its figures.
func TestTypedPercent(t *testing.T) {
	dep := dept([]kpi.KPI{typed("share", kpi.Percent, 0.5)}, anna, boris)
	e := engine(dep, endOf(15), entry("anna", "share", 4, 0.2), entry("anna", "share", 5, 0.4),
		entry("boris", "share", 5, 0.9))
	l := line(t, e.Person(anna, mayMonth), "share")
	want(t, "mean", l.Fact, 0.3)
	want(t, "forecast", l.Forecast, 0.3)
	want(t, "plan", l.Plan, 0.5)
	want(t, "of all figures", line(t, e.Role(dep.Roles[0], mayMonth), "share").Fact, 0.5)
	none(t, "without figures", line(t, e.Person(anna, calendar.DayOf(may(6))), "share").Fact)
}

// Domain 2.8: lower is better.
func TestLower_2_8(t *testing.T) {
	refusals := typed("refusals", kpi.Count, 190)
	refusals.Direction = kpi.Lower
	tests := []struct {
		name                   string
		fact                   float64
		attainment, pace, left float64
		light                  kpi.Light
	}{
		{"twice the plan to date", 180, 190.0 / 180, 0.5, 10, kpi.Red},
		{"on plan", 90, 1.2, 1, 100, kpi.Green},
		{"none", 0, 1.2, 1.2, 190, kpi.Above},
		{"capped", 9, 1.2, 1.2, 181, kpi.Above},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := engine(dept([]kpi.KPI{refusals}), endOf(15), entry("anna", "refusals", 4, tt.fact))
			l := line(t, e.Person(anna, mayMonth), "refusals")
			want(t, "attainment", l.Attainment, tt.attainment)
			want(t, "pace", l.Pace, tt.pace)
			want(t, "left", l.Left, tt.left)
			want(t, "deviation keeps its sign", l.Deviation, tt.fact-190)
			none(t, "needed", l.NeededPerDay)
			if l.Light != tt.light {
				t.Errorf("light %q, want %q", l.Light, tt.light)
			}
		})
	}
}

// Domain 2.9: a day without a figure stays in E; a figure on a day off counts.
func TestCells_2_9(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	e := engine(dep, endOf(15), entry("anna", "calls", 4, 0), entry("anna", "calls", 9, 5),
		entry("anna", "calls", 10, 7), entry("anna", "calls", 10, 6))
	l := line(t, e.Person(anna, mayMonth), "calls")
	if l.Fact != kpi.Some(11) || l.Closed != 9 || l.Reported != 3 || l.Missing != 8 {
		t.Errorf("fact %v, closed %d, reported %d, missing %d", l.Fact, l.Closed, l.Reported, l.Missing)
	}
	day := line(t, e.Person(anna, calendar.DayOf(may(9))), "calls")
	if day.Fact != kpi.Some(5) || day.Plan != kpi.Some(0) || day.Working != 0 || day.Light != kpi.NoLight {
		t.Errorf("a day off: %+v", day)
	}
}

// Domain 2.10: absences, hiring, leaving, the newcomer's ramp.
func TestAbsence_2_10(t *testing.T) {
	perDay := 950.0 / 19
	three := calendar.Span{From: may(25), To: may(27)}
	tests := []struct {
		name    string
		change  func(*department.Department)
		working int
		plan    float64
	}{
		{"as it is", func(*department.Department) {}, 19, 950},
		{"three days of vacation", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: three, Kind: department.Vacation}}
		}, 16, 800},
		{"vacation over a weekend", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(29), To: may(31)},
				Kind: department.Sick}}
		}, 18, 18 * perDay},
		{"three days of a trip", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: three, Kind: department.Trip}}
		}, 16, 950},
		{"vacation that keeps the plan", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: three, Kind: department.Vacation}}
			d.Settings.KeepPlan = map[department.AbsenceKind]bool{department.Vacation: true}
		}, 16, 950},
		{"a trip and a sick day in it: the day is the trip's", func(d *department.Department) {
			d.Absences = []department.Absence{
				{Person: "anna", Span: three, Kind: department.Trip},
				{Person: "anna", Span: calendar.Span{From: may(26), To: may(26)}, Kind: department.Sick},
			}
		}, 16, 950},
		{"a trip and a sick leave that goes on after it", func(d *department.Department) {
			d.Absences = []department.Absence{
				{Person: "anna", Span: three, Kind: department.Trip},
				{Person: "anna", Span: calendar.Span{From: may(26), To: may(28)}, Kind: department.Sick},
			}
		}, 15, 18 * perDay},
		{"a sick leave without an end", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(25), To: department.NoEnd},
				Kind: department.Sick}}
		}, 14, 14 * perDay},
		{"away all month", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: mayMonth.Span, Kind: department.Vacation}}
		}, 0, 0},
		{"on a trip all month", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "anna", Span: mayMonth.Span, Kind: department.Trip}}
		}, 0, 950},
		{"somebody else's absence", func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "boris", Span: mayMonth.Span, Kind: department.Vacation}}
		}, 19, 950},
		{"hired on the 18th", func(d *department.Department) { d.People[0].Hired = may(18) }, 10, 10 * perDay},
		{"left on the 15th", func(d *department.Department) { d.People[0].Left = may(15) }, 9, 9 * perDay},
		{"ramp of the first month", func(d *department.Department) {
			d.People[0].Hired = may(1)
			d.Settings.Ramp = []float64{0.5, 0.75}
		}, 19, 475},
		{"ramp of the second month, from the 20th on", func(d *department.Department) {
			d.People[0].Hired = calendar.Of(2026, 4, 20)
			d.Settings.Ramp = []float64{0.5, 0.75}
		}, 19, (11*0.5 + 8*0.75) * perDay},
		{"ramp is over", func(d *department.Department) {
			d.People[0].Hired = calendar.Of(2026, 2, 28)
			d.Settings.Ramp = []float64{0.5, 0.75}
		}, 19, 950},
		{"plan of a day", func(d *department.Department) {
			d.Roles[0].KPIs[0].Plan, d.Roles[0].KPIs[0].PlanFor = kpi.Some(50), calendar.Day
		}, 19, 950},
		{"plan of a week: 12-15 May share the whole of it", func(d *department.Department) {
			d.Roles[0].KPIs[0].Plan, d.Roles[0].KPIs[0].PlanFor = kpi.Some(250), calendar.Week
		}, 19, 1000},
		{"plan of a day, less on short days", func(d *department.Department) {
			d.Roles[0].KPIs[0].Plan, d.Roles[0].KPIs[0].PlanFor = kpi.Some(50), calendar.Day
			d.Settings.ShortDays = true
		}, 19, 50 * (18 + 7.0/8)}, // 8 May is short
		{"the company works on the 11th", func(d *department.Department) {
			d.Company = map[calendar.Date]calendar.DayKind{may(11): calendar.Working}
		}, 20, 950},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
			tt.change(dep)
			e := engine(dep, endOf(31))
			l := line(t, e.Person(dep.People[0], mayMonth), "calls")
			if l.Working != tt.working {
				t.Errorf("W is %d, want %d", l.Working, tt.working)
			}
			want(t, "plan", l.Plan, tt.plan)
			plans, ok := e.DayPlans(dep.People[0], "calls", mayMonth)
			sum := 0.0
			for _, v := range plans {
				sum += v
			}
			want(t, "sum of the days", kpi.Num{V: sum, OK: ok}, tt.plan)
			worked := 0
			for _, w := range e.DayWeights(dep.People[0], mayMonth) {
				if w > 0 {
					worked++
				}
			}
			if worked != tt.working {
				t.Errorf("%d days have a weight", worked)
			}
		})
	}
}

// A plan is out of reach without a day left, or if every day would need four times its
// plan; 380 of 950 calls.
func TestHopeless(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, anna)
	for day, want := range map[int]bool{15: false, 25: false, 26: false, 27: true, 28: true, 31: true} {
		e := engine(dep, endOf(day), calls380()...)
		if got := line(t, e.Person(anna, mayMonth), "calls").Hopeless(dep.Settings.CatchUpRed); got != want {
			t.Errorf("at the end of %d May: %v", day, got)
		}
	}
	dep.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(16), To: may(31)},
		Kind: department.Vacation}}
	dep.Settings.KeepPlan = map[department.AbsenceKind]bool{department.Vacation: true}
	if l := line(t, engine(dep, endOf(15), calls380()...).Person(anna, mayMonth),
		"calls"); !l.Hopeless(dep.Settings.CatchUpRed) {
		t.Errorf("away until the end of the month: %+v", l)
	}
}

// Domain 2.21: hired on 29 May at 50 %, then 75 %: 50 % until 28 June.
func TestRamp_2_21(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 100)}, anna)
	dep.Roles[0].KPIs[0].PlanFor = calendar.Day
	dep.People[0].Hired = may(29)
	dep.Settings.Ramp = []float64{0.5, 0.75}
	e := engine(dep, endOf(31))
	june, july := calendar.MonthOf(calendar.Of(2026, 6, 1)), calendar.MonthOf(calendar.Of(2026, 7, 1))
	day := func(per calendar.Period, n int) float64 {
		plans, _ := e.DayPlans(dep.People[0], "calls", per)
		return plans[n-1]
	}
	got := []float64{day(mayMonth, 29), day(june, 1), day(june, 26), day(june, 29), day(july, 28), day(july, 29)}
	if diff := cmp.Diff([]float64{50, 50, 50, 75, 75, 100}, got); diff != "" {
		t.Error(diff)
	}
}

// Domain 2.21: a total's forecast is the sum of people's, of a ratio that of its
// operands. Anna has worked the whole month, Boris came on the 18th.
func TestForecastOfTotals_2_21(t *testing.T) {
	check := derived(t, "check", kpi.Money, kpi.Formula, "sum / deals")
	dep := dept([]kpi.KPI{typed("deals", kpi.Count, 19), typed("sum", kpi.Money, 1_000_000), check}, anna, boris)
	dep.People[1].Hired = may(18)
	e := engine(dep, endOf(20), // E = 12 of 19, 3 of 10
		entry("anna", "sum", 4, 240_000), entry("anna", "deals", 4, 12),
		entry("boris", "sum", 18, 300_000), entry("boris", "deals", 18, 3))
	lines := e.Role(dep.Roles[0], mayMonth)
	want(t, "sum", line(t, lines, "sum").Forecast, 380_000+1_000_000)
	want(t, "deals", line(t, lines, "deals").Forecast, 19+10)
	want(t, "check", line(t, lines, "check").Forecast, 1_380_000.0/29)
}

// Domain 2.2: a ratio does not lose thirds of kopecks.
func TestForecastOfRatioIsExact(t *testing.T) {
	check := derived(t, "check", kpi.Money, kpi.Formula, "sum / deals")
	dep := dept([]kpi.KPI{typed("deals", kpi.Count, 20), typed("sum", kpi.Money, 1_000_000), check}, anna)
	e := engine(dep, endOf(15), entry("anna", "sum", 4, 1_000_000), entry("anna", "deals", 4, 15)) // E = 9
	l := line(t, e.Person(anna, mayMonth), "check")
	if want := 1_000_000.0 / 15; math.Abs(l.Forecast.V-want) > 1e-9 {
		t.Errorf("the forecast is %.9f, want %.9f", l.Forecast.V, want)
	}
}

// Domain 2.21: what was reported before hiring or after leaving does not count.
func TestOutsideEmployment_2_21(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), derived(t, "bought", kpi.Count, kpi.Deals, "count")}, anna)
	dep.People[0].Hired, dep.People[0].Left = may(6), may(13)
	f := NewFacts(dep, year)
	for day := 4; day <= 15; day++ {
		f.Add(entry("anna", "calls", day, 1))
		f.AddDeal(department.Deal{Person: "anna", Date: may(day), Client: "A", Amount: 1})
	}
	e := New(dep, f, endOf(31))
	lines := e.Person(dep.People[0], mayMonth)
	for key, reported := range map[string]int{"calls": 8, "bought": 8} { // 6 to 13 May
		l := line(t, lines, key)
		want(t, key, l.Fact, 8)
		if l.Reported != reported {
			t.Errorf("%s: %d days reported", key, l.Reported)
		}
	}
}

func TestNotEmployed(t *testing.T) {
	p := anna
	p.Hired, p.Left = may(10), may(20)
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, p)
	e := engine(dep, endOf(31))
	for _, per := range []calendar.Period{calendar.DayOf(may(9)), calendar.DayOf(may(21)), mayMonth.Prev(),
		mayMonth.Next()} {
		if lines := e.Person(p, per); lines != nil {
			t.Errorf("%v: %d lines", per, len(lines))
		}
		if lines := e.Role(dep.Roles[0], per); lines != nil {
			t.Errorf("%v: %d lines of the role", per, len(lines))
		}
	}
	if lines := e.Person(boris, mayMonth); lines != nil {
		t.Errorf("somebody unknown has %d lines", len(lines))
	}
	if e.DayState(p, may(9)) != NotDue || e.DayState(p, may(21)) != NotDue || e.DayState(boris, may(12)) != NotDue {
		t.Error("a report is due outside employment")
	}
}

// Domain 2.11: plans have an effective date; the narrower scope wins.
func TestPlans_2_11(t *testing.T) {
	perDay := 1.0 / 19
	row := func(from calendar.Date, plan float64) department.Plan {
		return department.Plan{From: from, KPI: "calls", Plan: plan, For: calendar.Month}
	}
	scoped := func(r department.Plan, person department.PersonID, team, role string) department.Plan {
		r.Person, r.Team, r.Role = person, team, role
		return r
	}
	tests := []struct {
		name  string
		plans []department.Plan
		want  float64
	}{
		{"the KPI's own", nil, 950},
		{"from the 18th for all", []department.Plan{row(may(18), 1900)}, 9*950*perDay + 10*1900*perDay},
		{"two versions, typed in any order", []department.Plan{row(may(18), 1900), row(may(12), 190)},
			(5*950 + 4*190 + 10*1900) * perDay},
		{"of one day the later row", []department.Plan{row(may(1), 100), row(may(1), 190)}, 190},
		{"next month's does not touch this one", []department.Plan{row(calendar.Of(2026, 6, 1), 1)}, 950},
		{"role before all", []department.Plan{scoped(row(may(1), 190), "", "", "r"), row(may(2), 1)}, 190},
		{"team before role", []department.Plan{scoped(row(may(1), 190), "", "north", ""),
			scoped(row(may(2), 1), "", "", "r")}, 190},
		{"person before team", []department.Plan{scoped(row(may(1), 190), "anna", "", ""),
			scoped(row(may(2), 1), "", "north", "")}, 190},
		{"a person's begins later", []department.Plan{scoped(row(may(18), 190), "anna", "", ""),
			scoped(row(may(1), 380), "", "north", "")}, (9*380 + 10*190) * perDay},
		{"others'", []department.Plan{scoped(row(may(1), 1), "boris", "", ""), scoped(row(may(1), 1), "", "south", ""),
			scoped(row(may(1), 1), "", "", "x"), {From: may(1), KPI: "leads", Plan: 1}}, 950},
		{"a day's plan", []department.Plan{{From: may(18), KPI: "calls", Plan: 10, For: calendar.Day}}, 9*50 + 10*10},
		{"period left out is the KPI's", []department.Plan{{From: may(1), KPI: "calls", Plan: 190}}, 190},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
			dep.Plans = tt.plans
			want(t, "plan", line(t, engine(dep, endOf(31)).Person(anna, mayMonth), "calls").Plan, tt.want)
		})
	}
}

// A ratio has the plan in force on the last counted day.
func TestRatioPlanVersion_2_11(t *testing.T) {
	check := derived(t, "avg_check", kpi.Money, kpi.Formula, "revenue / deals")
	check.Plan = kpi.Some(100)
	dep := dept([]kpi.KPI{typed("deals", kpi.Count, 20), typed("revenue", kpi.Money, 1), check})
	dep.Plans = []department.Plan{{From: may(18), KPI: "avg_check", Plan: 200}}
	want(t, "before", line(t, engine(dep, endOf(15)).Person(anna, mayMonth), "avg_check").Plan, 100)
	e := engine(dep, endOf(20))
	want(t, "after", line(t, e.Person(anna, mayMonth), "avg_check").Plan, 200)
	want(t, "a closed week", line(t, e.Person(anna, calendar.WeekOf(may(12))), "avg_check").Plan, 100)
	plans, ok := e.DayPlans(anna, "avg_check", mayMonth)
	if !ok || plans[14] != 100 || plans[17] != 200 || plans[15] != 0 {
		t.Errorf("plans of days %v, %v", plans, ok)
	}
}

// Days outside a KPI's from and to do not belong to it.
func TestActiveKPI(t *testing.T) {
	calls := typed("calls", kpi.Count, 950)
	calls.From, calls.To = may(12), may(20)
	both := derived(t, "both", kpi.Count, kpi.Formula, "calls + leads")
	late := derived(t, "late", kpi.Count, kpi.Formula, "leads + leads")
	late.From = may(18)
	dep := dept([]kpi.KPI{calls, typed("leads", kpi.Count, 95), both, late})
	e := engine(dep, endOf(15),
		entry("anna", "calls", 8, 1000), entry("anna", "calls", 12, 30), entry("anna", "leads", 8, 5),
		entry("anna", "leads", 12, 1))
	lines := e.Person(anna, mayMonth)
	l := line(t, lines, "calls")
	if l.Working != 7 || l.Closed != 4 || l.Reported != 1 || l.Missing != 3 {
		t.Errorf("W %d, E %d, reported %d, missing %d", l.Working, l.Closed, l.Reported, l.Missing)
	}
	want(t, "plan", l.Plan, 350)
	want(t, "fact", l.Fact, 30)
	want(t, "forecast", l.Forecast, 30.0/4*7)
	want(t, "sum of both", line(t, lines, "both").Fact, 36)
	want(t, "a formula that starts later", line(t, lines, "late").Fact, 0)
	if got := len(e.Person(anna, calendar.WeekOf(may(4)))); got != 2 {
		t.Errorf("%d KPIs in the week before, want 2", got)
	}
	if e.DayState(anna, may(8)) != Reported {
		t.Error("a KPI that has not started yet is required")
	}
}

// A KPI that starts before everything and never ends is like one without dates.
func TestActiveAlwaysIsNoDates(t *testing.T) {
	dep, entries := randomDepartment(t, 1)
	plain := New(dep, facts(dep, entries), endOf(20))
	dated := *dep
	dated.Roles = nil
	for _, r := range dep.Roles {
		kpis := append([]kpi.KPI(nil), r.KPIs...)
		for i := range kpis {
			kpis[i].From, kpis[i].To = calendar.Of(2000, 1, 1), calendar.Of(2100, 1, i+1)
		}
		dated.Roles = append(dated.Roles, department.Role{Key: r.Key, KPIs: kpis})
	}
	other := New(&dated, facts(dep, entries), endOf(20))
	clearDates := func(lines []Line) []Line {
		for i := range lines {
			lines[i].KPI.From, lines[i].KPI.To = 0, 0
		}
		return lines
	}
	for _, per := range []calendar.Period{mayMonth, mayMonth.Prev(), calendar.WeekOf(may(20)),
		calendar.DayOf(may(20))} {
		for _, p := range dep.People {
			if diff := cmp.Diff(plain.Person(p, per), clearDates(other.Person(p, per))); diff != "" {
				t.Fatalf("%s in %v: %s", p.ID, per, diff)
			}
		}
		for i, r := range dep.Roles {
			if diff := cmp.Diff(plain.Role(r, per), clearDates(other.Role(dated.Roles[i], per))); diff != "" {
				t.Fatalf("role in %v: %s", per, diff)
			}
		}
	}
}

// Domain 2.16: repeat deals, buyers, clients that stayed.
func TestDeals_2_16(t *testing.T) {
	kpis := []kpi.KPI{
		derived(t, "deals", kpi.Count, kpi.Deals, "count"),
		derived(t, "revenue", kpi.Money, kpi.Deals, "sum"),
		derived(t, "repeat_sum", kpi.Money, kpi.Deals, "repeat_sum"),
		derived(t, "repeat_check", kpi.Money, kpi.Deals, "repeat_sum / repeat_count"),
		derived(t, "repeat_share", kpi.Percent, kpi.Clients, "repeat_buyers / buyers"),
		derived(t, "retention", kpi.Percent, kpi.Clients, "kept_clients / start_clients"),
		derived(t, "avg_check", kpi.Money, kpi.Formula, "revenue / deals"),
	}
	kpis[0].Plan, kpis[0].PlanFor = kpi.Some(19), calendar.Month
	dep := dept(kpis, anna, boris)
	f := NewFacts(dep, calendar.Span{From: may(1), To: may(31)})
	deal := func(p department.PersonID, d calendar.Date, client string, amount float64) {
		f.AddDeal(department.Deal{Person: p, Date: d, Client: client, Amount: amount})
	}
	deal("anna", may(12), "Ромашка", 300) // recorded before the earlier ones
	deal("anna", calendar.Of(2025, 12, 1), " ромашка ", 1000)
	deal("anna", may(4), "Вектор", 100)
	deal("anna", may(4), "ВЕКТОР", 50) // of the same day: repeats the row above it
	deal("anna", may(5), "Тор  Г", 500)
	deal("anna", may(25), "Тор Г", 9000) // after today
	deal("boris", may(5), "Ромашка", 700)
	deal("nobody", may(5), "Ромашка", 700)
	for name, handed := range map[string]calendar.Date{"Ромашка": 0, "Вектор": may(1), "Молчун": may(1),
		"Тор Г": may(4)} {
		f.AddClient(department.Client{Person: "anna", Name: name, HandedOver: handed})
	}
	f.AddClient(department.Client{Person: "anna", Name: "вектор", HandedOver: may(20)}) // the same again
	e := New(dep, f, endOf(15))

	lines := e.Person(anna, mayMonth)
	want(t, "deals", line(t, lines, "deals").Fact, 4)
	want(t, "revenue", line(t, lines, "revenue").Fact, 950)
	want(t, "repeat sum", line(t, lines, "repeat_sum").Fact, 350)
	want(t, "repeat check", line(t, lines, "repeat_check").Fact, 175)
	want(t, "repeat share", line(t, lines, "repeat_share").Fact, 2.0/3)
	want(t, "retention", line(t, lines, "retention").Fact, 2.0/3)
	want(t, "average check", line(t, lines, "avg_check").Fact, 237.5)
	want(t, "forecast of deals", line(t, lines, "deals").Forecast, 4.0/9*19)
	want(t, "forecast of a ratio", line(t, lines, "avg_check").Forecast, 237.5)
	if l := line(t, lines, "deals"); l.Reported != 3 || l.Missing != 0 {
		t.Errorf("%d days with deals, %d missing", l.Reported, l.Missing)
	}
	if r := line(t, lines, "retention").Forecast; !r.OK || r.V > 1 {
		t.Errorf("the forecast of retention is %v", r)
	}
	// A week later the list of clients is longer.
	want(t, "retention of the week", line(t, e.Person(anna, calendar.WeekOf(may(5))), "retention").Fact, 2.0/4)

	total := e.Role(dep.Roles[0], mayMonth)
	want(t, "deals of all", line(t, total, "deals").Fact, 5)
	want(t, "repeat share of all: sums of measures", line(t, total, "repeat_share").Fact, 2.0/4)
	none(t, "no repeat deal", line(t, e.Person(boris, mayMonth), "repeat_check").Fact)

	// Nobody types: deals report a day, and it is never missing.
	if e.DayState(anna, may(4)) != Reported || e.DayState(anna, may(6)) != NotDue {
		t.Errorf("states %v, %v", e.DayState(anna, may(4)), e.DayState(anna, may(6)))
	}
}

func TestFormulaOfFormula(t *testing.T) {
	all := derived(t, "all", kpi.Count, kpi.Formula, "cold + warm")
	rate := derived(t, "rate", kpi.Percent, kpi.Formula, "leads / all")
	dep := dept([]kpi.KPI{rate, all, typed("cold", kpi.Count, 100), typed("warm", kpi.Count, 90),
		typed("leads", kpi.Count, 19)})
	e := engine(dep, endOf(15), entry("anna", "cold", 4, 6), entry("anna", "warm", 5, 4), entry("anna", "leads", 6, 1))
	lines := e.Person(anna, mayMonth)
	want(t, "all", line(t, lines, "all").Fact, 10)
	want(t, "rate", line(t, lines, "rate").Fact, 0.1)
	if l := line(t, lines, "rate"); l.Reported != 3 || l.Missing != 6 {
		t.Errorf("%d reported, %d missing", l.Reported, l.Missing)
	}
	none(t, "plan of a formula without one", line(t, lines, "all").Plan)
	want(t, "forecast of a sum", line(t, lines, "all").Forecast, 10.0/9*19)
}

func TestDayState(t *testing.T) {
	optional := typed("notes", kpi.Count, 0)
	optional.Required = false
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95), optional})
	dep.Absences = []department.Absence{{Person: "anna", Span: calendar.Span{From: may(12), To: may(13)},
		Kind: department.Sick}}
	e := engine(dep, AsOf{Today: may(18)},
		entry("anna", "calls", 4, 1), entry("anna", "leads", 4, 0),
		entry("anna", "calls", 5, 1), entry("anna", "notes", 6, 1),
		entry("anna", "calls", 9, 1), entry("anna", "leads", 9, 1),
		entry("anna", "calls", 13, 1), entry("anna", "leads", 13, 1))
	for day, want := range map[int]DayState{
		4: Reported, 5: Partly, 6: Partly, 7: Missing, 9: Reported, 10: NotDue,
		12: Absent, 13: Reported, 15: Missing, 18: Waiting, 19: Waiting, 23: NotDue,
	} {
		if got := e.DayState(anna, may(day)); got != want {
			t.Errorf("%d May is %v, want %v", day, got, want)
		}
	}
	if got := engine(dep, endOf(18)).DayState(anna, may(18)); got != Missing {
		t.Errorf("after the deadline %v", got)
	}
	// Where nothing is required, anything typed is a report.
	dep = dept([]kpi.KPI{optional})
	e = engine(dep, endOf(5), entry("anna", "notes", 4, 1))
	if e.DayState(anna, may(4)) != Reported || e.DayState(anna, may(5)) != Missing {
		t.Errorf("%v, %v", e.DayState(anna, may(4)), e.DayState(anna, may(5)))
	}
}

// The trend compares as many closed working days of the previous period.
func TestTrend(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950), typed("leads", kpi.Count, 95),
		derived(t, "rate", kpi.Percent, kpi.Formula, "leads / calls")})
	var entries []department.Entry
	for d := calendar.Of(2026, 4, 1); d <= calendar.Of(2026, 4, 30); d++ {
		entries = append(entries, department.Entry{Person: "anna", KPI: "calls", Date: d, Value: 10},
			department.Entry{Person: "anna", KPI: "leads", Date: d, Value: 1})
	}
	entries = append(entries, calls380()...)
	entries = append(entries, entry("anna", "leads", 4, 38))
	e := engine(dep, endOf(15), entries...)
	lines := e.Person(anna, mayMonth)
	// Nine working days of April end on Monday the 13th: 13 days with figures.
	want(t, "trend of the month", line(t, lines, "calls").Trend, 380-130)
	want(t, "trend of a ratio", line(t, lines, "rate").Trend, 0)
	want(t, "trend of the role", line(t, e.Role(dep.Roles[0], mayMonth), "calls").Trend, 380-130)
	// Four days of the week against the first four of the week before.
	want(t, "trend of the week", line(t, e.Person(anna, calendar.WeekOf(may(15))), "calls").Trend, 3*42+44-4*42)
	// The working day before Tuesday the 12th is Friday the 8th.
	want(t, "trend of a day", line(t, e.Person(anna, calendar.DayOf(may(12))), "calls").Trend, 0)
	// April against March: nothing was reported in March, and that is zero.
	want(t, "trend of April", line(t, e.Person(anna, mayMonth.Prev()), "calls").Trend, 300)
	none(t, "nothing is known before the facts", line(t, e.Person(anna, calendar.MonthOf(year.From)), "calls").Trend)
	none(t, "nothing is closed yet", line(t, e.Person(anna, mayMonth.Next()), "calls").Trend)
	// The morning after an open day: that day is left out on both sides.
	e = engine(dep, AsOf{Today: may(18)}, append(entries, entry("anna", "calls", 18, 5))...)
	want(t, "an open day", line(t, e.Person(anna, mayMonth), "calls").Trend, 380-130)
	want(t, "an open day of the role", line(t, e.Role(dep.Roles[0], mayMonth), "calls").Trend, 380-130)
	// Hired this month: nothing to compare with.
	p := anna
	p.Hired = may(4)
	dep = dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, p)
	e = engine(dep, endOf(15), calls380()...)
	none(t, "a newcomer", line(t, e.Person(p, mayMonth), "calls").Trend)
	none(t, "a role of newcomers", line(t, e.Role(dep.Roles[0], mayMonth), "calls").Trend)
}

// Domain 2.12: the rating.
func TestRating_2_12(t *testing.T) {
	calls, deals := typed("calls", kpi.Count, 190), typed("revenue", kpi.Money, 1900)
	calls.Weight, deals.Weight = 1, 3
	person := func(id department.PersonID) department.Person {
		return department.Person{ID: id, Name: string(id), Role: "r"}
	}
	dep := dept([]kpi.KPI{calls, deals}, person("capped"), person("even"), person("away"), person("silent"),
		person("best"), person("twin"), person("gone"))
	dep.People[6].Left = may(1) - 1
	dep.Absences = []department.Absence{{Person: "away", Span: mayMonth.Span, Kind: department.Vacation}}
	var entries []department.Entry
	fill := func(p department.PersonID, calls, revenue float64) {
		for _, d := range []int{4, 5, 6, 7, 8, 12, 13, 14, 15} {
			entries = append(entries, entry(p, "calls", d, calls), entry(p, "revenue", d, revenue))
		}
	}
	fill("capped", 1000, 50) // pace 100 and 0.5: (1.5 + 3 × 0.5) / 4
	fill("even", 10, 100)    // 1 and 1
	fill("best", 10, 120)
	fill("twin", 10, 100)
	entries = append(entries, entry("silent", "calls", 4, 5000), entry("silent", "revenue", 4, 50000))
	type row struct {
		Place  int
		Person department.PersonID
		Points float64
		Apart  string
	}
	rank := func(by department.Rating) []row {
		dep.Settings.Rating = by
		var out []row
		for _, p := range engine(dep, endOf(15), entries...).Rating(dep.Roles[0], mayMonth) {
			if len(p.Lines) != 2 {
				t.Errorf("%s has %d lines", p.Person, len(p.Lines))
			}
			out = append(out, row{p.Place, p.Person, math.Round(p.Points.V*1e6) / 1e6, p.Apart})
		}
		return out
	}
	apart := []row{{0, "away", 0, NoWorkingDays}, {0, "silent", 1.5, TooFewReports}}
	tests := map[department.Rating][]row{
		department.ByPoints: append([]row{{1, "best", 1.15, ""}, {2, "even", 1, ""}, {2, "twin", 1, ""},
			{4, "capped", 0.75, ""}}, apart...),
		department.BySum: append([]row{{1, "best", 1.15, ""}, {2, "even", 1, ""}, {2, "twin", 1, ""},
			{4, "capped", 0.75, ""}}, apart...),
		department.ByCount: append([]row{{1, "capped", 0.75, ""}, {2, "best", 1.15, ""}, {3, "even", 1, ""},
			{3, "twin", 1, ""}}, apart...),
		department.ByPace: append([]row{{1, "best", 1.1, ""}, {2, "even", 1, ""}, {2, "twin", 1, ""},
			{2, "capped", 1, ""}}, apart...),
	}
	// By pace capped has (1.5 + 0.5) / 2 too, but half the revenue.
	tests[department.ByPace][3].Place = 4
	for by, want := range tests {
		if diff := cmp.Diff(want, rank(by)); diff != "" {
			t.Errorf("%s: %s", by, diff)
		}
	}
	for i := range dep.Roles[0].KPIs {
		dep.Roles[0].KPIs[i].Plan = kpi.Num{}
	}
	for _, r := range rank(department.ByPoints) {
		if r.Place != 0 || r.Apart == "" {
			t.Errorf("%s is ranked without a plan", r.Person)
		}
	}
}

func TestSeries(t *testing.T) {
	p := anna
	p.Hired = calendar.Of(2026, 4, 20)
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)}, p)
	e := engine(dep, endOf(15), calls380()...)
	var got []string
	for _, l := range e.Series(dep.Roles[0], &p, "calls", calendar.Month, 3) {
		got = append(got, fmt.Sprint(l.Period.String(), l.Fact, l.KPI.Key))
	}
	if diff := cmp.Diff([]string{"2026-03{0 false}calls", "2026-04{0 true}calls", "2026-05{380 true}calls"},
		got); diff != "" {
		t.Error(diff)
	}
	role := e.Series(dep.Roles[0], nil, "calls", calendar.Week, 2)
	if len(role) != 2 || role[0].Fact != kpi.Some(5*42) || role[1].Fact != kpi.Some(3*42+44) || role[1].Person != "" {
		t.Errorf("series of the role: %+v", role)
	}
	if got := e.Series(dep.Roles[0], nil, "calls", calendar.Week, -1); len(got) != 0 {
		t.Errorf("%d periods", len(got))
	}
}

// Domain 2.3: the whole numbers shown for days add up to the month.
func TestWholeDays_2_3(t *testing.T) {
	tests := []struct {
		plans, want []float64
	}{
		{[]float64{0, 10.0 / 3, 10.0 / 3, 0, 10.0 / 3}, []float64{0, 4, 3, 0, 3}},
		{[]float64{1.2, 1.8, 1.5}, []float64{1, 2, 2}},
		{[]float64{0.5, 0.5}, []float64{1, 0}},
		{[]float64{50, 50}, []float64{50, 50}},
		{nil, []float64{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Whole(tt.plans, 1)); diff != "" {
			t.Errorf("%v: %s", tt.plans, diff)
		}
	}
	for plan := 0; plan < 500; plan++ {
		e := engine(dept([]kpi.KPI{typed("calls", kpi.Count, float64(plan))}), endOf(15))
		plans, _ := e.DayPlans(anna, "calls", mayMonth)
		sum := 0.0
		for i, v := range Whole(plans, 1) {
			if v != math.Trunc(v) || math.Abs(v-plans[i]) >= 1 || plans[i] == 0 && v != 0 {
				t.Fatalf("plan %d: day %d is %v of %v", plan, i+1, v, plans[i])
			}
			sum += v
		}
		if sum != float64(plan) {
			t.Fatalf("plan %d: the days add up to %v", plan, sum)
		}
	}
}

// A day that repeats in no report, and one far from the facts.
func TestFarPeriods(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	e := engine(dep, endOf(15), calls380()...)
	for _, d := range []calendar.Date{calendar.Of(1960, 1, 5), calendar.Of(2199, 12, 31)} {
		l := line(t, e.Person(anna, calendar.MonthOf(d)), "calls")
		want(t, "plan far away", l.Plan, 950)
		want(t, "fact far away", l.Fact, 0)
	}
	empty := New(dep, NewFacts(dep, calendar.Span{From: may(2), To: may(1)}), endOf(15))
	want(t, "fact without facts", line(t, empty.Person(anna, mayMonth), "calls").Fact, 0)
}

// A figure that is not a number, or belongs to nobody, does not count.
func TestBlanksChangeNothing(t *testing.T) {
	dep := dept([]kpi.KPI{typed("calls", kpi.Count, 950)})
	with := engine(dep, endOf(15), append(calls380(),
		entry("anna", "calls", 6, math.NaN()), entry("anna", "calls", 6, math.Inf(1)), entry("nobody", "calls", 6, 1),
		entry("anna", "unknown", 6, 1), department.Entry{Person: "anna", KPI: "calls", Date: year.To + 1, Value: 1})...)
	without := engine(dep, endOf(15), calls380()...)
	if diff := cmp.Diff(without.Person(anna, mayMonth), with.Person(anna, mayMonth)); diff != "" {
		t.Error(diff)
	}
}

// Formulas that cannot be computed have no value and break nothing else.
func TestBrokenFormulas(t *testing.T) {
	dep := dept([]kpi.KPI{
		typed("calls", kpi.Count, 950),
		derived(t, "a", kpi.Count, kpi.Formula, "b + calls"),
		derived(t, "b", kpi.Count, kpi.Formula, "a + calls"),
		derived(t, "c", kpi.Count, kpi.Formula, "calls + unknown"),
		derived(t, "d", kpi.Count, kpi.Deals, "unknown"),
	})
	e := engine(dep, endOf(15), calls380()...)
	for _, lines := range [][]Line{e.Person(anna, mayMonth), e.Role(dep.Roles[0], mayMonth)} {
		want(t, "calls", line(t, lines, "calls").Fact, 380)
		for _, key := range []string{"a", "b", "c", "d"} {
			none(t, key, line(t, lines, key).Fact)
		}
	}
	if e.Role(department.Role{Key: "x"}, mayMonth) != nil || e.Rating(department.Role{Key: "x"}, mayMonth) != nil {
		t.Error("an unknown role has lines")
	}
	empty := engine(dept(nil), endOf(15))
	if lines := empty.Person(anna, mayMonth); len(lines) != 0 {
		t.Errorf("a role without KPIs has %d lines", len(lines))
	}
}
