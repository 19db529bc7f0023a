package summary

import (
	"strings"
	"testing"

	"svodka/internal/planfact"
	"svodka/internal/words"
)

// The list for a lead names at most mostMissing people, the team's own first, and says
// how many more there are; in English as well.
func TestMissing(t *testing.T) {
	in := company(60)
	in.At = planfact.AsOf{Today: day("2026-11-23"), Over: true} // nobody has reported
	in.Engine = in.Engine.AsOf(in.At)
	all := in.Dep.People
	told := func(team string, lang words.Lang) string {
		m, ok := Missing(in.Dep, in.Engine, all, team, in.At.Today, "http://link", lang)
		if !ok {
			return ""
		}
		return strings.ReplaceAll(m.Title+"\n"+m.Text, words.NBSP, " ")
	}
	in.Dep.People[4].Team = "Дивизион"
	text := told("Дивизион", words.RU)
	if strings.Count(text, "Сотрудник 00") != 29 || !strings.Contains(text, ": 29 из 29, Дивизион\n") ||
		!strings.Contains(text, "\nДивизион: Сотрудник 0004\nКоманда 0: Сотрудник 0000, ") {
		t.Errorf("the division is told\n%s", text)
	}
	for i := range in.Dep.People {
		if i%10 == 5 || i%10 == 6 {
			in.Dep.People[i].Team = "Дивизион"
		}
	}
	text = told("Дивизион", words.RU)
	if strings.Count(text, "Сотрудник 00") != mostMissing || !strings.Contains(text, ": 41 из 41, Дивизион\n") ||
		!strings.HasSuffix(text, "\nи ещё 1 человек\nСводка команды: http://link") {
		t.Errorf("the large division is told\n%s", text)
	}
	if text = told("Команда 7", words.EN); !strings.HasPrefix(text, "Not reported for 23 November: 6 of 6, Команда 7\n"+
		"6 of 6 have not reported for 23 November, which was due by ") {
		t.Errorf("in English a team is told\n%s", text)
	}
	if text = told("Никто", words.RU); text != "" {
		t.Errorf("a team of nobody is told\n%s", text)
	}
	all = all[:0]
	if text = told("Команда 7", words.RU); text != "" {
		t.Errorf("a team whose figures nobody knows is told\n%s", text)
	}
}
