package ledger_test

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/ledger"
)

// A notice is claimed by one process, once; a failed one again, but not for ever.
func TestNotices(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "l.db")
	l := mustOpen(t, path, c.now)
	day := calendar.Of(2026, 5, 15)
	anna := ledger.Notice{Day: day, Kind: "missing", Who: "anna"}
	take := func(n ledger.Notice, want bool) {
		t.Helper()
		if ok, err := l.TakeNotice(t.Context(), n, 2); err != nil || ok != want {
			t.Errorf("%v taken: %v, %v; want %v", n, ok, err, want)
		}
	}
	end := func(n ledger.Notice, problem string) {
		t.Helper()
		if err := l.EndNotice(t.Context(), n, problem); err != nil {
			t.Error(err)
		}
	}
	take(anna, true)
	take(anna, false) // being sent, or cut off in the middle: nobody knows
	if err := l.ReturnNotice(t.Context(), anna, "no connection"); err != nil {
		t.Error(err)
	}
	take(anna, true) // that did not count as a try
	end(anna, "no such chat")
	take(anna, true)
	c.add(60_000_000_000)
	end(anna, "no such chat")
	take(anna, false) // tried often enough
	for _, other := range []ledger.Notice{{Day: day, Kind: "before", Who: "anna"},
		{Day: day, Kind: "missing", Who: "petr"}, {Day: day.Add(1), Kind: "missing", Who: "anna"}} {
		take(other, true)
	}
	petr := ledger.Notice{Day: day, Kind: "missing", Who: "petr"}
	end(petr, "")
	take(petr, false)
	if err := l.EndNotice(t.Context(), petr, ""); err == nil {
		t.Error("a notice that nobody took is ended")
	}

	got, err := l.Notices(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	start := newClock().t
	want := map[ledger.Notice]ledger.NoticeRecord{
		anna: {State: ledger.NoticeFailed, Tries: 2, Problem: "no such chat",
			At: start.Add(60_000_000_000)},
		petr:                                    {State: ledger.NoticeSent, Tries: 1, At: start.Add(60_000_000_000)},
		{Day: day, Kind: "before", Who: "anna"}: {State: ledger.NoticeTaken, Tries: 1, At: start.Add(60_000_000_000)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	// Old notices are deleted.
	take(ledger.Notice{Day: day.Add(91), Kind: "missing", Who: "anna"}, true)
	if got, err := l.Notices(t.Context(), day); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// Of two processes that want to send the same notice, one does.
func TestANoticeIsTakenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	c := newClock()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 2 {
		l := shared(mustOpen(t, path, c.now))
		wg.Go(func() {
			for i := range 20 {
				ok, err := l.TakeNotice(t.Context(), ledger.Notice{Day: calendar.Of(2026, 5, 15), Kind: "missing",
					Who: string(rune('a' + i))}, 3)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if won.Load() != 20 {
		t.Errorf("20 notices were taken %d times", won.Load())
	}
}

// For everybody the last notice that was sent or failed counts; those that could not be
// tried do not.
func TestUndelivered(t *testing.T) {
	c := newClock()
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), c.now)
	day := calendar.Of(2026, 5, 15)
	send := func(d calendar.Date, kind, who, problem string) {
		t.Helper()
		c.add(60_000_000_000)
		n := ledger.Notice{Day: d, Kind: kind, Who: who}
		if ok, err := l.TakeNotice(t.Context(), n, 3); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if problem == "?" {
			return
		}
		if err := l.EndNotice(t.Context(), n, problem); err != nil {
			t.Fatal(err)
		}
	}
	want := func(u map[string]ledger.Undelivered) {
		t.Helper()
		got, err := l.Undelivered(t.Context(), day-5, "before", "missing")
		if d := cmp.Diff(u, got); d != "" || err != nil {
			t.Error(d, err)
		}
	}
	send(day-6, "missing", "long ago", "no such chat")
	send(day, "digest", "boss", "no such chat")
	send(day, "before", "anna", "no such chat")
	send(day, "before", "petr", "")
	send(day, "missing", "petr", "blocked")
	want(map[string]ledger.Undelivered{"anna": {Day: day, Problem: "no such chat"},
		"petr": {Day: day, Problem: "blocked"}})
	send(day, "missing", "anna", "?") // nobody knows
	send(day+1, "before", "petr", "")
	down := ledger.Notice{Day: day + 1, Kind: "missing", Who: "olga"}
	if ok, err := l.TakeNotice(t.Context(), down, 3); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := l.ReturnNotice(t.Context(), down, "nobody listens"); err != nil {
		t.Fatal(err)
	}
	want(map[string]ledger.Undelivered{"anna": {Day: day, Problem: "no such chat"}})
}
