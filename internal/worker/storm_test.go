package worker_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/worker"
)

// storm is a Google in a bad hour: one call in three fails, in any of the ways in
// which calls fail, before or after it was carried out.
type storm struct {
	base http.RoundTripper
	mu   sync.Mutex
	rng  *rand.Rand // nil: fair weather
	hits map[string]int
}

func (s *storm) next(r *http.Request) (status int, reason string, cut, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rng == nil || s.rng.IntN(3) > 0 {
		return 0, "", false, false
	}
	n := s.rng.IntN(9)
	after = s.rng.IntN(2) == 0
	name := ""
	switch n {
	case 0, 1, 2:
		cut, name = true, "cut"
	case 3:
		status, reason, after = 429, "rateLimitExceeded", false
	case 4:
		status, reason, after = 403, "userRateLimitExceeded", false
	case 5:
		status, after = 409, false
	default:
		status = []int{500, 502, 503}[n-6]
	}
	if name == "" {
		name = fmt.Sprint(status)
	}
	if s.hits == nil {
		s.hits = map[string]int{}
	}
	s.hits[fmt.Sprintf("%s after=%t", name, after)]++
	return status, reason, cut, after
}

func (s *storm) RoundTrip(r *http.Request) (*http.Response, error) {
	status, reason, cut, after := s.next(r)
	if after || status == 0 && !cut {
		res, err := s.base.RoundTrip(r)
		if err != nil || status == 0 && !cut {
			return res, err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return nil, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
	}
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	body := fmt.Sprintf(`{"error":{"code":%d,"message":"a storm","errors":[{"reason":%q,"message":"a storm"}]}}`,
		status, reason)
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{"Content-Type": {
		"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Whatever a bad hour does to calls, it ends in the spreadsheets, the sharing and the
// figures of a good one, and makes nothing twice.
func TestStorm(t *testing.T) {
	t.Parallel()
	copies := staged(t, func(o *office) {
		o.init().hire(3, "sales-rep").hire(1, "sales-rep-deals")
		o.sync()
		o.open()
		o.configAs("", "settings", "key=ops", "value", ops)
		o.hire(2, "cold-caller")
		o.types(0, "2026-05-13", "deals", 3)
		o.types(1, "2026-05-12", "deals", "пять")
		o.config("kpis", salesRep+"key=revenue", "plan", 900000)
		o.config("people", "name=Человек 002", "left", date("2026-05-13").Serial())
	})
	calm := copies(t)
	calm.settle()
	want, shared, export := calm.dump(), calm.everyAccess(), calm.export()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := &storm{}
			o := copies(t, func(o *office) {
				o.wire = func(base http.RoundTripper) http.RoundTripper { s.base = base; return s }
				o.options = func(w *worker.Options) { w.Parallel = 1 } // the same storm each time
			})
			s.rng = rand.New(rand.NewPCG(seed, 2026))
			cycles, failed := 0, 0
			for ; cycles < 30; cycles++ {
				out, err := o.w.Sync(t.Context(), 0)
				if err = errors.Join(append(out.Failures, err)...); err != nil {
					failed++
					continue
				}
				if out.Settled {
					break
				}
			}
			s.rng = nil
			if cycles == 30 {
				t.Fatalf("it never settles:\n%s", clip(o.log.String()))
			}
			o.settle()
			n := 0
			for _, k := range s.hits {
				n += k
			}
			t.Logf("%d calls hit in %d cycles, of which %d failed: %v", n, cycles+1, failed, s.hits)
			if n < 6 {
				t.Errorf("only %d calls were hit", n)
			}
			if d := differ(want, o.dump()); d != "" {
				t.Errorf("the spreadsheets differ:\n%s", clip(d))
			}
			if d := cmp.Diff(shared, o.everyAccess()); d != "" {
				t.Errorf("the sharing differs:\n%s", d)
			}
			if d := cmp.Diff(export, o.export()); d != "" {
				t.Errorf("the export differs:\n%s", clip(d))
			}
		})
	}
}
