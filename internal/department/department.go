// Package department holds a sales department as a value: who works there, in which role,
// what is measured, what the plan is, when people are away, and the settings that ops
// chose.
//
// It is pure: package control fills it, and all others read it.
package department

import (
	"slices"
	"strconv"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
)

// PersonID is the stable identity of a person. The control spreadsheet keeps it beside
// the person, so renaming or sorting does no harm.
type PersonID string

// Person is one row of «Сотрудники».
type Person struct {
	ID      PersonID
	Name    string
	Email   string
	Role    string // key of a Role
	Team    string
	Hired   calendar.Date   // zero: has always been here
	Left    calendar.Date   // last day at work; zero: still here
	Entered calendar.Date   // the day on which ops entered the person; zero: unknown
	Away    []calendar.Span // between leaving and coming back, oldest first
	Former  []string        // earlier names, newest last
	// Schedule says on which days the person works; nil: 5/2 by the production calendar.
	// Department.Calendar tells what a day is for it.
	Schedule calendar.Schedule
	Aliases  []string // names and extensions in telephony
	Cost     kpi.Num  // roubles a month: pay, taxes, the workplace; not OK: unknown
	// Notify is where to remind the person: a chat, an e-mail, or NoNotify. Empty: at
	// Email.
	Notify string
	Link   string // the person's spreadsheet, if ops chose one
	// Before are the person's earlier roles, oldest first.
	Before []Stint
	// TeamsBefore are the person's earlier teams, oldest first.
	TeamsBefore []TeamStint
	// From and To bound the days in Role if this is one of the Stints, or in Team if one
	// of InTeams; zero: no bound.
	From, To calendar.Date
	// Again counts the earlier Stints in the same role.
	Again int
}

// NoNotify is the Notify of a person who wants no reminders.
const NoNotify = "-"

// Address returns where to remind the person; empty: nowhere.
func (p Person) Address() string {
	switch p.Notify {
	case NoNotify:
		return ""
	case "":
		return p.Email
	}
	return p.Notify
}

// Stint is an earlier role of a person.
type Stint struct {
	Role string        // key
	To   calendar.Date // the last day in it
}

// Employed reports whether the person is employed on day d (and, for one of the Stints,
// in that role).
func (p Person) Employed(d calendar.Date) bool {
	return (p.Hired.IsZero() || p.Hired <= d) && (p.Left.IsZero() || d <= p.Left) && (p.From.IsZero() || p.From <= d) &&
		(p.To.IsZero() || d <= p.To)
}

// Employment returns the days of employment; an open end reaches far beyond any date in a
// spreadsheet.
func (p Person) Employment() calendar.Span {
	s := calendar.Span{From: p.Hired, To: p.Left}
	if p.Hired.IsZero() {
		s.From = -NoEnd
	}
	if p.Left.IsZero() {
		s.To = NoEnd
	}
	return s
}

// Gone reports whether the person has left before the day today.
func (p Person) Gone(today calendar.Date) bool { return !p.Left.IsZero() && p.Left < today }

// Stints returns the person once for each role, in order, with the days in it.
func (p Person) Stints() []Person {
	if len(p.Before) == 0 {
		return []Person{p}
	}
	var out []Person
	part := p
	part.Before = nil
	times := map[string]int{}
	from := calendar.Date(0)
	add := func(role string, to calendar.Date) {
		part.Role, part.To, part.Again = role, p.To, times[role]
		part.From = max(p.From, from)
		if part.To.IsZero() || !to.IsZero() && to < part.To {
			part.To = to
		}
		if part.To.IsZero() || part.From <= part.To {
			out = append(out, part)
		}
		times[role]++
		from = to + 1
	}
	for _, s := range p.Before {
		add(s.Role, s.To)
	}
	add(p.Role, 0)
	return out
}

// RoleOn returns the key of the person's role on day d.
func (p Person) RoleOn(d calendar.Date) string {
	for _, s := range p.Before {
		if d <= s.To {
			return s.Role
		}
	}
	return p.Role
}

// Role is a job with its KPIs in display order.
type Role struct {
	Key   string
	Title string
	KPIs  []kpi.KPI
}

// KPI finds a KPI by its key.
func (r Role) KPI(key string) (kpi.KPI, bool) {
	for _, k := range r.KPIs {
		if k.Key == key {
			return k, true
		}
	}
	return kpi.KPI{}, false
}

// Leading returns the KPI whose fact decides between equals in a rating: by sum and by
// count the last additive KPI of that unit, else the first of the greatest weight (domain
// 2.12).
func (r Role) Leading(by Rating) (lead kpi.KPI, ok bool) {
	unit := map[Rating]kpi.Unit{BySum: kpi.Money, ByCount: kpi.Count}[by]
	for _, k := range r.KPIs {
		switch {
		case unit != "" && (k.Unit != unit || !k.Additive()):
		case unit != "" || !ok || k.Weight > lead.Weight:
			lead, ok = k, true
		}
	}
	return lead, ok
}

// Uses reports whether any KPI of the role has the source.
func (r Role) Uses(s kpi.Source) bool {
	for _, k := range r.KPIs {
		if k.Source == s {
			return true
		}
	}
	return false
}

// ListsDeals tells whether people in the role write deals down, on the tab «Сделки»: what
// is counted from clients is counted from their deals.
func (r Role) ListsDeals() bool { return r.Uses(kpi.Deals) || r.Uses(kpi.Clients) }

// Plan is one row of «Планы»: it overrides the KPI's own plan from a day on,
// until the next row of the same scope. Exactly one of Person, Team and Role is
// set, or none: then it holds for everybody who has the KPI. The narrower scope
// wins: person, then team, then what the team is part of, then role, then all, then the
// KPI's own plan.
type Plan struct {
	From   calendar.Date
	Person PersonID
	Team   string
	Role   string
	KPI    string
	Plan   float64
	For    calendar.Kind
}

// AbsenceKind says why somebody is away.
type AbsenceKind string

// The kinds of absence.
const (
	Vacation AbsenceKind = "vacation"
	Sick     AbsenceKind = "sick"
	DayOff   AbsenceKind = "dayoff"
	Trip     AbsenceKind = "trip"
	Training AbsenceKind = "training"
)

// NoEnd is the last day of an absence whose end is not known yet.
var NoEnd = calendar.Of(9999, 12, 31)

// Absence is one row of «Отсутствия». Where a person's absences overlap, each day belongs
// to the first.
type Absence struct {
	Person PersonID
	calendar.Span
	Kind AbsenceKind
}

// Rating says how people are ranked.
type Rating string

// The ratings: by weighted pace (the default), by the sum or the count of the
// role's last money or count KPI, by the mean pace.
const (
	ByPoints Rating = "points"
	BySum    Rating = "sum"
	ByCount  Rating = "count"
	ByPace   Rating = "pace"
)

// Settings holds the tab «Параметры».
type Settings struct {
	Company  string
	Zone     *time.Location
	Deadline time.Duration // of the day's report, since midnight
	// an edit that changes more people's spreadsheets than this is announced one run
	// ahead; 0: never
	AnnounceFrom     int
	ReversePlan      []string             // keys of the roles whose people see a reverse plan; AllRoles: everybody
	ReverseDays      int                  // days of data for its conversion rates (90)
	GraceDays        int                  // days after which a day is locked for counting
	KeepPlan         map[AbsenceKind]bool // kinds that leave the month's plan as it is
	ShortDays        bool                 // a short day weighs 7/8
	GreyShare        float64              // neither light nor forecast until this share of W has closed (0.2)
	AboveFrom        float64              // pace from which a plan counts as exceeded (1.05)
	Cap              float64              // the most one pace gives in the rating (1.5)
	LowerCap         float64              // the most attainment of a lower-is-better KPI (1.2)
	CatchUpYellow    float64              // needed / planned per day (1.5)
	CatchUpRed       float64              // (2)
	MinReportedShare float64              // least share of closed days with a report to be ranked
	Rating           Rating
	SmallDeal        float64          // deals below this are small, roubles; 0: no bands
	LargeDeal        float64          // deals from this on are large, roubles; 0: no bands
	NoRefunds        bool             // negative sums, of deals and typed ones, are refused, not taken as refunds
	PhoneCost        float64          // telephony of one person who calls, roubles a month; 0: unknown
	Ramp             []float64        // shares of the plan in a newcomer's 1st, 2nd … month
	RiskDays         int              // days without a deal after which a client is at risk
	LostDays         int              // days after which they are lost; not fewer than RiskDays
	NextMonthDays    int              // how many days before a month its tab is made
	Country          calendar.Country // production calendar
	TeamsFrom        int              // of more people «Главное» speaks of teams first
	PeopleListed     int              // of more people in teams the summary lists the teams
	Directors        []string         // e-mails of the readers of the summary
	Ops              []string         // e-mails of the writers of the control spreadsheet
	NoReportLinks    bool             // names in the summary do not link to people's reports
	RemakeLost       bool             // make spreadsheets again even if many vanished at once
	InviteByMail     bool             // invite addresses without a Google account by mail
	Remind           bool             // remind people who have not reported by the deadline
	RemindBefore     time.Duration    // how long before the deadline another reminder goes out; 0: none
	DigestAt         time.Duration    // since midnight, when the directors are sent the digest; 0: never
	DigestTo         []string         // chats and e-mails; empty: Directors
	NoDigestPicture  bool             // the digest is text alone
	TalkThreshold    float64          // a call that is longer counts as a conversation, in seconds (15)
	// CallZones maps call sources that write times without a zone to their zones; all
	// others use Zone.
	CallZones map[string]*time.Location
}

// ReportAllowance is the time after the deadline for what people typed in the last
// minutes: Google reports it late.
const ReportAllowance = 10 * time.Minute

// DayAndClock returns the day of a moment in the department's zone, and the time of day
// on the clock, to the minute.
func (s Settings) DayAndClock(now time.Time) (calendar.Date, time.Duration) {
	now = now.In(s.Zone)
	return calendar.FromTime(now), time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
}

// AllRoles stands for every role in Settings.ReversePlan.
const AllRoles = "*"

// Refunds reports whether a figure of the KPI may be negative, as a refund.
func (s Settings) Refunds(k kpi.KPI) bool { return !s.NoRefunds && k.Refundable() }

// HasReversePlan reports whether people of the role see a reverse plan.
func (s Settings) HasReversePlan(role string) bool {
	return slices.Contains(s.ReversePlan, AllRoles) || slices.Contains(s.ReversePlan, role)
}

// Defaults returns the settings of a new department.
func Defaults() Settings {
	return Settings{
		Zone:             time.FixedZone("MSK", 3*3600),
		Deadline:         19 * time.Hour,
		AnnounceFrom:     20,
		ReverseDays:      90,
		GraceDays:        3,
		KeepPlan:         map[AbsenceKind]bool{Trip: true, Training: true},
		GreyShare:        0.2,
		AboveFrom:        1.05,
		Cap:              1.5,
		LowerCap:         1.2,
		CatchUpYellow:    1.5,
		CatchUpRed:       2,
		MinReportedShare: 0.5,
		Rating:           ByPoints,
		SmallDeal:        30_000,
		LargeDeal:        150_000,
		RiskDays:         30,
		LostDays:         90,
		NextMonthDays:    0,
		TeamsFrom:        40,
		PeopleListed:     300,
		TalkThreshold:    15,
		CallZones:        map[string]*time.Location{"skorozvon": time.UTC},
		Country:          calendar.Russia,
		Remind:           true,
		DigestAt:         19*time.Hour + 30*time.Minute,
	}
}

// Department is everything that ops typed and that is valid.
type Department struct {
	Roles    []Role
	People   []Person // in the order of the control tab
	Teams    []Team   // «Команды», in the order of the control tab
	Plans    []Plan   // in the order of the control tab
	Absences []Absence
	Unlocks  []Unlock
	Company  map[calendar.Date]calendar.DayKind // «Календарь»: days of the company's own
	Added    map[calendar.Date]calendar.DayKind // «Календарь»: days of the production calendar
	Settings Settings
}

// Role finds a role by its key.
func (d *Department) Role(key string) (Role, bool) {
	for _, r := range d.Roles {
		if r.Key == key {
			return r, true
		}
	}
	return Role{}, false
}

// Person finds a person.
func (d *Department) Person(id PersonID) (Person, bool) {
	for _, p := range d.People {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// Stints returns the people; those with several roles appear once for each.
func (d *Department) Stints() []Person {
	out := make([]Person, 0, len(d.People))
	for _, p := range d.People {
		out = append(out, p.Stints()...)
	}
	return out
}

// RoleOver returns the person's role with the KPIs of their earlier roles, each measured
// on the days of its role. A KPI that the present role shares continues through both.
func (d *Department) RoleOver(p Person) (Role, bool) {
	role, ok := d.Role(p.Role)
	if !ok || len(p.Before) == 0 {
		return role, ok
	}
	out := Role{Key: role.Key, Title: role.Title}
	earlier := map[string]bool{}
	parts := p.Stints()
	for _, part := range parts[:len(parts)-1] {
		r, _ := d.Role(part.Role)
		for _, k := range r.KPIs {
			earlier[k.Key] = true
		}
	}
	for _, k := range role.KPIs {
		if !earlier[k.Key] {
			k.From = max(k.From, parts[len(parts)-1].From)
		}
		out.KPIs = append(out.KPIs, k)
	}
	for i := len(parts) - 2; i >= 0; i-- {
		r, _ := d.Role(parts[i].Role)
		for _, k := range r.KPIs {
			if _, has := out.KPI(k.Key); has {
				continue
			}
			k.From = max(k.From, parts[i].From)
			if k.To.IsZero() || k.To > parts[i].To {
				k.To = parts[i].To
			}
			out.KPIs = append(out.KPIs, k)
		}
	}
	return out, true
}

// Calendar returns the production calendar of the department's country, with the days
// that ops added to it, overridden by the company's own days. Its KindFor, given a
// person's schedule, is the one answer to whether the person works on a day.
func (d *Department) Calendar() calendar.Calendar {
	return calendar.Calendar{Country: d.Settings.Country, Added: d.Added, Company: d.Company}
}

// Untransferred returns the year whose transferred days off the department lacks though
// it should know them on that day: the year of the day or, from 1 October, the next one.
// 0: none.
func (d *Department) Untransferred(day calendar.Date) int {
	c, year := d.Calendar(), day.Year()
	switch {
	case !c.Transfers(year):
		return year
	case day.Month() >= time.October && !c.Transfers(year+1):
		return year + 1
	}
	return 0
}

// Works reports whether anybody who is employed works on a day by their schedule. It
// ignores absences.
func (d *Department) Works(day calendar.Date) bool {
	c := d.Calendar()
	return slices.ContainsFunc(d.People, func(p Person) bool {
		return p.Employed(day) && c.KindFor(p.Schedule, day).Works()
	})
}

// Entry is one figure of one person for one day.
type Entry struct {
	Person PersonID
	KPI    string
	Date   calendar.Date
	Value  float64 // in the unit of the KPI: durations in seconds, percentages as fractions
}

// Deal is one row of a person's tab «Сделки».
type Deal struct {
	Person  PersonID
	Date    calendar.Date
	Client  string
	Amount  float64
	Comment string
	Key     string // identity of the row; empty: none yet
	ID      string // id in the CRM from which it was imported; empty: unknown
	// Written is what the import wrote into the row, as DealText gives it: while the row
	// says the same, it belongs to the import. Empty: a person typed it.
	Written string
}

// DealText returns a deal's date, amount and client as one text, to see later whether
// anybody changed them.
func DealText(d Deal) string {
	return d.Date.String() + "|" + strconv.FormatFloat(d.Amount, 'f', -1, 64) + "|" + d.Client
}

// Client is one row of a person's tab «Клиенты».
type Client struct {
	Person     PersonID
	Name       string
	HandedOver calendar.Date // zero: from the beginning
	From       string        // who handed the client over
	Key        string        // identity of the row; empty: none yet
	// Listed and Gone are set for a client who was removed from the list: the days on
	// which the worker first saw the client there, and first did not. Between them the
	// client stays on the start lists.
	Listed, Gone calendar.Date
}
