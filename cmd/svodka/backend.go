package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/worker"
)

// backend is a Google to work with: the embedded one, in this process or in the
// one that has the data folder open.
type backend struct {
	client *google.Client
	server *localgoogle.Server // nil: in another process
	close  func() error
}

// addressFile holds the address of the process that serves the data folder.
const addressFile = "address"

// openBackend opens the data folder's local Google. If another process serves
// it, that one is worked through; if another process has it for a moment, this
// one waits its turn.
func (a *app) openBackend(ctx context.Context, s settings) (*backend, error) {
	told := false
	for {
		server, err := localgoogle.Open(ctx, localgoogle.Options{Dir: s.DataDir, Now: a.now, Logger: a.logger(s)})
		if err == nil {
			client, err := a.client(ctx, s, &http.Client{Transport: server.Transport()}, "http://localhost")
			if err != nil {
				return nil, errors.Join(err, server.Close())
			}
			return &backend{client, server, server.Close}, nil
		}
		if !errors.Is(err, localgoogle.ErrLocked) {
			return nil, fmt.Errorf("opening the local Google in %s: %w", s.DataDir, err)
		}
		if addr, ok := serving(ctx, s); ok {
			client, err := a.client(ctx, s, &http.Client{}, "http://"+addr)
			if err != nil {
				return nil, err
			}
			return &backend{client, nil, func() error { return nil }}, nil
		}
		if !told {
			fmt.Fprintln(a.stderr, "svodka: another svodka works in this folder; waiting for it to finish")
			told = true
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func (a *app) client(ctx context.Context, s settings, hc *http.Client, endpoint string) (*google.Client, error) {
	return google.New(ctx, google.Options{HTTP: hc, Endpoint: endpoint, Log: a.logger(s), Now: a.now, Sleep: sleep})
}

// serving gives the address at which the data folder is served, if somebody
// answers there.
func serving(ctx context.Context, s settings) (string, bool) {
	b, err := os.ReadFile(s.path(addressFile))
	if err != nil {
		return "", false
	}
	addr := strings.TrimSpace(string(b))
	if loopback(addr) != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/drive/v3/about?fields=user", nil)
	if err != nil {
		return "", false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	ok := res.StatusCode == http.StatusOK
	return addr, res.Body.Close() == nil && ok
}

// serve answers the local Google's APIs on an address until ctx ends, and tells
// other processes where.
func (b *backend) serve(ctx context.Context, s settings, l net.Listener) error {
	if err := os.WriteFile(s.path(addressFile), []byte(l.Addr().String()+"\n"), 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	srv := &http.Server{Handler: b.server, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		done <- srv.Shutdown(bye)
	}()
	err := srv.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-done
	}
	return errors.Join(err, os.Remove(s.path(addressFile)))
}

// session is an open backend, ledger and worker, and the right to be the one
// worker on the folder.
type session struct {
	settings settings
	*backend
	ledger *ledger.Ledger
	worker *worker.Worker
	lock   *flock.Flock
}

// open opens everything a command needs to work on the department.
func (a *app) open(ctx context.Context) (*session, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	roles, err := s.templates()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w (set SVODKA_DATA_DIR to a folder that can be written)", err)
	}
	b, err := a.openBackend(ctx, s)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, s.path("ledger.db"), a.now)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	bar := newProgress(a.stderr)
	w := worker.New(worker.Options{
		Google:    b.client,
		Ledger:    l,
		Lang:      s.Language,
		Zone:      s.Zone,
		Templates: roles,
		Link:      func(id string) string { return "http://" + s.LocalAddr + "/spreadsheets/d/" + id },
		Now:       a.now,
		Log:       a.logger(s),
		Progress:  bar.show,
	})
	return &session{s, b, l, w, flock.New(s.path("worker.lock"), flock.SetPermissions(0o600))}, nil
}

// work runs f as the one worker on the folder, after whoever is at it now.
func (x *session) work(ctx context.Context, f func() error) error {
	if _, err := x.lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return fmt.Errorf("waiting for the other worker on %s: %w", x.settings.DataDir, err)
	}
	err := f()
	return errors.Join(err, x.lock.Unlock())
}

// close closes everything, whatever fails.
func (x *session) close() error {
	return errors.Join(x.ledger.Close(), x.backend.close(), x.lock.Close())
}

// sleep waits, or gives up with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// with opens a session, runs f as the one worker, and closes.
func (a *app) with(ctx context.Context, f func(*session) error) error {
	x, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(x.work(ctx, func() error { return f(x) }), x.close())
}

// zone is the zone of new spreadsheets; it was checked with the settings.
func (x *session) zone() *time.Location {
	loc, err := time.LoadLocation(x.settings.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}
