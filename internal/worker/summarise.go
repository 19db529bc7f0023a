package worker

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/closing"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// summarise computes the director's spreadsheet whole, and only then writes
// what differs.
func (w *Worker) summarise(ctx context.Context, c cycle, cfg *configuration.Config, units []*unit, at planfact.AsOf, out *Outcome) error {
	file, ok, err := w.file(ctx, files.Summary)
	if err != nil {
		return err
	}
	fresh := false
	if !ok {
		if file, fresh, err = w.tracker().Make(ctx, files.Summary, "", w.Lang.T("Сводка отдела продаж", "Sales department summary")); err != nil {
			return err
		}
	}
	seen, err := w.restore(ctx, file, out)
	if err != nil {
		return err
	}
	engine, first, err := figures.Load(ctx, w.Ledger, &cfg.Department, at)
	if err != nil {
		return err
	}
	if err := w.close(ctx, c, &cfg.Department, units, engine, first, at); err != nil {
		return err
	}
	in, err := w.summaryInput(ctx, cfg, units, at, engine, first, out.BadCells, out.States.Unshared)
	if err != nil {
		return err
	}
	out.States.NotReported = summary.Silent(in)
	out.Summary, err = w.writeSummary(ctx, file, fresh, seen, w.guard(summary.Layout(in)))
	return err
}

// close closes periods with the figures of a moment; of a look at the past nothing is
// kept.
func (w *Worker) close(ctx context.Context, c cycle, dep *department.Department, units []*unit, engine *planfact.Engine, first calendar.Date, at planfact.AsOf) error {
	if dep.LookingBack(at.Today) != dep {
		var err error
		if engine, first, err = figures.Strict(ctx, w.Ledger, dep, at); err != nil {
			return err
		}
	}
	return w.closing().Close(ctx, dep, closing.Figures{Engine: engine, First: first, At: at, Read: readable(units)}, !c.close)
}

// restore takes over what the summary shows of closed periods and late edits, if
// the ledger was lost. It gives the spreadsheet if it read it.
func (w *Worker) restore(ctx context.Context, file files.File, out *Outcome) (*sheets.Spreadsheet, error) {
	lost, err := w.closing().Lost(ctx)
	if err != nil || !lost {
		return nil, err
	}
	s, err := w.Google.Spreadsheet(ctx, file.ID, workbook.StateFields)
	if err != nil {
		return nil, fmt.Errorf("reading the summary spreadsheet: %w", err)
	}
	// Cells of late edits are told so, and people's spreadsheets were written before.
	if out.again, err = w.closing().Restore(ctx, s); err != nil {
		return s, err
	}
	return s, w.readHeld(ctx)
}

// readHeld has the spreadsheets read again whose deals are held: which of their rows
// that are is known from a reading that knows what is held.
func (w *Worker) readHeld(ctx context.Context) error {
	held, err := w.Ledger.HeldDeals(ctx, "")
	if err != nil || len(held) == 0 {
		return err
	}
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		if held[f.Person] != nil && f.Kind == files.Report && !f.Gone() {
			if err := w.Ledger.ChangeFile(ctx, f.ID, (*files.File).Reread); err != nil {
				return err
			}
		}
	}
	return nil
}

// summaryInput is everything that the director's spreadsheet is made from.
func (w *Worker) summaryInput(ctx context.Context, cfg *configuration.Config, units []*unit, at planfact.AsOf,
	engine *planfact.Engine, first calendar.Date, badCells, unshared int) (summary.Input, error) {
	now, err := w.changedAt(ctx)
	if err != nil {
		return summary.Input{}, err
	}
	closed, err := w.closing().Closed(ctx, cfg.Department.Settings, at, summary.HistoryRows)
	if err != nil {
		return summary.Input{}, err
	}
	edits, err := w.Ledger.LateEdits(ctx, summary.MostEdits)
	if err != nil {
		return summary.Input{}, err
	}
	compared, logDays, err := callfigures.Compare(ctx, w.Ledger, &cfg.Department, engine, at)
	if err != nil {
		return summary.Input{}, err
	}
	in := summary.Input{
		Dep:    &cfg.Department,
		Engine: engine,
		At:     at,
		Lang:   w.Lang,
		First:  first,
		Now:    now.In(cfg.Department.Settings.Zone),
		Links:  map[department.PersonID]string{},
		Closed: closed,
		Edits:  edits,

		Compared: compared,
		LogDays:  logDays,
	}
	in.Health.Problems = control.Errors(cfg.Typed.Problems)
	in.Health.BadCells = badCells
	in.Health.Unshared = unshared
	for _, u := range units {
		for _, p := range u.people {
			in.Links[p.ID] = u.file.URL
			if u.err != nil || u.file.Trouble() != "" {
				in.Health.Unreadable = append(in.Health.Unreadable, p.Name)
			}
		}
	}
	return in, nil
}

// SummaryBook is the director's spreadsheet as it should be at the end of the day
// asOf, or, without one, at the moment of the last sync. No call is made.
func (w *Worker) SummaryBook(ctx context.Context, asOf calendar.Date) (*workbook.Book, error) {
	in, err := w.lastInput(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return summary.Layout(in), nil
}

// lastInput is what the summary of the last sync was made from, or would be made
// from at the end of the day asOf.
func (w *Worker) lastInput(ctx context.Context, asOf calendar.Date) (summary.Input, error) {
	cfg, at, err := w.last(ctx, asOf)
	if err != nil {
		return summary.Input{}, err
	}
	units, err := w.units(ctx, &cfg.Department, at, nobody)
	if err != nil {
		return summary.Input{}, err
	}
	marked, err := w.marks().Load(ctx, &cfg.Department)
	if err != nil {
		return summary.Input{}, err
	}
	unshared, err := w.waiting(ctx, cfg, units, at)
	if err != nil {
		return summary.Input{}, err
	}
	engine, first, err := figures.Load(ctx, w.Ledger, &cfg.Department, at)
	if err != nil {
		return summary.Input{}, err
	}
	return w.summaryInput(ctx, cfg, units, at, engine, first, marks.BadCells(marked), unshared)
}

// writeSummary writes what differs from what was written last: one call, or
// none. seen is the spreadsheet if it was read just now.
func (w *Worker) writeSummary(ctx context.Context, file files.File, fresh bool, seen *sheets.Spreadsheet, book *workbook.Book) (bool, error) {
	return w.publisher.Publish(ctx, publish.Job{
		File:  &file,
		Name:  "the summary spreadsheet",
		Fresh: fresh,
		Got:   seen,
		Book:  func(context.Context, *workbook.State, *sheets.Spreadsheet) (*workbook.Book, error) { return book, nil },
	})
}

// Figures are what an export is made from: the department as it was understood
// last, everything that was reported, and the moment of the last sync.
func (w *Worker) Figures(ctx context.Context, asOf calendar.Date) (*department.Department, *planfact.Engine, planfact.AsOf, calendar.Span, error) {
	cfg, at, err := w.last(ctx, asOf)
	if err != nil {
		return nil, nil, at, calendar.Span{}, err
	}
	engine, first, err := figures.Load(ctx, w.Ledger, &cfg.Department, at)
	return &cfg.Department, engine, at, calendar.Span{From: first, To: at.Today}, err
}

// last is the configuration as it was read last, and the end of the day asOf or,
// without one, the moment of the last sync.
func (w *Worker) last(ctx context.Context, asOf calendar.Date) (*configuration.Config, planfact.AsOf, error) {
	at := planfact.AsOf{Today: asOf, Over: true}
	cfg, err := w.configuration().Cached(ctx)
	if err != nil {
		return nil, at, err
	}
	if cfg == nil {
		return nil, at, errors.New("nothing has been read yet (run: svodka sync)")
	}
	if !asOf.IsZero() {
		return cfg, at, nil
	}
	last, err := w.Ledger.Cycle(ctx)
	switch {
	case err != nil:
		return nil, at, err
	case last.Today.IsZero():
		return cfg, w.at(&cfg.Department, 0), nil
	}
	return cfg, planfact.AsOf{Today: last.Today, Over: last.Over}, nil
}

// Department is the department as it was understood last; empty if it never
// was.
func (w *Worker) Department(ctx context.Context) (*department.Department, error) {
	cfg, err := w.configuration().Cached(ctx)
	if err != nil {
		return nil, err
	}
	if cfg == nil {
		return &department.Department{}, nil
	}
	return &cfg.Department, nil
}
