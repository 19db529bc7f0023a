package closing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// ClockProblems reports to ops, and logs, that nothing is locked or closed because of the
// clocks.
func (c Closer) ClockProblems() []control.Problem {
	ahead, tooFar := c.Clock.Apart()
	if !tooFar {
		return nil
	}
	c.Log.Warn("the clock of this machine differs from Google's: nothing is locked or closed", "ahead",
		ahead.Round(time.Second))
	off := c.Lang.T("спешат", "ahead of")
	if ahead < 0 {
		off = c.Lang.T("отстают", "behind")
	}
	return []control.Problem{{Severity: control.Error, Tab: control.TabSettings, Row: -1,
		Message: fmt.Sprintf(c.Lang.T("часы компьютера, на котором работает «Сводка», %s относительно часов Google "+
			"на %s: дни и периоды не закрываются. Исправьте время на этом компьютере",
			"the clock of the computer that runs Svodka is %s Google's by %s: days and periods are not closed. "+
				"Correct the time there"), off, inWords(ahead.Abs().Round(time.Minute), c.Lang))}}
}

// inWords returns a length of time in words: days, hours or minutes.
func inWords(d time.Duration, lang words.Lang) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf(lang.T("%d дн.", "%d days"), int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf(lang.T("%d ч", "%d hours"), int(d.Hours()))
	}
	return fmt.Sprintf(lang.T("%d мин", "%d minutes"), int(d.Minutes()))
}

// keptDays is how many of the last days on which the worker ran are stored: for so many
// days a clock that is ahead can go unnoticed and still be corrected.
const keptDays = 8

// wasAhead reports whether the days on which the worker ran, in order, came from a clock
// that was ahead, given the real day. If real is before all of them, it is this clock
// that is behind, like one that starts in 1970: then closes stay. With fewer days nobody
// can tell, and there is little to lose.
func wasAhead(days []calendar.Date, real calendar.Date) bool {
	n := len(days)
	return n > 0 && days[n-1] > real && (n < keptDays || days[0] <= real)
}

// UndoEarly undoes locks and closes that were made by a clock that was ahead, and stores
// that the worker ran today. changed is applied to the cycle if figures are open again.
func (c Closer) UndoEarly(ctx context.Context, set department.Settings, changed func(*ledger.Cycle)) error {
	now, sure := c.Clock.Trusted()
	if !sure {
		return nil
	}
	real := c.Clock.Today(set.Zone)
	kept, err := c.Ledger.Get(ctx, valDays)
	if err != nil {
		return err
	}
	var days []calendar.Date
	if kept != nil {
		if err := json.Unmarshal(kept, &days); err != nil {
			return fmt.Errorf("reading the last days of work from the ledger: %w", err)
		}
	}
	locked, err := c.Ledger.Locked(ctx)
	if err != nil {
		return err
	}
	wrong := wasAhead(days, real)
	if n := len(days); n > 0 && days[n-1] > real && !wrong {
		c.Log.Warn("the clock of this machine is behind", "day", real.String(), "was", days[n-1].String())
		return nil
	}
	for _, d := range locked { // by a version that stored no days
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
		c.Log.Warn("days were locked by a clock that was ahead: they are open again", "day", real.String())
		return c.Ledger.TakeBack(ctx, LockedBy(set, real), real, now, certain, ledger.Save{
			Values: map[string][]byte{valDays: b},
			Cycle: func(c *ledger.Cycle) {
				changed(c)
				c.ReadTo = 0
			},
		})
	case string(b) == string(kept):
		return nil
	}
	return c.Ledger.Set(ctx, valDays, b)
}
