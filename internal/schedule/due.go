package schedule

import (
	"strings"
	"time"
)

// Progress says what has become of the run of a job that was last handed out, where
// several processes share the work.
type Progress int8

// The kinds of progress.
const (
	Idle    Progress = iota // none is handed out
	Queued                  // somebody works on it, or will as soon as there is room
	Backoff                 // it failed, and is tried again later
	Given                   // it failed for good, or somebody called it off: the next one is at its next time
	Dead                    // whoever worked on it is gone
)

// Due is a job of a department, as it is stored between runs.
type Due struct {
	Kind string
	Spec string    // with the zone, as Timetable.Spec returns it
	Next time.Time // when it is due
	Last time.Time // when the last run that went well began; zero: none yet
	Job  int64     // id of the run that was handed out; 0: none
	// Round numbers the runs. It rises when one ends, or is taken for dead.
	Round int64
}

// After returns when the job is due after a time, by the spec that is stored; zero: the
// spec cannot be read.
func (d Due) After(t time.Time) time.Time {
	i := strings.LastIndexByte(d.Spec, ' ')
	zone, err := time.LoadLocation(d.Spec[i+1:])
	if i < 0 || err != nil {
		return time.Time{}
	}
	return Timetable{zone, []Timed{{d.Kind, d.Spec[:i]}}}.Next(d.Kind, t)
}

// Timed is a job that a department has, by its settings. Jobs are in order of priority.
type Timed struct {
	Kind string
	Spec string
}

// Timetable is when the jobs of a department are due. Its zero value has no jobs.
type Timetable struct {
	Zone *time.Location
	Jobs []Timed
}

// Next returns when a job is due after a time; zero: it has no such job.
func (t Timetable) Next(kind string, after time.Time) time.Time {
	for _, j := range t.Jobs {
		if j.Kind != kind {
			continue
		}
		if s, err := parse(j.Spec); err == nil {
			return s.Next(after.In(t.Zone))
		}
	}
	return time.Time{}
}

// spec is what decides the times of a job: if it changes, they are computed anew.
func (t Timetable) spec(j Timed) string { return j.Spec + " " + t.Zone.String() }

// Of returns the job of a kind as it is before it is stored, due now, and its place in
// the order; false: the department has no such job.
func (t Timetable) Of(kind string, now time.Time) (d Due, rank int, ok bool) {
	for i, j := range t.Jobs {
		if j.Kind == kind {
			return Due{Kind: kind, Spec: t.spec(j), Next: now}, i, true
		}
	}
	return Due{}, 0, false
}

// Reconcile returns the stored jobs as they must be for the timetable, in its order. A
// job that never ran is due now: the first start does everything once. One with another
// spec than before is due by that, counted from its last run, so that what was missed is
// made up for once.
func (t Timetable) Reconcile(stored []Due, now time.Time) []Due {
	known := map[string]Due{}
	for _, d := range stored {
		known[d.Kind] = d
	}
	out := make([]Due, 0, len(t.Jobs))
	for _, j := range t.Jobs {
		d, ok := known[j.Kind]
		if !ok {
			d = Due{Kind: j.Kind, Next: now}
		}
		if spec := t.spec(j); d.Spec != spec {
			d.Spec = spec
			if !d.Last.IsZero() {
				d.Next = t.Next(j.Kind, d.Last)
			}
		}
		out = append(out, d)
	}
	return out
}

// Choose returns the index of the job to hand out now, or -1. One job of a department is
// handed out at a time, the first that is due; one that waits to be tried again keeps
// nobody waiting.
func Choose(jobs []Due, progress func(Due) Progress, now time.Time) int {
	first := -1
	for i, d := range jobs {
		switch progress(d) {
		case Queued:
			return -1
		case Backoff, Given:
			continue
		}
		if first < 0 && !d.Next.After(now) {
			first = i
		}
	}
	return first
}
