// Package preview tells ops what an edit of the control spreadsheet will change
// before it is done, and decides whether it is done at once.
//
// It compares the rows in force with those that ops typed; how many spreadsheets
// differ it is told. It writes nothing but its own values of the ledger.
package preview

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
	templates "svodka/sheets-templates"
)

// Ledger keeps the rows in force and the edit that was announced.
type Ledger interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, value []byte) error
	Save(ctx context.Context, s ledger.Save) error
}

// Names of values kept in the ledger.
const (
	valApplied   = "control.applied"   // the rows in force that people's spreadsheets were laid out by
	valAnnounced = "control.announced" // the last edit that was announced
)

// Preview compares edits of the control spreadsheet with what is in force.
type Preview struct {
	Ledger    Ledger
	Lang      words.Lang // of the spreadsheets
	Templates []templates.Role
	Now       func() time.Time
	// Count tells how many people's spreadsheets are made, and how many are written,
	// when one department takes the place of another.
	Count func(ctx context.Context, before, after *department.Department) (made, written int, err error)
	// Announce has edits announced that touch many spreadsheets. Without it only names
	// and e-mails that changed places are.
	Announce bool
	// WritesPerMinute is how many writes Google allows all accounts together; 0: there
	// is no limit.
	WritesPerMinute int
}

// Announcement is an edit of the control spreadsheet that touches many people:
// one run tells ops in «Проверка» what it will change, the next one does it. An
// edit in between is announced anew, and one that is taken back changes nothing.
type Announcement struct {
	Lines []string
	At    time.Time // when it was announced, then when it was done
	Done  bool
}

// Decision is what a cycle does with the department as ops typed it.
type Decision struct {
	// Department is in force in this cycle: as ops typed it or, while that is only
	// announced, the one before it.
	Department department.Department
	Said       *Announcement // what «Проверка» tells; nil: nothing
	// Due tells that an announced edit is done now, so that there is something to do.
	Due bool
}

// Decide decides whether the department as ops typed it is taken in this cycle, or
// announced while the one before stays in force.
func (p Preview) Decide(ctx context.Context, typed *control.Result, today calendar.Date) (Decision, error) {
	d := Decision{Department: typed.Department}
	b, err := p.Ledger.Get(ctx, valAnnounced)
	if err != nil {
		return d, err
	}
	if b != nil {
		d.Said = new(Announcement)
		if err := json.Unmarshal(b, d.Said); err != nil {
			return d, fmt.Errorf("reading the announced edit from the ledger: %w", err)
		}
	}
	applied, err := p.Ledger.Get(ctx, valApplied)
	if err != nil {
		return d, err
	}
	rows, err := json.Marshal(typed.Snapshot)
	if err != nil {
		return d, fmt.Errorf("keeping the configuration: %w", err)
	}
	same, pending := string(applied) == string(rows), d.Said != nil && !d.Said.Done
	if same && !pending {
		return d, nil
	}
	if applied == nil || same { // the first one; taken back
		return p.take(ctx, d, rows, nil)
	}
	was, err := inForce(applied, typed)
	if err != nil {
		return d, err
	}
	// Names or e-mails that changed places are never taken unannounced: as a rule one
	// column was sorted by mistake, and people would find somebody else's name over
	// their figures, or get somebody else's.
	swapped := control.SwapOf(was, &typed.Snapshot).Any()
	if !p.Announce && !swapped {
		return p.take(ctx, d, rows, nil)
	}
	e, err := p.effect(ctx, was, typed)
	if err != nil {
		return d, err
	}
	lines := p.lines(e, typed, today, p.Lang)
	most := e.before.Settings.AnnounceFrom
	switch {
	case pending && slices.Equal(d.Said.Lines, lines):
		d.Due = true
		return p.take(ctx, d, rows, &Announcement{Lines: lines, At: p.Now(), Done: true})
	case !swapped && (most == 0 || e.made+e.written <= most):
		return p.take(ctx, d, rows, nil)
	}
	d.Department = e.before
	d.Said = &Announcement{Lines: lines, At: p.Now()}
	if b, err = json.Marshal(d.Said); err != nil {
		return d, fmt.Errorf("keeping the announced edit: %w", err)
	}
	return d, p.Ledger.Set(ctx, valAnnounced, b)
}

// take keeps that the rows are in force from now on. said is the announcement that
// they were taken by; nil: none, and the last one that was done stays told.
func (p Preview) take(ctx context.Context, d Decision, rows []byte, said *Announcement) (Decision, error) {
	if said == nil && d.Said != nil && d.Said.Done {
		said = d.Said
	}
	d.Said = said
	var b []byte
	if said != nil {
		var err error
		if b, err = json.Marshal(said); err != nil {
			return d, fmt.Errorf("keeping the announced edit: %w", err)
		}
	}
	return d, p.Ledger.Save(ctx, ledger.Save{Values: map[string][]byte{valApplied: rows, valAnnounced: b}})
}

// Changes says in a language what the department as ops typed it changes, one line
// each; none while none was in force before it.
func (p Preview) Changes(ctx context.Context, typed *control.Result, today calendar.Date, lang words.Lang) ([]string,
	error) {
	applied, err := p.Ledger.Get(ctx, valApplied)
	if err != nil || applied == nil {
		return nil, err
	}
	was, err := inForce(applied, typed)
	if err != nil {
		return nil, err
	}
	e, err := p.effect(ctx, was, typed)
	if err != nil {
		return nil, err
	}
	return p.lines(e, typed, today, lang), nil
}

// inForce are the rows in force, as of the day on which the new ones were read.
func inForce(applied []byte, typed *control.Result) (*control.Snapshot, error) {
	was := new(control.Snapshot)
	if err := json.Unmarshal(applied, was); err != nil {
		return nil, fmt.Errorf("reading the configuration in force from the ledger: %w", err)
	}
	was.Day, was.Since = typed.Snapshot.Day, typed.Snapshot.Since
	return was, nil
}

// effect is what an edit of the control spreadsheet does.
type effect struct {
	was           *control.Snapshot
	before        department.Department // in force until then
	made, written int                   // people's spreadsheets
}

// effect compares the department in force with the one that ops typed, layout by
// layout.
func (p Preview) effect(ctx context.Context, was *control.Snapshot, typed *control.Result) (effect, error) {
	e := effect{was: was, before: control.InForce(was, p.Lang, p.Templates)}
	var err error
	e.made, e.written, err = p.Count(ctx, &e.before, &typed.Department)
	return e, err
}

// lines say what an edit does: row by row, and what it costs.
func (p Preview) lines(e effect, typed *control.Result, today calendar.Date, lang words.Lang) []string {
	var lines []string
	for _, c := range control.Changes(e.was, &typed.Snapshot, today, lang, p.Templates) {
		lines = append(lines, c.Text)
	}
	if e.made+e.written > 0 {
		lines = append(lines, cost(e.made, e.written, p.WritesPerMinute, lang))
	}
	return lines
}

// cost is what the calls of an edit are, in words for ops. perMinute is how many
// writes Google allows; 0: there is no limit.
func cost(made, written, perMinute int, lang words.Lang) string {
	writes := made + written + 2 // the summary and the control spreadsheet
	took := lang.T("меньше минуты", "less than a minute")
	if perMinute > 0 && writes > perMinute/2 {
		took = fmt.Sprintf(lang.T("около %d мин", "about %d min"), (writes+perMinute-1)/perMinute)
	}
	return fmt.Sprintf(lang.T("Всего: таблиц изменится — %d, создано — %d; обращений к Google: записей — %d, к "+
		"Диску — %d; %s",
		"In all: spreadsheets changed: %d, made: %d; calls of Google: %d writes, %d of Drive; %s"), written, made,
		writes, 2*made, took)
}

// Told is what «Проверка» says of an announcement, in the department's zone.
func (a *Announcement) Told(zone *time.Location, lang words.Lang) (pending, done []string) {
	if a == nil {
		return nil, nil
	}
	at := a.At.In(zone)
	when := calendar.FromTime(at).Time().Format(lang.T("02.01", "2006-01-02")) + at.Format(" 15:04")
	if a.Done {
		return nil, append([]string{lang.T("Применено ", "Done at ") + when}, a.Lines...)
	}
	return append([]string{fmt.Sprintf(lang.T("Замечено %s. До следующего запуска действует прежнее; чтобы отменить, "+
		"верните всё как было.",
		"Seen at %s. Until the next run all is as before; to call it off, put everything back."), when)},
		a.Lines...), nil
}
