package google_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/workbook"
)

// answer is the scripted Google's answer to one call.
type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func ok(body string) answer { return answer{status: 200, body: body} }

// refused returns an error answer as Drive gives it or, without a reason, as Sheets does.
func refused(status int, reason string) answer {
	body := fmt.Sprintf(`{"error":{"code":%d,"message":"said so","status":"WORD"}}`, status)
	if reason != "" {
		body = fmt.Sprintf(
			`{"error":{"code":%d,"message":"said so","errors":[{"message":"said so","domain":"usageLimits","reason":%q}]}}`, status, reason)
	}
	return answer{status: status, body: body}
}

var (
	beforeSend = answer{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	afterSend  = answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
)

// asked is a call that was made.
type asked struct {
	method, path string
	query        url.Values
	body         string
}

// script answers calls in turn; the last answer repeats for ever.
type script struct {
	mu      sync.Mutex
	answers []answer
	asked   []asked
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := asked{method: r.Method, path: r.URL.Path, query: r.URL.Query()}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		a.body = string(b)
	}
	s.asked = append(s.asked, a)
	next := s.answers[min(len(s.asked), len(s.answers))-1]
	if next.err != nil {
		return nil, next.err
	}
	h := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
	for k, v := range next.header {
		h[k] = v
	}
	return &http.Response{StatusCode: next.status, Header: h, Body: io.NopCloser(strings.NewReader(next.body)),
		Request: r}, nil
}

// bench is a client of a scripted Google.
type bench struct {
	*google.Client
	script *script
	log    bytes.Buffer
	sleeps []time.Duration
}

var now = time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)

func newBench(t *testing.T, answers ...answer) *bench {
	t.Helper()
	b := &bench{script: &script{answers: answers}}
	c, err := google.New(t.Context(), google.Options{
		HTTP:     &http.Client{Transport: b.script},
		Endpoint: "http://google.test",
		Log:      slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:      func() time.Time { return now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			b.sleeps = append(b.sleeps, d)
			return ctx.Err()
		},
		Rand: func() float64 { return 1 },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Client = c
	return b
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func seconds(n ...int) []time.Duration {
	var out []time.Duration
	for _, s := range n {
		out = append(out, time.Duration(s)*time.Second)
	}
	return out
}

var (
	setCells = []*sheets.Request{{UpdateCells: &sheets.UpdateCellsRequest{Fields: "note"}}}
	insert   = []*sheets.Request{{InsertDimension: &sheets.InsertDimensionRequest{}}}
	props    = map[string]string{"kind": "report"}
)

const made = `{"id":"1","name":"n","mimeType":"application/vnd.google-apps.spreadsheet","version":"3","modifiedTime":"2026-05-15T11:59:58.123Z","appProperties":{"kind":"report"},"lastModifyingUser":{"me":true},"webViewLink":"https://docs.google.com/spreadsheets/d/1/edit"}`

var madeFile = google.File{
	ID: "1", Name: "n", Version: 3, Modified: time.Date(2026, 5, 15, 11, 59, 58, 123e6, time.UTC), ByMe: true,
	Props: props, URL: "https://docs.google.com/spreadsheets/d/1/edit",
}

// TestTries answers every failure to a read, to a write that may be repeated, to one that
// may not, and to a creation without properties.
func TestTries(t *testing.T) {
	throttled, brief := seconds(8, 16, 32, 64), seconds(1, 2, 4, 8)
	type outcome struct {
		Calls  int
		Sleeps []time.Duration
		Kind   google.Kind
	}
	var (
		never    = outcome{1, nil, google.Permanent}
		quota    = outcome{5, throttled, google.Throttled}
		again    = outcome{5, brief, google.Retry}
		lost     = outcome{5, brief, google.Ambiguous}
		lostOnce = outcome{1, nil, google.Ambiguous}
	)
	for _, c := range []struct {
		name                      string
		a                         answer
		read, write, once, create outcome
	}{
		{"400", refused(400, ""), never, never, never, never},
		{"401", refused(401, "authError"), never, never, never, never},
		{"403", refused(403, ""), never, never, never, never},
		{"403 forbidden", refused(403, "forbidden"), never, never, never, never},
		{"403 storage", refused(403, "storageQuotaExceeded"), never, never, never, never},
		{"403 sharing", refused(403, "sharingRateLimitExceeded"), never, never, never, never},
		{"403 rate", refused(403, "rateLimitExceeded"), quota, quota, quota, quota},
		{"403 user rate", refused(403, "userRateLimitExceeded"), quota, quota, quota, quota},
		{"404", refused(404, "notFound"), never, never, never, never},
		{"409", refused(409, ""), again, again, again, again},
		{"429", refused(429, ""), quota, quota, quota, quota},
		{"500", refused(500, ""), again, lost, lostOnce, lostOnce},
		{"501", refused(501, ""), again, again, again, again},
		{"502 by a proxy", answer{status: 502, body: "<html>"}, again, lost, lostOnce, lostOnce},
		{"503", refused(503, ""), again, lost, lostOnce, lostOnce},
		{"504", refused(504, ""), again, lost, lostOnce, lostOnce},
		{"reset before sending", beforeSend, again, again, again, again},
		{"reset after sending", afterSend, again, lost, lostOnce, lostOnce},
		{"an answer cut short", ok(`{"spreadsheetId":"1`), again, lost, lostOnce, lostOnce},
		{"no consent any more", answer{err: &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400},
			ErrorCode: "invalid_grant"}}, never, never, never, never},
		{"the token server is down", answer{err: &oauth2.RetrieveError{Response: &http.Response{StatusCode: 503}}},
			again, again, again, again},
	} {
		for _, op := range []struct {
			name string
			do   func(context.Context, *google.Client) error
			want outcome
		}{
			{"read", func(ctx context.Context, c *google.Client) error {
				_, err := c.Columns(ctx, "1", []int64{5})
				return err
			}, c.read},
			{"write", func(ctx context.Context, c *google.Client) error {
				return c.Apply(ctx, "1", setCells)
			}, c.write},
			{"once", func(ctx context.Context, c *google.Client) error { return c.Apply(ctx, "1", insert) }, c.once},
			{"create", func(ctx context.Context, c *google.Client) error {
				_, err := c.Create(ctx, "n", nil)
				return err
			}, c.create},
		} {
			t.Run(c.name+"/"+op.name, func(t *testing.T) {
				b := newBench(t, c.a)
				err := op.do(t.Context(), b.Client)
				var e *google.Error
				if !errors.As(err, &e) {
					t.Fatalf("error %v", err)
				}
				same(t, "outcome", op.want, outcome{len(b.script.asked), b.sleeps, e.Kind})
				if e.Kind == google.Ambiguous != errors.Is(err, google.ErrAmbiguous) {
					t.Errorf("kind %v, but ErrAmbiguous: %v", e.Kind, errors.Is(err, google.ErrAmbiguous))
				}
				n := b.Calls()
				if sum := n.Drive + n.SheetsRead + n.SheetsWrite; sum != op.want.Calls {
					t.Errorf("counted %+v", n)
				}
			})
		}
	}
}

func TestWorksInTheEnd(t *testing.T) {
	b := newBench(t, refused(429, ""), afterSend, beforeSend, refused(501, ""), ok(`{"spreadsheetId":"1"}`))
	if err := b.Apply(t.Context(), "1", setCells); err != nil {
		t.Error(err)
	}
	same(t, "sleeps", seconds(8, 2, 4, 8), b.sleeps)
	same(t, "calls", google.Calls{SheetsWrite: 5}, b.Calls())
}

func TestNoRequestsNoCall(t *testing.T) {
	b := newBench(t, ok(`{}`))
	if err := b.Apply(t.Context(), "1", nil); err != nil {
		t.Error(err)
	}
	if found, err := b.Columns(t.Context(), "1", nil); err != nil || found != nil {
		t.Errorf("columns %v, %v", found, err)
	}
	if _, err := b.Spreadsheet(t.Context(), "1", ""); err == nil {
		t.Error("a spreadsheet without a mask was read")
	}
	same(t, "calls", google.Calls{}, b.Calls())
}

// TestWriteOfUnknownOutcome: a call that is refused after a lost answer may have been
// carried out by the earlier try.
func TestWriteOfUnknownOutcome(t *testing.T) {
	exists := answer{status: 400,
		body: `{"error":{"code":400,"message":"Invalid requests[0].addSheet: A sheet with the name \"X\" already exists. Please enter another name.","status":"INVALID_ARGUMENT"}}`}
	for _, c := range []struct {
		name      string
		answers   []answer
		ambiguous bool
	}{
		{"refused at once", []answer{exists}, false},
		{"refused after a quota", []answer{refused(429, ""), exists}, false},
		{"refused after a reset before sending", []answer{beforeSend, exists}, false},
		{"refused after a reset", []answer{afterSend, exists}, true},
		{"refused after a 503 and a quota", []answer{refused(503, ""), refused(429, ""), exists}, true},
		{"no more access after a 503", []answer{refused(503, ""), refused(403, "")}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.answers...)
			err := b.Apply(t.Context(), "1", setCells)
			if err == nil || errors.Is(err, google.ErrAmbiguous) != c.ambiguous {
				t.Errorf("error %v", err)
			}
			same(t, "calls", google.Calls{SheetsWrite: len(c.answers)}, b.Calls())
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	wait := func(v string) answer {
		a := refused(429, "")
		a.header = http.Header{"Retry-After": {v}}
		return a
	}
	b := newBench(t, wait("90"), wait("Fri, 15 May 2026 12:02:00 GMT"), ok(`{"spreadsheetId":"1"}`))
	if err := b.Apply(t.Context(), "1", setCells); err != nil {
		t.Error(err)
	}
	same(t, "sleeps", seconds(91, 121), b.sleeps)

	b = newBench(t, wait("3600"))
	err := b.Apply(t.Context(), "1", setCells)
	var e *google.Error
	if !errors.As(err, &e) || e.Kind != google.Throttled || len(b.sleeps) != 0 {
		t.Errorf("an hour's wait: %v, slept %v", err, b.sleeps)
	}
}

func TestCreate(t *testing.T) {
	none, found := ok(`{"files":[]}`),
		ok(`{"files":[`+made+`,{"id":"2","mimeType":"application/vnd.google-apps.spreadsheet"}]}`)
	create, list := "POST /drive/v3/files", "GET /drive/v3/files"
	for _, c := range []struct {
		name    string
		answers []answer
		asked   []string
		fails   bool
		unsure  bool
	}{
		{"at once", []answer{ok(made)}, []string{create}, false, false},
		{"after a quota", []answer{refused(403, "userRateLimitExceeded"), ok(made)}, []string{create, create}, false,
			false},
		{"after a reset before sending", []answer{beforeSend, ok(made)}, []string{create, create}, false, false},
		{"made, the answer lost", []answer{afterSend, found}, []string{create, list}, false, false},
		{"made, answered by 500", []answer{refused(500, ""), found}, []string{create, list}, false, false},
		{"made, listed late", []answer{afterSend, refused(503, ""), found}, []string{create, list, list}, false, false},
		{"not made", []answer{refused(503, ""), none, ok(made)}, []string{create, list, create}, false, false},
		{"made at the second try", []answer{refused(503, ""), none, afterSend, found},
			[]string{create, list, create, list}, false, false},
		{"never made", []answer{refused(503, ""), none, refused(503, ""), none, refused(503, ""), none,
			refused(503, ""), none, refused(503, ""), none},
			[]string{create, list, create, list, create, list, create, list, create, list}, true, true},
		{"no storage", []answer{refused(403, "storageQuotaExceeded")}, []string{create}, true, false},
		{"cannot be looked for", []answer{afterSend, refused(403, "forbidden")}, []string{create, list}, true, true},
		{"not made, then refused", []answer{afterSend, none, refused(403, "storageQuotaExceeded")},
			[]string{create, list, create}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.answers...)
			f, err := b.Create(t.Context(), "n", props)
			if (err != nil) != c.fails || errors.Is(err, google.ErrAmbiguous) != c.unsure {
				t.Errorf("error %v", err)
			}
			if err == nil {
				same(t, "file", madeFile, f)
			}
			var got []string
			for _, a := range b.script.asked {
				got = append(got, a.method+" "+a.path)
			}
			same(t, "calls", c.asked, got)
			same(t, "counted", google.Calls{Drive: len(c.asked)}, b.Calls())
		})
	}
	b := newBench(t, ok(made))
	if _, err := b.Create(t.Context(), "Отчёт", props); err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(b.script.asked[0].body), &body); err != nil {
		t.Fatal(err)
	}
	same(t, "body", map[string]any{"name": "Отчёт", "mimeType": "application/vnd.google-apps.spreadsheet",
		"appProperties": map[string]any{"kind": "report"}, "writersCanShare": false}, body)
}

func TestFind(t *testing.T) {
	b := newBench(t, ok(`{"nextPageToken":"p2","files":[`+made+`]}`), ok(`{"files":[{"id":"2"}]}`))
	files, err := b.Find(t.Context(), map[string]string{"person": `o'neil\`, "kind": "report"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", []google.File{madeFile, {ID: "2"}}, files)
	q := b.script.asked[0].query
	same(t, "q",
		`mimeType='application/vnd.google-apps.spreadsheet' and trashed=false and appProperties has { key='kind' and value='report' } and appProperties has { key='person' and value='o\'neil\\' }`, q.Get("q"))
	same(t, "order", "createdTime", q.Get("orderBy"))
	same(t, "pages", []string{"", "p2"}, []string{q.Get("pageToken"), b.script.asked[1].query.Get("pageToken")})
}

func TestChanges(t *testing.T) {
	b := newBench(t,
		ok(`{"nextPageToken":"t2","changes":[
			{"fileId":"1","file":{"id":"1","name":"old","mimeType":"application/vnd.google-apps.spreadsheet","version":"2"}},
			{"fileId":"doc","file":{"id":"doc","mimeType":"application/vnd.google-apps.document"}},
			{"fileId":"gone","removed":true},
			{"driveId":"d"}]}`),
		ok(`{"newStartPageToken":"t3","changes":[
			{"fileId":"bin","file":{"id":"bin","mimeType":"application/vnd.google-apps.spreadsheet","trashed":true}},
			{"fileId":"1","file":`+made+`}]}`))
	files, token, err := b.Changes(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", []google.File{madeFile, {ID: "gone", Removed: true}, {ID: "bin", Trashed: true}}, files)
	same(t, "token", "t3", token)
	same(t, "tokens asked", []string{"t1", "t2"},
		[]string{b.script.asked[0].query.Get("pageToken"), b.script.asked[1].query.Get("pageToken")})
	same(t, "page size", "1000", b.script.asked[0].query.Get("pageSize"))
	same(t, "mask",
		"nextPageToken,newStartPageToken,changes(fileId,removed,file(id,name,mimeType,trashed,version,modifiedTime,appProperties,webViewLink,lastModifyingUser(me)))", b.script.asked[0].query.Get("fields"))

	b = newBench(t, ok(`{"newStartPageToken":"t1"}`))
	files, token, err = b.Changes(t.Context(), "t1")
	if err != nil || len(files) != 0 || token != "t1" || b.Calls().Drive != 1 {
		t.Errorf("nothing changed: %v, %q, %v, %+v", files, token, err, b.Calls())
	}

	for _, c := range []struct{ body, says string }{
		{`{"changes":[]}`, "no token"},
		{
			`{"newStartPageToken":"t","changes":[{"fileId":"1","file":{"id":"1","mimeType":"application/vnd.google-apps.spreadsheet","modifiedTime":"yesterday"}}]}`, `"yesterday" of file 1`},
	} {
		if _, _, err := newBench(t, ok(c.body)).Changes(t.Context(), "t1"); err == nil ||
			!strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.body, err)
		}
	}
}

func TestColumns(t *testing.T) {
	b := newBench(t, ok(`{"sheets":[
		{"properties":{"sheetId":5,"title":"Май 2026"},"data":[{"startRow":11,"startColumn":2,
			"columnMetadata":[{"developerMetadata":[{"metadataId":7},{"metadataId":70}]}],
			"rowData":[{"values":[{"effectiveValue":{"stringValue":"Звонки"}}]},
				{"values":[{"effectiveValue":{"numberValue":12},"userEnteredFormat":{"numberFormat":{"type":"DATE"}}}]},
				{}, {"values":[{}]},
				{"values":[{"effectiveValue":{"numberValue":1.5}}]}, {"values":[{"effectiveValue":{"boolValue":true}}]},
				{"values":[{"effectiveValue":{"stringValue":"12 звонков"}}]}, {"values":[{"userEnteredFormat":{"numberFormat":{"type":"DATE"}}}]}]}]},
		{"properties":{"title":"Sheet1"},"data":[{"startColumn":1,"columnMetadata":[{"developerMetadata":[{"metadataId":8},{"metadataId":9}]}]}]},
		{}]}`))
	found, err := b.Columns(t.Context(), "1", []int64{7, 8, 9, 10})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", []workbook.Found{
		{MetaID: 7, Sheet: "Май 2026", Col: 2, Row: 11,
			Values: []any{"Звонки", 12.0, nil, nil, 1.5, true, "12 звонков"},
			// of empty cells, too
			Formats: []string{"", "DATE", "", "", "", "", "", "DATE"}},
		{MetaID: 8, Sheet: "Sheet1", Col: 1},
		{MetaID: 9, Sheet: "Sheet1", Col: 1},
	}, found)
	var body map[string]any
	if err := json.Unmarshal([]byte(b.script.asked[0].body), &body); err != nil {
		t.Fatal(err)
	}
	lookup := func(n float64) any {
		return map[string]any{"developerMetadataLookup": map[string]any{"metadataId": n}}
	}
	same(t, "body", map[string]any{"dataFilters": []any{lookup(7), lookup(8), lookup(9), lookup(10)},
		"includeGridData": true}, body)
	same(t, "path", "/v4/spreadsheets/1:getByDataFilter", b.script.asked[0].path)
	same(t, "counted", google.Calls{SheetsRead: 1}, b.Calls())

	if found, err := newBench(t, ok(`{"spreadsheetId":"1"}`)).Columns(t.Context(), "1", []int64{7}); err != nil ||
		len(found) != 0 {
		t.Errorf("no column has the tag: %v, %v", found, err)
	}
}

// all makes every kind of call once.
func all(ctx context.Context, t *testing.T, c *google.Client) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	_, err := c.StartToken(ctx)
	check(err)
	_, err = c.Create(ctx, "Отчёт — Иванова Анна", map[string]string{"mail": "anna@example.com"})
	check(err)
	_, err = c.Find(ctx, map[string]string{"mail": "anna@example.com"})
	check(err)
	_, err = c.Get(ctx, "1")
	check(err)
	check(c.Rename(ctx, "1", "Отчёт — Иванова Анна"))
	check(c.Apply(ctx, "1", []*sheets.Request{{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
		Properties: &sheets.SpreadsheetProperties{Title: "Иванова"}, Fields: "title"}}}))
	_, err = c.Columns(ctx, "1", []int64{7})
	check(err)
	_, err = c.Spreadsheet(ctx, "1", "properties.title")
	check(err)
	_, _, err = c.Changes(ctx, "t")
	check(err)
}

// everything is an answer that suits every call.
const everything = `{"startPageToken":"t","newStartPageToken":"t","id":"1","name":"Иванова Анна","files":[],"changes":[],"spreadsheetId":"1","properties":{"title":"Иванова Анна"}}`

func TestEveryCallIsMaskedAndKnowsSharedDrives(t *testing.T) {
	b := newBench(t, ok(everything))
	all(t.Context(), t, b.Client)
	if len(b.script.asked) != 9 {
		t.Errorf("%d calls", len(b.script.asked))
	}
	for _, a := range b.script.asked {
		if a.query.Get("fields") == "" {
			t.Errorf("%s %s has no field mask", a.method, a.path)
		}
		if strings.HasPrefix(a.path, "/drive/") && a.query.Get("supportsAllDrives") != "true" {
			t.Errorf("%s %s knows no shared drives", a.method, a.path)
		}
		for k := range a.query {
			if strings.Contains(strings.ToLower(k), "team") {
				t.Errorf("%s %s has the deprecated %s", a.method, a.path, k)
			}
		}
	}
	same(t, "counted", google.Calls{Drive: 6, SheetsRead: 2, SheetsWrite: 1}, b.Calls())
}

func TestLogHoldsNothingOfPeople(t *testing.T) {
	b := newBench(t, ok(everything))
	all(t.Context(), t, b.Client)
	refusal := answer{status: 503,
		body: `{"error":{"code":503,"message":"anna@example.com","errors":[{"reason":"backendError"}]}}`}
	b.script.answers = []answer{refusal}
	if _, err := b.Get(t.Context(), "1"); err == nil {
		t.Error("no error")
	}
	log := b.log.String()
	for _, s := range []string{"anna", "example", "Иванова", "Отчёт"} {
		if strings.Contains(log, s) {
			t.Errorf("%q is in the log", s)
		}
	}
	if n := strings.Count(log, `msg="google call" `); n != 9+5 {
		t.Errorf("%d calls in the log, want 14:\n%s", n, log)
	}
	for _, s := range []string{`api="sheets write"`, `op="write spreadsheet"`, "file=1", "try=5", "status=503",
		"reason=backendError", "kind=ambiguous", "wait=8s"} {
		if !strings.Contains(log, s) {
			t.Errorf("%q is not in the log:\n%s", s, log)
		}
	}
}

func TestGivingUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := newBench(t, ok(everything))
	if _, err := b.Get(ctx, "1"); !errors.Is(err, context.Canceled) || b.Calls().Drive != 0 {
		t.Errorf("before the call: %v, %+v", err, b.Calls())
	}
	if err := b.Apply(ctx, "1", setCells); errors.Is(err, google.ErrAmbiguous) {
		t.Errorf("nothing was sent: %v", err)
	}

	// Cancel during the wait for the next try.
	for _, c := range []struct {
		a         answer
		ambiguous bool
	}{{refused(429, ""), false}, {refused(503, ""), true}} {
		synctest.Test(t, func(t *testing.T) {
			client, err := google.New(t.Context(), google.Options{
				HTTP: &http.Client{Transport: &script{answers: []answer{c.a}}}, Endpoint: "http://google.test"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			err = client.Apply(ctx, "1", setCells)
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, google.ErrAmbiguous) != c.ambiguous {
				t.Errorf("error %v", err)
			}
			same(t, "calls", google.Calls{SheetsWrite: 1}, client.Calls())
		})
	}
}

// hang never answers.
type hang struct{}

func (hang) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestEveryTryIsBounded(t *testing.T) {
	for _, c := range []struct {
		name        string
		do          func(context.Context, *google.Client) error
		least, most time.Duration
		calls       google.Calls
		ambiguous   bool
	}{
		{"read", func(ctx context.Context, c *google.Client) error {
			_, err := c.Spreadsheet(ctx, "1", "properties")
			return err
		}, 5 * 60 * time.Second, 5*60*time.Second + 15*time.Second, google.Calls{SheetsRead: 5}, false},
		{"write", func(ctx context.Context, c *google.Client) error { return c.Apply(ctx, "1", setCells) },
			5 * 200 * time.Second, 5*200*time.Second + 15*time.Second, google.Calls{SheetsWrite: 5}, true},
		{"write once", func(ctx context.Context, c *google.Client) error { return c.Apply(ctx, "1", insert) },
			200 * time.Second, 200 * time.Second, google.Calls{SheetsWrite: 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, err := google.New(t.Context(), google.Options{HTTP: &http.Client{Transport: hang{}},
					Endpoint: "http://google.test"})
				if err != nil {
					t.Fatal(err)
				}
				started := time.Now()
				err = c.do(t.Context(), client)
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, google.ErrAmbiguous) != c.ambiguous {
					t.Errorf("error %v", err)
				}
				if took := time.Since(started); took < c.least || took > c.most {
					t.Errorf("took %v, want %v to %v", took, c.least, c.most)
				}
				same(t, "calls", c.calls, client.Calls())
			})
		})
	}
}

func TestNumbersThatJSONHasNot(t *testing.T) {
	b := newBench(t, ok(everything))
	nan := math.NaN()
	err := b.Apply(t.Context(), "1", []*sheets.Request{
		{UpdateCells: &sheets.UpdateCellsRequest{Rows: []*sheets.RowData{
			{Values: []*sheets.CellData{{UserEnteredValue: &sheets.ExtendedValue{NumberValue: &nan}}}}}}}})
	var e *google.Error
	if !errors.As(err, &e) || e.Kind != google.Permanent || len(b.script.asked) != 0 {
		t.Errorf("error %v, %d calls", err, len(b.script.asked))
	}
}

// TestRealConnections makes the failures with a real network.
func TestRealConnections(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.Method]++
		n := seen[r.Method]
		mu.Unlock()
		switch {
		case r.Method == http.MethodPost && n == 1:
			panic(http.ErrAbortHandler) // the request is read but gets no answer
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusTeapot) // a second file
		default:
			w.Header().Set("Content-Type", "application/json")
			if _, err := io.WriteString(w, `{"files":[`+made+`]}`); err != nil {
				t.Error(err)
			}
		}
	}))
	defer srv.Close()
	client := func(endpoint string) *google.Client {
		c, err := google.New(t.Context(), google.Options{HTTP: srv.Client(), Endpoint: endpoint,
			Sleep: func(context.Context, time.Duration) error {
				return nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	f, err := client(srv.URL+"/").Create(t.Context(), "n", props)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "file", madeFile, f)
	same(t, "calls", map[string]int{"POST": 1, "GET": 1}, seen)

	closed := httptest.NewServer(nil)
	closed.Close()
	c := client(closed.URL)
	_, err = c.Create(t.Context(), "n", props)
	var e *google.Error
	if !errors.As(err, &e) || e.Kind != google.Retry || e.Hint == "" {
		t.Errorf("nobody listens: %v, hint %q", err, e.Hint)
	}
	same(t, "calls", google.Calls{Drive: 5}, c.Calls())
}

func TestManyAtOnce(t *testing.T) {
	s := &script{answers: []answer{ok(everything)}}
	c, err := google.New(t.Context(), google.Options{HTTP: &http.Client{Transport: s}, Endpoint: "http://google.test"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := c.Get(t.Context(), "1"); err != nil {
					t.Error(err)
				}
				if err := c.Apply(t.Context(), "1", setCells); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	same(t, "calls", google.Calls{Drive: 80, SheetsWrite: 80}, c.Calls())
}

func TestGooglesOwnEndpoints(t *testing.T) {
	var hosts []string
	c, err := google.New(t.Context(),
		google.Options{HTTP: &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host+r.URL.Path)
			return &http.Response{StatusCode: 200, Header: http.Header{},
				Body:    io.NopCloser(strings.NewReader(everything)),
				Request: r}, nil
		})}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.StartToken(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Apply(t.Context(), "1", setCells); err != nil {
		t.Error(err)
	}
	same(t, "addresses", []string{"www.googleapis.com/drive/v3/changes/startPageToken",
		"sheets.googleapis.com/v4/spreadsheets/1:batchUpdate"}, hosts)
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
