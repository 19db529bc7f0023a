package report_test

import (
	"strings"
	"testing"
	"time"

	"svodka/internal/report"
	"svodka/internal/workbook"
)

// Each tab that needs the time has one clock, and a spreadsheet that stays open goes on
// with it: a volatile cell for each day would be calculated again at every edit.
func TestOneClockPerTab(t *testing.T) {
	in, b := accountBook(t)
	for name, b := range map[string]*workbook.Book{
		"sums and deals": report.Layout(plans(input(salesRepDeals(t), mayDay(15)))), "clients": b,
		"counts": report.Layout(goldenMay(t))} {
		if b.Recalc != workbook.EveryMinute {
			t.Errorf("%s: calculated anew %q", name, b.Recalc)
		}
		for _, tab := range b.Tabs {
			clocks, others := 0, 0
			look := func(formula string) {
				clocks += strings.Count(formula, "NOW(")
				others += strings.Count(formula, "TODAY(")
			}
			for _, row := range tab.Cells {
				for _, c := range row {
					if c.Kind == workbook.Formula {
						look(c.Str)
					}
				}
			}
			for _, r := range tab.Rules {
				for _, v := range r.Values {
					look(v)
				}
			}
			if others > 0 || clocks > 1 || clocks == 0 && strings.HasPrefix(tab.Key, in.Tag+report.TabMonth) {
				t.Errorf("%s, tab %s: NOW() stands there %d times, TODAY() %d", name, tab.Key, clocks, others)
			}
		}
	}
}

// The clock is the department's: a day begins at midnight in its zone.
func TestClockOfATab(t *testing.T) {
	for at, day := range map[time.Time]int{
		time.Date(2026, 5, 15, 0, 0, 0, 0, moscow):    15,
		time.Date(2026, 5, 15, 23, 59, 59, 0, moscow): 15,
		time.Date(2026, 5, 15, 22, 0, 0, 0, time.UTC): 16,
	} {
		c := calculate(t, report.Layout(goldenMay(t)), at)
		c.want("light", "n", mayDay(day).Serial())
	}
}
