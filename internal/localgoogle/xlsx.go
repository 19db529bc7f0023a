package localgoogle

import (
	"io"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/export"
)

// WriteXLSX writes a spreadsheet as an Excel workbook: with its values, formulas, looks,
// merged cells, rules, validation, notes and charts. It takes any spreadsheet in the form
// that spreadsheets.get returns with grid data, and calculates nothing.
func WriteXLSX(w io.Writer, s *sheets.Spreadsheet) error { return export.XLSX(w, s) }
