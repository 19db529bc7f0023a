package worker_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"svodka/internal/localgoogle"
)

// gossip is a Google whose answers to shares name the person.
type gossip struct {
	base http.RoundTripper
	on   string // whose address it refuses
}

func (g gossip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/permissions") {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(b, []byte(g.on)) {
			body := `{"error":{"code":400,"message":"No Google account belongs to ` + g.on +
				`","errors":[{"reason":"invalidSharingRequest","message":"No Google account belongs to ` + g.on +
				`"}]}}`
			return &http.Response{StatusCode: 400, Status: "400 Bad Request", Header: http.Header{"Content-Type": {
				"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	return g.base.RoundTrip(r)
}

// Nothing in the log names people or reveals what they typed, at any level, whatever goes
// wrong.
func TestLogNamesNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) {
		o.level = slog.LevelDebug
		o.wire = func(base http.RoundTripper) http.RoundTripper { return gossip{base, "p001@example.com"} }
	}).init()
	o.hire(4, "sales-rep").hire(1, "sales-rep-deals")
	var failures []error
	cycle := func() {
		t.Helper()
		out, err := o.w.Sync(t.Context(), 0)
		o.must(err)
		failures = append(failures, out.Failures...)
		// What the scheduled worker logs of failures.
		for _, f := range out.Failures {
			slog.New(slog.NewTextHandler(&locked{w: o.log}, nil)).Error("failed", "error", f)
		}
	}
	cycle()
	cycle()
	typed := []string{"+7 912 345-67-89", "ООО Ромашка", "семь звонков", "31337"}
	g := o.tab(o.report(0), "month:2026-05")
	o.put("", g.file, g.at(g.row("date", date("2026-05-14")), "comment"), typed[0])
	o.typesAs("", 0, "2026-05-14", "deals", typed[2])
	o.typesAs("", 2, "2026-05-14", "revenue", 31337)
	deals := o.tab(o.report(4), "deals")
	row := deals.row("date", "") // the first empty one
	o.put("", deals.file, deals.at(max(row, 1), "client"), typed[1])
	o.share(o.report(2), "friend@example.com")
	o.configAs("", "settings", "key=directors", "value", "boss@example.com")
	o.configAs("", "people", "name=Человек 003", "left", date("2026-05-12").Serial())
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.", FileID: o.report(2), Status: 403, Count: 3})
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.", FileID: o.report(0), Status: 500, Count: 1})
	cycle()
	_, err := o.w.Sweep(t.Context())
	o.must(err)
	o.must(o.drive.Files.Delete(o.report(2)).Do())
	cycle()
	out, err := o.w.Provision(t.Context())
	o.must(err)
	failures = append(failures, out.Failures...)
	if len(failures) == 0 {
		t.Fatal("nothing failed")
	}
	if err := errors.Join(failures...); !strings.Contains(err.Error(), "Человек 002") {
		t.Errorf("people on the spot are not told who it is: %v", err)
	}
	log := o.log.String()
	if n := strings.Count(log, "\n"); n < 80 || !strings.Contains(log, "level=DEBUG") ||
		!strings.Contains(log, "does not let a file be shared with an address") {
		t.Fatalf("the log has %d lines, so little says nothing:\n%s", n, log)
	}
	for _, secret := range append(typed, "Человек", "@", "example.com", "friend", "boss") {
		for line := range strings.Lines(log) {
			if strings.Contains(line, secret) {
				t.Errorf("%q is in the log: %s", secret, line)
			}
		}
	}
}
