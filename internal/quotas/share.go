package quotas

import "time"

// Quota limits how many calls of a class an account may make.
type Quota struct {
	PerMinute int // in any 60 seconds; 0: no limit
	Burst     int // how many may follow each other after a rest; the others come evenly
}

func (q Quota) gap() time.Duration { return time.Minute / time.Duration(q.PerMinute) }

// burst returns the time in which a whole burst, less one call, becomes free again.
func (q Quota) burst() time.Duration { return time.Duration(max(q.Burst, 1)-1) * q.gap() }

// window is for how long a call counts: the 60 seconds of the quota, a second by which it
// may be sent later than it was granted (Valid), and one since calls are counted by whole
// seconds.
const window = 62 * time.Second

// Valid is for how long a call that was granted may be made.
const Valid = time.Second

// budget is what is known of an account's quota of a class of calls at a moment.
type budget struct {
	whole  time.Time // when a whole burst is free again
	spent  int       // calls of the last window
	oldest time.Time // when the first of them was granted
	mine   int       // of them, those of the department that asks
	waits  bool      // the department that asks has waited for the account
	stale  bool      // there are calls that are long past the window
	// others are the departments that wait.
	others []waiting
}

// waiting is a department that waits for calls.
type waiting struct {
	used int // calls of the last window
	want int
}

// share decides how many calls, at most n, a department is granted now and, if there are
// none, when to ask again. Of departments that wait, the one with the fewest calls in the
// last minute goes first: what others are due is left for them, and the rest is free for
// all.
func (b *budget) share(q Quota, now time.Time, n int) (granted int, wait time.Duration) {
	if q.PerMinute <= 0 {
		return n, 0
	}
	free := 0
	ready := b.whole.Add(-q.burst()) // when the next call is free
	if !ready.After(now) {
		whole := b.whole
		if whole.Before(now) {
			whole = now
		}
		free = int((now.Sub(whole)+q.burst())/q.gap()) + 1
	}
	if left := q.PerMinute - b.spent; left < free {
		free = left
		if free <= 0 && ready.Before(b.oldest.Add(window)) {
			ready = b.oldest.Add(window)
		}
	}
	if free <= 0 {
		return 0, max(ready.Sub(now), time.Millisecond)
	}
	for _, o := range b.others {
		free -= min(o.want, max(0, b.mine-o.used))
	}
	if free <= 0 {
		return 0, min(max(q.gap()/2, shortest), longest)
	}
	return min(n, free), 0
}

// lateness is by how much calls that are taken late are made up for.
const lateness = 3 * time.Second

// A department that leaves calls to others asks again after a while between these.
const (
	shortest = 50 * time.Millisecond
	longest  = time.Second
)

// take records calls that were granted. If they use the minute up, the next ones come
// evenly, and not in bursts. Where several departments share it, what is left of the
// second half of the minute is spread until calls come back: who comes then does not wait
// for long. Even is from when the call was free: what those who are due come late, on a
// busy machine, is made up for.
func (b *budget) take(q Quota, now time.Time, n int) {
	if q.PerMinute <= 0 {
		return
	}
	free := b.whole.Add(-q.burst())
	if earliest := now.Add(-lateness); free.Before(earliest) {
		free = earliest
	}
	if b.whole.Before(now) {
		b.whole = now
	}
	b.whole = b.whole.Add(time.Duration(n) * q.gap())
	shared := b.spent > b.mine || len(b.others) > 0
	b.spent += n
	step := time.Duration(0)
	switch left := q.PerMinute - b.spent; {
	case shared && 2*left <= q.PerMinute && !b.oldest.IsZero():
		step = max(q.gap(), b.oldest.Add(window).Sub(now)/time.Duration(max(left, 0)+1))
	case left <= 0:
		step = q.gap()
	default:
		return
	}
	if even := free.Add(q.burst() + time.Duration(n)*step); b.whole.Before(even) {
		b.whole = even
	}
}
