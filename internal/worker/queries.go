package worker

import (
	"context"
	"errors"

	"svodka/internal/calendar"
	"svodka/internal/changes"
	"svodka/internal/configuration"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// SummaryBook returns the director's spreadsheet as it should be at the end of the day
// asOf or, without one, at the moment of the last sync. It makes no call.
func (w *Worker) SummaryBook(ctx context.Context, asOf calendar.Date) (*workbook.Book, error) {
	in, err := w.lastInput(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return summary.Layout(in), nil
}

// lastInput returns the input of the last sync's summary, or of one at the end of the day
// asOf.
func (w *Worker) lastInput(ctx context.Context, asOf calendar.Date) (summary.Input, error) {
	cfg, at, err := w.lastRead(ctx, asOf)
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
	unshared, err := w.unsharedCount(ctx, cfg, units, at)
	if err != nil {
		return summary.Input{}, err
	}
	engine, first, err := figures.Load(ctx, w.Ledger, &cfg.Department, at)
	if err != nil {
		return summary.Input{}, err
	}
	list, err := w.Ledger.FilesOf(ctx, files.Team)
	if err != nil {
		return summary.Input{}, err
	}
	in, err := w.summariser().input(ctx, &run{cfg: cfg, at: at, units: units, teams: knownTeams(cfg, list)}, engine,
		first,
		Outcome{BadCells: marks.BadCells(marked), unread: unreadOf(units, marked), States: States{Unshared: unshared}})
	if err != nil {
		return in, err
	}
	h, err := w.homes(ctx, &cfg.Department)
	if err != nil {
		return in, err
	}
	access, err := w.sharer().Begin(ctx, false)
	if err != nil {
		return in, err
	}
	in.Homes = h.lying(units, access.Folder)
	in.Closed, err = w.closing().Closed(ctx, cfg.Department.Settings, at, in.Moved, summary.MostHistoryRows)
	return in, err
}

// unsharedCount counts, without a call, the files that wait until Google allows sharing.
func (w *Worker) unsharedCount(ctx context.Context, cfg *configuration.Config, units []*unit, at planfact.AsOf) (int,
	error) {
	known, err := w.Ledger.Files(ctx)
	if err != nil {
		return 0, err
	}
	cfg.File, _ = oneFile(known, files.Control)
	access, err := w.sharer().Begin(ctx, cfg.Department.Settings.InviteByMail)
	if err != nil {
		return 0, err
	}
	list, err := w.filesToShare(ctx, cfg, units, at)
	return access.UnsharedCount(list), err
}

// Figures returns the input of an export: the department as last understood, everything
// that was reported, and the moment of the last sync.
func (w *Worker) Figures(ctx context.Context, asOf calendar.Date) (*department.Department, *planfact.Engine,
	planfact.AsOf, calendar.Span, error) {
	cfg, at, err := w.lastRead(ctx, asOf)
	if err != nil {
		return nil, nil, at, calendar.Span{}, err
	}
	engine, first, err := figures.Load(ctx, w.Ledger, &cfg.Department, at)
	return &cfg.Department, engine, at, calendar.Span{From: first, To: at.Today}, err
}

// lastRead returns the configuration as last read, and the end of the day asOf or,
// without one, the moment of the last sync.
func (w *Worker) lastRead(ctx context.Context, asOf calendar.Date) (*configuration.Config, planfact.AsOf, error) {
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

// Department returns the department as last understood; empty if it never was.
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

// Digest returns «Главное» in words, as of the last sync.
func (w *Worker) Digest(ctx context.Context) (summary.Message, error) {
	of, err := w.Digests(ctx)
	if err != nil {
		return summary.Message{}, err
	}
	return of(""), nil
}

// Digests returns a function that gives «Главное» of a team in words, as of the last
// sync; of the whole department for an empty name.
func (w *Worker) Digests(ctx context.Context) (func(team string) summary.Message, error) {
	in, err := w.lastInput(ctx, 0)
	if err != nil {
		return nil, err
	}
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, t := range in.Dep.Teams {
		ids[t.Name] = t.ID
	}
	teams := summary.ByTeam(in)
	return func(team string) summary.Message {
		of, link := in, ""
		f, ok := oneFile(list, files.Summary)
		if team != "" {
			of = teams.Of(team)
			f, ok = ofTeam(list, ids[team])
		}
		if ok {
			link = w.front(f)
		}
		return summary.Digest(of, link)
	}, nil
}

// Closed returns the periods that are closed at a moment, in the order of ledger.Closes.
func (w *Worker) Closed(ctx context.Context, dep *department.Department, at planfact.AsOf) ([]department.Closed,
	error) {
	return w.closing().Closed(ctx, dep.Settings, at, 0, -1)
}

// Distrust records that the spreadsheets may differ from this ledger's records: another
// worker has written since, or the ledger is an old copy. The next run looks at all of
// them before it writes.
func (w *Worker) Distrust(ctx context.Context) error { return w.tracker().Distrust(ctx) }

// Backup writes a copy of the ledger to a new file. A worker on the restored copy looks
// at all spreadsheets before it writes.
func (w *Worker) Backup(ctx context.Context, path string) error {
	return w.Ledger.Backup(ctx, path, changes.Distrusted())
}
