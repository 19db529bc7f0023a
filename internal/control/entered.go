package control

import (
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Gone is a person whose row is no longer in «Сотрудники».
type Gone struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Email   string        `json:"email,omitempty"`
	Entered string        `json:"entered,omitempty"` // from the row
	Day     calendar.Date `json:"day"`               // on which the row was first missing
}

func (g Gone) identity() identity { return identity{g.ID, norm(g.Name), mailOf(g.Email)} }

// tenure is what a row of people records about when the person was entered and the times
// between leaving and coming back: in the hidden cell «На учёте с», as 2026-03-16
// 2026-05-02..2026-05-31.
type tenure struct {
	entered calendar.Date
	away    []calendar.Span
}

// parseTenure reads the cell. Text that it does not understand counts as none.
func parseTenure(v any) (s tenure, ok bool) {
	words := strings.Fields(textOf(v))
	if len(words) == 0 {
		return tenure{}, false
	}
	var err error
	if s.entered, err = calendar.ParseDate(words[0]); err != nil {
		return tenure{}, false
	}
	for _, w := range words[1:] {
		from, to, _ := strings.Cut(w, "..")
		var gap calendar.Span
		if gap.From, err = calendar.ParseDate(from); err != nil {
			return tenure{}, false
		}
		if gap.To, err = calendar.ParseDate(to); err != nil {
			return tenure{}, false
		}
		s.away = append(s.away, gap)
	}
	return s, true
}

func (s tenure) String() string {
	out := s.entered.String()
	for _, gap := range s.away {
		out += " " + gap.From.String() + ".." + gap.To.String()
	}
	return out
}

// gone adds the days from one on to yesterday, on which the person was away.
func (s *tenure) gone(from, today calendar.Date) {
	if from < today {
		s.away = append(s.away, calendar.Span{From: from, To: today - 1})
	}
}

// dayOf returns a date as a cell of ops holds it; zero: none.
func dayOf(v any) calendar.Date {
	switch v := v.(type) {
	case float64:
		if d, ok := dateOf(v); ok {
			return d
		}
	case string:
		if d, ok := parseDate(tidy(v)); ok {
			return d
		}
	}
	return 0
}

// keepEntryDays records in each row of people the day on which it was entered: for a
// person known before, the stored day; for a new one, today. If only the spreadsheet has
// the day, because the ledger was lost, that one holds. People known since a version that
// stored no day were entered when their spreadsheet was first read. A person who left and
// is back was away in between.
func (r *reader) keepEntryDays(rows []Row) {
	before := map[string]Row{}
	for _, p := range r.prev[TabPeople] {
		before[p.ID] = p
	}
	left := map[string]Gone{}
	for _, g := range r.prevGone {
		left[g.ID] = g
	}
	for _, row := range rows {
		id := personID(row.Cells)
		written, inSheet := parseTenure(row.Cells["entered"])
		delete(row.Cells, "entered")
		if id == "" {
			continue
		}
		was, known := before[id]
		gone, returned := left[id]
		s, kept := parseTenure(was.Cells["entered"])
		switch {
		case kept:
		case inSheet: // the row as it was: after a lost ledger, or a deletion undone
			s = written
		case known:
			s.entered = r.since[department.PersonID(id)]
		case returned:
			if s, kept = parseTenure(gone.Entered); kept {
				s.gone(gone.Day, r.day)
			}
		}
		if s.entered.IsZero() {
			s.entered = r.day
		}
		if last := dayOf(was.Cells["left"]); known && !r.day.IsZero() && !last.IsZero() && last < r.day &&
			was.Ended != r.day {
			// A first day after the former last one says so itself.
			now, hired := dayOf(row.Cells["left"]), dayOf(row.Cells["hired"])
			if (row.Cells["left"] == nil || now >= r.day) && hired <= last {
				s.gone(last+1, r.day)
			}
		}
		if !s.entered.IsZero() {
			row.Cells["entered"] = s.String()
		}
	}
}

// enteredBy returns the day of entry as it holds today. If that is in the future, a clock
// that was ahead wrote it, or today's clock is behind: the stored day stays, and
// meanwhile the person was entered when their spreadsheet was first read, or today.
func (r *reader) enteredBy(kept calendar.Date, id department.PersonID) calendar.Date {
	if r.day.IsZero() || kept <= r.day {
		return kept
	}
	if since := r.since[id]; !since.IsZero() && since < r.day {
		return since
	}
	return r.day
}

// ended returns the day on which a person's last day was first seen; zero: there is no
// last day.
func (r *reader) ended(was Row, left calendar.Date) calendar.Date {
	switch {
	case left.IsZero():
		return 0
	case dayOf(was.Cells["left"]) == left:
		return was.Ended
	}
	return r.day
}

// stillGone returns the people whose rows are missing, as long as they are.
func (r *reader) stillGone(here map[string]bool) []Gone {
	var out []Gone
	for _, g := range r.prevGone {
		if !here[g.ID] {
			out = append(out, g)
		}
	}
	for _, p := range r.prev[TabPeople] {
		if !here[p.ID] {
			out = append(out, Gone{p.ID, textOf(p.Cells["name"]), mailOf(textOf(p.Cells["email"])),
				textOf(p.Cells["entered"]), r.day})
		}
	}
	return out
}
