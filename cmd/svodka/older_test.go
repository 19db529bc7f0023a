package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"svodka/internal/ledger/pgtest"
)

// older builds the program of the commit in testdata/older, out of the history that the
// tests are run in. That, and what follows, takes minutes of the processor, and a history
// that a package or a shallow clone lacks: the test is skipped unless it is asked for.
func older(t *testing.T) string {
	t.Helper()
	if os.Getenv("TEST_OLDER") == "" {
		t.Skip("TEST_OLDER=1 builds a program of before, and has it work beside this one")
	}
	b, err := os.ReadFile(filepath.Join("testdata", "older"))
	if err != nil {
		t.Fatal(err)
	}
	commit, _, _ := strings.Cut(string(b), " ")
	there := exec.CommandContext(t.Context(), "git", "cat-file", "-e", commit+"^{commit}")
	if out, err := there.CombinedOutput(); err != nil {
		t.Fatalf("the program of before is not in this history: %v %s", err, out)
	}
	dir := t.TempDir()
	archive := exec.CommandContext(t.Context(), "git", "archive", commit)
	archive.Dir = filepath.Join("..", "..")
	sources := exec.CommandContext(t.Context(), "tar", "-x", "-C", dir)
	var errs bytes.Buffer
	archive.Stderr, sources.Stderr = &errs, &errs
	if sources.Stdin, err = archive.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sources.Start(), archive.Run(), sources.Wait()); err != nil {
		t.Fatalf("take the program of before out of the history: %v\n%s", err, &errs)
	}
	bin := filepath.Join(dir, "svodka-of-before")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", bin, "./cmd/svodka")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program of before: %v\n%s", err, out)
	}
	return bin
}

// An older program has made departments and serves them; a newer one joins it and brings
// the database to its own while people type; the older one works on beside it, then
// alone, as for somebody who goes back; then the newer one alone. No figure is lost or
// doubled, and the spreadsheets are those of a department in which all that never
// happened.
func TestOlderAndNewerAtWork(t *testing.T) {
	bin := older(t)
	pgtest.Address(t)
	f := newFleetBy(t, bin, "north", "south")
	version := func(department string) (n int) {
		t.Helper()
		f.must(f.registry.Pool().QueryRow(t.Context(), `SELECT max(version) FROM `+department+`.migrations`).Scan(&n))
		return n
	}
	figure := 10
	phase := func(name string, by func(department string) string) {
		t.Helper()
		began := time.Now()
		figure++ // another one in each
		f.typeAll("B", figure)
		f.settle()
		f.typeAll("C", 2*figure)
		f.settle()
		f.compareBy(by)
		t.Logf("%s: %s", name, time.Since(began).Round(time.Second))
		if t.Failed() {
			t.FailNow()
		}
	}
	end := func(r *replica) {
		t.Helper()
		f.must(r.Process.Signal(syscall.SIGTERM))
		if err := r.Wait(); err != nil {
			t.Errorf("a replica ends with %v", err)
		}
	}
	f.program, f.bin = bin, bin // a command of the newer one would bring the ledger to its own
	old := f.start(0)
	phase("the older one alone", f.figures) // it may lay spreadsheets out in another way
	was := version("north")
	f.program, f.bin = "", ""
	young := f.start(1)
	for until := time.Now().Add(2 * time.Minute); version("north") == was && version("south") == was; {
		if time.Now().After(until) {
			t.Fatalf("the newer program leaves the ledgers at step %d", was)
		}
		time.Sleep(200 * time.Millisecond)
	}
	for _, name := range f.names { // it has got its share of them, and the other one may keep its own for long
		if version(name) == was {
			f.in(name, "sync")
		}
	}
	phase("both", f.figures)
	end(young)
	f.bin = bin
	phase("the older one alone, after the newer", f.figures)
	f.bin = ""
	again := f.start(2)
	end(old)
	phase("the newer one alone", func(department string) string {
		s := f.figures(department)
		for line := range strings.Lines(f.cells(department)) { // tabs of other months there may be already
			if strings.Contains(line, " "+f.tab+" [") {
				s += line
			}
		}
		return s
	})
	end(again)
	if out := f.ok("status"); strings.Count(out, "none\n") != len(f.names) || strings.Contains(out, "never") {
		t.Errorf("status prints\n%s", out)
	}
	for _, name := range f.names {
		if out := f.in(name, "sync"); !strings.Contains(out, "0 made, 0 changed; summary as it was") &&
			!strings.Contains(out, "nothing has changed") {
			t.Errorf("%s: one more sync still finds something to do: %s", name, out)
		}
	}
	if was >= version("north") {
		t.Errorf("the older program knows step %d, the newer one %d: they are of one version", was, version("north"))
	}
	for _, r := range []*replica{old, young, again} {
		said, err := os.ReadFile(r.said)
		f.must(err)
		for line := range strings.Lines(string(said)) {
			// The older one has a fault of its own: a clock that goes back by an instant.
			known := strings.Contains(line, "counter cannot decrease") || strings.Contains(line, "has a fault")
			if r == old && known {
				continue
			}
			if strings.Contains(line, "level=ERROR") {
				t.Errorf("process %d had a failure: %s", r.Process.Pid, line)
			}
		}
	}
}

// by runs a command of another program, and returns the exit code.
func (m *machine) by(bin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := exec.CommandContext(m.t.Context(), bin, args...)
	c.Env = append(os.Environ(), m.env...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, out.String(), fmt.Sprint(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}
