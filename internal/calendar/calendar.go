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

// Calendar tells working days from days off: a country's production calendar,
// what ops know of it beyond what is embedded, and a company's own days. The zero
// Calendar works Monday to Friday.
type Calendar struct {
	// Country has the production calendar.
	Country Country
	// Added are days of the production calendar as ops typed or imported them: they
	// stand in the place of Country's. Like those they are for people who keep
	// holidays.
	Added map[Date]DayKind
	// Company are the company's own days: they override everything, for everybody.
	Company map[Date]DayKind
}

// Kind tells what day d is for those who work 5/2 by the production calendar.
func (c Calendar) Kind(d Date) DayKind { return c.KindFor(nil, d) }

// KindFor tells what day d is for people of a schedule: the company's own day if
// it is one, else what the schedule says. A company's short day shortens the work
// of those who work then; it calls others in only where it is declared on a day
// off of the five-day week.
func (c Calendar) KindFor(s Schedule, d Date) DayKind {
	kind := s.On(d).kind(c, d)
	own, ok := c.Company[d]
	if !ok || own == Short && kind == Off && c.production(d).Works() {
		return kind
	}
	return own
}

// production is what the production calendar makes of the day for the five-day
// week.
func (c Calendar) production(d Date) DayKind {
	if k, ok := c.Added[d]; ok {
		return k
	}
	return c.Country.Kind(d)
}

// holiday tells that the day is a holiday, be it on a weekend.
func (c Calendar) holiday(d Date) bool {
	if k, ok := c.Added[d]; ok {
		return k == Off
	}
	return c.Country.Holiday(d)
}

// Transfers tells whether the days off that the government transfers in a year
// are known: it is embedded, or ops added days of it. Of other years only what the
// law fixes is known. Without a country there is nothing to know.
func (c Calendar) Transfers(year int) bool {
	if c.Country == NoCountry || c.Country.Embeds(year) {
		return true
	}
	for d := range c.Added {
		if d.Year() == year {
			return true
		}
	}
	return false
}

// WorkingDays counts the working days of a span for people of a schedule, short ones
// whole.
func (c Calendar) WorkingDays(of Schedule, s Span) int {
	n := 0
	for d := s.From; d <= s.To; d++ {
		if c.KindFor(of, d).Works() {
			n++
		}
	}
	return n
}

// Weight sums the weights of the days of a span for people of a schedule, with a
// short one counted as 7/8 if short days are told apart.
func (c Calendar) Weight(of Schedule, s Span, shortDays bool) float64 {
	sum := 0.0
	for d := s.From; d <= s.To; d++ {
		sum += c.KindFor(of, d).Weight(shortDays)
	}
	return sum
}

// weekend tells that the five-day week rests on the day.
func (d Date) weekend() bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
