package workbook

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/apijson"
)

// This file converts our values to types of the Sheets API.

const (
	rows    = "ROWS"
	columns = "COLUMNS"
)

// Keys of the developer metadata that identifies tabs, columns and rows.
const (
	tabKey    = "svodka.tab"
	columnKey = "svodka.column"
	rowKey    = "svodka.row"
)

func tabMetaID(tab int64) int64             { return MetaID(tab, "") }
func rowMetaID(tab int64, tag string) int64 { return MetaID(tab, "row:"+tag) }

func gridRange(sheet int64, a Area) *sheets.GridRange {
	return &sheets.GridRange{
		SheetId:       sheet,
		StartRowIndex: int64(a.R0), EndRowIndex: int64(a.R1),
		StartColumnIndex: int64(a.C0), EndColumnIndex: int64(a.C1),
		ForceSendFields: []string{"StartRowIndex", "StartColumnIndex"},
	}
}

// dimension returns rows or columns [from, to) of a sheet. It sends the start even if
// that is 0: a missing one means "unbounded".
func dimension(sheet int64, dim string, from, to int) *sheets.DimensionRange {
	return &sheets.DimensionRange{
		SheetId: sheet, Dimension: dim, StartIndex: int64(from), EndIndex: int64(to),
		ForceSendFields: []string{"StartIndex"},
	}
}

func tagTab(sheet int64, key string) *sheets.Request {
	return tag(tabKey, key, tabMetaID(sheet), &sheets.DeveloperMetadataLocation{SheetId: sheet})
}

func tagColumn(sheet int64, key string, at int) *sheets.Request {
	return tag(columnKey, key, MetaID(sheet, key),
		&sheets.DeveloperMetadataLocation{DimensionRange: dimension(sheet, columns, at, at+1)})
}

func tagRow(sheet int64, name string, at int) *sheets.Request {
	return tag(rowKey, name, rowMetaID(sheet, name),
		&sheets.DeveloperMetadataLocation{DimensionRange: dimension(sheet, rows, at, at+1)})
}

func tag(key, value string, id int64, at *sheets.DeveloperMetadataLocation) *sheets.Request {
	return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
		DeveloperMetadata: &sheets.DeveloperMetadata{
			MetadataId: id, MetadataKey: key, MetadataValue: value, Visibility: "DOCUMENT", Location: at,
		},
	}}
}

// parseColor parses "#RRGGBB".
func parseColor(s string) (r, g, b uint8, ok bool) {
	if len(s) != 7 || s[0] != '#' {
		return 0, 0, 0, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	return uint8(n >> 16), uint8(n >> 8), uint8(n), err == nil
}

// color converts a string that check has accepted; empty: nil. Google keeps 8 bits of
// each part and rounds down: n/255 rounded up to four digits comes back as n.
func color(s string) *sheets.ColorStyle {
	r, g, b, ok := parseColor(s)
	if !ok {
		return nil
	}
	return &sheets.ColorStyle{RgbColor: &sheets.Color{
		Red: colorPart(r), Green: colorPart(g), Blue: colorPart(b),
	}}
}

func colorPart(n uint8) float64 { return math.Ceil(float64(n)/255*1e4) / 1e4 }

// border converts "thin #RRGGBB" or "medium #RRGGBB".
func border(s string) *sheets.Border {
	kind, c, ok := strings.Cut(s, " ")
	if !ok {
		return nil
	}
	style := "SOLID"
	if kind == "medium" {
		style = "SOLID_MEDIUM"
	}
	return &sheets.Border{Style: style, ColorStyle: color(c)}
}

// format returns a whole userEnteredFormat: what it leaves out is Google's default. A nil
// style without a link gives nil.
func format(s *Style, link string) *sheets.CellFormat {
	if s == nil && link == "" {
		return nil
	}
	if s == nil {
		return &sheets.CellFormat{TextFormat: &sheets.TextFormat{Link: &sheets.Link{Uri: link}}}
	}
	f := &sheets.CellFormat{
		BackgroundColorStyle: color(s.Background),
		HorizontalAlignment:  s.Align,
		VerticalAlignment:    "MIDDLE",
		WrapStrategy:         s.Wrap,
	}
	if s.VAlign != "" {
		f.VerticalAlignment = s.VAlign
	}
	if s.Format != (NumberFormat{}) {
		f.NumberFormat = &sheets.NumberFormat{Type: s.Format.Type, Pattern: s.Format.Pattern}
		if s.Format.Type == "" {
			f.NumberFormat.Type = "NUMBER"
		}
	}
	if s.Bold || s.Italic || s.Size != 0 || s.Color != "" || link != "" {
		f.TextFormat = &sheets.TextFormat{
			Bold: s.Bold, Italic: s.Italic, FontSize: int64(s.Size), ForegroundColorStyle: color(s.Color),
		}
		if link != "" {
			f.TextFormat.Link = &sheets.Link{Uri: link}
		}
	}
	if s.Top != "" || s.Bottom != "" || s.Left != "" || s.Right != "" {
		f.Borders = &sheets.Borders{Top: border(s.Top), Bottom: border(s.Bottom), Left: border(s.Left),
			Right: border(s.Right)}
	}
	if s.PadLeft != 0 {
		// Google takes the message as a whole: unset sides would lose the default
		f.Padding = &sheets.Padding{Top: 2, Right: 3, Bottom: 2, Left: 3 + int64(s.PadLeft)}
	}
	return f
}

func condition(kind string, values []string) *sheets.BooleanCondition {
	c := &sheets.BooleanCondition{Type: kind}
	for _, v := range values {
		c.Values = append(c.Values, &sheets.ConditionValue{UserEnteredValue: v})
	}
	return c
}

func validation(v *Validation, values []string) *sheets.DataValidationRule {
	if v == nil {
		return nil
	}
	return &sheets.DataValidationRule{
		Condition: condition(v.Kind, values), InputMessage: v.Message, Strict: v.Strict, ShowCustomUi: v.List,
	}
}

// value returns the value of a cell; nil clears. Text is a stringValue whatever it begins
// with, so it can never become a formula.
func value(kind ValueKind, num float64, str string) *sheets.ExtendedValue {
	switch kind {
	case Number:
		return &sheets.ExtendedValue{NumberValue: &num}
	case Bool:
		b := num != 0
		return &sheets.ExtendedValue{BoolValue: &b}
	case Text:
		if str != "" {
			return &sheets.ExtendedValue{StringValue: &str}
		}
	case Formula:
		if str != "" {
			return &sheets.ExtendedValue{FormulaValue: &str}
		}
	}
	return nil
}

// digest identifies what would be sent; states store it to decide whether to send it
// again.
func digest(v any) (uint64, error) {
	b, err := apijson.Append(nil, v)
	if err != nil {
		return 0, fmt.Errorf("encode %T: %w", v, err)
	}
	return newHash().str(string(b)).sum(), nil
}

// sizer measures requests without encoding equal cells twice: most of a batch is cells,
// of which few differ, and equal ones share their data.
type sizer struct {
	cells map[*sheets.CellData]int
	buf   []byte // of the last encoding, reused for the next
}

func newSizer() *sizer { return &sizer{cells: map[*sheets.CellData]int{}} }

func (s *sizer) of(r *sheets.Request) int {
	u := r.UpdateCells
	if u == nil || len(u.Rows) == 0 {
		return s.encoded(r)
	}
	bare := *u
	bare.Rows = nil
	n := s.encoded(&sheets.Request{UpdateCells: &bare}) + len(`,"rows":[]`) + len(u.Rows) - 1
	for _, row := range u.Rows {
		n += len(`{}`)
		if len(row.Values) == 0 {
			continue
		}
		n += len(`"values":[]`) + len(row.Values) - 1
		for _, c := range row.Values {
			k, ok := s.cells[c]
			if !ok {
				k = s.encoded(c)
				s.cells[c] = k
			}
			n += k
		}
	}
	return n
}

// encoded returns the size of a value as JSON in bytes.
func (s *sizer) encoded(v any) int {
	b, err := apijson.Append(s.buf[:0], v)
	s.buf = b
	if err != nil {
		return 0 // it cannot be sent, and sending says so
	}
	return len(b)
}

// MaxBytes is the size up to which a batch is sent whole: what Google recommends. Larger
// batches take so long that their answers get lost on the way.
const MaxBytes = 2 << 20

// Split divides requests that are too large for one batch into several, each of at most
// maxBytes unless a single request is larger; it keeps their order. Only the whole series
// leads to the state after a Diff: if it is interrupted, the state must be read again
// with StateOf.
func Split(reqs []*sheets.Request, maxBytes int) [][]*sheets.Request {
	var parts [][]*sheets.Request
	size, from := 0, 0
	sizes := newSizer()
	for i, r := range reqs {
		n := sizes.of(r) + 1
		if i > from && size+n > maxBytes {
			parts = append(parts, reqs[from:i])
			size, from = 0, i
		}
		size += n
	}
	if from < len(reqs) {
		parts = append(parts, reqs[from:])
	}
	return parts
}
