package ledger_test

import (
	"testing"
	"time"

	"svodka/internal/files"
	"svodka/internal/ledger"
)

// What waits is what is unread or in trouble, what the last cycle could not share, and
// what it left.
func TestWork(t *testing.T) {
	clock := newClock()
	l := mustOpen(t, ":memory:", clock.now)
	ctx := t.Context()
	is := func(want ledger.Work) {
		t.Helper()
		if got, err := l.Work(ctx); err != nil || got != want {
			t.Errorf("%+v (%v) waits, want %+v", got, err, want)
		}
	}
	is(ledger.Work{More: true}) // nothing has been done yet
	put := func(id string, change func(*files.File)) {
		t.Helper()
		f := files.File{ID: id, Kind: files.Report}
		change(&f)
		if err := l.PutFile(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	put("a", func(f *files.File) {})
	put("b", func(f *files.File) { f.Reread() })
	put("c", func(f *files.File) { f.Reread(); f.Fail("no access") })
	put("d", func(f *files.File) { f.Reread(); f.Trash(clock.now()) })
	finish := func(upToDate string, s ledger.States) {
		t.Helper()
		err := l.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.Finish(upToDate, c.Today, false, s) }})
		if err != nil {
			t.Fatal(err)
		}
	}
	finish("now", ledger.States{Served: 2, Unshared: 3, Unmoved: 4, Lost: 5})
	is(ledger.Work{Unread: 2, Troubled: 1, Unshared: 3, Unmoved: 4, Lost: 5})
	finish("", ledger.States{Served: 4})
	is(ledger.Work{Unread: 2, Troubled: 1, More: true})
	if err := l.Synced(ctx, time.Date(2026, 5, 18, 9, 0, 40, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	is(ledger.Work{Unread: 2, Troubled: 1, More: true, Synced: time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC)})
}
