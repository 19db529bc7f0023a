package kpi

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/lazyregexp"
)

// ReadingState is the outcome of reading a cell.
type ReadingState uint8

// The states of a reading.
const (
	CellBlank ReadingState = iota // empty: not reported, never zero
	CellValue                     // a figure
	CellBad                       // not a figure: Message says why
)

// Reading is the meaning of a cell.
type Reading struct {
	State ReadingState
	Value float64 // in the unit of the KPI, if State is CellValue
	// Message says what is wrong with a bad cell, or how a figure was understood if that
	// is not obvious. Else zero.
	Message Message
}

// OK reports whether the cell has a figure.
func (r Reading) OK() bool { return r.State == CellValue }

// Num returns the figure, if there is one.
func (r Reading) Num() Num { return Num{r.Value, r.OK()} }

// daySeconds is how many seconds a day has; a spreadsheet stores times as fractions of a
// day.
const daySeconds = 86400

// maxPlainPercent is the largest number in a percent cell that counts as a fraction: 1.5
// is 150 %, while 25 can only mean 25 %.
const maxPlainPercent = 1.5

// ParseCell reads what a person typed into an entry cell, as the Sheets API returns it
// unformatted: a float64, string, bool or nil (domain 2.9). It reads text leniently:
// spaces of any kind, ₽, руб., %, тыс., a word after the number.
//
// A comma is a decimal sign, as in Russian. But a lone separator before exactly three
// digits separates thousands in counts and money (1,234 and 1.234 are 1234, with a
// message), unless the number starts with 0. If a number has both signs, the last one is
// the decimal sign.
//
// Numbers in a duration are fractions of a day below 1, and whole minutes from 1 to 1440,
// since nobody works 24 hours; ParseCell does not guess at anything between. Numbers in a
// percentage are fractions up to 1.5, and percents above.
//
// A figure below zero is bad: see ParseFigure for refunds.
func ParseCell(v any, unit Unit) Reading { return parseCell(v, unit, false) }

// ParseFigure is ParseCell for a figure of a KPI. If refunds are allowed, money of which
// more is better may be below zero (domain 2.9).
func ParseFigure(k KPI, v any, refunds bool) Reading {
	return parseCell(v, k.Unit, refunds && k.Refundable())
}

// ParseAmount is ParseCell for the amount of a deal; a refund is below zero.
func ParseAmount(v any, refunds bool) Reading { return parseCell(v, Money, refunds) }

// parseCell reads a cell; signed says that a figure may be below zero.
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

// Cell is an entry cell as it was read, with what helps to tell a figure from a slip of
// the hand or of the spreadsheet.
type Cell struct {
	Value any // as ParseCell takes it
	// Format is the type of the cell's number format, by its name in the Sheets API;
	// typing into a cell may change it. Empty: unknown.
	Format string
	Today  calendar.Date
	// Largest is the person's largest other figure of the KPI, in its unit; 0: none
	// known.
	Largest float64
	// Refunds says that sums below zero are allowed, see ParseFigure.
	Refunds bool
}

// Types of number formats, which show how a spreadsheet interpreted typed text.
const (
	formatDate     = "DATE"
	formatDateTime = "DATE_TIME"
	formatTime     = "TIME"
	formatPercent  = "PERCENT"
	formatText     = "TEXT"
)

// dateTimes is how many times the largest other figure a number must reach to count as a
// date by its size alone.
const dateTimes = 10

// ReadCell is ParseFigure for an entry cell of a KPI, which not every number suits: the
// figure must be whole if the KPI is, lie within Min and Max, and not be a date or time
// that the spreadsheet made of the typed text. A Russian spreadsheet turns 12.5 into 12
// May, which is 46154.
//
// ReadCell asks whether a number is a date if the cell has a date format, or if the
// number is a day of this year or of the years beside it and at least ten times the
// largest other figure. Typed once more, into a cell made a text for that, it is a
// figure.
func ReadCell(k KPI, c Cell) Reading {
	if n, ok := c.Value.(float64); ok {
		if slip := c.slip(k.Unit, n); !slip.IsZero() {
			return Reading{State: CellBad, Message: slip}
		}
	}
	r := ParseFigure(k, c.Value, c.Refunds)
	if r.OK() {
		if wrong := CheckRange(k, r.Value); !wrong.IsZero() {
			return Reading{State: CellBad, Message: wrong}
		}
	}
	return r
}

// slip says what a number is, if it is not what the person meant.
func (c Cell) slip(unit Unit, n float64) Message {
	dated := c.Format == formatDate || c.Format == formatDateTime
	switch {
	case dated && n >= 1 && n < math.MaxInt32, c.likeDate(unit, n):
		d := calendar.FromSerial(n)
		if d.Year() == c.Today.Year() {
			return Message{CodeCellDate, []any{dayMonth(d), typedDayMonth(d)}}
		}
		return Message{CodeCellFarDate, []any{d}}
	case unit == Duration || n <= 0 || n >= 1:
	case c.Format == formatPercent && unit != Percent:
		return Message{CodeCellUnit, []any{Quantity{Some(n), Percent}, unit}}
	case unit != Percent && (c.Format == formatTime || likeClock(n)):
		return Message{CodeCellUnit, []any{clockOf(n), unit}}
	}
	return Message{}
}

// likeDate reports whether a number is probably a date by its size alone. The worker has
// already asked about a number in a cell that it made a text. No time and no share is
// that large.
func (c Cell) likeDate(unit Unit, n float64) bool {
	return MayBeDate(n, c.Today) && (unit == Duration || unit == Percent || c.Format == formatText ||
		n >= dateTimes*c.Largest)
}

// MayBeDate reports whether a number is the serial number of a day of this year or of the
// years beside it.
func MayBeDate(n float64, today calendar.Date) bool {
	if today.IsZero() || n != math.Trunc(n) || n < 1 || n >= math.MaxInt32 {
		return false
	}
	away := calendar.FromSerial(n).Year() - today.Year()
	return -1 <= away && away <= 1
}

// DatesAround returns the least and the greatest number that MayBeDate takes for a day.
func DatesAround(today calendar.Date) [2]float64 {
	return [2]float64{calendar.Of(today.Year()-1, time.January, 1).Serial(),
		calendar.Of(today.Year()+1, time.December, 31).Serial()}
}

// likeClock reports whether a fraction of a day is whole minutes and not a fraction that
// people type.
func likeClock(n float64) bool {
	whole := func(v float64) bool { return math.Abs(v-math.Round(v)) < 1e-6 }
	return whole(n*1440) && !whole(n*100)
}

// clockOf formats a fraction of a day as people type it: 1:30.
func clockOf(n float64) string {
	s := int64(math.Round(n * daySeconds))
	text := strconv.FormatInt(s/3600, 10) + ":" + pad(s/60%60)
	if s%60 != 0 {
		text += ":" + pad(s%60)
	}
	return text
}

func pad(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// CheckRange checks that the KPI can have the figure: whole if the KPI is, and within Min
// and Max. It returns the zero Message if so.
func CheckRange(k KPI, v float64) Message {
	switch {
	case k.Whole() && v != math.Trunc(v):
		if v > 0 && v < 1 && math.Abs(v*100-math.Round(v*100)) < 1e-9 {
			return Message{CodeCellShare, []any{Quantity{Some(v), k.Unit}, Quantity{Some(v), Percent}}}
		}
		return Message{CodeCellWhole, []any{Quantity{Some(v), k.Unit}}}
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

// figure returns a reading of v, with a message code if the person should know how it was
// understood.
func figure(v float64, unit Unit, code Code) Reading { return signedFigure(v, unit, code, false) }

// signedFigure is figure for a value that may be below zero if signed.
func signedFigure(v float64, unit Unit, code Code, signed bool) Reading {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return bad(CodeCellText, "∞")
	case v < 0 && !signed:
		return bad(CodeCellNegative, Quantity{Some(v), unit})
	case unit == Duration && v > daySeconds:
		return bad(CodeCellDay, clockOf(v/daySeconds))
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
		case math.Abs(v*100-math.Round(v*100)) < 1e-9: // 1,5 may be meant as it is, or as 36:00
			return bad(CodeCellHours, Quantity{Some(v), Count}, clockOf(v))
		}
		return bad(CodeCellDay, clockOf(v))
	}
	return signedFigure(v, unit, "", signed)
}

// cellErrors are the beginnings of a spreadsheet's error values when read unformatted; a
// message in the spreadsheet's language may follow.
var cellErrors = []string{
	"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "Loading...",
}

// IsError reports whether a text is the error value of a formula.
func IsError(s string) bool { return errorOf(strings.TrimSpace(s)) != "" }

// errorOf returns the error value that a text begins with; empty: none.
func errorOf(s string) string {
	for _, e := range cellErrors {
		if strings.HasPrefix(s, e) {
			return e
		}
	}
	return ""
}

// number matches one number at the start of a text, and what follows it.
var number = lazyregexp.New(`^([-+]?)([0-9][0-9 .,']*|[.,][0-9]+)(.*)$`)

func readText(src string, unit Unit, signed bool) Reading {
	s, zeros := normalise(src)
	if s == "" {
		return Reading{}
	}
	shown := strings.TrimSpace(src)
	if r := []rune(shown); len(r) > 40 {
		shown = string(r[:40]) + "…"
	}
	if e := errorOf(shown); e != "" {
		return bad(CodeCellError, e)
	}
	if unit == Duration {
		return readDuration(s, shown)
	}
	// A currency or "about" may come before a number.
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
		// One unknown letter next to a number may be a slipped digit.
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
		return figure(v, unit, CodeAsPercent) // 0,5 may have been meant as 0,5 %
	}
	note := Code("")
	if grouped || zeros || scale != 1 || !ok {
		note = CodeUnderstood
	}
	return signedFigure(v*scale, unit, note, signed)
}

// suffix reads what follows a number: the factor, the unit that it names, and whether it
// is known at all.
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

// normalise converts a text to plain spaces, ASCII digits and minus, and lower case. It
// turns a letter O that stands for a zero into one, and sets zeros if it did.
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
			runes[i] = r // so that the next O follows a digit too
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " "), zeros
}

// decimalText reads digits with separators. grouped says that a lone separator was read
// as thousands although it could have been a decimal sign.
func decimalText(s string, unit Unit) (v float64, grouped, ok bool) {
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	sign := "" // decimal sign
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
	clockText = lazyregexp.New(`^(\d{1,4}):([0-5]?\d)(?::([0-5]?\d))?$`)
	hoursText = lazyregexp.New(
		`^(?:(\d+(?:[.,]\d+)?) ?(?:ч|час|часа|часов|h)\.? ?)?(?:(\d+(?:[.,]\d+)?) ?(?:м|мин|минут|минуты|минута|m|min)\.? ?)?(?:(\d+) ?(?:с|сек|секунд|секунды|секунда|s|sec)\.?)?$`)
	wholeText = lazyregexp.New(`^\d+$`)
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

// part reads a number of a time; a missing part is 0. The patterns above match numbers
// only.
func part(s string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	if err != nil {
		return 0
	}
	return v
}
