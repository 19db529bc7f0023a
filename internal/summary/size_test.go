package summary

import (
	"encoding/json"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/department"
	"svodka/internal/workbook"
)

// What is sent for the summary of 500 people, whole and when one of them types a figure,
// may not grow unnoticed.
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
	t.Logf("whole %d bytes, a figure %d", whole, one)
	// As it was before «Неделя» and «Месяц» had tabs with all columns.
	if whole > 18_392_380 || one > 133_634 {
		t.Errorf("the whole takes %d bytes, a figure %d", whole, one)
	}
}
