package workbook

import "google.golang.org/api/sheets/v4"

// CellAt is a value to be typed into one cell of a sheet, whatever its look.
type CellAt struct {
	Sheet    int64
	Row, Col int
	Cell     Cell
}

// SetCells gives the requests that type values into cells, as a person would:
// looks, notes and validation stay as they are.
func SetCells(cells []CellAt) []*sheets.Request { panic("workbook: to be written") }
