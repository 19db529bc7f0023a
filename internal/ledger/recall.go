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
			return
		}
		if !m.held || m.writing > 0 || m.writes != began || m.kept[key] != nil {
			return
		}
		if m.kept == nil {
			m.kept = map[string]*recalled{}
		}
		m.kept[key] = r
		m.size += r.size
	}
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

// write must be called before a write begins, and done when it has ended, however, with
// what it may have changed.
func (m *memory) write() (done func(*touched)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writing++
	m.writes++
	return func(t *touched) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.writing--
		if t.all {
			m.forget()
			return
		}
		for key, r := range m.kept {
			if t.concerns(r.words) {
				m.size -= r.size
				delete(m.kept, key)
			}
		}
	}
}

// touched is the tables that a write may have changed. Its zero value has none.
type touched struct {
	all    bool // nobody knows which
	tables map[string]bool
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
	if m.asked == nil {
		m.asked = map[string]asked{}
	}
	if len(m.asked) < mostAsked {
		m.asked[key] = asked{query, args}
	}
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
	var b strings.Builder
	b.WriteString(query)
	for _, a := range args {
		fmt.Fprintf(&b, "\x00%#v", a)
	}
	return b.String()
}

// add adds a row; false: that is more than is kept.
func (r *recalled) add(row []driver.Value) bool {
	copied := make([]driver.Value, len(row))
	for i, v := range row {
		r.size += 16
		switch v := v.(type) {
		case []byte:
			r.size += len(v)
			copied[i] = bytes.Clone(v)
			continue
		case string:
			r.size += len(v)
		}
		copied[i] = v
	}
	r.rows = append(r.rows, copied)
	return r.size <= mostRemembered
}

// recall is a driver of database/sql whose queries return the rows in their contexts: so
// what is remembered is read as what is asked for.
var recall = sql.OpenDB(recaller{})

type recalledKey struct{}

func (r *recalled) query(ctx context.Context) (*sql.Rows, error) {
	return recall.QueryContext(context.WithValue(ctx, recalledKey{}, r), "")
}

func (r *recalled) queryRow(ctx context.Context) *sql.Row {
	return recall.QueryRowContext(context.WithValue(ctx, recalledKey{}, r), "")
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
