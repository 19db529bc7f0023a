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

// Looking at a day before people were entered shows them from the beginning of its month,
// or from hiring; people entered by then do not change.
func TestLookingBack(t *testing.T) {
	may15 := calendar.Of(2026, 5, 15)
	d := &Department{People: []Person{
		{ID: "new", Entered: calendar.Of(2026, 11, 28), Hired: calendar.Of(2025, 1, 9)},
		{ID: "hired in the month", Entered: calendar.Of(2026, 11, 28), Hired: calendar.Of(2026, 5, 18)},
		{ID: "there", Entered: calendar.Of(2026, 5, 12)},
	}}
	back := d.LookingBack(may15)
	for i, want := range []calendar.Date{calendar.Of(2026, 5, 1), calendar.Of(2026, 5, 18), calendar.Of(2026, 5, 12)} {
		if got := back.People[i].CountsFrom(0); got != want {
			t.Errorf("%s counts from %v, want %v", back.People[i].ID, got, want)
		}
	}
	if d.People[0].Entered != calendar.Of(2026, 11, 28) {
		t.Error("the department itself was changed")
	}
	if again := d.LookingBack(calendar.Of(2026, 11, 28)); again != d {
		t.Error("nothing lies ahead, and still it is another department")
	}
}
