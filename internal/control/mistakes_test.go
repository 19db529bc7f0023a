package control_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// edit is one cell typed wrongly.
type edit struct {
	tab string
	row int
	key string
	v   any
}

// shownAt holds where a mistake is shown, if not where it was typed.
var shownAt = map[string]string{
	"formula units":      "unit", // either may be meant
	"plan of two scopes": "person",
}

// Each mistake is reported at its cell, in words that say what to type, and the former
// row stays in force. Rows are those of office.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct {
		name    string
		edit    edit
		message string
		inForce string
	}{
		{"cyrillic key", edit{"kpis", 7, "key", "tаlks"},
			"в ключе «tаlks» есть русские буквы («а»): наберите его латиницей, например calls",
			"действует прежняя строка: ключ talks"},
		{"bad key", edit{"kpis", 7, "key", "my talks"},
			"ключ «my talks»: можно латинские буквы, цифры и _, начиная с буквы, до 40 знаков",
			"действует прежняя строка: ключ talks"},
		{"no role", edit{"kpis", 2, "role", nil}, "не указана роль: впишите её, как в соседних строках",
			"действует прежняя строка: роль Аккаунт-специалист"},
		{"no title", edit{"kpis", 7, "title", nil}, "нет названия: впишите, как показатель будет называться в отчётах",
			"действует прежняя строка: название Разговоры"},
		{"same title", edit{"kpis", 7, "title", " звонки"}, "название «звонки» не отличить от «Звонки»: назовите иначе",
			"действует прежняя строка: название Разговоры"},
		{"unknown unit", edit{"kpis", 7, "unit", "килограммы"},
			"«килограммы» не понято: выберите количество, количество с долями, деньги, время, процент",
			"действует прежняя строка: единица количество"},
		{"a slip in a unit", edit{"kpis", 7, "unit", "колличество"},
			"«колличество» не понято: возможно, «количество»?", "действует прежняя строка: единица количество"},
		{"unknown source", edit{"kpis", 7, "source", "почта"},
			"«почта» не понято: выберите ввод, формула, сделки, клиенты, звонки",
			"действует прежняя строка: источник ввод"},
		{"unknown period", edit{"kpis", 7, "period", "год"}, "«год» не понято: выберите день, неделя, месяц",
			"действует прежняя строка: период плана месяц"},
		{"unknown direction", edit{"kpis", 7, "direction", "вбок"},
			"«вбок» не понято: выберите больше — лучше, меньше — лучше",
			"действует прежняя строка: направление больше — лучше"},
		{"plan no number", edit{"kpis", 7, "plan", "много"}, "«много» — не число: введите число",
			"действует прежняя строка: план 760"},
		{"plan error value", edit{"kpis", 7, "plan", &sheets.ErrorValue{Type: "DIVIDE_BY_ZERO"}},
			"в ячейке ошибка формулы #DIV/0!: введите значение", "действует прежняя строка: план 760"},
		{"plan below zero", edit{"kpis", 7, "plan", -5}, "число меньше нуля: −5", "действует прежняя строка: план 760"},
		{"duration too long", edit{"kpis", 8, "plan", 38},
			"38 — не время: введите часы, минуты и секунды, например 38:00:00",
			"действует прежняя строка: план 38:00:00"},
		{"lights", edit{"kpis", 7, "lights", "85:yellow"}, "пороги должны начинаться с 0, а начинаются с 85",
			"действует прежняя строка: светофор 0:red;85:yellow;100:green"},
		{"formula syntax", edit{"kpis", 9, "formula", "talk_time / "},
			"формула не понята с места 11: «/» (дробь пишется через точку: 0.5)",
			"действует прежняя строка: формула talk_time / talks"},
		{"formula unknown key", edit{"kpis", 9, "formula", "talk_time / talk"},
			"в роли нет KPI с ключом «talk»; может быть, «talks»?",
			"действует прежняя строка: формула talk_time / talks"},
		{"formula itself", edit{"kpis", 9, "formula", "avg_talk_time / talks"},
			"формула ссылается на свой же KPI «avg_talk_time»", "действует прежняя строка: формула talk_time / talks"},
		{"formula units", edit{"kpis", 9, "formula", "talks / calls"},
			"формула даёт единицу «percent», а у KPI указана «duration»",
			"действует прежняя строка: формула talk_time / talks"},
		{"weight", edit{"kpis", 7, "weight", "большой"}, "«большой» — не число: введите число от 0 до 1000000",
			"действует прежняя строка: вес в рейтинге 30"},
		{"funnel", edit{"kpis", 7, "funnel", 1.5}, "введите целое число",
			"действует прежняя строка: место в воронке 2"},
		{"required", edit{"kpis", 7, "required", "наверное"}, "«наверное» не понято: поставьте или снимите галочку",
			"действует прежняя строка: обязательный да"},
		{"min above max", edit{"kpis", 7, "min", 900}, "минимум 900 больше максимума 300",
			"действует прежняя строка: не меньше 0"},
		{"date", edit{"kpis", 7, "from", "завтра"}, "«завтра» — не дата: введите, например, 15.05.2026",
			"действует прежняя строка: действует с — пусто"},
		{"date far off", edit{"kpis", 7, "from", 12}, "«12» — не дата: введите, например, 15.05.2026",
			"действует прежняя строка: действует с — пусто"},

		{"no name", edit{"people", 3, "name", nil}, "нет имени: впишите фамилию и имя",
			"действует прежняя строка: имя Петров Пётр"},
		{"e-mail", edit{"people", 3, "email", "petr@"}, "«petr@» — не e-mail: введите, например, ivanova@example.ru",
			"действует прежняя строка: e-mail petr@example.ru"},
		{"person without role", edit{"people", 3, "role", nil}, "не указана роль: выберите из списка",
			"действует прежняя строка: роль sales-rep"},
		{"unknown role", edit{"people", 3, "role", "Сторож"},
			"роли «Сторож» нет на вкладке «Роли и KPI»: выберите из списка или добавьте там её показатели",
			"действует прежняя строка: роль sales-rep"},
		{"left before hired", edit{"people", 2, "left", "01.03.2026"},
			"последний день 01.03.2026 раньше приёма 02.03.2026: исправьте одну из дат",
			"действует прежняя строка: последний день — пусто"},
		{"same e-mail", edit{"people", 4, "email", "PETR@example.ru"},
			"этот e-mail уже есть в строке 3 (Петров Пётр): у каждого должен быть свой",
			"действует прежняя строка: e-mail olga@example.ru"},

		{"plan without date", edit{"plans", 2, "from", nil}, "не указано, с какого дня действует план: впишите дату",
			"действует прежняя строка: действует с 01.05.2026"},
		{"plan of nobody", edit{"plans", 2, "person", "Иванова Нина"},
			"сотрудника «Иванова Нина» нет на вкладке «Сотрудники»: выберите из списка",
			"действует прежняя строка: сотрудник Иванова Анна"},
		{"plan of two scopes", edit{"plans", 2, "team", "Север"},
			"указано сразу несколько адресатов: оставьте что-то одно — сотрудника, роль или команду",
			"действует прежняя строка: команда — пусто"},
		{"plan of an unknown team", edit{"plans", 4, "team", "Восток"},
			"команды «Восток» нет на вкладках «Сотрудники» и «Команды»: выберите из списка",
			"действует прежняя строка: команда юг"},
		{"plan of an unknown role", edit{"plans", 3, "role", "Сторож"},
			"роли «Сторож» нет на вкладке «Роли и KPI»: выберите из списка", "действует прежняя строка: роль — пусто"},
		{"plan of an unknown KPI", edit{"plans", 2, "kpi", "Выручка"}, "показателя «Выручка» здесь нет: есть Звонки, " +
			"Разговоры, Время в разговоре, Средний разговор, Лиды, Доля разговоров, Конверсия в лид",
			"действует прежняя строка: показатель Звонки"},
		{"plan without KPI", edit{"plans", 2, "kpi", nil}, "не указан показатель: выберите из списка",
			"действует прежняя строка: показатель Звонки"},
		{"plan without plan", edit{"plans", 2, "plan", nil}, "не указан план: введите число",
			"действует прежняя строка: план 950"},
		{"plan in words", edit{"plans", 2, "plan", "тысяча"}, "«тысяча» — не число: введите число",
			"действует прежняя строка: план 950"},

		{"day kind", edit{"calendar", 2, "kind", "странный"},
			"«странный» не понято: выберите выходной, рабочий, короткий, праздник, рабочая суббота, предпраздничный",
			"действует прежняя строка: какой день Выходной"},
		{"day without kind", edit{"calendar", 2, "kind", nil}, "не указано, какой это день: выберите из списка",
			"действует прежняя строка: какой день Выходной"},
		{"day that is none", edit{"calendar", 2, "date", "31.02.2026"},
			"«31.02.2026» — не дата: введите, например, 15.05.2026", "действует прежняя строка: дата 30.12.2026"},

		{"absence of nobody", edit{"absences", 2, "person", "кто-то"},
			"сотрудника «кто-то» нет на вкладке «Сотрудники»: выберите из списка",
			"действует прежняя строка: сотрудник petr@example.ru"},
		{"absence backwards", edit{"absences", 2, "to", "30.06.2026"},
			"последний день 30.06.2026 раньше первого 01.07.2026: исправьте одну из дат",
			"действует прежняя строка: по 14.07.2026"},
		{"absence without end", edit{"absences", 2, "to", nil}, "не указан последний день отсутствия: впишите дату, " +
			"её потом можно исправить (без даты может быть только больничный)",
			"действует прежняя строка: по 14.07.2026"},
		{"absence too long", edit{"absences", 2, "to", "30.06.2062"}, "отсутствие длиннее трёх лет: проверьте даты",
			"действует прежняя строка: по 14.07.2026"},
		{"absence kind", edit{"absences", 2, "kind", "прогул"},
			"«прогул» не понято: выберите отпуск, больничный, отгул, командировка, обучение",
			"действует прежняя строка: вид Отпуск"},

		{"unlock of nobody", edit{"unlocks", 2, "person", "кто-то"},
			"сотрудника «кто-то» нет на вкладке «Сотрудники»: выберите из списка",
			"действует прежняя строка: сотрудник anna@example.ru"},
		{"unlock backwards", edit{"unlocks", 2, "to", "31.05.2026"},
			"последний день 31.05.2026 раньше первого 01.06.2026: исправьте одну из дат",
			"действует прежняя строка: дни по 05.06.2026"},
		{"unlock without end", edit{"unlocks", 2, "until", nil}, "не указано, до какого дня открыто: впишите дату",
			"действует прежняя строка: открыто до 20.06.2026"},

		{"zone", edit{"settings", 3, "value", "Луна"},
			"часовой пояс «Луна» не найден: напишите как Europe/Moscow или Asia/Yekaterinburg",
			"действует прежнее значение: Europe/Moscow"},
		{"country", edit{"settings", 4, "value", "Марс"}, "«Марс» не понято: выберите Россия, Беларусь, Казахстан, нет",
			"действует прежнее значение: Россия"},
		{"deadline", edit{"settings", 5, "value", "вечером"}, "«вечером» — не время суток: введите, например, 19:00",
			"действует прежнее значение: 19:00"},
		{"grace", edit{"settings", 6, "value", 1000}, "введите число от 0 до 60", "действует прежнее значение: 3"},
		{"kinds", edit{"settings", 9, "value", "командировка, прогул"},
			"«прогул» не понято: перечислите через запятую отпуск, больничный, отгул, командировка, обучение",
			"действует прежнее значение: командировка, обучение"},
		{"ramp", edit{"settings", 10, "value", "сначала половина"},
			"«сначала» не подходит: перечислите проценты через точку с запятой, например 50%; 75%",
			"действует прежнее значение: пусто"},
		{"share", edit{"settings", 11, "value", "500%"}, "«500%» не подходит: введите процент от 0 % до 100 %",
			"действует прежнее значение: 20 %"},
		{"red below yellow", edit{"settings", 14, "value", 1.2},
			"порог красного (1,2) меньше порога жёлтого (1,5): исправьте один из них", "действует прежнее значение: 2"},
		{"large below small", edit{"settings", settingRow("large_deal"), "value", 20_000},
			"крупные сделки начинаются (20 000 ₽) раньше, чем кончаются мелкие (30 000 ₽): исправьте одну из границ",
			"действует прежнее значение: 150 000 ₽"},
		{"cost of telephony", edit{"settings", settingRow("phone_cost"), "value", "дорого"},
			"«дорого» — не число: введите число", "действует прежнее значение: пусто"},
		{"cycle without a start", edit{"people", 3, "schedule", "2/2"},
			"у графика 2/2 нет даты: впишите первый день смены, например 2/2 с 01.05.2026",
			"действует прежняя строка: график — пусто"},
		{"schedule", edit{"people", 3, "schedule", "как придётся"},
			"график «как придётся» не понят: впишите 5/2, 6/1, 2/2 с 01.05.2026 или дни: пн, ср, пт",
			"действует прежняя строка: график — пусто"},
		{"cost below zero", edit{"people", 2, "cost", -5}, "число меньше нуля: −5 ₽",
			"действует прежняя строка: затраты в месяц 95 000 ₽"},
		{"threshold of talks", edit{"settings", settingRow("talk_threshold"), "value", 5000},
			"введите число от 0 до 600", "действует прежнее значение: 15"},
		{"zones of telephony", edit{"settings", settingRow("call_zones"), "value", "мегафон"},
			"«мегафон» не понято: пишите источник и пояс, например скорозвон: UTC; mango: Europe/Moscow",
			"действует прежнее значение: скорозвон: UTC"},
		{"lost before at risk", edit{"settings", settingRow("lost_days"), "value", 20},
			"«потерян» (20) наступает раньше, чем «под угрозой» (30): исправьте один из порогов",
			"действует прежнее значение: 90"},
		{"rating", edit{"settings", 15, "value", "по росту"},
			"«по росту» не понято: выберите по баллам, по сумме, по количеству, по темпу",
			"действует прежнее значение: по баллам"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if testing.Short() && !strings.HasPrefix(tc.name, "no ") {
				t.Skip("it runs without -short")
			}
			d := office(t)
			valid := d.read(nil)
			if len(valid.Problems) > 0 {
				t.Fatalf("%+v", valid.Problems)
			}
			d.set(tc.edit.tab, tc.edit.row, tc.edit.key, tc.edit.v)
			res := d.read(through(t, valid.Snapshot))
			var all []string
			for _, p := range res.Problems {
				all = append(all, fmt.Sprintf("%s %s %d %s: %s [%s]", p.Severity, p.Tab, p.Row+1, p.Column, p.Message,
					p.InForce))
			}
			want := fmt.Sprintf("error %s %d %s: %s [%s]", tc.edit.tab, tc.edit.row,
				cmp.Or(shownAt[tc.name], tc.edit.key), tc.message, tc.inForce)
			if len(all) == 0 || strings.ReplaceAll(all[0], "\u00a0", " ") != want {
				t.Errorf("got  %s\nwant %s", strings.Join(all, "\n     "), want)
			}
			if t.Failed() {
				return
			}
			inEnglish(t, d, valid)
			// What was in force stays so, now and at the next run.
			if diff := sameDepartment(valid, res); diff != "" {
				t.Error(diff)
			}
			if diff := sameDepartment(valid, d.read(through(t, res.Snapshot))); diff != "" {
				t.Error(diff)
			}
			// After the correction nothing is left of it; a former value undoes it, too.
			d.set(tc.edit.tab, tc.edit.row, tc.edit.key, d.former(t, tc.edit))
			if mended := d.read(through(t, res.Snapshot)); len(mended.Problems) > 0 {
				t.Errorf("after mending: %+v", mended.Problems)
			}
		})
	}
}

// inEnglish checks the same mistakes in English, in full.
func inEnglish(t *testing.T, d desk, valid *control.Result) {
	t.Helper()
	en, err := control.Read(d.s, &valid.Snapshot, words.EN, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	ru, err := control.Read(d.s, &valid.Snapshot, words.RU, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if len(en.Problems) != len(ru.Problems) {
		t.Errorf("%d problems in English, %d in Russian", len(en.Problems), len(ru.Problems))
	}
	for i, p := range en.Problems {
		if strings.Contains(p.Message+p.InForce, "%!") || strings.Contains(ru.Problems[i].Message, "%!") ||
			p.Message == ru.Problems[i].Message || p.InForce == "" {
			t.Errorf("%q [%q]", p.Message, p.InForce)
		}
	}
}

// settingRow returns the row of a setting in a new tab.
func settingRow(key string) int {
	return 2 + slices.IndexFunc(templates.BuiltinSettings(), func(s templates.Setting) bool { return s.Key == key })
}

// Bounds of deals may be left out, one or both.
func TestBoundsOfDealsMayBeEmpty(t *testing.T) {
	for key, want := range map[string][2]float64{"small_deal": {0, 150_000}, "large_deal": {30_000, 0}} {
		d := office(t)
		d.set("settings", settingRow(key), "value", nil)
		res := d.read(nil)
		s := res.Department.Settings
		if len(res.Problems) > 0 || s.SmallDeal != want[0] || s.LargeDeal != want[1] {
			t.Errorf("%s: %v, %v, %+v", key, s.SmallDeal, s.LargeDeal, res.Problems)
		}
	}
}

// Without a former version a wrong row does not hold, and a wrong setting has its
// default.
func TestMistakesWithoutAFormerVersion(t *testing.T) {
	d := office(t)
	d.set("kpis", 7, "plan", "много")
	d.set("settings", 5, "value", "вечером")
	d.set("settings", 6, "value", nil)
	d.set("settings", 13, "value", 3.0)
	d.set("settings", 14, "value", 2.5)
	res := d.read(nil)
	for _, want := range []string{
		"«много» — не число: введите число [строка не действует]",
		"«вечером» — не время суток: введите, например, 19:00 [действует обычное значение: 19:00]",
		"значение не задано: действует обычное — 3 []",
		"порог красного (2,5) меньше порога жёлтого (3): исправьте один из них [действует обычное значение: 2]",
	} {
		if !strings.Contains(problems(res), want+"\n") {
			t.Errorf("no %q in\n%s", want, problems(res))
		}
	}
	s := res.Department.Settings
	if s.Deadline != 19*time.Hour || s.GraceDays != 3 || s.CatchUpYellow > s.CatchUpRed {
		t.Errorf("%+v", s)
	}
}

// The titles of one's own templates mean their keys.
func TestRolesOfOwnTemplates(t *testing.T) {
	roles, err := templates.Load(fstest.MapFS{"closer.yaml": {Data: []byte("key: closer\ntitle: {ru: Клоузер, en: " +
		"Closer}\nkpis:\n  - {key: won, title: {ru: Закрыто, en: Won}, unit: count, plan: 10}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	d := desk{t, sheetOf(control.Layout(control.LayoutInput{Seed: roles, Lang: words.RU, Zone: "Asia/Omsk"}))}
	reqs, _, _, err := control.AddPeople(d.s,
		[]control.PersonRow{{Name: "Анна", Email: "a@example.ru", Role: "closer"}}, words.RU, roles)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(reqs)
	res, err := control.Read(d.s, nil, words.RU, roles)
	if err != nil || len(res.Problems) > 0 {
		t.Fatal(err, problems(res))
	}
	if dep := res.Department; len(dep.Roles) != 1 || dep.Roles[0].Key != "closer" || dep.People[0].Role != "closer" ||
		dep.Settings.Zone.String() != "Asia/Omsk" {
		t.Errorf("%+v", dep)
	}
	if d.get("people", 2, "role") != "Клоузер" {
		t.Error("the role is not shown by its title")
	}
}

// former returns the value of a cell in an untouched office.
func (d desk) former(t *testing.T, e edit) any { return office(t).get(e.tab, e.row, e.key) }

func sameDepartment(a, b *control.Result) string { return diff(a.Department, b.Department) }
