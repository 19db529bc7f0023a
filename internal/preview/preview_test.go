package preview

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// The time that an edit takes follows from what Google allows all accounts together.
func TestCost(t *testing.T) {
	for _, c := range []struct {
		made, written, perMinute int
		want                     string
	}{
		{0, 4, 50, "записей — 6, к Диску — 0; меньше минуты"},
		{50, 0, 50, "записей — 52, к Диску — 100; около 2 мин"},
		{50, 0, 200, "записей — 52, к Диску — 100; меньше минуты"},
		{400, 98, 280, "записей — 500, к Диску — 800; около 2 мин"},
		{0, 24, 50, "записей — 26, к Диску — 0; около 1 мин"},
		{50, 0, 0, "записей — 52, к Диску — 100; меньше минуты"}, // no limit
	} {
		if got := cost(c.made, c.written, c.perMinute, words.RU); !strings.HasSuffix(got, c.want) {
			t.Errorf("%d made and %d written at %d a minute: %q", c.made, c.written, c.perMinute, got)
		}
	}
}

// memory is a Ledger.
type memory map[string][]byte

func (m memory) Get(_ context.Context, name string) ([]byte, error) { return m[name], nil }
func (m memory) Set(_ context.Context, name string, b []byte) error { m[name] = b; return nil }
func (m memory) Save(_ context.Context, s ledger.Save) error {
	maps.Copy(m, s.Values)
	return nil
}

// people returns a department as ops typed it: the people in rows, named by position.
func people(names ...string) *control.Result {
	var rows []control.Row
	for i, name := range names {
		rows = append(rows, control.Row{At: i + 1, ID: string(rune('a' + i)), Cells: map[string]any{"name": name}})
	}
	return &control.Result{
		Department: department.Department{Settings: department.Settings{Company: strings.Join(names, ",")}},
		Snapshot:   control.Snapshot{Tabs: map[string][]control.Row{control.TabPeople: rows}},
	}
}

// One run announces a large edit and the next carries it out; one that changes in between
// is announced anew, one that is taken back is no longer shown.
func TestDecide(t *testing.T) {
	touched := 0
	p := Preview{Ledger: memory{}, Lang: words.RU, Now: func() time.Time {
		return time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	}, Announce: true, Memo: new(Memo),
		Count: func(context.Context, *department.Department, *department.Department) (int, int, error) {
			return 0, touched, nil
		}}
	decide := func(step string, typed *control.Result, inForce, due bool, told string) {
		t.Helper()
		d, err := p.Decide(t.Context(), typed, calendar.Of(2026, 5, 14))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Department.Settings.Company == typed.Department.Settings.Company; got != inForce || d.Due != due {
			t.Errorf("%s: in force %v, due %v", step, got, d.Due)
		}
		pending, done := d.Said.Told(time.FixedZone("MSK", 3*3600), words.RU)
		if got := strings.Join(append(pending, done...), "\n"); !strings.HasPrefix(got, told) || told == "" &&
			got != "" {
			t.Errorf("%s: it tells %q", step, got)
		}
	}
	decide("the first one", people("Анна"), true, false, "")
	decide("nothing new", people("Анна"), true, false, "")
	touched = 20
	decide("few", people("Анна", "Борис"), true, false, "")
	touched = 21
	large := people("Анна", "Борис", "Вера")
	decide("many", large, false, false, "Замечено 14.05 13:00. ")
	touched = 22
	decide("changed in between", people("Анна", "Борис", "Вера", "Глеб"), false, false, "Замечено")
	decide("taken back", people("Анна", "Борис"), true, false, "")
	decide("many again", large, false, false, "Замечено")
	decide("the run after it", large, true, true, "Применено 14.05 13:00")
	decide("settled", large, true, false, "Применено")
	touched = 1
	decide("few after many", people("Анна", "Борис", "Вера", "Глеб"), true, false, "Применено")
	decide("two who changed places", people("Борис", "Анна", "Вера", "Глеб"), false, false, "Замечено")
	p.Announce = false
	decide("two who changed places, by hand", people("Борис", "Анна", "Вера", "Глеб"), true, true, "Применено")
	touched = 500
	decide("many, by hand", people("Борис", "Анна", "Вера"), true, false, "Применено")
}

// The changes can be described in another language; before anything is in force there are
// none.
func TestChanges(t *testing.T) {
	p := Preview{Ledger: memory{}, Lang: words.RU, Now: time.Now,
		Count: func(context.Context, *department.Department, *department.Department) (int, int, error) {
			return 1, 0, nil
		}}
	today := calendar.Of(2026, 5, 14)
	if lines, err := p.Changes(t.Context(), people("Анна"), today, words.EN); err != nil || lines != nil {
		t.Errorf("before the first run: %q, %v", lines, err)
	}
	if _, err := p.Decide(t.Context(), people("Анна"), today); err != nil {
		t.Fatal(err)
	}
	lines, err := p.Changes(t.Context(), people("Анна", "Борис"), today, words.EN)
	if err != nil || len(lines) == 0 || lines[len(lines)-1] !=
		"In all: spreadsheets changed: 0, made: 1; calls of Google: 3 writes, 2 of Drive; less than a minute" {
		t.Errorf("%q, %v", lines, err)
	}
}
