// Package crm tells what an export of deals from a CRM changes in people's lists of
// deals: which are new, which changed there since they were imported, which are now
// somebody else's, and which the export has no more.
//
// It is pure: it knows rows and deals, and neither files nor spreadsheets. What it
// plans never touches a row that a person wrote or edited: that is told instead, with
// both values, and people decide.
package crm

import (
	"math"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Row is a row of a list of deals as it stands in a spreadsheet.
type Row struct {
	At    int             // its row on the sheet, from 0
	Deal  department.Deal // what could be read of it, and the marks of the import
	Bad   bool            // not all of it can be read, or nothing is left of it but the marks
	Shows string          // what stands in it, to tell people
}

// Own tells that an import wrote the row and nobody edited it since. A comment is no
// edit: it is beside what the import wrote.
func (r Row) Own() bool {
	return !r.Bad && r.Deal.Written != "" && r.Deal.Written == department.DealText(r.Deal)
}

// content is what makes two deals the same where no id tells.
type content struct {
	day    calendar.Date
	client string
	amount int64 // hundredths
}

func contentOf(d department.Deal) content {
	return content{d.Date, fold(d.Client), int64(math.Round(d.Amount * 100))}
}

// fold makes spellings of one client equal: spaces and case do not tell.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Set is what is to be written into a row that is there.
type Set struct {
	At     int
	Deal   department.Deal // of its comment nothing is written
	Values bool            // date, client and amount too; else the marks alone
}

// Change is a deal that is otherwise in the export than in the list.
type Change struct {
	Row  Row
	Deal department.Deal // as in the export
}

// List is what one person's list is to become.
type List struct {
	Add     []department.Deal // new rows
	Set     []Set             // rows to be written over, marks included
	Changed []Change          // of those, the ones with other values
	Edited  []Change          // rows that stay: somebody wrote or edited them
	Same    int               // deals that stand there already
}

// Merge compares a person's rows with the deals of an export that are the person's.
// Deals with an id are told by it, wherever the row was moved; the row of one that has
// none yet, and deals without an id, by day, client and amount, as often as they
// stand there. Rows of which the export does not speak are left alone.
//
// A row that a person had written and that an export now names gets the id alone: it
// stays that person's.
func Merge(rows []Row, want []department.Deal) List {
	var out List
	own, marks := owners(rows)
	for _, at := range slices.Sorted(keys(marks)) {
		out.Set = append(out.Set, Set{At: rows[at].At, Deal: marks[at]})
	}
	taken := make([]bool, len(rows))
	var rest []department.Deal
	for _, d := range want {
		i, known := own[d.ID]
		if d.ID == "" || !known {
			rest = append(rest, d)
			continue
		}
		taken[i] = true
		r := rows[i]
		if m, moved := marks[i]; moved {
			r.Deal.ID, r.Deal.Written = m.ID, m.Written
		}
		switch {
		case !r.Bad && contentOf(r.Deal) == contentOf(d):
			out.Same++
		case r.Own():
			d.Written = department.DealText(d)
			out.Set = append(out.Set, Set{r.At, d, true})
			out.Changed = append(out.Changed, Change{r, d})
		default:
			out.Edited = append(out.Edited, Change{r, d})
		}
	}
	free := map[content][]int{}
	for i, r := range rows {
		if !taken[i] && !r.Bad {
			free[contentOf(r.Deal)] = append(free[contentOf(r.Deal)], i)
		}
	}
	owned := map[int]bool{}
	for _, i := range own {
		owned[i] = true
	}
	for _, d := range rest {
		at := free[contentOf(d)]
		// A row that another deal's id stands in is that deal.
		n := slices.IndexFunc(at, func(i int) bool { return d.ID == "" || !owned[i] })
		if n < 0 {
			if d.ID != "" {
				d.Written = department.DealText(d)
			}
			out.Add = append(out.Add, d)
			continue
		}
		i := at[n]
		free[contentOf(d)] = slices.Delete(at, n, n+1)
		taken[i] = true
		out.Same++
		if d.ID != "" {
			out.Set = append(out.Set, Set{At: rows[i].At, Deal: department.Deal{ID: d.ID}})
		}
	}
	return out
}

// owners tells which row is the one of each id. As a rule the id stands in it. Whoever
// sorts what they see without the hidden columns leaves the ids behind: a row that says
// what was written for an id elsewhere is that deal, and marks are what such rows, and
// those that hold another's id, are to be marked with.
func owners(rows []Row) (own map[string]int, marks map[int]department.Deal) {
	own, marks = map[string]int{}, map[int]department.Deal{}
	owned := map[int]bool{}
	for i, r := range rows {
		if _, twice := own[r.Deal.ID]; r.Deal.ID != "" && r.Own() && !twice {
			own[r.Deal.ID], owned[i] = i, true
		}
	}
	says := map[string][]int{}
	for i, r := range rows {
		if !r.Bad && !owned[i] {
			says[department.DealText(r.Deal)] = append(says[department.DealText(r.Deal)], i)
		}
	}
	var left []int // rows whose own id has gone to another
	for i, r := range rows {
		id, written := r.Deal.ID, r.Deal.Written
		if _, known := own[id]; id == "" || known {
			continue
		}
		if at := says[written]; written != "" && len(at) > 0 {
			says[written] = at[1:]
			own[id], owned[at[0]] = at[0], true
			marks[at[0]] = department.Deal{ID: id, Written: written}
			left = append(left, i)
		}
	}
	for _, i := range left {
		if _, marked := marks[i]; !marked {
			marks[i] = department.Deal{}
		}
	}
	for i, r := range rows { // edited rows keep the id that stands in them
		if _, known := own[r.Deal.ID]; r.Deal.ID != "" && !known && !owned[i] {
			own[r.Deal.ID] = i
		}
	}
	return own, marks
}

func keys[V any](m map[int]V) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
