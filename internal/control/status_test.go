package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// made returns a new control spreadsheet, and the result of reading it.
func made(t *testing.T) (*served, *control.Result) {
	t.Helper()
	o := serve(t)
	o.write(workbook.Fresh(), control.LayoutInput{Seed: staffed(), Lang: words.RU, Zone: "Europe/Moscow", Year: 2026})
	res, _ := o.read(nil)
	return o, res
}

// sync reads the spreadsheet and writes its layout, as a run does.
func (o *served) sync(prev *control.Snapshot, status string) (*control.Result, desk) {
	o.t.Helper()
	res, s := o.read(prev)
	in := control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow", Year: 2026,
		Status: map[department.PersonID]control.PersonStatus{}}
	for _, p := range res.Department.People {
		in.Status[p.ID] = control.PersonStatus{Status: status}
	}
	o.write(workbook.StateOf(s), in)
	return res, desk{o.t, o.get()}
}

func (o *served) moveColumn(tab int64, from, to int) {
	o.t.Helper()
	o.send(&sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: &sheets.DimensionRange{SheetId: tab,
		Dimension: "COLUMNS", StartIndex: int64(from), EndIndex: int64(from + 1),
		ForceSendFields: []string{"StartIndex"}},
		DestinationIndex: int64(to), ForceSendFields: []string{"DestinationIndex"}}})
}

// In a spreadsheet of an earlier version the status is behind all columns: it moves
// beside the name once, past ops' own columns; if ops move it later it stays there.
func TestStatusIsBroughtBesideTheName(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes whole spreadsheets through the local Google")
	}
	o, res := made(t)
	_, d := o.sync(&res.Snapshot, "отчёт готов")
	people, kpis := d.sheet("people").Properties.SheetId, d.sheet("kpis").Properties.SheetId
	last := d.col("people", "id")
	o.moveColumn(people, d.col("people", "status"), last)
	o.moveColumn(kpis, d.col("kpis", "status"), len(d.sheet("kpis").Data[0].ColumnMetadata))
	// Columns of ops' own: in front of the name, and behind it.
	for _, at := range []int64{0, 2} {
		o.send(&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: &sheets.DimensionRange{
			SheetId: people, Dimension: "COLUMNS", StartIndex: at, EndIndex: at + 1,
			ForceSendFields: []string{"StartIndex"}}}})
	}
	o.paste("Сотрудники", "A1", []string{"Табельный №", "Имя", "Отдел кадров"},
		[]string{"17", "Иванова Анна", "оформлена", "anna@example.ru", "Специалист по холодным звонкам"})
	o.paste("Планы", "A2", []string{"01.05.2026", "Иванова Анна", "", "", "Звонки", "100"})
	old := res.Snapshot
	old.Ahead = nil // an earlier version kept none

	res, d = o.sync(&old, "отчёт готов")
	if len(res.Department.People) != 1 || len(res.Department.Plans) != 1 {
		t.Fatalf("%+v %s", res.Department.People, problems(res))
	}
	status, name := d.col("people", "status"), d.col("people", "name")
	if status != 1 || name != 2 || d.col("kpis", "status") != 0 || d.col("kpis", "role") != 1 {
		t.Fatalf("status stands in %d, the name in %d", status, name)
	}
	row := d.sheet("people").Data[0].RowData[1]
	for col, want := range map[int]string{1: "отчёт готов", 2: "Иванова Анна", 3: "оформлена", 4: "anna@example.ru"} {
		if v := row.Values[col].EffectiveValue; v == nil || v.StringValue == nil || *v.StringValue != want {
			t.Errorf("column %d: %+v, want %q", col, v, want)
		}
	}
	if v := row.Values[0].EffectiveValue; v == nil || v.NumberValue == nil || *v.NumberValue != 17 {
		t.Errorf("ops' own column: %+v", v)
	}
	// Dropdowns refer to the present positions of the columns.
	s, err := o.s.Spreadsheets.Get(o.id).Ranges("'Планы'!B2").IncludeGridData(true).Do()
	if err != nil {
		t.Fatal(err)
	}
	rule := s.Sheets[0].Data[0].RowData[0].Values[0].DataValidation
	if rule == nil || !strings.Contains(rule.Condition.Values[0].UserEnteredValue, "$C$2:$C") {
		t.Errorf("the dropdown of people: %+v", rule.Condition.Values[0])
	}

	again, _ := o.sync(&res.Snapshot, "отчёт готов")
	o.moveColumn(people, status, d.col("people", "link")+1)
	_, d = o.sync(&again.Snapshot, "отчёт готов")
	if d.col("people", "status") < d.col("people", "link") {
		t.Error("the status went back from where ops had put it")
	}
}

// fifty returns people as pasted, every second one with a mistake.
func fifty() [][]string {
	rows := make([][]string, 50)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("Сотрудник %02d", i), fmt.Sprintf("p%02d@example.ru", i),
			"Специалист по холодным звонкам", "Север", "5/2", "01.03.2026"}
	}
	for i := 1; i < len(rows); i += 2 {
		switch row := rows[i]; i % 12 {
		case 1:
			row[0] = "" // no name
		case 3:
			row[1] = "без почты"
		case 5:
			row[2] = "Сторож"
		case 7:
			row[1] = rows[i-1][1] // the e-mail of the one above
		case 9:
			row[5] = "первого марта"
		case 11:
			row[4] = "как получится"
		}
	}
	return rows
}

// Of fifty people pasted at once, half of them with mistakes, the others are in force,
// each row has its status, and everything is where it was pasted.
func TestPasteOfFifty(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes whole spreadsheets through the local Google")
	}
	o, res := made(t)
	rows := fifty()
	o.paste("Сотрудники", "B2", rows...)
	res, d := o.sync(&res.Snapshot, "отчёт готов")
	if n := len(res.Department.People); n != 25 {
		t.Errorf("%d people are in force", n)
	}
	keys := []string{"name", "email", "role", "team", "schedule"}
	for i, row := range rows {
		for c, key := range keys {
			if v := d.get("people", i+2, key); v != any(row[c]) && (row[c] != "" || v != nil) {
				t.Errorf("row %d: %s is %v, was pasted as %q", i+2, key, v, row[c])
			}
		}
		status, ok := d.get("people", i+2, "status").(string)
		switch {
		case !ok || !control.IsStatus(status):
			t.Errorf("row %d: status %q", i+2, status)
		case i%2 == 0 && status != "отчёт готов", i%2 == 1 && !strings.Contains(status, ": "):
			t.Errorf("row %d (%v): status %q", i+2, row, status)
		}
	}
	if v := d.get("people", 52, "status"); v != nil {
		t.Errorf("below the list: status %v", v)
	}
}

// A list pasted one column too far left loses nothing: names stay in the place of the
// status, the row says what to do, and counts once it was moved.
func TestPasteOverTheStatus(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes whole spreadsheets through the local Google")
	}
	o, res := made(t)
	list := [][]string{{"Иванова Анна", "anna@example.ru", "Специалист по холодным звонкам"}, {"Петров Пётр"}}
	o.paste("Сотрудники", "A2", list...)
	res, _ = o.sync(&res.Snapshot, "отчёт готов")
	res, d := o.sync(&res.Snapshot, "отчёт готов")
	if len(res.Department.People) != 0 {
		t.Errorf("%+v", res.Department.People)
	}
	for row, name := range map[int]string{2: "Иванова Анна", 3: "Петров Пётр"} {
		if v := d.get("people", row, "status"); v != name {
			t.Errorf("row %d: %v instead of the name", row, v)
		}
		want := "«" + name + "» стоит в колонке «Состояние»: строка вставлена левее, чем нужно"
		if !slices.ContainsFunc(res.Problems, func(p control.Problem) bool {
			return p.Row == row-1 && p.Severity == control.Error && strings.HasPrefix(p.Message, want)
		}) {
			t.Errorf("row %d: %s", row, problems(res))
		}
	}
	o.paste("Сотрудники", "A2", append([]string{""}, list[0]...), []string{"", ""})
	res, d = o.sync(&res.Snapshot, "отчёт готов")
	if len(res.Department.People) != 1 || d.get("people", 2, "status") != "отчёт готов" ||
		d.get("people", 2, "name") != "Иванова Анна" || d.get("people", 3, "status") != nil {
		t.Errorf("%+v %v %v", res.Department.People, d.get("people", 2, "status"), d.get("people", 3, "status"))
	}

	// A note typed into the status of a row in force stays, with a warning.
	o.paste("Сотрудники", "A2", []string{"звонить после обеда"})
	res, d = o.sync(&res.Snapshot, "отчёт готов")
	if len(res.Department.People) != 1 || d.get("people", 2, "status") != "звонить после обеда" ||
		!strings.Contains(problems(res), "которую заполняет программа") {
		t.Errorf("%v %s", d.get("people", 2, "status"), problems(res))
	}
}

// Every row with any content has a status of one line, which is recognised as one.
func TestEveryRowHasAStatus(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} { // ops write Russian in either
		d := desk{t, seeded(lang)}
		rows := fifty()
		for i, row := range rows {
			d.person(i+2, row[0], row[1], row[2], row[3])
		}
		d.set("people", 60, "link", "https://docs.google.com/spreadsheets/d/abc/edit")
		d.set("people", 61, "hired", 46500.0)
		d.set("people", 61, "name", "Завтра Новый")
		d.set("people", 61, "role", "Специалист по холодным звонкам")
		d.set("kpis", 40, "title", "Только название")
		d.set("plans", 2, "plan", 5.0)
		d.set("calendar", 2, "comment", "?")
		snapshot := control.Snapshot{Day: 46357}
		res := d.read(&snapshot)
		b := control.Layout(control.LayoutInput{Result: res, Lang: lang, Zone: "Europe/Moscow", Year: 2026})
		for _, tab := range b.Tabs {
			at := slices.IndexFunc(tab.Columns, func(c workbook.Column) bool { return c.Key == "status" })
			if at < 0 {
				continue
			}
			for r, row := range tab.Cells[1:] { // the settings are all filled in
				filled := tab.Key == "settings" || slices.ContainsFunc(row, func(c workbook.Cell) bool {
					return (c.Open || c.Link != "") && c.Kind != workbook.Blank &&
						(c.Kind != workbook.Bool || c.Num != 0)
				})
				s := row[at].Str
				if filled != (s != "") || s != "" && !control.IsStatus(s) || strings.Contains(s, "\n") {
					t.Errorf("%s, %s, row %d: status %q", lang, tab.Key, r+2, s)
				}
				if len([]rune(s)) > 40 && row[at].Note != s {
					t.Errorf("%s, row %d: %q is cut off, and the note says %q", tab.Key, r+2, s, row[at].Note)
				}
			}
		}
	}
}
