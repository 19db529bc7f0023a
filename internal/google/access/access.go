// Package access signs the worker in to Google, in one of three ways: as a
// service account that is a member of a shared drive; as a service account that
// acts for users of its organisation (domain-wide delegation); or as the Google
// user who consented to it in a browser.
//
// It reads credentials from files and fetches tokens, and says of whatever goes
// wrong what is missing and where to click. Keys, tokens and client secrets never
// stand in its errors, and it logs nothing. It knows nothing of spreadsheets.
package access

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/auth"

	"svodka/internal/google"
)

// Way is how the worker signs in.
type Way string

// The ways. Ordinary Google accounts (gmail.com) can use Consent alone: shared
// drives and delegation need Google Workspace.
const (
	ServiceAccount Way = "service-account"
	Delegation     Way = "delegation"
	Consent        Way = "consent"
)

// The scopes of Google that the worker asks for; it needs one of them. The Sheets
// API takes them as well as the Drive API.
const (
	// ScopeOwnFiles reaches the files that this app made, and no others.
	ScopeOwnFiles = "https://www.googleapis.com/auth/drive.file"
	// ScopeDrive reaches all files of the account.
	ScopeDrive = "https://www.googleapis.com/auth/drive"
)

// Config says how to sign in. It holds names of files, no secrets.
type Config struct {
	Way Way
	// KeyFiles are JSON keys of service accounts (ServiceAccount, Delegation). Each
	// account has quotas of its own.
	KeyFiles []string
	// Subjects are the e-mails of the users to act for (Delegation).
	Subjects []string
	// ClientFile is the JSON of an OAuth client of type "Desktop app" (Consent).
	ClientFile string
	// TokenFile holds what the user consented to; Login writes it (Consent).
	TokenFile string
	// FolderID is the folder in which the worker makes its files, if any.
	FolderID string
	// OthersFiles: the worker shall also work in spreadsheets that people made.
	OthersFiles bool
	// Endpoint of the APIs, for the call that proves a new consent; empty: Google's
	// own.
	Endpoint string
	// Base makes the requests, for tokens too. Nil: http.DefaultTransport.
	Base http.RoundTripper
}

// Scopes are the narrowest that do. As long as the worker lives among files that
// it made itself, access to those is enough. A folder, or a spreadsheet, that a
// person made is invisible then, and so are shared drives and their changes; a
// service account by itself always needs a folder of a shared drive.
func (c Config) Scopes() []string {
	if c.Way == ServiceAccount || c.FolderID != "" || c.OthersFiles {
		return []string{ScopeDrive}
	}
	return []string{ScopeOwnFiles}
}

// Open reads the credentials and gives the identities they stand for, with
// clients that carry them. It makes no request: whether Google accepts them shows
// at the first call. All that is wrong comes in one error, of *Error.
//
// Several key files, or subjects, are several identities. They can share work
// only in a shared drive of which all are members.
func Open(c Config) ([]google.Identity, error) {
	var (
		ids []google.Identity
		err error
	)
	switch c.Way {
	case ServiceAccount, Delegation:
		ids, err = c.serviceAccounts()
	case Consent:
		ids, err = c.consented()
	default:
		err = &Error{
			Problem: BadSettings, What: fmt.Sprintf("there is no way %q to sign in", c.Way),
			Fix: fmt.Sprintf("choose %s, %s or %s", ServiceAccount, Delegation, Consent),
		}
	}
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if slices.ContainsFunc(ids[:i], func(x google.Identity) bool { return strings.EqualFold(x.Name, id.Name) }) {
			return nil, &Error{
				Problem: BadSettings, What: fmt.Sprintf("%s is named twice", id.Name),
				Fix: "name each account once: it has its quotas once",
			}
		}
	}
	if len(ids) > 1 && c.FolderID == "" {
		return nil, &Error{
			Problem: NoFolder,
			What:    "several accounts are to work on the same files, but no folder of a shared drive is set",
			Fix:     sharedDriveFix("each of them"),
		}
	}
	return ids, nil
}

func sharedDriveFix(who string) string {
	return fmt.Sprintf("make a shared drive (Drive, Shared drives, New), add %s to it as a Content manager (Manage "+
		"members), make a folder in it, and set the folder's id, the last part of its address, as the "+
		"worker's folder", who)
}

func (c Config) base() http.RoundTripper {
	if c.Base == nil {
		return http.DefaultTransport
	}
	return c.Base
}

// client makes requests with the tokens.
func (c Config) client(tokens auth.TokenProvider) *http.Client {
	return &http.Client{
		Transport: transport{c.base(), tokens},
		// The APIs redirect nothing; a token must not follow to where somebody else
		// says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

var errRedirect = errors.New("the answer leads elsewhere; it is not followed")

// transport adds a token to each request.
type transport struct {
	base   http.RoundTripper
	tokens auth.TokenProvider
}

// RoundTrip implements http.RoundTripper. Without a token nothing is sent; then
// the error is an *Error.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.tokens.Token(r.Context())
	if err != nil {
		if r.Body != nil {
			err = errors.Join(err, r.Body.Close())
		}
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token.Value)
	return t.base.RoundTrip(r)
}
