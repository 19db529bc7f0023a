package planfact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// counter implements the rules of the figures a second time: loops over days that check
// each day by itself. It shares nothing with the engine but the values of a department,
// so a mistake in one of them shows.
type counter struct {
	dep   *department.Department
	at    AsOf
	typed map[string]map[calendar.Date]float64 // by person|KPI
	deals map[department.PersonID][]department.Deal

	weights map[personDay]float64 // cache
	tallies map[string]tally
	months  map[personMonth]monthPlans
}

type personMonth struct {
	person, kpi string
	month       calendar.Date
}

type monthPlans struct {
	plans   map[calendar.Date]float64
	planned map[calendar.Date]bool
}

func newCounter(dep *department.Department, entries []department.Entry, deals []department.Deal, at AsOf) *counter {
	c := &counter{dep, at, map[string]map[calendar.Date]float64{}, map[department.PersonID][]department.Deal{},
		map[personDay]float64{}, map[string]tally{}, map[personMonth]monthPlans{}}
	for _, e := range entries {
		key := string(e.Person) + "|" + e.KPI
		if c.typed[key] == nil {
			c.typed[key] = map[calendar.Date]float64{}
		}
		c.typed[key][e.Date] = e.Value
	}
	for _, d := range deals {
		c.deals[d.Person] = append(c.deals[d.Person], d)
	}
	return c
}

func employed(p department.Person, d calendar.Date) bool {
	return (p.Hired == 0 || d >= p.Hired) && (p.Left == 0 || d <= p.Left)
}

func activeOn(k kpi.KPI, d calendar.Date) bool {
	return (k.From == 0 || d >= k.From) && (k.To == 0 || d <= k.To)
}

// away reports whether the person is away, and whether the first absence that covers the
// day keeps the plan.
func (c *counter) away(p department.Person, d calendar.Date) (away, keeps bool) {
	for _, a := range c.dep.Absences {
		if a.Person == p.ID && d >= a.From && d <= a.To {
			return true, c.dep.Settings.KeepPlan[a.Kind]
		}
	}
	return false, false
}

type personDay struct {
	person department.PersonID
	day    calendar.Date
}

// shift returns the person's way of working on a day.
func shift(p department.Person, d calendar.Date) (out calendar.Shift) {
	for _, s := range p.Schedule {
		if s.From == 0 || s.From <= d {
			out = s
		}
	}
	return out
}

// kind returns what a day is for the person: a cycle ignores the calendar; listed days of
// the week are free on holidays, and people work on the Saturdays that are transferred
// for others only if they are listed; the company's own day holds for everybody, but a
// short one only shortens what is worked anyway, unless it is put on a day off of the
// five-day week.
func (c *counter) kind(p department.Person, d calendar.Date) calendar.DayKind {
	s, country := shift(p, d), c.dep.Settings.Country
	five, weekend := country.Kind(d), d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
	kind := five
	switch {
	case s.On > 0:
		at := int(d - s.Start)
		for at < 0 {
			at += s.On + s.Rest
		}
		kind = calendar.Working
		if at%(s.On+s.Rest) >= s.On {
			kind = calendar.Off
		}
	case s.Days != 0 && !s.Days.Has(d.Weekday()), s.Days != 0 && weekend && country.Holiday(d):
		kind = calendar.Off
	case s.Days != 0 && weekend && five == calendar.Off:
		kind = calendar.Working
	}
	own, ok := c.dep.Company[d]
	if !ok || own == calendar.Short && kind == calendar.Off && five != calendar.Off {
		return kind
	}
	return own
}

// weight returns the weight of a working day for the person.
func (c *counter) weight(p department.Person, d calendar.Date) float64 {
	key := personDay{p.ID, d}
	w, ok := c.weights[key]
	if !ok {
		switch kind := c.kind(p, d); {
		case kind == calendar.Short && c.dep.Settings.ShortDays:
			w = 0.875
		case kind != calendar.Off:
			w = 1
		}
		c.weights[key] = w
	}
	return w
}

func (c *counter) works(p department.Person, k kpi.KPI, d calendar.Date) bool {
	away, _ := c.away(p, d)
	return c.weight(p, d) > 0 && employed(p, d) && activeOn(k, d) && !away
}

// planOn returns the plan in force: that of the narrowest target, of those the latest.
func (c *counter) planOn(p department.Person, k kpi.KPI, d calendar.Date) (v float64, per calendar.Kind, ok bool) {
	v, per, ok = k.Plan.V, k.PlanFor, k.Plan.OK
	for _, meant := range []func(department.Plan) bool{
		func(r department.Plan) bool { return r.Person == "" && r.Team == "" && r.Role == "" },
		func(r department.Plan) bool { return r.Role == p.Role },
		func(r department.Plan) bool { return r.Team != "" && r.Team == p.Team },
		func(r department.Plan) bool { return r.Person == p.ID },
	} {
		var latest calendar.Date
		for _, r := range c.dep.Plans {
			if r.KPI == k.Key && meant(r) && r.From <= d && r.From >= latest {
				latest, v, per, ok = r.From, r.Plan, r.For, true
			}
		}
	}
	return v, per, ok
}

// share returns the share of a plan that a newcomer is asked for: by months since hiring.
func (c *counter) share(p department.Person, d calendar.Date) float64 {
	if p.Hired == 0 {
		return 1
	}
	y, m, day := p.Hired.Time().Date()
	n := 0 // whole months since
	for {
		first := calendar.Of(y, m+1, 1)
		next := calendar.MonthOf(first).To
		if day <= next.Day() {
			next = first.Add(day - 1)
		}
		if d < next {
			break
		}
		n++
		y, m, _ = first.Time().Date()
	}
	if n < len(c.dep.Settings.Ramp) {
		return c.dep.Settings.Ramp[n]
	}
	return 1
}

// dayPlans returns the plan of each day of a month for an additive KPI.
func (c *counter) dayPlans(p department.Person, k kpi.KPI, month calendar.Period) (plans map[calendar.Date]float64,
	planned map[calendar.Date]bool) {
	key := personMonth{string(p.ID), k.Key, month.From}
	m, ok := c.months[key]
	if !ok {
		m.plans, m.planned = c.countPlans(p, k, month)
		c.months[key] = m
	}
	return m.plans, m.planned
}

func (c *counter) countPlans(p department.Person, k kpi.KPI, month calendar.Period) (plans map[calendar.Date]float64,
	planned map[calendar.Date]bool) {
	plans, planned = map[calendar.Date]float64{}, map[calendar.Date]bool{}
	rates := map[calendar.Date]float64{}
	asked, carried, worked := 0.0, 0.0, 0
	for d := month.From; d <= month.To; d++ {
		v, per, ok := c.planOn(p, k, d)
		if c.works(p, k, d) {
			worked++
		}
		if !ok || !employed(p, d) || !activeOn(k, d) {
			continue
		}
		planned[d] = true
		away, keeps := c.away(p, d)
		if c.weight(p, d) == 0 || away && !keeps {
			continue
		}
		rate := v * c.weight(p, d)
		if part := shift(p, d).Part; part > 0 {
			rate *= part
		}
		if per != calendar.Day {
			whole, in := 0.0, calendar.PeriodOf(per, d)
			for x := in.From; x <= in.To; x++ {
				whole += c.weight(p, x)
			}
			rate /= whole
		}
		rates[d] = rate * c.share(p, d)
		asked += rates[d]
		if !away {
			carried += rates[d]
		}
	}
	for d := month.From; d <= month.To; d++ {
		switch {
		case worked == 0:
			plans[d] = rates[d]
		case !c.works(p, k, d):
		case carried == 0:
			plans[d] = asked / float64(worked)
		default:
			plans[d] = rates[d] * asked / carried
		}
	}
	return plans, planned
}

// has reports whether there is a figure of the KPI itself on the day that counts.
func (c *counter) has(p department.Person, k kpi.KPI, d calendar.Date) bool {
	if d > c.at.Today || !employed(p, d) || !activeOn(k, d) {
		return false
	}
	switch k.Source {
	case kpi.Formula:
		role, _ := c.dep.Role(p.Role)
		return slices.ContainsFunc(k.Expr.Names(), func(name string) bool {
			o, _ := role.KPI(name)
			return c.has(p, o, d)
		})
	case kpi.Deals:
		return slices.ContainsFunc(c.deals[p.ID], func(x department.Deal) bool { return x.Date == d })
	}
	_, ok := c.typed[string(p.ID)+"|"+k.Key][d]
	return ok
}

// closed reports whether a day is closed for a person: its deadline has passed, or every
// required figure is in.
func (c *counter) closed(p department.Person, d calendar.Date) bool {
	if d != c.at.Today || c.at.Over {
		return d <= c.at.Today
	}
	role, _ := c.dep.Role(p.Role)
	due := 0
	for _, k := range role.KPIs {
		if k.Typed() && k.Required && activeOn(k, d) {
			due++
			if !c.has(p, k, d) {
				return false
			}
		}
	}
	return due > 0 || slices.ContainsFunc(role.KPIs, func(k kpi.KPI) bool { return k.Typed() && c.has(p, k, d) })
}

// tally is a KPI of a person in a period, or of many together.
type tally struct {
	w, e, reported, missing int
	open                    map[calendar.Date]bool
	plan, toDate, left      float64
	planned                 bool
	num, den                float64 // den is 1 for additive KPIs
	aheadNum, aheadDen      float64 // the same at the end of the period
	fact                    kpi.Num
}

// sums returns the numerator and the denominator of a KPI: for an additive one the sum
// and 1.
func (c *counter) sums(p department.Person, k kpi.KPI, per calendar.Period) (num, den float64) {
	role, _ := c.dep.Role(p.Role)
	sum := func(key string) (s float64) {
		o, _ := role.KPI(key)
		for d := per.From; d <= per.To; d++ {
			if activeOn(k, d) && c.has(p, o, d) {
				s += c.typed[string(p.ID)+"|"+key][d]
			}
		}
		return s
	}
	count, amount := 0.0, 0.0
	for _, d := range c.deals[p.ID] {
		if per.From <= d.Date && d.Date <= per.To && d.Date <= c.at.Today && employed(p, d.Date) &&
			activeOn(k, d.Date) {
			count++
			amount += d.Amount
		}
	}
	switch k.Key {
	case "check":
		return sum("sum"), sum("deals")
	case "both":
		return sum("calls") + 2*sum("deals"), 1
	case "bought":
		return count, 1
	case "paid":
		return amount, 1
	case "mean":
		return amount, count
	}
	return sum(k.Key), 1
}

func (c *counter) person(p department.Person, k kpi.KPI, per calendar.Period) tally {
	key := fmt.Sprint(p.ID, "|", k.Key, "|", per)
	t, ok := c.tallies[key]
	if !ok {
		t = c.count(p, k, per)
		c.tallies[key] = t
	}
	return t
}

func (c *counter) count(p department.Person, k kpi.KPI, per calendar.Period) tally {
	t := tally{open: map[calendar.Date]bool{}}
	for d := per.From; d <= per.To; d++ {
		if c.has(p, k, d) {
			t.reported++
		}
		if !c.works(p, k, d) {
			continue
		}
		t.w++
		switch {
		case !c.closed(p, d):
			t.open[d] = true
		case c.has(p, k, d):
			t.e++
		default:
			t.e++
			if k.Source != kpi.Deals {
				t.missing++
			}
		}
	}
	if k.Additive() {
		for _, m := range calendar.Periods(calendar.Month, per.Span) {
			plans, planned := c.dayPlans(p, k, m)
			for d := m.From; d <= m.To; d++ {
				if !per.Has(d) {
					continue
				}
				t.planned = t.planned || planned[d]
				t.plan += plans[d]
				if c.works(p, k, d) && c.closed(p, d) {
					t.toDate += plans[d]
				}
			}
		}
	} else {
		var first, last calendar.Date // days of the period on which the plan may hold
		for d := per.From; d <= per.To; d++ {
			if employed(p, d) && activeOn(k, d) {
				if first == 0 {
					first = d
				}
				if last == 0 || d <= c.at.Today {
					last = d
				}
			}
		}
		if first != 0 {
			t.plan, _, t.planned = c.planOn(p, k, last)
			t.toDate = t.plan
		}
	}
	t.num, t.den = c.sums(p, k, per)
	t.fact = kpi.Some(t.num / t.den)
	if t.den == 0 {
		t.fact = kpi.Num{}
	}
	t.left = max(0, t.plan-t.fact.V)
	growth := 1.0
	if c.enough(t) {
		growth = float64(t.w) / float64(t.e)
	}
	t.aheadNum, t.aheadDen = t.num*growth, t.den
	if !k.Additive() {
		t.aheadDen *= growth
	}
	return t
}

func (c *counter) enough(t tally) bool {
	return t.e > 0 && float64(t.e)+1e-9 >= float64(t.w)*c.dep.Settings.GreyShare
}

// together adds people up.
func (c *counter) together(people []department.Person, k kpi.KPI, per calendar.Period) tally {
	sum := tally{open: map[calendar.Date]bool{}}
	var plans, byPlan, byFact []float64 // of a ratio, and their weights
	for _, p := range people {
		t := c.person(p, k, per)
		sum.w += t.w
		sum.e += t.e
		sum.reported += t.reported
		sum.missing += t.missing
		for d := range t.open {
			sum.open[d] = true
		}
		sum.num += t.num
		sum.aheadNum += t.aheadNum
		if k.Additive() {
			sum.den, sum.aheadDen = 1, 1
			sum.plan += t.plan
			sum.toDate += t.toDate
			sum.planned = sum.planned || t.planned
			continue
		}
		sum.den += t.den
		sum.aheadDen += t.aheadDen
		if t.planned {
			plans = append(plans, t.plan)
			byFact = append(byFact, t.den)
			if k.Key == "check" {
				role, _ := c.dep.Role(p.Role)
				deals, _ := role.KPI("deals")
				if d := c.person(p, deals, per); d.planned {
					byPlan = append(byPlan, d.plan)
				}
			}
		}
	}
	if sum.den != 0 {
		sum.fact = kpi.Some(sum.num / sum.den)
	}
	if len(plans) > 0 {
		sum.planned = true
		sum.plan = weighed(plans, byPlan, byFact)
		sum.toDate = sum.plan
	}
	sum.left = max(0, sum.plan-sum.fact.V) // not the sum of people's
	return sum
}

// weighed returns the plan of a ratio of many: weighted by the plans of its denominators,
// else by the actual ones, else the plain mean; if all have the same, that one.
func weighed(plans, byPlan, byFact []float64) float64 {
	if slices.Min(plans) == slices.Max(plans) {
		return plans[0]
	}
	even := slices.Repeat([]float64{1}, len(plans))
	for _, weights := range [][]float64{byPlan, byFact, even} {
		sum, of := 0.0, 0.0
		if len(weights) != len(plans) {
			continue
		}
		for i, w := range weights {
			sum += plans[i] * w
			of += w
		}
		if of > 0 {
			return sum / of
		}
	}
	return 0
}

// compare compares a line with a tally, column by column of the export.
func (c *counter) compare(k kpi.KPI, l Line, t tally) (wrong []string) {
	say := func(column string, got, want any) {
		wrong = append(wrong, fmt.Sprintf("%s is %v, counted %v", column, got, want))
	}
	num := func(column string, got kpi.Num, want kpi.Num) {
		if got.OK != want.OK || math.Abs(got.V-want.V) > 1e-6*max(1, math.Abs(want.V)) {
			say(column, got, want)
		}
	}
	attain := func(plan float64) kpi.Num {
		switch {
		case !t.planned || !t.fact.OK || plan <= 1e-9:
			return kpi.Num{}
		case k.Direction != kpi.Lower:
			return kpi.Some(t.fact.V / plan)
		case t.fact.V <= 0:
			return kpi.Some(c.dep.Settings.LowerCap)
		}
		return kpi.Some(min(c.dep.Settings.LowerCap, plan/t.fact.V))
	}
	when := func(ok bool, v float64) kpi.Num {
		if !ok {
			return kpi.Num{}
		}
		return kpi.Some(v)
	}
	both := t.planned && t.fact.OK
	pace := attain(t.toDate)
	num("plan", l.Plan, when(t.planned, t.plan))
	num("fact", l.Fact, t.fact)
	num("plan to date", l.PlanToDate, when(t.planned, t.toDate))
	num("attainment", l.Attainment, attain(t.plan))
	num("pace", l.Pace, pace)
	num("deviation", l.Deviation, when(both, t.fact.V-t.plan))
	num("forecast", l.Forecast, when(c.enough(t) && t.aheadDen != 0, t.aheadNum/t.aheadDen))
	num("left", l.Left, when(both && k.Additive(), t.left))
	need := both && k.Additive() && k.Direction != kpi.Lower && t.w > t.e
	num("needed per day", l.NeededPerDay, when(need, t.left/float64(max(1, len(t.open)))))
	light := kpi.NoLight
	if c.enough(t) && pace.OK {
		switch v := pace.V; {
		case v < 0.85-1e-9:
			light = kpi.Red
		case v < 1-1e-9:
			light = kpi.Yellow
		case v < c.dep.Settings.AboveFrom-1e-9:
			light = kpi.Green
		default:
			light = kpi.Above
		}
	}
	if l.Light != light {
		say("light", l.Light, light)
	}
	if l.Working != t.w || l.Closed != t.e || l.Reported != t.reported || l.Missing != t.missing {
		say("days W, E, reported, missing", []int{l.Working, l.Closed, l.Reported, l.Missing},
			[]int{t.w, t.e, t.reported, t.missing})
	}
	return wrong
}

// schedules are those of people in a random office; most work 5/2.
var schedules = []string{"", "", "", "2/2 с 01.05.2026", "6/1", "пн ср пт", "5/2 0,5", "3/3 с 02.04.2026 0,75",
	"5/2; 2/2 с 12.05.2026", "2/2 с 03.03.2026; 6/1 0,8 с 20.04.2026", "сб вс"}

// randomOffice returns a random department with a role that keeps deals among others,
// KPIs that begin and end, KPIs where lower is better, the company's own days, and people
// with their own schedules.
func randomOffice(t testing.TB, seed uint64) (*department.Department, []department.Entry, []department.Deal) {
	dep, entries := randomDepartment(t, seed)
	rnd := rand.New(rand.NewPCG(seed, 11))
	day := func() calendar.Date { return calendar.Of(2026, 3, 1).Add(rnd.IntN(120)) }
	low := typed("returns", kpi.Count, 30)
	low.Direction = kpi.Lower
	role := &dep.Roles[0]
	role.KPIs = append(role.KPIs, low)
	if seed%3 == 0 {
		k := &role.KPIs[rnd.IntN(len(role.KPIs))]
		if k.From = day(); rnd.IntN(2) == 0 {
			k.To = k.From.Add(rnd.IntN(40))
		}
	}
	role.KPIs[1].Required = seed%4 == 1
	paid := derived(t, "paid", kpi.Money, kpi.Deals, "sum")
	paid.Plan, paid.PlanFor = kpi.Some(300_000), calendar.Month
	mean := derived(t, "mean", kpi.Money, kpi.Deals, "sum / count")
	mean.Plan = kpi.Some(20_000)
	dep.Roles = append(dep.Roles, department.Role{Key: "a", Title: "a",
		KPIs: []kpi.KPI{derived(t, "bought", kpi.Count, kpi.Deals, "count"), paid, mean}})
	dep.Company = map[calendar.Date]calendar.DayKind{day(): calendar.Off, day(): calendar.Working,
		day(): calendar.Short}
	var deals []department.Deal
	for i := range dep.People {
		p := &dep.People[i]
		if i%4 == 0 {
			p.Role = "a"
		}
		if s := schedules[rnd.IntN(len(schedules))]; s != "" {
			p.Schedule = schedule(t, s)
		}
		for range rnd.IntN(25) {
			deals = append(deals, department.Deal{Person: p.ID, Date: day(), Client: fmt.Sprint("c", rnd.IntN(9)),
				Amount: float64(rnd.IntN(90_000))})
		}
		for d := calendar.Of(2026, 3, 1); d <= calendar.Of(2026, 6, 28); d += calendar.Date(1 + rnd.IntN(5)) {
			entries = append(entries, department.Entry{Person: p.ID, KPI: "returns", Date: d,
				Value: float64(rnd.IntN(4))})
		}
	}
	return dep, entries, deals
}

// Every figure of the export, and of the totals, equals a count by hand: people, teams
// and roles, by day, week and month.
func TestIndependentCount(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 10
	}
	figures := 0
	for seed := range seeds {
		dep, entries, deals := randomOffice(t, seed)
		today := calendar.Of(2026, 3, 20).Add(int(seed) % 90)
		at := AsOf{Today: today, Over: seed%3 == 0}
		f := facts(dep, entries)
		for _, d := range deals {
			f.AddDeal(d)
		}
		e, c := New(dep, f, at), newCounter(dep, entries, deals, at)
		var periods []calendar.Period
		for _, d := range []calendar.Date{today.Add(-30), today.Add(-7), today.Add(-1), today, today.Add(1),
			today.Add(6)} {
			periods = append(periods, calendar.DayOf(d), calendar.WeekOf(d))
		}
		for _, d := range []calendar.Date{today.Add(-31), today, today.Add(31)} {
			periods = append(periods, calendar.MonthOf(d))
		}
		check := func(who string, role department.Role, per calendar.Period, lines []Line, count func(kpi.KPI) tally) {
			for _, k := range role.KPIs {
				i := slices.IndexFunc(lines, func(l Line) bool { return l.KPI.Key == k.Key })
				shown := false
				for d := per.From; d <= per.To; d++ {
					shown = shown || activeOn(k, d)
				}
				switch {
				case i < 0 && shown:
					t.Fatalf("seed %d, %s, %s, %v: no line", seed, who, k.Key, per)
				case i < 0:
				case !shown:
					t.Fatalf("seed %d, %s, %s, %v: a line of what was not measured", seed, who, k.Key, per)
				default:
					figures += 12
					if wrong := c.compare(k, lines[i], count(k)); wrong != nil {
						t.Fatalf("seed %d, as of %v %v, %s, %s, %v: %q", seed, today, at.Over, who, k.Key, per, wrong)
					}
				}
			}
		}
		for _, per := range periods {
			for _, role := range dep.Roles {
				teams := map[string][]department.Person{}
				var all []department.Person
				for _, p := range dep.People {
					here := false
					for d := per.From; d <= per.To; d++ {
						here = here || employed(p, d)
					}
					if p.Role != role.Key || !here {
						continue
					}
					all = append(all, p)
					teams[p.Team] = append(teams[p.Team], p)
					check(string(p.ID), role, per, e.Person(p, per), func(k kpi.KPI) tally {
						return c.person(p, k, per)
					})
				}
				if len(all) == 0 {
					continue
				}
				check(role.Key, role, per, e.Role(role, per), func(k kpi.KPI) tally { return c.together(all, k, per) })
				for team, people := range teams {
					check(team, role, per, e.Team(role, team, per), func(k kpi.KPI) tally {
						return c.together(people, k, per)
					})
				}
			}
		}
	}
	if figures < int(seeds)*1000 {
		t.Errorf("%d figures were compared: too few to say anything", figures)
	}
	t.Logf("%d figures of %d departments", figures, seeds)
}
