package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

// If SQLite cannot read the file, the error says what to do, wherever it shows up.
func TestDamagedLedgerSaysWhatToDo(t *testing.T) {
	sqliteOnly(t)
	now := func() time.Time { return time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC) }
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(t.Context(), path, now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 { // several pages
		id := department.PersonID(fmt.Sprint("p-", i))
		entry := department.Entry{Person: id, KPI: "deals", Date: 20000, Value: 1}
		if _, err := l.Store(t.Context(), ledger.Reading{Person: id, Entries: []department.Entry{entry},
			Scopes: []ledger.Scope{{Span: calendar.Span{From: 20000, To: 20000}, KPIs: []string{"deals"}}},
			Day:    20000}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"another kind of file": []byte(strings.Repeat("name,role\n", 1000)),
		"overwritten inside":   append(bytes.Clone(whole[:4096]), bytes.Repeat([]byte("x"), len(whole)-4096)...),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := ledger.Open(t.Context(), path, now)
			if err == nil {
				err = errors.Join(l.Entries(t.Context(), calendar.Span{From: 0, To: 30000}, func(department.Entry) {}),
					l.Close())
			}
			var damaged *ledger.DamagedError
			if !errors.As(err, &damaged) || !strings.Contains(damaged.Hint(), path) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
