package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/archive"
	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/changes"
	"svodka/internal/closing"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/sharing"
	"svodka/internal/summary"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// summariser makes the director's spreadsheet, and closes periods with the same figures.
type summariser struct {
	google    spreadsheets
	ledger    *ledger.Ledger
	publisher *publish.Publisher
	tracker   *changes.Tracker
	closing   closing.Closer
	archive   archive.Keeper
	digests   *digests
	last      cycleRecord
	lang      words.Lang
	protect   func(*workbook.Book) *workbook.Book
	log       *slog.Logger
}

// spreadsheets gets spreadsheets whole.
type spreadsheets interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
}

// summarise computes the whole director's spreadsheet, and only then writes what differs.
// so is what the cycle has done so far.
func (s summariser) summarise(ctx context.Context, r *run, so Outcome) (out Outcome, err error) {
	list, err := s.ledger.FilesOf(ctx, files.Summary)
	if err != nil {
		return out, err
	}
	fresh := false
	file, ok := oneFile(list, files.Summary)
	if !ok {
		if file, fresh, err = s.tracker.Make(ctx, files.Summary, "",
			summary.Title("", s.lang), ""); err != nil {
			return out, err
		}
		if fresh {
			if err := (sharing.Sharer{Ledger: s.ledger}).Made(ctx, file.ID); err != nil {
				return out, err
			}
		}
	}
	back := r.recalled
	if !back.done {
		back, err = s.restore(ctx, file)
	} else { // writes of people's spreadsheets may have taken what it had said as done
		err = s.readHeld(ctx)
	}
	// The next cycle reads what is held once more, and so knows the cells of late edits.
	out.again = back.edited
	if err != nil {
		return out, err
	}
	if back.edited {
		r.figures.Outdate()
	}
	if err := s.close(ctx, r); err != nil {
		return out, err
	}
	if err := s.moveOlder(ctx, r, file, &out); err != nil {
		return out, err
	}
	in, err := s.inputNow(ctx, r, so)
	if err != nil {
		return out, err
	}
	out.States.NotReported = summary.NotReported(in)
	observe, err := s.inBands(ctx, file)
	if err != nil {
		return out, err
	}
	begun := s.last.now()
	wrote, err := s.publisher.Publish(ctx, publish.Job{ // one call, or none
		File:    &file,
		Name:    "the summary spreadsheet",
		Fresh:   fresh,
		Got:     back.seen,
		Look:    workbook.LookFields,
		Observe: observe,
		Book: func(ctx context.Context, state *workbook.State, _ *sheets.Spreadsheet) (*workbook.Book, error) {
			return s.layout(ctx, r, so, state, in)
		},
		Resort: &publish.Resort{Kept: keptTitle(s.lang)}, // nobody types there
	})
	out.Summary = out.Summary || wrote
	tellAsides(s.log, file, begun)
	out.again = out.again || len(publish.SetAside(file, begun)) > 0 // ops were told before that
	return out, err
}

// moveOlder moves closed periods that are too many for «История» to the spreadsheets of
// their years, and repairs these. What Google refuses is a failure of its own.
func (s summariser) moveOlder(ctx context.Context, r *run, file files.File, out *Outcome) error {
	engine, _, err := r.figures.Recent(ctx)
	if err != nil {
		return err
	}
	wrote, failures, err := s.archive.Update(ctx, archive.Job{Settings: r.cfg.Department.Settings,
		Counting: engine.Counting(), Summary: file.URL, Moves: r.closes && r.asOf.IsZero(), Holds: r.holds()})
	out.Summary = out.Summary || wrote
	for _, f := range failures {
		out.Failures = append(out.Failures, &Fault{doingWrite, f.Title, f.File, f.Err})
	}
	return err
}

// close closes periods with the figures of a moment; if that is in the past, it stores
// nothing.
func (s summariser) close(ctx context.Context, r *run) error {
	source := r.figures
	if dep := source.Dep; dep.LookingBack(r.at.Today) != dep {
		source = &figures.Source{Ledger: s.ledger, Dep: dep, At: r.at, Strict: true}
	}
	engine, first, err := source.Recent(ctx)
	if err != nil {
		return err
	}
	since := func(ctx context.Context, from calendar.Date) (*planfact.Engine, error) {
		engine, _, err := source.Since(ctx, from)
		return engine, err
	}
	return s.closing.Close(ctx, source.Dep, closing.Figures{Engine: engine, First: first, At: r.at, Since: since,
		Read: readable(r.units)}, !r.closes)
}

// inputNow returns the input of the director's spreadsheet, with the figures that are
// shown every day.
func (s summariser) inputNow(ctx context.Context, r *run, so Outcome) (summary.Input, error) {
	engine, first, err := r.figures.Recent(ctx)
	if err != nil {
		return summary.Input{}, err
	}
	return s.input(ctx, r, engine, first, so)
}

// layout returns the director's spreadsheet, with the figures that are shown every day
// or, if it must show older ones that are not closed, with all. state is what is there:
// years of history that have not changed are not laid out again.
func (s summariser) layout(ctx context.Context, r *run, so Outcome, state *workbook.State,
	in summary.Input) (*workbook.Book, error) {
	for {
		book, err := s.book(ctx, state, in)
		if err != nil || !in.Engine.Short() {
			r.company = in
			return book, err
		}
		engine, first, err := r.figures.Whole(ctx)
		if err != nil {
			return nil, err
		}
		if in, err = s.input(ctx, r, engine, first, so); err != nil {
			return nil, err
		}
	}
}

// book lays the director's spreadsheet out.
func (s summariser) book(ctx context.Context, state *workbook.State, in summary.Input) (*workbook.Book, error) {
	in.Inputs = summary.HistoryInputs(in)
	in.HistoryStands = in.Inputs != "" && state.MadeOf(summary.TabHistory) == in.Inputs
	if !in.HistoryStands {
		var err error
		if in.Closed, err = s.closing.Closed(ctx, in.Dep.Settings, in.At, in.Moved,
			summary.MostHistoryRows); err != nil {
			return nil, err
		}
	}
	return s.protect(summary.Layout(in)), nil
}

// restored is what came of looking for the closed periods of a lost ledger.
type restored struct {
	done   bool                // the ledger was lost, and has them back
	edited bool                // there were late edits
	seen   *sheets.Spreadsheet // the summary, unless it is too large to keep
}

// restore copies the closed periods and late edits from the summary, and from the
// spreadsheets of years, if the ledger was lost.
func (s summariser) restore(ctx context.Context, file files.File) (back restored, err error) {
	lost, err := s.closing.Lost(ctx)
	if err != nil || !lost {
		return back, err
	}
	kept := summary.NewKept()
	large, err := s.archive.Large(ctx, file.ID)
	switch {
	case err != nil:
	case large:
		err = s.archive.Values(ctx, file.ID, kept.Rows)
	default:
		if back.seen, err = s.google.Spreadsheet(ctx, file.ID, workbook.LookFields); err == nil {
			kept.Rows(back.seen)
		}
	}
	if err != nil {
		return restored{}, fmt.Errorf("reading the summary spreadsheet: %w", err)
	}
	if err := s.closing.Keep(ctx, kept.Closes()); err != nil {
		return back, err
	}
	keep := func(closes []department.Closed) error { return s.closing.Keep(ctx, closes) }
	if err := s.archive.Restore(ctx, keep); err != nil {
		return back, err
	}
	if back.edited, err = s.closing.Restore(ctx, kept.Edits()); err != nil {
		return back, err
	}
	back.done = true
	return back, s.readHeld(ctx)
}

// inBands returns how to look at the summary if nobody knows what stands there and
// «История» is too much for one answer; nil: as usual.
func (s summariser) inBands(ctx context.Context, file files.File) (func(context.Context) (*workbook.State, error),
	error) {
	open := func(a files.Aside) bool { return a.Stage == files.AsideOpen } // it needs the spreadsheet itself
	if file.Known() || slices.ContainsFunc(file.Asides(), open) {
		return nil, nil
	}
	moved, _, err := s.archive.Moved(ctx)
	if err != nil {
		return nil, err
	}
	closed, err := s.ledger.CloseRows(ctx, moved+1)
	if err != nil {
		return nil, err
	}
	rows := 0
	for _, n := range closed {
		rows += n
	}
	if !s.archive.IsLarge(rows) {
		return nil, nil
	}
	return func(ctx context.Context) (*workbook.State, error) { return s.archive.Look(ctx, file.ID) }, nil
}

// readHeld makes the worker read the spreadsheets with held deals again: only a reading
// that knows the held deals can tell which rows they are.
func (s summariser) readHeld(ctx context.Context) error {
	held, err := s.ledger.HeldDeals(ctx, "")
	if err != nil || len(held) == 0 {
		return err
	}
	list, err := s.ledger.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		if held[f.Person] != nil && f.Kind == files.Report && !f.Gone() {
			if err := s.ledger.ChangeFile(ctx, f.ID, (*files.File).Reread); err != nil {
				return err
			}
		}
	}
	return nil
}

// input returns everything that the director's spreadsheet is made from.
func (s summariser) input(ctx context.Context, r *run, engine *planfact.Engine, first calendar.Date,
	so Outcome) (summary.Input, error) {
	dep := &r.cfg.Department
	now, err := s.last.changedAt(ctx)
	if err != nil {
		return summary.Input{}, err
	}
	moved, earlier, err := s.archive.Moved(ctx)
	if err != nil {
		return summary.Input{}, err
	}
	closed, settled, version, err := s.closing.Settled(ctx, dep.Settings, r.at, engine, moved)
	if err != nil {
		return summary.Input{}, err
	}
	edits, err := s.ledger.LateEdits(ctx, summary.MostEdits)
	if err != nil {
		return summary.Input{}, err
	}
	gone, err := s.gone(ctx, dep, edits)
	if err != nil {
		return summary.Input{}, err
	}
	compared, logDays, err := callfigures.Compare(ctx, s.ledger, dep, engine, r.at)
	if err != nil {
		return summary.Input{}, err
	}
	in := summary.Input{
		Dep:    dep,
		Engine: engine,
		At:     r.at,
		Lang:   s.lang,
		First:  first,
		Now:    now.In(dep.Settings.Zone),
		Sheets: map[department.PersonID]bool{},
		Links:  map[department.PersonID]string{},
		Closed: closed,
		Edits:  edits,
		Gone:   gone,

		Moved:          moved,
		Earlier:        earlier,
		Settled:        settled,
		SettledVersion: version,
		Version:        layoutVersion,

		TeamLinks: teamLinks(r.teams),

		Compared: compared,
		LogDays:  logDays,
	}
	in.Health.Problems = control.Errors(r.cfg.Typed.Problems)
	in.MonthTab = workbook.SheetID(report.TabMonth + calendar.MonthOf(r.at.Today).String())
	in.Health.Control = r.cfg.File.URL
	in.Health.BadCells, in.Health.Unread = so.BadCells, so.unread
	in.Health.Unshared = so.States.Unshared
	for _, u := range r.units {
		for _, p := range u.people {
			in.Sheets[p.ID] = u.file.ID != ""
			if !u.shared && !dep.Settings.NoReportLinks {
				in.Links[p.ID] = u.file.URL
			}
			if u.err != nil || u.file.Trouble() != "" {
				in.Health.Unreadable = append(in.Health.Unreadable, p.Name)
			}
		}
	}
	return in, nil
}

// gone returns the people with late edits who have left the department, with their names
// when a period of theirs last closed.
func (s summariser) gone(ctx context.Context, dep *department.Department,
	edits []department.LateEdit) (map[department.PersonID]department.Person, error) {
	out := map[department.PersonID]department.Person{}
	for _, e := range edits {
		if _, known := out[e.Person]; known {
			continue
		}
		if _, there := dep.Person(e.Person); there {
			continue
		}
		name, role, err := s.ledger.LastName(ctx, e.Person)
		if err != nil {
			return nil, err
		}
		if name != "" {
			out[e.Person] = department.Person{ID: e.Person, Name: name, Role: role}
		}
	}
	return out, nil
}
