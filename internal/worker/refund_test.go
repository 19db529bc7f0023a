package worker_test

import (
	"strings"
	"testing"

	"svodka/internal/importing"
	"svodka/internal/imports"
)

// A refund counts the same when typed, when imported and in the manager's block, until
// ops refuse refunds: then it counts nowhere, and is marked.
func TestRefunds(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep-deals").hire(1, "sales-rep").open()
	o.settle()
	o.enter(0, "deals", 2, "04.05.2026", "А", 100000)
	o.enter(0, "deals", 3, "05.05.2026", "А", -30000)
	refund := []imports.Deal{{Where: line(0), Date: date("2026-05-06"), Manager: "Человек 000", Client: "Б",
		Amount: -5000}}
	_, err := importRows(t.Context(), o, importing.Importer.Deals, refund, importing.Options{})
	o.must(err)
	typed := []imports.Entry{
		{Where: line(0), Date: date("2026-05-04"), Manager: "Человек 001", KPI: "revenue", Value: "100000"},
		{Where: line(1), Date: date("2026-05-05"), Manager: "Человек 001", KPI: "revenue", Value: "-40000"},
	}
	_, err = importRows(t.Context(), o, importing.Importer.Entries, typed, importing.Options{})
	o.must(err)
	o.settle()
	o.month(0, "deals", 1)
	o.month(0, "revenue", 65000)
	o.month(1, "revenue", 60000)
	g := o.tab(o.report(0), monthTab(date("2026-05-05")))
	if got := g.cell(g.row("date", date("2026-05-05")), "calc:revenue").FormattedValue; !strings.Contains(got, "30") ||
		!strings.ContainsAny(got, "-−") {
		t.Errorf("the block shows %q on the day of the refund", got)
	}

	o.config("settings", "key=refunds", "value", false)
	o.settle()
	o.month(0, "deals", 1)
	o.month(0, "revenue", 100000)
	o.month(1, "revenue", 100000)
	_, err = importRows(t.Context(), o, importing.Importer.Deals, refund, importing.Options{})
	if err == nil || !strings.Contains(err.Error(), "Возвраты с минусом") {
		t.Errorf("a refund that is refused goes in: %v", err)
	}
	_, err = importRows(t.Context(), o, importing.Importer.Entries, typed, importing.Options{Replace: true})
	if err == nil || !strings.Contains(err.Error(), "меньше нуля") {
		t.Errorf("a refund that is refused goes in: %v", err)
	}
}
