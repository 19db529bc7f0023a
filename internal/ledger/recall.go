package ledger

import (
	"bytes"
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
	"unicode"
)

// memory is what this process has read of a ledger in PostgreSQL and need not ask for
// again: the rows of queries, as long as nobody has written to the tables that they name.
// What this process writes it sees (see touched); that nobody else writes is for the
// caller to say, by Hold. A cycle in which nothing has happened then asks the database
// for nothing. If somebody else has written, it asks, at once, for all that the last one
// had to know.
//
// Its zero value remembers nothing.
type memory struct {
	mu      sync.Mutex
	held    bool  // nobody else writes
	writing int   // writes under way
	writes  int64 // those that have begun: what was read before one is not kept after it
	size    int   // of what is kept, in bytes
	kept    map[string]*recalled

	asked map[string]asked // since it was held, as far as it is of use
	usual map[string]asked // the same of the time before; nil: it has been asked for

	made map[string]map[string]asked // queries that were made together, by what for

	large map[string]bool // queries whose rows are more than is kept
}

// mostAsked is how many queries are asked at once.
const mostAsked = 100

// asked is a query with its arguments.
type asked struct {
	query string
	args  []any
}

// mostRemembered is how much a ledger's memory keeps, in bytes: the configuration of some
// hundred people several times over.
const mostRemembered = 1 << 20

// recalled is the rows of a query.
type recalled struct {
	words   map[string]bool // of the query
	columns []string
	rows    [][]driver.Value
	size    int
}

// hold makes the memory usable; what it has from before is right if sole is true.
func (m *memory) hold(sole bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !sole {
		m.forget()
	}
	m.held = true
	m.usual, m.asked = m.asked, nil
}

// several are queries that are made one after the other. Those that were made the last
// time are asked for at once.
type several struct {
	alone
	answers map[string]*recalled
	made    map[string]asked // those that are worth asking for at once the next time
}

// ahead asks at once for those of some queries that are not remembered. If it fails, a
// query itself will say why.
func (s *several) ahead(ctx context.Context, usual map[string]asked) {
	missing, learn := s.memory.missing(usual)
	if len(missing) < 2 {
		return
	}
	if all, err := s.askAll(ctx, missing, learn); err == nil {
		s.answers = all
	}
}

func (s *several) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if r := s.answer(query, args); r != nil {
		return r.query(ctx)
	}
	return s.alone.QueryContext(ctx, query, args...)
}

func (s *several) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if r := s.answer(query, args); r != nil {
		return r.queryRow(ctx)
	}
	return s.alone.QueryRowContext(ctx, query, args...)
}

// answer returns the rows of a query that was asked for ahead; nil: it was not. Large
// ones are better read row by row the next time.
func (s *several) answer(query string, args []any) *recalled {
	key := keyOf(query, args)
	r := s.answers[key]
	if r == nil || r.size <= mostRemembered {
		s.made[key] = asked{query, args}
	}
	return r
}

// mostReads is how many times several queries are known by what they are for.
const mostReads = 200

// madeBy returns the queries that were made for a purpose the last time.
func (m *memory) madeBy(doing string) map[string]asked {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.made[doing]
}

func (m *memory) keepMade(doing string, made map[string]asked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil || len(m.made) >= mostReads {
		m.made = map[string]map[string]asked{}
	}
	m.made[doing] = made
}

// missing returns those of some queries that are not remembered, and who is to be told of
// their rows.
func (m *memory) missing(usual map[string]asked) (missing map[string]asked, learn func(string, *recalled)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	missing = map[string]asked{}
	for key, q := range usual {
		if m.kept[key] == nil {
			missing[key] = q
		}
	}
	return missing, m.learner()
}

// learner returns who is to be told of rows that are read now. It is called with the
// lock.
func (m *memory) learner() func(string, *recalled) {
	began := m.writes
	return func(key string, r *recalled) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.size+r.size > mostRemembered { // asking for it again ahead is no help
			delete(m.asked, key)
			if m.large == nil {
				m.large = map[string]bool{}
			}
			m.large[key] = true
			return
		}
		if !m.held || m.writing > 0 || m.writes != began || m.kept[key] != nil {
			return
		}
		m.keep(key, r)
	}
}

// keep keeps the rows of a query in place of those that are kept. It is called with the
// lock.
func (m *memory) keep(key string, r *recalled) {
	if was := m.kept[key]; was != nil {
		m.size -= was.size
		delete(m.kept, key)
	}
	if m.size+r.size > mostRemembered {
		return
	}
	if m.kept == nil {
		m.kept = map[string]*recalled{}
	}
	m.kept[key] = r
	m.size += r.size
}

// peek returns what is known of the query of a mirror; nil: nothing is.
func (m *memory) peek(x mirror) *recalled {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.held || m.writing > 0 {
		return nil
	}
	r := m.kept[x.key]
	if r != nil {
		m.ask(x.key, x.query, nil)
	}
	return r
}

// ask notes that a query is of use. It is called with the lock.
func (m *memory) ask(key, query string, args []any) {
	if m.asked == nil {
		m.asked = map[string]asked{}
	}
	if len(m.asked) < mostAsked {
		m.asked[key] = asked{query, args}
	}
}

// canList reports whether all files may be kept.
func (m *memory) canList() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held && m.writing == 0 && !m.large[allFiles.key]
}

// isHeld reports whether nobody else writes.
func (m *memory) isHeld() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held
}

// release makes it unusable until it is held again.
func (m *memory) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = false
}

// forget is called with the lock.
func (m *memory) forget() { m.kept, m.size = nil, 0 }

// write must be called before a write begins, and done when it has ended, with whether it
// was carried out for certain, and what it may have changed in any case.
func (m *memory) write() (done func(t *touched, certain bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writing++
	m.writes++
	return func(t *touched, certain bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.writing--
		if t.all {
			m.forget()
			return
		}
		listed := m.kept[allFiles.key]
		for key, r := range m.kept {
			if t.concerns(r.words) {
				m.size -= r.size
				delete(m.kept, key)
			}
		}
		if !certain || !m.held {
			return
		}
		for key, r := range t.read {
			if !t.concerns(r.words) {
				m.keep(key, r)
			}
		}
		m.mirror(t.written, listed)
	}
}

// inWrite returns what is known of a query that a write makes which is under way: nobody
// else writes, and it is not about what that write itself has changed so far.
func (m *memory) inWrite(t *touched, key string) *recalled {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.kept[key]
	if !m.held || r == nil || t.all || t.concerns(r.words) {
		return nil
	}
	return r
}

// touched is the tables that a write may have changed. Its zero value has none.
type touched struct {
	all    bool // nobody knows which
	tables map[string]bool

	// begun is the same with statements that are still to be sent; nil: nobody asks.
	begun   *touched
	memory  *memory              // of the ledger that is written into
	read    map[string]*recalled // what the write has read
	written []written            // what it has written that is known by itself
}

// follows are the tables that triggers change when a table is changed.
var follows = map[string]string{
	"entries": "people", "held": "people", "deals": "people", "held_deals": "people", "clients": "people",
	"gone_clients": "people", "call_costs": "versions", "closes": "versions",
}

// note notes what a statement may change. A nil touched notes nothing.
func (t *touched) note(statement string) {
	if t == nil {
		return
	}
	words := strings.Fields(statement)
	table := ""
	switch {
	case len(words) > 0 && words[0] == "SELECT":
		return
	case len(words) > 2 && (words[0] == "INSERT" && words[1] == "INTO" || words[0] == "DELETE" && words[1] == "FROM"):
		table = words[2]
	case len(words) > 1 && words[0] == "UPDATE":
		table = words[1]
	}
	if !slices.Contains(tables, table) {
		t.all = true
		return
	}
	if t.tables == nil {
		t.tables = map[string]bool{}
	}
	t.tables[table] = true
	if f := follows[table]; f != "" {
		t.tables[f] = true
	}
}

// concerns reports whether a query with some words names one of the tables.
func (t *touched) concerns(words map[string]bool) bool {
	for table := range t.tables {
		if words[table] {
			return true
		}
	}
	return false
}

// wordsOf returns the words of a query that may name tables.
func wordsOf(query string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsFuncSeq(query, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		out[w] = true
	}
	return out
}

// answer is what the memory has to say on a query.
type answer struct {
	known *recalled               // the rows; nil: they are not kept
	learn func(string, *recalled) // is to be told of rows that are read now; nil: nobody is
	usual map[string]asked        // what else is to be asked for at once
}

// get returns what is known of a query.
func (m *memory) get(key, query string, args []any) (a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.held || m.writing > 0 {
		return answer{}
	}
	m.ask(key, query, args)
	if a.known = m.kept[key]; a.known != nil {
		return a
	}
	if _, ok := m.usual[key]; ok {
		a.usual, m.usual = m.usual, nil
		maps.DeleteFunc(a.usual, func(k string, _ asked) bool { return m.kept[k] != nil })
	}
	a.learn = m.learner()
	return a
}

// keyOf names a query with its arguments.
func keyOf(query string, args []any) string {
	b := append(make([]byte, 0, len(query)+16*len(args)), query...)
	for _, a := range args {
		v := driver.NamedValue{Value: a}
		if err := (*conn)(nil).CheckNamedValue(&v); err != nil {
			v.Value = a // the server will refuse it
		}
		b = appendKey(b, v.Value)
	}
	return string(b)
}

// keyIn is keyOf for arguments that are converted already; empty: they are too large.
func keyIn(query string, args []driver.NamedValue) string {
	const large = 1 << 10
	b := append(make([]byte, 0, len(query)+16*len(args)), query...)
	for _, a := range args {
		if v, ok := a.Value.([]byte); ok && len(v) > large {
			return ""
		}
		b = appendKey(b, a.Value)
	}
	return string(b)
}

func appendKey(b []byte, v driver.Value) []byte {
	b = append(b, 0)
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(append(b, 'i'), v, 10)
	case string:
		return append(append(b, 's'), v...)
	}
	return fmt.Appendf(b, "%#v", v)
}

// add adds a row; false: that is more than is kept.
func (r *recalled) add(row []driver.Value) bool {
	copied := slices.Clone(row)
	for i, v := range copied {
		if b, ok := v.([]byte); ok {
			copied[i] = bytes.Clone(b)
		}
	}
	r.rows = append(r.rows, copied)
	return r.count(copied)
}

// count counts the size of a row that was added; false: that is more than is kept.
func (r *recalled) count(row []driver.Value) bool {
	for _, v := range row {
		r.size += 16
		switch v := v.(type) {
		case []byte:
			r.size += len(v)
		case string:
			r.size += len(v)
		}
	}
	return r.size <= mostRemembered
}

// recall is a driver of database/sql whose queries return the rows in their contexts: so
// what is remembered is read as what is asked for.
var recall = sql.OpenDB(recaller{})

type recalledKey struct{}

func (r *recalled) query(ctx context.Context) (*sql.Rows, error) {
	return recall.QueryContext(r.in(ctx), "")
}

func (r *recalled) queryRow(ctx context.Context) *sql.Row {
	return recall.QueryRowContext(r.in(ctx), "")
}

// in returns a context for the query. Of one that may end, database/sql watches whether
// it does, for which there is no time here.
func (r *recalled) in(ctx context.Context) context.Context {
	if ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithValue(ctx, recalledKey{}, r)
}

// recaller is the driver, its connections and its connector: there is nothing to connect
// to.
type recaller struct{}

var errRecallsOnly = errors.New("what is remembered of a ledger can be read, and nothing else")

func (recaller) Connect(context.Context) (driver.Conn, error) { return recaller{}, nil }
func (recaller) Driver() driver.Driver                        { return recaller{} }
func (recaller) Open(string) (driver.Conn, error)             { return recaller{}, nil }
func (recaller) Prepare(string) (driver.Stmt, error)          { return nil, errRecallsOnly }
func (recaller) Begin() (driver.Tx, error)                    { return nil, errRecallsOnly }
func (recaller) Close() error                                 { return nil }

// QueryContext implements driver.QueryerContext.
func (recaller) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	r, ok := ctx.Value(recalledKey{}).(*recalled)
	if !ok {
		return nil, errRecallsOnly
	}
	return &recallRows{r, 0}, nil
}

type recallRows struct {
	*recalled
	next int
}

func (r *recallRows) Columns() []string { return r.columns }
func (r *recallRows) Close() error      { return nil }

func (r *recallRows) Next(to []driver.Value) error {
	if r.next == len(r.rows) {
		return io.EOF
	}
	copy(to, r.rows[r.next])
	r.next++
	return nil
}
