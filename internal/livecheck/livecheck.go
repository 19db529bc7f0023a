// Package livecheck proves a Google account: it does there, in a throwaway folder, what
// the worker will do, and looks whether the real service answers as the program expects
// of it. What only the real service can tell is measured: how late Drive tells of edits,
// how the locale reads what people type, who can be shared with.
//
// One function makes one row of a table. The department, the spreadsheets and the folder
// are made for the run and deleted after it; a space and a lease of their own keep it
// apart from the department at work, of which nothing is read or written. Against the
// embedded Google every row passes, and fails with the fault that it is there to find.
//
// It uses the worker by its doors and decides nothing about sales.
package livecheck

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"svodka/internal/google"
	"svodka/internal/google/lease"
	"svodka/internal/ledger"
	"svodka/internal/words"
	"svodka/internal/worker"
	templates "svodka/sheets-templates"
)

// Options say what to prove, and with what.
type Options struct {
	// Identities are the accounts; the first does the work, the second, if there is one,
	// is the second key.
	Identities []google.Identity
	Endpoint   string // of the APIs; empty: Google's own
	FolderID   string // in which the throwaway folder is made; empty: My Drive
	Limits     google.Limits
	// Owner is the same for processes that cannot run at once, as those on one data
	// folder: after a kill the next of them need not wait for the lease to run out.
	Owner  string
	Holder string // the process, for people

	Manager  string // an address to share with, as a manager's; empty: not checked
	Stranger string // an address without a Google account; empty: not checked
	Record   string // folder in which the masked traffic is kept; empty: it is not

	Lang      words.Lang
	Zone      string
	Templates []templates.Role
	Defaults  []templates.Setting

	// Reread is how long the program reads changed spreadsheets again: what the measured
	// lag is held against.
	Reread time.Duration
	// Files are the spreadsheets on which the lag is measured at once; 0: 20.
	Files int
	// Races are how often two take the lease at once; 0: 20.
	Races int
	// Only are the keys of the rows to be looked at; none: all. The department is made
	// if one of them needs it.
	Only []string

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
	Tell  func(string) // what is being done, for people who wait; nil: nobody
}

// within is how long all of it may take; it is far less as a rule.
const within = 20 * time.Minute

// cleaning is how long putting away may take, also when the rest was cut off.
const cleaning = time.Minute

// ErrOthers tells that another check is at work on the account.
var ErrOthers = errors.New("another svodka check --live is at work on this account")

// trial is a run under way.
type trial struct {
	Options
	tap    *tap
	top    *google.Client // makes the folder and holds the lease
	client *google.Client // works in the folder
	second *google.Client // the second key in the folder; nil: there is none
	folder google.File
	space  string
	mirror *mirror
	ledger *ledger.Ledger
	worker *worker.Worker

	department error  // why there is none; nil: it is there
	edits      *edits // once they were made
	shared     bool   // the report with the manager
	lags       *lags  // once they were measured
}

// The lease's space, by which what a killed run left is found, and the kind of folder.
const (
	leaseSpace = "svodka-live"
	propSpace  = "svodka"
	propKind   = "kind"
	kindTrial  = "live-trial"
)

// Run proves the account row by row. The error is of what kept it from beginning or from
// putting away; what the account does otherwise than expected is in the table. The
// table is there, as far as it came, also with an error.
func Run(ctx context.Context, o Options) (Table, error) {
	if o.Files <= 0 {
		o.Files = 20
	}
	if o.Races <= 0 {
		o.Races = 20
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	t := &trial{Options: o, tap: &tap{writes: map[string][][]byte{}, unsure: map[string]bool{}},
		space: "live-" + strings.ToLower(rand.Text()[:10])}
	if o.Record != "" {
		r, err := newRecording(o.Record, o.Now(), []string{o.FolderID})
		if err != nil {
			return nil, err
		}
		t.tap.record = r
	}
	table, err := t.run(ctx)
	if t.tap.record != nil {
		err = errors.Join(err, t.tap.err(), t.tap.record.close())
	}
	return table, err
}

func (t *trial) run(ctx context.Context) (table Table, err error) {
	ids := t.tap.tapped(t.Identities)
	if t.top, err = t.open(ctx, ids[:1], t.FolderID, nil); err != nil {
		return nil, err
	}
	turn := lease.New(lease.Options{
		Google: t.top, Space: leaseSpace, Owner: t.Owner, Holder: t.Holder,
		Zone: time.UTC, Now: t.Now, Sleep: t.Sleep, Log: t.Log,
	})
	t.Tell("taking the turn")
	if err := turn.Take(ctx); err != nil {
		if errors.Is(err, lease.ErrHeld) {
			err = fmt.Errorf("%w: %w", ErrOthers, err)
		}
		return nil, err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
		defer cancel()
		t.Tell("putting away")
		table = append(table, t.putAway(bye))
		err = errors.Join(err, turn.Release(bye), t.forgetTurn(bye))
	}()
	bounded, cancel := context.WithTimeout(ctx, within-cleaning)
	defer cancel()
	keeping, stop := context.WithCancel(bounded)
	var wg sync.WaitGroup
	wg.Go(func() { turn.Keep(keeping) })
	defer func() { stop(); wg.Wait() }()

	t.Tell("removing what a killed run left")
	if err := t.removeLeftovers(ctx); err != nil {
		return nil, err
	}
	t.folder, err = t.top.MakeFolder(ctx, "svodka check --live, "+t.Now().UTC().Format("2006-01-02 15:04")+
		" UTC (может быть удалена / may be deleted)",
		map[string]string{propSpace: leaseSpace, propKind: kindTrial})
	if err != nil {
		return nil, err
	}
	if t.client, err = t.open(ctx, ids[:1], t.folder.ID, turn.Valid); err != nil {
		return nil, err
	}
	if len(ids) > 1 {
		if t.second, err = t.open(ctx, ids[1:2], t.folder.ID, nil); err != nil {
			return nil, err
		}
	}
	if t.mirror, err = newMirror(ctx, t.Options); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.mirror.close()) }()
	done, err := t.openWorker(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	for _, r := range t.chosen() {
		if bounded.Err() != nil {
			table = append(table, Result{Key: r.key, What: r.what, Expected: r.expected, State: NotChecked,
				Seen: "the time was up"})
			continue
		}
		t.Tell(r.what)
		table = append(table, t.row(bounded, r))
	}
	return table, ctx.Err()
}

// open makes a client for some identities in a folder.
func (t *trial) open(ctx context.Context, ids []google.Identity, folder string, mayWrite func() error) (*google.Client,
	error) {
	return google.New(ctx, google.Options{
		Identities: ids, Endpoint: t.Endpoint, FolderID: folder, Limits: t.Limits, MayWrite: mayWrite,
		Now: t.Now, Sleep: t.Sleep, Log: t.Log,
	})
}

// settleWindow is how long the trial's worker reads a changed spreadsheet again: short,
// since the trial waits for the end of it.
const settleWindow = 20 * time.Second

// openWorker makes a worker with a ledger in a folder for the time of the run.
func (t *trial) openWorker(ctx context.Context) (done func() error, err error) {
	dir, err := os.MkdirTemp("", "svodka-live-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the ledger of the check: %w", err)
	}
	if t.ledger, err = ledger.Open(ctx, filepath.Join(dir, "ledger.db"), t.Now); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	t.worker = worker.New(worker.Options{
		Google: t.client, Ledger: t.ledger, Lang: t.Lang, Space: t.space, Zone: t.Zone, Templates: t.Templates,
		Defaults: t.Defaults,
		Link:     func(id string) string { return "https://docs.google.com/spreadsheets/d/" + id + "/edit" },
		Now:      t.Now, Log: t.Log, Reread: min(t.Reread, settleWindow),
	})
	return func() error { return errors.Join(t.ledger.Close(), os.RemoveAll(dir)) }, nil
}

// row is one thing to prove.
type row struct {
	key, what, expected string
	// run looks at it. An error is what kept it from being seen: the row has failed.
	run func(*trial, context.Context) (Result, error)
	// people: it looks at the department.
	people bool
}

// chosen are the rows to look at.
func (t *trial) chosen() []row {
	if len(t.Only) == 0 {
		return rows()
	}
	people := slices.ContainsFunc(rows(), func(r row) bool { return r.people && slices.Contains(t.Only, r.key) })
	return slices.DeleteFunc(rows(), func(r row) bool {
		return !slices.Contains(t.Only, r.key) && (r.key != keyDepartment || !people)
	})
}

// keyDepartment is the row that makes the department, for the rows after it.
const keyDepartment = "department"

// errNotChecked is the error of a row that could not be looked at through no fault of the
// account.
type errNotChecked struct{ why string }

func (e errNotChecked) Error() string { return e.why }

func (t *trial) row(ctx context.Context, r row) Result {
	res, err := r.run(t, ctx)
	res.Key, res.What, res.Expected = r.key, r.what, r.expected
	var not errNotChecked
	switch {
	case err == nil:
	case errors.As(err, &not):
		res.State, res.Seen = NotChecked, not.why
	case ctx.Err() != nil:
		res.State, res.Seen = NotChecked, "the time was up"
	default:
		res.State, res.Seen = Failed, err.Error()
	}
	return res
}

// rows are all rows, in order.
func rows() []row {
	return []row{
		{keyDepartment, "a department with every role is made", "every report is made, and syncs settle",
			(*trial).makeDepartment, true},
		{"errors", "no cell shows an error", "none", (*trial).noErrors, true},
		{"written", "cells, looks, links, rules, charts and protections read back as written", "no difference",
			(*trial).readsBack, true},
		{"difference", "a second look finds nothing to write", "0 requests", (*trial).nothingToWrite, true},
		{keyDuplicated, "somebody duplicates a tab of their report", "settled, figures as typed, no difference",
			(*trial).duplicated, true},
		{keySorted, "somebody sorts the days of their report", "settled, figures as typed, no difference",
			(*trial).sorted, true},
		{keyMoved, "somebody moves a column of their report", "settled, figures as typed, no difference",
			(*trial).moved, true},
		{"share", "a report is shared with the address given", "writer of the own report", (*trial).shareWith, true},
		{"leaver", "a leaver loses access", "no right to it", (*trial).leave, true},
		{"stranger", "an address without a Google account is refused", "invalidSharingRequest", (*trial).shareStranger,
			false},
		{"typing", "what ru_RU makes of 12.5, 1-2 and 12,5 typed by a person", "12.5: date, 1-2: date, 12,5: number",
			(*trial).typing, false},
		{"link", "a text with a link is rewritten", "text and link are those of the last write", (*trial).rewriteLink,
			false},
		{"column", "a tagged column is deleted, the others are read", "a in column A: [А 1], c in column B: [В 3]",
			(*trial).deleteColumn, false},
		{"version", "how late the version of a file tells of an edit",
			"twice the most fits into the window of reading again", (*trial).versionLag, false},
		{"feed", "how late the change feed tells of an edit", "twice the most fits into the window of reading again",
			(*trial).feedLag, false},
		{"marks", "a second key sees the marks of the first", "seen within a minute", (*trial).marksSeen, false},
		{"races", "two keys take the turn at once", "one winner in each", (*trial).races, false},
	}
}

// verdict is a row that compared something.
func verdict(seen string, details []string) Result {
	r := Result{Seen: seen, Details: details}
	if len(details) > 0 {
		r.State = Failed
	}
	return r
}

// removeLeftovers deletes the folders of runs that were killed: whoever has the turn is
// alone.
func (t *trial) removeLeftovers(ctx context.Context) error {
	old, err := t.top.FindFolders(ctx, map[string]string{propSpace: leaseSpace, propKind: kindTrial})
	if err != nil {
		return err
	}
	for _, f := range old {
		if _, err := t.top.Remove(ctx, f.ID); err != nil {
			return fmt.Errorf("removing the folder that a killed run left: %w", err)
		}
	}
	return nil
}

// putAway deletes the folder with all that is in it, or puts it into the trash where the
// account may not delete.
func (t *trial) putAway(ctx context.Context) Result {
	r := Result{Key: "cleaning", What: "the folder is deleted after the check", Expected: "deleted, or in the trash"}
	if t.folder.ID == "" {
		r.State, r.Seen = NotChecked, "none was made"
		return r
	}
	trashed, err := t.top.Remove(ctx, t.folder.ID)
	switch {
	case err != nil:
		r.State, r.Seen = Failed, fmt.Sprintf("%v (delete it at Drive: %s)", err, t.folder.Name)
	case trashed:
		r.Seen = "in the trash"
	default:
		r.Seen = "deleted"
	}
	return r
}

// forgetTurn deletes the marks of the lease, which lie beside the folder.
func (t *trial) forgetTurn(ctx context.Context) error {
	marks, err := t.top.FindMarks(ctx, map[string]string{propSpace: leaseSpace})
	for _, m := range marks {
		_, rerr := t.top.Remove(ctx, m.ID)
		err = errors.Join(err, rerr)
	}
	return err
}
