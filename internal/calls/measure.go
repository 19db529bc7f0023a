package calls

import "svodka/internal/kpi"

// Totals sums up some calls: those of one operator on one day, say. It leaves out calls
// between colleagues.
type Totals struct {
	Calls, Outgoing, Incoming int
	Answered                  int
	Missed                    int // incoming calls that nobody answered
	Success                   int
	Talks                     int     // conversations: talk longer than the threshold
	TalkTime                  float64 // talk of the conversations, seconds
	Cost                      float64 // roubles, of the calls with a known cost
	Costed                    int     // calls with a known cost
	// NoAnswer and NoTalk count the calls of which the log does not say whether somebody
	// answered, and how long the talk was.
	NoAnswer, NoTalk int
}

// Add adds other totals to these.
func (t *Totals) Add(o Totals) {
	t.Calls += o.Calls
	t.Outgoing += o.Outgoing
	t.Incoming += o.Incoming
	t.Answered += o.Answered
	t.Missed += o.Missed
	t.Success += o.Success
	t.Talks += o.Talks
	t.TalkTime += o.TalkTime
	t.Cost += o.Cost
	t.Costed += o.Costed
	t.NoAnswer += o.NoAnswer
	t.NoTalk += o.NoTalk
}

// Measure returns a measure of kpi.CallMeasures. It has no value if the log lacks what it
// needs for any of the calls: unknown is not zero.
func (t Totals) Measure(name string) kpi.Num {
	switch name {
	case kpi.CallCount:
		return kpi.Some(float64(t.Calls))
	case kpi.CallOutgoing:
		return kpi.Some(float64(t.Outgoing))
	case kpi.CallIncoming:
		return kpi.Some(float64(t.Incoming))
	case kpi.CallAnswered:
		return kpi.Num{V: float64(t.Answered), OK: t.NoAnswer == 0}
	case kpi.CallMissed:
		return kpi.Num{V: float64(t.Missed), OK: t.NoAnswer == 0}
	case kpi.CallTalks:
		return kpi.Num{V: float64(t.Talks), OK: t.NoTalk == 0}
	case kpi.CallTalkTime:
		return kpi.Num{V: t.TalkTime, OK: t.NoTalk == 0}
	case kpi.CallSuccess:
		return kpi.Some(float64(t.Success))
	case kpi.CallCost:
		return kpi.Num{V: t.Cost, OK: t.Costed > 0 || t.Calls == 0}
	}
	return kpi.Num{}
}
