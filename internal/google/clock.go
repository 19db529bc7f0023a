package google

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClock is what the answers tell of the clock of whoever gives them.
type serverClock struct {
	ahead atomic.Int64 // nanoseconds by which this machine's clock is ahead of it, by the newest Date
	known atomic.Bool
	done  atomic.Int64 // Unix milliseconds: what was answered so far was done not after
}

// ClockAhead is how far this machine's clock is ahead of the one of whoever answers
// the calls (below zero: behind it), by the Date of the newest answer; to a second
// and the time that an answer takes. ok is false before the first answer, and where
// answers have no Date because both are one process.
func (c *Client) ClockAhead() (ahead time.Duration, ok bool) {
	return time.Duration(c.clock.ahead.Load()), c.clock.known.Load()
}

// AnsweredAt is a moment by the clock of whoever answers the calls: every change that was
// answered so far was made not after it. Google tells it by the Date of its answers, in
// seconds, so that it may be a second late; the local Google tells the moment of its
// newest change. Zero before the first answer.
func (c *Client) AnsweredAt() time.Time {
	if at := c.clock.done.Load(); at != 0 {
		return time.UnixMilli(at)
	}
	return time.Time{}
}

// newestChange is the header of the local Google's answers with the moment of its newest
// change, as in [time.RFC3339Nano].
const newestChange = "X-Newest-Change"

// dated is a transport that reads the times of answers.
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
		d.clock.answered(said.Add(time.Second)) // which was not over
	}
	return res, nil
}

// answered takes down the moment of an answer. Answers overtake each other, so that the
// later moment counts, unless that clock was put right by more than a minute.
func (s *serverClock) answered(at time.Time) {
	for {
		was := s.done.Load()
		if early := time.UnixMilli(was).Sub(at); early >= 0 && early < time.Minute ||
			s.done.CompareAndSwap(was, at.UnixMilli()) {
			return
		}
	}
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
