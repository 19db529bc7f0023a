package google

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClock remembers how far this machine's clock is ahead of Google's, by the
// Date of the newest answer.
type serverClock struct {
	ahead atomic.Int64 // nanoseconds
	known atomic.Bool
}

// ClockAhead is how far this machine's clock is ahead of the one of whoever answers
// the calls (below zero: behind it), by the Date of the newest answer; to a second
// and the time that an answer takes. ok is false before the first answer, and where
// answers have no Date because both are one process.
func (c *Client) ClockAhead() (ahead time.Duration, ok bool) {
	return time.Duration(c.clock.ahead.Load()), c.clock.known.Load()
}

// dated is a transport that reads the Date of answers.
type dated struct {
	base  http.RoundTripper
	now   func() time.Time
	clock *serverClock
}

// RoundTrip implements http.RoundTripper.
func (d dated) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := d.base.RoundTrip(r)
	if err != nil {
		return res, err
	}
	if said, bad := http.ParseTime(res.Header.Get("Date")); bad == nil {
		d.clock.ahead.Store(int64(d.now().Sub(said)))
		d.clock.known.Store(true)
	}
	return res, nil
}

// readDates gives a client like hc whose answers set the clock.
func (s *serverClock) readDates(hc *http.Client, now func() time.Time) *http.Client {
	out := *hc
	base := hc.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	out.Transport = dated{base, now, s}
	return &out
}
