package localgoogle_test

import (
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func TestSort(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("sort")
	w.put(id, "A1", []any{"b", 2, "=B1*10"}, []any{"", 3}, []any{"a", 2, "=B3*10"}, []any{"C", 1}, []any{"end"})
	w.batch(id, &sheets.Request{SortRange: &sheets.SortRangeRequest{Range: gr(0, 0, 4, 0, 3),
		SortSpecs: []*sheets.SortSpec{{DimensionIndex: 1, SortOrder: "DESCENDING"},
			{DimensionIndex: 0, SortOrder: "ASCENDING"}}}})
	w.want(asJSON(t, w.formulas(id, "A1:C5")), `[["",3],["a",2,"=B2*10"],["b",2,"=B3*10"],["C",1],["end"]]`)
	w.batch(id, &sheets.Request{SortRange: &sheets.SortRangeRequest{Range: gr(0, 0, 2000, 0, 1),
		SortSpecs: []*sheets.SortSpec{{}}}})
	w.want(asJSON(t, w.get(id, "A1:A5")), `[["a"],["b"],["C"],["end"]]`)
}

func TestCopyAndCut(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("copy")
	bold := &sheets.CellFormat{TextFormat: &sheets.TextFormat{Bold: true}}
	w.put(id, "A1", []any{1, "=A1+$A$1"}, []any{2, "=A2+$A$1"})
	w.batch(id, &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 0, 1, 0, 1),
		Cell: &sheets.CellData{UserEnteredFormat: bold, Note: "n"}, Fields: "userEnteredFormat,note"}},
		&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{Source: gr(0, 0, 2, 0, 2), Destination: gr(0, 4, 8, 2, 4)}},
		&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{Source: gr(0, 0, 2, 1, 2), Destination: gr(0, 0, 1, 6, 8),
			PasteType: "PASTE_VALUES", PasteOrientation: "TRANSPOSE"}})
	w.want(asJSON(t, w.formulas(id, "C5:D8")), `[[1,"=C5+$A$1"],[2,"=C6+$A$1"],[1,"=C7+$A$1"],[2,"=C8+$A$1"]]`)
	w.want(asJSON(t, w.formulas(id, "G1:H1")), `[[2,3]]`)
	w.batch(id, &sheets.Request{CutPaste: &sheets.CutPasteRequest{Source: gr(0, 0, 2, 0, 2),
		Destination: &sheets.GridCoordinate{RowIndex: 10, ColumnIndex: 0}, PasteType: "PASTE_NORMAL"}})
	w.want(asJSON(t, w.formulas(id, "A1:B12")), `[[],[],[],[],[],[],[],[],[],[],[1,"=A11+$A$11"],[2,"=A12+$A$11"]]`)
	w.want(w.fields(id, "sheets.data.rowData.values(note,userEnteredFormat.textFormat)", "A11:A12"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{"userEnteredFormat":{"textFormat":{"bold":true}},"note":"n"}]}]}]}]}`)
	w.want(w.fields(id, "sheets.data.rowData.values(note,userEnteredFormat)", "A1:B2"), `{"sheets":[{"data":[{}]}]}`)
}

func TestDataRequests(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	for _, c := range []struct {
		name   string
		before [][]any
		req    *sheets.Request
		reply  string
		want   string
	}{
		{"find and replace", [][]any{{"кот", "Котёл"}, {"=LEN(\"кот\")", 5}},
			&sheets.Request{FindReplace: &sheets.FindReplaceRequest{Find: "кот", Replacement: "пёс", AllSheets: true}},
			`{"findReplace":{"occurrencesChanged":2,"rowsChanged":1,"sheetsChanged":1,"valuesChanged":2}}`,
			`[["пёс","пёсёл"],[3,5]]`},
		{"by expression", [][]any{{"a1b2"}}, &sheets.Request{FindReplace: &sheets.FindReplaceRequest{
			Find: `([a-z])(\d)`, Replacement: "$2$1", SearchByRegex: true, AllSheets: true}},
			`{"findReplace":{"occurrencesChanged":2,"rowsChanged":1,"sheetsChanged":1,"valuesChanged":1}}`,
			`[["1a2b"]]`},
		{"trim", [][]any{{"  a  b ", 1}}, &sheets.Request{TrimWhitespace: &sheets.TrimWhitespaceRequest{
			Range: gr(0, 0, 5, 0, 5)}}, `{"trimWhitespace":{"cellsChangedCount":1}}`, `[["a b",1]]`},
		{"duplicates", [][]any{{"a", 1}, {"A", 1}, {"b", 1}, {"a", 2}},
			&sheets.Request{DeleteDuplicates: &sheets.DeleteDuplicatesRequest{Range: gr(0, 0, 4, 0, 2)}},
			`{"deleteDuplicates":{"duplicatesRemovedCount":1}}`, `[["a",1],["b",1],["a",2]]`},
		{"duplicates of a column", [][]any{{"a", 1}, {"b", 1}},
			&sheets.Request{DeleteDuplicates: &sheets.DeleteDuplicatesRequest{Range: gr(0, 0, 2, 0, 2),
				ComparisonColumns: []*sheets.DimensionRange{dims(0, "COLUMNS", 1, 2)}}},
			`{"deleteDuplicates":{"duplicatesRemovedCount":1}}`, `[["a",1]]`},
		{"text to columns", [][]any{{"1;2;x", "old", "old", "kept"}, {"none"}},
			&sheets.Request{TextToColumns: &sheets.TextToColumnsRequest{Source: gr(0, 0, 2, 0, 1),
				DelimiterType: "SEMICOLON"}}, `{}`, `[[1,2,"x","kept"],["none"]]`},
		{"paste data", nil, &sheets.Request{PasteData: &sheets.PasteDataRequest{
			Coordinate: &sheets.GridCoordinate{ColumnIndex: 1}, Data: "1\tx\n=B1+1\n", Delimiter: "\t"}}, `{}`,
			`[["",1,"x"],["",2]]`},
		{"fill a series", [][]any{{1, "=A1*2", "x"}, {3, "=A2*2", "y"}},
			&sheets.Request{AutoFill: &sheets.AutoFillRequest{SourceAndDestination: &sheets.SourceAndDestination{
				Source: gr(0, 0, 2, 0, 3), Dimension: "ROWS", FillLength: 2}}}, `{}`,
			`[[1,2,"x"],[3,6,"y"],[5,10,"x"],[7,14,"y"]]`},
		{"append cells", [][]any{{"a"}}, &sheets.Request{
			AppendCells: &sheets.AppendCellsRequest{Rows: []*sheets.RowData{
				{Values: []*sheets.CellData{{UserEnteredValue: text("b")}, {UserEnteredValue: num(2)}}}}, Fields: "*"}},
			`{}`, `[["a"],["b",2]]`},
		{"insert a range down", [][]any{{"a", "b"}, {"c", "d"}},
			&sheets.Request{InsertRange: &sheets.InsertRangeRequest{Range: gr(0, 0, 1, 0, 1), ShiftDimension: "ROWS"}},
			`{}`, `[["","b"],["a","d"],["c"]]`},
		{"insert a range right", [][]any{{"a", "b"}, {"c", "d"}},
			&sheets.Request{InsertRange: &sheets.InsertRangeRequest{Range: gr(0, 0, 1, 0, 1),
				ShiftDimension: "COLUMNS"}}, `{}`, `[["","a","b"],["c","d"]]`},
		{"delete a range up", [][]any{{"a", "b"}, {"c", "d"}},
			&sheets.Request{DeleteRange: &sheets.DeleteRangeRequest{Range: gr(0, 0, 1, 0, 1), ShiftDimension: "ROWS"}},
			`{}`, `[["c","b"],["","d"]]`},
		{"delete a range left", [][]any{{"a", "b"}, {"c", "d"}},
			&sheets.Request{DeleteRange: &sheets.DeleteRangeRequest{Range: gr(0, 0, 1, 0, 1),
				ShiftDimension: "COLUMNS"}}, `{}`, `[["b"],["c","d"]]`},
		{"merge keeps the first", [][]any{{"a", "b"}, {"c", "d"}},
			&sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: gr(0, 0, 2, 0, 2), MergeType: "MERGE_ROWS"}},
			`{}`, `[["a"],["c"]]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := w.create(c.name)
			if c.before != nil {
				w.put(id, "A1", c.before...)
			}
			res := w.batch(id, c.req)
			w.want(asJSON(t, res.Replies[0]), c.reply)
			if got := asJSON(t, w.get(id, "Sheet1")); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestInsertedRowsLookLikeTheirNeighbours(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("inherit")
	w.batch(id, &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 1, 2, 0, 1),
		Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{TextFormat: &sheets.TextFormat{Bold: true}},
			UserEnteredValue: text("x")}, Fields: "*"}},
		&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 2, 3),
			InheritFromBefore: true}},
		&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 1, 2)}},
		&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 0, 1)}},
		&sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{Dimension: "ROWS", Length: 5}})
	w.want(w.fields(id,
		"sheets(properties.gridProperties.rowCount,data.rowData.values(userEnteredValue,userEnteredFormat))", "A1:A9"),
		`{"sheets":[{"properties":{"gridProperties":{"rowCount":1008}},"data":[{"rowData":[{},{},{"values":[{"userEnteredFormat":{"textFormat":{"bold":true}}}]},`+
			`{"values":[{"userEnteredValue":{"stringValue":"x"},"userEnteredFormat":{"textFormat":{"bold":true}}}]},{"values":[{"userEnteredFormat":{"textFormat":{"bold":true}}}]}]}]}]}`)
	wantErr(t, w.batchErr(id, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{
		Range: dims(0, "ROWS", 0, 1), InheritFromBefore: true}}), 400, "inheritFromBefore")
	wantErr(t, w.batchErr(id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
		Range: dims(0, "ROWS", 1000, 2000)}}), 400,
		"Cannot delete a row that doesn't exist. Tried to delete row index 1008 but there are only 1008 rows.")
	wantErr(t, w.batchErr(id, &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{Dimension: "COLUMNS",
		Length: 20000}}), 400, "above the limit")
	wantErr(t, w.batchErr(id, &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{Dimension: "ROWS",
		Length: 9_000_000}}), 400, "above the limit of 10000000 cells")
}

func TestGroupsFiltersAndTables(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("objects")
	w.grid(id, 20, 20)
	group := dims(0, "ROWS", 0, 2)
	group.ForceSendFields = []string{"StartIndex"}
	res := w.batch(id, &sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: group}})
	w.want(asJSON(t, res.Replies[0]),
		`{"addDimensionGroup":{"dimensionGroups":[{"depth":1,"range":{"dimension":"ROWS","endIndex":2}}]}}`)
	w.want(w.fields(id, "sheets(properties.gridProperties,rowGroups)"),
		`{"sheets":[{"properties":{"gridProperties":{"rowCount":20,"columnCount":20,"rowGroupControlAfter":true}},"rowGroups":[{"range":{"dimension":"ROWS","startIndex":0,"endIndex":2},"depth":1}]}]}`)
	w.batch(id, &sheets.Request{DeleteDimensionGroup: &sheets.DeleteDimensionGroupRequest{Range: group}},
		&sheets.Request{SetBasicFilter: &sheets.SetBasicFilterRequest{
			Filter: &sheets.BasicFilter{Range: &sheets.GridRange{}}}})
	w.want(w.fields(id, "sheets(properties.gridProperties.rowGroupControlAfter,rowGroups,basicFilter)"),
		`{"sheets":[{"properties":{"gridProperties":{"rowGroupControlAfter":true}},"basicFilter":{"range":{"startRowIndex":0,"endRowIndex":20,"startColumnIndex":0,"endColumnIndex":20}}}]}`)
	w.put(id, "A1", []any{"h"}, []any{"a"}, []any{"b"})
	w.batch(id, &sheets.Request{SetBasicFilter: &sheets.SetBasicFilterRequest{
		Filter: &sheets.BasicFilter{Range: gr(0, 0, 3, 0, 1),
			Criteria: map[string]sheets.FilterCriteria{"0": {HiddenValues: []string{"a"}}}}}})
	w.want(w.fields(id, "sheets.data.rowMetadata.hiddenByFilter", "A1:A3"),
		`{"sheets":[{"data":[{"rowMetadata":[{},{"hiddenByFilter":true},{}]}]}]}`)
	w.batch(id, &sheets.Request{ClearBasicFilter: &sheets.ClearBasicFilterRequest{}})
	w.want(w.fields(id, "sheets(basicFilter,data.rowMetadata.hiddenByFilter)", "A1:A3"),
		`{"sheets":[{"data":[{"rowMetadata":[{},{},{}]}]}]}`)

	table := w.batch(id, &sheets.Request{
		AddTable: &sheets.AddTableRequest{Table: &sheets.Table{Range: gr(0, 0, 3, 0, 2)}}}).Replies[0].AddTable.Table
	if table.Name != "Table1" || table.ColumnProperties[0].ColumnName != "h" ||
		table.ColumnProperties[1].ColumnName != "Column 2" {
		t.Errorf("got %s", asJSON(t, table))
	}
	got := w.fields(id,
		"sheets(properties.gridProperties.frozenRowCount,bandedRanges(bandedRangeId,bandedRangeReference,range),tables.tableId)")
	w.want(got, `{"sheets":[{"properties":{"gridProperties":{"frozenRowCount":1}},"bandedRanges":[{"bandedRangeId":`+
		table.TableId+
		`,"range":{"startRowIndex":0,"endRowIndex":3,"startColumnIndex":0,"endColumnIndex":2},"bandedRangeReference":"`+
		table.TableId+`"}],"tables":[{"tableId":"`+table.TableId+`"}]}]}`)
}

func TestChartsAndMetadata(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("charts")
	res := w.batch(id, &sheets.Request{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{ChartId: 4,
		Position: overlay(), Spec: &sheets.ChartSpec{Title: "t", PieChart: &sheets.PieChartSpec{}}}}},
		&sheets.Request{UpdateChartSpec: &sheets.UpdateChartSpecRequest{ChartId: 4,
			Spec: &sheets.ChartSpec{Title: "u", PieChart: &sheets.PieChartSpec{}}}},
		&sheets.Request{UpdateEmbeddedObjectPosition: &sheets.UpdateEmbeddedObjectPositionRequest{ObjectId: 4,
			Fields: "anchorCell.rowIndex,widthPixels",
			NewPosition: &sheets.EmbeddedObjectPosition{OverlayPosition: &sheets.OverlayPosition{WidthPixels: 300,
				AnchorCell: &sheets.GridCoordinate{RowIndex: 3}}}}})
	w.want(asJSON(t, res.Replies[0]),
		`{"addChart":{"chart":{"chartId":4,"position":{"overlayPosition":{"anchorCell":{},"heightPixels":371,"widthPixels":600}},"spec":{"pieChart":{},"title":"t"}}}}`)
	w.want(w.fields(id, "sheets.charts"),
		`{"sheets":[{"charts":[{"chartId":4,"spec":{"pieChart":{},"title":"u"},"position":{"overlayPosition":{"anchorCell":{"rowIndex":3},"heightPixels":371,"widthPixels":300}}}]}]}`)
	wantErr(t, w.batchErr(id, &sheets.Request{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{ChartId: 4,
		Position: overlay(), Spec: &sheets.ChartSpec{PieChart: &sheets.PieChartSpec{}}}}}), 400, "already exists")
	w.batch(id, &sheets.Request{DeleteEmbeddedObject: &sheets.DeleteEmbeddedObjectRequest{ObjectId: 4}})

	lookup := func(l *sheets.DeveloperMetadataLookup) *sheets.DataFilter {
		return &sheets.DataFilter{DeveloperMetadataLookup: l}
	}
	w.batch(id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: 9}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: 2}}})
	w.batch(id, everything()[15:]...)
	ids := func(f *sheets.DataFilter) string {
		t.Helper()
		res, err := w.sheets.Spreadsheets.DeveloperMetadata.Search(id,
			&sheets.SearchDeveloperMetadataRequest{DataFilters: []*sheets.DataFilter{f}}).Do()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range res.MatchedDeveloperMetadata {
			out = append(out, asJSON(t, m.DeveloperMetadata.MetadataId))
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		f    *sheets.DataFilter
		want string
	}{
		{lookup(&sheets.DeveloperMetadataLookup{MetadataKey: "k"}), "1 2 3 4"},
		{lookup(&sheets.DeveloperMetadataLookup{LocationType: "COLUMN"}), "3"},
		{lookup(&sheets.DeveloperMetadataLookup{MetadataId: 4, Visibility: "DOCUMENT"}), ""},
		{lookup(&sheets.DeveloperMetadataLookup{
			MetadataLocation: &sheets.DeveloperMetadataLocation{DimensionRange: dims(0, "ROWS", 3, 6)}}), "3 4"},
		{lookup(&sheets.DeveloperMetadataLookup{MetadataLocation: &sheets.DeveloperMetadataLocation{
			DimensionRange: dims(0, "ROWS", 4, 5)}, LocationMatchingStrategy: "EXACT_LOCATION"}), "4"},
		{lookup(&sheets.DeveloperMetadataLookup{MetadataLocation: &sheets.DeveloperMetadataLocation{SheetId: 9}}), ""},
		{&sheets.DataFilter{A1Range: "Sheet1!E1:E2"}, "3"},
	} {
		if got := ids(c.f); got != c.want {
			t.Errorf("%s: got %q, want %q", asJSON(t, c.f), got, c.want)
		}
	}
	up := w.batch(id, &sheets.Request{UpdateDeveloperMetadata: &sheets.UpdateDeveloperMetadataRequest{
		DataFilters:       []*sheets.DataFilter{lookup(&sheets.DeveloperMetadataLookup{MetadataId: 3})},
		DeveloperMetadata: &sheets.DeveloperMetadata{MetadataValue: "w"}, Fields: "metadataValue"}},
		&sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
			DataFilter: lookup(&sheets.DeveloperMetadataLookup{MetadataId: 4})}})
	if up.Replies[0].UpdateDeveloperMetadata.DeveloperMetadata[0].MetadataValue != "w" ||
		up.Replies[1].DeleteDeveloperMetadata.DeletedDeveloperMetadata[0].MetadataId != 4 {
		t.Errorf("got %s", asJSON(t, up.Replies))
	}
	_, err := w.sheets.Spreadsheets.DeveloperMetadata.Get(id, 4).Do()
	wantErr(t, err, 404, "No developer metadata with id 4")
	wantErr(t, w.batchErr(id, everything()[len(everything())-4]), 400, "already exists")
	s, err := w.sheets.Spreadsheets.GetByDataFilter(id, &sheets.GetSpreadsheetByDataFilterRequest{IncludeGridData: true,
		DataFilters: []*sheets.DataFilter{lookup(&sheets.DeveloperMetadataLookup{MetadataId: 3})}}).Do()
	if err != nil || len(s.Sheets) != 1 || s.Sheets[0].Data[0].StartColumn != 4 ||
		len(s.Sheets[0].Data[0].ColumnMetadata) != 1 ||
		s.Sheets[0].Data[0].ColumnMetadata[0].DeveloperMetadata[0].MetadataValue != "w" {
		t.Errorf("got %v", err)
	}
}

func TestCopiedFiles(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna := w.as("anna@x.ru")
	id := w.create("template")
	w.batch(id, everything()...)
	if _, err := w.drive.Permissions.Create(id, anyoneReads()).Do(); err != nil {
		t.Fatal(err)
	}
	f, err := anna.drive.Files.Copy(id, nil).Do()
	if err != nil {
		t.Fatal(err)
	}
	original := w.fields(id,
		"sheets(properties,merges,conditionalFormats,data.rowData.values(userEnteredValue,userEnteredFormat,note,dataValidation)),developerMetadata", "A1:F20")
	w.want(anna.compactAs("anna@x.ru", "GET", "/v4/spreadsheets/"+f.Id+
		"?ranges=A1:F20&fields=sheets(properties,merges,conditionalFormats,data.rowData.values(userEnteredValue,userEnteredFormat,note,dataValidation)),developerMetadata"), original)
	s, err := anna.sheets.Spreadsheets.Get(f.Id).Fields("sheets.protectedRanges.editors").Do()
	if err != nil || asJSON(t, s.Sheets[1].ProtectedRanges[0].Editors.Users) != `["anna@x.ru"]` {
		t.Errorf("got %s %v", asJSON(t, s), err)
	}
	anna.put(f.Id, "A1", []any{"changed"})
	if got := asJSON(t, w.get(id, "A1")); got != "[[1]]" {
		t.Errorf("the original changed too: %s", got)
	}
}
