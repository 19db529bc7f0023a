package localgoogle_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

// TestMain runs the test binary as a writer that will be killed, if asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALGOOGLE_TEST_WRITER"); dir != "" {
		if err := writeForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writeForever writes numbers into a spreadsheet and prints each that was answered.
func writeForever(dir string) error {
	s, err := localgoogle.Open(context.Background(), localgoogle.Options{Dir: dir})
	if err != nil {
		return err
	}
	t := &testing.T{}
	sh, dr := mustClients(t, s, "")
	f, err := dr.Files.Create(&drive.File{Name: "durable", MimeType: mimeSheet,
		AppProperties: map[string]string{"k": "v"}}).Do()
	if err != nil {
		return err
	}
	fmt.Println(f.Id)
	for i := 1; ; i++ {
		row := &sheets.RowData{}
		for c := range 20 {
			row.Values = append(row.Values, &sheets.CellData{UserEnteredValue: num(float64(i)),
				Note: fmt.Sprint("note ", c), UserEnteredFormat: &sheets.CellFormat{
					TextFormat: &sheets.TextFormat{FontSize: int64(i%50 + 6)}}})
		}
		reqs := []*sheets.Request{{UpdateCells: &sheets.UpdateCellsRequest{
			Start: &sheets.GridCoordinate{RowIndex: int64(i % 100)}, Rows: []*sheets.RowData{row}, Fields: "*"}}}
		if i%10 == 0 {
			reqs = append(reqs, &sheets.Request{AddSheet: &sheets.AddSheetRequest{
				Properties: &sheets.SheetProperties{Title: fmt.Sprint("tab ", i)}}})
		}
		if _, err := sh.Spreadsheets.BatchUpdate(f.Id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
			Do(); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func TestNothingAnsweredIsLostToAKill(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for round := range rounds {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "LOCALGOOGLE_TEST_WRITER="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan()
		id := lines.Text()
		last := 0
		for lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatal(err)
			}
			if last == 57+round*38 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
		w := mustOpen(t, localgoogle.Options{Dir: dir})
		col := w.get(id, "Sheet1!T1:T100")
		for i := max(1, last-99); i <= last; i++ {
			got := fmt.Sprint(col[i%100])
			// One write more than was printed may have been stored.
			if got != fmt.Sprintf("[%d]", i) && got != fmt.Sprintf("[%d]", i+100) {
				t.Errorf("round %d: row %d holds %s, %d was answered", round, i%100, got, i)
			}
		}
		s, err := w.sheets.Spreadsheets.Get(id).Do()
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Sheets) < last/10+1 {
			t.Errorf("%d tabs after %d writes", len(s.Sheets), last)
		}
		if got := w.list("appProperties has {key='k' and value='v'}"); len(got) != 1 {
			t.Errorf("files: %v", got)
		}
	}
}

// TestReopenedIsTheSame fills a document with everything, and reads it again from disk.
func TestReopenedIsTheSame(t *testing.T) {
	dir := t.TempDir()
	w := mustOpenUnclosed(t, dir)
	id := w.create("same")
	w.batch(id, everything()...)
	w.put(id, "Sheet1!A20", []any{"=A1+1", "12%", "2026-05-15", "true", "текст", "=TODAY()"})
	w.batch(id, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: dims(0, "ROWS", 3, 5),
		DestinationIndex: 12}},
		&sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "COLUMNS", 8, 9)}})
	read := func(w *world) string { return w.compact("GET", "/v4/spreadsheets/"+id+"?includeGridData=true", "") }
	files := func(w *world) string { return w.compact("GET", "/drive/v3/files/"+id+"?fields=*", "") }
	want, wantFile := read(w), files(w)
	token, err := w.drive.Changes.GetStartPageToken().Do()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, localgoogle.Options{Dir: dir})
	if got := read(again); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := files(again); got != wantFile {
		t.Errorf("got  %s\nwant %s", got, wantFile)
	}
	next, err := again.drive.Changes.GetStartPageToken().Do()
	if err != nil || next.StartPageToken != token.StartPageToken {
		t.Errorf("token %v, %v", next, err)
	}
	if again.create("another") == "" {
		t.Error("no new file")
	}
	if got := asJSON(t, again.get(id, "A20:B20")); got != "[[2,0.12]]" {
		t.Errorf("got %s", got)
	}
}

func mustOpenUnclosed(t *testing.T, dir string) *world {
	t.Helper()
	c := newClock()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: dir, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: s, clock: c}
	w.sheets, w.drive = mustClients(t, s, "")
	return w
}

// overlay returns a position on the first tab.
func overlay() *sheets.EmbeddedObjectPosition {
	return &sheets.EmbeddedObjectPosition{OverlayPosition: &sheets.OverlayPosition{}}
}

// everything returns a batch with one of each object.
func everything() []*sheets.Request {
	red := &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1}}
	list := &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "ONE_OF_LIST",
		Values: []*sheets.ConditionValue{{UserEnteredValue: "a"}}}, Strict: true}
	meta := func(id int64, l *sheets.DeveloperMetadataLocation) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{MetadataId: id, MetadataKey: "k", MetadataValue: "v",
				Visibility: "PROJECT", Location: l}}}
	}
	return []*sheets.Request{
		{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{}, Fields: "*", Rows: []*sheets.RowData{
			{Values: []*sheets.CellData{{UserEnteredValue: num(1), Note: "n", DataValidation: list},
				{UserEnteredFormat: &sheets.CellFormat{BackgroundColorStyle: red,
					Borders: &sheets.Borders{Top: &sheets.Border{Style: "SOLID_THICK"}}}}}},
			{Values: []*sheets.CellData{{UserEnteredValue: text("rich"),
				TextFormatRuns: []*sheets.TextFormatRun{{StartIndex: 2, Format: &sheets.TextFormat{Bold: true}}}}}},
		}}},
		{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU", TimeZone: "Europe/Moscow"},
			Fields:     "locale,timeZone"}},
		{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: 2, Title: "Лист", Hidden: true,
			TabColorStyle: red, RightToLeft: true}}},
		{MergeCells: &sheets.MergeCellsRequest{Range: gr(0, 5, 7, 0, 2), MergeType: "MERGE_COLUMNS"}},
		{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{Range: dims(0, "COLUMNS", 1, 3),
			Properties: &sheets.DimensionProperties{PixelSize: 40, HiddenByUser: true}, Fields: "*"}},
		{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{Range: dims(0, "ROWS", 30, 31),
			Properties: &sheets.DimensionProperties{HiddenByUser: true}, Fields: "hiddenByUser"}},
		{AddNamedRange: &sheets.AddNamedRangeRequest{
			NamedRange: &sheets.NamedRange{Name: "x", Range: gr(0, 0, 5, 0, 1)}}},
		{AddProtectedRange: &sheets.AddProtectedRangeRequest{
			ProtectedRange: &sheets.ProtectedRange{Range: &sheets.GridRange{SheetId: 2},
				UnprotectedRanges: []*sheets.GridRange{gr(2, 1, 2, 1, 2)}, Description: "d"}}},
		{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
			Rule: &sheets.ConditionalFormatRule{Ranges: []*sheets.GridRange{gr(0, 0, 5, 0, 5)},
				BooleanRule: &sheets.BooleanRule{Condition: &sheets.BooleanCondition{Type: "NOT_BLANK"},
					Format: &sheets.CellFormat{BackgroundColorStyle: red}}}}},
		{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{Index: 1,
			Rule: &sheets.ConditionalFormatRule{Ranges: []*sheets.GridRange{gr(0, 0, 5, 0, 5)},
				GradientRule: &sheets.GradientRule{Minpoint: &sheets.InterpolationPoint{Type: "MIN", ColorStyle: red},
					Maxpoint: &sheets.InterpolationPoint{Type: "MAX", ColorStyle: red}}}}},
		{AddBanding: &sheets.AddBandingRequest{BandedRange: &sheets.BandedRange{Range: gr(0, 10, 15, 0, 3),
			RowProperties: &sheets.BandingProperties{FirstBandColorStyle: red}}}},
		{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{Position: overlay(),
			Spec: &sheets.ChartSpec{Title: "chart", PieChart: &sheets.PieChartSpec{
				Domain: &sheets.ChartData{SourceRange: &sheets.ChartSourceRange{
					Sources: []*sheets.GridRange{gr(0, 0, 5, 0, 1)}}}}}}}},
		{SetBasicFilter: &sheets.SetBasicFilterRequest{Filter: &sheets.BasicFilter{Range: gr(0, 0, 5, 0, 2),
			Criteria: map[string]sheets.FilterCriteria{"0": {HiddenValues: []string{"rich"}}}}}},
		{AddTable: &sheets.AddTableRequest{Table: &sheets.Table{Range: gr(2, 0, 3, 0, 2)}}},
		{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: dims(0, "COLUMNS", 3, 6)}},
		meta(1, &sheets.DeveloperMetadataLocation{Spreadsheet: true}),
		meta(2, &sheets.DeveloperMetadataLocation{SheetId: 2}),
		meta(3, &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "COLUMNS", 4, 5)}),
		meta(4, &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "ROWS", 4, 5)}),
	}
}

func TestADirectoryIsServedOnce(t *testing.T) {
	dir := t.TempDir()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: filepath.Join(dir, "data")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: filepath.Join(dir, "data")}); !errors.Is(err,
		localgoogle.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = localgoogle.Open(t.Context(), localgoogle.Options{Dir: filepath.Join(dir, "data")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestManyAtOnce is for the race detector: readers and writers of the same and of
// different spreadsheets, with a cache that holds almost nothing.
func TestManyAtOnce(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{Dir: t.TempDir(), CacheCells: 300, Now: time.Now})
	var ids []string
	for i := range 4 {
		id := w.create(fmt.Sprint("r", i))
		w.put(id, "A1", []any{0, "=A1*2", "=SUM(A:A)"})
		ids = append(ids, id)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 15 {
				id := ids[(g+i)%len(ids)]
				var err error
				switch (g + i) % 6 {
				case 0, 1:
					_, err = w.sheets.Spreadsheets.Values.Update(id, "A1", &sheets.ValueRange{Values: [][]any{{i}}}).
						ValueInputOption("RAW").Do()
				case 2:
					_, err = w.sheets.Spreadsheets.Values.Append(id, "Sheet1",
						&sheets.ValueRange{Values: [][]any{{i, "=A1+1"}}}).ValueInputOption("USER_ENTERED").Do()
				case 3:
					_, err = w.sheets.Spreadsheets.Get(id).IncludeGridData(true).
						Fields("sheets.data.rowData.values(effectiveValue,effectiveFormat)").Do()
				case 4:
					_, err = w.drive.Changes.List("1").Do()
				default:
					_, err = w.sheets.Spreadsheets.Values.Get(id, "A1:C50").Do()
				}
				if err != nil {
					t.Errorf("goroutine %d: %v", g, err)
				}
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		vals := w.get(id, "A1:B1")
		if fmt.Sprint(vals[0][1]) != fmt.Sprint(vals[0][0].(float64)*2) {
			t.Errorf("got %v", vals)
		}
		f, err := w.drive.Files.Get(id).Fields("version").Do()
		if err != nil || f.Version < 5 {
			t.Errorf("version %v, %v", f, err)
		}
	}
	if n := len(w.list("name contains 'r'")); n != 4 {
		t.Errorf("%d files", n)
	}
	if !strings.HasPrefix(w.s.Owner(), "svodka@") {
		t.Error(w.s.Owner())
	}
}
