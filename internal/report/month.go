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
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Rows of a month's tab.
const (
	rowHead  = iota
	rowToday // stays in view with the heading
	rowPlan
	rowFact
	rowToDate
	rowPace
	rowLight
	rowTrend
	rowLeft
	rowNeeded
	rowForecast
	rowChart
	rowHint // what is typed and what is computed; ends the block on top
	firstDay
)

// If a person has a reverse plan, it comes before the hint; the hint and everything below
// move down by a row.
const rowReverse = rowHint

// rowTags name the rows above the days and must never change.
var rowTags = [firstDay]string{"head", "today", "plan", "fact", "to_date", "pace", "light", "trend", "left", "needed",
	"forecast", "chart", "hint"}

// sheet builds a month's tab.
type sheet struct {
	*desk
	month calendar.Period
	// stints are the person's roles in the month, the latest first; of holds the index of
	// the one whose line the block shows for a KPI.
	stints []stint
	of     map[string]int
	kpis   []kpi.KPI
	cells  [][]workbook.Cell
	key    string         // of the tab
	col    map[string]int // of KPIs, by key
	plan   map[string]int // hidden columns of the days' plans, by key of the KPI
	pairs  map[string]int // hidden columns with what typed cells count as, by key of the KPI: the first of three
	// Other columns. All but comment are hidden: whether the day is closed (1 or 0), the
	// weight of the working day, and how many working days the month has had by then.
	comment, closed, weight, number int

	numbers     []int             // the values in number
	end         int               // row after the last day
	hint, first int               // rows of the hint and of the first day
	reverse     *planfact.Reverse // nil: ops did not ask for it, or there is nothing to show
	asked
	looks  map[lookKey]*workbook.Style
	checks map[string]*workbook.Validation
	lives  map[liveCell]string // formulas of live
}

// dayPlans holds the plans of the days of a month; for a ratio, its single plan.
type dayPlans struct {
	days  []float64
	total float64
	ok    bool
}

// sheet begins a month's tab with its columns, and with what it shows of plans and facts.
func (d *desk) sheet(m calendar.Period) (*sheet, *workbook.Tab) {
	t := d.tab(TabMonth+m.String(), m.Name(d.lang))
	s := &sheet{
		desk:   d,
		month:  m,
		stints: stintsIn(d.in, m.Span),
		key:    t.Key,
		col:    map[string]int{},
		plan:   map[string]int{},
		pairs:  map[string]int{},
		looks:  map[lookKey]*workbook.Style{},
		checks: map[string]*workbook.Validation{},
		hint:   rowHint,
		first:  firstDay,
	}
	s.kpis, s.of = measuredIn(s.stints)
	if s.reverse = d.reverse(m); s.reverse != nil {
		s.hint, s.first = rowHint+1, firstDay+1
	}
	s.end = s.first + m.Days()
	s.columns(t)
	return s, t
}

// month lays out a month's tab: KPIs across, the block on top, a row per day.
func (d *desk) month(m calendar.Period) *workbook.Tab {
	s, t := d.sheet(m)
	s.cells = make([][]workbook.Cell, s.end)
	for r := range s.cells {
		width := len(t.Columns)
		if d.frame && r >= s.first { // what people type into comes first
			width = s.comment
		}
		s.cells[r] = make([]workbook.Cell, width)
	}
	t.KeyColumn = ColDate
	t.Rows, t.Cols = s.end, len(t.Columns)
	t.Cells = s.cells
	for row, tag := range rowTags {
		if row == rowReverse && s.reverse != nil {
			t.RowIDs = append(t.RowIDs, workbook.RowID{Tag: "reverse"})
		}
		t.RowIDs = append(t.RowIDs, workbook.RowID{Tag: tag})
	}
	for day := m.From; day <= m.To; day++ {
		t.RowIDs = append(t.RowIDs, workbook.RowID{Day: day.Serial()})
	}
	s.head()
	if d.frame {
		s.typedInto()
		s.block()
		return t
	}
	s.days()
	s.block()

	// What matters all month stays in view: left today, plan and fact, pace and light.
	t.FrozenRows, t.FrozenCols = rowLight+1, 1
	t.Heights = map[int]int{rowHead: s.headHeight(), rowToday: 38, rowChart: 36}
	if s.reverse != nil {
		t.Heights[rowReverse] = reverseHeight(len(s.reverse.Steps))
	}
	if s.brief() {
		for row := s.first; row < s.end; row++ {
			t.Heights[row] = workbook.HiddenRow
		}
		if s.idle(rowToday) {
			t.Heights[rowToday] = workbook.HiddenRow
		}
		if s.idle(rowTrend) { // nothing is known of single days
			t.Heights[rowTrend], t.Heights[rowChart] = workbook.HiddenRow, workbook.HiddenRow
		}
	}
	t.Rules = s.rules()
	if m.Span.Has(d.in.Today) {
		t.TabColor = "#1A73E8"
	}
	d.protect(t)
	return t
}

// dateWidth holds «Дата · сегодня ↓», kpiWidth the longest word of a light; a phone shows
// the days and two KPIs.
const (
	dateWidth = 113
	kpiWidth  = 124
)

// columns adds the columns of the tab, the visible ones first, then the hidden ones that
// formulas need, and computes the plans that decide which of those there are.
func (s *sheet) columns(t *workbook.Tab) {
	column := func(key string, width int, hidden bool) int {
		own := hidden || strings.HasPrefix(key, ColLog) || strings.HasPrefix(key, ColOther)
		t.Columns = append(t.Columns, workbook.Column{Key: key, Width: width, Hidden: hidden, Own: own})
		return len(t.Columns) - 1
	}
	column(ColDate, dateWidth, false)
	for _, k := range s.kpis {
		prefix := ColOther
		switch {
		case k.Typed():
			prefix = ColKPI
		case k.Source == kpi.Calls:
			prefix = ColLog
		}
		s.col[k.Key] = column(prefix+k.Key, kpiWidth, false)
	}
	s.ask()
	s.comment = column(ColComment, 280, false)
	s.closed = column("closed", 60, true)
	s.weight = column("w", 60, true)
	s.number = column("n", 60, true)
	for _, k := range s.kpis {
		if k.Additive() && s.plans[k.Key].ok {
			s.plan[k.Key] = column("plan:"+k.Key, 60, true)
		}
	}
	for _, k := range s.kpis {
		if k.Typed() {
			s.pairs[k.Key] = column(colRead+k.Key, 60, true)
			column(colGot+k.Key, 60, true)
			column(colCounted+k.Key, 60, true)
		}
	}
}

// way says how the figures of a KPI come into the tab.
type way uint8

const (
	byHand    way = iota // typed
	byLog                // from a call log: the worker writes them, day by day
	byFormula            // computed from the row's other figures
	byCount              // the day's deals counted
	bySum                // the day's deals summed
	byWorker             // the worker writes the month's figure
)

func (s *sheet) how(k kpi.KPI) way {
	switch k.Source {
	case kpi.Manual:
		return byHand
	case kpi.Calls:
		return byLog
	case kpi.Formula:
		if !s.inCells(k, s.stint(k)) {
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

// brief reports whether the tab is the block alone: all figures are counted from
// «Сделки», and nobody types into the days. Their rows exist, hidden, for what counts by
// day.
func (s *sheet) brief() bool {
	return s.hasDeals && len(s.kpis) > 0 && !slices.ContainsFunc(s.kpis, func(k kpi.KPI) bool {
		return k.Typed() || k.Source == kpi.Calls
	})
}

// idle reports whether a row of the block can say nothing of any KPI, whatever happens.
func (s *sheet) idle(row int) bool {
	return !slices.ContainsFunc(s.kpis, func(k kpi.KPI) bool {
		return s.cells[row][s.col[k.Key]].Str != "="+text(dash)
	})
}

// headHeight returns the height of the headings: enough for the longest.
func (s *sheet) headHeight() int {
	lines := 1
	for _, k := range s.kpis {
		lines = max(lines, workbook.LinesOf(s.title(k), kpiWidth, letter))
	}
	return 16 + lineHeight*lines
}

func (s *sheet) head() {
	row := s.cells[rowHead]
	if !s.frame {
		row[0] = workbook.F("="+s.toToday(), headLeft)
		row[0].Note = s.lang.T("Ссылка ведёт к строке сегодняшнего дня.", "The link leads to today's row.")
	}
	hint := s.cells[s.hint]
	hint[0] = workbook.Txt(s.lang.T("ДНИ", "DAYS"), hintLeft)
	if s.brief() {
		row[0] = workbook.F("=HYPERLINK("+text(workbook.Link(workbook.SheetID(s.in.Tag+TabDeals), "A2"))+";"+
			text(s.lang.T("К сделкам →", "To the deals →"))+")", headLeft)
		row[0].Note = s.lang.T("Вводить здесь нечего: цифры считаются из «Сделок».\nДни скрыты; раскройте строки под "+
			"блоком, чтобы увидеть их или оставить комментарий ко дню.",
			"Nothing is typed here: the figures are counted from Deals.\nThe days are hidden; show the rows below the "+
				"block to see them, or to comment on a day.")
		hint[0].Str = s.lang.T("ДНИ СКРЫТЫ", "DAYS HIDDEN")
	}
	for _, k := range s.kpis {
		c := s.col[k.Key]
		row[c] = workbook.Txt(s.title(k), headStyle)
		if !s.frame {
			row[c].Note = s.explain(k) + s.sinceRole(k)
		}
		says := map[way]string{
			byHand:    s.lang.T("✎ вводите", "✎ type"),
			byLog:     s.lang.T("☎ из телефонии", "☎ from telephony"),
			byFormula: s.lang.T("считается", "computed"),
			byCount:   s.lang.T("из «Сделок»", "from Deals"),
			bySum:     s.lang.T("из «Сделок»", "from Deals"),
			byWorker:  s.lang.T("за месяц", "per month"),
		}
		hint[c] = workbook.Txt(says[s.how(k)], hintStyle)
	}
	row[s.comment] = workbook.Txt(s.lang.T("Комментарий", "Comment"), headLeft)
	hint[s.comment] = workbook.Txt(s.lang.T("✎ по желанию: что помешало, что помогло",
		"✎ if you like: what got in the way, what helped"), hintLeft)
	if s.brief() {
		hint[s.comment].Str = ""
	}
	row[s.closed] = workbook.Txt(s.lang.T("день закрыт", "day closed"), helperCell)
	row[s.weight] = workbook.Txt(s.lang.T("рабочий день", "working day"), helperCell)
	row[s.number] = workbook.Txt(s.lang.T("рабочих дней", "working days"), helperCell)
	for key, c := range s.plan {
		k, _ := s.kpi(key)
		row[c] = workbook.Txt(s.lang.T("план дня: ", "day's plan: ")+k.Title, helperCell)
	}
	for key, c := range s.pairs {
		k, _ := s.kpi(key)
		for i, says := range []string{s.lang.T("прочитано: ", "read: "), s.lang.T("понято: ", "understood: "),
			s.lang.T("считается: ", "counted: ")} {
			row[c+i] = workbook.Txt(says+k.Title, helperCell)
		}
	}
}

// explain returns a note on where a KPI's figures come from.
func (s *sheet) explain(k kpi.KPI) string {
	switch s.how(k) {
	case byHand:
		return s.lang.T("Введите за каждый рабочий день. Нет результата — поставьте 0: пустая ячейка значит «не "+
			"сдано».",
			"Type it for every working day. Nothing to show is 0: an empty cell means \"not reported\".") + s.limits(k)
	case byLog:
		return s.lang.T("Из телефонии: заполняется по журналу звонков, вводить ничего не нужно.\nСчитается: ",
			"From telephony: filled in from the call log, nothing is to be typed.\nCounted: ") +
			s.inWords(logged(k), callNames, false) +
			s.lang.T(".\nПусто — журнала за этот день ещё нет; 0 — журнал есть, звонков не было.",
				".\nEmpty: there is no log of the day yet; 0: there is one, without calls.")
	case byFormula:
		return s.lang.T("Считается: ", "Computed: ") + s.inTitles(k.Expr) +
			s.lang.T(".\nЗа месяц — по суммам месяца.", ".\nFor the month, from the month's sums.")
	case byCount:
		return s.lang.T("Считается: сколько сделок этого дня на вкладке «Сделки».",
			"Computed: the day's deals on the tab Deals.")
	case bySum:
		return s.lang.T("Считается: сумма сделок этого дня на вкладке «Сделки».",
			"Computed: the sum of the day's deals on the tab Deals.")
	}
	return s.lang.T("Считается за месяц целиком: ", "Computed for the whole month: ") + s.inTitles(k.Expr)
}

func (s *sheet) limits(k kpi.KPI) string {
	var b strings.Builder
	if k.Min.OK {
		b.WriteString(s.lang.T("\nНе меньше ", "\nAt least ") + kpi.FormatNum(k.Min, k.Unit, s.lang))
	}
	if k.Max.OK {
		b.WriteString(s.lang.T("\nНе больше ", "\nAt most ") + kpi.FormatNum(k.Max, k.Unit, s.lang))
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

// callNames are the measures of a call log in words.
var callNames = map[string][2]string{
	kpi.CallCount:    {"звонки", "calls"},
	kpi.CallOutgoing: {"исходящие звонки", "outgoing calls"},
	kpi.CallIncoming: {"входящие звонки", "incoming calls"},
	kpi.CallAnswered: {"отвеченные звонки", "answered calls"},
	kpi.CallMissed:   {"пропущенные входящие", "missed incoming calls"},
	kpi.CallTalks:    {"разговоры", "conversations"},
	kpi.CallTalkTime: {"время разговоров", "talk time of conversations"},
	kpi.CallSuccess:  {"успешные звонки", "successful calls"},
	kpi.CallCost:     {"стоимость звонков", "cost of calls"},
}

// inTitles returns a formula with the titles of its KPIs instead of their keys.
func (s *sheet) inTitles(e kpi.Expr) string { return s.inWords(e, measureNames, true) }

func (s *sheet) inWords(e kpi.Expr, names map[string][2]string, keys bool) string {
	f := e.Sheet(func(name string) string {
		if k, ok := s.kpi(name); ok && keys {
			return "«" + k.Title + "»"
		}
		if m, ok := names[name]; ok {
			return "«" + s.lang.T(m[0], m[1]) + "»"
		}
		return name
	})
	return strings.NewReplacer("»/«", "» / «", "»*", "» × ", "*«", " × «", "»+", "» + ", "»-", "» − ", ")/«", ") / «",
		"»/", "» / ").Replace(f)
}

// logged returns what a KPI takes from a call log.
func logged(k kpi.KPI) kpi.Expr {
	if k.Expr.IsZero() {
		if e, err := kpi.ParseExpr(kpi.CallsFormula(k.Key, k.Unit)); err == nil {
			return e
		}
	}
	return k.Expr
}

// rows is a run of rows, half open.
type rows struct{ from, to int }

func (r rows) meet(o rows) rows {
	from := max(r.from, o.from)
	return rows{from, max(from+1, min(r.to, o.to))} // a reference has at least one row
}

// whole reports whether the KPI is measured all month.
func (s *sheet) whole(k kpi.KPI) bool { return s.rowsOf(k) == rows{s.first, s.end} }

// within returns the conditions of COUNTIFS and SUMIFS for the days of a part of the
// month; none for all of it. People sort rows, and then a run of rows holds other days,
// too.
func (s *sheet) within(r rows) string {
	if r == (rows{s.first, s.end}) {
		return ""
	}
	day := func(row int) string { return itoa(int(s.month.From.Add(row - s.first).Serial())) }
	dates := s.ref(0, r)
	return ";" + dates + `;">=` + day(r.from) + `";` + dates + `;"<=` + day(r.to-1) + `"`
}

// ref returns the reference of a run of days in a column: B$12:B$42; in a hidden column
// that all KPIs share, and in the dates, $F$12:$F$42.
func (s *sheet) ref(col int, r rows) string {
	c := workbook.ColumnName(col)
	if col == s.closed || col == s.weight || col == s.number || col == 0 {
		c = "$" + c
	}
	return c + "$" + itoa(r.from+1) + ":" + c + "$" + itoa(r.to)
}

// typedInto opens the cells of the days into which people type, with their formats.
func (s *sheet) typedInto() {
	for _, k := range s.kpis {
		if !k.Typed() {
			continue
		}
		open := workbook.Cell{Open: true, Style: s.look(k, "", true)}
		for day := s.month.From; day <= s.month.To; day++ {
			if _, active := s.on(k, day); active && s.in.Person.Employed(day) {
				s.cells[s.first+int(day-s.month.From)][s.col[k.Key]] = open
			}
		}
	}
}

// days writes the rows of the days.
func (s *sheet) days() {
	cal := s.in.Dep.Calendar()
	worked := 0
	s.numbers = make([]int, s.month.Days())
	for i := range s.month.Days() {
		day := s.month.From.Add(i)
		row := s.cells[s.first+i]
		kind := cal.KindFor(s.in.Person.Schedule, day)
		w := 0.0
		if i < len(s.weights) {
			w = s.weights[i]
		}
		employed := s.in.Person.Employed(day)
		absence, isAway := s.away(day)

		back, color := "", ink
		var note string
		switch {
		case !employed:
			back, color = outside, grey
		case isAway:
			back, note = away, words.Capital(terms.AbsenceWord(absence.Kind, s.lang))
		case !kind.Works():
			back, color = offDay, grey
		case kind == calendar.Short:
			note = s.lang.T("Сокращённый день", "Short day")
		}
		row[0] = workbook.N(day.Serial(), &workbook.Style{Format: dayFormat(s.lang), Color: color, Background: back,
			Align: "LEFT", Bottom: hairline, Right: hairline})
		row[0].Note = note
		for _, k := range s.kpis {
			row[s.col[k.Key]] = s.dayCell(k, s.first+i, day, back, employed)
			s.count(k, s.first+i, day, employed)
		}
		row[s.comment] = s.commentCell(day, back, employed)
		row[s.weight] = workbook.N(w, helperCell)
		if w > 0 {
			worked++
		}
		s.numbers[i] = worked
		row[s.number] = workbook.N(float64(worked), helperCell)
		row[s.closed] = workbook.F("="+s.closedOn(s.first+i, day), helperCell)
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

// count writes beside the entry cell of a day, in hidden columns, what it counts as.
func (s *sheet) count(k kpi.KPI, row int, day calendar.Date, employed bool) {
	c, ok := s.pairs[k.Key]
	if !ok {
		return
	}
	p, known := s.pairOf[flagKey{s.key, ColKPI + k.Key, day, 0}]
	s.cells[row][c], s.cells[row][c+1] = pair(k, p, known)
	counted := workbook.Txt("", helperCell)
	if _, active := s.on(k, day); employed && active {
		counted = workbook.F("="+s.counted(k, s.entry(k), at(row, c), at(row, c+1), "$A"+itoa(row+1)),
			helperCell)
	}
	s.cells[row][c+2] = counted
}

// figures returns the column of a KPI's figures as they count.
func (s *sheet) figures(k kpi.KPI) int {
	if c, ok := s.pairs[k.Key]; ok {
		return c + 2
	}
	return s.col[k.Key]
}

// closedOn returns a formula that is 1 once the day is closed: it is past, or it is today
// and its report is in or its deadline has passed (domain 2). Figures that nobody types
// come in all day long and close nothing.
func (s *sheet) closedOn(row int, day calendar.Date) string {
	var typed, required []string
	for _, k := range s.kpis {
		as, active := s.on(k, day)
		switch {
		case !active:
		case as.Typed() && as.Required:
			required = append(required, at(row, s.figures(k)))
		case as.Typed():
			typed = append(typed, at(row, s.figures(k)))
		}
	}
	date := "$A" + itoa(row+1)
	in := s.overdue()
	switch {
	case len(required) > 0:
		in = "OR(COUNT(" + strings.Join(required, ";") + ")=" + itoa(len(required)) + ";" + in + ")"
	case len(typed) > 0:
		in = "OR(COUNT(" + strings.Join(typed, ";") + ")>0;" + in + ")"
	}
	return "IF(" + date + "<" + s.today() + ";1;IF(" + date + ">" + s.today() + ";0;IF(" + in + ";1;0)))"
}

// overdue returns a condition: the deadline of today's report has passed.
func (s *sheet) overdue() string {
	return "ROUND((" + s.helper(rowPace) + "-" + s.today() + ")*" + itoa(secondsInDay) + ";0)>=" +
		itoa(int(s.in.Dep.Settings.Deadline/time.Second))
}

// dayCell returns the cell of a KPI on a day.
func (s *sheet) dayCell(k kpi.KPI, row int, day calendar.Date, back string, employed bool) workbook.Cell {
	value, known := s.entries[entryKey{k.Key, day}]
	if _, active := s.on(k, day); !employed || !active {
		c := workbook.Cell{Style: closedCell}
		if known { // typed before the day was closed to the person
			c = workbook.N(CellValue(k, value), s.look(k, outside, false))
			c.Open = k.Typed()
			if !employed {
				c = marked(c, Flag{Note: outsideNote(s.in.Person, day, s.lang)})
			}
		}
		return c
	}
	switch s.how(k) {
	case byHand:
		c := workbook.Cell{Open: true, Style: s.look(k, back, true), Check: s.check(k)}
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
		st := s.fromLog(k, back)
		if figures := s.logged[k.Key]; figures != nil {
			if n := figures[day-s.month.From]; n.OK {
				return workbook.N(CellValue(k, n.V), st)
			}
		}
		return workbook.Cell{Style: st}
	case byFormula:
		var blank []string
		for _, name := range k.Expr.Names() {
			o, _ := s.kpi(name)
			blank = append(blank, at(row, s.figures(o))+`=""`)
		}
		test := blank[0]
		if len(blank) > 1 {
			test = "OR(" + strings.Join(blank, ";") + ")"
		}
		return workbook.F("=IF("+test+`;"";IFERROR(`+s.expr(k, func(o kpi.KPI) string {
			return at(row, s.figures(o))
		})+`;""))`, s.look(k, back, false))
	case byCount, bySum:
		date := "$A" + itoa(row+1)
		dates, amounts := s.countedColumn(countedDate), s.countedColumn(countedAmount)
		// refunds are not deals (domain 2.9)
		n := "COUNTIFS(" + dates + ";" + date + ";" + amounts + ";" + text(">=0") + ")"
		value := n
		if s.how(k) == bySum {
			n = "COUNTIFS(" + dates + ";" + date + ")"
			value = "SUMIFS(" + amounts + ";" + dates + ";" + date + ")"
		}
		// Without deals there is no figure on a day off or a future day; on a working day
		// it is 0.
		quiet := "OR(" + date + ">" + s.today() + ";$" + workbook.ColumnName(s.weight) + itoa(row+1) + "=0)"
		return workbook.F("=IF(AND("+n+"=0;"+quiet+`);"";`+value+")", s.look(k, back, false))
	}
	return workbook.Cell{Style: closedCell}
}

func (s *sheet) commentCell(day calendar.Date, back string, employed bool) workbook.Cell {
	c := workbook.Cell{Open: true, Style: &workbook.Style{Color: ink, Background: back, Wrap: "WRAP", Bottom: hairline,
		Left: hairline}}
	if comment := s.in.Typed.Comments[day]; comment != "" {
		c.Kind, c.Str = workbook.Text, comment
	}
	if !employed && c.Kind == workbook.Blank {
		return workbook.Cell{Style: closedCell}
	}
	return c
}

// look returns the style of a KPI's cells on days of one colour, made once.
func (s *sheet) look(k kpi.KPI, back string, typed bool) *workbook.Style {
	key := lookKey{k.UnitName(), back, typed}
	if st := s.looks[key]; st != nil {
		return st
	}
	st := &workbook.Style{Format: figureOf(k, s.lang), Color: ink, Background: back, Align: "RIGHT", Bottom: hairline}
	switch {
	case typed:
		st.Left, st.Right = hairline, hairline
	case back == "":
		st.Color, st.Background = computedInk, computedBack
	default:
		st.Color = computedInk
	}
	s.looks[key] = st
	return st
}

// fromLog returns the style of figures from telephony: that of computed ones with its own
// colour.
func (s *sheet) fromLog(k kpi.KPI, back string) *workbook.Style {
	key := lookKey{k.UnitName(), "log" + back, false}
	if st := s.looks[key]; st != nil {
		return st
	}
	st := *s.look(k, back, false)
	st.Color = logInk
	if back == "" {
		st.Background = logBack
	}
	s.looks[key] = &st
	return &st
}

type lookKey struct {
	unit  string
	back  string
	typed bool
}

// check returns the validation of a figure being typed. It warns and does not reject: the
// worker then marks and explains what was typed, and nothing is lost.
func (s *sheet) check(k kpi.KPI) *workbook.Validation {
	if v := s.checks[k.Key]; v != nil {
		return v
	}
	T := s.lang.T
	refunds := s.in.Dep.Settings.Refunds(k) && !k.Min.OK
	v := &workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"}}
	if refunds {
		v.Values[0] = lowest
	}
	// Bounds are whole: how a fraction is read depends on the locale.
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
	v.Message = k.Title + ": " + T("введите ", "type ") + example[k.Unit] +
		T(". Нет результата — 0", ". Nothing to show is 0")
	if refunds {
		v.Message += T(", возврат — с минусом", ", a refund is below zero")
	}
	v.Message +=
		strings.ReplaceAll(s.limits(k), "\n", ". ")
	s.checks[k.Key] = v
	return v
}
