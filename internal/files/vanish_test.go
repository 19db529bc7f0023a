package files_test

import (
	"fmt"
	"testing"
	"time"

	"svodka/internal/department"
	"svodka/internal/files"
)

// vanished returns n files, of which some were lost the given time ago.
func vanished(n, lost int, ago time.Duration) []files.File {
	var list []files.File
	for i := range n {
		f := files.Made(fmt.Sprint(i), files.Report, department.PersonID(fmt.Sprint(i)), "")
		if i < lost {
			f.Trash(now.Add(-ago))
		}
		list = append(list, f)
	}
	return list
}

// More than three and more than 5 % within an hour are no slip of the hand.
func TestMassLoss(t *testing.T) {
	for _, c := range []struct {
		all, lost int
		ago       time.Duration
		want      bool
	}{
		{5, 1, 0, false}, {5, 3, 0, false}, {5, 4, 0, true}, {5, 5, 0, true}, {3, 3, 0, false},
		{80, 4, 0, false}, {79, 4, 0, true}, {500, 25, 0, false}, {500, 26, 0, true},
		{500, 26, time.Hour, true}, {500, 500, time.Hour + time.Second, false}, {0, 0, 0, false},
	} {
		if got := files.MassLoss(vanished(c.all, c.lost, c.ago), now); got != c.want {
			t.Errorf("%d of %d, %v ago: %t", c.lost, c.all, c.ago, got)
		}
	}
}

// A file that was made again is not lost.
func TestLost(t *testing.T) {
	list := vanished(3, 2, time.Hour)
	later := files.Made("later", files.Report, "0", "")
	later.Trash(now)
	list = append(list, later, files.Made("again", files.Report, "1", ""))
	for person, want := range map[department.PersonID]string{"0": "later", "1": "", "2": "", "3": ""} {
		f, ok := files.Lost(list, func(f files.File) bool { return f.Person == person })
		if f.ID != want || ok != (want != "") {
			t.Errorf("of %s %q is lost, want %q", person, f.ID, want)
		}
	}
}

// A hold outlives a search for all files, and ends only by Release.
func TestHold(t *testing.T) {
	f := files.Feed{Cursor: "1"}
	f.Hold(now)
	f.Hold(now.Add(time.Hour))
	f.Begin("2")
	f.Follow("3")
	if !f.Held.Equal(now) || f.Cursor != "3" {
		t.Errorf("%+v", f)
	}
	if f.Release(); !f.Held.IsZero() {
		t.Errorf("%+v", f)
	}
}
