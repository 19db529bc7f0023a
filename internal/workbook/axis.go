package workbook

import (
	"slices"

	"google.golang.org/api/sheets/v4"
)

// axis tracks the positions of a tab's rows or columns while requests insert and move
// some of them.
type axis struct {
	sheet int64
	dim   string
	size  int   // of the grid, as far as known
	alone bool  // nobody else changes the size
	pos   []int // of every line that is tracked; −1: missing
	reqs  []*sheets.Request
}

// line is a row or column to be matched: its identity, empty if it is known by position,
// and its position.
type line struct {
	id  string
	pos int
}

// origin says where a line came from.
type origin uint8

const (
	wasThere origin = iota
	grown           // beyond the old edge of the grid: it must be empty
	inserted        // between others: it has the look of its neighbour
)

// match finds the old line of each wanted one, −1 if there is none: by identity, and
// lines without one in their order. If no line had an identity before, lines that get one
// now are those at the same places.
func match(want []string, old []line) []int {
	from := make([]int, len(want))
	byID := make(map[string]int)
	var nameless []int
	for j, l := range old {
		switch {
		case l.id != "" && l.pos >= 0:
			byID[l.id] = j
		case l.id == "":
			nameless = append(nameless, j)
		}
	}
	if len(nameless) == len(old) {
		for i := range want {
			from[i] = -1
			if i < len(old) && old[i].pos >= 0 {
				from[i] = i
			}
		}
		return from
	}
	next := 0
	for i, id := range want {
		from[i] = -1
		if id == "" {
			if next < len(nameless) && old[nameless[next]].pos >= 0 {
				from[i] = nameless[next]
			}
			next++
		} else if j, ok := byID[id]; ok {
			from[i] = j
		}
	}
	return from
}

// place arranges the wanted lines. Those that exist stay or, if reorder is set, move into
// the wanted order with as few moves as possible; the first lead lines always do. Missing
// ones are inserted after their predecessor. With tail, lines at the end that are known
// by position take the next free places instead; beyond the known edge of the grid they
// are inserted as well, unless nobody else can have made it longer. Afterwards
// a.pos[:len(want)] holds the positions of the wanted lines, and a.pos[len(want)+j] that
// of old line j.
func (a *axis) place(want []string, old []line, from []int, reorder bool, lead int, tail bool) []origin {
	n := len(want)
	origins := make([]origin, n)
	a.pos = make([]int, n+len(old))
	for j, l := range old {
		a.pos[n+j] = l.pos
	}
	for i, j := range from {
		a.pos[i] = -1
		if j >= 0 {
			a.pos[i], a.pos[n+j] = old[j].pos, -1
		}
	}
	if reorder {
		a.reorder(n)
	}
	a.lead(lead, n)
	end := n // end of the lines before the tail
	if tail {
		for end > 0 && want[end-1] == "" && from[end-1] < 0 {
			end--
		}
	}
	a.insertMissing(origins, end)
	if end < n {
		a.appendTail(origins, end)
	}
	return origins
}

// insertMissing inserts the missing ones of the first end lines, each run of them after
// its predecessor.
func (a *axis) insertMissing(origins []origin, end int) {
	for i := 0; i < end; i++ {
		if a.pos[i] >= 0 {
			continue
		}
		k := i + 1
		for k < end && a.pos[k] < 0 {
			k++
		}
		at := 0
		if i > 0 {
			at = a.pos[i-1] + 1
		} else if j := slices.IndexFunc(a.pos[:len(origins)], func(p int) bool { return p >= 0 }); j >= 0 {
			at = a.pos[j]
		}
		a.insert(at, k-i)
		for m := i; m < k; m++ {
			a.pos[m], origins[m] = at+m-i, inserted
		}
	}
}

// appendTail gives the lines from end on the next free places, and lengthens the grid if
// there are too few.
func (a *axis) appendTail(origins []origin, end int) {
	taken := make(map[int]bool, len(a.pos))
	next := 0
	for i, p := range a.pos {
		taken[p] = true
		if i < end {
			next = max(next, p+1)
		}
	}
	for i := end; i < len(origins); i++ {
		for taken[next] {
			next++
		}
		if next >= a.size && !a.alone {
			a.insert(next, len(origins)-i)
			for ; i < len(origins); i, next = i+1, next+1 {
				a.pos[i], origins[i] = next, inserted
			}
			return
		}
		if next >= a.size {
			origins[i] = grown
		}
		a.pos[i] = next
		next++
	}
}

// lead moves the first k lines, those that exist, in order before the rest of the first
// n.
func (a *axis) lead(k, n int) {
	rest := -1 // where the rest begins
	for _, p := range a.pos[k:n] {
		if p >= 0 && (rest < 0 || p < rest) {
			rest = p
		}
	}
	if rest < 0 {
		return
	}
	var ahead, at []int // the lines that are before it already
	for i, p := range a.pos[:k] {
		if p >= 0 && p < rest {
			ahead, at = append(ahead, i), append(at, p)
		}
	}
	stays := map[int]bool{}
	for j, keep := range increasing(at) {
		stays[ahead[j]] = keep
	}
	prev := -1
	for i := range k {
		if a.pos[i] < 0 {
			continue
		}
		if !stays[i] {
			to := rest
			for _, p := range a.pos[:n] {
				if p >= 0 {
					to = min(to, p)
				}
			}
			if prev >= 0 {
				to = a.pos[prev] + 1
			}
			a.move(i, to)
		}
		prev = i
	}
}

// make lays out n lines of a new tab in a row.
func (a *axis) make(n int) []origin {
	origins := make([]origin, n)
	a.pos = make([]int, n)
	for i := range n {
		a.pos[i], origins[i] = i, grown
	}
	return origins
}

// reorder moves the existing ones of the first n lines into order.
func (a *axis) reorder(n int) {
	var here []int // indexes of existing lines
	var at []int
	for i, p := range a.pos[:n] {
		if p >= 0 {
			here, at = append(here, i), append(at, p)
		}
	}
	keep := increasing(at)
	for k, i := range here {
		if keep[k] {
			continue
		}
		to := 0
		if k > 0 {
			to = a.pos[here[k-1]] + 1
		} else {
			to = slices.Min(at)
		}
		a.move(i, to)
	}
}

// increasing marks a longest increasing subsequence.
func increasing(v []int) []bool {
	best, prev := make([]int, len(v)), make([]int, len(v))
	last := -1
	for i := range v {
		best[i], prev[i] = 1, -1
		for j := range i {
			if v[j] < v[i] && best[j]+1 > best[i] {
				best[i], prev[i] = best[j]+1, j
			}
		}
		if last < 0 || best[i] > best[last] {
			last = i
		}
	}
	keep := make([]bool, len(v))
	for ; last >= 0; last = prev[last] {
		keep[last] = true
	}
	return keep
}

// insert inserts n lines at position at.
func (a *axis) insert(at, n int) {
	// Google inserts only between lines. The grid may end after the last line that is
	// known to exist, whatever its size was once: make it longer first.
	switch {
	case at >= a.size:
		a.grow(at + 1)
	case !a.alone && at > slices.Max(a.pos):
		a.grow(a.size + 1)
	}
	a.reqs = append(a.reqs, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{
		Range: dimension(a.sheet, a.dim, at, at+n), InheritFromBefore: at > 0,
	}})
	for i, p := range a.pos {
		if p >= at {
			a.pos[i] = p + n
		}
	}
	a.size += n
}

// move moves line i before the one at position to.
func (a *axis) move(i, to int) {
	at := a.pos[i]
	if to == at || to == at+1 {
		return
	}
	a.reqs = append(a.reqs, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{
		Source: dimension(a.sheet, a.dim, at, at+1), DestinationIndex: int64(to),
		ForceSendFields: []string{"DestinationIndex"},
	}})
	for k, p := range a.pos {
		switch {
		case k == i:
		case p > at && p < to:
			a.pos[k] = p - 1
		case p >= to && p < at:
			a.pos[k] = p + 1
		}
	}
	if to > at {
		to--
	}
	a.pos[i] = to
}

// grow makes the grid at least n lines long. It appends rather than sets the size:
// somebody may have made the grid longer since, and a smaller size would cut off what is
// there.
func (a *axis) grow(n int) {
	if n <= a.size {
		return
	}
	a.reqs = append(a.reqs, &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{
		SheetId: a.sheet, Dimension: a.dim, Length: int64(n - a.size),
	}})
	a.size = n
}

// runs returns the runs of neighbouring positions as half-open pairs.
func runs(pos []int) [][2]int {
	pos = slices.Clone(pos)
	slices.Sort(pos)
	var out [][2]int
	for _, p := range pos {
		if n := len(out); n > 0 && out[n-1][1] >= p {
			out[n-1][1] = max(out[n-1][1], p+1)
			continue
		}
		out = append(out, [2]int{p, p + 1})
	}
	return out
}
