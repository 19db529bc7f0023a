package report_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// wantLive compares the rows of today and of the last days with the engine.
func (c calculated) wantLive(in report.Input, month calendar.Period) {
	c.t.Helper()
	lately := in.Plans.Lately(in.Person, month)
	for _, q := range in.Plans.Today(in.Person) {
		k := q.KPI
		want := any("—")
		switch {
		case q.Left.OK && q.Left.V == 0:
			want = "✓ готово"
		case q.Left.OK:
			want = report.CellValue(k, q.Left.V)
		}
		c.want("today", k.Key, want)
		want = any("—")
		if n := lately[k.Key]; n.OK { // as it is shown: an arrow never stands beside a zero
			v, shown := n.V, 1.0
			switch {
			case k.Unit == kpi.Percent:
				v, shown = n.V*100, 10
			case k.Unit == kpi.Duration && k.Additive():
				v = n.V / 60
			case k.Unit == kpi.Count && !k.Additive():
				shown = 10
			}
			want = math.Round(math.Round(v*1e6)/1e6*shown) / shown
		}
		c.want("trend", k.Key, want)
	}
}

// TestLiveAgreesWithPlanfact: whatever is typed, whoever is away and whichever KPIs come
// and go, what is left today and the trend equal the engine's.
func TestLiveAgreesWithPlanfact(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 11))
			role := coldCaller(t)
			role.KPIs = append(role.KPIs, kpi.KPI{Role: "cold", Key: "touches", Title: "Касания", Unit: kpi.Count,
				Source: kpi.Formula, Expr: expr(t, "calls + 2 * talks"), Plan: kpi.Some(2000), PlanFor: calendar.Month})
			for i := range role.KPIs {
				switch k := &role.KPIs[i]; rnd.IntN(5) {
				case 0:
					k.From = mayDay(1 + rnd.IntN(12))
				case 1:
					k.To = mayDay(12 + rnd.IntN(19))
				}
			}
			today := mayDay(1 + rnd.IntN(31))
			in := input(role, today)
			in.Dep.Settings.ShortDays = seed%2 == 0
			from := 1 + rnd.IntN(31)
			in.Dep.Absences = []department.Absence{{Person: "p",
				Span: calendar.Span{From: mayDay(from), To: mayDay(min(31, from+rnd.IntN(6)))}, Kind: department.Sick}}
			span := may.Span
			for d := span.From; d <= today; d++ {
				for key, most := range map[string]int{"calls": 90, "talks": 40, "talk_time": 9000, "complaints": 3} {
					k, _ := role.KPI(key)
					if rnd.IntN(4) > 0 && (d < today || rnd.IntN(2) == 0) && k.Active(d) {
						in.Typed.Entries = append(in.Typed.Entries,
							department.Entry{Person: "p", KPI: key, Date: d, Value: float64(rnd.IntN(most))})
					}
				}
			}
			over := rnd.IntN(2) == 0
			in = plans(in)
			facts := planfact.NewFacts(in.Dep, calendar.Span{From: may.Prev().From, To: may.To})
			for _, e := range in.Typed.Entries {
				facts.Add(e)
			}
			in.Plans = planfact.New(in.Dep, facts, planfact.AsOf{Today: today, Over: over})
			hour := 12
			if over {
				hour = 20
			}
			c := calculate(t, report.Layout(in), time.Date(2026, 5, today.Day(), hour, 0, 0, 0, moscow))
			c.wantLive(in, may)
		})
	}
}

// TestTodayRow: the content of the row that stays in view, from morning to evening, on
// other days, and in other months.
func TestTodayRow(t *testing.T) {
	in := goldenMay(t)
	in.Months = []calendar.Period{may, may.Next()}
	b := report.Layout(plans(in))
	if b.Tabs[0].FrozenRows != rowOf(b.Tabs[0], "light")+1 {
		t.Errorf("%d rows are frozen", b.Tabs[0].FrozenRows)
	}
	at := func(day, hour int) calculated {
		return calculate(t, b, time.Date(2026, 5, day, hour, 0, 0, 0, moscow))
	}
	c := at(18, 9) // 570 left for ten days
	c.want("today", "calls", 57.0)
	c.want("today", "comment", "Заполните строку сегодняшнего дня до 19:00")
	c.want("head", "date", "Дата · сегодня ↓")
	c.want("today", "avg_talk_time", "—")
	c.want("today", "complaints", "—")
	c.want("today", "notes", "—")
	c = at(18, 20)
	c.want("today", "calls", 57.0)
	c.want("today", "comment", "Срок сдачи прошёл: день закрыт")
	c = at(15, 12) // reported: 338 of 950 this morning, eleven days, 42 today
	c.want("today", "calls", 14.0)
	c.want("today", "comment", "✓ Отчёт за сегодня сдан")
	c.want("today", "talk_time", 6219/86400.0) // (38 h − 8 h) / 11 − 1 h, in whole seconds
	c = at(16, 12)
	c.want("today", "calls", "—")
	c.want("today", "comment", "Сегодня выходной: отчёт не нужен")
	c = at(32, 12) // 1 June
	c.want("today", "calls", "—")
	c.want("today", "comment", "")
	c.want("head", "date", "Дата")

	// The month's plan is done: nothing is left.
	in.Typed.Entries = append(in.Typed.Entries,
		department.Entry{Person: "p", KPI: "talks", Date: mayDay(14), Value: 400})
	c = calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 18, 9, 0, 0, 0, moscow))
	c.want("today", "talks", "✓ готово")
}

// TestTodayOfDeals: what comes from deals counts at once.
func TestTodayOfDeals(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	in.Typed.Deals = []department.Deal{deal(14, "А", 50000), deal(15, "Б", 80000)}
	in = plans(in)
	c := calculate(t, report.Layout(in), time.Date(2026, 5, 15, 12, 0, 0, 0, moscow))
	c.want("today", "deals", 1.0)      // 19 / 11 = 1.7 − 1
	c.want("today", "revenue", 6364.0) // 950 000 / 11 = 86 363.6 − 80 000
	c.want("today", "avg_check", "—")
	c.want("needed", "revenue", 870000/11.0)
}

// The row that stays in view says of each day what the director's summary says: a day off
// by the schedule, an absence by its kind, and reported whenever a report is in, even on
// a day off.
func TestTodayRowSaysWhatTheSummarySays(t *testing.T) {
	in := goldenMay(t)
	in.Dep.People[0].Hired = mayDay(4)
	in.Person = in.Dep.People[0]
	in.Dep.Absences = []department.Absence{{Person: "p", Kind: department.Vacation,
		Span: calendar.Span{From: mayDay(20), To: mayDay(24)}}}
	for _, d := range []int{16, 22} { // a Saturday, and a day of the vacation
		for k, v := range map[string]float64{"calls": 5, "talks": 2, "talk_time": 60, "complaints": 0} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: k, Date: mayDay(d), Value: v})
		}
	}
	for _, lang := range []words.Lang{words.RU, words.EN} {
		in.Lang = lang
		b := report.Layout(plans(in))
		facts := planfact.NewFacts(in.Dep, calendar.Span{From: may.Prev().From, To: may.To})
		for _, e := range in.Typed.Entries {
			facts.Add(e)
		}
		seen := map[string]int{}
		for d := 1; d <= 31; d++ {
			state := planfact.New(in.Dep, facts, planfact.AsOf{Today: mayDay(d)}).DayState(in.Person, mayDay(d))
			free := ""
			switch {
			case d < 4:
			case state == planfact.Absent:
				free = terms.AbsenceWord(department.Vacation, lang)
			case state == planfact.NotDue:
				free = terms.FreeDay(lang)
			}
			want := map[bool]string{true: lang.T("Сегодня "+free+": отчёт не нужен",
				"Today: "+free+", no report is needed"),
				false: lang.T("Сегодня отчёт не нужен", "No report is needed today")}[free != ""]
			switch state {
			case planfact.Reported:
				want = lang.T("✓ Отчёт за сегодня сдан", "✓ Today's report is in")
			case planfact.Waiting:
				want = lang.T("Заполните строку сегодняшнего дня до 19:00", "Fill in today's row by 19:00")
			}
			calculate(t, b, time.Date(2026, 5, d, 12, 0, 0, 0, moscow)).want("today", "comment", want)
			seen[want]++
		}
		if len(seen) != 5 {
			t.Errorf("seen of five states: %v", seen)
		}
	}
}
