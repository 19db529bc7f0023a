package figures_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/fingerprint"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// What is kept from one cycle to the next is what the ledger has, whatever has changed,
// and of those who have not reported nothing is read again.
func TestCache(t *testing.T) {
	l := open(t)
	var people []department.Person
	for i := range 12 {
		p := department.Person{ID: department.PersonID(fmt.Sprint("p", i))}
		store(t, l, p.ID, map[calendar.Date]float64{at.Today - 1: float64(i), at.Today - 400: 1}, calls)
		people = append(people, p)
	}
	var cache figures.Cache
	sums := func(e *planfact.Engine, d *department.Department) (out []string) {
		for _, p := range d.People {
			w := fingerprint.New()
			e.HashFacts(w, p.ID)
			sum, err := w.Sum()
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, sum)
		}
		return out
	}
	check := func(what string, d *department.Department, at planfact.AsOf, of ...department.PersonID) {
		t.Helper()
		source := func(c *figures.Cache) *planfact.Engine {
			t.Helper()
			l.of = nil
			e, _, err := (&figures.Source{Ledger: l, Dep: d, At: at, Cache: c}).Recent(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		fresh := sums(source(nil), d)
		kept := sums(source(&cache), d)
		if len(of) > 0 && (len(l.of) != 1 || !slices.Equal(l.of[0], of)) {
			t.Errorf("%s: figures were read of %v", what, l.of)
		}
		if !slices.Equal(fresh, kept) {
			t.Errorf("%s: what is kept is not what the ledger has", what)
		}
	}
	d := dep(people...)
	check("at first", d, at)
	check("nothing", d, at)
	if len(l.of) != 0 {
		t.Errorf("nothing has changed, and figures were read of %v", l.of)
	}
	some := people[3].ID
	store(t, l, some, map[calendar.Date]float64{at.Today - 1: 50, at.Today - 400: 1}, calls)
	check("a figure changed", d, at, some)
	store(t, l, some, map[calendar.Date]float64{at.Today - 400: 1}, calls)
	check("a figure gone", d, at, some)
	store(t, l, some, map[calendar.Date]float64{at.Today - 500: 2, at.Today - 400: 1}, calls)
	check("an older one", d, at, some)
	if err := l.Lock(t.Context(), at.Today+9, 3, []department.PersonID{some}); err != nil {
		t.Fatal(err)
	}
	store(t, l, some, map[calendar.Date]float64{at.Today - 2: 8}, calls)
	check("edits of locked days", d, at, some)
	if _, err := l.Release(t.Context(), some, calendar.Span{From: 1, To: at.Today}); err != nil {
		t.Fatal(err)
	}
	check("edits that count after all", d, at, some)
	lists := func(deals []department.Deal, clients []department.Client) {
		t.Helper()
		if _, err := l.Store(t.Context(), ledger.Reading{Person: some, Day: at.Today + 10, Deals: deals,
			Clients: clients, HasDeals: true, HasClients: true}); err != nil {
			t.Fatal(err)
		}
	}
	deal := department.Deal{Person: some, Date: at.Today + 10, Client: "A", Amount: 5}
	client := department.Client{Person: some, Name: "A", HandedOver: at.Today - 9}
	lists([]department.Deal{deal}, nil)
	check("a deal", d, at, some)
	deal.Amount = 6
	lists([]department.Deal{deal}, nil)
	check("another amount", d, at, some)
	lists([]department.Deal{deal}, []department.Client{client})
	check("a client", d, at, some)
	lists([]department.Deal{deal}, nil)
	check("a client who is gone", d, at, some)
	late := deal
	late.Date = at.Today - 3
	lists([]department.Deal{deal, late}, nil)
	check("a deal of a locked day", d, at, some)
	if err := l.CountedCalls(t.Context(), ledger.Counted{Costs: []ledger.CallCost{{Person: some, Date: at.Today - 1,
		Cost: 9}}}); err != nil {
		t.Fatal(err)
	}
	check("what calls cost", d, at)

	later := at
	later.Today += 20 // another month
	check("another moment", d, later)
	check("back again", d, at)
	check("somebody less", dep(people[1:]...), at)
	check("somebody more", d, at)
	hired := slices.Clone(people)
	hired[2].Hired = at.Today - 401
	check("hired on another day", dep(hired...), at)
	other := dep(people...)
	other.Roles[0].KPIs[0].Key = "meetings"
	check("another KPI", other, at)

	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 30 {
		for range rng.IntN(5) {
			p := people[rng.IntN(len(people))].ID
			store(t, l, p, map[calendar.Date]float64{at.Today - calendar.Date(rng.IntN(500)): float64(i)}, calls)
		}
		check(fmt.Sprint("round ", i), d, at)
	}
}
