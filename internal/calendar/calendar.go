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

// Works reports whether people work that day.
func (k DayKind) Works() bool { return k != Off }

// Weight returns the share of a whole working day's plan for a day of this kind: 0 for a
// day off, 1 for a working day, and for a short one 7/8 if shortDays, else 1.
func (k DayKind) Weight(shortDays bool) float64 {
	switch {
	case k == Off:
		return 0
	case k == Short && shortDays:
		return 7.0 / 8
	}
	return 1
}

// Calendar tells working days from days off: it combines a country's production calendar,
// what ops add to it, and a company's own days. The zero Calendar works Monday to Friday.
type Calendar struct {
	// Country chooses the production calendar.
	Country Country
	// Added are days of the production calendar that ops typed or imported: they override
	// Country's. Like those, they apply to people who keep holidays.
	Added map[Date]DayKind
	// Company are the company's own days: they override everything, for everybody.
	Company map[Date]DayKind
}

// Kind returns what day d is for people who work 5/2 by the production calendar.
func (c Calendar) Kind(d Date) DayKind { return c.KindFor(nil, d) }

// KindFor returns what day d is for people with a schedule: the company's own day if it
// is one, else what the schedule says. A company's short day shortens the work of those
// who work then; it makes others work only if it falls on a day off of the five-day week.
func (c Calendar) KindFor(s Schedule, d Date) DayKind {
	kind := s.On(d).kind(c, d)
	own, ok := c.Company[d]
	if !ok || own == Short && kind == Off && c.production(d).Works() {
		return kind
	}
	return own
}

// production returns what day d is in the production calendar of the five-day week.
func (c Calendar) production(d Date) DayKind {
	if k, ok := c.Added[d]; ok {
		return k
	}
	return c.Country.Kind(d)
}

// holiday reports whether the day is a holiday, even on a weekend.
func (c Calendar) holiday(d Date) bool {
	if k, ok := c.Added[d]; ok {
		return k == Off
	}
	return c.Country.Holiday(d)
}

// Transfers reports whether the days off that the government transfers in a year are
// known: the year is embedded, or ops added days of it. For other years only what the law
// fixes is known. Without a country there is nothing to know.
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

// WorkingDays counts the working days in a span for people with a schedule; a short one
// counts as one.
func (c Calendar) WorkingDays(of Schedule, s Span) int {
	n := 0
	for d := s.From; d <= s.To; d++ {
		if c.KindFor(of, d).Works() {
			n++
		}
	}
	return n
}

// Weight sums the weights of the days in a span for people with a schedule; a short day
// counts 7/8 if shortDays.
func (c Calendar) Weight(of Schedule, s Span, shortDays bool) float64 {
	sum := 0.0
	for d := s.From; d <= s.To; d++ {
		sum += c.KindFor(of, d).Weight(shortDays)
	}
	return sum
}

// weekend reports whether the five-day week rests on the day.
func (d Date) weekend() bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
