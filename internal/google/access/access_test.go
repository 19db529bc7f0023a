package access_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/google"
	"svodka/internal/google/access"
)

const (
	worker    = "worker@project.iam.gserviceaccount.com"
	apiID     = "1234567890"
	appID     = "42.apps.googleusercontent.com"
	appSecret = "GOCSPX-app-secret"
	refresh   = "1//refresh-token"
)

// privateKey is made once: making one is slow.
var privateKey = sync.OnceValue(func() string {
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

// world is a Google of one machine: a token server and the APIs.
type world struct {
	t   *testing.T
	srv *httptest.Server
	dir string

	mu      sync.Mutex
	grants  []url.Values // requests to the token server
	bearers []string     // tokens that the APIs saw
	token   func(form url.Values) (int, string)
	api     func(r *http.Request) (int, string)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.token = func(url.Values) (int, string) {
		return 200, `{"access_token":"ya29.access","token_type":"Bearer","expires_in":3599}`
	}
	w.api = func(*http.Request) (int, string) {
		return 200, `{"id":"1","user":{"emailAddress":"anna@example.com"},"spreadsheetId":"1"}`
	}
	w.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		var status int
		var body string
		if r.URL.Path == "/token" {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			w.grants = append(w.grants, r.PostForm)
			status, body = w.token(r.PostForm)
		} else {
			w.bearers = append(w.bearers, r.Header.Get("Authorization"))
			status, body = w.api(r)
		}
		if status == http.StatusFound {
			rw.Header().Set("Location", body)
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(status)
		if _, err := io.WriteString(rw, body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(w.srv.Close)
	return w
}

// RoundTrip sends calls to Google's own addresses to the world's server.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Host, ".googleapis.com") {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", w.srv.Listener.Addr().String()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) write(name, content string) string {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (w *world) key(email string) string { return w.keyOf("project", email) }

func (w *world) keyOf(project, email string) string {
	w.t.Helper()
	return w.write(email+".json", asJSON(w.t, map[string]string{
		"type": "service_account", "project_id": project, "private_key_id": "k1", "private_key": privateKey(),
		"client_email": email, "client_id": apiID, "token_uri": w.srv.URL + "/token",
	}))
}

func (w *world) client() string {
	w.t.Helper()
	return w.write("client.json", asJSON(w.t, map[string]any{"installed": map[string]any{
		"client_id": appID, "client_secret": appSecret, "redirect_uris": []string{"http://localhost"},
		"auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": w.srv.URL + "/token",
	}}))
}

func (w *world) consent(scope string) string {
	w.t.Helper()
	return w.write("token.json", asJSON(w.t, map[string]any{
		"client_id": appID, "email": "anna@example.com", "scopes": []string{scope}, "refresh_token": refresh,
	}))
}

// google returns the worker's client for the configuration.
func (w *world) google(c access.Config) *google.Client {
	w.t.Helper()
	c.Base = w
	ids, err := access.Open(c)
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := google.New(w.t.Context(), google.Options{Identities: ids, Rand: func() float64 { return 0 }})
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// claims returns what a service account's assertion says.
func claims(t *testing.T, form url.Values) map[string]any {
	t.Helper()
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		t.Fatalf("asked with %v", form)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "iat")
	delete(m, "exp")
	return m
}

func TestServiceAccount(t *testing.T) {
	w := newWorld(t)
	c := access.Config{Way: access.ServiceAccount, KeyFiles: []string{w.key(worker)}, FolderID: "f"}
	ids, err := access.Open(c)
	if err != nil || len(ids) != 1 || ids[0].Name != worker || !ids[0].Homeless {
		t.Fatalf("identities %+v, %v", ids, err)
	}
	g := w.google(c)
	for range 2 {
		if _, err := g.Get(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.Spreadsheet(t.Context(), "1", "properties"); err != nil {
		t.Fatal(err)
	}
	same(t, "tokens shown", []string{"Bearer ya29.access", "Bearer ya29.access", "Bearer ya29.access"}, w.bearers)
	if len(w.grants) != 1 {
		t.Fatalf("%d tokens asked for, one does", len(w.grants))
	}
	same(t, "claims", map[string]any{"iss": worker, "aud": w.srv.URL + "/token", "scope": access.ScopeDrive},
		claims(t, w.grants[0]))
}

func TestDelegation(t *testing.T) {
	for folder, scope := range map[string]string{"": access.ScopeOwnFiles, "f": access.ScopeDrive} {
		w := newWorld(t)
		g := w.google(access.Config{Way: access.Delegation, KeyFiles: []string{w.key(worker)}, Subjects: []string{
			"reports@example.com"}, FolderID: folder})
		if _, err := g.Get(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		same(t, "claims", map[string]any{"iss": worker, "sub": "reports@example.com", "aud": w.srv.URL + "/token",
			"scope": scope}, claims(t, w.grants[0]))
		same(t, "identities", []string{"reports@example.com"}, g.Identities())
	}
}

func TestSeveralIdentities(t *testing.T) {
	w := newWorld(t)
	a, b := w.key("a@project.iam.gserviceaccount.com"), w.key("b@project.iam.gserviceaccount.com")
	g := w.google(access.Config{Way: access.ServiceAccount, KeyFiles: []string{a, b}, FolderID: "f"})
	same(t, "accounts", []string{"a@project.iam.gserviceaccount.com", "b@project.iam.gserviceaccount.com"},
		g.Identities())
	g = w.google(access.Config{Way: access.Delegation, KeyFiles: []string{a},
		Subjects: []string{"x@example.com", "y@example.com"}, FolderID: "f"})
	same(t, "users", []string{"x@example.com", "y@example.com"}, g.Identities())
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		c    access.Config
		want string
	}{
		{access.Config{Way: access.ServiceAccount}, access.ScopeDrive},
		{access.Config{Way: access.Delegation}, access.ScopeOwnFiles},
		{access.Config{Way: access.Delegation, FolderID: "f"}, access.ScopeDrive},
		{access.Config{Way: access.Consent}, access.ScopeOwnFiles},
		{access.Config{Way: access.Consent, FolderID: "f"}, access.ScopeDrive},
		{access.Config{Way: access.Consent, OthersFiles: true}, access.ScopeDrive},
	} {
		same(t, fmt.Sprintf("%+v", c.c), []string{c.want}, c.c.Scopes())
	}
}

// problem returns the error's problem.
func problem(t *testing.T, err error) *access.Error {
	t.Helper()
	var e *access.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %#v", err)
	}
	for _, s := range []string{appSecret, refresh, "PRIVATE KEY", "MII", "ya29", "assertion"} {
		for _, text := range []string{e.Error(), e.Hint(), fmt.Sprintf("%+v", e)} {
			if strings.Contains(text, s) {
				t.Errorf("%q holds the secret %q", text, s)
			}
		}
	}
	return e
}

func TestWrongSettings(t *testing.T) {
	w := newWorld(t)
	key, client := w.key(worker), w.client()
	gone := filepath.Join(w.dir, "gone.json")
	sa := func(file string) access.Config {
		return access.Config{Way: access.ServiceAccount, KeyFiles: []string{file}, FolderID: "f"}
	}
	user := func(client, token string) access.Config {
		return access.Config{Way: access.Consent, ClientFile: client, TokenFile: token}
	}
	damaged := func(key string) string {
		return asJSON(t, map[string]string{"type": "service_account", "client_email": worker, "private_key": key})
	}
	for _, c := range []struct {
		name      string
		c         access.Config
		want      access.Problem
		says, fix string
	}{
		{"no way", access.Config{}, access.BadSettings, `no way ""`, "service-account, delegation or consent"},
		{"no key", access.Config{Way: access.ServiceAccount, FolderID: "f"}, access.BadSettings, "no key file",
			"Add key, JSON"},
		{"an empty name", sa(""), access.BadSettings, "no key file", "Add key, JSON"},
		{"no file", sa(gone), access.NoFile, gone + ": there is no such file", "Add key, JSON"},
		{"a folder", sa(w.dir), access.NoFile, "is a directory", "let the worker's user read it"},
		{"not JSON", sa(w.write("a", "-----BEGIN PRIVATE KEY-----MII")), access.NotJSON, "not the JSON",
			"as it was downloaded"},
		{"JSON of another shape", sa(w.write("shape", `["MII"]`)), access.NotJSON, "not the JSON",
			"as it was downloaded"},
		{"an OAuth client", sa(client), access.WrongType, "it is an OAuth client of type Desktop app", "Add key"},
		{"gcloud's credentials", sa(w.write("b", `{"type":"authorized_user","refresh_token":"`+refresh+`"}`)),
			access.WrongType, "made by gcloud", "Add key"},
		{"other credentials", sa(w.write("c", `{"type":"external_account"}`)), access.WrongType, `"external_account"`,
			"Add key"},
		{"a token file", sa(w.consent(access.ScopeDrive)), access.WrongType, "svodka auth login", "Add key"},
		{"something else", sa(w.write("d", `{}`)), access.WrongType, "something else", "Add key"},
		{"no private key", sa(w.write("e", damaged(""))), access.BadKey, "damaged", "make a new key"},
		{"a private key cut short", sa(w.write("f", damaged(privateKey()[:300]))), access.BadKey, "damaged",
			"make a new key"},
		{"a private key of rubbish", sa(w.write("g", damaged("-----BEGIN PRIVATE KEY-----\nMIIE\n"+
			"-----END PRIVATE KEY-----\n"))), access.BadKey, "damaged", "make a new key"},
		{"no e-mail", sa(w.write("h", asJSON(t, map[string]string{"type": "service_account",
			"private_key": privateKey()}))), access.BadKey, "e-mail", "make a new key"},
		{"no shared drive", access.Config{Way: access.ServiceAccount, KeyFiles: []string{key}}, access.NoFolder,
			"no storage of its own", "add " + worker},
		{"two without a shared drive", access.Config{Way: access.Delegation, KeyFiles: []string{key},
			Subjects: []string{"a@x", "b@x"}}, access.NoFolder, "several accounts", "shared drive"},
		{"one named twice", access.Config{Way: access.Delegation, KeyFiles: []string{key},
			Subjects: []string{"a@x", "A@x"}, FolderID: "f"}, access.BadSettings, "named twice", "once"},
		{"keys of two projects", access.Config{Way: access.ServiceAccount, KeyFiles: []string{key,
			w.keyOf("other", "b@other.iam.gserviceaccount.com")}, FolderID: "f"}, access.BadSettings,
			"different Google Cloud projects", "in the project \"project\""},
		{"keys of two projects that only their e-mails tell", access.Config{Way: access.ServiceAccount,
			KeyFiles: []string{w.keyOf("", "a@one.iam.gserviceaccount.com"),
				w.keyOf("", "b@two.iam.gserviceaccount.com")},
			FolderID: "f"}, access.BadSettings, "app properties", "in the project \"one\""},
		{"nobody to act for", access.Config{Way: access.Delegation, KeyFiles: []string{key}}, access.BadSettings,
			"to act for", "e-mail of a user"},
		{"somebody to act for", access.Config{Way: access.ServiceAccount, KeyFiles: []string{key}, Subjects: []string{
			"a@x"}, FolderID: "f"}, access.BadSettings, "by itself", "delegation"},
		{"no client", user("", gone), access.BadSettings, "no OAuth client file", "Desktop app"},
		{"a key as client", user(key, gone), access.WrongType, "a service account's key, not", "Desktop app"},
		{"a web client", user(w.write("i", `{"web":{"client_id":"x"}}`), gone), access.WrongType,
			"type Web application, not", "Desktop app"},
		{"a client without id", user(w.write("j", `{"installed":{}}`), gone), access.WrongType, "lacks", "Desktop app"},
		{"a client that is no JSON", user(w.write("k", "x"), gone), access.NotJSON, "not the JSON", "Desktop app"},
		{"not signed in", user(client, gone), access.NotSignedIn, "no such file", "svodka auth login"},
		{"a token file without token", user(client, w.write("l", `{}`)), access.WrongType, "no token",
			"svodka auth login"},
		{"a token file that is no JSON", user(client, w.write("m", `{"refresh_token":"`+refresh)), access.NotJSON,
			"not the JSON", "svodka auth login"},
		{"signed in to another client", user(client, w.write("n", `{"client_id":"other","refresh_token":"`+refresh+
			`"}`)), access.NotSignedIn, "another OAuth client", "svodka auth login"},
		{"a folder after a narrow consent", access.Config{Way: access.Consent, ClientFile: client,
			TokenFile: w.write("o", `{"client_id":"`+appID+`","scopes":["`+access.ScopeOwnFiles+`"],"refresh_token":"`+
				refresh+`"}`), FolderID: "f"},
			access.TooNarrow, access.ScopeDrive + " is missing", "whole Drive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := access.Open(c.c)
			e := problem(t, err)
			if e.Problem != c.want || !strings.Contains(e.Error(), c.says) || !strings.Contains(e.Hint(), c.fix) {
				t.Errorf("%s: %q; %q", e.Problem, e.Error(), e.Hint())
			}
		})
	}
	if len(w.grants)+len(w.bearers) > 0 {
		t.Error("something was asked over the network")
	}
}

// TestNoToken: when the token server refuses, the worker's client sends nothing and says
// whether trying again may help.
func TestNoToken(t *testing.T) {
	refuse := func(code, description string) string {
		return fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description)
	}
	sa, dwd, user := access.ServiceAccount, access.Delegation, access.Consent
	for _, c := range []struct {
		name   string
		way    access.Way
		status int
		body   string
		want   access.Problem
		kind   google.Kind
		fix    string
	}{
		{"the consent ran out", user, 400, refuse("invalid_grant", "Token has been expired or revoked."), access.Lapsed,
			google.Permanent, "7 days"},
		{"the session ran out", user, 400, refuse("invalid_grant", "reauth related error (invalid_rapt)"),
			access.Lapsed, google.Permanent, "svodka auth login"},
		{"the client was deleted", user, 401, refuse("deleted_client", "The OAuth client was deleted."),
			access.ClientGone, google.Permanent, "Credentials"},
		{"the secret was changed", user, 401, refuse("invalid_client", "Unauthorized"), access.ClientGone,
			google.Permanent, "Credentials"},
		{"the client was disabled", user, 401, refuse("disabled_client", "The OAuth client was disabled."),
			access.ClientGone, google.Permanent, "Credentials"},
		{"the account was disabled", sa, 400, refuse("invalid_grant", "Service account is disabled"),
			access.AccountGone, google.Permanent, worker},
		{"not delegated", dwd, 401, refuse("unauthorized_client", "Client is unauthorized to retrieve access tokens "+
			"using this method, or client not authorized for any of the scopes requested."),
			access.NotDelegated, google.Permanent, "client ID " + apiID + ", OAuth scopes " +
				access.ScopeOwnFiles + " "},
		{"not allowed", dwd, 403, refuse("access_denied", "Requested client not authorized."), access.NotDelegated,
			google.Permanent, "admin.google.com"},
		{"no such user", dwd, 400, refuse("invalid_grant", "Invalid email or User ID"), access.NoSuchUser,
			google.Permanent, "reports@example.com"},
		{"a clock that is wrong", sa, 400, refuse("invalid_grant", "Invalid JWT: Token must be a short-lived token "+
			"(60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."),
			access.ClockSkew, google.Permanent, "clock"},
		{"the key was deleted", sa, 400, refuse("invalid_grant", "Invalid JWT Signature."), access.KeyRevoked,
			google.Permanent, "make a new one"},
		{"the account was deleted", sa, 400, refuse("invalid_grant", "Invalid grant: account not found"),
			access.AccountGone, google.Permanent, worker},
		{"something else", sa, 400, refuse("invalid_scope", strings.Repeat("very\nlong ", 100)), access.Refused,
			google.Permanent, ""},
		{"out of order", sa, 503, "<html>", access.Unreachable, google.Retry, "out of order"},
		{"a bad gateway", user, 502, "<html>", access.Unreachable, google.Retry, "out of order"},
		{"asked too often", sa, 429, refuse("rate_limit_exceeded", ""), access.Unreachable, google.Retry,
			"out of order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.token = func(url.Values) (int, string) { return c.status, c.body }
			conf := map[access.Way]access.Config{
				sa:   {Way: sa, KeyFiles: []string{w.key(worker)}, FolderID: "f"},
				dwd:  {Way: dwd, KeyFiles: []string{w.key(worker)}, Subjects: []string{"reports@example.com"}},
				user: {Way: user, ClientFile: w.client(), TokenFile: w.consent(access.ScopeOwnFiles)},
			}[c.way]
			conf.Base = w
			ids, err := access.Open(conf)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ids[0].HTTP.Get(w.srv.URL + "/v4/spreadsheets/1")
			e := problem(t, err)
			if e.Problem != c.want || !strings.Contains(e.Hint(), c.fix) || len(e.Error()) > 400 ||
				strings.Contains(e.Error(), "\n") {
				t.Errorf("%s: %q; %q", e.Problem, e.Error(), e.Hint())
			}
			if got := google.Classify(err); got != c.kind {
				t.Errorf("%v, want %v", got, c.kind)
			}
			if len(w.bearers) != 0 {
				t.Error("a call was made without a token")
			}
		})
	}
}

// TestTokenServerOutOfReach: a write without a token was not sent, so its outcome is
// known.
func TestTokenServerOutOfReach(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"cut":            func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"not listening":  nil,
		"an empty page":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"another answer": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "ya29", 200) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			srv := httptest.NewServer(handler)
			defer srv.Close()
			if handler == nil {
				srv.Close()
			}
			file := w.write("key.json", asJSON(t, map[string]string{
				"type": "service_account", "private_key": privateKey(), "client_email": worker, "token_uri": srv.URL,
			}))
			ids, err := access.Open(access.Config{Way: access.ServiceAccount, KeyFiles: []string{file}, FolderID: "f"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = ids[0].HTTP.Post(w.srv.URL, "application/json", strings.NewReader("{}"))
			if e := problem(t, err); e.Problem != access.Unreachable || e.Hint() == "" ||
				strings.Contains(e.Error(), srv.URL) {
				t.Errorf("%s: %q; %q", e.Problem, e.Error(), e.Hint())
			}
			if k := google.Classify(err); k != google.Retry {
				t.Errorf("%v", k)
			}
			if len(w.bearers) != 0 {
				t.Error("a call was made without a token")
			}
		})
	}
}

// TestHintReachesTheWorker through its client's errors, and CheckAccess.
func TestHintReachesTheWorker(t *testing.T) {
	w := newWorld(t)
	w.token = func(url.Values) (int, string) { return 400, `{"error":"invalid_grant"}` }
	g := w.google(access.Config{Way: access.Consent, ClientFile: w.client(),
		TokenFile: w.consent(access.ScopeOwnFiles)})
	_, err := g.Get(t.Context(), "1")
	var e *google.Error
	if !errors.As(err, &e) || e.Kind != google.Permanent || e.Reason != "invalid_grant" ||
		!strings.Contains(e.Hint, "7 days") {
		t.Errorf("error %#v", e)
	}
	steps := g.CheckAccess(t.Context())
	if s := steps[0]; s.Name != google.StepToken || s.State != google.Failed || s.Who != "anna@example.com" ||
		!strings.Contains(s.Hint, "7 days") {
		t.Errorf("step %+v", s)
	}
}

// TestTokensGoNowhereElse: an answer that redirects to another server is an error.
func TestTokensGoNowhereElse(t *testing.T) {
	w := newWorld(t)
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	w.api = func(*http.Request) (int, string) { return http.StatusFound, other.URL }
	ids, err := access.Open(access.Config{Way: access.ServiceAccount, KeyFiles: []string{w.key(worker)}, FolderID: "f"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ids[0].HTTP.Get(w.srv.URL + "/v4/x"); err == nil || asked {
		t.Errorf("followed: %v, %v", asked, err)
	}
}

// TestEnvironmentLogsNoSecrets: the environment can tell Google's libraries to log
// requests.
func TestEnvironmentLogsNoSecrets(t *testing.T) {
	t.Setenv("GOOGLE_SDK_GO_LOGGING_LEVEL", "debug")
	stderr := os.Stderr
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = file
	defer func() { os.Stderr = stderr }()
	w := newWorld(t)
	g := w.google(access.Config{Way: access.ServiceAccount, KeyFiles: []string{w.key(worker)}, FolderID: "f"})
	_, err = g.Get(t.Context(), "1")
	os.Stderr = stderr
	if err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	log, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if s := string(log); strings.Contains(s, "ya29") || strings.Contains(s, "assertion") {
		t.Errorf("logged: %s", s)
	}
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
