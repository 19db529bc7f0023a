package ledger

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"

	"svodka/internal/files"
)

// A write into PostgreSQL makes what is remembered of a table worthless. Of tables that
// each cycle writes several times, and reads as often, the write itself says what stands
// there afterwards: a mirror takes that from its arguments.

// mirror is a query whose rows a statement's arguments are, in the order of the columns.
type mirror struct {
	query   string
	key     string
	columns []string
}

func newMirror(query, columns string) mirror {
	return mirror{query, keyOf(query, nil), strings.Split(columns, ", ")}
}

var (
	allFiles  = newMirror(`SELECT id, `+fileColumns+` FROM files WHERE 1 = 1 ORDER BY kind, person, id`, `id, `+fileColumns)
	theCycle  = newMirror(`SELECT `+cycleColumns+` FROM cycle`, cycleColumns)
	theFeed   = newMirror(`SELECT `+feedColumns+` FROM feed`, feedColumns)
	mirrors   = map[string]mirror{putFileRow: allFiles, updateCycle: theCycle, updateFeed: theFeed}
	fileOrder = []int{1, 2, 0} // kind, person, id
)

// written is a row that a write has put.
type written struct {
	mirror mirror
	row    []driver.Value
}

// putBy returns what a statement puts, if there is a mirror for it.
func putBy(statement string, args []driver.NamedValue) (w written, ok bool) {
	w.mirror, ok = mirrors[statement]
	if !ok || len(args) != len(w.mirror.columns) {
		return w, false
	}
	for _, a := range args {
		w.row = append(w.row, a.Value)
	}
	return w, true
}

// mirror keeps what a write has put, which was carried out. listed is what was known of
// all files before. It is called with the lock.
func (m *memory) mirror(all []written, listed *recalled) {
	var put [][]driver.Value
	for _, w := range all {
		if w.mirror.key == allFiles.key {
			put = append(put, w.row)
			continue
		}
		r := &recalled{words: placeholders(w.mirror.query).words, columns: w.mirror.columns}
		if r.add(w.row) {
			m.keep(w.mirror.key, r)
		}
	}
	if listed == nil || len(put) == 0 {
		return
	}
	rows := slices.Clone(listed.rows)
	for _, row := range put {
		// A file keeps its id, and so its place unless its kind or person changes.
		rows = slices.DeleteFunc(rows, func(r []driver.Value) bool { return r[0] == row[0] })
		at, _ := slices.BinarySearchFunc(rows, row, compareFileRows)
		rows = slices.Insert(rows, at, row)
	}
	r := &recalled{words: listed.words, columns: listed.columns}
	for _, row := range rows {
		if r.rows = append(r.rows, row); !r.count(row) {
			return
		}
	}
	m.keep(allFiles.key, r)
}

func compareFileRows(a, b []driver.Value) int {
	for _, i := range fileOrder {
		x, _ := a[i].(string)
		y, _ := b[i].(string)
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// listing is the files as they are remembered, read once.
type listing struct {
	mu   sync.Mutex
	read map[*driver.Value]files.File // by the first value of their rows
}

// listed returns all files out of the memory; false: they are not there, as in SQLite, or
// too many.
func (l *Ledger) listed(ctx context.Context) (list []files.File, ok bool, err error) {
	if l.schema == "" || !l.memory.canList() {
		return nil, false, nil
	}
	rows := l.memory.peek(allFiles)
	if rows == nil {
		if err := l.each(ctx, "list files", nothing, allFiles.query); err != nil {
			return nil, false, err
		}
		if rows = l.memory.peek(allFiles); rows == nil {
			return nil, false, nil
		}
	}
	l.listing.mu.Lock()
	defer l.listing.mu.Unlock()
	read := make(map[*driver.Value]files.File, len(rows.rows))
	for _, row := range rows.rows {
		f, known := l.listing.read[&row[0]]
		if !known {
			one := &recalled{columns: rows.columns, rows: [][]driver.Value{row}}
			if f, err = l.scanFile(one.queryRow(ctx)); err != nil {
				return nil, false, fmt.Errorf("table files, row after %d: %w", len(list), err)
			}
		}
		read[&row[0]] = f
		list = append(list, f)
	}
	l.listing.read = read
	return list, true, nil
}
