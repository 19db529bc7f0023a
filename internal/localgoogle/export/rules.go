package export

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// conditions writes the conditional formats. It writes each of Google's conditions as a
// formula, because Excel's own kinds differ in detail: for Excel, any text is greater
// than 5.
func (b *workbook) conditions(tab string, sh *sheets.Sheet) error {
	for _, rule := range sh.ConditionalFormats {
		if rule == nil {
			continue
		}
		var refs []string
		for _, r := range rule.Ranges {
			if ref, ok := b.a1(r); ok {
				refs = append(refs, ref)
			}
		}
		if len(refs) == 0 {
			continue
		}
		opts, ok, err := b.condition(rule, refs[0])
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := b.f.SetConditionalFormat(tab, strings.Join(refs, " "),
			[]excelize.ConditionalFormatOptions{opts}); err != nil {
			return fmt.Errorf("conditional format of %s: %w", refs[0], err)
		}
	}
	return nil
}

func (b *workbook) condition(rule *sheets.ConditionalFormatRule, first string) (excelize.ConditionalFormatOptions, bool,
	error) {
	if g := rule.GradientRule; g != nil {
		opts, ok := b.gradient(g)
		return opts, ok, nil
	}
	br := rule.BooleanRule
	if br == nil || br.Condition == nil {
		return excelize.ConditionalFormatOptions{}, false, nil
	}
	cell, _, _ := strings.Cut(first, ":")
	formula, ok := b.test(br.Condition, cell)
	if !ok {
		return excelize.ConditionalFormatOptions{}, false, nil
	}
	f := br.Format
	if f == nil {
		f = &sheets.CellFormat{}
	}
	st := &excelize.Style{}
	if c := hex(f.BackgroundColorStyle, f.BackgroundColor); c != "" {
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}}
	}
	if t := f.TextFormat; t != nil {
		st.Font = font(&sheets.TextFormat{Bold: t.Bold, Italic: t.Italic, Strikethrough: t.Strikethrough,
			Underline:       t.Underline,
			ForegroundColor: t.ForegroundColor, ForegroundColorStyle: t.ForegroundColorStyle})
	}
	id, err := b.f.NewConditionalStyle(st)
	if err != nil {
		return excelize.ConditionalFormatOptions{}, false, err
	}
	return excelize.ConditionalFormatOptions{Type: "formula", Criteria: formula, Format: &id}, true, nil
}

func (b *workbook) gradient(g *sheets.GradientRule) (excelize.ConditionalFormatOptions, bool) {
	if g.Minpoint == nil || g.Maxpoint == nil {
		return excelize.ConditionalFormatOptions{}, false
	}
	point := func(p *sheets.InterpolationPoint, edge string) (kind, value, colour string) {
		kind, value = edge, p.Value
		switch p.Type {
		case "NUMBER":
			kind = "num"
		case "PERCENT":
			kind = "percent"
		case "PERCENTILE":
			kind = "percentile"
		}
		if kind == "num" || kind == "percent" || kind == "percentile" {
			if t, ok := numfmt.Parse(value, b.locale, time.Time{}); ok {
				value = strconv.FormatFloat(t.Num, 'f', -1, 64)
			} else if s, ok := b.formula(value); ok {
				value = s
			} else {
				value = "0"
			}
		}
		if colour = hex(p.ColorStyle, p.Color); colour == "" {
			colour = "FFFFFF"
		}
		return kind, value, "#" + colour
	}
	o := excelize.ConditionalFormatOptions{Type: "2_color_scale", Criteria: "="}
	o.MinType, o.MinValue, o.MinColor = point(g.Minpoint, "min")
	o.MaxType, o.MaxValue, o.MaxColor = point(g.Maxpoint, "max")
	if g.Midpoint != nil {
		o.Type = "3_color_scale"
		o.MidType, o.MidValue, o.MidColor = point(g.Midpoint, "percentile")
		if o.MidValue == "" {
			o.MidValue = "50"
		}
	}
	return o, true
}

// test returns a condition as an Excel formula about one cell.
func (b *workbook) test(c *sheets.BooleanCondition, cell string) (string, bool) {
	if c.Type == "CUSTOM_FORMULA" {
		if len(c.Values) == 0 || c.Values[0] == nil {
			return "", false
		}
		return b.formula(c.Values[0].UserEnteredValue)
	}
	v, ok := b.operands(c)
	if !ok {
		return "", false
	}
	return testFormula(c.Type, cell, v)
}

// operands returns the values that a condition needs; ok is false if one is missing.
func (b *workbook) operands(c *sheets.BooleanCondition) (v []string, ok bool) {
	kind := c.Type
	v = make([]string, 2)
	for i := range v {
		if i < len(c.Values) {
			if v[i], ok = b.operand(c.Values[i], strings.HasPrefix(kind, "TEXT_")); !ok {
				return nil, false
			}
		}
	}
	need := 1
	switch kind {
	case "BLANK", "NOT_BLANK", "DATE_IS_VALID", "TEXT_IS_EMAIL", "TEXT_IS_URL", "BOOLEAN":
		need = 0
	case "NUMBER_BETWEEN", "NUMBER_NOT_BETWEEN", "DATE_BETWEEN", "DATE_NOT_BETWEEN":
		need = 2
	}
	return v, !slices.Contains(v[:need], "")
}

// testFormula returns a condition of a kind, with its values, as a formula about one
// cell.
func testFormula(kind, cell string, v []string) (string, bool) {
	number := func(test string) (string, bool) { return fmt.Sprintf("AND(ISNUMBER(%s),%s)", cell, test), true }
	switch kind {
	case "BLANK":
		return fmt.Sprintf("LEN(TRIM(%s))=0", cell), true
	case "NOT_BLANK":
		return fmt.Sprintf("LEN(TRIM(%s))>0", cell), true
	case "NUMBER_GREATER":
		return number(cell + ">" + v[0])
	case "NUMBER_GREATER_THAN_EQ":
		return number(cell + ">=" + v[0])
	case "NUMBER_LESS":
		return number(cell + "<" + v[0])
	case "NUMBER_LESS_THAN_EQ":
		return number(cell + "<=" + v[0])
	case "NUMBER_EQ":
		return number(cell + "=" + v[0])
	case "NUMBER_NOT_EQ":
		return number(cell + "<>" + v[0])
	case "NUMBER_BETWEEN":
		return number(fmt.Sprintf("%s>=%s,%s<=%s", cell, v[0], cell, v[1]))
	case "NUMBER_NOT_BETWEEN":
		return number(fmt.Sprintf("OR(%s<%s,%s>%s)", cell, v[0], cell, v[1]))
	case "DATE_EQ":
		return number(fmt.Sprintf("INT(%s)=INT(%s)", cell, v[0]))
	case "DATE_NOT_EQ":
		return number(fmt.Sprintf("INT(%s)<>INT(%s)", cell, v[0]))
	case "DATE_BEFORE":
		return number(fmt.Sprintf("%s<%s", cell, v[0]))
	case "DATE_AFTER":
		return number(fmt.Sprintf("INT(%s)>%s", cell, v[0]))
	case "DATE_ON_OR_BEFORE":
		return number(fmt.Sprintf("INT(%s)<=%s", cell, v[0]))
	case "DATE_ON_OR_AFTER":
		return number(fmt.Sprintf("%s>=%s", cell, v[0]))
	case "DATE_BETWEEN":
		return number(fmt.Sprintf("%s>=%s,INT(%s)<=%s", cell, v[0], cell, v[1]))
	case "DATE_NOT_BETWEEN":
		return number(fmt.Sprintf("OR(%s<%s,INT(%s)>%s)", cell, v[0], cell, v[1]))
	case "DATE_IS_VALID":
		return fmt.Sprintf("ISNUMBER(%s)", cell), true
	case "TEXT_CONTAINS":
		return fmt.Sprintf("ISNUMBER(SEARCH(%s,%s))", v[0], cell), true
	case "TEXT_NOT_CONTAINS":
		return fmt.Sprintf("ISERROR(SEARCH(%s,%s))", v[0], cell), true
	case "TEXT_STARTS_WITH":
		return fmt.Sprintf("LEFT(%s,LEN(%s))=%s", cell, v[0], v[0]), true
	case "TEXT_ENDS_WITH":
		return fmt.Sprintf("RIGHT(%s,LEN(%s))=%s", cell, v[0], v[0]), true
	case "TEXT_EQ":
		return fmt.Sprintf("%s&\"\"=%s", cell, v[0]), true
	case "TEXT_NOT_EQ":
		return fmt.Sprintf("%s&\"\"<>%s", cell, v[0]), true
	case "TEXT_IS_EMAIL":
		return fmt.Sprintf("ISNUMBER(SEARCH(\"?*@?*.?*\",%s))", cell), true
	case "TEXT_IS_URL":
		return fmt.Sprintf("ISNUMBER(SEARCH(\"?*.?*\",%s))", cell), true
	}
	return "", false
}

// operand returns the value of a condition as a part of a formula.
func (b *workbook) operand(v *sheets.ConditionValue, text bool) (string, bool) {
	if v == nil {
		return "", false
	}
	switch v.RelativeDate {
	case "":
	case "TODAY":
		return "TODAY()", true
	case "TOMORROW":
		return "(TODAY()+1)", true
	case "YESTERDAY":
		return "(TODAY()-1)", true
	case "PAST_WEEK":
		return "(TODAY()-7)", true
	case "PAST_MONTH":
		return "EDATE(TODAY(),-1)", true
	case "PAST_YEAR":
		return "EDATE(TODAY(),-12)", true
	default:
		return "", false
	}
	s := v.UserEnteredValue
	if strings.HasPrefix(s, "=") {
		f, ok := b.formula(s)
		return "(" + f + ")", ok
	}
	if !text {
		// The API takes numbers and dates in the locale of the spreadsheet, and plain
		// ones in any locale.
		if t, ok := numfmt.Parse(s, b.locale, time.Now()); ok {
			return strconv.FormatFloat(t.Num, 'f', -1, 64), true
		}
		if x, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(x, 'f', -1, 64), true
		}
		return "", false
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`, true
}

// validation writes the validation rules, one for all cells that share it.
func (b *workbook) validation(tab string, g grid) error {
	type group struct {
		rule  *sheets.DataValidationRule
		cells []pos
	}
	groups := map[string]*group{}
	var keys []string
	for _, p := range sortedCells(g) {
		rule := g.cells[p].DataValidation
		if rule == nil || rule.Condition == nil {
			continue
		}
		raw, err := json.Marshal(rule)
		if err != nil {
			return err
		}
		key := string(raw)
		if groups[key] == nil {
			groups[key] = &group{rule: rule}
			keys = append(keys, key)
		}
		groups[key].cells = append(groups[key].cells, p)
	}
	for _, key := range keys {
		gr := groups[key]
		dv, ok := b.rule(gr.rule, name(gr.cells[0].row, gr.cells[0].col))
		if !ok {
			continue
		}
		dv.Sqref = areas(gr.cells)
		if err := b.f.AddDataValidation(tab, dv); err != nil {
			return err
		}
	}
	return nil
}

// areas joins cells into columns.
func areas(cells []pos) string {
	slices.SortFunc(cells, func(a, b pos) int {
		if a.col != b.col {
			return a.col - b.col
		}
		return a.row - b.row
	})
	var out []string
	for i := 0; i < len(cells); {
		j := i
		for j+1 < len(cells) && cells[j+1].col == cells[i].col && cells[j+1].row == cells[j].row+1 {
			j++
		}
		ref := name(cells[i].row, cells[i].col)
		if j > i {
			ref += ":" + name(cells[j].row, cells[j].col)
		}
		out = append(out, ref)
		i = j + 1
	}
	return strings.Join(out, " ")
}

// escape escapes a formula in a rule, which excelize writes into the file unchanged.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

var operators = map[string]string{
	"BETWEEN": "between", "NOT_BETWEEN": "notBetween", "EQ": "equal", "NOT_EQ": "notEqual", "GREATER": "greaterThan",
	"AFTER":           "greaterThan",
	"GREATER_THAN_EQ": "greaterThanOrEqual", "ON_OR_AFTER": "greaterThanOrEqual", "LESS": "lessThan",
	"BEFORE":       "lessThan",
	"LESS_THAN_EQ": "lessThanOrEqual", "ON_OR_BEFORE": "lessThanOrEqual",
}

func (b *workbook) rule(r *sheets.DataValidationRule, cell string) (*excelize.DataValidation, bool) {
	dv := excelize.NewDataValidation(true)
	var message *string
	if r.InputMessage != "" {
		m := cut(r.InputMessage, 225) // Excel's limit for the text of an error
		message = &m
		dv.ShowInputMessage, dv.Prompt = true, &m
	}
	style := "warning"
	if r.Strict {
		style = "stop"
	}
	dv.ShowErrorMessage, dv.ErrorStyle, dv.Error = true, &style, message
	kind := r.Condition.Type
	prefix, op, _ := strings.Cut(kind, "_")
	switch {
	case kind == "ONE_OF_LIST" || kind == "BOOLEAN" && len(r.Condition.Values) == 0:
		var items []string
		for _, v := range r.Condition.Values {
			if v == nil || strings.Contains(v.UserEnteredValue, ",") {
				return nil, false // Excel separates the items by commas
			}
			items = append(items, v.UserEnteredValue)
		}
		if kind == "BOOLEAN" {
			items = []string{"TRUE", "FALSE"}
		}
		if len(items) == 0 || dv.SetDropList(items) != nil {
			return nil, false
		}
		dv.ShowDropDown = kind == "ONE_OF_LIST" && !r.ShowCustomUi // in the file, the flag hides the arrow
		return dv, true
	case kind == "ONE_OF_RANGE":
		if len(r.Condition.Values) != 1 || r.Condition.Values[0] == nil {
			return nil, false
		}
		ref := r.Condition.Values[0].UserEnteredValue
		if !strings.HasPrefix(ref, "=") {
			ref = "=" + ref
		}
		f, ok := b.formula(ref)
		if !ok {
			return nil, false
		}
		dv.SetSqrefDropList(escape.Replace(f))
		dv.ShowDropDown = !r.ShowCustomUi
		return dv, true
	case (prefix == "NUMBER" || prefix == "DATE") && operators[op] != "":
		dv.Type = map[string]string{"NUMBER": "decimal", "DATE": "date"}[prefix]
		dv.Operator = operators[op]
		for i, v := range r.Condition.Values {
			s, ok := b.operand(v, false)
			if !ok {
				return nil, false
			}
			if i == 0 {
				dv.Formula1 = escape.Replace(s)
			} else {
				dv.Formula2 = escape.Replace(s)
			}
		}
		return dv, dv.Formula1 != "" && (dv.Formula2 != "") == (op == "BETWEEN" || op == "NOT_BETWEEN")
	}
	f, ok := b.test(r.Condition, cell)
	if !ok || len([]rune(f)) > excelize.MaxFieldLength {
		return nil, false
	}
	dv.Type, dv.Formula1 = "custom", escape.Replace(f)
	return dv, true
}

// charts writes the charts of kinds that both programs have.
func (b *workbook) charts(tab string, sh *sheets.Sheet) error {
	for _, c := range sh.Charts {
		if c == nil || c.Spec == nil {
			continue
		}
		charts := b.chart(c.Spec)
		if len(charts) == 0 {
			continue
		}
		at, width, height, offX, offY := "A1", uint(600), uint(371), 0, 0 // Google's size of a new chart
		if c.Position != nil && c.Position.OverlayPosition != nil {
			o := c.Position.OverlayPosition
			if a := o.AnchorCell; a != nil && a.RowIndex >= 0 && a.RowIndex < maxRows && a.ColumnIndex >= 0 &&
				a.ColumnIndex < maxCols {
				at = name(int(a.RowIndex), int(a.ColumnIndex))
			}
			if o.WidthPixels > 0 && o.HeightPixels > 0 {
				width, height = uint(min(o.WidthPixels, 5000)), uint(min(o.HeightPixels, 5000))
			}
			offX, offY = int(max(0, min(o.OffsetXPixels, 5000))), int(max(0, min(o.OffsetYPixels, 5000)))
		}
		charts[0].Dimension = excelize.ChartDimension{Width: width, Height: height}
		charts[0].Format = excelize.GraphicOptions{OffsetX: offX, OffsetY: offY, AltText: c.Spec.AltText}
		if err := b.f.AddChart(tab, at, charts[0], charts[1:]...); err != nil {
			return fmt.Errorf("chart %q: %w", c.Spec.Title, err)
		}
	}
	return nil
}

var legends = map[string]string{
	"BOTTOM_LEGEND": "bottom", "LEFT_LEGEND": "left", "RIGHT_LEGEND": "right", "TOP_LEGEND": "top", "NO_LEGEND": "none",
	"INSIDE_LEGEND": "top", "LABELED_LEGEND": "right",
}

// chart returns a chart as Excel has it: a combined chart is several Excel charts in one
// frame. nil: Excel has no such chart, or there is nothing to show.
func (b *workbook) chart(spec *sheets.ChartSpec) []*excelize.Chart {
	title := excelize.ChartTitle{}
	if spec.Title != "" {
		title.Paragraph = []excelize.RichTextRun{{Text: spec.Title}}
	}
	switch {
	case spec.PieChart != nil:
		return b.pie(spec.PieChart, title)
	case spec.BasicChart != nil:
		return b.basic(spec.BasicChart, title)
	}
	return nil
}

func (b *workbook) pie(p *sheets.PieChartSpec, title excelize.ChartTitle) []*excelize.Chart {
	s, ok := b.series(p.Series, 0)
	if !ok {
		return nil
	}
	if cat, ok := b.series(p.Domain, 0); ok {
		s.Categories = cat.Values
	}
	kind := excelize.Pie
	if p.PieHole > 0 {
		kind = excelize.Doughnut
	}
	return []*excelize.Chart{{Type: kind, Series: []excelize.ChartSeries{s}, Title: title,
		Legend: legend(p.LegendPosition, "right")}}
}

// basic makes a chart for each kind and axis of the series, in order.
func (b *workbook) basic(c *sheets.BasicChartSpec, title excelize.ChartTitle) []*excelize.Chart {
	categories := ""
	if len(c.Domains) > 0 && c.Domains[0] != nil {
		if cat, ok := b.series(c.Domains[0].Domain, c.HeaderCount); ok {
			categories = cat.Values
		}
	}
	type part struct {
		kind  string
		right bool
	}
	parts := map[part]*excelize.Chart{}
	var out []*excelize.Chart
	for _, s := range c.Series {
		if s == nil {
			continue
		}
		kind := s.Type
		if kind == "" || c.ChartType != "COMBO" {
			kind = c.ChartType
		}
		t, ok := chartType(kind, c.StackedType)
		if !ok {
			continue
		}
		line, ok := b.series(s.Series, c.HeaderCount)
		if !ok {
			continue
		}
		line.Categories = categories
		dress(&line, s, kind, c.LineSmoothing)
		k := part{kind, s.TargetAxis == "RIGHT_AXIS"}
		if parts[k] == nil {
			parts[k] = &excelize.Chart{Type: t, Title: title, Legend: legend(c.LegendPosition, "right"),
				ShowBlanksAs: "gap"}
			parts[k].YAxis.Secondary = k.right
			parts[k].YAxis.MajorGridLines = !k.right
			out = append(out, parts[k])
		}
		parts[k].Series = append(parts[k].Series, line)
	}
	if len(out) > 0 {
		out[0].YAxis.Secondary = false // the first chart owns the left axis
		b.axes(out[0], c.Axis)
	}
	return out
}

// dress sets the colour and the line of a series.
func dress(line *excelize.ChartSeries, s *sheets.BasicChartSeries, kind string, smooth bool) {
	if colour := hex(s.ColorStyle, s.Color); colour != "" {
		line.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
		line.Line.Fill = line.Fill
	}
	line.Line.Smooth = smooth
	if kind == "LINE" {
		line.Marker.Symbol = "none"
	}
}

func (b *workbook) axes(chart *excelize.Chart, axes []*sheets.BasicChartAxis) {
	for _, a := range axes {
		if a == nil || a.Title == "" {
			continue
		}
		title := excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: a.Title}}}
		switch a.Position {
		case "BOTTOM_AXIS":
			chart.XAxis.Title = title
		case "LEFT_AXIS":
			chart.YAxis.Title = title
		}
	}
}

func legend(position, def string) excelize.ChartLegend {
	p, ok := legends[position]
	if !ok {
		p = def
	}
	return excelize.ChartLegend{Position: p}
}

func chartType(kind, stacked string) (excelize.ChartType, bool) {
	pick := func(plain, stack, full excelize.ChartType) (excelize.ChartType, bool) {
		switch stacked {
		case "STACKED":
			return stack, true
		case "PERCENT_STACKED":
			return full, true
		}
		return plain, true
	}
	switch kind {
	case "LINE", "STEPPED_AREA":
		return excelize.Line, true
	case "COLUMN":
		return pick(excelize.Col, excelize.ColStacked, excelize.ColPercentStacked)
	case "BAR":
		return pick(excelize.Bar, excelize.BarStacked, excelize.BarPercentStacked)
	case "AREA":
		return pick(excelize.Area, excelize.AreaStacked, excelize.AreaPercentStacked)
	case "SCATTER":
		return excelize.Scatter, true
	}
	return 0, false
}

// series returns the cells of a series; the first ones may be its name.
func (b *workbook) series(d *sheets.ChartData, headers int64) (excelize.ChartSeries, bool) {
	if d == nil || d.SourceRange == nil || len(d.SourceRange.Sources) == 0 || d.SourceRange.Sources[0] == nil {
		return excelize.ChartSeries{}, false
	}
	r := *d.SourceRange.Sources[0]
	tab, ok := b.tabs[r.SheetId]
	if !ok {
		return excelize.ChartSeries{}, false
	}
	r0, c0, r1, c1, ok := b.limits(&r)
	if !ok {
		return excelize.ChartSeries{}, false
	}
	s := excelize.ChartSeries{}
	if headers == 1 && (r1 > r0 || c1 > c0) {
		s.Name = fmt.Sprintf("%s!$%s$%d", calc.QuoteTitle(tab), calc.ColumnName(c0), r0+1)
		if r1 > r0 {
			r0++
		} else {
			c0++
		}
	}
	s.Values = fmt.Sprintf("%s!$%s$%d:$%s$%d", calc.QuoteTitle(tab), calc.ColumnName(c0), r0+1,
		calc.ColumnName(c1), r1+1)
	return s, true
}
