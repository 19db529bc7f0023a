package control_test

import (
	"slices"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// Changes reports each difference once, in the order of the tabs, with the people
// concerned; for equal versions it reports nothing.
func TestChanges(t *testing.T) {
	d := office(t)
	was := d.read(nil).Snapshot
	today := calendar.Of(2026, 5, 15)
	if got := control.Changes(&was, &was, today, words.RU, templates.Builtin()); len(got) != 0 {
		t.Errorf("the same twice: %+v", got)
	}
	leads := d.rowsOf("kpis", "key", "leads")[0]
	d.set("kpis", leads, "to", "31.05.2026")
	d.set("kpis", d.rowsOf("kpis", "key", "calls")[0], "plan", 2100)
	d.set("people", 3, "left", "29.05.2026")
	d.set("people", 4, "email", "sidorova@example.ru")
	d.person(6, "Новиков Олег", "novikov@example.ru", cold, "")
	d.set("plans", 2, "plan", 1000)
	d.set("calendar", 2, "kind", "короткий")
	d.set("absences", 2, "to", "15.07.2026")
	d.set("settings", d.rowsOf("settings", "key", "deadline")[0], "value", "20:00")
	res := d.read(&was)
	for _, p := range res.Problems {
		t.Errorf("%+v", p)
	}
	got := control.Changes(&was, &res.Snapshot, today, words.RU, templates.Builtin())
	want := []struct {
		text         string
		people, made int
	}{
		{
			"План по «Звонки» у роли «Специалист по холодным звонкам», сотрудников — 2: было 1 900 в месяц, будет 2 " +
				"100 в месяц (на весь текущий месяц; с даты — строкой в «Планах»)", 2, 0},
		{
			"Показатель «Лиды» у роли «Специалист по холодным звонкам» действует по 31.05.2026: потом его ячейки " +
				"закроются, данные останутся, таблиц — 2", 2, 0},
		{"Новых сотрудников — 1 (Новиков Олег): каждому будет создана таблица", 0, 1},
		{"Уходят — 1 (Петров Пётр): после последнего дня доступ к таблице закроется, файл и история останутся", 1, 0},
		{"Новый e-mail — 1 (Сидорова Ольга): доступ к таблице перейдёт на него", 1, 0},
		{"План по «Звонки» с 01.05.2026: было 950 в месяц, будет 1 000 в месяц, сотрудников — 1", 1, 0},
		{"Календарь компании: дней изменено — 1; планы их месяцев пересчитаются, таблиц — не больше 5", 5, 0},
		{"Отсутствия изменены — 1 (Петров Пётр): дни отчёта и план месяца пересчитаются", 1, 0},
		{"Параметр «Срок отчёта»: было 19:00, будет 20:00", 5, 0},
	}
	var texts, wanted []string
	for i, c := range got {
		texts = append(texts, plain(c.Text))
		if i < len(want) && (len(c.People) != want[i].people || len(c.Made) != want[i].made) {
			t.Errorf("%s: %d people, %d made", c.Text, len(c.People), len(c.Made))
		}
	}
	for _, w := range want {
		wanted = append(wanted, w.text)
	}
	if !slices.Equal(texts, wanted) {
		t.Error(diff(wanted, texts))
	}
}

func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
