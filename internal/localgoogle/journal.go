package localgoogle

import (
	"strings"
	"sync"
	"time"
)

// DefaultJournalLen is how many calls a journal keeps.
const DefaultJournalLen = 20_000

// Call is one API call in the journal.
type Call struct {
	Time     time.Time
	User     string // e-mail of the caller
	Agent    string // the caller's program, as it names itself
	Method   string // such as "sheets.spreadsheets.batchUpdate" or "drive.changes.list"
	FileID   string
	Status   int    // of the answer
	Requests int    // in a batch
	Fault    string // the fault that hit the call
}

// Journal keeps the latest API calls. It is safe for concurrent use.
type Journal struct {
	mu    sync.Mutex
	ring  []Call
	next  int
	total int
}

func newJournal(n int) *Journal { return &Journal{ring: make([]Call, 0, n)} }

func (j *Journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total++
	if len(j.ring) < cap(j.ring) {
		j.ring = append(j.ring, c)
		return
	}
	j.ring[j.next] = c
	j.next = (j.next + 1) % len(j.ring)
}

// Reset forgets all calls.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring)
	j.ring, j.next, j.total = j.ring[:0], 0, 0
}

// Calls returns the calls in the journal, oldest first.
func (j *Journal) Calls() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Call, 0, len(j.ring))
	out = append(out, j.ring[j.next:]...)
	return append(out, j.ring[:j.next]...)
}

// Total counts the calls since the last Reset, including forgotten ones.
func (j *Journal) Total() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total
}

// Count counts the calls in the journal whose method begins with prefix.
func (j *Journal) Count(prefix string) int {
	n := 0
	for _, c := range j.Calls() {
		if strings.HasPrefix(c.Method, prefix) {
			n++
		}
	}
	return n
}
