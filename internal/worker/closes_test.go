package worker_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/localgoogle"
	"svodka/internal/worker"
)

// closedOffice turns an office into one of two sales reps whose week of 11 May is closed:
// 4 and 6 deals of the first, on Tuesday and Wednesday. It is Friday, 22 May.
func closedOffice(o *office) {
	o.init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-12", "deals", 4)
	o.types(0, "2026-05-13", "deals", 6)
	o.settle()
	o.clock.set("2026-05-21", 12, 0)
	o.settle()
	o.clock.set("2026-05-22", 12, 0)
	o.settle()
}

// week checks the first person's week of 11 May in the export.
func (o *office) week(kpi string, plan, fact float64) {
	o.t.Helper()
	l := o.line(0, calendar.Week, "2026-05-12", kpi)
	if l.Plan.V != plan || l.Fact.V != fact {
		o.t.Errorf("%s of the week: plan %v, fact %v; want %v and %v", kpi, l.Plan, l.Fact, plan, fact)
	}
}

// history returns the row of «История» of the first person's deals in the week of 11 May,
// from the plan to the state.
func (o *office) history() string {
	o.t.Helper()
	for row := range strings.SplitSeq(o.text(o.summary(), "history"), "\n") {
		if strings.Contains(row, "Неделя 20, 2026") && strings.Contains(row, "Человек 000") &&
			strings.Contains(row, " Сделки ") {
			_, row, _ = strings.Cut(row, "шт. | ")
			row, _, _ = strings.Cut(row, ` | {"closed"`)
			return row
		}
	}
	o.t.Fatalf("no such row in\n%s", o.text(o.summary(), "history"))
	return ""
}

func TestClosedPeriods(t *testing.T) {
	t.Parallel()
	stage := staged(t, closedOffice)
	again := func(t *testing.T) *office {
		return stage(t, func(o *office) { o.clock.set("2026-05-22", 12, 0) })
	}

	t.Run("a new plan", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		plan := o.line(0, calendar.Week, "2026-05-12", "deals").Plan.V
		o.config("kpis", salesRep+"key=deals", "plan", 200)
		before := o.history()
		o.settle()
		o.week("deals", plan, 10)
		if got := o.history(); got != before || !strings.HasSuffix(got, "закрыт") {
			t.Errorf("the closed week was\n%s and is\n%s", before, got)
		}
		if now := o.line(0, calendar.Week, "2026-05-19", "deals").Plan.V; now <= plan {
			t.Errorf("the week that is open still has the plan %v", now)
		}
		o.restart(true)
		o.settle()
		o.week("deals", plan, 10)
		if got := o.history(); got != before {
			t.Errorf("with the ledger lost the closed week was\n%s and is\n%s", before, got)
		}
	})

	t.Run("late edits", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		plan := o.line(0, calendar.Week, "2026-05-12", "deals").Plan.V
		o.types(0, "2026-05-13", "deals", 60)
		o.types(0, "2026-05-14", "deals", 5)
		o.types(0, "2026-05-19", "deals", 3) // in time
		o.settle()
		check := func(when string) {
			t.Helper()
			o.week("deals", plan, 10)
			o.month(0, "deals", 13)
			edits := o.text(o.summary(), "edits")
			for _, want := range []string{
				"22.05.2026 12:00 | Человек 000 | 13.05.2026 | Сделки | 6 | 60 | не учтено | ",
				"22.05.2026 12:00 | Человек 000 | 14.05.2026 | Сделки | — | 5 | не учтено | ",
			} {
				if !strings.Contains(edits, want) {
					t.Errorf("%s: no %q in\n%s", when, want, edits)
				}
			}
			if n := strings.Count(edits, "не учтено | {"); n != 2 {
				t.Errorf("%s: %d late edits in\n%s", when, n, edits)
			}
		}
		check("after the edits")
		before := o.export()
		o.restart(true)
		o.settle()
		check("with the ledger lost")
		if got := o.export(); got != before {
			t.Errorf("the export was\n%s and is\n%s", before, got)
		}
		if c := o.stands(0, "2026-05-13", "deals"); c.FormattedValue != "60" {
			t.Errorf("what was typed has become %q", c.FormattedValue)
		}
		if c := o.stands(0, "2026-05-13", "deals"); !strings.Contains(c.Note, "День уже закрыт") {
			t.Errorf("who edited it is told %q", c.Note)
		}
		// Ops open the days of the first edit.
		o.adds("unlocks", map[string]any{"person": "Человек 000", "from": date("2026-05-12").Serial(),
			"to": date("2026-05-13").Serial(), "until": date("2026-05-25").Serial()})
		o.settle()
		o.week("deals", plan, 64)
		o.month(0, "deals", 67)
		if got := o.history(); !strings.HasSuffix(got, "исправлен 22.05.2026") {
			t.Errorf("the mended week: %s", got)
		}
		if edits := o.text(o.summary(), "edits"); !strings.Contains(edits, "| 6 | 60 | учтено | ") ||
			!strings.Contains(edits, "| — | 5 | не учтено | ") {
			t.Errorf("after the first was opened:\n%s", edits)
		}
		o.clock.set("2026-05-25", 12, 0)
		o.types(0, "2026-05-12", "deals", 7)
		o.settle()
		o.week("deals", plan, 67)
		o.clock.set("2026-05-26", 12, 0)
		o.types(0, "2026-05-12", "deals", 8)
		o.settle()
		o.week("deals", plan, 67)
		o.restart(true)
		o.settle()
		o.week("deals", plan, 67)
	})

	t.Run("the mark of a late edit", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		o.types(0, "2026-05-13", "deals", 60)
		o.settle()
		if c := o.stands(0, "2026-05-13", "deals"); !strings.Contains(c.Note, "День уже закрыт") {
			t.Errorf("who edited it is told %q", c.Note)
		}
		o.types(0, "2026-05-13", "deals", 6)
		o.settle()
		if c := o.stands(0, "2026-05-13", "deals"); c.Note != "" {
			t.Errorf("typed back, the cell says %q", c.Note)
		}
	})

	t.Run("an import", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		plan := o.line(0, calendar.Week, "2026-05-12", "deals").Plan.V
		got, err := importRows(t.Context(), o, importing.Importer.Entries, []imports.Entry{
			{Where: imports.Where{File: "e.csv", Line: 2}, Date: date("2026-05-14"), Manager: o.people[0].Name,
				KPI: "deals", Value: "9"},
		}, importing.Options{})
		if err != nil || got.Written != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		o.settle()
		o.week("deals", plan, 19)
		if got := o.history(); !strings.HasSuffix(got, "исправлен 22.05.2026") {
			t.Errorf("the mended week: %s", got)
		}
		if edits := o.text(o.summary(), "edits"); strings.Contains(edits, "Человек") {
			t.Errorf("the import is among the late edits:\n%s", edits)
		}
		o.types(0, "2026-05-14", "deals", 10)
		o.settle()
		o.week("deals", plan, 19)
	})

	// If the feed loses a figure that was typed in time, the sweep before the close finds
	// it.
	t.Run("one sweep per close", func(t *testing.T) {
		t.Parallel()
		o := again(t)
		// Of the week of 18 May the last day has its grace until the 27th.
		o.clock.set("2026-05-27", 12, 0)
		o.settle()
		o.clock.set("2026-05-28", 12, 0)
		got := o.calls(func() { o.sync() })
		if got.SheetsRead != 2 {
			t.Errorf("the sync that closes the week: %+v, want 2 reads, one a person", got)
		}
		o.settle()
		o.expect("with nothing due", google.Calls{Drive: 1})
		o.clock.set("2026-05-29", 12, 0)
		if got := o.calls(func() { o.sync() }); got.SheetsRead != 0 {
			t.Errorf("the day after: %+v, want no read", got)
		}
	})
}

// Deals of locked days are held as figures are: what was there when the day was locked
// goes on counting, in the closed week and in the open month, and the edit is listed.
func TestLateDeals(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep-deals")
	o.sync()
	o.open()
	serial := func(day string) float64 { return float64(date(day).Serial()) }
	o.enter(0, "deals", 2, serial("2026-05-12"), "Ромашка", 40000)
	o.enter(0, "deals", 3, serial("2026-05-13"), "Вектор", 60000)
	o.settle()
	o.clock.set("2026-05-22", 12, 0)
	o.settle()
	plan := o.line(0, calendar.Week, "2026-05-12", "revenue").Plan.V
	o.enter(0, "deals", 2, serial("2026-05-12"), "Ромашка", 400000) // changed
	o.enter(0, "deals", 3, serial("2026-05-19"), "Вектор", 60000)   // moved to an open day
	o.enter(0, "deals", 4, serial("2026-05-14"), "Новый", 5000)     // new
	o.enter(0, "deals", 5, serial("2026-05-20"), "В срок", 1000)    // in time
	o.settle()
	check := func(when string, week, month float64) {
		t.Helper()
		o.week("revenue", plan, week)
		o.month(0, "revenue", month)
	}
	listed := func(when string, wants ...string) {
		t.Helper()
		edits := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(o.text(o.summary(), "edits"))
		for _, want := range wants {
			if !strings.Contains(edits, want) {
				t.Errorf("%s: no %q in\n%s", when, want, edits)
			}
		}
		if n := strings.Count(edits, "учтено | {"); n != len(wants) {
			t.Errorf("%s: %d late edits in\n%s", when, n, edits)
		}
	}
	changed, moved := "12.05.2026 | Сделка | Ромашка, 40 000 ₽ | Ромашка, 400 000 ₽ | ",
		"13.05.2026 | Сделка | 13.05.2026: Вектор, 60 000 ₽ | 19.05.2026: Вектор, 60 000 ₽ | "
	check("after the edits", 100000, 101000)
	notes := func(when string, row int, want string) {
		t.Helper()
		note := strings.ReplaceAll(o.tab(o.report(0), "deals").cell(row-1, "date").Note, "\u00a0", " ")
		if want == "" && note != "" || !strings.Contains(note, want) {
			t.Errorf("%s: the note in row %d is %q, want %q", when, row, note, want)
		}
	}
	notes("changed", 2, "эта правка не считается, в сводке осталась прежняя: 12.05.2026, 40 000 ₽")
	notes("moved", 3, "эта правка не считается, в сводке осталась прежняя: 13.05.2026, 60 000 ₽")
	notes("new", 4, "эта правка не считается, в сводке этой сделки нет")
	notes("in time", 5, "")
	listed("after the edits", changed+"не учтено", moved+"не учтено",
		"14.05.2026 | Сделка | — | Новый, 5 000 ₽ | не учтено")
	o.expect("nothing more to do", google.Calls{Drive: 1})
	before := o.export()
	o.restart(true)
	o.settle()
	check("with the ledger lost", 100000, 101000)
	notes("with the ledger lost", 2, "эта правка не считается, в сводке осталась прежняя: 12.05.2026, 40 000 ₽")
	notes("with the ledger lost", 4, "эта правка не считается, в сводке этой сделки нет")
	listed("with the ledger lost", changed+"не учтено", moved+"не учтено",
		"14.05.2026 | Сделка | — | Новый, 5 000 ₽ | не учтено")
	if got := o.export(); got != before {
		t.Errorf("the export was\n%s and is\n%s", before, got)
	}
	o.adds("unlocks", map[string]any{"person": o.people[0].Name, "from": date("2026-05-13").Serial(),
		"to": date("2026-05-13").Serial(), "until": date("2026-05-25").Serial()})
	o.settle()
	check("with the 13th opened", 40000, 101000)
	notes("with the 13th opened", 2, "эта правка не считается")
	notes("with the 13th opened", 3, "")
	listed("with the 13th opened", changed+"не учтено", moved+"учтено",
		"14.05.2026 | Сделка | — | Новый, 5 000 ₽ | не учтено")
	got, err := importRows(t.Context(), o, importing.Importer.Deals, []imports.Deal{
		{Where: imports.Where{File: "d.csv", Line: 2}, Date: date("2026-05-15"), Manager: o.people[0].Name,
			Client: "Из базы", Amount: 7000},
	}, importing.Options{})
	if err != nil || got.Written != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	o.settle()
	check("after an import", 47000, 108000)
	listed("after an import", changed+"не учтено", moved+"учтено",
		"14.05.2026 | Сделка | — | Новый, 5 000 ₽ | не учтено")
}

// If closes are apart a sync neither waits for the reading of everything nor locks a day;
// the close does both, and finds what the feed lost.
func TestClosesApart(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) { o.options = func(w *worker.Options) { w.ClosesApart = true } })
	closing := func() worker.Outcome {
		out, err := o.w.Close(t.Context())
		o.must(err)
		return out
	}
	o.clock.set("2026-05-18", 12, 0) // before it nobody counts, and there is nothing to close
	o.init().newcomers(2, "sales-rep")
	o.sync()
	if got := o.calls(func() { closing() }); got.SheetsRead != 0 {
		t.Errorf("the first close, before anybody could type: %+v, want no read", got)
	}
	o.open()
	o.types(0, "2026-05-18", "deals", 4)
	o.settle()
	o.clock.set("2026-05-27", 12, 0)
	o.settle()
	closing()
	// Of the week of 18 May the last day has its grace until the 27th.
	o.clock.set("2026-05-28", 0, 5)
	if got := o.calls(func() { o.sync() }); got.SheetsRead != 0 || len(o.closed()) != 0 {
		t.Errorf("the sync after midnight: %+v and %d closed periods, want no read and none", got, len(o.closed()))
	}
	o.settle()
	o.expect("with a close due", google.Calls{Drive: 1})
	o.types(0, "2026-05-24", "deals", 2) // its day is not locked before the close
	o.settle()
	o.clock.set("2026-05-28", 5, 10)
	if got := o.calls(func() { closing() }); got.SheetsRead != 2 {
		t.Errorf("the close: %+v, want 2 reads, one a person", got)
	}
	if n := len(o.closed()); n != 2 {
		t.Errorf("%d closed periods, want the week of two people", n)
	}
	if l := o.line(0, calendar.Week, "2026-05-18", "deals"); l.Fact.V != 6 {
		t.Errorf("the closed week has %v deals, want 6", l.Fact)
	}
	if edits := o.text(o.summary(), "edits"); strings.Contains(edits, "Человек") {
		t.Errorf("what was typed before the close is among the late edits:\n%s", edits)
	}
	if got := o.calls(func() { closing() }); got != (google.Calls{Drive: got.Drive}) {
		t.Errorf("a second close: %+v, want no call to Sheets", got)
	}
	o.expect("after the close", google.Calls{Drive: 1})
	o.types(0, "2026-05-24", "deals", 3)
	o.settle()
	if edits := o.text(o.summary(), "edits"); !strings.Contains(edits, "24.05.2026 | Сделки | 2 | 3 | не учтено") {
		t.Errorf("what was typed after the close is not among the late edits:\n%s", edits)
	}
}

// What Google reports after the deadline is not late for that reason: a report typed at
// 18:58, which the feed has at 19:02, while the worker looks every five minutes.
func TestLagMakesNobodyLate(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.clock.set("2026-05-15", 18, 55)
	o.settle()
	o.server.Faults().Lag(4 * time.Minute)
	report := func(i int) {
		for _, k := range []string{"deals", "revenue"} {
			o.types(i, "2026-05-15", k, 4)
		}
	}
	states := func() string {
		var out []string
		for row := range strings.SplitSeq(o.text(o.summary(), "day"), "\n") {
			if strings.HasPrefix(row, "Человек") {
				out = append(out, strings.Split(row, " | ")[2])
			}
		}
		return strings.Join(out[:2], ", ") // the days before are below
	}
	o.clock.set("2026-05-15", 18, 58)
	report(0)
	for _, minute := range []int{0, 5, 10} {
		o.clock.set("2026-05-15", 19, minute)
		o.settle()
	}
	if got := states(); got != "сдан, не сдан" {
		t.Errorf("told late by Google: %s", got)
	}
	// With the allowance of reminders, and the lag, the limit is 19:15.
	for _, minute := range []int{15, 20} {
		o.clock.set("2026-05-15", 19, minute)
		o.settle()
	}
	o.clock.set("2026-05-15", 19, 22)
	report(1)
	o.clock.set("2026-05-15", 19, 30)
	o.settle()
	if got := states(); got != "сдан, сдан с опозданием" {
		t.Errorf("typed late: %s", got)
	}
}

// A report that comes in after the deadline is late, unless nobody looked between the
// two.
func TestLateReport(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.clock.set("2026-05-15", 18, 50)
	o.settle()
	report := func(i int) {
		for _, k := range []string{"deals", "revenue"} {
			o.types(i, "2026-05-15", k, 4)
		}
	}
	report(0)
	o.clock.set("2026-05-15", 19, 16)
	o.settle()
	report(1)
	o.settle()
	states := func() (out []string) {
		for row := range strings.SplitSeq(o.text(o.summary(), "day"), "\n") {
			if strings.HasPrefix(row, "Человек") {
				out = append(out, strings.Split(row, " | ")[2])
			}
		}
		return out
	}
	if got := strings.Join(states()[:2], ", "); got != "сдан, сдан с опозданием" {
		t.Errorf("the reports of the day: %s", got)
	}
}

// If a person's spreadsheet is out of reach, their periods wait.
func TestCloseWaitsForEverySheet(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	closedOffice(o)
	o.types(0, "2026-05-21", "deals", 2)
	o.clock.set("2026-05-28", 12, 0)
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.", FileID: o.report(0), Status: 403, Count: 1000})
	if _, err := o.w.Sync(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	o.server.Faults().Reset()
	states := func() (out []string) {
		for row := range strings.SplitSeq(o.text(o.summary(), "history"), "\n") {
			if strings.Contains(row, "Неделя 21, 2026") && strings.Contains(row, " Сделки ") {
				row, _, _ = strings.Cut(row, ` | {"closed"`)
				out = append(out, strings.TrimSuffix(row[strings.LastIndex(strings.TrimSuffix(row, " | "), " | ")+3:],
					" | "))
			}
		}
		return out
	}
	if got := strings.Join(states(), ", "); got != "ещё не закрыт, закрыт" {
		t.Errorf("while the first is out of reach: %s", got)
	}
	o.settle()
	if got := strings.Join(states(), ", "); got != "закрыт, закрыт" {
		t.Errorf("within reach again: %s", got)
	}
	if l := o.line(0, calendar.Week, "2026-05-21", "deals"); l.Fact.V != 2 {
		t.Errorf("the figure that was typed in time: %v", l.Fact)
	}
}

// A person changes role in mid-month: both histories stay, in the summary, in their own
// sheet, and after a loss of the ledger.
func TestRoleChange(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 4)
	o.settle()
	o.clock.set("2026-05-18", 12, 0)
	o.settle()
	o.config("people", "name=Человек 000;", "role", "Специалист по холодным звонкам")
	o.settle()
	if s := o.text(o.control(), "people"); !strings.Contains(s, "Менеджер по продажам по 17.05.2026") {
		t.Errorf("the earlier role is not in\n%s", s)
	}
	o.types(0, "2026-05-18", "calls", 70)
	o.types(0, "2026-05-15", "deals", 3) // in the hidden or shown column of the former role
	o.settle()
	check := func(when string) {
		t.Helper()
		deals, calls := o.line(0, calendar.Month, "2026-05-14", "deals"),
			o.line(0, calendar.Month, "2026-05-14", "calls")
		// Of May's 19 days 9 were over by the 17th.
		if deals.Fact.V != 7 || deals.Working != 9 || deals.Role != "sales-rep" {
			t.Errorf("%s, as a sales rep: %v deals in %d days as %s", when, deals.Fact, deals.Working, deals.Role)
		}
		if calls.Fact.V != 70 || calls.Working != 10 || calls.Role != "cold-caller" {
			t.Errorf("%s, as a cold caller: %v calls in %d days as %s", when, calls.Fact, calls.Working, calls.Role)
		}
		if n := strings.Count(o.text(o.summary(), "month"), "Человек 000"); n != 2 {
			t.Errorf("%s: %d rows in «Месяц», want one per role", when, n)
		}
	}
	check("after the change")
	o.expect("nothing more to do", google.Calls{Drive: 1})
	o.restart(true)
	o.settle()
	check("with the ledger lost")
}

// A person has a role twice in one month: both stints are closed, and neither is lost.
func TestRoleTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 4)
	o.settle()
	o.clock.set("2026-05-18", 12, 0)
	o.config("people", "name=Человек 000;", "role", "Специалист по холодным звонкам")
	o.settle()
	o.types(0, "2026-05-18", "calls", 70)
	o.settle()
	o.clock.set("2026-05-20", 12, 0)
	o.config("people", "name=Человек 000;", "role", "Менеджер по продажам")
	o.settle()
	o.types(0, "2026-05-21", "deals", 5)
	o.settle()
	facts := func(when string) {
		t.Helper()
		var got []string
		for _, c := range o.closed() {
			if c.Person == o.person(0).ID && c.Kind == calendar.Month {
				got = append(got, fmt.Sprintf("%s/%d %s=%v in %d days", c.Role, c.Again, c.KPIs[0].Key,
					c.KPIs[0].Fact.V, c.KPIs[0].Working))
			}
		}
		slices.Sort(got)
		// Of May's 19 days 9 were over by the 17th, and 2 more by the 19th.
		want := []string{"cold-caller/0 calls=70 in 2 days", "sales-rep/0 deals=4 in 9 days",
			"sales-rep/1 deals=5 in 8 days"}
		if !slices.Equal(got, want) {
			t.Errorf("%s the closed month is\n%q, want\n%q", when, got, want)
		}
		var rows float64
		for row := range strings.SplitSeq(o.text(o.summary(), "history"), "\n") {
			if strings.Contains(row, "Май 2026") && strings.Contains(row, "Человек 000") &&
				strings.Contains(row, " Сделки ") && strings.Contains(row, "| закрыт |") {
				rows++
			}
		}
		if rows != 2 {
			t.Errorf("%s «История» has %v closed rows of the deals in May, want one for each time", when, rows)
		}
	}
	o.clock.set("2026-06-05", 12, 0)
	o.settle()
	facts("when it closes")
	before := o.export()
	o.expect("nothing more to do", google.Calls{Drive: 1})
	o.restart(true)
	o.settle()
	facts("with the ledger lost")
	if got := o.export(); got != before {
		t.Errorf("with the ledger lost the export was\n%s and is\n%s", before, got)
	}
}

// A closed month that is laid out again, to mark a late edit in it, shows what was closed
// and no later plan, like the director's summary.
func TestClosedMonthIsLaidOutAsItClosed(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 4)
	o.config("kpis", salesRep+"key=deals", "plan", 19)
	o.settle()
	o.clock.set("2026-06-05", 12, 0)
	o.settle()
	o.config("kpis", salesRep+"key=deals", "plan", 380)
	o.settle()
	shown := func(row string) float64 {
		t.Helper()
		g := o.tab(o.report(0), "month:2026-05")
		v := g.cell(g.row("date", row), "kpi:deals").EffectiveValue
		if v == nil || v.NumberValue == nil {
			t.Fatalf("%s is %v", row, g.cell(g.row("date", row), "kpi:deals").FormattedValue)
		}
		return *v.NumberValue
	}
	check := func(when string, fact float64) {
		t.Helper()
		l := o.line(0, calendar.Month, "2026-05-14", "deals")
		if l.Plan.V != 19 || l.Fact.V != fact {
			t.Errorf("%s the summary has the plan %v and the fact %v, want 19 and %v", when, l.Plan, l.Fact, fact)
		}
		for row, want := range map[string]kpi.Num{"План месяца": l.Plan, "Факт": l.Fact, "План на дату": l.PlanToDate,
			"Темп": l.Pace, "Прогноз": l.Forecast, "До плана": l.Left} {
			if got := shown(row); math.Abs(got-want.V) > 1e-9 {
				t.Errorf("%s «%s» of the block is %v, the summary has %v", when, row, got, want)
			}
		}
	}
	check("after a new plan", 4)
	o.types(0, "2026-05-14", "deals", 40)
	o.settle()
	o.sweep()
	check("after a late edit", 4)
	o.adds("unlocks", map[string]any{"person": o.people[0].Name, "from": date("2026-05-14").Serial(),
		"to": date("2026-05-14").Serial(), "until": date("2026-06-10").Serial()})
	o.settle()
	check("once the day is open", 40)
	if l := o.line(0, calendar.Month, "2026-06-04", "deals"); l.Plan.V != 380 {
		t.Errorf("the plan of June is %v, want the new one", l.Plan)
	}
}

// A plan that changes in mid-month holds from its day; the month closes with both,
// and a plan that comes later, even for days of that month, does not change it.
func TestPlanChangesInMidMonth(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-14", "deals", 4)
	o.config("kpis", salesRep+"key=deals", "plan", 19)
	o.settle()
	plan := func(when string, want float64) {
		t.Helper()
		if l := o.line(0, calendar.Month, "2026-05-14", "deals"); math.Abs(l.Plan.V-want) > 1e-9 {
			t.Errorf("%s: the plan of May is %v, want %v", when, l.Plan, want)
		}
	}
	plan("as the role has it", 19)
	revised := map[string]any{"from": date("2026-05-18").Serial(), "person": o.people[0].Name, "kpi": "Сделки",
		"plan": 38.0}
	o.adds("plans", revised)
	o.settle()
	plan("9 days of 19 at 1 a day, 10 at 2", 29)
	o.clock.set("2026-06-05", 12, 0)
	o.settle()
	version := func() string {
		t.Helper()
		for _, c := range o.closed() {
			if c.Person == o.person(0).ID && c.Kind == calendar.Month {
				k, _ := c.KPI("deals")
				return fmt.Sprintf("%v: %s", k.Plan.V, k.Version)
			}
		}
		t.Fatal("May is not closed")
		return ""
	}
	before := version()
	if !strings.HasPrefix(before, "29: ") || !strings.Contains(before, "18.05.2026") {
		t.Errorf("the closed month has the plan %s", before)
	}
	revised["from"], revised["plan"] = date("2026-05-01").Serial(), 380.0
	o.adds("plans", revised)
	o.settle()
	plan("after a plan that came too late", 29)
	if got := version(); got != before {
		t.Errorf("the closed month had the plan %s and has %s", before, got)
	}
	if l := o.line(0, calendar.Month, "2026-06-04", "deals"); l.Plan.V != 38 {
		t.Errorf("the plan of June is %v, want the one of 18 May", l.Plan)
	}
}

// The title of a leaver's spreadsheet says so, by one write, however late ops enter it;
// after that nothing is written into it.
func TestArchive(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.open()
	o.settle()
	title := func(i int) string {
		t.Helper()
		f, err := o.drive.Files.Get(o.report(i)).Fields("name").SupportsAllDrives(true).Do()
		o.must(err)
		return f.Name
	}
	written := func(i int) int64 {
		t.Helper()
		f, err := o.drive.Files.Get(o.report(i)).Fields("version").SupportsAllDrives(true).Do()
		o.must(err)
		return f.Version
	}
	leaves := func(when string, i int, last string) {
		t.Helper()
		o.config("people", fmt.Sprintf("name=Человек %03d;", i), "left", date(last).Serial())
		// Theirs, «Сотрудники» and the summary.
		if got := o.calls(func() { o.sync() }); got.SheetsWrite != 3 {
			t.Errorf("%s: %+v, want 3 writes", when, got)
		}
		if got, want := title(i), fmt.Sprintf("Отчёт — Человек %03d (архив)", i); got != want {
			t.Errorf("%s the title is %q, want %q", when, got, want)
		}
		version := written(i)
		o.settle()
		for range 3 {
			o.clock.set(date(o.clock.now().Format(time.DateOnly)).Add(1).String(), 12, 0)
			o.settle()
		}
		if got := written(i); got != version {
			t.Errorf("%s the spreadsheet is written again: version %d after %d", when, got, version)
		}
	}
	leaves("in the same month", 0, "2026-05-13")
	o.clock.set("2026-06-10", 12, 0)
	o.settle()
	leaves("in the month after", 1, "2026-05-20")
	if got := title(2); got != "Отчёт — Человек 002" {
		t.Errorf("of somebody who stays the title is %q", got)
	}
	o.config("people", "name=Человек 001;", "left", "")
	o.settle()
	if got := title(1); got != "Отчёт — Человек 001" {
		t.Errorf("of somebody who is back the title is %q", got)
	}
}

// A leaver's history stays, and so does that of a person whose row was deleted, which ops
// learn of.
func TestLeavers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	closedOffice(o)
	o.config("people", "name=Человек 001;", "left", date("2026-05-20").Serial())
	o.settle()
	if s := o.text(o.control(), "people"); !strings.Contains(s, "в архиве: доступ закрыт") {
		t.Errorf("the leaver's state is not in\n%s", s)
	}
	before := o.history()
	name := o.person(0).Name
	g := o.tab(o.control(), "people")
	row := int64(g.ruled("name=" + name + ";"))
	o.batch(ops, g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
		Range: &sheets.DimensionRange{SheetId: g.id, Dimension: "ROWS", StartIndex: row, EndIndex: row + 1}}})
	o.settle()
	if got := o.history(); got != before {
		t.Errorf("the history of the deleted row was\n%s and is\n%s", before, got)
	}
	if s := o.text(o.control(), "checks"); !strings.Contains(s, "строки сотрудника "+name+" больше нет") {
		t.Errorf("ops are not told of it:\n%s", s)
	}
	o.expect("nothing more to do", google.Calls{Drive: 1})
}
