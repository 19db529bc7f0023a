package localgoogle

import (
	"io"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/export"
)

// WriteXLSX writes a spreadsheet as an Excel workbook: with its values, formulas, looks,
// merged cells, rules, validation, notes and charts. It takes a spreadsheet as
// spreadsheets.get answers it with grid data, wherever it is from, and calculates
// nothing.
func WriteXLSX(w io.Writer, s *sheets.Spreadsheet) error { return export.XLSX(w, s) }
