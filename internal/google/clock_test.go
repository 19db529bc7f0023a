package google

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The Date of the newest answer tells how far the machine's clock is off; an answer
// without one tells nothing.
func TestClockAhead(t *testing.T) {
	now := time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)
	var date string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		if date != "" {
			w.Header().Set("Date", date)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"startPageToken":"1"}`))
	}))
	defer server.Close()
	c, err := New(t.Context(), Options{HTTP: server.Client(), Endpoint: server.URL, Now: func() time.Time {
		return now
	}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() (time.Duration, bool) {
		if _, err := c.StartToken(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c.ClockAhead()
	}
	if d, ok := ask(); ok {
		t.Errorf("without a Date: %v", d)
	}
	for _, want := range []time.Duration{0, 36 * time.Hour, -11 * time.Minute} {
		date = now.Add(-want).Format(http.TimeFormat)
		if d, ok := ask(); !ok || d != want {
			t.Errorf("got %v, %v, want %v", d, ok, want)
		}
	}
	date = ""
	if d, ok := ask(); !ok || d != -11*time.Minute {
		t.Errorf("an answer without a Date changed it to %v, %v", d, ok)
	}
}
