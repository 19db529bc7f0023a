package workbook

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// spot is a row or column of a tab during the walk over its cells: its position, and its
// index in the Book and in the old state, −1 if it is not there.
type spot struct {
	pos, want, old int
	fresh          bool // made in this Diff: it is empty
	spare          bool // back after it was not in the Book: its cells are not remembered
}

// spots returns the rows or columns of a tab in order of position: n of the Book, of
// which old knows those below known, and those that are gone.
func spots(n int, from []int, origins []origin, pos func(int) int, known int, gone []gone) []spot {
	s := make([]spot, 0, n+len(gone))
	for i := range n {
		at := spot{pos: pos(i), want: i, old: from[i], fresh: origins[i] != wasThere, spare: from[i] >= known}
		if at.spare {
			at.old = -1
		}
		s = append(s, at)
	}
	for _, g := range gone {
		s = append(s, spot{pos: g.pos, want: -1, old: g.from})
	}
	byPos := func(a, b spot) int { return a.pos - b.pos }
	if !slices.IsSortedFunc(s, byPos) {
		slices.SortFunc(s, byPos)
	}
	return s
}

// cellsOf writes the cells of a tab that differ, and records what they hold then.
func (d *differ) cellsOf(p *plan) error {
	now, old := p.now, p.old
	now.vals = make([]uint64, len(now.rows)*len(now.cols))
	now.looks = make([]uint32, len(now.rows)*len(now.cols))
	d.planCopies(p)
	rows := spots(len(now.rows), p.rowFrom, p.rowOrigin, func(i int) int { return now.rows[i].pos }, len(old.rows),
		p.goneRows)
	cols := spots(len(now.cols), p.colFrom, p.colOrigin, func(i int) int { return now.cols[i].pos }, len(old.cols),
		p.goneCols)
	w := cellWalk{d: d, p: p, looks: newPalette(), cellWriter: cellWriter{
		sheet: p.want.ID, cells: &d.cells,
		styles: map[uint64]styleOf{}, checks: map[uint64]*checkOf{},
	}}
	for i := range rows {
		if rows[i].pos >= now.gridRows {
			continue // outside the grid
		}
		w.row(rows[i].pos)
		for j := range cols {
			if cols[j].pos >= now.gridCols {
				continue
			}
			if err := w.cell(&rows[i], &cols[j]); err != nil {
				return fmt.Errorf("cell %s: %w", A1(rows[i].pos, cols[j].pos), err)
			}
		}
		w.endRow()
	}
	now.palette = w.looks.list
	d.add(w.requests()...)
	d.add(d.checkRequests(p, &w.cellWriter)...)
	return nil
}

// cellWalk visits the cells of a tab and collects what differs.
type cellWalk struct {
	cellWriter
	d     *differ
	p     *plan
	looks *palette
}

// content is what a cell holds or should hold.
type content struct {
	val  uint64
	look look
}

// cell compares the cell of row r and column c with what is there.
func (w *cellWalk) cell(r, c *spot) error {
	ours := r.want >= 0 && c.want >= 0
	have, kept := w.have(r, c)
	if !ours && !kept {
		return nil
	}
	cell := &blank
	if ours {
		cell = w.p.want.cell(r.want, c.want)
	}
	str, link := w.texts(cell)
	want, err := w.want(cell, r, c, str, link)
	if err != nil {
		return err
	}
	have.look = w.p.seenLook(r, c, cell, link, have.look, want.look)
	fresh := r.fresh || c.fresh
	write := writes(cell, want.val, have.val, fresh, w.p.want.Exclusive, w.p.want.owns(c.want))
	if w.d.formulasShifted {
		write = write || cell.Kind == Formula && !cell.Open
		if cell.Check != nil && slices.ContainsFunc(cell.Check.Values, isFormula) {
			have.look.check = unknown
		}
	}
	if k := w.p.copyOf(r, c); k != nil {
		if write || have.look.style != want.look.style || have.look.check != want.look.check {
			k.differs(r.want)
		} else if have.look.note != want.look.note {
			w.note(c.pos, cell.Note)
		}
		w.remember(r.want*len(w.p.now.cols)+c.want, cell, want)
		return checkValue(cell)
	}
	switch {
	case write:
		if err := checkValue(cell); err != nil {
			return err
		}
		w.value(c.pos, cell.Kind, cell.Num, str)
	case fresh:
		w.mayBlank(c.pos)
	}
	if have.look.style != want.look.style || write && link != "" {
		// a new text removes the link of the old one
		w.styleTiles.add(c.pos, want.look.style)
	}
	if have.look.check != want.look.check {
		w.checkTiles.add(c.pos, want.look.check)
	}
	if have.look.note != want.look.note {
		w.note(c.pos, cell.Note)
	}
	if ours {
		w.remember(r.want*len(w.p.now.cols)+c.want, cell, want)
	}
	return nil
}

// have returns the present content of the cell, as far as known; kept says that the cell
// was there before.
func (w *cellWalk) have(r, c *spot) (have content, kept bool) {
	old := w.p.old
	switch {
	case r.fresh || c.fresh:
		return content{val: valEmpty}, false
	case r.old >= 0 && c.old >= 0:
		k := r.old*len(old.cols) + c.old
		return content{old.vals[k], old.palette[old.looks[k]]}, true
	case !w.p.want.Exclusive || r.spare || c.spare:
		return content{valUnknown, unknownLook}, false
	}
	return content{val: valBlank}, false
}

// texts returns the text of a cell and its link as they are sent.
func (w *cellWalk) texts(cell *Cell) (str, link string) {
	str, link = cell.Str, cell.Link
	if w.d.inPlace {
		return str, link
	}
	if cell.Kind == Formula {
		str = w.d.translate(w.p, str, nil)
	}
	if link != "" {
		link = w.d.translateLink(link)
	}
	return str, link
}

// want returns the content that the cell should have.
func (w *cellWalk) want(cell *Cell, r, c *spot, str, link string) (want content, err error) {
	want.val = valueCode(cell.Kind, cell.Num, str)
	want.look.note = noteHash(cell.Note)
	if want.look.style, err = w.style(cell.Style, link); err == nil && cell.Check != nil {
		want.look.check, err = w.check(w.d, w.p, cell.Check, r.want, c.want)
	}
	return want, err
}

// remember stores the content of cell k in the new state.
func (w *cellWalk) remember(k int, cell *Cell, want content) {
	if cell.Open {
		want.val = valOpen
	}
	w.p.now.vals[k], w.p.now.looks[k] = want.val, w.looks.index(want.look)
}

// writes reports whether the value of a cell must be written, given what is there. own
// says that only the worker may write the cell.
func writes(c *Cell, want, have uint64, fresh, exclusive, own bool) bool {
	known := stands(have) && have != valUnknown
	switch {
	case c.Open && (fresh || have == valVacant):
		return c.Kind != Blank && want != valEmpty
	case c.Open:
		return known // the value there is ours: the cell has become a person's
	case c.Kind == Blank && own:
		return stands(have) || have == valOpen
	case c.Kind == Blank:
		return known // we wrote it and no longer want it
	case want == valEmpty:
		return have != valEmpty && !(exclusive && have == valBlank)
	}
	return want != have
}

type palette struct {
	list []look
	ids  map[look]uint32
	last look
	id   uint32
}

func newPalette() *palette {
	return &palette{list: []look{{}}, ids: map[look]uint32{{}: 0}}
}

func (p *palette) index(l look) uint32 {
	if l == p.last {
		return p.id
	}
	id, ok := p.ids[l]
	if !ok {
		id = uint32(len(p.list))
		p.list = append(p.list, l)
		p.ids[l] = id
	}
	p.last, p.id = l, id
	return id
}

// styleOf and checkOf are what the hashes in a look stand for.
type styleOf struct {
	style *Style
	link  string
}

type checkOf struct {
	check *Validation
	r, c  int // first cell of the Book that has it: relative references start there
}

// cellCache holds what all tabs of a Diff share.
type cellCache struct {
	hashes map[*Style]uint64
	last   *Style
	hash   uint64
	data   map[dataKey]*sheets.CellData
}

type dataKey struct {
	kind ValueKind
	num  float64
	str  string
}

// cell returns the CellData of a value. Equal ones are shared: a large book has few
// different ones, and the type is large.
func (c *cellCache) cell(kind ValueKind, num float64, str string) *sheets.CellData {
	k := dataKey{kind, num, str}
	if data, ok := c.data[k]; ok {
		return data
	}
	if c.data == nil {
		c.data = make(map[dataKey]*sheets.CellData)
	}
	data := &sheets.CellData{UserEnteredValue: value(kind, num, str)}
	c.data[k] = data
	return data
}

// cellWriter collects what must be written in a tab, row by row from the top, into few
// requests.
type cellWriter struct {
	sheet      int64
	cells      *cellCache
	at         int // row
	values     blocks
	notes      blocks
	styleTiles tiler
	checkTiles tiler
	styles     map[uint64]styleOf
	checks     map[uint64]*checkOf
}

func (w *cellWriter) row(at int) { w.at = at }

func (w *cellWriter) value(col int, kind ValueKind, num float64, str string) {
	w.values.add(w.at, col, w.cells.cell(kind, num, str))
}

func (w *cellWriter) mayBlank(col int) { w.values.may(col) }

func (w *cellWriter) note(col int, note string) {
	w.notes.add(w.at, col, &sheets.CellData{Note: note})
}

func (w *cellWriter) endRow() {
	w.values.endRow(w.at)
	w.notes.endRow(w.at)
	w.styleTiles.endRow(w.at)
	w.checkTiles.endRow(w.at)
}

// style returns the hash of a look, and remembers the look for writing.
func (w *cellWriter) style(s *Style, link string) (uint64, error) {
	if s == nil && link == "" {
		return 0, nil
	}
	var h uint64
	if c := w.cells; link == "" && s == c.last {
		h = c.hash
	} else if known, ok := c.hashes[s]; ok && link == "" {
		h = known
		c.last, c.hash = s, h
	} else {
		if s != nil {
			if err := checkStyle(s); err != nil {
				return 0, err
			}
		}
		h = styleHash(s, link)
		if link == "" {
			if c.hashes == nil {
				c.hashes = make(map[*Style]uint64)
			}
			c.hashes[s], c.last, c.hash = h, s, h
		}
	}
	if _, ok := w.styles[h]; !ok {
		w.styles[h] = styleOf{s, link}
	}
	return h, nil
}

// check returns the hash of a validation as it is sent, and remembers the validation.
func (w *cellWriter) check(d *differ, p *plan, v *Validation, r, c int) (uint64, error) {
	if v.Kind == "" {
		return 0, fmt.Errorf("its validation has no kind")
	}
	h := checkHash(v, d.conditionValues(p, v.Kind, v.Values, nil))
	if seen, ok := w.checks[h]; !ok {
		w.checks[h] = &checkOf{v, r, c}
	} else if r < seen.r || r == seen.r && c < seen.c {
		seen.r, seen.c = r, c
	}
	return h, nil
}

// requests returns the requests in the order in which they must happen: values before
// looks, because a value may bring a number format or lose a link.
func (w *cellWriter) requests() (reqs []*sheets.Request) {
	reqs = append(reqs, w.values.requests(w.sheet, "userEnteredValue")...)
	reqs = append(reqs, w.styleRequests()...)
	return append(reqs, w.notes.requests(w.sheet, "note")...)
}

// styleRequests sets looks: rectangles with repeatCell, and cells that differ from their
// neighbours, as lights and links do, one by one, which is shorter. If those differ only
// in number formats and colours, as figures of many KPIs and lights do, or only in links,
// as names do, it writes what they share once: that is most of each.
func (w *cellWriter) styleRequests() (reqs []*sheets.Request) {
	data := map[uint64]*sheets.CellData{}
	cell := func(key uint64) *sheets.CellData {
		if data[key] == nil {
			s := w.styles[key]
			data[key] = &sheets.CellData{UserEnteredFormat: format(s.style, s.link)}
		}
		return data[key]
	}
	repeat := func(a Area, c *sheets.CellData) {
		reqs = append(reqs, &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{
			Range: gridRange(w.sheet, a), Fields: "userEnteredFormat", Cell: c,
		}})
	}
	var small []tile // single cells
	for _, t := range w.styleTiles.done() {
		if !t.small() {
			repeat(t.Area, cell(t.key))
			continue
		}
		for r := t.R0; r < t.R1; r++ {
			for c := t.C0; c < t.C1; c++ {
				small = append(small, tile{Area{R0: r, C0: c}, t.key})
			}
		}
	}
	slices.SortFunc(small, byPlace)

	bases := map[uint64]*Style{} // looks without their number formats, with the most frequent colours
	based := map[[2]int]*Style{}
	for _, t := range w.shared(small, bases) {
		base := bases[t.key]
		if base == nil || t.small() {
			continue
		}
		repeat(t.Area, &sheets.CellData{UserEnteredFormat: format(base, "")})
		for r := t.R0; r < t.R1; r++ {
			for c := t.C0; c < t.C1; c++ {
				based[[2]int{r, c}] = base
			}
		}
	}
	var whole, numbers, colored, linked blocks
	part := map[uint64]*sheets.CellData{} // what a look has beyond its base
	say := func(key uint64, f *sheets.CellFormat) *sheets.CellData {
		if part[key] == nil {
			part[key] = &sheets.CellData{UserEnteredFormat: f}
		}
		return part[key]
	}
	for i, t := range small {
		if i > 0 && small[i-1].R0 < t.R0 {
			for _, b := range []*blocks{&whole, &numbers, &colored, &linked} {
				b.endRow(small[i-1].R0)
			}
		}
		base, look := based[[2]int{t.R0, t.C0}], w.styles[t.key]
		f := cell(t.key).UserEnteredFormat
		switch {
		case base == nil:
			whole.add(t.R0, t.C0, cell(t.key))
		case look.link != "":
			linked.add(t.R0, t.C0, say(t.key, &sheets.CellFormat{TextFormat: f.TextFormat}))
		case base.Color == look.style.Color && base.Background == look.style.Background:
			numbers.add(t.R0, t.C0, say(t.key, &sheets.CellFormat{NumberFormat: f.NumberFormat}))
		default:
			colored.add(t.R0, t.C0, say(t.key, &sheets.CellFormat{NumberFormat: f.NumberFormat,
				BackgroundColorStyle: f.BackgroundColorStyle,
				TextFormat:           &sheets.TextFormat{ForegroundColorStyle: color(look.style.Color)}}))
		}
	}
	reqs = append(reqs, whole.requests(w.sheet, "userEnteredFormat")...)
	reqs = append(reqs, numbers.requests(w.sheet, "userEnteredFormat.numberFormat")...)
	reqs = append(reqs, colored.requests(w.sheet, formatAndColors)...)
	return append(reqs, linked.requests(w.sheet, "userEnteredFormat.textFormat")...)
}

// formatAndColors are the fields in which looks that share a base may differ.
const formatAndColors = "userEnteredFormat(numberFormat,backgroundColorStyle,textFormat.foregroundColorStyle)"

// shared covers cells, sorted by place, with rectangles of looks that are equal except
// for number formats and colours. It stores those looks by key in bases, with the colours
// that most of their cells have. Looks with links are equal except for the link.
func (w *cellWriter) shared(cells []tile, bases map[uint64]*Style) []tile {
	var tiles tiler
	baseOf := map[uint64]uint64{}
	count, most := map[uint64]int{}, map[uint64]int{} // cells of a look; of a base's most frequent look
	for i, t := range cells {
		if i > 0 && cells[i-1].R0 < t.R0 {
			tiles.endRow(cells[i-1].R0)
		}
		s := w.styles[t.key]
		key, known := baseOf[t.key]
		if !known {
			key = t.key
			switch {
			case s.style == nil:
			case s.link != "":
				key = styleHash(s.style, "#")
				bases[key] = s.style
			default:
				base := *s.style
				base.Format, base.Color, base.Background = NumberFormat{}, "", ""
				key = styleHash(&base, "")
			}
			baseOf[t.key] = key
		}
		if count[t.key]++; s.style != nil && s.link == "" && count[t.key] > most[key] {
			base := *s.style
			base.Format = NumberFormat{}
			bases[key], most[key] = &base, count[t.key]
		}
		tiles.add(t.C0, key)
	}
	if len(cells) > 0 {
		tiles.endRow(cells[len(cells)-1].R0)
	}
	return tiles.done()
}

// blocks collects cells for updateCells: runs of a row, and rows one under another that
// begin in the same column.
type blocks struct {
	open []*block // those that the next row may extend
	all  []*block
	run  *block // of the current row
	mayC int    // cells [mayC, mayEnd) before the current one may be blanked
	mayE int
}

type block struct {
	r, c  int
	rows  []*sheets.RowData
	cells int
	last  int // last row written
}

const (
	maxBlock  = 20_000 // cells of one request, so that Split finds places to cut
	maxFill   = 40     // blank cells that are cheaper than another request
	maxRowGap = 20
	maxSmall  = 3 // rectangles of up to so many cells are written cell by cell
)

var blankCell = &sheets.CellData{}

func (b *blocks) may(col int) {
	if b.mayE != col || b.mayC == b.mayE {
		b.mayC = col
	}
	b.mayE = col + 1
}

// add adds a cell of the current row; columns come from left to right.
func (b *blocks) add(row, col int, cell *sheets.CellData) {
	mayFrom := col
	if b.mayE == col && b.mayC < b.mayE {
		mayFrom = b.mayC
	}
	b.mayC, b.mayE = 0, 0
	if b.run != nil {
		last := b.run.rows[len(b.run.rows)-1]
		next := b.run.c + len(last.Values)
		if mayFrom <= next && col-next <= maxFill {
			for ; next < col; next++ {
				last.Values = append(last.Values, blankCell)
			}
			last.Values = append(last.Values, cell)
			b.run.cells++
			return
		}
	}
	start := col
	b.run = nil
	for _, o := range b.open {
		if o.c >= mayFrom && o.c <= col && col-o.c <= maxFill && o.last < row && row-o.last <= maxRowGap &&
			o.cells < maxBlock {
			b.run, start = o, o.c
			break
		}
	}
	if b.run == nil {
		b.run = &block{r: row, c: col, last: row - 1}
		b.all = append(b.all, b.run)
		b.open = append(b.open, b.run)
	}
	for b.run.last < row-1 {
		b.run.rows = append(b.run.rows, &sheets.RowData{})
		b.run.last++
	}
	values := make([]*sheets.CellData, 0, col-start+1)
	for ; start < col; start++ {
		values = append(values, blankCell)
	}
	b.run.rows = append(b.run.rows, &sheets.RowData{Values: append(values, cell)})
	b.run.last = row
	b.run.cells++
}

func (b *blocks) endRow(row int) {
	b.run, b.mayC, b.mayE = nil, 0, 0
	b.open = slices.DeleteFunc(b.open, func(o *block) bool { return row-o.last >= maxRowGap || o.cells >= maxBlock })
}

func (b *blocks) requests(sheet int64, fields string) (reqs []*sheets.Request) {
	for _, k := range b.all {
		reqs = append(reqs, k.request(sheet, fields))
	}
	return reqs
}

func (k *block) request(sheet int64, fields string) *sheets.Request {
	return &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
		Start: &sheets.GridCoordinate{SheetId: sheet, RowIndex: int64(k.r), ColumnIndex: int64(k.c)},
		Rows:  k.rows, Fields: fields,
	}}
}

// tiler covers cells of equal key with rectangles: runs of a row that grow downwards as
// long as the next row has the same run.
type tiler struct {
	row    []tile // runs of the current row
	open   []tile // of the rows above, from left to right
	closed []tile
}

type tile struct {
	Area
	key uint64
}

// add adds a cell of the current row; columns come from left to right.
func (t *tiler) add(col int, key uint64) {
	if n := len(t.row); n > 0 && t.row[n-1].C1 == col && t.row[n-1].key == key {
		t.row[n-1].C1++
		return
	}
	t.row = append(t.row, tile{Area{C0: col, C1: col + 1}, key})
}

func (t *tiler) endRow(row int) {
	if len(t.row) == 0 && len(t.open) == 0 {
		return
	}
	i := 0
	for k := range t.row {
		run := &t.row[k]
		run.R0, run.R1 = row, row+1
		for i < len(t.open) && t.open[i].C0 < run.C0 {
			t.closed = append(t.closed, t.open[i])
			i++
		}
		if i < len(t.open) {
			if o := t.open[i]; o.C0 == run.C0 && o.C1 == run.C1 && o.key == run.key && o.R1 == row {
				run.R0 = o.R0
				i++
			}
		}
	}
	t.closed = append(t.closed, t.open[i:]...)
	t.open, t.row = t.row, t.open[:0]
}

// small reports whether it is better to write the cells one by one.
func (t tile) small() bool { return (t.R1-t.R0)*(t.C1-t.C0) <= maxSmall }

func byPlace(a, b tile) int {
	if a.R0 != b.R0 {
		return a.R0 - b.R0
	}
	return a.C0 - b.C0
}

// done returns the rectangles, top ones first.
func (t *tiler) done() []tile {
	all := append(t.closed, t.open...)
	slices.SortFunc(all, byPlace)
	t.closed, t.open = nil, nil
	return all
}

// shift is where relative references of a rule start: in the Book, and on the sheet.
type shift struct{ bookRow, bookCol, row, col int }

// translate turns the references of a formula into the real positions of the cells. With
// a shift, relative ones move along with the cell from which they start.
func (d *differ) translate(p *plan, formula string, s *shift) string {
	return rewrite(formula, func(title string, r reference) (string, reference) {
		q := p
		if title != "" {
			if q = d.titled(title); q == nil {
				return title, r
			}
			title = q.title
		}
		return title, q.now.place(r, s, p.now)
	})
}

// titled returns the plan of the Book's tab with a title.
func (d *differ) titled(title string) *plan {
	if d.byTitle == nil {
		d.byTitle = map[string]*plan{}
		for _, p := range d.plans {
			if k := strings.ToLower(p.want.Title); d.byTitle[k] == nil {
				d.byTitle[k] = p
			}
		}
	}
	return d.byTitle[strings.ToLower(title)]
}

// place turns a reference of the Book into its real position in the tab. base is the tab
// of the rule that a shift belongs to.
func (t *tabState) place(r reference, s *shift, base *tabState) reference {
	dr, dc := 0, 0
	if s != nil {
		dr, dc = s.row-base.rowAt(s.bookRow), s.col-base.colAt(s.bookCol)
	}
	end0, end1 := r.r0, r.c0
	if r.isRange {
		end0, end1 = r.r1, r.c1
	}
	r0, r1 := span(r.r0, end0, len(t.rows), t.rowAt)
	c0, c1 := span(r.c0, end1, len(t.cols), t.colAt)
	add := func(v int, abs bool, by int) int {
		if v < 0 || abs {
			return v
		}
		return max(0, v+by)
	}
	r.r0, r.c0 = add(r0, r.ar0, dr), add(c0, r.ac0, dc)
	if r.isRange {
		r.r1, r.c1 = add(r1, r.ar1, dr), add(c1, r.ac1, dc)
	}
	return r
}

// span returns the first and the last position of the lines from … to. An open end stays
// open.
func span(from, to, known int, at func(int) int) (int, int) {
	if from < 0 {
		return from, to
	}
	lo, hi := at(from), at(from)
	last := to
	if to < 0 {
		last = known - 1
	}
	if to < from && to >= 0 {
		from, last = to, from
		lo, hi = at(from), at(from)
	}
	for i := from; i <= min(last, known-1); i++ {
		if p := at(i); p >= 0 {
			if lo < 0 {
				lo = p
			}
			lo, hi = min(lo, p), max(hi, p)
		}
	}
	if last >= known {
		hi = max(hi, at(last))
	}
	if to < 0 {
		return lo, to
	}
	return lo, hi
}

func isFormula(s string) bool { return strings.HasPrefix(s, "=") }

// conditionValues returns the values of a condition as they are sent.
func (d *differ) conditionValues(p *plan, kind string, values []string, s *shift) []string {
	if d.inPlace && s == nil {
		return values
	}
	out := values
	for i, v := range values {
		if !isFormula(v) {
			continue
		}
		if kind != "CUSTOM_FORMULA" {
			// ONE_OF_RANGE and comparisons name fixed cells
			v = d.translate(p, v, nil)
		} else {
			v = d.translate(p, v, s)
		}
		if v != values[i] {
			if &out[0] == &values[0] {
				out = slices.Clone(values)
			}
			out[i] = v
		}
	}
	return out
}

// translateLink turns the range of a link inside the spreadsheet, #gid=…&range=…, into
// its real position.
func (d *differ) translateLink(link string) string {
	rest, ok := strings.CutPrefix(link, "#gid=")
	if !ok {
		return link
	}
	gid, ref, ok := strings.Cut(rest, "&range=")
	if !ok {
		return link
	}
	if d.byID == nil {
		d.byID = map[string]*plan{}
		for _, p := range d.plans {
			d.byID[itoa(p.want.ID)] = p
		}
	}
	p := d.byID[gid]
	if p == nil {
		return link
	}
	r, n := parseReference(ref)
	if n == 0 || n != len(ref) {
		return link
	}
	return Link(p.want.ID, p.now.place(r, nil, nil).String())
}

// checkRequests sets validations. Relative references of a formula start at the first
// cell of the Book that has the rule.
func (d *differ) checkRequests(p *plan, w *cellWriter) (reqs []*sheets.Request) {
	for _, t := range w.checkTiles.done() {
		r := &sheets.SetDataValidationRequest{Range: gridRange(w.sheet, t.Area)}
		if t.key != 0 {
			k := w.checks[t.key]
			s := &shift{k.r, k.c, t.R0, t.C0}
			r.Rule = validation(k.check, d.conditionValues(p, k.check.Kind, k.check.Values, s))
		}
		reqs = append(reqs, &sheets.Request{SetDataValidation: r})
	}
	return reqs
}
