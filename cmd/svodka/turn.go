package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"svodka/internal/google/lease"
)

// turn is a data folder's right to work at Google, which only one folder on all machines
// has. Processes on one folder share it; one of them, the keeper, renews it and releases
// it.
type turn struct {
	*lease.Lease
	keeper  *flock.Flock
	standby bool // held between jobs, not just for one command
}

// errNotWriting means that a command that only reads was about to change something.
var errNotWriting = errors.New("this command changes nothing at Google")

// mayWrite is called before each change at Google.
func (b *backend) mayWrite() error {
	switch {
	case b.claim != nil:
		return b.claim.Valid()
	case b.turn != nil:
		return b.turn.Valid()
	}
	return errNotWriting
}

// newTurn prepares the folder's turn without making a call.
func (x *session) newTurn() (*turn, error) {
	id, err := ownID(x.settings.path("worker.id"))
	if err != nil {
		return nil, fmt.Errorf("naming this worker: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	return &turn{
		Lease: lease.New(lease.Options{
			Google: x.client, Space: x.settings.Space,
			// A copy of the folder on another machine is another worker.
			Owner:    host + "/" + id,
			Holder:   fmt.Sprintf("%s, process %d", host, os.Getpid()),
			NewHands: x.worker.Distrust,
			Zone:     x.zone(), Now: x.now, Sleep: x.pause, Log: x.logger(x.settings),
		}),
		keeper: flock.New(x.settings.path("turn.lock"), flock.SetPermissions(0o600)),
	}, nil
}

// ownID returns a random name that stays with a data folder.
func ownID(path string) (string, error) {
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && id != "" {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	id := rand.Text()[:10]
	return id, os.WriteFile(path, []byte(id+"\n"), 0o600)
}

// inTurn runs f, for a command, while this folder has its turn.
func (x *session) inTurn(ctx context.Context, f func() error) (err error) {
	if x.backend == nil || x.turn == nil {
		return f()
	}
	keeper, err := x.turn.keeper.TryLock()
	if err != nil {
		return fmt.Errorf("looking whose turn it is: %w", err)
	}
	defer closing(&err, x.turn.keeper.Unlock)
	if err := x.turn.Take(ctx); err != nil {
		return err
	}
	stop := x.keep(ctx)
	err = f()
	stop()
	if keeper {
		x.giveBack(ctx)
	}
	return err
}

// standBy waits for this folder's turn, and keeps it until stop. From then on work takes
// it again if it is lost.
func (x *session) standBy(ctx context.Context) (stop func() error, err error) {
	if x.turn == nil {
		return func() error { return nil }, nil
	}
	keeper, err := x.turn.keeper.TryLock()
	if err == nil && !keeper {
		x.tellWaiting(x.settings)
		_, err = x.turn.keeper.TryLockContext(ctx, 100*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for the other worker in %s: %w", x.settings.DataDir, err)
	}
	defer func() {
		if err != nil {
			closing(&err, x.turn.keeper.Unlock)
		}
	}()
	const again = 30 * time.Second
	for told := ""; ; {
		err := x.turn.Take(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, lease.ErrHeld) {
			return nil, err
		}
		var e *lease.Error
		if errors.As(err, &e) && e.Holder != told {
			told = e.Holder
			x.complain(err)
			fmt.Fprintln(x.stderr, "svodka: waiting until it is done")
		}
		if err := x.pause(ctx, again); err != nil {
			return nil, err
		}
	}
	x.turn.standby = true
	release := x.keep(ctx)
	return func() error {
		release()
		// A command may still be using the same turn: then let that run out.
		brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if ok, err := x.lock.TryLockContext(brief, 50*time.Millisecond); ok && err == nil {
			x.giveBack(ctx)
			return errors.Join(x.lock.Unlock(), x.turn.keeper.Unlock())
		}
		return x.turn.keeper.Unlock()
	}, nil
}

// keep renews the turn until it is stopped.
func (x *session) keep(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { x.turn.Keep(ctx) })
	return func() { cancel(); wg.Wait() }
}

// giveBack ends the turn, so that nobody has to wait for it to run out. If it cannot, it
// only logs that.
func (x *session) giveBack(ctx context.Context) {
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := x.turn.Release(bye); err != nil {
		x.logger(x.settings).Warn("the turn runs out by itself", "within", lease.TTL, "err", err)
	}
}

// pause waits, or returns the error of ctx if that ends first.
func (a *app) pause(ctx context.Context, d time.Duration) error {
	if a.sleep != nil {
		return a.sleep(ctx, d)
	}
	return sleep(ctx, d)
}
