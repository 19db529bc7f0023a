package google

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The Date of the newest answer shows how far the machine's clock is off; an answer
// without one changes nothing.
func TestClockAhead(t *testing.T) {
	now := time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)
	var date, newest string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		if date != "" {
			w.Header().Set("Date", date)
		}
		if newest != "" {
			w.Header().Set(newestChange, newest)
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
	if at := c.AnsweredAt(); !at.IsZero() {
		t.Errorf("without a Date it is %v there", at)
	}
	for _, want := range []time.Duration{0, 36 * time.Hour, -11 * time.Minute} {
		date = now.Add(-want).Format(http.TimeFormat)
		if d, ok := ask(); !ok || d != want {
			t.Errorf("got %v, %v, want %v", d, ok, want)
		}
		if at, full := c.AnsweredAt(), now.Add(-want+time.Second); !at.Equal(full) { // the server's second is not over
			t.Errorf("answered at %v, want %v", at, full)
		}
	}
	date = ""
	if d, ok := ask(); !ok || d != -11*time.Minute {
		t.Errorf("an answer without a Date changed it to %v, %v", d, ok)
	}
	answered := func(why string, want time.Time) {
		t.Helper()
		ask()
		if at := c.AnsweredAt(); !at.Equal(want) {
			t.Errorf("%s: answered at %v, want %v", why, at, want)
		}
	}
	last := now.Add(11*time.Minute + time.Second)
	answered("without a Date the last one counts", last)
	date = last.Add(-3 * time.Second).Format(http.TimeFormat)
	answered("an answer that was overtaken", last)
	date = last.Add(2 * time.Second).Format(http.TimeFormat)
	newest = last.Add(5 * time.Millisecond).Format(time.RFC3339Nano)
	answered("the newest change tells more than the Date", last.Add(5*time.Millisecond))
}
