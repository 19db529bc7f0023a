package worker

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/changes"
	"svodka/internal/closing"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// layouter lays out people's spreadsheets at one moment.
type layouter struct {
	collector
	publisher *publish.Publisher
	tracker   *changes.Tracker
	protect   func(*workbook.Book) *workbook.Book
	figures   *figures.Source
	counts    func(department.PersonID) calendar.Date // the day from which a person counts
	digests   *digests                                // of the last cycle's layouts; nil: not cached
	marked    map[department.PersonID]*marks.Marks
	counted   callfigures.Months           // not shown yet
	closed    map[department.PersonID]bool // whose last month is closed
	folder    string                       // of people's reports; empty: none yet
	homes     homes                        // of teams
}

// newLayouter reads from the ledger what layouts show.
func newLayouter(ctx context.Context, c collector, source *figures.Source, publisher *publish.Publisher,
	tracker *changes.Tracker, protect func(*workbook.Book) *workbook.Book) (layouter, error) {
	l := layouter{collector: c, figures: source, publisher: publisher, tracker: tracker, protect: protect}
	engine, _, err := source.Recent(ctx)
	if err != nil {
		return l, err
	}
	l.counts = engine.CountsFrom
	if l.marked, err = c.marks.Load(ctx, c.dep); err != nil {
		return l, err
	}
	if l.counted, err = callfigures.ReadMonths(ctx, c.ledger); err != nil {
		return l, err
	}
	if l.folder, err = c.ledger.ReportsFolder(ctx); err != nil {
		return l, err
	}
	if l.reach, err = readReach(ctx, c.ledger); err != nil {
		return l, err
	}
	l.closed, err = c.ledger.ClosedIn(ctx, calendar.MonthOf(c.at.Today).Prev())
	return l, err
}

// changes returns how many of the units' spreadsheets will be made, and how many written,
// when these layouts replace the old ones.
func (l layouter) changes(ctx context.Context, units []*unit, old layouter, was []*unit) (made, written int,
	err error) {
	digests := map[string]string{}
	for _, u := range was {
		if u.file.ID == "" {
			continue
		}
		if digests[u.file.ID], err = old.digest(ctx, u); err != nil {
			return 0, 0, err
		}
	}
	for _, u := range units {
		if len(l.months(u, nil)) == 0 {
			continue
		}
		if u.file.ID == "" {
			made++
			continue
		}
		digest, err := l.digest(ctx, u)
		if err != nil {
			return 0, 0, err
		}
		if digest != digests[u.file.ID] {
			written++
		}
	}
	return made, written, nil
}

// unreadOf returns for the director whose cells could not be read, and where the first
// is.
func unreadOf(units []*unit, marked map[department.PersonID]*marks.Marks) []summary.Unread {
	var out []summary.Unread
	for _, u := range units {
		for _, p := range u.people {
			m := marked[p.ID]
			if m == nil {
				continue
			}
			of := summary.Unread{Person: p.ID, Name: p.Name, Cells: m.Bad()}
			for _, f := range m.Flags {
				if f.Soft {
					continue
				}
				if of.Tab, of.Day = f.Tab, f.Day; !strings.HasPrefix(f.Tab, u.tag(p)) {
					of.Tab = u.tag(p) + f.Tab
				}
				break
			}
			if of.Cells > 0 {
				out = append(out, of)
			}
		}
	}
	return out
}

// provision brings every person's spreadsheet to its layout: it makes a new file by one
// Drive call and fills it by one batchUpdate; it writes an existing one only if its
// layout differs from the one written last. It reports whether people typed figures
// meanwhile, even if it could not finish.
//
// It shares each new file at once, with the given function, while the next ones wait for
// the quota of writes, so that an owner need not wait for all the others. It records the
// failure that the function returns; an error stops the cycle.
func (l layouter) provision(ctx context.Context, pool pool, units []*unit,
	share func(context.Context, *unit) (failed, err error)) (out Outcome, changed bool, err error) {
	out.BadCells, out.unread = marks.BadCells(l.marked), unreadOf(units, l.marked)
	for _, m := range l.marked {
		if m.Bad() > 0 {
			out.States.BadCells++
		}
	}
	var todo []*unit
	for _, u := range units {
		outdated, err := l.outdated(ctx, u)
		if err != nil {
			return out, false, err
		}
		if outdated {
			todo = append(todo, u)
		}
	}
	var mu sync.Mutex
	counted := pool.counting(doingWrite, len(todo))
	failures, err := pool.each(ctx, todo, doingWrite, func(ctx context.Context, u *unit) error {
		isNew := u.file.ID == ""
		wrote, typed, err := l.update(ctx, u, nil)
		var unshared error
		if err == nil && isNew {
			if unshared, err = share(ctx, u); err != nil {
				return err
			}
		}
		defer counted()
		mu.Lock()
		defer mu.Unlock()
		changed = changed || typed
		if unshared != nil {
			out.Failures = append(out.Failures, unshared)
		}
		switch {
		case err != nil:
		case isNew:
			out.Made++
		case wrote:
			out.Written++
		}
		return err
	})
	out.Failures = append(out.Failures, failures...)
	return out, changed, err
}

// outdated reports whether the unit's spreadsheet, as far as known, is not as it should
// be.
func (l layouter) outdated(ctx context.Context, u *unit) (bool, error) {
	counted := l.counted.Any(u.people)
	if u.err != nil || len(l.months(u, nil)) == 0 && !counted {
		return false, nil
	}
	if !u.file.Known() || u.urgent || counted {
		return true, nil
	}
	digest, err := l.digest(ctx, u)
	return digest != u.file.Digest(), err
}

// months returns the months that the unit's layout must have: the ones around today, the
// ones in which cells are or were marked, and more.
func (l layouter) months(u *unit, more []calendar.Period) []calendar.Period {
	var out []calendar.Period
	for _, p := range u.people {
		out = append(out, months(l.dep.Settings, p, l.counts(p.ID), l.at.Today, l.closed[p.ID])...)
		if l.toArchive(u, p) {
			out = append(out, calendar.MonthOf(p.Left))
		}
		out = append(out, l.marked[p.ID].Months()...)
	}
	return calendar.Distinct(slices.Concat(out, markedMonths(u.file), more))
}

// toArchive reports whether the title of a leaver's spreadsheet still has to say that
// they left. Once it does, no cycle lays out anything in it.
func (l layouter) toArchive(u *unit, p department.Person) bool {
	if u.shared || !p.Gone(l.at.Today) {
		return false
	}
	state := publish.Remembered(u.file)
	return state != nil && state.Title() != report.Title(p, l.at.Today, l.lang)
}

// book returns the layout of the unit's spreadsheet for these months. typed returns what
// each person is known to have typed; nil: nothing.
func (l layouter) book(ctx context.Context, u *unit, ms []calendar.Period,
	typed map[department.PersonID]report.Typed) (*workbook.Book, error) {
	book := &workbook.Book{}
	for _, p := range u.people {
		in, ok := l.input(u, p, ms, nil)
		if !ok {
			continue
		}
		var err error
		if in.Closed, err = l.closedMonths(ctx, p, ms); err != nil {
			return nil, err
		}
		l.marked[p.ID].AddTo(&in)
		in.Typed = typed[p.ID]
		b, err := l.desired(ctx, in)
		if err != nil {
			return nil, err
		}
		book.Tabs = append(book.Tabs, b.Tabs...)
		if !u.shared {
			book.Title = b.Title
		}
		book.Locale, book.TimeZone, book.Recalc = b.Locale, b.TimeZone, b.Recalc
	}
	return l.protect(book), nil
}

// desired returns the layout of one person's spreadsheet.
func (l layouter) desired(ctx context.Context, in report.Input) (b *workbook.Book, err error) {
	err = l.compute(ctx, func(e *planfact.Engine) {
		in.Plans = e
		b = report.Layout(in)
	})
	return b, err
}

// compute calls f with the figures that are shown every day or, if it needs older ones,
// with all.
func (l layouter) compute(ctx context.Context, f func(*planfact.Engine)) error {
	l.laying.Lock()
	defer l.laying.Unlock()
	engine, _, err := l.figures.Recent(ctx)
	if err != nil {
		return err
	}
	if f(engine); !engine.Short() {
		return nil
	}
	if engine, _, err = l.figures.Whole(ctx); err != nil {
		return err
	}
	f(engine)
	return nil
}

// closedMonths returns the person's closed months, if any of those to be laid out may be
// closed, so that their tabs show what was closed. A month that an allowed edit has
// changed is returned as it will be closed anew.
func (l layouter) closedMonths(ctx context.Context, p department.Person, ms []calendar.Period) ([]department.Closed,
	error) {
	locked := closing.LockedBy(l.dep.Settings, l.at.Today)
	if !slices.ContainsFunc(ms, func(m calendar.Period) bool { return m.To <= locked }) {
		return nil, nil
	}
	shown := calendar.Span{From: locked, To: locked}
	for _, m := range ms {
		shown.From = min(shown.From, m.To)
	}
	var out []department.Closed
	var mended []bool
	err := l.ledger.ClosedMonths(ctx, p.ID, shown, func(c department.Closed, reopened bool) {
		out, mended = append(out, c), append(mended, reopened)
	})
	if err != nil {
		return nil, err
	}
	stints := p.Stints()
	for i, c := range out {
		at := slices.IndexFunc(stints, func(s department.Person) bool { return s.Role == c.Role && s.Again == c.Again })
		if !mended[i] || at < 0 {
			continue
		}
		if err := l.compute(ctx, func(e *planfact.Engine) {
			out[i] = summary.Mend(c, e.Person(stints[at], c.Period), l.dep.Settings, c.Mended)
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// digest returns the digest of the unit's layout, and the months in which cells are
// marked.
func (l layouter) digest(ctx context.Context, u *unit) (string, error) {
	ms := l.months(u, nil)
	if l.digests == nil || u.file.ID == "" {
		return l.layDigest(ctx, u, ms)
	}
	closed := map[department.PersonID][]department.Closed{}
	var err error
	for _, p := range u.people {
		if closed[p.ID], err = l.closedMonths(ctx, p, ms); err != nil {
			return "", err
		}
	}
	var inputs string
	var failed error
	err = l.compute(ctx, func(e *planfact.Engine) { inputs, failed = l.digests.inputs(l, u, e, ms, closed) })
	if err = errors.Join(err, failed); err != nil {
		return "", err
	}
	if digest, known := l.digests.spare(u.file, inputs); known {
		return digest, nil
	}
	digest, err := l.layDigest(ctx, u, ms)
	if err == nil {
		l.digests.keep(u.file, inputs, digest)
	}
	return digest, err
}

// layDigest lays the unit out to get its digest.
func (l layouter) layDigest(ctx context.Context, u *unit, ms []calendar.Period) (string, error) {
	book, err := l.book(ctx, u, ms, nil)
	if err != nil {
		return "", err
	}
	var marked []calendar.Period
	for _, p := range u.people {
		marked = append(marked, l.marked[p.ID].Months()...)
	}
	d := workbook.Digest(book)
	for _, m := range calendar.Distinct(marked) {
		d += " " + m.String()
	}
	return d, nil
}

// extra is what an import adds to a person's layout.
type extra struct {
	months []calendar.Period // whose tabs must be there
	into   []calendar.Period // into which it types
	typed  map[department.PersonID]report.Typed
	cells  []workbook.CellAt // for cells that were just read
	moved  bool              // the spreadsheet had changed since it was read: cells were not typed
}

// update brings one spreadsheet to its layout, and makes it first if necessary. It
// reports whether it wrote, and whether it saw a figure that was typed meanwhile.
func (l layouter) update(ctx context.Context, u *unit, x *extra) (wrote, typed bool, err error) {
	digest, err := l.digest(ctx, u)
	if err != nil {
		return false, false, err
	}
	fresh := false
	if u.file.ID == "" {
		folder := cmp.Or(l.homes.of(u.people[0].TeamOn(l.at.Today)), l.folder)
		if u.file, fresh, err = l.tracker.Make(ctx, files.Report, u.people[0].ID,
			report.Title(u.people[0], l.at.Today, l.lang), folder); err != nil {
			return false, false, err
		}
		if fresh { // otherwise another run made it, nobody knows where
			u.folder = folder
		}
	}
	return l.write(ctx, u, x, fresh, digest)
}

// write brings the unit's existing spreadsheet to its layout.
func (l layouter) write(ctx context.Context, u *unit, x *extra, fresh bool, digest string) (wrote, typed bool,
	err error) {
	var known, wanted map[department.PersonID]report.Typed
	recall := func() error {
		known = map[department.PersonID]report.Typed{}
		for _, p := range u.people {
			r, err := l.ledger.Person(ctx, p.ID)
			if err != nil {
				return err
			}
			known[p.ID] = report.Typed{Entries: r.Entries, Comments: r.Comments, Deals: r.Deals, Clients: r.Clients}
		}
		wanted = maps.Clone(known)
		if x != nil {
			for id, t := range x.typed {
				wanted[id] = join(wanted[id], t)
			}
		}
		return nil
	}
	if err := recall(); err != nil {
		return false, false, err
	}
	var more []calendar.Period
	for _, p := range u.people {
		more = append(more, l.counted[p.ID]...)
	}
	first, urgent := u.mend, u.urgent
	if x != nil {
		first, urgent = slices.Concat(first, x.cells), urgent || len(x.cells) > 0
		more = append(more, x.months...)
	}
	left := l.left(u)
	if x != nil {
		left = without(left, x.into)
	}
	shown := shows(left)
	if x != nil {
		shown = nil // what is typed into tabs that this write makes is read from its answer, too
	}
	if x == nil && slices.ContainsFunc(l.months(u, more), u.file.Unseen().Has) {
		u.file.Forget() // nobody knows where its rows and columns are by now
	}
	var resort *publish.Resort
	if x == nil { // an import does not set tabs aside
		resort = &publish.Resort{
			Kept: keptTitle(l.lang),
			Keep: func(ctx context.Context, s *sheets.Spreadsheet) error {
				seen, err := l.storeLook(ctx, u, s)
				typed = typed || seen
				return errors.Join(err, recall())
			},
		}
	}
	begun := l.clock.Now()
	wrote, err = l.publisher.Publish(ctx, publish.Job{
		File:   &u.file,
		Fresh:  fresh,
		Fields: workbook.ColumnFields,
		Shown:  shown,
		Look:   workbook.LookFields,
		Digest: digest,
		First:  workbook.SetCells(first),
		Urgent: urgent,
		Book: func(ctx context.Context, _ *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error) {
			ms := more
			if x != nil {
				x.moved = got != nil
			}
			if fresh || got != nil { // restore what was in tabs that are gone
				ms = slices.Concat(ms, typedMonths(slices.Collect(maps.Values(known))...))
			}
			return l.book(ctx, u, l.months(u, ms), wanted)
		},
		Answer: func(ctx context.Context, after *workbook.State, s *sheets.Spreadsheet) (bool, error) {
			// A figure typed since the last read is not missed.
			seen, err := l.storeParts(ctx, u, l.parts(u, after, left), workbook.FoundOf(s), left, nil)
			typed = typed || seen
			u.file.See(left)
			return false, err
		},
		Resort: resort,
	})
	tellAsides(l.log, u.file, begun)
	if err == nil && fresh {
		err = l.ledger.Watch(ctx, u.people[0].ID, l.clock.Today(l.dep.Settings.Zone))
	}
	if err == nil {
		err = l.counted.Shown(ctx, l.ledger, u.people) // this layout includes what has been counted by now
	}
	return wrote, typed, err
}

// typedMonths returns the months in which anything is known to be typed.
func typedMonths(typed ...report.Typed) []calendar.Period {
	var out []calendar.Period
	for _, t := range typed {
		for _, e := range t.Entries {
			out = append(out, calendar.MonthOf(e.Date))
		}
		for d := range t.Comments {
			out = append(out, calendar.MonthOf(d))
		}
	}
	return calendar.Distinct(out)
}

// join adds an import to what is known; an imported figure wins.
func join(a, b report.Typed) report.Typed {
	a.Entries = append(slices.Clip(a.Entries), b.Entries...)
	a.Deals = append(slices.Clip(a.Deals), b.Deals...)
	a.Clients = append(slices.Clip(a.Clients), b.Clients...)
	return a
}
