package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

// heapWriter counts what is written, and looks at the heap now and then.
type heapWriter struct {
	bytes, looked int
	peak          uint64
}

func (w *heapWriter) Write(b []byte) (int, error) {
	w.bytes += len(b)
	if w.bytes-w.looked > 8<<20 || w.looked == 0 {
		w.looked = w.bytes
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapInuse+m.StackInuse)
	}
	return len(b), nil
}

// BenchmarkExportDays exports a year of a thousand people, five KPIs each, by day,
// from a ledger that holds a figure for every one of them. Its peak is the memory
// in use while rows are written, in MB.
func BenchmarkExportDays(b *testing.B) {
	const people = 1000
	dir := b.TempDir()
	ctx := context.Background()
	now := func() time.Time { return time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC) }
	run := func(out io.Writer, args ...string) {
		b.Helper()
		var errs strings.Builder
		a := &app{stdout: out, stderr: &errs, env: []string{"SVODKA_DATA_DIR=" + dir}, now: now}
		if code := a.main(ctx, args); code != 0 {
			b.Fatalf("svodka %s: exit code %d\n%s", strings.Join(args, " "), code, errs.String())
		}
	}
	var file strings.Builder
	file.WriteString("name,role\n")
	for i := range people {
		fmt.Fprintf(&file, "Человек %04d,cold-caller\n", i)
	}
	list := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(list, []byte(file.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	run(io.Discard, "init")
	run(io.Discard, "import", "people", list)
	run(io.Discard, "check")
	a := &app{stdout: io.Discard, stderr: io.Discard, env: []string{"SVODKA_DATA_DIR=" + dir}, now: now}
	x, err := a.open(ctx, ledgerOnly)
	if err != nil {
		b.Fatal(err)
	}
	dep, err := x.worker.Department(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if len(dep.People) != people {
		b.Fatalf("there are %d people", len(dep.People))
	}
	if err := errors.Join(fillYear(ctx, x.ledger, dep), x.close()); err != nil {
		b.Fatal(err)
	}
	var w heapWriter
	for b.Loop() {
		w = heapWriter{peak: w.peak}
		run(&w, "export", "summary", "--period", "day", "--from", "2026-01-01")
	}
	b.ReportMetric(float64(w.peak)/(1<<20), "peak-MB")
	b.ReportMetric(float64(w.bytes)/(1<<20), "written-MB")
}

// fillYear stores a figure of every typed KPI, person and day of 2026.
func fillYear(ctx context.Context, l *ledger.Ledger, dep *department.Department) error {
	rng := rand.New(rand.NewPCG(1, 2))
	year := calendar.Span{From: calendar.Of(2026, 1, 1), To: calendar.Of(2026, 12, 31)}
	kpis := []string{"calls", "talks", "talk_time", "leads"}
	for _, p := range dep.People {
		r := ledger.Reading{Person: p.ID, Scopes: []ledger.Scope{{Span: year, KPIs: kpis}}, Day: year.To}
		for d := year.From; d <= year.To; d++ {
			for _, k := range kpis {
				r.Entries = append(r.Entries, department.Entry{Person: p.ID, KPI: k, Date: d,
					Value: float64(rng.IntN(100))})
			}
		}
		if _, err := l.Store(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
