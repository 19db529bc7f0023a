package calc

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

var statistics = map[string]function{
	"COUNT": {1, -1, false, func(c *call) operand {
		n := 0
		c.eachValue(0, func(v Value, direct bool, _ int) {
			switch v.Kind {
			case Number:
				n++
			case Bool:
				if direct {
					n++
				}
			case String:
				if _, ok := c.textNumber(v.Str); direct && ok {
					n++
				}
			}
		})
		return number(float64(n))
	}},
	"COUNTA": {1, -1, false, func(c *call) operand {
		n := 0
		c.eachValue(0, func(v Value, direct bool, _ int) {
			if v.Kind != Empty || direct {
				n++
			}
		})
		return number(float64(n))
	}},
	"COUNTBLANK": {1, -1, false, func(c *call) operand {
		n := 0
		for i := range c.args {
			op := c.branch(i)
			size, filled := 1, 0
			count := func(v Value) {
				if v.Kind != Empty && (v.Kind != String || v.Str != "") {
					filled++
				}
			}
			switch {
			case op.area != nil:
				size = op.area.rows() * op.area.cols()
				c.visit(*op.area, func(_, _ int, v Value) bool { count(v); return true })
			case op.arr != nil:
				size = len(op.arr.v)
				for _, v := range op.arr.v {
					count(v)
				}
			default:
				count(op.v)
			}
			n += size - filled
		}
		return number(float64(n))
	}},
	"COUNTUNIQUE": {1, -1, false, func(c *call) operand {
		seen := map[string]bool{}
		c.eachValue(0, func(v Value, _ bool, _ int) {
			switch v.Kind {
			case Error:
				c.keep(&v)
			case Empty:
			default:
				s, _ := c.text(v)
				seen[string(rune('0'+int(v.Kind)))+s] = true
			}
		})
		return number(float64(len(seen)))
	}},
	"AVERAGE": {1, -1, false, func(c *call) operand {
		var s sum
		n, date := 0, None
		c.numbers(0, func(x float64, v Value) { s.add(x); n++; date = max(date, v.Date) })
		if n == 0 && c.err == nil {
			return errorf(ErrDiv, "Evaluation of function AVERAGE caused a divide by zero error.")
		}
		return dated(s.value()/float64(n), date)
	}},
	"AVERAGEA": {1, -1, false, func(c *call) operand {
		var s sum
		n := 0
		c.anyNumbers(func(x float64, _ DateKind) { s.add(x); n++ })
		if n == 0 && c.err == nil {
			return errorf(ErrDiv, "Evaluation of function AVERAGEA caused a divide by zero error.")
		}
		return number(s.value() / float64(n))
	}},
	"AVERAGE.WEIGHTED": {2, 2, false, func(c *call) operand {
		v, w := c.table(0), c.table(1)
		if len(v.v) != len(w.v) {
			return errorf(ErrValue, "Array arguments to AVERAGE.WEIGHTED are of different size.")
		}
		var s, t sum
		for i := range v.v {
			if v.v[i].Kind == Number && w.v[i].Kind == Number {
				s.add(v.v[i].Num * w.v[i].Num)
				t.add(w.v[i].Num)
			} else if v.v[i].Kind == Error || w.v[i].Kind == Error {
				return scalar(v.v[i])
			}
		}
		if t.value() == 0 {
			return errorf(ErrDiv, "Evaluation of function AVERAGE.WEIGHTED caused a divide by zero error.")
		}
		return number(s.value() / t.value())
	}},
	"MIN":    {1, -1, false, extreme(func(a, b float64) bool { return a < b }, false)},
	"MAX":    {1, -1, false, extreme(func(a, b float64) bool { return a > b }, false)},
	"MINA":   {1, -1, false, extreme(func(a, b float64) bool { return a < b }, true)},
	"MAXA":   {1, -1, false, extreme(func(a, b float64) bool { return a > b }, true)},
	"MEDIAN": {1, -1, false, onList(1, func(v []float64) float64 { slices.Sort(v); return percentile(v, 0.5) })},
	"MODE": {1, -1, false, func(c *call) operand {
		v := c.list(0, len(c.args))
		count := map[float64]int{}
		best, most := 0.0, 1
		for _, x := range v {
			count[x]++
		}
		for _, x := range v {
			if count[x] > most {
				best, most = x, count[x]
			}
		}
		if most == 1 && c.err == nil {
			return errorf(ErrNA, "Function MODE could not find a value that occurs more than once.")
		}
		return number(best)
	}},
	"STDEV":  {1, -1, false, onList(2, func(v []float64) float64 { return math.Sqrt(variance(v, 1)) })},
	"STDEVP": {1, -1, false, onList(1, func(v []float64) float64 { return math.Sqrt(variance(v, 0)) })},
	"VAR":    {1, -1, false, onList(2, func(v []float64) float64 { return variance(v, 1) })},
	"VARP":   {1, -1, false, onList(1, func(v []float64) float64 { return variance(v, 0) })},
	"GEOMEAN": {1, -1, false, onList(1, func(v []float64) float64 {
		s := 0.0
		for _, x := range v {
			s += math.Log(x)
		}
		return math.Exp(s / float64(len(v)))
	})},
	"HARMEAN": {1, -1, false, onList(1, func(v []float64) float64 {
		s := 0.0
		for _, x := range v {
			s += 1 / x
		}
		return float64(len(v)) / s
	})},
	"LARGE": {2, 2, false, nth(func(v []float64, n int) float64 { return v[len(v)-n] })},
	"SMALL": {2, 2, false, nth(func(v []float64, n int) float64 { return v[n-1] })},
	"PERCENTILE": {2, 2, false, func(c *call) operand {
		return c.quantile(c.num(1), 1)
	}},
	"QUARTILE": {2, 2, false, func(c *call) operand {
		return c.quantile(math.Trunc(c.num(1)), 4)
	}},
	"RANK":     {2, 3, false, ranking(func(better, equal int) float64 { return float64(better + 1) })},
	"RANK.AVG": {2, 3, false, ranking(func(better, equal int) float64 { return float64(better) + float64(equal+1)/2 })},
	"PERCENTRANK": {2, 3, false, func(c *call) operand {
		v := c.list(0, 1)
		x, digits := c.num(1), c.intOr(2, 3)
		if c.err != nil {
			return nothing()
		}
		slices.Sort(v)
		if len(v) == 0 || x < v[0] || x > v[len(v)-1] {
			return errorf(ErrNA, "Function PERCENTRANK parameter 2 value is out of range.")
		}
		if len(v) == 1 {
			return number(1)
		}
		i, _ := slices.BinarySearch(v, x)
		p := float64(i)
		if v[i] != x {
			p = float64(i-1) + (x-v[i-1])/(v[i]-v[i-1])
		}
		return number(toward(p/float64(len(v)-1), min(max(digits, 1), 15), false))
	}},
	"COUNTIF": {2, 2, false, func(c *call) operand {
		return c.conditional(-1, 0, func(m *matches) operand { return number(float64(m.n)) })
	}},
	"COUNTIFS": {2, -1, false, func(c *call) operand {
		return c.conditional(-1, 0, func(m *matches) operand { return number(float64(m.n)) })
	}},
	"SUMIF":      {2, 3, false, func(c *call) operand { return c.ifs(sumOf) }},
	"SUMIFS":     {3, -1, false, func(c *call) operand { return c.conditional(0, 1, sumOf) }},
	"AVERAGEIF":  {2, 3, false, func(c *call) operand { return c.ifs(averageOf) }},
	"AVERAGEIFS": {3, -1, false, func(c *call) operand { return c.conditional(0, 1, averageOf) }},
	"MAXIFS": {3, -1, false, func(c *call) operand {
		return c.conditional(0, 1, func(m *matches) operand {
			return m.extreme(func(a, b float64) bool { return a > b })
		})
	}},
	"MINIFS": {3, -1, false, func(c *call) operand {
		return c.conditional(0, 1, func(m *matches) operand {
			return m.extreme(func(a, b float64) bool { return a < b })
		})
	}},
}

// anyNumbers calls f for the numbers of the arguments; texts count as 0, booleans as 0
// and 1.
func (c *call) anyNumbers(f func(x float64, date DateKind)) {
	c.eachValue(0, func(v Value, direct bool, param int) {
		switch {
		case v.Kind == Error:
			c.keep(&v)
		case v.Kind == Number:
			f(v.Num, v.Date)
		case v.Kind == Bool && v.Bool:
			f(1, None)
		case v.Kind == Bool || v.Kind == String && !direct:
			f(0, None)
		case v.Kind == String:
			x, err := c.number(v, c.name, param)
			c.keep(err)
			f(x, None)
		}
	})
}

func extreme(better func(a, b float64) bool, all bool) func(*call) operand {
	return func(c *call) operand {
		best, n, date := 0.0, 0, None
		take := func(x float64, d DateKind) {
			if n == 0 || better(x, best) {
				best, date = x, d
			}
			n++
		}
		if all {
			c.anyNumbers(take)
		} else {
			c.numbers(0, func(x float64, v Value) { take(x, v.Date) })
		}
		return dated(best, date)
	}
}

func onList(least int, f func([]float64) float64) func(*call) operand {
	return func(c *call) operand {
		v := c.list(0, len(c.args))
		if c.err == nil && len(v) < least {
			if c.name == "MEDIAN" {
				return errorf(ErrNum, "MEDIAN has no valid input data.")
			}
			return errorf(ErrDiv, "Evaluation of function %s caused a divide by zero error.", c.name)
		}
		if c.err != nil {
			return nothing()
		}
		return number(f(v))
	}
}

func variance(v []float64, less int) float64 {
	var s, q sum
	for _, x := range v {
		s.add(x)
	}
	mean := s.value() / float64(len(v))
	for _, x := range v {
		q.add((x - mean) * (x - mean))
	}
	return q.value() / float64(len(v)-less)
}

// percentile returns a percentile of sorted numbers.
func percentile(v []float64, p float64) float64 {
	at := p * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}

func (c *call) quantile(p, of float64) operand {
	v := c.list(0, 1)
	if c.err != nil {
		return nothing()
	}
	if len(v) == 0 || p < 0 || p > of {
		return errorf(ErrNum, "Function %s parameter 2 value is %g. Valid values are between 0 and %g inclusive.",
			c.name, p, of)
	}
	slices.Sort(v)
	return number(percentile(v, p/of))
}

func nth(f func(v []float64, n int) float64) func(*call) operand {
	return func(c *call) operand {
		v, n := c.list(0, 1), c.int(1)
		if c.err != nil {
			return nothing()
		}
		if n < 1 || n > len(v) {
			return errorf(ErrNum, "Function %s parameter 2 value %d is out of range.", c.name, n)
		}
		slices.Sort(v)
		return number(f(v, n))
	}
}

func ranking(f func(better, equal int) float64) func(*call) operand {
	return func(c *call) operand {
		x, v, up := c.num(0), c.list(1, 2), c.boolOr(2, false)
		better, equal := 0, 0
		for _, y := range v {
			switch {
			case y == x:
				equal++
			case (y > x) != up:
				better++
			}
		}
		if equal == 0 && c.err == nil {
			return errorf(ErrNA, "%s has no valid input data.", c.name)
		}
		return number(f(better, equal))
	}
}

// criterion is a condition of COUNTIF and similar functions.
type criterion struct {
	op      string
	v       Value
	pattern *regexp.Regexp // for texts with wildcards
	empty   bool           // there is nothing after the operator
	bare    bool           // there is no operator
}

func (c *call) criterion(v Value) criterion {
	if v.Kind != String {
		if v.Kind == Empty {
			v = Num(0) // a reference to an empty cell counts as 0
		}
		return criterion{op: "=", v: v, bare: true}
	}
	k := criterion{op: "=", bare: true}
	s := v.Str
	for _, op := range []string{"<>", "<=", ">=", "=", "<", ">"} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			k.op, s, k.bare = op, rest, false
			break
		}
	}
	k.empty = s == ""
	k.v = Str(s)
	switch {
	case k.empty:
	case strings.EqualFold(s, "TRUE") || strings.EqualFold(s, c.e.loc.True):
		k.v = Boolean(true)
	case strings.EqualFold(s, "FALSE") || strings.EqualFold(s, c.e.loc.False):
		k.v = Boolean(false)
	default:
		if x, ok := c.textNumber(s); ok {
			k.v = Num(x)
		} else if x, ok := plainNumber(s); ok { // "<=46331.5" that a formula joined elsewhere
			k.v = Num(x)
		} else if strings.ContainsAny(s, "*?~") && (k.op == "=" || k.op == "<>") {
			k.pattern = wildcard(s)
		}
	}
	return k
}

func plainNumber(s string) (float64, bool) {
	if strings.Trim(s, "-.0123456789") != "" || !strings.ContainsAny(s, "0123456789") || strings.Count(s, ".") > 1 ||
		strings.LastIndex(s, "-") > 0 {
		return 0, false
	}
	return parseFloat(s), true
}

// wildcard turns * and ? into a regular expression; ~ escapes them.
func wildcard(s string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?is)^")
	r := []rune(s)
	for i := 0; i < len(r); i++ {
		switch {
		case r[i] == '*':
			b.WriteString(".*")
		case r[i] == '?':
			b.WriteString(".")
		case r[i] == '~' && i+1 < len(r) && strings.ContainsRune("*?~", r[i+1]):
			i++
			fallthrough
		default:
			b.WriteString(regexp.QuoteMeta(string(r[i])))
		}
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil { // too long for a regular expression; then it matches nothing
		return regexp.MustCompile(`$.^`)
	}
	return re
}

func (k criterion) holds(v Value) bool {
	switch k.op {
	case "=":
		return k.equal(v)
	case "<>":
		return !k.equal(v)
	}
	if v.Kind != k.v.Kind || k.empty {
		return false
	}
	c := compare(v, k.v)
	switch k.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

func (k criterion) equal(v Value) bool {
	switch {
	case k.empty && k.bare: // "" is any blank
		return v.Kind == Empty || v.Kind == String && v.Str == ""
	case k.empty: // "=" is an empty cell, "<>" any other
		return v.Kind == Empty
	case v.Kind == Empty:
		return false
	case v.Kind == Error || k.v.Kind == Error:
		return v.Kind == k.v.Kind && v.Err == k.v.Err
	case k.pattern != nil:
		return v.Kind == String && k.pattern.MatchString(v.Str)
	}
	return v.Kind == k.v.Kind && compare(v, k.v) == 0
}

// matches holds the values of the cells that meet all conditions.
type matches struct {
	n      int // cells
	values []Value
	name   string
}

func (m *matches) numbers(f func(x float64, v Value)) *Value {
	for i := range m.values {
		switch v := m.values[i]; v.Kind {
		case Number:
			f(v.Num, v)
		case Error:
			return &m.values[i]
		}
	}
	return nil
}

func sumOf(m *matches) operand {
	var s sum
	date := None
	if err := m.numbers(func(x float64, v Value) { s.add(x); date = max(date, v.Date) }); err != nil {
		return scalar(*err)
	}
	if date == Date || date == DateTime {
		date = None
	}
	return dated(s.value(), date)
}

func averageOf(m *matches) operand {
	var s sum
	n, date := 0, None
	if err := m.numbers(func(x float64, v Value) { s.add(x); n++; date = max(date, v.Date) }); err != nil {
		return scalar(*err)
	}
	if n == 0 {
		return errorf(ErrDiv, "Evaluation of function %s caused a divide by zero error.", m.name)
	}
	return dated(s.value()/float64(n), date)
}

func (m *matches) extreme(better func(a, b float64) bool) operand {
	best, n, date := 0.0, 0, None
	err := m.numbers(func(x float64, v Value) {
		if n == 0 || better(x, best) {
			best, date = x, v.Date
		}
		n++
	})
	if err != nil {
		return scalar(*err)
	}
	return dated(best, date)
}

// ifs is SUMIF and AVERAGEIF: the range to add up is the last argument, may be missing,
// and takes the size of the first.
func (c *call) ifs(f func(*matches) operand) operand {
	where, ok := c.rangeArg(0)
	if !ok {
		return nothing()
	}
	what := where
	if c.has(2) {
		if what, ok = c.rangeArg(2); !ok {
			return nothing()
		}
		what.r1, what.c1 = min(what.r0+where.rows(), max(what.sh.Rows, what.r1)),
			min(what.c0+where.cols(), max(what.sh.Cols, what.c1))
	}
	sub := &call{eval: c.eval, name: c.name, args: []node{operand{area: &what}, operand{area: &where}, c.args[1]},
		err: c.err}
	if what.rows() != where.rows() || what.cols() != where.cols() { // it extends beyond the grid, where all is empty
		where.r1, where.c1 = where.r0+what.rows(), where.c0+what.cols()
		sub.args[1] = operand{area: &where}
	}
	out := sub.conditional(0, 1, f)
	c.keep(sub.err)
	return out
}

// condition is a range and the criterion for its cells.
type condition struct {
	a area
	k criterion
}

// conditional finds the cells that meet the pairs of range and criterion, which start at
// the argument first, and takes the values of the argument values (-1 for none).
func (c *call) conditional(values, first int, f func(*matches) operand) operand {
	conds, target, fault, ok := c.conditions(values, first)
	if !ok {
		return fault
	}
	m := &matches{name: c.name}
	rows, cols := filled(conds, target)
	for r := range rows {
		for col := range cols {
			met, ok := c.meets(conds, r, col)
			if !ok {
				return nothing()
			}
			if !met {
				continue
			}
			m.n++
			if values >= 0 {
				m.values = append(m.values, c.e.value(target.sh.at(target.r0+r, target.c0+col)))
			}
		}
	}
	if !slices.ContainsFunc(conds, func(d condition) bool { return !d.k.holds(Value{}) }) {
		m.n += target.rows()*target.cols() - rows*cols
	}
	return f(m)
}

// conditions reads the pairs of range and criterion, and the range of the values: the
// first of the pairs if there is none. If ok is false, the call returns fault.
func (c *call) conditions(values, first int) (conds []condition, target area, fault operand, ok bool) {
	if (len(c.args)-first)%2 != 0 {
		fault = errorf(ErrNA, "Wrong number of arguments to %s: every range needs a criterion.", c.name)
		return nil, target, fault, false
	}
	if values >= 0 {
		if target, ok = c.rangeArg(values); !ok {
			return nil, target, nothing(), false
		}
	}
	for i := first; i+1 < len(c.args); i += 2 {
		a, ok := c.rangeArg(i)
		if !ok {
			return nil, target, nothing(), false
		}
		v := c.raw(i + 1)
		if v.Kind == Error && v.Err == ErrError { // the criterion may look for other errors
			return nil, target, scalar(v), false
		}
		k := c.criterion(v)
		if values < 0 && len(conds) == 0 {
			target = a
		}
		if a.rows() != target.rows() || a.cols() != target.cols() {
			return nil, target, errorf(ErrValue, "Array arguments to %s are of different size.", c.name), false
		}
		conds = append(conds, condition{a, k})
	}
	return conds, target, operand{}, true
}

// filled returns how many rows and columns to look at: beyond the last filled one of all
// the ranges every cell is empty, and those are counted in one step.
func filled(conds []condition, target area) (rows, cols int) {
	look := func(a area) {
		cells := a.sh.rows()
		rows = max(rows, min(a.r1, len(cells))-a.r0)
		for r := a.r0; r < min(a.r1, len(cells)); r++ {
			cols = max(cols, min(a.c1, len(cells[r]))-a.c0)
		}
	}
	for i := range conds {
		look(conds[i].a)
	}
	look(target)
	return rows, cols
}

// meets reports whether the cells of all ranges at that row and column meet the
// conditions; ok is false if that cannot be calculated now.
func (c *call) meets(conds []condition, row, col int) (met, ok bool) {
	if !c.spend(2 * (len(conds) + 1)) {
		return false, false
	}
	for i := range conds {
		v := c.e.value(conds[i].a.sh.at(conds[i].a.r0+row, conds[i].a.c0+col))
		if c.e.deep != nil || c.e.broke {
			return false, false
		}
		c.spend(len(v.Str) / 16)
		if !conds[i].k.holds(v) {
			return false, true
		}
	}
	return true, true
}
