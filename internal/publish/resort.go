package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/workbook"
)

// Resort is the last resort for a tab that Google keeps refusing: twice in a row, with
// the same message, it has refused a batch made from a look at the whole spreadsheet,
// because of something on that tab that the look does not show. Publish then sets the tab
// aside: it keeps a hidden copy, deletes the tab in the same batch, and lets the layout
// make it anew like one that is lost.
//
// First it asks Google whether that would help, with a batch that does all of it, the new
// tab included, and ends with a request that must fail. Google carries out a batch in
// order, and whole or not at all: if only that last request fails, the rest is sound, and
// nothing has happened. Otherwise the tab stays as it is: out of date is better than
// gone, and our layout may be at fault.
//
// Publish sets a tab aside once in files.AsideRest. It stores what must be remembered of
// that before it sends the batch.
type Resort struct {
	// Kept returns the title of the copy from that of the tab.
	Kept func(title string) string
	// Keep stores what people have typed, from the spreadsheet that Publish looked at:
	// before the tab is set aside, and again afterwards, with the copy in the tab's
	// place, up to the very moment. Nil: nobody types there. An error of Keep ends the
	// job and is returned as it is.
	Keep func(ctx context.Context, s *sheets.Spreadsheet) error
}

// RefusedError says which request of a write Google refused.
type RefusedError struct {
	Request *sheets.Request
	Why     string // in Google's words
	Err     error
}

// Error returns Google's message.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns Google's error.
func (e *RefusedError) Unwrap() error { return e.Err }

// refusedOf adds to the error of a part of a write which of its requests was refused.
func refusedOf(part []*sheets.Request, err error) error {
	i, why, ok := google.RefusedRequest(err)
	if !ok || i >= len(part) || part[i] == nil {
		return err
	}
	return &RefusedError{part[i], why, err}
}

// refusal is a tab that Google refuses to change, and why.
type refusal struct {
	tab int64
	why string
}

// hopeless returns the tab that was refused in a try that had looked, if it may be set
// aside.
func (p *Publisher) hopeless(job Job, got *sheets.Spreadsheet, err error) *refusal {
	var re *RefusedError
	if job.Resort == nil || got == nil || !errors.As(err, &re) {
		return nil
	}
	tab, ok := workbook.TabOf(re.Request, got)
	if !ok || !job.File.MayAside(tab, p.Now()) {
		return nil
	}
	if _, there := workbook.NewAside(got, tab, job.Resort.Kept); !there {
		return nil
	}
	return &refusal{tab, re.Why}
}

// setAside sets a tab aside and publishes the rest. got is the spreadsheet as Publish saw
// it, and cause is Google's refusal of what was made from that.
func (p *Publisher) setAside(ctx context.Context, job Job, got *sheets.Spreadsheet, tab int64, cause error) error {
	a, ok := workbook.NewAside(got, tab, job.Resort.Kept)
	if !ok {
		return cause
	}
	keep := func(s *sheets.Spreadsheet) error {
		if job.Resort.Keep == nil {
			return nil
		}
		return job.Resort.Keep(ctx, s)
	}
	if err := keep(got); err != nil {
		return err
	}
	known := files.Aside{Tab: a.Tab, Title: a.Title, Copy: a.Copy, Kept: a.Kept, At: p.Now()}
	if helps, err := p.wouldHelp(ctx, job, got, a, cause); err != nil {
		return err
	} else if !helps {
		return p.refused(ctx, job, known, cause)
	}
	job.File.BeginAside(known)
	if err := p.Ledger.PutFile(ctx, *job.File); err != nil {
		return err
	}
	fields := cmp.Or(job.Look, job.Fields, workbook.StateFields)
	after, err := p.Google.ApplyAndRead(ctx, job.File.ID, a.Requests(got), fields)
	if _, _, again := google.RefusedRequest(err); again {
		return p.refused(ctx, job, known, cause)
	}
	if errors.Is(err, google.ErrAmbiguous) {
		after, err = p.Google.Spreadsheet(ctx, job.File.ID, fields)
	}
	if err != nil {
		return named("setting a tab aside of", job.Name, err)
	}
	standing, ok := a.Standing(after)
	if !ok {
		return cause // it was not carried out: the next run starts again
	}
	if err := keep(standing); err != nil {
		return err
	}
	job.Resort, job.Fresh, job.Got = nil, false, after
	_, err = p.Publish(ctx, job)
	return err
}

// refused records that the tab cannot be set aside either; it returns cause.
func (p *Publisher) refused(ctx context.Context, job Job, a files.Aside, cause error) error {
	job.File.RefuseAside(a)
	if err := p.Ledger.PutFile(ctx, *job.File); err != nil {
		return err
	}
	return cause
}

// wouldHelp asks Google whether it would set the tab aside and make it anew.
func (p *Publisher) wouldHelp(ctx context.Context, job Job, got *sheets.Spreadsheet, a workbook.Aside,
	cause error) (bool, error) {
	after := a.After(got)
	book, err := job.Book(ctx, workbook.StateOf(after), after)
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(book.Tabs, func(t *workbook.Tab) bool { return t.ID == a.Tab }) {
		return false, nil // it is not ours, and deleting it would lose it
	}
	question, err := a.Question(got, book)
	if err != nil {
		return false, &LayoutError{job.Name, err}
	}
	err = p.Google.Apply(ctx, job.File.ID, question)
	if err == nil {
		return false, fmt.Errorf("%w (google has deleted a tab that there is not)", cause)
	}
	if i, _, refused := google.RefusedRequest(err); refused {
		return i == len(question)-1, nil
	}
	return false, named("asking whether a tab can be set aside of", job.Name, err)
}

// resume adds to the requests of a layout those that finish setting a tab aside. It drops
// what was begun but not carried out.
func resume(f *files.File, got *sheets.Spreadsheet, reqs []*sheets.Request) []*sheets.Request {
	for _, k := range f.Asides() {
		if k.Stage != files.AsideOpen {
			continue
		}
		if a := asideOf(k); a.CopyOf(got) {
			reqs = a.Resume(got, reqs)
		} else {
			f.DropAside(k.Tab)
		}
	}
	return reqs
}

func asideOf(k files.Aside) workbook.Aside {
	return workbook.Aside{Tab: k.Tab, Title: k.Title, Copy: k.Copy, Kept: k.Kept}
}

// Standing returns a spreadsheet that was just got as it should be read: if a run was cut
// off while it set tabs aside, with their copies in the place of the tabs. anew means
// that there is one, so that the spreadsheet must be laid out.
func Standing(f files.File, s *sheets.Spreadsheet) (_ *sheets.Spreadsheet, anew bool) {
	for _, k := range f.Asides() {
		if k.Stage != files.AsideOpen {
			continue
		}
		var ok bool
		s, ok = asideOf(k).Standing(s)
		anew = anew || ok
	}
	return s, anew
}

// SetAside returns the tabs of a file that were set aside, and made anew, since a moment.
func SetAside(f files.File, since time.Time) []files.Aside {
	var out []files.Aside
	for _, a := range f.Asides() {
		if a.Stage == files.AsideDone && !a.At.Before(since) {
			out = append(out, a)
		}
	}
	return out
}
