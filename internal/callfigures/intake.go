package callfigures

import (
	"context"
	"fmt"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

// valSecret names the secret from which ids are made for calls without one.
const valSecret = "calls.secret"

// IntakeLedger is the part of the ledger that an Intake uses.
type IntakeLedger interface {
	Days
	Get(ctx context.Context, name string) ([]byte, error)
	Secret(ctx context.Context, name string) ([]byte, error)
	StoreCalls(ctx context.Context, log ledger.CallLog, dry bool) (ledger.CallsStored, error)
}

// Intake stores calls in the ledger.
type Intake struct {
	Ledger IntakeLedger
	Dep    *department.Department
	Now    func() time.Time
	// News is called after storing something that requires days to be counted.
	News func(ctx context.Context) error
}

// Stored says what storing calls did.
type Stored struct {
	Lines  int // in the file or the answers
	Merged int // of them, lines about calls that other lines describe
	ledger.CallsStored
	Span   calendar.Span // of the days that the log covers; empty: none
	NoTalk int           // calls with an unknown length of talk
	People int           // how many people the calls belong to
	// Strangers counts the calls of operators who match nobody in «Сотрудники», or
	// several.
	Strangers int
}

// Read returns the calls of a log ready to store: each with an id, and with times in the
// given zone or, if that is nil, in the zone of the settings.
func (in Intake) Read(ctx context.Context, log calls.Log, zone *time.Location) ([]calls.Call, error) {
	if log.Nameless() {
		secret, err := in.Ledger.Secret(ctx, valSecret)
		if err != nil {
			return nil, err
		}
		log = log.Identify(secret)
	}
	return log.In(func(s calls.Source) *time.Location {
		if zone != nil {
			return zone
		}
		return zoneOf(in.Dep, s)
	}), nil
}

// Store stores the calls that Read returned. It updates known calls, so storing the same
// log again changes nothing. With dry it stores nothing.
//
// The log covers all days from its first call to its last. Count counts them.
func (in Intake) Store(ctx context.Context, list []calls.Call, dry bool) (Stored, error) {
	return in.store(ctx, list, spans(in.Dep, list), nil, dry)
}

// zoneOf returns the zone of the times that a telephony writes without one.
func zoneOf(dep *department.Department, s calls.Source) *time.Location {
	if z, ok := dep.Settings.CallZones[string(s)]; ok {
		return z
	}
	return dep.Settings.Zone
}

// spans returns the days that calls cover, by source: from the first call's to the last
// one's, with all between.
func spans(dep *department.Department, list []calls.Call) map[calls.Source]calendar.Span {
	day, out := dayIn(dep), map[calls.Source]calendar.Span{}
	for _, c := range list {
		d := day(c.Started)
		one := calendar.Span{From: d, To: d}
		if s, ok := out[c.Source]; ok {
			one = extend(s, one)
		}
		out[c.Source] = one
	}
	return out
}

// store stores calls of the days together with values, and calls News if needed.
func (in Intake) store(ctx context.Context, list []calls.Call, days map[calls.Source]calendar.Span,
	values map[string][]byte, dry bool) (Stored, error) {
	got := describe(in.Dep, list, days)
	log := ledger.CallLog{Calls: list, Days: days, Day: dayIn(in.Dep), Values: values}
	var err error
	got.CallsStored, err = in.Ledger.StoreCalls(ctx, log, dry)
	if err != nil || dry {
		return got, err
	}
	// A newly covered day is news too: without calls it is 0.
	stale := false
	err = in.Ledger.CallDays(ctx, everyDay, func(_ calls.Source, _ calendar.Date, s bool) { stale = stale || s })
	if err == nil && stale {
		err = in.News(ctx)
	}
	return got, err
}

// describe fills in what does not depend on the calls already stored.
func describe(dep *department.Department, list []calls.Call, days map[calls.Source]calendar.Span) Stored {
	got := Stored{Span: none}
	directory, day := calls.NewDirectory(dep.People), dayIn(dep)
	people := map[department.PersonID]bool{}
	for _, c := range list {
		if p, ok := calls.On(directory.Candidates(c.Source, c.Operator), day(c.Started)); ok {
			people[p.ID] = true
		} else if c.Direction != calls.Internal && (c.Operator != calls.Operator{} || c.Answer != calls.Missed) {
			got.Strangers++
		}
		if !c.Talk.OK {
			got.NoTalk++
		}
	}
	got.People = len(people)
	for _, s := range days {
		got.Span = extend(got.Span, s)
	}
	return got
}

// none is a span without days.
var none = calendar.Span{From: 1, To: 0}

// Telephony is a telephony that can be asked for its calls.
type Telephony interface {
	Source() calls.Source
	// Calls returns the calls that began in [from, until). until is to, or earlier if
	// that is too much at once.
	Calls(ctx context.Context, from, to time.Time) (list []calls.Call, until time.Time, err error)
}

// valPulled is the prefix of the names of the moments from which to pull calls next.
const valPulled = "calls.pulled:"

const (
	// pullOverlap is how long after its beginning a call may still be missing in a
	// report: a pull rereads that much.
	pullOverlap = 30 * time.Minute
	// pullFor limits how long a pull may take before it leaves the rest to the next one.
	// Syncs, which are due every five minutes, wait meanwhile.
	pullFor = 3 * time.Minute
)

// Pulled says what a pull did.
type Pulled struct {
	Stored
	// More says that the next pull continues; Through is how far this one came.
	More    bool
	Through time.Time
}

// Pull asks a telephony for the calls since the last pull, for some minutes at most. It
// stores what it reads stretch by stretch, each together with the moment from which to
// continue, so that nothing is lost or doubled wherever a pull ends. A day is covered
// when its last stretch is stored: until then its calls count for nobody, and nobody has
// a 0.
//
// The first pull begins with the current month or, if given, with the day since, which
// also makes a later pull reread older days.
func (in Intake) Pull(ctx context.Context, from Telephony, since calendar.Date) (Pulled, error) {
	all := Pulled{Stored: Stored{Span: none}}
	name, start := valPulled+string(from.Source()), in.Now()
	begin, err := in.pullFrom(ctx, name, since, start)
	if err != nil {
		return all, err
	}
	day := dayIn(in.Dep)
	for all.Through = begin; begin.Before(start); begin = all.Through {
		if all.More = in.Now().Sub(start) >= pullFor; all.More {
			break
		}
		// To the end of the day in the department's zone, unless that is too much.
		d := day(begin)
		to := earlier(midnight(in.Dep, d+1), start)
		list, until, err := from.Calls(ctx, begin, to)
		if err != nil {
			return all, err
		}
		days := map[calls.Source]calendar.Span{}
		if !until.Before(to) {
			days[from.Source()] = calendar.Span{From: d, To: d}
		}
		next := earlier(until, start.Add(-pullOverlap))
		if next.Before(begin) {
			next = begin
		}
		placed := calls.Log{Calls: list}.In(func(s calls.Source) *time.Location { return zoneOf(in.Dep, s) })
		got, err := in.store(ctx, placed, days, map[string][]byte{name: []byte(next.UTC().Format(time.RFC3339))}, false)
		if err != nil {
			return all, err
		}
		all.add(got, len(list), d)
		all.Through = until
	}
	return all, nil
}

// pullFrom returns the moment from which a pull begins.
func (in Intake) pullFrom(ctx context.Context, name string, since calendar.Date, now time.Time) (time.Time, error) {
	b, err := in.Ledger.Get(ctx, name)
	switch {
	case err != nil:
		return time.Time{}, err
	case !since.IsZero():
		return midnight(in.Dep, since), nil
	case b == nil:
		return midnight(in.Dep, calendar.MonthOf(dayIn(in.Dep)(now)).From), nil
	}
	begin, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return begin, fmt.Errorf("reading from the ledger how far calls were pulled (%s): %w", name, err)
	}
	return begin, nil
}

// add adds a stretch of a day.
func (p *Pulled) add(got Stored, lines int, d calendar.Date) {
	p.Lines += lines
	p.New += got.New
	p.Changed += got.Changed
	p.Same += got.Same
	p.NoTalk += got.NoTalk
	p.Strangers += got.Strangers
	p.People = max(p.People, got.People)
	p.Span = extend(p.Span, calendar.Span{From: d, To: d})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
