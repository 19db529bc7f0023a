package localgoogle

import (
	"strconv"
	"strings"
)

// rect is a rectangle of cells, 0-based; the ends are exclusive.
type rect struct{ r0, r1, c0, c1 int }

func (a rect) empty() bool { return a.r0 >= a.r1 || a.c0 >= a.c1 }

func (a rect) contains(r, c int) bool { return r >= a.r0 && r < a.r1 && c >= a.c0 && c < a.c1 }

func (a rect) covers(b rect) bool {
	return a.r0 <= b.r0 && a.r1 >= b.r1 && a.c0 <= b.c0 && a.c1 >= b.c1
}

func (a rect) intersect(b rect) rect {
	return rect{max(a.r0, b.r0), min(a.r1, b.r1), max(a.c0, b.c0), min(a.c1, b.c1)}
}

func (a rect) overlaps(b rect) bool { return !a.intersect(b).empty() }

const (
	open       = -1    // a missing end of an A1 range
	maxColumns = 18278 // ZZZ
	maxCells   = 10_000_000
	maxRows    = maxCells
)

// a1Range is a range as written: a tab, cells, or both. Missing ends are open.
type a1Range struct {
	title    string
	hasTitle bool
	cells    rect
	hasCells bool
	word     string // what is in place of cells but is not A1: perhaps a name
}

// parseA1 splits a range as people write it. It never fails: anything else is a word, to
// be looked up among tabs and names.
func parseA1(s string) a1Range {
	var a a1Range
	rest := s
	if strings.HasPrefix(s, "'") {
		title, after, ok := unquoteTitle(s)
		if !ok {
			a.word = s
			return a
		}
		a.title, a.hasTitle = title, true
		if after == "" {
			return a
		}
		if after[0] != '!' {
			a.hasTitle, a.word = false, s
			return a
		}
		rest = after[1:]
	} else if i := strings.LastIndexByte(s, '!'); i >= 0 {
		a.title, a.hasTitle = s[:i], true
		rest = s[i+1:]
	}
	if cells, ok := parseCells(rest); ok {
		a.cells, a.hasCells = cells, true
		return a
	}
	a.word = rest
	return a
}

func unquoteTitle(s string) (title, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), s[i+1:], true
	}
	return "", "", false
}

// parseCells parses A1, A1:B2, A:B, 1:2, A1:B, A1:2, with or without dollars, and R1C1
// with or without a second corner.
func parseCells(s string) (rect, bool) {
	first, second, two := strings.Cut(s, ":")
	r0, c0, ok := parseCorner(first)
	if !ok {
		return parseR1C1(s)
	}
	if !two {
		if r0 == open || c0 == open {
			return rect{}, false
		}
		return rect{r0, r0 + 1, c0, c0 + 1}, true
	}
	r1, c1, ok := parseCorner(second)
	if !ok {
		return rect{}, false
	}
	// Both corners must have a row, or both a column.
	if !(r0 != open && r1 != open) && !(c0 != open && c1 != open) {
		return rect{}, false
	}
	rows := span(r0, r1)
	cols := span(c0, c1)
	return rect{rows[0], rows[1], cols[0], cols[1]}, true
}

// span orders two indices and makes the end exclusive; an open index is open at the far
// end.
func span(a, b int) [2]int {
	switch {
	case a == open && b == open:
		return [2]int{0, open}
	case a == open:
		return [2]int{b, open}
	case b == open:
		return [2]int{a, open}
	}
	return [2]int{min(a, b), max(a, b) + 1}
}

func parseCorner(s string) (row, col int, ok bool) {
	i := 0
	if i < len(s) && s[i] == '$' {
		i++
	}
	start := i
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	col, row = open, open
	if i > start {
		if col, ok = columnIndex(s[start:i]); !ok {
			return 0, 0, false
		}
	} else {
		i = 0
	}
	digits := s[i:]
	if digits != "" {
		digits = strings.TrimPrefix(digits, "$")
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil || n == 0 || digits[0] == '+' {
			return 0, 0, false
		}
		row = int(n) - 1
	}
	return row, col, row != open || col != open
}

func parseR1C1(s string) (rect, bool) {
	first, second, two := strings.Cut(s, ":")
	r0, c0, ok := parseRC(first)
	if !ok {
		return rect{}, false
	}
	r1, c1 := r0, c0
	if two {
		if r1, c1, ok = parseRC(second); !ok {
			return rect{}, false
		}
	}
	return rect{min(r0, r1), max(r0, r1) + 1, min(c0, c1), max(c0, c1) + 1}, true
}

func parseRC(s string) (row, col int, ok bool) {
	if len(s) < 4 || s[0] != 'R' && s[0] != 'r' {
		return 0, 0, false
	}
	i := strings.IndexAny(s, "Cc")
	if i < 0 {
		return 0, 0, false
	}
	r, err1 := strconv.ParseUint(s[1:i], 10, 31)
	c, err2 := strconv.ParseUint(s[i+1:], 10, 31)
	if err1 != nil || err2 != nil || r == 0 || c == 0 || c > maxColumns {
		return 0, 0, false
	}
	return int(r) - 1, int(c) - 1, true
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func columnIndex(letters string) (int, bool) {
	if letters == "" || len(letters) > 3 {
		return 0, false
	}
	n := 0
	for i := range len(letters) {
		n = n*26 + int(letters[i]&^0x20-'A') + 1
	}
	return n - 1, true
}

func columnName(i int) string {
	var b [8]byte
	p := len(b)
	for i++; i > 0 && p > 0; i = (i - 1) / 26 {
		p--
		b[p] = byte('A' + (i-1)%26)
	}
	return string(b[p:])
}

func cellName(row, col int) string { return columnName(col) + strconv.Itoa(row+1) }

// formatRange returns a range as Google echoes it.
func formatRange(title string, a rect) string {
	return quoteTitle(title) + "!" + formatCells(a)
}

func formatCells(a rect) string {
	s := cellName(a.r0, a.c0)
	if a.r1-a.r0 > 1 || a.c1-a.c0 > 1 {
		s += ":" + cellName(a.r1-1, a.c1-1)
	}
	return s
}

// quoteTitle quotes a tab's title where a range requires it.
func quoteTitle(title string) string {
	bare := title != ""
	for i := range len(title) {
		c := title[i]
		if !isLetter(c) && c != '_' && (i == 0 || c < '0' || c > '9') {
			bare = false
			break
		}
	}
	if bare {
		if _, ok := parseCells(title); !ok {
			return title
		}
	}
	return "'" + strings.ReplaceAll(title, "'", "''") + "'"
}
