package numfmt

import (
	"testing"
	"time"
)

func TestSerial(t *testing.T) {
	for _, day := range []struct {
		t    time.Time
		want float64
	}{
		{time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC), 0}, {time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), 46327.5},
		{time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), -109571},
		{time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), 2958465},
		{time.Date(2026, 3, 29, 4, 0, 0, 0, time.FixedZone("", 7200)), 46110 + 4.0/24},
	} {
		got := Serial(day.t)
		if got != day.want {
			t.Errorf("Serial(%v) = %v, want %v", day.t, got, day.want)
		}
		if back, ok := Time(got); !ok || back.Format(time.DateTime) != day.t.Format(time.DateTime) {
			t.Errorf("Time(%v) = %v, %v", got, back, ok)
		}
	}
	for _, x := range []float64{-1e9, 1e9} {
		if got, ok := Time(x); ok {
			t.Errorf("Time(%v) = %v", x, got)
		}
	}
}

func TestFixed(t *testing.T) {
	tests := []struct {
		x    float64
		n    int
		want string
	}{
		{1.005, 2, "1.01"}, {0.5, 0, "1"}, {0.4, 0, "0"}, {999.995, 2, "1000.00"}, {1250, -2, "1300"}, {49, -2, "0"},
		{50, -2, "100"}, {0.00001, 3, "0.000"}, {1e20, 1, "100000000000000000000.0"}, {0, 2, "0.00"}, {-2.5, 0, "3"},
	}
	for _, tt := range tests {
		if got := Fixed(tt.x, tt.n); got != tt.want {
			t.Errorf("Fixed(%v, %d) = %s, want %s", tt.x, tt.n, got, tt.want)
		}
	}
}

func TestLocales(t *testing.T) {
	for _, name := range []string{"", "xx", "pl_PL", "ja_JP", "ar_EG", "hi_IN", "pt_BR", "zh_TW", "en_ZA", "!!"} {
		l := Get(name)
		if l.Decimal == "" || l.Date == "" || l.True == "" || len(l.months) != 12 {
			t.Errorf("locale %q is incomplete: %+v", name, l)
		}
	}
	if l := Get("pt_BR"); l.Decimal != "," || l.Group != "." {
		t.Errorf("pt_BR writes numbers with %q and %q", l.Decimal, l.Group)
	}
}
