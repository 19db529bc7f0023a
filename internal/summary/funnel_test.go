package summary

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// staged returns the stages of a funnel with plans of a month.
func staged(lang words.Lang, plans ...float64) []kpi.KPI {
	all := []kpi.KPI{
		{Key: "calls", Title: lang.T("Звонки", "Calls"), Unit: kpi.Count},
		{Key: "talks", Title: lang.T("Разговоры", "Conversations"), Unit: kpi.Count},
		{Key: "leads", Title: lang.T("Лиды", "Leads"), Unit: kpi.Count},
		{Key: "deals", Title: lang.T("Сделки", "Deals"), Unit: kpi.Count},
		{Key: "revenue", Title: lang.T("Выручка", "Revenue"), Unit: kpi.Money},
	}
	all = all[:len(plans)]
	for i := range all {
		all[i].Role, all[i].Source, all[i].Direction, all[i].Weight = "closer", kpi.Manual, kpi.Higher, 1
		all[i].Plan, all[i].PlanFor, all[i].Funnel, all[i].Required = kpi.Some(plans[i]), calendar.Month, i+1, true
	}
	return all
}

// funnelInput returns a department of one role at the end of May 2026, each person with
// figures of one day.
func funnelInput(lang words.Lang, kpis []kpi.KPI, facts map[department.PersonID][]float64,
	change ...func(*department.Department, *planfact.Facts)) Input {
	dep := &department.Department{
		Roles:    []department.Role{{Key: "closer", Title: lang.T("Клоузеры", "Closers"), KPIs: kpis}},
		Settings: department.Defaults(),
	}
	for i := range len(facts) {
		id := department.PersonID(fmt.Sprint("p", i+1))
		dep.People = append(dep.People, department.Person{ID: id, Name: fmt.Sprint(lang.T("Клоузер ", "Closer "), i+1),
			Role: "closer", Team: lang.T("Север", "North")})
	}
	f := planfact.NewFacts(dep, calendar.Span{From: day("2026-04-01"), To: day("2026-05-31")})
	for id, values := range facts {
		for i, v := range values {
			f.Add(department.Entry{Person: id, KPI: kpis[i].Key, Date: day("2026-05-05"), Value: v})
		}
	}
	for _, c := range change {
		c(dep, f)
	}
	at := planfact.AsOf{Today: day("2026-05-31"), Over: true}
	return Input{Dep: dep, Engine: planfact.New(dep, f, at), At: at, Lang: lang, First: day("2026-05-04"),
		Now: time.Date(2026, 5, 31, 16, 5, 0, 0, time.UTC)}
}

// golden213 returns the plans and the facts of the golden numbers of domain 2.13.
func golden213(lang words.Lang, change ...func(*department.Department, *planfact.Facts)) Input {
	return funnelInput(lang, staged(lang, 1900, 760, 76, 19, 950_000),
		map[department.PersonID][]float64{"p1": {2000, 760, 53.2, 13.832, 719_264}}, change...)
}

// The method's own example, as the director reads it.
func TestCauseOfFunnelGolden(t *testing.T) {
	for lang, want := range map[words.Lang][2]string{
		words.RU: {
			"−285 000 ₽ на этапе «разговор → лид»: 7 % вместо 10 %",
			"Май 2026: −230 736 ₽ к плану на дату. Узкое место: −285 000 ₽ на этапе «разговор → лид»: 7 % " +
				"вместо 10 %."},
		words.EN: {
			"−285,000 ₽ at the stage “conversation → lead”: 7% " +
				"instead of 10%",
			"May 2026: −230,736 ₽ against the plan to date. Bottleneck: −285,000 ₽ at the stage “conversation → " +
				"lead”: 7% instead of 10%."},
	} {
		b := Layout(golden213(lang))
		if got := strings.Join(rowsOf(tabOf(t, b, TabMain)), "\n"); !strings.Contains(got, want[0]) {
			t.Errorf("no %q in\n%s", want[0], got)
		}
		if got := strings.Join(rowsOf(tabOf(t, b, TabFunnel)), "\n"); !strings.Contains(got, want[1]) {
			t.Errorf("no %q in\n%s", want[1], got)
		}
	}
}

func TestFunnelTabGolden(t *testing.T) {
	tab := tabOf(t, Layout(golden213(words.RU)), TabFunnel)
	got := strings.Join(rowsOf(tab), "\n")
	for _, want := range []string{
		"Этап|Май 2026||||||Неделя 22, 25–31 мая 2026",
		"Звонки|50000|1900|2000||||-250000|500|0",
		"Разговоры|-50000|760|760|0.4|0.38|-2|",
		"Лиды|-285000|76|53.2|0.1|0.07|-3|",
		"Сделки|26600|19|13.832|0.25|0.26|1|",
		"Выручка|27664|950000|719264|50000|52000|2000|",
		"Отклонение|-230736||||||-250000",
		"Сотрудник|Вклад этапов||||||Звонки||Разговоры",
		"|Звонки|Звонок → разговор|Разговор → лид|Лид → сделка|Средний чек|Всего|План на дату|Факт",
		"Клоузер 1|50000|-50000|-285000|26600|27664|-230736|1900|2000|760|760|0.4|0.38|-2|76|53.2|0.1|0.07|-3|",
		"Итого|50000|-50000|-285000|26600|27664|-230736|",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	// The bottleneck has a sign and a colour; a gain has neither.
	r := rowWith(t, tab, "Клоузер 1")
	if p := r[3].Style.Format.Pattern; !strings.Contains(p, "▼") || r[3].Style.Background == "" {
		t.Errorf("bottleneck looks like %+v", r[3].Style)
	}
	if p := r[1].Style.Format.Pattern; strings.ContainsAny(p, "▼●▲") || r[1].Style.Background != "" {
		t.Errorf("a gain looks like %+v", r[1].Style)
	}
	// Every heading of figures has an explanation.
	for _, row := range tab.Cells {
		for _, c := range row[min(1, len(row)):] {
			if c.Style != nil && c.Style.Background == navyBg && c.Style.Size == 9 && c.Str != "" && c.Note == "" {
				t.Errorf("the heading %q says nothing about itself", c.Str)
			}
		}
	}
}

// What is shown adds up: in every row, to the last digit, in whole roubles and in tenths
// of a lead.
func TestShownEffectsAddUp(t *testing.T) {
	leads := staged(words.RU, 1900, 760, 76)
	money := staged(words.RU, 1900, 760, 76, 19, 950_000)
	people := map[department.PersonID][]float64{"p1": {1777, 631, 41, 11, 512_333},
		"p2": {2013, 713, 77, 17, 1_012_777}, "p3": {903, 901, 13, 7, 87_001}}
	for name, kpis := range map[string][]kpi.KPI{"leads": leads, "money": money} {
		facts := map[department.PersonID][]float64{}
		for id, v := range people {
			facts[id] = v[:len(kpis)]
		}
		tab := tabOf(t, Layout(funnelInput(words.RU, kpis, facts)), TabFunnel)
		parts, seen := 1.0, 0
		if name == "leads" {
			parts = 10
		}
		for _, r := range tab.Cells {
			if len(r) < len(kpis)+2 || !strings.HasPrefix(r[0].Str, "Клоузер ") && r[0].Str != "Итого" ||
				r[1].Kind != workbook.Number {
				continue
			}
			seen++
			sum := 0.0
			for _, c := range r[1 : 1+len(kpis)] {
				sum += math.Round(c.Num * parts)
				if name == "money" && c.Num != math.Round(c.Num) {
					t.Errorf("%s: %v is no whole rouble", r[0].Str, c.Num)
				}
			}
			if total := r[1+len(kpis)].Num; sum != math.Round(total*parts) {
				t.Errorf("%s, %s: effects make %v, the sum is %v", name, r[0].Str, sum/parts, total)
			}
		}
		if seen < 4 {
			t.Errorf("%s: %d rows of effects in\n%s", name, seen, strings.Join(rowsOf(tab), "\n"))
		}
	}
}

// The cause for leads is in leads; for a KPI that is not the end of a funnel, as before;
// and all of it stays on one line.
func TestCausesOfMain(t *testing.T) {
	at := func(over bool, today string) Input {
		kpis := staged(words.RU, 1900, 760, 76)
		in := funnelInput(words.RU, kpis, map[department.PersonID][]float64{"p1": {900, 360, 18}, "p2": {450, 180, 18}})
		in.At = planfact.AsOf{Today: day(today), Over: over}
		facts := planfact.NewFacts(in.Dep, calendar.Span{From: day("2026-04-01"), To: day("2026-05-31")})
		for id, v := range map[department.PersonID][]float64{"p1": {900, 360, 18}, "p2": {450, 180, 18}} {
			for i, x := range v {
				facts.Add(department.Entry{Person: id, KPI: kpis[i].Key, Date: day("2026-05-05"), Value: x})
			}
		}
		in.Engine = planfact.New(in.Dep, facts, in.At)
		return in
	}
	main := tabOf(t, Layout(at(true, "2026-05-15")), TabMain)
	got := strings.Join(rowsOf(main), "\n")
	for _, want := range []string{
		// Calls and conversations as planned: all of it was lost on leads.
		"Клоузер 1|0.5|-18|Лиды\n−18 лидов на этапе «разговор → лид»: 5 % вместо 10 %; нужно 5,8 в день\n",
		"Клоузер 2|0.5|-18|Лиды|0.5|-450|Звонки\n−18 лидов на этапе «звонки»: 450 вместо 900; нет отчёта за 8 " +
			"дней||||нет отчёта за 8 дней; нужно 145 в день вместо 100\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, r := range main.Cells {
		if len(r) > colPlan && strings.HasPrefix(r[0].Str, "−") && (utf8.RuneCountInString(r[0].Str) > causeLen ||
			utf8.RuneCountInString(r[colPlan].Str) > nextCauseLen) {
			t.Errorf("too long: %q, %q", r[0].Str, r[colPlan].Str)
		}
	}
	text := strings.ReplaceAll(Digest(at(true, "2026-05-15"), "").Text, words.NBSP, " ")
	if want := "Клоузер 1\n▼ Лиды: отстаёт от плана на дату на 18 лидов; −18 лидов на этапе «разговор → лид»: 5 % " +
		"вместо 10 %; нет отчёта за 8 дней; нужно 5,8 в день вместо 4"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	// Too early: no light, no bottleneck.
	if got := strings.Join(rowsOf(tabOf(t, Layout(at(true, "2026-05-05")), TabFunnel)), "\n"); !strings.Contains(got,
		"Май 2026: +20 лидов к плану на дату. Судить пока рано.\n") {
		t.Errorf("a verdict after two days of nineteen in\n%s", got)
	}
}

func TestCauseFitsOnALine(t *testing.T) {
	l := planfact.Line{KPI: kpi.KPI{Key: "revenue", Unit: kpi.Money}, Plan: kpi.Some(1_900_000), Fact: kpi.Some(0),
		PlanToDate:      kpi.Some(1_234_567),
		DeviationToDate: kpi.Some(-1_234_567), Left: kpi.Some(1e6), NeededPerDay: kpi.Some(150_000), Working: 19,
		Closed: 9, Open: 10}
	late := l
	late.Missing = 2
	for want, line := range map[string]planfact.Line{
		"отстаёт от плана на дату на 1 234 567 ₽; нужно 150 000 ₽ в день": l,
		"нет отчёта за 2 дня; нужно 150 000 ₽ в день вместо 100 000 ₽":    late,
		"отстаёт от плана на дату на 12 ₽; нужно 5 ₽ в день вместо 100 000 ₽": {KPI: l.KPI, Plan: l.Plan,
			DeviationToDate: kpi.Some(-12), Left: kpi.Some(50), NeededPerDay: kpi.Some(5), Working: 19, Open: 10},
	} {
		if got := strings.ReplaceAll(hand(words.RU).cause(concern{line: &line}, causeLen), words.NBSP,
			" "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Deals by size: the golden numbers of domain 2.14, and their cost (2.15).
func TestChecksAndCosts(t *testing.T) {
	kpis := staged(words.RU, 20, 1)[:2]
	kpis[0].Key, kpis[0].Title, kpis[0].Source, kpis[0].Expr, kpis[0].Plan = "deals", "Сделки", kpi.Deals,
		expr("count"), kpi.Some(20)
	kpis[1] = kpi.KPI{Role: "closer", Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Deals,
		Expr: expr("sum"), Direction: kpi.Higher,
		Plan: kpi.Some(1_000_000), PlanFor: calendar.Month, Funnel: 2}
	people := map[department.PersonID][]float64{"p1": nil, "p2": nil}
	deals := func(_ *department.Department, f *planfact.Facts) {
		for i := range 33 {
			sum := 100_000.0
			if i < 3 {
				sum = 5_000_000
			}
			f.AddDeal(department.Deal{Person: "p1", Date: day("2026-05-05"), Client: fmt.Sprint(i), Amount: sum})
		}
	}
	in := funnelInput(words.RU, kpis, people, deals, func(d *department.Department, _ *planfact.Facts) {
		d.People[0].Cost = kpi.Some(330_000)
	})
	tab := tabOf(t, Layout(in), TabFunnel)
	got := strings.Join(rowsOf(tab), "\n")
	for _, want := range []string{
		"Обычная сделка — 100 000 ₽, в среднем — 545 455 ₽; три крупнейшие дают 83,3 % суммы.",
		"Сотрудник|Все сделки||||Мелкие, до 30 000 ₽||Средние||Крупные, от 150 000 ₽",
		"Клоузер 1|33|545455|100000|0.833333|0|0|30|0.166667|3|0.833333",
		"Клоузер 2|0|—|—|—|0|—|0|—|0|—",
		"Итого|33|545455|100000|0.833333|",
		"Сотрудник|Затраты|Сделка (CPO)",
		"Клоузер 1|330000|10000|16500",
		"Клоузер 2|—|—|—",
		"Итого|330000|10000|16500",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	// Without bounds there are no bands, without costs no table of them.
	in = funnelInput(words.RU, kpis, people, deals, func(d *department.Department, _ *planfact.Facts) {
		d.Settings.SmallDeal = 0
	})
	got = strings.Join(rowsOf(tabOf(t, Layout(in), TabFunnel)), "\n")
	for _, unwanted := range []string{"Мелкие", "CPO"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%s in\n%s", unwanted, got)
		}
	}
}

// Deals and costs of teams and of the role do not depend on whether their people are
// named; of who changed teams each row has the deals and costs of the days there.
func TestChecksAndCostsOfTeams(t *testing.T) {
	kpis := staged(words.RU, 20, 1)[:2]
	kpis[0].Key, kpis[0].Title, kpis[0].Source, kpis[0].Expr, kpis[0].Plan = "deals", "Сделки", kpi.Deals,
		expr("count"), kpi.Some(20)
	kpis[1] = kpi.KPI{Role: "closer", Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Deals,
		Expr: expr("sum"), Direction: kpi.Higher, Plan: kpi.Some(1_000_000), PlanFor: calendar.Month, Funnel: 2}
	people := map[department.PersonID][]float64{"p1": nil, "p2": nil}
	tab := func(listed int) []string {
		in := funnelInput(words.RU, kpis, people, func(d *department.Department, f *planfact.Facts) {
			d.Settings.PeopleListed = listed
			d.People[0].Cost, d.People[1].Cost = kpi.Some(190_000), kpi.Some(190_000)
			d.People[0].Team, d.People[1].Team = "Юг", "Юг"
			d.People[0].TeamsBefore = []department.TeamStint{{Team: "Север", To: day("2026-05-08")}}
			for i := range 5 {
				f.AddDeal(department.Deal{Person: "p1", Date: day("2026-05-05"), Client: fmt.Sprint(i), Amount: 10_000})
			}
			f.AddDeal(department.Deal{Person: "p1", Date: day("2026-05-14"), Client: "x", Amount: 40_000})
			f.AddDeal(department.Deal{Person: "p2", Date: day("2026-05-14"), Client: "y", Amount: 60_000})
		})
		return rowsOf(tabOf(t, Layout(in), TabFunnel))
	}
	of := func(rows []string, head, name string) (out []string) {
		in := false
		for _, r := range rows {
			in = in || strings.HasPrefix(r, head)
			if in && strings.HasPrefix(r, name+"|") {
				out = append(out, r)
			}
			in = in && !strings.HasPrefix(r, "Итого")
		}
		return out
	}
	named, teams := tab(2), tab(1)
	for _, head := range []string{"Чеки: ", "Сколько стоит этап: "} {
		for _, name := range []string{"Север", "Юг", "Итого"} {
			a, b := of(named, head, name), of(teams, head, name)
			if len(a) != 1 || !slices.Equal(a, b) {
				t.Errorf("%s%s: %q, with people named %q", head, name, b, a)
			}
		}
		if got := of(teams, head, "Клоузер 2"); got != nil {
			t.Errorf("%s%q is named", head, got)
		}
	}
	for _, want := range []string{"Север|5|10000|10000|0.6|", "Юг|2|50000|50000|—|"} {
		if !slices.ContainsFunc(teams, func(r string) bool { return strings.HasPrefix(r, want) }) {
			t.Errorf("no %q in %q", want, teams)
		}
	}
	moved := of(named, "Чеки: ", "Клоузер 1")
	if len(moved) != 2 || !strings.HasPrefix(moved[0], "Клоузер 1|5|") || !strings.HasPrefix(moved[1], "Клоузер 1|1|") {
		t.Errorf("who changed teams: %q", moved)
	}
	if cost := of(named, "Сколько стоит этап: ", "Клоузер 1"); len(cost) != 2 || cost[0] == cost[1] {
		t.Errorf("costs of who changed teams: %q", cost)
	}
	for _, r := range teams {
		if strings.HasPrefix(r, "Сотрудник|") {
			t.Errorf("%q heads teams", r)
		}
	}
}

func TestFunnelTabInEnglish(t *testing.T) {
	in := golden213(words.EN, func(d *department.Department, _ *planfact.Facts) {
		d.People[0].Cost = kpi.Some(100_000)
	})
	for _, row := range tabOf(t, Layout(in), TabFunnel).Cells {
		for _, c := range row {
			if strings.ContainsFunc(c.Str+c.Note, func(r rune) bool { return r >= 'А' && r <= 'я' }) {
				t.Errorf("%q, %q", c.Str, c.Note)
			}
		}
	}
}

// A department without funnels learns how to get one.
func TestNoFunnel(t *testing.T) {
	got := strings.Join(rowsOf(tabOf(t, Layout(golden(words.RU)), TabFunnel)), "\n")
	if !strings.Contains(got, "Воронок пока нет. Чтобы она появилась, пронумеруйте шаги роли") {
		t.Errorf("got\n%s", got)
	}
}

func TestSmall(t *testing.T) {
	for in, want := range map[string]string{"Звонки": "звонки", "КП отправлено": "КП отправлено", "": "", "Я": "Я",
		"B2B": "B2B"} {
		if d := cmp.Diff(want, small(in)); d != "" {
			t.Error(d)
		}
	}
}

func TestLoss(t *testing.T) {
	deals := kpi.KPI{Key: "deals", Unit: kpi.Count}
	for v, want := range map[float64]string{-1: "1 сделка", -2: "2 сделки", -1.5: "1,5 сделки", 21: "21 сделка",
		-5: "5 сделок"} {
		if got := strings.ReplaceAll(loss(v, deals, words.RU), words.NBSP, " "); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	if got := strings.ReplaceAll(amount(1, deals, words.RU), words.NBSP, " "); got != "1 сделку" {
		t.Errorf("behind by %q", got)
	}
}
