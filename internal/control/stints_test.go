package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
)

// earlier returns the earlier roles of the first person, and the next content of the
// cell.
func earlier(res *control.Result) ([]department.Stint, string) {
	return res.Department.People[0].Before, control.EarlierCell(res, res.Department.People[0].ID)
}

// When ops type another role, the previous one stays for its days, before and after it is
// written into the row; if ops change it there, their version holds.
func TestRoleChange(t *testing.T) {
	d := office(t)
	on := func(res *control.Result, day calendar.Date) *control.Result {
		t.Helper()
		res.Snapshot.Day = day
		out := d.read(&res.Snapshot)
		if control.Errors(out.Problems) > 0 { // her own plan of calls among them
			t.Error(problems(out))
		}
		return out
	}
	check := func(when string, res *control.Result, want []department.Stint, text string) {
		t.Helper()
		got, cell := earlier(res)
		if x := cmp.Diff(want, got); x != "" || cell != text {
			t.Errorf("%s: the cell says %q, want %q; (-want +got)\n%s", when, cell, text, x)
		}
	}
	res := d.read(nil)
	check("at first", res, nil, "")

	caller := []department.Stint{{Role: "cold-caller", To: calendar.Of(2026, 11, 14)}}
	const text = "Специалист по холодным звонкам по 14.11.2026"
	d.set("people", 2, "role", "Менеджер по продажам")
	res = on(res, calendar.Of(2026, 11, 15))
	check("on the day", res, caller, text)
	res = on(res, calendar.Of(2026, 11, 20))
	check("not written yet, days later", res, caller, text)
	d.set("people", 2, "before", text)
	res = on(res, calendar.Of(2026, 11, 20))
	check("written", res, caller, text)
	if m := res.Snapshot.Tabs[control.TabPeople][0].Moved; m != nil {
		t.Errorf("what is written is still to be written: %q", *m)
	}

	d.set("people", 2, "before", "Специалист по холодным звонкам до 10.11.2026")
	res = on(res, calendar.Of(2026, 11, 21))
	caller[0].To = calendar.Of(2026, 11, 10)
	check("corrected by ops", res, caller, "Специалист по холодным звонкам по 10.11.2026")

	d.set("people", 2, "role", "Аккаунт-специалист")
	two := append(caller, department.Stint{Role: "sales-rep", To: calendar.Of(2026, 11, 20)})
	res = on(res, calendar.Of(2026, 11, 21))
	check("once more", res, two, "Специалист по холодным звонкам по 10.11.2026; Менеджер по продажам по 20.11.2026")
	d.set("people", 2, "role", "Менеджер по продажам")
	res = on(res, calendar.Of(2026, 11, 21))
	check("changed back at once", res, caller, "Специалист по холодным звонкам по 10.11.2026")

	d.set("people", 2, "before", nil)
	res.Snapshot.Day = calendar.Of(2026, 11, 22)
	res = d.read(&res.Snapshot) // her plan of calls is out of force again, and ops learn of it
	check("deleted by ops", res, nil, "")

	// Without a ledger the cell is enough.
	d.set("people", 2, "before", text)
	caller[0].To = calendar.Of(2026, 11, 14)
	check("with the ledger lost", d.read(nil), caller, text)
}

func TestRoleChangeMistakes(t *testing.T) {
	for typed, want := range map[string]string{
		"звонил": "«звонил» не понято: введите роль и её последний день, например, Специалист по " +
			"холодным звонкам по 14.11.2026 [действует прежняя строка]\n",
		"Дворник по 14.11.2026": "роли «Дворник» нет на вкладке «Роли и KPI»: исправьте название или сотрите " +
			"[действует прежняя строка]\n",
		"Менеджер по продажам по ср": "«ср» — не дата: введите, например, 14.11.2026 [действует прежняя строка]\n",
	} {
		d := office(t)
		valid := d.read(nil)
		d.set("people", 2, "before", typed)
		res := d.read(&valid.Snapshot)
		if got := problems(res); got != want {
			t.Errorf("%q:\n%s\nwant:\n%s", typed, got, want)
		}
		if cell := control.EarlierCell(res, res.Department.People[0].ID); cell != "" {
			t.Errorf("%q would be overwritten by %q", typed, cell)
		}
	}
}
