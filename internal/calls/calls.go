// Package calls understands call logs: it turns any source, including the CSV files of
// the usual telephonies, into one canonical row, and finds whose call it is and what a
// day of calls adds up to.
//
// It is pure: bytes and values in, values out. It asks no server (package telephony
// does), stores nothing, and has no place for a phone number: it skips columns of phones.
// Where only the numbers tell calls apart, it turns them into keyed hashes that cannot be
// reversed.
package calls

import (
	"time"

	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// Source is where a call log comes from. Together with its id it identifies a call.
type Source string

// The sources. A canonical file may name any other in its column source.
const (
	Canonical Source = "canonical"
	Skorozvon Source = "skorozvon"
	Mango     Source = "mango"
	UIS       Source = "uis"
	Megafon   Source = "megafon"
	Bitrix24  Source = "bitrix24"
	Asterisk  Source = "asterisk" // and FreePBX
)

// Sources lists the known sources.
func Sources() []Source {
	return []Source{Canonical, Skorozvon, Mango, UIS, Megafon, Bitrix24, Asterisk}
}

// titles are the names that people know.
var titles = map[Source]string{
	Canonical: "CSV", Skorozvon: "Скорозвон", Mango: "Mango Office", UIS: "UIS", Megafon: "МегаФон",
	Bitrix24: "Битрикс24", Asterisk: "Asterisk",
}

// Title returns the name of the source that people know.
func (s Source) Title() string {
	if t, ok := titles[s]; ok {
		return t
	}
	return string(s)
}

// also maps other spellings to sources.
var also = map[string]Source{
	"скорозвон": Skorozvon, "манго": Mango, "манго офис": Mango, "mango office": Mango, "comagic": UIS, "novofon": UIS,
	"новофон": UIS,
	"мегафон": Megafon, "мегафон ватс": Megafon, "битрикс24": Bitrix24, "битрикс": Bitrix24, "bitrix": Bitrix24,
	"csv": Canonical, "freepbx": Asterisk, "астериск": Asterisk,
}

// ParseSource reads the name of a known source, also as people write it.
func ParseSource(s string) (Source, bool) {
	s = tabular.Fold(s)
	if o, ok := also[s]; ok {
		return o, true
	}
	_, ok := titles[Source(s)]
	return Source(s), ok
}

// Direction is which way a call went.
type Direction string

// The directions. A call of unknown direction counts among all calls, but neither as
// outgoing nor as incoming.
const (
	Outgoing Direction = "out"
	Incoming Direction = "in"
	Internal Direction = "internal" // between colleagues: never counted
	Unknown  Direction = ""
)

// Answer says whether somebody answered the call.
type Answer uint8

// The answers.
const (
	NotTold Answer = iota
	Answered
	Missed
)

// Operator is who made or took a call, as the telephony knows them; any field may be
// empty. All empty: the call was nobody's, such as one lost before it reached anybody.
type Operator struct {
	ID   string
	Ext  string // extension
	Name string
}

// String returns the operator as ops see it: "Иванова Анна (105)".
func (o Operator) String() string {
	id := o.Ext
	if id == "" {
		id = o.ID
	}
	switch {
	case o.Name == "":
		return id
	case id == "":
		return o.Name
	}
	return o.Name + " (" + id + ")"
}

// Call is one call (domain 4). Unknown is not zero: a length that the log lacks has no
// value.
type Call struct {
	ID       string // together with the operator unique within the source: the legs of a call share it
	Source   Source
	Started  time.Time
	Floating bool // Started was written without a zone: see Log.In
	Operator Operator
	Direction
	Total, Talk, Wait kpi.Num // seconds
	Answer
	Success bool    // the result is in a group of successes, «Успешные»
	Cost    kpi.Num // roubles
}

// Log is a call log that was read.
type Log struct {
	Source Source // the preset that read it
	Lines  int    // of calls in the file
	// Calls are the legs that count, see Read, in the order of the file. In a log without
	// ids they have none before Identify.
	Calls []Call
	seeds []string // tells calls without ids apart
	// Notes are what a person should know about the file; Heads are its headings.
	Notes []tabular.Note
	Heads []string
}

// In returns the calls; times that were written without a zone get the zone of their
// source.
func (log Log) In(zone func(Source) *time.Location) []Call {
	out := make([]Call, len(log.Calls))
	for i, c := range log.Calls {
		if c.Floating {
			y, m, d := c.Started.Date()
			c.Started = time.Date(y, m, d, c.Started.Hour(), c.Started.Minute(), c.Started.Second(), 0, zone(c.Source))
			c.Floating = false
		}
		out[i] = c
	}
	return out
}

// Settled fills in what follows from the rest of a call: whoever talked has answered; a
// call that nobody answered has no talk.
func (c Call) Settled() Call {
	if c.Talk.OK && c.Talk.V > 0 {
		c.Answer = Answered
	}
	if c.Answer == Missed && !c.Talk.OK {
		c.Talk = kpi.Some(0)
	}
	return c
}
