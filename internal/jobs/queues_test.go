package jobs

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"svodka/internal/departments"
	"svodka/internal/schedule"
)

// With two processes, a department is done by one of them again and again.
func TestDepartmentsStayWithTheirProcess(t *testing.T) {
	names := []string{"east", "north", "south", "west"}
	d := deploy(t, names...)
	d.table.Jobs = []schedule.Timed{{Kind: Sync, Spec: "@every 1s"}}
	var mu sync.Mutex
	done := map[string][]string{}
	enough := make(chan struct{})
	once := sync.OnceFunc(func() { close(enough) })
	by := func(process string) func(context.Context, Run) error {
		return func(_ context.Context, j Run) error {
			mu.Lock()
			defer mu.Unlock()
			done[j.Name] = append(done[j.Name], process)
			for _, name := range names {
				if len(done[name]) < 5 {
					return nil
				}
			}
			once()
			return nil
		}
	}
	one, two := d.start(t, "one", by("one")), d.start(t, "two", by("two"))
	<-enough
	one()
	two()
	last := map[string]int{}
	for name, processes := range done {
		changes := 0
		for i, p := range processes[1:] {
			if p != processes[i] {
				changes++
			}
		}
		if changes > 1 { // one, when the second process came
			t.Errorf("%s was done by %v", name, processes)
		}
		last[processes[len(processes)-1]]++
	}
	if last["one"] != 2 || last["two"] != 2 {
		t.Errorf("departments by process: %v", last)
	}
}

// What waits for a process that has no room is done by one that has.
func TestRunsOfABusyProcessAreAdopted(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	d := deploy(t, names...)
	d.table.Jobs = d.table.Jobs[:1]
	d.ClaimFor(3 * time.Second)
	began, over := make(chan string, len(names)), make(chan string, len(names))
	free := make(chan struct{})
	one := d.start(t, "one", func(_ context.Context, j Run) error {
		began <- j.Name
		<-free
		return nil
	})
	for range 4 {
		<-began
	}
	two := d.start(t, "two", func(_ context.Context, j Run) error { over <- j.Name; return nil })
	got := map[string]bool{<-over: true, <-over: true}
	close(free)
	one()
	two()
	if len(got) != 2 || len(began) > 0 || len(over) > 0 {
		t.Errorf("the other one did %v; left: %d and %d", got, len(began), len(over))
	}
}

// What is in the queue of a process that has died, or that was never there, is done by
// the others, also if they have no room at the moment.
func TestRunsOfADeadProcessAreAdopted(t *testing.T) {
	d := deploy(t, "a", "b", "c", "d", "e")
	d.table.Jobs = d.table.Jobs[:1]
	table := func(departments.Department) (schedule.Timetable, error) { return d.table, nil }
	dead, err := New(t.Context(), Options{Registry: d.Registry, AtOnce: 4, Timetable: table,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := dead.look(t.Context()); err != nil { // it hands out, and dies
		t.Fatal(err)
	}
	queued := func(which string) (n int) {
		t.Helper()
		if err := d.Pool().QueryRow(t.Context(), `SELECT count(*) FROM svodka_jobs.river_job WHERE queue `+which,
			dead.queue).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := queued(`= $1`); n != 5 {
		t.Fatalf("%d runs are in its queue", n)
	}
	done := make(chan struct{}, 5)
	free := make(chan struct{})
	stop := d.start(t, "one", func(context.Context, Run) error { done <- struct{}{}; <-free; return nil })
	for range 4 {
		<-done
	}
	for queued(`= $1`) > 0 {
		time.Sleep(100 * time.Millisecond)
	}
	close(free)
	<-done
	stop()
}

// A process that ends leaves nothing in its queue.
func TestTheQueueOfAProcessThatEndsIsLeft(t *testing.T) {
	d := deploy(t, "north")
	began := make(chan struct{})
	stop := d.start(t, "one", func(ctx context.Context, _ Run) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	})
	<-began
	stop()
	var left int
	if err := d.Pool().QueryRow(t.Context(), `SELECT (SELECT count(*) FROM svodka_departments.processes) +
		(SELECT count(*) FROM svodka_jobs.river_job WHERE queue <> 'default')`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d traces of the process are left, %v", left, err)
	}
	over := make(chan struct{})
	stop = d.start(t, "two", func(_ context.Context, j Run) error {
		if j.Kind == Sync {
			close(over)
		}
		return nil
	})
	<-over
	stop()
}
