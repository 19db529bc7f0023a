package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// locks finds the days that the person may still change.
func (s *storing) locks() error {
	var locked sql.Null[calendar.Date]
	var since calendar.Date
	err := s.tx.QueryRowContext(s.ctx, `SELECT since, locked FROM people WHERE num = ?`, s.person).Scan(&since, &locked)
	if err != nil {
		return fmt.Errorf("table people, row %s: %w", s.r.Person, err)
	}
	// On the day of the first reading nobody knows when figures were typed.
	s.first = since == s.r.Day
	if !locked.Valid {
		return nil
	}
	s.locked = locked.V
	if err = s.brought(); err != nil {
		return err
	}
	if err := s.tx.QueryRowContext(s.ctx, `SELECT EXISTS (SELECT 1 FROM held_deals WHERE person = ?)`,
		s.person).Scan(&s.holds); err != nil {
		return fmt.Errorf("table held_deals: %w", err)
	}
	s.held = map[figure]sql.NullFloat64{}
	return eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var f figure
		var v sql.NullFloat64
		if err := rows.Scan(&f.date, &f.kpi, &v); err != nil {
			return fmt.Errorf("table held: %w", err)
		}
		s.held[f] = v
		return nil
	}, `SELECT h.date, k.key, h.value FROM held h JOIN kpis k ON k.num = h.kpi WHERE h.person = ?`, s.person)
}

// brought finds the locked days that ops filled in: for a log that corrects, all of them;
// for a spreadsheet, those that an import opened for its next reading.
func (s *storing) brought() error {
	if s.r.Log {
		if s.r.Corrects {
			s.imported = []calendar.Span{{To: s.locked}}
		}
		return nil
	}
	err := eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var sp calendar.Span
		if err := rows.Scan(&sp.From, &sp.To); err != nil {
			return fmt.Errorf("table opened: %w", err)
		}
		s.imported = append(s.imported, sp)
		return nil
	}, `SELECT first, last FROM opened WHERE person = ? ORDER BY first, last`, s.person)
	if err == nil && len(s.imported) > 0 {
		err = s.write(`DELETE FROM opened WHERE person = ?`, s.person)
	}
	return err
}

// late reports whether a new figure of a day comes in after its deadline.
func (s *storing) late(d calendar.Date) bool {
	return d <= s.r.LateTo && !s.first && !has(s.imported, d)
}

func has(spans []calendar.Span, d calendar.Date) bool {
	return slices.ContainsFunc(spans, func(s calendar.Span) bool { return s.Has(d) })
}

// lateEdit records a change of a locked day's figure: the locked figure goes on counting.
// On an open day the change counts, and the periods that hold the day must be closed
// anew. What an import brings is not listed: ops know of it.
func (s *storing) lateEdit(f figure, n int64, was, became sql.NullFloat64) error {
	if s.locked == 0 || f.date > s.locked {
		return nil
	}
	imported := has(s.imported, f.date)
	counted := imported || has(s.r.Open, f.date)
	if !imported {
		err := s.write(
			`INSERT INTO late_edits (at, person, date, kpi, was, became, counted, noticed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			s.at.UnixMilli(), s.person, f.date, n, was, became, counted, has(s.r.Noticed, f.date))
		if err != nil {
			return err
		}
	}
	frozen, held := s.held[f]
	switch {
	case !counted && !held:
		s.held[f] = was
		return s.write(`INSERT INTO held (person, date, kpi, value) VALUES (?, ?, ?, ?)`, s.person, f.date, n, was)
	case held && (counted || frozen == became): // typed back
		delete(s.held, f)
		if err := s.write(`DELETE FROM held WHERE person = ? AND date = ? AND kpi = ?`, s.person, f.date,
			n); err != nil {
			return err
		}
	}
	if !counted {
		return nil
	}
	return s.write(`UPDATE closes SET reopened = 1 WHERE person = ? AND first <= ? AND last >= ?`, s.person, f.date,
		f.date)
}

// Lock locks the days whose days of grace are over, for people whose figures were all
// read on a day. A new person gets as many days to begin with, unless their first reading
// has a future day, from a clock that was ahead.
func (l *Ledger) Lock(ctx context.Context, today calendar.Date, grace int, people []department.PersonID) error {
	return l.write(ctx, "lock days", func(tx *sql.Tx) error {
		until := today.Add(-grace - 1)
		open := map[department.PersonID]bool{} // once a day it is everybody, and then nobody
		if err := eachRow(ctx, tx, func(rows *sql.Rows) error {
			var p department.PersonID
			err := rows.Scan(&p)
			open[p] = true
			return err
		}, `SELECT id FROM people WHERE (since <= ?1 OR since > ?2) AND (locked IS NULL OR locked < ?1)`, until,
			today); err != nil {
			return err
		}
		for _, p := range people {
			if !open[p] {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE people SET locked = ? WHERE id = ?`, until, p); err != nil {
				return fmt.Errorf("of %s: %w", p, err)
			}
		}
		return nil
	})
}

// Locked returns the last locked day of everybody who has one.
func (l *Ledger) Locked(ctx context.Context) (map[department.PersonID]calendar.Date, error) {
	out := map[department.PersonID]calendar.Date{}
	err := l.each(ctx, "list locked days", func(rows *sql.Rows) error {
		var p department.PersonID
		var d calendar.Date
		if err := rows.Scan(&p, &d); err != nil {
			return fmt.Errorf("table people: %w", err)
		}
		out[p] = d
		return nil
	}, `SELECT id, locked FROM people WHERE locked IS NOT NULL`)
	return out, err
}

// Open makes what an import types on locked days count, at the person's next reading.
func (l *Ledger) Open(ctx context.Context, p department.PersonID, s calendar.Span) error {
	return l.write(ctx, fmt.Sprintf("open days of %s", p), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO opened (person, first, last) SELECT num, ?, ? FROM people WHERE id = ? ON CONFLICT DO NOTHING`,
			s.From,
			s.To, p)
		return err
	})
}

// Shut takes back what Open opened and no reading has used up.
func (l *Ledger) Shut(ctx context.Context, p department.PersonID) error {
	return l.write(ctx, fmt.Sprintf("shut days of %s", p), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM opened WHERE person = (SELECT num FROM people WHERE id = ?)`, p)
		return err
	})
}

// Opened returns the days that Open opened and that no reading has used up, by person.
func (l *Ledger) Opened(ctx context.Context) (map[department.PersonID][]calendar.Span, error) {
	out := map[department.PersonID][]calendar.Span{}
	err := l.each(ctx, "list opened days", func(rows *sql.Rows) error {
		var p department.PersonID
		var s calendar.Span
		if err := rows.Scan(&p, &s.From, &s.To); err != nil {
			return fmt.Errorf("table opened: %w", err)
		}
		out[p] = append(out[p], s)
		return nil
	}, `SELECT p.id, o.first, o.last FROM opened o JOIN people p ON p.num = o.person ORDER BY p.id, o.first, o.last`)
	return out, err
}

// Release makes those late edits of a person count that were made before their days were
// opened. It reports whether there were any.
func (l *Ledger) Release(ctx context.Context, p department.PersonID, s calendar.Span) (released bool, err error) {
	err = l.write(ctx, fmt.Sprintf("let late edits of %s count", p), func(tx *sql.Tx) error {
		if released, err = releaseDeals(ctx, tx, p, s); err != nil {
			return err
		}
		where := ` WHERE person = (SELECT num FROM people WHERE id = ?1) AND date BETWEEN ?2 AND ?3`
		var first, last sql.Null[calendar.Date]
		if err := tx.QueryRowContext(ctx, `SELECT min(date), max(date) FROM held`+where, p, s.From, s.To).Scan(&first,
			&last); err != nil || !first.Valid {
			return err
		}
		released = true
		for _, q := range []string{
			`UPDATE closes SET reopened = 1 WHERE person = (SELECT num FROM people WHERE id = ?1) AND first <= ?3 AND last >= ?2
				AND EXISTS (SELECT 1 FROM held h WHERE h.person = closes.person AND h.date >= ?2 AND h.date >= closes.first
					AND h.date <= ?3 AND h.date <= closes.last)`,
			`UPDATE late_edits SET counted = 1` + where + ` AND counted = 0`,
			`DELETE FROM held` + where,
		} {
			if _, err := tx.ExecContext(ctx, q, p, s.From, s.To); err != nil {
				return err
			}
		}
		return nil
	})
	return released && err == nil, err
}

// Held is a figure that counts instead of the typed one.
type Held struct {
	Person department.PersonID
	Date   calendar.Date
	KPI    string
	Value  kpi.Num // not OK: none
	Typed  kpi.Num // what the cell holds now, if that is a figure
}

// Held lists the figures that count instead of the typed ones, in the order person, date,
// KPI.
func (l *Ledger) Held(ctx context.Context) ([]Held, error) {
	var out []Held
	err := l.each(ctx, "list figures held", func(rows *sql.Rows) error {
		var h Held
		var v, typed sql.NullFloat64
		if err := rows.Scan(&h.Person, &h.Date, &h.KPI, &v, &typed); err != nil {
			return fmt.Errorf("table held, row after %d: %w", len(out), err)
		}
		h.Value, h.Typed = num(v), num(typed)
		out = append(out, h)
		return nil
	},
		`SELECT p.id, h.date, k.key, h.value, e.value FROM held h JOIN people p ON p.num = h.person JOIN kpis k ON k.num = h.kpi
		LEFT JOIN entries e ON e.person = h.person AND e.date = h.date AND e.kpi = h.kpi ORDER BY p.id, h.date, k.key`)
	return out, err
}

// Counted is Figures with what counts: on a locked day the locked figures, whatever is
// typed there now. If people are given, it is of these alone.
func (l *Ledger) Counted(ctx context.Context, s calendar.Span, f func(Figure), of ...department.PersonID) error {
	held, err := l.Held(ctx)
	if err != nil {
		return err
	}
	type place struct {
		department.PersonID
		figure
	}
	instead := make(map[place]kpi.Num, len(held))
	for _, h := range held {
		instead[place{h.Person, figure{h.Date, h.KPI}}] = h.Value
	}
	err = l.figures(ctx, s, of, func(x Figure) {
		at := place{x.Person, figure{x.Date, x.KPI}}
		if v, ok := instead[at]; ok {
			delete(instead, at)
			if !v.OK {
				return
			}
			x.Value = v.V
		}
		f(x)
	})
	if err != nil {
		return err
	}
	for _, h := range held { // whose cells are now empty
		if len(of) > 0 && !slices.Contains(of, h.Person) {
			continue
		}
		_, left := instead[place{h.Person, figure{h.Date, h.KPI}}]
		if left && h.Value.OK && s.Has(h.Date) {
			f(Figure{Entry: department.Entry{Person: h.Person, Date: h.Date, KPI: h.KPI, Value: h.Value.V}})
		}
	}
	return nil
}

func num(v sql.NullFloat64) kpi.Num { return kpi.Num{V: v.Float64, OK: v.Valid} }

func null(n kpi.Num) sql.NullFloat64 { return sql.NullFloat64{Float64: n.V, Valid: n.OK} }

// LateEdits lists the newest edits of locked days, at most n, newest first; of those seen
// at one moment, deals come last.
func (l *Ledger) LateEdits(ctx context.Context, n int) ([]department.LateEdit, error) {
	figures, err := l.lateFigures(ctx, n)
	if err != nil {
		return nil, err
	}
	deals, err := l.lateDeals(ctx, n)
	if err != nil || len(deals) == 0 {
		return figures, err
	}
	all := slices.Concat(figures, deals)
	slices.SortStableFunc(all, func(a, b department.LateEdit) int { return b.At.Compare(a.At) })
	return all[:min(n, len(all))], nil
}

func (l *Ledger) lateFigures(ctx context.Context, n int) ([]department.LateEdit, error) {
	var out []department.LateEdit
	err := l.each(ctx, "list late edits", func(rows *sql.Rows) error {
		var e department.LateEdit
		var at int64
		var was, became sql.NullFloat64
		if err := rows.Scan(&at, &e.Person, &e.Date, &e.KPI, &was, &became, &e.Counted,
			&e.Noticed); err != nil {
			return fmt.Errorf("table late_edits, row after %d: %w", len(out), err)
		}
		e.At, e.Was, e.Became = time.UnixMilli(at).UTC(), num(was), num(became)
		out = append(out, e)
		return nil
	}, `SELECT e.at, p.id, e.date, k.key, e.was, e.became, e.counted, e.noticed
		FROM late_edits e JOIN people p ON p.num = e.person JOIN kpis k ON k.num = e.kpi
		ORDER BY e.at DESC, e.num DESC LIMIT ?`, n)
	return out, err
}

// CloseID identifies one person's closed period.
type CloseID struct {
	calendar.Period
	Person department.PersonID
	Role   string
	Again  int // how many times the person had held the role before
}

// CloseIDs lists the closed periods that end after a day and, whenever they end, those
// that an allowed edit changed, so that they must be closed anew: true.
func (l *Ledger) CloseIDs(ctx context.Context, after calendar.Date) (map[CloseID]bool, error) {
	out := map[CloseID]bool{}
	err := l.each(ctx, "list closes", func(rows *sql.Rows) error {
		var id CloseID
		var reopened bool
		if err := rows.Scan(&id.Kind, &id.From, &id.To, &id.Person, &id.Role, &id.Again, &reopened); err != nil {
			return fmt.Errorf("table closes, row after %d: %w", len(out), err)
		}
		out[id] = reopened
		return nil
	},
		`SELECT c.kind, c.first, c.last, p.id, c.role, c.again, c.reopened FROM closes c JOIN people p ON p.num = c.person
			WHERE c.last > ?1
		UNION ALL SELECT c.kind, c.first, c.last, p.id, c.role, c.again, c.reopened FROM closes c JOIN people p ON p.num = c.person
			WHERE c.reopened <> 0 AND c.last <= ?1`, after)
	return out, err
}

// HasCloses reports whether any period was ever closed.
func (l *Ledger) HasCloses(ctx context.Context) (has bool, err error) {
	err = l.row(ctx, "look for closed periods", []any{&has}, `SELECT EXISTS (SELECT 1 FROM closes)`)
	return has, err
}

// ClosedIn returns the people for whom a period is closed and up to date.
func (l *Ledger) ClosedIn(ctx context.Context, per calendar.Period) (map[department.PersonID]bool, error) {
	out := map[department.PersonID]bool{}
	err := l.each(ctx, "list who has closed "+per.String(), func(rows *sql.Rows) error {
		var id department.PersonID
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("table closes, row after %d: %w", len(out), err)
		}
		out[id] = true
		return nil
	},
		`SELECT p.id FROM closes c JOIN people p ON p.num = c.person WHERE c.last = ? AND c.kind = ? GROUP BY p.id HAVING max(c.reopened) = 0`, per.To, per.Kind)
	return out, err
}

// Closes calls f for closed periods that ended on a day of a span, until f returns false:
// those with the latest end first; with the same end, months before weeks, then in the
// order in which they were closed.
func (l *Ledger) Closes(ctx context.Context, ended calendar.Span, f func(department.Closed) bool) error {
	return l.closes(ctx, func(c department.Closed, _ bool) bool { return f(c) }, `c.last BETWEEN ? AND ?`, ended.From,
		ended.To)
}

// ClosesOf is Closes of some people; without any, it calls f for none.
func (l *Ledger) ClosesOf(ctx context.Context, ended calendar.Span, of []department.PersonID,
	f func(department.Closed) bool) error {
	if len(of) == 0 {
		return nil
	}
	which, list := someone("p.id", 3, of)
	return l.closes(ctx, func(c department.Closed, _ bool) bool { return f(c) },
		`c.last BETWEEN ?1 AND ?2 AND `+which, append([]any{ended.From, ended.To}, list...)...)
}

// ClosedNames returns the people of whom any period was ever closed.
func (l *Ledger) ClosedNames(ctx context.Context) (map[department.PersonID]bool, error) {
	out := map[department.PersonID]bool{}
	err := l.each(ctx, "list people with closed periods", func(rows *sql.Rows) error {
		var p department.PersonID
		if err := rows.Scan(&p); err != nil {
			return fmt.Errorf("table people: %w", err)
		}
		out[p] = true
		return nil
	}, `SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM closes c WHERE c.person = p.num)`)
	return out, err
}

// Reopened calls f for the closed periods that must be closed anew, in the order of
// Closes.
func (l *Ledger) Reopened(ctx context.Context, f func(department.Closed)) error {
	return l.closes(ctx, func(c department.Closed, _ bool) bool {
		f(c)
		return true
	}, `c.reopened <> 0`)
}

// ClosedMonths calls f for the closed months of a person that ended on a day of a span,
// the latest first. reopened means that an allowed edit has changed the month and it must
// be closed anew.
func (l *Ledger) ClosedMonths(ctx context.Context, p department.PersonID, ended calendar.Span,
	f func(c department.Closed, reopened bool)) error {
	return l.closes(ctx, func(c department.Closed, reopened bool) bool {
		f(c, reopened)
		return true
	}, `p.id = ? AND c.kind = ? AND c.last BETWEEN ? AND ?`, p, calendar.Month, ended.From, ended.To)
}

// closes calls f for the closed periods that meet a condition, in the order of Closes,
// until f returns false.
func (l *Ledger) closes(ctx context.Context, f func(c department.Closed, reopened bool) bool, which string,
	args ...any) error {
	return l.read(ctx, "list closed periods", func(q querier) (err error) {
		rows, err := q.QueryContext(ctx,
			`SELECT c.num, c.kind, c.first, c.last, p.id, c.role, c.again, c.name, c.title, c.team, c.at, c.mended, c.reopened,
				k.kpi, k.title, k.unit, k.plan, k.fact, k.attainment, k.light, k.version, k.working, k.reported, k.missing
			FROM closes c JOIN people p ON p.num = c.person JOIN closed_kpis k ON k.closed = c.num
			WHERE `+which+` ORDER BY c.last DESC, c.kind, c.num, k.ord`, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		var c department.Closed
		var last int64
		var reopened bool
		for rows.Next() {
			var id, at, mended int64
			var again bool
			var plan, fact, attainment sql.NullFloat64
			var n department.Closed
			var k department.ClosedKPI
			if err := rows.Scan(&id, &n.Kind, &n.From, &n.To, &n.Person, &n.Role, &n.Again, &n.Name, &n.RoleTitle,
				&n.Team, &at, &mended, &again,
				&k.Key, &k.Title, &k.Unit, &plan, &fact, &attainment, &k.Light, &k.Version, &k.Working, &k.Reported,
				&k.Missing); err != nil {
				return fmt.Errorf("table closes: %w", err)
			}
			if id != last {
				if last != 0 && !f(c, reopened) {
					return nil
				}
				last, c, reopened = id, n, again
				c.At = time.UnixMilli(at).UTC()
				if mended != 0 {
					c.Mended = time.UnixMilli(mended).UTC()
				}
			}
			k.Plan, k.Fact, k.Attainment = num(plan), num(fact), num(attainment)
			c.KPIs = append(c.KPIs, k)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if last != 0 {
			f(c, reopened)
		}
		return nil
	})
}

// LastName returns a person's name and role in their period that closed last; empty if
// none did.
func (l *Ledger) LastName(ctx context.Context, p department.PersonID) (name, role string, err error) {
	err = l.row(ctx, fmt.Sprintf("find the name of %s", p), []any{&name, &role},
		`SELECT c.name, c.role FROM closes c JOIN people p ON p.num = c.person WHERE p.id = ? ORDER BY c.last DESC, c.kind, c.num LIMIT 1`,
		p)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", err
	}
	return name, role, nil
}

// KeepCloses stores closed periods, in place of earlier versions.
func (l *Ledger) KeepCloses(ctx context.Context, closes []department.Closed) error {
	return l.write(ctx, fmt.Sprintf("keep %d closed periods", len(closes)), func(tx *sql.Tx) error {
		return putCloses(ctx, tx, closes, true)
	})
}

func putCloses(ctx context.Context, tx *sql.Tx, closes []department.Closed, replace bool) error {
	if len(closes) == 0 {
		return nil
	}
	prepared := make([]*sql.Stmt, 0, 4)
	for _, q := range []string{
		`INSERT INTO people (id) VALUES (?) ON CONFLICT DO NOTHING`,
		`INSERT INTO closes (kind, first, last, person, role, again, name, title, team, at, mended, reopened)
			SELECT ?, ?, ?, num, ?, ?, ?, ?, ?, ?, ?, 0 FROM people WHERE id = ?
			ON CONFLICT (last, kind, person, role, again) DO UPDATE SET at = excluded.at, mended = excluded.mended, reopened = 0, shown = 0 WHERE ? <> 0
			RETURNING num`,
		`DELETE FROM closed_kpis WHERE closed = ?`,
		`INSERT INTO closed_kpis (closed, ord, kpi, title, unit, plan, fact, attainment, light, version, working, reported, missing)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	} {
		stmt, err := tx.PrepareContext(ctx, q)
		if err != nil {
			return err
		}
		prepared = append(prepared, stmt)
	}
	for _, c := range closes {
		if _, err := prepared[0].ExecContext(ctx, c.Person); err != nil {
			return fmt.Errorf("%s of %s: %w", c.Period, c.Person, err)
		}
		var mended, id int64
		if !c.Mended.IsZero() {
			mended = c.Mended.UnixMilli()
		}
		err := prepared[1].QueryRowContext(ctx, c.Kind, c.From, c.To, c.Role, c.Again, c.Name, c.RoleTitle, c.Team,
			c.At.UnixMilli(), mended, c.Person, replace).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) && !replace {
			continue // stored already
		}
		if err == nil {
			_, err = prepared[2].ExecContext(ctx, id)
		}
		for i, k := range c.KPIs {
			if err == nil {
				_, err = prepared[3].ExecContext(ctx, id, i, k.Key, k.Title, k.Unit, null(k.Plan), null(k.Fact),
					null(k.Attainment), k.Light, k.Version, k.Working, k.Reported, k.Missing)
			}
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", c.Period, c.Person, err)
		}
	}
	return nil
}

// Restore copies into a rebuilt ledger the closed periods and late edits (newest first)
// that the summary shows; it keeps what the ledger holds. It locks the days of the closed
// periods, and what did not count before does not count now. It stores also in the same
// transaction.
func (l *Ledger) Restore(ctx context.Context, closes []department.Closed, edits []department.LateEdit,
	also Save) error {
	return l.write(ctx, fmt.Sprintf("restore %d closed periods and %d late edits", len(closes), len(edits)),
		func(tx *sql.Tx) error {
			if err := putCloses(ctx, tx, closes, false); err != nil {
				return err
			}
			for _, c := range closes {
				_, err := tx.ExecContext(ctx,
					`UPDATE people SET since = 0, locked = CASE WHEN locked > ?1 THEN locked ELSE ?1 END WHERE id = ?2`,
					c.To, c.Person)
				if err != nil {
					return err
				}
			}
			var kept int
			if err := tx.QueryRowContext(ctx,
				`SELECT (SELECT count(*) FROM late_edits) + (SELECT count(*) FROM late_deals)`).
				Scan(&kept); err != nil {
				return err
			}
			if kept == 0 {
				if err := restoreEdits(ctx, tx, edits); err != nil {
					return err
				}
			}
			return also.put(ctx, tx)
		})
}

// restoreEdits stores late edits, and derives the figures that count instead of the typed
// ones: the value before the first edit that does not count.
func restoreEdits(ctx context.Context, tx *sql.Tx, edits []department.LateEdit) error {
	edits = slices.Clone(edits) // newest first, as LateEdits returns them
	slices.Reverse(edits)
	slices.SortStableFunc(edits, func(a, b department.LateEdit) int { return a.At.Compare(b.At) })
	for _, e := range edits {
		if e.Deal != nil {
			if err := restoreDeal(ctx, tx, e); err != nil {
				return fmt.Errorf("late edit of a deal of %s on %s: %w", e.Person, e.Date, err)
			}
			continue
		}
		args := []any{e.Person, e.Date, e.KPI, null(e.Was), null(e.Became), e.At.UnixMilli(), e.Counted, e.Noticed}
		const who = `(SELECT num FROM people WHERE id = ?1)`
		const what = `(SELECT num FROM kpis WHERE key = ?3)`
		queries := []string{
			`INSERT INTO people (id) VALUES (?1) ON CONFLICT DO NOTHING`,
			`INSERT INTO kpis (key) VALUES (?3) ON CONFLICT DO NOTHING`,
			`INSERT INTO late_edits (at, person, date, kpi, was, became, counted, noticed) VALUES (?6, ` +
				who + `, ?2, ` + what + `, ?4, ?5, ?7, ?8)`,
		}
		if e.Counted {
			queries = append(queries, `DELETE FROM held WHERE person = `+who+` AND date = ?2 AND kpi = `+what)
		} else {
			queries = append(queries,
				`INSERT INTO held (person, date, kpi, value) VALUES (`+who+`, ?2, `+what+`, ?4) ON CONFLICT DO NOTHING`,
				`DELETE FROM held WHERE person = `+who+` AND date = ?2 AND kpi = `+what+
					` AND value IS NOT DISTINCT FROM ?5`)
		}
		for _, q := range queries {
			if _, err := tx.ExecContext(ctx, q, args...); err != nil {
				return fmt.Errorf("late edit of %s on %s: %w", e.Person, e.Date, err)
			}
		}
	}
	return nil
}

// CloseDate is what is closed by the end of a day: all periods that end on it.
type CloseDate struct {
	End calendar.Date
	// Print changes whenever a period is closed, mended or taken back.
	Print string
}

// CloseDates lists the days on which closed periods end, the oldest first.
func (l *Ledger) CloseDates(ctx context.Context) ([]CloseDate, error) {
	var out []CloseDate
	err := l.each(ctx, "list the ends of closed periods", func(rows *sql.Rows) error {
		var d CloseDate
		var n, at, mended int64
		if err := rows.Scan(&d.End, &n, &at, &mended); err != nil {
			return fmt.Errorf("table closes, row after %d: %w", len(out), err)
		}
		d.Print = fmt.Sprint(n, at, mended)
		out = append(out, d)
		return nil
	},
		`SELECT last, count(*), CAST(sum(at) AS BIGINT), CAST(sum(mended) AS BIGINT) FROM closes GROUP BY last ORDER BY last`)
	return out, err
}

// CloseRows returns how many figures are closed in the periods that end on each day from
// a day on.
func (l *Ledger) CloseRows(ctx context.Context, from calendar.Date) (map[calendar.Date]int, error) {
	out := map[calendar.Date]int{}
	err := l.each(ctx, "count closed figures", func(rows *sql.Rows) error {
		var end calendar.Date
		var n int
		if err := rows.Scan(&end, &n); err != nil {
			return fmt.Errorf("table closes, row after %d: %w", len(out), err)
		}
		out[end] = n
		return nil
	}, `SELECT c.last, count(*) FROM closes c JOIN closed_kpis k ON k.closed = c.num WHERE c.last >= ? GROUP BY c.last`,
		from)
	return out, err
}
