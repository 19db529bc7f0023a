package worker_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// back returns the colour of a cell.
func back(c *sheets.CellData) string {
	rgb := c.EffectiveFormat.BackgroundColorStyle.RgbColor
	return fmt.Sprintf("%.2f %.2f %.2f", rgb.Red, rgb.Green, rgb.Blue)
}

// A cell that is not understood is marked for its owner, does not count and does not
// change; when it is corrected, the mark goes.
func TestBadCells(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes many stages of a department")
	}
	again := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep")
		o.sync()
		o.open()
		o.types(0, "2026-05-12", "deals", 4)
		o.settle()
	})
	const day, plain = "2026-05-13", "2026-05-12"
	for name, c := range map[string]struct {
		typed   any
		counted float64 // of the cell
		bad     int
		note    string
	}{
		"text":         {"много", 0, 1, "много"},
		"negative":     {-3, 0, 1, "Введите"},
		"out of range": {5000, 0, 1, "Введите"},
		"with a word":  {"12 звонков", 12, 0, "12"},
		"an error":     {"=1/0", 0, 1, "Введите"},
		"a date":       {"вчера", 0, 1, "вчера"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && name != "with a word" {
				t.Skip("it runs without -short")
			}
			o := again(t)
			clean := o.stands(0, plain, "deals")
			o.types(0, day, "deals", c.typed)
			before := o.stands(0, day, "deals")
			if out := o.sync(); out.BadCells != c.bad {
				t.Errorf("%d bad cells", out.BadCells)
			}
			o.settle()
			o.month(0, "deals", 4+c.counted)
			got := o.stands(0, day, "deals")
			if got.FormattedValue != before.FormattedValue {
				t.Errorf("what was typed, %q, became %q", before.FormattedValue, got.FormattedValue)
			}
			if !strings.Contains(got.Note, c.note) || back(got) == back(clean) {
				t.Errorf("the mark: %q on %s", got.Note, back(got))
			}
			if shown := strings.Contains(o.text(o.summary(), "main"), "не прочитано ячеек: "); shown != (c.bad > 0) {
				t.Errorf("the director is told of it: %t", shown)
			}
			o.types(0, day, "deals", 7)
			o.settle()
			o.month(0, "deals", 11)
			got = o.stands(0, day, "deals")
			if got.FormattedValue != "7" || got.Note != "" || back(got) != back(clean) {
				t.Errorf("mended: %q with %q on %s", got.FormattedValue, got.Note, back(got))
			}
		})
	}
}

// A bad cell in a month that is no longer laid out is unmarked, too.
func TestBadCellOfAnEarlierMonth(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-12", "deals", "?")
	o.settle()
	o.clock.set("2026-06-25", 12, 0)
	o.settle()
	o.types(0, "2026-05-12", "deals", 4)
	o.settle()
	if c := o.stands(0, "2026-05-12", "deals"); !strings.HasPrefix(c.Note, "День уже закрыт") {
		t.Errorf("mended in June, the cell of May says %q", c.Note)
	}
	// Corrected, but not counted: by then the day had long been locked.
	o.month(0, "deals", 0)
	o.restart(true)
	o.settle()
	o.month(0, "deals", 0)
}

// The next month's tab is made before the month if ops want that, the summary switches to
// it on its first day, and late figures of the old one are read.
func TestMonths(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	if _, ok := o.tabIn(o.report(0), "month:2026-06"); ok {
		t.Error("June is there on 14 May")
	}
	o.configAs("", "settings", "key=next_month_days", "value", 7)
	o.types(0, "2026-05-14", "deals", 4)
	o.clock.set("2026-05-26", 12, 0)
	o.settle()
	if _, ok := o.tabIn(o.report(0), "month:2026-06"); !ok {
		t.Error("June is not there on 26 May")
	}
	o.clock.set("2026-06-01", 9, 0)
	o.settle()
	if s := o.text(o.summary(), "main"); !strings.Contains(strings.ToLower(s), "июнь 2026") {
		t.Errorf("on 1 June the summary shows\n%s", s)
	}
	o.types(0, "2026-06-01", "deals", 1)
	o.types(0, "2026-05-29", "deals", 6)
	o.expect("late figures", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.month(0, "deals", 10)
	if got := o.line(0, "month", "2026-06-01", "deals").Fact; got.V != 1 {
		t.Errorf("the fact of June is %v", got)
	}
	o.clock.set("2026-07-10", 9, 0)
	o.settle()
	o.types(0, "2026-05-29", "deals", 8)
	o.settle()
	o.sweep()
	o.month(0, "deals", 10) // May has been closed
	edits, err := o.ledger.Edits(t.Context(), o.clock.now().AddDate(0, 0, -1), o.clock.now())
	o.must(err)
	if len(edits) != 1 || edits[0].Was != 6 || edits[0].Value != 8 {
		t.Errorf("edits: %+v", edits)
	}
}

// One spreadsheet that cannot be reached stops nobody else's, is named, is tried again,
// and recovers.
func TestOneFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		says   string
	}{
		"forbidden": {403, "нет доступа"},
		"not found": {404, "файл не найден"},
		"internal":  {500, "INTERNAL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t).init().hire(3, "sales-rep")
			o.sync()
			o.open()
			for i := range 3 {
				o.types(i, "2026-05-14", "deals", i+1)
			}
			o.server.Faults().Add(localgoogle.Fault{Method: "sheets.", FileID: o.report(1), Status: c.status,
				Count: 1000})
			for range 2 { // it is tried at every run
				out, err := o.w.Sync(t.Context(), 0)
				o.must(err)
				if len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Error(), "Человек 001") || out.Settled {
					t.Fatalf("%+v", out)
				}
			}
			o.month(0, "deals", 1)
			o.month(1, "deals", 0)
			o.month(2, "deals", 3)
			g := o.tab(o.control(), "people")
			if s := g.cell(g.ruled("name=Человек 001"), "status").FormattedValue; !strings.Contains(s, c.says) {
				t.Errorf("ops are told %q", s)
			}
			if s := g.cell(g.ruled("name=Человек 000"), "status").FormattedValue; s != "отчёт готов" {
				t.Errorf("of somebody else ops are told %q", s)
			}
			if s := o.text(o.summary(), "main"); !strings.Contains(s, "2 из 3") {
				t.Errorf("the director is not told:\n%s", s)
			}
			o.server.Faults().Reset()
			o.settle()
			o.month(1, "deals", 2)
			g = o.tab(o.control(), "people")
			if s := g.cell(g.ruled("name=Человек 001"), "status").FormattedValue; s != "отчёт готов" {
				t.Errorf("recovered, ops are told %q", s)
			}
			if s := o.text(o.summary(), "main"); strings.Contains(s, "2 из 3") {
				t.Errorf("recovered, the director still reads:\n%s", s)
			}
		})
	}
}

// A spreadsheet that cannot be made is made by a later run, and only once.
func TestCreateFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	// The first file made is the folder of reports.
	o.server.Faults().Add(localgoogle.Fault{Method: "drive.files.create", Status: 403, Skip: 1})
	out, err := o.w.Sync(t.Context(), 0)
	o.must(err)
	if len(out.Failures) != 1 || out.Made != 1 {
		t.Errorf("%+v", out)
	}
	o.settle()
	o.dump() // fails if two have the same name
	list, err := o.ledger.Files(t.Context())
	o.must(err)
	n := 0
	for _, f := range list {
		if f.Kind == files.Report {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d spreadsheets of two people", n)
	}
}

// Answers that are lost after the work was done do no harm.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init()
	o.sync()
	o.hire(3, "sales-rep")
	for _, m := range []string{"drive.files.create", "sheets.spreadsheets.batchUpdate"} {
		o.server.Faults().Add(localgoogle.Fault{Method: m, Cut: true, AfterCommit: true, Count: 3})
	}
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.get", Status: 503, Count: 2})
	o.settle()
	o.dump()
	for i := range 3 {
		o.share(o.report(i), o.people[i].Email)
		o.types(i, "2026-05-14", "deals", 2)
	}
	o.settle()
	o.month(0, "deals", 2)
	o.month(2, "deals", 2)
}
