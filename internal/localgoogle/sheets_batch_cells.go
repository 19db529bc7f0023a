package localgoogle

import (
	"math"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// cellWriter writes the masked members of CellData into cells.
type cellWriter struct {
	t       *tx
	value   bool
	format  *wire.Mask // nil: none of it
	note    bool
	rule    bool
	runs    bool
	chips   bool
	pivot   bool
	formats map[formatKey]uint32
}

type formatKey struct {
	old uint32
	src *sheets.CellFormat
}

func (t *tx) cellWriter(m *wire.Mask) *cellWriter {
	w := &cellWriter{t: t, value: m.Has("userEnteredValue"), note: m.Has("note"), rule: m.Has("dataValidation"),
		runs:  m.Has("textFormatRuns"),
		chips: m.Has("chipRuns"), pivot: m.Has("pivotTable"), formats: map[formatKey]uint32{}}
	if f, ok := m.Get("userEnteredFormat"); ok {
		if f == nil {
			f = &wire.Mask{All: true}
		}
		w.format = pairedMask(f)
	}
	return w
}

// pairedMask adds the other form of each colour that the mask names.
func pairedMask(m *wire.Mask) *wire.Mask {
	if m.All {
		return m
	}
	out := &wire.Mask{Sub: map[string]*wire.Mask{}}
	for k, v := range m.Sub {
		switch k {
		case "textFormat":
			out.Sub[k] = pairColors(v, "foregroundColor")
		case "borders":
			b := &wire.Mask{All: v.All}
			for side := range v.Sub {
				if b.Sub == nil {
					b.Sub = map[string]*wire.Mask{}
				}
				// A border is one unit: its width follows from its style.
				b.Sub[side] = &wire.Mask{All: true}
			}
			out.Sub[k] = b
		default:
			out.Sub[k] = v
		}
	}
	return pairColors(out, "backgroundColor")
}

func pairColors(m *wire.Mask, name string) *wire.Mask {
	if m.All {
		return m
	}
	_, a := m.Sub[name]
	_, b := m.Sub[name+"Style"]
	if !a && !b {
		return m
	}
	out := &wire.Mask{Sub: map[string]*wire.Mask{}}
	for k, v := range m.Sub {
		out.Sub[k] = v
	}
	out.Sub[name], out.Sub[name+"Style"] = &wire.Mask{All: true}, &wire.Mask{All: true}
	return out
}

var noData = &sheets.CellData{}

// write changes one cell; data may be nil, which clears what the mask names.
func (w *cellWriter) write(sh *sheet, r, c int, data *sheets.CellData) error {
	if data == nil {
		data = noData
	}
	cl := *sh.at(r, c)
	if w.value {
		if err := setEntered(&cl, data.UserEnteredValue); err != nil {
			return err
		}
	}
	if w.format != nil {
		cl.format = w.formatOf(cl.format, data.UserEnteredFormat)
	}
	if w.rule {
		cl.rule = w.t.ruleID(data.DataValidation)
	}
	if w.note && data.Note != cl.note() {
		cl.setExt(func(e *cellExt) { e.Note = data.Note })
	}
	if w.runs && (len(data.TextFormatRuns) > 0 || cl.ext != nil) {
		cl.setExt(func(e *cellExt) { e.Runs = data.TextFormatRuns })
	}
	if w.chips && (len(data.ChipRuns) > 0 || cl.ext != nil) {
		cl.setExt(func(e *cellExt) { e.Chips = data.ChipRuns })
	}
	if w.pivot && data.PivotTable != nil {
		return errUnsupported("pivot tables")
	}
	sh.set(r, c, cl)
	return nil
}

func (w *cellWriter) formatOf(old uint32, src *sheets.CellFormat) uint32 {
	if w.format.All {
		return w.t.formatID(src)
	}
	key := formatKey{old, src}
	if id, ok := w.formats[key]; ok {
		return id
	}
	n := wire.Merged(w.t.doc.formats.get(old), normalFormat(src), w.format)
	if n.TextFormat != nil && isEmptyMessage(n.TextFormat) {
		n.TextFormat = nil
	}
	n.ForceSendFields = nil
	id := w.t.formatID(n)
	w.formats[key] = id
	return id
}

func isEmptyMessage(v any) bool { return string(wire.Encode(v, nil, false)) == "{}" }

func setEntered(cl *cell, v *sheets.ExtendedValue) error {
	cl.clearValue()
	switch {
	case v == nil:
	case v.NumberValue != nil:
		if math.IsNaN(*v.NumberValue) || math.IsInf(*v.NumberValue, 0) {
			return wire.BadRequest("numberValue must be finite.")
		}
		cl.kind, cl.num = cellNumber, *v.NumberValue
	case v.BoolValue != nil:
		cl.setBool(*v.BoolValue)
	case v.FormulaValue != nil:
		if *v.FormulaValue == "" {
			return nil
		}
		if !strings.HasPrefix(*v.FormulaValue, "=") {
			return wire.BadRequest("formulaValue must start with '=': %s", *v.FormulaValue)
		}
		cl.kind, cl.str = cellFormula, *v.FormulaValue
	case v.StringValue != nil:
		if len(*v.StringValue) > maxCellChars && len([]rune(*v.StringValue)) > maxCellChars {
			return wire.BadRequest("Your input contains more than the maximum of %d characters in a single cell.",
				maxCellChars)
		}
		if *v.StringValue != "" {
			cl.kind, cl.str = cellString, *v.StringValue
		}
	case v.ErrorValue != nil:
		return wire.BadRequest("errorValue cannot be entered.")
	}
	return nil
}

// writeRows writes rows of CellData starting at a cell. Within limit, if given, it clears
// what the mask names in cells without data.
func (t *tx) writeRows(sh *sheet, r0, c0 int, limit rect, rows []*sheets.RowData, m *wire.Mask) error {
	w := t.cellWriter(m)
	for i, row := range rows {
		if row == nil {
			row = &sheets.RowData{}
		}
		for j, data := range row.Values {
			r, c := r0+i, c0+j
			if !limit.empty() && !limit.contains(r, c) {
				if r >= limit.r1 {
					return wire.BadRequest("Attempting to write row: %d, beyond the last requested row of: %d", r,
						limit.r1-1)
				}
				return wire.BadRequest("Attempting to write column: %d, beyond the last requested column of: %d", c,
					limit.c1-1)
			}
			if r >= sh.rowCount() {
				return wire.BadRequest("Attempting to write row: %d, beyond the last row of the grid: %d", r,
					sh.rowCount()-1)
			}
			if c >= sh.colCount() {
				return wire.BadRequest("Attempting to write column: %d, beyond the last column of the grid: %d", c,
					sh.colCount()-1)
			}
			if err := w.write(sh, r, c, data); err != nil {
				return err
			}
		}
	}
	if limit.empty() {
		return nil
	}
	for r := limit.r0; r < limit.r1; r++ {
		from := limit.c0
		if i := r - r0; i < len(rows) && rows[i] != nil {
			from = c0 + len(rows[i].Values)
		}
		for c := from; c < limit.c1; c++ {
			if sh.at(r, c).blank() {
				continue
			}
			if err := w.write(sh, r, c, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) updateCells(req *sheets.UpdateCellsRequest) error {
	m, err := fieldMask[sheets.CellData](req.Fields)
	if err != nil {
		return err
	}
	if req.Range != nil {
		sh, a, err := t.writeArea(req.Range)
		if err != nil {
			return err
		}
		return t.writeRows(sh, a.r0, a.c0, a, req.Rows, m)
	}
	if req.Start == nil {
		return wire.BadRequest("Must specify either a range or a start.")
	}
	sh := t.doc.sheet(req.Start.SheetId)
	if sh == nil {
		return wire.BadRequest("No grid with id: %d", req.Start.SheetId)
	}
	r0, c0 := int(req.Start.RowIndex), int(req.Start.ColumnIndex)
	if r0 < 0 || c0 < 0 || r0 >= sh.rowCount() || c0 >= sh.colCount() {
		return wire.BadRequest("GridCoordinate (%d, %d) is outside the grid of %d rows and %d columns", r0, c0,
			sh.rowCount(), sh.colCount())
	}
	a := rect{r0, r0 + len(req.Rows), c0, c0}
	for _, row := range req.Rows {
		if row != nil {
			a.c1 = max(a.c1, c0+len(row.Values))
		}
	}
	if err := t.guardCells(sh.id(), a); err != nil {
		return err
	}
	if sh, err = t.sheetFor(sh.id()); err != nil {
		return err
	}
	return t.writeRows(sh, r0, c0, rect{}, req.Rows, m)
}

func (t *tx) repeatCell(req *sheets.RepeatCellRequest) error {
	m, err := fieldMask[sheets.CellData](req.Fields)
	if err != nil {
		return err
	}
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	w := t.cellWriter(m)
	data := req.Cell
	moving := w.value && data != nil && data.UserEnteredValue != nil && data.UserEnteredValue.FormulaValue != nil
	line := func(r int) error {
		for c := a.c0; c < a.c1; c++ {
			d := data
			if moving {
				d = relativeData(data, r-a.r0, c-a.c0)
			}
			if err := w.write(sh, r, c, d); err != nil {
				return err
			}
		}
		return nil
	}
	if moving {
		for r := a.r0; r < a.r1; r++ {
			if err := line(r); err != nil {
				return err
			}
		}
		return nil
	}
	return sh.likeTheLast(a.r0, a.r1, line)
}

func (t *tx) appendCells(req *sheets.AppendCellsRequest) error {
	m, err := fieldMask[sheets.CellData](req.Fields)
	if err != nil {
		return err
	}
	sh, err := t.sheetFor(req.SheetId)
	if err != nil {
		return err
	}
	used := sh.used(hasValue)
	a := rect{used.r1, used.r1 + len(req.Rows), 0, 0}
	for _, row := range req.Rows {
		if row != nil {
			a.c1 = max(a.c1, len(row.Values))
		}
	}
	if err := t.guardCells(sh.id(), a); err != nil {
		return err
	}
	if err := t.growFor(sh, a.r1, a.c1); err != nil {
		return err
	}
	return t.writeRows(sh, a.r0, 0, rect{}, req.Rows, m)
}

func (t *tx) setDataValidation(req *sheets.SetDataValidationRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	if req.Rule != nil && (req.Rule.Condition == nil || req.Rule.Condition.Type == "" ||
		req.Rule.Condition.Type == "CONDITION_TYPE_UNSPECIFIED") {
		return wire.BadRequest("A data validation rule must have a condition.")
	}
	id := t.ruleID(req.Rule)
	return sh.likeTheLast(a.r0, a.r1, func(r int) error {
		for c := a.c0; c < a.c1; c++ {
			cl := *sh.at(r, c)
			cl.rule = id
			sh.set(r, c, cl)
		}
		return nil
	})
}

func (t *tx) updateBorders(req *sheets.UpdateBordersRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			top, bottom, left, right := req.InnerHorizontal, req.InnerHorizontal, req.InnerVertical, req.InnerVertical
			if r == a.r0 {
				top = req.Top
			}
			if r == a.r1-1 {
				bottom = req.Bottom
			}
			if c == a.c0 {
				left = req.Left
			}
			if c == a.c1-1 {
				right = req.Right
			}
			if top == nil && bottom == nil && left == nil && right == nil {
				continue
			}
			cl := *sh.at(r, c)
			f := sheets.CellFormat{}
			if old := t.doc.formats.get(cl.format); old != nil {
				f = *old
			}
			b := sheets.Borders{}
			if f.Borders != nil {
				b = *f.Borders
			}
			for _, side := range []struct {
				to   **sheets.Border
				from *sheets.Border
			}{{&b.Top, top}, {&b.Bottom, bottom}, {&b.Left, left}, {&b.Right, right}} {
				if side.from != nil {
					*side.to = side.from
				}
			}
			f.Borders = &b
			cl.format = t.doc.formats.id(normalFormat(&f))
			sh.set(r, c, cl)
		}
	}
	return nil
}

func (t *tx) mergeCells(req *sheets.MergeCellsRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	var areas []rect
	switch req.MergeType {
	case "", "MERGE_ALL":
		areas = []rect{a}
	case "MERGE_ROWS":
		for r := a.r0; r < a.r1; r++ {
			areas = append(areas, rect{r, r + 1, a.c0, a.c1})
		}
	case "MERGE_COLUMNS":
		for c := a.c0; c < a.c1; c++ {
			areas = append(areas, rect{a.r0, a.r1, c, c + 1})
		}
	default:
		return wire.BadRequest("Invalid merge type: %s", req.MergeType)
	}
	for _, m := range sh.merges {
		if old := bounded(m, sh); old.overlaps(a) && !a.covers(old) {
			return wire.BadRequest("You must select all cells in a merged range to merge or unmerge them.")
		}
	}
	for _, m := range areas {
		if word := frozenEdge(sh.props.GridProperties, m); word != "" {
			return wire.BadRequest("You can't merge frozen and non-frozen %s", word)
		}
	}
	sh.merges = slices.DeleteFunc(sh.merges, func(m *sheets.GridRange) bool { return bounded(m, sh).overlaps(a) })
	for _, m := range areas {
		if m.r1-m.r0 == 1 && m.c1-m.c0 == 1 {
			continue
		}
		sh.merges = append(sh.merges, toGrid(sh.id(), m))
		first := true
		for r := m.r0; r < m.r1; r++ {
			for c := m.c0; c < m.c1; c++ {
				if !first {
					t.clear(sh, r, c)
				}
				first = false
			}
		}
	}
	return nil
}

// frozenEdge returns "rows" or "columns" if the cells are on both sides of the edge of
// the frozen ones; otherwise "".
func frozenEdge(g *sheets.GridProperties, a rect) string {
	switch rows, cols := int(g.FrozenRowCount), int(g.FrozenColumnCount); {
	case a.r0 < rows && rows < a.r1:
		return "rows"
	case a.c0 < cols && cols < a.c1:
		return "columns"
	}
	return ""
}

func (t *tx) unmergeCells(req *sheets.UnmergeCellsRequest) error {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return err
	}
	for _, m := range sh.merges {
		if old := bounded(m, sh); old.overlaps(a) && !a.covers(old) {
			return wire.BadRequest("You must select all cells in a merged range to merge or unmerge them.")
		}
	}
	sh.merges = slices.DeleteFunc(sh.merges, func(m *sheets.GridRange) bool { return bounded(m, sh).overlaps(a) })
	return nil
}
