package summary

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// funnelHeadWidth is enough for «Звонок → разговор» and “Conversion, plan” on two lines.
const funnelHeadWidth = 94

// funnelNameWidth leaves a phone room for figures beside the names, which stay in place.
const funnelNameWidth = 190

// funnel lays out «Воронка»: for each role the stage at which it loses the plan – for the
// role, its teams and its people, this month and this week; then its deals by size, and
// what a stage costs.
func (m *builder) funnel(week calendar.Period, weekLines linesOf) *workbook.Tab {
	s := newSheet(m.in, m.st, TabFunnel, "Воронка", "Funnel")
	s.title(m.lang.T("Воронка: на каком этапе теряется план", "Funnel: at which stage the plan is lost"), m.lang.T(
		"Вклад этапа — сколько он прибавил к результату или отнял, если заменять план фактом этап за этапом, по "+
			"порядку воронки. Вклады складываются в отклонение от плана на дату.",
		"The effect of a stage is what it added to the result or took from it when plan is replaced by fact stage "+
			"after stage, in the order of the funnel. The effects add up to the deviation from the plan to date."))
	s.FrozenCols = 1
	s.widen(0, funnelNameWidth)
	parts := []funnelPart{
		{per: m.month, name: m.month.Name(m.lang), lines: m.monthLines},
		{per: week, name: m.lang.T("Неделя ", "Week ") + itoa(isoWeek(week)) + ", " + week.Span.Text(m.lang),
			lines: weekLines},
	}
	for i, st := range m.staff {
		shown := parts[:0:0]
		for _, p := range parts {
			if c, ok := m.roleGroupOf(i, p.per, p.lines); ok {
				p.role, p.roleGroup, p.funnel = st.role, c, planfact.FunnelOfLines(c.lines)
				shown = append(shown, p)
			}
		}
		if len(shown) == 0 {
			continue
		}
		checks := m.checks(shown[0])
		costs := m.stageCosts(shown[0])
		staged := len(shown[0].funnel.Stages) > 0
		if !staged && checks == nil {
			continue
		}
		s.gap()
		s.heading(st.role.Title)
		if staged {
			m.overview(s, shown)
			for _, p := range shown {
				m.funnelPeople(s, p)
			}
		}
		if checks != nil {
			if staged {
				s.gap()
			}
			m.checksTable(s, shown[0], checks)
		}
		if costs != nil {
			m.costsTable(s, shown[0], costs)
		}
	}
	if len(s.Cells) <= s.FrozenRows {
		m.noFunnel(s)
	}
	s.width[0] = min(s.width[0], funnelNameWidth)
	s.named = []int{0}
	return s.done()
}

// funnelPart is a role in a period.
type funnelPart struct {
	role      department.Role
	per       calendar.Period
	name      string
	lines     linesOf
	roleGroup roleGroup
	funnel    planfact.Funnel // the role's
}

func isoWeek(p calendar.Period) int {
	_, w := p.From.Time().ISOWeek()
	return w
}

// noFunnel explains how to make a funnel.
func (m *builder) noFunnel(s *sheet) {
	s.add(workbook.Txt(m.lang.T(
		"Воронок пока нет. Чтобы она появилась, пронумеруйте шаги роли (1, 2, 3…) в колонке «Место в воронке» на "+
			"вкладке «Роли и KPI» настроек.",
		"There are no funnels yet. Number the stages of a role (1, 2, 3…) in the column “Funnel position” of the "+
			"control spreadsheet's tab “Roles and KPIs”."),
		m.st.text(textLook{use: textUnder})))
}

// overview shows the role as a whole: a sentence per period, then a row per stage, the
// periods side by side, the effect first since it is the answer.
func (m *builder) overview(s *sheet, parts []funnelPart) {
	for _, p := range parts {
		msg, use := m.funnelVerdict(p.funnel)
		s.add(workbook.Txt(p.name+": "+msg, m.st.text(textLook{use: use})))
	}
	const each = 6
	rates := kpi.Percent
	if stages := parts[0].funnel.Stages; len(stages) == 2 {
		rates = stages[1].RateUnit
	}
	h := m.tableHead(s, m.lang.T("Этап", "Stage"))
	for _, p := range parts {
		h.group(p.name, slices.Concat([]headNote{m.effectHead()}, m.stageHeads(), m.rateHeads(rates)))
	}
	h.end()
	for i, stage := range parts[0].funnel.Stages {
		r := s.row(bandPerson, h.width).text(stage.KPI.Title, textName)
		for _, p := range parts {
			st, j, ok := stageOf(p.funnel, i, stage.KPI.Key)
			if !ok {
				m.noStage(r, each)
				continue
			}
			effects, _ := shownEffects(p.funnel)
			r.figure(figEffect, lastKPI(p.funnel).Unit, effects[j], bottleneckLight(p.funnel, j), true)
			m.stageFigures(r, st, j, true, false)
		}
		r.end()
	}
	r := s.row(bandTotal, h.width).text(m.lang.T("Отклонение", "Deviation"), textName)
	for _, p := range parts {
		_, total := shownEffects(p.funnel)
		r.figure(figEffect, lastKPI(p.funnel).Unit, total, kpi.NoLight, true).blank(each - 1)
	}
	r.end()
}

// lastKPI returns the result of the funnel.
func lastKPI(f planfact.Funnel) kpi.KPI {
	if len(f.Stages) == 0 {
		return kpi.KPI{Unit: kpi.Count}
	}
	return f.Stages[len(f.Stages)-1].KPI
}

// stageOf finds a stage, which is usually the i-th.
func stageOf(f planfact.Funnel, i int, key string) (st planfact.Stage, at int, ok bool) {
	if i < len(f.Stages) && f.Stages[i].KPI.Key == key {
		return f.Stages[i], i, true
	}
	for j, st := range f.Stages {
		if st.KPI.Key == key {
			return st, j, true
		}
	}
	return planfact.Stage{}, 0, false
}

// shownEffects returns the effects of the stages, rounded so that the shown ones add up
// to the shown deviation: to whole roubles, or to pieces, or to tenths of them if they
// are few.
func shownEffects(f planfact.Funnel) (effects []kpi.Num, total kpi.Num) {
	effects = make([]kpi.Num, len(f.Stages))
	if !f.Deviation.OK {
		return effects, kpi.Num{}
	}
	values := make([]float64, len(f.Stages))
	parts := 1.0
	if lastKPI(f).Unit == kpi.Count {
		parts = 10
	}
	for i, st := range f.Stages {
		values[i] = st.Effect.V
		if math.Abs(st.Effect.V) >= 99.5 {
			parts = 1
		}
	}
	sum := 0.0
	for i, v := range planfact.Whole(values, parts) {
		effects[i] = kpi.Some(v)
		sum += math.Round(v * parts)
	}
	return effects, kpi.Some(sum / parts)
}

// bottleneckLight marks the stage that costs most: in red if the plan is missed.
func bottleneckLight(f planfact.Funnel, i int) kpi.Light {
	switch {
	case i != f.Bottleneck:
		return kpi.NoLight
	case f.Deviation.V < 0:
		return kpi.Red
	}
	return kpi.Yellow
}

// headNote is a heading and its explanation.
type headNote struct{ name, note string }

func (h headNote) cell(st *workbook.Style) workbook.Cell {
	c := workbook.Txt(h.name, st)
	c.Note = h.note
	return c
}

// stageHeads returns the headings of a stage's plan and fact.
func (m *builder) stageHeads() []headNote {
	return []headNote{
		{m.lang.T("План на дату", "Plan to date"), m.lang.T(
			"План закрытых рабочих дней; у законченного периода — весь план.",
			"Plan of the closed working days; of a period that is over, the whole plan.")},
		{m.lang.T("Факт", "Fact"), m.lang.T(periodColumns[perFact].noteRU, periodColumns[perFact].noteEN)},
	}
}

// rateHeads returns the headings of what a piece of the previous stage yields: a
// conversion, or money.
func (m *builder) rateHeads(unit kpi.Unit) []headNote {
	name, note := m.lang.T("Конверсия", "Conversion"), m.lang.T(
		"Факт этапа / факт предыдущего этапа. У денег это средний чек: сумма / количество.",
		"Fact of the stage / fact of the stage before. Of money it is the average check: sum / count.")
	if unit == kpi.Money {
		name, note = m.lang.T("Средний чек", "Average check"), m.lang.T("Сумма / количество.", "Sum / count.")
	}
	return []headNote{
		{name + m.lang.T(", план", ", plan"), m.lang.T("План этапа / план предыдущего этапа, на дату.",
			"Plan of the stage / plan of the stage before, to date.")},
		{name + m.lang.T(", факт", ", fact"), note},
		{m.lang.T("Отклонение", "Deviation"), m.lang.T("Факт − план; у конверсии — в процентных пунктах.",
			"Fact − plan; of a conversion, in percentage points.")},
	}
}

// effectHead returns the heading of the effects.
func (m *builder) effectHead() headNote {
	return headNote{m.lang.T("Вклад в отклонение", "Effect on deviation"), m.lang.T(
		"На сколько этап изменил результат. Этапы по порядку воронки один за другим заменяются с плана на факт, "+
			"следующие остаются по плану: "+
			"вклад первого = (факт − план) × плановые конверсии дальше; вклад конверсии = факт предыдущего этапа × "+
			"(конверсия факт − план) × плановые конверсии дальше. "+
			"Сумма вкладов — отклонение от плана на дату. ▼ — узкое место: здесь теряется больше всего.",
		"By how much the stage changed the result. Stage after stage, in the order of the funnel, plan is replaced "+
			"by fact while the stages that follow stay at plan: "+
			"effect of the first = (fact − plan) × planned conversions after it; effect of a conversion = fact of "+
			"the stage before × (conversion fact − plan) × planned conversions after it. "+
			"The effects add up to the deviation from the plan to date. ▼: the bottleneck, where most is lost.")}
}

// stageFigures adds plan and fact of a stage, the i-th, and with rated its rate; with
// first they begin a group of columns.
func (m *builder) stageFigures(r *line, st planfact.Stage, i int, rated, first bool) {
	r.figure(ofParts(figFine, st.KPI), st.KPI.Unit, st.Plan, kpi.NoLight, first)
	r.figure(ofParts(figValue, st.KPI), st.KPI.Unit, st.Fact, kpi.NoLight, false)
	switch {
	case !rated:
	case i == 0:
		r.blank(3)
	default:
		r.figure(figValue, st.RateUnit, st.RatePlan, kpi.NoLight, false)
		r.figure(figValue, st.RateUnit, st.Rate, kpi.NoLight, false)
		r.figure(figDelta, st.RateUnit, st.RateDeviation(), kpi.NoLight, false)
	}
}

// noStage adds n dashes.
func (m *builder) noStage(r *line, n int) {
	for i := range n {
		r.figure(figValue, kpi.Count, kpi.Num{}, kpi.NoLight, i == 0)
	}
}

// funnelPeople adds a table of the teams and the people of a role: the effects of the
// stages first, since they are the answer, then the figures behind them.
func (m *builder) funnelPeople(s *sheet, p funnelPart) {
	stages := p.funnel.Stages
	if len(stages) == 0 {
		return
	}
	s.gap()
	of := m.lang.T("По сотрудникам: ", "By person: ")
	if !m.listed() {
		of = m.lang.T("По командам: ", "By team: ")
	}
	s.add(workbook.Txt(of+m.within(p.name),
		m.st.text(textLook{use: textSmall})))
	effects := make([]headNote, len(stages))
	for i := range stages {
		effects[i] = headNote{words.Capital(m.stageLabel(p.funnel, i)), m.effectHead().note}
	}
	h := m.tableHead(s, m.whoHead())
	h.group(m.lang.T("Вклад этапов", "Effects of the stages"),
		append(effects, headNote{m.lang.T("Всего", "Sum"), m.lang.T(
			"Отклонение последнего этапа от плана на дату: сумма вкладов слева.",
			"Deviation of the last stage from its "+
				"plan to date: the sum of the effects to the left.")}))
	for i, st := range stages {
		heads := m.stageHeads()
		if i > 0 {
			heads = append(heads, m.rateHeads(st.RateUnit)...)
		}
		h.group(st.KPI.Title, heads)
	}
	h.end()
	m.groupRows(s, p.roleGroup, h.width, func(r *line, t *team, who *member) {
		f := p.funnel
		switch {
		case who != nil:
			f = planfact.FunnelOfLines(who.lines)
		case t != nil:
			f = planfact.FunnelOfLines(m.in.Engine.Team(p.role, t.name, p.per))
		}
		m.funnelRow(r, p.funnel, f)
		r.end()
	})
}

// funnelRow adds a row's effects, their sum, and the figures of the stages.
func (m *builder) funnelRow(r *line, head, f planfact.Funnel) {
	effects, total := shownEffects(f)
	for i, st := range head.Stages {
		_, j, ok := stageOf(f, i, st.KPI.Key)
		if !ok {
			r.figure(figDelta, kpi.Count, kpi.Num{}, kpi.NoLight, i == 0)
			continue
		}
		r.figure(figEffect, lastKPI(f).Unit, effects[j], bottleneckLight(f, j), i == 0)
	}
	r.figure(figEffect, lastKPI(head).Unit, total, kpi.NoLight, false)
	for i, st := range head.Stages {
		mine, _, ok := stageOf(f, i, st.KPI.Key)
		switch {
		case ok:
			m.stageFigures(r, mine, i, i > 0, true)
		case i == 0:
			m.noStage(r, 2)
		default:
			m.noStage(r, 5)
		}
	}
}

// stageNouns name one piece of a stage of the shipped templates.
var stageNouns = map[string][2]string{
	"calls": {"звонок", "call"}, "talks": {"разговор", "conversation"}, "leads": {"лид", "lead"},
	"deals": {"сделка", "deal"},
}

// stageNoun names one piece of a stage: «звонок»; else the KPI's title.
func (m *builder) stageNoun(k kpi.KPI) string {
	if n, ok := stageNouns[k.Key]; ok {
		return m.lang.T(n[0], n[1])
	}
	return small(k.Title)
}

// stageLabel names what a stage adds to the funnel: «звонки», «звонок → разговор»,
// «средний чек».
func (m *builder) stageLabel(f planfact.Funnel, i int) string {
	st := f.Stages[i]
	switch {
	case i == 0:
		return small(st.KPI.Title)
	case st.RateUnit == kpi.Money:
		return m.lang.T("средний чек", "average check")
	}
	return m.stageNoun(f.Stages[i-1].KPI) + " → " + m.stageNoun(st.KPI)
}

// small changes the first letter of a title to lower case inside a sentence, except in
// abbreviations.
func small(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); !unicode.IsLower(second) {
		return s
	}
	return strings.ToLower(string(first)) + s[n:]
}

// bottleneck returns the sentence about the stage that costs most: «−285 000 ₽ на этапе
// «разговор → лид»: 7 % вместо 10 %»; empty if there is none.
func (m *builder) bottleneck(f planfact.Funnel) string {
	if f.Bottleneck < 0 {
		return ""
	}
	effects, _ := shownEffects(f)
	st, i := f.Stages[f.Bottleneck], f.Bottleneck
	s := "−" + loss(effects[i].V, lastKPI(f), m.lang)
	label := m.stageLabel(f, i)
	s += m.lang.T(" на этапе «"+label+"»", " at the stage “"+label+"”")
	fact, plan, unit := st.Rate, st.RatePlan, st.RateUnit
	if i == 0 {
		fact, plan, unit = st.Fact, st.Plan, st.KPI.Unit
	}
	if !fact.OK || !plan.OK {
		return s
	}
	return s + ": " + instead(fact.V, plan.V, unit, m.lang)
}

// funnelVerdict returns how a whole role is doing and why.
func (m *builder) funnelVerdict(f planfact.Funnel) (string, text) {
	if !f.Deviation.OK {
		return m.lang.T("сравнить не с чем: у какого-то этапа ещё нет плана или факта.",
			"nothing to compare with: some stage has no plan or no fact yet."), textUnder
	}
	_, total := shownEffects(f)
	last := lastKPI(f)
	sign := "+"
	if total.V < 0 {
		sign = "−"
	}
	s := sign + loss(total.V, last, m.lang) + m.lang.T(" к плану на дату", " against the plan to date")
	if total.V == 0 {
		s = m.lang.T("ровно по плану на дату", "exactly on the plan to date")
	}
	if why := m.bottleneck(f); why != "" {
		return s + m.lang.T(". Узкое место: ", ". Bottleneck: ") + why + ".", textPerson
	}
	if f.Light == kpi.NoLight {
		return s + m.lang.T(". Судить пока рано.", ". Too early to say."), textUnder
	}
	return s + m.lang.T(". Узкого места нет.", ". No bottleneck."), textUnder
}
