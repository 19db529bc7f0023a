package calendar

import (
	"fmt"
	"strconv"

	"svodka/internal/words"
)

// Text returns the day as people type it: 15.05.2026, in English 2026-05-15.
func (d Date) Text(lang words.Lang) string {
	return d.Time().Format(lang.T("02.01.2006", "2006-01-02"))
}

// ShortText returns the day without its year: 15.05, in English 15 May.
func (d Date) ShortText(lang words.Lang) string { return d.Time().Format(lang.T("02.01", "2 Jan")) }

// DayMonth returns «23 ноября», "23 November".
func (d Date) DayMonth(lang words.Lang) string {
	return strconv.Itoa(d.Day()) + words.NBSP + lang.OfMonth(d.Month())
}

// LongText returns «Понедельник, 23 ноября 2026», "Monday, 23 November 2026".
func (d Date) LongText(lang words.Lang) string {
	return lang.Weekday(d.Weekday()) + ", " + d.DayMonth(lang) + " " + strconv.Itoa(d.Year())
}

// Text returns «23–29 ноября 2026», «28 сентября – 4 октября 2026».
func (s Span) Text(lang words.Lang) string {
	from := s.From.DayMonth(lang) + " – "
	switch {
	case s.From.Year() != s.To.Year():
		from = s.From.DayMonth(lang) + " " + strconv.Itoa(s.From.Year()) + " – "
	case s.From.Month() == s.To.Month():
		from = strconv.Itoa(s.From.Day()) + "–"
	}
	return from + s.To.DayMonth(lang) + " " + strconv.Itoa(s.To.Year())
}

// Name returns the name of the period on its own: «Ноябрь 2026», «Неделя 48, 2026». The
// year of a week is its ISO year.
func (p Period) Name(lang words.Lang) string {
	switch p.Kind {
	case Month:
		return lang.Month(p.From.Month()) + " " + strconv.Itoa(p.From.Year())
	case Week:
		y, w := p.From.Time().ISOWeek()
		return fmt.Sprintf("%s %02d, %d", lang.T("Неделя", "Week"), w, y)
	}
	return p.From.LongText(lang)
}
