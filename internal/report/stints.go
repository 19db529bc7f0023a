package report

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// A person who changes roles, and comes back to one, has a line for each stint in the
// summary. A month's tab has one column for each KPI, whatever role measures it; the
// block on top is the line of the latest of the month's roles that does.

// stint is a role of the person on days of a month.
type stint struct {
	person department.Person // in that role
	role   department.Role
	days   calendar.Span
}

// stintsIn returns the person's roles in a span, the latest first. It leaves out roles of
// days on which the person was not employed, unless there are no others.
func stintsIn(in Input, s calendar.Span) []stint {
	if len(in.Person.Before) == 0 {
		return []stint{{in.Person, in.Role, s}}
	}
	var all, worked []stint
	for _, p := range slices.Backward(in.Person.Stints()) {
		days := s
		if !p.From.IsZero() {
			days.From = max(days.From, p.From)
		}
		if !p.To.IsZero() {
			days.To = min(days.To, p.To)
		}
		role, ok := in.Dep.Role(p.Role)
		if !ok || days.Days() == 0 {
			continue
		}
		all = append(all, stint{p, role, days})
		if days.Meet(p.Employment()).Days() > 0 {
			worked = append(worked, all[len(all)-1])
		}
	}
	switch {
	case len(worked) > 0:
		return worked
	case len(all) > 0:
		return all
	}
	return []stint{{in.Person, in.Role, s}} // for roles that no longer exist
}

// measuredIn returns the KPIs that a month measures, and for each the index of its role
// among the stints.
func measuredIn(stints []stint) (kpis []kpi.KPI, of map[string]int) {
	of = map[string]int{}
	for i, st := range stints {
		for _, k := range activeIn(st.role, st.days) {
			if _, has := of[k.Key]; !has {
				of[k.Key] = i
				kpis = append(kpis, k)
			}
		}
	}
	return kpis, of
}

// alike reports whether two KPIs with the same key are measured in the same way, so that
// a column may hold the figures of both.
func alike(a, b kpi.KPI) bool {
	return a.Source == b.Source && a.Unit == b.Unit && a.Expr.String() == b.Expr.String()
}

// stint returns the role whose line the block shows for a KPI.
func (s *sheet) stint(k kpi.KPI) stint { return s.stints[s.of[k.Key]] }

// kpi returns a KPI as the tab measures it.
func (s *sheet) kpi(key string) (kpi.KPI, bool) {
	i := slices.IndexFunc(s.kpis, func(k kpi.KPI) bool { return k.Key == key })
	if i < 0 {
		return s.in.Role.KPI(key)
	}
	return s.kpis[i], true
}

// on returns the KPI as the role of a day has it. Not ok: the role does not measure it,
// or not in the way of the column.
func (s *sheet) on(k kpi.KPI, day calendar.Date) (as kpi.KPI, ok bool) {
	i := slices.IndexFunc(s.stints, func(st stint) bool { return st.days.Has(day) })
	if i < 0 {
		return k, false
	}
	if i != s.of[k.Key] {
		if as, ok = s.stints[i].role.KPI(k.Key); !ok || !alike(as, k) {
			return k, false
		}
		k = as
	}
	return k, k.Active(day)
}

// inCells reports whether all operands of a role's formula have columns and are defined
// as in the role.
func (s *sheet) inCells(k kpi.KPI, st stint) bool {
	names := k.Expr.Names()
	for _, name := range names {
		if _, ok := s.col[name]; !ok {
			return false // an operand is not measured this month
		}
		shown, _ := s.kpi(name)
		if s.stint(shown).days == st.days {
			continue
		}
		o, ok := st.role.KPI(name)
		if !ok || !alike(o, shown) || s.how(shown) == byWorker || o.Source == kpi.Formula && !s.inCells(o, st) {
			return false
		}
	}
	return len(names) > 0
}

// rowsOf returns the rows of the days on which the KPI is measured in the role whose line
// the block shows, and the person is employed: other figures do not count there.
func (s *sheet) rowsOf(k kpi.KPI) rows { return s.rowsIn(k, s.stint(k)) }

// rowsIn returns those of the days of a role.
func (s *sheet) rowsIn(k kpi.KPI, st stint) rows {
	if as, ok := st.role.KPI(k.Key); ok {
		k = as
	}
	days := st.days
	if here := days.Meet(s.in.Person.Employment()); here.Days() > 0 {
		days = here
	}
	if !k.From.IsZero() {
		days.From = max(days.From, k.From)
	}
	if !k.To.IsZero() {
		days.To = min(days.To, k.To)
	}
	days.To = max(days.To, days.From) // measured only on days not at work: one row, and empty
	return rows{s.first + int(days.From-s.month.From), s.first + int(days.To-s.month.From) + 1}
}

// typedRows returns the rows from the first to the last day on which there may be figures
// of the KPI, in any role.
func (s *sheet) typedRows(k kpi.KPI) rows {
	out := s.rowsOf(k)
	for _, st := range s.stints {
		if as, ok := st.role.KPI(k.Key); ok && alike(as, k) && isMeasured(&as, st.days) {
			r := s.rowsIn(as, st)
			out = rows{min(out.from, r.from), max(out.to, r.to)}
		}
	}
	return out
}

// title returns the title of a KPI's column: with its first day, if the block counts from
// there and earlier days belong to a line of another role.
func (s *sheet) title(k kpi.KPI) string {
	if s.typedRows(k).from == s.rowsOf(k).from {
		return k.Title
	}
	from := s.month.From.Add(s.rowsOf(k).from - s.first).Time().Format("02.01")
	return k.Title + s.lang.T(" (с "+from+")", " (from "+from+")")
}

// sinceRole returns a note on why the block does not count the whole column.
func (s *sheet) sinceRole(k kpi.KPI) string {
	if s.title(k) == k.Title {
		return ""
	}
	role := s.stint(k).role.Title
	return s.lang.T("\nПлан и факт сверху — за дни в роли «"+role+"»; дни до неё — отдельная строка сводки.",
		"\nPlan and fact above are of the days as “"+role+"”; the days before are a line of their own in the summary.")
}
