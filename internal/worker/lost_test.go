package worker_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/worker"
)

// trash moves a file, or a folder, into the trash, or out of it.
func (o *office) trash(id string, in bool) {
	o.t.Helper()
	_, err := o.drive.Files.Update(id, &drive.File{Trashed: in, ForceSendFields: []string{"Trashed"}}).Do()
	o.must(err)
}

// made counts the spreadsheets made during f.
func (o *office) made(f func()) int {
	o.t.Helper()
	o.server.Journal().Reset()
	f()
	n := 0
	for _, c := range o.server.Journal().Calls() {
		if c.Method == "drive.files.create" {
			n++
		}
	}
	return n
}

// A folder is in the trash, with however few files: nothing is made again, ops and the
// director learn of it, and all goes on once it is restored.
func TestTrashedFolder(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep").settle().open()
	o.types(0, "2026-05-14", "deals", 3)
	o.settle()
	before := o.reports()
	folder := o.folders()[0]
	o.trash(folder, true)
	if n := o.made(func() { o.settle() }); n != 0 {
		t.Errorf("%d files were made while the folder is in the trash", n)
	}
	if s := o.text(o.control(), "checks"); !strings.Contains(s, "пропали таблицы: 3") ||
		!strings.Contains(s, "Корзина → «Восстановить»") {
		t.Errorf("ops are told:\n%s", s)
	}
	people := o.tab(o.control(), "people")
	if s := people.cell(people.ruled("name=Человек 000"), "status").FormattedValue; !strings.Contains(s, "в корзине") {
		t.Errorf("the person's row says %q", s)
	}
	if s := o.text(o.summary(), "main"); !strings.Contains(s, "Человек 000") || !strings.Contains(s, "из 3") {
		t.Errorf("the director is told:\n%s", s)
	}
	o.expect("while it is in the trash", google.Calls{Drive: 1})
	o.adds("people", map[string]any{"name": "Новая Анна", "email": "new@example.com", "role": "sales-rep"})
	if n := o.made(func() { o.settle() }); n != 1 {
		t.Errorf("%d files were made for one newcomer", n)
	}

	o.trash(folder, false)
	o.settle()
	o.types(1, "2026-05-14", "deals", 4)
	o.settle()
	o.month(0, "deals", 3)
	o.month(1, "deals", 4)
	for i, id := range before {
		if o.report(i) != id {
			t.Errorf("report %d is another one than before", i)
		}
	}
	if s := o.text(o.control(), "checks"); strings.Contains(s, "пропали") {
		t.Errorf("it is told though all is back:\n%s", s)
	}
	o.clock.set("2026-05-14", 14, 0) // the hold is over
	o.adds("people", map[string]any{"name": "Ещё один", "email": "more@example.com", "role": "sales-rep"})
	o.settle()
	if n := len(o.folders()); n != 1 {
		t.Errorf("%d folders", n)
	}
	list, err := o.drive.Files.List().Q("'" + folder + "' in parents").Fields("files(id)").Do()
	o.must(err)
	if len(list.Files) != 5 {
		t.Errorf("%d reports are in the folder, want 5", len(list.Files))
	}
}

// One that vanished is made again with what was typed; more than three are not, unless
// ops decide so.
func TestManyVanish(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(6, "sales-rep").settle().open()
	for i := range 6 {
		o.types(i, "2026-05-14", "deals", 1+i)
	}
	o.settle()
	one := o.report(0)
	o.must(o.drive.Files.Delete(one).Do())
	if n := o.made(func() { o.settle() }); n != 1 || o.report(0) == one {
		t.Errorf("%d files were made for one that vanished", n)
	}
	o.clock.set("2026-05-14", 14, 0)
	for i := range 4 {
		o.must(o.drive.Files.Delete(o.report(i)).Do())
	}
	if n := o.made(func() { o.settle() }); n != 0 {
		t.Errorf("%d files were made when four vanished at once", n)
	}
	if w, err := o.ledger.Work(t.Context()); err != nil || w.Lost != 4 {
		t.Errorf("%+v waits (%v), not four lost spreadsheets", w, err)
	}
	o.month(2, "deals", 3) // as last read
	o.restart(false)
	o.clock.set("2026-05-15", 9, 0)
	if n := o.made(func() { o.settle() }); n != 0 {
		t.Errorf("%d files were made the day after", n)
	}
	o.config("settings", "key=remake_lost", "value", "да")
	if n := o.made(func() { o.settle() }); n != 4 {
		t.Errorf("%d files were made once ops chose so, want 4", n)
	}
	if w, err := o.ledger.Work(t.Context()); err != nil || w.Lost != 0 {
		t.Errorf("once they are made, %+v waits (%v)", w, err)
	}
	for i := range 6 {
		o.month(i, "deals", float64(1+i))
	}
	if s := o.text(o.control(), "checks"); strings.Contains(s, "пропали таблицы") || !strings.Contains(s,
		"Верните «нет»") {
		t.Errorf("ops are told:\n%s", s)
	}
}

// If the control spreadsheet and the summary vanished with the rest, every command says
// how to restore them; making them anew is the administrator's decision.
func TestEverythingVanishes(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep").settle().open()
	all := append(o.reports(), o.control(), o.summary())
	for _, id := range all {
		o.trash(id, true)
	}
	var lost *worker.LostError
	for _, run := range []func() error{
		func() error { _, err := o.w.Sync(t.Context(), 0); return err },
		func() error { _, err := o.w.Sync(t.Context(), 0); return err },
		func() error { _, err := o.w.Init(t.Context(), false); return err },
	} {
		var err error
		if n := o.made(func() { err = run() }); n != 0 || !errors.As(err, &lost) || lost.Files != 5 ||
			!strings.Contains(err.Error(), "svodka init --anew") {
			t.Errorf("%d files were made, and it says %v", n, err)
		}
	}
	for _, id := range all {
		o.trash(id, false)
	}
	if n := o.made(func() { o.settle() }); n != 0 {
		t.Errorf("%d files were made though all are back", n)
	}
	o.expect("all is back", google.Calls{Drive: 1})
	for _, id := range all {
		o.must(o.drive.Files.Delete(id).Do())
	}
	if _, err := o.w.Sync(t.Context(), 0); !errors.As(err, &lost) {
		t.Errorf("once they are deleted it says %v", err)
	}
	if _, err := o.w.Init(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if o.control() == all[3] || o.summary() == all[4] {
		t.Error("nothing was made anew")
	}
}

// A token that Google has forgotten, in whatever words, restarts the feed: what was typed
// and what vanished meanwhile is noticed, and nothing that exists is made again.
func TestForgottenToken(t *testing.T) {
	t.Parallel()
	for _, refusal := range []localgoogle.Fault{
		{Method: "drive.changes.list", Status: http.StatusForbidden, Reason: "pageTokenExpired"},
		{Method: "drive.changes.list", Status: http.StatusGone},
	} {
		o := newOffice(t).init().hire(2, "sales-rep").settle().open()
		o.types(0, "2026-05-14", "deals", 3)
		gone := o.report(1)
		o.must(o.drive.Files.Delete(gone).Do())
		o.server.Faults().Add(refusal)
		if n := o.made(func() { o.settle() }); n != 1 {
			t.Errorf("%d: %d files were made for one that is gone", refusal.Status, n)
		}
		o.month(0, "deals", 3)
		o.expect("settled", google.Calls{Drive: 1})
	}
}

// Nor are four files that vanished meanwhile made again if the feed is no help.
func TestManyVanishUnseen(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(5, "sales-rep").settle()
	for i := range 4 {
		o.must(o.drive.Files.Delete(o.report(i)).Do())
	}
	o.must(o.w.Distrust(t.Context()))
	if n := o.made(func() { o.settle() }); n != 0 {
		t.Errorf("%d files were made", n)
	}
	list, err := o.ledger.Files(t.Context())
	o.must(err)
	gone := 0
	for _, f := range list {
		if f.Kind == files.Report && f.Gone() {
			gone++
		}
	}
	if gone != 4 {
		t.Errorf("%d reports are known to be gone", gone)
	}
}
