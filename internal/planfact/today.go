package planfact

import (
	"math"
	"math/bits"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Quota is how much of one KPI a person still needs today, as their own sheet shows it
// while they work: «осталось сегодня».
type Quota struct {
	KPI  kpi.KPI
	Need kpi.Num // this morning: what was left of the month's plan / working days left, today included
	Done kpi.Num // today's figure so far; 0 before anything is reported
	Left kpi.Num // max(0, need − done), in whole units (calls, roubles, seconds), rounded up
}

// Today returns a quota for each active KPI of the person's role. There is none (Left is
// not OK) on a day that is not worked, without a plan, for ratios, and where lower is
// better. Unlike Line.NeededPerDay, which drops today once it is closed, the need stays
// the same all day: a report does not change it.
func (e *Engine) Today(p department.Person) []Quota {
	q, ok := e.find(p)
	if !ok {
		return nil
	}
	today := e.at.Today
	month := calendar.MonthOf(today)
	lines, day := e.Person(p, month), map[string]kpi.Num{}
	for _, l := range e.Person(p, calendar.DayOf(today)) {
		day[l.KPI.Key] = l.Fact
	}
	m := e.monthOf(today)
	b := e.block(q, m)
	out := make([]Quota, 0, len(lines))
	for _, l := range lines {
		out = append(out, Quota{KPI: l.KPI})
		s := calendar.Span{From: today, To: month.To}
		if !l.KPI.To.IsZero() {
			s.To = min(s.To, l.KPI.To)
		}
		days := b.work & m.mask(s)
		if !l.KPI.Additive() || l.KPI.Direction == kpi.Lower || !l.Fact.OK || l.Plan.V <= 0 || days&m.bit(today) == 0 ||
			!l.KPI.Active(today) {
			continue
		}
		done := day[l.KPI.Key].V
		need := max(0, l.Plan.V-(l.Fact.V-done)) / float64(count(days))
		u := &out[len(out)-1]
		u.Need, u.Done = kpi.Some(need), kpi.Some(done)
		u.Left = kpi.Some(math.Ceil(math.Round(max(0, need-done)*1e6) / 1e6))
	}
	return out
}

// LatelyDays is the maximum number of working days in a stretch that Lately compares,
// LatelyLeast the minimum for a meaningful result.
const (
	LatelyDays  = 5
	LatelyLeast = 3
)

// Lately returns, for each active KPI of the person's role, the fact of the last closed
// working days of the month less that of as many days before them: five, or in the first
// half of a month half of the closed days, but at least three. A figure on a day off
// belongs to the working day before it. No value: too early, or the KPI was not measured
// throughout.
func (e *Engine) Lately(p department.Person, month calendar.Period) map[string]kpi.Num {
	out := map[string]kpi.Num{}
	q, ok := e.find(p)
	if !ok || !q.counts(month.Span) {
		return out
	}
	m := e.monthOf(month.From)
	work := e.block(q, m).work
	closed := count(work & m.mask(calendar.Span{From: month.From, To: q.through}))
	n := min(LatelyDays, closed/2)
	if n < LatelyLeast {
		return out
	}
	// The first day of each stretch, and the day after the last one.
	var starts []calendar.Date
	for days := work; days != 0; days &= days - 1 {
		starts = append(starts, month.From.Add(bits.TrailingZeros32(days)))
	}
	starts = append(starts, month.To+1)
	was := calendar.Span{From: starts[closed-2*n], To: starts[closed-n] - 1}
	now := calendar.Span{From: starts[closed-n], To: starts[closed] - 1}
	e.was.reset(q.role, was)
	e.add(&e.was, q)
	e.one.reset(q.role, now)
	e.add(&e.one, q)
	for k, change := range e.trend(q.role, &e.one, &e.was, nil) {
		// Measured on every working day of both stretches.
		span := q.role.kpis[k].days
		if measured := work & m.mask(calendar.Span{From: was.From, To: now.To}); change.OK &&
			measured&^m.mask(span) == 0 {
			out[q.role.kpis[k].Key] = change
		}
	}
	return out
}
