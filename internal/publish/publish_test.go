package publish_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/publish"
	"svodka/internal/workbook"
)

// cut says how a write is cut off.
type cut struct {
	call  int    // which of the calls to Google, from 1; 0: none
	store int    // which of the ledger's calls, from 1; 0: none
	after bool   // after it has been carried out
	how   string // "kill", or the answer to the call: "cut", "503", "400"
}

func (c cut) String() string {
	at := fmt.Sprintf("call %d", c.call)
	if c.store > 0 {
		at = fmt.Sprintf("store %d", c.store)
	}
	return fmt.Sprintf("%s %s after=%t", c.how, at, c.after)
}

var errKilled = errors.New("killed")

// desk is a spreadsheet at the local Google, a ledger in a file, and a person who types
// at every call.
type desk struct {
	t      *testing.T
	server *localgoogle.Server
	client *google.Client
	people *sheets.Service
	ledger *ledger.Ledger
	path   string
	id     string
	read   map[string]float64 // by day: what was typed, as far as read

	plan  cut
	calls int // so far
	store int
	dead  bool
	types func(n int) // called before and after each call
	n     int
	feed  bool // the change feed reports an edit: the last one was not the worker's
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "ledger.db"), read: map[string]float64{}, types: func(int) {}}
	var err error
	d.server, err = localgoogle.Open(t.Context(), localgoogle.Options{Now: now})
	d.must(err)
	t.Cleanup(func() { d.must(d.server.Close()) })
	d.people, err = sheets.NewService(t.Context(), option.WithHTTPClient(&http.Client{Transport: d.server.Transport()}),
		option.WithEndpoint("http://localhost/"))
	d.must(err)
	d.client, err = google.New(t.Context(), google.Options{
		HTTP: &http.Client{Transport: d}, Endpoint: "http://localhost", Now: now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	d.must(err)
	d.open()
	t.Cleanup(func() { d.must(d.ledger.Close()) })
	f, err := d.client.Create(t.Context(), "Новая", map[string]string{"kind": "test"})
	d.must(err)
	d.id = f.ID
	d.must(d.ledger.PutFile(t.Context(), files.File{ID: d.id, Kind: files.Report}))
	d.calls = 0
	return d
}

func now() time.Time { return time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC) }

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	d.ledger, err = ledger.Open(d.t.Context(), d.path, now)
	d.must(err)
}

// restart starts a new process, which knows only what is on disk.
func (d *desk) restart() {
	d.t.Helper()
	d.must(d.ledger.Close())
	d.open()
	d.dead, d.plan = false, cut{}
}

// RoundTrip carries the worker's requests to Google.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.dead {
		return nil, context.Canceled
	}
	d.calls++
	hit := d.calls == d.plan.call
	d.n++
	d.types(d.n)
	if hit && !d.plan.after {
		return d.fail(r, d.plan.how)
	}
	res, err := d.server.Transport().RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, ":batchUpdate") {
		d.feed = false
	}
	d.n++
	d.types(d.n)
	if err != nil || !hit {
		return res, err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	return d.fail(r, d.plan.how)
}

func (d *desk) fail(r *http.Request, how string) (*http.Response, error) {
	switch how {
	case "kill":
		d.dead = true
		return nil, context.Canceled
	case "cut":
		return nil, io.ErrUnexpectedEOF
	}
	body := fmt.Sprintf(`{"error":{"code":%s,"message":"no"}}`, how)
	status := map[string]int{"400": 400, "403": 403, "503": 503}[how]
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// PutFile carries the worker's records to the ledger.
func (d *desk) PutFile(ctx context.Context, f files.File) error {
	if d.dead {
		return errKilled
	}
	d.store++
	hit := d.store == d.plan.store
	if hit && !d.plan.after {
		d.dead = true
		return errKilled
	}
	err := d.ledger.PutFile(ctx, f)
	if hit && err == nil {
		d.dead = true
		return errKilled
	}
	return err
}

// file returns the ledger's record.
func (d *desk) file() files.File {
	d.t.Helper()
	list, err := d.ledger.Files(d.t.Context())
	d.must(err)
	if len(list) != 1 {
		d.t.Fatalf("%d files", len(list))
	}
	return list[0]
}

// days of the sheet, as serials.
var days = []float64{46153, 46154, 46155}

// book returns a layout like a report's: days, a column that a person types into, a
// formula, a note, a heading with a tag. version is a plan that changes; long adds rows,
// so that the write is sent in parts.
func book(version, long int) *workbook.Book {
	head := &workbook.Style{Bold: true}
	t := &workbook.Tab{ID: workbook.SheetID("month"), Key: "month", Title: "Май", Exclusive: true, KeyColumn: "date",
		Columns: []workbook.Column{{Key: "date", Width: 90}, {Key: "fact", Width: 80}, {Key: "plan", Width: 80}},
		RowIDs:  []workbook.RowID{{Tag: "head"}}, FrozenRows: 1,
		Cells: [][]workbook.Cell{{workbook.Txt("Дата", head), workbook.Txt("Факт", head), workbook.Txt("План", head)}},
	}
	for i := range len(days) + long {
		day := days[0] + float64(i)
		note := ""
		if i == version%2 {
			note = fmt.Sprintf("Версия %d", version)
		}
		t.RowIDs = append(t.RowIDs, workbook.RowID{Day: day})
		t.Cells = append(t.Cells, []workbook.Cell{
			workbook.N(day, nil), {Open: true}, {Kind: workbook.Number, Num: float64(version + i), Note: note},
		})
	}
	t.Rows, t.Cols = len(t.Cells), 3
	return &workbook.Book{Title: fmt.Sprintf("Отчёт %d", version), Tabs: []*workbook.Tab{t}}
}

// take stores what people have typed, as a caller does.
func (d *desk) take(s *sheets.Spreadsheet) {
	for _, f := range workbook.FoundOf(s) {
		if f.MetaID != workbook.MetaID(workbook.SheetID("month"), "fact") {
			continue
		}
		for i, v := range f.Values {
			if n, ok := v.(float64); ok && f.Row+i > 0 {
				d.read[fmt.Sprint(f.Row+i)] = n
			}
		}
	}
}

// turn is a run: it reads what it must, then updates the layout.
func (d *desk) turn(version, long, part int) (bool, error) {
	d.t.Helper()
	f := d.file()
	fresh := !f.Known() && !f.Unread()
	if f.Unread() || d.feed {
		d.feed = false
		s, err := d.client.Spreadsheet(d.t.Context(), f.ID, workbook.FoundFields)
		if err != nil {
			return false, err
		}
		d.take(s)
		layout, _ := f.Layout()
		f.Read(layout, true)
	}
	p := &publish.Publisher{Google: d.client, Ledger: d, PartSize: part}
	return p.Publish(d.t.Context(), publish.Job{
		File: &f, Fresh: fresh, Fields: workbook.FoundFields, Digest: fmt.Sprint(version),
		Book: func(context.Context, *workbook.State, *sheets.Spreadsheet) (*workbook.Book, error) {
			return book(version, long), nil
		},
		Answer: func(_ context.Context, _ *workbook.State, s *sheets.Spreadsheet) (bool, error) {
			if d.dead {
				return false, errKilled
			}
			d.take(s)
			return false, nil
		},
	})
}

// typeAt types into the person's column of a row.
func (d *desk) typeAt(row int, v float64) {
	d.t.Helper()
	_, err := d.people.Spreadsheets.Values.Update(d.id, fmt.Sprintf("'Май'!B%d", row+1),
		&sheets.ValueRange{Values: [][]any{{v}}}).ValueInputOption("USER_ENTERED").Do()
	var ge *googleapi.Error
	if errors.As(err, &ge) && ge.Code == http.StatusBadRequest {
		return // there is no tab yet
	}
	d.must(err)
	d.feed = true
}

var ids = regexp.MustCompile(`"spreadsheetId": ?"[^"]*"|"spreadsheetUrl": ?"[^"]*"`)

// dump returns the spreadsheet as the API gives it.
func (d *desk) dump() string {
	d.t.Helper()
	s, err := d.people.Spreadsheets.Get(d.id).IncludeGridData(true).Do()
	d.must(err)
	b, err := s.MarshalJSON()
	d.must(err)
	return strings.ReplaceAll(ids.ReplaceAllString(string(b), ""), "},{", "},\n{")
}

// begin is the state of a spreadsheet before the write that is cut off.
type begin struct {
	name    string
	written int  // the version that was written before; −1: none, the spreadsheet is new
	lost    bool // it is no longer known what was written last
	part    int  // size from which a write is sent in parts
	long    int  // more rows
}

// laid returns a desk with a spreadsheet in the state begin.
func laid(t *testing.T, b begin) *desk {
	t.Helper()
	d := newDesk(t)
	if b.written >= 0 {
		_, err := d.turn(b.written, b.long, 0)
		d.must(err)
		for i := range days {
			d.typeAt(i+1, float64(10+i))
		}
		if b.lost {
			f := d.file()
			f.Distrust()
			d.must(d.ledger.PutFile(t.Context(), f))
		}
	}
	d.calls, d.store, d.n = 0, 0, 0
	return d
}

// A write may be cut off at any of its calls and at any of its records in the ledger,
// before and after they are carried out, while a person types at every call. The next run
// ends in the spreadsheet of an undisturbed run, what was typed is there and has been
// read, and a run after that has nothing to do.
func TestCutAnywhere(t *testing.T) {
	for _, b := range []begin{
		{name: "a new spreadsheet", written: -1},
		{name: "one that is known", written: 1},
		{name: "one that must be looked at", written: 1, lost: true},
		{name: "a new one, in parts", written: -1, part: 1500, long: 20},
		{name: "a known one, in parts", written: 1, part: 1500, long: 20},
	} {
		t.Run(b.name, func(t *testing.T) {
			const version = 4
			calm := laid(t, b)
			_, err := calm.turn(version, b.long, b.part)
			calm.must(err)
			calls, stores := calm.calls, calm.store
			if calls < 1 || stores != 2 || b.part > 0 && calls < 3 {
				t.Fatalf("%d calls, %d records", calls, stores)
			}
			for i := range days {
				calm.typeAt(i+1, float64(100+i))
			}
			want := calm.dump()

			var cuts []cut
			for _, after := range []bool{false, true} {
				for n := 1; n <= calls; n++ {
					for _, how := range []string{"kill", "cut", "503", "403", "400"} {
						if after && (how == "400" || how == "403") {
							continue // Google refuses before it does anything
						}
						if testing.Short() && (how != "kill" || b.part > 0) {
							continue
						}
						cuts = append(cuts, cut{call: n, after: after, how: how})
					}
				}
				for n := 1; n <= stores; n++ {
					cuts = append(cuts, cut{store: n, after: after, how: "kill"})
				}
			}
			for _, c := range cuts {
				t.Run(c.String(), func(t *testing.T) {
					d := laid(t, b)
					d.plan = c
					final := map[string]float64{}
					d.types = func(n int) { // another row each time, so that each moment is the last of some row
						if b.written < 0 && b.part > 0 {
							return // nobody gets access to a new spreadsheet before it is complete
						}
						row := n%len(days) + 1
						d.typeAt(row, float64(1000+n))
						if d.stands(row) == float64(1000+n) {
							final[fmt.Sprint(row)] = float64(1000 + n)
						}
					}
					if _, err := d.turn(version, b.long, b.part); err == nil && (c.how == "kill" || c.how == "403") &&
						!(c.store == stores && c.after) {
						t.Error("the run that was cut off reports no error")
					}
					d.types = func(int) {}
					f := d.file()
					stands := d.title() == fmt.Sprintf("Отчёт %d", version)
					if publish.Remembered(f) != nil && (f.Digest() == fmt.Sprint(version)) != stands {
						t.Errorf("the ledger believes in layout %q, and the spreadsheet stands as %q", f.Digest(),
							d.title())
					}
					d.restart()
					for i, done := 0, false; !done; i++ {
						wrote, err := d.turn(version, b.long, b.part)
						d.must(err)
						if done = i > 0 && !wrote; !done && i == 3 {
							t.Fatal("it never has nothing to do")
						}
					}
					for row, v := range final {
						if d.read[row] != v {
							t.Errorf("row %s: %v was typed, %v read", row, v, d.read[row])
						}
					}
					for i := range days {
						d.typeAt(i+1, float64(100+i))
					}
					if diff := cmp.Diff(want, d.dump()); diff != "" {
						t.Errorf("the spreadsheet differs (-calm +cut):\n%s", diff)
					}
				})
			}
		})
	}
}

// stands returns the number in the person's column of a row; −1: none.
func (d *desk) stands(row int) float64 {
	d.t.Helper()
	v, err := d.people.Spreadsheets.Values.Get(d.id, fmt.Sprintf("'Май'!B%d", row+1)).
		ValueRenderOption("UNFORMATTED_VALUE").Do()
	if err != nil || len(v.Values) == 0 {
		return -1
	}
	n, ok := v.Values[0][0].(float64)
	if !ok {
		return -1
	}
	return n
}

func (d *desk) title() string {
	d.t.Helper()
	s, err := d.people.Spreadsheets.Get(d.id).Do()
	d.must(err)
	return s.Properties.Title
}

// If all tries of a write failed, one of them may have been carried out: the worker does
// not assume that nothing changed. It repairs the layout even if that has changed back
// meanwhile.
func TestFailedWriteIsNotBelieved(t *testing.T) {
	d := laid(t, begin{written: 1})
	_, err := d.turn(1, 0, 0)
	d.must(err)
	want := d.dump()
	d.server.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.batchUpdate", Status: 503, AfterCommit: true,
		Count: 100})
	if _, err := d.turn(2, 0, 0); err == nil {
		t.Fatal("it reports no error")
	}
	if d.title() != "Отчёт 2" {
		t.Fatalf("the write was not carried out: %s", d.title())
	}
	d.server.Faults().Reset()
	for range 2 {
		_, err = d.turn(1, 0, 0)
		d.must(err)
	}
	if diff := cmp.Diff(want, d.dump()); diff != "" {
		t.Errorf("the spreadsheet differs (-before +taken back):\n%s", diff)
	}
}

// A layout that cannot be written has an error of its own; nothing is sent, and nothing
// known is lost.
func TestLayoutError(t *testing.T) {
	d := laid(t, begin{written: 1})
	f := d.file()
	was := d.file()
	p := &publish.Publisher{Google: d.client, Ledger: d}
	wrote, err := p.Publish(t.Context(), publish.Job{File: &f, Name: "the plan", Fields: workbook.FoundFields,
		Digest: "new",
		Book: func(context.Context, *workbook.State, *sheets.Spreadsheet) (*workbook.Book, error) {
			b := book(2, 0)
			b.Tabs[0].Columns[1].Key = "date" // twice
			return b, nil
		}})
	var le *publish.LayoutError
	if !errors.As(err, &le) || !strings.HasPrefix(err.Error(), "laying out the plan: ") || wrote || d.calls != 0 ||
		d.store != 0 {
		t.Errorf("%v, wrote %t, %d calls, %d records", err, wrote, d.calls, d.store)
	}
	if got := d.file(); !got.Equal(was) {
		t.Errorf("the file became %+v", got)
	}
}

// Type marks the spreadsheet to be read first, keeps what is known of the worker's own
// cells, and types nothing twice when an answer is lost.
func TestType(t *testing.T) {
	for _, c := range []cut{{}, {call: 1, how: "cut"}, {call: 1, how: "cut", after: true}, {call: 1, how: "400"},
		{call: 1, how: "kill", after: true}, {store: 1, how: "kill"}, {store: 1, how: "kill", after: true}} {
		t.Run(c.String(), func(t *testing.T) {
			d := laid(t, begin{written: 1})
			f := d.file()
			layout, _ := f.Layout()
			f.Read(layout, true)
			d.must(d.ledger.PutFile(t.Context(), f))
			d.plan = c
			asked := 0
			p := &publish.Publisher{Google: d.client, Ledger: d}
			err := p.Type(t.Context(), &f, "the report", func(context.Context) ([]*sheets.Request, error) {
				asked++
				if d.dead {
					return nil, errKilled
				}
				if d.stands(2) == 77 {
					return nil, nil
				}
				return []*sheets.Request{
					// An insertion must not be done twice.
					{InsertDimension: &sheets.InsertDimensionRequest{Range: &sheets.DimensionRange{
						SheetId: workbook.SheetID("month"), Dimension: "ROWS", StartIndex: 3, EndIndex: 4}}},
					workbook.SetCells([]workbook.CellAt{{Sheet: workbook.SheetID("month"), Row: 2, Col: 1,
						Cell: workbook.N(77, nil)}})[0],
				}, nil
			})
			killed := c.how == "kill"
			if killed != (err != nil) || asked != 1 && (c.how == "" || c.store > 0) {
				t.Errorf("%v, asked %d times", err, asked)
			}
			got := d.file()
			if typed := d.stands(2) == 77; typed && !got.Unread() || !killed && !typed {
				t.Errorf("typed %t, to be read %t", typed, got.Unread())
			}
			is, _ := got.Layout()
			if was, _ := f.Layout(); string(is) != string(was) {
				t.Error("what was written last is forgotten")
			}
		})
	}
}
