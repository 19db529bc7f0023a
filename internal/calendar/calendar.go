package calendar

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
	if w := d.Weekday(); w == 0 || w == 6 {
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
