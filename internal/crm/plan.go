package crm

import (
	"maps"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Export is the content of a file of deals.
type Export struct {
	Deals []department.Deal // with their people: those that belong in the lists
	// Left are deals of the file that do not belong in the lists: id to reason, such as
	// another stage, another currency, a person who is left out.
	Left map[string]string
}

// Span returns the span from the first to the last day of the deals.
func (e Export) Span() calendar.Span {
	s := calendar.Span{From: 0, To: -1}
	for i, d := range e.Deals {
		if i == 0 {
			s = calendar.Span{From: d.Date, To: d.Date}
		}
		s.From, s.To = min(s.From, d.Date), max(s.To, d.Date)
	}
	return s
}

// Plan says what an export with ids changes in all lists.
type Plan struct {
	// Want are the deals that each person's list must hold, for Merge, which runs again
	// when the list is reread before writing.
	Want map[department.PersonID][]department.Deal
	// Write are the people whose lists must be written for that.
	Write map[department.PersonID]bool
	// Drop are the ids whose rows must be cleared in a person's list, after everything
	// wanted is in the lists.
	Drop map[department.PersonID][]string

	New     int
	Same    int
	Changed []Change // rows with other values, same person
	Moved   []Change // deals that belong to another person now
	Edited  []Change // differ from the export, but edited by somebody: left alone
	Gone    []Gone   // in a list but not in the export
}

// Gone is a row whose deal the export no longer has.
type Gone struct {
	Row     Row
	Reason  string // why it is not wanted, if the file says; else empty
	Dropped bool   // the row is cleared
}

// Make plans an import. With replace it clears rows of deals that the export, within its
// days, no longer has, if nobody edited or commented on them.
func Make(lists map[department.PersonID][]Row, e Export, replace bool) Plan {
	p := planning{lists: lists, own: map[department.PersonID]map[string]Row{},
		holders: map[string][]department.PersonID{}, known: map[string]bool{},
		Plan: Plan{Want: map[department.PersonID][]department.Deal{}, Drop: map[department.PersonID][]string{},
			Write: map[department.PersonID]bool{}}}
	p.findRows()
	for _, d := range e.Deals {
		p.assign(d)
	}
	p.merge()
	p.findGone(e, replace)
	return p.Plan
}

// planning is a plan in progress.
type planning struct {
	Plan
	lists   map[department.PersonID][]Row
	own     map[department.PersonID]map[string]Row // row of each id in each list
	holders map[string][]department.PersonID       // people whose lists have an id, in order
	known   map[string]bool                        // ids that the export wants somewhere
	arrived int                                    // moved deals that are new in their list
}

// findRows finds the rows of all ids.
func (p *planning) findRows() {
	for _, who := range slices.Sorted(maps.Keys(p.lists)) {
		p.own[who] = map[string]Row{}
		rows, marks := owners(p.lists[who])
		for id, i := range rows {
			r := p.lists[who][i]
			r.Deal.Person = who
			if m, ok := marks[i]; ok {
				r.Deal.ID, r.Deal.Written = m.ID, m.Written
			}
			p.own[who][id] = r
			p.holders[id] = append(p.holders[id], who)
		}
	}
}

// assign puts a deal of the export into its person's list, and its rows out of the lists
// of others, except rows that somebody edited.
func (p *planning) assign(d department.Deal) {
	p.known[d.ID] = true
	wanted := true
	for _, who := range p.holders[d.ID] {
		if who == d.Person {
			continue
		}
		r := p.own[who][d.ID]
		_, there := p.own[d.Person][d.ID]
		switch {
		case r.Own():
			if !there {
				d.Comment = r.Deal.Comment
				p.arrived++
			}
			p.Drop[who] = append(p.Drop[who], d.ID)
			p.Moved = append(p.Moved, Change{r, d})
		case !there: // two rows would count it twice
			wanted = false
			p.Edited = append(p.Edited, Change{r, d})
		default:
			p.Edited = append(p.Edited, Change{r, d})
		}
	}
	if wanted {
		p.Want[d.Person] = append(p.Want[d.Person], d)
	}
}

// merge compares what is wanted with the present lists.
func (p *planning) merge() {
	for _, who := range slices.Sorted(maps.Keys(p.Want)) {
		l := Merge(p.lists[who], p.Want[who])
		if len(l.Add)+len(l.Set) > 0 {
			p.Write[who] = true
		}
		p.New += len(l.Add)
		p.Same += l.Same
		p.Changed = append(p.Changed, l.Changed...)
		p.Edited = append(p.Edited, l.Edited...)
	}
	p.New -= p.arrived
}

// findGone finds the rows whose deals the export leaves out or, within its days, no
// longer has.
func (p *planning) findGone(e Export, replace bool) {
	span := e.Span()
	for _, who := range slices.Sorted(maps.Keys(p.own)) {
		for _, id := range slices.Sorted(maps.Keys(p.own[who])) {
			r := p.own[who][id]
			reason, left := e.Left[id]
			if p.known[id] || !left && (r.Deal.Written == "" || !span.Has(r.day())) {
				continue
			}
			g := Gone{Row: r, Reason: reason}
			if g.Dropped = replace && r.Own() && r.Deal.Comment == ""; g.Dropped {
				p.Drop[who] = append(p.Drop[who], id)
			}
			p.Gone = append(p.Gone, g)
		}
	}
}

// day returns the day of the deal; for an unreadable row, the day that was written.
func (r Row) day() calendar.Date {
	if !r.Bad {
		return r.Deal.Date
	}
	day, _, _ := strings.Cut(r.Deal.Written, "|")
	d, err := calendar.ParseDate(day)
	if err != nil {
		return 0
	}
	return d
}

// Cleared returns the rows to clear in a person's list, for the ids to drop: those that
// are still as the import wrote them.
func Cleared(rows []Row, drop []string) []int {
	own, marks := owners(rows)
	var out []int
	for _, id := range drop {
		i, ok := own[id]
		if !ok {
			continue
		}
		r := rows[i]
		if m, moved := marks[i]; moved {
			r.Deal.ID, r.Deal.Written = m.ID, m.Written
		}
		if r.Own() {
			out = append(out, r.At)
		}
	}
	return out
}

// Near returns the deals without an id that would be new although the list has a very
// similar row that the file lacks: of the same client, with another sum or on another of
// the file's days. It may well be that deal, changed in the CRM.
func Near(rows []Row, want []department.Deal, span calendar.Span) []Change {
	left := map[content]int{}
	for _, d := range want {
		left[contentOf(d)]++
	}
	type key struct {
		client string
		day    calendar.Date
		amount int64
	}
	byDay, bySum := map[key][]Row{}, map[key][]Row{}
	for _, r := range rows {
		c := contentOf(r.Deal)
		switch {
		case r.Bad || c.client == "" || !span.Has(c.day):
		case left[c] > 0:
			left[c]--
		default:
			byDay[key{client: c.client, day: c.day}] = append(byDay[key{client: c.client, day: c.day}], r)
			bySum[key{client: c.client, amount: c.amount}] = append(bySum[key{client: c.client, amount: c.amount}], r)
		}
	}
	var out []Change
	told := map[int]bool{}
	for _, d := range Merge(rows, want).Add {
		c := contentOf(d)
		for _, r := range slices.Concat(byDay[key{client: c.client, day: c.day}],
			bySum[key{client: c.client, amount: c.amount}]) {
			if !told[r.At] {
				told[r.At] = true
				out = append(out, Change{r, d})
				break
			}
		}
	}
	return out
}
