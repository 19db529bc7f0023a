package localgoogle_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func red() *sheets.CellFormat {
	return &sheets.CellFormat{BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1}}}
}

func cond(kind string, values ...string) *sheets.BooleanCondition {
	c := &sheets.BooleanCondition{Type: kind}
	for _, v := range values {
		c.Values = append(c.Values, &sheets.ConditionValue{UserEnteredValue: v})
	}
	return c
}

func addRule(format *sheets.CellFormat, c *sheets.BooleanCondition, index int64,
	ranges ...*sheets.GridRange) *sheets.Request {
	return &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{Index: index,
		Rule: &sheets.ConditionalFormatRule{Ranges: ranges,
			BooleanRule: &sheets.BooleanRule{Condition: c, Format: format}}}}
}

// painted shows which cells of a range have a red background.
func (w *world) painted(id, rng string) string {
	w.t.Helper()
	s, err := w.sheets.Spreadsheets.Get(id).Ranges(rng).
		Fields("sheets.data.rowData.values.effectiveFormat.backgroundColor").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, r := range s.Sheets[0].Data[0].RowData {
		line := ""
		for _, c := range r.Values {
			mark := "."
			if c.EffectiveFormat != nil && c.EffectiveFormat.BackgroundColor != nil {
				if b := c.EffectiveFormat.BackgroundColor; b.Red == 1 && b.Green == 0 {
					mark = "#"
				}
			}
			line += mark
		}
		out = append(out, strings.TrimRight(line, "."))
	}
	return strings.TrimRight(strings.Join(out, "|"), "|")
}

func TestConditionsPaint(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	values := [][]any{{1, "План", "2026-11-23", ""}, {5, "план факт", "2026-11-22", true},
		{10, "a@b.ru", "2026-12-01", "=1/0"}}
	for _, c := range []struct {
		name string
		cond *sheets.BooleanCondition
		want string
	}{
		{"formula of the row", cond("CUSTOM_FORMULA", "=$A1>=5"), "|####|####"},
		{"formula of the cell", cond("CUSTOM_FORMULA", "=A1=5"), "|#"},
		{"formula of an absolute cell", cond("CUSTOM_FORMULA", "=$A$3=10"), "####|####|####"},
		{"formula with a separator", cond("CUSTOM_FORMULA", `=AND(ISNUMBER($A1);$A1<>5)`), "####||####"},
		{"greater", cond("NUMBER_GREATER", "5"), "..#|..#|#.#"},
		{"greater or equal, a formula", cond("NUMBER_GREATER_THAN_EQ", "=$A$2"), "..#|#.#|#.#"},
		{"less", cond("NUMBER_LESS", "5"), "#"},
		{"equal", cond("NUMBER_EQ", "5"), "|#"},
		{"between", cond("NUMBER_BETWEEN", "2", "10"), "|#|#"},
		{"not between", cond("NUMBER_NOT_BETWEEN", "2", "50000"), "#"},
		{"contains", cond("TEXT_CONTAINS", "план"), ".#|.#"},
		{"starts", cond("TEXT_STARTS_WITH", "план ф"), "|.#"},
		{"text equal", cond("TEXT_EQ", "план"), ".#"},
		{"e-mail", cond("TEXT_IS_EMAIL"), "||.#"},
		{"blank", cond("BLANK"), "...#"},
		{"not blank", cond("NOT_BLANK"), "###|####|####"},
		{"date after", cond("DATE_AFTER", "2026-11-23"), "||..#"},
		{"date today", &sheets.BooleanCondition{Type: "DATE_EQ",
			Values: []*sheets.ConditionValue{{RelativeDate: "TODAY"}}}, "..#"},
		{"date before yesterday", &sheets.BooleanCondition{Type: "DATE_BEFORE",
			Values: []*sheets.ConditionValue{{RelativeDate: "YESTERDAY"}}}, "#|#|#"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := w.create(c.name)
			w.put(id, "A1", values...)
			w.batch(id, addRule(red(), c.cond, 0, gr(0, 0, 3, 0, 4)))
			if got := w.painted(id, "A1:E5"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnEarlierRuleWins(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("order")
	w.put(id, "A1", []any{1, 2})
	green := &sheets.CellFormat{BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Green: 1}},
		TextFormat: &sheets.TextFormat{Bold: true}}
	w.batch(id, addRule(green, cond("NOT_BLANK"), 0, gr(0, 0, 1, 0, 2)),
		addRule(red(), cond("NUMBER_GREATER", "1"), 0, gr(0, 0, 1, 0, 2)))
	w.want(w.fields(id, "sheets.data.rowData.values.effectiveFormat(backgroundColor,textFormat.bold)"),
		`{"sheets":[{"data":[{"rowData":[{"values":[{"effectiveFormat":{"backgroundColor":{"green":1},"textFormat":{"bold":true}}},{"effectiveFormat":{"backgroundColor":{"red":1},"textFormat":{"bold":true}}}]}]}]}]}`)
	res := w.batch(id, &sheets.Request{UpdateConditionalFormatRule: &sheets.UpdateConditionalFormatRuleRequest{Index: 0,
		NewIndex: 1}},
		&sheets.Request{DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{Index: 0}})
	if r := res.Replies[0].UpdateConditionalFormatRule; r.NewIndex != 1 ||
		r.NewRule.BooleanRule.Condition.Type != "NUMBER_GREATER" {
		t.Errorf("got %s", asJSON(t, r))
	}
	if r := res.Replies[1].DeleteConditionalFormatRule; r.Rule.BooleanRule.Condition.Type != "NOT_BLANK" {
		t.Errorf("got %s", asJSON(t, r))
	}
	if got := w.painted(id, "A1:B1"); got != ".#" {
		t.Errorf("got %q", got)
	}
	wantErr(t, w.batchErr(id, &sheets.Request{
		DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{Index: 4}}), 400, "at index: 4")
}

func TestGradientsAndBands(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("gradient")
	w.put(id, "A1", []any{0}, []any{5}, []any{10}, []any{"x"})
	style := func(r, g, b float64) *sheets.ColorStyle {
		return &sheets.ColorStyle{RgbColor: &sheets.Color{Red: r, Green: g, Blue: b}}
	}
	w.batch(id, &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
		Rule: &sheets.ConditionalFormatRule{Ranges: []*sheets.GridRange{gr(0, 0, 10, 0, 1)},
			GradientRule: &sheets.GradientRule{
				Minpoint: &sheets.InterpolationPoint{Type: "MIN", ColorStyle: style(1, 0, 0)},
				Midpoint: &sheets.InterpolationPoint{Type: "PERCENT", Value: "50", ColorStyle: style(1, 1, 0)},
				Maxpoint: &sheets.InterpolationPoint{Type: "MAX", ColorStyle: style(0, 1, 0)}}}}},
		&sheets.Request{AddBanding: &sheets.AddBandingRequest{BandedRange: &sheets.BandedRange{Range: gr(0, 0, 4, 1, 2),
			RowProperties: &sheets.BandingProperties{HeaderColorStyle: style(0, 0, 1),
				FirstBandColorStyle: style(1, 1, 1), SecondBandColorStyle: style(0, 1, 1)}}}})
	got := w.fields(id, "sheets.data.rowData.values.effectiveFormat.backgroundColor", "A1:B4")
	w.want(got, `{"sheets":[{"data":[{"rowData":[`+
		`{"values":[{"effectiveFormat":{"backgroundColor":{"red":1}}},{"effectiveFormat":{"backgroundColor":{"blue":1}}}]},`+
		`{"values":[{"effectiveFormat":{"backgroundColor":{"red":1,"green":1}}},{"effectiveFormat":{"backgroundColor":{"red":1,"green":1,"blue":1}}}]},`+
		`{"values":[{"effectiveFormat":{"backgroundColor":{"green":1}}},{"effectiveFormat":{"backgroundColor":{"green":1,"blue":1}}}]},`+
		`{"values":[{"effectiveFormat":{"backgroundColor":{"red":1,"green":1,"blue":1}}},{"effectiveFormat":{"backgroundColor":{"red":1,"green":1,"blue":1}}}]}]}]}]}`)
	wantErr(t, w.batchErr(id, &sheets.Request{AddBanding: &sheets.AddBandingRequest{
		BandedRange: &sheets.BandedRange{Range: gr(0, 3, 5, 1, 2),
			RowProperties: &sheets.BandingProperties{FirstBandColorStyle: style(1, 1, 1)}}}}), 400,
		"already has alternating background colors")
}

func TestGridDataShowsWhatACellIs(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("grid")
	w.put(id, "A1", []any{`=HYPERLINK("https://x.ru";"T")`, "=NOTAFORMULA(1)", "=1/0", "=TODAY()", "12%", "=A9"})
	got := w.fields(id,
		"sheets.data.rowData.values(userEnteredValue,effectiveValue,formattedValue,hyperlink,effectiveFormat(numberFormat,horizontalAlignment))")
	for _, want := range []string{
		`"effectiveValue":{"stringValue":"T"},"formattedValue":"T","effectiveFormat":{"horizontalAlignment":"LEFT"},"hyperlink":"https://x.ru"`,
		`"effectiveValue":{"errorValue":{"type":"NAME","message":`,
		`"effectiveValue":{"errorValue":{"type":"DIVIDE_BY_ZERO","message":"Function DIVIDE parameter 2 cannot be zero."}},"formattedValue":"#DIV/0!","effectiveFormat":{"horizontalAlignment":"CENTER"}`,
		`"effectiveValue":{"numberValue":46349},"formattedValue":"11/23/2026","effectiveFormat":{"numberFormat":{"type":"DATE"`,
		`"effectiveValue":{"numberValue":0.12},"formattedValue":"12%"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	w.want(w.fields(id, "sheets.data(startRow,startColumn)", "B3:C4"),
		`{"sheets":[{"data":[{"startRow":2,"startColumn":1}]}]}`)
	if got := w.compact("GET", "/v4/spreadsheets/"+id+"?includeGridData=true&ranges=B7:C8", ""); !strings.Contains(got,
		`"data":[{"startRow":6,"startColumn":1,"rowMetadata":[{"pixelSize":21},{"pixelSize":21}],"columnMetadata":[{"pixelSize":100},{"pixelSize":100}]}]`) {
		t.Errorf("got %s", got)
	}
}

func TestLocales(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("ru")
	w.batch(id, &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
		Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU", TimeZone: "Europe/Moscow"},
		Fields:     "locale,timeZone"}})
	w.put(id, "A1", []any{"1,5", "15.05.2026", "=SUM(A1;1)", "1,5%"})
	w.want(asJSON(t, w.get(id, "A1:D1")), `[[1.5,46157,2.5,0.015]]`)
	res, err := w.sheets.Spreadsheets.Values.Get(id, "A1:D1").Do()
	if err != nil {
		t.Fatal(err)
	}
	w.want(asJSON(t, res.Values), `[["1,5","15.05.2026","2,5","1,50%"]]`)
	for _, bad := range []*sheets.SpreadsheetProperties{{Locale: "klingon"}, {TimeZone: "Mars/Base"}} {
		err := w.batchErr(id, &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: bad, Fields: "locale,timeZone"}})
		wantErr(t, err, 400, "Unsupported")
	}
}

// TestFormulasFollowEdits checks that calculated values are never stale.
func TestFormulasFollowEdits(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("live")
	w.put(id, "A1", []any{1, "=A1*10", "=SUM(B:B)"})
	for i := 2; i < 6; i++ {
		w.put(id, "A1", []any{i})
		w.want(asJSON(t, w.get(id, "A1:C1")), fmt.Sprintf("[[%d,%d,%d]]", i, i*10, i*10))
	}
	w.put(id, "B2", []any{5})
	w.want(asJSON(t, w.get(id, "C1")), "[[55]]")
	w.batch(id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "S2"}}},
		&sheets.Request{AddNamedRange: &sheets.AddNamedRangeRequest{
			NamedRange: &sheets.NamedRange{Name: "fact", Range: gr(0, 0, 2, 1, 2)}}})
	w.put(id, "S2!A1", []any{"=SUM(fact)", "=Sheet1!A1"})
	w.want(asJSON(t, w.get(id, "S2!A1:B1")), "[[55,5]]")
	w.batch(id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "ROWS", 1, 2)}})
	w.want(asJSON(t, w.get(id, "S2!A1:B1")), "[[50,5]]")
	// Today follows the clock and the spreadsheet's time zone.
	w.put(id, "A9", []any{"=TODAY()"})
	w.want(asJSON(t, w.get(id, "A8:A9")), "[[],[46349]]")
	w.clock.t = w.clock.t.AddDate(0, 0, 1)
	w.want(asJSON(t, w.get(id, "A9")), "[[46350]]")
}
