package worker_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/workbook"
)

// A manager who typed into the wrong row cuts the figure and pastes it where it belongs.
// The block counts it there at once, although references move with cut cells, and the
// cells also get back the styles and the validation that moved along.
func TestCutAndPaste(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "cold-caller")
	o.sync()
	o.open()
	for day, calls := range map[string]int{"2026-05-01": 5, "2026-05-12": 70, "2026-05-13": 50} {
		o.types(0, day, "calls", calls)
	}
	o.settle()
	g := o.tab(o.report(0), "month:2026-05")
	col := int64(g.cols["kpi:calls"])
	cut := func(from, to string) *sheets.Request {
		at := func(day string) int64 { return int64(g.row("date", date(day))) }
		return &sheets.Request{CutPaste: &sheets.CutPasteRequest{PasteType: "PASTE_NORMAL",
			Source: &sheets.GridRange{SheetId: workbook.SheetID("month:2026-05"), StartRowIndex: at(from),
				EndRowIndex:      at(from) + 1,
				StartColumnIndex: col, EndColumnIndex: col + 1},
			Destination: &sheets.GridCoordinate{SheetId: workbook.SheetID("month:2026-05"), RowIndex: at(to),
				ColumnIndex: col}}}
	}
	// Including the first and the last cell of the month.
	o.batch(o.people[0].Email, g.file, cut("2026-05-12", "2026-05-08"), cut("2026-05-01", "2026-05-04"),
		cut("2026-05-31", "2026-05-30"))
	block := func(when string) {
		t.Helper()
		g := o.tab(o.report(0), "month:2026-05")
		if got := g.cell(g.row("date", "Факт"), "kpi:calls").FormattedValue; got != "125" {
			t.Errorf("%s the block says %s, want 125", when, got)
		}
		for day, want := range map[string]string{"2026-05-08": "70", "2026-05-12": "", "2026-05-04": "5",
			"2026-05-01": "", "2026-05-13": "50"} {
			if got := g.cell(g.row("date", date(day)), "counted:calls").FormattedValue; got != want {
				t.Errorf("%s %s counts as %q, want %q", when, day, got, want)
			}
		}
	}
	block("at once")
	o.expect("cut and pasted", google.Calls{Drive: 1, SheetsRead: 2, SheetsWrite: 2})
	block("after a sync")
	o.month(0, "calls", 125)
	v := vandal{office: o}
	v.whole(0)
	o.settle()
	v.whole(0)
}

// A deleted row of a day comes back, whatever was sorted and copied since.
func TestDeletedAndSortedDay(t *testing.T) {
	t.Parallel()
	id := workbook.SheetID("month:2026-05")
	sorted := func(first, by int64, order string) *sheets.Request {
		return &sheets.Request{SortRange: &sheets.SortRangeRequest{
			Range:     &sheets.GridRange{SheetId: id, StartRowIndex: first, EndRowIndex: 43, EndColumnIndex: 16},
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: by, SortOrder: order}}}}
	}
	o := newOffice(t).init().hire(1, "cold-caller")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "calls", 70)
	o.settle()
	for _, r := range []*sheets.Request{
		{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: &sheets.DimensionRange{SheetId: id, Dimension: "ROWS", StartIndex: 26, EndIndex: 27}}},
		sorted(36, 13, "ASCENDING"), sorted(2, 11, "DESCENDING"),
		{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: id, InsertSheetIndex: 2}},
	} {
		o.batch("", o.report(0), r)
	}
	for range 2 {
		out, err := o.w.Sync(t.Context(), 0)
		o.must(errors.Join(append(out.Failures, err)...))
	}
	o.settle()
	o.month(0, "calls", 70)
	v := vandal{office: o}
	v.whole(0)
	g := o.tab(o.report(0), "month:2026-05")
	if head, first := g.row("date", "Факт"), g.row("date", date("2026-05-01")); head > first {
		t.Errorf("the block stands in row %d, below the first day in row %d", head+1, first+1)
	}
}

// The sweep also looks at the summary, for which the change feed reports nothing if the
// worker's own account has edited it: it repairs values, formats, rules and validation.
// Google's description of a chart differs from what was sent, so charts are sent each
// time.
func TestSweepOfSummary(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 3)
	o.sync()
	o.settle()
	id := o.summary()
	whole := func() string {
		return o.dump("Сводка отдела продаж")["Сводка отдела продаж"]
	}
	want := whole()
	s, err := o.as("").Spreadsheets.Get(id).Fields("sheets(properties(sheetId),conditionalFormats)").Do()
	o.must(err)
	area := &sheets.GridRange{SheetId: s.Sheets[0].Properties.SheetId, StartRowIndex: 3, EndRowIndex: 6,
		StartColumnIndex: 1, EndColumnIndex: 3}
	reqs := []*sheets.Request{
		{RepeatCell: &sheets.RepeatCellRequest{Range: area, Fields: "userEnteredFormat,note,dataValidation",
			Cell: &sheets.CellData{Note: "моё", UserEnteredFormat: &sheets.CellFormat{
				TextFormat: &sheets.TextFormat{Italic: true, FontSize: 21}},
				DataValidation: &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "BOOLEAN"}}}}},
		{UpdateCells: &sheets.UpdateCellsRequest{Fields: "userEnteredValue", Start: &sheets.GridCoordinate{
			SheetId: area.SheetId, RowIndex: 4, ColumnIndex: 1},
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{{UserEnteredValue: &sheets.ExtendedValue{
				StringValue: new("вручную")}}}}}}},
	}
	for _, sh := range s.Sheets {
		if len(sh.ConditionalFormats) > 0 {
			reqs = append(reqs, &sheets.Request{DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{
				SheetId: sh.Properties.SheetId}})
		}
	}
	o.batch("", id, reqs...)
	o.expect("the feed tells of our own account", google.Calls{Drive: 1})
	if whole() == want {
		t.Fatal("nothing was changed")
	}
	sweep := func(writes int) {
		t.Helper()
		calls := o.calls(func() {
			_, err := o.w.Sweep(t.Context())
			o.must(err)
		})
		if calls.SheetsRead != 5 || calls.SheetsWrite != writes {
			t.Errorf("a sweep took %+v, want 5 reads and %d writes", calls, writes)
		}
		if diff := cmp.Diff(want, whole()); diff != "" {
			t.Errorf("the summary differs (-before +swept):\n%s", diff)
		}
	}
	sweep(2) // ops were let into the control spreadsheet by hand
	sweep(1)
}
