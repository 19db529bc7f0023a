package worker_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/summary"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/worker"
	templates "svodka/sheets-templates"
)

// What people type into cells of a unit, as texts that a spreadsheet parses: mostly plain
// figures, and everything else that was ever seen.
var spellings = map[kpi.Unit][]string{
	kpi.Count: {"0", "1", "7", "12", "40", "12", "25", "3", "501", "-3", "12 звонков", "1О", "2 тыс.", "1.234", "1,234",
		"80,5", "80.5", "12%",
		"'12", "'7,0", "'12,5", "болел", "-", "12 или 15", "1:30", "TRUE", "=3*4", "=1/0", `=""`, "  ", "12.5", "1-2",
		"12.05.2026", "46154", "~5", "5 ₽"},
	kpi.Money: {"0", "45000", "12000", "700", "1234,5", "1234.5", "99,99", "50 т.р.", "50 тыс", "1,5 млн", "45.000",
		"45,000", "12.5", "5.5", "31.12", "1-2", "46154", "'46154",
		"300000000", "1 234,50 ₽", "₽500", "500р", "-500", "-1 500 ₽", "сколько?", "10+5", "=1000/3", "=0,1+0,2",
		"1:30", "12%", "=NA()", "'45000"},
	kpi.Duration: {"1:30", "0:45", "2:00", "0:15:30", "0", "90", "1,5", "45:00", "24:00", "1 ч 30 мин", "90 мин",
		"1.30", "=1/7", "=1/3", "долго", "-1:30", "'1:15", "12.5"},
	kpi.Percent: {"25%", "0,25", "0.25", "25", "150%", "0", "12,5%", "12.5", "-5%", "треть", "'30%", "'0,4", "=1/3",
		"1-2"},
}

// whims returns the roles of the test's people: with all units, formulas of them, more is
// better and less is better, and lists of deals.
func whims() []templates.Role {
	both := func(s string) templates.Text { return templates.Text{RU: s, EN: s} }
	typed := templates.Role{Key: "whim", Title: both("Whim"), KPIs: []templates.KPI{
		{Key: "calls", Title: both("Calls"), Unit: "count", Plan: "400", Required: true, Max: "500"},
		{Key: "leads", Title: both("Leads"), Unit: "count", Plan: "3", Period: "day", Min: "1"},
		{Key: "halves", Title: both("Halves"), Unit: "fraction", Plan: "60", Period: "week"},
		{Key: "revenue", Title: both("Revenue"), Unit: "money", Plan: "1000000", Required: true, Max: "100000000"},
		{Key: "talk", Title: both("Talk"), Unit: "duration", Plan: "38:00:00", Max: "8:00:00"},
		{Key: "share", Title: both("Share"), Unit: "percent", Plan: "30%"},
		{Key: "faults", Title: both("Faults"), Unit: "count", Plan: "20", Direction: "lower"},
		{Key: "check", Title: both("Check"), Unit: "money", Source: "formula", Formula: "revenue / calls",
			Plan: "5000"},
		{Key: "mean_talk", Title: both("Mean talk"), Unit: "duration", Source: "formula", Formula: "talk / calls",
			Plan: "0:05:00", Direction: "lower"},
		{Key: "rate", Title: both("Rate"), Unit: "percent", Source: "formula", Formula: "leads / calls", Plan: "10%"},
		{Key: "all", Title: both("All"), Unit: "count", Source: "formula", Formula: "calls + leads * 2", Plan: "500"},
		{Key: "deals", Title: both("Deals"), Unit: "count", Plan: "30"},
	}}
	deals := templates.Role{Key: "keeper", Title: both("Keeper"), KPIs: []templates.KPI{
		{Key: "repeats", Title: both("Repeats"), Unit: "count", Source: "clients", Formula: "repeat_count", Plan: "10"},
		{Key: "kept", Title: both("Kept"), Unit: "percent", Source: "clients", Formula: "kept_clients / start_clients",
			Plan: "50%"},
		{Key: "deals", Title: both("Deals"), Unit: "count", Source: "deals", Formula: "count", Plan: "20"},
		{Key: "sum", Title: both("Sum"), Unit: "money", Source: "deals", Formula: "sum", Plan: "1000000"},
		{Key: "mean", Title: both("Mean deal"), Unit: "money", Source: "formula", Formula: "sum / deals",
			Plan: "50000"},
		// KPIs of both roles: typed in both, computed in another way, and typed in one
		// but from the list of deals in the other.
		{Key: "calls", Title: both("Calls"), Unit: "count", Plan: "150", Max: "500"},
		{Key: "rate", Title: both("Rate"), Unit: "percent", Source: "formula", Formula: "deals / calls", Plan: "5%"},
	}}
	return []templates.Role{typed, deals}
}

// TestBlockIsExport: after a sync the block on top of a manager's month shows what the
// export says, whatever people type, sort, delete and edit, and ops change meanwhile:
// schedules, plans, dates of employment, absences and roles. Each department has a person
// of each role. Set BLOCK_SEEDS for more than a few of them.
func TestBlockIsExport(t *testing.T) {
	t.Parallel()
	seeds, from := 4, 0
	if n, err := strconv.Atoi(os.Getenv("BLOCK_SEEDS")); err == nil {
		seeds = n
	}
	if n, err := strconv.Atoi(os.Getenv("BLOCK_FROM")); err == nil {
		from = n
	}
	copies := map[words.Lang]func(testing.TB, ...func(*office)) *office{}
	langs := []words.Lang{words.RU, words.EN}
	in := func(lang words.Lang) func(*office) {
		return func(o *office) {
			o.options = func(w *worker.Options) { w.Lang, w.Templates = lang, whims() }
			o.clock.set("2026-05-04", 9, 0)
		}
	}
	for _, lang := range langs {
		copies[lang] = staged(t, func(o *office) {
			in(lang)(o)
			o.restart(false)
			o.init().hire(1, "whim").hire(1, "keeper")
			o.settle()
			o.open()
			o.settle()
		})
	}
	for seed := from; seed < from+seeds; seed++ {
		lang := langs[seed%2]
		t.Run(fmt.Sprintf("%d %s", seed, lang), func(t *testing.T) {
			t.Parallel()
			w := whim{o: copies[lang](t, in(lang)), rng: rand.New(rand.NewPCG(uint64(seed), 9)), lang: lang,
				roles: []string{"whim", "keeper"}, grids: map[string]grid{}, pending: map[int][]*sheets.ValueRange{}}
			for i := range w.o.people {
				w.files = append(w.files, w.o.report(i))
			}
			w.run()
		})
	}
}

// whim types at random.
type whim struct {
	o     *office
	rng   *rand.Rand
	lang  words.Lang
	trace []string

	files   []string                     // of reports
	roles   []string                     // of people, at present
	grids   map[string]grid              // as last looked at
	pending map[int][]*sheets.ValueRange // typed by each person, but not sent
}

// grid returns a tab of a person's report, as it was when something last moved.
func (w *whim) grid(person int, key string) grid {
	name := fmt.Sprint(person, key)
	g, ok := w.grids[name]
	if !ok {
		// The block with all columns, and the dates: a whole tab takes most of a test.
		title := map[string]string{"month:2026-05": w.lang.T("Май 2026", "May 2026"),
			"deals": w.lang.T("Сделки", "Deals")}[key]
		ranges := []string{"'" + title + "'!1:14"}
		if key != "deals" {
			ranges = append(ranges, "'"+title+"'!A15:A60")
		}
		g = w.o.part(w.files[person], key, ranges...)
		w.grids[name] = g
	}
	return g
}

// put types a value into a cell, when flush is called.
func (w *whim) put(person int, at string, values ...any) {
	w.pending[person] = append(w.pending[person], &sheets.ValueRange{Range: at, Values: [][]any{values}})
}

func (w *whim) flush() {
	for person, data := range w.pending {
		// As the owner: a person cannot type into days outside their own, but their dates
		// may be corrected after they have.
		_, err := w.o.as("").Spreadsheets.Values.BatchUpdate(w.files[person],
			&sheets.BatchUpdateValuesRequest{Data: data, ValueInputOption: "USER_ENTERED"}).Do()
		w.o.must(err)
	}
	clear(w.pending)
}

func (w *whim) pick(list []string) string { return list[w.rng.IntN(len(list))] }

// run goes through some days of May, and compares after each sync.
func (w *whim) run() {
	defer func() {
		if w.o.t.Failed() {
			for _, line := range w.trace {
				w.o.t.Log(line)
			}
		}
	}()
	days := []string{"2026-05-04", "2026-05-08", "2026-05-14", "2026-05-18", "2026-05-29", "2026-06-01", "2026-06-02",
		"2026-06-09", "2026-06-11"}
	for i := w.rng.IntN(5); i < len(days) && !w.o.t.Failed(); i += 1 + w.rng.IntN(4) {
		day := days[i]
		w.note("on %s", day)
		w.o.clock.set(day, []int{10, 18, 20}[w.rng.IntN(3)], 0)
		for range w.rng.IntN(3) {
			w.rule(day)
		}
		for range 10 + w.rng.IntN(60) {
			w.act(day)
		}
		w.flush()
		w.o.settle()
		clear(w.grids)
		w.compare(day)
	}
}

func (w *whim) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// act does something that people do, mostly on days up to a few ahead.
func (w *whim) act(today string) {
	person := w.rng.IntN(2)
	now := date(today)
	day := calendar.Of(2026, 5, 1).Add(w.rng.IntN(min(31, int(now-calendar.Of(2026, 5, 1))+4))).String()
	switch {
	case w.rng.IntN(40) == 0:
		w.spoil(person, day)
	case w.roles[person] == "whim" || w.rng.IntN(4) == 0:
		typed := slices.DeleteFunc(w.role(person).KPIs, func(k templates.KPI) bool { return k.Source != "" })
		k := typed[w.rng.IntN(len(typed))]
		unit, _ := kpi.ParseUnit(k.Unit)
		text := w.pick(spellings[unit])
		if w.rng.IntN(12) == 0 {
			text = ""
		}
		w.note("%d types %q into %s of %s", person, text, k.Key, day)
		g := w.grid(person, "month:2026-05")
		if row := g.row("date", date(day)); row >= 0 {
			w.put(person, g.at(row, "kpi:"+k.Key), text)
		}
	default:
		w.deal(person, day)
	}
}

// rule changes something in the control spreadsheet, as ops do.
func (w *whim) rule(today string) {
	person := w.rng.IntN(2)
	name := w.o.people[person].Name
	set := func(column string, v any) {
		w.note("ops set %s of %d to %v", column, person, v)
		w.o.config("people", "name="+name, column, v)
	}
	may := func(from, to int) float64 { return calendar.Of(2026, 5, from+w.rng.IntN(to-from+1)).Serial() }
	switch w.rng.IntN(6) {
	case 0, 1:
		set("schedule", w.pick([]string{"6/1", "2/2 с 01.05.2026", "пн ср пт", "5/2 0,5", "5/2; 2/2 с 12.05.2026",
			"3/3 с 02.05.2026 0,75", ""}))
	case 2:
		set("hired", may(2, 20))
	case 3:
		set("left", may(12, 31))
	case 4:
		k := whims()[w.rng.IntN(2)]
		kpi := k.KPIs[w.rng.IntN(len(k.KPIs))]
		row := map[string]any{"from": may(1, 31), "kpi": kpi.Key, "plan": []any{0.0, 15.0, 0.4, 777.0}[w.rng.IntN(4)],
			"role": k.Title.RU}
		if w.rng.IntN(2) == 0 {
			delete(row, "role")
			row["person"] = name
		}
		if w.rng.IntN(3) == 0 {
			row["period"] = w.pick([]string{"день", "неделя", "месяц"})
		}
		w.note("ops plan %v", row)
		w.o.adds("plans", row)
	default:
		if w.rng.IntN(2) == 0 {
			row := map[string]any{"person": name, "from": may(1, 12), "to": may(12, 31), "kind": w.pick([]string{
				"отпуск", "больничный", "обучение"})}
			w.note("ops enter %v", row)
			w.o.adds("absences", row)
			return
		}
		if date(today) > calendar.Of(2026, 5, 31) {
			return
		}
		role := map[string]string{"whim": "keeper", "keeper": "whim"}[w.roles[person]]
		set("role", map[string]string{"whim": "Whim", "keeper": "Keeper"}[role])
		w.o.settle()
		w.roles[person] = role
		clear(w.grids)
	}
}

// deal types, edits or deletes a row of a list of deals.
func (w *whim) deal(person int, day string) {
	row := 2 + w.rng.IntN(14)
	d := date(day).Time()
	when := w.pick([]string{day, d.Format("02.01.2006"), d.Format("2006-01-02"), d.Format("02.01.2006"),
		"'" + d.Format("02.01.2006"), "'" + d.Format("2.1.06") + " г.", "вчера", "", "99.99.2026", day + " 12:00"})
	client := w.pick([]string{"ООО «Вектор»", "ооо  «вектор»", "ИП Титов", "Ромашка", "", "*", "'5"})
	amount := w.pick(spellings[kpi.Money])
	switch w.rng.IntN(8) {
	case 0:
		when, client, amount = "", "", ""
	case 1:
		w.note("%d corrects the amount of deal %d to %q", person, row, amount)
		w.put(person, w.grid(person, "deals").at(row-1, "amount"), amount)
		return
	}
	w.note("%d enters %q %q %q into row %d of deals", person, when, client, amount, row)
	w.put(person, w.grid(person, "deals").at(row-1, "date"), when, client, amount)
}

// spoil sorts or deletes rows, as the owner.
func (w *whim) spoil(person int, day string) {
	o, tab := w.o, "month:2026-05"
	if w.roles[person] == "keeper" {
		tab = "deals"
	}
	w.flush()
	defer clear(w.grids)
	g := w.grid(person, tab)
	first, last := g.row("date", calendar.Of(2026, 5, 1)), g.row("date", calendar.Of(2026, 5, 31))
	at := g.row("date", date(day))
	if w.roles[person] == "keeper" {
		first, last, at = 1, 20, 1+w.rng.IntN(14)
	}
	width := int64(0)
	for _, c := range g.cols {
		width = max(width, int64(c)+1)
	}
	rows := &sheets.GridRange{SheetId: g.id, StartRowIndex: int64(min(first, last)),
		EndRowIndex: int64(max(first, last)) + 1, EndColumnIndex: width}
	switch w.rng.IntN(3) {
	case 0:
		if at < 0 {
			return
		}
		w.note("row %d of %s of %d is deleted", at, tab, person)
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: &sheets.DimensionRange{SheetId: g.id, Dimension: "ROWS", StartIndex: int64(at),
				EndIndex: int64(at) + 1}}})
	case 1:
		by := int64(w.rng.IntN(3))
		order := w.pick([]string{"ASCENDING", "DESCENDING"})
		w.note("%s of %d is sorted by %d, %s", tab, person, by, order)
		o.batch("", g.file, &sheets.Request{SortRange: &sheets.SortRangeRequest{Range: rows,
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: by, SortOrder: order, ForceSendFields: []string{
				"DimensionIndex"}}}}})
	default:
		if at < 0 {
			return
		}
		w.note("row %d of %s of %d is copied below", at, tab, person)
		o.batch("", g.file,
			&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{InheritFromBefore: true,
				Range: &sheets.DimensionRange{SheetId: g.id, Dimension: "ROWS", StartIndex: int64(at) + 1,
					EndIndex: int64(at) + 2}}},
			&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{PasteType: "PASTE_NORMAL",
				Source: &sheets.GridRange{SheetId: g.id, StartRowIndex: int64(at), EndRowIndex: int64(at) + 1,
					EndColumnIndex: width},
				Destination: &sheets.GridRange{SheetId: g.id, StartRowIndex: int64(at) + 1, EndRowIndex: int64(at) + 2,
					EndColumnIndex: width}}})
	}
}

// labels are the rows of the block, by the figure of a line that they show.
var labels = map[string][2]string{
	"plan": {"План месяца", "Plan of the month"}, "fact": {"Факт", "Fact"}, "to date": {"План на дату", "Plan to date"},
	"pace": {"Темп", "Pace"},
	"left": {"До плана", "Left"}, "needed": {"Нужно в день", "Needed per day"}, "forecast": {"Прогноз", "Forecast"},
	"light": {"Светофор", "Light"},
}

// compare compares the blocks of May with the export.
func (w *whim) compare(day string) {
	o := w.o
	dep, engine, _, _, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	may := calendar.MonthOf(date("2026-05-14"))
	compared := 0
	for i := range o.people {
		g := w.grid(i, "month:2026-05")
		name := o.people[i].Name
		// For a KPI that several of the month's roles have, the block has the last line.
		lines := map[string]planfact.Line{}
		for r := range summary.Rows(dep, engine, o.closed(), calendar.Month, may.Span) {
			if r.Manager == name {
				lines[r.Line.KPI.Key] = r.Line
			}
		}
		for _, l := range lines {
			compared++
			pace := l.KPI.Lights.Shown(l.Pace, dep.Settings.AboveFrom)
			for what, n := range map[string]kpi.Num{"plan": l.Plan, "fact": l.Fact, "to date": l.PlanToDate,
				"pace": pace, "left": l.Left, "needed": l.NeededPerDay, "forecast": l.Forecast} {
				if what == "needed" && l.Hopeless(dep.Settings.CatchUpRed) {
					n = kpi.Num{} // there is a word
				}
				w.same(g, i, what, l.KPI, n)
			}
			c := g.cell(g.row("date", w.lang.T(labels["light"][0], labels["light"][1])), w.column(g, l.KPI))
			if want := terms.LightText(l.Light, w.lang); c.FormattedValue != want {
				o.t.Errorf("%s, %d, light of %s: the block says %q, the export %q", day, i, l.KPI.Key,
					c.FormattedValue, want)
			}
		}
	}
	if compared == 0 {
		o.t.Errorf("%s: the export has nothing of May", day)
	}
	o.viewsAreExport(day)
}

// role returns what a person's role measures.
func (w *whim) role(person int) templates.Role {
	if w.roles[person] == "whim" {
		return whims()[0]
	}
	return whims()[1]
}

func (w *whim) column(g grid, k kpi.KPI) string {
	key := "calc:" + k.Key
	if k.Typed() {
		key = "kpi:" + k.Key
	}
	if _, ok := g.cols[key]; !ok {
		w.o.t.Fatalf("no column %s in %s", key, g.title)
	}
	return key
}

// same compares a figure of a block with one of the export.
func (w *whim) same(g grid, i int, what string, k kpi.KPI, want kpi.Num) {
	c := g.cell(g.row("date", w.lang.T(labels[what][0], labels[what][1])), w.column(g, k))
	var got kpi.Num
	if e := c.EffectiveValue; e != nil && e.NumberValue != nil {
		got = kpi.Some(*e.NumberValue)
		if k.Unit == kpi.Duration && what != "pace" {
			got.V *= 86400
		}
	}
	if got.OK != want.OK || math.Abs(got.V-want.V) > 1e-6*max(1, math.Abs(want.V)) {
		w.o.t.Errorf("%d, %s of %s: the block says %v (%q), the export %v", i, what, k.Key, got, c.FormattedValue, want)
	}
}

// People who type plain numbers, on open and future days, cost no write of their
// spreadsheets. TestCalls checks the same with five hundred.
func TestPlainNumbersCostNoWrite(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(20, "sales-rep")
	o.settle()
	o.open()
	o.settle()
	for i := range o.people {
		o.types(i, "2026-05-14", "deals", 1+i%7)
		o.types(i, "2026-05-14", "revenue", "12345,5")
		o.types(i, "2026-05-15", "deals", 2) // ahead
	}
	o.server.Journal().Reset()
	o.sync()
	if got := o.tally(); got["sheets.spreadsheets.batchUpdate"] != 1 ||
		got["sheets.spreadsheets.getByDataFilter"] != len(o.people) {
		t.Errorf("calls %v, want a read of each and the write of the summary", got)
	}
}
