// Package demo makes a sample department to try the product on: eight people in
// all roles, a call log of those who call, two months of believable figures up to today, and a few things that
// go wrong in real life.
//
// It types what people would type, by the ways that people and imports use, and
// leaves the rest to the worker.
package demo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/workbook"
	"svodka/internal/worker"
)

// person is one of the department, with a share of the usual result.
type person struct {
	name, email, role, team string
	skill                   float64 // of getting through: calls made, deals closed
	close                   float64 // of what comes of it: leads of conversations, the size of deals
	cost                    float64 // roubles a month
	late                    bool    // has not reported today
}

var people = []person{
	{"Иванова Анна", "anna.ivanova@example.com", "sales-rep", "Север", 1.12, 1.05, 140_000, false},
	{"Петров Сергей", "sergey.petrov@example.com", "sales-rep", "Север", 0.92, 0.78, 120_000, true},
	{"Смирнова Ольга", "olga.smirnova@example.com", "sales-rep", "Юг", 0.95, 1, 120_000, false},
	{"Лебедев Павел", "pavel.lebedev@example.com", "sales-rep-deals", "Юг", 1.02, 1, 130_000, false},
	{"Кузнецов Дмитрий", "dmitry.kuznetsov@example.com", "telephony-caller", "Звонки", 1.06, 1.04, 90_000, false},
	{"Соколова Мария", "maria.sokolova@example.com", "cold-caller", "Звонки", 1.01, 0.7, 80_000, true},
	{"Волков Артём", "artem.volkov@example.com", "cold-caller", "Звонки", 0.71, 0.95, 70_000, false},
	{"Морозова Елена", "elena.morozova@example.com", "account-manager", "Клиенты", 1.0, 1, 110_000, false},
}

// The person whose cell could not be read, and what stands in it.
const (
	badPerson = "Смирнова Ольга"
	badKPI    = "revenue"
	badText   = "сто тысяч"
)

// Department is a demo department that stands ready.
type Department struct {
	Control, Summary string // addresses
	Reports          [][2]string
	Today            calendar.Date
	Late             []string
	BadDay           calendar.Date
}

// The two who work with everybody's figures.
const (
	director = "director@example.com"
	ops      = "ops@example.com"
)

// as is the address of a spreadsheet opened by somebody.
func as(link, email string) string { return link + "?as=" + email }

// made marks a ledger as that of a demo.
const made = "demo"

// ErrNotDemo tells that the folder holds a real department.
var ErrNotDemo = errors.New("this folder holds a department already (set SVODKA_DATA_DIR to another folder for the demo)")

// Make makes the department as of now, or takes up the one that is there.
func Make(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger, now time.Time) (Department, error) {
	today := calendar.FromTime(now)
	mark, err := l.Get(ctx, made)
	if err != nil {
		return Department{}, err
	}
	if mark == nil {
		files, err := l.Files(ctx)
		if err != nil {
			return Department{}, err
		}
		if len(files) > 0 {
			return Department{}, ErrNotDemo
		}
		if err := l.Set(ctx, made, []byte("begun")); err != nil {
			return Department{}, err
		}
	}
	if _, err := w.Init(ctx); err != nil {
		return Department{}, err
	}
	if string(mark) != "done" {
		if err := fill(ctx, w, g, l, today); err != nil {
			return Department{}, err
		}
		if err := l.Set(ctx, made, []byte("done")); err != nil {
			return Department{}, err
		}
	}
	if _, err := w.Sync(ctx, 0); err != nil {
		return Department{}, err
	}
	d := Department{Today: today}
	return d, d.describe(ctx, w, l)
}

// describe finds out what there is to show.
func (d *Department) describe(ctx context.Context, w *worker.Worker, l *ledger.Ledger) error {
	dep, err := w.Department(ctx)
	if err != nil {
		return err
	}
	files, err := l.Files(ctx)
	if err != nil {
		return err
	}
	reports := map[department.PersonID]ledger.File{}
	// Links lead to where it listens now, which may be another port than before.
	for _, f := range files {
		switch {
		case f.Gone:
		case f.Kind == ledger.Report:
			reports[f.Person] = f
		case f.Kind == ledger.Control:
			d.Control = as(w.Link(f.ID), ops)
		case f.Kind == ledger.Summary:
			d.Summary = as(w.Link(f.ID), director)
		}
	}
	for _, p := range dep.People {
		if f, ok := reports[p.ID]; ok {
			d.Reports = append(d.Reports, [2]string{p.Name, as(w.Link(f.ID), p.Email)})
		}
	}
	cal := dep.Calendar()
	d.BadDay = workday(cal, d.Today, -3)
	for _, p := range people {
		if p.late && cal.Kind(d.Today).Works() {
			d.Late = append(d.Late, p.name)
		}
	}
	return nil
}

// workday is the nth working day before (n < 0) the day.
func workday(cal calendar.Calendar, d calendar.Date, n int) calendar.Date {
	for n < 0 {
		d--
		if cal.Kind(d).Works() {
			n++
		}
	}
	return d
}

// fill types everything: people, their figures, and what is wrong.
func fill(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger, today calendar.Date) error {
	var rows []imports.Person
	for i, p := range people {
		rows = append(rows, imports.Person{Where: at(i), Name: p.name, Email: p.email, Role: p.role, Team: p.team, Cost: p.cost})
	}
	if _, err := w.ImportPeople(ctx, rows, worker.ImportOptions{}); err != nil {
		return err
	}
	if _, err := w.Sync(ctx, 0); err != nil { // roles are known, reports are made
		return err
	}
	dep, err := w.Department(ctx)
	if err != nil {
		return err
	}
	h := history{rng: rand.New(rand.NewPCG(2026, 11)), cal: dep.Calendar(), today: today, from: calendar.MonthOf(today).Prev().From, zone: dep.Settings.Zone}
	for _, p := range people {
		h.person(dep, p)
	}
	if _, err := w.ImportClients(ctx, h.clients, worker.ImportOptions{}); err != nil {
		return err
	}
	if _, err := w.ImportDeals(ctx, h.deals, worker.ImportOptions{}); err != nil {
		return err
	}
	if _, err := w.ImportEntries(ctx, h.entries, worker.ImportOptions{}); err != nil {
		return err
	}
	if _, err := w.ImportCalls(ctx, calls.Log{Source: calls.Mango, Lines: len(h.calls), Calls: h.calls}, nil, worker.ImportOptions{}); err != nil {
		return err
	}
	if err := breakCell(ctx, g, l, dep, workday(h.cal, today, -3)); err != nil {
		return err
	}
	return configure(ctx, w, g, l)
}

func at(i int) imports.Where { return imports.Where{File: "demo", Line: i + 2} }

// history makes figures that look like two months of work.
type history struct {
	rng         *rand.Rand
	cal         calendar.Calendar
	from, today calendar.Date
	entries     []imports.Entry
	deals       []imports.Deal
	clients     []imports.Client
	calls       []calls.Call
	zone        *time.Location
}

// days are the person's reported working days.
func (h *history) days(p person) []calendar.Date {
	var out []calendar.Date
	for d := h.from; d <= h.today; d++ {
		if h.cal.Kind(d).Works() && !(p.late && d == h.today) {
			out = append(out, d)
		}
	}
	return out
}

func (h *history) person(dep *department.Department, p person) {
	role, ok := dep.Role(p.role)
	if !ok {
		return // ops' templates have no such role: the demo does without
	}
	daily := func(key string, usual float64) float64 {
		if k, ok := role.KPI(key); ok && k.Plan.OK && k.PlanFor == calendar.Month {
			usual = k.Plan.V / 21
		}
		return usual * p.skill
	}
	switch p.role {
	case "sales-rep":
		deals, revenue := daily("deals", 1), daily("revenue", 45000)
		for _, d := range h.days(p) {
			n := h.around(deals)
			h.entry(p, d, "deals", n)
			sum := 0.0
			for range int(n) {
				sum += h.money(p.close * revenue / max(deals, 1e-9))
			}
			h.entry(p, d, "revenue", sum)
		}
	case "cold-caller", "telephony-caller":
		calls := daily("calls", 90)
		for _, d := range h.days(p) {
			n := math.Round(calls * (0.8 + 0.4*h.rng.Float64()))
			talks := math.Round(n * (0.34 + 0.12*h.rng.Float64()))
			length := math.Round(talks * (140 + 70*h.rng.Float64()))
			logged := 1.0
			if p.role == "cold-caller" {
				h.entry(p, d, "calls", n)
				h.entry(p, d, "talks", talks)
				h.entry(p, d, "talk_time", length)
				if p.name == boaster && d%3 == 0 {
					logged = 0.8
				}
			}
			h.log(p, d, int(math.Round(n*logged)), int(math.Round(talks*logged)), length*logged)
			h.entry(p, d, "leads", h.around(talks*0.1*p.close))
		}
	case "sales-rep-deals":
		deals, revenue := daily("deals", 1), daily("revenue", 45000)
		for _, d := range h.days(p) {
			for range int(h.around(deals)) {
				h.deal(p, d, h.company(24), h.invoice(p.close*revenue/max(deals, 1e-9)))
			}
		}
	case "account-manager":
		for i := range 14 {
			h.clients = append(h.clients, imports.Client{Where: at(len(h.clients)), Manager: p.name, Client: companies[i], HandedOver: h.from.Add(-160 + 12*i)})
		}
		h.clients = append(h.clients, imports.Client{Where: at(len(h.clients)), Manager: p.name, Client: companies[14], HandedOver: h.today.Add(-5)})
		each := daily("repeat_sum", 50000)
		for d := h.from.Add(-100); d <= h.today; d++ { // history before the two months makes repeat deals
			if !h.cal.Kind(d).Works() || h.rng.Float64() >= 0.8 {
				continue
			}
			if i := h.rng.IntN(14); d <= h.today.Add(-asleep[i]) {
				h.deal(p, d, companies[i], h.money(each))
			}
		}
	}
}

// asleep are the days for which some of the account manager's clients have bought
// nothing: two are lost, three at risk.
var asleep = map[int]int{2: 97, 5: 41, 7: 112, 9: 35, 11: 52}

// boaster types more calls than the telephony knows of.
const boaster = "Волков Артём"

// log makes a day's calls: n of them, of which the first are talks that take
// length seconds together.
func (h *history) log(p person, d calendar.Date, n, talks int, length float64) {
	start := time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, h.zone)
	for i := range n {
		c := calls.Call{
			ID: fmt.Sprintf("%s/%s/%d", p.email, d, i), Source: calls.Mango, Started: start.Add(time.Duration(i) * 4 * time.Minute),
			Operator: calls.Operator{Name: p.name}, Direction: calls.Outgoing, Answer: calls.Missed, Talk: kpi.Some(0),
		}
		if i < talks {
			c.Answer, c.Talk = calls.Answered, kpi.Some(length/float64(talks))
		}
		h.calls = append(h.calls, c)
	}
}

func (h *history) entry(p person, d calendar.Date, key string, v float64) {
	h.entries = append(h.entries, imports.Entry{Where: at(len(h.entries)), Date: d, Manager: p.name, KPI: key, Value: fmt.Sprint(v)})
}

func (h *history) deal(p person, d calendar.Date, client string, sum float64) {
	h.deals = append(h.deals, imports.Deal{Where: at(len(h.deals)), Date: d, Manager: p.name, Client: client, Amount: sum})
}

// around is a whole number that is v on the average.
func (h *history) around(v float64) float64 {
	v *= 0.5 + h.rng.Float64()
	whole := math.Floor(v)
	if h.rng.Float64() < v-whole {
		whole++
	}
	return whole
}

// money is a sum around v, as invoices are: mostly less, now and then far more.
func (h *history) money(v float64) float64 {
	return math.Round(v*math.Exp(h.rng.NormFloat64()*0.35-0.06)/100) * 100
}

// invoice is a deal of v on the average: many small ones, now and then one that
// makes the month.
func (h *history) invoice(v float64) float64 {
	if h.rng.Float64() < 0.08 {
		return h.money(4.5 * v)
	}
	return h.money(0.7 * v)
}

// company is one of the first n.
func (h *history) company(n int) string { return companies[h.rng.IntN(min(n, len(companies)))] }

var companies = []string{
	"ООО «Ромашка»", "АО «Северсталь-Метиз»", "ИП Захаров", "ООО «Вектор»", "ТД «Купец»", "ООО «Альянс-Строй»",
	"ЗАО «Мебель Юга»", "ООО «Тёплый дом»", "ИП Гаврилова", "ООО «ПромСнаб»", "АО «Волга-Пак»", "ООО «Лидер»",
	"ООО «Сибирь-Лес»", "ТК «Маршрут»", "ООО «Офис Плюс»", "ИП Каримов", "ООО «Аквамарин»", "ООО «ТехноПарк»",
	"АО «Зерно»", "ООО «Фасад»", "ООО «Горизонт»", "ИП Титова", "ООО «Стройка века»", "ООО «Каскад»",
}

// breakCell types words where a number belongs.
func breakCell(ctx context.Context, g *google.Client, l *ledger.Ledger, dep *department.Department, day calendar.Date) error {
	files, err := l.Files(ctx)
	if err != nil {
		return err
	}
	for _, p := range dep.People {
		if p.Name != badPerson {
			continue
		}
		for _, f := range files {
			if f.Kind != ledger.Report || f.Person != p.ID {
				continue
			}
			state, err := workbook.UnmarshalState(f.State)
			if err != nil {
				return err
			}
			key := report.TabMonth + calendar.MonthOf(day).String()
			if _, row, col, ok := state.Cell(key, day.Serial(), report.ColKPI+badKPI); ok {
				if err := l.SetDirty(ctx, f.ID, true); err != nil {
					return err
				}
				return g.Apply(ctx, f.ID, workbook.SetCells([]workbook.CellAt{
					{Sheet: workbook.SheetID(key), Row: row, Col: col, Cell: workbook.Txt(badText, nil)},
				}))
			}
		}
	}
	return fmt.Errorf("no cell for %s on %s", badPerson, day)
}

// configure types into the control spreadsheet what ops would: who they and the
// director are, and a KPI with a mistake.
func configure(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger) error {
	files, err := l.Files(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(f ledger.File) bool { return f.Kind == ledger.Control && !f.Gone })
	if i < 0 {
		return worker.ErrNoControl
	}
	s, err := g.Spreadsheet(ctx, files[i].ID, control.Fields)
	if err != nil {
		return err
	}
	reqs, err := control.AddRow(s, control.TabKPIs, map[string]any{
		"role": w.Lang.T("Менеджер по продажам", "Sales representative"), "key": "upsell", "title": w.Lang.T("Допродажи", "Upsell"),
		"unit": w.Lang.T("ящики", "boxes"), "source": w.Lang.T("ввод", "manual"),
	}, w.Lang)
	if err != nil {
		return err
	}
	for key, value := range map[string]any{"directors": director, "ops": ops, "phone_cost": 5000.0, "reverse_plan": w.Lang.T("Специалист по холодным звонкам", "Cold caller")} {
		more, err := control.SetSetting(s, key, value, w.Lang)
		if err != nil {
			return err
		}
		reqs = append(reqs, more...)
	}
	if err := l.SetDirty(ctx, files[i].ID, true); err != nil {
		return err
	}
	return g.Apply(ctx, files[i].ID, reqs)
}

// Guide says what was started, who can open what, and what to try.
func (d Department) Guide() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("")
	p("open in a browser; each link is somebody's, with what that person may see and do:")
	p("")
	p("director  Сводка отдела продаж    %s", d.Summary)
	p("ops       Настройки отчётности    %s", d.Control)
	for _, r := range d.Reports {
		p("manager   %-22s  %s", r[0], r[1])
	}
	p("")
	if len(d.Late) > 0 {
		p("not reported today: %s; %s's cell of %s holds words instead of a number", strings.Join(d.Late, ", "), badPerson, d.BadDay)
	} else {
		p("%s is a day off: nobody has to report; %s's cell of %s holds words instead of a number", d.Today, badPerson, d.BadDay)
	}
	p("")
	p("what to try:")
	p("  1. as the director: who has not reported, what needs attention, then «Воронка» for the cause, «Месяц» and «Динамика»")
	p("  2. as %s: fill in today's row; the block on top reacts at once, the director's page in seconds", people[1].name)
	p("  3. the same in a narrow window, as on a phone: today is a form")
	p("  4. as ops: change a plan in «Роли и KPI», or mend the red cell there; «Проверка» says what is wrong")
	p("  5. in another terminal, in this folder: svodka show summary, svodka check, svodka export summary")
	p("")
	p("working; what is typed shows in the summary within seconds (Ctrl+C ends it)")
	return b.String()
}
