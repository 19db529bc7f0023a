// Package files holds what is remembered of a spreadsheet, and of Drive's change feed,
// from one run to the next, and every way in which that changes. Each way is a named
// method here; nobody else can alter what is remembered. All follow one rule: we may
// remember less than the truth, which costs a look; we never believe anything false.
//
// It is pure: the ledger stores its values, and whoever reads or writes a spreadsheet
// tells it what happened.
package files

import (
	"bytes"
	"slices"
	"time"

	"svodka/internal/department"
)

// Kinds of files.
const (
	Control = "control" // of ops: the configuration
	Summary = "summary" // of the director
	Team    = "team"    // the summary of a team; Person is the id of the team
	History = "history" // closed periods of a year, or of a part of it: package archive
	Report  = "report"  // of a person, or of several if ops gave them the same
	Reports = "reports" // the folder of people's reports; not a spreadsheet
	// TeamReports is the folder of a team in it, for what its leads see.
	TeamReports = "team-reports"
)

// File is a spreadsheet that the worker looks after. The zero value with a Kind, and a
// Person for a report, is one that is still to be made.
type File struct {
	ID   string
	Kind string
	// Person is the person for whom a report was made; of a Team its id, of a History
	// the year.
	Person department.PersonID
	URL    string

	r remembered
}

// remembered is the part of a File that only this package changes.
type remembered struct {
	layout  []byte // its layout, as workbook encodes it; empty: unknown, or kept
	kept    int64  // the number under which from keeps the layout; 0: it does not
	from    Layouts
	digest  string
	unread  bool
	writing bool
	trouble string
	gone    time.Time // zero: it exists
	changed time.Time
	// By Google's clock:
	wrote time.Time // our last write was no later; zero: there was none, or its end is unknown
	told  time.Time // the last modification in the change feed

	asides []Aside
	unseen Unseen
}

// Layouts keeps layouts by number: a cycle knows of all files, and asks for the layouts
// of a few. What was kept under a number once is never changed.
type Layouts interface {
	// Layout gives the layout under a number; nil: it is there no more.
	Layout(num int64) []byte
}

// Made returns a file that was made just now: it is empty, and nobody has seen it.
func Made(id, kind string, person department.PersonID, url string) File {
	return File{ID: id, Kind: kind, Person: person, URL: url}
}

// Found returns a file of which only Drive's facts are known.
func Found(id, kind string, person department.PersonID, url string) File {
	f := Made(id, kind, person, url)
	f.Distrust()
	return f
}

// Layout returns the spreadsheet's layout, as workbook encodes it, and whether it is
// known. If it is not, look before writing anything.
func (f File) Layout() (layout []byte, known bool) {
	if f.r.kept != 0 {
		layout = f.r.from.Layout(f.r.kept)
		return layout, len(layout) > 0
	}
	return f.r.layout, f.Known()
}

// Known reports whether the spreadsheet's layout is known.
func (f File) Known() bool { return len(f.r.layout) > 0 || f.r.kept != 0 }

// stand takes down what stands in the spreadsheet; nil: nobody knows.
func (f *File) stand(layout []byte) { f.r.layout, f.r.kept, f.r.from = layout, 0, nil }

// Digest identifies the inputs of the spreadsheet's present layout. Empty: lay it out,
// whatever is there.
func (f File) Digest() string { return f.r.digest }

// Unread reports whether the spreadsheet must be read before what is remembered can be
// believed: somebody may have typed since.
func (f File) Unread() bool { return f.r.unread }

// BeingWritten reports whether a write was begun whose end is unknown.
func (f File) BeingWritten() bool { return f.r.writing }

// Trouble returns why the spreadsheet could not be read or written at the last try, in
// English; empty: it could.
func (f File) Trouble() string { return f.r.trouble }

// ToRead reports whether the next run reads the spreadsheet: it is unread, or was
// unreachable.
func (f File) ToRead() bool { return f.r.unread || f.r.trouble != "" }

// Gone reports whether the file is deleted or in the trash.
func (f File) Gone() bool { return !f.r.gone.IsZero() }

// GoneAt returns when the file was seen to be gone; zero: it exists.
func (f File) GoneAt() time.Time { return f.r.gone }

// ChangedAt returns when somebody's change was last seen; zero: so long ago that Google
// will report nothing more of it.
func (f File) ChangedAt() time.Time { return f.r.changed }

// Tell records an entry of the change feed about an existing file: when its content was
// last modified, by Google's clock, and whether by the worker's account. It reports
// whether that is news: somebody's edit that is not known yet.
//
// Google reports edits minutes late, ours as well. A change by our account no later than
// our last write is that write, or came before it: the write's answer showed what was
// typed by then, or the file is unread anyhow. A later one was made by a person who uses
// our account. Nobody types into the summary: there, our account's changes are ours.
//
// An entry with the same modification as the last one is about something else, such as a
// view of the file, or its sharing.
func (f *File) Tell(modified time.Time, byWorker bool) (news bool) {
	ours := byWorker && (f.Ours() || !modified.After(f.r.wrote))
	if !f.Gone() && !modified.IsZero() && (ours || modified.Equal(f.r.told)) {
		f.r.told = modified
		return false
	}
	f.r.told = modified
	f.change()
	return true
}

// change records that somebody has edited the file. A file that only the worker writes
// must be looked at after anybody else's edit.
func (f *File) change() {
	f.r.gone, f.r.unread = time.Time{}, true
	if f.Ours() {
		f.stand(nil)
	}
}

// Ours reports whether nobody types into the file: the worker alone writes it.
func (f File) Ours() bool { return f.Kind == Summary || f.Kind == Team || f.Kind == History }

// Follow makes runs reread the file for a while from now on, because Google reports edits
// in batches.
func (f *File) Follow(now time.Time) { f.r.changed = now }

// Unfollow ends Follow.
func (f *File) Unfollow() { f.r.changed = time.Time{} }

// Reread makes the next run read the spreadsheet, whatever the change feed says.
func (f *File) Reread() { f.r.unread = true }

// Distrust forgets the spreadsheet's layout and makes the next run read it: somebody else
// may have written what only the worker writes.
func (f *File) Distrust() {
	f.stand(nil)
	f.r.unread = true
}

// Return records that a file exists, of which nothing is believed.
func (f *File) Return() {
	f.r.gone = time.Time{}
	f.Distrust()
}

// Trash records that the file was seen deleted or in the trash at a moment.
func (f *File) Trash(now time.Time) {
	if !f.Gone() {
		f.r.gone = now
	}
}

// BeginWrite is stored before the first request of a write: from then on nobody knows the
// layout, and what people type meanwhile is unread.
func (f *File) BeginWrite() {
	f.stand(nil)
	f.r.unread, f.r.writing, f.r.wrote = true, true, time.Time{}
}

// EndWrite records the answer of a write: the present layout, and whether people typed
// something that must still be read. Google had done the write no later than now, by its
// clock.
func (f *File) EndWrite(layout []byte, digest string, unread bool, now time.Time) {
	f.stand(layout)
	f.r.digest, f.r.unread, f.r.writing, f.r.trouble = digest, unread, false, ""
	f.r.wrote = now
	f.closeAsides()
}

// Confirm records that the spreadsheet is as it should be, so that nothing was sent. read
// says that nobody types there, so that nothing is left to be read either.
func (f *File) Confirm(layout []byte, digest string, read bool) {
	f.stand(layout)
	f.r.digest, f.r.writing = digest, false
	f.closeAsides()
	if read {
		f.r.unread, f.r.trouble = false, ""
	}
}

// Forget forgets the spreadsheet's layout: Google's answer showed that it is different.
func (f *File) Forget() { f.stand(nil) }

// Locate records the layout that was read just now, for a write that follows at once.
func (f *File) Locate(layout []byte) {
	f.stand(layout)
	f.r.writing = false
}

// Recognise records that a file was found to be laid out as digest says. It is read next.
func (f *File) Recognise(digest string) { f.r.digest, f.r.unread = digest, true }

// Read records a reading: what people typed is stored, and the layout is layout; nil: all
// stands where the known one has it. asLaidOut says that it is the one that was last
// written, as far as known; else the spreadsheet is laid out again.
func (f *File) Read(layout []byte, asLaidOut bool) {
	if layout != nil {
		f.stand(layout)
	}
	f.read(asLaidOut)
}

func (f *File) read(asLaidOut bool) {
	f.r.unread, f.r.writing, f.r.trouble = false, false, ""
	if !asLaidOut {
		f.r.digest = ""
	}
}

// Broken records a reading that missed parts of the spreadsheet: the rest is stored, and
// the write that restores the parts looks first.
func (f *File) Broken() {
	f.stand(nil)
	f.read(false)
}

// Fail records why the spreadsheet could not be read or written.
func (f *File) Fail(reason string) { f.r.trouble = reason }

// Equal reports whether the same is remembered of two files.
func (f File) Equal(g File) bool {
	return f.ID == g.ID && f.Kind == g.Kind && f.Person == g.Person && f.URL == g.URL &&
		f.r.digest == g.r.digest &&
		f.r.unread == g.r.unread && f.r.writing == g.r.writing && f.r.trouble == g.r.trouble &&
		f.r.gone.Equal(g.r.gone) && f.r.changed.Equal(g.r.changed) &&
		f.r.wrote.Equal(g.r.wrote) && f.r.told.Equal(g.r.told) && f.standsAs(g) &&
		slices.EqualFunc(f.r.asides, g.r.asides, Aside.equal) && f.r.unseen.Equal(g.r.unseen)
}

// standsAs tells that the layouts of two files are equal.
func (f File) standsAs(g File) bool {
	if f.Known() != g.Known() {
		return false
	}
	if f.r.kept != 0 && f.r.kept == g.r.kept {
		return true
	}
	a, known := f.Layout()
	b, too := g.Layout()
	return known == too && bytes.Equal(a, b)
}

// Row is a File as the ledger stores it, each part in a column of its own.
type Row struct {
	ID, Kind string
	Person   department.PersonID
	URL      string
	Layout   []byte
	Kept     int64 // the number under which the layout is kept already; 0: it is not
	Digest   string
	Unread   bool
	Writing  bool
	Trouble  string
	Gone     time.Time
	Changed  time.Time
	Wrote    time.Time
	Told     time.Time
	Asides   []Aside
	Unseen   Unseen
}

// LayoutNum is the number under which the layout is kept; 0: it is not.
func (f File) LayoutNum() int64 { return f.r.kept }

// Row returns the file as it is stored.
func (f File) Row() Row {
	return Row{f.ID, f.Kind, f.Person, f.URL, f.r.layout, f.r.kept, f.r.digest, f.r.unread, f.r.writing, f.r.trouble,
		f.r.gone, f.r.changed, f.r.wrote, f.r.told, f.r.asides, f.r.unseen}
}

// File returns the file that was stored, whose layout is kept where from gives it.
func (r Row) File(from Layouts) File {
	return File{r.ID, r.Kind, r.Person, r.URL,
		remembered{r.Layout, r.Kept, from, r.Digest, r.Unread, r.Writing, r.Trouble, r.Gone, r.Changed, r.Wrote,
			r.Told, r.Asides, r.Unseen}}
}
