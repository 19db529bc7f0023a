package ledger_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
)

func callLog(list ...calls.Call) ledger.CallLog {
	day := func(t time.Time) calendar.Date { return calendar.FromTime(t.UTC()) }
	days := map[calls.Source]calendar.Span{}
	for _, c := range list {
		d := day(c.Started)
		s, ok := days[c.Source]
		if !ok {
			s = calendar.Span{From: d, To: d}
		}
		days[c.Source] = calendar.Span{From: min(s.From, d), To: max(s.To, d)}
	}
	return ledger.CallLog{Calls: list, Days: days, Day: day, Values: map[string][]byte{"resume": []byte("here")}}
}

func TestStoreCalls(t *testing.T) {
	ctx := t.Context()
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), newClock().now)
	at := time.Date(2026, 5, 15, 10, 0, 0, 0, time.UTC)
	anna := calls.Operator{Ext: "105", Name: "Анна"}
	a := calls.Call{ID: "1", Source: calls.Mango, Started: at, Operator: anna, Direction: calls.Outgoing,
		Answer: calls.Answered, Talk: kpi.Some(16), Cost: kpi.Some(2.5), Success: true}
	b := calls.Call{ID: "2", Source: calls.Mango, Started: at.Add(48 * time.Hour), Operator: anna,
		Direction: calls.Incoming, Answer: calls.Missed, Talk: kpi.Some(0)}
	c := calls.Call{ID: "1", Source: calls.UIS, Started: at, Operator: anna, Talk: kpi.Some(15), Answer: calls.Answered}
	d := calls.Call{ID: "3", Source: calls.Mango, Started: at, Operator: anna, Direction: calls.Internal}
	e := calls.Call{ID: "4", Source: calls.Mango, Started: at, Operator: anna}
	store := func(want ledger.CallsStored, dry bool, list ...calls.Call) {
		t.Helper()
		got, err := l.StoreCalls(ctx, callLog(list...), dry)
		if err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	stale := func(want ...string) {
		t.Helper()
		var got []string
		if err := l.CallDays(ctx, calendar.Span{From: 0, To: 99999}, func(s calls.Source, d calendar.Date, stale bool) {
			if stale {
				got = append(got, string(s)+" "+d.String())
			}
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		days := map[string]bool{}
		for _, s := range want {
			_, day, _ := strings.Cut(s, " ")
			days[day] = true
		}
		if w, err := l.Work(ctx); err != nil || w.Uncalled != len(days) {
			t.Errorf("%+v waits (%v), not %d days of calls", w, err, len(days))
		}
	}
	store(ledger.CallsStored{New: 5}, true, a, b, c, d, e)
	stale()
	if v, err := l.Get(ctx, "resume"); err != nil || v != nil {
		t.Errorf("a dry run left %q, %v", v, err)
	}
	store(ledger.CallsStored{New: 5}, false, a, b, c, d, e)
	stale("mango 2026-05-15", "uis 2026-05-15", "mango 2026-05-16", "mango 2026-05-17")
	if v, err := l.Get(ctx, "resume"); err != nil || string(v) != "here" {
		t.Errorf("kept %q, %v", v, err)
	}

	ops, err := l.CallOperators(ctx)
	if err != nil || len(ops) != 2 {
		t.Fatalf("%v, %v", ops, err)
	}
	totals, err := l.CallTotals(ctx, at.Add(-time.Hour), at.Add(time.Hour), 15)
	want := map[int64]calls.Totals{
		ops[0].Num: {Calls: 2, Outgoing: 1, Answered: 1, Success: 1, Talks: 1, TalkTime: 16, Cost: 2.5, Costed: 1,
			NoAnswer: 1, NoTalk: 1},
		ops[1].Num: {Calls: 1, Answered: 1},
	}
	if d := cmp.Diff(want, totals); d != "" || err != nil {
		t.Error(d, err)
	}
	for taken, want := range map[bool]int{false: 3, true: 2} {
		if n, err := l.CountCalls(ctx, ops[0].Num, at, at.Add(72*time.Hour), taken); n != want || err != nil {
			t.Errorf("%d calls, %v", n, err)
		}
	}

	// Counted days are not stale until something changes.
	people := map[calls.Source][]department.PersonID{calls.Mango: {"anna"}}
	first := calendar.Of(2026, 5, 15)
	if err := l.CountedCalls(ctx, ledger.Counted{Days: []calendar.Date{first, first + 1, first + 2}, People: people,
		Costs: []ledger.CallCost{{Person: "anna", Date: first, Cost: 2.5}}}); err != nil {
		t.Fatal(err)
	}
	stale()
	if got, err := l.CallPeople(ctx); err != nil || cmp.Diff(people, got) != "" {
		t.Errorf("%v, %v", got, err)
	}
	store(ledger.CallsStored{Same: 5}, false, a, b, c, d, e)
	stale()
	moved := b
	moved.Started = at
	store(ledger.CallsStored{Changed: 1}, false, moved)
	stale("mango 2026-05-15", "mango 2026-05-17")
	costs := 0
	if err := l.CallCosts(ctx, calendar.Span{From: first, To: first}, func(c ledger.CallCost) {
		costs++
	}); err != nil || costs != 1 {
		t.Errorf("%d costs, %v", costs, err)
	}
	if err := l.RecountCalls(ctx); err != nil {
		t.Fatal(err)
	}
	stale("mango 2026-05-15", "uis 2026-05-15", "mango 2026-05-16", "mango 2026-05-17")

	// Calls of a day that no log covers are stored; they count once a log covers the day.
	// A new operator may have a 0 on any day.
	count := func(days ...calendar.Date) {
		t.Helper()
		if err := l.CountedCalls(ctx, ledger.Counted{Days: days}); err != nil {
			t.Fatal(err)
		}
	}
	count(first, first+1, first+2)
	f := b
	f.ID, f.Started = "5", at.Add(24*5*time.Hour)
	part := callLog(f)
	part.Days = nil
	if got, err := l.StoreCalls(ctx, part, false); err != nil || got.New != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	stale()
	store(ledger.CallsStored{Same: 1}, false, f)
	stale("mango 2026-05-20")
	count(first + 5)
	g := f
	g.ID, g.Operator = "6", calls.Operator{Ext: "106"}
	store(ledger.CallsStored{New: 1}, false, g)
	stale("mango 2026-05-15", "mango 2026-05-16", "mango 2026-05-17", "mango 2026-05-20")

	month := ledger.CallMonth{Person: "anna", Month: calendar.Of(2026, 5, 1)}
	for range 2 {
		if err := l.MarkCallMonths(ctx, []ledger.CallMonth{month}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.CallMonths(ctx); err != nil || len(got) != 1 || got[0] != month {
		t.Errorf("%v, %v", got, err)
	}
	if err := l.CallMonthShown(ctx, month); err != nil {
		t.Fatal(err)
	}
	if got, err := l.CallMonths(ctx); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// A change of figures that are still coming in is not an edit; one of earlier days is.
func TestGrowingFiguresAreNoEdits(t *testing.T) {
	ctx := t.Context()
	l := mustOpen(t, filepath.Join(t.TempDir(), "l.db"), newClock().now)
	d := calendar.Of(2026, 5, 15)
	for _, v := range []float64{10, 20} {
		r := ledger.Reading{Person: "anna", Growing: d,
			Scopes: []ledger.Scope{{Span: calendar.Span{From: d - 1, To: d}, KPIs: []string{"calls"}}}}
		for _, day := range []calendar.Date{d - 1, d} {
			r.Entries = append(r.Entries, department.Entry{Person: "anna", KPI: "calls", Date: day, Value: v})
		}
		if changed, err := l.Store(ctx, r); err != nil || !changed {
			t.Fatal(changed, err)
		}
	}
	edits, err := l.Edits(ctx, time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(edits) != 1 || edits[0].Date != d-1 || edits[0].Was != 10 || edits[0].Value != 20 {
		t.Errorf("%+v, %v", edits, err)
	}
}
