package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"svodka/internal/lazyregexp"
	"svodka/internal/postgres"
)

// Database is a PostgreSQL database that holds the ledgers of many departments, each in
// a schema of its own. They share its connections.
type Database struct {
	db *sql.DB
}

// Connect opens a database by its address, postgres://user@host/name, or by a list of
// settings as libpq takes it. It makes at most that many connections at a time, and one
// at once, so that a wrong address fails here.
func Connect(ctx context.Context, address string, connections int) (*Database, error) {
	config, err := postgres.Config(address, connections)
	if err != nil {
		return nil, err
	}
	d := &Database{sql.OpenDB(connector{stdlib.GetConnector(*config.ConnConfig,
		stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
			return postgres.Doubtful(p.Conn.PgConn(), p.IdleDuration)
		}))})}
	d.db.SetMaxOpenConns(int(config.MaxConns))
	d.db.SetMaxIdleConns(int(config.MaxConns))
	d.db.SetConnMaxIdleTime(config.MaxConnIdleTime)
	if err := d.db.PingContext(ctx); err != nil {
		return nil, errors.Join(postgres.Failed(err), d.db.Close())
	}
	return d, nil
}

// Close closes the connections. Afterwards no ledger of the database works.
func (d *Database) Close() error { return d.db.Close() }

// schemaName matches names that PostgreSQL takes without quotes, within its 63 bytes,
// unless they are words of SQL.
var schemaName = lazyregexp.New(`^[a-z_][a-z0-9_]{0,62}$`)

// quoted returns the name of a schema as SQL takes it: "user" is a good name, too.
func quoted(schema string) string { return pgx.Identifier{schema}.Sanitize() }

// Open opens the ledger in a schema, which it makes if there is none, and migrates it to
// the current version. It fails if the schema has a newer version that this program does
// not survive. The ledger lives until its database is closed; closing the ledger alone
// does nothing.
func (d *Database) Open(ctx context.Context, schema string, now func() time.Time) (*Ledger, error) {
	l, err := d.ledger(schema, now)
	if err == nil {
		err = l.create(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", schema, err)
	}
	return l, nil
}

func (d *Database) ledger(schema string, now func() time.Time) (*Ledger, error) {
	if !schemaName.MatchString(schema) {
		return nil, fmt.Errorf("%q is no name of a schema: use at most 63 letters a–z, digits and _, no digit first",
			schema)
	}
	return &Ledger{db: d.db, path: schema, schema: schema, now: now}, nil
}

// Has reports whether the database has a schema.
func (d *Database) Has(ctx context.Context, schema string) (has bool, err error) {
	// Views of information_schema look through all schemas: there may be thousands.
	err = d.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, schema).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look for the schema %s: %w", schema, err)
	}
	return has, nil
}

// Foreign reports whether a schema holds something that is no ledger: another program
// has it.
func (d *Database) Foreign(ctx context.Context, schema string) (foreign bool, err error) {
	// A ledger that was not made to its end has a table of migrations alone.
	err = d.db.QueryRowContext(ctx, `WITH here AS (SELECT relname FROM pg_class
			WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind NOT IN ('i', 't', 'c'))
		SELECT EXISTS (SELECT 1 FROM here WHERE relname <> 'migrations')
			AND NOT EXISTS (SELECT 1 FROM here WHERE relname = 'closed_kpis')`, schema).Scan(&foreign)
	if err != nil {
		return false, fmt.Errorf("look what the schema %s holds: %w", schema, err)
	}
	return foreign, nil
}

// Empty reports whether a schema has no ledger, or one that no department has been made
// in: so a move leaves it that was interrupted.
func (d *Database) Empty(ctx context.Context, schema string) (bool, error) {
	l, err := d.ledger(schema, nil)
	if err != nil {
		return false, err
	}
	var filled bool
	err = l.row(ctx, "look whether it holds anything", []any{&filled}, `SELECT EXISTS (SELECT 1 FROM files)`)
	var known *pgconn.PgError
	if errors.As(err, &known) && known.Code == undefinedTable {
		return true, nil
	}
	return !filled, err
}

// SetAside renames a ledger's schema, so that nobody works with it, and returns the new
// name: the old one with _moved, and a number if that is taken. What else belongs to
// that, statements without arguments, is done in the same transaction.
func (d *Database) SetAside(ctx context.Context, schema string, also ...string) (name string, err error) {
	l, err := d.ledger(schema, time.Now)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		name = schema + "_moved"
		if n > 1 {
			name += strconv.Itoa(n)
		}
		taken, err := d.Has(ctx, name)
		if err != nil {
			return "", err
		}
		if !taken {
			break
		}
	}
	if !schemaName.MatchString(name) {
		return "", fmt.Errorf("set the schema %s aside: %q is too long a name", schema, name)
	}
	return name, l.write(ctx, "set aside", func(tx *sql.Tx) error {
		for _, query := range append(also, `ALTER SCHEMA `+quoted(schema)+` RENAME TO `+quoted(name)) {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *Ledger) create(ctx context.Context) error {
	last, err := newestStep()
	if err != nil {
		return err
	}
	if version, _, err := l.version(ctx); version == last || err != nil {
		return err
	}
	steps, err := migrations("migrations/postgres")
	if err != nil {
		return err
	}
	err = l.transact(ctx, nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+quoted(l.schema))
		return err
	})
	if err != nil {
		return err
	}
	return migrate(ctx, l, nil, steps)
}

// newestStep is the number of the last step that this program knows.
var newestStep = sync.OnceValues(func() (int, error) {
	steps, err := migrations("migrations/postgres")
	if err != nil {
		return 0, err
	}
	return steps[len(steps)-1].version()
})

// version returns the version of a schema, by one query, and the last step that a program
// must know to work with it; zero: it has no ledger, or one of before that was noted.
func (l *Ledger) version(ctx context.Context) (version, needs int, err error) {
	err = alone{l.db, l.schema, &l.memory}.QueryRowContext(ctx, `SELECT coalesce(max(version), 0),
		coalesce(max(coalesce(needs, version)), 0) FROM migrations`).Scan(&version, &needs)
	var known *pgconn.PgError
	if errors.As(err, &known) && (known.Code == undefinedTable || known.Code == undefinedColumn) {
		return 0, 0, nil
	}
	return version, needs, err
}

// Current reports whether a schema has a ledger of this program's version, or of a newer
// one: then opening it changes nothing.
func (d *Database) Current(ctx context.Context, schema string) (bool, error) {
	l, err := d.ledger(schema, nil)
	if err != nil {
		return false, err
	}
	last, err := newestStep()
	if err != nil {
		return false, err
	}
	version, _, err := l.version(ctx)
	if err != nil {
		return false, fmt.Errorf("look which version the ledger %s has: %w", schema, err)
	}
	return version >= last, nil
}

// Recheck fails if a newer program has brought the ledger, since it was opened, to a
// version that this one cannot work with.
func (l *Ledger) Recheck(ctx context.Context) error {
	last, err := newestStep()
	if err != nil {
		return err
	}
	version, needs, err := l.version(ctx)
	if err == nil {
		err = l.survive(version, needs, last)
	}
	if err != nil {
		return fmt.Errorf("look at ledger %s again: %w", l.path, err)
	}
	return nil
}

// Codes of PostgreSQL's errors.
const (
	undefinedColumn = "42703"
	undefinedTable  = "42P01"
	divisionByZero  = "22012"
)

// entering returns the context in which a transaction begins that works in a ledger's
// schema. Afterwards the connection is free for any ledger, even behind a pooler that
// shares it between transactions. A reader sees one state; a writer waits for other
// writers, as in SQLite, and then asks whether it may write.
func entering(ctx context.Context, schema string, readOnly bool, f fence) context.Context {
	begin, lock := "BEGIN", ""
	if readOnly {
		begin += " ISOLATION LEVEL REPEATABLE READ READ ONLY"
	} else {
		lock = ", " + lockOf(schema)
	}
	// In a search path, words of SQL need no quotes, nor do they in a text.
	queries := []string{begin, `SELECT set_config('search_path', '` + schema + `', true),
		set_config('idle_in_transaction_session_timeout', '` + postgres.IdleTooLong + `', true)` + lock}
	if !readOnly && f.condition != "" {
		queries = append(queries, f.query()) // sees what was before it had the lock
	}
	return context.WithValue(ctx, beginKey{}, entry{queries, f.refused})
}

// lockOf is the expression that waits for other writers.
func lockOf(schema string) string {
	return `pg_advisory_xact_lock(hashtextextended('` + schema + `', 0))`
}

// query returns a query that fails with the code of divisionByZero if the condition does
// not hold. That is quicker than to look at what it returns.
func (f fence) query() string { return `SELECT 1 / CASE WHEN ` + f.condition + ` THEN 1 ELSE 0 END` }

// entry is how to begin a transaction.
type entry struct {
	queries []string
	refused error // what it means that one divides by zero
}

// Keys of values in contexts, which database/sql hands on to the connection.
type (
	beginKey struct{} // how to begin a transaction: an entry
	touchKey struct{} // what notes what a transaction changes
	aloneKey struct{} // how to run one query by itself: an aside
)

// aside says in which schema to run one query, and who is told of its rows; nil: nobody.
type aside struct {
	schema string
	learn  func(*recalled)
}

// alone runs queries in a ledger's schema, each by itself, in one round trip, or in none
// if the answer is known.
type alone struct {
	db     *sql.DB
	schema string
	memory *memory
}

func (a alone) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	known, ctx := a.recall(ctx, query, args)
	if known != nil {
		return known.query(ctx)
	}
	return a.db.QueryContext(ctx, query, args...)
}

func (a alone) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	known, ctx := a.recall(ctx, query, args)
	if known != nil {
		return known.queryRow(ctx)
	}
	return a.db.QueryRowContext(ctx, query, args...)
}

// recall returns the rows of a query if they are known, or come with others that are
// asked for at once; else nil, and the context to ask for them.
func (a alone) recall(ctx context.Context, query string, args []any) (*recalled, context.Context) {
	key := keyOf(query, args)
	x := a.memory.get(key, query, args)
	if x.known != nil {
		return x.known, ctx
	}
	if len(x.usual) > 1 {
		// If it fails, the query itself will say why.
		if all, err := a.askAll(ctx, x.usual, x.learn); err == nil {
			return all[key], ctx
		}
	}
	s := aside{schema: a.schema}
	if x.learn != nil {
		s.learn = func(r *recalled) {
			r.words = placeholders(query).words
			x.learn(key, r)
		}
	}
	return nil, context.WithValue(ctx, aloneKey{}, s)
}

// askAll runs several queries in one round trip, tells learn of their rows and returns
// them.
func (a alone) askAll(ctx context.Context, queries map[string]asked, learn func(string, *recalled)) (
	all map[string]*recalled, err error) {
	c, err := a.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	err = c.Raw(func(d any) error {
		pg, ok := d.(*conn)
		if !ok {
			return fmt.Errorf("a connection of an unknown kind: %T", d)
		}
		all, err = pg.askAll(ctx, a.schema, queries)
		return err
	})
	if err = errors.Join(err, c.Close()); err != nil {
		return nil, err
	}
	for k, r := range all {
		r.words = placeholders(queries[k].query).words
		learn(k, r)
	}
	return all, nil
}

// connector makes connections that accept the ledger's queries.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pg, ok := made.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of an unknown kind: %T", made), made.Close())
	}
	return &conn{Conn: pg}, nil
}

// conn replaces SQLite's placeholders by PostgreSQL's.
type conn struct {
	*stdlib.Conn
	tx *transaction // of a ledger, under way; nil: none is
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	q := placeholders(query)
	several := len(args) == 0 && strings.Contains(q.text, ";")
	if c.tx != nil && !several {
		if w, ok := putBy(query, args); ok && c.tx.told != nil {
			c.tx.told.written = append(c.tx.told.written, w)
		}
		return c.tx.exec(ctx, q.text, q.pick(args))
	}
	if c.tx != nil {
		if err := c.tx.now(ctx); err != nil {
			return nil, err
		}
		c.tx.told.note(q.text)
		if c.tx.told != nil {
			c.tx.told.begun.note(q.text)
		}
	}
	return c.Conn.ExecContext(ctx, q.text, q.pick(args))
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	q := placeholders(query)
	if a, ok := ctx.Value(aloneKey{}).(aside); ok {
		return c.queryIn(ctx, a, q.text, q.pick(args))
	}
	if c.tx != nil {
		return c.tx.query(ctx, keyIn(query, args), q, args)
	}
	return c.Conn.QueryContext(ctx, q.text, q.pick(args))
}

// BeginTx begins a transaction of a ledger as entering says: see transaction.
func (c *conn) BeginTx(ctx context.Context, how driver.TxOptions) (driver.Tx, error) {
	e, ok := ctx.Value(beginKey{}).(entry)
	if !ok {
		return c.Conn.BeginTx(ctx, how)
	}
	c.tx = &transaction{ctx: ctx, conn: c, entry: e}
	c.tx.told, _ = ctx.Value(touchKey{}).(*touched)
	return c.tx, nil
}

// refused returns why a write was refused, if that is what an error means, else the
// error.
func refused(err, refused error) error {
	var known *pgconn.PgError
	if refused != nil && errors.As(err, &known) && known.Code == divisionByZero {
		return refused
	}
	return err
}

// retried makes database/sql take another connection, if the server has not received
// anything.
func retried(err error) error {
	if pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// queryIn runs a query in a schema. The server takes what it is sent at once as one
// transaction. It is not prepared: that would have to be before, and outside the schema.
func (c *conn) queryIn(ctx context.Context, a aside, query string, args []driver.NamedValue) (driver.Rows, error) {
	b := &pgconn.Batch{}
	b.ExecParams(`SELECT set_config('search_path', $1, true)`, [][]byte{[]byte(a.schema)}, nil, nil, nil)
	if err := add(b, query, args); err != nil {
		return nil, err
	}
	pg := c.Conn.Conn()
	all := pg.PgConn().ExecBatch(ctx, b)
	if all.NextResult() {
		if _, err := all.ResultReader().Close(); err != nil {
			return nil, retried(errors.Join(err, all.Close()))
		}
	}
	rows, err := rowsOf(all, pg.TypeMap(), a.learn)
	return rows, retried(err)
}

// rowsOf returns the rows of the query whose answer is the next one, and the last. learn
// is told of them; nil: nobody is. The first row must be there before database/sql asks
// for the columns.
func rowsOf(all *pgconn.MultiResultReader, types *pgtype.Map, learn func(*recalled)) (driver.Rows, error) {
	rows := &rows{all: all, types: types, learn: learn}
	if all.NextResult() {
		rows.one = all.ResultReader()
		rows.seen.columns = rows.Columns()
		rows.more = rows.one.NextRow()
		if rows.more {
			return rows, nil
		}
	}
	columns := rows.Columns()
	if err := rows.Close(); err != nil {
		return nil, err
	}
	return &noRows{columns}, nil
}

// add adds a query of the ledger's to those that are sent at once.
func (c *conn) add(b *pgconn.Batch, query string, args []any) error {
	values := make([]driver.NamedValue, len(args))
	for i, v := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
		if err := c.CheckNamedValue(&values[i]); err != nil {
			return err
		}
	}
	q := placeholders(query)
	return add(b, q.text, q.pick(values))
}

// add adds a query to those that are sent at once.
func add(b *pgconn.Batch, query string, args []driver.NamedValue) (err error) {
	values, formats := make([][]byte, len(args)), make([]int16, len(args))
	for i, a := range args {
		if values[i], formats[i], err = encoded(a.Value); err != nil {
			return err
		}
	}
	b.ExecParams(query, values, nil, formats, []int16{pgtype.BinaryFormatCode})
	return nil
}

// askAll runs queries in a schema, all in one transaction and round trip.
func (c *conn) askAll(ctx context.Context, schema string, queries map[string]asked) (map[string]*recalled, error) {
	b := &pgconn.Batch{}
	b.ExecParams(`SELECT set_config('search_path', $1, true)`, [][]byte{[]byte(schema)}, nil, nil, nil)
	keys := slices.Sorted(maps.Keys(queries))
	for _, k := range keys {
		if err := c.add(b, queries[k].query, queries[k].args); err != nil {
			return nil, err
		}
	}
	pg := c.Conn.Conn()
	all := pg.PgConn().ExecBatch(ctx, b)
	out := map[string]*recalled{}
	for n := -1; all.NextResult(); n++ { // the first is of the schema
		one := all.ResultReader()
		r := &recalled{}
		for _, f := range one.FieldDescriptions() {
			r.columns = append(r.columns, f.Name)
		}
		for one.NextRow() {
			row := make([]driver.Value, len(r.columns))
			if err := decode(pg.TypeMap(), one, row); err != nil {
				return nil, errors.Join(err, all.Close())
			}
			r.add(row)
		}
		if n >= 0 {
			out[keys[n]] = r
		}
	}
	return out, all.Close()
}

// encoded returns a value as it is sent to the server, which knows its type.
func encoded(v driver.Value) (value []byte, format int16, err error) {
	switch v := v.(type) {
	case nil:
		return nil, pgtype.TextFormatCode, nil
	case int64:
		return strconv.AppendInt(nil, v, 10), pgtype.TextFormatCode, nil
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), pgtype.TextFormatCode, nil
	case string:
		return []byte(v), pgtype.TextFormatCode, nil
	case []byte:
		return v, pgtype.BinaryFormatCode, nil
	}
	return nil, 0, fmt.Errorf("an argument of the type %T, which no column has", v)
}

// rows are the rows of one query, for database/sql.
type rows struct {
	all   *pgconn.MultiResultReader
	one   *pgconn.ResultReader
	types *pgtype.Map
	more  bool // the next row has come
	ended bool // there are no more
	seen  recalled
	learn func(*recalled) // is told of all the rows, once they are read without an error; nil: nobody
}

func (r *rows) Columns() []string {
	if r.one == nil {
		return nil
	}
	var names []string
	for _, f := range r.one.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names
}

func (r *rows) Next(to []driver.Value) error {
	if !r.more && !r.one.NextRow() {
		r.ended = true
		if _, err := r.one.Close(); err != nil {
			return err
		}
		return io.EOF
	}
	r.more = false
	if err := decode(r.types, r.one, to); err != nil {
		return err
	}
	if r.learn != nil && !r.seen.add(to) {
		r.learn(&r.seen) // too much
		r.learn = nil
	}
	return nil
}

// decode reads the row that has come.
func decode(types *pgtype.Map, one *pgconn.ResultReader, to []driver.Value) error {
	for i, raw := range one.Values() {
		f := one.FieldDescriptions()[i]
		t, ok := types.TypeForOID(f.DataTypeOID)
		if !ok {
			return fmt.Errorf("the column %s is of a type that is not known, %d", f.Name, f.DataTypeOID)
		}
		var err error
		if to[i], err = t.Codec.DecodeDatabaseSQLValue(types, f.DataTypeOID, f.Format, raw); err != nil {
			return fmt.Errorf("read the column %s: %w", f.Name, err)
		}
	}
	return nil
}

// Close ends the query. Whoever asks for one row leaves the end to Close.
func (r *rows) Close() error {
	if r.learn != nil && !r.ended {
		r.ended = !r.more && !r.one.NextRow()
	}
	err := r.all.Close()
	if err == nil && r.ended && r.learn != nil {
		r.learn(&r.seen)
	}
	return err
}

// noRows is the result of a query that found nothing.
type noRows struct{ columns []string }

func (r *noRows) Columns() []string         { return r.columns }
func (r *noRows) Next([]driver.Value) error { return io.EOF }
func (r *noRows) Close() error              { return nil }

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return unprepared{c, query}, nil
}

// CheckNamedValue converts an argument to what the columns hold: booleans become numbers,
// and text loses what PostgreSQL refuses, the character 0 and invalid UTF-8.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	value, err := driver.DefaultParameterConverter.ConvertValue(v.Value)
	switch x := value.(type) {
	case bool:
		value = int64(0)
		if x {
			value = int64(1)
		}
	case string:
		value = strings.ReplaceAll(strings.ToValidUTF8(x, "\uFFFD"), "\x00", "\uFFFD")
	}
	v.Value = value
	return err
}

// query is a query with PostgreSQL's placeholders.
type query struct {
	text  string
	order []int // the argument for each of $1, $2 …; nil: all in their order
	words map[string]bool
}

// pick returns the arguments that the query names, in the order of their placeholders:
// PostgreSQL accepts no others.
func (q query) pick(args []driver.NamedValue) []driver.NamedValue {
	if q.order == nil {
		return args
	}
	out := make([]driver.NamedValue, 0, len(q.order))
	for i, from := range q.order {
		if from >= len(args) {
			return args // too few: the server reports it
		}
		out = append(out, driver.NamedValue{Ordinal: i + 1, Value: args[from].Value})
	}
	return out
}

// queries caches the translation of every query: the program has some hundreds.
var queries sync.Map // of query by text

// placeholders writes ? as $1, $2 and so on, and ?2 as the placeholder of the second
// argument. A query has one kind or the other, or is PostgreSQL's already. Text in quotes
// stays as it is.
func placeholders(text string) query {
	if known, ok := queries.Load(text); ok {
		return known.(query)
	}
	q := query{text: text, words: wordsOf(text)}
	if strings.Contains(text, "?") {
		q.text, q.order = translate(text)
	}
	queries.Store(text, q)
	return q
}

func translate(text string) (string, []int) {
	var b strings.Builder
	var quote byte
	order, places := []int{}, map[int]int{}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			end := i + 1
			for end < len(text) && '0' <= text[end] && text[end] <= '9' {
				end++
			}
			arg := len(order)
			if n, err := strconv.Atoi(text[i+1 : end]); err == nil {
				arg = n - 1
			}
			if _, ok := places[arg]; !ok {
				order = append(order, arg)
				places[arg] = len(order)
			}
			b.WriteString("$" + strconv.Itoa(places[arg]))
			i = end - 1
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), order
}
