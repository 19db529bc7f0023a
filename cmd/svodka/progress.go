package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows how far a long step has come: one line that is overwritten on
// a terminal, a line now and then elsewhere.
type progress struct {
	mu   sync.Mutex
	w    io.Writer
	tty  bool
	last time.Time
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, tty: ok && term.IsTerminal(int(f.Fd()))}
}

// show tells that done of total are done; short steps are not worth a line.
func (p *progress) show(step string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if total < 20 {
		return
	}
	now := time.Now()
	every := 5 * time.Second
	if p.tty {
		every = 100 * time.Millisecond
	}
	if done < total && now.Sub(p.last) < every {
		return
	}
	p.last = now
	end := "\n"
	if p.tty {
		if end = "\r"; done == total {
			end = "\033[K\r"
		}
	}
	fmt.Fprintf(p.w, "%s: %d of %d%s", step, done, total, end)
}
