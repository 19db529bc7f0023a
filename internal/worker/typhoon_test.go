package worker_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/worker"
)

// typhoon does everything at once: runs are killed at their calls, calls fail before and
// after they are carried out, the ledger is lost, and people type at every call.
type typhoon struct {
	base http.RoundTripper
	mu   sync.Mutex
	rng  *rand.Rand // nil: fair weather
	dead bool
	end  context.CancelFunc
	typ  func() // somebody types something

	kills, faults, edits int
}

// The probabilities of what happens at a call, and of the ledger being lost with a killed
// run.
const (
	chanceOfKill   = 0.08
	chanceOfFault  = 0.12
	chanceOfTyping = 0.35 // before the call, and again after it
	chanceOfLoss   = 0.06
)

func (s *typhoon) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock() // one call at a time: the same storm each time
	defer s.mu.Unlock()
	switch {
	case s.rng == nil:
		return s.base.RoundTrip(r)
	case s.dead:
		s.end()
		return nil, context.Canceled
	}
	kill, fault, after := s.rng.Float64() < chanceOfKill, s.rng.Float64() < chanceOfFault, s.rng.IntN(2) == 0
	before, behind := s.rng.Float64() < chanceOfTyping, s.rng.Float64() < chanceOfTyping
	cut, status := s.rng.IntN(2) == 0, []int{429, 500, 502, 503}[s.rng.IntN(4)]
	if before {
		s.typ()
	}
	if !kill && !fault {
		res, err := s.base.RoundTrip(r)
		if behind {
			s.typ()
		}
		return res, err
	}
	if after && (kill || cut || status != http.StatusTooManyRequests) { // what is over a quota is not done
		res, err := s.base.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return nil, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
	}
	if kill {
		s.kills++
		s.dead = true
		s.end()
		return nil, context.Canceled
	}
	s.faults++
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	body := fmt.Sprintf(
		`{"error":{"code":%d,"message":"a storm","errors":[{"reason":"rateLimitExceeded","message":"a storm"}]}}`,
		status)
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{"Content-Type": {
		"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// place is where a person types a figure.
type place struct {
	person   int
	day, kpi string
}

// A worker that is killed and refused and loses its ledger again and again, while people
// type right, wrong and empty cells, ends in the spreadsheets, sharing and figures of an
// undisturbed one that read the same cells once.
//
// SVODKA_STORMS is how many schedules are tried, SVODKA_STORMS_FROM the first: a
// scheduled check tries many.
func TestTyphoon(t *testing.T) {
	from, schedules := 0, 6
	if v, err := strconv.Atoi(os.Getenv("SVODKA_STORMS_FROM")); err == nil {
		from = v
	}
	if v, err := strconv.Atoi(os.Getenv("SVODKA_STORMS")); err == nil {
		schedules = v
	} else if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	const people, cycles = 5, 14
	copies := staged(t, func(o *office) {
		o.init().hire(people-2, "sales-rep").hire(2, "cold-caller")
		o.sync()
		o.open()
		// otherwise they would have access by hand, which a new ledger reports and the
		// old one does not
		o.configAs("", "settings", "key=ops", "value", ops)
		o.settle()
	})
	base := copies(t)
	at, file := map[place]string{}, map[int]string{}
	var places []place
	for i := range people {
		g := base.tab(base.report(i), may)
		file[i] = g.file
		kpis := []string{"deals", "revenue"}
		if i >= people-2 {
			kpis = []string{"calls", "talks", "leads"}
		}
		for _, day := range []string{"2026-05-12", "2026-05-13", "2026-05-14"} {
			for _, kpi := range kpis {
				p := place{i, day, kpi}
				places = append(places, p)
				at[p] = g.at(g.row("date", date(day)), "kpi:"+kpi)
			}
		}
	}
	put := func(t *testing.T, o *office, p place, v any) {
		_, err := o.as(o.people[p.person].Email).Spreadsheets.Values.Update(file[p.person], at[p],
			&sheets.ValueRange{Values: [][]any{{v}}}).ValueInputOption("USER_ENTERED").Do()
		if err != nil {
			t.Errorf("typing: %v", err)
		}
	}
	var kills, faults, edits int
	for schedule := from; schedule < from+schedules; schedule++ {
		t.Run(fmt.Sprint(schedule), func(t *testing.T) {
			s := &typhoon{}
			o := copies(t, func(o *office) {
				o.wire = func(base http.RoundTripper) http.RoundTripper { s.base = base; return s }
				o.options = func(w *worker.Options) { w.Parallel = 1 }
			})
			rng := rand.New(rand.NewPCG(uint64(schedule), 77))
			s.rng = rng
			final := map[place]any{}
			s.typ = func() {
				p := places[rng.IntN(len(places))]
				var v any
				switch rng.IntN(6) {
				case 0:
					v = []string{"пять", "abc", "12 шт"}[rng.IntN(3)]
				case 1:
					v = ""
				default:
					switch p.kpi {
					case "deals", "leads":
						v = rng.IntN(6)
					case "revenue":
						// No serial number of a day: whether a person is asked if it is
						// one depends on the figures beside it when it is read first.
						if v = 100 * rng.IntN(900); v.(int) > 40_000 && v.(int) < 50_000 {
							v = v.(int) + 10_000
						}
					case "calls":
						v = 60 + rng.IntN(60)
					case "talks":
						v = 20 + rng.IntN(20)
					}
				}
				s.edits++
				put(t, o, p, v)
				final[p] = v
			}
			failed := 0
			for range cycles {
				ctx, cancel := context.WithCancel(t.Context())
				s.dead, s.end = false, cancel
				lost := rng.Float64() < chanceOfLoss
				if rng.IntN(2) == 0 {
					s.typ()
				}
				out, err := o.w.Sync(ctx, 0)
				if err != nil || len(out.Failures) > 0 {
					failed++
				}
				cancel()
				if s.dead {
					if err == nil {
						t.Error("a killed run reports no error")
					}
					o.restart(lost)
				}
			}
			s.rng = nil
			kills, faults, edits = kills+s.kills, faults+s.faults, edits+s.edits
			o.settle()

			calm := copies(t)
			for _, p := range places {
				if v, ok := final[p]; ok && v != "" {
					put(t, calm, p, v)
				}
			}
			calm.settle()
			if d := differ(calm.dump(), o.dump()); d != "" {
				t.Errorf("the spreadsheets differ (-calm +storm):\n%s", clip(d))
			}
			if d := cmp.Diff(calm.everyAccess(), o.everyAccess()); d != "" {
				t.Errorf("the sharing differs:\n%s", d)
			}
			if d := cmp.Diff(calm.export(), o.export()); d != "" {
				t.Errorf("the export differs:\n%s", clip(d))
			}
			if s.kills+s.faults == 0 || s.edits == 0 || failed == 0 {
				t.Errorf("no storm: %d kills, %d faults, %d edits, %d of %d cycles failed", s.kills, s.faults, s.edits,
					failed, cycles)
			}
		})
	}
	t.Logf("%d schedules, %d cycles, %d kills, %d faults, %d edits", schedules, schedules*cycles, kills, faults, edits)
}
