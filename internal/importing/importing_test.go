package importing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/control"
	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func may(d int) calendar.Date { return calendar.Of(2026, 5, d) }

func line(n int) imports.Where { return imports.Where{File: "history.csv", Line: n} }

// shop returns a department of a manager who types figures, one who keeps a list of
// deals, and two namesakes.
func shop() *department.Department {
	dep := &department.Department{
		People: []department.Person{
			{ID: "anna", Name: "Иванова Анна", Email: "anna@example.com", Role: "rep", Hired: may(4)},
			{ID: "boris", Name: "Петров Борис", Role: "dealer"},
			{ID: "ivan1", Name: "Сидоров Иван", Email: "ivan1@example.com", Role: "rep"},
			{ID: "ivan2", Name: "Сидоров Иван", Email: "ivan2@example.com", Role: "rep"},
		},
		Roles: []department.Role{
			{Key: "rep", Title: "Менеджер", KPIs: []kpi.KPI{
				{Role: "rep", Key: "deals", Title: "Сделки", Unit: kpi.Count, Source: kpi.Manual},
				{Role: "rep", Key: "revenue", Title: "Выручка", Unit: kpi.Money, Source: kpi.Manual},
				{Role: "rep", Key: "avg", Title: "Средний чек", Unit: kpi.Money, Source: kpi.Formula},
			}},
			{Key: "dealer", Title: "Дилер", KPIs: []kpi.KPI{
				{Role: "dealer", Key: "sum", Title: "Сумма", Unit: kpi.Money, Source: kpi.Deals}}},
		},
	}
	dep.Settings.NoRefunds = true
	return dep
}

// Each bad line is reported with file, line and column, and with what to do.
func TestBadEntries(t *testing.T) {
	entry := func(day int, who, key, value string) imports.Entry {
		return imports.Entry{Where: line(3), Date: may(day), Manager: who, KPI: key, Value: value}
	}
	for name, c := range map[string]struct {
		row  imports.Entry
		want string
	}{
		"nobody": {entry(12, "Никто", "deals", "1"), "history.csv:3: manager: нет «Никто» в «Сотрудники» " +
			"(добавьте человека, загрузите сначала сотрудников или пропустите таких: --skip-unknown)"},
		"almost": {entry(12, "Ивановна Анна", "deals", "1"), "history.csv:3: manager: нет «Ивановна Анна»; " +
			"похожи: Иванова Анна (исправьте имя, добавьте человека в «Сотрудники» или пропустите таких: " +
			"--skip-unknown)"},
		"namesakes": {entry(12, "Сидоров Иван", "deals", "1"), "history.csv:3: manager: «Сидоров Иван» может " +
			"быть несколькими: Сидоров Иван <ivan1@example.com>, Сидоров Иван <ivan2@example.com> (напишите e-mail)"},
		"an unknown KPI": {entry(12, "Иванова Анна", "calls", "1"),
			"history.csv:3: kpi: у роли rep нет показателя «calls» (вводятся: «Сделки» (deals), «Выручка» (revenue))"},
		"computed": {entry(12, "Иванова Анна", "Средний чек", "1"),
			"history.csv:3: kpi: «Средний чек» считается, а не вводится (загрузите то, из чего он считается)"},
		"not here yet": {entry(3, "Иванова Анна", "deals", "1"), "history.csv:3: date: 2026-05-03: Иванова Анна " +
			"здесь не работал(а) (проверьте «Принят» и «Последний день» в «Сотрудники»)"},
		"no number":  {entry(12, "Иванова Анна", "deals", "пять"), "history.csv:3: value: "},
		"below zero": {entry(12, "Иванова Анна", "revenue", "-5"), "history.csv:3: value: "},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := newReader(shop(), words.RU, Options{}).entries([]imports.Entry{c.row})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("read %v with the error\n%v\nwant\n%s", got, err, c.want)
			}
		})
	}
}

// All bad lines are reported at once; a repeated figure is one.
func TestEntriesTwice(t *testing.T) {
	row := imports.Entry{Where: line(2), Date: may(12), Manager: "Анна Иванова", KPI: "сделки", Value: "5"}
	again, bad := row, row
	again.Where, bad.Where, bad.Manager = line(3), line(4), "Никто"
	_, _, err := newReader(shop(), words.EN, Options{}).entries([]imports.Entry{row, again, bad})
	if err == nil || !strings.Contains(err.Error(), "history.csv:3: the same date, manager and kpi stand in line 2") ||
		!strings.Contains(err.Error(), "history.csv:4: manager: there is no") {
		t.Error(err)
	}
}

// Names that are not plain are reported with the number of their lines, and so are those
// that were left out.
func TestNotesOfNames(t *testing.T) {
	r := newReader(shop(), words.EN, Options{SkipUnknown: true})
	var rows []imports.Entry
	for i, who := range []string{"А. Иванова", "Никто", "Некто", "Никто"} {
		rows = append(rows, imports.Entry{Where: line(2 + i), Date: may(12 + i), Manager: who, KPI: "deals",
			Value: "5"})
	}
	got, _, err := r.entries(rows)
	if err != nil || len(got["anna"].Entries) != 1 || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	want := []string{"“А. Иванова” is Иванова Анна (lines: 1)",
		"lines left out: 3, these people are not in “People”: Некто (1), Никто (2)"}
	if diff := cmp.Diff(want, r.notes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Columns of a wide table that are not KPIs, or are computed, are reported and left out.
func TestUsedColumns(t *testing.T) {
	wide := func(key string) imports.Entry {
		return imports.Entry{Where: line(2), Date: may(12), Manager: "Иванова Анна", KPI: key, Value: "1", Wide: true}
	}
	kept, notes, err := usedColumns(shop(), words.EN,
		[]imports.Entry{wide("Выручка, руб"), wide("Погода"), wide("avg")})
	if err != nil || len(kept) != 1 || kept[0].KPI != "Выручка, руб" {
		t.Errorf("kept %v, %v", kept, err)
	}
	want := []string{"columns that were not used, as they are no KPIs: «Погода»",
		"columns that were not used, as they are computed: «avg»"}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, _, err := usedColumns(shop(), words.EN, []imports.Entry{wide("Погода")}); err == nil ||
		!strings.Contains(err.Error(), "no column is a KPI: «Погода»") {
		t.Error(err)
	}
}

func TestDealsOfAFile(t *testing.T) {
	deal := func(n int, id, who string, sum float64) imports.Deal {
		return imports.Deal{Where: line(n), ID: id, Date: may(12), Manager: who, Client: " ООО Ромашка ", Amount: sum}
	}
	r := newReader(shop(), words.RU, Options{SkipUnknown: true})
	lost := deal(3, "D-2", "Петров Борис", 7)
	lost.Left = "стадия «Проиграна»"
	rows, ids, err := r.deals([]imports.Deal{deal(2, "D-1", "Петров Борис", 5), lost, deal(4, "D-3", "Никто", 9)})
	if err != nil || !ids {
		t.Fatal(err)
	}
	e, err := exportOf(rows, words.RU)
	if err != nil {
		t.Fatal(err)
	}
	want := crm.Export{
		Deals: []department.Deal{{Person: "boris", Date: may(12), Client: "ООО Ромашка", Amount: 5, ID: "D-1"}},
		Left:  map[string]string{"D-2": "стадия «Проиграна»", "D-3": "сотрудник не найден"},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		row  imports.Deal
		want string
	}{
		{deal(2, "", "Иванова Анна", 5), "history.csv:2: manager: Иванова Анна: у роли rep такого списка нет"},
		{deal(2, "", "Петров Борис", -5), "history.csv:2: amount: −5"},
	} {
		if _, _, err := r.deals([]imports.Deal{c.row}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// A repeated id with equal values is one deal, with others it is refused.
func TestExportOf(t *testing.T) {
	row := func(n int, sum float64) dealRow {
		return dealRow{department.Deal{Person: "boris", Date: may(12), Client: "К", Amount: sum, ID: "D-1"},
			imports.Deal{Where: line(n)}}
	}
	if e, err := exportOf([]dealRow{row(2, 5), row(3, 5)}, words.EN); err != nil || len(e.Deals) != 1 {
		t.Errorf("%v, %v", e, err)
	}
	if _, err := exportOf([]dealRow{row(2, 5), row(3, 6)}, words.EN); err == nil ||
		err.Error() != "history.csv:3: id: the deal D-1 stands in line 2 too, with other values (leave one)" {
		t.Error(err)
	}
}

func TestTellPlan(t *testing.T) {
	deal := func(id string, who department.PersonID, day int, sum float64) department.Deal {
		return department.Deal{ID: id, Person: who, Date: may(day), Client: "ООО " + id, Amount: sum}
	}
	plan := crm.Plan{
		New:     2,
		Changed: []crm.Change{{Row: crm.Row{Deal: deal("D-1", "boris", 5, 100)}, Deal: deal("D-1", "boris", 6, 150)}},
		Moved:   []crm.Change{{Row: crm.Row{Deal: deal("D-2", "boris", 5, 100)}, Deal: deal("D-2", "anna", 5, 100)}},
		Edited: []crm.Change{{Row: crm.Row{At: 7, Bad: true, Shows: "100 руб | вчера",
			Deal: deal("D-3", "boris", 5, 0)}, Deal: deal("D-3", "boris", 5, 100)}},
		Gone: []crm.Gone{
			{Row: crm.Row{At: 3, Deal: deal("D-4", "boris", 5, 100)}, Dropped: true},
			{Row: crm.Row{At: 4, Bad: true, Deal: deal("D-5", "boris", 5, 100)}, Reason: "другая стадия"},
		},
	}
	want := []string{
		"новых сделок: 2",
		"меняется сделок: 1", "  D-1, Петров Борис, ООО D-1: 100 ₽ → 150 ₽, 05.05.2026 → 06.05.2026",
		"переходит к другому сотруднику: 1", "  D-2, ООО D-2, 100 ₽: Петров Борис → Иванова Анна",
		"остаётся как есть: эти строки правили или ввели люди (исправьте их сами): 1",
		"  D-3: у Петров Борис в строке 8 — 100 руб | вчера; в выгрузке — Петров Борис, 05.05.2026, ООО D-3, 100 ₽",
		"убирается: в выгрузке этих сделок больше нет: 1", "  D-4, Петров Борис, строка 4: 05.05.2026, ООО D-4, 100 ₽",
		"остаётся в таблицах, хотя в выгрузке этого уже нет (--replace-period уберёт то, что никто не правил): 1",
		"  D-5, Петров Борис, строка 5: строка очищена — в выгрузке: другая стадия",
	}
	got := strings.ReplaceAll(strings.Join(tellPlan(shop(), plan, words.RU), "\n"), "\u00a0", " ")
	if diff := cmp.Diff(strings.Join(want, "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each nearly equal deal is reported once, and not more than twenty.
func TestNearNotes(t *testing.T) {
	if got := nearNotes(nil, words.EN); got != nil {
		t.Errorf("of none: %q", got)
	}
	var near []string
	for i := range 22 {
		near = append(near, fmt.Sprintf("deal %02d", i), fmt.Sprintf("deal %02d", i))
	}
	got := nearNotes(near, words.EN)
	if len(got) != 22 || !strings.Contains(got[0], "(22)") || got[1] != "  deal 00" || got[21] != "  and 2 more" {
		t.Errorf("%d lines, %q … %q", len(got), got[0], got[len(got)-1])
	}
}

// Other spellings of operators' names are reported with the person meant.
func TestOperatorNotes(t *testing.T) {
	list := []calls.Call{
		{Source: calls.Mango, Operator: calls.Operator{Name: "А. Иванова"}},
		{Source: calls.Mango, Operator: calls.Operator{Name: "А. Иванова"}},
		{Source: calls.Mango, Operator: calls.Operator{Name: "Петрова Борис"}},
		{Source: calls.Mango, Operator: calls.Operator{Name: "Робот"}},
		{Source: calls.Mango, Operator: calls.Operator{Name: "Иванова Анна"}},
	}
	want := []string{"“А. Иванова” is Иванова Анна (lines: 2)",
		"there is no “Петрова Борис”; near: Петров Борис (type the name into “Names in telephony”) (lines: 1)"}
	if diff := cmp.Diff(want, operatorNotes(shop(), list, words.EN)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPersonRows(t *testing.T) {
	rows, err := personRows(shop(), words.RU, may(14),
		[]imports.Person{{Where: line(2), Name: "Новая", Role: "менеджер", Schedule: "2/2 с 01.05", Hired: may(12)}})
	want := []control.PersonRow{{Name: "Новая", Role: "менеджер", Schedule: "2/2 с 01.05.2026", Hired: "2026-05-12"}}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = personRows(shop(), words.RU, may(14), []imports.Person{{Where: line(2), Name: "Новая", Role: "кто-то"}})
	if err == nil || err.Error() !=
		"history.csv:2: role: роли «кто-то» нет в «Роли и KPI» (есть: «Менеджер» (rep), «Дилер» (dealer))" {
		t.Error(err)
	}
}

func TestCalendarOfAnotherCountry(t *testing.T) {
	_, _, err := publishedDays([]calendar.Published{{Country: "KZ", Year: 2026}}, calendar.Russia, words.EN)
	if err == nil || !strings.Contains(err.Error(), "the calendar is of KZ") {
		t.Error(err)
	}
}

// desk is people's spreadsheets and the ledger, and records what happens to them.
type desk struct {
	reports []*sheet
	did     []string
}

// sheet is a spreadsheet that only has places for cells.
type sheet struct {
	desk   *desk
	people []department.Person
	made   bool
	rooms  int // how often room must still be made
}

func (d *desk) Of(_ context.Context, people func(department.PersonID) bool) (out []Report, err error) {
	for _, s := range d.reports {
		if slices.ContainsFunc(s.people, func(p department.Person) bool { return people(p.ID) }) {
			out = append(out, s)
		}
	}
	return out, nil
}

func (d *desk) Each(ctx context.Context, list []Report, _ string,
	f func(context.Context, Report) error) (failures []error, err error) {
	for _, r := range list {
		if err := f(ctx, r); err != nil {
			failures = append(failures, err)
		}
	}
	return failures, nil
}

func (d *desk) Person(context.Context, department.PersonID) (ledger.Reading, error) {
	return ledger.Reading{}, nil
}

func (d *desk) Allow(_ context.Context, who department.PersonID, days map[calendar.Date]bool) error {
	if len(days) > 0 {
		d.did = append(d.did, fmt.Sprintf("allow %s %d days", who, len(days)))
	}
	return nil
}

func (d *desk) Disallow(_ context.Context, who department.PersonID) error {
	d.did = append(d.did, fmt.Sprintf("disallow %s", who))
	return nil
}

func (s *sheet) People() []department.Person { return s.people }
func (s *sheet) Made() bool                  { return s.made }
func (s *sheet) Changed() bool               { return false }

func (d *desk) Know(_ context.Context, list []Report, _ map[department.PersonID]report.Typed) error {
	d.did = append(d.did, fmt.Sprintf("know %d", len(list)))
	return nil
}

func (d *desk) TakeBack(_ context.Context, r Report) error {
	d.did = append(d.did, fmt.Sprintf("take back of %s", r.People()[0].ID))
	return nil
}

func (s *sheet) Known(context.Context, map[department.PersonID]report.Typed) ([]Part, bool, error) {
	return nil, false, nil
}

func (s *sheet) Look(_ context.Context, people func(department.PersonID) bool) (out []Part, err error) {
	s.desk.did = append(s.desk.did, "look")
	for _, p := range s.people {
		if people(p.ID) {
			out = append(out, Part{In: report.Input{Person: p}})
		}
	}
	return out, nil
}

func (s *sheet) Fill(_ context.Context, fresh map[department.PersonID]report.Typed, cells []workbook.CellAt) (wrote,
	all bool, err error) {
	s.desk.did = append(s.desk.did, fmt.Sprintf("make room for %d of %s", size(fresh[s.people[0].ID]), s.people[0].ID))
	isNew := !s.made
	s.made = true
	s.rooms--
	return s.rooms >= 0, isNew, nil
}

func (s *sheet) Type(ctx context.Context, cells func(context.Context) ([]*sheets.Request, error)) error {
	reqs, err := cells(ctx)
	if len(reqs) > 0 {
		s.desk.did = append(s.desk.did, fmt.Sprintf("type %d", len(reqs)))
	}
	return err
}

// places puts each figure into a cell.
func places(_ Part, t report.Typed) (placement, error) {
	var out placement
	for i := range t.Entries {
		out.cells = append(out.cells, workbook.CellAt{Sheet: 1, Row: i, Cell: workbook.N(1, nil)})
	}
	return out, nil
}

var twoFigures = wanted{"anna": {Entries: []department.Entry{{Person: "anna", Date: may(12)},
	{Person: "anna", Date: may(13)}}}}

func importer(d *desk) Importer {
	return Importer{Dep: shop(), Reports: d, Ledger: d, Locks: d, Progress: func(string, int, int) {}}
}

// Everything is read and reported before anything is written; a write looks again until
// there is room for all.
func TestTypeReports(t *testing.T) {
	d := &desk{}
	d.reports = []*sheet{{desk: d, people: shop().People[:1], made: true, rooms: 1},
		{desk: d, people: shop().People[1:2], made: true}}
	tell := Options{Tell: func(notes []string) { d.did = append(d.did, "tell "+strings.Join(notes, "; ")) }}
	done, err := importer(d).typeReports(t.Context(), 2, twoFigures, tell, func() []string {
		return []string{"note"}
	}, places)
	if err != nil || done.Written != 2 || done.Files != 1 || !slices.Equal(done.Notes, []string{"note"}) {
		t.Errorf("%+v, %v", done, err)
	}
	want := []string{
		"look", "tell note", "allow anna 2 days", "know 1", "allow anna 2 days",
		"look", "allow anna 2 days", "make room for 0 of anna",
		"look", "allow anna 2 days", "make room for 0 of anna", "type 1", "disallow anna",
	}
	if diff := cmp.Diff(want, d.did); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A spreadsheet that does not exist yet is made with the figures; nothing is typed.
func TestTypeIntoANewReport(t *testing.T) {
	d := &desk{}
	d.reports = []*sheet{{desk: d, people: shop().People[:1]}}
	done, err := importer(d).typeReports(t.Context(), 2, twoFigures, Options{}, nil, places)
	if diff := cmp.Diff([]string{"allow anna 2 days", "know 1", "allow anna 2 days", "allow anna 2 days",
		"make room for 2 of anna", "disallow anna"}, d.did); diff != "" || err != nil ||
		done.Written != 2 {
		t.Errorf("%+v, %v (-want +got):\n%s", done, err, diff)
	}
}

// Neither a dry run nor an import with a figure without a place writes anything.
func TestTypeNothing(t *testing.T) {
	d := &desk{}
	d.reports = []*sheet{{desk: d, people: shop().People[:1], made: true}}
	if done, err := importer(d).typeReports(t.Context(), 2, twoFigures, Options{DryRun: true}, nil,
		places); err != nil || done.Written != 2 || done.Files != 1 {
		t.Errorf("a dry run: %+v, %v", done, err)
	}
	taken := errors.New("the cell is taken")
	_, err := importer(d).typeReports(t.Context(), 2, twoFigures, Options{}, nil,
		func(Part, report.Typed) (placement, error) {
			return placement{errs: []error{taken}}, nil
		})
	if !errors.Is(err, taken) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"look", "look"}, d.did); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
