package importing

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/tabular"
	"svodka/internal/workbook"
)

// wanted holds what to type, by the person whose spreadsheet it goes into.
type wanted map[department.PersonID]report.Typed

func (w wanted) add(who department.PersonID, t report.Typed) {
	all := w[who]
	all.Entries = append(all.Entries, t.Entries...)
	all.Deals = append(all.Deals, t.Deals...)
	all.Clients = append(all.Clients, t.Clients...)
	w[who] = all
}

func (w wanted) has(who department.PersonID) bool {
	_, ok := w[who]
	return ok
}

// size counts figures, deals and clients.
func size(t report.Typed) int { return len(t.Entries) + len(t.Deals) + len(t.Clients) }

// placing says where a person's figures go in an existing spreadsheet.
type placing func(p Part, t report.Typed) (placement, error)

// placement says where a person's figures go.
type placement struct {
	cells []workbook.CellAt // for existing cells
	fresh report.Typed      // for tabs and rows to be made; zero lines: rows for cells
	same  int               // figures that are there already
	errs  []error           // about figures that cannot be typed
}

// placed says where figures go in one spreadsheet.
type placed struct {
	cells []workbook.CellAt
	fresh wanted
	same  int
	all   int // number of figures to place
	errs  []error
}

// written counts the figures to write.
func (p placed) written() int { return p.all - p.same - len(p.errs) }

// figuresOnly reports whether nothing but figures of days is to be typed.
func (w wanted) figuresOnly() bool {
	for _, t := range w {
		if len(t.Deals)+len(t.Clients) > 0 {
			return false
		}
	}
	return true
}

// typeReports types figures into people's spreadsheets. It looks at all of them first, or
// where nobody has changed anything since the last reading at what is known of it: if
// something cannot be written, the import stops before writing anything. It gives out the
// notes, which are known by then, before it writes; notes may be nil.
func (im Importer) typeReports(ctx context.Context, lines int, want wanted, o Options, notes func() []string,
	place placing) (Done, error) {
	done := Done{Lines: lines}
	all, err := im.Reports.Of(ctx, want.has)
	if err != nil {
		return done, err
	}
	var mu sync.Mutex
	var todo []Report
	var errs []error
	err = im.each(ctx, all, "reading", "looking", func(ctx context.Context, r Report) error {
		p, err := foresee(ctx, r, want, place)
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, p.errs...)
		done.Same += p.same
		n := p.written()
		if n > 0 {
			done.Written += n
		}
		if n > 0 || len(p.cells) > 0 { // the latter: marks of existing rows
			todo = append(todo, r)
		}
		return err
	})
	done.Files = len(todo)
	if err := tabular.Join(append(errs, err)); err != nil {
		return done, err
	}
	if notes != nil {
		done.Notes = notes()
		o.tell(done.Notes)
	}
	if o.DryRun {
		return done, nil
	}
	known := want.figuresOnly()
	if known {
		if err := im.know(ctx, todo, want); err != nil {
			return done, err
		}
	}
	return done, im.each(ctx, todo, "writing", "writing", func(ctx context.Context, r Report) error {
		err := im.write(ctx, r, want, place)
		var refused *PlaceError
		switch {
		case known && errors.As(err, &refused):
			return errors.Join(err, im.Reports.TakeBack(ctx, r))
		case known && err == nil && !r.Changed():
			return im.disallow(ctx, r.People()) // no reading follows that would
		}
		return err
	})
}

// know stores figures before they are typed. They count on locked days, and so does what
// the next reading finds there, wherever this import ends.
func (im Importer) know(ctx context.Context, list []Report, want wanted) error {
	allow := func() error {
		for _, r := range list {
			if err := im.allow(ctx, want, r.People()); err != nil {
				return err
			}
		}
		return nil
	}
	if err := allow(); err != nil {
		return err
	}
	if err := im.Reports.Know(ctx, list, want); err != nil {
		return err
	}
	return allow()
}

// each works on spreadsheets concurrently, and reports its progress. It joins the
// failures with the error.
func (im Importer) each(ctx context.Context, list []Report, doing, step string,
	f func(context.Context, Report) error) error {
	var mu sync.Mutex
	done := 0
	failures, err := im.Reports.Each(ctx, list, doing, func(ctx context.Context, r Report) error {
		err := f(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		done++
		im.Progress(step, done, len(list))
		return err
	})
	return errors.Join(append(failures, err)...)
}

// foresee is look without a call, where all is known that it would show. What is typed
// between here and the write shows in the look before that.
func foresee(ctx context.Context, r Report, want wanted, place placing) (placed, error) {
	if r.Made() && want.figuresOnly() {
		if parts, ok, err := r.Known(ctx, want); err != nil || ok {
			out := placed{fresh: wanted{}}
			if err == nil {
				err = out.add(parts, want, place)
			}
			return out, err
		}
	}
	return look(ctx, r, want, place)
}

// look reads one spreadsheet and says where the figures go in it. A spreadsheet that is
// still to be made takes them all.
func look(ctx context.Context, r Report, want wanted, place placing) (placed, error) {
	out := placed{fresh: wanted{}}
	if !r.Made() {
		for _, p := range r.People() {
			if t, ok := want[p.ID]; ok {
				out.fresh[p.ID] = t
				out.all += size(t)
			}
		}
		return out, nil
	}
	parts, err := r.Look(ctx, want.has)
	if err != nil {
		return out, err
	}
	return out, out.add(parts, want, place)
}

// add places the figures of people in their parts of a spreadsheet.
func (p *placed) add(parts []Part, want wanted, place placing) error {
	for _, part := range parts {
		t := want[part.In.Person.ID]
		got, err := place(part, t)
		if err != nil {
			return &PlaceError{err}
		}
		p.cells = append(p.cells, got.cells...)
		p.fresh.add(part.In.Person.ID, got.fresh)
		p.same += got.same
		p.all += size(t)
		p.errs = append(p.errs, got.errs...)
	}
	return nil
}

// write makes the tabs and rows that the figures need, and types them.
func (im Importer) write(ctx context.Context, r Report, want wanted, place placing) error {
	return r.Type(ctx, func(ctx context.Context) ([]*sheets.Request, error) {
		for {
			p, err := look(ctx, r, want, place)
			if err != nil {
				return nil, err
			}
			if len(p.errs) > 0 {
				return nil, &PlaceError{errors.Join(p.errs...)} // somebody is typing right now
			}
			if err := im.allow(ctx, want, r.People()); err != nil {
				return nil, err
			}
			wrote, all, err := r.Fill(ctx, p.fresh, p.cells)
			switch {
			case err != nil:
				return nil, err
			case all:
				return nil, nil
			case !wrote:
				return workbook.SetCells(p.cells), nil
			}
			// Things may have moved: look again.
		}
	})
}

func (im Importer) disallow(ctx context.Context, people []department.Person) error {
	for _, p := range people {
		if err := im.Locks.Disallow(ctx, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// allow lets figures count that are typed on locked days: ops know what they do.
func (im Importer) allow(ctx context.Context, want wanted, people []department.Person) error {
	for _, p := range people {
		days := map[calendar.Date]bool{}
		for _, e := range want[p.ID].Entries {
			days[e.Date] = true
		}
		for _, d := range want[p.ID].Deals {
			days[d.Date] = true
		}
		if err := im.Locks.Allow(ctx, p.ID, days); err != nil {
			return err
		}
	}
	return nil
}
