package ledger

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kept returns the texts that a ledger's only connection keeps.
func kept(t *testing.T, l *Ledger) map[string]statement {
	t.Helper()
	c, err := l.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out map[string]statement
	if err := c.Raw(func(c any) error { out = c.(*keptConn).kept; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStatementsAreKept(t *testing.T) {
	l, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil { // also with statements that are kept
			t.Error(err)
		}
	}()
	const insert, all = `INSERT INTO n (v) VALUES (?)`, `SELECT v FROM n WHERE v >= ? ORDER BY v`
	exec := func(query string, args ...any) error {
		return l.write(t.Context(), "test", func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), query, args...)
			return err
		})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(exec(`CREATE TABLE n (v INTEGER PRIMARY KEY)`))
	for i := range 4 {
		must(exec(insert, i))
	}
	first := kept(t, l)[insert]
	if first == nil {
		t.Fatal("a statement that has run is not kept")
	}
	must(exec(insert, 4))
	if kept(t, l)[insert] != first {
		t.Error("a statement is prepared again")
	}
	if _, ok := kept(t, l)[`CREATE TABLE n (v INTEGER PRIMARY KEY)`]; ok {
		t.Error("a change of the schema is kept")
	}

	// The same text while its rows are read.
	var got [][2]int
	must(l.readTx(t.Context(), "test", func(tx *sql.Tx) error {
		return eachRow(t.Context(), tx, func(rows *sql.Rows) error {
			var a int
			if err := rows.Scan(&a); err != nil {
				return err
			}
			return eachRow(t.Context(), tx, func(rows *sql.Rows) error {
				var b int
				err := rows.Scan(&b)
				got = append(got, [2]int{a, b})
				return err
			}, all, a+1)
		}, all, 2)
	}))
	if diff := cmp.Diff([][2]int{{2, 3}, {2, 4}, {3, 4}}, got); diff != "" {
		t.Error(diff)
	}

	// One that is prepared for many runs in a transaction is kept after it.
	const change = `UPDATE n SET v = v WHERE v = ?`
	must(l.write(t.Context(), "test", func(tx *sql.Tx) error {
		s, err := tx.PrepareContext(t.Context(), change)
		for i := 0; i < 3 && err == nil; i++ {
			_, err = s.ExecContext(t.Context(), i)
		}
		return err
	}))
	if kept(t, l)[change] == nil {
		t.Error("a statement that a transaction prepared is not kept")
	}
	must(exec(change, 1))

	// One that fails is prepared anew, and works after it.
	if err := exec(insert, 4); err == nil {
		t.Error("the same key twice was stored")
	}
	if kept(t, l)[insert] != nil {
		t.Error("a statement that failed is kept")
	}
	must(exec(insert, 5))

	// A statement that was kept sees a change of the schema.
	must(exec(`ALTER TABLE n RENAME TO m`))
	must(exec(`CREATE VIEW n AS SELECT v + 100 AS v FROM m`))
	var v int
	must(l.row(t.Context(), "test", []any{&v}, all, 0))
	if v != 100 {
		t.Errorf("%d through the view, want 100", v)
	}

	// No more than mostKept, and a call with an ended context does no harm.
	for i := range mostKept + 10 {
		must(l.row(t.Context(), "test", []any{&v}, `SELECT `+time.Duration(i).String()[:1]+` -- `+string(rune('a'+i))))
	}
	if n := len(kept(t, l)); n > mostKept {
		t.Errorf("%d statements are kept", n)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.row(ended, "test", []any{&v}, all, 0); err == nil {
		t.Error("a query ran after its context had ended")
	}
	must(l.row(t.Context(), "test", []any{&v}, all, 0))
}

func TestWhichStatementsAreKept(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT 1": true, "\n\t\tinsert into t values (1)": true, "WITH a AS (SELECT 1) SELECT * FROM a": true,
		"PRAGMA user_version": false, "CREATE TABLE t (a)": false, "VACUUM": false, "BEGIN": false, "": false,
		"-- a comment\nPRAGMA foreign_keys=0": false, "SAVEPOINT a": false, "ANALYZE": false,
	} {
		if keeps(query) != want {
			t.Errorf("%q: %t", query, !want)
		}
	}
}
