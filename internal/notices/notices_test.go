package notices

import (
	"testing"
	"time"

	"svodka/internal/department"
)

// A reminder is sent within three hours of its time, and never past midnight. After a
// deadline so late that the allowance would end on the next day there is none.
func TestReminderDue(t *testing.T) {
	at := func(h, m int) time.Duration { return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute }
	evening := department.Settings{Remind: true, RemindBefore: 45 * time.Minute, Deadline: at(19, 0)}
	night := department.Settings{Remind: true, Deadline: at(23, 50)}
	early := department.Settings{Remind: true, RemindBefore: 45 * time.Minute, Deadline: at(0, 30)}
	off := evening
	off.Remind = false
	for _, c := range []struct {
		set   department.Settings
		clock time.Duration
		want  string
	}{
		{evening, at(18, 14), ""}, {evening, at(18, 15), kindBefore}, {evening, at(18, 59), kindBefore},
		{evening, at(19, 0), ""}, {evening, at(19, 9), ""}, {evening, at(19, 10), kindMissing},
		{evening, at(22, 9), kindMissing}, {evening, at(22, 10), ""},
		{night, at(23, 49), ""}, {night, at(23, 50), kindMissing}, {night, at(23, 59), kindMissing},
		{night, at(0, 0), ""},
		{early, at(0, 0), kindBefore}, {early, at(23, 50), ""},
		{off, at(18, 30), ""}, {off, at(19, 30), ""},
	} {
		if got := reminderDue(c.set, c.clock); got != c.want {
			t.Errorf("deadline %v, at %v: %q, want %q", c.set.Deadline, c.clock, got, c.want)
		}
	}
}

func TestDigestDue(t *testing.T) {
	for _, c := range []struct {
		at, clock time.Duration
		want      bool
	}{
		{9 * time.Hour, 9*time.Hour - time.Minute, false}, {9 * time.Hour, 9 * time.Hour, true},
		{9 * time.Hour, 12*time.Hour - time.Minute, true},
		{9 * time.Hour, 12 * time.Hour, false}, {23 * time.Hour, 23*time.Hour + 59*time.Minute, true},
		{23 * time.Hour, 0, false}, {0, 0, false},
	} {
		if got := digestDue(department.Settings{DigestAt: c.at}, c.clock); got != c.want {
			t.Errorf("digest at %v, now %v: %v", c.at, c.clock, got)
		}
	}
}
