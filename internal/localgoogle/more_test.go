package localgoogle_test

import (
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func TestNamedRanges(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("named")
	got := w.compact("POST", "/v4/spreadsheets/"+id+":batchUpdate",
		`{"requests":[{"addNamedRange":{"namedRange":{"name":"plan","namedRangeId":"p","range":{"sheetId":0,"startRowIndex":0,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":2}}}},{"addNamedRange":{"namedRange":{"name":"all","namedRangeId":"a","range":{"sheetId":0}}}}]}`)
	w.want(got, `{"spreadsheetId":"`+id+
		`","replies":[{"addNamedRange":{"namedRange":{"namedRangeId":"p","name":"plan","range":{"startRowIndex":0,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":2}}}},{"addNamedRange":{"namedRange":{"namedRangeId":"a","name":"all","range":{}}}}]}`)
	w.batch(id, &sheets.Request{UpdateNamedRange: &sheets.UpdateNamedRangeRequest{
		NamedRange: &sheets.NamedRange{NamedRangeId: "p", Name: "план"}, Fields: "name"}},
		&sheets.Request{DeleteNamedRange: &sheets.DeleteNamedRangeRequest{NamedRangeId: "a"}})
	w.want(w.fields(id, "namedRanges"),
		`{"namedRanges":[{"namedRangeId":"p","name":"план","range":{"startRowIndex":0,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":2}}]}`)
	for _, n := range []*sheets.NamedRange{
		{Name: "план", Range: gr(0, 0, 1, 0, 1)}, {Name: "A1", Range: gr(0, 0, 1, 0, 1)},
		{Name: "with space", Range: gr(0, 0, 1, 0, 1)}, {Name: "x", NamedRangeId: "p", Range: gr(0, 0, 1, 0, 1)},
		{Name: "x"}, {Name: "x", Range: gr(0, 0, 2000, 0, 1)}, {Name: "x", Range: gr(5, 0, 1, 0, 1)},
	} {
		if err := w.batchErr(id, &sheets.Request{
			AddNamedRange: &sheets.AddNamedRangeRequest{NamedRange: n}}); err == nil {
			t.Errorf("taken: %s", asJSON(t, n))
		}
	}
	wantErr(t, w.batchErr(id, &sheets.Request{DeleteNamedRange: &sheets.DeleteNamedRangeRequest{NamedRangeId: "a"}}),
		400, "No named range with id: a")
}

func TestMerges(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("merges")
	merge := func(kind string, r0, r1, c0, c1 int64) *sheets.Request {
		return &sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: gr(0, r0, r1, c0, c1), MergeType: kind}}
	}
	w.batch(id, merge("MERGE_ALL", 5, 7, 5, 7), merge("MERGE_ROWS", 0, 2, 0, 2))
	w.want(w.fields(id, "sheets.merges"),
		`{"sheets":[{"merges":[{"startRowIndex":5,"endRowIndex":7,"startColumnIndex":5,"endColumnIndex":7},{"startRowIndex":0,"endRowIndex":1,"startColumnIndex":0,"endColumnIndex":2},{"startRowIndex":1,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":2}]}]}`)
	wantErr(t, w.batchErr(id, merge("MERGE_ALL", 6, 9, 5, 7)), 400,
		"You must select all cells in a merged range to merge or unmerge them.")
	wantErr(t, w.batchErr(id, &sheets.Request{UnmergeCells: &sheets.UnmergeCellsRequest{Range: gr(0, 0, 1, 0, 1)}}),
		400, "You must select all cells")
	wantErr(t, w.batchErr(id, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: dims(0, "ROWS", 6, 7),
		DestinationIndex: 1}}), 400, "merged cell")
	w.batch(id, merge("MERGE_COLUMNS", 0, 2, 0, 2),
		&sheets.Request{UnmergeCells: &sheets.UnmergeCellsRequest{Range: gr(0, 3, 9, 3, 9)}})
	w.want(w.fields(id, "sheets.merges"),
		`{"sheets":[{"merges":[{"startRowIndex":0,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":1},{"startRowIndex":0,"endRowIndex":2,"startColumnIndex":1,"endColumnIndex":2}]}]}`)
}

func TestBordersAreMergedSideBySide(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("borders")
	solid := &sheets.Border{Style: "SOLID"}
	w.batch(id, &sheets.Request{UpdateBorders: &sheets.UpdateBordersRequest{Range: gr(0, 0, 2, 0, 1), Top: solid,
		InnerHorizontal: &sheets.Border{Style: "SOLID_THICK", ColorStyle: &sheets.ColorStyle{ThemeColor: "ACCENT1"}}}},
		&sheets.Request{UpdateBorders: &sheets.UpdateBordersRequest{Range: gr(0, 0, 1, 0, 1),
			Bottom: &sheets.Border{Style: "NONE"}, Left: solid}},
		&sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 1, 2, 0, 1),
			Cell:   &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{Borders: &sheets.Borders{Left: solid}}},
			Fields: "userEnteredFormat.borders.left"}})
	w.want(w.fields(id, "sheets.data.rowData.values.userEnteredFormat.borders(top,bottom,left)"),
		`{"sheets":[{"data":[{"rowData":[`+
			`{"values":[{"userEnteredFormat":{"borders":{"top":{"style":"SOLID","width":1,"color":{},"colorStyle":{"rgbColor":{}}},"left":{"style":"SOLID","width":1,"color":{},"colorStyle":{"rgbColor":{}}}}}}]},`+
			`{"values":[{"userEnteredFormat":{"borders":{"top":{"style":"SOLID_THICK","width":3,"color":{"red":0.25882354,"green":0.52156866,"blue":0.95686275},"colorStyle":{"themeColor":"ACCENT1"}},"left":{"style":"SOLID","width":1,"color":{},"colorStyle":{"rgbColor":{}}}}}}]}]}]}]}`)
}

func TestAutoResize(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("sizes")
	w.put(id, "A1", []any{strings.Repeat("ш", 40)}, []any{"two\nlines"})
	w.batch(id, &sheets.Request{AutoResizeDimensions: &sheets.AutoResizeDimensionsRequest{Dimensions: dims(0, "COLUMNS",
		0, 2)}}, &sheets.Request{AutoResizeDimensions: &sheets.AutoResizeDimensionsRequest{
		Dimensions: dims(0, "ROWS", 0, 3)}})
	w.want(w.fields(id, "sheets.data(rowMetadata,columnMetadata)", "A1:B3"),
		`{"sheets":[{"data":[{"rowMetadata":[{"pixelSize":21},{"pixelSize":38},{"pixelSize":21}],"columnMetadata":[{"pixelSize":290},{"pixelSize":100}]}]}]}`)
}

func TestUpdatesOfObjects(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna := w.as("anna@x.ru")
	id := w.create("objects")
	if _, err := w.drive.Permissions.Create(id,
		&drive.Permission{Type: "user", Role: "writer", EmailAddress: "anna@x.ru"}).Do(); err != nil {
		t.Fatal(err)
	}
	band := &sheets.BandingProperties{FirstBandColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1}}}
	w.batch(id,
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
			ProtectedRange: &sheets.ProtectedRange{ProtectedRangeId: 1, Range: gr(0, 0, 1, 0, 1)}}},
		&sheets.Request{AddBanding: &sheets.AddBandingRequest{
			BandedRange: &sheets.BandedRange{BandedRangeId: 2, Range: gr(0, 5, 8, 0, 1), RowProperties: band}}},
		&sheets.Request{UpdateBanding: &sheets.UpdateBandingRequest{
			BandedRange: &sheets.BandedRange{BandedRangeId: 2, Range: gr(0, 5, 9, 0, 1)}, Fields: "range"}},
		&sheets.Request{AddNamedRange: &sheets.AddNamedRangeRequest{
			NamedRange: &sheets.NamedRange{NamedRangeId: "n", Name: "locked", Range: gr(0, 20, 21, 0, 1)}}},
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{
			ProtectedRangeId: 3, NamedRangeId: "n", Editors: &sheets.Editors{Users: []string{"svodka@localhost"}}}}},
	)
	// Without editors all who may write the document may edit the range.
	anna.put(id, "A1", []any{"x"})
	w.batch(id, &sheets.Request{UpdateProtectedRange: &sheets.UpdateProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{ProtectedRangeId: 1, Description: "d",
			Editors: &sheets.Editors{Users: []string{"boris@x.ru"}}}, Fields: "description,editors"}})
	w.want(w.fields(id,
		"sheets(protectedRanges(protectedRangeId,description,editors,namedRangeId),bandedRanges(range,bandedRangeReference))"),
		`{"sheets":[{"protectedRanges":[{"protectedRangeId":1,"description":"d","editors":{"users":["boris@x.ru","svodka@localhost"]}},{"protectedRangeId":3,"namedRangeId":"n","editors":{"users":["svodka@localhost"]}}],`+
			`"bandedRanges":[{"range":{"startRowIndex":5,"endRowIndex":9,"startColumnIndex":0,"endColumnIndex":1},"bandedRangeReference":"2"}]}]}`)
	for _, rng := range []string{"A1", "locked"} {
		_, err := anna.sheets.Spreadsheets.Values.Update(id, rng, &sheets.ValueRange{Values: [][]any{{"y"}}}).
			ValueInputOption("RAW").Do()
		wantErr(t, err, 400, "You are trying to edit a protected cell")
	}
	if got := anna.compactAs("anna@x.ru", "GET", "/v4/spreadsheets/"+id+
		"?fields=sheets.protectedRanges(requestingUserCanEdit,editors)"); got !=
		`{"sheets":[{"protectedRanges":[{},{}]}]}` {
		t.Errorf("anna sees %s", got)
	}
	wantErr(t, anna.batchErr(id, &sheets.Request{UpdateProtectedRange: &sheets.UpdateProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{ProtectedRangeId: 1}, Fields: "editors"}}), 400,
		"You are trying to edit a protected cell")
	w.batch(id, &sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{ProtectedRangeId: 1}},
		&sheets.Request{DeleteBanding: &sheets.DeleteBandingRequest{BandedRangeId: 2}})
	anna.put(id, "A1", []any{"y"})

	tb := w.batch(id, &sheets.Request{AddTable: &sheets.AddTableRequest{
		Table: &sheets.Table{Name: "T", Range: gr(0, 30, 32, 0, 2)}}}).Replies[0].AddTable.Table
	w.batch(id, &sheets.Request{UpdateTable: &sheets.UpdateTableRequest{
		Table: &sheets.Table{TableId: tb.TableId, Range: gr(0, 30, 35, 0, 2)}, Fields: "range"}})
	w.want(w.fields(id, "sheets(tables(name,range.endRowIndex),bandedRanges.range.endRowIndex)"),
		`{"sheets":[{"bandedRanges":[{"range":{"endRowIndex":35}}],"tables":[{"name":"T","range":{"endRowIndex":35}}]}]}`)
	w.batch(id, &sheets.Request{DeleteTable: &sheets.DeleteTableRequest{TableId: tb.TableId}})
	w.want(w.fields(id, "sheets(tables,bandedRanges)"), `{"sheets":[{}]}`)
}

func TestTheAnswerMayHoldTheSpreadsheet(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("answer")
	res, err := w.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{
		IncludeSpreadsheetInResponse: true, ResponseIncludeGridData: true, ResponseRanges: []string{"Sheet1!A1:B2"},
		Requests: []*sheets.Request{
			{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
				Properties: &sheets.SpreadsheetProperties{Title: "renamed"}, Fields: "title"}},
			{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{}, Fields: "userEnteredValue",
				Rows: []*sheets.RowData{{Values: []*sheets.CellData{{UserEnteredValue: formula("=1+1")}}}}}}}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	s := res.UpdatedSpreadsheet
	if s.Properties.Title != "renamed" || *s.Sheets[0].Data[0].RowData[0].Values[0].EffectiveValue.NumberValue != 2 ||
		len(s.Sheets[0].Data[0].RowMetadata) != 2 {
		t.Errorf("got %s", asJSON(t, s))
	}
	w.want(w.compact("POST", "/v4/spreadsheets/"+id+":batchUpdate?fields=spreadsheetId",
		`{"requests":[{"addSheet":{}}]}`), `{"spreadsheetId":"`+id+`"}`)
}

func TestWritingByDataFilter(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("by filter")
	w.grid(id, 5, 3)
	w.batch(id, &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
		DeveloperMetadata: &sheets.DeveloperMetadata{MetadataKey: "c", Visibility: "DOCUMENT",
			Location: &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "COLUMNS", 1, 2)}}}})
	filter := &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataKey: "c"}}
	res, err := w.sheets.Spreadsheets.Values.BatchUpdateByDataFilter(id,
		&sheets.BatchUpdateValuesByDataFilterRequest{ValueInputOption: "RAW", IncludeValuesInResponse: true,
			Data: []*sheets.DataFilterValueRange{
				{DataFilter: filter, MajorDimension: "COLUMNS", Values: [][]any{{1, 2, 3}}}}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if r := res.Responses[0]; r.UpdatedRange != "Sheet1!B1:B3" || res.TotalUpdatedCells != 3 ||
		asJSON(t, r.UpdatedData.Values) != `[["1","2","3"]]` || r.DataFilter == nil {
		t.Errorf("got %s", asJSON(t, res))
	}
	_, err = w.sheets.Spreadsheets.Values.BatchUpdateByDataFilter(id,
		&sheets.BatchUpdateValuesByDataFilterRequest{ValueInputOption: "RAW", Data: []*sheets.DataFilterValueRange{
			{DataFilter: filter, Values: [][]any{{1, 2}}}}}).Do()
	wantErr(t, err, 400, "tried writing to column [C]")
	cl, err := w.sheets.Spreadsheets.Values.BatchClearByDataFilter(id,
		&sheets.BatchClearValuesByDataFilterRequest{DataFilters: []*sheets.DataFilter{filter}}).Do()
	if err != nil || asJSON(t, cl.ClearedRanges) != `["Sheet1!B1:B5"]` {
		t.Errorf("got %v %v", cl, err)
	}
	get, err := w.sheets.Spreadsheets.Values.BatchGet(id).Ranges("A1:B2", "C3").Do()
	if err != nil || get.ValueRanges[0].Range != "Sheet1!A1:B2" || get.ValueRanges[1].Range != "Sheet1!C3" ||
		get.ValueRanges[0].Values != nil {
		t.Errorf("got %s %v", asJSON(t, get), err)
	}
}

func TestUploadOfCSV(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("импорт")
	w.put(id, "A1", []any{"old"})
	body := "\ufeffdate,sum\n2026-01-02,\"1,5\"\nx,12%\n"
	status, got := w.raw("PUT", "/upload/drive/v2/files/"+id+
		"?uploadType=media&convert=True&supportsAllDrives=True", body)
	if status != 200 || !strings.Contains(got, `"title": "импорт"`) {
		t.Fatalf("got %d %s", status, got)
	}
	w.want(asJSON(t, w.get(id, "'импорт'!A1:B3")), `[["date","sum"],[46024,"1,5"],["x",0.12]]`)
	if got := w.fields(id, "properties.timeZone,sheets.properties(sheetId,gridProperties)"); strings.Contains(got,
		`"sheetId":0`) || !strings.Contains(got, "America/Los_Angeles") {
		t.Errorf("got %s", got)
	}
	if status, _ := w.raw("PUT", "/upload/drive/v2/files/"+id+"?uploadType=media", body); status != 400 {
		t.Errorf("got %d", status)
	}
}

func TestTransfersAndLeaving(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna := w.as("anna@x.ru")
	id := w.create("given")
	_, err := w.drive.Permissions.Create(id,
		&drive.Permission{Type: "user", Role: "owner", EmailAddress: "anna@x.ru"}).Do()
	wantErr(t, err, 403, "transferOwnership")
	p, err := w.drive.Permissions.Create(id, &drive.Permission{Type: "user", Role: "owner", EmailAddress: "anna@x.ru"}).
		TransferOwnership(true).Do()
	if err != nil || p.Role != "owner" {
		t.Fatal(p, err)
	}
	f, err := anna.drive.Files.Get(id).Fields("ownedByMe,permissions(role,emailAddress)").Do()
	if err != nil || !f.OwnedByMe || asJSON(t, f.Permissions) !=
		`[{"emailAddress":"anna@x.ru","role":"owner"},{"emailAddress":"svodka@localhost","role":"writer"}]` {
		t.Errorf("got %s %v", asJSON(t, f), err)
	}
	mine, err := anna.drive.Permissions.List(id).Do()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anna.drive.Permissions.Get(id, mine.Permissions[1].Id).Do(); err != nil {
		t.Error(err)
	}
	_, err = anna.drive.Permissions.Get(id, "12").Do()
	wantErr(t, err, 404, "Permission not found: 12.")
	wantErr(t, anna.drive.Permissions.Delete(id, mine.Permissions[0].Id).Do(), 403, "owner")
	if err := w.drive.Permissions.Delete(id, mine.Permissions[1].Id).Do(); err != nil {
		t.Fatal(err)
	}
	_, err = w.drive.Files.Get(id).Do()
	wantErr(t, err, 404, "File not found")
}
