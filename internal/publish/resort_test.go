package publish_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/publish"
	"svodka/internal/workbook"
)

var month = workbook.SheetID("month")

// last is a run that may set a tab aside; it is a week after the previous one if now is
// later.
func (d *desk) last(version int, now time.Time) (bool, error) {
	d.t.Helper()
	f := d.file()
	if f.Unread() || d.feed {
		d.feed = false
		s, err := d.client.Spreadsheet(d.t.Context(), f.ID, workbook.LookFields)
		if err != nil {
			return false, err
		}
		s, anew := publish.Standing(f, s)
		d.take(s)
		if layout, _ := f.Layout(); anew {
			f.Broken()
		} else {
			f.Read(layout, true)
		}
	}
	p := &publish.Publisher{Google: d.client, Ledger: d, Now: func() time.Time { return now }}
	keep := func(_ context.Context, s *sheets.Spreadsheet) error {
		if d.dead {
			return errKilled
		}
		d.take(s)
		return nil
	}
	return p.Publish(d.t.Context(), publish.Job{
		File: &f, Fields: workbook.FoundFields, Look: workbook.LookFields, Digest: fmt.Sprint(version),
		Book: func(context.Context, *workbook.State, *sheets.Spreadsheet) (*workbook.Book, error) {
			b := book(version, 0)
			b.Tabs[0].Protect = &workbook.Protect{ID: 5, Open: []workbook.Area{{R0: 1, C0: 1, R1: 4, C1: 2}}}
			for i := range days {
				if v, ok := d.read[fmt.Sprint(i+1)]; ok {
					b.Tabs[0].Cells[i+1][1] = workbook.Cell{Kind: workbook.Number, Num: v, Open: true}
				}
			}
			return b, nil
		},
		Answer: func(ctx context.Context, _ *workbook.State, s *sheets.Spreadsheet) (bool, error) {
			return false, keep(ctx, s)
		},
		Resort: &publish.Resort{Kept: func(title string) string { return title + " (прежний)" }, Keep: keep},
	})
}

// batch sends requests as a person.
func (d *desk) batch(reqs ...*sheets.Request) {
	d.t.Helper()
	_, err := d.people.Spreadsheets.BatchUpdate(d.id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).Do()
	d.must(err)
	d.feed = true
}

// owned returns a desk with a spreadsheet in which a person has typed figures, a column
// and a note of their own, and added a tab of their own with formulas that refer to ours.
func owned(t *testing.T) *desk {
	t.Helper()
	d := laid(t, begin{written: 1})
	_, err := d.last(1, now())
	d.must(err)
	text := func(sheet, row, col int64, v *sheets.CellData, fields string) *sheets.Request {
		return &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Fields: fields,
			Start: &sheets.GridCoordinate{SheetId: sheet, RowIndex: row, ColumnIndex: col},
			Rows:  []*sheets.RowData{{Values: []*sheets.CellData{v}}}}}
	}
	d.batch(&sheets.Request{AddSheet: &sheets.AddSheetRequest{
		Properties: &sheets.SheetProperties{SheetId: 77, Title: "Моё"}}},
		&sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{SheetId: month, Dimension: "COLUMNS",
			Length: 1}},
		text(month, 1, 3, &sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{StringValue: new("своё")}},
			"userEnteredValue"),
		text(month, 2, 1, &sheets.CellData{Note: "перезвонить"}, "note"),
		text(77, 0, 0, &sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{
			FormulaValue: new("=SUM('Май'!B2:B4)")}},
			"userEnteredValue"))
	_, err = d.last(1, now())
	d.must(err)
	d.calls, d.store, d.n = 0, 0, 0
	return d
}

// tab returns a tab of the spreadsheet by its title; nil: there is none.
func (d *desk) tab(title string) *sheets.Sheet {
	d.t.Helper()
	s, err := d.people.Spreadsheets.Get(d.id).IncludeGridData(true).Do()
	d.must(err)
	for _, sh := range s.Sheets {
		if sh.Properties.Title == title {
			return sh
		}
	}
	return nil
}

// shows checks what a cell shows.
func shows(t *testing.T, sh *sheets.Sheet, row, col int, want string) {
	t.Helper()
	got := ""
	if rows := sh.Data[0].RowData; row < len(rows) && col < len(rows[row].Values) {
		got = rows[row].Values[col].FormattedValue
	}
	if got != want {
		t.Errorf("%s %s shows %q, want %q", sh.Properties.Title, workbook.A1(row, col), got, want)
	}
}

// settled checks that nothing is left to do, and that the tab was set aside once: the
// hidden copy is the tab as the person left it, without anything of ours, and the new tab
// holds what was typed, where the person's formulas show it.
func (d *desk) settled(version int, typed [3]float64) {
	d.t.Helper()
	for i, done := 0, false; !done; i++ {
		wrote, err := d.last(version, now())
		d.must(err)
		if done = i > 0 && !wrote; !done && i == 3 {
			d.t.Fatal("it never has nothing to do")
		}
	}
	tab, kept, own := d.tab("Май"), d.tab("Май (прежний)"), d.tab("Моё")
	if tab == nil || kept == nil || d.tab("Май (прежний) (2)") != nil {
		d.t.Fatalf("the tab stands: %t, the copy: %t", tab != nil, kept != nil)
	}
	if tab.Properties.SheetId != month || len(tab.ProtectedRanges) != 1 || tab.Properties.Hidden {
		d.t.Errorf("the tab stands as %+v, with %d protections", tab.Properties, len(tab.ProtectedRanges))
	}
	if !kept.Properties.Hidden || len(kept.ProtectedRanges) > 0 || len(kept.DeveloperMetadata) > 0 {
		d.t.Errorf("the copy stands as %+v, with %d protections, %d tags", kept.Properties, len(kept.ProtectedRanges),
			len(kept.DeveloperMetadata))
	}
	for _, m := range append(kept.Data[0].ColumnMetadata, kept.Data[0].RowMetadata...) {
		if len(m.DeveloperMetadata) > 0 {
			d.t.Errorf("a line of the copy is tagged %s", m.DeveloperMetadata[0].MetadataValue)
		}
	}
	shows(d.t, kept, 1, 3, "своё")
	shows(d.t, tab, 1, 3, "")
	if note := kept.Data[0].RowData[2].Values[1].Note; note != "перезвонить" {
		d.t.Errorf("the note is %q", note)
	}
	sum := 0.0
	for i, v := range typed {
		sum += v
		shows(d.t, tab, i+1, 1, fmt.Sprint(v))
	}
	shows(d.t, own, 0, 0, fmt.Sprint(sum))
	if f := own.Data[0].RowData[0].Values[0].UserEnteredValue.FormulaValue; f == nil || *f != "=SUM('Май'!B2:B4)" {
		d.t.Errorf("the person's formula is %v", f)
	}
}

// A tab that Google keeps refusing is set aside, in the run that finds that: the copy
// keeps its content, what was typed is in its place, and the next run has nothing to do.
func TestResort(t *testing.T) {
	d := owned(t)
	d.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month})
	wrote, err := d.last(2, now())
	d.must(err)
	// Refused, looked, refused, looked, refused in the same words; asked; set aside; laid
	// out.
	if !wrote || d.calls != 8 {
		t.Errorf("wrote %t, %d calls, want 8", wrote, d.calls)
	}
	f := d.file()
	if got := publish.SetAside(f, now()); len(got) != 1 || got[0].Title != "Май" || got[0].Kept != "Май (прежний)" ||
		f.Trouble() != "" {
		t.Errorf("the file tells %+v, %q", got, f.Trouble())
	}
	d.settled(2, [3]float64{10, 11, 12})
	if got := publish.SetAside(d.file(), now().Add(time.Second)); len(got) != 0 {
		t.Errorf("it tells later %+v", got)
	}

	// The next fault there within a week is an ordinary error.
	d.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month, Message: "Again."})
	was := d.dump()
	d.calls = 0
	if _, err := d.last(3, now().Add(files.AsideRest-time.Hour)); err == nil ||
		!strings.Contains(err.Error(), "Again.") ||
		d.calls != 3 || d.dump() != was {
		t.Errorf("%v, %d calls", err, d.calls)
	}
	_, err = d.last(3, now().Add(files.AsideRest))
	d.must(err)
	if kept := d.tab("Май (прежний) (2)"); kept == nil || !kept.Properties.Hidden {
		t.Error("it is not set aside a week later")
	}
}

// If setting the tab aside does not help, or Google refuses that, too, nothing changes;
// the run returns the original error, and does not try again for a week.
func TestResortOfNoUse(t *testing.T) {
	for name, fault := range map[string]localgoogle.TabFault{
		"refused for ever, as by a mistake of ours": {Tab: month, Stays: true},
		"the tab may not be deleted":                {Tab: month, Kinds: []string{"updateCells", "deleteSheet"}},
		"the tab may not be copied":                 {Tab: month, Kinds: []string{"updateCells", "duplicateSheet"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := owned(t)
			was := d.dump()
			d.server.Faults().RefuseTab(fault)
			for day, calls := range []int{6, 5, 5} { // where it is unread, it is read first
				d.calls = 0
				_, err := d.last(2, now().AddDate(0, 0, day))
				var ge *google.Error
				if !errors.As(err, &ge) || ge.Status != 400 || d.calls != calls || d.dump() != was {
					t.Errorf("day %d: %v, %d calls, want %d; changed: %t", day, err, d.calls, calls, d.dump() != was)
				}
			}
			if f := d.file(); len(f.Asides()) != 1 || len(publish.SetAside(f, now())) != 0 {
				t.Errorf("the file tells %+v", f.Asides())
			}
			d.server.Faults().Reset()
			_, err := d.last(2, now())
			d.must(err)
			if d.tab("Май (прежний)") != nil {
				t.Error("there is a copy")
			}
		})
	}
}

// Without a Resort, or if the message differs from one try to the next, nothing is set
// aside.
func TestNoResort(t *testing.T) {
	d := owned(t)
	d.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month, Message: "Never."})
	if _, err := d.turn(2, 0, 0); err == nil || !strings.Contains(err.Error(), "Never.") || len(d.file().Asides()) > 0 {
		t.Errorf("%v, and it tells %+v", err, d.file().Asides())
	}
	d = owned(t)
	said := 0
	d.types = func(int) {
		d.server.Faults().Reset()
		said++
		d.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month, Message: fmt.Sprint("No ", said)})
	}
	if _, err := d.last(2, now()); err == nil || len(d.file().Asides()) > 0 {
		t.Errorf("%v, and it tells %+v", err, d.file().Asides())
	}
}

// A run that sets a tab aside may be cut off anywhere, while a person types at every
// call: nothing typed is lost, even in the moment before the tab went, and the tab is set
// aside once.
func TestResortCutAnywhere(t *testing.T) {
	calm := owned(t)
	calm.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month})
	_, err := calm.last(2, now())
	calm.must(err)
	cuts := []cut{{}}
	for _, after := range []bool{false, true} {
		for n := 1; n <= calm.calls; n++ {
			setting := n >= calm.calls-1 // it is set aside, and made anew
			if !setting && testing.Short() {
				continue
			}
			cuts = append(cuts, cut{call: n, after: after, how: "kill"})
			if setting && !testing.Short() {
				cuts = append(cuts, cut{call: n, after: after, how: "cut"}, cut{call: n, after: after, how: "503"})
			}
		}
		for n := 1; n <= calm.store && !testing.Short(); n++ {
			cuts = append(cuts, cut{store: n, after: after, how: "kill"})
		}
	}
	for _, c := range cuts {
		t.Run(c.String(), func(t *testing.T) {
			d := owned(t)
			d.server.Faults().RefuseTab(localgoogle.TabFault{Tab: month})
			d.plan = c
			final := [3]float64{10, 11, 12}
			d.types = func(n int) {
				row := n%len(days) + 1
				d.typeAt(row, float64(1000+n))
				if d.stands(row) == float64(1000+n) {
					final[row-1] = float64(1000 + n)
				}
			}
			if _, err := d.last(2, now()); c.how == "" {
				d.must(err)
			}
			d.types = func(int) {}
			d.restart()
			d.feed = true
			d.settled(2, final)
			for i, v := range final {
				if got := d.read[fmt.Sprint(i+1)]; got != v {
					t.Errorf("row %d: %v was typed, %v read", i+1, v, got)
				}
			}
		})
	}
}
