//go:build unix

package worker_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/imports"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
	"svodka/internal/worker"
)

// scales measure the cost of calls to Google: processor time, and bytes.
type scales struct {
	base     http.RoundTripper
	spent    atomic.Int64 // nanoseconds
	sent     atomic.Int64 // bytes
	answered atomic.Int64 // bytes of answers of reads, as they come over the wire
	echoed   atomic.Int64 // the same of writes

	mu     sync.Mutex
	writes map[string]int // by the id of the spreadsheet, if it is counted
}

// written counts the writes of f by spreadsheet.
func (m *scales) written(f func()) map[string]int {
	out := map[string]int{}
	count := func(to map[string]int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.writes = to
	}
	count(out)
	defer count(nil)
	f()
	return out
}

func (m *scales) writesTo(path string) {
	_, id, ok := strings.Cut(path, "/spreadsheets/")
	id, isWrite := strings.CutSuffix(id, ":batchUpdate")
	m.mu.Lock()
	defer m.mu.Unlock()
	if ok && isWrite && m.writes != nil {
		m.writes[id]++
	}
}

// answers counts the bytes of an answer to a request.
func (m *scales) answers(r *http.Request) *atomic.Int64 {
	switch {
	case strings.HasSuffix(r.URL.Path, ":batchUpdate"):
		return &m.echoed
	case strings.Contains(r.URL.Path, "/spreadsheets/"):
		return &m.answered
	}
	return new(atomic.Int64) // Drive's
}

// weighedBody counts the bytes of an answer.
type weighedBody struct {
	io.ReadCloser
	n *atomic.Int64
}

func (b weighedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

// worked returns how long processors have worked for this process.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (m *scales) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := worked()
	defer func() { m.spent.Add(int64(worked() - begun)) }()
	m.sent.Add(max(0, r.ContentLength))
	m.writesTo(r.URL.Path)
	res, err := m.base.RoundTrip(r)
	if err == nil {
		res.Body = weighedBody{res.Body, m.answers(r)}
	}
	return res, err
}

// apartIn, if set, makes the test binary serve the embedded Google in that folder, and do
// nothing else: see googleApart.
const apartIn = "SVODKA_BENCH_GOOGLE"

// nowHeader tells Google in a process of its own what time it is here, and with the
// answer what time it is there, in Unix milliseconds: their clocks go as calls are made.
const nowHeader = "X-Bench-Now"

func TestMain(m *testing.M) {
	if dir := os.Getenv(apartIn); dir != "" {
		if err := serveApart(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(pgtest.Main(m))
}

// serveApart serves the embedded Google on an address that it prints, until its input
// ends. Its clock is the caller's.
func serveApart(dir string) error {
	c := &clock{}
	s, err := localgoogle.Open(context.Background(), localgoogle.Options{Dir: dir, Now: c.now})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, s.Close())
	}
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.ParseInt(r.Header.Get(nowHeader), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.notBefore(time.UnixMilli(ms))
		w.Header().Set(nowHeader, strconv.FormatInt(c.now().UnixMilli(), 10))
		s.ServeHTTP(w, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	fmt.Println(l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	err = errors.Join(err, server.Close())
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return errors.Join(err, s.Close())
}

// apart calls Google in a process of its own.
type apart struct {
	addr  string
	clock *clock
	base  http.RoundTripper
}

func (a apart) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "http", a.addr, ""
	r.Header.Set(nowHeader, strconv.FormatInt(a.clock.now().UnixMilli(), 10))
	res, err := a.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if ms, err := strconv.ParseInt(res.Header.Get(nowHeader), 10, 64); err == nil {
		a.clock.notBefore(time.UnixMilli(ms))
	}
	return res, nil
}

// googleApart runs the embedded Google in a process of its own, until the function that
// it returns is called: what this process takes is then the worker's, and nothing that
// Google keeps in memory is for the worker's garbage collector to look through.
func googleApart(t testing.TB, dir string, clock *clock) (rt http.RoundTripper, end func()) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	must(err)
	cmd := exec.Command(exe)
	cmd.Env, cmd.Stderr = append(os.Environ(), apartIn+"="+dir), os.Stderr
	in, err := cmd.StdinPipe()
	must(err)
	out, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
	end = sync.OnceFunc(func() { must(errors.Join(in.Close(), cmd.Wait())) })
	t.Cleanup(end)
	addr, err := bufio.NewReader(out).ReadString('\n')
	must(err)
	return apart{strings.TrimSpace(addr), clock, &http.Transport{}}, end
}

// weighed makes an office of n people that is open and settled, whose worker does one
// thing after the other, and scales for the cost of its calls: the rest of a cycle is the
// worker's own. With SVODKA_BENCH_DIR set it keeps the office there, since thousands of
// people take minutes, and the next benchmark works on a copy of it.
func weighed(t testing.TB, n int) (*office, *scales) {
	return weighedOffice(t, fmt.Sprint(n), n, func(o *office) { o.hire(n, "sales-rep") })
}

// weighedOffice is weighed of an office that hire fills with n people. name is its name
// in SVODKA_BENCH_DIR.
func weighedOffice(t testing.TB, name string, n int, hire func(*office)) (*office, *scales) {
	m := &scales{}
	if os.Getenv("GOGC") == "" { // as the program does
		debug.SetGCPercent(worker.GCPercent)
	}
	kept := os.Getenv("SVODKA_BENCH_DIR")
	if kept != "" {
		kept = filepath.Join(kept, name)
	}
	_, err := os.Stat(kept)
	isKept := kept != "" && err == nil
	var end func()
	at := func(dir string) *office {
		return newOffice(t, func(o *office) {
			o.path = filepath.Join(dir, "ledger.db")
			o.google, end = googleApart(t, dir, o.clock)
			o.wire = func(base http.RoundTripper) http.RoundTripper {
				m.base = base
				return m
			}
			o.options = func(opt *worker.Options) { opt.Parallel = 1 }
		})
	}
	if !isKept {
		if kept == "" {
			kept = t.TempDir()
		}
		o := at(kept)
		hire(o.init())
		o.settle()
		o.open()
		o.must(o.ledger.Close())
		o.ledger = nil
		end()
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(kept)); err != nil {
		t.Fatal(err)
	}
	o := at(dir)
	for i := range n {
		o.people = append(o.people, imports.Person{Name: personName(i), Email: personEmail(i)})
	}
	o.settle()
	return o, m
}

// BenchmarkCycle measures what the cycles of a department cost the worker itself: in
// milliseconds of a processor without what Google takes (worker-ms), in calls, and in KB
// sent. It does so after no change, after one person, forty, one in a hundred (also in
// a new process) and everybody has typed, and after one has who works in a department
// with two years behind it. Of the first cycle of a new month it counts the writes. In
// the end it prints all of it as a table, with the growth by the number of people;
// .ci/bench sets it beside the goals.
func BenchmarkCycle(b *testing.B) {
	var table costTable
	for _, n := range []int{200, 1000, 5000} {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) { benchmarkCycles(b, n, &table) })
	}
	fmt.Print(table.text())
}

// cost is the cost of one cycle.
type cost struct {
	people int
	ms     float64 // of a processor
	calls  float64
	kb     float64 // sent
}

// costTable holds the costs of cycles, by what has changed.
type costTable struct {
	names []string // in the order in which they were measured
	of    map[string][]cost
}

func (t *costTable) add(name string, c cost) {
	if t.of == nil {
		t.of = map[string][]cost{}
	}
	if t.of[name] == nil {
		t.names = append(t.names, name)
	}
	// The benchmark runs again with more rounds: the last ones count.
	t.of[name] = slices.DeleteFunc(t.of[name], func(o cost) bool { return o.people == c.people })
	t.of[name] = append(t.of[name], c)
}

// text returns the table: a line for each cycle and number of people, the ratio of the
// costs with two years behind the department and without, and the growth exponent from
// the fewest people to the most: 1 if twice the people take twice the time.
func (t *costTable) text() string {
	if len(t.names) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-10s %7s %10s %8s %10s\n", "typed", "people", "worker-ms", "calls", "KB sent")
	for _, name := range t.names {
		all := t.of[name]
		for _, c := range all {
			fmt.Fprintf(&b, "%-10s %7d %10.1f %8.0f %10.1f", name, c.people, c.ms, c.calls, c.kb)
			for _, young := range t.of["one"] {
				if name == "one-old" && young.people == c.people {
					fmt.Fprintf(&b, "   %.2f × a young department's", c.ms/young.ms)
				}
			}
			b.WriteByte('\n')
		}
		if first, last := all[0], all[len(all)-1]; first.people < last.people {
			fmt.Fprintf(&b, "%-10s %7s %10.2f\n", "", "growth", math.Log(last.ms/first.ms)/
				math.Log(float64(last.people)/float64(first.people)))
		}
	}
	return b.String()
}

func benchmarkCycles(b *testing.B, n int, table *costTable) {
	o, m := weighed(b, n)
	reports := o.reports()
	g := o.tab(reports[0], monthTab(date("2026-05-14")))
	at := g.at(g.row("date", date("2026-05-14")), "kpi:deals") // in everybody's spreadsheet
	figure := 0
	// The first cycle of a process, and the one after a close, lay out everybody again.
	begin := func() {
		o.put(o.people[n-1].Email, reports[n-1], at, 11)
		o.settle()
	}
	measure := func(name string, typing int, restart bool) {
		b.Run(name, func(b *testing.B) {
			var own time.Duration
			calls, reads, sent, answered := 0, 0, int64(0), int64(0)
			for b.Loop() {
				b.StopTimer()
				figure++
				for i := range typing {
					o.put(o.people[i].Email, reports[i], at, 1+(figure+i)%9)
				}
				if restart {
					o.restart(false)
				}
				runtime.GC() // what typing left behind is no part of the cycle
				before, bytes, spent, heard := o.client.Calls(), m.sent.Load(), m.spent.Load(), m.answered.Load()
				begun := worked()
				b.StartTimer()
				// Goroutines keep the label: go tool pprof -tagfocus cycle=one.
				pprof.Do(b.Context(), pprof.Labels("cycle", name), func(context.Context) { o.sync() })
				b.StopTimer()
				own += worked() - begun - time.Duration(m.spent.Load()-spent)
				after := o.client.Calls()
				calls += after.Drive - before.Drive + after.SheetsRead - before.SheetsRead +
					after.SheetsWrite - before.SheetsWrite
				sent += m.sent.Load() - bytes
				reads += after.SheetsRead - before.SheetsRead
				answered += m.answered.Load() - heard
				b.StartTimer()
			}
			rounds := float64(b.N)
			c := cost{n, float64(own.Microseconds()) / 1000 / rounds, float64(calls) / rounds,
				float64(sent) / 1000 / rounds}
			b.ReportMetric(c.ms, "worker-ms/op")
			b.ReportMetric(c.calls, "calls/op")
			b.ReportMetric(c.kb, "KB-sent/op")
			if reads > 0 {
				b.ReportMetric(float64(answered)/1000/float64(reads), "KB-answered/read")
			}
			table.add(name, c)
			o.settle()
		})
	}
	cycle := func(name string, typing int) { measure(name, typing, false) }
	begin()
	cycle("nothing", 0)
	cycle("one", 1)
	cycle("forty", 40)
	cycle("percent", max(1, n/100))
	measure("restarted", max(1, n/100), true)
	cycle("everybody", n)
	if n > 200 { // it would take many minutes to fill two years of them, and to close these
		return
	}
	o.past(calendar.Span{From: date("2024-05-01"), To: date("2026-04-30")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
	at = g.at(g.row("date", date("2026-05-25")), "kpi:deals")
	o.settle() // closes the two years
	begin()
	cycle("one-old", 1)
	b.Run("rollover", func(b *testing.B) {
		o.clock.set("2026-06-01", 9, 0)
		heard := m.echoed.Load()
		b.ResetTimer()
		writes := m.written(func() { o.sync() })
		b.StopTimer()
		inReports, rest := 0, 0
		for id, times := range writes {
			if slices.Contains(reports, id) {
				inReports += times
			} else {
				rest += times
			}
		}
		if inReports > n {
			b.Errorf("%d writes of %d people's reports", inReports, n)
		}
		b.ReportMetric(float64(inReports)/float64(n), "writes/person")
		b.ReportMetric(float64(rest), "other-writes")
		b.ReportMetric(float64(m.echoed.Load()-heard)/1000/float64(max(1, inReports+rest)), "KB-answered/write")
		o.settle()
	})
}
