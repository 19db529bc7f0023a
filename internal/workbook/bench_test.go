package workbook

import (
	"fmt"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// summary returns a book of tabs with a row per person: names, figures, lights with
// their own look, notes on some.
func summary(people, cols, tabs int) *Book {
	b := &Book{Title: "Сводка", Locale: "ru_RU", TimeZone: "Europe/Moscow"}
	name := &Style{Bold: true}
	figure := &Style{Format: NumberFormat{"NUMBER", "#,##0"}}
	share := &Style{Format: NumberFormat{"PERCENT", "0%"}}
	lights := []*Style{{Background: "#F4C7C3"}, {Background: "#FCE8B2"}, {Background: "#B7E1CD"}}
	for n := range tabs {
		t := &Tab{ID: int64(n + 1), Key: fmt.Sprint("tab", n), Title: fmt.Sprint("Вкладка ", n), Exclusive: true,
			FrozenRows: 1, FrozenCols: 1}
		t.Cells = make([][]Cell, people+1)
		for r := range t.Cells {
			row := make([]Cell, cols)
			for c := range row {
				switch {
				case r == 0:
					row[c] = Txt(fmt.Sprint("Показатель ", c), name)
				case c == 0:
					row[c] = Txt(fmt.Sprint("Фамилия Имя ", r), name)
				case c%5 == 3:
					row[c] = N(float64(r*c%1000)/997, share)
				case c%5 == 4:
					row[c] = Txt("▲", lights[r*7%3])
				default:
					row[c] = N(float64(r*c%3000), figure)
				}
			}
			t.Cells[r] = row
		}
		b.Tabs = append(b.Tabs, t)
	}
	return b
}

func BenchmarkDiffSummary5000(b *testing.B) {
	want := summary(5000, 60, 3)
	reqs, state, err := Diff(Fresh(), want)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("first write: %d requests, %d bytes", len(reqs), sizeOf(reqs))
	kept, err := state.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("state: %d bytes", len(kept))
	run := func(name string, want *Book, check func([]*sheets.Request) bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				reqs, _, err := Diff(state, want)
				if err != nil || !check(reqs) {
					b.Fatal(err, len(reqs))
				}
			}
		})
	}
	run("nothing changed", want, func(r []*sheets.Request) bool { return len(r) == 0 })
	changed := summary(5000, 60, 3)
	for i := range 50 {
		for _, t := range changed.Tabs {
			for c := range t.Cells[i*97+1][1:] {
				if cell := &t.Cells[i*97+1][c+1]; cell.Kind == Number {
					cell.Num++
				}
			}
		}
	}
	run("50 people changed", changed, func(r []*sheets.Request) bool { return len(r) > 0 })
	b.Run("fresh", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := Diff(Fresh(), want); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := state.Marshal(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := UnmarshalState(kept); err != nil {
				b.Fatal(err)
			}
		}
	})
}
