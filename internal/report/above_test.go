package report_test

import (
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The heading of «Сделки» shows what the month's tab says is left today or, where it
// says nothing of today, what is left to the plan, for additive KPIs that have one.
func TestHeadingOfDealsShowsWhatIsLeft(t *testing.T) {
	deal := func(day int, amount float64) department.Deal {
		return department.Deal{Person: "p", Date: mayDay(day), Client: "Ромашка", Amount: amount}
	}
	few := []department.Deal{deal(4, 45_000), deal(14, 355_000.4)}
	var enough []department.Deal
	for range 20 {
		enough = append(enough, deal(15, 60_000))
	}
	unplanned := salesRepDeals(t)
	for i := range unplanned.KPIs {
		unplanned.KPIs[i].Plan.OK = false
	}
	for _, c := range []struct {
		name  string
		role  department.Role
		deals []department.Deal
		lang  words.Lang
		day   int      // of May 2026
		want  []string // lines, no-break spaces as plain ones
	}{
		{"on the way", salesRepDeals(t), few, words.RU, 15, []string{"Клиент · сегодня ещё:", "Сделки: 2",
			"Выручка: 54 546 ₽"}},
		{"in English", salesRepDeals(t), few, words.EN, 15, []string{"Client · left today:", "Сделки: 2",
			"Выручка: 54,546"}},
		{"done", salesRepDeals(t), enough, words.RU, 15, []string{"Клиент · сегодня ещё:", "Сделки: ✓ готово",
			"Выручка: ✓ готово"}},
		{"a day off", salesRepDeals(t), few, words.RU, 16, []string{"Клиент · до плана:", "Сделки: 18",
			"Выручка: 600 000 ₽"}},
		{"a day off, done", salesRepDeals(t), enough, words.RU, 16, []string{"Клиент · до плана:", "Сделки: ✓ готово",
			"Выручка: ✓ готово"}},
		{"without a plan", unplanned, few, words.RU, 15, []string{"Клиент"}},
		{"figures of a month", accountManager(t), few, words.RU, 15, []string{"Клиент · до плана:",
			"Сумма повторных: 145 000 ₽"}},
	} {
		in := input(c.role, mayDay(c.day))
		in.Lang, in.Typed.Deals = c.lang, c.deals
		in = plans(in)
		b := report.Layout(in)
		tab := tabOf(t, b, report.TabDeals)
		got := tab.Cells[0][1].Str
		if tab.Cells[0][1].Kind == workbook.Formula {
			e := calculate(t, b, time.Date(2026, 5, c.day, 12, 0, 0, 0, moscow)).e
			got = e.Value(tab.ID, 0, 1).Str
		}
		want := strings.Join(c.want, "\n")
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != want {
			t.Errorf("%s: %q instead of %q", c.name, got, want)
		}
		// It is read as before: the heading is not a row of the list.
		if r := report.Read(in, b, grid(b, nil)); len(r.Deals) != len(c.deals) || len(r.Flags) > 0 {
			t.Errorf("%s: %d deals read, flags %v", c.name, len(r.Deals), r.Flags)
		}
	}
	late := input(salesRepDeals(t), mayDay(15))
	late.Months = []calendar.Period{may.Next()}
	if tab := tabOf(t, report.Layout(plans(late)), report.TabDeals); tab.Cells[0][1].Kind != workbook.Text {
		t.Errorf("without the tab of the month: %+v", tab.Cells[0][1])
	}
}
