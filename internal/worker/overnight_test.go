package worker_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/google"
)

// A tab that stays open overnight follows the time: what is left today, whether the
// deadline has passed, where today's row is. None of it costs a call.
func TestOpenOvernight(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "cold-caller")
	o.sync()
	o.clock.set("2026-05-14", 12, 0)
	o.types(0, "2026-05-13", "calls", 70)
	o.settle()
	const key = "month:2026-05"
	look := func(when, says string, day calendar.Date) grid {
		t.Helper()
		g := o.tab(o.report(0), key)
		if got := g.cell(g.row("date", "Осталось сегодня"), "comment").FormattedValue; !strings.Contains(got, says) {
			t.Errorf("%s the comment says %q, not %q", when, got, says)
		}
		at := fmt.Sprintf("'%s'!A1", g.title)
		s, err := o.as("").Spreadsheets.Get(g.file).Ranges(at).
			Fields("sheets(data(rowData(values(formattedValue,hyperlink))))").Do()
		o.must(err)
		head := s.Sheets[0].Data[0].RowData[0].Values[0]
		if want := fmt.Sprintf("range=A%d", g.row("date", day)+1); head.FormattedValue != "Дата · сегодня ↓" ||
			!strings.HasSuffix(head.Hyperlink, want) {
			t.Errorf("%s the heading is %q and leads to %q, want %s", when, head.FormattedValue, head.Hyperlink, want)
		}
		return g
	}
	before := o.client.Calls()
	look("before the deadline", "Заполните строку сегодняшнего дня до 19:00", date("2026-05-14"))
	o.clock.set("2026-05-14", 19, 0)
	look("after the deadline", "Срок сдачи прошёл", date("2026-05-14"))
	o.clock.set("2026-05-15", 8, 0)
	g := look("in the morning", "Заполните строку сегодняшнего дня до 19:00", date("2026-05-15"))
	if after := o.client.Calls(); after != before {
		t.Errorf("looking cost the worker calls: %+v, %+v", before, after)
	}
	if out := o.sync(); out.Written != 0 {
		t.Errorf("a new day costs %d writes of reports", out.Written)
	}
	// What is left in the morning equals what the worker says a day must bring.
	need := o.line(0, calendar.Month, "2026-05-15", "calls").NeededPerDay
	left := g.cell(g.row("date", "Осталось сегодня"), "kpi:calls").EffectiveValue
	if left == nil || left.NumberValue == nil || !need.OK || *left.NumberValue != math.Ceil(need.V) {
		t.Errorf("left in the morning: %s, the worker needs %v a day",
			g.cell(g.row("date", "Осталось сегодня"), "kpi:calls").FormattedValue, need)
	}
	o.settle()
	o.clock.set("2026-05-15", 9, 0)
	o.expect("an hour later", google.Calls{Drive: 1})
}

// How often a spreadsheet is recalculated is part of what is read back: if somebody
// changes it, the next write after a look changes it back.
func TestRecalculation(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "cold-caller")
	o.settle()
	recalc := func(file string) string {
		t.Helper()
		s, err := o.as("").Spreadsheets.Get(file).Fields("properties(autoRecalc)").Do()
		o.must(err)
		return s.Properties.AutoRecalc
	}
	if report, summary := recalc(o.report(0)), recalc(o.summary()); report != "MINUTE" || summary != "HOUR" {
		t.Fatalf("calculated anew: a report every %s, the summary every %s", report, summary)
	}
	o.batch("", o.report(0), &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
		Properties: &sheets.SpreadsheetProperties{AutoRecalc: "ON_CHANGE"}, Fields: "autoRecalc"}})
	o.restart(true) // all is looked at
	o.settle()
	if got := recalc(o.report(0)); got != "MINUTE" {
		t.Errorf("after a look: %s", got)
	}
}
