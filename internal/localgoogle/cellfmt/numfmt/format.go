package numfmt

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// General returns the text of a number in a cell without a number format: whole numbers
// in full up to 15 digits, others with ten significant digits, as Google shows them.
func General(x float64, l *Locale) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x+0, 'f', 0, 64) // +0 turns a negative zero into zero
	}
	return significant(x, 10, l)
}

// Plain returns the text of a number joined to text: up to 15 significant digits and the
// locale's decimal sign.
func Plain(x float64, l *Locale) string { return significant(x, 15, l) }

func significant(x float64, digits int, l *Locale) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return "0"
	}
	mantissa, exp := decimal(x, digits)
	sign := ""
	if x < 0 {
		sign = "-"
	}
	mantissa = strings.TrimRight(mantissa, "0")
	var s string
	switch {
	case exp >= 15 || exp < -5 && len(mantissa)-exp > digits+1:
		if digits < 15 && len(mantissa) > 6 { // a cell shows five decimals of such a number
			m, e := decimal(x, 6)
			mantissa, exp = strings.TrimRight(m, "0"), e
		}
		s = mantissa[:1]
		if len(mantissa) > 1 {
			s += l.Decimal + mantissa[1:]
		}
		s += "E" + exponent(exp, 2, true)
	case exp < 0:
		s = "0" + l.Decimal + strings.Repeat("0", -exp-1) + mantissa
	case len(mantissa) <= exp+1:
		s = mantissa + strings.Repeat("0", exp+1-len(mantissa))
	default:
		s = mantissa[:exp+1] + l.Decimal + mantissa[exp+1:]
	}
	return sign + s
}

// decimal returns n significant digits of |x| and the power of ten of the first one. It
// rounds half away from zero, on the 15 digits that a spreadsheet keeps, so that 1.005 to
// two decimals is 1.01, as people expect.
func decimal(x float64, n int) (string, int) {
	x = math.Abs(x)
	s := strconv.FormatFloat(x, 'e', 14, 64)
	mantissa, e, _ := strings.Cut(s, "e")
	exp, _ := strconv.Atoi(e)
	digits := mantissa[:1] + mantissa[2:]
	if n < len(digits) {
		var carry bool
		if digits, carry = roundDigits(digits, n); carry {
			exp++
		}
	}
	return digits, exp
}

// roundDigits rounds a string of digits to its first n; carry says that a digit was added
// in front (999 → 1000), and the result still has n digits.
func roundDigits(digits string, n int) (string, bool) {
	up := digits[n] >= '5'
	b := []byte(digits[:n])
	for i := n - 1; up && i >= 0; i-- {
		if b[i] == '9' {
			b[i] = '0'
			continue
		}
		b[i]++
		up = false
	}
	if up {
		b = append([]byte{'1'}, b...)
		if n > 0 {
			b = b[:n]
		}
	}
	return string(b), up
}

// Fixed returns |x| with that many decimals, a point as decimal sign and no grouping.
// Negative decimals round left of it.
func Fixed(x float64, decimals int) string {
	x = math.Abs(x)
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return pad("0", decimals)
	}
	digits, exp := decimal(x, 15)
	keep := exp + 1 + decimals
	switch {
	case keep < 0:
		return pad("0", decimals)
	case keep == 0:
		if digits[0] < '5' {
			return pad("0", decimals)
		}
		digits, exp = "1", exp+1
	case keep < len(digits):
		var carry bool
		if digits, carry = roundDigits(digits, keep); carry {
			exp++
		}
	}
	whole := "0"
	switch {
	case exp < 0:
		digits = strings.Repeat("0", -exp-1) + digits
	case exp+1 >= len(digits):
		whole, digits = digits+strings.Repeat("0", exp+1-len(digits)), ""
	default:
		whole, digits = digits[:exp+1], digits[exp+1:]
	}
	if decimals <= 0 {
		return whole
	}
	for len(digits) < decimals {
		digits += "0"
	}
	return whole + "." + digits[:decimals]
}

func pad(whole string, decimals int) string {
	if decimals <= 0 {
		return whole
	}
	return whole + "." + strings.Repeat("0", decimals)
}

func exponent(e, digits int, plus bool) string {
	sign := ""
	if e < 0 {
		sign, e = "-", -e
	} else if plus {
		sign = "+"
	}
	s := strconv.Itoa(e)
	for len(s) < digits {
		s = "0" + s
	}
	return sign + s
}

type partKind int

const (
	literal partKind = iota
	digit            // 0 # ?
	point
	comma
	percent
	expo    // E+ or E-
	date    // one of the letters of dates and times, repeated; [h] has elapsed set
	subsec  // .0 .00 .000 after seconds
	ampm    // am/pm or a/p
	general // General
	text    // @
)

type part struct {
	kind    partKind
	s       string
	elapsed bool
	minutes bool // m that means minutes
}

type section struct {
	parts     []part
	color     string
	op        string // condition, "" for none
	limit     float64
	isDate    bool
	isText    bool
	hasDigits bool
}

// Kind of what a pattern shows.
const (
	KindNumber   = "NUMBER"
	KindPercent  = "PERCENT"
	KindCurrency = "CURRENCY"
	KindDate     = "DATE"
	KindTime     = "TIME"
	KindDateTime = "DATE_TIME"
)

var colours = map[string]string{
	"black": "#000000", "blue": "#0000FF", "cyan": "#00FFFF", "green": "#00FF00", "magenta": "#FF00FF",
	"red": "#FF0000", "white": "#FFFFFF", "yellow": "#FFFF00",
}

const maxPattern = 1000 // longer ones are refused by Google too

// parsePattern splits a number format into its sections.
func parsePattern(p string) []section {
	if len(p) > maxPattern {
		p = strings.ToValidUTF8(p[:maxPattern], "")
	}
	s := patternScanner{r: []rune(p)}
	for s.i < len(s.r) {
		if s.r[s.i] == ';' {
			s.all = append(s.all, s.cur)
			s.cur = section{}
			s.i++
		} else if !s.quoted() && !s.word() {
			s.sign()
		}
	}
	s.all = append(s.all, s.cur)
	for i := range s.all {
		markMinutes(s.all[i].parts)
		markPoints(s.all[i].parts)
	}
	return s.all
}

// patternScanner walks through a pattern: each step takes the text at i if it can handle
// it, and moves on.
type patternScanner struct {
	r   []rune
	i   int
	all []section
	cur section
}

// add takes n characters as a part.
func (s *patternScanner) add(k partKind, text string, n int) {
	s.cur.parts = append(s.cur.parts, part{kind: k, s: text})
	s.i += n
}

// until returns the text after the character at i, up to the next c or the end.
func (s *patternScanner) until(c rune) string {
	rest := s.r[s.i+1:]
	if n := slices.Index(rest, c); n >= 0 {
		rest = rest[:n]
	}
	return string(rest)
}

// quoted takes what is not read as a sign: a quoted text, a character after a backslash,
// a width, brackets.
func (s *patternScanner) quoted() bool {
	c, more := s.r[s.i], s.i+1 < len(s.r)
	switch {
	case c == '"':
		text := s.until('"')
		s.add(literal, text, utf8.RuneCountInString(text)+2)
	case c == '\\' && more:
		s.add(literal, string(s.r[s.i+1]), 2)
	case c == '_' && more: // the width of a character
		s.add(literal, " ", 2)
	case c == '*' && more: // fills the column: a text has no width
		s.i += 2
	case c == '[':
		text := s.until(']')
		bracket(&s.cur, text)
		s.i += utf8.RuneCountInString(text) + 2
	default:
		return false
	}
	return true
}

// word takes letters with a meaning: of dates and times, an exponent, General.
func (s *patternScanner) word() bool {
	r := s.r[s.i:]
	low := unicode.ToLower(r[0])
	switch {
	case low == 'e' && len(r) > 1 && (r[1] == '+' || r[1] == '-') && s.cur.hasDigits:
		s.add(expo, string(r[1]), 2)
	case hasPrefixFold(r, "am/pm"):
		s.add(ampm, string(r[:5]), 5)
		s.cur.isDate = true
	case hasPrefixFold(r, "a/p"):
		s.add(ampm, string(r[:3]), 3)
		s.cur.isDate = true
	case hasPrefixFold(r, "general"):
		s.add(general, "", 7)
	case low == 'y' || low == 'm' || low == 'd' || low == 'h' || low == 's':
		n := run(r, func(c rune) bool { return unicode.ToLower(c) == low })
		s.add(date, strings.Repeat(string(low), n), n)
		s.cur.isDate = true
	default:
		return false
	}
	return true
}

// sign takes one sign; one without a meaning is literal.
func (s *patternScanner) sign() {
	c := s.r[s.i]
	switch c {
	case '0', '#', '?':
		s.add(digit, string(c), 1)
		s.cur.hasDigits = true
	case '.':
		zeros := run(s.r[s.i+1:], func(c rune) bool { return c == '0' })
		if zeros > 0 && s.afterSeconds() {
			s.add(subsec, strings.Repeat("0", zeros), zeros+1)
		} else {
			s.add(point, ".", 1)
		}
	case ',':
		s.add(comma, ",", 1)
	case '%':
		s.add(percent, "%", 1)
	case '@':
		s.add(text, "@", 1)
		s.cur.isText = true
	default:
		s.add(literal, string(c), 1)
	}
}

// afterSeconds reports whether the last part shows seconds.
func (s *patternScanner) afterSeconds() bool {
	n := len(s.cur.parts)
	return n > 0 && s.cur.parts[n-1].kind == date && strings.ContainsAny(s.cur.parts[n-1].s, "sS")
}

// run counts the characters at the start for which such is true.
func run(r []rune, such func(rune) bool) int {
	if n := slices.IndexFunc(r, func(c rune) bool { return !such(c) }); n >= 0 {
		return n
	}
	return len(r)
}

func hasPrefixFold(r []rune, s string) bool {
	return len(r) >= len(s) && strings.EqualFold(string(r[:len(s)]), s)
}

// bracket reads the content of square brackets: a colour, a condition, a currency, an
// elapsed time.
func bracket(cur *section, s string) {
	low := strings.ToLower(s)
	if c, ok := colours[low]; ok {
		cur.color = c
		return
	}
	if strings.HasPrefix(low, "color") {
		if n, err := strconv.Atoi(strings.TrimSpace(low[5:])); err == nil && n >= 1 && n <= 56 {
			cur.color = palette[n-1]
		}
		return
	}
	if strings.HasPrefix(s, "$") { // [$₽-419]
		symbol, _, _ := strings.Cut(s[1:], "-")
		cur.parts = append(cur.parts, part{kind: literal, s: symbol})
		return
	}
	for _, op := range []string{"<=", ">=", "<>", "<", ">", "="} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			if x, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil {
				cur.op, cur.limit = op, x
			}
			return
		}
	}
	if low != "" && (strings.Trim(low, "h") == "" || strings.Trim(low, "m") == "" || strings.Trim(low, "s") == "") {
		cur.parts = append(cur.parts, part{kind: date, s: low, elapsed: true, minutes: low[0] == 'm'})
		cur.isDate = true
	}
}

// markMinutes tells minutes from months: after hours or before seconds m means minutes.
func markMinutes(parts []part) {
	last := byte(0)
	var pending *part
	for i := range parts {
		p := &parts[i]
		if p.kind != date {
			continue
		}
		switch p.s[0] {
		case 'm':
			if len(p.s) <= 2 && last == 'h' {
				p.minutes = true
			}
			pending = p
		case 's':
			if pending != nil && last == 'm' && len(pending.s) <= 2 {
				pending.minutes = true
			}
		}
		last = p.s[0]
	}
}

// markPoints takes points for the decimal sign only next to a digit: in "0 р." the point
// belongs to the text.
func markPoints(parts []part) {
	for i := range parts {
		if parts[i].kind != point {
			continue
		}
		before := i > 0 && (parts[i-1].kind == digit || parts[i-1].kind == comma)
		after := i+1 < len(parts) && parts[i+1].kind == digit
		if !before && !after {
			parts[i].kind = literal
		}
	}
}

// KindOf returns what a pattern shows: DATE, TIME, DATE_TIME, PERCENT or NUMBER.
func KindOf(pattern string) string {
	s := parsePattern(pattern)[0]
	var d, t bool
	for _, p := range s.parts {
		switch {
		case p.kind == percent:
			return KindPercent
		case p.kind == date && (p.minutes || p.elapsed || p.s[0] == 'h' || p.s[0] == 's'):
			t = true
		case p.kind == date:
			d = true
		}
	}
	switch {
	case d && t:
		return KindDateTime
	case d:
		return KindDate
	case t:
		return KindTime
	}
	return KindNumber
}

func (s *section) holds(x float64) bool {
	switch s.op {
	case "<":
		return x < s.limit
	case "<=":
		return x <= s.limit
	case ">":
		return x > s.limit
	case ">=":
		return x >= s.limit
	case "=":
		return x == s.limit
	case "<>":
		return x != s.limit
	}
	return true
}

// choose picks the section for a number; abs says that the section is for negatives and
// prints its own sign.
func choose(all []section, x float64) (s *section, abs bool) {
	n := len(all)
	if n > 1 && all[n-1].isText {
		n--
	}
	if n > 3 {
		n = 3
	}
	conditional := false
	for i := range n {
		conditional = conditional || all[i].op != ""
	}
	if conditional {
		for i := range n {
			if all[i].op != "" && all[i].holds(x) {
				return &all[i], all[i].op[0] == '<' && all[i].op != "<>" && all[i].limit <= 0
			}
			if all[i].op == "" && (i == n-1 || i == 1 && x < 0) {
				return &all[i], i == 1 && n == 3 && x < 0
			}
		}
		return &all[n-1], false
	}
	switch {
	case n == 1:
		return &all[0], false
	case x < 0:
		// A number that rounds to zero has no sign of its own, but still belongs to the
		// negatives.
		return &all[1], true
	case x == 0 && n == 3:
		return &all[2], false
	}
	return &all[0], false
}

// Number returns the text of x by a pattern, and the colour that the pattern sets ("" for
// none).
func Number(x float64, pattern string, l *Locale) (s, color string) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "#NUM!", ""
	}
	if pattern == "" {
		return General(x, l), ""
	}
	sec, abs := choose(parsePattern(pattern), x)
	if abs {
		x = math.Abs(x)
	}
	if sec.isDate {
		if s, ok := dateText(sec.parts, x, l); ok {
			return s, sec.color
		}
		return General(x, l), sec.color // before the calendar's beginning or after its end
	}
	return numberText(sec, x, l), sec.color
}

// Text returns a text by a pattern: by its text section or, without one, the text itself.
func Text(v, pattern string) (s, color string) {
	all := parsePattern(pattern)
	sec := &all[len(all)-1]
	if !sec.isText && len(all) != 4 {
		return v, ""
	}
	var b strings.Builder
	for _, p := range sec.parts {
		switch p.kind {
		case text:
			b.WriteString(v)
		case literal, point, comma, percent, digit:
			b.WriteString(p.s)
		}
	}
	return b.String(), sec.color
}

// shape holds what the placeholders of a section require of a number.
type shape struct {
	whole, frac, exps []byte // placeholders before and after the point, and of the exponent
	group             bool   // separate thousands
	scale             int    // how many times to divide by 1,000
	power             int    // how many times to multiply by 10
	scientific, plus  bool   // has an exponent; with a sign even if that is +
	lastDigit         int    // index of the part with the last placeholder, -1 for none
}

func shapeOf(parts []part) shape {
	sh := shape{lastDigit: -1}
	for i, p := range parts {
		if p.kind == digit {
			sh.lastDigit = i
		}
	}
	at := &sh.whole // where the next placeholder goes
	for i, p := range parts {
		switch p.kind {
		case digit:
			*at = append(*at, p.s[0])
		case point:
			if at == &sh.whole {
				at = &sh.frac
			}
		case comma:
			switch {
			case sh.scientific:
			case i > sh.lastDigit && sh.lastDigit >= 0:
				sh.scale++
			case len(sh.whole) > 0 && at == &sh.whole:
				sh.group = true
			}
		case percent:
			sh.power += 2
		case expo:
			at, sh.scientific, sh.plus = &sh.exps, true, p.s == "+"
		}
	}
	return sh
}

// digitsOf returns the digits of a non-negative number, before and after the point, and
// its exponent.
func (sh *shape) digitsOf(x float64) (whole, frac string, exp int) {
	v := x * math.Pow(10, float64(sh.power)) / math.Pow(1000, float64(sh.scale))
	if sh.scientific && v != 0 {
		_, exp = decimal(v, max(1, min(15, len(sh.whole)+len(sh.frac))))
		if n := len(sh.whole); n > 1 {
			exp -= ((exp % n) + n) % n
		}
		v /= math.Pow(10, float64(exp))
	}
	whole, frac, _ = strings.Cut(Fixed(v, len(sh.frac)), ".")
	return whole, sh.optional(frac), exp
}

// optional drops the zeros at the end of a fraction that # does not show; for ? they
// become blanks.
func (sh *shape) optional(frac string) string {
	for n := len(frac); n > 0 && frac[n-1] == '0' && sh.frac[n-1] == '#'; n-- {
		frac = frac[:n-1]
	}
	b := []byte(frac)
	if len(b) == len(sh.frac) { // ? keeps the width
		for i := len(b) - 1; i >= 0 && b[i] == '0' && sh.frac[i] == '?'; i-- {
			b[i] = ' '
		}
	}
	return string(b)
}

func numberText(sec *section, x float64, l *Locale) string {
	if fraction := fractionAt(sec.parts); fraction >= 0 {
		return fractionText(sec, x, fraction, l)
	}
	sh := shapeOf(sec.parts)
	whole, frac, exp := sh.digitsOf(math.Abs(x))
	zero := strings.Trim(whole+frac, "0 ") == ""
	if whole == "0" && !strings.ContainsRune(string(sh.whole), '0') {
		whole = ""
	}
	var b strings.Builder
	if x < 0 && !(zero && len(sh.whole)+len(sh.frac) > 0) {
		b.WriteByte('-')
	}
	const inWhole, inFrac, inExp = 0, 1, 2
	stage, n := inWhole, 0 // n placeholders of the stage were written
	for _, p := range sec.parts {
		switch p.kind {
		case digit:
			switch stage {
			case inWhole:
				writeWhole(&b, whole, sh.whole, n, sh.group, l)
			case inFrac:
				if n < len(frac) {
					b.WriteByte(frac[n])
				}
			case inExp:
				if n == 0 {
					b.WriteString(exponent(exp, len(sh.exps), sh.plus))
				}
			}
			n++
		case point:
			if stage == inWhole {
				if n == 0 {
					b.WriteString(whole)
				}
				stage, n = inFrac, 0
			}
			b.WriteString(l.Decimal) // #.# of 3 is "3.": Google keeps the point
		case comma:
			if sh.lastDigit < 0 {
				b.WriteString(",")
			}
		case percent:
			b.WriteByte('%')
		case expo:
			b.WriteByte('E')
			if stage != inExp {
				stage, n = inExp, 0
			}
		case literal:
			b.WriteString(p.s)
		case general:
			b.WriteString(General(math.Abs(x), l))
		case text:
			b.WriteString(General(x, l))
		}
	}
	return b.String()
}

// writeWhole writes the digits of the whole part for placeholder number ph; the first
// placeholder takes all that are left over.
func writeWhole(b *strings.Builder, digits string, whole []byte, ph int, group bool, l *Locale) {
	from := len(digits) - (len(whole) - ph) // index of the digit for this placeholder
	emit := func(i int) {
		c := byte('0')
		if i >= 0 {
			c = digits[i]
		}
		b.WriteByte(c)
		left := len(digits) - 1 - i
		if group && left > 0 && left%3 == 0 {
			b.WriteString(l.Group)
		}
	}
	if ph == 0 {
		for i := 0; i < from; i++ {
			emit(i)
		}
	}
	if from >= 0 {
		emit(from)
		return
	}
	switch whole[ph] {
	case '0':
		emit(from)
	case '?':
		b.WriteByte(' ')
	}
}

// fractionAt finds the slash of a fraction such as # ?/?.
func fractionAt(parts []part) int {
	for i := 1; i+1 < len(parts); i++ {
		if parts[i].kind == literal && parts[i].s == "/" && parts[i-1].kind == digit &&
			(parts[i+1].kind == digit || parts[i+1].kind == literal && parts[i+1].s >= "1" && parts[i+1].s <= "9") {
			return i
		}
	}
	return -1
}

func fractionText(sec *section, x float64, slash int, l *Locale) string {
	v := math.Abs(x)
	wholePart := false
	for i := slash - 1; i >= 0; i-- {
		if sec.parts[i].kind != digit {
			for j := 0; j < i; j++ {
				wholePart = wholePart || sec.parts[j].kind == digit
			}
			break
		}
	}
	w := 0.0
	if wholePart {
		w = math.Floor(v)
	}
	limit, fixed := 1, 0
	for i := slash + 1; i < len(sec.parts); i++ {
		p := sec.parts[i]
		if p.kind == digit && fixed == 0 {
			limit = min(limit*10, 1000)
		} else if len(p.s) == 1 && p.s >= "0" && p.s <= "9" {
			fixed = min(fixed*10+int(p.s[0]-'0'), 10000)
		} else {
			break
		}
	}
	num, den := 0, max(1, fixed)
	if fixed > 0 {
		num = int(math.Round(math.Min((v-w)*float64(fixed), 1e15)))
	} else {
		best := math.Inf(1)
		for d := 1; d < limit; d++ {
			n := math.Round((v - w) * float64(d))
			if diff := math.Abs((v - w) - n/float64(d)); diff < best-1e-12 {
				best, num, den = diff, int(math.Min(n, 1e15)), d
			}
		}
	}
	if wholePart && num == den {
		w, num = w+1, 0
	}
	sign := ""
	if x < 0 {
		sign = "-"
	}
	frac := strconv.Itoa(num) + "/" + strconv.Itoa(den)
	if !wholePart {
		return sign + frac
	}
	if num == 0 {
		return sign + Fixed(w, 0)
	}
	if w == 0 {
		return sign + frac
	}
	return sign + Fixed(w, 0) + " " + frac
}

// epoch is the day 0 of serial numbers.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// The first and the last day with a date at Google: roughly 1 January 1 and 31 December
// 9999.
const minSerial, maxSerial = -693593, 2958466

// Time returns the moment of a serial number, rounded to the millisecond; ok is false
// outside the calendar.
func Time(serial float64) (t time.Time, ok bool) {
	if !(serial >= minSerial && serial < maxSerial) {
		return time.Time{}, false
	}
	day := math.Floor(serial)
	ms := math.Round((serial - day) * 86400000)
	return epoch.AddDate(0, 0, int(day)).Add(time.Duration(ms) * time.Millisecond), true
}

// Serial returns the serial number of a moment by its own clock.
func Serial(t time.Time) float64 {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	days := math.Round(day.Sub(epoch).Hours() / 24)
	if y := t.Year(); y < 1700 || y > 2180 { // time.Duration holds 290 years
		days = float64((day.Unix() - epoch.Unix()) / 86400)
	}
	clock := float64(t.Hour()*3600+t.Minute()*60+t.Second()) + float64(t.Nanosecond())/1e9
	return days + clock/86400
}

// dateText formats a serial number by the parts of a pattern of dates and times; ok is
// false outside the calendar.
func dateText(parts []part, x float64, l *Locale) (text string, ok bool) {
	d, ok := newDating(parts, x, l)
	if !ok {
		return "", false
	}
	for _, p := range parts {
		d.write(p)
	}
	return d.b.String(), true
}

// dating formats a moment.
type dating struct {
	b       strings.Builder
	l       *Locale
	x       float64 // serial number
	t       time.Time
	abs     float64 // seconds, without the sign
	half    bool    // hours with am and pm
	withDay bool    // the day's number is next to the month
}

func newDating(parts []part, x float64, l *Locale) (*dating, bool) {
	d := &dating{l: l, x: x}
	elapsed, unit := false, 1.0 // unit: the smallest shown, in seconds
	for _, p := range parts {
		d.half = d.half || p.kind == ampm
		d.withDay = d.withDay || p.kind == date && p.s[0] == 'd' && len(p.s) <= 2
		elapsed = elapsed || p.elapsed
		if p.kind == subsec {
			unit = math.Pow(10, -float64(min(3, len(p.s))))
		}
	}
	total := math.Round(x*86400/unit) * unit
	d.abs = math.Abs(total)
	if d.abs > 1e14 {
		return nil, false
	}
	t, ok := Time(total / 86400)
	if !ok && !elapsed {
		return nil, false
	}
	if !ok {
		t = epoch
	}
	if unit == 1 {
		t = t.Round(time.Second)
	}
	d.t = t
	if elapsed && total < 0 {
		d.b.WriteByte('-')
		if a, ok := Time(d.abs / 86400); ok {
			d.t = a.Round(time.Second)
		}
	}
	return d, true
}

func (d *dating) write(p part) {
	switch p.kind {
	case date:
		d.unit(p)
	case subsec:
		ms := strconv.Itoa(1000 + d.t.Nanosecond()/1e6)[1:]
		for len(ms) < len(p.s) {
			ms += "0"
		}
		d.b.WriteString(d.l.Decimal + ms[:len(p.s)])
	case ampm:
		s := "AM"
		if d.t.Hour() >= 12 {
			s = "PM"
		}
		if len(p.s) == 3 {
			s = s[:1]
		}
		d.b.WriteString(s)
	case literal, point, comma, percent, digit:
		d.b.WriteString(p.s)
	case text:
		d.b.WriteString(General(d.x, d.l))
	}
}

// unit writes a year, month, day, hour, minute or second.
func (d *dating) unit(p part) {
	n, t := len(p.s), d.t
	if p.elapsed {
		seconds := map[byte]float64{'h': 3600, 'm': 60, 's': 1}[p.s[0]]
		d.padded(int(math.Floor(d.abs/seconds+1e-9)), n)
		return
	}
	switch {
	case p.s[0] == 'y' && n <= 2:
		d.padded(t.Year()%100, 2)
	case p.s[0] == 'y':
		d.padded(t.Year(), 4)
	case p.s[0] == 'm' && p.minutes:
		d.padded(t.Minute(), min(n, 2))
	case p.s[0] == 'm':
		d.b.WriteString(d.l.month(t, n, d.withDay))
	case p.s[0] == 'd' && n <= 2:
		d.padded(t.Day(), n)
	case p.s[0] == 'd' && n == 3:
		d.b.WriteString(d.l.daysShort[t.Weekday()])
	case p.s[0] == 'd':
		d.b.WriteString(d.l.days[t.Weekday()])
	case p.s[0] == 'h':
		h := t.Hour()
		if d.half {
			h = (h+11)%12 + 1
		}
		d.padded(h, min(n, 2))
	case p.s[0] == 's':
		d.padded(t.Second(), min(n, 2))
	}
}

// padded writes a number, padded with zeros to the width.
func (d *dating) padded(n, width int) {
	s := strconv.Itoa(n)
	for range width - len(s) {
		d.b.WriteByte('0')
	}
	d.b.WriteString(s)
}

func (l *Locale) month(t time.Time, n int, withDay bool) string {
	i := int(t.Month()) - 1
	switch n {
	case 1:
		return strconv.Itoa(i + 1)
	case 2:
		return strconv.Itoa(101 + i)[1:]
	case 3:
		if withDay && l.monthsOf != nil && !strings.HasSuffix(l.monthsShort[i], ".") {
			return l.monthsOf[i] // 5 мая, but 5 нояб.
		}
		return l.monthsShort[i]
	case 4:
		if withDay && l.monthsOf != nil {
			return l.monthsOf[i]
		}
		return l.months[i]
	}
	return string([]rune(l.months[i])[:1])
}

// palette holds the 56 colours of [Color1] … [Color56].
var palette = [56]string{
	"#000000", "#FFFFFF", "#FF0000", "#00FF00", "#0000FF", "#FFFF00", "#FF00FF", "#00FFFF",
	"#800000", "#008000", "#000080", "#808000", "#800080", "#008080", "#C0C0C0", "#808080",
	"#9999FF", "#993366", "#FFFFCC", "#CCFFFF", "#660066", "#FF8080", "#0066CC", "#CCCCFF",
	"#000080", "#FF00FF", "#FFFF00", "#00FFFF", "#800080", "#800000", "#008080", "#0000FF",
	"#00CCFF", "#CCFFFF", "#CCFFCC", "#FFFF99", "#99CCFF", "#FF99CC", "#CC99FF", "#FFCC99",
	"#3366FF", "#33CCCC", "#99CC00", "#FFCC00", "#FF9900", "#FF6600", "#666699", "#969696",
	"#003366", "#339966", "#003300", "#333300", "#993300", "#993366", "#333399", "#333333",
}
