package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"svodka/internal/ledger/pgtest"
)

// Three replicas, with clocks that are minutes apart, serve departments while people type
// and everything that may happen to them does. After each of these faults every figure is
// there once, the spreadsheets are those of a department in which nobody was disturbed,
// and no write began after its process had lost the claim.
//
// A claim lasts for seconds here, and so does all that follows from it; TEST_CLAIM=1m
// makes it last as long as in a deployment. The suite tries the worst of the faults. With
// TEST_ROUNDS it tries all of them, and then in so many rounds a kill at any moment, now
// and then together with a pause of another process or a crash of the database:
//
//	TEST_ROUNDS=100 go test ./cmd/svodka -run TestReplicas -timeout 2h -v
func TestReplicas(t *testing.T) {
	notShort(t)
	f := newFleet(t, "north", "south")
	for place := range 3 {
		f.replicas = append(f.replicas, f.start(place))
	}
	f.settle()
	rng := rand.New(rand.NewPCG(2026, 11))
	faults := []struct {
		name  string
		suite bool
		do    func()
	}{
		{"killed while it writes", true, f.killWriting},
		{"paused while it reads", true, func() { f.pauseAt(false) }},
		{"paused while it writes", false, func() { f.pauseAt(true) }},
		{"database restarted", false, func() { f.restartDatabase(true) }},
		{"database crashed", true, func() { f.restartDatabase(false) }},
		{"no connections left", false, func() { f.takeConnections(false) }},
		{"connections lost", true, func() { f.takeConnections(true) }},
		{"disk full", true, f.fillDisk},
		{"log's disk full", true, f.fillLog},
		{"started without a database", true, f.startWithout},
	}
	rounds, long := 0, os.Getenv("TEST_ROUNDS")
	if long != "" {
		var err error
		rounds, err = strconv.Atoi(long)
		f.must(err)
	}
	tried, writes := 0, 0
	round := func(name string, do func()) {
		t.Helper()
		began := time.Now()
		f.typeAll("B", 10+rng.IntN(80))
		do()
		f.typeAll("C", 10+rng.IntN(80))
		f.settle()
		n := f.checkWrites()
		tried, writes = tried+1, writes+n
		f.compare()
		t.Logf("%s: %s, %d writes", name, time.Since(began).Round(time.Millisecond), n)
		if t.Failed() {
			t.FailNow()
		}
	}
	for _, fault := range faults {
		if fault.suite || long != "" {
			round(fault.name, fault.do)
		}
	}
	for i := range rounds {
		round(fmt.Sprint("round ", i), func() { f.anything(rng) })
	}
	if writes < tried {
		t.Errorf("only %d writes were looked at in %d rounds", writes, tried)
	}
	for _, r := range f.replicas {
		f.must(r.Process.Signal(syscall.SIGTERM))
		if err := r.Wait(); err != nil {
			t.Errorf("a replica ends with %v", err)
		}
	}
	if out := f.ok("status"); strings.Count(out, "nobody") != 2 || strings.Count(out, "none\n") != 2 ||
		strings.Contains(out, "never") {
		t.Errorf("status prints\n%s", out)
	}
	for _, name := range f.names {
		if out := f.in(name, "sync"); !strings.Contains(out, "0 made, 0 changed; summary as it was") {
			t.Errorf("%s: one more sync still finds something to do: %s", name, out)
		}
	}
}

// compare compares the departments with the calm one.
func (f *fleetOf) compare() { f.t.Helper(); f.compareBy(f.all) }

// compareBy compares them by something.
func (f *fleetOf) compareBy(all func(department string) string) {
	f.t.Helper()
	f.in(calm, "sync")
	want := all(calm)
	if n := strings.Count(want, f.today.String()); n < 2*fleetPeople {
		f.t.Fatalf("only %d figures of today:\n%s", n, want)
	}
	for _, name := range f.names {
		if got := all(name); got != want {
			f.t.Errorf("%s differs from an undisturbed department:\n%s", name, firstDifference(got, want))
		}
	}
}

// kill kills a replica with no chance to say a word; another one takes its place.
func (f *fleetOf) kill(r *replica) {
	f.t.Helper()
	if err := r.Process.Kill(); !errors.Is(err, os.ErrProcessDone) { // killed already
		f.must(err)
	}
	if err := r.Wait(); err == nil {
		f.t.Fatal("a replica ended by itself")
	}
	f.replicas[r.place] = f.start(r.place)
}

func (f *fleetOf) killWriting() {
	f.t.Helper()
	var dead *replica
	f.when(true, func(r *replica) {
		dead = r
		if err := r.Process.Kill(); err != nil {
			f.t.Error(err)
		}
	})
	f.kill(dead)
}

// anything kills a replica at any moment, perhaps while another one is paused, or just
// before the database crashes.
func (f *fleetOf) anything(rng *rand.Rand) {
	f.t.Helper()
	f.lookAfter()
	soon := func() { time.Sleep(time.Duration(rng.IntN(1500)) * time.Millisecond) }
	dead := rng.IntN(len(f.replicas))
	paused := f.replicas[(dead+1)%len(f.replicas)]
	soon()
	switch rng.IntN(6) {
	case 0:
		f.must(paused.Process.Signal(syscall.SIGSTOP))
		soon()
		f.kill(f.replicas[dead])
		f.pause(paused)
	case 1:
		f.kill(f.replicas[dead])
		soon()
		f.must(pgtest.Of(f.t).Restart(f.t.Context(), rng.IntN(2) == 0, func() {}))
	default:
		f.kill(f.replicas[dead])
	}
}

// pause pauses a replica for longer than a claim lasts, while people go on typing and the
// others work.
func (f *fleetOf) pause(r *replica) {
	f.t.Helper()
	time.Sleep(f.claim)
	f.typeAll("B", 10+time.Now().Second())
	f.settle() // the others do it all
	f.must(r.Process.Signal(syscall.SIGCONT))
}

func (f *fleetOf) pauseAt(write bool) {
	f.t.Helper()
	var paused *replica
	f.when(write, func(r *replica) {
		paused = r
		if err := r.Process.Signal(syscall.SIGSTOP); err != nil {
			f.t.Error(err)
		}
	})
	f.pause(paused)
}

// restartDatabase restarts PostgreSQL while a spreadsheet is being written. The write
// goes on as soon as the database is down: held for longer than a claim lasts it would
// arrive too late, for which its process could do nothing.
func (f *fleetOf) restartDatabase(notice bool) {
	f.t.Helper()
	down, restarted := make(chan struct{}), make(chan error, 1)
	restart := func() {
		restarted <- pgtest.Of(f.t).Restart(f.t.Context(), notice, func() {
			close(down)
			time.Sleep(time.Second)
		})
	}
	f.when(true, func(*replica) {
		go restart()
		select {
		case <-down:
		case err := <-restarted:
			restarted <- err
		}
	})
	f.must(<-restarted)
}

// takeConnections takes all connections that the server has to give, for longer than a
// claim lasts; in the middle of a write also those that the replicas have.
func (f *fleetOf) takeConnections(theirs bool) {
	f.t.Helper()
	var taken []*pgx.Conn
	defer func() { f.giveBack(taken) }()
	take := func() error { return f.takeAll(&taken) }
	if !theirs {
		f.must(take())
		time.Sleep(f.claim)
		return
	}
	f.when(true, func(*replica) {
		for { // those who come back are as fast as we are
			if err := take(); err != nil {
				f.t.Error(err)
				return
			}
			var ended int
			if err := taken[0].QueryRow(f.t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
				WHERE application_name <> 'others' AND backend_type = 'client backend'`).Scan(&ended); err != nil {
				f.t.Error(err)
				return
			}
			if ended == 0 {
				return
			}
		}
	})
	time.Sleep(f.claim + 2*time.Second)
}

// takeAll takes all connections that are free.
func (f *fleetOf) takeAll(taken *[]*pgx.Conn) error {
	config, err := pgx.ParseConfig(f.address)
	if err != nil {
		return err
	}
	config.RuntimeParams["application_name"] = "others"
	for {
		c, err := pgx.ConnectConfig(f.t.Context(), config)
		var full *pgconn.PgError
		if errors.As(err, &full) && full.Code == "53300" {
			return nil
		}
		if err != nil {
			return err
		}
		*taken = append(*taken, c)
	}
}

func (f *fleetOf) giveBack(taken []*pgx.Conn) {
	f.t.Helper()
	for _, c := range taken {
		f.must(c.Close(context.WithoutCancel(f.t.Context())))
	}
}

// fillDisk lets the database's disk run full while people type, until somebody has met
// it.
func (f *fleetOf) fillDisk() {
	f.t.Helper()
	free, err := pgtest.Of(f.t).Fill(f.t.Context())
	f.must(err)
	met, typed := false, time.Time{}
	for until := time.Now().Add(time.Minute + 2*f.claim); !met &&
		time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		if time.Since(typed) > 5*time.Second { // what was typed first may fit into the files as they are
			typed = time.Now()
			f.typeAll("B", 10+typed.Second())
		}
		for _, r := range f.replicas {
			said, err := os.ReadFile(r.said)
			f.must(err)
			met = met || strings.Contains(string(said), "could not extend file")
		}
	}
	time.Sleep(time.Second)
	f.must(free())
	if !met {
		f.t.Error("nobody has met the full disk")
	}
}

// fillLog lets the disk of the database's log of changes run full while people type and
// replicas write: the server ends, and is down until somebody makes room.
func (f *fleetOf) fillLog() {
	f.t.Helper()
	err := pgtest.Of(f.t).FillLog(f.t.Context(), func() {
		f.settle()
		f.typeAll("B", 10+time.Now().Second())
		f.when(true, func(*replica) {}) // they are at it
	}, func() { time.Sleep(f.claim) })
	if errors.Is(err, pgtest.ErrNoMount) {
		f.t.Log(err)
		return
	}
	f.must(err)
}

// startWithout kills a replica and starts it again while the database takes nobody in. As
// often as that is tried it says why in a line, and ends, so that whoever looks after it
// starts it again; it has called nobody.
func (f *fleetOf) startWithout() {
	f.t.Helper()
	dead := f.replicas[len(f.replicas)-1]
	f.must(dead.Process.Kill())
	if err := dead.Wait(); err == nil {
		f.t.Fatal("a replica ended by itself")
	}
	f.must(pgtest.Of(f.t).Restart(f.t.Context(), false, func() {
		f.refusesToStart(dead.place, f.address, "no such file or directory")
	}))
	var taken []*pgx.Conn
	defer func() { f.giveBack(taken) }()
	f.must(f.takeAll(&taken))
	f.refusesToStart(dead.place, f.address, "too many clients already")
	// A server, or what stands before it, that takes a connection and never answers.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	defer func() { f.must(silent.Close()) }()
	f.refusesToStart(dead.place, fmt.Sprintf("postgres://svodka:s3cret@%s/svodka?connect_timeout=2", silent.Addr()),
		"timeout")
	f.replicas[dead.place] = f.start(dead.place)
}

// refusesToStart starts a replica that has to end by itself, for a reason.
func (f *fleetOf) refusesToStart(place int, database, reason string) {
	f.t.Helper()
	r := f.start(place, "SVODKA_DATABASE_URL="+database)
	select {
	case err := <-r.ended:
		if r.ProcessState.ExitCode() != 1 {
			f.t.Errorf("a process that cannot reach the database ends with %v", err)
		}
	case <-time.After(time.Minute):
		f.must(r.Process.Kill())
		<-r.ended
		f.t.Errorf("a process waits for a database that does not answer (%s)", reason)
	}
	b, err := os.ReadFile(r.said)
	f.must(err)
	said := string(b)
	if !strings.HasPrefix(said, "svodka: connect to the database: ") || strings.Count(said, "\n") != 1 ||
		!strings.Contains(said, reason) || strings.Contains(said, "s3cret") {
		f.t.Errorf("it says %q, want one line with %q", said, reason)
	}
	if n := f.callsOf(r); n > 0 {
		f.t.Errorf("without a database it made %d calls", n)
	}
}
