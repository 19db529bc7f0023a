package worker_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/drive/v3"
)

// asked counts the calls of the API since the journal was emptied.
func (o *office) asked(method string) int {
	n := 0
	for _, c := range o.server.Journal().Calls() {
		if strings.HasPrefix(c.Method, method) {
			n++
		}
	}
	return n
}

// After a loss of the ledger nothing is shared with anybody a second time (they would get
// a second mail), and people who have left since lose access all the same.
func TestLostLedgerAndSharing(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.configAs("", "settings", "key=ops", "value", ops)
	o.configAs("", "settings", "key=directors", "value", "boss@example.com")
	o.settle()
	o.share(o.report(1), "friend@example.com")
	o.config("people", "name=Человек 001", "left", date("2026-05-13").Serial())
	o.restart(true)
	o.server.Journal().Reset()
	o.settle()
	if n := o.asked("drive.permissions.create"); n != 0 {
		t.Errorf("%d files were shared again", n)
	}
	o.mayBe("a report", o.report(0), "boss@example.com reader", "ops@example.com writer", "p000@example.com writer")
	o.mayBe("the report of somebody who left", o.report(1), "boss@example.com reader", "friend@example.com writer",
		"ops@example.com writer")
	o.mayBe("the summary", o.summary(), "boss@example.com reader", "ops@example.com reader")
	o.server.Journal().Reset()
	o.sync()
	if n := len(o.server.Journal().Calls()); n != 1 {
		t.Errorf("a run afterwards made %d calls, want 1", n)
	}
}

// After a loss of the ledger no report is written if nothing differs: what stands there
// is compared, also the tab of a closed month, whose plan to date is a figure.
func TestLostLedgerWritesNoReport(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep").hire(1, "sales-rep-deals").hire(1, "account-manager")
	o.settle()
	o.open()
	o.types(0, "2026-05-14", "deals", 3)
	o.types(1, "2026-05-14", "deals", "?")
	o.types(1, "2026-05-13", "revenue", "50 т.р.")
	o.settle()
	o.clock.set("2026-06-14", 12, 0)
	o.settle()
	o.types(0, "2026-06-12", "deals", 2)
	o.settle()
	o.restart(true)
	o.server.Journal().Reset()
	o.settle()
	for _, c := range o.server.Journal().Calls() {
		if strings.HasPrefix(c.Method, "sheets.spreadsheets.batchUpdate") && c.FileID != o.summary() {
			t.Errorf("%s of %s", c.Method, c.FileID)
		}
	}
}

// A copy of the ledger that is put back after much has happened ends in the same
// spreadsheets as the lost ledger would have: figures, people hired and files deleted
// since are there, and nothing is made twice.
func TestBackupPutBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.settle()
	o.types(0, "2026-05-13", "deals", 2.0)
	o.settle()
	copied := filepath.Join(t.TempDir(), "copy.db")
	o.must(o.w.Backup(t.Context(), copied))

	o.types(0, "2026-05-13", "deals", 7.0)
	o.types(1, "2026-05-13", "deals", 4.0)
	o.configAs("", "settings", "key=ops", "value", ops)
	o.settle()
	o.hire(2, "account-manager")
	o.config("people", "name=Человек 002", "left", date("2026-05-12").Serial())
	o.settle()
	o.clock.set("2026-06-10", 12, 0) // weeks and a month are closed meanwhile
	_, err := o.drive.Files.Update(o.report(1), &drive.File{Trashed: true}).Do()
	o.must(err)
	o.settle()
	want, export := o.dump(), o.export()

	o.must(o.ledger.Close())
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(o.path + end); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(copied)
	o.must(err)
	o.must(os.WriteFile(o.path, b, 0o600))
	o.start()
	o.server.Journal().Reset()
	o.settle()
	if n := o.asked("drive.files.create"); n != 0 {
		t.Errorf("%d files were made again", n)
	}
	// Only the lost ledger knows when a figure last changed.
	moment := regexp.MustCompile(`Данные на [^.]+\.`)
	got := o.dump()
	for name := range got {
		got[name], want[name] = moment.ReplaceAllString(got[name], ""), moment.ReplaceAllString(want[name], "")
	}
	if d := differ(want, got); d != "" {
		t.Errorf("the spreadsheets differ (-lost +put back):\n%s", d)
	}
	if d := cmp.Diff(export, o.export()); d != "" {
		t.Errorf("the summary differs (-lost +put back):\n%s", d)
	}
	if len(want) < 7 {
		t.Errorf("only %d spreadsheets were compared", len(want))
	}
}
