package livecheck

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"svodka/internal/google"
	"svodka/internal/lazyregexp"
)

// exchange is a request and its answer, without headers: credentials are added after the
// tap, so it never sees them.
type exchange struct {
	method, url string // url: path and query
	body        []byte // nil: none
	status      int    // 0: there was no answer
	answer      []byte
}

// tap sees what the clients send and receive. It is safe for concurrent use.
type tap struct {
	mu     sync.Mutex
	writes map[string][][]byte // bodies of batchUpdates that Google accepted, by file, in order
	unsure map[string]bool     // files with a lost answer: the write may or may not have happened
	record *recording          // nil: nothing is recorded
	failed error               // why the recording stopped
}

// tapped returns the identities with the tap before their credentials.
func (t *tap) tapped(ids []google.Identity) []google.Identity {
	out := make([]google.Identity, len(ids))
	for i, id := range ids {
		hc := *id.HTTP
		base := hc.Transport
		if base == nil {
			base = http.DefaultTransport
		}
		hc.Transport = tapTransport{base, t}
		id.HTTP = &hc
		out[i] = id
	}
	return out
}

// err returns why the recording is incomplete.
func (t *tap) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// written returns the batchUpdates of a file so far.
func (t *tap) written(id string) [][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.writes[id][:len(t.writes[id]):len(t.writes[id])]
}

// isUnsure reports whether nobody knows what was written into a file.
func (t *tap) isUnsure(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unsure[id]
}

var batchUpdate = lazyregexp.New(`/v4/spreadsheets/([^/:?]+):batchUpdate`)

func (t *tap) see(x exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := batchUpdate.FindStringSubmatch(x.url); m != nil {
		switch {
		case x.status == http.StatusOK:
			t.writes[m[1]] = append(t.writes[m[1]], x.body)
		case x.status == 0 || x.status >= http.StatusInternalServerError:
			t.unsure[m[1]] = true
		}
	}
	if x.status == 0 {
		return
	}
	if t.record != nil && t.failed == nil {
		t.failed = t.record.add(x)
	}
}

type tapTransport struct {
	base http.RoundTripper
	t    *tap
}

// RoundTrip implements http.RoundTripper.
func (t tapTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchange{method: r.Method, url: r.URL.RequestURI()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		x.body = body
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	res, err := t.base.RoundTrip(r)
	if err != nil {
		t.t.see(x)
		return res, err
	}
	x.status = res.StatusCode
	x.answer, err = io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		x.status = 0
		t.t.see(x)
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(x.answer))
	t.t.see(x)
	return res, nil
}
