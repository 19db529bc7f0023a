package ledger_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"svodka/internal/files"
	"svodka/internal/ledger"
)

// A backup holds everything, opens as a ledger, is readable only for its owner, and
// overwrites nothing.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	now := func() time.Time { return time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC) }
	l, err := open(t, filepath.Join(dir, "ledger.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.PutFile(t.Context(), files.File{ID: "file", Kind: files.Report, Person: "p-1"}); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := l.Backup(t.Context(), copied,
		ledger.Save{Values: map[string][]byte{"mark": []byte("copy")}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Backup(t.Context(), copied,
		ledger.Save{Values: map[string][]byte{"mark": []byte("copy")}}); err == nil {
		t.Error("a backup wrote over a file")
	}
	if left, err := filepath.Glob(copied + "-*"); err != nil || len(left) > 0 {
		t.Errorf("beside the backup there are %v, %v", left, err)
	}
	if b, err := l.Get(t.Context(), "mark"); err != nil || b != nil {
		t.Errorf("the copy's mark stands in the ledger too: %q, %v", b, err)
	}
	info, err := os.Stat(copied)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v, want 0600", info.Mode().Perm())
	}
	c, err := ledger.Open(t.Context(), copied, now)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if b, err := c.Get(t.Context(), "mark"); err != nil || string(b) != "copy" {
		t.Errorf("the copy's mark is %q, %v", b, err)
	}
	list, err := c.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Person != "p-1" {
		t.Errorf("the backup holds %+v", list)
	}
}
