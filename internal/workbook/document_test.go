package workbook_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// A Document is the spreadsheet as it is after the Diff was carried out.
func TestDocumentIsWhatADiffLeaves(t *testing.T) {
	o := newOffice(t)
	want := monthBook("calls", "leads")
	reqs, _ := o.diff(workbook.Fresh(), want)
	o.apply(reqs)
	filled, err := o.s.Spreadsheets.Get(o.id).Fields(
		"properties(title,locale,timeZone,autoRecalc),sheets(properties,merges,conditionalFormats,basicFilter(range),charts(chartId,position),protectedRanges(protectedRangeId,unprotectedRanges),data(rowData(values(userEnteredValue,userEnteredFormat,note,dataValidation)),rowMetadata(pixelSize),columnMetadata(pixelSize,hiddenByUser)))").Do()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := workbook.Document(want)
	if err != nil {
		t.Fatal(err)
	}
	plain := cmp.Options{
		cmpopts.IgnoreFields(sheets.SheetProperties{}, "Index", "SheetType", "ForceSendFields", "TabColor"),
		cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".ServerResponse" || p.Last().String() == ".ForceSendFields"
		}, cmp.Ignore()),
		// Fonts, and what the server says twice: the old and the new form of colours.
		cmpopts.IgnoreFields(sheets.TextFormat{}, "FontFamily", "FontSize", "ForegroundColor"),
		cmpopts.IgnoreFields(sheets.CellFormat{}, "BackgroundColor"),
		cmpopts.IgnoreFields(sheets.Border{}, "Color", "Width"),
		cmpopts.IgnoreFields(sheets.EmbeddedChart{}, "Spec"),
		cmpopts.IgnoreFields(sheets.ProtectedRange{}, "Range"),
		cmpopts.EquateEmpty(),
		cmpopts.EquateApprox(0, 1e-3),
	}
	if d := cmp.Diff(filled.Properties, doc.Properties, plain); d != "" {
		t.Errorf("properties (-filled +document):\n%s", d)
	}
	if len(filled.Sheets) != len(doc.Sheets) {
		t.Fatalf("%d tabs, want %d", len(doc.Sheets), len(filled.Sheets))
	}
	for i, f := range filled.Sheets {
		d := doc.Sheets[i]
		for name, pair := range map[string][2]any{
			"properties": {f.Properties, d.Properties}, "merges": {f.Merges, d.Merges},
			"rules":  {f.ConditionalFormats, d.ConditionalFormats},
			"filter": {f.BasicFilter, d.BasicFilter}, "charts": {f.Charts, d.Charts},
			"protection": {f.ProtectedRanges, d.ProtectedRanges},
		} {
			if x := cmp.Diff(pair[0], pair[1], plain); x != "" {
				t.Errorf("%s, %s (-filled +document):\n%s", f.Properties.Title, name, x)
			}
		}
		for r, row := range d.Data[0].RowData {
			for c, cell := range row.Values {
				got := &sheets.CellData{}
				if r < len(f.Data[0].RowData) && c < len(f.Data[0].RowData[r].Values) {
					got = f.Data[0].RowData[r].Values[c]
				}
				if x := cmp.Diff([]any{got.UserEnteredValue, got.Note, got.DataValidation},
					[]any{cell.UserEnteredValue, cell.Note, cell.DataValidation}, plain); x != "" {
					t.Errorf("%s %s (-filled +document):\n%s", f.Properties.Title, workbook.A1(r, c), x)
				}
				if got.UserEnteredFormat == nil {
					continue // Google's own look
				}
				if got.UserEnteredFormat.TextFormat == nil {
					got.UserEnteredFormat.TextFormat = &sheets.TextFormat{}
				}
				if x := cmp.Diff(got.UserEnteredFormat, cell.UserEnteredFormat, plain); x != "" {
					t.Errorf("look of %s %s (-filled +document):\n%s", f.Properties.Title, workbook.A1(r, c), x)
				}
			}
		}
		for c, m := range d.Data[0].ColumnMetadata {
			if m.PixelSize != 0 && m.PixelSize != f.Data[0].ColumnMetadata[c].PixelSize {
				t.Errorf("column %d is %d pixels wide, want %d", c, m.PixelSize, f.Data[0].ColumnMetadata[c].PixelSize)
			}
		}
	}
}

func TestDocumentRefusesWhatADiffWould(t *testing.T) {
	b := monthBook("calls")
	b.Tabs[0].TabColor = "red"
	if _, err := workbook.Document(b); err == nil {
		t.Error("a colour that is none was taken")
	}
}
