package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"svodka/internal/department"
	"svodka/internal/files"
)

// Files lists all files, in the order of kind, person and id.
func (l *Ledger) Files(ctx context.Context) ([]files.File, error) {
	return l.files(ctx, func(files.File) bool { return true }, "1 = 1")
}

// FilesOf lists the files of a kind.
func (l *Ledger) FilesOf(ctx context.Context, kind string) ([]files.File, error) {
	return l.files(ctx, func(f files.File) bool { return f.Kind == kind }, "kind = ?", kind)
}

// Followed lists the files whose later edits the change feed may still report.
func (l *Ledger) Followed(ctx context.Context) ([]files.File, error) {
	return l.files(ctx, func(f files.File) bool { return !f.ChangedAt().IsZero() }, "changed <> 0")
}

// Quiet reports whether no file that exists is unread or in trouble: nobody has edited
// anything since it was read.
func (l *Ledger) Quiet(ctx context.Context) (quiet bool, err error) {
	if list, ok, err := l.listed(ctx); ok || err != nil {
		return !slices.ContainsFunc(list, func(f files.File) bool { return !f.Gone() && f.ToRead() }), err
	}
	err = l.row(ctx, "look whether a file is unread", []any{&quiet},
		`SELECT NOT EXISTS (SELECT 1 FROM files WHERE gone = 0 AND (unread <> ? OR trouble <> ''))`, false)
	return quiet, err
}

// files lists those of the files that are wanted: which says the same in SQL.
func (l *Ledger) files(ctx context.Context, wanted func(files.File) bool, which string, args ...any) (
	list []files.File, err error) {
	if all, ok, err := l.listed(ctx); ok || err != nil {
		for _, f := range all {
			if wanted(f) {
				list = append(list, f)
			}
		}
		return list, err
	}
	err = l.each(ctx, "list files", func(rows *sql.Rows) error {
		f, err := l.scanFile(rows)
		if err != nil {
			return fmt.Errorf("table files, row after %d: %w", len(list), err)
		}
		list = append(list, f)
		return nil
	}, `SELECT id, `+fileColumns+` FROM files WHERE `+which+` ORDER BY kind, person, id`, args...)
	return list, err
}

// nothing reads nothing of a row.
func nothing(*sql.Rows) error { return nil }

// fileColumns are in the order of scanFile and putFile; the id comes before them.
const fileColumns = `kind, person, url, kept, digest, unread, writing, trouble, gone, changed, wrote, told, asides, unseen`

var putFileRow = upsert("files", "id", fileColumns)

func (l *Ledger) scanFile(row interface{ Scan(...any) error }) (files.File, error) {
	var r files.Row
	var gone, changed, wrote, told int64
	var asides, unseen string
	err := row.Scan(&r.ID, &r.Kind, &r.Person, &r.URL, &r.Kept, &r.Digest, &r.Unread, &r.Writing, &r.Trouble, &gone,
		&changed, &wrote, &told, &asides, &unseen)
	r.Gone, r.Changed, r.Wrote, r.Told = moment(gone), moment(changed), moment(wrote), moment(told)
	if err == nil && len(asides) > 0 {
		if err = json.Unmarshal([]byte(asides), &r.Asides); err != nil {
			err = fmt.Errorf("what was set aside of file %s: %w", r.ID, err)
		}
	}
	if err == nil {
		if r.Unseen, err = files.ParseUnseen(unseen); err != nil {
			err = fmt.Errorf("file %s: %w", r.ID, err)
		}
	}
	return r.File(layouts{l}), err
}

// layouts loads the layouts of the ledger's files on demand. Do not use it while a
// transaction is under way.
type layouts struct{ l *Ledger }

// Layout also returns nil if the ledger cannot be read: the caller then looks at the
// spreadsheet, and the next call to the ledger returns the error.
func (k layouts) Layout(num int64) []byte {
	var layout []byte
	if err := k.l.row(context.Background(), "get a layout", []any{&layout}, `SELECT layout FROM layouts WHERE num = ?`,
		num); err != nil {
		return nil
	}
	return layout
}

func putFile(ctx context.Context, tx *sql.Tx, f files.File) error {
	if f.ID == "" {
		return fmt.Errorf("a file of kind %q has no id", f.Kind)
	}
	r := f.Row()
	asides := ""
	if len(r.Asides) > 0 {
		b, err := json.Marshal(r.Asides)
		if err != nil {
			return fmt.Errorf("what was set aside of file %s: %w", f.ID, err)
		}
		asides = string(b)
	}
	kept, old, err := putLayout(ctx, tx, r)
	if err == nil {
		_, err = tx.ExecContext(ctx, putFileRow,
			r.ID, r.Kind, r.Person, r.URL, kept, r.Digest, r.Unread, r.Writing, r.Trouble, millis(r.Gone),
			millis(r.Changed), millis(r.Wrote), millis(r.Told), asides, r.Unseen.String())
	}
	if err == nil && old != 0 && old != kept {
		_, err = tx.ExecContext(ctx, `DELETE FROM layouts WHERE num = ?`, old)
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", f.ID, err)
	}
	return nil
}

// putLayout stores a file's layout under a number, 0 if there is none, and returns the
// number that the file had: where the layout is the same it stays. A layout that was
// replaced since the file was listed is not known.
func putLayout(ctx context.Context, tx *sql.Tx, r files.Row) (kept, old int64, err error) {
	same := false
	err = tx.QueryRowContext(ctx, `SELECT kept, EXISTS (SELECT 1 FROM layouts WHERE num = kept AND layout = ?)
		FROM files WHERE id = ?`, r.Layout, r.ID).Scan(&old, &same)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return 0, 0, err
	case r.Kept != 0 && r.Kept == old, same && r.Kept == 0 && len(r.Layout) > 0:
		return old, old, nil
	case r.Kept != 0 || len(r.Layout) == 0:
		return 0, old, nil
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO layouts (layout) VALUES (?) RETURNING num`, r.Layout).Scan(&kept)
	return kept, old, err
}

// moment converts a stored time, in milliseconds of Unix; 0: none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// PutFile adds or replaces a file.
func (l *Ledger) PutFile(ctx context.Context, f files.File) error {
	return l.Save(ctx, Save{Files: []files.File{f}})
}

// ChangeFile changes the record of a file atomically, whatever else changes meanwhile. It
// fails if the file is not known.
func (l *Ledger) ChangeFile(ctx context.Context, id string, change func(*files.File)) error {
	return l.write(ctx, "change file "+id, func(tx *sql.Tx) error {
		f, err := l.scanFile(tx.QueryRowContext(ctx, `SELECT id, `+fileColumns+` FROM files WHERE id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("no such file")
		}
		if err != nil {
			return err
		}
		change(&f)
		return putFile(ctx, tx, f)
	})
}

// BeginFile records that a file of a kind, for a person or for nobody, is about to be
// made. before means that it was begun once already, and nobody knows how that ended.
// PutMade ends it.
func (l *Ledger) BeginFile(ctx context.Context, kind string, person department.PersonID) (before bool, err error) {
	err = l.write(ctx, fmt.Sprintf("begin to make a file of kind %q", kind), func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO files_begun (kind, person) VALUES (?, ?) ON CONFLICT DO NOTHING`,
			kind, person)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		before = n == 0
		return err
	})
	return before, err
}

// PutMade adds a file that BeginFile began.
func (l *Ledger) PutMade(ctx context.Context, f files.File) error {
	return l.write(ctx, "store the file made "+f.ID, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM files_begun WHERE kind = ? AND person = ?`, f.Kind,
			f.Person); err != nil {
			return err
		}
		return putFile(ctx, tx, f)
	})
}

// Feed returns how far the worker has followed the change feed.
func (l *Ledger) Feed(ctx context.Context) (f files.Feed, err error) {
	err = l.look(ctx, "look how far the change feed was followed", func(q querier) error {
		f, err = feedIn(ctx, q)
		return err
	})
	return f, err
}

// feedColumns are in the order of feedIn, and of what Save stores.
const (
	feedColumns = `cursor, distrusted, held`
	updateFeed  = `UPDATE feed SET cursor = ?, distrusted = ?, held = ?`
)

func feedIn(ctx context.Context, q querier) (f files.Feed, err error) {
	var held int64
	err = q.QueryRowContext(ctx, theFeed.query).Scan(&f.Cursor, &f.Distrusted, &held)
	f.Held = moment(held)
	return f, err
}

// Save is what must be stored in one transaction because it belongs together, such as the
// files that the change feed named and the position in the feed.
type Save struct {
	Values map[string][]byte // named values; nil forgets one
	Files  []files.File      // added or replaced
	Feed   func(*files.Feed) // how to change it; nil: not at all
	Cycle  func(*Cycle)      // the same
}

// Save stores all of it or nothing.
func (l *Ledger) Save(ctx context.Context, s Save) error {
	return l.write(ctx, fmt.Sprintf("store %d values and %d files", len(s.Values), len(s.Files)),
		func(tx *sql.Tx) error {
			return s.put(ctx, tx)
		})
}

func (s Save) put(ctx context.Context, tx *sql.Tx) error {
	if err := putValues(ctx, tx, s.Values); err != nil {
		return err
	}
	for _, f := range s.Files {
		if err := putFile(ctx, tx, f); err != nil {
			return err
		}
	}
	if s.Feed != nil {
		f, err := feedIn(ctx, tx)
		if err != nil {
			return fmt.Errorf("the change feed: %w", err)
		}
		s.Feed(&f)
		if _, err := tx.ExecContext(ctx, updateFeed, f.Cursor, f.Distrusted, millis(f.Held)); err != nil {
			return fmt.Errorf("the change feed: %w", err)
		}
	}
	if s.Cycle != nil {
		c, err := cycleIn(ctx, tx)
		if err != nil {
			return fmt.Errorf("the last cycle: %w", err)
		}
		s.Cycle(&c)
		if err := putCycle(ctx, tx, c); err != nil {
			return fmt.Errorf("the last cycle: %w", err)
		}
	}
	return nil
}
