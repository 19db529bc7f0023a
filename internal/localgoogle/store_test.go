package localgoogle

import (
	"strings"
	"testing"
)

func TestCommitsAreDurable(t *testing.T) {
	st, err := openStore(t.Context(), t.TempDir()+"/with space?&#")
	if err == nil {
		t.Fatal("opened a directory that is not there")
	}
	if st, err = openStore(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.close(); err != nil {
			t.Error(err)
		}
	}()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := st.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", pragma, got, want, err)
		}
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	st, err := openStore(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := st.close(); err != nil {
		t.Fatal(err)
	}
	if _, err = openStore(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "use a newer program") {
		t.Errorf("got %v", err)
	}
}

// TestOnlyWhatChangedIsStored counts the rows that a change writes.
func TestOnlyWhatChangedIsStored(t *testing.T) {
	st, err := openStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.close(); err != nil {
			t.Error(err)
		}
	}()
	v := &version{}
	doc := newDocument().begin()
	sh := doc.writable(v, 0)
	for r := range 500 {
		sh.ensure(r, 3).num = 1
		sh.ensure(r, 3).kind = cellNumber
	}
	changes := func() (n int) {
		if err := st.db.QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := st.commit(t.Context(), change{docs: []docChange{{num: 1, new: doc}}}); err != nil {
		t.Fatal(err)
	}
	before := changes()
	next := doc.begin()
	v = &version{}
	next.writable(v, 0).ensure(250, 3).num = 2
	if err := st.commit(t.Context(), change{docs: []docChange{{num: 1, old: doc, new: next}}}); err != nil {
		t.Fatal(err)
	}
	if n := changes() - before; n != 1 {
		t.Errorf("one typed cell changed %d rows of the database", n)
	}
	if doc.sheet(0).at(250, 3).num != 1 {
		t.Error("the old version changed")
	}
	loaded, err := st.loadDocument(t.Context(), 1)
	if err != nil || loaded.sheet(0).at(250, 3).num != 2 || len(loaded.sheet(0).rows) != 500 {
		t.Errorf("loaded %v", err)
	}
}
