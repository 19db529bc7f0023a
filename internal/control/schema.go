package control

import (
	"slices"

	"svodka/internal/words"
)

// kind says what a column holds: how to show, check and format a value.
type kind uint8

const (
	asText kind = iota
	asDate
	asFigure // in the unit of the row's KPI
	asNumber
	asMoney
	asFlag
)

// column is a column of a tab as the product defines it.
type column struct {
	key    string
	title  ruEN
	help   ruEN
	width  int
	kind   kind
	wrap   bool
	hidden bool
	owned  bool       // written by the worker
	text   bool       // formatted as text: 5/2 must not become a date
	later  bool       // new in a later version: a spreadsheet of an earlier one lacks it
	vocab  vocabulary // choices
	from   string     // the column with the choices: "tab/column"
	strict bool       // with from: only these are accepted
	check  checkKind
}

// ruEN is a text in Russian and English.
type ruEN [2]string

func (w ruEN) in(l words.Lang) string { return l.T(w[0], w[1]) }

// checkKind is a validation that is neither a choice nor implied by the kind.
type checkKind uint8

const (
	noCheck checkKind = iota
	checkEmail
	checkPositive
	checkFunnel
)

// tab is a tab as the product defines it.
type tab struct {
	key     string
	title   ruEN
	help    ruEN
	color   string
	columns []column
}

func (t *tab) column(key string) *column {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.key == key })
	if i < 0 {
		return nil
	}
	return &t.columns[i]
}

func tabOf(key string) *tab { return &schema[tabIndex(key)] }

func tabIndex(key string) int {
	i := slices.IndexFunc(schema, func(t tab) bool { return t.key == key })
	if i < 0 {
		return len(schema) - 1
	}
	return i
}

// schema lists the tabs that ops write, in their order.
var schema = []tab{
	{
		key: TabKPIs, title: ruEN{"Роли и KPI", "Roles and KPIs"}, color: "#1F3A5F",
		help: ruEN{
			"Одна строка — один показатель одной роли. Порядок строк — порядок колонок в отчёте сотрудника. Новая " +
				"роль появляется, когда её название впервые написано в колонке «Роль». Лучше 2–5 показателей на " +
				"роль, которые вводят руками.",
			"One row is one KPI of one role. The order of rows is the order of columns in a person's report. A new " +
				"role appears when its name is first written in the column Role. 2 to 5 typed KPIs per role are best."},
		columns: []column{
			statusColumn(180),
			{key: "role", title: ruEN{"Роль", "Role"}, width: 322, from: "kpis/role",
				help: ruEN{"Должность, к которой относится показатель.", "The job that the KPI belongs to."}},
			{key: "key", title: ruEN{"Ключ", "Key"}, width: 104,
				help: ruEN{
					"Имя показателя для формул: латинские буквы, цифры и _, например calls. Под ним хранятся цифры, " +
						"поэтому потом не меняйте его.",
					"Name of the KPI in formulas: latin letters, digits and _, such as calls. Figures are kept under " +
						"it, so do not change it later."}},
			{key: "title", title: ruEN{"Название", "Title"}, width: 200,
				help: ruEN{"Так показатель называется в отчётах. Можно менять когда угодно.",
					"What the KPI is called in the reports. May be changed at any time."}},
			{key: "unit", title: ruEN{"Единица", "Unit"}, width: 120, vocab: units,
				help: ruEN{"В чём измеряется: количество, деньги (рубли), время (1:30:00), процент.",
					"What it is counted in: count, money (roubles), time (1:30:00), percent."}},
			{key: "source", title: ruEN{"Источник", "Source"}, width: 100, vocab: sources,
				help: ruEN{
					"Откуда цифры: ввод — сотрудник пишет сам; формула — считается из других показателей роли; " +
						"сделки и клиенты — из одноимённых вкладок сотрудника; звонки — из телефонии.",
					"Where figures come from: typed — by the person; formula — from other KPIs of the role; deals " +
						"and clients — from the person's tabs of those names; calls — from telephony."}},
			{key: "formula", title: ruEN{"Формула", "Formula"}, width: 210,
				help: ruEN{
					"Из ключей этой роли: revenue / deals. Можно + - * / ( ), числа, min, max, round. Для сделок и " +
						"клиентов: count, sum, buyers, repeat_buyers, repeat_count, repeat_sum, start_clients, " +
						"kept_clients. Для звонков: calls, outgoing, incoming, answered, missed, talks, talk_time, " +
						"success, cost; у вводимого показателя такое имя включает сверку с телефонией.",
					"Of keys of this role: revenue / deals. + - * / ( ), numbers, min, max, round. For deals and " +
						"clients: count, sum, buyers, repeat_buyers, repeat_count, repeat_sum, start_clients, " +
						"kept_clients. For calls: calls, outgoing, incoming, answered, missed, talks, talk_time, " +
						"success, cost; with a typed KPI such a name turns on its reconciliation with telephony."}},
			{key: "plan", title: ruEN{"План", "Plan"}, width: 100, kind: asFigure,
				help: ruEN{
					"План на одного человека. Пусто — план не задан. Для времени: 38:00:00, для процента: 25%. " +
						"Другой план человеку, роли или команде — на вкладке «Планы».",
					"Plan of one person. Empty — no plan is set. Time: 38:00:00, percent: 25%. Another plan for a " +
						"person, role or team goes to the tab Plans."}},
			{key: "period", title: ruEN{"Период плана", "Plan period"}, width: 116, vocab: periods,
				help: ruEN{"На какой срок план: день, неделя или месяц. Пусто — месяц.",
					"What the plan is for: day, week or month. Empty — month."}},
			{key: "direction", title: ruEN{"Направление", "Direction"}, width: 150, vocab: directions,
				help: ruEN{"Пусто — больше, значит лучше.", "Empty — higher is better."}},
			{key: "lights", title: ruEN{"Светофор", "Lights"}, width: 190,
				help: ruEN{
					"С какого процента темпа какой цвет: 0:red;85:yellow;100:green. Первый порог — 0. Пусто — как в " +
						"примере.",
					"From which percent of pace which colour: 0:red;85:yellow;100:green. The first bound is 0. Empty " +
						"— as in the example."}},
			{key: "weight", title: ruEN{"Вес в рейтинге", "Weight in rating"}, width: 90, kind: asNumber,
				check: checkPositive,
				help: ruEN{"Доля в рейтинге, в любых единицах. Пусто или 0 — в рейтинге не участвует.",
					"Share in the rating, on any scale. Empty or 0 — not rated."}},
			{key: "funnel", title: ruEN{"Место в воронке", "Funnel position"}, width: 90, kind: asNumber,
				check: checkFunnel,
				help: ruEN{"Номер шага воронки: 1, 2, 3… Пусто — не шаг воронки.",
					"Number of the funnel step: 1, 2, 3… Empty — no step."}},
			{key: "required", title: ruEN{"Обязательный", "Required"}, width: 120, kind: asFlag,
				help: ruEN{"С галочкой: без этой цифры отчёт за день не считается сданным.",
					"Ticked: without this figure a day is not reported."}},
			{key: "min", title: ruEN{"Не меньше", "Minimum"}, width: 90, kind: asFigure,
				help: ruEN{"Цифра дня меньше этой вернётся сотруднику как ошибка.",
					"A day's figure below this is returned to the person as a mistake."}},
			{key: "max", title: ruEN{"Не больше", "Maximum"}, width: 90, kind: asFigure,
				help: ruEN{"Цифра дня больше этой вернётся сотруднику как ошибка.",
					"A day's figure above this is returned to the person as a mistake."}},
			{key: "from", title: ruEN{"Действует с", "Active from"}, width: 100, kind: asDate,
				help: ruEN{"Первый день, когда показатель измеряют. Пусто — всегда.",
					"The first day on which it is measured. Empty — always."}},
			{key: "to", title: ruEN{"Действует по", "Active to"}, width: 100, kind: asDate,
				help: ruEN{"Последний день. Чтобы убрать показатель, не теряя цифр, впишите дату.",
					"The last day. To retire a KPI without losing figures, type a date."}},
		},
	},
	{
		key: TabPeople, title: ruEN{"Сотрудники", "People"}, color: "#2F6F4F",
		help: ruEN{
			"Одна строка — один сотрудник. Впишите имя, e-mail и роль: таблица для отчётов появится сама. " +
				"Кто уволился, тому впишите дату ухода; строку можно не удалять.",
			"One row is one person. Type name, e-mail and role: the report spreadsheet makes itself. " +
				"For a leaver type the last day; the row may stay."},
		columns: []column{
			statusColumn(220),
			{key: "name", title: ruEN{"Имя", "Name"}, width: 200,
				help: ruEN{"Фамилия и имя, как в отчётах.", "As in the reports."}},
			{key: "email", title: ruEN{"E-mail", "E-mail"}, width: 240, check: checkEmail,
				help: ruEN{"Google-аккаунт, которому откроется таблица. Без него таблицу не с кем разделить.",
					"The Google account that the spreadsheet is shared with."}},
			{key: "role", title: ruEN{"Роль", "Role"}, width: 322, from: "kpis/role", strict: true,
				help: ruEN{"Из списка ролей вкладки «Роли и KPI».", "One of the roles of the tab Roles and KPIs."}},
			{key: "team", title: ruEN{"Команда", "Team"}, width: 130, from: "teams/name",
				help: ruEN{
					"Необязательно: в сводке будут итоги по командам. Переход считается с того дня, когда его " +
						"увидела программа, или с указанного: Север с 01.12. Руководители и подчинённость — на " +
						"вкладке «Команды».",
					"Optional: the summary will have totals per team. A move counts from the day on which the " +
						"program saw it, or from the one that you type: North from 2026-12-01. Leads, and what a " +
						"team is part of, go to the tab Teams."}},
			{key: "schedule", title: ruEN{"График", "Schedule"}, width: 150, later: true, text: true,
				help: ruEN{
					"Пусто — 5/2 по производственному календарю. Ещё: 6/1; сменный 2/2 с 01.05.2026 (первый день " +
						"смены; праздники не в счёт); дни недели: пн, ср, пт; часть ставки: 5/2 0,5 — план " +
						"умножается на неё. Смена графика: 5/2; 2/2 с 01.05.2026.",
					"Empty — 5/2 by the production calendar. Also: 6/1; rotating 2/2 from 2026-05-01 (first day of a " +
						"shift; holidays do not matter); days of the week: Mon, Wed, Fri; part time: 5/2 0.5 — plans " +
						"are multiplied by it. A change: 5/2; 2/2 from 2026-05-01."}},
			{key: "hired", title: ruEN{"Принят", "Hired"}, width: 100, kind: asDate,
				help: ruEN{"Первый рабочий день. Пусто — работает давно.",
					"First day at work. Empty — has long been here."}},
			{key: "left", title: ruEN{"Последний день", "Last day"}, width: 110, kind: asDate,
				help: ruEN{"Последний рабочий день. Пусто — работает.", "Last day at work. Empty — still here."}},
			{key: "aliases", title: ruEN{"Имена в телефонии", "Names in telephony"}, width: 170,
				help: ruEN{"Внутренние номера и имена в телефонии через запятую. Номер одной из " +
					"телефоний: mango:105.", "Extensions and names in telephony, separated by commas. A number of " +
					"one telephony: mango:105."}},
			{key: "notify", title: ruEN{"Куда напоминать", "Remind at"}, width: 170, later: true,
				help: ruEN{
					"Номер чата в Telegram или e-mail. Пусто — на e-mail из этой строки, «нет» — не напоминать.",
					"A Telegram chat or an e-mail. Empty — at the e-mail of this row, none — no reminders."}},
			{key: "cost", title: ruEN{"Затраты в месяц", "Monthly cost"}, width: 120, kind: asMoney,
				check: checkPositive, later: true,
				help: ruEN{
					"Во что сотрудник обходится за месяц, ₽: зарплата с налогами, рабочее место. Нужно, чтобы сводка " +
						"считала, сколько стоят звонок, лид и сделка. Пусто — не считать.",
					"What the person costs a month, ₽: pay with taxes, the workplace. For the summary to tell what a " +
						"call, a lead and a deal cost. Empty — it does not."}},
			{key: "before", title: ruEN{"Прежние роли", "Earlier roles"}, width: 220, owned: true,
				help: ruEN{
					"Заполняет программа, когда меняется роль: какая роль была и по какой день. Дату можно " +
						"исправить; если роль была вписана по ошибке, сотрите. Например: Специалист по холодным " +
						"звонкам по 14.11.2026.",
					"Written by the program when the role changes: which role there was, and to which day. The date " +
						"may be corrected; delete a role that was typed by mistake. For example: Cold caller to " +
						"2026-11-14."}},
			{key: "moves", title: ruEN{"Прежние команды", "Earlier teams"}, width: 160, owned: true,
				help: ruEN{
					"Заполняет программа, когда меняется команда: в какой команде сотрудник был и по какой день. " +
						"Цифры этих дней остаются за ней. Дату можно исправить, ошибочное — стереть. Например: Юг по " +
						"30.11.2026.",
					"Written by the program when the team changes: which team the person was in, and to which day. " +
						"The figures of those days stay with it. The date may be corrected; delete what is wrong. " +
						"For example: South to 2026-11-30."}},
			{key: "link", title: ruEN{"Таблица", "Spreadsheet"}, width: 110, owned: true,
				help: ruEN{
					"Заполняет программа: ссылка на таблицу сотрудника. Если вставить сюда ссылку на свою таблицу, " +
						"отчёт будет в ней.",
					"Written by the program: link to the person's spreadsheet. Paste the link of a spreadsheet of " +
						"yours to have the report there."}},
			{key: "id", title: ruEN{"Код", "ID"}, width: 80, owned: true, hidden: true,
				help: ruEN{
					"Заполняет программа: по этому коду она узнаёт сотрудника после переименования. Не меняйте.",
					"Written by the program: it knows the person by it after a renaming. Do not change."}},
			{key: "entered", title: ruEN{"На учёте с", "Counted since"}, width: 110, owned: true, hidden: true,
				help: ruEN{
					"Заполняет программа: день, когда сотрудника вписали сюда, и когда его не было. Раньше этого дня " +
						"от него ничего не ждут, если нет более ранних цифр. Не меняйте.",
					"Written by the program: the day on which the person was typed here, and when they were gone. " +
						"Before it nothing is expected of them, unless there are earlier figures. Do not change."}},
		},
	},
	{
		key: TabTeams, title: ruEN{"Команды", "Teams"}, color: "#1F6F78",
		help: ruEN{
			"Необязательно. Одна строка — одна команда: во что она входит и кто ею руководит. Сотрудники попадают " +
				"в неё через колонку «Команда» вкладки «Сотрудники».",
			"Optional. One row is one team: what it is part of and who leads it. People are put into it by the " +
				"column Team of the tab People."},
		columns: []column{
			{key: "name", title: ruEN{"Команда", "Team"}, width: 200,
				help: ruEN{"Название, как на вкладке «Сотрудники». Переименовать можно в любой день.",
					"The name, as on the tab People. It may be changed on any day."}},
			{key: "part", title: ruEN{"Входит в", "Part of"}, width: 200, from: "teams/name",
				help: ruEN{"Команда, частью которой она является, например дивизион. Пусто — ни во что не входит.",
					"The team that it is part of, such as a division. Empty — of no other."}},
			{key: "leads", title: ruEN{"Руководители", "Leads"}, width: 260,
				help: ruEN{"E-mail руководителя; нескольких — через запятую.",
					"E-mail of the lead; several separated by commas."}},
			{key: "link", title: ruEN{"Сводка", "Summary"}, width: 110, owned: true,
				help: ruEN{"Заполняет программа: ссылка на сводку команды.",
					"Written by the program: link to the team's summary."}},
			statusColumn(360),
			{key: "id", title: ruEN{"Код", "ID"}, width: 80, owned: true, hidden: true,
				help: ruEN{
					"Заполняет программа: по этому коду она узнаёт команду после переименования. Не меняйте.",
					"Written by the program: it knows the team by it after a renaming. Do not change."}},
		},
	},
	{
		key: TabPlans, title: ruEN{"Планы", "Plans"}, color: "#8A6D1B",
		help: ruEN{
			"Планы, которые отличаются от вкладки «Роли и KPI». Строка действует с указанного дня, пока её не сменит " +
				"следующая. Кому: впишите что-то одно — сотрудника, роль или команду; всё пусто — всем. Планы " +
				"закрытых периодов не меняются.",
			"Plans that differ from the tab Roles and KPIs. A row holds from its day until the next one. " +
				"For whom: one of person, role, team; none — everybody. Plans of closed periods do not change."},
		columns: []column{
			{key: "from", title: ruEN{"Действует с", "From"}, width: 110, kind: asDate,
				help: ruEN{"Первый день нового плана.", "The first day of the new plan."}},
			{key: "person", title: ruEN{"Сотрудник", "Person"}, width: 200, from: "people/name",
				help: ruEN{"Имя или e-mail с вкладки «Сотрудники».", "Name or e-mail from the tab People."}},
			{key: "role", title: ruEN{"Роль", "Role"}, width: 250, from: "kpis/role",
				help: ruEN{"План для всех с этой ролью.", "A plan for everybody of this role."}},
			{key: "team", title: ruEN{"Команда", "Team"}, width: 120, from: "people/team",
				help: ruEN{"План для каждого в этой команде.", "A plan for each one in this team."}},
			{key: "kpi", title: ruEN{"Показатель", "KPI"}, width: 220, from: "kpis/title",
				help: ruEN{"Название или ключ показателя.", "Title or key of the KPI."}},
			{key: "plan", title: ruEN{"План", "Plan"}, width: 110, kind: asFigure,
				help: ruEN{"План на одного человека, в единицах показателя.",
					"Plan of one person, in the unit of the KPI."}},
			{key: "period", title: ruEN{"Период плана", "Plan period"}, width: 110, vocab: periods,
				help: ruEN{"день, неделя или месяц; пусто — как у показателя.",
					"day, week or month; empty — as the KPI has it."}},
			statusColumn(360),
		},
	},
	{
		key: TabCalendar, title: ruEN{"Календарь", "Calendar"}, color: "#6B4E8A",
		help: ruEN{
			"Дни, которые у компании не такие, как в производственном календаре. Календари России 2017–2027, " +
				"Беларуси и Казахстана 2024–2027 уже встроены: праздники, переносы и сокращённые дни вписывать не " +
				"нужно. Например, 30.12.%d — выходной.",
			"Days that differ from the production calendar. Those of Russia 2017–2027, Belarus and Kazakhstan " +
				"2024–2027 are built in: holidays, transfers and short days need not be typed. For example, %d-12-30 " +
				"— day off."},
		columns: []column{
			{key: "date", title: ruEN{"Дата", "Date"}, width: 110, kind: asDate,
				help: ruEN{"Один день.", "One day."}},
			{key: "kind", title: ruEN{"Какой день", "Kind of day"}, width: 130, vocab: dayKinds,
				help: ruEN{
					"Дни компании, для всех: выходной, рабочий, короткий. Дни производственного календаря, которого " +
						"ещё нет в программе: праздник (и перенесённый выходной), рабочая суббота, предпраздничный — " +
						"для тех, кто работает по нему.",
					"Days of the company, for everybody: day off, working, short. Days of a production calendar that " +
						"the program lacks: holiday (and transferred day off), working Saturday, pre-holiday: for " +
						"those who work by it."}},
			{key: "comment", title: ruEN{"Пояснение", "Comment"}, width: 260,
				help: ruEN{"Для себя: на расчёты не влияет.", "For yourself: changes nothing."}},
			statusColumn(360),
		},
	},
	{
		key: TabAbsences, title: ruEN{"Отсутствия", "Absences"}, color: "#8A4B2A",
		help: ruEN{
			"Отпуска, больничные и другие дни, когда отчёт не ждут. План месяца уменьшается на эти дни, кроме видов " +
				"из параметра «План не уменьшают».",
			"Vacations, sick leave and other days without a report. They reduce the month's plan, except for the " +
				"kinds of the setting Plan kept during."},
		columns: []column{
			{key: "person", title: ruEN{"Сотрудник", "Person"}, width: 200, from: "people/name",
				help: ruEN{"Имя или e-mail с вкладки «Сотрудники».", "Name or e-mail from the tab People."}},
			{key: "from", title: ruEN{"С", "From"}, width: 110, kind: asDate,
				help: ruEN{"Первый день отсутствия.", "First day away."}},
			{key: "to", title: ruEN{"По", "To"}, width: 110, kind: asDate,
				help: ruEN{
					"Последний день отсутствия, включительно. У больничного можно не указывать, пока он не " +
						"закрыт.", "Last day away, inclusive. Sick leave may have none until it is over."}},
			{key: "kind", title: ruEN{"Вид", "Kind"}, width: 140, vocab: absenceKinds,
				help: ruEN{"отпуск, больничный, отгул, командировка или обучение.",
					"vacation, sick leave, day off, business trip or training."}},
			{key: "comment", title: ruEN{"Пояснение", "Comment"}, width: 240,
				help: ruEN{"Для себя: на расчёты не влияет.", "For yourself: changes nothing."}},
			statusColumn(360),
		},
	},
	{
		key: TabUnlocks, title: ruEN{"Разблокировки", "Unlocks"}, color: "#8A2A4B",
		help: ruEN{
			"Кому можно исправлять дни, которые уже закрыты для учёта (параметр «Дней на исправление»). Пока строка " +
				"действует, правки этих дней считаются, в том числе сделанные до неё, и закрытые периоды " +
				"исправляются. Все правки видны директору на вкладке «Правки».",
			"Who may correct days that are locked for counting already (the setting Days to correct). While a row is " +
				"in force, edits of these days count, those made before it too, and closed periods are mended. The " +
				"director sees all edits in the tab Late edits."},
		columns: []column{
			{key: "person", title: ruEN{"Сотрудник", "Person"}, width: 200, from: "people/name",
				help: ruEN{"Имя или e-mail с вкладки «Сотрудники».", "Name or e-mail from the tab People."}},
			{key: "from", title: ruEN{"Дни с", "Days from"}, width: 110, kind: asDate,
				help: ruEN{"Первый день, который можно исправить.", "The first day that may be corrected."}},
			{key: "to", title: ruEN{"Дни по", "Days to"}, width: 110, kind: asDate,
				help: ruEN{"Последний день, который можно исправить, включительно.",
					"The last day that may be corrected, inclusive."}},
			{key: "until", title: ruEN{"Открыто до", "Open until"}, width: 110, kind: asDate,
				help: ruEN{
					"По какой день сотрудник успевает исправить. После него дни снова закрыты, сделанное " +
						"остаётся.", "The day until which the person may do it. After it the days are locked again; " +
						"what was done stays."}},
			{key: "comment", title: ruEN{"Пояснение", "Comment"}, width: 240,
				help: ruEN{"Для себя: на расчёты не влияет.", "For yourself: changes nothing."}},
			statusColumn(360),
		},
	},
	{
		key: TabSettings, title: ruEN{"Параметры", "Settings"}, color: "#4A5568",
		help: ruEN{
			"Меняйте значения в колонке «Значение»; что они значат, написано рядом.",
			"Change the values in the column Value; what they mean stands beside."},
		columns: []column{
			{key: "name", title: ruEN{"Параметр", "Setting"}, width: 280, owned: true,
				help: ruEN{"Заполняет программа.", "Written by the program."}},
			{key: "value", title: ruEN{"Значение", "Value"}, width: 200,
				help: ruEN{"Впишите своё.", "Type your own."}},
			statusColumn(260),
			{key: "help", title: ruEN{"Что это", "What it is"}, width: 560, owned: true, wrap: true,
				help: ruEN{"Заполняет программа.", "Written by the program."}},
			{key: "key", title: ruEN{"Ключ", "Key"}, width: 120, owned: true, hidden: true,
				help: ruEN{"Заполняет программа: по ключу она узнаёт параметр. Не меняйте.",
					"Written by the program: it knows the setting by it. Do not change."}},
		},
	},
}

// checksTab is the tab that the worker owns.
var checksTab = ruEN{"Проверка", "Checks"}
