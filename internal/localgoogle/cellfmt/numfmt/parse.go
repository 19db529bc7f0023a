package numfmt

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Typed is a number as somebody typed it, with the format that Google then gives to the
// cell. Kind and Pattern are empty for a plain number.
type Typed struct {
	Num     float64
	Kind    string
	Pattern string
}

const maxTyped = 64 // no number or date is longer; keeps parsing cheap

// Parse reads a typed number, percentage, sum of money, date or time; ok is false for
// anything else, which is text.
func Parse(input string, l *Locale, now time.Time) (t Typed, ok bool) {
	s := strings.TrimFunc(input, unicode.IsSpace)
	if s == "" || len(s) > maxTyped {
		return Typed{}, false
	}
	if t, ok := parseNumber(s, l); ok {
		return t, true
	}
	if t, ok := parseTime(s, l); ok {
		return t, true
	}
	if t, ok := parseDate(s, l, now); ok {
		return t, true
	}
	// A date and a time, separated by a space; the date may contain spaces.
	for i := len(s) - 1; i > 0; i-- {
		if s[i] != ' ' {
			continue
		}
		clock, ok := parseTime(s[i+1:], l)
		if !ok || clock.Num >= 1 || clock.Num < 0 {
			continue // "5:00 PM" has a space itself
		}
		if d, ok := parseDate(strings.TrimRight(s[:i], " "), l, now); ok {
			return Typed{d.Num + clock.Num, KindDateTime, d.Pattern + " " + clock.Pattern}, true
		}
	}
	return Typed{}, false
}

var symbols = []string{"р.", "руб.", "руб", "₽", "$", "€", "£", "₴", "₸", "¥", "₹", "zł", "Kč", "Br", "CHF"}

func parseNumber(s string, l *Locale) (Typed, bool) {
	n, ok := numberIn(s, l)
	if !ok {
		return Typed{}, false
	}
	text := n.whole + "." + n.frac + n.exp
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) {
		return Typed{}, false
	}
	t := Typed{Num: x}
	t.Kind, t.Pattern = n.format()
	if n.percent {
		// Dividing the decimal text, not the float, keeps 12.3% the same number as 0.123.
		if y, err := strconv.ParseFloat(text+"e-2", 64); err == nil && n.exp == "" {
			t.Num = y
		} else {
			t.Num /= 100
		}
	}
	if n.neg {
		t.Num = -t.Num
	}
	t.Num += 0 // no negative zero
	return t, true
}

// typedNumber is a typed number in its parts.
type typedNumber struct {
	neg, percent, grouped bool
	prefix, suffix        string // currency
	whole, frac, exp      string // digits; exp with its e and sign
}

// numberIn splits a typed number into its parts; ok is false for anything else.
func numberIn(s string, l *Locale) (n typedNumber, ok bool) {
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s, n.neg = s[1:len(s)-1], true
		if strings.ContainsAny(s, "+-") {
			return n, false
		}
	} else {
		s, n.neg = cutSign(s)
	}
	s = n.cutUnits(s, l)
	if s == "" || !(s[0] >= '0' && s[0] <= '9') && !strings.HasPrefix(s, l.Decimal) {
		return n, false
	}
	body, exp, isExp := strings.Cut(strings.ToUpper(s), "E")
	whole, frac, _ := strings.Cut(body, l.Decimal)
	n.whole, n.grouped, ok = ungroup(whole, l)
	n.frac = frac
	if !ok || !digits(frac) || n.whole == "" && frac == "" {
		return n, false
	}
	if isExp {
		if e := strings.TrimLeft(exp, "+-"); e == "" || !digits(e) || len(exp)-len(e) > 1 || n.grouped {
			return n, false
		}
		n.exp = "e" + exp
	}
	return n, true
}

// cutSign cuts a sign off the start.
func cutSign(s string) (rest string, neg bool) {
	for _, minus := range []string{"-", "−"} { // and the typographic one
		if rest, ok := strings.CutPrefix(s, minus); ok {
			return rest, true
		}
	}
	return strings.TrimPrefix(s, "+"), false
}

// cutUnits cuts a currency off the start or the end, or a percent sign off the end.
func (n *typedNumber) cutUnits(s string, l *Locale) string {
	const spaces = " \u00a0\u202f"
	for _, c := range symbols {
		if rest, ok := strings.CutPrefix(s, c); ok && l.knows(c) {
			s, n.prefix = strings.TrimLeft(rest, spaces), c
			if !n.neg {
				s, n.neg = cutSign(s)
			}
			return s
		}
	}
	if rest, ok := strings.CutSuffix(s, "%"); ok {
		n.percent = true
		return strings.TrimRight(rest, spaces)
	}
	for _, c := range symbols {
		if rest, ok := strings.CutSuffix(s, c); ok && l.knows(c) {
			n.suffix = c
			return strings.TrimRight(rest, spaces)
		}
	}
	return s
}

// format returns the format that Google gives to a cell into which the number was typed.
func (n typedNumber) format() (kind, pattern string) {
	decimals := ""
	if n.frac != "" {
		decimals = ".00"
	}
	switch {
	case n.percent:
		return KindPercent, "0" + decimals + "%"
	case n.prefix != "":
		return KindCurrency, `"` + n.prefix + `"#,##0` + decimals
	case n.suffix != "":
		return KindCurrency, "#,##0" + decimals + nbsp + `"` + n.suffix + `"`
	case n.exp != "":
		return "SCIENTIFIC", "0.00E+00"
	case n.grouped:
		return KindNumber, "#,##0" + decimals
	}
	return "", ""
}

// knows reports whether typing that sign makes money in the locale: its own currency, and
// the well-known ones.
func (l *Locale) knows(symbol string) bool {
	switch symbol {
	case "$", "€", "£", "¥", "₽":
		return true
	case "р.", "руб.", "руб":
		return l.Symbol == "₽"
	}
	return symbol == l.Symbol
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// ungroup removes the thousands separators of a whole number, if they are in the right
// places.
func ungroup(s string, l *Locale) (plain string, grouped, ok bool) {
	if digits(s) {
		return s, false, true
	}
	for _, sep := range []string{" ", nbsp, "\u202f", ",", ".", "’", "'"} {
		space := sep == " " || sep == nbsp || sep == "\u202f"
		if sep != l.Group && !(space && (l.Group == nbsp || l.Group == "\u202f")) || !strings.Contains(s, sep) {
			continue
		}
		groups := strings.Split(s, sep)
		for i, g := range groups {
			if !digits(g) || i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3) {
				return "", false, false
			}
		}
		return strings.Join(groups, ""), true, true
	}
	return "", false, false
}

func parseTime(s string, l *Locale) (Typed, bool) {
	neg := false
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, neg = rest, true
	}
	half := ""
	if n := len(s); n > 2 {
		if tail := strings.ToLower(s[n-2:]); tail == "am" || tail == "pm" {
			half, s = tail, strings.TrimRight(s[:n-2], " \u00a0\u202f")
		}
	}
	fields := strings.Split(s, ":")
	if len(fields) > 3 || len(fields) < 2 && half == "" || neg && half != "" {
		return Typed{}, false
	}
	milli := ""
	if last := fields[len(fields)-1]; len(fields) == 3 {
		if whole, frac, ok := strings.Cut(last, l.Decimal); ok {
			fields[2], milli = whole, frac
			if milli == "" || len(milli) > 3 || !digits(milli) {
				return Typed{}, false
			}
		}
	}
	var n [3]int
	for i, f := range fields {
		if f == "" || !digits(f) || i > 0 && len(f) != 2 || len(f) > 9 {
			return Typed{}, false
		}
		n[i], _ = strconv.Atoi(f)
		if i > 0 && n[i] > 59 {
			return Typed{}, false
		}
	}
	if half != "" && (n[0] < 1 || n[0] > 12) {
		return Typed{}, false
	}
	pattern := "h:mm"
	if half != "" {
		n[0] %= 12
		if half == "pm" {
			n[0] += 12
		}
	} else if n[0] >= 24 || neg {
		pattern = "[h]:mm"
	}
	if len(fields) == 3 {
		pattern += ":ss"
	}
	if milli != "" {
		pattern += "." + strings.Repeat("0", len(milli))
	}
	if half != "" {
		pattern += " am/pm"
	}
	seconds := float64(n[0]*3600 + n[1]*60 + n[2])
	if milli != "" {
		f, _ := strconv.ParseFloat("0."+milli, 64)
		seconds += f
	}
	if neg {
		seconds = -seconds
	}
	return Typed{seconds/86400 + 0, KindTime, pattern}, true
}

func parseDate(s string, l *Locale, now time.Time) (Typed, bool) {
	for _, sep := range []string{"-", "/", "."} {
		f := strings.Split(s, sep)
		if len(f) < 2 || len(f) > 3 {
			continue
		}
		var n [3]int
		for i, part := range f {
			if part == "" || len(part) > 4 || !digits(part) {
				return Typed{}, false
			}
			n[i], _ = strconv.Atoi(part)
		}
		return numericDate(f, n, sep, l, now)
	}
	return wordDate(s, l, now)
}

// numericDate parses a date of digits. In every locale "/" and "-" separate them, and so
// does "." unless it is the decimal sign: 12.5 typed in Russia is 12 May, and shows
// 12.05. Only en_US was measured at Google (1-2 is 2 January as m-d). That the other
// locales do the same in their own order of day and month is known from their users'
// complaints; the patterns are those of the locale's short dates. What is not in the
// calendar, such as 12.50 or 45.000, is text.
func numericDate(f []string, n [3]int, sep string, l *Locale, now time.Time) (Typed, bool) {
	if len(f[0]) == 4 { // ISO works everywhere, also for a month: 2026-05
		if sep == "." && l.Sep != "." || len(f[1]) > 2 {
			return Typed{}, false
		}
		if len(f) == 2 {
			return makeDate(n[0], n[1], 1, "yyyy"+sep+"mm")
		}
		return makeDate(n[0], n[1], n[2], "yyyy"+sep+"mm"+sep+"dd")
	}
	if sep == "." && !l.DecimalComma() && l.Sep != "." {
		return Typed{}, false
	}
	last := len(f) - 1
	for i, part := range f {
		if len(part) == 3 || len(part) == 4 && i != last {
			return Typed{}, false
		}
	}
	if len(f) == 2 {
		month, day := "m", "d"
		if l.Order == "dmy" && l.Sep == "." {
			month, day = "mm", "dd"
		}
		switch {
		case len(f[1]) == 4: // 5/2026 is a month
			return makeDate(n[1], n[0], 1, month+sep+"yyyy")
		case l.Order == "dmy":
			return makeDate(now.Year(), n[1], n[0], day+sep+month)
		}
		return makeDate(now.Year(), n[0], n[1], month+sep+day)
	}
	pattern := l.Date
	if sep != l.Sep {
		pattern = strings.ReplaceAll(pattern, l.Sep, sep)
	}
	switch l.Order {
	case "dmy":
		return makeDate(year(n[2], f[2]), n[1], n[0], pattern)
	case "mdy":
		return makeDate(year(n[2], f[2]), n[0], n[1], pattern)
	}
	return Typed{}, false
}

// year completes a two-digit year within the century around 2000.
func year(n int, typed string) int {
	switch {
	case len(typed) > 2:
		return n
	case n < 50:
		return 2000 + n
	}
	return 1900 + n
}

// wordDate parses dates with the name of a month: 15 мая 2026, 15 мая, May 15, 2026.
func wordDate(s string, l *Locale, now time.Time) (Typed, bool) {
	f := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(f) == 4 && (f[3] == "г." || f[3] == "г") {
		f = f[:3]
	}
	if len(f) < 2 || len(f) > 3 {
		return Typed{}, false
	}
	dayAt, monthAt, pattern := 0, 1, "d mmmm"
	if m := l.monthNamed(f[0]); m > 0 {
		dayAt, monthAt, pattern = 1, 0, "mmmm d"
	}
	m := l.monthNamed(f[monthAt])
	if m == 0 || !digits(f[dayAt]) || len(f[dayAt]) > 2 {
		return Typed{}, false
	}
	d, _ := strconv.Atoi(f[dayAt])
	y := now.Year()
	if len(f) == 3 {
		if !digits(f[2]) || len(f[2]) != 4 {
			return Typed{}, false
		}
		y, _ = strconv.Atoi(f[2])
		if monthAt == 0 {
			pattern += ","
		}
		pattern += " yyyy"
	}
	return makeDate(y, m, d, pattern)
}

func (l *Locale) monthNamed(s string) int {
	for _, names := range [][]string{l.months, l.monthsOf, l.monthsShort} {
		for i, name := range names {
			if strings.EqualFold(s, name) || strings.EqualFold(s, strings.TrimSuffix(name, ".")) {
				return i + 1
			}
		}
	}
	return 0
}

func makeDate(y, m, d int, pattern string) (Typed, bool) {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 {
		return Typed{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d { // 31 April
		return Typed{}, false
	}
	return Typed{Serial(t), KindDate, pattern}, true
}
