package localgoogle_test

import (
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func (w *world) grid(id string, rows, cols int64) {
	w.t.Helper()
	w.batch(id, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{GridProperties: &sheets.GridProperties{RowCount: rows, ColumnCount: cols}},
		Fields:     "gridProperties(rowCount,columnCount)"}})
}

func TestRangesAreEchoedAsGoogleEchoesThem(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("ranges")
	w.batch(id,
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "D3",
			GridProperties: &sheets.GridProperties{RowCount: 4, ColumnCount: 4}}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "It's/a tab",
			SheetId: 7, GridProperties: &sheets.GridProperties{RowCount: 10, ColumnCount: 5}}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "Ноябрь 2026",
			GridProperties: &sheets.GridProperties{RowCount: 10, ColumnCount: 5}}}},
		&sheets.Request{AddNamedRange: &sheets.AddNamedRangeRequest{
			NamedRange: &sheets.NamedRange{Name: "Plan", Range: gr(7, 1, 3, 1, 2)}}},
	)
	for asked, want := range map[string]string{
		"Sheet1":               "Sheet1!A1:Z1000",
		"'Sheet1'":             "Sheet1!A1:Z1000",
		"A1:A1":                "Sheet1!A1",
		"$B$2":                 "Sheet1!B2",
		"A:A":                  "Sheet1!A1:A1000",
		"A1:C":                 "Sheet1!A1:C1000",
		"A2:2":                 "Sheet1!A2:Z2",
		"D4:A1":                "Sheet1!A1:D4",
		"R2C2:R3C4":            "Sheet1!B2:D3",
		"'D3'!A1:D6":           "'D3'!A1:D4",
		"D3!2:4":               "'D3'!A2:D4",
		"'It''s/a tab'!A:A":    "'It''s/a tab'!A1:A10",
		"'It''s/a tab'!$A$1:B": "'It''s/a tab'!A1:B10",
		"Ноябрь 2026!A1:B2":    "'Ноябрь 2026'!A1:B2",
		"Plan":                 "'It''s/a tab'!B2:B3",
		"Sheet1!Plan":          "'It''s/a tab'!B2:B3",
	} {
		res, err := w.sheets.Spreadsheets.Values.Get(id, asked).Do()
		if err != nil {
			t.Errorf("%s: %v", asked, err)
			continue
		}
		if res.Range != want {
			t.Errorf("%s: got %s, want %s", asked, res.Range, want)
		}
	}
	for asked, want := range map[string]string{
		"Nowhere!A1":   "Unable to parse range: Nowhere!A1",
		"'Sheet1!A1":   "Unable to parse range: 'Sheet1!A1",
		"A1:B2:C3":     "Unable to parse range: A1:B2:C3",
		"'D3'!Z100":    "Range ('D3'!Z100) exceeds grid limits. Max rows: 4, max columns: 4",
		"'D3'!A5:B6":   "Range ('D3'!A5:B6) exceeds grid limits. Max rows: 4, max columns: 4",
		"Sheet1!A0":    "Unable to parse range: Sheet1!A0",
		"Sheet1!AAAA1": "Unable to parse range: Sheet1!AAAA1",
	} {
		_, err := w.sheets.Spreadsheets.Values.Get(id, asked).Do()
		wantErr(t, err, 400, want)
	}
}

func TestReadsAreTrimmed(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("trim")
	w.put(id, "A1", []any{1}, []any{}, []any{}, []any{nil, nil, nil, 2})
	for _, c := range []struct{ rng, dim, want string }{
		{"A1:D4", "ROWS", `[[1],[],[],["","","",2]]`},
		{"A1:D4", "COLUMNS", `[[1],[],[],["","","",2]]`},
		{"A1:C9", "ROWS", `[[1]]`},
		{"B1:C9", "ROWS", `null`},
		{"A2:E4", "COLUMNS", `[[],[],[],["","",2]]`},
	} {
		res, err := w.sheets.Spreadsheets.Values.Get(id,
			c.rng).MajorDimension(c.dim).ValueRenderOption("UNFORMATTED_VALUE").Do()
		if err != nil {
			t.Fatal(err)
		}
		if got := asJSON(t, res.Values); got != c.want || res.MajorDimension != c.dim {
			t.Errorf("%s %s: got %s, want %s", c.rng, c.dim, got, c.want)
		}
	}
	if got := w.compact("GET", "/v4/spreadsheets/"+id+"/values/X1:Y2",
		""); got != `{"range":"Sheet1!X1:Y2","majorDimension":"ROWS"}` {
		t.Errorf("an empty range answers %s", got)
	}
}

func TestRendering(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("render")
	w.put(id, "A1", []any{"=4/2", "2020-01-01", "string", "53"}, []any{"=3/2", "0.12", "1999-01-02", ""})
	for _, c := range []struct{ render, dates, want string }{
		{"FORMATTED_VALUE", "SERIAL_NUMBER", `[["2","2020-01-01","string","53"],["1.5","0.12","1999-01-02"]]`},
		{"UNFORMATTED_VALUE", "SERIAL_NUMBER", `[[2,43831,"string",53],[1.5,0.12,36162]]`},
		{"UNFORMATTED_VALUE", "FORMATTED_STRING", `[[2,"2020-01-01","string",53],[1.5,0.12,"1999-01-02"]]`},
		{"FORMULA", "SERIAL_NUMBER", `[["=4/2",43831,"string",53],["=3/2",0.12,36162]]`},
	} {
		res, err := w.sheets.Spreadsheets.Values.Get(id, "A1:D2").ValueRenderOption(c.render).
			DateTimeRenderOption(c.dates).Do()
		if err != nil {
			t.Fatal(err)
		}
		if got := asJSON(t, res.Values); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.render, c.dates, got, c.want)
		}
	}
	w.put(id, "A5", []any{"=1/0", "=NA()", "=NOSUCH(1)"})
	got := asJSON(t, w.get(id, "A5:C5"))
	if !strings.Contains(got, `"#DIV/0! (`) || !strings.Contains(got, `"#N/A`) || !strings.Contains(got, `"#NAME? (`) {
		t.Errorf("errors read %s", got)
	}
}

func TestUpdateCountsAndGrows(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("update")
	w.grid(id, 4, 4)
	for _, c := range []struct {
		rng    string
		values [][]any
		want   string
		counts [3]int64
	}{
		{"A1:B2", [][]any{{"a", "b"}}, "Sheet1!A1:B1", [3]int64{1, 2, 2}},
		{"A1", [][]any{{1, 2, 3, 4}, {1, 2, 3, 4}, {1}, {1}}, "Sheet1!A1:D4", [3]int64{4, 4, 10}},
		{"A1:D4", [][]any{{"x", nil, nil, nil}, {nil}, {}, {nil, nil, nil, "y"}}, "Sheet1!A1:D4", [3]int64{2, 2, 2}},
		{"A1:D1", [][]any{{"", ""}}, "Sheet1!A1:B1", [3]int64{1, 2, 2}},
		{"A1:F6", [][]any{{1}, {2}, {3}, {4}, {5}, {6, 6, 6, 6, 6, 6}}, "Sheet1!A1:F6", [3]int64{6, 6, 11}},
	} {
		res := w.put(id, c.rng, c.values...)
		if res.UpdatedRange != c.want || [3]int64{res.UpdatedRows, res.UpdatedColumns, res.UpdatedCells} != c.counts {
			t.Errorf("%s: got %s %d %d %d", c.rng, res.UpdatedRange, res.UpdatedRows, res.UpdatedColumns,
				res.UpdatedCells)
		}
	}
	if got := asJSON(t, w.get(id, "Sheet1")); got != `[[1,"",3,4],[2,2,3,4],[3],[4,"","","y"],[5],[6,6,6,6,6,6]]` {
		t.Errorf("got %s", got)
	}
	_, err := w.sheets.Spreadsheets.Values.Update(id, "A1:B2", &sheets.ValueRange{Values: [][]any{{1}, {2}, {3}}}).
		ValueInputOption("RAW").Do()
	wantErr(t, err, 400, "tried writing to row [3]")
	_, err = w.sheets.Spreadsheets.Values.Update(id, "A1", &sheets.ValueRange{Values: [][]any{{1}}}).Do()
	wantErr(t, err, 400, "'valueInputOption' is required but not specified")
	status, body := w.raw("PUT", "/v4/spreadsheets/"+id+"/values/A1?valueInputOption=RAW",
		`{"values":"X","majorDimension":null}`)
	if status != 400 || !strings.Contains(body,
		`Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\"`) ||
		!strings.Contains(body, `"field": "data.values"`) {
		t.Errorf("got %d %s", status, body)
	}
}

func TestBatchUpdateCountsDistinctRowsAndColumns(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("totals")
	var data []*sheets.ValueRange
	for _, rng := range []string{"B2", "D2", "B3", "D3", "B5", "D5", "B6", "D6"} {
		data = append(data, &sheets.ValueRange{Range: rng, Values: [][]any{{rng}}})
	}
	res, err := w.sheets.Spreadsheets.Values.BatchUpdate(id,
		&sheets.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: data, IncludeValuesInResponse: true}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if res.TotalUpdatedRows != 4 || res.TotalUpdatedColumns != 2 || res.TotalUpdatedCells != 8 ||
		res.TotalUpdatedSheets != 1 {
		t.Errorf("got %s", asJSON(t, res))
	}
	if got := asJSON(t, res.Responses[1].UpdatedData.Values); got != `[["D2"]]` {
		t.Errorf("updated data: %s", got)
	}
	data[3].Range = "Nope!A1"
	_, err = w.sheets.Spreadsheets.Values.BatchUpdate(id,
		&sheets.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: []*sheets.ValueRange{
			{Range: "A9", Values: [][]any{{"lost"}}}, data[3]}}).Do()
	wantErr(t, err, 400, "Unable to parse range: Nope!A1")
	if got := w.get(id, "A9"); got != nil {
		t.Errorf("half of a failed batch was written: %v", got)
	}
}

func TestRawAndUserEntered(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("input")
	in := []any{"true", "0042", "=1+1", "2,000,000.01", "3_1_0", "a\nb", 25}
	if _, err := w.sheets.Spreadsheets.Values.Update(id, "A1", &sheets.ValueRange{Values: [][]any{in}}).
		ValueInputOption("RAW").Do(); err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, w.get(id, "A1:G1")); got != `[["true","0042","=1+1","2,000,000.01","3_1_0","a\nb",25]]` {
		t.Errorf("raw: %s", got)
	}
	w.put(id, "A2", in)
	if got := asJSON(t, w.get(id, "A2:G2")); got != `[[true,42,2,2000000.01,"3_1_0","a\nb",25]]` {
		t.Errorf("entered: %s", got)
	}
}

func TestClear(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("clear")
	w.grid(id, 10, 5)
	w.put(id, "A1", []any{1, 2}, []any{3, 4})
	res, err := w.sheets.Spreadsheets.Values.BatchClear(id,
		&sheets.BatchClearValuesRequest{Ranges: []string{"B1:Z", "A7:A99"}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, res.ClearedRanges); got != `["Sheet1!B1:E10","Sheet1!A7:A10"]` {
		t.Errorf("cleared %s", got)
	}
	if got := asJSON(t, w.get(id, "Sheet1")); got != `[[1],[3]]` {
		t.Errorf("left %s", got)
	}
}

func TestAppendSearchesTheTable(t *testing.T) {
	for _, c := range []struct {
		name          string
		before        [][]any
		rng           string
		rows          [][]any
		table, update string
	}{
		{"empty tab", nil, "Sheet1", [][]any{{1, 2}}, "", "Sheet1!A1:B1"},
		{"below a row", [][]any{{1, 2, 3}}, "Sheet1", [][]any{{4, 5, 6}}, "Sheet1!A1:C1", "Sheet1!A2:C2"},
		{"last of two tables", [][]any{{"x", "", "y"}}, "Sheet1", [][]any{{1, 2, 3}}, "Sheet1!C1", "Sheet1!C2:E2"},
		{"the table asked for", [][]any{{"x", "", "y"}}, "Sheet1!A1", [][]any{{1, 2, 3}}, "Sheet1!A1", "Sheet1!A2:C2"},
		{"an empty row between", [][]any{{"x"}, {}, {"y"}}, "A2", [][]any{{1, 2}}, "", "Sheet1!A2:B2"},
		{"a table above the last row", [][]any{{"a", "b"}, {1, 2}, {3, 4}}, "A:B", [][]any{{5, 6}}, "Sheet1!A1:B3",
			"Sheet1!A4:B4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := mustOpen(t, localgoogle.Options{})
			id := w.create("append")
			if c.before != nil {
				w.put(id, "A1", c.before...)
			}
			res, err := w.sheets.Spreadsheets.Values.Append(id, c.rng, &sheets.ValueRange{Values: c.rows}).
				ValueInputOption("RAW").Do()
			if err != nil {
				t.Fatal(err)
			}
			if res.TableRange != c.table || res.Updates.UpdatedRange != c.update {
				t.Errorf("got %q %q", res.TableRange, res.Updates.UpdatedRange)
			}
		})
	}
}

func TestAppendInsertsRowsAndGrows(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("append")
	w.grid(id, 3, 4)
	w.put(id, "A1", []any{1}, []any{}, []any{"below"})
	if _, err := w.sheets.Spreadsheets.Values.Append(id, "A1", &sheets.ValueRange{Values: [][]any{{2}, {3}}}).
		ValueInputOption("RAW").InsertDataOption("INSERT_ROWS").Do(); err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, w.get(id, "Sheet1")); got != `[[1],[2],[3],[],["below"]]` {
		t.Errorf("got %s", got)
	}
	res, err := w.sheets.Spreadsheets.Values.Append(id, "A5",
		&sheets.ValueRange{Values: [][]any{{1, 2, 3, 4, 5, 6, 7, 8}}}).ValueInputOption("RAW").
		IncludeValuesInResponse(true).Do()
	if err != nil {
		t.Fatal(err)
	}
	if res.Updates.UpdatedRange != "Sheet1!A6:H6" ||
		asJSON(t, res.Updates.UpdatedData.Values) != `[["1","2","3","4","5","6","7","8"]]` {
		t.Errorf("got %s", asJSON(t, res))
	}
}

func TestBatchGetByDataFilter(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("filters")
	w.grid(id, 5, 4)
	column := func(id int64, key string, i int64) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{
				MetadataId: id, MetadataKey: key, MetadataValue: "v" + key, Visibility: "DOCUMENT",
				Location: &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "COLUMNS", i, i+1)}}}}
	}
	w.batch(id, column(11, "calls", 1), column(12, "deals", 2))
	w.put(id, "A1", []any{"day", "Calls", "Deals"}, []any{1, 10, 100}, []any{2, 20})
	read := func() string {
		t.Helper()
		res, err := w.sheets.Spreadsheets.Values.BatchGetByDataFilter(id, &sheets.BatchGetValuesByDataFilterRequest{
			MajorDimension: "COLUMNS", ValueRenderOption: "UNFORMATTED_VALUE",
			DataFilters: []*sheets.DataFilter{
				{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataKey: "calls"}},
				{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataId: 12}},
				{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataKey: "gone"}},
				{A1Range: "Sheet1!A:A"},
				{GridRange: gr(0, 1, 2, 0, 1)},
			}}).Do()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, v := range res.ValueRanges {
			out = append(out, v.ValueRange.Range+" "+asJSON(t, v.ValueRange.Values))
		}
		return strings.Join(out, "; ")
	}
	want := `Sheet1!B1:B5 [["Calls",10,20]]; Sheet1!C1:C5 [["Deals",100]]; Sheet1!A1:A5 [["day",1,2]]; Sheet1!A2 [[1]]`
	if got := read(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	// The metadata moves with the columns.
	w.batch(id, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "COLUMNS", 1, 2)}},
		&sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: dims(0, "COLUMNS", 3, 4),
			DestinationIndex: 0}})
	want = `Sheet1!D1:D5 [["Calls",10,20]]; Sheet1!A1:A5 [["Deals",100]]; Sheet1!A2 [[100]]`
	if got := read(); got != want {
		t.Errorf("after moves: got %s\nwant %s", got, want)
	}
	w.batch(id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "COLUMNS", 3, 4)}})
	if got := read(); strings.Contains(got, "Calls") {
		t.Errorf("deleted column still found: %s", got)
	}
}
