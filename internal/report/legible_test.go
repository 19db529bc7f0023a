package report_test

import (
	"testing"

	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/words"
	look "svodka/internal/workbook/legible"
)

// Every look that a cell can have, by its own style or by a rule, is legible: text on
// background has at least 4.5 : 1 (WCAG 2.1, 1.4.3) and no type is under 9 points.
func TestLegible(t *testing.T) {
	for _, role := range []department.Role{coldCaller(t), salesRepDeals(t), salesRep(t), accountManager(t)} {
		in := input(role, mayDay(15))
		in.Person.Hired = mayDay(4)
		in.Dep.Absences = []department.Absence{{Person: in.Person.ID,
			Span: may.Span, Kind: "vacation"}}
		in.Typed.Deals = []department.Deal{{Date: mayDay(5), Client: "ООО «Вектор»", Amount: 5000, Key: "r1"}}
		in.Flags = []report.Flag{{Tab: "deals", Column: "amount", Row: 3, Text: "много", Note: "?"},
			{Tab: "deals", Column: "date", Row: 4, Text: "5 мая", Note: "?", Soft: true}}
		legible(t, role.Key, plans(in))
		in.Dep.Absences, in.Lang = nil, words.EN
		legible(t, role.Key, plans(in))
	}
	legible(t, "reverse plan", reversed(t))
}

func legible(t *testing.T, name string, in report.Input) {
	t.Helper()
	faults, looks, err := look.Check(report.Layout(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Errorf("%s: %s", name, f)
	}
	if looks < 5 {
		t.Errorf("%s: only %d looks were found", name, looks)
	}
}
