package departments

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"svodka/internal/ledger/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// open opens the registry of the package's server, empty.
func open(t *testing.T) *Registry {
	t.Helper()
	r, err := Open(t.Context(), pgtest.Address(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if _, err := r.pool.Exec(t.Context(), `DROP SCHEMA IF EXISTS svodka_departments CASCADE`); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegistry(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	if all, err := r.All(ctx); err != nil || len(all) != 0 {
		t.Fatalf("a database without departments: %v, %v", all, err)
	}
	if err := r.Remove(ctx, "north", false); !errors.Is(err, ErrUnknown) {
		t.Errorf("nothing is removed with %v", err)
	}
	for _, name := range []string{"south", "north"} {
		if err := r.Add(ctx, name, map[string]string{"ZONE": "Asia/Omsk"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Add(ctx, "north", nil); !errors.Is(err, ErrExists) {
		t.Errorf("a second department of the name: %v", err)
	}
	d, err := r.Find(ctx, "north")
	if err != nil {
		t.Fatal(err)
	}
	stale := d
	d.Settings = map[string]string{"ZONE": "Asia/Tomsk", "LANGUAGE": "en"}
	if err := r.Set(ctx, d); err != nil {
		t.Fatal(err)
	}
	if err := r.Set(ctx, stale); err == nil || !strings.Contains(err.Error(), "by somebody else") {
		t.Errorf("settings of an old version are taken: %v", err)
	}
	stale.Name = "east"
	if err := r.Set(ctx, stale); !errors.Is(err, ErrUnknown) {
		t.Errorf("settings of an unknown department: %v", err)
	}
	all, err := r.All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Name != "north" || !maps.Equal(all[0].Settings, d.Settings) || all[0].Version != 2 ||
		all[1].Name != "south" || all[1].Version != 1 {
		t.Errorf("departments: %+v", all)
	}
}

// The state of the departments changes with each of them, and with nothing else.
func TestState(t *testing.T) {
	r := migrated(t)
	ctx := t.Context()
	seen := map[string]string{}
	look := func(what string, changed bool) {
		t.Helper()
		state, now, err := r.State(ctx)
		if err != nil || now.IsZero() {
			t.Fatal(now, err)
		}
		if before, known := seen[state]; known == changed {
			t.Errorf("%s: the state is %q, known %v (%s)", what, state, known, before)
		}
		seen[state] = what
	}
	add := func(name string) {
		t.Helper()
		if err := r.Add(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	look("none", true)
	add("north")
	look("one", true)
	look("the same", false)
	add("south")
	look("two", true)
	d, err := r.Find(ctx, "north")
	if err == nil {
		err = r.Set(ctx, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	look("other settings", true)
	if err := r.Remove(ctx, "south", false); err != nil {
		t.Fatal(err)
	}
	look("one again", true)
	add("south")
	look("added again", true)
	_, stop := take(t, r, "one").Hold(ctx)
	if _, err := stop(nil); err != nil {
		t.Fatal(err)
	}
	look("worked on", false)
}

// Without drop the ledger stays, for whoever adds the department again.
func TestRemove(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for _, c := range []struct{ drop, stays bool }{{false, true}, {true, false}} {
		if err := r.Add(ctx, "west", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := r.pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS west`); err != nil {
			t.Fatal(err)
		}
		if err := r.Remove(ctx, "west", c.drop); err != nil {
			t.Fatal(err)
		}
		var stays bool
		if err := r.pool.QueryRow(ctx, `SELECT to_regnamespace('west') IS NOT NULL`).Scan(&stays); err != nil {
			t.Fatal(err)
		}
		if stays != c.stays {
			t.Errorf("drop %v: the schema is there: %v", c.drop, stays)
		}
		if _, err := r.Find(ctx, "west"); !errors.Is(err, ErrUnknown) {
			t.Errorf("drop %v: it is found: %v", c.drop, err)
		}
	}
}

// Several replicas may start at the same moment.
func TestMigrateAtOnce(t *testing.T) {
	r := open(t)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = r.Add(t.Context(), fmt.Sprint("d", i), nil) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if all, err := r.All(t.Context()); err != nil || len(all) != len(errs) {
		t.Errorf("%d departments, %v", len(all), err)
	}
}

func TestCheckName(t *testing.T) {
	for _, bad := range []string{"", "North", "север", "1st", "a-b", "a b", "public", "pg_x", "svodka_jobs",
		"information_schema", "north_moved", "north_moved2", strings.Repeat("a", 41)} {
		if CheckName(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{"north", "svodka", "team_2", "user", "moved_north", "north_moved_east",
		strings.Repeat("a", 40)} {
		if err := CheckName(good); err != nil {
			t.Error(err)
		}
	}
}
