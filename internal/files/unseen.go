package files

import (
	"fmt"
	"slices"
	"strings"

	"svodka/internal/calendar"
)

// Unseen says what the last reading of a person's spreadsheet left out: tabs of closed
// months. What was typed there since, and where its rows and columns are now, nobody
// knows. The zero value: the reading left nothing out.
type Unseen struct {
	// To is the last day of the last month that was left out, and with it all months
	// before; zero: none.
	To calendar.Date
	// But are the first days of the months up to To that were read nevertheless, in
	// order.
	But []calendar.Date
	// Since is the day from which on something was left out.
	Since calendar.Date
}

// Has reports whether the reading left out a month.
func (u Unseen) Has(m calendar.Period) bool { return m.To <= u.To && !slices.Contains(u.But, m.From) }

// None reports whether the reading left nothing out.
func (u Unseen) None() bool { return u.To == 0 }

// Equal reports whether the same was left out since the same day.
func (u Unseen) Equal(v Unseen) bool {
	return u.To == v.To && u.Since == v.Since && slices.Equal(u.But, v.But)
}

// String returns the days, those of But last, as ParseUnseen reads them; empty: nothing
// was left out.
func (u Unseen) String() string {
	if u.None() {
		return ""
	}
	s := u.To.String() + " " + u.Since.String()
	for _, d := range u.But {
		s += " " + d.String()
	}
	return s
}

// ParseUnseen reads what String returned.
func ParseUnseen(s string) (u Unseen, err error) {
	var days []calendar.Date
	for _, text := range strings.Fields(s) {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return Unseen{}, fmt.Errorf("months left out %q: %w", s, err)
		}
		days = append(days, d)
	}
	switch {
	case len(days) == 0:
		return Unseen{}, nil
	case len(days) == 1:
		return Unseen{}, fmt.Errorf("months left out %q: since when is missing", s)
	case len(days) > 2:
		u.But = days[2:]
	}
	u.To, u.Since = days[0], days[1]
	return u, nil
}

// Unseen returns what the last reading left out.
func (f File) Unseen() Unseen { return f.r.unseen }

// See records what a reading, or the answer of a write, leaves out: all else was seen.
func (f *File) See(but Unseen) { f.r.unseen = but }
