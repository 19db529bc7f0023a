package main

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows the progress of a long step: on a terminal in one line that it
// overwrites, elsewhere in a line now and then, or in a record if the log is JSON.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	tty   bool
	json  *slog.Logger // nil: lines
	now   func() time.Time
	quota func(step string, n int) quota // nil: no quota

	step        string
	began, last time.Time
}

// quota is what Google allows.
type quota struct {
	left      time.Duration // time that the remaining calls take by the quotas alone
	perMinute int           // 0: no limit
	what      string        // "writes"
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, now: now, tty: ok && term.IsTerminal(int(f.Fd()))}
}

// Steps with fewer calls than worthALine are not shown. A step's own pace means nothing
// before paceCounts calls and paceTakes.
const (
	worthALine  = 20
	paceCounts  = 10
	paceTakes   = 20 * time.Second
	everyOnTTY  = 100 * time.Millisecond
	everyInLogs = 10 * time.Second
)

// show reports that done of total are done.
func (p *progress) show(step string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if step != p.step || done <= 1 {
		p.step, p.began, p.last = step, now, time.Time{}
	}
	if total < worthALine {
		return
	}
	every := everyInLogs
	if p.tty {
		every = everyOnTTY
	}
	if done < total && now.Sub(p.last) < every {
		return
	}
	p.last = now
	var q quota
	if p.quota != nil && done < total {
		q = p.quota(step, total-done)
	}
	line := progressLine(step, done, total, now.Sub(p.began), q)
	switch {
	case p.json != nil && !p.tty:
		p.json.Info("progress", "step", step, "done", done, "total", total, "left",
			timeLeft(done, total, now.Sub(p.began), q))
	case !p.tty:
		fmt.Fprintln(p.w, line)
	case done == total:
		fmt.Fprint(p.w, line, "\033[K\r\033[K")
	default:
		fmt.Fprint(p.w, line, "\033[K\r")
	}
}

// progressLine says how far a step is, how long the rest takes, and why.
func progressLine(step string, done, total int, took time.Duration, q quota) string {
	line := fmt.Sprintf("%s: %d of %d", step, done, total)
	left := timeLeft(done, total, took, q)
	if left < paceTakes {
		return line
	}
	line += ", about " + roughly(left) + " left"
	if q.perMinute > 0 && left == q.left {
		line += fmt.Sprintf(": Google allows %d %s a minute", q.perMinute, q.what)
	}
	return line
}

// timeLeft estimates how long the rest takes: by the quotas, or longer if the step has
// been slower. 0: unknown yet.
func timeLeft(done, total int, took time.Duration, q quota) time.Duration {
	left := q.left
	if done >= paceCounts && took >= paceTakes {
		// A step that is limited by the quotas begins with a burst: its pace then looks
		// better than it is, never worse.
		pace := time.Duration(float64(took) / float64(done) * float64(total-done))
		if pace > left+left/10 {
			left = pace
		}
	}
	return left
}

// roughly formats a duration as people say it.
func roughly(d time.Duration) string {
	switch {
	case d <= 50*time.Second:
		return fmt.Sprintf("%d s", 10*int(math.Ceil(d.Seconds()/10)))
	case d <= 90*time.Minute:
		return fmt.Sprintf("%d min", int(math.Ceil(d.Minutes()-0.25)))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
