package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
)

// on returns a reading on a day.
func on(d calendar.Date, entries ...department.Entry) ledger.Reading {
	r := read(entries...)
	r.Day = d
	return r
}

func lock(t *testing.T, l *ledger.Ledger, today calendar.Date) {
	t.Helper()
	if err := l.Lock(t.Context(), today, 3, []department.PersonID{"anna", "nobody"}); err != nil {
		t.Fatal(err)
	}
}

// shows returns the figures of May as they count, as they are typed, and the late edits,
// oldest first.
func shows(t *testing.T, l *ledger.Ledger) string {
	t.Helper()
	list := func(f func(func(ledger.Figure)) error) string {
		var s []string
		if err := f(func(x ledger.Figure) {
			s = append(s, fmt.Sprintf("%d:%s=%g", x.Date.Day(), x.KPI, x.Value))
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(s, " ")
	}
	counted := list(func(f func(ledger.Figure)) error { return l.Counted(t.Context(), may, f) })
	typed := list(func(f func(ledger.Figure)) error { return l.Figures(t.Context(), may, f) })
	edits, err := l.LateEdits(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var late []string
	for _, e := range edits {
		text := func(n kpi.Num) string {
			if !n.OK {
				return "—"
			}
			return fmt.Sprint(n.V)
		}
		s := fmt.Sprintf("%d:%s→%s", e.Date.Day(), text(e.Was), text(e.Became))
		if e.Counted {
			s += "!"
		}
		late = append([]string{s}, late...)
	}
	return counted + " | " + typed + " | " + strings.Join(late, " ")
}

// The figure of a locked day goes on counting whatever is typed there later,
// until an edit is allowed.
func TestLateEdits(t *testing.T) {
	type step struct {
		what string
		do   func(l *ledger.Ledger)
		want string
	}
	calls := func(d int, v float64) department.Entry { return entry("anna", day(d), "calls", v) }
	store := func(r ledger.Reading) func(*ledger.Ledger) {
		return func(l *ledger.Ledger) { mustStore(t, l, r) }
	}
	opened := func(r ledger.Reading, s ...calendar.Span) ledger.Reading { r.Open = s; return r }
	at := func(d int) calendar.Span { return calendar.Span{From: day(d), To: day(d)} }
	steps := []step{
		{"on the first day", store(on(day(4), calls(1, 10), calls(4, 40))),
			"1:calls=10 4:calls=40 | 1:calls=10 4:calls=40 | "},
		{"a new person has days of grace", func(l *ledger.Ledger) {
			lock(t, l, day(7))
		}, "1:calls=10 4:calls=40 | 1:calls=10 4:calls=40 | "},
		{"so this is no late edit", store(on(day(7), calls(1, 11), calls(4, 40))),
			"1:calls=11 4:calls=40 | 1:calls=11 4:calls=40 | "},
		{"4 May is locked on the 8th", func(l *ledger.Ledger) {
			lock(t, l, day(8))
		}, "1:calls=11 4:calls=40 | 1:calls=11 4:calls=40 | "},
		{"a late edit", store(on(day(8), calls(1, 12), calls(4, 40), calls(5, 50))),
			"1:calls=11 4:calls=40 5:calls=50 | 1:calls=12 4:calls=40 5:calls=50 | 1:11→12"},
		{"and another", store(on(day(8), calls(1, 13), calls(4, 40), calls(5, 51))),
			"1:calls=11 4:calls=40 5:calls=51 | 1:calls=13 4:calls=40 5:calls=51 | 1:11→12 1:12→13"},
		{"typed back", store(on(day(8), calls(1, 11), calls(4, 40), calls(5, 51))),
			"1:calls=11 4:calls=40 5:calls=51 | 1:calls=11 4:calls=40 5:calls=51 | 1:11→12 1:12→13 1:13→11"},
		{"gone, and a new one", store(on(day(9), calls(1, 11), calls(2, 20), calls(5, 51))),
			"1:calls=11 5:calls=51 4:calls=40 | 1:calls=11 2:calls=20 5:calls=51 | 1:11→12 1:12→13 1:13→11 " +
				"2:—→20 4:40→—"},
		{"2 May is opened to an edit made before", func(l *ledger.Ledger) {
			if yes, err := l.Release(t.Context(), "anna", at(2)); err != nil || !yes {
				t.Errorf("released: %t, %v", yes, err)
			}
			if yes, err := l.Release(t.Context(), "anna", at(2)); err != nil || yes {
				t.Errorf("released again: %t, %v", yes, err)
			}
		}, "1:calls=11 2:calls=20 5:calls=51 4:calls=40 | 1:calls=11 2:calls=20 5:calls=51 | 1:11→12 1:12→13 1:13→11 " +
			"2:—→20! 4:40→—"},
		{"an edit while it is open", store(opened(on(day(9), calls(1, 11), calls(2, 21), calls(4, 44), calls(5, 51)),
			at(2), at(4))),
			"1:calls=11 2:calls=21 4:calls=44 5:calls=51 | 1:calls=11 2:calls=21 4:calls=44 5:calls=51 | 1:11→12 " +
				"1:12→13 1:13→11 2:—→20! 4:40→— 2:20→21! 4:—→44!"},
		{"an import counts and is not listed, once", func(l *ledger.Ledger) {
			if err := l.Open(t.Context(), "anna", at(1)); err != nil {
				t.Fatal(err)
			}
			mustStore(t, l, on(day(9), calls(1, 19), calls(2, 21), calls(4, 44), calls(5, 51)))
			mustStore(t, l, on(day(9), calls(1, 18), calls(2, 21), calls(4, 44), calls(5, 51)))
		}, "1:calls=19 2:calls=21 4:calls=44 5:calls=51 | 1:calls=18 2:calls=21 4:calls=44 5:calls=51 | 1:11→12 " +
			"1:12→13 1:13→11 2:—→20! 4:40→— 2:20→21! 4:—→44! 1:19→18"},
	}
	c := newClock()
	l := mustOpen(t, ":memory:", func() time.Time { return c.add(time.Minute) })
	for _, s := range steps {
		s.do(l)
		if got := shows(t, l); got != s.want {
			t.Errorf("%s:\n%s\nwant:\n%s", s.what, got, s.want)
		}
	}
	// A rebuilt ledger counts the same figures once the late edits are restored.
	edits, err := l.LateEdits(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var typed []department.Entry
	if err := l.Entries(t.Context(), may, func(e department.Entry) { typed = append(typed, e) }); err != nil {
		t.Fatal(err)
	}
	anew := mustOpen(t, ":memory:", c.now)
	mustStore(t, anew, on(day(9), typed...))
	for range 2 {
		if err := anew.Restore(t.Context(), nil, edits,
			ledger.Save{Values: map[string][]byte{"restored": []byte("yes")}}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := shows(t, anew), shows(t, l); got != want {
		t.Errorf("restored:\n%s\nwant:\n%s", got, want)
	}
	if v, err := anew.Get(t.Context(), "restored"); err != nil || string(v) != "yes" {
		t.Errorf("the value stored with it: %q, %v", v, err)
	}
}

// A figure is late if it is new after its day's deadline, but not on the first day that
// anything was read, when nobody knows.
func TestLateFigures(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	first := on(day(4), entry("anna", day(1), "calls", 1))
	first.LateTo = day(3)
	mustStore(t, l, first)
	next := on(day(7), entry("anna", day(1), "calls", 2), entry("anna", day(5), "calls", 5),
		entry("anna", day(6), "calls", 6), entry("anna", day(7), "calls", 7))
	next.LateTo = day(5)
	mustStore(t, l, next)
	late := map[int]bool{}
	if err := l.Figures(t.Context(), may, func(x ledger.Figure) { late[x.Date.Day()] = x.Late }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int]bool{1: false, 5: true, 6: false, 7: false}, late); diff != "" {
		t.Errorf("late figures (-want +got):\n%s", diff)
	}
}

// We know what a spreadsheet that was made empty held on its first day, so its first
// reading may already be late.
func TestLateInNewSpreadsheet(t *testing.T) {
	l := mustOpen(t, ":memory:", newClock().now)
	for _, made := range []calendar.Date{day(4), day(6)} { // the second time in place of one that was deleted
		if err := l.Watch(t.Context(), "anna", made); err != nil {
			t.Fatal(err)
		}
	}
	first := on(day(6), entry("anna", day(5), "calls", 5), entry("anna", day(6), "calls", 6))
	first.LateTo = day(5)
	mustStore(t, l, first)
	late := map[int]bool{}
	if err := l.Figures(t.Context(), may, func(x ledger.Figure) { late[x.Date.Day()] = x.Late }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int]bool{5: true, 6: false}, late); diff != "" {
		t.Errorf("late figures (-want +got):\n%s", diff)
	}
}

func TestCloses(t *testing.T) {
	c := newClock()
	l := mustOpen(t, ":memory:", c.now)
	mustStore(t, l, on(day(4), entry("anna", day(1), "calls", 10)))
	lock(t, l, day(29))
	at := time.Date(2026, 5, 29, 9, 0, 0, 1e6, time.UTC)
	closed := func(per calendar.Period, fact float64) department.Closed {
		return department.Closed{Period: per, Person: "anna", Name: "Анна", Role: "rep", RoleTitle: "Продажи",
			Team: "Север", At: at, KPIs: []department.ClosedKPI{
				{Key: "calls", Title: "Звонки", Unit: kpi.Count, Plan: kpi.Some(950), Fact: kpi.Some(fact),
					Attainment: kpi.Some(fact / 950), Light: kpi.Red, Version: "роль", Working: 19, Reported: 18,
					Missing: 1},
				{Key: "rate", Title: "Доля", Unit: kpi.Percent},
			}}
	}
	week, april := closed(calendar.WeekOf(day(1)), 1.0/3), closed(calendar.MonthOf(calendar.Of(2026, 4, 1)), 2)
	if err := l.KeepCloses(t.Context(), []department.Closed{april, week}); err != nil {
		t.Fatal(err)
	}
	all := func(l *ledger.Ledger, to calendar.Date) (out []department.Closed) {
		t.Helper()
		if err := l.Closes(t.Context(), calendar.Span{To: to}, func(c department.Closed) bool {
			out = append(out, c)
			return true
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if diff := cmp.Diff([]department.Closed{week, april}, all(l, day(31))); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]department.Closed{april}, all(l, day(2))); diff != "" {
		t.Errorf("closed by 2 May (-want +got):\n%s", diff)
	}
	ids := func() map[ledger.CloseID]bool {
		t.Helper()
		m, err := l.CloseIDs(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	weekID, aprilID := ledger.CloseID{Period: week.Period, Person: "anna", Role: "rep"},
		ledger.CloseID{Period: april.Period, Person: "anna", Role: "rep"}
	mustStore(t, l, on(day(29), entry("anna", day(1), "calls", 11)))
	if diff := cmp.Diff(map[ledger.CloseID]bool{weekID: false, aprilID: false}, ids()); diff != "" {
		t.Errorf("after an edit that does not count (-want +got):\n%s", diff)
	}
	allowed := on(day(29), entry("anna", day(1), "calls", 12))
	allowed.Open = []calendar.Span{may}
	mustStore(t, l, allowed)
	if diff := cmp.Diff(map[ledger.CloseID]bool{weekID: true, aprilID: false}, ids()); diff != "" {
		t.Errorf("after an edit that counts (-want +got):\n%s", diff)
	}
	week.KPIs[0].Fact, week.Mended = kpi.Some(12), at.Add(time.Hour)
	if err := l.KeepCloses(t.Context(), []department.Closed{week}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[ledger.CloseID]bool{weekID: false, aprilID: false}, ids()); diff != "" {
		t.Errorf("mended (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]department.Closed{week, april}, all(l, day(31))); diff != "" {
		t.Errorf("mended (-want +got):\n%s", diff)
	}
	// What the ledger holds is not replaced by what is restored.
	worse := week
	worse.Name = "Кто-то"
	if err := l.Restore(t.Context(), []department.Closed{worse, april}, nil, ledger.Save{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]department.Closed{week, april}, all(l, day(31))); diff != "" {
		t.Errorf("restored over it (-want +got):\n%s", diff)
	}
	lost := mustOpen(t, ":memory:", c.now)
	if err := lost.Restore(t.Context(), all(l, day(31)), nil, ledger.Save{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]department.Closed{week, april}, all(lost, day(31))); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	locked, err := lost.Locked(t.Context())
	if err != nil || locked["anna"] != week.To {
		t.Errorf("locked to %v, %v; want the end of the last closed period, %v", locked["anna"], err, week.To)
	}
}

// A figure of a month that earlier readings left out is told as noticed, whether it
// counts or not; what was opened for the next reading is listed until that, and the
// largest figures of earlier days are known without those that may be dates.
func TestMonthsLeftOut(t *testing.T) {
	c := newClock()
	l := mustOpen(t, ":memory:", func() time.Time { return c.add(time.Minute) })
	mustStore(t, l, ledger.Reading{Person: "anna", Day: day(1), Flags: []byte("flags"),
		Scopes: []ledger.Scope{{Span: may, KPIs: []string{"calls", "talks"}}},
		Entries: []department.Entry{entry("anna", day(1), "calls", 46154), entry("anna", day(2), "calls", 30),
			entry("anna", day(3), "calls", 20), entry("anna", day(20), "calls", 90),
			entry("anna", day(2), "talks", 7)}})
	largest, err := l.Largest(t.Context(), "anna", day(10), [2]float64{45658, 46752})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "largest figures", map[string]float64{"calls": 30, "talks": 7}, largest)
	for who, want := range map[department.PersonID]string{"anna": "flags", "nobody": ""} {
		if b, err := l.FlagsOf(t.Context(), who); err != nil || string(b) != want {
			t.Errorf("flags of %s: %q, %v", who, b, err)
		}
	}

	lock(t, l, day(14)) // up to 10 May
	opened := func(want map[department.PersonID][]calendar.Span) {
		t.Helper()
		got, err := l.Opened(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "opened", want, got)
	}
	opened(map[department.PersonID][]calendar.Span{})
	three := calendar.Span{From: day(3), To: day(3)}
	if err := l.Open(t.Context(), "anna", three); err != nil {
		t.Fatal(err)
	}
	opened(map[department.PersonID][]calendar.Span{"anna": {three}})
	first := calendar.Span{From: day(1), To: day(2)}
	store := func(d calendar.Date, v float64, noticed, open []calendar.Span) {
		t.Helper()
		mustStore(t, l, ledger.Reading{Person: "anna", Day: day(14), Noticed: noticed, Open: open,
			Scopes:  []ledger.Scope{{Span: calendar.Span{From: d, To: d}, KPIs: []string{"calls"}}},
			Entries: []department.Entry{entry("anna", d, "calls", v)}})
	}
	store(day(3), 21, nil, nil) // imported: no edit
	opened(map[department.PersonID][]calendar.Span{})
	store(day(2), 31, []calendar.Span{first}, nil)
	store(day(1), 5, []calendar.Span{first}, []calendar.Span{first})
	store(day(3), 22, []calendar.Span{first}, nil)
	edits, err := l.LateEdits(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	type edit struct {
		day              calendar.Date
		counted, noticed bool
	}
	told := func(edits []department.LateEdit) (out []edit) {
		for _, e := range edits {
			out = append(out, edit{e.Date, e.Counted, e.Noticed})
		}
		return out
	}
	want := []edit{{day(3), false, false}, {day(1), true, true}, {day(2), false, true}}
	if got := told(edits); !slices.Equal(got, want) {
		t.Errorf("late edits: %+v, want %+v", got, want)
	}

	// So are those of a ledger that was lost.
	again := mustOpen(t, ":memory:", c.now)
	if err := again.Restore(t.Context(), nil, edits, ledger.Save{}); err != nil {
		t.Fatal(err)
	}
	if edits, err = again.LateEdits(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if got := told(edits); !slices.Equal(got, want) {
		t.Errorf("restored late edits: %+v, want %+v", got, want)
	}
}

// The ends of closed periods are listed with what was closed, and the figures of each day
// counted; the print of a day changes when a period that ends on it is closed, mended or
// taken back, and of no other day.
func TestCloseDates(t *testing.T) {
	c := newClock()
	l := mustOpen(t, ":memory:", c.now)
	at := time.Date(2026, 5, 29, 9, 0, 0, 1e6, time.UTC)
	closed := func(person department.PersonID, per calendar.Period, kpis ...string) department.Closed {
		out := department.Closed{Period: per, Person: person, Name: "Имя", Role: "rep", At: at}
		for _, key := range kpis {
			out.KPIs = append(out.KPIs, department.ClosedKPI{Key: key, Title: key, Unit: kpi.Count})
		}
		return out
	}
	april, week, next := calendar.MonthOf(calendar.Of(2026, 4, 1)), calendar.WeekOf(day(1)), calendar.WeekOf(day(8))
	keep := func(closes ...department.Closed) {
		t.Helper()
		if err := l.KeepCloses(t.Context(), closes); err != nil {
			t.Fatal(err)
		}
	}
	dates := func() map[calendar.Date]string {
		t.Helper()
		list, err := l.CloseDates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[calendar.Date]string{}
		for i, d := range list {
			if i > 0 && d.End <= list[i-1].End {
				t.Errorf("%s stands after %s", d.End, list[i-1].End)
			}
			out[d.End] = d.Print
		}
		return out
	}
	rows := func(from calendar.Date, want map[calendar.Date]int) {
		t.Helper()
		got, err := l.CloseRows(t.Context(), from)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("rows from %s, %v (-want +got):\n%s", from, err, diff)
		}
	}
	if got := dates(); len(got) != 0 {
		t.Errorf("at first %v are closed", got)
	}
	rows(0, map[calendar.Date]int{})
	keep(closed("boris", next, "calls"), closed("anna", april, "calls", "leads"), closed("anna", week, "calls"))
	keep(closed("boris", week, "calls", "leads"))
	first := dates()
	if len(first) != 3 || first[april.To] == "" || first[week.To] == "" || first[next.To] == "" {
		t.Errorf("closed by day: %v", first)
	}
	rows(0, map[calendar.Date]int{april.To: 2, week.To: 3, next.To: 1})
	rows(week.To, map[calendar.Date]int{week.To: 3, next.To: 1})
	rows(next.To+1, map[calendar.Date]int{})
	changed := func(what string, days ...calendar.Date) {
		t.Helper()
		now := dates()
		for _, d := range []calendar.Date{april.To, week.To, next.To} {
			if is := now[d] != first[d]; is != slices.Contains(days, d) {
				t.Errorf("%s: the print of %s changes: %t", what, d, is)
			}
		}
		first = now
	}
	changed("nothing")
	mended := closed("anna", week, "calls")
	mended.Mended = at.Add(time.Hour)
	keep(mended)
	changed("mended", week.To)
	keep(closed("vera", april, "calls"))
	changed("closed late", april.To)
	if err := l.TakeBack(t.Context(), week.To, week.To, at, false, ledger.Save{}); err != nil {
		t.Fatal(err)
	}
	changed("taken back", next.To)
	rows(0, map[calendar.Date]int{april.To: 3, week.To: 3})
}
