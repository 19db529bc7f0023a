package worker

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/clock"
	"svodka/internal/closing"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/marks"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// collector reads people's spreadsheets and stores in the ledger what was typed.
type collector struct {
	google  columns
	ledger  *ledger.Ledger
	lang    words.Lang
	log     *slog.Logger
	clock   clock.Clock
	closing closing.Closer
	marks   marks.Store
	dep     *department.Department
	at      planfact.AsOf
	// plans returns an engine without facts: finding what was read depends on the plans
	// that layouts show. All spreadsheets share one, since making it takes time in
	// proportion to the number of people.
	plans  func() *planfact.Engine
	laying *sync.Mutex // only one goroutine at a time may use engines
	reach  reach
	late   func() (calendar.Date, error) // closing.LateTo, once for all spreadsheets; nil: ask
	whole  bool                          // look at spreadsheets whole, whatever is known of them
	// touched says what it means for the next cycle that a figure changed.
	touched func(*ledger.Cycle)
	inbox   *inbox // of collect; nil: readings are stored one by one
}

// columns is the part of Google that a collector uses.
type columns interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
	Columns(ctx context.Context, id string, metaIDs []int64) ([]workbook.Found, error)
}

// collect reads each spreadsheet that changed, by one call, and stores what was typed. It
// reports whether any figure changed, even if it could not finish.
func (c collector) collect(ctx context.Context, pool pool, units []*unit) (out Outcome, changed bool, err error) {
	if c.reach, err = readReach(ctx, c.ledger); err != nil {
		return out, false, err
	}
	c.late = sync.OnceValues(func() (calendar.Date, error) { return c.closing.LateTo(ctx, c.dep.Settings) })
	var todo []*unit
	for _, u := range units {
		if u.file.ID != "" && u.err == nil && (u.file.ToRead() || c.owes(u)) {
			todo = append(todo, u)
		}
	}
	c.inbox = &inbox{store: func(ctx context.Context, readings []ledger.Reading) (bool, error) {
		return c.ledger.StoreAll(ctx, readings, c.touched)
	}}
	var mu sync.Mutex
	counted := pool.counting(doingRead, len(todo))
	out.Failures, err = pool.each(ctx, todo, doingRead, func(ctx context.Context, u *unit) error {
		defer counted()
		typed, err := c.read(ctx, u)
		mu.Lock()
		defer mu.Unlock()
		changed = changed || typed
		if err == nil {
			out.Read++
		}
		return err
	})
	stored, serr := c.inbox.end(ctx)
	return out, changed || stored, errors.Join(err, serr)
}

// input returns the input of a person's layout for the given months.
func (c collector) input(u *unit, p department.Person, ms []calendar.Period, plans *planfact.Engine) (report.Input,
	bool) {
	role, ok := c.dep.RoleOver(p)
	return report.Input{
		Person: p,
		Role:   role,
		Dep:    c.dep,
		Plans:  plans,
		Months: ms,
		Today:  c.at.Today,
		Lang:   c.lang,
		Tag:    u.tag(p),
	}, ok
}

// frame returns one person's spreadsheet, as the reader looks for it.
func (c collector) frame(in report.Input) *workbook.Book {
	c.laying.Lock()
	defer c.laying.Unlock()
	return report.Frame(in)
}

// monthKeys returns the keys that tabs of months may have in a person's part of a
// spreadsheet: of the months of two years, and the next one.
func (c collector) monthKeys(tag string) []string {
	var keys []string
	for i, m := 0, calendar.MonthOf(c.at.Today).Next(); i < 25; i, m = i+1, m.Prev() {
		keys = append(keys, tag+report.TabMonth+m.String())
	}
	return keys
}

// monthTabs returns the months that have tabs in the person's part of the spreadsheet, by
// what was written last, without those that a reading leaves out.
func monthTabs(state *workbook.State, tag string, left files.Unseen) []calendar.Period {
	var out []calendar.Period
	for _, key := range state.Tabs() {
		name, ok := strings.CutPrefix(key, tag)
		if !ok {
			continue
		}
		if m, ok := monthOf(name); ok && !left.Has(m) {
			out = append(out, m)
		}
	}
	return out
}

// read reads one spreadsheet and stores what was typed. It reports whether any figure
// changed.
func (c collector) read(ctx context.Context, u *unit) (bool, error) {
	if u.file.BeingWritten() {
		c.log.Info("the last write of a spreadsheet was cut off: it is looked at", keyFile, u.file.ID)
	}
	state := publish.Remembered(u.file)
	was, closed := state, c.left(u)
	left := closed
	if c.overdue(u) {
		left = files.Unseen{}
	}
	if c.whole {
		u.file.Distrust() // also if the look fails
		state = nil
	}
	var found []workbook.Found
	structural, anew := state == nil, false
	if structural {
		s, err := c.google.Spreadsheet(ctx, u.file.ID, workbook.LookFields)
		if err != nil {
			return false, err
		}
		s, anew = publish.Standing(u.file, s)
		state, found = c.seen(u, s)
		left = files.Unseen{}
	}
	parts := c.parts(u, state, left)
	var tabs []*workbook.Tab
	for _, p := range parts {
		tabs = append(tabs, p.book.Tabs...)
	}
	if !structural {
		var err error
		if found, err = c.google.Columns(ctx, u.file.ID, state.MetaIDsOf(reads(left))); err != nil {
			return false, err
		}
	}
	missing := state.Locate(tabs, found)
	missing = append(missing, state.Damaged(tabs, found)...)
	if structural && was != nil {
		missing = append(missing, c.torn(u, was, closed, found)...)
	}
	if anew {
		missing = append(missing, "a tab that was set aside")
	}
	file := u.file // as it will be remembered
	file.See(left)
	switch {
	case len(missing) > 0:
		c.log.Info("parts of a spreadsheet are missing or damaged and will be put right",
			keyFile, u.file.ID, keyMissing, missing)
		file.Broken()
	case !structural && !state.Relocated():
		file.Read(nil, true)
	default:
		layout, err := state.Marshal()
		if err != nil {
			return false, err
		}
		file.Read(layout, !structural)
	}
	changed, err := c.storeParts(ctx, u, parts, found, left, &file)
	if err != nil {
		return changed, err
	}
	u.file = file
	if len(missing) > 0 {
		return true, nil
	}
	for _, p := range parts {
		cells, urgent := report.Mend(p.in, p.book, found)
		u.mend, u.urgent = append(u.mend, cells...), u.urgent || urgent
	}
	return changed, nil
}

// torn returns what is missing or damaged in the tabs of closed months since they were
// written, as was says. No layout of these days holds them: the one that mends them has
// to be asked for.
func (c collector) torn(u *unit, was *workbook.State, closed files.Unseen, found []workbook.Found) []string {
	if closed.None() {
		return nil
	}
	var tabs []*workbook.Tab
	for _, p := range c.parts(u, was, files.Unseen{}) {
		for _, t := range p.book.Tabs {
			if m, ok := monthOf(untagged(t.Key)); ok && closed.Has(m) {
				tabs = append(tabs, t)
			}
		}
	}
	return append(was.Locate(tabs, found), was.Damaged(tabs, found)...)
}

// part is one person's part of a spreadsheet.
type part struct {
	in   report.Input
	book *workbook.Book
}

// seen returns the state that a look shows of the unit's spreadsheet, including months
// whose tab has lost its mark.
func (c collector) seen(u *unit, s *sheets.Spreadsheet) (*workbook.State, []workbook.Found) {
	state := workbook.StateOf(s)
	for _, p := range u.people {
		state.Recognise(c.monthKeys(u.tag(p))...)
	}
	return state, workbook.FoundOf(s)
}

// parts returns the parts of the unit's people, laid out as the reader looks for them.
func (c collector) parts(u *unit, state *workbook.State, left files.Unseen) []part {
	var out []part
	for _, p := range u.people {
		if in, ok := c.input(u, p, monthTabs(state, u.tag(p), left), c.plans()); ok {
			out = append(out, part{in, c.frame(in)})
		}
	}
	return out
}

// storeParts stores what was found of each part, without the months that were left out,
// and, with the last part, the file as it is remembered then; nil: not the file. It
// reports whether any figure changed, even if it could not finish.
func (c collector) storeParts(ctx context.Context, u *unit, parts []part, found []workbook.Found,
	left files.Unseen, file *files.File) (changed bool, err error) {
	if len(parts) == 0 && file != nil {
		return false, c.ledger.PutFile(ctx, *file)
	}
	lateTo, err := c.lateTo(ctx, u)
	if err != nil {
		return false, err
	}
	for i, p := range parts {
		r := storing{found: found, lateTo: lateTo, was: u.file.Unseen(), left: left}
		if i == len(parts)-1 {
			r.file = file
		}
		ch, err := c.store(ctx, p, r)
		if err != nil {
			return changed, err
		}
		changed = changed || ch
	}
	return changed, nil
}

// storeLook stores what people have typed in the unit's spreadsheet, which was just got
// whole. It reports whether any figure changed.
func (c collector) storeLook(ctx context.Context, u *unit, s *sheets.Spreadsheet) (changed bool, err error) {
	state, found := c.seen(u, s)
	return c.storeParts(ctx, u, c.parts(u, state, files.Unseen{}), found, files.Unseen{}, nil)
}

// lateTo returns the last day whose reports are late if they come in now with the unit's
// spreadsheet. If the spreadsheet was out of reach, nobody looked at it.
func (c collector) lateTo(ctx context.Context, u *unit) (calendar.Date, error) {
	if u.file.Trouble() != "" {
		return 0, nil
	}
	if c.late != nil {
		return c.late()
	}
	return c.closing.LateTo(ctx, c.dep.Settings)
}

// storing is what store stores.
type storing struct {
	found     []workbook.Found
	lateTo    calendar.Date
	was, left files.Unseen // months that the last reading left out, and that this one did
	file      *files.File  // to be stored with it; nil: none
}

// store reads the person's figures from what was found, and stores them. It reports
// whether any changed.
func (c collector) store(ctx context.Context, p part, r storing) (changed bool, err error) {
	in, was, left := p.in, r.was, r.left
	if !left.None() {
		if in.Largest, err = c.ledger.Largest(ctx, in.Person.ID, left.To, kpi.DatesAround(in.Today)); err != nil {
			return false, err
		}
	}
	got := report.Read(in, p.book, r.found)
	for _, s := range got.Strays {
		c.log.Warn("a row could not be told", keyPerson, in.Person.ID, keyWhat, s)
	}
	reading := ledger.Reading{
		Person:   in.Person.ID,
		Entries:  got.Entries,
		Comments: got.Comments,
		Deals:    got.Deals,
		Clients:  got.Clients,
		Day:      c.clock.Today(in.Dep.Settings.Zone),
	}
	reading.Open = in.Dep.OpenTo(in.Person.ID, reading.Day)
	reading.LateTo = r.lateTo
	for _, m := range in.Months {
		if was.Has(m) {
			reading.Noticed = append(reading.Noticed, m.Span)
		}
	}
	for _, s := range got.Scopes() {
		reading.Scopes = append(reading.Scopes, ledger.Scope{Span: s.Span, KPIs: s.KPIs})
		if s.Comments {
			reading.CommentSpans = append(reading.CommentSpans, s.Span)
		}
	}
	if err := callfigures.Restore(ctx, c.ledger, &reading, got.Logged); err != nil {
		return false, err
	}
	reading.HasDeals, reading.HasClients = got.HasDeals(), got.HasClients()
	var without func(calendar.Period) bool
	if !left.None() {
		without = left.Has
	}
	if reading.HasDeals { // only once they are stored is it known which are held
		if changed, err = c.keep(ctx, reading, true); err != nil {
			return false, err
		}
		reading = ledger.Reading{Person: in.Person.ID, Day: reading.Day}
	}
	if reading.Flags, err = c.marks.Of(ctx, in.Person.ID, got, without); err != nil {
		return changed, err
	}
	reading.File = r.file
	marked, err := c.keep(ctx, reading, false)
	return changed || marked, err
}

// keep stores a reading, at once if now says so, and else perhaps together with others.
// It reports whether it is stored and changed anything.
func (c collector) keep(ctx context.Context, r ledger.Reading, now bool) (changed bool, err error) {
	if c.inbox == nil {
		return c.ledger.Store(ctx, r)
	}
	return false, c.inbox.put(ctx, r, now)
}
