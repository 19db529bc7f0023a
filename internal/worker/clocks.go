package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
)

// clockTolerance is how far the machine's clock and Google's may differ; a lock of
// days cannot wait for seconds, and an hour is no accident.
const clockTolerance = 10 * time.Minute

// trusted is the time by which days are locked and periods close: the earlier of
// the machine's clock and the Date of Google's answers, since a day that has not
// happened must not be locked. sure is false where the two are far apart: then
// nothing is. With the embedded Google both clocks are one.
func (w *Worker) trusted() (now time.Time, sure bool) {
	now = w.Now()
	if w.Google == nil { // only the ledger is looked at
		return now, true
	}
	ahead, ok := w.Google.ClockAhead()
	if !ok {
		return now, true
	}
	return now.Add(-max(0, ahead)), ahead.Abs() <= clockTolerance
}

// realDay is the day that it really is, whatever day a sync stands for.
func (w *Worker) realDay(dep *department.Department) calendar.Date {
	now, _ := w.trusted()
	return calendar.FromTime(now.In(dep.Settings.Zone))
}

// doubtClocks tells ops that nothing is locked or closed because of the clocks.
func (w *Worker) doubtClocks() []control.Problem {
	if _, sure := w.trusted(); sure {
		return nil
	}
	ahead, _ := w.Google.ClockAhead()
	w.Log.Warn("the clock of this machine differs from Google's: nothing is locked or closed", "ahead", ahead.Round(time.Second))
	by := ahead.Abs().Round(time.Minute)
	off := w.Lang.T("спешат", "ahead of")
	if ahead < 0 {
		off = w.Lang.T("отстают", "behind")
	}
	return []control.Problem{{Severity: control.Error, Tab: control.TabSettings, Row: -1,
		Message: fmt.Sprintf(w.Lang.T("часы компьютера, на котором работает «Сводка», %s относительно часов Google на %s: дни и периоды не закрываются. Исправьте время на этом компьютере",
			"the clock of the computer that runs Svodka is %s Google's by %s: days and periods are not closed. Correct the time there"), off, w.long(by))}}
}

// long is a length of time in words: days, hours or minutes.
func (w *Worker) long(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf(w.Lang.T("%d дн.", "%d days"), int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf(w.Lang.T("%d ч", "%d hours"), int(d.Hours()))
	}
	return fmt.Sprintf(w.Lang.T("%d мин", "%d minutes"), int(d.Minutes()))
}

// keptDays is how many of the last days on which the worker ran are remembered: so
// many days may a clock that is ahead go on before it is put right.
const keptDays = 8

// clockBack tells whether days that the worker ran on, in their order, were told by
// a clock that was ahead, now that it is day real. Where real lies before all of
// them it is this clock that is behind, as one is that starts in 1970: then what is
// closed stays. Of a department that ran on fewer days nobody can tell; there is
// not much to lose.
func clockBack(days []calendar.Date, real calendar.Date) bool {
	n := len(days)
	return n > 0 && days[n-1] > real && (n < keptDays || days[0] <= real)
}

// takeBack undoes locks and closes that were made by a clock that was ahead, and
// remembers that the worker ran today.
func (w *Worker) takeBack(ctx context.Context, dep *department.Department) error {
	now, sure := w.trusted()
	if !sure {
		return nil
	}
	real := w.realDay(dep)
	kept, err := w.Ledger.Get(ctx, valDays)
	if err != nil {
		return err
	}
	var days []calendar.Date
	if kept != nil {
		if err := json.Unmarshal(kept, &days); err != nil {
			return fmt.Errorf("reading the last days of work from the ledger: %w", err)
		}
	}
	locked, err := w.Ledger.Locked(ctx)
	if err != nil {
		return err
	}
	wrong := clockBack(days, real)
	if n := len(days); n > 0 && days[n-1] > real && !wrong {
		w.Log.Warn("the clock of this machine is behind", "day", real.String(), "was", days[n-1].String())
		return nil
	}
	for _, d := range locked { // by a version that remembered no days
		wrong = wrong || len(days) == 0 && d >= real
	}
	certain := len(days) > 0 && days[0] <= real
	days = slices.DeleteFunc(days, func(d calendar.Date) bool { return d >= real })
	days = append(days, real)
	b, err := json.Marshal(days[max(0, len(days)-keptDays):])
	switch {
	case err != nil:
		return fmt.Errorf("keeping the last days of work: %w", err)
	case wrong:
		w.Log.Warn("days were locked by a clock that was ahead: they are open again", "day", real.String())
		values := w.touched()
		values[valDays], values[valSwept] = b, nil
		return w.Ledger.TakeBack(ctx, lockedBy(dep, real), real, now, certain, values)
	case string(b) == string(kept):
		return nil
	}
	return w.Ledger.Set(ctx, valDays, b)
}
