package files

import "time"

// Feed is how far Drive's change feed was followed.
type Feed struct {
	// Cursor is where it goes on; empty: it was never followed.
	Cursor string
	// Distrusted tells that the spreadsheets may not be as they are remembered:
	// another worker has written since, or the ledger is an old copy.
	Distrusted bool
	// Held is since when no spreadsheet that is lost is made again by itself, since many
	// vanished at once; zero: it is.
	Held time.Time
}

// Lost tells that the feed is no help: all files are to be looked for.
func (f Feed) Lost() bool { return f.Cursor == "" || f.Distrusted }

// Follow goes on from a cursor.
func (f *Feed) Follow(cursor string) { f.Cursor = cursor }

// Begin starts from a cursor, after all files were looked for.
func (f *Feed) Begin(cursor string) { *f = Feed{Cursor: cursor, Held: f.Held} }

// Distrust has all files looked for by the next run.
func (f *Feed) Distrust() { f.Distrusted = true }

// Hold has nothing that is lost made again, until somebody decides.
func (f *Feed) Hold(now time.Time) {
	if f.Held.IsZero() {
		f.Held = now
	}
}

// Release ends that.
func (f *Feed) Release() { f.Held = time.Time{} }
