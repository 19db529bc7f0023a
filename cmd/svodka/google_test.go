package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google/access"
	"svodka/internal/localgoogle"
)

// cloud is Google on this machine: a token server, and the local Google behind
// addresses of which some stand for a shared drive, which it does not have.
type cloud struct {
	t      testing.TB
	url    string
	local  *localgoogle.Server
	dir    string // of credentials
	folder string // of the shared drive, once it is made; the last one, of several
	clock  func() time.Time
	real   atomic.Bool   // no wait is skipped
	skip   atomic.Int64  // nanoseconds of skipped waits
	claim  time.Duration // how long a claim to a department lasts; 0: as usual

	mu     sync.Mutex
	drives map[string]bool                     // folders of shared drives
	token  func(form url.Values) (int, string) // nil: everybody gets one
	refuse map[string]answer                   // instead of an answer, by the path's beginning
	calls  map[string]int                      // by user and API
	mails  int
	zone   *time.Location // of departments; nil: the program's default
}

type answer struct {
	status int
	body   string
}

const (
	robot    = "svodka@project.iam.gserviceaccount.com"
	robot2   = "second@project.iam.gserviceaccount.com"
	employee = "reports@example.com"
	admin    = "admin@example.com"
)

func newCloud(t testing.TB, quotas *localgoogle.Quotas) *cloud {
	t.Helper()
	start, began := time.Date(2026, 5, 18, 9, 0, 0, 0, time.FixedZone("MSK", 3*3600)), time.Now()
	c := &cloud{t: t, dir: t.TempDir(), drives: map[string]bool{}, refuse: map[string]answer{}, calls: map[string]int{}}
	c.clock = func() time.Time { return start.Add(time.Since(began)) }
	var err error
	c.local, err = localgoogle.Open(t.Context(), localgoogle.Options{Now: c.now, Quotas: quotas})
	c.must(err)
	srv := httptest.NewServer(c)
	c.url = srv.URL
	t.Cleanup(func() {
		srv.Close()
		c.must(c.local.Close())
	})
	return c
}

// now returns the time of all machines.
func (c *cloud) now() time.Time { return c.clock().Add(time.Duration(c.skip.Load())) }

// pause makes short waits pass at once.
func (c *cloud) pause(ctx context.Context, d time.Duration) error {
	if d > 10*time.Second || c.real.Load() {
		return sleep(ctx, d)
	}
	c.skip.Add(int64(d))
	return ctx.Err()
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// ServeHTTP answers token requests with e-mails as tokens, and the APIs.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	token := c.token
	_, folder := c.drives[strings.TrimPrefix(r.URL.Path, "/drive/v3/files/")]
	if r.URL.Query().Get("sendNotificationEmail") == "true" {
		c.mails++
	}
	var refused answer
	for path, a := range c.refuse {
		if strings.HasPrefix(r.URL.Path, path) {
			refused = a
		}
	}
	if user, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		api := "sheets"
		if strings.HasPrefix(r.URL.Path, "/drive/") {
			api = "drive"
		}
		c.calls[api]++
		c.calls[api+" "+user]++
	}
	c.mu.Unlock()
	say := func(status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			c.t.Error(err)
		}
	}
	switch {
	case r.URL.Path == "/token":
		if err := r.ParseForm(); err != nil {
			c.t.Error(err)
		}
		if token != nil {
			say(token(r.PostForm))
			return
		}
		say(200,
			fmt.Sprintf(
				`{"access_token":%q,"token_type":"Bearer","expires_in":3599,"refresh_token":"1//%s","scope":%q}`,
				subject(r.PostForm), employee, access.ScopeDrive+" "+access.ScopeOwnFiles))
	case refused.status != 0:
		say(refused.status, refused.body)
	case strings.HasPrefix(r.URL.Path, "/drive/v3/drives/"):
		say(200, `{"id":"0ADrive","capabilities":{"canShare":true},"restrictions":{}}`)
	case folder && r.Method == http.MethodGet:
		say(200,
			fmt.Sprintf(
				`{"id":%q,"mimeType":"application/vnd.google-apps.folder","driveId":"0ADrive","capabilities":{"canAddChildren":true}}`,
				strings.TrimPrefix(r.URL.Path, "/drive/v3/files/")))
	default:
		c.local.ServeHTTP(w, r)
	}
}

// subject returns for whom a token is requested.
func subject(form url.Values) string {
	if parts := strings.Split(form.Get("assertion"), "."); len(parts) == 3 {
		var claims struct{ Iss, Sub string }
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(b, &claims) == nil {
			if claims.Sub != "" {
				return claims.Sub
			}
			return claims.Iss
		}
	}
	return employee
}

var testKey = sync.OnceValue(func() string {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// file writes a file of credentials.
func (c *cloud) file(name string, v any) string {
	c.t.Helper()
	b, ok := v.(string)
	if !ok {
		j, err := json.Marshal(v)
		c.must(err)
		b = string(j)
	}
	path := filepath.Join(c.dir, name)
	c.must(os.WriteFile(path, []byte(b), 0o600))
	return path
}

func (c *cloud) key(email string) string {
	return c.file(email+".json", map[string]string{"type": "service_account", "private_key": testKey(),
		"client_email": email, "client_id": "1234", "token_uri": c.url + "/token"})
}

func (c *cloud) client() string {
	return c.file("client.json", map[string]any{"installed": map[string]string{"client_id": "42.apps",
		"client_secret": "GOCSPX-secret", "auth_uri": c.url + "/consent", "token_uri": c.url + "/token"}})
}

func (c *cloud) consent() string {
	return c.file("token.json", map[string]any{"client_id": "42.apps", "email": employee,
		"scopes": []string{access.ScopeDrive}, "refresh_token": "1//x"})
}

// as returns the Drive API for a person.
func (c *cloud) as(who string) *drive.Service {
	c.t.Helper()
	s, err := drive.NewService(c.t.Context(), option.WithEndpoint(c.url+"/drive/v3/"),
		option.WithHTTPClient(c.http(who)))
	c.must(err)
	return s
}

func (c *cloud) sheets(who string) *sheets.Service {
	c.t.Helper()
	s, err := sheets.NewService(c.t.Context(), option.WithEndpoint(c.url+"/"), option.WithHTTPClient(c.http(who)))
	c.must(err)
	return s
}

func (c *cloud) http(who string) *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+who)
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// sharedFolder makes a folder with members that stands for one of a shared drive.
func (c *cloud) sharedFolder(members ...string) string {
	c.t.Helper()
	id := c.plainFolder(members...)
	c.mu.Lock()
	c.folder, c.drives[id] = id, true
	c.mu.Unlock()
	return id
}

func (c *cloud) plainFolder(members ...string) string {
	c.t.Helper()
	d := c.as(admin)
	f, err := d.Files.Create(&drive.File{Name: "Отчёты", MimeType: "application/vnd.google-apps.folder"}).Do()
	c.must(err)
	for _, m := range members {
		_, err := d.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: m}).Do()
		c.must(err)
	}
	return f.Id
}

// machine is a computer on which svodka is installed.
type machine struct {
	*cloud
	env []string
	bin string // the program of commands; empty: this one, in this process
}

func (c *cloud) machine(env ...string) *machine {
	if c.zone != nil {
		env = append([]string{"SVODKA_ZONE=" + c.zone.String()}, env...)
	}
	return &machine{cloud: c, env: append([]string{"SVODKA_DATA_DIR=" + filepath.Join(c.t.TempDir(), "data"),
		"SVODKA_GOOGLE_ENDPOINT=" + c.url,
		"SVODKA_GOOGLE_USER_PER_MINUTE=60000", "SVODKA_GOOGLE_PROJECT_PER_MINUTE=60000"}, env...)}
}

// svodka runs a command.
func (m *machine) svodka(args ...string) (code int, stdout, stderr string) {
	return m.run(m.t.Context(), args...)
}

func (m *machine) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	if m.bin != "" {
		return m.by(m.bin, args...)
	}
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs, env: m.env, now: m.now, sleep: m.pause, claim: m.claim}
	code = a.main(ctx, args)
	return code, out.String(), errs.String()
}

// ok runs a command that must succeed, and returns its output.
func (m *machine) ok(args ...string) string {
	m.t.Helper()
	code, out, errs := m.svodka(args...)
	if code != 0 {
		m.t.Fatalf("svodka %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// spent runs f and counts the calls that it made, by API.
func (c *cloud) spent(f func()) map[string]int {
	c.mu.Lock()
	before := maps.Clone(c.calls)
	c.mu.Unlock()
	f()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for k, n := range c.calls {
		if !strings.Contains(k, " ") && n > before[k] {
			out[k] = n - before[k]
		}
	}
	return out
}

// spreadsheets returns the names of the spreadsheets that a person can see.
func (c *cloud) spreadsheets(who string) []string {
	c.t.Helper()
	list, err := c.as(who).Files.List().Q("mimeType='application/vnd.google-apps.spreadsheet'").
		Fields(googleapi.Field("files(id,name)")).Do()
	c.must(err)
	var names []string
	for _, f := range list.Files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// types types a figure of 18 May into the first column of a person's report.
func (c *cloud) types(who string, figure float64) {
	c.t.Helper()
	list, err := c.as(who).Files.List().Do()
	c.must(err)
	id, values := list.Files[0].Id, c.sheets(who).Spreadsheets.Values
	days, err := values.Get(id, "'Май 2026'!A1:A80").ValueRenderOption("UNFORMATTED_VALUE").Do()
	c.must(err)
	const serial = 46160.0 // of that day, counted from 30 December 1899
	row := slices.IndexFunc(days.Values, func(v []any) bool { return len(v) == 1 && v[0] == serial }) + 1
	_, err = values.Update(id, fmt.Sprintf("'Май 2026'!B%d", row), &sheets.ValueRange{Values: [][]any{{figure}}}).
		ValueInputOption("USER_ENTERED").Do()
	c.must(err)
}

// The way from an empty folder to a summary at Google, for each way to sign in:
// key and token, quotas, permissions, links.
func TestGoogleBackend(t *testing.T) {
	if testing.Short() {
		t.Skip("each way in works a department from its beginning")
	}
	for name, set := range map[string]func(c *cloud) []string{
		"service account": func(c *cloud) []string {
			return []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot),
				"SVODKA_GOOGLE_FOLDER=https://drive.google.com/drive/folders/" + c.sharedFolder(robot) + "?usp=sharing"}
		},
		"two service accounts": func(c *cloud) []string {
			return []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot) + ", " + c.key(robot2),
				"SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(robot, robot2)}
		},
		"delegation": func(c *cloud) []string {
			return []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot), "SVODKA_GOOGLE_SUBJECTS=" + employee}
		},
		"consent": func(c *cloud) []string {
			return []string{"SVODKA_GOOGLE_CLIENT_FILE=" + c.client(), "SVODKA_GOOGLE_TOKEN_FILE=" + c.consent()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, &localgoogle.Quotas{SheetsReadsPerUser: -1, SheetsWritesPerUser: -1,
				SheetsReadsPerProject: -1, SheetsWritesPerProject: -1})
			m := c.machine(set(c)...)
			if out := m.ok("check"); !strings.HasSuffix(out,
				"nothing is wrong; there is no department yet (next: svodka init)\n") ||
				strings.Count(out, ": yes") < 7 {
				t.Errorf("check before init:\n%s", out)
			}
			out := m.ok("init")
			if !regexp.MustCompile(
				`control spreadsheet \(made\): https://docs\.google\.com/spreadsheets/d/[\w-]{20,}/edit#gid=\d+&range=A1\n`).
				MatchString(out) {
				t.Errorf("init prints\n%s", out)
			}
			people := c.file("people.csv",
				"name,email,role\nИванова Анна,anna@example.com,sales-rep\nПетров Олег,oleg@example.com,sales-rep\n")
			m.ok("import", "people", people)
			if out := m.ok("sync"); !strings.Contains(out, "2 people; 0 reports read, 2 made") {
				t.Errorf("sync prints %s", out)
			}
			if got := c.spreadsheets("anna@example.com"); !slices.Equal(got, []string{"Отчёт — Иванова Анна"}) {
				t.Errorf("Anna sees %v", got)
			}
			c.types("anna@example.com", 3)
			if out := m.ok("sync"); !strings.Contains(out, "1 report read, 0 made, 0 changed; summary written") {
				t.Errorf("sync after typing prints %s", out)
			}
			if out := m.ok("export", "entries"); !strings.Contains(out, "2026-05-18,Иванова Анна,deals,3\n") {
				t.Errorf("export prints %s", out)
			}
			if out := m.ok("check"); !strings.HasSuffix(out, "nothing is wrong\n") {
				t.Errorf("check prints\n%s", out)
			}
			if c.mails != 0 {
				t.Errorf("%d mails were asked for", c.mails)
			}
			// The ledger is lost, and its folder too: another machine.
			other := c.machine(m.env[1:]...)
			if out := other.ok("sync"); !strings.Contains(out, "2 people; 2 reports read, 0 made") {
				t.Errorf("sync without a ledger prints %s", out)
			}
			if a, b := m.ok("export", "summary"), other.ok("export", "summary"); a != b {
				t.Errorf("the summary differs:\n%s\n%s", a, b)
			}
			if got := len(c.spreadsheets(strings.Fields(ownerOf(name))[0])); got != 4 {
				t.Errorf("there are %d spreadsheets, want 4", got)
			}
			if strings.HasPrefix(name, "two") && (c.calls["sheets "+robot] == 0 || c.calls["sheets "+robot2] == 0) {
				t.Errorf("the accounts do not share the work: %v", c.calls)
			}
		})
	}
}

func ownerOf(way string) string {
	if strings.Contains(way, "service") {
		return robot
	}
	return employee
}

const (
	apiOff  = `{"error":{"code":403,"message":"Google Drive API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=123 then retry.","errors":[{"message":"off","domain":"usageLimits","reason":"accessNotConfigured"}]}}`
	apiOff2 = `{"error":{"code":403,"message":"Google Sheets API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123 then retry.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com"}]}}`
)

// svodka check reports each wrong setting in one line, with where to click; and no
// command that would write makes anything.
func TestCheckTellsWhatIsWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks the local Google two dozen times what is wrong")
	}
	c := newCloud(t, nil)
	folder := c.sharedFolder(robot)
	mine := c.plainFolder(robot)
	sa := func(file string, more ...string) []string {
		return append([]string{"SVODKA_GOOGLE_KEY_FILES=" + file, "SVODKA_GOOGLE_FOLDER=" + folder}, more...)
	}
	user := []string{"SVODKA_GOOGLE_CLIENT_FILE=" + c.client(), "SVODKA_GOOGLE_TOKEN_FILE=" + c.consent()}
	lapsed := func(url.Values) (int, string) {
		return 400, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`
	}
	unknown := func(url.Values) (int, string) {
		return 401,
			`{"error":"unauthorized_client","error_description":"Client is unauthorized to retrieve access tokens using this method."}`
	}
	for _, k := range []struct {
		name   string
		env    []string
		token  func(url.Values) (int, string)
		refuse map[string]answer
		says   string // a regular expression
	}{
		{name: "google without anything", env: []string{"SVODKA_BACKEND=google"},
			says: `^svodka: settings: SVODKA_BACKEND is google, but no key and no client is set: set SVODKA_GOOGLE_KEY_FILES .*svodka auth login\)$`},
		{name: "a folder and no key", env: []string{"SVODKA_GOOGLE_FOLDER=" + folder},
			says: `^svodka: settings: SVODKA_GOOGLE_FOLDER is set, but no key and no client: `},
		{name: "an unknown backend", env: []string{"SVODKA_BACKEND=excel"},
			says: `^svodka: settings: SVODKA_BACKEND is "excel" \(it must be local or google\)$`},
		{name: "an unknown way", env: sa(c.key(robot), "SVODKA_GOOGLE_WAY=magic"),
			says: `^svodka: settings: SVODKA_GOOGLE_WAY is "magic" `},
		{name: "two ways", env: append(sa(c.key(robot)), user...),
			says: `^svodka: settings: both SVODKA_GOOGLE_KEY_FILES and SVODKA_GOOGLE_CLIENT_FILE are set `},
		{name: "a folder's name", env: sa(c.key(robot), "SVODKA_GOOGLE_FOLDER=Отчёты"),
			says: `^svodka: settings: SVODKA_GOOGLE_FOLDER is "Отчёты" \(open the folder in the browser `},
		{name: "no calls allowed", env: sa(c.key(robot), "SVODKA_GOOGLE_USER_PER_MINUTE=0"),
			says: `^svodka: settings: SVODKA_GOOGLE_USER_PER_MINUTE is 0 `},
		{name: "tokens sent elsewhere", env: sa(c.key(robot), "SVODKA_GOOGLE_ENDPOINT=http://10.0.0.1:80"),
			says: `^svodka: settings: SVODKA_GOOGLE_ENDPOINT is .*this machine alone`},
		{name: "no key file", env: sa(filepath.Join(c.dir, "gone.json")),
			says: `^svodka: access: key file \S*gone.json: there is no such file \(make a key in the Google Cloud console, .*Add key, JSON\)$`},
		{name: "not JSON", env: sa(c.file("pem", testKey())),
			says: `^svodka: access: key file \S*pem: it is not the JSON that Google gives \(`},
		{name: "a client as key", env: sa(c.client()),
			says: `^svodka: access: key file \S*client.json: it is an OAuth client of type Desktop app, not a service account's key \(`},
		{name: "a key as client", env: []string{"SVODKA_GOOGLE_CLIENT_FILE=" + c.key(robot)},
			says: `^svodka: access: OAuth client file \S*: it is a service account's key, not an OAuth client of type Desktop app \(`},
		{name: "no folder", env: []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot)}, says: `^svodka: access: ` +
			robot +
			` is a service account: it has no storage of its own, and no folder of a shared drive is set \(make a shared drive \(Drive, Shared drives, New\), add ` + robot},
		{name: "a folder in My Drive", env: sa(c.key(robot), "SVODKA_GOOGLE_FOLDER="+mine),
			says: `^svodka: access of ` + robot +
				`: there is storage for the files: no: the folder lies in somebody's My Drive: a service account has no storage.* \(make a shared drive `},
		{name: "another folder", env: sa(c.key(robot), "SVODKA_GOOGLE_FOLDER=1NoSuchFolderAtAll"),
			says: `^svodka: access of ` + robot + `: the folder is reachable: no: .* \(check the folder's id .*make ` +
				robot + ` a Content manager of the shared drive`},
		{name: "the Drive API is off", env: sa(c.key(robot)),
			refuse: map[string]answer{"/drive/v3/about": {403, apiOff}},
			says:   `^svodka: access of .*: the Drive API is enabled: no: .*\(.*https://console.developers.google.com/apis/api/drive.googleapis.com/overview\?project=123`},
		{name: "the Sheets API is off", env: sa(c.key(robot)), refuse: map[string]answer{"/v4/": {403, apiOff2}},
			says: `^svodka: access of .*: the Sheets API is enabled: no: .*\(.*https://console.developers.google.com/apis/api/sheets.googleapis.com/overview\?project=123`},
		{name: "not delegated", env: []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot), "SVODKA_GOOGLE_SUBJECTS=" +
			employee}, token: unknown, says: `^svodka: access of ` + employee +
			`: Google accepts the credentials: no: .*\(a super administrator opens admin.google.com, .*client ID 1234, OAuth scopes https://www.googleapis.com/auth/drive.file `},
		{name: "not signed in", env: []string{"SVODKA_GOOGLE_CLIENT_FILE=" + c.client()},
			says: `^svodka: access: token file \S*token.json: there is no such file \(sign in by svodka auth login\)$`},
		{name: "a lapsed consent", env: user, token: lapsed, says: `^svodka: access of ` + employee +
			`: Google accepts the credentials: no: .*\(sign in again by svodka auth login. While the app's publishing status is "Testing"`},
		{name: "a consent that is too narrow", env: []string{"SVODKA_GOOGLE_CLIENT_FILE=" + c.client(),
			"SVODKA_GOOGLE_OTHERS_FILES=true",
			"SVODKA_GOOGLE_TOKEN_FILE=" + c.file("narrow.json", `{"client_id":"42.apps","email":"`+employee+
				`","scopes":["`+access.ScopeOwnFiles+`"],"refresh_token":"1//x"}`)},
			says: `^svodka: access: ` + employee + ` consented to less than is needed now`},
	} {
		t.Run(k.name, func(t *testing.T) {
			c.mu.Lock()
			c.token, c.refuse = k.token, k.refuse
			c.mu.Unlock()
			re := regexp.MustCompile("(?m)" + k.says)
			for _, command := range []string{"check", "init", "sync", "run"} {
				m := c.machine(append([]string{"SVODKA_MONITOR_ADDR=off"}, k.env...)...)
				code, out, errs := m.svodka(command)
				if code != 1 || !re.MatchString(errs) || strings.Count(errs, "\n") != 1 {
					t.Errorf("svodka %s: exit code %d\n%s%s\nwant one line that matches\n%s", command, code, out, errs,
						k.says)
				}
				for _, secret := range []string{"PRIVATE KEY", "GOCSPX", "1//x"} {
					if strings.Contains(out+errs, secret) {
						t.Errorf("svodka %s prints the secret %s", command, secret)
					}
				}
			}
		})
	}
	c.mu.Lock()
	c.token, c.refuse = nil, nil
	c.mu.Unlock()
	for _, who := range []string{robot, employee} {
		if names := c.spreadsheets(who); len(names) > 0 {
			t.Errorf("%s made %v", who, names)
		}
	}
}

// check warns about credentials that everybody can read, and each backend refuses the
// other's data folder.
func TestGoogleSettings(t *testing.T) {
	c := newCloud(t, nil)
	key := c.key(robot)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+key, "SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot))
	c.must(os.Chmod(key, 0o644))
	if _, _, errs := m.svodka("check"); !strings.Contains(errs, "everybody on this machine can read "+key) {
		t.Errorf("check says %q", errs)
	}
	m.env = append(m.env, "SVODKA_BACKEND=local")
	if code, _, errs := m.svodka("init"); code != 1 ||
		!strings.Contains(errs, "is that of a department at Google (set SVODKA_DATA_DIR to another folder") {
		t.Errorf("the folder of Google, worked on locally: %d %q", code, errs)
	}
	l := c.machine("SVODKA_GOOGLE_KEY_FILES="+key, "SVODKA_GOOGLE_FOLDER="+c.folder, "SVODKA_BACKEND=local")
	l.ok("init")
	l.env = append(l.env, "SVODKA_BACKEND=")
	if code, _, errs := l.svodka("sync"); code != 1 ||
		!strings.Contains(errs, "is that of the local Google (set SVODKA_DATA_DIR to another folder") {
		t.Errorf("the folder of the local Google, worked on at Google: %d %q", code, errs)
	}
	if names := c.spreadsheets(robot); len(names) > 0 {
		t.Errorf("%v was made", names)
	}
}

// A user signs in with a browser, appears in the status, and signs out.
func TestAuth(t *testing.T) {
	c := newCloud(t, nil)
	m := c.machine("SVODKA_GOOGLE_CLIENT_FILE=" + c.client())
	token := filepath.Join(strings.TrimPrefix(m.env[0], "SVODKA_DATA_DIR="), "token.json")
	if code, _, errs := m.svodka("auth", "status"); code != 1 ||
		!strings.Contains(errs, "(sign in by svodka auth login)") {
		t.Errorf("status before: %d %q", code, errs)
	}
	// What reads the output is the user with a browser.
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		a := &app{stdout: w, stderr: &errs, env: m.env, now: m.now, sleep: m.pause}
		ended <- a.main(t.Context(), []string{"auth", "login"})
		c.must(w.Close())
	}()
	var out strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		out.WriteString(lines.Text() + "\n")
		u, err := url.Parse(lines.Text())
		if err != nil || u.Path != "/consent" {
			continue
		}
		q := u.Query()
		res, err := http.Get(q.Get("redirect_uri") + "?" +
			url.Values{"state": {q.Get("state")}, "code": {"4/code"}}.Encode())
		c.must(err)
		c.must(res.Body.Close())
	}
	if code := <-ended; code != 0 {
		t.Fatalf("login: %d %s%s", code, out.String(), errs.String())
	}
	if !strings.Contains(out.String(), "signed in as "+employee+"; the consent is kept in "+token+
		" (next: svodka check)") {
		t.Errorf("login prints\n%s", out.String())
	}
	info, err := os.Stat(token)
	c.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the token file has mode %v", info.Mode())
	}
	if got := m.ok("auth", "status"); got != "signed in as "+employee+" (consent), access: "+access.ScopeOwnFiles+"\n" {
		t.Errorf("status prints %q", got)
	}
	m.ok("init")
	if got := m.ok("auth", "logout"); !strings.Contains(got, "signed out: "+token+" is deleted") {
		t.Errorf("logout prints %q", got)
	}
	if got := m.ok("auth", "logout"); !strings.Contains(got, "nobody is signed in") {
		t.Errorf("the second logout prints %q", got)
	}
	if code, _, errs := m.svodka("sync"); code != 1 || !strings.Contains(errs, "svodka auth login") {
		t.Errorf("sync without consent: %d %q", code, errs)
	}
	for _, k := range []struct {
		code int
		says string
		args []string
		env  []string
	}{
		{2, "is none of login, status, logout", []string{"auth", "in"}, nil},
		{2, "something is missing", []string{"auth"}, nil},
		{1, "which needs no login", []string{"auth", "login"}, []string{"SVODKA_GOOGLE_WAY=delegation",
			"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot), "SVODKA_GOOGLE_SUBJECTS=" + employee}},
		{1, "no OAuth client is set", []string{"auth", "login"}, []string{"SVODKA_GOOGLE_CLIENT_FILE="}},
	} {
		x := &machine{cloud: c, env: append(slices.Clip(m.env), k.env...)}
		if code, _, errs := x.svodka(k.args...); code != k.code || !strings.Contains(errs, k.says) {
			t.Errorf("svodka %v: %d %q, want %d %q", k.args, code, errs, k.code, k.says)
		}
	}
}
