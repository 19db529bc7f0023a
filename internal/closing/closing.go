// Package closing locks the days whose grace is over, and closes the weeks and months
// whose days are all locked: their figures stay as they were, with the plan then in
// force.
//
// It uses a clock that can be trusted, and stores its results in the ledger. It calls no
// Google and reads no spreadsheet: the caller says whose spreadsheet could be read.
package closing

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/clock"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/summary"
	"svodka/internal/words"
)

// Ledger stores locks and closes.
type Ledger interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, value []byte) error
	Cycle(ctx context.Context) (ledger.Cycle, error)
	Save(ctx context.Context, s ledger.Save) error

	Lock(ctx context.Context, today calendar.Date, grace int, people []department.PersonID) error
	Locked(ctx context.Context) (map[department.PersonID]calendar.Date, error)
	Release(ctx context.Context, p department.PersonID, s calendar.Span) (released bool, err error)
	Open(ctx context.Context, p department.PersonID, s calendar.Span) error
	Shut(ctx context.Context, p department.PersonID) error
	TakeBack(ctx context.Context, through, today calendar.Date, now time.Time, ahead bool, also ledger.Save) error

	CloseIDs(ctx context.Context, after calendar.Date) (map[ledger.CloseID]bool, error)
	Closes(ctx context.Context, ended calendar.Span, f func(department.Closed) bool) error
	ClosesOf(ctx context.Context, ended calendar.Span, of []department.PersonID, f func(department.Closed) bool) error
	Reopened(ctx context.Context, f func(department.Closed)) error
	CloseVersion(ctx context.Context) (ledger.CloseVersion, error)
	Settle(ctx context.Context, through calendar.Date, counting string) error
	KeepCloses(ctx context.Context, closes []department.Closed) error
	Restore(ctx context.Context, closes []department.Closed, edits []department.LateEdit, also ledger.Save) error
}

// Closer locks days and closes periods.
type Closer struct {
	Ledger Ledger
	Clock  clock.Clock
	Lang   words.Lang
	Log    *slog.Logger
}

// valDays names, in the ledger, the last days on which a cycle ran, oldest first.
const valDays = "days"

// LockedBy returns the last day whose days of grace are over.
func LockedBy(set department.Settings, today calendar.Date) calendar.Date {
	return today.Add(-set.GraceDays - 1)
}

// feedLag is how late Google's change feed reports an edit: it collects them for some
// three minutes.
const feedLag = 5 * time.Minute

// lateSince returns the last day for which a figure typed now is certainly late: its
// deadline, plus the allowance that reminders have, passed longer ago than the feed's
// lag.
func lateSince(set department.Settings, now time.Time) calendar.Date {
	return calendar.FromTime(now.In(set.Zone).Add(-set.Deadline - department.ReportAllowance - feedLag))
}

// LateTo returns the last day for which reports are late if they arrive now. Google gives
// no time of a cell: a figure seen for the first time was typed after the last cycle
// looked, less the feed's lag. So nobody is blamed for figures that were typed while
// nobody looked, nor for those that Google reported late.
func (c Closer) LateTo(ctx context.Context, set department.Settings) (calendar.Date, error) {
	last, err := c.Ledger.Cycle(ctx)
	if err != nil || last.Looked.IsZero() {
		return 0, err
	}
	now, _ := c.Clock.Trusted()
	return min(last.Looked, lateSince(set, now)), nil
}

// KeepLooked stores that a cycle that began at the given moment has seen what Google had
// reported by then. It writes once a day.
func (c Closer) KeepLooked(ctx context.Context, set department.Settings, begun time.Time) error {
	day := lateSince(set, begun)
	last, err := c.Ledger.Cycle(ctx)
	if err != nil || last.Looked == day {
		return err
	}
	return c.Ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.Looked = day }})
}

// ReadFirst reports, by a non-nil kept, that every spreadsheet must be read before weeks
// and months close, so that nothing typed in time is missed; a period closes when its
// last day is locked. Apply kept to the cycle once all are marked to be read. Nil: they
// were.
func (c Closer) ReadFirst(ctx context.Context, set department.Settings) (kept func(*ledger.Cycle), err error) {
	if _, sure := c.Clock.Trusted(); !sure {
		return nil, nil
	}
	locked := LockedBy(set, c.Clock.Today(set.Zone))
	due := max(lastEnd(calendar.Week, locked), lastEnd(calendar.Month, locked))
	last, err := c.Ledger.Cycle(ctx)
	if err != nil || last.ReadTo >= due {
		return nil, err
	}
	return func(c *ledger.Cycle) { c.ReadTo = due }, nil
}

// lastEnd returns the end of the last period of a kind that has ended by d.
func lastEnd(k calendar.Kind, d calendar.Date) calendar.Date {
	per := calendar.PeriodOf(k, d)
	if per.To > d {
		per = per.Prev()
	}
	return per.To
}

// Release lets edits count that ops allowed on the tab of open days. It reports whether
// there were any.
func (c Closer) Release(ctx context.Context, dep *department.Department) (released bool, err error) {
	today := c.Clock.Today(dep.Settings.Zone)
	for _, u := range dep.Unlocks {
		if today > u.Until {
			continue
		}
		yes, err := c.Ledger.Release(ctx, u.Person, u.Days)
		if err != nil {
			return released, err
		}
		released = released || yes
	}
	return released, nil
}

// Allow lets figures count that an import types on locked days: ops know what they do.
func (c Closer) Allow(ctx context.Context, p department.PersonID, days map[calendar.Date]bool) error {
	for _, s := range spans(days) {
		if err := c.Ledger.Open(ctx, p, s); err != nil {
			return err
		}
	}
	return nil
}

// Disallow takes back what Allow allowed: what the import typed is known, so that what is
// typed there next is somebody's edit.
func (c Closer) Disallow(ctx context.Context, p department.PersonID) error {
	return c.Ledger.Shut(ctx, p)
}

// spans joins successive days into spans, in order.
func spans(days map[calendar.Date]bool) []calendar.Span {
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

// Lock locks the days whose grace is over, for people whose spreadsheets were read.
func (c Closer) Lock(ctx context.Context, set department.Settings, read []department.PersonID) error {
	if _, sure := c.Clock.Trusted(); !sure {
		return nil
	}
	return c.Ledger.Lock(ctx, c.Clock.Today(set.Zone), set.GraceDays, read)
}

// Figures holds the figures for closing periods.
type Figures struct {
	Engine *planfact.Engine // knows from when on people count
	First  calendar.Date    // the first day on which anybody counts
	At     planfact.AsOf
	// Since returns an engine that knows all figures from a day on; zero: all figures.
	Since func(ctx context.Context, from calendar.Date) (*planfact.Engine, error)
	// Read says, for everybody with a spreadsheet, whether it could be read. Closing does
	// not wait for people without one.
	Read map[department.PersonID]bool
}

// due is a person's period that must be closed, or whose close must be corrected.
type due struct {
	department.Person
	calendar.Period
}

// Close freezes the weeks and months whose days are all locked, for each person
// separately: if a spreadsheet is unreachable, its person's periods wait. For periods
// that an allowed edit changed it takes the facts anew; with mendOnly it does nothing
// else.
func (c Closer) Close(ctx context.Context, dep *department.Department, f Figures, mendOnly bool) error {
	_, sure := c.Clock.Trusted()
	toClose, reopened, err := c.due(ctx, dep, f, mendOnly || !sure)
	if err != nil || len(toClose)+len(reopened) == 0 {
		return err
	}
	from := f.At.Today
	for _, d := range toClose {
		from = min(from, d.Period.From)
	}
	for _, d := range reopened {
		from = min(from, d.Period.From)
	}
	var closes []department.Closed
	for {
		engine, err := f.Since(ctx, from)
		if err != nil {
			return err
		}
		if closes, err = c.take(ctx, dep, engine, toClose, reopened); err != nil {
			return err
		}
		if !engine.Short() {
			break
		}
		from = 0
	}
	if len(closes) == 0 {
		return nil
	}
	if err := c.Ledger.KeepCloses(ctx, closes); err != nil {
		return err
	}
	_, _, err = c.due(ctx, dep, f, true) // what is closed by now is settled
	return err
}

// due lists the periods to close, and those to correct, by the ids of the closes.
func (c Closer) due(ctx context.Context, dep *department.Department, f Figures, mendOnly bool) (toClose []due,
	reopened map[ledger.CloseID]due, err error) {
	locked, err := c.Ledger.Locked(ctx)
	if err != nil {
		return nil, nil, err
	}
	// What was settled once is not looked through again, however many years it is.
	counting := f.Engine.Counting()
	after, err := c.settled(ctx, counting)
	if err != nil {
		return nil, nil, err
	}
	ids, err := c.Ledger.CloseIDs(ctx, after)
	if err != nil {
		return nil, nil, err
	}
	stints := dep.Stints()
	waits := func(p department.Person, per calendar.Period) bool {
		read, has := f.Read[p.ID]
		return has && (!read || locked[p.ID] < per.To)
	}
	through := LockedBy(dep.Settings, min(f.At.Today, c.Clock.Today(dep.Settings.Zone)))
	settled := through
	reopened = map[ledger.CloseID]due{}
	for _, kind := range []calendar.Kind{calendar.Week, calendar.Month} {
		for _, per := range calendar.Periods(kind, calendar.Span{From: max(f.First, after+1), To: through}) {
			if per.To > through {
				continue
			}
			for _, p := range stints {
				_, done := ids[ledger.CloseID{Period: per, Person: p.ID, Role: p.Role, Again: p.Again}]
				if done || !f.Engine.Counts(p, per.Span) {
					continue
				}
				settled = min(settled, per.To-1) // it is settled once this is done
				if !mendOnly && !waits(p, per) {
					toClose = append(toClose, due{p, per})
				}
			}
		}
	}
	for id, again := range ids {
		if !again || id.To > through || id.To < f.First {
			continue
		}
		i := slices.IndexFunc(stints, func(p department.Person) bool {
			return p.ID == id.Person && p.Role == id.Role && p.Again == id.Again
		})
		if i >= 0 && !waits(stints[i], id.Period) {
			reopened[id] = due{stints[i], id.Period}
		}
	}
	if settled > after {
		err = c.Ledger.Settle(ctx, settled, counting)
	}
	return toClose, reopened, err
}

// settled is the day by which all periods that end are closed of everybody who counts in
// them, where counting names who does: planfact.Engine.Counting.
func (c Closer) settled(ctx context.Context, counting string) (calendar.Date, error) {
	v, err := c.Ledger.CloseVersion(ctx)
	if err != nil || v.Counting != counting {
		return math.MinInt32, err
	}
	return v.Settled, nil
}

// take makes the closes from an engine's figures.
func (c Closer) take(ctx context.Context, dep *department.Department, engine *planfact.Engine, toClose []due,
	reopened map[ledger.CloseID]due) (closes []department.Closed, err error) {
	now := c.Clock.Now()
	for _, d := range toClose {
		role, _ := dep.Role(d.Role)
		if frozen, ok := summary.Close(engine, role, d.Person, d.Period, now, c.Lang); ok {
			closes = append(closes, frozen)
		}
	}
	if len(reopened) == 0 {
		return closes, nil
	}
	err = c.Ledger.Reopened(ctx, func(x department.Closed) {
		id := ledger.CloseID{Period: x.Period, Person: x.Person, Role: x.Role, Again: x.Again}
		if d, ok := reopened[id]; ok {
			closes = append(closes, summary.Mend(x, engine.Person(d.Person, x.Period), dep.Settings, now))
		}
	})
	return closes, err
}

// Settled are the periods that are closed at a moment and that may have others beside
// them that are not, in the order of ledger.Closes, without those that end by the day
// moved. All others end by the day through, and are the same as long as version
// is; zero: these are all.
func (c Closer) Settled(ctx context.Context, set department.Settings, at planfact.AsOf,
	engine *planfact.Engine, moved calendar.Date) (closes []department.Closed, through calendar.Date, version int64,
	err error) {
	v, err := c.Ledger.CloseVersion(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	locked := LockedBy(set, at.Today)
	if v.Counting != engine.Counting() || v.Settled > locked {
		closes, err = c.Closed(ctx, set, at, moved, summary.MostHistoryRows)
		return closes, 0, 0, err
	}
	err = c.Ledger.Closes(ctx, calendar.Span{From: max(moved, v.Settled) + 1, To: locked},
		func(x department.Closed) bool {
			closes = append(closes, x)
			return true
		})
	return closes, v.Settled, v.Version, err
}

// Closed returns the periods closed at a moment that end after a day, zero: whenever they
// end, in the order of ledger.Closes, up to a number of rows; −1: all.
func (c Closer) Closed(ctx context.Context, set department.Settings, at planfact.AsOf, after calendar.Date,
	rows int) ([]department.Closed, error) {
	ended := calendar.Span{From: math.MinInt32, To: LockedBy(set, at.Today)}
	if !after.IsZero() {
		ended.From = after + 1
	}
	var out []department.Closed
	n := 0
	err := c.Ledger.Closes(ctx, ended, func(x department.Closed) bool {
		out = append(out, x)
		n += len(x.KPIs)
		return rows < 0 || n <= rows
	})
	return out, err
}

// ClosedOf calls f for the periods closed at a moment, in the order of ledger.Closes,
// until f returns false: of some people, or of everybody if there are none.
func (c Closer) ClosedOf(ctx context.Context, set department.Settings, at planfact.AsOf, of []department.PersonID,
	f func(department.Closed) bool) error {
	ended := calendar.Span{From: math.MinInt32, To: LockedBy(set, at.Today)}
	if len(of) == 0 {
		return c.Ledger.Closes(ctx, ended, f)
	}
	return c.Ledger.ClosesOf(ctx, ended, of, f)
}

// Lost reports whether closes and late edits of a lost ledger must be restored.
func (c Closer) Lost(ctx context.Context) (bool, error) {
	last, err := c.Ledger.Cycle(ctx)
	return last.Restore, err
}

// Keep stores closed periods that spreadsheets show in a ledger that was lost. Those that
// it holds already stay as they are.
func (c Closer) Keep(ctx context.Context, closes []department.Closed) error {
	return c.Ledger.Restore(ctx, closes, nil, ledger.Save{})
}

// Restore stores the late edits that the summary shows, once all closed periods are kept:
// then nothing is lost any more. It reports whether there were any, whose cells must say
// so.
func (c Closer) Restore(ctx context.Context, edits []department.LateEdit) (edited bool, err error) {
	return len(edits) > 0, c.Ledger.Restore(ctx, nil, edits, ledger.Save{Cycle: func(c *ledger.Cycle) {
		c.Restore = false
	}})
}
