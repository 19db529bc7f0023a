package department

import (
	"testing"
	"time"

	"svodka/internal/calendar"
)

func TestCountsFrom(t *testing.T) {
	on := func(m time.Month, d int) calendar.Date { return calendar.Of(2026, m, d) }
	lastYear := calendar.Of(2025, 8, 1)
	for _, tt := range []struct {
		name                        string
		entered, hired, first, want calendar.Date
	}{
		{"entered today, hired last year, no figure", on(3, 16), lastYear, 0, on(3, 16)},
		{"entered today, no day of hiring", on(3, 16), 0, 0, on(3, 16)},
		{"hired next week", on(3, 16), on(3, 23), 0, on(3, 23)},
		{"first figure after the day of entry", on(3, 16), lastYear, on(3, 18), on(3, 16)},
		{"first figure on the day of entry", on(3, 16), lastYear, on(3, 16), on(3, 16)},
		{"a figure typed for earlier in the month", on(3, 16), lastYear, on(3, 3), on(3, 1)},
		{"imported history", on(3, 16), lastYear, on(1, 20), on(1, 1)},
		{"imported history from the month of hiring", on(3, 16), on(1, 12), on(1, 20), on(1, 12)},
		{"imported history, no day of hiring", on(3, 16), 0, calendar.Of(2025, 12, 31), calendar.Of(2025, 12, 1)},
		{"no day of entry known", 0, on(2, 2), on(3, 3), on(2, 2)},
		{"nothing known", 0, 0, on(3, 3), 0},
	} {
		p := Person{Entered: tt.entered, Hired: tt.hired}
		if got := p.CountsFrom(tt.first); got != tt.want {
			t.Errorf("%s: counts from %v, want %v", tt.name, got, tt.want)
		}
	}
}
