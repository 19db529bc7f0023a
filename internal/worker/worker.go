// Package worker runs the cycle: it reads what changed, stores entries in the ledger,
// brings people's spreadsheets to their layout, and computes and writes the director's
// summary.
//
// It connects the pure packages and the rooms to the edges and decides the order;
// formulas, layouts and calls belong to the others. Killing a run loses nothing: the next
// one ends in the same spreadsheets.
//
// worker.go holds the order of things. Below it are the steps, each a type with what it
// needs: collector, layouter, opsReporter, summariser, all working on units. Above it are
// the entry points: init.go, queries.go, notices.go, and imports. wiring.go gives each
// what it needs.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"svodka/internal/archive"
	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/configuration"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/preview"
	"svodka/internal/publish"
	"svodka/internal/sharing"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// Options are the dependencies and settings of a worker.
type Options struct {
	Google    *google.Client
	Ledger    *ledger.Ledger
	Lang      words.Lang
	Space     string // separates departments that share one Google account
	Zone      string // IANA name in a new control spreadsheet
	Templates []templates.Role
	// Defaults of «Параметры» in a new control spreadsheet; nil: the built-in ones.
	Defaults []templates.Setting
	// Link returns the address at which people open a spreadsheet.
	Link func(fileID string) string
	Now  func() time.Time
	Log  *slog.Logger
	// Progress is called with the progress of a long step; may be nil.
	Progress func(step string, done, total int)
	// Parallel is how many spreadsheets the worker works on at once; 0: as many as use
	// the quotas of all accounts fully.
	Parallel int
	// Notify makes Google send people a mail when a spreadsheet is shared with them.
	Notify bool
	// Editors are the worker's accounts if there are several: each must be able to edit
	// what another one protected.
	Editors []string
	// Reread is for how long every run reads a changed file again. Google reports the
	// changes of a spreadsheet in batches, minutes late; locally there is no such delay,
	// and it is 0.
	Reread time.Duration
	// Grace is how long a run that is told to end may take to finish the spreadsheets
	// under way; 0: it leaves them as they are.
	Grace time.Duration
	// Announce makes a cycle tell ops in «Проверка» what an edit of the control
	// spreadsheet will change if that affects many people, and leaves the change to the
	// next cycle.
	Announce bool
	// ClosesApart makes only Close lock days and close periods: that reads every
	// spreadsheet first, and no sync should wait for it.
	ClosesApart bool
	// PartSize is the size in bytes above which the worker sends a write of a spreadsheet
	// in parts; 0: workbook.MaxBytes.
	PartSize int
	// History says when closed periods move to the spreadsheets of years; zero: as usual.
	History archive.Limits
	// Program identifies the program, so that another one lays everybody out once more.
	// Empty: each process does.
	Program string
}

// Worker runs cycles. Only one worker at a time may work on a ledger.
type Worker struct {
	Options
	publisher *publish.Publisher
	digests   *digests
	cache     figures.Cache // of the cycles' figures
	memo      *configuration.Memo
	decided   *preview.Memo
}

// New returns a worker.
func New(o Options) *Worker {
	if o.Parallel <= 0 {
		o.Parallel = perAccount
		if o.Google != nil {
			o.Parallel *= max(1, len(o.Google.Identities()))
		}
	}
	if o.Space == "" {
		o.Space = "main"
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	return &Worker{
		Options:   o,
		publisher: &publish.Publisher{Google: o.Google, Ledger: o.Ledger, PartSize: o.PartSize, Now: o.Now},
		digests:   new(digests),
		memo:      new(configuration.Memo),
		decided:   new(preview.Memo),
	}
}

// perAccount is how many spreadsheets an account works on at once: at some two seconds
// for each, more could exceed Google's calls per minute.
const perAccount = 4

// ErrNoControl means that there is no control spreadsheet yet.
var ErrNoControl = errors.New("there is no control spreadsheet yet (run: svodka init)")

// layoutVersion increases when the program's layouts change, so that the worker updates
// what an earlier program wrote.
const layoutVersion = 23

// readVersion changes when the ledger stores more of a reading than before, so that a new
// program reads all spreadsheets once.
const readVersion = "1"

// Sync runs one cycle, for now or as at the end of the day asOf.
//
// A person whose spreadsheet fails does not stop the rest; such failures are in the
// Outcome. The error is for what stopped the cycle.
func (w *Worker) Sync(ctx context.Context, asOf calendar.Date) (Outcome, error) {
	return w.cycle(ctx, mode{asOf: asOf, closes: !w.ClosesApart, mayRest: true})
}

// aheadDays is how many days before a person's first day their spreadsheet is ready.
const aheadDays = 7

// Provision is the cycle of the early morning: it makes what the day will need before
// anybody is at work. In addition to an ordinary cycle, it makes spreadsheets of people
// who are hired within a week, and looks who can open the spreadsheets, by one Drive call
// for each.
func (w *Worker) Provision(ctx context.Context) (Outcome, error) {
	return w.cycle(ctx, mode{ahead: aheadDays, look: true, closes: !w.ClosesApart})
}

// Close is a cycle that locks the days whose grace is over, and closes the weeks and
// months that end with them. Once before such an end it reads every spreadsheet, so that
// it misses nothing typed in time.
func (w *Worker) Close(ctx context.Context) (Outcome, error) {
	return w.cycle(ctx, mode{closes: true, mayRest: !w.ClosesApart})
}

// Sweep is a cycle that trusts neither the change feed nor what was written last: it
// looks at every spreadsheet whole, by one read each, and repairs what has changed:
// formulas, rules, validation, styles. It sends charts again.
func (w *Worker) Sweep(ctx context.Context) (Outcome, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return Outcome{}, err
	}
	all := marked(list, (*files.File).Distrust, files.Control, files.Summary, files.Team)
	all = append(all, rereadAll(list, files.Report)...)
	if err := w.Ledger.Save(ctx, ledger.Save{Files: all}); err != nil {
		return Outcome{}, err
	}
	return w.cycle(ctx, mode{look: true, whole: true, closes: !w.ClosesApart})
}

// cycle reads what changed and the configuration and, unless all is up to date, serves
// the department.
func (w *Worker) cycle(ctx context.Context, m mode) (Outcome, error) {
	r := &run{mode: m, begun: w.Now()}
	if err := w.tracker().Pull(ctx); err != nil {
		return Outcome{}, err
	}
	if err := w.configure(ctx, r); err != nil {
		return Outcome{}, err
	}
	out := Outcome{AsOf: r.at, People: r.employed(), Problems: slices.Concat(r.cfg.Typed.Problems, r.clocks)}
	if err := w.markToRead(ctx, r); err != nil {
		return out, err
	}
	rests := func() (done bool, err error) {
		if r.mayRest && !r.due {
			out.States, out.Settled, err = w.upToDate(ctx, r)
		}
		return out.Settled || err != nil, err
	}
	// Where nobody has edited anything, it need not be found out which spreadsheets of
	// thousands are whose.
	quiet, err := w.Ledger.Quiet(ctx)
	if err != nil {
		return out, err
	}
	done := false
	if quiet {
		done, err = rests()
	}
	if !done {
		if err = w.prepare(ctx, r); err == nil {
			done, err = rests()
		}
	}
	switch {
	case err != nil:
		return out, err
	case done:
		if err := w.closing().KeepLooked(ctx, r.cfg.Department.Settings, r.begun); err != nil {
			return out, err
		}
		return out, w.synced(ctx, r)
	}
	// From here on the last cycle's record does not hold, wherever this one ends.
	if err := w.cycleRecord().outdate(ctx); err != nil {
		return out, err
	}
	if err := w.warnOfTransfers(ctx, &r.cfg.Department); err != nil {
		return out, err
	}
	if err := w.decide(ctx, r); err != nil {
		return out, err
	}
	served, err := w.serve(ctx, r)
	out.add(served)
	if err != nil {
		return out, err
	}
	if err := w.closing().KeepLooked(ctx, r.cfg.Department.Settings, r.begun); err != nil {
		return out, err
	}
	moment := ""
	if len(out.Failures) == 0 && !out.again && !r.cfg.Said.Pending() {
		moment = w.moment(r.at)
	}
	if err := w.cycleRecord().markUpToDate(ctx, moment, r.at, out.States); err != nil {
		return out, err
	}
	if len(out.Failures) > 0 && out.States.Served == 0 {
		return out, nil
	}
	return out, w.synced(ctx, r)
}

// synced records a cycle that went well. One as at another day leaves figures of that
// day, so it is none that anybody waits for.
func (w *Worker) synced(ctx context.Context, r *run) error {
	if !r.asOf.IsZero() {
		return nil
	}
	return w.Ledger.Synced(ctx, r.begun)
}

// configure reads the configuration that is in force in this cycle.
func (w *Worker) configure(ctx context.Context, r *run) error {
	var err error
	if r.cfg, err = w.readConfig(ctx); err != nil {
		return err
	}
	r.clocks = w.closing().ClockProblems()
	if err := w.closing().UndoEarly(ctx, r.cfg.Department.Settings, w.cycleRecord().touched); err != nil {
		return err
	}
	r.at = w.at(&r.cfg.Department, r.asOf)
	d, err := w.preview(r.at).Decide(ctx, r.cfg.Typed, r.at.Today)
	if err != nil {
		return err
	}
	r.cfg.Department, r.cfg.Said, r.due = d.Department, d.Said, d.Due
	return nil
}

// readConfig reads the control spreadsheet if it changed; otherwise it returns the
// configuration as last read.
func (w *Worker) readConfig(ctx context.Context) (*configuration.Config, error) {
	list, err := w.Ledger.FilesOf(ctx, files.Control)
	if err != nil {
		return nil, err
	}
	file, ok := oneFile(list, files.Control)
	if !ok {
		if list, err = w.Ledger.Files(ctx); err != nil {
			return nil, err
		}
		return nil, w.noControl(ctx, list)
	}
	return w.configuration().Read(ctx, file)
}

// markToRead marks spreadsheets to be read that have not changed but must be seen.
func (w *Worker) markToRead(ctx context.Context, r *run) error {
	if err := w.readBeforeClose(ctx, r.cfg.Department.Settings, r.closes); err != nil {
		return err
	}
	return w.readAfterUpgrade(ctx)
}

// prepare finds people's spreadsheets.
func (w *Worker) prepare(ctx context.Context, r *run) error {
	soon := func(p department.Person) bool {
		return p.Hired > r.at.Today && p.Hired <= r.at.Today+calendar.Date(r.ahead)
	}
	var err error
	if r.units, err = w.units(ctx, &r.cfg.Department, r.at, soon); err != nil {
		return err
	}
	if r.held, err = w.held(ctx); err != nil || !r.holds() {
		return err
	}
	list, err := w.Ledger.Files(ctx)
	_, r.noSummary = files.Lost(list, func(f files.File) bool { return f.Kind == files.Summary })
	return err
}

// readBeforeClose marks every spreadsheet to be read once before weeks and months close.
// closes reports whether this cycle closes them; a new department has nothing to read
// before its first close.
func (w *Worker) readBeforeClose(ctx context.Context, set department.Settings, closes bool) error {
	kept, err := w.closing().ReadFirst(ctx, set)
	if err != nil || kept == nil {
		return err
	}
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return err
	}
	all := rereadAll(list, files.Report)
	if !closes && len(all) > 0 {
		return nil
	}
	return w.Ledger.Save(ctx, ledger.Save{Cycle: kept, Files: all})
}

// readAfterUpgrade marks everything that an earlier program has read to be read once
// more.
func (w *Worker) readAfterUpgrade(ctx context.Context) error {
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.ReadBy == readVersion {
		return err
	}
	return w.reread(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.ReadBy = readVersion }}, files.Report)
}

// reread marks all spreadsheets of some kinds to be read, in the same transaction as
// save.
func (w *Worker) reread(ctx context.Context, save ledger.Save, kinds ...string) error {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return err
	}
	save.Files = rereadAll(list, kinds...)
	return w.Ledger.Save(ctx, save)
}

// upToDate reports whether the last cycle left nothing to do and nothing has happened
// since, and returns how it left people. Spreadsheets of people who are no longer in
// «Сотрудники» wait until those are back.
func (w *Worker) upToDate(ctx context.Context, r *run) (States, bool, error) {
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.UpToDate != w.moment(r.at) {
		return States{}, false, err
	}
	due, err := w.sharer().Due(ctx)
	if err != nil || due {
		return States{}, false, err
	}
	for _, kind := range []string{files.Control, files.Summary} {
		list, err := w.Ledger.FilesOf(ctx, kind)
		if err != nil {
			return States{}, false, err
		}
		f, ok := oneFile(list, kind)
		if !ok && kind == files.Summary && r.noSummary {
			continue
		}
		if !ok || f.Unread() {
			return States{}, false, nil
		}
	}
	if led := r.cfg.Department.Led(); len(led) > 0 && !r.noSummary {
		list, err := w.Ledger.FilesOf(ctx, files.Team)
		if err != nil {
			return States{}, false, err
		}
		for _, t := range led {
			if f, ok := ofTeam(list, t.ID); !ok || f.Unread() {
				return States{}, false, nil
			}
		}
	}
	if due, err = w.archive().Due(ctx); err != nil || due {
		return States{}, false, err
	}
	return last.States, !slices.ContainsFunc(r.units, func(u *unit) bool {
		return u.file.ID != "" && u.err == nil && u.file.ToRead()
	}), nil
}

// moment names the moment that a summary shows: while it and the data stay the same there
// is nothing to compute.
func (w *Worker) moment(at planfact.AsOf) string {
	moment := fmt.Sprintf("%s over=%t lang=%s layout=%d", at.Today, at.Over, w.Lang, layoutVersion)
	if _, sure := w.clock().Trusted(); !sure { // ops must see that, and see when it is over
		moment += " clocks differ"
	}
	return moment
}

// warnOfTransfers logs, once a day, that a year's transferred days off are not known.
func (w *Worker) warnOfTransfers(ctx context.Context, dep *department.Department) error {
	today := w.clock().Today(dep.Settings.Zone)
	year := dep.Untransferred(today)
	if year == 0 {
		return nil
	}
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.TransfersTold == today {
		return err
	}
	w.Log.Warn("the transferred days off of a year are not known (svodka import calendar FILE, or the tab of "+
		"the calendar)", keyYear, year)
	return w.Ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.TransfersTold = today }})
}

// serve does the work of a cycle that has something to do: it reads what people typed,
// brings their spreadsheets up to date, tells ops, and writes the director's summary.
func (w *Worker) serve(ctx context.Context, r *run) (out Outcome, err error) {
	did := func(part Outcome, err error) error {
		out.add(part)
		return err
	}
	if err := did(w.collect(ctx, r)); err != nil {
		return out, err
	}
	if err := did(w.reportsFolder(ctx, r)); err != nil {
		return out, err
	}
	if err := did(w.teamFolders(ctx, r)); err != nil {
		return out, err
	}
	access, err := w.sharer().Begin(ctx, r.cfg.Department.Settings.InviteByMail)
	if err != nil {
		return out, err
	}
	if err := w.recall(ctx, r); err != nil {
		return out, err
	}
	r.figures = w.figures(&r.cfg.Department, r.at) // by now all that was typed is in the ledger
	r.figures.Cache = &w.cache
	if err := did(w.provision(ctx, r, access)); err != nil {
		return out, err
	}
	if err := did(w.summariser().makeTeams(ctx, r)); err != nil {
		return out, err
	}
	list, err := w.filesToShare(ctx, r.cfg, r.units, r.at)
	if err != nil {
		return out, err
	}
	if r.look {
		if err := did(checkAccess(ctx, access, list)); err != nil {
			return out, err
		}
	}
	told := access.Revision()
	out.States.Unshared = access.UnsharedCount(list)
	if err := did(w.tellOps(ctx, r, list, access)); err != nil {
		return out, err
	}
	if err := did(w.summarise(ctx, r, out)); err != nil {
		return out, err
	}
	if err := did(w.summariseTeams(ctx, r, access)); err != nil {
		return out, err
	}
	if _, err := w.analytics().Update(ctx, &r.cfg.Department, r.at, r.figures); err != nil {
		return out, err
	}
	if list, err = w.filesToShare(ctx, r.cfg, r.units, r.at); err != nil { // the summary may have just been made
		return out, err
	}
	if err := did(share(ctx, access, r, list)); err != nil {
		return out, err
	}
	if err := did(w.gather(ctx, r, access, list)); err != nil {
		return out, err
	}
	// The summary and ops are told what waits to be shared, and which addresses are
	// refused: if that has changed since, the next cycle writes it again.
	out.again = out.again || access.Revision() != told
	out.States.Unshared, out.States.ByHand = access.UnsharedCount(list), access.ByHand(list)
	out.States.Unmoved, out.States.Lost = access.UnmovedCount(list), r.lost()
	out.add(Outcome{States: r.states()})
	return out, nil
}

// collect reads what people typed, counts calls, and locks days.
func (w *Worker) collect(ctx context.Context, r *run) (Outcome, error) {
	dep := &r.cfg.Department
	c := w.collector(dep, r.at)
	c.whole = r.whole
	out, changed, err := c.collect(ctx, w.pool(), r.units)
	if err = w.touchIf(ctx, changed, err); err != nil {
		return out, err
	}
	if changed, err = callfigures.Count(ctx, w.Ledger, dep, r.at.Today); err != nil {
		return out, err
	}
	if err = w.touchIf(ctx, changed, nil); err != nil {
		return out, err
	}
	return out, w.lock(ctx, r)
}

// provision brings people's spreadsheets up to date.
func (w *Worker) provision(ctx context.Context, r *run, access *sharing.Run) (Outcome, error) {
	l, err := w.layouter(ctx, r.figures)
	if err != nil {
		return Outcome{}, err
	}
	if err := w.digests.begin(ctx, w.Ledger, w.program(), l); err != nil {
		return Outcome{}, err
	}
	l.digests, l.homes = w.digests, r.homes
	out, changed, err := l.provision(ctx, w.pool(), r.units, shareNew(access, r))
	if err == nil {
		err = w.digests.store(ctx, w.Ledger)
	}
	if changed { // what came in while people's spreadsheets were written is marked there by the next cycle
		out.again = true
		r.figures.Outdate()
	}
	return out, w.touchIf(ctx, changed, err)
}

// reportsFolder finds or makes the folder of people's reports, if there are any.
func (w *Worker) reportsFolder(ctx context.Context, r *run) (Outcome, error) {
	if !slices.ContainsFunc(r.units, func(u *unit) bool { return !u.shared && u.err == nil }) ||
		r.holds() {
		return Outcome{}, nil
	}
	id, made, err := w.tracker().ReportsFolder(ctx, w.Lang.T("Отчёты", "Reports"))
	var ge *google.Error
	switch {
	case err == nil && made:
		return Outcome{}, w.sharer().Made(ctx, id)
	case err != nil && ctx.Err() == nil && errors.As(err, &ge): // reports are made outside it, and moved later
		return Outcome{Failures: []error{err}}, nil
	}
	return Outcome{}, err
}

// gather moves what lies elsewhere into the folder of reports, or of a team, some in each
// cycle.
func (w *Worker) gather(ctx context.Context, r *run, access *sharing.Run, list []sharing.File) (Outcome, error) {
	h, err := w.homes(ctx, &r.cfg.Department)
	if err != nil {
		return Outcome{}, err
	}
	if h.reports == "" && !r.holds() &&
		slices.ContainsFunc(r.units, func(u *unit) bool { return !u.shared && u.file.ID != "" }) {
		return Outcome{again: true}, nil // it was deleted meanwhile
	}
	more, failures, err := access.Gather(ctx, list, h.inside(), r.look)
	return Outcome{Failures: faultsOf(failures), again: more}, err
}

// tellOps tells ops what they should know. The director's figures do not wait for that: a
// refusal of Google is one failure among others.
func (w *Worker) tellOps(ctx context.Context, r *run, list []sharing.File, access *sharing.Run) (Outcome, error) {
	err := w.pool().finish(ctx, func(ctx context.Context) error { return w.opsReporter().tell(ctx, r, list, access) })
	var ge *google.Error
	if err != nil && ctx.Err() == nil && errors.As(err, &ge) {
		return Outcome{Failures: []error{err}}, nil
	}
	return Outcome{}, err
}

// recall restores what the summary shows of a lost ledger before anybody is laid out:
// tabs of closed months show what was closed. If Google refuses to show the summary,
// people's spreadsheets do not wait for that.
func (w *Worker) recall(ctx context.Context, r *run) error {
	if r.noSummary {
		return nil
	}
	list, err := w.Ledger.FilesOf(ctx, files.Summary)
	if err != nil {
		return err
	}
	file, ok := oneFile(list, files.Summary)
	if !ok {
		return nil
	}
	r.recalled, err = w.summariser().restore(ctx, file)
	var ge *google.Error
	if err != nil && ctx.Err() == nil && errors.As(err, &ge) {
		return nil // summarise meets the same
	}
	return err
}

// summarise writes the director's summary. so is what the cycle has done so far.
func (w *Worker) summarise(ctx context.Context, r *run, so Outcome) (out Outcome, err error) {
	if r.noSummary {
		return out, nil
	}
	err = w.pool().finish(ctx, func(ctx context.Context) error {
		out, err = w.summariser().summarise(ctx, r, so)
		return err
	})
	return out, err
}

// summariseTeams writes the summaries of teams.
func (w *Worker) summariseTeams(ctx context.Context, r *run, access *sharing.Run) (out Outcome, err error) {
	if r.noSummary {
		return out, nil
	}
	err = w.pool().finish(ctx, func(ctx context.Context) error {
		if out, err = w.summariser().summariseTeams(ctx, r, access); err != nil {
			return err
		}
		return w.digests.store(ctx, w.Ledger)
	})
	return out, err
}

// lock lets edits count that ops allowed, and locks the days whose grace is over, for the
// people whose spreadsheets were read.
func (w *Worker) lock(ctx context.Context, r *run) error {
	released, err := w.closing().Release(ctx, &r.cfg.Department)
	if err != nil {
		return err
	}
	if err = w.touchIf(ctx, released, nil); err != nil || !r.closes {
		return err
	}
	return w.closing().Lock(ctx, r.cfg.Department.Settings, readOf(r.units))
}

// touchIf records that a figure changed, even if the step that changed it returned an
// error, such as one that was told to end.
func (w *Worker) touchIf(ctx context.Context, changed bool, err error) error {
	if !changed {
		return err
	}
	return errors.Join(err, w.cycleRecord().touch(context.WithoutCancel(ctx)))
}

// at returns the moment of a run: the end of the day asOf if it is given, else now.
func (w *Worker) at(dep *department.Department, asOf calendar.Date) planfact.AsOf {
	if !asOf.IsZero() {
		return planfact.AsOf{Today: asOf, Over: true}
	}
	return planfact.At(dep.Settings, w.Now())
}
