package localgoogle

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"google.golang.org/api/sheets/v4"
	_ "modernc.org/sqlite" // the database driver

	"svodka/internal/localgoogle/wire"
)

// store is the SQLite file. A change is one transaction, and is on disk when that has
// ended.
type store struct {
	db *sql.DB
}

const schema = `
CREATE TABLE IF NOT EXISTS file (id TEXT PRIMARY KEY, num INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS doc (num INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tab (num INTEGER, sheet INTEGER, data BLOB NOT NULL, PRIMARY KEY (num, sheet)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (num INTEGER, sheet INTEGER, pos INTEGER, data BLOB NOT NULL, PRIMARY KEY (num, sheet, pos)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS style (num INTEGER, kind INTEGER, id INTEGER, data BLOB NOT NULL, PRIMARY KEY (num, kind, id)) WITHOUT ROWID;
`

const schemaVersion = 1

const (
	styleFormat = iota
	styleRule
)

// openStore opens or makes the database in dir; without dir it is in memory.
func openStore(ctx context.Context, dir string) (*store, error) {
	dsn := ":memory:"
	if dir != "" {
		// SQLite gives its other files the permissions of this one.
		f, err := os.OpenFile(filepath.Join(dir, "localgoogle.db"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("make the database: %w", err)
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("make the database: %w", err)
		}
		q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)"}}
		dsn = "file:" + (&url.URL{Path: filepath.Join(dir, "localgoogle.db")}).EscapedPath() + "?" + q.Encode()
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	st := &store{db: db}
	if err := st.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return st, nil
}

func (st *store) migrate(ctx context.Context) error {
	var v int
	if err := st.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if v > schemaVersion {
		return fmt.Errorf("the database is of version %d, this program knows %d: use a newer program", v, schemaVersion)
	}
	if _, err := st.db.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	if _, err := st.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)); err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	return nil
}

func (st *store) close() error { return st.db.Close() }

// loadFiles reads all file records, including those of removed files.
func (st *store) loadFiles(ctx context.Context) (files []*file, err error) {
	rows, err := st.db.QueryContext(ctx, "SELECT id, num, data FROM file")
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		f := &file{}
		var data []byte
		if err := rows.Scan(&f.ID, &f.num, &data); err != nil {
			return nil, fmt.Errorf("read files: %w", err)
		}
		if err := json.Unmarshal(data, f); err != nil {
			return nil, fmt.Errorf("read file %s: %w", f.ID, err)
		}
		files = append(files, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	return files, nil
}

// change is what one API call stores.
type change struct {
	files []*file
	docs  []docChange
	erase []int64 // deleted documents
}

type docChange struct {
	num      int64
	old, new *document // old is nil for a new document
}

func (st *store) commit(ctx context.Context, ch change) (err error) {
	tx, err := st.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	for _, d := range ch.docs {
		if err := saveDocument(ctx, tx, d); err != nil {
			return fmt.Errorf("store document: %w", err)
		}
	}
	for _, num := range ch.erase {
		for _, table := range []string{"doc", "tab", "line", "style"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE num = ?", num); err != nil {
				return fmt.Errorf("erase document: %w", err)
			}
		}
	}
	for _, f := range ch.files {
		data, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("encode file: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO file (id, num, data) VALUES (?, ?, ?)", f.ID, f.num,
			data); err != nil {
			return fmt.Errorf("store file: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// saver stores one document with prepared statements.
type saver struct {
	ctx           context.Context
	tx            *sql.Tx
	num           int64
	putLine, drop *sql.Stmt
}

func saveDocument(ctx context.Context, tx *sql.Tx, d docChange) (err error) {
	s := &saver{ctx: ctx, tx: tx, num: d.num}
	if s.putLine, err = tx.PrepareContext(ctx,
		"INSERT OR REPLACE INTO line (num, sheet, pos, data) VALUES (?, ?, ?, ?)"); err != nil {
		return err
	}
	if s.drop, err = tx.PrepareContext(ctx, "DELETE FROM line WHERE num = ? AND sheet = ? AND pos = ?"); err != nil {
		return errors.Join(err, s.putLine.Close())
	}
	defer func() { err = errors.Join(err, s.putLine.Close(), s.drop.Close()) }()

	old := d.old
	if old == nil {
		old = &document{}
	}
	if data := d.new.encode(); !bytes.Equal(data, d.new.saved) || d.old == nil {
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO doc (num, data) VALUES (?, ?)", d.num,
			data); err != nil {
			return err
		}
		d.new.saved = data
	}
	if err := saveStyles(s, styleFormat, d.new.formats); err != nil {
		return err
	}
	if err := saveStyles(s, styleRule, d.new.rules); err != nil {
		return err
	}
	for _, sh := range d.new.sheets {
		was := old.sheet(sh.id())
		if was == sh {
			continue
		}
		if err := s.saveSheet(was, sh); err != nil {
			return err
		}
	}
	for _, was := range old.sheets {
		if d.new.sheet(was.id()) == nil {
			for _, table := range []string{"tab", "line"} {
				if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE num = ? AND sheet = ?", d.num,
					was.id()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *saver) saveSheet(was, sh *sheet) error {
	data := sh.encode()
	if was == nil || !bytes.Equal(data, was.saved) {
		if _, err := s.tx.ExecContext(s.ctx, "INSERT OR REPLACE INTO tab (num, sheet, data) VALUES (?, ?, ?)", s.num,
			sh.id(), data); err != nil {
			return err
		}
	}
	sh.saved = data
	if was == nil {
		was = &sheet{}
	}
	sh.cells = was.cells
	var last *row
	var blob []byte // of last: a row that occurs several times is encoded once
	for r := range max(len(sh.rows), len(was.rows)) {
		before, after := was.row(r), sh.row(r)
		if before == after {
			continue
		}
		sh.cells += after.weight() - before.weight()
		if after == nil || after != last {
			last, blob = after, after.encode()
		}
		if blob != nil {
			if _, err := s.putLine.ExecContext(s.ctx, s.num, sh.id(), r, blob); err != nil {
				return err
			}
		} else if before != nil {
			if _, err := s.drop.ExecContext(s.ctx, s.num, sh.id(), r); err != nil {
				return err
			}
		}
	}
	return nil
}

// saveStyles stores the entries that were added since the document was last stored.
func saveStyles[T any](s *saver, kind int, t *internTable[T]) error {
	list := t.snapshot()
	var known int
	if err := s.tx.QueryRowContext(s.ctx, "SELECT COALESCE(MAX(id), 0) FROM style WHERE num = ? AND kind = ?", s.num,
		kind).Scan(&known); err != nil {
		return err
	}
	for id := known + 1; id < len(list); id++ {
		if _, err := s.tx.ExecContext(s.ctx, "INSERT OR REPLACE INTO style (num, kind, id, data) VALUES (?, ?, ?, ?)",
			s.num, kind, id, wire.Encode(list[id], nil, false)); err != nil {
			return err
		}
	}
	return nil
}

// loadDocument reads a whole spreadsheet.
func (st *store) loadDocument(ctx context.Context, num int64) (*document, error) {
	var data []byte
	if err := st.db.QueryRowContext(ctx, "SELECT data FROM doc WHERE num = ?", num).Scan(&data); err != nil {
		return nil, fmt.Errorf("read document %d: %w", num, err)
	}
	d, order, err := decodeDocument(data)
	if err != nil {
		return nil, err
	}
	byID := map[int64]*sheet{}
	err = st.each(ctx, "SELECT sheet, data FROM tab WHERE num = ?", num, func(scan func(...any) error) error {
		var id int64
		var data []byte
		if err := scan(&id, &data); err != nil {
			return err
		}
		sh, err := decodeSheet(data)
		byID[id] = sh
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range order {
		if sh := byID[id]; sh != nil {
			d.sheets = append(d.sheets, sh)
		}
	}
	return d, errors.Join(st.loadRows(ctx, num, byID), st.loadStyles(ctx, num, d))
}

// loadRows reads the rows of all tabs. Successive equal rows share one value.
func (st *store) loadRows(ctx context.Context, num int64, tabs map[int64]*sheet) error {
	last, text := &row{}, ""
	return st.each(ctx, "SELECT sheet, pos, data FROM line WHERE num = ? ORDER BY sheet, pos", num,
		func(scan func(...any) error) error {
			var id int64
			var pos int
			var data sql.RawBytes // valid until the next row
			if err := scan(&id, &pos, &data); err != nil {
				return err
			}
			sh := tabs[id]
			if sh == nil || pos < 0 || pos >= maxRows {
				return nil
			}
			if text != string(data) {
				text = string(data)
				var err error
				if last, err = decodeRow(text, len(last.cells)); err != nil {
					return err
				}
			}
			sh.cells += last.weight()
			for len(sh.rows) <= pos {
				sh.rows = append(sh.rows, nil)
			}
			sh.rows[pos] = last
			return nil
		})
}

func (st *store) loadStyles(ctx context.Context, num int64, d *document) error {
	return st.each(ctx, "SELECT kind, id, data FROM style WHERE num = ?", num, func(scan func(...any) error) error {
		var kind int
		var id uint32
		var data []byte
		if err := scan(&kind, &id, &data); err != nil {
			return err
		}
		if kind == styleRule {
			v := &sheets.DataValidationRule{}
			if err := wire.Decode(data, v, ""); err != nil {
				return err
			}
			d.rules.put(id, string(data), v)
			return nil
		}
		v := &sheets.CellFormat{}
		if err := wire.Decode(data, v, ""); err != nil {
			return err
		}
		d.formats.put(id, string(data), v)
		return nil
	})
}

func (st *store) each(ctx context.Context, query string, num int64, f func(scan func(...any) error) error) (err error) {
	rows, err := st.db.QueryContext(ctx, query, num)
	if err != nil {
		return fmt.Errorf("read document %d: %w", num, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return fmt.Errorf("read document %d: %w", num, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read document %d: %w", num, err)
	}
	return nil
}
