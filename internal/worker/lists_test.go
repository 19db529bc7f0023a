package worker_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// enter types a row of a list from its first column on, as the person.
func (o *office) enter(i int, list string, row int, values ...any) {
	o.t.Helper()
	g := o.tab(o.report(i), list)
	_, err := o.as(o.people[i].Email).Spreadsheets.Values.Update(g.file, fmt.Sprintf("'%s'!A%d", g.title, row),
		&sheets.ValueRange{Values: [][]any{values}}).ValueInputOption("USER_ENTERED").Do()
	o.must(err)
}

// kept returns the deals of a person in the ledger, with their keys.
func (o *office) kept(i int) []string {
	o.t.Helper()
	r, err := o.ledger.Person(o.t.Context(), o.person(i).ID)
	o.must(err)
	var out []string
	for _, d := range r.Deals {
		out = append(out, fmt.Sprintf("%s %s %g %s", d.Key, d.Client, d.Amount, d.Comment))
	}
	return out
}

func (o *office) dealEdits() []string {
	o.t.Helper()
	edits, err := o.ledger.DealEdits(o.t.Context(), time.Time{}, o.clock.now().Add(time.Hour))
	o.must(err)
	var out []string
	for _, e := range edits {
		out = append(out, fmt.Sprintf("%s: %s %g -> %s %g %v", e.Was.Key, e.Was.Client, e.Was.Amount, e.Became.Client,
			e.Became.Amount, e.Gone))
	}
	return out
}

// Keys cost no call, whatever people do with the rows of their list.
func TestRowKeysCostNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep-deals").open()
	o.settle()
	id := workbook.SheetID("deals")
	same := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	typed := google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1} // the summary

	o.enter(0, "deals", 2, "04.05.2026", "А", 1)
	o.enter(0, "deals", 3, "05.05.2026", "Б", 2, "перенесли")
	o.enter(0, "deals", 7, "06.05.2026", "В", 3)
	o.expect("three deals", typed)
	same("typed", o.kept(0), []string{"r1 А 1 ", "r2 Б 2 перенесли", "r6 В 3 "})
	o.expect("settled", google.Calls{Drive: 1})

	// Sorted by the person, with and without the hidden column.
	for _, cols := range []int64{5, 4} {
		order := map[int64]string{5: "DESCENDING", 4: "ASCENDING"}[cols]
		o.batch(o.people[0].Email, o.report(0), &sheets.Request{SortRange: &sheets.SortRangeRequest{
			Range: &sheets.GridRange{SheetId: id, StartRowIndex: 1, EndRowIndex: 301, EndColumnIndex: cols},
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: 2, SortOrder: order, ForceSendFields: []string{
				"DimensionIndex"}}},
		}})
		o.sync()
	}
	same("sorting edits nothing", o.dealEdits(), nil)

	o.enter(0, "deals", 3, "05.05.2026", "Б", 20)
	o.expect("a deal corrected", typed)
	if got := o.dealEdits(); len(got) != 1 || !strings.HasSuffix(got[0], ": Б 2 -> Б 20 false") {
		t.Errorf("a corrected deal: %q", got)
	}
	// A copied row has the same key: the next write gives it its own, and no write is
	// made for that alone.
	g := o.tab(o.report(0), "deals")
	o.enter(0, "deals", 9, "06.05.2026", "В", 3, "", g.cell(3, "row_key").FormattedValue)
	o.expect("a row copied", typed)
	if got := o.kept(0); len(got) != 4 || !strings.HasPrefix(got[3], " В 3") {
		t.Errorf("a copied row has %q", got)
	}
	o.expect("settled again", google.Calls{Drive: 1})
	o.enter(0, "deals", 10, "вчера", "Г", 5) // a bad cell is marked: a write that is made anyway
	o.expect("a bad row", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 2})
	if got := o.kept(0); len(got) != 4 || !strings.HasPrefix(got[3], "n1 В 3") {
		t.Errorf("the copied row after a write has %q", got)
	}
	o.settle()
	before := o.text(o.report(0), "deals")
	o.restart(true) // with the ledger lost, keys and comments are read again
	o.settle()
	if got := o.text(o.report(0), "deals"); got != before {
		t.Errorf("the list after the ledger was lost:\n%s\nwant\n%s", got, before)
	}
	if got := o.kept(0); len(got) != 4 || !strings.HasPrefix(got[3], "n1 В 3") {
		t.Errorf("read again %q", got)
	}
}

// A deleted list comes back with its keys and comments; a deleted column of keys
// does no harm.
func TestListsComeBackWithTheirKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep-deals").open()
	o.settle()
	o.enter(0, "deals", 3, "04.05.2026", "А", 1, "первый")
	o.enter(0, "deals", 6, "05.05.2026", "Б", 2)
	o.settle()
	want := o.kept(0)
	file, id := o.report(0), workbook.SheetID("deals")
	o.batch("", file, &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: id}})
	o.settle()
	if got := o.kept(0); !slices.Equal(got, want) {
		t.Errorf("the list is back with %q, want %q", got, want)
	}
	g := o.tab(file, "deals")
	seen := map[string]bool{}
	for r := 1; r < len(g.cells); r++ {
		key := g.cell(r, "row_key").FormattedValue
		if key == "" || seen[key] {
			t.Fatalf("row %d has the key %q", r+1, key)
		}
		seen[key] = true
	}
	o.batch("", file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
		Range: &sheets.DimensionRange{SheetId: id, Dimension: "COLUMNS", StartIndex: int64(g.cols["row_key"]),
			EndIndex: int64(g.cols["row_key"]) + 1},
	}})
	o.settle()
	if got := o.kept(0); !slices.Equal(got, []string{"r1 А 1 первый", "r2 Б 2 "}) {
		t.Errorf("with the keys made again %q", got)
	}
	if got := o.dealEdits(); got != nil {
		t.Errorf("edits: %q", got)
	}
}

// A client removed from the list in the middle of a month stays on the month's start
// list, for the KPI and for the director's tab.
func TestStartListStaysFrozen(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "account-manager").open()
	o.clock.set("2026-04-28", 20, 0)
	o.settle()
	o.enter(0, "clients", 2, "Ромашка")
	o.enter(0, "clients", 3, "Молчун")
	o.settle()
	o.clock.set("2026-05-12", 20, 0)
	o.enter(0, "deals", 2, "05.05.2026", "ромашка", 1000)
	o.settle()
	retention := func(want float64) {
		t.Helper()
		if got := o.line(0, calendar.Month, "2026-05-12", "retention").Fact; !got.OK || got.V != want {
			t.Errorf("retention is %v, want %v", got, want)
		}
	}
	retention(0.5)
	o.enter(0, "clients", 3, "")
	o.settle()
	retention(0.5)
	if text := o.text(o.summary(), summary.TabClients); !strings.Contains(text, "1 из 2") ||
		strings.Contains(text, "Молчун") {
		t.Errorf("the director sees\n%s", text)
	}
	// A new day changes nothing in the person's own file: its days count by formulas.
	o.clock.set("2026-05-13", 10, 0)
	o.expect("a new day", google.Calls{Drive: 1, SheetsWrite: 1})
	g := o.tab(o.report(0), "clients")
	if got := g.cell(1, "calc:silent").FormattedValue +
		g.cell(1, "calc:standing").FormattedValue; got != "8▲ активный" {
		t.Errorf("the client shows %q", got)
	}
}

// Deals and clients imported: repeat buyers, the sum and the check of repeat deals and
// retention equal a count that shares nothing with the engine; imported again, nothing
// changes.
func TestImportedRepeatAddsUp(t *testing.T) {
	t.Parallel()
	const n = 3
	o := newOffice(t).init().hire(n, "account-manager")
	o.sync()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-04-30")}
	deals := history(n, span)
	rng := rand.New(rand.NewPCG(3, 1))
	handed := map[string]calendar.Date{} // by person and client
	var clients []imports.Client
	for p := range n {
		for c := range 24 { // some never buy
			name := fmt.Sprintf("ООО «Клиент %d»", c)
			day := span.From.Add(rng.IntN(90))
			if c%3 == 0 {
				day = 0
			}
			handed[fmt.Sprint(p, name)] = day
			clients = append(clients, imports.Client{Where: line(len(clients)), Manager: o.people[p].Name, Client: name,
				HandedOver: day})
		}
	}
	var list []imports.Deal
	for i, d := range deals {
		spelt := []string{d.client, "  " + strings.ToUpper(d.client), strings.ReplaceAll(d.client, " ", "  ")}[i%3]
		list = append(list, imports.Deal{Where: line(i), Date: d.day, Manager: o.people[d.person].Email, Client: spelt,
			Amount: d.amount})
	}
	load := func(written int) {
		t.Helper()
		got, err := importRows(t.Context(), o, importing.Importer.Clients, clients, importing.Options{})
		o.must(err)
		more, err := importRows(t.Context(), o, importing.Importer.Deals, list, importing.Options{})
		o.must(err)
		if got.Written+more.Written != written || got.Same+more.Same != len(clients)+len(list)-written {
			t.Errorf("%d written, %d the same; want %d written", got.Written+more.Written, got.Same+more.Same, written)
		}
		out, err := o.w.Sync(t.Context(), span.To)
		o.must(errors.Join(append(out.Failures, err)...))
	}
	load(len(clients) + len(list))
	dep, engine, _, _, err := o.w.Figures(t.Context(), 0)
	o.must(err)
	checked := 0
	for _, kind := range []calendar.Kind{calendar.Month, calendar.Week} {
		for r := range summary.Rows(dep, engine, nil, kind, span) {
			p := slices.IndexFunc(o.people, func(x imports.Person) bool { return x.Name == r.Manager })
			buyers, again, kept := map[string]bool{}, map[string]bool{}, map[string]bool{}
			repeats, sum, start := 0.0, 0.0, 0.0
			for i, d := range deals {
				if d.person != p || !r.Period.Has(d.day) {
					continue
				}
				buyers[d.client] = true
				if h := handed[fmt.Sprint(p, d.client)]; h <= r.Period.From {
					kept[d.client] = true
				}
				if slices.ContainsFunc(deals[:i], func(e deal) bool { return e.person == p && e.client == d.client }) {
					again[d.client] = true
					repeats++
					sum += d.amount
				}
			}
			for k, h := range handed {
				if strings.HasPrefix(k, fmt.Sprint(p, "ООО")) && h <= r.Period.From {
					start++
				}
			}
			want := map[string][2]float64{
				"repeat_share": {float64(len(again)), float64(len(buyers))}, "repeat_sum": {sum, 1},
				"repeat_check": {sum, repeats}, "retention": {float64(len(kept)), start},
			}[r.Line.KPI.Key]
			got := r.Line.Fact
			if checked++; got.OK != (want[1] != 0) || got.OK && !near(got.V, want[0]/want[1]) {
				t.Errorf("%s of %s in %s: %v, want %v", r.Line.KPI.Key, r.Manager, r.Period, got, want)
			}
		}
	}
	if least := n * 4 * (4 + 17); checked < least {
		t.Errorf("only %d facts of %d were checked", checked, least)
	}
	export := o.export()
	load(0)
	if got := o.export(); got != export {
		t.Error("a second import changed the export")
	}
}

func near(a, b float64) bool { return a-b < 1e-9*max(1, b) && b-a < 1e-9*max(1, b) }
