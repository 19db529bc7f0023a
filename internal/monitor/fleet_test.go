package monitor_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"svodka/internal/monitor"
)

func TestFleet(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	var bad error
	stored := []monitor.Stored{
		{Department: "north", Job: "sync", Last: now.Add(-90 * time.Second), Next: now.Add(time.Minute), Cycle: true},
		{Department: "north", Job: "sweep", Last: now.Add(-80 * time.Second), Next: now.Add(time.Hour), Cycle: true},
		{Department: "north", Job: "notices", Last: now, Next: now.Add(time.Minute)},
		{Department: "north", Job: "close", Last: now.Add(-time.Hour), Next: now.Add(time.Hour)},
		{Department: "south", Job: "sync", Next: now, Cycle: true},
	}
	f := monitor.NewFleet(func() time.Time { return now }, func() error { return bad },
		func(context.Context) ([]monitor.Stored, error) { return stored, bad })
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		f.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	f.Of("north").Run("sync", 2*time.Second, nil)
	f.Of("north").Run("sync", time.Second, errors.New("no"))
	f.Of("south").Run("sync", time.Second, nil)
	f.Of("south").People("served", 25)
	code, body := get("/metrics")
	for _, line := range []string{
		`svodka_runs_total{department="north",job="sync",result="ok"} 1`,
		`svodka_runs_total{department="north",job="sync",result="error"} 1`,
		`svodka_runs_total{department="south",job="sync",result="ok"} 1`,
		`svodka_people{department="south",state="served"} 25`,
		`svodka_job_success_timestamp_seconds{department="north",job="sync"} 1.77884631e+09`,
		`svodka_job_next_timestamp_seconds{department="north",job="close"} 1.77885e+09`,
		`svodka_last_good_sync_age_seconds{department="north"} 80`,
		`svodka_last_good_sync_age_seconds{department="south"} -1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if code != 200 || strings.Contains(body, `success_timestamp_seconds{department="south"`) {
		t.Errorf("%d; a job that never went well did", code)
	}
	if code, body := get("/readyz"); code != 200 || body != "ok\n" {
		t.Errorf("ready: %d %q", code, body)
	}
	bad = errors.New("the database has not answered for 2m0s")
	if code, body := get("/readyz"); code != 503 || !strings.Contains(body, "for 2m0s") {
		t.Errorf("not ready: %d %q", code, body)
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("alive: %d", code)
	}
	if code, _ := get("/metrics"); code == 200 {
		t.Error("a scrape without the database looks as if there were no departments")
	}
}
