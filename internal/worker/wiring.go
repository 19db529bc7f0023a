package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"svodka/internal/analytics"
	"svodka/internal/archive"
	"svodka/internal/calendar"
	"svodka/internal/changes"
	"svodka/internal/clock"
	"svodka/internal/closing"
	"svodka/internal/configuration"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/preview"
	"svodka/internal/sharing"
	"svodka/internal/workbook"
)

// The rooms and steps, each with what it needs.

func (w *Worker) clock() clock.Clock {
	c := clock.Clock{Now: w.Now}
	if w.Google != nil { // else only the ledger is read
		c.Ahead = w.Google.ClockAhead
	}
	return c
}

func (w *Worker) tracker() *changes.Tracker {
	t := &changes.Tracker{Google: w.Google, Ledger: w.Ledger, Log: w.Log, Now: w.Now, Space: w.Space, Link: w.Link,
		Follow: w.Reread}
	if w.Google != nil { // a worker that only reads the ledger has none
		t.Folder = w.Google.Folder()
	}
	return t
}

func (w *Worker) pool() pool {
	return pool{parallel: w.Parallel, grace: w.Grace, keep: w.Ledger.PutFile, progress: w.Progress}
}

func (w *Worker) cycleRecord() cycleRecord { return cycleRecord{ledger: w.Ledger, now: w.Now} }

func (w *Worker) closing() closing.Closer {
	return closing.Closer{Ledger: w.Ledger, Clock: w.clock(), Lang: w.Lang, Log: w.Log}
}

func (w *Worker) archive() archive.Keeper {
	return archive.Keeper{Google: w.Google, Ledger: w.Ledger, Publisher: w.publisher, Lang: w.Lang, Limits: w.History,
		Program: fmt.Sprint(layoutVersion),
		Make: func(ctx context.Context, id department.PersonID, title string) (f files.File, fresh bool, err error) {
			f, fresh, err = w.tracker().Make(ctx, files.History, id, title, "")
			if err == nil && fresh {
				err = w.sharer().Made(ctx, f.ID)
			}
			return f, fresh, err
		}}
}

func (w *Worker) analytics() analytics.Keeper { return analytics.Keeper{Ledger: w.Ledger} }

func (w *Worker) marks() marks.Store { return marks.Store{Ledger: w.Ledger, Lang: w.Lang} }

func (w *Worker) configuration() configuration.Keeper {
	return configuration.Keeper{Google: w.Google, Ledger: w.Ledger, Publisher: w.publisher, Clock: w.clock(),
		Lang: w.Lang, Templates: w.Templates, Defaults: w.Defaults, Zone: w.Zone, Protect: w.protect, Memo: w.memo,
		Program: w.program()}
}

// program identifies what layouts are made by, besides their inputs; empty: nobody knows.
func (w *Worker) program() string {
	if w.Program == "" {
		return ""
	}
	return fmt.Sprintf("%s %d %q", w.Program, layoutVersion, w.Editors)
}

func (w *Worker) preview(at planfact.AsOf) preview.Preview {
	_, perMinute := w.Google.Writes(0)
	return preview.Preview{Ledger: w.Ledger, Lang: w.Lang, Templates: w.Templates, Now: w.Now, Announce: w.Announce,
		WritesPerMinute: perMinute, Memo: w.decided,
		Count: func(ctx context.Context, before, after *department.Department) (made, written int, err error) {
			old, was, err := w.layouts(ctx, before, at)
			if err != nil {
				return 0, 0, err
			}
			l, units, err := w.layouts(ctx, after, at)
			if err != nil {
				return 0, 0, err
			}
			return l.changes(ctx, units, old, was)
		}}
}

func (w *Worker) collector(dep *department.Department, at planfact.AsOf) collector {
	return collector{google: w.Google, ledger: w.Ledger, lang: w.Lang, log: w.Log, clock: w.clock(),
		closing: w.closing(), marks: w.marks(), dep: dep, at: at, laying: new(sync.Mutex),
		touched: w.cycleRecord().touched,
		plans: sync.OnceValue(func() *planfact.Engine {
			return planfact.New(dep, planfact.NewFacts(dep, calendar.Span{From: at.Today, To: at.Today}), at)
		})}
}

func (w *Worker) figures(dep *department.Department, at planfact.AsOf) *figures.Source {
	return &figures.Source{Ledger: w.Ledger, Dep: dep, At: at}
}

func (w *Worker) layouter(ctx context.Context, source *figures.Source) (layouter, error) {
	return newLayouter(ctx, w.collector(source.Dep, source.At), source, w.publisher, w.tracker(), w.protect)
}

// layouts returns a department's spreadsheets, ready to be laid out.
func (w *Worker) layouts(ctx context.Context, dep *department.Department, at planfact.AsOf) (layouter, []*unit, error) {
	l, err := w.layouter(ctx, w.figures(dep, at))
	if err != nil {
		return l, nil, err
	}
	units, err := w.units(ctx, dep, at, nobody)
	return l, units, err
}

func (w *Worker) sharer() sharing.Sharer {
	return sharing.Sharer{Google: w.Google, Ledger: w.Ledger, Now: w.Now, Log: w.Log, Own: w.Editors,
		Mail: w.Notify, Parallel: w.Parallel, Progress: w.Progress, Hold: w.pool().hold}
}

func (w *Worker) opsReporter() opsReporter {
	return opsReporter{ledger: w.Ledger, configuration: w.configuration(), lang: w.Lang}
}

func (w *Worker) summariser() summariser {
	return summariser{google: w.Google, ledger: w.Ledger, publisher: w.publisher, tracker: w.tracker(),
		closing: w.closing(), archive: w.archive(), digests: w.digests,
		last: w.cycleRecord(), lang: w.Lang, protect: w.protect, log: w.Log}
}

// protect lets all of the worker's accounts edit what is protected.
func (w *Worker) protect(b *workbook.Book) *workbook.Book {
	for _, t := range b.Tabs {
		if t.Protect != nil && len(w.Editors) > 1 {
			t.Protect.Editors = slices.Concat(t.Protect.Editors, w.Editors)
		}
	}
	return b
}

// units returns people's spreadsheets, see pairUnits.
func (w *Worker) units(ctx context.Context, dep *department.Department, at planfact.AsOf,
	needed func(department.Person) bool) ([]*unit, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	held, err := w.held(ctx)
	if err != nil {
		return nil, err
	}
	return pairUnits(list, dep, at, w.Link, needed, !held.IsZero() && !dep.Settings.RemakeLost), nil
}

// filesToShare returns the worker's files, with the people to share them with.
func (w *Worker) filesToShare(ctx context.Context, cfg *configuration.Config, units []*unit,
	at planfact.AsOf) ([]sharing.File, error) {
	var known []files.File
	for _, kind := range []string{files.Summary, files.History, files.Team} {
		of, err := w.Ledger.FilesOf(ctx, kind)
		if err != nil {
			return nil, err
		}
		known = append(known, of...)
	}
	h, err := w.homes(ctx, &cfg.Department)
	if err != nil {
		return nil, err
	}
	return filesToShare(known, cfg, units, at, h), nil
}
