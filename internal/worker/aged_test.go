package worker_test

import (
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/publish"
	"svodka/internal/workbook"
)

// past puts figures of all KPIs that a role types into the ledger, for each working day
// of a span, as cycles of those days would have kept them.
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

// typedKPIs are the keys of what people of a role type.
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

// With three years behind it a department's summary and its closes are computed with
// the figures of the last months alone, and show what the export computes of all of
// them.
func TestThreeYears(t *testing.T) {
	o := newOffice(t).init().hire(3, "sales-rep")
	o.sync()
	o.past(calendar.Span{From: date("2023-05-02"), To: date("2026-05-13")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
	o.sync() // closes three years
	o.types(0, "2026-05-25", "deals", 7)
	o.sync()
	o.settle()
	list, err := o.ledger.Files(t.Context())
	o.must(err)
	for _, f := range list {
		if f.Kind != files.Summary {
			continue
		}
		whole, err := o.w.SummaryBook(t.Context(), 0)
		o.must(err)
		reqs, _, err := workbook.Diff(publish.Remembered(f), whole)
		o.must(err)
		if len(reqs) > 0 {
			t.Errorf("the summary is not what all figures make: %d requests", len(reqs))
		}
	}
	months := map[string]int{}
	for _, c := range o.closed() {
		if c.Kind == calendar.Month {
			months[c.From.String()[:4]]++
		}
	}
	if months["2023"] != 3*8 || months["2024"] != 3*12 || months["2025"] != 3*12 {
		t.Errorf("closed months: %v", months)
	}
}
