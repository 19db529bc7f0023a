package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Line is one person's KPI in one period, as it was computed: what the view v1_plan_fact
// shows. Durations are in seconds, percentages are fractions, money is in roubles.
type Line struct {
	calendar.Period
	Role  string // key
	Again int    // how many times the person had held the role before
	KPI   string // key
	Team  string // on the last day; empty: none
	Unit  kpi.Unit

	Plan, Fact, PlanToDate, Attainment, Pace kpi.Num
	Deviation, Forecast, Left, NeededPerDay  kpi.Num

	Light             kpi.Light
	Reported, Missing int // days
}

// lineKey identifies a line of a person.
type lineKey struct {
	kind  calendar.Kind
	first calendar.Date
	role  string
	again int
	kpi   string
}

func (l *Line) key() lineKey { return lineKey{l.Kind, l.From, l.Role, l.Again, l.KPI} }

// numbers returns the figures in the order of their columns.
func (l *Line) numbers() [9]kpi.Num {
	return [...]kpi.Num{l.Plan, l.Fact, l.PlanToDate, l.Attainment, l.Pace, l.Deviation, l.Forecast, l.Left,
		l.NeededPerDay}
}

// digest changes with everything in the line but its key.
func (l *Line) digest() int64 {
	h := fnv.New64a()
	b := make([]byte, 0, 160)
	b = binary.LittleEndian.AppendUint32(b, uint32(l.To))
	for _, n := range l.numbers() {
		if !n.OK {
			b = append(b, 0)
			continue
		}
		b = binary.LittleEndian.AppendUint64(append(b, 1), math.Float64bits(n.V))
	}
	b = binary.AppendVarint(binary.AppendVarint(b, int64(l.Reported)), int64(l.Missing))
	for _, s := range []string{l.Team, string(l.Unit), string(l.Light)} {
		b = append(append(b, s...), 0)
	}
	h.Write(b) // never fails
	return int64(h.Sum64())
}

// DayState says what became of a person's report of a day.
type DayState struct {
	Date  calendar.Date
	State string
}

// PersonLines are somebody's lines and states of days of all periods that end on a day or
// later.
type PersonLines struct {
	Person department.PersonID
	Since  calendar.Date
	Lines  []Line
	States []DayState
	// Figures is the version of the person's figures (FigureVersions) that they are of;
	// −1: the same as before.
	Figures int64
}

// LinesMade describes from what the lines in the ledger were computed, besides people's
// figures.
type LinesMade struct {
	Inputs string        // a digest of the configuration; empty: none hold
	Roles  string        // a digest of what the lines of closed periods follow from
	Today  calendar.Date // the moment
	Over   bool
	Since  calendar.Date // the first day whose lines are kept
}

// LinesMade returns from what the lines were computed, and the versions of the figures of
// those people whose lines are not of them, or who have none.
func (l *Ledger) LinesMade(ctx context.Context) (made LinesMade, changed map[department.PersonID]int64, err error) {
	changed = map[department.PersonID]int64{}
	err = l.read(ctx, "look which lines hold", func(q querier) error {
		if err := q.QueryRowContext(ctx, `SELECT inputs, roles, today, over, since FROM lines_made`).
			Scan(&made.Inputs, &made.Roles, &made.Today, &made.Over, &made.Since); err != nil {
			return fmt.Errorf("table lines_made: %w", err)
		}
		return eachRow(ctx, q, func(rows *sql.Rows) error {
			var id department.PersonID
			var n int64
			err := rows.Scan(&id, &n)
			changed[id] = n
			return err
		},
			`SELECT p.id, p.figures FROM people p LEFT JOIN names n ON n.id = p.id LEFT JOIN lines_of o ON o.person = n.num
			WHERE o.figures IS NULL OR o.figures <> p.figures`)
	})
	return made, changed, err
}

// linesAtOnce is how many rows a statement stores: both databases accept as many values.
const linesAtOnce = 200

const lineColumns = "person, kind, first, role, again, kpi, last, team, unit, plan, fact, to_date, attainment, pace, " +
	"deviation, forecast, remaining, per_day, light, reported, missing, digest, frozen"

// putLines returns the statement that stores n lines.
func putLines(n int) string {
	columns := strings.Split(lineColumns, ", ")
	row := "(" + strings.Repeat(", ?", len(columns))[2:] + ")"
	const key = 6 // columns
	var sets []string
	for _, c := range columns[key:] {
		sets = append(sets, c+" = excluded."+c)
	}
	return "INSERT INTO lines (" + lineColumns + ") VALUES " + row + strings.Repeat(", "+row, n-1) +
		" ON CONFLICT (" + strings.Join(columns[:key], ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// lineStoring is the storing of lines in one transaction.
type lineStoring struct {
	ctx    context.Context
	tx     *sql.Tx
	values []any // of rows to be put
	rows   int
	put    int // rows put or removed
}

func (s *lineStoring) exec(query string, args ...any) error {
	_, err := s.tx.ExecContext(s.ctx, query, args...)
	return err
}

func (s *lineStoring) line(person int64, l *Line, digest int64, frozen bool) error {
	s.values = append(s.values, person, l.Kind, l.From, l.Role, l.Again, l.KPI, l.To, l.Team, l.Unit)
	for _, n := range l.numbers() {
		s.values = append(s.values, null(n))
	}
	s.values = append(s.values, l.Light, l.Reported, l.Missing, digest, frozen)
	if s.rows++; s.rows == linesAtOnce {
		return s.flush()
	}
	return nil
}

func (s *lineStoring) flush() error {
	if s.rows == 0 {
		return nil
	}
	err := s.exec(putLines(s.rows), s.values...)
	s.put += s.rows
	s.values, s.rows = s.values[:0], 0
	return err
}

// name returns the number of a person in table names, who is added if need be.
func (s *lineStoring) name(id department.PersonID) (num int64, err error) {
	find := func() error {
		return s.tx.QueryRowContext(s.ctx, `SELECT num FROM names WHERE id = ?`, id).Scan(&num)
	}
	if err = find(); errors.Is(err, sql.ErrNoRows) {
		if err = s.exec(`INSERT INTO names (id, name) VALUES (?1, ?1) ON CONFLICT DO NOTHING`, id); err == nil {
			err = find()
		}
	}
	if err != nil {
		return 0, fmt.Errorf("table names, row of %s: %w", id, err)
	}
	return num, nil
}

// PutLines stores people's lines and states of days in place of earlier ones; of periods
// that are closed, the lines stay as PutClosedLines stored them. It writes only what
// differs, and returns how many rows did.
func (l *Ledger) PutLines(ctx context.Context, people []PersonLines) (written int, err error) {
	err = l.write(ctx, fmt.Sprintf("store lines of %d people", len(people)), func(tx *sql.Tx) error {
		s := lineStoring{ctx: ctx, tx: tx}
		for i := range people {
			if err := s.person(&people[i]); err != nil {
				return fmt.Errorf("lines of %s: %w", people[i].Person, err)
			}
		}
		err := s.flush()
		written = s.put
		return err
	})
	return written, err
}

// storedLine is what is known of a line before it is stored anew.
type storedLine struct {
	digest int64
	frozen bool
}

// Separators of fields and rows where the database joins many short rows to one text: to
// take hundreds of rows of each person one by one takes far longer.
const (
	fieldEnd = "\x1f"
	rowEnd   = "\x1e"
)

// joined returns the rows that a query has joined to one text with rowEnd, each cut into
// n fields at fieldEnd.
func (s *lineStoring) joined(n int, query string, args ...any) ([][]string, error) {
	var all sql.NullString
	if err := s.tx.QueryRowContext(s.ctx, query, args...).Scan(&all); err != nil || all.String == "" {
		return nil, err
	}
	texts := strings.Split(all.String, rowEnd)
	rows := make([][]string, len(texts))
	for i, text := range texts {
		if rows[i] = strings.Split(text, fieldEnd); len(rows[i]) != n {
			return nil, fmt.Errorf("%q is no row of %d fields", text, n)
		}
	}
	return rows, nil
}

// stored returns what is stored of a person's lines since a day.
func (s *lineStoring) stored(num int64, since calendar.Date) (map[lineKey]storedLine, error) {
	rows, err := s.joined(7, `SELECT string_agg(kind || '`+fieldEnd+`' || first || '`+fieldEnd+`' || role || '`+
		fieldEnd+`' || again || '`+fieldEnd+`' || kpi || '`+fieldEnd+`' || digest || '`+fieldEnd+`' || frozen, '`+
		rowEnd+`') FROM lines
		WHERE person = ?1 AND (kind = 'day' AND first >= ?2 OR kind = 'week' AND first >= ?3 OR kind = 'month' AND first >= ?4)`,
		num, since, calendar.WeekOf(since).From, calendar.MonthOf(since).From)
	if err != nil {
		return nil, err
	}
	out := make(map[lineKey]storedLine, len(rows))
	for _, r := range rows {
		first, err := strconv.Atoi(r[1])
		again, aerr := strconv.Atoi(r[3])
		digest, derr := strconv.ParseInt(r[5], 10, 64)
		if err = errors.Join(err, aerr, derr); err != nil {
			return nil, err
		}
		k := lineKey{calendar.Kind(r[0]), calendar.Date(first), r[2], again, r[4]}
		out[k] = storedLine{digest, r[6] != "0"}
	}
	return out, nil
}

func (s *lineStoring) person(p *PersonLines) error {
	num, err := s.name(p.Person)
	if err != nil {
		return err
	}
	was, err := s.stored(num, p.Since)
	if err != nil {
		return fmt.Errorf("table lines: %w", err)
	}
	frozen := map[lineKey]bool{} // without a KPI
	for k, x := range was {
		if x.frozen {
			k.kpi = ""
			frozen[k] = true
		}
	}
	for i := range p.Lines {
		l := &p.Lines[i]
		k := l.key()
		old, has := was[k]
		delete(was, k)
		k.kpi = ""
		if frozen[k] {
			continue
		}
		if d := l.digest(); !has || old.digest != d {
			if err := s.line(num, l, d, false); err != nil {
				return err
			}
		}
	}
	for k, x := range was {
		if x.frozen {
			continue
		}
		s.put++
		if err := s.exec(
			`DELETE FROM lines WHERE person = ? AND kind = ? AND first = ? AND role = ? AND again = ? AND kpi = ?`,
			num, k.kind, k.first, k.role, k.again, k.kpi); err != nil {
			return err
		}
	}
	if err := s.states(num, p); err != nil {
		return err
	}
	if p.Figures < 0 {
		return nil
	}
	return s.exec(upsert("lines_of", "person", "figures"), num, p.Figures)
}

func (s *lineStoring) states(num int64, p *PersonLines) error {
	rows, err := s.joined(2, `SELECT string_agg(date || '`+fieldEnd+`' || state, '`+rowEnd+`') FROM day_states
		WHERE person = ? AND date >= ?`, num, p.Since)
	was := make(map[calendar.Date]string, len(rows))
	for _, r := range rows {
		day, aerr := strconv.Atoi(r[0])
		err = errors.Join(err, aerr)
		was[calendar.Date(day)] = r[1]
	}
	if err != nil {
		return fmt.Errorf("table day_states: %w", err)
	}
	for _, d := range p.States {
		old, has := was[d.Date]
		delete(was, d.Date)
		if has && old == d.State {
			continue
		}
		s.put++
		if err := s.exec(upsert("day_states", "person, date", "state"), num, d.Date, d.State); err != nil {
			return err
		}
	}
	for d := range was {
		s.put++
		if err := s.exec(`DELETE FROM day_states WHERE person = ? AND date = ?`, num, d); err != nil {
			return err
		}
	}
	return nil
}

// ClosedLines are the lines of one person's closed period.
type ClosedLines struct {
	CloseID
	Lines []Line
}

// ClosesToShow returns closed periods that end by a day and whose lines are not stored
// yet: some n of them, or all if there are fewer.
func (l *Ledger) ClosesToShow(ctx context.Context, through calendar.Date, n int) (out []department.Closed, err error) {
	err = l.closes(ctx, func(c department.Closed, _ bool) bool {
		out = append(out, c)
		return true
	}, `c.num IN (SELECT num FROM closes WHERE shown = 0 AND last <= ? ORDER BY num LIMIT ?)`, through, n)
	return out, err
}

// PutClosedLines stores the lines of closed periods.
func (l *Ledger) PutClosedLines(ctx context.Context, closed []ClosedLines) error {
	return l.write(ctx, fmt.Sprintf("store lines of %d closed periods", len(closed)), func(tx *sql.Tx) error {
		s := lineStoring{ctx: ctx, tx: tx}
		nums := map[department.PersonID]int64{}
		for i := range closed {
			c := &closed[i]
			num, known := nums[c.Person]
			if !known {
				var err error
				if num, err = s.name(c.Person); err != nil {
					return err
				}
				nums[c.Person] = num
			}
			err := s.exec(`DELETE FROM lines WHERE person = ? AND kind = ? AND first = ? AND role = ? AND again = ?`,
				num,
				c.Kind, c.From, c.Role, c.Again)
			for j := range c.Lines {
				if err == nil {
					err = s.line(num, &c.Lines[j], c.Lines[j].digest(), true)
				}
			}
			if err == nil {
				err = s.exec(`UPDATE closes SET shown = 1 WHERE last = ? AND kind = ? AND role = ? AND again = ?
					AND person = (SELECT num FROM people WHERE id = ?)`, c.To, c.Kind, c.Role, c.Again, c.Person)
			}
			if err != nil {
				return fmt.Errorf("%s of %s: %w", c.Period, c.Person, err)
			}
		}
		return s.flush()
	})
}

// ForgetClosedLines makes ClosesToShow begin anew: closes were taken back, or what their
// lines follow from has changed.
func (l *Ledger) ForgetClosedLines(ctx context.Context) error {
	return l.write(ctx, "forget lines of closed periods", func(tx *sql.Tx) error { return forgetClosedLines(ctx, tx) })
}

func forgetClosedLines(ctx context.Context, tx *sql.Tx) error {
	for _, q := range []string{
		`DELETE FROM lines WHERE frozen <> 0`, `UPDATE closes SET shown = 0`, `UPDATE lines_made SET inputs = ''`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Directory is who works where and what is measured, by the names that people know.
type Directory struct {
	People []NamedPerson
	Teams  []NamedTeam
	Titles []Title
}

// NamedPerson is a person with their stretches of days in a role and a team, in order.
type NamedPerson struct {
	ID     department.PersonID
	Name   string
	Stints []NamedStint
}

// NamedStint is a stretch of days in a role and a team; zero days: without a bound.
type NamedStint struct {
	calendar.Span
	Role, Team string
}

// NamedTeam is a team; PartOf is the name of the one above.
type NamedTeam struct{ Name, PartOf string }

// Title is the name of a KPI of a role or, without a KPI, of the role.
type Title struct {
	Role, KPI, Title string
	Additive         bool // kpi.KPI.Additive
}

// PutLinesMade stores that all lines were made from these inputs. It removes the lines of
// days before made.Since. A directory, if there is one, replaces that in the ledger: of
// people who are no longer in it the lines of closed periods stay, and the names.
func (l *Ledger) PutLinesMade(ctx context.Context, made LinesMade, d *Directory) error {
	return l.write(ctx, "store that lines hold", func(tx *sql.Tx) error {
		s := lineStoring{ctx: ctx, tx: tx}
		if d != nil {
			if err := s.directory(d); err != nil {
				return err
			}
		}
		if err := s.exec(`DELETE FROM day_states WHERE date < ?`, made.Since); err != nil {
			return err
		}
		if err := s.exec(`DELETE FROM lines WHERE kind = 'day' AND first < ?`, made.Since); err != nil {
			return err
		}
		return s.exec(`UPDATE lines_made SET inputs = ?, roles = ?, today = ?, over = ?, since = ?`, made.Inputs,
			made.Roles, made.Today, made.Over, made.Since)
	})
}

func (s *lineStoring) directory(d *Directory) error {
	if err := s.exec(`DELETE FROM stints`); err != nil {
		return err
	}
	day := func(d calendar.Date) sql.Null[int64] { return sql.Null[int64]{V: int64(d), Valid: !d.IsZero()} }
	for _, p := range d.People {
		num, err := s.name(p.ID)
		if err == nil {
			err = s.exec(`UPDATE names SET name = ?1 WHERE num = ?2 AND name <> ?1`, p.Name, num)
		}
		for i, x := range p.Stints {
			if err == nil {
				err = s.exec(`INSERT INTO stints (person, ord, role, team, first, last) VALUES (?, ?, ?, ?, ?, ?)`,
					num, i,
					x.Role, x.Team, day(x.From), day(x.To))
			}
		}
		if err != nil {
			return fmt.Errorf("person %s: %w", p.ID, err)
		}
	}
	for _, q := range []string{`DELETE FROM lines WHERE frozen = 0 AND person NOT IN (SELECT person FROM stints)`,
		`DELETE FROM day_states WHERE person NOT IN (SELECT person FROM stints)`, `DELETE FROM teams`} {
		if err := s.exec(q); err != nil {
			return err
		}
	}
	for i, t := range d.Teams {
		if err := s.exec(upsert("teams", "name", "ord, part_of"), t.Name, i, t.PartOf); err != nil {
			return fmt.Errorf("team %q: %w", t.Name, err)
		}
	}
	for i, t := range d.Titles {
		if err := s.exec(upsert("titles", "role, kpi", "title, ord, additive"), t.Role, t.KPI, t.Title, i,
			t.Additive); err != nil {
			return fmt.Errorf("title %q: %w", t.Title, err)
		}
	}
	return nil
}
