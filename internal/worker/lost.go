package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"svodka/internal/control"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// errLost means that a spreadsheet vanished together with many others, and is not made
// again until ops decide.
var errLost = errors.New("it is in the trash or deleted, as many others are: restore it, or have it made anew")

// LostError means that the control spreadsheet vanished together with other spreadsheets.
// The worker makes nothing again by itself.
type LostError struct {
	Since time.Time
	Files int // how many have vanished and were not replaced
}

// Error says how to restore them.
func (e *LostError) Error() string {
	return fmt.Sprintf("%d spreadsheets, the control spreadsheet among them, went into the trash or were "+
		"deleted on %s; "+
		"nothing is made again by itself. Restore them, or the folder in which they lay, from the trash at "+
		"drive.google.com: the next sync goes on with them. If they cannot be restored: svodka init --anew",
		e.Files, e.Since.Format("2006-01-02 15:04 MST"))
}

// held returns since when the worker makes nothing lost again by itself; zero: it does.
func (w *Worker) held(ctx context.Context) (time.Time, error) {
	feed, err := w.Ledger.Feed(ctx)
	return feed.Held, err
}

// noControl returns why there is no control spreadsheet.
func (w *Worker) noControl(ctx context.Context, list []files.File) error {
	since, err := w.held(ctx)
	if err != nil {
		return err
	}
	_, lost := files.Lost(list, func(f files.File) bool { return f.Kind == files.Control })
	if since.IsZero() || !lost {
		return ErrNoControl
	}
	n := 0
	for _, f := range list {
		if f.Gone() && since.Sub(f.GoneAt()) <= settled {
			n++
		}
	}
	return &LostError{since, n}
}

// holds reports whether the run makes nothing lost again by itself.
func (r *run) holds() bool { return !r.held.IsZero() && !r.cfg.Department.Settings.RemakeLost }

// lost counts the spreadsheets that the run would make again if it were allowed to.
func (r *run) lost() (n int) {
	for _, u := range r.units {
		if errors.Is(u.err, errLost) {
			n++
		}
	}
	if r.noSummary {
		n++
	}
	return n
}

// settled is how long nothing more must have vanished before a hold without anything lost
// counts as over: Drive may report the rest of a folder later.
const settled = time.Hour

// decide ends the hold if everything is back, or was made anew.
func (w *Worker) decide(ctx context.Context, r *run) error {
	if r.held.IsZero() || r.lost() > 0 || w.Now().Sub(r.held) < settled {
		return nil
	}
	r.held = time.Time{}
	return w.Ledger.Save(ctx, ledger.Save{Feed: (*files.Feed).Release})
}

// lostProblems tells ops what is lost and how to restore it, at the setting by which they
// decide.
func (r *run) lostProblems(lang words.Lang) []control.Problem {
	set := r.cfg.Department.Settings
	p := control.Problem{Severity: control.Error, Tab: control.TabSettings, Row: -1}
	if row, ok := r.cfg.Typed.SettingRow("remake_lost"); ok {
		p.Row, p.Column = row, "value"
	}
	n := r.lost()
	switch {
	case n > 0:
		p.Message = fmt.Sprintf(
			lang.T("пропали таблицы: %d (%s). Они в корзине Google Диска или удалены, сами заново не "+
				"создаются. Верните их: drive.google.com → Корзина → «Восстановить» (папку или сами таблицы), "+
				"программа "+
				"подхватит их сама. Если вернуть нельзя, выберите здесь «да»: они создадутся заново со всем, что было "+
				"введено",
				"spreadsheets vanished: %d (%s). They are in the trash of Google Drive or deleted, and are not "+
					"made again by "+
					"themselves. Restore them: drive.google.com, Trash, Restore (the folder, or the "+
					"spreadsheets); they are "+
					"taken up by themselves. If they cannot be restored, choose yes here: they are made anew with "+
					"all that was "+
					"typed"), n, r.held.In(set.Zone).Format("02.01.2006 15:04"))
		p.InForce = lang.T("до тех пор считаются цифры, прочитанные раньше", "until then the figures read before count")
	case set.RemakeLost:
		p.Severity = control.Warning
		p.Message = lang.T("пропавшие таблицы создаются заново без вопросов, даже если пропадут все сразу. Верните "+
			"«нет», "+
			"когда всё на месте",
			"lost spreadsheets are made anew unasked, also when all vanish at once. Set it back to no once "+
				"everything is "+
				"there")
	default:
		return nil
	}
	return []control.Problem{p}
}
