// Package changes tracks the worker's spreadsheets: which exist and which have changed
// since they were read. It makes those that are missing. It learns this from Drive, by
// app properties and by the change feed, and remembers it in the ledger.
//
// It decides nothing about the content of a spreadsheet, and reads none.
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

// Google is the part of Drive that a Tracker uses; *google.Client implements it.
type Google interface {
	StartToken(ctx context.Context) (string, error)
	Changes(ctx context.Context, token string) ([]google.File, string, error)
	Find(ctx context.Context, props map[string]string) ([]google.File, error)
	Get(ctx context.Context, id string) (google.File, error)
	Create(ctx context.Context, name string, props map[string]string) (google.File, error)
	CreateIn(ctx context.Context, folder, name string, props map[string]string) (google.File, error)
	FindFolders(ctx context.Context, props map[string]string) ([]google.File, error)
	MakeFolder(ctx context.Context, name string, props map[string]string) (google.File, error)
	MakeFolderIn(ctx context.Context, folder, name string, props map[string]string) (google.File, error)
	Rename(ctx context.Context, id, name string) error
}

// Ledger is the part of the ledger that a Tracker uses; *ledger.Ledger implements it.
type Ledger interface {
	Files(ctx context.Context) ([]files.File, error)
	Followed(ctx context.Context) ([]files.File, error)
	Feed(ctx context.Context) (files.Feed, error)
	Save(ctx context.Context, s ledger.Save) error
	HasCloses(ctx context.Context) (bool, error)
	BeginFile(ctx context.Context, kind string, person department.PersonID) (before bool, err error)
	PutMade(ctx context.Context, f files.File) error
	ReportsFolder(ctx context.Context) (string, error)
	SetReportsFolder(ctx context.Context, id string) error
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, value []byte) error
}

// App properties by which the worker finds its files if the ledger is lost.
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
	// Folder is the folder for the worker's new files; empty: none.
	Folder string
	// Link returns the address at which people open a spreadsheet.
	Link func(fileID string) string
	// Follow is how long every run rereads a changed file, because Google reports edits
	// in batches; 0: one run does.
	Follow time.Duration
}

// Pull records what Drive reports as changed: it marks changed files in the ledger, in
// one transaction with the position in the feed, so that no change is lost whatever
// happens to the run. If nothing changed, it costs one call.
//
// If the feed cannot help, it searches for all files.
func (t *Tracker) Pull(ctx context.Context) error {
	feed, err := t.Ledger.Feed(ctx)
	if err != nil {
		return err
	}
	if feed.Lost() {
		return t.findAll(ctx, true)
	}
	changes, cursor, err := t.Google.Changes(ctx, feed.Cursor)
	if errors.Is(err, google.ErrToken) { // too old, or of another folder or account, of which we know nothing
		return t.findAll(ctx, errors.Is(err, google.ErrTokenExpired))
	}
	if err != nil {
		return err
	}
	list := t.Ledger.Files
	if len(changes) == 0 {
		list = t.Ledger.Followed
	}
	known, err := byID(list(ctx))
	if err != nil {
		return err
	}
	trashed, err := t.forgetFolders(ctx, changes)
	if err != nil {
		return err
	}
	lost := false
	save := ledger.Save{}
	changed := map[string]files.File{}
	t.readAgain(known, changed)
	for _, c := range changes {
		was, ok := known[c.ID]
		f := was
		if m, marked := changed[c.ID]; marked {
			f = m
		}
		switch {
		case !ok:
			// A folder, or a file of ours that the ledger does not know: a run that was
			// killed made it. Make takes it over when it looks for the person's file.
			continue
		case gone(c):
			f.Trash(t.Now())
			lost = true
			save.Cycle = (*ledger.Cycle).Outdate // so that it makes the file again
		case f.Tell(c.Modified, c.ByMe):
			if t.Follow > 0 && !c.ByMe && !f.Ours() {
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
	for id, f := range changed {
		if f.Unread() && !known[id].Unread() {
			save.Cycle = (*ledger.Cycle).Outdate // as the cycle does next, but in the same transaction
		}
	}
	save.Files = slices.Collect(maps.Values(changed))
	if save.Feed == nil && save.Cycle == nil && len(save.Files) == 0 {
		return nil
	}
	return t.Ledger.Save(ctx, save)
}

// massLoss reports whether so many files have vanished that the worker must not make them
// again on its own.
func (t *Tracker) massLoss(known, changed map[string]files.File) bool {
	now := maps.Clone(known)
	maps.Copy(now, changed)
	return files.MassLoss(slices.Collect(maps.Values(now)), t.Now())
}

// hold stops the worker from making lost files again on its own.
func (t *Tracker) hold(f *files.Feed) {
	f.Hold(t.Now())
	t.Log.Warn("many spreadsheets went into the trash or were deleted: none is made again by itself until they are " +
		"restored, or ops choose so")
}

// readAgain marks recently changed files for one more reading.
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

// Distrust records that the spreadsheets may differ from what the ledger remembers:
// another worker has written since, or the ledger is an old copy. The next run looks at
// all of them before it writes.
func (t *Tracker) Distrust(ctx context.Context) error {
	return t.Ledger.Save(ctx, Distrusted())
}

// Distrusted is what Distrust stores; restoring a copy of the ledger stores it too.
func Distrusted() ledger.Save { return ledger.Save{Feed: (*files.Feed).Distrust} }

// findAll starts from a ledger that is empty or no longer trusted: it finds the worker's
// files by their app properties and marks all known files to be read, and to be looked at
// before they are written. sameFeed says that Drive and folder are those that the ledger
// knows.
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

// take turns the files that Drive found into records. Of two files with the same identity
// it takes the one in the ledger, else the older. there holds the ids of all taken files.
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

// missing returns the known files that Drive's search did not find. One of the worker's
// own that is gone is made again. But it may only be out of sight because the worker uses
// another folder now, or because the search is some seconds behind: so missing asks for
// it by id.
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

// restoreFromSummary reports whether closes and late edits must be read from the summary
// and the spreadsheets of years: only these know what was closed while this ledger was
// not in use.
func (t *Tracker) restoreFromSummary(ctx context.Context, list []files.File) (bool, error) {
	if !slices.ContainsFunc(list, func(f files.File) bool {
		return (f.Kind == files.Summary || f.Kind == files.History) && !f.Gone()
	}) {
		return false, nil
	}
	feed, err := t.Ledger.Feed(ctx)
	if err != nil || feed.Distrusted {
		return feed.Distrusted, err
	}
	has, err := t.Ledger.HasCloses(ctx)
	return !has, err
}

// found makes the record of a file of which only Drive's facts are known.
func (t *Tracker) found(g google.File) files.File {
	return files.Found(g.ID, g.Props[propKind], department.PersonID(g.Props[propPerson]), t.Link(g.ID))
}

// known returns the ledger's files by id.
func (t *Tracker) known(ctx context.Context) (map[string]files.File, error) {
	return byID(t.Ledger.Files(ctx))
}

func byID(list []files.File, err error) (map[string]files.File, error) {
	m := make(map[string]files.File, len(list))
	for _, f := range list {
		m[f.ID] = f
	}
	return m, err
}

// Make makes a spreadsheet, or takes over the one that a killed run made; fresh says that
// it was made just now and is empty. It records the intent first: without an earlier
// intent it need not search. It makes the file in folder; if that is empty or gone, where
// the worker makes its files.
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
		if before { // the file begun then may turn up and take this one's place
			f.Reread()
		}
	}
	return f, fresh, t.Ledger.PutMade(ctx, f)
}

// create makes a spreadsheet in a folder or, if that is gone, where the worker makes its
// files. The next cycle finds the folder or makes it again, and moves the spreadsheet.
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

// ReportsFolder returns the folder of people's reports: the one in the ledger, else the
// oldest that Drive finds, else a new one. made says that it is new, so nobody has access
// to it yet. It makes two calls the first time and none later.
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
