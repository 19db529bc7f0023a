package localgoogle

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// Remembering the table above appended rows changes no table that is found, wherever the
// search begins and whatever is beside, between and below.
func TestTableAboveIsKnown(t *testing.T) {
	const rows, cols = 9, 6
	rng := rand.New(rand.NewPCG(1, 2))
	used := 0
	for range 3000 {
		sh := &sheet{props: &sheets.SheetProperties{
			GridProperties: &sheets.GridProperties{RowCount: rows, ColumnCount: cols}}}
		density := rng.Float64()
		fill := func(from int) {
			for r := from; r < rows; r++ {
				for c := range cols {
					sh.rows[r].cells[c] = cell{}
					if rng.Float64() < density {
						sh.rows[r].cells[c] = cell{kind: cellNumber, num: 1}
					}
				}
			}
		}
		for range rows {
			sh.rows = append(sh.rows, &row{cells: make([]cell, cols)})
		}
		fill(0)
		above := lastTable(sh, rect{0, 1 + rng.IntN(rows), 0, 1 + rng.IntN(cols)})
		if above == nil {
			continue
		}
		fill(above.area.r1)
		for r := range rows {
			for c := range cols {
				if !hasValue(&sh.rows[r].cells[c]) {
					continue
				}
				sh.above = nil
				want := block(sh, r, c)
				sh.above = above
				if got := block(sh, r, c); got != want {
					t.Fatalf("around %d,%d it finds %v, want %v, above %+v", r, c, got, want, *above)
				}
				if want.r1 > above.area.r1 && want.r0 <= above.area.r0 {
					used++
				}
			}
		}
	}
	if used < 1000 {
		t.Errorf("only %d tables were below and with the one above", used)
	}
}
