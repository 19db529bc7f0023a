package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/archive"
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/publish"
	"svodka/internal/words"
)

// vault is a ledger with closed periods, and a local Google that measures its answers.
type vault struct {
	t       testing.TB
	server  *localgoogle.Server
	client  *google.Client
	ledger  *ledger.Ledger
	largest int // answer in bytes
	limits  archive.Limits
	now     time.Time
}

func (v *vault) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := v.server.Transport().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	v.largest = max(v.largest, len(body))
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

func newVault(t testing.TB, dir string) *vault {
	v := &vault{t: t, now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return v.now }
	var err error
	v.server, err = localgoogle.Open(t.Context(), localgoogle.Options{Dir: dir, Now: clock})
	v.must(err)
	t.Cleanup(func() { v.must(v.server.Close()) })
	v.client, err = google.New(t.Context(), google.Options{
		HTTP: &http.Client{Transport: v}, Endpoint: "http://localhost",
		Now: clock, Sleep: func(ctx context.Context, d time.Duration) error {
			v.now = v.now.Add(d)
			return ctx.Err()
		}})
	v.must(err)
	v.open(filepath.Join(t.TempDir(), "ledger.db"))
	t.Cleanup(func() { v.must(v.ledger.Close()) })
	return v
}

func (v *vault) open(path string) {
	v.t.Helper()
	l, err := ledger.Open(v.t.Context(), path, func() time.Time { return v.now })
	v.must(err)
	v.ledger = l
}

func (v *vault) keeper() archive.Keeper {
	return archive.Keeper{Google: v.client, Ledger: v.ledger, Program: "1", Lang: words.RU, Limits: v.limits,
		Publisher: &publish.Publisher{Google: v.client, Ledger: v.ledger, Now: func() time.Time { return v.now }},
		Make: func(ctx context.Context, id department.PersonID, title string) (f files.File, fresh bool, err error) {
			made, err := v.client.Create(ctx, title, map[string]string{"kind": files.History})
			v.must(err)
			f = files.File{ID: made.ID, Kind: files.History, Person: id, URL: made.URL}
			return f, true, v.ledger.PutFile(ctx, f)
		}}
}

// closes stores the weeks and months of people from a day until today, three KPIs each.
func (v *vault) closes(people int, from, to string) {
	v.t.Helper()
	first, err := calendar.ParseDate(from)
	v.must(err)
	last, err := calendar.ParseDate(to)
	v.must(err)
	var all []department.Closed
	for _, kind := range []calendar.Kind{calendar.Week, calendar.Month} {
		for _, per := range calendar.Periods(kind, calendar.Span{From: first, To: last}) {
			if per.To > last {
				continue
			}
			for i := range people {
				c := department.Closed{Period: per, Person: department.PersonID(fmt.Sprintf("p%04d", i)),
					Name: fmt.Sprintf("Человек %04d", i), Role: "sales-rep", RoleTitle: "Менеджер по продажам",
					Team: fmt.Sprintf("Команда %03d", i/20), At: v.now}
				for k, key := range []string{"deals", "revenue", "avg_check"} {
					c.KPIs = append(c.KPIs, department.ClosedKPI{Key: key,
						Title: []string{"Сделки", "Выручка", "Средний чек"}[k],
						Unit:  []kpi.Unit{kpi.Count, kpi.Money, kpi.Money}[k],
						Plan:  kpi.Some(50_000), Fact: kpi.Some(float64(40_000 + i*7 + k)), Attainment: kpi.Some(0.9),
						Light: kpi.Yellow, Version: "50 000 в месяц, роли с 01.01.2026", Working: 5, Reported: 4,
						Missing: 1})
				}
				all = append(all, c)
			}
		}
	}
	v.must(v.ledger.KeepCloses(v.t.Context(), all))
	v.must(v.ledger.Settle(v.t.Context(), last, "all"))
}

func (v *vault) update() {
	v.t.Helper()
	_, failures, err := v.keeper().Update(v.t.Context(), archive.Job{Settings: department.Defaults(), Counting: "all",
		Summary: "http://localhost/spreadsheets/d/summary", Moves: true})
	if err != nil || len(failures) > 0 {
		v.t.Fatal(failures, err)
	}
}

func (v *vault) all() []department.Closed {
	v.t.Helper()
	var out []department.Closed
	v.must(v.ledger.Closes(v.t.Context(), calendar.Span{From: 0, To: 1 << 30}, func(c department.Closed) bool {
		out = append(out, c)
		return true
	}))
	return out
}

// What «История» does not hold moves, and is looked at, and read back when the ledger is
// lost, in bands of rows: no answer is larger than 15 MB for each 2,000 of them, where
// the whole tab was one answer. A look finds nothing to write. Limits are a fifth of the
// real ones, for a department of 100. With SVODKA_HISTORY they are the real ones, for so
// many people: of 500 half of 31,500 rows move. With SVODKA_HISTORY_DIR the spreadsheets
// are kept in that folder, to be looked at.
func TestYearsAreReadInBands(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 50,000 cells")
	}
	v := newVault(t, os.Getenv("SVODKA_HISTORY_DIR"))
	people, band := 100, 400
	v.limits = archive.Limits{Most: 4000, Left: 3000, Book: 12_000, Band: band}
	if n, err := strconv.Atoi(os.Getenv("SVODKA_HISTORY")); err == nil {
		people, band, v.limits = n, 2000, archive.Limits{}
	}
	if k := (archive.Keeper{}); k.IsLarge(4000) || !k.IsLarge(4001) {
		t.Error("bands do not have 2,000 rows")
	}
	v.closes(people, "2026-03-02", "2026-06-30")
	v.update()
	list, err := v.ledger.FilesOf(t.Context(), files.History)
	v.must(err)
	if len(list) == 0 {
		t.Fatal("nothing has moved")
	}
	bands := 0
	for _, f := range list {
		s, err := v.client.Spreadsheet(t.Context(), f.ID,
			"properties(title),sheets(properties(title,gridProperties(rowCount)))")
		v.must(err)
		for _, sh := range s.Sheets {
			rows := int(sh.Properties.GridProperties.RowCount)
			t.Logf("%s, %s: %d rows", s.Properties.Title, sh.Properties.Title, rows)
			bands += (rows + band - 1) / band
		}
	}
	if bands < 6 {
		t.Errorf("only %d bands", bands)
	}
	count := func(what string, most int, do func()) {
		t.Helper()
		most = most * band / 2000
		v.largest = 0
		v.client.Calls()
		before := v.client.Calls()
		do()
		after := v.client.Calls()
		reads, writes := after.SheetsRead-before.SheetsRead, after.SheetsWrite-before.SheetsWrite
		t.Logf("%s: %d reads, the largest answer has %.1f MB", what, reads, float64(v.largest)/1e6)
		if want := bands + len(list); reads != want || writes != 0 || v.largest > most {
			t.Errorf("%s: %d reads, want %d, and %d writes; the largest answer has %.1f MB", what, reads, want, writes,
				float64(v.largest)/1e6)
		}
	}
	for _, f := range list {
		v.must(v.ledger.ChangeFile(t.Context(), f.ID, (*files.File).Distrust))
	}
	count("a look", 15e6, v.update)

	want := v.all()
	v.must(v.ledger.Close())
	v.open(filepath.Join(t.TempDir(), "another.db"))
	for _, f := range list {
		v.must(v.ledger.PutFile(t.Context(), files.File{ID: f.ID, Kind: files.History, Person: f.Person, URL: f.URL}))
	}
	var got []department.Closed
	count("a lost ledger", 3e6, func() {
		v.must(v.keeper().Restore(t.Context(), func(closes []department.Closed) error {
			got = append(got, closes...)
			return nil
		}))
	})
	order := func(a, b department.Closed) int {
		return strings.Compare(fmt.Sprint(a.Period, a.Person), fmt.Sprint(b.Period, b.Person))
	}
	through, _, err := v.keeper().Moved(t.Context())
	v.must(err)
	want = slices.DeleteFunc(want, func(c department.Closed) bool { return c.To > through })
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if len(got) < people || !reflect.DeepEqual(want, got) {
		t.Errorf("%d closed periods were read back of %d (-stored +read):\n%.2000s", len(got), len(want),
			cmp.Diff(want, got))
	}
}
