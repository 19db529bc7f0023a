package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func titles(b *workbook.Book) (out []string) {
	for _, t := range b.Tabs {
		out = append(out, t.Title)
	}
	return out
}

func keys(b *workbook.Book) (out []string) {
	for _, t := range b.Tabs {
		out = append(out, t.Key)
	}
	return out
}

func columnKeys(t *workbook.Tab, hidden bool) (out []string) {
	for _, c := range t.Columns {
		if c.Hidden == hidden {
			out = append(out, c.Key)
		}
	}
	return out
}

func TestTabs(t *testing.T) {
	in := input(accountManager(t), mayDay(28))
	in.Months = []calendar.Period{may.Prev().Prev(), may.Next(), may, may.Prev(), may}
	b := report.Layout(in)
	if diff := cmp.Diff([]string{"month:2026-05", "month:2026-06", "deals", "clients", "guide", "month:2026-04",
		"month:2026-03", "counted"}, keys(b)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Май 2026", "Июнь 2026", "Сделки", "Клиенты", "Как заполнять", "Апрель 2026",
		"Март 2026", "Расчёт сделок"}, titles(b)); diff != "" {
		t.Error(diff)
	}
	if b.Title != "Отчёт — Иванова Анна" || b.Locale != "ru_RU" || b.TimeZone != "Europe/Moscow" {
		t.Errorf("book is %q, %s, %s", b.Title, b.Locale, b.TimeZone)
	}
	ids := map[int64]bool{}
	for _, tab := range b.Tabs {
		if ids[tab.ID] || tab.ID != workbook.SheetID(tab.Key) {
			t.Errorf("tab %s has the id %d", tab.Key, tab.ID)
		}
		ids[tab.ID] = true
		if tab.Protect == nil {
			t.Errorf("tab %s is not protected", tab.Key)
		}
	}
}

func TestEnglish(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	in.Lang = words.EN
	b := report.Layout(plans(in))
	if diff := cmp.Diff([]string{"May 2026", "Deals", "How to fill it in", "Deals counted"}, titles(b)); diff != "" {
		t.Error(diff)
	}
	if b.Title != "Report — Иванова Анна" || b.Locale != "en_US" {
		t.Errorf("book is %q, %s", b.Title, b.Locale)
	}
	var own []string // texts that the worker wrote, except the names that ops gave
	for _, tab := range b.Tabs {
		for _, row := range tab.Cells {
			for _, c := range row {
				own = append(own, c.Str, c.Note)
				if c.Check != nil {
					own = append(own, c.Check.Message)
				}
			}
		}
	}
	for _, s := range own {
		for _, k := range in.Role.KPIs {
			s = strings.ReplaceAll(s, k.Title, "")
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r >= 'а' && r <= 'я' }) {
			t.Errorf("not English: %q", s)
		}
	}
}

// TestMonthTab compares the key cells of a cold caller's month.
func TestMonthTab(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Role.KPIs = in.Role.KPIs[:5]
	in.Dep.Roles = []department.Role{in.Role}
	tab := report.Layout(plans(in)).Tabs[0]
	if diff := cmp.Diff([]string{"date", "kpi:calls", "kpi:talks", "kpi:talk_time", "calc:avg_talk_time",
		"calc:talk_rate", "comment"}, columnKeys(tab, false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"closed", "w", "n", "plan:calls", "plan:talks", "plan:talk_time",
		"read:calls", "got:calls", "counted:calls", "read:talks", "got:talks", "counted:talks", "read:talk_time",
		"got:talk_time", "counted:talk_time"}, columnKeys(tab, true)); diff != "" {
		t.Error(diff)
	}
	if tab.FrozenRows != rowOf(tab, "light")+1 ||
		tab.FrozenCols != 1 || tab.KeyColumn != "date" || len(tab.RowIDs) != len(tab.Cells) ||
		tab.Rows != 13+31 {
		t.Errorf("frozen %d, %d; key column %q; %d row ids, %d rows", tab.FrozenRows, tab.FrozenCols, tab.KeyColumn,
			len(tab.RowIDs), tab.Rows)
	}
	var labels []string
	for _, row := range tab.Cells[1:13] {
		labels = append(labels, row[0].Str)
	}
	if diff := cmp.Diff([]string{"Осталось сегодня", "План месяца", "Факт", "План на дату", "Темп", "Светофор",
		"Последние дни", "До плана", "Нужно в день", "Прогноз", "По дням", "ДНИ"}, labels); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"fact calls":               `=SUM(P$14:P$44)`,
		"to_date calls":            `=SUMIFS(K$14:K$44;$H$14:$H$44;1;$I$14:$I$44;">0")`,
		"pace calls":               `=IF(COUNT(B4;B5)<2;"—";IF(B5<=0;"—";B4/B5-IF(AND(ROUND(1000*B4/B5;0)=850;ROUND(B4/B5;9)<85/100);1/2000;0)-IF(AND(ROUND(1000*B4/B5;0)=1000;ROUND(B4/B5;9)<1);1/2000;0)-IF(AND(ROUND(1000*B4/B5;0)=1050;ROUND(B4/B5;9)<105/100);1/2000;0)))`,
		"left calls":               `=IFERROR(MAX(0;B3-B4);"—")`,
		"needed calls":             `=IF(COUNT(B9)=0;"—";IF(B9=0;IF($I$10<=0;"—";0);IF(OR($I$10<=0;B9*$I$3>$I$10*B3*4);IF(AND($I$10<=0;$J$7>=46173);"не выполнен";"не догнать"&IF(COUNT(B11)=0;"";": прогноз "&MIN(99;ROUND(100*B11/B3;0))&" %"));B9/$I$10)))`,
		"forecast calls":           `=IF(OR($I$5<=0;$I$5<$I$3*2/10);"—";IFERROR(B4/$I$5*$I$3;"—"))`,
		"chart calls":              `=SPARKLINE(P$14:P$44;$H$12:$I$13)`,
		"fact avg_talk_time":       `=IFERROR(((D4*86400)/C4)/86400;"—")`,
		"2026-05-04 talk_rate":     `=IF(OR(S17="";P17="");"";IFERROR(S17/P17;""))`,
		"2026-05-04 closed":        `=IF($A17<$J$7;1;IF($A17>$J$7;0;IF(OR(COUNT(P17;S17)=2;ROUND(($J$6-$J$7)*86400;0)>=68400);1;0)))`,
		"2026-05-04 avg_talk_time": `=IF(OR(V17="";S17="");"";IFERROR(((V17*86400)/S17)/86400;""))`,
		"to_date talk_rate":        `=F3`,
		"plan w":                   `=COUNTIFS($I$14:$I$44;">0")`,
		"today calls":              `=IF(OR($H$3=0;B3<=0);"—";IFERROR(IF(ROUNDUP(ROUND(MAX(0;B3-B4+SUMIFS(P$14:P$44;$A$14:$A$44;$J$7))/$H$4-SUMIFS(P$14:P$44;$A$14:$A$44;$J$7);6);0)<=0;"✓ готово";ROUNDUP(ROUND(MAX(0;B3-B4+SUMIFS(P$14:P$44;$A$14:$A$44;$J$7))/$H$4-SUMIFS(P$14:P$44;$A$14:$A$44;$J$7);6);0));"—"))`,
		"today avg_talk_time":      `="—"`,
		"head date":                `=IFERROR(HYPERLINK("#gid=360259196&range=A"&(ROW($A$14)-1+MATCH($J$7;$A$14:$A$44;0));"Дата · сегодня ↓");"Дата")`,
		"trend calls":              `=IF($J$3<3;"—";IFERROR(ROUND(ROUND((SUMIFS(P$14:P$44;$J$14:$J$44;">"&$J$4;$J$14:$J$44;"<="&$I$5))-(SUMIFS(P$14:P$44;$J$14:$J$44;">"&$J$5;$J$14:$J$44;"<="&$J$4));6);0);"—"))`,
		"plan n":                   `=MIN(5;INT(I5/2))`,
		"to_date w":                `=COUNTIFS($I$14:$I$44;">0";$H$14:$H$44;1)`,
	} {
		row, column, _ := strings.Cut(name, " ")
		if got := cellOf(t, tab, row, column); got.Kind != workbook.Formula || got.Str != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got.Str, want)
		}
	}

	cell := `INDEX(B$13:B;ROW()-ROW($A$13)+1)`
	want := strings.ReplaceAll(`=IF($A17>$J$7;"";IF(AND(O17<>"";IF(ISERROR(CELL);EXACT(N17;"#");`+
		`IF(N17="";TRIM(CELL)="";AND(TYPE(CELL)=TYPE(N17);EXACT(CELL;N17)))));IF(ISNUMBER(O17);O17;"");`+
		`IF(AND(O17<>"";$A17+3<$J$7);"…";IF(ISNUMBER(CELL);IF(AND(CELL=INT(CELL);CELL>=0;CELL<=500);CELL;"");`+
		`IF(IFERROR(TRIM(CELL)="";FALSE);"";"…")))))`, "CELL", cell)
	if got := tab.Cells[16][slices.IndexFunc(tab.Columns, func(c workbook.Column) bool {
		return c.Key == "counted:calls"
	})].Str; got != want {
		t.Errorf("what an entry cell counts as:\n got %s\nwant %s", got, want)
	}
	calls := cellOf(t, tab, "2026-05-04", "calls")
	if !calls.Open || calls.Kind != workbook.Blank || calls.Check == nil || calls.Check.Strict {
		t.Errorf("an entry cell is %+v", calls)
	}
	if diff := cmp.Diff(&workbook.Validation{Kind: "NUMBER_BETWEEN", Values: []string{"0", "500"},
		Message: "Звонки: введите число, например 12. Нет результата — 0. Не меньше 0. Не больше 500"},
		calls.Check); diff != "" {
		t.Error(diff)
	}
	if c := cellOf(t, tab, "2026-05-04", "talk_rate"); c.Open {
		t.Error("a computed cell is open")
	}
	if c := cellOf(t, tab, "2026-05-09", "calls"); !c.Open || c.Style.Background == calls.Style.Background {
		t.Error("a day off must be open and grey")
	}
	if f := cellOf(t, tab, "fact", "talk_time").Style.Format; f.Pattern != "[h]:mm:ss" {
		t.Errorf("durations are shown as %q", f.Pattern)
	}
	if diff := cmp.Diff([]workbook.Area{{R0: 13, C0: 1, R1: 44, C1: 4}, {R0: 13, C0: 6, R1: 44, C1: 7}},
		tab.Protect.Open); diff != "" {
		t.Errorf("open areas: %s", diff)
	}
	var rules []string
	for _, r := range tab.Rules {
		rules = append(rules, r.Values...)
	}
	if diff := cmp.Diff([]string{
		`=B$7="▲ перевыполнение"`, `=B$7="▲ по плану"`, `=B$7="● чуть отстаёт"`, `=B$7="▼ отстаёт"`,
		`=B$2="✓ готово"`, `=AND(ISNUMBER(B8);B8>0)`, `=AND(ISNUMBER(B8);B8<0)`,
		`=AND(ISNUMBER(B14);P14="";$A14<=$J$7)`, `=P14="…"`, `=AND(ISNUMBER(C14);S14="";$A14<=$J$7)`, `=S14="…"`,
		`=AND(ISNUMBER(D14);D14>=1)`, `=AND(ISNUMBER(D14);V14="";$A14<=$J$7)`, `=V14="…"`,
		`=AND($A14=$J$7;OR(B14="";NOT(ISTEXT(B14))))`, `=$A14=$J$7`,
		`=AND($H14=1;$I14>0;B14="")`, `=AND($H14=1;$I14>0;C14="")`,
		`=AND($A14+3<$J$7)`,
	}, rules); diff != "" {
		t.Errorf("rules: %s", diff)
	}
}

// TestDaysOutside: days before hiring and after leaving, and days on which a KPI
// is not measured, are closed.
func TestDaysOutside(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Person.Hired, in.Person.Left = mayDay(5), mayDay(20)
	in.Dep.People[0] = in.Person
	in.Role.KPIs[1].From = mayDay(12)
	in.Dep.Absences = []department.Absence{{Person: "p", Span: calendar.Span{From: mayDay(6), To: mayDay(6)},
		Kind: department.Sick}}
	tab := report.Layout(plans(in)).Tabs[0]
	for _, test := range []struct {
		day, column string
		open        bool
	}{
		{"2026-05-04", "calls", false}, {"2026-05-04", "comment", false}, {"2026-05-05", "calls", true},
		{"2026-05-20", "calls", true}, {"2026-05-21", "calls", false},
		{"2026-05-08", "talks", false}, {"2026-05-12", "talks", true}, {"2026-05-06", "calls", true},
	} {
		if c := cellOf(t, tab, test.day, test.column); c.Open != test.open {
			t.Errorf("%s of %s: open is %v", test.day, test.column, c.Open)
		}
	}
	if note := cellOf(t, tab, "2026-05-06", "date").Note; note != "Больничный" {
		t.Errorf("an absence says %q", note)
	}
}

// Domain 2.21: a figure typed outside the days of employment gets a note and counts
// neither in the sheet nor when it is read.
func TestFiguresOutsideEmployment(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Person.Hired, in.Person.Left = mayDay(6), mayDay(13)
	in.Dep.People[0] = in.Person
	for d := 4; d <= 15; d++ {
		in.Typed.Entries = append(in.Typed.Entries, entry("calls", d, 10))
	}
	b := report.Layout(plans(in))
	calculate(t, b, mayDay(15).Time()).want("fact", "calls", 80) // eight days, those off too
	before, after := cellOf(t, b.Tabs[0], "2026-05-05", "calls"), cellOf(t, b.Tabs[0], "2026-05-14", "calls")
	if before.Note != "Не считается: дата приёма на работу — 06.05.2026.\nЕсли она неверна, скажите тому, кто ведёт "+
		"настройки." {
		t.Errorf("before hiring: %q", before.Note)
	}
	if after.Note != "Не считается: последний рабочий день — 13.05.2026.\nЕсли дата неверна, скажите тому, кто ведёт "+
		"настройки." {
		t.Errorf("after leaving: %q", after.Note)
	}
	var told []string
	for _, f := range report.Read(in, b, grid(b, func(string, [][]any) {})).Flags {
		told = append(told, fmt.Sprint(f.Day, " ", f.Code, " ", f.Soft))
	}
	want := []string{"2026-05-04 outside false", "2026-05-05 outside false", "2026-05-14 outside false",
		"2026-05-15 outside false"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

// TestTypedIsKept: a tab that is made again gets its figures back, including those that
// could not be read.
func TestTypedIsKept(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Typed = report.Typed{
		Entries: []department.Entry{{KPI: "calls", Date: mayDay(4), Value: 12},
			{KPI: "talk_time", Date: mayDay(4), Value: 5400}},
		Comments: map[calendar.Date]string{mayDay(4): "=болел"},
	}
	in.Flags = []report.Flag{
		{Tab: "month:2026-05", Column: "kpi:calls", Day: mayDay(5), Text: "много", Note: "Введите число",
			Code: "cell_text"},
		{Tab: "month:2026-05", Column: "kpi:calls", Day: mayDay(4), Text: "12 шт", Note: "понято", Soft: true},
		{Tab: "month:2026-05", Column: "kpi:calls", Day: mayDay(6), Text: "-5", Note: "меньше нуля"},
	}
	tab := report.Layout(plans(in)).Tabs[0]
	if c := cellOf(t, tab, "2026-05-04", "calls"); c.Kind != workbook.Number || c.Num != 12 || !c.Open ||
		c.Note != "понято" {
		t.Errorf("a figure is %+v", c)
	}
	if c := cellOf(t, tab, "2026-05-04", "talk_time"); c.Num != 0.0625 {
		t.Errorf("1:30 stands as %v", c.Num)
	}
	if c := cellOf(t, tab, "2026-05-04", "comment"); c.Kind != workbook.Text || c.Str != "=болел" || !c.Open {
		t.Errorf("a comment is %+v", c)
	}
	bad, plain := cellOf(t, tab, "2026-05-05", "calls"), cellOf(t, tab, "2026-05-07", "calls")
	if bad.Kind != workbook.Text || bad.Str != "много" || bad.Note != "Введите число" ||
		bad.Style.Background == plain.Style.Background {
		t.Errorf("an unreadable cell is %+v", bad)
	}
	if c := cellOf(t, tab, "2026-05-06", "calls"); c.Kind != workbook.Number || c.Num != -5 {
		t.Errorf("a number out of bounds is %+v", c)
	}
	in.Flags = nil
	if c := cellOf(t, report.Layout(plans(in)).Tabs[0], "2026-05-05", "calls"); c.Note != "" ||
		c.Style.Background != plain.Style.Background {
		t.Errorf("a mended cell is %+v", c)
	}
}

func TestLists(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	in.Typed.Deals = []department.Deal{{Person: "p", Date: mayDay(4), Client: "=Ромашка", Amount: 100, ID: "D-1",
		Written: "2026-05-04|100|=Ромашка"}, {Person: "p", Date: mayDay(3), Amount: 5}}
	in.Typed.Clients = []department.Client{{Person: "p", Name: "Ромашка", HandedOver: mayDay(1), From: "Пётр"},
		{Person: "p", Name: "Лютик"}}
	in.Flags = []report.Flag{{Tab: "deals", Column: "amount", Row: 3, Text: "сто", Note: "Введите сумму",
		Line: []string{"46143", "Лютик", "сто"}}}
	b := report.Layout(in)
	deals := tabOf(t, b, "deals")
	if diff := cmp.Diff([]string{"date", "client", "amount", "comment"}, columnKeys(deals, false)); diff != "" {
		t.Error(diff)
	}
	if len(deals.Cells) != 301 || deals.FrozenRows != 1 || deals.KeyColumn != "" {
		t.Errorf("%d rows, %d frozen", len(deals.Cells), deals.FrozenRows)
	}
	if diff := cmp.Diff([]workbook.Area{{R0: 1, C0: 0, R1: 301, C1: 7}}, deals.Protect.Open); diff != "" {
		t.Error(diff)
	}
	type value struct {
		Kind workbook.ValueKind
		Num  float64
		Str  string
	}
	var got [][]value
	for _, row := range deals.Cells[1:5] {
		var vs []value
		for _, c := range row {
			vs = append(vs, value{c.Kind, c.Num, c.Str})
		}
		got = append(got, vs)
	}
	if diff := cmp.Diff([][]value{
		{{workbook.Number, mayDay(4).Serial(), ""}, {workbook.Text, 0, "=Ромашка"}, {workbook.Number, 100, ""}, {},
			{workbook.Text, 0, "r1"}, {workbook.Text, 0, "D-1"}, {workbook.Text, 0, "2026-05-04|100|=Ромашка"}},
		{{workbook.Number, mayDay(3).Serial(), ""}, {}, {workbook.Number, 5, ""}, {}, {workbook.Text, 0, "r2"}, {}, {}},
		{{workbook.Number, 46143, ""}, {workbook.Text, 0, "Лютик"}, {workbook.Text, 0, "сто"}, {},
			{workbook.Text, 0, "r3"}, {}, {}},
		{{}, {}, {}, {}, {workbook.Text, 0, "r4"}, {}, {}},
	}, got); diff != "" {
		t.Error(diff)
	}
	if c := deals.Cells[3][2]; c.Note != "Введите сумму" || c.Style.Background == deals.Cells[2][2].Style.Background {
		t.Errorf("the flagged amount is %+v", c)
	}
	clients := tabOf(t, b, "clients")
	if c := clients.Cells[2]; c[0].Str != "Лютик" || c[1].Kind != workbook.Blank || !c[1].Open {
		t.Errorf("a client is %+v", c)
	}
}

// TestListsGrow: there are always free rows, added by whole hundreds.
func TestListsGrow(t *testing.T) {
	for _, test := range []struct{ deals, last, free, rows int }{
		{0, 0, 0, 300}, {200, 0, 0, 300}, {201, 0, 0, 400}, {0, 250, 0, 400}, {250, 0, 1, 500}, {1000, 0, 0, 1100},
	} {
		in := input(salesRepDeals(t), mayDay(15))
		for range test.deals {
			in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: mayDay(4), Amount: 1})
		}
		in.Typed.Deals = append(in.Typed.Deals, make([]department.Deal, test.free)...)
		if test.last > 0 {
			in.Flags = []report.Flag{{Tab: "deals", Row: test.last, Code: report.CodeLastRow, Soft: true}}
		}
		tab := tabOf(t, report.Layout(in), "deals")
		if got := len(tab.Cells) - 1; got != test.rows || tab.Rows != test.rows+1 {
			t.Errorf("%+v: %d rows", test, got)
		}
		if n := test.deals; n > 0 && tab.Cells[n+1][0].Kind != workbook.Blank {
			t.Errorf("%+v: a row too many is filled", test)
		}
	}
}

// TestShared: people who share a spreadsheet have their own tabs, each protected for its
// owner.
func TestShared(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	in.Tag = "p/"
	in.Flags = []report.Flag{{Tab: "p/deals", Column: "amount", Row: 1, Text: "x", Note: "n"}}
	b := report.Layout(plans(in))
	if diff := cmp.Diff([]string{"p/month:2026-05", "p/deals", "p/guide", "p/counted"}, keys(b)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Май 2026 · Иванова Анна", "Сделки · Иванова Анна", "Как заполнять · Иванова Анна",
		"Расчёт сделок · Иванова Анна"}, titles(b)); diff != "" {
		t.Error(diff)
	}
	for _, tab := range b.Tabs[:2] {
		if len(tab.Protect.Open) != 0 || !slices.Equal(tab.Protect.Editors, []string{"anna@example.com"}) {
			t.Errorf("%s: open %v, editors %v", tab.Key, tab.Protect.Open, tab.Protect.Editors)
		}
	}
	if f := cellOf(t, b.Tabs[0], "2026-05-04", "deals").Str; !strings.Contains(f, "'Расчёт сделок · Иванова Анна'!") {
		t.Errorf("deals are counted on another tab: %s", f)
	}
	if tabOf(t, b, "p/deals").Cells[1][2].Note != "n" {
		t.Error("the flag is not on the cell")
	}
	in.Person.Email = ""
	if tab := tabOf(t, report.Layout(in), "p/deals"); len(tab.Protect.Open) == 0 {
		t.Error("nobody can type into the tab of a person without an e-mail")
	}
}

// TestFlagOfSomebodyElse: the tag keeps flags apart.
func TestFlagOfSomebodyElse(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Flags = []report.Flag{{Tab: "q/month:2026-05", Column: "kpi:calls", Day: mayDay(5), Text: "x", Note: "n"}}
	if c := cellOf(t, report.Layout(in).Tabs[0], "2026-05-05", "calls"); c.Note != "" {
		t.Errorf("marked: %q", c.Note)
	}
}

// TestChangedKPIs: a KPI keeps its column's key whatever its title and position; an ended
// one has no column in later months.
func TestChangedKPIs(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Months = []calendar.Period{may, may.Next()}
	in.Role.KPIs[0].Title = "Набранные номера"
	in.Role.KPIs[1].To = mayDay(20)
	in.Role.KPIs[0], in.Role.KPIs[2] = in.Role.KPIs[2], in.Role.KPIs[0]
	b := report.Layout(in)
	now, next := columnKeys(b.Tabs[0], false), columnKeys(b.Tabs[1], false)
	if diff := cmp.Diff([]string{"date", "kpi:talk_time", "kpi:talks", "kpi:calls"}, now[:4]); diff != "" {
		t.Error(diff)
	}
	if slices.Contains(next, "kpi:talks") {
		t.Error("an ended KPI has a column")
	}
	if c := cellOf(t, b.Tabs[0], "head", "calls"); c.Str != "Набранные номера" {
		t.Errorf("the heading is %q", c.Str)
	}
	// A formula whose operand is not measured cannot be computed.
	if c := cellOf(t, b.Tabs[1], "2026-06-01", "talk_rate"); c.Kind != workbook.Blank || c.Open {
		t.Errorf("a formula without its operand is %+v", c)
	}
}

func TestGuide(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Dep.Settings.Deadline = 18*time.Hour + 30*time.Minute
	tab := tabOf(t, report.Layout(in), "guide")
	if len(tab.Cells) != 5 {
		t.Fatalf("%d lines", len(tab.Cells))
	}
	if s := tab.Cells[0][1].Str; !strings.Contains(s, "18:30") || !strings.Contains(s, "«Звонки», «Разговоры»") ||
		strings.Contains(s, "Доля") {
		t.Errorf("the first line is %q", s)
	}
	if len(tab.Protect.Open) != 0 {
		t.Error("the guide is open")
	}
}

// TestNoPlans: a layout needs no engine; without one there are no plans.
func TestNoPlans(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	tab := report.Layout(in).Tabs[0]
	if c := cellOf(t, tab, "plan", "repeat_sum"); c.Str != "не задан" {
		t.Errorf("the plan is %+v", c)
	}
	if c := cellOf(t, tab, "fact", "repeat_sum"); c.Str != "—" {
		t.Errorf("the fact is %+v", c)
	}
}

// TestLightsOfKPI: thresholds and the mark of an exceeded plan are the KPI's and
// the department's.
func TestLightsOfKPI(t *testing.T) {
	for _, test := range []struct {
		fact float64
		want string
	}{{394, "● чуть отстаёт"}, {393, "▼ отстаёт"}, {450, "▲ по плану"}, {472, "▲ по плану"},
		{473, "▲ перевыполнение"}} {
		in := input(coldCaller(t), mayDay(15))
		in.Role.KPIs[0].Lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 87.5, Light: kpi.Yellow},
			{From: 100, Light: kpi.Green}}
		in.Typed.Entries = []department.Entry{{Person: "p", KPI: "calls", Date: mayDay(4), Value: test.fact}}
		in.Role.KPIs[0].Max = kpi.Num{}
		c := calculate(t, report.Layout(plans(in)), time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
		c.want("light", "calls", test.want)
	}
}

// BenchmarkLayout lays out a spreadsheet of three months, as every sync does for
// everybody.
func BenchmarkLayout(b *testing.B) {
	in := input(coldCaller(b), mayDay(15))
	in.Months = []calendar.Period{may.Prev(), may, may.Next()}
	in = plans(in)
	b.ReportAllocs()
	for b.Loop() {
		report.Layout(in)
	}
}

// BenchmarkRead reads the same spreadsheet.
func BenchmarkRead(b *testing.B) {
	in := input(coldCaller(b), mayDay(15))
	in.Months = []calendar.Period{may.Prev(), may, may.Next()}
	book := report.Layout(in)
	found := grid(book, fill(cCalls, 9))
	b.ReportAllocs()
	for b.Loop() {
		report.Read(in, book, found)
	}
}
