// Package livecheck tries out a Google account: in a throw-away folder it does what the
// worker will do, and checks that the real service answers as the program expects. It
// measures what only the real service can tell: how late Drive reports edits, how the
// locale interprets typing, with whom files can be shared.
//
// Each function makes one row of a table. The department, the spreadsheets and the folder
// are made for the run and deleted after it; a space and a lease of their own separate
// them from the department at work, which is neither read nor written. Against the local
// Google every row passes, and fails with the fault that it must find.
//
// The package uses the worker's public methods and decides nothing about sales.
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

// Options say what to check, and with what.
type Options struct {
	// Identities are the accounts; the first does the work, the second, if any, is the
	// second key.
	Identities []google.Identity
	Endpoint   string // of the APIs; empty: Google's own
	FolderID   string // parent of the throw-away folder; empty: My Drive
	Limits     google.Limits
	// Owner is the same for processes that cannot run at once, such as those on one data
	// folder: after a kill the next one need not wait for the lease to run out.
	Owner  string
	Holder string // names the process for people

	Manager  string // an address to share with, like a manager's; empty: not checked
	Stranger string // an address without a Google account; empty: not checked
	Record   string // folder for the masked traffic; empty: none

	Lang      words.Lang
	Zone      string
	Templates []templates.Role
	Defaults  []templates.Setting

	// Reread is how long the program rereads changed spreadsheets, to compare the
	// measured lag with.
	Reread time.Duration
	// Files is on how many spreadsheets at once the lag is measured; 0: 20.
	Files int
	// Races is how often two take the lease at once; 0: 20.
	Races int
	// Only are the keys of the rows to check; none: all. The department is made if one of
	// them needs it.
	Only []string

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
	Tell  func(string) // called with what is being done, for people who wait; may be nil
}

// within limits the whole run, which usually takes far less.
const within = 20 * time.Minute

// cleaning limits the cleaning up, which also follows an interrupted run.
const cleaning = time.Minute

// ErrOthers means that another check is running on the account.
var ErrOthers = errors.New("another svodka check --live is at work on this account")

// trial is a run in progress.
type trial struct {
	Options
	tap    *tap
	top    *google.Client // makes the folder and holds the lease
	client *google.Client // works in the folder
	second *google.Client // the second key in the folder; nil: none
	folder google.File
	space  string
	mirror *mirror
	ledger *ledger.Ledger
	worker *worker.Worker

	department error  // why there is no department; nil: there is one
	edits      *edits // set once they were made
	shared     bool   // the report is shared with the manager
	lags       *lags  // set once they were measured
}

// The lease's space, which also finds what a killed run left, and the kind of folder.
const (
	leaseSpace = "svodka-live"
	propSpace  = "svodka"
	propKind   = "kind"
	kindTrial  = "live-trial"
)

// Run checks the account row by row. The error is about what prevented the start or the
// cleaning up; what the account does unexpectedly is in the table. Run returns the table,
// as far as it got, even with an error.
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

// open returns a client for some identities in a folder.
func (t *trial) open(ctx context.Context, ids []google.Identity, folder string, mayWrite func() error) (*google.Client,
	error) {
	return google.New(ctx, google.Options{
		Identities: ids, Endpoint: t.Endpoint, FolderID: folder, Limits: t.Limits, MayWrite: mayWrite,
		Now: t.Now, Sleep: t.Sleep, Log: t.Log,
	})
}

// settleWindow is how long the trial's worker rereads a changed spreadsheet: short,
// because the trial waits for its end.
const settleWindow = 20 * time.Second

// openWorker makes a worker with a ledger in a temporary folder.
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

// row is one thing to check.
type row struct {
	key, what, expected string
	// run checks it. Its error is what prevented the check: the row has failed.
	run func(*trial, context.Context) (Result, error)
	// people says that it needs the department.
	people bool
}

// chosen returns the rows to check.
func (t *trial) chosen() []row {
	if len(t.Only) == 0 {
		return rows()
	}
	people := slices.ContainsFunc(rows(), func(r row) bool { return r.people && slices.Contains(t.Only, r.key) })
	return slices.DeleteFunc(rows(), func(r row) bool {
		return !slices.Contains(t.Only, r.key) && (r.key != keyDepartment || !people)
	})
}

// keyDepartment is the row that makes the department for the rows after it.
const keyDepartment = "department"

// errNotChecked is the error of a row that could not be checked through no fault of the
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

// rows returns all rows, in order.
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
		{"aside", "a tab is set aside, after a batch that fails by its last request alone",
			"that request is named, and the copy is hidden", (*trial).setAside, false},
		{"version", "how late the version of a file tells of an edit",
			"twice the most fits into the window of reading again", (*trial).versionLag, false},
		{"feed", "how late the change feed tells of an edit", "twice the most fits into the window of reading again",
			(*trial).feedLag, false},
		{"marks", "a second key sees the marks of the first", "seen within a minute", (*trial).marksSeen, false},
		{"races", "two keys take the turn at once", "one winner in each", (*trial).races, false},
	}
}

// verdict returns the result of a comparison.
func verdict(seen string, details []string) Result {
	r := Result{Seen: seen, Details: details}
	if len(details) > 0 {
		r.State = Failed
	}
	return r
}

// removeLeftovers deletes the folders of killed runs: whoever has the lease is alone.
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

// putAway deletes the folder with everything in it, or trashes it if the account may not
// delete.
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

// forgetTurn deletes the marks of the lease, which are beside the folder.
func (t *trial) forgetTurn(ctx context.Context) error {
	marks, err := t.top.FindMarks(ctx, map[string]string{propSpace: leaseSpace})
	for _, m := range marks {
		_, rerr := t.top.Remove(ctx, m.ID)
		err = errors.Join(err, rerr)
	}
	return err
}
