// Package cellfmt knows what a cell of the local Google shows and what typing into it
// means: it formats a value as text, and turns typed text into a formula or a value with
// a format.
//
// It is pure: no I/O, no clock, no API types. Its sub-package numfmt, which the formula
// engine shares, handles patterns and typed numbers.
package cellfmt

import (
	"strings"
	"time"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// NumberFormat is Google's: Type is TEXT, NUMBER, PERCENT, CURRENCY, DATE, TIME,
// DATE_TIME or SCIENTIFIC. An empty Pattern means the locale's default for the type.
type NumberFormat struct{ Type, Pattern string }

// Format returns the text of a value in a cell with that number format (nil for none),
// and the colour that the format sets, as #RRGGBB, or "".
func Format(v calc.Value, f *NumberFormat, locale string) (text string, color string) {
	l := numfmt.Get(locale)
	pattern := ""
	if f != nil {
		if pattern = f.Pattern; pattern == "" {
			pattern = numfmt.Default(f.Type, l)
		}
	}
	switch v.Kind {
	case calc.Number:
		if f != nil && f.Type == "TEXT" && f.Pattern == "" {
			return numfmt.Plain(v.Num, l), ""
		}
		if pattern == "" {
			pattern = DefaultFormat(v, locale).pattern()
		}
		return numfmt.Number(v.Num, pattern, l)
	case calc.String:
		if pattern == "" {
			return v.Str, ""
		}
		return numfmt.Text(v.Str, pattern)
	case calc.Bool:
		if v.Bool {
			return l.True, ""
		}
		return l.False, ""
	case calc.Error:
		return v.Err.Text(), ""
	}
	return "", ""
}

func (f *NumberFormat) pattern() string {
	if f == nil {
		return ""
	}
	return f.Pattern
}

// DefaultFormat returns the format that Google gives to a formula's result in a cell
// without one: =TODAY() looks like a date. It returns nil for values that look like
// themselves.
func DefaultFormat(v calc.Value, locale string) *NumberFormat {
	if v.Kind != calc.Number {
		return nil
	}
	kind := ""
	switch v.Date {
	case calc.Date:
		kind = numfmt.KindDate
	case calc.DateTime:
		kind = numfmt.KindDateTime
	case calc.Time:
		kind = numfmt.KindTime
	default:
		return nil
	}
	return &NumberFormat{Type: kind, Pattern: numfmt.Default(kind, numfmt.Get(locale))}
}

// DateKind returns what numbers with that format are, for calc.Value.Date.
func DateKind(f *NumberFormat) calc.DateKind {
	if f == nil {
		return calc.None
	}
	kind := f.Type
	if kind == "" && f.Pattern != "" {
		kind = numfmt.KindOf(f.Pattern)
	}
	switch kind {
	case numfmt.KindDate:
		return calc.Date
	case numfmt.KindDateTime:
		return calc.DateTime
	case numfmt.KindTime:
		return calc.Time
	}
	return calc.None
}

// Parse interprets what somebody typed into a cell, as valueInputOption=USER_ENTERED
// does. It returns a formula or a value, and the number format that the typing implies
// (nil if none). No text is an error.
func Parse(input string, locale string, now time.Time) (formula string, v calc.Value, f *NumberFormat) {
	if input == "" {
		return "", calc.Value{}, nil
	}
	l := numfmt.Get(locale)
	if rest, ok := strings.CutPrefix(input, "'"); ok {
		return "", calc.Str(rest), nil
	}
	s := strings.TrimSpace(input)
	if strings.HasPrefix(s, "=") && len(s) > 1 {
		return s, calc.Value{}, nil
	}
	if t, ok := numfmt.Parse(s, l, now); ok {
		v := calc.Num(t.Num)
		if t.Kind == "" {
			return "", v, nil
		}
		f := &NumberFormat{Type: t.Kind, Pattern: t.Pattern}
		v.Date = DateKind(f)
		return "", v, f
	}
	if strings.HasPrefix(s, "+") && len(s) > 1 {
		return "=" + s, calc.Value{}, nil
	}
	switch {
	case strings.EqualFold(s, "TRUE") || strings.EqualFold(s, l.True):
		return "", calc.Boolean(true), nil
	case strings.EqualFold(s, "FALSE") || strings.EqualFold(s, l.False):
		return "", calc.Boolean(false), nil
	}
	if v, ok := typedError(s); ok {
		return "", v, nil
	}
	return "", calc.Str(input), nil
}

// typedError reads #N/A and the like, which become errors when typed.
func typedError(s string) (calc.Value, bool) {
	for _, e := range []calc.ErrorType{calc.ErrNA, calc.ErrDiv, calc.ErrRef, calc.ErrValue, calc.ErrName, calc.ErrNum,
		calc.ErrNull} {
		if strings.EqualFold(s, e.Text()) {
			return calc.Value{Kind: calc.Error, Err: e, Msg: "Error typed as a value."}, true
		}
	}
	return calc.Value{}, false
}
