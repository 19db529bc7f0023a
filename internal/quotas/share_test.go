package quotas

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// asker is a department in the simulation.
type asker struct {
	at    time.Time     // when it asks next
	busy  time.Duration // how long a call takes
	rest  time.Duration // between calls
	late  time.Duration // by as much, at most, it asks later than it was told to
	asked time.Time     // when it began to wait
	got   []time.Time
	worst time.Duration // the longest wait
}

type askers []*asker

func (a askers) Len() int           { return len(a) }
func (a askers) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a askers) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *askers) Push(x any)        { *a = append(*a, x.(*asker)) }
func (a *askers) Pop() any {
	x := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return x
}

// simulate lets departments ask one account for calls in virtual time, and returns when
// all calls were granted. It remembers what the database would.
func simulate(q Quota, all []*asker, d time.Duration) []time.Time {
	start := time.Unix(1_790_000_000, 0)
	end := start.Add(d)
	whole := time.Time{}
	var total []time.Time
	waits := map[*asker]time.Time{} // until
	rng := rand.New(rand.NewPCG(2026, 11))
	queue := askers{}
	for i, a := range all {
		a.at = start.Add(time.Duration(i) * 37 * time.Millisecond)
		a.asked = a.at
		queue = append(queue, a)
	}
	heap.Init(&queue)
	for {
		a := heap.Pop(&queue).(*asker)
		now := a.at
		if now.After(end) {
			return total
		}
		in := func(at time.Time) bool { return at.Unix() > now.Add(-window).Unix() }
		used := func(a *asker) (n int) {
			for i := len(a.got) - 1; i >= 0 && in(a.got[i]); i-- {
				n++
			}
			return n
		}
		b := budget{whole: whole, mine: used(a)}
		for i := len(total) - 1; i >= 0 && in(total[i]); i-- {
			b.spent++
			b.oldest = time.Unix(total[i].Unix(), 0)
		}
		for _, o := range all {
			if o != a && waits[o].After(now) {
				b.others = append(b.others, waiting{used(o), 1})
			}
		}
		n, wait := b.share(q, now, 1)
		if n == 0 {
			waits[a] = now.Add(wait + patience)
			a.at = now.Add(wait)
			if a.late > 0 {
				a.at = a.at.Add(time.Duration(rng.Int64N(int64(a.late))))
			}
		} else {
			b.take(q, now, 1)
			whole = b.whole
			total, a.got = append(total, now), append(a.got, now)
			delete(waits, a)
			a.worst = max(a.worst, now.Sub(a.asked))
			a.at = now.Add(a.busy + a.rest)
			a.asked = a.at
		}
		heap.Push(&queue, a)
	}
}

// mostIn returns the most calls in any 60 seconds.
func mostIn(calls []time.Time) (most int) {
	from := 0
	for i, at := range calls {
		for !calls[from].After(at.Add(-time.Minute)) {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// Departments that share an account use its budget up, never exceed it, and get equal
// shares of it; who wants little is not kept waiting by those who want much.
func TestShare(t *testing.T) {
	q := Quota{PerMinute: 50, Burst: 25}
	const minutes = 60
	for _, tt := range []struct {
		name          string
		greedy, light int
		late          time.Duration
	}{{"one alone", 1, 0, 0}, {"five", 5, 0, 0}, {"twenty", 20, 0, 0}, {"five, and two that want little", 5, 2, 0},
		{"one on a busy machine", 1, 0, time.Second}, {"five on busy machines", 5, 0, time.Second},
		{"five that are late, and two that want little", 5, 2, time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			var all []*asker
			for range tt.greedy {
				all = append(all, &asker{busy: 300 * time.Millisecond, late: tt.late})
			}
			for range tt.light {
				all = append(all, &asker{busy: 300 * time.Millisecond, rest: 20 * time.Second, late: tt.late})
			}
			total := simulate(q, all, minutes*time.Minute)
			if most := mostIn(total); most > q.PerMinute {
				t.Errorf("%d calls in a minute, of %d", most, q.PerMinute)
			}
			if least := 0.95 * float64(q.PerMinute) * minutes; float64(len(total)) < least {
				t.Errorf("%d calls in %d minutes, want %.0f", len(total), minutes, least)
			}
			counts := []int{}
			for _, a := range all[:tt.greedy] {
				counts = append(counts, len(a.got))
			}
			if lo, hi := slices.Min(counts), slices.Max(counts); float64(lo) < 0.9*float64(hi) {
				t.Errorf("shares are not equal: %v", counts)
			}
			for _, a := range all[tt.greedy:] {
				if a.worst > 5*time.Second || len(a.got) < minutes*60/26 {
					t.Errorf("who wants little got %d calls, and waited for %v", len(a.got), a.worst)
				}
			}
			t.Logf("%d calls, %v", len(total), counts)
		})
	}
}

// Nobody waits for a department that has died while it waited.
func TestDeadWaiter(t *testing.T) {
	q := Quota{PerMinute: 60, Burst: 1}
	now := time.Unix(1_790_000_000, 0)
	b := budget{mine: 5, others: []waiting{{used: 0, want: 1}}}
	if n, wait := b.share(q, now, 1); n != 0 || wait > longest {
		t.Errorf("%d calls, wait %v: want to leave the call to who has none, for a short while", n, wait)
	}
	b.others = nil // its patience is over
	if n, _ := b.share(q, now, 1); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}
