package planfact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// walked returns a random department in which some people have changed teams, and the
// periods in which it is looked at.
func walked(t *testing.T, seed uint64) (*department.Department, *Facts, []calendar.Period) {
	dep, entries := randomDepartment(t, seed)
	for i := range dep.People {
		if p := &dep.People[i]; i%4 == 0 {
			p.TeamsBefore = []department.TeamStint{{Team: "t0", To: calendar.Of(2026, 5, 10).Add(i)},
				{Team: fmt.Sprint("t", i%2+1), To: calendar.Of(2026, 5, 28)}}
		}
	}
	span := calendar.Span{From: calendar.Of(2026, 4, 20), To: calendar.Of(2026, 6, 28)}
	f := NewFacts(dep, span)
	for _, e := range entries {
		f.Add(e)
	}
	var periods []calendar.Period
	for _, kind := range []calendar.Kind{calendar.Day, calendar.Week, calendar.Month} {
		periods = append(periods, calendar.Periods(kind, span)...)
	}
	return dep, f, periods
}

// allLines returns the lines of everybody, of roles and of teams.
func allLines(e *Engine, dep *department.Department, periods []calendar.Period) (out []Line) {
	for _, per := range periods {
		for _, p := range dep.People {
			out = append(out, e.Person(p, per)...)
			for _, in := range p.InTeams() {
				out = append(out, e.Person(in, per)...)
			}
		}
		for _, r := range dep.Roles {
			out = append(out, e.Role(r, per)...)
			for i := range 3 {
				out = append(out, e.Team(r, fmt.Sprint("t", i), per)...)
			}
		}
	}
	return out
}

func TestWalkIsCollectAndAdd(t *testing.T) {
	for seed := range uint64(6) {
		dep, f, periods := walked(t, seed)
		at := AsOf{Today: calendar.Of(2026, 6, 17), Over: seed%2 == 0}
		fast, plain := New(dep, f, at), New(dep, f, at)
		for key, r := range fast.roles {
			if !r.even {
				t.Fatalf("role %s is not walked", key)
			}
			plain.roles[key].even = false
		}
		// In the order of days: the stretch before is now known as blocks, now not.
		got, want := allLines(fast, dep, periods), allLines(plain, dep, periods)
		if len(got) < 1000 {
			t.Fatalf("only %d lines", len(got))
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("seed %d: %s", seed, cmp.Diff(want, got))
		}
	}
}

func TestPlansAreSharedByThoseWhoHaveTheSame(t *testing.T) {
	for seed := range uint64(6) {
		dep, f, periods := walked(t, seed)
		at := AsOf{Today: calendar.Of(2026, 6, 17), Over: true}
		together := New(dep, f, at)
		shared := 0
		for i := range dep.People {
			alone := *dep
			alone.People = dep.People[i : i+1]
			e := New(&alone, f, at)
			for _, per := range periods {
				a, b := e.Person(dep.People[i], per), together.Person(dep.People[i], per)
				if !reflect.DeepEqual(a, b) {
					t.Errorf("seed %d, %s, %v: %s", seed, dep.People[i].ID, per, cmp.Diff(a, b))
				}
			}
			shared += len(e.roles["r"].shared)
		}
		if all := len(together.roles["r"].shared); all == 0 || all >= shared {
			t.Errorf("seed %d: %d months of plans together, %d apart", seed, all, shared)
		}
	}
}

// clean has a fast way for most numbers, which must be the plain way.
func TestCleanIsCleanAny(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	try := func(v float64) {
		t.Helper()
		if got, want := clean(v), cleanAny(v); got != want && (got == got || want == want) {
			t.Errorf("%v becomes %v, want %v", v, got, want)
		}
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1, 0.005, -0.005, 0.015, 1.005, 2.675,
		0.49999999999999994 / 100, 1e8, 1e8 - 0.01, 99_999_999.994999999, 1e15 + 0.3, 1e19,
		math.Inf(1), math.NaN(), 1e-300, 2_111_111.1111, 950.0000000001, 949.99999999999} {
		try(v)
		try(-v)
	}
	for range 200_000 {
		v := (rnd.Float64() - 0.5) * math.Pow(10, float64(rnd.IntN(20)))
		try(v)
		v = math.Round(v*100) / 100
		try(v)
		try(math.Nextafter(v, 1e20))
		try(math.Nextafter(v, -1e20))
		try(v + 0.005)
		try(v * (1 + 1e-11*(rnd.Float64()-0.5)))
	}
}
