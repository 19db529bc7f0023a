// Package files says what is remembered of a spreadsheet, and of Drive's change feed,
// from one run to the next, and every way in which that changes. Each way has a name
// and stands here; nobody else can alter what is remembered. The rule behind all of
// them: what is remembered may be less than the truth, and then costs a look; it is
// never believed wrongly.
//
// It is pure: the ledger stores what it says, and whoever reads or writes a
// spreadsheet tells it what happened.
package files

import (
	"bytes"
	"time"

	"svodka/internal/department"
)

// Kinds of files.
const (
	Control = "control" // of ops: the configuration
	Summary = "summary" // of the director
	Report  = "report"  // of a person, or of several where ops gave them the same
	Reports = "reports" // the folder in which people's reports lie; no spreadsheet
)

// File is a spreadsheet that the worker looks after. Its zero value with a Kind, and
// a Person if it is a report, is one that is still to be made.
type File struct {
	ID     string
	Kind   string
	Person department.PersonID // of a report that was made for one person
	URL    string

	r remembered
}

// remembered is the part of a File that only this package changes.
type remembered struct {
	layout  []byte // what stands in it, as workbook encodes it; empty: not known
	digest  string
	unread  bool
	writing bool
	trouble string
	gone    time.Time // zero: it is there
	changed time.Time
	// By Google's clock:
	wrote time.Time // the last write of ours was not after; zero: there was none, or nothing is known of its end
	told  time.Time // the modification that the change feed told of last
}

// Made is a file that was made just now: it is empty, and nobody has seen it.
func Made(id, kind string, person department.PersonID, url string) File {
	return File{ID: id, Kind: kind, Person: person, URL: url}
}

// Found is a file of which only Drive's facts are known.
func Found(id, kind string, person department.PersonID, url string) File {
	f := Made(id, kind, person, url)
	f.Distrust()
	return f
}

// Layout is what stands in the spreadsheet, as workbook encodes it, and whether that
// is known. Where it is not, nothing may be written before a look.
func (f File) Layout() (layout []byte, known bool) { return f.r.layout, f.Known() }

// Known tells whether it is known what stands in the spreadsheet.
func (f File) Known() bool { return len(f.r.layout) > 0 }

// Digest names the inputs of the layout that stands in the spreadsheet. Empty: it is
// to be laid out, whatever stands there.
func (f File) Digest() string { return f.r.digest }

// Unread tells that the spreadsheet must be read before what is known of it is
// believed: somebody may have typed since it was read.
func (f File) Unread() bool { return f.r.unread }

// BeingWritten tells that a write was begun of whose end nothing is known.
func (f File) BeingWritten() bool { return f.r.writing }

// Trouble is why the spreadsheet could not be read or written at the last try, in
// English; empty: it could.
func (f File) Trouble() string { return f.r.trouble }

// ToRead tells that the next run reads the spreadsheet: it is unread, or out of reach
// until now.
func (f File) ToRead() bool { return f.r.unread || f.r.trouble != "" }

// Gone tells that the file is deleted or in the trash.
func (f File) Gone() bool { return !f.r.gone.IsZero() }

// GoneAt is when it was seen to be gone; zero: it is there.
func (f File) GoneAt() time.Time { return f.r.gone }

// ChangedAt is when somebody's change was seen last; zero: so long ago that nothing
// more of it is to come.
func (f File) ChangedAt() time.Time { return f.r.changed }

// Tell takes down an entry of the change feed about a file that is there: when its
// content was modified last, by Google's clock, and whether by the worker's account. It
// tells whether that is news: somebody's edit, of which nothing is known yet.
//
// Google tells of an edit minutes after it, also of our own. What our account did not
// after our last write is that write, or came before it: what was typed by then, the
// write's answer has shown, or the file is unread anyhow. What it did later, a person
// did who uses it. Nobody types into the summary: what our account did there is ours.
//
// An entry with the modification that was told last is of something else, such as
// somebody who viewed the file, or whom it was shared with.
func (f *File) Tell(modified time.Time, byWorker bool) (news bool) {
	ours := byWorker && (f.Kind == Summary || !modified.After(f.r.wrote))
	if !f.Gone() && !modified.IsZero() && (ours || modified.Equal(f.r.told)) {
		f.r.told = modified
		return false
	}
	f.r.told = modified
	f.change()
	return true
}

// change takes it down that somebody has edited the file. What the worker alone writes
// is looked at after an edit by anybody else.
func (f *File) change() {
	f.r.gone, f.r.unread = time.Time{}, true
	if f.Kind == Summary {
		f.r.layout = nil
	}
}

// Follow has the file read again for a while from now on: Google tells of edits in
// batches.
func (f *File) Follow(now time.Time) { f.r.changed = now }

// Unfollow ends that.
func (f *File) Unfollow() { f.r.changed = time.Time{} }

// Reread has the spreadsheet read by the next run, whatever the change feed says.
func (f *File) Reread() { f.r.unread = true }

// Distrust forgets what stands in the spreadsheet, and has it read: somebody else may
// have written what the worker alone writes.
func (f *File) Distrust() { f.r.layout, f.r.unread = nil, true }

// Return takes it down that a file is there, of which nothing is believed.
func (f *File) Return() {
	f.r.gone = time.Time{}
	f.Distrust()
}

// Trash takes it down that the file is deleted or in the trash, seen at a moment.
func (f *File) Trash(now time.Time) {
	if !f.Gone() {
		f.r.gone = now
	}
}

// BeginWrite is stored before the first request of a write: from here on nobody knows
// what stands in the spreadsheet, and what is typed meanwhile is not read yet.
func (f *File) BeginWrite() {
	f.r.layout, f.r.unread, f.r.writing, f.r.wrote = nil, true, true, time.Time{}
}

// EndWrite takes down the answer of a write: what stands in the spreadsheet by now,
// and whether people typed something that is still to be read. By Google's clock it had
// done it not after now.
func (f *File) EndWrite(layout []byte, digest string, unread bool, now time.Time) {
	f.r.layout, f.r.digest, f.r.unread, f.r.writing, f.r.trouble = layout, digest, unread, false, ""
	f.r.wrote = now
}

// Confirm takes it down that the spreadsheet stands as it should, so that nothing was
// sent. read: nobody types there, so that nothing is left to be read either.
func (f *File) Confirm(layout []byte, digest string, read bool) {
	f.r.layout, f.r.digest, f.r.writing = layout, digest, false
	if read {
		f.r.unread, f.r.trouble = false, ""
	}
}

// Forget forgets what stands in the spreadsheet: Google's answer told that it is
// something else.
func (f *File) Forget() { f.r.layout = nil }

// Locate takes down where things stand that were read just now, for a write that
// follows at once.
func (f *File) Locate(layout []byte) { f.r.layout, f.r.writing = layout, false }

// Recognise takes a file that was found to be laid out as digest says. It is read
// next.
func (f *File) Recognise(digest string) { f.r.digest, f.r.unread = digest, true }

// Read takes down a reading: what people typed is stored, and layout stands there.
// asLaidOut: it is what was written last, as far as that is known; else it is laid out
// again.
func (f *File) Read(layout []byte, asLaidOut bool) {
	f.r.layout, f.r.unread, f.r.writing, f.r.trouble = layout, false, false, ""
	if !asLaidOut {
		f.r.digest = ""
	}
}

// Broken takes down a reading that missed parts of the spreadsheet: what is there is
// stored, and the write that puts the rest back looks first.
func (f *File) Broken() { f.Read(nil, false) }

// Fail takes down why the spreadsheet could not be read or written.
func (f *File) Fail(reason string) { f.r.trouble = reason }

// Equal tells that nothing differs in what is remembered of two files.
func (f File) Equal(g File) bool {
	return f.ID == g.ID && f.Kind == g.Kind && f.Person == g.Person && f.URL == g.URL &&
		bytes.Equal(f.r.layout, g.r.layout) && f.r.digest == g.r.digest &&
		f.r.unread == g.r.unread && f.r.writing == g.r.writing && f.r.trouble == g.r.trouble &&
		f.r.gone.Equal(g.r.gone) && f.r.changed.Equal(g.r.changed) &&
		f.r.wrote.Equal(g.r.wrote) && f.r.told.Equal(g.r.told)
}

// Row is a File as the ledger stores it, each part in a column of its own.
type Row struct {
	ID, Kind string
	Person   department.PersonID
	URL      string
	Layout   []byte
	Digest   string
	Unread   bool
	Writing  bool
	Trouble  string
	Gone     time.Time
	Changed  time.Time
	Wrote    time.Time
	Told     time.Time
}

// Row is the file as it is stored.
func (f File) Row() Row {
	return Row{f.ID, f.Kind, f.Person, f.URL, f.r.layout, f.r.digest, f.r.unread, f.r.writing, f.r.trouble, f.r.gone,
		f.r.changed, f.r.wrote, f.r.told}
}

// File is the file that was stored.
func (r Row) File() File {
	return File{r.ID, r.Kind, r.Person, r.URL,
		remembered{r.Layout, r.Digest, r.Unread, r.Writing, r.Trouble, r.Gone, r.Changed, r.Wrote, r.Told}}
}
