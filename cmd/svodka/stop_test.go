package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scheduled is a scheduled worker in a process of its own, on a local Google that can be
// slow.
type scheduled struct {
	t        *testing.T
	bin, dir string
	cmd      *exec.Cmd
	err      lockedBuffer
	ended    chan error
}

// lockedBuffer is written and read at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// slowCalls is how many of the calls are slow: more than are made.
const slowCalls = 1000

// hired is the name of everybody who is hired.
const hired = "Сотрудник"

// hiring starts svodka run on an empty folder, with a Google that is slow to write; then
// it hires people, for whom the next sync makes spreadsheets, and waits until that has
// begun.
func hiring(t *testing.T, people int, delay time.Duration) *scheduled {
	t.Helper()
	s := &scheduled{t: t, bin: build(t), dir: t.TempDir(), ended: make(chan error, 1)}
	must(t, s.bin, s.dir, "init")
	s.cmd = process(t.Context(), s.bin, s.dir, "run")
	s.cmd.Env = append(s.cmd.Env, "SVODKA_SYNC_CRON=@every 1s", "SVODKA_MONITOR_ADDR=off", "SVODKA_LOG_LEVEL=info")
	s.cmd.Stderr = &s.err
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	s.until("it serves", func() bool { return s.addr() != "" })
	fault := fmt.Sprintf(`{"method":"drive.files.create","delay":%q,"count":%d,"skip":1}`, delay, slowCalls)
	res, err := http.Post("http://"+s.addr()+"/_internal/faults", "application/json", strings.NewReader(fault))
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", res.Status, err)
	}
	var b strings.Builder
	b.WriteString("name,role\n")
	for i := range people {
		fmt.Fprintf(&b, "%s %d,sales-rep\n", hired, i)
	}
	write(t, filepath.Join(s.dir, "people.csv"), b.String())
	must(t, s.bin, s.dir, "import", "people", filepath.Join(s.dir, "people.csv"))
	return s
}

func (s *scheduled) until(what string, ok func() bool) {
	s.t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("it never came to this: %s", what)
}

// addr returns the address of its Google; empty: none yet.
func (s *scheduled) addr() string {
	b, err := os.ReadFile(filepath.Join(s.dir, "data", addressFile))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// made counts the reports of people that its Google has made.
func (s *scheduled) made() int {
	s.t.Helper()
	res, err := http.Get("http://" + s.addr() + "/_page/files")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := res.Body.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	var shown struct{ Files []struct{ Name string } }
	if err := json.NewDecoder(res.Body).Decode(&shown); err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, f := range shown.Files {
		if strings.Contains(f.Name, hired) {
			n++
		}
	}
	return n
}

// making reports whether its Google is making a spreadsheet right now.
func (s *scheduled) making() bool {
	s.t.Helper()
	res, err := http.Get("http://" + s.addr() + "/_internal/faults")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := res.Body.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	var left []struct{ Count int }
	if err := json.NewDecoder(res.Body).Decode(&left); err != nil {
		s.t.Fatal(err)
	}
	return len(left) == 1 && left[0].Count < slowCalls
}

func (s *scheduled) signal() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the end and returns its error.
func (s *scheduled) end() error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(time.Minute):
		s.t.Fatal("it does not end")
		return nil
	}
}

// A signal lets the worker finish the current spreadsheets, and begin no others; the next
// run makes the rest.
func TestTerminatedRun(t *testing.T) {
	notShort(t)
	const people = 12
	s := hiring(t, people, 700*time.Millisecond)
	s.until("some spreadsheets are made", func() bool { return s.made() > 0 })
	s.signal()
	if err := s.end(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, &s.err)
	}
	if !strings.Contains(s.err.String(), "stopped in the middle; the next run goes on") {
		t.Errorf("the log does not tell that it was stopped:\n%s", &s.err)
	}
	again := must(t, s.bin, s.dir, "sync")
	var read, made, changed int
	if _, rest, ok := strings.Cut(again, "people; "); !ok {
		t.Fatal(again)
	} else if _, err := fmt.Sscanf(rest, "%d reports read, %d made, %d changed", &read, &made, &changed); err != nil {
		t.Fatalf("%v: %s", err, again)
	}
	if made == 0 || made == people {
		t.Errorf("the next run made %d of %d spreadsheets: it was not stopped in the middle", made, people)
	}
	// What was begun is finished: laid out and known.
	if changed != 0 {
		t.Errorf("the next run had to finish %d spreadsheets: %s", changed, again)
	}
	if read != 0 {
		t.Errorf("the next run read %d spreadsheets that only the worker had written: %s", read, again)
	}
	if out := must(t, s.bin, s.dir, "sync"); !strings.Contains(out, "nothing has changed") {
		t.Errorf("there was still something to do: %s", out)
	}
}

// A second signal ends it at once, and nothing is lost.
func TestTerminatedTwice(t *testing.T) {
	notShort(t)
	const people = 6
	s := hiring(t, people, time.Minute)
	s.until("it makes spreadsheets", func() bool { return s.making() })
	s.signal()
	s.until("it takes the first signal", func() bool { return strings.Contains(s.err.String(), "told to end") })
	began := time.Now()
	s.signal()
	if err := s.end(); err == nil {
		t.Error("it ended in good order, as if there had been no second signal")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v to end", took)
	}
	must(t, s.bin, s.dir, "sync")
	if out := must(t, s.bin, s.dir, "sync"); !strings.Contains(out, "nothing has changed") {
		t.Errorf("there was still something to do: %s", out)
	}
}
