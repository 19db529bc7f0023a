package control

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// Change is one thing that an edit of the control spreadsheet changes.
type Change struct {
	Text string // for ops, in the language of the sheets
	// People are those whose spreadsheets change, as far as the edit alone shows; Made
	// are those who get one.
	People, Made []department.PersonID
}

// Changes returns the differences between two versions of the rows in force, as people
// will see them: in the order of the tabs, the same for the same two.
func Changes(was, now *Snapshot, today calendar.Date, lang words.Lang, known []templates.Role) []Change {
	c := &comparison{lang: lang, today: today, was: InForce(was, lang, known), now: InForce(now, lang, known)}
	c.swaps(SwapOf(was, now))
	c.roles()
	c.people()
	c.teams()
	c.plans()
	c.calendar()
	c.absences()
	c.settings(was.Tabs[TabSettings], now.Tabs[TabSettings])
	return c.out
}

// comparison compares two departments.
type comparison struct {
	lang     words.Lang
	today    calendar.Date
	was, now department.Department
	out      []Change
}

func (c *comparison) say(people []department.PersonID, ru, en string, args ...any) {
	c.out = append(c.out, Change{Text: fmt.Sprintf(c.lang.T(ru, en), args...), People: people})
}

// having returns the people at work who meet a condition.
func (c *comparison) having(is func(department.Person) bool) []department.PersonID {
	var out []department.PersonID
	for _, p := range c.now.People {
		if p.Employed(c.today) && is(p) {
			out = append(out, p.ID)
		}
	}
	return out
}

func (c *comparison) roles() {
	for _, r := range c.now.Roles {
		people := c.having(func(p department.Person) bool { return p.Role == r.Key })
		old, ok := c.was.Role(r.Key)
		if !ok {
			c.say(nil, "Новая роль «%s»: показателей — %d", "New role “%s” with %d KPIs", r.Title, len(r.KPIs))
			continue
		}
		if old.Title != r.Title {
			c.say(nil, "Роль «%s» теперь называется «%s»", "The role “%s” is called “%s” now", old.Title, r.Title)
		}
		for _, k := range r.KPIs {
			o, ok := old.KPI(k.Key)
			if !ok {
				c.say(people, "Новый показатель «%s» у роли «%s»: столбец добавится, таблиц — %d",
					"New KPI “%s” of the role “%s”: a column is added, spreadsheets: %d", k.Title, r.Title, len(people))
				continue
			}
			c.kpi(r, o, k, people)
		}
		for _, o := range old.KPIs {
			if _, ok := r.KPI(o.Key); !ok {
				c.say(people, "Показатель «%s» у роли «%s» убран: столбец скроется, данные останутся, таблиц — %d",
					"The KPI “%s” of the role “%s” is removed: its column is hidden, its figures stay, "+
						"spreadsheets: %d", o.Title, r.Title, len(people))
			}
		}
	}
	for _, o := range c.was.Roles {
		if _, ok := c.now.Role(o.Key); !ok {
			c.say(nil, "Роль «%s» убрана", "The role “%s” is removed", o.Title)
		}
	}
}

// kpi compares the versions of one KPI.
func (c *comparison) kpi(r department.Role, o, k kpi.KPI, people []department.PersonID) {
	T, n := c.lang.T, len(people)
	if o.Title != k.Title {
		c.say(people, "Показатель «%s» у роли «%s» теперь называется «%s», таблиц — %d",
			"The KPI “%s” of the role “%s” is called “%s” now, spreadsheets: %d", o.Title, r.Title, k.Title, n)
	}
	plan := func(k kpi.KPI) string {
		if !k.Plan.OK {
			return T("не задан", "none")
		}
		return kpi.FormatNum(k.Plan, k.Unit, c.lang) + " " + periodOf(k.PlanFor, c.lang)
	}
	if was, now := plan(o), plan(k); was != now {
		c.say(people, "План по «%s» у роли «%s», сотрудников — %d: было %s, будет %s (на весь текущий месяц; с даты "+
			"— строкой в «Планах»)",
			"The plan of “%s” of the role “%s”, people: %d: %s, then %s (for the whole month; from a date on by a "+
				"row of Plans)", k.Title, r.Title, n, was, now)
	}
	if o.To != k.To {
		if k.To.IsZero() {
			c.say(people, "Показатель «%s» у роли «%s» снова без срока, таблиц — %d",
				"The KPI “%s” of the role “%s” has no end any more, spreadsheets: %d", k.Title, r.Title, n)
		} else {
			c.say(people, "Показатель «%s» у роли «%s» действует по %s: потом его ячейки закроются, данные "+
				"останутся, таблиц — %d", "The KPI “%s” of the role “%s” is measured until %s: then its cells are "+
				"closed, its figures stay, spreadsheets: %d", k.Title, r.Title, k.To.Text(c.lang), n)
		}
	}
	if o.From != k.From && !k.From.IsZero() {
		c.say(people, "Показатель «%s» у роли «%s» действует с %s, таблиц — %d",
			"The KPI “%s” of the role “%s” is measured from %s on, spreadsheets: %d", k.Title, r.Title,
			k.From.Text(c.lang), n)
	}
	if o.Source != k.Source || o.Expr.String() != k.Expr.String() {
		c.say(people, "Показатель «%s» у роли «%s» будет считаться иначе: %s; введённое раньше останется, таблиц — %d",
			"The KPI “%s” of the role “%s” comes from elsewhere: %s; what was typed stays, spreadsheets: %d",
			k.Title, r.Title, strings.TrimSpace(sources.word(string(k.Source), c.lang)+" "+k.Expr.String()), n)
	}
	// The rest: unit, bounds, lights, direction, whether it is required.
	rest := k
	rest.Title, rest.Plan, rest.PlanFor, rest.From, rest.To, rest.Source, rest.Expr = o.Title, o.Plan, o.PlanFor,
		o.From, o.To, o.Source, o.Expr
	same := rest.Unit == o.Unit && rest.Fractions == o.Fractions && rest.Direction == o.Direction &&
		slices.Equal(rest.Lights, o.Lights) && rest.Weight == o.Weight &&
		rest.Funnel == o.Funnel && rest.Required == o.Required && rest.Min == o.Min && rest.Max == o.Max
	if !same {
		c.say(people, "Показатель «%s» у роли «%s»: изменены единица, границы, светофор, вес или обязательность, "+
			"таблиц — не больше %d", "The KPI “%s” of the role “%s”: its unit, bounds, lights, weight or whether it "+
			"is required changed, spreadsheets: up to %d", k.Title, r.Title, n)
	}
}

func periodOf(k calendar.Kind, lang words.Lang) string {
	switch k {
	case calendar.Day:
		return lang.T("в день", "a day")
	case calendar.Week:
		return lang.T("в неделю", "a week")
	}
	return lang.T("в месяц", "a month")
}

// named lists a few names and counts the rest.
func (c *comparison) named(ps []department.Person) string {
	const few = 3
	var names []string
	for _, p := range ps[:min(few, len(ps))] {
		names = append(names, p.Name)
	}
	s := strings.Join(names, ", ")
	if n := len(ps) - few; n > 0 {
		s += fmt.Sprintf(c.lang.T(" и ещё %d", " and %d more"), n)
	}
	return s
}

// swaps reports, before everything else, what people have exchanged.
func (c *comparison) swaps(s Swap) {
	list := func(all []string) string {
		const few = 6
		text := strings.Join(all[:min(few, len(all))], ", ")
		if n := len(all) - few; n > 0 {
			text += fmt.Sprintf(c.lang.T(" и ещё %d", " and %d more"), n)
		}
		return text
	}
	if len(s.Names) > 0 {
		c.say(nil, "Имена поменялись местами: %s. Похоже, отсортирован один столбец: верните как было (Ctrl+Z) и "+
			"сортируйте всю таблицу. Таблицы и цифры останутся у прежних e-mail, сменятся только имена",
			"Names changed places: %s. One column seems to be sorted: put it back (Ctrl+Z) and sort the whole table. "+
				"Spreadsheets and figures stay with the e-mails, only the names change", list(s.Names))
	}
	if len(s.Mails) > 0 {
		c.say(nil, "E-mail поменялись местами: %s. Похоже, отсортирован один столбец: верните как было (Ctrl+Z) и "+
			"сортируйте всю таблицу. Таблицы и цифры останутся у прежних имён, а доступ к ним перейдёт",
			"E-mails changed places: %s. One column seems to be sorted: put it back (Ctrl+Z) and sort the whole "+
				"table. Spreadsheets and figures stay with the names, but the access to them goes over", list(s.Mails))
	}
}

func idsOf(ps []department.Person) []department.PersonID {
	var out []department.PersonID
	for _, p := range ps {
		out = append(out, p.ID)
	}
	return out
}

func (c *comparison) people() {
	var hired, gone, left, back, role, renamed, mail, dates, moved, schedules, teams []department.Person
	for _, p := range c.now.People {
		o, ok := c.was.Person(p.ID)
		if !ok {
			hired = append(hired, p)
			continue
		}
		for _, is := range []struct {
			differs bool
			list    *[]department.Person
		}{
			{o.Left != p.Left && !p.Left.IsZero(), &left}, {o.Left != p.Left && p.Left.IsZero(), &back},
			{o.Role != p.Role, &role},
			{o.Name != p.Name, &renamed}, {o.Email != p.Email, &mail}, {o.Hired != p.Hired, &dates},
			{o.Link != p.Link, &moved}, {!o.Schedule.Same(p.Schedule), &schedules},
			{o.Team != p.Team && len(o.TeamsBefore) != len(p.TeamsBefore), &teams},
		} {
			if is.differs {
				*is.list = append(*is.list, p)
			}
		}
	}
	for _, o := range c.was.People {
		if _, ok := c.now.Person(o.ID); !ok {
			gone = append(gone, o)
		}
	}
	tell := func(ps []department.Person, ru, en string) {
		if len(ps) > 0 {
			c.say(idsOf(ps), ru, en, len(ps), c.named(ps))
		}
	}
	if len(hired) > 0 {
		tell(hired, "Новых сотрудников — %d (%s): каждому будет создана таблица",
			"New people: %d (%s): a spreadsheet is made for each")
		last := &c.out[len(c.out)-1]
		last.People = nil
		for _, p := range hired {
			if p.Employed(c.today) && p.Link == "" {
				last.Made = append(last.Made, p.ID)
			}
		}
	}
	tell(gone, "Убраны из «Сотрудников» — %d (%s): таблицы и данные останутся, из сводки они выйдут",
		"Removed from People: %d (%s): their spreadsheets and figures stay, the summary is without them")
	if len(gone) > 0 {
		c.out[len(c.out)-1].People = nil
	}
	tell(left, "Уходят — %d (%s): после последнего дня доступ к таблице закроется, файл и история останутся",
		"Leaving: %d (%s): after the last day the access to the spreadsheet ends, the file and the history stay")
	tell(back, "Снова работают — %d (%s)", "At work again: %d (%s)")
	tell(role, "Смена роли — %d (%s): столбцы новой роли добавятся, прежние скроются, данные останутся",
		"Another role: %d (%s): its columns are added, the former ones are hidden, figures stay")
	tell(renamed, "Новое имя — %d (%s): таблица будет переименована",
		"Another name: %d (%s): the spreadsheet is renamed")
	tell(mail, "Новый e-mail — %d (%s): доступ к таблице перейдёт на него",
		"Another e-mail: %d (%s): the access to the spreadsheet goes to it")
	tell(dates, "Другой день приёма — %d (%s): план месяца пересчитается",
		"Another first day: %d (%s): the month's plan follows")
	tell(schedules, "Другой график — %d (%s): рабочие дни и планы пересчитаются",
		"Another schedule: %d (%s): working days and plans follow")
	tell(teams, "Другая команда — %d (%s): цифры с дня перехода считаются новой команде, прежние остаются за старой",
		"Another team: %d (%s): figures from the day of the move on count for it, those before stay with the old one")
	if len(teams) > 0 {
		c.out[len(c.out)-1].People = nil
	}
	tell(moved, "Другая таблица — %d (%s)", "Another spreadsheet: %d (%s)")
}

// teams compares the rows of «Команды».
func (c *comparison) teams() {
	was := map[string]department.Team{}
	for _, t := range c.was.Teams {
		was[t.ID] = t
	}
	none := c.lang.T("нет", "none")
	for _, t := range c.now.Teams {
		o, known := was[t.ID]
		delete(was, t.ID)
		switch {
		case !known:
			c.say(nil, "Новая команда «%s»", "New team “%s”", t.Name)
			continue
		case o.Name != t.Name:
			c.say(nil, "Команда «%s» теперь называется «%s»", "The team “%s” is called “%s” now", o.Name, t.Name)
		}
		if a, b := strings.Join(o.Leads, ", "), strings.Join(t.Leads, ", "); a != b {
			c.say(nil, "Руководители команды «%s»: были %s, будут %s", "Leads of the team “%s”: %s, then %s", t.Name,
				cmp.Or(a, none), cmp.Or(b, none))
		}
	}
	for _, t := range c.was.Teams {
		if _, gone := was[t.ID]; gone {
			c.say(nil, "Команда «%s» убрана", "The team “%s” is removed", t.Name)
		}
	}
}

// plans compares the rows of «Планы».
func (c *comparison) plans() {
	type scope struct {
		from            calendar.Date
		person          department.PersonID
		team, role, key string
	}
	of := func(p department.Plan) scope { return scope{p.From, p.Person, p.Team, p.Role, p.KPI} }
	was := map[scope]department.Plan{}
	for _, p := range c.was.Plans {
		was[of(p)] = p
	}
	seen := map[scope]bool{}
	tell := func(p department.Plan, before, after string) {
		var k kpi.KPI
		people := c.having(func(who department.Person) bool {
			if p.Person != "" && who.ID != p.Person || p.Team != "" && who.Team != p.Team || p.Role != "" &&
				who.Role != p.Role {
				return false
			}
			role, _ := c.now.Role(who.Role)
			found, ok := role.KPI(p.KPI)
			if ok {
				k = found
			}
			return ok
		})
		title := k.Title
		if title == "" {
			title = p.KPI
		}
		c.say(people, "План по «%s» с %s: было %s, будет %s, сотрудников — %d",
			"The plan of “%s” from %s on: %s, then %s, people: %d", title, p.From.Text(c.lang), before, after,
			len(people))
	}
	none := c.lang.T("не задано здесь", "not set here")
	show := func(p department.Plan) string {
		for _, r := range c.now.Roles {
			if k, ok := r.KPI(p.KPI); ok {
				return kpi.FormatNum(kpi.Some(p.Plan), k.Unit, c.lang) + " " + periodOf(p.For, c.lang)
			}
		}
		return numberText(p.Plan, c.lang) + " " + periodOf(p.For, c.lang)
	}
	for _, p := range c.now.Plans {
		seen[of(p)] = true
		o, ok := was[of(p)]
		switch {
		case !ok:
			tell(p, none, show(p))
		case o != p:
			tell(p, show(o), show(p))
		}
	}
	for _, o := range c.was.Plans {
		if !seen[of(o)] {
			tell(o, show(o), none)
		}
	}
}

func (c *comparison) calendar() {
	changed := func(was, now map[calendar.Date]calendar.DayKind) (n int) {
		for day, kind := range now {
			if before, ok := was[day]; !ok || before != kind {
				n++
			}
		}
		for day := range was {
			if _, ok := now[day]; !ok {
				n++
			}
		}
		return n
	}
	all := c.having(func(department.Person) bool { return true })
	if n := changed(c.was.Added, c.now.Added); n > 0 {
		c.say(all, "Производственный календарь: дней изменено — %d; планы их месяцев пересчитаются, таблиц — не "+
			"больше %d", "The production calendar: %d days changed; the plans of their months follow, "+
			"spreadsheets: up to %d", n, len(all))
	}
	if n := changed(c.was.Company, c.now.Company); n > 0 {
		c.say(all, "Календарь компании: дней изменено — %d; планы их месяцев пересчитаются, таблиц — не больше %d",
			"The company's calendar: %d days changed; the plans of their months follow, spreadsheets: up to %d", n,
			len(all))
	}
}

func (c *comparison) absences() {
	changed := map[department.PersonID]bool{}
	differ := func(a, b []department.Absence) {
		for _, x := range a {
			if !slices.Contains(b, x) {
				changed[x.Person] = true
			}
		}
	}
	differ(c.now.Absences, c.was.Absences)
	differ(c.was.Absences, c.now.Absences)
	var ps []department.Person
	for _, p := range c.now.People {
		if changed[p.ID] {
			ps = append(ps, p)
		}
	}
	if len(ps) > 0 {
		c.say(idsOf(ps), "Отсутствия изменены — %d (%s): дни отчёта и план месяца пересчитаются",
			"Absences changed: %d (%s): the days of reports and the month's plan follow", len(ps), c.named(ps))
	}
}

// inLayouts are the settings that people's spreadsheets show.
var inLayouts = map[string]bool{
	"zone": true, "country": true, "deadline": true, "short_days": true, "keep_plan": true, "ramp": true,
	"grey_share": true,
	"above_from": true, "lower_cap": true, "next_month_days": true, "grace_days": true, "reverse_plan": true,
	"reverse_days": true,
	"risk_days":    true, "lost_days": true,
}

func (c *comparison) settings(was, now []Row) {
	values := func(rows []Row) map[string]string {
		out := map[string]string{}
		for _, row := range rows {
			v := row.Cells["value"]
			out[row.ID] = textOf(v)
			if s, ok := settingOf(row.ID); ok {
				if f, is := v.(float64); is {
					out[row.ID] = settingText(s, f, c.lang)
				}
			}
		}
		return out
	}
	a, b := values(was), values(now)
	titles := map[string]string{}
	for _, t := range templates.BuiltinSettings() {
		titles[t.Key] = c.lang.T(t.Title.RU, t.Title.EN)
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		before, known := a[key]
		if !known || before == b[key] {
			continue
		}
		show := func(s string) string {
			if s == "" {
				return c.lang.T("пусто", "empty")
			}
			return s
		}
		var people []department.PersonID
		if inLayouts[key] {
			people = c.having(func(department.Person) bool { return true })
		}
		title := titles[key]
		if title == "" {
			title = key
		}
		c.say(people, "Параметр «%s»: было %s, будет %s", "The setting “%s”: %s, then %s", title, show(before),
			show(b[key]))
	}
}
