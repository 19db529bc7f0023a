package worker

import (
	"context"
	"maps"
	"slices"
	"sync"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/fingerprint"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/summary"
)

// digests caches, from one cycle to the next, the inputs and the digests of the layouts
// of people's spreadsheets and of teams' summaries: laying out a spreadsheet takes far
// longer than seeing that none of its inputs has changed. They lie in the ledger, too, so
// that a process that makes one cycle and ends need not lay everything out.
type digests struct {
	all string // the fingerprint of what every layout is made from

	mu      sync.Mutex
	by      map[string]ledger.Laid // by file; nil: not loaded yet
	changed map[string]ledger.Laid // that the ledger does not have
	spared  map[string]int         // by kind of file: layouts that this cycle did not have to make
}

// begin begins a cycle. program identifies what lays out; empty: nothing is taken from
// the ledger.
func (d *digests) begin(ctx context.Context, from *ledger.Ledger, program string, l layouter) error {
	d.spared, d.changed = map[string]int{}, map[string]ledger.Laid{}
	w := fingerprint.New()
	w.Text(program)
	w.Add(l.lang)
	w.Add(l.at)
	w.Add(l.dep)
	var err error
	if d.all, err = w.Sum(); err != nil || d.by != nil {
		return err
	}
	laid := map[string]ledger.Laid{}
	if program != "" {
		if laid, err = from.Laid(ctx); err != nil {
			return err
		}
	}
	d.by = laid
	return nil
}

// store stores the layouts of this cycle that are not stored yet.
func (d *digests) store(ctx context.Context, to *ledger.Ledger) error {
	if len(d.changed) == 0 {
		return nil
	}
	if err := to.KeepLaid(ctx, d.changed); err != nil {
		return err
	}
	d.changed = map[string]ledger.Laid{}
	return nil
}

// spare returns the digest of a file's layout with the same inputs.
func (d *digests) spare(f files.File, inputs string) (digest string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.by[f.ID]
	if !ok || known.Inputs != inputs {
		return "", false
	}
	d.spared[f.Kind]++
	return known.Digest, true
}

// keep keeps the digest of a layout for the next cycle.
func (d *digests) keep(f files.File, inputs, digest string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.by[f.ID] = ledger.Laid{Inputs: inputs, Digest: digest}
	d.changed[f.ID] = d.by[f.ID]
}

// inputs returns the fingerprint of the unit's layout in these months. Of the figures it
// holds those that the layout shows: what people type is counted by formulas there, so a
// layout rarely has to be made again because somebody typed.
func (d *digests) inputs(l layouter, u *unit, e *planfact.Engine, ms []calendar.Period,
	closed map[department.PersonID][]department.Closed) (string, error) {
	w := fingerprint.New()
	w.Text(d.all)
	w.Add(u.shared)
	w.Add(ms)
	for _, p := range u.people {
		w.Text(string(p.ID))
		w.Add(closed[p.ID])
		w.Add(l.marked[p.ID])
		if in, ok := l.input(u, p, ms, e); ok {
			in.Closed = closed[p.ID]
			report.HashFigures(w, in)
		}
	}
	return w.Sum()
}

// ofTeam returns the fingerprint of the inputs of a team's summary. What a layout reads,
// it must hold: a summary whose fingerprint is the same is not laid out. The figures of
// its people decide, and what is told of them elsewhere; of the closed periods the count
// of their changes stands for all.
func (d *digests) ofTeam(of *divided, in summary.Input) (string, error) {
	w := fingerprint.New()
	w.Text(d.all)
	add := func(values ...any) {
		for _, v := range values {
			w.Add(v)
		}
	}
	add(in.Team, in.First, in.MonthTab, in.Inputs, in.HistoryStands, in.Settled, of.version, in.LogDays)
	for _, p := range in.Dep.People {
		facts, known := of.facts[p.ID]
		if !known {
			own := fingerprint.New()
			of.company.Engine.HashFacts(own, p.ID)
			var err error
			if facts, err = own.Sum(); err != nil {
				return "", err
			}
			of.facts[p.ID] = facts
		}
		add(p.ID, facts, in.Sheets[p.ID], in.Links[p.ID])
	}
	add(in.Health)
	for _, c := range in.Compared {
		add(c.Person.ID, c.KPI.Key, c.Day, c.Typed, c.Log)
	}
	for _, name := range slices.Sorted(maps.Keys(in.TeamLinks)) {
		add(name, in.TeamLinks[name])
	}
	add(in.Edits)
	return w.Sum()
}
