package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
)

// clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return c.t
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 15, 18, 0, 0, 0, time.UTC)} }

func mustOpen(t testing.TB, path string, now func() time.Time) *ledger.Ledger {
	t.Helper()
	l, err := open(t, path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// shared returns a ledger into which others write as well: it may not take for certain
// what it has read.
func shared(l *ledger.Ledger) *ledger.Ledger {
	l.Fence("", nil)
	return l
}

func mustStore(t testing.TB, l *ledger.Ledger, r ledger.Reading) bool {
	t.Helper()
	changed, err := l.Store(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

var may = calendar.MonthOf(calendar.Of(2026, 5, 1)).Span

func day(n int) calendar.Date { return calendar.Of(2026, 5, n) }

func entry(who department.PersonID, d calendar.Date, kpi string, v float64) department.Entry {
	return department.Entry{Person: who, Date: d, KPI: kpi, Value: v}
}

// read returns a reading of Anna's calls and talks in May.
func read(entries ...department.Entry) ledger.Reading {
	return ledger.Reading{Person: "anna", Scopes: []ledger.Scope{{Span: may, KPIs: []string{"calls", "talks"}}},
		Entries: entries}
}

func entries(t testing.TB, l *ledger.Ledger, s calendar.Span) []department.Entry {
	t.Helper()
	var out []department.Entry
	if err := l.Entries(t.Context(), s, func(e department.Entry) { out = append(out, e) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func edits(t testing.TB, l *ledger.Ledger) []ledger.Edit {
	t.Helper()
	out, err := l.Edits(t.Context(), time.Time{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestStoreKeepsWhatChanged(t *testing.T) {
	c := newClock()
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), c.now)
	first := c.now()
	if !mustStore(t, l, read(entry("anna", day(4), "calls", 50), entry("anna", day(4), "talks", 0),
		entry("anna", day(5), "calls", 48.25))) {
		t.Error("the first reading changed nothing")
	}
	same(t, "edits of first figures", []ledger.Edit(nil), edits(t, l))

	second := c.add(time.Hour)
	if mustStore(t, l, read(entry("anna", day(5), "calls", 48.25), entry("anna", day(4), "talks", 0),
		entry("anna", day(4), "calls", 50))) {
		t.Error("the same reading in another order changed something")
	}
	if !mustStore(t, l, read(entry("anna", day(4), "calls", 55), entry("anna", day(5), "calls", 48.25),
		entry("anna", day(6), "calls", 1))) {
		t.Error("another reading changed nothing")
	}
	same(t, "edits", []ledger.Edit{
		{Entry: entry("anna", day(4), "calls", 55), Was: 50, At: second},
		{Entry: entry("anna", day(4), "talks", 0), Was: 0, Gone: true, At: second},
	}, edits(t, l))

	var figures []ledger.Figure
	if err := l.Figures(t.Context(), may, func(f ledger.Figure) { figures = append(figures, f) }); err != nil {
		t.Fatal(err)
	}
	same(t, "figures", []ledger.Figure{
		{Entry: entry("anna", day(4), "calls", 55), Seen: first, Changed: second},
		{Entry: entry("anna", day(5), "calls", 48.25), Seen: first, Changed: first},
		{Entry: entry("anna", day(6), "calls", 1), Seen: second, Changed: second},
	}, figures)

	got, err := l.Edits(t.Context(), first, second)
	if err != nil || len(got) != 0 {
		t.Errorf("edits before the second reading: %v, %v", got, err)
	}
	if got, err = l.Edits(t.Context(), second, second.Add(time.Millisecond)); err != nil || len(got) != 2 {
		t.Errorf("edits of the second reading: %v, %v; want 2", got, err)
	}
}

func TestScopes(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	june := calendar.Of(2026, 6, 1)
	all := ledger.Reading{
		Person: "anna",
		Scopes: []ledger.Scope{{Span: calendar.Span{From: day(1), To: june},
			KPIs: []string{"calls", "talks", "leads"}}},
		Entries: []department.Entry{
			entry("anna", day(4), "calls", 1), entry("anna", day(4), "leads", 2), entry("anna", day(4), "talks", 3),
			entry("anna", day(20), "calls", 4), entry("anna", june, "calls", 5),
		},
	}
	mustStore(t, l, all)
	mustStore(t, l, ledger.Reading{Person: "boris", Scopes: all.Scopes,
		Entries: []department.Entry{entry("boris", day(4), "calls", 6)}})

	for _, c := range []struct {
		name   string
		scopes []ledger.Scope
		gone   []int // of all.Entries
	}{
		{"nothing seen", nil, nil},
		{"an empty span", []ledger.Scope{{Span: calendar.Span{From: day(9), To: day(4)},
			KPIs: []string{"calls"}}}, nil},
		{"another KPI", []ledger.Scope{{Span: may, KPIs: []string{"revenue"}}}, nil},
		{"one KPI of one day", []ledger.Scope{{Span: calendar.Span{From: day(4), To: day(4)}, KPIs: []string{"talks"}}},
			[]int{2}},
		{"two scopes, one inside the other", []ledger.Scope{{Span: may, KPIs: []string{"calls"}},
			{Span: calendar.Span{From: day(4), To: day(5)}, KPIs: []string{"leads"}}}, []int{0, 1, 3}},
		{"two scopes apart", []ledger.Scope{{Span: calendar.Span{From: june, To: june}, KPIs: []string{"calls"}},
			{Span: calendar.Span{From: day(1), To: day(4)}, KPIs: []string{"calls"}}}, []int{0, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if changed := mustStore(t, l, ledger.Reading{Person: "anna", Scopes: c.scopes}); changed !=
				(len(c.gone) > 0) {
				t.Errorf("changed: %v", changed)
			}
			var want []department.Entry
			for i, e := range all.Entries {
				kept := true
				for _, g := range c.gone {
					kept = kept && g != i
				}
				if kept {
					want = append(want, e)
				}
			}
			want = append(want, entry("boris", day(4), "calls", 6))
			same(t, "entries", want, entries(t, l, calendar.Span{From: day(1), To: june}))
			mustStore(t, l, all)
		})
	}
	same(t, "a day's entries", []department.Entry{all.Entries[3]},
		entries(t, l, calendar.Span{From: day(20), To: day(20)}))
}

func TestReadingsThatContradictThemselves(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	good := read(entry("anna", day(4), "calls", 1))
	mustStore(t, l, good)
	with := func(f func(*ledger.Reading)) ledger.Reading {
		r := read(entry("anna", day(5), "calls", 2))
		f(&r)
		return r
	}
	for _, c := range []struct {
		name, says string
		r          ledger.Reading
	}{
		{"no person", "no person", with(func(r *ledger.Reading) { r.Person = "" })},
		{"somebody else's", `calls on 2026-05-05 is an entry of "boris"`, with(func(r *ledger.Reading) {
			r.Entries[0].Person = "boris"
		})},
		{"twice", "calls on 2026-05-05 stands twice", with(func(r *ledger.Reading) {
			r.Entries = append(r.Entries, r.Entries[0])
		})},
		{"not a number", "calls on 2026-05-05 is NaN", with(func(r *ledger.Reading) {
			r.Entries[0].Value = math.NaN()
		})},
		{"infinite", "calls on 2026-05-05 is +Inf", with(func(r *ledger.Reading) { r.Entries[0].Value = math.Inf(1) })},
		{"outside", "calls on 2026-06-01 is outside", with(func(r *ledger.Reading) {
			r.Entries[0].Date = calendar.Of(2026, 6, 1)
		})},
		{"a comment outside", "comment on 2026-05-04 is outside", with(func(r *ledger.Reading) {
			r.Comments = map[calendar.Date]string{day(4): "x"}
		})},
		{"somebody else's deal", `one of "boris"`, with(func(r *ledger.Reading) {
			r.HasDeals, r.Deals = true, []department.Deal{{Person: "boris"}}
		})},
		{"a deal that is no number", "NaN", with(func(r *ledger.Reading) {
			r.HasDeals, r.Deals = true, []department.Deal{{Person: "anna", Amount: math.NaN()}}
		})},
		{"somebody else's client", `one of "boris"`, with(func(r *ledger.Reading) {
			r.HasClients, r.Clients = true, []department.Client{{Person: "boris"}}
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed, err := l.Store(t.Context(), c.r)
			if err == nil || !strings.Contains(err.Error(), c.says) || changed {
				t.Errorf("changed %v, error %v; want one with %q", changed, err, c.says)
			}
			same(t, "entries", good.Entries, entries(t, l, may))
			same(t, "edits", []ledger.Edit(nil), edits(t, l))
			// Beside others it keeps them from being stored, too.
			changed, err = l.StoreAll(t.Context(), []ledger.Reading{of("vera", "calls", 7), c.r}, nil)
			if err == nil || !strings.Contains(err.Error(), c.says) || changed {
				t.Errorf("beside another: changed %v, error %v; want one with %q", changed, err, c.says)
			}
			same(t, "entries", good.Entries, entries(t, l, may))
		})
	}
}

// of returns a reading of a person's one figure, on 4 May.
func of(p department.PersonID, key string, v float64) ledger.Reading {
	r := read(entry(p, day(4), key, v))
	r.Person = p
	return r
}

// Several readings in one transaction are what they are one after the other, also where
// they are of the same person, and with the file that was read.
func TestStoreAll(t *testing.T) {
	readings := []ledger.Reading{of("anna", "calls", 1), of("boris", "talks", 2), of("anna", "calls", 3),
		of("boris", "talks", 2)}
	file := files.Found("1", files.Report, "boris", "https://x/1")
	file.Read([]byte("laid out"), true)
	readings[3].File = &file
	one, all := mustOpen(t, ":memory:", newClock().now), mustOpen(t, ":memory:", newClock().now)
	for _, r := range readings {
		mustStore(t, one, r)
	}
	told := 0
	tell := func(c *ledger.Cycle) {
		c.Looked++
		told++
	}
	changed, err := all.StoreAll(t.Context(), readings, tell)
	if err != nil || !changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	same(t, "entries", entries(t, one, may), entries(t, all, may))
	same(t, "edits", edits(t, one), edits(t, all))
	list, err := all.Files(t.Context())
	if err != nil || len(list) != 1 || list[0].Unread() {
		t.Errorf("the file that was read: %+v, %v", list, err)
	}
	if changed, err = all.StoreAll(t.Context(), readings[2:], tell); err != nil || changed {
		t.Errorf("the same once more: changed %t, %v", changed, err)
	}
	if changed, err = all.StoreAll(t.Context(), nil, tell); err != nil || changed {
		t.Errorf("nothing: changed %t, %v", changed, err)
	}
	if c, err := all.Cycle(t.Context()); err != nil || c.Looked != 1 || told != 1 {
		t.Errorf("what it means for the next cycle was stored %d times and said %d times, %v", c.Looked, told, err)
	}
}

// TestEverythingTyped stores the rest of a reading and reads it back from a reopened
// file.
func TestEverythingTyped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "l.db")
	c := newClock()
	deal := func(n int, client string, amount float64) department.Deal {
		return department.Deal{Person: "anna", Date: day(n), Client: client, Amount: amount}
	}
	first := ledger.Reading{
		Person: "anna", Scopes: []ledger.Scope{{Span: may, KPIs: []string{"b", "a"}}},
		Entries: []department.Entry{entry("anna", day(4), "b", 0.1), entry("anna", day(4), "a", -1e300),
			entry("anna", day(1), "b", 1<<53)},
		Comments:     map[calendar.Date]string{day(4): "болел", day(5): "", day(6): "x"},
		CommentSpans: []calendar.Span{may},
		Deals:        []department.Deal{deal(9, "ООО Ромашка", 500000), deal(4, "Ан", 0.01), deal(4, "Аб", -3)},
		HasDeals:     true,
		Clients: []department.Client{{Person: "anna", Name: "Ан", HandedOver: day(1), From: "Борис"},
			{Person: "anna", Name: "Аб"}},
		HasClients: true,
		Flags:      []byte(`["B7"]`),
	}
	func() {
		l, err := open(t, path, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if !mustStore(t, l, first) {
			t.Error("the first reading changed nothing")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	l := mustOpen(t, path, c.now)
	person := func() ledger.Reading {
		t.Helper()
		r, err := l.Person(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := ledger.Reading{
		Person: "anna",
		Entries: []department.Entry{entry("anna", day(1), "b", 1<<53), entry("anna", day(4), "a", -1e300),
			entry("anna", day(4), "b", 0.1)},
		Comments: map[calendar.Date]string{day(4): "болел", day(6): "x"},
		Deals:    first.Deals, HasDeals: true, Clients: first.Clients, HasClients: true, Flags: first.Flags,
	}
	same(t, "person", want, person())
	if mustStore(t, l, first) {
		t.Error("the same reading changed something")
	}
	flags, err := l.Flags(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "flags", map[department.PersonID][]byte{"anna": first.Flags}, flags)

	// Deals by date, then as typed.
	var deals []department.Deal
	if err := l.Deals(t.Context(), func(d department.Deal) { deals = append(deals, d) }); err != nil {
		t.Fatal(err)
	}
	same(t, "deals", []department.Deal{first.Deals[1], first.Deals[2], first.Deals[0]}, deals)
	var clients []department.Client
	if err := l.Clients(t.Context(), func(d department.Client) { clients = append(clients, d) }); err != nil {
		t.Fatal(err)
	}
	same(t, "clients", first.Clients, clients)

	// Each part by itself; what a reading does not cover stays.
	for _, step := range []struct {
		name   string
		r      ledger.Reading
		expect func(*ledger.Reading)
	}{
		{"nothing spoken of", ledger.Reading{Person: "anna", Deals: first.Deals[:1]}, nil},
		{"a comment goes and one changes", ledger.Reading{Person: "anna",
			CommentSpans: []calendar.Span{{From: day(4), To: day(5)}},
			Comments:     map[calendar.Date]string{day(5): "new"}},
			func(r *ledger.Reading) {
				r.Comments = map[calendar.Date]string{day(5): "new", day(6): "x"}
			}},
		{"a deal in between goes", ledger.Reading{Person: "anna", HasDeals: true,
			Deals: []department.Deal{first.Deals[0], first.Deals[2]}},
			func(r *ledger.Reading) { r.Deals = []department.Deal{first.Deals[0], first.Deals[2]} }},
		{"all deals go", ledger.Reading{Person: "anna", HasDeals: true}, func(r *ledger.Reading) { r.Deals = nil }},
		{"a client changes", ledger.Reading{Person: "anna", HasClients: true,
			Clients: []department.Client{{Person: "anna", Name: "Ан", From: "Вера"}, first.Clients[1],
				first.Clients[0]}},
			func(r *ledger.Reading) {
				r.Clients = []department.Client{{Person: "anna", Name: "Ан", From: "Вера"}, first.Clients[1],
					first.Clients[0]}
			}},
		{"all clients go", ledger.Reading{Person: "anna", HasClients: true}, func(r *ledger.Reading) {
			r.Clients = nil
		}},
		{"flags change", ledger.Reading{Person: "anna", Flags: []byte("[]")}, func(r *ledger.Reading) {
			r.Flags = []byte("[]")
		}},
		{"flags go", ledger.Reading{Person: "anna", Flags: []byte{}}, func(r *ledger.Reading) { r.Flags = nil }},
	} {
		if changed := mustStore(t, l, step.r); changed != (step.expect != nil) {
			t.Errorf("%s: changed %v", step.name, changed)
		}
		if step.expect != nil {
			step.expect(&want)
			if mustStore(t, l, step.r) {
				t.Errorf("%s: the same again changed something", step.name)
			}
		}
		same(t, step.name, want, person())
	}
}

func TestNobodyKnown(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	for _, id := range []department.PersonID{"", "anna"} {
		r, err := l.Person(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "person", ledger.Reading{Person: id, Comments: map[calendar.Date]string{}, HasDeals: true,
			HasClients: true}, r)
	}
	s, err := l.Span(t.Context())
	if err != nil || s.Days() != 0 {
		t.Errorf("span %v, %v; want an empty one", s, err)
	}
	same(t, "entries", []department.Entry(nil), entries(t, l, may))
}

func TestSpan(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	span := func() calendar.Span {
		t.Helper()
		s, err := l.Span(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	mustStore(t, l, ledger.Reading{Person: "anna", HasDeals: true,
		Deals: []department.Deal{{Person: "anna", Date: day(7)}}})
	same(t, "of a deal", calendar.Span{From: day(7), To: day(7)}, span())
	mustStore(t, l, read(entry("anna", day(9), "calls", 1)))
	same(t, "of a deal and an entry", calendar.Span{From: day(7), To: day(9)}, span())
	mustStore(t, l, ledger.Reading{Person: "boris", Scopes: []ledger.Scope{{Span: may, KPIs: []string{"calls"}}},
		Entries: []department.Entry{entry("boris", day(2), "calls", 1)}})
	same(t, "of two people", calendar.Span{From: day(2), To: day(9)}, span())
}

func TestFilesAndValues(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	ctx := t.Context()
	at := time.Date(2026, 5, 14, 10, 0, 0, 5_000_000, time.UTC)
	ann := files.Row{ID: "1a", Kind: files.Report, Person: "anna", URL: "https://x/1a", Layout: []byte{0, 1},
		Digest: "d",
		Unread: true, Writing: true, Trouble: "no access", Gone: at, Changed: at.Add(time.Hour),
		Wrote: at.Add(2 * time.Hour), Told: at.Add(3 * time.Hour),
		Asides: []files.Aside{{Tab: 7, Title: "Май", Copy: 8, Kept: "Май (прежний)", At: at,
			Stage: files.AsideDone}},
		Unseen: files.Unseen{To: day(31), Since: day(14) + 30, But: []calendar.Date{day(1) - 30}}}.File(nil)
	control := files.Made("9z", files.Control, "", "")
	if err := l.Save(ctx, ledger.Save{Values: map[string][]byte{"cursor": []byte("17"), "empty": {}},
		Files: []files.File{ann, control}}); err != nil {
		t.Fatal(err)
	}
	list := func() []files.File {
		t.Helper()
		fs, err := l.Files(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return fs
	}
	same(t, "files", []files.File{control, ann}, list())

	ann.Read([]byte("new"), true)
	if err := l.PutFile(ctx, ann); err != nil {
		t.Fatal(err)
	}
	if err := l.ChangeFile(ctx, "9z", (*files.File).Reread); err != nil {
		t.Fatal(err)
	}
	control.Reread()
	same(t, "files", []files.File{control, ann}, list())
	if err := l.ChangeFile(ctx, "nobody", (*files.File).Reread); err == nil ||
		!strings.Contains(err.Error(), "nobody") {
		t.Errorf("marking an unknown file: %v", err)
	}

	get := func(name string) []byte {
		t.Helper()
		b, err := l.Get(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if b := get("cursor"); string(b) != "17" {
		t.Errorf("cursor %q", b)
	}
	if b := get("empty"); b == nil || len(b) != 0 {
		t.Errorf("empty value %#v", b)
	}
	if err := l.Set(ctx, "cursor", []byte("18")); err != nil {
		t.Fatal(err)
	}
	if b := get("cursor"); string(b) != "18" {
		t.Errorf("cursor %q", b)
	}
	if err := l.Set(ctx, "cursor", nil); err != nil {
		t.Fatal(err)
	}
	if b := get("cursor"); b != nil {
		t.Errorf("a forgotten value is %q", b)
	}

	// One bad file, and nothing is stored.
	if err := l.Save(ctx, ledger.Save{Values: map[string][]byte{"cursor": []byte("19")},
		Files: []files.File{control, {Kind: files.Summary}}}); err == nil ||
		!strings.Contains(err.Error(), "has no id") {
		t.Errorf("a file without an id: %v", err)
	}
	same(t, "files", []files.File{control, ann}, list())
	if b := get("cursor"); b != nil {
		t.Errorf("cursor %q", b)
	}
}

func TestFileIsPrivate(t *testing.T) {
	sqliteOnly(t)
	path := filepath.Join(t.TempDir(), "a", "b?c%d #e", "l.db")
	l := mustOpen(t, path, newClock().now)
	mustStore(t, l, read(entry("anna", day(4), "calls", 1)))
	for p, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600,
		filepath.Dir(path): 0o700 | os.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | os.ModeDir} {
		fi, err := os.Stat(p)
		if err != nil {
			t.Error(err)
		} else if fi.Mode() != want {
			t.Errorf("%s: %v, want %v", p, fi.Mode(), want)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	l, err := open(t, path, newClock().now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	tamper(t, path, `INSERT INTO migrations (version, name, applied) VALUES (99, 'later', 0)`)
	_, err = open(t, path, newClock().now)
	if err == nil || !strings.Contains(err.Error(), "schema 99") ||
		!strings.Contains(err.Error(), "newer version of svodka") || !strings.Contains(err.Error(), place(path)) {
		t.Errorf("error %v", err)
	}
}

func TestNotALedger(t *testing.T) {
	sqliteOnly(t)
	path := filepath.Join(t.TempDir(), "l.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(t.Context(), path, newClock().now); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if _, err := ledger.Open(t.Context(), filepath.Join(path, "below"), newClock().now); err == nil {
		t.Error("a ledger below a file was opened")
	}
}

// tamper changes what is stored behind the ledger's back.
func tamper(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if postgres() {
		db, err = sql.Open("pgx", os.Getenv(inDatabase)+"&search_path="+place(path))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func TestBadStoredValues(t *testing.T) {
	everything := func(l *ledger.Ledger) error {
		ctx := context.Background()
		_, err := l.Person(ctx, "anna")
		if err == nil {
			err = l.Entries(ctx, may, func(department.Entry) {})
		}
		if err == nil {
			_, err = l.Files(ctx)
		}
		if err == nil {
			_, err = l.Edits(ctx, time.Time{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		return err
	}
	for _, c := range []struct{ query, says string }{
		{`UPDATE entries SET date = 99999999999`, "table entries"},
		{`UPDATE entries SET kpi = 7`, "table entries"},
		{`UPDATE comments SET date = 99999999999`, "table comments"},
		{`UPDATE deals SET date = -99999999999`, "table deals, row 0"},
		{`UPDATE clients SET handed_over = 99999999999`, "table clients, row 0"},
		{`UPDATE files SET unread = 7`, "table files"},
		{`UPDATE edits SET date = 99999999999`, "table edits"},
	} {
		t.Run(c.query, func(t *testing.T) {
			if postgres() && strings.Contains(c.query, "kpi =") {
				t.Skip("PostgreSQL refuses a key that is none")
			}
			path := filepath.Join(t.TempDir(), "l.db")
			func() {
				l, err := open(t, path, newClock().now)
				if err != nil {
					t.Fatal(err)
				}
				r := read(entry("anna", day(4), "calls", 1))
				mustStore(t, l, r)
				r.Entries[0].Value++
				r.Comments, r.CommentSpans = map[calendar.Date]string{day(4): "x"}, []calendar.Span{may}
				r.Deals, r.HasDeals = []department.Deal{{Person: "anna", Date: day(4)}}, true
				r.Clients, r.HasClients = []department.Client{{Person: "anna"}}, true
				mustStore(t, l, r)
				if err := l.PutFile(t.Context(), files.File{ID: "1"}); err != nil {
					t.Fatal(err)
				}
				if err := everything(l); err != nil {
					t.Fatal(err)
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}()
			tamper(t, path, c.query)
			err := everything(mustOpen(t, path, newClock().now))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q", err, c.says)
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	c := newClock()
	// Two ledgers on one file: as two processes.
	two := []*ledger.Ledger{shared(mustOpen(t, path, c.now)), shared(mustOpen(t, path, c.now))}
	var wg sync.WaitGroup
	for i := range 8 {
		who := department.PersonID(fmt.Sprint("p", i))
		wg.Go(func() {
			l := two[i%2]
			for n := range 10 {
				r := ledger.Reading{Person: who, Scopes: []ledger.Scope{{Span: may, KPIs: []string{"calls"}}},
					Entries: []department.Entry{entry(who, day(4), "calls", float64(n))}}
				if _, err := l.Store(t.Context(), r); err != nil {
					t.Error(err)
				}
				if err := l.Entries(t.Context(), may, func(department.Entry) {}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(entries(t, two[0], may)); n != 8 {
		t.Errorf("%d entries, want 8", n)
	}
	if n := len(edits(t, two[1])); n != 8*9 {
		t.Errorf("%d edits, want 72", n)
	}
}

func TestCancelled(t *testing.T) {
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), newClock().now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Store(ctx, read(entry("anna", day(4), "calls", 1))); err == nil {
		t.Error("stored for a caller who had given up")
	}
	same(t, "entries", []department.Entry(nil), entries(t, l, may))
	mustStore(t, l, read(entry("anna", day(4), "calls", 1)))
}

// generation returns a reading that changes every figure, the deals and the flags.
func generation(n int) ledger.Reading {
	r := read()
	for d := may.From; d <= may.To; d++ {
		r.Entries = append(r.Entries, entry("anna", d, "calls", float64(n)))
		r.Deals = append(r.Deals, department.Deal{Person: "anna", Date: d, Amount: float64(n)})
	}
	r.HasDeals, r.Flags = true, []byte(fmt.Sprint(n))
	return r
}

const childPath = "LEDGER_TEST_CHILD"

// TestKilled stores in another process that is killed at any moment: the ledger holds one
// whole reading, the last reported one or a later one.
func TestKilled(t *testing.T) {
	if path := os.Getenv(childPath); path != "" {
		l := mustOpen(t, path, time.Now)
		for n := 1; ; n++ {
			mustStore(t, l, generation(n))
			fmt.Printf("stored %d\n", n)
		}
	}
	for i := range 4 {
		path := filepath.Join(t.TempDir(), "l.db")
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childPath+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		reported := 0
		for n := 1; n <= 3+i; n++ { // the kill hits the reading after
			if _, err := fmt.Fscanf(out, "stored %d\n", &reported); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(i) * 700 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := fmt.Fscanf(out, "stored %d\n", &reported); err != nil {
				break // the end of its output
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the process was not killed")
		}
		l := mustOpen(t, path, time.Now)
		r, err := l.Person(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Entries) == 0 {
			t.Fatal("nothing was stored")
		}
		n := int(r.Entries[0].Value)
		if n < reported {
			t.Errorf("reading %d was reported as stored, found %d", reported, n)
		}
		want := generation(n)
		same(t, "entries", want.Entries, r.Entries)
		same(t, "deals", want.Deals, r.Deals)
		same(t, "flags", string(want.Flags), string(r.Flags))
		if got := len(edits(t, l)); got != (n-1)*len(want.Entries) {
			t.Errorf("%d edits after %d readings", got, n)
		}
		mustStore(t, l, generation(n+1))
	}
}
