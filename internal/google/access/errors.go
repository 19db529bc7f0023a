package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
)

// Problem names what is wrong with the access.
type Problem string

// The problems.
const (
	BadSettings  Problem = "bad settings"  // a setting is missing, or two contradict each other
	NoFile       Problem = "no file"       // a file is missing or cannot be read
	NotJSON      Problem = "not JSON"      // it is not the file that Google offers for download
	WrongType    Problem = "wrong type"    // it is another kind of credentials
	BadKey       Problem = "bad key"       // the private key in it is damaged
	NoFolder     Problem = "no folder"     // a folder of a shared drive is needed
	NotSignedIn  Problem = "not signed in" // nobody consented yet
	TooNarrow    Problem = "too narrow"    // the consent covers less than is needed
	Lapsed       Problem = "lapsed"        // the consent was withdrawn or has run out
	Declined     Problem = "declined"      // the user or the organisation refused
	NoAnswer     Problem = "no answer"     // the browser returned no answer in time
	KeyRevoked   Problem = "key revoked"   // Google no longer knows the key
	AccountGone  Problem = "account gone"  // the account is deleted or disabled
	ClientGone   Problem = "client gone"   // the OAuth client is deleted, or its secret changed
	NotDelegated Problem = "not delegated" // the organisation did not authorise client and scope
	NoSuchUser   Problem = "no such user"  // the user to act for does not exist there
	ClockSkew    Problem = "clock skew"    // this machine's clock is wrong
	Unreachable  Problem = "unreachable"   // Google's token server does not answer
	Refused      Problem = "refused"       // for another reason, which Google names
	NotSaved     Problem = "not saved"     // the token file cannot be written
	NotProved    Problem = "not proved"    // signed in, but the first call failed
)

// Error says what is wrong with the access and what to do about it. It holds no secrets.
type Error struct {
	Problem Problem
	What    string // "key file sa.json: it is an OAuth client, not a service account's key"
	Fix     string // where to click; may be empty
	Err     error  // may be nil
}

// Error says what is wrong.
func (e *Error) Error() string { return e.What }

// Hint says what to do about it.
func (e *Error) Hint() string { return e.Fix }

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Unsent says that no request was made because there was no token, and reports whether
// trying again may help.
func (e *Error) Unsent() (again bool) { return e.Problem == Unreachable }

// account is the account that a token is for, so that errors can name it.
type account struct {
	way      Way
	name     string   // e-mail of the service account, or of the user who consented
	subject  string   // user to act for
	clientID string   // which an organisation authorises
	scopes   []string // asked for
}

// explain says why there is no token.
func (a account) explain(err error) error {
	code, description, status := refusal(err)
	if status == 0 {
		return &Error{
			Problem: Unreachable, What: "cannot get a token from Google: " + innermost(err),
			Fix: "check that oauth2.googleapis.com can be reached from here", Err: err,
		}
	}
	says := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(strings.ToLower(description), p) {
				return true
			}
		}
		return false
	}
	e := &Error{Problem: Refused, Err: err}
	switch {
	case code == "" || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		e.Problem, e.Fix = Unreachable, "Google, or a proxy on the way to it, is out of order for the moment"
	case says("reasonable timeframe", "iat and exp", "token used too early"):
		e.Problem, e.Fix = ClockSkew, "set this machine's clock, and keep it right by NTP (timedatectl set-ntp "+
			"true): Google refuses keys used from a clock that is minutes off"
	case says("invalid jwt signature"):
		e.Problem, e.Fix = KeyRevoked,
			"the key was deleted: make a new one in the Google Cloud console, IAM & Admin, Service Accounts, "+a.name+
				", Keys, Add key, JSON"
	case code == "unauthorized_client" && a.way == Delegation, code == "access_denied" && a.way == Delegation:
		e.Problem = NotDelegated
		e.Fix = fmt.Sprintf("a super administrator opens admin.google.com, Security, Access and data control, API "+
			"controls, Manage domain wide delegation, Add new: client ID %s, OAuth scopes %s (exactly these; it "+
			"takes some minutes)", a.clientID, strings.Join(a.scopes, ","))
	case code == "invalid_grant" && a.way == Delegation && says("email", "user id"):
		e.Problem, e.Fix = NoSuchUser,
			fmt.Sprintf("check the e-mail %s: it must be a user of the organisation, not suspended, and no "+
				"alias or group", a.subject)
	case a.way != Consent && says("account not found", "deleted", "disabled"):
		e.Problem, e.Fix = AccountGone, fmt.Sprintf("%s is deleted or disabled: restore it in the Google Cloud "+
			"console, IAM & Admin, Service Accounts, or make another", a.name)
	case code == "invalid_client", code == "deleted_client", code == "disabled_client", code == "unauthorized_client" &&
		a.way == Consent:
		e.Problem, e.Fix = ClientGone, "download the OAuth client's JSON anew in the Google Cloud console, APIs & "+
			"Services, Credentials, and sign in again by svodka auth login"
	case code == "invalid_grant" && a.way == Consent:
		e.Problem = Lapsed
		e.Fix = "sign in again by svodka auth login. While the app's publishing status is \"Testing\", a consent " +
			"holds for 7 days: publish it in the Google Cloud console, Google Auth Platform, Audience, or make " +
			"it Internal"
	}
	e.What = fmt.Sprintf("Google gives no token to %s: %s", a, strings.TrimSuffix(code+" "+description, " "))
	if e.Problem == Unreachable {
		e.What = fmt.Sprintf("Google's token server is out of order: it answers %d", status)
	}
	return e
}

func (a account) String() string {
	if a.subject != "" {
		return a.name + " for " + a.subject
	}
	return a.name
}

// refusal reads the token server's answer; status 0: there was none.
func refusal(err error) (code, description string, status int) {
	var (
		token *auth.Error
		grant *oauth2.RetrieveError
		body  []byte
	)
	switch {
	case errors.As(err, &token) && token.Response != nil:
		body, status = token.Body, token.Response.StatusCode
	case errors.As(err, &grant) && grant.Response != nil:
		body, status = grant.Body, grant.Response.StatusCode
	default:
		return "", "", 0
	}
	var says struct {
		Error       string
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &says) != nil {
		return "", "", status // a page of some proxy
	}
	return oneLine(says.Error), oneLine(says.Description), status
}

// oneLine cuts others' text to one line of bounded length for the log.
func oneLine(s string) string {
	const most = 200
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > most {
		r = append(r[:most], '…')
	}
	return string(r)
}

// innermost returns the message of the cause, without addresses of requests.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return oneLine(err.Error())
		}
		err = next
	}
}
