package worker_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/summary"
)

// periods returns the periods of a kind for which the export has lines of a person.
func (o *office) periods(i int, kind calendar.Kind) []string {
	o.t.Helper()
	dep, engine, _, span, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	var out []string
	for r := range summary.Rows(dep, engine, o.closed(), kind, span) {
		if r.Manager == o.person(i).Name {
			out = append(out, r.Period.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A department that starts on Monday, 16 March with people hired last year has no red
// months behind it: everybody counts from that day, in the block, the summary and the
// export alike; a person who never reports is missing from then on. A person whose
// history is imported counts from the first of the month of their own first figure.
func TestNoInventedHistory(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.clock.set("2026-03-16", 10, 0)
	o.init().newcomers(3, "cold-caller")
	o.share(o.control(), ops)
	for i := range o.people {
		o.config("people", "name="+o.people[i].Name, "hired", date("2025-08-01").Serial())
	}
	o.settle()
	if got := o.text(o.summary(), "main"); !strings.Contains(got, "Сегодня ждём до 19:00: 3 из 3") ||
		strings.Contains(got, "✓ Все отчёты сданы") {
		t.Errorf("on the first morning the director reads\n%s", got)
	}
	for _, tab := range []string{"history", "dynamics"} {
		if got := o.text(o.summary(), tab); strings.Contains(got, "март 2025") || strings.Contains(got, "февр") {
			t.Errorf("%s begins before the department:\n%s", tab, got)
		}
	}

	// The second one reports on Monday and Tuesday; the third one's history is imported.
	o.open()
	o.types(1, "2026-03-16", "calls", 80)
	o.clock.set("2026-03-17", 20, 0)
	o.types(1, "2026-03-17", "calls", 90)
	o.settle()
	_, err := importRows(t.Context(), o, importing.Importer.Entries, []imports.Entry{
		{Where: imports.Where{File: "f", Line: 2}, Date: date("2026-01-20"), Manager: o.people[2].Name, KPI: "calls",
			Value: "100"},
	}, importing.Options{})
	o.must(err)
	o.settle()

	check := func(when string) {
		t.Helper()
		// March 2026 has 21 working days, 12 of them from the 16th on; 2 have closed.
		for i := range 2 {
			l := o.line(i, calendar.Month, "2026-03-16", "calls")
			if l.Working != 12 || l.Closed != 2 || l.Plan.V != 1900./21*12 || l.Missing != 2-2*i {
				t.Errorf("%s: person %d has %d working days, %d closed, plan %v, %d missing", when, i, l.Working,
					l.Closed, l.Plan, l.Missing)
			}
			if got := strings.Join(o.periods(i, calendar.Month), " "); got != "2026-03" {
				t.Errorf("%s: person %d has the months %s", when, i, got)
			}
		}
		if got := strings.Join(o.periods(2, calendar.Month), " "); got != "2026-01 2026-02 2026-03" {
			t.Errorf("%s: the one with history has the months %s", when, got)
		}
		if l := o.line(2, calendar.Month, "2026-01-20", "calls"); l.Plan.V != 1900 || l.Fact.V != 100 ||
			l.Missing != l.Working-1 {
			t.Errorf("%s: January of the one with history: plan %v, fact %v, %d of %d missing", when, l.Plan, l.Fact,
				l.Missing, l.Working)
		}
	}
	check("at work")
	for _, kind := range []string{"with the ledger lost", "and again"} {
		o.restart(true)
		o.clock.set("2026-03-17", 21, 0)
		_, err := o.w.Init(t.Context(), false) // finds what is there
		o.must(err)
		o.settle()
		check(kind)
	}
}

// Ops learn of a deleted row with the name of the person, even on the first day.
func TestDeletedRowIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "cold-caller").settle().open()
	id := string(o.person(1).ID)
	o.deletes("people", "name="+o.people[1].Name)
	o.sync()
	o.sync()
	got := o.text(o.control(), "checks")
	if !strings.Contains(got, "строки сотрудника "+o.people[1].Name+" больше нет") || strings.Contains(got, id) {
		t.Errorf("ops are told\n%s", got)
	}
}

// If names change places, because one column was sorted, ops learn of it with both names
// while all stays as it was; put back, nothing has happened. If they are left so, the
// figures follow the files.
func TestSwappedNames(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "cold-caller").settle().open()
	o.types(0, "2026-05-14", "calls", 70)
	o.settle()
	swap := func() {
		g := o.tab(o.control(), "people")
		a, b := g.at(g.ruled("name="+o.people[0].Name), "name"), g.at(g.ruled("name="+o.people[1].Name), "name")
		o.put(ops, g.file, a, o.people[1].Name)
		o.put(ops, g.file, b, o.people[0].Name)
	}
	title := func(i int) string {
		var s *sheets.Spreadsheet
		s, err := o.as("").Spreadsheets.Get(o.report(i)).Fields("properties.title").Do()
		o.must(err)
		return s.Properties.Title
	}
	swap()
	o.sync()
	told := "Имена поменялись местами: " + o.people[0].Name + ", " + o.people[1].Name
	if got := o.text(o.control(), "checks"); !strings.Contains(got, told) {
		t.Errorf("ops are told\n%s", got)
	}
	if got := title(0); !strings.Contains(got, o.people[0].Name) {
		t.Errorf("the spreadsheet is called %q before it was told", got)
	}
	swap()
	o.settle()
	if got := o.text(o.control(), "checks"); strings.Contains(got, told) {
		t.Errorf("put back, and ops are told still\n%s", got)
	}
	swap()
	o.sync()
	o.settle()
	if got := title(0); !strings.Contains(got, o.people[1].Name) {
		t.Errorf("told and left so, the spreadsheet is called %q", got)
	}
	o.month(0, "calls", 70) // by e-mail: with the file
	o.month(1, "calls", 0)
}
