package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"svodka/internal/departments"
)

// While somebody works on a department whose ledger has the version before, a command
// that only looks waits until that is done, and only then brings the ledger to its own.
func TestLookingMigratesUnderTheClaim(t *testing.T) {
	notShort(t)
	f := newFleet(t, "north")
	version := func() (n int) {
		t.Helper()
		f.must(f.registry.Pool().QueryRow(t.Context(), `SELECT max(version) FROM north.migrations`).Scan(&n))
		return n
	}
	last := version()
	// The step is not taken back, only forgotten. So it will fail, and say what has been
	// tried.
	_, err := f.registry.Pool().Exec(t.Context(), `DELETE FROM north.migrations WHERE version = $1`, last)
	f.must(err)
	c, err := f.registry.Take(t.Context(), departments.Claimant{Department: "north", Holder: "a program of before",
		Doing: "sync"}, slog.New(slog.DiscardHandler))
	f.must(err)
	_, stop := c.Hold(t.Context())
	type result struct {
		code int
		errs string
	}
	ended := make(chan result, 1)
	go func() {
		code, _, errs := f.svodka("export", "entries", "--department", "north")
		ended <- result{code, errs}
	}()
	select {
	case r := <-ended:
		t.Fatalf("the command did not wait: exit code %d\n%s", r.code, r.errs)
	case <-time.After(3 * time.Second):
	}
	if v := version(); v >= last {
		t.Errorf("the ledger has version %d while somebody works on it", v)
	}
	if _, err := stop(nil); err != nil {
		t.Fatal(err)
	}
	r := <-ended
	for _, want := range []string{"a program of before works on the department north (sync): waiting until it is done",
		"migrate it by 00"} {
		if !strings.Contains(r.errs, want) {
			t.Errorf("exit code %d, without %q:\n%s", r.code, want, r.errs)
		}
	}
	// A ledger of its own version, or a newer one, it opens beside whoever works on it.
	_, err = f.registry.Pool().Exec(t.Context(), `INSERT INTO north.migrations (version, name, applied, needs)
		VALUES ($1, 'next', 0, $2)`, last+1, last)
	f.must(err)
	c, err = f.registry.Take(t.Context(), departments.Claimant{Department: "north", Holder: "another", Doing: "sync"},
		slog.New(slog.DiscardHandler))
	f.must(err)
	_, stop = c.Hold(t.Context())
	f.ok("export", "entries", "--department", "north")
	if _, err := stop(nil); err != nil {
		t.Fatal(err)
	}
}
