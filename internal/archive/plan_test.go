package archive

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func book(year, part int, from, to string) Book {
	return Book{year, part, calendar.Span{From: day(from), To: day(to)}}
}

// Ten rows a week: with more than 40 the oldest move until 30 are left, to the book of
// their year or, if that has 50, to its next one.
func TestPlan(t *testing.T) {
	limits := Limits{Most: 40, Left: 30, Book: 50}
	first := day("2025-11-30") // a Sunday
	weeks := func(n int) (dates []ledger.CloseDate, rows map[calendar.Date]int) {
		rows = map[calendar.Date]int{}
		for i := range n {
			d := first + calendar.Date(7*i)
			dates, rows[d] = append(dates, ledger.CloseDate{End: d}), 10
		}
		return dates, rows
	}
	// Ends: 30 Nov, 7, 14, 21, 28 Dec; 4, 11, 18, 25 Jan; 1, 8, 15, 22 Feb.
	for _, c := range []struct {
		name    string
		weeks   int
		books   []Book
		settled string
		want    []Book
	}{
		{"as many as fit", 4, nil, "2026-03-01", nil},
		{"one too many", 5, nil, "2026-03-01", []Book{book(2025, 1, "2025-11-30", "2025-12-07")}},
		{"not all are closed", 5, nil, "2025-12-01", []Book{book(2025, 1, "2025-11-30", "2025-11-30")}},
		{"nothing is known to be closed", 5, nil, "1970-01-02", nil},
		{"nothing more, once they have moved", 5, []Book{book(2025, 1, "2025-11-30", "2025-12-07")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-07")}},
		{"enough are left for another close", 6, []Book{book(2025, 1, "2025-11-30", "2025-12-07")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-07")}},
		{"the next ones follow", 7, []Book{book(2025, 1, "2025-11-30", "2025-12-07")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-21")}},
		{"a new year", 10, []Book{book(2025, 1, "2025-11-30", "2025-12-07")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-28"), book(2026, 1, "2026-01-04", "2026-01-11")}},
		{"years at once", 13, nil, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-28"), book(2026, 1, "2026-01-04", "2026-02-01")}},
		{"a year in two books", 15, nil, "2026-03-31", []Book{book(2025, 1, "2025-11-30", "2025-12-28"),
			book(2026, 1, "2026-01-04", "2026-02-01"), book(2026, 2, "2026-02-08", "2026-02-15")}},
		{"closes were taken back", 3, []Book{book(2025, 1, "2025-11-30", "2025-12-28"),
			book(2026, 1, "2026-01-04", "2026-02-01")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-14")}},
		{"closed late, before what has moved", 6, []Book{book(2025, 1, "2025-12-07", "2025-12-14")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-14")}},
		{"closed late, in a year without a book", 9, []Book{book(2026, 1, "2026-01-04", "2026-01-04")}, "2026-03-01",
			[]Book{book(2025, 1, "2025-11-30", "2025-12-28"), book(2026, 1, "2026-01-04", "2026-01-04")}},
		{"closed late, between two books", 13, []Book{book(2026, 1, "2026-01-04", "2026-01-11"),
			book(2026, 2, "2026-01-25", "2026-02-01")}, "2026-03-01", []Book{book(2025, 1, "2025-11-30", "2025-12-28"),
			book(2026, 1, "2026-01-04", "2026-01-18"), book(2026, 2, "2026-01-25", "2026-02-01")}},
	} {
		dates, rows := weeks(c.weeks)
		if d := cmp.Diff(c.want, plan(c.books, dates, rows, day(c.settled), limits)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// Only numbers of a year, and of its parts from the second on, name a book.
func TestBookOf(t *testing.T) {
	for _, b := range []Book{{Year: 2026, Part: 1}, {Year: 2026, Part: 12}} {
		if got, ok := bookOf(b.id()); !ok || got != b {
			t.Errorf("%v is %q, which is %v", b, b.id(), got)
		}
	}
	for _, id := range []string{"", "anna", "2026-", "2026-1", "2026-x", "-2"} {
		if b, ok := bookOf(department.PersonID(id)); ok {
			t.Errorf("%q is the book %v", id, b)
		}
	}
}
