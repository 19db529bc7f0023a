// Package monitor shows an administrator's monitoring how the worker does: whether it is
// alive, whether it has worked lately, and what it costs.
//
// It counts what it is told and serves it over HTTP; it knows nobody's name and no
// figures of theirs.
package monitor

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Monitor collects the metrics. It is safe for concurrent use.
type Monitor struct {
	now   func() time.Time
	stale time.Duration
	reg   *prometheus.Registry

	counters
	done *prometheus.GaugeVec // nil: it is stored

	mu   sync.Mutex
	good time.Time                                  // time of the last good sync; zero: none yet
	next func(after time.Time) map[string]time.Time // when jobs are due; nil: unknown
	// stored tells how jobs went, whichever process did them; nil: only this one's are
	// known.
	stored func(context.Context) ([]Stored, error)
}

// counters count what a department costs and what comes of it.
type counters struct {
	runs     *prometheus.CounterVec
	took     *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	callTook *prometheus.HistogramVec
	waited   *prometheus.CounterVec
	people   *prometheus.GaugeVec
	files    *prometheus.GaugeVec
	notices  *prometheus.CounterVec
}

// syncJob is the job that decides readiness.
const syncJob = "sync"

// New returns a monitor. The worker is not ready if the last good sync is longer ago than
// stale. With a known schedule, which may rest at night, that time counts from when the
// next sync after it was due.
func New(now func() time.Time, stale time.Duration) *Monitor {
	m := &Monitor{now: now, stale: stale, reg: prometheus.NewRegistry(), counters: count()}
	m.done = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: doneName, Help: doneHelp}, []string{"job"})
	age := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: ageName, Help: ageHelp}, m.age)
	m.register(m.reg)
	m.reg.MustRegister(m.done, due{m}, age)
	process(m.reg)
	return m
}

// Names and help of what is stored, and so known without having been counted here.
const (
	doneName = "svodka_job_success_timestamp_seconds"
	doneHelp = "Unix time of the beginning of a job's last run that went well."
	nextName = "svodka_job_next_timestamp_seconds"
	nextHelp = "Unix time at which a job is due next."
	ageName  = "svodka_last_good_sync_age_seconds"
	ageHelp  = "Seconds since the last cycle that went through; -1: none yet."
)

// process registers what Go and the system know of the process.
func process(reg prometheus.Registerer) {
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

func (c counters) register(reg prometheus.Registerer) {
	reg.MustRegister(c.runs, c.took, c.calls, c.callTook, c.waited, c.people, c.files, c.notices)
}

func count() counters {
	return counters{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_runs_total", Help: "Runs of jobs, by job and by whether they went well."},
			[]string{"job", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "svodka_run_seconds", Help: "How long runs take.",
			Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600}}, []string{"job"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_google_calls_total", Help: "Calls to Google, each attempt, by API, method and HTTP status " +
				"(0: no answer)."}, []string{"api", "method", "status"}),
		callTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "svodka_google_call_seconds", Help: "How long calls to Google take."}, []string{"api"}),
		waited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_google_quota_wait_seconds_total",
			Help: "Time spent waiting so as to stay within Google's quotas."}, []string{"api"}),
		people: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "svodka_people", Help: "People by state: served, unreadable (their spreadsheet could not be read " +
				"or written), bad_cells (some cells in it cannot be read), not_reported (for the last working day " +
				"whose deadline has passed)."}, []string{"state"}),
		files: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "svodka_spreadsheets", Help: "Spreadsheets by state: unshared (waiting until Google lets them be " +
				"shared), by_hand (shared also by somebody else), unmoved (files to be moved into their folders), " +
				"lost (vanished together: not made again by themselves)."}, []string{"state"}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "svodka_notices_total", Help: "Messages to people, by job and by whether they arrived."},
			[]string{"job", "result"}),
	}
}

// Follow sets the functions that return when jobs are next due after a time, by name, and
// when each last went well, whichever process did it.
func (m *Monitor) Follow(next func(after time.Time) map[string]time.Time,
	stored func(context.Context) ([]Stored, error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next, m.stored = next, stored
}

// learn learns how jobs went that other processes did.
func (m *Monitor) learn(ctx context.Context) error {
	m.mu.Lock()
	stored := m.stored
	m.mu.Unlock()
	if stored == nil {
		return nil
	}
	all, err := stored(ctx)
	if err != nil {
		return err
	}
	for _, j := range all {
		if j.Job != "" {
			m.Done(j.Job, j.Last)
		}
		if j.Cycle {
			m.Good(j.Last)
		}
	}
	return nil
}

// Done records when a successful run of a job began.
func (m *Monitor) Done(job string, at time.Time) {
	if m.done != nil && !at.IsZero() {
		m.done.WithLabelValues(job).Set(float64(at.Unix()))
	}
}

// Run counts a run of a job that has just ended.
func (m *Monitor) Run(job string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	} else {
		m.Done(job, m.now().Add(-took))
	}
	m.runs.WithLabelValues(job, result).Inc()
	m.took.WithLabelValues(job).Observe(took.Seconds())
}

// Call counts one attempt of a call to Google. Status 0: there was no answer.
func (m *Monitor) Call(api, method string, status int, took, quotaWait time.Duration) {
	m.calls.WithLabelValues(api, method, strconv.Itoa(status)).Inc()
	m.callTook.WithLabelValues(api).Observe(took.Seconds())
	m.waited.WithLabelValues(api).Add(quotaWait.Seconds())
}

// People sets how many people are in a state.
func (m *Monitor) People(state string, n int) { m.people.WithLabelValues(state).Set(float64(n)) }

// Notices counts a job's messages: those sent and those that failed.
func (m *Monitor) Notices(job string, sent, failed int) {
	m.notices.WithLabelValues(job, "ok").Add(float64(sent))
	m.notices.WithLabelValues(job, "error").Add(float64(failed))
}

// Spreadsheets sets how many spreadsheets are in a state.
func (m *Monitor) Spreadsheets(state string, n int) {
	m.files.WithLabelValues(state).Set(float64(n))
}

// Good records a successful cycle.
func (m *Monitor) Good(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.After(m.good) {
		m.good = at
	}
}

func (m *Monitor) age() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.good.IsZero() {
		return -1
	}
	return m.now().Sub(m.good).Seconds()
}

// late returns how long ago the next sync after the last good one was due or, if that is
// unknown, how long ago the last good one was.
func (m *Monitor) late() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	since := m.good
	if m.next != nil {
		if t := m.next(m.good)[syncJob]; !t.IsZero() {
			since = t
		}
	}
	return m.now().Sub(since)
}

// due collects when jobs are next due.
type due struct{ m *Monitor }

var dueDesc = prometheus.NewDesc(nextName, nextHelp, []string{"job"}, nil)

// Describe implements prometheus.Collector.
func (d due) Describe(ch chan<- *prometheus.Desc) { ch <- dueDesc }

// Collect implements prometheus.Collector.
func (d due) Collect(ch chan<- prometheus.Metric) {
	d.m.mu.Lock()
	next := d.m.next
	d.m.mu.Unlock()
	if next == nil {
		return
	}
	for job, at := range next(d.m.now()) {
		ch <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(at.Unix()), job)
	}
}

// Handler serves /healthz (the process answers), /readyz (the last good sync is not
// stale) and /metrics (Prometheus).
func (m *Monitor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		err := m.learn(r.Context())
		switch age := m.age(); {
		case err != nil:
			answer(w, http.StatusServiceUnavailable, fmt.Sprintf("the ledger cannot be read: %v", err))
		case age < 0:
			answer(w, http.StatusServiceUnavailable, "no good sync yet")
		case m.late() > m.stale:
			answer(w, http.StatusServiceUnavailable,
				fmt.Sprintf("the last good sync is %s old", time.Duration(age*float64(time.Second)).Round(time.Second)))
		default:
			answer(w, http.StatusOK, "ok")
		}
	})
	metrics := promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{Registry: m.reg})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if err := m.learn(r.Context()); err != nil {
			answer(w, http.StatusInternalServerError, fmt.Sprintf("the ledger cannot be read: %v", err))
			return
		}
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// answer writes a line. A client that has gone away does not concern us.
func answer(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, line)
}
