package workbook

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// structure brings the rows and columns of a tab to stand: their order, those
// that are missing, their tags, widths and what is hidden; and the properties
// and the size of the tab.
func (d *differ) structure(p *plan) {
	t := p.want
	if p.old.seen != nil {
		p.read = true
		p.old = adopt(p.old, t)
		d.after.doubtful = d.after.doubtful || p.old.duplicateDays
	}
	old := p.old
	now := &tabState{
		id: t.ID, key: t.Key, hidden: old.hidden, color: old.color, hideGrid: old.hideGrid,
		frozenRows: old.frozenRows, frozenCols: old.frozenCols, keyCol: t.keyColumn(),
		rules: old.rules, rulesHash: old.rulesHash, protects: old.protects, protect: old.protect,
		charts: old.charts, filter: old.filter, filterHash: old.filterHash,
	}
	p.now = now

	cols := axis{sheet: t.ID, dim: columns, size: old.gridCols, alone: t.Exclusive}
	rws := axis{sheet: t.ID, dim: rows, size: old.gridRows, alone: t.Exclusive}
	colOps := d.placeColumns(p, &cols)
	rowOps := d.placeRows(p, &rws)
	moves := len(cols.reqs)+len(rws.reqs) > 0
	d.formulasShifted = d.formulasShifted || moves
	d.unmerge(p, moves)
	d.ungroup(p, moves)
	needRows, needCols := p.gridSize()
	if !t.Exclusive {
		cols.grow(needCols)
		rws.grow(needRows)
		needRows, needCols = rws.size, cols.size
	}
	d.formulasShifted = d.formulasShifted || needRows < rws.size || needCols < cols.size
	d.add(cols.reqs...)
	d.add(rws.reqs...)
	now.frozenCols = frozenAfter(now.frozenCols, cols.reqs)
	now.frozenRows = frozenAfter(now.frozenRows, rws.reqs)
	d.properties(p, rws.size, cols.size, needRows, needCols)
	switch {
	case p.read && t.Exclusive:
		d.wipe(p)
	case p.read:
		d.sweep(p)
	}
	d.add(colOps...)
	d.add(rowOps...)
	for i, t := range d.after.tabs {
		if t.id == now.id {
			d.after.tabs[i] = now
			return
		}
	}
	d.after.tabs = append(d.after.tabs, now)
}

// frozenAfter is how many lines are frozen once these requests are carried out:
// what is inserted among the frozen ones is frozen, too.
func frozenAfter(frozen int, reqs []*sheets.Request) int {
	for _, r := range reqs {
		switch {
		case r.InsertDimension != nil:
			if d := r.InsertDimension.Range; int(d.StartIndex) < frozen {
				frozen += int(d.EndIndex - d.StartIndex)
			}
		case r.DeleteDimension != nil:
			d := r.DeleteDimension.Range
			frozen -= max(0, min(frozen, int(d.EndIndex))-min(frozen, int(d.StartIndex)))
		}
	}
	return frozen
}

// gridSize is how large the grid must be for everything of the Book and every
// line that is kept; it may be smaller than it is.
func (p *plan) gridSize() (nr, nc int) {
	nr, nc = max(p.want.Rows, p.want.FrozenRows+1), max(p.want.Cols, p.want.FrozenCols+1)
	for _, r := range slices.Concat(p.now.rows, p.now.spareRows) {
		nr = max(nr, r.pos+1)
	}
	for _, c := range slices.Concat(p.now.cols, p.now.spareCols) {
		nc = max(nc, c.pos+1)
	}
	for _, a := range p.want.areas() {
		if box, ok := p.now.box(a); ok {
			nr, nc = max(nr, box.R1), max(nc, box.C1)
		}
	}
	return nr, nc
}

// placeColumns brings the columns to stand and gives the requests to be sent
// after those of the axis: tags, widths, what is hidden and shown.
func (d *differ) placeColumns(p *plan, a *axis) []*sheets.Request {
	t, old := p.want, p.old
	_, n := t.size()
	want := make([]string, n)
	for i := range t.Columns {
		want[i] = t.Columns[i].Key
	}
	var lines []line
	for _, c := range old.cols {
		lines = append(lines, line{c.key, c.pos})
	}
	for _, c := range old.spareCols {
		lines = append(lines, line{c.key, c.pos})
	}
	p.colFrom = match(want, lines)
	if p.made {
		p.colOrigin = a.make(n)
	} else {
		p.colOrigin = a.place(want, lines, p.colFrom, true, 0, t.Exclusive || nameless(want, lines))
	}

	p.now.cols = make([]colState, n)
	var reqs []*sheets.Request
	var fresh []int // inserted: they have the look of their neighbour
	for i := range n {
		c, was := t.column(i), colState{}
		if j := p.colFrom[i]; j >= 0 {
			was = old.column(j)
		}
		p.now.cols[i] = colState{key: c.Key, pos: a.pos[i], width: was.width, hidden: was.hidden}
		if c.Key != "" && (was.key == "" || was.untagged) {
			reqs = append(reqs, tagColumn(t.ID, c.Key, a.pos[i]))
		}
		if p.colOrigin[i] == inserted {
			fresh = append(fresh, a.pos[i])
		}
	}
	for _, r := range runs(fresh) {
		reqs = append(reqs, clearLook(t.ID, Area{C0: r[0], C1: r[1]}))
	}
	for j := range lines {
		pos := a.pos[n+j]
		if pos < 0 {
			continue
		}
		c := old.column(j)
		if c.key == "" {
			p.goneCols = append(p.goneCols, gone{j, pos})
			continue
		}
		p.now.spareCols = append(p.now.spareCols, colState{key: c.key, pos: pos, width: c.width, hidden: c.hidden})
	}
	reqs = append(reqs, d.columnProperties(p)...)
	return reqs
}

// nameless tells whether no line has an identity: then all stand by position.
func nameless(want []string, old []line) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return s != "" }) &&
		!slices.ContainsFunc(old, func(l line) bool { return l.id != "" })
}

// column j of a state: those of the Book first, then the spare ones.
func (t *tabState) column(j int) colState {
	if j < len(t.cols) {
		return t.cols[j]
	}
	return t.spareCols[j-len(t.cols)]
}

func (t *tabState) row(j int) rowState {
	if j < len(t.rows) {
		return t.rows[j]
	}
	return t.spareRows[j-len(t.rows)]
}

// columnProperties sets widths where the Book's have changed, hides columns that
// the Book has no more and shows those that are back.
func (d *differ) columnProperties(p *plan) []*sheets.Request {
	width, show, hide := map[int][]int{}, []int(nil), []int(nil)
	for i := range p.now.cols {
		c, w := &p.now.cols[i], p.want.column(i)
		if w.Width != 0 && w.Width != c.width {
			c.width = w.Width
			width[w.Width] = append(width[w.Width], c.pos)
		}
		switch was := p.wasGrouped(i); {
		case p.want.grouped(i): // whether it is open is the people's business
			c.hidden = false
		case w.Hidden != c.hidden || was:
			c.hidden = w.Hidden
			if w.Hidden {
				hide = append(hide, c.pos)
			} else {
				show = append(show, c.pos)
			}
		}
	}
	for i := range p.now.spareCols {
		if c := &p.now.spareCols[i]; !c.hidden {
			c.hidden = true
			hide = append(hide, c.pos)
		}
	}
	reqs := p.sizes(columns, width)
	for _, r := range runs(hide) {
		reqs = append(reqs, dimensionProperties(p.want.ID, columns, r, &sheets.DimensionProperties{HiddenByUser: true},
			"hiddenByUser"))
	}
	for _, r := range runs(show) {
		reqs = append(reqs, showLines(p.want.ID, columns, r))
	}
	return reqs
}

// sizes sets widths or heights: pixels and the lines that get them.
func (p *plan) sizes(dim string, px map[int][]int) (reqs []*sheets.Request) {
	for _, n := range slices.Sorted(maps.Keys(px)) {
		for _, r := range runs(px[n]) {
			reqs = append(reqs, dimensionProperties(p.want.ID, dim, r, &sheets.DimensionProperties{PixelSize: int64(n)},
				"pixelSize"))
		}
	}
	return reqs
}

func dimensionProperties(sheet int64, dim string, r [2]int, props *sheets.DimensionProperties,
	fields string) *sheets.Request {
	return &sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
		Range: dimension(sheet, dim, r[0], r[1]), Properties: props, Fields: fields,
	}}
}

// showLines shows lines that were hidden.
func showLines(sheet int64, dim string, r [2]int) *sheets.Request {
	return dimensionProperties(sheet, dim, r,
		&sheets.DimensionProperties{ForceSendFields: []string{"HiddenByUser"}}, "hiddenByUser")
}

// clearLook takes away what an inserted line has of its neighbour.
func clearLook(sheet int64, a Area) *sheets.Request {
	return &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{
		Range: gridRange(sheet, a), Cell: &sheets.CellData{}, Fields: "userEnteredFormat,dataValidation",
	}}
}

// placeRows brings the rows to stand and gives the requests to be sent after
// those of the axis. Rows of days are never moved: people sort them. The rows above the
// days are, where a sort has mixed them up with those: formulas count from them.
func (d *differ) placeRows(p *plan, a *axis) []*sheets.Request {
	t, old := p.want, p.old
	n, _ := t.size()
	want := make([]string, n)
	for i := range t.RowIDs {
		want[i] = t.RowIDs[i].id()
	}
	lines := make([]line, 0, len(old.rows)+len(old.spareRows))
	for _, r := range old.rows {
		lines = append(lines, line{r.id(), r.pos})
	}
	for _, r := range old.spareRows {
		lines = append(lines, line{r.id(), r.pos})
	}
	p.rowFrom = match(want, lines)
	if p.made {
		p.rowOrigin = a.make(n)
	} else {
		p.rowOrigin = a.place(want, lines, p.rowFrom, false, t.heading(), true)
	}

	p.now.rows = make([]rowState, n)
	var reqs []*sheets.Request
	var fresh, show []int
	heights := map[int][]int{}
	for i := range n {
		id, was := t.rowID(i), rowState{}
		if j := p.rowFrom[i]; j >= 0 {
			was = old.row(j)
		}
		now := rowState{day: id.Day, tag: id.Tag, pos: a.pos[i], height: was.height}
		if id.Tag != "" && (was.tag != id.Tag || was.untagged) {
			reqs = append(reqs, tagRow(t.ID, id.Tag, now.pos))
		}
		if p.rowOrigin[i] == inserted {
			fresh = append(fresh, now.pos)
		}
		if p.read && now.identified() && lineAt(old.seen.rows, was.pos).hidden && p.rowFrom[i] >= 0 {
			show = append(show, now.pos)
		}
		switch h := t.Heights[i]; {
		case h != 0 && h != was.height:
			now.height = h
			heights[h] = append(heights[h], now.pos)
		case h == 0 && was.height != 0: // it was another row's, for the text that stood there
			now.height = 0
			heights[plainHeight] = append(heights[plainHeight], now.pos)
		}
		p.now.rows[i] = now
	}
	for _, r := range runs(show) {
		reqs = append(reqs, showLines(t.ID, rows, r))
	}
	cols := make([]int, len(p.now.cols))
	for i, c := range p.now.cols {
		cols[i] = c.pos
	}
	colRuns := runs(cols)
	for _, r := range runs(fresh) {
		for _, c := range colRuns {
			reqs = append(reqs, clearLook(t.ID, Area{r[0], c[0], r[1], c[1]}))
		}
	}
	for j := range lines {
		pos := a.pos[n+j]
		if pos < 0 {
			continue
		}
		r := old.row(j)
		if r.identified() {
			r.pos = pos
			p.now.spareRows = append(p.now.spareRows, r)
		}
		// the row of a day may hold what a person typed: it stays as it is
		if j < len(old.rows) && r.day == 0 {
			p.goneRows = append(p.goneRows, gone{j, pos})
		}
	}
	return append(reqs, p.sizes(rows, heights)...)
}

// heading is how many rows with a tag stand above those of days; 0: there are no days.
func (t *Tab) heading() int {
	return max(0, slices.IndexFunc(t.RowIDs, func(id RowID) bool { return id.Day != 0 }))
}

// plainHeight is the height in pixels of a row that nobody made higher.
const plainHeight = 21

func (r RowID) id() string { return rowState{day: r.Day, tag: r.Tag}.id() }

func (r rowState) id() string {
	switch {
	case r.day != 0:
		return "day:" + strconv.FormatFloat(r.day, 'f', -1, 64)
	case r.tag != "":
		return "tag:" + r.tag
	}
	return ""
}

// properties sets what differs of the tab's own properties, and the size of an
// Exclusive tab. hidden is set here only when the tab is to be shown.
func (d *differ) properties(p *plan, rowsHave, colsHave, rowsNeed, colsNeed int) {
	t, now := p.want, p.now
	props := &sheets.SheetProperties{SheetId: t.ID, GridProperties: &sheets.GridProperties{}}
	grid := props.GridProperties
	var fields []string
	set := func(differs bool, field string, force *[]string, name string) bool {
		if differs {
			fields = append(fields, field)
			*force = append(*force, name)
		}
		return differs
	}
	if set(!t.Hidden && now.hidden, "hidden", &props.ForceSendFields, "Hidden") {
		now.hidden = false
	}
	if c := strings.ToUpper(t.TabColor); c != now.color {
		fields = append(fields, "tabColorStyle")
		props.TabColorStyle, now.color = color(c), c
	}
	if set(t.HideGrid != now.hideGrid, "gridProperties.hideGridlines", &grid.ForceSendFields, "HideGridlines") {
		grid.HideGridlines, now.hideGrid = t.HideGrid, t.HideGrid
	}
	if set(t.FrozenRows != now.frozenRows, "gridProperties.frozenRowCount", &grid.ForceSendFields, "FrozenRowCount") {
		grid.FrozenRowCount, now.frozenRows = int64(t.FrozenRows), t.FrozenRows
	}
	if set(t.FrozenCols != now.frozenCols, "gridProperties.frozenColumnCount", &grid.ForceSendFields,
		"FrozenColumnCount") {
		grid.FrozenColumnCount, now.frozenCols = int64(t.FrozenCols), t.FrozenCols
	}
	if rowsNeed != rowsHave {
		fields = append(fields, "gridProperties.rowCount")
		grid.RowCount = int64(rowsNeed)
	}
	if colsNeed != colsHave {
		fields = append(fields, "gridProperties.columnCount")
		grid.ColumnCount = int64(colsNeed)
	}
	now.gridRows, now.gridCols = rowsNeed, colsNeed
	if len(fields) == 0 {
		return
	}
	if !slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, "grid") }) {
		props.GridProperties = nil
	}
	d.add(&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: props, Fields: strings.Join(fields, ","),
	}})
}

// inPlace tells whether every cell stands where the Book has it.
func (p *plan) inPlace() bool {
	for i := range p.now.rows {
		if p.now.rows[i].pos != i {
			return false
		}
	}
	for i := range p.now.cols {
		if p.now.cols[i].pos != i {
			return false
		}
	}
	return true
}

// row is where a row of the Book stands; rows beyond its last follow on.
func (t *tabState) rowAt(r int) int {
	if r < len(t.rows) {
		return t.rows[r].pos
	}
	last := -1
	for _, x := range t.rows {
		last = max(last, x.pos)
	}
	return last + 1 + r - len(t.rows)
}

func (t *tabState) colAt(c int) int {
	if c < len(t.cols) {
		return t.cols[c].pos
	}
	last := -1
	for _, x := range t.cols {
		last = max(last, x.pos)
	}
	return last + 1 + c - len(t.cols)
}

// areas gives the rectangles that an area of the Book has become, top left
// first. A column or row that is gone has none.
func (t *tabState) areas(a Area) []Area {
	var rws, cols []int
	for r := a.R0; r < a.R1; r++ {
		if p := t.rowAt(r); p >= 0 {
			rws = append(rws, p)
		}
	}
	for c := a.C0; c < a.C1; c++ {
		if p := t.colAt(c); p >= 0 {
			cols = append(cols, p)
		}
	}
	var out []Area
	colRuns := runs(cols)
	for _, r := range runs(rws) {
		for _, c := range colRuns {
			out = append(out, Area{r[0], c[0], r[1], c[1]})
		}
	}
	return out
}

// box is the rectangle around all that an area of the Book has become.
func (t *tabState) box(a Area) (Area, bool) {
	parts := t.areas(a)
	if len(parts) == 0 {
		return Area{}, false
	}
	b := parts[0]
	for _, p := range parts[1:] {
		b = Area{min(b.R0, p.R0), min(b.C0, p.C0), max(b.R1, p.R1), max(b.C1, p.C1)}
	}
	return b, true
}
