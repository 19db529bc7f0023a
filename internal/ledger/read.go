package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Edit is a change of a figure that had been read before. A figure's first reading is not
// an edit, however late it came: Figures says when that was.
type Edit struct {
	department.Entry         // the new value; Value is meaningless if Gone
	Was              float64 // in the unit of the KPI
	Gone             bool
	At               time.Time // when it was seen, in UTC, to the millisecond
}

// Edits lists edits seen in [from, to), oldest first.
func (l *Ledger) Edits(ctx context.Context, from, to time.Time) ([]Edit, error) {
	var edits []Edit
	err := l.each(ctx, "list edits", func(rows *sql.Rows) error {
		var num, at int64
		var e Edit
		var became sql.NullFloat64
		if err := rows.Scan(&num, &at, &e.Person, &e.Date, &e.KPI, &e.Was, &became); err != nil {
			return fmt.Errorf("table edits, row after %d edits: %w", len(edits), err)
		}
		e.Value, e.Gone, e.At = became.Float64, !became.Valid, time.UnixMilli(at).UTC()
		edits = append(edits, e)
		return nil
	}, `SELECT e.num, e.at, p.id, e.date, k.key, e.was, e.became
		FROM edits e JOIN people p ON p.num = e.person JOIN kpis k ON k.num = e.kpi
		WHERE e.at >= ? AND e.at < ? ORDER BY e.at, e.num`, ceilMilli(from), ceilMilli(to))
	return edits, err
}

// ceilMilli returns the first whole millisecond not before t.
func ceilMilli(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// Figure is an entry and when it came in.
type Figure struct {
	department.Entry
	Seen    time.Time // when a figure was first read there, in UTC, to the second
	Changed time.Time // when this value was first read; Seen if it never changed
	Late    bool      // first read after the deadline of its day
}

// Entries calls f for every entry of the span in the order person, date, KPI.
func (l *Ledger) Entries(ctx context.Context, s calendar.Span, f func(department.Entry)) error {
	return l.Figures(ctx, s, func(x Figure) { f(x.Entry) })
}

// Figures is Entries with the times at which they came in.
func (l *Ledger) Figures(ctx context.Context, s calendar.Span, f func(Figure)) error {
	return l.figures(ctx, s, nil, f)
}

// figures is Figures of some people, or of everybody if there are none.
func (l *Ledger) figures(ctx context.Context, s calendar.Span, of []department.PersonID, f func(Figure)) error {
	return l.read(ctx, "list entries", func(q querier) error {
		return entries(ctx, q, int64(s.From), int64(s.To), of, f)
	})
}

// someone returns the condition that a column is one of some people's ids, with arguments
// from the given number on; without people it always holds. It produces few different
// conditions, since a database caches them.
func someone(column string, number int, of []department.PersonID) (condition string, args []any) {
	if len(of) == 0 {
		return "1 = 1", nil
	}
	n := 1
	for n < len(of) {
		n *= 2
	}
	marks := make([]string, n)
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(number+i)
		args = append(args, of[min(i, len(of)-1)])
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")", args
}

// entriesQuery goes from person to person by their ids and to each one's days by the key,
// so that the database need not sort; CROSS JOIN fixes that order of the tables.
const entriesQuery = `SELECT e.person, e.date, e.kpi, e.value, e.seen, e.changed, e.late
	FROM people p CROSS JOIN entries e
	WHERE e.person = p.num AND e.date BETWEEN ?1 AND ?2 AND %s ORDER BY p.id, e.date`

// entries calls f for the entries of the days; of some people, or of everybody if there
// are none.
func entries(ctx context.Context, q querier, from, to int64, of []department.PersonID, f func(Figure)) error {
	which, list := someone("p.id", 3, of)
	people, err := names(ctx, q, "people", `SELECT num, id FROM people`)
	if err != nil {
		return err
	}
	kpis, err := names(ctx, q, "kpis", `SELECT num, key FROM kpis`)
	if err != nil {
		return err
	}
	var (
		day               []Figure // of one person, to be sorted by keys
		person, date, kpi int64
		seen, change      int64
	)
	flush := func() {
		slices.SortFunc(day, func(a, b Figure) int { return cmp.Compare(a.KPI, b.KPI) })
		for _, x := range day {
			f(x)
		}
		day = day[:0]
	}
	err = eachRow(ctx, q, func(rows *sql.Rows) error {
		var x Figure
		if err := rows.Scan(&person, &date, &kpi, &x.Value, &seen, &change, &x.Late); err != nil {
			return fmt.Errorf("table entries, row of person %d: %w", person, err)
		}
		if x.Date = calendar.Date(date); int64(x.Date) != date {
			return fmt.Errorf("table entries, row of person %d: date %d is none", person, date)
		}
		x.Person, x.KPI = department.PersonID(people[person]), kpis[kpi]
		if x.Person == "" || x.KPI == "" {
			return fmt.Errorf("table entries, row of person %d on %s: person %d and KPI %d are not both known", person,
				x.Date, person, kpi)
		}
		x.Seen, x.Changed = time.Unix(seen, 0).UTC(), time.Unix(change, 0).UTC()
		if len(day) > 0 && (day[0].Person != x.Person || day[0].Date != x.Date) {
			flush()
		}
		day = append(day, x)
		return nil
	}, fmt.Sprintf(entriesQuery, which), append([]any{from, to}, list...)...)
	if err != nil {
		return err
	}
	flush()
	return nil
}

// names reads a table of numbered names.
func names(ctx context.Context, q querier, table, query string) (map[int64]string, error) {
	names := map[int64]string{}
	err := eachRow(ctx, q, func(rows *sql.Rows) error {
		var n int64
		var name string
		if err := rows.Scan(&n, &name); err != nil {
			return fmt.Errorf("table %s, row after %d: %w", table, len(names), err)
		}
		names[n] = name
		return nil
	}, query)
	return names, err
}

// Person returns everything typed by one person, without scopes. For an unknown person it
// is empty.
func (l *Ledger) Person(ctx context.Context, id department.PersonID) (Reading, error) {
	r := Reading{Person: id, Comments: map[calendar.Date]string{}, HasDeals: true, HasClients: true}
	if id == "" {
		return r, nil
	}
	err := l.read(ctx, "list what "+string(id)+" typed", func(q querier) error {
		err := entries(ctx, q, math.MinInt64, math.MaxInt64, []department.PersonID{id}, func(x Figure) {
			r.Entries = append(r.Entries, x.Entry)
		})
		if err != nil {
			return err
		}
		var num int64
		err = q.QueryRowContext(ctx, `SELECT num FROM people WHERE id = ?`, id).Scan(&num)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("table people, row %s: %w", id, err)
		}
		err = eachRow(ctx, q, func(rows *sql.Rows) error {
			var d calendar.Date
			var text string
			if err := rows.Scan(&d, &text); err != nil {
				return fmt.Errorf("table comments, row of person %d after %d: %w", num, len(r.Comments), err)
			}
			r.Comments[d] = text
			return nil
		}, `SELECT date, text FROM comments WHERE person = ? ORDER BY date`, num)
		if err != nil {
			return err
		}
		if r.Deals, err = dealsOf(ctx, q, num, id); err != nil {
			return err
		}
		if r.Clients, err = clientsOf(ctx, q, num, id); err != nil {
			return err
		}
		r.Flags, err = flagsOf(ctx, q, num)
		return err
	})
	return r, err
}

const (
	dealColumns   = `d.ord, d.date, d.client, d.amount, d.comment, d.row_key, d.crm_id, d.written`
	clientColumns = `c.ord, c.name, c.handed_over, c.giver, c.row_key`
)

func scanDeal(rows *sql.Rows, of department.PersonID, more ...any) (department.Deal, error) {
	d := department.Deal{Person: of}
	var ord int64
	if err := rows.Scan(append([]any{&ord, &d.Date, &d.Client, &d.Amount, &d.Comment, &d.Key, &d.ID, &d.Written},
		more...)...); err != nil {
		return d, fmt.Errorf("table deals, row %d: %w", ord, err)
	}
	return d, nil
}

func scanClient(rows *sql.Rows, of department.PersonID, more ...any) (department.Client, error) {
	c := department.Client{Person: of}
	var ord int64
	if err := rows.Scan(append([]any{&ord, &c.Name, &c.HandedOver, &c.From, &c.Key}, more...)...); err != nil {
		return c, fmt.Errorf("table clients, row %d: %w", ord, err)
	}
	return c, nil
}

// dealsOf lists a person's deals as typed.
func dealsOf(ctx context.Context, q querier, person int64, id department.PersonID) ([]department.Deal, error) {
	var deals []department.Deal
	err := eachRow(ctx, q, func(rows *sql.Rows) error {
		d, err := scanDeal(rows, id)
		deals = append(deals, d)
		return err
	}, `SELECT `+dealColumns+` FROM deals d WHERE d.person = ? ORDER BY d.ord`, person)
	return deals, err
}

// clientsOf lists a person's clients as typed.
func clientsOf(ctx context.Context, q querier, person int64, id department.PersonID) ([]department.Client, error) {
	var clients []department.Client
	err := eachRow(ctx, q, func(rows *sql.Rows) error {
		c, err := scanClient(rows, id)
		clients = append(clients, c)
		return err
	}, `SELECT `+clientColumns+` FROM clients c WHERE c.person = ? ORDER BY c.ord`, person)
	return clients, err
}

// flagsOf returns a person's flagged cells; nil: none.
func flagsOf(ctx context.Context, q querier, person int64) ([]byte, error) {
	var flags []byte
	err := q.QueryRowContext(ctx, `SELECT flags FROM flags WHERE person = ?`, person).Scan(&flags)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("table flags, row of person %d: %w", person, err)
	}
	return flags, nil
}

// Deals calls f for every deal, in the order person, date, then as typed.
func (l *Ledger) Deals(ctx context.Context, f func(department.Deal)) error {
	return l.read(ctx, "list deals", func(q querier) error { return deals(ctx, q, nil, f) })
}

func deals(ctx context.Context, q querier, of []department.PersonID, f func(department.Deal)) error {
	which, list := someone("p.id", 1, of)
	return eachRow(ctx, q, func(rows *sql.Rows) error {
		var id department.PersonID
		d, err := scanDeal(rows, "", &id)
		if err != nil {
			return err
		}
		d.Person = id
		f(d)
		return nil
	}, `SELECT `+dealColumns+`, p.id FROM people p CROSS JOIN deals d WHERE d.person = p.num AND `+which+
		` ORDER BY p.id, d.date, d.ord`, list...)
}

// Clients calls f for every client, in the order person, then as typed; then for those
// who were removed from a list, with the days on which they came and went. If people are
// given, it is of these alone.
func (l *Ledger) Clients(ctx context.Context, f func(department.Client), of ...department.PersonID) error {
	which, list := someone("p.id", 1, of)
	return l.each(ctx, "list clients", func(rows *sql.Rows) error {
		var id department.PersonID
		var listed, gone calendar.Date
		c, err := scanClient(rows, "", &id, &listed, &gone)
		if err != nil {
			return err
		}
		c.Person, c.Listed, c.Gone = id, listed, gone
		f(c)
		return nil
	}, `SELECT ord, name, handed_over, giver, row_key, id, listed, gone FROM (
			SELECT c.ord, c.name, c.handed_over, c.giver, c.row_key, p.id, 0 AS listed, 0 AS gone
				FROM people p CROSS JOIN clients c WHERE c.person = p.num AND `+which+`
			UNION ALL SELECT 0, g.shown, g.handed_over, g.giver, '', p.id, g.listed, g.gone
				FROM people p CROSS JOIN gone_clients g WHERE g.person = p.num AND `+which+`) AS c
		ORDER BY gone > 0, id, ord, name`, list...)
}

// Span returns the span from the first to the last day with any entry or deal, including
// one that counts although it is no longer typed; empty if there is none.
func (l *Ledger) Span(ctx context.Context) (calendar.Span, error) {
	empty := calendar.Span{From: 1, To: 0}
	var first, last sql.Null[calendar.Date]
	// By person, so that the key finds the first and last entry.
	err := l.row(ctx, "find the first and last day", []any{&first, &last}, `
		SELECT min(first), max(last) FROM (
			SELECT (SELECT min(date) FROM entries WHERE person = p.num) AS first,
			       (SELECT max(date) FROM entries WHERE person = p.num) AS last FROM people p
			UNION ALL SELECT min(date), max(date) FROM held WHERE value IS NOT NULL
			UNION ALL SELECT min(date), max(date) FROM deals) AS days`)
	switch {
	case err != nil:
		return empty, err
	case !first.Valid:
		return empty, nil
	}
	return calendar.Span{From: first.V, To: last.V}, nil
}

// PersonSince is a person and the day from which to search; zero: from the beginning.
type PersonSince struct {
	Person department.PersonID
	Since  calendar.Date
}

// FirstCounted calls f, for each of the people, with their first day before a day on
// which a figure of one of the KPIs counts, as in Counted; it leaves out those who have
// none. It costs one look-up per person, however many figures there are.
func (l *Ledger) FirstCounted(ctx context.Context, before calendar.Date, kpis []string, asked []PersonSince,
	f func(department.PersonID, calendar.Date)) error {
	keys, err := json.Marshal(kpis)
	if err != nil {
		return fmt.Errorf("list first figures: %w", err)
	}
	type since struct {
		Person department.PersonID `json:"p"`
		Day    int64               `json:"d"`
	}
	list := make([]since, len(asked))
	for i, a := range asked {
		list[i] = since{a.Person, int64(a.Since)}
		if a.Since.IsZero() {
			list[i].Day = math.MinInt32
		}
	}
	people, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("list first figures: %w", err)
	}
	return l.each(ctx, "list first figures", func(rows *sql.Rows) error {
		var id department.PersonID
		var typed, held sql.Null[calendar.Date]
		if err := rows.Scan(&id, &typed, &held); err != nil {
			return fmt.Errorf("tables entries and held: %w", err)
		}
		for _, d := range []sql.Null[calendar.Date]{typed, held} {
			if d.Valid {
				f(id, d.V)
			}
		}
		return nil
	}, l.firstCounted(), before, string(keys), string(people))
}

// firstCounted returns the query of FirstCounted: each database splits lists with a
// function of its own.
func (l *Ledger) firstCounted() string {
	keys, asked := `SELECT value FROM json_each(?2)`,
		`SELECT j.value ->> 'p' AS id, j.value ->> 'd' AS since FROM json_each(?3) j`
	if l.schema != "" {
		keys = `SELECT jsonb_array_elements_text(?2::jsonb)`
		asked = `SELECT j.p AS id, j.d AS since FROM jsonb_to_recordset(?3::jsonb) AS j (p text, d bigint)`
	}
	return fmt.Sprintf(firstCounted, keys, asked)
}

// firstCounted finds a figure that is typed and not replaced, and one that counts instead
// of the typed one: both by the keys of their tables.
const firstCounted = `WITH
	k AS MATERIALIZED (SELECT num FROM kpis WHERE key IN (%s)),
	a AS MATERIALIZED (SELECT p.num, p.id, l.since FROM (%s) l CROSS JOIN people p WHERE p.id = l.id)
SELECT a.id,
	(SELECT e.date FROM entries e WHERE e.person = a.num AND e.date >= a.since AND e.date < ?1 AND e.kpi IN (SELECT num FROM k)
		AND NOT EXISTS (SELECT 1 FROM held h WHERE h.person = e.person AND h.date = e.date AND h.kpi = e.kpi AND h.value IS NULL)
		ORDER BY e.date LIMIT 1),
	(SELECT h.date FROM held h WHERE h.person = a.num AND h.date >= a.since AND h.date < ?1 AND h.kpi IN (SELECT num FROM k)
		AND h.value IS NOT NULL ORDER BY h.date LIMIT 1)
FROM a`

// Since returns the days on which people's spreadsheets were first read, as far as known.
func (l *Ledger) Since(ctx context.Context) (map[department.PersonID]calendar.Date, error) {
	since := map[department.PersonID]calendar.Date{}
	err := l.each(ctx, "list when people were first read", func(rows *sql.Rows) error {
		var id department.PersonID
		var day calendar.Date
		if err := rows.Scan(&id, &day); err != nil {
			return fmt.Errorf("table people, row after %d: %w", len(since), err)
		}
		since[id] = day
		return nil
	}, `SELECT id, since FROM people WHERE since > 0`)
	return since, err
}

// FlagsOf returns the flagged cells of a person, as the caller encoded them; nil: none.
func (l *Ledger) FlagsOf(ctx context.Context, p department.PersonID) (flags []byte, err error) {
	err = l.read(ctx, fmt.Sprintf("get the flags of %s", p), func(q querier) error {
		err := q.QueryRowContext(ctx, `SELECT f.flags FROM flags f JOIN people p ON p.num = f.person WHERE p.id = ?`,
			p).Scan(&flags)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return flags, err
}

// Largest returns a person's largest figure of each KPI up to a day, by its key, without
// numbers between two values.
func (l *Ledger) Largest(ctx context.Context, p department.PersonID, to calendar.Date, without [2]float64) (
	map[string]float64, error) {
	out := map[string]float64{}
	err := l.each(ctx, fmt.Sprintf("find the largest figures of %s", p), func(rows *sql.Rows) error {
		var key string
		var v float64
		if err := rows.Scan(&key, &v); err != nil {
			return fmt.Errorf("table entries: %w", err)
		}
		out[key] = v
		return nil
	}, `SELECT k.key, max(e.value) FROM entries e JOIN people p ON p.num = e.person JOIN kpis k ON k.num = e.kpi
		WHERE p.id = ? AND e.date <= ? AND (e.value < ? OR e.value > ?) GROUP BY k.key`, p, to, without[0], without[1])
	return out, err
}

// Flags returns the flagged cells of everybody who has any.
func (l *Ledger) Flags(ctx context.Context) (map[department.PersonID][]byte, error) {
	all := map[department.PersonID][]byte{}
	err := l.each(ctx, "list flags", func(rows *sql.Rows) error {
		var id department.PersonID
		var flags []byte
		if err := rows.Scan(&id, &flags); err != nil {
			return fmt.Errorf("table flags, row after %d: %w", len(all), err)
		}
		all[id] = flags
		return nil
	}, `SELECT p.id, f.flags FROM flags f JOIN people p ON p.num = f.person`)
	return all, err
}
