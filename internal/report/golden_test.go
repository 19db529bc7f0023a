package report_test

import (
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// closedMay are the nine working days of May 2026 up to the 15th.
var closedMay = []int{4, 5, 6, 7, 8, 12, 13, 14, 15}

// goldenMay returns 380 calls on the nine days, with talks and times.
func goldenMay(t testing.TB) report.Input {
	in := input(coldCaller(t), mayDay(15))
	for i, d := range closedMay {
		calls := 42.0
		if i < 2 {
			calls = 43
		}
		for k, v := range map[string]float64{"calls": calls, "talks": 10, "talk_time": 3600, "complaints": 2} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: k, Date: mayDay(d), Value: v})
		}
	}
	return plans(in)
}

// TestBlockGolden checks domain 2.6's golden numbers: May 2026, plan 950, fact 380, as of
// the end of 15 May.
func TestBlockGolden(t *testing.T) {
	c := calculate(t, report.Layout(goldenMay(t)), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("plan", "calls", 950.0)
	c.want("fact", "calls", 380.0)
	c.want("to_date", "calls", 450.0)
	c.want("pace", "calls", 0.84444444)
	c.want("light", "calls", "▼ отстаёт")
	c.want("left", "calls", 570.0)
	c.want("needed", "calls", 57.0)
	c.want("forecast", "calls", 802.22222)
	c.want("plan", "w", 19.0)
	c.want("to_date", "w", 9.0)
	c.want("needed", "w", 10.0)
	c.want("plan", "comment", "Рабочих дней в месяце: 19")

	// Durations are fractions of a day; ratios are computed from sums.
	c.want("fact", "talk_time", 9*3600/86400.0)
	c.want("to_date", "talk_time", 9*7200/86400.0)
	c.want("fact", "avg_talk_time", 360/86400.0)
	c.want("2026-05-04", "avg_talk_time", 360/86400.0)
	c.want("plan", "avg_talk_time", 180/86400.0)
	c.want("to_date", "avg_talk_time", 180/86400.0)
	c.want("pace", "avg_talk_time", 2.0)
	c.want("light", "avg_talk_time", "▲ перевыполнение")
	c.want("forecast", "avg_talk_time", 360/86400.0)
	c.want("left", "avg_talk_time", "—")
	c.want("needed", "avg_talk_time", "—")
	c.want("fact", "talk_rate", 90/380.0)
	c.want("2026-05-04", "talk_rate", 10/43.0)
	c.want("pace", "talk_rate", 90/380.0/0.4)
	c.want("2026-05-18", "talk_rate", "")

	// Lower is better: plan to date 9, fact 18 (domain 2.8).
	c.want("pace", "complaints", 0.5)
	c.want("left", "complaints", 1.0)
	c.want("needed", "complaints", "—")

	// No plan: no pace, no light; there is still a fact.
	for _, row := range []string{"to_date", "pace", "left", "needed"} {
		c.want(row, "notes", "—")
	}
	c.want("plan", "notes", "не задан")
	c.want("fact", "notes", 0.0)
	c.want("light", "notes", "")
}

// TestBlockAgreesWithPlanfact compares the live block with the engine's lines.
func TestBlockAgreesWithPlanfact(t *testing.T) {
	role := coldCaller(t)
	role.KPIs[1].From = mayDay(12) // measured for a part of the month
	role.KPIs[5].To = mayDay(13)   //
	role.KPIs[0].PlanFor = calendar.Day
	role.KPIs[0].Plan = kpi.Some(50)
	in := input(role, mayDay(15))
	in.Dep.Absences = []department.Absence{{Person: "p", Span: calendar.Span{From: mayDay(6), To: mayDay(7)},
		Kind: department.Sick}}
	in.Dep.Settings.ShortDays = true
	in.Dep.Plans = []department.Plan{{From: mayDay(20), KPI: "talk_rate", Plan: 0.5, For: calendar.Month}}
	for i, d := range closedMay {
		for k, v := range map[string]float64{"calls": float64(30 + 3*i), "talks": float64(5 + i), "talk_time": 1800,
			"complaints": float64(i % 2)} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: k, Date: mayDay(d), Value: v})
		}
	}
	in = plans(in)
	c := calculate(t, report.Layout(in), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	lines := in.Plans.Person(in.Person, may)
	if len(lines) != len(role.KPIs) {
		t.Fatalf("%d lines", len(lines))
	}
	for _, l := range lines {
		for row, n := range map[string]kpi.Num{"plan": l.Plan, "fact": l.Fact, "to_date": l.PlanToDate, "left": l.Left,
			"needed": l.NeededPerDay, "forecast": l.Forecast} {
			want := any("—")
			if n.OK {
				want = report.CellValue(l.KPI, n.V)
			}
			if row == "plan" && !n.OK {
				want = "не задан"
			}
			c.want(row, l.KPI.Key, want)
		}
		if l.Pace.OK {
			c.want("pace", l.KPI.Key, l.KPI.Lights.Shown(l.Pace, in.Dep.Settings.AboveFrom).V)
		}
		c.want("light", l.KPI.Key, terms.LightText(l.Light, words.RU))
	}
}

// TestToday: today is open until its report is in or its deadline has passed.
func TestToday(t *testing.T) {
	for _, test := range []struct {
		name   string
		hour   int
		talks  bool
		closed float64
	}{
		{"before the deadline, not reported", 12, false, 0},
		{"before the deadline, reported", 12, true, 1},
		{"after the deadline, not reported", 19, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := goldenMay(t)
			in.Typed.Entries = nil
			for _, d := range closedMay[:8] {
				in.Typed.Entries = append(in.Typed.Entries, department.Entry{KPI: "calls", Date: mayDay(d), Value: 1})
			}
			in.Typed.Entries = append(in.Typed.Entries, department.Entry{KPI: "calls", Date: mayDay(15), Value: 1})
			if test.talks {
				in.Typed.Entries = append(in.Typed.Entries, department.Entry{KPI: "talks", Date: mayDay(15), Value: 0})
			}
			c := calculate(t, report.Layout(in), time.Date(2026, 5, 15, test.hour, 0, 0, 0, moscow))
			c.want("2026-05-15", "closed", test.closed)
			c.want("2026-05-14", "closed", 1.0)
			c.want("2026-05-18", "closed", 0.0)
			c.want("to_date", "w", 8+test.closed)
			c.want("to_date", "calls", 50*(8+test.closed))
		})
	}
}

// TestEarlyAndLate: there is no forecast before a fifth of the month has closed, and no
// need after its end.
func TestEarlyAndLate(t *testing.T) {
	b := report.Layout(goldenMay(t))
	c := calculate(t, b, time.Date(2026, 5, 6, 9, 0, 0, 0, moscow)) // 2 of 19 days
	c.want("forecast", "calls", "—")                                // the 6th is reported, and 3 of 19 are not a fifth
	c.want("light", "calls", "")
	c.want("pace", "calls", 128/150.0)                              // figures of future days do not count yet
	c = calculate(t, b, time.Date(2026, 5, 29, 9, 0, 0, 0, moscow)) // 570 to do on the last day, of 50 a day
	c.want("needed", "calls", "не догнать: прогноз 42\u00a0%")
	c = calculate(t, b, time.Date(2026, 6, 1, 9, 0, 0, 0, moscow))
	c.want("needed", "calls", "не выполнен")
	c.want("to_date", "calls", 950.0)
	c.want("forecast", "calls", 380.0)
	c = calculate(t, b, time.Date(2026, 4, 28, 9, 0, 0, 0, moscow))
	c.want("pace", "calls", "—")
	c.want("light", "calls", "")
	c.want("forecast", "calls", "—")
	c.want("needed", "calls", 50.0)
}

// TestDealsLive: figures of days come from the list of deals.
func TestDealsLive(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	for _, d := range []struct {
		day    int
		amount float64
	}{{4, 30000}, {4, 20000}, {5, 100000}, {9, 50000}} {
		in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: mayDay(d.day), Client: "ООО",
			Amount: d.amount})
	}
	// Deals come in all day long: the first of the day does not close it.
	c := calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 5, 12, 0, 0, 0, moscow))
	c.want("2026-05-05", "closed", 0.0)
	c = calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("2026-05-04", "deals", 2.0)
	c.want("2026-05-04", "revenue", 50000.0)
	c.want("2026-05-04", "avg_check", 25000.0)
	c.want("2026-05-06", "deals", 0.0) // a working day without deals
	c.want("2026-05-06", "avg_check", "")
	c.want("2026-05-09", "revenue", 50000.0) // a day off with one
	c.want("2026-05-10", "deals", "")        // a day off without
	c.want("2026-05-18", "deals", "")        // a future day
	c.want("fact", "deals", 4.0)
	c.want("fact", "revenue", 200000.0)
	c.want("fact", "avg_check", 50000.0)
	c.want("needed", "revenue", 80000.0)
}

// TestRefundsLive: a refund is in the sum, even on a day off, and is not a deal; the
// block and the engine agree (domain 2.9).
func TestRefundsLive(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	for _, d := range []struct {
		day    int
		amount float64
	}{{4, 30000}, {4, -20000}, {5, 100000}, {6, -5000}, {9, -50000}, {12, 45000}} {
		in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: mayDay(d.day), Client: "ООО",
			Amount: d.amount})
	}
	in = plans(in)
	c := calculate(t, report.Layout(in), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("2026-05-04", "deals", 1.0)
	c.want("2026-05-04", "revenue", 10000.0)
	c.want("2026-05-06", "deals", 0.0)
	c.want("2026-05-06", "revenue", -5000.0)
	c.want("2026-05-09", "revenue", -50000.0) // a day off with a refund
	c.want("fact", "deals", 3.0)
	c.want("fact", "revenue", 100000.0)
	c.want("fact", "avg_check", 100000.0/3) // net sum / count
	for _, l := range in.Plans.Person(in.Person, may) {
		c.want("fact", l.KPI.Key, l.Fact.V)
		c.want("forecast", l.KPI.Key, l.Forecast.V)
		c.want("left", l.KPI.Key, map[bool]any{true: l.Left.V, false: "—"}[l.Left.OK])
	}

	in.Dep.Settings.NoRefunds = true
	in.Typed.Deals = in.Typed.Deals[:2] // then a reading has no others; the cell still holds one
	c = calculate(t, report.Layout(in), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("2026-05-04", "revenue", 30000.0)

	typed := input(salesRep(t), mayDay(15))
	for d, v := range map[int]float64{4: 50000, 5: -20000} {
		typed.Typed.Entries = append(typed.Typed.Entries,
			department.Entry{Person: "p", KPI: "revenue", Date: mayDay(d), Value: v})
	}
	typed = plans(typed)
	c = calculate(t, report.Layout(typed), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("fact", "revenue", 30000.0)
	typed.Dep.Settings.NoRefunds = true
	c = calculate(t, report.Layout(typed), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("fact", "revenue", 50000.0)
}

// TestMeasures: the worker writes what formulas cannot compute.
func TestMeasures(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	in.Typed.Clients = []department.Client{{Person: "p", Name: "А"}, {Person: "p", Name: "Б"}}
	in.Typed.Deals = []department.Deal{
		{Person: "p", Date: mayDay(4), Client: "А", Amount: 100},
		{Person: "p", Date: mayDay(5), Client: "а ", Amount: 250},
		{Person: "p", Date: mayDay(5), Client: "В", Amount: 70},
	}
	b := report.Layout(plans(in))
	c := calculate(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("fact", "repeat_share", 0.5)
	c.want("fact", "repeat_sum", 250.0)
	c.want("fact", "retention", 0.5)
	c.want("forecast", "repeat_sum", 250/9.0*19)
	c.want("forecast", "retention", 1.0) // one of two clients in 9 of 19 days
	c.want("forecast", "repeat_share", 0.5)
	c.want("2026-05-04", "repeat_sum", nil)
	if note := cellOf(t, b.Tabs[0], "fact", "repeat_sum").Note; note == "" {
		t.Error("the fact does not say when it is brought up to date")
	}
}

// TestBounds: what the reader does not count, the block does not count either.
func TestBounds(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		in := input(coldCaller(t), mayDay(15))
		in.Lang = lang
		in.Role.KPIs[0].Min, in.Role.KPIs[0].Max, in.Role.KPIs[0].Fractions = kpi.Some(1.5), kpi.Some(99.5), true
		in.Role.KPIs[2].Min, in.Role.KPIs[2].Max = kpi.Some(7), kpi.Some(8*3600)
		for i, v := range []float64{1.5, 99.5, 1, 100, -3} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: "calls", Date: mayDay(4 + i), Value: v})
		}
		for i, v := range []float64{7, 8 * 3600, 6, 8*3600 + 1} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: "talk_time", Date: mayDay(4 + i), Value: v})
		}
		b := report.Layout(plans(in))
		c := calculate(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
		c.want("fact", "calls", 101.0)
		c.want("fact", "talk_time", (8*3600+7)/86400.0)
		r := report.Read(in, b, grid(b, nil))
		sum := map[string]float64{}
		for _, e := range r.Entries {
			sum[e.KPI] += e.Value
		}
		if sum["calls"] != 101 || sum["talk_time"] != 8*3600+7 || len(r.Flags) != 5 {
			t.Errorf("read %v with %d flags", sum, len(r.Flags))
		}
	}
}

// TestFormulasHoldInAnyLocale: no decimal fraction, no comma, no array.
func TestFormulasHoldInAnyLocale(t *testing.T) {
	for _, role := range []department.Role{coldCaller(t), salesRepDeals(t), accountManager(t)} {
		for _, lang := range []words.Lang{words.RU, words.EN} {
			in := input(role, mayDay(15))
			in.Lang = lang
			in.Role.KPIs[0].Lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 87.5, Light: kpi.Green}}
			in.Role.KPIs[0].Max = kpi.Some(99.5)
			b := report.Layout(plans(in))
			c := calculate(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
			for _, tab := range b.Tabs {
				for r, row := range tab.Cells {
					for col, cell := range row {
						if cell.Kind != 4 {
							continue
						}
						if bad := outsideTexts(cell.Str, ".,{}"); bad != "" {
							t.Errorf("%s: %q has %q", tab.Key, cell.Str, bad)
						}
						if v := c.e.Value(tab.ID, r, col); v.Err != "" {
							t.Errorf("%s: %q gives %s %s", tab.Key, cell.Str, v.Err, v.Msg)
						}
					}
				}
			}
		}
	}
}

// outsideTexts finds any of the characters outside string literals and titles.
func outsideTexts(formula, chars string) string {
	var quote rune
	for _, r := range formula {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == r:
			quote = 0
		case quote == 0:
			for _, c := range chars {
				if c == r {
					return string(r)
				}
			}
		}
	}
	return ""
}
