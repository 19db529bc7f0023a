package jobs

import (
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
)

// riverOf is the version of River's schema that the first program had that uses River.
const riverOf = 8

// A newer River, too, must leave its schema so that processes with an older one work on:
// if this fails after an update of the library, processes of the two versions cannot work
// side by side. Then the notes of the version must say that all are to be stopped first.
func TestRiverOnlyAdds(t *testing.T) {
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := departments.Open(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Pool().Exec(t.Context(), `CREATE SCHEMA `+Schema); err != nil {
		t.Fatal(err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(r.Pool()), &rivermigrate.Config{Schema: Schema})
	if err != nil {
		t.Fatal(err)
	}
	shape := func(o *rivermigrate.MigrateOpts) pgtest.Shape {
		t.Helper()
		if _, err := m.Migrate(t.Context(), rivermigrate.DirectionUp, o); err != nil {
			t.Fatal(err)
		}
		s, err := pgtest.ShapeOf(t.Context(), address, Schema)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if early, before := shape(&rivermigrate.MigrateOpts{TargetVersion: 2}),
		shape(&rivermigrate.MigrateOpts{TargetVersion: riverOf}); len(early.Breaks(before)) == 0 {
		t.Error("nothing is found of what River changed before that version")
	} else {
		for _, what := range before.Breaks(shape(nil)) {
			t.Errorf("programs with an older River may not survive that %s", what)
		}
	}
}
