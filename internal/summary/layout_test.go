package summary

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func TestTabs(t *testing.T) {
	for lang, want := range map[words.Lang][]string{
		words.RU: {"Главное", "Команды", "День", "Неделя", "Месяц", "Динамика", "Рейтинг", "Воронка", "Клиенты",
			"Неделя, все столбцы", "Месяц, все столбцы", "История", "Правки", "Сверка с телефонией",
			"Графики в ячейках"},
		words.EN: {"Main", "Teams", "Day", "Week", "Month", "Dynamics", "Rating", "Funnel", "Clients",
			"Week, all columns",
			"Month, all columns", "History", "Late edits", "Reconciliation", "Bars in cells"},
	} {
		b := Layout(golden(lang))
		var got, keys []string
		ids := map[int64]bool{}
		for _, tab := range b.Tabs {
			got, keys = append(got, tab.Title), append(keys, tab.Key)
			ids[tab.ID] = true
			if !tab.Exclusive || !tab.HideGrid {
				t.Errorf("%s: exclusive %v, grid hidden %v", tab.Key, tab.Exclusive, tab.HideGrid)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"main", "teams", "day", "week", "month", "dynamics", "rating", "funnel", "clients",
			"week-all", "month-all", "history", "edits", "reconciliation", "bars"}, keys); d != "" {
			t.Error(d)
		}
		if len(ids) != len(b.Tabs) {
			t.Errorf("tabs share ids: %v", ids)
		}
		if b.Locale != lang.Locale() || b.TimeZone != "Europe/Moscow" {
			t.Errorf("locale %q, zone %q", b.Locale, b.TimeZone)
		}
	}
}

// The golden numbers of the method, as the director sees them in «Месяц».
func TestMonthGolden(t *testing.T) {
	tab := tabOf(t, Layout(golden(words.RU)), TabMonth)
	row := rowWith(t, tab, "Иванова Анна")
	type seen struct {
		Value  float64
		Format string
		Back   string
	}
	var got []seen
	for _, c := range row[1:10] {
		if c.Kind != workbook.Number {
			got = append(got, seen{Value: math.NaN(), Format: c.Str})
			continue
		}
		got = append(got, seen{math.Round(c.Num*1e4) / 1e4, c.Style.Format.Pattern, c.Style.Background})
	}
	want := []seen{
		{380, `#,##0`, ""},
		{450, `#,##0`, ""},
		{0.8444, `"▼ "0.0%`, "#F8D7DA"},
		{950, `#,##0`, ""},
		{-570, `"+"#,##0;"−"#,##0;#,##0`, ""},
		{802.2222, `#,##0`, ""},
		{570, `#,##0`, ""},
		{57, `#,##0.0`, ""},
	}
	if d := cmp.Diff(want, got[:8]); d != "" {
		t.Error(d)
	}
	if row[0].Link != "https://docs.google.com/spreadsheets/d/1" {
		t.Errorf("the name leads to %q", row[0].Link)
	}

	// A share deviates in points; a KPI without a plan has a dash, not a zero.
	if c := row[19+4]; c.Num != -0.526316 || c.Style.Format.Pattern != `"+"0.0 "п.п.";"−"0.0 "п.п.";0.0 "п.п."` {
		t.Errorf("deviation of a share: %v %q", c.Num, c.Style.Format.Pattern)
	}
	if c := row[10+perPlan]; c.Str != dash || c.Style.Align != "CENTER" || c.Style.Color != grey {
		t.Errorf("plan that is not set: %+v, style %+v", c, c.Style)
	}
	// A duration is a fraction of a day.
	talk := rowWith(t, tab, "Сидоров Пётр")[10+perFact]
	if want := settle(9*5000.0/86400, 9); talk.Num != want || talk.Style.Format.Pattern != `[h]:mm:ss` {
		t.Errorf("talk time: %v %q, want %v", talk.Num, talk.Style.Format.Pattern, want)
	}

	// Two teams have subtotals, one has none; every role has a total.
	if c := rowWith(t, tab, "Север")[1+perFact]; c.Num != 380 {
		t.Errorf("team's fact: %v, want 380", c.Num)
	}
	var totals []float64
	for _, r := range tab.Cells {
		if len(r) > 2 && r[0].Str == "Итого" {
			totals = append(totals, r[1+perFact].Num)
			if st := r[1+perFact].Style; !st.Bold || st.Top == "" {
				t.Errorf("a total looks like any other row: %+v", st)
			}
		}
	}
	if d := cmp.Diff([]float64{380 + 7*70, 909_000}, totals); d != "" {
		t.Error(d)
	}
	if slices.Contains(rowsOf(tab), "Без команды") {
		t.Error("a single team has a subtotal")
	}
}

// «Неделя» and «Месяц» open with three figures of each KPI; nothing is only in a group,
// which a reader may be unable to open.
func TestGroupsOfColumns(t *testing.T) {
	for name, in := range map[string]Input{"two roles": golden(words.RU), "one role": crowd(30, 92)} {
		book := Layout(in)
		for key, allKey := range map[string]string{TabMonth: TabMonthAll, TabWeek: TabWeekAll} {
			tab, all := tabOf(t, book, key), tabOf(t, book, allKey)
			grouped := map[int]bool{}
			for _, g := range tab.Groups {
				for c := g.C0; c < g.C1; c++ {
					grouped[c] = true
				}
			}
			heads := 0
			for r, row := range tab.Cells {
				if len(row) < 4 || row[1].Str != "Факт" {
					continue
				}
				heads++
				for c, cell := range row[1:] {
					open := slices.Contains([]string{"Факт", "План на дату", "Темп"}, cell.Str)
					if grouped[c+1] == open {
						t.Errorf("%s, %s: %q in column %s stands open: %v", name, key, cell.Str,
							workbook.ColumnName(c+1), !grouped[c+1])
					}
					// One of three adjacent columns has the KPI's title.
					if title := tab.Cells[r-1][c+1-c%3].Str; title == "" {
						t.Errorf("%s, %s: no title over column %s", name, key, workbook.ColumnName(c+1))
					}
				}
				if frozen := r < tab.FrozenRows; frozen != (name == "one role") {
					t.Errorf("%s, %s: headings are frozen: %v", name, key, frozen)
				}
			}
			if heads == 0 || len(all.Groups) > 0 || all.Hidden || len(all.Copies) != heads {
				t.Errorf("%s, %s: %d headings, %d copies, groups %v, hidden %v", name, allKey, heads, len(all.Copies),
					all.Groups, all.Hidden)
			}
			if d := cmp.Diff(rowsOf(tab)[3:], rowsOf(all)[3:]); d != "" {
				t.Errorf("%s: «%s» says something else than «%s»:\n%s", name, all.Title, tab.Title, d)
			}
			for _, link := range []struct{ from, to *workbook.Tab }{{tab, all}, {all, tab}} {
				if want := "#gid=" + strconv.FormatInt(link.to.ID, 10) +
					"&range=A1"; link.from.Cells[2][0].Link != want {
					t.Errorf("%s leads to %q, want %q", link.from.Key, link.from.Cells[2][0].Link, want)
				}
			}
			// A phone shows two figures beside the names.
			if px := tab.Columns[0].Width + tab.Columns[1].Width + tab.Columns[2].Width; px > 390 {
				t.Errorf("%s, %s: names and two figures take %d pixels", name, key, px)
			}
		}
	}
}

// If several roles are below each other, no headings can be frozen for all of them: a
// long table repeats them before a team, and the rows between are copied in pieces.
func TestLongTablesRepeatTheirHeadings(t *testing.T) {
	in := crowd(90, 20)
	second := in.Dep.Roles[0]
	second.Key, second.Title = "rep2", "Продажи 2"
	in.Dep.Roles = append(in.Dep.Roles, second)
	for i := range in.Dep.People[60:] {
		in.Dep.People[60+i].Role = "rep2"
	}
	in.Engine = planfact.New(in.Dep, planfact.NewFacts(in.Dep, calendar.MonthOf(in.At.Today).Span), in.At)
	book := Layout(in)
	tab, all := tabOf(t, book, TabMonth), tabOf(t, book, TabMonthAll)
	last, heads := 0, 0
	for r, row := range tab.Cells {
		if len(row) > 1 && row[1].Str == "Факт" {
			last = r
			heads++
		}
		// A team of six and its own row may follow a table just below the limit.
		if len(row) > 1 && r-last > rowsAhead+1+7+1 {
			t.Fatalf("row %d is %d below its headings", r, r-last)
		}
	}
	if heads != 4+2 || len(all.Copies) != heads {
		t.Errorf("%d headings, %d copies", heads, len(all.Copies))
	}
	if _, _, err := workbook.Diff(workbook.Fresh(), book); err != nil {
		t.Error(err)
	}
}

func TestTextOfPeopleStaysText(t *testing.T) {
	in := golden(words.RU)
	evil := `=IMPORTXML("http://x")`
	in.Dep.Roles[0].Title = evil
	in.Dep.Roles[0].KPIs[0].Title = evil
	in.Dep.People[0].Team = evil
	in.Dep.Settings.Company = "=1+1"
	in.Health.Unreadable = []string{evil}
	const tabTitle = "Графики в ячейках'!$" // bars, drawn from figures alone
	found := 0
	for _, tab := range Layout(in).Tabs {
		for r, row := range tab.Cells {
			for c, cell := range row {
				if cell.Kind == workbook.Formula && !strings.HasPrefix(cell.Str, "=SPARKLINE('"+tabTitle) {
					t.Errorf("%s R%dC%d is a formula: %s", tab.Key, r, c, cell.Str)
				}
				if cell.Kind == workbook.Text && strings.HasPrefix(cell.Str, "=") {
					found++
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d texts that look like formulas: they have gone astray", found)
	}
}

func TestEnglishHasNoRussian(t *testing.T) {
	in := golden(words.EN)
	in.Health = Health{Problems: 1, BadCells: 2, Unreadable: []string{"Ann"}}
	for _, over := range []bool{true, false} {
		in.At.Over = over
		b := Layout(in)
		check := func(where, s string) {
			for _, r := range s {
				if unicode.Is(unicode.Cyrillic, r) {
					t.Errorf("%s: %q", where, s)
					return
				}
			}
		}
		check("title", b.Title)
		for _, tab := range b.Tabs {
			check(tab.Key, tab.Title)
			for _, ch := range tab.Charts {
				check(tab.Key, ch.Title)
			}
			for _, row := range tab.Cells {
				for _, c := range row {
					check(tab.Key, c.Str)
					check(tab.Key, c.Note)
					if c.Style != nil {
						check(tab.Key, c.Style.Format.Pattern)
					}
				}
			}
		}
	}
}

func TestSameInputSameBook(t *testing.T) {
	a, b := Layout(golden(words.RU)), Layout(golden(words.RU))
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
}

// Everything must be visible: no number wider than its column, no style or merge outside
// the grid, no note or figure off the screen of «Главное».
func TestGeometry(t *testing.T) {
	in := golden(words.RU)
	in.Health = Health{Problems: 1, BadCells: 2, Unreadable: []string{"Петров"}}
	for _, in := range []Input{in, crowd(30, 92)} {
		for _, tab := range Layout(in).Tabs {
			for r, row := range tab.Cells {
				if len(row) > tab.Cols || r >= tab.Rows {
					t.Fatalf("%s: row %d of %d cells is outside %d × %d", tab.Key, r, len(row), tab.Rows, tab.Cols)
				}
				for c, cell := range row {
					if cell.Kind != workbook.Number || tab.Hidden || cell.Style.Format.Type == "DATE" {
						continue
					}
					if need := int(charPx*float64(len(number(kpi.Some(math.Trunc(cell.Num)))))) +
						8; tab.Columns[c].Width < need {
						t.Errorf("%s R%dC%d: %v in %d pixels", tab.Key, r, c, cell.Num, tab.Columns[c].Width)
					}
				}
			}
			for _, m := range tab.Merges {
				if m.R1 > tab.Rows || m.C1 > tab.Cols || m.R0 >= m.R1 || m.C0 >= m.C1 {
					t.Errorf("%s: merge %v outside %d × %d", tab.Key, m, tab.Rows, tab.Cols)
				}
				// The service refuses merges across the edge of the frozen area.
				if m.R0 < tab.FrozenRows && m.R1 > tab.FrozenRows || m.C0 < tab.FrozenCols && m.C1 > tab.FrozenCols {
					t.Errorf("%s: merge %v crosses the frozen edge %d, %d", tab.Key, m, tab.FrozenRows, tab.FrozenCols)
				}
			}
			if tab.Key == TabMain {
				firstScreen(t, tab)
			}
		}
	}
}

// firstScreen checks that a laptop shows at once the state of the department, who has not
// reported and everybody who needs help, and a phone who, pace and how much of each.
func firstScreen(t *testing.T, tab *workbook.Tab) {
	t.Helper()
	px := 0
	for r, row := range tab.Cells {
		if len(row) > 0 && strings.HasPrefix(row[0].Str, "Итоги по ролям") {
			break
		}
		height := tab.Heights[r]
		if height == 0 {
			height = 21
		}
		px += height
	}
	if px > screenPx {
		t.Errorf("«Главное» takes %d pixels before its totals:\n%s", px, strings.Join(rowsOf(tab), "\n"))
	}
	width := 0
	for c, col := range tab.Columns {
		width += col.Width
		if c == colFact && width > 390 {
			t.Errorf("who, pace and how much take %d pixels", width)
		}
	}
	// A window of 1280 pixels also has the numbers of rows, 46, and a scroll bar, 15.
	if width > 1280-46-15 {
		t.Errorf("«Главное» is %d pixels wide", width)
	}
}

// The layout must be writable, and the second time there is nothing to write.
func TestDiffOfSummary(t *testing.T) {
	for _, in := range []Input{golden(words.RU), crowd(30, 92)} {
		reqs, after, err := workbook.Diff(workbook.Fresh(), Layout(in))
		if err != nil || len(reqs) == 0 {
			t.Fatalf("%d requests, %v", len(reqs), err)
		}
		reqs, _, err = workbook.Diff(after, Layout(in))
		if err != nil || len(reqs) != 0 {
			t.Errorf("nothing changed, yet %d requests, %v", len(reqs), err)
		}
	}
}

func TestMainGolden(t *testing.T) {
	in := golden(words.RU)
	in.Health = Health{Problems: 1, BadCells: 3, Control: "https://control", Unread: []Unread{
		{Person: "p1", Name: "Иванова Анна", Cells: 2, Tab: "month:2026-05", Day: day("2026-05-14")}}}
	main := tabOf(t, Layout(in), TabMain)
	got := strings.Join(rowsOf(main), "\n")
	at := 0
	for _, want := range []string{ // in this order
		"Пятница, 15 мая 2026\n",
		"Закрыто 9 из 19 рабочих дней. Данные на 19:05, таблиц прочитано: 3 из 3.\n",
		"Май 2026|Темп|Факт|Факт на плане|План|Прогноз|Осталось|Нужно в день|По дням\n",
		"Выручка|1.01|909000||1.9e+06|1.919e+06|991000|99100\n",
		"Звонки|0.966667|870||1900|1836.67|1030|103\n",
		"Сегодня не сдали: 1 из 3\n=HYPERLINK(\"x\")\n",
		"Не сдали за вчера: 1 из 3\n=HYPERLINK(\"x\")\n",
		"Кому помочь: ▼ 2  ● 1\n",
		"Сотрудник, причина|Темп|Отклонение|Показатель|Темп|Отклонение|Ещё||По дням\n",
		"Иванова Анна|0.844444|-70|Звонки|0.947368|-0.526316|Конверсия в лид\n" +
			"больше всего потеряно 4–8 мая: 200 вместо 250; нужно 57 в день вместо 50||||лиды 36 вместо 38 " +
			"(звонки 380)\n",
		"Итоги по ролям: май 2026\n",
		"Для настройки\n",
		"Ошибок в «Настройках отчётности»: 1. ",
		"Иванова Анна, 14 мая: не прочитано ячеек: 2. ",
		"Ещё не прочитано ячеек: 1. ",
	} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Errorf("no %q after\n%s\nin\n%s", want, got[:at], got)
			continue
		}
		at += i
	}
	// Each message for ops links to where they fix it.
	for text, link := range map[string]string{
		"Ошибок в «Настройках отчётности»": "https://control",
		"Иванова Анна, 14\u00a0мая": "https://docs.google.com/spreadsheets/d/1#gid=" +
			strconv.FormatInt(workbook.SheetID("month:2026-05"), 10),
	} {
		found := false
		for _, r := range main.Cells {
			found = found || len(r) == 1 && strings.HasPrefix(r[0].Str, text) && r[0].Link == link
		}
		if !found {
			t.Errorf("%q does not lead to %s", text, link)
		}
	}
}

// Every figure of the headline and of a person's block equals the export's: a role's
// totals as in «Месяц», or, for a KPI that several roles count, their sum.
func TestHeadlineIsTheExport(t *testing.T) {
	in := crowd(12, 40)
	second := in.Dep.Roles[0]
	second.Key, second.KPIs = "rep2", slices.Clone(second.KPIs)
	for i := range second.KPIs {
		second.KPIs[i].Role = "rep2"
	}
	in.Dep.Roles = append(in.Dep.Roles, second)
	for i := range in.Dep.People {
		if i%3 == 0 {
			in.Dep.People[i].Role = "rep2"
		}
	}
	facts := planfact.NewFacts(in.Dep, calendar.MonthOf(in.At.Today).Span)
	for i, p := range in.Dep.People {
		for d := day("2026-11-02"); d <= in.At.Today; d++ {
			if in.Dep.Calendar().Kind(d).Works() {
				facts.Add(department.Entry{Person: p.ID, KPI: "revenue", Date: d, Value: float64(30_000 + 1000*i)})
				facts.Add(department.Entry{Person: p.ID, KPI: "calls", Date: d, Value: float64(60 + i)})
			}
		}
	}
	in.Engine = planfact.New(in.Dep, facts, in.At)
	main := tabOf(t, Layout(in), TabMain)
	var plan, fact float64
	byName := map[string]planfact.Line{}
	for r := range Rows(in.Dep, in.Engine, nil, calendar.Month, calendar.MonthOf(in.At.Today).Span) {
		if r.Line.KPI.Key == "revenue" {
			byName[r.Manager] = r.Line
			plan, fact = plan+r.Line.Plan.V, fact+r.Line.Fact.V
		}
	}
	row := rowWith(t, main, "Выручка")
	for col, want := range map[int]float64{colPlan: plan, colFact: fact, colLeft: max(0, plan-fact)} {
		if math.Abs(row[col].Num-want) > 0.01 {
			t.Errorf("column %d of the headline is %v, the export's people make %v", col, row[col].Num, want)
		}
	}
	blocks := 0
	for _, r := range main.Cells {
		if len(r) <= colBar || r[colBar].Str != "Выручка" {
			continue
		}
		blocks++
		l := byName[r[colName].Str]
		if math.Abs(r[colPace].Num-l.Pace.V) > 1e-6 || math.Abs(r[colFact].Num-l.DeviationToDate.V) > 0.01 {
			t.Errorf("%s: %v and %v, the export has %v and %v", r[colName].Str, r[colPace].Num, r[colFact].Num,
				l.Pace.V,
				l.DeviationToDate.V)
		}
	}
	if blocks == 0 {
		t.Error("nobody is behind with revenue")
	}
}

// A bar's pieces: the fact, up to the mark of the plan to date, the mark, the rest.
func TestBullet(t *testing.T) {
	for name, tt := range map[string]struct {
		fact, toDate, plan float64
		want               []float64
	}{
		"behind":       {380, 450, 950, []float64{400, 74, 9, 517}},
		"ahead":        {500, 450, 950, []float64{474, 9, 43, 474}},
		"just ahead":   {451, 450, 950, []float64{474, 9, 0, 517}},
		"above plan":   {1900, 450, 950, []float64{237, 9, 754, 0}},
		"month's end":  {900, 950, 950, []float64{947, 44, 9, 0}},
		"nothing":      {0, 450, 950, []float64{0, 474, 9, 517}},
		"without plan": {10, 0, 0, nil},
	} {
		got := bulletParts(&planfact.Line{Fact: kpi.Some(tt.fact), PlanToDate: kpi.Some(tt.toDate),
			Plan: kpi.Some(tt.plan)})
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// With one working day left Anna has 380 of 580 calls: the month will end at 401, 69 % of
// the plan, and the remaining day would need 200. The rows of people and the sentences
// say so with the forecast; in the totals of «Главное» the forecast is beside. Once the
// month is over the plan is simply missed.
func TestOutOfReach(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		at := func(today string) (main, month, digest string) {
			in := golden(lang, func(d *department.Department, at *planfact.AsOf) {
				d.Roles[0].KPIs[0].Plan = kpi.Some(580)
				d.People = slices.Delete(d.People, 1, 2)
				at.Today = day(today)
			})
			book := Layout(in)
			text := func(key string) string { return strings.Join(rowsOf(tabOf(t, book, key)), "\n") + "\n" }
			return text(TabMain), text(TabMonth), strings.ReplaceAll(Digest(in, "").Text, words.NBSP, " ")
		}
		anna, calls := lang.T("Иванова Анна", "Anna Ivanova"), lang.T("Звонки", "Calls")
		has := func(where, text, want string) {
			t.Helper()
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", where, want, text)
			}
		}
		main, month, digest := at("2026-05-28")
		far := lang.T("не догнать: прогноз 69 %", "out of reach: forecast 69%")
		has("«Месяц»", month, anna+"|380|549.474|0.691571|580|-200|401.111|200|"+far+"|")
		has("«Месяц»", month, lang.T("Итого", "Total")+"|380|549.474|0.691571|580|-200|401.111|200|"+far+"|")
		has("«Главное»", main, calls+"|0.691571|380||580|401.111|200|"+lang.T("не догнать", "out of reach"))
		has("the cause in «Главное»", main, "; "+far)
		has("the digest", digest, "; "+far)

		main, month, digest = at("2026-05-31")
		missed := lang.T("не выполнен", "missed")
		has("«Месяц»", month, anna+"|380|580|0.655172|580|-200|380|200|"+missed+"|")
		has("«Главное»", main, calls+"|0.655172|380||580|380|200|"+missed)
		for where, text := range map[string]string{"«Главное»": main, "«Месяц»": month, "the digest": digest} {
			if strings.Contains(text, lang.T("не догнать", "out of reach")) {
				t.Errorf("%s speaks of catching up with a month that is over:\n%s", where, text)
			}
		}
	}
}

// The lead rate was 10 % on 14 May and is 9.5 % on the 15th: green became yellow.
// The calls were red and stay so.
func TestTurns(t *testing.T) {
	block := func(in Input) string {
		got := strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n")
		_, after, ok := strings.Cut(got, "\nЧто изменилось с ")
		if !ok {
			return ""
		}
		after, _, _ = strings.Cut(after, "\n\n")
		return after
	}
	want := "чт, 14 мая\nИванова Анна|Конверсия в лид: ● скатился в жёлтый: темп 94,7 %, был 100 % (зелёный)"
	if got := block(golden(words.RU)); got != want {
		t.Errorf("changes of light:\n%s\nwant:\n%s", got, want)
	}
	back := golden(words.RU, func(dep *department.Department, at *planfact.AsOf) {
		// Red below 9.48 % of leads, on plan from there; calls on plan from 84 %.
		dep.Roles[0].KPIs[0].Lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 84, Light: kpi.Green}}
		dep.Roles[0].KPIs[2].Lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 95, Light: kpi.Green}}
	})
	// Both of Anna's, and no change for the one who reported nothing on both days but
	// fell from 490 of 400 to 490 of 450: still on plan.
	want = "чт, 14 мая\nИванова Анна|Конверсия в лид: ▼ скатился в красный: темп 94,7 %, был 100 % (зелёный)\n" +
		"Иванова Анна|Звонки: ▲ вернулся в зелёный: темп 84,4 %, был 80 % (красный)"
	if got := block(back); got != want {
		t.Errorf("changes of light:\n%s\nwant:\n%s", got, want)
	}
	first := golden(words.RU, func(_ *department.Department, at *planfact.AsOf) { at.Today = day("2026-05-04") })
	if got := block(first); got != "" {
		t.Errorf("on the first working day of a month there is nothing to compare with, got\n%s", got)
	}
}

func TestNothingWrong(t *testing.T) {
	in := golden(words.RU)
	in.Dep.People = in.Dep.People[2:3] // the one who is at 101 % and has reported
	got := strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n")
	for _, want := range []string{
		"✓ Ошибок в настройках и непрочитанных ячеек нет.",
		"✓ Все отчёты сданы.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "не сдали") {
		t.Errorf("somebody has not reported in\n%s", got)
	}
}

// The tab says that all reports are in only for days on which somebody had to report.
func TestNobodyWasDue(t *testing.T) {
	shown := func(in Input) string { return strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n") }
	for want, change := range map[string]func(*Input){
		"За эти дни отчётов ни от кого не ждали.": func(in *Input) {
			in.Dep.Absences = append(in.Dep.Absences, department.Absence{Person: in.Dep.People[0].ID,
				Span: calendar.MonthOf(in.At.Today).Span, Kind: department.Vacation})
		},
		"Отчётов ещё не было: первый рабочий день впереди.": func(in *Input) {
			in.Dep.People[0].Hired = in.At.Today + 10
		},
		"Отчётов ещё не было: впишите сотрудников на вкладке «Сотрудники» в «Настройках отчётности».": func(in *Input) {
			in.Dep.People = nil
		},
	} {
		in := golden(words.RU)
		in.Dep.People = in.Dep.People[2:3]
		facts := planfact.NewFacts(in.Dep, calendar.MonthOf(in.At.Today).Span)
		if strings.HasPrefix(want, "За") {
			facts.Add(department.Entry{Person: in.Dep.People[0].ID, KPI: in.Dep.Roles[0].KPIs[0].Key,
				Date: day("2026-05-04"), Value: 1})
		}
		change(&in)
		in.Engine = planfact.New(in.Dep, facts, in.At)
		if got := shown(in); !strings.Contains(got, want) || strings.Contains(got, "Все отчёты сданы") {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestEmptyDepartment(t *testing.T) {
	dep := &department.Department{Settings: department.Defaults()}
	at := planfact.AsOf{Today: day("2026-05-15")}
	in := Input{Dep: dep, At: at, Lang: words.RU, Now: time.Date(2026, 5, 15, 9, 0, 0, 0, time.UTC)}
	in.Engine = planfact.New(dep, planfact.NewFacts(dep, calendar.Span{From: at.Today, To: at.Today}), at)
	for _, tab := range Layout(in).Tabs {
		if len(tab.Cells) < 3 {
			t.Errorf("%s says nothing:\n%s", tab.Key, strings.Join(rowsOf(tab), "\n"))
		}
	}
}

// hand returns the builder of a department of one role and one person with the given
// lines this month.
func hand(lang words.Lang, lines ...planfact.Line) *builder {
	in := &Input{Dep: &department.Department{Settings: department.Defaults()}, Lang: lang,
		At: planfact.AsOf{Today: day("2026-05-15"), Over: true}}
	m := newBuilder(in)
	m.staff = []staff{{people: []department.Person{{ID: "p", Name: "Анна"}}, month: [][]planfact.Line{lines}}}
	return m
}

// The progress of the month follows people's own schedules: Сменов Глеб has worked 8 of
// his 16 shifts when the others have worked 9 of 19 days.
func TestProgressFollowsSchedules(t *testing.T) {
	shifts := calendar.Schedule{{On: 2, Rest: 2, Start: day("2026-05-01")}}
	for name, tt := range map[string]struct {
		of     []calendar.Schedule
		today  string
		ru, en string
	}{
		"five days": {[]calendar.Schedule{nil, nil, nil}, "2026-05-15", "Закрыто 9 из 19 рабочих дней.",
			"Closed: 9 of 19 working days."},
		"shifts": {[]calendar.Schedule{shifts, shifts, shifts}, "2026-05-15", "Закрыто 8 из 16 рабочих дней.",
			"Closed: 8 of 16 working days."},
		"both": {[]calendar.Schedule{nil, shifts, nil}, "2026-05-15",
			"Закрыто 8–9 из 16–19 рабочих дней, у каждого по своему графику.",
			"Closed: 8–9 of 16–19 working days, by each one's own schedule."},
		"both, some done": {[]calendar.Schedule{nil, shifts, nil}, "2026-05-30",
			"Закрыто 16–19 из 16–19 рабочих дней, у каждого по своему графику.",
			"Closed: 16–19 of 16–19 working days, by each one's own schedule."},
	} {
		for _, lang := range []words.Lang{words.RU, words.EN} {
			in := golden(lang, func(d *department.Department, at *planfact.AsOf) {
				for i, s := range tt.of { // the fourth has left in April
					d.People[i].Schedule = s
				}
				at.Today = day(tt.today)
			})
			m := newBuilder(&in)
			days := m.workdays(m.month.Span)
			if got := strings.ReplaceAll(m.progress(days), words.NBSP, " "); got != lang.T(tt.ru, tt.en) {
				t.Errorf("%s: %q, want %q", name, got, lang.T(tt.ru, tt.en))
			}
			if days.open != (tt.today == "2026-05-15") {
				t.Errorf("%s: open %v on %s", name, days.open, tt.today)
			}
		}
	}
}

func TestWorstFirst(t *testing.T) {
	line := func(key string, u kpi.Unit, light kpi.Light, pace, behind float64) planfact.Line {
		return planfact.Line{KPI: kpi.KPI{Key: key, Unit: u}, Light: light, Pace: kpi.Some(pace),
			DeviationToDate: kpi.Some(-behind)}
	}
	lower := planfact.Line{KPI: kpi.KPI{Key: "cost", Unit: kpi.Money, Direction: kpi.Lower}, Light: kpi.Red,
		Pace: kpi.Some(0.5), DeviationToDate: kpi.Some(7000)}
	check := line("check", kpi.Money, kpi.Red, 0.79, 90_000)
	check.KPI.Expr = expr("revenue / deals")
	m := hand(words.RU,
		line("fine", kpi.Count, kpi.Green, 1, 0),
		line("calls85", kpi.Count, kpi.Yellow, 0.9, 50),
		line("calls80", kpi.Count, kpi.Red, 0.8, 500),
		line("small", kpi.Money, kpi.Red, 0.2, 5000),
		line("big", kpi.Money, kpi.Red, 0.8, 100_000),
		line("leads30", kpi.Count, kpi.Red, 0.3, 3),
		line("yellow₽", kpi.Money, kpi.Yellow, 0.95, 900_000),
		line("early", kpi.Money, kpi.NoLight, 0.1, 900_000),
		check, lower,
	)
	// For one person: red before yellow, then roubles, then pace.
	var got []string
	for _, c := range m.whoIsBehind()[0].concerns {
		got = append(got, c.line.KPI.Key)
	}
	want := []string{"big", "cost", "small", "leads30", "check", "calls80", "yellow₽", "calls85"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	// For people: by light, then by lag in roubles, then by pace; people on plan or who
	// have left are not included, one who typed more than the call log has is.
	people := []struct {
		name  string
		lines []planfact.Line
	}{
		{"yellow", []planfact.Line{line("r", kpi.Money, kpi.Yellow, 0.95, 900_000)}},
		{"cheap", []planfact.Line{line("r", kpi.Money, kpi.Red, 0.1, 50_000)}},
		{"slow", []planfact.Line{line("c", kpi.Count, kpi.Red, 0.6, 5)}},
		{"slower", []planfact.Line{line("c", kpi.Count, kpi.Red, 0.5, 5)}},
		{"dear", []planfact.Line{line("c", kpi.Count, kpi.Yellow, 0.9, 5), line("r", kpi.Money, kpi.Red, 0.8, 90_000)}},
		{"fine", []planfact.Line{line("r", kpi.Money, kpi.Green, 1, 0)}},
		{"boaster", []planfact.Line{line("r", kpi.Money, kpi.Green, 1, 0)}},
		{"gone", []planfact.Line{line("r", kpi.Money, kpi.Red, 0.1, 900_000)}},
	}
	m.staff = []staff{{}}
	for _, p := range people {
		who := department.Person{ID: department.PersonID(p.name), Name: p.name}
		if p.name == "gone" {
			who.Left = day("2026-05-14")
		}
		m.staff[0].people, m.staff[0].month = append(m.staff[0].people, who), append(m.staff[0].month, p.lines)
	}
	calls := kpi.KPI{Key: "c", Title: "Звонки", Unit: kpi.Count}
	for i, typed := range []float64{100, 120, 103} {
		m.in.Compared = append(m.in.Compared, Compared{Person: department.Person{ID: [...]department.PersonID{"slow",
			"boaster", "fine"}[i]}, KPI: calls, Day: day("2026-05-14"), Typed: typed, Log: 100})
	}
	got = nil
	for _, b := range m.whoIsBehind() {
		got = append(got, b.person.Name)
	}
	if d := cmp.Diff([]string{"dear", "cheap", "slower", "slow", "boaster", "yellow"}, got); d != "" {
		t.Error(d)
	}
	said := strings.ReplaceAll(m.cause(m.whoIsBehind()[4].concerns[0], causeLen), words.NBSP, " ")
	if want := "введено 120, в телефонии 100; не сошлось 1 из 1 дня"; said != want {
		t.Errorf("%q, want %q", said, want)
	}
	if head := m.attentionHead(m.whoIsBehind()); head != "Кому помочь: ▼\u00a05  ●\u00a01" {
		t.Error(head)
	}
}

func TestCause(t *testing.T) {
	calls := kpi.KPI{Key: "calls", Unit: kpi.Count}
	base := planfact.Line{KPI: calls, Plan: kpi.Some(950), Fact: kpi.Some(380), PlanToDate: kpi.Some(450),
		DeviationToDate: kpi.Some(-70),
		Left:            kpi.Some(570), NeededPerDay: kpi.Some(57), Working: 19, Closed: 9, Open: 10}
	with := func(f func(*planfact.Line)) planfact.Line { l := base; f(&l); return l }
	for name, c := range map[string]struct {
		line   planfact.Line
		ru, en string
	}{
		"golden": {base,
			"отстаёт от плана на дату на 70 звонков; нужно 57 в день вместо 50",
			"behind the plan to date by 70 calls; 57 a day needed instead of 50"},
		"no reports": {with(func(l *planfact.Line) {
			l.Missing = 2
			l.DeviationToDate = kpi.Some(-1)
			l.NeededPerDay = kpi.Some(50.1)
		}),
			"отстаёт от плана на дату на 1 звонок; нет отчёта за 2 дня; нужно 50,1 в день вместо 50",
			"behind the plan to date by 1 call; no report for 2 days; 50.1 a day needed instead of 50"},
		"a fraction": {with(func(l *planfact.Line) { l.KPI.Key = "deals"; l.DeviationToDate = kpi.Some(-1.5) }),
			"отстаёт от плана на дату на 1,5 сделки; нужно 57 в день вместо 50",
			"behind the plan to date by 1.5 deals; 57 a day needed instead of 50"},
		"over": {with(func(l *planfact.Line) { l.Open = 0; l.NeededPerDay = kpi.Num{}; l.KPI.Key = "own" }),
			"отстаёт от плана на дату на 70; месяц закончился, план не выполнен",
			"behind the plan to date by 70; the month is over, the plan is missed"},
		"money": {with(func(l *planfact.Line) {
			l.KPI = kpi.KPI{Key: "revenue", Unit: kpi.Money}
			l.DeviationToDate, l.Plan, l.NeededPerDay = kpi.Some(-1234567), kpi.Some(1_900_000), kpi.Some(150_000.4)
		}),
			"отстаёт от плана на дату на 1 234 567 ₽; нужно 150 000 ₽ в день вместо 100 000 ₽",
			"behind the plan to date by 1,234,567 ₽; 150,000 ₽ a day needed instead of 100,000 ₽"},
		"share": {planfact.Line{KPI: kpi.KPI{Unit: kpi.Percent}, Fact: kpi.Some(0.07), PlanToDate: kpi.Some(0.1),
			DeviationToDate: kpi.Some(-0.03)},
			"7 % вместо 10 %: ниже плана на 3,0 п.п.",
			"7% instead of 10%: below plan by 3.0 pp"},
		"lower": {planfact.Line{KPI: kpi.KPI{Unit: kpi.Duration, Direction: kpi.Lower}, DeviationToDate: kpi.Some(90)},
			"больше предела на дату на 0:01:30",
			"above the limit to date by 0:01:30"},
	} {
		for lang, want := range map[words.Lang]string{words.RU: c.ru, words.EN: c.en} {
			if got := strings.ReplaceAll(hand(lang).causeInFull(concern{line: &c.line}), words.NBSP, " "); got != want {
				t.Errorf("%s, %s:\ngot  %s\nwant %s", name, lang, got, want)
			}
		}
	}
}

// Two rows each of the first eight people, and how many more there are.
func TestAttentionIsShort(t *testing.T) {
	m := hand(words.RU)
	m.staff = []staff{{}}
	for i := range 30 {
		var lines []planfact.Line
		for range 4 {
			lines = append(lines, planfact.Line{KPI: kpi.KPI{Key: "k", Unit: kpi.Percent}, Light: kpi.Red,
				Fact:       kpi.Some(0.4),
				PlanToDate: kpi.Some(0.5), Pace: kpi.Some(0.5), DeviationToDate: kpi.Some(-0.1)})
		}
		m.staff[0].people = append(m.staff[0].people,
			department.Person{ID: department.PersonID(itoa(i)), Name: itoa(i)})
		m.staff[0].month = append(m.staff[0].month, lines)
	}
	m.in.Engine = planfact.New(m.in.Dep, planfact.NewFacts(m.in.Dep, m.month.Span), m.in.At)
	s := newSheet(m.in, m.st, TabMain, "Главное", "Main")
	m.attention(s)
	got := rowsOf(s.done())
	if n := len(got); n != 1+1+1+2*8+1 || got[n-1] != "и ещё 22 человека — вкладка «Месяц»" {
		t.Errorf("%d rows, the last %q", n, got[len(got)-1])
	}
}

func TestDayStates(t *testing.T) {
	tab := tabOf(t, Layout(golden(words.RU)), TabDay)
	if r := rowWith(t, tab, "Иванова Анна"); r[2].Str != "сдан" || r[3].Num != 60 || r[4].Num != 50 || r[5].Num != 10 {
		t.Errorf("who has reported: %v", r[2:6])
	}
	// Blank is not zero: there is no fact, but a closed day without a report deviates by
	// the whole plan.
	if r := rowWith(t, tab, `=HYPERLINK("x")`); r[2].Str != "не сдан" || r[3].Str != dash || r[4].Num != 50 ||
		r[5].Num != -50 {
		t.Errorf("who has not: %v", r[2:6])
	}
	if r := rowWith(t, tab, "Итого"); r[2].Str != "1 из 2" || r[3].Num != 60 || r[4].Num != 100 || r[5].Num != -40 {
		t.Errorf("total: %v", r[2:6])
	}

	// Before the deadline nobody without a report is behind; a person who is away has no
	// plan.
	in := golden(words.RU, func(d *department.Department, at *planfact.AsOf) {
		at.Over = false
		at.Today = day("2026-05-18")
		d.Absences = []department.Absence{{Person: "p3",
			Span: calendar.Span{From: day("2026-05-18"), To: day("2026-05-20")}, Kind: department.Vacation}}
	})
	m := newBuilder(&in)
	sheet := newSheet(&in, m.st, TabDay, "День", "Day")
	m.dayTables(sheet, in.At.Today)
	tab = sheet.done()
	if r := rowWith(t, tab, "Иванова Анна"); r[2].Str != "ждём до 19:00" || r[3].Str != dash || r[4].Num != 50 ||
		r[5].Str != dash {
		t.Errorf("whom we wait for: %v", r[2:6])
	}
	if r := rowWith(t, tab, "Сидоров Пётр"); r[2].Str != "отпуск" || r[3].Str != dash || r[4].Str != dash ||
		r[5].Str != dash {
		t.Errorf("who is away: %v", r[2:6])
	}
	if r := rowWith(t, tab, "Итого"); r[5].Str != dash {
		t.Errorf("total of an open day deviates: %v", r[2:6])
	}
}

// «День» shows the last working day while nothing is known of today, and says so; the
// days before are below, each with a link to it. For hundreds of people there is one day.
func TestDayStandsOnTheLastWorkingDay(t *testing.T) {
	at := func(today string, over bool) *workbook.Tab {
		return tabOf(t, Layout(golden(words.RU, func(_ *department.Department, at *planfact.AsOf) {
			at.Today, at.Over = day(today), over
		})), TabDay)
	}
	for name, tt := range map[string]struct {
		today        string
		over         bool
		title, under string
	}{
		"a day off": {"2026-05-17", false, "Пятница, 15 мая 2026",
			"Последний рабочий день: сегодня, вс, 17 мая, выходной, отчётов не ждём."},
		"in the morning": {"2026-05-18", false, "Пятница, 15 мая 2026",
			"Последний рабочий день: за сегодня, пн, 18 мая, отчётов ещё нет, ждём до 19:00."},
		"some have reported": {"2026-05-15", false, "Пятница, 15 мая 2026", "Отчёты ждём до 19:00."},
		"in the evening":     {"2026-05-18", true, "Понедельник, 18 мая 2026", "Срок сдачи отчётов (19:00) прошёл."},
		"the first day":      {"2026-05-04", false, "Понедельник, 4 мая 2026", "Отчёты ждём до 19:00."},
	} {
		got := rowsOf(at(tt.today, tt.over))
		if got[0] != tt.title || got[1] != tt.under {
			t.Errorf("%s: %q", name, got[:2])
		}
	}
	tab := at("2026-05-17", false)
	links := tab.Cells[2]
	if len(links) != 9 || tab.FrozenRows != 3 {
		t.Fatalf("%d links to the working days since the fourth, %d frozen rows", len(links), tab.FrozenRows)
	}
	shown := rowsOf(tab)
	for i, c := range links {
		_, row, _ := strings.Cut(c.Link, "range=A")
		n, err := strconv.Atoi(row)
		if err != nil {
			t.Fatalf("%q: %v", c.Link, err)
		}
		_, want, _ := strings.Cut(c.Str, ", ")
		if !strings.Contains(shown[n-1], ", "+want+" мая 2026") {
			t.Errorf("the link %d, %q, leads to %q", i, c.Str, shown[n-1])
		}
	}
	// Each day equals the export.
	rows := 0
	for d := day("2026-05-04"); d <= day("2026-05-15"); d++ {
		in := golden(words.RU, func(_ *department.Department, at *planfact.AsOf) { at.Today = day("2026-05-17") })
		at := slices.Index(shown, strings.ReplaceAll(d.LongText(words.RU), words.NBSP, " "))
		if at < 0 {
			continue
		}
		for r := range Rows(in.Dep, in.Engine, nil, calendar.Day, calendar.DayOf(d).Span) {
			if r.Line.KPI.Key != "calls" || r.Line.Reported == 0 {
				continue
			}
			for _, cells := range tab.Cells[at:] {
				if len(cells) > dayFixed+1 && cells[0].Str == r.Manager {
					rows++
					if cells[dayFixed].Num != r.Line.Fact.V || math.Abs(cells[dayFixed+1].Num-r.Line.Plan.V) > 1e-6 {
						t.Errorf("%s, %s: %v of %v, the export has %v of %v", d, r.Manager, cells[dayFixed].Num,
							cells[dayFixed+1].Num, r.Line.Fact.V, r.Line.Plan.V)
					}
					break
				}
			}
		}
	}
	if rows < 15 {
		t.Errorf("%d rows compared", rows)
	}
	many := crowd(301, 30)
	if days := newBuilder(&many).shownDays(); len(days) != 1 {
		t.Errorf("%d days of 301 people", len(days))
	}
	few := crowd(40, 60)
	if days := newBuilder(&few).shownDays(); len(days) != daysShown {
		t.Errorf("%d days of 40 people", len(days))
	}
}

// Anna's calls of 12 and 15 May came in late; her leads are not required, and
// those of the 14th do not make her report late.
func TestLateReports(t *testing.T) {
	in := golden(words.RU)
	facts := planfact.NewFacts(in.Dep, calendar.Span{From: day("2026-04-01"), To: day("2026-05-31")})
	for _, d := range []string{"2026-05-12", "2026-05-14", "2026-05-15"} {
		facts.Add(department.Entry{Person: "p1", KPI: "calls", Date: day(d), Value: 40})
		facts.Add(department.Entry{Person: "p1", KPI: "leads", Date: day(d), Value: 4})
	}
	facts.AddLate("p1", "calls", day("2026-05-12"))
	facts.AddLate("p1", "leads", day("2026-05-14"))
	facts.AddLate("p1", "calls", day("2026-05-15"))
	in.Engine = planfact.New(in.Dep, facts, in.At)
	b := Layout(in)
	if r := rowWith(t, tabOf(t, b, TabDay), "Иванова Анна"); r[2].Str != "сдан с опозданием" {
		t.Errorf("the day: %q", r[2].Str)
	}
	for tab, want := range map[string]string{TabMonth: "Сдано с опозданием за период: 2 отчёта.",
		TabWeek: "Сдано с опозданием за период: 2 отчёта."} {
		if r := rowWith(t, tabOf(t, b, tab), "Иванова Анна"); r[0].Note != want {
			t.Errorf("%s: %q, want %q", tab, r[0].Note, want)
		}
	}
}

func TestRating(t *testing.T) {
	late := func(d *department.Department, at *planfact.AsOf) {
		d.Settings.MinReportedShare = 0.8 // of nine days: the one who has seven is listed apart
	}
	tab := tabOf(t, Layout(golden(words.RU, late)), TabRating)
	got := rowsOf(tab)
	want := []string{
		"Рейтинг: май 2026",
		"Места по баллам: темп каждого показателя с его весом.",
		"",
		"Холодные звонки",
		"Место|Сотрудник|Команда|Баллы|Звонки|Лиды|Конверсия в лид|Звонки, факт",
		"1|Иванова Анна|Север|84.4444|0.844444|—|0.947368|380",
		"|Вне рейтинга: 1",
		`—|=HYPERLINK("x")|Юг|мало отчётов: сдано 7 из 9`,
		"",
		"Продажи",
		"Место|Сотрудник|Команда|Баллы|Выручка|Время в разговоре|Выручка, факт",
		"1|Сидоров Пётр||101|1.01|0.925926|909000",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// The fact shown is the one by which planfact ranks, in every kind of rating.
	for _, by := range []department.Rating{department.ByPoints, department.ByPace, department.BySum,
		department.ByCount} {
		in := golden(words.RU, func(d *department.Department, _ *planfact.AsOf) { d.Settings.Rating = by })
		for _, role := range in.Dep.Roles {
			lead, ok := role.Leading(by)
			for _, p := range in.Engine.Rating(role, calendar.MonthOf(in.At.Today)) {
				var fact kpi.Num
				for _, l := range p.Lines {
					if ok && l.KPI.Key == lead.Key {
						fact = l.Fact
					}
				}
				if fact != p.Fact {
					t.Errorf("%s, %s: planfact ranks by %v, %q has %v", by, role.Key, p.Fact, lead.Key, fact)
				}
			}
		}
	}
}

func TestHistory(t *testing.T) {
	in := golden(words.RU)
	tab := tabOf(t, Layout(in), TabHistory)
	var periods []string
	for _, r := range tab.Cells[3:] {
		if len(periods) == 0 || periods[len(periods)-1] != r[0].Str {
			periods = append(periods, r[0].Str)
		}
	}
	// 15 May is a Friday: its week is open, and so is May; April has no figures
	// before the first day.
	if d := cmp.Diff([]string{"Неделя 19, 2026"}, periods); d != "" {
		t.Error(d)
	}
	if f := tab.Filter; f == nil || *f != (workbook.Area{R0: 2, C0: 0, R1: len(tab.Cells), C1: 15}) {
		t.Errorf("filter %v over %d rows", f, len(tab.Cells))
	}
	in.First = day("2026-04-01")
	in.At = planfact.AsOf{Today: day("2026-05-31"), Over: true}
	m := newBuilder(&in)
	var got []string
	for p := range m.closedPeriods() {
		got = append(got, p.String())
	}
	want := []string{"2026-05", "2026-W22", "2026-W21", "2026-W20", "2026-W19", "2026-W18", "2026-04", "2026-W17",
		"2026-W16", "2026-W15", "2026-W14"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHistoryIsLimited(t *testing.T) {
	in := crowd(250, 180)
	tab := tabOf(t, Layout(in), TabHistory)
	if n := len(tab.Cells) - 3; n != HistoryRows {
		t.Errorf("%d rows, want %d", n, HistoryRows)
	}
	if s := tab.Cells[1][0].Str; !strings.Contains(s, "svodka export summary") {
		t.Errorf("nothing says where the rest is: %q", s)
	}
}

// For each role's leading KPI the month and the weeks are side by side; the colour shows
// what reaches the plan and what does not.
func TestDynamicsCharts(t *testing.T) {
	in := crowd(5, 92)
	book := Layout(in)
	tab, bars := tabOf(t, book, TabDynamics), tabOf(t, book, TabBars)
	if len(tab.Charts) != 2 || tab.Charts[0].ID == tab.Charts[1].ID {
		t.Fatalf("charts %+v, want two", tab.Charts)
	}
	month, _ := lineFor(in.Engine.Role(in.Dep.Roles[0], calendar.MonthOf(in.At.Today)), 0, "revenue")
	x := 0 // where the chart begins
	for i, c := range tab.Charts {
		if title := []string{"Выручка: ноябрь 2026, нарастающим итогом",
			"Выручка по неделям"}[i]; strings.ReplaceAll(c.Title,
			words.NBSP, " ") != title || c.Data != bars.ID || !c.Stacked {
			t.Errorf("%q, want %q; drawn from %d", c.Title, title, c.Data)
		}
		// The rows below a chart are empty.
		for r := c.At.R0; r < c.At.R0+chartRows; r++ {
			if len(tab.Cells[r]) != 0 {
				t.Errorf("%s covers row %d", c.Title, r)
			}
		}
		at := c.X
		for col := range c.At.C0 {
			at += tab.Columns[col].Width
		}
		if at != x || c.Width != chartWidth || x+c.Width > 1330 {
			t.Errorf("%s stands at %d and is %d wide, want it at %d", c.Title, at, c.Width, x)
		}
		x = at + c.Width + chartGap
		var last float64 // fact
		for r := c.Domain.R0 + 1; r < c.Domain.R1; r++ {
			over, under, plan := bars.Cells[r][c.Series[0].C0], bars.Cells[r][c.Series[1].C0],
				bars.Cells[r][c.Series[2].C0]
			switch {
			case plan.Kind != workbook.Number || over.Kind == workbook.Number && under.Kind == workbook.Number:
				t.Errorf("%s: row %+v", c.Title, bars.Cells[r])
			case over.Kind == workbook.Number:
				if last = over.Num; last < plan.Num {
					t.Errorf("%s: %v of %v is drawn as reached", c.Title, last, plan.Num)
				}
			case under.Kind == workbook.Number:
				if last = under.Num; last >= plan.Num {
					t.Errorf("%s: %v of %v is drawn as missed", c.Title, last, plan.Num)
				}
			case i == 1:
				t.Errorf("a week without a fact: %+v", bars.Cells[r])
			}
			if r == c.Domain.R1-1 && i == 0 && (math.Abs(plan.Num-month.Plan.V) > 1e-3 || last != month.Fact.V) {
				t.Errorf("the month ends with %v of %v, want %v of %v", last, plan.Num, month.Fact.V, month.Plan.V)
			}
		}
		// November 2026 has 20 working days. 20 November is a Friday: the week is open,
		// eleven are not.
		if n := c.Domain.R1 - c.Domain.R0 - 1; n != []int{20, 11}[i] {
			t.Errorf("%s has %d places", c.Title, n)
		}
	}
	// Before a week is over the month's chart is as wide as two.
	for _, c := range tabOf(t, Layout(crowd(5, 3)), TabDynamics).Charts {
		if c.Width != 2*chartWidth+chartGap {
			t.Errorf("%s is %d pixels wide", c.Title, c.Width)
		}
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct {
		fig    fig
		unit   kpi.Unit
		v      float64
		value  float64
		digits int8
	}{
		{figValue, kpi.Count, 1900, 1900, 0},
		{figFine, kpi.Count, 11.05, 11.05, 1},
		{figFine, kpi.Count, 1105.3, 1105.3, 0},
		{figDelta, kpi.Count, -0.04, -0.04, 2},
		{figNeeded, kpi.Count, 57, 57, 1},
		{ofParts(figValue, kpi.KPI{Unit: kpi.Count, Fractions: true}), kpi.Count, 60.5, 60.5, 1},
		{ofParts(figFine, kpi.KPI{Unit: kpi.Count, Fractions: true}), kpi.Count, 1105.5, 1105.5, 1},
		{ofParts(figValue, kpi.KPI{Unit: kpi.Count}), kpi.Count, 60, 60, 0},
		{figValue, kpi.Duration, 5400, 0.0625, 0},
		{figValue, kpi.Percent, 0.25, 0.25, 0},
		{figDelta, kpi.Percent, -0.02, -2, 0},
		{figPace, kpi.Percent, 0.8444444444444, 0.844444444, 0},
		{figPoints, kpi.Count, 1.013, 101.3, 0},
		{figValue, kpi.Money, 0.1 + 0.2, 0.3, 2},
		{figDelta, kpi.Money, -1e-12, 0, 0},
		{figDelta, kpi.Money, -0.3, -0.3, 2},
		{figDelta, kpi.Money, -0.003, -0.01, 2},
		{figFine, kpi.Money, 0.003, 0.01, 2},
		{figDelta, kpi.Percent, -0.0003, -0.03, 2},
		{figTrend, kpi.Count, 0.003, 0.01, 2},
		{figDelta, kpi.Duration, -0.3, settle(-1.0/86400, 9), 0},
		{figShare, kpi.Percent, 0.0002, 0.001, 0},
	} {
		value, digits, chars := shown(c.fig, c.unit, c.v)
		if value != c.value || math.Signbit(value) && value == 0 || digits != c.digits || chars < 1 {
			t.Errorf("shown(%v, %v, %v) = %v, %v, %v; want %v, %v", c.fig, c.unit, c.v, value, digits, chars, c.value,
				c.digits)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{calendar.Span{From: day("2026-11-23"), To: day("2026-11-29")}.Text(words.RU), "23–29 ноября 2026"},
		{calendar.Span{From: day("2026-09-28"), To: day("2026-10-04")}.Text(words.RU), "28 сентября – 4 октября 2026"},
		{calendar.Span{From: day("2025-12-29"), To: day("2026-01-04")}.Text(words.EN),
			"29 December 2025 – 4 January 2026"},
		{day("2026-11-23").LongText(words.RU), "Понедельник, 23 ноября 2026"},
		{calendar.WeekOf(day("2027-01-01")).Name(words.RU), "Неделя 53, 2026"},
		{words.Days.Count(1, words.RU), "1 день"},
		{words.Days.Count(112, words.RU), "112 дней"},
		{words.Days.Count(22, words.RU), "22 дня"},
		{words.Days.Count(1, words.EN), "1 day"},
	} {
		if got := strings.ReplaceAll(c.got, words.NBSP, " "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func BenchmarkLayout5000(b *testing.B) {
	in := crowd(5000, 92)
	b.ReportAllocs()
	for b.Loop() {
		Layout(in)
	}
}

func TestWeekOfTwoMonthsIsMarked(t *testing.T) {
	m := hand(words.RU) // 15 May 2026, over
	for d, want := range map[string]string{
		"2026-05-13": "Закрыто 4 из 4 рабочих дней.",
		"2026-04-29": "Закрыто 4 из 4 рабочих дней. Неделя делится между двумя месяцами",
		"2026-05-20": "Период не закончен. Закрыто 0 из 5 рабочих дней.",
	} {
		got := strings.ReplaceAll(m.periodUnder(calendar.WeekOf(day(d))), words.NBSP, " ")
		if !strings.HasPrefix(got, want) || strings.Contains(got, "двумя") != strings.Contains(want, "двумя") {
			t.Errorf("week of %s: %q, want %q", d, got, want)
		}
	}
	if got := m.periodTitle(calendar.WeekOf(day("2026-05-13"))); strings.ReplaceAll(got, words.NBSP,
		" ") != "Неделя 20: 11–17 мая 2026" {
		t.Errorf("title %q", got)
	}
}
