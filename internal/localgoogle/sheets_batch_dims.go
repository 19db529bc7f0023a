package localgoogle

import (
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

// stretch is a run of rows or columns of a tab.
type stretch struct {
	sh         *sheet
	rows       bool
	start, end int
}

func (s stretch) size() int {
	if s.rows {
		return s.sh.rowCount()
	}
	return s.sh.colCount()
}

func (s stretch) area() rect {
	if s.rows {
		return rect{s.start, s.end, 0, s.sh.colCount()}
	}
	return rect{0, s.sh.rowCount(), s.start, s.end}
}

func (s stretch) word() string {
	if s.rows {
		return "row"
	}
	return "column"
}

// stretchOf reads a DimensionRange. A missing end is the end of the grid.
func (t *tx) stretchOf(d *sheets.DimensionRange) (stretch, error) {
	if d == nil {
		return stretch{}, wire.BadRequest("No range specified.")
	}
	sh := t.doc.sheet(d.SheetId)
	if sh == nil {
		return stretch{}, wire.BadRequest("No grid with id: %d", d.SheetId)
	}
	s := stretch{sh: sh, start: int(d.StartIndex), end: int(d.EndIndex)}
	switch d.Dimension {
	case "ROWS":
		s.rows = true
	case "COLUMNS":
	default:
		return s, wire.BadRequest("Must specify a dimension.")
	}
	if d.EndIndex == 0 && !slices.Contains(d.ForceSendFields, "EndIndex") {
		s.end = s.size()
	}
	if d.StartIndex < 0 || d.EndIndex < 0 {
		return s, wire.BadRequest("DimensionRange indexes must be >= 0")
	}
	if s.end < s.start {
		return s, wire.BadRequest("Invalid dimension range: start %d, end %d.", s.start, s.end)
	}
	return s, nil
}

// existing is stretchOf for rows or columns that must exist, to be changed.
func (t *tx) existing(d *sheets.DimensionRange) (stretch, error) {
	s, err := t.stretchOf(d)
	if err != nil {
		return s, err
	}
	if s.end > s.size() {
		return s, wire.BadRequest("Cannot access a %s that doesn't exist. Tried to access %s index %d but there are "+
			"only %d %ss.", s.word(), s.word(), s.end-1, s.size(), s.word())
	}
	if err := t.guardCells(s.sh.id(), s.area()); err != nil {
		return s, err
	}
	s.sh, err = t.sheetFor(s.sh.id())
	return s, err
}

func (t *tx) updateDimensionProperties(req *sheets.UpdateDimensionPropertiesRequest) error {
	m, err := fieldMask[sheets.DimensionProperties](req.Fields)
	if err != nil {
		return err
	}
	s, err := t.existing(req.Range)
	if err != nil {
		return err
	}
	p := req.Properties
	if p == nil {
		p = &sheets.DimensionProperties{}
	}
	if p.PixelSize < 0 || p.PixelSize > 100_000 {
		return wire.BadRequest("Invalid pixelSize: %d", p.PixelSize)
	}
	if m.Has("hiddenByUser") && p.HiddenByUser && s.start == 0 && s.end == s.size() {
		return wire.BadRequest("You can't hide all the %ss in a sheet.", s.word())
	}
	for i := s.start; i < s.end; i++ {
		d := s.dim(i)
		if m.Has("hiddenByUser") {
			d.hidden = p.HiddenByUser
		}
		if m.Has("pixelSize") {
			d.size = int32(p.PixelSize)
		}
		s.setDim(i, d)
	}
	return nil
}

func (s stretch) dim(i int) dimension {
	if s.rows {
		return s.sh.rowDim(i)
	}
	return s.sh.column(i)
}

func (s stretch) setDim(i int, d dimension) {
	if s.dim(i) == d {
		return
	}
	if s.rows {
		s.sh.ensureRow(i).dim = d
		return
	}
	*s.sh.ensureCol(i) = d
}

func (t *tx) insertDimensionRequest(req *sheets.InsertDimensionRequest) error {
	s, err := t.stretchOf(req.Range)
	if err != nil {
		return err
	}
	if s.end == s.start {
		return wire.BadRequest("Must insert at least one %s.", s.word())
	}
	if s.end-s.start > maxCells {
		return errTooManyCells()
	}
	if s.start > s.size() {
		return wire.BadRequest("range.startIndex is larger than current grid size (%d)", s.size())
	}
	if s.start == s.size() && !req.InheritFromBefore {
		return wire.BadRequest("range.startIndex must be less than the grid size (%d) if inheritFromBefore is false.",
			s.size())
	}
	if req.InheritFromBefore && s.start == 0 {
		return wire.BadRequest("inheritFromBefore cannot be true if the insertion is at the start of the sheet.")
	}
	if err := t.guardInsert(s); err != nil {
		return err
	}
	sh, err := t.sheetFor(s.sh.id())
	if err != nil {
		return err
	}
	return t.insertDimension(sh, s.rows, s.start, s.end-s.start, req.InheritFromBefore)
}

// insertDimension inserts n blank rows or columns before index at. They look like those
// before them or, if before is false, like those after.
func (t *tx) insertDimension(sh *sheet, rows bool, at, n int, before bool) error {
	g := sh.props.GridProperties
	if rows {
		if err := t.checkSize(sh, sh.rowCount()+n, sh.colCount()); err != nil {
			return err
		}
	} else if err := t.checkSize(sh, sh.rowCount(), sh.colCount()+n); err != nil {
		return err
	}
	model := at
	if before {
		model = at - 1
	}
	t.restructure(sh, structureEdit{kind: calc.Insert, rows: rows, at: at, n: n})
	if rows {
		insertRows(sh, at, n, model)
	} else {
		insertCols(sh, at, n, model)
	}
	p, ng := *sh.props, *g
	if rows {
		ng.RowCount += int64(n)
		if int64(at) < g.FrozenRowCount {
			ng.FrozenRowCount += int64(n)
		}
	} else {
		ng.ColumnCount += int64(n)
		if int64(at) < g.FrozenColumnCount {
			ng.FrozenColumnCount += int64(n)
		}
	}
	p.GridProperties = &ng
	sh.props = &p
	return nil
}

// likeness returns an empty cell with the looks of another.
func likeness(c *cell) cell { return cell{format: c.format, rule: c.rule} }

func insertRows(sh *sheet, at, n, model int) {
	source := sh.row(model)
	if at > len(sh.rows) {
		if source == nil {
			return
		}
		for len(sh.rows) < at {
			sh.rows = append(sh.rows, nil)
		}
	}
	fresh := make([]*row, n)
	if source != nil {
		for i := range fresh {
			rw := &row{owner: sh.owner, dim: dimension{size: source.dim.size}}
			for c := range source.cells {
				rw.cells = append(rw.cells, likeness(&source.cells[c]))
			}
			fresh[i] = rw
		}
	}
	sh.rows = slices.Insert(sh.rows, at, fresh...)
}

func insertCols(sh *sheet, at, n, model int) {
	for r, rw := range sh.rows {
		if rw == nil || len(rw.cells) < at || len(rw.cells) == at && sh.at(r, model).blank() {
			continue
		}
		like := likeness(sh.at(r, model))
		rw = sh.ensureRow(r)
		rw.cells = slices.Insert(rw.cells, at, slices.Repeat([]cell{like}, n)...)
	}
	if len(sh.cols) > at || len(sh.cols) == at && model < at {
		size := sh.column(model).size
		for len(sh.cols) < at {
			sh.cols = append(sh.cols, dimension{})
		}
		sh.cols = slices.Insert(sh.cols, at, slices.Repeat([]dimension{{size: size}}, n)...)
	}
}

func (t *tx) deleteDimensionRequest(req *sheets.DeleteDimensionRequest) error {
	s, err := t.stretchOf(req.Range)
	if err != nil {
		return err
	}
	if s.end > s.size() {
		return wire.BadRequest("Cannot delete a %s that doesn't exist. Tried to delete %s index %d but there are "+
			"only %d %ss.", s.word(), s.word(), max(s.start, s.size()), s.size(), s.word())
	}
	if s.start == 0 && s.end == s.size() {
		return wire.BadRequest("You can't delete all the %ss on the sheet.", s.word())
	}
	if s.end == s.start {
		return nil
	}
	frozen := int(s.sh.props.GridProperties.FrozenColumnCount)
	if s.rows {
		frozen = int(s.sh.props.GridProperties.FrozenRowCount)
	}
	if frozen > 0 && s.start <= frozen && s.end == s.size() {
		return wire.BadRequest("Sorry, it is not possible to delete all non-frozen %ss.", s.word())
	}
	if err := t.guardCells(s.sh.id(), s.area()); err != nil {
		return err
	}
	sh, err := t.sheetFor(s.sh.id())
	if err != nil {
		return err
	}
	return t.deleteDimension(sh, s.rows, s.start, s.end-s.start)
}

func (t *tx) deleteDimension(sh *sheet, rows bool, at, n int) error {
	t.restructure(sh, structureEdit{kind: calc.Delete, rows: rows, at: at, n: n})
	g := *sh.props.GridProperties
	cutFrozen := func(frozen int64) int64 {
		return frozen - max(0, min(frozen, int64(at+n))-min(frozen, int64(at)))
	}
	if rows {
		if at < len(sh.rows) {
			sh.rows = slices.Delete(sh.rows, at, min(at+n, len(sh.rows)))
		}
		g.RowCount -= int64(n)
		g.FrozenRowCount = cutFrozen(g.FrozenRowCount)
	} else {
		for r, rw := range sh.rows {
			if rw != nil && len(rw.cells) > at {
				w := sh.ensureRow(r)
				w.cells = slices.Delete(w.cells, at, min(at+n, len(w.cells)))
			}
		}
		if at < len(sh.cols) {
			sh.cols = slices.Delete(sh.cols, at, min(at+n, len(sh.cols)))
		}
		g.ColumnCount -= int64(n)
		g.FrozenColumnCount = cutFrozen(g.FrozenColumnCount)
	}
	p := *sh.props
	p.GridProperties = &g
	sh.props = &p
	return nil
}

func (t *tx) appendDimension(req *sheets.AppendDimensionRequest) error {
	if req.Length <= 0 || req.Length > maxCells {
		return wire.BadRequest("The length must be between 1 and %d: %d", maxCells, req.Length)
	}
	sh, err := t.sheetFor(req.SheetId)
	if err != nil {
		return err
	}
	rows, cols := sh.rowCount(), sh.colCount()
	switch req.Dimension {
	case "ROWS":
		rows += int(req.Length)
	case "COLUMNS":
		cols += int(req.Length)
	default:
		return wire.BadRequest("Must specify a dimension.")
	}
	return t.growFor(sh, rows, cols)
}

func (t *tx) moveDimension(req *sheets.MoveDimensionRequest) error {
	s, err := t.existing(req.Source)
	if err != nil {
		return err
	}
	to := int(req.DestinationIndex)
	if to < 0 || to > s.size() {
		return wire.BadRequest("destinationIndex[%d] is outside the grid of %d %ss", to, s.size(), s.word())
	}
	if to >= s.start && to <= s.end || s.start == s.end {
		return nil // it is there already
	}
	for _, m := range s.sh.merges {
		a := bounded(m, s.sh)
		lo, hi := a.c0, a.c1
		if s.rows {
			lo, hi = a.r0, a.r1
		}
		if lo < s.start && hi > s.start || lo < s.end && hi > s.end || lo < to && hi > to {
			return wire.BadRequest("Sorry, it is not possible to move a %s to a position that crosses a merged cell.",
				s.word())
		}
	}
	e := structureEdit{kind: calc.Move, rows: s.rows, at: s.start, n: s.end - s.start, to: to}
	t.restructure(s.sh, e)
	if s.rows {
		for len(s.sh.rows) < max(s.end, to) {
			s.sh.rows = append(s.sh.rows, nil)
		}
		s.sh.rows = moved(s.sh.rows, e)
		return nil
	}
	for r, rw := range s.sh.rows {
		if rw == nil || len(rw.cells) <= min(s.start, to) {
			continue
		}
		s.sh.ensure(r, max(s.end, to)-1)
		w := s.sh.ensureRow(r)
		w.cells = moved(w.cells, e)
	}
	if len(s.sh.cols) > min(s.start, to) {
		s.sh.ensureCol(max(s.end, to) - 1)
		s.sh.cols = moved(s.sh.cols, e)
	}
	return nil
}

func moved[T any](list []T, e structureEdit) []T {
	out := make([]T, len(list))
	for i, x := range list {
		to, _ := e.point(i)
		out[to] = x
	}
	return out
}

// autoResize measures texts by their number of characters: there are no fonts here.
func (t *tx) autoResize(req *sheets.AutoResizeDimensionsRequest) error {
	if req.DataSourceSheetDimensions != nil {
		return errUnsupported("data source sheets")
	}
	s, err := t.existing(req.Dimensions)
	if err != nil {
		return err
	}
	used := s.sh.used(hasValue)
	for i := s.start; i < s.end; i++ {
		size := 0
		if s.rows {
			for c := range used.c1 {
				lines := strings.Count(t.text(s.sh.at(i, c), t.value(s.sh, i, c)), "\n") + 1
				size = max(size, 4+17*lines)
			}
		} else {
			for r := range used.r1 {
				for line := range strings.SplitSeq(t.text(s.sh.at(r, i), t.value(s.sh, r, i)), "\n") {
					if line != "" {
						size = max(size, 10+7*utf8.RuneCountInString(line))
					}
				}
			}
		}
		d := s.dim(i)
		if size > 0 {
			d.size = int32(size)
		}
		s.setDim(i, d)
	}
	return nil
}

// maxGroupDepth limits how deep groups nest. Google does not publish its own limit; a
// spreadsheet file cannot hold more.
const maxGroupDepth = 8

func (t *tx) groupsOf(d *sheets.DimensionRange) (stretch, *[]*sheets.DimensionGroup, error) {
	s, err := t.existing(d)
	if err != nil {
		return s, nil, err
	}
	if s.rows {
		return s, &s.sh.rowGroups, nil
	}
	return s, &s.sh.colGroups, nil
}

func (t *tx) addDimensionGroup(req *sheets.AddDimensionGroupRequest) (*sheets.Response, error) {
	s, groups, err := t.groupsOf(req.Range)
	if err != nil {
		return nil, err
	}
	for _, g := range *groups {
		if g.Depth >= maxGroupDepth && int(g.Range.StartIndex) < s.end && s.start < int(g.Range.EndIndex) {
			return nil, wire.BadRequest("A dimension group can be at most %d groups deep.", maxGroupDepth)
		}
	}
	s.levels(*groups, func(levels []int64) {
		for i := s.start; i < s.end; i++ {
			levels[i]++
		}
	}, groups)
	p, g := *s.sh.props, *s.sh.props.GridProperties
	if s.rows {
		g.RowGroupControlAfter = true
	} else {
		g.ColumnGroupControlAfter = true
	}
	p.GridProperties = &g
	s.sh.props = &p
	return &sheets.Response{AddDimensionGroup: &sheets.AddDimensionGroupResponse{DimensionGroups: *groups}}, nil
}

func (t *tx) deleteDimensionGroup(req *sheets.DeleteDimensionGroupRequest) (*sheets.Response, error) {
	s, groups, err := t.groupsOf(req.Range)
	if err != nil {
		return nil, err
	}
	any := false
	s.levels(*groups, func(levels []int64) {
		for i := s.start; i < s.end; i++ {
			if levels[i] > 0 {
				levels[i]--
				any = true
			}
		}
	}, groups)
	if !any {
		return nil, wire.BadRequest("The specified range has no dimension group.")
	}
	return &sheets.Response{DeleteDimensionGroup: &sheets.DeleteDimensionGroupResponse{DimensionGroups: *groups}}, nil
}

// levels changes how deep each row or column is grouped, and turns the depths into groups
// again: one for every run of at least some depth.
func (s stretch) levels(old []*sheets.DimensionGroup, change func([]int64), out *[]*sheets.DimensionGroup) {
	levels := make([]int64, s.size())
	collapsed := map[[3]int64]bool{}
	for _, g := range old {
		for i := max(g.Range.StartIndex, 0); i < min(g.Range.EndIndex, int64(len(levels))); i++ {
			levels[i] = max(levels[i], g.Depth)
		}
		collapsed[[3]int64{g.Range.StartIndex, g.Range.EndIndex, g.Depth}] = g.Collapsed
	}
	change(levels)
	dim := "COLUMNS"
	if s.rows {
		dim = "ROWS"
	}
	var groups []*sheets.DimensionGroup
	for depth := int64(1); depth <= slices.Max(levels); depth++ {
		for i := 0; i < len(levels); i++ {
			if levels[i] < depth {
				continue
			}
			j := i
			for j < len(levels) && levels[j] >= depth {
				j++
			}
			groups = append(groups, &sheets.DimensionGroup{Depth: depth,
				Collapsed: collapsed[[3]int64{int64(i), int64(j), depth}],
				Range: &sheets.DimensionRange{SheetId: s.sh.id(), Dimension: dim, StartIndex: int64(i),
					EndIndex: int64(j), ForceSendFields: []string{"StartIndex"}}})
			i = j
		}
	}
	*out = groups
}

func (t *tx) updateDimensionGroup(req *sheets.UpdateDimensionGroupRequest) error {
	m, err := fieldMask[sheets.DimensionGroup](req.Fields)
	if err != nil {
		return err
	}
	if req.DimensionGroup == nil {
		return wire.BadRequest("No dimension group specified.")
	}
	s, groups, err := t.groupsOf(req.DimensionGroup.Range)
	if err != nil {
		return err
	}
	for i, g := range *groups {
		if int(g.Range.StartIndex) == s.start && int(g.Range.EndIndex) == s.end && g.Depth == req.DimensionGroup.Depth {
			if m.Has("collapsed") {
				if req.DimensionGroup.Collapsed && !s.leaves() {
					return wire.BadRequest("You can't hide all the %ss in a sheet.", s.word())
				}
				n := *g
				n.Collapsed = req.DimensionGroup.Collapsed
				(*groups)[i] = &n
				for j := s.start; j < s.end; j++ {
					d := s.dim(j)
					d.hidden = n.Collapsed
					s.setDim(j, d)
				}
			}
			return nil
		}
	}
	return wire.BadRequest("The specified dimension group does not exist.")
}

// leaves reports whether some line outside the stretch is visible.
func (s stretch) leaves() bool {
	for i := range s.size() {
		if (i < s.start || i >= s.end) && !s.dim(i).hidden {
			return true
		}
	}
	return false
}

// insertRange moves cells down or to the right; references to them stay as they are.
func (t *tx) insertRange(req *sheets.InsertRangeRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	down, err := shiftsRows(req.ShiftDimension)
	if err != nil {
		return err
	}
	used := sh.used(func(c *cell) bool { return !c.blank() })
	if down {
		if used.r1 > a.r0 {
			if err := t.growFor(sh, used.r1+a.r1-a.r0, sh.colCount()); err != nil {
				return err
			}
		}
		t.shiftCells(sh, rect{a.r0, max(used.r1, a.r0), a.c0, a.c1}, a.r1-a.r0, 0)
		return nil
	}
	if used.c1 > a.c0 {
		if err := t.growFor(sh, sh.rowCount(), used.c1+a.c1-a.c0); err != nil {
			return err
		}
	}
	t.shiftCells(sh, rect{a.r0, a.r1, a.c0, max(used.c1, a.c0)}, 0, a.c1-a.c0)
	return nil
}

func (t *tx) deleteRange(req *sheets.DeleteRangeRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	up, err := shiftsRows(req.ShiftDimension)
	if err != nil {
		return err
	}
	used := sh.used(func(c *cell) bool { return !c.blank() })
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			sh.set(r, c, cell{})
		}
	}
	if up {
		t.shiftCells(sh, rect{a.r1, max(used.r1, a.r1), a.c0, a.c1}, a.r0-a.r1, 0)
		return nil
	}
	t.shiftCells(sh, rect{a.r0, a.r1, a.c1, max(used.c1, a.c1)}, 0, a.c0-a.c1)
	return nil
}

func shiftsRows(dimension string) (bool, error) {
	switch dimension {
	case "ROWS":
		return true, nil
	case "COLUMNS":
		return false, nil
	}
	return false, wire.BadRequest("Must specify a shift dimension.")
}

// shiftCells moves a block of cells; its old place becomes blank where it is not covered.
func (t *tx) shiftCells(sh *sheet, a rect, dr, dc int) {
	if a.empty() {
		return
	}
	copied := make([]cell, 0, (a.r1-a.r0)*(a.c1-a.c0))
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			copied = append(copied, *sh.at(r, c))
			sh.set(r, c, cell{})
		}
	}
	i := 0
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			sh.set(r+dr, c+dc, copied[i])
			i++
		}
	}
	for i, m := range sh.merges {
		if old := bounded(m, sh); a.covers(old) {
			sh.merges[i] = toGrid(sh.id(), rect{old.r0 + dr, old.r1 + dr, old.c0 + dc, old.c1 + dc})
		}
	}
}
