// Package changes keeps track of the worker's spreadsheets: which there are, which
// have changed since they were read, and making those that are missing. Drive tells,
// by app properties and by its change feed; the ledger remembers.
//
// It decides nothing about what stands in a spreadsheet, and reads none.
package changes

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
)

// Google is what a Tracker asks of Drive; a *google.Client.
type Google interface {
	StartToken(ctx context.Context) (string, error)
	Changes(ctx context.Context, token string) ([]google.File, string, error)
	Find(ctx context.Context, props map[string]string) ([]google.File, error)
	Get(ctx context.Context, id string) (google.File, error)
	Create(ctx context.Context, name string, props map[string]string) (google.File, error)
	CreateIn(ctx context.Context, folder, name string, props map[string]string) (google.File, error)
	FindFolders(ctx context.Context, props map[string]string) ([]google.File, error)
	MakeFolder(ctx context.Context, name string, props map[string]string) (google.File, error)
}

// Ledger is where a Tracker remembers; a *ledger.Ledger.
type Ledger interface {
	Files(ctx context.Context) ([]files.File, error)
	Feed(ctx context.Context) (files.Feed, error)
	Save(ctx context.Context, s ledger.Save) error
	CloseIDs(ctx context.Context) (map[ledger.CloseID]bool, error)
	BeginFile(ctx context.Context, kind string, person department.PersonID) (before bool, err error)
	PutMade(ctx context.Context, f files.File) error
	ReportsFolder(ctx context.Context) (string, error)
	SetReportsFolder(ctx context.Context, id string) error
}

// App properties by which the worker's files are found again when the ledger is
// lost.
const (
	propSpace  = "svodka"
	propKind   = "kind"
	propPerson = "person"
)

// Tracker follows one department's spreadsheets.
type Tracker struct {
	Google Google
	Ledger Ledger
	Log    *slog.Logger
	Now    func() time.Time
	// Space separates departments that share one Google account.
	Space string
	// Folder is the one in which the worker's files are made; empty: none.
	Folder string
	// Link gives the address at which people open a spreadsheet.
	Link func(fileID string) string
	// Follow is how long a changed file is read again at every run, since Google tells
	// of edits in batches; 0: it is read once.
	Follow time.Duration
}

// Pull takes over what Drive says has changed: changed files are marked in the
// ledger, in one transaction with how far the feed was followed, so that no change
// is lost whatever happens to the run. One call when nothing changed.
//
// Where the feed is no help, all files are looked for.
func (t *Tracker) Pull(ctx context.Context) error {
	feed, err := t.Ledger.Feed(ctx)
	if err != nil {
		return err
	}
	if feed.Lost() {
		return t.findAll(ctx, true)
	}
	changes, cursor, err := t.Google.Changes(ctx, feed.Cursor)
	if errors.Is(err, google.ErrToken) { // if not too old, of another folder or account: nothing is known of that
		return t.findAll(ctx, errors.Is(err, google.ErrTokenExpired))
	}
	if err != nil {
		return err
	}
	known, err := t.known(ctx)
	if err != nil {
		return err
	}
	reports, err := t.Ledger.ReportsFolder(ctx)
	if err != nil {
		return err
	}
	lost, trashed := false, false
	save := ledger.Save{}
	changed := map[string]files.File{}
	t.readAgain(known, changed)
	for _, c := range changes {
		was, ok := known[c.ID]
		f := was
		if m, marked := changed[c.ID]; marked {
			f = m
		}
		gone := c.Removed || c.Trashed
		switch {
		case gone && c.ID != "" && (c.ID == reports || c.ID == t.Folder):
			trashed = true
			if c.ID == reports { // it is looked for, or made, when it is needed
				if err := t.Ledger.SetReportsFolder(ctx, ""); err != nil {
					return err
				}
			}
			continue
		case !ok:
			// A file of ours that the ledger does not know: made by a run that was
			// killed. It is taken up when its person is looked for.
			continue
		case gone:
			f.Trash(t.Now())
			lost = true
			save.Cycle = (*ledger.Cycle).Outdate // to be made again
		case f.Tell(c.Modified, c.ByMe):
			if t.Follow > 0 && !c.ByMe && f.Kind != files.Summary {
				f.Follow(t.Now())
			}
		}
		if !f.Equal(was) {
			changed[f.ID] = f
		}
	}
	hold := lost && (trashed || t.massLoss(known, changed))
	if cursor != feed.Cursor || hold {
		save.Feed = func(f *files.Feed) {
			f.Follow(cursor)
			if hold {
				t.hold(f)
			}
		}
	}
	save.Files = slices.Collect(maps.Values(changed))
	if save.Feed == nil && save.Cycle == nil && len(save.Files) == 0 {
		return nil
	}
	return t.Ledger.Save(ctx, save)
}

// massLoss tells that so much has vanished that nothing is to be made again by itself.
func (t *Tracker) massLoss(known, changed map[string]files.File) bool {
	now := maps.Clone(known)
	maps.Copy(now, changed)
	return files.MassLoss(slices.Collect(maps.Values(now)), t.Now())
}

// hold has nothing that is lost made again by itself.
func (t *Tracker) hold(f *files.Feed) {
	f.Hold(t.Now())
	t.Log.Warn("many spreadsheets went into the trash or were deleted: none is made again by itself until they are " +
		"restored, or ops choose so")
}

// readAgain marks the files that changed lately to be read once more.
func (t *Tracker) readAgain(known, changed map[string]files.File) {
	for id, f := range known {
		if t.Follow <= 0 || f.Gone() || f.ChangedAt().IsZero() {
			continue
		}
		if t.Now().Sub(f.ChangedAt()) > t.Follow {
			f.Unfollow()
		}
		f.Reread()
		changed[id] = f
	}
}

// Distrust takes it down that the spreadsheets may not be as they are remembered to
// have been left: another worker has written since, or the ledger is an old copy. The
// next run looks at all of them before it writes.
func (t *Tracker) Distrust(ctx context.Context) error {
	return t.Ledger.Save(ctx, Distrusted())
}

// Distrusted is what Distrust stores, as for a copy of the ledger.
func Distrusted() ledger.Save { return ledger.Save{Feed: (*files.Feed).Distrust} }

// findAll starts from a ledger that is empty or no longer to be believed: the
// worker's files are found by their app properties, and all that are known are
// marked to be read and to be looked at before they are written. sameFeed tells that
// it is the Drive and the folder that the ledger knows.
func (t *Tracker) findAll(ctx context.Context, sameFeed bool) error {
	cursor, err := t.Google.StartToken(ctx)
	if err != nil {
		return err
	}
	found, err := t.Google.Find(ctx, map[string]string{propSpace: t.Space})
	if err != nil {
		return err
	}
	known, err := t.known(ctx)
	if err != nil {
		return err
	}
	list, there := t.take(found, known)
	lost, err := t.missing(ctx, known, there, sameFeed)
	if err != nil {
		return err
	}
	list = append(list, lost...)
	now := maps.Clone(known)
	for _, f := range list {
		now[f.ID] = f
	}
	hold := slices.ContainsFunc(lost, files.File.Gone) && t.massLoss(known, now)
	fromSummary, err := t.restoreFromSummary(ctx, list)
	if err != nil {
		return err
	}
	return t.Ledger.Save(ctx, ledger.Save{
		Files: list,
		Feed: func(f *files.Feed) {
			f.Begin(cursor)
			if hold {
				t.hold(f)
			}
		},
		Cycle: func(c *ledger.Cycle) {
			c.Outdate()
			c.Restore = c.Restore || fromSummary
		},
	})
}

// take makes files of those that Drive found. Of two with the same identity the one
// that is worked with is the right one, else the older. there are all ids of which a
// file was taken.
func (t *Tracker) take(found []google.File, known map[string]files.File) (list []files.File, there map[string]bool) {
	there = map[string]bool{}
	taken := map[string]bool{}
	isKnown := func(g google.File) int {
		if _, ok := known[g.ID]; ok {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b google.File) int { return isKnown(a) - isKnown(b) })
	for _, g := range found {
		identity := g.Props[propKind] + "/" + g.Props[propPerson]
		if taken[identity] {
			t.Log.Warn("a second spreadsheet with the same identity is left alone", "file", g.ID, "identity", identity)
			continue
		}
		taken[identity], there[g.ID] = true, true
		f, ok := known[g.ID]
		if !ok {
			f = t.found(g)
		}
		f.Return()
		list = append(list, f)
	}
	return list, there
}

// missing are the known files that Drive's search did not find. One of the worker's
// own that is not there any more is made again. It may be out of sight only because
// another folder is worked in now, or because the search is some seconds behind: so it
// is asked for.
func (t *Tracker) missing(ctx context.Context, known map[string]files.File, there map[string]bool,
	sameFeed bool) ([]files.File, error) {
	var list []files.File
	for _, f := range known {
		if there[f.ID] || f.Gone() {
			continue
		}
		f.Distrust()
		if own := f.Kind != files.Report || f.Person != ""; own && sameFeed {
			g, err := t.Google.Get(ctx, f.ID)
			switch {
			case google.NotFound(err) || err == nil && g.Trashed:
				f.Trash(t.Now())
			case err != nil:
				return nil, err
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// restoreFromSummary tells that closes and late edits are to be read from the
// summary: what was closed while this ledger was not at work stands there alone.
func (t *Tracker) restoreFromSummary(ctx context.Context, list []files.File) (bool, error) {
	if !slices.ContainsFunc(list, func(f files.File) bool { return f.Kind == files.Summary && !f.Gone() }) {
		return false, nil
	}
	feed, err := t.Ledger.Feed(ctx)
	if err != nil || feed.Distrusted {
		return feed.Distrusted, err
	}
	closes, err := t.Ledger.CloseIDs(ctx)
	return len(closes) == 0, err
}

// found makes the record of a file of which only Drive's facts are known.
func (t *Tracker) found(g google.File) files.File {
	return files.Found(g.ID, g.Props[propKind], department.PersonID(g.Props[propPerson]), t.Link(g.ID))
}

// known are the ledger's files by id.
func (t *Tracker) known(ctx context.Context) (map[string]files.File, error) {
	list, err := t.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	m := make(map[string]files.File, len(list))
	for _, f := range list {
		m[f.ID] = f
	}
	return m, nil
}

// Make makes a spreadsheet, or takes up the one that a killed run made: fresh tells
// that it was made just now, so that it is empty. The intent is written down first:
// without it nothing needs to be looked for. It is made in a folder; empty, or one that
// is not there any more: where the worker's files are made.
func (t *Tracker) Make(ctx context.Context, kind string, person department.PersonID, name, folder string) (f files.File,
	fresh bool, err error) {
	props := map[string]string{propSpace: t.Space, propKind: kind}
	if person != "" {
		props[propPerson] = string(person)
	}
	before, err := t.Ledger.BeginFile(ctx, kind, person)
	if err != nil {
		return f, false, err
	}
	if before {
		there, err := t.Google.Find(ctx, props)
		if err != nil {
			return f, false, err
		}
		if len(there) > 0 {
			f = t.found(there[0])
		}
	}
	if f.ID == "" {
		g, err := t.create(ctx, folder, name, props)
		if err != nil {
			return f, false, err
		}
		f, fresh = files.Made(g.ID, kind, person, t.Link(g.ID)), !before
		if before { // the one begun then may turn up, and this one be it
			f.Reread()
		}
	}
	return f, fresh, t.Ledger.PutMade(ctx, f)
}

// create makes a spreadsheet in a folder, or, if that is gone, where files are made; the
// folder is found or made again by the next cycle, and the spreadsheet moved there.
func (t *Tracker) create(ctx context.Context, folder, name string, props map[string]string) (google.File, error) {
	if folder == "" {
		return t.Google.Create(ctx, name, props)
	}
	g, err := t.Google.CreateIn(ctx, folder, name, props)
	if !google.NotFound(err) {
		return g, err
	}
	if err := t.Ledger.SetReportsFolder(ctx, ""); err != nil {
		return g, err
	}
	return t.Google.Create(ctx, name, props)
}

// ReportsFolder is the folder of people's reports: the one that is remembered, else the
// oldest that Drive finds, else it is made; made tells the last, that nobody has access
// to it yet. Two calls once, then none.
func (t *Tracker) ReportsFolder(ctx context.Context, name string) (id string, made bool, err error) {
	if id, err = t.Ledger.ReportsFolder(ctx); err != nil || id != "" {
		return id, false, err
	}
	props := map[string]string{propSpace: t.Space, propKind: files.Reports}
	found, err := t.Google.FindFolders(ctx, props)
	if err != nil {
		return "", false, err
	}
	if len(found) == 0 {
		g, err := t.Google.MakeFolder(ctx, name, props)
		if err != nil {
			return "", false, err
		}
		found, made = []google.File{g}, true
	}
	return found[0].ID, made, t.Ledger.SetReportsFolder(ctx, found[0].ID)
}
