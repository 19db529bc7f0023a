package planfact

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/fingerprint"
	"svodka/internal/kpi"
	"svodka/internal/words"
)

// Engine computes lines. Make one per summary: it caches what repeats. Only one goroutine
// may use it, and neither its department nor its facts may change meanwhile.
type Engine struct {
	dep    *department.Department
	facts  *Facts
	at     AsOf
	cal    calendar.Calendar
	usual  *roster            // of the department: 5/2
	others map[string]*roster // of other schedules, by their text
	roles  map[string]*role
	people []*person
	byID   map[department.PersonID][]*person // by role in time
	months map[int]*month
	latest *month              // the last result of monthOf
	first  int                 // index of the month that person.blocks starts with
	totals map[totalKey][]Line // that Role has computed

	// Buffers that are reused.
	tick               *int32 // shared by the engines of parts, as people are
	segs               []segment
	sums, one, was     sumSet
	ahead              sumSet // of a total: sums scaled to people's forecasts
	vals, part         []kpi.Num
	forecast           []kpi.Num
	trendNow, trendWas []kpi.Num
	operands           []kpi.Num
}

// totalKey names a role's totals.
type totalKey struct {
	role string
	per  calendar.Period
}

// role is a department.Role prepared for computing.
type role struct {
	department.Role
	kpis     []measure
	order    []int // operands before the formulas that use them
	reported []int // the KPIs without a formula
	simple   bool  // every KPI that adds up is reported day by day
	even     bool  // always, and no KPI is computed from deals: see Engine.walk
	typed    bool  // people type some KPI
	measures bool  // some KPI is computed from deals
	always   bool  // no KPI starts or ends
	calling  bool  // its people make calls, so telephony costs something
	members  []*person
	parts    []*person // of the members, by team; nil: see inTeams
	shared   map[sharedPlans]*dayPlans
}

// measure is a KPI prepared for computing.
type measure struct {
	kpi.KPI
	series   int           // index into personFacts.series, or −1
	additive bool          // KPI.Additive, cached
	fromDeal bool          // its formula uses the measures of deals
	operands []int         // of a formula: the KPIs, or the measures, that its Names mean; −1: unknown
	leaves   []int         // the KPIs at the bottom of its formulas: itself, if it has no formula
	days     calendar.Span // on which it is measured
	// It comes from deals alone, so that a day without a deal misses nothing.
	dealsOnly bool
	den       kpi.Expr
	denOps    []int // like operands, for den
}

// person is a department.Person prepared for computing.
type person struct {
	*department.Person
	role     *role
	facts    *personFacts
	roster   *roster
	part     calendar.Span // the days in the role
	employed calendar.Span // of those, the days on which the person counts, except Away
	absences []department.Absence
	plans    *planRows     // nil: the KPIs' own plans hold
	through  calendar.Date // the last closed day
	blocks   []*block      // by month from Engine.first on
	deals    []deal        // by date
	clients  []client      // distinct
	seen     []int32       // by client: the tick at which a deal was counted
	again    []int32       // the same for repeat deals

	parts []*person // of a person who changed teams: one for each team, see within
	whole *person   // of such a part: the person
}

type deal struct {
	date   calendar.Date
	client int32 // or nameless
	name   string
	repeat bool
	amount float64 // below zero: a refund, which affects only sums (domain 2.9)
}

func (d deal) refund() bool { return d.amount < 0 }

// nameless marks deals without a client: nobody knows whether they are repeat deals.
const nameless = -1

type client struct {
	id           int32
	name         string
	handed       calendar.Date
	listed, gone calendar.Date // of a client removed from the list: the days on which they came in and went
}

// started reports whether the client is on the start list of a period that begins on the
// day. A client removed from the list later stays on it: the start list is frozen.
func (c client) started(first calendar.Date) bool {
	return c.handed <= first && (c.gone.IsZero() || c.listed <= first && first < c.gone)
}

// month is a month of the department. Days are bits: bit 0 is the first.
type month struct {
	calendar.Span
	index int
	*workdays
}

// workdays is a month of the calendar for people of one schedule. The month of the
// department has those of 5/2.
type workdays struct {
	working uint32
	weight  [31]float64
	sum     float64     // of weights
	week    [31]float64 // the sum of weights of the day's ISO week
	part    [31]float64 // the share of a full plan
}

// roster caches the months of a schedule, by their index.
type roster struct {
	schedule calendar.Schedule
	months   map[int]*workdays
}

// block is one person's month.
type block struct {
	days     *workdays // by the person's schedule
	work     uint32    // the days that the person works
	present  []uint32  // by KPI: days with a figure; of a formula: of any operand
	reported uint32    // days with every required figure
	partly   uint32    // days with some figures, but not all required
	figures  []float64 // by day, one of each KPI: those of present; nil: none is reported by day
	*dayPlans
}

// dayPlans are the plans of a month by day. People who work the same days by the same
// plans share them, so nobody may change them.
type dayPlans struct {
	planned []uint32  // by KPI: days that have a plan
	plans   []float64 // by day, one of each KPI that adds up; nil: there are none
}

// forever is the end of what has no end: far beyond any date that a spreadsheet knows.
const forever = calendar.Date(math.MaxInt32 / 2)

// New returns an Engine of the facts at a moment.
func New(dep *department.Department, facts *Facts, at AsOf) *Engine {
	e := &Engine{
		dep: dep, facts: facts, at: at, cal: dep.Calendar(),
		roles:  make(map[string]*role, len(dep.Roles)),
		byID:   make(map[department.PersonID][]*person, len(dep.People)),
		months: map[int]*month{},
		usual:  &roster{months: map[int]*workdays{}},
		others: map[string]*roster{},
		tick:   new(int32),
		totals: map[totalKey][]Line{},
	}
	e.first = monthIndex(min(facts.span.From, at.Today)) - 2
	last := monthIndex(max(facts.span.To, at.Today)) + 2
	for _, r := range dep.Roles {
		if _, ok := e.roles[r.Key]; !ok {
			e.roles[r.Key] = newRole(r, facts)
		}
	}
	absences := map[department.PersonID][]department.Absence{}
	for _, a := range dep.Absences {
		absences[a.Person] = append(absences[a.Person], a)
	}
	plans, teams := indexPlans(dep.Plans), dep.Tree()
	seen := make(map[department.PersonID]int, len(dep.People))
	for _, p := range stints(dep) {
		r, ok := e.roles[p.Role]
		if p.From.IsZero() {
			seen[p.ID]++
		}
		if !ok || seen[p.ID] > 1 {
			continue
		}
		q := &person{
			Person: p, role: r, facts: facts.people[p.ID], absences: absences[p.ID], roster: e.rosterOf(p.Schedule),
			part:     calendar.Span{From: -forever, To: forever},
			employed: calendar.Span{From: facts.countsFrom(p), To: forever},
			blocks:   make([]*block, last-e.first+1),
		}
		if q.employed.From.IsZero() {
			q.employed.From = -forever
		}
		if !p.Left.IsZero() {
			q.employed.To = p.Left
		}
		if !p.From.IsZero() {
			q.part.From = p.From
		}
		if !p.To.IsZero() {
			q.part.To = p.To
		}
		q.employed = q.employed.Meet(q.part)
		if q.facts == nil {
			q.facts = &personFacts{}
		}
		q.plans = plans.of(p, r, teams)
		q.prepareDeals()
		for _, part := range p.InTeams() {
			if len(p.TeamsBefore) == 0 {
				break
			}
			if in := q.within(&part); in.employed.Days() > 0 {
				in.plans = plans.of(&part, r, teams)
				q.parts = append(q.parts, in)
			}
		}
		q.through = at.Today - 1
		m := e.monthOf(at.Today)
		// Figures from a call log come in all day long: the first of them does not close
		// the day.
		if at.Over || r.typed && e.block(q, m).reported&m.bit(at.Today) != 0 {
			q.through = at.Today
		}
		for _, part := range q.parts {
			part.through = q.through
		}
		r.members = append(r.members, q)
		e.people = append(e.people, q)
		e.byID[p.ID] = append(e.byID[p.ID], q)
	}
	return e
}

// stints returns the people, those with several roles once for each.
func stints(dep *department.Department) []*department.Person {
	out := make([]*department.Person, 0, len(dep.People))
	for i := range dep.People {
		if len(dep.People[i].Before) == 0 {
			out = append(out, &dep.People[i])
			continue
		}
		parts := dep.People[i].Stints()
		for j := range parts {
			out = append(out, &parts[j])
		}
	}
	return out
}

// within returns the person on the days From to To of part only, with their days, plans
// and figures, so that parts add up to the person.
func (p *person) within(part *department.Person) *person {
	in := *p
	in.Person, in.whole, in.parts = part, p, nil
	days := calendar.Span{From: -forever, To: forever}
	if !part.From.IsZero() {
		days.From = part.From
	}
	if !part.To.IsZero() {
		days.To = part.To
	}
	in.part, in.employed = p.part.Meet(days), p.employed.Meet(days)
	in.blocks = make([]*block, len(p.blocks))
	return &in
}

// inTeams returns the members of a role who are in some teams; for those who changed
// teams, the parts in these.
func (r *role) inTeams(in func(team string) bool) []*person {
	if r.parts == nil { // members no longer change
		for _, p := range r.members {
			if len(p.TeamsBefore) == 0 {
				r.parts = append(r.parts, p)
			} else {
				r.parts = append(r.parts, p.parts...)
			}
		}
	}
	var out []*person
	for _, part := range r.parts {
		if in(part.Team) {
			out = append(out, part)
		}
	}
	return out
}

// find returns the person in one role: that of the given stint, or else the present one;
// for a person who changed teams, the given part.
func (e *Engine) find(p department.Person) (*person, bool) {
	stints := e.byID[p.ID]
	if len(p.TeamsBefore) == 0 {
		for _, q := range stints {
			for _, part := range q.parts {
				if part.From == p.From && part.To == p.To && part.Team == p.Team {
					return part, true
				}
			}
		}
	}
	from := p.From
	if n := len(p.Before); n > 0 && from.IsZero() {
		from = p.Before[n-1].To + 1
	}
	for _, q := range stints {
		if q.From == from {
			return q, true
		}
	}
	return nil, false
}

// all returns the person in all matching roles: that of the given stint, or else every
// one.
func (e *Engine) all(p department.Person) []*person {
	if len(p.Before) > 0 && p.From.IsZero() {
		return e.byID[p.ID]
	}
	if q, ok := e.find(p); ok {
		return []*person{q}
	}
	return nil
}

// CountsFrom returns the first day on which the person counts, in any role; zero: the
// first day of all, or the person is unknown.
func (e *Engine) CountsFrom(id department.PersonID) calendar.Date {
	from := calendar.Date(0)
	for i, q := range e.byID[id] {
		if i == 0 || q.employed.From < from {
			from = q.employed.From
		}
	}
	return max(from, 0)
}

// First returns the first day on which anybody counts; for those who count from the
// beginning, the first with a figure. Before it nobody was expected to do anything. It is
// never after today.
func (e *Engine) First() calendar.Date {
	first := e.at.Today
	for _, q := range e.people {
		from := q.employed.From
		if from == -forever {
			from = e.facts.firstBefore(q.ID, calendar.Span{From: -forever, To: e.at.Today})
		}
		if from != 0 && q.employed.Days() > 0 {
			first = min(first, from)
		}
	}
	return first
}

// Begun reports whether anybody has ever reported anything, up to today.
func (e *Engine) Begun() bool {
	return slices.ContainsFunc(e.people, func(q *person) bool {
		return e.facts.firstBefore(q.ID, calendar.Span{From: -forever, To: e.at.Today}) != 0
	})
}

// AsOf returns an Engine of the same department and facts at another moment.
func (e *Engine) AsOf(at AsOf) *Engine { return New(e.dep, e.facts, at) }

// Short reports whether something was computed from days before the span of the facts
// that have figures (Facts.Earlier). It is then wrong, and must be computed with facts of
// a longer span.
func (e *Engine) Short() bool { return e.facts.short }

// HashFacts adds all known figures of one person to a fingerprint: while it stays the
// same, and the department too, so do the results of the Engine for that person alone.
func (e *Engine) HashFacts(w *fingerprint.Writer, id department.PersonID) {
	q := e.facts.people[id]
	if q == nil {
		return
	}
	w.Add(e.facts.span)
	for k, row := range q.series {
		for i, v := range row {
			if v == v { // not blank
				w.Int(int64(k))
				w.Int(int64(i))
				w.Float(v)
			}
		}
	}
	w.Int(-1)
	late := make([]lateFigure, 0, len(q.late))
	for f := range q.late {
		late = append(late, f)
	}
	slices.SortFunc(late, func(a, b lateFigure) int { return cmp.Or(cmp.Compare(a.day, b.day), a.key-b.key) })
	w.Add(late)
	w.Add(q.deals)
	w.Add(q.clients)
	w.Add(q.calls)
	w.Add(q.earlier)
}

// Counts reports whether the person counts in a span and any KPI of the role is measured
// in it: else there are no lines.
func (e *Engine) Counts(p department.Person, s calendar.Span) bool {
	q, ok := e.find(p)
	return ok && q.counts(s) && slices.ContainsFunc(q.role.kpis, func(m measure) bool {
		return m.days.Meet(s).Days() > 0
	})
}

// Counting returns a text that depends on First, on who counts on which days, and on when
// each KPI is measured: while it stays the same, so does the result of Counts for every
// span.
func (e *Engine) Counting() string {
	h := fnv.New64a()
	var b []byte
	date := func(dates ...calendar.Date) {
		for _, d := range dates {
			b = binary.AppendVarint(b, int64(d))
		}
	}
	text := func(s string) { b = append(append(b, s...), 0xff) } // never in UTF-8
	date(e.First())
	for _, q := range e.people {
		text(string(q.ID))
		text(q.role.Key)
		date(calendar.Date(q.Again), q.From, q.employed.From, q.employed.To, calendar.Date(len(q.Away)))
		for _, a := range q.Away {
			date(a.From, a.To)
		}
	}
	for _, r := range e.dep.Roles {
		text(r.Key)
		for _, k := range r.KPIs {
			text(k.Key)
			date(k.From, k.To)
		}
	}
	h.Write(b) // never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// Figure returns the reported figure of a KPI on one day: typed, or counted from a call
// log. It has no value if there was none, or the KPI is computed.
func (e *Engine) Figure(p department.Person, key string, d calendar.Date) kpi.Num {
	s, ok := e.facts.keys[key]
	q := e.facts.people[p.ID]
	if ok && q != nil {
		e.facts.asked(calendar.Span{From: d, To: d})
	}
	if !ok || q == nil || s >= len(q.series) || q.series[s] == nil || !e.facts.span.Has(d) {
		return kpi.Num{}
	}
	v := q.series[s][d-e.facts.span.From]
	return kpi.Num{V: v, OK: v == v}
}

func newRole(r department.Role, facts *Facts) *role {
	out := &role{Role: r, kpis: make([]measure, len(r.KPIs)), order: kpi.Order(r.KPIs), always: true,
		simple: true}
	index := func(key string) int {
		return slices.IndexFunc(r.KPIs, func(k kpi.KPI) bool { return k.Key == key })
	}
	measures := kpi.Measures()
	for i, k := range r.KPIs {
		m := measure{KPI: k, series: -1, additive: k.Additive(), days: measured(k), dealsOnly: true}
		if s, ok := facts.keys[k.Key]; ok && !k.Derived() {
			m.series = s
		}
		m.fromDeal = k.Source == kpi.Deals || k.Source == kpi.Clients
		names := func(e kpi.Expr) []int {
			ops := make([]int, len(e.Names()))
			for j, name := range e.Names() {
				if m.fromDeal {
					ops[j] = slices.Index(measures, name)
				} else {
					ops[j] = index(name)
				}
			}
			return ops
		}
		if k.Derived() {
			m.operands = names(k.Expr)
			if _, den, ok := k.Expr.Ratio(); ok {
				m.den, m.denOps = den, names(den)
			}
		}
		out.kpis[i] = m
		out.simple = out.simple && (!m.additive || !k.Derived())
		out.typed = out.typed || k.Typed()
		out.measures = out.measures || m.fromDeal
		out.calling = out.calling || k.Source == kpi.Calls || k.Key == callsKey
		out.always = out.always && k.From.IsZero() && k.To.IsZero()
	}
	for _, i := range out.order {
		m := &out.kpis[i]
		if m.Source != kpi.Formula {
			m.leaves, m.dealsOnly = []int{i}, m.fromDeal
			out.reported = append(out.reported, i)
			continue
		}
		for _, o := range m.operands {
			if o >= 0 {
				m.leaves = append(m.leaves, out.kpis[o].leaves...)
			}
		}
		slices.Sort(m.leaves)
		m.leaves = slices.Compact(m.leaves)
		m.dealsOnly = !slices.ContainsFunc(m.leaves, func(l int) bool { return !out.kpis[l].fromDeal })
	}
	slices.Sort(out.reported)
	out.even = out.always && !out.measures
	out.shared = map[sharedPlans]*dayPlans{}
	return out
}

// measured returns the days on which the KPI is measured.
func measured(k kpi.KPI) calendar.Span {
	s := calendar.Span{From: k.From, To: k.To}
	if k.From.IsZero() {
		s.From = -forever
	}
	if k.To.IsZero() {
		s.To = forever
	}
	return s
}

// prepareDeals sorts a person's deals and finds the repeat ones: every deal of a client
// after their first, in date order (domain 2.16). A refund neither is one nor makes one.
func (p *person) prepareDeals() {
	if len(p.facts.deals) == 0 && len(p.facts.clients) == 0 {
		return
	}
	ids := map[string]int32{}
	id := func(name string) int32 {
		key := NormClient(name)
		n, ok := ids[key]
		if !ok {
			n = int32(len(ids))
			ids[key] = n
		}
		return n
	}
	bought := map[int32]bool{}
	sorted := slices.Clone(p.facts.deals)
	slices.SortStableFunc(sorted, func(a, b department.Deal) int { return cmp.Compare(a.Date, b.Date) })
	p.deals = make([]deal, len(sorted))
	for i, d := range sorted {
		if NormClient(d.Client) == "" {
			p.deals[i] = deal{date: d.Date, client: nameless, amount: d.Amount}
			continue
		}
		is := deal{d.Date, id(d.Client), d.Client, false, d.Amount}
		if !is.refund() {
			is.repeat = bought[is.client]
			bought[is.client] = true
		}
		p.deals[i] = is
	}
	at := map[int32]int{}
	for _, gone := range []bool{false, true} { // a client who is back in the list counts as never removed
		for _, c := range p.facts.clients {
			if c.Gone.IsZero() == gone {
				continue
			}
			n := id(c.Name)
			i, twice := at[n]
			switch {
			case !twice:
				at[n] = len(p.clients)
				p.clients = append(p.clients, client{n, c.Name, c.HandedOver, c.Listed, c.Gone})
			case !gone:
				p.clients[i].handed = min(p.clients[i].handed, c.HandedOver)
			}
		}
	}
	p.seen, p.again = make([]int32, len(ids)), make([]int32, len(ids))
}

// NormClient makes names of clients comparable: it ignores case and outer and doubled
// spaces.
func NormClient(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// monthIndex numbers months from year 0 on.
func monthIndex(d calendar.Date) int {
	y, m, _ := d.Time().Date()
	return y*12 + int(m) - 1
}

// monthOf returns the month that holds d.
func (e *Engine) monthOf(d calendar.Date) *month {
	if e.latest == nil || !e.latest.Has(d) {
		e.latest = e.month(monthIndex(d))
	}
	return e.latest
}

func (e *Engine) month(index int) *month {
	m, ok := e.months[index]
	if ok {
		return m
	}
	first := calendar.Of(index/12, time.Month(index%12+1), 1)
	m = &month{Span: calendar.MonthOf(first).Span, index: index}
	m.workdays = e.workdays(e.usual, m)
	e.months[index] = m
	return m
}

// rosterOf returns the roster of a schedule: people with the same one share it.
func (e *Engine) rosterOf(s calendar.Schedule) *roster {
	if len(s) == 0 {
		return e.usual
	}
	key := s.Text(words.EN)
	r, ok := e.others[key]
	if !ok {
		r = &roster{s, map[int]*workdays{}}
		e.others[key] = r
	}
	return r
}

// workdays returns a month of a roster and makes it if necessary.
func (e *Engine) workdays(r *roster, m *month) *workdays {
	if w, ok := r.months[m.index]; ok {
		return w
	}
	w := &workdays{}
	short := e.dep.Settings.ShortDays
	for i := range m.Days() {
		d := m.From.Add(i)
		kind := e.cal.KindFor(r.schedule, d)
		if kind.Works() {
			w.working |= 1 << i
		}
		w.weight[i] = kind.Weight(short)
		w.sum += w.weight[i]
		w.week[i] = e.cal.Weight(r.schedule, calendar.WeekOf(d).Span, short)
		w.part[i] = r.schedule.Part(d)
	}
	r.months[m.index] = w
	return w
}

// bit returns the day as a bit of the month, 0 if it is in another.
func (m *month) bit(d calendar.Date) uint32 {
	if !m.Has(d) {
		return 0
	}
	return 1 << (d - m.From)
}

// mask returns the days of a span as bits of the month.
func (m *month) mask(s calendar.Span) uint32 {
	s = s.Meet(m.Span)
	if s.To < s.From {
		return 0
	}
	return uint32(1<<(s.To-m.From+1) - 1<<(s.From-m.From))
}

// counted returns the days of the month on which the person counts.
func (p *person) counted(m *month) uint32 {
	days := m.mask(p.employed)
	for _, s := range p.Away {
		days &^= m.mask(s)
	}
	return days
}

// counts reports whether the person counts on any day of a span.
func (p *person) counts(s calendar.Span) bool {
	s = s.Meet(p.employed)
	for _, a := range p.Away { // oldest first
		if a.Has(s.From) {
			s.From = a.To + 1
		}
	}
	return s.Days() > 0
}

// segment is the part of a period in one month.
type segment struct {
	*month
	days uint32
}

// segments cuts a span by months. The slice is valid until the next call.
func (e *Engine) segments(s calendar.Span) []segment {
	e.segs = e.segs[:0]
	for d := s.From; d <= s.To; {
		m := e.monthOf(d)
		e.segs = append(e.segs, segment{m, m.mask(s)})
		d = m.To + 1
	}
	return e.segs
}

// active returns the days of the month on which the KPI is measured.
func (r *role) active(k int, m *month) uint32 {
	if r.always {
		return math.MaxUint32
	}
	return m.mask(r.kpis[k].days)
}

// block returns a person's month and makes it if necessary.
func (e *Engine) block(p *person, m *month) *block {
	i := m.index - e.first
	if i >= 0 && i < len(p.blocks) {
		if p.blocks[i] == nil {
			p.blocks[i] = e.newBlock(p, m)
		}
		return p.blocks[i]
	}
	return e.newBlock(p, m)
}

// on returns the part of a block on some days of its month.
func (b *block) on(days uint32) *block {
	out := *b
	out.work &= days
	out.reported &= days
	out.partly &= days
	out.present = slices.Clone(b.present)
	out.dayPlans = &dayPlans{slices.Clone(b.planned), slices.Clone(b.plans)}
	n := len(out.present)
	for k := range out.present {
		out.present[k] &= days
		out.planned[k] &= days
	}
	out.figures = slices.Clone(b.figures)
	for _, byDay := range [][]float64{out.plans, out.figures} {
		for i := range byDay {
			if days>>(i/n)&1 == 0 {
				byDay[i] = 0
			}
		}
	}
	return &out
}

func (e *Engine) newBlock(p *person, m *month) *block {
	if p.whole != nil {
		return e.block(p.whole, m).on(m.mask(p.employed))
	}
	r := p.role
	b := &block{days: e.workdays(p.roster, m), present: make([]uint32, len(r.kpis))}
	employed := p.counted(m)
	var reducing, keeping uint32
	for _, a := range p.absences { // a day belongs to the first row that covers it
		days := m.mask(a.Span) &^ (reducing | keeping)
		if e.dep.Settings.KeepPlan[a.Kind] {
			keeping |= days
		} else {
			reducing |= days
		}
	}
	b.work = b.days.working & employed &^ (reducing | keeping)
	e.findPresent(p, m, b)
	b.dayPlans = e.plansOf(p, m, b, b.days.working&employed&^reducing, employed)
	return b
}

// findPresent finds the days that have figures.
func (e *Engine) findPresent(p *person, m *month, b *block) {
	r := p.role
	counted := m.Meet(p.employed).Meet(calendar.Span{From: e.facts.span.From, To: min(e.facts.span.To, e.at.Today)})
	var dealt uint32
	if r.measures {
		for _, d := range p.dealsIn(m.Meet(calendar.Span{From: -forever, To: e.at.Today})) {
			dealt |= m.bit(d.date)
		}
	}
	for _, k := range r.order {
		q := &r.kpis[k]
		var days uint32
		switch {
		case q.Source == kpi.Formula:
			for _, l := range q.leaves {
				days |= b.present[l]
			}
		case q.fromDeal:
			days = dealt
		default:
			e.facts.asked(m.Meet(p.employed))
			days = r.active(k, m) & e.figuresOf(b, m, counted, p.row(q), k, len(r.kpis))
		}
		b.present[k] = days & r.active(k, m)
	}
	var due, some uint32 // days with a required KPI; days with any figure
	full := uint32(math.MaxUint32)
	for k := range r.kpis {
		q := &r.kpis[k]
		switch {
		case q.Typed():
			some |= b.present[k]
			if q.Required {
				due |= r.active(k, m)
				full &= b.present[k] | ^r.active(k, m)
			}
		case !r.typed && q.Source != kpi.Formula:
			some |= b.present[k]
		}
	}
	b.reported = full&due | some&^due
	b.partly = some &^ b.reported
}

// figuresOf copies a row of figures to a block, and returns the days that have one.
func (e *Engine) figuresOf(b *block, m *month, counted calendar.Span, row []float64, k, n int) (days uint32) {
	if row == nil || counted.Days() <= 0 {
		return 0
	}
	if b.figures == nil {
		b.figures = make([]float64, n*m.Days())
	}
	first := int(counted.From - m.From)
	for i, v := range row[counted.From-e.facts.span.From : counted.To+1-e.facts.span.From] {
		if v == v { // not blank
			days |= 1 << (first + i)
			b.figures[(first+i)*n+k] = v
		}
	}
	return days
}

// row returns a person's figures of a KPI that is reported day by day, nil if there are
// none.
func (p *person) row(q *measure) []float64 {
	if q.series < 0 || q.series >= len(p.facts.series) {
		return nil
	}
	return p.facts.series[q.series]
}

// dealsIn returns the person's deals of a span on days of employment.
func (p *person) dealsIn(s calendar.Span) []deal {
	return p.knownDeals(s.Meet(p.employed))
}

// knownDeals returns all deals of a span in the person's list, even those of days before
// hiring: what its clients bought.
func (p *person) knownDeals(s calendar.Span) []deal {
	s = s.Meet(p.part)
	from, _ := slices.BinarySearchFunc(p.deals, s.From, func(d deal, t calendar.Date) int {
		return cmp.Compare(d.date, t)
	})
	to := from
	for to < len(p.deals) && p.deals[to].date <= s.To {
		to++
	}
	return p.deals[from:to]
}

// DayState returns the state of a person's day. A day off, an absence and a future day
// are also Reported if there is a report.
func (e *Engine) DayState(p department.Person, d calendar.Date) DayState {
	q, ok := e.find(p)
	if !ok {
		return NotDue
	}
	m := e.monthOf(d)
	b, bit := e.block(q, m), m.bit(d)
	switch {
	case q.counted(m)&bit == 0:
		return NotDue
	case b.reported&bit != 0:
		return Reported
	case slices.ContainsFunc(q.absences, func(a department.Absence) bool { return a.Has(d) }):
		return Absent
	case b.work&bit == 0 || !q.role.dueOn(d):
		return NotDue
	case b.partly&bit != 0:
		return Partly
	case d > q.through:
		return Waiting
	}
	return Missing
}

// Late reports whether a person's report of a day came in after its deadline: the last of
// its required figures decides, or, if none is required, of all figures.
func (e *Engine) Late(p department.Person, d calendar.Date) bool {
	q, ok := e.find(p)
	if !ok || len(q.facts.late) == 0 || e.DayState(p, d) != Reported {
		return false
	}
	required := slices.ContainsFunc(q.role.kpis, func(m measure) bool { return m.Typed() && m.Required && m.Active(d) })
	return slices.ContainsFunc(q.role.kpis, func(m measure) bool {
		return m.Typed() && (m.Required || !required) && q.facts.late[lateFigure{m.series, d}]
	})
}

// LateDays counts the days of a span whose reports came in late.
func (e *Engine) LateDays(p department.Person, s calendar.Span) int {
	q, ok := e.find(p)
	if !ok {
		return 0
	}
	days := map[calendar.Date]bool{}
	for f := range q.facts.late {
		if s.Has(f.day) && e.Late(p, f.day) {
			days[f.day] = true
		}
	}
	return len(days)
}

// dueOn reports whether the role has something to type on day d.
func (r *role) dueOn(d calendar.Date) bool {
	return slices.ContainsFunc(r.kpis, func(q measure) bool { return q.Typed() && q.Active(d) })
}

// DayWeights returns, for each day of the month, 1 (or the short day's share) for a day
// the person works, 0 for a day off, an absence, or before hiring.
func (e *Engine) DayWeights(p department.Person, month calendar.Period) []float64 {
	out := make([]float64, month.Days())
	for _, q := range e.all(p) {
		for i := range out {
			d := month.From.Add(i)
			m := e.monthOf(d)
			if b := e.block(q, m); b.work&m.bit(d) != 0 {
				out[i] = b.days.weight[d-m.From]
			}
		}
	}
	return out
}

// count returns the number of days of a mask.
func count(days uint32) int { return bits.OnesCount32(days) }
