package localgoogle_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"

	"svodka/internal/localgoogle"
)

// news returns what Drive reports of a file, and of all files since a token.
func (w *world) news(id, token string) (version int64, modified string, changed []string, next string) {
	w.t.Helper()
	f, err := w.drive.Files.Get(id).Fields("version", "modifiedTime").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.drive.Changes.List(token).Do()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, ch := range res.Changes {
		changed = append(changed, ch.FileId)
	}
	return f.Version, f.ModifiedTime, changed, res.NewStartPageToken
}

func (w *world) token() string {
	w.t.Helper()
	start, err := w.drive.Changes.GetStartPageToken().Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return start.StartPageToken
}

// Typed at 9:58, reported at 10:01: Drive knows of an edit when the lag is over, with the
// time of the edit, and under a token that nobody has fetched before.
func TestDriveLagsBehindEdits(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	first := w.token()
	was, before, _, _ := w.news(id, first)
	w.s.Faults().Lag(3 * time.Minute)
	w.clock.t = w.clock.t.Add(58 * time.Minute)
	w.put(id, "A1", []any{"12"})
	w.put(id, "A1", []any{"13"})
	w.want(asJSON(t, w.get(id, "A1")), `[[13]]`)

	w.clock.t = w.clock.t.Add(2 * time.Minute)
	version, modified, changed, next := w.news(id, first)
	if version != was || modified != before || len(changed) != 0 || next != first {
		// The token is unchanged: no change was reported.
		t.Errorf("before the lag is over Drive tells %d %s %v %s", version, modified, changed, next)
	}
	w.clock.t = w.clock.t.Add(2 * time.Minute)
	version, modified, changed, next = w.news(id, first)
	if version != was+2 || modified != "2026-11-23T09:58:00.001Z" || len(changed) != 1 || changed[0] != id {
		t.Errorf("after the lag Drive tells %d (was %d) %s %v", version, was, modified, changed)
	}
	if _, _, changed, _ = w.news(id, next); len(changed) != 0 {
		t.Errorf("told twice: %v", changed)
	}

	// A token between edit and news does not miss it; Drive reports at once what it did
	// itself.
	w.put(id, "A1", []any{"14"})
	between := w.token()
	if _, err := w.drive.Files.Update(id, &drive.File{Name: "new"}).Do(); err != nil {
		t.Fatal(err)
	}
	if _, _, changed, between = w.news(id, between); len(changed) != 1 {
		t.Errorf("a rename is told late: %v", changed)
	}
	w.clock.t = w.clock.t.Add(4 * time.Minute)
	if _, _, changed, _ = w.news(id, between); len(changed) != 1 {
		t.Errorf("a token between edit and news misses it: %v", changed)
	}

	w.s.Faults().Reset()
	at := w.token()
	w.put(id, "A1", []any{"15"})
	if _, _, changed, _ = w.news(id, at); len(changed) != 1 {
		t.Error("the lag outlives the reset")
	}
}

// Late edits survive a restart, and their number stays limited.
func TestLateEditsAreKept(t *testing.T) {
	dir := t.TempDir()
	c := newClock()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{Dir: dir, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: s, clock: c}
	w.sheets, w.drive = mustClients(t, s, "")
	id := w.create("x")
	token := w.token()
	was, _, _, _ := w.news(id, token)
	w.s.Faults().Lag(time.Minute)
	for i := range 200 {
		w.put(id, "A1", []any{i})
	}
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	w = mustOpen(t, localgoogle.Options{Dir: dir, Now: c.now})
	if version, _, changed, _ := w.news(id, token); version != was || len(changed) != 0 {
		t.Errorf("a restart tells early: %d %v", version, changed)
	}
	c.t = c.t.Add(2 * time.Minute)
	if version, _, changed, _ := w.news(id, token); version != was+200 || len(changed) != 1 {
		t.Errorf("got %d (was %d), %v", version, was, changed)
	}
}

func TestLagByTheControlPlane(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	if status, body := w.raw("PUT", "/_internal/lag", `{"lag":"3m"}`); status != 200 ||
		w.s.Faults().Lagging() != 3*time.Minute {
		t.Errorf("got %d %s", status, body)
	}
	for _, bad := range []string{`{"lag":"-1s"}`, `{"lag":"soon"}`, `{"delay":"1s"}`, `3`} {
		if status, _ := w.raw("PUT", "/_internal/lag", bad); status != 400 {
			t.Errorf("%s: got %d", bad, status)
		}
	}
	w.want(strings.TrimSpace(w.compact("GET", "/_internal/lag", "")), `{"lag":"3m0s"}`)
	if status, _ := w.raw("DELETE", "/_internal/faults", ""); status != 200 || w.s.Faults().Lagging() != 0 {
		t.Errorf("a reset leaves the lag (%d)", status)
	}
}
