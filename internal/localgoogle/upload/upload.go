// Package upload reads files that somebody uploads to the local Google, CSV and .xlsx,
// into the spreadsheet that Google would make of them.
//
// It is pure: bytes in, the API's own structs out. It knows no documents, no permissions
// and no locale; the caller decides what a text of a CSV file means when typed. From an
// .xlsx file it takes the tabs with their cells (values, formulas, number formats),
// merged cells and frozen panes, but not colours, charts, rules and pictures.
package upload

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"google.golang.org/api/sheets/v4"
)

// The types of files that become spreadsheets.
const (
	CSV  = "text/csv"
	TSV  = "text/tab-separated-values"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// maxUnpacked limits the unpacked size of an .xlsx file in bytes, so that a small one
// cannot fill the memory.
const maxUnpacked = 256 << 20

// maxCells limits the cells of all tabs, as Google does.
const maxCells = 10_000_000

// ErrType means that a file of this type does not become a spreadsheet.
var ErrType = errors.New("only CSV, TSV and XLSX become a spreadsheet")

// Kind returns the type of a file from its sender's declaration or, if that does not
// help, from its first bytes.
func Kind(declared string, content []byte) (string, error) {
	switch declared, _, _ = strings.Cut(declared, ";"); strings.TrimSpace(strings.ToLower(declared)) {
	case CSV, "text/plain", "application/csv":
		return CSV, nil
	case TSV:
		return TSV, nil
	case XLSX:
		return XLSX, nil
	case "", "application/octet-stream":
		if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
			return XLSX, nil
		}
	}
	return "", fmt.Errorf("%w, not %q", ErrType, declared)
}

// Lines reads CSV or TSV into texts, as Google does: lines may differ in length, and
// stray quotes are ordinary characters.
func Lines(kind string, content []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if kind == TSV {
		r.Comma = '\t'
	}
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the lines: %w", err)
	}
	return lines, nil
}

// Book reads an .xlsx file.
func Book(content []byte) (book *sheets.Spreadsheet, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(content),
		excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := &reader{f: f, formats: map[int]*sheets.CellFormat{}}
	book = &sheets.Spreadsheet{}
	for i, title := range f.GetSheetList() {
		tab, err := b.tab(title, int64(i))
		if err != nil {
			return nil, fmt.Errorf("read tab %q: %w", title, err)
		}
		book.Sheets = append(book.Sheets, tab)
	}
	if len(book.Sheets) == 0 {
		return nil, errors.New("the workbook has no tabs")
	}
	return book, nil
}

// reader is a workbook in progress.
type reader struct {
	f       *excelize.File
	cells   int
	formats map[int]*sheets.CellFormat // by style number
}

func (b *reader) tab(title string, id int64) (*sheets.Sheet, error) {
	rows, err := b.f.GetRows(title)
	if err != nil {
		return nil, err
	}
	data := &sheets.GridData{}
	cols := 1
	for r, texts := range rows {
		if b.cells += len(texts); b.cells > maxCells {
			return nil, fmt.Errorf("the workbook has more than %d cells", maxCells)
		}
		row := &sheets.RowData{}
		for c, text := range texts {
			cell, err := b.cell(title, r, c, text)
			if err != nil {
				return nil, err
			}
			row.Values = append(row.Values, cell)
		}
		cols = max(cols, len(texts))
		data.RowData = append(data.RowData, row)
	}
	grid := &sheets.GridProperties{RowCount: int64(max(len(rows), 1)), ColumnCount: int64(cols)}
	panes, err := b.f.GetPanes(title)
	if err != nil {
		return nil, err
	}
	if panes.Freeze && panes.YSplit < len(rows) && panes.XSplit < cols {
		grid.FrozenRowCount, grid.FrozenColumnCount = int64(panes.YSplit), int64(panes.XSplit)
	}
	tab := &sheets.Sheet{
		Properties: &sheets.SheetProperties{SheetId: id, Title: title, GridProperties: grid, ForceSendFields: []string{
			"SheetId"}},
		Data: []*sheets.GridData{data},
	}
	merges, err := b.f.GetMergeCells(title)
	if err != nil {
		return nil, err
	}
	for _, m := range merges {
		g, err := area(m.GetStartAxis(), m.GetEndAxis(), id)
		if err != nil {
			return nil, err
		}
		if g.EndRowIndex <= grid.RowCount && g.EndColumnIndex <= grid.ColumnCount {
			tab.Merges = append(tab.Merges, g)
		}
	}
	return tab, nil
}

func area(from, to string, id int64) (*sheets.GridRange, error) {
	c0, r0, err := excelize.CellNameToCoordinates(from)
	if err != nil {
		return nil, err
	}
	c1, r1, err := excelize.CellNameToCoordinates(to)
	if err != nil {
		return nil, err
	}
	return &sheets.GridRange{SheetId: id, StartRowIndex: int64(r0 - 1), EndRowIndex: int64(r1),
		StartColumnIndex: int64(c0 - 1), EndColumnIndex: int64(c1)}, nil
}

// cell reads one cell; text is its raw value.
func (b *reader) cell(title string, r, c int, text string) (*sheets.CellData, error) {
	name, err := excelize.CoordinatesToCellName(c+1, r+1)
	if err != nil {
		return nil, err
	}
	out := &sheets.CellData{}
	formula, err := b.f.GetCellFormula(title, name)
	if err != nil {
		return nil, err
	}
	if formula != "" {
		formula = "=" + strings.TrimPrefix(formula, "=")
		out.UserEnteredValue = &sheets.ExtendedValue{FormulaValue: &formula}
	} else if text != "" {
		kind, err := b.f.GetCellType(title, name)
		if err != nil {
			return nil, err
		}
		out.UserEnteredValue = value(kind, text)
	}
	style, err := b.f.GetCellStyle(title, name)
	if err != nil {
		return nil, err
	}
	out.UserEnteredFormat, err = b.format(style)
	return out, err
}

// value converts a raw value to the API's type.
func value(kind excelize.CellType, text string) *sheets.ExtendedValue {
	switch kind {
	case excelize.CellTypeBool:
		yes := text == "1" || strings.EqualFold(text, "true")
		return &sheets.ExtendedValue{BoolValue: &yes}
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return &sheets.ExtendedValue{NumberValue: &x}
		}
	}
	return &sheets.ExtendedValue{StringValue: &text}
}

// builtin are the number formats that files name only by number.
var builtin = map[int]sheets.NumberFormat{
	1: {Type: "NUMBER", Pattern: "0"}, 2: {Type: "NUMBER", Pattern: "0.00"}, 3: {Type: "NUMBER", Pattern: "#,##0"},
	4: {Type: "NUMBER", Pattern: "#,##0.00"},
	9: {Type: "PERCENT", Pattern: "0%"}, 10: {Type: "PERCENT", Pattern: "0.00%"},
	11: {Type: "SCIENTIFIC", Pattern: "0.00E+00"},
	14: {Type: "DATE"}, 15: {Type: "DATE", Pattern: "d-mmm-yy"}, 16: {Type: "DATE", Pattern: "d-mmm"},
	17: {Type: "DATE", Pattern: "mmm-yy"},
	18: {Type: "TIME", Pattern: "h:mm am/pm"}, 19: {Type: "TIME", Pattern: "h:mm:ss am/pm"},
	20: {Type: "TIME", Pattern: "h:mm"}, 21: {Type: "TIME", Pattern: "h:mm:ss"},
	22: {Type: "DATE_TIME"}, 45: {Type: "TIME", Pattern: "mm:ss"}, 46: {Type: "TIME", Pattern: "[h]:mm:ss"},
	47: {Type: "TIME", Pattern: "mm:ss.0"}, 49: {Type: "TEXT", Pattern: "@"},
}

// format returns the number format of a style; nil for none.
func (b *reader) format(style int) (*sheets.CellFormat, error) {
	if f, known := b.formats[style]; known {
		return f, nil
	}
	s, err := b.f.GetStyle(style)
	if err != nil {
		return nil, err
	}
	var out *sheets.CellFormat
	if n, ok := builtin[s.NumFmt]; ok {
		out = &sheets.CellFormat{NumberFormat: &n}
	}
	if p := s.CustomNumFmt; p != nil && *p != "" && !strings.EqualFold(*p, "General") {
		out = &sheets.CellFormat{NumberFormat: &sheets.NumberFormat{Type: kindOf(*p), Pattern: *p}}
	}
	b.formats[style] = out
	return out, nil
}

// kindOf returns the type of a pattern by the letters outside of its quotes and brackets.
func kindOf(pattern string) string {
	date, clock, quoted := false, false, false
	for i, r := range strings.ToLower(pattern) {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted || i > 0 && pattern[i-1] == '\\':
		case r == 'y' || r == 'd':
			date = true
		case r == 'h' || r == 's':
			clock = true
		}
	}
	switch {
	case date && clock:
		return "DATE_TIME"
	case date:
		return "DATE"
	case clock:
		return "TIME"
	case strings.Contains(pattern, "%"):
		return "PERCENT"
	case pattern == "@":
		return "TEXT"
	}
	return "NUMBER"
}
