package workbook

import (
	"slices"
	"strings"
)

// mostMoves is how many rows of a Sorted tab are moved at most: each takes a request of
// its own, and Google carries out one after the other.
const mostMoves = 100

// sortedFrom tells for each row of a Sorted tab which one it was of those that stand
// there, where a few moves bring them into the order of the Book; nil where they do not,
// or where not all that stands there is known.
func (p *plan) sortedFrom() []int {
	t, old := p.want, p.old
	n, _ := t.size()
	inPlace := func() bool {
		for j, r := range old.rows {
			if r.pos != j || r.identified() {
				return false
			}
		}
		return len(old.spareRows) == 0
	}
	if !t.Sorted || p.made || p.read || n != len(old.rows) || !slices.Equal(p.colFrom, places(len(old.cols))) ||
		!inPlace() {
		return nil
	}
	from := pair(p.linked())
	moves := 0
	for _, kept := range increasing(from) {
		if !kept {
			moves++
		}
	}
	if moves == 0 || moves > mostMoves {
		return nil
	}
	return from
}

// linkOf identifies a row by the look of the first cell with a link in it, and by how
// many above have the same one, from 1. The look holds the link; the zero value stands
// for a row without one.
type linkOf struct {
	look uint64
	nth  int
}

// linked gives the links of the rows of the Book, and of those that stand there.
func (p *plan) linked() (want, have []linkOf) {
	ours := map[uint64]int{}
	for r := range p.rowFrom {
		var of linkOf
		if r < len(p.want.Cells) {
			row := p.want.Cells[r]
			// Links to places in the spreadsheet itself are not known yet.
			if c := slices.IndexFunc(row, func(c Cell) bool {
				return c.Link != "" && !strings.HasPrefix(c.Link, "#")
			}); c >= 0 {
				look := styleHash(row[c].Style, row[c].Link)
				ours[look]++
				of = linkOf{look, ours[look]}
			}
		}
		want = append(want, of)
	}
	seen := map[uint64]int{}
	width := len(p.old.cols)
	for r := range p.old.rows {
		var of linkOf
		for _, k := range p.old.looks[r*width : (r+1)*width] {
			if look := p.old.palette[k].style; ours[look] > 0 {
				seen[look]++
				of = linkOf{look, seen[look]}
				break
			}
		}
		have = append(have, of)
	}
	return want, have
}

// pair finds the place in have of each of want, both of one length: of equal ones first,
// the rest in their order. Each place is given once.
func pair(want, have []linkOf) []int {
	at := make(map[linkOf]int, len(have))
	for j, l := range have {
		if l.nth > 0 {
			at[l] = j
		}
	}
	from, taken := make([]int, len(want)), make([]bool, len(have))
	for i, l := range want {
		from[i] = -1
		if j, ok := at[l]; ok {
			from[i], taken[j] = j, true
		}
	}
	next := 0
	for i := range from {
		if from[i] >= 0 {
			continue
		}
		for taken[next] {
			next++
		}
		from[i], taken[next] = next, true
	}
	return from
}

// places are the numbers from 0 to n−1.
func places(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	return p
}
