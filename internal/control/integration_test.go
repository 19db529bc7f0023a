package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/localgoogle"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// served is a control spreadsheet at the local Google, reached by the real
// clients.
type served struct {
	t  *testing.T
	s  *sheets.Service
	id string
}

func serve(t *testing.T) *served {
	t.Helper()
	ctx := context.Background()
	g, err := localgoogle.Open(ctx, localgoogle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(g)
	t.Cleanup(func() {
		srv.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	sh, err := sheets.NewService(ctx, option.WithEndpoint(srv.URL), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	dr, err := drive.NewService(ctx, option.WithEndpoint(srv.URL+"/drive/v3/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	f, err := dr.Files.Create(&drive.File{Name: "Новый", MimeType: "application/vnd.google-apps.spreadsheet"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	return &served{t, sh, f.Id}
}

func (o *served) send(reqs ...*sheets.Request) {
	o.t.Helper()
	if len(reqs) == 0 {
		return
	}
	if _, err := o.s.Spreadsheets.BatchUpdate(o.id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
		Do(); err != nil {
		b, jsonErr := json.MarshalIndent(reqs, "", " ")
		o.t.Fatalf("%v\n%.4000s %v", err, b, jsonErr)
	}
}

// write brings the spreadsheet to a layout and returns the state after it.
func (o *served) write(have *workbook.State, in control.LayoutInput) *workbook.State {
	o.t.Helper()
	book := control.Layout(in)
	reqs, after, err := workbook.Diff(have, book)
	if err != nil {
		o.t.Fatal(err)
	}
	o.send(reqs...)
	if again, _, err := workbook.Diff(after, book); err != nil || len(again) > 0 {
		o.t.Errorf("the same layout again: %d requests, %v", len(again), err)
	}
	return after
}

func (o *served) get() *sheets.Spreadsheet {
	o.t.Helper()
	s, err := o.s.Spreadsheets.Get(o.id).Fields(googleapi.Field(control.Fields)).Do()
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

func (o *served) read(prev *control.Snapshot) (*control.Result, *sheets.Spreadsheet) {
	o.t.Helper()
	s := o.get()
	res, err := control.Read(s, prev, words.RU, templates.Builtin())
	if err != nil {
		o.t.Fatal(err)
	}
	return res, s
}

// paste types rows of texts, from a cell on.
func (o *served) paste(tab, cell string, rows ...[]string) {
	o.t.Helper()
	values := make([][]any, len(rows))
	for i, texts := range rows {
		for _, s := range texts {
			values[i] = append(values[i], s)
		}
	}
	_, err := o.s.Spreadsheets.Values.Update(o.id, fmt.Sprintf("'%s'!%s", tab, cell),
		&sheets.ValueRange{Values: values}).ValueInputOption("USER_ENTERED").Do()
	if err != nil {
		o.t.Fatal(err)
	}
}

// The whole way at once: made, filled, broken, rearranged, deleted, put back.
func TestOverTheWire(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes whole spreadsheets through the local Google")
	}
	o := serve(t)
	state := o.write(workbook.Fresh(), control.LayoutInput{Seed: staffed(), Lang: words.RU, Zone: "Europe/Moscow",
		Year: 2026})
	res, _ := o.read(nil)
	if len(res.Problems) > 0 || len(res.Department.Roles) != 4 {
		t.Fatalf("%d roles, %s", len(res.Department.Roles), problems(res))
	}

	// Right after it was made, only the statuses of the rows must be written.
	in := control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow", Year: 2026}
	o.write(state, in)

	reqs, added, _, err := control.AddPeople(o.get(), []control.PersonRow{
		{Name: "Иванова Анна", Email: "anna@example.ru", Role: "sales-rep", Team: "Север", Hired: "2026-03-02"},
		{Name: "Петров Пётр", Email: "petr@example.ru", Role: "cold-caller"},
	}, words.RU, templates.Builtin())
	if err != nil || added != 2 {
		t.Fatal(added, err)
	}
	o.send(reqs...)
	o.paste("Планы", "A2", []string{"01.05.2026", "Иванова Анна", "", "", "Выручка", "2 000 000 ₽"})
	o.paste("Отсутствия", "A2", []string{"Петров Пётр", "01.07.2026", "14.07.2026", "отпуск"})
	res, s := o.read(&res.Snapshot)
	dep := res.Department
	if len(dep.People) != 2 || len(dep.Plans) != 1 || len(dep.Absences) != 1 || dep.Plans[0].Plan != 2e6 {
		t.Fatalf("%+v %+v %+v %s", dep.People, dep.Plans, dep.Absences, problems(res))
	}
	status := map[department.PersonID]control.PersonStatus{}
	for _, p := range dep.People {
		status[p.ID] = control.PersonStatus{Link: "https://docs.google.com/spreadsheets/d/" + string(p.ID),
			Status: "отчёт готов: " + p.Name}
	}
	in.Result, in.Status = res, status
	o.write(workbook.StateOf(s), in)

	// A row in front, a wrong role, a column moved, a tab deleted.
	people, plans := s.Sheets[1].Properties.SheetId, s.Sheets[2].Properties.SheetId
	o.send(
		&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{
			Range: &sheets.DimensionRange{SheetId: people, Dimension: "ROWS", StartIndex: 1, EndIndex: 2}}},
		&sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: &sheets.DimensionRange{SheetId: people,
			Dimension: "COLUMNS", StartIndex: 2, EndIndex: 3}, DestinationIndex: 7}},
		&sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: &sheets.DimensionRange{
			SheetId: s.Sheets[0].Properties.SheetId, Dimension: "ROWS", StartIndex: 0, EndIndex: 1}}},
		&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: plans}},
	)
	o.paste("Сотрудники", "B4", []string{"Петров Пётр", "сторож"})
	broken, s := o.read(&res.Snapshot)
	if x := sameDepartment(res, broken); x != "" {
		t.Error(x)
	}
	in.Result = broken
	o.write(workbook.StateOf(s), in)
	again, s := o.read(&broken.Snapshot)
	if x := sameDepartment(res, again); x != "" {
		t.Error(x)
	}
	if want := "роли «сторож» нет на вкладке «Роли и KPI»: выберите из списка или добавьте там её показатели " +
		"[действует прежняя строка: роль Специалист по холодным звонкам]\n" +
		"в роли «Аккаунт-специалист» нет ни одного сотрудника []\n" +
		"в роли «Менеджер по продажам (список сделок)» нет ни одного сотрудника []\n"; problems(again) != want {
		t.Errorf("got %s", problems(again))
	}
	d := desk{t, s}
	for row, name := range map[int]string{3: "Иванова Анна", 4: "Петров Пётр"} {
		p := dep.People[row-3]
		if d.get("people", row, "name") != name || d.get("people", row, "id") != string(p.ID) ||
			d.get("people", row, "link") != "открыть" {
			t.Errorf("row %d: %v %v %v", row, d.get("people", row, "name"), d.get("people", row, "id"),
				d.get("people", row, "link"))
		}
	}
	if v := d.get("people", 3, "status"); v != "отчёт готов: Иванова Анна" {
		t.Error(v)
	}
	if d.col("people", "email") <= d.col("people", "team") {
		t.Error("the moved column went back")
	}
	if d.get("kpis", 1, "title") != "Название" || d.get("kpis", 2, "key") != "repeat_share" {
		t.Error("the header did not come back")
	}
	if v := d.get("plans", 2, "plan"); v != 2e6 {
		t.Errorf("the plan came back as %v", v)
	}
}
