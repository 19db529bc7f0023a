package control_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

func problems(res *control.Result) string {
	var b strings.Builder
	for _, p := range res.Problems {
		b.WriteString(strings.ReplaceAll(p.Message, "\u00a0", " ") + " [" + p.InForce + "]\n")
	}
	return b.String()
}

// Changes that ops make to the shape of the tabs do no harm.
func TestShapeDoesNoHarm(t *testing.T) {
	for name, change := range map[string]func(d desk){
		"columns moved":   func(d desk) { d.cutColumn("kpis", "role", true); d.cutColumn("people", "email", true) },
		"columns renamed": func(d desk) { d.set("kpis", 1, "plan", "Цель"); d.set("people", 1, "name", "ФИО") },
		"column added": func(d desk) {
			data := d.sheet("people").Data[0]
			data.ColumnMetadata = append([]*sheets.DimensionProperties{{}}, data.ColumnMetadata...)
			for _, r := range data.RowData {
				s := "моё"
				r.Values = append([]*sheets.CellData{{EffectiveValue: &sheets.ExtendedValue{StringValue: &s}}},
					r.Values...)
			}
		},
		"tags lost": func(d desk) {
			for _, s := range d.s.Sheets {
				for _, c := range s.Data[0].ColumnMetadata {
					c.DeveloperMetadata = nil
				}
			}
		},
		"tags lost and columns reworded in English": func(d desk) {
			d.set("people", 1, "name", "  NAME ")
			for _, c := range d.sheet("people").Data[0].ColumnMetadata {
				c.DeveloperMetadata = nil
			}
		},
		"tab renamed":          func(d desk) { d.sheet("people").Properties.Title = "Люди" },
		"rows inserted":        func(d desk) { d.insert("kpis", 4); d.insert("people", 2); d.insert("settings", 2) },
		"row above the header": func(d desk) { d.insert("people", 1); d.set("people", 1, "team", "Наши люди") },
		"settings sorted": func(d desk) {
			rows := d.sheet("settings").Data[0].RowData
			for i, j := 1, 17; i < j; i, j = i+1, j-1 {
				rows[i], rows[j] = rows[j], rows[i]
			}
		},
		"tab found by its id": func(d desk) { d.sheet("people").DeveloperMetadata[0].MetadataKey = "else" },
		"spaces and case": func(d desk) {
			d.set("people", 2, "role", "  специалист по\u00a0холодным звонкам ")
			d.set("kpis", 6, "unit", "КОЛИЧЕСТВО ")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := office(t)
			valid := d.read(nil)
			change(d)
			for _, prev := range []*control.Snapshot{nil, &valid.Snapshot} {
				res := d.read(prev)
				if len(res.Problems) > 0 {
					t.Error(problems(res))
				}
				if x := sameDepartment(valid, res); x != "" {
					t.Error(x)
				}
			}
		})
	}
}

// The layout keeps what ops arranged: the order of columns, headers, titles, and
// the rows above the header.
func TestLayoutKeepsWhatOpsArranged(t *testing.T) {
	d := office(t)
	d.cutColumn("people", "email", true)
	d.set("people", 1, "team", "Отдел")
	d.sheet("people").Properties.Title = "Люди"
	d.s.Properties.Title = "Наши настройки"
	d.insert("people", 1)
	b := control.Layout(control.LayoutInput{Result: d.read(nil), Lang: words.RU, Zone: "Europe/Moscow", Year: 2026})
	if b.Title != "Наши настройки" || b.Tabs[1].Title != "Люди" {
		t.Errorf("titles %q, %q", b.Title, b.Tabs[1].Title)
	}
	tab := b.Tabs[1]
	if last := tab.Columns[len(tab.Columns)-1].Key; last != "email" {
		t.Errorf("last column is %q", last)
	}
	if len(tab.Cells[0]) != 0 || tab.FrozenRows != 2 {
		t.Errorf("row above the header: %v, frozen %d", tab.Cells[0], tab.FrozenRows)
	}
	for i, c := range tab.Columns {
		if h := tab.Cells[1][i]; c.Key == "team" && (h.Str != "Отдел" || !h.Open) {
			t.Errorf("header %+v", h)
		}
	}
	// Dropdowns refer to the present positions of the columns.
	plans := b.Tabs[2]
	for i, c := range plans.Columns {
		want := map[string]string{"person": "='Люди'!$B$3:$B", "team": "='Люди'!$D$3:$D",
			"role": "='Роли и KPI'!$B$2:$B", "kpi": "='Роли и KPI'!$D$2:$D"}[c.Key]
		if v := plans.Cells[1][i].Check; want != "" && (v == nil || v.Values[0] != want) {
			t.Errorf("dropdown of %s: %+v", c.Key, v)
		}
	}
}

// A missing tab is reported, stays in force, and is made again with its content.
func TestDeletedTab(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	d.s.Sheets = append(d.s.Sheets[:1], d.s.Sheets[2:]...) // people
	res := d.read(through(t, valid.Snapshot))
	if want := "вкладки «Сотрудники» нет: программа сделает её заново [действует то, что было на ней " +
		"раньше]\n"; problems(res) != want {
		t.Errorf("got %s", problems(res))
	}
	if x := sameDepartment(valid, res); x != "" {
		t.Error(x)
	}
	made := desk{t, sheetOf(control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"}))}
	again := made.read(through(t, res.Snapshot))
	if len(again.Problems) > 0 {
		t.Error(problems(again))
	}
	if x := sameDepartment(valid, again); x != "" {
		t.Error(x)
	}
}

// So is a header that was deleted with its row; nothing below it is lost.
func TestDeletedHeader(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	for _, tab := range []string{"kpis", "people", "settings"} {
		d.cut(tab, 1)
	}
	res := d.read(through(t, valid.Snapshot))
	if n := strings.Count(problems(res),
		"строка заголовков удалена: программа вернёт её [все строки действуют]\n"); n != 3 || len(res.Problems) != 3 {
		t.Errorf("got %s", problems(res))
	}
	if x := sameDepartment(valid, res); x != "" {
		t.Error(x)
	}
	b := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"})
	if tab := b.Tabs[1]; tab.Cells[0][1].Str != "Имя" || tab.Cells[1][1].Str != "Иванова Анна" ||
		tab.RowIDs[0].Tag != "head" {
		t.Errorf("%+v", tab.Cells[:2])
	}
	again := desk{t, sheetOf(b)}.read(&res.Snapshot)
	if len(again.Problems) > 0 {
		t.Error(problems(again))
	}
	if x := sameDepartment(valid, again); x != "" {
		t.Error(x)
	}
}

// So is a missing column, even the one that identifies the rows, and even if a row was
// edited at the same time.
func TestDeletedColumn(t *testing.T) {
	for _, c := range []struct{ tab, key, title string }{
		{"kpis", "plan", "План"}, {"kpis", "key", "Ключ"}, {"kpis", "role", "Роль"}, {"people", "email", "E-mail"},
		{"people", "name", "Имя"}, {"plans", "kpi", "Показатель"}, {"plans", "person", "Сотрудник"},
		{"absences", "from", "С"},
		{"calendar", "date", "Дата"}, {"settings", "value", "Значение"},
	} {
		t.Run(c.tab+" "+c.key, func(t *testing.T) {
			d := office(t)
			valid := d.read(nil)
			d.cutColumn(c.tab, c.key, false)
			res := d.read(through(t, valid.Snapshot))
			want := "нет колонки «" + c.title +
				"»: программа вернёт её вместе с тем, что в ней было [действует то, что было в ней раньше]\n"
			if problems(res) != want {
				t.Errorf("got %swant %s", problems(res), want)
			}
			if x := sameDepartment(valid, res); x != "" {
				t.Error(x)
			}
			made := desk{t, sheetOf(control.Layout(control.LayoutInput{Result: res, Lang: words.RU,
				Zone: "Europe/Moscow"}))}
			again := made.read(through(t, res.Snapshot))
			if len(again.Problems) > 0 {
				t.Error(problems(again))
			}
			if x := sameDepartment(valid, again); x != "" {
				t.Error(x)
			}
		})
	}
}

func TestDeletedColumnWithoutAFormerVersion(t *testing.T) {
	d := office(t)
	d.cutColumn("kpis", "key", false)
	res := d.read(nil)
	if len(res.Department.Roles) > 0 || !strings.Contains(problems(res), "нет колонки «Ключ»") ||
		strings.Contains(problems(res), "нет ключа") {
		t.Error(problems(res))
	}
}

func TestLookAlikeColumnsAreRefused(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	for _, c := range d.sheet("kpis").Data[0].ColumnMetadata {
		c.DeveloperMetadata = nil
	}
	data := d.sheet("kpis").Data[0]
	s := " план "
	data.RowData[0].Values = append(data.RowData[0].Values,
		&sheets.CellData{EffectiveValue: &sheets.ExtendedValue{StringValue: &s}})
	res := d.read(&valid.Snapshot)
	if want := "колонки «План» (H), « план » (S) не отличить друг от друга: переименуйте или уберите лишнюю " +
		"[действует то, что было в колонке «План» раньше]\n"; problems(res) != want {
		t.Errorf("got %s", problems(res))
	}
	if x := sameDepartment(valid, res); x != "" {
		t.Error(x)
	}
}

// If a tag stayed on an emptied column, the header that moved decides.
func TestCutAndPastedColumn(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	data := d.sheet("people").Data[0]
	col, behind := d.col("people", "email"), len(data.RowData[0].Values)
	for _, r := range data.RowData {
		if len(r.Values) > col {
			for len(r.Values) < behind {
				r.Values = append(r.Values, &sheets.CellData{})
			}
			r.Values = append(r.Values, r.Values[col])
			r.Values[col] = &sheets.CellData{}
		}
	}
	res := d.read(&valid.Snapshot)
	if len(res.Problems) > 0 {
		t.Error(problems(res))
	}
	if x := sameDepartment(valid, res); x != "" {
		t.Error(x)
	}
}

func TestDeletedRowIsDeleted(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	d.cut("people", 5)
	d.cut("plans", 2)
	res := d.read(&valid.Snapshot)
	if len(res.Department.People) != 3 || len(res.Department.Plans) != 2 {
		t.Errorf("%d people, %d plans", len(res.Department.People), len(res.Department.Plans))
	}
}

func TestNoControlSpreadsheet(t *testing.T) {
	s := &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{Properties: &sheets.SheetProperties{Title: "Лист1"}}}}
	if _, err := control.Read(s, nil, words.RU, templates.Builtin()); err != control.ErrNotControl {
		t.Error(err)
	}
}

func TestRepeatedRows(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	for _, key := range []string{"role", "key", "title", "unit"} {
		d.set("kpis", 30, key, d.get("kpis", 6, key))
	}
	d.set("kpis", 30, "plan", 1)
	d.set("plans", 6, "from", "01.05.2026")
	d.set("plans", 6, "person", "anna@example.ru")
	d.set("plans", 6, "kpi", "calls")
	d.set("plans", 6, "plan", 1)
	res := d.read(&valid.Snapshot)
	want := "такая строка уже есть, строка 6: уберите одну из двух или исправьте её [действует строка 6]\n" +
		"такая строка уже есть, строка 2: уберите одну из двух или исправьте её [действует строка 2]\n"
	if problems(res) != want {
		t.Errorf("got %s", problems(res))
	}
	if x := sameDepartment(valid, res); x != "" {
		t.Error(x)
	}
	// A copy above the original is still the copy.
	d = office(t)
	d.insert("kpis", 2)
	for _, key := range []string{"role", "key", "title", "unit"} {
		d.set("kpis", 2, key, d.get("kpis", 7, key))
	}
	res = d.read(&valid.Snapshot)
	if res.Problems[0].Row != 1 || res.Problems[0].InForce != "действует строка 7" {
		t.Errorf("%+v", res.Problems)
	}
}

func TestNamesakes(t *testing.T) {
	d := office(t)
	d.person(6, "Иванова Анна", "", "sales-rep", "")
	res := d.read(nil)
	if want := "такое же имя в строке 2: укажите e-mail, чтобы их различать [строка не действует]\n"; problems(res) !=
		want {
		t.Errorf("got %s", problems(res))
	}
	// With an e-mail they are two people, and a plan must say which.
	d.set("people", 6, "email", "anna2@example.ru")
	res = d.read(nil)
	if want := "сотрудников с именем «Иванова Анна» несколько: впишите e-mail (anna@example.ru, anna2@example.ru) " +
		"[строка не действует]\n"; problems(res) != want {
		t.Errorf("got %s", problems(res))
	}
}

func TestOverlappingAbsences(t *testing.T) {
	d := office(t)
	d.set("absences", 3, "person", "Петров Пётр")
	d.set("absences", 3, "from", "10.07.2026")
	d.set("absences", 3, "to", "20.07.2026")
	d.set("absences", 3, "kind", "отпуск")
	res := d.read(nil)
	if want := "дни 10.07.2026–14.07.2026 уже есть в строке 2: достаточно одной []\n"; problems(res) != want ||
		len(res.Department.Absences) != 2 {
		t.Errorf("got %s", problems(res))
	}
	// Of another kind: the shared days belong to the first row.
	d.set("absences", 3, "kind", "больничный")
	res = d.read(nil)
	if want := "дни 10.07.2026–14.07.2026 уже отмечены в строке 2 (отпуск) и считаются по ней, по этой строке — " +
		"остальные: если это не так, исправьте даты []\n"; problems(res) != want || len(res.Department.Absences) != 2 {
		t.Errorf("got %s", problems(res))
	}
}

// Sick leave lasts until its end is typed; other absences must have an end.
func TestSickLeaveWithoutEnd(t *testing.T) {
	d := office(t)
	d.set("absences", 2, "to", nil)
	d.set("absences", 2, "kind", "больничный")
	res := d.read(nil)
	if problems(res) != "" || len(res.Department.Absences) != 1 ||
		!res.Department.Absences[0].Has(calendar.Of(2031, 1, 1)) {
		t.Errorf("%+v\n%s", res.Department.Absences, problems(res))
	}
	d.set("absences", 3, "person", "Петров Пётр")
	d.set("absences", 3, "from", "10.07.2026")
	d.set("absences", 3, "kind", "больничный")
	if got, want := problems(d.read(nil)), "дни с 10.07.2026 уже есть в строке 2: достаточно одной []\n"; got != want {
		t.Errorf("got %s", got)
	}
	d.set("absences", 2, "kind", "отпуск")
	if got := problems(d.read(nil)); !strings.Contains(got, "без даты может быть только больничный") {
		t.Errorf("got %s", got)
	}
}

// A circle of formulas and what depends on it is dropped; the rest stays.
func TestCycleOfFormulas(t *testing.T) {
	d := office(t)
	d.set("kpis", 9, "formula", "lead_rate * 2 / talks")
	d.set("kpis", 12, "formula", "leads / avg_talk_time")
	res := d.read(nil)
	if !strings.Contains(problems(res),
		"формулы ссылаются друг на друга по кругу: avg_talk_time → lead_rate → avg_talk_time") {
		t.Error(problems(res))
	}
	role, ok := res.Department.Role("cold-caller")
	if !ok || len(role.KPIs) != 5 {
		t.Errorf("%+v", role)
	}
}

func TestWarnings(t *testing.T) {
	d := office(t)
	d.person(6, "Новый", "", "Логист", "")
	for i, key := range []string{"a", "b", "c", "d", "e", "f"} {
		d.set("kpis", 30+i, "role", "Логист")
		d.set("kpis", 30+i, "key", key)
		d.set("kpis", 30+i, "title", "Показатель "+key)
		d.set("kpis", 30+i, "unit", "количество")
		if key != "b" {
			d.set("kpis", 30+i, "plan", 10)
		}
	}
	d.cut("people", 5)
	res := d.read(nil)
	want := "в роли «Менеджер по продажам (список сделок)» нет ни одного сотрудника []\n" +
		"план не задан: светофора и прогноза не будет []\n" +
		"в роли вручную заполняется 6 KPI; лучше 2–5: при 6–8 эффективность падает []\n" +
		"нет e-mail: таблицу не с кем разделить []\n"
	if problems(res) != want {
		t.Errorf("got %s", problems(res))
	}
	for _, p := range res.Problems {
		if p.Severity != control.Warning {
			t.Errorf("%+v", p)
		}
	}
	role, ok := res.Department.Role("логист")
	if !ok || role.Title != "Логист" || len(role.KPIs) != 6 {
		t.Errorf("%+v", role)
	}
	if res.Department.People[3].Role != "логист" {
		t.Errorf("%+v", res.Department.People[3])
	}
}

// Ids: copied, shifted, erased, overwritten.
func TestPeopleKeepTheirIDs(t *testing.T) {
	written := func(t *testing.T) (desk, *control.Result, map[string]department.PersonID) {
		res := office(t).read(nil)
		d := desk{t, sheetOf(control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"}))}
		res = d.read(&res.Snapshot)
		ids := map[string]department.PersonID{}
		for _, p := range res.Department.People {
			if d.get("people", 2+len(ids), "id") != string(p.ID) || len(p.ID) != 8 {
				t.Fatalf("id of %s is not written", p.Name)
			}
			ids[p.Name] = p.ID
		}
		return d, res, ids
	}
	check := func(t *testing.T, res *control.Result, want map[string]department.PersonID) {
		t.Helper()
		seen := map[department.PersonID]string{}
		for _, p := range res.Department.People {
			if id, ok := want[p.Name]; ok && p.ID != id {
				t.Errorf("%s has the id %s, not %s", p.Name, p.ID, id)
			}
			if other, twice := seen[p.ID]; twice {
				t.Errorf("%s and %s have one id", p.Name, other)
			}
			seen[p.ID] = p.Name
		}
	}
	t.Run("row copied for a new person", func(t *testing.T) {
		d, res, ids := written(t)
		d.insert("people", 2)
		for _, key := range []string{"id", "role", "team"} {
			d.set("people", 2, key, d.get("people", 3, key))
		}
		d.set("people", 2, "name", "Новая Нина")
		d.set("people", 2, "email", "nina@example.ru")
		check(t, d.read(&res.Snapshot), ids)
	})
	t.Run("rows shifted while the ids were being written", func(t *testing.T) {
		d, res, ids := written(t)
		var col []any
		for row := 2; row <= 5; row++ {
			col = append(col, d.get("people", row, "id"))
		}
		d.insert("people", 2)
		d.person(2, "Новая Нина", "nina@example.ru", "sales-rep", "")
		for i, id := range col {
			d.set("people", 2+i, "id", id)
		}
		d.set("people", 6, "id", nil)
		check(t, d.read(&res.Snapshot), ids)
	})
	t.Run("sorted", func(t *testing.T) {
		d, res, ids := written(t)
		rows := d.sheet("people").Data[0].RowData
		rows[1], rows[4] = rows[4], rows[1]
		check(t, d.read(&res.Snapshot), ids)
	})
	t.Run("renamed", func(t *testing.T) {
		d, res, ids := written(t)
		d.set("people", 2, "name", "Смирнова Анна")
		got := d.read(&res.Snapshot)
		check(t, got, map[string]department.PersonID{"Смирнова Анна": ids["Иванова Анна"]})
		// … and the id erased afterwards: the e-mail identifies the person.
		d.set("people", 2, "id", nil)
		d.set("people", 2, "name", "Кузнецова Анна")
		check(t, d.read(&got.Snapshot), map[string]department.PersonID{"Кузнецова Анна": ids["Иванова Анна"]})
	})
	t.Run("name and e-mail changed together", func(t *testing.T) {
		d, res, ids := written(t)
		d.set("people", 2, "name", "Смирнова Анна")
		d.set("people", 2, "email", "smirnova@example.ru")
		got := d.read(&res.Snapshot)
		check(t, got, map[string]department.PersonID{"Смирнова Анна": ids["Иванова Анна"]})
		if !strings.Contains(problems(got), "имя и e-mail сменились вместе: если это другой человек") {
			t.Error(problems(got))
		}
	})
	t.Run("no ledger", func(t *testing.T) {
		d, _, ids := written(t)
		check(t, d.read(nil), ids)
		for row := 2; row <= 5; row++ {
			d.set("people", row, "id", nil)
		}
		check(t, d.read(nil), ids)
	})
	t.Run("name and id erased", func(t *testing.T) {
		d, res, ids := written(t)
		d.set("people", 2, "id", nil)
		d.set("people", 2, "name", nil)
		d.set("people", 2, "email", nil)
		check(t, d.read(&res.Snapshot), ids)
		if got := d.read(&res.Snapshot); len(got.Department.People) != 4 ||
			got.Problems[0].InForce != "действует прежняя строка: имя Иванова Анна, e-mail anna@example.ru" {
			t.Error(problems(got))
		}
	})
}

// A renamed person and a retitled KPI are still known by the former name where another
// tab uses it; a warning remains until somebody corrects it there.
func TestFormerNames(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	d.set("people", 2, "name", "Смирнова Анна")
	d.set("kpis", 6, "title", "Вызовы")
	d.set("kpis", 6, "plan", 2000)
	want := "теперь это «Смирнова Анна»: исправьте имя здесь []\n" +
		"теперь это «Вызовы»: исправьте название здесь []\n"
	prev := &valid.Snapshot
	for range 3 {
		res := d.read(prev)
		if problems(res) != want {
			t.Errorf("got %s", problems(res))
		}
		if diff := diff(valid.Department.Plans, res.Department.Plans); diff != "" {
			t.Error(diff)
		}
		prev = through(t, res.Snapshot)
	}
	d.set("plans", 2, "person", "Смирнова Анна")
	d.set("plans", 2, "kpi", "Вызовы")
	if res := d.read(prev); len(res.Problems) > 0 {
		t.Error(problems(res))
	}
}

// Ops may give one spreadsheet to several people; the worker's own link does not mean
// that.
func TestLinks(t *testing.T) {
	d := office(t)
	const own = "https://docs.google.com/spreadsheets/d/abc/edit"
	d.set("people", 2, "link", own)
	d.set("people", 3, "link", "открыть")
	res := d.read(nil)
	if res.Department.People[0].Link != own || res.Department.People[1].Link != "" {
		t.Errorf("%+v", res.Department.People)
	}
	status := map[department.PersonID]control.PersonStatus{}
	for _, p := range res.Department.People {
		status[p.ID] = control.PersonStatus{Link: "https://made/" + string(p.ID), Status: "отчёт готов"}
	}
	b := control.Layout(control.LayoutInput{Result: res, Status: status, Lang: words.RU})
	col := -1
	for i, c := range b.Tabs[1].Columns {
		if c.Key == "link" {
			col = i
		}
	}
	if c := b.Tabs[1].Cells[1][col]; c.Str != own || c.Link != own || c.Open {
		t.Errorf("%+v", c)
	}
	if c := b.Tabs[1].Cells[2][col]; c.Str != "открыть" || c.Link != status[res.Department.People[1].ID].Link {
		t.Errorf("%+v", c)
	}
}

// «Проверка» links to the present position of the cell.
func TestChecksTab(t *testing.T) {
	d := office(t)
	find := func(res *control.Result, id string) [][]workbook.Cell {
		b := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow", SpreadsheetID: id,
			Pending: []string{"новый отчёт: Иванова Анна"}})
		tab := b.Tabs[len(b.Tabs)-1]
		if tab.Key != control.TabChecks || !tab.Exclusive || tab.Protect == nil {
			t.Errorf("%+v", tab)
		}
		return tab.Cells
	}
	cells := find(d.read(nil), "")
	if cells[0][0].Str != "✓ Ошибок нет" || cells[3][0].Str != "Что изменит следующий запуск" ||
		cells[4][0].Str != "• новый отчёт: Иванова Анна" {
		t.Errorf("%+v", cells)
	}
	d.cutColumn("people", "email", true)
	d.set("people", 4, "email", "нет")
	res := d.read(nil)
	cells = find(res, "")
	if cells[0][0].Str != "▼ Ошибок: 1, предупреждений: 1" {
		t.Errorf("%+v", cells[0][0])
	}
	row := cells[2]
	people := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"}).Tabs[1]
	at := fmt.Sprintf("%c4", 'A'+len(people.Columns)-1) // the column was moved to the end
	if row[0].Str != "▼ ошибка" || row[1].Str != "Сотрудники" || row[2].Str != at ||
		!strings.HasSuffix(row[2].Link, "&range="+at) || !strings.HasPrefix(row[2].Link, "#gid=") {
		t.Errorf("%+v", row)
	}
	if link := find(res, "XYZ")[2][2].Link; !strings.HasPrefix(link,
		"https://docs.google.com/spreadsheets/d/XYZ/edit#gid=") {
		t.Error(link)
	}
	// The row shows it too, and the cell is marked.
	b := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"})
	for i, c := range b.Tabs[1].Columns {
		cell := b.Tabs[1].Cells[3][i]
		switch c.Key {
		case "status":
			if !strings.HasPrefix(cell.Str, "Строка не действует: «нет» — не e-mail") || cell.Note != cell.Str {
				t.Errorf("%+v", cell)
			}
		case "email":
			if cell.Note == "" || cell.Style.Background == "" || !cell.Open {
				t.Errorf("%+v", cell)
			}
		}
	}
}
