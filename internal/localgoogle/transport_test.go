package localgoogle_test

import (
	"context"
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

// TestOverAListener uses the clients as anybody would: with just an endpoint.
func TestOverAListener(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	srv := httptest.NewServer(w.s)
	defer srv.Close()
	sh, err := sheets.NewService(t.Context(), option.WithEndpoint(srv.URL), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	dr, err := drive.NewService(t.Context(), option.WithEndpoint(srv.URL+"/drive/v3/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	f, err := dr.Files.Create(&drive.File{Name: "x", MimeType: mimeSheet}).SupportsAllDrives(true).Do()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sh.Spreadsheets.Values.Update(f.Id, "Sheet1!A1", &sheets.ValueRange{Values: [][]any{{"a/б"}}}).
		ValueInputOption("RAW").Do(); err != nil {
		t.Fatal(err)
	}
	if _, err := sh.Spreadsheets.BatchUpdate(f.Id,
		&sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{
			{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
				Properties: &sheets.SheetProperties{Title: "Отчёт/1"}, Fields: "title"}}}}).Do(); err != nil {
		t.Fatal(err)
	}
	v, err := sh.Spreadsheets.Values.Get(f.Id, "'Отчёт/1'!A1:B2").Do()
	if err != nil || v.Range != "'Отчёт/1'!A1:B2" || v.Values[0][0] != "a/б" {
		t.Errorf("got %v %v", v, err)
	}
	w.s.Faults().Add(localgoogle.Fault{Method: "sheets.", Cut: true, AfterCommit: true})
	if _, err := sh.Spreadsheets.Values.Clear(f.Id, "'Отчёт/1'!A1", &sheets.ClearValuesRequest{}).Do(); err == nil {
		t.Error("the connection was not cut")
	}
	if got := w.get(f.Id, "'Отчёт/1'!A1"); got != nil {
		t.Errorf("not committed: %v", got)
	}
	w.s.Faults().Add(localgoogle.Fault{Method: "sheets.", Delay: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := sh.Spreadsheets.Get(f.Id).Context(ctx).Do(); err == nil {
		t.Error("the call was not slow")
	}
}

func TestForeignPagesAreRefused(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	for _, c := range []struct {
		host   string
		header string
		value  string
		status int
	}{
		{"127.0.0.1:8090", "", "", 200},
		{"localhost", "", "", 200},
		{"[::1]:80", "", "", 200},
		{"evil.example:8090", "", "", 403},
		{"127.0.0.1.evil.example", "", "", 403},
		{"localhost:8090", "Origin", "http://localhost:8090", 200},
		{"localhost:8090", "Origin", "http://evil.example", 403},
		{"localhost:8090", "Origin", "http://localhost:9999", 403},
		{"localhost:8090", "Origin", "null", 403},
		{"localhost:8090", "Sec-Fetch-Site", "cross-site", 403},
		{"localhost:8090", "Sec-Fetch-Site", "same-origin", 200},
	} {
		r := httptest.NewRequest("GET", "http://"+c.host+"/drive/v3/files", nil)
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, r)
		if rec.Code != c.status {
			t.Errorf("%+v: got %d", c, rec.Code)
		}
	}
	if status, _ := w.raw("GET", "/nowhere", ""); status != http.StatusNotFound {
		t.Errorf("got %d", status)
	}
}

func TestJournalIsBounded(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{JournalLen: 3})
	for range 5 {
		w.create("x")
	}
	w.list("")
	calls := w.s.Journal().Calls()
	var methods []string
	for _, c := range calls {
		methods = append(methods, c.Method)
	}
	if got := strings.Join(methods, " "); got != "drive.files.create drive.files.create drive.files.list" ||
		w.s.Journal().Total() != 6 {
		t.Errorf("got %s, %d", got, w.s.Journal().Total())
	}
	w.s.Journal().Reset()
	if w.s.Journal().Count("") != 0 {
		t.Error("not reset")
	}
}
