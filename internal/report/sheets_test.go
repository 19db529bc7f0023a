package report_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/kpi"
	"svodka/internal/localgoogle"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// live is a spreadsheet in the embedded Google, reached by Google's own client.
type live struct {
	t      *testing.T
	sheets *sheets.Service
	drive  *drive.Service
	google *google.Client
	id     string
	state  *workbook.State
	now    time.Time
}

func newLive(t *testing.T, b *workbook.Book, now time.Time) *live {
	t.Helper()
	l := &live{t: t, now: now}
	srv, err := localgoogle.Open(context.Background(), localgoogle.Options{Now: func() time.Time { return l.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	hc := &http.Client{Transport: srv.Transport()}
	if l.sheets, err = sheets.NewService(context.Background(), option.WithHTTPClient(hc),
		option.WithEndpoint("http://localhost")); err != nil {
		t.Fatal(err)
	}
	if l.drive, err = drive.NewService(context.Background(), option.WithHTTPClient(hc),
		option.WithEndpoint("http://localhost/drive/v3/")); err != nil {
		t.Fatal(err)
	}
	if l.google, err = google.New(context.Background(),
		google.Options{HTTP: hc, Endpoint: "http://localhost", Now: func() time.Time {
			return l.now
		}}); err != nil {
		t.Fatal(err)
	}
	f, err := l.drive.Files.Create(&drive.File{Name: b.Title, MimeType: "application/vnd.google-apps.spreadsheet"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	l.id, l.state = f.Id, workbook.Fresh()
	l.apply(b)
	return l
}

// apply brings the spreadsheet to the book by one batchUpdate.
func (l *live) apply(b *workbook.Book) {
	l.t.Helper()
	reqs, after, err := workbook.Diff(l.state, b)
	if err != nil {
		l.t.Fatal(err)
	}
	l.batch(reqs)
	l.state = after
}

func (l *live) batch(reqs []*sheets.Request) {
	l.t.Helper()
	if len(reqs) == 0 {
		return
	}
	if _, err := l.sheets.Spreadsheets.BatchUpdate(l.id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
		Do(); err != nil {
		l.t.Fatal(err)
	}
}

// put types into a cell as a person does.
func (l *live) put(rng string, values ...any) {
	l.t.Helper()
	_, err := l.sheets.Spreadsheets.Values.Update(l.id, rng, &sheets.ValueRange{Values: [][]any{values}}).
		ValueInputOption("USER_ENTERED").Do()
	if err != nil {
		l.t.Fatal(err)
	}
}

// sort sorts the rows below the heading by a column, the first cols columns wide.
func (l *live) sort(sheet, by, cols int64) {
	l.t.Helper()
	l.batch([]*sheets.Request{{SortRange: &sheets.SortRangeRequest{
		Range: &sheets.GridRange{SheetId: sheet, StartRowIndex: 1, EndRowIndex: 301, EndColumnIndex: cols},
		SortSpecs: []*sheets.SortSpec{{DimensionIndex: by, SortOrder: "DESCENDING", ForceSendFields: []string{
			"DimensionIndex"}}},
	}}})
}

// insertRow inserts a row before the one at that index.
func (l *live) insertRow(sheet, at int64) {
	l.t.Helper()
	l.batch([]*sheets.Request{{InsertDimension: &sheets.InsertDimensionRequest{
		Range:             &sheets.DimensionRange{SheetId: sheet, Dimension: "ROWS", StartIndex: at, EndIndex: at + 1},
		InheritFromBefore: true,
	}}})
}

// shown returns what a range shows to a person, with | between cells.
func (l *live) shown(rng string) string {
	l.t.Helper()
	res, err := l.sheets.Spreadsheets.Values.Get(l.id, rng).Do()
	if err != nil {
		l.t.Fatal(err)
	}
	var rows []string
	for _, row := range res.Values {
		var cells []string
		for _, v := range row {
			cells = append(cells, fmt.Sprint(v))
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return strings.ReplaceAll(strings.Join(rows, "\n"), "\u00a0", " ")
}

// found reads the book's columns by their tags, as the worker does.
func (l *live) found(b *workbook.Book) []workbook.Found {
	l.t.Helper()
	found, err := l.google.Columns(context.Background(), l.id, report.MetaIDs(b))
	if err != nil {
		l.t.Fatal(err)
	}
	return found
}

// TestLive lays out a person's spreadsheet through Google's client and types into it as
// the person does: the block on top follows (domain 2.6's numbers).
func TestLive(t *testing.T) {
	in := plans(input(coldCaller(t), mayDay(15)))
	b := report.Layout(in)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	const tab = "'Май 2026'!"
	if got, want := l.shown(tab+"A1:B13"), strings.Join([]string{
		"Дата · сегодня ↓|Звонки", "Осталось сегодня|87", "План месяца|950", "Факт|0", "План на дату|450", "Темп|0,0%",
		"Светофор|▼ отстаёт", "Последние дни|=", "До плана|950", "Нужно в день|95,0", "Прогноз|0", "По дням",
		"ДНИ|✎ вводите",
	}, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i, d := range closedMay {
		n := "42"
		if i < 2 {
			n = "43"
		}
		l.put(fmt.Sprintf("%sB%d", tab, 13+d), n)
	}
	if got, want := l.shown(tab+"B2:B11"), "14\n950\n380\n450\n84,4%\n▼ отстаёт\n▼ −1\n570\n57,0\n802"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l.put(tab+"D17", "1:30:00")
	l.put(tab+"I17", "болел")
	l.put(tab+"B31", "много")
	if got := l.shown(tab + "A17:I17"); !strings.HasPrefix(got, "пн 04.05|43||1:30:00|") ||
		!strings.HasSuffix(got, "|болел") {
		t.Errorf("4 May shows %q", got)
	}
	r := report.Read(in, b, l.found(b))
	if len(r.Entries) != 10 || len(r.Flags) != 1 || r.Flags[0].Day != mayDay(18) || len(r.Strays) != 0 {
		t.Errorf("%d entries, flags %+v, strays %v", len(r.Entries), r.Flags, r.Strays)
	}

	// The flag is marked; nothing else is written, and what was typed stays.
	in.Flags, in.Typed = r.Flags, r.Typed
	l.apply(report.Layout(in))
	if got := l.shown(tab + "B31"); got != "много" {
		t.Errorf("the bad cell shows %q", got)
	}
	res, err := l.sheets.Spreadsheets.Get(l.id).Ranges(tab + "B31").
		Fields("sheets.data.rowData.values(note,userEnteredFormat.backgroundColorStyle)").Do()
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Sheets[0].Data[0].RowData[0].Values[0]; !strings.Contains(c.Note, "Введите число") {
		t.Errorf("the bad cell's note is %q", c.Note)
	}

	// A KPI renamed, one added in front, one removed: what was typed stays.
	role := in.Role
	role.KPIs = append(role.KPIs[:0:0], role.KPIs[1:]...)
	role.KPIs[0].Title = "Беседы"
	role.KPIs = append(role.KPIs[:3:3], role.KPIs[4:]...) // without talk_rate, which needs calls
	leads := in.Role.KPIs[0]
	leads.Key, leads.Title = "leads", "Лиды"
	role.KPIs = append([]kpi.KPI{leads}, role.KPIs...)
	in.Role, in.Dep.Roles = role, []department.Role{role}
	in = plans(in)
	b = report.Layout(in)
	l.apply(b)
	l.put(tab+"B17", "7")
	r = report.Read(in, b, l.found(b))
	got := map[string]float64{}
	for _, e := range r.Entries {
		got[e.KPI] += e.Value
	}
	if got["leads"] != 7 || got["talk_time"] != 5400 || len(got) != 2 {
		t.Errorf("after the KPIs changed: %v, strays %v", got, r.Strays)
	}
	head := l.shown(tab + "A1:K1")
	if !strings.HasPrefix(head, "Дата · сегодня ↓|Лиды|") || !strings.Contains(head, "Беседы") {
		t.Errorf("the heading is %q", head)
	}
	cells := l.found(b)
	x := report.NewIndex(b, cells)
	p, _ := x.Find(mayDay(4), "leads")
	fact := fmt.Sprintf("%s%s", tab, workbook.A1(3, p.Col))
	if got := l.shown(fact); got != "7" {
		t.Errorf("the fact of the new KPI is %q", got)
	}

	// Calls come back: their column is visible again with all that was typed.
	in = plans(input(coldCaller(t), mayDay(15)))
	b = report.Layout(in)
	l.apply(b)
	p, _ = report.NewIndex(b, l.found(b)).Find(mayDay(4), "calls")
	if got := l.shown(fmt.Sprintf("%s%s:%s", tab, workbook.A1(2, p.Col), workbook.A1(10, p.Col))); got !=
		"950\n380\n450\n84,4%\n▼ отстаёт\n▼ −1\n570\n57,0\n802" {
		t.Errorf("after the KPI came back:\n%s", got)
	}
}

// TestLiveSource: typed figures stay when the KPI is computed instead, and are back when
// it is typed again.
func TestLiveSource(t *testing.T) {
	in := plans(input(coldCaller(t), mayDay(15)))
	b := report.Layout(in)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	const tab = "'Май 2026'!"
	l.put(tab+"B17", "43", "10")
	role := in.Role
	role.KPIs = append(role.KPIs[:0:0], role.KPIs...)
	role.KPIs[0].Source, role.KPIs[0].Expr, role.KPIs[0].Required = kpi.Formula, expr(t, "talks * 4"), false
	computed := in
	computed.Role, computed.Dep = role, &department.Department{Roles: []department.Role{role}, People: in.Dep.People,
		Settings: in.Dep.Settings}
	computed = plans(computed)
	cb := report.Layout(computed)
	l.apply(cb)
	if got := l.shown(tab + "B1:D4"); !strings.HasSuffix(got, "\n40|43|10") {
		t.Errorf("the computed fact is missing: %s", got)
	}
	r := report.Read(computed, cb, l.found(cb))
	if len(r.Entries) != 1 || r.Entries[0].KPI != "talks" || slices.Contains(r.Scopes()[0].KPIs, "calls") {
		t.Errorf("a reading of what is not typed: %+v, %+v", r.Entries, r.Scopes())
	}
	l.apply(b)
	if r = report.Read(in, b, l.found(b)); len(r.Entries) != 2 || r.Entries[0].Value != 43 {
		t.Errorf("typed again: %+v", r.Entries)
	}
}

// TestLiveDeals types deals as an import does; the month follows.
func TestLiveDeals(t *testing.T) {
	if testing.Short() {
		t.Skip("TestClientsLive and TestLive hold the formulas in the short run")
	}
	in := plans(input(salesRepDeals(t), mayDay(15)))
	b := report.Layout(in)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	var deals []department.Deal
	for i := range 400 { // more than the list has rows
		deals = append(deals, deal(4+i%5, "=Клиент", 1000))
	}
	cells, fresh, _, err := report.AddDeals(b, l.found(b), deals)
	if err != nil {
		t.Fatal(err)
	}
	in.Typed.Deals = fresh
	l.apply(report.Layout(in))
	l.batch(workbook.SetCells(cells))
	in.Typed.Deals = nil
	r := report.Read(in, b, l.found(b))
	deals[0].Key = "r1"
	if len(r.Deals) != 400 || r.Deals[0] != deals[0] {
		t.Fatalf("%d deals, the first one %+v", len(r.Deals), r.Deals[0])
	}
	if got := l.shown("'Май 2026'!B4:D4"); got != "400|400 000 ₽|1 000 ₽" {
		t.Errorf("the facts are %q", got)
	}
	if got := l.shown("'Сделки'!A2:C2"); got != "04.05.2026|=Клиент|1 000 ₽" {
		t.Errorf("a deal is %q", got)
	}
	in.Typed, in.Flags = r.Typed, r.Flags
	in = plans(in)
	grown := report.Layout(in)
	l.apply(grown)
	if cells, fresh, same, err := report.AddDeals(grown, l.found(grown), deals); len(cells)+len(fresh) != 0 ||
		same != 400 || err != nil {
		t.Errorf("a second import: %d cells, %d fresh, same %d, %v", len(cells), len(fresh), same, err)
	}
}
