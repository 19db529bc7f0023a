package control

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	templates "svodka/sheets-templates"
)

// roleKPI is a row of «Роли и KPI».
type roleKPI struct {
	kpi.KPI
	title string // the role's, as ops wrote it
}

// roleTitle returns what people see of a role: the text of ops, or the title of a
// template for its key.
func (r *reader) roleTitle(text string) string {
	n := norm(text)
	for _, t := range r.known {
		if n == normOwn(t.Key) {
			return r.lang.T(t.Title.RU, t.Title.EN)
		}
	}
	return text
}

func (r *reader) kpiID(cells map[string]any) string {
	return r.roleKey(textOf(cells["role"])) + "/" + strings.ToLower(textOf(cells["key"]))
}

// kpis reads «Роли и KPI».
func (r *reader) kpis() []*entry[roleKPI] {
	rows := r.rowsOf(TabKPIs, r.kpiID)
	r.propose(rows)
	rows = r.keepRoles(rows)
	l := readRows(r, TabKPIs, rows, r.kpiID, parseKPI)
	seen := map[string]bool{} // roles in the order of their first row
	for _, e := range slices.Clone(l.entries) {
		if role := e.val.Role; !seen[role] {
			seen[role] = true
			checkRole(l, role)
		}
	}
	noteKeys(l)
	return l.finish()
}

// parseKPI reads a row by itself; whether it fits its role is checked later.
func parseKPI(l *line) roleKPI {
	title := l.text("role")
	k := roleKPI{title: l.roleTitle(title)}
	k.Role = l.roleKey(title)
	if title == "" {
		l.fail("role", "не указана роль: впишите её, как в соседних строках",
			"no role: type one, as in the rows beside")
	}
	k.Key = strings.ToLower(l.text("key"))
	k.Title = l.text("title")
	if cyr := cyrillic(k.Key); cyr != "" {
		l.fail("key", "в ключе «%s» есть русские буквы («%s»): наберите его латиницей, например calls",
			"the key “%s” has Russian letters (“%s”): type it in latin, such as calls", k.Key, cyr)
	} else if k.Key == "" && k.Title != "" {
		l.fail("key", "нет ключа: придумайте короткое имя латиницей, например calls",
			"no key: make up a short latin name, such as calls")
	} else if k.Key != "" {
		// Reported here and not with the role, because the key identifies the row.
		for _, p := range kpi.CheckRole([]kpi.KPI{{Key: k.Key}}) {
			if p.Field == kpi.FieldKey {
				l.failText("key", p.Text(l.lang))
			}
		}
	}
	if k.Title == "" {
		l.fail("title", "нет названия: впишите, как показатель будет называться в отчётах",
			"no title: type what the KPI is called in the reports")
	}
	k.Unit, k.Fractions = kpi.ParseUnit(l.choice("unit", ""))
	if l.Cells["unit"] == nil && k.Title != "" {
		l.fail("unit", "не указана единица: выберите %s", "no unit: choose %s", strings.Join(units.list(l.lang), ", "))
	}
	k.Source = kpi.Source(l.choice("source", string(kpi.Manual)))
	k.PlanFor = calendar.Kind(l.choice("period", string(calendar.Month)))
	k.Direction = kpi.Direction(l.choice("direction", string(kpi.Higher)))

	formula := strings.ToLower(l.text("formula"))
	if formula == "" {
		formula = templates.DefaultFormula(k.Source, k.Key, k.Unit)
	}
	var err error
	if formula != "" {
		to := &k.Expr
		if k.Source == kpi.Manual {
			to = &k.Log
		}
		if *to, err = kpi.ParseExpr(formula); err != nil {
			l.failText("formula", kpiText(err, l.lang))
		}
	}
	if k.Lights, err = kpi.ParseThresholds(l.text("lights")); err != nil {
		l.failText("lights", kpiText(err, l.lang))
	}
	if k.Lights == nil {
		k.Lights = kpi.DefaultThresholds()
	}
	if k.Unit != "" {
		k.Plan = l.figure("plan", k.Unit)
		k.Min = l.figure("min", k.Unit)
		k.Max = l.figure("max", k.Unit)
	}
	k.Weight = l.number("weight", 0, 1e6, false)
	k.Funnel = int(l.number("funnel", 0, 20, true))
	k.Required = l.flag("required")
	k.From, k.To = l.date("from"), l.date("to")
	return k
}

// cyrillic returns the Russian letters of a text, each once.
func cyrillic(s string) string {
	var out []rune
	for _, c := range s {
		if unicode.Is(unicode.Cyrillic, c) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return string(out)
}

// checkRole drops, one after another, the KPIs of a role that cannot be used together,
// until the rest can.
func checkRole(l *list[roleKPI], role string) {
	said := map[*entry[roleKPI]]bool{}
	for {
		var es []*entry[roleKPI]
		var ks []kpi.KPI
		l.order()
		for _, e := range l.entries {
			if e.val.Role == role {
				es = append(es, e)
				ks = append(ks, e.val.KPI)
			}
		}
		probs := kpi.CheckRole(ks)
		var wrong []*entry[roleKPI]
		for _, p := range probs {
			e := es[p.Index]
			if p.Warning {
				continue
			}
			if !slices.Contains(wrong, e) {
				wrong = append(wrong, e)
			}
			if !said[e] {
				e.line.failText(columnOf(p), p.Text(l.r.lang))
			}
		}
		if len(wrong) == 0 {
			for _, p := range probs {
				es[p.Index].line.warnText(columnOf(p), p.Text(l.r.lang))
			}
			return
		}
		for _, e := range wrong {
			said[e] = true
			l.revert(e)
		}
	}
}

// columnOf returns the column that a problem of package kpi points at: its fields have
// the names of our columns.
func columnOf(p kpi.Problem) string {
	if tabOf(TabKPIs).column(string(p.Field)) == nil {
		return ""
	}
	return string(p.Field)
}

// roles collects the KPIs in force, in the order of the tab.
func roles(kpis []*entry[roleKPI]) []department.Role {
	var out []department.Role
	for _, e := range kpis {
		i := slices.IndexFunc(out, func(r department.Role) bool { return r.Key == e.val.Role })
		if i < 0 {
			i = len(out)
			out = append(out, department.Role{Key: e.val.Role, Title: cmp.Or(e.val.title, e.val.Role)})
		}
		out[i].KPIs = append(out[i].KPIs, e.val.KPI)
	}
	return out
}

// advise warns of what is allowed but seldom intended.
func (r *reader) advise(d *department.Department, kpis []*entry[roleKPI], people []*entry[department.Person],
	plans []*entry[department.Plan]) {
	seen := map[string]bool{}
	for _, e := range kpis {
		role := e.val.Role
		if r.gone[role] {
			continue
		}
		if !seen[role] && len(people) > 0 && !slices.ContainsFunc(people, func(p *entry[department.Person]) bool {
			return p.val.Role == role
		}) {
			r.say(Problem{Severity: Warning, Tab: TabKPIs, Row: e.line.At, Column: "role",
				Message: r.t("в роли «%s» нет ни одного сотрудника", "nobody has the role “%s”", e.val.title)})
		}
		seen[role] = true
		planned := e.val.Plan.OK || slices.ContainsFunc(plans, func(p *entry[department.Plan]) bool {
			return p.val.KPI == e.val.Key && (p.val.Role == "" || p.val.Role == role)
		})
		if !planned && e.val.Source != kpi.Formula {
			r.say(Problem{Severity: Warning, Tab: TabKPIs, Row: e.line.At, Column: "plan",
				Message: r.t("план не задан: светофора и прогноза не будет",
					"no plan is set: there will be no light and no forecast")})
		}
	}
	for _, e := range people {
		if e.val.Email == "" {
			r.say(Problem{Severity: Warning, Tab: TabPeople, Row: e.line.At, Column: "email",
				Message: r.t("нет e-mail: таблицу не с кем разделить", "no e-mail: the spreadsheet cannot be shared")})
		}
	}
}
