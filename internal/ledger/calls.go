package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
)

// CallLog is a part of a call log to store.
type CallLog struct {
	Calls []calls.Call
	// Days are the days that the log covers, by source, including those without calls.
	// Calls of other days are stored, and count once a log covers their day.
	Days map[calls.Source]calendar.Span
	// Day returns the day of a moment in the department's time zone.
	Day func(time.Time) calendar.Date
	// Values are stored in the same transaction, as in Save.
	Values map[string][]byte
}

// CallsStored counts what storing a call log did.
type CallsStored struct{ New, Changed, Same int }

// StoreCalls adds calls, in one transaction. It updates calls that are already known, see
// stored; storing the same log again changes nothing. It marks the days on which anything
// changed to be counted. With dry it keeps nothing and only returns what it would have
// done.
func (l *Ledger) StoreCalls(ctx context.Context, log CallLog, dry bool) (done CallsStored, err error) {
	err = l.write(ctx, fmt.Sprintf("store %d calls", len(log.Calls)), func(tx *sql.Tx) error {
		s := callStoring{ctx: ctx, tx: tx, log: log, operators: map[calls.Source]map[calls.Operator]int64{}}
		if err := s.all(); err != nil {
			return err
		}
		done = s.done
		if dry {
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return done, err
}

// errDry rolls back a dry run.
var errDry = errors.New("dry run")

// callStoring is one StoreCalls under way.
var (
	putCall     = upsert("calls", "source, id, operator", "started, direction, answer, talk, success, cost")
	putCallCost = upsert("call_costs", "person, date", "cost")

	putCallTotal = upsert("call_totals", "person, date",
		"calls, outgoing, incoming, answered, missed, success, talks, talk_time, cost")
)

type callStoring struct {
	ctx       context.Context
	tx        *sql.Tx
	log       CallLog
	operators map[calls.Source]map[calls.Operator]int64
	done      CallsStored

	find, put, drop *sql.Stmt // for a call's legs
}

func (s *callStoring) exec(query string, args ...any) error {
	_, err := s.tx.ExecContext(s.ctx, query, args...)
	return err
}

// call identifies a call; its legs share it.
type call struct {
	source calls.Source
	id     string
}

// all stores the calls of the log, the days that it covers, and its values.
func (s *callStoring) all() error {
	order, legs, err := s.group()
	if err != nil {
		return err
	}
	if err := s.prepare(); err != nil {
		return err
	}
	stale := map[calls.Source]map[calendar.Date]bool{}
	for _, k := range order {
		if err := s.store(k, legs[k], stale); err != nil {
			return fmt.Errorf("call %s of %s: %w", k.id, k.source, err)
		}
	}
	for source, span := range s.log.Days {
		for d := span.From; d <= span.To; d++ {
			if err := s.exec(`INSERT INTO call_days (source, date, stale) VALUES (?, ?, 1) ON CONFLICT DO NOTHING`,
				source,
				d); err != nil {
				return err
			}
		}
	}
	for source, days := range stale {
		for d := range days {
			if err := s.exec(`UPDATE call_days SET stale = 1 WHERE source = ? AND date = ?`, source, d); err != nil {
				return err
			}
		}
	}
	return putValues(s.ctx, s.tx, s.log.Values)
}

func (s *callStoring) prepare() (err error) {
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&s.find,
			`SELECT started, operator, direction, answer, talk, success, cost FROM calls WHERE source = ? AND id = ?`},
		{&s.put,
			putCall},
		{&s.drop, `DELETE FROM calls WHERE source = ? AND id = ? AND operator = ?`},
	} {
		if *p.stmt, err = s.tx.PrepareContext(s.ctx, p.query); err != nil {
			return err
		}
	}
	return nil
}

// group returns the calls of the log in their order, and the legs of each.
func (s *callStoring) group() (order []call, legs map[call][]callRow, err error) {
	legs = map[call][]callRow{}
	for _, c := range s.log.Calls {
		if c.ID == "" {
			return nil, nil, fmt.Errorf("a call of %s at %v has no id", c.Source, c.Started)
		}
		op, err := s.operator(c.Source, c.Operator)
		if err != nil {
			return nil, nil, fmt.Errorf("operator of call %s: %w", c.ID, err)
		}
		k := call{c.Source, c.ID}
		if legs[k] == nil {
			order = append(order, k)
		}
		legs[k] = append(legs[k], callRow{c.Started.Unix(), op, string(c.Direction), int64(c.Answer), null(c.Talk),
			c.Success, null(c.Cost)})
	}
	return order, legs, nil
}

// store updates the stored legs of a call, and notes the days on which that changes
// figures.
func (s *callStoring) store(k call, legs []callRow, stale map[calls.Source]map[calendar.Date]bool) error {
	was, err := s.legs(s.find, k)
	if err != nil {
		return err
	}
	write, clear, done := stored(was, legs)
	s.done = CallsStored{s.done.New + done.New, s.done.Changed + done.Changed, s.done.Same + done.Same}
	for _, r := range clear {
		if _, err := s.drop.ExecContext(s.ctx, k.source, k.id, r.operator); err != nil {
			return err
		}
	}
	for _, r := range write {
		if _, err := s.put.ExecContext(s.ctx, k.source, k.id, r.operator, r.started, r.direction, r.answer, r.talk,
			r.success, r.cost); err != nil {
			return err
		}
	}
	if len(write)+len(clear) == 0 {
		return nil
	}
	if stale[k.source] == nil {
		stale[k.source] = map[calendar.Date]bool{}
	}
	for _, r := range slices.Concat(was, write) {
		stale[k.source][s.log.Day(time.Unix(r.started, 0))] = true
	}
	return nil
}

type callRow struct {
	started, operator int64
	direction         string
	answer            int64
	talk              sql.NullFloat64
	success           bool
	cost              sql.NullFloat64
}

// legs returns the stored legs of a call.
func (s *callStoring) legs(find *sql.Stmt, k call) (out []callRow, err error) {
	rows, err := find.QueryContext(s.ctx, k.source, k.id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r callRow
		if err := rows.Scan(&r.started, &r.operator, &r.direction, &r.answer, &r.talk, &r.success,
			&r.cost); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// stored compares the legs of a call in a log, is, with the stored ones, was, and returns
// how to update those. The operator identifies a leg. A log may hold the legs of only
// some operators, so the others stay, except those
//   - that equal a leg of the log in everything but the operator: the log now writes
//     the operator in another way, or the telephony corrected it;
//   - that missed what another operator took, as calls.Read leaves them out of one
//     file; stored skips such a leg of the log, too.
//
// So stored also recognises calls that were stored as one row per id, whichever line came
// last.
func stored(was, is []callRow) (write, clear []callRow, done CallsStored) {
	taken := func(list []callRow, by func(callRow) bool) bool {
		return slices.ContainsFunc(list, func(r callRow) bool {
			return r.answer == int64(calls.Answered) && r.direction != string(calls.Internal) && by(r)
		})
	}
	other := func(op int64) func(callRow) bool { return func(r callRow) bool { return r.operator != op } }
	find := func(list []callRow, op int64) int {
		return slices.IndexFunc(list, func(r callRow) bool { return r.operator == op })
	}
	for _, r := range was {
		if find(is, r.operator) >= 0 {
			continue
		}
		moved := slices.ContainsFunc(is, func(n callRow) bool {
			same := n
			same.operator = r.operator
			return same == r && find(was, n.operator) < 0
		})
		if moved || r.answer == int64(calls.Missed) && taken(is, other(r.operator)) {
			clear = append(clear, r)
		}
	}
	replaced := len(clear)
	for _, n := range is {
		at := find(was, n.operator)
		elsewhere := func(r callRow) bool {
			return r.operator != n.operator && find(is, r.operator) < 0 && !slices.Contains(clear, r)
		}
		switch {
		case at >= 0 && was[at] == n, at < 0 && n.answer == int64(calls.Missed) && taken(was, elsewhere):
			done.Same++
			continue
		case at >= 0:
			done.Changed++
		case replaced > 0:
			replaced--
			done.Changed++
		default:
			done.New++
		}
		write = append(write, n)
	}
	return write, clear, done
}

// operator returns the number of an operator, a new one if necessary.
func (s *callStoring) operator(source calls.Source, op calls.Operator) (int64, error) {
	if n, ok := s.operators[source][op]; ok {
		return n, nil
	}
	res, err := s.tx.ExecContext(s.ctx,
		`INSERT INTO operators (source, ident, ext, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, source, op.ID,
		op.Ext,
		op.Name)
	if err != nil {
		return 0, err
	}
	// An operator in the log has a 0 on the days without calls, also on earlier ones.
	if added, err := res.RowsAffected(); err != nil {
		return 0, err
	} else if added > 0 {
		if err := s.exec(`UPDATE call_days SET stale = 1 WHERE source = ?`, source); err != nil {
			return 0, err
		}
	}
	var n int64
	err = s.tx.QueryRowContext(s.ctx,
		`SELECT num FROM operators WHERE source = ? AND ident = ? AND ext = ? AND name = ?`, source, op.ID, op.Ext,
		op.Name).Scan(&n)
	if s.operators[source] == nil {
		s.operators[source] = map[calls.Operator]int64{}
	}
	s.operators[source][op] = n
	return n, err
}

// CallOperator is an operator of a call log.
type CallOperator struct {
	Num    int64 // its number in the ledger
	Source calls.Source
	calls.Operator
}

// CallOperators lists all operators, in the order in which they were first seen.
func (l *Ledger) CallOperators(ctx context.Context) ([]CallOperator, error) {
	var out []CallOperator
	err := l.each(ctx, "list operators", func(rows *sql.Rows) error {
		var o CallOperator
		if err := rows.Scan(&o.Num, &o.Source, &o.ID, &o.Ext, &o.Name); err != nil {
			return fmt.Errorf("table operators, row after %d: %w", len(out), err)
		}
		out = append(out, o)
		return nil
	}, `SELECT num, source, ident, ext, name FROM operators ORDER BY num`)
	return out, err
}

// CountCalls returns how many calls an operator has in [from, to), without those between
// colleagues. With taken, it also leaves out those that certainly nobody took.
func (l *Ledger) CountCalls(ctx context.Context, operator int64, from, to time.Time, taken bool) (n int, err error) {
	err = l.row(ctx, "count calls", []any{&n},
		`SELECT count(*) FROM calls WHERE operator = ? AND started >= ? AND started < ? AND direction <> ? AND NOT (? <> 0 AND answer = ?)`,
		operator, from.Unix(), to.Unix(), calls.Internal, taken, calls.Missed)
	return n, err
}

// CallTotals returns the totals of each operator's calls in [from, to), by the operator's
// number. A conversation is longer than threshold seconds.
func (l *Ledger) CallTotals(ctx context.Context, from, to time.Time, threshold float64) (map[int64]calls.Totals,
	error) {
	out := map[int64]calls.Totals{}
	err := l.each(ctx, "total calls", func(rows *sql.Rows) error {
		var n int64
		var t calls.Totals
		if err := rows.Scan(&n, &t.Calls, &t.Outgoing, &t.Incoming, &t.Answered, &t.Missed, &t.Success, &t.Talks,
			&t.TalkTime, &t.Cost, &t.Costed, &t.NoAnswer, &t.NoTalk); err != nil {
			return fmt.Errorf("table calls: %w", err)
		}
		out[n] = t
		return nil
	},
		`SELECT operator, count(*), count(*) FILTER (WHERE direction = ?1), count(*) FILTER (WHERE direction = ?2),
			count(*) FILTER (WHERE answer = 1), count(*) FILTER (WHERE direction = ?2 AND answer = 2), count(*) FILTER (WHERE success <> 0),
			count(*) FILTER (WHERE talk > ?3), coalesce(sum(talk) FILTER (WHERE talk > ?3), 0.0), coalesce(sum(cost), 0.0), count(cost),
			count(*) FILTER (WHERE answer = 0), count(*) FILTER (WHERE talk IS NULL)
		FROM calls WHERE started >= ?4 AND started < ?5 AND direction <> ?6 GROUP BY operator`,
		calls.Outgoing, calls.Incoming, threshold, from.Unix(), to.Unix(), calls.Internal)
	return out, err
}

// CallDays calls f for every day that a source's log covers, in the order of days; stale
// means that its figures are still to be counted.
func (l *Ledger) CallDays(ctx context.Context, span calendar.Span,
	f func(source calls.Source, d calendar.Date, stale bool)) error {
	return l.each(ctx, "list the days of call logs", func(rows *sql.Rows) error {
		var source calls.Source
		var d calendar.Date
		var stale bool
		if err := rows.Scan(&source, &d, &stale); err != nil {
			return fmt.Errorf("table call_days: %w", err)
		}
		f(source, d, stale)
		return nil
	}, `SELECT source, date, stale FROM call_days WHERE date BETWEEN ? AND ? ORDER BY date, source`, span.From, span.To)
}

// RecountCalls marks all days of call logs to be counted again.
func (l *Ledger) RecountCalls(ctx context.Context) error {
	return l.write(ctx, "mark the days of call logs", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE call_days SET stale = 1`)
		return err
	})
}

// CallPeople returns the people whose figures were counted from each source.
func (l *Ledger) CallPeople(ctx context.Context) (map[calls.Source][]department.PersonID, error) {
	out := map[calls.Source][]department.PersonID{}
	err := l.each(ctx, "list people of call logs", func(rows *sql.Rows) error {
		var source calls.Source
		var id department.PersonID
		if err := rows.Scan(&source, &id); err != nil {
			return fmt.Errorf("table call_people: %w", err)
		}
		out[source] = append(out[source], id)
		return nil
	}, `SELECT source, person FROM call_people ORDER BY source, person`)
	return out, err
}

// CallCost is what telephony cost for a person's calls of a day, roubles.
type CallCost struct {
	Person department.PersonID
	Date   calendar.Date
	Cost   float64
}

// CallTotal is a person's calls of a day.
type CallTotal struct {
	Person department.PersonID
	Date   calendar.Date
	calls.Totals
}

// CallCosts calls f for every cost of a span; if people are given, only for theirs.
func (l *Ledger) CallCosts(ctx context.Context, span calendar.Span, f func(CallCost), of ...department.PersonID) error {
	which, list := someone("person", 3, of)
	return l.each(ctx, "list costs of calls", func(rows *sql.Rows) error {
		var c CallCost
		if err := rows.Scan(&c.Person, &c.Date, &c.Cost); err != nil {
			return fmt.Errorf("table call_costs: %w", err)
		}
		f(c)
		return nil
	}, `SELECT person, date, cost FROM call_costs WHERE date BETWEEN ?1 AND ?2 AND `+which+` ORDER BY person, date`,
		append([]any{span.From, span.To}, list...)...)
}

// CallMonth is a month of a person.
type CallMonth struct {
	Person department.PersonID
	Month  calendar.Date // its first day
}

// CallMonths lists the months whose tabs do not show yet what was counted.
func (l *Ledger) CallMonths(ctx context.Context) ([]CallMonth, error) {
	var out []CallMonth
	err := l.each(ctx, "list months of call logs", func(rows *sql.Rows) error {
		var m CallMonth
		if err := rows.Scan(&m.Person, &m.Month); err != nil {
			return fmt.Errorf("table call_months: %w", err)
		}
		out = append(out, m)
		return nil
	}, `SELECT person, month FROM call_months ORDER BY person, month`)
	return out, err
}

// MarkCallMonths records that the tabs must show what is about to be counted.
func (l *Ledger) MarkCallMonths(ctx context.Context, months []CallMonth) error {
	return l.write(ctx, "mark months of call logs", func(tx *sql.Tx) error {
		for _, m := range months {
			if _, err := tx.ExecContext(ctx,
				`INSERT INTO call_months (person, month) VALUES (?, ?) ON CONFLICT DO NOTHING`,
				m.Person, m.Month); err != nil {
				return err
			}
		}
		return nil
	})
}

// CallMonthShown records that a tab shows what was counted.
func (l *Ledger) CallMonthShown(ctx context.Context, m CallMonth) error {
	return l.write(ctx, "record a month of call logs", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM call_months WHERE person = ? AND month = ?`, m.Person, m.Month)
		return err
	})
}

// Counted is what was counted from call logs.
type Counted struct {
	Days   []calendar.Date                        // the stale ones
	People map[calls.Source][]department.PersonID // replace the known ones
	Costs  []CallCost                             // on Days
	Totals []CallTotal                            // on Days
	Values map[string][]byte
}

// CountedCalls records that days were counted.
func (l *Ledger) CountedCalls(ctx context.Context, c Counted) error {
	return l.write(ctx, "record that calls were counted", func(tx *sql.Tx) error {
		for _, d := range c.Days {
			for _, query := range []string{`UPDATE call_days SET stale = 0 WHERE date = ?`,
				`DELETE FROM call_costs WHERE date = ?`, `DELETE FROM call_totals WHERE date = ?`} {
				if _, err := tx.ExecContext(ctx, query, d); err != nil {
					return err
				}
			}
		}
		for _, x := range c.Costs {
			if _, err := tx.ExecContext(ctx, putCallCost,
				x.Person, x.Date, x.Cost); err != nil {
				return err
			}
		}
		for _, x := range c.Totals {
			cost := sql.NullFloat64{Float64: x.Cost, Valid: x.Costed > 0}
			if _, err := tx.ExecContext(ctx, putCallTotal, x.Person, x.Date, x.Calls, x.Outgoing, x.Incoming,
				x.Answered,
				x.Missed, x.Success, x.Talks, x.TalkTime, cost); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM call_people`); err != nil {
			return err
		}
		for source, people := range c.People {
			for _, id := range people {
				if _, err := tx.ExecContext(ctx,
					`INSERT INTO call_people (source, person) VALUES (?, ?) ON CONFLICT DO NOTHING`,
					source, id); err != nil {
					return err
				}
			}
		}
		return putValues(ctx, tx, c.Values)
	})
}
