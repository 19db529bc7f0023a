package report_test

import (
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// seller is a role with the whole funnel, calls to revenue.
func seller(t testing.TB) department.Role {
	r := department.Role{Key: "seller", Title: "Продавец"}
	for i, k := range []struct {
		key, title string
		plan       float64
	}{{"calls", "Звонки", 1900}, {"talks", "Разговоры", 760}, {"leads", "Лиды", 76}, {"deals", "Сделки", 19},
		{"revenue", "Выручка", 950000}} {
		unit := kpi.Count
		if k.key == "revenue" {
			unit = kpi.Money
		}
		r.KPIs = append(r.KPIs, kpi.KPI{Role: r.Key, Key: k.key, Title: k.title, Unit: unit, Source: kpi.Manual,
			Plan: kpi.Some(k.plan), PlanFor: calendar.Month, Required: true, Funnel: i + 1})
	}
	return r
}

// reversed returns Anna's input with the conversions of February to April: 2000 calls,
// 800 talks, 80 leads, 20 deals, 1 000 000.50 roubles; and with the reverse plan switched
// on.
func reversed(t testing.TB) report.Input {
	in := input(seller(t), mayDay(15))
	in.Dep.Settings.ReversePlan = []string{department.AllRoles}
	facts := planfact.NewFacts(in.Dep, calendar.Span{From: calendar.Of(2026, 1, 1), To: may.To})
	for key, v := range map[string]float64{"calls": 2000, "talks": 800, "leads": 80, "deals": 20,
		"revenue": 1000000.5} {
		facts.Add(department.Entry{Person: "p", KPI: key, Date: calendar.Of(2026, 4, 10), Value: v})
	}
	for _, d := range closedMay {
		in.Typed.Entries = append(in.Typed.Entries,
			department.Entry{Person: "p", KPI: "revenue", Date: mayDay(d), Value: 50000})
		facts.Add(in.Typed.Entries[len(in.Typed.Entries)-1])
	}
	in.Plans = planfact.New(in.Dep, facts, planfact.AsOf{Today: in.Today, Over: true})
	return in
}

func TestReversePlan(t *testing.T) {
	in := reversed(t)
	b := report.Layout(in)
	now := time.Date(2026, 5, 15, 20, 0, 0, 0, moscow)
	c := calculate(t, b, now)
	// 950 000 − 450 000 are left for ten days: 50 000 a day.
	r, ok := in.Plans.Reverse(in.Person, planfact.ReverseSpan(in.Today, 90))
	if !ok {
		t.Fatal("the engine has none")
	}
	needs := r.Needs(50000)
	for i, want := range []float64{100, 40, 4, 1, 50000} {
		key := in.Role.KPIs[i].Key
		if got := needs[i]; got > want || got < want-0.01 {
			t.Errorf("%s by the engine: %v", key, got)
		}
		c.want("reverse", key, want) // whole ones, rounded up
	}
	tab := b.Tabs[0]
	if text := strings.ReplaceAll(cellOf(t, tab, "reverse", "comment").Str, "\u00a0", " "); text !=
		"Чтобы выполнить план, по конверсиям:\nЗвонки → Разговоры: 40 % (из 2 000, свои)\n"+
			"Разговоры → Лиды: 10 % (из 800, свои)\nЛиды → Сделки: 25 % (из 80, свои)\n"+
			"Сделки → Выручка: 50 000 ₽ (из 20, свои)" {
		t.Errorf("the conversions: %s", text)
	}
	if f := cellOf(t, tab, "reverse", "deals").Str; outsideTexts(f, ".,{}") != "" {
		t.Errorf("the formula %s", f)
	}
	// The rest of the tab is a row further down and otherwise unchanged.
	c.want("left", "revenue", 500000.0)
	if tab.Cells[14][0].Kind != workbook.Number || tab.Rows != 14+31 {
		t.Errorf("the first day stands as %+v, %d rows", tab.Cells[14][0], tab.Rows)
	}
	// A figure of this month changes nothing that is written.
	before := workbook.Digest(report.Layout(report.Input{Person: in.Person, Role: in.Role, Dep: in.Dep, Plans: in.Plans,
		Months: in.Months, Today: in.Today, Lang: words.RU}))
	in.Typed.Entries = append(in.Typed.Entries,
		department.Entry{Person: "p", KPI: "calls", Date: mayDay(15), Value: 70})
	after := workbook.Digest(report.Layout(report.Input{Person: in.Person, Role: in.Role, Dep: in.Dep, Plans: in.Plans,
		Months: in.Months, Today: in.Today, Lang: words.RU}))
	if before != after {
		t.Error("the layout follows the figures")
	}
	// Switched off, in another role, and without conversions there is no such row.
	for name, change := range map[string]func(in *report.Input){
		"off":     func(in *report.Input) { in.Dep.Settings.ReversePlan = nil },
		"another": func(in *report.Input) { in.Dep.Settings.ReversePlan = []string{"cold"} },
		"no data": func(in *report.Input) {
			in.Plans = planfact.New(in.Dep, planfact.NewFacts(in.Dep, may.Span), planfact.AsOf{Today: in.Today})
		},
	} {
		in := reversed(t)
		change(&in)
		if tab := report.Layout(in).Tabs[0]; rowOf(tab, "reverse") >= 0 || tab.Rows != 13+31 {
			t.Errorf("%s: a row of the reverse plan", name)
		}
	}
}

// TestLiveReversePlan: the row comes and goes in a spreadsheet in use, and what was typed
// stays with its day.
func TestLiveReversePlan(t *testing.T) {
	in := reversed(t)
	off := in
	dep := *in.Dep
	dep.Settings.ReversePlan = nil
	off.Dep = &dep
	b := report.Layout(off)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	l.put("'Май 2026'!B17", "33")
	on := report.Layout(in)
	l.apply(on)
	if got := l.shown("'Май 2026'!A13:F13"); !strings.HasPrefix(got, "Обратный план, в день|100|40|4|1|50 000 ₽") {
		t.Errorf("the row shows %q", got)
	}
	r := report.Read(in, on, l.found(on))
	var calls []department.Entry
	for _, e := range r.Entries {
		if e.KPI == "calls" {
			calls = append(calls, e)
		}
	}
	if len(calls) != 1 || calls[0].Date != mayDay(4) || calls[0].Value != 33 || len(r.Strays) != 0 {
		t.Errorf("%v, strays %v", calls, r.Strays)
	}
	l.apply(b)
	if got := l.shown("'Май 2026'!A13:F13"); got != "" {
		t.Errorf("switched off, the row shows %q", got)
	}
	if r = report.Read(off, b, l.found(b)); len(r.Strays) != 0 || r.Entries[0].Date != mayDay(4) {
		t.Errorf("%v, strays %v", r.Entries, r.Strays)
	}
}
