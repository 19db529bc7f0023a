package calc

import "strings"

// Functions that Excel got after the file format was fixed: in a file their names have a
// prefix.
var prefixed = map[string]bool{}

// Functions that Google has and Excel lacks.
var googleOnly = map[string]bool{}

func init() {
	for _, name := range strings.Fields("IFS SWITCH TEXTJOIN CONCAT MAXIFS MINIFS XLOOKUP XMATCH IFNA ISOWEEKNUM " +
		"ISFORMULA DAYS XOR UNICHAR UNICODE ENCODEURL RANK.EQ RANK.AVG PERCENTILE.INC PERCENTRANK.INC QUARTILE.INC " +
		"STDEV.S STDEV.P VAR.S VAR.P MODE.SNGL COVARIANCE.P COVARIANCE.S NORM.DIST NORM.INV NORM.S.INV POISSON.DIST " +
		"BINOM.DIST EXPON.DIST CONFIDENCE.NORM CEILING.MATH FLOOR.MATH COT SEC CSC") {
		prefixed[name] = true
	}
	for _, name := range strings.Fields("ADD MINUS MULTIPLY DIVIDE EQ NE LT LTE GT GTE POW UMINUS UPLUS " +
		"UNARY_PERCENT JOIN SPLIT COUNTUNIQUE REGEXMATCH REGEXEXTRACT REGEXREPLACE SPARKLINE IMAGE ISDATE TO_TEXT " +
		"TO_DATE TO_PURE_NUMBER TO_PERCENT AVERAGE.WEIGHTED") {
		googleOnly[name] = true
	}
}

// The last row and column of Excel's grid.
const excelRow, excelCol = 1048576 - 1, 16384 - 1

// Excel writes a formula as an Excel file holds it: without the equals sign, with commas
// between arguments, ranges with both ends, and the tab names that title returns. ok is
// false if Excel has no such formula.
func Excel(formula string, decimalComma bool, title func(string) string) (s string, ok bool) {
	if _, ok := parse(formula, decimalComma); !ok || !strings.HasPrefix(formula, "=") {
		return "", false
	}
	tokens := lexFormula(formula, decimalComma)
	var b strings.Builder
	braces := 0
	for i, t := range tokens {
		switch t.kind {
		case tokEOF:
		case tokBraceOpen, tokBraceClose:
			if t.kind == tokBraceOpen {
				braces++
			} else {
				braces--
			}
			b.WriteString(t.s)
		case tokSep:
			if braces > 0 {
				b.WriteString(t.s)
			} else {
				b.WriteByte(',')
			}
		case tokRow:
			b.WriteByte(',')
		case tokNumber:
			b.WriteString(strings.Replace(t.s, ",", ".", 1))
		case tokRef:
			r := t.ref
			if r.hasSheet {
				r.sheet = title(r.sheet)
			}
			r.close()
			if r.a.row > excelRow || r.a.col > excelCol {
				return "", false
			}
			b.WriteString(r.String())
		case tokIdent:
			name := strings.ToUpper(t.s)
			if j := nextToken(tokens, i); tokens[j].kind == tokOpen {
				if googleOnly[name] || !excelKnows(name) {
					return "", false
				}
				if prefixed[name] {
					name = "_xlfn." + name
				}
				b.WriteString(name)
			} else {
				b.WriteString(t.s)
			}
		case tokBad:
			return "", false
		default:
			b.WriteString(formula[t.pos:t.end])
		}
	}
	return b.String(), true
}

func excelKnows(name string) bool {
	_, ok := functions[name]
	return ok || name == "OFFSET" || name == "INDIRECT" || name == "TRANSPOSE"
}

func nextToken(tokens []token, i int) int {
	for i++; tokens[i].kind == tokSpace; i++ {
	}
	return i
}

// close gives an open-ended range the end that Excel needs; it leaves whole columns and
// rows, which Excel writes as Google does.
func (r *ref) close() {
	if !r.isRange {
		return
	}
	if (r.a.row < 0) != (r.b.row < 0) {
		if r.a.row < 0 {
			r.a.row = 0
		} else {
			r.b.row = excelRow
		}
	}
	if (r.a.col < 0) != (r.b.col < 0) {
		if r.a.col < 0 {
			r.a.col = 0
		} else {
			r.b.col = excelCol
		}
	}
	r.b.row, r.b.col = min(r.b.row, excelRow), min(r.b.col, excelCol)
}
