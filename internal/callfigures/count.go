package callfigures

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
)

// valRules names the value that holds the rules by which calls were last counted.
const valRules = "calls.counted"

// CountLedger is the part of the ledger that Count uses.
type CountLedger interface {
	Logs
	Get(ctx context.Context, name string) ([]byte, error)
	RecountCalls(ctx context.Context) error
	CallPeople(ctx context.Context) (map[calls.Source][]department.PersonID, error)
	Person(ctx context.Context, id department.PersonID) (ledger.Reading, error)
	MarkCallMonths(ctx context.Context, months []ledger.CallMonth) error
	Store(ctx context.Context, r ledger.Reading) (changed bool, err error)
	CountedCalls(ctx context.Context, c ledger.Counted) error
}

// Count brings the figures of call logs up to date for the days whose calls or rules
// changed. It reports whether any figure changed.
//
// It marks the days as counted last, so that an interrupted run counts them again.
func Count(ctx context.Context, l CountLedger, dep *department.Department, today calendar.Date) (changed bool,
	err error) {
	rules, err := digestRules(dep)
	if err != nil {
		return false, err
	}
	before, err := l.Get(ctx, valRules)
	if err != nil {
		return false, err
	}
	if before != nil && !bytes.Equal(before, rules) {
		if err := l.RecountCalls(ctx); err != nil {
			return false, err
		}
	}
	days, covered, err := staleDays(ctx, l)
	if err != nil || len(days) == 0 {
		return false, err
	}
	own, err := readOwners(ctx, l, dep)
	if err != nil {
		return false, err
	}
	people, err := l.CallPeople(ctx)
	if err != nil {
		return false, err
	}
	c := newCounting(own, people)
	for _, d := range days {
		totals, err := own.readTotals(ctx, l, d)
		if err != nil {
			return false, err
		}
		c.day(d, covered[d], totals)
	}
	corrects := before == nil || sameMeasures(before, rules)
	for _, id := range slices.Sorted(maps.Keys(c.figures)) {
		ch, err := storeFigures(ctx, l, id, c.figures[id], today, corrects)
		if err != nil {
			return changed, err
		}
		changed = changed || ch
	}
	done := ledger.Counted{Days: days, People: c.peopleOf(), Costs: c.costs, Totals: c.totals,
		Values: map[string][]byte{valRules: rules}}
	return changed, l.CountedCalls(ctx, done)
}

// staleDays returns the days whose figures must be counted, and the sources whose logs
// cover each day.
func staleDays(ctx context.Context, l Days) (stale []calendar.Date, covered map[calendar.Date][]calls.Source,
	err error) {
	covered = map[calendar.Date][]calls.Source{}
	err = l.CallDays(ctx, everyDay, func(s calls.Source, d calendar.Date, is bool) {
		covered[d] = append(covered[d], s)
		if is && !slices.Contains(stale[max(0, len(stale)-1):], d) {
			stale = append(stale, d)
		}
	})
	return stale, covered, err
}

// figure identifies one figure of a person.
type figure struct {
	day calendar.Date
	kpi string
}

// figures are a person's figures by a log, including those that it lacks.
type figures map[figure]kpi.Num

// counting holds the counting of days of call logs.
type counting struct {
	*owners
	measures measures
	cal      calendar.Calendar
	people   map[department.PersonID]department.Person
	absences map[department.PersonID][]department.Absence
	before   map[calls.Source][]department.PersonID // the people who had figures from each source
	// counted holds the people in before and those whom this counting adds.
	counted map[calls.Source]map[department.PersonID]bool

	figures map[department.PersonID]figures
	costs   []ledger.CallCost
	totals  []ledger.CallTotal
}

func newCounting(own *owners, before map[calls.Source][]department.PersonID) *counting {
	dep := own.dep
	c := &counting{
		owners:   own,
		measures: measures{},
		cal:      dep.Calendar(),
		people:   make(map[department.PersonID]department.Person, len(dep.People)),
		absences: map[department.PersonID][]department.Absence{},
		before:   before,
		counted:  map[calls.Source]map[department.PersonID]bool{},
		figures:  map[department.PersonID]figures{},
	}
	for _, p := range dep.People {
		c.people[p.ID] = p
	}
	for _, a := range dep.Absences {
		c.absences[a.Person] = append(c.absences[a.Person], a)
	}
	for s, people := range before { // also for sources that cover none of these days
		c.counted[s] = map[department.PersonID]bool{}
		for _, id := range people {
			c.counted[s][id] = true
		}
	}
	return c
}

// peopleOf returns the people who have figures from each source.
func (c *counting) peopleOf() map[calls.Source][]department.PersonID {
	out := map[calls.Source][]department.PersonID{}
	for s, people := range c.counted {
		out[s] = slices.Sorted(maps.Keys(people))
	}
	return out
}

// day counts a day that the logs of these sources cover: for everybody whom they know,
// and for everybody whom they once knew, whose figures may have to go.
func (c *counting) day(d calendar.Date, covered []calls.Source, totals map[department.PersonID]calls.Totals) {
	known := c.known(d, covered)
	concerned := map[department.PersonID]bool{}
	for _, s := range covered {
		for _, id := range c.before[s] {
			concerned[id] = true
		}
	}
	for id, sources := range known {
		concerned[id] = true
		for _, s := range sources {
			if c.counted[s] == nil {
				c.counted[s] = map[department.PersonID]bool{}
			}
			c.counted[s][id] = true
		}
	}
	for id := range concerned {
		p, ok := c.people[id]
		if !ok {
			continue
		}
		t := totals[id]
		if t.Costed > 0 {
			c.costs = append(c.costs, ledger.CallCost{Person: id, Date: d, Cost: t.Cost})
		}
		if t.Calls > 0 {
			c.totals = append(c.totals, ledger.CallTotal{Person: id, Date: d, Totals: t})
		}
		if c.figures[id] == nil {
			c.figures[id] = figures{}
		}
		role, _ := c.dep.Role(p.RoleOn(d))
		for _, k := range role.KPIs {
			if k.Source == kpi.Calls {
				c.figures[id][figure{d, k.Key}] = c.figure(p, k, d, t, len(known[id]) > 0)
			}
		}
	}
}

// figure returns a KPI's figure for a day that a log covers. Without calls it is 0 if the
// person works that day and the log knows them; else there is none.
func (c *counting) figure(p department.Person, k kpi.KPI, d calendar.Date, t calls.Totals, known bool) kpi.Num {
	if !p.Employed(d) || !k.Active(d) {
		return kpi.Num{}
	}
	if t.Calls == 0 {
		away := slices.ContainsFunc(c.absences[p.ID], func(a department.Absence) bool { return a.Has(d) })
		if !known || away || !c.cal.KindFor(p.Schedule, d).Works() {
			return kpi.Num{}
		}
	}
	return c.measures.of(k, k.Expr, t)
}

// storeFigures stores counted figures in place of a person's old ones; with corrects,
// also on locked days. It first marks the months whose tabs must show them, so that the
// next run makes up for an interrupted one.
func storeFigures(ctx context.Context, l CountLedger, id department.PersonID, counted figures, today calendar.Date,
	corrects bool) (changed bool, err error) {
	is, err := l.Person(ctx, id)
	if err != nil {
		return false, err
	}
	r, months := readingOf(id, counted, is.Entries)
	if len(months) == 0 {
		return false, nil
	}
	r.Corrects, r.Growing = corrects, today
	if err := l.MarkCallMonths(ctx, months); err != nil {
		return false, err
	}
	return l.Store(ctx, r)
}

// readingOf returns how the counted figures of a person change the stored ones, and the
// months of the changes.
func readingOf(id department.PersonID, counted figures, stored []department.Entry) (ledger.Reading,
	[]ledger.CallMonth) {
	was := figures{}
	for _, e := range stored {
		was[figure{e.Date, e.KPI}] = kpi.Some(e.Value)
	}
	r := ledger.Reading{Person: id, Log: true}
	var months []ledger.CallMonth
	inOrder := func(a, b figure) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.kpi, b.kpi)) }
	for _, f := range slices.SortedFunc(maps.Keys(counted), inOrder) {
		n := counted[f]
		if was[f] == n {
			continue
		}
		r.Scopes = append(r.Scopes, ledger.Scope{Span: calendar.Span{From: f.day, To: f.day}, KPIs: []string{f.kpi}})
		if n.OK {
			r.Entries = append(r.Entries, department.Entry{Person: id, KPI: f.kpi, Date: f.day, Value: n.V})
		}
		m := ledger.CallMonth{Person: id, Month: calendar.MonthOf(f.day).From}
		if !slices.Contains(months, m) {
			months = append(months, m)
		}
	}
	return r, months
}

// digestRules returns a digest of all that decides how calls are counted: first of how
// they are measured, then of whose they are and on which days they are expected.
func digestRules(dep *department.Department) ([]byte, error) {
	type rule struct {
		Role, Key string
		Unit      kpi.Unit
		Formula   string
		From, To  calendar.Date
	}
	type person struct {
		ID          department.PersonID
		Name, Email string
		Role        string
		Before      []department.Stint
		Aliases     []string
		Former      []string
		Hired, Left calendar.Date
		Entered     calendar.Date
		Schedule    calendar.Schedule
	}
	var how struct {
		Rules     []rule
		Zone      string
		Threshold float64
	}
	var whose struct {
		People   []person
		Absences []department.Absence
		Company  map[calendar.Date]calendar.DayKind
		Added    map[calendar.Date]calendar.DayKind
		Country  calendar.Country
	}
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			if k.Source == kpi.Calls {
				how.Rules = append(how.Rules, rule{r.Key, k.Key, k.Unit, k.Expr.String(), k.From, k.To})
			}
		}
	}
	for _, p := range dep.People {
		whose.People = append(whose.People, person{p.ID, p.Name, p.Email, p.Role, p.Before, p.Aliases, p.Former,
			p.Hired, p.Left, p.Entered, p.Schedule})
	}
	whose.Absences, whose.Company, whose.Added, whose.Country = dep.Absences, dep.Company, dep.Added,
		dep.Settings.Country
	how.Zone, how.Threshold = dep.Settings.Zone.String(), dep.Settings.TalkThreshold
	var digest []byte
	for _, part := range []any{how, whose} {
		b, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("keeping the rules of call logs: %w", err)
		}
		sum := sha256.Sum256(b)
		digest = append(digest, sum[:]...)
	}
	return digest, nil
}

// sameMeasures reports whether two digests of rules differ at most in whose calls they
// are and on which days they are expected. Ops may correct those, and the calls
// themselves, at any time; a new way of measuring does not change locked days.
func sameMeasures(a, b []byte) bool {
	return bytes.HasPrefix(b, a[:min(len(a), sha256.Size)])
}
