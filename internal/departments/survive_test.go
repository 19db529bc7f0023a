package departments

import (
	"testing"

	"svodka/internal/ledger/pgtest"
)

// Processes of older versions work on beside a newer one, and nothing here tells them not
// to: every step only adds.
func TestStepsOnlyAdd(t *testing.T) {
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), address, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.pool.Exec(t.Context(), `CREATE SCHEMA svodka_departments`); err != nil {
		t.Fatal(err)
	}
	steps, err := migrations.ReadDir("migrations")
	if err != nil || len(steps) < 3 {
		t.Fatal(steps, err)
	}
	var before pgtest.Shape
	for i, step := range steps {
		sql, err := migrations.ReadFile("migrations/" + step.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.pool.Exec(t.Context(), string(sql)); err != nil {
			t.Fatalf("%s: %v", step.Name(), err)
		}
		shape, err := pgtest.ShapeOf(t.Context(), address, "svodka_departments")
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range before.Breaks(shape) {
			t.Errorf("%s: programs of before may not survive that %s", step.Name(), what)
		}
		if len(shape) <= len(before) {
			t.Errorf("%s adds nothing (step %d)", step.Name(), i)
		}
		before = shape
	}
}
