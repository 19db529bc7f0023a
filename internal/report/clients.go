package report

import (
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// Columns of the hidden tab: a row for each row of «Сделки».
const (
	countedClient = iota // the client, as names are compared; empty: the deal is not counted
	countedDate
	countedAmount
)

// mark begins every compared name, so that no name is a number, a date or a
// comparison to COUNTIFS and its like.
const mark = "·"

// compared is a formula for the form in which names of clients are compared, as
// planfact.NormClient compares them: spaces of any kind and case do not matter.
func compared(cell string) string {
	for _, code := range []string{"160", "10", "9"} { // a no-break space, a line's end, a tab
		cell = "SUBSTITUTE(" + cell + ";CHAR(" + code + `);" ")`
	}
	return text(mark) + "&LOWER(TRIM(" + cell + "))"
}

// counted lays out the hidden tab with the deals that count: whole days up to
// today with a readable amount. It stands apart from «Сделки» so that nothing
// in there hinders sorting, and looks at its rows by their place, whatever is
// moved there.
func (d *desk) counted(deals *workbook.Tab) *workbook.Tab {
	t := d.tab(TabCounted, d.lang.T("Расчёт клиентов", "Clients counted"))
	t.Exclusive, t.Hidden = true, true
	t.Columns = []workbook.Column{{Width: 240}, {Width: 100}, {Width: 100}}
	list := workbook.Quote(d.dealsTitle()) + "!"
	cell := func(column string) string { return "INDEX(" + list + "$" + column + "$1:$" + column + ";ROW())" }
	t.Cells = [][]workbook.Cell{{
		workbook.Txt(d.lang.T("клиент", "client"), helperCell), workbook.Txt(d.lang.T("день", "day"), helperCell), workbook.Txt(d.lang.T("сумма", "amount"), helperCell),
	}}
	date, client, amount := cell("A"), cell("B"), cell("C")
	for r := 1; r < deals.Rows; r++ {
		counts := at(r, countedClient) + `<>""`
		t.Cells = append(t.Cells, []workbook.Cell{
			workbook.F("=IF(AND(ISNUMBER("+date+");ISNUMBER("+amount+`);TRIM(`+client+`)<>"");IF(AND(`+date+"<TODAY()+1;"+amount+">="+d.leastAmount()+");"+compared(client)+`;"");"")`, helperCell),
			workbook.F("=IF("+counts+";INT("+date+`);"")`, helperCell),
			workbook.F("=IF("+counts+";"+amount+`;"")`, helperCell),
		})
	}
	t.Rows, t.Cols = deals.Rows, len(t.Columns)
	d.protect(t)
	return t
}

// Keys of the computed columns of «Клиенты».
const (
	colName     = ColOther + "name" // hidden: the client as COUNTIFS is asked for it
	colDeals    = ColOther + "deals"
	colSum      = ColOther + "sum"
	colMonth    = ColOther + "month"
	colLast     = ColOther + "last"
	colSilent   = ColOther + "silent"
	colStanding = ColOther + "standing"
)

// computed are the columns of «Клиенты» that follow from «Сделки» (domain 2.16).
// They are formulas, so that the days count on and a new deal shows without the
// worker; what it computes for the director is the same.
func (d *desk) computed() []listColumn {
	T := d.lang.T
	tab := workbook.Quote(d.title(T("Расчёт клиентов", "Clients counted"))) + "!"
	column := func(c int) string { return tab + "$" + workbook.ColumnName(c) + "$2:$" + workbook.ColumnName(c) }
	names, dates, amounts := column(countedClient), column(countedDate), column(countedAmount)
	sales := amounts + ";" + text(">=0") // a refund is no deal
	figures := func(f workbook.NumberFormat) *workbook.Style { return &workbook.Style{Format: f, Align: "RIGHT"} }
	count := workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}
	// of gives a formula that is empty where there is no client.
	of := func(formula func(cell func(string) string) string) func(func(string) string) string {
		return func(cell func(string) string) string {
			return "IF(" + cell(colName) + `="";"";` + formula(cell) + ")"
		}
	}
	set := d.in.Dep.Settings
	word := func(s planfact.Standing) string { return text(s.Text(string(d.lang))) }
	return []listColumn{
		{key: colName, title: T("клиент для счёта", "client as counted"), width: 60, style: figures(workbook.NumberFormat{}),
			formula: func(cell func(string) string) string {
				name := compared(cell(ColClient))
				for _, sign := range []string{"~", "*", "?"} { // they stand for other characters there
					name = "SUBSTITUTE(" + name + ";" + text(sign) + ";" + text("~"+sign) + ")"
				}
				return "IF(TRIM(" + cell(ColClient) + `)="";"";` + name + ")"
			}},
		{key: colDeals, title: T("Сделок", "Deals"), note: T("Сколько сделок клиента на вкладке «Сделки», до сегодня.", "The client's deals on the tab Deals, up to today."), width: 80, style: figures(count),
			formula: of(func(cell func(string) string) string {
				return "COUNTIFS(" + names + ";" + cell(colName) + ";" + sales + ")"
			})},
		{key: colSum, title: T("Сумма", "Sum"), note: T("Сумма этих сделок за вычетом возвратов.", "The sum of these deals less refunds."), width: 120, style: figures(figure(kpi.Money, d.lang)),
			formula: of(func(cell func(string) string) string {
				return "SUMIFS(" + amounts + ";" + names + ";" + cell(colName) + ")"
			})},
		{key: colMonth, title: T("В этом месяце", "This month"), note: T("Сумма сделок с начала месяца.", "The sum of deals since the month began."), width: 120, style: figures(figure(kpi.Money, d.lang)),
			formula: of(func(cell func(string) string) string {
				return "SUMIFS(" + amounts + ";" + names + ";" + cell(colName) + ";" + dates + ";" + text(">") + "&EOMONTH(TODAY();-1))"
			})},
		{key: colLast, title: T("Последняя сделка", "Last deal"), width: 112, style: figures(fullDate(d.lang)),
			formula: of(func(cell func(string) string) string {
				return "IF(" + cell(colDeals) + `=0;"";MAXIFS(` + dates + ";" + names + ";" + cell(colName) + ";" + sales + "))"
			})},
		{key: colSilent, title: T("Дней без сделок", "Days silent"), note: T("От последней сделки; если их не было — от передачи клиента.", "Since the last deal or, without any, since the handover."), width: 90, style: figures(count),
			formula: of(func(cell func(string) string) string {
				handed := cell(ColHanded)
				return "IF(" + cell(colDeals) + ">0;TODAY()-" + cell(colLast) + ";IF(ISNUMBER(" + handed + ");MAX(0;TODAY()-INT(" + handed + `));""))`
			})},
		{key: colStanding, title: T("Статус", "Status"), note: strings.NewReplacer("RISK", itoa(set.RiskDays), "LOST", itoa(set.LostDays)).Replace(T(
			"● под угрозой — без сделок RISK дн. и больше, ▼ потерян — LOST и больше.", "● at risk: no deals for RISK days or more, ▼ lost: for LOST or more.")),
			width: 130, style: &workbook.Style{Align: "CENTER"},
			formula: of(func(cell func(string) string) string {
				silent := cell(colSilent)
				bought := "IF(" + cell(colDeals) + ">0;" + word(planfact.Active) + ";" + word(planfact.NoDeals) + ")"
				return "IF(" + silent + `="";` + word(planfact.NoDeals) + ";IF(" + silent + ">=" + itoa(set.LostDays) + ";" + word(planfact.Lost) +
					";IF(" + silent + ">=" + itoa(set.RiskDays) + ";" + word(planfact.AtRisk) + ";" + bought + ")))"
			})},
	}
}

// standingRules colour the standings; their signs and words say the same.
func (d *desk) standingRules(rows, col int) []workbook.Rule {
	var rules []workbook.Rule
	for _, s := range []struct {
		standing    planfact.Standing
		color, back string
	}{{planfact.AtRisk, inkYellow, backYel}, {planfact.Lost, inkRed, backRed}, {planfact.Active, inkGreen, backGreen}} {
		rules = append(rules, workbook.Rule{
			Areas: []workbook.Area{{R0: 1, C0: col, R1: rows + 1, C1: col + 1}}, Kind: "CUSTOM_FORMULA",
			Values: []string{"=" + at(1, col) + "=" + text(s.standing.Text(string(d.lang)))}, Color: s.color, Back: s.back,
		})
	}
	return rules
}
