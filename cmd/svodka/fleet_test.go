package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
)

// replica is a process that serves departments, on a machine of its own.
type replica struct{ *exec.Cmd }

func (m *machine) replica() *replica {
	m.t.Helper()
	program, err := os.Executable()
	m.must(err)
	r := &replica{exec.CommandContext(m.t.Context(), program, "run")}
	r.Args[0] = "svodka"
	r.Env = append(os.Environ(), m.env...)
	r.Env = append(r.Env, "TEST_NOW=", "SVODKA_DATA_DIR="+filepath.Join(m.t.TempDir(), "data"))
	said, err := os.Create(filepath.Join(m.t.TempDir(), "said"))
	m.must(err)
	r.Stderr = said
	m.must(r.Start())
	m.must(said.Close())
	m.t.Cleanup(func() {
		if b, err := os.ReadFile(said.Name()); m.t.Failed() && err == nil {
			m.t.Logf("process %d said:\n%s", r.Process.Pid, b)
		}
	})
	return r
}

// fleetOf is departments that several processes serve at a Google on this machine.
type fleetOf struct {
	*machine
	registry *departments.Registry
	today    calendar.Date
	tab      string // of today in reports
	row      int    // of today in it
}

const fleetPeople = 3

// newFleet makes departments, each with people who have a report.
func newFleet(t *testing.T, names ...string) *fleetOf {
	t.Helper()
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, &localgoogle.Quotas{SheetsReadsPerUser: -1, SheetsWritesPerUser: -1, SheetsReadsPerProject: -1,
		SheetsWritesPerProject: -1})
	c.clock = time.Now // the processes have the real one
	f := &fleetOf{machine: c.machine("SVODKA_GOOGLE_KEY_FILES="+c.key(robot),
		"SVODKA_GOOGLE_FOLDER="+c.sharedFolder(robot), "SVODKA_DATABASE_URL="+address, "SVODKA_MONITOR_ADDR=off",
		"SVODKA_SYNC_CRON=@every 1s", "SVODKA_CLOSE_CRON=off", "SVODKA_PROVISION_CRON=off", "SVODKA_SWEEP_CRON=off")}
	f.registry, err = departments.Open(t.Context(), address, 4)
	c.must(err)
	t.Cleanup(f.registry.Close)
	for _, name := range names {
		f.ok("department", "add", name)
		f.ok("init", "--department", name)
		people := "name,email,role\n"
		for i := range fleetPeople {
			people += fmt.Sprintf("Сотрудник %d,%s,sales-rep\n", i, person(i, name))
		}
		f.ok("import", "people", c.file(name+".csv", people), "--department", name)
		f.ok("sync", "--department", name)
	}
	f.findToday(names[0])
	return f
}

func person(i int, department string) string { return fmt.Sprintf("p%d@%s.example.com", i, department) }

// findToday finds where people type today.
func (f *fleetOf) findToday(department string) {
	f.t.Helper()
	moscow, err := time.LoadLocation("Europe/Moscow")
	f.must(err)
	now := time.Now().In(moscow)
	f.today = calendar.FromTime(now)
	serial := float64(int(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).
		Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24))
	id := f.report(0, department)
	book, err := f.sheets(person(0, department)).Spreadsheets.Get(id).Do()
	f.must(err)
	for _, s := range book.Sheets {
		title := s.Properties.Title
		days, err := f.sheets(person(0, department)).Spreadsheets.Values.Get(id, "'"+title+"'!A1:A80").
			ValueRenderOption("UNFORMATTED_VALUE").Do()
		f.must(err)
		for i, v := range days.Values {
			if len(v) == 1 && v[0] == serial && f.row == 0 {
				f.tab, f.row = title, i+1
			}
		}
	}
	if f.row == 0 {
		f.t.Fatal("no report has a row of today")
	}
}

// report returns the id of a person's report.
func (f *fleetOf) report(i int, department string) string {
	f.t.Helper()
	list, err := f.as(person(i, department)).Files.List().Do()
	f.must(err)
	if len(list.Files) != 1 {
		f.t.Fatalf("%s sees %d files", person(i, department), len(list.Files))
	}
	return list.Files[0].Id
}

// types types a figure of today.
func (f *fleetOf) types(i int, department, column string, figure int) {
	f.t.Helper()
	_, err := f.sheets(person(i, department)).Spreadsheets.Values.Update(f.report(i, department),
		fmt.Sprintf("'%s'!%s%d", f.tab, column, f.row), &sheets.ValueRange{Values: [][]any{{figure}}}).
		ValueInputOption("USER_ENTERED").Do()
	f.must(err)
}

// cells returns all that stands in people's reports.
func (f *fleetOf) cells(department string) string {
	f.t.Helper()
	var b strings.Builder
	for i := range fleetPeople {
		id, api := f.report(i, department), f.sheets(person(i, department)).Spreadsheets
		book, err := api.Get(id).Do()
		f.must(err)
		for _, s := range book.Sheets {
			got, err := api.Values.Get(id, "'"+s.Properties.Title+"'").ValueRenderOption("FORMULA").Do()
			f.must(err)
			for _, row := range got.Values {
				fmt.Fprintln(&b, i, s.Properties.Title, row)
			}
		}
	}
	return b.String()
}

// aMinuteLater makes the claims of a process look as they do when nobody has heard of it
// for a minute.
func (f *fleetOf) aMinuteLater(process int) {
	f.t.Helper()
	for _, query := range []string{
		`UPDATE svodka_jobs.river_job j SET attempted_at = attempted_at - interval '1 minute' FROM svodka_departments.claims c
			WHERE c.job = j.id AND j.state = 'running' AND c.holder LIKE '%process ' || $1`,
		`UPDATE svodka_departments.due d SET looked = looked - interval '1 minute' FROM svodka_departments.claims c
			WHERE c.job = d.job AND c.holder LIKE '%process ' || $1`,
		`UPDATE svodka_departments.claims SET until = clock_timestamp() WHERE until > clock_timestamp()
			AND holder LIKE '%process ' || $1`,
	} {
		_, err := f.registry.Pool().Exec(f.t.Context(), query, fmt.Sprint(process))
		f.must(err)
	}
}

// settle waits until everything that was typed until now has been read.
func (f *fleetOf) settle() {
	f.t.Helper()
	typed, err := f.registry.Now(f.t.Context())
	f.must(err)
	for until := time.Now().Add(90 * time.Second); ; {
		all, err := f.registry.Status(f.t.Context())
		f.must(err)
		left := ""
		for _, d := range all {
			for _, j := range d.Jobs {
				if !j.Last.After(typed) {
					left += fmt.Sprintf("%s %s: due %s, last %s, %s\n", d.Name, j.Kind, j.Next, j.Last, j.Trouble)
				}
			}
		}
		if left == "" && len(all) > 0 {
			return
		}
		if time.Now().After(until) {
			f.t.Fatalf("not done in 90 seconds:\n%s", left)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Replicas are killed and paused at any moment while people type. After that every figure
// that was typed is there once, and the spreadsheets are those of a department in which
// nobody was disturbed.
func TestReplicas(t *testing.T) {
	notShort(t)
	names := []string{"north", "south"}
	f := newFleet(t, "north", "south", "calm")
	f.ok("department", "remove", "calm") // nobody serves it meanwhile
	rng := rand.New(rand.NewPCG(2026, 11))
	replicas := []*replica{f.replica(), f.replica()}
	for round := range 4 {
		for i := range fleetPeople {
			figure := 1 + rng.IntN(9)
			for _, name := range append(names, "calm") {
				f.types(i, name, string(rune('B'+round%2)), figure)
			}
		}
		time.Sleep(time.Duration(rng.IntN(1500)) * time.Millisecond)
		hurt := replicas[round%2]
		pid := hurt.Process.Pid
		if round == 2 {
			f.must(hurt.Process.Signal(syscall.SIGSTOP))
			f.aMinuteLater(pid)
			f.settle() // the other one does it all
			f.must(hurt.Process.Signal(syscall.SIGCONT))
			continue
		}
		f.must(hurt.Process.Kill())
		if err := hurt.Wait(); err == nil {
			t.Fatal("a replica ended by itself")
		}
		f.aMinuteLater(pid)
		replicas[round%2] = f.replica()
	}
	f.settle()
	for _, r := range replicas {
		f.must(r.Process.Signal(syscall.SIGTERM))
		if err := r.Wait(); err != nil {
			t.Errorf("a replica ends with %v", err)
		}
	}
	if out := f.ok("status"); strings.Count(out, "nobody") != 2 || strings.Count(out, "none\n") != 2 ||
		strings.Contains(out, "never") {
		t.Errorf("status prints\n%s", out)
	}
	f.ok("department", "add", "calm")
	f.ok("sync", "--department", "calm")
	want := f.all("calm")
	if n := strings.Count(want, f.today.String()); n < 2*fleetPeople {
		t.Fatalf("only %d figures of today:\n%s", n, want)
	}
	for _, name := range names {
		if got := f.all(name); got != want {
			t.Errorf("%s differs from an undisturbed department:\n%s", name, firstDifference(got, want))
		}
		if out := f.ok("sync", "--department", name); !strings.Contains(out, "0 made, 0 changed; summary as it was") {
			t.Errorf("%s: one more sync still finds something to do: %s", name, out)
		}
	}
}

// all returns a department's exports and reports.
func (f *fleetOf) all(department string) string {
	f.t.Helper()
	return f.ok("export", "entries", "--department", department) +
		f.ok("export", "summary", "--period", "day", "--department", department) +
		f.ok("export", "summary", "--period", "month", "--department", department) + f.cells(department)
}
