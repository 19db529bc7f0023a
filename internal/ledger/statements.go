package ledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// keeping opens connections that keep their statements. To understand a statement takes
// SQLite longer than most of the ledger's then take to run, and a cycle runs the same few
// for each person.
type keeping struct{ driver.Connector }

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := c.(connection)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T is no whole connection", c), c.Close())
	}
	return &keptConn{full, map[string]statement{}}, nil
}

// connection is all that database/sql asks of a connection.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is one that has been prepared.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// mostKept is more than there are texts in the package; those with lists of values come
// on top.
const mostKept = 256

// keptConn is a connection that keeps statements by their text. One that is in use is
// not among them, so that the same text may run while its rows are read.
type keptConn struct {
	connection
	kept map[string]statement
}

// Unwrap returns SQLite's connection, for the package sqlite.
func (c *keptConn) Unwrap() driver.Conn { return c.connection }

// keeps reports whether a statement may be kept: some others do their work, or part of
// it, while they are prepared.
func keeps(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} {
		if len(query) > len(verb) && strings.EqualFold(query[:len(verb)], verb) {
			return true
		}
	}
	return false
}

func (c *keptConn) take(ctx context.Context, query string) (statement, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	s, err := c.connection.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := s.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T is no whole statement", s), s.Close())
	}
	return full, nil
}

// give keeps a statement after use. One that failed is not used again.
func (c *keptConn) give(query string, s statement, err error) error {
	if _, twice := c.kept[query]; err != nil || twice || len(c.kept) >= mostKept {
		return errors.Join(err, s.Close())
	}
	c.kept[query] = s
	return nil
}

// ExecContext runs a statement that returns no rows.
func (c *keptConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !keeps(query) {
		return c.connection.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	if err = c.give(query, s, err); err != nil {
		return nil, err
	}
	return res, nil
}

// QueryContext runs a statement that returns rows.
func (c *keptConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !keeps(query) {
		return c.connection.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, c.give(query, s, err)
	}
	return &keptRows{Rows: rows, give: func(err error) error { return c.give(query, s, err) }}, nil
}

// PrepareContext prepares a statement for a transaction, which closes it in the end.
func (c *keptConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if !keeps(query) {
		return c.connection.PrepareContext(ctx, query)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	return &keptStatement{statement: s, give: func(err error) error { return c.give(query, s, err) }}, nil
}

// Close closes the connection and what it keeps.
func (c *keptConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.connection.Close())...)
}

// keptStatement gives a statement back once it is closed.
type keptStatement struct {
	statement
	give  func(error) error // nil: given back
	spent bool              // it has failed, or its rows may still be read
}

func (s *keptStatement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	res, err := s.statement.ExecContext(ctx, args)
	s.spent = s.spent || err != nil
	return res, err
}

// QueryContext returns rows that may outlive the statement: it is not kept then.
func (s *keptStatement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.spent = true
	return s.statement.QueryContext(ctx, args)
}

// Close gives the statement back. A failure of a run has been reported.
func (s *keptStatement) Close() error {
	if s.give == nil {
		return nil
	}
	give := s.give
	s.give = nil
	if s.spent {
		return s.statement.Close()
	}
	return give(nil)
}

// keptRows gives the statement back once the rows have been read.
type keptRows struct {
	driver.Rows
	give func(error) error // nil: given back
}

func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.give == nil {
		return err
	}
	err = r.give(err)
	r.give = nil
	return err
}
