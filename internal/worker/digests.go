package worker

import (
	"fmt"
	"hash/maphash"
	"maps"
	"reflect"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// digests caches, from one cycle to the next, the inputs and the digests of the layouts
// of people's spreadsheets and of teams' summaries: laying out a spreadsheet takes far
// longer than seeing that none of its inputs has changed. The cache ends with the
// process; then everything is laid out once. Only one goroutine at a time may use it.
type digests struct {
	seed maphash.Seed
	dep  *department.Department // to which all of them belong
	at   planfact.AsOf          // likewise
	by   map[string]laid        // by file

	spared      int // layouts of people's spreadsheets that this cycle did not have to make
	sparedTeams int // likewise of teams' summaries
}

// laid is a layout: a hash of its inputs, except the department and the moment, and its
// digest.
type laid struct {
	inputs uint64
	digest string
}

// begin begins a cycle: for another department or another moment the cache is empty.
func (d *digests) begin(dep *department.Department, at planfact.AsOf) {
	d.spared, d.sparedTeams = 0, 0
	if d.by != nil && d.at == at && reflect.DeepEqual(d.dep, dep) {
		return
	}
	if d.by == nil {
		d.seed = maphash.MakeSeed()
	}
	d.dep, d.at, d.by = dep, at, map[string]laid{}
}

// inputs hashes the inputs of the unit's layout in these months; not ok: it also depends
// on other people's figures, or on figures that e does not know, and must be laid out.
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
		// %#v, because %v would write a closed period as its name alone.
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

// hashMarks adds marks to a hash by their content: for a row's deal, which is a pointer,
// not by its address.
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

// spare returns the digest of a file's layout with the same inputs.
func (d *digests) spare(file string, inputs uint64) (digest string, ok bool) {
	known, ok := d.by[file]
	return known.digest, ok && known.inputs == inputs
}

// keep keeps the digest of a layout for the next cycle.
func (d *digests) keep(file string, inputs uint64, digest string) { d.by[file] = laid{inputs, digest} }

// ofTeam hashes the inputs of a team's summary, except the department and the moment.
// What a layout reads, it must hold: a summary whose hash is the same is not laid out.
// The figures of its people decide, and what is told of them elsewhere; of the closed
// periods the count of their changes stands for all.
func (d *digests) ofTeam(of *divided, in summary.Input) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	hashed := func(values ...any) {
		for _, v := range values {
			fmt.Fprintf(&h, "%#v ", v) // a hash never fails
		}
	}
	hashed(in.Team, in.First, in.MonthTab, in.Inputs, in.HistoryStands, in.Settled, of.version, in.LogDays)
	for _, p := range in.Dep.People {
		sum, known := of.facts[p.ID]
		if !known {
			var own maphash.Hash
			own.SetSeed(d.seed)
			of.company.Engine.HashFacts(&own, p.ID)
			sum = own.Sum64()
			of.facts[p.ID] = sum
		}
		hashed(p.ID, sum, in.Sheets[p.ID], in.Links[p.ID])
	}
	hashed(in.Health)
	for _, c := range in.Compared {
		hashed(c.Person.ID, c.KPI.Key, c.Day, c.Typed, c.Log)
	}
	for _, name := range slices.Sorted(maps.Keys(in.TeamLinks)) {
		hashed(name, in.TeamLinks[name])
	}
	for _, e := range in.Edits {
		var was, became department.Deal
		if e.Deal != nil && e.Deal.Was != nil {
			was = *e.Deal.Was
		}
		if e.Deal != nil && e.Deal.Became != nil {
			became = *e.Deal.Became
		}
		deal := e.Deal != nil
		e.Deal = nil // a pointer
		hashed(e, deal, was, became)
	}
	return h.Sum64()
}
