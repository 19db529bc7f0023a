package calc

import (
	"fmt"
	"math"
	"strings"

	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// eval calculates one formula in its cell.
type eval struct {
	e        *Engine
	sh       *sheet
	row, col int
	arrays   bool // ranges stand for all their cells, as in SUMPRODUCT
	left     int  // steps that this formula may still take
}

// operand is the result of an expression: a value, a reference, or an array.
type operand struct {
	v    Value
	area *area
	arr  *array
}

type array struct {
	rows, cols int
	v          []Value // row by row
}

func (a *array) at(row, col int) Value {
	if a.rows == 1 {
		row = 0
	}
	if a.cols == 1 {
		col = 0
	}
	if row >= a.rows || col >= a.cols {
		return fail(ErrNA, "Value not available.")
	}
	return a.v[row*a.cols+col]
}

func scalar(v Value) operand { return operand{v: v} }

// cell returns the value that a formula's cell shows.
func (ev *eval) cell(n node) Value {
	op := ev.eval(n)
	if ev.left < 0 { // even IFERROR does not catch it
		return overLimit
	}
	if op.arr != nil {
		if len(op.arr.v) == 1 {
			return op.arr.v[0]
		}
		return fail(ErrError, "Array results are not supported by the local Google")
	}
	v := ev.single(op)
	if v.Kind == Number {
		if !finite(v.Num) {
			return fail(ErrNum, "Result was not a number.")
		}
		v.Num += 0 // no negative zero
	}
	return v
}

// single turns an operand into one value: of a range, the cell in the formula's row or
// column.
func (ev *eval) single(op operand) Value {
	switch {
	case ev.arrays && (op.area != nil && op.area.rows()*op.area.cols() > 1 || op.arr != nil && len(op.arr.v) > 1):
		// Google would calculate the function once for each cell; the value for the first
		// cell alone would be wrong.
		return fail(ErrError, "An array as this argument is not supported by the local Google")
	case op.area != nil:
		a := *op.area
		row, col := a.r0, a.c0
		switch {
		case a.rows() == 1 && a.cols() == 1:
		case a.cols() == 1 && ev.row >= a.r0 && ev.row < a.r1:
			row = ev.row
		case a.rows() == 1 && ev.col >= a.c0 && ev.col < a.c1:
			col = ev.col
		default:
			return fail(ErrValue, "An array value could not be found.")
		}
		return ev.e.value(a.sh.at(row, col))
	case op.arr != nil:
		if len(op.arr.v) == 0 {
			return Value{}
		}
		return op.arr.v[0]
	}
	return op.v
}

func (ev *eval) scalar(n node) Value { return ev.single(ev.eval(n)) }

func (ev *eval) eval(n node) operand {
	if ev.e.deep != nil || !ev.spend(1) {
		return scalar(fail(ErrError, ""))
	}
	switch n := n.(type) {
	case nil:
		return operand{}
	case valueNode:
		return scalar(n.v)
	case operand: // an argument that is known already
		return n
	case refNode:
		a, err := ev.area(n.r)
		if err != nil {
			return scalar(*err)
		}
		return operand{area: &a}
	case nameNode:
		a, err := ev.named(n.name)
		if err != nil {
			return scalar(*err)
		}
		return operand{area: &a}
	case unaryNode:
		if ev.arrays {
			return ev.lift([]node{n.x}, func(v []Value) Value { return ev.unary(n.op, v[0]) })
		}
		return scalar(ev.unary(n.op, ev.scalar(n.x)))
	case binaryNode:
		if ev.arrays {
			return ev.lift([]node{n.l, n.r}, func(v []Value) Value { return ev.binary(n.op, v[0], v[1]) })
		}
		l := ev.scalar(n.l)
		return scalar(ev.binary(n.op, l, ev.scalar(n.r)))
	case arrayNode:
		return ev.literal(n)
	case callNode:
		return ev.call(n)
	}
	return scalar(fail(ErrError, parseErrorMsg))
}

func (ev *eval) literal(n arrayNode) operand {
	arr := &array{rows: len(n.rows), cols: len(n.rows[0])}
	for _, row := range n.rows {
		for _, x := range row {
			op := ev.eval(x)
			if op.arr != nil || op.area != nil && op.area.rows()*op.area.cols() != 1 {
				return scalar(fail(ErrError, "Arrays of ranges are not supported by the local Google"))
			}
			arr.v = append(arr.v, ev.single(op))
		}
	}
	return operand{arr: arr}
}

// lift applies f to each element of the arguments, which are repeated to the size of the
// largest.
func (ev *eval) lift(args []node, f func([]Value) Value) operand {
	arrs := make([]*array, len(args))
	rows, cols, many := 1, 1, false
	for i, a := range args {
		op := ev.eval(a)
		arr := ev.array(op)
		if arr == nil {
			return scalar(fail(ErrError, "Result too large."))
		}
		many = many || op.arr != nil || op.area != nil && (arr.rows > 1 || arr.cols > 1)
		rows, cols = max(rows, arr.rows), max(cols, arr.cols)
		arrs[i] = arr
	}
	values := make([]Value, len(args))
	if !many {
		for i := range arrs {
			values[i] = arrs[i].at(0, 0)
		}
		return scalar(f(values))
	}
	if rows*cols > maxArray {
		return scalar(fail(ErrError, "Result too large."))
	}
	if !ev.spend(rows * cols * (len(args) + 1)) {
		return scalar(overLimit)
	}
	out := &array{rows: rows, cols: cols, v: make([]Value, 0, rows*cols)}
	for r := range rows {
		for c := range cols {
			for i := range arrs {
				values[i] = arrs[i].at(r, c)
			}
			if out.v = append(out.v, f(values)); ev.over() {
				return scalar(overLimit)
			}
		}
	}
	return operand{arr: out}
}

// The most cells that an array in a formula may have.
const maxArray = 1 << 20

// array reads an operand into an array; it returns nil if the operand is too large.
func (ev *eval) array(op operand) *array {
	switch {
	case op.arr != nil:
		return op.arr
	case op.area != nil:
		a := *op.area
		if a.rows() > maxArray || a.cols() > maxArray || a.rows()*a.cols() > maxArray {
			return nil
		}
		if !ev.spend(a.rows() * a.cols() / 8) { // to allocate it
			return nil
		}
		arr := &array{rows: a.rows(), cols: a.cols(), v: make([]Value, a.rows()*a.cols())}
		ev.visit(a, func(row, col int, v Value) bool {
			arr.v[(row-a.r0)*arr.cols+col-a.c0] = v
			return true
		})
		return arr
	}
	return &array{rows: 1, cols: 1, v: []Value{op.v}}
}

// area finds the cells of a reference.
func (ev *eval) area(r ref) (area, *Value) {
	sh := ev.sh
	if r.hasSheet {
		if sh = ev.e.titles[strings.ToLower(r.sheet)]; sh == nil {
			v := fail(ErrRef, fmt.Sprintf("Unresolved sheet name '%s'.", r.sheet))
			return area{}, &v
		}
	}
	a := area{sh: sh, r0: r.a.row, c0: r.a.col, r1: r.a.row + 1, c1: r.a.col + 1}
	if r.isRange {
		a.r0, a.r1 = span(r.a.row, r.b.row, sh.Rows)
		a.c0, a.c1 = span(r.a.col, r.b.col, sh.Cols)
	}
	// A range may extend beyond the grid, as the cells outside are empty, but it must not
	// lie outside.
	a.r1, a.c1 = min(a.r1, sh.Rows), min(a.c1, sh.Cols)
	if a.r0 >= a.r1 || a.c0 >= a.c1 {
		v := fail(ErrRef, "Reference does not exist.")
		return area{}, &v
	}
	return a, nil
}

// span returns the rows or columns from…to of a range, the end exclusive; -1 is open.
func span(from, to, size int) (int, int) {
	switch {
	case from < 0 && to < 0:
		return 0, size
	case to < 0:
		return from, size
	case from < 0: // B:B12 is B1:B12
		return 0, to + 1
	}
	return min(from, to), max(from, to) + 1
}

func (ev *eval) named(name string) (area, *Value) {
	id, r0, c0, r1, c1, ok := ev.e.src.NamedRange(name)
	sh := ev.e.sheets[id]
	if !ok || sh == nil {
		v := fail(ErrName, fmt.Sprintf("Unknown range name: '%s'.", strings.ToUpper(name)))
		return area{}, &v
	}
	if r1 <= 0 {
		r1 = sh.Rows
	}
	if c1 <= 0 {
		c1 = sh.Cols
	}
	a := area{sh: sh, r0: max(0, r0), c0: max(0, c0), r1: min(r1, sh.Rows), c1: min(c1, sh.Cols)}
	if a.r0 >= a.r1 || a.c0 >= a.c1 {
		v := fail(ErrRef, "Reference does not exist.")
		return area{}, &v
	}
	return a, nil
}

// number turns a value into a number as an argument of a function.
func (ev *eval) number(v Value, function string, param int) (float64, *Value) {
	switch v.Kind {
	case Number:
		return v.Num, nil
	case Bool:
		if v.Bool {
			return 1, nil
		}
		return 0, nil
	case Empty:
		return 0, nil
	case Error:
		return 0, &v
	}
	if x, ok := ev.textNumber(v.Str); ok {
		return x, nil
	}
	err := fail(ErrValue, fmt.Sprintf("Function %s parameter %d expects number values. But '%s' is a text and cannot "+
		"be coerced to a number.", function, param, v.Str))
	return 0, &err
}

func (ev *eval) textNumber(s string) (float64, bool) {
	t, ok := numfmt.Parse(s, ev.e.loc, ev.e.now)
	return t.Num, ok
}

// text turns a value into text as & does.
func (ev *eval) text(v Value) (string, *Value) {
	switch v.Kind {
	case Number:
		return numfmt.Plain(v.Num, ev.e.loc), nil
	case String:
		ev.spend(len(v.Str) / 64) // the caller will read the text
		return v.Str, nil
	case Bool:
		if v.Bool {
			return ev.e.loc.True, nil
		}
		return ev.e.loc.False, nil
	case Error:
		return "", &v
	}
	return "", nil
}

// truth turns a value into a boolean.
func (ev *eval) truth(v Value, function string, param int) (bool, *Value) {
	switch v.Kind {
	case Bool:
		return v.Bool, nil
	case Number:
		return v.Num != 0, nil
	case Empty:
		return false, nil
	case Error:
		return false, &v
	}
	switch {
	case strings.EqualFold(v.Str, "TRUE") || strings.EqualFold(v.Str, ev.e.loc.True):
		return true, nil
	case strings.EqualFold(v.Str, "FALSE") || strings.EqualFold(v.Str, ev.e.loc.False):
		return false, nil
	}
	err := fail(ErrValue, fmt.Sprintf("Function %s parameter %d expects boolean values. But '%s' is a text and "+
		"cannot be coerced to a boolean.", function, param, v.Str))
	return false, &err
}

func (ev *eval) unary(op string, v Value) Value {
	if v.Kind == Error {
		return v
	}
	switch op {
	case "+": // changes nothing, not even a text
		return v
	case "%":
		x, err := ev.number(v, "UNARY_PERCENT", 1)
		if err != nil {
			return *err
		}
		return Num(x / 100)
	}
	x, err := ev.number(v, "UMINUS", 1)
	if err != nil {
		return *err
	}
	return Num(-x + 0)
}

var operators = map[string]string{
	"+": "ADD", "-": "MINUS", "*": "MULTIPLY", "/": "DIVIDE", "^": "POW", "&": "CONCAT",
	"=": "EQ", "<>": "NE", "<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE",
}

func (ev *eval) binary(op string, l, r Value) Value {
	if l.Kind == Error {
		return l
	}
	if r.Kind == Error {
		return r
	}
	switch op {
	case "&":
		a, _ := ev.text(l)
		b, _ := ev.text(r)
		if len(a)+len(b) > maxText {
			return fail(ErrValue, textTooLong)
		}
		return Str(a + b)
	case "=", "<>", "<", "<=", ">", ">=":
		c := compare(l, r)
		switch op {
		case "=":
			return Boolean(c == 0)
		case "<>":
			return Boolean(c != 0)
		case "<":
			return Boolean(c < 0)
		case "<=":
			return Boolean(c <= 0)
		case ">":
			return Boolean(c > 0)
		}
		return Boolean(c >= 0)
	}
	name := operators[op]
	a, err := ev.number(l, name, 1)
	if err != nil {
		return *err
	}
	b, err := ev.number(r, name, 2)
	if err != nil {
		return *err
	}
	var x float64
	date := None
	switch op {
	case "+":
		x = a + b
		if l.Date == None || r.Date == None {
			date = max(l.Date, r.Date)
		} else {
			date = max(l.Date, r.Date)
			if l.Date == Date && r.Date == Time || l.Date == Time && r.Date == Date {
				date = DateTime
			}
		}
	case "-":
		if x = a - b; math.Abs(x) < math.Abs(a)*1e-15 {
			x = 0 // the remaining digits are rounding errors
		}
		if r.Date == None || r.Date == Time && l.Date != Date {
			date = l.Date
		}
	case "*":
		x = a * b
	case "/":
		if b == 0 {
			return fail(ErrDiv, "Function DIVIDE parameter 2 cannot be zero.")
		}
		x = a / b
	case "^":
		return power("POW", a, b)
	}
	if !finite(x) {
		return fail(ErrNum, fmt.Sprintf("Result was not a number in function %s.", name))
	}
	return Value{Kind: Number, Num: x, Date: date}
}

// A cell holds at most this many characters.
const maxText = 50000 * 4

const textTooLong = "Text result of a formula is longer than the limit of 50000 characters."

func power(name string, a, b float64) Value {
	switch x := math.Pow(a, b); {
	case a == 0 && b < 0:
		return fail(ErrDiv, fmt.Sprintf("Function %s caused a divide by zero error.", name))
	case !finite(x):
		return fail(ErrNum, fmt.Sprintf("%s(%g,%g) is not a real number.", name, a, b))
	default:
		return Num(x)
	}
}

// compare orders two values as = < > do: numbers before texts before booleans, texts
// case-insensitively, and an empty cell equal to 0, "" and FALSE.
func compare(l, r Value) int {
	if l.Kind == Empty {
		l = emptyLike(r)
	}
	if r.Kind == Empty {
		r = emptyLike(l)
	}
	if a, b := order(l), order(r); a != b {
		return a - b
	}
	switch l.Kind {
	case Number:
		return compareNum(l.Num, r.Num)
	case String:
		return compareText(l.Str, r.Str)
	case Bool:
		switch {
		case l.Bool == r.Bool:
			return 0
		case r.Bool:
			return -1
		}
		return 1
	}
	return 0
}

func emptyLike(v Value) Value {
	switch v.Kind {
	case Number:
		return Num(0)
	case String:
		return Str("")
	case Bool:
		return Boolean(false)
	}
	return Value{}
}

func order(v Value) int {
	switch v.Kind {
	case Number:
		return 1
	case String:
		return 2
	case Bool:
		return 3
	}
	return 0
}

// compareNum ignores the last bits, so that 0.1+0.2 equals 0.3.
func compareNum(a, b float64) int {
	switch {
	case a == b || math.Abs(a-b) <= math.Max(math.Abs(a), math.Abs(b))*4e-16:
		return 0
	case a < b:
		return -1
	}
	return 1
}

func compareText(a, b string) int {
	if strings.EqualFold(a, b) {
		return 0
	}
	return strings.Compare(fold(a), fold(b))
}

// fold makes text comparable; ё sorts after е, where its code would put it after я.
func fold(s string) string {
	return foldYo.Replace(strings.ToLower(s))
}

var foldYo = strings.NewReplacer("ё", "е\uffff")
