package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"svodka/internal/departments"
	"svodka/internal/google"
	"svodka/internal/jobs"
	"svodka/internal/localgoogle"
	"svodka/internal/monitor"
	"svodka/internal/notify"
	"svodka/internal/schedule"
	"svodka/internal/worker"
)

var runCommand = command{
	name:  "run",
	short: "work on schedule until it is stopped",
	long: `
Syncs by SVODKA_SYNC_CRON. By SVODKA_PROVISION_CRON, in the early morning, it has
ready what the day needs: months to come, spreadsheets of people who are hired
within a week; and it looks who can open the spreadsheets. By SVODKA_CLOSE_CRON it
locks the days that have had their grace and closes the weeks and months that end
with them, after reading every spreadsheet once more ("off": each sync closes what is
due). By SVODKA_SWEEP_CRON it looks at every spreadsheet whole and puts right what is
damaged.
All are cron specs in the zone of SVODKA_ZONE; all but the sync can be "off".
What was missed while it was down is made up for at the start. An edit of the
settings that changes many spreadsheets is told in «Проверка» by one sync and done
by the next. The spreadsheets
are at SVODKA_LOCAL_ADDR meanwhile; other commands work beside it. At Google one
worker at a time has its turn, across machines: another one waits and says who has
it; of one that was killed the turn runs out within 10 minutes.

With channels set it reminds those who have not reported and sends the directors'
digest, at the times of «Параметры» (svodka notify --help); what was missed of
these by more than three hours is not sent.

With departments in a database (svodka department --help) it serves all of them, with
as many other processes as you start, on any machines: each job is done by one, and of
one that dies another takes over within two minutes.

At SVODKA_MONITOR_ADDR: /healthz (it is alive), /readyz (no sync that was due
has been missing for SVODKA_READY_WITHIN) and /metrics (Prometheus). SIGTERM or
Ctrl+C ends it when the spreadsheets at hand are finished; a second one at once.
`,
	run: runRun,
}

func runRun(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	if _, err := parse(fs, args, 0, 0); err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	for {
		if several, err := a.runDepartments(ctx, s); several || err != nil {
			return err
		}
		if err := a.runUnnamed(ctx, s); !errors.Is(err, errNamed) {
			return err
		}
		fmt.Fprintln(a.stdout, "departments were added: from now on it serves these")
	}
}

// errNamed means that the database has departments now, and none without a name.
var errNamed = errors.New("the database has departments now")

// runUnnamed works for the one department that has no name, until ctx ends or, with
// errNamed, departments are added: so processes may be started before those.
func (a *app) runUnnamed(ctx context.Context, s settings) (err error) {
	r, err := a.registryFor(ctx, 1)
	if err != nil {
		return err
	}
	if r != nil {
		defer r.Close()
		named, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		go func() {
			if awaitDepartments(named, r) {
				stop(errNamed)
			}
		}()
		ctx = named
	}
	err = a.runOne(ctx, s)
	if err == nil && errors.Is(context.Cause(ctx), errNamed) {
		return errNamed
	}
	return err
}

// awaitDepartments waits until the database has departments; false: ctx has ended.
func awaitDepartments(ctx context.Context, r *departments.Registry) bool {
	const again = 5 * time.Second
	for sleep(ctx, again) == nil {
		// While the database is away, what the process does says so.
		if all, err := r.All(ctx); err == nil && len(all) > 0 {
			return true
		}
	}
	return false
}

func (a *app) runOne(ctx context.Context, s settings) error {
	n, err := a.notifier(s)
	if err != nil {
		return err
	}
	m := monitor.New(a.now, s.ReadyWithin)
	a.observe = func(c google.Call) { m.Call(c.API, c.Method, c.Status, c.Duration, c.QuotaWait) }
	x, err := a.open(ctx, whatIs)
	if err != nil {
		a.recordUnopened(ctx, jobs.Sync, err)
		return err
	}
	return errors.Join(x.run(ctx, n, m), x.close())
}

// run works on schedule until ctx ends. Meanwhile it serves the local spreadsheets, if
// any, and the monitor.
func (x *session) run(ctx context.Context, n *notify.Notifier, m *monitor.Monitor) error {
	x.worker.Announce = true
	x.worker.ClosesApart = x.settings.CloseCron != off
	planned, err := x.schedule(n, m)
	if err != nil {
		return err
	}
	x.tellMonitor(m, planned)
	sheets, err := x.spreadsheetsServer(ctx)
	if err != nil {
		return err
	}
	if err := x.prove(ctx); err != nil {
		return errors.Join(err, x.record(ctx, x.wall(), err, jobs.Sync), sheets.close())
	}
	health, err := monitorServer(ctx, x.settings.MonitorAddr, m.Handler())
	if err != nil {
		return errors.Join(err, sheets.close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	for _, server := range []listening{sheets, health} {
		go func() { ended <- server.serve(ctx); stop() }()
	}
	fmt.Fprintf(x.stdout, "working in %s; spreadsheets %s%s (Ctrl+C ends it)\n", x.settings.DataDir, sheets.where,
		health.where)
	context.AfterFunc(ctx, func() {
		x.logger(x.settings).Info("told to end: the spreadsheets at hand are finished first")
	})
	release, err := x.standBy(ctx)
	if err == nil {
		err = errors.Join(planned.Run(ctx), release())
	} else if ctx.Err() != nil {
		err = nil // stopped while it waited for its turn
	} else {
		err = errors.Join(err, x.record(ctx, x.wall(), err, jobs.Sync))
	}
	stop()
	return errors.Join(err, <-ended, <-ended)
}

// schedule returns the jobs in the settings. Their order is their priority, also for
// making up for missed runs: first fresh figures, then jobs that take longer, and last
// all that tells people of figures.
func (x *session) schedule(n *notify.Notifier, m *monitor.Monitor) (schedule.Schedule, error) {
	s := x.settings
	sync := func(ctx context.Context) (worker.Outcome, error) { return x.worker.Sync(ctx, 0) }
	list := []schedule.Job{
		{Name: jobs.Sync, Spec: s.SyncCron, CatchUp: true, Run: x.job(m, sync)},
		{Name: jobs.Close, Spec: optional(s.CloseCron), CatchUp: true, Run: x.job(m, x.worker.Close)},
		{Name: jobs.Provision, Spec: optional(s.ProvisionCron), CatchUp: true, Run: x.job(m, x.worker.Provision)},
		{Name: jobs.Sweep, Spec: optional(s.SweepCron), CatchUp: true, Run: x.job(m, x.worker.Sweep)},
	}
	if s.skorozvonSet() {
		client, err := x.skorozvon(s)
		if err != nil {
			return schedule.Schedule{}, err
		}
		// Before the sync, which counts the calls.
		list = slices.Insert(list, 0, schedule.Job{Name: jobs.Calls, Spec: s.SkorozvonCron, Run: x.pulling(client)})
	}
	if people, rooms := n.Channels(); len(people)+len(rooms) > 0 {
		list = append(list,
			schedule.Job{Name: reminders, Spec: s.NotifyCron, Run: x.noticing(m, reminders, n, x.worker.Remind)},
			schedule.Job{Name: digest, Spec: s.NotifyCron, Run: x.noticing(m, digest, n, x.worker.SendDigest)})
	}
	all := schedule.Schedule{Zone: x.zone(), Memory: jobMemory{x.ledger, x.wall}, Now: x.now, Log: x.logger(s),
		Observe: m.Run, Jobs: list}
	return all, all.Check()
}

// tellMonitor tells the monitor when jobs are due, and how it learns when each last went
// well, whichever process did it.
func (x *session) tellMonitor(m *monitor.Monitor, planned schedule.Schedule) {
	m.Follow(planned.Next, func(ctx context.Context) (out []monitor.Stored, err error) {
		left, err := x.ledger.Work(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, monitor.Stored{Last: left.Synced, Cycle: true})
		for _, j := range planned.Jobs {
			at, err := planned.Memory.LastDone(ctx, j.Name)
			if err != nil {
				return nil, err
			}
			out = append(out, monitor.Stored{Job: j.Name, Last: at, Cycle: isCycle(j.Name)})
		}
		return out, nil
	})
}

// listening is something that is ready to be served.
type listening struct {
	where    string                          // for the first line of output
	serve    func(ctx context.Context) error // runs until ctx ends
	listener net.Listener                    // nil: nothing to serve
}

// idle serves nothing.
func idle(ctx context.Context) error { <-ctx.Done(); return nil }

// close closes the listener if it was not served.
func (l listening) close() error {
	if l.listener == nil {
		return nil
	}
	return l.listener.Close()
}

// spreadsheetsServer listens on the address of the local Google.
func (x *session) spreadsheetsServer(ctx context.Context) (listening, error) {
	if x.google {
		return listening{where: "at Google", serve: idle}, nil
	}
	if x.server == nil {
		return listening{}, fmt.Errorf("%s is served by another svodka, at %s (stop it first): %w", x.settings.DataDir,
			x.base, localgoogle.ErrLocked)
	}
	l, err := listen(ctx, x.settings.LocalAddr)
	if err != nil {
		return listening{}, err
	}
	serve := func(ctx context.Context) error { return x.serve(ctx, x.settings, l) }
	return listening{where: "at http://" + l.Addr().String(), serve: serve, listener: l}, nil
}

// monitorServer listens on the address of the monitor.
func monitorServer(ctx context.Context, addr string, h http.Handler) (listening, error) {
	if addr == off {
		return listening{serve: idle}, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return listening{}, fmt.Errorf("listening on %s for monitoring: %w (choose another SVODKA_MONITOR_ADDR, or %s)",
			addr, err, off)
	}
	serve := func(ctx context.Context) error { return watch(ctx, l, h) }
	return listening{where: "; health and metrics at http://" + l.Addr().String(), serve: serve, listener: l}, nil
}

// job turns a cycle into a job that reports to the monitor on everybody, and to the log
// on people who could not be served. It fails if nobody could.
func (x *session) job(m *monitor.Monitor, cycle func(context.Context) (worker.Outcome, error)) func(
	context.Context) error {
	return func(ctx context.Context) error {
		return x.work(ctx, func() error {
			out, err := cycle(ctx)
			if err != nil {
				return quiet{err}
			}
			s := out.States
			m.People("served", s.Served)
			m.People("unreadable", s.Unreadable)
			m.People("bad_cells", s.BadCells)
			m.People("not_reported", s.NotReported)
			m.Spreadsheets("unshared", s.Unshared)
			m.Spreadsheets("by_hand", s.ByHand)
			m.Spreadsheets("unmoved", s.Unmoved)
			m.Spreadsheets("lost", s.Lost)
			if !out.Settled {
				x.say("%s", outcome(out))
			}
			if len(out.Failures) > 0 {
				err := quiet{errors.Join(out.Failures...)}
				if badOf(out) != nil {
					return err
				}
				x.logger(x.settings).Warn("some spreadsheets could not be served; they are tried again at every run",
					"failures", len(out.Failures), "error", err)
			}
			m.Good(x.now())
			return nil
		})
	}
}

// say prints a line on what a job did, with the time and, of several, the department.
func (x *session) say(format string, args ...any) {
	whose := ""
	if x.department != "" {
		whose = x.department + ": "
	}
	fmt.Fprintf(x.stdout, "%s %s%s\n", x.now().Format(time.DateTime), whose, fmt.Sprintf(format, args...))
}

// quiet is an error whose log value names nobody.
type quiet struct{ error }

func (q quiet) Unwrap() error { return q.error }

// LogValue implements slog.LogValuer.
func (q quiet) LogValue() slog.Value {
	var lines []string
	for _, e := range flatten(q.error) {
		line := google.Brief(e)
		var f *worker.Fault
		if errors.As(e, &f) {
			line = f.LogValue().String()
		}
		if len(lines) < most {
			lines = append(lines, line)
		}
	}
	return slog.StringValue(strings.Join(lines, "; "))
}

// optional returns the spec of a job that can be off.
func optional(spec string) string {
	if spec == off {
		return ""
	}
	return spec
}

// watch serves the monitor until ctx ends.
func watch(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		done <- srv.Shutdown(bye)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}

// off is the value of an address that is not served, and of the schedule of a job that
// does not run.
const off = "off"
