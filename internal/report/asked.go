package report

import (
	"svodka/internal/fingerprint"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
)

// asked is what a month's tab shows of plans and facts. The engine is asked for them
// here and nowhere else, so that HashFigures names them all: most of what a person types
// is in none of them, since formulas of the spreadsheet count it.
type asked struct {
	plans   map[string]dayPlans  // by key of the KPI
	now     map[string]monthly   // of KPIs that no formula counts, and of closed months
	logged  map[string][]kpi.Num // of KPIs from call logs, by day
	weights []float64            // of the days; nil: no plans
}

// monthly is a figure of the month as it is now.
type monthly struct {
	fact, forecast kpi.Num
	working        int
}

// ask asks for the figures of the tab, whose columns are known.
func (s *sheet) ask() {
	s.plans, s.now = map[string]dayPlans{}, map[string]monthly{}
	e := s.in.Plans
	lines := s.lines()
	for _, k := range s.kpis {
		now := s.planNow(k, lines[k.Key])
		c, closed := s.closedKPI(k)
		if closed {
			now = s.closedPlan(k, c, now)
		}
		s.plans[k.Key] = now
		if l := lines[k.Key]; closed || s.how(k) == byWorker {
			s.now[k.Key] = monthly{l.Fact, l.Forecast, l.Working}
		}
		if s.how(k) == byLog && e != nil {
			if s.logged == nil {
				s.logged = map[string][]kpi.Num{}
			}
			for day := s.month.From; day <= s.month.To; day++ {
				s.logged[k.Key] = append(s.logged[k.Key], e.Figure(s.in.Person, k.Key, day))
			}
		}
	}
	if e != nil {
		s.weights = e.DayWeights(s.in.Person, s.month)
	}
}

// lines returns the lines of the month, if it is closed, or has KPIs that are not
// additive or that no formula of the tab can compute.
func (s *sheet) lines() map[string]planfact.Line {
	var ask bool
	for _, k := range s.kpis {
		_, closed := s.closedKPI(k)
		ask = ask || !k.Additive() || s.how(k) == byWorker || closed
	}
	if !ask || s.in.Plans == nil {
		return nil
	}
	out := map[string]planfact.Line{}
	for i, st := range s.stints {
		for _, l := range s.in.Plans.Person(st.person, s.month) {
			if s.of[l.KPI.Key] == i {
				out[l.KPI.Key] = l
			}
		}
	}
	return out
}

// planNow returns the plans of a KPI's days as they are now, line being its line. The
// plan of a ratio is not divided among days: it is that of its line, which may be 0.
func (s *sheet) planNow(k kpi.KPI, line planfact.Line) dayPlans {
	if s.in.Plans == nil {
		return dayPlans{}
	}
	if !k.Additive() {
		p := dayPlans{total: CellValue(k, line.Plan.V), ok: line.Plan.OK}
		if k.Unit != kpi.Duration {
			p.total = round6(p.total)
		}
		return p
	}
	days, ok := s.in.Plans.DayPlans(s.stint(k).person, k.Key, s.month)
	if !ok || len(days) < s.month.Days() {
		return dayPlans{}
	}
	p := dayPlans{days: make([]float64, s.month.Days()), ok: true}
	for i := range p.days {
		if k.Active(s.month.From.Add(i)) { // there is none on days in other roles
			p.days[i] = CellValue(k, days[i])
			p.total += p.days[i]
		}
	}
	if k.Unit != kpi.Duration { // whole seconds are not round fractions of a day
		p.total = round6(p.total)
	}
	return p
}

// HashFigures adds to a fingerprint all that Layout takes from in.Plans: while it and the
// rest of the input stay the same, so does the layout.
func HashFigures(w *fingerprint.Writer, in Input) {
	d := &desk{in: in, lang: in.Lang}
	num := func(n kpi.Num) {
		w.Float(n.V)
		if n.OK {
			w.Int(1)
		} else {
			w.Int(0)
		}
	}
	floats := func(list []float64) {
		w.Int(int64(len(list)))
		for _, v := range list {
			w.Float(v)
		}
	}
	for _, m := range in.Months {
		s, _ := d.sheet(m)
		w.Add(s.reverse)
		for _, k := range s.kpis {
			p := s.plans[k.Key]
			floats(p.days)
			num(kpi.Num{V: p.total, OK: p.ok})
			if f, ok := s.now[k.Key]; ok {
				num(f.fact)
				num(f.forecast)
				w.Int(int64(f.working))
			}
			for _, n := range s.logged[k.Key] {
				num(n)
			}
		}
		floats(s.weights)
	}
}
