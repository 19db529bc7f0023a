package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
	"svodka/internal/monitor"
	"svodka/internal/worker"
)

const (
	benchPeople  = 25          // of a department
	benchSharing = 5           // departments that share an account, and so its change feed
	benchRounds  = 4           // measured, each a cycle of every department
	benchWarm    = 3           // rounds before, in which nobody types, for each process
	benchQuiet   = time.Minute // in which nothing is due
)

// BenchmarkReplicas measures what a cycle of a department costs in processor time: with
// its ledger in a SQLite file, and with it in PostgreSQL and one, two and three
// processes; where nobody has typed, and where one person in a hundred has. It measures
// also what processes and PostgreSQL do while nothing is due. Google is in the
// benchmark's own process, so its time is not counted; times are the processor's, since
// others may use the machine. BENCH_DEPARTMENTS says how many departments there are. Run
// it with -benchtime 1x.
func BenchmarkReplicas(b *testing.B) {
	if testing.Short() {
		b.Skip("it runs for minutes")
	}
	n, err := strconv.Atoi(cmp.Or(os.Getenv("BENCH_DEPARTMENTS"), "20"))
	if err != nil {
		b.Fatal(err)
	}
	h := newEstate(b, n)
	rows := h.inFiles()
	h.moveToDatabase()
	for replicas := range 3 {
		rows = append(rows, h.inDatabase(replicas+1)...)
	}
	b.Log("\n" + costs(rows))
	for _, r := range rows[len(rows)-3 : len(rows)-1] { // of three processes
		per := r.per(r.worker) / r.base(rows).per(r.base(rows).worker)
		both := r.per(r.worker+r.database) / r.base(rows).per(r.base(rows).worker)
		b.ReportMetric(per, "×SQLite/"+r.what)
		b.ReportMetric(both, "×SQLite-with-PostgreSQL/"+r.what)
	}
}

// cost is what some cycles cost, or some minutes without any.
type cost struct {
	ledger, what     string
	cycles           int           // 0: nothing was due
	took             time.Duration // by the clock on the wall
	worker, database time.Duration // of processor
	transactions     int64
}

// What departments do.
const (
	nothingTyped = "nothing-typed"
	typed        = "typed"
	nothingDue   = "nothing-due"
	firstSync    = "first-in-a-process" // with the start of the process
)

// per returns milliseconds for each cycle, or for each second in which nothing was due.
func (c cost) per(d time.Duration) float64 {
	if c.cycles == 0 {
		return d.Seconds() * 1000 / c.took.Seconds()
	}
	return d.Seconds() * 1000 / float64(c.cycles)
}

// base returns what the same costs with ledgers in files.
func (c cost) base(rows []cost) cost {
	i := slices.IndexFunc(rows, func(r cost) bool { return r.what == c.what && r.ledger == rows[0].ledger })
	return rows[max(i, 0)] // the first sync in a process: as the one in which nothing was typed
}

func costs(rows []cost) string {
	var s strings.Builder
	w := tabwriter.NewWriter(&s, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ledger\t\tcycles\tworker, ms\tPostgreSQL, ms\t×SQLite, worker\t×SQLite, both\ttransactions")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%.1f\t", r.ledger, r.what, r.cycles, r.per(r.worker), r.per(r.database))
		if r.cycles == 0 {
			fmt.Fprintf(w, "a second\t\t%.1f\n", float64(r.transactions)/r.took.Seconds())
			continue
		}
		base := r.base(rows)
		fmt.Fprintf(w, "%.2f\t%.2f\t%.1f\n", r.per(r.worker)/base.per(base.worker),
			r.per(r.worker+r.database)/base.per(base.worker), float64(r.transactions)/float64(r.cycles))
	}
	w.Flush()
	return s.String()
}

// estate is many departments at a Google on this machine.
type estate struct {
	*fleetOf
	names []string
	files map[string][]string // the environment of each department while it is in a file
	typed int
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
	m := c.machine("SVODKA_DATABASE_URL="+address, "SVODKA_MONITOR_ADDR=off", "SVODKA_SYNC_CRON=0 0 1 1 *",
		"SVODKA_CLOSE_CRON=off", "SVODKA_PROVISION_CRON=off", "SVODKA_SWEEP_CRON=off")
	h := &estate{fleetOf: &fleetOf{reports: map[string]string{}, machine: m}, files: map[string][]string{}}
	h.registry, err = departments.Open(b.Context(), address, 4)
	c.must(err)
	b.Cleanup(h.registry.Close)
	var access []string
	for d := range n {
		if d%benchSharing == 0 {
			account := fmt.Sprintf("robot%d@project.iam.gserviceaccount.com", d/benchSharing)
			access = []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(account),
				"SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(account)}
		}
		name := fmt.Sprintf("d%03d", d)
		h.names = append(h.names, name)
		m := c.machine(append(access, "SVODKA_SPACE="+name, "SVODKA_CLOSE_CRON=off", "SVODKA_MONITOR_ADDR=off")...)
		h.files[name] = m.env
		m.ok("init")
		var people strings.Builder
		people.WriteString("name,email,role\n")
		for i := range benchPeople {
			fmt.Fprintf(&people, "Сотрудник %d,%s,sales-rep\n", i, person(i, name))
		}
		m.ok("import", "people", c.file(name+".csv", people.String()))
		m.ok("sync")
		m.ok("sync")
	}
	h.findToday(h.names[0])
	return h
}

// typesSome has one person in a hundred type.
func (h *estate) typesSome() {
	for range max(1, len(h.names)*benchPeople/100) {
		// Everybody in turn, so that departments have as many.
		d, i := h.names[h.typed%len(h.names)], h.typed/len(h.names)%benchPeople
		h.typed++
		who := person(i, d)
		_, err := h.sheets(who).Spreadsheets.Values.Update(h.report(i, d), fmt.Sprintf("'%s'!B%d", h.tab, h.row),
			&sheets.ValueRange{Values: [][]any{{h.typed}}}).ValueInputOption("USER_ENTERED").Do()
		h.must(err)
	}
}

// measure has every department cycle, some times, and returns what it costs.
func (h *estate) measure(name string, pids []int, round func()) []cost {
	h.t.Helper()
	for range benchWarm * len(pids) { // each process comes to know most departments
		round()
	}
	postmaster := h.postmaster()
	before := func() (worker, database time.Duration, transactions int64) {
		for _, pid := range pids {
			worker += h.spentBy(pid, false)
		}
		h.must(h.registry.Pool().QueryRow(h.t.Context(), `SELECT pg_stat_force_next_flush()::text IS NULL,
			(SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database)`).Scan(new(bool), &transactions))
		return worker, h.spentBy(postmaster, true), transactions
	}
	spent := func(what string, f func() (cycles int)) cost {
		w0, d0, t0 := before()
		began := time.Now()
		cycles := f()
		took := time.Since(began)
		w1, d1, t1 := before()
		return cost{ledger: name, what: what, cycles: cycles, took: took, worker: w1 - w0, database: d1 - d0,
			transactions: t1 - t0}
	}
	rounds := func(types bool) func() int {
		return func() int {
			for range benchRounds {
				if types {
					h.typesSome()
				}
				round()
			}
			return benchRounds * len(h.names)
		}
	}
	return []cost{spent(nothingTyped, rounds(false)), spent(typed, rounds(true)),
		spent(nothingDue, func() int { time.Sleep(benchQuiet); return 0 })}
}

// spentBy returns the processor time of a process, with that of its children if they are
// meant, as of now.
func (h *estate) spentBy(pid int, children bool) time.Duration {
	h.t.Helper()
	stat := func(pid string) []string {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return nil // it has ended meanwhile, and counts as a child of its parent
		}
		return strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	}
	ticks := func(fields []string, which ...int) (sum int64) {
		for _, i := range which {
			n, err := strconv.ParseInt(fields[i], 10, 64)
			h.must(err)
			sum += n
		}
		return sum
	}
	own := stat(strconv.Itoa(pid))
	if own == nil {
		h.t.Fatalf("process %d is gone", pid)
	}
	sum := ticks(own, 11, 12) // utime, stime
	if children {
		sum += ticks(own, 13, 14) // of children that have ended
		all, err := filepath.Glob("/proc/[0-9]*")
		h.must(err)
		for _, p := range all {
			if f := stat(filepath.Base(p)); f != nil && f[1] == strconv.Itoa(pid) {
				sum += ticks(f, 11, 12)
			}
		}
	}
	const perSecond = 100 // USER_HZ
	return time.Duration(sum) * time.Second / perSecond
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

// inFiles measures one process for all departments, their ledgers in SQLite files: what
// svodka run does for one, without its schedule.
func (h *estate) inFiles() []cost {
	var envs [][]string
	for _, name := range h.names {
		envs = append(envs, h.files[name])
	}
	list, err := json.Marshal(envs)
	h.must(err)
	program, err := os.Executable()
	h.must(err)
	c := exec.CommandContext(h.t.Context(), program, h.file("departments.json", string(list)))
	c.Args[0] = "rounds"
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	h.must(err)
	out, err := c.StdoutPipe()
	h.must(err)
	h.must(c.Start())
	lines := bufio.NewScanner(out)
	got := h.measure("SQLite", []int{c.Process.Pid}, func() {
		_, err := io.WriteString(in, "\n")
		h.must(err)
		if !lines.Scan() {
			h.t.Fatalf("the process ended: %v", lines.Err())
		}
	})
	h.must(in.Close())
	h.must(c.Wait())
	return got
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

// moveToDatabase moves the ledgers.
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
	for _, name := range h.names { // nobody reads again what was typed before
		_, err := h.registry.Pool().Exec(h.t.Context(), `UPDATE `+name+`.files SET changed = 0`)
		h.must(err)
	}
	postmaster := h.postmaster()
	var pids []int
	var all []*exec.Cmd
	name := fmt.Sprintf("PostgreSQL, processes: %d", replicas)
	for range replicas {
		r := h.process()
		all, pids = append(all, r), append(pids, r.Process.Pid)
	}
	round := func() {
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
		first = []cost{{ledger: name, what: firstSync, cycles: len(h.names), worker: h.spentBy(pids[0], false),
			database: h.spentBy(postmaster, true) - began}}
	}
	got := append(first, h.measure(name, pids, round)...)
	for _, r := range all {
		h.must(r.Process.Signal(syscall.SIGTERM))
		h.must(r.Wait())
	}
	return got
}

// process starts a process that serves the departments.
func (h *estate) process() *exec.Cmd {
	h.t.Helper()
	program, err := os.Executable()
	h.must(err)
	c := exec.CommandContext(h.t.Context(), program, "run")
	c.Args[0] = "svodka"
	c.Env = append(append(os.Environ(), h.env...), "TEST_NOW=", "SVODKA_DATA_DIR="+filepath.Join(h.t.TempDir(), "data"))
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
