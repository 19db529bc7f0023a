package localgoogle_test

import (
	"fmt"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

// reportRequests returns requests that fill a tab like a manager's report: 60 rows of 25
// formatted cells.
func reportRequests() []*sheets.Request {
	formats := []*sheets.CellFormat{
		{BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 0.9, Green: 0.95, Blue: 1}},
			TextFormat: &sheets.TextFormat{Bold: true}},
		{NumberFormat: &sheets.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}, HorizontalAlignment: "RIGHT"},
		{NumberFormat: &sheets.NumberFormat{Type: "PERCENT", Pattern: "0%"}},
	}
	var rows []*sheets.RowData
	for r := range 60 {
		row := &sheets.RowData{}
		for c := range 25 {
			d := &sheets.CellData{UserEnteredFormat: formats[(r+c)%3]}
			if c == 24 {
				d.UserEnteredValue = formula(fmt.Sprintf("=SUM(A%d:X%d)", r+1, r+1))
			} else {
				d.UserEnteredValue = num(float64(r * c))
			}
			row.Values = append(row.Values, d)
		}
		rows = append(rows, row)
	}
	return []*sheets.Request{
		{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{}, Rows: rows,
			Fields: "userEnteredValue,userEnteredFormat"}},
		{AddProtectedRange: &sheets.AddProtectedRangeRequest{
			ProtectedRange: &sheets.ProtectedRange{Range: gr(0, 0, 10, 0, 5)}}},
	}
}

// Spreadsheets that the cache has no room for are read from the disk. How long that takes
// is told by BenchmarkReport: a test that is timed fails on a busy machine.
func TestMoreSpreadsheetsThanTheCacheHolds(t *testing.T) {
	n := 25
	if testing.Short() {
		n = 5
	}
	w := mustOpen(t, localgoogle.Options{Dir: t.TempDir(), CacheCells: 4_000})
	reqs := reportRequests()
	var ids []string
	for i := range n {
		id := w.create(fmt.Sprintf("Отчёт %d", i))
		w.batch(id, append(reqs, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Start: &sheets.GridCoordinate{}, Fields: "userEnteredValue",
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{{UserEnteredValue: num(float64(i))}}}}}})...)
		ids = append(ids, id)
	}
	for i, id := range ids {
		if got := asJSON(t, w.get(id, "Sheet1!Y3")); got != "[[552]]" {
			t.Fatalf("got %v", got)
		}
		if got, want := asJSON(t, w.get(id, "Sheet1!A1")), fmt.Sprintf("[[%d]]", i); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// BenchmarkReport makes one spreadsheet of 1,500 formatted cells, on disk.
func BenchmarkReport(b *testing.B) {
	s, err := localgoogle.Open(b.Context(), localgoogle.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	sh, dr := mustClients(b, s, "")
	reqs := &sheets.BatchUpdateSpreadsheetRequest{Requests: reportRequests()}
	for b.Loop() {
		f, err := dr.Files.Create(&drive.File{Name: "Отчёт", MimeType: mimeSheet}).Do()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sh.Spreadsheets.BatchUpdate(f.Id, reqs).Do(); err != nil {
			b.Fatal(err)
		}
	}
}
