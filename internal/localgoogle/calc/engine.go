package calc

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// Engine calculates the cells of one spreadsheet. It reads a tab from its Source when a
// formula first reads the tab, and keeps its own copy, which Set and Reset keep up to
// date: a tab of many thousand rows that no formula names costs nothing. Several
// goroutines may use it; it calls the Source under its lock.
type Engine struct {
	src Source
	o   Options
	loc *numfmt.Locale

	mu     sync.Mutex
	sheets map[int64]*sheet // nil until the first Value
	titles map[string]*sheet

	now       time.Time // one moment for all cells of a calculation
	volatiles map[*cell]bool

	stack  []*cell // formulas being calculated, outermost first
	deep   *cell   // the formula at which the calculation became too deep; it restarts from there
	budget *Budget // of the caller that waits for the calculation
	broke  bool    // the budget is spent: discard what is calculated now

	copied atomic.Int64 // cells of all tabs
}

// Copied returns how many cells it has copies of. It waits for no calculation.
func (e *Engine) Copied() int64 { return e.copied.Load() }

type sheet struct {
	Sheet
	e      *Engine
	filled bool      // cells have been read from the source
	cells  [][]*cell // ragged; nil where there is no cell
	single map[pos][]*cell
	byCol  map[int][]dependent // formulas that read a range, by each column of it
	wide   []dependent         // formulas that read a range too wide for that
}

type pos struct{ row, col int }

type dependent struct {
	a area
	c *cell
}

type cell struct {
	sh       *sheet
	row, col int
	formula  string
	val      Value
	ast      node
	parsed   bool
	done     bool // val is calculated
	busy     bool
	circular bool
	dead     bool // replaced by another
	clock    clock
}

// clock says how often a formula changes by itself.
type clock int

const (
	still  clock = iota
	daily        // TODAY
	always       // NOW, RAND
)

// area is a rectangle of cells; r1 and c1 are exclusive.
type area struct {
	sh             *sheet
	r0, c0, r1, c1 int
}

func (a area) rows() int { return a.r1 - a.r0 }
func (a area) cols() int { return a.c1 - a.c0 }

func (a area) has(row, col int) bool {
	return row >= a.r0 && row < a.r1 && col >= a.c0 && col < a.c1
}

// New returns an engine for src. It reads nothing before the first Value.
func New(src Source, o Options) *Engine {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Engine{src: src, o: o, loc: numfmt.Get(o.Locale)}
}

// Reset forgets everything, because the structure changed.
func (e *Engine) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sheets = nil
	e.copied.Store(0)
}

func (e *Engine) build() {
	e.sheets, e.titles, e.volatiles = map[int64]*sheet{}, map[string]*sheet{}, map[*cell]bool{}
	e.now = e.o.Now().In(e.o.Location)
	e.copied.Store(0)
	for _, s := range e.src.Sheets() {
		sh := &sheet{Sheet: s, e: e, single: map[pos][]*cell{}, byCol: map[int][]dependent{}}
		e.sheets[s.ID] = sh
		e.titles[strings.ToLower(s.Title)] = sh
	}
}

// rows returns the cells of the tab, read from the source the first time.
func (sh *sheet) rows() [][]*cell {
	if !sh.filled {
		sh.filled = true
		n := int64(0)
		sh.e.src.Each(sh.ID, func(row, col int, formula string, constant Value) {
			sh.put(row, col, formula, constant)
			n++
		})
		sh.e.copied.Add(n)
	}
	return sh.cells
}

func (sh *sheet) at(row, col int) *cell {
	rows := sh.rows()
	if row < 0 || row >= len(rows) || col < 0 || col >= len(rows[row]) {
		return nil
	}
	return rows[row][col]
}

// put replaces a cell and returns the old one.
func (sh *sheet) put(row, col int, formula string, constant Value) *cell {
	if row < 0 || col < 0 || row >= maxRow || col >= maxCol {
		return nil
	}
	old := sh.at(row, col)
	var c *cell
	switch {
	case formula != "":
		c = &cell{sh: sh, row: row, col: col, formula: formula}
	case constant.Kind != Empty:
		c = &cell{sh: sh, row: row, col: col, val: constant, done: true}
	}
	if c == nil && old == nil {
		return nil
	}
	for len(sh.cells) <= row {
		sh.cells = append(sh.cells, nil)
	}
	for len(sh.cells[row]) <= col {
		sh.cells[row] = append(sh.cells[row], nil)
	}
	sh.cells[row][col] = c
	if old != nil {
		old.dead = true
	}
	return old
}

// Set says that a cell changed; the engine calculates the cells that depend on it again
// when they are next read. An empty formula and an Empty constant clear the cell.
func (e *Engine) Set(sheetID int64, row, col int, formula string, constant Value) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sheets == nil {
		return // the engine will read it from the source
	}
	sh := e.sheets[sheetID]
	if sh == nil || row >= sh.Rows || col >= sh.Cols {
		e.sheets = nil // a new tab or a grown grid
		return
	}
	if sh.filled { // else it is read from the source with the rest
		old := sh.put(row, col, formula, constant)
		delete(e.volatiles, old)
	}
	e.changed(sh, row, col)
	for c := range e.volatiles { // an edit makes NOW and RAND change
		if c.clock == always {
			e.invalidate(c)
		}
	}
}

// changed invalidates the cells that depend on a cell. A formula without a value has no
// dependents with one, so the search stops there.
func (e *Engine) changed(sh *sheet, row, col int) {
	queue := []*cell{{sh: sh, row: row, col: col}}
	for len(queue) > 0 {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		visit := func(d *cell) {
			if d.done {
				d.done, d.circular, d.val = false, false, Value{}
				queue = append(queue, d)
			}
		}
		at := pos{c.row, c.col}
		if list := c.sh.single[at]; list != nil {
			live := list[:0]
			for _, d := range list {
				if !d.dead {
					live = append(live, d)
					visit(d)
				}
			}
			c.sh.single[at] = live
		}
		ranges := func(list []dependent) []dependent {
			live := list[:0]
			for _, d := range list {
				if d.c.dead {
					continue
				}
				live = append(live, d)
				if d.a.has(c.row, c.col) {
					visit(d.c)
				}
			}
			return live
		}
		if list := c.sh.byCol[c.col]; list != nil {
			c.sh.byCol[c.col] = ranges(list)
		}
		c.sh.wide = ranges(c.sh.wide)
	}
}

func (e *Engine) invalidate(c *cell) {
	if c.done {
		c.done, c.circular, c.val = false, false, Value{}
		e.changed(c.sh, c.row, c.col)
	}
}

// Value returns the value of a cell, calculated if it is a formula.
func (e *Engine) Value(sheetID int64, row, col int) Value {
	return e.ValueFor(NewBudget(context.Background()), sheetID, row, col)
}

// ValueFor is Value within a budget. If the budget is spent, the value is an error that
// the engine does not keep: the next caller continues the calculation.
func (e *Engine) ValueFor(b *Budget, sheetID int64, row, col int) Value {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sheets == nil {
		e.build()
	} else {
		e.tick()
	}
	sh := e.sheets[sheetID]
	if sh == nil {
		return Value{}
	}
	c := sh.at(row, col)
	if c == nil {
		return Value{}
	}
	return e.calculate(b, c)
}

// Eval calculates a formula as if it were in that cell, without putting it there, as the
// rules of conditional formats and of validation need. Write it relative to the cell (see
// Relative).
func (e *Engine) Eval(sheetID int64, row, col int, formula string) Value {
	return e.EvalFor(NewBudget(context.Background()), sheetID, row, col, formula)
}

// EvalFor is Eval within a budget.
func (e *Engine) EvalFor(b *Budget, sheetID int64, row, col int, formula string) Value {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sheets == nil {
		e.build()
	} else {
		e.tick()
	}
	sh := e.sheets[sheetID]
	if sh == nil {
		return fail(ErrRef, "Reference does not exist.")
	}
	// The engine records no dependencies for a cell outside the grid, because nothing
	// reads it.
	n, ok := parsedFormulas.parse(formula, e.loc.DecimalComma())
	if !ok {
		return fail(ErrError, parseErrorMsg)
	}
	c := &cell{sh: sh, row: row, col: col, formula: formula, ast: n, parsed: true}
	return e.calculate(b, c)
}

// tick advances the clock: the formulas that show the time change with it.
func (e *Engine) tick() {
	now := e.o.Now().In(e.o.Location)
	if now.Equal(e.now) {
		return
	}
	day := now.YearDay() != e.now.YearDay() || now.Year() != e.now.Year()
	if !day && now.Truncate(time.Minute).Equal(e.now.Truncate(time.Minute)) {
		return
	}
	e.now = now
	for c := range e.volatiles {
		if day || c.clock == always {
			e.invalidate(c)
		}
	}
}

// If a chain of formulas is longer than this, calculation starts from a point further
// down the chain, so that the stack stays small.
const maxDepth = 1000

// calculate returns the value of a cell, however long the chain of formulas that it
// depends on.
func (e *Engine) calculate(b *Budget, c *cell) Value {
	if c.done {
		return c.val
	}
	if e.budget, e.broke = b, false; b.spent() {
		return unfinished
	}
	defer func() { e.budget = nil }()
	work := []*cell{c}
	waiting := map[*cell]bool{c: true}
	for len(work) > 0 {
		top := work[len(work)-1]
		e.deep = nil
		e.value(top)
		if e.broke {
			e.deep = nil
			return unfinished
		}
		if d := e.deep; d != nil {
			if waiting[d] { // a circle longer than the stack
				d.val, d.done, d.circular = circularError, true, true
				continue
			}
			work = append(work, d)
			waiting[d] = true
			continue
		}
		delete(waiting, top)
		work = work[:len(work)-1]
	}
	return c.val
}

var circularError = fail(ErrRef,
	"Circular dependency detected. To resolve with iterative calculation, see File > Settings.")

// value returns the value of a cell while another is calculated. It drops a link: only
// the label is read.
func (e *Engine) value(c *cell) Value {
	if c == nil {
		return Value{}
	}
	if c.done {
		v := c.val
		v.Link = ""
		return v
	}
	if c.busy {
		for i := len(e.stack) - 1; i >= 0; i-- {
			e.stack[i].circular = true
			if e.stack[i] == c {
				break
			}
		}
		return circularError
	}
	if len(e.stack) >= maxDepth {
		if e.deep == nil {
			e.deep = c
		}
		return fail(ErrError, "")
	}
	if !c.parsed {
		e.prepare(c)
	}
	e.stack = append(e.stack, c)
	c.busy = true
	v := (&eval{e: e, sh: c.sh, row: c.row, col: c.col, left: MaxSteps}).cell(c.ast)
	c.busy = false
	e.stack = e.stack[:len(e.stack)-1]
	if e.deep != nil || e.broke {
		c.circular = false
		return v // discarded: the calculation starts again
	}
	if c.circular { // even IFERROR does not catch a circle
		v = circularError
	}
	c.val, c.done = v, true
	v.Link = ""
	return v
}

// The widest range that is recorded under each of its columns.
const narrow = 32

// prepare parses a formula and records what it reads.
func (e *Engine) prepare(c *cell) {
	c.parsed = true
	n, ok := parsedFormulas.parse(c.formula, e.loc.DecimalComma())
	if !ok {
		c.ast = valueNode{fail(ErrError, parseErrorMsg)}
		return
	}
	c.ast = n
	ev := &eval{e: e, sh: c.sh, row: c.row, col: c.col}
	note := func(a area, err *Value) {
		if err != nil {
			return
		}
		switch {
		case a.rows() == 1 && a.cols() == 1:
			p := pos{a.r0, a.c0}
			a.sh.single[p] = append(a.sh.single[p], c)
		case a.cols() > narrow:
			a.sh.wide = append(a.sh.wide, dependent{a, c})
		default:
			for col := a.c0; col < a.c1; col++ {
				a.sh.byCol[col] = append(a.sh.byCol[col], dependent{a, c})
			}
		}
	}
	walk(n, func(n node) {
		switch n := n.(type) {
		case refNode:
			note(ev.area(n.r))
		case nameNode:
			note(ev.named(n.name))
		case callNode:
			switch n.name {
			case "TODAY":
				c.clock = max(c.clock, daily)
			case "NOW", "RAND", "RANDBETWEEN":
				c.clock = always
			}
		}
	})
	if c.clock != still {
		e.volatiles[c] = true
	}
}

// visit calls f for the non-empty cells of an area, row by row, until it returns false.
func (ev *eval) visit(a area, f func(row, col int, v Value) bool) {
	e, rows := ev.e, a.sh.rows()
	for row := a.r0; row < min(a.r1, len(rows)); row++ {
		cells := rows[row]
		if !ev.spend(1 + max(min(a.c1, len(cells))-a.c0, 0)) {
			return
		}
		for col := a.c0; col < min(a.c1, len(cells)); col++ {
			if cells[col] == nil {
				continue
			}
			if v := e.value(cells[col]); e.deep != nil || e.broke || v.Kind != Empty && !f(row, col, v) {
				return
			}
		}
	}
}

func (e *Engine) random() float64 { return rand.Float64() }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
