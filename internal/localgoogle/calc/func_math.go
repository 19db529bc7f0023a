package calc

import (
	"math"
	"strconv"

	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// num1 returns a function of one number.
func num1(f func(x float64) float64) function {
	return function{1, 1, true, func(c *call) operand {
		x := f(c.num(0))
		if !finite(x) && c.err == nil {
			c.fail(ErrNum, "Function %s parameter 1 is out of range.", c.name)
		}
		return number(x)
	}}
}

// op makes a function of an operator: ADD, EQ …
func op(sign string) function {
	return function{2, 2, true, func(c *call) operand {
		v := c.binary(sign, c.raw(0), c.raw(1))
		return scalar(v)
	}}
}

var mathematics = map[string]function{
	"ADD": op("+"), "MINUS": op("-"), "MULTIPLY": op("*"), "DIVIDE": op("/"), "EQ": op("="), "NE": op("<>"),
	"LT": op("<"), "LTE": op("<="), "GT": op(">"), "GTE": op(">="), "CONCAT": op("&"),
	"UMINUS":        {1, 1, true, func(c *call) operand { return scalar(c.unary("-", c.raw(0))) }},
	"UPLUS":         {1, 1, true, func(c *call) operand { return scalar(c.raw(0)) }},
	"UNARY_PERCENT": {1, 1, true, func(c *call) operand { return scalar(c.unary("%", c.raw(0))) }},
	"POWER": {2, 2, true, func(c *call) operand {
		a, b := c.num(0), c.num(1)
		return scalar(power("POWER", a, b))
	}},
	"SUM": {1, -1, false, func(c *call) operand {
		var s sum
		date := None
		c.numbers(0, func(x float64, v Value) {
			s.add(x)
			date = max(date, v.Date)
		})
		if date == Date || date == DateTime { // a sum of dates is not a date
			date = None
		}
		return dated(s.value(), date)
	}},
	"SUMSQ": {1, -1, false, func(c *call) operand {
		var s sum
		c.numbers(0, func(x float64, _ Value) { s.add(x * x) })
		return number(s.value())
	}},
	"PRODUCT": {1, -1, false, func(c *call) operand {
		p, n := 1.0, 0
		c.numbers(0, func(x float64, _ Value) { p *= x; n++ })
		if n == 0 {
			p = 0
		}
		return number(p)
	}},
	"SUMPRODUCT": {1, -1, false, func(c *call) operand {
		deep := *c.eval
		deep.arrays = true
		var arrs []*array
		for _, a := range c.args {
			op := deep.eval(a)
			if op.v.Kind == Error {
				return op
			}
			arr := deep.array(op)
			if arr == nil {
				return errorf(ErrError, "Result too large.")
			}
			if len(arrs) > 0 && (arr.rows != arrs[0].rows || arr.cols != arrs[0].cols) {
				return errorf(ErrValue, "SUMPRODUCT has mismatched range sizes. Expected row count: %d, column "+
					"count: %d. Actual row count: %d, column count: %d.", arrs[0].rows, arrs[0].cols, arr.rows,
					arr.cols)
			}
			arrs = append(arrs, arr)
		}
		var s sum
		for i := range arrs[0].v {
			p := 1.0
			for _, arr := range arrs {
				switch v := arr.v[i]; v.Kind {
				case Error:
					return scalar(v)
				case Number:
					p *= v.Num
				case Bool: // as Google, and unlike Excel, TRUE counts as 1
					if !v.Bool {
						p = 0
					}
				default:
					p = 0
				}
			}
			s.add(p)
		}
		return number(s.value())
	}},
	"QUOTIENT": {2, 2, true, func(c *call) operand {
		a, b := c.num(0), c.num(1)
		if b == 0 && c.err == nil {
			return errorf(ErrDiv, "Function QUOTIENT parameter 2 cannot be zero.")
		}
		return number(math.Trunc(a / b))
	}},
	"MOD": {2, 2, true, func(c *call) operand {
		a, b := c.num(0), c.num(1)
		if b == 0 && c.err == nil {
			return errorf(ErrDiv, "Function MOD parameter 2 cannot be zero.")
		}
		m := math.Mod(a, b)
		if m != 0 && (m < 0) != (b < 0) { // the sign of the divisor
			m += b
		}
		return number(m)
	}},
	"INT": num1(func(x float64) float64 { return math.Floor(snap(x)) }), "ABS": num1(math.Abs),
	"SIGN": num1(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0
	}),
	"EXP": num1(math.Exp), "LN": num1(math.Log), "LOG10": num1(math.Log10), "SQRT": num1(math.Sqrt),
	"SIN": num1(math.Sin), "COS": num1(math.Cos), "TAN": num1(math.Tan), "ASIN": num1(math.Asin),
	"ACOS": num1(math.Acos),
	"ATAN": num1(math.Atan), "SINH": num1(math.Sinh), "COSH": num1(math.Cosh), "TANH": num1(math.Tanh),
	"COT":     num1(func(x float64) float64 { return 1 / math.Tan(x) }),
	"SEC":     num1(func(x float64) float64 { return 1 / math.Cos(x) }),
	"CSC":     num1(func(x float64) float64 { return 1 / math.Sin(x) }),
	"DEGREES": num1(func(x float64) float64 { return x * 180 / math.Pi }),
	"RADIANS": num1(func(x float64) float64 { return x * math.Pi / 180 }),
	"ATAN2":   {2, 2, true, func(c *call) operand { x, y := c.num(0), c.num(1); return number(math.Atan2(y, x)) }},
	"PI":      {0, 0, false, func(*call) operand { return number(math.Pi) }},
	"LOG": {1, 2, true, func(c *call) operand {
		x, base := c.num(0), c.numOr(1, 10)
		if c.err == nil && (x <= 0 || base <= 0 || base == 1) {
			return errorf(ErrNum, "Function LOG parameters must be greater than 0, and the base not 1.")
		}
		if base == 10 {
			return number(math.Log10(x))
		}
		return number(math.Log(x) / math.Log(base))
	}},
	"ROUND":     rounding(func(x float64, n int) float64 { return round(x, n) }),
	"ROUNDUP":   rounding(func(x float64, n int) float64 { return toward(x, n, true) }),
	"ROUNDDOWN": rounding(func(x float64, n int) float64 { return toward(x, n, false) }),
	"TRUNC":     rounding(func(x float64, n int) float64 { return toward(x, n, false) }),
	"MROUND": {2, 2, true, func(c *call) operand {
		x, f := c.num(0), c.num(1)
		if f == 0 {
			return number(0)
		}
		if x*f < 0 {
			return errorf(ErrNum, "Parameters of MROUND must have same signs.")
		}
		return number(fix(math.Round(snap(x/f)) * f))
	}},
	"CEILING": {1, 2, true, func(c *call) operand {
		x, f := c.num(0), c.numOr(1, 1)
		if x > 0 && f < 0 {
			return errorf(ErrNum,
				"Function CEILING parameter 2 value is %g, but it should be greater than or equal to 0.", f)
		}
		if f == 0 {
			return number(0)
		}
		return number(fix(math.Ceil(snap(x/f)) * f))
	}},
	"FLOOR": {1, 2, true, func(c *call) operand {
		x, f := c.num(0), c.numOr(1, 1)
		if x > 0 && f < 0 {
			return errorf(ErrNum,
				"Function FLOOR parameter 2 value is %g, but it should be greater than or equal to 0.", f)
		}
		if f == 0 {
			if x == 0 || c.err != nil {
				return number(0)
			}
			return errorf(ErrDiv, "Function FLOOR parameter 2 cannot be zero.")
		}
		return number(fix(math.Floor(snap(x/f)) * f))
	}},
	"CEILING.MATH": {1, 3, true, func(c *call) operand {
		x, f, away := c.num(0), math.Abs(c.numOr(1, 1)), c.numOr(2, 0) != 0
		if f == 0 {
			return number(0)
		}
		if x < 0 && away {
			return number(fix(math.Floor(snap(x/f)) * f))
		}
		return number(fix(math.Ceil(snap(x/f)) * f))
	}},
	"FLOOR.MATH": {1, 3, true, func(c *call) operand {
		x, f, toZero := c.num(0), math.Abs(c.numOr(1, 1)), c.numOr(2, 0) != 0
		if f == 0 {
			return number(0)
		}
		if x < 0 && toZero {
			return number(fix(math.Ceil(snap(x/f)) * f))
		}
		return number(fix(math.Floor(snap(x/f)) * f))
	}},
	"EVEN": num1(func(x float64) float64 { return math.Copysign(math.Ceil(math.Abs(x)/2)*2, x) }),
	"ODD": num1(func(x float64) float64 {
		return math.Copysign(math.Max(1, math.Ceil((math.Abs(x)-1)/2)*2+1), x)
	}),
	"FACT": {1, 1, true, func(c *call) operand {
		n := c.int(0)
		if c.err == nil && (n < 0 || n > 170) {
			return errorf(ErrNum, "Function FACT parameter 1 value is %d. It should be between 0 and 170.", n)
		}
		p := 1.0
		for i := 2; i <= n; i++ {
			p *= float64(i)
		}
		return number(p)
	}},
	"COMBIN": {2, 2, true, func(c *call) operand {
		n, k := c.int(0), c.int(1)
		if c.err == nil && (n < 0 || k < 0 || k > n) {
			return errorf(ErrNum, "Function COMBIN parameter 2 value is %d. It should be between 0 and %d.", k, n)
		}
		p := 1.0
		for i := 1; i <= min(k, n-k) && finite(p); i++ {
			p = p * float64(n-min(k, n-k)+i) / float64(i)
		}
		return number(math.Round(p))
	}},
	"GCD": {1, -1, false, func(c *call) operand {
		g := 0.0
		c.numbers(0, func(x float64, _ Value) { g = gcd(g, math.Trunc(x)) })
		return number(g)
	}},
	"LCM": {1, -1, false, func(c *call) operand {
		l := 1.0
		c.numbers(0, func(x float64, _ Value) {
			if x = math.Abs(math.Trunc(x)); x == 0 || l == 0 {
				l = 0
			} else {
				l = l / gcd(l, x) * x
			}
		})
		return number(l)
	}},
	"RAND": {0, 0, false, func(c *call) operand { return number(c.e.random()) }},
	"RANDBETWEEN": {2, 2, false, func(c *call) operand {
		lo, hi := math.Ceil(c.num(0)), math.Floor(c.num(1))
		if lo > hi && c.err == nil {
			return errorf(ErrNum,
				"Function RANDBETWEEN parameter 2 value is %g. It should be greater than or equal to %g.", hi, lo)
		}
		return number(lo + math.Floor(c.e.random()*(hi-lo+1)))
	}},
	"SUBTOTAL": {2, -1, false, func(c *call) operand {
		code := c.int(0)
		names := []string{"AVERAGE", "COUNT", "COUNTA", "MAX", "MIN", "PRODUCT", "STDEV", "STDEVP", "SUM", "VAR",
			"VARP"}
		if code > 100 {
			code -= 100
		}
		if c.err == nil && (code < 1 || code > len(names)) {
			return errorf(ErrValue,
				"Function SUBTOTAL parameter 1 value is %d. Valid values are between 1 and 11 or 101 and 111.", code)
		}
		if c.err != nil {
			return nothing()
		}
		// Leave out other subtotals. Hidden rows stay in, because this package does not
		// know them.
		var kept []node
		for _, a := range c.args[1:] {
			op := c.eval.eval(a)
			if op.area == nil {
				kept = append(kept, op)
				continue
			}
			arr := &array{rows: 1}
			c.visit(*op.area, func(row, col int, v Value) bool {
				cell := op.area.sh.at(row, col)
				if n, ok := cell.ast.(callNode); !ok || n.name != "SUBTOTAL" {
					arr.v = append(arr.v, v)
				}
				return true
			})
			arr.cols = len(arr.v)
			kept = append(kept, operand{arr: arr})
		}
		name := names[code-1]
		return (&call{eval: c.eval, name: name, args: kept}).run(functions[name])
	}},
}

// sum adds with Kahan's correction, so that a column of kopecks has a round total.
type sum struct{ s, c float64 }

func (s *sum) add(x float64) {
	t := s.s + x
	if math.Abs(s.s) >= math.Abs(x) {
		s.c += (s.s - t) + x
	} else {
		s.c += (x - t) + s.s
	}
	s.s = t
}

func (s *sum) value() float64 { return s.s + s.c }

// snap rounds a number that differs from a whole one only in the last bits: 0.3/0.1 is 3.
func snap(x float64) float64 {
	if r := math.Round(x); r != x && math.Abs(r-x) < math.Abs(x)*4e-16*2 {
		return r
	}
	return x
}

// fix removes the error of the last bits: 3*0.1 is 0.3.
func fix(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
	if err != nil {
		return x
	}
	return y
}

func rounding(f func(x float64, n int) float64) function {
	return function{1, 2, true, func(c *call) operand {
		v := c.value(0)
		x, n := c.num(0), c.intOr(1, 0)
		return dated(f(x, n), v.Date)
	}}
}

// round rounds half away from zero, in the decimal digits that people see.
func round(x float64, n int) float64 {
	if n >= 0 {
		if n > 15 {
			return x
		}
		y, _ := strconv.ParseFloat(numfmt.Fixed(x, n), 64)
		return math.Copysign(y, x)
	}
	if n < -308 {
		return 0
	}
	p := math.Pow(10, float64(-n))
	return math.Round(x/p) * p
}

func toward(x float64, n int, away bool) float64 {
	if n > 15 {
		return x
	}
	if n < -308 {
		return 0
	}
	p := math.Pow(10, math.Abs(float64(n)))
	v := math.Abs(x)
	if n >= 0 {
		v = snap(v * p)
	} else {
		v = snap(v / p)
	}
	if away {
		v = math.Ceil(v)
	} else {
		v = math.Floor(v)
	}
	if n >= 0 {
		v /= p
	} else {
		v *= p
	}
	return math.Copysign(v, x)
}

func gcd(a, b float64) float64 {
	a, b = math.Abs(a), math.Abs(b)
	for b != 0 && finite(b) && finite(a) {
		a, b = b, math.Mod(a, b)
	}
	return a
}
