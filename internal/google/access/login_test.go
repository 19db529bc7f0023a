package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"svodka/internal/google/access"
)

// browser is a user at Google's page of consent: it visits the address that Google would
// redirect the browser to.
type browser struct {
	t     *testing.T
	shown url.Values
	pages chan string
}

func (b *browser) answer(address string, back url.Values) {
	u, err := url.Parse(address)
	if err != nil {
		b.t.Error(err)
		return
	}
	b.shown = u.Query()
	if !back.Has("state") {
		back.Set("state", b.shown.Get("state"))
	}
	go func() {
		res, err := http.Get(b.shown.Get("redirect_uri") + "?" + back.Encode())
		if err != nil {
			b.t.Error(err)
			b.pages <- ""
			return
		}
		page, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			b.t.Error(err)
		}
		b.pages <- string(page)
	}()
}

// granted returns the token server's answer to a code.
func granted(scope string) string {
	return `{"access_token":"ya29.access","token_type":"Bearer","expires_in":3599,"refresh_token":"` + refresh +
		`","scope":"` + scope + `"}`
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	w.token = func(url.Values) (int, string) { return 200, granted(access.ScopeOwnFiles) }
	c := access.Config{Way: access.Consent, ClientFile: w.client(),
		TokenFile: filepath.Join(w.dir, "state", "token.json"), Base: w}
	b := &browser{t: t, pages: make(chan string, 1)}
	var address string
	email, err := access.Login(t.Context(), c, func(a string) error {
		address = a
		b.answer(a, url.Values{"code": {"4/code"}})
		return nil
	})
	if err != nil || email != "anna@example.com" {
		t.Fatalf("%q, %v", email, err)
	}
	if page := <-b.pages; !strings.Contains(page, "Готово") {
		t.Errorf("page %s", page)
	}

	if !strings.HasPrefix(address, "https://accounts.google.com/o/oauth2/auth?") {
		t.Errorf("address %s", address)
	}
	redirect, err := url.Parse(b.shown.Get("redirect_uri"))
	if err != nil || redirect.Hostname() != "127.0.0.1" || redirect.Port() == "" {
		t.Errorf("redirect to %s, %v", redirect, err)
	}
	for k, want := range map[string]string{
		"client_id": appID, "response_type": "code", "access_type": "offline", "prompt": "consent",
		"scope": access.ScopeOwnFiles, "code_challenge_method": "S256",
	} {
		same(t, k, want, b.shown.Get(k))
	}
	if len(b.shown.Get("state")) < 20 || strings.Contains(address, appSecret) {
		t.Errorf("address %s", address)
	}
	form := w.grants[0]
	same(t, "code", "4/code", form.Get("code"))
	same(t, "challenge", b.shown.Get("code_challenge"), challengeOf(form.Get("code_verifier")))
	same(t, "redirect", b.shown.Get("redirect_uri"), form.Get("redirect_uri"))

	info, err := os.Stat(c.TokenFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("token file %v, %v", info, err)
	}
	raw, err := os.ReadFile(c.TokenFile)
	if err != nil || !strings.Contains(string(raw), refresh) || strings.Contains(string(raw), "ya29") {
		t.Errorf("token file %s, %v", raw, err)
	}
	left, err := os.ReadDir(filepath.Dir(c.TokenFile))
	if err != nil || len(left) != 1 {
		t.Errorf("in the folder: %v, %v", left, err)
	}

	// The stored consent signs the worker in.
	w.token = func(f url.Values) (int, string) {
		if f.Get("refresh_token") != refresh || f.Get("grant_type") != "refresh_token" {
			return 400, `{"error":"invalid_grant"}`
		}
		return 200, `{"access_token":"ya29.next","token_type":"Bearer","expires_in":3599}`
	}
	g := w.google(c)
	same(t, "identities", []string{"anna@example.com"}, g.Identities())
	for range 2 {
		if _, err := g.Get(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "tokens shown", []string{"Bearer ya29.access", "Bearer ya29.next", "Bearer ya29.next"}, w.bearers)
}

func TestLoginThatFails(t *testing.T) {
	off := func(*http.Request) (int, string) {
		return 403,
			`{"error":{"code":403,"message":"Google Drive API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=1 then retry.","errors":[{"reason":"accessNotConfigured"}]}}`
	}
	for _, c := range []struct {
		name string
		back url.Values
		body string // of the token server
		set  func(*world, *access.Config)
		want access.Problem
		fix  string
	}{
		{name: "declined", back: url.Values{"error": {"access_denied"}}, want: access.Declined, fix: "test users"},
		{name: "not allowed by the organisation", back: url.Values{"error": {"admin_policy_enforced"}},
			want: access.Declined, fix: "admin.google.com"},
		{name: "of another organisation", back: url.Values{"error": {"org_internal"}}, want: access.Declined,
			fix: "External"},
		{name: "unticked", body: granted("openid"), want: access.TooNarrow, fix: "all boxes ticked"},
		{name: "narrower than asked for", body: granted(access.ScopeOwnFiles), set: func(_ *world, c *access.Config) {
			c.FolderID = "f"
		}, want: access.TooNarrow, fix: "all boxes ticked"},
		{name: "no lasting consent", body: `{"access_token":"ya29.a","expires_in":3599}`, want: access.TooNarrow,
			fix: "myaccount.google.com/connections"},
		{name: "a code that is refused", body: `{"error":"invalid_grant","error_description":"Malformed auth code."}`,
			want: access.Lapsed, fix: "svodka auth login"},
		{name: "the API is off", body: granted(access.ScopeOwnFiles), set: func(w *world, _ *access.Config) {
			w.api = off
		}, want: access.NotProved, fix: "overview?project=1 "},
		{name: "nowhere to keep it", body: granted(access.ScopeOwnFiles), set: func(w *world, c *access.Config) {
			c.TokenFile = filepath.Join(w.client(), "token.json")
		}, want: access.NotSaved, fix: "another file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.token = func(url.Values) (int, string) {
				return map[bool]int{true: 400, false: 200}[strings.Contains(c.body, "error")], c.body
			}
			conf := access.Config{Way: access.Consent, ClientFile: w.client(),
				TokenFile: filepath.Join(w.dir, "token.json"), Base: w}
			if c.set != nil {
				c.set(w, &conf)
			}
			back := c.back
			if back == nil {
				back = url.Values{"code": {"4/code"}}
			}
			b := &browser{t: t, pages: make(chan string, 1)}
			_, err := access.Login(t.Context(), conf, func(a string) error {
				b.answer(a, back)
				return nil
			})
			if e := problem(t, err); e.Problem != c.want || !strings.Contains(e.Hint(), c.fix) {
				t.Errorf("%s: %q; %q", e.Problem, e.Error(), e.Hint())
			}
			if page := <-b.pages; !strings.Contains(page, "Не получилось") || strings.Contains(page, refresh) {
				t.Errorf("page %s", page)
			}
			if _, err := os.Stat(conf.TokenFile); err == nil {
				t.Error("the token file was written")
			}
		})
	}
}

func TestLoginSettings(t *testing.T) {
	w := newWorld(t)
	show := func(string) error { return errors.New("must not be shown") }
	_, err := access.Login(t.Context(), access.Config{ClientFile: w.key(worker), TokenFile: "x"}, show)
	if e := problem(t, err); e.Problem != access.WrongType {
		t.Errorf("%v", err)
	}
	_, err = access.Login(t.Context(), access.Config{ClientFile: w.client()}, show)
	if e := problem(t, err); e.Problem != access.BadSettings {
		t.Errorf("%v", err)
	}
	_, err = access.Login(t.Context(), access.Config{ClientFile: w.client(),
		TokenFile: filepath.Join(w.dir, "t")}, show)
	if err == nil || !strings.Contains(err.Error(), "must not be shown") {
		t.Errorf("%v", err)
	}
}

func TestLoginTakesOneRightAnswer(t *testing.T) {
	w := newWorld(t)
	w.token = func(url.Values) (int, string) { return 200, granted(access.ScopeOwnFiles) }
	c := access.Config{ClientFile: w.client(), TokenFile: filepath.Join(w.dir, "token.json"), Base: w}
	b := &browser{t: t, pages: make(chan string, 1)}
	status := func(method, address string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		return res.StatusCode
	}
	_, err := access.Login(t.Context(), c, func(address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		at, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
		for _, x := range []struct {
			method, address string
			want            int
		}{
			{"GET", at, 400}, {"GET", at + "favicon.ico", 404}, {"GET", at + "?code=evil", 400},
			{"GET", at + "?code=evil&state=guess", 400}, {"GET", at + "?error=access_denied&state=guess", 400},
			{"GET", at + "?state=" + state, 400}, {"POST", at + "?code=evil&state=" + state, 404},
		} {
			if got := status(x.method, x.address); got != x.want {
				t.Errorf("%s %s: %d, want %d", x.method, x.address, got, x.want)
			}
		}
		b.answer(address, url.Values{"code": {"4/code"}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	<-b.pages
	same(t, "code", "4/code", w.grants[0].Get("code"))
}

func TestLoginGivesUp(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var at string
	_, err := access.Login(ctx, access.Config{ClientFile: w.client(), TokenFile: filepath.Join(w.dir, "t")},
		func(address string) error {
			u, err := url.Parse(address)
			at = u.Query().Get("redirect_uri")
			return err
		})
	if e := problem(t, err); e.Problem != access.NoAnswer || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if res, err := http.Get(at); err == nil {
		t.Errorf("it still listens: %s, %v", res.Status, res.Body.Close())
	}
}

// TestRefreshTokenThatChanges: it is saved before the access token is used.
func TestRefreshTokenThatChanges(t *testing.T) {
	w := newWorld(t)
	w.token = func(url.Values) (int, string) {
		return 200, `{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//second"}`
	}
	file := w.consent(access.ScopeOwnFiles)
	c := access.Config{Way: access.Consent, ClientFile: w.client(), TokenFile: file}
	g := w.google(c)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := g.Get(t.Context(), "1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(w.grants) != 1 {
		t.Errorf("%d tokens asked for", len(w.grants))
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	same(t, "kept", map[string]any{"client_id": appID, "email": "anna@example.com",
		"scopes": []any{access.ScopeOwnFiles}, "refresh_token": "1//second"}, kept)

	// If it cannot be saved, the access token is not used: the refresh token would be
	// lost with the process.
	g = w.google(c)
	w.token = func(url.Values) (int, string) {
		return 200, `{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//third"}`
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.bearers = nil
	_, err = g.Get(t.Context(), "1")
	if e := problem(t, err); e.Problem != access.NotSaved || len(w.bearers) != 0 || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, shown %v", err, w.bearers)
	}
}

// TestGivingUpOnAToken: a call whose time is up does not wait while another fetches the
// token.
func TestGivingUpOnAToken(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.token = func(url.Values) (int, string) {
		<-release
		return 200, `{"access_token":"ya29.a","expires_in":3599}`
	}
	g := w.google(access.Config{Way: access.Consent, ClientFile: w.client(),
		TokenFile: w.consent(access.ScopeOwnFiles)})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, err := g.Create(ctx, "n", nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
	wg.Wait()
	close(release)
	if _, err := g.Get(t.Context(), "1"); err != nil {
		t.Error(err)
	}
}
