package access

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	edge "svodka/internal/google"
)

const (
	newClient = "in the Google Cloud console, APIs & Services, Credentials, Create credentials, OAuth client ID, " +
		"Desktop app, Download JSON"
	signIn = "sign in by svodka auth login"
)

// secret is a string that is never printed.
type secret string

func (secret) String() string   { return "[secret]" }
func (secret) GoString() string { return "[secret]" }

// oauthClient is this program as Google knows it.
type oauthClient struct {
	ID       string `json:"client_id"`
	Secret   secret `json:"client_secret"`
	AuthURL  string `json:"auth_uri"`
	TokenURL string `json:"token_uri"`
}

func readClient(file string) (oauthClient, error) {
	raw, err := read("OAuth client file", file, "make a client "+newClient)
	if err != nil {
		return oauthClient{}, err
	}
	var k kind
	if err := json.Unmarshal(raw, &k); err != nil {
		return oauthClient{}, notJSON("OAuth client file", file,
			"make a client "+newClient+", and leave the file as it was downloaded", err)
	}
	wrong := &Error{
		Problem: WrongType, What: fmt.Sprintf("OAuth client file %s: it is %s, not an OAuth client of type Desktop app",
			file, k),
		Fix: "make a client " + newClient,
	}
	if k.Installed == nil {
		return oauthClient{}, wrong
	}
	var c oauthClient
	if err := json.Unmarshal(k.Installed, &c); err != nil || c.ID == "" {
		wrong.What, wrong.Err = fmt.Sprintf("OAuth client file %s: it lacks the client's id", file), err
		return oauthClient{}, wrong
	}
	return c, nil
}

func (c oauthClient) config(scopes []string, redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: string(c.Secret), Scopes: scopes, RedirectURL: redirect,
		Endpoint: oauth2.Endpoint{
			AuthURL:   cmp.Or(c.AuthURL, google.Endpoint.AuthURL),
			TokenURL:  cmp.Or(c.TokenURL, google.Endpoint.TokenURL),
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// grant is a user's consent as the token file keeps it. It holds only the refresh token:
// access tokens last an hour.
type grant struct {
	ClientID string   `json:"client_id"`
	Email    string   `json:"email"`
	Scopes   []string `json:"scopes"`
	Refresh  secret   `json:"refresh_token"`
}

func readGrant(file string) (grant, error) {
	raw, err := read("token file", file, signIn)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Problem == NoFile && errors.Is(err, os.ErrNotExist) {
			e.Problem = NotSignedIn
		}
		return grant{}, err
	}
	var g grant
	if err := json.Unmarshal(raw, &g); err != nil {
		return grant{}, notJSON("token file", file, signIn, err)
	}
	if g.Refresh == "" {
		return grant{}, &Error{Problem: WrongType, What: fmt.Sprintf("token file %s: it holds no token", file),
			Fix: signIn}
	}
	return g, nil
}

// save writes the token file, readable by its owner alone. It writes all of it or
// nothing.
func (g grant) save(file string) (err error) {
	failed := func(err error) error {
		return &Error{
			Problem: NotSaved, What: fmt.Sprintf("token file %s cannot be written: %s", file, innermost(err)),
			Fix: "let the worker's user write in its folder, or set another file", Err: err,
		}
	}
	raw, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return failed(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return failed(err)
	}
	// os.CreateTemp makes files with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(file), ".token-*")
	if err != nil {
		return failed(err)
	}
	_, werr := f.Write(append(raw, '\n'))
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return failed(errors.Join(err, os.Remove(f.Name())))
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return failed(errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// missing returns the scopes that are wanted but not granted.
func missing(wanted, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(s string) bool {
		return slices.Contains(granted, s) || s == ScopeOwnFiles && slices.Contains(granted, ScopeDrive)
	})
}

// consented returns the identity of the user who consented.
func (c Config) consented() ([]edge.Identity, error) {
	client, err := readClient(c.ClientFile)
	if err != nil {
		return nil, err
	}
	g, err := readGrant(c.TokenFile)
	if err != nil {
		return nil, err
	}
	if g.ClientID != client.ID {
		return nil, &Error{
			Problem: NotSignedIn, What: fmt.Sprintf(
				"token file %s: the consent was given to another OAuth client than that of %s", c.TokenFile,
				c.ClientFile),
			Fix: "sign in again by svodka auth login, or set the client that it was given to",
		}
	}
	if lack := missing(c.Scopes(), g.Scopes); len(lack) > 0 {
		return nil, &Error{
			Problem: TooNarrow, What: fmt.Sprintf("%s consented to less than is needed now: %s is missing", g.Email,
				lack[0]),
			Fix: "sign in again by svodka auth login: a folder, or spreadsheets that people made, need access to the " +
				"whole Drive",
		}
	}
	return []edge.Identity{{Name: g.Email, HTTP: c.client(newConsentTokens(c, client, g))}}, nil
}

// consentTokens turn a consent into access tokens.
type consentTokens struct {
	conf *oauth2.Config
	http *http.Client
	who  account
	save func(grant) error

	turn  chan struct{} // held by whoever uses the fields below
	grant grant
	now   *oauth2.Token
}

func newConsentTokens(c Config, client oauthClient, g grant) *consentTokens {
	return &consentTokens{
		conf:  client.config(c.Scopes(), ""),
		http:  &http.Client{Transport: c.base()},
		who:   account{way: Consent, name: g.Email, clientID: client.ID, scopes: c.Scopes()},
		save:  func(g grant) error { return g.save(c.TokenFile) },
		turn:  make(chan struct{}, 1),
		grant: g,
	}
}

// Token implements auth.TokenProvider. If Google changes the refresh token, Token saves
// the new one before it uses the access token.
func (t *consentTokens) Token(ctx context.Context) (*auth.Token, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !t.now.Valid() {
		refresh := t.conf.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, t.http),
			&oauth2.Token{RefreshToken: string(t.grant.Refresh)})
		fresh, err := refresh.Token()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, t.who.explain(err)
		}
		if r := secret(fresh.RefreshToken); r != "" && r != t.grant.Refresh {
			next := t.grant
			next.Refresh = r
			if err := t.save(next); err != nil {
				return nil, err
			}
			t.grant = next
		}
		t.now = fresh
	}
	return &auth.Token{Value: t.now.AccessToken, Type: t.now.TokenType, Expiry: t.now.Expiry}, nil
}
