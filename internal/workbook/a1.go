package workbook

import (
	"strconv"
	"strings"
)

// ColumnName returns the letters of a 0-based column: A, B … Z, AA.
func ColumnName(col int) string {
	var b [16]byte
	i := len(b)
	for n := col + 1; n > 0; n = (n - 1) / 26 {
		i--
		b[i] = byte('A' + (n-1)%26)
	}
	return string(b[i:])
}

// A1 returns the address of a 0-based cell: A1(0, 0) is "A1".
func A1(row, col int) string { return ColumnName(col) + strconv.Itoa(row+1) }

// Link returns the end of a link that leads to a cell or a range of a sheet,
// #gid=…&range=…: alone inside a spreadsheet, behind its address from elsewhere. Without
// a range it leads to the tab.
func Link(sheet int64, a1 string) string {
	link := "#gid=" + strconv.FormatInt(sheet, 10)
	if a1 != "" {
		link += "&range=" + a1
	}
	return link
}

// Quote quotes a tab's title for use before the "!" of an address.
func Quote(title string) string { return "'" + strings.ReplaceAll(title, "'", "''") + "'" }

// reference is a cell, a range, whole columns or whole rows in a formula. A coordinate of
// −1 is open.
type reference struct {
	c0, r0, c1, r1     int
	ac0, ar0, ac1, ar1 bool // with $
	isRange            bool
}

func (r reference) String() string {
	s := part(r.c0, r.r0, r.ac0, r.ar0)
	if r.isRange {
		s += ":" + part(r.c1, r.r1, r.ac1, r.ar1)
	}
	return s
}

func part(c, r int, ac, ar bool) string {
	var b strings.Builder
	if c >= 0 {
		if ac {
			b.WriteByte('$')
		}
		b.WriteString(ColumnName(c))
	}
	if r >= 0 {
		if ar {
			b.WriteByte('$')
		}
		b.WriteString(strconv.Itoa(r + 1))
	}
	return b.String()
}

// rewrite replaces every reference of a formula by what f returns for it. f gets the
// title before the reference, without quotes; empty if there is none. rewrite keeps
// string literals, and names that only look like addresses (LOG10 before a bracket).
func rewrite(formula string, f func(title string, r reference) (string, reference)) string {
	var out strings.Builder
	out.Grow(len(formula) + 8)
	for i := 0; i < len(formula); {
		start, title, hasTitle := i, "", false
		switch ch := formula[i]; {
		case ch == '"':
			i = skipQuoted(formula, i)
			out.WriteString(formula[start:i])
			continue
		case ch == '\'':
			i = skipQuoted(formula, i)
			if i >= len(formula) || formula[i] != '!' {
				out.WriteString(formula[start:i])
				continue
			}
			title = strings.ReplaceAll(formula[start+1:i-1], "''", "'")
			hasTitle = true
			i++
		case isWord(ch):
			j := skipWord(formula, i)
			if j < len(formula) && formula[j] == '!' {
				title, hasTitle = formula[i:j], true
				i = j + 1
			}
		default:
			out.WriteByte(ch)
			i++
			continue
		}
		r, n := parseReference(formula[i:])
		if n == 0 {
			end := skipWord(formula, i)
			out.WriteString(formula[start:end])
			i = end
			continue
		}
		i += n
		newTitle, nr := f(title, r)
		switch {
		case !hasTitle:
		case newTitle == title:
			end := i - n
			out.WriteString(formula[start:end])
		default:
			out.WriteString(Quote(newTitle) + "!")
		}
		out.WriteString(nr.String())
	}
	return out.String()
}

// skipQuoted returns the index after the literal that begins at i. For "…" a doubled
// quote reads as two adjacent literals, which is just as good; for '…' it is skipped.
func skipQuoted(s string, i int) int {
	q := s[i]
	for i++; i < len(s); i++ {
		if s[i] != q {
			continue
		}
		if i+1 < len(s) && s[i+1] == q {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func isWord(ch byte) bool {
	return ch >= 'A' && ch <= 'Z' || ch >= 'a' && ch <= 'z' || ch >= '0' && ch <= '9' ||
		ch == '_' || ch == '$' || ch == '.' || ch >= 0x80
}

func skipWord(s string, i int) int {
	for i < len(s) && isWord(s[i]) {
		i++
	}
	return i
}

// parseReference parses a reference at the start of s and returns its length; 0: there is
// none.
func parseReference(s string) (reference, int) {
	n := skipWord(s, 0)
	c0, r0, ac0, ar0, ok := parsePart(s[:n])
	if !ok {
		return reference{}, 0
	}
	r := reference{c0: c0, r0: r0, c1: -1, r1: -1, ac0: ac0, ar0: ar0}
	if n < len(s) && s[n] == ':' {
		m := n + 1 + skipWord(s[n+1:], 0)
		c1, r1, ac1, ar1, ok := parsePart(s[n+1 : m])
		sensible := ok && (c0 >= 0) == (c1 >= 0) && (r0 >= 0 || r1 < 0 || c0 < 0)
		if sensible && (m == len(s) || s[m] != '(') {
			r.c1, r.r1, r.ac1, r.ar1, r.isRange = c1, r1, ac1, ar1, true
			return r, m
		}
	}
	if c0 < 0 || r0 < 0 || n < len(s) && (s[n] == '(' || s[n] == '!') {
		return reference{}, 0
	}
	return r, n
}

// parsePart parses B12, $B$12, B or 12.
func parsePart(s string) (c, r int, ac, ar, ok bool) {
	c, r = -1, -1
	i := 0
	dollar := func() bool {
		if i < len(s) && s[i] == '$' {
			i++
			return true
		}
		return false
	}
	first := dollar()
	n, letters := 0, 0
	for ; i < len(s) && letters < 4; i, letters = i+1, letters+1 {
		ch := s[i] &^ 0x20
		if ch < 'A' || ch > 'Z' {
			break
		}
		n = n*26 + int(ch-'A') + 1
	}
	if letters > 3 {
		return c, r, false, false, false
	}
	if letters > 0 {
		c, ac = n-1, first
		ar = dollar()
	} else {
		ar = first
	}
	digits := 0
	for n = 0; i < len(s) && digits < 9 && s[i] >= '0' && s[i] <= '9'; i, digits = i+1, digits+1 {
		n = n*10 + int(s[i]-'0')
	}
	if digits > 0 {
		r = n - 1
	}
	bad := i < len(s) || letters == 0 && digits == 0 || digits == 0 && letters > 0 && ar || digits > 0 && r < 0
	return c, r, ac, ar, !bad
}
