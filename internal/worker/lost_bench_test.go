//go:build linux

package worker_test

import (
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// BenchmarkLostLedger measures what the sync after the loss of the ledger costs a
// department with closed periods in the spreadsheets of years: of the worker's processor
// and memory, and in calls. It fails unless every closed figure is back as it was.
func BenchmarkLostLedger(b *testing.B) {
	for _, c := range []struct {
		people int
		since  string
	}{{200, "2023-05-01"}, {1000, "2025-05-01"}, {5000, "2026-01-01"}} {
		b.Run(fmt.Sprintf("people=%d", c.people), func(b *testing.B) { benchmarkLostLedger(b, c.people, c.since) })
	}
}

func benchmarkLostLedger(b *testing.B, n int, since string) {
	o, m := weighed(b, n)
	o.past(calendar.Span{From: date(since), To: date("2026-04-30")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
	o.settle()
	want, figures := o.closedSums()
	if len(o.yearly()) == 0 {
		b.Fatalf("nothing of %d closed periods is in the spreadsheets of years", len(want))
	}
	b.Logf("%d figures of %d closed periods, %d spreadsheets of years", figures, len(want), len(o.yearly()))
	var own time.Duration
	peak := 0
	for b.Loop() {
		b.StopTimer()
		o.restart(true)
		o.log.Reset()
		debug.FreeOSMemory()
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			b.Fatal(err)
		}
		idle, before, spent, heard, begun := peakMB(b), o.client.Calls(), m.spent.Load(), m.answered.Load(), worked()
		b.StartTimer()
		out := o.sync()
		b.StopTimer()
		own += worked() - begun - time.Duration(m.spent.Load()-spent)
		after := o.client.Calls()
		peak = max(peak, peakMB(b))
		b.Logf("%d MB before the sync, %d at most; %d reports were read", idle, peak, out.Read)
		b.ReportMetric(float64(after.SheetsRead-before.SheetsRead), "reads/op")
		b.ReportMetric(float64(after.SheetsWrite-before.SheetsWrite), "writes/op")
		b.ReportMetric(float64(after.Drive-before.Drive), "drive/op")
		b.ReportMetric(float64(m.answered.Load()-heard)/1e6, "MB-answered/op")
		if got, _ := o.closedSums(); !slices.Equal(want, got) {
			b.Errorf("%d closed periods were lost or have changed of %d", len(missing(want, got)), len(want))
		}
		b.StartTimer()
	}
	b.ReportMetric(own.Seconds()/float64(b.N), "worker-s/op")
	b.ReportMetric(float64(peak), "MB")
}

// closedSums returns a digest of each closed period with all its figures, in order, and
// how many figures there are. It keeps no period: there are too many.
func (o *office) closedSums() (sums []uint64, figures int) {
	o.t.Helper()
	o.must(o.ledger.Closes(o.t.Context(), calendar.Span{From: 0, To: 1 << 30}, func(c department.Closed) bool {
		h := fnv.New64a()
		c.At, c.Mended = c.At.UTC(), c.Mended.UTC()
		fmt.Fprintf(h, "%+v", c)
		sums = append(sums, h.Sum64())
		figures += len(c.KPIs)
		return true
	}))
	slices.Sort(sums)
	return sums, figures
}

// missing returns what of want, sorted, is not in got.
func missing(want, got []uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(want), func(s uint64) bool {
		_, found := slices.BinarySearch(got, s)
		return found
	})
}

// peakMB returns the most memory that this process has taken since it was last asked to
// forget that.
func peakMB(t testing.TB) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	kb, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s*(\d+)`).FindSubmatch(b)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb / 1024
}
