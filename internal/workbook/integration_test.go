package workbook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
	"svodka/internal/workbook"
)

// office is a spreadsheet at the local Google, with the real clients.
type office struct {
	t  *testing.T
	s  *sheets.Service
	id string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	ctx := context.Background()
	g, err := localgoogle.Open(ctx, localgoogle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(g)
	t.Cleanup(func() {
		srv.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	sh, err := sheets.NewService(ctx, option.WithEndpoint(srv.URL), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	dr, err := drive.NewService(ctx, option.WithEndpoint(srv.URL+"/drive/v3/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	f, err := dr.Files.Create(&drive.File{Name: "Новый", MimeType: "application/vnd.google-apps.spreadsheet"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, sh, f.Id}
}

func (o *office) apply(reqs []*sheets.Request) {
	o.t.Helper()
	if len(reqs) == 0 {
		return
	}
	if _, err := o.s.Spreadsheets.BatchUpdate(o.id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
		Do(); err != nil {
		b, jsonErr := json.MarshalIndent(reqs, "", " ")
		o.t.Fatalf("%v\n%s %v", err, b, jsonErr)
	}
}

func (o *office) diff(have *workbook.State, want *workbook.Book) ([]*sheets.Request, *workbook.State) {
	o.t.Helper()
	reqs, after, err := workbook.Diff(have, want)
	if err != nil {
		o.t.Fatal(err)
	}
	return reqs, after
}

func (o *office) get() *sheets.Spreadsheet {
	o.t.Helper()
	s, err := o.s.Spreadsheets.Get(o.id).Fields(workbook.StateFields).Do()
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

func (o *office) values(a1, render string) [][]any {
	o.t.Helper()
	v, err := o.s.Spreadsheets.Values.Get(o.id, a1).ValueRenderOption(render).Do()
	if err != nil {
		o.t.Fatal(err)
	}
	return v.Values
}

func (o *office) columns(ids []int64) (found []workbook.Found) {
	o.t.Helper()
	r := &sheets.BatchGetValuesByDataFilterRequest{MajorDimension: "COLUMNS", ValueRenderOption: "UNFORMATTED_VALUE"}
	for _, id := range ids {
		r.DataFilters = append(r.DataFilters,
			&sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataId: id}})
	}
	got, err := o.s.Spreadsheets.Values.BatchGetByDataFilter(o.id, r).Do()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range got.ValueRanges {
		var col string
		if n, err := fmt.Sscanf(m.ValueRange.Range, "'Ноябрь 2026'!%1s", &col); err != nil || n != 1 {
			o.t.Fatalf("range %q: %v", m.ValueRange.Range, err)
		}
		f := workbook.Found{MetaID: m.DataFilters[0].DeveloperMetadataLookup.MetadataId, Col: int(col[0] - 'A')}
		if len(m.ValueRange.Values) > 0 {
			f.Values = m.ValueRange.Values[0]
		}
		found = append(found, f)
	}
	return found
}

const month = 4711

// monthBook returns a month's tab of three days and a summary beside it.
func monthBook(kpis ...string) *workbook.Book {
	head := &workbook.Style{Bold: true, Background: "#DDE7F5", Bottom: "thin #808080", Align: "CENTER"}
	date := &workbook.Style{Format: workbook.NumberFormat{Type: "DATE", Pattern: "dd.mm.yyyy"}}
	entry := &workbook.Style{Background: "#FFFDE7", Left: "thin #CCCCCC", PadLeft: 4}
	check := &workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"}, Message: "Число от нуля",
		Strict: true}
	n := len(kpis)
	m := &workbook.Tab{
		ID: month, Key: "month:2026-11", Title: "Ноябрь 2026", KeyColumn: "date", FrozenRows: 3, FrozenCols: 1,
		TabColor: "#1A73E8",
		Columns:  []workbook.Column{{Key: "date", Width: 90}}, Heights: map[int]int{0: 40},
		Merges:  []workbook.Area{{R0: 0, C0: 1, R1: 1, C1: n + 2}},
		Protect: &workbook.Protect{ID: 99, Note: "Формулы", Open: []workbook.Area{{R0: 3, C0: 1, R1: 6, C1: n + 2}}},
		Rules: []workbook.Rule{{Areas: []workbook.Area{{R0: 3, C0: 0, R1: 6, C1: n + 2}}, Kind: "CUSTOM_FORMULA",
			Values: []string{"=$A4=TODAY()"}, Back: "#FFF3C4", Bold: true}},
		Charts: []workbook.Chart{{ID: 12, Kind: "LINE", Title: "Ход месяца",
			Domain: workbook.Area{R0: 2, C0: 0, R1: 6, C1: 1},
			Series: []workbook.Area{{R0: 2, C0: 1, R1: 6, C1: 2}}, Colors: []string{"#1A73E8"},
			At: workbook.Area{R0: 7, C0: 0}, Width: 500, Height: 250}},
		Filter: &workbook.Area{R0: 2, C0: 0, R1: 6, C1: n + 2},
	}
	title := []workbook.Cell{workbook.Txt("=Отчёт", head)}
	fact := []workbook.Cell{workbook.Txt("Факт", head)}
	heads := []workbook.Cell{workbook.Txt("Дата", head)}
	for i, k := range kpis {
		m.Columns = append(m.Columns, workbook.Column{Key: k, Width: 120})
		c := workbook.ColumnName(i + 1)
		fact = append(fact, workbook.F("=SUM("+c+"4:"+c+"6)", head))
		heads = append(heads, workbook.Txt("KPI "+k, head))
	}
	m.Columns = append(m.Columns, workbook.Column{Key: "comment", Width: 240})
	m.RowIDs = []workbook.RowID{{Tag: "title"}, {Tag: "fact"}, {Tag: "head"}}
	m.Cells = [][]workbook.Cell{title, fact, append(heads, workbook.Txt("Комментарий", head))}
	for d := range 3 {
		day := 46327 + float64(d)
		row := []workbook.Cell{workbook.N(day, date)}
		for range kpis {
			row = append(row, workbook.Cell{Open: true, Style: entry, Check: check})
		}
		row = append(row, workbook.Cell{Open: true, Style: &workbook.Style{Wrap: "WRAP"}})
		m.RowIDs, m.Cells = append(m.RowIDs, workbook.RowID{Day: day}), append(m.Cells, row)
	}
	s := &workbook.Tab{
		ID: 4712, Key: "how", Title: "Как заполнять", Exclusive: true, HideGrid: true, Rows: 3, Cols: 2,
		Columns: []workbook.Column{{Width: 400}},
		Cells: [][]workbook.Cell{
			{workbook.Txt("Всего", nil), workbook.F("='Ноябрь 2026'!B2", nil)},
			{{Kind: workbook.Text, Str: "к месяцу", Link: "#gid=4711&range=B4", Note: "Перейти"},
				{Kind: workbook.Bool, Num: 1, Check: &workbook.Validation{Kind: "BOOLEAN"}}},
		},
	}
	return &workbook.Book{Title: "Отчёт — Иванова Анна", Locale: "ru_RU", TimeZone: "Europe/Moscow",
		Recalc: workbook.EveryMinute, Tabs: []*workbook.Tab{m, s}}
}

// Google takes groups and copies as we mean them, and they read back as they are.
func TestGroupsAndCopiesThroughTheRealClient(t *testing.T) {
	o := newOffice(t)
	book := func(figure float64, groups ...workbook.Group) *workbook.Book {
		red := &workbook.Style{Background: "#F4C7C3", Format: workbook.NumberFormat{Type: "PERCENT", Pattern: "0%"}}
		row := []workbook.Cell{
			{Kind: workbook.Text, Str: "Иванова", Link: "https://a.example", Note: "Сдано с опозданием"},
			workbook.N(figure, red), workbook.Txt("=1+1", nil), {}, {}}
		same := slices.Clone(row)
		same[0].Note = ""
		return &workbook.Book{Title: "Сводка", Tabs: []*workbook.Tab{
			{ID: 11, Key: "month", Title: "Месяц", Exclusive: true, FrozenCols: 1, Rows: 5, Cols: 6, Groups: groups,
				Cells: [][]workbook.Cell{row}, Columns: []workbook.Column{{Width: 150}}},
			{ID: 12, Key: "all", Title: "Всё", Exclusive: true, Rows: 5, Cols: 6,
				Cells:  [][]workbook.Cell{{workbook.Txt("Всё", nil)}, same},
				Copies: []workbook.Copy{{From: 11, To: workbook.Area{R0: 1, R1: 2, C1: 5}}}},
		}}
	}
	reqs, state := o.diff(workbook.Fresh(), book(0.5, workbook.Group{C0: 2, C1: 4}))
	o.apply(reqs)
	look := func() *sheets.Spreadsheet {
		t.Helper()
		s, err := o.s.Spreadsheets.Get(o.id).Fields(workbook.LookFields).Do()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	seen := look()
	g := seen.Sheets[0].ColumnGroups
	if len(g) != 1 || g[0].Range.StartIndex != 2 || g[0].Range.EndIndex != 4 || g[0].Depth != 1 {
		t.Errorf("groups %+v", g)
	}
	if seen.Sheets[0].Properties.GridProperties.ColumnGroupControlAfter ||
		!seen.Sheets[0].Data[0].ColumnMetadata[3].HiddenByUser {
		t.Errorf("the group is not closed, or its button stands behind: %+v", seen.Sheets[0].Properties.GridProperties)
	}
	if k := seen.Sheets[1].Data[0].RowData[1].Values; k[0].Note != "" || *k[1].EffectiveValue.NumberValue != 0.5 ||
		k[1].UserEnteredFormat.NumberFormat.Pattern != "0%" || *k[2].UserEnteredValue.StringValue != "=1+1" ||
		k[0].UserEnteredFormat.TextFormat.Link.Uri != "https://a.example" {
		t.Errorf("the copy is %+v", k)
	}
	// Wherever the state comes from, there is nothing to write, for open and for closed
	// groups.
	for _, collapsed := range []bool{true, false} {
		g[0].Collapsed = collapsed
		o.apply([]*sheets.Request{{UpdateDimensionGroup: &sheets.UpdateDimensionGroupRequest{DimensionGroup: g[0],
			Fields: "collapsed"}}})
		for name, have := range map[string]*workbook.State{"kept": state, "refreshed": workbook.Refresh(state, o.get()),
			"seen whole": workbook.StateOf(look())} {
			if more, _ := o.diff(have, book(0.5, workbook.Group{C0: 2, C1: 4})); len(more) > 0 {
				b, err := json.Marshal(more)
				t.Errorf("collapsed %v, %s: %s %v", collapsed, name, b, err)
			}
		}
	}
	reqs, state = o.diff(state, book(0.7, workbook.Group{C0: 3, C1: 5}))
	o.apply(reqs)
	if v := o.values("'Всё'!B2", "UNFORMATTED_VALUE"); v[0][0] != 0.7 {
		t.Errorf("the copy has %v", v)
	}
	if more, _ := o.diff(workbook.Refresh(state, look()), book(0.7, workbook.Group{C0: 3, C1: 5})); len(more) > 0 {
		t.Errorf("%d requests too many", len(more))
	}
}

func TestThroughTheRealClient(t *testing.T) {
	o := newOffice(t)
	book := monthBook("calls", "leads")
	reqs, state := o.diff(workbook.Fresh(), book)
	o.apply(reqs)
	if more, _ := o.diff(workbook.Refresh(state, o.get()), book); len(more) > 0 {
		b, err := json.Marshal(more)
		t.Fatalf("not as left: %s %v", b, err)
	}
	// Without the state all looks are written again, and Google accepts that.
	again, lost := o.diff(workbook.StateOf(o.get()), book)
	for _, r := range again {
		if r.UpdateCells != nil && r.UpdateCells.Fields == "userEnteredValue" {
			t.Errorf("a value that stands there is written again")
		}
	}
	o.apply(again)
	if more, _ := o.diff(workbook.Refresh(lost, o.get()), book); len(more) > 0 {
		t.Errorf("%d requests after the second write", len(more))
	}
	want := [][]any{{"=Отчёт"}, {"Факт", 0.0, 0.0}, {"Дата", "KPI calls", "KPI leads", "Комментарий"}, {46327.0},
		{46328.0}, {46329.0}}
	if d := cmp.Diff(want, o.values("'Ноябрь 2026'!A1:F6", "UNFORMATTED_VALUE")); d != "" {
		t.Error(d)
	}

	// a person types, and puts a column of their own in between
	type typed struct {
		at string
		v  any
	}
	for _, x := range []typed{{"B4", 10}, {"B5", 5}, {"C5", 2}, {"D6", "=1+1"}} {
		_, err := o.s.Spreadsheets.Values.Update(o.id, "'Ноябрь 2026'!"+x.at,
			&sheets.ValueRange{Values: [][]any{{x.v}}}).ValueInputOption("RAW").Do()
		if err != nil {
			t.Fatal(err)
		}
	}
	o.apply([]*sheets.Request{
		{InsertDimension: &sheets.InsertDimensionRequest{Range: &sheets.DimensionRange{SheetId: month,
			Dimension: "COLUMNS", StartIndex: 2, EndIndex: 3}, InheritFromBefore: true}},
		{UpdateCells: &sheets.UpdateCellsRequest{Fields: "userEnteredValue",
			Start: &sheets.GridCoordinate{SheetId: month, RowIndex: 4, ColumnIndex: 2},
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{
				{UserEnteredValue: &sheets.ExtendedValue{StringValue: new("моё")}}}}}}},
	})
	if missing := state.Locate(book.Tabs, o.columns(state.MetaIDs())); len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	book = monthBook("deals", "calls")
	reqs, state = o.diff(state, book)
	o.apply(reqs)
	got := o.values("'Ноябрь 2026'!A1:G6", "FORMULA")
	want = [][]any{
		{"=Отчёт"},
		{"Факт", "=SUM(B4:B6)", "=SUM(C4:C6)"},
		{"Дата", "KPI deals", "KPI calls", "", "KPI leads", "Комментарий"},
		{46327.0, "", 10.0}, {46328.0, "", 5.0, "моё", 2.0}, {46329.0, "", "", "", "", "=1+1"},
	}
	// the hidden column keeps its content, including its sum
	if len(got) > 1 && len(got[1]) > 4 {
		got[1] = got[1][:3]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if more, _ := o.diff(workbook.Refresh(state, o.get()), book); len(more) > 0 {
		b, err := json.Marshal(more)
		t.Errorf("not as left: %s %v", b, err)
	}
	if v := o.values("'Как заполнять'!A1:B2", "FORMULA"); len(v) != 2 || v[0][1] != "='Ноябрь 2026'!B2" {
		t.Errorf("got %v", v)
	}
}

// Rows of a rating that were moved stand as if they had been written there.
func TestSortedRowsMoveThroughTheRealClient(t *testing.T) {
	o := newOffice(t)
	name := &workbook.Style{Align: "LEFT"}
	book := func(order ...int) *workbook.Book {
		rating := &workbook.Tab{ID: 21, Key: "rating", Title: "Рейтинг", Exclusive: true, Sorted: true, FrozenRows: 1,
			Rows: 8, Heights: map[int]int{0: 36}, Cells: [][]workbook.Cell{{workbook.Txt("Рейтинг", name)}}}
		for i, p := range order {
			who := workbook.Txt(fmt.Sprint("Сотрудник ", p), name)
			who.Link = fmt.Sprint("https://a.example/", p)
			if p == 3 {
				who.Note = "Сдано с опозданием"
			}
			rating.Cells = append(rating.Cells, []workbook.Cell{workbook.N(float64(i+1), nil), who})
		}
		return &workbook.Book{Title: "Сводка", Tabs: []*workbook.Tab{rating}}
	}
	reqs, state := o.diff(workbook.Fresh(), book(1, 2, 3, 4, 5, 6))
	o.apply(reqs)
	for _, order := range [][]int{{1, 3, 2, 4, 5, 6}, {6, 1, 3, 2, 4, 5}, {6, 3, 2, 4, 5, 1}} {
		reqs, state = o.diff(state, book(order...))
		if !slices.ContainsFunc(reqs, func(r *sheets.Request) bool { return r.MoveDimension != nil }) {
			t.Errorf("no row is moved into the order %v", order)
		}
		o.apply(reqs)
		look, err := o.s.Spreadsheets.Get(o.id).Fields(workbook.LookFields).Do()
		if err != nil {
			t.Fatal(err)
		}
		for name, have := range map[string]*workbook.State{"kept": state, "refreshed": workbook.Refresh(state, o.get()),
			"seen whole": workbook.StateOf(look)} {
			if more, _ := o.diff(have, book(order...)); len(more) > 0 {
				b, err := json.Marshal(more)
				t.Errorf("order %v, %s: %s %v", order, name, b, err)
			}
		}
	}
}
