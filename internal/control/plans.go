package control

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// dayKey returns a date as part of a row's identity, however it was typed.
func dayKey(v any) string {
	switch v := v.(type) {
	case float64:
		if d, ok := dateOf(v); ok {
			return d.String()
		}
	case string:
		if d, ok := parseDate(tidy(v)); ok {
			return d.String()
		}
	}
	return "?" + textOf(v)
}

func (r *reader) planID(cells map[string]any) string {
	role := textOf(cells["role"])
	if role != "" {
		role = r.roleKey(role)
	}
	return strings.Join([]string{dayKey(cells["from"]), norm(textOf(cells["person"])), role,
		norm(textOf(cells["team"])), norm(textOf(cells["kpi"]))}, "|")
}

// plans reads «Планы».
func (r *reader) plans(d *department.Department) []*entry[department.Plan] {
	l := read(r, TabPlans, r.planID, func(ln *line) department.Plan { return parsePlan(ln, d) })
	// The same plan under another name: a person by e-mail, a KPI by its key.
	seen := map[department.Plan]*entry[department.Plan]{}
	for _, e := range slices.Clone(l.entries) {
		what := e.val
		what.Plan, what.For, what.Team = 0, "", norm(what.Team)
		if first, twice := seen[what]; twice {
			l.refuseCopy(e.line, first.line)
			l.drop(e)
			continue
		}
		seen[what] = e
	}
	es := l.finish()
	for _, e := range es {
		d.Plans = append(d.Plans, e.val)
	}
	return es
}

func parsePlan(l *line, d *department.Department) department.Plan {
	p := department.Plan{From: l.date("from")}
	if l.Cells["from"] == nil {
		l.fail("from", "не указано, с какого дня действует план: впишите дату",
			"no date from which the plan holds: type one")
	}
	person, role, team := l.text("person"), l.text("role"), l.text("team")
	scopes := 0
	for _, s := range []string{person, role, team} {
		if s != "" {
			scopes++
		}
	}
	if scopes > 1 {
		l.fail("person", "указано сразу несколько адресатов: оставьте что-то одно — сотрудника, роль или команду",
			"more than one of person, role and team: leave one of them")
		return p
	}
	in := d.Roles // the roles in which to look for the KPI
	switch {
	case person != "":
		who, ok := l.person("person", person, d)
		if !ok {
			return p
		}
		p.Person = who.ID
		in = rolesOf(d, func(o department.Person) bool { return o.ID == who.ID })
	case role != "":
		p.Role = l.roleKey(role)
		found, ok := d.Role(p.Role)
		if !ok {
			l.fail("role", "роли «%s» нет на вкладке «Роли и KPI»: %s",
				"the role “%s” is not on the tab Roles and KPIs: %s",
				role, l.perhaps(role, roleTitles(d.Roles), "выберите из списка", "choose from the list"))
			return p
		}
		in = []department.Role{found}
	case team != "":
		if in, p.Team = l.teamOfPlan(team, d); p.Team == "" {
			return p
		}
	}
	k, ok := l.measure(in)
	if !ok {
		return p
	}
	p.KPI = k.Key
	p.For = calendar.Kind(l.choice("period", string(k.PlanFor)))
	n := l.figure("plan", k.Unit)
	switch {
	case n.OK && n.V < 0:
		l.fail("plan", "план меньше нуля: введите число от 0", "the plan is below zero: type a number from 0")
	case l.Cells["plan"] == nil:
		l.fail("plan", "не указан план: введите число", "no plan: type a number")
	}
	p.Plan = n.V
	return p
}

// teamOfPlan finds the team of a row of plans, and the roles of the people in it and
// below.
func (l *line) teamOfPlan(text string, d *department.Department) (in []department.Role, name string) {
	if m := sinceForm.FindStringSubmatch(text); m != nil && dayLike.MatchString(m[2]) {
		text = tidy(m[1]) // from the list of «Сотрудники»
	}
	tree := d.Tree()
	called := norm(l.teamName(text))
	var names []string
	for _, t := range tree.All() {
		names = append(names, t.Name)
		if name == "" && norm(t.Name) == called {
			name = t.Name
		}
	}
	if name == "" {
		l.fail("team", "команды «%s» нет на вкладках «Сотрудники» и «Команды»: %s",
			"the team “%s” is on neither of the tabs People and Teams: %s", text,
			l.perhaps(text, names, "выберите из списка", "choose from the list"))
		return nil, ""
	}
	below := tree.Below(name)
	return rolesOf(d, func(o department.Person) bool {
		return slices.ContainsFunc(o.InTeams(), func(in department.Person) bool {
			return slices.ContainsFunc(below, func(team string) bool { return norm(team) == norm(in.Team) })
		})
	}), name
}

// rolesOf returns the roles of the people chosen.
func rolesOf(d *department.Department, chosen func(department.Person) bool) []department.Role {
	var out []department.Role
	for _, p := range d.Stints() {
		if !chosen(p) || slices.ContainsFunc(out, func(r department.Role) bool { return r.Key == p.Role }) {
			continue
		}
		if r, ok := d.Role(p.Role); ok {
			out = append(out, r)
		}
	}
	return out
}

// measure finds the KPI that a row of plans names, by key or title, in roles.
func (l *line) measure(in []department.Role) (kpi.KPI, bool) {
	text := l.text("kpi")
	if text == "" {
		l.fail("kpi", "не указан показатель: выберите из списка", "no KPI: choose one from the list")
		return kpi.KPI{}, false
	}
	var found, renamed []kpi.KPI
	var titles []string
	for _, r := range in {
		i := slices.IndexFunc(r.KPIs, func(k kpi.KPI) bool { return k.Key == strings.ToLower(text) })
		if i < 0 {
			i = slices.IndexFunc(r.KPIs, func(k kpi.KPI) bool { return norm(k.Title) == norm(text) })
		}
		if i >= 0 {
			found = append(found, r.KPIs[i])
		} else if i = slices.IndexFunc(r.KPIs, func(k kpi.KPI) bool {
			return l.formerly(TabKPIs, r.Key+"/"+k.Key, text)
		}); i >= 0 {
			renamed = append(renamed, r.KPIs[i])
		}
		for _, k := range r.KPIs {
			if !slices.Contains(titles, k.Title) {
				titles = append(titles, k.Title)
			}
		}
	}
	if len(found) == 0 && len(renamed) > 0 {
		found = renamed
		l.warn("kpi", "теперь это «%s»: исправьте название здесь", "this is now “%s”: correct the title here",
			found[0].Title)
	}
	if len(found) == 0 {
		const few = 8
		list := titles[:min(len(titles), few):min(len(titles), few)]
		if len(titles) > few {
			list = append(list, "…")
		}
		l.fail("kpi", "показателя «%s» здесь нет: %s", "there is no KPI “%s” here: %s", text,
			l.perhaps(text, titles, "есть %s", "there are %s", strings.Join(list, ", ")))
		return kpi.KPI{}, false
	}
	for _, k := range found[1:] {
		if k.Key != found[0].Key || k.Unit != found[0].Unit {
			l.fail("kpi", "«%s» в разных ролях — разные показатели: впишите роль или ключ",
				"“%s” is not the same KPI in all roles: type a role or a key", text)
			return kpi.KPI{}, false
		}
	}
	return found[0], true
}

// directory finds people by what ops write.
type directory struct {
	byID, byMail map[string]department.Person
	byName       map[string][]department.Person
}

func newDirectory(people []department.Person) *directory {
	d := &directory{map[string]department.Person{}, map[string]department.Person{}, map[string][]department.Person{}}
	for _, p := range people {
		d.byID[string(p.ID)] = p
		d.byMail[p.Email] = p
		d.byName[norm(p.Name)] = append(d.byName[norm(p.Name)], p)
	}
	delete(d.byMail, "")
	return d
}

// person finds a person by name, e-mail or id, or by a former name. A row that named
// somebody before still names them, even if somebody else now has the name.
func (l *line) person(col, text string, d *department.Department) (department.Person, bool) {
	p, ok := l.somebody(col, text, d)
	if ok {
		l.who = p.ID
	}
	return p, ok
}

func (l *line) somebody(col, text string, d *department.Department) (department.Person, bool) {
	if l.dir == nil {
		l.dir = newDirectory(d.People)
	}
	if p, ok := l.dir.byMail[mailOf(text)]; ok {
		return p, true
	}
	if p, ok := l.dir.byID[text]; ok {
		return p, true
	}
	found := slices.Clone(l.dir.byName[norm(text)])
	if p, ok := l.dir.byID[string(l.meant)]; ok &&
		(norm(p.Name) == norm(text) || l.formerly(TabPeople, string(p.ID), text)) {
		if slices.ContainsFunc(found, func(o department.Person) bool { return o.ID != p.ID }) {
			l.warn(col, "«%s» теперь зовут и другого сотрудника; строка, как и раньше, о том, чей e-mail %s: впишите "+
				"его вместо имени", "somebody else is called “%s” now, too; the row goes on meaning the one whose "+
				"e-mail is %s: type it in place of the name",
				text, cmp.Or(p.Email, p.Name))
			return p, true
		}
	}
	if len(found) == 0 {
		for _, p := range d.People {
			if l.formerly(TabPeople, string(p.ID), text) {
				found = append(found, p)
			}
		}
		if len(found) == 1 {
			l.warn(col, "теперь это «%s»: исправьте имя здесь", "this is now “%s”: correct the name here",
				found[0].Name)
		}
	}
	switch len(found) {
	case 0:
		names := make([]string, len(d.People))
		for i, p := range d.People {
			names[i] = p.Name
		}
		l.fail(col, "сотрудника «%s» нет на вкладке «Сотрудники»: %s", "“%s” is not on the tab People: %s", text,
			l.perhaps(text, names, "выберите из списка", "choose from the list"))
		return department.Person{}, false
	case 1:
		return found[0], true
	}
	var mails []string
	for _, p := range found {
		mails = append(mails, p.Email)
	}
	l.fail(col, "сотрудников с именем «%s» несколько: впишите e-mail (%s)",
		"there are several people called “%s”: type the e-mail (%s)", text, strings.Join(mails, ", "))
	return department.Person{}, false
}
