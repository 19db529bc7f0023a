// Package clock tells the time by which days are locked and periods close: one that
// two clocks agree on, this machine's and Google's.
//
// It reads neither itself: both are passed in.
package clock

import (
	"time"

	"svodka/internal/calendar"
)

// Tolerance is how far the machine's clock and Google's may differ; a lock of days
// cannot wait for seconds, and an hour is no accident.
const Tolerance = 10 * time.Minute

// Clock is the machine's clock, held against Google's.
type Clock struct {
	Now func() time.Time // the machine's
	// Ahead is how far the machine's clock is ahead of Google's; ok is false while that
	// is not known, as with the embedded Google, whose clock is the machine's. May be
	// nil: not known.
	Ahead func() (ahead time.Duration, ok bool)
}

// Trusted is the earlier of the two clocks, since a day that has not happened must
// not be locked. sure is false where they are far apart: then nothing is locked.
func (c Clock) Trusted() (now time.Time, sure bool) {
	now = c.Now()
	ahead := c.ahead()
	return now.Add(-max(0, ahead)), ahead.Abs() <= Tolerance
}

// Today is the day that it really is, whatever day a sync stands for.
func (c Clock) Today(zone *time.Location) calendar.Date {
	now, _ := c.Trusted()
	return calendar.FromTime(now.In(zone))
}

// Apart tells how far the machine's clock is ahead of Google's (below zero: behind),
// and whether that is too far to be trusted.
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
