package schedule

import (
	"testing"
	"time"
)

// On days on which clocks are changed a job comes once, if not at its time: then when
// they are changed.
func TestClocksAreChanged(t *testing.T) {
	for _, c := range []struct{ zone, spec, after, want string }{
		{"Europe/Berlin", "30 2 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		{"Europe/Berlin", "30 2 * * 0", "2026-03-22T02:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "30 2,3 * * *", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "30 2,3 * * *", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"},
		{"Europe/Berlin", "0 3 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "*/20 * * * *", "2026-03-29T01:40:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-25T02:50:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"Europe/Berlin", "*/30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:00:00+01:00"},
		{"Europe/Berlin", "*/30 * * * *", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"Europe/Berlin", "0 3 * * *", "2026-10-25T02:50:00+02:00", "2026-10-25T03:00:00+01:00"},
		{"Europe/Berlin", "@every 10m", "2026-10-25T02:55:00+02:00", "2026-10-25T02:05:00+01:00"},
		{"America/Santiago", "@daily", "2026-09-05T12:00:00-04:00", "2026-09-06T01:00:00-03:00"},
		{"Europe/Moscow", "30 2 * * *", "2026-03-28T12:00:00+03:00", "2026-03-29T02:30:00+03:00"},
		{"Europe/Moscow", "0 0 30 2 *", "2026-03-28T12:00:00+03:00", "0001-01-01T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parse(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(after.In(zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%q in %s comes after %s at %s, want %s", c.spec, c.zone, c.after, got, c.want)
		}
	}
}
