package ledger

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// mostWaiting is how many bytes of statements wait to be sent, and mostStatements how
// many of them.
const (
	mostWaiting    = 64 << 10
	mostStatements = 500
)

// transaction is a transaction in PostgreSQL. What a statement answers is seldom asked
// for, so statements wait until a query needs its rows, or the transaction ends: then all
// are sent at once, what begins it before the first of them. One round trip costs more
// than most statements. What is wrong with a statement is told by the next call that
// sends; the transaction fails all the same. All but what a statement has changed is as
// if it had been sent at once.
type transaction struct {
	ctx   context.Context
	conn  *conn
	entry entry
	wait  *pgconn.Batch
	sent  []*executed // for each of the statements that wait; nil: of the transaction itself
	size  int         // of those, in bytes
	begun bool        // the server has been told
	told  *touched    // is told what statements change; nil: nobody wants to know
}

// executed is what a statement has done, once that is known.
type executed struct {
	t    *transaction
	text string
	rows int64
	tag  string
	done bool
}

// LastInsertId implements driver.Result.
func (*executed) LastInsertId() (int64, error) {
	return 0, errors.New("PostgreSQL has no such number: use RETURNING")
}

// RowsAffected implements driver.Result.
func (e *executed) RowsAffected() (int64, error) {
	if !e.done {
		if err := e.t.send(e.t.ctx); err != nil {
			return 0, err
		}
	}
	return e.rows, nil
}

// open begins the transaction among the statements that wait.
func (t *transaction) open() {
	if t.wait != nil {
		return
	}
	t.wait = &pgconn.Batch{}
	if t.begun {
		return
	}
	for _, text := range t.entry.queries {
		t.wait.ExecParams(text, nil, nil, nil, nil)
		t.sent = append(t.sent, nil)
	}
}

// exec has a statement wait.
func (t *transaction) exec(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	t.open()
	if t.told != nil {
		t.told.begun.note(text)
	}
	if err := add(t.wait, text, args); err != nil {
		return nil, err
	}
	e := &executed{t: t, text: text}
	t.sent = append(t.sent, e)
	t.size += len(text)
	for _, a := range args {
		switch v := a.Value.(type) {
		case string:
			t.size += len(v)
		case []byte:
			t.size += len(v)
		}
	}
	if t.size < mostWaiting && len(t.sent) < mostStatements {
		return e, nil
	}
	return e, t.send(ctx)
}

// query sends what waits and a query, and returns its rows; or only these, if they are
// known. key names the query with its arguments; empty: it is not worth remembering.
func (t *transaction) query(ctx context.Context, key string, q query, args []driver.NamedValue) (driver.Rows, error) {
	var learn func(*recalled)
	if t.told != nil {
		t.told.begun.note(q.text)
	}
	if t.told != nil && key != "" {
		if known := t.told.memory.inWrite(t.told.begun, key); known != nil {
			return &recallRows{known, 0}, nil
		}
		if !t.told.begun.all && !t.told.begun.concerns(q.words) {
			learn = func(r *recalled) {
				r.words = q.words
				t.told.read[key] = r
			}
		}
	}
	t.open()
	if err := add(t.wait, q.text, q.pick(args)); err != nil {
		return nil, err
	}
	t.told.note(q.text)
	all, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	return rowsOf(all, t.conn.Conn.Conn().TypeMap(), learn)
}

// send sends what waits.
func (t *transaction) send(ctx context.Context) error {
	if t.wait == nil {
		return nil
	}
	all, err := t.begin(ctx)
	if err != nil {
		return err
	}
	return all.Close()
}

// begin sends what waits, and reads the answers up to that of the query behind it.
func (t *transaction) begin(ctx context.Context) (*pgconn.MultiResultReader, error) {
	all := t.conn.Conn.Conn().PgConn().ExecBatch(ctx, t.wait)
	sent := t.sent
	t.wait, t.sent, t.size, t.begun = nil, nil, 0, true
	for _, e := range sent {
		var tag pgconn.CommandTag
		err := errors.New("the server has left out an answer")
		if all.NextResult() {
			tag, err = all.ResultReader().Close()
		}
		if err != nil {
			if why := all.Close(); why != nil {
				err = why
			}
			if e == nil {
				err = refused(err, t.entry.refused)
			}
			for _, e := range sent { // any of it may have been done, if only the answer is lost
				if e != nil {
					t.told.note(e.text)
				}
			}
			return nil, err
		}
		if e == nil {
			continue
		}
		if e.rows, e.tag, e.done = tag.RowsAffected(), tag.String(), true; e.rows > 0 {
			t.told.note(e.text)
		}
	}
	return all, nil
}

// now sends what waits, and leaves the connection to a caller who has several statements
// in one text, which cannot wait with others.
func (t *transaction) now(ctx context.Context) error {
	t.open()
	return t.send(ctx)
}

// Commit implements driver.Tx.
func (t *transaction) Commit() error {
	t.conn.tx = nil
	if !t.begun && t.wait == nil {
		return nil // nothing was asked
	}
	t.open()
	t.wait.ExecParams(`COMMIT`, nil, nil, nil, nil)
	end := &executed{t: t}
	t.sent = append(t.sent, end)
	err := t.send(t.ctx)
	if err == nil && end.tag != "COMMIT" {
		err = errors.New("a statement of the transaction failed, so it was taken back")
	}
	if err != nil {
		return errors.Join(err, t.takeBack())
	}
	return nil
}

// Rollback implements driver.Tx.
func (t *transaction) Rollback() error {
	t.conn.tx = nil
	return t.takeBack()
}

// takeBack has the server forget the transaction, if it knows of it. Its context may have
// ended; the connection has then, too.
func (t *transaction) takeBack() error {
	pg := t.conn.Conn.Conn().PgConn()
	if !t.begun || pg.IsClosed() || pg.TxStatus() == 'I' {
		return nil
	}
	_, err := pg.Exec(context.WithoutCancel(t.ctx), `ROLLBACK`).ReadAll()
	return err
}

// unprepared is a statement that only has its text: see transaction.
type unprepared struct {
	*conn
	text string
}

func (unprepared) Close() error { return nil }

// NumInput leaves the check of the number of arguments to the server.
func (unprepared) NumInput() int { return -1 }

func (unprepared) Exec([]driver.Value) (driver.Result, error) { return nil, errWithoutContext }
func (unprepared) Query([]driver.Value) (driver.Rows, error)  { return nil, errWithoutContext }

var errWithoutContext = errors.New("a statement needs a context")

func (s unprepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.text, args)
}

func (s unprepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.text, args)
}
