package calendar

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/words"
)

// Schedule says when a person works: shifts in the order in which they take effect. A nil
// Schedule is 5/2 by the production calendar, full time. Schedules come from
// ParseSchedule and must not be changed.
type Schedule []Shift

// Shift is one way of working, from a day until the next Shift of the Schedule.
//
// The zero Shift is 5/2 by the production calendar. One with Days works on those days of
// the week except holidays; one with On and Rest works On days and rests the next Rest
// days, over and over, holidays or not.
type Shift struct {
	From     Date // first day; zero: always
	Days     Weekdays
	On, Rest int
	Start    Date    // of a cycle: a day on which work begins; the cycle also extends backwards
	Part     float64 // share of a full plan, above 0 and up to 1; 0: a full one
}

// Weekdays is a set of days of the week.
type Weekdays uint8

// The sets that have names of their own.
const (
	MondayToFriday   Weekdays = 0b0011111
	MondayToSaturday Weekdays = 0b0111111
	SaturdayToSunday Weekdays = 0b1100000
)

// weekday returns the index of a day of the week: 0 is Monday.
func weekday(w time.Weekday) int { return (int(w) + 6) % 7 }

// Has reports whether the day of the week is in the set.
func (s Weekdays) Has(w time.Weekday) bool { return s>>weekday(w)&1 != 0 }

// On returns the shift that applies on a day.
func (s Schedule) On(d Date) Shift {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].From <= d || s[i].From.IsZero() {
			return s[i]
		}
	}
	return Shift{}
}

// Part returns the share of a full plan that the person carries on a day: 1 unless they
// work part time. It divides plans, never days.
func (s Schedule) Part(d Date) float64 {
	if p := s.On(d).Part; p > 0 {
		return p
	}
	return 1
}

// kind returns what a day is for people of the shift, without the company's days. A
// transferred working Saturday applies to 5/2; days of the week are free on holidays, and
// on the days off that the government gives for them.
func (s Shift) kind(c Calendar, d Date) DayKind {
	switch {
	case s.On > 0:
		n := s.On + s.Rest
		if (int(d-s.Start)%n+n)%n < s.On {
			return Working
		}
		return Off
	case s.Days == 0:
		return c.production(d)
	case !s.Days.Has(d.Weekday()):
		return Off
	case !d.weekend():
		return c.production(d)
	case c.holiday(d):
		return Off
	case c.production(d) == Short:
		return Short
	}
	return Working
}

// Text returns a schedule in the form that ParseSchedule reads; a nil one as 5/2.
func (s Schedule) Text(lang words.Lang) string {
	if len(s) == 0 {
		return Shift{}.text(lang)
	}
	out := make([]string, len(s))
	for i, shift := range s {
		out[i] = shift.text(lang)
	}
	return strings.Join(out, "; ")
}

func (s Shift) text(lang words.Lang) string {
	from := s.From
	var out string
	switch {
	case s.On > 0 && s.Rest == 0:
		out = lang.T("ежедневно", "daily")
	case s.On > 0:
		out = strconv.Itoa(s.On) + "/" + strconv.Itoa(s.Rest)
		if named(s.On, s.Rest) {
			out = lang.T("сменный ", "rotating ") + out
		}
		if from.IsZero() {
			from = s.Start
		}
	case s.Days == 0:
		out = "5/2"
	case s.Days == MondayToSaturday:
		out = "6/1"
	default:
		out = s.Days.text(lang)
	}
	if s.Part > 0 && s.Part < 1 {
		out += " " + lang.T(strings.Replace(share(s.Part), ".", ",", 1), share(s.Part))
	}
	if !from.IsZero() {
		out += lang.T(" с ", " from ") + from.Text(lang)
	}
	return out
}

// named reports whether the numbers of days mean days of the week rather than a rotating
// schedule.
func named(on, rest int) bool { return on == 5 && rest == 2 || on == 6 && rest == 1 }

func share(p float64) string { return strconv.FormatFloat(math.Round(p*1000)/1000, 'f', -1, 64) }

// text lists the days: «пн, ср, пт», «пн–чт».
func (s Weekdays) text(lang words.Lang) string {
	name := func(day int) string { return lang.ShortWeekday(time.Weekday((day + 1) % 7)) }
	var out []string
	for i := 0; i < 7; i++ {
		if s>>i&1 == 0 {
			continue
		}
		j := i
		for j < 6 && s>>(j+1)&1 != 0 {
			j++
		}
		if j-i < 2 {
			out = append(out, name(i))
			continue
		}
		out = append(out, name(i)+"–"+name(j))
		i = j
	}
	return strings.Join(out, ", ")
}

// Same reports whether two schedules are equal.
func (s Schedule) Same(o Schedule) bool { return slices.Equal(s, o) }
