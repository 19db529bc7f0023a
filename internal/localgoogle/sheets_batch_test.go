package localgoogle_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func (w *world) fields(id, fields string, ranges ...string) string {
	w.t.Helper()
	q := "?fields=" + fields
	for _, r := range ranges {
		q += "&ranges=" + r
	}
	return w.compact("GET", "/v4/spreadsheets/"+id+q, "")
}

func (w *world) want(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNewSpreadsheet(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("Отчёт")
	w.want(w.fields(id, "spreadsheetId,properties(title,locale,autoRecalc,timeZone),sheets,spreadsheetUrl,namedRanges"),
		`{"spreadsheetId":"`+id+
			`","properties":{"title":"Отчёт","locale":"en_US","autoRecalc":"ON_CHANGE","timeZone":"Etc/GMT"},`+
			`"sheets":[{"properties":{"sheetId":0,"title":"Sheet1","index":0,"sheetType":"GRID","gridProperties":{"rowCount":1000,"columnCount":26}},"data":[{`+columnsAndRows(1000, 26)+`}]}],`+
			`"spreadsheetUrl":"https://docs.google.com/spreadsheets/d/`+id+`/edit"}`)
	w.want(w.fields(id, "properties(defaultFormat,spreadsheetTheme(primaryFontFamily))"),
		`{"properties":{"defaultFormat":{"backgroundColor":{"red":1,"green":1,"blue":1},"padding":{"top":2,"right":3,"bottom":2,"left":3},"verticalAlignment":"BOTTOM","wrapStrategy":"OVERFLOW_CELL",`+
			`"textFormat":{"foregroundColor":{},"fontFamily":"arial,sans,sans-serif","fontSize":10,"bold":false,"italic":false,"strikethrough":false,"underline":false,"foregroundColorStyle":{"rgbColor":{}}},`+
			`"backgroundColorStyle":{"rgbColor":{"red":1,"green":1,"blue":1}}},"spreadsheetTheme":{"primaryFontFamily":"Arial"}}}`)
	w.want(w.fields(id, "namedRanges"), `{}`)
	w.want(w.fields(id, "sheets.properties.tabColorStyle"), `{"sheets":[{"properties":{}}]}`)
	w.want(w.fields(id, "sheets.data.rowData.values.note"), `{"sheets":[{"data":[{}]}]}`)
	if _, text := w.raw("GET", "/v4/spreadsheets/"+id+"?fields=spreadsheetId",
		""); text != "{\n  \"spreadsheetId\": \""+id+"\"\n}\n" {
		t.Errorf("got %q", text)
	}
	if len(id) != 44 || id[0] != '1' {
		t.Errorf("id %q", id)
	}
}

func columnsAndRows(rows, cols int) string {
	row := strings.Repeat(`{"pixelSize":21},`, rows)
	col := strings.Repeat(`{"pixelSize":100},`, cols)
	return `"rowMetadata":[` + strings.TrimSuffix(row, ",") + `],"columnMetadata":[` +
		strings.TrimSuffix(col, ",") + `]`
}

func TestSpreadsheetsCreate(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	s, err := w.sheets.Spreadsheets.Create(&sheets.Spreadsheet{
		Properties: &sheets.SpreadsheetProperties{Title: "made", Locale: "ru_RU", TimeZone: "Europe/Moscow"},
		Sheets: []*sheets.Sheet{
			{Properties: &sheets.SheetProperties{Title: "one", SheetId: 5,
				GridProperties: &sheets.GridProperties{RowCount: 3, ColumnCount: 2, FrozenRowCount: 1}},
				Data: []*sheets.GridData{{StartRow: 1, RowData: []*sheets.RowData{
					{Values: []*sheets.CellData{{UserEnteredValue: num(1)},
						{UserEnteredValue: formula("=A2+1"), Note: "n"}}}}}}},
			{Properties: &sheets.SheetProperties{Title: "two"}},
		}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if s.Properties.Title != "made" || s.Properties.Locale != "ru_RU" || len(s.Sheets) != 2 ||
		s.Sheets[0].Properties.SheetId != 5 || s.Sheets[1].Properties.SheetId == 0 {
		t.Errorf("got %s", asJSON(t, s))
	}
	w.want(asJSON(t, w.get(s.SpreadsheetId, "one")), `[[],[1,2]]`)
	if _, err := w.drive.Files.Get(s.SpreadsheetId).Do(); err != nil {
		t.Error(err)
	}
}

func TestABatchIsAllOrNothing(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("atomic")
	w.put(id, "A1", []any{"kept"})
	before := w.fields(id, "sheets(properties,merges,data.rowData.values)", "A1:C5")
	version := w.version(id)
	err := w.batchErr(id,
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "new"}}},
		&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{},
			Fields: "userEnteredValue", Rows: []*sheets.RowData{
				{Values: []*sheets.CellData{{UserEnteredValue: text("lost")}}}}}},
		&sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: gr(0, 0, 2, 0, 2), MergeType: "MERGE_ALL"}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "NEW"}}},
	)
	wantErr(t, err, 400,
		`Invalid requests[3].addSheet: A sheet with the name "NEW" already exists. Please enter another name.`)
	w.want(w.fields(id, "sheets(properties,merges,data.rowData.values)", "A1:C5"), before)
	if w.version(id) != version {
		t.Error("a failed batch moved the version")
	}
}

func (w *world) version(id string) int64 {
	w.t.Helper()
	f, err := w.drive.Files.Get(id).Fields("version").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Version
}

func TestRefusalsAreGooglesOwn(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("errors")
	for _, c := range []struct{ body, want string }{
		{`{"requests":[{"updateSheetProperties":{"properties":{"sheetId":0,"hidden":true},"fields":"hidden"}}]}`,
			`Invalid requests[0].updateSheetProperties: You can't hide all the sheets in a document.`},
		{`{"requests":[{"updateSheetProperties":{"properties":{"sheetId":0},"fields":"*"}}]}`,
			`Invalid requests[0].updateSheetProperties: The sheet name cannot be empty.`},
		{`{"requests":[{"updateSheetProperties":{"properties":{"sheetId":0,"title":"x"}}}]}`,
			`At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)`},
		{`{"requests":[{"deleteSheet":{"sheetId":0}}]}`,
			`Invalid requests[0].deleteSheet: You can't remove all the sheets in a document.`},
		{`{"requests":[null,{"deleteSheet":{"sheetId":99}}]}`, `Invalid requests[1].deleteSheet: No sheet with id: 99`},
		{`{"requests":[{"addProtectedRange":{"protectedRange":{}}}]}`, `No range specified`},
		{`{"requests":[{"inventSheet":{}}]}`,
			`Invalid JSON payload received. Unknown name \"inventSheet\" at 'requests[0]': Cannot find field.`},
		{`{"requests":[{"addSheet":{"properties":{"titel":"x"}}}]}`,
			`Invalid JSON payload received. Unknown name \"titel\" at 'requests[0].add_sheet.properties': Cannot find field.`},
		{`{"wrong":1}`, `Invalid JSON payload received. Unknown name \"wrong\": Cannot find field.`},
		{`{"requests":[{"addSheet":{"properties":{"title":5}}}]}`,
			`Invalid value at 'requests[0].add_sheet.properties.title' (TYPE_STRING), 5`},
		{`{"requests":[{"addSlicer":{}}]}`,
			`Invalid requests[0].addSlicer: The local Google does not support this kind of request.`},
		{`{"requests":[{"addSheet":{},"deleteSheet":{"sheetId":1}}]}`,
			`oneof field 'kind' is already set. Cannot set 'deleteSheet'`},
		{`{"requests":[]}`, `Must specify at least one request.`},
		{`{"requests":[`, `Invalid JSON payload received.`},
		{`{"requests":[{"repeatCell":{"range":{"sheetId":0,"endRowIndex":2000},"cell":{},"fields":"note"}}]}`,
			`exceeds grid limits`},
		{`{"requests":[{"updateCells":{"start":{"sheetId":0},"rows":[{"values":[{"note":"n"}]}],"fields":"nope"}}]}`,
			`there is no field`},
	} {
		status, got := w.raw("POST", "/v4/spreadsheets/"+id+":batchUpdate", c.body)
		if status != 400 || !strings.Contains(got, c.want) || !strings.Contains(got, `"status": "INVALID_ARGUMENT"`) {
			t.Errorf("%s\ngot %d %s", c.body, status, got)
		}
	}
	status, got := w.raw("GET", "/v4/spreadsheets/nothing", "")
	if want := "{\n  \"error\": {\n    \"code\": 404,\n    \"message\": \"Requested entity was not found.\",\n" +
		"    \"status\": \"NOT_FOUND\"\n  }\n}\n"; status != 404 || got != want {
		t.Errorf("got %d %s", status, got)
	}
	if status, got := w.raw("GET", "/v4/spreadsheets/"+id+"?fields=sheets.nope", ""); status != 400 ||
		!strings.Contains(got, "Cannot find matching fields for path 'sheets.nope'") {
		t.Errorf("got %d %s", status, got)
	}
	if status, got := w.raw("GET", "/v4/spreadsheets/"+id+"?filds=x", ""); status != 400 ||
		!strings.Contains(got, "Cannot bind query parameter") {
		t.Errorf("got %d %s", status, got)
	}
}

func TestSloppyRequestsAreTaken(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("sloppy")
	for _, path := range []string{"/v4/spreadsheets/" + id + ":batchUpdate", "/v4/spreadsheets/" + id + "/:batchUpdate",
		"/v4/spreadsheets/" + id + "%3AbatchUpdate"} {
		status, got := w.raw("POST", path,
			`{"requests":{"update_sheet_properties":{"properties":{"sheet_id":0,"grid_properties":{"frozen_row_count":2,"row_count":50}},"fields":"grid_properties(frozen_row_count, row_count)"}}}`)
		if status != 200 || !strings.Contains(got, `"replies": [`) {
			t.Errorf("%s: got %d %s", path, status, got)
		}
	}
	w.want(w.fields(id, "sheets/properties/gridProperties"),
		`{"sheets":[{"properties":{"gridProperties":{"rowCount":50,"columnCount":26,"frozenRowCount":2}}}]}`)
	for _, path := range []string{"/v4/spreadsheets/" + id + "/?includeGridData=False",
		"/v4/spreadsheets/" + id + "?include_grid_data=false&ranges=Sheet1"} {
		if status, got := w.raw("GET", path, ""); status != 200 || strings.Contains(got, `"data"`) {
			t.Errorf("%s: %d %s", path, status, got)
		}
	}
	if status, _ := w.raw("DELETE", "/drive/v3/files/"+id+"/?supportsAllDrives=True", ""); status != 204 {
		t.Errorf("delete: %d", status)
	}
}

func TestTabs(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("tabs")
	res := w.batch(id,
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "b", SheetId: 2}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{
			Properties: &sheets.SheetProperties{Title: "c", SheetId: 3, Index: 0, ForceSendFields: []string{"Index"}}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{}},
		&sheets.Request{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: 2, NewSheetId: 9}},
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: 3, Index: 3}, Fields: "index"}},
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: 2, Title: "B!"}, Fields: "title"}},
		&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: 0}},
	)
	if p := res.Replies[2].AddSheet.Properties; p.SheetId == 0 || p.Title != "Sheet2" || p.Index != 3 ||
		p.GridProperties.RowCount != 1000 {
		t.Errorf("got %s", asJSON(t, p))
	}
	if got := w.compact("POST", "/v4/spreadsheets/"+id+":batchUpdate",
		`{"requests":[{"addSheet":{"properties":{"sheetId":0,"title":"zero"}}}]}`); !strings.Contains(got,
		`{"addSheet":{"properties":{"sheetId":0,"title":"zero","index":4,"sheetType":"GRID","gridProperties":{"rowCount":1000,"columnCount":26}}}}`) {
		t.Errorf("got %s", got)
	}
	w.want(w.fields(id, "sheets.properties(title,index)"),
		`{"sheets":[{"properties":{"title":"Copy of b","index":0}},{"properties":{"title":"c","index":1}},{"properties":{"title":"B!","index":2}},{"properties":{"title":"Sheet2","index":3}},{"properties":{"title":"zero","index":4}}]}`)
	other := w.create("other")
	p, err := w.sheets.Spreadsheets.Sheets.CopyTo(id, 2,
		&sheets.CopySheetToAnotherSpreadsheetRequest{DestinationSpreadsheetId: other}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if p.Title != "Copy of B!" || p.Index != 1 || p.SheetId == 2 {
		t.Errorf("got %s", asJSON(t, p))
	}
}

func TestColoursAreKeptInEightBitsAndInBothForms(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("colours")
	w.batch(id,
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{TabColorStyle: &sheets.ColorStyle{
				RgbColor: &sheets.Color{Red: 1, Blue: 0.5, Green: 0.24}}}, Fields: "tabColorStyle"}},
		&sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 0, 1, 0, 1),
			Fields: "userEnteredFormat(backgroundColor,textFormat.foregroundColorStyle)",
			Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{
				BackgroundColor: &sheets.Color{Red: 0.99, Green: 0.01},
				TextFormat: &sheets.TextFormat{ForegroundColorStyle: &sheets.ColorStyle{
					RgbColor: &sheets.Color{Blue: 1}}}}}}},
		&sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 0, 1, 0, 1),
			Fields: "userEnteredFormat.textFormat.bold", Cell: &sheets.CellData{
				UserEnteredFormat: &sheets.CellFormat{TextFormat: &sheets.TextFormat{Bold: true}}}}},
	)
	w.want(w.fields(id, "sheets(properties(tabColor,tabColorStyle),data.rowData.values.userEnteredFormat)"),
		`{"sheets":[{"properties":{"tabColor":{"red":1,"green":0.23921569,"blue":0.49803922},"tabColorStyle":{"rgbColor":{"red":1,"green":0.23921569,"blue":0.49803922}}},`+
			`"data":[{"rowData":[{"values":[{"userEnteredFormat":{"backgroundColor":{"red":0.9882353,"green":0.007843138},"textFormat":{"foregroundColor":{"blue":1},"bold":true,"foregroundColorStyle":{"rgbColor":{"blue":1}}},"backgroundColorStyle":{"rgbColor":{"red":0.9882353,"green":0.007843138}}}}]}]}]}]}`)
	// The masked format is removed, and the tab colour with a null.
	if status, got := w.raw("POST", "/v4/spreadsheets/"+id+":batchUpdate",
		`{"requests":[{"repeatCell":{"range":{"sheetId":0,"endRowIndex":1,"endColumnIndex":1},"cell":{"userEnteredFormat":{}},"fields":"userEnteredFormat"}},
		{"updateSheetProperties":{"properties":{"sheetId":0,"tabColorStyle":{"rgbColor":null}},"fields":"tabColorStyle"}}]}`); status != 200 {
		t.Fatal(got)
	}
	w.want(w.fields(id, "sheets(properties(tabColor,tabColorStyle),data.rowData.values.userEnteredFormat)"),
		`{"sheets":[{"properties":{},"data":[{}]}]}`)
}

func TestCellsAreUpdatedUnderAMask(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("cells")
	list := &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "ONE_OF_LIST",
		Values: []*sheets.ConditionValue{{UserEnteredValue: "да"}, {UserEnteredValue: "нет"}}}, Strict: true,
		ShowCustomUi: true, InputMessage: "да или нет"}
	w.batch(id, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: gr(0, 0, 2, 0, 3), Fields: "*",
		Rows: []*sheets.RowData{
			{Values: []*sheets.CellData{{UserEnteredValue: num(0.5), Note: "half",
				UserEnteredFormat: &sheets.CellFormat{NumberFormat: &sheets.NumberFormat{Type: "PERCENT",
					Pattern: "0%"}}}, {UserEnteredValue: text("=not a formula")},
				{UserEnteredValue: formula("=A1*2")}}},
			{Values: []*sheets.CellData{{DataValidation: list},
				{UserEnteredValue: &sheets.ExtendedValue{BoolValue: ptr(true)}}}},
		}}})
	w.want(w.fields(id,
		"sheets.data.rowData.values(userEnteredValue,effectiveValue,formattedValue,note,dataValidation)"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{"userEnteredValue":{"numberValue":0.5},"effectiveValue":{"numberValue":0.5},"formattedValue":"50%","note":"half"},`+
			`{"userEnteredValue":{"stringValue":"=not a formula"},"effectiveValue":{"stringValue":"=not a formula"},"formattedValue":"=not a formula"},`+
			`{"userEnteredValue":{"formulaValue":"=A1*2"},"effectiveValue":{"numberValue":1},"formattedValue":"1"}]},`+
			`{"values":[{"dataValidation":{"condition":{"type":"ONE_OF_LIST","values":[{"userEnteredValue":"да"},{"userEnteredValue":"нет"}]},"inputMessage":"да или нет","strict":true,"showCustomUi":true}},`+
			`{"userEnteredValue":{"boolValue":true},"effectiveValue":{"boolValue":true},"formattedValue":"TRUE"}]}]}]}]}`)
	// A range without data clears what the mask names, and nothing else.
	w.batch(id, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: gr(0, 0, 2, 0, 3),
		Fields: "userEnteredValue,dataValidation"}})
	w.want(w.fields(id,
		"sheets.data.rowData.values(userEnteredValue,note,dataValidation,userEnteredFormat.numberFormat.type)"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{"userEnteredFormat":{"numberFormat":{"type":"PERCENT"}},"note":"half"}]}]}]}]}`)
	w.batch(id, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{RowIndex: 0},
		Fields: "note", Rows: []*sheets.RowData{{Values: []*sheets.CellData{{}}}}}})
	w.want(w.fields(id, "sheets.data.rowData.values.note"), `{"sheets":[{"data":[{}]}]}`)
	err := w.batchErr(id, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: gr(0, 0, 1, 0, 1),
		Fields: "note", Rows: []*sheets.RowData{{}, {Values: []*sheets.CellData{{Note: "x"}}}}}})
	wantErr(t, err, 400, "Attempting to write row: 1, beyond the last requested row of: 0")
	// A repeated formula is moved along.
	w.batch(id, &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 4, 7, 1, 2),
		Cell: &sheets.CellData{UserEnteredValue: formula("=$A5+A5")}, Fields: "userEnteredValue"}})
	w.want(asJSON(t, w.formulas(id, "B5:B7")), `[["=$A5+A5"],["=$A6+A6"],["=$A7+A7"]]`)
}

func TestNotesUnderAMaskAreTrimmed(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("notes")
	note := func(r, c int64, s string) *sheets.Request {
		return &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: gr(0, r, r+1, c, c+1), Fields: "note",
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{{Note: s}}}}}}
	}
	w.batch(id, note(1, 1, "b2"), note(2, 0, "a3"), note(2, 2, "c3"), note(4, 0, "a5"))
	w.want(w.fields(id, "sheets.data.rowData.values.note", "Sheet1!A2:C3"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{},{"note":"b2"}]},{"values":[{"note":"a3"},{},{"note":"c3"}]}]}]}]}`)
	w.want(w.fields(id, "sheets.data.rowData.values.note", "A3:A5"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{"note":"a3"}]},{},{"values":[{"note":"a5"}]}]}]}]}`)
}

// TestEverythingFollowsTheRows inserts, deletes and moves rows and columns under
// everything that can be on them.
func TestEverythingFollowsTheRows(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("follow")
	w.batch(id,
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{Title: "Лист 1", GridProperties: &sheets.GridProperties{RowCount: 20,
				ColumnCount: 10, FrozenRowCount: 2}},
			Fields: "title,gridProperties(rowCount,columnCount,frozenRowCount)"}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{
			Properties: &sheets.SheetProperties{SheetId: 2, Title: "Other"}}},
		&sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: gr(0, 4, 6, 0, 2), MergeType: "MERGE_ALL"}},
		&sheets.Request{AddNamedRange: &sheets.AddNamedRangeRequest{
			NamedRange: &sheets.NamedRange{NamedRangeId: "n", Name: "rows", Range: gr(0, 4, 8, 0, 3)}}},
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{
			ProtectedRangeId: 7, Range: gr(0, 4, 5, 0, 1), UnprotectedRanges: nil}}},
		&sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
			Rule: &sheets.ConditionalFormatRule{Ranges: []*sheets.GridRange{gr(0, 4, 10, 0, 1)},
				BooleanRule: &sheets.BooleanRule{
					Condition: &sheets.BooleanCondition{Type: "CUSTOM_FORMULA",
						Values: []*sheets.ConditionValue{{UserEnteredValue: "=$B5>1"}}},
					Format: &sheets.CellFormat{}}}}},
		&sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{MetadataId: 1, MetadataKey: "row", Visibility: "DOCUMENT",
				Location: &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "ROWS", 4, 5)}}}},
		&sheets.Request{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{ChartId: 5,
			Position: &sheets.EmbeddedObjectPosition{
				OverlayPosition: &sheets.OverlayPosition{AnchorCell: &sheets.GridCoordinate{SheetId: 2}}},
			Spec: &sheets.ChartSpec{BasicChart: &sheets.BasicChartSpec{ChartType: "LINE",
				Series: []*sheets.BasicChartSeries{{Series: &sheets.ChartData{
					SourceRange: &sheets.ChartSourceRange{Sources: []*sheets.GridRange{gr(0, 4, 8, 0, 1)}}}}}}}}}},
		&sheets.Request{AddBanding: &sheets.AddBandingRequest{BandedRange: &sheets.BandedRange{BandedRangeId: 3,
			Range: gr(0, 4, 8, 4, 5), RowProperties: &sheets.BandingProperties{
				FirstBandColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1}}}}}},
		&sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: dims(0, "ROWS", 4, 6)}},
		&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: gr(0, 4, 5, 2, 3),
			Rule: &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "CUSTOM_FORMULA",
				Values: []*sheets.ConditionValue{{UserEnteredValue: "=C5>0"}}}}}},
		&sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
			Range: dims(0, "ROWS", 4, 5), Properties: &sheets.DimensionProperties{PixelSize: 55}, Fields: "pixelSize"}},
	)
	w.put(id, "'Лист 1'!C5", []any{7}, []any{"=C5+1"})
	w.put(id, "Other!A1", []any{"='Лист 1'!C5*2"}, []any{"=SUM('Лист 1'!C5:C6)"})

	state := func() string {
		w.t.Helper()
		got := w.fields(id,
			"namedRanges.range,sheets(properties.gridProperties(frozenRowCount),merges,protectedRanges.range,conditionalFormats(ranges,booleanRule.condition.values),charts.spec.basicChart.series.series.sourceRange,bandedRanges.range,rowGroups.range)", "'Лист+1'", "Other")
		meta := w.compact("GET", "/v4/spreadsheets/"+id+"/developerMetadata/1", "")
		return got + " " + meta + " " + asJSON(t, w.formulas(id, "Other!A1:A2")) + asJSON(t, w.get(id, "Other!A1:A2")) +
			asJSON(t, w.formulas(id, "'Лист 1'!C1:C20"))
	}
	at := func(s string, from int) string { // every row number of the fixture moved
		rep := func(s string, n int) string {
			return strings.ReplaceAll(s, "{"+string(rune('a'+n))+"}", itoa(4+n+from))
		}
		for n := range 7 {
			s = rep(s, n)
		}
		return s
	}
	check := func(shift, frozen int) {
		t.Helper()
		blank := strings.Repeat("[],", 4+shift)
		want := at(`{"sheets":[{"properties":{"gridProperties":{"frozenRowCount":`+itoa(frozen)+
			`}},"merges":[{"startRowIndex":{a},"endRowIndex":{c},"startColumnIndex":0,"endColumnIndex":2}],`+
			`"conditionalFormats":[{"ranges":[{"startRowIndex":{a},"endRowIndex":{g},"startColumnIndex":0,"endColumnIndex":1}],"booleanRule":{"condition":{"values":[{"userEnteredValue":"=$B{b}>1"}]}}}],`+
			`"protectedRanges":[{"range":{"startRowIndex":{a},"endRowIndex":{b},"startColumnIndex":0,"endColumnIndex":1}}],`+
			`"bandedRanges":[{"range":{"startRowIndex":{a},"endRowIndex":{e},"startColumnIndex":4,"endColumnIndex":5}}],"rowGroups":[{"range":{"dimension":"ROWS","startIndex":{a},"endIndex":{c}}}]},`+
			`{"properties":{"gridProperties":{}},"charts":[{"spec":{"basicChart":{"series":[{"series":{"sourceRange":{"sources":[{"startRowIndex":{a},"endRowIndex":{e},"startColumnIndex":0,"endColumnIndex":1}]}}}]}}}]}],`+
			`"namedRanges":[{"range":{"startRowIndex":{a},"endRowIndex":{e},"startColumnIndex":0,"endColumnIndex":3}}]} `+
			`{"metadataId":1,"metadataKey":"row","location":{"locationType":"ROW","dimensionRange":{"dimension":"ROWS","startIndex":{a},"endIndex":{b}}},"visibility":"DOCUMENT"} `+
			`[["='Лист 1'!C{b}*2"],["=SUM('Лист 1'!C{b}:C{c})"]][[14],[15]]`, shift) + `[` + blank +
			at(`[7],["=C{b}+1"]]`, shift)
		if got := state(); got != want {
			t.Errorf("after moving by %d: %s", shift, cmp.Diff(strings.Split(want, ","), strings.Split(got, ",")))
		}
	}
	check(0, 2)
	w.batch(id, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 1, 3)}})
	check(2, 4)
	w.batch(id, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: dims(0, "ROWS", 5, 6),
		DestinationIndex: 15}})
	check(1, 4)
	w.batch(id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "ROWS", 0, 1)}})
	check(0, 3)
	rule := w.fields(id, "sheets.data(rowMetadata.pixelSize,rowData.values.dataValidation.condition.values)",
		"'Лист+1'!C5:C5")
	w.want(rule,
		`{"sheets":[{"data":[{"rowData":[{"values":[{"dataValidation":{"condition":{"values":[{"userEnteredValue":"=C5>0"}]}}}]}],"rowMetadata":[{"pixelSize":55}]}]}]}`)

	w.batch(id, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{Title: "Renamed"}, Fields: "title"}})
	w.want(asJSON(t, w.formulas(id, "Other!A1")), `[["=Renamed!C5*2"]]`)
	w.batch(id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "ROWS", 4, 8)}})
	w.want(w.fields(id, "namedRanges.range,sheets(merges,protectedRanges.range,bandedRanges.range,rowGroups.range)"),
		`{"sheets":[{},{}]}`)
	w.want(asJSON(t, w.formulas(id, "Other!A1")), `[["=#REF!*2"]]`)
}

func itoa(n int) string { return strconv.Itoa(n) }
