package sharing

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
)

// cabinet is a Google that moves files, and a ledger that knows where they lie.
type cabinet struct {
	Google
	Ledger
	mu     sync.Mutex
	moved  []string
	lies   map[string]string
	refuse map[string]error
}

func (c *cabinet) Move(_ context.Context, id, folder string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refuse[id]; err != nil {
		return err
	}
	c.moved, c.lies[id] = append(c.moved, id), folder
	return nil
}

func (c *cabinet) PutShares(context.Context, string, ledger.Shares) error { return nil }

// begin returns the sharing of a cycle, for files that lie in some folder.
func (c *cabinet) begin(list []File) *Run {
	r := &Run{Sharer: Sharer{Google: c, Ledger: c, Log: slog.New(slog.DiscardHandler), Parallel: 4,
		Hold: func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }},
		shares: map[string]ledger.Shares{}, touched: map[string]bool{}}
	for _, f := range list {
		r.shares[f.ID] = ledger.Shares{Known: true, Folder: c.lies[f.ID]}
	}
	return r
}

// A company of 250 teams and 5,000 reports is in its folders after the cycles of an hour,
// twelve; a folder is filled in one cycle or two, so that few summaries of teams are
// written in each. What others may see no longer is moved first, and what Google fails to
// move waits for the next cycle.
func TestAnHourGathersACompany(t *testing.T) {
	c := &cabinet{lies: map[string]string{}, refuse: map[string]error{}}
	inside := map[string]bool{}
	var list []File
	for i := range 5000 {
		home := fmt.Sprintf("team%d", i%250)
		inside[home] = true
		id := fmt.Sprintf("report%d", i)
		list, c.lies[id] = append(list, File{ID: id, Kind: files.Report, Home: home}), "reports"
	}
	for team := range inside {
		list, c.lies["s"+team] = append(list, File{ID: "s" + team, Kind: files.Team, Home: team}), "root"
	}
	c.lies["report4999"] = "team7" // where it is nobody's any more
	c.refuse["report3"] = &google.Error{Kind: google.Permanent, Status: 503}
	filled := map[string]int{} // by folder: in how many cycles
	for cycle := 1; ; cycle++ {
		r := c.begin(list)
		before := len(c.moved)
		again, failures, err := r.Gather(t.Context(), list, inside, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.moved) == before && !again {
			t.Logf("%d cycles", cycle-1)
			break
		}
		homes, waiting := map[string]bool{}, 0
		for _, id := range c.moved[before:] {
			homes[c.lies[id]] = true
		}
		for home := range homes {
			filled[home]++
		}
		for _, n := range r.AwayFrom(list) {
			waiting += n
		}
		if want := len(list) - len(c.moved); waiting != want {
			t.Errorf("cycle %d: %d files are said to wait, %d do", cycle, waiting, want)
		}
		if n := r.UnmovedCount(list); n != waiting {
			t.Errorf("cycle %d: %d files are counted, %d wait", cycle, n, waiting)
		}
		if cycle == 1 && !homes[list[4999].Home] {
			t.Error("what others may see no longer was not moved first")
		}
		if cycle > 12 {
			t.Fatalf("%d of %d files are moved after %d cycles", len(c.moved), len(list), cycle)
		}
		if len(failures) > 0 {
			delete(c.refuse, "report3")
		}
	}
	for home, cycles := range filled {
		if cycles > 3 {
			t.Errorf("%s was filled in %d cycles", home, cycles)
		}
	}
	if len(c.moved) != len(list) {
		t.Errorf("%d of %d files are moved", len(c.moved), len(list))
	}
}

// Whoever can read a file by its folder is not said to have been let in by hand, also if
// they were seen before it was known where the file lies: such is one that an import made
// for somebody who has left.
func TestFoldersReadersAreNotByHand(t *testing.T) {
	c := &cabinet{lies: map[string]string{"team": "reports"}}
	list := []File{{ID: "report", Kind: files.Report, Home: "team"}}
	r := c.begin(list)
	r.shares["reports"] = ledger.Shares{Known: true, Roles: map[string]string{"director@example.com": Reader}}
	r.shares["team"] = ledger.Shares{Known: true, Folder: "reports",
		Roles: map[string]string{"lead@example.com": Reader}}
	r.shares["report"] = ledger.Shares{Known: true, External: []ledger.ExternalAccess{
		{Who: "director@example.com", Role: Reader}, {Who: "friend@example.com", Role: Reader},
		{Who: "lead@example.com", Role: Writer}, {Who: "lead@example.com", Role: Reader}}}
	if _, failures, err := r.Gather(t.Context(), list, nil, false); err != nil || failures != nil {
		t.Fatal(failures, err)
	}
	want := []ledger.ExternalAccess{{Who: "friend@example.com", Role: Reader}, {Who: "lead@example.com", Role: Writer}}
	if got := r.of("report").External; !slices.Equal(got, want) {
		t.Errorf("let in by hand: %v, want %v", got, want)
	}
	if r.Revision() == 0 {
		t.Error("ops are not told")
	}
}
