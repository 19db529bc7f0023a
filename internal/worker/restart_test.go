package worker_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/control"
	"svodka/internal/google"
	"svodka/internal/worker"
)

// killer ends a run at one of its calls: before the call is sent, or after it was carried
// out, with the answer lost. Nothing gets through afterwards.
//
// For a call that only reads, a lost answer is like never having been sent: after is only
// for calls that change something.
type killer struct {
	base   http.RoundTripper
	mu     sync.Mutex
	left   int // calls until the end, with after calls that change something; 0: never
	after  bool
	dead   bool
	writes int // calls that change something, so far
	end    context.CancelFunc
}

// changes reports whether a call changes something at Google.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.HasSuffix(strings.ToLower(r.URL.Path), "getbydatafilter")
}

func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	k.mu.Lock()
	hit := false
	if changes(r) {
		k.writes++
	}
	if k.left > 0 && (changes(r) || !k.after) {
		k.left--
		hit = k.left == 0
	}
	dead := k.dead || hit && !k.after
	k.dead = k.dead || hit
	k.mu.Unlock()
	if dead {
		k.end()
		return nil, context.Canceled
	}
	res, err := k.base.RoundTrip(r)
	if err != nil || !hit {
		return res, err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	k.end()
	return nil, context.Canceled
}

// revive lets calls through again.
func (k *killer) revive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = false
}

// points returns the points at which a run can be killed that makes that many calls, of
// which that many change something.
func points(calls, writes int) []point {
	var out []point
	for n := range calls {
		out = append(out, point{n + 1, false})
	}
	for n := range writes {
		out = append(out, point{n + 1, true})
	}
	return out
}

// point is before the n-th call, or after the n-th that changes something.
type point struct {
	n     int
	after bool
}

func (p point) String() string {
	if p.after {
		return fmt.Sprintf("after write %d", p.n)
	}
	return fmt.Sprintf("before call %d", p.n)
}

// killable returns a copy of an office whose calls go through a killer.
func killable(t testing.TB, copies func(testing.TB, ...func(*office)) *office) (*office, *killer) {
	t.Helper()
	k := &killer{}
	return copies(t, func(o *office) {
		o.wire = func(base http.RoundTripper) http.RoundTripper { k.base = base; return k }
	}), k
}

// A run killed at any of its calls, and started again, ends in the spreadsheets and the
// export of an undisturbed run, even if the ledger is lost with it.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	// What the run has to do: people are new, some have typed, a cell is bad, a
	// plan has changed.
	busy := func(o *office) {
		o.init().hire(2, "sales-rep").hire(1, "sales-rep-deals")
		o.sync()
		o.open()
		o.hire(1, "sales-rep")
		o.types(0, "2026-05-13", "deals", 3)
		o.types(0, "2026-05-13", "revenue", 150000)
		o.types(1, "2026-05-12", "deals", "пять")
		o.config("kpis", salesRep+"key=revenue", "plan", 900000)
		// Otherwise they would have access by hand, which a new ledger reports and the
		// old one does not.
		o.configAs("", "settings", "key=ops", "value", ops)
	}
	sync := func(ctx context.Context, w *worker.Worker) error { _, err := w.Sync(ctx, 0); return err }
	begin := func(ctx context.Context, w *worker.Worker) error { _, err := w.Init(ctx, false); return err }

	for _, c := range []struct {
		name  string
		stage func(*office)
		run   func(context.Context, *worker.Worker) error
	}{{"sync", busy, sync}, {"init", func(*office) {}, begin}} {
		copies := staged(t, c.stage)
		o, calm := killable(t, copies)
		calls := o.calls(func() { o.must(c.run(t.Context(), o.w)) })
		all, writes := calls.Drive+calls.SheetsRead+calls.SheetsWrite, calm.writes
		o.must(c.run(t.Context(), o.w))
		want, export, shared := o.dump(), o.export(), o.everyAccess()
		if all < 6 || writes < 3 || len(want) < 2 {
			t.Fatalf("%s: only %d calls, %d of them writes, and %d spreadsheets", c.name, all, writes, len(want))
		}
		for _, at := range points(all, writes) {
			for _, lost := range []bool{false, true} {
				if lost && !at.after {
					continue // the new ledger knows only what was written
				}
				t.Run(fmt.Sprintf("%s %v lost=%t", c.name, at, lost), func(t *testing.T) {
					t.Parallel()
					o, k := killable(t, copies)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					k.left, k.after, k.end = at.n, at.after, cancel
					if err := c.run(ctx, o.w); err == nil {
						t.Error("the killed run reports no error")
					}
					k.revive()
					o.restart(lost)
					o.must(c.run(t.Context(), o.w))
					o.must(c.run(t.Context(), o.w))
					if d := differ(want, o.dump()); d != "" {
						t.Errorf("the spreadsheets differ:\n%s", clip(d))
					}
					if d := cmp.Diff(export, o.export()); d != "" {
						t.Errorf("the export differs:\n%s", clip(d))
					}
					if d := cmp.Diff(shared, o.everyAccess()); d != "" {
						t.Errorf("the sharing differs:\n%s", d)
					}
					o.settle()
				})
			}
		}
	}
}

func clip(s string) string {
	if len(s) > 6000 {
		return s[:6000] + "…"
	}
	return s
}

// An earlier version of the program stored the whole answer of Google; the department is
// read from it until the next edit of ops.
func TestControlOfEarlierVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.settle()
	want := o.dep()
	s, err := o.as("").Spreadsheets.Get(o.control()).Fields(control.Fields).Do()
	o.must(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	o.must(json.NewEncoder(z).Encode(s))
	o.must(z.Close())
	o.must(o.ledger.Set(t.Context(), "control.sheet", b.Bytes()))
	if d := cmp.Diff(want.People, o.dep().People); d != "" {
		t.Error(d)
	}
	o.expect("nothing changed", google.Calls{Drive: 1})
	o.configAs("", "kpis", salesRep+"key=deals", "plan", 30)
	o.settle()
	if got := o.line(0, "month", "2026-05-14", "deals").Plan; got.V != 30 {
		t.Errorf("the plan is %v", got)
	}
}

// What another version of the program recorded of the spreadsheets cannot be read: the
// worker looks at them again.
func TestOtherVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.settle()
	o.typesAs("", 0, "2026-05-13", "deals", 3)
	o.settle()
	list, err := o.ledger.Files(t.Context())
	o.must(err)
	before := o.dump()
	for _, f := range list {
		f.Locate([]byte("of another version"))
		o.must(o.ledger.PutFile(t.Context(), f))
	}
	o.typesAs("", 0, "2026-05-14", "deals", 4)
	o.configAs("", "kpis", salesRep+"key=revenue", "plan", 900000)
	o.settle()
	o.month(0, "deals", 7)
	after := o.dump()
	if len(after) != len(before) {
		t.Errorf("%d spreadsheets became %d", len(before), len(after))
	}
	o.restart(true)
	o.settle()
	o.month(0, "deals", 7)
}
