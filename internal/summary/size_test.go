package summary

import (
	"encoding/json"
	"fmt"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/department"
	"svodka/internal/workbook"
)

// The data sent for the summary of 500 people, whole and when one of them types a figure,
// must not grow unnoticed.
func TestSummaryOf500StaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole department")
	}
	size := func(reqs []*sheets.Request) int {
		b, err := json.Marshal(reqs)
		if err != nil {
			t.Fatal(err)
		}
		return len(b)
	}
	diff := func(have *workbook.State, in Input) (int, *workbook.State) {
		reqs, after, err := workbook.Diff(have, Layout(in))
		if err != nil {
			t.Fatal(err)
		}
		return size(reqs), after
	}
	whole, state := diff(workbook.Fresh(), crowd(500, 20))
	one, _ := diff(state, crowd(500, 20, department.Entry{Person: "p0123", KPI: "revenue", Date: day("2026-11-20"),
		Value: 60_000}))
	var typed []department.Entry
	for i := range 40 {
		typed = append(typed, department.Entry{Person: department.PersonID(fmt.Sprintf("p%04d", i*12+3)),
			KPI: []string{"calls", "leads", "deals", "revenue"}[i%4], Date: day("2026-11-20"),
			Value: []float64{60 + float64(i), float64(i / 8), float64(i / 10), 40_000 + 777*float64(i)}[i%4]})
	}
	forty, _ := diff(state, crowd(500, 20, typed...))
	t.Logf("whole %d bytes, a figure %d, a figure each of 40 people %d", whole, one, forty)
	if whole > 17_500_000 || one > 50_000 {
		t.Errorf("the whole takes %d bytes, a figure %d", whole, one)
	}
	// It is half as much again if a rating in which people change places is rewritten.
	if forty > 300_000 {
		t.Errorf("a figure each of 40 people takes %d bytes", forty)
	}
}
