package kpi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"svodka/internal/words"
)

// FormatNum formats a number for people, in the language: `1 234,5 ₽`, `84,4 %`,
// `1:30:00`, and «—» for no value. Counts and money have at most two decimals,
// percentages one; its spaces do not break.
func FormatNum(n Num, unit Unit, lang words.Lang) string {
	if !n.OK {
		return "—"
	}
	places := 2
	if unit == Percent {
		places = 1
	}
	return FormatTo(n.V, places, unit, lang)
}

// FormatTo is FormatNum with up to so many decimals, for figures that differ by little.
func FormatTo(v float64, places int, unit Unit, lang words.Lang) string {
	switch unit {
	case Duration:
		return clock(v)
	case Percent:
		return percentSign(trimZeros(digits(v*100, places, lang)), lang)
	case Money:
		return trimZeros(digits(v, places, lang)) + words.NBSP + "₽"
	}
	return trimZeros(digits(v, places, lang))
}

// noise is what sums of binary fractions leave of a difference that is none.
const noise = 1e-9

// Least returns a figure, or, if it is not zero and would be shown as zero, the least
// that two decimals of its unit show, a second of a duration: who is behind by a third of
// a kopeck is not behind by nothing.
func Least(v float64, unit Unit) float64 {
	step := 0.01
	switch unit {
	case Duration:
		step = 1
	case Percent:
		step = 0.0001
	}
	if a := math.Abs(v); a > noise && a < step/2 {
		return math.Copysign(step, v)
	}
	return v
}

// FormatDelta formats a difference of two figures of a unit, with its sign: `−70`, `+1
// 234,5 ₽`, and percentages in percentage points, `−2,0 п.п.`. Only what is zero is
// shown as zero.
func FormatDelta(n Num, unit Unit, lang words.Lang) string {
	if !n.OK {
		return "—"
	}
	n.V = Least(n.V, unit)
	s := FormatNum(n, unit, lang)
	if unit == Percent {
		places := 1
		if a := math.Abs(n.V); a > noise && a < tenth/2 {
			places = 2
		}
		s = digits(n.V*100, places, lang) + words.NBSP + lang.T("п.п.", "pp")
	}
	if n.V > 0 && strings.ContainsAny(s, "123456789") {
		return "+" + s
	}
	return s
}

// digits formats a number rounded to at most dec decimals, with thousands separated.
func digits(v float64, dec int, lang words.Lang) string {
	thousands, point := lang.T(words.NBSP, ","), lang.T(",", ".")
	s := strconv.FormatFloat(math.Abs(v), 'f', dec, 64)
	whole, frac, _ := strings.Cut(s, ".")
	var b strings.Builder
	if v < 0 && strings.ContainsAny(s, "123456789") {
		b.WriteString("−")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(point + frac)
	}
	return b.String()
}

// trimZeros drops trailing zeros of decimals: 12,50 becomes 12,5. The last sign in s must
// be the decimal one.
func trimZeros(s string) string {
	return strings.TrimRight(strings.TrimRight(s, "0"), ",.")
}

func percentSign(s string, lang words.Lang) string {
	return s + lang.T(words.NBSP+"%", "%")
}

// clock formats seconds as h:mm:ss.
func clock(seconds float64) string {
	s := int64(math.Round(math.Abs(seconds)))
	sign := ""
	if seconds < 0 && s > 0 {
		sign = "−"
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, s/3600, s/60%60, s%60)
}
