package summary

import (
	"math"
	"strings"
	"unicode/utf8"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// sheet builds one tab from top to bottom and makes its columns wide enough for their
// content.
type sheet struct {
	*workbook.Tab
	st    *styles
	links map[department.PersonID]string
	width []int
	named []int // columns of names, which take several lines where they are too long
}

// Widths in pixels. A digit of the 10 point font takes about charPx, a Cyrillic letter
// letterPx.
const (
	charPx   = 7.5
	letterPx = 8
	padPx    = 16
	minWidth = 64
	maxWidth = 340
	// headWidth holds the longest word of the headings, «Отклонение».
	headWidth = 94
	openWidth = 70 // of a column of figures, at the least
	indentPx  = 12 // for a person below a team
	titlePx   = 15 // a letter of a tab's title
)

func newSheet(in *Input, st *styles, key, ru, en string) *sheet {
	return &sheet{
		Tab: &workbook.Tab{
			ID: workbook.SheetID(key), Key: key, Title: in.Lang.T(ru, en),
			Exclusive: true, HideGrid: true, Heights: map[int]int{},
		},
		st: st, links: in.Links,
	}
}

// done returns the finished tab.
func (s *sheet) done() *workbook.Tab {
	if len(s.width) == 0 {
		s.widen(0, s.longest())
	}
	cols := len(s.width)
	for _, r := range s.Cells {
		cols = max(cols, len(r))
	}
	s.Columns = make([]workbook.Column, cols)
	for i := range s.Columns {
		s.Columns[i].Width = minWidth
		if i < len(s.width) {
			s.Columns[i].Width = min(maxWidth, max(minWidth, s.width[i]))
		}
	}
	if cols == 1 {
		s.Columns[0].Width = max(minWidth, s.width[0]) // only sentences: they have no other column to extend into
	}
	for _, c := range s.named {
		s.wrapNames(c)
	}
	// A spare row keeps the last line off the window's edge.
	s.Rows, s.Cols = max(s.Rows, len(s.Cells)+1), max(s.Cols, cols, 1)
	return s.Tab
}

// longest returns the width of the longest text in the first column.
func (s *sheet) longest() int {
	px := 0
	for i, r := range s.Cells {
		if len(r) == 0 {
			continue
		}
		letter := float64(charPx)
		if i == 0 {
			letter = titlePx
		}
		px = max(px, int(math.Ceil(float64(utf8.RuneCountInString(r[0].Str))*letter))+padPx)
	}
	return px
}

// widen makes column c at least px wide.
func (s *sheet) widen(c, px int) {
	for len(s.width) <= c {
		s.width = append(s.width, 0)
	}
	s.width[c] = max(s.width[c], px)
}

// reach makes the columns from c to end, without it, px wide in all, by the last of them:
// a text in the first extends into the others.
func (s *sheet) reach(c, end, px int) {
	for i := c; i < end-1; i++ {
		s.widen(i, minWidth)
		px -= min(maxWidth, s.width[i])
	}
	s.widen(end-1, px)
}

// headPx returns how wide a column must be for the longest word of its heading.
func headPx(heading string) int {
	longest := 0
	for _, word := range strings.Fields(heading) {
		longest = max(longest, utf8.RuneCountInString(word))
	}
	return max(openWidth, longest*letterPx+14)
}

// phonePx is what a phone shows beside the numbers of rows. leastName is how wide names
// are at the least.
const (
	phonePx   = 350
	leastName = 104
)

// forPhone narrows the names in the first column where the figures beside them are so
// long that a phone would cut off the last of the first n columns.
func (s *sheet) forPhone(n int) {
	over := -phonePx
	for _, px := range s.width[:min(n, len(s.width))] {
		over += px
	}
	if over > 0 {
		s.width[0] = max(min(leastName, s.width[0]), s.width[0]-over)
	}
}

// fit makes column c wide enough for n characters.
func (s *sheet) fit(c, n int) { s.widen(c, int(math.Ceil(float64(n)*charPx))+padPx) }

// fitText makes column c wide enough for a text.
func (s *sheet) fitText(c int, str string) { s.widen(c, utf8.RuneCountInString(str)*letterPx+padPx) }

// next returns the index of the next row.
func (s *sheet) next() int { return len(s.Cells) }

// add adds a row below the last one.
func (s *sheet) add(cells ...workbook.Cell) int {
	s.Cells = append(s.Cells, cells)
	return len(s.Cells) - 1
}

// gap adds an empty row.
func (s *sheet) gap() { s.Cells = append(s.Cells, nil) }

// title adds the name of the tab and the lines below it, and freezes them.
func (s *sheet) title(name string, under ...string) {
	s.Heights[s.add(workbook.Txt(name, s.st.text(textLook{use: textTitle})))] = 36
	for _, u := range under {
		s.add(workbook.Txt(u, s.st.text(textLook{use: textUnder})))
	}
	s.FrozenRows = s.next()
}

// heading adds the title of a block.
func (s *sheet) heading(name string) int {
	r := s.add(workbook.Txt(name, s.st.text(textLook{use: textHeading})))
	s.Heights[r] = 28
	return r
}

// line builds a row.
type line struct {
	s     *sheet
	band  band
	big   bool // of the headline
	fine  bool // amounts have kopecks
	cells []workbook.Cell
}

// row begins a row of at most n cells.
func (s *sheet) row(b band, n int) *line {
	return &line{s: s, band: b, cells: make([]workbook.Cell, 0, n)}
}

// end adds the row below the last one.
func (l *line) end() int {
	if l.band == bandTotal {
		l.s.Heights[l.s.next()] = 24
	}
	return l.s.add(l.cells...)
}

// text adds a text that widens its column.
func (l *line) text(str string, use text) *line {
	l.s.fitText(len(l.cells), str)
	return l.loose(str, use)
}

// loose adds a text that does not widen its column.
func (l *line) loose(str string, use text) *line {
	l.cells = append(l.cells, workbook.Txt(str, l.s.st.text(textLook{use: use, band: l.band})))
	return l
}

// person adds a name with a link to the person's spreadsheet.
func (l *line) person(p department.Person, use text) *line {
	l.text(p.Name, use)
	if use == textIndent {
		l.s.widen(len(l.cells)-1, utf8.RuneCountInString(p.Name)*letterPx+padPx+indentPx)
	}
	l.cells[len(l.cells)-1].Link = l.s.links[p.ID]
	return l
}

// state adds a short centred text in the colours of a light.
func (l *line) state(str string, light kpi.Light) *line {
	l.s.fitText(len(l.cells), str)
	l.cells = append(l.cells, workbook.Txt(str, l.s.st.text(textLook{use: textState, band: l.band, light: light})))
	return l
}

// blank adds n cells with only the style of the row.
func (l *line) blank(n int) *line {
	st := l.s.st.text(textLook{use: textMuted, band: l.band})
	for range n {
		l.cells = append(l.cells, workbook.Cell{Style: st})
	}
	return l
}

// whole adds a whole number.
func (l *line) whole(n int, use text) *line {
	l.s.fit(len(l.cells), wholeChars(float64(n)))
	l.cells = append(l.cells, workbook.N(float64(n), l.s.st.text(textLook{use: use, band: l.band})))
	return l
}

// figure adds a number with its format; a dash if there is none. With a light the cell
// has its colours.
func (l *line) figure(f fig, u kpi.Unit, n kpi.Num, light kpi.Light, first bool) *line {
	k := look{fig: f, unit: u, light: light, band: l.band, first: first, big: l.big}
	if !n.OK || math.IsNaN(n.V) || math.IsInf(n.V, 0) {
		l.cells = append(l.cells, workbook.Txt(dash, l.s.st.number(look{band: l.band, first: first, none: true})))
		return l
	}
	v, digits, chars := shown(f, u, n.V)
	if l.fine && u == kpi.Money && digits == 0 {
		digits, chars = 2, chars+3
	}
	if l.band == bandTotal && f != figPace {
		chars++ // bold
	}
	if l.big && (f != figPace || chars > len("* 000.0%")) { // for usual paces the column is made
		chars += 1 + chars/10 // larger
	}
	k.digits = digits
	l.s.fit(len(l.cells), chars)
	l.cells = append(l.cells, workbook.N(v, l.s.st.number(k)))
	return l
}
