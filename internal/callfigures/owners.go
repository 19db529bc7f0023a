package callfigures

import (
	"context"
	"math"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
)

// owners knows who each operator is.
type owners struct {
	dep        *department.Department
	operators  []ledger.CallOperator
	candidates map[int64][]department.Person // by number of the operator
}

func readOwners(ctx context.Context, l Operators, dep *department.Department) (*owners, error) {
	list, err := l.CallOperators(ctx)
	if err != nil {
		return nil, err
	}
	return newOwners(dep, list), nil
}

func newOwners(dep *department.Department, operators []ledger.CallOperator) *owners {
	o := &owners{dep: dep, operators: operators, candidates: map[int64][]department.Person{}}
	if len(operators) == 0 {
		return o // to make a directory of thousands takes long
	}
	directory := calls.NewDirectory(dep.People)
	for _, op := range operators {
		o.candidates[op.Num] = directory.Candidates(op.Source, op.Operator)
	}
	return o
}

// totals turns the operators' totals of a day into people's.
func (o *owners) totals(d calendar.Date, all map[int64]calls.Totals) map[department.PersonID]calls.Totals {
	out := map[department.PersonID]calls.Totals{}
	for _, op := range o.operators { // in their order, so that sums are the same every time
		t, ok := all[op.Num]
		if !ok {
			continue
		}
		if p, ok := calls.On(o.candidates[op.Num], d); ok {
			sum := out[p.ID]
			sum.Add(t)
			out[p.ID] = sum
		}
	}
	return out
}

// readTotals returns everybody's totals of a day.
func (o *owners) readTotals(ctx context.Context, l Logs, d calendar.Date) (map[department.PersonID]calls.Totals,
	error) {
	all, err := l.CallTotals(ctx, midnight(o.dep, d), midnight(o.dep, d+1), o.dep.Settings.TalkThreshold)
	if err != nil {
		return nil, err
	}
	return o.totals(d, all), nil
}

// known returns the people whom the logs of these sources know on a day, with the
// sources.
func (o *owners) known(d calendar.Date, sources []calls.Source) map[department.PersonID][]calls.Source {
	out := map[department.PersonID][]calls.Source{}
	for _, op := range o.operators {
		if !slices.Contains(sources, op.Source) {
			continue
		}
		if p, ok := calls.On(o.candidates[op.Num], d); ok && !slices.Contains(out[p.ID], op.Source) {
			out[p.ID] = append(out[p.ID], op.Source)
		}
	}
	return out
}

// unowned returns the stretches of days on which an operator matches nobody.
func (o *owners) unowned(op ledger.CallOperator) []calendar.Span {
	candidates := o.candidates[op.Num]
	bounds := []calendar.Date{everyDay.From, everyDay.To + 1}
	for _, p := range candidates {
		if !p.Hired.IsZero() {
			bounds = append(bounds, p.Hired)
		}
		if !p.Left.IsZero() {
			bounds = append(bounds, p.Left+1)
		}
		if !p.Entered.IsZero() {
			bounds = append(bounds, p.Entered)
		}
	}
	slices.Sort(bounds)
	var out []calendar.Span
	for i, from := range bounds[:len(bounds)-1] {
		if _, ok := calls.On(candidates, from); !ok && from < bounds[i+1] {
			out = append(out, calendar.Span{From: from, To: bounds[i+1] - 1})
		}
	}
	return out
}

// measures evaluates what KPIs take from a log; it caches the formulas that follow from a
// KPI's key and unit.
type measures map[string]kpi.Expr

// of returns the value of a KPI for these totals; a zero formula means the one that
// follows from the KPI's key and unit. Money is in whole kopecks and times in whole
// seconds, as a cell shows them.
func (m measures) of(k kpi.KPI, formula kpi.Expr, t calls.Totals) kpi.Num {
	if formula.IsZero() {
		text := kpi.CallsFormula(k.Key, k.Unit)
		e, ok := m[text]
		if !ok {
			var err error
			if e, err = kpi.ParseExpr(text); err != nil {
				return kpi.Num{} // no measure of a log has the KPI's unit
			}
			m[text] = e
		}
		formula = e
	}
	n := formula.Eval(t.Measure)
	switch k.Unit {
	case kpi.Duration:
		n.V = math.Round(n.V)
	case kpi.Money:
		n.V = math.Round(n.V*100) / 100
	}
	return n
}
