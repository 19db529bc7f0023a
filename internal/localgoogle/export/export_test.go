package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/api/sheets/v4"
)

func ptr[T any](v T) *T { return &v }

func text(s string) *sheets.CellData {
	v := &sheets.ExtendedValue{StringValue: &s}
	return &sheets.CellData{UserEnteredValue: v, EffectiveValue: v, FormattedValue: s}
}

func num(x float64, shown string) *sheets.CellData {
	v := &sheets.ExtendedValue{NumberValue: &x}
	return &sheets.CellData{UserEnteredValue: v, EffectiveValue: v, FormattedValue: shown}
}

func formula(f string, v *sheets.ExtendedValue, shown string) *sheets.CellData {
	return &sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{FormulaValue: &f}, EffectiveValue: v,
		FormattedValue: shown}
}

func row(cells ...*sheets.CellData) *sheets.RowData { return &sheets.RowData{Values: cells} }

func sample() *sheets.Spreadsheet {
	head := text("Ноябрь")
	head.EffectiveFormat = &sheets.CellFormat{
		BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1, Green: 0.8}},
		TextFormat: &sheets.TextFormat{Bold: true, FontSize: 14, FontFamily: "Arial",
			ForegroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Blue: 1}}},
		HorizontalAlignment: "CENTER", WrapStrategy: "WRAP",
		Borders: &sheets.Borders{Bottom: &sheets.Border{Style: "SOLID"}},
	}
	head.Note = "Смотри план"
	money := num(1234.5, "1 234,50 ₽")
	money.EffectiveFormat = &sheets.CellFormat{
		NumberFormat: &sheets.NumberFormat{Type: "CURRENCY", Pattern: `#,##0.00" ₽"`}}
	money.DataValidation = &sheets.DataValidationRule{
		Condition: &sheets.BooleanCondition{Type: "NUMBER_GREATER_THAN_EQ",
			Values: []*sheets.ConditionValue{{UserEnteredValue: "0"}}}, Strict: true, InputMessage: "Не меньше нуля"}
	// The rule of the sheet coloured this cell: that is not the cell's own format.
	money.EffectiveFormat.BackgroundColor = &sheets.Color{Red: 1}
	money.EffectiveFormat.TextFormat = &sheets.TextFormat{Bold: true, FontFamily: "Arial", FontSize: 10}
	list := text("да")
	list.DataValidation = &sheets.DataValidationRule{Condition: &sheets.BooleanCondition{Type: "ONE_OF_LIST",
		Values: []*sheets.ConditionValue{{UserEnteredValue: "да"}, {UserEnteredValue: "нет"}}}, ShowCustomUi: true}
	link := text("сайт")
	link.Hyperlink = "https://example.com"
	long := "Очень длинное название листа, которое Excel не возьмёт"
	return &sheets.Spreadsheet{
		Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU", Title: "Отчёт"},
		NamedRanges: []*sheets.NamedRange{{Name: "План", Range: &sheets.GridRange{SheetId: 5, StartRowIndex: 1,
			EndRowIndex: 2, StartColumnIndex: 0, EndColumnIndex: 1}}},
		Sheets: []*sheets.Sheet{{
			Properties: &sheets.SheetProperties{SheetId: 5, Title: "Ноябрь 2026",
				TabColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1}},
				GridProperties: &sheets.GridProperties{RowCount: 100, ColumnCount: 10, FrozenRowCount: 1,
					FrozenColumnCount: 1, HideGridlines: true}},
			Merges: []*sheets.GridRange{{SheetId: 5, StartRowIndex: 0, EndRowIndex: 1, StartColumnIndex: 0,
				EndColumnIndex: 3}},
			Data: []*sheets.GridData{{
				RowData: []*sheets.RowData{
					row(head),
					row(money, list, link),
					row(formula("=SUM(A2;1,5)", &sheets.ExtendedValue{NumberValue: ptr(1236.0)}, "1236"),
						formula(`=ЕСЛИ(1)`, &sheets.ExtendedValue{ErrorValue: &sheets.ErrorValue{Type: "NAME"}},
							"#NAME?"),
						formula("='"+long+"'!A1", &sheets.ExtendedValue{StringValue: ptr("x")}, "x"),
						formula("=SPARKLINE(A1:A2)", nil, ""),
						formula("=SUM(A2:A)", &sheets.ExtendedValue{NumberValue: ptr(1.0)}, "1"),
						formula(`=IFS(A2>1;"a")`, &sheets.ExtendedValue{StringValue: ptr("a")}, "a"),
						formula(`=A2>1`, &sheets.ExtendedValue{BoolValue: ptr(true)}, "ИСТИНА")),
				},
				ColumnMetadata: []*sheets.DimensionProperties{{PixelSize: 215}, {HiddenByUser: true}},
				RowMetadata: []*sheets.DimensionProperties{{PixelSize: 40}, {PixelSize: 21}, {PixelSize: 21},
					{HiddenByUser: true}},
			}},
			ProtectedRanges: []*sheets.ProtectedRange{{Range: &sheets.GridRange{SheetId: 5},
				UnprotectedRanges: []*sheets.GridRange{{SheetId: 5, StartRowIndex: 1, EndRowIndex: 2,
					StartColumnIndex: 0, EndColumnIndex: 1}}}},
			ConditionalFormats: []*sheets.ConditionalFormatRule{
				{Ranges: []*sheets.GridRange{{SheetId: 5, StartRowIndex: 1, EndRowIndex: 3, EndColumnIndex: 1}},
					BooleanRule: &sheets.BooleanRule{
						Condition: &sheets.BooleanCondition{Type: "CUSTOM_FORMULA",
							Values: []*sheets.ConditionValue{{UserEnteredValue: "=И(A2>0;1,5)"}}},
						Format: &sheets.CellFormat{BackgroundColor: &sheets.Color{Red: 1}}}},
				{Ranges: []*sheets.GridRange{{SheetId: 5, StartRowIndex: 1, EndRowIndex: 3, EndColumnIndex: 1}},
					BooleanRule: &sheets.BooleanRule{
						Condition: &sheets.BooleanCondition{Type: "CUSTOM_FORMULA",
							Values: []*sheets.ConditionValue{{UserEnteredValue: "=AND(A2>0;1,5)"}}},
						Format: &sheets.CellFormat{BackgroundColor: &sheets.Color{Red: 1},
							TextFormat: &sheets.TextFormat{Bold: true}}}},
				{Ranges: []*sheets.GridRange{{SheetId: 5, StartRowIndex: 1, EndRowIndex: 3}},
					BooleanRule: &sheets.BooleanRule{
						Condition: &sheets.BooleanCondition{Type: "NUMBER_LESS",
							Values: []*sheets.ConditionValue{{UserEnteredValue: "0,5"}}},
						Format: &sheets.CellFormat{}}},
				{Ranges: []*sheets.GridRange{{SheetId: 5, StartColumnIndex: 1}}, BooleanRule: &sheets.BooleanRule{
					Condition: &sheets.BooleanCondition{Type: "TEXT_CONTAINS",
						Values: []*sheets.ConditionValue{{UserEnteredValue: "д\"а"}}}, Format: &sheets.CellFormat{}}},
				{Ranges: []*sheets.GridRange{{SheetId: 5, StartColumnIndex: 1, EndColumnIndex: 2}},
					GradientRule: &sheets.GradientRule{
						Minpoint: &sheets.InterpolationPoint{Type: "MIN", Color: &sheets.Color{Red: 1}},
						Maxpoint: &sheets.InterpolationPoint{Type: "MAX", Color: &sheets.Color{Green: 1}},
						Midpoint: &sheets.InterpolationPoint{Type: "PERCENTILE", Value: "50",
							Color: &sheets.Color{Blue: 1}}}},
			},
			BasicFilter: &sheets.BasicFilter{Range: &sheets.GridRange{SheetId: 5, StartRowIndex: 1, EndRowIndex: 3,
				EndColumnIndex: 3}},
			Charts: []*sheets.EmbeddedChart{
				chart("LINE", 5), chart("COLUMN", 5), chart("BAR", 5),
				{Spec: &sheets.ChartSpec{PieChart: &sheets.PieChartSpec{Domain: data(5, 1), Series: data(5, 0)}}},
			},
		}, {
			Properties: &sheets.SheetProperties{SheetId: 6, Title: long, Hidden: true},
			Data:       []*sheets.GridData{{StartRow: 1, StartColumn: 1, RowData: []*sheets.RowData{row(num(7, "7"))}}},
		}},
	}
}

func data(sheet, col int64) *sheets.ChartData {
	return &sheets.ChartData{SourceRange: &sheets.ChartSourceRange{Sources: []*sheets.GridRange{
		{SheetId: sheet, StartRowIndex: 0, EndRowIndex: 3, StartColumnIndex: col, EndColumnIndex: col + 1}}}}
}

func chart(kind string, sheet int64) *sheets.EmbeddedChart {
	return &sheets.EmbeddedChart{
		Position: &sheets.EmbeddedObjectPosition{OverlayPosition: &sheets.OverlayPosition{
			AnchorCell: &sheets.GridCoordinate{SheetId: sheet, RowIndex: 5, ColumnIndex: 2}, WidthPixels: 400,
			HeightPixels: 200}},
		Spec: &sheets.ChartSpec{Title: "Динамика",
			BasicChart: &sheets.BasicChartSpec{ChartType: kind, HeaderCount: 1, LegendPosition: "BOTTOM_LEGEND",
				Domains: []*sheets.BasicChartDomain{{Domain: data(sheet, 0)}},
				Series: []*sheets.BasicChartSeries{{Series: data(sheet, 1)},
					{Series: data(sheet, 2), TargetAxis: "RIGHT_AXIS"}}}},
	}
}

func write(t *testing.T, s *sheets.Spreadsheet) *excelize.File {
	t.Helper()
	var buf bytes.Buffer
	if err := XLSX(&buf, s); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestXLSX(t *testing.T) {
	f := write(t, sample())
	str := must[string](t)
	const tab = "Ноябрь 2026"
	tabs := f.GetSheetList()
	if len(tabs) != 2 || tabs[0] != tab || len([]rune(tabs[1])) > 31 {
		t.Fatalf("tabs %q", tabs)
	}
	raw := excelize.Options{RawCellValue: true}
	for cell, want := range map[string]string{"A1": "Ноябрь", "A2": "1234.5", "B2": "да", "A3": "1236", "B3": "#NAME?",
		"C3": "x", "D3": "", "E3": "1", "F3": "a", "G3": "1"} {
		if got := str(f.GetCellValue(tab, cell, raw)); got != want {
			t.Errorf("value of %s is %q, want %q", cell, got, want)
		}
	}
	for cell, want := range map[string]string{"A3": "SUM(A2,1.5)", "B3": "", "C3": "'" + tabs[1] + "'!A1", "D3": "",
		"E3": "SUM(A2:A1048576)", "F3": `_xlfn.IFS(A2>1,"a")`, "G3": "A2>1"} {
		if got := str(f.GetCellFormula(tab, cell)); got != want {
			t.Errorf("formula of %s is %q, want %q", cell, got, want)
		}
	}
	// A cached number is stored as a number, for programs that do not calculate.
	if kind := must[excelize.CellType](t)(f.GetCellType(tab, "A3")); kind != excelize.CellTypeUnset &&
		kind != excelize.CellTypeNumber {
		t.Errorf("type of A3 is %v", kind)
	}
	if got := str(f.GetCellValue(tabs[1], "B2")); got != "7" {
		t.Errorf("the block that begins at B2 holds %q", got)
	}
	if must[bool](t)(f.GetSheetVisible(tabs[1])) {
		t.Error("the hidden tab is visible")
	}

	st := must[*excelize.Style](t)(f.GetStyle(must[int](t)(f.GetCellStyle(tab, "A1"))))
	if !st.Font.Bold || st.Font.Size != 14 || st.Font.Color != "0000FF" || st.Fill.Color[0] != "FFCC00" ||
		st.Alignment.Horizontal != "center" || !st.Alignment.WrapText || len(st.Border) != 1 {
		t.Errorf("style of A1: %+v %+v", st, st.Font)
	}
	st = must[*excelize.Style](t)(f.GetStyle(must[int](t)(f.GetCellStyle(tab, "A2"))))
	if st.CustomNumFmt == nil || *st.CustomNumFmt != `#,##0.00" ₽"` || st.Protection == nil || st.Protection.Locked {
		t.Errorf("style of A2: %+v", st)
	}
	if len(st.Fill.Color) > 0 || st.Font.Bold || st.Font.Family != "Arial" {
		t.Errorf("A2 took the format of the rule: %+v %+v", st.Fill, st.Font)
	}
	st = must[*excelize.Style](t)(f.GetStyle(must[int](t)(f.GetCellStyle(tab, "B2"))))
	if st.Protection != nil && !st.Protection.Locked {
		t.Error("B2 is open")
	}
	if m := must[[]excelize.MergeCell](t)(f.GetMergeCells(tab)); len(m) != 1 || m[0].GetStartAxis() != "A1" ||
		m[0].GetEndAxis() != "C1" {
		t.Errorf("merges %v", m)
	}
	if w := must[float64](t)(f.GetColWidth(tab, "A")); w != 30 {
		t.Errorf("width of A is %v", w)
	}
	if h := must[float64](t)(f.GetRowHeight(tab, 1)); h != 30 {
		t.Errorf("height of row 1 is %v", h)
	}
	if must[bool](t)(f.GetColVisible(tab, "B")) || must[bool](t)(f.GetRowVisible(tab, 4)) {
		t.Error("hidden row or column is visible")
	}
	if p := must[excelize.Panes](t)(f.GetPanes(tab)); !p.Freeze || p.XSplit != 1 || p.YSplit != 1 {
		t.Errorf("panes %+v", p)
	}
	if c := must[[]excelize.Comment](t)(f.GetComments(tab)); len(c) != 1 || c[0].Cell != "A1" ||
		!strings.Contains(c[0].Text, "Смотри план") {
		t.Errorf("comments %+v", c)
	}
	dvs := must[[]*excelize.DataValidation](t)(f.GetDataValidations(tab))
	if len(dvs) != 2 || dvs[0].Type != "decimal" || dvs[0].Operator != "greaterThanOrEqual" || dvs[0].Formula1 != "0" ||
		dvs[1].Formula1 != `"да,нет"` {
		t.Errorf("validation %+v", dvs)
	}
	cfs := must[map[string][]excelize.ConditionalFormatOptions](t)(f.GetConditionalFormats(tab))
	var rules []string
	for ref, list := range cfs {
		for _, o := range list {
			rules = append(rules, ref+" "+o.Type+" "+o.Criteria)
		}
	}
	all := strings.Join(rules, "\n")
	for _, want := range []string{"A2:A3 formula AND(A2>0,1.5)", "A2:J3 formula AND(ISNUMBER(A2),A2<0.5)",
		`B1:J100 formula ISNUMBER(SEARCH("д""а",B1))`, "B1:B100 3_color_scale"} {
		if !strings.Contains(all, want) {
			t.Errorf("no conditional format %q in\n%s", want, all)
		}
	}
	if strings.Contains(all, "И(") {
		t.Errorf("a formula that Excel does not know is in\n%s", all)
	}
	if ok, target, err := f.GetCellHyperLink(tab, "C2"); err != nil || !ok || target != "https://example.com" {
		t.Errorf("link %v %q %v", ok, target, err)
	}
	names := f.GetDefinedName()
	found := false
	for _, n := range names {
		found = found || n.Name == "План" && n.RefersTo == "'Ноябрь 2026'!$A$2:$A$2"
	}
	if !found {
		t.Errorf("names %+v", names)
	}
	charts := 0
	f.Pkg.Range(func(k, _ any) bool {
		if strings.HasPrefix(k.(string), "xl/charts/chart") {
			charts++
		}
		return true
	})
	if charts != 4 {
		t.Errorf("%d charts", charts)
	}
	if p := must[excelize.SheetPropsOptions](t)(f.GetSheetProps(tab)); p.TabColorRGB == nil ||
		!strings.HasSuffix(*p.TabColorRGB, "FF0000") {
		t.Errorf("colour of the tab: %v", p.TabColorRGB)
	}
	var sheet1 []byte
	f.Pkg.Range(func(k, v any) bool {
		if k == "xl/worksheets/sheet1.xml" {
			sheet1 = v.([]byte)
		}
		return true
	})
	if a, b := bytes.Index(sheet1, []byte(`<col min="1"`)), bytes.Index(sheet1, []byte(`<col min="2"`)); a < 0 ||
		b < a {
		t.Error("the columns are out of order, which Excel refuses")
	}
	if p := must[excelize.SheetProtectionOptions](t)(f.GetSheetProtection(tab)); !p.SelectUnlockedCells {
		t.Errorf("protection %+v", p)
	}
}

// A closed group of columns is one in the file as well, with its button in the same
// place, and takes no width of the page.
func TestXLSXGroups(t *testing.T) {
	hidden := &sheets.DimensionProperties{PixelSize: 900, HiddenByUser: true}
	f := write(t, &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{
		Properties: &sheets.SheetProperties{Title: "Месяц", GridProperties: &sheets.GridProperties{ColumnCount: 4,
			RowCount: 1}},
		ColumnGroups: []*sheets.DimensionGroup{{Depth: 1, Collapsed: true,
			Range: &sheets.DimensionRange{Dimension: "COLUMNS", StartIndex: 1, EndIndex: 3}}},
		Data: []*sheets.GridData{{ColumnMetadata: []*sheets.DimensionProperties{{PixelSize: 100}, hidden, hidden, nil},
			RowData: []*sheets.RowData{row(text("a"), text("b"), text("c"), text("d"))}}},
	}}})
	for col, want := range map[string]uint8{"A": 0, "B": 1, "C": 1, "D": 0} {
		level := must[uint8](t)(f.GetColOutlineLevel("Месяц", col))
		if open := must[bool](t)(f.GetColVisible("Месяц", col)); level != want || open != (want == 0) {
			t.Errorf("column %s: level %d, shown %v", col, level, open)
		}
	}
	p := must[excelize.SheetPropsOptions](t)(f.GetSheetProps("Месяц"))
	if p.OutlineSummaryRight == nil || *p.OutlineSummaryRight || p.FitToPage == nil || !*p.FitToPage {
		t.Errorf("properties %+v", p)
	}
}

// A row is as high as the texts that wrap in it, where no height was set and the cell is
// not merged.
func TestXLSXRowsHoldWhatWraps(t *testing.T) {
	wraps := func(s string, size int64) *sheets.CellData {
		c := text(s)
		c.FormattedValue = s
		c.EffectiveFormat = &sheets.CellFormat{WrapStrategy: "WRAP", TextFormat: &sheets.TextFormat{FontSize: size}}
		return c
	}
	long := "Сколько дней после отчётного дня его ещё можно исправить; от 0 до 60"
	f := write(t, &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{
		Properties: &sheets.SheetProperties{Title: "Параметры", GridProperties: &sheets.GridProperties{ColumnCount: 2,
			RowCount: 6}},
		Merges: []*sheets.GridRange{{StartRowIndex: 4, EndRowIndex: 5, EndColumnIndex: 2}},
		Data: []*sheets.GridData{{ColumnMetadata: []*sheets.DimensionProperties{{PixelSize: 200}, nil},
			RowMetadata: []*sheets.DimensionProperties{nil, nil, nil, {PixelSize: 30}},
			RowData: []*sheets.RowData{row(wraps("коротко", 10)), row(wraps(long, 10)), row(wraps("a\nb\nc", 20)),
				row(wraps(long, 10)), row(wraps(long, 10)), row(text(long))}}},
	}}})
	for i, want := range []float64{15.75, 3*12.5 + 3, 3*25 + 3, 22.5, 15.75, 15.75} {
		if high := must[float64](t)(f.GetRowHeight("Параметры", i+1)); high != want {
			t.Errorf("row %d is %v points high, want %v", i+1, high, want)
		}
	}
}

func TestXLSXRefusesNothing(t *testing.T) {
	var buf bytes.Buffer
	if err := XLSX(&buf, &sheets.Spreadsheet{}); err == nil {
		t.Error("a spreadsheet without tabs was written")
	}
	if err := XLSX(&buf, nil); err == nil {
		t.Error("no spreadsheet was written")
	}
	odd := &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{}, nil,
		{Properties: &sheets.SheetProperties{SheetId: 1, Title: "a/b:c"},
			Data:   []*sheets.GridData{nil, {RowData: []*sheets.RowData{nil, {Values: []*sheets.CellData{nil, {}}}}}},
			Charts: []*sheets.EmbeddedChart{nil, {}}, Merges: []*sheets.GridRange{nil, {}},
			ConditionalFormats: []*sheets.ConditionalFormatRule{nil, {}},
			ProtectedRanges:    []*sheets.ProtectedRange{nil, {}}},
		{Properties: &sheets.SheetProperties{SheetId: 2, Title: "a?b?c"}},
		{Properties: &sheets.SheetProperties{SheetId: 3, Title: "'"}}}}
	f := write(t, odd)
	if got := strings.Join(f.GetSheetList(), "|"); got != "Sheet|a_b_c|a_b_c (2)|Sheet (2)" {
		t.Errorf("tabs %s", got)
	}
}

func TestCSV(t *testing.T) {
	tests := []struct {
		rows []*sheets.RowData
		want string
	}{
		{nil, ""},
		{[]*sheets.RowData{row(text("a1"), text("B2"))}, "a1,B2"},
		{[]*sheets.RowData{row(text("a")), row(), row(nil, text("c"))}, "a,\r\n,\r\n,c"},
		{[]*sheets.RowData{row(text(`он сказал "да"`), text("1,5"), text("две\nстроки"))},
			`"он сказал ""да""","1,5","две` + "\nстроки\""},
		{[]*sheets.RowData{row(text("a"), text("")), row(text(""))}, "a"},
	}
	for _, tt := range tests {
		var b strings.Builder
		s := &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{Data: []*sheets.GridData{{RowData: tt.rows}}}}}
		if err := CSV(&b, s, 0); err != nil || b.String() != tt.want {
			t.Errorf("CSV = %q, %v; want %q", b.String(), err, tt.want)
		}
	}
	if err := CSV(&strings.Builder{}, &sheets.Spreadsheet{}, 0); err == nil {
		t.Error("a tab that is not there was written")
	}
}
