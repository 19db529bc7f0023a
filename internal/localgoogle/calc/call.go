package calc

import (
	"fmt"
	"math"

	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// function is one function of Google Sheets.
type function struct {
	min, max int // number of arguments; max < 0: no limit
	// lift means that all arguments are single values, so that the function works on each
	// element within SUMPRODUCT.
	lift bool
	f    func(c *call) operand
}

// call is one call of a function. Its accessors keep the first error, and the call then
// returns that error, so a function can read its arguments without checking for errors.
type call struct {
	*eval
	name string
	args []node
	err  *Value
}

func (ev *eval) call(n callNode) operand {
	fn, ok := functions[n.name]
	if !ok {
		if known(n.name) {
			return scalar(unsupported(n.name))
		}
		return scalar(fail(ErrName, fmt.Sprintf("Unknown function: '%s'.", n.name)))
	}
	args := n.args
	if len(args) == 1 && args[0] == nil && fn.max == 0 {
		args = nil
	}
	if len(args) < fn.min || fn.max >= 0 && len(args) > fn.max {
		return scalar(fail(ErrNA, wrongCount(n.name, fn, len(args))))
	}
	if ev.arrays && fn.lift && len(args) > 0 {
		return ev.lift(args, func(v []Value) Value {
			flat := make([]node, len(v))
			for i := range v {
				if args[i] != nil {
					flat[i] = scalar(v[i])
				}
			}
			return ev.single((&call{eval: ev, name: n.name, args: flat}).run(fn))
		})
	}
	return (&call{eval: ev, name: n.name, args: args}).run(fn)
}

func (c *call) run(fn function) operand {
	out := fn.f(c)
	if c.err != nil {
		return scalar(*c.err)
	}
	return out
}

func wrongCount(name string, fn function, got int) string {
	want := fmt.Sprintf("between %d and %d arguments", fn.min, fn.max)
	switch {
	case fn.min == fn.max:
		want = fmt.Sprintf("%d arguments", fn.min)
	case fn.max < 0:
		want = fmt.Sprintf("at least %d arguments", fn.min)
	}
	return fmt.Sprintf("Wrong number of arguments to %s. Expected %s, but got %d arguments.", name, want, got)
}

func unsupported(name string) Value {
	return fail(ErrError, fmt.Sprintf("Function %s is not supported by the local Google", name))
}

func (c *call) fail(t ErrorType, format string, a ...any) {
	if c.err == nil {
		v := fail(t, fmt.Sprintf(format, a...))
		c.err = &v
	}
}

func (c *call) keep(err *Value) {
	if c.err == nil {
		c.err = err
	}
}

func (c *call) has(i int) bool { return i < len(c.args) && c.args[i] != nil }

// raw returns an argument as one value, errors included.
func (c *call) raw(i int) Value {
	if !c.has(i) {
		return Value{}
	}
	return c.scalar(c.args[i])
}

// value returns an argument as one value that is not an error.
func (c *call) value(i int) Value {
	v := c.raw(i)
	if v.Kind == Error {
		c.keep(&v)
	}
	return v
}

func (c *call) num(i int) float64 {
	x, err := c.number(c.raw(i), c.name, i+1)
	c.keep(err)
	return x
}

// numOr returns a number that may be left out.
func (c *call) numOr(i int, def float64) float64 {
	if !c.has(i) {
		return def
	}
	return c.num(i)
}

// int returns a number without its fraction, limited to what a grid or a text can have.
func (c *call) int(i int) int {
	return clampInt(c.num(i))
}

func (c *call) intOr(i, def int) int {
	if !c.has(i) {
		return def
	}
	return c.int(i)
}

func clampInt(x float64) int {
	const most = 1 << 40
	return int(math.Trunc(math.Max(-most, math.Min(most, x))))
}

func (c *call) str(i int) string {
	s, err := c.text(c.raw(i))
	c.keep(err)
	return s
}

func (c *call) bool(i int) bool {
	b, err := c.truth(c.raw(i), c.name, i+1)
	c.keep(err)
	return b
}

func (c *call) boolOr(i int, def bool) bool {
	if !c.has(i) {
		return def
	}
	return c.bool(i)
}

// rangeArg returns an argument that must be a reference.
func (c *call) rangeArg(i int) (area, bool) {
	if !c.has(i) {
		c.fail(ErrNA, "Argument must be a range.")
		return area{}, false
	}
	op := c.eval.eval(c.args[i])
	if op.area == nil {
		if op.v.Kind == Error {
			c.keep(&op.v)
		}
		c.fail(ErrNA, "Argument must be a range.")
		return area{}, false
	}
	return *op.area, true
}

// table returns an argument as an array: a reference, an array, or one value.
func (c *call) table(i int) *array {
	if !c.has(i) {
		return &array{rows: 1, cols: 1, v: []Value{{}}}
	}
	op := c.eval.eval(c.args[i])
	if op.area == nil && op.arr == nil && op.v.Kind == Error {
		c.keep(&op.v)
	}
	arr := c.array(op)
	if arr == nil {
		c.fail(ErrError, "Result too large.")
		return &array{rows: 1, cols: 1, v: []Value{{}}}
	}
	return arr
}

// eachValue calls f for every value of the arguments from the i-th on; direct means that
// the value is written in the formula itself, not read from cells.
func (c *call) eachValue(from int, f func(v Value, direct bool, param int)) {
	for i := from; i < len(c.args) && c.err == nil; i++ {
		if c.args[i] == nil {
			continue
		}
		op := c.eval.eval(c.args[i])
		switch {
		case op.area != nil:
			c.visit(*op.area, func(_, _ int, v Value) bool {
				f(v, false, i+1)
				return c.err == nil
			})
		case op.arr != nil:
			for _, v := range op.arr.v {
				f(v, false, i+1)
			}
		default:
			f(op.v, true, i+1)
		}
	}
}

// numbers calls f for the numbers of the arguments as SUM sees them: texts and booleans
// in cells do not count.
func (c *call) numbers(from int, f func(x float64, v Value)) {
	c.eachValue(from, func(v Value, direct bool, param int) {
		switch {
		case v.Kind == Error:
			c.keep(&v)
		case v.Kind == Number:
			f(v.Num, v)
		case direct && v.Kind != Empty:
			x, err := c.number(v, c.name, param)
			if err != nil {
				c.keep(err)
				return
			}
			f(x, v)
		}
	})
}

// list returns the numbers of the arguments from the i-th on.
func (c *call) list(from, to int) []float64 {
	sub := &call{eval: c.eval, name: c.name, args: c.args[:min(to, len(c.args))]}
	var out []float64
	sub.numbers(from, func(x float64, _ Value) { out = append(out, x) })
	c.keep(sub.err)
	return out
}

// Results.

func number(x float64) operand            { return scalar(Num(x)) }
func str(s string) operand                { return scalar(Str(s)) }
func boolean(b bool) operand              { return scalar(Boolean(b)) }
func dated(x float64, k DateKind) operand { return scalar(Value{Kind: Number, Num: x, Date: k}) }

// nothing returns the result of a function that has noted an error.
func nothing() operand { return operand{} }

func (c *call) locale() *numfmt.Locale { return c.e.loc }
