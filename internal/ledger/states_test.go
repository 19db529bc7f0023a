package ledger

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
)

// Values that were stored by name before they had columns are there afterwards, and those
// that could be wrong are determined anew.
func TestMigrateKeepsStates(t *testing.T) {
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
	at := -1
	for i, s := range steps {
		if s.name[len("0000_"):] == "states.sql" {
			at = i
		}
	}
	if err := migrate(t.Context(), &Ledger{db: db, now: now}, nil, steps[:at]); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO files (id, kind, person, url, state, digest, dirty, trouble, gone) VALUES ('1a', 'report', 'anna', 'https://x/1a', x'0001', 'd', 1, 'no access', 1)`,
		`INSERT INTO files (id, kind, person, url, state, digest, dirty, trouble, gone) VALUES ('2b', 'summary', '', 'https://x/2b', x'', '', 0, '', 0)`,
		`INSERT INTO named (name, value) VALUES
			('cursor', CAST('folder/drive/17' AS BLOB)), ('distrust', CAST('yes' AS BLOB)), ('restore', CAST('wanted' AS BLOB)),
			('recent', CAST('{"2b":"2026-05-14T15:04:05.5+03:00","unknown":"2026-05-14T12:00:00Z"}' AS BLOB)),
			('creating:report/anna', CAST('Отчёт' AS BLOB)), ('creating:summary/', CAST('Сводка' AS BLOB)),
			('settled', CAST('2026-05-14 over=true' AS BLOB)), ('as-of', CAST('{"Today":"2026-05-14","Over":true}' AS BLOB)),
			('states', CAST('{"Served":7}' AS BLOB)), ('changed-at', CAST('2026-05-14T12:30:00Z' AS BLOB)),
			('read_by', CAST('1' AS BLOB)), ('transfers', CAST('2026-05-13' AS BLOB)), ('swept', CAST('2026-05-10' AS BLOB)), ('looked', CAST('2026-05-12' AS BLOB)), ('days', CAST('[]' AS BLOB))`,
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
	list, err := l.Files(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d files, %v", len(list), err)
	}
	anna, summary := list[0], list[1]
	if layout, known := anna.Layout(); !known || len(layout) != 2 || anna.Digest() != "d" || !anna.Unread() ||
		anna.BeingWritten() || anna.Trouble() != "no access" || !anna.Gone() {
		t.Errorf("%+v", anna.Row())
	}
	if want := time.Date(2026, 5, 14, 12, 4, 5, 0, time.UTC); summary.Known() || summary.Gone() || summary.Unread() ||
		!summary.ChangedAt().Equal(want) {
		t.Errorf("%+v", summary.Row())
	}
	feed, err := l.Feed(t.Context())
	if want := (files.Feed{Cursor: "folder/drive/17", Distrusted: true}); err != nil || feed != want {
		t.Errorf("the feed is %+v, %v", feed, err)
	}
	for _, begun := range []struct {
		kind, person string
		before       bool
	}{{files.Report, "anna", true}, {files.Summary, "", true}, {files.Report, "boris", false}} {
		before, err := l.BeginFile(t.Context(), begun.kind, department.PersonID(begun.person))
		if err != nil || before != begun.before {
			t.Errorf("%v: begun before: %t, %v", begun, before, err)
		}
	}
	c, err := l.Cycle(t.Context())
	want := Cycle{Today: day("2026-05-14"), Over: true, ChangedAt: time.Date(2026, 5, 14, 12, 30, 0, 0, time.UTC),
		ReadBy: "1", TransfersTold: day("2026-05-13"), Looked: day("2026-05-12"), ReadTo: day("2026-05-10"),
		Restore: true}
	if err != nil || c != want {
		t.Errorf("the cycle is %+v, %v; want %+v", c, err, want)
	}
	var names int
	if err := l.db.QueryRowContext(t.Context(), `SELECT count(*) FROM named`).Scan(&names); err != nil || names != 1 {
		t.Errorf("%d named values are left, %v; want the one that has no column", names, err)
	}
}

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// The next cycle gets what one cycle leaves, and each part changes by itself.
func TestCycle(t *testing.T) {
	l, err := Open(t.Context(), ":memory:", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := l.Cycle(t.Context())
	if err != nil || c != (Cycle{}) {
		t.Errorf("a new ledger has %+v, %v", c, err)
	}
	want := Cycle{ReadBy: "1", TransfersTold: 4, Looked: 5, ReadTo: 6, Restore: true}
	want.Touch(time.Date(2026, 5, 14, 12, 30, 59, 0, time.UTC))
	want.Finish("now", 20_000, true, States{Served: 1, Unreadable: 2, BadCells: 3, NotReported: 4, Unshared: 5,
		ByHand: 6})
	save := func(f func(*Cycle)) {
		t.Helper()
		if err := l.Save(t.Context(), Save{Cycle: f}); err != nil {
			t.Fatal(err)
		}
	}
	save(func(c *Cycle) { *c = want })
	if c, err = l.Cycle(t.Context()); err != nil || c != want {
		t.Errorf("%+v became %+v, %v", want, c, err)
	}
	save((*Cycle).Outdate)
	want.UpToDate = ""
	if c, err = l.Cycle(t.Context()); err != nil || c != want || c.ChangedAt.Second() != 0 {
		t.Errorf("%+v became %+v, %v", want, c, err)
	}
	// If a change cannot be stored, nothing stored with it changes either.
	err = l.Save(t.Context(), Save{Cycle: func(c *Cycle) {
		c.UpToDate = "wrong"
	}, Feed: (*files.Feed).Distrust, Files: []files.File{{Kind: files.Report}}})
	feed, ferr := l.Feed(t.Context())
	if c, cerr := l.Cycle(t.Context()); err == nil || cerr != nil || ferr != nil || c != want || feed.Distrusted {
		t.Errorf("%v; then %+v, %v, %+v, %v", err, c, cerr, feed, ferr)
	}
}
