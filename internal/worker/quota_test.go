package worker_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// distant is a Google that takes its time, as the real one does.
type distant struct{ base http.RoundTripper }

func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("quotaUser") {
		return nil, errors.New("quotas are not to be got around by inventing users")
	}
	took := 400 * time.Millisecond // Drive, and reading
	if strings.HasSuffix(r.URL.Path, ":batchUpdate") {
		took = 1200 * time.Millisecond
	}
	// Half of it on the way there: the answer comes later than the state that it
	// describes.
	time.Sleep(took / 2)
	defer time.Sleep(took / 2)
	return d.base.RoundTrip(r)
}

// metered returns an office whose Google counts calls as the real one does, in the
// virtual time of a test; its worker keeps to Google's quotas and acts as that many
// accounts.
func metered(t *testing.T, accounts int) *office {
	t.Helper()
	return newOffice(t, func(o *office) {
		o.clock.since = time.Now()
		o.quotas, o.limits = &localgoogle.Quotas{}, google.GoogleLimits()
		o.wire = func(base http.RoundTripper) http.RoundTripper { return distant{base} }
		for i := range accounts {
			o.accounts = append(o.accounts, fmt.Sprintf("worker%d@example.com", i))
			o.accounts[0] = localgoogle.DefaultOwner
		}
	})
}

// inFolder makes the worker use a folder that all of its accounts may write to, in place
// of a shared drive.
func (o *office) inFolder() *office {
	o.t.Helper()
	as := func(who string) *drive.Service {
		d, err := drive.NewService(o.t.Context(),
			option.WithHTTPClient(&http.Client{Transport: bearer{o.server.Transport(), who}}),
			option.WithEndpoint("http://localhost/drive/v3/"))
		o.must(err)
		return d
	}
	first := as(o.accounts[0])
	f, err := first.Files.Create(&drive.File{Name: "f", MimeType: "application/vnd.google-apps.folder"}).Do()
	o.must(err)
	for _, who := range o.accounts[1:] {
		_, err := first.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: who}).
			SendNotificationEmail(false).Do()
		o.must(err)
	}
	o.folder = f.Id
	o.restart(false)
	return o
}

// tally returns the calls by method, and checks that Google never had to refuse one.
func (o *office) tally() map[string]int {
	o.t.Helper()
	n := map[string]int{}
	for _, c := range o.server.Journal().Calls() {
		n[c.Method]++
		if c.Status >= 400 {
			o.t.Errorf("%s was answered by %d", c.Method, c.Status)
		}
	}
	if s := o.log.String(); strings.Contains(s, "level=WARN") || strings.Contains(s, "level=ERROR") ||
		strings.Contains(s, "status=4") {
		o.t.Errorf("the log of a healthy run: %s", s)
	}
	return n
}

// The cost of provisioning a department and of keeping it, with Google's quotas: the
// least number of calls, and no more time than the quota of writes needs.
func TestWithinQuotas(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	t.Parallel()
	for _, c := range []struct{ people, accounts int }{{5, 1}, {50, 1}, {150, 1}, {500, 5}} {
		t.Run(fmt.Sprintf("%d people %d accounts", c.people, c.accounts), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := metered(t, c.accounts).inFolder().init()
				o.hire(c.people, "sales-rep")
				time.Sleep(10 * time.Minute) // the quotas are full again
				o.server.Journal().Reset()
				started := time.Now()
				out := o.sync()
				took := time.Since(started)
				calls := o.tally()
				if out.Made != c.people {
					t.Errorf("made %d", out.Made)
				}
				for method, want := range map[string]int{
					"drive.files.create":              c.people + 1, // and their folder
					"sheets.spreadsheets.batchUpdate": c.people + sharedWrites(c.people),
					"drive.permissions.create":        c.people,
				} {
					if calls[method] != want {
						t.Errorf("%d calls of %s, want %d", calls[method], method, want)
					}
				}
				total, least := 0, 3*c.people
				for _, n := range calls {
					total += n
				}
				if c.people >= 50 && total*10 > least*11 {
					t.Errorf("%d calls, more than 10 %% above the least, %d: %v", total, least, calls)
				}
				perMinute := 50 * c.accounts
				// The reports by all accounts, what people share by one.
				writes := c.people + sharedWrites(c.people)
				quota := time.Duration(c.people)*time.Minute/time.Duration(perMinute) +
					time.Duration(sharedWrites(c.people))*time.Minute/50
				if c.people >= 150 && took*10 > quota*11 {
					t.Errorf("took %v, more than 10 %% above the %v that %d writes a minute need", took, quota,
						perMinute)
				}
				t.Logf("%d people, %d accounts: %v of virtual time (%d writes at %d a minute: %v), %d calls "+
					"(least %d): %v",
					c.people, c.accounts, took.Round(time.Second), writes, perMinute, quota.Round(time.Second),
					total, least, calls)

				if c.accounts > 1 {
					return
				}
				o.steady(c.people)
			})
		})
	}
}

// steady checks the cost of keeping a department that is provisioned.
func (o *office) steady(people int) {
	o.t.Helper()
	step := func(name string, want map[string]int, most time.Duration) {
		o.t.Helper()
		o.server.Journal().Reset()
		started := time.Now()
		o.sync()
		took := time.Since(started)
		got := o.tally()
		if d := cmp.Diff(want, got); d != "" {
			o.t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if took > most {
			o.t.Errorf("%s took %v, want at most %v", name, took, most)
		}
		o.t.Logf("%d people, %s: %v of virtual time, %v", people, name, took.Round(100*time.Millisecond), got)
	}
	step("nothing changed", map[string]int{"drive.changes.list": 1}, time.Second)
	some := min(people, 20)
	for i := range some {
		o.types(i, "2026-05-14", "deals", 2+i)
	}
	step(fmt.Sprintf("%d typed", some), map[string]int{"drive.changes.list": 1,
		"sheets.spreadsheets.getByDataFilter": some, "sheets.spreadsheets.batchUpdate": 1}, 5*time.Second)
	step("settled", map[string]int{"drive.changes.list": 1}, time.Second)
	if people > 50 {
		return
	}
	time.Sleep(10 * time.Minute)
	o.server.Journal().Reset()
	started := time.Now()
	out, err := o.w.Sweep(o.t.Context())
	o.must(errors.Join(append(out.Failures, err)...))
	got := o.tally()
	reads := got["sheets.spreadsheets.getByDataFilter"] + got["sheets.spreadsheets.get"]
	// also of the control spreadsheet and the summary, whose charts are sent
	if out.Read != people || reads != people+2 || got["sheets.spreadsheets.batchUpdate"] != 1 {
		o.t.Errorf("a sweep read %d of %d by %v", out.Read, people, got)
	}
	o.t.Logf("%d people, a sweep: %v of virtual time, %v", people, time.Since(started).Round(100*time.Millisecond), got)
}
