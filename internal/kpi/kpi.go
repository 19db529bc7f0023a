// Package kpi defines what is measured: units, values, the KPIs of a role, the formulas
// that derive one KPI from others, and how figures are read from what people type.
//
// It is pure: it knows no spreadsheet, no person and no clock.
package kpi

import "svodka/internal/calendar"

// Num is a number that may be absent. Blank is not zero: a Num that is not OK is shown as
// «—» and never counted.
type Num struct {
	V  float64
	OK bool
}

// Some returns a present number.
func Some(v float64) Num { return Num{v, true} }

// Unit says what a figure counts, and so how it is read, stored and shown.
type Unit string

// The units. Inside the program money is in roubles, durations are in seconds
// and percentages are fractions (0.25 is 25 %).
const (
	Count    Unit = "count"
	Money    Unit = "money"
	Duration Unit = "duration"
	Percent  Unit = "percent"
)

// parts is the name in settings of a Count that may have fractions.
const parts = "fraction"

// ParseUnit reads a unit as settings name it: besides the units themselves there is
// "fraction", a Count that may have fractions.
func ParseUnit(name string) (u Unit, fractions bool) {
	if name == parts {
		return Count, true
	}
	return Unit(name), false
}

// UnitName returns the name of the KPI's unit that ParseUnit reads.
func (k KPI) UnitName() string {
	if k.Unit == Count && k.Fractions {
		return parts
	}
	return string(k.Unit)
}

// Whole reports whether the KPI counts indivisible things, such as calls, so that a day's
// figure is a whole number.
//
// Counts taken from a list of deals or a call log are whole by themselves.
func (k KPI) Whole() bool { return k.Unit == Count && !k.Fractions && k.Source == Manual }

// Source says where a KPI's figures come from.
type Source string

// The sources.
const (
	Manual  Source = "manual"  // typed by the person, one number a day
	Formula Source = "formula" // computed from other KPIs of the role
	Deals   Source = "deals"   // computed from the person's tab of deals
	Clients Source = "clients" // computed from the person's clients and their deals
	Calls   Source = "calls"   // filled in from a call log
)

// Direction says which way is better.
type Direction string

// The directions.
const (
	Higher Direction = "higher"
	Lower  Direction = "lower"
)

// KPI is one figure that people of a role are measured by.
type KPI struct {
	Role      string // key of the role
	Key       string // stable identity inside the role: latin letters, digits, _
	Title     string // what people see
	Unit      Unit
	Fractions bool // for a Count: fractions are allowed
	Source    Source
	Expr      Expr          // of Formula, Deals, Clients and Calls KPIs; else empty
	Log       Expr          // for a Manual KPI: the measure of a call log to compare it with; empty: none
	Plan      Num           // not OK: «план не задан»; in the unit of the KPI
	PlanFor   calendar.Kind // the period that Plan is for; ratios ignore it
	Direction Direction
	Lights    Thresholds
	Weight    float64 // weight in the rating; 0: not rated
	Funnel    int     // position in the role's funnel, from 1; 0: not in it
	Required  bool    // without it a day does not count as reported
	Min, Max  Num     // the person sees a warning about figures outside
	From, To  calendar.Date
}

// Additive reports whether figures of days add up to the figure of a period. A ratio (a
// formula that is not linear, or any percentage) does not: it is evaluated on the sums of
// its operands, and its plan is never prorated.
func (k KPI) Additive() bool {
	return k.Unit != Percent && (k.Expr.IsZero() || k.Expr.Linear())
}

// Stage reports whether the KPI is a stage of its role's funnel: it has a position there
// and adds up pieces or money of which more is better. Figures that do not add up, times,
// and KPIs where less is better cannot be divided by the stage before.
func (k KPI) Stage() bool {
	return k.Funnel > 0 && (k.Unit == Count || k.Unit == Money) && k.Direction != Lower && k.Additive()
}

// Refundable reports whether a negative figure of the KPI can be a refund: only for money
// of which more is better. No other figure is ever negative (domain 2.9).
func (k KPI) Refundable() bool { return k.Unit == Money && k.Direction != Lower }

// Derived reports whether the KPI's figures are computed from other figures or deals by
// its formula, not reported day by day.
func (k KPI) Derived() bool {
	return k.Source == Formula || k.Source == Deals || k.Source == Clients
}

// Active reports whether the KPI is measured on day d.
func (k KPI) Active(d calendar.Date) bool {
	return (k.From.IsZero() || k.From <= d) && (k.To.IsZero() || d <= k.To)
}

// Typed reports whether the person types it.
func (k KPI) Typed() bool { return k.Source == Manual }

// The measures that a formula of a Deals or Clients KPI may use. Each is of one person
// over one period (domain: account manager's figures).
const (
	DealCount    = "count"         // deals
	DealSum      = "sum"           // their sum, roubles
	Buyers       = "buyers"        // clients with a deal
	RepeatBuyers = "repeat_buyers" // clients with a repeat deal
	RepeatCount  = "repeat_count"  // repeat deals: every deal of a client after their first
	RepeatSum    = "repeat_sum"    // their sum, roubles
	StartClients = "start_clients" // clients handed over by the first day of the period
	KeptClients  = "kept_clients"  // start clients who bought in the period
)

// The measures that a formula of a Calls KPI may use, and that a Manual KPI may be
// compared with. Each is of one person over one day; calls between colleagues never
// count.
const (
	CallCount    = "calls"     // calls in both directions
	CallOutgoing = "outgoing"  // outgoing calls
	CallIncoming = "incoming"  // incoming calls, answered or missed
	CallAnswered = "answered"  // answered calls in both directions
	CallMissed   = "missed"    // incoming calls that nobody answered
	CallTalks    = "talks"     // conversations: talk longer than the threshold of «Параметры», 15 seconds
	CallTalkTime = "talk_time" // talk of the conversations, seconds
	CallSuccess  = "success"   // calls whose result is in a group of successes
	CallCost     = "cost"      // what the telephony charged, roubles
)

// CallsFormula returns the formula of a Calls KPI that has none: the measure of its own
// name, else the one that its unit suggests. Empty if there is none.
func CallsFormula(key string, u Unit) string {
	for _, m := range callMeasures {
		if m.name == key && m.unit == u {
			return key
		}
	}
	switch u {
	case Count:
		return CallCount
	case Duration:
		return CallTalkTime
	case Money:
		return CallCost
	}
	return ""
}
