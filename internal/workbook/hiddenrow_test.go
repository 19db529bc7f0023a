package workbook

import (
	"slices"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// A row is hidden once, people may show it again, and it is shown when it is wanted.
func TestHiddenRow(t *testing.T) {
	book := func(heights map[int]int) *Book {
		return &Book{Title: "Отчёт", Locale: "ru_RU", TimeZone: "Europe/Moscow", Tabs: []*Tab{{
			ID: 7, Key: "month", Title: "Май", Rows: 3, Cols: 1, Heights: heights, KeyColumn: "date",
			Columns: []Column{{Key: "date"}}, RowIDs: []RowID{{Tag: "head"}, {Day: 45000}, {Day: 45001}},
			Cells: [][]Cell{{Txt("Дата", nil)}, {N(45000, nil)}, {N(45001, nil)}}}}}
	}
	type change struct {
		from, to int64
		hide     bool
	}
	changes := func(reqs []*sheets.Request) (out []change) {
		for _, r := range reqs {
			if u := r.UpdateDimensionProperties; u != nil && u.Fields == "hiddenByUser" {
				out = append(out, change{u.Range.StartIndex, u.Range.EndIndex, u.Properties.HiddenByUser})
			}
		}
		return out
	}
	state := Fresh()
	for _, step := range []struct {
		name    string
		heights map[int]int
		want    []change
	}{
		{"a new tab", map[int]int{0: 40, 1: HiddenRow, 2: HiddenRow}, []change{{1, 3, true}}},
		{"the same", map[int]int{0: 40, 1: HiddenRow, 2: HiddenRow}, nil},
		{"one is wanted", map[int]int{0: 40, 1: HiddenRow}, []change{{2, 3, false}}},
		{"hidden again", map[int]int{0: 40, 1: HiddenRow, 2: HiddenRow}, []change{{2, 3, true}}},
		{"both are wanted, one is tall", map[int]int{0: 40, 2: 30}, []change{{1, 3, false}}},
	} {
		reqs, next, err := Diff(state, book(step.heights))
		if err != nil {
			t.Fatal(err)
		}
		if got := changes(reqs); !slices.Equal(got, step.want) {
			t.Errorf("%s: %v instead of %v", step.name, got, step.want)
		}
		b, err := next.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if state, err = UnmarshalState(b); err != nil {
			t.Fatal(err)
		}
	}
}
