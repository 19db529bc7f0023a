// Package export writes a spreadsheet of the local Google as a file: .xlsx with
// everything that Excel and LibreOffice can show of it, or .csv with the text of one tab.
//
// It works on the API's own structs, in which the caller has filled in effective values
// and formats. It reads nothing else, calculates nothing and changes nothing.
package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// CSV writes the tab with that index as Google does: what the cells show, with quotes
// only where necessary, and no line break after the last line. It leaves out empty rows
// and columns at the end.
func CSV(w io.Writer, s *sheets.Spreadsheet, sheetIndex int) error {
	if s == nil || sheetIndex < 0 || sheetIndex >= len(s.Sheets) || s.Sheets[sheetIndex] == nil {
		return fmt.Errorf("export csv: the spreadsheet has no tab %d", sheetIndex)
	}
	g := readGrid(s.Sheets[sheetIndex])
	rows, cols := 0, 0
	for p, c := range g.cells {
		if c.FormattedValue != "" {
			rows, cols = max(rows, p.row+1), max(cols, p.col+1)
		}
	}
	out := bufio.NewWriter(w)
	for r := range rows {
		if r > 0 {
			out.WriteString("\r\n") // Flush returns errors of a bufio.Writer
		}
		for c := range cols {
			if c > 0 {
				out.WriteByte(',')
			}
			if cell := g.cells[pos{r, c}]; cell != nil {
				out.WriteString(quote(cell.FormattedValue))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export csv: %w", err)
	}
	return nil
}

func quote(s string) string {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

type pos struct{ row, col int }

// grid holds all cells of a tab, from whatever blocks.
type grid struct {
	cells      map[pos]*sheets.CellData
	rows, cols int // of filled cells
	rowMeta    map[int]*sheets.DimensionProperties
	colMeta    map[int]*sheets.DimensionProperties
}

// Excel's limits: cells beyond them are not written.
const maxRows, maxCols = 1048576, 16384

func readGrid(sh *sheets.Sheet) grid {
	g := grid{cells: map[pos]*sheets.CellData{}, rowMeta: map[int]*sheets.DimensionProperties{},
		colMeta: map[int]*sheets.DimensionProperties{}}
	for _, d := range sh.Data {
		if d == nil || d.StartRow < 0 || d.StartColumn < 0 || d.StartRow >= maxRows || d.StartColumn >= maxCols {
			continue
		}
		r0, c0 := int(d.StartRow), int(d.StartColumn)
		for i, row := range d.RowData {
			if row == nil || r0+i >= maxRows {
				continue
			}
			for j, c := range row.Values {
				if c == nil || c0+j >= maxCols {
					continue
				}
				g.cells[pos{r0 + i, c0 + j}] = c
				g.rows, g.cols = max(g.rows, r0+i+1), max(g.cols, c0+j+1)
			}
		}
		for i, m := range d.RowMetadata {
			if m != nil && r0+i < maxRows {
				g.rowMeta[r0+i] = m
			}
		}
		for j, m := range d.ColumnMetadata {
			if m != nil && c0+j < maxCols {
				g.colMeta[c0+j] = m
			}
		}
	}
	return g
}
