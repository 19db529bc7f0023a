package department

import (
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
)

// Closed is a person's closed week or month: figures, names and the plan as they
// were when it closed. What changes later does not enter it, but for edits that
// ops allow.
type Closed struct {
	calendar.Period
	Person    PersonID
	Name      string // of the person, then
	Role      string // key
	Again     int    // as in Person
	RoleTitle string // then
	Team      string // then
	At        time.Time
	Mended    time.Time // when allowed edits last changed it; zero: never
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

// LateEdit is a change of a figure, or of a deal, of a locked day.
type LateEdit struct {
	Person  PersonID
	Date    calendar.Date
	KPI     string    // key
	Was     kpi.Num   // not OK: none
	Became  kpi.Num   // not OK: gone
	At      time.Time // when it was seen, to the millisecond
	Counted bool      // the day was open to the person: closed periods were mended
	// Deal is the change of a deal; KPI, Was and Became are empty then.
	Deal *DealChange
}

// DealChange is a change of a deal, without comments and keys.
type DealChange struct {
	Was    *Deal // nil: it is new
	Became *Deal // nil: it is gone
}

// Date is the day of the deal as it was or, of a new one, as it is.
func (c DealChange) Date() calendar.Date {
	switch {
	case c.Was != nil:
		return c.Was.Date
	case c.Became != nil:
		return c.Became.Date
	}
	return 0
}

// Unlock is one row of «Разблокировки»: until a day, a person's edits of locked
// days count.
type Unlock struct {
	Person PersonID
	Days   calendar.Span // that are open
	Until  calendar.Date // the last day on which edits count
}

// OpenTo are the locked days that the person may still edit on a day.
func (d *Department) OpenTo(p PersonID, today calendar.Date) []calendar.Span {
	var out []calendar.Span
	for _, u := range d.Unlocks {
		if u.Person == p && today <= u.Until {
			out = append(out, u.Days)
		}
	}
	return out
}
