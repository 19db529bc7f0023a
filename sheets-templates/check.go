package templates

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
)

// check records what is wrong with the KPIs of a role, each mistake at the line of its
// field. The rules are those of the control spreadsheet, so a template that loads seeds
// one without mistakes.
func (f *file) check(r Role, places []map[string]ast.Node) {
	kpis := make([]kpi.KPI, len(r.KPIs))
	sound := true
	for i, k := range r.KPIs {
		errs := len(f.errs)
		kpis[i] = f.measure(r.Key, k, places[i])
		sound = sound && len(f.errs) == errs
	}
	if !sound {
		return // the next check would repeat it
	}
	for _, p := range kpi.CheckRole(kpis) {
		if p.Warning {
			continue
		}
		at, ok := places[p.Index][string(p.Field)]
		if !ok {
			at = places[p.Index]["key"]
		}
		f.fail(at, "%s", p.Text("en"))
	}
}

// measure turns a row of the template into a KPI.
func (f *file) measure(role string, k KPI, at map[string]ast.Node) kpi.KPI {
	out := kpi.KPI{
		Role: role, Key: k.Key, Title: k.Title.RU,
		Source:    kpi.Source(cmp.Or(k.Source, string(kpi.Manual))),
		PlanFor:   calendar.Kind(cmp.Or(k.Period, string(calendar.Month))),
		Direction: kpi.Direction(cmp.Or(k.Direction, string(kpi.Higher))),
		Weight:    k.Weight, Funnel: k.Funnel, Required: k.Required,
	}
	out.Unit, out.Fractions = kpi.ParseUnit(k.Unit)
	if !slices.Contains([]calendar.Kind{calendar.Day, calendar.Week, calendar.Month}, out.PlanFor) {
		f.fail(at["period"], "period %q: day, week or month is expected", k.Period)
	}
	formula := k.Formula
	if formula == "" {
		formula = DefaultFormula(out.Source, out.Key, out.Unit)
	}
	if formula != "" {
		var err error
		to := &out.Expr
		if out.Source == kpi.Manual {
			to = &out.Log
		}
		if *to, err = kpi.ParseExpr(formula); err != nil {
			f.fail(at["formula"], "%s", english(err))
		}
	}
	var err error
	if out.Lights, err = kpi.ParseThresholds(k.Lights); err != nil {
		f.fail(at["lights"], "%s", english(err))
	}
	for _, n := range []struct {
		field, text string
		to          *kpi.Num
	}{{"plan", k.Plan, &out.Plan}, {"min", k.Min, &out.Min}, {"max", k.Max, &out.Max}} {
		v, ok := Figure(n.text, out.Unit)
		if !ok {
			f.fail(at[n.field], "%s %q is no figure of the unit %q: 1900, 25%% and 1:30:00 are", n.field, n.text,
				k.Unit)
		}
		*n.to = v
	}
	return out
}

func english(err error) string {
	if p, ok := errors.AsType[kpi.Problem](err); ok {
		return p.Text("en")
	}
	return err.Error()
}

// DefaultFormula returns the formula of a KPI that has none: for deals their number or
// sum, for calls that of kpi.CallsFormula. Empty for everything else.
func DefaultFormula(source kpi.Source, key string, u kpi.Unit) string {
	switch {
	case source == kpi.Calls:
		return kpi.CallsFormula(key, u)
	case source == kpi.Deals && u == kpi.Count:
		return kpi.DealCount
	case source == kpi.Deals && u == kpi.Money:
		return kpi.DealSum
	}
	return ""
}

// hours is a duration of any length, 38:00:00 or 38:00.
var hours = lazyregexp.New(`^(\d{1,5}):([0-5]\d)(?::([0-5]\d))?$`)

// Figure parses a plan or a bound as a person types it, in the unit of the KPI (durations
// in seconds, percentages as fractions). Unlike a day's figure, a duration may be longer
// than a day. Empty gives no value; ok is false if the text is not such a figure.
func Figure(text string, u kpi.Unit) (n kpi.Num, ok bool) {
	text = strings.TrimSpace(text)
	if m := hours.FindStringSubmatch(text); m != nil && u == kpi.Duration {
		s := 0
		for _, part := range m[1:] {
			v, err := strconv.Atoi(cmp.Or(part, "0"))
			if err != nil {
				return kpi.Num{}, false
			}
			s = s*60 + v
		}
		return kpi.Some(float64(s)), true
	}
	switch r := kpi.ParseCell(text, u); r.State {
	case kpi.CellValue:
		return r.Num(), true
	case kpi.CellBlank:
		return kpi.Num{}, true
	}
	return kpi.Num{}, false
}
