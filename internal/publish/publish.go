// Package publish is the only writer of spreadsheets. It changes a spreadsheet from what
// it holds to what it should hold. A run may be cut off anywhere, and the next one still
// ends in the same spreadsheet.
//
// The protocol is always the same:
//
//  1. Take the state that was written last; if it is not known, look.
//  2. Compare it with what should be there. If nothing differs, make no call.
//  3. Record on disk that the spreadsheet is being written: from here on nobody may
//     trust what was known of it.
//  4. Write: one atomic batch, or several if it is too large for one. The answer
//     shows what people typed up to that moment.
//  5. Hand over what they typed, then record the new state.
//
// Google may refuse the batch because the spreadsheet has changed since it was recorded,
// or an answer may be lost, so that nobody knows whether Google carried the batch out. In
// both cases Publish looks at the spreadsheet and compares once more. If Google keeps
// refusing changes of a tab, there is a last resort: see [Resort].
//
// The package does not decide what a spreadsheet should hold, and does not read what
// people typed: its callers do.
package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/workbook"
)

// Google is the part of *google.Client that a Publisher uses.
type Google interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
	Apply(ctx context.Context, id string, reqs []*sheets.Request) error
	ApplyAndRead(ctx context.Context, id string, reqs []*sheets.Request, fields string,
		ranges ...string) (*sheets.Spreadsheet, error)
	// AnsweredAt returns a moment by Google's clock: everything answered so far was done
	// by then.
	AnsweredAt() time.Time
}

// Ledger stores what is known of a spreadsheet, on disk before it returns; *ledger.Ledger
// implements it.
type Ledger interface {
	PutFile(ctx context.Context, f files.File) error
}

// Publisher writes spreadsheets. It may write several at once, but each only for one
// caller at a time, in one process: what it knows of a spreadsheet holds only if nobody
// else writes to the worker's cells.
type Publisher struct {
	Google Google
	Ledger Ledger
	// PartSize is the size in bytes above which Publisher sends a write in parts; 0:
	// workbook.MaxBytes.
	PartSize int
	Now      func() time.Time // of Resorts
}

// Job is one spreadsheet and what it should hold.
type Job struct {
	// File is the record of the spreadsheet; it must exist. Publish keeps it equal to the
	// stored one.
	File *files.File
	// Name names the spreadsheet in errors, such as "the summary spreadsheet"; may be
	// empty.
	Name string
	// Fresh means that this run has just made the spreadsheet and nobody has seen it.
	// Share it with people only after Publish has returned nil: if it was cut off between
	// two parts, rows have no identity yet.
	Fresh bool
	// Got is the spreadsheet if the caller has just got it (with Fields, or
	// workbook.StateFields if those are empty); it saves a look. It may be nil.
	Got *sheets.Spreadsheet
	// Fields is the mask of what the caller wants to see of the spreadsheet, at least
	// workbook.StateFields. Empty: people do not write into this one, so Publish ignores
	// the answer.
	Fields string
	// Shown tells, by the key, which tabs that are there already the answer must show: it
	// costs in proportion to them. Nil: all. It may show more.
	Shown func(tab string) bool
	// Look is the mask that Publish looks with if the spreadsheet is not known: at least
	// Fields. Empty: Fields.
	Look string
	// Observe looks at the spreadsheet in place of a look with Look, if it is too large
	// for one answer; nil: it is not.
	Observe func(ctx context.Context) (*workbook.State, error)
	// Book returns what the spreadsheet should hold. state is what is known of it; got is
	// the spreadsheet if Publish looked at it for this, else nil. Publish calls Book
	// again if the spreadsheet differs from the recorded state. An error of Book ends the
	// job and is returned as it is.
	Book func(ctx context.Context, state *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error)
	// First is sent before the rest: cells at the places where the caller has just read
	// them. Publish leaves it out if it had to look at the spreadsheet. Alone it causes a
	// write only if Urgent.
	First  []*sheets.Request
	Urgent bool
	// Digest identifies the layout; it is stored with what was written.
	Digest string
	// Answer gets the spreadsheet as it is after the write, with Fields, and what was
	// written. It stores what people typed up to then, and reports whether the
	// spreadsheet must be read again all the same. Publish does not call it for a Fresh
	// spreadsheet or if Fields is empty. An error of Answer ends the job and is returned
	// as it is.
	Answer func(ctx context.Context, after *workbook.State, s *sheets.Spreadsheet) (reread bool, err error)
	// Reread means that the next run must read what this one writes.
	Reread bool
	// Resort allows the last resort; nil: there is none.
	Resort *Resort
}

// LayoutError means that a mistake in the layout makes it impossible to write. Nothing
// was sent; other spreadsheets are not affected.
type LayoutError struct {
	Name string // of the spreadsheet; may be empty
	Err  error
}

// Error includes the name of the spreadsheet if it has one.
func (e *LayoutError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("laying out: %v", e.Err)
	}
	return fmt.Sprintf("laying out %s: %v", e.Name, e.Err)
}

// Unwrap returns what is wrong with the layout.
func (e *LayoutError) Unwrap() error { return e.Err }

// Publish changes the job's spreadsheet to what it should hold. wrote means that
// something was sent, even if there is an error: the change feed may show it.
//
// After nil the spreadsheet is as it should be, and the file says so. After an error
// before anything was sent (looking failed, Book failed, a *LayoutError) the spreadsheet
// is as it was; so is the file, except that Publish has dropped what turned out to be out
// of date. After any other error, or when the process is killed, nobody knows what the
// spreadsheet holds: the file, in the ledger too, says that it must be looked at before
// the next write and read before anybody trusts it, and publishing it again repairs
// everything. In each case the spreadsheet holds what people typed.
//
// The errors are those of the callbacks and the ledger, and a *google.Error if Google
// refused.
func (p *Publisher) Publish(ctx context.Context, job Job) (wrote bool, err error) {
	var before *refusal // of the last try, if that had looked
	for try := 0; ; try++ {
		sent, got, err := p.publish(ctx, job)
		wrote = wrote || sent
		if !outOfStep(err) {
			return wrote, err
		}
		now := p.hopeless(job, got, err)
		switch {
		case now != nil && before != nil && *now == *before:
			return wrote, p.setAside(ctx, job, got, now.tab, err)
		case try > 0 && (now == nil || before != nil):
			return wrote, err
		}
		before = now
		job.File.Forget()
		job.Fresh, job.Got = false, nil
		if job.Resort != nil { // it needs the spreadsheet itself
			job.Observe = nil
		}
	}
}

// outOfStep reports whether an error means that the spreadsheet differs from its record,
// or that nobody knows whether it was written: then look and try again.
func outOfStep(err error) bool {
	var ge *google.Error
	return errors.As(err, &ge) && (ge.Status == http.StatusBadRequest || errors.Is(err, google.ErrAmbiguous))
}

// Remembered returns what was written last into a file. Nil: not known, as after a failed
// write, or written by another version of the program.
func Remembered(f files.File) *workbook.State { return remembered(f, workbook.UnmarshalState) }

func remembered(f files.File, read func([]byte) (*workbook.State, error)) *workbook.State {
	layout, known := f.Layout()
	if !known {
		return nil
	}
	state, err := read(layout)
	if err != nil {
		return nil // another version of the format: look
	}
	return state
}

// Observed returns the state of a spreadsheet that was just got, with
// workbook.StateFields at least: what was written last, moved to where it is now, or, if
// that is not known, what the spreadsheet shows.
func Observed(f files.File, s *sheets.Spreadsheet) *workbook.State {
	if state := Remembered(f); state != nil {
		return workbook.Refresh(state, s)
	}
	return workbook.StateOf(s)
}

// publish is one try. got is the spreadsheet if publish looked at it.
func (p *Publisher) publish(ctx context.Context, job Job) (sent bool, got *sheets.Spreadsheet, err error) {
	state, got, err := p.known(ctx, job)
	if err != nil {
		return false, nil, err
	}
	sent, err = p.bring(ctx, job, state, got)
	return sent, got, err
}

// bring changes the spreadsheet from what is known of it to what should be there.
func (p *Publisher) bring(ctx context.Context, job Job, state *workbook.State,
	got *sheets.Spreadsheet) (sent bool, err error) {
	book, err := job.Book(ctx, state, got)
	if err != nil {
		return false, err
	}
	reqs, after, err := workbook.Diff(state, book)
	if err != nil {
		return false, &LayoutError{job.Name, err}
	}
	var stands []byte
	if !after.Doubtful() { // else look again before the next write
		if stands, err = after.Marshal(); err != nil {
			return false, err
		}
	}
	if got != nil {
		reqs = resume(job.File, got, reqs)
	}
	if got == nil && (len(reqs) > 0 || job.Urgent) {
		reqs = append(job.First[:len(job.First):len(job.First)], reqs...)
	}
	if len(reqs) == 0 {
		return false, p.unchanged(ctx, job, stands)
	}
	job.File.BeginWrite()
	if err := p.Ledger.PutFile(ctx, *job.File); err != nil {
		return false, err
	}
	var ranges []string
	if got == nil && job.Shown != nil {
		ranges = state.RangesOf(after, job.Shown)
	}
	done, reread, err := p.write(ctx, job, reqs, after, ranges)
	if err != nil {
		return true, err
	}
	f := *job.File
	f.EndWrite(stands, job.Digest, reread || job.Reread, done)
	if err := p.Ledger.PutFile(ctx, f); err != nil {
		return true, err
	}
	*job.File = f
	return true, nil
}

// known returns what is known of the spreadsheet, and the spreadsheet if it had to look.
func (p *Publisher) known(ctx context.Context, job Job) (*workbook.State, *sheets.Spreadsheet, error) {
	if job.Fresh {
		return workbook.Fresh(), nil, nil
	}
	if state := remembered(*job.File, workbook.OpenState); state != nil { // for a Diff
		return state, nil, nil
	}
	got := job.Got
	if got == nil && job.Observe != nil {
		state, err := job.Observe(ctx)
		return state, nil, named("looking at", job.Name, err)
	}
	if got == nil {
		fields := cmp.Or(job.Look, job.Fields, workbook.StateFields)
		var err error
		if got, err = p.Google.Spreadsheet(ctx, job.File.ID, fields); err != nil {
			return nil, nil, named("looking at", job.Name, err)
		}
	}
	return workbook.StateOf(got), got, nil
}

// unchanged records that the spreadsheet is as it should be.
func (p *Publisher) unchanged(ctx context.Context, job Job, stands []byte) error {
	f := *job.File
	f.Confirm(stands, job.Digest, job.Fields == "") // then nobody has typed into it
	if job.Reread {
		f.Reread()
	}
	if f.Equal(*job.File) {
		return nil
	}
	if err := p.Ledger.PutFile(ctx, f); err != nil {
		return err
	}
	*job.File = f
	return nil
}

// write sends the requests, the last of them so that the answer shows the spreadsheet. By
// Google's clock the write was done by done at the latest.
func (p *Publisher) write(ctx context.Context, job Job, reqs []*sheets.Request, after *workbook.State,
	ranges []string) (done time.Time, reread bool, err error) {
	parts := workbook.Split(reqs, p.partSize())
	last := len(parts) - 1
	for i, part := range parts {
		if i < last || job.Fields == "" || job.Fresh {
			if err := p.Google.Apply(ctx, job.File.ID, part); err != nil {
				return done, false, named("writing", job.Name, refusedOf(part, err))
			}
			continue
		}
		s, err := p.Google.ApplyAndRead(ctx, job.File.ID, part, job.Fields, ranges...)
		if err != nil {
			return done, false, named("writing", job.Name, refusedOf(part, err))
		}
		done = p.Google.AnsweredAt()
		reread, err = job.Answer(ctx, after, s)
		return done, reread, err
	}
	return p.Google.AnsweredAt(), false, nil
}

func (p *Publisher) partSize() int {
	if p.PartSize > 0 {
		return p.PartSize
	}
	return workbook.MaxBytes
}

// Type types into people's cells on their behalf, as an import does. cells reads where
// they are and returns the requests; none: there is nothing to do. Type calls it again if
// the spreadsheet differs from what cells had read, or if nobody knows whether it was
// written: so cells must leave out what is already there.
//
// What the worker has written itself stays known. From before the first request on, the
// file says that the spreadsheet must be read: after an error, or when the process is
// killed, any number of the cells may be typed, and the next run reads them.
func (p *Publisher) Type(ctx context.Context, f *files.File, name string,
	cells func(context.Context) ([]*sheets.Request, error)) error {
	for try := 0; ; try++ {
		reqs, err := cells(ctx)
		if err != nil || len(reqs) == 0 {
			return err
		}
		if !f.Unread() {
			f.Reread()
			if err := p.Ledger.PutFile(ctx, *f); err != nil {
				return err
			}
		}
		for _, part := range workbook.Split(reqs, p.partSize()) {
			if err = p.Google.Apply(ctx, f.ID, part); err != nil {
				break
			}
		}
		if try > 0 || !outOfStep(err) {
			return named("writing", name, err)
		}
	}
}

// named adds to an error what was done, and the name of the spreadsheet if it has one.
func named(doing, name string, err error) error {
	if err == nil || name == "" {
		return err
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}
