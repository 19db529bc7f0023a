// Package calls understands call logs: one canonical row whatever the source,
// the CSV files of the usual telephonies, whose call it is, and what a day of
// calls adds up to.
//
// It is pure: bytes and values in, values out. It asks no server (package
// telephony does), keeps nothing, and has no place for a phone number: columns
// of phones are passed over, and where they must tell calls apart, what is left of
// a number is keyed and cannot be turned back.
package calls

import (
	"time"

	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// Source is where a call log comes from. With the id of a call it is the
// identity of the call.
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

// Title is the name of the source that people know.
func (s Source) Title() string {
	if t, ok := titles[s]; ok {
		return t
	}
	return string(s)
}

// also are other ways to write a source.
var also = map[string]Source{
	"скорозвон": Skorozvon, "манго": Mango, "манго офис": Mango, "mango office": Mango, "comagic": UIS, "novofon": UIS,
	"новофон": UIS,
	"мегафон": Megafon, "мегафон ватс": Megafon, "битрикс24": Bitrix24, "битрикс": Bitrix24, "bitrix": Bitrix24,
	"csv": Canonical, "freepbx": Asterisk, "астериск": Asterisk,
}

// ParseSource reads the name of a known source, as people write it too.
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

// The directions. A call whose direction the log does not tell counts among all
// calls, and neither among the outgoing nor the incoming ones.
const (
	Outgoing Direction = "out"
	Incoming Direction = "in"
	Internal Direction = "internal" // between colleagues: counted nowhere
	Unknown  Direction = ""
)

// Answer tells whether somebody took the call.
type Answer uint8

// The answers.
const (
	NotTold Answer = iota
	Answered
	Missed
)

// Operator is who made or took a call, as the telephony knows them: any of the
// fields may be empty. None: the call was nobody's, as one that was lost before
// it reached anybody.
type Operator struct {
	ID   string
	Ext  string // extension
	Name string
}

// String is the operator as it is shown to ops: "Иванова Анна (105)".
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

// Call is one call (domain 4). Unknown is not zero: a length that the log does
// not tell has no value.
type Call struct {
	ID       string // unique within the source, with the operator: the legs of a call share it
	Source   Source
	Started  time.Time
	Floating bool // Started was written without a zone: see Log.In
	Operator Operator
	Direction
	Total, Talk, Wait kpi.Num // seconds
	Answer
	Success bool    // the result is of a group of successes, «Успешные»
	Cost    kpi.Num // roubles
}

// Log is a call log that was read.
type Log struct {
	Source Source // the preset by which it was read
	Lines  int    // of calls in the file
	// Calls are the legs that count, see Read, in the order of the file. Those of a
	// log without ids have none before Identify.
	Calls []Call
	seeds []string // what tells calls without ids apart
	// Notes are what must be told about the file; Heads are its headings.
	Notes []tabular.Note
	Heads []string
}

// In gives the calls with times that were written without a zone put into the
// zone of their source.
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

// Settled fills in what follows from the rest of a call: who talked has
// answered; a call that nobody took has no talk in it.
func (c Call) Settled() Call {
	if c.Talk.OK && c.Talk.V > 0 {
		c.Answer = Answered
	}
	if c.Answer == Missed && !c.Talk.OK {
		c.Talk = kpi.Some(0)
	}
	return c
}
