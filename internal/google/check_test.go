package google_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"svodka/internal/google"
)

// console is a Google in which one thing may not be set up.
type console struct {
	about, sheets, folder, drive string // bodies; "403 ..." for a refusal
	token                        error
	asked                        []string
}

func (c *console) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asked = append(c.asked, r.Method+" "+r.URL.Path)
	if c.token != nil {
		return nil, c.token
	}
	body := map[string]string{"/drive/v3/about": c.about, "/drive/v3/files/f": c.folder,
		"/drive/v3/drives/d": c.drive}[r.URL.Path]
	if strings.HasPrefix(r.URL.Path, "/v4/") {
		body = c.sheets
	}
	status := 200
	switch {
	case strings.HasPrefix(body, "403 "):
		status, body = 403, body[4:]
	case strings.HasPrefix(body, "404 "):
		status, body = 404, body[4:]
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		Request: r}, nil
}

const (
	notThere = `404 {"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND","errors":[{"reason":"notFound"}]}}`
	driveOff = `403 {"error":{"code":403,"message":"Google Drive API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=123 then retry.","errors":[{"reason":"accessNotConfigured","domain":"usageLimits"}]}}`
	sheetOff = `403 {"error":{"code":403,"message":"Google Sheets API has not been used","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","metadata":{"service":"sheets.googleapis.com","activationUrl":"https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123"}}]}}`
	narrow   = `403 {"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`
)

// healthy returns a shared drive of which the worker is a member.
func healthy() *console {
	return &console{
		about: `{"user":{"emailAddress":"sa@p.iam.gserviceaccount.com"}}`, sheets: notThere,
		folder: `{"id":"f","mimeType":"application/vnd.google-apps.folder","driveId":"d","capabilities":{"canAddChildren":true}}`,
		drive:  `{"id":"d","capabilities":{"canShare":true}}`,
	}
}

func TestCheckAccess(t *testing.T) {
	all := []string{google.StepToken, google.StepDrive, google.StepSheets, google.StepFolder, google.StepStorage,
		google.StepCreate, google.StepShare}
	for _, c := range []struct {
		name     string
		set      func(*console)
		ownHome  bool
		noFolder bool
		states   string // of the steps: + passed, - failed, . skipped
		err      string // of the first that failed
		hint     string
	}{
		{name: "all is well", states: "+++++++"},
		{name: "no token", set: func(c *console) {
			c.token = &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, ErrorCode: "invalid_grant"}
		}, states: "-......", err: "invalid_grant", hint: "sign in again"},
		{name: "the Drive API is off", set: func(c *console) {
			c.about = driveOff
		}, states: "+-+....", err: "accessNotConfigured",
			hint: "https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=123 "},
		{name: "the Sheets API is off", set: func(c *console) {
			c.sheets = sheetOff
		}, states: "++-++++", err: "SERVICE_DISABLED",
			hint: "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123 "},
		{name: "a consent that is too narrow", set: func(c *console) {
			c.about = narrow
		}, states: "+-+....", err: "SCOPE_INSUFFICIENT", hint: "leave everything ticked"},
		{name: "no member of the drive", set: func(c *console) {
			c.folder = notThere
		}, states: "+++-...", err: "404", hint: "make sa@p.iam.gserviceaccount.com a Content manager"},
		{name: "no folder but a file", set: func(c *console) {
			c.folder = `{"id":"f","mimeType":"application/vnd.google-apps.spreadsheet"}`
		}, states: "+++-...", err: "not a folder", hint: "copy the last part"},
		{name: "in the bin", set: func(c *console) {
			c.folder = `{"id":"f","trashed":true,"mimeType":"application/vnd.google-apps.folder"}`
		}, states: "+++-...", err: "in the bin", hint: "restore it"},
		{name: "a service account without a shared drive", set: func(c *console) {
			c.folder =
				`{"id":"f","mimeType":"application/vnd.google-apps.folder","capabilities":{"canAddChildren":true}}`
		}, states: "++++-..", err: "has no storage", hint: "make a shared drive"},
		{name: "a service account without a folder", noFolder: true, states: "++++-..", err: "has no storage",
			hint: "make a shared drive"},
		{name: "a user's folder in My Drive", ownHome: true, set: func(c *console) {
			c.folder =
				`{"id":"f","mimeType":"application/vnd.google-apps.folder","capabilities":{"canAddChildren":true}}`
		}, states: "+++++++"},
		{name: "a user without a folder", ownHome: true, noFolder: true, states: "+++++++"},
		{name: "a user who may not write in the folder", ownHome: true, set: func(c *console) {
			c.folder = `{"id":"f","mimeType":"application/vnd.google-apps.folder","capabilities":{}}`
		}, states: "+++++-+", err: "may not add files", hint: "as an editor"},
		{name: "may only read the drive", set: func(c *console) {
			c.folder = `{"id":"f","mimeType":"application/vnd.google-apps.folder","driveId":"d"}`
			c.drive = `{"id":"d","capabilities":{"canShare":false}}`
		}, states: "+++++--", err: "may not add files", hint: "Content manager"},
		{name: "the drive keeps its files to members", set: func(c *console) {
			c.drive = `{"id":"d","capabilities":{"canShare":true},"restrictions":{"driveMembersOnly":true}}`
		}, states: "++++++-", err: "only its members", hint: "Settings"},
		{name: "the drive keeps its files to the organisation", set: func(c *console) {
			c.drive = `{"id":"d","capabilities":{"canShare":true},"restrictions":{"domainUsersOnly":true}}`
		}, states: "+++++++"},
		{name: "a member of the folder alone", set: func(c *console) {
			c.drive = notThere
		}, states: "++++++-", err: "404", hint: "the whole shared drive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := healthy()
			if c.set != nil {
				c.set(k)
			}
			o := google.Options{Identities: []google.Identity{{Homeless: !c.ownHome, HTTP: &http.Client{Transport: k}}},
				Endpoint: "http://google.test", FolderID: "f"}
			if c.noFolder {
				o.FolderID = ""
			}
			client, err := google.New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			states, told := "", false
			for _, s := range client.CheckAccess(t.Context()) {
				names = append(names, s.Name)
				states += map[google.State]string{google.Passed: "+", google.Failed: "-", google.Skipped: "."}[s.State]
				if s.State == google.Failed && !told {
					told = true
					if !strings.Contains(s.Err.Error(), c.err) || !strings.Contains(s.Hint, c.hint) || s.Hint == "" {
						t.Errorf("%s: %v; %q, want %q; %q", s.Name, s.Err, s.Hint, c.err, c.hint)
					}
				}
				if s.State != google.Failed && s.Err != nil || s.State == google.Failed && s.Err == nil {
					t.Errorf("%s: %v with %v", s.Name, s.State, s.Err)
				}
			}
			same(t, "steps", all, names)
			same(t, "states", c.states, states)
			for _, a := range k.asked {
				if !strings.HasPrefix(a, "GET ") {
					t.Errorf("%s: a check changes nothing", a)
				}
			}
		})
	}
}

func TestCheckAccessOfSeveral(t *testing.T) {
	stranger := healthy()
	stranger.folder = notThere
	client, err := google.New(t.Context(), google.Options{
		Identities: []google.Identity{
			{Name: "a@example.com", HTTP: &http.Client{Transport: healthy()}},
			{Name: "b@example.com", HTTP: &http.Client{Transport: stranger}},
		},
		Endpoint: "http://google.test", FolderID: "f",
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string][]string{}
	for _, s := range client.CheckAccess(t.Context()) {
		if s.State == google.Failed {
			failed[s.Who] = append(failed[s.Who], s.Name)
		}
	}
	same(t, "failed", map[string][]string{"b@example.com": {google.StepFolder}}, failed)

	home := healthy()
	home.folder = `{"id":"f","mimeType":"application/vnd.google-apps.folder","capabilities":{"canAddChildren":true}}`
	two := []google.Identity{{Name: "a", HTTP: &http.Client{Transport: home}},
		{Name: "b", HTTP: &http.Client{Transport: home}}}
	if client, err = google.New(t.Context(),
		google.Options{Identities: two, Endpoint: "http://google.test", FolderID: "f"}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range client.CheckAccess(t.Context()) {
		if s.State == google.Failed && s.Name == google.StepStorage &&
			strings.Contains(s.Err.Error(), "several accounts") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d of 2 are told that a shared drive is needed", n)
	}
}
