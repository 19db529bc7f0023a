package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/apijson"
	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/google/discovery"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/planfact"
	"svodka/internal/summary"
	"svodka/internal/words"
	"svodka/internal/workbook"
	"svodka/internal/worker"
	templates "svodka/sheets-templates"
)

// clock is a clock that tests set; like a real one it never shows one time twice.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	since time.Time // not zero: it has run since then
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.since.IsZero() {
		return c.t.Add(time.Since(c.since))
	}
	c.t = c.t.Add(time.Millisecond)
	return c.t
}

// set moves the clock to a time of a day in Moscow.
func (c *clock) set(day string, hour, minute int) {
	d, err := calendar.ParseDate(day)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, time.FixedZone("MSK", 3*3600))
}

// notBefore moves the clock on to a moment if it is in the future.
func (c *clock) notBefore(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.t.Before(at) {
		c.t = at
	}
}

// bearer makes calls as somebody.
type bearer struct {
	base http.RoundTripper
	who  string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.who != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.who)
	}
	return b.base.RoundTrip(r)
}

const ops = "ops@example.com"

// office is a department with everything that belongs to it: the embedded
// Google, a ledger in a file, and a worker.
type office struct {
	t      testing.TB
	server *localgoogle.Server // nil if it runs apart
	google http.RoundTripper   // calls Google; nil: the embedded one in this process
	clock  *clock
	client *google.Client // the worker's
	ledger *ledger.Ledger
	dir    string // of the embedded Google; in memory if empty
	path   string // of the ledger
	// database, if there is one, has the ledger, in a schema that path names.
	database *ledger.Database
	address  string // of the database
	w        *worker.Worker
	log      *bytes.Buffer
	people   []imports.Person
	teams    func(i int) string // in which the i-th person is; nil: Север and Юг in turn

	sheets  map[string]*sheets.Service
	drive   *drive.Service // the owner's
	options func(*worker.Options)
	wire    func(http.RoundTripper) http.RoundTripper // between worker and Google

	quotas   *localgoogle.Quotas // of the embedded Google; nil: none
	limits   google.Limits       // of the worker's client
	accounts []string            // that the worker acts as; none: the owner
	folder   string              // in which it makes its files
	level    slog.Level          // of the log
}

// inShort are the tests of an office that decide go test -short, and run under the race
// detector: what a cycle makes, reads and writes and what that costs, what people type
// wrongly, and what runs in parallel.
var inShort = map[string]bool{
	"TestBadCells":   true,
	"TestCalls":      true,
	"TestTwoWorkers": true,
}

// root returns the name of a test without those of its subtests.
func root(t testing.TB) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// newOffice makes an office with a control and a summary spreadsheet on Thursday,
// 14 May 2026, at noon.
func newOffice(t testing.TB, change ...func(*office)) *office {
	t.Helper()
	if testing.Short() && !inShort[root(t)] {
		t.Skip("it runs without -short")
	}
	o := &office{t: t, clock: &clock{}, sheets: map[string]*sheets.Service{}, log: &bytes.Buffer{}}
	o.clock.set("2026-05-14", 12, 0)
	for _, f := range change {
		f(o)
	}
	var err error
	if o.google == nil {
		o.server, err = localgoogle.Open(t.Context(),
			localgoogle.Options{Dir: o.dir, Now: o.clock.now, Quotas: o.quotas})
		o.must(err)
		o.google = o.server.Transport()
	}
	t.Cleanup(func() {
		if o.server != nil {
			o.must(o.server.Close())
		}
	})
	o.drive, err = drive.NewService(t.Context(), option.WithHTTPClient(&http.Client{Transport: o.google}),
		option.WithEndpoint("http://localhost/drive/v3/"))
	o.must(err)
	if o.path == "" {
		o.path = filepath.Join(t.TempDir(), "ledger.db")
	}
	o.start()
	t.Cleanup(func() {
		if o.ledger != nil {
			o.must(o.ledger.Close())
		}
	})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// start opens the ledger and makes a worker, as a new process would.
func (o *office) start() {
	o.t.Helper()
	wire := lawful(o.t).Transport(o.google)
	if o.wire != nil {
		wire = o.wire(wire)
	}
	opts := google.Options{
		HTTP: &http.Client{Transport: wire}, Endpoint: "http://localhost", Now: o.clock.now, Limits: o.limits,
		FolderID: o.folder,
		Log:      slog.New(slog.NewTextHandler(&locked{w: o.log}, &slog.HandlerOptions{Level: o.level})),
	}
	for _, name := range o.accounts {
		opts.Identities = append(opts.Identities,
			google.Identity{Name: name, HTTP: &http.Client{Transport: bearer{wire, name}}})
	}
	if o.clock.since.IsZero() { // else it waits in the time of the test
		opts.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	var err error
	o.client, err = google.New(o.t.Context(), opts)
	o.must(err)
	if o.database != nil {
		o.ledger, err = o.database.Open(o.t.Context(), o.path, o.clock.now)
	} else {
		o.ledger, err = ledger.Open(o.t.Context(), o.path, o.clock.now)
	}
	o.must(err)
	roles := templates.Builtin()
	opt := worker.Options{
		Google: o.client, Ledger: o.ledger, Lang: words.RU, Zone: "Europe/Moscow", Templates: roles,
		Link: func(id string) string { return "http://localhost/spreadsheets/d/" + id },
		Now:  o.clock.now, Log: opts.Log, Editors: o.client.Identities(),
		Program: "test",
	}
	if o.options != nil {
		o.options(&opt)
	}
	o.w = worker.New(opt)
}

// documents returns Google's Discovery documents, read once for all tests.
var documents = sync.OnceValues(func() (*discovery.Checker, error) {
	dir, err := discovery.Module(context.Background())
	if err != nil {
		return nil, err
	}
	return discovery.Load(dir)
})

// lawful checks every request of the worker against Google's Discovery documents: a fault
// that the embedded Google would forgive fails the test.
func lawful(t testing.TB) *discovery.Checker {
	t.Helper()
	all, err := documents()
	if err != nil {
		t.Fatal(err)
	}
	c := all.Anew()
	t.Cleanup(func() {
		if p := c.Problems(); len(p) > 0 {
			t.Errorf("requests that Google's Discovery documents do not know: %q", p)
		}
	})
	return c
}

// locked is a writer for several goroutines.
type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// restart ends the worker and starts another one; lost: without its ledger.
func (o *office) restart(lost bool) {
	o.t.Helper()
	o.must(o.ledger.Close())
	if lost {
		o.path = filepath.Join(o.t.TempDir(), "ledger.db")
	}
	o.start()
}

// staged builds an office once, and returns a function that copies it.
func staged(t testing.TB, build func(*office)) func(t testing.TB, change ...func(*office)) *office {
	t.Helper()
	in := func(dir string) func(*office) {
		return func(o *office) { o.dir, o.path = dir, filepath.Join(dir, "ledger.db") }
	}
	stage := t.TempDir()
	first := newOffice(t, in(stage))
	build(first)
	first.close()
	return func(t testing.TB, change ...func(*office)) *office {
		t.Helper()
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(stage)); err != nil {
			t.Fatal(err)
		}
		o := newOffice(t, append(change, in(dir))...)
		o.clock.notBefore(first.clock.now()) // later than the files, which have seen the stage being built
		o.people = slices.Clone(first.people)
		return o
	}
}

// close closes what the office has open.
func (o *office) close() {
	o.t.Helper()
	o.must(errors.Join(o.ledger.Close(), o.server.Close()))
	o.ledger, o.server = nil, nil
}

// init makes the control and the summary spreadsheet.
func (o *office) init() *office {
	o.t.Helper()
	_, err := o.w.Init(o.t.Context(), false)
	o.must(err)
	return o
}

// hire types n people of a role into «Сотрудники», where they have been since the first
// of the month: they count for all of it.
func (o *office) hire(n int, role string) *office {
	o.t.Helper()
	o.newcomers(n, role)
	o.since(calendar.MonthOf(calendar.FromTime(o.clock.now())).From)
	return o
}

// since sets the day of entry of those in «Сотрудники» whom no cycle has read yet, as a
// cycle of that day would have written it.
func (o *office) since(day calendar.Date) {
	o.t.Helper()
	s := o.read(o.control(), control.Fields)
	res, err := control.Read(s, &control.Snapshot{Day: day}, words.RU, templates.Builtin())
	o.must(err)
	g := o.tab(o.control(), "people")
	var values []*sheets.ValueRange
	for _, p := range res.Department.People {
		row, ok := res.RowOf(p.ID)
		if !ok || g.cell(row, "id").FormattedValue != "" {
			continue
		}
		for key, v := range map[string]string{"id": string(p.ID), "entered": day.String()} {
			values = append(values, &sheets.ValueRange{Range: g.at(row, key), Values: [][]any{{v}}})
		}
	}
	_, err = o.as("").Spreadsheets.Values.BatchUpdate(o.control(),
		&sheets.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: values}).Do()
	o.must(err)
}

func personName(i int) string { return fmt.Sprintf("Человек %03d", i) }

func personEmail(i int) string { return fmt.Sprintf("p%03d@example.com", i) }

// team returns the team of the i-th person.
func (o *office) team(i int) string {
	if o.teams != nil {
		return o.teams(i)
	}
	return []string{"Север", "Юг"}[i%2]
}

// newcomers types n people of a role into «Сотрудники» today.
func (o *office) newcomers(n int, role string) *office {
	o.t.Helper()
	var rows []imports.Person
	for range n {
		i := len(o.people)
		p := imports.Person{
			Where: imports.Where{File: "people.csv", Line: i + 2}, Name: personName(i),
			Email: personEmail(i), Role: role, Team: o.team(i),
		}
		o.people, rows = append(o.people, p), append(rows, p)
	}
	_, err := importRows(o.t.Context(), o, importing.Importer.People, rows, importing.Options{})
	o.must(err)
	return o
}

// importRows imports rows of a file into the department as it stands.
func importRows[T any](ctx context.Context, o *office, how func(importing.Importer, context.Context, []T,
	importing.Options) (importing.Done, error), rows []T, opts importing.Options) (importing.Done, error) {
	im, err := o.w.Imports(ctx)
	if err != nil {
		return importing.Done{}, err
	}
	return how(im, ctx, rows, opts)
}

// sync runs a cycle that must succeed for everybody.
func (o *office) sync() worker.Outcome {
	o.t.Helper()
	out, err := o.w.Sync(o.t.Context(), 0)
	o.must(errors.Join(append(out.Failures, err)...))
	return out
}

// settle runs cycles until there is nothing left to do.
func (o *office) settle() *office {
	o.t.Helper()
	for range 5 {
		if o.sync().Settled {
			o.must(o.w.MemoHolds(o.t.Context()))
			return o
		}
	}
	o.t.Fatalf("the fifth sync still found something to do:\n%s", o.log)
	return nil
}

// calls returns the worker's calls during f.
func (o *office) calls(f func()) google.Calls {
	o.t.Helper()
	before := o.client.Calls()
	f()
	after := o.client.Calls()
	return google.Calls{Drive: after.Drive - before.Drive, SheetsRead: after.SheetsRead - before.SheetsRead,
		SheetsWrite: after.SheetsWrite - before.SheetsWrite}
}

// expect checks the worker's calls during a sync.
func (o *office) expect(when string, want google.Calls) worker.Outcome {
	o.t.Helper()
	var out worker.Outcome
	if got := o.calls(func() { out = o.sync() }); got != want {
		o.t.Errorf("%s: %+v, want %+v", when, got, want)
	}
	return out
}

// as returns the Sheets client of a person; nobody is the owner of the files, who is also
// the worker.
func (o *office) as(who string) *sheets.Service {
	o.t.Helper()
	if o.sheets[who] == nil {
		s, err := sheets.NewService(o.t.Context(),
			option.WithHTTPClient(&http.Client{Transport: bearer{o.google, who}}),
			option.WithEndpoint("http://localhost/"))
		o.must(err)
		o.sheets[who] = s
	}
	return o.sheets[who]
}

// share lets a person write into a file.
func (o *office) share(id, who string) {
	o.t.Helper()
	_, err := o.drive.Permissions.Create(id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: who}).
		SendNotificationEmail(false).Do()
	o.must(err)
}

// open shares the people's spreadsheets with them, and the control one with ops,
// and settles.
func (o *office) open() *office {
	o.t.Helper()
	o.share(o.control(), ops)
	mail := map[department.PersonID]string{}
	for _, p := range o.dep().People {
		mail[p.ID] = p.Email
	}
	list, err := o.ledger.Files(o.t.Context())
	o.must(err)
	for _, f := range list {
		if f.Kind == files.Report && !f.Gone() {
			o.share(f.ID, mail[f.Person])
		}
	}
	return o.settle()
}

// closed returns the closed periods, as the export takes them.
func (o *office) closed() []department.Closed {
	o.t.Helper()
	dep, _, at, _, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	c, err := o.w.Closed(o.t.Context(), dep, at)
	o.must(err)
	return c
}

func (o *office) dep() *department.Department {
	o.t.Helper()
	d, err := o.w.Department(o.t.Context())
	o.must(err)
	return d
}

// person returns a person as the department knows them.
func (o *office) person(i int) department.Person {
	o.t.Helper()
	for _, p := range o.dep().People {
		if p.Email == o.people[i].Email {
			return p
		}
	}
	o.t.Fatalf("nobody has the e-mail %s", o.people[i].Email)
	return department.Person{}
}

func (o *office) file(kind string, person department.PersonID) string {
	o.t.Helper()
	list, err := o.ledger.Files(o.t.Context())
	o.must(err)
	for _, f := range list {
		if f.Kind == kind && f.Person == person && !f.Gone() {
			return f.ID
		}
	}
	o.t.Fatalf("no %s of %q", kind, person)
	return ""
}

func (o *office) control() string     { o.t.Helper(); return o.file(files.Control, "") }
func (o *office) summary() string     { o.t.Helper(); return o.file(files.Summary, "") }
func (o *office) report(i int) string { o.t.Helper(); return o.file(files.Report, o.person(i).ID) }

// reports returns the spreadsheets of everybody, in the order of the office's people.
func (o *office) reports() []string {
	o.t.Helper()
	list, err := o.ledger.Files(o.t.Context())
	o.must(err)
	of := map[department.PersonID]string{}
	for _, f := range list {
		if f.Kind == files.Report && !f.Gone() {
			of[f.Person] = f.ID
		}
	}
	byEmail := map[string]string{}
	for _, p := range o.dep().People {
		byEmail[p.Email] = of[p.ID]
	}
	out := make([]string, len(o.people))
	for i, p := range o.people {
		if out[i] = byEmail[p.Email]; out[i] == "" {
			o.t.Fatalf("%s has no report", p.Email)
		}
	}
	return out
}

// grid is a tab as a person sees it, its columns found by their tags.
type grid struct {
	o     *office
	file  string
	id    int64
	title string
	cols  map[string]int
	cells [][]*sheets.CellData
}

const gridFields = "sheets(properties(sheetId,title),developerMetadata(metadataKey,metadataValue),data(columnMetadata(developerMetadata(metadataKey,metadataValue)),rowData(values(userEnteredValue,effectiveValue,formattedValue,note,effectiveFormat(backgroundColorStyle)))))"

// blockFields are the fields of a tab for a test that looks often.
const blockFields = "sheets(properties(sheetId,title),data(startRow,columnMetadata(developerMetadata(metadataKey,metadataValue)),rowData(values(effectiveValue,formattedValue))))"

// tab finds a tab of a file by its key.
func (o *office) tab(file, key string) grid {
	o.t.Helper()
	g, ok := o.tabIn(file, key)
	if !ok {
		o.t.Fatalf("no tab %s in %s", key, file)
	}
	return g
}

func (o *office) tabIn(file, key string) (grid, bool) {
	o.t.Helper()
	list := o.read(file, "sheets(properties(sheetId,title))")
	for _, sh := range list.Sheets {
		if p := sh.Properties; p.SheetId == workbook.SheetID(key) {
			// The whole spreadsheet would take most of a test's time.
			whole := "'" + strings.ReplaceAll(p.Title, "'", "''") + "'"
			return o.gridOf(o.read(file, gridFields, whole), file, key)
		}
	}
	return grid{}, false
}

// part returns ranges of a tab of a file: all columns in them are found by their tags,
// and rows have the same numbers as in the tab.
func (o *office) part(file, key string, ranges ...string) grid {
	o.t.Helper()
	g, ok := o.gridOf(o.read(file, blockFields, ranges...), file, key)
	if !ok {
		o.t.Fatalf("no tab %s in %s", key, file)
	}
	return g
}

func (o *office) gridOf(s *sheets.Spreadsheet, file, key string) (grid, bool) {
	for _, sh := range s.Sheets {
		if sh.Properties.SheetId != workbook.SheetID(key) { // a person's copy of a tab has another
			continue
		}
		g := grid{o: o, file: file, id: sh.Properties.SheetId, title: sh.Properties.Title, cols: map[string]int{}}
		for _, d := range sh.Data {
			for c, m := range d.ColumnMetadata {
				for _, tag := range m.DeveloperMetadata {
					g.cols[tag.MetadataValue] = int(d.StartColumn) + c
				}
			}
			for len(g.cells) < int(d.StartRow)+len(d.RowData) {
				g.cells = append(g.cells, nil)
			}
			for i, r := range d.RowData {
				if row := int(d.StartRow) + i; len(r.Values) > len(g.cells[row]) {
					g.cells[row] = r.Values
				}
			}
		}
		return g, true
	}
	return grid{}, false
}

// cell returns a cell; never nil.
func (g grid) cell(row int, col string) *sheets.CellData {
	c, ok := g.cols[col]
	if ok && row >= 0 && row < len(g.cells) && c < len(g.cells[row]) && g.cells[row][c] != nil {
		return g.cells[row][c]
	}
	return &sheets.CellData{}
}

// row returns the first row in which a column shows the value: a text as it is shown, a
// date, or nothing.
func (g grid) row(col string, v any) int {
	g.o.t.Helper()
	for r := range g.cells {
		c := g.cell(r, col)
		switch v := v.(type) {
		case calendar.Date:
			if e := c.EffectiveValue; e != nil && e.NumberValue != nil && *e.NumberValue == v.Serial() {
				return r
			}
		case string:
			if c.FormattedValue == v {
				return r
			}
		}
	}
	return -1
}

// at returns the A1 address of a cell.
func (g grid) at(row int, col string) string {
	g.o.t.Helper()
	c, ok := g.cols[col]
	if !ok || row < 0 {
		g.o.t.Fatalf("no cell in row %d, column %s of %s", row, col, g.title)
	}
	return fmt.Sprintf("'%s'!%s%d", g.title, string(rune('A'+c)), row+1)
}

// put types a value into a cell as a person does.
func (o *office) put(who, file, at string, v any) {
	o.t.Helper()
	_, err := o.as(who).Spreadsheets.Values.Update(file, at, &sheets.ValueRange{Values: [][]any{{v}}}).
		ValueInputOption("USER_ENTERED").Do()
	o.must(err)
}

func monthTab(day calendar.Date) string { return "month:" + calendar.MonthOf(day).String() }

// types types a figure into the row of a day, as the person.
func (o *office) types(i int, day, kpi string, v any) {
	o.t.Helper()
	o.typesAs(o.people[i].Email, i, day, kpi, v)
}

func (o *office) typesAs(who string, i int, day, kpi string, v any) {
	o.t.Helper()
	g := o.tab(o.report(i), monthTab(date(day)))
	o.put(who, g.file, g.at(g.row("date", date(day)), "kpi:"+kpi), v)
}

// stands returns the cell of a day's figure.
func (o *office) stands(i int, day, kpi string) *sheets.CellData {
	o.t.Helper()
	g := o.tab(o.report(i), monthTab(date(day)))
	return g.cell(g.row("date", date(day)), "kpi:"+kpi)
}

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// ruled returns the row of a control tab that shows these texts, as "role=…;key=…".
func (g grid) ruled(shows string) int {
	g.o.t.Helper()
	for r := range g.cells {
		all := true
		for want := range strings.SplitSeq(shows, ";") {
			col, text, _ := strings.Cut(want, "=")
			all = all && g.cell(r, col).FormattedValue == text
		}
		if all {
			return r
		}
	}
	g.o.t.Fatalf("no row of %s shows %s", g.title, shows)
	return -1
}

// config types a value into a control tab as ops do, in the row that shows some
// texts, as "role=…;key=…".
func (o *office) config(tab, shows, set string, v any) { o.configAs(ops, tab, shows, set, v) }

func (o *office) configAs(who, tab, shows, set string, v any) {
	o.t.Helper()
	g := o.tab(o.control(), tab)
	o.put(who, g.file, g.at(g.ruled(shows), set), v)
}

const salesRep, coldCaller = "role=Менеджер по продажам;", "role=Специалист по холодным звонкам;"

// adds types a row below the last one of a control tab, as ops do.
func (o *office) adds(tab string, values map[string]any) {
	o.t.Helper()
	s := o.read(o.control(), control.Fields)
	reqs, err := control.AddRow(s, tab, values, words.RU)
	o.must(err)
	o.batch(ops, o.control(), reqs...)
}

// batch sends requests for a spreadsheet as a person.
func (o *office) batch(who, file string, reqs ...*sheets.Request) {
	o.t.Helper()
	_, err := o.as(who).Spreadsheets.BatchUpdate(file, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).Do()
	o.must(err)
}

// line returns a person's line of a KPI in a period, as in the export.
func (o *office) line(i int, kind calendar.Kind, day, kpi string) planfact.Line {
	o.t.Helper()
	dep, engine, _, _, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	per, name := calendar.PeriodOf(kind, date(day)), o.person(i).Name
	for r := range summary.Rows(dep, engine, o.closed(), kind, per.Span) {
		if r.Manager == name && r.Line.KPI.Key == kpi && r.Period == per {
			return r.Line
		}
	}
	o.t.Fatalf("no %s of person %d in %s", kpi, i, per)
	return planfact.Line{}
}

// month checks the fact of the month of 14 May 2026.
func (o *office) month(i int, kpi string, want float64) {
	o.t.Helper()
	if got := o.line(i, calendar.Month, "2026-05-14", kpi).Fact; !got.OK || got.V != want {
		o.t.Errorf("fact of %s of person %d: %v, want %v", kpi, i, got, want)
	}
}

// export returns `export summary` of everything, as bytes.
func (o *office) export() string {
	o.t.Helper()
	dep, engine, _, span, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	var b bytes.Buffer
	for _, kind := range []calendar.Kind{calendar.Day, calendar.Week, calendar.Month} {
		o.must(summary.WriteCSV(&b, summary.Rows(dep, engine, o.closed(), kind, span)))
	}
	return b.String()
}

// text returns everything that a tab shows, row by row.
func (o *office) text(file, tab string) string {
	o.t.Helper()
	g := o.tab(file, tab)
	var b strings.Builder
	for _, row := range g.cells {
		for _, c := range row {
			if c != nil && c.FormattedValue != "" {
				b.WriteString(c.FormattedValue + " | ")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

const dumpFields = "properties(title,locale,timeZone),sheets(properties,developerMetadata(metadataId,metadataKey,metadataValue),merges,protectedRanges(protectedRangeId,range,unprotectedRanges),conditionalFormats,charts(chartId,spec),data(columnMetadata,rowMetadata(developerMetadata(metadataId,metadataValue)),rowData(values(userEnteredValue,effectiveValue,userEnteredFormat,note,dataValidation))))"

// asSet sorts the merges of an answer: their order is that in which they were made, and
// means nothing.
func asSet(answer string) string {
	return between(answer, `"merges":[{`, `}]`, func(list string) string {
		areas := strings.Split(list, "},{")
		slices.Sort(areas)
		return strings.Join(areas, "},{")
	})
}

// timeless leaves out what the clock of a tab shows, which depends on the moment.
func timeless(answer string) string {
	return between(answer, `"formulaValue":"=NOW()"},"effectiveValue":{"numberValue":`, `}`,
		func(string) string { return "" })
}

// between returns a text in which f has changed what is between a head and the next tail.
func between(text, head, tail string, f func(string) string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, head)
		if i < 0 {
			break
		}
		i += len(head)
		n := strings.Index(text[i:], tail)
		if n < 0 {
			break
		}
		if b.Len() == 0 {
			b.Grow(len(text))
		}
		b.WriteString(text[:i])
		b.WriteString(f(text[i : i+n]))
		text = text[i+n:]
	}
	if b.Len() == 0 {
		return text
	}
	b.WriteString(text)
	return b.String()
}

// differ returns where two dumps differ, line by line; empty: nowhere.
func differ(want, got map[string]string) string {
	if maps.Equal(want, got) {
		return ""
	}
	lines := func(dump map[string]string) map[string]string {
		out := map[string]string{}
		for name, text := range dump {
			out[name] = strings.ReplaceAll(text, "},{", "},\n{")
		}
		return out
	}
	return cmp.Diff(lines(want), lines(got))
}

// answer returns what the API answers about fields of a file, or of ranges of it.
func (o *office) answer(file, fields string, ranges ...string) string {
	o.t.Helper()
	query := url.Values{"prettyPrint": {"false"}, "fields": {fields}, "ranges": ranges}
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet,
		"http://localhost/v4/spreadsheets/"+file+"?"+query.Encode(), nil)
	o.must(err)
	res, err := o.google.RoundTrip(r)
	o.must(err)
	var b strings.Builder
	b.Grow(int(max(res.ContentLength, 0)))
	_, err = io.Copy(&b, res.Body)
	o.must(errors.Join(err, res.Body.Close()))
	if res.StatusCode != http.StatusOK {
		o.t.Fatalf("%s: %s", res.Status, b.String())
	}
	return b.String()
}

// read returns fields of a file, or of ranges of it. The generated client's way of
// decoding an answer took a tenth of what all of these tests take.
func (o *office) read(file, fields string, ranges ...string) *sheets.Spreadsheet {
	o.t.Helper()
	s := new(sheets.Spreadsheet)
	o.must(apijson.Read([]byte(o.answer(file, fields, ranges...)), s))
	return s
}

// dump returns all of the office's spreadsheets as the API gives them, by name, or those
// of some names. It fails if two files have the same identity.
func (o *office) dump(names ...string) map[string]string {
	o.t.Helper()
	list, err := o.drive.Files.List().Q("trashed=false and mimeType='application/vnd.google-apps.spreadsheet'").
		PageSize(1000).Fields("files(id,name,appProperties)").Do()
	o.must(err)
	out := map[string]string{}
	for _, f := range list.Files {
		if len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		// Decoding and encoding it would take most of a test's time.
		answer := o.answer(f.Id, dumpFields)
		if _, twice := out[f.Name]; twice {
			o.t.Errorf("there are two files %q", f.Name)
		}
		text := timeless(asSet(answer))
		for _, of := range list.Files {
			text = strings.ReplaceAll(text, of.Id, "ID of "+of.Name)
		}
		out[f.Name] = text
	}
	return out
}
