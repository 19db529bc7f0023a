package report

import (
	"math"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// The numbers of the month's working days, of the closed and of the open ones are in the
// hidden column of weights, beside the plan, the plan to date and the need. A KPI that is
// measured for a part of the month has its own.
func (s *sheet) working(k kpi.KPI) string {
	if s.whole(k) {
		return "$" + workbook.ColumnName(s.weight) + "$" + itoa(rowPlan+1)
	}
	return s.countWorking(s.rowsOf(k))
}

func (s *sheet) shut(k kpi.KPI) string {
	if s.whole(k) {
		return "$" + workbook.ColumnName(s.weight) + "$" + itoa(rowToDate+1)
	}
	return s.countShut(s.rowsOf(k))
}

func (s *sheet) open(k kpi.KPI) string {
	if s.whole(k) {
		return "$" + workbook.ColumnName(s.weight) + "$" + itoa(rowNeeded+1)
	}
	return "(" + s.working(k) + "-" + s.shut(k) + ")"
}

func (s *sheet) countWorking(r rows) string {
	return "COUNTIFS(" + s.ref(s.weight, r) + `;">0"` + s.within(r) + ")"
}

func (s *sheet) countShut(r rows) string {
	return "COUNTIFS(" + s.ref(s.weight, r) + `;">0";` + s.ref(s.closed, r) + ";1" + s.within(r) + ")"
}

const dash = "—"

// block is the block on top. Every figure in it except the plan reacts as the person
// types. The formulas are those of domain 2.1-2.8 and 2.18.
func (s *sheet) block() {
	s.blockLabels()
	for i, o := range [][2]string{{"charttype", "column"}, {"color", "#4285F4"}} {
		s.cells[rowChart+i][s.closed] = workbook.Txt(o[0], helperCell)
		s.cells[rowChart+i][s.weight] = workbook.Txt(o[1], helperCell)
	}
	if !s.frame {
		s.blockHelpers()
	}
	s.reversePlan()
	for _, k := range s.kpis {
		s.blockFigures(k)
		if !s.frame {
			s.blockFormulas(k)
		}
		s.freeze(k)
	}
}

// blockLabels writes the names of the rows and their explanations.
func (s *sheet) blockLabels() {
	T := s.lang.T
	for _, l := range [...]struct {
		row        int
		name, note string
		style      *workbook.Style
	}{
		{rowToday, T("Осталось сегодня", "Left today"), T("Сколько ещё сделать сегодня, чтобы идти по плану месяца: "+
			"(план − факт на утро) / оставшиеся рабочие дни − введённое за сегодня. Меняется, как только вы "+
			"вводите.", "What today still has to bring to stay on the month's plan: (plan − fact this morning) / "+
			"working days left − what was typed today. Follows as you type."), todayLabel},
		{rowPlan, T("План месяца", "Plan of the month"), T("План на весь месяц с учётом отпусков и больничных.",
			"The plan of the whole month, absences taken into account."), labelStyle},
		{rowFact, T("Факт", "Fact"), T("Сумма введённого за месяц; у средних и долей — по суммам месяца.",
			"The sum of what was typed; for averages and shares, from the month's sums."), labelStyle},
		{rowToDate, T("План на дату", "Plan to date"),
			T("Сколько должно быть к сегодняшнему дню. Сегодня считается, когда отчёт заполнен или прошёл срок "+
				"сдачи.", "What should be there by now. Today counts once it is reported or its deadline has passed."),
			labelStyle},
		{rowPace, T("Темп", "Pace"), T("Факт / план на дату.", "Fact / plan to date."), labelStyle},
		{rowLight, T("Светофор", "Light"), T("Появляется, когда прошла часть месяца.",
			"Appears once a part of the month has passed."), labelStyle},
		{rowTrend, T("Последние дни", "Recent days"), T("Последние 5 закрытых рабочих дней месяца в сумме против 5 "+
			"перед ними: ▲ больше, ▼ меньше. В первой половине месяца сравнивается поровну, от 3 дней.",
			"The last 5 closed working days of the month against the 5 before them: ▲ more, ▼ less. In the first "+
				"half of the month, as many as there are, from 3 days on."), labelStyle},
		{rowLeft, T("До плана", "Left"), T("План месяца − факт.", "Plan of the month − fact."), labelStyle},
		{rowNeeded, T("Нужно в день", "Needed per day"),
			T("Осталось / оставшиеся рабочие дни, сегодня включая, пока отчёт не сдан.",
				"Left / working days left, today included until it is reported."), labelBold},
		{rowForecast, T("Прогноз", "Forecast"), T("Факт / прошедшие рабочие дни × рабочие дни месяца.",
			"Fact / working days passed × working days of the month."), labelStyle},
		{rowChart, T("По дням", "By day"), "", labelStyle},
	} {
		s.cells[l.row][0] = workbook.Txt(l.name, l.style)
		s.cells[l.row][0].Note = l.note
		s.cells[l.row][s.comment].Style = blankBlock
	}
}

// put writes a formula of the block.
func (s *sheet) put(row, col int, formula string, st *workbook.Style) {
	s.cells[row][col] = workbook.F("="+formula, st)
}

// blockHelpers writes the counts of working days, the clock and the options of charts
// that the block's formulas share, most of them in hidden columns.
func (s *sheet) blockHelpers() {
	T := s.lang.T
	put := s.put
	put(rowPlan, s.weight, s.countWorking(rows{s.first, s.end}), helperCell)
	put(rowToDate, s.weight, s.countShut(rows{s.first, s.end}), helperCell)
	put(rowNeeded, s.weight, at(rowPlan, s.weight)+"-"+at(rowToDate, s.weight), helperCell)
	// The working days from today on, including today even if it is closed.
	put(rowPlan, s.closed, s.countToday(rows{s.first, s.end}), helperCell)
	put(rowFact, s.closed, at(rowNeeded, s.weight)+"+"+s.countTodayShut(rows{s.first, s.end}), helperCell)
	// The length of the stretches that are compared, and the number of working days
	// before the later and the earlier one.
	put(rowPlan, s.number, "MIN("+itoa(planfact.LatelyDays)+";INT("+at(rowToDate, s.weight)+"/2))", helperCell)
	put(rowFact, s.number, at(rowToDate, s.weight)+"-"+at(rowPlan, s.number), helperCell)
	put(rowToDate, s.number, at(rowFact, s.number)+"-"+at(rowPlan, s.number), helperCell)
	// The clock of the tab, and the day that it shows: nothing else here reads the time,
	// so all formulas change at the same moment.
	put(rowPace, s.number, "NOW()", helperCell)
	put(rowLight, s.number, "INT("+s.helper(rowPace)+")", helperCell)
	put(rowToday, s.comment, s.todayText(), todayNote)
	put(rowFact, s.comment, s.waiting(), waitingStyle)
	put(rowPlan, s.comment, text(T("Рабочих дней в месяце: ", "Working days in the month: "))+"&"+at(rowPlan, s.weight),
		blankBlock)
	put(rowToDate, s.comment, text(T("Из них прошло: ", "Of those passed: "))+"&"+at(rowToDate, s.weight), blankBlock)
	put(rowNeeded, s.comment, text(T("Осталось рабочих дней: ", "Working days left: "))+"&"+at(rowNeeded, s.weight),
		blankBlock)
}

// chartOptions returns the reference of the options of the charts by day.
func (s *sheet) chartOptions() string {
	return "$" + workbook.ColumnName(s.closed) + "$" + itoa(rowChart+1) + ":$" + workbook.ColumnName(s.weight) +
		"$" + itoa(rowChart+2)
}

// inBlock is the look of the block's figures.
func inBlock(f workbook.NumberFormat) *workbook.Style {
	return &workbook.Style{Format: f, Color: ink, Background: panel, Align: "RIGHT", Bottom: hairline}
}

// boldIn is the look of the fact.
func boldIn(f workbook.NumberFormat) *workbook.Style {
	bold := inBlock(f)
	bold.Bold, bold.Size = true, 11
	return bold
}

// blockFigures writes what is no formula in a KPI's column of the block.
func (s *sheet) blockFigures(k kpi.KPI) {
	c := s.col[k.Key]
	normal := inBlock(figureOf(k, s.lang))
	s.cells[rowPlan][c] = workbook.N(s.plans[k.Key].total, normal)
	if !s.plans[k.Key].ok {
		none := *normal
		none.Color, none.Italic = grey, true
		s.cells[rowPlan][c] = workbook.Txt(s.lang.T("не задан", "not set"), &none)
	}
	if s.how(k) == byWorker {
		s.cells[rowFact][c] = s.byWorker(k, s.now[k.Key].fact, boldIn(figureOf(k, s.lang)))
	}
	if k.Additive() {
		return
	}
	for _, row := range []int{rowLeft, rowNeeded} {
		s.cells[row][c] = workbook.Txt(dash, &workbook.Style{Color: grey, Background: panel, Align: "RIGHT",
			Bottom: hairline})
	}
	if s.how(k) == byWorker { // its operands may grow differently
		s.cells[rowForecast][c] = s.byWorker(k, s.now[k.Key].forecast, normal)
	}
}

// blockFormulas writes the formulas of a KPI's column of the block.
func (s *sheet) blockFormulas(k kpi.KPI) {
	put := s.put
	c := s.col[k.Key]
	ref := func(row int) string { return at(row, c) }
	normal := inBlock(figureOf(k, s.lang))
	if s.how(k) != byWorker {
		put(rowFact, c, s.fact(k), boldIn(figureOf(k, s.lang)))
	}
	toDate := text(dash)
	switch _, daily := s.plan[k.Key]; {
	case daily:
		// a plan kept through an absence of the whole month is due on no day
		toDate = "SUMIFS(" + s.ref(s.plan[k.Key], s.rowsOf(k)) + ";" + s.ref(s.closed, s.rowsOf(k)) + ";1;" +
			s.ref(s.weight, s.rowsOf(k)) + `;">0"` + s.within(s.rowsOf(k)) + ")"
	case s.plans[k.Key].ok:
		toDate = ref(rowPlan)
	}
	put(rowToday, c, s.leftToday(k, ref(rowPlan), ref(rowFact)), todayStyle(figureOf(k, s.lang)))
	put(rowToDate, c, toDate, normal)
	put(rowTrend, c, s.lately(k), inBlock(change(k, s.lang)))
	put(rowPace, c, s.pace(k, ref(rowFact), ref(rowToDate)), inBlock(percent))
	put(rowLight, c, s.light(k, ref(rowPace)), lightStyle)
	if k.Additive() {
		left := "MAX(0;" + ref(rowPlan) + "-" + ref(rowFact) + ")"
		if k.Unit == kpi.Money { // what is left does not show as 0 ₽
			left = "IF(ROUND(" + ref(rowPlan) + "-" + ref(rowFact) + ";6)<=0;0;MAX(1/2;" + ref(rowPlan) + "-" +
				ref(rowFact) + "))"
		}
		put(rowLeft, c, "IFERROR("+left+";"+text(dash)+")", normal)
		needed := inBlock(perDay(k.Unit, s.lang))
		needed.Bold, needed.Background, needed.Wrap = true, accent, "WRAP"
		put(rowNeeded, c, s.needed(k), needed)
	}
	if k.Additive() || s.how(k) != byWorker {
		put(rowForecast, c, s.forecast(k, ref(rowFact)), normal)
	}
	put(rowChart, c, "SPARKLINE("+s.ref(s.figures(k), s.rowsOf(k))+";"+s.chartOptions()+")", blankBlock)
}

// needed returns a formula for what is needed per remaining working day, or a text
// instead (domain 2.6).
func (s *sheet) needed(k kpi.KPI) string {
	if k.Direction == kpi.Lower { // nothing is needed if lower is better
		return text(dash)
	}
	c := s.col[k.Key]
	left, plan := at(rowLeft, c), at(rowPlan, c)
	return "IF(COUNT(" + left + ")=0;" + text(dash) + ";IF(" + left + "=0;IF(" + s.open(k) +
		"<=0;" + text(dash) + ";0);IF(OR(" + s.open(k) + "<=0;" +
		left + "*" + s.working(k) + ">" + s.open(k) + "*" + plan + "*" +
		rat(planfact.OutOfReach*s.in.Dep.Settings.CatchUpRed) + ");" +
		s.missed(s.open(k), at(rowForecast, c), plan) + ";" + left + "/" + s.open(k) + ")))"
}

// missed returns, for a plan that can no longer be reached, a formula for what will come
// instead, as in the summary (planfact.Line.Hopeless).
func (s *sheet) missed(open, forecast, plan string) string {
	T := s.lang.T
	return "IF(AND(" + open + "<=0;" + s.today() + ">=" + itoa(int(s.month.To.Serial())) + ");" +
		text(T("не выполнен", "missed")) + ";" +
		text(T("не догнать", "out of reach")) + "&IF(COUNT(" + forecast + ")=0;" + text("") + ";" +
		text(T(": прогноз ", ": forecast ")) + "&MIN(99;ROUND(100*" + forecast + "/" + plan + ";0))&" +
		text(T("\u00a0%", "%")) + "))"
}

// waiting counts the cells that do not count yet because they have not been read.
func (s *sheet) waiting() string {
	var counts []string
	for _, k := range s.kpis {
		if _, ok := s.pairs[k.Key]; ok {
			counts = append(counts, "COUNTIF("+s.ref(s.figures(k), s.typedRows(k))+";"+text(waits)+")")
		}
	}
	if s.hasDeals && s.month.Has(s.in.Today) { // a deal that waits may be of any month
		counts = append(counts, "COUNTIF("+s.countedColumn(countedDate)+";"+text(waits)+")")
	}
	if len(counts) == 0 {
		return text("")
	}
	n := strings.Join(counts, "+")
	return "IF(" + n + "=0;" + text("") + ";" +
		text(s.lang.T("⧗ ждёт сверки, ячеек: ", "⧗ waiting to be read, cells: ")) + "&(" + n + "))"
}

// fact returns the formula for the fact of the month.
func (s *sheet) fact(k kpi.KPI) string {
	f := s.factFormula(k, s.stint(k), s.rowsOf(k))
	if !k.Additive() || s.how(k) == byFormula {
		f = "IFERROR(" + f + ";" + text(dash) + ")"
	}
	return f
}

// byWorker returns a figure that only the worker can compute.
func (s *sheet) byWorker(k kpi.KPI, n kpi.Num, st *workbook.Style) workbook.Cell {
	c := workbook.Txt(dash, st)
	if n.OK {
		c = workbook.N(CellValue(k, n.V), st)
	}
	c.Note = s.lang.T("Обновляется при каждой сверке таблицы, а не сразу.",
		"Brought up to date whenever the spreadsheet is read, not at once.")
	return c
}

// factFormula returns the fact of a KPI in a role over a run of days. The operands of a
// formula that is measured for a part of the month are those of that part.
func (s *sheet) factFormula(k kpi.KPI, st stint, days rows) string {
	if s.how(k) == byFormula {
		return s.expr(k, func(o kpi.KPI) string {
			part := s.rowsIn(o, st).meet(days)
			if part == s.rowsOf(o) || s.how(o) == byWorker {
				return at(rowFact, s.col[o.Key])
			}
			return "(" + s.factFormula(o, st, part) + ")"
		})
	}
	return s.sum(k, days, "")
}

// sum returns the figures of a KPI without formula over a run of days, of those that meet
// more conditions of SUMIFS, if any.
func (s *sheet) sum(k kpi.KPI, days rows, more string) string {
	ref, one, many := s.ref(s.figures(k), days), "SUM", "SUMIFS"
	if k.Unit == kpi.Percent { // a typed one has no weights
		one, many = "AVERAGE", "AVERAGEIFS"
	}
	more += s.within(days)
	if more == "" {
		return one + "(" + ref + ")"
	}
	return many + "(" + ref + more + ")"
}

// expr returns the KPI's formula, with the references that ref returns for its operands.
// Durations are fractions of a day in cells and seconds in formulas.
func (s *sheet) expr(k kpi.KPI, ref func(operand kpi.KPI) string) string {
	f := k.Expr.Sheet(func(name string) string {
		o, _ := s.kpi(name)
		if o.Unit == kpi.Duration {
			return "(" + ref(o) + "*" + itoa(secondsInDay) + ")"
		}
		return ref(o)
	})
	if k.Unit == kpi.Duration {
		return "(" + f + ")/" + itoa(secondsInDay)
	}
	return f
}

// pace returns fact / plan to date (domain 2.4); where lower is better, plan to date /
// fact, at most the cap (2.8).
func (s *sheet) pace(k kpi.KPI, fact, plan string) string {
	value := fact + "/" + plan
	if k.Direction == kpi.Lower {
		limit := rat(s.in.Dep.Settings.LowerCap)
		value = "IF(" + fact + "<=0;" + limit + ";MIN(" + limit + ";" + plan + "/" + fact + "))"
	}
	return "IF(COUNT(" + fact + ";" + plan + ")<2;" + text(dash) + ";IF(" + plan + "<=0;" + text(dash) + ";" +
		s.shownPace(value, k) + "))"
}

// shownPace is kpi.Thresholds.Shown as a formula: rounding to tenths of a percent must
// not carry a pace over a bound of its light.
func (s *sheet) shownPace(value string, k kpi.KPI) string {
	out := value
	for _, b := range k.Lights.Bounds(s.in.Dep.Settings.AboveFrom) {
		at := math.Round(b * 1000)
		sign, side := "-", "<"
		if at < b*1000-1e-6 { // a bound between two tenths
			sign, side = "+", ">="
		}
		out += sign + "IF(AND(ROUND(1000*" + value + ";0)=" + itoa(int(at)) + ";ROUND(" + value + ";9)" + side +
			rat(b) + ");1/2000;0)"
	}
	return out
}

// early returns a condition: too little of the month has closed for a light or a
// forecast.
func (s *sheet) early(k kpi.KPI) string {
	return "OR(" + s.shut(k) + "<=0;" + s.shut(k) + "<" + s.working(k) + "*" + rat(s.in.Dep.Settings.GreyShare) + ")"
}

// light returns the sign and word of a pace. It compares bounds after rounding, so that
// 85 % is 85 % however it was divided.
func (s *sheet) light(k kpi.KPI, pace string) string {
	lights := k.Lights
	if len(lights) == 0 {
		lights = kpi.DefaultThresholds()
	}
	rounded := "ROUND(" + pace + ";9)"
	f := text(terms.LightText(lights[0].Light, s.lang))
	for _, l := range lights[1:] {
		f = "IF(" + rounded + ">=" + rat(l.From/100) + ";" + text(terms.LightText(l.Light, s.lang)) + ";" + f + ")"
	}
	if above := s.in.Dep.Settings.AboveFrom; above > 0 {
		f = "IF(" + rounded + ">=" + rat(above) + ";" + text(terms.LightText(kpi.Above, s.lang)) + ";" + f + ")"
	}
	return "IF(OR(COUNT(" + pace + ")=0;" + s.early(k) + ");" + text("") + ";" + f + ")"
}

// forecast returns fact / E × W (domain 2.5); for a ratio, whose operands grow alike, the
// fact.
func (s *sheet) forecast(k kpi.KPI, fact string) string {
	f := fact
	if k.Additive() {
		f += "/" + s.shut(k) + "*" + s.working(k)
	}
	return "IF(" + s.early(k) + ";" + text(dash) + ";IFERROR(" + f + ";" + text(dash) + "))"
}
