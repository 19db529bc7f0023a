package departments

import (
	"errors"
	"fmt"
	"maps"
	"testing"
)

// Departments are moved only from processes that are gone, and from those that have too
// many; afterwards nobody has too many.
func TestShared(t *testing.T) {
	of := func(n int, process string) map[string]string {
		out := map[string]string{}
		for i := range n {
			out[fmt.Sprintf("%s%03d", process, i)] = process
		}
		return out
	}
	join := func(all ...map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range all {
			maps.Copy(out, m)
		}
		return out
	}
	for _, c := range []struct {
		what  string
		turns map[string]string
		there []string
		moved int
		has   map[string]int
	}{
		{"new ones", of(5, ""), []string{"a", "b"}, 5, map[string]int{"a": 3, "b": 2}},
		{"one is gone", join(of(60, "a"), of(60, "b"), of(60, "c")), []string{"a", "b"}, 60,
			map[string]int{"a": 90, "b": 90}},
		{"one has come", join(of(90, "a"), of(90, "b")), []string{"a", "b", "c"}, 60,
			map[string]int{"a": 60, "b": 60, "c": 60}},
		{"nearly even", join(of(66, "a"), of(60, "b"), of(54, "c")), []string{"a", "b", "c"}, 0,
			map[string]int{"a": 66, "b": 60, "c": 54}},
		{"more processes than departments", of(2, "a"), []string{"a", "b", "c"}, 1, map[string]int{"a": 1, "b": 1}},
		{"nobody is there", of(2, "a"), nil, 0, map[string]int{"a": 2}},
	} {
		moved := shared(c.turns, c.there)
		has := map[string]int{}
		for name, process := range c.turns {
			if to, ok := moved[name]; ok {
				if to == process {
					t.Errorf("%s: %s moves to where it is", c.what, name)
				}
				process = to
			}
			has[process]++
		}
		if len(moved) != c.moved || !maps.Equal(has, c.has) {
			t.Errorf("%s: %d moved, want %d; then %v, want %v", c.what, len(moved), c.moved, has, c.has)
		}
		for _, process := range c.there {
			has[process] += 0
		}
		if len(c.there) > 0 && !even(has, len(c.turns)) {
			t.Errorf("%s: %v is not even", c.what, has)
		}
	}
}

// Processes that attend have all departments between them; those of one that ends, or is
// not seen any more, go to the others.
func TestDepartmentsAreSharedOut(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for i := range 6 {
		if err := r.Add(ctx, fmt.Sprintf("d%d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	turns := func(want map[string]int) {
		t.Helper()
		rows, err := r.pool.Query(ctx, `SELECT process, count(*) FROM svodka_departments.departments GROUP BY process`)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for rows.Next() {
			var name string
			var n int
			if err := rows.Scan(&name, &n); err != nil {
				t.Fatal(err)
			}
			got[name] = n
		}
		if err := rows.Err(); err != nil || !maps.Equal(got, want) {
			t.Fatalf("the departments are shared as %v, want %v (%v)", got, want, err)
		}
		if n, err := r.Processes(ctx); err != nil || n != len(want) {
			t.Errorf("%d processes are there (%v), want %d", n, err, len(want))
		}
	}
	attend := func(processes ...string) {
		t.Helper()
		for _, p := range processes {
			if err := r.Attend(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	attend("a")
	turns(map[string]int{"a": 6})
	attend("b", "c", "a", "b", "c")
	turns(map[string]int{"a": 2, "b": 2, "c": 2})
	if err := r.Leave(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	attend("b", "c")
	turns(map[string]int{"b": 3, "c": 3})
	_, err := r.pool.Exec(ctx, `UPDATE svodka_departments.processes SET seen = seen - interval '1 minute' WHERE name = 'b'`)
	if err := errors.Join(err, r.Add(ctx, "d6", nil)); err != nil {
		t.Fatal(err)
	}
	attend("c")
	turns(map[string]int{"c": 7})
}
