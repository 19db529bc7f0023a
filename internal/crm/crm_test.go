package crm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

func may(d int) calendar.Date { return calendar.Of(2026, time.May, d) }

// deal returns a deal of an export.
func deal(who department.PersonID, id string, day int, client string, amount float64) department.Deal {
	return department.Deal{Person: who, ID: id, Date: may(day), Client: client, Amount: amount}
}

// wrote returns the row that an import makes of a deal.
func wrote(at int, d department.Deal) Row {
	d.Written = department.DealText(d)
	return Row{At: at, Deal: d}
}

// apply changes rows as a list says, as a write of the spreadsheet would.
func apply(rows []Row, l List, clear ...int) []Row {
	out := append([]Row(nil), rows...)
	free := 100
	for i := range out {
		free = max(free, out[i].At+1)
	}
	for _, s := range l.Set {
		for i := range out {
			if out[i].At != s.At {
				continue
			}
			if s.Values {
				out[i].Deal.Date, out[i].Deal.Client, out[i].Deal.Amount = s.Deal.Date, s.Deal.Client, s.Deal.Amount
			}
			out[i].Deal.ID, out[i].Deal.Written = s.Deal.ID, s.Deal.Written
		}
	}
	for _, d := range l.Add {
		out = append(out, Row{At: free, Deal: d})
		free++
	}
	var kept []Row
	for _, r := range out {
		cleared := false
		for _, at := range clear {
			cleared = cleared || r.At == at
		}
		if !cleared {
			kept = append(kept, r)
		}
	}
	return kept
}

func shape(l List) [5]int {
	return [5]int{len(l.Add), len(l.Changed), len(l.Edited), l.Same, len(l.Set)}
}

// Each list is as it should be after one import, and a second has nothing to do.
func TestMerge(t *testing.T) {
	first := wrote(1, deal("a", "D-1", 14, "Ромашка", 100000))
	second := wrote(2, deal("a", "D-2", 15, "Мак", 50000))
	edited := wrote(3, deal("a", "D-3", 15, "Ива", 7))
	edited.Deal.Amount = 8
	broken := wrote(4, deal("a", "D-4", 15, "Дуб", 7))
	broken.Bad = true
	hand := Row{At: 5, Deal: deal("a", "", 16, " ромашка", 5)}
	all := []Row{first, second, edited, broken, hand}
	sorted := []Row{first, second, hand} // the visible columns were sorted, the marks were not
	sorted[0].Deal.Date, sorted[1].Deal.Date, sorted[2].Deal.Date = hand.Deal.Date, may(14), may(15)
	sorted[0].Deal.Client, sorted[1].Deal.Client, sorted[2].Deal.Client = hand.Deal.Client, "Ромашка", "Мак"
	sorted[0].Deal.Amount, sorted[1].Deal.Amount, sorted[2].Deal.Amount = 5, 100000, 50000

	for name, test := range map[string]struct {
		rows  []Row
		want  []department.Deal
		shape [5]int // add, changed, edited, same, set
		again [5]int
	}{
		"new": {nil, []department.Deal{deal("a", "D-1", 14, "Ромашка", 1), deal("a", "D-2", 14, "Ромашка", 1)},
			[5]int{2, 0, 0, 0, 0}, [5]int{0, 0, 0, 2, 0}},
		"same": {all, []department.Deal{deal("a", "D-1", 14, "ромашка", 100000), deal("a", "D-2", 15, "Мак", 50000)},
			[5]int{0, 0, 0, 2, 0}, [5]int{0, 0, 0, 2, 0}},
		"another sum, another day": {all, []department.Deal{deal("a", "D-1", 14, "Ромашка", 120000),
			deal("a", "D-2", 18, "Мак", 50000)},
			[5]int{0, 2, 0, 0, 2}, [5]int{0, 0, 0, 2, 0}},
		"edited, and broken, by somebody": {all,
			[]department.Deal{deal("a", "D-3", 15, "Ива", 9), deal("a", "D-4", 15, "Дуб", 7)},
			[5]int{0, 0, 2, 0, 0}, [5]int{0, 0, 2, 0, 0}},
		"edited to what the export says": {all, []department.Deal{deal("a", "D-3", 15, "Ива", 8)},
			[5]int{0, 0, 0, 1, 0}, [5]int{0, 0, 0, 1, 0}},
		"typed by hand": {all, []department.Deal{deal("a", "D-5", 16, "Ромашка", 5)},
			[5]int{0, 0, 0, 1, 1}, [5]int{0, 0, 0, 1, 0}},
		"sorted without the marks": {sorted, []department.Deal{deal("a", "D-1", 14, "Ромашка", 120000),
			deal("a", "D-2", 15, "Мак", 50000)},
			[5]int{0, 1, 0, 1, 4}, [5]int{0, 0, 0, 2, 0}},
		"without ids": {all, []department.Deal{deal("a", "", 14, "Ромашка", 100000),
			deal("a", "", 14, "Ромашка", 100000)},
			[5]int{1, 0, 0, 1, 0}, [5]int{0, 0, 0, 2, 0}},
		"another id with the values of one that is there": {all,
			[]department.Deal{deal("a", "D-9", 14, "Ромашка", 100000)},
			[5]int{1, 0, 0, 0, 0}, [5]int{0, 0, 0, 1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			l := Merge(test.rows, test.want)
			if got := shape(l); got != test.shape {
				t.Fatalf("add, changed, edited, same, set are %v, want %v", got, test.shape)
			}
			rows := apply(test.rows, l)
			if got := shape(Merge(rows, test.want)); got != test.again {
				t.Errorf("again: %v, want %v", got, test.again)
			}
			for _, r := range rows { // people's rows stay as they were
				for _, before := range test.rows {
					if r.At == before.At && !before.Own() && name != "sorted without the marks" &&
						contentOf(r.Deal) != contentOf(before.Deal) {
						t.Errorf("row %d was written over: %+v", r.At, r.Deal)
					}
				}
			}
		})
	}
}

// A hand-typed row that an export knows remains its writer's.
func TestAdoptedRowsAreNotTheImports(t *testing.T) {
	rows := []Row{{At: 1, Deal: deal("a", "", 14, "Ромашка", 5)}}
	rows = apply(rows, Merge(rows, []department.Deal{deal("a", "D-1", 14, "Ромашка", 5)}))
	l := Merge(rows, []department.Deal{deal("a", "D-1", 14, "Ромашка", 6)})
	if len(l.Edited) != 1 || len(l.Set) != 0 || len(l.Add) != 0 {
		t.Errorf("%+v", l)
	}
}

// Another manager: added there, then cleared here; after a kill between the two, the next
// import does the rest.
func TestMoved(t *testing.T) {
	first := wrote(1, deal("a", "D-1", 14, "Ромашка", 100))
	first.Deal.Comment = "ждём акт"
	lists := map[department.PersonID][]Row{"a": {first}, "b": nil}
	e := Export{Deals: []department.Deal{deal("b", "D-1", 14, "Ромашка", 110)}}
	p := Make(lists, e, false)
	if len(p.Moved) != 1 || p.New != 0 || len(p.Want["b"]) != 1 || p.Want["b"][0].Comment != "ждём акт" {
		t.Fatalf("%+v", p)
	}
	if d := cmp.Diff(map[department.PersonID][]string{"a": {"D-1"}}, p.Drop); d != "" {
		t.Fatal(d)
	}
	lists["b"] = apply(lists["b"], Merge(lists["b"], p.Want["b"]))
	p = Make(lists, e, false) // it was killed here
	if len(p.Moved) != 1 || p.New != 0 || p.Same != 1 || len(p.Drop["a"]) != 1 {
		t.Fatalf("after a kill: %+v", p)
	}
	clear := Cleared(lists["a"], p.Drop["a"])
	if d := cmp.Diff([]int{1}, clear); d != "" {
		t.Fatal(d)
	}
	lists["a"] = apply(lists["a"], List{}, clear...)
	p = Make(lists, e, false)
	if len(p.Moved)+p.New+len(p.Changed)+len(p.Drop)+len(p.Gone) != 0 || p.Same != 1 {
		t.Errorf("again: %+v", p)
	}

	// A row that somebody edited is reported, and not added there: it would count twice.
	first.Deal.Amount = 90
	p = Make(map[department.PersonID][]Row{"a": {first}}, e, true)
	if len(p.Edited) != 1 || len(p.Want["b"]) != 0 || len(p.Drop) != 0 || len(p.Moved) != 0 {
		t.Errorf("edited: %+v", p)
	}
	if Cleared([]Row{first}, []string{"D-1"}) != nil {
		t.Error("an edited row is cleared")
	}
}

// Deals that the export no longer has are reported; with replace they are removed, unless
// a person wrote them.
func TestGone(t *testing.T) {
	edited := wrote(3, deal("a", "D-3", 15, "Ива", 7))
	edited.Deal.Amount = 8
	commented := wrote(4, deal("a", "D-4", 15, "Дуб", 7))
	commented.Deal.Comment = "важно"
	rows := []Row{
		wrote(1, deal("a", "D-1", 14, "Ромашка", 100)), wrote(2, deal("a", "D-2", 15, "Мак", 50)), edited, commented,
		wrote(5, deal("a", "D-5", 2, "Клён", 1)), // before the export's first day
		{At: 6, Deal: deal("a", "", 15, "Своя", 1)},
		wrote(7, deal("a", "D-7", 1, "Лось", 1)),
	}
	e := Export{Deals: []department.Deal{deal("a", "D-1", 14, "Ромашка", 100), deal("a", "D-8", 20, "Новая", 1)},
		Left: map[string]string{"D-7": "«Сделка провалена»"}}
	for _, replace := range []bool{false, true} {
		p := Make(map[department.PersonID][]Row{"a": rows}, e, replace)
		got := map[string]bool{}
		for _, g := range p.Gone {
			got[g.Row.Deal.ID+" "+g.Reason] = g.Dropped
		}
		if d := cmp.Diff(map[string]bool{"D-2 ": replace, "D-3 ": false, "D-4 ": false,
			"D-7 «Сделка провалена»": replace}, got); d != "" {
			t.Errorf("replace %v: %s", replace, d)
		}
		want := []int{2, 7}
		if !replace {
			want = nil
		}
		if d := cmp.Diff(want, Cleared(rows, p.Drop["a"])); d != "" {
			t.Errorf("replace %v: %s", replace, d)
		}
	}
}

// Without ids nothing shows that a deal changed: nearly equal rows are reported.
func TestNear(t *testing.T) {
	rows := []Row{
		{At: 1, Deal: deal("a", "", 14, "Ромашка", 100000)}, {At: 2, Deal: deal("a", "", 15, "Мак", 50000)},
		{At: 3, Deal: deal("a", "", 16, "Ива", 1)}, {At: 4, Deal: deal("a", "", 1, "Дуб", 9)},
	}
	want := []department.Deal{
		deal("a", "", 14, "Ромашка", 120000), // another sum
		deal("a", "", 18, "мак", 50000),      // another day
		deal("a", "", 16, "Ива", 1),          // the same
		deal("a", "", 17, "Ива", 1),          // a second one: the file has one like it
		deal("a", "", 14, "Дуб", 9),          // the other is before the file's days
	}
	near := Near(rows, want, Export{Deals: want}.Span())
	var got [][2]float64
	for _, c := range near {
		got = append(got, [2]float64{float64(c.Row.At), c.Deal.Amount})
	}
	if d := cmp.Diff([][2]float64{{1, 120000}, {2, 50000}}, got); d != "" {
		t.Error(d)
	}
}
