package kpi

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/lazyregexp"
)

// measured is a name that a formula may use besides the keys of KPIs.
type measured struct {
	name string
	unit Unit
}

// measures are the measures of deals and clients.
var measures = []measured{
	{DealCount, Count}, {DealSum, Money}, {Buyers, Count}, {RepeatBuyers, Count},
	{RepeatCount, Count}, {RepeatSum, Money}, {StartClients, Count}, {KeptClients, Count},
}

// callMeasures are the measures of a call log.
var callMeasures = []measured{
	{CallCount, Count}, {CallOutgoing, Count}, {CallIncoming, Count}, {CallAnswered, Count}, {CallMissed, Count},
	{CallTalks, Count}, {CallTalkTime, Duration}, {CallSuccess, Count}, {CallCost, Money},
}

// Measures lists the names that a formula of a Deals or Clients KPI may use.
func Measures() []string { return names(measures) }

// CallMeasures lists the names that a formula of a Calls KPI may use.
func CallMeasures() []string { return names(callMeasures) }

func names(of []measured) []string {
	out := make([]string, len(of))
	for i, m := range of {
		out[i] = m.name
	}
	return out
}

// MaxTyped is how many KPIs a role should type at most: at 6 to 8 efficiency drops
// (domain, the method).
const MaxTyped = 5

var keyForm = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

// reserved are words that cannot be names in formulas.
var reserved = []string{
	"true", "false", "nil", "not", "in", "or", "and", "matches", "contains",
	"startsWith", "endsWith", "let", "if", "else", "min", "max", "round",
}

// CheckRole returns what is wrong with the KPIs of one role, in their order. KPIs that
// have only warnings can be used together.
//
// The units of a formula must fit. Only like units are added, subtracted or compared; a
// plain number fits any. In products and quotients money and time keep or cancel each
// other: money / count is money, duration / count is a duration. Like divided by like is
// a share, which a percentage or a count may show (calls per deal). A percentage must be
// a share.
func CheckRole(kpis []KPI) []Problem {
	c := &checker{kpis: kpis, byKey: map[string]int{}}
	for i, k := range kpis {
		if _, ok := c.byKey[k.Key]; !ok {
			c.byKey[k.Key] = i
		}
	}
	titles, funnel := map[string]int{}, map[int]int{}
	typed := 0
	for i, k := range kpis {
		c.at = i
		c.key(k)
		if t := normTitle(k.Title); t == "" {
			c.add(FieldTitle, CodeTitleEmpty)
		} else if j, ok := titles[t]; ok {
			c.add(FieldTitle, CodeTitleTwice, k.Title, kpis[j].Title)
		} else {
			titles[t] = i
		}
		if k.Funnel > 0 {
			if j, ok := funnel[k.Funnel]; ok {
				c.warn(FieldFunnel, CodeFunnelTwice, k.Funnel, kpis[j].Title)
			} else {
				funnel[k.Funnel] = i
			}
			if !k.Stage() {
				c.warn(FieldFunnel, CodeFunnelStage)
			}
		}
		c.values(k)
		c.formula(k)
		if k.Typed() {
			if typed++; typed == MaxTyped+1 {
				c.warn(FieldRole, CodeTypedMany, countTyped(kpis))
			}
			if k.Unit == Percent {
				c.warn(FieldSource, CodePercentTyped)
			}
		}
	}
	c.cycles()
	slices.SortStableFunc(c.out, func(a, b Problem) int { return cmp.Compare(a.Index, b.Index) })
	return c.out
}

type checker struct {
	kpis  []KPI
	byKey map[string]int
	at    int
	out   []Problem
}

func (c *checker) add(f Field, code Code, args ...any) {
	k := c.kpis[c.at]
	c.out = append(c.out, Problem{Role: k.Role, Key: k.Key, Index: c.at, Field: f, Message: Message{code, args}})
}

func (c *checker) warn(f Field, code Code, args ...any) {
	c.add(f, code, args...)
	c.out[len(c.out)-1].Warning = true
}

func countTyped(kpis []KPI) int {
	n := 0
	for _, k := range kpis {
		if k.Typed() {
			n++
		}
	}
	return n
}

// normTitle makes titles that look the same to a person equal.
func normTitle(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "ё", "е")
	s = strings.Map(func(r rune) rune {
		if r == '\u00a0' || r == '\u202f' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func (c *checker) key(k KPI) {
	switch {
	case k.Key == "":
		c.add(FieldKey, CodeKeyEmpty)
	case !keyForm.MatchString(k.Key):
		c.add(FieldKey, CodeKeyForm, k.Key)
	case slices.Contains(reserved, k.Key):
		c.add(FieldKey, CodeKeyReserved, k.Key)
	case c.byKey[k.Key] != c.at:
		c.add(FieldKey, CodeKeyTwice, k.Key, c.kpis[c.byKey[k.Key]].Title)
	}
}

func (c *checker) values(k KPI) {
	if !slices.Contains([]Unit{Count, Money, Duration, Percent}, k.Unit) {
		c.add(FieldUnit, CodeUnitUnknown, string(k.Unit))
	}
	if !slices.Contains([]Source{Manual, Formula, Deals, Clients, Calls}, k.Source) {
		c.add(FieldSource, CodeSourceUnknown, string(k.Source))
	}
	if k.Direction != Higher && k.Direction != Lower {
		c.add(FieldDirection, CodeDirection, string(k.Direction))
	}
	if k.Plan.OK && k.Additive() && !slices.Contains([]calendar.Kind{calendar.Day, calendar.Week, calendar.Month},
		k.PlanFor) {
		c.add(FieldPeriod, CodePeriodUnknown, string(k.PlanFor))
	}
	if k.Plan.OK && k.Plan.V < 0 {
		c.add(FieldPlan, CodePlanNegative, Quantity{k.Plan, k.Unit})
	}
	for _, n := range []struct {
		field Field
		num   Num
	}{{FieldPlan, k.Plan}, {FieldMin, k.Min}, {FieldMax, k.Max}, {FieldWeight, Some(k.Weight)}} {
		if n.num.OK && (math.IsNaN(n.num.V) || math.IsInf(n.num.V, 0)) {
			c.add(n.field, CodeNotNumber)
		}
	}
	if p, ok := errors.AsType[Problem](k.Lights.Check()); ok {
		c.add(FieldLights, p.Code, p.Args...)
	}
	if k.Weight < 0 {
		c.add(FieldWeight, CodeWeightNegative)
	}
	if k.Funnel < 0 {
		c.add(FieldFunnel, CodeFunnelNegative)
	}
	if k.Min.OK && k.Max.OK && k.Min.V > k.Max.V {
		c.add(FieldMin, CodeMinMax, Quantity{k.Min, k.Unit}, Quantity{k.Max, k.Unit})
	}
	if !k.From.IsZero() && !k.To.IsZero() && k.To < k.From {
		c.add(FieldTo, CodeFromTo, k.From.String(), k.To.String())
	}
}

func (c *checker) formula(k KPI) {
	if k.Source == Calls {
		c.calls(k, k.Expr)
		return
	}
	if !k.Log.IsZero() {
		c.calls(k, k.Log)
	}
	switch {
	case !k.Derived():
		if !k.Expr.IsZero() {
			c.add(FieldFormula, CodeFormulaExtra, string(k.Source))
		}
		return
	case k.Expr.IsZero():
		c.add(FieldFormula, CodeFormulaMissing, string(k.Source))
		return
	case len(k.Expr.Names()) == 0:
		c.add(FieldFormula, CodeFormulaConst)
		return
	}
	known := true
	for _, name := range k.Expr.Names() {
		if k.Source != Formula {
			if !slices.Contains(Measures(), name) {
				known = false
				c.add(FieldFormula, CodeMeasureUnknown, name, strings.Join(Measures(), ", "))
			}
			continue
		}
		i, ok := c.byKey[name]
		switch {
		case name == k.Key:
			known = false
			c.add(FieldFormula, CodeFormulaSelf, name)
		case !ok:
			known = false
			if near := c.near(name); near != "" {
				c.add(FieldFormula, CodeNameNear, name, near)
			} else {
				c.add(FieldFormula, CodeNameUnknown, name)
			}
		case k.Additive() && !c.kpis[i].Additive():
			c.add(FieldFormula, CodeRatioOperand, name)
		}
	}
	if known {
		c.units(k)
	}
}

// calls checks what a KPI takes from a call log. Its figures are those of single days, so
// it may take only what adds up: a share or a mean is a formula of such KPIs.
func (c *checker) calls(k KPI, formula Expr) {
	if k.Unit == Percent || !formula.IsZero() && !formula.Linear() {
		c.add(FieldFormula, CodeCallsRatio)
		return
	}
	known := true
	for _, name := range formula.Names() {
		if !slices.Contains(CallMeasures(), name) {
			known = false
			c.add(FieldFormula, CodeCallsUnknown, name, strings.Join(CallMeasures(), ", "))
		}
	}
	switch {
	case formula.IsZero():
	case len(formula.Names()) == 0:
		c.add(FieldFormula, CodeFormulaConst)
	case known:
		c.fit(k, formula, func(name string) dim { return unitIn(callMeasures, name) })
	}
}

// unitIn returns the unit of a measure.
func unitIn(of []measured, name string) dim {
	return dimOf(of[slices.IndexFunc(of, func(m measured) bool { return m.name == name })].unit)
}

// near finds the key that was probably meant: one that differs only in case or in one or
// two letters.
func (c *checker) near(name string) string {
	best, least := "", 3
	for _, k := range c.kpis {
		d := distance(strings.ToLower(name), strings.ToLower(k.Key))
		if d < least && d < len(name)-1 {
			best, least = k.Key, d
		}
	}
	return best
}

// distance returns the edit distance (Levenshtein) of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost = min(diag, row[j], row[j+1]) + 1
			}
			diag, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// dim is the unit of an operation: powers of money and time or, without any, the sort of
// plain number.
type dim struct {
	money, time int
	sort        sort
}

type sort uint8

const (
	literal sort = iota // a number in the formula: fits anything
	share               // like divided by like
	counted             // a count of things
)

func dimOf(u Unit) dim {
	switch u {
	case Money:
		return dim{money: 1}
	case Duration:
		return dim{time: 1}
	case Percent:
		return dim{sort: share}
	}
	return dim{sort: counted}
}

func (d dim) plain() bool { return d.money == 0 && d.time == 0 }

func (d dim) String() string {
	if d.plain() {
		return [...]string{"1", string(Percent), string(Count)}[d.sort]
	}
	var parts []string
	for _, p := range []struct {
		unit  Unit
		power int
	}{{Money, d.money}, {Duration, d.time}} {
		switch p.power {
		case 0:
		case 1:
			parts = append(parts, string(p.unit))
		default:
			parts = append(parts, fmt.Sprintf("%s^%d", p.unit, p.power))
		}
	}
	return strings.Join(parts, "·")
}

func (c *checker) units(k KPI) {
	unit := func(name string) dim {
		if k.Source == Formula {
			return dimOf(c.kpis[c.byKey[name]].Unit)
		}
		return unitIn(measures, name)
	}
	c.fit(k, k.Expr, unit)
}

// fit checks that the formula's result has the unit of the KPI.
func (c *checker) fit(k KPI, formula Expr, unit func(name string) dim) {
	got, mixed := formula.prog.dim(formula.prog.root, unit)
	switch {
	case mixed != nil:
		c.add(FieldFormula, CodeUnitsMixed, mixed[0].String(), mixed[1].String())
	case k.Unit == Percent && got.plain() && got.sort != share:
		c.add(FieldFormula, CodePercentSum)
	case k.Unit == Percent && got.plain() && formula.prog.root.timesHundred():
		c.add(FieldFormula, CodePercentHundred)
	case got.plain() && (k.Unit == Count || k.Unit == Percent):
	case got == dimOf(k.Unit):
	case got.plain() || got == dimOf(Money) || got == dimOf(Duration):
		c.add(FieldUnit, CodeUnitsOther, got.String(), string(k.Unit))
	default:
		c.add(FieldFormula, CodeUnitsNone, got.String())
	}
}

// dim returns the unit of an operation, or the two units that it wrongly combines.
func (p *program) dim(n *node, unit func(name string) dim) (d dim, mixed []dim) {
	switch n.op {
	case opNum:
		return dim{}, nil
	case opName:
		return unit(p.names[n.name]), nil
	}
	d, mixed = p.dim(n.args[0], unit)
	if n.op == opRound || mixed != nil { // the second argument of round has no unit
		return d, mixed
	}
	for _, arg := range n.args[1:] {
		b, mixed := p.dim(arg, unit)
		if mixed != nil {
			return d, mixed
		}
		switch n.op {
		case opMul, opDiv:
			d = d.times(b, n.op == opDiv)
		default:
			switch {
			case b == dim{}:
			case d == dim{}:
				d = b
			case d.money != b.money || d.time != b.time || d.plain() && d.sort != b.sort:
				return d, []dim{d, b}
			}
		}
	}
	return d, nil
}

// times multiplies or divides two units.
func (d dim) times(b dim, divide bool) dim {
	if b == (dim{}) {
		return d
	}
	if divide {
		out := dim{money: d.money - b.money, time: d.time - b.time}
		if out.plain() {
			out.sort = share
			if d.plain() && d.sort == counted && b.sort == share {
				out.sort = counted
			}
		}
		return out
	}
	out := dim{money: d.money + b.money, time: d.time + b.time}
	if out.plain() {
		out.sort = max(d.sort, b.sort)
		if !d.plain() { // money × 1/money
			out.sort = share
		}
	}
	return out
}

// timesHundred reports whether something is multiplied by 100.
func (n *node) timesHundred() bool {
	return n.op == opMul && slices.ContainsFunc(n.args, func(a *node) bool { return a.op == opNum && a.num == 100 }) ||
		slices.ContainsFunc(n.args, (*node).timesHundred)
}

// cycles reports every KPI whose formula leads back to itself through others.
func (c *checker) cycles() {
	for i, k := range c.kpis {
		if k.Source != Formula || c.byKey[k.Key] != i {
			continue
		}
		if path := c.path(i, i, map[int]bool{}); len(path) > 2 {
			names := make([]string, len(path))
			for j, p := range path {
				names[j] = c.kpis[p].Key
			}
			c.at = i
			c.add(FieldFormula, CodeFormulaCycle, strings.Join(names, " → "))
		}
	}
}

// path finds a path from KPI i to target through formulas, both ends included.
func (c *checker) path(i, target int, seen map[int]bool) []int {
	seen[i] = true
	if c.kpis[i].Source != Formula {
		return nil
	}
	for _, name := range c.kpis[i].Expr.Names() {
		j, ok := c.byKey[name]
		switch {
		case !ok:
		case j == target:
			return []int{i, j}
		case !seen[j]:
			if p := c.path(j, target, seen); p != nil {
				return append([]int{i}, p...)
			}
		}
	}
	return nil
}

// Order returns the indices of the KPIs so that every formula comes after the KPIs that
// it refers to, and otherwise in their order. It leaves out KPIs whose formulas form a
// cycle or refer to one that does.
func Order(kpis []KPI) []int {
	byKey := map[string]int{}
	for i, k := range kpis {
		if _, ok := byKey[k.Key]; !ok {
			byKey[k.Key] = i
		}
	}
	const (
		unseen = iota
		open
		done
		bad
	)
	state := make([]int, len(kpis))
	order := make([]int, 0, len(kpis))
	var visit func(i int) bool
	visit = func(i int) bool {
		if state[i] != unseen {
			return state[i] == done
		}
		state[i] = open
		if kpis[i].Source == Formula {
			for _, name := range kpis[i].Expr.Names() {
				if j, ok := byKey[name]; ok && !visit(j) {
					state[i] = bad
					return false
				}
			}
		}
		state[i] = done
		order = append(order, i)
		return true
	}
	for i := range kpis {
		visit(i)
	}
	return order
}
