package main

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
	"svodka/internal/monitor"
	"svodka/internal/worker"
)

const (
	benchPeople  = 25          // of a department
	benchFiles   = 50          // departments that stay in files, at most
	benchSharing = 5           // departments that share an account, and so its change feed
	benchParts   = 5           // of what is measured, whose middle one counts
	benchTyped   = 2           // rounds in a part, if somebody types
	benchCalm    = 3           // the same if nobody does, which is over soon
	benchWarm    = 2           // rounds before, in which nobody types, for each process
	benchMet     = 4           // rounds before, in which somebody types: then each department has had its first
	benchQuiet   = time.Minute // in which nothing is due
	// benchApart is the part of a department in the time from round to round, at least.
	// Without, 200 of them ask for more calls of Drive than a project has in a minute.
	benchApart = 50 * time.Millisecond
)

// BenchmarkReplicas measures what a cycle of a department costs in processor time, with
// its ledger in PostgreSQL and one, two and three processes: where nobody has typed, and
// where one person in a hundred has. Beside each stands what the same costs, in the same
// minutes, in one process whose ledgers are SQLite files: some more departments are kept
// there, since a busy machine makes everything dearer at times. It is as new as the
// others, and all have worked for each department before. It measures also what
// processes and PostgreSQL do while nothing is due. Each is measured in parts, of which
// ratios are the middle one, with the least and the greatest. Google is in the
// benchmark's own process, so its time is not counted; times are the processor's, since
// others may use the machine, and are all that a process takes from the beginning of a
// part to its end, so with its standing cost: what it does whether anything is due or
// not. Rounds are so far apart that no department waits for the shared quotas, as where
// they sync every five minutes. BENCH_DEPARTMENTS says how many departments there are.
// Run it with -benchtime 1x.
func BenchmarkReplicas(b *testing.B) {
	if testing.Short() {
		b.Skip("it runs for minutes")
	}
	n, err := strconv.Atoi(cmp.Or(os.Getenv("BENCH_DEPARTMENTS"), "20"))
	if err != nil {
		b.Fatal(err)
	}
	h := newEstate(b, n)
	h.moveToDatabase()
	var rows []cost
	for replicas := range 3 {
		rows = append(rows, h.inDatabase(replicas+1)...)
		b.Log("\n" + costs(rows)) // so that something is known if it is broken off
	}
	for _, r := range rows[len(rows)-3 : len(rows)-1] { // of three processes
		what := strings.ReplaceAll(r.what, " ", "-")
		worker, _, _ := r.ratio(ofWorker)
		both, _, _ := r.ratio(ofBoth)
		b.ReportMetric(worker, "×SQLite/"+what)
		b.ReportMetric(both, "×SQLite-with-PostgreSQL/"+what)
	}
}

// cost is what some cycles cost, or some minutes without any.
type cost struct {
	replicas         int
	what             string
	cycles           int           // 0: nothing was due
	took             time.Duration // by the clock on the wall
	worker, database time.Duration // of processor
	transactions     int64
	files            time.Duration // of processor, of the process whose ledgers are files
	filesCycles      int
	standing         float64 // what the processes do anyway meanwhile, in milliseconds for each cycle
	parts            []cost
}

// plus adds what more cycles cost.
func (c cost) plus(x cost) cost {
	return cost{replicas: x.replicas, what: x.what, cycles: c.cycles + x.cycles, took: c.took + x.took,
		worker: c.worker + x.worker, database: c.database + x.database, transactions: c.transactions + x.transactions,
		files: c.files + x.files, filesCycles: c.filesCycles + x.filesCycles, parts: append(c.parts, x)}
}

// What departments do.
const (
	nothingTyped = "nothing typed"
	typed        = "typed"
	nothingDue   = "nothing due"
	firstSync    = "first in a process" // with the start of the process
)

// per returns milliseconds for each cycle, or for each second in which nothing was due.
func (c cost) per(d time.Duration) float64 {
	if c.cycles == 0 {
		return d.Seconds() * 1000 / c.took.Seconds()
	}
	return d.Seconds() * 1000 / float64(c.cycles)
}

// inFiles returns milliseconds for each cycle of departments in files.
func (c cost) inFiles() float64 { return c.files.Seconds() * 1000 / float64(c.filesCycles) }

// ratio returns how many times as much as in files something costs in the middle one of
// the parts, in the cheapest and in the dearest.
func (c cost) ratio(of func(cost) time.Duration) (middle, least, most float64) {
	var all []float64
	for _, p := range c.parts {
		all = append(all, p.per(of(p))/p.inFiles())
	}
	slices.Sort(all)
	return all[len(all)/2], all[0], all[len(all)-1]
}

// Parts of a cost.
func ofWorker(c cost) time.Duration { return c.worker }
func ofBoth(c cost) time.Duration   { return c.worker + c.database }

func costs(rows []cost) string {
	var s strings.Builder
	w := tabwriter.NewWriter(&s, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w,
		"processes\t\tcycles\tSQLite, ms\tworker, ms\tstanding, ms\tPostgreSQL, ms\tworker/SQLite\tboth/SQLite\t"+
			"transactions")
	for _, r := range rows {
		fmt.Fprintf(w, "%d\t%s\t%d\t", r.replicas, r.what, r.cycles)
		switch {
		case r.cycles == 0:
			fmt.Fprintf(w, "a second\t%.1f\t\t%.1f\t\t\t%.1f\n", r.per(r.worker), r.per(r.database),
				float64(r.transactions)/r.took.Seconds())
		case r.filesCycles == 0:
			fmt.Fprintf(w, "\t%.1f\t\t%.1f\n", r.per(r.worker), r.per(r.database))
		default:
			fmt.Fprintf(w, "%.2f\t%.2f\t%.2f\t%.2f\t", r.inFiles(), r.per(r.worker), r.standing, r.per(r.database))
			for _, of := range []func(cost) time.Duration{ofWorker, ofBoth} {
				middle, least, most := r.ratio(of)
				fmt.Fprintf(w, "%.2f (%.2f–%.2f)\t", middle, least, most)
			}
			fmt.Fprintf(w, "%.1f\n", float64(r.transactions)/float64(r.cycles))
		}
	}
	w.Flush()
	return s.String()
}

// estate is many departments at a Google on this machine.
type estate struct {
	*fleetOf
	names []string            // of those in the database
	stay  []string            // of those in files
	files map[string][]string // the environment of each department while it is in a file
	typed map[string]int      // by the first department of those among whom somebody types, in percent of a person

	inFile func() // a round of those in files
	filing int    // the process that does it
}

func newEstate(b *testing.B, n int) *estate {
	b.Helper()
	pgtest.Address(b)
	address, err := pgtest.Fresh(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	c := newCloud(b, &localgoogle.Quotas{SheetsReadsPerUser: -1, SheetsWritesPerUser: -1, SheetsReadsPerProject: -1,
		SheetsWritesPerProject: -1})
	// The processes have the real clock, whatever waits are skipped.
	c.clock = func() time.Time { return time.Now().Add(-time.Duration(c.skip.Load())) }
	c.zone = noon(b)
	m := c.machine("SVODKA_DATABASE_URL="+address, "SVODKA_MONITOR_ADDR=off", "SVODKA_SYNC_CRON=0 0 1 1 *",
		"SVODKA_CLOSE_CRON=off", "SVODKA_PROVISION_CRON=off", "SVODKA_SWEEP_CRON=off")
	h := &estate{fleetOf: &fleetOf{reports: map[string]string{}, machine: m}, files: map[string][]string{},
		typed: map[string]int{}}
	h.registry, err = departments.Open(b.Context(), address, 4)
	c.must(err)
	b.Cleanup(h.registry.Close)
	var access []string
	var making errgroup.Group // a command works in one thread for most of its time
	making.SetLimit(runtime.NumCPU())
	most := n + max(benchSharing, min(n/4/benchSharing*benchSharing, benchFiles))
	for d := range most {
		if d%benchSharing == 0 {
			account := fmt.Sprintf("robot%d@project.iam.gserviceaccount.com", d/benchSharing)
			access = []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(account),
				"SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(account)}
		}
		name := fmt.Sprintf("d%03d", d)
		if d < n {
			h.names = append(h.names, name)
		} else {
			h.stay = append(h.stay, name)
		}
		m := c.machine(append(access, "SVODKA_SPACE="+name, "SVODKA_CLOSE_CRON=off", "SVODKA_MONITOR_ADDR=off")...)
		h.files[name] = m.env
		making.Go(func() error { return m.makeBenchDepartment(name) })
	}
	c.must(making.Wait())
	h.findToday(h.names[0])
	return h
}

// makeBenchDepartment makes a department, with a report for each of its people.
func (m *machine) makeBenchDepartment(name string) error {
	var people strings.Builder
	people.WriteString("name,email,role\n")
	for i := range benchPeople {
		fmt.Fprintf(&people, "Сотрудник %d,%s,sales-rep\n", i, person(i, name))
	}
	path := filepath.Join(m.dir, name+".csv")
	if err := os.WriteFile(path, []byte(people.String()), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"init"}, {"import", "people", path}, {"sync"}} {
		if code, out, errs := m.svodka(args...); code != 0 {
			return fmt.Errorf("svodka %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
		}
	}
	return nil
}

// typesSome has one person in a hundred of some departments type. What makes no whole
// person is for the next time: as many type in each of few departments as of many.
func (h *estate) typesSome(names []string) {
	from := h.typed[names[0]]
	to := from + len(names)*benchPeople
	h.typed[names[0]] = to
	for n := from / 100; n < to/100; n++ {
		// Everybody in turn, so that departments have as many.
		d, i := names[n%len(names)], n/len(names)%benchPeople
		who := person(i, d)
		_, err := h.sheets(who).Spreadsheets.Values.Update(h.report(i, d), fmt.Sprintf("'%s'!B%d", h.tab, h.row),
			&sheets.ValueRange{Values: [][]any{{n + 1}}}).ValueInputOption("USER_ENTERED").Do()
		h.must(err)
	}
}

// measure has every department cycle, some times, and returns what it costs.
func (h *estate) measure(pids []int, round func()) []cost {
	h.t.Helper()
	for range benchWarm * len(pids) { // each process comes to know most departments
		round()
		h.inFile()
	}
	postmaster := h.postmaster()
	before := func() (c cost) {
		for _, pid := range pids {
			c.worker += h.spentBy(pid, false)
		}
		h.must(h.registry.Pool().QueryRow(h.t.Context(), `SELECT pg_stat_force_next_flush()::text IS NULL,
			(SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database)`).Scan(new(bool), &c.transactions))
		c.database, c.files = h.spentBy(postmaster, true), h.spentBy(h.filing, false)
		return c
	}
	spent := func(what string, parts int, f func() (rounds int)) (sum cost) {
		for range parts {
			x := before()
			began := time.Now()
			rounds := f()
			took := time.Since(began)
			y := before()
			sum = sum.plus(cost{replicas: len(pids), what: what, cycles: rounds * len(h.names), took: took,
				worker: y.worker - x.worker, database: y.database - x.database,
				transactions: y.transactions - x.transactions, files: y.files - x.files,
				filesCycles: rounds * len(h.stay)})
		}
		return sum
	}
	rounds := func(n int, types bool) func() int {
		return func() int {
			for range n {
				if types {
					h.typesSome(h.names)
					h.typesSome(h.stay)
				}
				round()
				h.inFile()
			}
			return n
		}
	}
	all := []cost{spent(nothingTyped, benchParts, rounds(benchCalm, false))}
	rounds(benchMet, true)()
	all = append(all, spent(typed, benchParts, rounds(benchTyped, true)),
		spent(nothingDue, 1, func() int { time.Sleep(benchQuiet); return 0 }))
	for i, c := range all[:2] {
		all[i].standing = all[2].per(all[2].worker) * c.took.Seconds() / float64(c.cycles)
	}
	return all
}

// spentBy returns the processor time of a process, with that of its children if they are
// meant, as of now. Of children it is known in hundredths of a second.
func (h *estate) spentBy(pid int, children bool) time.Duration {
	h.t.Helper()
	sum, ok := processorTime(pid)
	if !ok {
		h.t.Fatalf("process %d is gone", pid)
	}
	if !children {
		return sum
	}
	stat := func(pid string) []string {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return nil // it has ended meanwhile, and counts as a child of its parent
		}
		return strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	}
	own := stat(strconv.Itoa(pid))
	if own == nil {
		h.t.Fatalf("process %d is gone", pid)
	}
	const perSecond = 100             // USER_HZ
	for _, i := range []int{13, 14} { // of children that have ended
		n, err := strconv.ParseInt(own[i], 10, 64)
		h.must(err)
		sum += time.Duration(n) * time.Second / perSecond
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	h.must(err)
	for _, p := range all {
		if f := stat(filepath.Base(p)); f != nil && f[1] == strconv.Itoa(pid) {
			child, err := strconv.Atoi(filepath.Base(p))
			h.must(err)
			took, _ := processorTime(child)
			sum += took
		}
	}
	return sum
}

// processorTime returns the processor time of a process to the nanosecond; false: it is
// gone.
func processorTime(pid int) (took time.Duration, ok bool) {
	const scheduled = 2 // what the scheduler has given it, says the kernel's clockid
	var t syscall.Timespec
	_, _, failed := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(^pid<<3|scheduled),
		uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano()), failed == 0
}

// postmaster returns the process of which the server's others are children.
func (h *estate) postmaster() int {
	h.t.Helper()
	var backend int
	h.must(h.registry.Pool().QueryRow(h.t.Context(), `SELECT pg_backend_pid()`).Scan(&backend))
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	h.must(err)
	parent, err := strconv.Atoi(strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))[1])
	h.must(err)
	return parent
}

// inFiles starts one process for the departments that stay in SQLite files: what svodka
// run does for one, without its schedule, so the least that a cycle can take.
func (h *estate) inFiles() (end func()) {
	var envs [][]string
	for _, name := range h.stay {
		envs = append(envs, h.files[name])
	}
	list, err := json.Marshal(envs)
	h.must(err)
	program, err := os.Executable()
	h.must(err)
	c := exec.CommandContext(h.t.Context(), program, h.file("departments.json", string(list)))
	c.Args[0] = "rounds"
	c.Env = asProgram(os.Environ())
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	h.must(err)
	out, err := c.StdoutPipe()
	h.must(err)
	h.must(c.Start())
	lines := bufio.NewScanner(out)
	h.filing = c.Process.Pid
	h.inFile = func() {
		h.t.Helper()
		_, err := io.WriteString(in, "\n")
		h.must(err)
		if !lines.Scan() {
			h.t.Fatalf("the process ended: %v", lines.Err())
		}
	}
	return func() {
		h.must(in.Close())
		h.must(c.Wait())
	}
}

// asProgram returns an environment in which the tests' binary collects garbage as often
// as the program does.
func asProgram(env []string) []string {
	if os.Getenv("GOGC") != "" {
		return env
	}
	return append(env, "GOGC="+strconv.Itoa(worker.GCPercent))
}

// rounds works for departments, whose environments a file lists: one cycle of each for
// every line of stdin. It is the process that inFiles starts.
func rounds(ctx context.Context, file string) (err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var envs [][]string
	if err := json.Unmarshal(b, &envs); err != nil {
		return err
	}
	var cycles []func(context.Context) error
	for _, env := range envs {
		a := &app{stdout: io.Discard, stderr: os.Stderr, env: env, now: time.Now, sleep: sleep}
		x, err := a.open(ctx, whatIs)
		if err != nil {
			return err
		}
		defer closing(&err, x.close)
		x.worker.Announce, x.worker.ClosesApart = true, x.settings.CloseCron != off
		release, err := x.standBy(ctx)
		if err != nil {
			return err
		}
		defer closing(&err, release)
		cycles = append(cycles, x.job(monitor.New(time.Now, time.Hour),
			func(ctx context.Context) (worker.Outcome, error) {
				return x.worker.Sync(ctx, 0)
			}))
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for _, cycle := range cycles {
			if err := cycle(ctx); err != nil {
				return err
			}
		}
		fmt.Println("done")
	}
	return nil
}

// moveToDatabase moves the ledgers of those that are to be there.
func (h *estate) moveToDatabase() {
	for _, name := range h.names {
		set := []string{"department", "add", name}
		for _, kv := range h.files[name] {
			k, v, _ := strings.Cut(strings.TrimPrefix(kv, prefix), "=")
			if k == "GOOGLE_KEY_FILES" || k == "GOOGLE_FOLDER" || k == "DATA_DIR" {
				set = append(set, k+"="+v)
			}
		}
		h.ok(set...)
		h.ok("ledger", "move", "database", "--department", name)
	}
}

// inDatabase measures some processes, the ledgers in PostgreSQL.
func (h *estate) inDatabase(replicas int) []cost {
	h.readNoMore()
	end := h.inFiles()
	defer end()
	postmaster := h.postmaster()
	var pids []int
	var all []*exec.Cmd
	for range replicas {
		r := h.process()
		all, pids = append(all, r), append(pids, r.Process.Pid)
	}
	var last time.Time
	round := func() {
		time.Sleep(time.Until(last.Add(time.Duration(len(h.names)) * benchApart)))
		last = time.Now()
		var since time.Time
		h.must(h.registry.Pool().QueryRow(h.t.Context(), `WITH due AS (UPDATE svodka_departments.due
			SET next = clock_timestamp() WHERE kind = 'sync' RETURNING 1) SELECT clock_timestamp() FROM due LIMIT 1`).
			Scan(&since))
		for until := time.Now().Add(10 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
			var left int
			h.must(h.registry.Pool().QueryRow(h.t.Context(), `SELECT count(*) FROM svodka_departments.due
				WHERE kind = 'sync' AND (last IS NULL OR last < $1)`, since).Scan(&left))
			if left == 0 {
				return
			}
			if time.Now().After(until) {
				h.t.Fatalf("%d departments have not been served: %s", left, h.ok("status"))
			}
		}
	}
	began := h.spentBy(postmaster, true)
	h.planned()
	var first []cost
	if replicas == 1 { // with more of them, it is not known who did it
		first = []cost{{replicas: replicas, what: firstSync, cycles: len(h.names), worker: h.spentBy(pids[0], false),
			database: h.spentBy(postmaster, true) - began}}
	}
	got := append(first, h.measure(pids, round)...)
	for _, r := range all {
		h.must(r.Process.Signal(syscall.SIGTERM))
		h.must(r.Wait())
	}
	return got
}

// readNoMore has nobody read again, for the minutes in which Google might tell more, what
// was typed before. No process has the ledgers in the database open.
func (h *estate) readNoMore() {
	const query = `files SET changed = 0`
	for _, name := range h.names {
		_, err := h.registry.Pool().Exec(h.t.Context(), `UPDATE `+name+`.`+query)
		h.must(err)
	}
	for _, name := range h.stay {
		for _, kv := range h.files[name] {
			if dir, ok := strings.CutPrefix(kv, "SVODKA_DATA_DIR="); ok {
				db, err := sql.Open("sqlite", filepath.Join(dir, ledgerFile)+"?_pragma=busy_timeout(10000)")
				h.must(err)
				_, err = db.ExecContext(h.t.Context(), `UPDATE `+query)
				h.must(err)
				h.must(db.Close())
			}
		}
	}
}

// process starts a process that serves the departments.
func (h *estate) process() *exec.Cmd {
	h.t.Helper()
	program, err := os.Executable()
	h.must(err)
	c := exec.CommandContext(h.t.Context(), program, "run")
	c.Args[0] = "svodka"
	c.Env = append(append(asProgram(os.Environ()), h.env...), "TEST_NOW=",
		"SVODKA_DATA_DIR="+filepath.Join(h.t.TempDir(), "data"))
	c.Stderr = os.Stderr
	h.must(c.Start())
	return c
}

// planned waits until the processes know all departments, and each has had a sync.
func (h *estate) planned() {
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		var n int
		err := h.registry.Pool().QueryRow(h.t.Context(), `SELECT count(*) FROM svodka_departments.due
			WHERE kind = 'sync' AND last IS NOT NULL`).Scan(&n)
		if err == nil && n == len(h.names) {
			return
		}
		if time.Now().After(until) {
			h.t.Fatalf("%d of %d departments are planned (%v)", n, len(h.names), err)
		}
	}
}
