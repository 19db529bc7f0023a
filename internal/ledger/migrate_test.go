package ledger

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
)

// schemaOf returns what db has, a line each, without comments: as it was made at once and
// as it grew it reads the same.
func schemaOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	comments, spaces := regexp.MustCompile(`--[^\n]*`), regexp.MustCompile(`\s+`)
	var out []string
	err := eachRow(t.Context(), db, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		s = strings.ReplaceAll(comments.ReplaceAllString(s, " "), `"`, "")
		s = spaces.ReplaceAllString(strings.NewReplacer(",", " , ", "(", " ( ", ")", " ) ").Replace(s), " ")
		out = append(out, s)
		return err
	}, `SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rowOf returns the row of a table that has one.
func rowOf(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]any, len(names))
	to := make([]any, len(names))
	for i := range to {
		to[i] = &got[i]
	}
	if !rows.Next() {
		t.Fatalf("no row in %s: %v", table, rows.Err())
	}
	if err := rows.Scan(to...); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(got...)
}

// TestMigrateFromEach migrates files of every earlier schema, and an empty one, which is
// made at once, to the current one.
func TestMigrateFromEach(t *testing.T) {
	steps, err := migrations("migrations")
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 {
		t.Fatal("no migrations in the binary")
	}
	whole, err := migrations("migrations/new")
	if err != nil || len(whole) != 1 {
		t.Fatalf("a new ledger is made by %v, %v; want one step", whole, err)
	}
	now := func() time.Time { return time.Unix(1_780_000_000, 0) }
	var want []string
	for from := len(steps); from >= 0; from-- {
		if testing.Short() && from > 0 && from < len(steps)-1 {
			continue
		}
		path := filepath.Join(t.TempDir(), "l.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if err := migrate(t.Context(), &Ledger{db: db, now: now}, nil, steps[:from]); err != nil {
			t.Fatalf("make schema %d: %v", from, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), path, now)
		if err != nil {
			t.Fatalf("from schema %d: %v", from, err)
		}
		atOnce := 0
		if from == 0 {
			if atOnce, err = whole[0].version(); err != nil {
				t.Fatal(err)
			}
			atOnce-- // one record for all of them
		}
		got := schemaOf(t, l.db)
		var recorded int
		if err := l.db.QueryRowContext(t.Context(), `SELECT count(*) FROM migrations WHERE applied = 1780000000`).
			Scan(&recorded); err != nil || recorded != len(steps)-atOnce {
			t.Errorf("%d migrations recorded, %v; want %d", recorded, err, len(steps)-atOnce)
		}
		for _, one := range []string{"feed", "cycle", "sharing", "versions"} {
			got = append(got, one+" "+rowOf(t, l.db, one))
		}
		if want == nil {
			want = got
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("schema from %d:\n%s\nwant\n%s", from, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBrokenMigration leaves the file at the step before.
func TestBrokenMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	steps := []migration{{"0001_a.sql", "CREATE TABLE a (x);"},
		{"0002_b.sql", "CREATE TABLE b (x); CREATE TABLE a (x);"}}
	if err := migrate(t.Context(), &Ledger{db: db, now: func() time.Time {
		return time.Unix(1, 0)
	}}, nil, steps); err == nil ||
		!strings.Contains(err.Error(), "0002_b.sql") {
		t.Fatalf("error %v, want one that names the step", err)
	}
	got := strings.Join(schemaOf(t, db), "\n")
	if !strings.Contains(got, "TABLE a ") || strings.Contains(got, "TABLE b ") {
		t.Errorf("schema after a broken step:\n%s", got)
	}
	steps[1].sql = "CREATE TABLE b (x);"
	if err := migrate(t.Context(), &Ledger{db: db, now: func() time.Time {
		return time.Unix(2, 0)
	}}, nil, steps); err != nil {
		t.Fatal(err)
	}
}

// TestEntriesPlan keeps the biggest query from sorting two million rows.
func TestEntriesPlan(t *testing.T) {
	l, err := Open(t.Context(), ":memory:", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	var plan []string
	err = eachRow(t.Context(), l.db, func(rows *sql.Rows) error {
		var id, parent, unused int
		var s string
		err := rows.Scan(&id, &parent, &unused, &s)
		plan = append(plan, s)
		return err
	}, fmt.Sprintf(`EXPLAIN QUERY PLAN `+entriesQuery, "1 = 1"), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(plan, "\n"); strings.Contains(all, "TEMP B-TREE") ||
		!strings.Contains(all, "SEARCH e USING PRIMARY KEY (person=? AND date>? AND date<?)") {
		t.Errorf("plan:\n%s", all)
	}
}

// TestPragmas: a commit is on disk when it returns, and readers of another
// process do not stop the writer.
func TestPragmas(t *testing.T) {
	l, err := Open(t.Context(), filepath.Join(t.TempDir(), "l.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"busy_timeout": "10000"} {
		var got string
		if err := l.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", pragma, got, err, want)
		}
	}
}

// Periods closed before the ledger distinguished stints are still there afterwards, as
// the first of each role.
func TestMigrateKeepsCloses(t *testing.T) {
	steps, err := migrations("migrations")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_780_000_000, 0) }
	path := filepath.Join(t.TempDir(), "l.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), &Ledger{db: db, now: now}, nil, steps[:6]); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO people (num, id) VALUES (7, 'anna')`,
		`INSERT INTO closes (num, kind, first, last, person, role, name, title, team, at, mended, reopened) VALUES (3, 'week', 20584, 20590, 7, 'rep', 'Анна', 'Продажи', 'Север', 5, 0, 1)`,
		`INSERT INTO closed_kpis (closed, ord, kpi, title, unit, plan, fact, light, version, working, reported, missing) VALUES (3, 0, 'calls', 'Звонки', 'count', 9, 8, 'red', 'роль', 5, 4, 1)`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), path, now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got []department.Closed
	if err := l.Closes(t.Context(), calendar.Span{To: 30000}, func(c department.Closed) bool {
		got = append(got, c)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Person != "anna" || got[0].Again != 0 || len(got[0].KPIs) != 1 ||
		got[0].KPIs[0].Fact.V != 8 {
		t.Fatalf("the closes are %+v", got)
	}
	ids, err := l.CloseIDs(t.Context(), 0)
	if reopened, ok := ids[CloseID{Period: got[0].Period, Person: "anna", Role: "rep"}]; err != nil || !ok ||
		!reopened {
		t.Errorf("their ids are %v, %v", ids, err)
	}
	again := got[0]
	again.Again = 1
	if err := l.KeepCloses(t.Context(), []department.Closed{again}); err != nil {
		t.Fatal(err)
	}
	if ids, err = l.CloseIDs(t.Context(), 0); err != nil || len(ids) != 2 {
		t.Errorf("with the second stint there are %v, %v", ids, err)
	}
}

// TestSharesOfEarlierLedgers keeps the people to whom an earlier program gave access, so
// that it can be taken away, and marks files to be looked up that the program had only
// found.
func TestSharesOfEarlierLedgers(t *testing.T) {
	steps, err := migrations("migrations")
	if err != nil {
		t.Fatal(err)
	}
	before := slices.IndexFunc(steps, func(m migration) bool { return strings.HasSuffix(m.name, "_shares.sql") })
	path := filepath.Join(t.TempDir(), "l.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_780_000_000, 0) }
	if err := migrate(t.Context(), &Ledger{db: db, now: now}, nil, steps[:before]); err != nil {
		t.Fatal(err)
	}
	for id, shared := range map[string]string{
		"new":   ``,
		"found": `{"roles":{},"before":true}`,
		"known": `{"roles":{"a@example.com":"writer"},"others":[{"who":"","role":"reader"},{"who":"b@example.com","role":"writer"}],"failed":"400"}`,
	} {
		if _, err := db.ExecContext(t.Context(),
			`INSERT INTO files (id, kind, person, url, digest, trouble, gone, shared`+moreOfFiles(t, db)+
				`) VALUES (?, 'report', ?, '', '', '', 0, ?, x'', 0)`, id, id, shared); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(t.Context(),
		`INSERT INTO named VALUES ('sharing.paused', CAST('2026-05-15T12:00:00Z' AS BLOB))`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), path, now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	got, err := l.Shares(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Shares{"known": {
		Known: true, Roles: map[string]string{"a@example.com": "writer"},
		External: []ExternalAccess{{Role: "reader"}, {Who: "b@example.com", Role: "writer"}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("shares are %+v, want %+v", got, want)
	}
	until, err := l.SharingRests(t.Context())
	if want := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC); err != nil || !until.Equal(want) {
		t.Errorf("sharing rests until %v, %v; want %v", until, err, want)
	}
}

// moreOfFiles are the columns of files whose names depend on the schema.
func moreOfFiles(t *testing.T, db *sql.DB) string {
	t.Helper()
	var renamed bool
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM pragma_table_info('files') WHERE name = 'layout'`).
		Scan(&renamed); err != nil {
		t.Fatal(err)
	}
	if renamed {
		return ", layout, unread"
	}
	return ", state, dirty"
}

// The contents of spreadsheets are still known after they move to a table of their own.
func TestMigrateKeepsLayouts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrations("migrations")
	if err != nil {
		t.Fatal(err)
	}
	before := slices.IndexFunc(steps, func(m migration) bool { return strings.Contains(m.name, "layouts") })
	now := func() time.Time { return time.Unix(1_780_000_000, 0) }
	if err := migrate(t.Context(), &Ledger{db: db, now: now}, nil, steps[:before]); err != nil {
		t.Fatal(err)
	}
	for id, layout := range map[string][]byte{"a": {1, 2}, "b": {}, "c": {3}} {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO files (id, kind, person, url, layout, digest, unread, trouble, gone)
			VALUES (?, 'report', ?, '', ?, 'd', 0, '', 0)`, id, id, layout); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), path, now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	got := map[string]string{}
	list, err := l.Files(t.Context())
	for _, f := range list {
		layout, known := f.Layout()
		if known != f.Known() || f.Digest() != "d" {
			t.Errorf("%s: known %t and %t, digest %q", f.ID, known, f.Known(), f.Digest())
		}
		got[f.ID] = string(layout)
	}
	if want := map[string]string{"a": "\x01\x02", "b": "", "c": "\x03"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the layouts are %q, %v; want %q", got, err, want)
	}
}

// A layout that was replaced since its file was listed is no longer known: what was
// listed before can neither be used nor put back.
func TestLayoutsAreNeverOld(t *testing.T) {
	l, err := Open(t.Context(), ":memory:", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	put := func(f files.File) files.File {
		t.Helper()
		if err := l.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		list, err := l.Files(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	f := files.Made("1", files.Report, "anna", "")
	f.Read([]byte("one"), true)
	was := put(f)
	again := was
	again.Reread()
	if again = put(again); !again.Known() {
		t.Error("a layout is forgotten when something else changes")
	}
	if layout, known := was.Layout(); !known || string(layout) != "one" {
		t.Errorf("%q, %t", layout, known)
	}
	f.Read([]byte("two"), true)
	now := put(f)
	if layout, known := was.Layout(); known {
		t.Errorf("what was replaced is still known as %q", layout)
	}
	if was.Equal(now) || !now.Equal(f) {
		t.Error("another layout is equal, or the same one is not")
	}
	if old := put(was); old.Known() {
		t.Error("what was listed before is put back")
	}
	var n int
	if err := l.db.QueryRowContext(t.Context(), `SELECT count(*) FROM layouts`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d layouts are left over, %v", n, err)
	}
}

// No two steps have one number: the later one would never be applied.
func TestStepsAreNumberedOnce(t *testing.T) {
	for _, folder := range []string{"migrations", "migrations/postgres"} {
		steps, err := migrations(folder)
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range steps {
			n, err := step.version()
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				continue
			}
			if before, err := steps[i-1].version(); err != nil || n != before+1 {
				t.Errorf("%s: %s follows %s (%v)", folder, step.name, steps[i-1].name, err)
			}
		}
	}
}
