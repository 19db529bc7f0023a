package google

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// api is a class of calls that share a quota and a time limit.
type api int

const (
	driveAPI api = iota
	sheetsRead
	sheetsWrite
	apis // the number of classes
)

func (a api) String() string {
	return [...]string{"drive", "sheets read", "sheets write"}[a]
}

// timeout limits one attempt. Google itself gives up on a Sheets request after 180 s; a
// shorter limit on writes would leave us not knowing how a failed one ended.
func (a api) timeout() time.Duration {
	if a == sheetsWrite {
		return 200 * time.Second
	}
	return 60 * time.Second
}

// maxTries limits how often one call is tried.
const maxTries = 5

// effect says what happens if a call is carried out twice.
type effect uint8

const (
	reads   effect = iota // changes nothing
	repeats               // twice leaves the same as once
	once                  // twice leaves something else than once
)

// call describes one call to Google.
type call struct {
	op     string   // for people: "read columns of spreadsheet"
	method string   // for metrics, as Google names it: "sheets.spreadsheets.batchUpdate"
	file   string   // empty: no particular file
	by     *account // the account that must make it; nil: any
	api    api
	effect effect
	mark   bool // the call concerns the workers' mark, so MayWrite is not asked
}

// Call is one attempt at a call, for metrics.
type Call struct {
	API       string        // the class that shares a quota: "drive", "sheets read", "sheets write"
	Method    string        // as Google names it, such as "drive.files.create"
	Try       int           // from 1
	Status    int           // HTTP status; 0: there was no answer
	Duration  time.Duration // from sending to the end of the answer
	QuotaWait time.Duration // how long it waited for the quota before it was sent
}

// Log keys.
const (
	keyAPI    = "api"
	keyOp     = "op"
	keyFile   = "file"
	keyTry    = "try"
	keyStatus = "status"
	keyReason = "reason"
	keyKind   = "kind"
	keyTook   = "took"
	keyWait   = "wait"
	keyHeld   = "held"
)

// do makes a call and repeats it where that may help and does no harm. Every call to
// Google passes through it.
func (c *Client) do(ctx context.Context, what call, f func(context.Context, *account) error) error {
	unsure := false // Google may have carried out some try
	for try := 1; ; try++ {
		err := c.attempt(ctx, what, try, f)
		if err == nil {
			return nil
		}
		var stop errMayNot
		if errors.As(err, &stop) {
			return stop.error
		}
		kind := Classify(err)
		unsure = unsure || kind == Ambiguous && what.effect != reads
		if ctx.Err() == nil && try < maxTries && kind != Permanent && !(kind == Ambiguous && what.effect == once) {
			if c.limiter.waits(err, kind) {
				continue
			}
			if wait := Delay(kind, try, retryAfter(err, c.now()), c.rand()); wait <= maxWait {
				c.log.LogAttrs(ctx, slog.LevelDebug, "google call waits for its next try", slog.String(keyOp, what.op),
					slog.String(keyFile, what.file), slog.Int(keyTry, try), slog.Duration(keyWait, wait))
				if err = c.sleep(ctx, wait); err == nil {
					continue
				}
				kind = Permanent
			}
		}
		if ctx.Err() != nil {
			err = ctx.Err() // the caller gave up; report nothing else
		}
		switch {
		case unsure:
			// Even if Google refused the last try: an "already exists" may be about what
			// an earlier try made.
			kind = Ambiguous
		case kind == Ambiguous:
			kind = Retry
		}
		e := failure(what, kind, err)
		e.RetryIn = max(e.RetryIn, retryAfter(err, c.now()))
		return e
	}
}

// attempt makes one try of a call: it keeps to the quotas and the time limit, counts the
// call and logs it.
func (c *Client) attempt(ctx context.Context, what call, try int, f func(context.Context, *account) error) error {
	if err := ctx.Err(); err != nil {
		return errNotSent{err}
	}
	asked := c.now()
	if what.api == sheetsWrite && c.spacing > 0 {
		leave, err := c.writing.enter(ctx, c, what.file, c.spacing)
		if err != nil {
			return err
		}
		defer leave()
	}
	by := cmp.Or(what.by, c.accounts[0])
	if c.limiter != nil {
		var err error
		if by, err = c.limiter.acquire(ctx, c, what.api, what.by); err != nil {
			return err
		}
	}
	if what.effect != reads && !what.mark && c.mayWrite != nil {
		if err := c.mayWrite(); err != nil {
			return errMayNot{err}
		}
	}
	sent := c.now()
	c.calls[what.api].Add(1)
	bounded, cancel := context.WithTimeout(ctx, what.api.timeout())
	defer cancel()
	err := f(c.asking(bounded, what), by)
	ended := c.now()

	seen := Call{
		API: what.api.String(), Method: what.method, Try: try, Status: statusOf(err),
		// The clock may have been set meanwhile.
		Duration: max(0, ended.Sub(sent)), QuotaWait: max(0, sent.Sub(asked)),
	}
	if err == nil {
		seen.Status = http.StatusOK
	}
	if c.observe != nil {
		c.observe(seen)
	}
	attrs := []slog.Attr{
		slog.String(keyAPI, seen.API), slog.String(keyOp, what.op), slog.String(keyFile, what.file),
		slog.Int(keyTry, try), slog.Duration(keyTook, seen.Duration), slog.Duration(keyHeld, seen.QuotaWait),
	}
	if err != nil {
		attrs = append(attrs, slog.String(keyKind, Classify(err).String()), slog.Int(keyStatus, seen.Status),
			slog.String(keyReason, reasonOf(err)))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "google call", attrs...)
	if c.limiter != nil {
		if pause := c.limiter.learn(by, what.api, err, sent, ended, c.rand()); pause > 0 {
			c.log.LogAttrs(ctx, slog.LevelWarn, "google says that a quota is used up: such calls pause",
				slog.String(keyAPI, seen.API), slog.Duration(keyWait, pause))
		}
	}
	return err
}

// errNotSent marks a failure that happened before anything was sent.
type errNotSent struct{ error }

func (e errNotSent) Unwrap() error { return e.error }

// errMayNot marks a call that MayWrite refused.
type errMayNot struct{ error }

func notSent(err error) bool {
	var e errNotSent
	return errors.As(err, &e)
}
