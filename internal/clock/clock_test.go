package clock

import (
	"testing"
	"time"

	"svodka/internal/calendar"
)

// The earlier clock counts, and neither does if they are more than ten minutes apart.
func TestTrusted(t *testing.T) {
	noon := time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ahead time.Duration
		known bool
		now   time.Time
		sure  bool
	}{
		{0, false, noon, true},
		{time.Hour, false, noon, true}, // said before any answer
		{5 * time.Minute, true, noon.Add(-5 * time.Minute), true},
		{Tolerance, true, noon.Add(-Tolerance), true},
		{Tolerance + time.Second, true, noon.Add(-Tolerance - time.Second), false},
		{-5 * time.Minute, true, noon, true},
		{-time.Hour, true, noon, false},
	} {
		clock := Clock{Now: func() time.Time {
			return noon
		}, Ahead: func() (time.Duration, bool) { return c.ahead, c.known }}
		now, sure := clock.Trusted()
		if !now.Equal(c.now) || sure != c.sure {
			t.Errorf("ahead by %v (known: %v): %v, sure %v", c.ahead, c.known, now, sure)
		}
		if _, tooFar := clock.Apart(); tooFar == c.sure {
			t.Errorf("ahead by %v: too far apart: %v", c.ahead, tooFar)
		}
	}
}

// At midnight, the new day has not begun yet if the machine is a little ahead.
func TestToday(t *testing.T) {
	zone := time.FixedZone("MSK", 3*3600)
	now := time.Date(2026, 5, 21, 0, 2, 0, 0, zone)
	day := calendar.Of(2026, 5, 21)
	if got := (Clock{Now: func() time.Time { return now.UTC() }}).Today(zone); got != day {
		t.Errorf("without Google's clock: %v", got)
	}
	ahead := func() (time.Duration, bool) { return 5 * time.Minute, true }
	if got := (Clock{Now: func() time.Time { return now.UTC() }, Ahead: ahead}).Today(zone); got != day-1 {
		t.Errorf("five minutes ahead: %v", got)
	}
}
