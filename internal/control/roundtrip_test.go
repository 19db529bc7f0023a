package control_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

var compare = cmp.Options{
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b kpi.Expr) bool { return a.Equal(b) }),
}

// The seed must be read as the templates say, in both languages, without a single remark.
func TestSeedReadsAsTheTemplates(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		res, err := control.Read(seededWith(templates.Builtin(), lang), nil, lang, templates.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range res.Problems {
			t.Errorf("%s: %+v", lang, p)
		}
		want := department.Department{Settings: department.Defaults()}
		moscow, err := time.LoadLocation("Europe/Moscow")
		if err != nil {
			t.Fatal(err)
		}
		want.Settings.Zone = moscow
		for _, r := range templates.Builtin() {
			role := department.Role{Key: r.Key, Title: lang.T(r.Title.RU, r.Title.EN)}
			for _, k := range r.KPIs {
				w := kpi.KPI{
					Role: r.Key, Key: k.Key, Title: lang.T(k.Title.RU, k.Title.EN),
					Unit: kpi.Unit(k.Unit), Source: kpi.Source(k.Source), PlanFor: calendar.Month,
					Direction: kpi.Higher,
					Lights:    kpi.DefaultThresholds(), Weight: k.Weight, Funnel: k.Funnel, Required: k.Required,
				}
				if w.Source == "" {
					w.Source = kpi.Manual
				}
				formula := &w.Expr
				if w.Source == kpi.Manual {
					formula = &w.Log
				}
				if k.Formula != "" {
					if *formula, err = kpi.ParseExpr(k.Formula); err != nil {
						t.Fatal(err)
					}
				}
				for to, text := range map[*kpi.Num]string{&w.Plan: k.Plan, &w.Min: k.Min, &w.Max: k.Max} {
					n, ok := templates.Figure(text, w.Unit)
					if !ok {
						t.Fatal(text)
					}
					*to = n
				}
				role.KPIs = append(role.KPIs, w)
			}
			want.Roles = append(want.Roles, role)
		}
		if d := cmp.Diff(want, res.Department, compare); d != "" {
			t.Errorf("%s: %s", lang, d)
		}
	}
}

// A language switched later understands what the other wrote.
func TestLanguagesUnderstandEachOther(t *testing.T) {
	ru, err := control.Read(seeded(words.RU), nil, words.EN, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if len(ru.Problems) > 0 {
		t.Errorf("%+v", ru.Problems)
	}
	en, err := control.Read(seeded(words.EN), nil, words.RU, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if len(en.Problems) > 0 {
		t.Errorf("%+v", en.Problems)
	}
	if d := cmp.Diff(ru.Department.Settings, en.Department.Settings, compare); d != "" {
		t.Error(d)
	}
}

// office returns a small department with something in every tab.
func office(t *testing.T) desk {
	d := desk{t, seeded(words.RU)}
	d.person(2, "Иванова Анна", "anna@example.ru", "Специалист по холодным звонкам", "Север")
	d.set("people", 2, "hired", calendar.Of(2026, 3, 2).Serial())
	d.set("people", 2, "aliases", "101, Анна И.; 102\nanna")
	d.set("people", 2, "cost", "95 000 ₽")
	d.person(3, "Петров Пётр", "petr@example.ru", "sales-rep", "Юг")
	d.person(4, "Сидорова Ольга", "olga@example.ru", "АККАУНТ-специалист", "Юг")
	d.person(5, "Кузнецов Олег", "oleg@example.ru", "менеджер по продажам (список сделок)", "")
	d.set("plans", 2, "from", "01.05.2026")
	d.set("plans", 2, "person", "Иванова Анна")
	d.set("plans", 2, "kpi", "Звонки")
	d.set("plans", 2, "plan", 950)
	d.set("plans", 3, "from", calendar.Of(2026, 6, 1).Serial())
	d.set("plans", 3, "kpi", "revenue")
	d.set("plans", 3, "plan", "1 200 000 ₽")
	d.set("plans", 4, "from", "2026-06-01")
	d.set("plans", 4, "team", "юг")
	d.set("plans", 4, "kpi", "Сделки")
	d.set("plans", 4, "plan", 5)
	d.set("plans", 4, "period", "Неделя")
	d.set("calendar", 2, "date", "30.12.2026")
	d.set("calendar", 2, "kind", "Выходной")
	d.set("calendar", 3, "date", calendar.Of(2026, 5, 16).Serial())
	d.set("calendar", 3, "kind", "сокращённый")
	d.set("absences", 2, "person", "petr@example.ru")
	d.set("absences", 2, "from", "01.07.2026")
	d.set("absences", 2, "to", "14.07.2026")
	d.set("absences", 2, "kind", "Отпуск")
	d.set("unlocks", 2, "person", "anna@example.ru")
	d.set("unlocks", 2, "from", "01.06.2026")
	d.set("unlocks", 2, "to", calendar.Of(2026, 6, 5).Serial())
	d.set("unlocks", 2, "until", "20.06.2026")
	return d
}

func TestReadOfATypedDepartment(t *testing.T) {
	d := office(t)
	res := d.read(nil)
	for _, p := range res.Problems {
		t.Errorf("%+v", p)
	}
	dep := res.Department
	if len(dep.People) != 4 {
		t.Fatalf("%d people", len(dep.People))
	}
	anna, petr := dep.People[0], dep.People[1]
	want := department.Person{
		ID: anna.ID, Name: "Иванова Анна", Email: "anna@example.ru", Role: "cold-caller", Team: "Север",
		Hired: calendar.Of(2026, 3, 2), Aliases: []string{"101", "Анна И.", "102", "anna"},
		Cost: kpi.Some(95_000),
	}
	if d := cmp.Diff(want, anna); d != "" {
		t.Error(d)
	}
	if petr.Role != "sales-rep" || dep.People[2].Role != "account-manager" || dep.People[3].Role != "sales-rep-deals" {
		t.Errorf("roles: %+v", dep.People)
	}
	plans := []department.Plan{
		{From: calendar.Of(2026, 5, 1), Person: anna.ID, KPI: "calls", Plan: 950, For: calendar.Month},
		{From: calendar.Of(2026, 6, 1), KPI: "revenue", Plan: 1200000, For: calendar.Month},
		{From: calendar.Of(2026, 6, 1), Team: "Юг", KPI: "deals", Plan: 5, For: calendar.Week},
	}
	if d := cmp.Diff(plans, dep.Plans); d != "" {
		t.Error(d)
	}
	days := map[calendar.Date]calendar.DayKind{calendar.Of(2026, 12, 30): calendar.Off,
		calendar.Of(2026, 5, 16): calendar.Short}
	if d := cmp.Diff(days, dep.Company); d != "" {
		t.Error(d)
	}
	away := []department.Absence{{Person: petr.ID,
		Span: calendar.Span{From: calendar.Of(2026, 7, 1), To: calendar.Of(2026, 7, 14)}, Kind: department.Vacation}}
	if d := cmp.Diff(away, dep.Absences); d != "" {
		t.Error(d)
	}
	open := []department.Unlock{{Person: anna.ID, Days: calendar.Span{From: calendar.Of(2026, 6, 1),
		To: calendar.Of(2026, 6, 5)}, Until: calendar.Of(2026, 6, 20)}}
	if d := cmp.Diff(open, dep.Unlocks); d != "" {
		t.Error(d)
	}
}

// Reading again with what was valid changes nothing, before and after the worker
// wrote its own cells; and so does writing again.
func TestReadIsAFixpoint(t *testing.T) {
	d := office(t)
	d.set("people", 4, "email", "nonsense")
	first := d.read(nil)
	again := d.read(through(t, first.Snapshot))
	if diff := cmp.Diff(first.Snapshot, again.Snapshot); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first.Department, again.Department, compare); diff != "" {
		t.Error(diff)
	}
	status := map[department.PersonID]control.PersonStatus{}
	for _, p := range first.Department.People {
		status[p.ID] = control.PersonStatus{Link: "http://127.0.0.1/spreadsheets/d/" + string(p.ID),
			Status: "отчёт готов"}
	}
	layout := func(res *control.Result) control.LayoutInput {
		return control.LayoutInput{Result: res, Status: status, Lang: words.RU, Zone: "Europe/Moscow", Year: 2026}
	}
	book := control.Layout(layout(again))
	written := desk{t, sheetOf(book)}.read(&again.Snapshot)
	if diff := cmp.Diff(again.Snapshot, written.Snapshot); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(again.Department, written.Department, compare); diff != "" {
		t.Error(diff)
	}
	if next := control.Layout(layout(written)); !reflect.DeepEqual(book, next) {
		t.Error(cmp.Diff(book, next))
	}
}

// through sends a snapshot through its stored form.
func through(t *testing.T, s control.Snapshot) *control.Snapshot {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out := new(control.Snapshot)
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}
