package worker_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/workbook"
)

// tabs returns the titles of a spreadsheet's tabs, and which are hidden.
func (o *office) tabs(file string) map[string]bool {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(file).Fields("sheets(properties(title,hidden))").Do()
	o.must(err)
	out := map[string]bool{}
	for _, sh := range s.Sheets {
		out[sh.Properties.Title] = sh.Properties.Hidden
	}
	return out
}

// failing runs a cycle in which Google refuses something of one spreadsheet.
func (o *office) failing() {
	o.t.Helper()
	out, err := o.w.Sync(o.t.Context(), 0)
	o.must(err)
	var ge *google.Error
	if len(out.Failures) != 1 || !errors.As(out.Failures[0], &ge) || ge.Status != 400 {
		o.t.Errorf("the sync reports %v", out.Failures)
	}
}

// refused stages an office in which people have typed figures and deals, and have a note
// and a column of their own in each tab. It returns a function that makes copies in which
// a tab of a person has an invisible fault.
func refused(t *testing.T) func(t testing.TB, person int, tab string, fault localgoogle.TabFault,
	change ...func(*office)) *office {
	t.Helper()
	again := staged(t, func(o *office) {
		o.init().hire(1, "sales-rep").hire(1, "sales-rep-deals")
		o.sync()
		o.open()
		for _, d := range []int{5, 12, 13} {
			o.types(0, fmt.Sprintf("2026-05-%02d", d), "deals", d)
			o.types(0, fmt.Sprintf("2026-05-%02d", d), "revenue", 1000*d)
			o.enter(1, "deals", d, fmt.Sprintf("%02d.05.2026", d), fmt.Sprint("Клиент ", d), 100*d, "перенесли")
		}
		for i, key := range []string{"month:2026-05", "deals"} {
			g := o.tab(o.report(i), key)
			at := len(g.cells[0])
			o.batch("", g.file, // nobody else may: the tab is protected
				&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: columns(g, at, at+1),
					InheritFromBefore: true}},
				&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Fields: "userEnteredValue,note",
					Start: &sheets.GridCoordinate{SheetId: g.id, RowIndex: 20, ColumnIndex: int64(at)},
					Rows: []*sheets.RowData{{Values: []*sheets.CellData{{Note: "перезвонить",
						UserEnteredValue: &sheets.ExtendedValue{StringValue: new("своё")}}}}}}})
		}
		o.settle()
	})
	return func(t testing.TB, person int, tab string, fault localgoogle.TabFault, change ...func(*office)) *office {
		o := again(t, change...)
		fault.FileID, fault.Tab = o.report(person), workbook.SheetID(tab)
		o.server.Faults().RefuseTab(fault)
		return o
	}
}

// copied finds the hidden copy of a tab, and checks that it holds the person's own
// content.
func (o *office) copied(person int, title string) {
	o.t.Helper()
	file := o.report(person)
	if hidden, there := o.tabs(file)[title]; !there || !hidden {
		o.t.Fatalf("the copy is hidden: %t, there: %t", hidden, there)
	}
	s, err := o.as("").Spreadsheets.Get(file).Ranges("'" + title + "'").IncludeGridData(true).Do()
	o.must(err)
	for _, row := range s.Sheets[0].Data[0].RowData {
		for _, c := range row.Values {
			if c.FormattedValue == "своё" && c.Note == "перезвонить" {
				return
			}
		}
	}
	o.t.Errorf("what the person had of their own is not in %q", title)
}

// A tab that Google keeps refusing is set aside in the sync that finds that: every figure
// counts, ops learn of it at the person's row, the next sync has nothing to do, and the
// spreadsheet agrees with the ledger.
func TestRefusedTab(t *testing.T) {
	t.Parallel()
	refused := refused(t)
	plan := func(o *office) { o.config("kpis", salesRep+"key=revenue", "plan", 900000) }
	t.Run("a month", func(t *testing.T) {
		calm := refused(t, 0, "guide", localgoogle.TabFault{Kinds: []string{"sortRange"}})
		plan(calm)
		calm.settle()
		want := calm.export()

		o := refused(t, 0, "month:2026-05", localgoogle.TabFault{})
		plan(o)
		// Its reads are the configuration and two looks; its writes are the three refused
		// ones, the question, the setting aside, the new tab, and those for ops and the
		// director.
		o.expect("set aside", google.Calls{Drive: 1, SheetsRead: 3, SheetsWrite: 8})
		o.sync()
		o.expect("settled", google.Calls{Drive: 1})
		o.copied(0, "Май 2026 (прежний)")
		if got := o.export(); got != want {
			t.Errorf("the export differs:\n%s", clip(cmp.Diff(want, got)))
		}
		if s := o.text(o.control(), "checks"); !strings.Contains(s, "создана заново") ||
			strings.Count(s, "Сотрудники | A2") != 1 {
			t.Errorf("ops are told:\n%s", s)
		}
		if !strings.Contains(o.log.String(), "kept refusing") {
			t.Error("the log does not tell")
		}
		v := vandal{office: o}
		v.whole(0)
		o.types(0, "2026-05-14", "deals", 4)
		o.settle()
		o.month(0, "deals", 34)
		want = o.export()
		o.restart(true)
		o.settle()
		if got := o.export(); got != want {
			t.Errorf("read anew the export differs:\n%s", clip(cmp.Diff(want, got)))
		}
		o.clock.set("2026-05-22", 12, 0)
		o.settle()
		if s := o.text(o.control(), "checks"); strings.Contains(s, "создана заново") {
			t.Errorf("ops are told a week later:\n%s", s)
		}
	})
	t.Run("a list", func(t *testing.T) {
		o := refused(t, 1, "deals", localgoogle.TabFault{})
		want, deals := o.export(), o.kept(1)
		g := o.tab(o.report(1), "deals")
		o.server.Faults().Reset()
		o.batch("", g.file, &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Fields: "userEnteredFormat",
			Range: &sheets.GridRange{SheetId: g.id, EndRowIndex: 1}, Cell: &sheets.CellData{}}})
		o.server.Faults().RefuseTab(localgoogle.TabFault{FileID: g.file, Tab: g.id})
		out, err := o.w.Sweep(t.Context()) // it sees that the heading has lost its style
		o.must(errors.Join(append(out.Failures, err)...))
		o.settle()
		o.copied(1, "Сделки (прежний)")
		if got := o.export(); got != want || !slices.Equal(o.kept(1), deals) {
			t.Errorf("deals %q, want %q; the export differs:\n%s", o.kept(1), deals, clip(cmp.Diff(want, got)))
		}
	})
	t.Run("refused for ever", func(t *testing.T) {
		o := refused(t, 0, "month:2026-05", localgoogle.TabFault{Stays: true})
		plan(o)
		was := o.tabs(o.report(0))
		for range 3 {
			o.failing()
			if got := o.tabs(o.report(0)); !maps.Equal(got, was) {
				t.Errorf("the tabs are %v, were %v", got, was)
			}
		}
		o.server.Faults().Reset()
		o.settle()
		o.month(0, "deals", 30)
	})
	t.Run("the summary", func(t *testing.T) {
		o := refused(t, 0, "guide", localgoogle.TabFault{Kinds: []string{"sortRange"}})
		s, err := o.as("").Spreadsheets.Get(o.summary()).Fields("sheets(properties)").Do()
		o.must(err)
		first := s.Sheets[0].Properties
		o.server.Faults().RefuseTab(localgoogle.TabFault{FileID: o.summary(), Tab: first.SheetId})
		o.types(0, "2026-05-14", "deals", 4)
		o.settle()
		if hidden, there := o.tabs(o.summary())[first.Title+" (прежний)"]; !there || !hidden {
			t.Errorf("the tabs are %v", o.tabs(o.summary()))
		}
		if s := o.text(o.control(), "checks"); !strings.Contains(s, "в сводке") {
			t.Errorf("ops are told:\n%s", s)
		}
	})
}

// lostAside loses the answer of the batch that sets a tab aside, and runs a function in
// the moment before it; kills: no call comes through after that.
type lostAside struct {
	base   http.RoundTripper
	before func()
	kills  bool
	n      int
	dead   bool
}

func (l *lostAside) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.dead {
		return nil, io.ErrUnexpectedEOF
	}
	if r.Body == nil || !strings.HasSuffix(r.URL.Path, ":batchUpdate") {
		return l.base.RoundTrip(r)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	// The question also has what makes the tab anew.
	if !bytes.Contains(b, []byte("duplicateSheet")) || bytes.Contains(b, []byte("addSheet")) {
		return l.base.RoundTrip(r)
	}
	if l.n++; l.n == 1 {
		l.before()
	}
	res, err := l.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	l.dead = l.kills
	return nil, io.ErrUnexpectedEOF
}

// If the answer to setting a tab aside is lost, or the process is killed then, the
// figures are only in the copy: they are read there, even what was typed in the moment
// before, whether Google copies tags along with a tab or not.
func TestRefusedTabCut(t *testing.T) {
	t.Parallel()
	refused := refused(t)
	for _, c := range []struct{ killed, tagged bool }{{false, true}, {true, true}, {true, false}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			l := &lostAside{kills: c.killed}
			o := refused(t, 0, "month:2026-05", localgoogle.TabFault{}, func(o *office) {
				o.wire = func(base http.RoundTripper) http.RoundTripper { l.base = base; return l }
			})
			l.before = func() { o.types(0, "2026-05-14", "deals", 4) }
			o.config("kpis", salesRep+"key=revenue", "plan", 900000)
			out, err := o.w.Sync(t.Context(), 0)
			if lost := errors.Join(append(out.Failures, err)...) != nil; lost != c.killed {
				t.Fatalf("the sync reports %v, %v", out.Failures, err)
			}
			if _, there := o.tabIn(o.report(0), "month:2026-05"); there == c.killed {
				t.Fatalf("the tab is there: %t", there)
			}
			if !c.tagged {
				o.untag(0, "Май 2026 (прежний)")
			}
			l.dead, l.kills = false, false
			o.restart(false)
			o.settle()
			o.month(0, "deals", 34)
			if got := o.stands(0, "2026-05-14", "deals").FormattedValue; got != "4" {
				t.Errorf("today's cell shows %q", got)
			}
			o.copied(0, "Май 2026 (прежний)")
			if _, twice := o.tabs(o.report(0))["Май 2026 (прежний) (2)"]; twice {
				t.Error("it was set aside twice")
			}
		})
	}
}

// untag deletes the tags of a tab's columns that came along when it was copied: those
// without the ids that the worker assigns.
func (o *office) untag(person int, title string) {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(o.report(person)).Ranges("'" + title + "'").
		Fields("sheets(properties,data(columnMetadata))").Do()
	o.must(err)
	sh := s.Sheets[0]
	var reqs []*sheets.Request
	for _, m := range sh.Data[0].ColumnMetadata {
		for _, tag := range m.DeveloperMetadata {
			if tag.MetadataId != workbook.MetaID(sh.Properties.SheetId, tag.MetadataValue) {
				reqs = append(reqs, &sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
					DataFilter: &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{
						MetadataId: tag.MetadataId}}}})
			}
		}
	}
	if len(reqs) == 0 {
		o.t.Fatal("no tags were copied")
	}
	o.batch("", o.report(person), reqs...)
}
