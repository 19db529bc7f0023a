package ledger

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/ledger/pgtest"
)

// survivedAllTheSame are what steps do beyond adding that older programs survive all the
// same, by step, and why. Think twice: add a table or a column instead.
var survivedAllTheSame = map[int]map[string]string{}

// A step that says that older programs work on with it must only add to what these know.
// Shapes are compared as PostgreSQL sees them, so that no way of writing a step evades.
func TestStepsSurviveOlderPrograms(t *testing.T) {
	address := pgtest.Address(t)
	d, err := Connect(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	schema := fmt.Sprintf("grows_%x", time.Now().UnixNano())
	l, err := d.ledger(schema, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.transact(t.Context(), nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `CREATE SCHEMA `+schema)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	steps, err := migrations("migrations/postgres")
	if err != nil {
		t.Fatal(err)
	}
	shapes, claimed := map[int]pgtest.Shape{}, 0
	for i, step := range steps {
		n, err := step.version()
		if err != nil {
			t.Fatal(err)
		}
		if err := migrate(t.Context(), l, nil, steps[:i+1]); err != nil {
			t.Fatal(err)
		}
		if shapes[n], err = pgtest.ShapeOf(t.Context(), address, schema); err != nil {
			t.Fatal(err)
		}
		// svodka status asks also those that no process has brought to its version yet.
		if all, err := d.Work(t.Context(), []string{schema}); err != nil || !all[schema].More {
			t.Errorf("at step %d what waits is %+v (%v)", n, all, err)
		}
		from, err := step.needs()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(step.sql, "work on") && from == n {
			t.Errorf("%s says that older programs work on, but not in the words that are looked for", step.name)
		}
		if from == n {
			continue
		}
		claimed++
		old, there := shapes[from]
		if !there || from > n {
			t.Errorf("%s: there is no step %d before it", step.name, from)
			continue
		}
		broken := old.Breaks(shapes[n])
		for _, what := range broken {
			if survivedAllTheSame[n][what] == "" {
				t.Errorf("%s: programs of step %d may not survive that %s", step.name, from, what)
			}
		}
		for what := range survivedAllTheSame[n] {
			if !slices.Contains(broken, what) {
				t.Errorf("%s: it is not so any more that %s", step.name, what)
			}
		}
	}
	if claimed < 5 {
		t.Errorf("only %d steps say that older programs work on", claimed)
	}
}
