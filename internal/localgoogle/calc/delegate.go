package calc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The functions that excelize calculates. All of them take numbers and return one number,
// which excelize does reliably. Each call gets a small workbook of its own with the
// arguments in cells, so that its parsing, comparisons and caches play no part. The value
// is the smallest and the largest number of arguments.
var tail = map[string][2]int{
	"PMT": {3, 5}, "IPMT": {4, 6}, "PPMT": {4, 6}, "FV": {3, 5}, "PV": {3, 5}, "NPER": {3, 5}, "NPV": {2, 30},
	"RATE": {3, 6},
	"IRR":  {1, 2}, "EFFECT": {2, 2}, "NOMINAL": {2, 2}, "SLN": {3, 3}, "SYD": {4, 4}, "DB": {4, 5}, "DDB": {4, 5},
	"CUMIPMT": {6, 6}, "CUMPRINC": {6, 6}, "CORREL": {2, 2}, "PEARSON": {2, 2}, "RSQ": {2, 2}, "SLOPE": {2, 2},
	"INTERCEPT": {2, 2},
	"FORECAST":  {3, 3}, "STEYX": {2, 2}, "COVAR": {2, 2}, "COVARIANCE.P": {2, 2}, "COVARIANCE.S": {2, 2},
	"SKEW": {1, 1}, "KURT": {1, 1},
	"NORM.DIST": {4, 4}, "NORM.INV": {3, 3}, "NORM.S.INV": {1, 1}, "NORMDIST": {4, 4}, "NORMINV": {3, 3},
	"NORMSDIST": {1, 1},
	"NORMSINV":  {1, 1}, "STANDARDIZE": {3, 3}, "POISSON": {3, 3}, "POISSON.DIST": {3, 3}, "BINOMDIST": {4, 4},
	"BINOM.DIST": {4, 4},
	"EXPONDIST":  {3, 3}, "EXPON.DIST": {3, 3}, "CONFIDENCE": {3, 3}, "CONFIDENCE.NORM": {3, 3}, "PERMUT": {2, 2},
	"FISHER":    {1, 1},
	"FISHERINV": {1, 1}, "GAMMALN": {1, 1}, "ERF": {1, 2}, "ERFC": {1, 1}, "YEARFRAC": {2, 3},
}

// The functions whose last two arguments are pairs of numbers.
var pairs = map[string]bool{
	"CORREL": true, "PEARSON": true, "RSQ": true, "SLOPE": true, "INTERCEPT": true, "FORECAST": true, "STEYX": true,
	"COVAR":        true,
	"COVARIANCE.P": true, "COVARIANCE.S": true,
}

// samePairs drops the pairs that lack a number; it returns false if the lists differ in
// length.
func samePairs(args []*array) bool {
	x, y := args[0], args[1]
	if len(x.v) != len(y.v) {
		return false
	}
	a, b := &array{cols: 1}, &array{cols: 1}
	for i := range x.v {
		keep := func(v Value) bool { return v.Kind == Number || v.Kind == Error }
		if keep(x.v[i]) && keep(y.v[i]) {
			a.v, b.v = append(a.v, x.v[i]), append(b.v, y.v[i])
		}
	}
	a.rows, b.rows = len(a.v), len(b.v)
	args[0], args[1] = a, b
	return true
}

func delegated() map[string]function {
	out := map[string]function{}
	for name, n := range tail {
		out[name] = function{n[0], n[1], false, (*call).delegate}
	}
	return out
}

// The most cells that an argument of excelize's functions may have.
const maxDelegated = 10000

// loops estimates the number of loop turns in excelize for the functions whose work grows
// with the size of a number.
func loops(name string, x []float64) float64 {
	at := func(i int) float64 {
		if i < len(x) {
			return max(x[i], 0)
		}
		return 0
	}
	switch name {
	case "BINOMDIST", "BINOM.DIST": // a sum of products of as many factors
		return (1 + at(0)) * (1 + at(1))
	case "POISSON", "POISSON.DIST":
		return (1 + at(0)) * (1 + at(0))
	case "CUMIPMT", "CUMPRINC": // each period from the first
		return (1 + at(4) - min(at(3), at(4))) * (1 + at(4))
	case "IPMT", "PPMT":
		return at(1)
	case "DB", "DDB":
		return at(3)
	case "PERMUT":
		return at(0) + at(1)
	}
	return 0
}

// tab is the one tab of excelize's workbooks.
const tab = "Sheet1"

// delegate calculates the call by excelize.
func (c *call) delegate() (out operand) {
	f := excelize.NewFile()
	defer f.Close()
	// Excelize does not check arguments; its panic must not take the server down.
	defer func() {
		if recover() != nil {
			out = errorf(ErrNum, "Function %s cannot be calculated from these values.", c.name)
		}
	}()
	args := make([]*array, len(c.args))
	for i := range c.args {
		args[i] = c.table(i)
	}
	if c.err != nil {
		return nothing()
	}
	if pairs[c.name] {
		if n := len(args); !samePairs(args[n-2:]) {
			return errorf(ErrNA, "Function %s has mismatched argument lengths.", c.name)
		}
	}
	params := make([]string, len(args))
	given := make([]float64, len(args)) // the first number of each argument
	for i, arr := range args {
		var fault *Value
		if params[i], fault = c.putArgument(f, i, arr); fault != nil {
			return scalar(*fault)
		}
		if len(arr.v) > 0 {
			given[i], _ = c.number(arr.v[0], c.name, i+1)
		}
	}
	// Opening a workbook and parsing takes about as long as reading some thousand cells.
	if !c.spendMany(5000 + 8*loops(c.name, given)) {
		return scalar(overLimit)
	}
	target := ColumnName(len(c.args)+1) + "1"
	if err := f.SetCellFormula(tab, target, c.name+"("+strings.Join(params, ",")+")"); err != nil {
		return errorf(ErrError, "Function %s cannot be calculated.", c.name)
	}
	s, err := f.CalcCellValue(tab, target, excelize.Options{RawCellValue: true})
	if err != nil {
		return scalar(c.excelError(s, err))
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return scalar(c.excelError(s, err))
	}
	return number(x)
}

// putArgument writes an argument into column i of excelize's workbook and returns its
// range.
func (c *call) putArgument(f *excelize.File, i int, arr *array) (place string, fault *Value) {
	failed := func(t ErrorType, format string) (string, *Value) {
		v := fail(t, fmt.Sprintf(format, c.name))
		return "", &v
	}
	if len(arr.v) > maxDelegated {
		v := fail(ErrError, "Result too large.")
		return "", &v
	}
	last := -1
	for k, v := range arr.v {
		if len(arr.v) > 1 && (v.Kind == Empty || v.Kind == String) { // in a range these do not count
			continue
		}
		x, fault := c.number(v, c.name, i+1)
		if fault != nil {
			return "", fault
		}
		name, err := excelize.CoordinatesToCellName(i+1, k+1)
		if err == nil {
			err = f.SetCellValue(tab, name, x)
		}
		if err != nil {
			return failed(ErrError, "Function %s cannot be calculated.")
		}
		last = k
	}
	col := ColumnName(i)
	switch {
	case last < 0:
		return failed(ErrDiv, "Evaluation of function %s caused a divide by zero error.")
	case len(arr.v) == 1:
		return col + "1", nil
	}
	return fmt.Sprintf("%s1:%s%d", col, col, last+1), nil
}

func (c *call) excelError(s string, err error) Value {
	text := s
	if text == "" || !strings.HasPrefix(text, "#") {
		text = err.Error()
	}
	var ne *strconv.NumError
	switch {
	case strings.Contains(text, "#DIV/0!"):
		return fail(ErrDiv, fmt.Sprintf("Evaluation of function %s caused a divide by zero error.", c.name))
	case strings.Contains(text, "#N/A"):
		return fail(ErrNA, fmt.Sprintf("Function %s has no valid input data.", c.name))
	case strings.Contains(text, "#VALUE!"), errors.As(err, &ne):
		return fail(ErrValue, fmt.Sprintf("Function %s has wrong parameters.", c.name))
	case strings.Contains(text, "#NAME?"):
		return unsupported(c.name)
	}
	return fail(ErrNum, fmt.Sprintf("Function %s cannot be calculated from these values.", c.name))
}
