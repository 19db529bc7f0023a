package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/importing"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// Imports returns the importer into the department as ops have it at this moment.
func (w *Worker) Imports(ctx context.Context) (importing.Importer, error) {
	if err := w.tracker().Pull(ctx); err != nil {
		return importing.Importer{}, err
	}
	cfg, err := w.readConfig(ctx)
	if err != nil {
		return importing.Importer{}, err
	}
	dep := &cfg.Department
	return importing.Importer{
		Dep:       dep,
		Today:     w.clock().Today(dep.Settings.Zone),
		Lang:      w.Lang,
		Templates: w.Templates,
		Control:   controlSheet{w, cfg},
		Reports:   reports{w, dep, w.at(dep, 0)},
		Ledger:    w.Ledger,
		Locks:     w.closing(),
		Calls:     callfigures.Intake{Ledger: w.Ledger, Dep: dep, Now: w.Now, News: w.cycleRecord().touch},
		Progress:  w.Progress,
	}, nil
}

// controlSheet gives an import the control spreadsheet.
type controlSheet struct {
	w   *Worker
	cfg *configuration.Config
}

// Read gets the spreadsheet. The positions of rows must be the present ones.
func (c controlSheet) Read(ctx context.Context) (*sheets.Spreadsheet, error) {
	return c.w.Google.Spreadsheet(ctx, c.cfg.File.ID, control.Fields)
}

// Type types into it.
func (c controlSheet) Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error {
	return c.w.publisher.Type(ctx, &c.cfg.File, "the control spreadsheet", cells)
}

// reports gives an import people's spreadsheets.
type reports struct {
	w   *Worker
	dep *department.Department
	at  planfact.AsOf
}

// Of returns the spreadsheets of people.
func (r reports) Of(ctx context.Context, people func(department.PersonID) bool) ([]importing.Report, error) {
	wanted := func(p department.Person) bool { return people(p.ID) }
	units, err := r.w.units(ctx, r.dep, r.at, wanted)
	if err != nil {
		return nil, err
	}
	l, err := r.w.layouter(ctx, r.w.figures(r.dep, r.at))
	if err != nil {
		return nil, err
	}
	var out []importing.Report
	for _, u := range units {
		if errors.Is(u.err, errLost) && slices.ContainsFunc(u.people, wanted) {
			return nil, fmt.Errorf("the spreadsheet of %s: %w", u.name(), u.err)
		}
		if slices.ContainsFunc(u.people, wanted) {
			out = append(out, &reportSheet{l: l, u: u})
		}
	}
	return out, nil
}

// Know stores figures that are about to be typed. Before that the file of each is to be
// read by the next run, so that this run may end anywhere.
func (r reports) Know(ctx context.Context, list []importing.Report,
	want map[department.PersonID]report.Typed) error {
	for _, x := range list {
		s := x.(*reportSheet) // Of makes no other kind
		if s.Made() {
			s.u.file.Reread()
			if err := r.w.Ledger.PutFile(ctx, s.u.file); err != nil {
				return err
			}
		}
		for _, p := range s.u.people {
			reading := ledger.Reading{Person: p.ID, Entries: want[p.ID].Entries,
				Day: s.l.clock.Today(r.dep.Settings.Zone)}
			for _, e := range reading.Entries {
				reading.Scopes = append(reading.Scopes, ledger.Scope{Span: calendar.Span{From: e.Date, To: e.Date},
					KPIs: []string{e.KPI}})
			}
			if len(reading.Entries) == 0 {
				continue
			}
			was := reading
			known, err := r.w.Ledger.Person(ctx, p.ID)
			if err != nil {
				return err
			}
			was.Entries = slices.DeleteFunc(known.Entries, func(e department.Entry) bool {
				return !slices.ContainsFunc(reading.Entries, func(n department.Entry) bool {
					return n.Date == e.Date && n.KPI == e.KPI
				})
			})
			s.was = append(s.was, was)
			if _, err := r.w.Ledger.Store(ctx, reading); err != nil {
				return err
			}
		}
	}
	if err := r.w.cycleRecord().touch(ctx); err != nil {
		return err
	}
	l, err := r.w.layouter(ctx, r.w.figures(r.dep, r.at))
	if err != nil {
		return err
	}
	for _, x := range list {
		x.(*reportSheet).l = l
	}
	return nil
}

// TakeBack stores what Know replaced.
func (r reports) TakeBack(ctx context.Context, x importing.Report) error {
	for _, was := range x.(*reportSheet).was {
		if _, err := r.w.Ledger.Store(ctx, was); err != nil {
			return err
		}
	}
	return nil
}

// Each works on several in parallel.
func (r reports) Each(ctx context.Context, list []importing.Report, doing string,
	f func(context.Context, importing.Report) error) ([]error, error) {
	var units []*unit
	of := map[*unit]importing.Report{}
	for _, x := range list {
		s := x.(*reportSheet) // Of makes no other kind
		units, of[s.u] = append(units, s.u), s
	}
	return r.w.pool().each(ctx, units, doing, func(ctx context.Context, u *unit) error { return f(ctx, of[u]) })
}

// reportSheet gives an import one spreadsheet of one or several people.
type reportSheet struct {
	l     layouter
	u     *unit
	state *workbook.State  // as last seen by Look
	was   []ledger.Reading // what Know replaced
}

// People returns the people who report in it.
func (s *reportSheet) People() []department.Person { return s.u.people }

// Made reports whether the spreadsheet exists.
func (s *reportSheet) Made() bool { return s.u.file.ID != "" }

// Changed reports whether people changed it since it was last read.
func (s *reportSheet) Changed() bool { return s.u.file.Unread() }

// Known returns what stands in the months into which figures go, as far as it was read
// and none of it is marked.
func (s *reportSheet) Known(ctx context.Context, want map[department.PersonID]report.Typed) ([]importing.Part, bool,
	error) {
	if s.u.err != nil || s.u.file.ToRead() {
		return nil, false, nil
	}
	state := publish.Remembered(s.u.file)
	if state == nil {
		return nil, false, nil
	}
	var out []importing.Part
	for _, p := range s.u.people {
		t, wanted := want[p.ID]
		if !wanted {
			continue
		}
		if m := s.l.marked[p.ID]; m != nil && len(m.Flags)+len(m.Pairs) > 0 {
			return nil, false, nil
		}
		var into []calendar.Period
		there := monthTabs(state, s.u.tag(p), files.Unseen{})
		for _, m := range typedMonths(t) {
			if !slices.Contains(there, m) {
				continue
			}
			if s.u.file.Unseen().Has(m) {
				return nil, false, nil
			}
			into = append(into, m)
		}
		in, ok := s.l.input(s.u, p, into, s.l.plans())
		if !ok {
			continue
		}
		r, err := s.l.ledger.Person(ctx, p.ID)
		if err != nil {
			return nil, false, err
		}
		book := s.l.frame(in)
		out = append(out, importing.Part{In: in, Book: book, Found: report.Standing(in, book, state, r.Entries)})
	}
	return out, true, nil
}

// Look reads it.
func (s *reportSheet) Look(ctx context.Context, people func(department.PersonID) bool) ([]importing.Part, error) {
	got, err := s.l.google.Spreadsheet(ctx, s.u.file.ID, workbook.FoundFields)
	if err != nil {
		return nil, err
	}
	s.state = publish.Observed(s.u.file, got)
	found := workbook.FoundOf(got)
	var out []importing.Part
	for _, p := range s.u.people {
		if !people(p.ID) {
			continue
		}
		in, ok := s.l.input(s.u, p, monthTabs(s.state, s.u.tag(p), files.Unseen{}), nil)
		if !ok {
			continue
		}
		r, err := s.l.ledger.Person(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		in.Typed = report.Typed{Deals: r.Deals, Clients: r.Clients}
		in.Plans = s.l.plans()
		book := s.l.frame(in)
		out = append(out, importing.Part{In: in, Book: book, Found: found})
	}
	return out, nil
}

// Fill makes the spreadsheet, and the tabs and rows that these figures need, and types
// cells, in one write.
func (s *reportSheet) Fill(ctx context.Context, fresh map[department.PersonID]report.Typed,
	cells []workbook.CellAt) (wrote, all bool, err error) {
	isNew := !s.Made()
	x := &extra{months: typedMonths(slices.Collect(maps.Values(fresh))...), typed: fresh, cells: cells}
	x.into = append(x.months[:len(x.months):len(x.months)], s.monthsOf(cells)...)
	if !isNew { // the spreadsheet is as Look saw it
		all = s.withTabs(fresh)
		layout, err := s.state.Marshal()
		if err != nil {
			return false, false, err
		}
		s.u.file.Locate(layout)
	}
	wrote, typed, err := s.l.update(ctx, s.u, x)
	if typed { // what was read with it is still to be shown
		err = errors.Join(err, s.l.ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) {
			c.Touch(s.l.clock.Now())
		}}))
	}
	if err == nil && isNew {
		// what was laid out with it has not been read yet
		err = s.l.ledger.ChangeFile(ctx, s.u.file.ID, (*files.File).Reread)
	}
	return wrote, isNew || all && wrote && !x.moved, err
}

// monthsOf returns the months in whose tabs cells are.
func (s *reportSheet) monthsOf(cells []workbook.CellAt) []calendar.Period {
	var out []calendar.Period
	if s.state == nil { // still to be made
		return nil
	}
	for _, p := range s.u.people {
		tag := s.u.tag(p)
		for _, m := range monthTabs(s.state, tag, files.Unseen{}) {
			id := workbook.SheetID(tag + report.TabMonth + m.String())
			if slices.ContainsFunc(cells, func(c workbook.CellAt) bool { return c.Sheet == id }) {
				out = append(out, m)
			}
		}
	}
	return out
}

// withTabs reports whether all figures go into tabs that do not exist yet.
func (s *reportSheet) withTabs(fresh map[department.PersonID]report.Typed) bool {
	for _, p := range s.u.people {
		t := fresh[p.ID]
		if len(t.Deals)+len(t.Clients) > 0 {
			return false
		}
		there := monthTabs(s.state, s.u.tag(p), files.Unseen{})
		for _, m := range typedMonths(t) {
			if slices.Contains(there, m) {
				return false
			}
		}
	}
	return true
}

// Type types into it.
func (s *reportSheet) Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error {
	return s.l.publisher.Type(ctx, &s.u.file, "", cells)
}
