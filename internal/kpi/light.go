package kpi

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Light is the colour of a KPI's pace.
type Light string

// The lights, worst first. NoLight means too early to say, or nothing to say.
const (
	NoLight Light = ""
	Red     Light = "red"
	Yellow  Light = "yellow"
	Green   Light = "green"
	Above   Light = "above" // plan exceeded
)

// Threshold is the lower bound, in percent of pace, of a light.
type Threshold struct {
	From  float64
	Light Light
}

// Thresholds are a KPI's lights, ascending, the first from 0, so that they leave no gaps.
// Nil means DefaultThresholds.
type Thresholds []Threshold

// DefaultThresholds returns red, yellow from 85 % and green from 100 % (domain 2.18).
func DefaultThresholds() Thresholds {
	return Thresholds{{0, Red}, {85, Yellow}, {100, Green}}
}

var lightNames = map[string]Light{
	"red": Red, "yellow": Yellow, "green": Green,
	"красный": Red, "желтый": Yellow, "жёлтый": Yellow, "зеленый": Green, "зелёный": Green,
}

// ParseThresholds reads lights as ops type them: `0:red;85:yellow;100:green`, with a
// decimal comma or point, colours in English or Russian, any spaces. Empty gives nil, the
// default. Its error is a Problem of FieldLights.
func ParseThresholds(s string) (Thresholds, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var out Thresholds
	for part := range strings.SplitSeq(strings.TrimRight(strings.TrimSpace(s), ";"), ";") {
		bound, color, ok := strings.Cut(part, ":")
		bound = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(bound), "%"))
		from, err := strconv.ParseFloat(strings.ReplaceAll(bound, ",", "."), 64)
		if !ok || err != nil {
			return nil, lightsProblem(CodeLightsForm, s)
		}
		color = strings.ToLower(strings.TrimSpace(color))
		light, ok := lightNames[color]
		if !ok {
			return nil, lightsProblem(CodeLightsColor, color)
		}
		out = append(out, Threshold{from, light})
	}
	return out, out.Check()
}

// Check returns a Problem of FieldLights if the thresholds do not start from 0 or do not
// ascend.
func (t Thresholds) Check() error {
	for i, th := range t {
		switch {
		case math.IsNaN(th.From) || math.IsInf(th.From, 0):
			return lightsProblem(CodeLightsForm, t.String())
		case !slices.Contains([]Light{Red, Yellow, Green}, th.Light):
			return lightsProblem(CodeLightsColor, string(th.Light))
		case i == 0 && th.From != 0:
			return lightsProblem(CodeLightsZero, decimal(th.From))
		case i > 0 && th.From <= t[i-1].From:
			return lightsProblem(CodeLightsOrder, decimal(th.From), decimal(t[i-1].From))
		}
	}
	return nil
}

func lightsProblem(code Code, args ...any) error {
	return Problem{Field: FieldLights, Message: Message{code, args}}
}

// String returns the form that ParseThresholds reads.
func (t Thresholds) String() string {
	parts := make([]string, len(t))
	for i, th := range t {
		parts[i] = decimal(th.From) + ":" + string(th.Light)
	}
	return strings.Join(parts, ";")
}

// epsilon absorbs the rounding of binary fractions at a bound: 85 % is 85 % however it
// was computed.
const epsilon = 1e-9

// Light returns the light of a pace (a fraction: 1 is exactly on plan), and Above from
// the pace aboveFrom on; 0 or less: never Above (domain 2.18). Without a pace there is no
// light.
func (t Thresholds) Light(pace Num, aboveFrom float64) Light {
	if !pace.OK {
		return NoLight
	}
	if aboveFrom > 0 && pace.V >= aboveFrom-epsilon {
		return Above
	}
	if t == nil {
		t = DefaultThresholds()
	}
	light := NoLight
	for i, th := range t {
		if i == 0 || pace.V*100 >= th.From-100*epsilon {
			light = th.Light
		}
	}
	return light
}

// tenth is the step in which a share is shown: 0.1 %.
const tenth = 0.001

// Bounds returns, ascending, the paces that mean something: from which each light burns,
// 100 %, where the plan is met, and aboveFrom. Of bounds within a tenth of a percent of
// each other it leaves out all but the first: one decimal cannot tell them apart.
func (t Thresholds) Bounds(aboveFrom float64) []float64 {
	if t == nil {
		t = DefaultThresholds()
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < tenth-epsilon }
	var all []float64
	for _, th := range t[min(1, len(t)):] {
		all = append(all, th.From/100)
	}
	if aboveFrom > 0 {
		all = append(all, aboveFrom)
	}
	if !slices.ContainsFunc(all, func(b float64) bool { return near(b, 1) }) {
		all = append(all, 1)
	}
	slices.Sort(all)
	return slices.CompactFunc(all, near)
}

// Shown returns a pace as it is shown beside its light, with one decimal of a percent:
// rounding must not carry it over a bound. 99.97 % is yellow, so it stands as 99.9 % and
// not as 100.0 %. Where that would happen, the result is half a tenth further from the
// bound; else it is the pace itself. People's spreadsheets do the same with a formula.
func (t Thresholds) Shown(pace Num, aboveFrom float64) Num {
	if !pace.OK {
		return pace
	}
	for _, b := range t.Bounds(aboveFrom) {
		if moved := within(pace.V, b); moved != pace.V {
			return Some(moved)
		}
	}
	return pace
}

// ShownShare is Shown where nobody knows any more which bounds were in force, as in
// closed periods: any whole percent may have been one.
func ShownShare(n Num) Num {
	if n.OK {
		n.V = within(n.V, math.Round(n.V*100)/100)
	}
	return n
}

// within moves a share by half a tenth of a percent if rounding to tenths would carry it
// to the other side of a bound.
func within(v, bound float64) float64 {
	at := math.Round(bound/tenth) * tenth // the tenth beside the bound
	if math.Abs(v-at) > tenth/2+epsilon {
		return v
	}
	switch reached := v >= bound-epsilon; {
	case !reached && at >= bound-epsilon:
		return v - tenth/2
	case reached && at < bound-epsilon:
		return v + tenth/2
	case reached && v < at-tenth/2+epsilon: // it would be rounded down, or up, by noise
		return at - tenth/4
	}
	return v
}
