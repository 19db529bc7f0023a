package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"svodka/internal/google"
)

// Login asks a Google user for consent in a browser and stores it in c.TokenFile,
// readable by its owner alone. It returns the user's e-mail.
//
// It listens on 127.0.0.1 at a random port and passes Google's address to show, which
// prints it or opens it in a browser on this machine. Then it waits, until ctx ends, for
// the browser to return with an answer. It takes no answer but its own (state), and
// nobody else can use that answer (PKCE).
//
// It stores nothing unless Google granted everything asked for and answered a first call
// to Drive.
func Login(ctx context.Context, c Config, show func(address string) error) (email string, err error) {
	client, err := readClient(c.ClientFile)
	if err != nil {
		return "", err
	}
	if c.TokenFile == "" {
		return "", &Error{Problem: BadSettings, What: "no token file is set",
			Fix: "set where the consent shall be kept"}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", &Error{Problem: NoAnswer, What: "cannot listen on 127.0.0.1 for the browser: " + innermost(err),
			Err: err}
	}
	conf := client.config(c.Scopes(), "http://"+listener.Addr().String()+"/")
	verifier := oauth2.GenerateVerifier()
	d := &desk{state: rand.Text(), answers: make(chan answer, 1), done: make(chan struct{})}
	srv := &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	defer func() {
		d.settle(err)
		// Let the browser get its page; cut off one that is slower than this.
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if srv.Shutdown(bye) != nil {
			err = errors.Join(err, srv.Close())
		}
	}()

	// Google gives a refresh token only on request, and a second one only after asking
	// the user again.
	address := conf.AuthCodeURL(d.state, oauth2.AccessTypeOffline, oauth2.SetAuthURLParam("prompt", "consent"),
		oauth2.S256ChallengeOption(verifier))
	if err := show(address); err != nil {
		return "", fmt.Errorf("show where to consent: %w", err)
	}
	select {
	case a := <-d.answers:
		if a.refused != "" {
			return "", declined(a.refused)
		}
		return c.finish(ctx, client, conf, a.code, verifier)
	case err := <-failed:
		return "", &Error{Problem: NoAnswer, What: "cannot listen on 127.0.0.1 for the browser: " + innermost(err),
			Err: err}
	case <-ctx.Done():
		return "", &Error{
			Problem: NoAnswer, What: "the browser brought no answer: " + ctx.Err().Error(),
			Fix: "run svodka auth login again, and open the address in a browser of the same machine", Err: ctx.Err(),
		}
	}
}

// finish exchanges the browser's code for a consent and stores it.
func (c Config) finish(ctx context.Context, client oauthClient, conf *oauth2.Config, code, verifier string) (string,
	error) {
	who := account{way: Consent, name: "the user who consented", clientID: client.ID, scopes: c.Scopes()}
	token, err := conf.Exchange(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: c.base()}), code,
		oauth2.VerifierOption(verifier))
	if err != nil {
		return "", who.explain(err)
	}
	// Google may grant less than was asked for: users may untick scopes.
	granted, ok := token.Extra("scope").(string)
	if !ok || granted == "" {
		granted = strings.Join(c.Scopes(), " ") // no scope in the answer means all (RFC 6749, 5.1)
	}
	g := grant{ClientID: client.ID, Scopes: strings.Fields(granted), Refresh: secret(token.RefreshToken)}
	if lack := missing(c.Scopes(), g.Scopes); len(lack) > 0 {
		return "", &Error{
			Problem: TooNarrow, What: "the consent lacks " + lack[0],
			Fix: "run svodka auth login again, and leave all boxes ticked",
		}
	}
	if g.Refresh == "" {
		return "", &Error{
			Problem: TooNarrow, What: "Google gave no lasting consent",
			Fix: "take Svodka's access away at myaccount.google.com/connections, and run svodka auth login again",
		}
	}
	tokens := newConsentTokens(c, client, g)
	tokens.now = token
	api, err := google.New(ctx, google.Options{HTTP: c.client(tokens), Endpoint: c.Endpoint})
	if err != nil {
		return "", err
	}
	if g.Email, err = api.Who(ctx); err != nil {
		e := &Error{Problem: NotProved, What: "signed in, but the first call failed: " + err.Error(), Err: err}
		var call *google.Error
		if errors.As(err, &call) {
			e.Fix = call.Hint
		}
		return "", e
	}
	return g.Email, g.save(c.TokenFile)
}

// declined explains the refusal with which the browser returned.
func declined(code string) error {
	e := &Error{Problem: Declined, What: "no consent was given: " + oneLine(code),
		Fix: "run svodka auth login again and choose Continue and Allow"}
	switch code {
	case "access_denied":
		e.Fix += "; while the app's publishing status is \"Testing\", only its test users can (Google Cloud console, " +
			"Google Auth Platform, Audience)"
	case "admin_policy_enforced":
		e.Fix = "the organisation does not allow this app: an administrator trusts it at admin.google.com, Security, " +
			"Access and data control, API controls, Manage app access"
	case "org_internal":
		e.Fix = "the app is for its own organisation only: sign in with an account of it, or make the app External " +
			"(Google Cloud console, Google Auth Platform, Audience)"
	}
	return e
}

// desk receives Google's answer from the browser.
type desk struct {
	state   string
	taken   atomic.Bool
	answers chan answer
	done    chan struct{} // closed when the outcome is known
	settled atomic.Bool
	failure string // read it only after done
}

// answer is what Google sent through the browser.
type answer struct{ code, refused string }

func (d *desk) settle(err error) {
	if !d.settled.CompareAndSwap(false, true) {
		return
	}
	if err != nil {
		d.failure = err.Error()
	}
	close(d.done)
}

// ServeHTTP accepts one answer, from a caller who knows the state, and shows the outcome.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a := answer{code: q.Get("code"), refused: q.Get("error")}
	switch {
	case r.URL.Path != "/" || r.Method != http.MethodGet:
		http.NotFound(w, r)
		return
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(d.state)) != 1, a == answer{}:
		show(w, http.StatusBadRequest,
			"Это не тот ответ, которого ждёт Svodka. This is not the answer that Svodka waits for.")
		return
	case !d.taken.CompareAndSwap(false, true):
		show(w, http.StatusConflict, "Ответ уже получен. The answer has been taken already.")
		return
	}
	d.answers <- a
	select {
	case <-d.done:
	case <-r.Context().Done():
		return
	}
	if d.failure != "" {
		show(w, http.StatusOK, "Не получилось, подробности в терминале. This did not work, see the terminal: "+
			d.failure)
		return
	}
	show(w, http.StatusOK,
		"Готово: Svodka подключена, страницу можно закрыть. Done: Svodka is signed in, this page can be closed.")
}

// show answers with a page of one sentence.
func show(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the code
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(status)
	page := "<!doctype html><meta charset=utf-8><title>Svodka</title><p>" + html.EscapeString(sentence) + "\n"
	if _, err := io.WriteString(w, page); err != nil {
		return // the browser has gone; the terminal shows the outcome
	}
}
