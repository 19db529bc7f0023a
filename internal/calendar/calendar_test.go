package calendar

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Domain 2.19: working days by month, and short days, of the embedded years.
func TestRussianProductionCalendar(t *testing.T) {
	tests := []struct {
		year   int
		months [12]int
		whole  int
		short  int
	}{
		{2024, [12]int{17, 20, 20, 21, 20, 19, 23, 22, 21, 23, 21, 21}, 248, 5},
		{2025, [12]int{17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22}, 247, 4},
		{2026, [12]int{15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22}, 247, 4},
	}
	c := Calendar{Base: Russian()}
	for _, tt := range tests {
		var months [12]int
		for m := range months {
			months[m] = c.WorkingDays(MonthOf(Of(tt.year, time.Month(m+1), 15)).Span)
		}
		if months != tt.months {
			t.Errorf("%d: working days by month %v, want %v", tt.year, months, tt.months)
		}
		year := Span{Of(tt.year, 1, 1), Of(tt.year, 12, 31)}
		if n := c.WorkingDays(year); n != tt.whole {
			t.Errorf("%d: %d working days, want %d", tt.year, n, tt.whole)
		}
		short := 0
		for d := year.From; d <= year.To; d++ {
			if c.Kind(d) == Short {
				short++
			}
		}
		if short != tt.short {
			t.Errorf("%d: %d short days, want %d", tt.year, short, tt.short)
		}
		if got, want := c.Weight(year, true), float64(tt.whole)-float64(tt.short)/8; got != want {
			t.Errorf("%d: weight %v, want %v", tt.year, got, want)
		}
	}
}

// Domain 2.19: the days that it names.
func TestRussianNamedDays(t *testing.T) {
	c := Calendar{Base: Russian()}
	want := map[string]DayKind{
		"2024-11-02": Short, "2025-11-01": Short,
		"2024-04-27": Working, "2024-12-28": Working,
		"2026-04-30": Short, "2026-05-08": Short, "2026-06-11": Short, "2026-11-03": Short,
		"2026-01-09": Off, "2026-03-09": Off, "2026-05-11": Off, "2026-12-31": Off,
		"2026-05-09": Off, "2026-05-12": Working,
	}
	for s, kind := range want {
		if got := c.Kind(date(t, s)); got != kind {
			t.Errorf("%s is %v, want %v", s, got, kind)
		}
	}
}

func TestRussianTableIsSound(t *testing.T) {
	plain := Calendar{}
	for d, kind := range Russian() {
		if y := d.Year(); y < RussianFrom || y > RussianTo {
			t.Errorf("%v is outside the embedded years", d)
		}
		if plain.Kind(d) == kind {
			t.Errorf("%v is %v by Monday to Friday already", d, kind)
		}
	}
	if len(russianDays) != RussianTo-RussianFrom+1 {
		t.Errorf("%d years embedded, want %d", len(russianDays), RussianTo-RussianFrom+1)
	}
}

func TestKind(t *testing.T) {
	may1 := Of(2026, 5, 1)
	c := Calendar{Base: Russian(), Company: map[Date]DayKind{may1: Working, Of(2026, 5, 4): Off}}
	if got := c.Kind(may1); got != Working {
		t.Errorf("the company's own day is %v, want working", got)
	}
	if got := c.Kind(Of(2026, 5, 4)); got != Off {
		t.Errorf("the company's own day off is %v, want off", got)
	}
	// A year that is not embedded is Monday to Friday, its first of January too.
	if got := c.WorkingDays(Span{Of(2021, 1, 1), Of(2021, 1, 31)}); got != 21 {
		t.Errorf("January 2021 has %d working days, want 21", got)
	}
	if got := (Calendar{}).WorkingDays(Span{Of(2026, 5, 2), Of(2026, 5, 1)}); got != 0 {
		t.Errorf("an empty span has %d working days", got)
	}
	for kind, want := range map[DayKind][2]float64{Off: {0, 0}, Working: {1, 1}, Short: {1, 0.875}} {
		if got := [2]float64{kind.Weight(false), kind.Weight(true)}; got != want {
			t.Errorf("weights of %v: %v, want %v", kind, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	tests := []struct {
		iso     string
		weekday time.Weekday
		week    string
		monday  string
	}{
		{"2026-05-15", time.Friday, "2026-W20", "2026-05-11"},
		{"2026-05-17", time.Sunday, "2026-W20", "2026-05-11"},
		{"2026-05-11", time.Monday, "2026-W20", "2026-05-11"},
		{"2024-12-30", time.Monday, "2025-W01", "2024-12-30"},
		{"2021-01-03", time.Sunday, "2020-W53", "2020-12-28"},
		{"1970-01-02", time.Friday, "1970-W01", "1969-12-29"},
		{"1969-12-31", time.Wednesday, "1970-W01", "1969-12-29"},
		{"1969-12-28", time.Sunday, "1969-W52", "1969-12-22"},
		{"1900-03-01", time.Thursday, "1900-W09", "1900-02-26"},
		{"2000-02-29", time.Tuesday, "2000-W09", "2000-02-28"},
	}
	for _, tt := range tests {
		d := date(t, tt.iso)
		if d.String() != tt.iso {
			t.Errorf("%s prints as %s", tt.iso, d)
		}
		if d.Weekday() != tt.weekday {
			t.Errorf("%s is a %v, want %v", tt.iso, d.Weekday(), tt.weekday)
		}
		w := WeekOf(d)
		if w.String() != tt.week || w.From.String() != tt.monday || w.Days() != 7 || !w.Has(d) {
			t.Errorf("week of %s is %v from %v, want %s from %s", tt.iso, w, w.From, tt.week, tt.monday)
		}
		if got := FromSerial(d.Serial()); got != d {
			t.Errorf("%s comes back from its serial as %v", tt.iso, got)
		}
		if got := FromSerial(d.Serial() + 0.999); got != d {
			t.Errorf("%s late in the evening comes back as %v", tt.iso, got)
		}
		if got := Of(d.Year(), d.Month(), d.Day()); got != d {
			t.Errorf("%s comes back from its parts as %v", tt.iso, got)
		}
	}
}

func TestSerial(t *testing.T) {
	if got := Of(2026, 5, 15).Serial(); got != 46157 {
		t.Errorf("serial of 2026-05-15 is %v, want 46157", got)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), -1, 0, 0.5, 79161234567, 1e300} {
		if d := FromSerial(bad); !d.IsZero() {
			t.Errorf("FromSerial(%v) = %v, want no date", bad, d)
		}
	}
	if got := FromSerial(2958465.5).String(); got != "9999-12-31" {
		t.Errorf("the last serial is %s", got)
	}
}

func TestFromTimeKeepsTheDayOfTheZone(t *testing.T) {
	late := time.Date(2026, 5, 15, 23, 30, 0, 0, time.FixedZone("", -11*3600))
	if got := FromTime(late).String(); got != "2026-05-15" {
		t.Errorf("got %s", got)
	}
	if got := FromTime(time.Date(1960, 2, 29, 1, 0, 0, 0, time.UTC)).String(); got != "1960-02-29" {
		t.Errorf("got %s", got)
	}
}

func TestDateText(t *testing.T) {
	for _, bad := range []string{"15.05.2026", "2026-02-30", "2026-5-1", "x"} {
		if d, err := ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", bad, d)
		}
	}
	var d Date
	if err := d.UnmarshalText([]byte("2026-05-15")); err != nil || d != Of(2026, 5, 15) {
		t.Errorf("got %v, %v", d, err)
	}
	if err := d.UnmarshalText(nil); err != nil || !d.IsZero() {
		t.Errorf("got %v, %v", d, err)
	}
	if b, err := d.MarshalText(); err != nil || len(b) != 0 {
		t.Errorf("the zero date is written as %q, %v", b, err)
	}
}

func TestPeriods(t *testing.T) {
	may := MonthOf(Of(2026, 5, 15))
	if may.From != Of(2026, 5, 1) || may.To != Of(2026, 5, 31) || may.String() != "2026-05" {
		t.Errorf("May is %v to %v, %v", may.From, may.To, may)
	}
	if dec := MonthOf(Of(2026, 12, 31)); dec.To != Of(2026, 12, 31) || dec.Next().String() != "2027-01" {
		t.Errorf("December is %v to %v, next %v", dec.From, dec.To, dec.Next())
	}
	var names []string
	for _, p := range Periods(Week, may.Span) {
		names = append(names, p.String())
		if p.Prev().Next() != p {
			t.Errorf("%v has the previous week %v", p, p.Prev())
		}
	}
	if diff := cmp.Diff([]string{"2026-W18", "2026-W19", "2026-W20", "2026-W21", "2026-W22"}, names); diff != "" {
		t.Error(diff)
	}
	if n := len(Periods(Day, may.Span)); n != 31 {
		t.Errorf("%d days in May", n)
	}
	if n := len(Periods(Month, Span{Of(2025, 12, 31), Of(2026, 2, 1)})); n != 3 {
		t.Errorf("%d months touched, want 3", n)
	}
	// An empty span touches nothing, even inside one week.
	if got := Periods(Week, Span{Of(2026, 5, 13), Of(2026, 5, 12)}); got != nil {
		t.Errorf("an empty span touches %v", got)
	}
}

func TestSpan(t *testing.T) {
	a, b := Span{Of(2026, 5, 1), Of(2026, 5, 10)}, Span{Of(2026, 5, 10), Of(2026, 5, 20)}
	if got := a.Meet(b); got.Days() != 1 || !got.Has(Of(2026, 5, 10)) {
		t.Errorf("they meet in %v", got)
	}
	if got := a.Meet(Span{Of(2026, 6, 1), Of(2026, 6, 2)}); got.Days() != 0 || got.Has(got.From) {
		t.Errorf("spans apart meet in %v", got)
	}
}

func BenchmarkWorkingDays(b *testing.B) {
	c := Calendar{Base: Russian()}
	may := MonthOf(Of(2026, 5, 15)).Span
	for b.Loop() {
		c.WorkingDays(may)
	}
}

func date(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
