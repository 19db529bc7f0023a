package worker

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/lazyregexp"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// unit is one spreadsheet and the people who report in it: usually one person, several if
// ops gave them the same link.
type unit struct {
	file   files.File // without an ID: it must be made
	people []department.Person
	shared bool
	folder string // in which this run made it; empty: it did not, or in none of ours
	// What is missing in its lists, as this run read them; urgent: worth a write of its
	// own.
	mend   []workbook.CellAt
	urgent bool
	err    error // why this run could not serve the spreadsheet
	closed error // why this run could not share it
}

// name returns the unit's name in errors.
func (u *unit) name() string {
	if len(u.people) == 0 {
		return string(u.file.Person)
	}
	s := u.people[0].Name
	if len(u.people) > 1 {
		s += " and others"
	}
	return s
}

// tag returns the beginning of the tab keys of one of several people who share a
// spreadsheet.
func (u *unit) tag(p department.Person) string {
	if !u.shared {
		return ""
	}
	return string(p.ID) + "/"
}

// nobody means that no people are needed besides those employed.
func nobody(department.Person) bool { return false }

var linkID = lazyregexp.New(`/d/([A-Za-z0-9_-]{20,})`)

// pairUnits pairs the people with their spreadsheets: the one whose link ops typed, else
// the one made for the person, else one to be made. People who left long ago or are not
// hired yet and have no spreadsheet have no unit, unless they are needed: for their
// history. held means that lost spreadsheets are not made again: their units are out of
// reach.
func pairUnits(list []files.File, dep *department.Department, at planfact.AsOf, link func(fileID string) string,
	needed func(department.Person) bool, held bool) []*unit {
	byID := map[string]files.File{}
	own := map[department.PersonID]files.File{}
	var gone []files.File
	goneIDs := map[string]bool{}
	for _, f := range list {
		if f.Gone() {
			gone = append(gone, f)
			goneIDs[f.ID] = true
			continue
		}
		if f.Kind != files.Report {
			continue
		}
		byID[f.ID] = f
		if _, ok := own[f.Person]; f.Person != "" && !ok {
			own[f.Person] = f
		}
	}
	var units []*unit
	linked := map[string]*unit{}
	for _, p := range dep.People {
		file, has := own[p.ID]
		if m := linkID.FindStringSubmatch(p.Link); m != nil && m[1] != file.ID && !goneIDs[m[1]] {
			id := m[1]
			u := linked[id]
			if u == nil {
				f, ok := byID[id]
				if !ok {
					f = files.Found(id, files.Report, "", link(id))
				}
				u = &unit{file: f, shared: true}
				linked[id] = u
				units = append(units, u)
			}
			u.people = append(u.people, p)
			continue
		}
		if !has && !p.Employed(at.Today) && !needed(p) {
			continue
		}
		if !has && held {
			if lost, ok := lostReport(gone, p); ok {
				units = append(units, &unit{file: lost, people: []department.Person{p}, shared: lost.Person == "",
					err: errLost})
				continue
			}
		}
		if !has {
			file = files.File{Kind: files.Report, Person: p.ID}
		}
		units = append(units, &unit{file: file, people: []department.Person{p}})
	}
	return units
}

// lostReport returns the person's spreadsheet, their own or the one that ops gave, if it
// is among those that are gone.
func lostReport(gone []files.File, p department.Person) (files.File, bool) {
	if m := linkID.FindStringSubmatch(p.Link); m != nil {
		if f, ok := files.Lost(gone, func(f files.File) bool { return f.ID == m[1] }); ok {
			return f, true
		}
	}
	return files.Lost(gone, func(f files.File) bool { return f.Kind == files.Report && f.Person == p.ID })
}

// months returns the months whose tabs must be laid out now in a person's spreadsheet:
// today's; the one before while its days can still be edited and until it is closed, so
// that its tab keeps what was closed; and the next one some days ahead. There are no tabs
// for months before the day from which the person counts.
func months(set department.Settings, p department.Person, counts, today calendar.Date, closed bool) []calendar.Period {
	var out []calendar.Period
	cur := calendar.MonthOf(today)
	if int(today-cur.From) < set.GraceDays || !closed {
		out = append(out, cur.Prev())
	}
	out = append(out, cur)
	if int(cur.To-today) < set.NextMonthDays {
		out = append(out, cur.Next())
	}
	if p.Hired > today { // their spreadsheet is made ahead
		out = append(out, calendar.MonthOf(p.Hired))
	}
	out = calendar.Distinct(out)
	return slices.DeleteFunc(out, func(m calendar.Period) bool {
		return m.To < min(counts, today) || !p.Hired.IsZero() && m.To < p.Hired || !p.Left.IsZero() && m.From > p.Left
	})
}

// readable returns the people who have a spreadsheet, and whether it could be read.
func readable(units []*unit) map[department.PersonID]bool {
	out := map[department.PersonID]bool{}
	for _, u := range units {
		for _, p := range u.people {
			out[p.ID] = u.err == nil
		}
	}
	return out
}

// readOf returns the people whose spreadsheets could be read.
func readOf(units []*unit) []department.PersonID {
	var out []department.PersonID
	for _, u := range units {
		if u.err == nil {
			for _, p := range u.people {
				out = append(out, p.ID)
			}
		}
	}
	return out
}

// oneFile returns the single live file of a kind.
func oneFile(list []files.File, kind string) (files.File, bool) {
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Kind == kind && !f.Gone() })
	if i < 0 {
		return files.File{}, false
	}
	return list[i], true
}

// rereadAll returns the files of some kinds, marked to be read again.
func rereadAll(list []files.File, kinds ...string) []files.File {
	return marked(list, (*files.File).Reread, kinds...)
}

// marked returns the files of some kinds, with a change.
func marked(list []files.File, how func(*files.File), kinds ...string) []files.File {
	var all []files.File
	for _, f := range list {
		if slices.Contains(kinds, f.Kind) && !f.Gone() {
			how(&f)
			all = append(all, f)
		}
	}
	return all
}
