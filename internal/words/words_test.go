package words_test

import (
	"slices"
	"testing"
	"time"

	"svodka/internal/words"
)

func TestNames(t *testing.T) {
	for _, x := range []struct{ got, want string }{
		{words.RU.Month(time.May), "Май"}, {words.RU.OfMonth(time.May), "мая"},
		{words.EN.OfMonth(time.November), "November"},
		{words.RU.Weekday(time.Sunday), "Воскресенье"}, {words.RU.ShortWeekday(time.Monday), "пн"},
		{words.EN.ShortWeekday(time.Saturday), "Sat"},
		{words.Clock(9*time.Hour + 5*time.Minute), "09:05"}, {words.Capital("отпуск"), "Отпуск"},
		{words.Capital(""), ""},
	} {
		if x.got != x.want {
			t.Errorf("%q, want %q", x.got, x.want)
		}
	}
	for m := time.January; m <= time.December; m++ { // the English ones are those of package time
		if words.EN.Month(m) != m.String() {
			t.Errorf("%s is called %q", m, words.EN.Month(m))
		}
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if words.EN.Weekday(d) != d.String() || words.EN.ShortWeekday(d) != d.String()[:3] {
			t.Errorf("%s is called %q, %q", d, words.EN.Weekday(d), words.EN.ShortWeekday(d))
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int][2]string{
		0: {"0 звонков", "0 calls"}, 1: {"1 звонок", "1 call"}, 2: {"2 звонка", "2 calls"}, 5: {"5 звонков", "5 calls"},
		11: {"11 звонков", "11 calls"}, 21: {"21 звонок", "21 calls"}, 112: {"112 звонков", "112 calls"}, -1: {
			"-1 звонок", "-1 calls"},
	} {
		if got := [2]string{words.Calls.Count(n, words.RU), words.Calls.Count(n, words.EN)}; got !=
			[2]string{nbsp(want[0]), nbsp(want[1])} {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTypedNames(t *testing.T) {
	for word, want := range map[string]time.Weekday{"пн": time.Monday, "понедельникам": time.Monday,
		"sundays": time.Sunday, "su": time.Sunday, "суббота": time.Saturday, "чт": time.Thursday} {
		if got, ok := words.WeekdayNamed(word); !ok || got != want {
			t.Errorf("%s is %v, %t", word, got, ok)
		}
	}
	if d, ok := words.WeekdayNamed("втуне"); ok {
		t.Errorf("a word that begins as a short name is %v", d)
	}
	for stem, want := range map[string]time.Month{"мая": time.May, "май": time.May, "dec": time.December} {
		if got, ok := words.MonthOfStem(stem); !ok || got != want || !slices.Contains(words.MonthStems(), stem) {
			t.Errorf("%s is %v, %t", stem, got, ok)
		}
	}
}

func nbsp(s string) string {
	b := []rune(s)
	for i, r := range b {
		if r == ' ' {
			b[i] = '\u00a0'
		}
	}
	return string(b)
}
