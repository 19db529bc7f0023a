package worker

import (
	"context"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/report"
)

// A reading costs in proportion to the tabs that it asks for, and a department's third
// year must not cost three times its first. So tabs of months all of whose days are
// locked are left out, and looked through by the sweep. What is typed there meanwhile
// does not count, and is listed as noticed once it is seen.

// lookThrough is how many days something may be left out: where no sweep runs, the next
// reading after that leaves out nothing.
const lookThrough = 7

// reach is what decides how far back spreadsheets are read.
type reach struct {
	locked map[department.PersonID]calendar.Date
	opened map[department.PersonID][]calendar.Span // by imports, for the next reading
}

func readReach(ctx context.Context, l *ledger.Ledger) (r reach, err error) {
	if r.locked, err = l.Locked(ctx); err != nil {
		return r, err
	}
	r.opened, err = l.Opened(ctx)
	return r, err
}

// left returns what a reading of the unit's spreadsheet leaves out: months all of whose
// days are locked, unless ops opened any of them, an import typed there, or a cell there
// is marked, so that a person may be answering it.
func (c collector) left(u *unit) files.Unseen {
	var to calendar.Date
	for i, p := range u.people {
		locked, ok := c.reach.locked[p.ID]
		if !ok {
			return files.Unseen{}
		}
		m := calendar.MonthOf(locked)
		if m.To > locked {
			m = m.Prev()
		}
		if i == 0 || m.To < to {
			to = m.To
		}
	}
	if to == 0 {
		return files.Unseen{}
	}
	out := files.Unseen{To: to, Since: u.file.Unseen().Since}
	if out.Since == 0 {
		out.Since = c.clock.Today(c.dep.Settings.Zone)
	}
	return without(out, append(c.asked(u), markedMonths(u.file)...))
}

// without returns what is left out if these months are not.
func without(u files.Unseen, months []calendar.Period) files.Unseen {
	but := slices.Clone(u.But)
	for _, m := range months {
		if m.To <= u.To {
			but = append(but, m.From)
		}
	}
	slices.Sort(but)
	u.But = slices.Compact(but)
	return u
}

// asked returns the months in which edits of locked days count: ops opened them, or an
// import typed there.
func (c collector) asked(u *unit) []calendar.Period {
	var out []calendar.Period
	for _, p := range u.people {
		days := c.dep.OpenTo(p.ID, c.clock.Today(c.dep.Settings.Zone))
		for _, s := range slices.Concat(days, c.reach.opened[p.ID]) {
			out = append(out, calendar.Periods(calendar.Month, s)...)
		}
	}
	return out
}

// owes reports whether the last reading left out a month in which edits count: it may
// hold some that were made before that.
func (c collector) owes(u *unit) bool {
	return !u.file.Unseen().None() && slices.ContainsFunc(c.asked(u), u.file.Unseen().Has)
}

// overdue reports whether something has been left out of the readings for so long that
// this one must leave out nothing.
func (c collector) overdue(u *unit) bool {
	was := u.file.Unseen()
	return !was.None() && c.clock.Today(c.dep.Settings.Zone) >= was.Since.Add(lookThrough)
}

// markedMonths returns the months in which cells were marked when the spreadsheet was
// laid out, which its digest names.
func markedMonths(f files.File) []calendar.Period {
	var out []calendar.Period
	_, names, _ := strings.Cut(f.Digest(), " ")
	for _, name := range strings.Fields(names) {
		if d, err := calendar.ParseDate(name + "-01"); err == nil {
			out = append(out, calendar.MonthOf(d))
		}
	}
	return out
}

// monthOf returns the month of a tab by its key without the tag.
func monthOf(key string) (m calendar.Period, ok bool) {
	name, ok := strings.CutPrefix(key, report.TabMonth)
	if !ok {
		return m, false
	}
	d, err := calendar.ParseDate(name + "-01")
	return calendar.MonthOf(d), err == nil
}

// untagged returns the key of a tab without the tag of one of several people.
func untagged(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

// reads returns which tabs a reading asks for.
func reads(left files.Unseen) func(tab string) bool {
	return func(tab string) bool {
		m, ok := monthOf(untagged(tab))
		return !ok || !left.Has(m)
	}
}

// shows returns which tabs the answer of a write must show: those into which people type.
func shows(left files.Unseen) func(tab string) bool {
	return func(tab string) bool {
		name := untagged(tab)
		m, ok := monthOf(name)
		return ok && !left.Has(m) || name == report.TabDeals || name == report.TabClients
	}
}
