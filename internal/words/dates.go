package words

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// months are the months, as they stand alone and after the number of a day, and the stems
// by which to recognise typed ones: «Январь», «1 января», «янв.».
var months = [12]struct {
	ru, ofRU, en string
	stems        []string
}{
	{"Январь", "января", "January", []string{"янв", "jan"}},
	{"Февраль", "февраля", "February", []string{"фев", "feb"}},
	{"Март", "марта", "March", []string{"мар", "mar"}},
	{"Апрель", "апреля", "April", []string{"апр", "apr"}},
	{"Май", "мая", "May", []string{"май", "мая", "may"}},
	{"Июнь", "июня", "June", []string{"июн", "jun"}},
	{"Июль", "июля", "July", []string{"июл", "jul"}},
	{"Август", "августа", "August", []string{"авг", "aug"}},
	{"Сентябрь", "сентября", "September", []string{"сен", "sep"}},
	{"Октябрь", "октября", "October", []string{"окт", "oct"}},
	{"Ноябрь", "ноября", "November", []string{"ноя", "nov"}},
	{"Декабрь", "декабря", "December", []string{"дек", "dec"}},
}

// weekdays are the days of the week by time.Weekday, and the stems by which to recognise
// typed ones.
var weekdays = [7]struct {
	ru, en           string
	shortRU, shortEN string
	stems            []string
}{
	{"Воскресенье", "Sunday", "вс", "Sun", []string{"вс", "вос", "sun", "su"}},
	{"Понедельник", "Monday", "пн", "Mon", []string{"пн", "пон", "mon", "mo"}},
	{"Вторник", "Tuesday", "вт", "Tue", []string{"вт", "втор", "tue", "tu"}},
	{"Среда", "Wednesday", "ср", "Wed", []string{"ср", "сред", "wed", "we"}},
	{"Четверг", "Thursday", "чт", "Thu", []string{"чт", "чет", "thu", "th"}},
	{"Пятница", "Friday", "пт", "Fri", []string{"пт", "пят", "fri", "fr"}},
	{"Суббота", "Saturday", "сб", "Sat", []string{"сб", "суб", "sat", "sa"}},
}

// Month returns the name of a month on its own: «Ноябрь», "November".
func (l Lang) Month(m time.Month) string { return l.T(months[m-1].ru, months[m-1].en) }

// OfMonth returns the name of a month after the number of a day: «ноября», "November".
func (l Lang) OfMonth(m time.Month) string { return l.T(months[m-1].ofRU, months[m-1].en) }

// Weekday returns the name of a day of the week: «Понедельник», "Monday".
func (l Lang) Weekday(d time.Weekday) string { return l.T(weekdays[d].ru, weekdays[d].en) }

// ShortWeekday returns the short name of a day of the week: «пн», "Mon".
func (l Lang) ShortWeekday(d time.Weekday) string {
	return l.T(weekdays[d].shortRU, weekdays[d].shortEN)
}

// MonthOfStem returns the month of a stem in lower case: «янв», "jan".
func MonthOfStem(stem string) (time.Month, bool) {
	for i, m := range months {
		if slices.Contains(m.stems, stem) {
			return time.Month(i + 1), true
		}
	}
	return 0, false
}

// MonthStems returns all stems of months, for a pattern.
func MonthStems() []string {
	var out []string
	for _, m := range months {
		out = append(out, m.stems...)
	}
	return out
}

// WeekdayNamed returns the day of the week that a word in lower case names:
// «понедельникам», "mondays", «пн». A stem of two letters must be the whole word.
func WeekdayNamed(word string) (time.Weekday, bool) {
	for i, d := range weekdays {
		for _, stem := range d.stems {
			if word == stem || utf8.RuneCountInString(stem) > 2 && strings.HasPrefix(word, stem) {
				return time.Weekday(i), true
			}
		}
	}
	return 0, false
}
