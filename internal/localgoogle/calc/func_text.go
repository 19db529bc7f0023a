package calc

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"svodka/internal/lazyregexp"
	"svodka/internal/localgoogle/cellfmt/numfmt"
)

func text1(f func(s string) string) function {
	return function{1, 1, true, func(c *call) operand { return str(f(c.str(0))) }}
}

var texts = map[string]function{
	"CONCATENATE": {1, -1, false, func(c *call) operand { return c.join("", false, 0) }},
	"JOIN":        {2, -1, false, func(c *call) operand { return c.join(c.str(0), false, 1) }},
	"TEXTJOIN":    {3, -1, false, func(c *call) operand { return c.join(c.str(0), c.bool(1), 2) }},
	"LEFT": {1, 2, true, func(c *call) operand {
		s, n := []rune(c.str(0)), c.count(1, 1)
		return str(string(s[:min(n, len(s))]))
	}},
	"RIGHT": {1, 2, true, func(c *call) operand {
		s, n := []rune(c.str(0)), c.count(1, 1)
		return str(string(s[len(s)-min(n, len(s)):]))
	}},
	"MID": {3, 3, true, func(c *call) operand {
		s, from, n := []rune(c.str(0)), c.int(1), c.count(2, 0)
		if from < 1 {
			return errorf(ErrNum,
				"Function MID parameter 2 value is %d. It should be greater than or equal to 1.", from)
		}
		from = min(from-1, len(s))
		return str(string(s[from:min(from+n, len(s))]))
	}},
	"LEN":   {1, 1, true, func(c *call) operand { return number(float64(utf8.RuneCountInString(c.str(0)))) }},
	"LOWER": text1(strings.ToLower), "UPPER": text1(strings.ToUpper),
	"PROPER": text1(func(s string) string {
		before := ' '
		return strings.Map(func(r rune) rune {
			p := before
			before = r
			if unicode.IsLetter(p) || unicode.IsDigit(p) {
				return unicode.ToLower(r)
			}
			return unicode.ToTitle(r)
		}, s)
	}),
	"TRIM": text1(func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
	}),
	"CLEAN": text1(func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 32 {
				return -1
			}
			return r
		}, s)
	}),
	"SUBSTITUTE": {3, 4, true, func(c *call) operand {
		s, old, with, which := c.str(0), c.str(1), c.str(2), c.intOr(3, 0)
		if c.has(3) && which < 0 {
			return errorf(ErrValue,
				"Function SUBSTITUTE parameter 4 value is %d. It should be greater than or equal to 0.", which)
		}
		if old == "" {
			return str(s)
		}
		if !c.has(3) || which == 0 {
			if strings.Count(s, old)*len(with)+len(s) > maxText {
				return errorf(ErrValue, textTooLong)
			}
			return str(strings.ReplaceAll(s, old, with))
		}
		at := 0
		for n := 1; ; n++ {
			i := strings.Index(s[at:], old)
			if i < 0 {
				return str(s)
			}
			if n == which {
				return str(s[:at+i] + with + s[at+i+len(old):])
			}
			at += i + len(old)
		}
	}},
	"REPLACE": {4, 4, true, func(c *call) operand {
		s, from, n, with := []rune(c.str(0)), c.int(1), c.count(2, 0), c.str(3)
		if from < 1 {
			return errorf(ErrValue,
				"Function REPLACE parameter 2 value is %d. It should be greater than or equal to 1.", from)
		}
		from = min(from-1, len(s))
		return str(string(s[:from]) + with + string(s[min(from+n, len(s)):]))
	}},
	"FIND":   {2, 3, true, func(c *call) operand { return c.find(false) }},
	"SEARCH": {2, 3, true, func(c *call) operand { return c.find(true) }},
	"REPT": {2, 2, true, func(c *call) operand {
		s, n := c.str(0), c.count(1, 0)
		if len(s)*n > maxText || n > maxText {
			return errorf(ErrValue, textTooLong)
		}
		return str(strings.Repeat(s, n))
	}},
	"EXACT": {2, 2, true, func(c *call) operand { return boolean(c.str(0) == c.str(1)) }},
	"T": {1, 1, true, func(c *call) operand {
		if v := c.value(0); v.Kind == String {
			return scalar(v)
		}
		return str("")
	}},
	"TEXT": {2, 2, true, func(c *call) operand {
		v, pattern := c.value(0), c.str(1)
		if v.Kind == String {
			x, ok := c.textNumber(v.Str)
			if !ok {
				s, _ := numfmt.Text(v.Str, pattern)
				return str(s)
			}
			v = Num(x)
		}
		if v.Kind == Bool {
			return str(c.str(0))
		}
		if pattern == "" {
			return str("")
		}
		s, _ := numfmt.Number(v.Num, c.pattern(pattern), c.locale())
		return str(s)
	}},
	"FIXED": {1, 3, true, func(c *call) operand {
		x, n, plain := c.num(0), c.intOr(1, 2), c.boolOr(2, false)
		if n > 100 || n < -100 {
			return errorf(ErrNum, "Function FIXED parameter 2 value %d is out of range.", n)
		}
		pattern := "#,##0"
		if plain {
			pattern = "0"
		}
		if n > 0 {
			pattern += "." + strings.Repeat("0", n)
		}
		s, _ := numfmt.Number(round(x, n), pattern, c.locale())
		return str(s)
	}},
	"VALUE": {1, 1, true, func(c *call) operand {
		v := c.value(0)
		if v.Kind == String {
			if x, ok := c.textNumber(v.Str); ok {
				return number(x)
			}
			return errorf(ErrValue, "VALUE parameter '%s' cannot be parsed to number.", v.Str)
		}
		return number(c.num(0))
	}},
	"TO_TEXT":        {1, 1, true, func(c *call) operand { return str(c.str(0)) }},
	"TO_DATE":        {1, 1, true, func(c *call) operand { return retype(c.value(0), Date) }},
	"TO_PURE_NUMBER": {1, 1, true, func(c *call) operand { return retype(c.value(0), None) }},
	"TO_PERCENT":     {1, 1, true, func(c *call) operand { return retype(c.value(0), None) }},
	"CHAR":           {1, 1, true, func(c *call) operand { return c.char() }},
	"UNICHAR":        {1, 1, true, func(c *call) operand { return c.char() }},
	"CODE":           {1, 1, true, func(c *call) operand { return c.code() }},
	"UNICODE":        {1, 1, true, func(c *call) operand { return c.code() }},
	"ENCODEURL":      text1(func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }),
	"REGEXMATCH": {2, 2, true, func(c *call) operand {
		s, re := c.str(0), c.regexp(1)
		if re == nil {
			return nothing()
		}
		return boolean(re.MatchString(s))
	}},
	"REGEXEXTRACT": {2, 2, true, func(c *call) operand {
		s, re := c.str(0), c.regexp(1)
		if re == nil {
			return nothing()
		}
		switch m := re.FindStringSubmatch(s); {
		case m == nil:
			return errorf(ErrNA, "Function REGEXEXTRACT parameter 2 value \"%s\" does not match text of Function "+
				"REGEXEXTRACT parameter 1 value \"%s\".", c.str(1), s)
		case len(m) > 2:
			return scalar(unsupported("REGEXEXTRACT with several groups"))
		default:
			return str(m[len(m)-1])
		}
	}},
	"REGEXREPLACE": {3, 3, true, func(c *call) operand {
		s, re, with := c.str(0), c.regexp(1), c.str(2)
		if re == nil {
			return nothing()
		}
		// Google's $1 ends with its digits; Go's would also take the letters after them.
		out := re.ReplaceAllString(s, groupRef.ReplaceAllString(with, "$${$1}"))
		if len(out) > maxText {
			return errorf(ErrValue, textTooLong)
		}
		return str(out)
	}},
}

var groupRef = lazyregexp.New(`\$(\d+)`)

// pattern reads the pattern of TEXT. Where the comma is decimal, people write 0,00 for
// Google's 0.00.
func (c *call) pattern(p string) string {
	if !c.locale().DecimalComma() || strings.Contains(p, ".") {
		return p
	}
	if i := strings.Index(p, "0,0"); i >= 0 && strings.Count(p, ",") == 1 {
		return p[:i+1] + "." + p[i+2:]
	}
	return p
}

func retype(v Value, k DateKind) operand {
	if v.Kind == Number {
		v.Date = k
	}
	return scalar(v)
}

// count returns a number of characters, which is not negative.
func (c *call) count(i, def int) int {
	n := c.intOr(i, def)
	if n < 0 {
		c.fail(ErrValue, "Function %s parameter %d value is %d. It should be greater than or equal to 0.", c.name,
			i+1, n)
		return 0
	}
	return min(n, maxText)
}

func (c *call) join(sep string, skipEmpty bool, from int) operand {
	var b strings.Builder
	first := true
	add := func(v Value) {
		s, err := c.text(v)
		c.keep(err)
		if skipEmpty && s == "" || b.Len() > maxText {
			return
		}
		if !first {
			b.WriteString(sep)
		}
		first = false
		b.WriteString(s)
	}
	for i := from; i < len(c.args) && c.err == nil; i++ {
		op := c.branch(i)
		if op.area == nil && op.arr == nil {
			add(op.v)
			continue
		}
		if op.area != nil && (skipEmpty || sep == "") {
			c.visit(*op.area, func(_, _ int, v Value) bool { add(v); return c.err == nil && b.Len() <= maxText })
			continue
		}
		arr := c.array(op)
		if arr == nil {
			c.fail(ErrError, "Result too large.")
			continue
		}
		for _, v := range arr.v {
			add(v)
		}
	}
	if b.Len() > maxText {
		return errorf(ErrValue, textTooLong)
	}
	return str(b.String())
}

func (c *call) find(loose bool) operand {
	what, s, from := c.str(0), c.str(1), c.intOr(2, 1)
	if c.err != nil {
		return nothing()
	}
	r := []rune(s)
	if from < 1 || from > len(r)+1 {
		return errorf(ErrValue, "Function %s parameter 3 value is %d. It should be between 1 and %d.", c.name, from,
			len(r)+1)
	}
	tail := string(r[from-1:])
	at := -1
	if loose {
		re, err := regexp.Compile(strings.TrimSuffix(strings.TrimPrefix(wildcard(what).String(), "(?is)^"), "$"))
		if err == nil {
			re, err = regexp.Compile("(?is)" + re.String())
		}
		if err == nil {
			if m := re.FindStringIndex(tail); m != nil {
				at = m[0]
			}
		}
	} else {
		at = strings.Index(tail, what)
	}
	if at < 0 {
		return errorf(ErrValue, "In %s evaluation, cannot find '%s' within '%s'.", c.name, what, s)
	}
	return number(float64(from + utf8.RuneCountInString(tail[:at])))
}

func (c *call) char() operand {
	n := c.int(0)
	if c.err == nil && (n < 1 || n > unicode.MaxRune || !utf8.ValidRune(rune(n))) {
		return errorf(ErrNum, "Function %s parameter 1 value %d is out of range.", c.name, n)
	}
	return str(string(rune(n)))
}

func (c *call) code() operand {
	s := c.str(0)
	if s == "" && c.err == nil {
		return errorf(ErrValue, "Function %s parameter 1 value should be non-empty.", c.name)
	}
	r, _ := utf8.DecodeRuneInString(s)
	return number(float64(r))
}

func (c *call) regexp(i int) *regexp.Regexp {
	s := c.str(i)
	if c.err != nil {
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		c.fail(ErrRef, "Function %s parameter %d value \"%s\" is not a valid regular expression.", c.name, i+1, s)
		return nil
	}
	return re
}
