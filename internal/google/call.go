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
	apis // how many
)

func (a api) String() string {
	return [...]string{"drive", "sheets read", "sheets write"}[a]
}

// timeout bounds one attempt. Google itself gives a Sheets request up after
// 180 s; a shorter limit on writes would make known failures unknown ones.
func (a api) timeout() time.Duration {
	if a == sheetsWrite {
		return 200 * time.Second
	}
	return 60 * time.Second
}

// maxTries is how often one call is tried at most.
const maxTries = 5

// effect says what doing a call twice does.
type effect uint8

const (
	reads   effect = iota // nothing is left behind
	repeats               // the same as doing it once
	once                  // something else than doing it once
)

// call describes what is being done.
type call struct {
	op     string   // for people: "read columns of spreadsheet"
	method string   // for metrics, as Google names it: "sheets.spreadsheets.batchUpdate"
	file   string   // empty: no particular file
	by     *account // who must make it; nil: whoever may first
	api    api
	effect effect
	mark   bool // of the worker's mark: asks nobody whether it may
}

// Call is one attempt at a call, for metrics.
type Call struct {
	API       string        // the class that shares a quota: "drive", "sheets read", "sheets write"
	Method    string        // as Google names it, such as "drive.files.create"
	Try       int           // from 1
	Status    int           // HTTP status; 0: there was no answer
	Duration  time.Duration // from sending to the end of the answer
	QuotaWait time.Duration // how long it was held back before
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

// do makes a call, again where that may help and can do no harm. It is the one
// place through which every call to Google passes.
func (c *Client) do(ctx context.Context, what call, f func(context.Context, *account) error) error {
	unsure := false // some try may have been carried out
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
			err = ctx.Err() // the caller gave up; nothing else is to be reported
		}
		switch {
		case unsure:
			// Also when it was refused in the end: what "already exists" now may be
			// what an earlier try made.
			kind = Ambiguous
		case kind == Ambiguous:
			kind = Retry
		}
		e := failure(what, kind, err)
		e.RetryIn = max(e.RetryIn, retryAfter(err, c.now()))
		return e
	}
}

// attempt makes one try of a call: within the quotas, bounded, counted and
// logged.
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
	err := f(bounded, by)
	ended := c.now()

	seen := Call{
		API: what.api.String(), Method: what.method, Try: try, Status: statusOf(err),
		Duration: ended.Sub(sent), QuotaWait: sent.Sub(asked),
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

// errNotSent marks a failure from before anything was sent.
type errNotSent struct{ error }

func (e errNotSent) Unwrap() error { return e.error }

// errMayNot marks that the call must not be made at all.
type errMayNot struct{ error }

func notSent(err error) bool {
	var e errNotSent
	return errors.As(err, &e)
}
