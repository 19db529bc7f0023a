package worker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/worker"
)

// writes observes every write that has been carried out, and loses the answer of one.
type writes struct {
	base http.RoundTripper
	seen func(file string, reqs []*sheets.Request)

	mu   sync.Mutex
	n    int // so far
	lose int // from 1; 0: none
}

func (w *writes) RoundTrip(r *http.Request) (*http.Response, error) {
	file, write := strings.CutSuffix(r.URL.Path, ":batchUpdate")
	if !write {
		return w.base.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var batch sheets.BatchUpdateSpreadsheetRequest
	if err := json.Unmarshal(body, &batch); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.n++
	lost := w.n == w.lose
	w.mu.Unlock()
	if w.seen != nil {
		w.seen(file[strings.LastIndexByte(file, '/')+1:], batch.Requests)
	}
	if lost {
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
		return nil, io.ErrUnexpectedEOF
	}
	return res, nil
}

// A write that is too large for one batch is sent in parts. The answer of any of them may
// be lost although it was carried out: the worker looks at the spreadsheet, and writes
// nothing twice. After each part the spreadsheet makes sense.
func TestAnswerOfAPartIsLost(t *testing.T) {
	t.Parallel()
	day := "2026-06-01"
	copies := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep")
		o.sync()
		o.open()
		o.types(0, "2026-05-13", "deals", 7301)
		o.types(1, "2026-05-13", "deals", 7302)
		o.sync()
		o.settle()
		// A new month gets a tab, and a plan in the old one changes.
		o.config("kpis", salesRep+"key=revenue", "plan", 900000)
	})
	with := func(t *testing.T, lose int) (*office, *writes) {
		w := &writes{lose: lose}
		return copies(t, func(o *office) {
			o.clock.set(day, 12, 0)
			o.options = func(opt *worker.Options) { opt.PartSize = 16 << 10 }
			o.wire = func(base http.RoundTripper) http.RoundTripper { w.base = base; return w }
		}), w
	}
	calm, w := with(t, 0)
	at := map[string]int{} // the step at which the write of a spreadsheet is
	w.seen = func(file string, reqs []*sheets.Request) {
		for _, r := range reqs {
			s := step(r)
			if s != 0 && s < at[file] {
				b, err := json.Marshal(r)
				calm.must(err)
				t.Errorf("%s: at step %d is sent %s", file, at[file], b)
			}
			at[file] = max(at[file], s)
		}
		calm.sensible(file)
	}
	calm.sync()
	all := w.n
	if all < 20 || len(at) != 4 { // the reports, the summary, and the configuration, whose links lead to the new month
		t.Fatalf("%d writes of %d spreadsheets", all, len(at))
	}
	calm.settle()
	want := calm.undated()
	for n := 1; n <= all; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			o, w := with(t, n)
			o.sync()
			o.settle()
			if w.n < n {
				t.Errorf("only %d writes, none was lost", w.n)
			}
			if diff := cmp.Diff(want, o.undated()); diff != "" {
				t.Errorf("the spreadsheets differ (-calm +lost):\n%s", diff)
			}
		})
	}
}

// step returns where in a write a request belongs: first tabs, rows and columns are made
// and get their marks, then cells are filled, then comes what lies over cells. 0:
// anywhere.
func step(r *sheets.Request) int {
	switch {
	case r.AddSheet != nil, r.InsertDimension != nil, r.CreateDeveloperMetadata != nil:
		return 1
	case r.UpdateCells != nil, r.SetDataValidation != nil:
		return 2
	case r.AddConditionalFormatRule != nil, r.AddProtectedRange != nil, r.AddChart != nil, r.MergeCells != nil:
		return 3
	}
	return 0
}

// sensible checks that a spreadsheet makes sense between two parts of a write: no formula
// is broken, and what was typed is there.
func (o *office) sensible(file string) {
	o.t.Helper()
	s := o.read(file, dumpFields)
	typed := 0
	for _, sh := range s.Sheets {
		for _, data := range sh.Data {
			for _, row := range data.RowData {
				for _, c := range row.Values {
					if v := c.EffectiveValue; v != nil && v.ErrorValue != nil {
						o.t.Errorf("%s, %s: %s", s.Properties.Title, sh.Properties.Title, v.ErrorValue.Message)
					}
					if v := c.UserEnteredValue; v != nil && v.NumberValue != nil &&
						(*v.NumberValue == 7301 || *v.NumberValue == 7302) {
						typed++
					}
				}
			}
		}
	}
	if typed == 0 && slices.Contains(o.reports(), file) {
		o.t.Errorf("%s: what was typed is gone", s.Properties.Title)
	}
}

// closedAt matches the moment of a close, in milliseconds.
var closedAt = regexp.MustCompile(`\\"at\\":\d+`)

// undated returns a dump without the moments of closes.
func (o *office) undated() map[string]string {
	o.t.Helper()
	out := o.dump()
	for name, s := range out {
		out[name] = closedAt.ReplaceAllString(s, "")
	}
	return out
}
