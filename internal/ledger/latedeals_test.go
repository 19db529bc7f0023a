package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

// showsDeals returns the deals as they count, as they are typed, and the late edits,
// oldest first.
func showsDeals(t *testing.T, l *ledger.Ledger) string {
	t.Helper()
	text := func(d *department.Deal) string {
		if d == nil {
			return "—"
		}
		return fmt.Sprintf("%d:%s%g", d.Date.Day(), d.Client, d.Amount)
	}
	var counted, typed, late []string
	if err := l.CountedDeals(t.Context(), func(d department.Deal) { counted = append(counted, text(&d)) }); err != nil {
		t.Fatal(err)
	}
	if err := l.Deals(t.Context(), func(d department.Deal) { typed = append(typed, text(&d)) }); err != nil {
		t.Fatal(err)
	}
	edits, err := l.LateEdits(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		s := text(e.Deal.Was) + "→" + text(e.Deal.Became)
		if e.Counted {
			s += "!"
		}
		late = append([]string{s}, late...)
	}
	return strings.Join(counted, " ") + " | " + strings.Join(typed, " ") + " | " + strings.Join(late, " ")
}

// The deals of a locked day go on counting whatever happens to them in the list, until an
// edit is allowed; a deal that is moved counts once.
func TestLateDeals(t *testing.T) {
	c := newClock()
	l := mustOpen(t, ":memory:", func() time.Time { return c.add(time.Minute) })
	var open []calendar.Span
	store := func(deals ...department.Deal) {
		t.Helper()
		mustStore(t, l, ledger.Reading{Person: "anna", HasDeals: true, Deals: deals, Day: day(8), Open: open})
	}
	at := func(from, to int) calendar.Span { return calendar.Span{From: day(from), To: day(to)} }
	a, b, d := keyed("r1", 1, "А", 10), keyed("r2", 2, "Б", 20), keyed("r3", 7, "В", 30)
	mustStore(t, l, ledger.Reading{Person: "anna", HasDeals: true, Deals: []department.Deal{a, b, d}, Day: day(4)})
	lock(t, l, day(8)) // up to 4 May
	check := func(what, want string) {
		t.Helper()
		if got := showsDeals(t, l); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
		}
	}
	check("at the beginning", "1:А10 2:Б20 7:В30 | 1:А10 2:Б20 7:В30 | ")
	store(d, a, b)
	check("sorted", "1:А10 2:Б20 7:В30 | 1:А10 2:Б20 7:В30 | ")
	store(a, b, keyed("r3", 7, "В", 31))
	check("an open day", "1:А10 2:Б20 7:В31 | 1:А10 2:Б20 7:В31 | ")
	d = keyed("r3", 7, "В", 31)
	store(keyed("r1", 1, "А", 11), b, d)
	check("a late edit", "1:А10 2:Б20 7:В31 | 1:А11 2:Б20 7:В31 | 1:А10→1:А11")
	store(keyed("r1", 6, "А", 11), b, d)
	check("moved to an open day", "1:А10 2:Б20 7:В31 | 2:Б20 6:А11 7:В31 | 1:А10→1:А11 1:А11→6:А11")
	store(a, b, d)
	check("typed back", "1:А10 2:Б20 7:В31 | 1:А10 2:Б20 7:В31 | 1:А10→1:А11 1:А11→6:А11 6:А11→1:А10")
	store(a, d)
	check("taken out", "1:А10 2:Б20 7:В31 | 1:А10 7:В31 | 1:А10→1:А11 1:А11→6:А11 6:А11→1:А10 2:Б20→—")
	store(a, keyed("r9", 2, "Б", 20), d)
	check("and put back", "1:А10 2:Б20 7:В31 | 1:А10 2:Б20 7:В31 | 1:А10→1:А11 1:А11→6:А11 6:А11→1:А10 2:Б20→— —→2:Б20")
	b = keyed("r9", 2, "Б", 20)
	g := keyed("r4", 3, "Г", 40)
	store(a, b, d, g)
	check("a new one on a locked day",
		"1:А10 2:Б20 7:В31 | 1:А10 2:Б20 3:Г40 7:В31 | 1:А10→1:А11 1:А11→6:А11 6:А11→1:А10 2:Б20→— —→2:Б20 —→3:Г40")
	g.Date = day(6)
	store(a, b, d, g)
	check("which was a slip", "1:А10 2:Б20 6:Г40 7:В31 | 1:А10 2:Б20 6:Г40 7:В31 | 1:А10→1:А11 1:А11→6:А11 "+
		"6:А11→1:А10 2:Б20→— —→2:Б20 —→3:Г40 3:Г40→6:Г40!")
	d.Date = day(4)
	store(keyed("r1", 1, "А", 12), d, g)
	check("moved into a locked day, edited, taken out", "1:А10 2:Б20 6:Г40 7:В31 | 1:А12 4:В31 6:Г40 | "+
		"1:А10→1:А11 1:А11→6:А11 6:А11→1:А10 2:Б20→— —→2:Б20 —→3:Г40 3:Г40→6:Г40! 1:А10→1:А12 7:В31→4:В31 2:Б20→—")

	// A rebuilt ledger counts the same deals once the late edits are restored.
	edits, err := l.LateEdits(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	anew := mustOpen(t, ":memory:", c.now)
	mustStore(t, anew, ledger.Reading{Person: "anna", HasDeals: true,
		Deals: []department.Deal{keyed("r1", 1, "А", 12), d, g}, Day: day(9)})
	for range 2 {
		if err := anew.Restore(t.Context(), nil, edits, ledger.Save{}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := showsDeals(t, anew), showsDeals(t, l); got != want {
		t.Errorf("restored:\n%s\nwant:\n%s", got, want)
	}

	if yes, err := l.Release(t.Context(), "anna", at(2, 4)); err != nil || !yes {
		t.Errorf("released: %t, %v", yes, err)
	}
	if yes, err := l.Release(t.Context(), "anna", at(2, 4)); err != nil || yes {
		t.Errorf("released again: %t, %v", yes, err)
	}
	if got, want := strings.Split(showsDeals(t, l), " | ")[0], "1:А10 4:В31 6:Г40"; got != want {
		t.Errorf("after 2 to 4 May were opened: %s, want %s", got, want)
	}
	open = []calendar.Span{at(1, 1)}
	store(keyed("r1", 1, "А", 13), d, g)
	open = nil
	if err := l.Open(t.Context(), "anna", at(3, 3)); err != nil {
		t.Fatal(err)
	}
	store(keyed("r1", 1, "А", 13), d, g, keyed("r5", 3, "И", 50))
	store(keyed("r1", 1, "А", 13), d, g, keyed("r5", 3, "И", 51))
	got := showsDeals(t, l)
	if want := "1:А13 3:И50 4:В31 6:Г40 | 1:А13 3:И51 4:В31 6:Г40 | "; !strings.HasPrefix(got, want) ||
		!strings.HasSuffix(got, "7:В31→4:В31! 2:Б20→—! 1:А12→1:А13! 3:И50→3:И51") {
		t.Errorf("an edit while it was open, an import and an edit after that:\n%s", got)
	}
}
