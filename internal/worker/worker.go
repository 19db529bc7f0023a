// Package worker is the cycle: what changed is read, entries go to the ledger,
// people's spreadsheets are brought to their desired layout, and the director's
// summary is computed and written.
//
// It wires the pure packages to the edges and decides the order; formulas,
// layouts and calls are the others' business. A run can be killed anywhere: the
// next one ends in the same spreadsheets.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// Options are what a worker works with.
type Options struct {
	Google    *google.Client
	Ledger    *ledger.Ledger
	Lang      words.Lang
	Space     string // separates departments that share one Google account
	Zone      string // IANA name that a new control spreadsheet is seeded with
	Templates []templates.Role
	// Defaults of «Параметры» in a new control spreadsheet; nil: the built-in ones.
	Defaults []templates.Setting
	// Link gives the address at which people open a spreadsheet.
	Link func(fileID string) string
	Now  func() time.Time
	Log  *slog.Logger
	// Progress is told how far a long step has come; may be nil.
	Progress func(step string, done, total int)
	// Parallel is how many spreadsheets are worked on at once; 0: as many as keep
	// the quotas of all accounts busy.
	Parallel int
	// Notify has Google send people a mail when a spreadsheet is shared with them.
	Notify bool
	// Editors are the worker's accounts where there are several: each must be able
	// to edit what another one protected.
	Editors []string
	// Reread is how long a changed file is read again at every run. Google tells of
	// the changes of a spreadsheet in batches, minutes late; locally there is no
	// such delay, and it is 0.
	Reread time.Duration
	// Grace is how long the spreadsheets at hand may take to be finished when a run
	// is told to end; 0: they are left as they are.
	Grace time.Duration
	// Announce has a cycle tell ops in «Проверка» what an edit of the control
	// spreadsheet will change, and the next one do it, where many are touched.
	Announce bool
	// ClosesApart has only Close lock days and close periods: before periods close
	// every spreadsheet is read, which no sync is to wait for.
	ClosesApart bool
}

// Worker runs cycles. One worker at a time may work on a ledger.
type Worker struct {
	Options
	publisher *publish.Publisher
}

// New makes a worker.
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
	return &Worker{o, &publish.Publisher{Google: o.Google, Ledger: o.Ledger}}
}

// perAccount is how many spreadsheets an account works on at once: at some two
// seconds for each it may make more calls a minute than Google allows.
const perAccount = 4

// ErrNoControl tells that there is no control spreadsheet yet.
var ErrNoControl = errors.New("there is no control spreadsheet yet (run: svodka init)")

// Outcome is what a cycle did.
type Outcome struct {
	AsOf     planfact.AsOf
	People   int // employed on the day
	Read     int // people's spreadsheets that were read
	Made     int // people's spreadsheets that were made
	Written  int // people's spreadsheets that were changed
	Summary  bool
	Settled  bool // nothing had changed: nothing was done
	Problems []control.Problem
	BadCells int
	States   States
	// Failures are people whose spreadsheet could not be read or written; the
	// rest of the department was served.
	Failures []error

	again bool // something came to light that the next cycle writes
}

// States count people by how the last cycle left them, for monitoring.
type States = ledger.States

// at is the moment of a run: the end of the day asOf if it is given, else now.
func (w *Worker) at(dep *department.Department, asOf calendar.Date) planfact.AsOf {
	if !asOf.IsZero() {
		return planfact.AsOf{Today: asOf, Over: true}
	}
	return planfact.At(dep.Settings, w.Now())
}

// Sync runs one cycle, for now or as if it were the end of the day asOf.
//
// A person whose spreadsheet fails does not stop the rest; such failures are in
// the Outcome. The error is for what stopped the cycle.
func (w *Worker) Sync(ctx context.Context, asOf calendar.Date) (Outcome, error) {
	return w.cycle(ctx, cycle{asOf: asOf})
}

// aheadDays is how many days before their first one people find their
// spreadsheet ready.
const aheadDays = 7

// Provision is the cycle of the early morning: what the day will need is there
// before anybody is at work. Beside what every cycle does, it makes spreadsheets of
// people who are hired within a week, and it looks who can open the spreadsheets,
// by one Drive call for each.
func (w *Worker) Provision(ctx context.Context) (Outcome, error) {
	return w.cycle(ctx, cycle{ahead: aheadDays, look: true})
}

// Close is a cycle that locks the days that have had their grace, and closes the
// weeks and months that end with them. Once before such an end it reads every
// spreadsheet, so that nothing typed in time is missed.
func (w *Worker) Close(ctx context.Context) (Outcome, error) {
	return w.cycle(ctx, cycle{close: true})
}

// cycle is what a cycle does beyond the usual.
type cycle struct {
	asOf  calendar.Date // as if it were the end of that day; zero: now
	ahead int           // also for people hired within so many days
	look  bool          // see who can open the spreadsheets
	close bool          // lock days and close periods; else only if that is not done apart
}

func (w *Worker) cycle(ctx context.Context, c cycle) (Outcome, error) {
	begun := w.Now()
	if err := w.tracker().Pull(ctx); err != nil {
		return Outcome{}, err
	}
	cfg, err := w.configure(ctx)
	if err != nil {
		return Outcome{}, err
	}
	clocks := w.closing().ClockProblems()
	if err := w.closing().UndoEarly(ctx, cfg.Department.Settings, w.touched); err != nil {
		return Outcome{}, err
	}
	at := w.at(&cfg.Department, c.asOf)
	d, err := w.preview(at).Decide(ctx, cfg.Typed, at.Today)
	if err != nil {
		return Outcome{}, err
	}
	cfg.Department, cfg.Said = d.Department, d.Said
	out := Outcome{AsOf: at, Problems: slices.Concat(cfg.Typed.Problems, clocks)}
	for _, p := range cfg.Department.People {
		if p.Employed(at.Today) {
			out.People++
		}
	}
	c.close = c.close || !w.ClosesApart
	if err := w.readBeforeClose(ctx, cfg.Department.Settings, c.close); err != nil {
		return out, err
	}
	if err := w.sweepAfterUpgrade(ctx); err != nil {
		return out, err
	}
	soon := func(p department.Person) bool {
		return p.Hired > at.Today && p.Hired <= at.Today+calendar.Date(c.ahead)
	}
	units, err := w.units(ctx, &cfg.Department, at, soon)
	if err != nil {
		return out, err
	}
	usual := cycle{asOf: c.asOf, close: !w.ClosesApart}
	if c == usual && !d.Due { // else there is something to do
		out.Settled, err = w.settled(ctx, at, units)
		if err == nil && out.Settled {
			var last ledger.Cycle
			last, err = w.Ledger.Cycle(ctx)
			out.States = last.States
		}
		if err == nil && out.Settled {
			err = w.closing().KeepLooked(ctx, cfg.Department.Settings, begun)
		}
		if err != nil || out.Settled {
			return out, err
		}
	}
	// From here on the last cycle counts for nothing, wherever this one ends.
	if err := w.outdate(ctx); err != nil {
		return out, err
	}
	if err := w.tellTransfers(ctx, &cfg.Department); err != nil {
		return out, err
	}
	told, err := w.serve(ctx, c, cfg, clocks, units, at, &out)
	held, cancel := w.hold(ctx)
	defer cancel()
	if err == nil || ctx.Err() != nil && held.Err() == nil { // also of what was done until it was told to end
		err = errors.Join(err, w.acknowledgeOwnWrites(held, cfg, units))
	}
	if err != nil {
		return out, err
	}
	if err := w.closing().KeepLooked(ctx, cfg.Department.Settings, begun); err != nil {
		return out, err
	}
	// What waits to be shared is told in the summary and to ops: if that has
	// changed since, the next cycle writes them again.
	return out, w.settle(ctx, at, out.States, len(out.Failures) == 0 && out.States.Unshared == told && !out.again)
}

// tellTransfers says in the log, once a day, that a year's transferred days off are
// not known.
func (w *Worker) tellTransfers(ctx context.Context, dep *department.Department) error {
	today := w.clock().Today(dep.Settings.Zone)
	year := dep.Untransferred(today)
	if year == 0 {
		return nil
	}
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.TransfersTold == today {
		return err
	}
	w.Log.Warn("the transferred days off of a year are not known (svodka import calendar FILE, or the tab of the calendar)", keyYear, year)
	return w.Ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.TransfersTold = today }})
}

// serve does the work of a cycle that has something to do. It gives how many
// spreadsheets the director and ops were told to be waiting to be shared.
func (w *Worker) serve(ctx context.Context, c cycle, cfg *configuration.Config, clocks []control.Problem, units []*unit, at planfact.AsOf, out *Outcome) (told int, err error) {
	if err := w.collect(ctx, &cfg.Department, units, at, out); err != nil {
		return 0, err
	}
	if err := w.countCalls(ctx, &cfg.Department, at); err != nil {
		return 0, err
	}
	released, err := w.closing().Release(ctx, &cfg.Department)
	if err != nil {
		return 0, err
	}
	if released {
		if err := w.touch(ctx); err != nil {
			return 0, err
		}
	}
	if c.close {
		if err := w.lock(ctx, cfg.Department.Settings, units); err != nil {
			return 0, err
		}
	}
	q, err := w.queue(ctx)
	if err != nil {
		return 0, err
	}
	if err := w.provision(ctx, &cfg.Department, units, at, q, out); err != nil {
		return 0, err
	}
	files, err := w.toShare(ctx, cfg, units, at)
	if err != nil {
		return 0, err
	}
	if c.look {
		if err := w.look(ctx, files, out); err != nil {
			return 0, err
		}
	}
	if told, err = w.unshared(q, files); err != nil {
		return 0, err
	}
	out.States.Unshared = told
	err = w.finish(ctx, func(ctx context.Context) error {
		return w.tellOps(ctx, cfg, clocks, units, files, at, q.resting())
	})
	if err != nil {
		// The director's figures do not wait for the words to ops.
		var ge *google.Error
		if ctx.Err() != nil || !errors.As(err, &ge) {
			return told, err
		}
		out.Failures = append(out.Failures, err)
	}
	err = w.finish(ctx, func(ctx context.Context) error { return w.summarise(ctx, c, cfg, units, at, out) })
	if err != nil {
		return told, err
	}
	// The summary may have been made just now.
	if files, err = w.toShare(ctx, cfg, units, at); err != nil {
		return told, err
	}
	if err := w.share(ctx, q, files, out); err != nil {
		return told, err
	}
	if out.States.Unshared, err = w.unshared(q, files); err != nil {
		return told, err
	}
	return told, count(&out.States, units, files, at)
}

// count adds what is seen in the spreadsheets themselves.
func count(s *States, units []*unit, files []shared, at planfact.AsOf) error {
	for _, u := range units {
		for _, p := range u.people {
			switch {
			case u.err != nil || u.file.Trouble() != "":
				s.Unreadable++
			case p.Employed(at.Today) && u.file.ID != "":
				s.Served++
			}
		}
	}
	for _, f := range files {
		others, err := f.others()
		if err != nil {
			return err
		}
		if len(others) > 0 {
			s.ByHand++
		}
	}
	return nil
}

// Sweep is a cycle that takes no change feed's word: every spreadsheet is read.
func (w *Worker) Sweep(ctx context.Context) (Outcome, error) {
	all, err := w.everything(ctx, files.Control, files.Report)
	if err != nil {
		return Outcome{}, err
	}
	if err := w.Ledger.Save(ctx, ledger.Save{Files: all}); err != nil {
		return Outcome{}, err
	}
	return w.cycle(ctx, cycle{look: true})
}

// guard lets all of the worker's accounts edit what is protected.
func (w *Worker) guard(b *workbook.Book) *workbook.Book {
	for _, t := range b.Tabs {
		if t.Protect != nil && len(w.Editors) > 1 {
			t.Protect.Editors = slices.Concat(t.Protect.Editors, w.Editors)
		}
	}
	return b
}

// Log keys.
const (
	keyFile     = "file"
	keyIdentity = "identity"
	keyMissing  = "missing"
	keyPerson   = "person"
	keyWhat     = "what"
	keyPause    = "pause"
	keyYear     = "year"
)

// moment names the moment that a summary stands for: while it and the data stay
// the same there is nothing to compute.
func (w *Worker) moment(at planfact.AsOf) string {
	moment := fmt.Sprintf("%s over=%t lang=%s layout=%d", at.Today, at.Over, w.Lang, layoutVersion)
	if _, sure := w.clock().Trusted(); !sure { // ops are told so, and no more once it is over
		moment += " clocks differ"
	}
	return moment
}

// layoutVersion moves when the layouts in this program do, so that spreadsheets
// written by an earlier program are brought up to date.
const layoutVersion = 6

// readVersion moves when more is kept of a reading than before, so that all
// spreadsheets are read once by a new program.
const readVersion = "1"

// sweepAfterUpgrade has everything read once that an earlier program has read.
func (w *Worker) sweepAfterUpgrade(ctx context.Context) error {
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.ReadBy == readVersion {
		return err
	}
	all, err := w.everything(ctx, files.Report)
	if err != nil {
		return err
	}
	return w.Ledger.Save(ctx, ledger.Save{Files: all, Cycle: func(c *ledger.Cycle) { c.ReadBy = readVersion }})
}

// settled tells whether the last cycle left nothing to do and nothing has
// happened since. Spreadsheets of people who are no longer in «Сотрудники» wait
// until those are back.
func (w *Worker) settled(ctx context.Context, at planfact.AsOf, units []*unit) (bool, error) {
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.UpToDate != w.moment(at) {
		return false, err
	}
	resting, err := w.Ledger.Get(ctx, valPaused)
	if err != nil {
		return false, err
	}
	if resting != nil {
		if paused, err := w.sharingPaused(ctx); err != nil || !paused {
			return false, err // the queue of shares goes on
		}
	}
	for _, kind := range []string{files.Control, files.Summary} {
		if f, ok, err := w.file(ctx, kind); err != nil || !ok || f.Unread() {
			return false, err
		}
	}
	return !slices.ContainsFunc(units, func(u *unit) bool {
		return u.file.ID != "" && u.file.ToRead()
	}), nil
}

// settle records that the cycle for this moment is done.
func (w *Worker) settle(ctx context.Context, at planfact.AsOf, s States, clean bool) error {
	moment := ""
	if clean {
		moment = w.moment(at)
	}
	return w.Ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.Finish(moment, at.Today, at.Over, s) }})
}

// outdate has the next cycle do its work, whatever it is.
func (w *Worker) outdate(ctx context.Context) error {
	return w.Ledger.Save(ctx, ledger.Save{Cycle: (*ledger.Cycle).Outdate})
}

// touch records that a figure or the configuration changed now, and that the
// summary is to be computed again.
func (w *Worker) touch(ctx context.Context) error {
	return w.Ledger.Save(ctx, ledger.Save{Cycle: w.touched})
}

func (w *Worker) touched(c *ledger.Cycle) { c.Touch(w.Now()) }

// changedAt is when a figure or the configuration last changed.
func (w *Worker) changedAt(ctx context.Context) (time.Time, error) {
	last, err := w.Ledger.Cycle(ctx)
	if err != nil || last.ChangedAt.IsZero() {
		return w.Now(), err
	}
	return last.ChangedAt, nil
}

// Fault is what went wrong with one spreadsheet.
type Fault struct {
	Doing string // reading, writing, …
	Whose string // for people: a name
	File  string // id; empty: it is not there yet
	Err   error
}

// Error names the person.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s the spreadsheet of %s: %v", f.Doing, f.Whose, f.Err)
}

// Unwrap gives what went wrong underneath.
func (f *Fault) Unwrap() error { return f.Err }

// LogValue names nobody.
func (f *Fault) LogValue() slog.Value {
	return slog.StringValue(f.Doing + " a spreadsheet: " + google.Brief(f.Err))
}
