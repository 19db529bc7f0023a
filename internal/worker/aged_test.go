package worker_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/publish"
	"svodka/internal/summary"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// past stores figures of all KPIs that a role types in the ledger, for each working day
// of a span, as cycles on those days would have done.
func (o *office) past(s calendar.Span, kpis ...string) {
	o.t.Helper()
	for _, p := range o.dep().People {
		r := ledger.Reading{Person: p.ID, Scopes: []ledger.Scope{{Span: s, KPIs: kpis}}, Day: s.To}
		for d := s.From; d <= s.To; d++ {
			for i, k := range kpis {
				r.Entries = append(r.Entries, department.Entry{Person: p.ID, KPI: k, Date: d,
					Value: float64(int(d)%5 + i)})
			}
		}
		_, err := o.ledger.Store(o.t.Context(), r)
		o.must(err)
	}
}

// typedKPIs returns the keys of what people of a role type.
func (o *office) typedKPIs(role string) []string {
	o.t.Helper()
	var out []string
	for _, r := range o.dep().Roles {
		for _, k := range r.KPIs {
			if r.Key == role && k.Typed() {
				out = append(out, k.Key)
			}
		}
	}
	return out
}

// aged returns an office of three people with three years behind it.
func aged(t *testing.T) *office {
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.past(calendar.Span{From: date("2023-05-02"), To: date("2026-05-13")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
	o.sync() // closes three years
	o.types(0, "2026-05-25", "deals", 7)
	o.sync()
	return o.settle()
}

// whole checks that the summary is what all figures and closes make it. It returns the
// stored inputs of «История».
func (o *office) whole(when string) (inputs string) {
	o.t.Helper()
	list, err := o.ledger.Files(o.t.Context())
	o.must(err)
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Kind == files.Summary })
	book, err := o.w.SummaryBook(o.t.Context(), 0)
	o.must(err)
	state := publish.Remembered(list[i])
	reqs, _, err := workbook.Diff(state, book)
	o.must(err)
	if len(reqs) > 0 {
		o.t.Errorf("%s: the summary is not what all figures make: %d requests", when, len(reqs))
	}
	return state.MadeOf(summary.TabHistory)
}

// After three years a department's summary and its closes are computed with only the
// figures of the last months, and show what the export computes from all of them.
func TestThreeYears(t *testing.T) {
	o := aged(t)
	o.whole("after three years")
	dep, engine, at, _, err := o.w.Figures(t.Context(), 0)
	o.must(err)
	closed, err := o.w.Closed(t.Context(), dep, at)
	o.must(err)
	months := map[string]int{}
	for _, c := range closed {
		if c.Kind == calendar.Month {
			months[c.From.String()[:4]]++
		}
		p, _ := dep.Person(c.Person)
		role, _ := dep.Role(p.Role)
		again, ok := summary.Close(engine, role, p, c.Period, c.At, words.RU)
		if diff := cmp.Diff(again, c); !ok || diff != "" {
			t.Fatalf("%s of %s, computed again (-) and exported (+):\n%s", c.Period, c.Name, diff)
		}
	}
	if months["2023"] != 3*8 || months["2024"] != 3*12 || months["2025"] != 3*12 {
		t.Errorf("closed months: %v", months)
	}
}

// Years of history stay as they are as long as none of their inputs changes; any change
// is noticed.
func TestHistoryIsKept(t *testing.T) {
	o := aged(t)
	o.share(o.control(), ops)
	stood := o.whole("after three years")
	if stood == "" {
		t.Fatal("nobody knows what the history is made from")
	}
	for _, step := range []struct {
		name  string
		do    func()
		stays bool
	}{
		{"a figure of today", func() { o.types(0, "2026-05-25", "deals", 3) }, true},
		{"another program", func() { o.restart(false) }, true},
		{"a plan of days to come", func() {
			o.adds("plans", map[string]any{"from": date("2026-06-01").Serial(),
				"role": "Менеджер по продажам", "kpi": "deals", "plan": 77})
		}, true},
		{"a figure of the week that is over", func() { o.types(1, "2026-05-22", "deals", 5) }, false},
		{"another name", func() { o.config("people", "name="+o.people[2].Name, "name", "Яна Новая") }, false},
		{"an edit that is allowed", func() {
			o.adds("unlocks", map[string]any{"person": o.people[0].Name, "from": date("2026-05-12").Serial(),
				"to": date("2026-05-13").Serial(), "until": date("2026-05-29").Serial()})
			o.settle()
			o.types(0, "2026-05-13", "deals", 40)
		}, false},
		{"a new day", func() { o.clock.set("2026-05-26", 12, 0) }, false},
		{"a week that closes", func() { o.clock.set("2026-05-28", 12, 0) }, false},
		{"a figure of that day", func() { o.types(0, "2026-05-28", "deals", 3) }, true},
		{"somebody hired long ago", func() {
			o.adds("people", map[string]any{"name": "Старый Новый", "email": "old@example.com",
				"role": "Менеджер по продажам", "hired": date("2026-03-02").Serial()})
		}, false},
		{"somebody who is gone", func() { o.deletes("people", "name=Старый Новый") }, false},
	} {
		step.do()
		o.settle()
		now := o.whole(step.name)
		if (now == stood) != step.stays {
			t.Errorf("%s: the history is made of %q, and was of %q", step.name, now, stood)
		}
		stood = now
	}
}
