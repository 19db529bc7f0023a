package kpi

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"svodka/internal/words"
)

// read returns the share that a text such as «99,9 %» says.
func read(t *testing.T, s string) Num {
	t.Helper()
	s, ok := strings.CutSuffix(s, words.NBSP+"%")
	v, err := strconv.ParseFloat(strings.NewReplacer(",", ".", words.NBSP, "", "−", "-").Replace(s), 64)
	if !ok || err != nil {
		t.Fatalf("%q is no share: %v", s, err)
	}
	return Some(v / 100)
}

// However close to a bound a pace is, the number that is shown has the light of the pace:
// of a set of lights as they ship, with tenths, and with bounds between tenths.
func TestShownHasTheLightOfThePace(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 18))
	for _, lights := range []Thresholds{nil, {{0, Red}, {85.5, Yellow}, {99.9, Green}}, {{0, Red}, {50, Green}},
		{{0, Green}}, {{0, Red}, {84.96, Yellow}, {100.04, Green}}, {{0, Red}, {99.95, Green}}} {
		for _, above := range []float64{1.05, 1.1, 1.202, 0} {
			for _, bound := range append(lights.Bounds(above), 0, 1) {
				for range 600 {
					off := math.Pow(10, -2-9*rnd.Float64())
					pace := Some(bound + off*(2*rnd.Float64()-1))
					shown := lights.Shown(pace, above)
					if off := math.Abs(shown.V - pace.V); off > 0.00051 {
						t.Fatalf("%s: %v is shown as %v", lights, pace.V, shown.V)
					}
					text := FormatNum(shown, Percent, words.RU)
					want, got := lights.Light(pace, above), lights.Light(read(t, text), above)
					if got != want || lights.Light(shown, above) != want {
						t.Fatalf("%s, above from %v: %v is %s, and shown as %s, which is %s", lights, above, pace.V,
							want, text, got)
					}
					if met := pace.V >= 1-epsilon; met != (read(t, text).V >= 1-epsilon) && !crowded(lights, 1) {
						t.Fatalf("%s: %v is shown as %s", lights, pace.V, text)
					}
					if closed := FormatNum(ShownShare(pace), Percent, words.RU); lights.wholes() &&
						lights.Light(read(t, closed), 0) != lights.Light(pace, 0) {
						t.Fatalf("%s: %v of a closed period is shown as %s", lights, pace.V, closed)
					}
				}
			}
		}
	}
	if got := DefaultThresholds().Shown(Num{}, 1.05); got.OK {
		t.Errorf("no pace is shown as %v", got)
	}
	for _, far := range []float64{0.8444, 0.9, 1.01, 3, -0.2} {
		if got := DefaultThresholds().Shown(Some(far), 1.05); got.V != far {
			t.Errorf("%v is shown as %v", far, got.V)
		}
	}
}

// crowded reports whether a light begins within a tenth of a percent of a share.
func crowded(t Thresholds, v float64) bool {
	for _, th := range t {
		if d := math.Abs(th.From/100 - v); d > 0 && d < tenth {
			return true
		}
	}
	return false
}

// wholes reports whether all lights begin at whole percents.
func (t Thresholds) wholes() bool {
	for _, th := range t {
		if th.From != math.Round(th.From) {
			return false
		}
	}
	return true
}
