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

Кому помочь: ▼ 2  ● 1
=HYPERLINK("x")
▼ Конверсия в лид: лиды 0 вместо 49 (звонки 490)
Иванова Анна
▼ Звонки: отстаёт от плана на дату на 70 звонков; больше всего потеряно 4–8 мая: 200 вместо 250; нужно 57 в день вместо 50
● Конверсия в лид: лиды 36 вместо 38 (звонки 380)
Сидоров Пётр
● Время в разговоре: отстаёт от плана на дату на 1:00:00; больше всего потеряно 4–8 мая: 6:56:40 вместо 7:30:00; нужно 1:36:00 в день вместо 1:30:00

Что изменилось с чт, 14 мая
Иванова Анна, Конверсия в лид: ● скатился в жёлтый: темп 94,7 %, был 100 % (зелёный)

Итоги по ролям: май 2026
Холодные звонки
● Звонки: 870 из 1 900, темп 96,7 %, прогноз 1 837
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

	// «Главное» has every cause word for word.
	main := strings.Join(rowsOf(Layout(in).Tabs[0]), "\n")
	for _, cause := range []string{"лиды 0 вместо 49 (звонки 490)", "больше всего потеряно 4–8 мая: 200 вместо 250",
		"лиды 36 вместо 38 (звонки 380)", "больше всего потеряно 4–8 мая: 6:56:40 вместо 7:30:00"} {
		if !strings.Contains(main, cause) {
			t.Errorf("%q is not in «Главное»\n%s", cause, main)
		}
	}
}

// Of many people the digest names only the first: it is read on a phone.
func TestDigestOfMany(t *testing.T) {
	in := crowd(500, 60)
	in.At.Over = false
	in.Health.Unreadable = []string{"Сотрудник 0001"}
	got := Digest(in, "").Text
	for _, want := range []string{"Не открылись таблицы: Сотрудник 0001.", "и ещё 495\u00a0человек — в своих отчётах",
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
