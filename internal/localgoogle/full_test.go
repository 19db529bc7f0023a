package localgoogle

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Where the disk is full, nothing of a call is stored and the answer says why; once there
// is room, it goes on from what stood before.
func TestDiskFull(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	call := func(method, path, body string) (int, string) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path,
			strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	if code, got := call("POST", "/v4/spreadsheets", `{"properties":{"title":"before"}}`); code != http.StatusOK {
		t.Fatal(code, got)
	}
	pages := func(most int) {
		if _, err := s.store.db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", most)); err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // as many as there are
	large := `{"properties":{"title":"` + strings.Repeat("x", 100_000) + `"}}`
	code, got := call("POST", "/v4/spreadsheets", large)
	if code != http.StatusInsufficientStorage || !strings.Contains(got, "its disk is full") {
		t.Errorf("a full disk is answered by %d %s", code, got)
	}
	pages(100_000)
	if _, got := call("GET", "/drive/v3/files", ""); strings.Count(got, `"id"`) != 1 || !strings.Contains(got, "before") {
		t.Errorf("after it there is %s", got)
	}
	if code, got := call("POST", "/v4/spreadsheets", large); code != http.StatusOK {
		t.Errorf("with room again: %d %.200s", code, got)
	}
}
