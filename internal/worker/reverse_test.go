package worker_test

import (
	"strings"
	"testing"

	"svodka/internal/google"
)

// The reverse plan is written when ops ask for it and when a month begins, but not when
// people type.
func TestReversePlan(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.clock.set("2026-04-15", 12, 0)
	o.sync()
	o.open()
	for i, day := range []string{"2026-04-13", "2026-04-14"} {
		o.types(0, day, "deals", 8+i)
		o.types(0, day, "revenue", 425000)
		o.types(1, day, "deals", 2)
		o.types(1, day, "revenue", 40000)
	}
	o.settle()
	o.clock.set("2026-05-14", 12, 0)
	o.settle()
	o.config("settings", "key=reverse_plan", "value", "Менеджер по продажам")
	if out := o.sync(); out.Written != 2 {
		t.Errorf("asked for, %d were written", out.Written)
	}
	o.settle()
	// 1 000 000 and 20 are planned: 12 of 19 days are left. Of 17 deals came 850 000,
	// of everybody's 21 deals 930 000.
	shows := func(i int) string {
		g := o.tab(o.report(i), may)
		r := g.row("date", "Обратный план, в день")
		return g.cell(r, "kpi:deals").FormattedValue + " " + g.cell(r, "comment").FormattedValue
	}
	for i, want := range []string{
		"2 Чтобы выполнить план, по конверсиям:\nСделки → Выручка: 50 000 ₽ (из 17, свои)",
		"2 Чтобы выполнить план, по конверсиям:\nСделки → Выручка: 44 286 ₽ (из 21, по роли)",
	} {
		if got := plainSpaces(shows(i)); got != want {
			t.Errorf("person %d sees %q, want %q", i, got, want)
		}
	}
	o.types(0, "2026-05-13", "deals", 3)
	o.expect("a figure of this month", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.month(0, "deals", 3)
	o.clock.set("2026-05-15", 12, 0)
	o.expect("a new day", google.Calls{Drive: 1, SheetsWrite: 1})
	o.expect("settled", google.Calls{Drive: 1})
	o.restart(true)
	o.settle()
	o.month(0, "deals", 3)

	o.config("settings", "key=reverse_plan", "value", "нет")
	o.settle()
	if got := shows(0); got != " " {
		t.Errorf("switched off, the person sees %q", got)
	}
	o.config("settings", "key=reverse_plan", "value", "Дворники")
	if out := o.sync(); len(out.Problems) == 0 || out.Written != 0 {
		t.Errorf("a role that is not there: %+v", out)
	}
}

func plainSpaces(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
