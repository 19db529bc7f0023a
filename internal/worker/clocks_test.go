package worker_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
)

// noTime matches what the clock of a tab shows.
var noTime = regexp.MustCompile(`\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d`)

// jumpOffice returns an office with figures of 12 and 13 May, on the 14th at noon.
func jumpOffice(t *testing.T, change ...func(*office)) *office {
	o := newOffice(t, change...)
	figuresOfMay(o)
	return o
}

// figuresOfMay turns an office into a jumpOffice.
func figuresOfMay(o *office) {
	o.init().hire(2, "sales-rep")
	o.sync()
	o.open()
	for _, d := range []string{"2026-05-12", "2026-05-13"} {
		for i, v := range []float64{3, 2} {
			o.types(i, d, "deals", v)
			o.types(i, d, "revenue", v*1000)
		}
	}
	o.settle()
}

// week20 is in the hidden cells of «История» once 11 to 17 May are closed.
const week20 = `"kind":"week","from":"2026-05-11"`

// goOn is the rest of the day of a jumpOffice.
func (o *office) goOn() *office {
	o.clock.set("2026-05-14", 15, 0)
	o.settle()
	o.types(0, "2026-05-14", "deals", 7)
	o.types(0, "2026-05-14", "revenue", 7000)
	o.settle()
	o.settle()
	return o
}

// A clock that jumps for a sync or three, and comes back, leaves nothing behind: the
// export and the figures in all spreadsheets are as if it had not.
func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	copies := staged(t, figuresOfMay)
	calm := copies(t).goOn()
	export, sheets := calm.export(), calm.dump()
	may := calendar.MonthOf(calendar.Of(2026, 5, 14))
	for name, day := range map[string]string{
		"back a month": "2026-04-10", "back a year": "2025-05-10", "forward a day": "2026-05-15",
		"forward a week":   "2026-05-22",
		"forward 2 months": "2026-07-15", "forward a year": "2027-05-14", "1970": "1970-01-02", "2036": "2036-02-29",
	} {
		t.Run(name, func(t *testing.T) {
			wrong, err := calendar.ParseDate(day)
			if err != nil {
				t.Fatal(err)
			}
			o := copies(t)
			o.clock.set(day, 12, 0)
			for range 3 {
				out, err := o.w.Sync(t.Context(), 0)
				if err != nil || len(out.Failures) > 0 {
					t.Errorf("while the clock is wrong: %v %v", err, out.Failures)
				}
				if out.Settled {
					break
				}
			}
			o.goOn()
			if d := cmp.Diff(export, o.export()); d != "" {
				t.Errorf("the export differs (-calm +jumped):\n%s", clip(d))
			}
			// The tab of the month that the clock showed stays, empty: deleting one may
			// lose what somebody is typing. All else is as it was.
			now := o.dump()
			for file := range sheets {
				if sheets[file] != now[file] && (calendar.MonthOf(wrong) == may || !strings.HasPrefix(file, "Отчёт")) {
					t.Errorf("the spreadsheet %s differs: %d bytes, %d when calm", file, len(now[file]),
						len(sheets[file]))
				}
			}
			for i := range 2 {
				if d := cmp.Diff(noTime.ReplaceAllString(calm.text(calm.report(i), "month:2026-05"), ""),
					noTime.ReplaceAllString(o.text(o.report(i), "month:2026-05"), "")); d != "" {
					t.Errorf("the month of person %d differs:\n%s", i, clip(d))
				}
			}
		})
	}
}

// Days locked by a clock a week ahead are open again, and are locked after their days of
// grace.
func TestLocksOfDaysToComeAreTakenBack(t *testing.T) {
	t.Parallel()
	o := jumpOffice(t)
	o.clock.set("2026-05-22", 12, 0)
	o.settle()
	if !strings.Contains(o.text(o.summary(), "history"), week20) {
		t.Error("a week that seems to be over is not closed")
	}
	o.goOn()
	may := func() float64 { return o.line(0, calendar.Month, "2026-05-14", "deals").Fact.V }
	if got := may(); got != 13 {
		t.Errorf("the deals of May are %v, want 3 + 3 + 7", got)
	}
	if note := o.stands(0, "2026-05-14", "deals").Note; note != "" {
		t.Errorf("the cell says %q", note)
	}
	if strings.Contains(o.text(o.summary(), "history"), week20) ||
		strings.Contains(o.text(o.summary(), "edits"), "14.05") {
		t.Errorf("what was closed by mistake is still shown:\n%s", o.text(o.summary(), "history"))
	}
	o.clock.set("2026-05-22", 12, 0) // for real
	o.settle()
	o.types(0, "2026-05-14", "deals", 70)
	o.settle()
	if got := may(); got != 13 {
		t.Errorf("an edit of a locked day counts: %v", got)
	}
	if !strings.Contains(o.text(o.summary(), "history"), week20) {
		t.Error("the week is not closed")
	}
	o.restart(true)
	o.settle()
	if got := may(); got != 13 {
		t.Errorf("after the ledger was lost the deals of May are %v", got)
	}
}

// A clock that starts in 1970, or a month behind, takes back nothing in a department that
// has worked for some days: what was closed stays as it was.
func TestClockBehindKeepsHistory(t *testing.T) {
	t.Parallel()
	o := jumpOffice(t)
	for _, d := range []string{"2026-05-15", "2026-05-18", "2026-05-19", "2026-05-20", "2026-05-21", "2026-05-22",
		"2026-05-25", "2026-05-26"} {
		o.clock.set(d, 12, 0)
		o.settle()
	}
	o.types(0, "2026-05-14", "deals", 70) // late: held
	o.settle()
	history, edits := o.text(o.summary(), "history"), o.text(o.summary(), "edits")
	if !strings.Contains(history, week20) {
		t.Fatal("the week is not closed")
	}
	for _, day := range []string{"1970-01-02", "2026-04-10"} {
		o.clock.set(day, 12, 0)
		o.settle()
		o.clock.set("2026-05-26", 13, 0)
		o.settle()
		if d := cmp.Diff(history+edits, o.text(o.summary(), "history")+o.text(o.summary(), "edits")); d != "" {
			t.Errorf("%s: %s", day, clip(d))
		}
	}
}

// googleTime answers as a Google whose clock is its own.
type googleTime struct {
	http.RoundTripper
	now func() time.Time
}

func (g googleTime) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Header.Set("Date", g.now().UTC().Format(http.TimeFormat))
	}
	return res, err
}

// If the machine's clock differs from Google's nothing is locked or closed, and ops learn
// of it; a few minutes do not matter, and the earlier of the two counts.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	off := 0 * time.Minute // how far the machine is ahead
	o := jumpOffice(t, func(x *office) {
		x.wire = func(base http.RoundTripper) http.RoundTripper {
			return googleTime{base, func() time.Time { return x.clock.now().Add(-off) }}
		}
	})
	closed := func() bool { return strings.Contains(o.text(o.summary(), "history"), week20) }
	told := func() bool { return strings.Contains(o.text(o.control(), "checks"), "часы компьютера") }
	off = 8 * 24 * time.Hour
	o.clock.set("2026-05-22", 12, 0)
	o.settle()
	if closed() || !told() {
		t.Errorf("eight days apart: closed %v, told %v\n%s", closed(), told(), o.text(o.control(), "checks"))
	}
	off = 0
	o.goOn()
	if got := o.line(0, calendar.Month, "2026-05-14", "deals").Fact.V; got != 13 || told() {
		t.Errorf("after it: %v deals, told %v", got, told())
	}
	off = 5 * time.Minute
	o.clock.set("2026-05-21", 0, 2) // Google's is the 20th: the 17th must not be locked yet
	o.settle()
	if closed() || told() {
		t.Errorf("five minutes apart, at midnight: closed %v, told %v", closed(), told())
	}
	o.clock.set("2026-05-21", 0, 10)
	o.settle()
	if !closed() {
		t.Error("the week is not closed when both clocks say so")
	}
}
