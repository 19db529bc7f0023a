package marks

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/words"
)

// memory is a Ledger of two people.
type memory struct {
	flags map[department.PersonID][]byte
	held  []ledger.Held
	deals map[department.PersonID][]ledger.HeldDeal
}

func (m *memory) Store(_ context.Context, r ledger.Reading) (bool, error) {
	changed := string(m.flags[r.Person]) != string(r.Flags)
	m.flags[r.Person] = r.Flags
	return changed, nil
}

func (m *memory) Flags(context.Context) (map[department.PersonID][]byte, error) { return m.flags, nil }
func (m *memory) FlagsOf(_ context.Context, p department.PersonID) ([]byte, error) {
	return m.flags[p], nil
}
func (m *memory) Held(context.Context) ([]ledger.Held, error) { return m.held, nil }
func (m *memory) HeldDeals(context.Context, department.PersonID) (map[department.PersonID][]ledger.HeldDeal, error) {
	return m.deals, nil
}

var (
	may14 = calendar.Of(2026, 5, 14)
	dep   = &department.Department{
		Roles: []department.Role{{Key: "rep",
			KPIs: []kpi.KPI{{Key: "deals", Title: "Сделки", Unit: kpi.Count, Source: kpi.Manual}}}},
		People: []department.Person{{ID: "a", Role: "rep", Hired: may14 - 10}, {ID: "b", Role: "rep"}},
	}
)

// keep stores the marks of a reading as the collector does. It reports whether they
// changed.
func keep(t *testing.T, s Store, p department.PersonID, r report.Reading, left func(calendar.Period) bool) (bool,
	error) {
	t.Helper()
	b, err := s.Of(t.Context(), p, r, left)
	if err != nil {
		return false, err
	}
	return s.Ledger.(*memory).Store(t.Context(), ledger.Reading{Person: p, Day: may14, Flags: b})
}

// The marks of a reading are there for the next layout, under the tag of a person who
// shares a spreadsheet; a second equal reading is no change.
func TestKeep(t *testing.T) {
	s := Store{Ledger: &memory{flags: map[department.PersonID][]byte{}}, Lang: words.RU}
	r := report.Reading{Flags: []report.Flag{
		{Tab: "month:2026-05", Column: "kpi:deals", Day: may14, Text: "много", Code: "number"},
		{Tab: "b/month:2026-06", Column: "kpi:deals", Day: may14 + 30, Text: "2?", Code: "guess", Soft: true},
	}}
	for i, want := range []bool{true, false} {
		changed, err := keep(t, s, "b", r, nil)
		if err != nil || changed != want {
			t.Errorf("reading %d: changed %v, %v", i+1, changed, err)
		}
	}
	all, err := s.Load(t.Context(), dep)
	if err != nil {
		t.Fatal(err)
	}
	if m := all["b"]; BadCells(all) != 1 || len(m.Months()) != 2 || (*Marks)(nil).Months() != nil {
		t.Errorf("%d bad cells, months %v", BadCells(all), m.Months())
	}
	in := report.Input{Tag: "b/"}
	all["b"].AddTo(&in)
	if in.Flags[0].Tab != "b/month:2026-05" || in.Flags[1].Tab != "b/month:2026-06" ||
		all["b"].Flags[0].Tab != "month:2026-05" {
		t.Errorf("%+v", in.Flags)
	}
}

// A reading that leaves a month out leaves its marks as they are, and replaces those of
// the months that it covers.
func TestKeepWithoutAMonth(t *testing.T) {
	s := Store{Ledger: &memory{flags: map[department.PersonID][]byte{}}, Lang: words.RU}
	reading := func(text string, days ...calendar.Date) (r report.Reading) {
		for _, d := range days {
			r.Flags = append(r.Flags, report.Flag{Column: "kpi:deals", Day: d, Text: text, Code: "number"})
			r.Pairs = append(r.Pairs, report.Pair{Column: "kpi:deals", Day: d})
		}
		return r
	}
	may := func(m calendar.Period) bool { return m == calendar.MonthOf(may14) }
	for i, step := range []struct {
		r       report.Reading
		left    func(calendar.Period) bool
		changed bool
		says    string
	}{
		{reading("много", may14, may14+30), nil, true, "много много"},
		{reading("мало", may14+30), may, true, "мало много"},
		{reading("мало", may14+30), may, false, "мало много"},
		{reading(""), may, true, "много"},
		{reading(""), nil, true, ""},
	} {
		changed, err := keep(t, s, "b", step.r, step.left)
		if err != nil || changed != step.changed {
			t.Errorf("reading %d: changed %v, %v", i+1, changed, err)
		}
		if len(s.Ledger.(*memory).flags["b"]) == 0 {
			if step.says != "" {
				t.Errorf("reading %d: no marks are left", i+1)
			}
			continue
		}
		all, err := s.Load(t.Context(), dep)
		if err != nil {
			t.Fatal(err)
		}
		var says []string
		for _, f := range all["b"].Flags {
			says = append(says, f.Text)
		}
		if strings.Join(says, " ") != step.says || len(all["b"].Pairs) != len(says) {
			t.Errorf("reading %d: %q, %d pairs", i+1, says, len(all["b"].Pairs))
		}
	}
}

// Marks that an earlier version stored are readable; a mark on a day outside of
// somebody's employment goes once that is corrected.
func TestLoadOfAnEarlierVersion(t *testing.T) {
	b, err := json.Marshal([]report.Flag{{Day: may14, Code: report.CodeOutside},
		{Day: may14 - 20, Code: report.CodeOutside}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Store{Ledger: &memory{flags: map[department.PersonID][]byte{"a": b}},
		Lang: words.RU}.Load(t.Context(), dep)
	if err != nil || len(all["a"].Flags) != 1 || all["a"].Flags[0].Day != may14-20 {
		t.Errorf("%+v, %v", all["a"], err)
	}
}

// The cell of a locked day says which figure counts, unless it says already that nothing
// there does; so does the first of two equal deals of which one is held.
func TestHeld(t *testing.T) {
	typed := department.Deal{Date: may14, Client: "Ромашка", Amount: 500}
	rows, err := json.Marshal(Marks{Rows: []report.DealRow{{Row: 4, Counts: &typed}, {Row: 7, Counts: &typed}},
		Flags: []report.Flag{{Day: may14, Column: report.ColKPI + "deals", Code: "number"}}})
	if err != nil {
		t.Fatal(err)
	}
	gone := department.Deal{Date: may14, Client: "Лютик", Amount: 70}
	s := Store{Lang: words.EN, Ledger: &memory{
		flags: map[department.PersonID][]byte{"a": rows},
		held: []ledger.Held{{Person: "a", Date: may14, KPI: "deals", Value: kpi.Some(3)},
			{Person: "b", Date: may14, KPI: "deals", Value: kpi.Some(4), Typed: kpi.Some(40)},
			{Person: "nobody", Date: may14, KPI: "deals"}},
		deals: map[department.PersonID][]ledger.HeldDeal{"a": {{Typed: &typed}, {Counts: &gone}}},
	}}
	all, err := s.Load(t.Context(), dep)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	a, b := all["a"], all["b"]
	if len(a.Pairs) != 1 || a.Pairs[0].Counts != kpi.Some(3) || len(b.Flags) != 1 || !b.Flags[0].Soft ||
		!strings.Contains(b.Flags[0].Note, "keeps the former figure (4)") {
		t.Errorf("figures: %+v, %+v", a.Pairs, b.Flags)
	}
	if len(a.Flags) != 2 || a.Flags[1].Row != 4 || a.Rows[0].Counts != nil || a.Rows[1].Counts == nil {
		t.Errorf("deals: %+v, %+v", a.Flags, a.Rows)
	}
	in := report.Input{}
	a.AddTo(&in)
	if len(in.GoneDeals) != 1 || in.GoneDeals[0].Client != "Лютик" {
		t.Errorf("deals whose rows are gone: %+v", in.GoneDeals)
	}
}
