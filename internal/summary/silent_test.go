package summary

import (
	"testing"

	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// How many have not reported: for today once its deadline has passed, else for the
// working day before; nobody who is employed no more is waited for.
func TestSilent(t *testing.T) {
	silent := func(change func(*department.Department, *planfact.AsOf)) int {
		return Silent(golden(words.RU, change))
	}
	if n := silent(func(_ *department.Department, at *planfact.AsOf) { at.Over = true }); n != 1 {
		t.Errorf("%d for a Friday that is over, want 1 as «Главное» says", n)
	}
	// The figures end on Friday: on Saturday it is still Friday's that count, on
	// Monday evening nobody of three has reported.
	saturday, monday := day("2026-05-16"), day("2026-05-18")
	if n := silent(func(_ *department.Department, at *planfact.AsOf) { at.Today, at.Over = saturday, true }); n != 1 {
		t.Errorf("%d on Saturday, want Friday's 1", n)
	}
	if n := silent(func(_ *department.Department, at *planfact.AsOf) { at.Today, at.Over = monday, false }); n != 1 {
		t.Errorf("%d on Monday before the deadline, want Friday's 1", n)
	}
	if n := silent(func(_ *department.Department, at *planfact.AsOf) { at.Today, at.Over = monday, true }); n != 3 {
		t.Errorf("%d on Monday after it, want all 3", n)
	}
	if n := silent(func(d *department.Department, at *planfact.AsOf) {
		at.Today, at.Over = monday, true
		for i := range d.People {
			d.People[i].Left = monday.Add(-1)
		}
	}); n != 0 {
		t.Errorf("%d of people who have left, want 0", n)
	}
}
