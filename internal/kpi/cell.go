package kpi

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReadingState says what became of a cell.
type ReadingState uint8

// The states of a reading.
const (
	CellBlank ReadingState = iota // nothing there: not reported, never zero
	CellValue                     // a figure
	CellBad                       // something that is no figure: Message tells what
)

// Reading is what a cell was understood as.
type Reading struct {
	State ReadingState
	Value float64 // in the unit of the KPI, when State is CellValue
	// Message tells what is wrong with a bad cell, or how a figure was
	// understood when that is not plain to see. Else zero.
	Message Message
}

// OK tells that the cell has a figure.
func (r Reading) OK() bool { return r.State == CellValue }

// Num is the figure, if there is one.
func (r Reading) Num() Num { return Num{r.Value, r.OK()} }

// A day has this many seconds, and a spreadsheet keeps times as parts of a day.
const daySeconds = 86400

// maxPlainPercent is the largest number in a percent cell that is taken as a
// fraction: 1.5 is 150 %, and 25 can only be meant as 25 %.
const maxPlainPercent = 1.5

// ParseCell reads what a person typed into an entry cell, as the Sheets API
// gives it unformatted: a float64, string, bool or nil (domain 2.9). Text is
// read leniently: spaces of any kind, ₽, руб., %, тыс., a word after the number.
//
// A comma is a decimal sign, as in Russian; but a lone separator followed by
// exactly three digits separates thousands in counts and money (1,234 and 1.234
// are 1234, with a message), unless the number starts with 0. Where both signs
// stand, the last one is the decimal sign.
//
// Numbers in a duration are parts of a day below 1, and whole minutes from 1 to
// 1440, since nobody works 24 hours; anything between is not guessed. Numbers in
// a percentage are fractions up to 1.5, and percents above.
//
// A figure below zero is a bad one: see ParseFigure for refunds.
func ParseCell(v any, unit Unit) Reading { return parseCell(v, unit, false) }

// ParseFigure is ParseCell for a figure of a KPI. Where refunds are taken, money
// of which more is better may be below zero (domain 2.9).
func ParseFigure(k KPI, v any, refunds bool) Reading {
	return parseCell(v, k.Unit, refunds && k.Refundable())
}

// ParseAmount is ParseCell for the amount of a deal, which is below zero if it is
// a refund.
func ParseAmount(v any, refunds bool) Reading { return parseCell(v, Money, refunds) }

// parseCell reads a cell; signed tells that a figure may be below zero.
func parseCell(v any, unit Unit, signed bool) Reading {
	switch v := v.(type) {
	case nil:
		return Reading{}
	case float64:
		return readNumber(v, unit, signed)
	case int:
		return readNumber(float64(v), unit, signed)
	case bool:
		return bad(CodeCellBool)
	case string:
		return readText(v, unit, signed)
	}
	return bad(CodeCellText, "?")
}

// CheckRange tells whether a figure is within the KPI's Min and Max; the zero
// Message if it is.
func CheckRange(k KPI, v float64) Message {
	switch {
	case k.Min.OK && v < k.Min.V:
		return Message{CodeBelowMin, []any{Quantity{Some(v), k.Unit}, Quantity{k.Min, k.Unit}}}
	case k.Max.OK && v > k.Max.V:
		return Message{CodeAboveMax, []any{Quantity{Some(v), k.Unit}, Quantity{k.Max, k.Unit}}}
	}
	return Message{}
}

func bad(code Code, args ...any) Reading {
	return Reading{State: CellBad, Message: Message{code, args}}
}

// figure is a plain reading, with a message code if it needs telling.
func figure(v float64, unit Unit, code Code) Reading { return signedFigure(v, unit, code, false) }

// signedFigure is figure, of what may be below zero if it is signed.
func signedFigure(v float64, unit Unit, code Code, signed bool) Reading {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return bad(CodeCellText, "∞")
	case v < 0 && !signed:
		return bad(CodeCellNegative, Quantity{Some(v), unit})
	case unit == Duration && v > daySeconds:
		return bad(CodeCellDay, Quantity{Some(v), unit})
	}
	r := Reading{State: CellValue, Value: v + 0} // −0 is 0
	if code != "" {
		r.Message = Message{code, []any{Quantity{Some(v), unit}}}
	}
	return r
}

func readNumber(v float64, unit Unit, signed bool) Reading {
	switch unit {
	case Percent:
		if v > maxPlainPercent {
			return figure(v/100, unit, CodeAsPercent)
		}
	case Duration:
		switch {
		case v < 1:
			return figure(math.Round(v*daySeconds), unit, "")
		case v == math.Trunc(v) && v <= 1440:
			return figure(v*60, unit, CodeAsMinutes)
		case v == math.Trunc(v):
			return figure(v*60, unit, "") // more than a day
		}
		return bad(CodeCellTime, decimal(v))
	}
	return signedFigure(v, unit, "", signed)
}

// cellErrors are how the error values of a spreadsheet start, when read
// unformatted; a message in the spreadsheet's language may follow.
var cellErrors = []string{
	"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "Loading...",
}

// number is one number at the start of a text, and what stands after it.
var number = regexp.MustCompile(`^([-+]?)([0-9][0-9 .,']*|[.,][0-9]+)(.*)$`)

func readText(src string, unit Unit, signed bool) Reading {
	s, zeros := normalise(src)
	if s == "" {
		return Reading{}
	}
	shown := strings.TrimSpace(src)
	if r := []rune(shown); len(r) > 40 {
		shown = string(r[:40]) + "…"
	}
	for _, e := range cellErrors {
		if strings.HasPrefix(shown, e) {
			return bad(CodeCellError, e)
		}
	}
	if unit == Duration {
		return readDuration(s, shown)
	}
	// What may stand before a number: its currency, or "about".
	s = strings.TrimLeft(s, "₽~≈ ")
	m := number.FindStringSubmatch(s)
	switch {
	case m == nil:
		return bad(CodeCellText, shown)
	case clockText.MatchString(s):
		return bad(CodeCellUnit, shown, unit)
	case strings.ContainsFunc(m[3], unicode.IsDigit):
		return bad(CodeCellMany, shown)
	}
	digits := strings.TrimRight(m[2], " ")
	tail := strings.TrimSpace(m[3])
	// The full stop of "12 шт." belongs to the word, that of "12." to the number.
	v, grouped, ok := decimalText(strings.TrimRight(digits, ".,"), unit)
	if !ok {
		return bad(CodeCellMany, shown)
	}
	if m[1] == "-" {
		v = -v
	}
	scale, kind, ok := suffix(tail)
	switch {
	case !ok && utf8.RuneCountInString(tail) == 1 && m[2] == digits:
		// One unknown letter glued to a number may be a slipped digit.
		return bad(CodeCellText, shown)
	case kind != "" && kind != unit:
		return bad(CodeCellUnit, shown, unit)
	}
	if unit == Percent {
		if kind == Percent {
			return figure(v/100, unit, "")
		}
		if v > maxPlainPercent {
			v /= 100
		}
		return figure(v, unit, CodeAsPercent) // 0,5 might have been meant as 0,5 %
	}
	note := Code("")
	if grouped || zeros || scale != 1 || !ok {
		note = CodeUnderstood
	}
	return signedFigure(v*scale, unit, note, signed)
}

// suffix reads what stands after a number: what to multiply by, which unit it
// names, and whether it is known at all.
func suffix(s string) (scale float64, kind Unit, ok bool) {
	scale = 1
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '.' })
	for i, w := range words {
		switch w {
		case "тыс", "тысяч", "тысячи", "тысяча", "к", "k":
			scale *= 1000
		case "т":
			// т.р.
			if i+1 >= len(words) || words[i+1] != "р" {
				return 1, "", false
			}
			scale *= 1000
		case "тр":
			scale *= 1000
			kind = Money
		case "млн", "миллион", "миллиона", "миллионов":
			scale *= 1e6
		case "₽", "руб", "рублей", "рубля", "рубль", "р", "rub", "rur":
			kind = Money
		case "%", "процентов", "процента", "процент", "проц":
			kind = Percent
		case "мин", "минут", "минуты", "минута", "ч", "час", "часа", "часов", "сек", "секунд":
			kind = Duration
		case "шт", "штук", "штуки", "штука":
			kind = Count
		default:
			return 1, "", false
		}
	}
	return scale, kind, true
}

// normalise brings a text to plain spaces, ASCII digits, minus and lower case,
// and reads a letter O that stands for a zero (told by zeros).
func normalise(src string) (s string, zeros bool) {
	var b strings.Builder
	runes := []rune(strings.ToLower(strings.TrimSpace(src)))
	for i, r := range runes {
		switch {
		case r == '\u200b' || r == '\ufeff' || r == '\u2060':
			continue
		case unicode.IsSpace(r) || r == '\u202f' || r == '\u2009':
			r = ' '
		case r >= '０' && r <= '９':
			r = r - '０' + '0'
		case r == '−' || r == '–' || r == '—' || r == '‐' || r == '‑':
			r = '-'
		case r == '’' || r == '`':
			r = '\''
		case (r == 'о' || r == 'o') && i > 0 && unicode.IsDigit(runes[i-1]) &&
			(i+1 == len(runes) || strings.ContainsRune("оo", runes[i+1]) || !unicode.IsLetter(runes[i+1])):
			r, zeros = '0', true
			runes[i] = r // so that the next O stands after a digit too
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " "), zeros
}

// decimalText reads digits with separators. grouped tells that a lone separator
// was taken for thousands although it could have been a decimal sign.
func decimalText(s string, unit Unit) (v float64, grouped, ok bool) {
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	sign := "" // the decimal sign
	switch {
	case dots > 0 && commas > 0:
		sign = s[strings.LastIndexAny(s, ".,"):][:1]
		if strings.Count(s, sign) > 1 {
			return 0, false, false
		}
	case dots+commas == 1:
		sign = s[strings.IndexAny(s, ".,"):][:1]
		whole, frac, _ := strings.Cut(s, sign)
		if (unit == Count || unit == Money) && len(frac) == 3 && len(whole) <= 3 && whole != "" && whole[0] != '0' {
			sign, grouped = "", true
		}
	}
	whole, frac := s, ""
	if sign != "" {
		whole, frac, _ = strings.Cut(s, sign)
	}
	if strings.ContainsAny(frac, " '.,") {
		return 0, false, false
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(" '.,", r) })
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return 0, false, false
		}
	}
	v, err := strconv.ParseFloat("0"+strings.Join(groups, "")+"."+frac+"0", 64)
	return v, grouped, err == nil
}

var (
	clockText = regexp.MustCompile(`^(\d{1,4}):([0-5]?\d)(?::([0-5]?\d))?$`)
	hoursText = regexp.MustCompile(`^(?:(\d+(?:[.,]\d+)?) ?(?:ч|час|часа|часов|h)\.? ?)?(?:(\d+(?:[.,]\d+)?) ?(?:м|мин|минут|минуты|минута|m|min)\.? ?)?(?:(\d+) ?(?:с|сек|секунд|секунды|секунда|s|sec)\.?)?$`)
	wholeText = regexp.MustCompile(`^\d+$`)
)

// readDuration reads a time: 1:30 (hours and minutes), 1:30:00, 90 мин,
// 1 ч 30 мин, 1,5 ч, and a bare whole number as minutes.
func readDuration(s, shown string) Reading {
	switch {
	case wholeText.MatchString(s):
		return figure(part(s)*60, Duration, CodeAsMinutes)
	case strings.HasPrefix(s, "-"):
		return bad(CodeCellNegative, shown)
	}
	m := clockText.FindStringSubmatch(s)
	if m == nil {
		m = hoursText.FindStringSubmatch(s)
	}
	switch {
	case m != nil:
		return figure(math.Round(part(m[1])*3600+part(m[2])*60+part(m[3])), Duration, "")
	case strings.ContainsFunc(s, unicode.IsDigit):
		return bad(CodeCellTime, shown)
	}
	return bad(CodeCellText, shown)
}

// part reads a number of a time; what is left out is 0. The patterns above let
// nothing through that is no number.
func part(s string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	if err != nil {
		return 0
	}
	return v
}
