package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"svodka/internal/departments"
	"svodka/internal/google"
	"svodka/internal/jobs"
	"svodka/internal/ledger"
	"svodka/internal/monitor"
	"svodka/internal/notify"
	"svodka/internal/quotas"
	"svodka/internal/schedule"
	"svodka/internal/worker"
)

// fleet is one of several processes that serve the departments of a database.
type fleet struct {
	*app
	settings settings
	registry *departments.Registry
	database *ledger.Database
	monitor  *monitor.Fleet
	runner   *jobs.Runner

	mu   sync.Mutex
	kept map[string]*served // by department: open, for the next job
}

// served is what a department is served with.
type served struct {
	*session
	version  int64 // of the settings
	added    time.Time
	notifier *notify.Notifier
	used     time.Time
}

// mostKept is how many departments stay open for their next job: each keeps an access to
// Google, and what it remembers of the figures.
const mostKept = 200

// runDepartments works for the departments of the database until ctx ends; false: there
// are none, and one is served without a name.
func (a *app) runDepartments(ctx context.Context, s settings) (several bool, err error) {
	if !s.inDatabase() {
		return false, nil
	}
	if a.department != "" {
		return true, usagef("run: it serves all departments: start it without --department")
	}
	r, err := a.registryFor(ctx, s.AtOnce+spareConnections)
	if err != nil {
		return true, err
	}
	defer r.Close()
	all, err := r.All(ctx)
	if err != nil || len(all) == 0 {
		return false, err
	}
	address, err := s.database()
	if err != nil {
		return true, err
	}
	d, err := ledger.Connect(ctx, address, s.AtOnce+1)
	if err != nil {
		return true, unreachable(err)
	}
	defer closing(&err, d.Close)
	own := *a
	if own.quotas, err = quotas.Open(ctx, address, connections); err != nil {
		return true, unreachable(err)
	}
	defer closing(&err, own.quotas.Close)
	f := &fleet{app: &own, settings: s, registry: r, database: d, kept: map[string]*served{}}
	defer closing(&err, f.close)
	return true, f.run(ctx, all)
}

// spareConnections are for heartbeats, for looking what is due, and for River.
const spareConnections = 6

func (f *fleet) run(ctx context.Context, all []departments.Department) (err error) {
	f.monitor = monitor.NewFleet(f.time, f.ready, f.stored)
	log := f.logger(f.settings)
	f.runner, err = jobs.New(ctx, jobs.Options{
		Registry: f.registry, Holder: me(), AtOnce: f.settings.AtOnce, Timetable: f.timetable, Run: f.job, Now: f.now,
		Log: log,
	})
	if err != nil {
		return err
	}
	health, err := monitorServer(ctx, f.settings.MonitorAddr, f.monitor.Handler())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- health.serve(ctx); stop() }()
	fmt.Fprintf(f.stdout, "working for %s, now %s, with whoever else does%s (Ctrl+C ends it)\n",
		count(len(all), "department"), strings.Join(departmentNames(all), ", "), health.where)
	context.AfterFunc(ctx, func() { log.Info("told to end: the spreadsheets at hand are finished first") })
	err = f.runner.Run(ctx)
	stop()
	return errors.Join(err, <-ended)
}

// time returns the time by the database's clock.
func (f *fleet) time() time.Time { return f.runner.Time() }

// ready fails if this process has not been able to look for work for long.
func (f *fleet) ready() error {
	const long = time.Minute
	switch looked := f.runner.Looked(); {
	case looked.IsZero():
		return errors.New("not at work yet")
	case time.Since(looked) > long:
		return fmt.Errorf("the database has not answered for %s", time.Since(looked).Round(time.Second))
	}
	return nil
}

// stored returns what all processes know of the jobs.
func (f *fleet) stored(ctx context.Context) ([]monitor.Stored, error) {
	all, err := f.registry.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []monitor.Stored
	for _, d := range all {
		for _, j := range d.Jobs {
			out = append(out, monitor.Stored{Department: d.Name, Job: j.Kind, Last: j.Last, Next: j.Next,
				Cycle: isCycle(j.Kind)})
		}
	}
	return out, nil
}

// timetable returns when a department's jobs are due.
func (f *fleet) timetable(d departments.Department) (schedule.Timetable, error) {
	t, err := f.of(d).timetable()
	if err != nil {
		err = quiet{err}
	}
	return t, err
}

// timetable returns when the jobs are due by the settings of this command.
func (a *app) timetable() (schedule.Timetable, error) {
	s, err := a.settings()
	if err != nil {
		return schedule.Timetable{}, err
	}
	n, err := a.notifier(s)
	if err != nil {
		return schedule.Timetable{}, err
	}
	return s.timetable(n)
}

// timetable returns when the jobs are due, in order of priority: see schedule.
func (s settings) timetable(n *notify.Notifier) (schedule.Timetable, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return schedule.Timetable{}, err
	}
	t := schedule.Timetable{Zone: zone}
	people, rooms := n.Channels()
	for _, j := range []struct {
		kind, spec string
		on         bool
	}{
		{jobs.Calls, s.SkorozvonCron, s.skorozvonSet()},
		{jobs.Sync, s.SyncCron, true},
		{jobs.Close, s.CloseCron, s.CloseCron != off},
		{jobs.Provision, s.ProvisionCron, s.ProvisionCron != off},
		{jobs.Sweep, s.SweepCron, s.SweepCron != off},
		{jobs.Notices, s.NotifyCron, len(people)+len(rooms) > 0},
	} {
		if j.on {
			t.Jobs = append(t.Jobs, schedule.Timed{Kind: j.kind, Spec: j.spec})
		}
	}
	return t, nil
}

// job does a job of a department.
func (f *fleet) job(ctx context.Context, j jobs.Run) error {
	x, err := f.take(ctx, j.Department)
	if err != nil {
		return named(quiet{err})
	}
	x.enter(j.Claim)
	began := time.Now()
	err = x.ledger.Recheck(ctx) // it may have been open since before a newer program came
	if err == nil {
		err = x.prove(ctx)
	}
	if err == nil {
		err = x.do(ctx, j.Kind, f.monitor.Of(j.Name))
	}
	f.monitor.Of(j.Name).Run(j.Kind, time.Since(began), err)
	x.enter(nil)
	return errors.Join(named(err), named(f.give(x)))
}

// named turns an error into one that names nobody: it is stored where others read it.
func named(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(quiet{err}.LogValue().String())
}

// do does a job of the department.
func (x *served) do(ctx context.Context, kind string, m *monitor.Monitor) error {
	switch kind {
	case jobs.Calls:
		client, err := x.skorozvon(x.settings)
		if err != nil {
			return err
		}
		return x.pulling(client)(ctx)
	case jobs.Sync:
		return x.job(m, func(ctx context.Context) (worker.Outcome, error) { return x.worker.Sync(ctx, 0) })(ctx)
	case jobs.Close:
		return x.job(m, x.worker.Close)(ctx)
	case jobs.Provision:
		return x.job(m, x.worker.Provision)(ctx)
	case jobs.Sweep:
		return x.job(m, x.worker.Sweep)(ctx)
	case jobs.Notices:
		return errors.Join(x.noticing(m, reminders, x.notifier, x.worker.Remind)(ctx),
			x.noticing(m, digest, x.notifier, x.worker.SendDigest)(ctx))
	}
	return fmt.Errorf("there is no job %q", kind)
}

// take returns what serves a department. As this process has the claim to it, nobody else
// takes it meanwhile.
func (f *fleet) take(ctx context.Context, d departments.Department) (*served, error) {
	f.mu.Lock()
	x := f.kept[d.Name]
	delete(f.kept, d.Name)
	f.mu.Unlock()
	if x != nil && x.version == d.Version && x.added.Equal(d.Added) {
		return x, nil
	}
	if x != nil {
		if err := x.close(); err != nil {
			return nil, err
		}
	}
	own := f.of(d)
	own.now = f.time
	m := f.monitor.Of(d.Name)
	own.observe = func(c google.Call) { m.Call(c.API, c.Method, c.Status, c.Duration, c.QuotaWait) }
	opened, err := own.openIn(ctx, whatIs, f.database)
	if err != nil {
		return nil, err
	}
	opened.worker.Announce = true
	opened.worker.ClosesApart = opened.settings.CloseCron != off
	n, err := own.notifier(opened.settings)
	if err != nil {
		return nil, errors.Join(err, opened.close())
	}
	return &served{session: opened, version: d.Version, added: d.Added, notifier: n}, nil
}

// give keeps what serves a department for its next job. The local Google of a department
// is one process's at a time, so it is closed.
func (f *fleet) give(x *served) error {
	if !x.google {
		return x.close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	x.used = time.Now()
	f.kept[x.department] = x
	if len(f.kept) <= mostKept {
		return nil
	}
	oldest := x
	for _, other := range f.kept {
		if other.used.Before(oldest.used) {
			oldest = other
		}
	}
	delete(f.kept, oldest.department)
	return oldest.close()
}

// close closes what is still open.
func (f *fleet) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, x := range f.kept {
		errs = append(errs, x.close())
	}
	return errors.Join(errs...)
}
