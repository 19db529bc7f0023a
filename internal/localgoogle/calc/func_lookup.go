package calc

import (
	"strings"
)

var lookup = map[string]function{
	"INDEX": {1, 3, false, func(c *call) operand {
		if !c.has(0) {
			return operand{}
		}
		deep := *c.eval // as at Google, INDEX calculates with whole ranges: INDEX((A1:A9="x")*(B1:B9="y");0)
		deep.arrays = true
		op := deep.eval(c.args[0])
		row, col := c.intOr(1, 0), c.intOr(2, 0)
		if c.err != nil {
			return nothing()
		}
		if op.area == nil && op.arr == nil && op.v.Kind == Error {
			return op
		}
		rows, cols := 1, 1
		switch {
		case op.area != nil:
			rows, cols = op.area.rows(), op.area.cols()
		case op.arr != nil:
			rows, cols = op.arr.rows, op.arr.cols
		}
		if rows == 1 && cols > 1 && !c.has(2) { // one number counts along a single row
			row, col = 0, row
		}
		if row < 0 || row > rows {
			return errorf(ErrNum,
				"Function INDEX parameter 2 value is %d. Valid values are between 0 and %d inclusive.", row, rows)
		}
		if col < 0 || col > cols {
			return errorf(ErrNum,
				"Function INDEX parameter 3 value is %d. Valid values are between 0 and %d inclusive.", col, cols)
		}
		if op.area == nil {
			arr := c.array(op)
			if row == 0 || col == 0 {
				if row == 0 && rows > 1 || col == 0 && cols > 1 {
					return slice(arr, row, col)
				}
			}
			return scalar(arr.at(max(0, row-1), max(0, col-1)))
		}
		a := *op.area
		if row > 0 {
			a.r0 += row - 1
			a.r1 = a.r0 + 1
		}
		if col > 0 {
			a.c0 += col - 1
			a.c1 = a.c0 + 1
		}
		return operand{area: &a}
	}},
	"MATCH": {2, 3, false, func(c *call) operand {
		key := c.value(0)
		list := c.vector(1)
		kind := c.intOr(2, 1)
		if c.err != nil {
			return nothing()
		}
		i := -1
		switch {
		case kind == 0:
			i = findExact(key, list, true)
		case kind > 0:
			i = findSorted(key, list, 1)
		default:
			i = findSorted(key, list, -1)
		}
		if i < 0 {
			return c.notFound(key, "MATCH")
		}
		return number(float64(i + 1))
	}},
	"XMATCH": {2, 4, false, func(c *call) operand {
		key := c.value(0)
		list := c.vector(1)
		i := c.xfind(key, list, c.intOr(2, 0), c.intOr(3, 1))
		if c.err != nil {
			return nothing()
		}
		if i < 0 {
			return c.notFound(key, "XMATCH")
		}
		return number(float64(i + 1))
	}},
	"XLOOKUP": {3, 6, false, func(c *call) operand {
		key := c.value(0)
		if c.err != nil {
			return nothing()
		}
		list := c.vector(1)
		i := c.xfind(key, list, c.intOr(4, 0), c.intOr(5, 1))
		out := c.branch(2)
		if c.err != nil {
			return nothing()
		}
		if i < 0 {
			if c.has(3) {
				return c.branch(3)
			}
			return c.notFound(key, "XLOOKUP")
		}
		rows, cols := 1, 1
		switch {
		case out.area != nil:
			rows, cols = out.area.rows(), out.area.cols()
		case out.arr != nil:
			rows, cols = out.arr.rows, out.arr.cols
		}
		across := c.acrossArg(1)
		if across && cols != len(list) || !across && rows != len(list) {
			return errorf(ErrValue, "Array arguments to XLOOKUP are of different size.")
		}
		row, col := i+1, 0
		if across {
			row, col = 0, i+1
		}
		if rows == 1 || cols == 1 {
			row, col = max(1, row), max(1, col)
		}
		sub := &call{eval: c.eval, name: "INDEX", args: []node{out, number(float64(row)), number(float64(col))}}
		return sub.run(functions["INDEX"])
	}},
	"VLOOKUP": {3, 4, false, func(c *call) operand { return c.xlookup(false) }},
	"HLOOKUP": {3, 4, false, func(c *call) operand { return c.xlookup(true) }},
	"LOOKUP": {2, 3, false, func(c *call) operand {
		key, arr := c.value(0), c.table(1)
		if c.err != nil {
			return nothing()
		}
		// LOOKUP searches the first column, or the first row of a wide table, and takes
		// the result from the last.
		wide := arr.cols > arr.rows
		n := arr.rows
		if wide {
			n = arr.cols
		}
		at := func(a *array, i int, last bool) Value {
			if wide {
				if last {
					return a.at(a.rows-1, i)
				}
				return a.at(0, i)
			}
			if last {
				return a.at(i, a.cols-1)
			}
			return a.at(i, 0)
		}
		list := make([]Value, n)
		for i := range list {
			list[i] = at(arr, i, false)
		}
		i := findSorted(key, list, 1)
		if i < 0 {
			return c.notFound(key, "LOOKUP")
		}
		if c.has(2) {
			out := c.table(2)
			if i >= len(out.v) {
				return errorf(ErrNA, "Value not available.")
			}
			return scalar(out.v[i])
		}
		return scalar(at(arr, i, true))
	}},
	"ADDRESS": {2, 5, true, func(c *call) operand {
		row, col, mode, a1 := c.int(0), c.int(1), c.intOr(2, 1), c.boolOr(3, true)
		if c.err == nil && (row < 1 || col < 1 || row > maxRow || col > maxCol || mode < 1 || mode > 4) {
			return errorf(ErrValue, "Function ADDRESS parameters are out of range.")
		}
		if !a1 {
			return scalar(unsupported("ADDRESS in R1C1 notation"))
		}
		r := ref{a: end{row: row - 1, col: col - 1, absRow: mode <= 2, absCol: mode == 1 || mode == 3}}
		if c.has(4) {
			r.sheet, r.hasSheet = c.str(4), true
		}
		return str(r.String())
	}},
	"HYPERLINK": {1, 2, false, func(c *call) operand {
		url := c.str(0)
		v := Str(url)
		if len(c.args) > 1 {
			if v = c.value(1); v.Kind == Empty {
				v = Str("")
			}
		}
		v.Link = url
		return scalar(v)
	}},
	// The page draws pictures in cells.
	"IMAGE":     {1, 4, false, func(*call) operand { return operand{} }},
	"SPARKLINE": {1, 2, false, func(*call) operand { return operand{} }},
}

func slice(a *array, row, col int) operand {
	out := &array{}
	for r := range a.rows {
		for c := range a.cols {
			if (row == 0 || r == row-1) && (col == 0 || c == col-1) {
				out.v = append(out.v, a.v[r*a.cols+c])
			}
		}
	}
	out.rows, out.cols = a.rows, a.cols
	if row > 0 {
		out.rows = 1
	}
	if col > 0 {
		out.cols = 1
	}
	return operand{arr: out}
}

// vector returns an argument of one row or one column. Of an open-ended area it reads
// only the filled part.
func (c *call) vector(i int) []Value {
	if !c.has(i) {
		return nil
	}
	op := c.branch(i)
	if op.area != nil {
		a := *op.area
		if a.rows() > 1 && a.cols() > 1 {
			c.fail(ErrNA, "%s range must be a single row or a single column.", c.name)
			return nil
		}
		out := make([]Value, a.rows()*a.cols())
		c.visit(a, func(row, col int, v Value) bool {
			out[row-a.r0+col-a.c0] = v
			return true
		})
		return out
	}
	if op.arr != nil {
		if op.arr.rows > 1 && op.arr.cols > 1 {
			c.fail(ErrNA, "%s range must be a single row or a single column.", c.name)
		}
		return op.arr.v
	}
	if op.v.Kind == Error {
		c.keep(&op.v)
	}
	return []Value{op.v}
}

// acrossArg reports whether an argument lies along a row.
func (c *call) acrossArg(i int) bool {
	op := c.branch(i)
	switch {
	case op.area != nil:
		return op.area.cols() > 1
	case op.arr != nil:
		return op.arr.cols > 1
	}
	return false
}

func (c *call) notFound(key Value, function string) operand {
	s, _ := c.text(key)
	return errorf(ErrNA, "Did not find value '%s' in %s evaluation.", s, function)
}

// findExact finds the first equal value; texts may have wildcards.
func findExact(key Value, list []Value, wildcards bool) int {
	if wildcards && key.Kind == String && strings.ContainsAny(key.Str, "*?~") {
		re := wildcard(key.Str)
		for i, v := range list {
			if v.Kind == String && re.MatchString(v.Str) {
				return i
			}
		}
		return -1
	}
	if key.Kind == Empty {
		key = Num(0)
	}
	for i, v := range list {
		if v.Kind == key.Kind && v.Kind != Error && compare(v, key) == 0 {
			return i
		}
	}
	return -1
}

// findSorted finds the last value that is not past the key in a list sorted up (dir 1) or
// down (-1). Values of other kinds are skipped.
func findSorted(key Value, list []Value, dir int) int {
	if key.Kind == Empty {
		key = Num(0)
	}
	found := -1
	for i, v := range list {
		if v.Kind != key.Kind {
			continue
		}
		if compare(v, key)*dir > 0 {
			break
		}
		found = i
	}
	return found
}

// xfind is the search of XLOOKUP: exact, next smaller (-1), next larger (1), wildcards
// (2); from the end with order -1.
func (c *call) xfind(key Value, list []Value, mode, order int) int {
	if c.err != nil {
		return -1
	}
	if mode < -1 || mode > 2 || order < -2 || order > 2 || order == 0 {
		c.fail(ErrNum, "Function %s has an unknown match or search mode.", c.name)
		return -1
	}
	best := -1
	for n := range list {
		i := n
		if order < 0 {
			i = len(list) - 1 - n
		}
		v := list[i]
		if mode == 2 {
			if !c.spend(200) { // for building a regular expression from the key
				return -1
			}
			if findExact(key, list[i:i+1], true) == 0 {
				return i
			}
			continue
		}
		if key.Kind == Empty && v.Kind == Empty {
			return i
		}
		if v.Kind != key.Kind || v.Kind == Error || v.Kind == Empty {
			continue
		}
		switch d := compare(v, key); {
		case d == 0:
			return i
		case mode == -1 && d < 0 && (best < 0 || compare(v, list[best]) > 0),
			mode == 1 && d > 0 && (best < 0 || compare(v, list[best]) < 0):
			best = i
		}
	}
	return best
}

// xlookup is VLOOKUP or, with across, HLOOKUP.
func (c *call) xlookup(across bool) operand {
	key, arr, n, sorted := c.value(0), c.table(1), c.int(2), c.boolOr(3, true)
	if c.err != nil {
		return nothing()
	}
	count, width := arr.rows, arr.cols
	at := arr.at
	if across {
		count, width = arr.cols, arr.rows
		at = func(i, k int) Value { return arr.at(k, i) }
	}
	if n < 1 {
		return errorf(ErrValue, "Function %s parameter 3 value is %d. It should be greater than or equal to 1.",
			c.name, n)
	}
	if n > width {
		return errorf(ErrRef, "%s evaluates to an out of bounds range.", c.name)
	}
	list := make([]Value, count)
	for i := range list {
		list[i] = at(i, 0)
	}
	i := -1
	if sorted {
		i = findSorted(key, list, 1)
	} else {
		i = findExact(key, list, true)
	}
	if i < 0 {
		return c.notFound(key, c.name)
	}
	return scalar(at(i, n-1))
}
