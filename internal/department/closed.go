package department

import (
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
)

// Closed is a person's closed week or month: figures, names and the plan as they were at
// the close. Later changes do not enter it, except edits that ops allow.
type Closed struct {
	calendar.Period
	Person    PersonID
	Name      string // the person's name then
	Role      string // key
	Again     int    // as in Person
	RoleTitle string // then
	Team      string // then
	At        time.Time
	Mended    time.Time // when an allowed edit last changed it; zero: never
	KPIs      []ClosedKPI
}

// ClosedKPI is one KPI of a closed period. Durations are in seconds, shares are
// fractions.
type ClosedKPI struct {
	Key        string
	Title      string // then
	Unit       kpi.Unit
	Plan       kpi.Num
	Fact       kpi.Num
	Attainment kpi.Num
	Light      kpi.Light
	Version    string // which plan was in force, in words
	Working    int    // days, as in planfact.Line
	Reported   int
	Missing    int
}

// KPI finds a KPI by its key.
func (c Closed) KPI(key string) (ClosedKPI, bool) {
	for _, k := range c.KPIs {
		if k.Key == key {
			return k, true
		}
	}
	return ClosedKPI{}, false
}

// LateEdit is a change of a figure or a deal on a locked day.
type LateEdit struct {
	Person  PersonID
	Date    calendar.Date
	KPI     string    // key
	Was     kpi.Num   // not OK: there was none
	Became  kpi.Num   // not OK: deleted
	At      time.Time // when the worker saw it, to the millisecond
	Counted bool      // the day was open to the person, so closed periods were corrected
	// Noticed means that the figure stands in a month that was not read any more: it was
	// typed at some time before At.
	Noticed bool
	// Deal is the change of a deal; then KPI, Was and Became are empty.
	Deal *DealChange
}

// DealChange is a change of a deal, without comments and keys.
type DealChange struct {
	Was    *Deal // nil: the deal is new
	Became *Deal // nil: the deal was deleted
}

// Date returns the day of the deal as it was or, if it is new, as it is.
func (c DealChange) Date() calendar.Date {
	switch {
	case c.Was != nil:
		return c.Was.Date
	case c.Became != nil:
		return c.Became.Date
	}
	return 0
}

// Unlock is one row of «Разблокировки»: it lets a person's edits of locked days count for
// a while.
type Unlock struct {
	Person PersonID
	Days   calendar.Span // the days it opens
	Until  calendar.Date // the last day on which edits count
}

// OpenTo returns the locked days that the person may still edit on the day today.
func (d *Department) OpenTo(p PersonID, today calendar.Date) []calendar.Span {
	var out []calendar.Span
	for _, u := range d.Unlocks {
		if u.Person == p && today <= u.Until {
			out = append(out, u.Days)
		}
	}
	return out
}
