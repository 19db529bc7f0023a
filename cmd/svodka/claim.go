package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"svodka/internal/departments"
)

// me names this process for people.
func me() string {
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	return fmt.Sprintf("%s, process %d", host, os.Getpid())
}

// claimed runs f, for a command, while this process has the claim to the department; it
// waits for another one to finish.
func (x *session) claimed(ctx context.Context, f func(context.Context, *session) error) error {
	r, err := x.registry(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	c, err := x.takeClaim(ctx, x.settings, r)
	if err != nil {
		return err
	}
	return x.holding(ctx, c, func(ctx context.Context) error {
		if err := x.prove(ctx); err != nil {
			return err
		}
		return f(ctx, x)
	})
}

// takeClaim takes the claim to the department for a command, and waits for it.
func (a *app) takeClaim(ctx context.Context, s settings, r *departments.Registry) (*departments.Claim, error) {
	if err := r.Migrate(ctx); err != nil {
		return nil, err
	}
	const again = time.Second
	told := ""
	for try := 1; ; try++ {
		who := departments.Claimant{Department: a.department, Holder: me(), Doing: "a command"}
		c, err := r.Take(ctx, who, a.logger(s))
		var held *departments.HeldError
		if !errors.As(err, &held) {
			return c, err
		}
		if held.Holder != told && try > 1 { // most are short
			told = held.Holder
			fmt.Fprintf(a.stderr, "svodka: %s: waiting until it is done\n", held)
		}
		if err := a.pause(ctx, again); err != nil {
			return nil, err
		}
	}
}

// besides runs f while no process works on the department, if it has a name.
func (a *app) besides(ctx context.Context, s settings, f func(context.Context, *departments.Registry) error) error {
	if a.department == "" {
		return f(ctx, nil)
	}
	r, err := a.registry(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	c, err := a.takeClaim(ctx, s, r)
	if err != nil {
		return err
	}
	held, stop := c.Hold(ctx)
	err = f(held, r)
	_, serr := stop(nil)
	return errors.Join(err, serr)
}

// holding runs f while the claim lasts: no write begins after it, neither at Google nor
// in the ledger.
func (x *session) holding(ctx context.Context, c *departments.Claim, f func(context.Context) error) error {
	held, stop := c.Hold(ctx)
	defer stop(nil)
	x.enter(c)
	defer x.enter(nil)
	err := f(held)
	if lost := context.Cause(held); err != nil && lost != nil && ctx.Err() == nil {
		return lost
	}
	return err
}

// enter makes the session write by a claim; nil: not at all. What its ledger has read
// under the claim that it had before stays true if nobody has had one in between: whoever
// writes has one.
func (x *session) enter(c *departments.Claim) {
	x.backend.claim = c
	if c == nil {
		x.ledger.Fence(noClaim())
		return
	}
	x.ledger.Fence(c.Condition())
	x.ledger.Later(c.Along)
	x.ledger.Hold(c.After(x.fence))
	x.fence = c.Fence
}

// noClaim refuses what a process without a claim would write into a department's ledger.
func noClaim() (condition string, refused error) { return "false", errNoClaim }

var errNoClaim = errors.New("nothing is written without the claim to the department")
