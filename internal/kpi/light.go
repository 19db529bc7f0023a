package kpi

// Light is the colour of a KPI's pace.
type Light string

// The lights, worst first. NoLight: too early to say, or nothing to say.
const (
	NoLight Light = ""
	Red     Light = "red"
	Yellow  Light = "yellow"
	Green   Light = "green"
	Above   Light = "above" // plan exceeded
)

// Threshold is the lower bound, in percent of pace, from which a light holds.
type Threshold struct {
	From  float64
	Light Light
}

// Thresholds are a KPI's lights, ascending, the first one from 0: no holes.
type Thresholds []Threshold
