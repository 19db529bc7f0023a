package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/jobs"
	"svodka/internal/ledger"
	"svodka/internal/ledger/pgtest"
)

// stands returns how the only department of a machine stands, and the exit code.
func (m *machine) stands() (d standing, code int) {
	m.t.Helper()
	code, out, errs := m.svodka("status", "--format", "json")
	var all []standing
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		m.t.Fatalf("svodka status: %v\n%s%s", err, out, errs)
	}
	return all[0], code
}

// waiting returns the jobs that wait.
func (s standing) waiting() (out []string) {
	for _, j := range s.Jobs {
		if j.Waits {
			out = append(out, j.Job)
		}
	}
	return out
}

func (s standing) job(kind string) (j jobStanding) {
	i := slices.IndexFunc(s.Jobs, func(j jobStanding) bool { return j.Job == kind })
	if i < 0 {
		return j
	}
	return s.Jobs[i]
}

// What is done by hand counts as what is done on schedule, and so does what fails,
// wherever the ledger is; also a failure before anything could be opened.
func TestStatusAfterCommands(t *testing.T) {
	notShort(t)
	for _, place := range []string{"file", "schema", "department"} {
		t.Run(place, func(t *testing.T) {
			c := newCloud(t, nil)
			key := c.key(robot)
			env := []string{"SVODKA_GOOGLE_KEY_FILES=" + key, "SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(robot)}
			named := func(args ...string) []string { return args }
			if place != "file" {
				pgtest.Address(t)
				address, err := pgtest.Fresh(t.Context())
				c.must(err)
				env = append(env, "SVODKA_DATABASE_URL="+address)
			}
			m := c.machine(env...)
			if place == "department" {
				m.ok("department", "add", "north")
				named = func(args ...string) []string { return append(args, "--department", "north") }
			} else if code, _, errs := m.svodka("status"); place == "file" &&
				(code != 1 || !strings.Contains(errs, "there is no department in ")) {
				t.Errorf("status of nothing: %d %s", code, errs)
			}
			m.ok(named("init")...)
			d, code := m.stands()
			if d.Good == nil || code != 0 || place != "department" && // its cycle is none of the schedule's
				!slices.Equal(d.waiting(), []string{jobs.Sync, jobs.Close, jobs.Provision, jobs.Sweep}) {
				t.Errorf("after init: %+v, exit code %d", d, code)
			}
			m.ok(named("import", "people", c.file("people.csv", "name,role\nИванова Анна,sales-rep\n"))...)

			m.ok(named("sync")...)
			first, code := m.stands()
			if good := first.job(jobs.Sync).Last; code != 0 || good == nil || first.Good == nil ||
				first.job(jobs.Close).Last == nil || first.job(jobs.Provision).Last != nil ||
				first.job(jobs.Sync).Waits ||
				first.job(jobs.Close).Waits || first.job(jobs.Sync).Next == nil {
				t.Fatalf("after a sync by hand: %+v, exit code %d", first, code)
			}
			same := func(when string, d standing) {
				t.Helper()
				if last := d.job(jobs.Sync).Last; d.Good == nil || !d.Good.Equal(*first.Good) ||
					!last.Equal(*first.job(jobs.Sync).Last) {
					t.Errorf("%s: the last good sync is %+v, not %s", when, d, first.Good)
				}
			}
			c.wait(2 * time.Second)
			m.ok(named("sync", "--as-of", "2026-05-15")...)
			d, _ = m.stands()
			same("after one as at another day", d)

			for _, lost := range []struct {
				how     string
				begin   func()
				trouble string
			}{
				{"an account that Google does not let in", func() {
					c.mu.Lock()
					c.token = func(url.Values) (int, string) { return 400, `{"error":"invalid_grant"}` }
					c.mu.Unlock()
				}, "invalid_grant"},
				{"no key", func() { c.must(os.Rename(key, key+".away")) }, "no such file"},
			} {
				lost.begin()
				if code, out, _ := m.svodka(named("sync")...); code != 1 {
					t.Fatalf("%s: exit code %d\n%s", lost.how, code, out)
				}
				d, code := m.stands()
				same(lost.how, d)
				if j := d.job(jobs.Sync); code != 1 || j.Failed == nil || !strings.Contains(j.Trouble, lost.trouble) ||
					strings.Contains(j.Trouble, employee) || d.job(jobs.Close).Failed != nil {
					t.Errorf("%s: %+v, exit code %d", lost.how, d, code)
				}
				if _, out, errs := m.svodka("status"); !strings.Contains(out, "sync failed") ||
					!strings.Contains(errs, lost.trouble) {
					t.Errorf("%s: status says\n%s%s", lost.how, out, errs)
				}
			}
			c.mu.Lock()
			c.token = nil
			c.mu.Unlock()
			c.must(os.Rename(key+".away", key))
			m.ok(named("sync")...)
			d, code = m.stands()
			if j := d.job(jobs.Sync); code != 0 || j.Failed != nil || j.Trouble != "" || !j.Last.After(*first.Good) ||
				!d.Good.Equal(*j.Last) {
				t.Errorf("after the account is back: %+v, exit code %d", d, code)
			}
		})
	}
}

// wait lets time pass, on all machines.
func (c *cloud) wait(d time.Duration) {
	if d < 10*time.Second { // for those that have the real one, too
		time.Sleep(d)
	}
	c.skip.Add(int64(d))
}

// What /readyz, /metrics and svodka status tell is the same, and what is so: of svodka
// run, of a sync by hand beside it, and after it was stopped for a day.
func TestStatusBesideRun(t *testing.T) {
	notShort(t)
	c := newCloud(t, nil)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot), "SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot),
		"SVODKA_MONITOR_ADDR=127.0.0.1:0", "SVODKA_SYNC_CRON=0 * * * *", "SVODKA_SWEEP_CRON=off")
	m.ok("init")
	m.ok("import", "people", c.file("people.csv", "name,role\nИванова Анна,sales-rep\n"))
	r := m.start()
	r.says("health and metrics at ")
	base := regexp.MustCompile(`health and metrics at (http://[^ ]+)`).FindStringSubmatch(r.out.String())[1]
	ask := func(path string) (int, string) {
		t.Helper()
		res, err := http.Get(base + path)
		c.must(err)
		b, err := io.ReadAll(res.Body)
		c.must(errors.Join(err, res.Body.Close()))
		return res.StatusCode, string(b)
	}
	for _, kind := range []string{jobs.Sync, jobs.Close, jobs.Provision} {
		r.says(`"job done" job=` + kind)
	}
	agree := func(when string, ready int) standing {
		t.Helper()
		d, code := m.stands()
		if code != 0 {
			t.Errorf("%s: exit code %d", when, code)
		}
		status, body := ask("/readyz")
		if status != ready {
			t.Errorf("%s: /readyz says %d %s, not %d", when, status, body, ready)
		}
		_, metrics := ask("/metrics")
		for _, kind := range []string{jobs.Sync, jobs.Close, jobs.Provision} {
			line := fmt.Sprintf(`svodka_job_success_timestamp_seconds{job=%q} `, kind)
			_, rest, _ := strings.Cut(metrics, line)
			text, _, _ := strings.Cut(rest, "\n")
			var at float64
			if _, err := fmt.Sscan(text, &at); err != nil || int64(at) != d.job(kind).Last.Unix() {
				t.Errorf("%s: %s was done at %s (%v), status says %d", when, kind, text, err, d.job(kind).Last.Unix())
			}
		}
		return d
	}
	d := agree("it has made up for what was missed", 200)
	if len(d.waiting()) > 0 {
		t.Errorf("everything is done, but %q waits", d.waiting())
	}
	c.wait(50 * time.Minute)
	m.ok("sync")
	byHand := agree("after a sync by hand", 200)
	if !byHand.Good.After(*d.Good) || byHand.job(jobs.Sync).Waits {
		t.Errorf("a sync by hand does not count: %+v, before %+v", byHand, d)
	}
	if next := byHand.job(jobs.Sync).Next; next.Minute() != 0 || next.Sub(*byHand.Good) > 11*time.Minute {
		t.Errorf("the schedule's sync is due at %s, after one by hand at %s", next, byHand.Good)
	}
	r.end()

	c.wait(24 * time.Hour)
	d, code := m.stands()
	if code != 0 || !d.Good.Equal(*byHand.Good) || d.Worker != "" ||
		!slices.Equal(d.waiting(), []string{jobs.Sync, jobs.Close, jobs.Provision}) {
		t.Errorf("a day after it was stopped: %+v, exit code %d", d, code)
	}
}

// Of two processes the run counts that began later; what a clock that was ahead has left
// does not.
func TestJobMemory(t *testing.T) {
	now := time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC)
	l, err := ledger.Open(t.Context(), ":memory:", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := jobMemory{l, func() time.Time { return now }}
	for _, step := range []struct{ done, want time.Duration }{
		{-time.Hour, -time.Hour}, {-time.Minute, -time.Minute}, {-time.Hour, -time.Minute}, {time.Hour, time.Hour},
		{-time.Second, -time.Second},
	} {
		if err := m.Failed(t.Context(), "sync", now, errors.New("no")); err != nil {
			t.Fatal(err)
		}
		if f, err := m.failed(t.Context(), "sync"); err != nil || f.Trouble != "no" || !f.At.Equal(now) {
			t.Errorf("failed: %+v, %v", f, err)
		}
		if err := m.Done(t.Context(), "sync", now.Add(step.done)); err != nil {
			t.Fatal(err)
		}
		last, err := m.LastDone(t.Context(), "sync")
		if err != nil || !last.Equal(now.Add(step.want)) {
			t.Errorf("after a run of %s it was last done at %s (%v)", step.done, last.Sub(now), err)
		}
		if f, err := m.failed(t.Context(), "sync"); err != nil || !f.At.IsZero() {
			t.Errorf("one that went well has failed: %+v, %v", f, err)
		}
	}
}
