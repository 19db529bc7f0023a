package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/kpi"
)

// logged returns a log of Mango: n calls of an operator on a day, the first talks of
// which have the given lengths.
func logged(day, operator string, n int, talks ...float64) []calls.Call {
	var out []calls.Call
	start := date(day).Time().Add(9 * time.Hour) // noon in Moscow
	for i := range n {
		c := calls.Call{
			ID: fmt.Sprintf("%s-%s-%d", day, operator, i), Source: calls.Mango,
			Started:  start.Add(time.Duration(i) * time.Minute),
			Operator: calls.Operator{Ext: operator}, Direction: calls.Outgoing, Answer: calls.Missed, Talk: kpi.Some(0),
			Cost: kpi.Some(1.5),
		}
		if i < len(talks) {
			c.Answer, c.Talk = calls.Answered, kpi.Some(talks[i])
		}
		out = append(out, c)
	}
	return out
}

func (o *office) callLog(list ...[]calls.Call) callfigures.Stored {
	o.t.Helper()
	var l calls.Log
	for _, x := range list {
		l.Calls = append(l.Calls, x...)
	}
	l.Lines = len(l.Calls)
	im, err := o.w.Imports(o.t.Context())
	o.must(err)
	got, err := im.CallLog(o.t.Context(), l, nil, importing.Options{})
	o.must(err)
	return got
}

// shows returns what the cell of a logged figure shows.
func (o *office) shows(i int, day, key string) string {
	o.t.Helper()
	g := o.tab(o.report(i), monthTab(date(day)))
	return g.cell(g.row("date", date(day)), "log:"+key).FormattedValue
}

func (o *office) wantLogged(day string, want ...string) {
	o.t.Helper()
	for i, key := range []string{"calls", "talks", "talk_time"} {
		if got := o.shows(0, day, key); got != want[i] {
			o.t.Errorf("%s of %s shows %q, want %q", key, day, got, want[i])
		}
	}
}

// A call log fills in the report, by one write of each spreadsheet concerned; again it
// changes nothing, and after the loss of the ledger the figures are read back from the
// cells.
func TestCallsFillTheReport(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "telephony-caller").settle().open()
	o.config("people", "name=Человек 000", "aliases", "105")
	o.settle()

	// Talk must be longer than 15 seconds: 15 is none, 16 is.
	log := [][]calls.Call{logged("2026-05-12", "105", 5, 15, 16, 100), logged("2026-05-14", "105", 2, 60),
		logged("2026-05-14", "200", 3)}
	got := o.callLog(log...)
	if got.New != 10 || got.People != 1 || got.Strangers != 3 || got.Span.Days() != 3 {
		t.Errorf("%+v", got)
	}
	o.expect("after a log", google.Calls{Drive: 1, SheetsWrite: 3}) // the report, «Проверка», the summary
	o.wantLogged("2026-05-12", "5", "2", "0:01:56")
	o.wantLogged("2026-05-13", "0", "0", "0:00:00") // covered, and nobody called
	o.wantLogged("2026-05-14", "2", "1", "0:01:00")
	o.wantLogged("2026-05-15", "", "", "")
	o.month(0, "calls", 7)
	o.month(0, "talks", 3)
	o.month(0, "talk_time", 176)
	same(o, "after a log", "v1_calls_by_day", []string{personName(0) + ",2026-05-12,5,2,116,7.5",
		personName(0) + ",2026-05-14,2,1,60,3"},
		o.query(`SELECT person, day, calls, conversations, talk_seconds, cost FROM v1_calls_by_day`))
	if got := o.shows(1, "2026-05-13", "calls"); got != "" {
		t.Errorf("somebody whom the log does not know has %q calls", got)
	}
	o.expect("right after", google.Calls{Drive: 1})

	if got := o.callLog(log...); got.Same != 10 || got.New+got.Changed != 0 {
		t.Errorf("the same log again: %+v", got)
	}
	o.expect("after the same log", google.Calls{Drive: 1})

	before := o.export()
	o.restart(true)
	o.settle()
	if after := o.export(); after != before {
		t.Errorf("with the ledger lost the figures are\n%s\nand were\n%s", after, before)
	}
	o.callLog(log...)
	o.settle()
	if after := o.export(); after != before {
		t.Error("importing again doubles or loses figures")
	}
}

// Ops learn of unknown operators with their calls; once ops add the alias, the calls
// count.
func TestStrangersAreToldAndCountLater(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "telephony-caller").settle().open()
	o.callLog(logged("2026-05-13", "105", 4, 60))
	o.sync()
	if got := o.text(o.control(), "checks"); !strings.Contains(got, "Mango Office") || !strings.Contains(got, "105") ||
		!strings.Contains(got, "4\u00a0звонка") {
		t.Errorf("«Проверка» does not tell of the operator:\n%s", got)
	}
	o.config("people", "name=Человек 001", "aliases", "105")
	o.sync()
	if got := o.shows(1, "2026-05-13", "calls"); got != "4" {
		t.Errorf("after the alias there are %q calls", got)
	}
	if got := o.text(o.control(), "checks"); strings.Contains(got, "Mango Office") {
		t.Errorf("still told:\n%s", got)
	}
	// Two people with one alias: nobody's, and the figure goes.
	o.config("people", "name=Человек 000", "aliases", "105")
	o.sync()
	if got := o.shows(1, "2026-05-13", "calls"); got != "" {
		t.Errorf("ambiguous calls are counted: %q", got)
	}
	if got := o.text(o.control(), "checks"); !strings.Contains(got, "Человек 000") ||
		!strings.Contains(got, "Человек 001") {
		t.Errorf("«Проверка» does not tell whom it may be:\n%s", got)
	}
	o.settle()
}

// Calls that were lost before they reached an operator are not a mistake; those that
// somebody took without the log saying who are.
func TestCallsWithoutOperator(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "telephony-caller").settle().open()
	if got := o.callLog(logged("2026-05-13", "", 4)); got.New != 4 || got.Strangers != 0 {
		t.Errorf("%+v", got)
	}
	o.sync()
	if got := o.text(o.control(), "checks"); strings.Contains(got, "Mango Office") {
		t.Errorf("lost calls are told as a mistake:\n%s", got)
	}
	if got := o.callLog(logged("2026-05-14", "", 4, 60, 70)); got.New != 4 || got.Strangers != 2 {
		t.Errorf("%+v", got)
	}
	o.sync()
	if got := o.text(o.control(), "checks"); !strings.Contains(got,
		"Mango Office: 2\u00a0звонка без оператора, хотя на них ответили") {
		t.Errorf("«Проверка» does not tell of them:\n%s", got)
	}
}

// A log of months ago makes their tabs and appears there.
func TestCallsOfLongAgo(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "telephony-caller").settle().open()
	o.callLog(logged("2026-02-10", "Человек 000", 6, 30))
	o.sync()
	o.wantLogged("2026-02-10", "6", "1", "0:00:30")
	if got := o.line(0, calendar.Month, "2026-02-10", "calls").Fact; got.V != 6 {
		t.Errorf("February has %v calls", got)
	}
	o.settle()
	// A call that moved to another day moves there.
	moved := logged("2026-02-10", "Человек 000", 6, 30)
	moved[5].Started = moved[5].Started.Add(24 * time.Hour)
	if got := o.callLog(moved); got.Changed != 1 || got.Same != 5 {
		t.Errorf("%+v", got)
	}
	o.sync()
	o.wantLogged("2026-02-10", "5", "1", "0:00:30")
	o.wantLogged("2026-02-11", "1", "0", "0:00:00")
}

// A threshold of ops also applies to existing calls.
func TestThresholdOfTalks(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "telephony-caller").settle().open()
	o.callLog(logged("2026-05-13", "Человек 000", 3, 20, 40))
	o.sync()
	o.wantLogged("2026-05-13", "3", "2", "0:01:00")
	o.config("settings", "key=talk_threshold", "value", 20)
	o.sync()
	o.wantLogged("2026-05-13", "3", "1", "0:00:40")
}

// What a caller types is compared with the log, on days that have both.
func TestTypedCallsAreReconciled(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "cold-caller").settle().open()
	if got := o.text(o.summary(), "reconciliation"); !strings.Contains(got, "Журнала звонков за эти дни нет") {
		t.Errorf("without a log:\n%s", got)
	}
	o.types(0, "2026-05-12", "calls", 50)
	o.types(0, "2026-05-13", "calls", 30)
	o.callLog(logged("2026-05-12", "Человек 000", 40, 60), logged("2026-05-13", "Человек 000", 30))
	o.sync()
	got := o.text(o.summary(), "reconciliation")
	if !strings.Contains(got, "Человек 000 | Звонки | 80 | 70 | +10 |") ||
		!strings.Contains(got, "1 из 2 | ▼ завышено") ||
		!strings.Contains(got, "Человек 000 | Звонки | 50 | 40 | +10 |") {
		t.Errorf("the tab shows\n%s", got)
	}
	o.month(0, "calls", 80) // what is typed counts, not the log
	o.settle()
}

// telephony can be asked for its calls.
type telephony struct{ calls []calls.Call }

func (p *telephony) Source() calls.Source { return calls.Skorozvon }

func (p *telephony) Calls(_ context.Context, from, to time.Time) (list []calls.Call, until time.Time, err error) {
	for _, c := range p.calls {
		if !c.Started.Before(from) && c.Started.Before(to) {
			c.Source = calls.Skorozvon
			list = append(list, c)
		}
	}
	return list, to, nil
}

// Ops may correct, on locked days, what a log says and whose calls those are: closed
// periods follow, and that is nobody's edit. Another way of measuring leaves them as they
// are.
func TestCallsOfLockedDays(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "telephony-caller").settle().open()
	o.callLog(logged("2026-05-12", "Человек 000", 6, 30))
	o.settle()
	o.clock.set("2026-06-10", 12, 0)
	o.settle()
	o.clock.set("2026-06-11", 12, 0)
	o.settle()

	check := func(when string, calls, talks float64) {
		t.Helper()
		for key, want := range map[string]float64{"calls": calls, "talks": talks} {
			if got := o.line(0, calendar.Week, "2026-05-12", key).Fact; got.V != want {
				t.Errorf("%s the closed week has %v %s, want %v", when, got.V, key, want)
			}
		}
	}
	o.callLog(logged("2026-05-13", "Человек 000", 4, 30), logged("2026-05-14", "105", 3, 30),
		logged("2026-06-10", "Человек 000", 1, 30))
	o.settle()
	check("after a log that came late", 10, 2)
	o.config("people", "name=Человек 000", "aliases", "105")
	o.settle()
	check("after the alias", 13, 3)
	p := &telephony{calls: logged("2026-05-15", "105", 2, 30)}
	for range 2 { // the second time what overlaps is read again
		im, err := o.w.Imports(t.Context())
		o.must(err)
		_, err = im.Calls.Pull(t.Context(), p, date("2026-05-15"))
		o.must(err)
		o.settle()
		check("after a pull of locked days", 15, 4)
	}
	if got := o.text(o.summary(), "edits"); strings.Contains(got, "учтено | ") {
		t.Errorf("a call log has edited something:\n%s", got)
	}
	if got := o.line(0, calendar.Month, "2026-06-10", "talks").Fact; got.V != 1 {
		t.Errorf("June has %v talks", got)
	}
	o.config("settings", "key=talk_threshold", "value", 40)
	o.settle()
	check("after another threshold", 15, 4)
	if got := o.line(0, calendar.Month, "2026-06-10", "talks").Fact; got.V != 0 {
		t.Errorf("by another threshold June has %v talks", got)
	}
}
