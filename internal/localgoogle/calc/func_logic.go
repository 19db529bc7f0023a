package calc

import (
	"fmt"
	"math"
)

var functions map[string]function

// The table is filled in init because the functions call each other through it.
func init() {
	functions = map[string]function{}
	for _, group := range []map[string]function{logic, info, mathematics, statistics, lookup, texts, dates,
		delegated()} {
		for name, f := range group {
			functions[name] = f
		}
	}
	for alias, name := range map[string]string{
		"POW": "POWER", "STDEV.S": "STDEV", "STDEV.P": "STDEVP", "VAR.S": "VAR", "VAR.P": "VARP", "RANK.EQ": "RANK",
		"PERCENTILE.INC": "PERCENTILE", "QUARTILE.INC": "QUARTILE", "PERCENTRANK.INC": "PERCENTRANK",
		"MODE.SNGL":       "MODE",
		"CEILING.PRECISE": "CEILING.MATH", "ISO.CEILING": "CEILING.MATH", "FLOOR.PRECISE": "FLOOR.MATH",
	} {
		functions[alias] = functions[name]
	}
}

var logic = map[string]function{
	"TRUE":  {0, 0, false, func(*call) operand { return boolean(true) }},
	"FALSE": {0, 0, false, func(*call) operand { return boolean(false) }},
	"NOT":   {1, 1, true, func(c *call) operand { return boolean(!c.bool(0)) }},
	"AND":   {1, -1, false, junction(func(trues, n int) bool { return trues == n })},
	"OR":    {1, -1, false, junction(func(trues, n int) bool { return trues > 0 })},
	"XOR":   {1, -1, false, junction(func(trues, n int) bool { return trues%2 == 1 })},
	"IF": {2, 3, true, func(c *call) operand {
		switch cond := c.bool(0); {
		case c.err != nil:
			return nothing()
		case cond:
			return c.branch(1)
		case len(c.args) < 3:
			return boolean(false)
		}
		return c.branch(2)
	}},
	"IFS": {2, -1, true, func(c *call) operand {
		if len(c.args)%2 != 0 {
			c.fail(ErrNA, "Wrong number of arguments to IFS. Expected an even number of arguments, but got "+
				"%d arguments.", len(c.args))
			return nothing()
		}
		for i := 0; i < len(c.args); i += 2 {
			if c.bool(i) && c.err == nil {
				return c.branch(i + 1)
			}
			if c.err != nil {
				return nothing()
			}
		}
		return scalar(fail(ErrNA, "No match."))
	}},
	"IFERROR": {1, 2, true, func(c *call) operand {
		if v := c.raw(0); v.Kind != Error {
			return scalar(v)
		}
		return scalar(c.raw(1))
	}},
	"IFNA": {1, 2, true, func(c *call) operand {
		if v := c.raw(0); v.Kind != Error || v.Err != ErrNA {
			return scalar(v)
		}
		return scalar(c.raw(1))
	}},
	"SWITCH": {3, -1, true, func(c *call) operand {
		v := c.value(0)
		i := 1
		for ; i+1 < len(c.args) && c.err == nil; i += 2 {
			if compare(v, c.value(i)) == 0 && c.err == nil {
				return c.branch(i + 1)
			}
		}
		if i < len(c.args) {
			return c.branch(i)
		}
		return scalar(fail(ErrNA, "No match."))
	}},
	"CHOOSE": {2, -1, false, func(c *call) operand {
		i := c.int(0)
		if c.err == nil && (i < 1 || i >= len(c.args)) {
			c.fail(ErrNum, "Function CHOOSE parameter 1 value is %d. Valid values are between 1 and %d inclusive.", i,
				len(c.args)-1)
		}
		if c.err != nil {
			return nothing()
		}
		return c.branch(i)
	}},
}

// branch returns an argument unchanged, so that IF may give a range to SUM.
func (c *call) branch(i int) operand {
	if !c.has(i) {
		return operand{}
	}
	return c.eval.eval(c.args[i])
}

func junction(f func(trues, n int) bool) func(*call) operand {
	return func(c *call) operand {
		trues, n := 0, 0
		c.eachValue(0, func(v Value, direct bool, param int) {
			if v.Kind == Error {
				c.keep(&v)
				return
			}
			if v.Kind == Empty && !direct || v.Kind == String && !direct {
				return
			}
			b, err := c.truth(v, c.name, param)
			c.keep(err)
			n++
			if b {
				trues++
			}
		})
		if n == 0 && c.err == nil {
			// A lone reference to an empty cell is FALSE; one to a text is an error.
			for i := range c.args {
				if v := c.raw(i); v.Kind == String {
					_, err := c.truth(v, c.name, i+1)
					c.keep(err)
				}
			}
			return boolean(f(0, 1))
		}
		return boolean(f(trues, n))
	}
}

func is(f func(v Value) bool) function {
	return function{1, 1, true, func(c *call) operand { return boolean(f(c.raw(0))) }}
}

var info = map[string]function{
	"ISBLANK": {1, 1, true, func(c *call) operand {
		op := c.branch(0)
		if a := op.area; a != nil && a.rows() == 1 && a.cols() == 1 {
			if cell := a.sh.at(a.r0, a.c0); cell != nil && cell.formula != "" {
				return boolean(false) // a formula is not blank, whatever its result
			}
		}
		return boolean(c.single(op).Kind == Empty)
	}},
	"ISNUMBER":  is(func(v Value) bool { return v.Kind == Number }),
	"ISTEXT":    is(func(v Value) bool { return v.Kind == String }),
	"ISNONTEXT": is(func(v Value) bool { return v.Kind != String }),
	"ISLOGICAL": is(func(v Value) bool { return v.Kind == Bool }),
	"ISERROR":   is(func(v Value) bool { return v.Kind == Error }),
	"ISERR":     is(func(v Value) bool { return v.Kind == Error && v.Err != ErrNA }),
	"ISNA":      is(func(v Value) bool { return v.Kind == Error && v.Err == ErrNA }),
	"ISDATE":    is(func(v Value) bool { return v.Kind == Number && v.Date != None }),
	"ISFORMULA": {1, 1, false, func(c *call) operand {
		a, ok := c.rangeArg(0)
		if !ok {
			return nothing()
		}
		cell := a.sh.at(a.r0, a.c0)
		return boolean(cell != nil && cell.formula != "")
	}},
	"ISBETWEEN": {3, 5, true, func(c *call) operand {
		v, lo, hi := c.value(0), c.value(1), c.value(2)
		a, b := compare(v, lo), compare(v, hi)
		return boolean((a > 0 || a == 0 && c.boolOr(3, true)) && (b < 0 || b == 0 && c.boolOr(4, true)))
	}},
	"ISREF": {1, 1, false, func(c *call) operand { return boolean(c.branch(0).area != nil) }},
	"ISEVEN": {1, 1, true, func(c *call) operand {
		return boolean(math.Mod(math.Trunc(c.num(0)), 2) == 0)
	}},
	"ISODD": {1, 1, true, func(c *call) operand {
		return boolean(math.Mod(math.Trunc(c.num(0)), 2) != 0)
	}},
	"NA": {0, 0, false, func(*call) operand { return scalar(fail(ErrNA, "Value not available.")) }},
	"N": {1, 1, true, func(c *call) operand {
		switch v := c.value(0); v.Kind {
		case Number:
			return scalar(v)
		case Bool:
			x, _ := c.number(v, c.name, 1)
			return number(x)
		}
		return number(0)
	}},
	"TYPE": {1, 1, false, func(c *call) operand {
		op := c.branch(0)
		if op.arr != nil || op.area != nil && op.area.rows()*op.area.cols() > 1 {
			return number(64)
		}
		switch c.single(op).Kind {
		case String:
			return number(2)
		case Bool:
			return number(4)
		case Error:
			return number(16)
		}
		return number(1)
	}},
	"ERROR.TYPE": {1, 1, true, func(c *call) operand {
		v := c.raw(0)
		for i, t := range []ErrorType{ErrNull, ErrDiv, ErrValue, ErrRef, ErrName, ErrNum, ErrNA, ErrError} {
			if v.Kind == Error && v.Err == t {
				return number(float64(i + 1))
			}
		}
		return scalar(fail(ErrNA, "Value is not an error."))
	}},
	"ROW": {0, 1, false, func(c *call) operand {
		if !c.has(0) {
			return number(float64(c.row + 1))
		}
		a, _ := c.rangeArg(0)
		if c.err == nil && c.arrays && a.rows() > 1 && a.rows() <= maxArray {
			out := &array{rows: a.rows(), cols: 1}
			for r := a.r0; r < a.r1; r++ {
				out.v = append(out.v, Num(float64(r+1)))
			}
			return operand{arr: out}
		}
		return number(float64(a.r0 + 1))
	}},
	"COLUMN": {0, 1, false, func(c *call) operand {
		if !c.has(0) {
			return number(float64(c.col + 1))
		}
		a, _ := c.rangeArg(0)
		if c.err == nil && c.arrays && a.cols() > 1 {
			out := &array{rows: 1, cols: a.cols()}
			for i := a.c0; i < a.c1; i++ {
				out.v = append(out.v, Num(float64(i+1)))
			}
			return operand{arr: out}
		}
		return number(float64(a.c0 + 1))
	}},
	"ROWS":    {1, 1, false, func(c *call) operand { return c.size(func(rows, _ int) int { return rows }) }},
	"COLUMNS": {1, 1, false, func(c *call) operand { return c.size(func(_, cols int) int { return cols }) }},
	"SHEETS":  {0, 0, false, func(c *call) operand { return number(float64(len(c.e.sheets))) }},
}

func (c *call) size(f func(rows, cols int) int) operand {
	op := c.branch(0)
	switch {
	case op.area != nil:
		return number(float64(f(op.area.rows(), op.area.cols())))
	case op.arr != nil:
		return number(float64(f(op.arr.rows, op.arr.cols)))
	case op.v.Kind == Error:
		return scalar(op.v)
	}
	return number(1)
}

// The functions that Google has and this package lacks. Our own spreadsheets never call
// some of them, others would fill several cells; the package refuses them all rather than
// guess.
var notHere = map[string]bool{}

func init() {
	for _, name := range []string{
		"ARRAYFORMULA", "ARRAY_CONSTRAIN", "LET", "LAMBDA", "MAP", "REDUCE", "SCAN", "BYROW", "BYCOL", "MAKEARRAY",
		"FILTER", "UNIQUE", "SORT", "SORTN", "SEQUENCE", "OFFSET", "INDIRECT", "QUERY", "IMPORTRANGE", "IMPORTHTML",
		"IMPORTXML", "IMPORTDATA", "IMPORTFEED", "GOOGLEFINANCE", "GOOGLETRANSLATE", "DETECTLANGUAGE", "FLATTEN",
		"TRANSPOSE", "SPLIT", "MMULT", "MINVERSE", "MDETERM", "MUNIT", "FREQUENCY", "HSTACK", "VSTACK", "TOCOL",
		"TOROW", "WRAPROWS", "WRAPCOLS", "CHOOSECOLS", "CHOOSEROWS", "GETPIVOTDATA", "CELL", "INFO", "ISURL", "ISEMAIL",
		"AI", "GEMINI", "FORMULATEXT", "COUNTUNIQUEIFS", "LINEST", "LOGEST", "TREND", "GROWTH", "RANDARRAY", "DAVERAGE",
		"DCOUNT", "DCOUNTA", "DGET", "DMAX", "DMIN", "DPRODUCT", "DSTDEV", "DSTDEVP", "DSUM", "DVAR", "DVARP",
		"BIN2DEC", "BIN2HEX", "BIN2OCT", "HEX2BIN", "HEX2DEC", "HEX2OCT", "OCT2BIN", "OCT2DEC", "OCT2HEX", "DEC2BIN",
		"DEC2HEX", "DEC2OCT", "BITAND", "BITOR", "BITXOR", "BITLSHIFT", "BITRSHIFT", "COMPLEX", "IMABS", "IMAGINARY",
		"IMARGUMENT", "IMCONJUGATE", "IMCOS", "IMDIV", "IMEXP", "IMLN", "IMLOG", "IMPOWER", "IMPRODUCT", "IMREAL",
		"IMSIN", "IMSQRT", "IMSUB", "IMSUM", "CONVERT", "TO_DOLLARS", "ARABIC", "ROMAN", "BASE", "DECIMAL", "ASC",
		"FINDB", "SEARCHB", "LEFTB", "RIGHTB", "MIDB", "LENB", "REPLACEB", "DOLLAR", "EPOCHTODATE", "AMORLINC",
		"AMORDEGRC", "ACCRINT", "ACCRINTM", "COUPDAYBS", "COUPDAYS", "COUPDAYSNC", "COUPNCD", "COUPNUM", "COUPPCD",
		"DISC", "DURATION", "MDURATION", "INTRATE", "PRICE", "PRICEDISC", "PRICEMAT", "RECEIVED", "TBILLEQ",
		"TBILLPRICE", "TBILLYIELD", "YIELD", "YIELDDISC", "YIELDMAT", "XIRR", "XNPV", "MIRR", "FVSCHEDULE", "PDURATION",
		"RRI", "CHITEST", "FTEST", "TTEST", "ZTEST", "CHISQ.TEST", "F.TEST", "T.TEST", "Z.TEST", "PROB", "CRITBINOM",
		"MODE.MULT", "PERCENTILE.EXC", "QUARTILE.EXC", "PERCENTRANK.EXC", "TRIMMEAN", "STDEVA", "STDEVPA", "VARA",
		"VARPA", "MARGINOFERROR", "DEVSQ", "AVEDEV", "SUMX2MY2", "SUMX2PY2", "SUMXMY2", "SERIESSUM", "MULTINOMIAL",
		"SQRTPI", "FACTDOUBLE", "COMBINA", "FORECAST.ETS", "SHEET", "BETADIST", "BETAINV", "BETA.DIST", "BETA.INV",
		"BINOM.INV", "CHIDIST", "CHIINV", "CHISQ.DIST", "CHISQ.INV", "CHISQ.DIST.RT", "CHISQ.INV.RT", "FDIST", "FINV",
		"F.DIST", "F.INV", "F.DIST.RT", "F.INV.RT", "GAMMA", "GAMMADIST", "GAMMAINV", "GAMMA.DIST", "GAMMA.INV",
		"GAMMALN.PRECISE", "GAUSS", "PHI", "HYPGEOMDIST", "HYPGEOM.DIST", "LOGINV", "LOGNORMDIST", "LOGNORM.DIST",
		"LOGNORM.INV", "NEGBINOMDIST", "NEGBINOM.DIST", "NORM.S.DIST", "TDIST", "TINV", "T.DIST", "T.INV", "T.DIST.2T",
		"T.DIST.RT", "T.INV.2T", "WEIBULL", "WEIBULL.DIST", "SKEW.P", "CONFIDENCE.T", "PERMUTATIONA", "ERF.PRECISE",
		"ERFC.PRECISE", "DELTA", "GESTEP", "ACOSH", "ASINH", "ATANH", "ACOT", "ACOTH", "COTH", "CSCH", "SECH",
		"DOLLARDE", "DOLLARFR", "VDB", "ISPMT",
	} {
		notHere[name] = true
	}
}

// known reports whether Google has a function of that name.
func known(name string) bool { return notHere[name] }

func errorf(t ErrorType, format string, a ...any) operand {
	return scalar(fail(t, fmt.Sprintf(format, a...)))
}
