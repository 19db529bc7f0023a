// Command svodka gives every manager of a sales department a daily report
// spreadsheet and the director one page that sums up the day.
//
// This package parses, wires, calls and prints; it decides nothing about sales.
//
// Messages to people follow one voice: errors go to stderr, one line each, as
// "svodka: what was being done: what went wrong (what to do)", in lower case and
// without a full stop.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones must be there in the smallest image

	sqlite3 "modernc.org/sqlite/lib"

	"svodka/internal/google"
	"svodka/internal/postgres"
	"svodka/internal/worker"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(worker.GCPercent)
	}
	os.Exit(program(time.Now, 0))
}

// program runs the process with its arguments, environment and signals, and the given
// clock. The first signal ends the work in good order, the second one at once.
func program(now func() time.Time, claim time.Duration) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	a := &app{stdout: os.Stdout, stderr: os.Stderr, env: os.Environ(), now: now, claim: claim,
		called: calledAs(os.Args[0])}
	return a.main(ctx, os.Args[1:])
}

// main runs a command and returns the exit code: 0 done, 1 something is wrong, 2 wrong
// usage.
func (a *app) main(ctx context.Context, args []string) int {
	err := a.run(ctx, args)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "svodka: %s\n", a.typeable(usage.Error()))
		return 2
	case ctx.Err() != nil:
		fmt.Fprintln(a.stderr, "svodka: interrupted (nothing is lost: run the same command again)")
		return 1
	}
	a.complain(err)
	return 1
}

// most limits how many lines of errors are printed.
const most = 20

// complain prints an error, with a line for each error joined in it.
func (a *app) complain(err error) {
	var lines []string
	for _, e := range flatten(err) {
		s := strings.TrimSpace(e.Error())
		if hint := hintOf(e); hint != "" {
			s += " (" + hint + ")"
		}
		s = a.typeable(s)
		lines = append(lines, strings.Split(s, "\n")...)
	}
	for i, line := range lines {
		if i == most && len(lines) > most+1 {
			fmt.Fprintf(a.stderr, "svodka: and %d more\n", len(lines)-most)
			return
		}
		fmt.Fprintln(a.stderr, "svodka: "+line)
	}
}

// hintOf returns what to do about an error of Google, of the access to it, or of the
// database.
func hintOf(err error) string {
	var ge *google.Error
	if errors.As(err, &ge) {
		return ge.Hint
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return cmp.Or(postgres.Hint(err), diskHint(err))
}

// diskHint returns what to do about a disk that is full, or on which this user may not
// write, unless the error says so itself.
func diskHint(err error) string {
	code := 0
	if e, ok := errors.AsType[interface {
		error
		Code() int
	}](err); ok {
		code = e.Code() & 0xff
	}
	_, path := errors.AsType[*fs.PathError](err)
	switch {
	case code == sqlite3.SQLITE_FULL:
		return "make room on the disk of the data folder, SVODKA_DATA_DIR"
	case code == sqlite3.SQLITE_READONLY:
		return "let this user write into the data folder, SVODKA_DATA_DIR"
	case !path || strings.HasSuffix(err.Error(), ")"):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "make room on that disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "let this user write there, or choose another folder: SVODKA_DATA_DIR is that of the data"
	case errors.Is(err, fs.ErrNotExist):
		return "check the name: there is no such file or folder"
	case errors.Is(err, syscall.ENOTDIR):
		return "name a folder: that is a file"
	}
	return ""
}

// flatten lists the errors of a joined error, one line each.
func flatten(err error) []error {
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) || err.Error() != errors.Join(many.Unwrap()...).Error() {
		return []error{err}
	}
	var out []error
	for _, e := range many.Unwrap() {
		out = append(out, flatten(e)...)
	}
	return out
}
