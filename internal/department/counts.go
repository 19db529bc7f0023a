package department

import (
	"slices"

	"svodka/internal/calendar"
)

// CountsFrom returns the first day on which the person counts: is expected to report, has
// a plan, can be missing. That is the day on which ops entered them. If there are earlier
// figures, because history was imported or typed, it is the first of the month of the
// earliest. It is never before the day of hiring. first is the person's first figure
// since hiring; zero: none.
//
// If the day of entry is unknown, the person counts from hiring on; zero: from the
// beginning.
func (p Person) CountsFrom(first calendar.Date) calendar.Date {
	from := p.Entered
	if !from.IsZero() && !first.IsZero() && first < from {
		from = calendar.MonthOf(first).From
	}
	return max(from, p.Hired)
}

// LookingBack returns the department for looking at a day before some of its people were
// entered, as with --as-of. They count as if they had been entered at the beginning of
// that day's month, so that a department can be tried on the past. It returns d itself if
// all were entered by then.
func (d *Department) LookingBack(today calendar.Date) *Department {
	later := func(p Person) bool { return p.Entered > today }
	if !slices.ContainsFunc(d.People, later) {
		return d
	}
	back := *d
	back.People = slices.Clone(d.People)
	for i, p := range back.People {
		if later(p) {
			back.People[i].Entered = calendar.MonthOf(today).From
		}
	}
	return &back
}
