package kpi

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Domain 2.18: lower bounds, no gaps, «перевыполнение» from 105.
func TestLight_2_18(t *testing.T) {
	tests := []struct {
		pace Num
		want Light
	}{
		{Some(0), Red}, {Some(0.8444), Red}, {Some(0.849999), Red}, {Some(0.85), Yellow},
		{Some(17.0 / 20), Yellow}, {Some(0.999), Yellow}, {Some(1), Green}, {Some(0.1 + 0.2 + 0.7), Green},
		{Some(1.049), Green}, {Some(1.05), Above}, {Some(3), Above}, {Some(-0.1), Red}, {Num{}, NoLight},
	}
	for _, th := range []Thresholds{nil, DefaultThresholds()} {
		for _, tt := range tests {
			if got := th.Light(tt.pace, 1.05); got != tt.want {
				t.Errorf("pace %v: %q, want %q", tt.pace, got, tt.want)
			}
		}
	}
	if got := DefaultThresholds().Light(Some(2), 0); got != Green {
		t.Errorf("without a bound for above: %q", got)
	}
}

func TestParseThresholds(t *testing.T) {
	sound := []struct {
		src  string
		want Thresholds
	}{
		{"0:red;85:yellow;100:green", DefaultThresholds()},
		{" 0 : Красный ; 85,5 % : жёлтый; 100:зеленый; ", Thresholds{{0, Red}, {85.5, Yellow}, {100, Green}}},
		{"0:green", Thresholds{{0, Green}}},
		{"  ", nil},
	}
	for _, tt := range sound {
		got, err := ParseThresholds(tt.src)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("ParseThresholds(%q): %v %s", tt.src, err, diff)
		}
		again, err := ParseThresholds(got.String())
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%q does not come back: %v %s", got, err, diff)
		}
	}
	broken := map[string]Code{
		"red":                    CodeLightsForm,
		"x:red":                  CodeLightsForm,
		"0:red;;100:green":       CodeLightsForm,
		"0:blue":                 CodeLightsColor,
		"0:":                     CodeLightsColor,
		"0:above":                CodeLightsColor,
		"10:red;85:yellow":       CodeLightsZero,
		"0:red;85:green;85:red":  CodeLightsOrder,
		"0:red;90:green;85:red":  CodeLightsOrder,
		"0:red;NaN:green;85:red": CodeLightsForm,
	}
	for src, code := range broken {
		_, err := ParseThresholds(src)
		p, ok := errors.AsType[Problem](err)
		if !ok || p.Code != code || p.Field != FieldLights {
			t.Errorf("ParseThresholds(%q): %v, want the code %s", src, err, code)
			continue
		}
		checkTexts(t, p.Message)
	}
}

func TestFormatNum(t *testing.T) {
	tests := []struct {
		n      Num
		unit   Unit
		ru, en string
	}{
		{Num{}, Money, "—", "—"},
		{Some(0), Count, "0", "0"},
		{Some(-0.001), Count, "0", "0"},
		{Some(1234.5), Money, "1 234,5 ₽", "1,234.5 ₽"},
		{Some(1234567), Money, "1 234 567 ₽", "1,234,567 ₽"},
		{Some(-285000), Money, "−285 000 ₽", "−285,000 ₽"},
		{Some(66666.6667), Money, "66 666,67 ₽", "66,666.67 ₽"},
		{Some(999.999), Money, "1 000 ₽", "1,000 ₽"},
		{Some(802.2222), Count, "802,22", "802.22"},
		{Some(100), Count, "100", "100"},
		{Some(0.84444), Percent, "84,4 %", "84.4%"},
		{Some(0.07), Percent, "7 %", "7%"},
		{Some(5400), Duration, "1:30:00", "1:30:00"},
		{Some(-59.6), Duration, "−0:01:00", "−0:01:00"},
		{Some(360000), Duration, "100:00:00", "100:00:00"},
	}
	for _, tt := range tests {
		if got := FormatNum(tt.n, tt.unit, "ru"); got != nb(tt.ru) {
			t.Errorf("%v %s: %q, want %q", tt.n, tt.unit, got, nb(tt.ru))
		}
		if got := FormatNum(tt.n, tt.unit, "en"); got != nb(tt.en) {
			t.Errorf("%v %s: %q, want %q", tt.n, tt.unit, got, nb(tt.en))
		}
	}
}

func TestFormatDelta(t *testing.T) {
	tests := []struct {
		n    Num
		unit Unit
		ru   string
	}{
		{Some(-70), Count, "−70"},
		{Some(0), Count, "0"},
		{Some(0.001), Count, "+0,01"}, // what is not zero is not shown as zero
		{Some(-0.004), Money, "−0,01 ₽"},
		{Some(-0.0003), Percent, "−0,03 п.п."},
		{Some(-0.00003), Percent, "−0,01 п.п."},
		{Some(-0.3), Duration, "−0:00:01"},
		{Some(1e-12), Money, "0 ₽"},
		{Some(-1e-12), Percent, "0,0 п.п."},
		{Some(26600), Money, "+26 600 ₽"},
		{Some(-0.02), Percent, "−2,0 п.п."},
		{Some(0.005), Percent, "+0,5 п.п."},
		{Some(90), Duration, "+0:01:30"},
		{Num{}, Count, "—"},
	}
	for _, tt := range tests {
		if got := FormatDelta(tt.n, tt.unit, "ru"); got != nb(tt.ru) {
			t.Errorf("%v %s: %q, want %q", tt.n, tt.unit, got, nb(tt.ru))
		}
	}
	if got := FormatDelta(Some(math.Copysign(0.02, -1)), Percent, "en"); got != nb("−2.0 pp") {
		t.Errorf("got %q", got)
	}
}

// nb makes the spaces of a number non-breaking.
func nb(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r == ' ' {
			out[i] = '\u00a0'
		}
	}
	return string(out)
}
