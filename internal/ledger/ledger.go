// Package ledger keeps, in one SQLite file, what the worker must remember
// between runs: entries and their edits, the last valid configuration, what was
// written last into each spreadsheet, and the cursor of the change feed. It can
// be lost: the next run rebuilds it from the spreadsheets. Every change is one
// transaction, on disk before the method returns.
//
// It is an edge: it stores and gives back; it decides nothing.
package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // also the database/sql driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"svodka/internal/department"
)

// Ledger is an open ledger. Its methods may be called from several goroutines;
// they take turns. The functions that Entries, Deals and the like call may not
// call the ledger: they would wait for themselves.
type Ledger struct {
	db   *sql.DB
	path string // as Open was given it
	now  func() time.Time
}

// Open opens or makes the ledger's file and brings it up to the current schema.
// The file and folders it makes are for its user alone. A file of a newer
// schema is refused. Path ":memory:" keeps nothing.
func Open(ctx context.Context, path string, now func() time.Time) (*Ledger, error) {
	dsn, err := prepare(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	steps, err := migrations()
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	// One connection: one writer, and the whole of ":memory:".
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db, steps, now()); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, damaged(path, err)), db.Close())
	}
	return &Ledger{db: db, path: path, now: now}, nil
}

// prepare makes the file, so that it is made with narrow rights (SQLite gives
// its journal those of the file), and tells how SQLite is to open it.
func prepare(path string) (dsn string, err error) {
	if path == ":memory:" {
		return path + "?" + pragmas, nil
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/… on Windows
	}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: pragmas}).String(), nil
}

// pragmas hold for every connection. Transactions take the write lock at once,
// so that two processes wait for each other instead of failing half-way.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"

// Close closes the file.
func (l *Ledger) Close() error { return l.db.Close() }

// in runs f in one transaction, which is kept if f succeeds. What is being done
// goes into the error.
func (l *Ledger) in(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	return l.wrap(doing, transact(ctx, l.db, nil, f))
}

// look runs f on one unchanging state of the ledger.
func (l *Ledger) look(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	return l.wrap(doing, transact(ctx, l.db, &sql.TxOptions{ReadOnly: true}, f))
}

func (l *Ledger) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s in the ledger: %w", doing, damaged(l.path, err))
}

// DamagedError tells that the ledger's file cannot be read by SQLite any more, or
// is none of its files.
type DamagedError struct {
	Path string
	Err  error // SQLite's
}

// Error follows what was being done with the ledger.
func (e *DamagedError) Error() string { return fmt.Sprintf("the file is damaged: %v", e.Err) }

// Unwrap gives SQLite's error.
func (e *DamagedError) Unwrap() error { return e.Err }

// Hint is what to do: nothing is lost with the file.
func (e *DamagedError) Hint() string {
	return fmt.Sprintf("move %[1]s, and %[1]s-wal and %[1]s-shm if they are there, to another folder and run: svodka sync; it rebuilds the ledger from the spreadsheets", e.Path)
}

// damaged is a DamagedError of err, if it tells of one, else err.
func damaged(path string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff { // the rest tells where it was found
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return &DamagedError{path, err}
		}
	}
	return err
}

func transact(ctx context.Context, db *sql.DB, how *sql.TxOptions, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, how)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		// A transaction that its context ended is already undone.
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			return errors.Join(err, rerr)
		}
		return err
	}
	return tx.Commit()
}

// each runs a query and calls f for every row. What is being done goes into the
// error.
func (l *Ledger) each(ctx context.Context, doing string, f func(*sql.Rows) error, query string, args ...any) error {
	return l.wrap(doing, eachRow(ctx, l.db, f, query, args...))
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachRow(ctx context.Context, q querier, f func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Kinds of files.
const (
	Control = "control"
	Summary = "summary"
	Report  = "report"
)

// File is a spreadsheet that the worker looks after.
type File struct {
	ID     string
	Kind   string
	Person department.PersonID // of a report
	URL    string
	// State is the workbook state written last, as bytes; empty: not known.
	State []byte
	// Digest identifies the inputs of the layout written last.
	Digest string
	// Dirty tells that the file must be read at the next run whatever the change
	// feed says: it was written after it was last read.
	Dirty bool
	// Trouble is why the file could not be read or written at the last try,
	// in English; empty: none.
	Trouble string
	Gone    bool // trashed or removed
	// Shared is with whom the worker shared the file, as the worker encodes it;
	// empty: with nobody yet.
	Shared string
}

// Files lists all files, in the order of kind, person and id.
func (l *Ledger) Files(ctx context.Context) ([]File, error) {
	var files []File
	err := l.each(ctx, "list files", func(rows *sql.Rows) error {
		var f File
		if err := rows.Scan(&f.ID, &f.Kind, &f.Person, &f.URL, &f.State, &f.Digest, &f.Dirty, &f.Trouble, &f.Gone, &f.Shared); err != nil {
			return fmt.Errorf("table files, row after %d: %w", len(files), err)
		}
		files = append(files, f)
		return nil
	}, `SELECT id, kind, person, url, state, digest, dirty, trouble, gone, shared FROM files ORDER BY kind, person, id`)
	return files, err
}

// PutFile adds or replaces a file.
func (l *Ledger) PutFile(ctx context.Context, f File) error { return l.Finish(ctx, nil, []File{f}) }

// DeleteFile forgets a file; one that is not known is as good as forgotten.
func (l *Ledger) DeleteFile(ctx context.Context, id string) error {
	return l.in(ctx, "forget file "+id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM files WHERE id = ?`, id)
		return err
	})
}

// SetDirty marks a file to be read at the next run, or takes the mark away. A
// file that is not known is an error.
func (l *Ledger) SetDirty(ctx context.Context, id string, dirty bool) error {
	return l.change(ctx, "mark file "+id, `UPDATE files SET dirty = ? WHERE id = ?`, dirty, id)
}

// SetShared records with whom a file is shared. A file that is not known is an
// error.
func (l *Ledger) SetShared(ctx context.Context, id, shared string) error {
	return l.change(ctx, "record the sharing of file "+id, `UPDATE files SET shared = ? WHERE id = ?`, shared, id)
}

// change runs an update that must hit one row.
func (l *Ledger) change(ctx context.Context, doing, query string, args ...any) error {
	return l.in(ctx, doing, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return errors.New("no such file")
	})
}

// Get gives a small named value: the change cursor, the snapshot of the control
// spreadsheet, and so on. A name that is not set is nil.
func (l *Ledger) Get(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := l.db.QueryRowContext(ctx, `SELECT value FROM named WHERE name = ?`, name).Scan(&value)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("get %q from the ledger: %w", name, err)
	}
	return blob(value), nil
}

// Set stores a named value; nil forgets it.
func (l *Ledger) Set(ctx context.Context, name string, value []byte) error {
	return l.Finish(ctx, map[string][]byte{name: value}, nil)
}

// Secret is a named value of 32 random bytes that is made when it is first asked
// for, and then kept. It never leaves the ledger but to key what must be compared and
// not read.
func (l *Ledger) Secret(ctx context.Context, name string) (secret []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails
	err = l.in(ctx, fmt.Sprintf("make the secret %q", name), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO named (name, value) VALUES (?, ?)`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM named WHERE name = ?`, name).Scan(&secret)
	})
	return secret, err
}

// Finish stores named values (nil forgets one) and files in one transaction:
// what belongs together at the end of a run, as the change cursor and what was
// written.
func (l *Ledger) Finish(ctx context.Context, values map[string][]byte, files []File) error {
	return l.in(ctx, fmt.Sprintf("store %d values and %d files", len(values), len(files)), func(tx *sql.Tx) error {
		if err := putValues(ctx, tx, values); err != nil {
			return err
		}
		for _, f := range files {
			if f.ID == "" {
				return fmt.Errorf("a file of kind %q has no id", f.Kind)
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO files (id, kind, person, url, state, digest, dirty, trouble, gone, shared) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				f.ID, f.Kind, f.Person, f.URL, blob(f.State), f.Digest, f.Dirty, f.Trouble, f.Gone, f.Shared); err != nil {
				return fmt.Errorf("file %s: %w", f.ID, err)
			}
		}
		return nil
	})
}

// putValues stores named values; nil forgets one.
func putValues(ctx context.Context, tx *sql.Tx, values map[string][]byte) error {
	for name, value := range values {
		query, args := `INSERT OR REPLACE INTO named (name, value) VALUES (?, ?)`, []any{name, value}
		if value == nil {
			query, args = `DELETE FROM named WHERE name = ?`, args[:1]
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("value %q: %w", name, err)
		}
	}
	return nil
}

// blob tells empty from nothing: a nil slice would be stored as NULL, and an
// empty one comes back as nil.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Backup writes a copy of the ledger, whole and consistent, to a new file while
// the ledger is in use. The copy holds these named values besides. A file that
// exists is not written over: the error is an fs.ErrExist.
func (l *Ledger) Backup(ctx context.Context, path string, values map[string][]byte) error {
	// Made by us first, so that it is never anybody else's to read.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("back up the ledger to %s: %w", path, err)
	}
	_, err = l.db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err == nil {
		err = addTo(ctx, path, l.now, values)
	}
	if err != nil {
		// Half a copy is worse than none.
		return errors.Join(fmt.Errorf("back up the ledger to %s: %w", path, err), os.Remove(path))
	}
	return nil
}

func addTo(ctx context.Context, path string, now func() time.Time, values map[string][]byte) error {
	c, err := Open(ctx, path, now)
	if err != nil {
		return err
	}
	err = c.Finish(ctx, values, nil)
	if err == nil {
		// One file, with no journal beside it.
		_, err = c.db.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	}
	return errors.Join(err, c.Close())
}
