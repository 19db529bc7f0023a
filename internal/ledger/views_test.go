package ledger

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/ledger/pgtest"
)

// docs/sql.md names every view and every column, in their order, and its examples run in
// both databases.
func TestViewsAreAsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "sql.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string][]string{}
	var names []string
	examples := 0
	file, schema, _ := moving(t)
	fill(t, file)
	if err := file.CopyTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for section := range strings.SplitSeq(string(b), "\n## ") {
		name, text, _ := strings.Cut(section, "\n")
		if strings.HasPrefix(name, "v1_") {
			names = append(names, name)
			for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(text, -1) {
				for _, c := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(m[1], -1) {
					documented[name] = append(documented[name], c[1])
				}
			}
		}
		for _, m := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(text, -1) {
			examples++
			for _, l := range []*Ledger{file, schema} {
				n := 0
				err := l.each(t.Context(), "run an example", func(*sql.Rows) error { n++; return nil }, m[1])
				if err != nil || n == 0 && !strings.Contains(m[1], "frozen") && !strings.Contains(m[1], "'month'") &&
					!strings.Contains(m[1], "'missing'") {
					t.Errorf("an example of docs/sql.md gives %d rows of %s: %v\n%s", n, l.path, err, m[1])
				}
			}
		}
	}
	if slices.Sort(names); !slices.Equal(names, Views()) {
		t.Errorf("docs/sql.md has %q, the ledger %q", names, Views())
	}
	if examples < len(names) {
		t.Errorf("docs/sql.md has %d examples of %d views", examples, len(names))
	}
	for _, l := range []*Ledger{file, schema} {
		for _, v := range Views() {
			err := l.each(t.Context(), "read", func(rows *sql.Rows) error {
				has, err := rows.Columns()
				if diff := cmp.Diff(documented[v], has); diff != "" {
					t.Errorf("%s in %s has (+) and docs/sql.md (-):\n%s", v, l.path, diff)
				}
				return err
			}, `SELECT * FROM `+v+` LIMIT 1`)
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// Both databases show the same in each view, except how they write days, moments and
// truths.
func TestViewsAreTheSame(t *testing.T) {
	file, schema, _ := moving(t)
	fill(t, file)
	if err := file.CopyTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	shown := func(l *Ledger, view string) (out []string) {
		err := l.each(t.Context(), "read", func(rows *sql.Rows) error {
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			row, places := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				places[i] = &row[i]
			}
			err = rows.Scan(places...)
			var texts []string
			for i, v := range row {
				switch x := v.(type) {
				case bool:
					v = map[bool]int{true: 1}[x]
				case time.Time:
					v = x.UTC().Format(time.RFC3339)
					if strings.HasSuffix(names[i], "day") {
						v = x.Format(time.DateOnly)
					}
				}
				texts = append(texts, fmt.Sprintf("%s=%v", names[i], v))
			}
			out = append(out, strings.Join(texts, " "))
			return err
		}, `SELECT * FROM `+view)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	for _, v := range Views() {
		in := shown(file, v)
		if len(in) == 0 {
			t.Errorf("the test has nothing for %s", v)
		}
		if diff := cmp.Diff(in, shown(schema, v)); diff != "" {
			t.Errorf("%s in SQLite (-) and PostgreSQL (+):\n%s", v, diff)
		}
	}
}

// A reader reads the views of the departments that it was let into, and neither tables
// nor other departments; it writes nothing.
func TestReader(t *testing.T) {
	file, schema, d := moving(t)
	fill(t, file)
	if err := file.CopyTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	_, other, _ := moving(t)
	role := strings.Replace(schema.path, "move_", "Reader-", 1)
	if err := d.GrantReader(t.Context(), schema.path, role); err == nil || !strings.Contains(err.Error(), "no role") {
		t.Errorf("a role that is not there: %v", err)
	}
	if _, err := d.db.ExecContext(t.Context(), `CREATE ROLE "`+role+`" LOGIN`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again does no harm
		if err := d.GrantReader(t.Context(), schema.path, role); err != nil {
			t.Fatal(err)
		}
	}
	address, err := url.Parse(pgtest.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	as := address.Query()
	as.Set("user", role)
	address.RawQuery = as.Encode()
	reader, err := Connect(t.Context(), address.String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, v := range Views() {
		var n int
		if err := reader.db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+schema.path+`.`+v).Scan(&n); err !=
			nil ||
			n == 0 {
			t.Errorf("%s: %d rows, %v", v, n, err)
		}
	}
	for _, q := range []string{
		`SELECT * FROM ` + schema.path + `.entries`, `SELECT * FROM ` + schema.path + `.named`,
		`SELECT * FROM ` + other.path + `.v1_people`, `DELETE FROM ` + schema.path + `.v1_teams`,
		`CREATE TABLE ` + schema.path + `.x (n int)`, `UPDATE ` + schema.path + `.lines SET fact = 1`,
	} {
		if _, err := reader.db.ExecContext(t.Context(), q); err == nil || !strings.Contains(err.Error(),
			"permission denied") {
			t.Errorf("a reader did %s: %v", q, err)
		}
	}
}

// A program works with a ledger that a newer one has brought to its own, if the step says
// so, and copies nothing of it; else it refuses.
func TestTwoVersions(t *testing.T) {
	_, l, d := moving(t)
	steps, err := migrations("migrations/postgres")
	if err != nil {
		t.Fatal(err)
	}
	last, err := steps[len(steps)-1].version()
	if err != nil {
		t.Fatal(err)
	}
	step := func(n int, sql string) migration { return migration{fmt.Sprintf("%04d_next.sql", n), sql} }
	survived := step(last+1, fmt.Sprintf("-- Programs from step %d on work with it.\nCREATE TABLE next (n bigint);",
		last))
	if err := migrate(t.Context(), l, nil, append(slices.Clone(steps), survived)); err != nil {
		t.Fatal(err)
	}
	old, err := d.Open(t.Context(), l.path, l.now)
	if err != nil {
		t.Fatalf("the program of the version before: %v", err)
	}
	if err := old.Set(t.Context(), "a", []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := old.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db"), Save{}); err == nil ||
		!strings.Contains(err.Error(), "newer version") {
		t.Errorf("the program of the version before copies what it does not know: %v", err)
	}
	if err := old.Recheck(t.Context()); err != nil {
		t.Errorf("the program of the version before, at its next job: %v", err)
	}
	if err := migrate(t.Context(), l, nil, append(slices.Clone(steps), survived, step(last+2,
		"ALTER TABLE closes DROP COLUMN shown;"))); err != nil {
		t.Fatal(err)
	}
	if err := old.Recheck(t.Context()); err == nil || !strings.Contains(err.Error(), "use a newer version") {
		t.Errorf("at the job after a step that it does not survive: %v", err)
	}
	if _, err := d.Open(t.Context(), l.path, l.now); err == nil ||
		!strings.Contains(err.Error(), "use a newer version") {
		t.Errorf("after a step that it does not survive: %v", err)
	}
}
