package main

import (
	"strings"
	"testing"

	"svodka/internal/ledger/pgtest"
)

// Processes that were started on a database without departments serve those that are
// added later, and have left nothing that would need a name.
func TestRunBeforeTheFirstDepartment(t *testing.T) {
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, nil)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot), "SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot),
		"SVODKA_DATABASE_URL="+address)
	r := m.start()
	r.says("there is no control spreadsheet yet")
	if out := m.ok("department", "add", "north"); strings.Contains(out, "needs a name") {
		t.Errorf("department add says:\n%s", out)
	}
	r.says("departments were added: from now on it serves these\nworking for 1 department, now north, ")
	m.ok("department", "add", "south")
	r.stop()
	if code := <-r.ended; code != 0 {
		t.Errorf("code %d\n%s%s", code, r.out.String(), r.errs.String())
	}
}
