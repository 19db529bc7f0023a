package livecheck_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"svodka/internal/google"
	"svodka/internal/livecheck"
	"svodka/internal/localgoogle"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// account is an embedded Google that stands for the account under test. Waits pass at
// once, for all clocks.
type account struct {
	t      *testing.T
	server *localgoogle.Server
	waited atomic.Int64
	livecheck.Options
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{t: t}
	start := time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)
	began := time.Now()
	now := func() time.Time { return start.Add(time.Since(began) + time.Duration(a.waited.Load())) }
	var err error
	a.server, err = localgoogle.Open(t.Context(), localgoogle.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.server.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Options = livecheck.Options{
		Identities: []google.Identity{{HTTP: a.server.Client("")}}, Endpoint: "http://localhost",
		Owner: "here", Holder: "a test", Lang: words.RU, Zone: "Europe/Moscow", Templates: templates.Builtin(), Defaults: templates.BuiltinSettings(),
		Reread: 10 * time.Minute, Files: 4, Races: 2, Now: now, Log: slog.New(slog.DiscardHandler),
		Sleep: func(ctx context.Context, d time.Duration) error {
			if d < time.Minute { // the lease is renewed in the time of the machine
				a.waited.Add(int64(d))
				return ctx.Err()
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}
	return a
}

// check runs it, and gives the rows by their keys.
func (a *account) check() map[string]livecheck.Result {
	a.t.Helper()
	table, err := livecheck.Run(a.t.Context(), a.Options)
	var b bytes.Buffer
	if perr := table.Print(&b); perr != nil {
		a.t.Fatal(perr)
	}
	a.t.Log("\n" + b.String())
	if err != nil {
		a.t.Fatal(err)
	}
	rows := map[string]livecheck.Result{}
	for _, r := range table {
		rows[r.Key] = r
	}
	return rows
}

func TestTheEmbeddedGooglePasses(t *testing.T) {
	a := newAccount(t)
	for key, r := range a.check() {
		if r.State == livecheck.Failed {
			t.Errorf("%s: expected %s, seen %s\n%v", key, r.Expected, r.Seen, r.Details)
		}
	}
}
