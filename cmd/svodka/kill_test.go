package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// A sync that is killed twice, anywhere, and then run again ends with the same figures as
// an undisturbed one; the same with a kill of the spreadsheets' server.
func TestKilledSyncs(t *testing.T) {
	notShort(t)
	bin := build(t)
	rng := rand.New(rand.NewPCG(2026, 5))
	base := t.TempDir()
	people, entries := history(rng)
	write(t, filepath.Join(base, "people.csv"), people)
	write(t, filepath.Join(base, "entries.csv"), entries)

	// One sync does everything: it makes reports, reads figures, writes the summary.
	prepare := func(dir string) {
		t.Helper()
		must(t, bin, dir, "init")
		must(t, bin, dir, "import", "people", filepath.Join(base, "people.csv"))
		must(t, bin, dir, "import", "entries", filepath.Join(base, "entries.csv"))
	}
	cycle := []string{"sync", "--as-of", "2026-05-15"}
	calm := t.TempDir()
	prepare(calm)
	started := time.Now()
	must(t, bin, calm, cycle...)
	took := time.Since(started)
	want := exports(t, bin, calm)
	if strings.Count(want, "\n") < 200 {
		t.Fatalf("only %d lines to compare", strings.Count(want, "\n"))
	}

	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			dir := t.TempDir()
			prepare(dir)
			args := cycle
			if round == 3 { // through a server, which is killed as well
				serve(t, bin, dir, rng, took, cycle)
			} else {
				for range 2 {
					kill(t, bin, dir, time.Duration(rng.Float64()*float64(took)), args...)
				}
			}
			must(t, bin, dir, args...)
			if got := exports(t, bin, dir); got != want {
				t.Errorf("the exports differ from those of an undisturbed run:\n%s", firstDifference(got, want))
			}
			if out := must(t, bin, dir, args...); !strings.Contains(out, "nothing has changed") {
				t.Errorf("one more sync still finds something to do: %s", out)
			}
		})
	}
}

// A signal ends a sync in good order, whatever it is doing, and it says what to do.
func TestTerminatedSync(t *testing.T) {
	notShort(t)
	bin, dir := build(t), t.TempDir()
	must(t, bin, dir, "init")
	lock := flock.New(filepath.Join(dir, "data", "worker.lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	c := process(t.Context(), bin, dir, "sync")
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(errs)
	if !lines.Scan() || !strings.Contains(lines.Text(), "waiting") {
		t.Errorf("it does not wait: %q", lines.Text())
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "svodka: interrupted (nothing is lost: run the same command again)" {
		t.Errorf("it ends with %q", lines.Text())
	}
	if lines.Scan() {
		t.Errorf("it says more: %q", lines.Text())
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != 1 {
		t.Errorf("the exit code is %d (%v)", c.ProcessState.ExitCode(), err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	must(t, bin, dir, "sync")
}

// notShort skips a test of whole processes with go test -short.
func notShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs without -short")
	}
}

// build builds the product itself, once for all tests.
func build(t *testing.T) string {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "svodka-built")
	if err != nil {
		return "", err
	}
	toRemove = dir
	bin := filepath.Join(dir, "svodka")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return bin, nil
})

// toRemove is what TestMain removes at the end.
var toRemove string

// history returns a department of some people and their figures for some weeks.
func history(rng *rand.Rand) (people, entries string) {
	var p, e strings.Builder
	p.WriteString("name,role\n")
	e.WriteString("date,manager,kpi,value\n")
	for i := range 8 {
		fmt.Fprintf(&p, "Сотрудник %d,sales-rep\n", i)
		for day := 1; day <= 15; day++ {
			for _, month := range []int{4, 5} {
				fmt.Fprintf(&e, "2026-%02d-%02d,Сотрудник %d,deals,%d\n", month, day, i, rng.IntN(5))
				fmt.Fprintf(&e, "2026-%02d-%02d,Сотрудник %d,revenue,%d\n", month, day, i, rng.IntN(500)*100)
			}
		}
	}
	return p.String(), e.String()
}

func process(ctx context.Context, bin, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, bin, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // as dieWithStarter
	c.Dir = dir
	c.Env = append(os.Environ(), "SVODKA_LOCAL_ADDR=127.0.0.1:0", "SVODKA_DATA_DIR="+filepath.Join(dir, "data"))
	return c
}

func must(t *testing.T, bin, dir string, args ...string) string {
	t.Helper()
	c := process(t.Context(), bin, dir, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("svodka %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// kill starts a command and kills it after a while.
func kill(t *testing.T, bin, dir string, after time.Duration, args ...string) {
	t.Helper()
	c := process(t.Context(), bin, dir, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	// It may have ended by itself just before.
	if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil && c.ProcessState.ExitCode() >= 0 {
		t.Fatalf("svodka %s ended with %v before it was killed", strings.Join(args, " "), err)
	}
}

// serve runs syncs through a server, and kills both.
func serve(t *testing.T, bin, dir string, rng *rand.Rand, took time.Duration, cycle []string) {
	t.Helper()
	server := process(t.Context(), bin, dir, "local")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := os.Stat(filepath.Join(dir, "data", addressFile)); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	kill(t, bin, dir, time.Duration(rng.Float64()*float64(took)), cycle...)
	c := process(t.Context(), bin, dir, cycle...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(rng.Float64() * float64(took)))
	for _, p := range []*exec.Cmd{server, c} {
		if err := p.Process.Kill(); err != nil && p == server {
			t.Fatal(err)
		}
	}
	if err := server.Wait(); err == nil {
		t.Fatal("the server ended before it was killed")
	}
	if err := c.Wait(); err != nil {
		t.Logf("the sync through the killed server: %v", err)
	}
}

// exports returns the output of all exports.
func exports(t *testing.T, bin, dir string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(must(t, bin, dir, "export", "entries"))
	for _, period := range []string{"day", "week", "month"} {
		b.WriteString(must(t, bin, dir, "export", "summary", "--period", period))
	}
	return b.String()
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines instead of %d", len(g), len(w))
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
