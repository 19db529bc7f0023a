package localgoogle

import (
	"strconv"
	"strings"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/page"
)

// sparkline returns what a formula =SPARKLINE(data; options) draws; nil for any other
// formula. data is a range; options are a range of two columns or an array.
func (v *view) sparkline(sh *sheet, formula string) *page.Spark {
	args, ok := callArgs(formula, "SPARKLINE")
	if !ok || len(args) == 0 {
		return nil
	}
	out := &page.Spark{Values: []*float64{}, Options: map[string]any{}}
	l, err := v.near(sh, args[0])
	if err != nil {
		return nil
	}
	v.eachValue(l, func(x calc.Value, _ int) {
		var n *float64
		if x.Kind == calc.Number {
			n = &x.Num
		}
		out.Values = append(out.Values, n)
	})
	if len(args) < 2 {
		return out
	}
	if body, ok := strings.CutPrefix(args[1], "{"); ok {
		for _, row := range splitOutside(strings.TrimSuffix(body, "}"), ";") {
			// A comma separates columns, or a backslash if the comma is decimal.
			if pair := splitOutside(row, `,\`); len(pair) == 2 {
				if name, ok := unquoteArg(pair[0]).(string); ok {
					out.Options[strings.ToLower(name)] = unquoteArg(pair[1])
				}
			}
		}
		return out
	}
	l, err = v.near(sh, args[1])
	if err != nil {
		return out
	}
	name := ""
	v.eachValue(l, func(x calc.Value, col int) {
		switch {
		case col == 0:
			name = strings.ToLower(x.Str)
		case col == 1 && name != "" && x.Kind == calc.Number:
			out.Options[name] = x.Num
		case col == 1 && name != "" && x.Kind == calc.Bool:
			out.Options[name] = x.Bool
		case col == 1 && name != "":
			out.Options[name] = x.Str
		}
	})
	return out
}

func (v *view) eachValue(l located, f func(x calc.Value, col int)) {
	a := l.area.intersect(l.sh.whole())
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			f(v.value(l.sh, r, c), c-a.c0)
		}
	}
}

// callArgs returns the arguments of a formula that is a single call of the function.
func callArgs(formula, name string) ([]string, bool) {
	s := strings.TrimSpace(strings.TrimPrefix(formula, "="))
	if len(s) < len(name) || !strings.EqualFold(s[:len(name)], name) {
		return nil, false
	}
	s = strings.TrimSpace(s[len(name):])
	if !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return nil, false
	}
	return splitOutside(s[1:len(s)-1], ";,"), true
}

// splitOutside splits at any of the separators outside of strings, calls and arrays.
func splitOutside(s, seps string) []string {
	var out []string
	depth, start := 0, 0
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			depth--
		case depth == 0 && strings.IndexByte(seps, c) >= 0:
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}

// unquoteArg returns a constant in an array: a quoted text, a number, TRUE or FALSE.
func unquoteArg(s string) any {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return f
	}
	if strings.EqualFold(s, "TRUE") {
		return true
	}
	if strings.EqualFold(s, "FALSE") {
		return false
	}
	return s
}
