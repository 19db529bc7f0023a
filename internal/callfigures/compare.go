package callfigures

import (
	"context"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// Compare sets what people typed beside what the log says, for the closed days among the
// last ones that have a log. days is how many of those there are.
func Compare(ctx context.Context, l Logs, dep *department.Department, engine *planfact.Engine,
	at planfact.AsOf) (out []summary.Compared, days int, err error) {
	span := calendar.Span{From: at.Today.Add(1 - summary.ReconciliationDays), To: at.Today}
	if !at.Over {
		span.To--
	}
	covered := map[calendar.Date][]calls.Source{}
	err = l.CallDays(ctx, span, func(s calls.Source, d calendar.Date, _ bool) { covered[d] = append(covered[d], s) })
	if err != nil || len(covered) == 0 {
		return nil, 0, err
	}
	own, err := readOwners(ctx, l, dep)
	if err != nil {
		return nil, 0, err
	}
	// The totals of the people whom the day's logs know.
	logged := map[calendar.Date]map[department.PersonID]calls.Totals{}
	for d, sources := range covered {
		totals, err := own.readTotals(ctx, l, d)
		if err != nil {
			return nil, 0, err
		}
		logged[d] = map[department.PersonID]calls.Totals{}
		for id := range own.known(d, sources) {
			logged[d][id] = totals[id]
		}
	}
	return compare(dep, engine, span, logged), len(covered), nil
}

// compare sets typed figures beside those of the days' logs.
func compare(dep *department.Department, engine *planfact.Engine, span calendar.Span,
	logged map[calendar.Date]map[department.PersonID]calls.Totals) []summary.Compared {
	var out []summary.Compared
	m := measures{}
	for _, p := range dep.People {
		role, _ := dep.RoleOver(p)
		for _, k := range role.KPIs {
			if k.Source != kpi.Manual || k.Log.IsZero() {
				continue
			}
			for d := span.From; d <= span.To; d++ {
				then, _ := dep.Role(p.RoleOn(d))
				if was, ok := then.KPI(k.Key); !ok || was.Source != kpi.Manual {
					continue // it came from the log itself
				}
				totals, known := logged[d][p.ID]
				typed := engine.Figure(p, k.Key, d)
				if !known || !typed.OK || !k.Active(d) {
					continue
				}
				if log := m.of(k, k.Log, totals); log.OK {
					out = append(out, summary.Compared{Person: p, KPI: k, Day: d, Typed: typed.V, Log: log.V})
				}
			}
		}
	}
	return out
}
