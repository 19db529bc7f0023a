package control_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/words"
)

// on returns the snapshot as the worker passes it to a reading on a day.
func on(s control.Snapshot, day calendar.Date) *control.Snapshot {
	s.Day = day
	return &s
}

// A schedule is read as typed, even if the spreadsheet turned it into a date or a number.
func TestSchedules(t *testing.T) {
	may1 := calendar.Of(2026, 5, 1)
	for _, tt := range []struct {
		typed any
		want  calendar.Schedule
		said  string
	}{
		{nil, nil, ""},
		{"сменный 2/2 с 01.05.2026", calendar.Schedule{{On: 2, Rest: 2, Start: may1}}, ""},
		{0.5, calendar.Schedule{{Part: 0.5}}, ""},
		{calendar.Of(2026, 2, 5).Serial(), nil, "таблица превратила график в дату, он понят как 5/2"},
		{calendar.Of(2026, 1, 6).Serial(), calendar.Schedule{{Days: calendar.MondayToSaturday}},
			"таблица превратила график в дату, он понят как 6/1"},
		{calendar.Of(2026, 2, 2).Serial(), nil, "у графика 2/2 нет даты"},
		{"2/2 с 1 мая", calendar.Schedule{{On: 2, Rest: 2, Start: may1}}, "год не указан, понято как 2/2 с 01.05.2026"},
	} {
		d := office(t)
		valid := d.read(nil)
		d.set("people", 3, "schedule", tt.typed)
		res := d.read(on(valid.Snapshot, calendar.Of(2026, 7, 15)))
		if diff := cmp.Diff(tt.want, res.Department.People[1].Schedule); diff != "" {
			t.Errorf("%v: %s", tt.typed, diff)
		}
		if got := problems(res); tt.said == "" && got != "" || !strings.Contains(got, tt.said) {
			t.Errorf("%v: said %q, want %q", tt.typed, got, tt.said)
		}
	}
}

// A date without a year means the one that was nearest when it was first read: a cycle
// does not change at the new year.
func TestScheduleWithoutYearStays(t *testing.T) {
	d := office(t)
	snapshot := d.read(nil).Snapshot
	d.set("people", 3, "schedule", "2/2 с 1 мая")
	for _, day := range []calendar.Date{calendar.Of(2026, 7, 15), calendar.Of(2027, 4, 20), calendar.Of(2031, 1, 1)} {
		res := d.read(on(*through(t, snapshot), day))
		if s := res.Department.People[1].Schedule; len(s) != 1 || s[0].Start != calendar.Of(2026, 5, 1) {
			t.Errorf("on %v the schedule is %v", day, s)
		}
		snapshot = res.Snapshot
		if kept := control.InForce(through(t, snapshot), words.RU, staffed()); len(kept.People) < 2 ||
			len(kept.People[1].Schedule) != 1 {
			t.Errorf("on %v the schedule in force is lost", day)
		}
	}
}

// The last valid schedule stays in force.
func TestWrongScheduleKeepsTheLast(t *testing.T) {
	d := office(t)
	d.set("people", 3, "schedule", "пн, ср, пт")
	valid := d.read(nil)
	d.set("people", 3, "schedule", "2/2")
	res := d.read(through(t, valid.Snapshot))
	if s := res.Department.People[1].Schedule; s.Text(words.RU) != "пн, ср, пт" {
		t.Errorf("in force is %v", s.Text(words.RU))
	}
	if got := problems(res); !strings.Contains(got, "действует прежняя строка: график пн, ср, пт") {
		t.Errorf("said %q", got)
	}
}

// Days of the production calendar are distinguished from the company's own.
func TestProductionDays(t *testing.T) {
	d := office(t)
	d.set("calendar", 4, "date", calendar.Of(2028, 1, 10).Serial())
	d.set("calendar", 4, "kind", "праздник")
	d.set("calendar", 5, "date", "29.12.2028")
	d.set("calendar", 5, "kind", "рабочая суббота")
	d.set("calendar", 6, "date", "28.12.2028")
	d.set("calendar", 6, "kind", "предпраздничный")
	d.set("calendar", 7, "date", "27.12.2028")
	d.set("calendar", 7, "kind", "выходной")
	res := d.read(nil)
	if got := problems(res); got != "" {
		t.Fatal(got)
	}
	want := map[calendar.Date]calendar.DayKind{calendar.Of(2028, 1, 10): calendar.Off,
		calendar.Of(2028, 12, 29): calendar.Working, calendar.Of(2028, 12, 28): calendar.Short}
	if diff := cmp.Diff(want, res.Department.Added); diff != "" {
		t.Error(diff)
	}
	if k, ok := res.Department.Company[calendar.Of(2028, 12, 27)]; !ok || k != calendar.Off {
		t.Error("the company's day off is not there")
	}
}

// From 1 October ops learn that next year's transfers are not known, until days of that
// year are added.
func TestMissingTransfersAreTold(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	said := func(day calendar.Date) string { return problems(d.read(on(valid.Snapshot, day))) }
	for _, day := range []calendar.Date{calendar.Of(2026, 11, 28), calendar.Of(2027, 9, 30)} {
		if got := said(day); got != "" {
			t.Errorf("on %v: %s", day, got)
		}
	}
	for _, day := range []calendar.Date{calendar.Of(2027, 10, 1), calendar.Of(2028, 3, 1)} {
		if got := said(day); !strings.Contains(got,
			"переносы выходных 2028 года не известны: загрузите календарь (svodka import calendar ФАЙЛ)") ||
			!strings.Contains(got, "впишите 01.01.2028 — праздник [праздники по закону") {
			t.Errorf("on %v: %q", day, got)
		}
	}
	d.set("settings", 4, "value", "Беларусь")
	if got := said(calendar.Of(2027, 10, 1)); !strings.Contains(got, "2028 года не известны, Радуница:") {
		t.Errorf("of a country with a moving holiday: %q", got)
	}
	d.set("settings", 4, "value", "нет")
	if got := said(calendar.Of(2027, 10, 1)); got != "" {
		t.Errorf("without a country: %q", got)
	}
	d.set("settings", 4, "value", "Россия")
	d.set("calendar", 4, "date", "01.01.2028")
	d.set("calendar", 4, "kind", "праздник")
	if got := said(calendar.Of(2027, 10, 1)); got != "" {
		t.Errorf("once days are added: %q", got)
	}
}

// An import types days once, corrects those of the production calendar, and leaves
// the company's alone.
func TestAddDays(t *testing.T) {
	d := office(t) // 16 May is short and 30 December off by the company
	days := []calendar.PublishedDay{
		{Date: calendar.Of(2028, 1, 10), Kind: calendar.Off, Title: "Новогодние каникулы"},
		{Date: calendar.Of(2028, 12, 30), Kind: calendar.Working},
		{Date: calendar.Of(2026, 12, 30), Kind: calendar.Short},
	}
	add := func() control.DaysAdded {
		t.Helper()
		reqs, got, err := control.AddDays(d.s, days, words.RU)
		if err != nil {
			t.Fatal(err)
		}
		d.apply(reqs)
		return got
	}
	own := []calendar.Date{calendar.Of(2026, 12, 30)}
	if diff := cmp.Diff(control.DaysAdded{Added: 2, Own: own}, add()); diff != "" {
		t.Error(diff)
	}
	res := d.read(nil)
	if got := problems(res); got != "" {
		t.Error(got)
	}
	if diff := cmp.Diff(map[calendar.Date]calendar.DayKind{days[0].Date: calendar.Off, days[1].Date: calendar.Working},
		res.Department.Added); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(control.DaysAdded{Same: 2, Own: own}, add()); diff != "" {
		t.Error(diff)
	}
	days[1].Kind = calendar.Short
	if diff := cmp.Diff(control.DaysAdded{Changed: 1, Same: 1, Own: own}, add()); diff != "" {
		t.Error(diff)
	}
	if got := d.read(nil).Department.Added[days[1].Date]; got != calendar.Short {
		t.Errorf("the corrected day is %v", got)
	}
}
