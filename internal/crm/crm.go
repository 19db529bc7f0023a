// Package crm works out what an export of deals from a CRM changes in people's lists of
// deals: which are new, which changed there since they were imported, which belong to
// somebody else now, and which the export no longer has.
//
// It is pure: it knows rows and deals, but neither files nor spreadsheets. Its plans
// never touch a row that a person wrote or edited: they report both values, and people
// decide.
package crm

import (
	"math"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Row is a row of a list of deals in a spreadsheet.
type Row struct {
	At    int             // its row on the sheet, from 0
	Deal  department.Deal // what could be read of it, and the import's marks
	Bad   bool            // parts are unreadable, or only the marks are left
	Shows string          // its text, to show to people
}

// Own reports whether an import wrote the row and nobody edited it since. A comment does
// not count: the import writes none.
func (r Row) Own() bool {
	return !r.Bad && r.Deal.Written != "" && r.Deal.Written == department.DealText(r.Deal)
}

// content identifies a deal without an id.
type content struct {
	day    calendar.Date
	client string
	amount int64 // hundredths
}

func contentOf(d department.Deal) content {
	return content{d.Date, fold(d.Client), int64(math.Round(d.Amount * 100))}
}

// fold makes spellings of one client equal: it ignores extra spaces and case.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Set is what to write into an existing row.
type Set struct {
	At     int
	Deal   department.Deal // its comment is not written
	Values bool            // write date, client and amount; else only the marks
}

// Change is a deal that differs between the export and the list.
type Change struct {
	Row  Row
	Deal department.Deal // as in the export
}

// List says how one person's list must change.
type List struct {
	Add     []department.Deal // new rows
	Set     []Set             // rows to overwrite, including marks
	Changed []Change          // those of Set with other values
	Edited  []Change          // rows to leave: somebody wrote or edited them
	Same    int               // number of deals that are there already
}

// Merge compares a person's rows with the person's deals in an export. It matches deals
// by id, wherever the row was moved; deals without an id, and the row of one that has
// none yet, by day, client and amount, as often as they occur. It leaves other rows
// alone.
//
// A row that a person wrote and that the export now names gets only the id: it remains
// that person's.
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
		// A row with another deal's id is that deal.
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

// owners finds the row of each id. Usually the row holds the id. People who sort only the
// visible columns leave the ids behind: a row that equals what was written for an id
// elsewhere is that deal. marks are the marks for such rows, and for those that hold
// another's id.
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
	var left []int // rows whose id belongs to another row
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
	for i, r := range rows { // edited rows keep their id
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
