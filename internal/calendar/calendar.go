package calendar

import "time"

// DayKind says what a day is for work.
type DayKind uint8

// The kinds of days.
const (
	Off     DayKind = iota // no work: weekend, holiday, transferred day off
	Working                // a whole working day
	Short                  // a working day one hour shorter (7 of 8 hours)
)

// Works tells whether people work that day.
func (k DayKind) Works() bool { return k != Off }

// Weight is the share of a whole working day that a day of this kind carries of
// a plan: 0 for a day off, 1 for a working day, and 7/8 for a short one if short
// days are told apart, else 1.
func (k DayKind) Weight(shortDays bool) float64 {
	switch {
	case k == Off:
		return 0
	case k == Short && shortDays:
		return 7.0 / 8
	}
	return 1
}

// Calendar tells working days from days off: a country's production calendar
// overridden by a company's own days. The zero Calendar works Monday to Friday.
type Calendar struct {
	// Base gives the country's days: nil means Monday to Friday.
	Base map[Date]DayKind
	// Company overrides Base, day by day.
	Company map[Date]DayKind
}

// Kind tells what day d is: the company's own day, else the country's, else
// Monday to Friday.
func (c Calendar) Kind(d Date) DayKind {
	if k, ok := c.Company[d]; ok {
		return k
	}
	if k, ok := c.Base[d]; ok {
		return k
	}
	if w := d.Weekday(); w == time.Sunday || w == time.Saturday {
		return Off
	}
	return Working
}

// WorkingDays counts the working days of a span, short ones whole.
func (c Calendar) WorkingDays(s Span) int {
	n := 0
	for d := s.From; d <= s.To; d++ {
		if c.Kind(d).Works() {
			n++
		}
	}
	return n
}

// Weight sums the weights of the days of a span: its working days, with a short
// one counted as 7/8 if short days are told apart.
func (c Calendar) Weight(s Span, shortDays bool) float64 {
	sum := 0.0
	for d := s.From; d <= s.To; d++ {
		sum += c.Kind(d).Weight(shortDays)
	}
	return sum
}
