package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
func (f *fleetOf) compare() {
	f.t.Helper()
	f.in(calm, "sync")
	want := f.all(calm)
	if n := strings.Count(want, f.today.String()); n < 2*fleetPeople {
		f.t.Fatalf("only %d figures of today:\n%s", n, want)
	}
	for _, name := range f.names {
		if got := f.all(name); got != want {
			f.t.Errorf("%s differs from an undisturbed department:\n%s", name, firstDifference(got, want))
		}
	}
}

// kill kills a replica with no chance to say a word; another one takes its place.
func (f *fleetOf) kill(r *replica) {
	f.t.Helper()
	f.must(r.Process.Kill())
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

// restartDatabase restarts PostgreSQL while a spreadsheet is being written.
func (f *fleetOf) restartDatabase(notice bool) {
	f.t.Helper()
	server := pgtest.Of(f.t)
	f.when(true, func(*replica) {
		if err := server.Restart(f.t.Context(), notice, func() { time.Sleep(time.Second) }); err != nil {
			f.t.Error(err)
		}
	})
}

// takeConnections takes all connections that the server has to give, for longer than a
// claim lasts; in the middle of a write also those that the replicas have.
func (f *fleetOf) takeConnections(theirs bool) {
	f.t.Helper()
	var taken []*pgx.Conn
	defer func() {
		for _, c := range taken {
			f.must(c.Close(context.WithoutCancel(f.t.Context())))
		}
	}()
	take := func() error {
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
			taken = append(taken, c)
		}
	}
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

// fillDisk lets the database's disk run full while people type, until somebody has met
// it.
func (f *fleetOf) fillDisk() {
	f.t.Helper()
	free, err := pgtest.Of(f.t).Fill(f.t.Context())
	f.must(err)
	f.typeAll("B", 10+time.Now().Second())
	met := false
	for until := time.Now().Add(30 * time.Second); !met &&
		time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
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
