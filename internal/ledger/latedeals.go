package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// A deal has no fixed place as a figure has, so what counts on locked days is stored in
// pairs: of the typed deals, one equal to the first counts as the second. Rows with the
// same content are interchangeable here, too.

// maybeDeal is the content of a deal, or none.
type maybeDeal struct {
	date   sql.Null[calendar.Date]
	client sql.NullString
	amount sql.NullFloat64
}

func someDeal(d department.Deal) maybeDeal {
	return maybeDeal{sql.Null[calendar.Date]{V: d.Date, Valid: true}, sql.NullString{String: d.Client, Valid: true},
		sql.NullFloat64{Float64: d.Amount, Valid: true}}
}

// ofDeal returns the content of a deal that may be nil.
func ofDeal(d *department.Deal) maybeDeal {
	if d == nil {
		return maybeDeal{}
	}
	return someDeal(*d)
}

// deal returns nil if there is none.
func (m maybeDeal) deal(of department.PersonID) *department.Deal {
	if !m.date.Valid {
		return nil
	}
	return &department.Deal{Person: of, Date: m.date.V, Client: m.client.String, Amount: m.amount.Float64}
}

func (m maybeDeal) args() []any { return []any{m.date, m.client, m.amount} }

func (m *maybeDeal) scan() []any { return []any{&m.date, &m.client, &m.amount} }

// heldDeal is a pair.
type heldDeal struct {
	typed, counts maybeDeal
}

// lockedDays returns the days of a pair that are locked.
func lockedDays(locked calendar.Date, deals ...maybeDeal) []calendar.Date {
	var days []calendar.Date
	for _, d := range deals {
		if d.date.Valid && d.date.V <= locked {
			days = append(days, d.date.V)
		}
	}
	return days
}

// holdDeal updates the pairs after a change of a deal: what counted goes on counting
// unless the change is allowed. It returns what counted before.
func holdDeal(ctx context.Context, tx *sql.Tx, person int64, was, became maybeDeal,
	allowed func(counts maybeDeal) bool) (counts maybeDeal, counted bool, err error) {
	counts = was
	num, err := findHeld(ctx, tx, person,
		`date IS NOT DISTINCT FROM ?2 AND client IS NOT DISTINCT FROM ?3 AND amount IS NOT DISTINCT FROM ?4`, was)
	switch {
	case err != nil:
		return counts, false, err
	case was.date.Valid && num != 0:
		err = tx.QueryRowContext(ctx, `SELECT counts_date, counts_client, counts_amount FROM held_deals WHERE num = ?`,
			num).Scan(counts.scan()...)
	case !was.date.Valid: // a deal that was removed may be typed again
		num, err = findHeld(ctx, tx, person,
			`date IS NULL AND counts_date IS NOT DISTINCT FROM ?2 AND counts_client IS NOT DISTINCT FROM ?3 AND counts_amount IS NOT DISTINCT FROM ?4`, became)
		if num != 0 {
			counts = became
		}
	}
	if err == nil && num != 0 {
		_, err = tx.ExecContext(ctx, `DELETE FROM held_deals WHERE num = ?`, num)
	}
	if err != nil {
		return counts, false, err
	}
	if counted = allowed(counts); counted || counts == became {
		return counts, counted && counts != became, nil
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO held_deals (person, date, client, amount, counts_date, counts_client, counts_amount) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		slices.Concat([]any{person}, became.args(), counts.args())...)
	return counts, false, err
}

// findHeld finds the first pair of a person that meets a condition; 0: none.
func findHeld(ctx context.Context, tx *sql.Tx, person int64, where string, d maybeDeal) (num int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(min(num), 0) FROM held_deals WHERE person = ?1 AND `+where,
		slices.Concat([]any{person}, d.args())...).Scan(&num)
	return num, err
}

// lateDeal records a change of a deal that touches a locked day, as lateEdit does for
// figures. A deal moved between a locked day and an open one touches the locked one; it
// counts once in each case.
func (s *storing) lateDeal(was, became *department.Deal) error {
	if s.locked == 0 {
		return nil
	}
	from, to := ofDeal(was), ofDeal(became)
	days := lockedDays(s.locked, from, to)
	if len(days) == 0 && !s.holds {
		return nil
	}
	imported := func(d calendar.Date) bool { return has(s.imported, d) }
	counts, counted, err := holdDeal(s.ctx, s.tx, s.person, from, to, func(counts maybeDeal) bool {
		return !slices.ContainsFunc(lockedDays(s.locked, counts, to), func(d calendar.Date) bool {
			return !imported(d) && !has(s.r.Open, d)
		})
	})
	if err != nil {
		return err
	}
	s.holds = s.holds || !counted
	days = append(days, lockedDays(s.locked, counts)...)
	if len(days) == 0 {
		return nil
	}
	s.changed = true
	if slices.ContainsFunc(days, func(d calendar.Date) bool { return !imported(d) }) {
		err := s.write(
			`INSERT INTO late_deals (at, person, was_date, was_client, was_amount, date, client, amount, counted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			slices.Concat([]any{s.at.UnixMilli(), s.person}, from.args(), to.args(), []any{counted})...)
		if err != nil {
			return err
		}
	}
	if !counted {
		return nil
	}
	for _, d := range lockedDays(s.locked, counts, to) {
		if err := s.write(`UPDATE closes SET reopened = 1 WHERE person = ? AND first <= ? AND last >= ?`, s.person, d,
			d); err != nil {
			return err
		}
	}
	return nil
}

// heldDeals lists the pairs of a person, or of everybody if person is 0.
func heldDeals(ctx context.Context, q querier, person int64) (map[department.PersonID][]heldDeal, error) {
	out := map[department.PersonID][]heldDeal{}
	err := eachRow(ctx, q, func(rows *sql.Rows) error {
		var p department.PersonID
		var h heldDeal
		if err := rows.Scan(slices.Concat([]any{&p}, h.typed.scan(), h.counts.scan())...); err != nil {
			return fmt.Errorf("table held_deals: %w", err)
		}
		out[p] = append(out[p], h)
		return nil
	}, `SELECT p.id, h.date, h.client, h.amount, h.counts_date, h.counts_client, h.counts_amount
		FROM held_deals h JOIN people p ON p.num = h.person WHERE ?1 = 0 OR h.person = ?1 ORDER BY h.num`, person)
	return out, err
}

// HeldDeal is a deal that does not count as it is typed.
type HeldDeal struct {
	Typed  *department.Deal // nil: its row was removed
	Counts *department.Deal // nil: it does not count
}

// HeldDeals lists the deals that do not count as they are typed, by person; if a person
// is given, theirs alone. A typed deal equal to Typed counts as Counts, as often as the
// pair is listed, the first pairs of the list first.
func (l *Ledger) HeldDeals(ctx context.Context, of department.PersonID) (map[department.PersonID][]HeldDeal, error) {
	out := map[department.PersonID][]HeldDeal{}
	err := l.read(ctx, "list deals held", func(q querier) error {
		var person int64
		if of != "" {
			err := q.QueryRowContext(ctx, `SELECT num FROM people WHERE id = ?`, of).Scan(&person)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		held, err := heldDeals(ctx, q, person)
		for p, pairs := range held {
			for _, h := range pairs {
				out[p] = append(out[p], HeldDeal{h.typed.deal(p), h.counts.deal(p)})
			}
		}
		return err
	})
	return out, err
}

// CountedDeals is Deals with what counts: on locked days the locked deals, whatever is
// typed there now. If people are given, it is of these alone.
func (l *Ledger) CountedDeals(ctx context.Context, f func(department.Deal), of ...department.PersonID) error {
	return l.read(ctx, "list deals", func(q querier) error {
		held, err := heldDeals(ctx, q, 0)
		if err != nil {
			return err
		}
		people := map[department.PersonID][]department.Deal{}
		for p, pairs := range held { // all other deals count as typed
			if len(of) > 0 && !slices.Contains(of, p) {
				continue
			}
			people[p] = nil
			for _, h := range pairs {
				if d := h.counts.deal(p); d != nil && !h.typed.date.Valid {
					people[p] = append(people[p], *d)
				}
			}
		}
		err = deals(ctx, q, of, func(d department.Deal) {
			pairs, ok := held[d.Person]
			if !ok {
				f(d)
				return
			}
			if i := slices.IndexFunc(pairs, func(h heldDeal) bool { return h.typed == someDeal(d) }); i >= 0 {
				counts := pairs[i].counts.deal(d.Person)
				held[d.Person] = slices.Delete(pairs, i, i+1)
				if counts == nil {
					return
				}
				counts.Comment, counts.Key = d.Comment, d.Key
				d = *counts
			}
			people[d.Person] = append(people[d.Person], d)
		})
		if err != nil {
			return err
		}
		for _, p := range slices.Sorted(maps.Keys(people)) {
			slices.SortStableFunc(people[p], func(a, b department.Deal) int { return int(a.Date - b.Date) })
			for _, d := range people[p] {
				f(d)
			}
		}
		return nil
	})
}

// releaseDeals makes those edits of deals count all of whose locked days are in the span.
func releaseDeals(ctx context.Context, tx *sql.Tx, id department.PersonID, s calendar.Span) (released bool, err error) {
	var locked sql.Null[calendar.Date]
	var person int64
	err = eachRow(ctx, tx, func(rows *sql.Rows) error {
		return rows.Scan(&person, &locked)
	}, `SELECT num, locked FROM people WHERE id = ?`, id)
	if err != nil || !locked.Valid {
		return false, err
	}
	open := func(deals ...maybeDeal) bool {
		return !slices.ContainsFunc(lockedDays(locked.V, deals...), func(d calendar.Date) bool { return !s.Has(d) })
	}
	held, err := heldDeals(ctx, tx, person)
	if err != nil {
		return false, err
	}
	for _, h := range held[id] {
		if !open(h.typed, h.counts) {
			continue
		}
		released = true
		_, err := tx.ExecContext(ctx, `DELETE FROM held_deals WHERE num = (SELECT min(num) FROM held_deals
			WHERE person = ? AND date IS NOT DISTINCT FROM ? AND client IS NOT DISTINCT FROM ? AND amount IS NOT DISTINCT FROM ? AND counts_date IS NOT DISTINCT FROM ? AND counts_client IS NOT DISTINCT FROM ? AND counts_amount IS NOT DISTINCT FROM ?)`,
			slices.Concat([]any{person}, h.typed.args(), h.counts.args())...)
		for _, d := range lockedDays(locked.V, h.typed, h.counts) {
			if err == nil {
				_, err = tx.ExecContext(ctx,
					`UPDATE closes SET reopened = 1 WHERE person = ? AND first <= ? AND last >= ?`, person, d, d)
			}
		}
		if err != nil {
			return released, err
		}
	}
	if !released {
		return false, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE late_deals SET counted = 1 WHERE person = ?1 AND counted = 0
		AND (was_date IS NULL OR was_date > ?4 OR was_date BETWEEN ?2 AND ?3) AND (date IS NULL OR date > ?4 OR date BETWEEN ?2 AND ?3)`,
		person, s.From, s.To, locked.V)
	return true, err
}

// lateDeals lists the newest edits of deals of locked days, at most n, newest first.
func (l *Ledger) lateDeals(ctx context.Context, n int) ([]department.LateEdit, error) {
	var out []department.LateEdit
	err := l.each(ctx, "list late edits of deals", func(rows *sql.Rows) error {
		var e department.LateEdit
		var at int64
		var was, became maybeDeal
		if err := rows.Scan(slices.Concat([]any{&at, &e.Person, &e.Counted}, was.scan(),
			became.scan())...); err != nil {
			return fmt.Errorf("table late_deals, row after %d: %w", len(out), err)
		}
		e.At = time.UnixMilli(at).UTC()
		e.Deal = &department.DealChange{Was: was.deal(e.Person), Became: became.deal(e.Person)}
		e.Date = e.Deal.Date()
		out = append(out, e)
		return nil
	}, `SELECT e.at, p.id, e.counted, e.was_date, e.was_client, e.was_amount, e.date, e.client, e.amount
		FROM late_deals e JOIN people p ON p.num = e.person ORDER BY e.at DESC, e.num DESC LIMIT ?`, n)
	return out, err
}

// restoreDeal stores a late edit of a deal, and the pair that results.
func restoreDeal(ctx context.Context, tx *sql.Tx, e department.LateEdit) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO people (id) VALUES (?) ON CONFLICT DO NOTHING`,
		e.Person); err != nil {
		return err
	}
	var person int64
	if err := tx.QueryRowContext(ctx, `SELECT num FROM people WHERE id = ?`, e.Person).Scan(&person); err != nil {
		return err
	}
	was, became := ofDeal(e.Deal.Was), ofDeal(e.Deal.Became)
	_, err := tx.ExecContext(ctx,
		`INSERT INTO late_deals (at, person, was_date, was_client, was_amount, date, client, amount, counted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		slices.Concat([]any{e.At.UnixMilli(), person}, was.args(), became.args(), []any{e.Counted})...)
	if err != nil {
		return err
	}
	_, _, err = holdDeal(ctx, tx, person, was, became, func(maybeDeal) bool { return e.Counted })
	return err
}
