package main

import (
	"bytes"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
)

// tape is output that may be read while it is written.
type tape struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *tape) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// running is a running svodka run.
type running struct {
	t         testing.TB
	out, errs tape
	stop      context.CancelFunc
	ended     chan int
}

func (m *machine) start() *running {
	ctx, stop := context.WithCancel(m.t.Context())
	r := &running{t: m.t, stop: stop, ended: make(chan int, 1)}
	a := &app{stdout: &r.out, stderr: &r.errs,
		env: append([]string{"SVODKA_MONITOR_ADDR=off", "SVODKA_LOG_LEVEL=info"}, m.env...), now: m.now, sleep: m.pause}
	go func() { r.ended <- a.main(ctx, []string{"run"}) }()
	m.t.Cleanup(stop)
	return r
}

// says waits until it has printed a text.
func (r *running) says(text string) {
	r.t.Helper()
	for range 600 {
		if strings.Contains(r.out.String()+r.errs.String(), text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("svodka run never says %q:\n%s%s", text, r.out.String(), r.errs.String())
}

// done waits until it has done n more jobs.
func (r *running) done(n int) { r.t.Helper(); r.more(`"job done"`, n) }

// more waits until it has printed a text n more times.
func (r *running) more(text string, n int) {
	r.t.Helper()
	was := strings.Count(r.errs.String(), text)
	for range 1200 {
		if strings.Count(r.errs.String(), text) >= was+n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("svodka run does not say %q %d times more:\n%s%s", text, n, r.out.String(), r.errs.String())
}

// end stops it and waits until it has ended.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		r.t.Fatal("svodka run does not end")
	}
}

// mark returns the only mark, which says whose turn it is.
func (c *cloud) mark() *drive.File {
	c.t.Helper()
	list, err := c.as(robot).Files.List().Q("appProperties has { key='kind' and value='lease' }").
		Fields("files(id,appProperties)").Do()
	c.must(err)
	if len(list.Files) != 1 {
		c.t.Fatalf("there are %d marks, want 1", len(list.Files))
	}
	return list.Files[0]
}

// Two machines, one department: while one works the other is told so, and changes
// nothing; commands on the first one's folder work beside it; then the other takes over
// and finds everything unchanged.
func TestOneMachineAtATime(t *testing.T) {
	notShort(t)
	c := newCloud(t, nil)
	env := []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot), "SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(robot)}
	a, b := c.machine(env...), c.machine(env...)
	people := c.file("people.csv", "name,email,role\nИванова Анна,anna@example.com,sales-rep\n")
	a.ok("init")
	r := a.start()
	for range 600 {
		if c.mark().AppProperties["until"] != "free" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if code, _, errs := b.svodka("sync"); code != 1 ||
		!strings.Contains(errs, "svodka: another worker is at work on these spreadsheets: ") ||
		!strings.Contains(errs, " MSK (stop it there, or work there; ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("the second machine's sync: %d %q", code, errs)
	}
	if code, out, _ := b.svodka("check"); code != 0 {
		t.Errorf("the second machine may not even look: %d %s", code, out)
	}
	a.ok("import", "people", people)
	if out := a.ok("sync"); !strings.Contains(out, "1 person") {
		t.Errorf("sync beside the running worker prints %q", out)
	}
	c.types("anna@example.com", 3)
	a.ok("sync")
	other := b.start()
	other.says("waiting until it is done")
	r.end()
	if s := r.errs.String(); strings.Contains(s, "svodka:") || strings.Contains(s, "level=WARN") ||
		strings.Contains(s, "level=ERROR") {
		t.Errorf("the first worker complains: %s", s)
	}
	other.end() // it looks again only in half a minute
	if out := b.ok("sync"); !strings.Contains(out, "1 person; 1 report read, 0 made") {
		t.Errorf("the second machine's first sync prints %q", out)
	}
	if out := b.ok("export", "entries"); !strings.Contains(out, "2026-05-18,Иванова Анна,deals,3\n") {
		t.Errorf("the second machine exports %q", out)
	}
	// What the second one wrote is not mistaken for what the first one left.
	c.types("anna@example.com", 5)
	b.ok("sync")
	if out := a.ok("sync"); !strings.Contains(out, "1 report read") {
		t.Errorf("back on the first machine, sync prints %q", out)
	}
	if x, y := a.ok("export", "summary"), b.ok("export", "summary"); x != y {
		t.Errorf("the machines differ:\n%s\n%s", x, y)
	}
	c.mark()
}

// A worker costs one Drive call a run, whatever the turn costs; and one that lost its
// turn writes nothing more until it has it again.
func TestTurnCostsNoRun(t *testing.T) {
	notShort(t)
	c := newCloud(t, nil)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot), "SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot),
		"SVODKA_SYNC_CRON=@every 1s", "SVODKA_SWEEP_CRON=")
	m.ok("init")
	m.ok("import", "people", c.file("people.csv", "name,email,role\nИванова Анна,anna@example.com,sales-rep\n"))
	m.ok("sync")
	r := m.start()
	var spent map[string]int
	for range 10 { // the first runs do what there is to do
		if spent = c.spent(func() { r.done(3) }); spent["sheets"] == 0 && spent["drive"] <= 4 {
			break
		}
	}
	if spent["sheets"] != 0 || spent["drive"] < 3 || spent["drive"] > 4 {
		t.Errorf("three runs with nothing to do took %v", spent)
	}
	// Somebody takes the turn away.
	d := c.as(robot)
	id := c.mark().Id
	c.skip.Add(int64(11 * time.Minute)) // its own turn runs out unnoticed, as on a machine that slept
	until := c.now().Add(20 * time.Minute).UTC().Format(time.RFC3339)
	_, err := d.Files.Update(id, &drive.File{AppProperties: map[string]string{"owner": "elsewhere",
		"holder": "elsewhere, process 7", "until": until}}).Do()
	c.must(err)
	c.types("anna@example.com", 3)
	c.local.Journal().Reset()
	r.says("another worker is at work on these spreadsheets: elsewhere, process 7")
	r.more("job failed", 2) // it tries again at each run
	for _, call := range c.local.Journal().Calls() {
		if call.User == robot && !slices.Contains([]string{"drive.files.get", "drive.files.list", "drive.changes.list"},
			call.Method) {
			t.Errorf("in another's turn it made the call %s", call.Method)
		}
	}
	r.end()
	if got := c.mark().AppProperties["until"]; got != until {
		t.Errorf("at its end it gave another's turn back: %s", got)
	}
}

// A health check asks the worker itself.
func TestHealthy(t *testing.T) {
	notShort(t)
	c := newCloud(t, nil)
	m := c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot), "SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot))
	m.ok("init")
	asking := func(addr string) { m.env = append(m.env, "SVODKA_MONITOR_ADDR="+addr) }
	asking("0.0.0.0:0") // any free port, of all addresses
	if code, _, errs := m.svodka("healthy"); code != 1 || !strings.Contains(errs, "does not answer") {
		t.Errorf("before: %d %q", code, errs)
	}
	r := m.start()
	r.says("working in")
	_, addr, _ := strings.Cut(r.out.String(), "health and metrics at http://")
	addr, _, _ = strings.Cut(addr, " ")
	_, port, err := net.SplitHostPort(addr)
	c.must(err)
	asking("0.0.0.0:" + port)
	for range 200 {
		if code, _, _ := m.svodka("healthy", "--ready"); code == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if got := m.ok("healthy", "--ready") + m.ok("healthy"); got != "ok\nok\n" {
		t.Errorf("healthy prints %q", got)
	}
	r.end()
}
