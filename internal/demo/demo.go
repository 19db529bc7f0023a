// Package demo makes a sample department to try the product on: eight people in all roles
// and one who left, a call log, two months of believable figures up to today, and what
// happens in real life: an illness, a newcomer, plans that change, a late report, edits
// of locked days.
//
// It types what people would type, in the ways that people and imports use, and leaves
// the rest to the worker.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
	"svodka/internal/worker"
)

// person is a member of the department, with a share of the usual result.
type person struct {
	name, email, role, team string
	skill                   float64 // share of the usual effort: calls made, deals closed
	close                   float64 // share of the usual yield: leads per conversation, size of deals
	cost                    float64 // roubles a month
	late                    bool    // has not reported today
}

// The people to whom something happens. The newcomer is hired on the first day of the
// figures.
const (
	newcomer = "Смирнова Ольга"
	leaver   = "Орлов Игорь"
	ill      = "Лебедев Павел"
	tardy    = "Кузнецов Дмитрий" // types a day's leads after its deadline
	excused  = "Иванова Анна"     // corrects a locked day that ops opened
	unasked  = "Соколова Мария"   // changes a locked day that nobody opened
	grower   = "Морозова Елена"   // has a plan of her own
	shifter  = "Волков Артём"     // works two days on and two off
)

var people = []person{
	{"Иванова Анна", "anna.ivanova@example.com", "sales-rep", "Север", 1.12, 1.05, 140_000, false},
	{"Петров Сергей", "sergey.petrov@example.com", "sales-rep", "Север", 0.92, 0.78, 120_000, true},
	{"Смирнова Ольга", "olga.smirnova@example.com", "sales-rep", "Юг", 0.95, 1, 120_000, false},
	{"Лебедев Павел", "pavel.lebedev@example.com", "sales-rep-deals", "Юг", 1.02, 1, 130_000, false},
	{"Кузнецов Дмитрий", "dmitry.kuznetsov@example.com", "telephony-caller", "Звонки", 1.06, 1.04, 90_000, false},
	{"Соколова Мария", "maria.sokolova@example.com", "cold-caller", "Звонки", 1.01, 0.7, 80_000, true},
	{"Волков Артём", "artem.volkov@example.com", "cold-caller", "Звонки", 0.71, 0.95, 70_000, false},
	{"Морозова Елена", "elena.morozova@example.com", "account-manager", "Клиенты", 1.0, 1, 110_000, false},
	{leaver, "igor.orlov@example.com", "sales-rep", "Юг", 0.6, 0.8, 120_000, false},
}

// The person with an unreadable cell, and its text.
const (
	badPerson = "Смирнова Ольга"
	badKPI    = "revenue"
	badText   = "сто тысяч"
)

// Department is a finished demo department.
type Department struct {
	Lang             words.Lang // of the spreadsheets
	Control, Summary string     // addresses
	Reports          [][2]string
	Today            calendar.Date
	DayOff           calendar.Date // the real day if the demo uses an earlier one; else zero
	Late             []string
	BadDay           calendar.Date
}

// graceDays are the days of grace in the built-in settings.
const graceDays = 3

// The two who work with everybody's figures.
const (
	director = "director@example.com"
	ops      = "ops@example.com"
)

// as returns the address of a spreadsheet as opened by a person.
func as(link, email string) string {
	file, place, at := strings.Cut(link, "#")
	if file += "?as=" + email; at {
		file += "#" + place
	}
	return file
}

// made marks a ledger as that of a demo.
const made = "demo"

// behind names the value with how many days the clock of a running demo is behind.
const behind = "demo.behind"

// Behind returns how many days before today the demo's day is: on a day off it uses the
// last working day, so that somebody has not reported.
func Behind(today calendar.Date) int {
	cal := calendar.Calendar{Country: calendar.Russia}
	day := today
	if !cal.Kind(day).Works() {
		day = workday(cal, day, -1)
	}
	return int(today - day)
}

// Stand stores how many days the running demo is behind; 0 if none runs.
func Stand(ctx context.Context, l *ledger.Ledger, days int) error {
	if was, err := Stands(ctx, l); err != nil || was == days {
		return err
	}
	return l.Set(ctx, behind, []byte(strconv.Itoa(days)))
}

// Stands returns how many days the demo that runs in this folder is behind.
func Stands(ctx context.Context, l *ledger.Ledger) (int, error) {
	text, err := l.Get(ctx, behind)
	if err != nil || text == nil {
		return 0, err
	}
	days, err := strconv.Atoi(string(text))
	if err != nil {
		return 0, fmt.Errorf("reading by how many days the demo is behind: %w", err)
	}
	return days, nil
}

// There reports whether the demo has been made already.
func There(ctx context.Context, l *ledger.Ledger) (bool, error) {
	mark, err := l.Get(ctx, made)
	return string(mark) == "done", err
}

// ErrNotDemo means that the folder holds a real department.
var ErrNotDemo = errors.New(
	"this folder holds a department already (set SVODKA_DATA_DIR to another folder for the demo)")

// Make makes the department as of now, or continues an existing one.
func Make(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger, now time.Time) (Department,
	error) {
	today := calendar.FromTime(now)
	mark, err := l.Get(ctx, made)
	if err != nil {
		return Department{}, err
	}
	if mark == nil {
		list, err := l.Files(ctx)
		if err != nil {
			return Department{}, err
		}
		if len(list) > 0 {
			return Department{}, ErrNotDemo
		}
		if err := l.Set(ctx, made, []byte("begun")); err != nil {
			return Department{}, err
		}
	}
	if _, err := w.Init(ctx, false); err != nil {
		return Department{}, err
	}
	if string(mark) != "done" {
		if err := fill(ctx, w, g, l, now); err != nil {
			return Department{}, err
		}
		if err := l.Set(ctx, made, []byte("done")); err != nil {
			return Department{}, err
		}
	}
	if _, err := w.Sync(ctx, 0); err != nil {
		return Department{}, err
	}
	d := Department{Lang: w.Lang, Today: today}
	return d, d.describe(ctx, w, l)
}

// describe collects what there is to show.
func (d *Department) describe(ctx context.Context, w *worker.Worker, l *ledger.Ledger) error {
	dep, err := w.Department(ctx)
	if err != nil {
		return err
	}
	list, err := l.Files(ctx)
	if err != nil {
		return err
	}
	links, err := w.Links(ctx, list, dep, d.Today)
	if err != nil {
		return err
	}
	reports := map[department.PersonID]files.File{}
	// Links lead to the current address, whose port may differ from before.
	for _, f := range list {
		switch {
		case f.Gone():
		case f.Kind == files.Report:
			reports[f.Person] = f
		case f.Kind == files.Control:
			d.Control = as(links[f.ID], ops)
		case f.Kind == files.Summary:
			d.Summary = as(links[f.ID], director)
		}
	}
	for _, p := range dep.People {
		if f, ok := reports[p.ID]; ok && p.Employed(d.Today) {
			d.Reports = append(d.Reports, [2]string{p.Name, as(links[f.ID], p.Email)})
		}
	}
	cal := dep.Calendar()
	d.BadDay = workday(cal, d.Today, -3)
	for _, p := range people {
		if p.late && cal.KindFor(scheduleOf(dep, p), d.Today).Works() {
			d.Late = append(d.Late, p.name)
		}
	}
	return nil
}

// scheduleOf returns the person's schedule, which ops may have changed.
func scheduleOf(dep *department.Department, p person) calendar.Schedule {
	i := slices.IndexFunc(dep.People, func(q department.Person) bool { return q.Name == p.name })
	if i < 0 {
		return nil
	}
	return dep.People[i].Schedule
}

// workday returns the nth working day before (n < 0) the day.
func workday(cal calendar.Calendar, d calendar.Date, n int) calendar.Date {
	for n < 0 {
		d--
		if cal.Kind(d).Works() {
			n++
		}
	}
	return d
}

// then returns the worker with its clock at another moment.
func then(w *worker.Worker, t time.Time) *worker.Worker {
	o := w.Options
	o.Now = func() time.Time { return t }
	o.Log = slog.New(slog.DiscardHandler) // its different clock is intended
	return worker.New(o)
}

// surelyLate is how long after a deadline the worker reads the reports: anything later is
// certainly late.
const surelyLate = 20 * time.Minute

// fill types everything: people, their figures, and what is wrong. It works at three
// moments, so that a day is locked and a report is late as in real life: on the first
// morning the spreadsheets are made, after the last deadline the worker reads what came
// in, and what is typed now came after that.
func fill(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger, now time.Time) error {
	h := newHistory(now)
	// A few days into the month, so that nobody gets an empty tab of the month before.
	first := then(w, time.Date(h.from.Year(), h.from.Month(), h.from.Day()+graceDays, 8, 0, 0, 0, h.zone))
	if err := h.hire(ctx, first); err != nil {
		return err
	}
	dep, err := w.Department(ctx)
	if err != nil {
		return err
	}
	evening := then(w, h.follow(dep, now))
	if err := configure(ctx, w, g, l, dep, h); err != nil {
		return err
	}
	if _, err := first.Sweep(ctx); err != nil { // days are locked only after the first reading
		return err
	}
	for _, p := range people {
		h.person(dep, p)
	}
	known, fresh := h.split()
	if err := known.load(ctx, first); err != nil {
		return err
	}
	if err := typeCells(ctx, g, l, dep,
		[]cell{{badPerson, badKPI, workday(h.cal, h.today, -3), workbook.Txt(badText, nil)}}); err != nil {
		return err
	}
	if _, err := evening.Sync(ctx, 0); err != nil {
		return err
	}
	if err := fresh.load(ctx, w); err != nil {
		return err
	}
	cells, err := h.typedLate()
	if err != nil {
		return err
	}
	return typeCells(ctx, g, l, dep, cells)
}

// newHistory returns an empty history of this month and the last.
func newHistory(now time.Time) *history {
	today := calendar.FromTime(now)
	h := &history{rng: rand.New(rand.NewPCG(2026, 11)), today: today, from: calendar.MonthOf(today).Prev().From,
		zone: now.Location()}
	h.left = max(h.from.Add(20), calendar.MonthOf(today).From.Add(5))
	if h.left >= today.Add(-1) {
		h.left = calendar.MonthOf(today).Prev().To.Add(-1)
	}
	return h
}

// hire adds the people and makes their reports.
func (h *history) hire(ctx context.Context, w *worker.Worker) error {
	var rows []imports.Person
	for i, p := range people {
		row := imports.Person{Where: at(i), Name: p.name, Email: p.email, Role: p.role, Team: p.team, Cost: p.cost}
		switch p.name {
		case newcomer:
			row.Hired = h.from
		case leaver:
			row.Left = h.left
		case shifter:
			row.Schedule = calendar.Schedule{{On: 2, Rest: 2, Start: h.from}}.Text(words.RU)
		}
		rows = append(rows, row)
	}
	im, err := w.Imports(ctx)
	if err != nil {
		return err
	}
	if _, err := im.People(ctx, rows, importing.Options{}); err != nil {
		return err
	}
	_, err = w.Sync(ctx, 0) // roles are known, reports are made
	return err
}

// follow sets the days of the history from the department's calendar and settings, and
// returns the moment of the last evening's reading.
func (h *history) follow(dep *department.Department, now time.Time) time.Time {
	h.zone, h.cal = dep.Settings.Zone, dep.Calendar()
	h.seen = workday(h.cal, h.today, -1)
	read := func(d calendar.Date) time.Time {
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, h.zone).Add(dep.Settings.Deadline + surelyLate)
	}
	if h.cal.Kind(h.today).Works() && now.After(read(h.today)) {
		h.seen = h.today
	}
	// In a week that was closed by then as well.
	h.locked = workday(h.cal, calendar.PeriodOf(calendar.Week, h.seen.Add(-dep.Settings.GraceDays)).From, -1)
	h.away = calendar.Span{From: workday(h.cal, h.seen, -8), To: workday(h.cal, h.seen, -6)}
	return read(h.seen)
}

// typedLate returns the figures that somebody types late: the late report, and
// corrections of a locked day.
func (h *history) typedLate() ([]cell, error) {
	var cells []cell
	for _, e := range h.entries {
		var v float64
		if _, err := fmt.Sscan(e.Value, &v); err != nil {
			return nil, fmt.Errorf("figure %q of %s: %w", e.Value, e.Manager, err)
		}
		switch {
		case e.Manager == tardy && e.Date == h.seen:
		case e.Manager == excused && e.KPI == "revenue" && e.Date == h.locked:
			v += 60_000
		case e.Manager == unasked && e.KPI == "leads" && e.Date == h.locked:
			v += 12
		default:
			continue
		}
		cells = append(cells, cell{e.Manager, e.KPI, e.Date, workbook.N(v, nil)})
	}
	return cells, nil
}

// load imports the figures.
func (h *history) load(ctx context.Context, w *worker.Worker) error {
	im, err := w.Imports(ctx)
	if err != nil {
		return err
	}
	var o importing.Options
	if len(h.clients) > 0 {
		if _, err := im.Clients(ctx, h.clients, o); err != nil {
			return err
		}
	}
	if len(h.deals) > 0 {
		if _, err := im.Deals(ctx, h.deals, o); err != nil {
			return err
		}
	}
	if len(h.entries) > 0 {
		if _, err := im.Entries(ctx, h.entries, o); err != nil {
			return err
		}
	}
	if len(h.calls) > 0 {
		if _, err := im.CallLog(ctx, calls.Log{Source: calls.Mango, Lines: len(h.calls), Calls: h.calls}, nil,
			o); err != nil {
			return err
		}
	}
	return nil
}

// split separates what was there at the last deadline from what came after it. It leaves
// out what the tardy person types.
func (h *history) split() (known, fresh history) {
	known.clients = h.clients
	side := func(d calendar.Date) *history {
		if d > h.seen {
			return &fresh
		}
		return &known
	}
	for _, e := range h.entries {
		if e.Manager == tardy && e.Date == h.seen {
			continue
		}
		s := side(e.Date)
		s.entries = append(s.entries, e)
	}
	for _, d := range h.deals {
		s := side(d.Date)
		s.deals = append(s.deals, d)
	}
	for _, c := range h.calls {
		s := side(calendar.FromTime(c.Started.In(h.zone)))
		s.calls = append(s.calls, c)
	}
	return known, fresh
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

	seen   calendar.Date // last working day whose deadline has passed
	locked calendar.Date // last working day of the last week that was closed then
	left   calendar.Date // the leaver's last day
	away   calendar.Span // of the ill person
}

// days returns the working days for which the person has reported.
func (h *history) days(dep *department.Department, p person) []calendar.Date {
	of := scheduleOf(dep, p)
	var out []calendar.Date
	for d := h.from; d <= h.today; d++ {
		off := p.late && d == h.today || p.name == leaver && d > h.left || p.name == ill && h.away.Has(d)
		if h.cal.KindFor(of, d).Works() && !off {
			out = append(out, d)
		}
	}
	return out
}

func (h *history) person(dep *department.Department, p person) {
	role, ok := dep.Role(p.role)
	if !ok {
		return // ops' templates lack the role: the demo does without
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
		for _, d := range h.days(dep, p) {
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
		for _, d := range h.days(dep, p) {
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
		for _, d := range h.days(dep, p) {
			for range int(h.around(deals)) {
				h.deal(p, d, h.company(24), h.invoice(p.close*revenue/max(deals, 1e-9)))
			}
		}
	case "account-manager":
		for i := range 14 {
			h.clients = append(h.clients, imports.Client{Where: at(len(h.clients)), Manager: p.name,
				Client: companies[i], HandedOver: h.from.Add(-160 + 12*i)})
		}
		h.clients = append(h.clients, imports.Client{Where: at(len(h.clients)), Manager: p.name, Client: companies[14],
			HandedOver: h.today.Add(-5)})
		each := daily("repeat_sum", 50000)
		// deals before the two months make later ones repeat deals
		for d := calendar.MonthOf(h.from.Add(-100)).From; d <= h.today; d++ {
			if !h.cal.KindFor(scheduleOf(dep, p), d).Works() || h.rng.Float64() >= 0.8 {
				continue
			}
			if i := h.rng.IntN(14); d <= h.today.Add(-asleep[i]) {
				h.deal(p, d, companies[i], h.money(each))
			}
		}
	}
}

// asleep maps some of the account manager's clients to the days since their last deal:
// two are lost, three at risk.
var asleep = map[int]int{2: 97, 5: 41, 7: 112, 9: 35, 11: 52}

// boaster types more calls than the telephony has.
const boaster = "Волков Артём"

// log makes a day's calls: n of them; the first ones are talks that take length seconds
// together.
func (h *history) log(p person, d calendar.Date, n, talks int, length float64) {
	start := time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, h.zone)
	for i := range n {
		c := calls.Call{
			ID: fmt.Sprintf("%s/%s/%d", p.email, d, i), Source: calls.Mango,
			Started:  start.Add(time.Duration(i) * 4 * time.Minute),
			Operator: calls.Operator{Name: p.name}, Direction: calls.Outgoing, Answer: calls.Missed, Talk: kpi.Some(0),
		}
		if i < talks {
			c.Answer, c.Talk = calls.Answered, kpi.Some(length/float64(talks))
		}
		h.calls = append(h.calls, c)
	}
}

func (h *history) entry(p person, d calendar.Date, key string, v float64) {
	h.entries = append(h.entries, imports.Entry{Where: at(len(h.entries)), Date: d, Manager: p.name, KPI: key,
		Value: fmt.Sprint(v)})
}

func (h *history) deal(p person, d calendar.Date, client string, sum float64) {
	h.deals = append(h.deals, imports.Deal{Where: at(len(h.deals)), Date: d, Manager: p.name, Client: client,
		Amount: sum})
}

// around returns a whole number that is v on average.
func (h *history) around(v float64) float64 {
	v *= 0.5 + h.rng.Float64()
	whole := math.Floor(v)
	if h.rng.Float64() < v-whole {
		whole++
	}
	return whole
}

// money returns a sum around v, like invoices: mostly less, now and then far more.
func (h *history) money(v float64) float64 {
	return math.Round(v*math.Exp(h.rng.NormFloat64()*0.35-0.06)/100) * 100
}

// invoice returns a deal that is v on average: many small ones, now and then one that
// makes the month.
func (h *history) invoice(v float64) float64 {
	if h.rng.Float64() < 0.08 {
		return h.money(4.5 * v)
	}
	return h.money(0.7 * v)
}

// company returns one of the first n companies.
func (h *history) company(n int) string { return companies[h.rng.IntN(min(n, len(companies)))] }

var companies = []string{
	"ООО «Ромашка»", "АО «Северсталь-Метиз»", "ИП Захаров", "ООО «Вектор»", "ТД «Купец»", "ООО «Альянс-Строй»",
	"ЗАО «Мебель Юга»", "ООО «Тёплый дом»", "ИП Гаврилова", "ООО «ПромСнаб»", "АО «Волга-Пак»", "ООО «Лидер»",
	"ООО «Сибирь-Лес»", "ТК «Маршрут»", "ООО «Офис Плюс»", "ИП Каримов", "ООО «Аквамарин»", "ООО «ТехноПарк»",
	"АО «Зерно»", "ООО «Фасад»", "ООО «Горизонт»", "ИП Титова", "ООО «Стройка века»", "ООО «Каскад»",
}

// cell is what somebody types for a day.
type cell struct {
	person, kpi string
	day         calendar.Date
	cell        workbook.Cell
}

// typeCells types into people's spreadsheets as they would themselves.
func typeCells(ctx context.Context, g *google.Client, l *ledger.Ledger, dep *department.Department,
	cells []cell) error {
	list, err := l.Files(ctx)
	if err != nil {
		return err
	}
	for _, c := range cells {
		p := slices.IndexFunc(dep.People, func(p department.Person) bool { return p.Name == c.person })
		if p < 0 {
			return fmt.Errorf("no %s among the people", c.person)
		}
		f := slices.IndexFunc(list, func(f files.File) bool {
			return f.Kind == files.Report && f.Person == dep.People[p].ID
		})
		if f < 0 {
			return fmt.Errorf("no spreadsheet of %s", c.person)
		}
		layout, _ := list[f].Layout()
		state, err := workbook.UnmarshalState(layout)
		if err != nil {
			return err
		}
		key := report.TabMonth + calendar.MonthOf(c.day).String()
		_, row, col, ok := state.Cell(key, c.day.Serial(), report.ColKPI+c.kpi)
		if !ok {
			return fmt.Errorf("no cell of %s for %s on %s", c.kpi, c.person, c.day)
		}
		if err := l.ChangeFile(ctx, list[f].ID, (*files.File).Reread); err != nil {
			return err
		}
		err = g.Apply(ctx, list[f].ID,
			workbook.SetCells([]workbook.CellAt{{Sheet: workbook.SheetID(key), Row: row, Col: col, Cell: c.cell}}))
		if err != nil {
			return err
		}
	}
	return nil
}

// title returns a KPI's title, or its key if ops' templates lack the KPI.
func title(dep *department.Department, role, key string) string {
	if r, ok := dep.Role(role); ok {
		if k, ok := r.KPI(key); ok {
			return k.Title
		}
	}
	return key
}

// configure types into the control spreadsheet what ops would: the e-mails of ops and the
// director, plans, days off, absences, a day opened to somebody, and a KPI with a
// mistake.
func configure(ctx context.Context, w *worker.Worker, g *google.Client, l *ledger.Ledger, dep *department.Department,
	h *history) error {
	list, err := l.Files(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Kind == files.Control && !f.Gone() })
	if i < 0 {
		return worker.ErrNoControl
	}
	t := w.Lang.T
	month := calendar.MonthOf(h.today)
	type row struct {
		tab    string
		values map[string]any
	}
	rows := []row{
		{control.TabKPIs, map[string]any{"role": t("Менеджер по продажам", "Sales representative"), "key": "upsell",
			"title": t("Допродажи", "Upsell"),
			"unit":  t("ящики", "boxes"), "source": t("ввод", "typed")}},
		{control.TabPlans, map[string]any{"from": month.From.Serial(), "person": grower,
			"kpi": title(dep, "account-manager", "repeat_sum"), "plan": 900_000.0, "period": t("месяц", "month")}},
		{control.TabCalendar, map[string]any{"date": month.To.Add(8).Serial(), "kind": t("выходной", "day off"),
			"comment": t("День рождения компании", "The company's birthday")}},
		{control.TabAbsences, map[string]any{"person": ill, "from": h.away.From.Serial(), "to": h.away.To.Serial(),
			"kind": terms.AbsenceWord(department.Sick, w.Lang)}},
		{control.TabUnlocks, map[string]any{"person": excused, "from": h.locked.Serial(), "to": h.locked.Serial(),
			"until":   h.today.Add(3).Serial(),
			"comment": t("Клиент оплатил позже", "The client paid later")}},
	}
	more := []row{
		{control.TabPlans, map[string]any{"from": month.From.Add(14).Serial(), "team": "Юг",
			"kpi": title(dep, "sales-rep", "deals"), "plan": 19.0, "period": t("месяц", "month")}},
		{control.TabAbsences, map[string]any{"person": excused, "from": month.To.Add(4).Serial(),
			"to": month.To.Add(17).Serial(), "kind": terms.AbsenceWord(department.Vacation, w.Lang)}},
	}
	if err := l.ChangeFile(ctx, list[i].ID, (*files.File).Reread); err != nil {
		return err
	}
	// Type two rows of one tab one after the other, each below the last.
	for n, rows := range [][]row{rows, more} {
		s, err := g.Spreadsheet(ctx, list[i].ID, control.Fields)
		if err != nil {
			return err
		}
		var reqs []*sheets.Request
		for _, r := range rows {
			add, err := control.AddRow(s, r.tab, r.values, w.Lang)
			if err != nil {
				return err
			}
			reqs = append(reqs, add...)
		}
		if n == 0 {
			for key, value := range map[string]any{"directors": director, "ops": ops, "phone_cost": 5000.0,
				"ramp": "60%; 80%", "reverse_plan": t("Специалист по холодным звонкам", "Cold caller")} {
				set, err := control.SetSetting(s, key, value, w.Lang)
				if err != nil {
					return err
				}
				reqs = append(reqs, set...)
			}
		}
		if err := g.Apply(ctx, list[i].ID, reqs); err != nil {
			return err
		}
	}
	return nil
}

// Guide says what was started, who can open what, and what to try.
func (d Department) Guide() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("")
	p("open in a browser; each link is somebody's, with what that person may see and do:")
	p("")
	t := d.Lang.T
	p("director  %-24s%s", t("Сводка отдела продаж", "Sales department summary"), d.Summary)
	p("ops       %-24s%s", t("Настройки отчётности", "Report settings"), d.Control)
	for _, r := range d.Reports {
		p("manager   %-22s  %s", r[0], r[1])
	}
	p("")
	if d.DayOff != 0 {
		p("%s is a day off: the demo stands on the last working day, %s", d.DayOff, d.Today)
	}
	if len(d.Late) > 0 {
		p("not reported today: %s; %s's cell of %s holds words instead of a number", strings.Join(d.Late, ", "),
			badPerson, d.BadDay)
	} else {
		p("%s is a day off: nobody has to report; %s's cell of %s holds words instead of a number", d.Today, badPerson,
			d.BadDay)
	}
	p("")
	p("what to try:")
	p("  1. as the director: who has not reported, what needs attention, then %s for the cause, %s and %s",
		t("«Воронка»", "“Funnel”"), t("«Месяц»", "“Month”"), t("«Динамика»", "“Dynamics”"))
	p("  2. as %s: fill in today's row; the block on top reacts at once, the director's page in seconds",
		people[1].name)
	p("  3. the same in a narrow window, as on a phone: today is a form")
	p("  4. as ops: change a plan in %s, or mend the red cell there; %s says what is wrong",
		t("«Роли и KPI»", "“Roles and KPIs”"), t("«Проверка»", "“Checks”"))
	p("  5. in another terminal, in this folder: svodka show summary, svodka check, svodka export summary")
	p("")
	p("working; what is typed shows in the summary within seconds (Ctrl+C ends it)")
	return b.String()
}
