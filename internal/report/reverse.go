package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// reverse returns the person's reverse plan for a month, if ops asked for it: for today's
// month and later ones in which all its stages are measured.
func (d *desk) reverse(m calendar.Period) *planfact.Reverse {
	set := d.in.Dep.Settings
	if d.in.Plans == nil || !set.HasReversePlan(d.in.Role.Key) || m.To < d.in.Today {
		return nil
	}
	r, ok := d.in.Plans.Reverse(d.in.Person, planfact.ReverseSpan(d.in.Today, set.ReverseDays))
	if !ok {
		return nil
	}
	active := activeIn(d.in.Role, m.Span)
	for _, k := range planfact.FunnelOf(d.in.Role) {
		if !slices.ContainsFunc(active, func(a kpi.KPI) bool { return a.Key == k.Key }) {
			return nil
		}
	}
	return &r
}

// reversePlan writes the row with what each stage of the funnel must bring a day so that
// the last one reaches its plan (domain 2.17). The need of the last stage follows as the
// person types; the conversions are those of the previous months.
func (s *sheet) reversePlan() {
	if s.reverse == nil {
		return
	}
	T, steps := s.lang.T, s.reverse.Steps
	last := steps[len(steps)-1].To
	label := workbook.Txt(T("Обратный план, в день", "Reverse plan, a day"), labelBold)
	span := s.reverse.Span.From.Time().Format("02.01") + "–" + s.reverse.Span.To.Time().Format("02.01")
	label.Note = fmt.Sprintf(T("Сколько делать каждый рабочий день, чтобы выполнить план по «%s»: от «Нужно в день» "+
		"назад по воронке. Конверсии — за %s, свои; где своих результатов меньше %d — по всей роли. Обновляются раз "+
		"в месяц.",
		"What each working day takes to make the plan of “%s”: from Needed per day back through the funnel. "+
			"Conversions of %s, the person's own; where those rest on fewer than %d results, the role's. Brought up "+
			"to date once a month."), last.Title, span, planfact.ReverseSample)
	row := s.cells[rowReverse]
	row[0] = label
	for _, k := range s.kpis {
		row[s.col[k.Key]] = workbook.Cell{Style: blankBlock}
	}
	need := at(rowNeeded, s.col[last.Key])
	factor := ""
	var says []string
	for i := len(steps); i >= 0; i-- {
		k := last
		if i < len(steps) {
			k = steps[i].From
			factor += "*(" + rat(steps[i].In) + ")/(" + rat(steps[i].Out) + ")"
			says = append(says, s.conversion(steps[i]))
		}
		st := &workbook.Style{Format: figure(k.Unit, s.lang), Color: ink, Background: accent, Bold: true,
			Align: "RIGHT", Bottom: hairline}
		row[s.col[k.Key]] = workbook.F("=IF(COUNT("+need+")=0;"+text(dash)+";ROUNDUP(ROUND("+need+factor+";6);0))", st)
	}
	slices.Reverse(says)
	// A line for each step: see reverseHeight.
	small := *blankBlock
	small.Size = 9
	row[s.comment] = workbook.Txt(T("Чтобы выполнить план, по конверсиям:", "To make the plan, by conversions:")+"\n"+
		strings.Join(says, "\n"), &small)
}

// conversion describes a step: the ratio to the previous stage, the sample, and whose
// figures they are.
func (s *sheet) conversion(c planfact.Conversion) string {
	rate := kpi.FormatNum(kpi.Some(c.Out/c.In), kpi.Percent, s.lang)
	switch {
	case c.To.Unit == kpi.Money && c.From.Unit != kpi.Money:
		rate = kpi.FormatNum(kpi.Some(math.Round(c.Out/c.In)), kpi.Money, s.lang)
	case c.To.Unit != c.From.Unit:
		rate = kpi.FormatNum(kpi.Some(c.Out/c.In), kpi.Count, s.lang)
	}
	whose := s.lang.T("свои", "own")
	if !c.Own {
		whose = s.lang.T("по роли", "the role's")
	}
	return fmt.Sprintf(s.lang.T("%s → %s: %s (из %s, %s)", "%s → %s: %s (of %s, %s)"), c.From.Title, c.To.Title, rate,
		kpi.FormatNum(kpi.Some(c.In), c.From.Unit, s.lang), whose)
}

// reverseHeight returns the height of the row with so many steps, in pixels.
func reverseHeight(steps int) int { return 10 + 16*(steps+1) }
