package localgoogle

import (
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
	"svodka/internal/localgoogle/wire"
)

const (
	defaultRowPixels = 21
	defaultColPixels = 100
)

// cellWants says which members of cells are wanted.
type cellWants struct {
	entered, effective, formatted, format, effFormat, hyperlink, note, runs, rule, pivot, chips bool
}

func newCellWants(m *wire.Mask) cellWants {
	return cellWants{
		entered: m.Has("userEnteredValue"), effective: m.Has("effectiveValue"), formatted: m.Has("formattedValue"),
		format:    m.Has("userEnteredFormat"),
		effFormat: m.Has("effectiveFormat"), hyperlink: m.Has("hyperlink"), note: m.Has("note"),
		runs: m.Has("textFormatRuns"),
		rule: m.Has("dataValidation"), pivot: m.Has("pivotTable"), chips: m.Has("chipRuns"),
	}
}

// gridData returns a block of cells under the mask. Each row ends at its last cell with
// content, and the list of rows at its last such row.
func (v *view) gridData(sh *sheet, a rect, m *wire.Mask) *sheets.GridData {
	out := &sheets.GridData{StartRow: int64(a.r0), StartColumn: int64(a.c0)}
	if m.Has("rowData", "values") {
		values, _ := m.Get("rowData")
		values, _ = values.Get("values")
		out.RowData = v.rowData(sh, a, newCellWants(values))
	}
	if m.Has("rowMetadata") {
		for r := a.r0; r < a.r1; r++ {
			out.RowMetadata = append(out.RowMetadata,
				v.dimensionProperties(sh.rowDim(r), defaultRowPixels, "ROW", sh.id(), r))
		}
	}
	if m.Has("columnMetadata") {
		for c := a.c0; c < a.c1; c++ {
			out.ColumnMetadata = append(out.ColumnMetadata,
				v.dimensionProperties(sh.column(c), defaultColPixels, "COLUMN", sh.id(), c))
		}
	}
	return out
}

func (v *view) dimensionProperties(d dimension, pixels int64, kind string, sheetID int64,
	index int) *sheets.DimensionProperties {
	p := &sheets.DimensionProperties{HiddenByFilter: d.filtered, HiddenByUser: d.hidden, PixelSize: pixels}
	if d.size > 0 {
		p.PixelSize = int64(d.size)
	}
	for _, m := range v.doc.meta {
		if m.location == kind && m.sheet == sheetID && index >= m.start && index < m.end {
			p.DeveloperMetadata = append(p.DeveloperMetadata, m.api())
		}
	}
	return p
}

func (v *view) rowData(sh *sheet, a rect, want cellWants) []*sheets.RowData {
	// Beyond the used cells only banding and conditional formats can show.
	reach := sh.usedIn(a.r0, a.r1, func(c *cell) bool { return !c.blank() })
	var paint *painter
	if want.effFormat {
		paint = v.newPainter(sh)
		reach = paint.reach(reach)
	}
	in := a.intersect(rect{0, reach.r1, 0, reach.c1})
	var rows []*sheets.RowData
	keep := 0
	for r := a.r0; r < in.r1; r++ {
		line := &sheets.RowData{}
		full := 0
		for c := a.c0; c < in.c1; c++ {
			data, some := v.cellData(sh, r, c, want, paint)
			line.Values = append(line.Values, data)
			if some {
				full = c - a.c0 + 1
			}
		}
		line.Values = line.Values[:full]
		rows = append(rows, line)
		if full > 0 {
			keep = r - a.r0 + 1
		}
	}
	return rows[:keep]
}

// cellData returns a cell as the API shows it, and whether it has any content.
func (v *view) cellData(sh *sheet, r, c int, want cellWants, paint *painter) (*sheets.CellData, bool) {
	cl := sh.at(r, c)
	out := &sheets.CellData{}
	some := false
	if want.entered && cl.kind != cellEmpty {
		out.UserEnteredValue = cl.entered()
		some = true
	}
	var val calc.Value
	if cl.kind != cellEmpty && (want.effective || want.formatted || want.hyperlink || want.effFormat) {
		val = v.value(sh, r, c)
	}
	if want.effective && val.Kind != calc.Empty {
		out.EffectiveValue = effective(val)
		some = true
	}
	if want.formatted && val.Kind != calc.Empty {
		if out.FormattedValue = v.text(cl, val); out.FormattedValue != "" {
			some = true
		}
	}
	f := v.doc.formats.get(cl.format)
	if want.format && f != nil {
		out.UserEnteredFormat = f
		some = true
	}
	if paint != nil {
		if out.EffectiveFormat = paint.format(r, c, cl, val); out.EffectiveFormat != nil {
			some = true
		}
	}
	if want.hyperlink {
		out.Hyperlink = val.Link
		if out.Hyperlink == "" && f != nil && f.TextFormat != nil && f.TextFormat.Link != nil {
			out.Hyperlink = f.TextFormat.Link.Uri
		}
		some = some || out.Hyperlink != ""
	}
	if want.rule && cl.rule != 0 {
		out.DataValidation = v.doc.rules.get(cl.rule)
		some = true
	}
	if e := cl.ext; e != nil {
		if want.note && e.Note != "" {
			out.Note, some = e.Note, true
		}
		if want.runs && len(e.Runs) > 0 {
			out.TextFormatRuns, some = e.Runs, true
		}
		if want.pivot && e.Pivot != nil {
			out.PivotTable, some = e.Pivot, true
		}
		if want.chips && len(e.Chips) > 0 {
			out.ChipRuns, some = e.Chips, true
		}
	}
	return out, some
}

// entered returns the cell's value as it was entered.
func (c *cell) entered() *sheets.ExtendedValue {
	switch c.kind {
	case cellNumber:
		n := c.num
		return &sheets.ExtendedValue{NumberValue: &n}
	case cellBool:
		b := c.num != 0
		return &sheets.ExtendedValue{BoolValue: &b}
	case cellString:
		s := c.str
		return &sheets.ExtendedValue{StringValue: &s}
	case cellFormula:
		s := c.str
		return &sheets.ExtendedValue{FormulaValue: &s}
	default:
		return nil
	}
}

func effective(v calc.Value) *sheets.ExtendedValue {
	switch v.Kind {
	case calc.Number:
		return &sheets.ExtendedValue{NumberValue: &v.Num}
	case calc.Bool:
		return &sheets.ExtendedValue{BoolValue: &v.Bool}
	case calc.String:
		return &sheets.ExtendedValue{StringValue: &v.Str}
	case calc.Error:
		return &sheets.ExtendedValue{ErrorValue: &sheets.ErrorValue{Type: string(v.Err), Message: v.Msg}}
	default:
		return nil
	}
}

// painter computes the effective formats of a tab's cells: the default, the banding, the
// cell's own, and the conditional rules on top.
type painter struct {
	v      *view
	sh     *sheet
	styles map[style]*sheets.CellFormat // cache
	bands  []band
	rules  []*ruleEval
}

// style holds everything that determines an effective format.
type style struct {
	own    uint32
	band   *sheets.CellFormat
	over   [3]*sheets.CellFormat
	number cellfmt.NumberFormat // of a formula's result
	align  string
}

func (v *view) newPainter(sh *sheet) *painter {
	return &painter{v: v, sh: sh, styles: map[style]*sheets.CellFormat{}, bands: bandsOf(sh),
		rules: v.conditionalRules(sh)}
}

// reach returns the used part of the tab, extended to all that rules and banding can
// paint.
func (p *painter) reach(used rect) rect {
	grow := func(a rect) {
		used.r1, used.c1 = max(used.r1, a.r1), max(used.c1, a.c1)
	}
	for _, b := range p.bands {
		grow(b.area)
	}
	for _, r := range p.rules {
		for _, a := range r.areas {
			grow(a)
		}
	}
	return used.intersect(p.sh.whole())
}

// format returns the effective format; nil for a blank cell that nothing paints.
func (p *painter) format(r, c int, cl *cell, val calc.Value) *sheets.CellFormat {
	band := p.band(r, c)
	over := p.conditional(r, c, val)
	if cl.blank() && band == nil && over == nil {
		return nil
	}
	st := style{own: cl.format, band: band, align: alignment(val)}
	if cl.kind == cellFormula {
		if nf := cellfmt.DefaultFormat(val, p.v.doc.locale()); nf != nil {
			st.number = *nf
		}
	}
	known := copy(st.over[:], over) == len(over)
	if f := p.styles[st]; known && f != nil {
		return f
	}
	out := overlay(defaultFormat, append([]*sheets.CellFormat{band, p.v.doc.formats.get(cl.format)}, over...)...)
	if out.NumberFormat == nil && st.number.Type != "" {
		out.NumberFormat = &sheets.NumberFormat{Type: st.number.Type, Pattern: st.number.Pattern}
	}
	if out.HorizontalAlignment == "" {
		out.HorizontalAlignment = st.align
	}
	if known {
		p.styles[st] = out
	}
	return out
}

// alignment returns the alignment of a value whose format sets none.
func alignment(v calc.Value) string {
	switch v.Kind {
	case calc.Number:
		return "RIGHT"
	case calc.Bool, calc.Error:
		return "CENTER"
	}
	return "LEFT"
}

// overlay puts formats over each other, later ones on top.
func overlay(base *sheets.CellFormat, layers ...*sheets.CellFormat) *sheets.CellFormat {
	out := *base
	for _, l := range layers {
		if l == nil {
			continue
		}
		if l.NumberFormat != nil {
			out.NumberFormat = l.NumberFormat
		}
		if l.BackgroundColor != nil || l.BackgroundColorStyle != nil {
			out.BackgroundColor, out.BackgroundColorStyle = l.BackgroundColor, l.BackgroundColorStyle
		}
		if l.Borders != nil {
			b := sheets.Borders{}
			if out.Borders != nil {
				b = *out.Borders
			}
			for _, side := range []struct{ to, from **sheets.Border }{{&b.Top, &l.Borders.Top},
				{&b.Bottom, &l.Borders.Bottom}, {&b.Left, &l.Borders.Left}, {&b.Right, &l.Borders.Right}} {
				if *side.from != nil {
					*side.to = *side.from
				}
			}
			out.Borders = &b
		}
		if l.Padding != nil {
			out.Padding = l.Padding
		}
		for _, s := range []struct{ to, from *string }{
			{&out.HorizontalAlignment, &l.HorizontalAlignment}, {&out.VerticalAlignment, &l.VerticalAlignment},
			{&out.WrapStrategy, &l.WrapStrategy},
			{&out.TextDirection, &l.TextDirection}, {&out.HyperlinkDisplayType, &l.HyperlinkDisplayType},
		} {
			if *s.from != "" {
				*s.to = *s.from
			}
		}
		if l.TextRotation != nil {
			out.TextRotation = l.TextRotation
		}
		if l.TextFormat != nil {
			out.TextFormat = overlayText(out.TextFormat, l.TextFormat)
		}
	}
	return &out
}

func overlayText(base, l *sheets.TextFormat) *sheets.TextFormat {
	out := sheets.TextFormat{}
	if base != nil {
		out = *base
	}
	if l.ForegroundColor != nil || l.ForegroundColorStyle != nil {
		out.ForegroundColor, out.ForegroundColorStyle = l.ForegroundColor, l.ForegroundColorStyle
	}
	if l.FontFamily != "" {
		out.FontFamily = l.FontFamily
	}
	if l.FontSize != 0 {
		out.FontSize = l.FontSize
	}
	if l.Link != nil {
		out.Link = l.Link
	}
	for _, b := range []struct {
		name     string
		to, from *bool
	}{{"Bold", &out.Bold, &l.Bold}, {"Italic", &out.Italic, &l.Italic},
		{"Strikethrough", &out.Strikethrough, &l.Strikethrough}, {"Underline", &out.Underline, &l.Underline}} {
		if *b.from || hasName(l.ForceSendFields, b.name) {
			*b.to = *b.from
		}
	}
	out.ForceSendFields = []string{"Bold", "Italic", "Strikethrough", "Underline"}
	return &out
}

func hasName(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return false
}
