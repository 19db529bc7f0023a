package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/departments"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
)

// replica is a process that serves departments, on a machine of its own.
type replica struct {
	*exec.Cmd
	place  int // among the others; who takes its place after its death has the same
	said   string
	called atomic.Bool // Google
	ended  chan error  // with what, once it has
}

// Wait waits until it has ended.
func (r *replica) Wait() error {
	err := <-r.ended
	r.ended <- err
	return err
}

// over reports whether it has ended.
func (r *replica) over() bool { return len(r.ended) > 0 }

// fleetOf is departments that several processes serve at a Google on this machine.
type fleetOf struct {
	*machine
	address  string // of the database
	registry *departments.Registry
	names    []string // of departments
	replicas []*replica
	calm     *machine // a department of the same people with a file for a ledger, and no processes
	today    calendar.Date
	tab      string            // of today in reports
	row      int               // of today in it
	reports  map[string]string // ids by person
	files    map[string]string // departments by id

	program string // that replicas are; empty: this one

	mu       sync.Mutex
	incident *incident
}

// incident happens when a replica's next call of a kind arrives at Google, before it is
// carried out.
type incident struct {
	write    bool // into a spreadsheet, else a read of one
	happens  func(*replica)
	happened chan struct{}
}

const fleetPeople = 3

// newFleet makes departments, each with people who have a report.
func newFleet(t *testing.T, names ...string) *fleetOf {
	t.Helper()
	return newFleetBy(t, "", names...)
}

// newFleetBy has them made by a program; empty: by this one.
func newFleetBy(t *testing.T, bin string, names ...string) *fleetOf {
	t.Helper()
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, &localgoogle.Quotas{SheetsReadsPerUser: -1, SheetsWritesPerUser: -1, SheetsReadsPerProject: -1,
		SheetsWritesPerProject: -1})
	c.clock = time.Now // the processes have the real one
	c.zone = noon(t)
	c.claim = cmp.Or(lasting("TEST_CLAIM"), 3*time.Second)
	env := []string{"SVODKA_GOOGLE_KEY_FILES=" + c.key(robot), "SVODKA_GOOGLE_FOLDER=" + c.sharedFolder(robot)}
	f := &fleetOf{names: names, address: address, reports: map[string]string{}, files: map[string]string{},
		machine: c.machine(append(env,
			"SVODKA_DATABASE_URL="+address, "SVODKA_MONITOR_ADDR=off", "SVODKA_SYNC_CRON=@every 2s",
			"SVODKA_CLOSE_CRON=off", "SVODKA_PROVISION_CRON=off", "SVODKA_SWEEP_CRON=off")...)}
	f.calm = c.machine(append(env, "SVODKA_SPACE="+calm)...)
	f.registry, err = departments.Open(t.Context(), address, 4)
	c.must(err)
	t.Cleanup(f.registry.Close)
	f.bin = bin
	for _, name := range names {
		f.ok("department", "add", name)
	}
	for _, name := range append(names, calm) {
		people := "name,email,role\n"
		for i := range fleetPeople {
			people += fmt.Sprintf("Сотрудник %d,%s,sales-rep\n", i, person(i, name))
		}
		f.in(name, "init")
		f.in(name, "import", "people", c.file(name+".csv", people))
		f.in(name, "sync")
	}
	f.bin = ""
	c.real.Store(true) // from here on the clocks run
	f.learnFiles(robot)
	f.findToday(names[0])
	f.seeClaims()
	return f
}

// noon returns a zone in which it is about noon now, for departments with the real clock:
// what they do must not depend on when a day ends.
func noon(t testing.TB) *time.Location {
	t.Helper()
	east := 12 - time.Now().UTC().Hour()                             // -11 … 12
	zone, err := time.LoadLocation(fmt.Sprintf("Etc/GMT%+d", -east)) // which counts to the west
	if err != nil {
		t.Fatal(err)
	}
	if hour := time.Now().In(zone).Hour(); hour < 12 || hour > 13 {
		t.Fatalf("in %s it is %d o'clock", zone, hour)
	}
	return zone
}

// learnFiles learns whose the files of an account are.
func (f *fleetOf) learnFiles(account string) {
	f.t.Helper()
	list, err := f.as(account).Files.List().PageSize(1000).Fields(googleapi.Field("files(id,appProperties)")).Do()
	f.must(err)
	for _, file := range list.Files {
		f.files[file.Id] = file.AppProperties["svodka"]
	}
}

// calm is the department in which nobody is disturbed.
const calm = "calm"

// in runs a command for a department, and returns its output.
func (f *fleetOf) in(department string, args ...string) string {
	f.t.Helper()
	if department == calm {
		return f.calm.ok(args...)
	}
	return f.ok(append(args, "--department", department)...)
}

func person(i int, department string) string { return fmt.Sprintf("p%d@%s.example.com", i, department) }

// findToday finds where people type today.
func (f *fleetOf) findToday(department string) {
	f.t.Helper()
	now := time.Now().In(f.zone)
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
	who := person(i, department)
	if f.reports[who] == "" {
		list, err := f.as(who).Files.List().Do()
		f.must(err)
		if len(list.Files) != 1 {
			f.t.Fatalf("%s sees %d files", who, len(list.Files))
		}
		f.reports[who] = list.Files[0].Id
	}
	return f.reports[who]
}

// typeAll types a figure of today into a column, for each person another one, in all
// departments.
func (f *fleetOf) typeAll(column string, figure int) {
	f.t.Helper()
	for _, department := range append(f.names, calm) {
		for i := range fleetPeople {
			f.typeOne(department, i, column, figure+i)
		}
	}
}

// typeOne has a person type a figure of today into a column.
func (f *fleetOf) typeOne(department string, i int, column string, figure int) {
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

// clocks are how far the machines' clocks are ahead of the database's, by place.
var clocks = []time.Duration{0, 7 * time.Minute, -6 * time.Minute}

// start starts a replica in a place, with some settings of its own.
func (f *fleetOf) start(place int, env ...string) *replica {
	f.t.Helper()
	program := f.program
	if program == "" {
		var err error
		program, err = os.Executable()
		f.must(err)
	}
	r := &replica{Cmd: exec.CommandContext(f.t.Context(), program, "run"), place: place, ended: make(chan error, 1)}
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { f.arrives(r, w, q) }))
	f.t.Cleanup(door.CloseClientConnections)
	r.Args[0] = "svodka"
	r.Env = append(os.Environ(), f.env...)
	r.Env = append(r.Env, "TEST_NOW=", "TEST_CLAIM="+f.claim.String(),
		"TEST_CLOCK_AHEAD="+clocks[place%len(clocks)].String(), "SVODKA_GOOGLE_ENDPOINT="+door.URL,
		"SVODKA_DATA_DIR="+filepath.Join(f.t.TempDir(), "data"))
	r.Env = append(r.Env, env...)
	said, err := os.Create(filepath.Join(f.t.TempDir(), "said"))
	f.must(err)
	r.Stderr, r.said = said, said.Name()
	f.must(r.Start())
	go func() { r.ended <- r.Cmd.Wait() }()
	f.must(said.Close())
	f.t.Cleanup(func() {
		if b, err := os.ReadFile(r.said); f.t.Failed() && err == nil {
			f.t.Logf("process %d said:\n%s", r.Process.Pid, b)
		}
	})
	return r
}

// callsOf counts the calls of a replica since the journal was last looked at.
func (f *fleetOf) callsOf(r *replica) (n int) {
	for _, c := range f.local.Journal().Calls() {
		if c.Agent == fmt.Sprintf("process %d", r.Process.Pid) {
			n++
		}
	}
	return n
}

// arrives serves a call of a replica, so that the journal knows whose it is.
func (f *fleetOf) arrives(r *replica, w http.ResponseWriter, q *http.Request) {
	r.called.Store(true)
	q.Header.Set("User-Agent", fmt.Sprintf("process %d", r.Process.Pid))
	write := strings.HasSuffix(q.URL.Path, ":batchUpdate")
	if strings.HasPrefix(q.URL.Path, "/v4/spreadsheets/") {
		f.mu.Lock()
		x := f.incident
		if x != nil && x.write == write {
			f.incident = nil
		} else {
			x = nil
		}
		f.mu.Unlock()
		if x != nil {
			x.happens(r)
			close(x.happened)
		}
	}
	f.ServeHTTP(w, q)
}

// when waits for an incident that has happened.
func (f *fleetOf) when(write bool, happens func(*replica)) {
	f.t.Helper()
	x := &incident{write, happens, make(chan struct{})}
	f.mu.Lock()
	f.incident = x
	f.mu.Unlock()
	select {
	case <-x.happened:
	case <-time.After(time.Minute):
		f.t.Fatal("no replica makes such a call")
	}
}

// lookAfter starts again what has ended because it met no database when it started, as
// whoever looks after services does.
func (f *fleetOf) lookAfter() {
	f.t.Helper()
	for _, r := range f.replicas {
		if !r.over() {
			continue
		}
		if err := r.Wait(); r.ProcessState.ExitCode() != 1 || r.called.Load() {
			f.t.Fatalf("process %d ended by itself with %v", r.Process.Pid, err)
		}
		f.replicas[r.place] = f.start(r.place)
	}
}

// settle waits until everything that was typed until now has been read.
func (f *fleetOf) settle() {
	f.t.Helper()
	typed, err := f.registry.Now(f.t.Context())
	for range 10 { // connections of before may be lost, and are found out one by one
		if err == nil {
			break
		}
		typed, err = f.registry.Now(f.t.Context())
	}
	f.must(err)
	var left []string
	for until := time.Now().Add(90*time.Second + 3*f.claim); time.Now().
		Before(until); time.Sleep(200 * time.Millisecond) {
		f.lookAfter()
		rows, err := f.registry.Pool().Query(f.t.Context(),
			`SELECT format('%s of %s: due %s, last %s, %s', kind, name, next,
			last, trouble) FROM svodka_departments.departments LEFT JOIN svodka_departments.due ON department = name
			WHERE last > $1 IS NOT TRUE`, typed)
		if err == nil {
			left, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		f.must(err)
		if len(left) == 0 {
			return
		}
	}
	f.t.Fatalf("not done for long: %q", left)
}

// all returns a department's exports and reports.
func (f *fleetOf) all(department string) string {
	f.t.Helper()
	return f.figures(department) + f.cells(department)
}

// figures returns its exports.
func (f *fleetOf) figures(department string) string {
	f.t.Helper()
	return f.in(department, "export", "entries") + f.in(department, "export", "summary", "--period", "day") +
		f.in(department, "export", "summary", "--period", "month")
}

// seeClaims makes the database keep what becomes of each claim.
func (f *fleetOf) seeClaims() {
	f.t.Helper()
	_, err := f.registry.Pool().Exec(f.t.Context(), `
		CREATE TABLE svodka_departments.claims_seen (at timestamptz NOT NULL DEFAULT clock_timestamp(),
			department text NOT NULL, fence bigint NOT NULL, holder text NOT NULL, until timestamptz NOT NULL);
		CREATE FUNCTION svodka_departments.see_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO svodka_departments.claims_seen (department, fence, holder, until)
				VALUES (NEW.department, NEW.fence, NEW.holder, NEW.until);
			RETURN NEW;
		END $$;
		CREATE TRIGGER see_claim AFTER INSERT OR UPDATE ON svodka_departments.claims
			FOR EACH ROW EXECUTE FUNCTION svodka_departments.see_claim()`)
	f.must(err)
}

// holding is a time in which a process had the claim to a department.
type holding struct {
	department string
	fence      int64
	holder     string
	from, to   time.Time
}

// holdings returns all of them, by the database's clock.
func (f *fleetOf) holdings() []holding {
	f.t.Helper()
	// A claim that was given back has ended by then.
	rows, err := f.registry.Pool().Query(f.t.Context(), `SELECT department, fence, holder, min(at),
			least(max(until) FILTER (WHERE until > '-infinity'), min(at) FILTER (WHERE until = '-infinity'))
		FROM svodka_departments.claims_seen GROUP BY department, fence, holder`)
	f.must(err)
	var out []holding
	for rows.Next() {
		var h holding
		f.must(rows.Scan(&h.department, &h.fence, &h.holder, &h.from, &h.to))
		out = append(out, h)
	}
	f.must(rows.Err())
	return out
}

// checkWrites asserts from the journal of Google that every write of a replica began
// while it had the claim to the department, and returns how many there were. Then it
// forgets them.
func (f *fleetOf) checkWrites() int {
	f.t.Helper()
	journal := f.local.Journal()
	calls := journal.Calls()
	if len(calls) != journal.Total() {
		f.t.Fatalf("the journal has %d calls of %d", len(calls), journal.Total())
	}
	skipped := time.Duration(f.skip.Load()) // Google's clock is ahead of the database's
	var writes []localgoogle.Call
	for _, c := range calls {
		if strings.HasPrefix(c.Agent, "process ") && changes(c) {
			c.Time = c.Time.Add(-skipped)
			writes = append(writes, c)
		}
	}
	for _, s := range strays(writes, f.files, f.holdings()) {
		f.t.Error(s)
	}
	journal.Reset()
	return len(writes)
}

// changes reports whether a call changes something at Google.
func changes(c localgoogle.Call) bool {
	verb := c.Method[strings.LastIndexByte(c.Method, '.')+1:]
	switch verb {
	case "get", "list", "getStartPageToken", "getByDataFilter", "batchGet", "batchGetByDataFilter", "export":
		return false
	}
	return true
}

// strays lists the writes that began while their process had no claim to the department
// of the file, or to any department if the file is new.
func strays(writes []localgoogle.Call, departments map[string]string, held []holding) (out []string) {
	for _, w := range writes {
		name, known := departments[w.FileID]
		ok := false
		for _, h := range held {
			ok = ok || (!known || h.department == name) && strings.HasSuffix(h.holder, ", "+w.Agent) &&
				!w.Time.Before(h.from) && !w.Time.After(h.to)
		}
		if !ok {
			out = append(out, fmt.Sprintf("%s began %s in %q of %s at %s, without the claim to it", w.Agent, w.Method,
				w.FileID, name, w.Time.Format("15:04:05.000")))
		}
	}
	return out
}

func TestStrays(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(1_790_000_000+int64(s), 0) }
	held := []holding{{"north", 1, "host, process 1", at(0), at(10)}, {"north", 2, "host, process 2", at(12), at(20)},
		{"south", 1, "host, process 11", at(0), at(20)}}
	files := map[string]string{"a": "north", "b": "south"}
	for _, c := range []struct {
		who, file string
		at        int
		stray     bool
	}{
		{"process 1", "a", 0, false}, {"process 1", "a", 10, false}, {"process 1", "a", 11, true},
		{"process 1", "a", 15, true}, {"process 2", "a", 11, true}, {"process 2", "a", 12, false},
		{"process 1", "b", 5, true}, {"process 11", "b", 5, false}, {"process 1", "new", 5, false},
		{"process 2", "new", 5, true}, {"process 2", "new", 25, true},
	} {
		got := strays([]localgoogle.Call{{Agent: c.who, FileID: c.file, Method: "sheets.spreadsheets.batchUpdate",
			Time: at(c.at)}}, files, held)
		if (len(got) == 1) != c.stray {
			t.Errorf("%s in %s at %d: %q", c.who, c.file, c.at, got)
		}
	}
	for method, want := range map[string]bool{"drive.files.get": false, "drive.files.create": true,
		"sheets.spreadsheets.getByDataFilter": false, "sheets.spreadsheets.values.update": true,
		"drive.permissions.delete": true, "drive.changes.getStartPageToken": false} {
		if changes(localgoogle.Call{Method: method}) != want {
			t.Errorf("%s is taken for a change: %v", method, !want)
		}
	}
}
