package schedule

import (
	"time"

	"github.com/robfig/cron/v3"
)

// atHours is a cron spec with hours. Where clocks are put forward, a time that there is
// not on that day comes when they are: else a weekly job would wait another week. Where
// they are put back, a time that there is twice comes once.
type atHours struct{ *cron.SpecSchedule }

// Next implements cron.Schedule.
func (s atHours) Next(after time.Time) time.Time {
	next := s.SpecSchedule.Next(after)
	for first := earlier(next); !next.IsZero() && !first.IsZero() && !first.After(after); first = earlier(next) {
		next = s.SpecSchedule.Next(next)
	}
	wall := s.SpecSchedule.Next(asUTC(after))
	if wall.IsZero() {
		return next
	}
	if skipped := leapOver(wall, after.Location()); skipped.After(after) && skipped.Before(next) {
		return skipped
	}
	return next
}

// anyHour is set in the hours of a spec that has a star there.
const anyHour = 1 << 63

// withClocks makes a schedule hold on days on which clocks are changed. One for every
// hour does already.
func withClocks(s cron.Schedule) cron.Schedule {
	if spec, ok := s.(*cron.SpecSchedule); ok && spec.Hour&anyHour == 0 {
		return atHours{spec}
	}
	return s
}

// asUTC returns what clocks show at a time, as a time in UTC, where none are changed.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// leapOver returns when clocks are put forward over what they would show; zero: they show
// that.
func leapOver(wall time.Time, zone *time.Location) time.Time {
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	from, to := t.ZoneBounds()
	switch shows := asUTC(t); {
	case shows.After(wall):
		return from
	case shows.Before(wall):
		return to
	}
	return time.Time{}
}

// earlier returns when clocks have shown the same before, on the day on which they are
// put back; zero: they have not.
func earlier(t time.Time) time.Time {
	back, _ := t.ZoneBounds()
	if t.IsZero() || back.IsZero() {
		return time.Time{}
	}
	_, now := t.Zone()
	_, before := back.Add(-time.Second).Zone()
	if by := time.Duration(before-now) * time.Second; by > 0 && t.Before(back.Add(by)) {
		return t.Add(-by)
	}
	return time.Time{}
}
