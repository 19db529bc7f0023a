package calc

import "strings"

// EditKind says what happened to rows, columns or a tab.
type EditKind int

// The kinds of edits.
const (
	Insert EditKind = iota
	Delete
	Move
	DeleteSheet
)

// Dimension of an Edit.
type Dimension int

// The dimensions.
const (
	Rows Dimension = iota
	Columns
)

// Edit is a change of a tab's structure: Count rows or columns were inserted at Index,
// deleted from Index on, or moved from Index to before the row or column To (counted
// before the move, as in moveDimension). DeleteSheet needs no other field.
type Edit struct {
	Kind         EditKind
	Dim          Dimension
	Index, Count int
	To           int
}

const refError = "#REF!"

// Shift rewrites the references of a formula on the tab onSheet after an edit of the tab
// edited. References to deleted cells become #REF!. Everything else of the formula stays
// as it was typed.
func Shift(formula string, onSheet string, edited string, e Edit) string {
	if e.Kind != DeleteSheet && (e.Count <= 0 || e.Index < 0) {
		return formula
	}
	if !namesSheet(formula) && !strings.EqualFold(onSheet, edited) {
		return formula
	}
	return rewrite(formula, func(r ref) (ref, bool) {
		sheet := onSheet
		if r.hasSheet {
			sheet = r.sheet
		}
		if !strings.EqualFold(sheet, edited) {
			return r, true
		}
		if e.Kind == DeleteSheet {
			return r, false
		}
		a, b := &r.a.row, &r.b.row
		if e.Dim == Columns {
			a, b = &r.a.col, &r.b.col
		}
		if !r.isRange {
			n := e.point(*a)
			*a = n
			return r, n >= 0
		}
		lo, hi := *a, *b
		swapped := lo >= 0 && hi >= 0 && lo > hi
		if swapped {
			lo, hi = hi, lo
		}
		lo, hi, ok := e.span(lo, hi)
		if swapped {
			lo, hi = hi, lo
		}
		*a, *b = lo, hi
		return r, ok
	})
}

// point returns where one row or column went, -1 if it is gone.
func (e Edit) point(i int) int {
	switch e.Kind {
	case Insert:
		if i >= e.Index {
			return i + e.Count
		}
	case Delete:
		if i >= e.Index+e.Count {
			return i - e.Count
		}
		if i >= e.Index {
			return -1
		}
	case Move:
		switch end := e.Index + e.Count; {
		case e.To >= e.Index && e.To <= end: // onto itself
		case i >= e.Index && i < end && e.To > end:
			return i + e.To - end
		case i >= e.Index && i < end:
			return i - (e.Index - e.To)
		case i >= end && i < e.To:
			return i - e.Count
		case i >= e.To && i < e.Index:
			return i + e.Count
		}
	}
	return i
}

// span returns where the range lo…hi went; -1 is an open end.
func (e Edit) span(lo, hi int) (int, int, bool) {
	if lo < 0 && hi < 0 {
		return lo, hi, true
	}
	switch e.Kind {
	case Insert:
		if lo >= e.Index {
			lo += e.Count
		}
		if hi >= e.Index {
			hi += e.Count
		}
	case Delete:
		end := e.Index + e.Count
		if hi >= 0 && lo >= 0 && lo >= e.Index && hi < end {
			return lo, hi, false
		}
		if lo >= end {
			lo -= e.Count
		} else if lo >= e.Index {
			lo = e.Index
		}
		if hi >= end {
			hi -= e.Count
		} else if hi >= e.Index && hi >= 0 {
			if hi = e.Index - 1; hi < 0 { // only with an open beginning: A:B2
				return lo, hi, false
			}
		}
	case Move:
		end := e.Index + e.Count
		if e.To >= e.Index && e.To <= end {
			return lo, hi, true
		}
		if lo >= e.Index && hi >= 0 && hi < end { // the whole range was moved
			return e.point(lo), e.point(hi), true
		}
		// A range keeps its place: it shrinks by the rows taken out and grows by those
		// put in.
		del := Edit{Kind: Delete, Dim: e.Dim, Index: e.Index, Count: e.Count}
		to := e.To
		if to >= end {
			to -= e.Count
		}
		ins := Edit{Kind: Insert, Dim: e.Dim, Index: to, Count: e.Count}
		lo2, hi2, ok := del.span(lo, hi)
		if !ok {
			return lo, hi, true
		}
		if hi2 >= 0 && to == hi2+1 && hi < end && hi >= e.Index { // the last row moved to the end again
			return lo2, hi2, true
		}
		return ins.span(lo2, hi2)
	}
	return lo, hi, true
}

// Rename rewrites a formula after the tab oldTitle was renamed to newTitle.
func Rename(formula, oldTitle, newTitle string) string {
	if !namesSheet(formula) {
		return formula
	}
	return rewrite(formula, func(r ref) (ref, bool) {
		if r.hasSheet && strings.EqualFold(r.sheet, oldTitle) {
			r.sheet = newTitle
		}
		return r, true
	})
}

// namesSheet reports whether a formula may refer to another tab. Most do not, and need no
// parsing when one changes.
func namesSheet(formula string) bool { return strings.Contains(formula, "!") }

// Block is a rectangle of cells of a tab, 0-based.
type Block struct {
	Sheet                string
	Row, Col, Rows, Cols int
}

func (b Block) has(row, col int) bool {
	return row >= b.Row && row < b.Row+b.Rows && col >= b.Col && col < b.Col+b.Cols
}

// Cut rewrites a formula on the tab onSheet after the cells of one block were cut and
// pasted over another block of the same size. References follow the cells that moved, and
// so does the first or last cell of a range. References to overwritten cells become
// #REF!.
func Cut(formula, onSheet string, from, to Block) string {
	return rewrite(formula, func(r ref) (ref, bool) {
		sheet := onSheet
		if r.hasSheet {
			sheet = r.sheet
		}
		in := func(b Block, row, col int) bool { return strings.EqualFold(sheet, b.Sheet) && b.has(row, col) }
		first, last := in(from, r.a.row, r.a.col), r.isRange && in(from, r.b.row, r.b.col)
		over := in(to, r.a.row, r.a.col) && (!r.isRange || in(to, r.b.row, r.b.col))
		switch same := strings.EqualFold(from.Sheet, to.Sheet); {
		case !first && !last:
			return r, !over
		case r.isRange && first != last && !same: // a range lies on one tab
			return r, true
		case !same:
			r.sheet, r.hasSheet = to.Sheet, true
		}
		if first {
			r.a.row, r.a.col = r.a.row+to.Row-from.Row, r.a.col+to.Col-from.Col
		}
		if last {
			r.b.row, r.b.col = r.b.row+to.Row-from.Row, r.b.col+to.Col-from.Col
		}
		return r, true
	})
}

// Relative rewrites a formula copied dRow rows down and dCol columns to the right:
// references move along, except for the parts that a $ fixes. A reference that leaves the
// grid becomes #REF!.
func Relative(formula string, dRow, dCol int) string {
	return rewrite(formula, func(r ref) (ref, bool) {
		ok := r.a.move(dRow, dCol)
		if r.isRange && !r.b.move(dRow, dCol) {
			ok = false
		}
		return r, ok
	})
}

func (e *end) move(dRow, dCol int) bool {
	if e.row >= 0 && !e.absRow {
		if e.row += dRow; e.row < 0 || e.row >= maxRow {
			return false
		}
	}
	if e.col >= 0 && !e.absCol {
		if e.col += dCol; e.col < 0 || e.col >= maxCol {
			return false
		}
	}
	return true
}

// Tabs returns the titles of the tabs that the formula's references name, with
// repetitions.
func Tabs(formula string) []string {
	var titles []string
	rewrite(formula, func(r ref) (ref, bool) {
		if r.hasSheet {
			titles = append(titles, r.sheet)
		}
		return r, true
	})
	return titles
}

// rewrite applies f to every reference; if f returns false, the reference becomes #REF!.
// A reference that f does not change keeps its spelling.
func rewrite(formula string, f func(ref) (ref, bool)) string {
	if !strings.HasPrefix(formula, "=") {
		return formula
	}
	var b strings.Builder
	done := 0
	// The decimal sign does not change where a reference begins, so the locale does not
	// matter here.
	for _, t := range (lexer{s: formula}).lex() {
		if t.kind != tokRef {
			continue
		}
		r, ok := f(t.ref)
		if ok && r == t.ref {
			continue
		}
		b.WriteString(formula[done:t.pos])
		if ok {
			b.WriteString(r.String())
		} else {
			b.WriteString(refError)
		}
		done = t.end
	}
	if done == 0 {
		return formula
	}
	b.WriteString(formula[done:])
	return b.String()
}
