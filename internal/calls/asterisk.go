package calls

import (
	"regexp"
	"slices"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// asterisk is the call detail records of Asterisk and FreePBX: the table cdr as it
// is exported, and the files of cdr_csv, which have no heading, and 16 to 18
// columns: its settings add uniqueid and userfield.
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

// route is how a call went through Asterisk.
type route struct{ src, dst, cnum, channel, dstchannel, app string }

var (
	// channels of phones within: SIP/103-0000001f, PJSIP/103-…, Local/103@from-queue-….
	channelPeer = regexp.MustCompile(`^(?:SIP|PJSIP|IAX2|SCCP|Local)/(?:[A-Za-z]+-)?(\d{2,6})(?:[-@]|$)`)
	extension   = regexp.MustCompile(`^\d{2,5}$`)
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

// operator tells whose call it was, by extension, and which way it went. Local
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

// relay tells that a record is of a queue that leads on to a record of its own, in
// which the talk stands without the time in the queue.
func (r route) relay() bool { return r.queue() && strings.HasPrefix(r.dstchannel, "Local/") }

// unattended tells that only the exchange answered: a menu, a voice mail, a queue.
// That shows where the file tells the channel that a call led to.
func (r route) unattended(told bool) bool { return told && r.dstchannel == "" || r.relay() }
