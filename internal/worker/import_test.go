package worker_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/summary"
)

// deal is one deal of made-up history.
type deal struct {
	person int
	day    calendar.Date
	client string
	amount float64
}

// history returns deals of n people for all days of a span, including days off.
func history(n int, span calendar.Span) []deal {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	var out []deal
	for p := range n {
		for d := span.From; d <= span.To; d++ {
			for range rng.IntN(4) {
				out = append(out, deal{p, d, fmt.Sprintf("ООО «Клиент %d»", rng.IntN(20)),
					float64(100 + rng.IntN(200000))})
			}
		}
	}
	return out
}

func line(i int) imports.Where { return imports.Where{File: "history.csv", Line: i + 2} }

// daily returns the figures of days that the deals add up to, as lines of an import.
func daily(o *office, first int, deals []deal) []imports.Entry {
	type key struct {
		person int
		day    calendar.Date
	}
	var order []key
	count, sum := map[key]int{}, map[key]float64{}
	for _, d := range deals {
		k := key{d.person, d.day}
		if count[k] == 0 {
			order = append(order, k)
		}
		count[k]++
		sum[k] += d.amount
	}
	var rows []imports.Entry
	for _, k := range order {
		who := o.people[first+k.person].Name
		rows = append(rows,
			imports.Entry{Where: line(len(rows)), Date: k.day, Manager: who, KPI: "deals", Value: fmt.Sprint(count[k])},
			imports.Entry{Where: line(len(rows) + 1), Date: k.day, Manager: who, KPI: "revenue",
				Value: fmt.Sprint(int(sum[k]))})
	}
	return rows
}

// addsUp checks every fact of all months and weeks against the deals.
func (o *office) addsUp(first, n int, span calendar.Span, deals []deal) {
	o.t.Helper()
	dep, engine, _, _, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	checked := 0
	for _, kind := range []calendar.Kind{calendar.Month, calendar.Week, calendar.Day} {
		for r := range summary.Rows(dep, engine, o.closed(), kind, span) {
			for p := range n {
				if o.people[first+p].Name != r.Manager {
					continue
				}
				count, sum := 0.0, 0.0
				for _, d := range deals {
					if d.person == p && r.Period.Has(d.day) && d.day <= span.To {
						count++
						sum += d.amount
					}
				}
				want := map[string]float64{"deals": count, "revenue": sum, "avg_check": sum / count}[r.Line.KPI.Key]
				got := r.Line.Fact
				if checked++; got.OK != !math.IsNaN(want) || got.OK && math.Abs(got.V-want) > 1e-6 {
					o.t.Errorf("%s of %s in %s: %v, want %v", r.Line.KPI.Key, r.Manager, r.Period, got, want)
				}
			}
		}
	}
	if least := n * 3 * (4 + 17 + span.Days()); checked < least {
		o.t.Errorf("only %d facts of %d were checked", checked, least)
	}
}

// A history imported as daily figures, and the same as lists of deals, adds up to
// what was in the files; a second import has nothing to do.
func TestImportAddsUp(t *testing.T) {
	t.Parallel()
	const n = 3
	o := newOffice(t).init().hire(n, "sales-rep").hire(n, "sales-rep-deals")
	o.sync()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-04-30")}
	deals := history(n, span)
	entries := daily(o, 0, deals)
	got, err := importRows(t.Context(), o, importing.Importer.Entries, entries, importing.Options{})
	o.must(err)
	if got.Written != len(entries) || got.Same != 0 || got.Files != n {
		t.Errorf("%+v of %d lines", got, len(entries))
	}
	var list []imports.Deal
	for i, d := range deals {
		list = append(list, imports.Deal{Where: line(i), Date: d.day, Manager: o.people[n+d.person].Email,
			Client: d.client, Amount: d.amount})
	}
	got, err = importRows(t.Context(), o, importing.Importer.Deals, list, importing.Options{})
	o.must(err)
	if got.Written != len(list) || got.Same != 0 || got.Files != n {
		t.Errorf("%+v of %d lines", got, len(list))
	}
	asOf := func() {
		t.Helper()
		out, err := o.w.Sync(t.Context(), span.To)
		o.must(errors.Join(append(out.Failures, err)...))
	}
	asOf()
	o.addsUp(0, n, span, deals)
	o.addsUp(n, n, span, deals)

	again := o.calls(func() {
		got, err := importRows(t.Context(), o, importing.Importer.Entries, entries, importing.Options{})
		o.must(err)
		if got.Written != 0 || got.Same != len(entries) || got.Files != 0 {
			t.Errorf("a second import: %+v", got)
		}
		got, err = importRows(t.Context(), o, importing.Importer.Deals, list, importing.Options{})
		o.must(err)
		if got.Written != 0 || got.Same != len(list) || got.Files != 0 {
			t.Errorf("a second import of deals: %+v", got)
		}
	})
	if again.SheetsWrite != 0 {
		t.Errorf("a second import made %d writes", again.SheetsWrite)
	}
	asOf()
	if got := o.calls(asOf); got != (google.Calls{Drive: 1}) {
		t.Errorf("settled: %+v", got)
	}
	export := o.export()
	o.restart(true)
	asOf()
	if o.export() != export {
		t.Error("read again from the spreadsheets, the export differs")
	}
}

// With one bad line nothing is written; the error names file, line and field.
func TestImportOfBadLines(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep").hire(1, "sales-rep-deals")
	o.sync()
	o.settle()
	entry := func(day, who, kpi, v string) imports.Entry {
		return imports.Entry{Where: line(0), Date: date(day), Manager: who, KPI: kpi, Value: v}
	}
	const me, dealer = "Человек 000", "Человек 001"
	imp := func(rows ...imports.Entry) func(context.Context) (importing.Done, error) {
		for i := range rows {
			rows[i].Where = line(i)
		}
		return func(ctx context.Context) (importing.Done, error) {
			return importRows(ctx, o, importing.Importer.Entries, rows, importing.Options{})
		}
	}
	good := entry("2026-05-12", me, "deals", "5")
	o.typesAs("", 0, "2026-05-13", "deals", 8)
	before := o.dump()
	for name, c := range map[string]struct {
		run  func(context.Context) (importing.Done, error)
		says []string
	}{
		"somebody unknown": {imp(good, entry("2026-05-12", "Никто", "deals", "1")), []string{
			"history.csv:3: manager", "Никто"}},
		"an unknown KPI": {imp(good, entry("2026-05-12", me, "calls", "1")),
			[]string{"history.csv:3: kpi", "calls"}},
		"a computed KPI": {imp(good, entry("2026-05-12", me, "avg_check", "1")),
			[]string{"history.csv:3: kpi", "считается, а не вводится"}},
		"figures of a deal list": {imp(good, entry("2026-05-12", dealer, "deals", "1")),
			[]string{"history.csv:3: kpi"}},
		"no number": {imp(good, entry("2026-05-12", me, "deals", "пять")),
			[]string{"history.csv:3: value", "пять"}},
		"out of bounds": {imp(good, entry("2026-05-12", me, "deals", "-5")), []string{"history.csv:3: value"}},
		"a line twice":  {imp(good, good), []string{"history.csv:3", "строке 2"}},
		"another figure there": {imp(good, entry("2026-05-13", me, "deals", "9")),
			[]string{"history.csv:3: value", "8"}},
		"two bad lines": {imp(entry("2026-05-12", "Никто", "deals", "1"), entry("2026-05-12", me, "x", "1")),
			[]string{"history.csv:2: manager", "history.csv:3: kpi"}},
		"deals of who has no list": {func(ctx context.Context) (importing.Done, error) {
			return importRows(ctx, o, importing.Importer.Deals,
				[]imports.Deal{{Where: line(0), Date: date("2026-05-12"), Manager: me, Client: "К", Amount: 1}},
				importing.Options{})
		}, []string{"history.csv:2: manager"}},
		"people of no role": {func(ctx context.Context) (importing.Done, error) {
			return importRows(ctx, o, importing.Importer.People,
				[]imports.Person{{Where: line(0), Name: "Новый", Role: "кто-то"}}, importing.Options{})
		}, []string{"history.csv:2: role", "кто-то"}},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			calls := o.calls(func() { _, err = c.run(t.Context()) })
			if err == nil {
				t.Fatal("the import went through")
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			if calls.SheetsWrite != 0 {
				t.Errorf("%d writes", calls.SheetsWrite)
			}
		})
	}
	if after := o.dump(); after["Отчёт — "+me] != before["Отчёт — "+me] || len(after) != len(before) {
		t.Error("something was written")
	}

	got, err := imp(good, entry("2026-05-13", me, "deals", "9"))(t.Context())
	if err == nil {
		t.Errorf("without replacing: %+v", got)
	}
	got, err = importRows(t.Context(), o, importing.Importer.Entries,
		[]imports.Entry{good, entry("2026-05-13", me, "deals", "9")}, importing.Options{Replace: true, DryRun: true})
	o.must(err)
	if o.stands(0, "2026-05-13", "deals").FormattedValue != "8" || got.Written != 2 {
		t.Errorf("a dry run: %+v", got)
	}
	_, err = importRows(t.Context(), o, importing.Importer.Entries,
		[]imports.Entry{good, entry("2026-05-13", me, "deals", "9")}, importing.Options{Replace: true})
	o.must(err)
	o.settle()
	o.month(0, "deals", 14)
}

// A killed import, run again, ends like an undisturbed one.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	span := calendar.Span{From: date("2026-03-28"), To: date("2026-04-10")}
	deals := history(2, span)
	copies := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep").hire(2, "sales-rep-deals")
		o.settle()
	})
	run := func(ctx context.Context, o *office) error {
		_, err := importRows(ctx, o, importing.Importer.Entries, daily(o, 0, deals), importing.Options{})
		if err != nil {
			return err
		}
		var list []imports.Deal
		for i, d := range deals {
			list = append(list, imports.Deal{Where: line(i), Date: d.day, Manager: o.people[2+d.person].Name,
				Client: d.client, Amount: d.amount})
		}
		_, err = importRows(ctx, o, importing.Importer.Deals, list, importing.Options{})
		return err
	}
	o, calm := killable(t, copies)
	calls := o.calls(func() { o.must(run(t.Context(), o)) })
	writes := calm.writes
	o.settle()
	want := o.export()
	for _, at := range points(calls.Drive+calls.SheetsRead+calls.SheetsWrite, writes) {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			o, k := killable(t, copies)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			k.left, k.after, k.end = at.n, at.after, cancel
			if err := run(ctx, o); err == nil {
				t.Error("the killed import reports no error")
			}
			k.revive()
			o.restart(false)
			o.must(run(t.Context(), o))
			o.settle()
			if got := o.export(); got != want {
				t.Error("the export differs")
			}
		})
	}
}

// An import reads each spreadsheet once, right before it writes: whether all of the file
// has a place is known from the last reading. It writes it once, new months and existing
// cells and what the figures come to; the answer shows the result, so that the next sync
// neither reads nor writes any.
func TestImportCalls(t *testing.T) {
	t.Parallel()
	const n = 4
	o := newOffice(t).init().hire(n, "sales-rep")
	o.settle()
	o.open()
	o.settle()
	span := calendar.Span{From: date("2026-01-15"), To: date("2026-05-13")}
	deals := history(n, span)
	rows := daily(o, 0, deals)
	got := o.calls(func() {
		done, err := importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{})
		o.must(err)
		if done.Files != n {
			t.Errorf("%+v", done)
		}
	})
	if got.SheetsRead > n || got.SheetsWrite > n {
		t.Errorf("importing: %+v", got)
	}
	got = o.calls(func() { o.settle() })
	if got.SheetsRead > 0 || got.SheetsWrite > 2 {
		t.Errorf("the syncs after it: %+v", got)
	}
	o.addsUp(0, n, span, deals)
}

// Ten months of a person cost one read and one write altogether, with what the syncs
// after it do; in the end each spreadsheet is as one that was laid out for it.
func TestImportOfTenMonths(t *testing.T) {
	t.Parallel()
	const n = 3
	o := newOffice(t, func(o *office) { o.clock.set("2026-10-31", 20, 0) }).init().hire(n, "sales-rep")
	o.settle()
	span := calendar.Span{From: date("2026-01-01"), To: date("2026-10-31")}
	deals := history(n, span)
	rows := daily(o, 0, deals)
	got := o.calls(func() {
		_, err := importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{DryRun: true})
		o.must(err)
	})
	if got.SheetsRead+got.SheetsWrite > 0 {
		t.Errorf("a dry run: %+v", got)
	}
	got = o.calls(func() {
		done, err := importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{})
		o.must(err)
		if done.Written != len(rows) {
			t.Errorf("%+v of %d", done, len(rows))
		}
		o.settle()
	})
	if got.SheetsRead > n || got.SheetsWrite > n+1 {
		t.Errorf("an import and the syncs after it: %+v", got)
	}
	o.addsUp(0, n, span, deals)
	export := o.export()
	o.restart(true)
	o.settle()
	if o.export() != export {
		t.Error("read again from the spreadsheets, the export differs")
	}
}

// What an import typed counts; what a person changes there once the days are locked does
// not, although no reading came between.
func TestEditAfterImport(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep")
	o.settle()
	o.open()
	var rows []imports.Entry
	for _, day := range []string{"2026-05-12", "2026-05-13"} {
		rows = append(rows, imports.Entry{Where: line(len(rows)), Date: date(day), Manager: o.people[0].Name,
			KPI: "deals", Value: "9"})
	}
	_, err := importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{})
	o.must(err)
	o.settle()
	o.clock.set("2026-05-25", 12, 0) // both days are locked
	o.settle()
	o.types(0, "2026-05-12", "deals", 90)
	o.types(0, "2026-05-22", "deals", 1)
	o.settle()
	o.month(0, "deals", 19)
	if s := o.text(o.summary(), "edits"); !strings.Contains(s, "| 90 |") {
		t.Errorf("the edit of a locked day is not listed:\n%s", s)
	}
}

// What somebody types while an import is under way, and Google has not told of yet, stays
// and counts; the import of that person ends with an error, and completes once they
// agree.
func TestImportMeetsSomebodyTyping(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.settle()
	o.open()
	o.types(1, "2026-05-13", "deals", 1)
	o.settle()
	o.clock.set("2026-05-21", 12, 0) // 13 May is locked
	o.settle()
	o.server.Faults().Lag(3 * time.Minute)
	var rows []imports.Entry
	for i := range 2 {
		for _, day := range []string{"2026-05-12", "2026-04-15"} {
			rows = append(rows, imports.Entry{Where: line(len(rows)), Date: date(day), Manager: o.people[i].Name,
				KPI: "deals", Value: "9"})
		}
	}
	o.types(0, "2026-05-12", "deals", 8)
	_, err := importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{})
	if err == nil || !strings.Contains(err.Error(), "8") {
		t.Fatalf("the import says %v", err)
	}
	o.clock.ahead(5 * time.Minute)
	o.settle()
	if c := o.stands(0, "2026-05-12", "deals"); c.FormattedValue != "8" {
		t.Errorf("what was typed has become %q", c.FormattedValue)
	}
	o.month(1, "deals", 10)
	_, err = importRows(t.Context(), o, importing.Importer.Entries, rows, importing.Options{Replace: true})
	o.must(err)
	o.settle()
	o.month(0, "deals", 9)
	o.month(1, "deals", 10)
	if s := o.text(o.summary(), "edits"); strings.Contains(s, "| — | 9 |") {
		t.Errorf("an import is listed as an edit:\n%s", s)
	}
}
