package pgtest

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// Whatever an older program may not survive is found, and nothing else.
func TestBreaks(t *testing.T) {
	const before = `CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL, c int CHECK (c > 0), d int NOT NULL DEFAULT 1);
		CREATE TABLE u (t int REFERENCES t, n int UNIQUE);
		CREATE INDEX u_t ON u (t);
		CREATE UNIQUE INDEX u_n ON u (t, n);
		CREATE VIEW v AS SELECT a, b FROM t;
		CREATE TYPE e AS ENUM ('x', 'y');
		CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n';
		CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER h BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();`
	address := Address(t)
	shape := func(name, change string) Shape {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `CREATE SCHEMA `+name+`; SET search_path TO `+name+`; `+before+change); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := ShapeOf(t.Context(), address, name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := shape("before", "")
	for i, c := range []struct{ change, breaks string }{
		{``, ""},
		{`CREATE TABLE w (x int PRIMARY KEY, y int NOT NULL CHECK (y > 1))`, ""},
		{`ALTER TABLE t ADD COLUMN x int NOT NULL DEFAULT 0`, ""},
		{`ALTER TABLE t ADD COLUMN x int`, ""},
		{`ALTER TABLE t ADD COLUMN x int GENERATED ALWAYS AS (c + 1) STORED`, ""},
		{`CREATE INDEX t_c ON t (c)`, ""},
		{`DROP INDEX u_t`, ""},
		{`CREATE OR REPLACE VIEW v AS SELECT a, b, c FROM t`, ""},
		{`ALTER TYPE e ADD VALUE 'z'`, ""},
		{`ALTER TABLE t DROP CONSTRAINT t_c_check`, ""},
		{`CREATE OR REPLACE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1'`, ""},

		{`ALTER TABLE t ADD COLUMN x int NOT NULL`, "column t.x is new and has no default"},
		{`ALTER TABLE t DROP COLUMN d`, "column t.d is gone"},
		{`ALTER TABLE t RENAME COLUMN c TO x`, "column t.c is gone"},
		{`DROP TABLE u`, "table u is gone"},
		{`ALTER TABLE u RENAME TO x`, "table u is gone"},
		{`ALTER TABLE u ALTER COLUMN n TYPE bigint`, `column u.n was "integer", is "bigint"`},
		{`ALTER TABLE t ALTER COLUMN c SET NOT NULL`, `column t.c was "integer", is "integer needed"`},
		{`ALTER TABLE t ALTER COLUMN d DROP DEFAULT`, `column t.d was "integer not null", is "integer needed"`},
		{`ALTER TABLE t ADD CHECK (d > 0)`, "t_d_check of t is new in a table that there was: CHECK ((d > 0))"},
		{`ALTER TABLE t DROP CONSTRAINT t_c_check; ALTER TABLE t ADD CONSTRAINT t_c_check CHECK (c > 5)`, "t_c_check of t was"},
		{`ALTER TABLE u ADD FOREIGN KEY (n) REFERENCES t`, "u_n_fkey of u is new"},
		{`CREATE UNIQUE INDEX t_b ON t (b)`, "unique index t_b of t is new"},
		{`DROP INDEX u_n`, "unique index u_n of u is gone"},
		{`ALTER TABLE u DROP CONSTRAINT u_n_key`, "u_n_key of u is gone"},
		{`DROP VIEW v; CREATE VIEW v AS SELECT b, a FROM t`, "view column v.a was"},
		{`DROP VIEW v`, "view v is gone"},
		{`DROP TRIGGER h ON t`, "trigger h of t is gone"},
		{`CREATE TRIGGER k BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION g()`, "trigger k of u is new"},
		{`DROP FUNCTION f(int)`, "function f(n integer) is gone"},
		{`ALTER TABLE t ALTER COLUMN b TYPE text COLLATE "C"`, `column t.b was "text needed", is "text collate C needed"`},
		{`ALTER TABLE u DROP COLUMN n; ALTER TABLE u ADD COLUMN n int GENERATED ALWAYS AS (t + 1) STORED`, "column u.n was"},
	} {
		name := "after" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		change := c.change
		if strings.Contains(change, "TYPE text") { // a view stands in the way
			change = "DROP VIEW v; " + change + "; CREATE VIEW v AS SELECT a, b FROM t"
		}
		got := old.Breaks(shape(name, change))
		switch {
		case c.breaks == "" && len(got) > 0:
			t.Errorf("%s: %q, but nothing breaks", c.change, got)
		case c.breaks != "" && !strings.Contains(strings.Join(got, "\n"), c.breaks):
			t.Errorf("%s: %q, without %q", c.change, got, c.breaks)
		}
	}
}
