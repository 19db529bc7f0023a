package google

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClock holds what the answers say about the server's clock.
type serverClock struct {
	ahead atomic.Int64 // nanoseconds by which our clock is ahead of the server's, by the newest Date
	known atomic.Bool
	done  atomic.Int64 // Unix milliseconds: the changes answered so far were made no later than this
}

// ClockAhead returns how far this machine's clock is ahead of the server's (negative:
// behind it), from the Date of the newest answer; it is exact to a second plus the time
// an answer takes. ok is false before the first answer, and with a server in this
// process, whose answers carry no Date.
func (c *Client) ClockAhead() (ahead time.Duration, ok bool) {
	return time.Duration(c.clock.ahead.Load()), c.clock.known.Load()
}

// AnsweredAt returns a moment by the server's clock: every change answered so far was
// made no later than that. Google gives it in the Date of its answers, in whole seconds,
// so it may be a second late; the local Google gives the moment of its newest change.
// Zero before the first answer.
func (c *Client) AnsweredAt() time.Time {
	if at := c.clock.done.Load(); at != 0 {
		return time.UnixMilli(at)
	}
	return time.Time{}
}

// newestChange is the header in which the local Google gives the moment of its newest
// change, as [time.RFC3339Nano].
const newestChange = "X-Newest-Change"

// dated is a transport that records the times in answers.
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
	said, bad := http.ParseTime(res.Header.Get("Date"))
	if bad == nil {
		d.clock.ahead.Store(int64(d.now().Sub(said)))
		d.clock.known.Store(true)
	}
	if newest, err := time.Parse(time.RFC3339Nano, res.Header.Get(newestChange)); err == nil {
		d.clock.answered(newest)
	} else if bad == nil {
		d.clock.answered(said.Add(time.Second)) // the Date's second was not over yet
	}
	return res, nil
}

// answered records the moment of an answer. Answers overtake each other, so the later
// moment counts, unless the server's clock was set back by more than a minute.
func (s *serverClock) answered(at time.Time) {
	for {
		was := s.done.Load()
		if early := time.UnixMilli(was).Sub(at); early >= 0 && early < time.Minute ||
			s.done.CompareAndSwap(was, at.UnixMilli()) {
			return
		}
	}
}

// readDates returns a client like hc whose answers set the clock.
func (s *serverClock) readDates(hc *http.Client, now func() time.Time) *http.Client {
	out := *hc
	base := hc.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	out.Transport = dated{base, now, s}
	return &out
}
