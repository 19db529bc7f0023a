package worker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/archive"
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/summary"
	"svodka/internal/workbook"
	"svodka/internal/worker"
)

// few makes closed periods move when «История» has more than 120 rows of them, and
// continues a year in another spreadsheet after 200. Both are read by thirty rows.
func few(o *office) {
	o.options = func(w *worker.Options) { w.History = archive.Limits{Most: 120, Left: 80, Book: 200, Band: 30} }
}

// began turns an office into one whose people have reported since a day, and whose next
// cycle closes all of it at once. Figures of the past are in the ledger alone: if that is
// lost, closes are what is left of them.
func began(o *office, people int, day string) {
	few(o)
	o.restart(false)
	o.init().hire(people, "sales-rep")
	o.configAs("", "settings", "key=ops", "value", ops)
	o.configAs("", "settings", "key=directors", "value", "boss@example.com")
	o.sync()
	o.past(calendar.Span{From: date(day), To: date("2026-05-13")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
}

// yearly returns the ids of the spreadsheets of years, by name.
func (o *office) yearly() map[string]string {
	o.t.Helper()
	list, err := o.ledger.FilesOf(o.t.Context(), files.History)
	o.must(err)
	out := map[string]string{}
	for _, f := range list {
		if !f.Gone() {
			out[string(f.Person)] = f.ID
		}
	}
	return out
}

// shown returns the closed periods that «История» and the spreadsheets of years show.
func (o *office) shown() (history, years []department.Closed) {
	o.t.Helper()
	history, _ = summary.Restored(o.read(o.summary(), workbook.StateFields))
	for name, id := range o.yearly() {
		var year int
		_, err := fmt.Sscan(name[:4], &year)
		o.must(err)
		read := summary.RestoreYear(year)
		read.Rows(o.read(id, workbook.StateFields))
		years = append(years, read.Closes()...)
	}
	return history, years
}

// inOrder sorts closed periods, so that they can be compared.
func inOrder(list []department.Closed) []department.Closed {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b department.Closed) int {
		return strings.Compare(fmt.Sprint(a.Period, a.Person, a.Role), fmt.Sprint(b.Period, b.Person, b.Role))
	})
	return list
}

// apart checks that «История» and the spreadsheets of years together show each closed
// period of the export once, figure by figure.
func (o *office) apart(when string) {
	o.t.Helper()
	history, years := o.shown()
	if d := cmp.Diff(inOrder(o.closed()), inOrder(append(history, years...))); d != "" {
		o.t.Errorf("%s: exported (-) and shown (+):\n%s", when, clip(d))
	}
}

func TestHistoryByYear(t *testing.T) {
	t.Parallel()
	copies := staged(t, func(o *office) {
		began(o, 2, "2025-03-03")
		o.settle()
	})
	again := func(t *testing.T) *office {
		o := copies(t, few)
		o.clock.set("2026-05-25", 13, 0)
		return o
	}

	t.Run("moved", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		o.apart("after fourteen months")
		history, years := o.shown()
		rows := 0
		for _, c := range history {
			rows += len(c.KPIs)
		}
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range o.yearly() {
				if !yield(name) {
					return
				}
			}
		})
		if rows == 0 || rows > 120 || len(years) == 0 || len(names) < 3 || names[0] != "2025" || names[1] != "2025-2" {
			t.Errorf("%d rows of closed periods in the history, %d periods in %v", rows, len(years), names)
		}
		var links []string
		head, err := o.as("").Spreadsheets.Get(o.summary()).Ranges("'История'!2:2").
			Fields("sheets(data(rowData(values(formattedValue,hyperlink))))").Do()
		o.must(err)
		for _, c := range head.Sheets[0].Data[0].RowData[0].Values {
			if c.Hyperlink != "" {
				links = append(links, c.FormattedValue+" "+c.Hyperlink)
			}
		}
		if len(links) != len(names) ||
			!slices.Contains(links, "История 2025 (2) http://localhost/spreadsheets/d/"+o.yearly()["2025-2"]) {
			t.Errorf("the history links to %q", links)
		}
		for _, id := range o.yearly() {
			o.mayBe("a year", id, "boss@example.com reader", "ops@example.com reader")
		}
		o.expect("nothing new", google.Calls{Drive: 1})
		o.types(0, "2026-05-25", "deals", 7)
		o.expect("a figure of today", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	})

	t.Run("a period is mended", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		o.options = func(w *worker.Options) { w.History = archive.Limits{Most: 6, Left: 3, Book: 200} }
		o.restart(false)
		o.share(o.control(), ops)
		o.types(0, "2026-05-25", "deals", 7)
		o.settle()
		moved := date("2026-05-12")
		o.typesAs("", 0, moved.String(), "deals", 90)
		o.settle()
		o.adds("unlocks", map[string]any{"person": "Человек 000", "from": moved.Serial(), "to": moved.Serial(),
			"until": date("2026-05-28").Serial()})
		o.settle()
		o.apart("after an edit of an opened day")
		_, years := o.shown()
		i := slices.IndexFunc(years, func(c department.Closed) bool {
			return c.Person == o.person(0).ID && c.Kind == calendar.Week && c.Has(moved)
		})
		if i < 0 || years[i].Mended.IsZero() {
			t.Errorf("the week of %s was not mended where it stands", moved)
		}
	})

	t.Run("a person's doing", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		want := o.dump()
		id := o.yearly()["2025"]
		for _, c := range []struct {
			name string
			do   func()
		}{
			{"edited", func() {
				s, err := o.as("").Spreadsheets.Get(id).Fields("sheets(properties(sheetId,title))").Do()
				o.must(err)
				p := s.Sheets[2].Properties
				o.put("", id, "'"+p.Title+"'!I6", "много")
				o.batch("", id, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
					Range: &sheets.DimensionRange{
						SheetId: p.SheetId, Dimension: "ROWS", StartIndex: 7, EndIndex: 9}}},
					&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: s.Sheets[0].Properties.SheetId}})
			}},
			{"renamed", func() {
				_, err := o.drive.Files.Update(id, &drive.File{Name: "Старое"}).Do()
				o.must(err)
			}},
			{"deleted", func() { o.must(o.drive.Files.Delete(id).Do()) }},
			{"in the trash", func() { o.trash(o.yearly()["2025"], true) }},
		} {
			o.clock.set("2026-05-25", 14, 0)
			o.client.Calls()
			c.do()
			// The worker's own account has done this: the feed takes it for its own.
			o.must(o.w.Distrust(t.Context()))
			o.settle()
			o.apart(c.name)
			if d := differ(want, o.dump()); d != "" {
				t.Errorf("%s: the spreadsheets differ:\n%s", c.name, clip(d))
			}
		}
		folder, err := o.drive.Files.Create(&drive.File{Name: "Архив",
			MimeType: "application/vnd.google-apps.folder"}).Do()
		o.must(err)
		_, err = o.drive.Files.Update(o.yearly()["2025"], &drive.File{}).AddParents(folder.Id).
			RemoveParents("root").Do()
		o.must(err)
		o.settle()
		o.apart("moved to another folder")
	})

	t.Run("somebody else's doing", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		want := o.dump()
		o.share(o.yearly()["2026"], "friend@example.com")
		s, err := o.as("").Spreadsheets.Get(o.yearly()["2026"]).Fields("sheets(properties(sheetId,title))").Do()
		o.must(err)
		o.put("friend@example.com", o.yearly()["2026"], "'"+s.Sheets[1].Properties.Title+"'!I6", 1)
		o.settle()
		o.apart("edited")
		for name, was := range want {
			if is := o.dump(name)[name]; strings.HasPrefix(name, "История") && is != was {
				t.Errorf("%s differs:\n%s", name, clip(cmp.Diff(was, is)))
			}
		}
	})

	t.Run("all of it is taken back", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		before := o.yearly()
		o.clock.set("2025-03-05", 12, 0) // the clock that closed all that was wrong
		o.settle()
		if _, years := o.shown(); len(years) > 0 || len(o.closed()) > 0 {
			t.Errorf("%d periods stand in the years, %d are closed", len(years), len(o.closed()))
		}
		o.expect("afterwards", google.Calls{Drive: 1})
		o.restart(true)
		o.settle()
		if _, years := o.shown(); len(years) > 0 || len(o.closed()) > 0 {
			t.Errorf("a new ledger: %d periods stand in the years, %d are closed", len(years), len(o.closed()))
		}
		o.clock.set("2026-05-25", 15, 0)
		o.settle()
		o.apart("once they are closed again")
		for name, id := range o.yearly() {
			if was := before[name]; was != "" && was != id {
				t.Errorf("the history of %s is another spreadsheet", name)
			}
		}
	})

	t.Run("the ledger is lost", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		closed, want := inOrder(o.closed()), o.dump()
		for _, sorted := range []bool{false, true} {
			if sorted {
				s, err := o.as("").Spreadsheets.Get(o.yearly()["2025"]).Fields("sheets(properties(sheetId))").Do()
				o.must(err)
				o.batch("", o.yearly()["2025"], &sheets.Request{SortRange: &sheets.SortRangeRequest{
					Range:     &sheets.GridRange{SheetId: s.Sheets[1].Properties.SheetId, StartRowIndex: 3},
					SortSpecs: []*sheets.SortSpec{{DimensionIndex: 9, SortOrder: "DESCENDING"}}}})
			}
			o.restart(true)
			o.settle()
			got := inOrder(o.closed())
			if sorted { // the order of figures in a period is the sheet's
				for _, list := range [][]department.Closed{got, closed} {
					for _, c := range list {
						slices.SortFunc(c.KPIs, func(a, b department.ClosedKPI) int {
							return strings.Compare(a.Key, b.Key)
						})
					}
				}
			}
			if d := cmp.Diff(closed, got); d != "" {
				t.Errorf("sorted=%t: closed periods (-before +after):\n%s", sorted, clip(d))
			}
			for name, was := range want {
				if is := o.dump(name)[name]; strings.HasPrefix(name, "История") && is != was && !sorted {
					t.Errorf("%s differs:\n%s", name, clip(cmp.Diff(was, is)))
				}
			}
			o.expect("afterwards", google.Calls{Drive: 1})
		}
	})
}

// A run that moves closed periods, cut off at any call, leaves each in «История» or in
// the spreadsheet of its year; the next run leaves it in one of them.
func TestMovingIsCutAnywhere(t *testing.T) {
	t.Parallel()
	copies := staged(t, func(o *office) {
		began(o, 1, "2025-11-24")
		// First all of it is in «История», as an earlier program left it.
		o.options = func(w *worker.Options) { w.History = archive.Limits{Most: 5000, Left: 4000, Book: 4000} }
		o.restart(false)
		o.settle()
	})
	start := func(t *testing.T) (*office, *killer) {
		o, k := killable(t, func(t testing.TB, change ...func(*office)) *office {
			return copies(t, append(change, func(o *office) {
				o.options = func(w *worker.Options) { w.History = archive.Limits{Most: 60, Left: 30, Book: 200} }
			})...)
		})
		o.clock.set("2026-05-25", 13, 0)
		o.types(0, "2026-05-25", "deals", 7)
		return o, k
	}
	o, calm := start(t)
	calls := o.calls(func() { o.sync() })
	all, writes := calls.Drive+calls.SheetsRead+calls.SheetsWrite, calm.writes
	o.settle()
	o.apart("undisturbed")
	want := o.dump("Сводка отдела продаж", "История 2025", "История 2026")
	if all < 10 || writes < 6 || len(o.yearly()) != 2 {
		t.Fatalf("only %d calls, %d of them writes, for %d years of %d periods", all, writes, len(o.yearly()),
			len(o.closed()))
	}
	for _, at := range points(all, writes) {
		if !at.after && at.n%3 > 0 { // before most calls it is as after the one before
			continue
		}
		for _, lost := range []bool{false, true} {
			if lost && (!at.after || at.n%2 > 0) { // each way to lose a ledger, not each call
				continue
			}
			t.Run(fmt.Sprintf("%v lost=%t", at, lost), func(t *testing.T) {
				t.Parallel()
				o, k := start(t)
				all := inOrder(o.closed())
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				k.left, k.after, k.end = at.n, at.after, cancel
				if _, err := o.w.Sync(ctx, 0); err == nil {
					t.Error("the killed run reports no error")
				}
				k.revive()
				history, years := o.shown()
				there := map[string]bool{}
				for _, c := range append(history, years...) {
					there[fmt.Sprintf("%+v", c)] = true
				}
				for _, c := range all {
					if !there[fmt.Sprintf("%+v", c)] {
						t.Fatalf("%s of %s stands nowhere", c.Period, c.Name)
					}
				}
				o.restart(lost)
				o.settle()
				o.apart("after the next run")
				for name, was := range want {
					if is := o.dump(name)[name]; is != was && (!lost || name != "Сводка отдела продаж") {
						t.Errorf("%s differs:\n%s", name, clip(cmp.Diff(was, is)))
					}
				}
			})
		}
	}
}
