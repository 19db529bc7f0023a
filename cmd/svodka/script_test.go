package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
)

// The scripts run these programs as processes of their own. The product's clock
// stands at TEST_NOW, or is ahead by TEST_CLOCK_AHEAD; TEST_CLAIM is how long a claim to
// a department lasts.
func TestMain(m *testing.M) {
	programs := map[string]func(){
		"svodka": func() { os.Exit(program(clock, lasting("TEST_CLAIM"))) },
		"type": func() {
			if err := typeInto(context.Background(), os.Args[1:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"cells": func() {
			if err := printCells(os.Args[1], os.Args[2]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"hook": func() {
			if err := hook(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"skorozvon": func() {
			if err := skorozvon(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"rounds": func() {
			if err := rounds(context.Background(), os.Args[1]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"hold": func() {
			if err := hold(context.Background(), os.Args[1]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"starter": func() {
			if err := starter(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
	}
	for name, f := range programs {
		programs[name] = func() {
			dieWithStarter()
			f()
		}
	}
	testscript.Main(tidy{m}, programs)
}

// dieWithStarter has the kernel kill this process when the one that started it ends:
// tests that are killed leave no svodka behind, not even one that they have paused.
func dieWithStarter() {
	_, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if failed != 0 {
		panic(failed)
	}
}

// starter starts a program that holds the data folder, prints its process id and waits.
func starter() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.Command(program, "worker")
	c.Args[0] = "hold"
	if err := c.Start(); err != nil {
		return err
	}
	fmt.Println(c.Process.Pid)
	return c.Wait()
}

// Whoever kills the tests kills what they have started.
func TestProgramsEndWithTheTests(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Args[0] = "starter"
	c.Dir = t.TempDir()
	c.Env = append(os.Environ(), "SVODKA_DATA_DIR="+c.Dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	for { // until it is at work
		if _, err := os.Stat(filepath.Join(c.Dir, "held")); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Error("it ended by itself")
	}
	for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		// One that has ended, and of which nobody has taken note yet, still has a number.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if errors.Is(err, fs.ErrNotExist) || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("process %d goes on although the one that started it was killed (%v)", pid, err)
		}
	}
}

// printCells prints a tab of an .xlsx file as its cells show it, the cells of a row
// with | between them.
func printCells(file, tab string) error {
	f, err := excelize.OpenFile(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.GetRows(tab)
	if err != nil {
		return fmt.Errorf("%w; there are: %q", err, f.GetSheetList())
	}
	for _, r := range rows {
		fmt.Println(strings.Join(r, "|"))
	}
	return nil
}

// tidy runs the tests, and removes what they share.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	code := pgtest.Main(m.M)
	if toRemove != "" {
		if err := os.RemoveAll(toRemove); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

func clock() time.Time {
	t, err := time.Parse(time.RFC3339, os.Getenv("TEST_NOW"))
	if err != nil {
		return time.Now().Add(lasting("TEST_CLOCK_AHEAD"))
	}
	return t
}

// lasting returns the length of time in a variable; 0: none is set.
func lasting(name string) time.Duration {
	d, err := time.ParseDuration(os.Getenv(name))
	if err != nil && os.Getenv(name) != "" {
		panic(name + ": " + err.Error())
	}
	return d
}

// Everything that a user can do at the command line.
func TestScripts(t *testing.T) {
	dir, files := "testdata/script", []string(nil)
	if testing.Short() { // those that need no department of some age
		dir, files = "", []string{"testdata/script/usage.txtar", "testdata/script/readme.txtar"}
	}
	testscript.Run(t, testscript.Params{
		Dir: dir, Files: files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TEST_NOW", "2026-05-18T09:00:00+03:00")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "postgres" {
				return false, fmt.Errorf("there is no condition %q", cond)
			}
			address, err := pgtest.Find()
			return address != "", err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"postgres": func(ts *testscript.TestScript, _ bool, args []string) {
				address, err := pgtest.Fresh(context.Background())
				ts.Check(err)
				ts.Setenv(args[0], address)
			},
			"code":    exitCode,
			"waitfor": waitFor,
			"private": private,
			"clear":   clear,
		},
	})
}

// exitCode runs a program that ends with a code: code 2 svodka sync extra.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM [ARGUMENTS]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("the exit code is %d, not %d", got, want)
	}
}

// waitFor waits until a file holds a text that matches: waitfor FILE [PATTERN].
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: waitfor FILE [PATTERN]")
	}
	re := regexp.MustCompile(strings.Join(args[1:], ""))
	for range 1200 {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && re.Match(b) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not come to hold %q", args[0], args[1:])
}

// private checks that nobody else can look into a folder.
func private(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: private FOLDER")
	}
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s is %s: others can look into it", path, info.Mode())
		}
		return err
	}))
}

// clear replaces what differs from run to run in the last output: file ids. It
// keeps the rest in a file: clear stdout FILE.
func clear(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: clear FROM TO")
	}
	out := regexp.MustCompile(`/spreadsheets/d/[\w-]+`).ReplaceAllString(ts.ReadFile(args[0]), "/spreadsheets/d/ID")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out), 0o600))
}

// typeInto types into a spreadsheet through the API, as its owner: a part of the
// spreadsheet's name, a range, and the values of a row.
func typeInto(ctx context.Context, args []string) (err error) {
	if len(args) < 3 {
		return errors.New("usage: type SPREADSHEET RANGE VALUE…")
	}
	a := &app{stderr: os.Stderr, env: os.Environ(), now: clock}
	s, err := a.settings()
	if err != nil {
		return err
	}
	hc, base := http.DefaultClient, "http://localhost"
	if addr, ok := serving(ctx, s); ok {
		base = "http://" + addr
	} else {
		server, err := localgoogle.Open(ctx, localgoogle.Options{Dir: s.DataDir, Now: clock})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		hc = &http.Client{Transport: server.Transport()}
	}
	files, err := drive.NewService(ctx, option.WithHTTPClient(hc), option.WithEndpoint(base+"/drive/v3/"))
	if err != nil {
		return err
	}
	list, err := files.Files.List().Q("name contains '" + args[0] + "'").Context(ctx).Do()
	if err != nil {
		return err
	}
	if len(list.Files) != 1 {
		return fmt.Errorf("%d spreadsheets are called %q", len(list.Files), args[0])
	}
	srv, err := sheets.NewService(ctx, option.WithHTTPClient(hc), option.WithEndpoint(base+"/"))
	if err != nil {
		return err
	}
	var row []any
	for _, v := range args[2:] {
		row = append(row, v)
	}
	_, err = srv.Spreadsheets.Values.Update(list.Files[0].Id, args[1], &sheets.ValueRange{Values: [][]any{row}}).
		ValueInputOption("USER_ENTERED").Context(ctx).Do()
	return err
}

// skorozvon is a Скорозвон with two calls of two operators, named only by id. It prints
// its address, and the requested paths.
func skorozvon(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", l.Addr())
	answers := map[string]string{
		"/oauth/token": `{"access_token":"token"}`,
		"/api/reports/calls_total.json": `{"total":2,"total_pages":1,"data":[
			{"id":2,"started_at":"2026-05-18 05:40:00","duration":0,"durations":{"without_holding":0},"user":{"id":8},"call_type":"outgoing","phone":"+79990000000"},
			{"id":1,"started_at":"2026-05-18 05:30:00","duration":80,"durations":{"without_holding":75},"user":{"id":9},"call_type":"outgoing","phone":"+79990000000"}]}`,
		"/api/v2/users": `{"data":[{"id":8,"name":"Петров Пётр","locked":false},{"id":9,"name":"Иванова Анна","locked":true}],"pagination":{"total_pages":1}}`,
	}
	return (&http.Server{ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println(r.Method, r.URL.Path)
			if r.URL.Path != "/oauth/token" && r.Header.Get("Authorization") != "Bearer token" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, answers[r.URL.Path])
		})}).Serve(l)
}

// hook is a webhook: it prints its address and each message, as "to body".
func hook(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/hook-s3cr3t\n", l.Addr())
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			fmt.Printf("%s %s\n", r.URL.Query().Get("to"), b)
		})}
	return srv.Serve(l)
}

// hold uses the data folder as another svodka would, from when the file "held" appears
// until "release" does: the spreadsheets, or as the only worker.
func hold(ctx context.Context, what string) (err error) {
	a := &app{stderr: os.Stderr, env: os.Environ(), now: clock}
	s, err := a.settings()
	if err != nil {
		return err
	}
	switch what {
	case "google":
		server, err := localgoogle.Open(ctx, localgoogle.Options{Dir: s.DataDir, Now: clock})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Close()) }()
	case "worker":
		lock := flock.New(s.path("worker.lock"))
		if err := lock.Lock(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
	default:
		return fmt.Errorf("%q is neither google nor worker", what)
	}
	if err := os.WriteFile("held", nil, 0o600); err != nil {
		return err
	}
	for {
		if _, err := os.Stat("release"); err == nil {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
