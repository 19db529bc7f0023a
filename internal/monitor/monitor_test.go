package monitor_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
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

// nothing is stored.
func nothing(context.Context) ([]monitor.Stored, error) { return nil, nil }

// What another process did, such as a sync by hand, counts as what this one does; without
// the ledger nothing is claimed.
func TestWhatOthersDo(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	var stored []monitor.Stored
	var bad error
	m.Follow(func(after time.Time) map[string]time.Time {
		return map[string]time.Time{"sync": after.Add(5 * time.Minute)}
	}, func(context.Context) ([]monitor.Stored, error) { return stored, bad })
	see := func(readyz int, lines ...string) {
		t.Helper()
		if code, body := get(t, m, "/readyz"); code != readyz {
			t.Errorf("/readyz: %d %q, want %d", code, body, readyz)
		}
		_, body := get(t, m, "/metrics")
		for _, line := range lines {
			if !strings.Contains(body, line+"\n") {
				t.Errorf("no line %q", line)
			}
		}
	}
	see(503, `svodka_last_good_sync_age_seconds -1`)
	m.Run("sync", time.Second, nil)
	m.Good(now)
	see(200, `svodka_last_good_sync_age_seconds 0`, `svodka_job_success_timestamp_seconds{job="sync"} 1.778846399e+09`)
	now = now.Add(2 * time.Hour)
	see(503, `svodka_last_good_sync_age_seconds 7200`)
	stored = []monitor.Stored{{Job: "sync", Last: now.Add(-time.Minute), Cycle: true}, {Job: "calls", Last: now}}
	see(200, `svodka_last_good_sync_age_seconds 60`, `svodka_job_success_timestamp_seconds{job="sync"} 1.77885354e+09`,
		`svodka_job_success_timestamp_seconds{job="calls"} 1.7788536e+09`)
	bad = errors.New("no such table")
	see(503)
	if code, body := get(t, m, "/metrics"); code != 500 || !strings.Contains(body, "cannot be read: no such table") {
		t.Errorf("/metrics without a ledger: %d %q", code, body)
	}
	if code, _ := get(t, m, "/healthz"); code != 200 {
		t.Errorf("alive: %d", code)
	}
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

// If syncs pause at night, the worker is ready until the morning's first one has been
// missing for long.
func TestReadinessBySchedule(t *testing.T) {
	now := time.Date(2026, 5, 14, 20, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	m.Follow(func(after time.Time) map[string]time.Time { // every ten minutes from 8:00 to 20:00
		t := after.Truncate(10 * time.Minute).Add(10 * time.Minute)
		for t.Hour() < 8 || t.Hour() >= 20 && t.Minute() > 0 || t.Hour() > 20 {
			t = t.Add(10 * time.Minute)
		}
		return map[string]time.Time{"sync": t, "sweep": now.Add(time.Minute)}
	}, nothing)
	m.Good(now)
	for _, c := range []struct {
		after time.Duration
		code  int
	}{{time.Hour, 200}, {11 * time.Hour, 200}, {12 * time.Hour, 200}, {13 * time.Hour, 200},
		{13*time.Hour + time.Minute, 503}} {
		now = time.Date(2026, 5, 14, 20, 0, 0, 0, time.UTC).Add(c.after)
		if code, body := get(t, m, "/readyz"); code != c.code {
			t.Errorf("%s after the last good sync: %d %q, want %d", c.after, code, body, c.code)
		}
	}
}

func TestMetrics(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	m.Run("sync", 2*time.Second, nil)
	m.Run("sync", time.Second, errors.New("no"))
	m.Call("sheets", "spreadsheets.batchUpdate", 429, time.Second, 3*time.Second)
	m.People("served", 49)
	m.Spreadsheets("by_hand", 2)
	m.Done("sweep", now.Add(-time.Hour))
	m.Follow(func(after time.Time) map[string]time.Time {
		return map[string]time.Time{"sync": after.Add(time.Minute)}
	}, nothing)
	m.Notices("reminders", 12, 1)
	m.Good(now.Add(-90 * time.Second))
	_, body := get(t, m, "/metrics")
	for _, line := range []string{
		`svodka_runs_total{job="sync",result="ok"} 1`,
		`svodka_runs_total{job="sync",result="error"} 1`,
		`svodka_run_seconds_sum{job="sync"} 3`,
		`svodka_google_calls_total{api="sheets",method="spreadsheets.batchUpdate",status="429"} 1`,
		`svodka_google_quota_wait_seconds_total{api="sheets"} 3`,
		`svodka_people{state="served"} 49`,
		`svodka_spreadsheets{state="by_hand"} 2`,
		`svodka_job_success_timestamp_seconds{job="sync"} 1.778846398e+09`,
		`svodka_job_success_timestamp_seconds{job="sweep"} 1.7788428e+09`,
		`svodka_job_next_timestamp_seconds{job="sync"} 1.77884646e+09`,
		`svodka_notices_total{job="reminders",result="ok"} 12`,
		`svodka_notices_total{job="reminders",result="error"} 1`,
		`svodka_last_good_sync_age_seconds 90`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

// The guide names exactly the existing metrics.
func TestMetricsAreDocumented(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	m := monitor.New(func() time.Time { return now }, time.Hour)
	m.Run("sync", time.Second, nil)
	m.Call("drive", "drive.changes.list", 200, time.Second, 0)
	m.People("served", 1)
	m.Spreadsheets("by_hand", 1)
	m.Notices("reminders", 1, 0)
	m.Follow(func(after time.Time) map[string]time.Time { return map[string]time.Time{"sync": after} }, nothing)
	_, body := get(t, m, "/metrics")
	served := map[string]bool{}
	for _, f := range regexp.MustCompile(`(?m)^# TYPE (svodka_\w+)`).FindAllStringSubmatch(body, -1) {
		served[f[1]] = true
	}
	guide, err := os.ReadFile("../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, name := range regexp.MustCompile("svodka_[a-z_]+").FindAllString(string(guide), -1) {
		named[name] = true
	}
	for _, schema := range []string{"svodka_jobs", "svodka_quotas"} { // of the database
		delete(named, schema)
	}
	if len(served) < 10 || !maps.Equal(served, named) {
		t.Errorf("served %v\nnamed %v", slices.Sorted(maps.Keys(served)), slices.Sorted(maps.Keys(named)))
	}
}
