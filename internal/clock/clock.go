// Package clock tells the time at which days are locked and periods close: one on which
// two clocks agree, this machine's and Google's.
//
// It reads neither itself: the caller passes both in.
package clock

import (
	"time"

	"svodka/internal/calendar"
)

// Tolerance is how far the machine's clock and Google's may differ: locking days need not
// be exact to seconds, and an hour is no accident.
const Tolerance = 10 * time.Minute

// Clock compares the machine's clock with Google's.
type Clock struct {
	Now func() time.Time // the machine's
	// Ahead returns how far the machine's clock is ahead of Google's; ok is false while
	// that is unknown, as with the local Google, whose clock is the machine's. Nil:
	// unknown.
	Ahead func() (ahead time.Duration, ok bool)
}

// Trusted returns the time of the earlier clock, because a day that has not happened must
// not be locked. sure is false if the clocks are far apart: then nothing is locked.
func (c Clock) Trusted() (now time.Time, sure bool) {
	now = c.Now()
	ahead := c.ahead()
	return now.Add(-max(0, ahead)), ahead.Abs() <= Tolerance
}

// Today returns the real day, whatever day a sync is for.
func (c Clock) Today(zone *time.Location) calendar.Date {
	now, _ := c.Trusted()
	return calendar.FromTime(now.In(zone))
}

// Apart returns how far the machine's clock is ahead of Google's (negative: behind), and
// whether that is too far to be trusted.
func (c Clock) Apart() (ahead time.Duration, tooFar bool) {
	ahead = c.ahead()
	return ahead, ahead.Abs() > Tolerance
}

func (c Clock) ahead() time.Duration {
	if c.Ahead == nil {
		return 0
	}
	ahead, ok := c.Ahead()
	if !ok {
		return 0
	}
	return ahead
}
