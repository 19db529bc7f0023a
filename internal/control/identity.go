package control

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
)

// identify returns the rows of people with corrected ids. The id is in the row, but ops
// copy rows with it, and insert rows while the worker writes it: if id and person
// contradict what is known, name and e-mail decide.
func (r *reader) identify() []Row {
	rows := slices.DeleteFunc(r.rowsOf(TabPeople, personID), r.headingCopy)
	m := newMatching(rows, r.prev[TabPeople])
	m.besideTheirID()
	m.besideAnother()
	m.corrected()
	m.renamed()
	m.emptied()
	m.returned(r.prevGone)
	m.writeIDs()
	return rows
}

// matching decides which person each row of «Сотрудники» is, step by step: each step
// assigns ids only to rows that have none yet, and only ids that no row has.
type matching struct {
	rows  []Row
	now   []identity // what the rows say
	prev  []Row      // as last read
	known map[string]identity
	ids   []string // found for each row; empty: not yet
	taken map[string]bool
}

func newMatching(rows, prev []Row) *matching {
	m := &matching{rows: rows, now: make([]identity, len(rows)), prev: prev, known: map[string]identity{},
		ids: make([]string, len(rows)), taken: map[string]bool{}}
	for i, row := range rows {
		m.now[i] = identityOf(row.Cells)
	}
	for _, p := range prev {
		s := identityOf(p.Cells)
		s.id = p.ID
		m.known[p.ID] = s
	}
	return m
}

func (m *matching) give(i int, id string) {
	m.ids[i] = id
	m.taken[id] = true
}

// besideTheirID finds people beside their own id, by e-mail rather than by name.
func (m *matching) besideTheirID() {
	for _, byMail := range []bool{true, false} {
		for i, s := range m.now {
			k, ok := m.known[s.id]
			if ok && m.ids[i] == "" && !m.taken[s.id] && s.is(k) && (!byMail || s.email == k.email) {
				m.give(i, s.id)
			}
		}
	}
}

// besideAnother finds known people beside another's id or none.
func (m *matching) besideAnother() {
	byMail := func(s, k identity) bool { return s.email != "" && s.email == k.email }
	byName := func(s, k identity) bool { return s.name == k.name }
	var blank []int // few of thousands
	for i, id := range m.ids {
		if id == "" {
			blank = append(blank, i)
		}
	}
	for _, same := range []func(s, k identity) bool{byMail, byName} {
		for _, p := range m.prev {
			if m.taken[p.ID] {
				continue
			}
			match := -1
			for _, i := range blank {
				// Of two similar ones, the one that was there.
				if m.ids[i] == "" && same(m.now[i], m.known[p.ID]) && (match < 0 || m.rows[i].At == p.At) {
					match = i
				}
			}
			if match >= 0 {
				m.give(match, p.ID)
			}
		}
	}
}

// corrected finds names whose spelling was corrected, wherever the ids are now: they do
// not move with a list that is pasted over. If two could be meant, it assigns neither.
func (m *matching) corrected() {
	for i, s := range m.now {
		if m.ids[i] != "" {
			continue
		}
		id := m.onlyRespelt(i)
		if id != "" && !slices.ContainsFunc(m.now, func(o identity) bool { return o != s && o.respelt(m.known[id]) }) {
			m.give(i, id)
		}
	}
}

// onlyRespelt returns the id of the one person whose name may be the one in row i in
// another spelling; empty if there is none or more than one.
func (m *matching) onlyRespelt(i int) string {
	s, id := m.now[i], ""
	for _, p := range m.prev {
		// A row without an id may be a new person, unless it is where it was.
		if m.taken[p.ID] || s.id == "" && p.At != m.rows[i].At || !s.respelt(m.known[p.ID]) {
			continue
		}
		if id != "" {
			return ""
		}
		id = p.ID
	}
	return id
}

// renamed keeps ids beside a new name: of people who were renamed, or who were not known
// before.
func (m *matching) renamed() {
	for i, s := range m.now {
		if m.ids[i] == "" && s.id != "" && !m.taken[s.id] {
			m.give(i, s.id)
		}
	}
}

// emptied finds rows that lost their id and their name: they are where they were.
func (m *matching) emptied() {
	for i, s := range m.now {
		if m.ids[i] != "" || s.name != "" {
			continue
		}
		for _, p := range m.prev {
			if p.At == m.rows[i].At && !m.taken[p.ID] {
				m.give(i, p.ID)
				break
			}
		}
	}
}

// returned finds people whose row was deleted and who may be back.
func (m *matching) returned(gone []Gone) {
	for i, s := range m.now {
		for _, g := range gone {
			if k := g.identity(); m.ids[i] == "" && !m.taken[g.ID] && s.is(k) &&
				(s.email == "" || k.email == "" || s.email == k.email) {
				m.give(i, g.ID)
			}
		}
	}
}

// writeIDs writes the ids into the rows; a row without one is a new person, and gets one.
func (m *matching) writeIDs() {
	used := func(id string) bool { _, ok := m.known[id]; return ok || m.taken[id] }
	for i, s := range m.now {
		if m.ids[i] == "" && s.email+s.name != "" {
			m.give(i, newID(s, used))
		}
		cells := m.rows[i].Cells
		if m.ids[i] != s.id {
			delete(cells, "entered") // it belongs to the row that this one was copied from
		}
		if m.ids[i] == "" {
			delete(cells, "id")
		} else {
			cells["id"] = m.ids[i]
		}
	}
}

// identity is the part of a row of people that identifies them.
type identity struct{ id, name, email string }

func identityOf(cells map[string]any) identity {
	return identity{personID(cells), norm(textOf(cells["name"])), mailOf(textOf(cells["email"]))}
}

// is reports whether the row can be the person known before: by e-mail or name.
func (s identity) is(o identity) bool {
	return s.email != "" && s.email == o.email || s.name != "" && s.name == o.name
}

// respelt reports whether the name may be that of the known person with its spelling
// corrected, and no e-mail contradicts.
func (s identity) respelt(o identity) bool {
	return s.name != "" && s.name != o.name && (s.email == "" || o.email == "" || s.email == o.email) &&
		respelt(s.name, o.name)
}

// respelt reports whether two names differ by a slip: as many words, each with the same
// first letter, and at most two letters inserted, deleted or changed.
func respelt(a, b string) bool {
	as, bs := strings.Fields(a), strings.Fields(b)
	if len(as) != len(bs) {
		return false
	}
	apart := 0
	for i := range as {
		x, y := []rune(as[i]), []rune(bs[i])
		if x[0] != y[0] {
			return false
		}
		apart += distance(x, y)
	}
	const most = 2
	return apart <= most
}

// distance returns how many letters must be inserted, deleted or changed to turn one word
// into the other (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// headingCopy reports, and warns, that a row of people is a copy of the headings, as
// pasted with a list.
func (r *reader) headingCopy(row Row) bool {
	if !tabOf(TabPeople).column("name").titled(norm(textOf(row.Cells["name"]))) {
		return false
	}
	same := 0
	for key, v := range row.Cells {
		if c := tabOf(TabPeople).column(key); c != nil && c.titled(norm(textOf(v))) {
			same++
		}
	}
	if same < 2 {
		return false
	}
	r.say(Problem{Severity: Warning, Tab: TabPeople, Row: row.At, Column: "name",
		Message: r.t("это строка заголовков: её можно удалить", "this is a row of headings: it may be deleted")})
	return true
}

// newID derives the id of a person from the e-mail, else the name, so that it is the same
// again if the ledger is lost.
func newID(s identity, taken func(string) bool) string {
	from := s.email
	if from == "" {
		from = s.name
	}
	sum := sha256.Sum256([]byte(from))
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
	for n := 6; n < len(text); n++ {
		if id := "p-" + text[:n]; !taken(id) {
			return id
		}
	}
	return "p-" + text
}
