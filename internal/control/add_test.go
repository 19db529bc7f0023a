package control_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// apply changes the spreadsheet as the API would.
func (d desk) apply(reqs []*sheets.Request) {
	d.t.Helper()
	for _, r := range reqs {
		if a := r.AppendDimension; a != nil {
			for _, s := range d.s.Sheets {
				if s.Properties.SheetId == a.SheetId {
					s.Properties.GridProperties.RowCount += a.Length
				}
			}
			continue
		}
		u := r.UpdateCells
		if u == nil || u.Fields != "userEnteredValue" {
			d.t.Fatalf("unexpected request %+v", r)
		}
		for _, s := range d.s.Sheets {
			if s.Properties.SheetId != u.Start.SheetId {
				continue
			}
			data := s.Data[0]
			if int(u.Start.RowIndex)+len(u.Rows) > int(s.Properties.GridProperties.RowCount) {
				d.t.Fatal("beyond the grid")
			}
			for i, row := range u.Rows {
				at := int(u.Start.RowIndex) + i
				for len(data.RowData) <= at {
					data.RowData = append(data.RowData, &sheets.RowData{})
				}
				for j, c := range row.Values {
					col := int(u.Start.ColumnIndex) + j
					for len(data.RowData[at].Values) <= col {
						data.RowData[at].Values = append(data.RowData[at].Values, &sheets.CellData{})
					}
					data.RowData[at].Values[col] = &sheets.CellData{UserEnteredValue: c.UserEnteredValue,
						EffectiveValue: c.UserEnteredValue}
				}
			}
		}
	}
}

func TestAddPeople(t *testing.T) {
	d := office(t)
	d.insert("people", 3) // a gap stays a gap: rows are added below the last one
	rows := []control.PersonRow{
		{Name: "Иванова Анна", Email: "ANNA@example.ru", Role: "cold-caller", Team: "Север", Hired: "2026-03-02",
			Aliases: []string{"101", "Анна И.", "102", "anna"}},
		{Name: "Петров Пётр", Email: "petr@example.ru", Role: "Менеджер по продажам", Team: "Запад",
			Left: "31.12.2026"},
		{Name: "Кузнецов  Олег", Role: "sales-rep-deals"},
		{Name: "=HYPERLINK(\"x\")", Email: "nina@example.ru", Role: "account-manager", Hired: "2026-11-01",
			Aliases: []string{"205"}},
		{Name: "Без Почты", Role: "Sales representative"},
	}
	reqs, added, changed, err := control.AddPeople(d.s, rows, words.RU, templates.Builtin())
	if err != nil || added != 2 || changed != 1 {
		t.Fatalf("%d added, %d changed, %v", added, changed, err)
	}
	d.apply(reqs)
	res := d.read(nil)
	people := res.Department.People
	if len(people) != 6 {
		t.Fatalf("%d people: %s", len(people), problems(res))
	}
	if p := people[1]; p.Team != "Запад" || p.Left != calendar.Of(2026, 12, 31) || p.Role != "sales-rep" {
		t.Errorf("%+v", p)
	}
	if p := people[4]; p.Name != `=HYPERLINK("x")` || p.Role != "account-manager" ||
		p.Hired != calendar.Of(2026, 11, 1) || fmt.Sprint(p.Aliases) != "[205]" {
		t.Errorf("%+v", p)
	}
	if v := d.get("people", 7, "role"); v != "Аккаунт-специалист" {
		t.Errorf("role is written as %v", v)
	}
	reqs, added, changed, err = control.AddPeople(d.s, rows, words.RU, templates.Builtin())
	if len(reqs) > 0 || added > 0 || changed > 0 || err != nil {
		t.Errorf("second time: %d requests, %d added, %d changed, %v", len(reqs), added, changed, err)
	}
}

func TestAddPeopleMakesRoomAndFewRequests(t *testing.T) {
	d := desk{t, seeded(words.EN)}
	var rows []control.PersonRow
	for i := range 500 {
		rows = append(rows, control.PersonRow{Name: fmt.Sprint("Person ", i), Email: fmt.Sprintf("p%d@example.com", i),
			Role: "sales-rep", Team: "North"})
	}
	reqs, added, _, err := control.AddPeople(d.s, rows, words.EN, templates.Builtin())
	if err != nil || added != 500 || len(reqs) != 2 || reqs[0].AppendDimension == nil {
		t.Fatalf("%d requests, %d added, %v", len(reqs), added, err)
	}
	d.apply(reqs)
	if n := len(d.read(nil).Department.People); n != 500 {
		t.Errorf("%d people", n)
	}
}

func TestAddPeopleRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		rows   []control.PersonRow
		change func(desk)
		want   string
	}{
		"unknown role": {[]control.PersonRow{{Name: "А", Role: "сторож"}}, nil,
			`adding "А": the role "сторож" is not in the tab "Роли и KPI"`},
		"date": {[]control.PersonRow{{Name: "А", Role: "sales-rep", Hired: "soon"}}, nil,
			`hired "soon" is no date`},
		"no name": {[]control.PersonRow{{Email: "a@example.ru"}}, nil, `the name is empty`},
		"twice": {[]control.PersonRow{{Name: "А", Role: "sales-rep"}, {Name: "а", Role: "sales-rep"}}, nil,
			`stands twice in the file`},
		"two of a name": {[]control.PersonRow{{Name: "Петров Пётр", Role: "sales-rep"}},
			func(d desk) {
				d.person(6, "Петров Пётр", "x@example.ru", "sales-rep", "")
			}, `rows of this name stand more than once`},
		"no tab": {nil, func(d desk) {
			d.s.Sheets = d.s.Sheets[2:]
		}, `the tab "Сотрудники" is not in the control spreadsheet`},
		"no column": {nil, func(d desk) {
			d.cutColumn("people", "role", false)
		}, `the column "Роль" of the tab "Сотрудники" is not there`},
	} {
		t.Run(name, func(t *testing.T) {
			d := office(t)
			if tc.change != nil {
				tc.change(d)
			}
			reqs, _, _, err := control.AddPeople(d.s, tc.rows, words.RU, templates.Builtin())
			if err == nil || !strings.Contains(err.Error(), tc.want) || reqs != nil {
				t.Errorf("got %v, %d requests, want %s", err, len(reqs), tc.want)
			}
		})
	}
}
