package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

const (
	anna     = "anna@example.com"
	boris    = "boris@example.com"
	director = "director@example.com"
	monthTab = 11
	dealsTab = 12
)

// world is a local Google behind HTTP with one manager's report in it.
type world struct {
	t      *testing.T
	server *localgoogle.Server
	web    *httptest.Server
	sheets *sheets.Service
	drive  *drive.Service
	report string
}

// noon is the present moment in all these tests.
var noon = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := localgoogle.Open(context.Background(), localgoogle.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: s, web: httptest.NewServer(s)}
	t.Cleanup(func() {
		s.EndStreams()
		w.web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.sheets, w.drive = w.clients("")
	w.report = w.makeReport()
	return w
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) clients(user string) (*sheets.Service, *drive.Service) {
	w.t.Helper()
	c := &http.Client{Transport: bearer(user)}
	sh, err := sheets.NewService(context.Background(), option.WithHTTPClient(c), option.WithEndpoint(w.web.URL))
	if err != nil {
		w.t.Fatal(err)
	}
	dr, err := drive.NewService(context.Background(), option.WithHTTPClient(c),
		option.WithEndpoint(w.web.URL+"/drive/v3/"))
	if err != nil {
		w.t.Fatal(err)
	}
	return sh, dr
}

func (w *world) create(name, kind string, shares ...[2]string) string {
	w.t.Helper()
	f, err := w.drive.Files.Create(&drive.File{Name: name, MimeType: "application/vnd.google-apps.spreadsheet",
		AppProperties: map[string]string{"kind": kind}}).Do()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range shares {
		if _, err := w.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", EmailAddress: s[0], Role: s[1]}).
			SendNotificationEmail(false).Do(); err != nil {
			w.t.Fatal(err)
		}
	}
	return f.Id
}

func (w *world) batch(id string, reqs ...*sheets.Request) {
	w.t.Helper()
	if _, err := w.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
		Do(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(id, rng string, values ...[]any) {
	w.t.Helper()
	if _, err := w.sheets.Spreadsheets.Values.Update(id, rng, &sheets.ValueRange{Values: values}).
		ValueInputOption("USER_ENTERED").Do(); err != nil {
		w.t.Fatal(err)
	}
}

// value returns the value of a cell as the API shows it.
func (w *world) value(id, cell string) string {
	w.t.Helper()
	res, err := w.sheets.Spreadsheets.Values.Get(id, cell).Do()
	if err != nil {
		w.t.Fatal(err)
	}
	if len(res.Values) == 0 || len(res.Values[0]) == 0 {
		return ""
	}
	s, ok := res.Values[0][0].(string)
	if !ok {
		w.t.Fatalf("%s holds %v", cell, res.Values[0][0])
	}
	return s
}

func grid(tab, r0, r1, c0, c1 int64) *sheets.GridRange {
	return &sheets.GridRange{SheetId: tab, StartRowIndex: r0, EndRowIndex: r1, StartColumnIndex: c0, EndColumnIndex: c1,
		ForceSendFields: []string{"StartRowIndex", "StartColumnIndex"}}
}

func number(cond string, values ...string) *sheets.BooleanCondition {
	c := &sheets.BooleanCondition{Type: cond}
	for _, v := range values {
		c.Values = append(c.Values, &sheets.ConditionValue{UserEnteredValue: v})
	}
	return c
}

// Rows of the month's tab: headings, plan, needed per day, then the days 1–30.
const (
	rowPlan   = 1
	rowNeeded = 2
	firstDay  = 3
	todayRow  = firstDay + 23
)

// makeReport makes a small version of a manager's report: a month with a typed column, a
// computed one and a comment; a list of deals; a tab with everything else that the page
// shows.
func (w *world) makeReport() string {
	t := w.t
	t.Helper()
	id := w.create("Отчёт — Иванова Анна", "report", [2]string{anna, "writer"}, [2]string{director, "reader"})
	tag := func(key, value string, at *sheets.DeveloperMetadataLocation) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{
				MetadataKey: key, MetadataValue: value, Visibility: "DOCUMENT", Location: at}}}
	}
	row := func(i int64) *sheets.DeveloperMetadataLocation {
		return &sheets.DeveloperMetadataLocation{DimensionRange: &sheets.DimensionRange{SheetId: monthTab,
			Dimension: "ROWS", StartIndex: i, EndIndex: i + 1, ForceSendFields: []string{"StartIndex"}}}
	}
	col := func(tab, i int64) *sheets.DeveloperMetadataLocation {
		return &sheets.DeveloperMetadataLocation{DimensionRange: &sheets.DimensionRange{SheetId: tab,
			Dimension: "COLUMNS", StartIndex: i, EndIndex: i + 1, ForceSendFields: []string{"StartIndex"}}}
	}
	at := func(tab int64) *sheets.DeveloperMetadataLocation {
		return &sheets.DeveloperMetadataLocation{SheetId: tab}
	}
	grey := &sheets.Color{Red: 0.9, Green: 0.9, Blue: 0.9}
	w.batch(id,
		&sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU", TimeZone: "Europe/Moscow"},
			Fields:     "locale,timeZone"}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{
			Properties: &sheets.SheetProperties{SheetId: monthTab, Title: "Ноябрь 2026",
				GridProperties: &sheets.GridProperties{RowCount: 33, ColumnCount: 6, FrozenRowCount: 1,
					FrozenColumnCount: 1}, TabColor: &sheets.Color{Red: 1}}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{
			Properties: &sheets.SheetProperties{SheetId: dealsTab, Title: "Сделки",
				GridProperties: &sheets.GridProperties{RowCount: 300, ColumnCount: 3, FrozenRowCount: 1}}}},
		&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: 0, ForceSendFields: []string{"SheetId"}}},
		tag("x.tab", "month:2026-11", at(monthTab)), tag("x.tab", "deals", at(dealsTab)),
		tag("x.row", "head", row(0)), tag("x.row", "plan", row(rowPlan)), tag("x.row", "needed", row(rowNeeded)),
		tag("x.col", "date", col(monthTab, 0)), tag("x.col", "kpi:calls", col(monthTab, 1)),
		tag("x.col", "calc:twice", col(monthTab, 2)), tag("x.col", "comment", col(monthTab, 3)),
		tag("x.col", "date", col(dealsTab, 0)), tag("x.col", "client", col(dealsTab, 1)),
		tag("x.col", "amount", col(dealsTab, 2)),
		// A value below ten is red.
		&sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
			Rule: &sheets.ConditionalFormatRule{
				Ranges: []*sheets.GridRange{grid(monthTab, firstDay, 33, 1, 2)},
				BooleanRule: &sheets.BooleanRule{Condition: number("NUMBER_LESS", "10"),
					Format: &sheets.CellFormat{BackgroundColor: &sheets.Color{Red: 1}}}}}},
		&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: grid(monthTab, firstDay, 33, 1, 2),
			Rule: &sheets.DataValidationRule{
				Condition: number("NUMBER_GREATER_THAN_EQ", "0"), InputMessage: "Звонки: введите число, например 12"}}},
		&sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: grid(monthTab, 0, 1, 0, 4),
			Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{
				BackgroundColor: grey, TextFormat: &sheets.TextFormat{Bold: true}}}, Fields: "userEnteredFormat"}},
		&sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: grid(monthTab, firstDay, 33, 0, 1),
			Cell: &sheets.CellData{UserEnteredFormat: &sheets.CellFormat{
				NumberFormat: &sheets.NumberFormat{Type: "DATE", Pattern: "ddd dd.mm"}, HorizontalAlignment: "LEFT"}},
			Fields: "userEnteredFormat"}},
		&sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
			Range: col(monthTab, 3).DimensionRange, Properties: &sheets.DimensionProperties{PixelSize: 260},
			Fields: "pixelSize"}},
		&sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
			Range: col(monthTab, 4).DimensionRange, Properties: &sheets.DimensionProperties{HiddenByUser: true},
			Fields: "hiddenByUser"}},
		&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Range: grid(monthTab, 0, 1, 1, 2), Fields: "note",
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{{Note: "Введите за каждый рабочий день"}}}}}},
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{
			Range: &sheets.GridRange{SheetId: monthTab}, Description: "Открыты только ячейки для ввода",
			Editors: &sheets.Editors{Users: []string{localgoogle.DefaultOwner}},
			UnprotectedRanges: []*sheets.GridRange{grid(monthTab, firstDay, 33, 1, 2),
				grid(monthTab, firstDay, 33, 3, 4)}}}},
	)
	w.put(id, "'Ноябрь 2026'!A1:D1", []any{"Дата", "Звонки", "Вдвое", "Комментарий"})
	w.put(id, "'Ноябрь 2026'!A2:C3", []any{"План", "1900", "3800"}, []any{"Нужно в день", "=B2/20", "—"})
	days := make([][]any, 30)
	for i := range days {
		days[i] = []any{46327 + i} // 1 November 2026
	}
	if _, err := w.sheets.Spreadsheets.Values.Update(id, "'Ноябрь 2026'!A4", &sheets.ValueRange{Values: days}).
		ValueInputOption("RAW").Do(); err != nil {
		t.Fatal(err)
	}
	twice := make([][]any, 30)
	for i := range twice {
		twice[i] = []any{fmt.Sprintf(`=IF(B%d="";"";B%[1]d*2)`, firstDay+i+1)}
	}
	w.put(id, "'Ноябрь 2026'!C4", twice...)
	w.put(id, "Сделки!A1:C1", []any{"Дата", "Клиент", "Сумма"})
	w.put(id, "Сделки!A2:C2", []any{"20.11.2026", "ООО «Ромашка»", "45000"})
	return id
}

// get requests JSON from the page as a person.
func (w *world) get(user, path string) (int, string) {
	return w.send(http.MethodGet, user, path, "", nil)
}

func (w *world) send(method, user, path, body string, head map[string]string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.web.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if user != "" {
		req.Header.Set("Authorization", "Bearer "+user)
	}
	for k, v := range head {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// read decodes an answer of the page.
func read[T any](w *world, user, path string) T {
	w.t.Helper()
	status, text := w.get(user, path)
	if status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, status, text)
	}
	var out T
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&out); err != nil {
		w.t.Fatalf("GET %s: %v in %s", path, err, text)
	}
	return out
}
