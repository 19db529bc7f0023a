package calc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lexer keeps the position of each token, so that both the evaluator and the
// rewriting of references can use it; the latter must leave every other character of the
// formula as its author typed it.

type tokenKind int

const (
	tokEOF tokenKind = iota
	tokNumber
	tokString
	tokIdent // a function's or a range's name, TRUE, FALSE
	tokRef
	tokError // #REF!
	tokOp    // + - * / ^ & = <> < <= > >= %
	tokOpen
	tokClose
	tokSep // between arguments
	tokRow // between rows of an array: ; where , separates arguments, or the other way round
	tokBraceOpen
	tokBraceClose
	tokSpace
	tokBad
)

type token struct {
	kind     tokenKind
	pos, end int    // bytes in the formula
	s        string // the text; for a string, unquoted
	num      float64
	ref      ref
}

// ref is a reference as typed. A side of an open-ended range is -1: B12:B has no end row,
// 2:4 no columns.
type ref struct {
	sheet    string // unquoted title
	hasSheet bool
	a, b     end
	isRange  bool
}

// end is one corner of a reference, 0-based; -1 means no row or no column.
type end struct {
	row, col       int
	absRow, absCol bool
}

// The largest grid that anybody has; anything beyond it is a name.
const maxRow, maxCol = 10_000_000, 18_278

// isName reports whether a character may be part of a name: letters of any script,
// digits, _ . and whatever unquoted titles may hold.
func isName(r rune) bool {
	return r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) || r > 0x7f && !unicode.IsSpace(r) &&
		r != utf8.RuneError && r != nbspRune
}

const nbspRune = '\u00a0'

// lexer reads one formula. decimalComma means that 1,5 is one number.
type lexer struct {
	s            string
	decimalComma bool
}

// lex reads the formula, which begins with "=", into tokens. Unreadable bytes become
// tokBad.
func (l lexer) lex() []token {
	out := make([]token, 0, len(l.s)/3+2) // enough for most formulas
	pos := 0
	if strings.HasPrefix(l.s, "=") {
		pos = 1
	}
	for pos < len(l.s) {
		t := l.next(pos)
		if t.end <= pos { // cannot happen, but must not loop for ever
			t = token{kind: tokBad, pos: pos, end: pos + 1}
		}
		out = append(out, t)
		pos = t.end
	}
	return append(out, token{kind: tokEOF, pos: pos, end: pos})
}

func (l lexer) next(pos int) token {
	s := l.s[pos:]
	c := s[0]
	one := func(k tokenKind) token { return token{kind: k, pos: pos, end: pos + 1, s: s[:1]} }
	switch c {
	case '"':
		return l.quoted(pos)
	case '(':
		return one(tokOpen)
	case ')':
		return one(tokClose)
	case '{':
		return one(tokBraceOpen)
	case '}':
		return one(tokBraceClose)
	case ',', ';':
		return one(tokSep)
	case '+', '-', '*', '/', '^', '&', '=', '%':
		return one(tokOp)
	case '<', '>':
		if len(s) > 1 && (s[1] == '=' || c == '<' && s[1] == '>') {
			return token{kind: tokOp, pos: pos, end: pos + 2, s: s[:2]}
		}
		return one(tokOp)
	case ' ', '\t', '\n', '\r':
		return one(tokSpace)
	case '#':
		for _, e := range []string{"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!"} {
			if len(s) >= len(e) && strings.EqualFold(s[:len(e)], e) {
				return token{kind: tokError, pos: pos, end: pos + len(e), s: e}
			}
		}
		return one(tokBad)
	}
	if t, ok := l.reference(pos); ok {
		return t
	}
	if c >= '0' && c <= '9' || c == '.' || c == ',' {
		return l.number(pos)
	}
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isName(r) {
			break
		}
		n += size
	}
	if n > 0 {
		return token{kind: tokIdent, pos: pos, end: pos + n, s: s[:n]}
	}
	r, size := utf8.DecodeRuneInString(s)
	if unicode.IsSpace(r) {
		return token{kind: tokSpace, pos: pos, end: pos + size}
	}
	if c == '\\' {
		return one(tokRow)
	}
	return token{kind: tokBad, pos: pos, end: pos + size, s: s[:size]}
}

func (l lexer) quoted(pos int) token {
	var b strings.Builder
	for i := pos + 1; i < len(l.s); i++ {
		if l.s[i] != '"' {
			b.WriteByte(l.s[i])
			continue
		}
		if i+1 < len(l.s) && l.s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return token{kind: tokString, pos: pos, end: i + 1, s: b.String()}
	}
	return token{kind: tokBad, pos: pos, end: len(l.s), s: l.s[pos:]}
}

func (l lexer) number(pos int) token {
	s := l.s
	i := pos
	digits := func() int {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - from
	}
	n := digits()
	if i < len(s) && (s[i] == '.' || l.decimalComma && s[i] == ',') && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
		i++
		n += digits()
	} else if i < len(s) && s[i] == '.' && n > 0 {
		i++ // 1. is 1
	}
	if n == 0 {
		return token{kind: tokBad, pos: pos, end: pos + 1, s: s[pos : pos+1]}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		mark := i
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if digits() == 0 {
			i = mark
		}
	}
	return token{kind: tokNumber, pos: pos, end: i, s: s[pos:i],
		num: parseFloat(strings.Replace(s[pos:i], ",", ".", 1))}
}

// reference reads [sheet!]A1[:B2] with all its open-ended forms.
func (l lexer) reference(pos int) (token, bool) {
	var r ref
	i := pos
	if title, end, ok := l.sheet(pos); ok {
		r.sheet, r.hasSheet, i = title, true, end
		if strings.HasPrefix(l.s[i:], "#REF!") {
			return token{kind: tokError, pos: pos, end: i + 5, s: "#REF!"}, true
		}
	}
	a, i2, ok := l.corner(i)
	if !ok {
		return token{}, false
	}
	r.a = a
	stop := i2
	if i2 < len(l.s) && l.s[i2] == ':' {
		from := i2 + 1
		if title, end, ok := l.sheet(from); ok && r.hasSheet && strings.EqualFold(title, r.sheet) {
			from = end // Лист!A1:Лист!B2
		}
		if b, i3, ok := l.corner(from); ok {
			r.b, r.isRange, stop = b, true, i3
		} else {
			return token{}, false
		}
	}
	if !r.isRange && (r.a.row < 0 || r.a.col < 0) { // a lone B or 12 is a name or a number
		return token{}, false
	}
	if r.isRange && (r.a.col < 0) != (r.b.col < 0) && r.a.row < 0 { // 2:B means nothing
		return token{}, false
	}
	if next, _ := utf8.DecodeRuneInString(l.s[stop:]); stop < len(l.s) &&
		(isName(next) || next == '(' || next == '!' || next == '$') {
		return token{}, false // LOG10(, A1_total
	}
	return token{kind: tokRef, pos: pos, end: stop, ref: r}, true
}

// sheet reads a title with its exclamation mark.
func (l lexer) sheet(pos int) (title string, end int, ok bool) {
	s := l.s
	if pos < len(s) && s[pos] == '\'' {
		for i := pos + 1; i < len(s); i++ {
			if s[i] != '\'' {
				continue
			}
			if i+1 < len(s) && s[i+1] == '\'' {
				i++
				continue
			}
			if i+1 < len(s) && s[i+1] == '!' && i > pos+1 {
				return strings.ReplaceAll(s[pos+1:i], "''", "'"), i + 2, true
			}
			return "", 0, false
		}
		return "", 0, false
	}
	i := pos
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isName(r) {
			break
		}
		i += size
	}
	if i > pos && i < len(s) && s[i] == '!' {
		return s[pos:i], i + 1, true
	}
	return "", 0, false
}

// corner reads $A$1, A, $A, 1 or $1.
func (l lexer) corner(pos int) (e end, stop int, ok bool) {
	s, i := l.s, pos
	e = end{row: -1, col: -1}
	dollar := i < len(s) && s[i] == '$'
	if dollar {
		i++
	}
	from, col := i, 0
	for i < len(s) && i-from < 4 && (s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 'a' && s[i] <= 'z') {
		col = col*26 + int(s[i]&^0x20-'A') + 1
		i++
	}
	if i > from {
		if col > maxCol {
			return e, 0, false
		}
		e.col, e.absCol = col-1, dollar
		dollar = i < len(s) && s[i] == '$'
		if dollar {
			i++
		}
	}
	from, row := i, 0
	for i < len(s) && i-from < 9 && s[i] >= '0' && s[i] <= '9' {
		row = row*10 + int(s[i]-'0')
		i++
	}
	if i > from {
		if row == 0 || row > maxRow {
			return e, 0, false
		}
		e.row, e.absRow = row-1, dollar
	} else if dollar {
		return e, 0, false
	}
	return e, i, e.row >= 0 || e.col >= 0
}

// String writes the reference as Google does.
func (r ref) String() string {
	var b strings.Builder
	if r.hasSheet {
		b.WriteString(QuoteTitle(r.sheet))
		b.WriteByte('!')
	}
	r.a.write(&b)
	if r.isRange {
		b.WriteByte(':')
		r.b.write(&b)
	}
	return b.String()
}

func (e end) write(b *strings.Builder) {
	if e.col >= 0 {
		if e.absCol {
			b.WriteByte('$')
		}
		b.WriteString(ColumnName(e.col))
	}
	if e.row >= 0 {
		if e.absRow {
			b.WriteByte('$')
		}
		b.WriteString(itoa(e.row + 1))
	}
}

// ColumnName returns the letters of a 0-based column.
func ColumnName(col int) string {
	var b []byte
	for col++; col > 0; col = (col - 1) / 26 {
		b = append([]byte{byte('A' + (col-1)%26)}, b...)
	}
	return string(b)
}

// QuoteTitle returns a tab's title as a formula writes it: in quotes only where it must
// be.
func QuoteTitle(title string) string {
	plain := title != ""
	for i, r := range title {
		if !(r == '_' || unicode.IsLetter(r) || i > 0 && (unicode.IsDigit(r) || r == '.')) {
			plain = false
			break
		}
	}
	if plain {
		if _, stop, ok := (lexer{s: title}).corner(0); ok && stop == len(title) { // D3, A
			plain = false
		}
		switch strings.ToUpper(title) {
		case "TRUE", "FALSE":
			plain = false
		}
	}
	if plain {
		return title
	}
	return "'" + strings.ReplaceAll(title, "'", "''") + "'"
}

// lexFormula reads a formula in a locale. With a decimal comma, a comma between digits
// belongs to the number, unless the formula also separates its arguments with commas and
// has no semicolon between them.
func lexFormula(formula string, decimalComma bool) []token {
	if !decimalComma {
		return lexer{s: formula}.lex()
	}
	tokens := lexer{s: formula, decimalComma: true}.lex()
	semicolons, commas := false, false
	for _, t := range tokens {
		if t.kind == tokSep {
			semicolons = semicolons || t.s == ";"
			commas = commas || t.s == ","
		}
	}
	if commas && !semicolons {
		return lexer{s: formula}.lex()
	}
	return tokens
}
