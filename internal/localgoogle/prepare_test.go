package localgoogle

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/page"
)

// The page's spreadsheet is loaded once it is prepared, with its first rows computed; one
// that is loaded, and one that there is not, cost nothing.
func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v4/spreadsheets", strings.NewReader("{}"))
	r.Host = "localhost"
	s.ServeHTTP(w, r)
	var made sheets.Spreadsheet
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.SpreadsheetId == "" {
		t.Fatal(w.Body, err)
	}
	id := made.SpreadsheetId
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(context.Background(), Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	seen := 0
	prepare := func(id string) {
		pageSource{s}.Prepare(id, func(b page.Book) { seen += len(b.Tabs()) })
	}
	prepare("nobody-has-this")
	prepare(id)
	if !s.docs.loaded(s.files[id].num) || seen != 1 {
		t.Errorf("loaded: %t, %d tabs", s.docs.loaded(s.files[id].num), seen)
	}
	prepare(id)
	if seen != 1 {
		t.Error("what is loaded was read again")
	}
}
