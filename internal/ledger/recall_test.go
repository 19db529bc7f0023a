package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/files"
	"svodka/internal/ledger/pgtest"
)

// twins are two ledgers of one schema, such as two processes have.
func twins(t *testing.T) (mine, others *Ledger) {
	t.Helper()
	address := pgtest.Address(t)
	d, err := Connect(t.Context(), address, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	schema := "twins_" + strings.ToLower(t.Name())
	if mine, err = d.Open(t.Context(), schema, time.Now); err == nil {
		others, err = d.Open(t.Context(), schema, time.Now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return mine, others
}

// What has been read is not asked for again while nobody else may write, and never after
// this process has written, or somebody else may have.
func TestWhatIsRememberedIsTrue(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	set := func(l *Ledger, value string) {
		t.Helper()
		if err := l.Save(ctx, Save{Values: map[string][]byte{"x": []byte(value)}}); err != nil {
			t.Fatal(err)
		}
	}
	see := func(want string) {
		t.Helper()
		got, err := mine.Get(ctx, "x")
		if err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("read: %q, %v; want %q", got, err, want)
		}
	}
	see("")
	set(others, "1") // a ledger that nobody holds remembers nothing
	see("1")
	mine.Hold(false)
	see("1")
	set(others, "2") // which nobody does without the claim: so it shows what is remembered
	see("1")
	set(mine, "3")
	see("3")
	set(others, "4")
	see("3")

	mine.Fence("", nil) // the claim is given back
	see("4")
	set(others, "5")
	mine.Hold(true) // and taken again; "5" was written against the rules
	see("3")
	mine.Fence("", nil)
	mine.Hold(false)
	see("5")

	// A write that fails may have changed something all the same: the answer was lost.
	set(others, "6")
	mine.Hold(true)
	see("5")
	refused := errors.New("refused")
	if err := mine.write(ctx, "write", func(tx *sql.Tx) error {
		return errors.Join(putValues(ctx, tx, map[string][]byte{"y": nil, "z": []byte("z")}),
			tx.QueryRowContext(ctx, `SELECT 1`).Scan(new(int)), refused) // by then all of it was sent
	}); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	see("6")
	set(others, "7")
	see("6")
	if err := mine.write(ctx, "write", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE named SET value = NULL`)
		return err
	}); err == nil {
		t.Fatal("no value is no error")
	}
	see("7")

	// Nothing is as good an answer as something.
	mine.Fence("", nil)
	set(mine, "")
	if err := mine.Set(ctx, "x", nil); err != nil {
		t.Fatal(err)
	}
	mine.Hold(false)
	see("")
	set(others, "8")
	see("")
}

// Several queries that need one state need no transaction while nobody else writes: they
// are remembered as others are, and our own writes wait for them.
func TestWritesWaitForWhoReadsOneState(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	set := func(l *Ledger, value string) {
		t.Helper()
		if err := l.Set(ctx, "x", []byte(value)); err != nil {
			t.Error(err)
		}
	}
	ask := func(q querier) (value string) {
		t.Helper()
		var b []byte
		if err := q.QueryRowContext(ctx, `SELECT value FROM named WHERE name = ?`, "x").Scan(&b); err != nil {
			t.Error(err)
		}
		return string(b)
	}
	set(others, "1")
	mine.Hold(false)
	written := make(chan struct{})
	err := mine.read(ctx, "read", func(q querier) error {
		first := ask(q)
		go func() {
			defer close(written)
			set(mine, "2")
		}()
		select {
		case <-written:
			t.Error("a write does not wait")
		case <-time.After(100 * time.Millisecond):
		}
		// Without what is remembered, so that the database is asked.
		mine.memory.mu.Lock()
		mine.memory.forget()
		mine.memory.mu.Unlock()
		if second := ask(q); first != "1" || second != "1" {
			t.Errorf("it reads %q, and then %q", first, second)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	<-written
	read := func(want string) {
		t.Helper()
		if err := mine.read(ctx, "read", func(q querier) error {
			if got := ask(q); got != want {
				t.Errorf("it reads %q, want %q", got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	read("2")
	set(others, "3") // against the rules
	read("2")
	mine.Fence("", nil)
	read("3")
}

// Queries that were made together are asked for at once the next time, as of one moment.
func TestQueriesMadeTogetherAreAskedAtOnce(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	set := func(name, value string) {
		t.Helper()
		if err := others.Set(ctx, name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	set("x", "1")
	set("y", "1")
	mine.Hold(false)
	read := func(between string) (x, y string) {
		t.Helper()
		err := mine.read(ctx, "read both", func(q querier) error {
			for name, value := range map[string]*string{"x": &x, "y": &y} {
				var b []byte
				if err := q.QueryRowContext(ctx, `SELECT value FROM named WHERE name = ?`, name).Scan(&b); err != nil {
					return err
				}
				*value = string(b)
				if between != "" { // against the rules
					set("x", between)
					set("y", between)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		mine.memory.mu.Lock()
		defer mine.memory.mu.Unlock()
		if len(mine.memory.kept) != 2 {
			t.Errorf("%d answers are remembered", len(mine.memory.kept))
		}
		mine.memory.forget()
		return x, y
	}
	if x, y := read(""); x != "1" || y != "1" {
		t.Errorf("at first it reads %q and %q", x, y)
	}
	if x, y := read("2"); x != "1" || y != "1" {
		t.Errorf("while somebody else writes it reads %q and %q", x, y)
	}
	if x, y := read(""); x != "2" || y != "2" {
		t.Errorf("in the end it reads %q and %q", x, y)
	}
}

// What is read while somebody writes is not remembered: it may be from before.
func TestNothingIsRememberedDuringAWrite(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	mine.Hold(false)
	get := func() string {
		t.Helper()
		got, err := mine.Get(ctx, "x")
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	err := mine.write(ctx, "write", func(tx *sql.Tx) error {
		if got := get(); got != "" {
			t.Errorf("before it is written it is %q", got)
		}
		return putValues(ctx, tx, map[string][]byte{"x": []byte("1")})
	})
	if got := get(); err != nil || got != "1" {
		t.Errorf("after it was written it is %q, %v", got, err)
	}

	// One that begins before the answer has come.
	rows, err := alone{mine.db, mine.schema, &mine.memory}.QueryContext(ctx, `SELECT value FROM named ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	if err := mine.Set(ctx, "y", []byte("2")); err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	all := 0
	if err := mine.each(ctx, "list", func(*sql.Rows) error { all++; return nil },
		`SELECT value FROM named ORDER BY name`); err != nil || n != 1 || all != 2 {
		t.Errorf("%d values, then %d, %v", n, all, err)
	}

	// Synced concerns nothing that is read.
	if _, err := mine.Feed(ctx); err != nil {
		t.Fatal(err)
	}
	if err := mine.Synced(ctx, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := others.Save(ctx, Save{Feed: func(f *files.Feed) { f.Follow("9") }}); err != nil {
		t.Fatal(err)
	}
	if f, err := mine.Feed(ctx); err != nil || f.Cursor != "" {
		t.Errorf("the feed is asked for again: %q, %v", f.Cursor, err)
	}
}

// After somebody else had the claim, the first question brings the answers to all that
// were asked the time before.
func TestUsualQuestionsAreAskedAtOnce(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	file := files.File{ID: "f1", Kind: files.Control}
	if err := mine.PutFile(ctx, file); err != nil {
		t.Fatal(err)
	}
	ask := func() string {
		t.Helper()
		feed, err := mine.Feed(ctx)
		if err != nil {
			t.Fatal(err)
		}
		list, err := mine.FilesOf(ctx, files.Control)
		if err != nil {
			t.Fatal(err)
		}
		none, err := mine.FilesOf(ctx, files.Team)
		if err != nil {
			t.Fatal(err)
		}
		value, err := mine.Get(ctx, "x")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s, %d, %d, %s", feed.Cursor, len(list), len(none), value)
	}
	change := func(to string) {
		t.Helper()
		if err := others.Save(ctx, Save{Values: map[string][]byte{"x": []byte(to)},
			Feed: func(f *files.Feed) { f.Follow(to) }}); err != nil {
			t.Fatal(err)
		}
	}
	change("1")
	mine.Hold(false)
	if got, want := ask(), "1, 1, 0, 1"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	change("2")
	mine.Fence("", nil)
	mine.Hold(false)
	if f, err := mine.Feed(ctx); err != nil || f.Cursor != "2" {
		t.Fatalf("%q, %v", f.Cursor, err)
	}
	change("3") // against the rules: so it shows that the value has been asked for already
	if got, want := ask(), "2, 1, 0, 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}

	// What a write concerns is asked anew, and nothing else.
	if err := mine.Set(ctx, "y", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(), "2, 1, 0, 3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A statement says which tables it changes, and nothing that it may change is missed.
func TestTouched(t *testing.T) {
	for statement, want := range map[string]string{
		"SELECT id FROM people":          "",
		"\n\tUPDATE cycle SET today = 1": "cycle", "DELETE FROM files WHERE id = $1": "files",
		"INSERT INTO entries (person) VALUES ($1) ON CONFLICT (person) DO UPDATE SET x = 1": "entries people",
		"UPDATE closes SET mended = 1": "closes versions", "INSERT INTO feed VALUES (1)": "feed",
		"WITH x AS (DELETE FROM files) SELECT 1": "all", "ALTER TABLE people ADD COLUMN x int": "all",
		"UPDATE migrations SET needs = 1": "all", "": "all", "INSERT INTO files(id) VALUES (1)": "all",
	} {
		var x touched
		x.note(statement)
		got := strings.Join(slices.Sorted(maps.Keys(x.tables)), " ")
		if x.all {
			got = "all"
		}
		if got != want {
			t.Errorf("%q touches %q, want %q", statement, got, want)
		}
	}
	x := touched{tables: map[string]bool{"files": true}}
	for query, want := range map[string]bool{"SELECT 1 FROM files": true, "SELECT 1 FROM shared_files": false,
		"SELECT x FROM a JOIN files,b": true, "SELECT 'x' FROM files_begun": false} {
		if x.concerns(wordsOf(query)) != want {
			t.Errorf("%q is concerned: %v", query, !want)
		}
	}
}

// What triggers and foreign keys change behind a statement is known.
func TestTouchedByTriggers(t *testing.T) {
	mine, _ := twins(t)
	err := mine.each(t.Context(), "list triggers", func(rows *sql.Rows) error {
		var table, source string
		if err := rows.Scan(&table, &source); err != nil {
			return err
		}
		for w := range wordsOf(source) {
			if w != table && w != follows[table] && slices.Contains(tables, w) {
				t.Errorf("a trigger of %s names %s", table, w)
			}
		}
		return nil
	}, `SELECT c.relname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	var keys, triggers int
	if err := mine.row(t.Context(), "count", []any{&keys, &triggers}, `SELECT
		(SELECT count(*) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype = 'f'
			AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))),
		(SELECT count(DISTINCT tgrelid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace)`); err != nil {
		t.Fatal(err)
	}
	if keys != 0 || triggers != len(follows) {
		t.Errorf("%d foreign keys change other tables; %d tables have triggers, %d are known", keys, triggers,
			len(follows))
	}
}

// Answers that are too large are not kept.
func TestLittleIsRemembered(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	large := make([]byte, mostRemembered)
	if err := mine.Set(ctx, "x", large); err != nil {
		t.Fatal(err)
	}
	mine.Hold(false)
	for range 2 {
		if got, err := mine.Get(ctx, "x"); err != nil || len(got) != len(large) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	if mine.memory.size != 0 || len(mine.memory.kept) != 0 || len(mine.memory.asked) != 0 {
		t.Errorf("%d bytes of %d answers are kept", mine.memory.size, len(mine.memory.kept))
	}
	if err := others.Set(ctx, "x", []byte("small")); err != nil {
		t.Fatal(err)
	}
	if got, err := mine.Get(ctx, "x"); err != nil || string(got) != "small" {
		t.Errorf("%q, %v", got, err)
	}
	if mine.memory.size == 0 {
		t.Error("a small answer is not kept")
	}
}
