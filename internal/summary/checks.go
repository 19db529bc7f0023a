package summary

import (
	"math"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// inTeam is a person on the days in one team.
type inTeam struct {
	team string
	id   department.PersonID
}

// checked holds the deals of the people of a role by size.
type checked struct {
	people map[inTeam]planfact.Checks
	teams  map[string]planfact.Checks
	role   planfact.Checks
}

// checks sorts the deals of a role; nil: the role keeps no lists of deals.
func (m *builder) checks(p funnelPart) *checked {
	if !p.role.ListsDeals() {
		return nil
	}
	out := &checked{people: map[inTeam]planfact.Checks{}, teams: map[string]planfact.Checks{}}
	set := &m.in.Dep.Settings
	var all []float64
	for _, t := range p.roleGroup.teams {
		var teams []float64
		for _, who := range t.people { // also if the table names none of them
			sums := m.in.Engine.DealSums(*who.part, p.per)
			out.people[inTeam{t.name, who.part.ID}] = planfact.ChecksOf(sums, set.SmallDeal, set.LargeDeal)
			teams = append(teams, sums...)
		}
		out.teams[t.name] = planfact.ChecksOf(teams, set.SmallDeal, set.LargeDeal)
		all = append(all, teams...)
	}
	out.role = planfact.ChecksOf(all, set.SmallDeal, set.LargeDeal)
	return out
}

// banded reports whether deals are divided by size.
func (m *builder) banded() bool {
	return m.in.Dep.Settings.SmallDeal > 0 && m.in.Dep.Settings.LargeDeal > 0
}

// checksTable shows the deals of a role: the mean check beside the median, the share of
// the largest deals, and the deals by size.
func (m *builder) checksTable(s *sheet, p funnelPart, c *checked) {
	type group struct {
		title string
		heads []headNote
	}
	groups := []group{{m.lang.T("Все сделки", "All deals"), []headNote{
		{m.lang.T("Сделок", "Deals"), m.lang.T("Сделки периода из вкладок «Сделки»; возвраты (с минусом) сделками не "+
			"считаются.", "Deals of the period, from the tabs of deals; refunds (below zero) are none.")},
		{m.lang.T("Средний чек", "Average check"),
			m.lang.T("Сумма за вычетом возвратов / количество. Несколько крупных сделок сильно его поднимают.",
				"Sum less refunds / count. A few large deals raise it much.")},
		{m.lang.T("Медианный чек", "Median check"),
			m.lang.T("Половина сделок больше него, половина меньше: обычная сделка.",
				"Half of the deals are larger, half are smaller: the usual deal.")},
		{m.lang.T("Три крупнейшие", "Three largest"), m.lang.T("Доля трёх самых крупных сделок в сумме сделок без "+
			"возвратов: насколько результат держится на них. «—» — сделок меньше четырёх.",
			"Share of the three largest deals in the sum of deals, refunds left out: how far the result stands on "+
				"them. “—”: fewer than four deals.")},
	}}}
	if m.banded() {
		small, large := figure(m.in.Dep.Settings.SmallDeal, kpi.Money, m.lang),
			figure(m.in.Dep.Settings.LargeDeal, kpi.Money, m.lang)
		share := headNote{m.lang.T("Доля суммы", "Share of sum"),
			m.lang.T("Доля этих сделок в сумме всех сделок без возвратов.",
				"Share of these deals in the sum of all, refunds left out.")}
		count := headNote{m.lang.T("Сделок", "Deals"), m.lang.T("Границы — в «Параметрах» настроек.",
			"The bounds stand in the settings of the control spreadsheet.")}
		for _, title := range []string{
			m.lang.T("Мелкие, до ", "Small, below ") + small,
			m.lang.T("Средние", "Middle"),
			m.lang.T("Крупные, от ", "Large, from ") + large,
		} {
			groups = append(groups, group{title, []headNote{count, share}})
		}
	}
	s.add(workbook.Txt(m.lang.T("Чеки: ", "Checks: ")+m.within(p.name), m.st.text(textLook{use: textSmall})))
	if msg := m.checksVerdict(c.role); msg != "" {
		s.add(workbook.Txt(msg, m.st.text(textLook{use: textPerson})))
	}
	h := m.tableHead(s, m.whoHead())
	for _, g := range groups {
		h.group(g.title, g.heads)
	}
	h.end()
	row := func(r *line, c planfact.Checks) {
		r.figure(figValue, kpi.Count, kpi.Some(float64(c.Deals)), kpi.NoLight, true)
		r.figure(figValue, kpi.Money, c.Mean, kpi.NoLight, false)
		r.figure(figValue, kpi.Money, c.Median, kpi.NoLight, false)
		r.figure(figShare, kpi.Percent, c.Top, kpi.NoLight, false)
		if m.banded() {
			for _, b := range []planfact.Band{c.Small, c.Middle, c.Large} {
				share := kpi.Num{}
				if c.Sales > 0 {
					share = kpi.Some(b.Sum / c.Sales)
				}
				r.figure(figValue, kpi.Count, kpi.Some(float64(b.Deals)), kpi.NoLight, true)
				r.figure(figShare, kpi.Percent, share, kpi.NoLight, false)
			}
		}
		r.end()
	}
	m.groupRows(s, p.roleGroup, h.width, func(r *line, t *team, who *member) {
		switch {
		case who != nil:
			row(r, c.people[inTeam{t.name, who.ID}])
		case t != nil:
			row(r, c.teams[t.name])
		default:
			row(r, c.role)
		}
	})
}

// checksVerdict returns what the figures mean, if there are enough of them.
func (m *builder) checksVerdict(c planfact.Checks) string {
	if !c.Top.OK {
		return ""
	}
	median, mean, top := figure(c.Median.V, kpi.Money, m.lang), figure(c.Mean.V, kpi.Money, m.lang),
		figure(c.Top.V, kpi.Percent, m.lang)
	return m.lang.T("Обычная сделка — "+median+", в среднем — "+mean+"; три крупнейшие дают "+top+" суммы.",
		"The usual deal is "+median+", the mean "+mean+"; the three largest make "+top+" of the sum.")
}

// costed holds the costs of the people of a role and their results.
type costed struct {
	people map[inTeam]planfact.Spent
	teams  map[string][]planfact.Spent
	role   []planfact.Spent
}

// stageCosts collects the costs of a role; nil: no cost is known, or there is nothing to
// divide by.
func (m *builder) stageCosts(p funnelPart) *costed {
	out := &costed{people: map[inTeam]planfact.Spent{}, teams: map[string][]planfact.Spent{}}
	for _, t := range p.roleGroup.teams {
		for _, who := range t.people { // also if the table names none of them
			spent := planfact.Spent{Cost: m.in.Engine.Cost(*who.part, p.per)}
			if spent.Cost.OK {
				spent.Funnel = planfact.FunnelOfLines(m.linesOfPart(who, p))
			}
			out.people[inTeam{t.name, who.part.ID}] = spent
			out.teams[t.name] = append(out.teams[t.name], spent)
			out.role = append(out.role, spent)
		}
	}
	if stages, _ := planfact.CostPerStage(out.role...); len(stages) == 0 {
		return nil
	}
	return out
}

// linesOfPart returns the lines of a person in a period, on the days in one team.
func (m *builder) linesOfPart(who partOf, p funnelPart) []planfact.Line {
	if who.moved {
		return m.in.Engine.Person(*who.part, p.per)
	}
	return p.lines(who.role, who.person)
}

// costsTable shows the cost of one piece of each stage beside its cost on plan.
func (m *builder) costsTable(s *sheet, p funnelPart, c *costed) {
	all, _ := planfact.CostPerStage(c.role...)
	s.gap()
	s.add(workbook.Txt(m.lang.T("Сколько стоит этап: ", "What a stage costs: ")+m.within(p.name),
		m.st.text(textLook{use: textSmall})))
	h := m.tableHead(s, m.whoHead())
	h.group(m.lang.T("Затраты", "Cost"), []headNote{{m.lang.T("На дату", "To date"), m.lang.T(
		"Затраты сотрудника в месяц × закрытые рабочие дни / рабочие дни + телефония. Задаются на вкладках "+
			"«Сотрудники» и «Параметры» настроек; у кого не заданы, в итог не входит.",
		"The person's monthly cost × closed working days / working days + telephony. Set in the tabs “People” and "+
			"“Settings” of the control spreadsheet; whose is not set is not in the totals.")}})
	for _, st := range all {
		h.group(m.pieceName(st.KPI), []headNote{
			{m.lang.T("Факт", "Fact"), m.lang.T("Затраты на дату / факт этапа. Чем меньше, тем лучше: ▼ — дороже "+
				"плана.", "Cost to date / fact of the stage. Lower is better: ▼ is dearer than planned.")},
			{m.lang.T("По плану", "On plan"), m.lang.T("Затраты на дату / план этапа на дату.",
				"Cost to date / plan of the stage to date.")},
		})
	}
	h.end()
	set := &m.in.Dep.Settings
	early := float64(p.roleGroup.lines[0].Closed) < set.GreyShare*float64(p.roleGroup.lines[0].Working)
	row := func(r *line, spent ...planfact.Spent) {
		stages, total := planfact.CostPerStage(spent...)
		r.figure(figValue, kpi.Money, total, kpi.NoLight, true)
		for i, st := range all {
			mine := planfact.StageCost{KPI: st.KPI}
			if i < len(stages) && stages[i].KPI.Key == st.KPI.Key {
				mine = stages[i]
			}
			light := st.KPI.Lights.Light(planfact.Attain(mine.Fact, mine.Plan, kpi.Lower, set.LowerCap), set.AboveFrom)
			if early {
				light = kpi.NoLight
			}
			// A light that says dearer stands beside amounts that differ.
			r.fine = mine.Fact.V != mine.Plan.V && math.Round(mine.Fact.V) == math.Round(mine.Plan.V)
			r.figure(figNeeded, kpi.Money, mine.Fact, light, true)
			r.figure(figValue, kpi.Money, mine.Plan, kpi.NoLight, false)
			r.fine = false
		}
		r.end()
	}
	m.groupRows(s, p.roleGroup, h.width, func(r *line, t *team, who *member) {
		switch {
		case who != nil:
			row(r, c.people[inTeam{t.name, who.ID}])
		case t != nil:
			row(r, c.teams[t.name]...)
		default:
			row(r, c.role...)
		}
	})
}

// pieceName names the cost of a piece of a stage: «Лид (CPL)».
func (m *builder) pieceName(k kpi.KPI) string {
	name := words.Capital(m.stageNoun(k))
	switch k.Key {
	case "leads":
		name += " (CPL)"
	case "deals":
		name += " (CPO)"
	}
	return name
}

// tableHead builds the two rows of headings of a table of people.
type tableHead struct {
	m            *builder
	s            *sheet
	top, width   int
	upper, lower []workbook.Cell
}

func (m *builder) tableHead(s *sheet, first string) *tableHead {
	head := m.st.text(textLook{use: textHeadLeft})
	top := s.next()
	s.Merges = append(s.Merges, workbook.Area{R0: top, C0: 0, R1: top + 2, C1: 1})
	return &tableHead{
		m: m, s: s, top: top, width: 1,
		upper: []workbook.Cell{workbook.Txt(first, head)}, lower: []workbook.Cell{{Style: head}},
	}
}

// group adds columns under a common title.
func (h *tableHead) group(title string, heads []headNote) {
	group := h.m.st.text(textLook{use: textGroup, first: true})
	if len(heads) > 1 {
		h.s.Merges = append(h.s.Merges, workbook.Area{R0: h.top, C0: h.width, R1: h.top + 1, C1: h.width + len(heads)})
	}
	for j, n := range heads {
		above := workbook.Cell{Style: group}
		if j == 0 {
			above = workbook.Txt(title, group)
		}
		h.upper = append(h.upper, above)
		h.lower = append(h.lower, n.cell(h.m.st.text(textLook{use: textHead, first: j == 0})))
		h.s.widen(h.width+j, funnelHeadWidth)
	}
	h.width += len(heads)
}

func (h *tableHead) end() {
	h.s.Heights[h.s.add(h.upper...)] = 24
	h.s.Heights[h.s.add(h.lower...)] = 36
}

// groupRows adds a row per team, person and the total; fill adds the figures and ends the
// row: of the person, else of the team, else of all.
func (m *builder) groupRows(s *sheet, c roleGroup, width int, fill func(r *line, t *team, who *member)) {
	for i := range c.teams {
		t, name := &c.teams[i], textName
		if len(c.teams) > 1 || len(t.members) == 0 {
			fill(s.row(bandTeam, width).text(m.teamName(t.name), textName), t, nil)
			name = textIndent
		}
		for j := range t.members {
			fill(s.row(bandPerson, width).person(t.members[j].Person, name), t, &t.members[j])
		}
	}
	fill(s.row(bandTotal, width).text(m.lang.T("Итого", "Total"), textName), nil, nil)
}
