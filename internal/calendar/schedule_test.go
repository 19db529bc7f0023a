package calendar

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/words"
)

var may1 = Of(2026, 5, 1)

func TestParseSchedule(t *testing.T) {
	cycle := func(on, rest int) Schedule { return Schedule{{On: on, Rest: rest, Start: may1}} }
	list := func(days Weekdays) Schedule { return Schedule{{Days: days}} }
	const monWedFri Weekdays = 0b0010101
	for text, want := range map[string]Schedule{
		"": nil, "  ": nil, "5/2": nil, "5-2": nil, "5 / 2": nil, "5 на 2": nil, "стандартный": nil, "Пятидневка": nil,
		"график 5/2": nil, "5/2.": nil,
		"6/1": list(MondayToSaturday), "шестидневка": list(MondayToSaturday), "6 х 1": list(MondayToSaturday),
		"2/2 с 01.05.2026": cycle(2, 2), "2/2 с 1 мая": cycle(2, 2), "2/2 с 1 мая 2026": cycle(2, 2),
		"2/2 с 1 мая 2026 г.": cycle(2, 2),
		"2/2 с 1.5.26":        cycle(2, 2), "2/2 c 01.05.2026": cycle(2, 2), "сменный 2/2 с 01.05.2026": cycle(2, 2),
		"2\\2 с 01.05.2026": cycle(2, 2),
		"2/2 01.05.2026":    cycle(2, 2), "2/2, 01.05.2026": cycle(2, 2), "2/2 (с 01.05.2026)": cycle(2, 2),
		"с 01.05.2026 2/2":  cycle(2, 2),
		"2 через 2 с 01.05": cycle(2, 2), "два через два с 01.05.2026": cycle(2, 2),
		"2 дня через 2 дня с 01.05.2026": cycle(2, 2),
		"2/2 from 2026-05-01":            cycle(2, 2), "2/2 since May 1, 2026": cycle(2, 2),
		"2x2 2026-05-01":             cycle(2, 2),
		"График: 2/2 с 1-го мая":     cycle(2, 2),
		"2/2\u00a0с\u00a001.05.2026": cycle(2, 2), "2 рабочих 2 выходных с 01.05.2026": cycle(2, 2),
		"через день с 01.05.2026": cycle(1, 1), "сутки через трое с 1 мая": cycle(1, 3),
		"15/15 с 01.05.2026": cycle(15, 15), "every other day from 2026-05-01": cycle(1, 1),
		"ежедневно": {{On: 1}}, "7/0": {{On: 1}}, "без выходных": {{On: 1}}, "каждый день": {{On: 1}},
		"сменный 5/2 с 01.05.2026": cycle(5, 2), "скользящий 5/2 с 1 мая": cycle(5, 2),
		"пн ср пт": list(monWedFri), "пн, ср, пт": list(monWedFri), "Пн, Ср и Пт": list(monWedFri),
		"пн.,ср.,пт.": list(monWedFri), "понедельник, среда, пятница": list(monWedFri),
		"по понедельникам, средам и пятницам": list(monWedFri), "Mon, Wed, Fri": list(monWedFri),
		"пн/ср/пт": list(monWedFri),
		"пн-пт":    list(MondayToFriday), "пн–пт": list(MondayToFriday), "с пн по пт": list(MondayToFriday),
		"пн по пт": list(MondayToFriday), "понедельник - пятница": list(MondayToFriday),
		"Mon-Fri": list(MondayToFriday), "будни": list(MondayToFriday), "по будням": list(MondayToFriday),
		"пн-сб":  list(MondayToSaturday),
		"сб, вс": list(SaturdayToSunday), "по выходным": list(SaturdayToSunday), "сб-вт": list(0b1100011),
		"вт-чт, сб": list(0b0101110),
		"5/2 0,5":   {{Part: 0.5}}, "5/2 0.5": {{Part: 0.5}}, "0,5": {{Part: 0.5}}, "0,5 ставки": {{Part: 0.5}},
		"5/2, 0,5": {{Part: 0.5}}, "5/2 на 0,5 ставки": {{Part: 0.5}},
		"полставки": {{Part: 0.5}}, "5/2 полставки": {{Part: 0.5}}, "50%": {{Part: 0.5}}, "5/2 (75 %)": {{Part: 0.75}},
		"5/2 × 0,75": {{Part: 0.75}}, "5/2 1,0": nil, "half-time": {{Part: 0.5}},
		"пн, ср, пт 0,6":                 {{Days: monWedFri, Part: 0.6}},
		"2/2 0,5 с 01.05.2026":           {{On: 2, Rest: 2, Start: may1, Part: 0.5}},
		"5/2; 2/2 с 01.05.2026":          {{}, {From: may1, On: 2, Rest: 2, Start: may1}},
		"5/2, 2/2 с 01.05.2026":          {{}, {From: may1, On: 2, Rest: 2, Start: may1}},
		"5/2\n2/2 с 01.05.2026":          {{}, {From: may1, On: 2, Rest: 2, Start: may1}},
		"5/2, потом 2/2 с 01.05.2026":    {{}, {From: may1, On: 2, Rest: 2, Start: may1}},
		"2/2 с 01.05.2026; 5/2":          {{}, {From: may1, On: 2, Rest: 2, Start: may1}},
		"5/2; 0,5 с 01.05.2026":          {{}, {From: may1, Part: 0.5}},
		"6/1 с 01.05.2026":               {{}, {From: may1, Days: MondayToSaturday}},
		"пн ср пт с 1 мая":               {{}, {From: may1, Days: monWedFri}},
		"2/2 с 01.05.2026; 5/2 с 1 июня": {{On: 2, Rest: 2, Start: may1}, {From: Of(2026, 6, 1)}},
	} {
		got, _, err := ParseSchedule(text, Of(2026, 7, 15))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		for _, lang := range []words.Lang{words.RU, words.EN} {
			again, guessed, err := ParseSchedule(got.Text(lang), 0)
			if err != nil || guessed || !again.Same(got) {
				t.Errorf("%q is written as %q, which is read as %v, %v", text, got.Text(lang), again, err)
			}
		}
	}
}

// The error for an unknown text says what to type.
func TestScheduleMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"2/2": "у графика 2/2 нет даты: впишите первый день смены, например 2/2 " +
			"с 01.05.2026",
		"через день": "у графика 1/1 нет даты: впишите первый день смены, например 1/1 " +
			"с 01.05.2026",
		"2/2 с 31.02.2026": "«с 31.02.2026» — не дата: впишите, например, 01.05.2026",
		"2/2 с 01.13.2026": "«с 01.13.2026» — не дата: впишите, например, 01.05.2026",
		"2/2 с понедельника": "график «2/2 с понедельника» не понят: впишите 5/2, 6/1, 2/2 с " +
			"01.05.2026 или дни: пн, ср, пт",
		"как договоримся":                      "график «как договоримся» не понят",
		"5":                                    "график «5» не понят",
		"пн-":                                  "не понят",
		"0/2 с 01.05.2026":                     "впишите, сколько дней работы и сколько отдыха, от 1 до 90",
		"200/200 с 01.05.2026":                 "от 1 до 90",
		"5/2 0,0":                              "доля ставки «0,0» — не от 0 до 1",
		"5/2 150%":                             "доля ставки «150» — не от 0 до 1",
		"5/2; 6/1":                             "у каждого нового графика должна быть дата",
		"5/2; 2/2 с 01.05.2026; 6/1 с 1.05.26": "с 01.05.2026 указаны два графика: оставьте один",
		"2/2 с 01.05.2026 по 31.05.2026":       "две даты: впишите, с какого дня какой график",
		"5/2 до 30.04.2026":                    "две даты: впишите, с какого дня какой график",
		"2/2 с 01.05.2026 5/2 с 01.06.2026":    "две даты",
	} {
		s, _, err := ParseSchedule(text, Of(2026, 7, 15))
		said, ok := errors.AsType[*ScheduleError](err)
		if !ok || !strings.Contains(said.Text(words.RU), want) || s != nil {
			t.Errorf("%q: %v, %v; want %q", text, s, err, want)
		}
		if ok && said.Error() == said.Text(words.RU) {
			t.Errorf("%q: no English", text)
		}
	}
}

// A day without a year is the nearest one, and is reported as guessed; without a day to
// compare with, the error asks for the year.
func TestScheduleDayWithoutYear(t *testing.T) {
	for near, want := range map[Date]Date{
		Of(2026, 7, 15): Of(2026, 5, 1), Of(2026, 2, 1): Of(2026, 5, 1), Of(2026, 12, 20): Of(2027, 5, 1),
		Of(2027, 1, 10): Of(2027, 5, 1),
	} {
		s, guessed, err := ParseSchedule("2/2 с 1 мая", near)
		if err != nil || !guessed || s[0].Start != want {
			t.Errorf("near %v: %v, %v, %v; want %v", near, s, guessed, err, want)
		}
	}
	if _, guessed, err := ParseSchedule("2/2 с 01.05.2026", Of(2026, 7, 15)); guessed || err != nil {
		t.Errorf("a whole date is guessed: %v, %v", guessed, err)
	}
	if _, _, err := ParseSchedule("2/2 с 1 мая", 0); err == nil || !strings.Contains(err.Error(), "no year") {
		t.Errorf("got %v", err)
	}
	if s, _, err := ParseSchedule("2/2 с 29 февраля", Of(2028, 1, 1)); err != nil || s[0].Start != Of(2028, 2, 29) {
		t.Errorf("got %v, %v", s, err)
	}
	if _, _, err := ParseSchedule("2/2 с 29 февраля", Of(2026, 1, 1)); err == nil {
		t.Error("29 February of a common year is a date")
	}
}

// Who works on a day of each kind: a plain one, a holiday, a transferred day off, a
// working Saturday, a holiday on a Saturday, a short day.
func TestKindFor(t *testing.T) {
	c := Calendar{Country: Russia}
	plain := func(text string) Schedule {
		s, _, err := ParseSchedule(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	days := []string{"2026-05-15", "2026-05-12", "2026-01-09", "2024-12-28", "2026-05-09", "2026-05-16", "2026-04-30",
		"2026-05-17", "2024-11-02"}
	for text, want := range map[string]string{
		// Fri 15, Tue 12, transfer, Sat +, Sat 9 May, Sat, short, Sun, short Sat
		"5/2":        "WW-W--s-s",
		"6/1":        "WW-W-Ws-s",
		"пн-пт":      "WW----s--",
		"пн, ср, пт": "W--------",
		"сб, вс":     "---W-W-Ws",
		"ежедневно":  "WWWWWWWWW",
	} {
		s, got := plain(text), ""
		for _, day := range days {
			got += map[DayKind]string{Off: "-", Working: "W", Short: "s"}[c.KindFor(s, date(t, day))]
		}
		if got != want {
			t.Errorf("%s works on %s, want %s", text, got, want)
		}
	}
}

// Cases of imports: Сменов Глеб works 2 days on, 2 off from 1 May: W 16 of May
// 2026, 8 of them by the 15th.
func TestCycle(t *testing.T) {
	s := Schedule{{On: 2, Rest: 2, Start: may1}}
	c := Calendar{Country: Russia}
	var worked []int
	for d := may1; d <= Of(2026, 5, 31); d++ {
		if c.KindFor(s, d).Works() {
			worked = append(worked, d.Day())
		}
	}
	if diff := cmp.Diff([]int{1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22, 25, 26, 29, 30}, worked); diff != "" {
		t.Error(diff)
	}
	// Backwards as forwards.
	for d, want := range map[string]DayKind{"2026-04-30": Off, "2026-04-29": Off, "2026-04-28": Working,
		"2026-04-27": Working, "2026-04-26": Off, "1969-12-31": Working, "1969-12-29": Off} {
		if got := c.KindFor(s, date(t, d)); got != want {
			t.Errorf("%s is %v, want %v", d, got, want)
		}
	}
}

// The company's days apply to everybody; its short day makes nobody work who is off.
func TestCompanyDaysAreForAll(t *testing.T) {
	off, short, saturday, shortSaturday := Of(2026, 5, 5), Of(2026, 5, 7), Of(2026, 5, 16), Of(2026, 5, 23)
	c := Calendar{Country: Russia, Company: map[Date]DayKind{off: Off, short: Short, saturday: Working,
		shortSaturday: Short}}
	shift := Schedule{{On: 2, Rest: 2, Start: may1}} // works on the 5th, rests on the 7th, 16th and 23rd
	for day, want := range map[Date][2]DayKind{off: {Off, Off}, short: {Short, Off}, saturday: {Working, Working},
		shortSaturday: {Short, Short}} {
		if got := [2]DayKind{c.Kind(day), c.KindFor(shift, day)}; got != want {
			t.Errorf("%v: 5/2 and 2/2 %v, want %v", day, got, want)
		}
	}
}

// Days of the production calendar that ops add apply to people who keep holidays.
func TestAddedDays(t *testing.T) {
	holiday, saturday := Of(2030, 5, 6), Of(2030, 5, 18)
	c := Calendar{Country: Russia, Added: map[Date]DayKind{holiday: Off, saturday: Working}}
	for text, want := range map[string][2]DayKind{"5/2": {Off, Working}, "6/1": {Off, Working}, "пн-пт": {Off, Off},
		"ежедневно": {Working, Working}} {
		s, _, err := ParseSchedule(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]DayKind{c.KindFor(s, holiday), c.KindFor(s, saturday)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if !c.Transfers(2030) || c.Transfers(2031) || !c.Transfers(2027) || !(Calendar{}).Transfers(2031) {
		t.Error("it is not told which years' transfers are known")
	}
}

func TestChangesInTime(t *testing.T) {
	s, _, err := ParseSchedule("5/2; 2/2 с 01.05.2026; пн-ср 0,5 с 01.06.2026", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{Country: Russia}
	for d, want := range map[string]DayKind{"2026-04-27": Working, "2026-04-29": Working, "2026-04-26": Off,
		"2026-05-02": Working, "2026-05-04": Off, "2026-06-01": Working, "2026-06-04": Off} {
		if got := c.KindFor(s, date(t, d)); got != want {
			t.Errorf("%s is %v, want %v", d, got, want)
		}
	}
	if s.Part(Of(2026, 5, 31)) != 1 || s.Part(Of(2026, 6, 1)) != 0.5 {
		t.Error("the share does not change with the schedule")
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"5/2; 2/2 с 01.05.2026", "пн-пт", "2/2 с 1 мая", "0,5", "50%", "2/2 с 31.02.2026",
		"вс-пн 0,25 с May 1", ";;,", "сб по"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, _, err := ParseSchedule(text, Of(2026, 7, 15))
		if err != nil {
			return
		}
		again, _, err := ParseSchedule(s.Text(words.RU), 0)
		if err != nil || !again.Same(s) {
			t.Errorf("%q is written as %q, which is read as %v, %v", text, s.Text(words.RU), again, err)
		}
	})
}
