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

// ServerTime is a moment that the clock of whoever answers the calls has not passed, and
// that it passes within a second, since a Date tells seconds: a write that was answered
// just now was done by then. Where both are one process it is the time.
func (c *Client) ServerTime() time.Time {
	ahead, dated := c.ClockAhead()
	if !dated {
		return c.now()
	}
	return c.now().Add(time.Second - ahead)
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
