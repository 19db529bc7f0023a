package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

var (
	putDeal       = upsert("deals", "person, ord", "date, client, amount, comment, row_key, crm_id, written, seen")
	putClient     = upsert("clients", "person, ord", "name, handed_over, giver, row_key, seen")
	putGoneClient = upsert("gone_clients", "person, name", "shown, handed_over, giver, listed, gone")
)

// DealEdit is a deal that was changed or removed after it had been read. The first
// reading of a deal is not an edit.
type DealEdit struct {
	Was, Became department.Deal // Became is meaningless if Gone
	Gone        bool
	At          time.Time // when it was seen, in UTC, to the millisecond
}

// DealEdits lists edits of deals seen in [from, to), oldest first.
func (l *Ledger) DealEdits(ctx context.Context, from, to time.Time) ([]DealEdit, error) {
	var edits []DealEdit
	err := l.each(ctx, "list edits of deals", func(rows *sql.Rows) error {
		var e DealEdit
		var at int64
		var key string
		var date sql.Null[calendar.Date]
		var client sql.NullString
		var amount sql.NullFloat64
		if err := rows.Scan(&at, &e.Was.Person, &key, &e.Was.Date, &e.Was.Client, &e.Was.Amount, &date, &client,
			&amount); err != nil {
			return fmt.Errorf("table deal_edits, row after %d edits: %w", len(edits), err)
		}
		e.Was.Key, e.At, e.Gone = key, time.UnixMilli(at).UTC(), !date.Valid
		if date.Valid {
			e.Became = department.Deal{Person: e.Was.Person, Date: date.V, Client: client.String,
				Amount: amount.Float64, Key: key}
		}
		edits = append(edits, e)
		return nil
	}, `SELECT e.at, p.id, e.row_key, e.was_date, e.was_client, e.was_amount, e.date, e.client, e.amount
		FROM deal_edits e JOIN people p ON p.num = e.person WHERE e.at >= ? AND e.at < ? ORDER BY e.at, e.num`,
		ceilMilli(from), ceilMilli(to))
	return edits, err
}

// identify finds, for each row of is, the row of was that it comes from, or −1. It
// matches rows first by their content, wherever they moved, then by their keys: sorting
// the rows without their keys changes none. Among rows with equal content, those with the
// same key come first.
func identify[R any, C comparable](was, is []R, content func(R) C, key func(R) string) []int {
	type full struct {
		content C
		key     string
	}
	from := make([]int, len(is))
	taken := make([]bool, len(was))
	for i := range from {
		from[i] = -1
	}
	pass(was, is, from, taken, func(r R) (full, bool) { return full{content(r), key(r)}, key(r) != "" })
	pass(was, is, from, taken, func(r R) (C, bool) { return content(r), true })
	pass(was, is, from, taken, func(r R) (string, bool) { return key(r), key(r) != "" })
	return from
}

// pass pairs the remaining rows by one trait, in their order.
func pass[R any, T comparable](was, is []R, from []int, taken []bool, trait func(R) (T, bool)) {
	free := map[T][]int{}
	for i, r := range was {
		if t, ok := trait(r); ok && !taken[i] {
			free[t] = append(free[t], i)
		}
	}
	for i, r := range is {
		t, ok := trait(r)
		if !ok || from[i] >= 0 || len(free[t]) == 0 {
			continue
		}
		from[i] = free[t][0]
		free[t] = free[t][1:]
		taken[from[i]] = true
	}
}

type storedDeal struct {
	department.Deal
	seen int64
}

// dealContent is the content that identifies a deal.
type dealContent struct {
	date   calendar.Date
	client string
	amount float64
}

func (s *storing) deals() error {
	if !s.r.HasDeals {
		return nil
	}
	is := make([]storedDeal, len(s.r.Deals))
	for i, d := range s.r.Deals {
		if d.Person != s.r.Person {
			return fmt.Errorf("a deal on %s is one of %q", d.Date, d.Person)
		}
		if math.IsNaN(d.Amount) || math.IsInf(d.Amount, 0) {
			return fmt.Errorf("the amount of a deal on %s is %v, not a number", d.Date, d.Amount)
		}
		is[i] = storedDeal{d, s.at.Unix()}
	}
	var was []storedDeal
	err := eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var d storedDeal
		var err error
		d.Deal, err = scanDeal(rows, s.r.Person, &d.seen)
		was = append(was, d)
		return err
	}, `SELECT `+dealColumns+`, d.seen FROM deals d WHERE d.person = ? ORDER BY d.ord`, s.person)
	if err != nil {
		return err
	}
	content := func(d storedDeal) dealContent { return dealContent{d.Date, d.Client, d.Amount} }
	from := identify(was, is, content, func(d storedDeal) string { return d.Key })
	stays := make([]bool, len(was))
	for i, f := range from {
		if f < 0 {
			continue
		}
		stays[f] = true
		is[i].seen = was[f].seen
		if content(was[f]) != content(is[i]) {
			if err := s.dealEdit(was[f].Deal, &is[i].Deal); err != nil {
				return err
			}
		}
	}
	for i, d := range was {
		if !stays[i] {
			if err := s.dealEdit(d.Deal, nil); err != nil {
				return err
			}
		}
	}
	for i, f := range from {
		if f < 0 {
			if err := s.lateDeal(nil, &is[i].Deal); err != nil {
				return err
			}
		}
	}
	for i, d := range is {
		if i < len(was) && was[i] == d {
			continue
		}
		write := s.write
		if i < len(was) && content(was[i]) == content(d) && was[i].Comment == d.Comment {
			write = s.note // no figure depends on it
		}
		if err := write(
			putDeal,
			s.person, i, d.Date, d.Client, d.Amount, d.Comment, d.Key, d.ID, d.Written, d.seen); err != nil {
			return fmt.Errorf("deal %d: %w", i+1, err)
		}
	}
	if len(is) < len(was) {
		return s.write(`DELETE FROM deals WHERE person = ? AND ord >= ?`, s.person, len(is))
	}
	return nil
}

func (s *storing) dealEdit(was department.Deal, became *department.Deal) error {
	if err := s.lateDeal(&was, became); err != nil {
		return fmt.Errorf("a late edit of a deal on %s: %w", was.Date, err)
	}
	var date, client, amount any
	if became != nil {
		date, client, amount = became.Date, became.Client, became.Amount
	}
	return s.write(
		`INSERT INTO deal_edits (at, person, row_key, was_date, was_client, was_amount, date, client, amount) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.at.UnixMilli(), s.person, was.Key, was.Date, was.Client, was.Amount, date, client, amount)
}

type storedClient struct {
	department.Client
	seen calendar.Date
}

type clientContent struct {
	name   string
	handed calendar.Date
	from   string
}

// sameName normalises the name of a client.
func sameName(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

func (s *storing) clients() error {
	if !s.r.HasClients {
		return nil
	}
	today := s.r.Day
	if today.IsZero() {
		today = calendar.FromTime(s.at)
	}
	is := make([]storedClient, len(s.r.Clients))
	there := map[string]bool{}
	for i, c := range s.r.Clients {
		if c.Person != s.r.Person {
			return fmt.Errorf("a client is one of %q", c.Person)
		}
		is[i] = storedClient{c, today}
		there[sameName(c.Name)] = true
	}
	var was []storedClient
	err := eachRow(s.ctx, s.tx, func(rows *sql.Rows) error {
		var c storedClient
		var err error
		c.Client, err = scanClient(rows, s.r.Person, &c.seen)
		was = append(was, c)
		return err
	}, `SELECT `+clientColumns+`, c.seen FROM clients c WHERE c.person = ? ORDER BY c.ord`, s.person)
	if err != nil {
		return err
	}
	content := func(c storedClient) clientContent { return clientContent{c.Name, c.HandedOver, c.From} }
	from := identify(was, is, content, func(c storedClient) string { return c.Key })
	stays := make([]bool, len(was))
	for i, f := range from {
		if f >= 0 {
			stays[f] = true
			is[i].seen = was[f].seen
		}
	}
	for i, c := range was {
		if stays[i] || there[sameName(c.Name)] {
			continue
		}
		if err := s.write(
			putGoneClient,
			s.person, sameName(c.Name), c.Name, c.HandedOver, c.From, c.seen, today); err != nil {
			return fmt.Errorf("a client who is gone: %w", err)
		}
	}
	for i, c := range is {
		if i < len(was) && was[i] == c {
			continue
		}
		write := s.write
		if i < len(was) && content(was[i]) == content(c) {
			write = s.note
		}
		if err := write(
			putClient,
			s.person, i, c.Name, c.HandedOver, c.From, c.Key, c.seen); err != nil {
			return fmt.Errorf("client %d: %w", i+1, err)
		}
		// A client who is back in the list counts as having been there since the first
		// time.
		if err := s.note(`DELETE FROM gone_clients WHERE person = ? AND name = ?`, s.person,
			sameName(c.Name)); err != nil {
			return err
		}
	}
	if len(is) < len(was) {
		return s.write(`DELETE FROM clients WHERE person = ? AND ord >= ?`, s.person, len(is))
	}
	return nil
}
