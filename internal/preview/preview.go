// Package preview tells ops what an edit of the control spreadsheet will change before it
// takes effect, and decides whether it takes effect at once.
//
// It compares the rows in force with those that ops typed; the caller counts the
// spreadsheets that differ. It writes nothing but its own values in the ledger.
package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// Ledger stores the rows in force and the announced edit.
type Ledger interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, value []byte) error
	Save(ctx context.Context, s ledger.Save) error
}

// Names of values in the ledger.
const (
	valApplied   = "control.applied"   // the rows in force, by which people's spreadsheets were laid out
	valAnnounced = "control.announced" // the last announced edit
)

// Preview compares edits of the control spreadsheet with what is in force.
type Preview struct {
	Ledger    Ledger
	Lang      words.Lang // of the spreadsheets
	Templates []templates.Role
	Now       func() time.Time
	// Count returns how many people's spreadsheets are made, and how many are written,
	// when one department replaces another.
	Count func(ctx context.Context, before, after *department.Department) (made, written int, err error)
	// Announce makes edits that touch many spreadsheets be announced. Without it only
	// swapped names and e-mails are.
	Announce bool
	// WritesPerMinute is how many writes Google allows all accounts together; 0: no
	// limit.
	WritesPerMinute int
	// Memo keeps the rows that were compared last; nil: they are written out anew.
	Memo *Memo
}

// Memo keeps the rows of what ops typed as they are stored: to write thousands of them
// out takes longer than to see that they are the same ones. Its zero value is empty.
type Memo struct {
	mu   sync.Mutex
	of   *control.Result
	rows []byte
}

// rowsOf returns the rows of what ops typed as they are stored. What they typed may not
// be changed afterwards.
func (m *Memo) rowsOf(typed *control.Result) ([]byte, error) {
	if m == nil {
		return json.Marshal(typed.Snapshot)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == typed {
		return m.rows, nil
	}
	rows, err := json.Marshal(typed.Snapshot)
	if err == nil {
		m.of, m.rows = typed, rows
	}
	return rows, err
}

// Announcement is an edit of the control spreadsheet that touches many people: one run
// tells ops in «Проверка» what it will change, the next one carries it out. A further
// edit is announced anew; if the edit is taken back, nothing changes.
type Announcement struct {
	Lines []string
	At    time.Time // when it was announced, later when it was carried out
	Done  bool
}

// Pending reports whether the next run carries the edit out; a nil one is none.
func (a *Announcement) Pending() bool { return a != nil && !a.Done }

// Decision says what a cycle does with the department that ops typed.
type Decision struct {
	// Department is in force in this cycle: what ops typed or, while that is only
	// announced, what they had typed before it.
	Department department.Department
	Said       *Announcement // shown in «Проверка»; nil: nothing
	// Due says that an announced edit takes effect now, so that there is work to do.
	Due bool
}

// Decide decides whether what ops typed takes effect in this cycle, or is announced while
// the previous department stays in force.
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
	rows, err := p.Memo.rowsOf(typed)
	if err != nil {
		return d, fmt.Errorf("keeping the configuration: %w", err)
	}
	same, pending := string(applied) == string(rows), d.Said.Pending()
	if same && !pending {
		return d, nil
	}
	if applied == nil || same { // the first one, or taken back
		return p.take(ctx, d, rows, nil)
	}
	was, err := inForce(applied, typed)
	if err != nil {
		return d, err
	}
	// Swapped names or e-mails always need an announcement: usually somebody sorted one
	// column by mistake, and people would find somebody else's name over their figures,
	// or get somebody else's.
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

// take stores that the rows are in force from now on. said is their announcement; nil:
// there was none, and the last one that was carried out stays visible.
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

// Changes describes in a language what the department that ops typed changes, one line
// each; nil if none was in force before it.
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

// inForce returns the rows in force, as of the day on which the new ones were read.
func inForce(applied []byte, typed *control.Result) (*control.Snapshot, error) {
	was := new(control.Snapshot)
	if err := json.Unmarshal(applied, was); err != nil {
		return nil, fmt.Errorf("reading the configuration in force from the ledger: %w", err)
	}
	was.Day, was.Since = typed.Snapshot.Day, typed.Snapshot.Since
	return was, nil
}

// effect holds what an edit of the control spreadsheet does.
type effect struct {
	was           *control.Snapshot
	before        department.Department // in force until then
	made, written int                   // counts of people's spreadsheets
}

// effect compares the department in force with the one that ops typed, layout by layout.
func (p Preview) effect(ctx context.Context, was *control.Snapshot, typed *control.Result) (effect, error) {
	e := effect{was: was, before: control.InForce(was, p.Lang, p.Templates)}
	var err error
	e.made, e.written, err = p.Count(ctx, &e.before, &typed.Department)
	return e, err
}

// lines describes an edit: row by row, and what it costs.
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

// cost describes the calls that an edit takes, for ops. perMinute is how many writes
// Google allows; 0: no limit.
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

// Told returns what «Проверка» says of an announcement, in the department's zone.
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
