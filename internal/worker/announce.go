package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/planfact"
)

// Names of values kept in the ledger.
const (
	valApplied   = "control.applied"   // the rows in force that people's spreadsheets were laid out by
	valAnnounced = "control.announced" // the last edit that was announced
)

// announcement is an edit of the control spreadsheet that touches many people:
// one run tells ops in «Проверка» what it will change, the next one does it. An
// edit in between is announced anew, and one that is taken back changes nothing.
type announcement struct {
	Lines []string
	At    time.Time // when it was announced, then when it was done
	Done  bool
}

// weigh decides whether the department as ops typed it is taken in this cycle, or
// announced while the one before stays in force. It tells whether an announced
// edit is to be done now, so that there is something to do.
func (w *Worker) weigh(ctx context.Context, cfg *config, at planfact.AsOf) (due bool, err error) {
	var said *announcement
	if b, err := w.Ledger.Get(ctx, valAnnounced); err != nil {
		return false, err
	} else if b != nil {
		said = new(announcement)
		if err := json.Unmarshal(b, said); err != nil {
			return false, fmt.Errorf("reading the announced edit from the ledger: %w", err)
		}
	}
	before, err := w.Ledger.Get(ctx, valApplied)
	if err != nil {
		return false, err
	}
	now, err := json.Marshal(cfg.Snapshot)
	if err != nil {
		return false, fmt.Errorf("keeping the configuration: %w", err)
	}
	cfg.said = said
	same := string(before) == string(now)
	if same && (said == nil || said.Done) {
		return false, nil
	}
	take := func(said *announcement) error {
		if said == nil && cfg.said != nil && cfg.said.Done {
			said = cfg.said // it stays told until the next one
		}
		cfg.said = said
		b, err := json.Marshal(said)
		if err != nil {
			return fmt.Errorf("keeping the announced edit: %w", err)
		}
		if said == nil {
			b = nil
		}
		return w.Ledger.Finish(ctx, map[string][]byte{valApplied: now, valAnnounced: b}, nil)
	}
	swapped, err := swapped(before, cfg)
	if err != nil {
		return false, err
	}
	if before == nil || same || !w.Announce && !swapped { // the first one; taken back; asked for
		return false, take(nil)
	}
	e, err := w.effect(ctx, cfg, before, at)
	if err != nil {
		return false, err
	}
	lines := w.changes(e, cfg, at)
	switch {
	case said != nil && !said.Done && strings.Join(said.Lines, "\n") == strings.Join(lines, "\n"):
		return true, take(&announcement{Lines: lines, At: w.Now(), Done: true})
	case !swapped && (e.limit == 0 || e.made+e.written <= e.limit):
		return false, take(nil)
	}
	cfg.Department = e.before
	cfg.said = &announcement{Lines: lines, At: w.Now()}
	b, err := json.Marshal(cfg.said)
	if err != nil {
		return false, fmt.Errorf("keeping the announced edit: %w", err)
	}
	return false, w.Ledger.Set(ctx, valAnnounced, b)
}

// swapped tells whether names or e-mails of people changed places. That is never
// done unannounced: as a rule one column was sorted by mistake, and people would
// find somebody else's name over their figures, or get somebody else's.
func swapped(applied []byte, cfg *config) (bool, error) {
	if applied == nil {
		return false, nil
	}
	var was control.Snapshot
	if err := json.Unmarshal(applied, &was); err != nil {
		return false, fmt.Errorf("reading the configuration in force from the ledger: %w", err)
	}
	return control.SwapOf(&was, &cfg.Snapshot).Is(), nil
}

// effect is what an edit of the control spreadsheet does.
type effect struct {
	before        department.Department // in force until then
	limit         int                   // of spreadsheets, above which it is announced
	made, written int                   // people's spreadsheets
	was           control.Snapshot
}

// effect compares the department as it was taken last with the one that ops typed:
// row by row for the words, and layout by layout for the numbers.
func (w *Worker) effect(ctx context.Context, cfg *config, applied []byte, at planfact.AsOf) (effect, error) {
	var e effect
	if err := json.Unmarshal(applied, &e.was); err != nil {
		return e, fmt.Errorf("reading the configuration in force from the ledger: %w", err)
	}
	e.was.Day, e.was.Since = cfg.Snapshot.Day, cfg.Snapshot.Since
	e.before = control.InForce(&e.was, w.Lang, w.Templates)
	e.limit = e.before.Settings.AnnounceFrom
	old, oldUnits, err := w.layouts(ctx, &e.before, at)
	if err != nil {
		return e, err
	}
	digests := map[string]string{}
	for _, u := range oldUnits {
		if u.file.ID != "" {
			digests[u.file.ID] = old.digest(u)
		}
	}
	now, units, err := w.layouts(ctx, &cfg.Result.Department, at)
	if err != nil {
		return e, err
	}
	for _, u := range units {
		switch {
		case len(now.months(u, nil)) == 0:
		case u.file.ID == "":
			e.made++
		case now.digest(u) != digests[u.file.ID]:
			e.written++
		}
	}
	return e, nil
}

// changes says what an edit does: row by row, and what it costs.
func (w *Worker) changes(e effect, cfg *config, at planfact.AsOf) []string {
	var lines []string
	for _, c := range control.Changes(&e.was, &cfg.Snapshot, at.Today, w.Lang, w.Templates) {
		lines = append(lines, c.Text)
	}
	if e.made+e.written > 0 {
		lines = append(lines, w.cost(e.made, e.written))
	}
	return lines
}

// writesPerMinute is what Google allows one account, less some headroom.
const writesPerMinute = 50

// cost is what the calls of an edit are, in words for ops.
func (w *Worker) cost(made, written int) string {
	writes := made + written + 2 // the summary and the control spreadsheet
	took := w.Lang.T("меньше минуты", "less than a minute")
	if m := (writes + writesPerMinute - 1) / writesPerMinute; writes > writesPerMinute/2 {
		took = fmt.Sprintf(w.Lang.T("около %d мин", "about %d min"), m)
	}
	return fmt.Sprintf(w.Lang.T("Всего: таблиц изменится — %d, создано — %d; обращений к Google: записей — %d, к Диску — %d; %s",
		"In all: spreadsheets changed: %d, made: %d; calls of Google: %d writes, %d of Drive; %s"), written, made, writes, 2*made, took)
}

// layouts are a department's spreadsheets ready to be laid out.
func (w *Worker) layouts(ctx context.Context, dep *department.Department, at planfact.AsOf) (layouter, []*unit, error) {
	l, err := w.layouter(ctx, dep, at)
	if err != nil {
		return l, nil, err
	}
	units, err := w.units(ctx, dep, at, nobody)
	return l, units, err
}

// told is what «Проверка» says of the announced edit.
func (w *Worker) told(cfg *config) (pending, done []string) {
	if cfg.said == nil {
		return nil, nil
	}
	at := cfg.said.At.In(cfg.Department.Settings.Zone)
	when := calendar.FromTime(at).ShortText(w.Lang) + at.Format(" 15:04")
	if cfg.said.Done {
		return nil, append([]string{w.Lang.T("Применено ", "Done at ") + when}, cfg.said.Lines...)
	}
	return append([]string{fmt.Sprintf(w.Lang.T("Замечено %s. До следующего запуска действует прежнее; чтобы отменить, верните всё как было.",
		"Seen at %s. Until the next run all is as before; to call it off, put everything back."), when)}, cfg.said.Lines...), nil
}
