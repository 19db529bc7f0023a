package google

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
)

// ErrAmbiguous tells that a write may or may not have been done. Read what is
// there before writing again.
var ErrAmbiguous = errors.New("it is not known whether this was done")

// Error is a failed call. Messages are in lower case, without a full stop, as
// all of the program's.
type Error struct {
	Op     string // what was being done
	File   string // id; empty: no particular file
	Kind   Kind   // Ambiguous: errors.Is(err, ErrAmbiguous)
	Status int    // HTTP status; 0: no answer
	Reason string // Google's word for it, e.g. storageQuotaExceeded; may be empty
	Hint   string // what to do about it; may be empty
	Err    error
}

// Error gives operation, file, and Google's message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.File != "" {
		b.WriteString(" " + e.File)
	}
	b.WriteString(": ")
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	if e.Reason != "" {
		b.WriteString(e.Reason + ": ")
	}
	b.WriteString(messageOf(e.Err))
	if e.Kind == Ambiguous {
		b.WriteString(" (" + ErrAmbiguous.Error() + ")")
	}
	return b.String()
}

// Unwrap gives what went wrong underneath.
func (e *Error) Unwrap() error { return e.Err }

// Is makes an error of kind Ambiguous an ErrAmbiguous.
func (e *Error) Is(target error) bool { return target == ErrAmbiguous && e.Kind == Ambiguous }

// NotFound tells that the file is deleted, or not the worker's to see.
func NotFound(err error) bool { return isStatus(err, http.StatusNotFound) }

// Forbidden tells that the worker may not do this.
func Forbidden(err error) bool { return isStatus(err, http.StatusForbidden) }

func isStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// failure wraps what went wrong with what was being done and what to do.
func failure(what call, kind Kind, err error) error {
	e := &Error{Op: what.op, File: what.file, Kind: kind, Status: statusOf(err), Reason: reasonOf(err), Err: err}
	e.Hint = hintFor(e, err)
	return e
}

// hints say what to do, by reason first, then by status.
var hints = []struct {
	status int // 0: any
	reason string
	says   string // part of the message
	hint   string
}{
	{reason: "storageQuotaExceeded", hint: "a service account owns no storage: let the worker make its files in a shared drive, or sign it in as a Google user"},
	{reason: "sharingRateLimitExceeded", hint: "Google limits how much one account may share: wait some hours, the rest is shared then"},
	{reason: "dailyLimitExceeded", hint: "the day's quota is used up: raise it in the Google Cloud console, or wait until tomorrow"},
	{reason: "accessNotConfigured", hint: "enable the Google Sheets API and the Google Drive API in the Google Cloud project"},
	{reason: "SERVICE_DISABLED", hint: "enable the Google Sheets API and the Google Drive API in the Google Cloud project"},
	{reason: "insufficientPermissions", hint: "sign in again and leave both Drive and Sheets ticked"},
	{reason: "insufficientScopes", hint: "sign in again and leave both Drive and Sheets ticked"},
	{reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", hint: "sign in again and leave both Drive and Sheets ticked"},
	{reason: "invalid_grant", hint: "the consent has lapsed or was withdrawn: sign in again (while the app is in \"Testing\", a consent holds for 7 days)"},
	{status: http.StatusBadRequest, says: "protected cell", hint: "somebody protected cells that the worker writes: add its account to the editors of that protection"},
	{status: http.StatusBadRequest, says: "above the limit", hint: "the spreadsheet has reached Google's limit of 10 million cells: start a new one"},
	{status: http.StatusUnauthorized, hint: "sign in to Google again"},
	{status: http.StatusTooManyRequests, hint: "Google's quota per minute is used up: the next run goes on from here"},
	{reason: "rateLimitExceeded", hint: "Google's quota per minute is used up: the next run goes on from here"},
	{reason: "userRateLimitExceeded", hint: "Google's quota per minute is used up: the next run goes on from here"},
	{status: http.StatusForbidden, hint: "share the file with the worker's account as an editor"},
	{status: http.StatusNotFound, hint: "the file was deleted, or is not shared with the worker's account: restore it from the bin or share it"},
}

func hintFor(e *Error, err error) string {
	for _, h := range hints {
		if (h.status == 0 || h.status == e.Status) && (h.reason == "" || h.reason == e.Reason) &&
			(h.says == "" || strings.Contains(messageOf(err), h.says)) {
			return h.hint
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case e.Status >= 500:
		return "Google is out of order for the moment: the next run goes on from here"
	case e.Status == 0 && e.Kind != Permanent:
		return "check that Google can be reached from here"
	}
	return ""
}

// statusOf is the HTTP status of Google's answer; 0: there was none.
func statusOf(err error) int {
	var (
		answer *googleapi.Error
		token  *auth.Error
		grant  *oauth2.RetrieveError
	)
	switch {
	case errors.As(err, &answer):
		return answer.Code
	case errors.As(err, &token) && token.Response != nil:
		return token.Response.StatusCode
	case errors.As(err, &grant) && grant.Response != nil:
		return grant.Response.StatusCode
	}
	return 0
}

// reasonOf is Google's word for a failure: Drive says it in errors[].reason,
// Sheets in the details or, failing that, in the status word.
func reasonOf(err error) string {
	var (
		answer *googleapi.Error
		token  *auth.Error
		grant  *oauth2.RetrieveError
	)
	switch {
	case errors.As(err, &answer):
		return reasonOfAnswer(answer)
	case errors.As(err, &token):
		return codeOf(token.Body)
	case errors.As(err, &grant):
		if grant.ErrorCode != "" {
			return grant.ErrorCode
		}
		return codeOf(grant.Body)
	}
	return ""
}

func reasonOfAnswer(e *googleapi.Error) string {
	for _, item := range e.Errors {
		if item.Reason != "" {
			return item.Reason
		}
	}
	for _, d := range e.Details {
		if m, ok := d.(map[string]any); ok {
			if reason, ok := m["reason"].(string); ok && reason != "" {
				return reason
			}
		}
	}
	var body struct {
		Error struct{ Status string }
	}
	if json.Unmarshal([]byte(e.Body), &body) != nil {
		return "" // a page of some proxy, not an answer of the API
	}
	return body.Error.Status
}

// codeOf is the error code in a token server's answer.
func codeOf(body []byte) string {
	var b struct{ Error string }
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	return b.Error
}

// messageOf is the message without the address of the call, whose query may
// hold more than a log should.
func messageOf(err error) string {
	var (
		answer  *googleapi.Error
		request *url.Error
	)
	switch {
	case err == nil:
		return "unknown error"
	case errors.As(err, &answer):
		if answer.Message != "" {
			return answer.Message
		}
		return http.StatusText(answer.Code)
	case errors.As(err, &request):
		return request.Err.Error()
	}
	return err.Error()
}
