// Package publish is the one writer of spreadsheets: it brings a spreadsheet from
// what stands in it to what should, whoever asks, so that a run may be cut off
// anywhere and the next one still ends in the same spreadsheet.
//
// The protocol is always the same:
//
//  1. Take what was written last; if that is not known, look.
//  2. Compare it with what should stand there. Nothing to do: no call.
//  3. Remember, on disk, that the spreadsheet is being written: from here on nobody
//     may believe what was known of it.
//  4. Write: one atomic batch, several where it is too large for one. The answer
//     shows what people typed up to that moment.
//  5. Hand over what they typed, then remember what stands there now.
//
// Google may refuse the batch because the spreadsheet is not as it was left, and an
// answer may be lost so that nobody knows whether the batch was carried out. Both
// times the spreadsheet is looked at and the comparison made once more. Where Google goes
// on refusing what touches a tab, there is a last resort: see [Resort].
//
// It decides nothing about what should stand in a spreadsheet, and reads nothing
// that people typed: that is its callers'.
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

// Google is what a Publisher asks of Google; a *google.Client.
type Google interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
	Apply(ctx context.Context, id string, reqs []*sheets.Request) error
	ApplyAndRead(ctx context.Context, id string, reqs []*sheets.Request, fields string) (*sheets.Spreadsheet, error)
	// AnsweredAt is a moment by Google's clock: what was answered so far was done by
	// then.
	AnsweredAt() time.Time
}

// Ledger remembers what is known of a spreadsheet, on disk before it returns; a
// *ledger.Ledger.
type Ledger interface {
	PutFile(ctx context.Context, f files.File) error
}

// Publisher writes spreadsheets. It may be used for several at once, but for one
// and the same only by one caller at a time, in one process: what is known of a
// spreadsheet holds only if nobody else writes where the worker does.
type Publisher struct {
	Google Google
	Ledger Ledger
	// PartSize is the size in bytes from which a write is sent in parts; 0:
	// workbook.MaxBytes.
	PartSize int
	Now      func() time.Time // of Resorts
}

// Job is one spreadsheet and what should stand in it.
type Job struct {
	// File is what is remembered of the spreadsheet; it must exist. It is kept in
	// step with what is stored.
	File *files.File
	// Name of the spreadsheet in errors, such as "the summary spreadsheet"; may be
	// empty.
	Name string
	// Fresh: it was made just now, by this run, and nobody has seen it. It may be
	// shared with people once Publish has returned nil: in one that was cut off
	// between two parts, rows have no identity yet.
	Fresh bool
	// Got is the spreadsheet if the caller has got it just now (with Fields, or
	// workbook.StateFields where those are empty); it spares a look. It may be nil.
	Got *sheets.Spreadsheet
	// Fields is the mask of what the caller wants to see of the spreadsheet, at
	// least workbook.StateFields. Empty: people do not write into this one, so the
	// answer is not looked at.
	Fields string
	// Look is the mask of a look that Publish takes itself, where the spreadsheet is not
	// known: at least Fields. Empty: Fields.
	Look string
	// Book gives what should stand in the spreadsheet. state is what is known of it;
	// got is the spreadsheet if it was looked at for this, else nil. Book is called
	// again if the spreadsheet is not as it was remembered. Its error ends the job,
	// as it is.
	Book func(ctx context.Context, state *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error)
	// First is sent ahead of the rest: cells by the places at which the caller has
	// just read them. It is left out when the spreadsheet had to be looked at.
	// Alone it is worth a write only if Urgent.
	First  []*sheets.Request
	Urgent bool
	// Digest names the layout; it is kept with what was written.
	Digest string
	// Answer is given the spreadsheet as it stands after the write, got with Fields,
	// and what was written. It stores what people typed up to then, and tells
	// whether the spreadsheet must be read anew all the same. Not called for a Fresh
	// spreadsheet and where Fields are empty. Its error ends the job, as it is.
	Answer func(ctx context.Context, after *workbook.State, s *sheets.Spreadsheet) (reread bool, err error)
	// Reread: what is written is itself to be read by the next run.
	Reread bool
	// Resort allows the last resort; nil: there is none.
	Resort *Resort
}

// LayoutError tells that what should stand in a spreadsheet cannot be written, by a
// mistake in the layout. Nothing was sent; it concerns this spreadsheet alone.
type LayoutError struct {
	Name string // of the spreadsheet; may be empty
	Err  error
}

// Error names the spreadsheet if it has a name.
func (e *LayoutError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("laying out: %v", e.Err)
	}
	return fmt.Sprintf("laying out %s: %v", e.Name, e.Err)
}

// Unwrap gives what is wrong with the layout.
func (e *LayoutError) Unwrap() error { return e.Err }

// Publish brings the job's spreadsheet to what should stand in it. wrote tells that
// something was sent, also when there is an error: the change feed may show it.
//
// After nil the spreadsheet stands as it should, and the file says so. After an
// error before anything was sent (looking failed, Book failed, a *LayoutError) the
// spreadsheet is as it was; so is the file, except that what turned out to be out
// of date is forgotten. After any other error, or when the process is killed,
// nobody knows what stands in it: the file, in the ledger too, says that it must be
// looked at before it is written and read before it is believed, and publishing it
// again puts everything right. What people typed is in the spreadsheet in each case.
//
// The errors are the callbacks' own, the ledger's, and a *google.Error of what
// Google would not do.
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
	}
}

// outOfStep tells that a spreadsheet is not as it was left, or that nobody knows
// whether it was written: to be looked at and tried again.
func outOfStep(err error) bool {
	var ge *google.Error
	return errors.As(err, &ge) && (ge.Status == http.StatusBadRequest || errors.Is(err, google.ErrAmbiguous))
}

// Remembered is what was written last into a file. Nil: not known, as after a write
// that failed, or written by another version of the program.
func Remembered(f files.File) *workbook.State { return remembered(f, workbook.UnmarshalState) }

func remembered(f files.File, read func([]byte) (*workbook.State, error)) *workbook.State {
	layout, known := f.Layout()
	if !known {
		return nil
	}
	state, err := read(layout)
	if err != nil {
		return nil // its form is that of another version: look
	}
	return state
}

// Observed is the state of a spreadsheet that was just got, with workbook.StateFields at
// least: what was written last, put where it stands now, or, if that is not known, what
// the spreadsheet shows.
func Observed(f files.File, s *sheets.Spreadsheet) *workbook.State {
	if state := Remembered(f); state != nil {
		return workbook.Refresh(state, s)
	}
	return workbook.StateOf(s)
}

// publish is one try. got is the spreadsheet if it was looked at.
func (p *Publisher) publish(ctx context.Context, job Job) (sent bool, got *sheets.Spreadsheet, err error) {
	state, got, err := p.known(ctx, job)
	if err != nil {
		return false, nil, err
	}
	sent, err = p.bring(ctx, job, state, got)
	return sent, got, err
}

// bring brings the spreadsheet from what is known of it to what should stand there.
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
	if !after.Doubtful() { // else it is looked at again before the next write
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
	done, reread, err := p.write(ctx, job, reqs, after)
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

// known is what is known of the spreadsheet, and the spreadsheet if it was looked
// at for that.
func (p *Publisher) known(ctx context.Context, job Job) (*workbook.State, *sheets.Spreadsheet, error) {
	if job.Fresh {
		return workbook.Fresh(), nil, nil
	}
	if state := remembered(*job.File, workbook.OpenState); state != nil { // for a Diff
		return state, nil, nil
	}
	got := job.Got
	if got == nil {
		fields := cmp.Or(job.Look, job.Fields, workbook.StateFields)
		var err error
		if got, err = p.Google.Spreadsheet(ctx, job.File.ID, fields); err != nil {
			return nil, nil, named("looking at", job.Name, err)
		}
	}
	return workbook.StateOf(got), got, nil
}

// unchanged keeps that the spreadsheet stands as it should.
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

// write sends the requests, the last of them so that the answer is seen. By Google's
// clock it was done not after done.
func (p *Publisher) write(ctx context.Context, job Job, reqs []*sheets.Request, after *workbook.State) (done time.Time,
	reread bool, err error) {
	parts := workbook.Split(reqs, p.partSize())
	last := len(parts) - 1
	for i, part := range parts {
		if i < last || job.Fields == "" || job.Fresh {
			if err := p.Google.Apply(ctx, job.File.ID, part); err != nil {
				return done, false, named("writing", job.Name, refusedOf(part, err))
			}
			continue
		}
		s, err := p.Google.ApplyAndRead(ctx, job.File.ID, part, job.Fields)
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

// Type types into cells that are people's, for them, as an import does. cells reads
// where they stand, and gives the requests; none: nothing is to be done. It is
// called again if the spreadsheet was not as it had read it, or if nobody knows
// whether it was written: so it must leave out what stands there already.
//
// What the worker has written itself stays known. The file says that it must be
// read, from before the first request on: after an error, or when the process is
// killed, some of the cells may be typed or none, and the next run reads them.
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

// named says what was done with a spreadsheet that has a name.
func named(doing, name string, err error) error {
	if err == nil || name == "" {
		return err
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}
