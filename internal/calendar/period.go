package calendar

import (
	"fmt"
	"slices"
)

// Span is a run of days from From to To, both included. It is empty if To is before From.
type Span struct{ From, To Date }

// Days returns the number of days in the span.
func (s Span) Days() int {
	if s.To < s.From {
		return 0
	}
	return int(s.To-s.From) + 1
}

// Has reports whether d is in the span.
func (s Span) Has(d Date) bool { return s.From <= d && d <= s.To }

// Meet returns the days that both spans have.
func (s Span) Meet(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Kind is the length of a Period.
type Kind string

// The kinds of periods that are reported.
const (
	Day   Kind = "day"
	Week  Kind = "week"  // ISO: Monday to Sunday
	Month Kind = "month" // calendar month
)

// Period is a day, an ISO week or a month.
type Period struct {
	Kind Kind
	Span
}

// DayOf returns the day d as a period.
func DayOf(d Date) Period { return Period{Day, Span{d, d}} }

// WeekOf returns the ISO week of d, Monday to Sunday.
func WeekOf(d Date) Period {
	monday := d.Add(-((int(d.Weekday()) + 6) % 7))
	return Period{Week, Span{monday, monday.Add(6)}}
}

// MonthOf returns the calendar month of d.
func MonthOf(d Date) Period {
	y, m := d.Year(), d.Month()
	return Period{Month, Span{Of(y, m, 1), Of(y, m+1, 0)}}
}

// PeriodOf returns the period of the kind that holds d.
func PeriodOf(k Kind, d Date) Period {
	switch k {
	case Week:
		return WeekOf(d)
	case Month:
		return MonthOf(d)
	}
	return DayOf(d)
}

// Next returns the period of the same kind that starts the day after.
func (p Period) Next() Period { return PeriodOf(p.Kind, p.To.Add(1)) }

// Prev returns the period of the same kind that ends the day before.
func (p Period) Prev() Period { return PeriodOf(p.Kind, p.From.Add(-1)) }

// Distinct sorts periods of one kind, in place, and drops repeated ones.
func Distinct(ps []Period) []Period {
	slices.SortFunc(ps, func(a, b Period) int { return int(a.From - b.From) })
	return slices.Compact(ps)
}

// Periods lists, in order, the periods of a kind that overlap the span: none if it is
// empty.
func Periods(k Kind, s Span) []Period {
	if s.Days() == 0 {
		return nil
	}
	var out []Period
	for p := PeriodOf(k, s.From); p.From <= s.To; p = p.Next() {
		out = append(out, p)
	}
	return out
}

// String returns the stable name of the period: 2026-05-15, 2026-W20, 2026-05.
func (p Period) String() string {
	switch p.Kind {
	case Week:
		y, w := p.From.Time().ISOWeek()
		return fmt.Sprintf("%d-W%02d", y, w)
	case Month:
		return p.From.Time().Format("2006-01")
	}
	return p.From.String()
}
