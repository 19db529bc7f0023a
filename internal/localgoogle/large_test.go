package localgoogle_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func resize(rows, cols int64) *sheets.Request {
	return &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{GridProperties: &sheets.GridProperties{RowCount: rows, ColumnCount: cols}},
		Fields:     "gridProperties(rowCount,columnCount)",
	}}
}

func paint(g *sheets.GridRange, pattern string) *sheets.Request {
	return &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: g, Fields: "userEnteredFormat.numberFormat",
		Cell: &sheets.CellData{
			UserEnteredFormat: &sheets.CellFormat{NumberFormat: &sheets.NumberFormat{Type: "NUMBER", Pattern: pattern}},
		}}}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A format or a rule of whole columns is stored once, however many rows there are; what
// is then typed into one row is in that row alone, also after a restart.
func TestFormatsOfColumnsAreKeptOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it works two million cells")
	}
	dir := t.TempDir()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: s}
	w.sheets, w.drive = mustClients(t, s, "")
	id := w.create("x")
	const rows = 100_000
	w.batch(id, resize(rows, 20))
	rule := &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "NUMBER_GREATER",
		Values: []*sheets.ConditionValue{{UserEnteredValue: "0"}}}}
	bytes := allocated(func() {
		w.batch(id, paint(gr(0, 0, rows, 0, 20), "0.0"), paint(gr(0, 0, rows, 3, 4), "0.000"),
			&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: gr(0, 0, rows, 5, 6),
				Rule: rule}})
	})
	// two million cells of 48 bytes would take 96 MB for each request alone
	if most := uint64(rows * 1000); bytes > most {
		t.Errorf("formats of columns took %d MB", bytes>>20)
	}
	w.put(id, "D50000", []any{2})
	w.batch(id, paint(gr(0, 70_000, 70_001, 3, 4), "0"))
	look := func(w *world) {
		t.Helper()
		w.put(id, "D70001", []any{7})
		w.want(w.compact("GET", "/v4/spreadsheets/"+id+
			"/values:batchGet?ranges=D49999&ranges=D50000&ranges=D50001&ranges=D70001&fields=valueRanges.values", ""),
			`{"valueRanges":[{},{"values":[["2.000"]]},{},{"values":[["7"]]}]}`)
		got := w.compact("GET", "/v4/spreadsheets/"+id+
			"?ranges=D70000:F70002&fields=sheets.data.rowData.values(userEnteredFormat.numberFormat.pattern,dataValidation.condition.type)", "")
		line := func(pattern string) string {
			return `{"values":[{"userEnteredFormat":{"numberFormat":{"pattern":"` + pattern +
				`"}}},{"userEnteredFormat":{"numberFormat":{"pattern":"0.0"}}},` +
				`{"userEnteredFormat":{"numberFormat":{"pattern":"0.0"}},"dataValidation":{"condition":{"type":"NUMBER_GREATER"}}}]}`
		}
		w.want(got, `{"sheets":[{"data":[{"rowData":[`+line("0.000")+","+line("0")+","+line("0.000")+`]}]}]}`)
	}
	look(w)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look(mustOpen(t, localgoogle.Options{Dir: dir}))
}

// A body that is too large is refused before it is read.
func TestLargeBodiesAreRefused(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	body := strings.Repeat(" ", 33<<20)
	var status int
	var text string
	bytes := allocated(func() { status, text = w.raw("POST", "/v4/spreadsheets/"+id+":batchUpdate", body) })
	if status != 413 || !strings.Contains(text, "exceeds the limit") || bytes > 1<<20 {
		t.Errorf("got %d %s, which took %d bytes", status, text, bytes)
	}
}

// A spreadsheet larger than the cache stays loaded while it is in use: reading a cell, or
// appending a row, does not read it all anew.
func TestLargeSpreadsheetsStayLoaded(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{Dir: t.TempDir(), CacheCells: 1000})
	id := large(t, w, 5000, 10)
	bytes := allocated(func() {
		for range 10 {
			w.want(asJSON(t, w.get(id, "A4000")), `[[3999]]`)
			if _, err := w.sheets.Spreadsheets.Values.Append(id, "Sheet1!A:J",
				&sheets.ValueRange{Values: [][]any{{1, 2}}}).ValueInputOption("RAW").Do(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if most := uint64(10 << 20); bytes > most { // once read, the cells take 2.4 MB
		t.Errorf("ten reads and ten appends took %d MB", bytes>>20)
	}
}

// The first page of a spreadsheet with a long tab behind it costs reading that tab once,
// and no copy of it for formulas that do not name it.
func TestFirstPageOfALongSpreadsheet(t *testing.T) {
	const rows, cols = 20_000, 10
	dir := t.TempDir()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: s}
	w.sheets, w.drive = mustClients(t, s, "")
	id := large(t, w, rows, cols)
	w.batch(id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: 7,
		Title: "Main", Index: 0, ForceSendFields: []string{"Index"}}}})
	w.put(id, "Main!A1", []any{"=B1*2", 21})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	w = mustOpen(t, localgoogle.Options{Dir: dir})
	page := func() (bytes uint64) {
		return allocated(func() {
			if got := w.compact("GET", "/_page/sheet/"+id, ""); !strings.Contains(got, `"42"`) {
				t.Errorf("the first page has no 42: %.200s", got)
			}
		})
	}
	// The cells themselves are 9.6 MB of the 17. With a text for each cell and a copy for
	// formulas it took 79 MB.
	if bytes := page(); bytes > 24<<20 {
		t.Errorf("the first page took %d MB", bytes>>20)
	}
	if bytes := page(); bytes > 1<<20 {
		t.Errorf("the first page took %d kB the second time", bytes>>10)
	}
}

// large makes a spreadsheet of rows × cols numbers.
func large(t *testing.T, w *world, rows, cols int) string {
	t.Helper()
	id := w.create("large")
	w.batch(id, resize(int64(rows+100), int64(cols)))
	const step = 10_000
	for from := 0; from < rows; from += step {
		var values [][]any
		for r := from; r < min(from+step, rows); r++ {
			line := make([]any, cols)
			for c := range line {
				line[c] = r + c
			}
			values = append(values, line)
		}
		if _, err := w.sheets.Spreadsheets.Values.Update(id, fmt.Sprintf("Sheet1!A%d", from+1),
			&sheets.ValueRange{Values: values}).ValueInputOption("RAW").Do(); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// BenchmarkMillionCells reads one cell of a million, and appends a row to them.
func BenchmarkMillionCells(b *testing.B) {
	s, err := localgoogle.Open(b.Context(), localgoogle.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	w := &world{s: s}
	w.sheets, w.drive = mustClients(b, s, "")
	f, err := w.drive.Files.Create(&drive.File{Name: "large", MimeType: mimeSheet}).Do()
	if err != nil {
		b.Fatal(err)
	}
	id := f.Id
	if _, err := w.sheets.Spreadsheets.BatchUpdate(id,
		&sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{resize(200_000, 10)}}).Do(); err != nil {
		b.Fatal(err)
	}
	for from := range 10 {
		var values [][]any
		for r := range 10_000 {
			values = append(values, []any{from, r, 2, 3, 4, 5, 6, 7, 8, 9})
		}
		if _, err := w.sheets.Spreadsheets.Values.Update(id, fmt.Sprintf("Sheet1!A%d", from*10_000+1),
			&sheets.ValueRange{Values: values}).ValueInputOption("RAW").Do(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.sheets.Spreadsheets.Values.Get(id, "Sheet1!B50000").Do(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.sheets.Spreadsheets.Values.Append(id, "Sheet1!A:J",
				&sheets.ValueRange{Values: [][]any{{1, 2}}}).ValueInputOption("RAW").Do(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
