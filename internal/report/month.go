package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Rows of a month's tab.
const (
	rowHead = iota
	rowPlan
	rowFact
	rowToDate
	rowPace
	rowLight
	rowLeft
	rowNeeded
	rowForecast
	rowChart
	rowHint // what is typed and what is computed; ends the block on top
	firstDay
)

// rowTags name the rows above the days for ever.
var rowTags = [firstDay]string{"head", "plan", "fact", "to_date", "pace", "light", "left", "needed", "forecast", "chart", "hint"}

var monthsRU = [...]string{"Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"}

func monthTitle(m calendar.Period, lang words.Lang) string {
	return lang.T(monthsRU[m.From.Month()-1], m.From.Month().String()) + " " + itoa(m.From.Year())
}

// sheet is a month's tab in the making.
type sheet struct {
	*desk
	month calendar.Period
	kpis  []kpi.KPI
	cells [][]workbook.Cell
	key   string         // of the tab
	col   map[string]int // of KPIs, by key
	plan  map[string]int // hidden columns of the days' plans, by key of the KPI
	// Other columns. closed and weight are hidden: whether the day is closed (1
	// or 0), and how much of a working day it is.
	comment, closed, weight int
	end                     int // row after the last day
	plans                   map[string]dayPlans
	measured                map[string]kpi.Num // facts that only the worker can compute
}

// dayPlans are the plans of the days of a month; of a ratio, its one plan.
type dayPlans struct {
	days  []float64
	total float64
	ok    bool
}

// month lays out a month's tab: KPIs across, the block on top, a row per day.
func (d *desk) month(m calendar.Period) *workbook.Tab {
	t := d.tab(TabMonth+m.String(), monthTitle(m, d.lang))
	s := &sheet{
		desk:  d,
		month: m,
		kpis:  activeIn(d.in.Role, m.Span),
		key:   t.Key,
		col:   map[string]int{},
		plan:  map[string]int{},
		plans: map[string]dayPlans{},
		end:   firstDay + m.Days(),
	}
	column := func(key string, width int, hidden bool) int {
		t.Columns = append(t.Columns, workbook.Column{Key: key, Width: width, Hidden: hidden})
		return len(t.Columns) - 1
	}
	column(ColDate, 104, false)
	for _, k := range s.kpis {
		s.col[k.Key] = column(ColKPI+k.Key, 112, false)
		s.plans[k.Key] = s.planOf(k)
	}
	s.comment = column(ColComment, 280, false)
	s.closed = column("closed", 60, true)
	s.weight = column("w", 60, true)
	for _, k := range s.kpis {
		if k.Additive() && s.plans[k.Key].ok {
			s.plan[k.Key] = column("plan:"+k.Key, 60, true)
		}
	}
	s.measured = s.measures()

	s.cells = make([][]workbook.Cell, s.end)
	for r := range s.cells {
		s.cells[r] = make([]workbook.Cell, len(t.Columns))
	}
	s.head()
	s.block()
	s.days()

	t.KeyColumn = ColDate
	t.FrozenRows, t.FrozenCols = 1, 1
	t.Rows, t.Cols = s.end, len(t.Columns)
	t.Cells = s.cells
	t.Heights = map[int]int{rowHead: 44, rowChart: 36}
	for _, tag := range rowTags {
		t.RowIDs = append(t.RowIDs, workbook.RowID{Tag: tag})
	}
	for day := m.From; day <= m.To; day++ {
		t.RowIDs = append(t.RowIDs, workbook.RowID{Day: day.Serial()})
	}
	t.Rules = s.rules()
	if m.Span.Has(d.in.Today) {
		t.TabColor = "#1A73E8"
	}
	d.protect(t)
	return t
}

// planOf gets the plans of a KPI's days. The plan of a ratio is not divided
// among days: it is the one in force on the last of them up to today.
func (s *sheet) planOf(k kpi.KPI) dayPlans {
	if s.in.Plans == nil {
		return dayPlans{}
	}
	days, ok := s.in.Plans.DayPlans(s.in.Person, k.Key, s.month)
	if !ok || len(days) < s.month.Days() {
		return dayPlans{}
	}
	p := dayPlans{days: make([]float64, s.month.Days()), ok: true}
	for i := range p.days {
		day := s.month.From.Add(i)
		switch {
		case !k.Active(day):
		case k.Additive():
			p.days[i] = CellValue(k, days[i])
			p.total += p.days[i]
		case days[i] != 0 && (p.total == 0 || day <= s.in.Today):
			p.total = CellValue(k, days[i])
		}
	}
	if k.Unit != kpi.Duration { // whole seconds are no round fractions of a day
		p.total = round6(p.total)
	}
	return p
}

// measures are the facts of KPIs that no formula of the tab can compute.
func (s *sheet) measures() map[string]kpi.Num {
	out := map[string]kpi.Num{}
	var ask bool
	for _, k := range s.kpis {
		ask = ask || s.how(k) == byWorker
	}
	if !ask || s.in.Plans == nil {
		return out
	}
	for _, l := range s.in.Plans.Person(s.in.Person, s.month) {
		out[l.KPI.Key] = l.Fact
	}
	return out
}

// way is how the figures of a KPI come into the tab.
type way uint8

const (
	byHand    way = iota // typed
	byLog                // from a call log: written by the worker, day by day
	byFormula            // computed from the row's other figures
	byCount              // the day's deals counted
	bySum                // the day's deals summed
	byWorker             // the month's figure is written by the worker
)

func (s *sheet) how(k kpi.KPI) way {
	switch k.Source {
	case kpi.Manual:
		return byHand
	case kpi.Calls:
		return byLog
	case kpi.Formula:
		for _, name := range k.Expr.Names() {
			if _, ok := s.col[name]; !ok {
				return byWorker // an operand is not measured this month
			}
		}
		if len(k.Expr.Names()) == 0 {
			return byWorker
		}
		return byFormula
	}
	switch strings.TrimSpace(k.Expr.String()) {
	case kpi.DealCount:
		return byCount
	case kpi.DealSum:
		return bySum
	}
	return byWorker
}

func (s *sheet) head() {
	row := s.cells[rowHead]
	row[0] = workbook.Txt(s.lang.T("Дата", "Date"), headLeft)
	hint := s.cells[rowHint]
	hint[0] = workbook.Txt(s.lang.T("ДНИ", "DAYS"), hintLeft)
	for _, k := range s.kpis {
		c := s.col[k.Key]
		row[c] = workbook.Txt(k.Title, headStyle)
		row[c].Note = s.explain(k)
		says := map[way]string{
			byHand:    s.lang.T("✎ вводите", "✎ type"),
			byLog:     s.lang.T("из журнала звонков", "from the call log"),
			byFormula: s.lang.T("считается", "computed"),
			byCount:   s.lang.T("из «Сделок»", "from Deals"),
			bySum:     s.lang.T("из «Сделок»", "from Deals"),
			byWorker:  s.lang.T("за месяц", "per month"),
		}
		hint[c] = workbook.Txt(says[s.how(k)], hintStyle)
	}
	row[s.comment] = workbook.Txt(s.lang.T("Комментарий", "Comment"), headLeft)
	hint[s.comment] = workbook.Txt(s.lang.T("✎ по желанию: что помешало, что помогло", "✎ if you like: what got in the way, what helped"), hintLeft)
	row[s.closed] = workbook.Txt(s.lang.T("день закрыт", "day closed"), helperCell)
	row[s.weight] = workbook.Txt(s.lang.T("рабочий день", "working day"), helperCell)
	for key, c := range s.plan {
		k, _ := s.in.Role.KPI(key)
		row[c] = workbook.Txt(s.lang.T("план дня: ", "day's plan: ")+k.Title, helperCell)
	}
}

// explain tells in a note where a KPI's figures come from.
func (s *sheet) explain(k kpi.KPI) string {
	switch s.how(k) {
	case byHand:
		return s.lang.T("Введите за каждый рабочий день. Нет результата — поставьте 0: пустая ячейка значит «не сдано».",
			"Type it for every working day. Nothing to show is 0: an empty cell means \"not reported\".") + s.bounds(k)
	case byLog:
		return s.lang.T("Заполняется из журнала звонков.", "Filled in from the call log.")
	case byFormula:
		return s.lang.T("Считается: ", "Computed: ") + s.inTitles(k.Expr) + s.lang.T(".\nЗа месяц — по суммам месяца.", ".\nFor the month, from the month's sums.")
	case byCount:
		return s.lang.T("Считается: сколько сделок этого дня на вкладке «Сделки».", "Computed: the day's deals on the tab Deals.")
	case bySum:
		return s.lang.T("Считается: сумма сделок этого дня на вкладке «Сделки».", "Computed: the sum of the day's deals on the tab Deals.")
	}
	return s.lang.T("Считается за месяц целиком: ", "Computed for the whole month: ") + s.inTitles(k.Expr)
}

func (s *sheet) bounds(k kpi.KPI) string {
	var b strings.Builder
	if k.Min.OK {
		b.WriteString(s.lang.T("\nНе меньше ", "\nAt least ") + kpi.FormatNum(k.Min, k.Unit, string(s.lang)))
	}
	if k.Max.OK {
		b.WriteString(s.lang.T("\nНе больше ", "\nAt most ") + kpi.FormatNum(k.Max, k.Unit, string(s.lang)))
	}
	return b.String()
}

// measureNames are the measures of deals and clients in words.
var measureNames = map[string][2]string{
	kpi.DealCount:    {"сделки", "deals"},
	kpi.DealSum:      {"сумма сделок", "sum of deals"},
	kpi.Buyers:       {"покупатели", "buyers"},
	kpi.RepeatBuyers: {"повторные покупатели", "repeat buyers"},
	kpi.RepeatCount:  {"повторные сделки", "repeat deals"},
	kpi.RepeatSum:    {"сумма повторных сделок", "sum of repeat deals"},
	kpi.StartClients: {"клиенты на начало месяца", "clients at the month's start"},
	kpi.KeptClients:  {"из них купившие", "of those, the ones who bought"},
}

// inTitles is a formula with the titles of its KPIs instead of their keys.
func (s *sheet) inTitles(e kpi.Expr) string {
	f := e.Sheet(func(name string) string {
		if k, ok := s.in.Role.KPI(name); ok {
			return "«" + k.Title + "»"
		}
		if m, ok := measureNames[name]; ok {
			return "«" + s.lang.T(m[0], m[1]) + "»"
		}
		return name
	})
	return strings.NewReplacer("»/«", "» / «", "»*", "» × ", "*«", " × «", "»+", "» + ", "»-", "» − ", ")/«", ") / «", "»/", "» / ").Replace(f)
}

// rows is a run of rows, half open.
type rows struct{ from, to int }

func (r rows) meet(o rows) rows {
	from := max(r.from, o.from)
	return rows{from, max(from+1, min(r.to, o.to))} // a reference has at least one row
}

// rowsOf are the rows of the days on which the KPI is measured.
func (s *sheet) rowsOf(k kpi.KPI) rows {
	days := s.month.Span
	if !k.From.IsZero() {
		days.From = max(days.From, k.From)
	}
	if !k.To.IsZero() {
		days.To = min(days.To, k.To)
	}
	return rows{firstDay + int(days.From-s.month.From), firstDay + int(days.To-s.month.From) + 1}
}

// whole tells that the KPI is measured all month.
func (s *sheet) whole(k kpi.KPI) bool { return s.rowsOf(k) == rows{firstDay, s.end} }

// ref is the reference of a run of days in a column: B$12:B$42; in a hidden
// column that all KPIs share, $F$12:$F$42.
func (s *sheet) ref(col int, r rows) string {
	c := workbook.ColumnName(col)
	if col == s.closed || col == s.weight {
		c = "$" + c
	}
	return c + "$" + itoa(r.from+1) + ":" + c + "$" + itoa(r.to)
}

// The month's working days, the closed ones and the open ones stand in the
// hidden column of weights, beside the plan, the plan to date and the need. A
// KPI that is measured for a part of the month has its own.
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
	return "COUNTIFS(" + s.ref(s.weight, r) + `;">0")`
}

func (s *sheet) countShut(r rows) string {
	return "COUNTIFS(" + s.ref(s.weight, r) + `;">0";` + s.ref(s.closed, r) + ";1)"
}

const dash = "—"

// LightText is the word and sign of a light: never colour alone (domain 2.18).
func LightText(l kpi.Light, lang words.Lang) string {
	switch l {
	case kpi.Above:
		return lang.T("▲ перевыполнение", "▲ above plan")
	case kpi.Green:
		return lang.T("▲ в плане", "▲ on plan")
	case kpi.Yellow:
		return lang.T("● чуть отстаём", "● a little behind")
	case kpi.Red:
		return lang.T("▼ отставание", "▼ behind")
	}
	return ""
}

// block is the block on top. Every figure in it but the plan reacts as the
// person types. The formulas are those of domain 2.1-2.8 and 2.18.
func (s *sheet) block() {
	T := s.lang.T
	labels := [...]struct {
		row        int
		name, note string
		style      *workbook.Style
	}{
		{rowPlan, T("План месяца", "Plan of the month"), T("План на весь месяц с учётом отпусков и больничных.", "The plan of the whole month, absences taken into account."), labelStyle},
		{rowFact, T("Факт", "Fact"), T("Сумма введённого за месяц; у средних и долей — по суммам месяца.", "The sum of what was typed; for averages and shares, from the month's sums."), labelStyle},
		{rowToDate, T("План на дату", "Plan to date"), T("Сколько должно быть к сегодняшнему дню. Сегодня считается, когда отчёт заполнен или прошёл срок сдачи.", "What should be there by now. Today counts once it is reported or its deadline has passed."), labelStyle},
		{rowPace, T("Темп", "Pace"), T("Факт / план на дату.", "Fact / plan to date."), labelStyle},
		{rowLight, T("Светофор", "Light"), T("Появляется, когда прошла часть месяца.", "Appears once a part of the month has passed."), labelStyle},
		{rowLeft, T("Осталось", "Left"), T("План месяца − факт.", "Plan of the month − fact."), labelStyle},
		{rowNeeded, T("Нужно в день", "Needed per day"), T("Осталось / оставшиеся рабочие дни, сегодня включая, пока отчёт не сдан.", "Left / working days left, today included until it is reported."), labelBold},
		{rowForecast, T("Прогноз", "Forecast"), T("Факт / прошедшие рабочие дни × рабочие дни месяца.", "Fact / working days passed × working days of the month."), labelStyle},
		{rowChart, T("По дням", "By day"), "", labelStyle},
	}
	for _, l := range labels {
		s.cells[l.row][0] = workbook.Txt(l.name, l.style)
		s.cells[l.row][0].Note = l.note
		s.cells[l.row][s.comment].Style = blankBlock
	}
	put := func(row, col int, formula string, st *workbook.Style) {
		s.cells[row][col] = workbook.F("="+formula, st)
	}
	put(rowPlan, s.weight, s.countWorking(rows{firstDay, s.end}), helperCell)
	put(rowToDate, s.weight, s.countShut(rows{firstDay, s.end}), helperCell)
	put(rowNeeded, s.weight, at(rowPlan, s.weight)+"-"+at(rowToDate, s.weight), helperCell)
	put(rowPlan, s.comment, text(T("Рабочих дней в месяце: ", "Working days in the month: "))+"&"+at(rowPlan, s.weight), blankBlock)
	put(rowToDate, s.comment, text(T("Из них прошло: ", "Of those passed: "))+"&"+at(rowToDate, s.weight), blankBlock)
	put(rowNeeded, s.comment, text(T("Осталось рабочих дней: ", "Working days left: "))+"&"+at(rowNeeded, s.weight), blankBlock)
	for i, o := range [][2]string{{"charttype", "column"}, {"color", "#4285F4"}} {
		s.cells[rowChart+i][s.closed] = workbook.Txt(o[0], helperCell)
		s.cells[rowChart+i][s.weight] = workbook.Txt(o[1], helperCell)
	}
	options := "$" + workbook.ColumnName(s.closed) + "$" + itoa(rowChart+1) + ":$" + workbook.ColumnName(s.weight) + "$" + itoa(rowChart+2)

	for _, k := range s.kpis {
		c := s.col[k.Key]
		ref := func(row int) string { return at(row, c) }
		look := func(f workbook.NumberFormat) *workbook.Style {
			return &workbook.Style{Format: f, Color: ink, Background: panel, Align: "RIGHT", Bottom: hairline}
		}
		normal := look(figure(k.Unit, s.lang))
		bold := *normal
		bold.Bold = true
		bold.Size = 11

		s.cells[rowPlan][c] = workbook.N(s.plans[k.Key].total, normal)
		if !s.plans[k.Key].ok {
			none := *normal
			none.Color, none.Italic = grey, true
			s.cells[rowPlan][c] = workbook.Txt(T("не задан", "not set"), &none)
		}
		s.fact(k, &bold)
		toDate := text(dash)
		switch _, daily := s.plan[k.Key]; {
		case daily:
			toDate = "SUMIFS(" + s.ref(s.plan[k.Key], s.rowsOf(k)) + ";" + s.ref(s.closed, s.rowsOf(k)) + ";1)"
		case s.plans[k.Key].ok:
			toDate = ref(rowPlan)
		}
		put(rowToDate, c, toDate, normal)
		put(rowPace, c, s.pace(k, ref(rowFact), ref(rowToDate)), look(percent))
		put(rowLight, c, s.light(k, ref(rowPace)), lightStyle)
		if k.Additive() {
			need := "IF(" + s.open(k) + "<=0;" + text(T("не выполнен", "missed")) + ";" + ref(rowLeft) + "/" + s.open(k) + ")"
			if k.Direction == kpi.Lower { // nothing is needed of what should be low
				need = text(dash)
			}
			put(rowLeft, c, "IFERROR(MAX(0;"+ref(rowPlan)+"-"+ref(rowFact)+");"+text(dash)+")", normal)
			needed := look(perDay(k.Unit, s.lang))
			needed.Bold, needed.Background = true, accent
			put(rowNeeded, c, "IF(COUNT("+ref(rowLeft)+")=0;"+text(dash)+";IF("+ref(rowLeft)+"=0;0;"+need+"))", needed)
		} else {
			for _, row := range []int{rowLeft, rowNeeded} {
				s.cells[row][c] = workbook.Txt(dash, &workbook.Style{Color: grey, Background: panel, Align: "RIGHT", Bottom: hairline})
			}
		}
		put(rowForecast, c, s.forecast(k, ref(rowFact)), normal)
		put(rowChart, c, "SPARKLINE("+s.ref(c, s.rowsOf(k))+";"+options+")", blankBlock)
	}
}

// fact is the fact of the month.
func (s *sheet) fact(k kpi.KPI, st *workbook.Style) {
	cell := &s.cells[rowFact][s.col[k.Key]]
	if s.how(k) != byWorker {
		f := s.factFormula(k, s.rowsOf(k))
		if !k.Additive() || s.how(k) == byFormula {
			f = "IFERROR(" + f + ";" + text(dash) + ")"
		}
		*cell = workbook.F("="+f, st)
		return
	}
	*cell = workbook.Txt(dash, st)
	if v := s.measured[k.Key]; v.OK {
		*cell = workbook.N(CellValue(k, v.V), st)
	}
	cell.Note = s.lang.T("Обновляется при каждой сверке таблицы, а не сразу.", "Brought up to date whenever the spreadsheet is read, not at once.")
}

// factFormula is the fact of a KPI over a run of days. Figures out of the KPI's
// bounds are not counted, as they are not when the sheet is read. The operands
// of a formula that is measured for a part of the month are those of that part.
func (s *sheet) factFormula(k kpi.KPI, days rows) string {
	ref := s.ref(s.col[k.Key], days)
	switch s.how(k) {
	case byFormula:
		return s.expr(k, func(o kpi.KPI) string {
			part := s.rowsOf(o).meet(days)
			if part == s.rowsOf(o) || s.how(o) == byWorker {
				return at(rowFact, s.col[o.Key])
			}
			return "(" + s.factFormula(o, part) + ")"
		})
	case byCount, bySum:
		return "SUM(" + ref + ")"
	}
	low := 0.0
	if k.Min.OK {
		low = max(low, CellValue(k, k.Min.V))
	}
	within := ref + ";" + text(">=") + "&" + rat(low)
	if k.Max.OK {
		within += ";" + ref + ";" + text("<=") + "&" + rat(CellValue(k, k.Max.V))
	}
	if k.Unit == kpi.Percent { // a typed one has nothing to be weighed by
		return "AVERAGEIFS(" + ref + ";" + within + ")"
	}
	return "SUMIFS(" + ref + ";" + within + ")"
}

// expr is the KPI's formula on what ref gives for its operands. Durations stand
// in cells as fractions of a day and in formulas as seconds.
func (s *sheet) expr(k kpi.KPI, ref func(operand kpi.KPI) string) string {
	f := k.Expr.Sheet(func(name string) string {
		o, _ := s.in.Role.KPI(name)
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

// pace is fact / plan to date (domain 2.4); where lower is better, plan to date
// / fact, at most the cap (2.8).
func (s *sheet) pace(k kpi.KPI, fact, plan string) string {
	value := fact + "/" + plan
	if k.Direction == kpi.Lower {
		limit := rat(s.in.Dep.Settings.LowerCap)
		value = "IF(" + fact + "<=0;" + limit + ";MIN(" + limit + ";" + plan + "/" + fact + "))"
	}
	return "IF(COUNT(" + fact + ";" + plan + ")<2;" + text(dash) + ";IF(" + plan + "<=0;" + text(dash) + ";" + value + "))"
}

// early tells that too little of the month has closed for a light or a forecast.
func (s *sheet) early(k kpi.KPI) string {
	return "OR(" + s.shut(k) + "<=0;" + s.shut(k) + "<" + s.working(k) + "*" + rat(s.in.Dep.Settings.GreyShare) + ")"
}

// light is the sign and word of a pace. Bounds are compared after rounding, so
// that 85 % is 85 % however it was divided.
func (s *sheet) light(k kpi.KPI, pace string) string {
	lights := k.Lights
	if len(lights) == 0 {
		lights = kpi.DefaultThresholds()
	}
	rounded := "ROUND(" + pace + ";9)"
	f := text(LightText(lights[0].Light, s.lang))
	for _, l := range lights[1:] {
		f = "IF(" + rounded + ">=" + rat(l.From/100) + ";" + text(LightText(l.Light, s.lang)) + ";" + f + ")"
	}
	if above := s.in.Dep.Settings.AboveFrom; above > 0 {
		f = "IF(" + rounded + ">=" + rat(above) + ";" + text(LightText(kpi.Above, s.lang)) + ";" + f + ")"
	}
	return "IF(OR(COUNT(" + pace + ")=0;" + s.early(k) + ");" + text("") + ";" + f + ")"
}

// forecast is fact / E × W (domain 2.5); of a ratio, whose operands grow alike,
// the fact.
func (s *sheet) forecast(k kpi.KPI, fact string) string {
	f := fact
	if k.Additive() {
		f += "/" + s.shut(k) + "*" + s.working(k)
	}
	return "IF(" + s.early(k) + ";" + text(dash) + ";IFERROR(" + f + ";" + text(dash) + "))"
}

// days are the rows of the days.
func (s *sheet) days() {
	cal := s.in.Dep.Calendar()
	var weights []float64
	if s.in.Plans != nil {
		weights = s.in.Plans.DayWeights(s.in.Person, s.month)
	}
	for i := range s.month.Days() {
		day := s.month.From.Add(i)
		row := s.cells[firstDay+i]
		kind := cal.Kind(day)
		w := 0.0
		if i < len(weights) {
			w = weights[i]
		}
		employed := s.in.Person.Employed(day)
		absence, isAway := s.away(day)

		back, color := "", ink
		var note string
		switch {
		case !employed:
			back, color = outside, grey
		case isAway:
			back, note = away, absenceName(absence.Kind, s.lang)
		case !kind.Works():
			back, color = offDay, grey
		case kind == calendar.Short:
			note = s.lang.T("Сокращённый день", "Short day")
		}
		row[0] = workbook.N(day.Serial(), &workbook.Style{Format: dayFormat(s.lang), Color: color, Background: back, Align: "LEFT", Bottom: hairline, Right: hairline})
		row[0].Note = note
		for _, k := range s.kpis {
			row[s.col[k.Key]] = s.dayCell(k, firstDay+i, day, back, employed)
		}
		row[s.comment] = s.commentCell(day, back, employed)
		row[s.weight] = workbook.N(w, helperCell)
		row[s.closed] = workbook.F("="+s.closedOn(firstDay+i, day), helperCell)
		for key, c := range s.plan {
			row[c] = workbook.N(s.plans[key].days[i], helperCell)
		}
	}
}

func (s *sheet) away(d calendar.Date) (department.Absence, bool) {
	i := slices.IndexFunc(s.absences, func(a department.Absence) bool { return a.Has(d) })
	if i < 0 {
		return department.Absence{}, false
	}
	return s.absences[i], true
}

func absenceName(k department.AbsenceKind, lang words.Lang) string {
	switch k {
	case department.Vacation:
		return lang.T("Отпуск", "Vacation")
	case department.Sick:
		return lang.T("Больничный", "Sick leave")
	case department.DayOff:
		return lang.T("Отгул", "Day off")
	case department.Trip:
		return lang.T("Командировка", "Business trip")
	case department.Training:
		return lang.T("Обучение", "Training")
	}
	return string(k)
}

// closedOn is 1 once the day is closed: it is past, or it is today and its
// report is in or its deadline has passed (domain 2).
func (s *sheet) closedOn(row int, day calendar.Date) string {
	var typed, required []string
	for _, k := range s.kpis {
		switch {
		case !k.Active(day):
		case k.Typed() && k.Required:
			required = append(required, at(row, s.col[k.Key]))
		case k.Typed(), k.Source == kpi.Calls:
			typed = append(typed, at(row, s.col[k.Key]))
		}
	}
	date := "$A" + itoa(row+1)
	in := "ROUND((NOW()-TODAY())*" + itoa(secondsInDay) + ";0)>=" + itoa(int(s.in.Dep.Settings.Deadline/time.Second))
	switch {
	case len(required) > 0:
		in = "OR(COUNT(" + strings.Join(required, ";") + ")=" + itoa(len(required)) + ";" + in + ")"
	case len(typed) > 0:
		in = "OR(COUNT(" + strings.Join(typed, ";") + ")>0;" + in + ")"
	case s.hasDeals:
		in = "OR(" + s.dealsOn(row) + ">0;" + in + ")"
	}
	return "IF(" + date + "<TODAY();1;IF(" + date + ">TODAY();0;IF(" + in + ";1;0)))"
}

// dayOf and dealsOn compare whole days, whatever time of day stands in a date.
// A deal without a readable amount is not counted.
func (s *sheet) dayOf(row int) string {
	list := workbook.Quote(s.dealsTitle()) + "!"
	date := "$A" + itoa(row+1)
	return list + "$A$2:$A;" + text(">=") + "&" + date + ";" + list + "$A$2:$A;" + text("<") + "&(" + date + "+1);" +
		list + "$C$2:$C;" + text(">=0")
}

func (s *sheet) dealsOn(row int) string { return "COUNTIFS(" + s.dayOf(row) + ")" }

// dayCell is the cell of a KPI on a day.
func (s *sheet) dayCell(k kpi.KPI, row int, day calendar.Date, back string, employed bool) workbook.Cell {
	st := &workbook.Style{Format: figure(k.Unit, s.lang), Color: ink, Background: back, Align: "RIGHT", Bottom: hairline}
	computed := *st
	computed.Color = "#5F6368"
	if back == "" {
		computed.Background = "#FAFBFC"
	}
	value, known := s.entries[entryKey{k.Key, day}]
	if !employed || !k.Active(day) {
		c := workbook.Cell{Style: closedCell}
		if known { // typed before the day was closed to the person
			c = workbook.N(CellValue(k, value), &workbook.Style{Format: st.Format, Color: grey, Background: outside, Align: "RIGHT", Bottom: hairline})
			c.Open = k.Typed()
		}
		return c
	}
	switch s.how(k) {
	case byHand:
		st.Left, st.Right = hairline, hairline
		c := workbook.Cell{Open: true, Style: st, Check: s.check(k)}
		if known {
			c.Kind, c.Num = workbook.Number, CellValue(k, value)
		}
		if f, ok := s.flags[flagKey{s.key, ColKPI + k.Key, day, 0}]; ok {
			c = marked(c, f)
			if !f.Soft {
				c = put(c, asTyped(f.Text))
			}
		}
		return c
	case byLog:
		if known {
			return workbook.N(CellValue(k, value), &computed)
		}
		return workbook.Cell{Style: &computed}
	case byFormula:
		var blank []string
		for _, name := range k.Expr.Names() {
			blank = append(blank, at(row, s.col[name])+`=""`)
		}
		test := blank[0]
		if len(blank) > 1 {
			test = "OR(" + strings.Join(blank, ";") + ")"
		}
		return workbook.F("=IF("+test+`;"";IFERROR(`+s.expr(k, func(o kpi.KPI) string { return at(row, s.col[o.Key]) })+`;""))`, &computed)
	case byCount, bySum:
		n := s.dealsOn(row)
		value := n
		if s.how(k) == bySum {
			value = "SUMIFS(" + workbook.Quote(s.dealsTitle()) + "!$C$2:$C;" + s.dayOf(row) + ")"
		}
		// No deals on a day off or ahead is no figure; on a working day it is 0.
		quiet := "OR($A" + itoa(row+1) + ">TODAY();$" + workbook.ColumnName(s.weight) + itoa(row+1) + "=0)"
		return workbook.F("=IF(AND("+n+"=0;"+quiet+`);"";`+value+")", &computed)
	}
	return workbook.Cell{Style: closedCell}
}

func (s *sheet) commentCell(day calendar.Date, back string, employed bool) workbook.Cell {
	c := workbook.Cell{Open: true, Style: &workbook.Style{Color: ink, Background: back, Wrap: "WRAP", Bottom: hairline, Left: hairline}}
	if comment := s.in.Typed.Comments[day]; comment != "" {
		c.Kind, c.Str = workbook.Text, comment
	}
	if !employed && c.Kind == workbook.Blank {
		return workbook.Cell{Style: closedCell}
	}
	return c
}

// check is the help with a figure that is being typed. It warns and does not
// reject: what was typed is then marked and explained, and not lost.
func (s *sheet) check(k kpi.KPI) *workbook.Validation {
	T := s.lang.T
	v := &workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"}}
	// Bounds are whole: a fraction would be read by the locale.
	if k.Unit != kpi.Duration && k.Min.OK && k.Min.V > 0 {
		v.Values[0] = strconv.FormatFloat(math.Floor(k.Min.V), 'f', -1, 64)
	}
	switch {
	case k.Unit == kpi.Duration:
		v.Kind, v.Values = "NUMBER_BETWEEN", []string{"0", "1"}
	case k.Max.OK:
		v.Kind = "NUMBER_BETWEEN"
		v.Values = append(v.Values, strconv.FormatFloat(math.Ceil(k.Max.V), 'f', -1, 64))
	}
	example := map[kpi.Unit]string{
		kpi.Count:    T("число, например 12", "a number, such as 12"),
		kpi.Money:    T("сумму в рублях, например 45000", "a sum, such as 45000"),
		kpi.Duration: T("часы и минуты, например 1:30", "hours and minutes, such as 1:30"),
		kpi.Percent:  T("процент, например 25%", "a percentage, such as 25%"),
	}
	v.Message = k.Title + ": " + T("введите ", "type ") + example[k.Unit] + T(". Нет результата — 0.", ". Nothing to show is 0.") +
		strings.ReplaceAll(s.bounds(k), "\n", " ")
	return v
}

// rules colour the lights, today's row and the days without a report.
func (s *sheet) rules() []workbook.Rule {
	var rules []workbook.Rule
	if len(s.kpis) > 0 {
		first, last := s.col[s.kpis[0].Key], s.col[s.kpis[len(s.kpis)-1].Key]
		area := []workbook.Area{{R0: rowPace, C0: first, R1: rowLight + 1, C1: last + 1}}
		for _, l := range []struct {
			light       kpi.Light
			color, back string
		}{{kpi.Above, inkAbove, backAbove}, {kpi.Green, inkGreen, backGreen}, {kpi.Yellow, inkYellow, backYel}, {kpi.Red, inkRed, backRed}} {
			rules = append(rules, workbook.Rule{
				Areas:  area,
				Kind:   "CUSTOM_FORMULA",
				Values: []string{"=" + workbook.ColumnName(first) + "$" + itoa(rowLight+1) + "=" + text(LightText(l.light, s.lang))},
				Color:  l.color, Back: l.back, Bold: true,
			})
		}
	}
	rules = append(rules, workbook.Rule{
		Areas:  []workbook.Area{{R0: firstDay, C0: 0, R1: s.end, C1: s.comment + 1}},
		Kind:   "CUSTOM_FORMULA",
		Values: []string{"=$A" + itoa(firstDay+1) + "=TODAY()"},
		Back:   todayBack, Bold: true,
	})
	var required []workbook.Area
	for _, k := range s.kpis {
		if k.Typed() && k.Required {
			c := s.col[k.Key]
			required = append(required, workbook.Area{R0: firstDay, C0: c, R1: s.end, C1: c + 1})
		}
	}
	if len(required) > 0 {
		r := itoa(firstDay + 1)
		rules = append(rules, workbook.Rule{
			Areas: required,
			Kind:  "CUSTOM_FORMULA",
			Values: []string{"=AND($" + workbook.ColumnName(s.closed) + r + "=1;$" + workbook.ColumnName(s.weight) + r + ">0;" +
				workbook.ColumnName(required[0].C0) + r + `="")`},
			Back: missing,
		})
	}
	return rules
}
