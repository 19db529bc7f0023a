package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/kpi"
	"svodka/internal/ledger/pgtest"
)

// moving opens a ledger in a file and one in a database.
func moving(t *testing.T) (file, schema *Ledger, d *Database) {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 5, 15, 18, 0, 0, 0, time.UTC) }
	d, err := Connect(t.Context(), pgtest.Address(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	if schema, err = d.Open(t.Context(), fmt.Sprintf("move_%x", time.Now().UnixNano()), now); err != nil {
		t.Fatal(err)
	}
	if file, err = Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []interface{ Close() error }{file, d} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return file, schema, d
}

// contents returns the rows of all tables, each table's in a fixed order.
func contents(t *testing.T, l *Ledger) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := l.readTx(t.Context(), "list everything", func(tx *sql.Tx) error {
		for _, table := range tables {
			err := eachRow(t.Context(), tx, func(rows *sql.Rows) error {
				names, err := rows.Columns()
				if err != nil {
					return err
				}
				row, places := make([]any, len(names)), make([]any, len(names))
				for i := range row {
					places[i] = &row[i]
				}
				if err := rows.Scan(places...); err != nil {
					return err
				}
				var b []string
				for i, n := range names {
					if n == "figures" { // it counts changes, and copying is one
						continue
					}
					b = append(b, fmt.Sprintf("%s=%T:%v", n, row[i], row[i]))
				}
				slices.Sort(b)
				out[table] = append(out[table], strings.Join(b, " "))
				return nil
			}, `SELECT * FROM `+table)
			if err != nil {
				return err
			}
			slices.Sort(out[table])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A ledger with something in every table comes back the same from a database, and both go
// on from there.
func TestMoveAndBack(t *testing.T) {
	file, schema, _ := moving(t)
	fill(t, file)
	want := contents(t, file)
	for _, table := range tables {
		if len(want[table]) == 0 {
			t.Errorf("the test has nothing in table %s", table)
		}
	}
	if err := file.CopyTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, contents(t, schema)); diff != "" {
		t.Errorf("in PostgreSQL (-want +got):\n%s", diff)
	}
	back, err := Open(t.Context(), filepath.Join(t.TempDir(), "back.db"), file.now)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if err := schema.CopyTo(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, contents(t, back)); diff != "" {
		t.Errorf("back in a file (-want +got):\n%s", diff)
	}
	if err := file.CopyTo(t.Context(), schema); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("it was written over: %v", err)
	}
	// New numbers follow the copied ones. SQLite reuses those of deleted rows, PostgreSQL
	// does not.
	var after [2]string
	for i, l := range []*Ledger{schema, back} {
		fill(t, l)
		after[i] = regexp.MustCompile(` num=int64:\d+`).ReplaceAllString(fmt.Sprintf("%q", contents(t, l)), "")
	}
	if diff := cmp.Diff(after[1], after[0]); diff != "" {
		t.Errorf("after the next readings PostgreSQL differs from SQLite:\n%s", diff)
	}
}

// fill stores something in every table.
func fill(t *testing.T, l *Ledger) {
	t.Helper()
	ctx := t.Context()
	day := func(d int) calendar.Date { return calendar.Of(2026, time.May, d) }
	may := calendar.Span{From: day(1), To: day(31)}
	var known int
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("count", l.row(ctx, "count", []any{&known}, `SELECT count(*) FROM entries`))
	anna := department.PersonID("anna")
	reading := func(n int, drop bool) Reading {
		r := Reading{Person: anna, Day: day(4), Scopes: []Scope{{Span: may, KPIs: []string{"calls", "средний чек"}}},
			Entries: []department.Entry{{Person: anna, Date: day(4), KPI: "calls", Value: float64(known + n)},
				{Person: anna, Date: day(5), KPI: "средний чек", Value: 0.1 + float64(n)}},
			Comments: map[calendar.Date]string{day(4): "болел 'да'"}, CommentSpans: []calendar.Span{may},
			HasDeals: true, Deals: []department.Deal{{Person: anna, Date: day(4), Client: "ООО «Ромашка»",
				Amount: float64(n)}},
			HasClients: true, Clients: []department.Client{{Person: anna, Name: "Ан"}}, Flags: []byte{0, 1, 255}}
		if drop {
			r.Clients = []department.Client{{Person: anna, Name: "Ещё"}}
			r.Deals = nil
		}
		return r
	}
	store := func(r Reading) { _, err := l.Store(ctx, r); do("store", err) }
	store(reading(1, false))
	store(reading(2, false))
	do("lock", l.Lock(ctx, day(10), 2, []department.PersonID{anna}))
	store(reading(3, true))
	store(reading(4, false))
	do("open", l.Open(ctx, anna, calendar.Span{From: day(4), To: day(5)}))
	do("close", l.KeepCloses(ctx, []department.Closed{{Period: calendar.Period{Kind: calendar.Month, Span: may},
		Person: anna, Role: "sales", Name: "Анна", RoleTitle: "Продавец", Team: "Север", At: l.now(),
		KPIs: []department.ClosedKPI{{Key: "calls", Title: "Звонки", Plan: kpi.Num{V: 20, OK: true}}}}}))
	_, err := l.StoreCalls(ctx, CallLog{Day: calendar.FromTime,
		Days: map[calls.Source]calendar.Span{"pbx": may},
		Calls: []calls.Call{{Source: "pbx", ID: fmt.Sprint("c", known), Started: l.now(),
			Operator: calls.Operator{ID: fmt.Sprint(known), Name: "Анна"}, Direction: calls.Outgoing,
			Talk: kpi.Num{V: 31.5, OK: true}}}}, false)
	do("calls", err)
	do("counted", l.CountedCalls(ctx, Counted{Costs: []CallCost{{anna, day(4), 1.5}},
		Totals: []CallTotal{{anna, day(4), calls.Totals{Calls: 3, Talks: 2, TalkTime: 71.5}}},
		People: map[calls.Source][]department.PersonID{"pbx": {anna}}}))
	do("months", l.MarkCallMonths(ctx, []CallMonth{{anna, day(1)}}))
	laid := files.Made("1a", files.Report, anna, "")
	laid.Read([]byte("as it stands"), true)
	_, err = l.BeginFile(ctx, files.Report, anna)
	do("begin", err)
	do("file", l.Save(ctx, Save{Values: map[string][]byte{"a": {1, 0, 2}},
		Files: []files.File{laid},
		Feed:  func(f *files.Feed) { f.Cursor = "17" }, Cycle: func(c *Cycle) { c.UpToDate = "now" }}))
	do("layouts", l.KeepLaid(ctx, map[string]Laid{"1a": {"\x00\xff", "digest"}}))
	do("shares", l.PutShares(ctx, "1a", Shares{Known: true, Roles: map[string]string{"anna@example.com": "writer"},
		External: []ExternalAccess{{Who: "x@example.com", Role: "reader"}}}))
	do("refusal", l.PutRefusal(ctx, Refusal{File: "1a", Email: "y@example.com", Reason: "invalidSharingRequest",
		Tries: 1}))
	do("rest", l.SetSharingRests(ctx, l.now()))
	_, err = l.PutLines(ctx, []PersonLines{{Person: anna, Lines: []Line{{Period: calendar.DayOf(day(4)), Role: "sales",
		KPI: "calls", Fact: kpi.Num{V: 20, OK: true}}}, States: []DayState{{day(4), "reported"}}}})
	do("lines", err)
	do("directory", l.PutLinesMade(ctx, LinesMade{Inputs: "these"}, &Directory{
		People: []NamedPerson{{anna, "Анна", []NamedStint{{calendar.Span{From: day(1)}, "sales", "Север"}}}},
		Teams:  []NamedTeam{{"Север", ""}}, Titles: []Title{{"sales", "calls", "Звонки", true}}}))
	_, err = l.TakeNotice(ctx, Notice{Day: day(4), Kind: "reminder", Who: "anna"}, 3)
	do("notice", err)
}

// The tables of both databases have the same columns.
func TestTablesAreTheSame(t *testing.T) {
	file, schema, _ := moving(t)
	columns := func(l *Ledger, query string) (out []string) {
		err := l.each(t.Context(), "list columns", func(rows *sql.Rows) error {
			var table, column string
			var required bool
			err := rows.Scan(&table, &column, &required)
			out = append(out, fmt.Sprint(table, " ", column, " ", required))
			return err
		}, query)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	sqlite := columns(file,
		`SELECT m.name, c.name, c."notnull" OR c.pk > 0 FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name <> 'migrations' AND m.name <> 'sqlite_sequence'`)
	postgres := columns(schema,
		`SELECT table_name::text, column_name::text, is_nullable = 'NO' FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name <> 'migrations' AND table_name NOT LIKE 'v1\_%'`)
	if diff := cmp.Diff(sqlite, postgres); diff != "" {
		t.Errorf("PostgreSQL has (+), SQLite has (-):\n%s", diff)
	}
	var named []string
	for _, c := range sqlite {
		named = append(named, strings.Fields(c)[0])
	}
	listed := slices.Sorted(slices.Values(tables))
	if diff := cmp.Diff(slices.Compact(named), listed); diff != "" {
		t.Errorf("a copy takes (+) of the tables (-):\n%s", diff)
	}
	var versions [2]int
	for i, l := range []*Ledger{file, schema} {
		if err := l.row(t.Context(), "find its version", []any{&versions[i]},
			`SELECT max(version) FROM migrations`); err != nil {
			t.Fatal(err)
		}
	}
	if versions[0] != versions[1] {
		t.Errorf("SQLite is at version %d, PostgreSQL at %d", versions[0], versions[1])
	}
}

// Departments that share one connection never see each other's rows.
func TestDepartmentsShareConnections(t *testing.T) {
	d, err := Connect(t.Context(), pgtest.Address(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var two [2]*Ledger
	for i := range two {
		if two[i], err = d.Open(t.Context(), fmt.Sprintf("share_%x_%d", time.Now().UnixNano(), i),
			time.Now); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		for i, l := range two {
			if err := l.Set(t.Context(), "whose", []byte(fmt.Sprint(i, round))); err != nil {
				t.Fatal(err)
			}
		}
		for i, l := range two {
			b, err := l.Get(t.Context(), "whose")
			if err != nil || string(b) != fmt.Sprint(i, round) {
				t.Errorf("department %d reads %q, %v", i, b, err)
			}
		}
	}
	var path string
	if err := d.db.QueryRowContext(t.Context(), `SHOW search_path`).Scan(&path); err != nil ||
		strings.Contains(path, "share_") {
		t.Errorf("a connection went back with the path %q, %v", path, err)
	}
}

// PostgreSQL's text allows neither the character 0 nor invalid UTF-8; what people paste
// may have both.
func TestTextThatPostgresRefuses(t *testing.T) {
	_, schema, _ := moving(t)
	d := calendar.Of(2026, time.May, 4)
	r := Reading{Person: "anna", Comments: map[calendar.Date]string{d: "a\x00b\xffc"},
		CommentSpans: []calendar.Span{{From: d, To: d}}}
	if _, err := schema.Store(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got, err := schema.Person(t.Context(), "anna")
	if err != nil || got.Comments[d] != "a\uFFFDb\uFFFDc" {
		t.Errorf("comment %q, %v", got.Comments[d], err)
	}
}

func TestFirstCounted(t *testing.T) {
	file, schema, _ := moving(t)
	for _, l := range []*Ledger{file, schema} {
		fill(t, l)
		found := map[department.PersonID]calendar.Date{}
		err := l.FirstCounted(t.Context(), calendar.Of(2026, time.June, 1), []string{"calls", "no such"},
			[]PersonSince{{Person: "anna"}, {Person: "anna", Since: calendar.Of(2026, time.May, 2)},
				{Person: "nobody"}},
			func(p department.PersonID, d calendar.Date) { found[p] = d })
		if err != nil {
			t.Fatal(err)
		}
		want := map[department.PersonID]calendar.Date{"anna": calendar.Of(2026, time.May, 4)}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s (-want +got):\n%s", l.path, diff)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	for _, c := range []struct {
		query, want string
		order       []int
	}{
		{`SELECT 1`, `SELECT 1`, nil},
		{`a = ? AND b = ?`, `a = $1 AND b = $2`, []int{0, 1}},
		{`?2 > ?1 OR ?2 < 12`, `$1 > $2 OR $1 < 12`, []int{1, 0}},
		{`x = '?' AND "y?" = ?12`, `x = '?' AND "y?" = $1`, []int{11}},
		{`$1::text`, `$1::text`, nil},
	} {
		if q := placeholders(c.query); q.text != c.want || !slices.Equal(q.order, c.order) {
			t.Errorf("%s: %s %v, want %s %v", c.query, q.text, q.order, c.want, c.order)
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := Connect(ctx, "postgres://svodka:sesame@/x?host="+t.TempDir(), 1)
	if err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("error %v", err)
	}
	d, err := Connect(ctx, pgtest.Address(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, name := range []string{"", "Sales", "a-b", `x"; DROP SCHEMA public`, "1a", strings.Repeat("a", 64)} {
		if _, err := d.Open(ctx, name, time.Now); err == nil {
			t.Errorf("%q was taken for a schema", name)
		}
	}
}

// No two steps have one number: the later one would never be taken. Both databases have
// the same steps from PostgreSQL's second on.
func TestStepsHaveNumbersOfTheirOwn(t *testing.T) {
	var names [2][]string
	for i, folder := range []string{"migrations", "migrations/postgres"} {
		steps, err := migrations(folder)
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range steps {
			n, err := s.version()
			if err != nil {
				t.Fatal(err)
			}
			if j > 0 {
				if last, err := steps[j-1].version(); err != nil || n != last+1 {
					t.Errorf("%s: %s follows %s", folder, s.name, steps[j-1].name)
				}
			}
			names[i] = append(names[i], s.name)
		}
	}
	n := len(names[1]) - 1
	if diff := cmp.Diff(names[1][1:], names[0][len(names[0])-n:]); diff != "" {
		t.Errorf("-PostgreSQL +SQLite\n%s", diff)
	}
}
