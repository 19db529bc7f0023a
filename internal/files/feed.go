package files

import "time"

// Feed is the position in Drive's change feed.
type Feed struct {
	// Cursor is where to continue; empty: the feed was never followed.
	Cursor string
	// Distrusted means that the spreadsheets may differ from what is remembered: another
	// worker has written since, or the ledger is an old copy.
	Distrusted bool
	// Held is since when the worker does not make lost spreadsheets again on its own,
	// because many vanished at once; zero: it does.
	Held time.Time
}

// Lost reports whether the feed cannot help: all files must be searched for.
func (f Feed) Lost() bool { return f.Cursor == "" || f.Distrusted }

// Follow continues from a cursor.
func (f *Feed) Follow(cursor string) { f.Cursor = cursor }

// Begin starts from a cursor, after a search for all files.
func (f *Feed) Begin(cursor string) { *f = Feed{Cursor: cursor, Held: f.Held} }

// Distrust makes the next run search for all files.
func (f *Feed) Distrust() { f.Distrusted = true }

// Hold stops the worker from making lost files again until somebody decides.
func (f *Feed) Hold(now time.Time) {
	if f.Held.IsZero() {
		f.Held = now
	}
}

// Release ends Hold.
func (f *Feed) Release() { f.Held = time.Time{} }
