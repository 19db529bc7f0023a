package localgoogle

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"svodka/internal/localgoogle/page"
)

type inProcess struct{}

// refusal returns why a request must not be answered, "" if it may be. Pages of other
// sites must reach neither the APIs nor the page: not by a name that resolves to this
// machine, nor by a request from their own origin.
func refusal(r *http.Request) string {
	if r.Context().Value(inProcess{}) != nil {
		return ""
	}
	if !isLoopbackHost(r.Host) {
		return "This server answers to 127.0.0.1, localhost and [::1] only."
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return "Requests from other origins are refused."
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		if page.IsShell(r) && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
			r.Header.Get("Sec-Fetch-Dest") == "document" {
			return "" // somebody follows a link to the page, which reveals nothing
		}
		return "Requests from other origins are refused."
	}
	return ""
}

func isLoopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return strings.EqualFold(name, "localhost") || name == "127.0.0.1" || name == "::1"
}

// Transport answers requests in process, without a listener. Only the path of a request
// matters, not the host.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

// Client returns an HTTP client of the server in process, for Google's own clients
// (option.WithHTTPClient) and for others. It acts as the person with that e-mail or, if
// it is empty, as the owner.
func (s *Server) Client(email string) *http.Client {
	return &http.Client{Transport: acting{transport{s}, email}}
}

// acting makes requests in a person's name.
type acting struct {
	base  http.RoundTripper
	email string
}

// RoundTrip implements http.RoundTripper.
func (a acting) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.email != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+a.email)
	}
	return a.base.RoundTrip(r)
}

type transport struct{ s *Server }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (res *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(context.WithValue(r.Context(), inProcess{}, true))
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.Host = "localhost"
	in.RequestURI = in.URL.RequestURI()
	defer func() {
		if r.Body != nil {
			if cerr := r.Body.Close(); cerr != nil && err == nil {
				err = cerr
			}
		}
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			res, err = nil, io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	rec := &recorder{header: http.Header{}}
	t.s.ServeHTTP(rec, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	status := cmp.Or(rec.status, http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, ContentLength: int64(rec.body.Len()), Body: io.NopCloser(&rec.body), Request: r,
	}, nil
}

// recorder records an answer for RoundTrip.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = cmp.Or(r.status, status) }

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
