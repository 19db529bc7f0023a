package summary

import (
	"fmt"
	"strings"
	"testing"

	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The sums of a company of thousands, of billions, leave «Главное» as wide as a laptop
// shows: the bars give way, no further than the texts below them need.
func TestLargeSumsFitALaptop(t *testing.T) {
	in := crowd(20, 30)
	role := &in.Dep.Roles[0]
	for i := range role.KPIs {
		if role.KPIs[i].Key == "revenue" {
			role.KPIs[i].Plan = kpi.Some(250_000_000)
		}
	}
	in.Engine = in.Engine.AsOf(in.At)
	main := tabOf(t, Layout(in), TabMain)
	if row := rowWith(t, main, "Выручка"); row[colPlan].Num != 5e9 {
		t.Fatalf("the plan is %v", row[colPlan].Num)
	}
	width := 0
	for _, col := range main.Columns {
		width += col.Width
	}
	if bar := main.Columns[colBar].Width; width > laptopPx || bar >= mainWidths[colBar] || bar < leastBar {
		t.Errorf("«Главное» is %d pixels wide, its bars %d", width, bar)
	}
	// The name of what people are behind with keeps the room that it needs.
	role.KPIs[3].Title = strings.Repeat("о", 26)
	in.Engine = in.Engine.AsOf(in.At)
	main = tabOf(t, Layout(in), TabMain)
	if need := 26*letterPx + padPx; main.Columns[colBar].Width < need {
		t.Errorf("a name of %d pixels has %d", need, main.Columns[colBar].Width)
	}
}

// Sums of hundreds of millions and of billions leave who, how it goes and how much on a
// phone: names give way, but not all of their room. A phone shows of whom a row of
// «История» is.
func TestLargeSumsFitAPhone(t *testing.T) {
	for _, each := range []float64{40_000_000, 400_000_000} {
		in := crowd(20, 30)
		for i := range in.Dep.Roles[0].KPIs {
			if k := &in.Dep.Roles[0].KPIs[i]; k.Key == "revenue" {
				k.Plan = kpi.Some(each)
			}
		}
		in.Engine = in.Engine.AsOf(in.At)
		book := Layout(in)
		for _, key := range []string{TabMain, TabTeams, TabMonth, TabWeek} {
			tab := tabOf(t, book, key)
			if px := tab.Columns[0].Width + tab.Columns[1].Width + tab.Columns[2].Width; px > phonePx ||
				tab.Columns[0].Width < leastName {
				t.Errorf("%s: the first three columns take %d pixels, the first %d", tab.Title, px,
					tab.Columns[0].Width)
			}
		}
		history := tabOf(t, book, TabHistory)
		before := 54 // the numbers of so many rows
		for _, col := range history.Columns[:histName] {
			before += col.Width
		}
		if name := 390 - before; name < 90 {
			t.Errorf("of a name in «История» a phone shows %d pixels", name)
		}
	}
}

// Counts of people are grouped like all figures, and thousands have no tenths.
func TestLargeCounts(t *testing.T) {
	for got, want := range map[string]string{
		grouped(999, words.RU): "999", grouped(4785, words.RU): "4 785", grouped(4785, words.EN): "4,785",
		counted(words.People, 4785, words.RU): "4 785 человек", counted(words.People, 1, words.RU): "1 человек",
		figure(18_421.05, kpi.Count, words.RU): "18 421", figure(65.74, kpi.Count, words.RU): "65,7",
		amount(18_421.05, kpi.KPI{Key: "calls", Unit: kpi.Count}, words.RU): "18 421 звонок",
		amount(1.5, kpi.KPI{Key: "calls", Unit: kpi.Count}, words.RU):       "1,5 звонка",
	} {
		if strings.ReplaceAll(got, words.NBSP, " ") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if (&bars{}).byDay([]float64{0, 0}) != "" {
		t.Error("columns of nothing are drawn")
	}
}

// A pace of thousands of percent, as by a plan that lacks its zeros, is not cut off.
func TestLargePacesAreNotCutOff(t *testing.T) {
	in := crowd(20, 30)
	for i := range in.Dep.Roles[0].KPIs {
		if k := &in.Dep.Roles[0].KPIs[i]; k.Key == "revenue" {
			k.Plan = kpi.Some(10)
		}
	}
	in.Engine = in.Engine.AsOf(in.At)
	book := Layout(in)
	for key, row := range map[string]string{TabMain: "Выручка", TabTeams: "Итого", TabMonth: "Итого"} {
		tab, paces := tabOf(t, book, key), 0
		for c, cell := range rowWith(t, tab, row) {
			if cell.Kind != workbook.Number || cell.Style.Format.Type != "PERCENT" || cell.Num < 10 {
				continue
			}
			paces++
			need := float64(len(fmt.Sprintf("%.1f", cell.Num*100))+3) * 7.2
			if px := tab.Columns[c].Width; float64(px) < need {
				t.Errorf("%s: a pace of %v has %d pixels", tab.Title, cell.Num, px)
			}
		}
		if paces == 0 {
			t.Errorf("%s shows no pace of thousands of percent", tab.Title)
		}
	}
}
