package localgoogle_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

const mimeSheet = "application/vnd.google-apps.spreadsheet"

// clock is a clock that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

// world is a server with the real clients of one person.
type world struct {
	t      *testing.T
	s      *localgoogle.Server
	clock  *clock
	sheets *sheets.Service
	drive  *drive.Service
}

func mustOpen(t *testing.T, o localgoogle.Options) *world {
	t.Helper()
	c := newClock()
	if o.Now == nil {
		o.Now = c.now
	}
	s, err := localgoogle.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, s: s, clock: c}
	w.sheets, w.drive = mustClients(t, s, "")
	return w
}

// mustClients returns Google's own clients over the in-process transport.
func mustClients(t testing.TB, s *localgoogle.Server, user string) (*sheets.Service, *drive.Service) {
	t.Helper()
	c := s.Client(user)
	sh, err := sheets.NewService(context.Background(), option.WithHTTPClient(c),
		option.WithEndpoint("http://localhost"))
	if err != nil {
		t.Fatal(err)
	}
	dr, err := drive.NewService(context.Background(), option.WithHTTPClient(c),
		option.WithEndpoint("http://localhost/drive/v3/"))
	if err != nil {
		t.Fatal(err)
	}
	return sh, dr
}

// as returns the same world as another person sees it.
func (w *world) as(user string) *world {
	n := *w
	n.sheets, n.drive = mustClients(w.t, w.s, user)
	return &n
}

func (w *world) create(name string) string {
	w.t.Helper()
	f, err := w.drive.Files.Create(&drive.File{Name: name, MimeType: mimeSheet}).Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Id
}

func (w *world) batch(id string, reqs ...*sheets.Request) *sheets.BatchUpdateSpreadsheetResponse {
	w.t.Helper()
	res, err := w.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *world) batchErr(id string, reqs ...*sheets.Request) error {
	_, err := w.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).Do()
	return err
}

func (w *world) put(id, rng string, values ...[]any) *sheets.UpdateValuesResponse {
	w.t.Helper()
	res, err := w.sheets.Spreadsheets.Values.Update(id, rng, &sheets.ValueRange{Values: values}).
		ValueInputOption("USER_ENTERED").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *world) get(id, rng string) [][]any {
	w.t.Helper()
	res, err := w.sheets.Spreadsheets.Values.Get(id, rng).ValueRenderOption("UNFORMATTED_VALUE").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return res.Values
}

func (w *world) formulas(id, rng string) [][]any {
	w.t.Helper()
	res, err := w.sheets.Spreadsheets.Values.Get(id, rng).ValueRenderOption("FORMULA").Do()
	if err != nil {
		w.t.Fatal(err)
	}
	return res.Values
}

// raw sends a request unchanged and returns the status and the body.
func (w *world) raw(method, path, body string) (int, string) {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	rec := httptest.NewRecorder()
	w.s.ServeHTTP(rec, r)
	text, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec.Code, string(text)
}

// compact is raw with the body as JSON on one line.
func (w *world) compact(method, path, body string) string {
	w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	_, text := w.raw(method, path+sep+"prettyPrint=false", body)
	return text
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantErr checks an API error's code and that its message contains a text.
func wantErr(t *testing.T, err error, code int, text string) {
	t.Helper()
	var e *googleapi.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an API error %d %q", err, code, text)
	}
	if e.Code != code || !strings.Contains(e.Message, text) {
		t.Fatalf("got %d %q, want %d %q", e.Code, e.Message, code, text)
	}
}

func ptr[T any](v T) *T { return &v }

func num(f float64) *sheets.ExtendedValue { return &sheets.ExtendedValue{NumberValue: &f} }

func text(s string) *sheets.ExtendedValue { return &sheets.ExtendedValue{StringValue: &s} }

func formula(s string) *sheets.ExtendedValue { return &sheets.ExtendedValue{FormulaValue: &s} }

func gr(id int64, r0, r1, c0, c1 int64) *sheets.GridRange {
	return &sheets.GridRange{SheetId: id, StartRowIndex: r0, EndRowIndex: r1, StartColumnIndex: c0, EndColumnIndex: c1}
}

func dims(id int64, dim string, start, end int64) *sheets.DimensionRange {
	return &sheets.DimensionRange{SheetId: id, Dimension: dim, StartIndex: start, EndIndex: end}
}

func anyoneReads() *drive.Permission { return &drive.Permission{Type: "anyone", Role: "reader"} }

// compactAs is compact for another person.
func (w *world) compactAs(user, method, path string) string {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path+"&prettyPrint=false", nil)
	r.Header.Set("Authorization", "Bearer "+user)
	rec := httptest.NewRecorder()
	w.s.ServeHTTP(rec, r)
	return rec.Body.String()
}
