package google

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"svodka/internal/lazyregexp"
)

// ErrAmbiguous means that Google may or may not have carried out a write. Read what is
// there before writing again.
var ErrAmbiguous = errors.New("it is not known whether this was done")

// ErrSharingLimit means that Google lets this account share nothing more for now. The
// limit is on the account, not the file, and lasts for hours: share nothing until RetryIn
// has passed.
var ErrSharingLimit = errors.New("the account has shared as much as Google allows for now")

// sharingPause is how long to stop sharing. Google publishes neither the limit nor when
// it ends; trying again early is said to prolong it.
const sharingPause = 4 * time.Hour

// RetryIn returns how long to wait before trying again; 0: unknown.
func RetryIn(err error) time.Duration {
	var e *Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.RetryIn
}

// Error is a failed call. Its messages, like all of the program's, are in lower case
// without a full stop.
type Error struct {
	Op     string // what was being done
	File   string // id; empty: no particular file
	Kind   Kind   // Ambiguous: errors.Is(err, ErrAmbiguous)
	Status int    // HTTP status; 0: no answer
	Reason string // Google's word for it, e.g. storageQuotaExceeded; may be empty
	Hint   string // what to do about it; may be empty
	// RetryIn is how long Google wants us to wait; 0: it did not say.
	RetryIn time.Duration
	Err     error
}

// Error names the operation and the file, and quotes Google's message.
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

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Brief describes an error for logs: without Google's own words, which may name people.
func Brief(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	b := strings.TrimSpace(e.Op + " " + e.File)
	switch {
	case e.Status != 0:
		b += ": " + strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Reason))
	default:
		b += ": no answer"
	}
	if e.Hint != "" {
		b += " (" + e.Hint + ")"
	}
	return b
}

// LogValue returns Brief.
func (e *Error) LogValue() slog.Value { return slog.StringValue(Brief(e)) }

// Is matches ErrAmbiguous if the kind is Ambiguous, and ErrSharingLimit if the account
// has shared too much.
func (e *Error) Is(target error) bool {
	return target == ErrAmbiguous && e.Kind == Ambiguous || target == ErrSharingLimit && e.Reason == reasonSharing
}

// answered reports whether the API itself answered, rather than the token server or
// nobody.
func (e *Error) answered() bool {
	var answer *googleapi.Error
	return errors.As(e.Err, &answer)
}

// NotFound reports whether an error means that the file is deleted or not visible to the
// worker.
func NotFound(err error) bool { return isStatus(err, http.StatusNotFound) }

// RefusedRequest tells which request of a batch Google refused, counted from 0, and why,
// in Google's words, as in "Invalid requests[3].updateCells: …". ok: it did so for
// certain, so that nothing of the batch was carried out, and named one.
func RefusedRequest(err error) (index int, why string, ok bool) {
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest || e.Kind == Ambiguous {
		return 0, "", false
	}
	number, ok := strings.CutPrefix(messageOf(e.Err), "Invalid requests[")
	number, why, named := strings.Cut(number, "]")
	index, err = strconv.Atoi(number)
	return index, strings.TrimLeft(why, ".: "), ok && named && err == nil && index >= 0
}

func isStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// failure wraps an error with what was being done and a hint what to do.
func failure(what call, kind Kind, err error) *Error {
	e := &Error{Op: what.op, File: what.file, Kind: kind, Status: statusOf(err), Reason: reasonOf(err), Err: err}
	e.Hint = hintFor(e, err)
	if e.Reason == reasonSharing {
		e.RetryIn = sharingPause
	}
	return e
}

const (
	reasonSharing = "sharingRateLimitExceeded"
	reasonAddress = "invalidSharingRequest"

	enableAPIs = "enable the Google Sheets API and the Google Drive API in the Google Cloud project, wait a few " +
		"minutes and try again"
	quotaUsed   = "Google's quota per minute is used up: the next run goes on from here"
	leaveTicked = "the consent covers less than the worker needs: sign in again and leave everything ticked"
)

// hints say what to do. Those with a reason come first, then those with a status alone.
var hints = []struct {
	status int // 0: any
	reason string
	says   string // part of the message
	hint   string
}{
	{reason: "storageQuotaExceeded", hint: "a service account owns no storage: let the worker make its files in a " +
		"shared drive, or sign it in as a Google user"},
	{reason: reasonAddress,
		hint: "check the address: it must have a Google account, or be told of the spreadsheet by mail"},
	{reason: reasonSharing,
		hint: "Google limits how much one account may share: wait some hours, the rest is shared then"},
	{reason: "dailyLimitExceeded",
		hint: "the day's quota is used up: raise it in the Google Cloud console, or wait until tomorrow"},
	{reason: "accessNotConfigured", hint: enableAPIs},
	{reason: "SERVICE_DISABLED", hint: enableAPIs},
	{reason: "insufficientPermissions", hint: leaveTicked},
	{reason: "insufficientScopes", hint: leaveTicked},
	{reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", hint: leaveTicked},
	{reason: "invalid_grant", hint: "the consent has lapsed or was withdrawn: sign in again (while the app is in " +
		"\"Testing\", a consent holds for 7 days)"},
	{status: http.StatusBadRequest, says: "protected cell",
		hint: "somebody protected cells that the worker writes: add its account to the editors of that protection"},
	{status: http.StatusBadRequest, says: "above the limit",
		hint: "the spreadsheet has reached Google's limit of 10 million cells: start a new one"},
	{status: http.StatusUnauthorized, hint: "sign in to Google again"},
	{status: http.StatusTooManyRequests, hint: quotaUsed},
	{reason: "rateLimitExceeded", hint: quotaUsed},
	{reason: "userRateLimitExceeded", hint: quotaUsed},
	{status: http.StatusForbidden, hint: "share the file with the worker's account as an editor"},
	{status: http.StatusInsufficientStorage, hint: "make room on the disk of the data folder, SVODKA_DATA_DIR"},
	{status: http.StatusNotFound,
		hint: "the file was deleted, or is not shared with the worker's account: restore it from the bin or share it"},
}

func hintFor(e *Error, err error) string {
	var knows interface{ Hint() string }
	if errors.As(err, &knows) {
		return knows.Hint()
	}
	if link := activationLink(err); link != "" {
		return "enable the API at " + link + " , wait a few minutes and try again"
	}
	for _, h := range hints {
		if (h.status == 0 || h.status == e.Status) && (h.reason == "" || h.reason == e.Reason) &&
			(h.says == "" || strings.Contains(messageOf(err), h.says)) {
			return h.hint
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case e.Kind == Throttled:
		return quotaUsed
	case e.Status >= 500:
		return "Google is out of order for the moment: the next run goes on from here"
	case e.Status == 0 && e.Kind != Permanent:
		return "check that Google can be reached from here"
	}
	return ""
}

// statusOf returns the HTTP status of Google's answer; 0: there was none.
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

// reasonOf returns Google's word for a failure: Drive puts it in errors[].reason, Sheets
// in the details or, failing that, in the status word.
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
	if e.Code == http.StatusForbidden && strings.Contains(e.Message, "sharing quota") {
		return reasonSharing // also if Google calls it rateLimitExceeded, which would pass in a minute
	}
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

// detail returns a fact that Google added to an error.
func detail(e *googleapi.Error, key string) (string, bool) {
	for _, d := range e.Details {
		m, ok := d.(map[string]any)
		if !ok {
			continue
		}
		facts, ok := m["metadata"].(map[string]any)
		if !ok {
			continue
		}
		if v, ok := facts[key].(string); ok {
			return v, true
		}
	}
	return "", false
}

// activation finds the address in the message about an API that is not enabled.
var activation = lazyregexp.New(`https://console\.[a-z.]+/apis/[A-Za-z0-9/._-]+(\?project=[A-Za-z0-9:._-]+)?`)

// activationLink returns the address at which to enable the missing API; empty: the error
// is about something else.
func activationLink(err error) string {
	var e *googleapi.Error
	if !errors.As(err, &e) || e.Code != http.StatusForbidden {
		return ""
	}
	if reason := reasonOfAnswer(e); reason != "SERVICE_DISABLED" && reason != "accessNotConfigured" {
		return ""
	}
	if link, ok := detail(e, "activationUrl"); ok {
		return link
	}
	return strings.TrimRight(activation.FindString(e.Message), ".")
}

// codeOf returns the error code in a token server's answer.
func codeOf(body []byte) string {
	var b struct{ Error string }
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	return b.Error
}

// messageOf returns the message without the address of the call, whose query may hold
// more than a log should.
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
