package google

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a transport that waits for a token before it sends anything.
type slow struct {
	base http.RoundTripper
	wait func()
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.wait()
	return s.base.RoundTrip(r)
}

// Whatever a call waits for after it was asked first, it is not sent once nothing may be
// written any more; reads are.
func TestGuardAsksLast(t *testing.T) {
	var arrived atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		if _, err := io.WriteString(w, `{}`); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	lost := errors.New("the claim is lost")
	var gone atomic.Bool
	c, err := New(t.Context(), Options{
		Endpoint: srv.URL,
		HTTP:     &http.Client{Transport: slow{Guard(http.DefaultTransport), func() { gone.Store(true) }}},
		MayWrite: func() error {
			if gone.Load() {
				return lost
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"with a body":    func() error { return c.Rename(t.Context(), "1", "other") },
		"without a body": func() error { return c.Unshare(t.Context(), "1", "2") },
	} {
		gone.Store(false)
		if err := write(); !errors.Is(err, lost) || err.Error() != lost.Error() {
			t.Errorf("a write %s: %v", name, err)
		}
	}
	if n := arrived.Load(); n > 0 {
		t.Errorf("%d writes were sent", n)
	}
	if _, err := c.Spreadsheet(t.Context(), "1", "spreadsheetId"); err != nil || arrived.Load() != 1 {
		t.Errorf("a read: %v", err)
	}
}

// A request that is interrupted in the middle of its body stays a half; one whose body
// was whole is not.
func TestGuardInterruptsBodies(t *testing.T) {
	lost := errors.New("the claim is lost")
	whole := make(chan int, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			whole <- len(b)
		}
	}))
	defer srv.Close()
	send := func(size int, parts int32) error {
		asked := atomic.Int32{}
		ctx := context.WithValue(t.Context(), mayKey{}, func() error {
			if asked.Add(1) > parts {
				return lost
			}
			return nil
		})
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := Guard(http.DefaultTransport).RoundTrip(r)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	const size = 1 << 20
	var stop errMayNot
	if err := send(size, 3); !errors.As(err, &stop) || !errors.Is(stop.error, lost) {
		t.Errorf("interrupted: %v", err)
	}
	if err := send(size, 1<<20); err != nil {
		t.Error(err)
	}
	if n := <-whole; n != size {
		t.Errorf("a body of %d bytes arrived", n)
	}
	if err := send(10, 2); err != nil { // before the call and before its only part
		t.Error(err)
	}
	if n := <-whole; n != 10 {
		t.Errorf("a body of %d bytes arrived", n)
	}
	select {
	case n := <-whole:
		t.Errorf("the half arrived as a whole of %d bytes", n)
	default:
	}
	// A server that answers a half, such as the local Google in this process, changes
	// nothing.
	ctx := context.WithValue(t.Context(), mayKey{}, func() func() error {
		n := 0
		return func() error {
			if n++; n > 1 {
				return lost
			}
			return nil
		}
	}())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Guard(answering{}).RoundTrip(r)
	if !errors.As(err, &stop) || !errors.Is(stop.error, lost) {
		t.Errorf("the answer to a half: %v", err)
	}
}

// answering is a server in this process that answers whatever it could read.
type answering struct{}

func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	status := http.StatusOK
	if _, err := io.ReadAll(r.Body); err != nil {
		status = http.StatusBadRequest
	}
	return &http.Response{StatusCode: status, Body: http.NoBody}, nil
}

// A clock that is set back in the middle of a call makes no length of time negative,
// which metrics would not take.
func TestClockSetBack(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, `{}`); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	at := time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)
	var seen []Call
	c, err := New(t.Context(), Options{Endpoint: srv.URL, Observe: func(c Call) { seen = append(seen, c) },
		Now: func() time.Time { at = at.Add(-time.Minute); return at }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Spreadsheet(t.Context(), "1", "spreadsheetId"); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0].Duration < 0 || seen[0].QuotaWait < 0 {
		t.Errorf("the call: %+v", seen)
	}
}
