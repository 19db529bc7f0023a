package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/report"
	"svodka/internal/workbook"
)

// keyed returns deals as read, each with its key.
func keyed(in report.Input, b *workbook.Book, found []workbook.Found) []string {
	var out []string
	for _, d := range report.Read(in, b, found).Deals {
		out = append(out, fmt.Sprintf("%s %s %g", d.Key, d.Client, d.Amount))
	}
	return out
}

// TestMendKeys: rows without a key get one, copies get their own, and reading does not
// depend on that.
func TestMendKeys(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	b := report.Layout(in)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	same := func(what string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, keyed(in, b, l.found(b))); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	mend := func(want int) {
		t.Helper()
		cells, urgent := report.Mend(in, b, l.found(b))
		if len(cells) != want || urgent {
			t.Errorf("%d cells to mend, want %d; urgent %v", len(cells), want, urgent)
		}
		l.batch(workbook.SetCells(cells))
	}
	for i, name := range []string{"А", "Б", "В"} {
		l.put(fmt.Sprintf("'Сделки'!A%d:C%d", 2+i, 2+i), "04.05.2026", name, i+1)
	}
	mend(0) // every row was made with a key
	same("as typed", "r1 А 1", "r2 Б 2", "r3 В 3")

	l.put("'Сделки'!A8:E8", "04.05.2026", "А", 1, "", "r1") // a copy of the whole row
	l.put("'Сделки'!A9:E9", "05.05.2026", "Г", 4, "", "")   // a row from elsewhere
	same("before the keys are given", "r1 А 1", "r2 Б 2", "r3 В 3", " А 1", " Г 4")
	mend(2)
	same("with keys", "r1 А 1", "r2 Б 2", "r3 В 3", "n1 А 1", "n2 Г 4")
	mend(0)

	// If whole rows are sorted, keys move along; there is nothing to mend.
	sort := func(cols int64) {
		l.sort(workbook.SheetID("deals"), 1, cols)
	}
	sort(5)
	mend(0)
	if d := cmp.Diff(5, len(keyed(in, b, l.found(b)))); d != "" {
		t.Error(d)
	}

	// Without the column of keys everything is still read.
	found := l.found(b)
	for i, f := range found {
		if f.MetaID == workbook.MetaID(workbook.SheetID("deals"), report.ColKey) {
			found = append(found[:i:i], found[i+1:]...)
			break
		}
	}
	r := report.Read(in, b, found)
	if !r.HasDeals() || len(r.Deals) != 5 || r.Deals[0].Key != "" {
		t.Errorf("without keys %v, %+v", r.HasDeals(), r.Deals)
	}
	if cells, _ := report.Mend(in, b, found); len(cells) != 0 {
		t.Errorf("keys into no column: %v", cells)
	}
}

// TestMendFormulas: a row inserted among the clients gets its figures, and is worth a
// write.
func TestMendFormulas(t *testing.T) {
	if testing.Short() {
		t.Skip("TestClientsLive and TestLive hold the formulas in the short run")
	}
	in, b := accountBook(t)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	if cells, urgent := report.Mend(in, b, l.found(b)); len(cells) != 0 || urgent {
		t.Fatalf("nothing is missing yet: %v, %v", cells, urgent)
	}
	l.insertRow(workbook.SheetID("clients"), 3)
	l.put("'Клиенты'!A4", "Рога и копыта")
	cells, urgent := report.Mend(in, b, l.found(b))
	if len(cells) != 8 || !urgent {
		t.Fatalf("%d cells, urgent %v", len(cells), urgent)
	}
	l.batch(workbook.SetCells(cells))
	if got := l.shown("'Клиенты'!E4:J4"); got != "1|11 ₽|11 ₽|13.05.2026|2|▲ активный" {
		t.Errorf("the inserted row shows %q", got)
	}
	if cells, urgent := report.Mend(in, b, l.found(b)); len(cells) != 0 || urgent {
		t.Errorf("still to mend: %v", cells)
	}
	if got := l.shown("'Клиенты'!E5:J5"); got == "" {
		t.Error("the row below has lost its figures")
	}
}

// TestListsOfAnEarlierVersion: lists made without keys, comments and computed columns get
// them around their content.
func TestListsOfAnEarlierVersion(t *testing.T) {
	in := plans(input(accountManager(t), mayDay(15)))
	old := report.Layout(in)
	old.Tabs = slices.DeleteFunc(old.Tabs, func(t *workbook.Tab) bool { return t.Key == report.TabCounted })
	for _, tab := range old.Tabs {
		if tab.Key == report.TabDeals || tab.Key == report.TabClients {
			for i := range tab.Cells {
				tab.Cells[i] = tab.Cells[i][:3]
			}
			tab.Columns, tab.Cols, tab.Rules = tab.Columns[:3], 3, nil
			tab.Protect.Open = []workbook.Area{{R0: 1, C0: 0, R1: len(tab.Cells), C1: 3}}
		}
	}
	l := newLive(t, old, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	l.put("'Сделки'!A3:C3", "04.05.2026", "Ромашка", 100) // with a gap above
	l.put("'Сделки'!A5:C5", "05.05.2026", "ромашка", 50)
	l.put("'Клиенты'!A4", "Ромашка")

	b := report.Layout(in)
	r := report.Read(in, old, l.found(old))
	if len(r.Deals) != 2 || len(r.Clients) != 1 {
		t.Fatalf("read of old: %+v, %+v", r.Deals, r.Clients)
	}
	in.Typed = r.Typed
	l.apply(report.Layout(in))
	if d := cmp.Diff([]string{"r2 Ромашка 100", "r4 ромашка 50"}, keyed(in, b, l.found(b))); d != "" {
		t.Errorf("deals (-want +got):\n%s", d)
	}
	if got := l.shown("'Клиенты'!A4:J4"); !strings.HasSuffix(got, "|2|150 ₽|150 ₽|05.05.2026|10|▲ активный") {
		t.Errorf("the client shows %q", got)
	}
	if cells, urgent := report.Mend(in, b, l.found(b)); len(cells) != 0 || urgent {
		t.Errorf("still to mend: %v", cells)
	}
}
