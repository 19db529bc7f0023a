package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"svodka/internal/demo"
	"svodka/internal/departments"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/quotas"
	"svodka/internal/worker"
)

// backend is a Google to work with: the real one, or the local one, in this process or in
// the process that has the data folder open.
type backend struct {
	client   *google.Client
	base     string              // address at which people open spreadsheets
	server   *localgoogle.Server // nil: in another process, or the real Google
	google   bool                // the real one
	accounts int                 // how many accounts make the calls
	turn     *turn               // for working at Google, for commands that write
	claim    *departments.Claim  // the same for a department in the database
	quotas   *quotas.Database    // of the accounts, to be closed; nil: there is nothing to close
}

// close closes what this process has opened.
func (b *backend) close() error {
	var errs []error
	if b.server != nil {
		errs = append(errs, b.server.Close())
	}
	if b.quotas != nil {
		errs = append(errs, b.quotas.Close())
	}
	return errors.Join(errs...)
}

// addressFile holds the address of the process that serves the data folder.
const addressFile = "address"

// openBackend opens Google, or the data folder's local one.
func (a *app) openBackend(ctx context.Context, s settings) (*backend, error) {
	if s.Backend == backendGoogle {
		return a.openGoogle(ctx, s)
	}
	return a.openLocal(ctx, s)
}

// openLocal opens the data folder's local Google. If another process serves it, openLocal
// connects to that; if another process has it open for a moment, it waits.
func (a *app) openLocal(ctx context.Context, s settings) (*backend, error) {
	told := false
	for {
		server, err := localgoogle.Open(ctx, localgoogle.Options{Dir: s.DataDir, Now: a.now, Logger: a.logger(s)})
		if err == nil {
			b, err := a.connect(ctx, s, &http.Client{Transport: server.Transport()}, "http://"+s.LocalAddr)
			if err != nil {
				return nil, errors.Join(err, server.Close())
			}
			b.server = server
			return b, nil
		}
		if !errors.Is(err, localgoogle.ErrLocked) {
			return nil, fmt.Errorf("opening the local Google in %s: %w", s.DataDir, err)
		}
		if addr, ok := serving(ctx, s); ok {
			return a.connect(ctx, s, &http.Client{}, "http://"+addr)
		}
		if !told {
			a.tellWaiting(s)
			told = true
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// keepTime adopts the clock of a demo in this folder, which may be at an earlier day. A
// process that serves the folder sets the time itself.
func (x *session) keepTime(ctx context.Context) error {
	if x.backend == nil || x.google {
		return nil
	}
	if x.server != nil {
		return demo.Stand(ctx, x.ledger, 0)
	}
	days, err := demo.Stands(ctx, x.ledger)
	x.standBack(days)
	return err
}

func (a *app) connect(ctx context.Context, s settings, hc *http.Client, base string) (*backend, error) {
	b := &backend{base: base, accounts: 1}
	o := google.Options{HTTP: hc, Endpoint: base, Log: a.logger(s), Now: a.now, Sleep: sleep, Observe: a.observe}
	if a.department != "" {
		o.MayWrite = b.mayWrite
	}
	var err error
	b.client, err = google.New(ctx, o)
	return b, err
}

func (a *app) tellWaiting(s settings) {
	fmt.Fprintf(a.stderr, "svodka: another svodka is at work in %s: waiting until it is done\n", s.DataDir)
}

// serving returns the address at which the data folder is served, if a process answers
// there.
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

// serve serves the local Google's APIs on an address until ctx ends, and tells other
// processes the address.
func (b *backend) serve(ctx context.Context, s settings, l net.Listener) error {
	if err := os.WriteFile(s.path(addressFile), []byte(l.Addr().String()+"\n"), 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	srv := &http.Server{Handler: b.server, ReadHeaderTimeout: 10 * time.Second}
	srv.RegisterOnShutdown(b.server.EndStreams) // open streams would delay it
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

// session is an open backend, ledger and worker, and the lock that makes it the only
// worker on the folder.
type session struct {
	*app
	settings settings
	*backend                  // nil: the session makes no calls
	database *ledger.Database // nil: the ledger is a file
	borrowed bool             // others use the database, too
	ledger   *ledger.Ledger
	worker   *worker.Worker
	lock     *flock.Flock
	fence    int64 // number of the claim by which it worked last; 0: none
	proved   bool  // its access was checked: see prove
}

// need says what a command needs in the data folder.
type need uint8

const (
	whatIs     need = iota // an existing department
	orMake                 // an existing department, or a new one
	looking                // an existing department; nothing is written into its spreadsheets
	ledgerOnly             // what the ledger knows, without a call to Google
)

// open opens what a command needs to work on the department. It changes nothing in an
// empty folder, unless the command makes a department.
func (a *app) open(ctx context.Context, n need) (*session, error) { return a.openIn(ctx, n, nil) }

// openIn opens what a command needs, with the ledger in an open database; nil: where the
// settings say it is.
func (a *app) openIn(ctx context.Context, n need, d *ledger.Database) (*session, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	roles, defaults, err := s.templates()
	if err != nil {
		return nil, err
	}
	x := &session{app: a, settings: s, database: d, borrowed: d != nil}
	if err := x.openParts(ctx, n); err != nil {
		return nil, errors.Join(err, x.close())
	}
	o := x.workerOptions()
	o.Templates, o.Defaults = roles, defaults
	x.worker = worker.New(o)
	if x.backend != nil && x.google && n != looking && x.department == "" {
		if x.turn, err = x.newTurn(); err != nil {
			return nil, errors.Join(err, x.close())
		}
	}
	if x.department != "" {
		x.ledger.Fence(noClaim())
	}
	x.lock = flock.New(s.path("worker.lock"), flock.SetPermissions(0o600))
	return x, nil
}

// openParts opens Google and the ledger.
func (x *session) openParts(ctx context.Context, n need) error {
	s := x.settings
	if s.inDatabase() {
		if err := x.unnamed(ctx); err != nil {
			return err
		}
	}
	atGoogle := s.Backend == backendGoogle && n != ledgerOnly
	if !atGoogle { // for Google, the folder is made after the credentials are read
		if err := x.findHere(s, n); err != nil {
			return err
		}
	}
	var err error
	if n != ledgerOnly {
		if x.backend, err = x.openBackend(ctx, s); err != nil {
			return err
		}
	}
	if atGoogle {
		if err := s.makeDir(); err != nil {
			return err
		}
	}
	if err := x.openLedger(ctx); err != nil {
		return err
	}
	if err := x.keepApart(ctx); err != nil {
		return err
	}
	return x.keepTime(ctx)
}

// findHere fails if the data folder holds no department; for a command that makes one,
// it makes the folder.
func (a *app) findHere(s settings, n need) error {
	if n == orMake {
		return s.makeDir()
	}
	// At Google the spreadsheets are elsewhere, and an empty folder is filled from them.
	there, add := "localgoogle.db", "svodka init; another folder is set by SVODKA_DATA_DIR"
	if s.inDatabase() && a.department == "" {
		add += "; for several departments: svodka department add NAME"
	}
	if s.Backend == backendGoogle {
		if s.inDatabase() {
			return s.makeDir() // the folder holds a lock alone
		}
		there, add = ledgerFile, "svodka sync; another folder is set by SVODKA_DATA_DIR"
	}
	_, err := os.Stat(s.path(there))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no department in %s yet (run: %s)", s.DataDir, add)
	case err != nil:
		return fmt.Errorf("looking into the data folder: %w", err)
	}
	return nil
}

// workerOptions returns the worker's options from the settings and what is open.
func (x *session) workerOptions() worker.Options {
	s := x.settings
	bar := newProgress(x.stderr, x.now)
	if s.LogFormat == "json" {
		bar.json = x.logger(s)
	}
	o := worker.Options{
		Ledger:   x.ledger,
		Lang:     s.Language,
		Space:    s.Space,
		Zone:     s.Zone,
		Link:     func(id string) string { return "http://" + s.LocalAddr + "/spreadsheets/d/" + id },
		Now:      x.now,
		Log:      x.logger(s),
		Progress: bar.show,
		Grace:    grace,
		Program:  programID(),
	}
	if x.backend != nil {
		o.Google = x.client
		bar.quota = x.quota
		o.Link = func(id string) string { return x.base + "/spreadsheets/d/" + id }
		o.Parallel = min(4*x.accounts, 16) // each has its own quotas
	}
	if s.Backend == backendGoogle {
		o.Link = func(id string) string { return googleDocs + "/spreadsheets/d/" + id + "/edit" }
		o.Notify, o.Reread = s.GoogleMails, reread
		if x.backend != nil {
			o.Editors = x.client.Identities()
		}
	}
	return o
}

// quota returns what Google's quotas mean for the n remaining calls of a step.
func (x *session) quota(step string, n int) quota {
	switch step {
	case "reading":
		left, perMinute := x.client.Reads(n)
		return quota{left, perMinute, "reads"}
	case "writing":
		left, perMinute := x.client.Writes(n)
		return quota{left, perMinute, "writes"}
	}
	return quota{}
}

// grace is how long the current spreadsheets may take to finish after the process is told
// to end. Kubernetes kills it after 30 s.
const grace = 25 * time.Second

// work runs f as the only worker on the folder; it waits for another one to finish.
func (x *session) work(ctx context.Context, f func() error) error {
	const soon = time.Second // too short to mention
	brief, cancel := context.WithTimeout(ctx, soon)
	ok, err := x.lock.TryLockContext(brief, 20*time.Millisecond)
	cancel()
	if !ok && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		x.tellWaiting(x.settings)
		_, err = x.lock.TryLockContext(ctx, 50*time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("waiting for the other worker in %s: %w", x.settings.DataDir, err)
	}
	if x.backend != nil && x.turn != nil && x.turn.standby {
		err = x.turn.Take(ctx) // no call while we have it
	}
	if err == nil {
		err = f()
	}
	return errors.Join(err, x.lock.Unlock())
}

// closing closes something at the end of a function and joins the error with the
// function's: defer closing(&err, x.close).
func closing(err *error, what func() error) { *err = errors.Join(*err, what()) }

// close closes everything that is open, whatever fails.
func (x *session) close() error {
	var errs []error
	if x.ledger != nil {
		errs = append(errs, x.ledger.Close())
	}
	if x.database != nil && !x.borrowed {
		errs = append(errs, x.database.Close())
	}
	if x.backend != nil {
		if x.turn != nil {
			errs = append(errs, x.turn.keeper.Close())
		}
		errs = append(errs, x.backend.close())
	}
	if x.lock != nil {
		errs = append(errs, x.lock.Close())
	}
	return errors.Join(errs...)
}

// sleep waits, or returns the error of ctx if that ends first.
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

// with opens a session, runs f as the only worker, and closes the session.
func (a *app) with(ctx context.Context, n need, f func(context.Context, *session) error) error {
	x, err := a.open(ctx, n)
	if err != nil {
		return err
	}
	return errors.Join(x.work(ctx, func() error {
		if n == looking {
			return f(ctx, x)
		}
		if x.department != "" {
			return x.claimed(ctx, f)
		}
		if err := x.prove(ctx); err != nil {
			return err
		}
		return x.inTurn(ctx, func() error { return f(ctx, x) })
	}), x.close())
}

// zone returns the zone of new spreadsheets; it was checked with the settings.
func (x *session) zone() *time.Location {
	loc, err := time.LoadLocation(x.settings.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}
