package worker_test

import (
	"strings"
	"testing"

	"svodka/internal/workbook"
)

// The link of a seller with a list of deals leads below the last row with any content,
// even half a deal, whatever rows above are empty; ops' link to it stays the same.
func TestLinkToTheNextDeal(t *testing.T) {
	t.Parallel()
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

// If a client's name is close to one on the list, the cell asks about it, and the client
// counts meanwhile; the mark goes once the name is corrected, or is on the list itself.
func TestNearClientIsAskedBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "account-manager").open()
	o.settle()
	o.enter(0, "clients", 2, "ООО Ромашка")
	for i, name := range []string{"ООО Ромашка", "Ооо «Ромашка»", "OOO Romashka", "Лютик"} {
		o.enter(0, "deals", i+2, "14.05.2026", name, 1000)
	}
	asked := func(when string, want ...bool) {
		t.Helper()
		o.settle()
		g := o.tab(o.report(0), "deals")
		for i, marked := range want {
			c := g.cell(i+1, "client")
			got := strings.HasPrefix(c.Note, "Похоже на „ООО Ромашка“: исправьте или добавьте в «Клиенты»")
			if got != marked {
				t.Errorf("%s: %s is asked back: %v, note %q", when, c.FormattedValue, got, c.Note)
			}
		}
	}
	asked("as typed", false, true, true, false)
	sum := 0.0
	r, err := o.ledger.Person(t.Context(), o.person(0).ID)
	o.must(err)
	for _, d := range r.Deals {
		sum += d.Amount
	}
	if sum != 4000 {
		t.Errorf("the deals count %g, want 4000", sum)
	}
	o.enter(0, "deals", 3, "14.05.2026", "ООО Ромашка")
	o.enter(0, "clients", 3, "OOO Romashka")
	asked("corrected", false, false, false, false)
}
