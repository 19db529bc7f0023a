package planfact

import (
	"math"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Facts holds everything that was reported: daily figures and deals. Fill it before you
// make an Engine of it.
type Facts struct {
	span   calendar.Span
	keys   map[string]int // KPI key → index into personFacts.series
	people map[department.PersonID]*personFacts
	cut    bool // there are figures before the span; only their first days are known
	short  bool // something asked for days before the span
}

// personFacts holds the facts of one person. Figures are in dense rows, one number a day,
// since whole months of thousands of people are summed again and again.
type personFacts struct {
	series  [][]float64 // by key; a day without a figure is NaN; nil: no figures
	late    map[lateFigure]bool
	deals   []department.Deal
	clients []department.Client
	calls   []callCost
	earlier []calendar.Date // days before the span with a figure; see Facts.Earlier
}

// callCost is the telephony cost of a person's calls on a day.
type callCost struct {
	date    calendar.Date
	roubles float64
}

// lateFigure is a figure that came in after the deadline of its day.
type lateFigure struct {
	key int
	day calendar.Date
}

// NewFacts returns facts for the days of a span; it drops figures outside the span and of
// people who are not in the department.
func NewFacts(dep *department.Department, span calendar.Span) *Facts {
	f := &Facts{
		span:   span,
		keys:   map[string]int{},
		people: make(map[department.PersonID]*personFacts, len(dep.People)),
	}
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			if _, ok := f.keys[k.Key]; !ok {
				f.keys[k.Key] = len(f.keys)
			}
		}
	}
	for _, p := range dep.People {
		f.people[p.ID] = &personFacts{}
	}
	return f
}

// Forget drops the facts of a person, to be added again.
func (f *Facts) Forget(id department.PersonID) {
	if _, known := f.people[id]; known {
		f.people[id] = &personFacts{}
	}
}

// Renew prepares the facts for another Engine: it forgets what the last one asked for,
// see Engine.Short.
func (f *Facts) Renew() { f.short = false }

// Add records a figure. A later figure of the same person, KPI and day replaces the
// earlier one. Add drops a figure that is not a finite number.
func (f *Facts) Add(e department.Entry) {
	p, known := f.people[e.Person]
	key, measured := f.keys[e.KPI]
	if !known || !measured || !f.span.Has(e.Date) || math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
		return
	}
	if p.series == nil {
		p.series = make([][]float64, len(f.keys))
	}
	if p.series[key] == nil {
		row := make([]float64, f.span.Days())
		for i := range row {
			row[i] = math.NaN()
		}
		p.series[key] = row
	}
	p.series[key][e.Date-f.span.From] = e.Value
}

// countsFrom returns the first day on which a person counts; zero: the first of all.
func (f *Facts) countsFrom(p *department.Person) calendar.Date {
	return p.CountsFrom(f.firstBefore(p.ID, calendar.Span{From: p.Hired, To: p.Entered - 1}))
}

// Earlier records that a person has figures before the span, which are not added: d is
// the first day of all with a figure of the person's, or the first since their hiring.
// With it an Engine knows from when on people count as if it had all figures, but it
// cannot answer anything else about such days: see Engine.Short.
func (f *Facts) Earlier(id department.PersonID, d calendar.Date) {
	f.cut = true
	if p := f.people[id]; p != nil && d < f.span.From {
		p.earlier = append(p.earlier, d)
	}
}

// asked records that something asked for figures of days.
func (f *Facts) asked(s calendar.Span) {
	f.short = f.short || f.cut && s.From < f.span.From && s.Days() > 0
}

// firstBefore returns the first day of a span on which a person has a figure or a deal;
// zero: none.
func (f *Facts) firstBefore(id department.PersonID, s calendar.Span) calendar.Date {
	p := f.people[id]
	if p == nil {
		return 0
	}
	last := s.To
	days := s.Meet(f.span)
	for _, row := range p.series {
		for d := days.From; row != nil && d <= min(days.To, last); d++ {
			if v := row[d-f.span.From]; v == v { // not blank
				last = d - 1
			}
		}
	}
	for _, d := range p.earlier {
		if s.Has(d) {
			last = min(last, d-1)
		}
	}
	for _, d := range p.deals {
		if s.Has(d.Date) {
			last = min(last, d.Date-1)
		}
	}
	if last == s.To {
		return 0
	}
	return last + 1
}

// AddLate records that a figure came in after the deadline of its day.
func (f *Facts) AddLate(person department.PersonID, kpi string, d calendar.Date) {
	p, known := f.people[person]
	key, measured := f.keys[kpi]
	if !known || !measured {
		return
	}
	if p.late == nil {
		p.late = map[lateFigure]bool{}
	}
	p.late[lateFigure{key, d}] = true
}

// AddDeal records a deal. Deals before the span count as a client's history.
func (f *Facts) AddDeal(d department.Deal) {
	if p, ok := f.people[d.Person]; ok && !math.IsNaN(d.Amount) && !math.IsInf(d.Amount, 0) {
		p.deals = append(p.deals, d)
	}
}

// AddCallCost records the telephony cost of a person's calls on a day from a call log, in
// roubles; several costs of a day add up.
func (f *Facts) AddCallCost(id department.PersonID, d calendar.Date, roubles float64) {
	if p, ok := f.people[id]; ok && !math.IsNaN(roubles) && !math.IsInf(roubles, 0) {
		p.calls = append(p.calls, callCost{d, roubles})
	}
}

// AddClient records a client of a person's list.
func (f *Facts) AddClient(c department.Client) {
	if p, ok := f.people[c.Person]; ok {
		p.clients = append(p.clients, c)
	}
}
