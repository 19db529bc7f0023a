package summary

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// lastDay returns a department on the last working day of May, which is still open: in
// «Север» one is far ahead and one on plan, in «Юг» one is far behind and so is one of
// another role that sells, too.
func lastDay(lang words.Lang) Input {
	today := day("2026-05-29")
	dep := &department.Department{Roles: []department.Role{sellers(lang)}, Settings: department.Defaults()}
	key := sellers(lang)
	key.Key, key.Title = "key", "Ключевые клиенты"
	for i := range key.KPIs {
		key.KPIs[i].Role = "key"
	}
	dep.Roles = append(dep.Roles, key)
	dep.People = []department.Person{
		{ID: "p0", Name: "Быстрова Вера", Role: "sales-rep", Team: "Север"},
		{ID: "p1", Name: "Ровнов Иван", Role: "sales-rep", Team: "Север"},
		{ID: "p2", Name: "Тихов Олег", Role: "sales-rep", Team: "Юг"},
		{ID: "p3", Name: "Дальнев Лев", Role: "key", Team: "Юг"},
	}
	facts := planfact.NewFacts(dep, calendar.MonthOf(today).Span)
	for i, perDay := range []float64{150_000, 1_900_000.0 / 18, 60_000, 105_000} {
		for d := day("2026-05-01"); d < today; d++ {
			if dep.Calendar().Kind(d).Works() {
				facts.Add(department.Entry{Person: dep.People[i].ID, KPI: "revenue", Date: d, Value: perDay})
			}
		}
	}
	at := planfact.AsOf{Today: today}
	return Input{Dep: dep, Engine: planfact.New(dep, facts, at), At: at, Lang: lang, First: day("2026-05-04")}
}

// On the last day the company lacks 30 000 of 7 600 000: the 820 000 and 10 000 of those
// who are behind less the 800 000 of the one who is ahead. Every total says what its own
// plan and fact leave, wherever it stands: in «Главное», «Неделя», «Месяц», the picture,
// and for a team in its own summary.
func TestLeftAgreesWithPlanAndFact(t *testing.T) {
	in := lastDay(words.RU)
	byTeam := ByTeam(in)
	for _, c := range []struct {
		team       string
		in         Input
		plan, fact float64
		need       string // in «Главное»
	}{
		{"", in, 7_600_000, 7_570_000, "30 000 ₽"},
		{"Север", byTeam.Of("Север"), 3_800_000, 4_600_000, "0 ₽"},
		{"Юг", byTeam.Of("Юг"), 3_800_000, 2_970_000, "не догнать"},
	} {
		t.Run(c.team, func(t *testing.T) {
			left := max(0, c.plan-c.fact)
			b, digest := Layout(c.in), Digest(c.in, "")
			row := rowWith(t, tabOf(t, b, TabMain), "Выручка")
			for col, want := range map[int]float64{colPlan: c.plan, colFact: c.fact, colLeft: left} {
				if math.Abs(row[col].Num-want) > 0.01 {
					t.Errorf("column %d of «Главное» is %v, want %v", col, row[col].Num, want)
				}
			}
			g := digest.Glance.KPIs[0]
			if got, want := onlyDigits(g.More[1].Text), fmt.Sprint(int(left)); got != want {
				t.Errorf("the picture says %q, %s are left", g.More[1].Text, want)
			}
			need := strings.ReplaceAll(g.More[2].Text, words.NBSP, " ")
			if !strings.HasSuffix(need, c.need) {
				t.Errorf("the picture needs %q, want %q", need, c.need)
			}
			if text := onScreen(t, row[colNeed]); figureOnly(text) != figureOnly(g.More[2].Text) {
				t.Errorf("«Главное» needs %q, the picture %q", text, g.More[2].Text)
			}
			totals := 0
			for _, tab := range []string{TabMain, TabWeek, TabMonth} {
				totals += leftsAgree(t, tabOf(t, b, tab))
			}
			if totals < 8 {
				t.Errorf("%d rows with what is left", totals)
			}
		})
	}
}

// leftsAgree checks that «Осталось» of each row of a tab is what the plan and the fact of
// the row leave, and returns how many there are. In «Главное» rows of one table have
// plan, fact and left in their own columns, in periods each KPI has.
func leftsAgree(t *testing.T, tab *workbook.Tab) (rows int) {
	t.Helper()
	plan, fact, left := colPlan, colFact, colLeft
	step := mainCols
	if tab.Key != TabMain {
		plan, fact, left, step = 1+perPlan, 1+perFact, 1+perLeft, len(periodColumns)
	}
	for _, r := range tab.Cells {
		for off := 0; off+left < len(r); off += step {
			p, f, l := r[off+plan], r[off+fact], r[off+left]
			if p.Kind != workbook.Number || f.Kind != workbook.Number || l.Kind != workbook.Number {
				continue
			}
			rows++
			if want := max(0, p.Num-f.Num); math.Abs(l.Num-want) > 0.01 {
				t.Errorf("%s, %q: %v left of %v with %v, want %v", tab.Key, r[0].Str, l.Num, p.Num, f.Num, want)
			}
		}
	}
	return rows
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// A plan that will not be met never says that its forecast is all of it.
func TestOutOfReachIsBelowThePlan(t *testing.T) {
	in := lastDay(words.RU)
	m := newBuilder(&in)
	l := planfact.Line{Period: m.month, Plan: kpi.Some(1_000_000), Fact: kpi.Some(990_000), Forecast: kpi.Some(996_000),
		Left: kpi.Some(10_000), Open: 1, CatchUp: kpi.Some(9)}
	if got := m.missed(&l) + m.comes(&l); got != "не догнать: прогноз 99\u00a0%" {
		t.Errorf("it says %q", got)
	}
	l.Forecast = kpi.Some(1_000_000)
	if got := m.missed(&l); got != "" {
		t.Errorf("with a forecast of the plan it says %q", got)
	}
}
