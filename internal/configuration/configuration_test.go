package configuration_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/clock"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/publish"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// desk is a keeper with a control spreadsheet at the local Google, and a ledger.
type desk struct {
	*testing.T
	client *google.Client
	ledger *ledger.Ledger
	keeper configuration.Keeper
	id     string
	during func() // called once, before the next write
}

func now() time.Time { return time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC) }

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t}
	server, err := localgoogle.Open(t.Context(), localgoogle.Options{Now: now})
	d.must(err)
	t.Cleanup(func() { d.must(server.Close()) })
	d.client, err = google.New(t.Context(), google.Options{HTTP: server.Client(""), Endpoint: "http://localhost",
		Now: now})
	d.must(err)
	d.ledger, err = ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), now)
	d.must(err)
	t.Cleanup(func() { d.must(d.ledger.Close()) })
	d.keeper = configuration.Keeper{
		Google: d.client, Ledger: d.ledger, Publisher: typing{d,
			&publish.Publisher{Google: d.client, Ledger: d.ledger}},
		Clock: clock.Clock{Now: now}, Lang: words.RU, Templates: templates.Builtin(), Zone: "Europe/Moscow",
		Protect: func(b *workbook.Book) *workbook.Book { return b },
	}
	f, err := d.client.Create(t.Context(), "Настройки отчётности", nil)
	d.must(err)
	d.id = f.ID
	d.must(d.ledger.PutFile(t.Context(), files.Made(f.ID, files.Control, "", "http://c")))
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// typing lets somebody type while the publisher writes.
type typing struct {
	d *desk
	*publish.Publisher
}

func (p typing) Publish(ctx context.Context, job publish.Job) (bool, error) {
	book := job.Book
	job.Book = func(ctx context.Context, state *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error) {
		if f := p.d.during; f != nil {
			p.d.during = nil
			f()
		}
		return book(ctx, state, got)
	}
	return p.Publisher.Publish(ctx, job)
}

// file returns the control spreadsheet's record in the ledger.
func (d *desk) file() files.File {
	d.Helper()
	list, err := d.ledger.Files(d.Context())
	d.must(err)
	return list[0]
}

// hire types a person into «Сотрудники», and reports it as the change feed would.
func (d *desk) hire(name string) {
	d.Helper()
	s, err := d.client.Spreadsheet(d.Context(), d.id, control.Fields)
	d.must(err)
	reqs, err := control.AddRow(s, control.TabPeople,
		map[string]any{"name": name, "email": name + "@example.com", "role": "sales-rep"}, words.RU)
	d.must(err)
	d.must(d.client.Apply(d.Context(), d.id, reqs))
	d.must(d.ledger.ChangeFile(d.Context(), d.id, (*files.File).Reread))
}

// read reads the configuration, and checks how many reads and writes of spreadsheets that
// takes, and how many people it has.
func (d *desk) read(when string, reads, people int) *configuration.Config {
	d.Helper()
	before := d.client.Calls()
	cfg, err := d.keeper.Read(d.Context(), d.file())
	d.must(err)
	if got := d.client.Calls().SheetsRead - before.SheetsRead; got != reads || len(cfg.Department.People) != people {
		d.Errorf("%s: %d reads, %d people; want %d and %d", when, got, len(cfg.Department.People), reads, people)
	}
	return cfg
}

// A changed spreadsheet is read by one call; an unchanged one comes from the ledger
// without any. Only changes are stored.
func TestRead(t *testing.T) {
	d := newDesk(t)
	if cfg, err := d.keeper.Cached(t.Context()); cfg != nil || err != nil {
		t.Errorf("before anything was read: %v, %v", cfg, err)
	}
	d.must(d.keeper.Seed(t.Context(), d.file(), true, nil))
	if !configuration.Seeded(d.file()) {
		t.Error("the first filling is not kept as done")
	}
	news := func(when string, want bool) {
		t.Helper()
		last, err := d.ledger.Cycle(t.Context())
		d.must(err)
		if got := last.UpToDate == ""; got != want {
			t.Errorf("%s: news %v", when, got)
		}
		d.must(d.ledger.Save(t.Context(), ledger.Save{Cycle: func(c *ledger.Cycle) { c.UpToDate = "now" }}))
	}
	d.read("the first time", 1, 0)
	news("the first time", true)
	d.read("unchanged", 0, 0)
	d.hire("anna")
	cfg := d.read("with somebody new", 1, 1)
	news("with somebody new", true)
	d.must(d.ledger.ChangeFile(t.Context(), d.id, (*files.File).Reread))
	d.read("changed, and put back", 1, 1)
	news("changed, and put back", false)
	if cached, err := d.keeper.Cached(t.Context()); err != nil ||
		cached.Department.People[0].ID != cfg.Department.People[0].ID {
		t.Errorf("as it was read last: %v", err)
	}
}

// What ops type while the worker writes is read by the next run, not half-way through
// this one.
func TestWriteWhileOpsType(t *testing.T) {
	d := newDesk(t)
	d.must(d.keeper.Seed(t.Context(), d.file(), true, nil))
	d.hire("anna")
	cfg := d.read("before", 1, 1)
	told := configuration.Told{Notes: []control.Problem{
		{Severity: control.Warning, Tab: control.TabPeople, Row: -1, Message: "проверьте это"}}}
	d.during = func() { d.hire("boris") }
	d.must(d.keeper.Write(t.Context(), cfg, told))
	if len(cfg.Department.People) != 1 || !d.file().Unread() {
		t.Errorf("%d people, to be read %v", len(cfg.Department.People), d.file().Unread())
	}
	cfg = d.read("after", 1, 2)
	d.must(d.keeper.Write(t.Context(), cfg, told))
	cfg = d.read("written", 0, 2)
	calls := d.client.Calls()
	d.must(d.keeper.Write(t.Context(), cfg, told))
	if now := d.client.Calls(); now != calls {
		t.Errorf("written again: %+v before, %+v after", calls, now)
	}
}

// The spreadsheet is not laid out again while nothing that it shows has changed, nor what
// stands in it, nor the program.
func TestWriteOnlyChanges(t *testing.T) {
	d := newDesk(t)
	d.keeper.Program = "a program"
	d.must(d.keeper.Seed(t.Context(), d.file(), true, nil))
	d.hire("anna")
	told := configuration.Told{Notes: []control.Problem{
		{Severity: control.Warning, Tab: control.TabPeople, Row: -1, Message: "проверьте это"}}}
	write := func(when string, reads int, want bool) {
		t.Helper()
		laid := false
		d.during = func() { laid = true }
		d.must(d.keeper.Write(t.Context(), d.read(when, reads, 1), told))
		if laid != want {
			t.Errorf("%s: laid out %v", when, laid)
		}
	}
	write("new", 1, true)
	write("with the states of rows", 0, true)
	write("nothing", 0, false)
	told.Notes[0].Message = "проверьте то"
	write("another note", 0, true)
	write("nothing again", 0, false)
	d.must(d.ledger.ChangeFile(t.Context(), d.id, (*files.File).Reread))
	write("touched", 1, false)
	d.must(d.ledger.ChangeFile(t.Context(), d.id, (*files.File).Distrust))
	write("looked at", 1, true)
	write("nothing after a look", 0, false)
	d.keeper.Program = "another"
	write("another program", 0, true)
	d.keeper.Program = ""
	write("no program", 0, true)
	write("no program", 0, true)
}

// A spreadsheet is filled if an interrupted run left it empty; one that holds anything of
// ours stays as it is.
func TestSeedIfEmpty(t *testing.T) {
	d := newDesk(t)
	for _, want := range []bool{true, false} {
		made, err := d.keeper.SeedIfEmpty(t.Context(), d.file())
		if err != nil || made != want || !configuration.Seeded(d.file()) {
			t.Errorf("seeded %v, want %v: %v", made, want, err)
		}
	}
	d.read("filled", 1, 0)
}

// A person whose row is gone is reported by the best known name, once for each
// spreadsheet that still exists.
func TestRowless(t *testing.T) {
	d := newDesk(t)
	put := func(person, title string, gone bool) {
		t.Helper()
		f := files.Made("report-of-"+person, files.Report, department.PersonID(person), "http://"+person)
		if title != "" {
			layout, err := workbook.StateOf(&sheets.Spreadsheet{
				Properties: &sheets.SpreadsheetProperties{Title: title}}).Marshal()
			d.must(err)
			f.Read(layout, true)
		}
		if gone {
			f.Trash(now())
		}
		d.must(d.ledger.PutFile(t.Context(), f))
	}
	put("a", "", false)
	put("b", "", false)
	put("c", "Отчёт — Дина", false)
	put("d", "", false)
	put("e", "", true)
	got, err := d.keeper.Rowless(t.Context(), &configuration.Config{
		Department: department.Department{People: []department.Person{{ID: "a", Name: "Анна"}}},
		Typed:      &control.Result{Snapshot: control.Snapshot{Gone: []control.Gone{{ID: "b", Name: "Борис"}}}},
	})
	d.must(err)
	var said []string
	for _, p := range got {
		said = append(said, p.Message)
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"сотрудника Борис больше нет, а таблица есть: http://b.",
		"сотрудника «Отчёт — Дина» больше", "сотрудника (имя неизвестно) больше"} {
		if strings.Count(all, want) != 1 || len(said) != 3 {
			t.Errorf("%q does not say once %q", said, want)
		}
	}
}
