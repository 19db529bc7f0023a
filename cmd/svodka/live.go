package main

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"time"

	"github.com/gofrs/flock"

	"svodka/internal/google"
	"svodka/internal/google/access"
	"svodka/internal/livecheck"
)

// liveFlags are the flags of svodka check --live.
type liveFlags struct {
	live                      bool
	manager, stranger, record string
}

// checkLive tries out the account on a throw-away department, and prints the table.
func (a *app) checkLive(ctx context.Context, f liveFlags) (err error) {
	for flag, email := range map[string]string{"--as": f.manager, "--stranger": f.stranger} {
		if m, err := mail.ParseAddress(email); email != "" && (err != nil || m.Address != email) {
			return usagef("check: %s %q is no e-mail address", flag, email)
		}
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	// The second of two on one folder would think the lease its own.
	alone := flock.New(s.path("live.lock"), flock.SetPermissions(0o600))
	if ok, err := alone.TryLock(); err != nil || !ok {
		return errors.Join(livecheck.ErrOthers, err)
	}
	defer closing(&err, alone.Close)
	o, done, err := a.liveOptions(ctx, s)
	if err != nil {
		return err
	}
	o.Manager, o.Stranger, o.Record = f.manager, f.stranger, f.record
	table, err := livecheck.Run(ctx, o)
	err = errors.Join(err, table.Print(a.stdout), done())
	if n := table.Failed(); n > 0 && err == nil {
		err = fmt.Errorf("check: the account does not do what is expected of it in %s of the table", count(n, "row"))
	}
	return err
}

// liveOptions returns the options for the account in the settings: Google's, or the local
// one of the data folder, where a second identity needs no key.
func (a *app) liveOptions(ctx context.Context, s settings) (livecheck.Options, func() error, error) {
	roles, defaults, err := s.templates()
	if err != nil {
		return livecheck.Options{}, nil, err
	}
	id, err := ownID(s.path("worker.id"))
	if err != nil {
		return livecheck.Options{}, nil, fmt.Errorf("naming this worker: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	o := livecheck.Options{
		Owner: host + "/" + id + "/live", Holder: fmt.Sprintf("%s, process %d", host, os.Getpid()),
		Lang: s.Language, Zone: s.Zone, Templates: roles, Defaults: defaults, Reread: reread,
		Now: a.now, Sleep: a.pause, Log: a.logger(s),
		Tell: func(step string) { fmt.Fprintf(a.stderr, "svodka: %s %s\n", a.now().Format(time.TimeOnly), step) },
	}
	if s.Backend == backendGoogle {
		if o.Identities, err = access.Open(s.access()); err != nil {
			return o, nil, fmt.Errorf("access: %w", err)
		}
		o.Endpoint, o.FolderID, o.Limits = s.GoogleEndpoint, s.GoogleFolder, s.limits()
		return o, func() error { return nil }, nil
	}
	b, err := a.openLocal(ctx, s)
	if err != nil {
		return o, nil, err
	}
	if b.server == nil {
		return o, nil, errors.Join(fmt.Errorf("%s is served by another svodka, at %s (stop it, or set "+
			"SVODKA_DATA_DIR to another folder)", s.DataDir, b.base), b.close())
	}
	o.Identities = []google.Identity{{HTTP: b.server.Client("")}}
	o.Endpoint = "http://" + s.LocalAddr
	return o, b.close, nil
}
