package worker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// collect reads each spreadsheet that changed, by one call, and stores what was
// typed.
func (w *Worker) collect(ctx context.Context, dep *department.Department, units []*unit, at planfact.AsOf, out *Outcome) error {
	var todo []*unit
	for _, u := range units {
		if u.file.ID != "" && u.file.ToRead() {
			todo = append(todo, u)
		}
	}
	var mu sync.Mutex
	done, changed := 0, false
	err := w.each(ctx, todo, func(ctx context.Context, u *unit) error {
		ch, err := w.read(ctx, dep, u, at)
		mu.Lock()
		defer mu.Unlock()
		done++
		changed = changed || ch
		w.Progress("reading", done, len(todo))
		if err == nil {
			out.Read++
		}
		return err
	}, "reading", out)
	if changed { // also when the run was told to end meanwhile
		err = errors.Join(err, w.touch(context.WithoutCancel(ctx)))
	}
	return err
}

// hold gives a context in which the spreadsheets at hand can be finished, for a
// while, after ctx has ended.
func (w *Worker) hold(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.Grace <= 0 {
		return context.WithCancel(ctx)
	}
	held, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(w.Grace, cancel)
		context.AfterFunc(held, func() { t.Stop() })
	})
	return held, func() { stop(); cancel() }
}

// finish does something to one spreadsheet, to the end once it is begun.
func (w *Worker) finish(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	held, cancel := w.hold(ctx)
	defer cancel()
	return f(held)
}

// each works on units side by side. A unit's failure is recorded and stops no
// other; only the end of ctx or of the ledger does. When ctx ends no unit is
// begun, and those at hand are finished.
func (w *Worker) each(ctx context.Context, units []*unit, f func(context.Context, *unit) error, doing string, out *Outcome) error {
	held, cancel := w.hold(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(held)
	g.SetLimit(w.Parallel)
	var mu sync.Mutex
	for _, u := range units {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil // said by the caller's context below
			}
			if err := gctx.Err(); err != nil {
				return err
			}
			err := f(gctx, u)
			var ge *google.Error
			var layout *publish.LayoutError
			var place *placeError
			switch {
			case err == nil:
				return nil
			case gctx.Err() != nil || !errors.As(err, &ge) && !errors.As(err, &layout) && !errors.As(err, &place):
				return err // cancelled, or the ledger itself fails
			}
			u.err = err
			u.file.Fail(err.Error())
			mu.Lock()
			out.Failures = append(out.Failures, &Fault{doing, u.name(), u.file.ID, err})
			mu.Unlock()
			if u.file.ID == "" {
				return nil
			}
			return w.Ledger.PutFile(gctx, u.file)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// reason says why a spreadsheet is out of reach, briefly, to ops.
func reason(err error, lang words.Lang) string {
	var ge *google.Error
	if errors.As(err, &ge) {
		switch ge.Status {
		case 403:
			return lang.T("нет доступа", "no access")
		case 404:
			return lang.T("файл не найден", "no such file")
		}
		return ge.Reason
	}
	return strings.TrimSpace(err.Error())
}

// input is what a person's layout is made from, for the given months.
func (w *Worker) input(dep *department.Department, u *unit, p department.Person, at planfact.AsOf, ms []calendar.Period, plans *planfact.Engine) (report.Input, bool) {
	role, ok := dep.RoleOver(p)
	return report.Input{
		Person: p,
		Role:   role,
		Dep:    dep,
		Plans:  plans,
		Months: ms,
		Today:  at.Today,
		Lang:   w.Lang,
		Tag:    u.tag(p),
	}, ok
}

// known are the months whose tabs stand in the person's part of the
// spreadsheet, by what was written last.
func known(state *workbook.State, tag string) []calendar.Period {
	var out []calendar.Period
	for _, key := range state.Tabs() {
		name, ok := strings.CutPrefix(key, tag+"month:")
		if !ok {
			continue
		}
		if d, err := calendar.ParseDate(name + "-01"); err == nil {
			out = append(out, calendar.MonthOf(d))
		}
	}
	return out
}

// read reads one spreadsheet and stores what was typed. It tells whether any
// figure changed.
func (w *Worker) read(ctx context.Context, dep *department.Department, u *unit, at planfact.AsOf) (bool, error) {
	if u.file.BeingWritten() {
		w.Log.Info("the last write of a spreadsheet was cut off: it is looked at", keyFile, u.file.ID)
	}
	state := publish.Remembered(u.file)
	var found []workbook.Found
	structural := state == nil
	if structural {
		s, err := w.Google.Spreadsheet(ctx, u.file.ID, workbook.FoundFields)
		if err != nil {
			return false, err
		}
		state, found = workbook.StateOf(s), workbook.FoundOf(s)
	}
	plans := planfact.New(dep, planfact.NewFacts(dep, calendar.Span{From: at.Today, To: at.Today}), at)
	type part struct {
		in   report.Input
		book *workbook.Book
	}
	var parts []part
	var tabs []*workbook.Tab
	for _, p := range u.people {
		in, ok := w.input(dep, u, p, at, known(state, u.tag(p)), plans)
		if !ok {
			continue
		}
		book := report.Layout(in)
		parts = append(parts, part{in, book})
		tabs = append(tabs, book.Tabs...)
	}
	if !structural {
		var err error
		if found, err = w.Google.Columns(ctx, u.file.ID, state.MetaIDs()); err != nil {
			return false, err
		}
	}
	missing := state.Locate(tabs, found)
	lateTo, err := w.lateTo(ctx, dep.Settings, u)
	if err != nil {
		return false, err
	}
	changed := false
	for _, p := range parts {
		ch, err := w.store(ctx, p.in, p.book, found, lateTo)
		if err != nil {
			return false, err
		}
		changed = changed || ch
	}
	if len(missing) > 0 {
		w.Log.Info("parts of a spreadsheet are missing and will be made again", keyFile, u.file.ID, keyMissing, missing)
		u.file.Broken()
		return true, w.Ledger.PutFile(ctx, u.file)
	}
	for _, p := range parts {
		cells, urgent := report.Mend(p.in, p.book, found)
		u.mend, u.urgent = append(u.mend, cells...), u.urgent || urgent
	}
	layout, err := state.Marshal()
	if err != nil {
		return false, err
	}
	u.file.Read(layout, !structural)
	return changed || structural, w.Ledger.PutFile(ctx, u.file)
}

// store understands what was found and makes it the truth about the person.
func (w *Worker) store(ctx context.Context, in report.Input, book *workbook.Book, found []workbook.Found, lateTo calendar.Date) (bool, error) {
	r := report.Read(in, book, found)
	for _, s := range r.Strays {
		w.Log.Warn("a row could not be told", keyPerson, in.Person.ID, keyWhat, s)
	}
	reading := ledger.Reading{
		Person:   in.Person.ID,
		Entries:  r.Entries,
		Comments: r.Comments,
		Deals:    r.Deals,
		Clients:  r.Clients,
		Day:      w.clock().Today(in.Dep.Settings.Zone),
	}
	var err error
	reading.Open = in.Dep.OpenTo(in.Person.ID, reading.Day)
	reading.LateTo = lateTo
	for _, s := range r.Scopes() {
		reading.Scopes = append(reading.Scopes, ledger.Scope{Span: s.Span, KPIs: s.KPIs})
		if s.Comments {
			reading.CommentSpans = append(reading.CommentSpans, s.Span)
		}
	}
	if err := callfigures.Restore(ctx, w.Ledger, &reading, r.Logged); err != nil {
		return false, err
	}
	reading.HasDeals, reading.HasClients = r.HasDeals(), r.HasClients()
	changed, err := w.Ledger.Store(ctx, reading)
	if err != nil {
		return false, err
	}
	marked, err := w.marks().Keep(ctx, in.Person.ID, reading.Day, r)
	return changed || marked, err
}
