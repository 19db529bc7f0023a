package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

const (
	valLooked  = "looked"  // the last day whose reports would have been late when the last cycle looked
	valDays    = "days"    // the last days on which a cycle ran, oldest first
	valSwept   = "swept"   // the last day of the periods before whose close everything was read
	valRestore = "restore" // the ledger is new: closes and late edits are to be read from the summary
)

// lockedBy is the last day that has had its days of grace.
func lockedBy(dep *department.Department, today calendar.Date) calendar.Date {
	return today.Add(-dep.Settings.GraceDays - 1)
}

// feedLag is how late Google's change feed tells of an edit: it gathers them for
// some three minutes.
const feedLag = 5 * time.Minute

// lateSince is the last day of which a figure typed now is late for certain: its
// deadline, with the allowance that reminders have, lies behind by more than the
// feed's lag.
func lateSince(set department.Settings, now time.Time) calendar.Date {
	return calendar.FromTime(now.In(set.Zone).Add(-set.Deadline - department.ReportAllowance - feedLag))
}

// lateTo is the last day whose reports are late if they come in now. Google gives
// no time of a cell: what is seen for the first time was typed since the last
// cycle looked, less the feed's lag. So what was typed while nobody looked is not
// held against anybody, nor is what Google told late.
func (w *Worker) lateTo(ctx context.Context, set department.Settings, u *unit) (calendar.Date, error) {
	b, err := w.Ledger.Get(ctx, valLooked)
	if err != nil || len(b) == 0 || u.file.Trouble != "" { // a spreadsheet out of reach was not looked at
		return 0, err
	}
	looked, err := calendar.ParseDate(string(b))
	if err != nil {
		return 0, fmt.Errorf("reading from the ledger how far reports are late: %w", err)
	}
	now, _ := w.trusted()
	return min(looked, lateSince(set, now)), nil
}

// looked keeps that a cycle that began at a moment has seen what Google told by
// then. It is written once a day.
func (w *Worker) looked(ctx context.Context, set department.Settings, begun time.Time) error {
	day := lateSince(set, begun).String()
	was, err := w.Ledger.Get(ctx, valLooked)
	if err != nil || string(was) == day {
		return err
	}
	return w.Ledger.Set(ctx, valLooked, []byte(day))
}

// lost tells ops of people whose rows are gone from «Сотрудники»: their closed
// periods stay in «История», but nothing of theirs is read or counted any more.
func (w *Worker) lost(ctx context.Context, cfg *config) ([]control.Problem, error) {
	files, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	var out []control.Problem
	for _, f := range files {
		if f.Kind != ledger.Report || f.Gone || f.Person == "" {
			continue
		}
		if _, here := cfg.Department.Person(f.Person); here {
			continue
		}
		name, err := w.lostName(ctx, cfg, f)
		if err != nil {
			return nil, err
		}
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			Message: fmt.Sprintf(w.Lang.T("строки сотрудника %s больше нет, а таблица есть: %s. Цифры открытых периодов не считаются, доступ не закрыт; закрытые периоды остаются в «Истории». Верните строку и впишите последний день",
				"the row of %s is gone, but the spreadsheet is there: %s. Figures of open periods do not count, access has not ended; closed periods stay in History. Put the row back and type the last day"),
				name, f.URL)})
	}
	return out, nil
}

// lostName is what somebody was called whose row is gone: as the row said, or when
// a period of theirs closed last, or as their spreadsheet is called.
func (w *Worker) lostName(ctx context.Context, cfg *config, f ledger.File) (string, error) {
	for _, g := range cfg.Snapshot.Gone {
		if g.ID == string(f.Person) && g.Name != "" {
			return g.Name, nil
		}
	}
	name, err := w.Ledger.LastName(ctx, f.Person)
	if err != nil || name != "" {
		return name, err
	}
	if state := publish.Remembered(f); state != nil && state.Title() != "" {
		return "«" + state.Title() + "»", nil
	}
	return w.Lang.T("(имя неизвестно)", "(name not known)"), nil
}

// sweepBeforeClose has everything read once before weeks and months close, so
// that nothing typed in time is missed. A period closes when its last day is
// locked.
func (w *Worker) sweepBeforeClose(ctx context.Context, dep *department.Department, c cycle) error {
	if _, sure := w.trusted(); !sure {
		return nil
	}
	locked := lockedBy(dep, w.realDay(dep))
	due := max(endBy(calendar.Week, locked), endBy(calendar.Month, locked)).String()
	swept, err := w.Ledger.Get(ctx, valSwept)
	if err != nil || string(swept) >= due {
		return err
	}
	all, err := w.everything(ctx, ledger.Report)
	if err != nil || !c.close && len(all) > 0 { // a new department has nothing to read before its first close
		return err
	}
	return w.Ledger.Finish(ctx, map[string][]byte{valSwept: []byte(due)}, all)
}

// endBy is the end of the last period of a kind that has ended by d.
func endBy(k calendar.Kind, d calendar.Date) calendar.Date {
	per := calendar.PeriodOf(k, d)
	if per.To > d {
		per = per.Prev()
	}
	return per.To
}

// everything are the files of some kinds, marked to be read.
func (w *Worker) everything(ctx context.Context, kinds ...string) ([]ledger.File, error) {
	files, err := w.Ledger.Files(ctx)
	var all []ledger.File
	for _, f := range files {
		if slices.Contains(kinds, f.Kind) && !f.Gone {
			f.Dirty = true
			all = append(all, f)
		}
	}
	return all, err
}

// release lets edits count that ops allowed.
func (w *Worker) release(ctx context.Context, dep *department.Department) error {
	today := w.realDay(dep)
	released := false
	for _, u := range dep.Unlocks {
		if today > u.Until {
			continue
		}
		yes, err := w.Ledger.Release(ctx, u.Person, u.Days)
		if err != nil {
			return err
		}
		released = released || yes
	}
	if !released {
		return nil
	}
	return w.touch(ctx)
}

// lock locks the days that have had their grace of those whose spreadsheets were
// read.
func (w *Worker) lock(ctx context.Context, dep *department.Department, units []*unit) error {
	if _, sure := w.trusted(); !sure {
		return nil
	}
	var read []department.PersonID
	for _, u := range units {
		if u.err == nil {
			for _, p := range u.people {
				read = append(read, p.ID)
			}
		}
	}
	return w.Ledger.Lock(ctx, w.realDay(dep), dep.Settings.GraceDays, read)
}

// close freezes the weeks and months whose days are all locked, each person's on
// its own: of one whose spreadsheet is out of reach they wait. Of those
// that an allowed edit changed the facts are taken anew, by whatever cycle.
func (w *Worker) close(ctx context.Context, c cycle, dep *department.Department, units []*unit, engine *planfact.Engine, first calendar.Date, at planfact.AsOf) error {
	if dep.LookingBack(at.Today) != dep { // a look at the past is nothing to be kept
		var err error
		if engine, first, err = w.strictEngine(ctx, dep, at); err != nil {
			return err
		}
	}
	_, sure := w.trusted()
	locked, err := w.Ledger.Locked(ctx)
	if err != nil {
		return err
	}
	ids, err := w.Ledger.CloseIDs(ctx)
	if err != nil {
		return err
	}
	served := map[department.PersonID]*unit{}
	for _, u := range units {
		for _, p := range u.people {
			served[p.ID] = u
		}
	}
	stints := dep.Stints()
	through := lockedBy(dep, min(at.Today, w.realDay(dep)))
	var closes []department.Closed
	reopened := map[ledger.CloseID]department.Person{}
	for _, kind := range []calendar.Kind{calendar.Week, calendar.Month} {
		for _, per := range calendar.Periods(kind, calendar.Span{From: first, To: through}) {
			if per.To > through {
				continue
			}
			for _, p := range stints {
				// Of somebody without a spreadsheet nothing is waited for.
				if u := served[p.ID]; u != nil && (u.err != nil || locked[p.ID] < per.To) {
					continue
				}
				id := ledger.CloseID{Period: per, Person: p.ID, Role: p.Role, Again: p.Again}
				again, done := ids[id]
				if again {
					reopened[id] = p
				}
				if done || !c.close || !sure {
					continue
				}
				role, _ := dep.Role(p.Role)
				if frozen, ok := summary.Close(engine, role, p, per, w.Now(), w.Lang); ok {
					closes = append(closes, frozen)
				}
			}
		}
	}
	if len(reopened) > 0 {
		err := w.Ledger.Closes(ctx, through, func(c department.Closed) bool {
			id := ledger.CloseID{Period: c.Period, Person: c.Person, Role: c.Role, Again: c.Again}
			if p, ok := reopened[id]; ok {
				closes = append(closes, summary.Mend(c, engine.Person(p, c.Period), dep.Settings, w.Now()))
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	if len(closes) == 0 {
		return nil
	}
	return w.Ledger.KeepCloses(ctx, closes)
}

// Closed are the periods that are closed at a moment, in the order of
// ledger.Closes.
func (w *Worker) Closed(ctx context.Context, dep *department.Department, at planfact.AsOf) ([]department.Closed, error) {
	return w.closed(ctx, dep, at, -1)
}

// closed is Closed up to a number of rows; −1: all.
func (w *Worker) closed(ctx context.Context, dep *department.Department, at planfact.AsOf, rows int) ([]department.Closed, error) {
	var out []department.Closed
	n := 0
	err := w.Ledger.Closes(ctx, lockedBy(dep, at.Today), func(c department.Closed) bool {
		out = append(out, c)
		n += len(c.KPIs)
		return rows < 0 || n <= rows
	})
	return out, err
}

// restore takes over what the summary shows of closed periods and late edits, if
// the ledger was lost. It gives the spreadsheet if it read it.
func (w *Worker) restore(ctx context.Context, file ledger.File, out *Outcome) (*sheets.Spreadsheet, error) {
	wanted, err := w.Ledger.Get(ctx, valRestore)
	if err != nil || wanted == nil {
		return nil, err
	}
	s, err := w.Google.Spreadsheet(ctx, file.ID, workbook.StateFields)
	if err != nil {
		return nil, fmt.Errorf("reading the summary spreadsheet: %w", err)
	}
	closes, edits := summary.Restored(s)
	out.again = len(edits) > 0 // their cells are told so, and people's spreadsheets were written before
	if err := w.Ledger.Restore(ctx, closes, edits, map[string][]byte{valRestore: nil}); err != nil {
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
	files, err := w.Ledger.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if held[f.Person] != nil && f.Kind == ledger.Report && !f.Gone {
			if err := w.Ledger.SetDirty(ctx, f.ID, true); err != nil {
				return err
			}
		}
	}
	return nil
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
		for _, s := range runs(days) {
			if err := w.Ledger.Open(ctx, p.ID, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// runs are days that follow each other, as spans.
func runs(days map[calendar.Date]bool) []calendar.Span {
	var out []calendar.Span
	for d := range days {
		if !days[d-1] {
			s := calendar.Span{From: d, To: d}
			for days[s.To+1] {
				s.To++
			}
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b calendar.Span) int { return int(a.From - b.From) })
	return out
}
