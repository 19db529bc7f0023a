package callfigures_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// may returns a day of May 2026; the 1st and the 11th are days off.
func may(d int) calendar.Date { return calendar.Of(2026, time.May, d) }

// line is a department whose callers have figures from a log, in Moscow, where noon is
// 09:00 UTC.
type line struct {
	t      *testing.T
	dep    department.Department
	ledger *ledger.Ledger
	now    time.Time
	news   int // how often the intake reported news
}

func newLine(t *testing.T, people ...department.Person) *line {
	t.Helper()
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, now: may(14).Time().Add(9 * time.Hour)}
	l.dep.Settings.Zone, l.dep.Settings.TalkThreshold, l.dep.Settings.Country = moscow, 15, calendar.Russia
	for i := range people {
		people[i].Role = "caller"
	}
	l.dep.People = people
	l.dep.Roles = []department.Role{{Key: "caller", KPIs: []kpi.KPI{
		{Role: "caller", Key: "calls", Unit: kpi.Count, Source: kpi.Calls},
		{Role: "caller", Key: "talk_time", Unit: kpi.Duration, Source: kpi.Calls},
	}}}
	if l.ledger, err = ledger.Open(t.Context(), ":memory:", func() time.Time { return l.now }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *line) intake() callfigures.Intake {
	return callfigures.Intake{Ledger: l.ledger, Dep: &l.dep, Now: func() time.Time {
		return l.now
	}, News: func(context.Context) error { l.news++; return nil }}
}

// imports stores a log of calls.
func (l *line) imports(list ...[]calls.Call) callfigures.Stored {
	l.t.Helper()
	read, err := l.intake().Read(l.t.Context(), calls.Log{Calls: slices.Concat(list...)}, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	got, err := l.intake().Store(l.t.Context(), read, false)
	if err != nil {
		l.t.Fatal(err)
	}
	return got
}

// counts counts, and reports whether any figure changed.
func (l *line) counts() bool {
	l.t.Helper()
	changed, err := callfigures.Count(l.t.Context(), l.ledger, &l.dep, may(14))
	if err != nil {
		l.t.Fatal(err)
	}
	return changed
}

// has returns a person's figures: «13 calls 2, 13 talk_time 60».
func (l *line) has(who department.PersonID) string {
	l.t.Helper()
	r, err := l.ledger.Person(l.t.Context(), who)
	if err != nil {
		l.t.Fatal(err)
	}
	var out []string
	for _, e := range r.Entries {
		out = append(out, fmt.Sprintf("%d %s %v", e.Date.Time().Day(), e.KPI, e.Value))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// logged returns n calls of an operator on a day from noon on, one a minute; the first
// are talks of these seconds.
func logged(day calendar.Date, operator string, n int, talks ...float64) []calls.Call {
	var out []calls.Call
	for i := range n {
		c := calls.Call{
			ID: fmt.Sprintf("%s-%s-%d", day, operator, i), Source: calls.Mango, Operator: calls.Operator{Ext: operator},
			Started: day.Time().Add(9*time.Hour + time.Duration(i)*time.Minute), Direction: calls.Outgoing,
			Answer: calls.Missed, Talk: kpi.Some(0),
		}
		if i < len(talks) {
			c.Answer, c.Talk = calls.Answered, kpi.Some(talks[i])
		}
		out = append(out, c)
	}
	return out
}

// Each day that a log covers has a figure: of calls, or 0 on a working day.
func TestCount(t *testing.T) {
	l := newLine(t,
		department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}},
		department.Person{ID: "boris", Name: "Борис", Aliases: []string{"106"}},
		department.Person{ID: "vera", Name: "Вера"})
	l.dep.Absences = []department.Absence{{Person: "boris", Span: calendar.Span{From: may(13), To: may(13)}}}
	// 15 seconds are not a talk yet, 16 are; the log covers the 8th (a Friday) to the
	// 13th.
	got := l.imports(logged(may(8), "105", 3, 15, 16, 100), logged(may(12), "106", 1), logged(may(13), "105", 1))
	want := callfigures.Stored{CallsStored: ledger.CallsStored{New: 5}, Span: calendar.Span{From: may(8), To: may(13)},
		People: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if l.news != 1 || !l.counts() {
		t.Errorf("told of news %d times", l.news)
	}
	for who, want := range map[department.PersonID]string{
		"anna":  "12 calls 0, 12 talk_time 0, 13 calls 1, 13 talk_time 0, 8 calls 3, 8 talk_time 116",
		"boris": "12 calls 1, 12 talk_time 0, 8 calls 0, 8 talk_time 0", // absent on the 13th
		"vera":  "",                                                     // the log does not know her
	} {
		if got := l.has(who); got != want {
			t.Errorf("%s has\n%s\nwant\n%s", who, got, want)
		}
	}
	if l.counts() {
		t.Error("counting again changes something")
	}
	months, err := callfigures.ReadMonths(t.Context(), l.ledger)
	if err != nil {
		t.Fatal(err)
	}
	if !months.Any(l.dep.People[1:]) || months.Any(l.dep.People[2:]) {
		t.Errorf("to be shown: %v", months)
	}
	if err := months.Shown(t.Context(), l.ledger, l.dep.People[:2]); err != nil {
		t.Fatal(err)
	}
	if months, err := callfigures.ReadMonths(t.Context(), l.ledger); err != nil || len(months) != 0 {
		t.Errorf("still to be shown: %v, %v", months, err)
	}
}

// Figures follow the rules: whose an extension is, and what a talk is. A person loses
// figures that are no longer theirs.
func TestCountFollowsTheRules(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}},
		department.Person{ID: "boris", Name: "Борис"})
	l.imports(logged(may(13), "105", 2, 20, 40))
	l.counts()
	l.dep.People[0].Aliases, l.dep.People[1].Aliases = nil, []string{"105"}
	if !l.counts() || l.has("anna") != "" || l.has("boris") != "13 calls 2, 13 talk_time 60" {
		t.Errorf("after the alias moved Anna has %q, Boris %q", l.has("anna"), l.has("boris"))
	}
	l.dep.Settings.TalkThreshold = 20
	if !l.counts() || l.has("boris") != "13 calls 2, 13 talk_time 40" {
		t.Errorf("after another threshold Boris has %q", l.has("boris"))
	}
}

// Whose calls they are also depends on when people were entered and on their earlier
// names: a change counts the days anew.
func TestCountFollowsWhoPeopleAre(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна Смирнова", Aliases: []string{"105"}},
		department.Person{ID: "boris", Name: "Борис", Aliases: []string{"105"}, Entered: may(14)})
	married := logged(may(13), "", 1, 30)
	married[0].Operator.Name = "Анна Орлова"
	l.imports(logged(may(13), "105", 2, 20, 40), married)
	l.counts()
	if got := l.has("anna"); got != "13 calls 2, 13 talk_time 60" {
		t.Errorf("before Boris was entered Anna has %q", got)
	}
	l.dep.People[0].Former = []string{"Анна Орлова"}
	if !l.counts() || l.has("anna") != "13 calls 3, 13 talk_time 90" {
		t.Errorf("with her former name Anna has %q", l.has("anna"))
	}
	l.dep.People[1].Entered = may(12)
	if !l.counts() || l.has("anna") != "13 calls 1, 13 talk_time 30" {
		t.Errorf("when either may have had the extension Anna has %q", l.has("anna"))
	}
	list, err := callfigures.Unattributed(t.Context(), l.ledger, &l.dep)
	if err != nil {
		t.Fatal(err)
	}
	want := []callfigures.Nobodys{{Source: calls.Mango, Operator: "105", Calls: 2,
		May: []string{"Анна Смирнова", "Борис"}}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("nobody's (-want +got):\n%s", diff)
	}
}

// Calls of a day that no log covers count once one does.
func TestCallsOfDaysThatAreNotCovered(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}})
	log := ledger.CallLog{Calls: logged(may(13), "105", 2), Day: func(time.Time) calendar.Date { return may(13) }}
	if _, err := l.ledger.StoreCalls(t.Context(), log, false); err != nil {
		t.Fatal(err)
	}
	if l.counts() {
		t.Errorf("counted: %s", l.has("anna"))
	}
	if got := l.imports(logged(may(13), "105", 2)); got.Same != 2 || l.news != 1 || !l.counts() ||
		!strings.HasPrefix(l.has("anna"), "13 calls 2") {
		t.Errorf("%+v, news %d; Anna has %s", got, l.news, l.has("anna"))
	}
}

// A dry import stores nothing and is no news.
func TestDryIntake(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}})
	got, err := l.intake().Store(t.Context(), logged(may(13), "105", 2), true)
	if err != nil || got.New != 2 || l.news != 0 || l.counts() {
		t.Errorf("%+v, %v; news %d", got, err, l.news)
	}
}

// Figures in a spreadsheet are restored only for days without a log.
func TestRestore(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}})
	l.imports(logged(may(13), "105", 2))
	stood := []department.Entry{{Person: "anna", KPI: "calls", Date: may(13), Value: 7},
		{Person: "anna", KPI: "calls", Date: may(6), Value: 5}}
	r := ledger.Reading{Person: "anna"}
	if err := callfigures.Restore(t.Context(), l.ledger, &r, stood); err != nil {
		t.Fatal(err)
	}
	want := ledger.Reading{Person: "anna", Entries: stood[1:],
		Scopes: []ledger.Scope{{Span: calendar.Span{From: may(6), To: may(6)}, KPIs: []string{"calls"}}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each operator whose calls are nobody's is reported with what ops can do about it.
func TestUnattributed(t *testing.T) {
	l := newLine(t,
		department.Person{ID: "anna", Name: "Анна", Aliases: []string{"105"}, Hired: may(13)},
		department.Person{ID: "boris", Name: "Борис", Aliases: []string{"106"}},
		department.Person{ID: "vera", Name: "Вера", Aliases: []string{"106"}})
	// Lost calls without an operator are normal, answered ones are not.
	l.imports(logged(may(12), "105", 4), logged(may(13), "105", 9), logged(may(13), "106", 3),
		logged(may(13), "200", 11), logged(may(13), "", 4, 60))
	list, err := callfigures.Unattributed(t.Context(), l.ledger, &l.dep)
	if err != nil {
		t.Fatal(err)
	}
	want := []callfigures.Nobodys{
		{Source: calls.Mango, Operator: "200", Calls: 11},
		{Source: calls.Mango, Operator: "105", Calls: 4, May: []string{"Анна"}},
		{Source: calls.Mango, Operator: "106", Calls: 3, May: []string{"Борис", "Вера"}},
		{Source: calls.Mango, Calls: 1},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	said := strings.ReplaceAll(strings.Join(callfigures.Tell(list, words.RU), "\n"), "\u00a0", " ")
	if want := "Mango Office: оператора «200» нет среди сотрудников. Не засчитано: 11 звонков. Впишите номер или имя " +
		"в «Имена в телефонии» нужного сотрудника\n" +
		"Mango Office: оператор «105» — Анна, но в эти дни сотрудник не работал. Не засчитано: 4 звонка. Проверьте " +
		"даты приёма и ухода\n" +
		"Mango Office: оператор «106» подходит нескольким: Борис, Вера. Не засчитано: 3 звонка. Оставьте это имя в " +
		"телефонии одному\n" +
		"Mango Office: 1 звонок без оператора, хотя на них ответили. Никому не засчитано: проверьте, выгружается ли " +
		"оператор"; said != want {
		t.Errorf("told\n%s\nwant\n%s", said, want)
	}
}

// Beyond twenty, operators are reported together.
func TestTellMany(t *testing.T) {
	var list []callfigures.Nobodys
	for i := range 23 {
		list = append(list, callfigures.Nobodys{Source: calls.Mango, Operator: fmt.Sprint(i), Calls: 7})
	}
	got := callfigures.Tell(list, words.EN)
	if len(got) != 21 || strings.ReplaceAll(got[20], "\u00a0", " ") != "more operators of nobody: 3, 21 calls" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

// telephony records what it is asked for.
type telephony struct {
	calls []calls.Call
	asked []string
	fails int // number of the request that fails, from 1; 0: none
	// most is the longest stretch that it answers for; 0: any.
	most time.Duration
	// answered is called after each answer.
	answered func()
}

var errCut = errors.New("cut")

func (p *telephony) Source() calls.Source { return calls.Skorozvon }

func (p *telephony) Calls(_ context.Context, from, to time.Time) (list []calls.Call, until time.Time, err error) {
	if p.fails > 0 && len(p.asked) == p.fails-1 {
		return nil, from, errCut
	}
	if p.most > 0 && to.Sub(from) > p.most {
		to = from.Add(p.most)
	}
	p.asked = append(p.asked, from.UTC().Format("01-02 15:04")+" "+to.UTC().Format("01-02 15:04"))
	for _, c := range p.calls {
		if !c.Started.Before(from) && c.Started.Before(to) {
			c.Source = calls.Skorozvon
			list = append(list, c)
		}
	}
	if p.answered != nil {
		p.answered()
	}
	return list, to, nil
}

// Calls are pulled day by day from the beginning of the month; an interrupted pull
// continues where it was, and a later one looks half an hour back.
func TestPull(t *testing.T) {
	l := newLine(t, department.Person{ID: "anna", Name: "Анна"})
	noon := func(h int) time.Time { return may(3).Time().Add(time.Duration(h-3) * time.Hour) } // in Moscow
	l.now = noon(12)
	p := &telephony{calls: slices.Concat(logged(may(1), "Анна", 3, 40), logged(may(2), "Анна", 2)), fails: 2}
	if _, err := l.intake().Pull(t.Context(), p, 0); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	p.fails = 0
	pull := func(since calendar.Date) callfigures.Pulled {
		t.Helper()
		got, err := l.intake().Pull(t.Context(), p, since)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := pull(0); got.New != 2 || got.Same != 0 {
		t.Errorf("the rest of a pull: %+v", got)
	}
	l.now = noon(13)
	pull(0)
	if got := pull(may(1)); got.New != 0 || got.Same != 5 || got.Span.Days() != 3 {
		t.Errorf("again from the first: %+v", got)
	}
	want := []string{
		"04-30 21:00 05-01 21:00",
		"05-01 21:00 05-02 21:00", "05-02 21:00 05-03 09:00",
		"05-03 08:30 05-03 10:00",
		"04-30 21:00 05-01 21:00", "05-01 21:00 05-02 21:00", "05-02 21:00 05-03 10:00",
	}
	if diff := cmp.Diff(want, p.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if l.counts(); !strings.HasPrefix(l.has("anna"), "1 calls 3, 1 talk_time 40") {
		t.Errorf("Anna has %s", l.has("anna"))
	}
}

// A long pull leaves the rest to the next one. A day counts once all of it was read;
// wherever a pull is cut, what it stored is neither lost nor doubled.
func TestPullInStretches(t *testing.T) {
	start := may(15).Time().Add(9 * time.Hour) // noon in Moscow
	begin := func(t *testing.T) (*line, *telephony) {
		l := newLine(t, department.Person{ID: "anna", Name: "Анна"}, department.Person{ID: "boris", Name: "Борис"})
		l.now = start
		// The log knows Boris, who makes no calls on the first day.
		list := slices.Concat(logged(may(14), "Анна", 70, 40), logged(may(15), "Анна", 2), logged(may(15), "Борис", 1))
		return l, &telephony{calls: list, most: time.Hour}
	}
	l, p := begin(t)
	n := 0
	p.answered = func() {
		if n++; n == 14 { // at 14:00 in Moscow on the first day: the time is up
			l.now = start.Add(4 * time.Minute)
		}
	}
	got, err := l.intake().Pull(t.Context(), p, may(14))
	if err != nil || len(p.asked) != 14 || !got.More || got.New != 70 ||
		got.Through.UTC().Format("01-02 15:04") != "05-14 11:00" {
		t.Errorf("asked %d times, %+v, %v", len(p.asked), got, err)
	}
	if l.counts(); l.has("anna")+l.has("boris") != "" {
		t.Errorf("of a day that is not read to its end there are %s; %s", l.has("anna"), l.has("boris"))
	}
	got, err = l.intake().Pull(t.Context(), p, 0)
	if err != nil || len(p.asked) != 14+10+13 || got.More || got.New != 3 || got.Same != 0 {
		t.Errorf("asked %d times, %+v, %v", len(p.asked), got, err)
	}
	l.counts()
	want := l.has("anna") + "; " + l.has("boris")
	if want != "14 calls 70, 14 talk_time 40, 15 calls 2, 15 talk_time 0; 14 calls 0, 14 talk_time 0, 15 calls 1, 15 "+
		"talk_time 0" {
		t.Errorf("they have %s", want)
	}
	for cut := 1; cut <= 36; cut += 5 {
		l, p := begin(t)
		p.fails = cut
		if _, err := l.intake().Pull(t.Context(), p, may(14)); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		l.counts()
		p.fails, l.now = 0, start.Add(4*time.Minute)
		since := calendar.Date(0)
		if cut == 1 { // nothing was stored: ask anew
			since = may(14)
		}
		if _, err := l.intake().Pull(t.Context(), p, since); err != nil {
			t.Fatal(err)
		}
		l.counts()
		if got := l.has("anna") + "; " + l.has("boris"); got != want {
			t.Errorf("cut at question %d they have\n%s\nand otherwise\n%s", cut, got, want)
		}
	}
}
