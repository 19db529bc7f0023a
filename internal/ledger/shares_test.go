package ledger_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"svodka/internal/ledger"
)

// What is stored of sharing comes back as it was, and can be deleted.
func TestShares(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := ledger.Shares{
		Known: true, Folder: "folder", Roles: map[string]string{"a@example.com": "writer", "b@example.com": "reader"},
		External: []ledger.ExternalAccess{{Who: "", Role: "reader"}, {Who: "c@example.com", Role: "writer"}},
	}
	must(l.PutShares(t.Context(), "file", file))
	must(l.PutShares(t.Context(), "new", ledger.Shares{Known: true}))
	got, err := l.Shares(t.Context())
	must(err)
	want := map[string]ledger.Shares{"file": file, "new": {Known: true, Roles: map[string]string{}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("shares are\n%+v, want\n%+v", got, want)
	}
	file.Roles, file.External = map[string]string{"b@example.com": "reader"}, nil
	must(l.PutShares(t.Context(), "file", file))
	must(l.PutShares(t.Context(), "new", ledger.Shares{}))
	got, err = l.Shares(t.Context())
	must(err)
	if want := map[string]ledger.Shares{"file": file}; !reflect.DeepEqual(got, want) {
		t.Errorf("shares are\n%+v, want\n%+v", got, want)
	}

	everywhere := ledger.Refusal{Email: "a@example.com", Reason: "invalidSharingRequest", Tries: 1,
		Again: now.Add(time.Hour), Mailed: true}
	once := ledger.Refusal{File: "file", Email: "a@example.com", Reason: "forbidden", Tries: 3}
	must(l.PutRefusal(t.Context(), once))
	must(l.PutRefusal(t.Context(), everywhere))
	refusals, err := l.Refusals(t.Context())
	must(err)
	if want := []ledger.Refusal{everywhere, once}; !reflect.DeepEqual(refusals, want) {
		t.Errorf("refusals are %+v, want %+v", refusals, want)
	}
	must(l.DeleteRefusal(t.Context(), "", "a@example.com"))
	must(l.DeleteRefusal(t.Context(), "other", "a@example.com"))
	refusals, err = l.Refusals(t.Context())
	must(err)
	if want := []ledger.Refusal{once}; !reflect.DeepEqual(refusals, want) {
		t.Errorf("refusals are %+v, want %+v", refusals, want)
	}

	for _, until := range []time.Time{now.Add(4 * time.Hour), {}} {
		must(l.SetSharingRests(t.Context(), until))
		if got, err := l.SharingRests(t.Context()); err != nil || !got.Equal(until) {
			t.Errorf("sharing rests until %v, %v; want %v", got, err, until)
		}
	}
}
