package main

import (
	"slices"
	"testing"
	"time"

	"svodka/internal/jobs"
)

// A line says all that waits.
func TestStandingRow(t *testing.T) {
	at := time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC)
	d := standing{Department: "north", Good: &at,
		Worker: "host, process 7", Doing: jobs.Close, zone: time.FixedZone("", 3*3600),
		Jobs: []jobStanding{{Job: jobs.Sync, Last: &at, Next: &at, Waits: true}, {Job: jobs.Close},
			{Job: jobs.Sweep, Waits: true, Failed: &at}},
		Unread: 1, Troubled: 2, Unshared: 3, Lost: 4, Unmoved: 450, Uncalled: 1, Calls: 21, More: true}
	row := func(d standing) (out []string) {
		for _, c := range standingRow(d) {
			out = append(out, c.text)
		}
		return out
	}
	want := []string{"north", "2026-05-18 12:00:00", "2026-05-18 12:00:00",
		"sync, sweep, 1 spreadsheet to read, 2 spreadsheets in trouble, 3 spreadsheets to share, " +
			"4 spreadsheets lost, 450 files to move, 1 day of calls to count, " +
			"21 calls for the quota, work for the next sync", "host, process 7 (close)", "sweep failed"}
	if got := row(d); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	want = []string{"north", "never", "not planned yet", "nothing", "nobody", "none"}
	if got := row(standing{Department: "north"}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
