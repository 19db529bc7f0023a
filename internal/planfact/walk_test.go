package planfact

import (
	"fmt"
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
		// In the order of days, so that the stretch before is now known as blocks, now not.
		got, want := allLines(fast, dep, periods), allLines(plain, dep, periods)
		if len(got) < 1000 {
			t.Fatalf("only %d lines", len(got))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
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
				if diff := cmp.Diff(e.Person(dep.People[i], per), together.Person(dep.People[i], per)); diff != "" {
					t.Errorf("seed %d, %s, %v: %s", seed, dep.People[i].ID, per, diff)
				}
			}
			shared += len(e.roles["r"].shared)
		}
		if all := len(together.roles["r"].shared); all == 0 || all >= shared {
			t.Errorf("seed %d: %d months of plans together, %d apart", seed, all, shared)
		}
	}
}
