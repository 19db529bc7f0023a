package calls

import (
	"slices"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
	"svodka/internal/tabular"
)

// asterisk is the call detail records of Asterisk and FreePBX: exports of the table cdr,
// and the files of cdr_csv, which have no heading and 16 to 18 columns, because settings
// add uniqueid and userfield.
var asterisk = preset{
	source: Asterisk,
	// All legs of a call share linkedid; files of cdr_csv have none.
	ids: []string{"linkedid", "uniqueid"},
	fields: []tabular.Field{
		{Name: "uniqueid"}, {Name: "linkedid"},
		{Name: "start", Must: true, Titles: []string{"calldate", "start"}},
		{Name: "duration", Must: true}, {Name: "billsec", Must: true}, {Name: "disposition", Must: true},
		{Name: "src"}, {Name: "dst"}, {Name: "cnum"}, {Name: "channel"}, {Name: "dstchannel"}, {Name: "lastapp"},
	},
	marks: each("disposition", "billsec"),
	bare: []string{"accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
		"start", "answer", "end",
		"duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"},
	isBare: func(c []string) bool {
		return len(c) >= 16 && len(c) <= 18 && isMoment(c[9]) &&
			slices.Contains([]string{"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"}, c[14])
	},
	call: func(l *line) Call {
		c := Call{Total: l.Seconds("duration"), Talk: l.Seconds("billsec"),
			Answer: choice(l, "disposition", answers, answerStems)}
		if c.Answer == Answered && c.Total.OK && c.Talk.OK {
			c.Wait = kpi.Some(max(0, c.Total.V-c.Talk.V))
		}
		r := route{src: l.Text("src"), dst: l.Text("dst"), cnum: l.Text("cnum"), channel: l.Text("channel"),
			dstchannel: l.Text("dstchannel"), app: l.Text("lastapp")}
		c.Direction, c.Operator.Ext = r.operator()
		if r.unattended(l.has("dstchannel")) {
			c.Answer, c.Talk = Missed, kpi.Some(0)
		}
		l.when(&c, "start")
		return c
	},
}

// route is the path of a call through Asterisk.
type route struct{ src, dst, cnum, channel, dstchannel, app string }

var (
	// channelPeer matches the channels of internal phones: SIP/103-0000001f, PJSIP/103-…,
	// Local/103@from-queue-….
	channelPeer = lazyregexp.New(`^(?:SIP|PJSIP|IAX2|SCCP|Local)/(?:[A-Za-z]+-)?(\d{2,6})(?:[-@]|$)`)
	extension   = lazyregexp.New(`^\d{2,5}$`)
)

func peer(channel string) string {
	if m := channelPeer.FindStringSubmatch(channel); m != nil {
		return m[1]
	}
	return ""
}

func ext(numbers ...string) string {
	for _, n := range numbers {
		if extension.MatchString(n) {
			return n
		}
	}
	return ""
}

// operator returns the direction of the call and the extension of its operator. Local
// channels only lead on to somebody: a call never comes from them.
func (r route) operator() (Direction, string) {
	from := ext(r.cnum, r.src)
	if p := peer(r.channel); p != "" && !strings.HasPrefix(r.channel, "Local/") {
		from = p
	}
	to := peer(r.dstchannel)
	if r.dstchannel == "" && !r.queue() {
		to = ext(r.dst)
	}
	if r.relay() {
		to = ""
	}
	within := to != "" || r.dstchannel == "" && ext(r.dst) != ""
	switch {
	case from != "" && (within || strings.HasPrefix(r.dst, "*")):
		return Internal, from
	case from != "":
		return Outgoing, from
	}
	return Incoming, to
}

func (r route) queue() bool { return tabular.Fold(r.app) == "queue" }

// relay reports whether a record is of a queue that leads on to a record of its own,
// which has the talk without the time in the queue.
func (r route) relay() bool { return r.queue() && strings.HasPrefix(r.dstchannel, "Local/") }

// unattended reports whether only the exchange answered: a menu, a voice mail, a queue.
// This can be seen if the file has the channel that a call led to (told).
func (r route) unattended(told bool) bool { return told && r.dstchannel == "" || r.relay() }
