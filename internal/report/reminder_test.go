package report_test

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/words"
)

// Who is reminded of today's report, and in which words.
func TestRemind(t *testing.T) {
	friday := mayDay(15)
	const late = "Здравствуйте! Отчёта за 15\u00a0мая пока нет, а срок был в 19:00.\n" +
		"Осталось вписать: «Звонки», «Разговоры». Нет результата — поставьте 0.\n" +
		"Ваш отчёт: https://sheet\n" +
		"Если сегодня вы не работаете, пусть ваше отсутствие отметят на вкладке «Отсутствия»."
	one := func(kpi string) department.Entry {
		return department.Entry{Person: "p", KPI: kpi, Date: friday, Value: 0}
	}
	for name, tc := range map[string]struct {
		day         calendar.Date
		before      bool
		entries     []department.Entry
		change      func(*department.Department)
		title, text string // empty: no reminder
	}{
		"missing": {title: "Отчёт за 15\u00a0мая не сдан", text: late},
		"incomplete": {entries: []department.Entry{one("calls")},
			title: "Отчёт за 15\u00a0мая заполнен не весь",
			text: "Здравствуйте! В отчёте за 15\u00a0мая не хватает цифр, а срок был в 19:00.\n" +
				"Осталось вписать: «Разговоры». Нет результата — поставьте 0.\n" +
				"Ваш отчёт: https://sheet\n" +
				"Если сегодня вы не работаете, пусть ваше отсутствие отметят на вкладке «Отсутствия»."},
		"ahead": {before: true, entries: []department.Entry{one("talks")},
			title: "Отчёт за 15\u00a0мая: до 19:00",
			text: "Здравствуйте! Сегодня отчёт нужно сдать до 19:00.\n" +
				"Осталось вписать: «Звонки». Нет результата — поставьте 0.\n" +
				"Ваш отчёт: https://sheet"},
		"nothing is required, so anything will do": {
			change: func(d *department.Department) {
				for i := range d.Roles[0].KPIs {
					d.Roles[0].KPIs[i].Required = false
				}
			},
			title: "Отчёт за 15\u00a0мая не сдан",
			text: "Здравствуйте! Отчёта за 15\u00a0мая пока нет, а срок был в 19:00.\n" +
				"Осталось вписать: «Звонки», «Разговоры», «Время в разговоре», «Жалобы», «Без плана». Нет результата " +
				"— поставьте 0.\n" +
				"Ваш отчёт: https://sheet\n" +
				"Если сегодня вы не работаете, пусть ваше отсутствие отметят на вкладке «Отсутствия»."},
		"reported, with zeros": {entries: []department.Entry{one("calls"), one("talks")}},
		"a day off":            {day: mayDay(16)},
		"a holiday":            {day: mayDay(11)},
		"the company's own day off": {change: func(d *department.Department) {
			d.Company = map[calendar.Date]calendar.DayKind{friday: calendar.Off}
		}},
		"away": {change: func(d *department.Department) {
			d.Absences = []department.Absence{{Person: "p", Span: calendar.Span{From: mayDay(12), To: friday},
				Kind: department.Trip}}
		}},
		"left":          {change: func(d *department.Department) { d.People[0].Left = mayDay(14) }},
		"not yet hired": {change: func(d *department.Department) { d.People[0].Hired = mayDay(18) }},
		"nothing to type": {change: func(d *department.Department) {
			d.Roles[0] = salesRepDeals(t)
			d.People[0].Role = "rep"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			day := friday
			if tc.day != 0 {
				day = tc.day
			}
			dep := input(coldCaller(t), day).Dep
			if tc.change != nil {
				tc.change(dep)
			}
			facts := planfact.NewFacts(dep, may.Span)
			for _, e := range tc.entries {
				facts.Add(e)
			}
			e := planfact.New(dep, facts, planfact.AsOf{Today: day, Over: !tc.before})
			got, ok := report.Remind(dep, e, dep.People[0], day, !tc.before, "https://sheet", words.RU)
			if ok != (tc.text != "") || got.Title != tc.title || got.Text != tc.text {
				t.Errorf("%v\n%s\n%s\nwant\n%s\n%s", ok, got.Title, got.Text, tc.title, tc.text)
			}
		})
	}
}
