package worker

import (
	"fmt"
	"hash/maphash"
	"reflect"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/marks"
	"svodka/internal/planfact"
)

// digests keeps, from one cycle to the next, what people's layouts were made from, and
// the digests of the layouts: to lay out a spreadsheet takes far longer than to see
// that nothing that it is made from has changed. It is lost with the process: then
// everything is laid out once. It is for one goroutine at a time.
type digests struct {
	seed maphash.Seed
	dep  *department.Department // that all of them are of
	at   planfact.AsOf          // likewise
	by   map[string]laid        // by file

	spared int // layouts that this cycle had not to make
}

// laid is a layout: a hash of what it was made from, beside the department and the
// moment, and its digest.
type laid struct {
	inputs uint64
	digest string
}

// begin begins a cycle: of another department, or at another moment, nothing is known.
func (d *digests) begin(dep *department.Department, at planfact.AsOf) {
	d.spared = 0
	if d.by != nil && d.at == at && reflect.DeepEqual(d.dep, dep) {
		return
	}
	if d.by == nil {
		d.seed = maphash.MakeSeed()
	}
	d.dep, d.at, d.by = dep, at, map[string]laid{}
}

// inputs hashes what the unit's layout is made from in these months; not ok: it is made
// from other people's figures too, or from some that e does not know, and is to be laid
// out.
func (d *digests) inputs(l layouter, u *unit, e *planfact.Engine, ms []calendar.Period,
	closed map[department.PersonID][]department.Closed) (inputs uint64, ok bool) {
	for _, m := range ms {
		if !e.Reaches(m.Prev().From) {
			return 0, false
		}
	}
	var h maphash.Hash
	h.SetSeed(d.seed)
	for _, p := range u.people {
		for _, q := range p.Stints() {
			if l.dep.Settings.HasReversePlan(q.Role) {
				return 0, false
			}
		}
		// %#v, since a closed period would be written as its name alone by %v.
		if _, err := fmt.Fprintf(&h, "%q %t %v %#v ", p.ID, u.shared, e.CountsFrom(p.ID), closed[p.ID]); err != nil {
			return 0, false
		}
		e.HashFacts(&h, p.ID)
		if m := l.marked[p.ID]; m != nil && !hashMarks(&h, *m) {
			return 0, false
		}
	}
	if _, err := fmt.Fprint(&h, ms); err != nil {
		return 0, false
	}
	return h.Sum64(), true
}

// hashMarks puts marks into a hash by what they say: of a row's deal, which is behind a
// pointer, not by where it is kept.
func hashMarks(h *maphash.Hash, m marks.Marks) bool {
	for _, r := range m.Rows {
		var counts department.Deal
		if r.Counts != nil {
			counts = *r.Counts
		}
		if _, err := fmt.Fprintf(h, "%d %#v %t %#v ", r.Row, r.Read, r.Counts != nil, counts); err != nil {
			return false
		}
	}
	m.Rows = nil
	_, err := fmt.Fprintf(h, "%#v ", m)
	return err == nil
}
