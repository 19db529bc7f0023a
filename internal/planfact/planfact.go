// Package planfact compares plan and fact: plans by day, week and month, plan to date,
// pace, forecast, what is left, lights, team totals and the rating.
//
// It is pure: it must not read a clock, a spreadsheet or a database. Every formula
// follows the product's method, whose golden numbers are in the tests.
package planfact

import (
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// AsOf is the moment for which a summary is computed.
type AsOf struct {
	// Today is the last day that counts: figures of later days do not.
	Today calendar.Date
	// Over means that the deadline of Today's report has passed, so that Today is closed
	// for everybody; before it, Today is closed only for those whose report is in.
	Over bool
}

// At returns the present moment in the department's zone.
func At(set department.Settings, now time.Time) AsOf {
	today, clock := set.DayAndClock(now)
	return AsOf{Today: today, Over: clock >= set.Deadline}
}

// Line is one person's (or team's, or role's) KPI in one period. Durations are in
// seconds, percentages and shares are fractions. A Num that is not OK has no value: there
// is no plan, nothing to divide by, or it is too early.
type Line struct {
	Person department.PersonID // empty in totals
	Role   string
	Team   string // set in totals of a team
	Period calendar.Period
	KPI    kpi.KPI

	Plan            kpi.Num // of the whole period
	Fact            kpi.Num // not OK only for ratios without a denominator
	PlanToDate      kpi.Num // of the closed days; ratios: the plan itself
	Attainment      kpi.Num // fact / plan; lower is better: plan / fact, capped
	Pace            kpi.Num // fact / plan to date; it decides the light
	Deviation       kpi.Num // fact − plan
	DeviationToDate kpi.Num // fact − plan to date
	Forecast        kpi.Num // fact / E × W
	Left            kpi.Num // max(0, plan − fact), in totals of their own plan and fact
	NeededPerDay    kpi.Num // left / R; in totals R is the days on which somebody works; none where lower is better
	CatchUp         kpi.Num // needed per day / planned per day; in totals left / the plan of the open days
	Trend           kpi.Num // fact of the closed days − fact of as many working days of the previous period
	Light           kpi.Light

	// Days; in totals, the sums of people's days.
	Working  int // W: working days of the person in the period
	Closed   int // E: of those, closed
	Open     int // R = W − E
	Reported int // days with a figure
	Missing  int // closed working days without a figure

	// OpenOn are the days on which somebody still works, as bits by month of the period.
	OpenOn [2]uint32
}

// OutOfReach is how many times the red bound the catch-up factor of a plan must exceed
// for the plan to be out of reach.
const OutOfReach = 2

// Hopeless reports whether the plan of an additive KPI can no longer be reached:
// something is left, and there are no days to do it in, or so few that each of them would
// need OutOfReach times the red bound of the catch-up factor. It is not where the
// forecast says that the plan will be met: of a team the few who still work may be those
// who sell the most.
func (l Line) Hopeless(catchUpRed float64) bool {
	if l.KPI.Direction == kpi.Lower || !l.Left.OK || l.Left.V <= 0 {
		return false
	}
	if l.Open == 0 {
		return true
	}
	return l.CatchUp.OK && l.CatchUp.V > OutOfReach*catchUpRed && !(l.Forecast.OK && l.Forecast.V >= l.Plan.V)
}

// Place is one row of the rating.
type Place struct {
	Place  int // from 1; 0: not ranked
	Person department.PersonID
	Group  int // the index of the group, for RatingOfGroups
	Role   string
	Points kpi.Num // weighted pace
	Fact   kpi.Num // of the role's leading KPI: breaks ties
	Lines  []Line
	Apart  string // why the person is not ranked: NoWorkingDays, TooFewReports, NoPlan; else empty
}

// DayState is the state of a person's day.
type DayState uint8

// The states of a day.
const (
	NotDue   DayState = iota // a day off, before hiring, after leaving
	Waiting                  // open: not reported, deadline ahead
	Reported                 // every required figure is in
	Partly                   // some required figures are in
	Missing                  // closed without a report
	Absent                   // away
)
