package department

import "svodka/internal/calendar"

// CountsFrom is the first day on which the person counts: is expected to report,
// has a plan, can be missing. It is the day on which ops entered them, or, where
// figures from before that day exist, because history was imported or typed, the
// first of the month of the first of them; never before the day of hiring. first
// is the person's first figure since hiring, zero: none.
//
// Somebody of whom no day of entry is known counts from hiring on, zero: from the
// beginning.
func (p Person) CountsFrom(first calendar.Date) calendar.Date {
	from := p.Entered
	if !from.IsZero() && !first.IsZero() && first < from {
		from = calendar.MonthOf(first).From
	}
	return max(from, p.Hired)
}
