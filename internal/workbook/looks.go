package workbook

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// This file compares the looks read from a spreadsheet with those that we would send.
// Google describes the same look in other ways: it leaves out a default, or states it,
// and adds the older names of fields. So both sides are brought to one plain form and
// compared. A look that is not understood is written once more: that costs bytes and is
// never wrong.

// LookFields is the field mask of a read that shows everything in a Book: besides
// FoundFields the looks and the validation of cells, the sizes of lines, the rules and
// the protection. A Diff against a State from it writes only what is not as it should be.
const LookFields = "spreadsheetId,properties(title,locale,timeZone,autoRecalc),developerMetadata," +
	"sheets(properties,developerMetadata,merges,protectedRanges(protectedRangeId,description,range,unprotectedRanges,warningOnly,editors(users)),conditionalFormats,columnGroups(range,depth),charts(chartId),basicFilter(range),data(startRow,startColumn,columnMetadata(developerMetadata,hiddenByUser,pixelSize)," + seenRows + "))"

// RowFields is what LookFields reads of rows alone: that is enough of all but the first
// rows of a tab that is read in bands.
const RowFields = "sheets(properties(sheetId),data(startRow,startColumn," + seenRows + "))"

const seenRows = "rowMetadata(developerMetadata,hiddenByUser,pixelSize)," +
	"rowData(values(userEnteredValue,effectiveValue," + seenFormat + ",dataValidation,note))"

// seenFormat is what formatShape compares of a cell's format. Google answers each colour
// under two names when it is asked for the whole of it, and colours are most of what an
// answer about looks takes.
const (
	seenFormat = "userEnteredFormat(numberFormat,backgroundColorStyle,horizontalAlignment,verticalAlignment," +
		"wrapStrategy,textRotation,padding(left),borders(top" + seenEdge + ",bottom" + seenEdge + ",left" + seenEdge +
		",right" + seenEdge + "),textFormat(foregroundColorStyle,fontFamily,fontSize,bold,italic,strikethrough,underline," +
		"link))"
	seenEdge = "(style,colorStyle)"
)

// seenLine is the size of a column or row in pixels, and whether somebody hid it.
type seenLine struct {
	size   int
	hidden bool
}

func seenLines(list []*sheets.DimensionProperties) []seenLine {
	out := make([]seenLine, len(list))
	for i, m := range list {
		out[i] = seenLine{int(m.PixelSize), m.HiddenByUser}
	}
	return out
}

// lineAt returns the line at a position; zero if it was not seen.
func lineAt(lines []seenLine, at int) seenLine {
	if at < 0 || at >= len(lines) {
		return seenLine{}
	}
	return lines[at]
}

// readLooks reads the looks of a tab's objects and lines, if the read included them: then
// it has the width of every column.
func (t *tabState) readLooks(sh *sheets.Sheet) {
	for _, d := range sh.Data {
		if d.StartRow != 0 || d.StartColumn != 0 || len(d.ColumnMetadata) == 0 || d.ColumnMetadata[0].PixelSize == 0 {
			return
		}
		t.seen.looks = true
		t.seen.cols, t.seen.rows = seenLines(d.ColumnMetadata), seenLines(d.RowMetadata)
	}
	if !t.seen.looks {
		return
	}
	t.seen.rules = rulesShape(sh.ConditionalFormats)
	for i, r := range sh.ProtectedRanges {
		t.protects[i].shape = protectShape(r)
		if r.Editors != nil {
			t.protects[i].editors = r.Editors.Users
		}
	}
	if f := sh.BasicFilter; f != nil && f.Range != nil {
		t.seen.filter = rangeHash(newHash(), f.Range).sum()
	}
}

// empty reports whether an area has no content and nobody gave it a look.
func (s *seenTab) empty(a Area) bool {
	for r := a.R0; r < min(a.R1, len(s.cells)); r++ {
		for c := a.C0; c < min(a.C1, len(s.cells[r])); c++ {
			if saw := s.cells[r][c]; saw.value != valBlank || saw.note != 0 || saw.style != noStyle || saw.check != 0 {
				return false
			}
		}
	}
	return true
}

// seenLook returns have with its unknown parts filled in from the read: as they should
// be, if they look so.
//
// A number in a person's cell keeps a number format that has a meaning: without it nobody
// could tell a date from a number.
func (p *plan) seenLook(r, c *spot, cell *Cell, link string, have, want look) look {
	if !p.read || !p.old.seen.looks || r.old < 0 || c.old < 0 {
		return have
	}
	saw := p.old.seen.at(p.old.rows[r.old].pos, p.old.cols[c.old].pos)
	meant := cell.Open && saw.meant && (cell.Style == nil || cell.Style.Format.Type != saw.format)
	if have.style == unknown && (meant || saw.style == p.shapes.of(cell.Style, link)) {
		have.style = want.style
	}
	if have.check == unknown && saw.check == want.check && saw.check != unknown {
		have.check = want.check
	}
	return have
}

// shapes caches the plain forms of styles.
type shapes map[*Style]uint64

func (s *shapes) of(st *Style, link string) uint64 {
	if link != "" {
		return styleShape(st, link)
	}
	if h, ok := (*s)[st]; ok {
		return h
	}
	if *s == nil {
		*s = shapes{}
	}
	h := styleShape(st, link)
	(*s)[st] = h
	return h
}

// styleShape and formatShape are equal if a cell looks as it should.
func styleShape(s *Style, link string) uint64 {
	if s == nil {
		return plainShape(Style{VAlign: "BOTTOM"}, link, "")
	}
	plain := *s
	if plain.VAlign == "" {
		plain.VAlign = "MIDDLE"
	}
	if plain.Format != (NumberFormat{}) && plain.Format.Type == "" {
		plain.Format.Type = "NUMBER"
	}
	return plainShape(plain, link, "")
}

func formatShape(f *sheets.CellFormat) uint64 {
	if f == nil {
		return styleShape(nil, "")
	}
	var s Style
	link, odd := "", ""
	if n := f.NumberFormat; n != nil {
		s.Format = NumberFormat{n.Type, n.Pattern}
	}
	if t := f.TextFormat; t != nil {
		if t.Link != nil {
			link = t.Link.Uri
		}
		s.Bold, s.Italic, s.Size = t.Bold, t.Italic, int(t.FontSize)
		s.Color = seenColor(t.ForegroundColorStyle, t.ForegroundColor)
		if t.Strikethrough || t.Underline && link == "" || t.FontFamily != "" && t.FontFamily != face {
			odd += "font"
		}
	}
	s.Background = seenColor(f.BackgroundColorStyle, f.BackgroundColor)
	s.Align, s.VAlign, s.Wrap = f.HorizontalAlignment, cmp.Or(f.VerticalAlignment, "BOTTOM"), f.WrapStrategy
	if b := f.Borders; b != nil {
		s.Top, s.Bottom, s.Left, s.Right = seenBorder(b.Top), seenBorder(b.Bottom), seenBorder(b.Left),
			seenBorder(b.Right)
	}
	if f.Padding != nil {
		s.PadLeft = int(f.Padding.Left) - 3
	}
	if r := f.TextRotation; r != nil && (r.Angle != 0 || r.Vertical) {
		odd += "turned"
	}
	return plainShape(s, link, odd)
}

// plainShape returns the plain form of a style, without its defaults; odd is what no
// Style has. Google chooses the colour of a link unless it is set.
func plainShape(s Style, link, odd string) uint64 {
	s.Size = cmp.Or(s.Size, faceSize)
	s.Color = cmp.Or(strings.ToUpper(s.Color), "#000000")
	s.Background = cmp.Or(strings.ToUpper(s.Background), "#FFFFFF")
	if link != "" {
		s.Color = ""
	}
	if s.Wrap == "OVERFLOW_CELL" {
		s.Wrap = ""
	}
	for _, b := range []*string{&s.Top, &s.Bottom, &s.Left, &s.Right} {
		if kind, c, ok := strings.Cut(*b, " "); ok {
			*b = kind + " " + strings.ToUpper(c)
		}
	}
	return newHash().str(odd).str(strconv.FormatUint(styleHash(&s, link), 36)).sum()
}

func seenColor(style *sheets.ColorStyle, old *sheets.Color) string {
	switch {
	case style != nil && style.ThemeColor != "":
		return style.ThemeColor
	case style != nil && style.RgbColor != nil:
		return hexColor(style.RgbColor)
	case old != nil:
		return hexColor(old)
	}
	return ""
}

// seenBorder returns a border in the words of a Style.
func seenBorder(b *sheets.Border) string {
	if b == nil || b.Style == "" || b.Style == "NONE" {
		return ""
	}
	kind, ok := map[string]string{"SOLID": "thin", "SOLID_MEDIUM": "medium"}[b.Style]
	if !ok {
		kind = b.Style
	}
	return kind + " " + cmp.Or(seenColor(b.ColorStyle, b.Color), "#000000")
}

// meaningful reports whether a number of this format means something other than a number:
// then it was typed or pasted.
func meaningful(format string) bool {
	switch format {
	case "DATE", "TIME", "DATE_TIME", "PERCENT":
		return true
	}
	return false
}

// seenCheck returns the checkHash of a validation that was read. It is unknown for a
// formula, which changes with the cell from which it was read.
func seenCheck(r *sheets.DataValidationRule) uint64 {
	if r == nil {
		return 0
	}
	if r.Condition == nil || r.Condition.Type == "CUSTOM_FORMULA" {
		return unknown
	}
	return checkHash(&Validation{Kind: r.Condition.Type, Message: r.InputMessage, Strict: r.Strict,
		List: r.ShowCustomUi},
		conditionTexts(r.Condition))
}

func conditionTexts(c *sheets.BooleanCondition) []string {
	var out []string
	for _, v := range c.Values {
		out = append(out, cmp.Or(v.UserEnteredValue, v.RelativeDate))
	}
	return out
}

// rulesShape identifies a set of conditional rules, sent or read.
func rulesShape(list []*sheets.ConditionalFormatRule) uint64 {
	h := newHash().int(len(list))
	for _, r := range list {
		h = h.int(len(r.Ranges))
		for _, g := range r.Ranges {
			h = rangeHash(h, g)
		}
		if r.BooleanRule == nil || r.BooleanRule.Condition == nil {
			h = h.str("gradient")
			continue
		}
		h = h.str(r.BooleanRule.Condition.Type)
		for _, v := range conditionTexts(r.BooleanRule.Condition) {
			h = h.str(v)
		}
		f := r.BooleanRule.Format
		if f == nil {
			f = &sheets.CellFormat{}
		}
		t := f.TextFormat
		if t == nil {
			t = &sheets.TextFormat{}
		}
		h = h.str(seenColor(f.BackgroundColorStyle, f.BackgroundColor)).
			str(seenColor(t.ForegroundColorStyle, t.ForegroundColor)).
			bool(t.Bold).bool(t.Strikethrough).bool(t.Italic).bool(t.Underline)
	}
	return h.sum()
}

// protectShape identifies a protection, sent or read, except for its editors.
func protectShape(r *sheets.ProtectedRange) uint64 {
	h := newHash().str(r.Description).bool(r.WarningOnly)
	if r.Range != nil {
		h = rangeHash(h, r.Range)
	}
	open := slices.Clone(r.UnprotectedRanges)
	slices.SortFunc(open, func(a, b *sheets.GridRange) int {
		return cmp.Or(cmp.Compare(a.StartRowIndex, b.StartRowIndex),
			cmp.Compare(a.StartColumnIndex, b.StartColumnIndex))
	})
	for _, g := range open {
		h = rangeHash(h, g)
	}
	return h.sum()
}

func rangeHash(h hash, g *sheets.GridRange) hash {
	for _, n := range []int64{g.StartRowIndex, g.EndRowIndex, g.StartColumnIndex, g.EndColumnIndex} {
		h = h.int(int(n))
	}
	return h
}

// asSeen reports whether the tab's protection was read and equals the one to be sent.
// Google lists more editors than were asked for.
func asSeen(protects []protectState, want *sheets.ProtectedRange) bool {
	i := slices.IndexFunc(protects, func(s protectState) bool { return s.id == want.ProtectedRangeId })
	return i >= 0 && protects[i].shape == protectShape(want) &&
		!slices.ContainsFunc(want.Editors.Users, func(user string) bool {
			return !slices.Contains(protects[i].editors, user)
		})
}
