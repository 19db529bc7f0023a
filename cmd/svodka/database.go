package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"github.com/gofrs/flock"

	"svodka/internal/departments"
	"svodka/internal/ledger"
	"svodka/internal/secretfile"
)

var ledgerCommand = command{
	name:  "ledger",
	args:  "move database|file, or reader ROLE",
	short: "move the ledger into PostgreSQL, or back; let analysts read it",
	long: `
move database copies ledger.db of SVODKA_DATA_DIR into the schema
SVODKA_DATABASE_SCHEMA of the database SVODKA_DATABASE_URL. From then on every
command works with the database as long as that is set. The file is kept under
another name, ledger-moved.db.

move file copies the schema into ledger.db, and keeps it under another name, with
_moved at its end. Take SVODKA_DATABASE_URL out of the settings afterwards. With
--department NAME it moves that department alone and takes it out of the list; it says
by which settings to work on it from then on.

Stop svodka run before, and start it again after; a move of one department of several
waits until nobody works on it. Nothing is written over: where
something is already, the move is refused.

reader ROLE lets a role of PostgreSQL read the views for analysts, v1_plan_fact,
v1_entries and others (docs/sql.md), and nothing else. A file has the same views.
`,
	run: runLedger,
}

// connections limits the connections of one process to the database: a cycle uses one at
// a time, and a page or an export another.
const connections = 4

// database returns the address of the database; empty: the ledger is a file.
func (s settings) database() (string, error) {
	if s.DatabaseFile == "" {
		return s.DatabaseURL, nil
	}
	if s.DatabaseURL != "" {
		return "", errors.New("settings: both SVODKA_DATABASE_URL and SVODKA_DATABASE_URL_FILE are set (keep one)")
	}
	address, err := secretfile.Read(s.DatabaseFile)
	if err == nil && address == "" {
		err = fmt.Errorf("%s is empty", s.DatabaseFile)
	}
	if err != nil {
		return "", fmt.Errorf("settings: SVODKA_DATABASE_URL_FILE: %w", err)
	}
	return address, nil
}

// inDatabase reports whether the ledger is in a database.
func (s settings) inDatabase() bool { return s.DatabaseURL != "" || s.DatabaseFile != "" }

// connect connects to the database of the settings; nil: none is set.
func (s settings) connect(ctx context.Context) (*ledger.Database, error) {
	address, err := s.database()
	if err != nil || address == "" {
		return nil, err
	}
	d, err := ledger.Connect(ctx, address, connections)
	if err != nil {
		return nil, unreachable(err)
	}
	return d, nil
}

// ledgers connects to the database that the settings name; nil: they name none.
func (a *app) ledgers(ctx context.Context) (s settings, d *ledger.Database, err error) {
	if s, err = a.settings(); err == nil {
		d, err = s.connect(ctx)
	}
	return s, d, err
}

// openLedger opens the ledger where the settings say it is.
func (x *session) openLedger(ctx context.Context) (err error) {
	s := x.settings
	if x.database == nil {
		if x.database, err = s.connect(ctx); err != nil {
			return err
		}
	}
	if x.database == nil {
		x.ledger, err = ledger.Open(ctx, s.path(ledgerFile), x.now)
		return err
	}
	there, err := x.database.Has(ctx, s.DatabaseSchema)
	if err != nil {
		return err
	}
	// A new ledger would know less than the file does.
	switch _, err := os.Stat(s.path(ledgerFile)); {
	case err == nil:
		empty := !there
		if there {
			empty, err = x.database.Empty(ctx, s.DatabaseSchema)
		}
		if empty || err != nil {
			return errors.Join(err, fmt.Errorf("the ledger of this department is still in %s, not in the database "+
				"(run: svodka ledger move database)", s.path(ledgerFile)))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking for the ledger's file: %w", err)
	}
	if x.department == "" || x.borrowed { // whoever lends the database has the claim
		x.ledger, err = x.database.Open(ctx, s.DatabaseSchema, x.now)
		return err
	}
	return x.openUnderClaim(ctx)
}

// openUnderClaim opens the ledger of a department in the database, and takes the claim to
// it first if opening would change something: an older program may be at work there.
func (x *session) openUnderClaim(ctx context.Context) (err error) {
	open := func(ctx context.Context) (err error) {
		x.ledger, err = x.database.Open(ctx, x.settings.DatabaseSchema, x.now)
		return err
	}
	current, err := x.database.Current(ctx, x.settings.DatabaseSchema)
	if err != nil {
		return err
	}
	if current {
		return open(ctx)
	}
	return x.besides(ctx, x.settings, func(ctx context.Context, _ *departments.Registry) error { return open(ctx) })
}

// ledgerFile is the name of a ledger in the data folder.
const ledgerFile = "ledger.db"

func runLedger(a *app, ctx context.Context, set *flag.FlagSet, args []string) (err error) {
	rest, err := parse(set, args, 2, 2)
	if err != nil {
		return err
	}
	if rest[0] != "reader" && (rest[0] != "move" || rest[1] != "database" && rest[1] != "file") {
		return usagef("ledger: %q is neither move database nor move file nor reader ROLE", rest[0]+" "+rest[1])
	}
	s, d, err := a.ledgers(ctx)
	if err != nil {
		return err
	}
	if d == nil {
		return errors.New("ledger: no database is set (set SVODKA_DATABASE_URL, such as postgres://svodka@host/svodka)")
	}
	defer closing(&err, d.Close)
	if err := a.unnamed(ctx); err != nil {
		return err
	}
	if rest[0] == "reader" {
		return a.besides(ctx, s, func(ctx context.Context, _ *departments.Registry) error {
			return a.letRead(ctx, s, d, rest[1])
		})
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	lock := flock.New(s.path("worker.lock"), flock.SetPermissions(0o600))
	defer closing(&err, lock.Close)
	if ok, err := lock.TryLock(); err != nil || !ok {
		return errors.Join(fmt.Errorf("ledger: svodka run, or another command, is at work in %s (stop it first)",
			s.DataDir), err)
	}
	return a.besides(ctx, s, func(ctx context.Context, r *departments.Registry) error {
		if rest[1] == "database" {
			return a.moveToDatabase(ctx, s, d)
		}
		return a.moveToFile(ctx, s, d, r)
	})
}

// letRead lets a role read the views of a ledger in a database.
func (a *app) letRead(ctx context.Context, s settings, d *ledger.Database, role string) error {
	there, err := d.Has(ctx, s.DatabaseSchema)
	if err != nil {
		return err
	}
	if !there {
		return noSchema(s)
	}
	// An older program may not have made the views.
	if _, err := d.Open(ctx, s.DatabaseSchema, a.now); err != nil {
		return err
	}
	if err := d.GrantReader(ctx, s.DatabaseSchema, role); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "ledger: %s may read the views of the schema %s\n", role, s.DatabaseSchema)
	return nil
}

// noSchema says that the database has no schema of the settings' name.
func noSchema(s settings) error {
	return fmt.Errorf("ledger: the database has no schema %s (another is set by SVODKA_DATABASE_SCHEMA)",
		s.DatabaseSchema)
}

func (a *app) moveToDatabase(ctx context.Context, s settings, d *ledger.Database) error {
	from, kept := s.path(ledgerFile), s.path("ledger-moved.db")
	switch _, err := os.Stat(from); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("ledger: there is no %s (nothing is to be moved; another folder is set by SVODKA_DATA_DIR)",
			from)
	case err != nil:
		return fmt.Errorf("ledger: %w", err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("ledger: %s is there already, from an earlier move (put it elsewhere first)",
			kept), err)
	}
	file, err := ledger.Open(ctx, from, a.now)
	if err != nil {
		return err
	}
	to, err := d.Open(ctx, s.DatabaseSchema, a.now)
	if err == nil {
		err = copied(ctx, file, to)
	}
	// Once closed, the file is complete and has no companion files.
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(from, kept); err != nil {
		return fmt.Errorf("ledger: it is in the database; keeping the file: %w", err)
	}
	fmt.Fprintf(a.stdout, "ledger: moved into the schema %s of the database; the file is kept as %s\n",
		s.DatabaseSchema, kept)
	return nil
}

// moveToFile also takes a department that has a name out of the list: else a process on
// another machine would begin a new ledger for it.
func (a *app) moveToFile(ctx context.Context, s settings, d *ledger.Database, r *departments.Registry) error {
	there, err := d.Has(ctx, s.DatabaseSchema)
	if err != nil {
		return err
	}
	if !there {
		return noSchema(s)
	}
	from, err := d.Open(ctx, s.DatabaseSchema, a.now)
	if err != nil {
		return err
	}
	path := s.path(ledgerFile)
	if err := a.makeFile(ctx, s, from, path); err != nil {
		return err
	}
	// If this is interrupted, the department stays in the database as before.
	var also []string
	if r != nil {
		also = append(also, departments.Forgetting(a.department))
	}
	kept, err := d.SetAside(ctx, s.DatabaseSchema, also...)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	fmt.Fprintf(a.stdout, "ledger: moved into %s; the schema is kept as %s", path, kept)
	if r == nil {
		fmt.Fprintln(a.stdout, " (now take SVODKA_DATABASE_URL out of the settings)")
		return nil
	}
	fmt.Fprintf(a.stdout, "; the department %s is no longer in the list (to work on it without a database: "+
		"SVODKA_DATA_DIR=%s SVODKA_SPACE=%s, with its other settings, and without --department)\n", a.department,
		s.DataDir, s.Space)
	return nil
}

// makeFile copies a ledger into a file. One that is there must be the copy of a move that
// was interrupted then.
func (a *app) makeFile(ctx context.Context, s settings, from *ledger.Ledger, path string) error {
	switch _, err := os.Stat(path); {
	case err == nil:
		file, err := ledger.Open(ctx, path, a.now)
		if err != nil {
			return err
		}
		same, err := from.Equals(ctx, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		if !same {
			return fmt.Errorf("ledger: %s is there already and is not written over (put it elsewhere first)", path)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("ledger: %w", err)
	}
	// Use another name until it is complete: an interrupted run leaves no half ledger.
	part := s.path("ledger-moving.db")
	if err := errors.Join(removed(part), removed(part+"-wal"), removed(part+"-shm")); err != nil {
		return fmt.Errorf("ledger: what an earlier move left: %w", err)
	}
	file, err := ledger.Open(ctx, part, a.now)
	if err != nil {
		return err
	}
	if err := errors.Join(from.CopyTo(ctx, file), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// copied copies a ledger into another one. One that holds the same already is the copy of
// a move that was interrupted then.
func copied(ctx context.Context, from, to *ledger.Ledger) error {
	err := from.CopyTo(ctx, to)
	if !errors.Is(err, ledger.ErrNotEmpty) {
		return err
	}
	same, cerr := from.Equals(ctx, to)
	if same {
		return nil
	}
	return errors.Join(err, cerr)
}

// removed removes a file, if it is there.
func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
