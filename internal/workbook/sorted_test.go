package workbook

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ranking is a Sorted tab: a heading, and a row for each of the people in their order.
func ranking(people []int, figure func(person int) float64) *Book {
	head, name, light := &Style{Bold: true}, &Style{Align: "LEFT"}, &Style{Background: "#B7E1CD"}
	t := &Tab{ID: 7, Key: "rating", Title: "Рейтинг", Exclusive: true, Sorted: true, Rows: len(people) + 3,
		Heights: map[int]int{0: 36}, FrozenRows: 1, Cells: [][]Cell{
			{Txt("Рейтинг", head)}, nil, {Txt("Место", head), Txt("Сотрудник", head), Txt("Факт", head)}}}
	for i, p := range people {
		who := Txt(fmt.Sprintf("Сотрудник %03d", p), name)
		who.Link = fmt.Sprintf("https://docs.google.com/spreadsheets/d/%044d", p)
		if p%7 == 0 {
			who.Note = fmt.Sprint("опоздал ", p)
		}
		fact := N(figure(p), name)
		if figure(p) > 50 {
			fact.Style = light
		}
		t.Cells = append(t.Cells, []Cell{N(float64(i+1), nil), who, fact})
	}
	return &Book{Title: "Сводка", Locale: "ru_RU", TimeZone: "Europe/Moscow", Tabs: []*Tab{t}}
}

// Where a few people change places in a rating, their rows move: nobody's name and link
// are written again.
func TestSortedRowsMove(t *testing.T) {
	people := places(300)
	figure := func(p int) float64 { return float64(p % 60) }
	_, state := mustDiff(t, Fresh(), ranking(people, figure))
	for _, i := range []int{20, 70, 130, 190, 250} { // up by ten places each
		p := people[i]
		people = slices.Insert(slices.Delete(people, i, i+1), i-10, p)
	}
	reqs, _ := mustDiff(t, state, ranking(people, figure))
	moves := 0
	for _, r := range reqs {
		switch {
		case r.MoveDimension != nil:
			moves++
		case r.UpdateCells == nil || r.UpdateCells.Fields != "userEnteredValue" || r.UpdateCells.Start.ColumnIndex != 0:
			t.Errorf("more than places is written: %s", asJSON(r))
		}
	}
	if moves != 5 {
		t.Errorf("%d moves, want 5", moves)
	}
}

// Whatever happens to a rating, what stands there is what a new one would be.
func TestSortedRowsStandAsNewOnes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(14, 11))
	people, figures := places(40), map[int]float64{}
	figure := func(p int) float64 { return figures[p] }
	kept := newSim()
	var state *State
	moved := 0
	for round := range 60 {
		for range rnd.IntN(6) {
			switch p := people[rnd.IntN(len(people))]; rnd.IntN(8) {
			case 0: // hired, perhaps for a second time
				people = append(people, rnd.IntN(60))
			case 1:
				if len(people) > 20 {
					people = slices.DeleteFunc(people, func(o int) bool { return o == p })
				}
			default:
				figures[p] = float64(rnd.IntN(100))
			}
		}
		if rnd.IntN(10) == 0 {
			rnd.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		} else {
			slices.SortStableFunc(people, func(a, b int) int { return int(figures[b] - figures[a]) })
		}
		book := ranking(people, figure)
		if state == nil {
			state = Fresh()
		}
		reqs, _ := mustDiff(t, state, book)
		for _, r := range reqs {
			if r.MoveDimension != nil {
				moved++
			}
		}
		state = mustApply(t, kept, state, book)
		made := newSim()
		mustApply(t, made, Fresh(), book)
		got, want := kept.tab(7), made.tab(7)
		heights := func(lines []simLine) (h []int) {
			for _, l := range lines {
				h = append(h, max(l.size, plainHeight))
			}
			return h
		}
		if d := cmp.Diff(want.cells, got.cells, cmp.AllowUnexported(simCell{})); d != "" {
			t.Fatalf("round %d, cells (−new +kept):\n%s", round, d)
		}
		if d := cmp.Diff(heights(want.rows), heights(got.rows)); d != "" {
			t.Fatalf("round %d, heights (−new +kept):\n%s", round, d)
		}
	}
	if moved == 0 {
		t.Error("no row has ever been moved")
	}
}

func TestSortedTabsHoldNothingButCells(t *testing.T) {
	book := ranking(places(3), func(int) float64 { return 0 })
	book.Tabs[0].Merges = []Area{{R1: 1, C1: 2}}
	if _, _, err := Diff(Fresh(), book); err == nil {
		t.Error("a sorted tab with merged cells is taken")
	}
}
