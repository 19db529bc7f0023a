package control

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// value returns the value of a cell: nil, string, float64 or bool. The error value of a
// formula is a mistake.
func (l *line) value(col string) any {
	v := l.Cells[col]
	if f, ok := v.(failed); ok {
		l.fail(col, "в ячейке ошибка формулы %s: введите значение", "the cell has the error %s: type a value",
			string(f))
		return nil
	}
	return v
}

// textOf returns a value as text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return tidy(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return ""
}

// maxText limits names and titles.
const maxText = 200

// text reads a text; a number becomes text as it looks.
func (l *line) text(col string) string {
	s := textOf(l.value(col))
	if len([]rune(s)) > maxText {
		l.fail(col, "слишком длинно: не больше %d знаков", "too long: at most %d characters", maxText)
		return ""
	}
	return s
}

// choice reads one of a column's words; for an empty cell it returns the default.
func (l *line) choice(col, byDefault string) string {
	s := l.text(col)
	if s == "" {
		return byDefault
	}
	v := l.tab.column(col).vocab
	code, ok := v.code(s)
	if !ok {
		l.misread(col, s, v)
	}
	return code
}

// misread reports that a text is none of a column's words.
func (l *line) misread(col, text string, v vocabulary) {
	list := v.list(l.lang)
	l.fail(col, "«%s» не понято: %s", "“%s” is not understood: %s", text,
		l.perhaps(text, list, "выберите %s", "choose %s", strings.Join(list, ", ")))
}

// Dates before and after these are typing mistakes.
var (
	earliest = calendar.Of(1990, 1, 1)
	latest   = calendar.Of(2100, 12, 31)
)

// dateOf returns the day of a serial number.
func dateOf(serial float64) (calendar.Date, bool) {
	if math.IsNaN(serial) || serial < earliest.Serial() || serial >= latest.Serial()+1 {
		return 0, false
	}
	return calendar.FromSerial(serial), true
}

var (
	dottedDate = lazyregexp.New(`^(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})\s*г?\.?$`)
	isoDate    = lazyregexp.New(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)
)

// parseDate reads a date written as text: 15.05.2026, 15.5.26 or 2026-05-15.
func parseDate(s string) (calendar.Date, bool) {
	var y, m, d string
	if p := dottedDate.FindStringSubmatch(s); p != nil {
		d, m, y = p[1], p[2], p[3]
	} else if p := isoDate.FindStringSubmatch(s); p != nil {
		y, m, d = p[1], p[2], p[3]
	} else {
		return 0, false
	}
	if len(y) == 2 {
		y = "20" + y
	}
	t, err := time.Parse("2006-1-2", y+"-"+m+"-"+d)
	if err != nil {
		return 0, false
	}
	date := calendar.FromTime(t)
	return date, date >= earliest && date <= latest
}

// date reads a date; the zero Date if there is none.
func (l *line) date(col string) calendar.Date {
	switch v := l.value(col).(type) {
	case nil:
		return 0
	case float64:
		if d, ok := dateOf(v); ok {
			return d
		}
	case string:
		if d, ok := parseDate(tidy(v)); ok {
			return d
		}
	}
	l.fail(col, "«%s» — не дата: введите, например, 15.05.2026", "“%s” is no date: type, for example, 2026-05-15",
		textOf(l.value(col)))
	return 0
}

// flag reads a checkbox, even one that was typed.
func (l *line) flag(col string) bool {
	v := l.value(col)
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	}
	switch norm(textOf(v)) {
	case "да", "yes", "true", "истина", "+", "1", "x", "х", "✓", "v":
		return true
	case "нет", "no", "false", "ложь", "-", "0":
		return false
	}
	l.fail(col, "«%s» не понято: поставьте или снимите галочку", "“%s” is not understood: tick the box or not",
		textOf(v))
	return false
}

// number reads a plain number within bounds; empty is 0.
func (l *line) number(col string, least, most float64, whole bool) float64 {
	v := l.value(col)
	if v == nil {
		return 0
	}
	r := kpi.ParseCell(v, kpi.Count)
	switch {
	case r.State != kpi.CellValue && r.Message.Code == kpi.CodeCellNegative, r.OK() &&
		(r.Value < least || r.Value > most):
		l.fail(col, "введите число от %s до %s", "type a number from %s to %s", numberText(least, l.lang),
			numberText(most, l.lang))
	case !r.OK():
		l.fail(col, "«%s» — не число: введите число от %s до %s", "“%s” is no number: type a number from %s to %s",
			textOf(v), numberText(least, l.lang), numberText(most, l.lang))
	case whole && r.Value != math.Trunc(r.Value):
		l.fail(col, "введите целое число", "type a whole number")
	default:
		return r.Value
	}
	return 0
}

// maxHours is the longest time that a plan can be: a month around the clock.
const maxHours = 31 * 24

// figure reads a plan or a bound in a unit. Unlike a day's figure, a duration may be
// longer than a day; a number then means a fraction of a day, as a spreadsheet stores
// times.
func (l *line) figure(col string, unit kpi.Unit) kpi.Num {
	v := l.value(col)
	if unit == kpi.Duration {
		if x, ok := v.(float64); ok {
			if x < 0 || x > maxHours/24 {
				l.fail(col, "%s — не время: введите часы, минуты и секунды, например 38:00:00",
					"%s is no time: type hours, minutes and seconds, such as 38:00:00", numberText(x, l.lang))
				return kpi.Num{}
			}
			return kpi.Some(math.Round(x * 86400))
		}
		if s, ok := v.(string); ok {
			if n, ok := templates.Figure(tidy(s), unit); ok {
				return n
			}
		}
	}
	r := kpi.ParseCell(v, unit)
	if r.State == kpi.CellBad {
		l.failText(col, r.Message.Text(l.lang))
	} else if !r.Message.IsZero() {
		l.warnText(col, r.Message.Text(l.lang))
	}
	return r.Num()
}

// kpiText returns a mistake that package kpi found as text for ops.
func kpiText(err error, lang words.Lang) string {
	if p, ok := errors.AsType[kpi.Problem](err); ok {
		return p.Text(lang)
	}
	return err.Error()
}

func numberText(v float64, lang words.Lang) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if lang == words.EN {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}

// figureText returns the number of a cell in a unit, as ops see it.
func figureText(v float64, unit string, lang words.Lang) string {
	if kpi.Unit(unit) == kpi.Duration {
		v *= 86400
	}
	return kpi.FormatNum(kpi.Some(v), kpi.Unit(unit), lang)
}
