package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// days is ops at work day after day: each reading gets the result of the previous one.
type days struct {
	desk
	last *control.Result
}

// on reads on a day, and writes into the hidden cells what the worker would.
func (d *days) on(day calendar.Date) *control.Result {
	d.t.Helper()
	prev := &control.Snapshot{}
	if d.last != nil {
		prev = &d.last.Snapshot
	}
	prev.Day = day
	d.last = d.read(prev)
	for _, p := range d.last.Department.People {
		row, _ := d.last.RowOf(p.ID)
		d.set("people", row+1, "id", string(p.ID))
		d.set("people", row+1, "entered", control.StayCell(d.last, p.ID))
	}
	return d.last
}

// named returns a person of the department.
func named(t *testing.T, res *control.Result, name string) department.Person {
	t.Helper()
	i := slices.IndexFunc(res.Department.People, func(p department.Person) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %v", name, res.Department.People)
	}
	return res.Department.People[i]
}

func march(d int) calendar.Date { return calendar.Of(2026, 3, d) }

// The day of entry is that of the first reading, and nothing that ops do with the row
// afterwards changes it; nor does the loss of the ledger.
func TestDayOfEntry(t *testing.T) {
	d := &days{desk: office(t)}
	check := func(when, name string, want calendar.Date, away ...calendar.Span) {
		t.Helper()
		p := named(t, d.last, name)
		if p.Entered != want || !slices.Equal(p.Away, away) {
			t.Errorf("%s: %s was entered on %v and away %v, want %v and %v", when, name, p.Entered, p.Away, want, away)
		}
	}
	d.on(march(16))
	check("at first", "Иванова Анна", march(16))
	d.person(6, "Новиков Олег", "novikov@example.ru", cold, "")
	d.on(march(20))
	check("days later", "Иванова Анна", march(16))
	check("the newcomer", "Новиков Олег", march(20))

	// A row copied for a new person brings its hidden cells along.
	d.insert("people", 7)
	for _, key := range []string{"role", "id", "entered"} {
		d.set("people", 7, key, d.get("people", 2, key))
	}
	d.set("people", 7, "name", "Белова Ирина")
	d.set("people", 7, "email", "belova@example.ru")
	d.on(march(23))
	check("copied from Anna's row", "Белова Ирина", march(23))
	check("whose row was copied", "Иванова Анна", march(16))

	// Sorted, renamed, another e-mail, another role.
	data := d.sheet("people").Data[0]
	data.RowData[1], data.RowData[2] = data.RowData[2], data.RowData[1]
	d.set("people", 2, "name", "Петров Пётр Петрович")
	d.set("people", 3, "email", "ivanova@example.ru")
	d.set("people", 6, "role", "sales-rep")
	d.on(march(24))
	check("renamed", "Петров Пётр Петрович", march(16))
	check("another e-mail", "Иванова Анна", march(16))
	check("another role", "Новиков Олег", march(20))

	d.last = nil
	d.on(calendar.Of(2026, 5, 4))
	check("with the ledger lost", "Иванова Анна", march(16))
	check("with the ledger lost", "Белова Ирина", march(23))

	// Breaking the hidden cell changes nothing.
	d.set("people", 3, "entered", "вчера")
	d.on(calendar.Of(2026, 5, 5))
	check("the cell broken", "Иванова Анна", march(16))
}

// If people were known to the last version, which stored no day, they count from the day
// on which their spreadsheet was first read; else from today.
func TestDayOfEntryOfTheLastVersion(t *testing.T) {
	d := office(t)
	res := d.read(nil) // no day: nothing is kept
	anna := named(t, res, "Иванова Анна")
	if !anna.Entered.IsZero() {
		t.Fatalf("entered on %v", anna.Entered)
	}
	snapshot := res.Snapshot
	snapshot.Day, snapshot.Since = march(16), map[department.PersonID]calendar.Date{anna.ID: calendar.Of(2025, 11, 5)}
	res = d.read(&snapshot)
	if got := named(t, res, "Иванова Анна").Entered; got != calendar.Of(2025, 11, 5) {
		t.Errorf("first read in November, entered on %v", got)
	}
	if got := named(t, res, "Петров Пётр").Entered; got != march(16) {
		t.Errorf("never read, entered on %v", got)
	}
}

// A person who leaves and comes back is not missing in between, however ops write it.
func TestBackAgain(t *testing.T) {
	gap := calendar.Span{From: march(21), To: calendar.Of(2026, 4, 30)}
	back := calendar.Of(2026, 5, 1)
	for name, tt := range map[string]struct {
		do   func(d *days)
		away []calendar.Span
	}{
		"the last day deleted": {func(d *days) {
			d.set("people", 3, "left", "20.03.2026")
			d.on(march(20))
			d.on(march(24))
			d.set("people", 3, "left", nil)
		}, []calendar.Span{gap}},
		"a later last day typed over it": {func(d *days) {
			d.set("people", 3, "left", "20.03.2026")
			d.on(march(20))
			d.set("people", 3, "left", "31.12.2026")
		}, []calendar.Span{gap}},
		"the row deleted and typed again": {func(d *days) {
			d.cut("people", 3)
			d.on(march(21))
			d.on(march(24))
			d.person(9, "Петров Пётр", "petr@example.ru", "sales-rep", "Юг")
		}, []calendar.Span{gap}},
		"the row deleted, and put back as it was": {func(d *days) {
			data := d.sheet("people").Data[0]
			row := data.RowData[2]
			d.cut("people", 3)
			d.on(march(21))
			data.RowData = append(data.RowData, row)
		}, nil},
		"a wrong last day, deleted at once": {func(d *days) {
			d.set("people", 3, "left", "20.03.2026")
			d.on(back)
			d.set("people", 3, "left", nil)
		}, nil},
		"hired anew": {func(d *days) {
			d.set("people", 3, "left", "20.03.2026")
			d.on(march(20))
			d.set("people", 3, "left", nil)
			d.set("people", 3, "hired", "01.05.2026")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := &days{desk: office(t)}
			d.on(march(16))
			id := named(t, d.last, "Петров Пётр").ID
			tt.do(d)
			d.on(back)
			p := named(t, d.last, "Петров Пётр")
			if p.ID != id || p.Entered != march(16) || !slices.Equal(p.Away, tt.away) {
				t.Errorf("%s, entered on %v, away %v; want %s on the 16th, away %v", p.ID, p.Entered, p.Away, id,
					tt.away)
			}
			d.last = nil
			d.on(back + 1)
			if p = named(t, d.last, "Петров Пётр"); !slices.Equal(p.Away, tt.away) {
				t.Errorf("with the ledger lost away %v", p.Away)
			}
		})
	}
}

// A namesake takes nobody's plan, absence or unlock; a row typed afterwards must say
// which of them it means.
func TestNamesake(t *testing.T) {
	d := &days{desk: office(t)}
	d.set("absences", 3, "person", "Иванова Анна")
	d.set("absences", 3, "from", "06.04.2026")
	d.set("absences", 3, "to", "10.04.2026")
	d.set("absences", 3, "kind", "отпуск")
	d.set("unlocks", 2, "person", "Иванова Анна")
	before := d.on(march(16)).Department
	anna := named(t, d.last, "Иванова Анна").ID
	d.person(6, "Иванова Анна", "anna2@example.ru", "sales-rep", "")
	after := d.on(march(17))
	for _, x := range [][2]any{{before.Plans, after.Department.Plans}, {before.Absences, after.Department.Absences},
		{before.Unlocks, after.Department.Unlocks}} {
		if x := diff(x[0], x[1]); x != "" {
			t.Error(x)
		}
	}
	if n := control.Errors(after.Problems); n > 0 {
		t.Error(problems(after))
	}
	if told := problems(after); strings.Count(told,
		"строка, как и раньше, о том, чей e-mail anna@example.ru: впишите его") != 3 {
		t.Errorf("ops are told\n%s", told)
	}
	// The dates of the row are corrected: it is still the same row.
	d.set("absences", 3, "to", "09.04.2026")
	d.set("plans", 2, "from", "02.05.2026")
	after = d.on(march(18))
	if a := after.Department.Absences[1]; a.Person != anna || a.To != calendar.Of(2026, 4, 9) {
		t.Errorf("%+v", a)
	}
	if p := after.Department.Plans[0]; p.Person != anna || p.From != calendar.Of(2026, 5, 2) {
		t.Errorf("%+v", p)
	}
	// She is renamed, and the name is somebody else's now.
	d.set("people", 2, "name", "Смирнова Анна")
	after = d.on(march(19))
	if a := after.Department.Absences[1]; a.Person != anna {
		t.Errorf("after she was renamed the row is %s's, not %s's", a.Person, anna)
	}
	// A new row with the name means the person who has it now.
	d.set("absences", 4, "person", "Иванова Анна")
	d.set("absences", 4, "from", "20.04.2026")
	d.set("absences", 4, "to", "21.04.2026")
	d.set("absences", 4, "kind", "отгул")
	after = d.on(march(20))
	if a := after.Department.Absences[2]; a.Person != named(t, after, "Иванова Анна").ID {
		t.Errorf("the new row is %s's", a.Person)
	}
}

// Correcting the spelling does not change who a person is, even if a list is pasted over
// the rows and the hidden ids are beside others.
func TestCorrectedSpelling(t *testing.T) {
	d := &days{desk: office(t)}
	for row := 2; row <= 5; row++ {
		d.set("people", row, "email", nil)
	}
	d.set("absences", 2, "person", "Петров Пётр")
	d.set("unlocks", 2, "person", "Иванова Анна")
	d.on(march(16))
	id := map[string]department.PersonID{}
	for _, p := range d.last.Department.People {
		id[p.Name] = p.ID
	}
	for i, name := range []string{"Кузнецов Олег", "Иваннова Анна", "Петров Петр", "Сидорова Ольга"} {
		d.set("people", 2+i, "name", name)
	}
	d.on(march(17))
	for name, was := range map[string]string{"Кузнецов Олег": "Кузнецов Олег", "Иваннова Анна": "Иванова Анна",
		"Петров Петр": "Петров Пётр", "Сидорова Ольга": "Сидорова Ольга"} {
		if got := named(t, d.last, name).ID; got != id[was] {
			t.Errorf("%s is %s, was %s", name, got, id[was])
		}
	}
	// Another person in a new row is another person, however similar the names.
	d.cut("people", 5)
	d.set("people", 7, "name", "Сидорова Ольга-")
	d.set("people", 7, "role", cold)
	d.on(march(18))
	if got := d.last.Department.People[3].ID; got == id["Сидорова Ольга"] {
		t.Error("a new row took over the figures of a deleted one")
	}
}

// If names, or e-mails, change places, ops learn of it with all the names.
func TestSwap(t *testing.T) {
	d := &days{desk: office(t)}
	was := d.on(march(16)).Snapshot
	if control.SwapOf(&was, &was).Any() {
		t.Error("the same twice")
	}
	told := func() string {
		now := d.on(march(17)).Snapshot
		var out []string
		for _, c := range control.Changes(&was, &now, march(17), words.RU, templates.Builtin()) {
			out = append(out, c.Text)
		}
		return strings.Join(out, "\n")
	}
	d.set("people", 2, "name", "Петров Пётр")
	d.set("people", 3, "name", "Иванова Анна")
	if got := told(); !strings.HasPrefix(got, "Имена поменялись местами: Иванова Анна, Петров Пётр. ") {
		t.Error(got)
	}
	if got := named(t, d.last, "Петров Пётр").Email; got != "anna@example.ru" {
		t.Errorf("the file stays with the e-mail: %s", got)
	}
	d.set("people", 2, "name", "Иванова Анна")
	d.set("people", 3, "name", "Петров Пётр")
	d.set("people", 2, "email", "olga@example.ru")
	d.set("people", 4, "email", "anna@example.ru")
	if got := told(); !strings.HasPrefix(got, "E-mail поменялись местами: Иванова Анна, Сидорова Ольга. ") {
		t.Error(got)
	}
	d.set("people", 2, "email", "anna@example.ru")
	d.set("people", 4, "email", "olga@example.ru")
	// Sorting the whole table is not a swap.
	data := d.sheet("people").Data[0]
	data.RowData[1], data.RowData[3] = data.RowData[3], data.RowData[1]
	if got := told(); got != "" {
		t.Error(got)
	}
}

// People whose rows are gone stay known by their names until they are back.
func TestGoneAreNamed(t *testing.T) {
	d := &days{desk: office(t)}
	d.on(march(16))
	d.cut("people", 3)
	d.on(march(17))
	gone := fmt.Sprint(d.on(march(18)).Snapshot.Gone)
	if !strings.Contains(gone, "Петров Пётр petr@example.ru 2026-03-16 2026-03-17") {
		t.Errorf("gone are %s", gone)
	}
	d.person(8, "Петров Пётр", "petr@example.ru", "sales-rep", "Юг")
	if gone := d.on(march(19)).Snapshot.Gone; len(gone) > 0 {
		t.Errorf("back again, but gone are %v", gone)
	}
}
