package ledger_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"svodka/internal/ledger"
	"svodka/internal/ledger/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// inDatabase is the environment variable that makes the tests of this package use ledgers
// in that database.
const inDatabase = "TEST_LEDGERS_IN"

// The ledger in PostgreSQL passes the tests of the ledger in SQLite.
func TestOnPostgres(t *testing.T) {
	if os.Getenv(inDatabase) != "" {
		t.Skip("this is the run on PostgreSQL")
	}
	address := pgtest.Address(t)
	args := []string{"-test.count=1"}
	if testing.Short() {
		// What several do side by side, and everything that is stored at all.
		args = append(args, "-test.short", "-test.run=^(TestManyAtOnce|TestANoticeIsTakenOnce|TestEverythingTyped)$")
	}
	again := exec.CommandContext(t.Context(), os.Args[0], args...)
	again.Env = append(os.Environ(), inDatabase+"="+address)
	out, err := again.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "PASS") {
		t.Errorf("the tests say:\n%s", out)
	}
}

func postgres() bool { return os.Getenv(inDatabase) != "" }

// sqliteOnly skips tests of the ledger's file.
func sqliteOnly(t *testing.T) {
	t.Helper()
	if postgres() {
		t.Skip("it is about a file")
	}
}

var (
	inMemory atomic.Int64
	database = sync.OnceValues(func() (*ledger.Database, error) {
		return ledger.Connect(context.Background(), os.Getenv(inDatabase), 4)
	})
)

// open opens the ledger of a path, in PostgreSQL the schema that corresponds to it.
func open(t testing.TB, path string, now func() time.Time) (*ledger.Ledger, error) {
	t.Helper()
	if !postgres() {
		return ledger.Open(t.Context(), path, now)
	}
	d, err := database()
	if err != nil {
		t.Fatal(err)
	}
	if path == ":memory:" {
		path = fmt.Sprint(path, os.Getpid(), inMemory.Add(1))
	}
	l, err := d.Open(t.Context(), place(path), now)
	if err == nil {
		l.Hold(false) // so that the tests hold of what is remembered, too
	}
	return l, err
}

// place returns where the ledger of a path is.
func place(path string) string {
	if !postgres() {
		return path
	}
	h := fnv.New64()
	fmt.Fprint(h, path)
	return fmt.Sprintf("test_%x", h.Sum64())
}
