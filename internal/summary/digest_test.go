package summary

import (
	"strings"
	"testing"

	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// The digest says what «Главное» says, in the same words.
func TestDigest(t *testing.T) {
	const want = `Сводка отдела продаж · ООО «Ромашка»
Пятница, 15 мая 2026. Закрыто 9 из 19 рабочих дней.

Сегодня не сдали: 1 из 3 — =HYPERLINK("x")
Не сдали за вчера: 1 из 3 — =HYPERLINK("x")

Что требует внимания: ▼ 2  ● 2
▼ =HYPERLINK("x"), Конверсия в лид: 0 % вместо 10 %: ниже плана на 10,0 п.п.
▼ Иванова Анна, Звонки: отстаёт от плана на дату на 70 звонков; нужно 57 в день вместо 50
● Сидоров Пётр, Время в разговоре: отстаёт от плана на дату на 1:00:00; нужно 1:36:00 в день вместо 1:30:00
● Иванова Анна, Конверсия в лид: 9,5 % вместо 10 %: ниже плана на 0,5 п.п.

Что изменилось с чт, 14 мая
Иванова Анна, Конверсия в лид: ● скатился в жёлтый: темп 94,7 %, был 100 % (зелёный)

Итоги по ролям: май 2026
Холодные звонки
● Звонки: 870 из 1 900, темп 96,7 %, прогноз 1 836,7
• Лиды: 36, прогноз 76
▼ Конверсия в лид: 4,1 % при плане 10 %, темп 41,4 %
Продажи
▲ Выручка: 909 000 ₽ из 1 900 000 ₽, темп 101 %, прогноз 1 919 000 ₽
● Время в разговоре: 12:30:00 из 28:30:00, темп 92,6 %, прогноз 26:23:20

Подробно: https://sheet`
	in := golden(words.RU, func(d *department.Department, _ *planfact.AsOf) { d.Settings.Company = "ООО «Ромашка»" })
	got := Digest(in, "https://sheet")
	plain := func(s string) string { return strings.NewReplacer(words.NBSP, " ", "\u202f", " ").Replace(s) }
	if plain(got.Text) != want {
		t.Errorf("got\n%s\nwant\n%s", plain(got.Text), want)
	}
	if title := plain(got.Title); title != "Сводка отдела продаж · ООО «Ромашка», 15 мая" {
		t.Error(title)
	}

	// Every sentence of a deviation stands in «Главное» word for word.
	main := strings.Join(rowsOf(Layout(in).Tabs[0]), "\n")
	for l := range strings.Lines(got.Text) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "▼ ") && strings.Contains(l, "отстаёт") {
			if _, cause, _ := strings.Cut(plain(l), ": "); !strings.Contains(main, cause) {
				t.Errorf("%q is not in «Главное»", cause)
			}
		}
	}
}

// Of many people only the first are named: the digest is read on a phone.
func TestDigestOfMany(t *testing.T) {
	in := crowd(500, 60)
	in.At.Over = false
	in.Health.Unreadable = []string{"Сотрудник 0001"}
	got := Digest(in, "").Text
	for _, want := range []string{"Не открылись таблицы: Сотрудник 0001.", "и ещё 1492 — вкладка «Месяц»",
		"Итоги по ролям: ноябрь 2026"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := len([]rune(got)); n > 4096 {
		t.Errorf("%d characters do not fit into one message", n)
	}
	in.Dep.People = nil
	if got := Digest(in, "").Text; strings.Contains(got, "Итоги") {
		t.Errorf("totals of nobody:\n%s", got)
	}
}
