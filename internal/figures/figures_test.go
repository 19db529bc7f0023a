package figures_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// watched is a ledger that records which days were read.
type watched struct {
	*ledger.Ledger
	asked []calendar.Span
	of    [][]department.PersonID // of whom each time; none: of everybody
}

func (w *watched) Counted(ctx context.Context, s calendar.Span, f func(ledger.Figure),
	of ...department.PersonID) error {
	w.asked, w.of = append(w.asked, s), append(w.of, of)
	return w.Ledger.Counted(ctx, s, f, of...)
}

const (
	person = department.PersonID("anna")
	calls  = "calls"
)

var at = planfact.AsOf{Today: calendar.Of(2026, 5, 14), Over: true}

// open makes a ledger for a test.
func open(t *testing.T) *watched {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC) }
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "l.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &watched{Ledger: l}
}

// store stores what is typed now, on all days.
func store(t *testing.T, l *watched, p department.PersonID, figures map[calendar.Date]float64, keys ...string) {
	t.Helper()
	r := ledger.Reading{Person: p, Day: at.Today, Scopes: []ledger.Scope{{
		Span: calendar.Span{From: 1, To: at.Today}, KPIs: keys}}}
	for d, v := range figures {
		for _, k := range keys {
			r.Entries = append(r.Entries, department.Entry{Person: p, KPI: k, Date: d, Value: v})
		}
	}
	if _, err := l.Store(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func dep(people ...department.Person) *department.Department {
	role := department.Role{Key: "caller", KPIs: []kpi.KPI{
		{Key: calls, Source: kpi.Manual, Unit: kpi.Count, Plan: kpi.Some(900), PlanFor: calendar.Month}}}
	d := &department.Department{Settings: department.Defaults(), People: people, Roles: []department.Role{role}}
	for i := range d.People {
		d.People[i].Role = "caller"
	}
	return d
}

// Results from the figures of the last months equal those from all figures, or are
// reported as wrong: whenever people were hired and entered, whatever they typed, and
// whatever is held.
func TestRecentIsWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	first := calendar.Of(2024, 1, 10)
	day := func() calendar.Date { return first + calendar.Date(rng.IntN(int(at.Today-first))) }
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		l := open(t)
		var people []department.Person
		for i := range 4 {
			p := department.Person{ID: department.PersonID(fmt.Sprint("p", i))}
			if rng.IntN(2) == 0 {
				p.Hired = day()
			}
			if rng.IntN(2) == 0 {
				p.Entered = max(p.Hired, day())
			}
			people = append(people, p)
			typed := map[calendar.Date]float64{}
			for range rng.IntN(4) {
				typed[day()] = float64(rng.IntN(9))
			}
			keys := []string{calls}
			if rng.IntN(4) == 0 {
				keys = []string{"measured no more"}
			}
			store(t, l, p.ID, typed, keys...)
			if rng.IntN(2) == 0 { // edits of locked days: the earlier figure counts
				if err := l.Lock(t.Context(), at.Today+9, 3, []department.PersonID{p.ID}); err != nil {
					t.Fatal(err)
				}
				for d := range typed {
					if rng.IntN(2) == 0 {
						delete(typed, d)
					}
				}
				typed[day()] = 5
				store(t, l, p.ID, typed, keys...)
			}
		}
		d := dep(people...)
		whole, wholeFirst, err := figures.Load(t.Context(), l, d, at)
		if err != nil {
			t.Fatal(err)
		}
		source := &figures.Source{Ledger: l, Dep: d, At: at}
		recent, recentFirst, err := source.Recent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if recentFirst != wholeFirst || recent.Begun() != whole.Begun() {
			t.Fatalf("round %d: first %v, begun %t; of all %v, %t", round, recentFirst, recent.Begun(), wholeFirst,
				whole.Begun())
		}
		for _, p := range d.People {
			if got, want := recent.CountsFrom(p.ID), whole.CountsFrom(p.ID); got != want {
				t.Fatalf("round %d: %+v counts from %v, of all %v", round, p, got, want)
			}
			for _, kind := range []calendar.Kind{calendar.Month, calendar.Week, calendar.Day} {
				per := calendar.PeriodOf(kind, at.Today)
				for range 6 {
					got := recent.Person(p, per)
					if recent.Short() {
						t.Fatalf("round %d: %s of %+v is said to be out of reach", round, per, p)
					}
					if want := whole.Person(p, per); !reflect.DeepEqual(got, want) {
						t.Fatalf("round %d: %s of %+v: %+v, of all %+v", round, per, p, got, want)
					}
					if kind == calendar.Month && per.From < at.Today-60 {
						break
					}
					per = per.Prev()
				}
			}
		}
	}
}

// Days in the distant past are not read, and computing with them is reported.
func TestShort(t *testing.T) {
	l := open(t)
	old, lately := calendar.Of(2024, 2, 1), calendar.Of(2026, 5, 12)
	store(t, l, person, map[calendar.Date]float64{old: 3, lately: 4}, calls)
	d := dep(department.Person{ID: person})
	source := &figures.Source{Ledger: l, Dep: d, At: at}
	engine, _, err := source.Recent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.asked); n != 1 || l.asked[0].From < calendar.Of(2025, 12, 1) {
		t.Errorf("figures were asked of %v", l.asked)
	}
	if f := engine.Figure(d.People[0], calls, lately); f != kpi.Some(4) || engine.Short() {
		t.Errorf("%v lately, short %t", f, engine.Short())
	}
	if same, _, err := source.Recent(t.Context()); err != nil || same != engine {
		t.Errorf("another engine (%v)", err)
	}
	february := calendar.MonthOf(old)
	for what, ask := range map[string]func(*planfact.Engine){
		"a figure":     func(e *planfact.Engine) { e.Figure(d.People[0], calls, old) },
		"a month":      func(e *planfact.Engine) { e.Person(d.People[0], february) },
		"a role":       func(e *planfact.Engine) { e.Role(d.Roles[0], february) },
		"a day":        func(e *planfact.Engine) { e.DayState(d.People[0], old) },
		"an old month": func(e *planfact.Engine) { e.AsOf(at).Person(d.People[0], february) },
	} {
		source.Outdate()
		e, _, err := source.Recent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if ask(e); !e.Short() {
			t.Errorf("%s out of reach is not told", what)
		}
	}
	since, _, err := source.Since(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	if f := since.Person(d.People[0], february)[0].Fact; f != kpi.Some(3) || since.Short() {
		t.Errorf("%v in February of all, short %t", f, since.Short())
	}
}
