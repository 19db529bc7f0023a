package localgoogle

import (
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
	"svodka/internal/localgoogle/wire"
)

const maxCellChars = 50_000

// written counts what a call wrote: distinct rows, columns and tabs.
type written struct {
	rows, cols map[[2]int64]bool
	sheets     map[int64]bool
	cells      int64
}

func newWritten() *written {
	return &written{rows: map[[2]int64]bool{}, cols: map[[2]int64]bool{}, sheets: map[int64]bool{}}
}

func (w *written) add(sheet int64, r, c int) {
	w.rows[[2]int64{sheet, int64(r)}] = true
	w.cols[[2]int64{sheet, int64(c)}] = true
	w.sheets[sheet] = true
	w.cells++
}

// input says how values are interpreted.
type input struct {
	entered bool // USER_ENTERED
	columns bool // majorDimension COLUMNS
}

func readInput(option, dimension string) (input, error) {
	var in input
	switch enum(option, []string{"INPUT_VALUE_OPTION_UNSPECIFIED", "RAW", "USER_ENTERED"}) {
	case "RAW":
	case "USER_ENTERED":
		in.entered = true
	case "", "INPUT_VALUE_OPTION_UNSPECIFIED":
		return in, wire.BadRequest("'valueInputOption' is required but not specified")
	default:
		return in, badEnum("value_input_option", "ValueInputOption", option)
	}
	switch enum(dimension, dimensions) {
	case "", "ROWS", "DIMENSION_UNSPECIFIED":
	case "COLUMNS":
		in.columns = true
	default:
		return in, badEnum("data.major_dimension", "Dimension", dimension)
	}
	return in, nil
}

// extent returns the size of the data.
func extent(values [][]any, columns bool) (rows, cols int) {
	for _, line := range values {
		cols = max(cols, len(line))
	}
	rows = len(values)
	if columns {
		rows, cols = cols, rows
	}
	return rows, cols
}

// put writes values from the start of the range on, and returns the cells that the data
// spans. null leaves a cell unchanged.
func (t *tx) put(at located, values [][]any, in input, count ...*written) (*sheets.UpdateValuesResponse, rect, error) {
	rows, cols := extent(values, in.columns)
	a := rect{at.area.r0, at.area.r0 + rows, at.area.c0, at.area.c0 + cols}
	if err := within(at, a); err != nil {
		return nil, a, err
	}
	if err := t.guardCells(at.sh.id(), a); err != nil {
		return nil, a, err
	}
	sh, err := t.sheetFor(at.sh.id())
	if err != nil {
		return nil, a, err
	}
	if !a.empty() {
		if err := t.growFor(sh, a.r1, a.c1); err != nil {
			return nil, a, err
		}
	}
	own := newWritten()
	for i, line := range values {
		for j, x := range line {
			r, c := a.r0+i, a.c0+j
			if in.columns {
				r, c = a.r0+j, a.c0+i
			}
			if x == nil {
				continue
			}
			if err := t.enter(sh, r, c, x, in.entered); err != nil {
				return nil, a, inValues(err, i, j)
			}
			own.add(sh.id(), r, c)
			for _, w := range count {
				w.add(sh.id(), r, c)
			}
		}
	}
	shown := a
	if a.empty() {
		shown = rect{a.r0, a.r0 + 1, a.c0, a.c0 + 1}
	}
	return &sheets.UpdateValuesResponse{
		SpreadsheetId: t.file.ID, UpdatedRange: formatRange(sh.title(), shown),
		UpdatedRows: int64(len(own.rows)), UpdatedColumns: int64(len(own.cols)), UpdatedCells: own.cells,
	}, shown, nil
}

func inValues(err error, i, j int) error {
	if e := wire.AsError(err); e.Code == 400 && e.Violations == nil {
		return wire.BadRequest("Invalid values[%d][%d]: %s", i, j, e.Message)
	}
	return err
}

// within checks that the data stays inside the range, if that has ends. A single cell is
// only where to start.
func within(at located, a rect) error {
	g := at.given
	if g.r1 == g.r0+1 && g.c1 == g.c0+1 {
		return nil
	}
	if g.r1 != open && a.r1 > g.r1 {
		return wire.BadRequest("Requested writing within range [%s], but tried writing to row [%d]", at, g.r1+1)
	}
	if g.c1 != open && a.c1 > g.c1 {
		return wire.BadRequest("Requested writing within range [%s], but tried writing to column [%s]", at,
			columnName(g.c1))
	}
	return nil
}

// growFor makes the grid large enough, within the limits of a spreadsheet.
func (t *tx) growFor(sh *sheet, rows, cols int) error {
	rows, cols = max(rows, sh.rowCount()), max(cols, sh.colCount())
	if rows == sh.rowCount() && cols == sh.colCount() {
		return nil
	}
	if err := t.checkSize(sh, rows, cols); err != nil {
		return err
	}
	sh.setGrid(rows, cols)
	return nil
}

// checkSize refuses a grid that would make the spreadsheet too large.
func (t *tx) checkSize(sh *sheet, rows, cols int) error {
	if rows > maxRows {
		return errTooManyCells()
	}
	if cols > maxColumns {
		return errTooManyColumns()
	}
	cells := int64(rows) * int64(cols)
	for _, other := range t.doc.sheets {
		if sh == nil || other.id() != sh.id() {
			cells += int64(other.rowCount()) * int64(other.colCount())
		}
	}
	if cells > maxCells {
		return errTooManyCells()
	}
	return nil
}

func errTooManyCells() *wire.Error {
	return wire.BadRequest(
		"This action would increase the number of cells in the workbook above the limit of %d cells.", maxCells)
}

func errTooManyColumns() *wire.Error {
	return wire.BadRequest(
		"This action would increase the number of columns in the sheet above the limit of %d columns.", maxColumns)
}

// enter enters one value into a cell: as it is, or as if a person had typed it.
func (t *tx) enter(sh *sheet, r, c int, x any, entered bool) error {
	switch x := x.(type) {
	case string:
		if len(x) > maxCellChars && len([]rune(x)) > maxCellChars {
			return wire.BadRequest("Your input contains more than the maximum of %d characters in a single cell.",
				maxCellChars)
		}
		if entered {
			t.typed(sh, r, c, x)
			return nil
		}
		if x == "" {
			t.clear(sh, r, c)
			return nil
		}
		cl := sh.ensure(r, c)
		cl.clearValue()
		cl.kind, cl.str = cellString, x
	case float64:
		cl := sh.ensure(r, c)
		cl.clearValue()
		cl.kind, cl.num = cellNumber, x
	case bool:
		cl := sh.ensure(r, c)
		cl.clearValue()
		cl.setBool(x)
	case []any:
		return wire.BadRequest("list_value")
	default:
		return wire.BadRequest("struct_value")
	}
	return nil
}

func (c *cell) setBool(b bool) {
	c.kind, c.num = cellBool, 0
	if b {
		c.num = 1
	}
}

// clear empties a cell's value.
func (t *tx) clear(sh *sheet, r, c int) {
	if cl := sh.at(r, c); cl.kind != cellEmpty {
		sh.ensure(r, c).clearValue()
	}
}

// typed enters a text into a cell as if a person had typed it: it may be a formula, a
// number, a date, and it may imply a number format. A number format of the cell stays:
// 12.5 typed in Russia into a cell of money is 12 May and shows 46 154 ₽.
func (t *tx) typed(sh *sheet, r, c int, text string) {
	if text == "" {
		t.clear(sh, r, c)
		return
	}
	old := t.doc.formats.get(sh.at(r, c).format)
	if old != nil && old.NumberFormat != nil && old.NumberFormat.Type == "TEXT" {
		cl := sh.ensure(r, c)
		cl.clearValue()
		cl.kind, cl.str = cellString, text
		return
	}
	formula, value, nf := cellfmt.Parse(text, t.doc.locale(), t.now.In(t.doc.location()))
	cl := sh.ensure(r, c)
	cl.clearValue()
	if formula != "" {
		cl.kind, cl.str = cellFormula, formula
		return
	}
	switch value.Kind {
	case calc.Number:
		cl.kind, cl.num = cellNumber, value.Num
	case calc.Bool:
		cl.setBool(value.Bool)
	case calc.String:
		cl.kind, cl.str = cellString, value.Str
	default:
		cl.kind, cl.str = cellString, text
	}
	if nf != nil && (old == nil || old.NumberFormat == nil) {
		var f sheets.CellFormat
		if old != nil {
			f = *old
		}
		f.NumberFormat = &sheets.NumberFormat{Type: nf.Type, Pattern: nf.Pattern}
		cl.format = t.doc.formats.id(&f)
	}
}

func (c *call) valuesUpdate() (*answer, error) {
	var body sheets.ValueRange
	if err := wire.Decode(c.body, &body, "data"); err != nil {
		return nil, err
	}
	in, err := readInput(c.query.get("valueInputOption"), body.MajorDimension)
	if err != nil {
		return nil, err
	}
	how, err := readRendering(body.MajorDimension, c.query.get("responseValueRenderOption"),
		c.query.get("responseDateTimeRenderOption"))
	if err != nil {
		return nil, err
	}
	var out *sheets.UpdateValuesResponse
	var at located
	var a rect
	err = c.s.changing(c, c.file, func(t *tx) error {
		if at, err = t.doc.locate(c.arg); err != nil {
			return err
		}
		if body.Range != "" {
			other, err := t.doc.locate(body.Range)
			if err != nil {
				return err
			}
			if other.sh != at.sh || other.area != at.area {
				return wire.BadRequest("Request range[%s] does not match value's range[%s]", c.arg, body.Range)
			}
		}
		out, a, err = t.put(at, body.Values, in)
		return err
	}, func(t *tx) error {
		if c.query.boolean("includeValuesInResponse", false) {
			out.UpdatedData = t.read(t.doc.sheet(at.sh.id()), a, how)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

// putRanges are the ranges that one call has written, in the order of its answers.
type putRanges []putRange

type putRange struct {
	sheet   int64
	a       rect
	columns bool
}

func (p *putRanges) add(sh *sheet, a rect, columns bool) {
	*p = append(*p, putRange{sh.id(), a, columns})
}

// read returns what the ranges hold once all of them are written, each by rows or by
// columns as it was written.
func (p putRanges) read(t *tx, how rendering) []*sheets.ValueRange {
	values := make([]*sheets.ValueRange, len(p))
	for i, at := range p {
		how.columns = at.columns
		values[i] = t.read(t.doc.sheet(at.sheet), at.a, how)
	}
	return values
}

func (c *call) valuesBatchUpdate() (*answer, error) {
	var body sheets.BatchUpdateValuesRequest
	if err := wire.Decode(c.body, &body, ""); err != nil {
		return nil, err
	}
	c.items = len(body.Data)
	how, err := readRendering("", body.ResponseValueRenderOption, body.ResponseDateTimeRenderOption)
	if err != nil {
		return nil, err
	}
	out := &sheets.BatchUpdateValuesResponse{SpreadsheetId: c.file}
	var places putRanges
	count := newWritten()
	err = c.s.changing(c, c.file, func(t *tx) error {
		for i, d := range body.Data {
			if d == nil {
				continue
			}
			in, err := readInput(body.ValueInputOption, d.MajorDimension)
			if err != nil {
				return err
			}
			at, err := t.doc.locate(d.Range)
			if err != nil {
				return inData(err, i)
			}
			r, a, err := t.put(at, d.Values, in, count)
			if err != nil {
				return inData(err, i)
			}
			out.Responses = append(out.Responses, r)
			places.add(at.sh, a, in.columns)
		}
		return nil
	}, func(t *tx) error {
		if !body.IncludeValuesInResponse {
			return nil
		}
		for i, values := range places.read(t, how) {
			out.Responses[i].UpdatedData = values
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.TotalUpdatedRows, out.TotalUpdatedColumns = int64(len(count.rows)), int64(len(count.cols))
	out.TotalUpdatedCells, out.TotalUpdatedSheets = count.cells, int64(len(count.sheets))
	return &answer{body: out}, nil
}

func inData(err error, i int) error {
	if e := wire.AsError(err); e.Code == 400 && e.Violations == nil && !strings.HasPrefix(e.Message, protectedPrefix) {
		return wire.BadRequest("Invalid data[%d]: %s", i, e.Message)
	}
	return err
}

const protectedPrefix = "You are trying to edit a protected"

func (c *call) valuesBatchUpdateByDataFilter() (*answer, error) {
	var body sheets.BatchUpdateValuesByDataFilterRequest
	if err := wire.Decode(c.body, &body, ""); err != nil {
		return nil, err
	}
	c.items = len(body.Data)
	how, err := readRendering("", body.ResponseValueRenderOption, body.ResponseDateTimeRenderOption)
	if err != nil {
		return nil, err
	}
	out := &sheets.BatchUpdateValuesByDataFilterResponse{SpreadsheetId: c.file}
	count := newWritten()
	var places putRanges
	err = c.s.changing(c, c.file, func(t *tx) error {
		for i, d := range body.Data {
			if d == nil {
				continue
			}
			in, err := readInput(body.ValueInputOption, d.MajorDimension)
			if err != nil {
				return err
			}
			matches, err := t.doc.match([]*sheets.DataFilter{d.DataFilter})
			if err != nil {
				return inData(err, i)
			}
			for _, m := range matches {
				r, a, err := t.put(m.at, d.Values, in, count)
				if err != nil {
					return inData(err, i)
				}
				out.Responses = append(out.Responses, &sheets.UpdateValuesByDataFilterResponse{
					UpdatedRange: r.UpdatedRange, UpdatedRows: r.UpdatedRows, UpdatedColumns: r.UpdatedColumns,
					UpdatedCells: r.UpdatedCells, DataFilter: d.DataFilter,
				})
				places.add(m.at.sh, a, in.columns)
			}
		}
		return nil
	}, func(t *tx) error {
		if !body.IncludeValuesInResponse {
			return nil
		}
		for i, values := range places.read(t, how) {
			out.Responses[i].UpdatedData = values
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.TotalUpdatedRows, out.TotalUpdatedColumns = int64(len(count.rows)), int64(len(count.cols))
	out.TotalUpdatedCells, out.TotalUpdatedSheets = count.cells, int64(len(count.sheets))
	return &answer{body: out}, nil
}

// wipe clears the values of a range and returns that range.
func (t *tx) wipe(at located) (string, error) {
	a, err := at.clipped()
	if err != nil {
		return "", err
	}
	if err := t.guardCells(at.sh.id(), a); err != nil {
		return "", err
	}
	sh, err := t.sheetFor(at.sh.id())
	if err != nil {
		return "", err
	}
	t.wipeCells(sh, a)
	return formatRange(sh.title(), a), nil
}

func (t *tx) wipeCells(sh *sheet, a rect) {
	a = a.intersect(sh.usedIn(a.r0, a.r1, hasValue))
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			t.clear(sh, r, c)
		}
	}
}

func (c *call) valuesClear() (*answer, error) {
	if err := wire.Decode(c.body, &sheets.ClearValuesRequest{}, ""); err != nil {
		return nil, err
	}
	out := &sheets.ClearValuesResponse{SpreadsheetId: c.file}
	err := c.s.changing(c, c.file, func(t *tx) error {
		at, err := t.doc.locate(c.arg)
		if err != nil {
			return err
		}
		out.ClearedRange, err = t.wipe(at)
		return err
	}, nil)
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (c *call) valuesBatchClear() (*answer, error) {
	var body sheets.BatchClearValuesRequest
	if err := wire.Decode(c.body, &body, ""); err != nil {
		return nil, err
	}
	c.items = len(body.Ranges)
	out := &sheets.BatchClearValuesResponse{SpreadsheetId: c.file}
	err := c.s.changing(c, c.file, func(t *tx) error {
		for _, rng := range body.Ranges {
			at, err := t.doc.locate(rng)
			if err != nil {
				return err
			}
			cleared, err := t.wipe(at)
			if err != nil {
				return err
			}
			out.ClearedRanges = append(out.ClearedRanges, cleared)
		}
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (c *call) valuesBatchClearByDataFilter() (*answer, error) {
	var body sheets.BatchClearValuesByDataFilterRequest
	if err := wire.Decode(c.body, &body, ""); err != nil {
		return nil, err
	}
	c.items = len(body.DataFilters)
	out := &sheets.BatchClearValuesByDataFilterResponse{SpreadsheetId: c.file}
	err := c.s.changing(c, c.file, func(t *tx) error {
		matches, err := t.doc.match(body.DataFilters)
		if err != nil {
			return err
		}
		for _, m := range matches {
			cleared, err := t.wipe(m.at)
			if err != nil {
				return err
			}
			out.ClearedRanges = append(out.ClearedRanges, cleared)
		}
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (c *call) valuesAppend() (*answer, error) {
	var body sheets.ValueRange
	if err := wire.Decode(c.body, &body, "data"); err != nil {
		return nil, err
	}
	in, err := readInput(c.query.get("valueInputOption"), body.MajorDimension)
	if err != nil {
		return nil, err
	}
	how, err := readRendering(body.MajorDimension, c.query.get("responseValueRenderOption"),
		c.query.get("responseDateTimeRenderOption"))
	if err != nil {
		return nil, err
	}
	insert := enum(c.query.get("insertDataOption"), []string{"OVERWRITE", "INSERT_ROWS"})
	if insert != "" && insert != "OVERWRITE" && insert != "INSERT_ROWS" {
		return nil, badEnum("insert_data_option", "InsertDataOption", c.query.get("insertDataOption"))
	}
	out := &sheets.AppendValuesResponse{SpreadsheetId: c.file}
	var sheetID int64
	var a rect
	var above *table
	err = c.s.changing(c, c.file, func(t *tx) error {
		at, err := t.doc.locate(c.arg)
		if err != nil {
			return err
		}
		if _, err := at.clipped(); err != nil {
			return err
		}
		sheetID = at.sh.id()
		start := rect{at.area.r0, at.area.r0 + 1, at.area.c0, at.area.c0 + 1}
		if above = lastTable(at.sh, at.area); above != nil {
			area := above.area
			out.TableRange = formatRange(at.sh.title(), area)
			start = rect{area.r1, area.r1 + 1, area.c0, area.c0 + 1}
		}
		rows, _ := extent(body.Values, in.columns)
		if insert == "INSERT_ROWS" && rows > 0 && start.r0 < at.sh.rowCount() {
			sh, err := t.sheetFor(sheetID)
			if err != nil {
				return err
			}
			if err := t.guardInsert(stretch{sh: sh, rows: true, start: start.r0, end: start.r0 + rows}); err != nil {
				return err
			}
			if err := t.insertDimension(sh, true, start.r0, rows, start.r0 > 0); err != nil {
				return err
			}
			at.sh = sh
		}
		out.Updates, a, err = t.put(located{at.sh, start, start}, body.Values, in)
		if sh := t.doc.sheet(sheetID); sh.owner == t.v {
			sh.above = above
		}
		return err
	}, func(t *tx) error {
		if c.query.boolean("includeValuesInResponse", false) {
			out.Updates.UpdatedData = t.read(t.doc.sheet(sheetID), a, how)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

// table is a block of cells surrounded by blank rows and columns, and one of its cells
// with a value.
type table struct {
	r, c int
	area rect
}

// lastTable finds the last table that the range meets, or nil.
func lastTable(sh *sheet, in rect) *table {
	for r := min(in.r1, len(sh.rows)) - 1; r >= in.r0; r-- {
		if rw := sh.rows[r]; rw != nil {
			for c := min(in.c1, len(rw.cells)) - 1; c >= in.c0; c-- {
				if hasValue(&rw.cells[c]) {
					return &table{r, c, block(sh, r, c)}
				}
			}
		}
	}
	return nil
}

// block returns the smallest rectangle around a cell that has only blanks along its edge.
//
// If the last change appended rows to a table, everything above those rows is unchanged:
// once the block has grown to the cell from which that table was found, it holds the
// whole table, and there is nothing beside the table down to the new rows. So an append
// to a long table looks only at its end.
func block(sh *sheet, r, c int) rect {
	a := rect{r, r + 1, c, c + 1}
	filled := func(r, c0, c1 int) bool {
		if r < 0 || r >= len(sh.rows) || sh.rows[r] == nil {
			return false
		}
		cells := sh.rows[r].cells
		for i := max(c0, 0); i < min(c1, len(cells)); i++ {
			if hasValue(&cells[i]) {
				return true
			}
		}
		return false
	}
	above := sh.above
	holds := false // the table above
	join := func() {
		if !holds && above != nil && above.r >= a.r0 && above.r < a.r1 && above.c >= a.c0 && above.c < a.c1 {
			t := above.area
			a = rect{min(a.r0, t.r0), max(a.r1, t.r1), min(a.c0, t.c0), max(a.c1, t.c1)}
			holds = true
		}
	}
	column := func(c int) bool {
		for r := a.r0 - 1; r <= a.r1; r++ {
			if holds && r == max(above.area.r0-1, 0) && (c == above.area.c0-1 || c == above.area.c1) {
				r = above.area.r1 - 1 // there is nothing beside the table above
				continue
			}
			if filled(r, c, c+1) {
				return true
			}
		}
		return false
	}
	for {
		join()
		for a.c0 > 0 && column(a.c0-1) {
			a.c0--
		}
		for a.c1 < sh.colCount() && column(a.c1) {
			a.c1++
		}
		top, bottom := a.r0, a.r1
		for filled(a.r0-1, a.c0-1, a.c1+1) {
			a.r0--
			join()
		}
		for filled(a.r1, a.c0-1, a.c1+1) {
			a.r1++
		}
		if a.r0 == top && a.r1 == bottom {
			return a // the columns beside have been checked
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
