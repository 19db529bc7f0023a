package worker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/words"
	"svodka/internal/worker"
)

// announcing has a worker announce large edits, as svodka run does.
func announcing(o *office) { o.options = func(w *worker.Options) { w.Announce = true } }

// An edit that affects many is announced by one run and done by the next; one that
// affects few is done at once. While nothing changes a run costs one call.
func TestLargeEditIsAnnounced(t *testing.T) {
	t.Parallel()
	o := newOffice(t, announcing).init()
	o.sync() // the first people there are
	o.hire(4, "sales-rep").hire(2, "cold-caller")
	o.settle()
	o.open()
	o.config("settings", "key=announce_from", "value", 3)
	o.settle()
	plan := func() float64 { return o.line(0, "month", "2026-05-14", "deals").Plan.V }
	checks := func() string { return o.text(o.control(), "checks") }

	// Two people: at once.
	o.config("kpis", "key=calls", "plan", 2000)
	if out := o.expect("a plan of two people",
		google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 3}); out.Written != 2 {
		t.Errorf("%+v", out)
	}
	o.expect("settled", google.Calls{Drive: 1})

	// Four people: told, then done.
	o.clock.set("2026-05-14", 13, 0)
	o.config("kpis", salesRep+"key=deals", "plan", 38)
	c, err := o.w.Check(t.Context(), words.RU)
	o.must(err)
	const line = "План по «Сделки» у роли «Менеджер по продажам», сотрудников — 4: было 20 в месяц, будет 38 в месяц"
	if len(c.Changes) != 2 || !strings.HasPrefix(c.Changes[0], line) || !strings.HasPrefix(c.Changes[1],
		"Всего: таблиц изменится — 4, создано — 0; обращений к Google: записей — 6, к Диску — 0") {
		t.Errorf("check says %q", c.Changes)
	}
	out := o.sync()
	if out.Written != 0 || plan() == 38 && o.stands(0, "2026-05-14", "deals") == nil {
		t.Errorf("announced, it wrote %d", out.Written)
	}
	if s := checks(); !strings.Contains(s, "Что изменит следующий запуск") || !strings.Contains(s, line) ||
		!strings.Contains(s, "Замечено 14.05 13:00") {
		t.Errorf("«Проверка» says:\n%s", s)
	}
	if g := o.tab(o.report(0), may); g.cell(g.row("date", "План месяца"), "kpi:deals").FormattedValue != "20" {
		t.Error("the report has the new plan already")
	}
	if w, err := o.ledger.Work(t.Context()); err != nil || !w.More {
		t.Errorf("while an edit is announced, %+v waits (%v): not it", w, err)
	}
	out = o.expect("done by the next run", google.Calls{Drive: 1, SheetsWrite: 6})
	if out.Written != 4 || out.Settled {
		t.Errorf("%+v", out)
	}
	if s := checks(); strings.Contains(s, "следующий запуск") ||
		!strings.Contains(s, "Что изменила последняя большая правка") || !strings.Contains(s, "Применено 14.05 13:00") {
		t.Errorf("«Проверка» says:\n%s", s)
	}
	if g := o.tab(o.report(0), may); g.cell(g.row("date", "План месяца"), "kpi:deals").FormattedValue != "38" {
		t.Error("the report has the former plan")
	}
	o.expect("settled", google.Calls{Drive: 1})
	o.month(0, "deals", 0)

	// Taken back before it is done: the only change is that it is no longer announced.
	o.config("kpis", salesRep+"key=deals", "plan", 50)
	o.sync()
	o.config("kpis", salesRep+"key=deals", "plan", 38)
	if out := o.sync(); out.Written != 0 {
		t.Errorf("taken back, it wrote %d", out.Written)
	}
	o.settle()
	if s := checks(); strings.Contains(s, "следующий запуск") {
		t.Errorf("taken back, «Проверка» says:\n%s", s)
	}

	// Changed before it is done: announced again.
	o.config("kpis", salesRep+"key=deals", "plan", 50)
	o.sync()
	o.config("kpis", salesRep+"key=deals", "plan", 60)
	if out := o.sync(); out.Written != 0 || !strings.Contains(checks(), "будет 60 в месяц") {
		t.Errorf("changed in between, it wrote %d and says:\n%s", out.Written, checks())
	}
	// Figures typed meanwhile are read and counted by the department in force, and a
	// restarted worker goes on from there.
	o.types(1, "2026-05-14", "deals", 3)
	o.restart(false)
	if out := o.sync(); out.Read != 1 || out.Written != 4 {
		t.Errorf("%+v", out)
	}
	o.settle()
	o.month(1, "deals", 3)
	if got := o.line(1, "month", "2026-05-14", "deals").Plan.V; got != 60 {
		t.Errorf("the plan is %v", got)
	}
}

// A sync by hand does at once what the schedule announces.
func TestSyncByHandAnnouncesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(30, "sales-rep")
	if out := o.sync(); out.Made != 30 {
		t.Errorf("%+v", out)
	}
}

// paste pastes rows of name, e-mail and role, as a clipboard holds them.
func (o *office) paste(row int, cells [][]any) {
	o.t.Helper()
	g := o.tab(o.control(), "people")
	_, err := o.as(ops).Spreadsheets.Values.Update(g.file, g.at(row, "name"), &sheets.ValueRange{Values: cells}).
		ValueInputOption("USER_ENTERED").Do()
	o.must(err)
}

// Fifty people pasted at once, like real lists: with a heading, an empty row, names
// twice, an e-mail twice, spaces and capitals.
func TestFiftyPeoplePasted(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init()
	o.sync()
	o.share(o.control(), ops)
	o.settle()
	cells := [][]any{{"Имя", "E-mail", "Роль"}}
	for i := range 50 {
		if i == 25 {
			cells = append(cells, []any{"", "", ""})
		}
		cells = append(cells, []any{fmt.Sprintf("  Вставленный %02d ", i/2), fmt.Sprintf(" P%02d@Example.COM ", i),
			[]string{"Менеджер по продажам", "МЕНЕДЖЕР по продажам ", "sales-rep"}[i%3]})
	}
	cells = append(cells, []any{"Вставленный 77", "p07@example.com", "sales-rep"})
	o.paste(1, cells)
	c, err := o.w.Check(t.Context(), words.RU)
	o.must(err)
	if len(c.ToMake) != 50 || len(c.Changes) != 2 || !strings.HasPrefix(c.Changes[0],
		"Новых сотрудников — 50 (Вставленный 00, Вставленный 00, Вставленный 01 и ещё 47)") ||
		!strings.Contains(c.Changes[1],
			"создано — 50; обращений к Google: записей — 52, к Диску — 100; меньше минуты") {
		t.Errorf("check: to make %d, %q", len(c.ToMake), c.Changes)
	}
	// The check has read the control spreadsheet; fifty files made, filled and shared.
	out := o.expect("fifty people", google.Calls{Drive: 2*50 + 1 + folderCalls, SheetsWrite: 50 + 2})
	if out.Made != 50 || out.People != 50 || control.Errors(out.Problems) != 1 {
		t.Errorf("made %d, people %d, %+v", out.Made, out.People, out.Problems)
	}
	o.settle()
	ids, mails := map[department.PersonID]bool{}, map[string]bool{}
	for _, p := range o.dep().People {
		ids[p.ID], mails[p.Email] = true, true
		if p.Role != "sales-rep" || strings.TrimSpace(p.Name) != p.Name {
			t.Errorf("%+v", p)
		}
	}
	if len(ids) != 50 || len(mails) != 50 || !mails["p49@example.com"] {
		t.Errorf("%d ids, %d e-mails", len(ids), len(mails))
	}
	g := o.tab(o.control(), "people")
	if s := g.cell(g.row("name", "Вставленный 77"), "status").FormattedValue; !strings.Contains(s,
		"этот e-mail уже есть в строке 10 (Вставленный 03)") {
		t.Errorf("the second of one e-mail says %q", s)
	}
	if s := g.cell(1, "status").FormattedValue; !strings.Contains(s, "строка заголовков") {
		t.Errorf("the row of headings says %q", s)
	}
	if n := len(slices.DeleteFunc(slices.Clone(g.cells), func(r []*sheets.CellData) bool {
		c := g.cols["id"]
		return c >= len(r) || r[c] == nil || !strings.HasPrefix(r[c].FormattedValue, "p-")
	})); n != 51 { // the refused row has one too
		t.Errorf("%d rows have an id", n)
	}
	o.expect("settled", google.Calls{Drive: 1})
}

// kpiRow returns a row of «Роли и KPI» of the sales rep.
func kpiRow(key, title string, plan float64, more map[string]any) map[string]any {
	row := map[string]any{"role": "Менеджер по продажам", "key": key, "title": title, "unit": "количество",
		"source": "ввод", "plan": plan}
	for k, v := range more {
		row[k] = v
	}
	return row
}

// A KPI ends in the middle of a month and two replace it: figures, columns and history of
// all three stay.
func TestKPISplit(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.adds("kpis", kpiRow("meetings", "Встречи", 19, nil))
	o.settle()
	o.types(0, "2026-05-13", "meetings", 4)
	o.settle()

	o.config("kpis", salesRep+"key=meetings", "to", date("2026-05-15").Serial())
	o.adds("kpis", kpiRow("online", "Встречи онлайн", 19, map[string]any{"from": date("2026-05-18").Serial()}))
	o.adds("kpis", kpiRow("office", "Встречи в офисе", 38, map[string]any{"from": date("2026-05-18").Serial()}))
	c, err := o.w.Check(t.Context(), words.RU)
	o.must(err)
	said := strings.Join(c.Changes, "\n")
	for _, want := range []string{
		"Показатель «Встречи» у роли «Менеджер по продажам» действует по 15.05.2026: потом его ячейки закроются, " +
			"данные останутся, таблиц — 2",
		"Новый показатель «Встречи онлайн» у роли «Менеджер по продажам»: столбец добавится, таблиц — 2",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("check does not say %q:\n%s", want, said)
		}
	}
	// two people, the summary, and the states of the new rows
	out := o.expect("a split", google.Calls{Drive: 1, SheetsWrite: 4})
	if out.Written != 2 {
		t.Errorf("%+v", out)
	}
	o.settle()
	for _, col := range []string{"meetings", "online", "office"} {
		if hidden, there := o.hidden(o.report(0), may, "kpi:"+col); hidden || !there {
			t.Errorf("%s: there %t, hidden %t", col, there, hidden)
		}
	}
	o.clock.set("2026-05-18", 12, 0)
	o.settle()
	o.types(0, "2026-05-18", "online", 2)
	o.types(0, "2026-05-18", "office", 1)
	o.settle()
	o.month(0, "meetings", 4)
	o.month(0, "online", 2)
	o.month(0, "office", 1)
	// Nine of nineteen days of the old plan, ten of the new ones.
	if got := o.line(0, "month", "2026-05-14", "meetings"); got.Plan.V != 9 || got.Working != 9 {
		t.Errorf("the retired one: plan %v of %d days", got.Plan, got.Working)
	}
	if got := o.line(0, "month", "2026-05-14", "office"); got.Plan.V != 20 || got.Working != 10 {
		t.Errorf("the new one: plan %v of %d days", got.Plan, got.Working)
	}
	// Next month the ended one has no column; its figures of May stay everywhere.
	o.clock.set("2026-06-03", 12, 0)
	o.settle()
	if _, there := o.hidden(o.report(0), "month:2026-06", "kpi:meetings"); there {
		t.Error("June has a column of the retired KPI")
	}
	o.month(0, "meetings", 4)
	if !strings.Contains(o.text(o.summary(), "history"), "Встречи") {
		t.Error("the history does not know the retired KPI")
	}
	o.restart(true)
	o.settle()
	o.month(0, "meetings", 4)
}

// A role whose title changes, first on one tab, then on the other: nobody loses a
// figure or gets another spreadsheet.
func TestRoleRenamed(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 3)
	o.settle()
	file := o.report(0)
	g := o.tab(o.control(), "kpis")
	for r := range g.cells {
		if g.cell(r, "role").FormattedValue == "Менеджер по продажам" {
			o.put(ops, g.file, g.at(r, "role"), "Сейлз")
		}
	}
	out := o.sync()
	if out.People != 3 || out.Made != 0 || out.Written != 0 {
		t.Errorf("%+v", out)
	}
	o.settle()
	o.month(0, "deals", 3)
	p := o.tab(o.control(), "people")
	if s := p.cell(p.ruled("name=Человек 000"), "status").FormattedValue; !strings.Contains(s,
		"роль теперь называется «Сейлз»") {
		t.Errorf("the person's row says %q", s)
	}
	if s := o.text(o.summary(), "month"); !strings.Contains(s, "Сейлз") || strings.Contains(s, "Менеджер по продажам") {
		t.Errorf("the summary calls the role otherwise:\n%s", s)
	}
	for i := range 3 {
		o.config("people", fmt.Sprintf("name=Человек %03d", i), "role", "Сейлз")
	}
	o.settle()
	if o.report(0) != file || o.person(0).Role != "sales-rep" {
		t.Errorf("the file is %s, the role %s", o.report(0), o.person(0).Role)
	}
	// Without the ledger only the title identifies the role, and everything is there.
	o.restart(true)
	o.settle()
	o.month(0, "deals", 3)
	if o.report(0) != file {
		t.Error("another spreadsheet was made")
	}
}

// A role deleted while people have it, and a changed key: ops learn of both, and nothing
// is lost.
func TestRoleDeletedAndKeyChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep").hire(1, "cold-caller")
	o.sync()
	o.open()
	o.types(0, "2026-05-13", "deals", 3)
	o.types(2, "2026-05-13", "calls", 50)
	o.settle()
	for i := strings.Count(o.text(o.control(), "kpis"), "Специалист по холодным звонкам |"); i > 0; i-- {
		g := o.tab(o.control(), "kpis")
		r := g.row("role", "Специалист по холодным звонкам")
		o.batch(ops, g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: rows(g, r, r+1)}})
	}
	if out := o.sync(); out.People != 3 || out.Written != 0 {
		t.Errorf("%+v", out)
	}
	o.settle()
	o.month(2, "calls", 50)
	if s := o.text(o.control(), "checks"); !strings.Contains(s, "роли «Специалист по холодным звонкам» больше нет") ||
		!strings.Contains(s, "действуют прежние показатели роли") {
		t.Errorf("«Проверка» says:\n%s", s)
	}
	o.types(2, "2026-05-14", "calls", 7) // they go on reporting
	o.settle()
	o.month(2, "calls", 57)

	o.config("kpis", salesRep+"key=deals", "key", "sold")
	g := o.tab(o.control(), "kpis")
	for r := range g.cells {
		if g.cell(r, "role").FormattedValue == "Менеджер по продажам" &&
			strings.Contains(g.cell(r, "formula").FormattedValue, "deals") {
			o.put(ops, g.file, g.at(r, "formula"), strings.ReplaceAll(g.cell(r, "formula").FormattedValue, "deals",
				"sold"))
		}
	}
	o.settle()
	if s := o.text(o.control(), "checks"); !strings.Contains(s, "похоже, ключ «deals» переименован в «sold»") {
		t.Errorf("«Проверка» says:\n%s", s)
	}
	if hidden, there := o.hidden(o.report(0), may, "kpi:deals"); !hidden || !there {
		t.Errorf("the column of the former key: there %t, hidden %t", there, hidden)
	}
	o.config("kpis", salesRep+"key=sold", "key", "deals")
	g = o.tab(o.control(), "kpis")
	for r := range g.cells {
		if g.cell(r, "role").FormattedValue == "Менеджер по продажам" &&
			strings.Contains(g.cell(r, "formula").FormattedValue, "sold") {
			o.put(ops, g.file, g.at(r, "formula"), strings.ReplaceAll(g.cell(r, "formula").FormattedValue, "sold",
				"deals"))
		}
	}
	o.settle()
	o.month(0, "deals", 3)
	if s := o.text(o.control(), "checks"); strings.Contains(s, "переименован") {
		t.Errorf("put back, «Проверка» says:\n%s", s)
	}
}
