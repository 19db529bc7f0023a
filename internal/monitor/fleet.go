package monitor

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Fleet shows what one of several processes does that share many departments. What the
// process counts itself has the label department; what all of them know is read from
// where it is stored. It is safe for concurrent use.
type Fleet struct {
	now    func() time.Time
	reg    *prometheus.Registry
	ready  func() error
	stored func(context.Context) ([]Stored, error)

	mu    sync.Mutex
	known map[string]*Monitor
}

// Stored is what is known of a job, of a department if there are several, whichever
// process did it. One without a name is whatever a job or a command has done.
type Stored struct {
	Department, Job string
	Last            time.Time // when its last run that went well began; zero: none yet
	Next            time.Time // when it is due
	Cycle           bool      // it reads what was typed and writes what follows
}

// NewFleet returns the monitor of a process that is ready as long as ready returns nil.
func NewFleet(now func() time.Time, ready func() error,
	stored func(context.Context) ([]Stored, error)) *Fleet {
	f := &Fleet{now: now, reg: prometheus.NewRegistry(), ready: ready, stored: stored, known: map[string]*Monitor{}}
	f.reg.MustRegister(storedJobs{f})
	process(f.reg)
	return f
}

// Of returns the monitor of a department, which the fleet serves with its own.
func (f *Fleet) Of(department string) *Monitor {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.known[department]
	if !ok {
		m = &Monitor{now: f.now, counters: count()}
		m.register(prometheus.WrapRegistererWith(prometheus.Labels{"department": department}, f.reg))
		f.known[department] = m
	}
	return m
}

// Handler serves /healthz (the process answers), /readyz (it looks for work, and the
// database answers) and /metrics (Prometheus).
func (f *Fleet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := f.ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(f.reg, promhttp.HandlerOpts{Registry: f.reg}))
	return mux
}

// storedJobs collects what is stored.
type storedJobs struct{ f *Fleet }

var (
	fleetDone = prometheus.NewDesc(doneName, doneHelp, []string{"department", "job"}, nil)
	fleetNext = prometheus.NewDesc(nextName, nextHelp, []string{"department", "job"}, nil)
	fleetAge  = prometheus.NewDesc(ageName, ageHelp, []string{"department"}, nil)
)

// Describe implements prometheus.Collector.
func (storedJobs) Describe(ch chan<- *prometheus.Desc) {
	ch <- fleetDone
	ch <- fleetNext
	ch <- fleetAge
}

// Collect implements prometheus.Collector. If the store cannot be read, the scrape fails.
func (s storedJobs) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	all, err := s.f.stored(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(fleetNext, err)
		return
	}
	unix := func(d *prometheus.Desc, t time.Time, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(t.Unix()), labels...)
	}
	good := map[string]time.Time{} // by department: its last cycle that went through
	for _, j := range all {
		unix(fleetNext, j.Next, j.Department, j.Job)
		if !j.Last.IsZero() {
			unix(fleetDone, j.Last, j.Department, j.Job)
		}
		if j.Cycle && !j.Last.Before(good[j.Department]) {
			good[j.Department] = j.Last
		}
	}
	for department, last := range good {
		age := -1.0
		if !last.IsZero() {
			age = s.f.now().Sub(last).Seconds()
		}
		ch <- prometheus.MustNewConstMetric(fleetAge, prometheus.GaugeValue, age, department)
	}
}
