package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"svodka/internal/departments"
	"svodka/internal/jobs"
	"svodka/internal/ledger"
	"svodka/internal/quotas"
	"svodka/internal/schedule"
)

var statusCommand = command{
	name:  "status",
	args:  "[--format json]",
	short: "how each department stands: last good sync, what waits, who works on it",
	long: `
A line for each department: when its last good sync began, when the next is due, what
waits, who works on it now, and why a job failed, if none of its kind has gone well
since. Whoever did it counts: svodka run, a sync by hand, a demo; a close, provision or
sweep is a sync, too. Times are in the department's zone. Of several departments it says
last how many processes serve them. What waits is:

  jobs that are due
  spreadsheets to be read, or in trouble, or to be shared once Google allows it
  spreadsheets that vanished together, until ops decide whether they are made anew
  files to be moved into their folders
  days whose calls are to be counted
  other work for the next sync, such as an announced edit of the settings
  calls that wait for the account's quota

  --format json   for programs: all jobs, times in UTC; what waits as numbers; of each
                  department also how many processes serve all of them

Asks only what is stored, no spreadsheets. The exit code is 1 if a job has failed.
`,
	run: runStatus,
}

// standing is how a department stands.
type standing struct {
	Department string        `json:"department,omitempty"`
	Worker     string        `json:"worker,omitempty"` // who works on it; empty: nobody
	Doing      string        `json:"doing,omitempty"`
	Good       *time.Time    `json:"last_good_sync,omitempty"` // when it began, whatever job it was part of
	Jobs       []jobStanding `json:"jobs"`
	Unread     int           `json:"spreadsheets_to_read,omitempty"`
	Troubled   int           `json:"spreadsheets_in_trouble,omitempty"`
	Unshared   int           `json:"spreadsheets_to_share,omitempty"`
	Unmoved    int           `json:"files_to_move,omitempty"`
	Lost       int           `json:"spreadsheets_lost,omitempty"`
	Uncalled   int           `json:"call_days_to_count,omitempty"`
	More       bool          `json:"work_for_next_sync,omitempty"`      // other than to read, such as an announced edit
	Calls      int           `json:"calls_waiting_for_quota,omitempty"` // at Google
	// Processes are how many serve the departments, this one among others; nil: there is
	// one without a name, and nobody keeps count.
	Processes *int `json:"processes,omitempty"`
	// Trouble is why the settings cannot be used.
	Trouble string `json:"trouble,omitempty"`
	zone    *time.Location
}

// jobStanding is how a job of a department stands.
type jobStanding struct {
	Job     string     `json:"job"`
	Last    *time.Time `json:"last_good,omitempty"` // when its last run that went well began
	Next    *time.Time `json:"next,omitempty"`
	Waits   bool       `json:"waits"` // it is due
	Failed  *time.Time `json:"failed,omitempty"`
	Trouble string     `json:"trouble,omitempty"`
}

func runStatus(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	format := fs.String("format", "", "")
	if _, err := parse(fs, args, 0, 0); err != nil {
		return err
	}
	if *format != "" && *format != "json" {
		return usagef("status: --format %q is not json", *format)
	}
	all, processes, err := a.standings(ctx)
	if err != nil {
		return err
	}
	if *format == "json" {
		for i := range all {
			if processes >= 0 {
				all[i].Processes = &processes
			}
		}
		err = printJSON(a, all)
	} else {
		a.printStandings(all)
		switch {
		case processes == 0:
			fmt.Fprintln(a.stdout, a.typeable("served by no process (start: svodka run)"))
		case processes == 1:
			fmt.Fprintln(a.stdout, "served by 1 process")
		case processes > 1:
			fmt.Fprintf(a.stdout, "served by %d processes\n", processes)
		}
	}
	return errors.Join(err, failing(all))
}

// failing returns the jobs that have failed.
func failing(all []standing) error {
	var errs []error
	for _, d := range all {
		whose := ""
		if d.Department != "" {
			whose = d.Department + ": "
		}
		if d.Trouble != "" {
			errs = append(errs, fmt.Errorf("%s%s", whose, d.Trouble))
		}
		for _, j := range d.Jobs {
			if j.Failed != nil {
				errs = append(errs, fmt.Errorf("%s%s failed at %s: %s", whose, j.Job,
					j.Failed.In(d.zone).Format(time.DateTime), j.Trouble))
			}
		}
	}
	return errors.Join(errs...)
}

// standings returns how the departments stand: all of them, or the one that is named, or
// the one that there is. Processes are how many serve the departments; -1: there is one
// without a name, and nobody keeps count.
func (a *app) standings(ctx context.Context) (out []standing, processes int, err error) {
	r, err := a.registry(ctx)
	if err != nil {
		return nil, 0, err
	}
	if r != nil {
		defer r.Close()
		all, err := r.All(ctx)
		if err != nil {
			return nil, 0, err
		}
		if len(all) > 0 {
			if processes, err = r.Processes(ctx); err == nil {
				out, err = a.standingsOf(ctx, r, all)
			}
			return out, processes, err
		}
	}
	one, err := a.standingAlone(ctx)
	return []standing{one}, -1, err
}

func (a *app) standingsOf(ctx context.Context, r *departments.Registry, all []departments.Department) (
	out []standing, err error) {
	stored, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	work, calls, err := a.waiting(ctx, r, all)
	if err != nil {
		return nil, err
	}
	for i, d := range stored {
		if i >= len(all) || a.department != "" && a.department != d.Name {
			continue
		}
		s := standing{Department: d.Name, Jobs: []jobStanding{}, zone: time.UTC}
		own := a
		if a.department == "" {
			own = a.of(all[i])
		}
		if settings, err := own.settings(); err != nil {
			s.Trouble = strings.ReplaceAll(err.Error(), "\n", "; ")
		} else if zone, err := time.LoadLocation(settings.Zone); err == nil {
			s.zone = zone
		}
		if d.Holder != nil {
			s.Worker, s.Doing = d.Holder.Holder, d.Holder.Doing
		}
		for _, j := range d.Jobs {
			s.Jobs = append(s.Jobs, jobStanding{Job: j.Kind, Last: utc(j.Last), Next: utc(j.Next),
				Waits: j.Waits && j.Kind != s.Doing, Failed: utc(j.Failed), Trouble: j.Trouble})
		}
		s.waitsFor(work[d.Name])
		s.findGood(work[d.Name])
		s.Calls = calls[d.Name]
		out = append(out, s)
	}
	return out, nil
}

// waiting returns what waits in the ledgers of departments, and how many calls wait for
// the quotas, by department.
func (a *app) waiting(ctx context.Context, r *departments.Registry, all []departments.Department) (
	work map[string]ledger.Work, calls map[string]int, err error) {
	if calls, err = quotas.Waiting(ctx, r.Pool()); err != nil {
		return nil, nil, err
	}
	_, d, err := a.ledgers(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer closing(&err, d.Close)
	var schemas []string
	for _, x := range all {
		if a.department == "" || a.department == x.Name {
			schemas = append(schemas, x.Name)
		}
	}
	work, err = d.Work(ctx, schemas)
	return work, calls, err
}

// waitsFor adds what waits for the next sync.
func (s *standing) waitsFor(w ledger.Work) {
	s.Unread, s.Troubled, s.Unshared, s.Unmoved = w.Unread, w.Troubled, w.Unshared, w.Unmoved
	s.Lost, s.Uncalled = w.Lost, w.Uncalled
	s.More = w.More && w.Unread == 0 // what is to be read is such work, and said already
}

// utc returns a time for JSON; nil: there is none.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// standingAlone returns how the department stands that has no name.
func (a *app) standingAlone(ctx context.Context) (out standing, err error) {
	s, err := a.settings()
	if err != nil {
		return out, err
	}
	table, err := a.timetable()
	if err != nil {
		return out, err
	}
	x, err := a.open(ctx, ledgerOnly)
	if err != nil {
		return out, err
	}
	defer closing(&err, x.close)
	out = standing{Jobs: []jobStanding{}, zone: table.Zone}
	if out.Worker, err = s.holder(); err != nil {
		return out, err
	}
	work, err := x.ledger.Work(ctx)
	if err != nil {
		return out, err
	}
	out.waitsFor(work)
	for _, j := range table.Jobs {
		one, err := x.jobStanding(ctx, table, j.Kind)
		if err != nil {
			return out, err
		}
		out.Jobs = append(out.Jobs, one)
	}
	out.findGood(work)
	return out, nil
}

// jobStanding returns how a job of the department stands that has no name.
func (x *session) jobStanding(ctx context.Context, t schedule.Timetable, kind string) (out jobStanding, err error) {
	names := []string{kind}
	if kind == jobs.Notices {
		names = []string{reminders, digest}
	}
	out = jobStanding{Job: kind, Next: utc(t.Next(kind, x.now()))}
	m := jobMemory{x.ledger, x.wall}
	var older time.Time
	for i, name := range names {
		last, err := m.LastDone(ctx, name)
		if err != nil {
			return out, err
		}
		failed, err := m.failed(ctx, name)
		if err != nil {
			return out, err
		}
		if i == 0 || last.Before(older) {
			older = last
		}
		if !failed.At.IsZero() {
			out.Failed, out.Trouble = utc(failed.At), failed.Trouble
		}
		out.Waits = out.Waits || last.IsZero() || !t.Next(kind, last).After(x.now())
	}
	out.Last = utc(older)
	return out, nil
}

// findGood finds the last good sync. What was recorded of jobs does not move with a
// ledger, and older versions did not record those by hand; the ledger knows of all, to
// the minute.
func (s *standing) findGood(w ledger.Work) {
	good := w.Synced
	for _, j := range s.Jobs {
		if j.Last != nil && isCycle(j.Job) && j.Last.After(good) {
			good = *j.Last
		}
	}
	s.Good = utc(good)
}

// holder names who works in the data folder; empty: nobody.
func (s settings) holder() (string, error) {
	path := s.path("worker.lock")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err = errors.Join(err, lock.Close()); err != nil {
		return "", fmt.Errorf("looking who works in %s: %w", s.DataDir, err)
	}
	if free {
		return "", nil
	}
	return "a svodka on this machine", nil
}

func (a *app) printStandings(all []standing) {
	head := []cell{{text: "department"}, {text: "last good sync"}, {text: "next"}, {text: "waits"}, {text: "at work"},
		{text: "trouble"}}
	rows := [][]cell{head}
	for _, d := range all {
		rows = append(rows, standingRow(d))
	}
	if len(all) == 1 && all[0].Department == "" { // it has no name
		for i := range rows {
			rows[i] = rows[i][1:]
		}
	}
	printTable(a.stdout, rows, 0)
}

func standingRow(d standing) []cell {
	last, next := "never", "not planned yet"
	var waits, failed []string
	if d.Good != nil {
		last = d.Good.In(d.zone).Format(time.DateTime)
	}
	for _, j := range d.Jobs {
		if j.Job == jobs.Sync && j.Next != nil {
			next = j.Next.In(d.zone).Format(time.DateTime)
		}
		if j.Waits {
			waits = append(waits, j.Job)
		}
		if j.Failed != nil {
			failed = append(failed, j.Job+" failed")
		}
	}
	work, trouble := "nobody", "none"
	if d.Worker != "" {
		work = d.Worker
		if d.Doing != "" {
			work += " (" + d.Doing + ")"
		}
	}
	if d.Trouble != "" {
		failed = append(failed, "settings")
	}
	if len(failed) > 0 {
		trouble = strings.Join(failed, ", ")
	}
	for _, x := range []struct {
		n         int
		one, what string
	}{
		{d.Unread, "spreadsheet", "to read"}, {d.Troubled, "spreadsheet", "in trouble"},
		{d.Unshared, "spreadsheet", "to share"}, {d.Lost, "spreadsheet", "lost"}, {d.Unmoved, "file", "to move"},
		{d.Uncalled, "day", "of calls to count"}, {d.Calls, "call", "for the quota"},
	} {
		if x.n > 0 {
			waits = append(waits, count(x.n, x.one)+" "+x.what)
		}
	}
	if d.More {
		waits = append(waits, "work for the next sync")
	}
	waiting := "nothing"
	if len(waits) > 0 {
		waiting = strings.Join(waits, ", ")
	}
	return []cell{{text: d.Department}, {text: last}, {text: next}, {text: waiting}, {text: work}, {text: trouble}}
}
