package workbook_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

func (o *office) look() *workbook.State {
	o.t.Helper()
	s, err := o.s.Spreadsheets.Get(o.id).Fields(googleapi.Field(workbook.LookFields)).Do()
	if err != nil {
		o.t.Fatal(err)
	}
	state := workbook.StateOf(s)
	kept, err := state.Marshal()
	if err != nil {
		o.t.Fatal(err)
	}
	if state, err = workbook.UnmarshalState(kept); err != nil {
		o.t.Fatal(err)
	}
	return state
}

// A spreadsheet that is read in bands of rows is known like one that is read at once.
func TestBandsOfRows(t *testing.T) {
	o := newOffice(t)
	reqs, _ := o.diff(workbook.Fresh(), monthBook("calls", "leads"))
	o.apply(reqs)
	kept := func(st *workbook.State) string {
		t.Helper()
		b, err := st.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	get := func(fields string, from, to int64) *sheets.Sheet {
		t.Helper()
		rows := &sheets.GridRange{SheetId: month, StartRowIndex: from, EndRowIndex: to}
		s, err := o.s.Spreadsheets.GetByDataFilter(o.id, &sheets.GetSpreadsheetByDataFilterRequest{
			IncludeGridData: true, DataFilters: []*sheets.DataFilter{{GridRange: rows}}}).
			Fields(googleapi.Field(fields)).Do()
		if err != nil || len(s.Sheets) != 1 {
			t.Fatal(err)
		}
		return s.Sheets[0]
	}
	whole, err := o.s.Spreadsheets.Get(o.id).Fields(workbook.LookFields).Do()
	if err != nil {
		t.Fatal(err)
	}
	whole.Sheets = slices.DeleteFunc(whole.Sheets, func(sh *sheets.Sheet) bool {
		return sh.Properties.SheetId != month
	})
	rows := whole.Sheets[0].Properties.GridProperties.RowCount
	for _, band := range []int64{1, 7, rows} {
		p := workbook.NewPieces(whole.Properties)
		p.Add(get(workbook.LookFields, 0, band))
		for from := band; from < rows; from += band {
			p.More(get(workbook.RowFields, from, min(from+band, rows)))
		}
		if kept(p.State()) != kept(workbook.StateOf(whole)) {
			t.Errorf("bands of %d rows are another state", band)
		}
	}
}

// A look at a whole spreadsheet shows what is not as it was left, and nothing else.
func TestLook(t *testing.T) {
	o := newOffice(t)
	book := monthBook("calls", "leads")
	book.Tabs[0].Charts = nil // a look does not show what a chart contains: it is set again
	reqs, _ := o.diff(workbook.Fresh(), book)
	o.apply(reqs)
	todo := func() []*sheets.Request {
		t.Helper()
		reqs, _ := o.diff(o.look(), book)
		return reqs
	}
	text := func(reqs []*sheets.Request) string {
		b, err := json.Marshal(reqs)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if reqs := todo(); len(reqs) > 0 {
		t.Fatalf("of a spreadsheet as it was left: %s", text(reqs))
	}
	one := func(r, c int64) *sheets.GridRange {
		return &sheets.GridRange{SheetId: month, StartRowIndex: r, EndRowIndex: r + 1, StartColumnIndex: c,
			EndColumnIndex: c + 1}
	}
	_, err := o.s.Spreadsheets.Values.Update(o.id, "'Ноябрь 2026'!B4",
		&sheets.ValueRange{Values: [][]any{{"7"}}}).ValueInputOption("USER_ENTERED").Do()
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]*sheets.Request{
		"a look": {RepeatCell: &sheets.RepeatCellRequest{Range: one(1, 0), Fields: "userEnteredFormat.backgroundColor",
			Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{BackgroundColor: &sheets.Color{Red: 1}}}}},
		"a number format": {RepeatCell: &sheets.RepeatCellRequest{Range: one(4, 1),
			Fields: "userEnteredFormat.numberFormat",
			Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{
				NumberFormat: &sheets.NumberFormat{Type: "TEXT"}}}}},
		"a validation": {SetDataValidation: &sheets.SetDataValidationRequest{Range: one(3, 1)}},
		"a rule": {DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{
			SheetId: month, ForceSendFields: []string{"Index"}}},
		"a cut": {CutPaste: &sheets.CutPasteRequest{Source: one(3, 1), PasteType: "PASTE_NORMAL",
			Destination: &sheets.GridCoordinate{SheetId: month, RowIndex: 4, ColumnIndex: 1}}},
		"a formula": {UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{SheetId: month, RowIndex: 1,
			ColumnIndex: 1}, Fields: "userEnteredValue", Rows: []*sheets.RowData{{Values: []*sheets.CellData{
			{UserEnteredValue: &sheets.ExtendedValue{FormulaValue: new("=SUM(B5:B6)")}}}}}}},
		"a hidden row": {UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{Fields: "hiddenByUser",
			Range:      &sheets.DimensionRange{SheetId: month, Dimension: "ROWS", StartIndex: 3, EndIndex: 5},
			Properties: &sheets.DimensionProperties{HiddenByUser: true}}},
		"a narrow column": {UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{Fields: "pixelSize",
			Range: &sheets.DimensionRange{SheetId: month, Dimension: "COLUMNS", EndIndex: 1,
				ForceSendFields: []string{"StartIndex"}},
			Properties: &sheets.DimensionProperties{PixelSize: 3}}},
		"what is open": {UpdateProtectedRange: &sheets.UpdateProtectedRangeRequest{Fields: "unprotectedRanges",
			ProtectedRange: &sheets.ProtectedRange{ProtectedRangeId: 99,
				UnprotectedRanges: []*sheets.GridRange{one(0, 0)}}}},
		"a merge": {MergeCells: &sheets.MergeCellsRequest{MergeType: "MERGE_ALL",
			Range: &sheets.GridRange{SheetId: month, StartRowIndex: 1, EndRowIndex: 3, StartColumnIndex: 0,
				EndColumnIndex: 1}}},
	}
	// A cut comes before a number format: the cut number is where the format is set.
	for _, name := range slices.Sorted(maps.Keys(damage)) {
		o.apply([]*sheets.Request{damage[name]})
		reqs := todo()
		if len(reqs) == 0 {
			t.Errorf("%s: nothing is put right", name)
		}
		if n := len(reqs); n > 8 {
			t.Errorf("%s: %d requests: %s", name, n, text(reqs))
		}
		o.apply(reqs)
		if reqs = todo(); len(reqs) > 0 {
			t.Errorf("%s, put right: %s", name, text(reqs))
		}
	}
}

// A date that somebody typed in place of a number keeps its number format: without it
// nobody could tell what was meant.
func TestLookKeepsWhatWasMeant(t *testing.T) {
	o := newOffice(t)
	book := monthBook("calls")
	reqs, _ := o.diff(workbook.Fresh(), book)
	o.apply(reqs)
	_, err := o.s.Spreadsheets.Values.Update(o.id, "'Ноябрь 2026'!B4",
		&sheets.ValueRange{Values: [][]any{{"12.05.2026"}}}).ValueInputOption("USER_ENTERED").Do()
	if err != nil {
		t.Fatal(err)
	}
	reqs, _ = o.diff(o.look(), book)
	o.apply(reqs)
	got := o.values("'Ноябрь 2026'!B4", "FORMATTED_VALUE")
	if len(got) != 1 || got[0][0] != "12.05.2026" {
		t.Errorf("the date shows as %v", got)
	}
}

// Parts that have lost their tags are recognised by what the Book has in them, and get
// the tags back: nothing is made twice, and what people typed stays.
func TestLostTags(t *testing.T) {
	everything := &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{LocationType: "SHEET"}}
	of := func(kind string) *sheets.DataFilter {
		return &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{LocationType: kind}}
	}
	for name, filters := range map[string][]*sheets.DataFilter{
		"tabs": {everything}, "columns": {of("COLUMN")}, "rows": {of("ROW")},
		"all": {everything, of("COLUMN"), of("ROW")},
	} {
		o := newOffice(t)
		book := monthBook("calls", "leads")
		book.Tabs[0].Charts = nil
		reqs, _ := o.diff(workbook.Fresh(), book)
		o.apply(reqs)
		_, err := o.s.Spreadsheets.Values.Update(o.id, "'Ноябрь 2026'!B4",
			&sheets.ValueRange{Values: [][]any{{7}}}).ValueInputOption("RAW").Do()
		if err != nil {
			t.Fatal(err)
		}
		before := o.values("'Ноябрь 2026'!A1:F9", "FORMULA")
		for _, f := range filters {
			o.apply([]*sheets.Request{{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{DataFilter: f}}})
		}
		reqs, _ = o.diff(o.look(), book)
		for _, r := range reqs {
			if r.CreateDeveloperMetadata == nil {
				t.Errorf("%s: more than tags: %+v", name, r)
			}
		}
		if len(reqs) == 0 {
			t.Errorf("%s: no tag is given back", name)
		}
		o.apply(reqs)
		if d := cmp.Diff(before, o.values("'Ноябрь 2026'!A1:F9", "FORMULA")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if reqs, _ = o.diff(o.look(), book); len(reqs) > 0 {
			t.Errorf("%s: %d requests are left", name, len(reqs))
		}
	}
}

// Rows above the days that a sort has mixed up with them return to the top, and the days
// stay as people sorted them.
func TestSortedHeading(t *testing.T) {
	o := newOffice(t)
	book := monthBook("calls", "leads")
	book.Tabs[0].Charts, book.Tabs[0].Merges = nil, nil
	reqs, _ := o.diff(workbook.Fresh(), book)
	o.apply(reqs)
	before := o.values("'Ноябрь 2026'!A1:F9", "FORMULA")
	o.apply([]*sheets.Request{{SortRange: &sheets.SortRangeRequest{
		Range:     &sheets.GridRange{SheetId: month, EndRowIndex: 6, EndColumnIndex: 4},
		SortSpecs: []*sheets.SortSpec{{SortOrder: "ASCENDING"}}}}})
	for try := range 2 {
		reqs, _ := o.diff(o.look(), book)
		if try > 0 && len(reqs) > 0 {
			t.Errorf("%d requests are left", len(reqs))
		}
		o.apply(reqs)
	}
	if d := cmp.Diff(before, o.values("'Ноябрь 2026'!A1:F9", "FORMULA")); d != "" {
		t.Error(d)
	}
}
