package report_test

import (
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/report"
)

// The block of a shift worker follows their own days: two on and two off from
// 1 May, 16 of the month, 8 of them by the 15th, which is free.
func TestBlockOfShiftWorker(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Dep.People[0].Schedule = calendar.Schedule{{On: 2, Rest: 2, Start: mayDay(1)}}
	in.Person = in.Dep.People[0]
	for _, d := range []int{1, 2, 5, 6, 9, 10, 13, 14} {
		for k, v := range map[string]float64{"calls": 50, "talks": 10, "talk_time": 3600, "complaints": 2} {
			in.Typed.Entries = append(in.Typed.Entries,
				department.Entry{Person: "p", KPI: k, Date: mayDay(d), Value: v})
		}
	}
	c := calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	c.want("plan", "w", 16.0)
	c.want("to_date", "w", 8.0)
	c.want("plan", "calls", 950.0)
	c.want("to_date", "calls", 475.0)
	c.want("fact", "calls", 400.0)
	c.want("needed", "calls", 68.75)
	c.want("forecast", "calls", 800.0)
	c.want("today", "comment", "Сегодня выходной: отчёт не нужен")
	c.want("2026-05-04", "w", 0.0) // a Monday off
	c.want("2026-05-09", "w", 1.0) // a holiday at work
}
