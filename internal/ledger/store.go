package ledger

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
)

// Scope says which part of a person's figures a reading covers.
type Scope struct {
	// Span and KPIs: entries of these KPIs on these days that the reading lacks are no
	// longer typed.
	Span calendar.Span
	KPIs []string
}

func (s Scope) has(d calendar.Date, kpi string) bool {
	return s.Span.Has(d) && slices.Contains(s.KPIs, kpi)
}

// Reading is what was read of one person at one moment.
type Reading struct {
	Person department.PersonID
	// Scopes must cover all Entries: outside them nothing is known and nothing changes.
	Scopes  []Scope
	Entries []department.Entry // at most one for each day and KPI
	// Comments must be inside CommentSpans; an empty one is none.
	Comments map[calendar.Date]string
	// CommentSpans are the days whose comments the reading covers.
	CommentSpans []calendar.Span
	Deals        []department.Deal
	HasDeals     bool                // the reading covers deals: they replace the known ones
	Clients      []department.Client // without those who were removed
	HasClients   bool
	// Log means that the figures come from a call log, so that no person has edited
	// anything.
	Log bool
	// Corrects means that what the log says of locked days counts, too, and is not a late
	// edit: ops know what calls they import, and whose they are.
	Corrects bool
	// Growing is the first day whose figures are still coming in, as those of a call log
	// do all day; their changes are not edits. Zero: every change is one.
	Growing calendar.Date
	// Flags are the person's flagged cells, as the caller encodes them. Nil: the reading
	// does not cover them; empty: none.
	Flags []byte
	// Day is the day of the reading. A person's first one is stored.
	Day calendar.Date
	// Open are locked days whose edits count nevertheless.
	Open []calendar.Span
	// Noticed are months that earlier readings left out: nobody knows when their figures
	// were typed.
	Noticed []calendar.Span
	// LateTo is the last day whose figures are late if they are new.
	LateTo calendar.Date
	// File is the spreadsheet as it is remembered after the reading, put in the same
	// transaction. Nil: none.
	File *files.File
}

// Store makes a reading the truth about the person, in one transaction, and records every
// figure that changed or vanished as an edit with the time it was seen. It reports
// whether anything changed. It writes only differences.
//
// It fails, and changes nothing, if the reading contradicts itself: an entry or comment
// outside the scopes, two entries for one day and KPI, a figure that is not a finite
// number, somebody else's entry.
func (l *Ledger) Store(ctx context.Context, r Reading) (changed bool, err error) {
	return l.StoreAll(ctx, []Reading{r}, nil)
}

// StoreAll is Store of several readings in one transaction, in their order: all of them
// are stored, or none. If anything has changed, cycle says what that means for the next
// cycle; nil: nothing.
func (l *Ledger) StoreAll(ctx context.Context, readings []Reading, cycle func(*Cycle)) (changed bool, err error) {
	if len(readings) == 0 {
		return false, nil
	}
	doing := fmt.Sprintf("store what %s typed", readings[0].Person)
	if n := len(readings); n > 1 {
		doing = fmt.Sprintf("store what %s and %d others typed", readings[0].Person, n-1)
	}
	err = l.write(ctx, doing, func(tx *sql.Tx) error {
		s := storing{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}}
		for _, r := range readings {
			s.reading = reading{r: r, at: l.now()}
			if err := s.all(); err != nil {
				if len(readings) > 1 {
					err = fmt.Errorf("%s: %w", r.Person, err)
				}
				return err
			}
		}
		if changed = s.changed; !changed {
			return nil
		}
		return Save{Cycle: cycle}.put(ctx, tx)
	})
	return changed && err == nil, err
}

var (
	putComment = upsert("comments", "person, date", "text")
	putFlags   = upsert("flags", "person", "flags")
)

// Watch records that from a day on everything a person types is seen, because their
// spreadsheet was made, empty, on that day: as if it had been read. For a person who is
// already known the day stays.
func (l *Ledger) Watch(ctx context.Context, p department.PersonID, day calendar.Date) error {
	return l.write(ctx, fmt.Sprintf("store that the spreadsheet of %s was made", p), func(tx *sql.Tx) error {
		return addPerson(ctx, tx, p, day)
	})
}

// addPerson adds a person about whom all is known from a day on, unless there is one.
func addPerson(ctx context.Context, tx *sql.Tx, p department.PersonID, since calendar.Date) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people (id, since) VALUES (?, ?) ON CONFLICT DO NOTHING`, p, since)
	return err
}

// storing is one StoreAll under way.
type storing struct {
	ctx      context.Context
	tx       *sql.Tx
	kpis     map[string]int64 // by key; nil: not loaded yet
	keys     map[int64]string
	prepared map[string]*sql.Stmt // by query
	changed  bool

	reading
}

// reading is the one that is being stored.
type reading struct {
	r      Reading
	at     time.Time
	person int64

	first    bool // this is the person's first reading
	locked   calendar.Date
	imported []calendar.Span // that an import opened
	held     map[figure]sql.NullFloat64
	holds    bool // some deals do not count as they are typed
}

func (s *storing) all() error {
	if s.r.Person == "" {
		return errors.New("the reading names no person")
	}
	find := func() error {
		return s.tx.QueryRowContext(s.ctx, `SELECT num FROM people WHERE id = ?`, s.r.Person).Scan(&s.person)
	}
	err := find()
	if errors.Is(err, sql.ErrNoRows) {
		if err = addPerson(s.ctx, s.tx, s.r.Person, s.r.Day); err == nil {
			err = find()
		}
	}
	if err != nil {
		return err
	}
	for _, step := range []func() error{s.locks, s.entries, s.comments, s.deals, s.clients, s.flags} {
		if err := step(); err != nil {
			return err
		}
	}
	if s.r.File != nil {
		return putFile(s.ctx, s.tx, *s.r.File)
	}
	return nil
}

// write executes a statement that changes the truth.
func (s *storing) write(query string, args ...any) error {
	s.changed = true
	return s.note(query, args...)
}

// note executes a statement that no figure depends on. A first reading needs thousands of
// statements, so note prepares each once; they end with the transaction.
func (s *storing) note(query string, args ...any) error {
	stmt, ok := s.prepared[query]
	if !ok {
		var err error
		if stmt, err = s.tx.PrepareContext(s.ctx, query); err != nil {
			return err
		}
		s.prepared[query] = stmt
	}
	_, err := stmt.ExecContext(s.ctx, args...)
	return err
}

func (s *storing) loadKPIs() error {
	if s.kpis != nil {
		return nil
	}
	s.kpis, s.keys = map[string]int64{}, map[int64]string{}
	return eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var n int64
		var key string
		if err := rows.Scan(&n, &key); err != nil {
			return fmt.Errorf("table kpis: %w", err)
		}
		s.kpis[key], s.keys[n] = n, key
		return nil
	}, `SELECT num, key FROM kpis`)
}

// kpi returns the number of a key, a new one if necessary.
func (s *storing) kpi(key string) (int64, error) {
	if n, ok := s.kpis[key]; ok {
		return n, nil
	}
	var n int64
	err := s.tx.QueryRowContext(s.ctx, `INSERT INTO kpis (key) VALUES (?) RETURNING num`, key).Scan(&n)
	if err == nil {
		s.kpis[key], s.keys[n] = n, key
	}
	return n, err
}

// figure is a place for an entry.
type figure struct {
	date calendar.Date
	kpi  string
}

func compareFigures(a, b figure) int {
	return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.kpi, b.kpi))
}

func (s *storing) entries() error {
	if err := s.loadKPIs(); err != nil {
		return err
	}
	is, err := s.figures()
	if err != nil {
		return err
	}
	was, err := s.known()
	if err != nil {
		return err
	}
	// In the order of days and keys, so that the same reading always produces the same
	// ledger.
	seconds := s.at.Unix()
	for _, f := range slices.SortedFunc(maps.Keys(is), compareFigures) {
		value := is[f]
		old, known := was[f]
		if known && old == value {
			continue
		}
		n, err := s.kpi(f.kpi)
		if err != nil {
			return err
		}
		if err := s.lateEdit(f, n, sql.NullFloat64{Float64: old, Valid: known},
			sql.NullFloat64{Float64: value, Valid: true}); err != nil {
			return fmt.Errorf("%s on %s: %w", f.kpi, f.date, err)
		}
		if !known {
			err = s.write(
				`INSERT INTO entries (person, date, kpi, value, seen, changed, late) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				s.person, f.date, n, value, seconds, seconds, s.late(f.date))
		} else if err = s.edit(f, n, old, &value); err == nil {
			err = s.write(`UPDATE entries SET value = ?, changed = ? WHERE person = ? AND date = ? AND kpi = ?`, value,
				seconds, s.person, f.date, n)
		}
		if err != nil {
			return fmt.Errorf("%s on %s: %w", f.kpi, f.date, err)
		}
	}
	for _, f := range slices.SortedFunc(maps.Keys(was), compareFigures) {
		if _, stays := is[f]; stays {
			continue
		}
		n := s.kpis[f.kpi]
		err := s.lateEdit(f, n, sql.NullFloat64{Float64: was[f], Valid: true}, sql.NullFloat64{})
		if err == nil {
			err = s.edit(f, n, was[f], nil)
		}
		if err == nil {
			err = s.write(`DELETE FROM entries WHERE person = ? AND date = ? AND kpi = ?`, s.person, f.date, n)
		}
		if err != nil {
			return fmt.Errorf("%s on %s: %w", f.kpi, f.date, err)
		}
	}
	return nil
}

func (s *storing) edit(f figure, kpi int64, was float64, became *float64) error {
	if !s.r.Growing.IsZero() && f.date >= s.r.Growing {
		return nil
	}
	return s.write(`INSERT INTO edits (at, person, date, kpi, was, became) VALUES (?, ?, ?, ?, ?, ?)`, s.at.UnixMilli(),
		s.person, f.date, kpi, was, became)
}

// figures checks the reading's entries.
func (s *storing) figures() (map[figure]float64, error) {
	is := make(map[figure]float64, len(s.r.Entries))
	for _, e := range s.r.Entries {
		f := figure{e.Date, e.KPI}
		switch _, twice := is[f]; {
		case e.Person != s.r.Person:
			return nil, fmt.Errorf("%s on %s is an entry of %q", e.KPI, e.Date, e.Person)
		case twice:
			return nil, fmt.Errorf("%s on %s stands twice in the reading", e.KPI, e.Date)
		case math.IsNaN(e.Value) || math.IsInf(e.Value, 0):
			return nil, fmt.Errorf("%s on %s is %v, not a number", e.KPI, e.Date, e.Value)
		case !s.covers(f):
			return nil, fmt.Errorf("%s on %s is outside of what was read", e.KPI, e.Date)
		}
		is[f] = e.Value
	}
	return is, nil
}

func (s *storing) covers(f figure) bool {
	return slices.ContainsFunc(s.r.Scopes, func(sc Scope) bool { return sc.has(f.date, f.kpi) })
}

// known returns the stored entries of the scopes.
func (s *storing) known() (map[figure]float64, error) {
	was := map[figure]float64{}
	for _, span := range spans(s.r.Scopes) {
		err := eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
			var date, kpi int64
			var value float64
			if err := rows.Scan(&date, &kpi, &value); err != nil {
				return fmt.Errorf("table entries: %w", err)
			}
			f := figure{calendar.Date(date), s.keys[kpi]}
			if s.covers(f) {
				was[f] = value
			}
			return nil
		}, `SELECT date, kpi, value FROM entries WHERE person = ? AND date BETWEEN ? AND ?`, s.person, span.From,
			span.To)
		if err != nil {
			return nil, err
		}
	}
	return was, nil
}

// spans joins the scopes' spans that touch or overlap.
func spans(scopes []Scope) []calendar.Span {
	var all []calendar.Span
	for _, s := range scopes {
		if s.Span.Days() > 0 {
			all = append(all, s.Span)
		}
	}
	slices.SortFunc(all, func(a, b calendar.Span) int { return cmp.Compare(a.From, b.From) })
	var out []calendar.Span
	for _, s := range all {
		if n := len(out); n > 0 && s.From <= out[n-1].To.Add(1) {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s *storing) comments() error {
	covered := func(d calendar.Date) bool {
		return slices.ContainsFunc(s.r.CommentSpans, func(sp calendar.Span) bool { return sp.Has(d) })
	}
	for _, d := range slices.Sorted(maps.Keys(s.r.Comments)) {
		if !covered(d) {
			return fmt.Errorf("the comment on %s is outside of what was read", d)
		}
	}
	if len(s.r.CommentSpans) == 0 {
		return nil
	}
	was := map[calendar.Date]string{}
	err := eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var d calendar.Date
		var text string
		if err := rows.Scan(&d, &text); err != nil {
			return fmt.Errorf("table comments: %w", err)
		}
		if covered(d) {
			was[d] = text
		}
		return nil
	}, `SELECT date, text FROM comments WHERE person = ?`, s.person)
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(s.r.Comments)) {
		if text := s.r.Comments[d]; text != "" && text != was[d] {
			if err := s.write(putComment, s.person, d,
				text); err != nil {
				return fmt.Errorf("the comment on %s: %w", d, err)
			}
		}
	}
	for _, d := range slices.Sorted(maps.Keys(was)) {
		if s.r.Comments[d] == "" {
			if err := s.write(`DELETE FROM comments WHERE person = ? AND date = ?`, s.person, d); err != nil {
				return fmt.Errorf("the comment on %s: %w", d, err)
			}
		}
	}
	return nil
}

func (s *storing) flags() error {
	if s.r.Flags == nil {
		return nil
	}
	was, err := flagsOf(s.ctx, s.tx, s.person)
	switch {
	case err != nil:
		return err
	case bytes.Equal(was, s.r.Flags):
		return nil
	case len(s.r.Flags) == 0:
		return s.write(`DELETE FROM flags WHERE person = ?`, s.person)
	}
	return s.write(putFlags, s.person, s.r.Flags)
}
