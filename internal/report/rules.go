package report

import (
	"slices"

	"svodka/internal/kpi"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// ruleList collects rules that depend on formulas. Where several apply to a cell, the
// first one holds.
type ruleList []workbook.Rule

func (l *ruleList) add(areas []workbook.Area, formula string, r workbook.Rule) {
	r.Areas, r.Kind, r.Values = areas, "CUSTOM_FORMULA", []string{"=" + formula}
	*l = append(*l, r)
}

// rules returns the colours that react at once to what is typed.
func (s *sheet) rules() []workbook.Rule {
	if len(s.kpis) == 0 {
		return nil
	}
	var l ruleList
	first, last := s.col[s.kpis[0].Key], s.col[s.kpis[len(s.kpis)-1].Key]
	s.blockRules(&l, first, last)
	s.entryRules(&l)
	s.dayRules(&l, first, last)
	return l
}

// blockRules colour the block: the lights, a finished day, and the direction in which a
// KPI moves.
func (s *sheet) blockRules(rules *ruleList, first, last int) {
	light := []workbook.Area{{R0: rowPace, C0: first, R1: rowLight + 1, C1: last + 1}}
	for _, l := range slices.Backward(terms.Lights()) {
		colors := terms.LightColors(l)
		rules.add(light, workbook.ColumnName(first)+"$"+itoa(rowLight+1)+"="+text(terms.LightText(l, s.lang)),
			workbook.Rule{Color: colors.Ink, Back: colors.Back, Bold: true})
	}
	rules.add([]workbook.Area{{R0: rowToday, C0: first, R1: rowToday + 1, C1: last + 1}},
		workbook.ColumnName(first)+"$"+itoa(rowToday+1)+"="+text(doneText(s.lang)),
		workbook.Rule{Color: white, Back: doneBack, Bold: true})
	for _, d := range []struct {
		lower         bool
		better, worse string
	}{{false, ">0", "<0"}, {true, "<0", ">0"}} {
		var areas []workbook.Area
		for _, k := range s.kpis {
			if c := s.col[k.Key]; (k.Direction == kpi.Lower) == d.lower {
				areas = append(areas, workbook.Area{R0: rowTrend, C0: c, R1: rowTrend + 1, C1: c + 1})
			}
		}
		if len(areas) == 0 {
			continue
		}
		cell := at(rowTrend, areas[0].C0)
		rules.add(areas, "AND(ISNUMBER("+cell+");"+cell+d.better+")", workbook.Rule{Color: green.Ink})
		rules.add(areas, "AND(ISNUMBER("+cell+");"+cell+d.worse+")", workbook.Rule{Color: red.Ink})
	}
}

// entryRules colour what was typed and counts as something else, does not count, or has
// not been read yet.
func (s *sheet) entryRules(rules *ruleList) {
	for _, k := range s.kpis {
		if !k.Typed() {
			continue
		}
		c, days := s.col[k.Key], s.typedRows(k)
		area := []workbook.Area{{R0: days.from, C0: c, R1: days.to, C1: c + 1}}
		cell := at(days.from, c)
		if guess := guessFrom(k.Unit); guess != "" {
			rules.add(area, "AND(ISNUMBER("+cell+");"+cell+guess+")", workbook.Rule{Back: softBack})
		}
		counts, day := at(days.from, s.figures(k)), "$A"+itoa(days.from+1)
		rules.add(area, "AND(ISNUMBER("+cell+");"+counts+`="";`+day+"<="+s.today()+")",
			workbook.Rule{Color: red.Ink, Back: badBack})
		rules.add(area, counts+"="+text(waits), workbook.Rule{Color: yellow.Ink, Back: softBack})
	}
}

// dayRules colour today's row, working days without a report, and locked days.
func (s *sheet) dayRules(rules *ruleList, first, last int) {
	day := "$A" + itoa(s.first+1)
	isToday := day + "=" + s.today()
	today := workbook.Rule{Back: todayBack, Bold: true}
	// Everything except texts among the figures: those are marked one by one.
	rules.add([]workbook.Area{{R0: s.first, C0: first, R1: s.end, C1: last + 1}}, "AND("+isToday+";OR("+
		at(s.first, first)+`="";NOT(ISTEXT(`+at(s.first, first)+")))"+")", today)
	rules.add([]workbook.Area{{R0: s.first, C0: 0, R1: s.end, C1: 1},
		{R0: s.first, C0: s.comment, R1: s.end, C1: s.comment + 1}}, isToday, today)

	for _, k := range s.kpis {
		if !k.Typed() || !k.Required {
			continue
		}
		c, days := s.col[k.Key], s.typedRows(k)
		r := itoa(days.from + 1)
		rules.add([]workbook.Area{{R0: days.from, C0: c, R1: days.to, C1: c + 1}},
			"AND($"+workbook.ColumnName(s.closed)+r+"=1;$"+workbook.ColumnName(s.weight)+r+">0;"+at(days.from, c)+
				`="")`, workbook.Rule{Back: missing})
	}
	// The mark of locked days moves on by itself.
	locked := day + "+" + itoa(s.in.Dep.Settings.GraceDays) + "<" + s.today()
	for _, open := range s.in.Dep.OpenTo(s.in.Person.ID, s.in.Today) {
		if open = open.Meet(s.month.Span); open.Days() > 0 {
			locked += ";OR(" + day + "<" + itoa(int(open.From.Serial())) + ";" + day + ">" +
				itoa(int(open.To.Serial())) + ")"
		}
	}
	rules.add([]workbook.Area{{R0: s.first, C0: first, R1: s.end, C1: last + 1}}, "AND("+locked+")",
		workbook.Rule{Color: inkLocked})
}

// inkLocked is the colour of figures that can no longer be changed: paler than others and
// still legible, even on days off.
const inkLocked = "#5B6472"

// guessFrom returns the comparison that holds for numbers which kpi.ParseCell reads as
// something else: minutes, and percents without their sign.
func guessFrom(u kpi.Unit) string {
	switch u {
	case kpi.Duration:
		return ">=1"
	case kpi.Percent:
		return ">15/10"
	}
	return ""
}
