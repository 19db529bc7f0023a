package workbook

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// structure arranges the rows and columns of a tab: their order, missing ones, their
// tags, widths and what is hidden; and sets the properties and the size of the tab.
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
		charts: old.charts, filter: old.filter, filterHash: old.filterHash, inputs: t.Inputs,
	}
	p.now = now

	cols := axis{sheet: t.ID, dim: columns, size: old.gridCols, alone: t.Exclusive}
	rws := axis{sheet: t.ID, dim: rows, size: old.gridRows, alone: t.Exclusive}
	colOps := d.placeColumns(p, &cols)
	rowOps := d.placeRows(p, &rws)
	moves := len(cols.reqs)+len(rws.reqs) > 0 && !p.sorted // no formula refers to sorted rows
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

// frozenAfter returns how many lines are frozen after these requests: a line that is
// inserted among frozen ones is frozen as well.
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

// gridSize returns the grid size that everything in the Book and every kept line need; it
// may be smaller than the present one.
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

// placeColumns arranges the columns and returns the requests to send after those of the
// axis: tags, widths, what is hidden and shown.
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

// nameless reports whether no line has an identity: then all are known by position.
func nameless(want []string, old []line) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return s != "" }) &&
		!slices.ContainsFunc(old, func(l line) bool { return l.id != "" })
}

// column returns column j of a state: the Book's first, then the spare ones.
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

// columnProperties sets widths that changed in the Book, hides columns that are no longer
// in the Book, and shows those that are back.
func (d *differ) columnProperties(p *plan) []*sheets.Request {
	width, show, hide := map[int][]int{}, []int(nil), []int(nil)
	for i := range p.now.cols {
		c, w := &p.now.cols[i], p.want.column(i)
		if w.Width != 0 && w.Width != c.width {
			c.width = w.Width
			width[w.Width] = append(width[w.Width], c.pos)
		}
		switch was := p.wasGrouped(i); {
		case p.want.grouped(i): // people decide whether it is open
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

// sizes sets widths or heights: px maps pixels to the lines that get them.
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

// showLines shows hidden lines.
func showLines(sheet int64, dim string, r [2]int) *sheets.Request {
	return dimensionProperties(sheet, dim, r,
		&sheets.DimensionProperties{ForceSendFields: []string{"HiddenByUser"}}, "hiddenByUser")
}

// clearLook removes the look that an inserted line took from its neighbour.
func clearLook(sheet int64, a Area) *sheets.Request {
	return &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{
		Range: gridRange(sheet, a), Cell: &sheets.CellData{}, Fields: "userEnteredFormat,dataValidation",
	}}
}

// placeRows arranges the rows and returns the requests to send after those of the axis.
// It never moves rows of days: people sort them. It does move the rows above the days if
// a sort has mixed them up, because formulas count from them.
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
	if from := p.sortedFrom(); from != nil {
		p.rowFrom, p.sorted = from, true
	}
	if p.made {
		p.rowOrigin = a.make(n)
	} else {
		p.rowOrigin = a.place(want, lines, p.rowFrom, p.sorted, t.heading(), true)
	}

	p.now.rows = make([]rowState, n)
	var reqs []*sheets.Request
	var fresh []int
	looks := rowLooks{heights: map[int][]int{}}
	for i := range n {
		id, was := t.rowID(i), rowState{}
		if j := p.rowFrom[i]; j >= 0 {
			was = old.row(j)
		}
		now := rowState{day: id.Day, tag: id.Tag, pos: a.pos[i]}
		if id.Tag != "" && (was.tag != id.Tag || was.untagged) {
			reqs = append(reqs, tagRow(t.ID, id.Tag, now.pos))
		}
		if p.rowOrigin[i] == inserted {
			fresh = append(fresh, now.pos)
		}
		if t.Heights[i] != HiddenRow && p.read && now.identified() && lineAt(old.seen.rows, was.pos).hidden &&
			p.rowFrom[i] >= 0 {
			looks.show = append(looks.show, now.pos)
		}
		now.height = looks.change(now.pos, was.height, t.Heights[i])
		p.now.rows[i] = now
	}
	reqs = append(reqs, looks.shownAndHidden(t.ID)...)
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
		// a day's row may hold what a person typed: it stays as it is
		if j < len(old.rows) && r.day == 0 {
			p.goneRows = append(p.goneRows, gone{j, pos})
		}
	}
	return append(reqs, p.sizes(rows, looks.heights)...)
}

// rowLooks collects the rows whose height changes, or that are shown or hidden.
type rowLooks struct {
	show, hide []int
	heights    map[int][]int // rows by the height that they get
}

// change notes what a row needs that had one height and is to have another, and returns
// the height that it will have.
func (l *rowLooks) change(pos, was, want int) int {
	switch {
	case want == HiddenRow:
		if was != HiddenRow {
			l.hide = append(l.hide, pos)
		}
	case was == HiddenRow:
		l.show = append(l.show, pos)
		l.set(pos, max(want, plainHeight))
	case want != 0 && want != was:
		l.set(pos, want)
	case want == 0 && was != 0: // the height was for the text of another row
		l.set(pos, plainHeight)
	}
	return want
}

func (l *rowLooks) set(pos, height int) { l.heights[height] = append(l.heights[height], pos) }

func (l *rowLooks) shownAndHidden(sheet int64) (reqs []*sheets.Request) {
	for _, r := range runs(l.show) {
		reqs = append(reqs, showLines(sheet, rows, r))
	}
	for _, r := range runs(l.hide) {
		reqs = append(reqs, dimensionProperties(sheet, rows, r, &sheets.DimensionProperties{HiddenByUser: true},
			"hiddenByUser"))
	}
	return reqs
}

// heading returns how many tagged rows there are above those of days; 0: there are no
// days.
func (t *Tab) heading() int {
	return max(0, slices.IndexFunc(t.RowIDs, func(id RowID) bool { return id.Day != 0 }))
}

// plainHeight is the default height of a row in pixels.
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

// properties sets what differs of the tab's own properties, and the size of an Exclusive
// tab. It sets hidden only to show the tab.
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

// inPlace reports whether every cell is where the Book has it.
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

// rowAt returns the position of a row of the Book; rows beyond its last follow on.
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

// areas returns the rectangles that an area of the Book has become, top left first.
// Missing columns and rows have none.
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

// box returns the rectangle around everything that an area of the Book has become.
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
