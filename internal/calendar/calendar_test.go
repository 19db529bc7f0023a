package calendar

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// published are check sums published with the calendars: working days by month and in the
// year. Domain 2.19 also has 2024 to 2026 of Russia.
var published = []struct {
	country Country
	year    int
	months  [12]int
	whole   int
}{
	{Russia, 2017, [12]int{17, 18, 22, 20, 20, 21, 21, 23, 21, 22, 21, 21}, 247},
	{Russia, 2018, [12]int{17, 19, 20, 21, 20, 20, 22, 23, 20, 23, 21, 21}, 247},
	{Russia, 2019, [12]int{17, 20, 20, 22, 18, 19, 23, 22, 21, 23, 20, 22}, 247},
	{Russia, 2020, [12]int{17, 19, 19, 0, 14, 20, 22, 21, 22, 22, 20, 23}, 219},
	{Russia, 2021, [12]int{15, 19, 22, 22, 15, 21, 22, 22, 22, 21, 17, 22}, 240},
	{Russia, 2022, [12]int{16, 19, 22, 21, 18, 21, 21, 23, 22, 21, 21, 22}, 247},
	{Russia, 2023, [12]int{17, 18, 22, 20, 20, 21, 21, 23, 21, 22, 21, 21}, 247},
	{Russia, 2024, [12]int{17, 20, 20, 21, 20, 19, 23, 22, 21, 23, 21, 21}, 248},
	{Russia, 2025, [12]int{17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22}, 247},
	{Russia, 2026, [12]int{15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22}, 247},
	{Russia, 2027, [12]int{15, 19, 22, 22, 19, 21, 22, 22, 22, 21, 20, 22}, 247},
	{Belarus, 2024, [12]int{21, 21, 20, 22, 20, 20, 22, 22, 21, 23, 20, 21}, 253},
	{Belarus, 2025, [12]int{21, 20, 21, 21, 20, 21, 22, 21, 22, 23, 19, 22}, 253},
	{Belarus, 2026, [12]int{19, 20, 22, 21, 20, 22, 22, 21, 22, 22, 21, 22}, 254},
	{Belarus, 2027, [12]int{19, 20, 22, 22, 20, 22, 22, 22, 22, 21, 22, 23}, 257},
	{Kazakhstan, 2024, [12]int{21, 21, 18, 22, 20, 20, 23, 21, 21, 23, 21, 20}, 251},
	{Kazakhstan, 2025, [12]int{20, 20, 20, 22, 19, 21, 23, 21, 22, 23, 20, 22}, 253},
	{Kazakhstan, 2026, [12]int{19, 20, 18, 22, 17, 22, 22, 20, 22, 21, 21, 22}, 246},
	{Kazakhstan, 2027, [12]int{18, 20, 18, 22, 17, 22, 21, 22, 22, 20, 22, 22}, 246},
}

func TestPublishedCalendars(t *testing.T) {
	years := 0
	for _, tt := range published {
		c := Calendar{Country: tt.country}
		var months [12]int
		for m := range months {
			months[m] = c.WorkingDays(nil, MonthOf(Of(tt.year, time.Month(m+1), 15)).Span)
		}
		if months != tt.months {
			t.Errorf("%s %d: working days by month %v, want %v", tt.country, tt.year, months, tt.months)
		}
		if n := c.WorkingDays(nil, Span{Of(tt.year, 1, 1), Of(tt.year, 12, 31)}); n != tt.whole {
			t.Errorf("%s %d: %d working days, want %d", tt.country, tt.year, n, tt.whole)
		}
		if !tt.country.Embeds(tt.year) {
			t.Errorf("%s %d is not embedded", tt.country, tt.year)
		}
		years++
	}
	for _, list := range embedded {
		years -= len(list)
	}
	if years != 0 {
		t.Error("some embedded years have no check sums")
	}
}

// Domain 2.19: short days by year.
func TestShortDays(t *testing.T) {
	c := Calendar{Country: Russia}
	for year, want := range map[int]int{2024: 5, 2025: 4, 2026: 4, 2027: 4} {
		short, whole := 0, 0
		days := Span{Of(year, 1, 1), Of(year, 12, 31)}
		for d := days.From; d <= days.To; d++ {
			if c.Kind(d) == Short {
				short++
			}
		}
		whole = c.WorkingDays(nil, days)
		if short != want {
			t.Errorf("%d: %d short days, want %d", year, short, want)
		}
		if got, want := c.Weight(nil, days, true), float64(whole)-float64(short)/8; got != want {
			t.Errorf("%d: weight %v, want %v", year, got, want)
		}
	}
}

// Holidays are computed by law where no calendar is embedded. 2027 is known both
// ways: they differ by what the governments transferred and by moving holidays.
func TestHolidaysByLaw(t *testing.T) {
	for _, tt := range []struct {
		country Country
		differ  map[string]DayKind // as published
	}{
		{Russia, map[string]DayKind{"2027-02-20": Short, "2027-02-22": Off, "2027-11-05": Off, "2027-12-31": Off}},
		{Belarus, map[string]DayKind{"2027-05-10": Short, "2027-05-11": Off}},
		{Kazakhstan, map[string]DayKind{"2027-05-17": Off}},
	} {
		law, got := byLaw(tt.country, 2027), map[string]DayKind{}
		for d := Of(2027, 1, 1); d <= Of(2027, 12, 31); d++ {
			computed, ok := law[d]
			if !ok {
				computed = NoCountry.Kind(d)
			}
			if k := tt.country.Kind(d); k != computed {
				got[d.String()] = k
			}
		}
		if diff := cmp.Diff(tt.differ, got); diff != "" {
			t.Errorf("%s: %s", tt.country, diff)
		}
	}
}

// Russia's 2028 by Labour Code art. 112 and 95: 4 November is a Saturday and makes Monday
// the 6th a day off; 1, 2 and 8 January, which the government transfers, make none.
func TestYearThatIsNotEmbedded(t *testing.T) {
	if Russia.Embeds(2028) || Russia.Embeds(2016) {
		t.Error("2016 or 2028 is embedded")
	}
	got := map[string]DayKind{}
	for d := Of(2028, 1, 1); d <= Of(2028, 12, 31); d++ {
		if k := Russia.Kind(d); k != NoCountry.Kind(d) {
			got[d.String()[5:]] = k
		}
	}
	want := map[string]DayKind{
		"01-03": Off, "01-04": Off, "01-05": Off, "01-06": Off, "01-07": Off, "02-22": Short, "02-23": Off,
		"03-07": Short, "03-08": Off,
		"05-01": Off, "05-08": Short, "05-09": Off, "06-12": Off, "11-03": Short, "11-06": Off,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !Russia.Holiday(Of(2028, 11, 4)) || Russia.Holiday(Of(2028, 11, 6)) {
		t.Error("the holiday is not told from the day off that it gives")
	}
}

// The days named in domain 2.19.
func TestRussianNamedDays(t *testing.T) {
	c := Calendar{Country: Russia}
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

func TestEmbeddedTableIsSound(t *testing.T) {
	for country, years := range embedded {
		for year, text := range years {
			days := map[Date]DayKind{}
			parsePublished(text, year, days)
			for d, kind := range days {
				if d.Year() != year || NoCountry.Kind(d) == kind {
					t.Errorf("%s: %v is %v by Monday to Friday already, or of another year", country, d, kind)
				}
			}
		}
	}
}

func TestKind(t *testing.T) {
	c := Calendar{Country: Russia, Company: map[Date]DayKind{may1: Working, Of(2026, 5, 4): Off}}
	if got := c.Kind(may1); got != Working {
		t.Errorf("the company's own day is %v, want working", got)
	}
	if got := c.Kind(Of(2026, 5, 4)); got != Off {
		t.Errorf("the company's own day off is %v, want off", got)
	}
	if got := (Calendar{}).WorkingDays(nil, Span{Of(2026, 5, 2), Of(2026, 5, 1)}); got != 0 {
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
	// An empty span overlaps nothing, even inside one week.
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
	c := Calendar{Country: Russia}
	may := MonthOf(Of(2026, 5, 15)).Span
	for b.Loop() {
		c.WorkingDays(nil, may)
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
