package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/files"
	"svodka/internal/ledger"
)

// Layouts are kept by file, and no longer than the file.
func TestLaid(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	ctx := t.Context()
	for _, id := range []string{"a", "b"} {
		if err := l.PutFile(ctx, files.File{ID: id, Kind: files.Report}); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(laid, want map[string]ledger.Laid) {
		t.Helper()
		if err := l.KeepLaid(ctx, laid); err != nil {
			t.Fatal(err)
		}
		got, err := l.Laid(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	a, b := ledger.Laid{Inputs: "\x00\xff", Digest: "1 2026-05"}, ledger.Laid{Inputs: "x", Digest: "2"}
	keep(map[string]ledger.Laid{"a": a}, map[string]ledger.Laid{"a": a})
	keep(map[string]ledger.Laid{"b": b}, map[string]ledger.Laid{"a": a, "b": b})
	keep(map[string]ledger.Laid{"a": b, "gone": b}, map[string]ledger.Laid{"a": b, "b": b, "gone": b})
	if got, err := l.LaidOf(ctx, "a"); err != nil || got != b {
		t.Error(got, err)
	}
	if got, err := l.LaidOf(ctx, "nobody"); err != nil || got != (ledger.Laid{}) {
		t.Error(got, err)
	}
	keep(nil, map[string]ledger.Laid{"a": b, "b": b})
}
