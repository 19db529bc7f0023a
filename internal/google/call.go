package google

import (
	"context"
	"errors"
	"log/slog"
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
	op     string // for people: "read columns of spreadsheet"
	file   string // empty: no particular file
	api    api
	effect effect
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
)

// do makes a call, again where that may help and can do no harm. It is the one
// place through which every call to Google passes.
func (c *Client) do(ctx context.Context, what call, f func(context.Context) error) error {
	unsure := false // some try may have been carried out
	for try := 1; ; try++ {
		err := c.attempt(ctx, what, try, f)
		if err == nil {
			return nil
		}
		kind := Classify(err)
		unsure = unsure || kind == Ambiguous && what.effect != reads
		wait := Delay(kind, try, retryAfter(err, c.now()), c.rand())
		if ctx.Err() == nil && try < maxTries && wait <= maxWait && kind != Permanent && !(kind == Ambiguous && what.effect == once) {
			c.log.LogAttrs(ctx, slog.LevelDebug, "google call waits for its next try", slog.String(keyOp, what.op), slog.String(keyFile, what.file), slog.Int(keyTry, try), slog.Duration(keyWait, wait))
			if err = c.sleep(ctx, wait); err == nil {
				continue
			}
			kind = Permanent
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
		return failure(what, kind, err)
	}
}

// attempt makes one try of a call: bounded, counted and logged.
func (c *Client) attempt(ctx context.Context, what call, try int, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return errNotSent{err}
	}
	started := c.now()
	c.calls[what.api].Add(1)
	bounded, cancel := context.WithTimeout(ctx, what.api.timeout())
	defer cancel()
	err := f(bounded)
	attrs := []slog.Attr{
		slog.String(keyAPI, what.api.String()), slog.String(keyOp, what.op), slog.String(keyFile, what.file),
		slog.Int(keyTry, try), slog.Duration(keyTook, c.now().Sub(started)),
	}
	if err != nil {
		attrs = append(attrs, slog.String(keyKind, Classify(err).String()), slog.Int(keyStatus, statusOf(err)), slog.String(keyReason, reasonOf(err)))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "google call", attrs...)
	return err
}

// errNotSent marks a failure from before anything was sent.
type errNotSent struct{ error }

func (e errNotSent) Unwrap() error { return e.error }

func notSent(err error) bool {
	var e errNotSent
	return errors.As(err, &e)
}
