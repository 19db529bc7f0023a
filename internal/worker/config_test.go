package worker_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/workbook"
)

// hidden returns whether a tagged column of a tab is hidden, and whether it exists.
func (o *office) hidden(file, tab, col string) (hidden, there bool) {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(file).Fields("sheets(properties(sheetId),data(columnMetadata))").Do()
	o.must(err)
	for _, sh := range s.Sheets {
		if sh.Properties.SheetId != workbook.SheetID(tab) {
			continue
		}
		for _, m := range sh.Data[0].ColumnMetadata {
			if slices.ContainsFunc(m.DeveloperMetadata, func(t *sheets.DeveloperMetadata) bool {
				return t.MetadataValue == col
			}) {
				return m.HiddenByUser, true
			}
		}
	}
	return false, false
}

// deletes deletes a row of a control tab, as ops do.
func (o *office) deletes(tab, shows string) {
	o.t.Helper()
	g := o.tab(o.control(), tab)
	r := g.ruled(shows)
	o.batch(ops, g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: rows(g, r, r+1)}})
}

const may = "month:2026-05"

// KPIs come, go, come back, are renamed and moved; figures stay.
func TestKPIsChange(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 3)
	o.types(0, "2026-05-13", "revenue", 120000)
	o.settle()

	row := map[string]any{"role": "Менеджер по продажам", "key": "meetings", "title": "Встречи", "unit": "количество",
		"source": "ввод", "plan": 40.0}
	o.adds("kpis", row)
	o.settle()
	if hidden, there := o.hidden(o.report(0), may, "kpi:meetings"); hidden || !there {
		t.Fatalf("the new column: there %t, hidden %t", there, hidden)
	}
	o.types(0, "2026-05-13", "meetings", 4)
	o.settle()
	o.month(0, "meetings", 4)
	o.month(0, "deals", 3)

	o.deletes("kpis", salesRep+"key=meetings")
	o.settle()
	if hidden, there := o.hidden(o.report(0), may, "kpi:meetings"); !hidden || !there {
		t.Errorf("the column of the KPI that is gone: there %t, hidden %t", there, hidden)
	}
	if c := o.stands(0, "2026-05-13", "meetings"); c.FormattedValue != "4" {
		t.Errorf("its figure: %q", c.FormattedValue)
	}
	o.adds("kpis", row)
	o.settle()
	if hidden, there := o.hidden(o.report(0), may, "kpi:meetings"); hidden || !there {
		t.Errorf("the column of the KPI that is back: there %t, hidden %t", there, hidden)
	}
	o.month(0, "meetings", 4)

	o.config("kpis", salesRep+"key=deals", "title", "Закрыто сделок")
	o.settle()
	if g := o.tab(o.report(0), may); g.cell(0, "kpi:deals").FormattedValue != "Закрыто сделок" {
		t.Errorf("the heading is %q", g.cell(0, "kpi:deals").FormattedValue)
	}
	o.month(0, "deals", 3)

	// The row of deals moves below that of the check: the order of columns changes where
	// a report is made anew, and nothing that exists moves.
	g := o.tab(o.control(), "kpis")
	from, to := g.ruled(salesRep+"key=deals"), g.ruled(salesRep+"key=avg_check")
	o.batch(ops, g.file, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: rows(g, from, from+1),
		DestinationIndex: int64(to + 1)}})
	o.settle()
	o.types(0, "2026-05-14", "deals", 2)
	o.types(0, "2026-05-14", "revenue", 80000)
	o.settle()
	o.month(0, "deals", 5)
	o.month(0, "revenue", 200000)
	o.month(0, "meetings", 4)

	o.adds("plans", map[string]any{"from": date("2026-05-18").Serial(), "role": "Менеджер по продажам",
		"kpi": "Закрыто сделок", "plan": 38.0})
	o.settle()
	// 9 working days at 20/19, 10 at 38/19.
	if got := o.line(0, "month", "2026-05-14", "deals").Plan; !got.OK || got.V < 29.47 || got.V > 29.48 {
		t.Errorf("the plan of the month is %v, want 9/19 × 20 + 10/19 × 38", got)
	}
}

// People come, many at once, are renamed, leave, are away.
func TestPeopleChange(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 3)
	o.settle()
	id, file := o.person(0).ID, o.report(0)

	o.hire(50, "cold-caller") // one paste
	if out := o.sync(); out.Made != 50 || out.People != 52 {
		t.Errorf("%+v", out)
	}
	o.settle()

	o.config("people", "name=Человек 000", "name", "Человек-Новый Имя")
	o.settle()
	if p := o.person(0); p.ID != id || o.report(0) != file {
		t.Errorf("the renamed person is %q with %s, was %q with %s", p.ID, o.report(0), id, file)
	}
	if f, err := o.drive.Files.Get(file).Fields("name").Do(); err != nil || f.Name != "Отчёт — Человек-Новый Имя" {
		t.Errorf("the spreadsheet is called %q, %v", f.Name, err)
	}
	o.month(0, "deals", 3)

	o.adds("absences", map[string]any{"person": "Человек-Новый Имя", "from": date("2026-05-18").Serial(),
		"to": date("2026-05-20").Serial(), "kind": "отпуск"})
	o.settle()
	if got := o.line(0, "month", "2026-05-14", "deals"); got.Working != 16 || got.Plan.V != 20*16.0/19 {
		t.Errorf("with three days of vacation: %d working days, plan %v", got.Working, got.Plan)
	}

	o.config("people", "name=Человек-Новый Имя", "left", date("2026-05-13").Serial())
	out := o.sync()
	if out.People != 51 {
		t.Errorf("%d people are left", out.People)
	}
	o.settle()
	o.month(0, "deals", 3)
	if !strings.Contains(o.text(o.summary(), "month"), "Человек-Новый Имя") {
		t.Error("who left in the month is no longer in it")
	}
	if f, err := o.drive.Files.Get(file).Fields("trashed").Do(); err != nil || f.Trashed {
		t.Errorf("the file of somebody who left: %+v, %v", f, err)
	}
}

// A mistake in the control spreadsheet is reported where it was made, the last valid row
// stays in force, and correcting it is enough.
func TestBadRows(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.config("kpis", salesRep+"key=deals", "plan", "двадцать")
	out := o.sync()
	if n := len(slices.DeleteFunc(out.Problems, func(p control.Problem) bool {
		return p.Severity != "error"
	})); n != 1 {
		t.Errorf("%d mistakes: %v", n, out.Problems)
	}
	o.settle()
	if got := o.line(0, "month", "2026-05-14", "deals").Plan; got.V != 20 {
		t.Errorf("in force is the plan %v", got)
	}
	g := o.tab(o.control(), "kpis")
	status := func() string {
		g := o.tab(o.control(), "kpis")
		return g.cell(g.ruled(salesRep+"key=deals"), "status").FormattedValue
	}
	if s := status(); !strings.Contains(s, "двадцать") {
		t.Errorf("the row says %q", s)
	}
	if s := o.text(o.control(), "checks"); !strings.Contains(s, "двадцать") {
		t.Errorf("«Проверка» says:\n%s", s)
	}
	if c := g.cell(g.ruled(salesRep+"key=deals"), "plan"); c.FormattedValue != "двадцать" {
		t.Errorf("what ops typed was changed to %q", c.FormattedValue)
	}
	if s := o.text(o.summary(), "main"); !strings.Contains(s, "астрой") {
		t.Errorf("the director is not told of the mistake:\n%s", s)
	}
	o.config("kpis", salesRep+"key=deals", "plan", 25)
	o.settle()
	if s := o.text(o.control(), "checks"); strings.Contains(s, "двадцать") || strings.Contains(status(), "двадцать") {
		t.Errorf("mended, it still says %q and\n%s", status(), s)
	}
	if got := o.line(0, "month", "2026-05-14", "deals").Plan; got.V != 25 {
		t.Errorf("the plan is %v", got)
	}
}

// A control spreadsheet that lost parts stays in force, and is repaired.
func TestBrokenControl(t *testing.T) {
	t.Parallel()
	again := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep")
		o.sync()
		o.open()
		o.config("kpis", salesRep+"key=deals", "plan", 33)
		o.adds("absences", map[string]any{"person": "Человек 001", "from": date("2026-05-18").Serial(),
			"to": date("2026-05-20").Serial(), "kind": "отпуск"})
		o.settle()
	})
	for name, harm := range map[string]func(o *office){
		"a heading renamed": func(o *office) {
			g := o.tab(o.control(), "kpis")
			o.put(ops, g.file, g.at(g.row("plan", "План"), "plan"), "Цель")
		},
		"a heading cleared": func(o *office) {
			g := o.tab(o.control(), "kpis")
			o.put(ops, g.file, g.at(g.row("plan", "План"), "plan"), "")
		},
		"a column moved": func(o *office) {
			g := o.tab(o.control(), "kpis")
			c := g.cols["plan"]
			o.batch("", g.file, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: columns(g, c, c+1),
				DestinationIndex: int64(len(g.cols))}})
		},
		"a column deleted": func(o *office) {
			g := o.tab(o.control(), "kpis")
			c := g.cols["plan"]
			o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
				Range: columns(g, c, c+1)}})
		},
		"a tab deleted": func(o *office) {
			o.batch("", o.control(), &sheets.Request{
				DeleteSheet: &sheets.DeleteSheetRequest{SheetId: o.tab(o.control(), "kpis").id}})
		},
		"the tab of absences deleted": func(o *office) {
			o.batch("", o.control(), &sheets.Request{
				DeleteSheet: &sheets.DeleteSheetRequest{SheetId: o.tab(o.control(), "absences").id}})
		},
		"the tab of checks deleted": func(o *office) {
			o.batch("", o.control(), &sheets.Request{
				DeleteSheet: &sheets.DeleteSheetRequest{SheetId: o.tab(o.control(), "checks").id}})
		},
		"the heading row deleted": func(o *office) {
			g := o.tab(o.control(), "people")
			r := g.row("name", "Имя")
			o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
				Range: rows(g, r, r+1)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := again(t)
			harm(o)
			out := o.sync()
			o.settle()
			if out.People != 2 || out.Made != 0 {
				t.Errorf("%+v", out)
			}
			if got := o.line(0, "month", "2026-05-14", "deals").Plan; got.V != 33 {
				t.Errorf("in force is the plan %v", got)
			}
			if got := o.line(1, "month", "2026-05-14", "deals").Working; got != 16 {
				t.Errorf("the absent one works %d days", got)
			}
			for _, tab := range []string{"kpis", "people", "plans", "calendar", "absences", "settings", "checks"} {
				if _, ok := o.tabIn(o.control(), tab); !ok {
					t.Errorf("the tab %s is gone", tab)
				}
			}
			if g := o.tab(o.control(), "kpis"); g.cell(g.ruled(salesRep+"key=deals"), "plan").FormattedValue != "33" {
				t.Errorf("the plan typed by ops shows %q", g.cell(g.ruled(salesRep+"key=deals"), "plan").FormattedValue)
			}
		})
	}
}

// Several people whom ops gave one link share that spreadsheet, a tab each.
func TestSharedSpreadsheet(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 9)
	o.settle()
	made, err := o.client.Create(t.Context(), "Общая таблица", nil)
	o.must(err)
	link := "https://docs.google.com/spreadsheets/d/" + made.ID + "/edit#gid=0"
	for _, who := range []string{"Человек 000", "Человек 001"} {
		o.config("people", "name="+who, "link", link)
	}
	o.settle()
	for i, v := range []float64{2, 5} {
		key := string(o.person(i).ID) + "/" + may
		g := o.tab(made.ID, key)
		if !strings.HasSuffix(g.title, o.people[i].Name) {
			t.Errorf("the tab is called %q", g.title)
		}
		o.put("", made.ID, g.at(g.row("date", date("2026-05-14")), "kpi:deals"), v)
	}
	if out := o.expect("two people in one spreadsheet",
		google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1}); out.Read != 1 {
		t.Errorf("%+v", out)
	}
	o.settle()
	o.month(0, "deals", 11) // what was typed in the person's own spreadsheet came along
	o.month(1, "deals", 5)
	o.month(2, "deals", 0)
	list, err := o.ledger.Files(t.Context())
	o.must(err)
	if n := len(slices.DeleteFunc(list, func(f files.File) bool { return f.Kind != files.Report })); n != 4 {
		t.Errorf("%d spreadsheets of people, want 3 and the common one", n)
	}
	o.restart(true)
	o.settle()
	o.month(0, "deals", 11)
	o.month(1, "deals", 5)
	if p := o.person(0); p.Link != link {
		t.Errorf("the link is %q", p.Link)
	}
}
