package google

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"
)

// answered returns an error answer, in Drive's shape if it has a reason and in Sheets'
// otherwise.
func answered(status int, reason string) *googleapi.Error {
	e := &googleapi.Error{Code: status, Message: "message", Header: http.Header{}}
	if reason != "" {
		e.Errors = []googleapi.ErrorItem{{Reason: reason}}
	}
	return e
}

func TestClassify(t *testing.T) {
	post := func(err error) error { return &url.Error{Op: "Post", URL: "https://x/?q=secret", Err: err} }
	token := func(status int) *http.Response { return &http.Response{StatusCode: status} }
	_, unsupported := json.Marshal(math.NaN())
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{nil, Permanent},
		{answered(400, ""), Permanent},
		{answered(400, "invalidSharingRequest"), Permanent},
		{answered(401, "authError"), Permanent},
		{answered(403, ""), Permanent},
		{answered(403, "forbidden"), Permanent},
		{answered(403, "rateLimitExceeded"), Throttled},
		{answered(403, "userRateLimitExceeded"), Throttled},
		{answered(403, "sharingRateLimitExceeded"), Permanent},
		{answered(403, "storageQuotaExceeded"), Permanent},
		{answered(403, "dailyLimitExceeded"), Permanent},
		{&googleapi.Error{Code: 403, Details: []any{"odd", map[string]any{"reason": "RATE_LIMIT_EXCEEDED"}}},
			Throttled},
		{answered(404, "notFound"), Permanent},
		{answered(408, ""), Ambiguous},
		{answered(409, ""), Retry},
		{answered(413, ""), Permanent},
		{answered(429, ""), Throttled},
		{answered(429, "storageQuotaExceeded"), Throttled},
		{answered(500, ""), Ambiguous},
		{answered(501, ""), Retry},
		{answered(502, ""), Ambiguous},
		{answered(503, ""), Ambiguous},
		{answered(504, ""), Ambiguous},
		{answered(599, ""), Ambiguous},
		{fmt.Errorf("wrapped: %w", answered(429, "")), Throttled},
		{post(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), Retry},
		{post(&net.DNSError{Err: "no such host", Name: "x"}), Retry},
		{post(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), Ambiguous},
		{post(&net.OpError{Op: "write", Err: syscall.EPIPE}), Ambiguous},
		{post(io.EOF), Ambiguous},
		{post(context.DeadlineExceeded), Ambiguous},
		{context.DeadlineExceeded, Ambiguous},
		{context.Canceled, Ambiguous},
		{errNotSent{context.Canceled}, Permanent},
		{io.ErrUnexpectedEOF, Ambiguous},
		{&json.SyntaxError{}, Ambiguous},
		{post(errors.New("http2: server sent GOAWAY")), Ambiguous},
		{post(&tls.CertificateVerificationError{Err: errors.New("unknown authority")}), Permanent},
		{post(&oauth2.RetrieveError{Response: token(400), ErrorCode: "invalid_grant"}), Permanent},
		{post(&oauth2.RetrieveError{Response: token(503)}), Retry},
		{post(&oauth2.RetrieveError{}), Permanent},
		{post(&auth.Error{Response: token(400), Body: []byte(`{"error":"invalid_grant"}`)}), Permanent},
		{post(&auth.Error{Response: token(503)}), Retry},
		{unsupported, Permanent},
		{errors.New("anything else"), Permanent},
	} {
		if got := Classify(c.err); got != c.want {
			t.Errorf("Classify(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestDelay(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		try    int
		after  time.Duration
		random float64
		want   time.Duration
	}{
		{Retry, 1, 0, 0, 500 * time.Millisecond},
		{Retry, 1, 0, 0.5, 750 * time.Millisecond},
		{Ambiguous, 1, 0, 1, time.Second},
		{Ambiguous, 2, 0, 0, time.Second},
		{Ambiguous, 3, 0, 0, 2 * time.Second},
		{Ambiguous, 4, 0, 0, 4 * time.Second},
		{Ambiguous, 5, 0, 0, 8 * time.Second},
		{Ambiguous, 6, 0, 0, 8 * time.Second},
		{Ambiguous, 1000, 0, 0, 8 * time.Second},
		{Ambiguous, 0, 0, 0, 500 * time.Millisecond},
		{Throttled, 1, 0, 0, 4 * time.Second},
		{Throttled, 4, 0, 0, 32 * time.Second},
		{Throttled, 9, 0, 1, 64 * time.Second},
		{Throttled, 1, time.Second, 0, 4 * time.Second},
		{Throttled, 1, 30 * time.Second, 0, 30 * time.Second},
		{Retry, 1, 30 * time.Second, 0.5, 30500 * time.Millisecond},
		{Retry, 1, time.Hour, 0, time.Hour},
	} {
		if got := Delay(c.kind, c.try, c.after, c.random); got != c.want {
			t.Errorf("Delay(%v, %d, %v, %v) = %v, want %v", c.kind, c.try, c.after, c.random, got, c.want)
		}
	}
	var least time.Duration
	for try := 1; try < maxTries; try++ {
		least += Delay(Throttled, try, 0, 0)
	}
	if least < time.Minute {
		t.Errorf("a quota is waited for at least %v, it refills in a minute", least)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		header string
		want   time.Duration
	}{
		{"", 0}, {"7", 7 * time.Second}, {"-7", 0}, {"soon", 0}, {"999999999", 24 * time.Hour},
		{"Fri, 15 May 2026 12:01:30 GMT", 90 * time.Second}, {"Fri, 15 May 2026 11:00:00 GMT", 0},
	} {
		e := answered(429, "")
		e.Header.Set("Retry-After", c.header)
		if got := retryAfter(fmt.Errorf("wrapped: %w", e), now); got != c.want {
			t.Errorf("Retry-After %q: %v, want %v", c.header, got, c.want)
		}
	}
	if got := retryAfter(io.EOF, now); got != 0 {
		t.Errorf("no answer: %v", got)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err        error
		text, hint string // parts
	}{
		{answered(403, "storageQuotaExceeded"), "write spreadsheet 1abc: 403 storageQuotaExceeded: message",
			"shared drive"},
		{answered(403, "sharingRateLimitExceeded"), "403 sharingRateLimitExceeded: message", "wait some hours"},
		{answered(403, "forbidden"), "403 forbidden: message", "share the file with the worker's account"},
		{&googleapi.Error{Code: 403, Message: "The caller does not have permission",
			Body: `{"error":{"status":"PERMISSION_DENIED"}}`},
			"403 PERMISSION_DENIED: The caller does not have permission", "share the file"},
		{&googleapi.Error{Code: 403, Details: []any{map[string]any{"reason": "SERVICE_DISABLED"}}},
			"403 SERVICE_DISABLED: Forbidden", "enable the Google Sheets API"},
		{answered(403, "insufficientPermissions"), "insufficientPermissions", "sign in again"},
		{answered(404, "notFound"), "404 notFound", "the file was deleted, or is not shared"},
		{answered(401, "authError"), "401 authError", "sign in"},
		{answered(429, ""), "429 message", "quota per minute"},
		{answered(503, ""), "503 message", "out of order"},
		{&googleapi.Error{Code: 502, Body: "<html>"}, "502 Bad Gateway", "out of order"},
		{&googleapi.Error{Code: 400, Message: "You are trying to edit a protected cell or object."}, "400 You are",
			"editors of that protection"},
		{&googleapi.Error{Code: 400, Message: "This action would increase the number of cells in the workbook above " +
			"the limit of 10000000 cells."}, "400 This", "10 million cells"},
		{&url.Error{Op: "Post", URL: "https://x/?q=secret",
			Err: &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400},
				Body: []byte(`{"error":"invalid_grant"}`)}}, "invalid_grant", "7 days"},
		{&auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant"}`)},
			"invalid_grant", "sign in again"},
		{&url.Error{Op: "Post", URL: "https://x/?q=secret", Err: io.EOF}, "write spreadsheet 1abc: EOF",
			"can be reached"},
		{context.Canceled, "write spreadsheet 1abc: context canceled", ""},
	} {
		err := failure(call{op: "write spreadsheet", file: "1abc"}, Classify(c.err), c.err)
		var e *Error
		switch {
		case !errors.As(err, &e) || !errors.Is(err, c.err):
			t.Errorf("%v does not unwrap", err)
		case !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "secret"):
			t.Errorf("%q, want %q in it", err, c.text)
		case !strings.Contains(e.Hint, c.hint) || (c.hint == "") != (e.Hint == ""):
			t.Errorf("%v: hint %q, want %q in it", err, e.Hint, c.hint)
		case errors.Is(err, ErrAmbiguous) != (Classify(c.err) == Ambiguous):
			t.Errorf("%v: ambiguous %v", err, errors.Is(err, ErrAmbiguous))
		}
	}
	if err := failure(call{op: "list"}, Permanent, io.EOF); err.Error() != "list: EOF" {
		t.Errorf("without a file: %q", err)
	}
}

func TestRepeatable(t *testing.T) {
	cells := &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{}}
	insert := &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{}}
	rule := &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{}}
	sheet := func(id int64) *sheets.Request {
		return &sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: id}}}
	}
	noSheet := func(id int64) *sheets.Request {
		return &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: id}}
	}
	protect := &sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{ProtectedRangeId: 7}}}
	unprotect := &sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{ProtectedRangeId: 7}}
	chart := &sheets.Request{AddChart: &sheets.AddChartRequest{Chart: &sheets.EmbeddedChart{ChartId: 7}}}
	tag := func(id int64) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{MetadataId: id}}}
	}
	for _, c := range []struct {
		name string
		reqs []*sheets.Request
		want bool
	}{
		{"setting cells", []*sheets.Request{cells, nil, cells}, true},
		{"inserting rows", []*sheets.Request{cells, insert}, false},
		{"inserting rows beside a new sheet", []*sheets.Request{insert, sheet(5)}, true},
		{"a new sheet of any id", []*sheets.Request{sheet(0)}, false},
		{"adding a rule", []*sheets.Request{rule}, false},
		{"adding a rule beside a new chart", []*sheets.Request{rule, chart}, true},
		{"adding a rule beside a protection made again", []*sheets.Request{rule, unprotect, protect}, false},
		{"a protection made again", []*sheets.Request{unprotect, protect}, true},
		{"inserting rows and deleting the first sheet", []*sheets.Request{insert, noSheet(0)}, true},
		{"tagging", []*sheets.Request{tag(3)}, true},
		{"tagging by any id", []*sheets.Request{tag(0)}, false},
		{"tagging guards nothing", []*sheets.Request{tag(3), insert}, false},
		{"a request without content", []*sheets.Request{{}}, false},
		{"a sheet without properties", []*sheets.Request{{AddSheet: &sheets.AddSheetRequest{}}}, false},
	} {
		if got := repeatable(c.reqs); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A batch that is refused names the request that is wrong; nothing is told of one of
// which nobody knows whether it was carried out.
func TestRefusedRequest(t *testing.T) {
	refusal := func(kind Kind, status int, message string) error {
		return fmt.Errorf("writing: %w", &Error{Kind: kind, Status: status,
			Err: &googleapi.Error{Code: status, Message: message}})
	}
	for message, want := range map[string]struct {
		index int
		why   string
		ok    bool
	}{
		"Invalid requests[3].updateCells: No grid with id: 7": {3, "updateCells: No grid with id: 7", true},
		"Invalid requests[0]: No request set.":                {0, "No request set.", true},
		"Invalid requests[x].updateCells: no":                 {},
		"Invalid requests[":                                   {},
		"Unable to parse range: A":                            {},
	} {
		for _, c := range []struct {
			kind   Kind
			status int
		}{{Permanent, 400}, {Ambiguous, 400}, {Permanent, 403}} {
			index, why, ok := RefusedRequest(refusal(c.kind, c.status, message))
			if sure := c.kind == Permanent && c.status == 400; ok != (want.ok && sure) ||
				ok && (index != want.index || why != want.why) {
				t.Errorf("%+v %s: %d, %q, %t", c, message, index, why, ok)
			}
		}
	}
	if _, _, ok := RefusedRequest(errors.New("Invalid requests[3].updateCells: no")); ok {
		t.Error("that is no answer of Google's")
	}
}
