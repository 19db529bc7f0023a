package closing

import (
	"slices"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// A figure is certainly late once its deadline, the allowance and the lag of Google's
// feed have passed: 19:15 for a deadline of 19:00.
func TestLateSince(t *testing.T) {
	zone := time.FixedZone("MSK", 3*3600)
	set := department.Settings{Zone: zone, Deadline: 19 * time.Hour}
	for clock, want := range map[string]string{"19:14": "2026-05-13", "19:15": "2026-05-14", "23:59": "2026-05-14",
		"00:00": "2026-05-13"} {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2026-05-14 "+clock, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := lateSince(set, now.UTC()); got != day(want) {
			t.Errorf("at %s: %v, want %s", clock, got, want)
		}
	}
}

// The days of grace pass before a day is locked, and a period closes with its last day.
func TestLockedBy(t *testing.T) {
	set := department.Settings{GraceDays: 3}
	if got := LockedBy(set, day("2026-05-14")); got != day("2026-05-10") {
		t.Errorf("locked by %v", got)
	}
	for d, want := range map[string][2]string{
		"2026-05-10": {"2026-05-10", "2026-04-30"}, // a Sunday
		"2026-05-31": {"2026-05-31", "2026-05-31"},
		"2026-06-03": {"2026-05-31", "2026-05-31"},
	} {
		if week, month := lastEnd(calendar.Week, day(d)), lastEnd(calendar.Month, day(d)); week != day(want[0]) ||
			month != day(want[1]) {
			t.Errorf("%s: %v and %v, want %v", d, week, month, want)
		}
	}
}

// A clock was ahead if it gave days that have not come; one that starts in 1970 is
// behind, and undoes nothing of a department that has worked for a while.
func TestWasAhead(t *testing.T) {
	from := func(first string, n int) []calendar.Date {
		var out []calendar.Date
		for i := range n {
			out = append(out, day(first)+calendar.Date(i))
		}
		return out
	}
	for _, c := range []struct {
		days []calendar.Date
		real string
		want bool
	}{
		{nil, "2026-05-14", false},
		{from("2026-05-13", 2), "2026-05-14", false},
		{from("2026-05-13", 2), "2026-05-15", false},
		{from("2026-05-13", 3), "2026-05-14", true},
		{from("2026-05-20", keptDays), "2026-05-22", true},
		{from("2026-05-20", keptDays), "1970-01-02", false},
		{from("2026-05-20", keptDays-1), "1970-01-02", true}, // nobody can tell
	} {
		if got := wasAhead(c.days, day(c.real)); got != c.want {
			t.Errorf("%v, now %s: %v", c.days, c.real, got)
		}
	}
}

func TestSpans(t *testing.T) {
	days := map[calendar.Date]bool{day("2026-05-14"): true, day("2026-05-12"): true, day("2026-05-13"): true,
		day("2026-05-18"): true}
	want := []calendar.Span{{From: day("2026-05-12"), To: day("2026-05-14")},
		{From: day("2026-05-18"), To: day("2026-05-18")}}
	if got := spans(days); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
