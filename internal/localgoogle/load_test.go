package localgoogle_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

// reportRequests fill a tab as a manager's report does: 60 rows of 25 formatted cells.
func reportRequests() []*sheets.Request {
	formats := []*sheets.CellFormat{
		{BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 0.9, Green: 0.95, Blue: 1}}, TextFormat: &sheets.TextFormat{Bold: true}},
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
		{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{}, Rows: rows, Fields: "userEnteredValue,userEnteredFormat"}},
		{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{Range: gr(0, 0, 10, 0, 5)}}},
	}
}

func TestManySpreadsheetsAreWrittenInSeconds(t *testing.T) {
	n := 500
	if testing.Short() {
		n = 50
	}
	w := mustOpen(t, localgoogle.Options{Dir: t.TempDir(), CacheCells: 200_000})
	reqs := reportRequests()
	start := time.Now()
	var ids []string
	for i := range n {
		id := w.create(fmt.Sprintf("Отчёт %d", i))
		w.batch(id, reqs...)
		ids = append(ids, id)
	}
	wrote := time.Since(start)
	start = time.Now()
	for _, id := range ids {
		if got := w.get(id, "Sheet1!Y3"); asJSON(t, got) != "[[552]]" {
			t.Fatalf("got %v", got)
		}
	}
	t.Logf("%d spreadsheets written in %v, read in %v", n, wrote, time.Since(start))
	if wrote > time.Minute {
		t.Errorf("writing took %v", wrote)
	}
}
