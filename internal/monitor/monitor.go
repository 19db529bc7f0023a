// Package monitor tells an administrator's monitoring how the worker does: is it
// alive, has it done its work lately, and what it costs.
//
// It counts what it is told and serves it over HTTP; it knows nobody's names and
// no figures of theirs.
package monitor

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Monitor gathers. Its methods may be called from several goroutines.
type Monitor struct {
	now   func() time.Time
	stale time.Duration
	reg   *prometheus.Registry

	runs     *prometheus.CounterVec
	took     *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	callTook *prometheus.HistogramVec
	waited   *prometheus.CounterVec
	people   *prometheus.GaugeVec

	mu   sync.Mutex
	good time.Time // of the last good sync; zero: none yet
}

// New makes a monitor. Work counts as stale, and the worker as not ready, when
// the last good sync is longer ago than stale.
func New(now func() time.Time, stale time.Duration) *Monitor {
	m := &Monitor{
		now: now, stale: stale, reg: prometheus.NewRegistry(),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_runs_total", Help: "Runs of jobs, by job and by whether they went well."}, []string{"job", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "svodka_run_seconds", Help: "How long runs take.", Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600}}, []string{"job"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_google_calls_total", Help: "Calls to Google, each attempt, by API, method and HTTP status (0: no answer)."}, []string{"api", "method", "status"}),
		callTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "svodka_google_call_seconds", Help: "How long calls to Google take."}, []string{"api"}),
		waited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_google_quota_wait_seconds_total", Help: "Time spent waiting so as to stay within Google's quotas."}, []string{"api"}),
		people: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "svodka_people", Help: "People by state: served, unreadable, bad_cells, not_reported."}, []string{"state"}),
	}
	age := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "svodka_last_good_sync_age_seconds", Help: "Seconds since the last sync that served everybody; -1: none yet."}, m.age)
	m.reg.MustRegister(m.runs, m.took, m.calls, m.callTook, m.waited, m.people, age,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Run counts a run of a job.
func (m *Monitor) Run(job string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.runs.WithLabelValues(job, result).Inc()
	m.took.WithLabelValues(job).Observe(took.Seconds())
}

// Call counts an attempt of a call to Google. Status 0: there was no answer.
func (m *Monitor) Call(api, method string, status int, took, quotaWait time.Duration) {
	m.calls.WithLabelValues(api, method, strconv.Itoa(status)).Inc()
	m.callTook.WithLabelValues(api).Observe(took.Seconds())
	m.waited.WithLabelValues(api).Add(quotaWait.Seconds())
}

// People sets how many people are in a state.
func (m *Monitor) People(state string, n int) { m.people.WithLabelValues(state).Set(float64(n)) }

// Good records a sync that served everybody.
func (m *Monitor) Good(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.good = at
}

func (m *Monitor) age() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.good.IsZero() {
		return -1
	}
	return m.now().Sub(m.good).Seconds()
}

// Handler serves /healthz (the process answers), /readyz (the last good sync is
// not stale) and /metrics (Prometheus).
func (m *Monitor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		switch age := m.age(); {
		case age < 0:
			answer(w, http.StatusServiceUnavailable, "no good sync yet")
		case age > m.stale.Seconds():
			answer(w, http.StatusServiceUnavailable, fmt.Sprintf("the last good sync is %s old", time.Duration(age*float64(time.Second)).Round(time.Second)))
		default:
			answer(w, http.StatusOK, "ok")
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{Registry: m.reg}))
	return mux
}

// answer writes a line. A client that has gone away is none of our business.
func answer(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, line)
}
