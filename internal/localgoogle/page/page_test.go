package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/page"
)

type fileList struct {
	User, Owner string
	Accounts    []struct{ Email, Name, Kind, File string }
	Files       []page.File
}

// Everybody sees the files that Drive would list for them, and the accounts to choose
// from.
func TestFilesAreThoseOfTheCaller(t *testing.T) {
	w := newWorld(t)
	summary := w.create("Сводка", "summary", [2]string{director, "reader"})
	control := w.create("Настройки", "control", [2]string{"ops@example.com", "writer"})
	names := func(user string) []string {
		var out []string
		for _, f := range read[fileList](w, user, "/_page/files").Files {
			out = append(out, f.Name+" "+f.Role)
		}
		return out
	}
	for user, want := range map[string][]string{
		"":                {"Настройки owner", "Сводка owner", "Отчёт — Иванова Анна owner"},
		anna:              {"Отчёт — Иванова Анна writer"},
		boris:             nil,
		director:          {"Сводка reader", "Отчёт — Иванова Анна reader"},
		"OPS@example.com": {"Настройки writer"},
	} {
		if diff := cmp.Diff(want, names(user)); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", user, diff)
		}
	}
	var who []string
	for _, a := range read[fileList](w, anna, "/_page/files").Accounts {
		who = append(who, a.Kind+" "+a.Email+" "+a.Name+" "+
			strings.NewReplacer(summary, "summary", control, "control", w.report, "report").Replace(a.File))
	}
	want := []string{"owner svodka@localhost  ", "director director@example.com  summary",
		"ops ops@example.com  control", "manager anna@example.com Иванова Анна report"}
	if diff := cmp.Diff(want, who); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// A spreadsheet that is opened asks who one is and whose file it is, without the list of
// all files.
func TestAccountOfASpreadsheet(t *testing.T) {
	w := newWorld(t)
	summary := w.create("Сводка", "summary", [2]string{director, "reader"})
	type who struct{ Email, Name, Kind, File string }
	type reply struct{ Me, Whose *who }
	manager := &who{anna, "Иванова Анна", "manager", w.report}
	boss := &who{director, "", "director", summary}
	for _, c := range []struct {
		user, file string
		want       reply
	}{
		{anna, w.report, reply{manager, manager}}, {director, w.report, reply{boss, manager}},
		{anna, summary, reply{manager, boss}}, {boris, w.report, reply{nil, manager}},
		{"", "nothing", reply{&who{"svodka@localhost", "", "owner", ""}, nil}},
	} {
		got := read[reply](w, c.user, "/_page/account?file="+c.file)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q opens %s (-want +got):\n%s", c.user, c.file, diff)
		}
	}
}

type book struct {
	page.Info
	User, Structure string
	Version, Shown  int64
	Tabs            []page.Tab
	Cells           *block
}

type block struct {
	From, To int
	Styles   []map[string]any
	Rules    []map[string]any
	Rows     [][]json.RawMessage
}

// at returns a cell as the browser gets it, with its style in words.
func (b *block) at(t *testing.T, row, col int) (style map[string]any, text string, more map[string]any) {
	t.Helper()
	if row-b.From >= len(b.Rows) || col >= len(b.Rows[row-b.From]) {
		return nil, "", nil
	}
	raw := b.Rows[row-b.From][col]
	if string(raw) == "null" {
		return nil, "", nil
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		parts = []json.RawMessage{raw}
	}
	var s int
	for i, to := range []any{&s, &text, &more} {
		if i < len(parts) {
			if err := json.Unmarshal(parts[i], to); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.Styles[s], text, more
}

func TestBookHasWhatTheGridNeeds(t *testing.T) {
	w := newWorld(t)
	b := read[book](w, anna, "/_page/sheet/"+w.report)
	if b.Role != "writer" || b.Locale != "ru_RU" || b.Today != "2026-11-24" || b.Shown != monthTab ||
		b.Title != "Отчёт — Иванова Анна" {
		t.Errorf("book: %+v", b.Info)
	}
	m := b.Tabs[0]
	if m.FrozenRows != 1 || m.FrozenCols != 1 || m.Color != "#ff0000" || m.Today == nil || *m.Today != todayRow ||
		m.Widths[3] != 260 || m.Key != "month:2026-11" ||
		m.ColKeys["kpi:calls"] != 1 || m.RowKeys["needed"] != rowNeeded {
		t.Errorf("tab: %+v", m)
	}
	if diff := cmp.Diff([]int{4}, m.HiddenCols); diff != "" {
		t.Error(diff)
	}
	want := []page.Lock{{Area: page.Area{0, 33, 0, 6}, Open: []page.Area{{firstDay, 33, 1, 2}, {firstDay, 33, 3, 4}},
		Note: "Открыты только ячейки для ввода"}}
	if diff := cmp.Diff(want, m.Locks); diff != "" {
		t.Errorf("locks of a manager (-want +got):\n%s", diff)
	}
	if own := read[book](w, "", "/_page/sheet/"+w.report); own.Tabs[0].Locks != nil {
		t.Errorf("the owner is locked out of %+v", own.Tabs[0].Locks)
	}
}

func TestCellsAreShownAsGoogleShowsThem(t *testing.T) {
	w := newWorld(t)
	w.put(w.report, "'Ноябрь 2026'!B4:B5", []any{"7"}, []any{"1234,5"})
	w.put(w.report, "'Ноябрь 2026'!D4", []any{`=HYPERLINK("https://example.com/?q=1";"ссылка")`})
	w.put(w.report, "'Ноябрь 2026'!D5", []any{"'=1+1"})
	w.put(w.report, "'Ноябрь 2026'!B6", []any{"-3"})
	w.put(w.report, "'Ноябрь 2026'!D6", []any{"=1/0"})
	b := read[block](w, anna, fmt.Sprintf("/_page/sheet/%s/cells?tab=%d&from=0&to=40", w.report, monthTab))
	type shown struct {
		style map[string]any
		text  string
		more  map[string]any
	}
	for _, c := range []struct {
		row, col int
		want     shown
	}{
		{0, 0, shown{map[string]any{"bg": "#e5e5e5", "b": true}, "Дата", nil}},
		{0, 1, shown{map[string]any{"bg": "#e5e5e5", "b": true}, "Звонки",
			map[string]any{"n": "Введите за каждый рабочий день"}}},
		{1, 1, shown{map[string]any{"h": "r"}, "1900", map[string]any{"k": "n"}}},
		{2, 1, shown{map[string]any{"h": "r"}, "95", map[string]any{"e": "=B2/20", "k": "n"}}},
		{3, 0, shown{map[string]any{}, "вс 01.11", map[string]any{"e": "01.11.2026", "k": "n"}}},
		// below ten is red
		{3, 1, shown{map[string]any{"bg": "#ff0000", "h": "r"}, "7", map[string]any{"k": "n", "d": 0.0}}},
		{3, 2, shown{map[string]any{"h": "r"}, "14", map[string]any{"e": `=IF(B4="";"";B4*2)`, "k": "n"}}},
		{3, 3, shown{map[string]any{}, "ссылка", map[string]any{"e": `=HYPERLINK("https://example.com/?q=1";"ссылка")`,
			"l": "https://example.com/?q=1"}}},
		{4, 1, shown{map[string]any{"h": "r"}, "1234,5", map[string]any{"k": "n", "d": 0.0}}},
		{4, 3, shown{map[string]any{}, "=1+1", map[string]any{"e": "'=1+1"}}},
		{5, 1, shown{map[string]any{"bg": "#ff0000", "h": "r"}, "-3", map[string]any{"k": "n", "d": 0.0, "bad": true}}},
		{20, 1, shown{map[string]any{}, "", map[string]any{"d": 0.0}}},
	} {
		style, text, more := b.at(t, c.row, c.col)
		if diff := cmp.Diff(c.want, shown{style, text, more}, cmp.AllowUnexported(shown{})); diff != "" {
			t.Errorf("row %d column %d (-want +got):\n%s", c.row, c.col, diff)
		}
	}
	_, text, more := b.at(t, 5, 3)
	if text != "#DIV/0!" || more["k"] != "e" || more["x"] == "" {
		t.Errorf("an error is shown as %q %v", text, more)
	}
	if b.Rules[0]["message"] != "Звонки: введите число, например 12" || b.Rules[0]["kind"] != "NUMBER_GREATER_THAN_EQ" {
		t.Errorf("rule: %v", b.Rules[0])
	}
}

// Typing the edit text of a cell again gives the same cell.
func TestEditTextsGiveTheCellAgain(t *testing.T) {
	w := newWorld(t)
	id := w.create("Проба", "")
	w.batch(id, &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
		Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU"}, Fields: "locale"}})
	typed := []string{"12", "1 234,56", "0,1", "25%", "12,5%", "15.05.2026", "1:30", "26:15:30", "15.05.2026 14:30:00",
		"ИСТИНА", "слово", "'007", "'=A1", "''x", "=1+2", "-7", "1E+20", " пробел ", "две\nстроки"}
	rows := make([][]any, len(typed))
	for i, s := range typed {
		rows[i] = []any{s}
	}
	values := func() [][]any {
		res, err := w.sheets.Spreadsheets.Values.Get(id, "A1:A30").ValueRenderOption("UNFORMATTED_VALUE").Do()
		if err != nil {
			t.Fatal(err)
		}
		return res.Values
	}
	w.put(id, "A1", rows...)
	before := values()
	b := read[book](w, "", "/_page/sheet/"+id).Cells
	for i := range rows {
		_, text, more := b.at(t, i, 0)
		if e, ok := more["e"].(string); ok {
			text = e
		}
		rows[i] = []any{text}
	}
	w.put(id, "A1", rows...)
	if diff := cmp.Diff(before, values()); diff != "" {
		t.Errorf("typed again, cells differ (-before +after), typed %q:\n%s", rows, diff)
	}
}

func TestStrictRulesRefuse(t *testing.T) {
	w := newWorld(t)
	id := w.create("Проба", "")
	rule := func(col int64, r *sheets.DataValidationRule) *sheets.Request {
		return &sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: grid(0, 0, 10, col, col+1),
			Rule: r}}
	}
	w.batch(id,
		rule(0, &sheets.DataValidationRule{Condition: number("NUMBER_BETWEEN", "0", "20"), Strict: true,
			InputMessage: "0–20"}),
		rule(1, &sheets.DataValidationRule{Condition: number("ONE_OF_LIST", "да", "нет"), Strict: true,
			ShowCustomUi: true}),
		rule(2, &sheets.DataValidationRule{Condition: number("ONE_OF_RANGE", "=$F$1:$F$3"), Strict: true,
			ShowCustomUi: true}),
		rule(3, &sheets.DataValidationRule{Condition: number("NUMBER_GREATER", "5")}),
		rule(4, &sheets.DataValidationRule{Condition: number("DATE_IS_VALID"), Strict: true}))
	w.put(id, "F1:F3", []any{"а"}, []any{""}, []any{"б"})
	body := `{"tab":0,"edits":[` + strings.Join([]string{
		`{"row":0,"col":0,"text":"20"}`, `{"row":1,"col":0,"text":"21"}`, `{"row":2,"col":0,"text":"=10+5"}`,
		`{"row":3,"col":0,"text":"=30"}`, `{"row":4,"col":0,"text":"слово"}`, `{"row":5,"col":0,"text":""}`,
		`{"row":0,"col":1,"text":"Да"}`, `{"row":1,"col":1,"text":"может"}`, `{"row":0,"col":2,"text":"б"}`,
		`{"row":1,"col":2,"text":"в"}`,
		`{"row":0,"col":3,"text":"1"}`, `{"row":0,"col":4,"text":"15.05.2026"}`, `{"row":1,"col":4,"text":"5/15/2026"}`,
		`{"row":2,"col":4,"text":"завтра"}`, `{"row":9999,"col":77,"text":"x"}`}, ",") + `]}`
	status, text := w.send(http.MethodPost, "", "/_page/sheet/"+id+"/refuse", body, nil)
	var got struct{ Refusals []page.Refusal }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	want := []page.Refusal{{Row: 1, Message: "0–20"}, {Row: 3, Message: "0–20"}, {Row: 4, Message: "0–20"},
		{Row: 1, Col: 1}, {Row: 1, Col: 2}, {Row: 0, Col: 4}, {Row: 2, Col: 4}}
	if diff := cmp.Diff(want, got.Refusals); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	list := read[struct{ Options []string }](w, "", "/_page/sheet/"+id+"/options?tab=0&row=3&col=2")
	if diff := cmp.Diff([]string{"а", "б"}, list.Options); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
	if status, _ := w.send(http.MethodPost, "", "/_page/sheet/"+id+"/refuse", "{",
		nil); status != http.StatusBadRequest {
		t.Errorf("a broken question is answered with %d", status)
	}
}

func TestSparklinesAndChartsHaveTheirData(t *testing.T) {
	w := newWorld(t)
	id := w.create("Проба", "")
	w.put(id, "A1:C4", []any{"Неделя", "Факт", "План"}, []any{"1", "10", "12"}, []any{"2", "", "12"},
		[]any{"3", "30%", "12"})
	w.put(id, "E1:F2", []any{"charttype", "column"}, []any{"linewidth", "2"})
	w.put(id, "H1:H4", []any{"=SPARKLINE(B2:B4,$E$1:$F$2)"}, []any{`=SPARKLINE(B2:B4,{"charttype","bar";"max",50})`},
		[]any{"=SPARKLINE(B2:B4)"}, []any{`="SPARKLINE(B2:B4)"`})
	w.batch(id, &sheets.Request{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{ChartId: 5,
		Spec: &sheets.ChartSpec{Title: "Ход", BasicChart: &sheets.BasicChartSpec{
			ChartType: "LINE", HeaderCount: 1, LegendPosition: "BOTTOM_LEGEND",
			Domains: []*sheets.BasicChartDomain{{Domain: source(0, 0)}},
			Series: []*sheets.BasicChartSeries{{Series: source(0, 1),
				ColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Blue: 1}}}, {Series: source(0, 2)}},
		}}, Position: &sheets.EmbeddedObjectPosition{OverlayPosition: &sheets.OverlayPosition{
			AnchorCell: &sheets.GridCoordinate{RowIndex: 6, ColumnIndex: 1}, WidthPixels: 400, HeightPixels: 200}}}}})
	b := read[book](w, "", "/_page/sheet/"+id).Cells
	for row, want := range []any{
		map[string]any{"values": []any{10.0, nil, 0.3},
			"options": map[string]any{"charttype": "column", "linewidth": 2.0}},
		map[string]any{"values": []any{10.0, nil, 0.3}, "options": map[string]any{"charttype": "bar", "max": 50.0}},
		map[string]any{"values": []any{10.0, nil, 0.3}},
		nil,
	} {
		if _, _, more := b.at(t, row, 7); !cmp.Equal(want, more["sp"]) {
			t.Errorf("sparkline %d: %s", row, cmp.Diff(want, more["sp"]))
		}
	}
	got := read[struct{ Charts []page.Chart }](w, "", "/_page/sheet/"+id+"/charts?tab=0").Charts
	f := func(x float64) *float64 { return &x }
	want := []page.Chart{{ID: 5, Row: 6, Col: 1, Width: 400, Height: 200, Title: "Ход", Type: "LINE",
		Legend: "BOTTOM_LEGEND", Domain: []string{"1", "2", "3"}, Series: []page.Series{
			{Name: "Факт", Color: "#0000ff", Format: "PERCENT", Values: []*float64{f(10), nil, f(0.3)},
				Texts: []string{"10", "", "30%"}},
			{Name: "План", Values: []*float64{f(12), f(12), f(12)}, Texts: []string{"12", "12", "12"}},
		}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("charts (-want +got):\n%s", diff)
	}
}

func source(tab, col int64) *sheets.ChartData {
	return &sheets.ChartData{SourceRange: &sheets.ChartSourceRange{
		Sources: []*sheets.GridRange{grid(tab, 0, 4, col, col+1)}}}
}

// The page reveals nothing of a spreadsheet to people without access, in any of its
// answers.
func TestNothingIsToldToStrangers(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"", "/cells?tab=11&to=10", "/charts?tab=11", "/options?tab=11", "/events"} {
		if status, text := w.get(boris, "/_page/sheet/"+w.report+path); status != http.StatusForbidden ||
			strings.Contains(text, "Иванова") {
			t.Errorf("GET …%s as a stranger: %d %s", path, status, text)
		}
		if status, _ := w.get(anna, "/_page/sheet/nothere"+path); status != http.StatusNotFound {
			t.Errorf("GET …%s of no spreadsheet: %d", path, status)
		}
	}
	if status, _ := w.send(http.MethodPost, boris, "/_page/sheet/"+w.report+"/refuse",
		`{"tab":11,"edits":[{"row":3,"col":1,"text":"x"}]}`, nil); status != http.StatusForbidden {
		t.Errorf("refuse as a stranger: %d", status)
	}
}

func TestPagesOfOtherSitesReachTheShellOnly(t *testing.T) {
	w := newWorld(t)
	link := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
		"Sec-Fetch-Dest": "document"}
	frame := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
	script := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
	for _, c := range []struct {
		path string
		head map[string]string
		want int
	}{
		{"/", link, 200}, {"/spreadsheets/d/" + w.report, link, 200}, {"/spreadsheets/d/" + w.report, frame, 403},
		{"/", script, 403},
		{"/_page/files", link, 403}, {"/_page/files", script, 403}, {"/drive/v3/files", link, 403},
	} {
		if status, _ := w.send(http.MethodGet, "", c.path, "", c.head); status != c.want {
			t.Errorf("GET %s with %v: %d, want %d", c.path, c.head, status, c.want)
		}
	}
}

func TestShellAndFiles(t *testing.T) {
	w := newWorld(t)
	res, err := http.Get(w.web.URL + "/spreadsheets/d/whatever/edit")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'",
		"frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("Content-Security-Policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
	_, html := w.get("", "/")
	for _, name := range []string{"app.js", "app.css", "icon.svg"} {
		i := strings.Index(html, "/_page/static/"+name+"?v=")
		if i < 0 {
			t.Fatalf("the page does not load %s by its hash: %s", name, html)
		}
		path, _, _ := strings.Cut(html[i:], `"`)
		if status, body := w.get("", path); status != 200 || len(body) < 100 {
			t.Errorf("GET %s: %d, %d bytes", path, status, len(body))
		}
	}
	for path, want := range map[string]int{"/_page/static/none.js": 404, "/_page/static/index.html": 404,
		"/_page/static/../page.go": 404, "/_page/x": 404, "/_page/sheet/x/y": 404, "/favicon.ico": 200} {
		if status, _ := w.get("", path); status != want {
			t.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	if status, _ := w.send(http.MethodPost, "", "/_page/files", "", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("POST of the list: %d", status)
	}
}

// The stream reports a change within a second: of cells by the version, of all else by
// the structure, and the end of access by a word of its own.
func TestEventsTellWhatChanged(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.web.URL+"/_page/sheet/"+w.report+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+anna)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	lines := bufio.NewScanner(res.Body)
	type event struct {
		Version   int64
		Structure string
		Gone      bool
	}
	next := func() (e event) {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(text), &e); err != nil {
					t.Fatal(err)
				}
				return e
			}
		}
		t.Fatal("the stream ended:", lines.Err())
		return e
	}
	first := next()
	started := time.Now()
	w.put(w.report, "'Ноябрь 2026'!B5", []any{"3"})
	typed := next()
	if typed.Version <= first.Version || typed.Structure != first.Structure {
		t.Errorf("after typing: %+v, before %+v", typed, first)
	}
	w.batch(w.report, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{SheetId: monthTab, Title: "Иначе"}, Fields: "title"}})
	if renamed := next(); renamed.Structure == typed.Structure {
		t.Errorf("a renamed tab is told as %+v after %+v", renamed, typed)
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("two changes were told after %v", took)
	}
	perms, err := w.drive.Permissions.List(w.report).Fields("permissions(id,emailAddress)").Do()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range perms.Permissions {
		if p.EmailAddress == anna {
			if err := w.drive.Permissions.Delete(w.report, p.Id).Do(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if end := next(); !end.Gone {
		t.Errorf("without access: %+v", end)
	}
}

// A server that shuts down does not wait for browsers.
func TestStreamsEndWithTheServer(t *testing.T) {
	w := newWorld(t)
	res, err := http.Get(w.web.URL + "/_page/events")
	if err != nil {
		t.Fatal(err)
	}
	w.server.EndStreams()
	done := make(chan error, 1)
	go func() {
		s := bufio.NewScanner(res.Body)
		for s.Scan() {
		}
		done <- s.Err()
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
}

// The page does not appear in the journal of API calls: it is not a client.
func TestLookingIsNoCall(t *testing.T) {
	w := newWorld(t)
	w.server.Journal().Reset()
	read[book](w, anna, "/_page/sheet/"+w.report)
	read[fileList](w, anna, "/_page/files")
	if n := w.server.Journal().Total(); n != 0 {
		t.Errorf("%d calls in the journal", n)
	}
}
