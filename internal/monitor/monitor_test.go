package monitor_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"svodka/internal/monitor"
)

func get(t *testing.T, m *monitor.Monitor, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

func TestReadiness(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	check := func(path string, status int, text string) {
		t.Helper()
		if code, body := get(t, m, path); code != status || !strings.Contains(body, text) {
			t.Errorf("%s: %d %q, want %d and %q", path, code, body, status, text)
		}
	}
	check("/healthz", 200, "ok")
	check("/readyz", 503, "no good sync yet")
	m.Good(now)
	now = now.Add(time.Hour)
	check("/readyz", 200, "ok")
	now = now.Add(time.Minute)
	check("/readyz", 503, "1h1m0s old")
	check("/healthz", 200, "ok")
}

func TestMetrics(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	m.Run("sync", 2*time.Second, nil)
	m.Run("sync", time.Second, errors.New("no"))
	m.Call("sheets", "spreadsheets.batchUpdate", 429, time.Second, 3*time.Second)
	m.People("served", 49)
	m.Good(now.Add(-90 * time.Second))
	_, body := get(t, m, "/metrics")
	for _, line := range []string{
		`svodka_runs_total{job="sync",result="ok"} 1`,
		`svodka_runs_total{job="sync",result="error"} 1`,
		`svodka_run_seconds_sum{job="sync"} 3`,
		`svodka_google_calls_total{api="sheets",method="spreadsheets.batchUpdate",status="429"} 1`,
		`svodka_google_quota_wait_seconds_total{api="sheets"} 3`,
		`svodka_people{state="served"} 49`,
		`svodka_last_good_sync_age_seconds 90`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}
