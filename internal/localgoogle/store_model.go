package localgoogle

import (
	"slices"
	"sync"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// document is one version of a spreadsheet. Committed versions never change: a writer
// makes a new version, copies the tabs and rows that it touches, and replaces API structs
// in them without editing them. So a failed batch is simply dropped, and what must be
// stored is what differs by pointer.
type document struct {
	props   *sheets.SpreadsheetProperties // without the title, which is the file's name
	sheets  []*sheet                      // in the order of the tabs
	named   []*sheets.NamedRange
	meta    []devMeta
	formats *internTable[sheets.CellFormat] // shared by all versions; only grows
	rules   *internTable[sheets.DataValidationRule]
	saved   []byte // the document record as it was last stored
}

// sheet is one tab.
type sheet struct {
	owner       *version // the transaction that may change it
	props       *sheets.SheetProperties
	rows        []*row // up to the last row with content
	cols        []dimension
	merges      []*sheets.GridRange
	conditional []*sheets.ConditionalFormatRule
	protected   []*sheets.ProtectedRange
	basicFilter *sheets.BasicFilter
	charts      []*sheets.EmbeddedChart
	banded      []*sheets.BandedRange
	rowGroups   []*sheets.DimensionGroup
	colGroups   []*sheets.DimensionGroup
	tables      []*sheets.Table
	saved       []byte
	cells       int64  // in all rows, as of the stored version
	above       *table // table to which the last change appended rows; else nil
}

// version marks what belongs to one transaction.
type version struct{ _ byte }

// row is one row of cells, up to the last with content. Rows without an owner may occur
// in several places: a format of whole columns is one row, many times.
type row struct {
	owner *version
	dim   dimension
	cells []cell
}

// dimension is what a row or a column has besides its cells.
type dimension struct {
	size     int32 // pixels; 0 is the default
	hidden   bool
	filtered bool
}

type cellKind uint8

const (
	cellEmpty cellKind = iota
	cellNumber
	cellString
	cellBool
	cellFormula
)

// cell is compact on purpose: a summary has hundreds of thousands of them. format and
// rule are ids in the document's tables.
type cell struct {
	num    float64 // a number, or 1 for TRUE
	str    string  // a text, or a formula with its '='
	ext    *cellExt
	format uint32
	rule   uint32
	kind   cellKind
}

// cellExt is what few cells have. It is replaced, never edited.
type cellExt struct {
	Note  string                  `json:"note,omitempty"`
	Runs  []*sheets.TextFormatRun `json:"runs,omitempty"`
	Chips []*sheets.ChipRun       `json:"chips,omitempty"`
	Pivot *sheets.PivotTable      `json:"pivot,omitempty"`
}

func (c *cell) blank() bool {
	return c.kind == cellEmpty && c.format == 0 && c.rule == 0 && c.ext == nil
}

func (c *cell) note() string {
	if c.ext == nil {
		return ""
	}
	return c.ext.Note
}

// clearValue empties the cell and leaves its format, note and rule.
func (c *cell) clearValue() {
	c.kind, c.num, c.str = cellEmpty, 0, ""
	if c.ext != nil && (c.ext.Runs != nil || c.ext.Chips != nil) {
		c.setExt(func(e *cellExt) { e.Runs, e.Chips = nil, nil })
	}
}

func (c *cell) setExt(change func(*cellExt)) {
	var e cellExt
	if c.ext != nil {
		e = *c.ext
	}
	change(&e)
	if e.Note == "" && len(e.Runs) == 0 && len(e.Chips) == 0 && e.Pivot == nil {
		c.ext = nil
		return
	}
	c.ext = &e
}

// internTable gives equal formats (or rules) one number. It only grows; ids start at 1.
type internTable[T any] struct {
	mu    sync.RWMutex
	byKey map[string]uint32
	list  []*T
}

func newInternTable[T any]() *internTable[T] {
	return &internTable[T]{byKey: map[string]uint32{}, list: []*T{nil}}
}

func (t *internTable[T]) id(v *T) uint32 {
	if v == nil {
		return 0
	}
	key := string(wire.Encode(v, nil, false))
	if key == "{}" {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.byKey[key]; ok {
		return id
	}
	id := uint32(len(t.list))
	t.list = append(t.list, v)
	t.byKey[key] = id
	return id
}

// put adds a stored entry under its own number.
func (t *internTable[T]) put(id uint32, key string, v *T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for uint32(len(t.list)) <= id {
		t.list = append(t.list, nil)
	}
	t.list[id] = v
	t.byKey[key] = id
}

func (t *internTable[T]) get(id uint32) *T {
	if id == 0 {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if int(id) >= len(t.list) {
		return nil
	}
	return t.list[id]
}

func (t *internTable[T]) snapshot() []*T {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clip(t.list)
}

// clone returns an independent copy, for a copied document.
func (t *internTable[T]) clone() *internTable[T] {
	t.mu.RLock()
	defer t.mu.RUnlock()
	c := newInternTable[T]()
	c.list = slices.Clone(t.list)
	for k, v := range t.byKey {
		c.byKey[k] = v
	}
	return c
}

func (d *document) sheet(id int64) *sheet {
	for _, sh := range d.sheets {
		if sh.props.SheetId == id {
			return sh
		}
	}
	return nil
}

func (d *document) locale() string {
	if d.props.Locale == "" {
		return "en_US"
	}
	return d.props.Locale
}

// cellCount returns how much memory the document's cells take, in cells.
func (d *document) cellCount() int64 {
	n := int64(100)
	for _, sh := range d.sheets {
		n += int64(len(sh.rows)) + sh.cells
	}
	return n
}

// weight returns how much memory the row takes, in cells.
func (rw *row) weight() int64 {
	if rw == nil {
		return 0
	}
	return int64(cap(rw.cells))
}

func (sh *sheet) id() int64     { return sh.props.SheetId }
func (sh *sheet) rowCount() int { return int(sh.props.GridProperties.RowCount) }
func (sh *sheet) colCount() int { return int(sh.props.GridProperties.ColumnCount) }
func (sh *sheet) whole() rect   { return rect{0, sh.rowCount(), 0, sh.colCount()} }
func (sh *sheet) isGrid() bool  { return sh.props.SheetType == "GRID" }
func (sh *sheet) title() string { return sh.props.Title }
func (sh *sheet) row(r int) *row {
	if r < 0 || r >= len(sh.rows) {
		return nil
	}
	return sh.rows[r]
}

var noCell cell

// at returns the cell for reading; it is never nil.
func (sh *sheet) at(r, c int) *cell {
	if rw := sh.row(r); rw != nil && c >= 0 && c < len(rw.cells) {
		return &rw.cells[c]
	}
	return &noCell
}

func (sh *sheet) column(c int) dimension {
	if c < len(sh.cols) {
		return sh.cols[c]
	}
	return dimension{}
}

func (sh *sheet) rowDim(r int) dimension {
	if rw := sh.row(r); rw != nil {
		return rw.dim
	}
	return dimension{}
}

// used returns the smallest rectangle from A1 that holds all cells for which keep is
// true.
func (sh *sheet) used(keep func(*cell) bool) rect {
	return sh.usedIn(0, len(sh.rows), keep)
}

// usedIn is used for only some rows, and costs no more than they do.
func (sh *sheet) usedIn(from, to int, keep func(*cell) bool) rect {
	var u rect
	for r := max(from, 0); r < min(to, len(sh.rows)); r++ {
		rw := sh.rows[r]
		if rw == nil {
			continue
		}
		for c := len(rw.cells) - 1; c >= 0; c-- {
			if keep(&rw.cells[c]) {
				u.r1, u.c1 = r+1, max(u.c1, c+1)
				break
			}
		}
	}
	return u
}

func hasValue(c *cell) bool { return c.kind != cellEmpty }

// begin returns a new version of the document, which only its owner may change.
func (d *document) begin() *document {
	n := *d
	n.sheets = slices.Clone(d.sheets)
	n.named = slices.Clone(d.named)
	n.meta = slices.Clone(d.meta)
	return &n
}

// writable returns the tab of the new version; it copies the tab on the first change.
func (d *document) writable(v *version, id int64) *sheet {
	for i, sh := range d.sheets {
		if sh.props.SheetId != id {
			continue
		}
		if sh.owner == v {
			return sh
		}
		n := *sh
		n.owner, n.above = v, nil
		n.rows = slices.Clone(sh.rows)
		n.cols = slices.Clone(sh.cols)
		n.merges = slices.Clone(sh.merges)
		n.conditional = slices.Clone(sh.conditional)
		n.protected = slices.Clone(sh.protected)
		n.charts = slices.Clone(sh.charts)
		n.banded = slices.Clone(sh.banded)
		n.rowGroups = slices.Clone(sh.rowGroups)
		n.colGroups = slices.Clone(sh.colGroups)
		n.tables = slices.Clone(sh.tables)
		d.sheets[i] = &n
		return &n
	}
	return nil
}

// ensureRow returns the row for writing.
func (sh *sheet) ensureRow(r int) *row {
	for len(sh.rows) <= r {
		sh.rows = append(sh.rows, nil)
	}
	rw := sh.rows[r]
	if rw == nil {
		rw = &row{owner: sh.owner}
		sh.rows[r] = rw
	} else if rw.owner != sh.owner {
		rw = &row{owner: sh.owner, dim: rw.dim, cells: slices.Clone(rw.cells)}
		sh.rows[r] = rw
	}
	return rw
}

// ensure returns the cell for writing.
func (sh *sheet) ensure(r, c int) *cell {
	rw := sh.ensureRow(r)
	if c >= len(rw.cells) {
		rw.cells = slices.Grow(rw.cells, c+1-len(rw.cells))
		for len(rw.cells) <= c {
			rw.cells = append(rw.cells, cell{})
		}
	}
	return &rw.cells[c]
}

// likeTheLast runs f to change each row of a stretch. If successive rows are the same
// value, f must change them alike: it runs once, and they stay one.
func (sh *sheet) likeTheLast(from, to int, f func(r int) error) error {
	var old, changed *row
	for r := from; r < to; r++ {
		now := sh.row(r)
		if r > from && now == old {
			if changed != nil {
				for len(sh.rows) <= r {
					sh.rows = append(sh.rows, nil)
				}
				sh.rows[r] = changed
			}
			continue
		}
		old = now
		if err := f(r); err != nil {
			return err
		}
		if changed = sh.row(r); changed != nil && r+1 < to && sh.row(r+1) == old {
			changed.owner = nil // whoever changes one of them must copy it first
		}
	}
	return nil
}

// set replaces a cell; setting a blank where there is no cell does nothing.
func (sh *sheet) set(r, c int, v cell) {
	if v.blank() {
		if rw := sh.row(r); rw == nil || c >= len(rw.cells) {
			return
		}
	}
	*sh.ensure(r, c) = v
}

func (sh *sheet) ensureCol(c int) *dimension {
	for len(sh.cols) <= c {
		sh.cols = append(sh.cols, dimension{})
	}
	return &sh.cols[c]
}

// setGrid changes the size of the grid and drops what is outside.
func (sh *sheet) setGrid(rows, cols int) {
	p := *sh.props
	g := *p.GridProperties
	g.RowCount, g.ColumnCount = int64(rows), int64(cols)
	p.GridProperties = &g
	sh.props = &p
	if len(sh.rows) > rows {
		sh.rows = sh.rows[:rows]
	}
	if len(sh.cols) > cols {
		sh.cols = sh.cols[:cols]
	}
	for r, rw := range sh.rows {
		if rw != nil && len(rw.cells) > cols {
			w := sh.ensureRow(r)
			w.cells = w.cells[:cols:cols]
		}
	}
}

// devMeta is one entry of developer metadata.
type devMeta struct {
	id         int64
	key, value string
	visibility string
	location   string // SPREADSHEET, SHEET, ROW or COLUMN
	sheet      int64
	start, end int // of the row or column
}

func (m devMeta) api() *sheets.DeveloperMetadata {
	l := &sheets.DeveloperMetadataLocation{LocationType: m.location}
	switch m.location {
	case "SPREADSHEET":
		l.Spreadsheet = true
	case "SHEET":
		l.SheetId = m.sheet
		l.ForceSendFields = []string{"SheetId"}
	case "ROW", "COLUMN":
		l.DimensionRange = &sheets.DimensionRange{
			SheetId: m.sheet, Dimension: m.location + "S", StartIndex: int64(m.start), EndIndex: int64(m.end),
			ForceSendFields: []string{"StartIndex"},
		}
	}
	return &sheets.DeveloperMetadata{MetadataId: m.id, MetadataKey: m.key, MetadataValue: m.value, Location: l,
		Visibility: m.visibility}
}
