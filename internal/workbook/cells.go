package workbook

import (
	"cmp"
	"slices"

	"google.golang.org/api/sheets/v4"
)

// CellAt is a value to type into one cell of a sheet, whatever its look.
type CellAt struct {
	Sheet    int64
	Row, Col int // 0-based, on the sheet
	Cell     Cell
}

// SetCells returns the requests that type values into cells as a person would: looks,
// notes and validation stay. Adjacent cells go into one request; of two values for one
// cell the later one counts.
func SetCells(cells []CellAt) []*sheets.Request {
	cells = slices.Clone(cells)
	slices.SortStableFunc(cells, func(a, b CellAt) int {
		return cmp.Or(cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col))
	})
	var reqs []*sheets.Request
	var b blocks
	for i, c := range cells {
		last := i+1 == len(cells)
		if !last && c.Sheet == cells[i+1].Sheet && c.Row == cells[i+1].Row && c.Col == cells[i+1].Col {
			continue
		}
		b.add(c.Row, c.Col, &sheets.CellData{UserEnteredValue: value(c.Cell.Kind, c.Cell.Num, c.Cell.Str)})
		switch {
		case last || c.Sheet != cells[i+1].Sheet:
			reqs = append(reqs, b.requests(c.Sheet, "userEnteredValue")...)
			b = blocks{}
		case c.Row != cells[i+1].Row:
			b.endRow(c.Row)
		}
	}
	return reqs
}

// Cell returns the position of the cell of a day and a column, and the present title of
// its tab.
func (s *State) Cell(tab string, day float64, column string) (title string, row, col int, ok bool) {
	i := slices.IndexFunc(s.tabs, func(t *tabState) bool { return t.key == tab })
	if i < 0 {
		return "", 0, 0, false
	}
	t := s.tabs[i]
	r := slices.IndexFunc(t.rows, func(r rowState) bool { return r.day == day && r.pos >= 0 })
	c := slices.IndexFunc(t.cols, func(c colState) bool { return c.key == column && c.pos >= 0 })
	o := slices.IndexFunc(s.order, func(r sheetRef) bool { return r.id == t.id })
	if r < 0 || c < 0 || o < 0 {
		return "", 0, 0, false
	}
	return s.order[o].title, t.rows[r].pos, t.cols[c].pos, true
}

// ColumnFields is the field mask of columns for FoundOf, ReadFields that for ReadColumns,
// which is told their ids.
const (
	ColumnFields = "sheets(properties(sheetId,title),data(startRow,startColumn,columnMetadata(developerMetadata(metadataId,metadataKey,metadataValue)),rowData(values(" + cellFields + "))))"
	ReadFields   = "sheets(properties(title),data(startRow,startColumn,columnMetadata(developerMetadata(metadataId)),rowData(values(" + cellFields + "))))"

	cellFields = "effectiveValue,userEnteredFormat(numberFormat(type))"
)

// FoundOf finds the tagged columns in a spreadsheet that was read with a mask including
// ColumnFields.
func FoundOf(s *sheets.Spreadsheet) []Found {
	var found []Found
	for _, sh := range s.Sheets {
		if sh.Properties == nil {
			continue
		}
		for _, d := range sh.Data {
			for i, m := range d.ColumnMetadata {
				for _, tag := range m.DeveloperMetadata {
					if tag.MetadataKey == columnKey &&
						tag.MetadataId == MetaID(sh.Properties.SheetId, tag.MetadataValue) {
						f := Found{MetaID: tag.MetadataId, Sheet: sh.Properties.Title, Col: int(d.StartColumn) + i,
							Row: int(d.StartRow)}
						f.read(d.RowData, i)
						found = append(found, f)
					}
				}
			}
		}
	}
	return found
}

// read reads a column of grid data, without the empty cells at its end.
func (f *Found) read(rows []*sheets.RowData, col int) {
	for i, row := range rows {
		if row == nil || col >= len(row.Values) || row.Values[col] == nil {
			continue
		}
		c := row.Values[col]
		if v := effective(c); v != nil {
			f.Values = append(f.Values, make([]any, i+1-len(f.Values))...)
			f.Values[i] = v
		}
		if c.UserEnteredFormat != nil && c.UserEnteredFormat.NumberFormat != nil &&
			c.UserEnteredFormat.NumberFormat.Type != "" {
			f.Formats = append(f.Formats, make([]string, i+1-len(f.Formats))...)
			f.Formats[i] = c.UserEnteredFormat.NumberFormat.Type
		}
	}
}

// effective returns the value of a cell as a read of unformatted values does; nil for an
// empty cell.
func effective(c *sheets.CellData) any {
	if c == nil || c.EffectiveValue == nil {
		return nil
	}
	switch v := c.EffectiveValue; {
	case v.NumberValue != nil:
		return *v.NumberValue
	case v.StringValue != nil && *v.StringValue != "":
		return *v.StringValue
	case v.BoolValue != nil:
		return *v.BoolValue
	case v.ErrorValue != nil:
		return errorText(v.ErrorValue)
	}
	return nil
}

// errorText returns an error as a cell shows it and a read of values returns it.
func errorText(e *sheets.ErrorValue) string {
	shows := map[string]string{
		"DIVIDE_BY_ZERO": "#DIV/0!", "N_A": "#N/A", "NAME": "#NAME?", "NULL_VALUE": "#NULL!", "NUM": "#NUM!",
		"REF": "#REF!", "VALUE": "#VALUE!",
		"LOADING": "Loading...",
	}[e.Type]
	if shows == "" {
		shows = "#ERROR!"
	}
	return shows + " (" + e.Message + ")"
}
