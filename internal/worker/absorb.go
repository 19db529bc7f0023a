package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"svodka/internal/closing"
	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/ledger"
)

// absorb takes over what Drive says has changed: changed files are marked in
// the ledger, in one transaction with the cursor, so that no change is lost
// whatever happens to the run. One call when nothing changed.
//
// own are the files that this run has written: their last change is the worker's
// if its account made it. Any other change of that account is somebody's who
// types with it. The summary is written by the worker alone.
func (w *Worker) absorb(ctx context.Context, own map[string]bool) error {
	cursor, err := w.Ledger.Get(ctx, valCursor)
	if err != nil {
		return err
	}
	distrust, err := w.Ledger.Get(ctx, valDistrust)
	if err != nil {
		return err
	}
	if cursor == nil || distrust != nil {
		return w.rediscover(ctx, true)
	}
	changes, next, err := w.Google.Changes(ctx, string(cursor))
	if errors.Is(err, google.ErrToken) { // another folder or account: nothing is known of it
		return w.rediscover(ctx, false)
	}
	if err != nil {
		return err
	}
	known, err := w.files(ctx)
	if err != nil {
		return err
	}
	marked := map[string]ledger.File{}
	values := map[string][]byte{}
	if err := w.recent(ctx, known, marked, values, changes); err != nil {
		return err
	}
	for _, c := range changes {
		f, ok := known[c.ID]
		switch {
		case !ok:
			// A file of ours that the ledger does not know: made by a run that was
			// killed. It is taken up when its person is looked for.
			continue
		case c.Removed || c.Trashed:
			f.Gone = true
			values[valSettled] = nil // to be made again
		case c.ByMe && !f.Gone && (own[f.ID] || f.Kind == ledger.Summary):
			// The worker's own write; what stood there after it was seen then.
			continue
		default:
			f.Gone, f.Dirty = false, true
			if f.Kind == ledger.Summary {
				f.State = nil // somebody wrote where only the worker writes: look again
			}
		}
		marked[f.ID] = f
	}
	if next != string(cursor) {
		values[valCursor] = []byte(next)
	}
	if len(values) == 0 && len(marked) == 0 {
		return nil
	}
	return w.Ledger.Finish(ctx, values, slices.Collect(maps.Values(marked)))
}

// recent marks the files that changed lately to be read once more, and keeps in
// values which those are now.
func (w *Worker) recent(ctx context.Context, known, marked map[string]ledger.File, values map[string][]byte, changes []google.File) error {
	if w.Reread <= 0 {
		return nil
	}
	kept, err := w.Ledger.Get(ctx, valRecent)
	if err != nil {
		return err
	}
	lately := map[string]time.Time{}
	if kept != nil {
		if err := json.Unmarshal(kept, &lately); err != nil {
			return fmt.Errorf("reading the recent changes from the ledger: %w", err)
		}
	}
	now := w.Now()
	for id, seen := range lately {
		if now.Sub(seen) > w.Reread {
			delete(lately, id)
		}
		if f, ok := known[id]; ok && !f.Gone {
			f.Dirty = true
			marked[id] = f
		}
	}
	for _, c := range changes {
		if f, ok := known[c.ID]; ok && !c.ByMe && f.Kind != ledger.Summary {
			lately[c.ID] = now
		}
	}
	b, err := json.Marshal(lately)
	if err != nil {
		return fmt.Errorf("keeping the recent changes: %w", err)
	}
	if string(b) != string(kept) && (kept != nil || len(lately) > 0) {
		values[valRecent] = b
	}
	return nil
}

// Distrust marks that the spreadsheets may not be as this ledger remembers to have
// left them: another worker has written since, or the ledger is an old copy. The
// next run looks at all of them before it writes.
func (w *Worker) Distrust(ctx context.Context) error {
	return w.Ledger.Set(ctx, valDistrust, []byte(distrusted))
}

const distrusted = "yes"

// Backup writes a copy of the ledger to a new file. Put back, it looks at all
// spreadsheets before it writes.
func (w *Worker) Backup(ctx context.Context, path string) error {
	return w.Ledger.Backup(ctx, path, map[string][]byte{valDistrust: []byte(distrusted)})
}

// rediscover starts from a ledger that is empty or no longer to be believed: the
// worker's files are found by their app properties, and all that are known are
// marked to be read and to be looked at before they are written.
func (w *Worker) rediscover(ctx context.Context, sameFeed bool) error {
	cursor, err := w.Google.StartToken(ctx)
	if err != nil {
		return err
	}
	found, err := w.Google.Find(ctx, map[string]string{propSpace: w.Space})
	if err != nil {
		return err
	}
	known, err := w.files(ctx)
	if err != nil {
		return err
	}
	var files []ledger.File
	seen := map[string]bool{}
	there := map[string]bool{}
	// Of two with the same identity the one that is worked with is the right one,
	// else the older.
	isKnown := func(g google.File) int {
		if _, ok := known[g.ID]; ok {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b google.File) int { return isKnown(a) - isKnown(b) })
	for _, g := range found {
		id := g.Props[propKind] + "/" + g.Props[propPerson]
		if seen[id] {
			w.Log.Warn("a second spreadsheet with the same identity is left alone", keyFile, g.ID, keyIdentity, id)
			continue
		}
		seen[id], there[g.ID] = true, true
		f, ok := known[g.ID]
		if !ok {
			f = w.adopt(g)
			f.Shared = sharedBefore
		}
		f.State, f.Dirty, f.Gone = nil, true, false
		files = append(files, f)
	}
	values := map[string][]byte{valCursor: []byte(cursor), valDistrust: nil, valSettled: nil}
	for _, f := range known {
		if there[f.ID] || f.Gone {
			continue
		}
		f.State, f.Dirty = nil, true
		// One of the worker's own that is not there any more is made again. It may be
		// out of sight only because another folder is worked in now (not sameFeed), or
		// because Drive's search is some seconds behind: so it is asked for.
		if own := f.Kind != ledger.Report || f.Person != ""; own && sameFeed {
			g, err := w.Google.Get(ctx, f.ID)
			switch {
			case google.NotFound(err) || err == nil && g.Trashed:
				f.Gone = true
			case err != nil:
				return err
			}
		}
		files = append(files, f)
	}
	closes, err := w.Ledger.CloseIDs(ctx)
	if err != nil {
		return err
	}
	distrust, err := w.Ledger.Get(ctx, valDistrust)
	if err != nil {
		return err
	}
	// What was closed while this ledger was not at work stands in the summary alone.
	if (len(closes) == 0 || distrust != nil) && slices.ContainsFunc(files, func(f ledger.File) bool { return f.Kind == ledger.Summary && !f.Gone }) {
		values[closing.RestoreWanted] = []byte("wanted")
	}
	return w.Ledger.Finish(ctx, values, files)
}

// adopt makes the ledger's record of a file of which only Drive's facts are
// known.
func (w *Worker) adopt(g google.File) ledger.File {
	return ledger.File{
		ID:     g.ID,
		Kind:   g.Props[propKind],
		Person: department.PersonID(g.Props[propPerson]),
		URL:    w.Link(g.ID),
		Dirty:  true,
	}
}

// files are the ledger's files by id.
func (w *Worker) files(ctx context.Context) (map[string]ledger.File, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	m := make(map[string]ledger.File, len(list))
	for _, f := range list {
		m[f.ID] = f
	}
	return m, nil
}

// file is the ledger's one live file of a kind.
func (w *Worker) file(ctx context.Context, kind string) (ledger.File, bool, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return ledger.File{}, false, err
	}
	for _, f := range list {
		if f.Kind == kind && !f.Gone {
			return f, true, nil
		}
	}
	return ledger.File{}, false, nil
}

// create makes a spreadsheet, or takes up the one that a killed run made. The
// intent is written down first: without it nothing needs to be looked for.
func (w *Worker) create(ctx context.Context, kind string, person department.PersonID, name string) (ledger.File, error) {
	intent := valIntent + kind + "/" + string(person)
	props := map[string]string{propSpace: w.Space, propKind: kind}
	if person != "" {
		props[propPerson] = string(person)
	}
	before, err := w.Ledger.Get(ctx, intent)
	if err != nil {
		return ledger.File{}, err
	}
	var made google.File
	if before != nil {
		found, err := w.Google.Find(ctx, props)
		if err != nil {
			return ledger.File{}, err
		}
		if len(found) > 0 {
			made = found[0]
		}
	} else if err := w.Ledger.Set(ctx, intent, []byte(name)); err != nil {
		return ledger.File{}, err
	}
	if made.ID == "" {
		if made, err = w.Google.Create(ctx, name, props); err != nil {
			return ledger.File{}, err
		}
		made.Props = props
	} else {
		before = []byte("found")
	}
	f := w.adopt(made)
	f.Dirty = before != nil // one just made is known to be empty
	return f, w.Ledger.Finish(ctx, map[string][]byte{intent: nil}, []ledger.File{f})
}
