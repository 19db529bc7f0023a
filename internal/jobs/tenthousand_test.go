package jobs

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"svodka/internal/google"
	"svodka/internal/schedule"
)

// holding is many departments, served by processes in virtual time: the timetable, the
// choice of a job, how often processes look and how many departments they hand out at a
// time are those of the program.
type holding struct {
	processes, atOnce int
	run               time.Duration // how long a sync takes
}

// departure is a department whose run ends.
type departure struct {
	at         time.Time
	department int
}

type departures []departure

func (d departures) Len() int           { return len(d) }
func (d departures) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d departures) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *departures) Push(x any)        { *d = append(*d, x.(departure)) }
func (d *departures) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

func idle(schedule.Due) schedule.Progress { return schedule.Idle }

// late returns how long after it was due a sync begins, at the worst, within some time
// after all were due at once.
func (h holding) late(departments int, whole time.Duration) (worst time.Duration) {
	table := schedule.Timetable{Zone: time.UTC, Jobs: []schedule.Timed{{Kind: Sync, Spec: "*/5 * * * *"}}}
	begin := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	due := make([]schedule.Due, departments)
	for i := range due {
		due[i] = schedule.Due{Kind: Sync, Next: begin}
	}
	var queued []int // in River, first come, first served
	var running departures
	nexts := map[time.Time]time.Time{} // of all alike
	for now := begin; now.Before(begin.Add(whole)); now = now.Add(lookEvery) {
		// Whoever has waited longest goes first, of those that are due.
		var waiting []int
		for i, d := range due {
			if d.Job == 0 && schedule.Choose(due[i:i+1], idle, now) == 0 {
				waiting = append(waiting, i)
			}
		}
		slices.SortStableFunc(waiting, func(a, b int) int { return due[a].Next.Compare(due[b].Next) })
		for _, i := range waiting[:min(len(waiting), batch*h.processes)] {
			due[i].Job = 1
			queued = append(queued, i)
		}
		// Slots become free, and take what waits, until somebody looks again.
		for end := now.Add(lookEvery); ; {
			at := now
			if len(running) == h.processes*h.atOnce {
				if at = running[0].at; !at.Before(end) {
					break
				}
			} else if len(queued) == 0 {
				if len(running) == 0 || !running[0].at.Before(end) {
					break
				}
				at = running[0].at
			}
			if len(running) > 0 && !running[0].at.After(at) {
				done := heap.Pop(&running).(departure)
				key := done.at.Truncate(time.Minute)
				if nexts[key].IsZero() {
					nexts[key] = table.Next(Sync, done.at)
				}
				due[done.department].Job, due[done.department].Next = 0, nexts[key]
				now = later(now, at)
			}
			if len(queued) > 0 && len(running) < h.processes*h.atOnce {
				i := queued[0]
				queued = queued[1:]
				began := later(at, now)
				worst = max(worst, began.Sub(due[i].Next))
				heap.Push(&running, departure{began.Add(h.run), i})
			}
			if !now.Before(end) {
				break
			}
		}
		now = now.Truncate(lookEvery)
	}
	return worst
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// What ten thousand departments of 25 people need, as docs/benchmarks.md tells it. Runs
// take as long as their calls: a quarter of a second where nobody has typed, and two in
// the evening, when nearly every department has somebody who typed.
func TestTenThousandDepartments(t *testing.T) {
	const (
		departments = 10_000
		people      = 25
		atOnce      = 8
		every       = 5 * time.Minute
	)
	for _, c := range []struct {
		name    string
		run     time.Duration
		enough  int // processes that keep up: a sync begins before the next one is due
		tooFew  int
		atWorst time.Duration // with enough
	}{
		{"at night", 250 * time.Millisecond, 2, 1, 3 * time.Minute},
		{"in the evening", 2 * time.Second, 9, 8, every},
	} {
		line := c.name + ":"
		for _, processes := range []int{c.tooFew, c.enough, 2 * c.enough} {
			late := holding{processes, atOnce, c.run}.late(departments, every+every/4)
			line += fmt.Sprintf(" with %d processes %s late at worst;", processes, late.Round(time.Second))
			if keeps := late < every; keeps != (processes >= c.enough) || keeps && late > c.atWorst {
				t.Errorf("%s, %d processes: a sync begins %s after it was due", c.name, processes, late)
			}
		}
		t.Log(line)
	}

	// Google's quotas. Four in five type in the two hours of the evening; who typed is
	// read in each of the three syncs of the next ten minutes, and the summary is written
	// in each.
	limits := google.GoogleLimits()
	typing := float64(people) * 0.8 / 120 // a minute, of a department
	reads := typing * 3
	writes := (1 - math.Exp(-typing*15)) / every.Minutes() // of those departments in which somebody typed
	perProject := min(float64(limits.Project.Reads.PerMinute)/reads, float64(limits.Project.Writes.PerMinute)/writes)
	perAccount := min(float64(limits.User.Reads.PerMinute)/reads, float64(limits.User.Writes.PerMinute)/writes)
	t.Logf("a department: %.2f reads and %.2f writes a minute; an account serves %.0f, a project %.0f", reads, writes,
		perAccount, perProject)
	if perProject > departments/10 || perAccount > perProject {
		t.Errorf("the quotas are not the first limit any more: %.0f departments of a project, %.0f of an account",
			perProject, perAccount)
	}
}
