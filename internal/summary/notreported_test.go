package summary

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// How many have not reported: for today once its deadline has passed, else for the
// previous working day; people who have left do not count.
func TestSilent(t *testing.T) {
	notReported := func(change func(*department.Department, *planfact.AsOf)) int {
		return NotReported(golden(words.RU, change))
	}
	if n := notReported(func(_ *department.Department, at *planfact.AsOf) { at.Over = true }); n != 1 {
		t.Errorf("%d for a Friday that is over, want 1 as «Главное» says", n)
	}
	// The figures end on Friday: on Saturday it is still Friday's that count, on Monday
	// evening none of three has reported.
	saturday, monday := day("2026-05-16"), day("2026-05-18")
	if n := notReported(func(_ *department.Department, at *planfact.AsOf) {
		at.Today, at.Over = saturday, true
	}); n != 1 {
		t.Errorf("%d on Saturday, want Friday's 1", n)
	}
	if n := notReported(func(_ *department.Department, at *planfact.AsOf) {
		at.Today, at.Over = monday, false
	}); n != 1 {
		t.Errorf("%d on Monday before the deadline, want Friday's 1", n)
	}
	if n := notReported(func(_ *department.Department, at *planfact.AsOf) {
		at.Today, at.Over = monday, true
	}); n != 3 {
		t.Errorf("%d on Monday after it, want all 3", n)
	}
	if n := notReported(func(d *department.Department, at *planfact.AsOf) {
		at.Today, at.Over = monday, true
		for i := range d.People {
			d.People[i].Left = monday.Add(-1)
		}
	}); n != 0 {
		t.Errorf("%d of people who have left, want 0", n)
	}
}

// If some work on weekends, Monday still asks for Friday, and the summary of a Sunday is
// about those who work on it.
func TestSilentWithShiftWorkers(t *testing.T) {
	shift := func(d *department.Department) { // 2/2: Friday 15 and Saturday 16 off, Sunday 17 and Monday 18 at work
		d.People[1].Schedule = calendar.Schedule{{On: 2, Rest: 2, Start: day("2026-05-17")}}
	}
	heads := func(today string, over bool) (out []string) {
		in := golden(words.RU, func(d *department.Department, at *planfact.AsOf) {
			shift(d)
			at.Today, at.Over = day(today), over
		})
		groups, _ := newBuilder(&in).notReportedGroups()
		for _, g := range groups {
			for _, p := range g.who {
				out = append(out, g.head+" "+string(p.ID))
			}
		}
		return out
	}
	for _, tt := range []struct {
		today string
		over  bool
		want  []string
	}{
		{"2026-05-15", true, []string{"Не сдали за вчера: 1 из 3 p2"}}, // p2 is off today
		{"2026-05-16", true, nil}, // nobody works
		{"2026-05-17", true, []string{"Сегодня не сдали: 1 из 1 p2"}}, // p2 alone
		{"2026-05-18", false, []string{"Сегодня ждём до 19:00: 3 из 3 p1", "Сегодня ждём до 19:00: 3 из 3 p2",
			"Сегодня ждём до 19:00: 3 из 3 p3", "Не сдали за вчера: 1 из 1 p2"}},
	} {
		if diff := cmp.Diff(tt.want, heads(tt.today, tt.over)); diff != "" {
			t.Errorf("%s: %s", tt.today, diff)
		}
	}
}
