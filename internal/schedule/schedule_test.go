package schedule_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"svodka/internal/schedule"
)

type memory map[string]time.Time

func (m memory) LastDone(_ context.Context, job string) (time.Time, error) { return m[job], nil }
func (m memory) Done(_ context.Context, job string, at time.Time) error {
	m[job] = at
	return nil
}
func (m memory) Failed(_ context.Context, job string, at time.Time, _ error) error {
	m["failed "+job] = at
	return nil
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestSpecsAreCheckedAtOnce(t *testing.T) {
	job := func(name, spec string) schedule.Job { return schedule.Job{Name: name, Spec: spec} }
	s := schedule.Schedule{Zone: time.UTC, Now: time.Now, Jobs: []schedule.Job{
		job("good", "*/5 8-20 * * 1-6"), job("off", ""), job("short", "5 8 * *"), job("sunday", "0 7 * * 7"),
		job("never", "0 0 30 2 *"), job("zone", "CRON_TZ=UTC"), job("seconds", "0 0 7 * * *"),
	}}
	err := s.Check()
	if err == nil {
		t.Fatal("wrong specs must be refused")
	}
	for _, name := range []string{"short", "sunday", "never", "zone", "seconds"} {
		if !strings.Contains(err.Error(), "schedule of "+name+",") {
			t.Errorf("%s is not in: %v", name, err)
		}
	}
	for _, name := range []string{"good", "off"} {
		if strings.Contains(err.Error(), "schedule of "+name+",") {
			t.Errorf("%s is right, but: %v", name, err)
		}
	}
}

// Jobs run at their times in their zone; a panic or an error stops none of them; two
// never run at once; at the end the current one finishes.
func TestJobsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01 00:00 UTC, a Saturday
		msk := time.FixedZone("MSK", 3*3600)
		var at []string
		running := 0
		note := func(name string, length time.Duration) func(context.Context) error {
			return func(ctx context.Context) error {
				if running++; running > 1 {
					t.Error("two jobs at once")
				}
				at = append(at, name+" "+time.Now().In(msk).Format("15:04"))
				time.Sleep(length)
				running--
				return nil
			}
		}
		panics := 0
		m := memory{}
		s := schedule.Schedule{Zone: msk, Now: time.Now, Log: quiet(), Memory: m, Jobs: []schedule.Job{
			{Name: "a", Spec: "0 8 * * *", Run: note("a", 10*time.Minute)},
			{Name: "b", Spec: "5 8 * * *", Run: note("b", time.Minute)},
			{Name: "panic", Spec: "*/30 * * * *", Run: func(context.Context) error { panics++; panic("oops") }},
			{Name: "fails", Spec: "0 7 * * *", Run: func(context.Context) error { return errors.New("no") }},
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Hour+5*time.Minute+30*time.Second)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if want := []string{"a 08:00", "b 08:10"}; !slices.Equal(at, want) {
			t.Errorf("ran %v, want %v", at, want)
		}
		if panics != 14 {
			t.Errorf("the job that panics ran %d times, want 14: it must be given its turn again", panics)
		}
		if _, ok := m["failed fails"]; !ok {
			t.Error("that a job failed is not remembered")
		}
		if _, ok := m["fails"]; ok {
			t.Error("a job that failed is not done")
		}
		if got := m["a"].In(msk).Format("15:04"); got != "08:00" {
			t.Errorf("a was done as of %s, want 08:00", got)
		}
	})
}

// What was missed while the program was down happens at the start, once.
func TestMissedRunsAreMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		var ran []string
		job := func(name string, catchUp bool) schedule.Job {
			return schedule.Job{Name: name, Spec: "0 8 * * *", CatchUp: catchUp, Run: func(context.Context) error {
				ran = append(ran, name)
				return nil
			}}
		}
		m := memory{"missed": now.Add(-72 * time.Hour), "done": now.Add(-time.Hour),
			"unimportant": now.Add(-72 * time.Hour)}
		s := schedule.Schedule{Zone: time.UTC, Now: time.Now, Log: quiet(), Memory: m,
			Jobs: []schedule.Job{job("missed", true), job("done", true), job("new", true), job("unimportant", false)}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if want := []string{"missed", "new"}; !slices.Equal(ran, want) {
			t.Errorf("made up for %v, want %v", ran, want)
		}
	})
}

// The end of the program waits for the current job.
func TestTheEndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := false
		s := schedule.Schedule{Zone: time.UTC, Now: time.Now, Log: quiet(), Memory: memory{}, Jobs: []schedule.Job{
			{Name: "slow", Spec: "1 0 * * *", Run: func(context.Context) error {
				time.Sleep(time.Minute)
				finished = true
				return nil
			}},
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if !finished {
			t.Error("the job was abandoned")
		}
	})
}
