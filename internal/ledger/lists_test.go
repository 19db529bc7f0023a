package ledger_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"svodka/internal/department"
	"svodka/internal/ledger"
)

// keyed returns a deal with the key of its row.
func keyed(key string, n int, client string, amount float64) department.Deal {
	return department.Deal{Person: "anna", Date: day(n), Client: client, Amount: amount, Key: key}
}

// What people do to the rows of «Сделки», and which of it is an edit.
func TestDealsAreToldByTheirRows(t *testing.T) {
	first := []department.Deal{keyed("r1", 4, "А", 1), keyed("r2", 5, "Б", 2), keyed("r3", 6, "В", 3)}
	for _, tc := range []struct {
		name    string
		is      []department.Deal
		changed bool
		edits   []string
	}{
		{"nothing", first, false, nil},
		{"sorted with the keys", []department.Deal{first[2], first[1], first[0]}, true, nil},
		{"sorted without them", []department.Deal{keyed("r1", 6, "В", 3), keyed("r2", 5, "Б", 2),
			keyed("r3", 4, "А", 1)}, true, nil},
		{"one inserted on top", []department.Deal{keyed("", 7, "Г", 4), first[0], first[1], first[2]}, true, nil},
		{"one edited", []department.Deal{first[0], keyed("r2", 5, "Б", 20), first[2]}, true,
			[]string{"r2: Б 2 -> Б 20"}},
		{"one edited, all sorted", []department.Deal{first[2], keyed("r2", 5, "Б", 20), first[0]}, true, []string{
			"r2: Б 2 -> Б 20"}},
		{"one copied", []department.Deal{first[0], first[1], first[2], keyed("", 5, "Б", 2)}, true, nil},
		{"one copied above, then edited there",
			[]department.Deal{keyed("r2", 5, "Б", 99), first[0], keyed("", 5, "Б", 2), first[2]}, true, nil},
		{"one taken out", []department.Deal{first[0], first[2]}, true, []string{"r2: Б 2 -> gone"}},
		{"one cut and pasted elsewhere", []department.Deal{first[0], first[2], keyed("r9", 5, "Б", 2)}, true, nil},
		{"one replaced by another", []department.Deal{first[0], keyed("r2", 9, "Я", 7), first[2]}, true, []string{
			"r2: Б 2 -> Я 7"}},
		{"the keys lost", []department.Deal{keyed("", 4, "А", 1), keyed("", 5, "Б", 2), keyed("", 6, "В", 3)},
			false, nil},
		{"the keys given anew", []department.Deal{keyed("n1", 4, "А", 1), keyed("n2", 5, "Б", 2),
			keyed("n3", 6, "В", 3)}, false, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClock()
			l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), c.now)
			mustStore(t, l, ledger.Reading{Person: "anna", HasDeals: true, Deals: first})
			if changed := mustStore(t, l, ledger.Reading{Person: "anna", HasDeals: true, Deals: tc.is}); changed !=
				tc.changed {
				t.Errorf("changed is %v", changed)
			}
			r, err := l.Person(t.Context(), "anna")
			if err != nil {
				t.Fatal(err)
			}
			same(t, "deals", tc.is, r.Deals)
			edits, err := l.DealEdits(t.Context(), time.Time{}, c.now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range edits {
				became := "gone"
				if !e.Gone {
					became = fmt.Sprintf("%s %g", e.Became.Client, e.Became.Amount)
				}
				got = append(got, fmt.Sprintf("%s: %s %g -> %s", e.Was.Key, e.Was.Client, e.Was.Amount, became))
			}
			same(t, "edits", tc.edits, got)
		})
	}
}

// The ledger remembers a client removed from a list, with the days between which they
// were in it, until they are back; a renamed client was never removed.
func TestClientsWhoAreGone(t *testing.T) {
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), newClock().now)
	client := func(key, name string) department.Client {
		return department.Client{Person: "anna", Name: name, HandedOver: day(1), From: "Борис", Key: key}
	}
	store := func(n int, clients ...department.Client) {
		t.Helper()
		mustStore(t, l, ledger.Reading{Person: "anna", HasClients: true, Clients: clients, Day: day(n)})
	}
	check := func(what string, want ...department.Client) {
		t.Helper()
		var got []department.Client
		if err := l.Clients(t.Context(), func(c department.Client) { got = append(got, c) }); err != nil {
			t.Fatal(err)
		}
		same(t, what, want, got)
	}
	a, b := client("r1", "Ромашка"), client("r2", "Вектор")
	store(4, a, b)
	check("first", a, b)
	renamed := client("r2", "ООО Вектор")
	store(5, a, renamed)
	check("renamed", a, renamed)
	store(12, a)
	gone := department.Client{Person: "anna", Name: "ООО Вектор", HandedOver: day(1), From: "Борис", Listed: day(4),
		Gone: day(12)}
	check("taken out", a, gone)
	store(12, a)
	check("read again", a, gone)
	back := client("r7", "ооо  вектор")
	store(13, back, a)
	check("back", back, a)
	store(14)
	if r, err := l.Person(t.Context(), "anna"); err != nil || len(r.Clients) != 0 {
		t.Errorf("%v, %v", r.Clients, err)
	}
}
