package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"svodka/internal/departments"
	"svodka/internal/google"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/localgoogle"
)

const (
	sharersReplicas = 3
	sharersPeople   = 25               // of a department
	sharersWhile    = 30 * time.Second // of the suite
	sharersRest     = 62 * time.Second // until what was spent before comes back
	sharersMake     = 2 * sharersRest  // in which there are reports to be made for certain
	sharersStart    = 20 * time.Second // until processes have begun, at the latest
)

// Three processes, whose clocks are minutes apart, serve departments that share accounts
// and want more than Google's quotas give. Google counts and refuses no call, in no
// minute does an account make more than Google allows, and nobody who shares it is
// starved.
//
// The suite watches a few departments for a while. With TEST_QUOTAS they are twenty, five
// to an account, and once their reports are made people type without a pause for so many
// minutes: then the budgets must be used up, too, in equal shares:
//
//	TEST_QUOTAS=3 go test ./cmd/svodka -run TestProcessesShareQuotas -timeout 1h -v
func TestProcessesShareQuotas(t *testing.T) {
	notShort(t)
	minutes, err := strconv.Atoi(cmp.Or(os.Getenv("TEST_QUOTAS"), "0"))
	if err != nil {
		t.Fatal(err)
	}
	accounts, each := 2, 3
	if minutes > 0 {
		accounts, each = 4, 5
	}
	s := newSharers(t, accounts, each)
	if minutes > 0 {
		time.Sleep(sharersRest)
	}
	for place := range sharersReplicas {
		s.replicas = append(s.replicas, s.start(place))
	}
	if minutes == 0 {
		s.measure("reports are made", "write", sharersWhile, false, time.Sleep)
	} else {
		s.measure("reports are made", "write", sharersMake, false, time.Sleep)
		s.made()
		s.measure("people type", "read", time.Duration(minutes)*time.Minute, true, s.typeFor)
	}
	for _, r := range s.replicas {
		s.must(r.Process.Signal(syscall.SIGTERM))
	}
	for _, r := range s.replicas {
		if err := r.Wait(); err != nil {
			t.Errorf("a process ends with %v", err)
		}
	}
}

// sharers are departments that share accounts at a Google with quotas.
type sharers struct {
	*fleetOf
	accounts map[string]string    // by department
	synced   map[string]time.Time // the syncs after which people have typed, by department
	typed    int
}

// newSharers makes departments whose people have no reports yet.
func newSharers(t *testing.T, accounts, each int) *sharers {
	t.Helper()
	pgtest.Address(t)
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	quotas := &localgoogle.Quotas{SheetsReadsPerUser: -1, SheetsWritesPerUser: -1, SheetsReadsPerProject: -1,
		SheetsWritesPerProject: -1}
	c := newCloud(t, quotas)
	// The processes have the real clock, whatever waits are skipped.
	c.clock = func() time.Time { return time.Now().Add(-time.Duration(c.skip.Load())) }
	c.zone = noon(t)
	m := c.machine("SVODKA_DATABASE_URL="+address, "SVODKA_MONITOR_ADDR=off", "SVODKA_SYNC_CRON=@every 2s",
		"SVODKA_CLOSE_CRON=off", "SVODKA_PROVISION_CRON=off", "SVODKA_SWEEP_CRON=off")
	s := &sharers{accounts: map[string]string{},
		fleetOf: &fleetOf{address: address, machine: m, reports: map[string]string{}, files: map[string]string{}}}
	s.registry, err = departments.Open(t.Context(), address, 4)
	s.must(err)
	t.Cleanup(s.registry.Close)
	for a := range accounts {
		account := fmt.Sprintf("robot%d@project.iam.gserviceaccount.com", a)
		key, folder := c.key(account), c.sharedFolder(account)
		for d := range each {
			name := fmt.Sprintf("d%d%d", a, d)
			s.names, s.accounts[name] = append(s.names, name), account
			s.ok("department", "add", name, "GOOGLE_KEY_FILES="+key, "GOOGLE_FOLDER="+folder)
			var people strings.Builder
			people.WriteString("name,email,role\n")
			for i := range sharersPeople {
				fmt.Fprintf(&people, "Сотрудник %d,%s,sales-rep\n", i, person(i, name))
			}
			s.in(name, "init")
			s.in(name, "import", "people", c.file(name+".csv", people.String()))
		}
	}
	// From here on Google counts. People's calls are of other projects.
	*quotas = localgoogle.Quotas{SheetsReadsPerProject: -1, SheetsWritesPerProject: -1}
	limits := google.GoogleLimits()
	s.env = append(s.env, fmt.Sprint("SVODKA_GOOGLE_USER_PER_MINUTE=", limits.User.Reads.PerMinute),
		fmt.Sprint("SVODKA_GOOGLE_PROJECT_PER_MINUTE=", limits.Project.Reads.PerMinute))
	c.real.Store(true)
	c.local.Journal().Reset()
	return s
}

// made waits until everybody has a report, and learns where people type.
func (s *sharers) made() {
	s.t.Helper()
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(time.Second) {
		var n int
		s.must(s.registry.Pool().QueryRow(s.t.Context(), `SELECT count(*) FROM svodka_departments.due
			WHERE kind = 'sync' AND last IS NOT NULL`).Scan(&n))
		if n == len(s.names) {
			break
		}
		if time.Now().After(until) {
			s.t.Fatalf("%d of %d departments have their reports:\n%s", n, len(s.names), s.ok("status"))
		}
	}
	for _, name := range s.names {
		for i := range sharersPeople {
			for until := time.Now().Add(2 * time.Minute); len(s.spreadsheets(person(i, name))) == 0; {
				if time.Sleep(time.Second); time.Now().After(until) {
					s.t.Fatalf("%s has no report:\n%s", person(i, name), s.ok("status"))
				}
			}
		}
	}
	s.findToday(s.names[0])
	s.synced = map[string]time.Time{}
	s.typeFor(sharersRest) // until all want to be read, and have for a minute
}

// typeFor has everybody of a department type each time that it has been read, so that
// there is always something to read.
func (s *sharers) typeFor(d time.Duration) {
	s.t.Helper()
	for until := time.Now().Add(d); ; time.Sleep(time.Second) {
		rows, err := s.registry.Pool().Query(s.t.Context(), `SELECT department, last FROM svodka_departments.due
			WHERE kind = 'sync'`)
		s.must(err)
		var name string
		var last time.Time
		var read []string
		_, err = pgx.ForEachRow(rows, []any{&name, &last}, func() error {
			if last.After(s.synced[name]) {
				s.synced[name], read = last, append(read, name)
			}
			return nil
		})
		s.must(err)
		for _, name := range read {
			s.typed++
			for i := range sharersPeople {
				s.typeOne(name, i, "B", s.typed+i)
			}
		}
		if !time.Now().Before(until) {
			return
		}
	}
}

// measure watches what the processes call meanwhile. Where everybody always wants more,
// the calls of a class are to be as many as the budgets allow, in equal shares, for so
// long after an account's first one.
func (s *sharers) measure(what, class string, d time.Duration, full bool, meanwhile func(time.Duration)) {
	s.t.Helper()
	from := time.Now()
	meanwhile(sharersStart + d)
	for account := range maps.Values(s.accounts) {
		s.learnFiles(account)
	}
	refused := 0
	at := map[string][]time.Time{}    // by account and class
	by := map[string]map[string]int{} // calls of the class, by account and department
	first := map[string]time.Time{}   // when an account made the first of them
	for name, account := range s.accounts {
		if by[account] == nil {
			by[account] = map[string]int{}
		}
		by[account][name] = 0
	}
	for _, c := range s.ofProcesses() {
		if c.Status == http.StatusTooManyRequests || c.Status == http.StatusForbidden {
			refused++
		}
		if !strings.HasPrefix(c.Method, "sheets.") {
			continue
		}
		kind := "read"
		if changes(c) {
			kind = "write"
		}
		at[c.User+" "+kind] = append(at[c.User+" "+kind], c.Time)
		at["project "+kind] = append(at["project "+kind], c.Time)
		if kind != class || c.Time.Before(from) {
			continue
		}
		if first[c.User].IsZero() {
			first[c.User] = c.Time
		}
		if !c.Time.Before(first[c.User].Add(d)) {
			continue
		}
		by[c.User][s.files[c.FileID]]++
	}
	if refused > 0 {
		s.t.Errorf("%s: Google refused %d calls", what, refused)
	}
	for name, calls := range at {
		most := 60
		if strings.HasPrefix(name, "project ") {
			most = 300
		}
		if n := mostInAMinute(calls); n > most {
			s.t.Errorf("%s: %d calls of %s in a minute, of %d", what, n, name, most)
		}
	}
	for _, account := range slices.Sorted(maps.Keys(by)) {
		budget := float64(google.GoogleLimits().User.Reads.PerMinute) * d.Minutes()
		counts := slices.Sorted(maps.Values(by[account]))
		sum, lo, hi := 0, counts[0], counts[len(counts)-1]
		for _, n := range counts {
			sum += n
		}
		calls := at[account+" "+class]
		s.t.Logf("%s, %s: %d %ss in %s, %.1f %% of the budget, by department %v; most in a minute %d", what, account,
			sum, class, d, 100*float64(sum)/budget, counts, mostInAMinute(calls))
		if lo == 0 || full && lo < hi*3/4 {
			s.t.Errorf("%s, %s: somebody is starved: %v", what, account, by[account])
		}
		if full && float64(sum) < 0.95*budget {
			s.t.Errorf("%s, %s: %d %ss, want 95 %% of %.0f; since the first of them, in ten seconds each %v", what,
				account, sum, class, budget, inTenSeconds(calls, first[account]))
		}
	}
}

// ofProcesses returns the calls that the processes made.
func (s *sharers) ofProcesses() (out []localgoogle.Call) {
	s.t.Helper()
	journal := s.local.Journal()
	calls := journal.Calls()
	if len(calls) != journal.Total() {
		s.t.Fatalf("the journal has %d calls of %d", len(calls), journal.Total())
	}
	for _, c := range calls {
		if strings.HasPrefix(c.Agent, "process ") {
			out = append(out, c)
		}
	}
	return out
}

// inTenSeconds counts calls since a moment.
func inTenSeconds(calls []time.Time, since time.Time) (out []int) {
	for _, at := range calls {
		if i := int(at.Sub(since) / (10 * time.Second)); !at.Before(since) {
			out = append(out, make([]int, max(0, i+1-len(out)))...)
			out[i]++
		}
	}
	return out
}

// mostInAMinute returns the most calls in any 60 seconds.
func mostInAMinute(calls []time.Time) (most int) {
	slices.SortFunc(calls, time.Time.Compare)
	from := 0
	for i, at := range calls {
		for !calls[from].After(at.Add(-time.Minute)) {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
