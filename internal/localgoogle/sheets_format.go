package localgoogle

import (
	"math"
	"strconv"
	"unicode"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
)

// rgb returns a colour of three bytes.
func rgb(r, g, b int) *sheets.Color {
	return &sheets.Color{Red: part(r), Green: part(g), Blue: part(b)}
}

// part returns a byte of a colour as Google writes it: the shortest text of a 32-bit
// float.
func part(n int) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(float32(n)/255), 'g', -1, 32), 64)
	if err != nil {
		return 0
	}
	return f
}

// normalColor rounds a colour down to 8 bits, as Google does.
func normalColor(c *sheets.Color) *sheets.Color {
	if c == nil {
		return nil
	}
	channel := func(f float64) int { return min(max(int(math.Floor(f*255+1e-4)), 0), 255) }
	n := rgb(channel(c.Red), channel(c.Green), channel(c.Blue))
	if c.Alpha > 0 && c.Alpha < 1 {
		n.Alpha = c.Alpha
	}
	return n
}

// colorPair returns both forms of a colour from whichever was sent; the style wins.
func colorPair(c *sheets.Color, s *sheets.ColorStyle) (*sheets.Color, *sheets.ColorStyle) {
	switch {
	case s != nil && s.ThemeColor != "":
		for _, p := range defaultTheme.ThemeColors {
			if p.ColorType == s.ThemeColor {
				return p.Color.RgbColor, &sheets.ColorStyle{ThemeColor: s.ThemeColor}
			}
		}
		return nil, &sheets.ColorStyle{ThemeColor: s.ThemeColor}
	case s != nil && s.RgbColor != nil:
		n := normalColor(s.RgbColor)
		return n, &sheets.ColorStyle{RgbColor: n}
	case s != nil:
		return nil, nil
	case c != nil:
		n := normalColor(c)
		return n, &sheets.ColorStyle{RgbColor: n}
	}
	return nil, nil
}

// normalFormat returns a format as Google stores it: colours in 8 bits and in both forms.
func normalFormat(f *sheets.CellFormat) *sheets.CellFormat {
	if f == nil {
		return nil
	}
	n := *f
	n.BackgroundColor, n.BackgroundColorStyle = colorPair(f.BackgroundColor, f.BackgroundColorStyle)
	if f.TextFormat != nil {
		t := *f.TextFormat
		t.ForegroundColor, t.ForegroundColorStyle = colorPair(t.ForegroundColor, t.ForegroundColorStyle)
		n.TextFormat = &t
	}
	if f.Borders != nil {
		n.Borders = normalBorders(f.Borders)
	}
	return &n
}

func normalBorders(b *sheets.Borders) *sheets.Borders {
	n := &sheets.Borders{Top: normalBorder(b.Top), Bottom: normalBorder(b.Bottom), Left: normalBorder(b.Left),
		Right: normalBorder(b.Right)}
	if n.Top == nil && n.Bottom == nil && n.Left == nil && n.Right == nil {
		return nil
	}
	return n
}

func normalBorder(b *sheets.Border) *sheets.Border {
	if b == nil || b.Style == "" || b.Style == "NONE" {
		return nil
	}
	n := &sheets.Border{Style: b.Style, Width: 1}
	switch b.Style {
	case "SOLID_MEDIUM":
		n.Width = 2
	case "SOLID_THICK", "DOUBLE":
		n.Width = 3
	}
	n.Color, n.ColorStyle = colorPair(b.Color, b.ColorStyle)
	if n.Color == nil && n.ColorStyle == nil {
		n.Color, n.ColorStyle = colorPair(&sheets.Color{}, nil)
	}
	return n
}

func numberFormat(f *sheets.CellFormat) *cellfmt.NumberFormat {
	if f == nil || f.NumberFormat == nil {
		return nil
	}
	return &cellfmt.NumberFormat{Type: f.NumberFormat.Type, Pattern: f.NumberFormat.Pattern}
}

// shownFormat returns the effective number format: the cell's own, or what its formula
// implies.
func (v *view) shownFormat(cl *cell, val calc.Value) *cellfmt.NumberFormat {
	if nf := numberFormat(v.doc.formats.get(cl.format)); nf != nil {
		return nf
	}
	if cl.kind == cellFormula {
		return cellfmt.DefaultFormat(val, v.doc.locale())
	}
	return nil
}

// text returns what the cell shows.
func (v *view) text(cl *cell, val calc.Value) string {
	s, _ := cellfmt.Format(val, v.shownFormat(cl, val), v.doc.locale())
	return s
}

func (v *view) isDate(cl *cell, val calc.Value) bool {
	return cellfmt.DateKind(v.shownFormat(cl, val)) != calc.None
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
