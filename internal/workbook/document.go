package workbook

import (
	"fmt"

	"google.golang.org/api/sheets/v4"
)

// Document returns the Book as a whole spreadsheet, as Google would return one filled
// with it, for writers of files. Formulas have no values.
//
// Like Diff, it fails if something cannot be written, and names it.
func Document(b *Book) (*sheets.Spreadsheet, error) {
	have := Fresh()
	d := &differ{have: have, want: b, after: &State{fresh: true, order: have.order}}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("workbook %q: %w", b.Title, err)
	}
	if err := d.run(nil); err != nil {
		return nil, fmt.Errorf("workbook %q: %w", b.Title, err)
	}
	s := &sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: b.Title, Locale: b.Locale,
		TimeZone: b.TimeZone, AutoRecalc: b.Recalc}}
	for _, p := range d.plans {
		s.Sheets = append(s.Sheets, d.document(p))
	}
	return s, nil
}

// document returns one tab of a Document. Every cell is where the Book has it.
func (d *differ) document(p *plan) *sheets.Sheet {
	t, now := p.want, p.now
	sh := &sheets.Sheet{Properties: &sheets.SheetProperties{
		SheetId: t.ID, Title: p.title, Hidden: t.Hidden, TabColorStyle: color(t.TabColor),
		GridProperties: &sheets.GridProperties{
			RowCount: int64(now.gridRows), ColumnCount: int64(now.gridCols),
			FrozenRowCount: int64(t.FrozenRows), FrozenColumnCount: int64(t.FrozenCols), HideGridlines: t.HideGrid,
		},
	}}
	for _, a := range now.merges {
		sh.Merges = append(sh.Merges, gridRange(t.ID, a))
	}
	for i := range t.Rules {
		sh.ConditionalFormats = append(sh.ConditionalFormats, d.rule(p, &t.Rules[i]))
	}
	for i := range t.Charts {
		spec, at := d.chart(p, &t.Charts[i])
		sh.Charts = append(sh.Charts, &sheets.EmbeddedChart{ChartId: t.Charts[i].ID, Spec: spec, Position: at})
	}
	for _, g := range now.groups {
		group := g.group(t.ID)
		group.Collapsed = true
		sh.ColumnGroups = append(sh.ColumnGroups, group)
	}
	if t.Filter != nil {
		sh.BasicFilter = &sheets.BasicFilter{Range: gridRange(t.ID, *t.Filter)}
	}
	if t.Protect != nil {
		r := &sheets.ProtectedRange{ProtectedRangeId: t.Protect.ID, Range: &sheets.GridRange{SheetId: t.ID}}
		for _, a := range t.Protect.Open {
			r.UnprotectedRanges = append(r.UnprotectedRanges, gridRange(t.ID, a))
		}
		sh.ProtectedRanges = []*sheets.ProtectedRange{r}
	}
	data := &sheets.GridData{}
	rows, cols := t.size()
	formats := map[formatKey]*sheets.CellFormat{}
	for r := range rows {
		row := &sheets.RowData{}
		if r < len(t.Cells) {
			for c := range t.Cells[r] {
				row.Values = append(row.Values, document(&t.Cells[r][c], formats))
			}
		}
		data.RowData = append(data.RowData, row)
		data.RowMetadata = append(data.RowMetadata, &sheets.DimensionProperties{
			PixelSize: int64(max(0, t.Heights[r])), HiddenByUser: t.Heights[r] == HiddenRow})
	}
	for c := range cols {
		col := t.column(c)
		data.ColumnMetadata = append(data.ColumnMetadata,
			&sheets.DimensionProperties{PixelSize: int64(col.Width), HiddenByUser: col.Hidden || t.grouped(c)})
	}
	sh.Data = []*sheets.GridData{data}
	return sh
}

// formatKey identifies a look, so that cells share looks as they share styles.
type formatKey struct {
	style *Style
	link  string
}

// Google's default font.
const (
	face     = "Arial"
	faceSize = 10
)

func document(c *Cell, formats map[formatKey]*sheets.CellFormat) *sheets.CellData {
	k := formatKey{c.Style, c.Link}
	f, ok := formats[k]
	if !ok {
		if f = format(c.Style, c.Link); f == nil {
			f = &sheets.CellFormat{VerticalAlignment: "BOTTOM"}
		}
		if f.TextFormat == nil {
			f.TextFormat = &sheets.TextFormat{}
		}
		f.TextFormat.FontFamily = face
		if f.TextFormat.FontSize == 0 {
			f.TextFormat.FontSize = faceSize
		}
		formats[k] = f
	}
	return &sheets.CellData{
		UserEnteredValue: value(c.Kind, c.Num, c.Str), UserEnteredFormat: f,
		Note: c.Note, Hyperlink: c.Link, DataValidation: validation(c.Check, values(c.Check)),
	}
}

func values(v *Validation) []string {
	if v == nil {
		return nil
	}
	return v.Values
}
