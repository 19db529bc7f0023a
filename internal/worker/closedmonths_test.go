package worker_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/files"
	"svodka/internal/google"
)

// answers count calls of Sheets and the bytes of their answers, by the kind of call.
type answers struct {
	base http.RoundTripper
	but  string // a file that does not count

	mu    sync.Mutex
	calls map[string]int
	bytes map[string]int
}

// Kinds of calls.
const (
	callColumns = "columns"
	callLook    = "look"
	callWrite   = "write"            // without an answer
	callAnswer  = "write and answer" // that shows the spreadsheet
)

func (a *answers) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls, a.bytes = map[string]int{}, map[string]int{}
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := ""
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, ":batchUpdate") && strings.Contains(r.URL.RawQuery, "updatedSpreadsheet"):
		kind = callAnswer
	case strings.HasSuffix(path, ":batchUpdate"):
		kind = callWrite
	case strings.HasSuffix(path, ":getByDataFilter"):
		kind = callColumns
	case strings.Contains(path, "/spreadsheets/"):
		kind = callLook
	}
	if a.but != "" && strings.Contains(r.URL.Path, a.but) {
		kind = ""
	}
	res, err := a.base.RoundTrip(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[kind]++
	if err == nil {
		res.Body = &counted{res.Body, a, kind}
	}
	return res, err
}

// counted is the body of an answer.
type counted struct {
	io.ReadCloser
	a    *answers
	kind string
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	c.a.bytes[c.kind] += n
	return n, err
}

// weighing makes an office's worker call Google through answers.
func weighing(a *answers) func(*office) {
	return func(o *office) {
		o.wire = func(base http.RoundTripper) http.RoundTripper { a.base = base; return a }
	}
}

// A person's reading costs what the open months hold, however many have closed before;
// once a week it takes in all, where no sweep has.
func TestReadingLeavesClosedMonthsOut(t *testing.T) {
	t.Parallel()
	a := &answers{}
	a.reset()
	o := newOffice(t, weighing(a)).init().hire(1, "sales-rep")
	o.settle()
	o.open()
	read := func(day string) int {
		t.Helper()
		o.clock.set(day, 12, 0)
		o.settle()
		o.types(0, day, "deals", 3)
		a.reset()
		o.expect(day, google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
		return a.bytes[callColumns]
	}
	young := read("2026-05-15")
	var last int
	for _, day := range []string{"2026-06-15", "2026-07-15", "2026-08-17", "2026-09-15", "2026-10-15"} {
		if last = read(day); last > young*11/10 {
			t.Errorf("on %s a reading takes %d bytes, on 15 May %d", day, last, young)
		}
	}
	if _, ok := o.tabIn(o.report(0), "month:2026-05"); !ok {
		t.Fatal("May is not there any more")
	}
	// The first reading in which a week has passed: the one before a week closes.
	read("2026-10-21")
	o.clock.set("2026-10-22", 12, 0)
	a.reset()
	o.settle()
	if whole := a.bytes[callColumns]; whole < last*5 {
		t.Errorf("a week later a reading takes %d bytes: it leaves months out", whole)
	}
	if again := read("2026-10-23"); again > young*11/10 {
		t.Errorf("the day after that a reading takes %d bytes", again)
	}
}

// july stages an office in which a typist's May has closed, and June, too; on 15 July
// both have typed.
func july(t *testing.T) func(t testing.TB, change ...func(*office)) (*office, grid) {
	t.Helper()
	again := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep")
		o.sync()
		o.open()
		for day, figures := range typed {
			for kpi, v := range figures {
				o.types(0, day, kpi, v)
			}
		}
		g := o.tab(o.report(0), may)
		o.put(o.people[0].Email, g.file, g.at(g.row("date", date("2026-05-13")), "comment"), "был на выставке")
		o.types(1, "2026-05-13", "deals", 5)
		o.settle()
		o.clock.set("2026-06-15", 12, 0)
		o.settle()
		o.clock.set("2026-07-15", 12, 0)
		o.settle()
		o.types(0, "2026-07-14", "deals", 3)
		o.types(1, "2026-07-14", "deals", 4)
		o.settle()
		if !o.unseen(0).Has(calendar.MonthOf(date("2026-05-01"))) {
			o.t.Fatal("May was not left out")
		}
	})
	return func(t testing.TB, change ...func(*office)) (*office, grid) {
		t.Helper()
		o := again(t, change...)
		return o, o.tab(o.report(0), may)
	}
}

// unseen returns what the last reading of a person's spreadsheet left out.
func (o *office) unseen(i int) files.Unseen {
	o.t.Helper()
	list, err := o.ledger.FilesOf(o.t.Context(), files.Report)
	o.must(err)
	for _, f := range list {
		if f.Person == o.person(i).ID && !f.Gone() {
			return f.Unseen()
		}
	}
	o.t.Fatalf("person %d has no spreadsheet", i)
	return files.Unseen{}
}

// sweep sweeps, and settles.
func (o *office) sweep() {
	o.t.Helper()
	out, err := o.w.Sweep(o.t.Context())
	o.must(err)
	for _, f := range out.Failures {
		o.t.Errorf("the sweep: %v", f)
	}
	o.settle()
}

// julyCounts checks what person 0 has typed in July.
func (o *office) julyCounts(when string, want float64) {
	o.t.Helper()
	if got := o.line(0, calendar.Month, "2026-07-14", "deals").Fact; !got.OK || got.V != want {
		o.t.Errorf("%s: July has %v deals, want %v", when, got, want)
	}
}

// Whatever somebody does to the tab of a closed month, what is typed today counts at
// once; the sweep repairs the tab, and nothing that was ever typed is lost.
func TestClosedMonthsAreMended(t *testing.T) {
	t.Parallel()
	again := july(t)
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, g := again(t)
			gone := strings.HasPrefix(name, "the file")
			harm(o, g)
			if !gone && name != "all tabs deleted" {
				o.typesAs("", 0, "2026-07-15", "deals", 6)
			}
			o.settle()
			if gone || name == "all tabs deleted" {
				o.typesAs("", 0, "2026-07-15", "deals", 6)
				o.settle()
			}
			o.julyCounts("before the sweep", 9)
			o.month(0, "deals", 10)
			o.sweep()
			o.intact()
			o.julyCounts("after the sweep", 9)
			// And all of it is in the spreadsheet, not only in the ledger.
			o.restart(true)
			o.settle()
			o.intact()
			o.julyCounts("read again", 9)
		})
	}
}

// What people type into a closed month counts no more, and is noticed: by the sweep, or
// at once where ops have opened the days or ask for the month by an import.
func TestClosedMonthIsNoticed(t *testing.T) {
	t.Parallel()
	again := july(t)
	const day = "2026-05-13"
	edits := func(o *office) string { return o.text(o.summary(), "edits") }
	const told = " | Человек 000 | 13.05.2026 | Сделки | 3 | 60 | "
	unlock := func(o *office) {
		o.adds("unlocks", map[string]any{"person": o.people[0].Name, "from": date("2026-05-12").Serial(),
			"to": date(day).Serial(), "until": date("2026-07-31").Serial()})
	}

	t.Run("by the sweep", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.types(0, day, "deals", 60)
		o.expect("typed into May", google.Calls{Drive: 1, SheetsRead: 1})
		if s := edits(o); strings.Contains(s, told) {
			t.Errorf("before the sweep the director is told of\n%s", s)
		}
		o.clock.set("2026-07-19", 12, 0)
		o.sweep()
		if s := edits(o); !strings.Contains(s, "замечено 19.07.2026 12:00"+told+"не учтено") {
			t.Errorf("after the sweep the director is told of\n%s", s)
		}
		o.month(0, "deals", 10)
		c := o.stands(0, day, "deals")
		if c.FormattedValue != "60" || !strings.Contains(c.Note, "День уже закрыт") {
			t.Errorf("the cell holds %q and says %q", c.FormattedValue, c.Note)
		}
		g := o.tab(o.report(0), may)
		if got := g.cell(g.row("date", "Факт"), "kpi:deals").FormattedValue; got != "10" {
			t.Errorf("the block counts %q", got)
		}
		// They follow the note, and are answered at once.
		o.types(0, day, "deals", 3)
		o.settle()
		if c := o.stands(0, day, "deals"); c.Note != "" {
			t.Errorf("typed back, the cell says %q", c.Note)
		}
		before := edits(o)
		o.restart(true)
		o.settle()
		if after := edits(o); after != before {
			t.Errorf("with the ledger lost, «Правки» were\n%s\nand are\n%s", before, after)
		}
	})

	t.Run("a week's readings later without a sweep", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.types(0, day, "deals", 60)
		for _, at := range []string{"2026-07-16", "2026-07-23"} {
			o.clock.set(at, 12, 0)
			o.types(0, at, "deals", 1)
			o.settle()
		}
		if s := edits(o); !strings.Contains(s, "замечено 23.07.2026 12:00"+told+"не учтено") {
			t.Errorf("the director is told of\n%s", s)
		}
		o.month(0, "deals", 10)
		o.julyCounts("a week later", 5)
	})

	t.Run("rows pasted and cleared", func(t *testing.T) {
		t.Parallel()
		o, g := again(t)
		row := func(day string) *sheets.GridRange {
			r := int64(g.row("date", date(day)))
			return &sheets.GridRange{SheetId: g.id, StartRowIndex: r, EndRowIndex: r + 1,
				StartColumnIndex: int64(g.cols["kpi:deals"]), EndColumnIndex: int64(g.cols["kpi:revenue"]) + 1}
		}
		o.batch(o.people[0].Email, g.file,
			&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{Source: row("2026-05-06"),
				Destination: row("2026-05-07"), PasteType: "PASTE_NORMAL"}},
			&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: row(day), Fields: "userEnteredValue"}})
		o.settle()
		o.sweep()
		s := edits(o)
		for _, want := range []string{"07.05.2026 | Сделки | — | 4 | не учтено", "07.05.2026 | Выручка | — | 210",
			day[8:] + ".05.2026 | Сделки | 3 | — | не учтено"} {
			if !strings.Contains(s, want) {
				t.Errorf("no %q in\n%s", want, s)
			}
		}
		o.month(0, "deals", 10)
		o.month(0, "revenue", 410000)
	})

	t.Run("typed, then opened", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.share(o.control(), ops)
		o.types(0, day, "deals", 60)
		o.settle()
		o.month(0, "deals", 10)
		unlock(o)
		o.settle()
		o.month(0, "deals", 67)
		if s := edits(o); !strings.Contains(s, told+"учтено") {
			t.Errorf("the director is told of\n%s", s)
		}
		if c := o.stands(0, day, "deals"); c.FormattedValue != "60" || c.Note != "" {
			t.Errorf("the cell holds %q and says %q", c.FormattedValue, c.Note)
		}
	})

	t.Run("opened, then typed", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.share(o.control(), ops)
		unlock(o)
		o.settle()
		// Meanwhile rows move there; what is typed is read from the right place.
		g := o.tab(o.report(0), may)
		r := g.row("date", date("2026-05-06"))
		o.batch("", g.file, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: rows(g, r, r+2)}})
		o.types(0, day, "deals", 60)
		o.settle()
		o.month(0, "deals", 67)
		if s := edits(o); !strings.Contains(s, told+"учтено") || strings.Contains(s, "замечено") {
			t.Errorf("the director is told of\n%s", s)
		}
		// Once the days are shut again, edits wait for the sweep, and do not count.
		o.clock.set("2026-08-01", 12, 0)
		o.settle()
		o.types(0, day, "deals", 61)
		o.settle()
		o.sweep()
		o.month(0, "deals", 67)
		if s := edits(o); !strings.Contains(s, "| 60 | 61 | не учтено") {
			t.Errorf("the director is told of\n%s", s)
		}
	})

	t.Run("with the ledger lost", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.types(0, day, "deals", 60)
		o.types(0, "2026-07-15", "deals", 2)
		o.restart(true)
		o.settle()
		o.julyCounts("rebuilt", 5)
		if c := o.stands(0, day, "deals"); c.FormattedValue != "60" {
			t.Errorf("the cell holds %q", c.FormattedValue)
		}
		for _, c := range o.closed() {
			if k, _ := c.KPI("deals"); c.Kind == calendar.Month && c.Person == o.person(0).ID &&
				c.From == date("2026-05-01") && k.Fact.V != 10 {
				t.Errorf("May has closed with %v", k.Fact)
			}
		}
	})

	// An earlier version remembered nothing of what it left out: it read all.
	t.Run("written by an earlier version", func(t *testing.T) {
		t.Parallel()
		o, _ := again(t)
		o.must(o.ledger.ChangeFile(t.Context(), o.report(0), func(f *files.File) { f.See(files.Unseen{}) }))
		o.types(0, day, "deals", 60)
		o.types(0, "2026-07-15", "deals", 2)
		o.settle()
		o.julyCounts("after the upgrade", 5)
		o.sweep()
		if s := edits(o); !strings.Contains(s, told+"не учтено") {
			t.Errorf("the director is told of\n%s", s)
		}
		o.month(0, "deals", 10)
	})
}

// What is typed between the worker's read and its write is not missed: in an open month
// the answer of the write shows it, in a closed one the sweep does.
func TestTypedBeforeTheWrite(t *testing.T) {
	t.Parallel()
	b := &ahead{}
	o, _ := july(t)(t, func(o *office) {
		o.wire = func(base http.RoundTripper) http.RoundTripper { b.base = base; return b }
	})
	typed := false
	b.file = o.report(0)
	b.do = func() {
		typed = true
		o.types(0, "2026-05-13", "deals", 60)
		o.types(0, "2026-07-13", "deals", 2)
	}
	o.types(0, "2026-07-15", "deals", "много") // its mark is written
	o.settle()
	if !typed {
		t.Fatal("the spreadsheet was not written")
	}
	o.julyCounts("after the write", 5)
	o.month(0, "deals", 10)
	o.sweep()
	if s := o.text(o.summary(), "edits"); !strings.Contains(s, " | 13.05.2026 | Сделки | 3 | 60 | не учтено") {
		t.Errorf("the director is told of\n%s", s)
	}
}

// A large figure is told from a date by what was typed in months that are not read any
// more, too.
func TestLargestFigureOfClosedMonths(t *testing.T) {
	t.Parallel()
	o, _ := july(t)(t)
	o.types(0, "2026-07-15", "revenue", 46154) // 12 May 2026, if it were a date
	if out := o.sync(); out.BadCells != 0 {
		t.Errorf("%d cells were not understood", out.BadCells)
	}
	if got := o.line(0, calendar.Month, "2026-07-15", "revenue").Fact; got.V != 46154 {
		t.Errorf("July has a revenue of %v", got)
	}
	o.types(1, "2026-07-15", "revenue", 46154) // who never had any
	if out := o.sync(); out.BadCells != 1 {
		t.Errorf("%d cells were not understood, want 1", out.BadCells)
	}
}

// A new month costs a write a person at most, of which the answer is as large as the open
// months are, however many have closed.
func TestCallsOfANewMonth(t *testing.T) {
	t.Parallel()
	a := &answers{}
	a.reset()
	const n = 3
	o := newOffice(t, weighing(a)).init().hire(n, "sales-rep")
	o.settle()
	o.open()
	a.but = o.control()
	var first int
	for month, days := range [][]string{
		{"2026-05-25", "2026-05-31", "2026-06-01", "2026-06-02", "2026-06-04", "2026-06-05"},
		{"2026-06-24", "2026-06-30", "2026-07-01", "2026-07-02", "2026-07-06"},
		{"2026-07-25", "2026-07-31", "2026-08-01", "2026-08-03", "2026-08-06"},
		{"2026-08-25", "2026-08-31", "2026-09-01", "2026-09-02", "2026-09-04"},
	} {
		a.reset()
		for _, day := range days {
			o.clock.set(day, 6, 0)
			o.settle()
			for i := range n {
				o.types(i, day, "deals", 2+i)
			}
			o.settle()
		}
		if got := a.calls[callAnswer]; got > n {
			t.Errorf("the month after %s costs %d writes of %d people", days[0], got, n)
		}
		got := a.bytes[callAnswer]
		t.Logf("the month after %s: %d writes, answers of %d bytes", days[0], a.calls[callAnswer], got)
		if month == 0 {
			first = got
		}
		if got == 0 || got > first*11/10 || got > n*45_000 {
			t.Errorf("the answers of the month after %s take %d bytes, those of the first one %d", days[0], got, first)
		}
		if _, ok := o.tabIn(o.report(0), monthTab(date(days[2]))); !ok {
			t.Errorf("on %s its month is not there", days[2])
		}
	}
}

// A closed month's tab that somebody gives the title of a month to come, which no reading
// shows, keeps nobody from the new month.
func TestClosedMonthTakesATitle(t *testing.T) {
	t.Parallel()
	o, g := july(t)(t)
	o.batch("", g.file, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{SheetId: g.id, Title: "Август 2026"}, Fields: "title"}})
	o.settle()
	o.clock.set("2026-08-03", 12, 0)
	o.settle()
	for i := range 2 {
		o.types(i, "2026-08-03", "deals", 7)
	}
	o.settle()
	for i := range 2 {
		if got := o.line(i, calendar.Month, "2026-08-03", "deals").Fact; got.V != 7 {
			t.Errorf("person %d has %v deals in August", i, got)
		}
	}
	o.sweep()
	o.intact()
	o.julyCounts("after the sweep", 3)
}
