// Package ledger stores, in one SQLite file or in a schema of PostgreSQL, what the worker
// must remember between runs: entries and their edits, the last valid configuration, what
// was written last into each spreadsheet, and the cursor of the change feed. It may be
// lost: the next run rebuilds it from the spreadsheets. Every change is one transaction,
// on disk before the method returns; in PostgreSQL, all but that of Synced: see Later.
//
// It is an edge: it stores and returns data, and decides nothing.
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
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Ledger is an open ledger. Several goroutines may call its methods; the calls run one at
// a time. The functions that Entries, Deals and the like call must not call the ledger:
// they would deadlock.
type Ledger struct {
	db      *sql.DB
	path    string // as given to Open; in PostgreSQL, the schema
	schema  string // in PostgreSQL; empty: the ledger is a SQLite file
	newer   bool   // than this program, which works with it all the same
	now     func() time.Time
	fence   fence                               // in PostgreSQL
	later   func(statement string, args ...any) // see Later; nil: Synced stores at once
	memory  memory                              // of what PostgreSQL answered
	listing listing                             // of the files among it
	steady  sync.RWMutex                        // read by what needs one state, while nobody else writes
}

// Open opens or makes the ledger's file and migrates it to the current schema. Only its
// user may access the file and folders that it makes. It fails if the file has a newer
// schema. With path ":memory:" it stores nothing on disk.
func Open(ctx context.Context, path string, now func() time.Time) (*Ledger, error) {
	dsn, err := prepare(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	steps, err := migrations("migrations")
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	whole, err := migrations("migrations/new")
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	db := sql.OpenDB(keeping{connector})
	// One connection: one writer, and the whole of ":memory:".
	db.SetMaxOpenConns(1)
	l := &Ledger{db: db, path: path, now: now}
	if err := migrate(ctx, l, whole, steps); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, damaged(path, err)), db.Close())
	}
	return l, nil
}

// prepare makes the file, so that it has narrow permissions (SQLite gives its journal the
// same), and returns how SQLite must open it.
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

// pragmas hold for every connection. Transactions take the write lock at once, so that
// two processes wait for each other instead of failing half-way.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"

// Close closes the file. Closing a ledger in PostgreSQL does nothing: close its database.
func (l *Ledger) Close() error {
	if l.schema != "" {
		return nil
	}
	return l.db.Close()
}

// Fence makes every write into PostgreSQL from now on ask, with the lock of the writers
// held, whether this process still may: that is a condition in SQL, and refused is the
// error of a write that may not. Without one nobody is asked.
func (l *Ledger) Fence(condition string, refused error) {
	l.fence, l.later = fence{condition, refused}, nil
	l.memory.release()
}

// Later has what Synced stores stored later: it is given to along, as a statement that
// says where and whether, for a transaction that the caller has to make anyway. It holds
// until Fence is called.
func (l *Ledger) Later(along func(statement string, args ...any)) { l.later = along }

// fence says whether this process may write.
type fence struct {
	condition string // empty: it may
	refused   error
}

// Hold says, until Fence is called, that nobody but this ledger writes: then what
// PostgreSQL has answered once need not be asked again until this ledger writes. sole
// says that nobody has written since it was held last either.
func (l *Ledger) Hold(sole bool) { l.memory.hold(sole) }

// write runs f in one transaction and commits it if f succeeds. Errors include doing.
func (l *Ledger) write(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	l.steady.Lock()
	defer l.steady.Unlock()
	if l.schema == "" {
		return l.wrap(doing, l.transact(ctx, nil, f))
	}
	t := &touched{begun: &touched{}, memory: &l.memory, read: map[string]*recalled{}}
	done := l.memory.write()
	err := errors.New("it broke off")
	defer func() { done(t, err == nil) }()
	err = l.transact(context.WithValue(ctx, touchKey{}, t), nil, f)
	return l.wrap(doing, err)
}

// look runs f, which makes one query: it needs no transaction to see one state.
func (l *Ledger) look(ctx context.Context, doing string, f func(querier) error) error {
	if l.schema == "" {
		return l.wrap(doing, f(l.db))
	}
	return l.wrap(doing, f(alone{l.db, l.schema, &l.memory}))
}

// read runs f, which makes several queries, on one unchanging state of the ledger. While
// nobody else writes into one in PostgreSQL, that takes no transaction: only our own
// writes must wait.
func (l *Ledger) read(ctx context.Context, doing string, f func(querier) error) error {
	if l.schema != "" && l.memory.isHeld() {
		l.steady.RLock()
		defer l.steady.RUnlock()
		r := &several{alone: alone{l.db, l.schema, &l.memory}, made: map[string]asked{}}
		r.ahead(ctx, l.memory.madeBy(doing))
		err := f(r)
		if err == nil {
			l.memory.keepMade(doing, r.made)
		}
		return l.wrap(doing, err)
	}
	return l.readTx(ctx, doing, func(tx *sql.Tx) error { return f(tx) })
}

// readTx runs f in a transaction that sees one unchanging state of the ledger.
func (l *Ledger) readTx(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	return l.wrap(doing, l.transact(ctx, &sql.TxOptions{ReadOnly: true}, f))
}

func (l *Ledger) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s in the ledger: %w", doing, damaged(l.path, err))
}

// DamagedError means that SQLite can no longer read the ledger's file, or that the file
// is not SQLite's.
type DamagedError struct {
	Path string
	Err  error // SQLite's
}

// Error is worded to follow what was being done with the ledger.
func (e *DamagedError) Error() string { return fmt.Sprintf("the file is damaged: %v", e.Err) }

// Unwrap returns SQLite's error.
func (e *DamagedError) Unwrap() error { return e.Err }

// Hint says what to do: nothing is lost with the file.
func (e *DamagedError) Hint() string {
	return fmt.Sprintf("move %[1]s, and %[1]s-wal and %[1]s-shm if they are there, to another folder and run: svodka "+
		"sync; it rebuilds the ledger from the spreadsheets", e.Path)
}

// damaged returns a DamagedError if err is of that kind, else err.
func damaged(path string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff { // the upper bits say where it was found
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return &DamagedError{path, err}
		}
	}
	return err
}

func (l *Ledger) transact(ctx context.Context, how *sql.TxOptions, f func(*sql.Tx) error) error {
	readOnly := how != nil && how.ReadOnly
	if l.schema != "" {
		ctx = entering(ctx, l.schema, readOnly, l.fence)
	}
	tx, err := l.db.BeginTx(ctx, how)
	if err != nil {
		return err
	}
	if err = f(tx); err != nil {
		// If the context ended the transaction, it is already rolled back.
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			return errors.Join(err, rerr)
		}
		return err
	}
	return tx.Commit()
}

// each runs a query and calls f for every row. Errors include doing.
func (l *Ledger) each(ctx context.Context, doing string, f func(*sql.Rows) error, query string, args ...any) error {
	return l.look(ctx, doing, func(q querier) error { return eachRow(ctx, q, f, query, args...) })
}

// row runs a query and scans its first row into values; it returns sql.ErrNoRows if there
// is none.
func (l *Ledger) row(ctx context.Context, doing string, values []any, query string, args ...any) error {
	return l.look(ctx, doing, func(q querier) error { return q.QueryRowContext(ctx, query, args...).Scan(values...) })
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
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

var putNamed = upsert("named", "name", "value")

// Get returns a small named value, such as the last valid configuration, or nil if the
// name is not set.
func (l *Ledger) Get(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := l.row(ctx, fmt.Sprintf("get %q", name), []any{&value}, `SELECT value FROM named WHERE name = ?`, name)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return blob(value), nil
}

// Set stores a named value; nil deletes it.
func (l *Ledger) Set(ctx context.Context, name string, value []byte) error {
	return l.Save(ctx, Save{Values: map[string][]byte{name: value}})
}

// Secret returns a named value of 32 random bytes, which it makes at the first call and
// then keeps. The value leaves the ledger only as a key for data that must be compared
// but not read.
func (l *Ledger) Secret(ctx context.Context, name string) (secret []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails
	err = l.write(ctx, fmt.Sprintf("make the secret %q", name), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO named (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name,
			fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM named WHERE name = ?`, name).Scan(&secret)
	})
	return secret, err
}

// putValues stores named values; nil deletes one.
func putValues(ctx context.Context, tx *sql.Tx, values map[string][]byte) error {
	for name, value := range values {
		query, args := putNamed, []any{name, value}
		if value == nil {
			query, args = `DELETE FROM named WHERE name = ?`, args[:1]
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("value %q: %w", name, err)
		}
	}
	return nil
}

// blob distinguishes empty from nil: SQL would store a nil slice as NULL, and an empty
// one comes back as nil.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Backup writes a complete and consistent copy of the ledger, with also added, to a new
// SQLite file while the ledger is in use. It does not overwrite a file: then the error is
// an fs.ErrExist.
func (l *Ledger) Backup(ctx context.Context, path string, also Save) error {
	// We make the file first, so that nobody else can ever read it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("back up the ledger to %s: %w", path, err)
	}
	if l.schema == "" {
		_, err = l.db.ExecContext(ctx, `VACUUM INTO ?`, path)
	}
	if err == nil {
		err = l.finish(ctx, path, also)
	}
	if err != nil {
		// Half a copy is worse than none.
		return errors.Join(fmt.Errorf("back up the ledger to %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// finish completes a copy of the ledger; one from PostgreSQL is still empty.
func (l *Ledger) finish(ctx context.Context, path string, also Save) error {
	c, err := Open(ctx, path, l.now)
	if err != nil {
		return err
	}
	if l.schema != "" {
		err = l.CopyTo(ctx, c)
	}
	if err == nil {
		err = c.Save(ctx, also)
	}
	if err == nil {
		// One file, with no journal beside it.
		_, err = c.db.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	}
	return errors.Join(err, c.Close())
}
