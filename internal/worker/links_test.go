package worker_test

import (
	"strings"
	"testing"

	"svodka/internal/workbook"
)

// A seller with a list of deals is led below the last row in which anything stands, be it
// half a deal, whatever rows above are left empty; ops' link to it stays the same.
func TestLinkToTheNextDeal(t *testing.T) {
	o := newOffice(t).init().hire(1, "sales-rep-deals").open()
	o.settle()
	link := func() string {
		t.Helper()
		list, err := o.ledger.Files(t.Context())
		o.must(err)
		dep, err := o.w.Department(t.Context())
		o.must(err)
		links, err := o.w.Links(t.Context(), list, dep, date("2026-05-14"))
		o.must(err)
		return links[o.report(0)]
	}
	leads := func(when string, row int) {
		t.Helper()
		o.sync()
		want := "http://localhost/spreadsheets/d/" + o.report(0) +
			workbook.Link(workbook.SheetID("deals"), workbook.A1(row-1, 0))
		if got := link(); got != want {
			t.Errorf("%s: %s instead of %s", when, got, want)
		}
	}
	leads("before the first deal", 2)
	o.enter(0, "deals", 2, "14.05.2026", "ООО Ромашка", 45_000)
	o.enter(0, "deals", 6, "14.05.2026", "Лютик", 5_000)
	leads("below a gap", 7)
	o.enter(0, "deals", 8, "", "Пион")
	leads("below half a deal", 9)
	o.restart(false)
	leads("after a restart", 9)

	people := o.tab(o.control(), "people")
	at := people.at(people.row("name", o.person(0).Name), "link")
	inCell := func() string {
		t.Helper()
		s, err := o.as("").Spreadsheets.Get(o.control()).Ranges(at).
			Fields("sheets(data(rowData(values(hyperlink))))").Do()
		o.must(err)
		return s.Sheets[0].Data[0].RowData[0].Values[0].Hyperlink
	}
	was := inCell()
	if !strings.HasSuffix(was, workbook.Link(workbook.SheetID("deals"), "A1")) {
		t.Errorf("in the control spreadsheet: %q", was)
	}
	o.clock.set("2026-05-15", 9, 0)
	o.sync()
	if got := inCell(); got != was {
		t.Errorf("the next day the control spreadsheet says %q instead of %q", got, was)
	}
}
