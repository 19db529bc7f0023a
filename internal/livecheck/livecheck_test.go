package livecheck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/google"
	"svodka/internal/google/discovery"
	"svodka/internal/livecheck"
	"svodka/internal/localgoogle"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

const (
	robot    = "svodka@project.iam.gserviceaccount.com"
	robot2   = "second@project.iam.gserviceaccount.com"
	manager  = "manager@example.com"
	stranger = "stranger@example.org"
)

// account is a local Google that stands for the account under test, in a synctest bubble:
// its time advances when everybody waits.
type account struct {
	t      *testing.T
	server *localgoogle.Server
	livecheck.Options
}

// now returns the time of all machines: that of the bubble, in a year with figures.
func now() time.Time {
	return time.Now().Add(time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC).Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// with runs f with an account in a bubble, for the given rows only; none: all.
func with(t *testing.T, rows []string, f func(a *account)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &account{t: t}
		var err error
		a.server, err = localgoogle.Open(t.Context(), localgoogle.Options{Now: now, Owner: robot})
		a.must(err)
		defer func() { a.must(a.server.Close()) }()
		a.Options = livecheck.Options{
			Identities: []google.Identity{{Name: robot, HTTP: a.server.Client("")}}, Endpoint: "http://localhost",
			Limits: google.GoogleLimits(),
			Owner:  "here", Holder: "a test", Lang: words.RU, Zone: "Europe/Moscow", Templates: templates.Builtin(),
			Defaults: templates.BuiltinSettings(),
			Reread:   10 * time.Minute, Only: rows, Now: now, Sleep: sleep, Log: slog.New(slog.DiscardHandler),
		}
		f(a)
	})
}

func (a *account) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// check runs the check, and returns the rows by their keys.
func (a *account) check() map[string]livecheck.Result {
	a.t.Helper()
	begun := now()
	table, err := livecheck.Run(a.t.Context(), a.Options)
	var b bytes.Buffer
	a.must(table.Print(&b))
	a.t.Logf("%s\n%s", now().Sub(begun), b.String())
	a.must(err)
	rows := map[string]livecheck.Result{}
	for _, r := range table {
		rows[r.Key] = r
	}
	return rows
}

// drive returns the Drive API as the first account.
func (a *account) drive() *drive.Service {
	a.t.Helper()
	d, err := drive.NewService(a.t.Context(), option.WithHTTPClient(a.server.Client("")),
		option.WithEndpoint("http://localhost/drive/v3/"))
	a.must(err)
	return d
}

// files returns the names of all files besides the root.
func (a *account) files() []string {
	a.t.Helper()
	list, err := a.drive().Files.List().Q("trashed=false").Fields("files(name)").Do()
	a.must(err)
	var names []string
	for _, f := range list.Files {
		names = append(names, f.Name)
	}
	return names
}

// folder makes a folder with members that stands for one of a shared drive.
func (a *account) folder(members ...string) string {
	a.t.Helper()
	f, err := a.drive().Files.Create(&drive.File{Name: "Общий диск",
		MimeType: "application/vnd.google-apps.folder"}).Do()
	a.must(err)
	for _, m := range members {
		_, err := a.drive().Permissions.Create(f.Id,
			&drive.Permission{Type: "user", Role: "writer", EmailAddress: m}).Do()
		a.must(err)
	}
	return f.Id
}

// With both addresses and a second key, every row passes within Google's quotas and 20
// minutes, and nothing is left over.
func TestTheEmbeddedGooglePasses(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a whole department")
	}
	dir, err := discovery.Module(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checker, err := discovery.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	with(t, nil, func(a *account) {
		a.Identities = append(a.Identities, google.Identity{Name: robot2, HTTP: a.server.Client(robot2)})
		for _, id := range a.Identities {
			id.HTTP.Transport = checker.Transport(id.HTTP.Transport)
		}
		a.FolderID = a.folder(robot2)
		a.Manager, a.Stranger = manager, stranger
		a.server.Faults().Unshareable(stranger, "invalidSharingRequest")
		begun := now()
		rows := a.check()
		if len(rows) != 19 {
			t.Errorf("%d rows", len(rows))
		}
		for key, r := range rows {
			if r.State != livecheck.OK {
				t.Errorf("%s: %s: expected %s, seen %s\n%s", key, r.State, r.Expected, r.Seen,
					strings.Join(r.Details, "\n"))
			}
		}
		if took := now().Sub(begun); took > 20*time.Minute {
			t.Errorf("it took %s", took)
		}
		if left := a.files(); len(left) != 1 {
			t.Errorf("left: %q", left)
		}
	})
	if p := checker.Problems(); len(p) > 0 {
		t.Errorf("requests that Google's Discovery documents do not know: %q", p)
	}
	if seen := checker.Seen(); seen["sheets.spreadsheets.batchUpdate"] < 50 || seen["drive.permissions.create"] == 0 ||
		seen["drive.changes.list"] == 0 {
		t.Errorf("requests that were checked: %v", seen)
	}
}

// The next run removes what a killed one left, and need not wait for its lease.
func TestLeftovers(t *testing.T) {
	with(t, []string{"link"}, func(a *account) {
		ctx, kill := context.WithCancel(a.t.Context())
		o := a.Options
		o.Tell = func(step string) {
			if strings.Contains(step, "link") {
				// nothing can be put away
				a.server.Faults().Add(localgoogle.Fault{Method: "drive.", Status: 401, Count: 1000})
				kill()
			}
		}
		if _, err := livecheck.Run(ctx, o); err == nil {
			a.t.Error("the killed run has no error")
		}
		a.server.Faults().Reset()
		if left := a.files(); len(left) < 2 {
			a.t.Fatalf("the killed run left %q", left)
		}
		if r := a.check()["link"]; r.State != livecheck.OK {
			a.t.Errorf("%+v", r)
		}
		if left := a.files(); len(left) != 0 {
			a.t.Errorf("left: %q", left)
		}
	})
}

// Two at once are told of each other.
func TestOneAtATime(t *testing.T) {
	with(t, []string{"link"}, func(a *account) {
		other := a.Options
		other.Owner, other.Holder = "elsewhere", "another test"
		a.Tell = func(step string) {
			if !strings.Contains(step, "link") {
				return
			}
			if _, err := livecheck.Run(a.t.Context(), other); !errors.Is(err, livecheck.ErrOthers) ||
				!strings.Contains(err.Error(), "a test") {
				a.t.Errorf("the second one: %v", err)
			}
		}
		a.check()
	})
}

// If the account may not delete, the folder goes into the trash.
func TestTrash(t *testing.T) {
	with(t, []string{"link"}, func(a *account) {
		a.server.Faults().Add(localgoogle.Fault{Method: "drive.files.delete", Status: 403,
			Reason: "insufficientFilePermissions", Count: 1})
		if r := a.check()["cleaning"]; r.State != livecheck.OK || r.Seen != "in the trash" {
			a.t.Errorf("%+v", r)
		}
	})
}

// A recording holds no id, address or token of the account, and is JSON in the form of
// the recordings of Google.
func TestRecording(t *testing.T) {
	dir := t.TempDir()
	var ids []string
	with(t, []string{"link", "stranger", "feed"}, func(a *account) {
		a.FolderID, a.Stranger, a.Record, a.Files = a.folder(), stranger, dir, 2
		a.server.Faults().Unshareable(stranger, "invalidSharingRequest")
		a.check()
		ids = append(ids, a.FolderID)
		for _, c := range a.server.Journal().Calls() {
			if len(c.FileID) > 20 {
				ids = append(ids, c.FileID)
			}
		}
	})
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%q, %v", names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) < 10 {
		t.Errorf("only %d ids are known", len(ids))
	}
	for _, secret := range append(ids, robot, stranger, "Bearer", "Authorization") {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the recording holds %q", secret)
		}
	}
	var got struct {
		Case, Source string
		Interactions []struct {
			Method, URL    string
			Body, Response any
			Status         int
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	made := map[any]bool{}
	used := 0
	for _, x := range got.Interactions {
		if x.Status == 0 || x.Method == "" || !strings.HasPrefix(x.URL, "/") {
			t.Errorf("%+v", x)
		}
		if m, ok := x.Response.(map[string]any); ok && x.Method == "POST" &&
			strings.HasPrefix(x.URL, "/drive/v3/files?") {
			made[m["id"]] = true
		}
		for id := range made {
			if strings.Contains(x.URL, id.(string)) {
				used++
			}
		}
	}
	if len(made) < 5 || used < 10 {
		t.Errorf("%d files made, named in %d later requests: the ids do not belong together", len(made), used)
	}
	if i, err := os.Stat(names[0]); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", i.Mode(), err)
	}
}

// Each row fails with the fault that it must find, and no other row does.
func TestFaultsFailTheirRows(t *testing.T) {
	sheets := func(method string, status int) localgoogle.Fault {
		return localgoogle.Fault{Method: "sheets." + method, Status: status, Count: 1000}
	}
	drive := func(method, reason string) localgoogle.Fault {
		return localgoogle.Fault{Method: "drive." + method, Status: 403, Reason: reason, Count: 1000}
	}
	for _, c := range []struct {
		row   string
		says  string
		cause func(a *account)
	}{
		{"department", "writing the control spreadsheet", func(a *account) {
			a.server.Faults().Add(sheets("spreadsheets.batchUpdate", 403))
		}},
		{"link", "write spreadsheet", func(a *account) {
			a.server.Faults().Add(sheets("spreadsheets.batchUpdate", 400))
		}},
		{"typing", "type into spreadsheet", func(a *account) {
			a.server.Faults().Add(sheets("spreadsheets.values.update", 500))
		}},
		{"column", "read columns", func(a *account) {
			a.server.Faults().Add(sheets("spreadsheets.getByDataFilter", 503))
		}},
		{"aside", "request 5 of 12 was refused", func(a *account) {
			a.server.Faults().RefuseTab(localgoogle.TabFault{Tab: workbook.SheetID("aside"),
				Kinds: []string{"deleteSheet"}, Message: "You may not."})
		}},
		{"version", "most 5m35s of 20 edits", func(a *account) { a.server.Faults().Lag(330 * time.Second) }},
		{"version", "20 of 20 edits were not told of within 6m0s", func(a *account) {
			a.server.Faults().Lag(time.Hour)
		}},
		{"feed", "most 5m35s of 20 edits", func(a *account) { a.server.Faults().Lag(330 * time.Second) }},
		{"feed", "list what changed", func(a *account) {
			a.server.Faults().Add(drive("changes.list", "insufficientFilePermissions"))
		}},
		{"stranger", "has a Google account", func(a *account) {}},
		{"stranger", "the Workspace administrator must allow", func(a *account) {
			a.server.Faults().Unshareable(stranger, "shareOutNotPermitted")
		}},
		{"marks", "make it a member of the shared drive", func(a *account) { a.FolderID = a.folder() }},
		{"races", "Google answers too slowly", func(a *account) {
			a.server.Faults().Add(localgoogle.Fault{Method: "drive.files.update", Delay: 6 * time.Second, Skip: 1,
				Count: 1000})
		}},
		{"cleaning", "delete it at Drive", func(a *account) {
			a.server.Faults().Add(drive("files.delete", "insufficientFilePermissions"))
			// The updates before it are the lease's: its claim, and its turn.
			a.server.Faults().Add(localgoogle.Fault{Method: "drive.files.update", Status: 403,
				Reason: "insufficientFilePermissions", Skip: 2, Count: 1})
		}},
	} {
		t.Run(c.row+" "+c.says, func(t *testing.T) {
			with(t, []string{c.row}, func(a *account) {
				a.Stranger, a.Races = stranger, 3
				if c.row == "marks" || c.row == "races" {
					a.Identities = append(a.Identities, google.Identity{Name: robot2, HTTP: a.server.Client(robot2)})
					a.FolderID = a.folder(robot2)
				}
				c.cause(a)
				for key, r := range a.check() {
					said := strings.Join(append(r.Details, r.Seen), "\n")
					switch {
					case key == c.row && (r.State != livecheck.Failed || !strings.Contains(said, c.says)):
						t.Errorf("%s: %s: %s", key, r.State, said)
					case key != c.row && r.State == livecheck.Failed:
						t.Errorf("%s is blamed: %s", key, said)
					}
				}
			})
		})
	}
}
