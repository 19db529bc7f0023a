package worker

import (
	"context"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/clock"
	"svodka/internal/closing"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/report"
)

// clock is the time by which days are locked and periods close.
func (w *Worker) clock() clock.Clock {
	c := clock.Clock{Now: w.Now}
	if w.Google != nil { // else only the ledger is looked at
		c.Ahead = w.Google.ClockAhead
	}
	return c
}

func (w *Worker) closing() closing.Closer {
	return closing.Closer{Ledger: w.Ledger, Clock: w.clock(), Lang: w.Lang, Log: w.Log}
}

func (w *Worker) marks() marks.Store { return marks.Store{Ledger: w.Ledger, Lang: w.Lang} }

// lateTo is the last day whose reports are late if they come in now with the unit's
// spreadsheet. One that was out of reach was not looked at.
func (w *Worker) lateTo(ctx context.Context, set department.Settings, u *unit) (calendar.Date, error) {
	if u.file.Trouble() != "" {
		return 0, nil
	}
	return w.closing().LateTo(ctx, set)
}

// readBeforeClose marks every spreadsheet to be read once before weeks and months
// close. closes tells whether this cycle closes them; a new department has nothing to
// read before its first close.
func (w *Worker) readBeforeClose(ctx context.Context, set department.Settings, closes bool) error {
	kept, err := w.closing().ReadFirst(ctx, set)
	if err != nil || kept == nil {
		return err
	}
	all, err := w.everything(ctx, files.Report)
	if err != nil || !closes && len(all) > 0 {
		return err
	}
	return w.Ledger.Save(ctx, ledger.Save{Cycle: kept, Files: all})
}

// everything are the files of some kinds, marked to be read.
func (w *Worker) everything(ctx context.Context, kinds ...string) ([]files.File, error) {
	list, err := w.Ledger.Files(ctx)
	var all []files.File
	for _, f := range list {
		if slices.Contains(kinds, f.Kind) && !f.Gone() {
			f.Reread()
			all = append(all, f)
		}
	}
	return all, err
}

// readable are the people who have a spreadsheet, and whether it could be read.
func readable(units []*unit) map[department.PersonID]bool {
	out := map[department.PersonID]bool{}
	for _, u := range units {
		for _, p := range u.people {
			out[p.ID] = u.err == nil
		}
	}
	return out
}

// lock locks the days that have had their grace of those whose spreadsheets were
// read.
func (w *Worker) lock(ctx context.Context, set department.Settings, units []*unit) error {
	var read []department.PersonID
	for _, u := range units {
		if u.err == nil {
			for _, p := range u.people {
				read = append(read, p.ID)
			}
		}
	}
	return w.closing().Lock(ctx, set, read)
}

// Closed are the periods that are closed at a moment, in the order of
// ledger.Closes.
func (w *Worker) Closed(ctx context.Context, dep *department.Department, at planfact.AsOf) ([]department.Closed, error) {
	return w.closing().Closed(ctx, dep.Settings, at, -1)
}

// allow lets what an import types on locked days count: ops know what they do.
func (w *Worker) allow(ctx context.Context, typed map[department.PersonID]report.Typed, people []department.Person) error {
	for _, p := range people {
		days := map[calendar.Date]bool{}
		for _, e := range typed[p.ID].Entries {
			days[e.Date] = true
		}
		for _, d := range typed[p.ID].Deals {
			days[d.Date] = true
		}
		if err := w.closing().Allow(ctx, p.ID, days); err != nil {
			return err
		}
	}
	return nil
}
