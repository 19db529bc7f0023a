// Package access signs the worker in to Google, in one of three ways: as a service
// account that is a member of a shared drive; as a service account that acts for users of
// its organisation (domain-wide delegation); or as the Google user who consented in a
// browser.
//
// It reads credentials from files, fetches tokens, and when something fails says what is
// missing and where to click. Its errors never hold keys, tokens or client secrets, and
// it logs nothing. It knows nothing of spreadsheets.
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

// The ways to sign in. Ordinary Google accounts (gmail.com) can use only Consent: shared
// drives and delegation need Google Workspace.
const (
	ServiceAccount Way = "service-account"
	Delegation     Way = "delegation"
	Consent        Way = "consent"
)

// The scopes of Google; the worker asks for one of them. Both the Sheets API and the
// Drive API accept it.
const (
	// ScopeOwnFiles gives access only to the files that this app made.
	ScopeOwnFiles = "https://www.googleapis.com/auth/drive.file"
	// ScopeDrive gives access to all files of the account.
	ScopeDrive = "https://www.googleapis.com/auth/drive"
)

// Config says how to sign in. It holds names of files, not secrets.
type Config struct {
	Way Way
	// KeyFiles are JSON keys of service accounts (ServiceAccount, Delegation). Each
	// account has quotas of its own.
	KeyFiles []string
	// Subjects are the e-mails of the users to act for (Delegation).
	Subjects []string
	// ClientFile is the JSON of an OAuth client of type "Desktop app" (Consent).
	ClientFile string
	// TokenFile holds the user's consent; Login writes it (Consent).
	TokenFile string
	// FolderID is the folder for the worker's new files, if any.
	FolderID string
	// OthersFiles means that the worker also works in spreadsheets that people made.
	OthersFiles bool
	// Endpoint of the APIs, for the call that checks a new consent; empty: Google's own.
	Endpoint string
	// Base makes the requests, for tokens too. Nil: http.DefaultTransport.
	Base http.RoundTripper
}

// Scopes returns the narrowest scopes that suffice. As long as the worker uses only files
// that it made itself, access to those is enough. It cannot then see a folder or a
// spreadsheet that a person made, nor shared drives and their changes. A service account
// acting for itself always needs a folder of a shared drive.
func (c Config) Scopes() []string {
	if c.Way == ServiceAccount || c.FolderID != "" || c.OthersFiles {
		return []string{ScopeDrive}
	}
	return []string{ScopeOwnFiles}
}

// Open reads the credentials and returns their identities, with clients that carry them.
// It makes no request: the first call shows whether Google accepts them. Its error, an
// *Error, reports everything that is wrong.
//
// Each of several key files, or subjects, is an identity. They can share work only in a
// shared drive of which all are members.
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

// client returns a client that sends the tokens.
func (c Config) client(tokens auth.TokenProvider) *http.Client {
	return &http.Client{
		Transport: transport{google.Guard(c.base()), tokens},
		// The APIs never redirect; a redirect must not lead a token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

var errRedirect = errors.New("the answer leads elsewhere; it is not followed")

// transport adds a token to each request.
type transport struct {
	base   http.RoundTripper
	tokens auth.TokenProvider
}

// RoundTrip implements http.RoundTripper. If there is no token, it sends nothing and
// returns an *Error.
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
