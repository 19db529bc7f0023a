package worker_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/analytics"
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/figures"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/ledger/pgtest"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// query returns the rows of a query that an analyst makes of the ledger's file, each as
// its values joined by commas; null is empty.
func (o *office) query(q string, args ...any) (out []string) {
	o.t.Helper()
	driver, source := "sqlite", "file:"+o.path+"?mode=ro"
	if o.database != nil {
		driver, source = "pgx", o.address+"&search_path="+o.path
		q = strings.Replace(q, "?", "$1", 1)
	}
	db, err := sql.Open(driver, source)
	o.must(err)
	defer func() { o.must(db.Close()) }()
	rows, err := db.QueryContext(o.t.Context(), q, args...)
	o.must(err)
	names, err := rows.Columns()
	o.must(err)
	row, places := make([]any, len(names)), make([]any, len(names))
	for i := range row {
		places[i] = &row[i]
	}
	for rows.Next() {
		o.must(rows.Scan(places...))
		var texts []string
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				texts = append(texts, "")
			case time.Time: // a day
				texts = append(texts, v.Format(time.DateOnly))
			case bool:
				texts = append(texts, map[bool]string{false: "0", true: "1"}[v])
			case float64:
				texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
			default:
				texts = append(texts, fmt.Sprint(v))
			}
		}
		out = append(out, strings.Join(texts, ","))
	}
	o.must(rows.Err())
	o.must(rows.Close())
	return out
}

// planFact is the view of plan and fact with the columns of the export, whether a line is
// frozen, and the team.
const planFact = `SELECT CASE period WHEN 'day' THEN CAST(first_day AS text)
		WHEN 'month' THEN substr(CAST(first_day AS text), 1, 7) ELSE period END,
	first_day, last_day, person, role, kpi, unit, plan, fact, plan_to_date, attainment, pace, deviation, forecast,
	remaining, needed_per_day, light, reported_days, missing_days, frozen FROM v1_plan_fact WHERE period = ?`

// viewsAreExport checks that analysts read with SQL what the export says: every line of
// plan and fact, the closed ones marked, the deals and figures that count, and what
// became of everybody's reports.
func (o *office) viewsAreExport(when string) {
	o.t.Helper()
	dep, engine, at, span, err := o.w.Figures(o.t.Context(), 0)
	o.must(err)
	closed := o.closed()
	frozen := map[string]bool{}
	for _, c := range closed {
		for _, k := range c.KPIs {
			name := c.Name
			if p, ok := dep.Person(c.Person); ok {
				name = p.Name
			}
			frozen[fmt.Sprint(c.Kind, c.From, name, c.Role, k.Key)] = true
		}
	}
	for _, kind := range []calendar.Kind{calendar.Day, calendar.Week, calendar.Month} {
		span := span
		if kind == calendar.Day {
			span.From = max(span.From, analytics.Since(at.Today))
		}
		var want []string
		for r := range summary.Rows(dep, engine, closed, kind, span) {
			var b bytes.Buffer
			o.must(summary.WriteCSV(&b, slices.Values([]summary.Row{r})))
			_, line, _ := strings.Cut(strings.TrimSpace(b.String()), "\n")
			if kind == calendar.Week {
				_, rest, _ := strings.Cut(line, ",")
				line = "week," + rest
			}
			mark := "0"
			if frozen[fmt.Sprint(kind, r.Period.From, r.Manager, r.Line.Role, r.Line.KPI.Key)] {
				mark = "1"
			}
			want = append(want, line+","+mark)
		}
		got := o.query(planFact, string(kind))
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			o.t.Errorf("%s: v1_plan_fact by %s (+) is not the export (-):\n%s", when, kind, diff)
		}
	}
	var deals, reports []string
	o.must(o.ledger.CountedDeals(o.t.Context(), func(d department.Deal) {
		deals = append(deals, fmt.Sprintf("%s,%s,%s,%s", d.Date, d.Person, d.Client,
			strconv.FormatFloat(d.Amount, 'f', -1, 64)))
	}))
	same(o, when, "v1_deals", deals, o.query(`SELECT day, person_id, client, amount FROM v1_deals`))
	names := map[planfact.DayState]string{planfact.Waiting: "waiting", planfact.Reported: "reported",
		planfact.Partly: "partly", planfact.Missing: "missing", planfact.Absent: "absent"}
	for _, p := range dep.Stints() {
		for d := analytics.Since(at.Today); d <= at.Today; d++ {
			if s := engine.DayState(p, d); s != planfact.NotDue {
				reports = append(reports, fmt.Sprintf("%s,%s,%s", d, p.Name, names[s]))
			}
		}
	}
	same(o, when, "v1_reports", reports, o.query(`SELECT day, person, state FROM v1_reports`))
	o.countedAreFacts(when)
}

// countedAreFacts checks that figures that add up sum up to the facts of their months.
func (o *office) countedAreFacts(when string) {
	o.t.Helper()
	for _, r := range o.query(`SELECT f.first_day, f.person, f.kpi, f.fact,
			(SELECT sum(e.counted) FROM v1_entries e WHERE e.person_id = f.person_id AND e.kpi = f.kpi
				AND e.day BETWEEN f.first_day AND f.last_day AND e.day <= (SELECT today FROM v1_health))
		FROM v1_plan_fact f WHERE f.period = 'month' AND f.kpi IN ('deals', 'revenue', 'leads') AND f.fact <> 0
			AND f.role = 'sales-rep'`) {
		parts := strings.Split(r, ",")
		fact, err := strconv.ParseFloat(parts[3], 64)
		o.must(err)
		if sum, err := strconv.ParseFloat(parts[4], 64); err != nil || math.Abs(sum-fact) > 1e-6 {
			o.t.Errorf("%s: the entries of %v sum up to something else: %v", when, parts, err)
		}
	}
}

// same compares rows in any order.
func same(o *office, when, what string, want, got []string) {
	o.t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		o.t.Errorf("%s: %s (+) should be (-):\n%s", when, what, diff)
	}
}

// historyIsView checks that «История» of the director's spreadsheet shows the plan, fact,
// deviation and attainment of the same weeks and months as SQL does, and «Месяц» the
// facts of this month. «История» shows the names of then: renamed are pairs of those
// and of new ones.
func (o *office) historyIsView(when string, renamed ...string) {
	o.t.Helper()
	names := strings.NewReplacer(renamed...)
	view := map[string][]string{}
	for _, r := range o.query(
		`SELECT first_day, last_day, person, kpi_title, plan, fact, deviation, attainment FROM v1_plan_fact
		WHERE period <> 'day'`) {
		parts := strings.Split(r, ",")
		view[strings.Join(parts[:4], ",")] = parts[4:]
	}
	g := o.tab(o.summary(), summary.TabHistory)
	shown := 0
	for _, row := range g.cells {
		if len(row) < 12 || row[1] == nil || row[1].EffectiveValue == nil || row[1].EffectiveValue.NumberValue == nil {
			continue
		}
		day := func(i int) string {
			return calendar.Of(1899, 12, 30).Add(int(*row[i].EffectiveValue.NumberValue)).String()
		}
		key := strings.Join([]string{day(1), day(2), names.Replace(row[3].FormattedValue), row[6].FormattedValue}, ",")
		figures, ok := view[key]
		if !ok {
			o.t.Errorf("%s: «История» has %s, the view has not", when, key)
			continue
		}
		shown++
		for i, col := range []int{8, 9, 10, 11} {
			want := ""
			if v := row[col].EffectiveValue; v != nil && v.NumberValue != nil {
				want = strconv.FormatFloat(math.Round(*v.NumberValue*1e6)/1e6, 'f', -1, 64)
			}
			if strings.Contains(row[7].FormattedValue, ":") && col != 11 { // a duration is a fraction of a day
				continue
			}
			has := figures[i]
			if v, err := strconv.ParseFloat(has, 64); err == nil && col == 11 { // as it is shown
				has = strconv.FormatFloat(math.Round(kpi.ShownShare(kpi.Some(v)).V*1e6)/1e6, 'f', -1, 64)
			}
			if has != want {
				o.t.Errorf("%s: %s: column %d of «История» shows %q, the view %q", when, key, col, want, figures[i])
			}
		}
	}
	if shown == 0 {
		o.t.Errorf("%s: «История» shows nothing", when)
	}
	for _, r := range o.query(
		`SELECT person, kpi_title, fact FROM v1_plan_fact WHERE period = 'month' AND fact IS NOT NULL
		AND kpi IN ('deals', 'revenue') AND first_day = (SELECT max(first_day) FROM v1_plan_fact WHERE period = 'month')`) {
		parts := strings.Split(r, ",")
		if got := o.monthFact(o.summary(), parts[0], parts[1]); fmt.Sprint(got) != parts[2] {
			o.t.Errorf("%s: «Месяц» shows %v of %v, the view %v", when, got, parts[:2], parts[2])
		}
	}
}

// Analysts read with SQL what everybody else sees: after figures, edits of locked days,
// another team, another role and a new name, and after somebody has gone. Of the others
// nothing is written again.
func TestViews(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) { o.clock.set("2026-05-04", 12, 0) }).init().hire(3, "sales-rep")
	o.settle()
	o.open()
	for i := range o.people {
		for d := 1; d <= 15; d += 2 {
			o.types(i, calendar.Of(2026, 5, d).String(), "deals", d%4+i)
			o.types(i, calendar.Of(2026, 5, d).String(), "revenue", 1000*d)
		}
	}
	check := func(when string) {
		t.Helper()
		o.settle()
		o.viewsAreExport(when)
	}
	check("in the first week")
	for _, day := range []string{"2026-05-14", "2026-05-25"} {
		o.clock.set(day, 12, 0)
		check("on " + day)
	}
	o.historyIsView("with a closed week")
	o.types(0, "2026-05-07", "deals", 40) // locked by now
	check("after a late edit")
	if got := o.query(`SELECT value, counted FROM v1_entries WHERE day = '2026-05-07' AND kpi = 'deals' AND person = ?`,
		personName(0)); !slices.Equal(got, []string{"40,3"}) {
		t.Errorf("a locked figure: %q, want what is typed and what counts", got)
	}
	o.share(o.control(), ops)
	o.config("people", "name="+personName(1), "team", "Восток")
	o.config("people", "name="+personName(2), "name", "Новое Имя")
	check("with a team and a new name")
	if got := o.query(`SELECT DISTINCT person, team FROM v1_people ORDER BY 1`); !slices.Equal(got, []string{
		"Новое Имя,Север", "Человек 000,Север", "Человек 001,Восток"}) {
		t.Errorf("people: %q", got)
	}
	if got := o.query(`SELECT team, part_of FROM v1_teams ORDER BY team`); !slices.Equal(got,
		[]string{"Восток,", "Север,"}) {
		t.Errorf("teams: %q", got)
	}
	o.clock.set("2026-06-10", 12, 0)
	check("with a closed month")
	o.historyIsView("with a closed month", personName(2), "Новое Имя")
	g := o.tab(o.control(), "people")
	row := g.row("name", personName(0))
	o.batch(ops, g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: rows(g, row, row+1)}})
	check("after somebody has gone")
	if got := o.query(`SELECT count(*) FROM v1_people WHERE person = ?`, personName(0)); got[0] != "0" {
		t.Errorf("somebody who has gone is still among %s people", got[0])
	}
}

// inPostgres makes an office keep its ledger in PostgreSQL.
func inPostgres(t testing.TB) func(*office) {
	address := pgtest.Address(t)
	d, err := ledger.Connect(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(o *office) {
		o.database, o.address, o.path = d, address, fmt.Sprintf("office_%x", time.Now().UnixNano())
	}
}

// In PostgreSQL a cycle gives the same views, and every query of the Grafana dashboard
// runs on them, as the role that may read nothing else, and shows something.
func TestDashboard(t *testing.T) {
	t.Parallel()
	o := newOffice(t, inPostgres(t), func(o *office) { o.clock.set("2026-05-04", 12, 0) }).init().hire(2, "sales-rep")
	o.settle()
	o.open()
	for d := 1; d < 15; d += 3 {
		o.types(0, calendar.Of(2026, 5, d).String(), "deals", d)
	}
	o.clock.set("2026-05-18", 12, 0)
	o.settle()
	o.viewsAreExport("in PostgreSQL")

	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", "grafana-dashboard.json"))
	o.must(err)
	var board struct {
		Templating struct {
			List []struct{ Name, Query string }
		}
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ RawSQL, Format string }
		}
	}
	o.must(json.Unmarshal(b, &board))
	db, err := sql.Open("pgx", o.address)
	o.must(err)
	defer func() { o.must(db.Close()) }()
	reader := strings.Replace(o.path, "office", "grafana", 1)
	_, err = db.ExecContext(t.Context(), "CREATE ROLE "+reader)
	o.must(err)
	o.must(o.database.GrantReader(t.Context(), o.path, reader))
	conn, err := db.Conn(t.Context())
	o.must(err)
	defer func() { o.must(conn.Close()) }()
	_, err = conn.ExecContext(t.Context(), "SET ROLE "+reader)
	o.must(err)
	values := []string{"$__timeFrom()", "'2026-05-01T00:00:00Z'", "$__timeTo()", "'2026-05-18T12:00:00Z'"}
	// run returns the values of the first row, and the number of rows.
	run := func(what, query string) (names []string, first []any, n int) {
		t.Helper()
		query = strings.NewReplacer(values...).Replace(query)
		rows, err := conn.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, query)
		}
		names, err = rows.Columns()
		o.must(err)
		for ; rows.Next(); n++ {
			row, places := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				places[i] = &row[i]
			}
			o.must(rows.Scan(places...))
			if n == 0 {
				first = row
			}
		}
		o.must(rows.Err())
		if n == 0 {
			t.Errorf("%s shows nothing:\n%s", what, query)
			first = make([]any, len(names))
		}
		return names, first, n
	}
	for _, v := range board.Templating.List {
		names, first, _ := run("the variable "+v.Name, v.Query)
		value := first[len(first)-1]
		if v.Name == "kpi" {
			if !slices.Equal(names, []string{"__text", "__value"}) {
				t.Errorf("the variable %s has the columns %q", v.Name, names)
			}
			value = "deals"
		}
		values = append(values, "${"+v.Name+"}", fmt.Sprint(value))
	}
	if len(board.Panels) < 10 {
		t.Errorf("there are %d panels", len(board.Panels))
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			names, _, _ := run(p.Title, target.RawSQL)
			if target.Format == "time_series" && names[0] != "time" {
				t.Errorf("%s: a series begins with %s, want time", p.Title, names[0])
			}
			// A department that was just added has no months: nothing to choose.
			query := strings.NewReplacer("${month}", "", "${kpi}", "").Replace(target.RawSQL)
			if _, err := conn.ExecContext(t.Context(), strings.NewReplacer(values...).Replace(query)); err != nil {
				t.Errorf("%s of a new department: %v", p.Title, err)
			}
		}
	}
}

// What was stored is not stored again: a figure changes lines of its day, week and month,
// a new day those that it is part of, and a new configuration those that follow from it.
func TestLinesStoredOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.settle()
	o.open()
	o.settle()
	dep := o.dep()
	at := planfact.At(dep.Settings, o.clock.now())
	kpis := len(dep.Roles[0].KPIs)
	update := func() int {
		t.Helper()
		n, err := analytics.Keeper{Ledger: o.ledger}.Update(t.Context(), dep, at,
			&figures.Source{Ledger: o.ledger, Dep: dep, At: at})
		o.must(err)
		return n
	}
	if n := update(); n != 0 {
		t.Errorf("nothing has changed, and %d rows were stored", n)
	}
	_, err := o.ledger.Store(t.Context(), ledger.Reading{Person: o.person(2).ID, Day: at.Today,
		Scopes:  []ledger.Scope{{Span: calendar.Span{From: at.Today, To: at.Today}, KPIs: []string{"deals"}}},
		Entries: []department.Entry{{Person: o.person(2).ID, Date: at.Today, KPI: "deals", Value: 5}}})
	o.must(err)
	if n := update(); n < 3 || n > 3*kpis+1 {
		t.Errorf("a figure of one person stored %d rows of %d KPIs", n, kpis)
	}
	at.Today++
	if n := update(); n < 4*kpis || n > 4*(4*kpis+2) {
		t.Errorf("a new day of four people stored %d rows of %d KPIs", n, kpis)
	}
	dep.People[1].Name = "Другое имя"
	if n := update(); n != 0 {
		t.Errorf("a new name stored %d rows", n)
	}
	dep.People[1].Team = "Восток"
	if n := update(); n < 3*kpis {
		t.Errorf("another team stored %d rows", n)
	}
}
