package report

import (
	"strings"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// Columns of the hidden tab: a row for each row of «Сделки».
const (
	countedClient = iota // the client, in the form for comparisons
	countedDate          // empty: the deal does not count; waits: it has not been read yet
	countedAmount
	readDateCol // content of the pair's row when it was read
	readClientCol
	readAmountCol
	gotDate // and what it counts as
	gotClient
	gotAmount
	countedNow // only in the heading: the time, in the tab's single clock cell
	countedDay // and the day
)

// onlyToday is the reference of today's date in the hidden tab.
var onlyToday = "$" + workbook.ColumnName(countedDay) + "$1"

// countedToday is the same for other tabs.
func (d *desk) countedToday() string { return workbook.Quote(d.countedTitle()) + "!" + onlyToday }

func (d *desk) countedTitle() string {
	return d.title(d.lang.T("Расчёт сделок", "Deals counted"))
}

// mark begins every compared name, so that COUNTIFS and similar functions do not read a
// name as a number, a date or a comparison.
const mark = "·"

// compared returns a formula for the form in which names of clients are compared, as in
// planfact.NormClient: kinds of spaces and case do not matter.
func compared(cell string) string {
	for _, code := range []string{"160", "10", "9"} { // a no-break space, a line break, a tab
		cell = "SUBSTITUTE(" + cell + ";CHAR(" + code + `);" ")`
	}
	return text(mark) + "&LOWER(TRIM(" + cell + "))"
}

// counted lays out the hidden tab with the deals that count, up to today. It is apart
// from «Сделки» so that nothing there hinders sorting, and refers to its rows by their
// position, whatever is moved there.
//
// A row counts live if its date and its amount are plain numbers. A row that counts as
// something else has its pair here: it counts so only as long as the row has the same
// content. Deals that count although their rows are gone are at the end.
func (d *desk) counted(deals *workbook.Tab) *workbook.Tab {
	t := d.tab(TabCounted, d.lang.T("Расчёт сделок", "Deals counted"))
	t.Exclusive, t.Hidden = true, true
	T := d.lang.T
	var head []workbook.Cell
	for _, title := range []string{T("клиент", "client"), T("день", "day"), T("сумма", "amount"),
		T("прочитано: дата", "read: date"), T("прочитано: клиент", "read: client"),
		T("прочитано: сумма", "read: amount"),
		T("понято: день", "understood: day"), T("понято: клиент", "understood: client"),
		T("понято: сумма", "understood: amount")} {
		head = append(head, workbook.Txt(title, helperCell))
		t.Columns = append(t.Columns, workbook.Column{Width: 100})
	}
	head = append(head, workbook.F("=NOW()", helperCell), workbook.F("=INT("+at(0, countedNow)+")", helperCell))
	t.Columns = append(t.Columns, workbook.Column{Width: 100}, workbook.Column{Width: 100})
	t.Cells = [][]workbook.Cell{head}
	pairs := map[int]DealRow{}
	for _, row := range d.in.Rows {
		pairs[row.Row] = row
	}
	for r := 1; r < deals.Rows; r++ {
		t.Cells = append(t.Cells, d.countedRow(r, pairs))
	}
	for _, deal := range d.in.GoneDeals {
		r := len(t.Cells)
		row := make([]workbook.Cell, len(head))
		understood(row, &deal)
		day, client := at(r, countedDate), at(r, gotClient)
		row[countedDate] = workbook.F("=IF("+at(r, gotDate)+"<="+onlyToday+";"+at(r, gotDate)+`;"")`, helperCell)
		row[countedAmount] = workbook.F("=IF("+day+`="";"";`+at(r, gotAmount)+")", helperCell)
		row[countedClient] = workbook.F("=IF(OR("+day+`="";TRIM(`+client+`)="");"";`+compared(client)+")", helperCell)
		t.Cells = append(t.Cells, row)
	}
	t.Rows, t.Cols = len(t.Cells), len(t.Columns)
	d.protect(t)
	return t
}

// countedColumn returns the reference of a column of the hidden tab.
func (d *desk) countedColumn(c int) string {
	name := workbook.ColumnName(c)
	return workbook.Quote(d.countedTitle()) + "!$" + name + "$2:$" + name
}

// countedRow returns how the row of «Сделки» in the same position counts.
func (d *desk) countedRow(r int, pairs map[int]DealRow) []workbook.Cell {
	list := workbook.Quote(d.dealsTitle()) + "!"
	cell := func(column string) string { return "INDEX(" + list + "$" + column + "$1:$" + column + ";ROW())" }
	date, client, amount := cell("A"), cell("B"), cell("C")
	none, later := `""`, text(waits)
	live := "IF(AND(ISNUMBER(" + date + ");ISNUMBER(" + amount + "));IF(AND(" + date + ">=" +
		itoa(int(sane.From.Serial())) + ";" + date + "<" + onlyToday + "+1;" + amount + ">=" + d.leastAmount() +
		");INT(" + date + ");" + none +
		");IF(OR(ISTEXT(" + date + ");ISTEXT(" + amount + "));" + later + ";" + none + "))"
	row := make([]workbook.Cell, gotAmount+1)
	day := at(r, countedDate)
	from := func(column string, _ int) string { return column }
	p, paired := pairs[r]
	if paired {
		is := "AND("
		for i, c := range []string{date, client, amount} {
			row[readDateCol+i] = put(workbook.Cell{Style: helperCell}, p.Read[i].cell())
			is += same(c, at(r, readDateCol+i)) + ";"
		}
		is = strings.TrimSuffix(is, ";") + ")"
		understood(row, p.Counts)
		got := at(r, gotDate)
		locked := "IF(ISNUMBER(" + date + ");" + date + "+" + itoa(d.in.Dep.Settings.GraceDays) + "<" + onlyToday +
			";FALSE)"
		live = "IF(" + is + ";IF(ISNUMBER(" + got + ");IF(" + got + "<=" + onlyToday + ";" + got + ";" + none + ");" +
			none + ");IF(" + locked + ";" + later + ";" + live + "))"
		from = func(column string, got int) string { return "IF(" + is + ";" + at(r, got) + ";" + column + ")" }
	}
	row[countedDate] = workbook.F("="+live, helperCell)
	row[countedAmount] = workbook.F("=IF(ISNUMBER("+day+");"+from(amount, gotAmount)+`;"")`, helperCell)
	name := from(client, gotClient)
	row[countedClient] = workbook.F("=IF(ISNUMBER("+day+");IF(TRIM("+name+`)="";"";`+compared(name)+`);"")`, helperCell)
	return row
}

// understood writes what a row counts as into its pair.
func understood(row []workbook.Cell, deal *department.Deal) {
	row[gotDate] = workbook.Txt(nothing, helperCell)
	if deal != nil {
		row[gotDate] = workbook.N(deal.Date.Serial(), helperCell)
		row[gotClient] = workbook.Txt(deal.Client, helperCell)
		row[gotAmount] = workbook.N(deal.Amount, helperCell)
	}
}

// Keys of the computed columns of «Клиенты».
const (
	colName     = ColOther + "name" // hidden: the client as a criterion of COUNTIFS
	colDeals    = ColOther + "deals"
	colSum      = ColOther + "sum"
	colMonth    = ColOther + "month"
	colLast     = ColOther + "last"
	colSilent   = ColOther + "silent"
	colStanding = ColOther + "standing"
)

// computed returns the columns of «Клиенты» that follow from «Сделки» (domain 2.16). They
// are formulas, so that the days count on and a new deal appears without the worker,
// which computes the same for the director.
func (d *desk) computed() []listColumn {
	T := d.lang.T
	names, dates, amounts := d.countedColumn(countedClient), d.countedColumn(countedDate),
		d.countedColumn(countedAmount)
	sales := amounts + ";" + text(">=0") // a refund is not a deal
	figures := func(f workbook.NumberFormat) *workbook.Style { return &workbook.Style{Format: f, Align: "RIGHT"} }
	count := workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}
	// of returns a formula that is empty if there is no client.
	of := func(formula func(cell func(string) string) string) func(func(string) string) string {
		return func(cell func(string) string) string {
			return "IF(" + cell(colName) + `="";"";` + formula(cell) + ")"
		}
	}
	set := d.in.Dep.Settings
	word := func(s planfact.Standing) string { return text(terms.StandingText(s, d.lang)) }
	return []listColumn{
		{key: colName, title: T("клиент для счёта", "client as counted"), width: 60,
			style: figures(workbook.NumberFormat{}),
			formula: func(cell func(string) string) string {
				name := compared(cell(ColClient))
				for _, sign := range []string{"~", "*", "?"} { // there they are wildcards
					name = "SUBSTITUTE(" + name + ";" + text(sign) + ";" + text("~"+sign) + ")"
				}
				return "IF(TRIM(" + cell(ColClient) + `)="";"";` + name + ")"
			}},
		{key: colDeals, title: T("Сделок", "Deals"), note: T("Сколько сделок клиента на вкладке «Сделки», до сегодня.",
			"The client's deals on the tab Deals, up to today."), width: 80, style: figures(count),
			formula: of(func(cell func(string) string) string {
				return "COUNTIFS(" + names + ";" + cell(colName) + ";" + sales + ")"
			})},
		{key: colSum, title: T("Сумма", "Sum"), note: T("Сумма этих сделок за вычетом возвратов.",
			"The sum of these deals less refunds."), width: 120, style: figures(figure(kpi.Money, d.lang)),
			formula: of(func(cell func(string) string) string {
				return "SUMIFS(" + amounts + ";" + names + ";" + cell(colName) + ")"
			})},
		{key: colMonth, title: T("В этом месяце", "This month"), note: T("Сумма сделок с начала месяца.",
			"The sum of deals since the month began."), width: 120, style: figures(figure(kpi.Money, d.lang)),
			formula: of(func(cell func(string) string) string {
				return "SUMIFS(" + amounts + ";" + names + ";" + cell(colName) + ";" + dates + ";" + text(">") +
					"&EOMONTH(" + d.countedToday() + ";-1))"
			})},
		{key: colLast, title: T("Последняя сделка", "Last deal"), width: 112, style: figures(fullDate(d.lang)),
			formula: of(func(cell func(string) string) string {
				return "IF(" + cell(colDeals) + `=0;"";MAXIFS(` + dates + ";" + names + ";" + cell(colName) + ";" +
					sales + "))"
			})},
		{key: colSilent, title: T("Дней без сделок", "Days silent"),
			note: T("От последней сделки; если их не было — от передачи клиента.",
				"Since the last deal or, without any, since the handover."), width: 90, style: figures(count),
			formula: of(func(cell func(string) string) string {
				handed := cell(ColHanded)
				return "IF(" + cell(colDeals) + ">0;" + d.countedToday() + "-" + cell(colLast) + ";IF(ISNUMBER(" +
					handed + ");MAX(0;" + d.countedToday() + "-INT(" + handed + `));""))`
			})},
		{key: colStanding, title: T("Статус", "Status"),
			note: strings.NewReplacer("RISK", itoa(set.RiskDays), "LOST", itoa(set.LostDays)).Replace(T(
				"● под угрозой — без сделок RISK дн. и больше, ▼ потерян — LOST и больше.",
				"● at risk: no deals for RISK days or more, ▼ lost: for LOST or more.")),
			width: 130, style: &workbook.Style{Align: "CENTER"},
			formula: of(func(cell func(string) string) string {
				silent := cell(colSilent)
				bought := "IF(" + cell(colDeals) + ">0;" + word(planfact.Active) + ";" + word(planfact.NoDeals) + ")"
				return "IF(" + silent + `="";` + word(planfact.NoDeals) + ";IF(" + silent + ">=" + itoa(set.LostDays) +
					";" + word(planfact.Lost) +
					";IF(" + silent + ">=" + itoa(set.RiskDays) + ";" + word(planfact.AtRisk) + ";" + bought + ")))"
			})},
	}
}

// standingRules colour the standings; their signs and words say the same.
func (d *desk) standingRules(rows, col int) []workbook.Rule {
	var rules []workbook.Rule
	for _, s := range []planfact.Standing{planfact.AtRisk, planfact.Lost, planfact.Active} {
		colors := terms.LightColors(terms.StandingLight(s))
		rules = append(rules, workbook.Rule{
			Areas: []workbook.Area{{R0: 1, C0: col, R1: rows + 1, C1: col + 1}}, Kind: "CUSTOM_FORMULA",
			Values: []string{"=" + at(1, col) + "=" + text(terms.StandingText(s, d.lang))}, Color: colors.Ink,
			Back: colors.Back,
		})
	}
	return rules
}
