package workbook

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Found is a tagged column in a read of values.
type Found struct {
	MetaID int64
	Sheet  string // title at that time
	Col    int    // 0-based
	Row    int    // 0-based row of Values[0]
	Values []any  // float64, string, bool or nil
	// Formats are the types of the cells' own number formats (DATE, TEXT …), of empty
	// cells as well; those at the end without one are left out.
	Formats []string
}

// Format returns the type of the number format of the cell of Values[i]; empty: none.
func (f *Found) Format(i int) string {
	if i < 0 || i >= len(f.Formats) {
		return ""
	}
	return f.Formats[i]
}

// MetaIDs returns the developer metadata ids of all columns that the state knows, in
// order of position, including hidden ones that are no longer in the Book. A read must
// ask for them so that Locate finds as much as possible.
func (s *State) MetaIDs() []int64 { return s.MetaIDsOf(func(string) bool { return true }) }

// MetaIDsOf is MetaIDs for the tabs whose keys are wanted. After a read of these alone,
// Locate them alone: nothing is known of where the lines of the others are.
func (s *State) MetaIDsOf(wanted func(tab string) bool) []int64 {
	var ids []int64
	for _, t := range s.tabs {
		if !wanted(t.key) {
			continue
		}
		cols := slices.Concat(t.cols, t.spareCols)
		slices.SortStableFunc(cols, func(a, b colState) int { return a.pos - b.pos })
		for _, c := range cols {
			if c.key != "" && c.pos >= 0 {
				ids = append(ids, MetaID(t.id, c.key))
			}
		}
	}
	return ids
}

// Locate updates the state's structure from a read: the position of each tagged column
// and, by the values of each tab's key column, of each day's row. It returns what is
// missing: columns and tabs that are gone, days that are gone or occur twice. It
// considers only the given tabs. The read must ask for all MetaIDs: a missing column that
// is no longer in the Book is forgotten.
//
// Values do not show everything. Locate finds tagged rows by their texts, and moves rows
// and columns without identity along with their neighbours. If something is missing, only
// StateOf (or Refresh) knows for sure.
func (s *State) Locate(tabs []*Tab, found []Found) (missing []string) {
	byID := make(map[int64]*Found, len(found))
	for i := range found {
		byID[found[i].MetaID] = &found[i]
	}
	defer func() { s.formulasShifted = s.formulasShifted || len(missing) > 0 }()
	for _, tab := range tabs {
		k := slices.IndexFunc(s.tabs, func(t *tabState) bool { return t.id == tab.ID })
		if k < 0 || s.tabs[k].seen != nil {
			continue
		}
		t := s.tabs[k].clone()
		lost, any := t.locateColumns(tab, byID)
		if !any {
			if len(lost) == 0 {
				continue // nothing to find it by
			}
			missing = append(missing, fmt.Sprintf("tab %q is gone", t.key))
			s.relocated = true
			s.tabs = slices.Delete(slices.Clone(s.tabs), k, k+1)
			s.order = slices.DeleteFunc(slices.Clone(s.order), func(r sheetRef) bool { return r.id == t.id })
			continue
		}
		for _, key := range lost {
			missing = append(missing, fmt.Sprintf("tab %q: column %q is gone", t.key, key))
		}
		missing = append(missing, t.locateRows(tab, byID)...)
		if t.moved(s.tabs[k]) || t.gridRows != s.tabs[k].gridRows || t.gridCols != s.tabs[k].gridCols {
			s.formulasShifted = s.formulasShifted || t.moved(s.tabs[k])
			s.relocated = true
			s.tabs = slices.Clone(s.tabs)
			s.tabs[k] = t
		}
		for _, c := range tab.Columns {
			if f := byID[MetaID(t.id, c.Key)]; c.Key != "" && f != nil && f.Sheet != "" {
				i := slices.IndexFunc(s.order, func(r sheetRef) bool { return r.id == t.id })
				if s.order[i].title != f.Sheet {
					s.formulasShifted, s.relocated = true, true
					s.order = slices.Clone(s.order)
					s.order[i].title = f.Sheet
				}
				break
			}
		}
	}
	return missing
}

// moved reports whether any row or column is at another position than in o.
func (t *tabState) moved(o *tabState) bool {
	col := func(a, b colState) bool { return a.pos == b.pos }
	row := func(a, b rowState) bool { return a.pos == b.pos }
	return !slices.EqualFunc(t.cols, o.cols, col) || !slices.EqualFunc(t.spareCols, o.spareCols, col) ||
		!slices.EqualFunc(t.rows, o.rows, row) || !slices.EqualFunc(t.spareRows, o.spareRows, row)
}

// clone copies all that Locate changes.
func (t *tabState) clone() *tabState {
	c := *t
	c.cols, c.spareCols = slices.Clone(t.cols), slices.Clone(t.spareCols)
	c.rows, c.spareRows = slices.Clone(t.rows), slices.Clone(t.spareRows)
	return &c
}

// locateColumns returns the keys of known columns that are missing, and whether it found
// any column.
func (t *tabState) locateColumns(tab *Tab, byID map[int64]*Found) (lost []string, any bool) {
	var was, is []int // of columns found both then and now
	for _, cols := range [][]colState{t.cols, t.spareCols} {
		for _, c := range cols {
			if f := byID[MetaID(t.id, c.key)]; c.key != "" && f != nil {
				any = true
				if c.pos >= 0 {
					was, is = append(was, c.pos), append(is, f.Col)
				}
			}
		}
	}
	slices.Sort(was)
	slices.Sort(is)
	for i := range t.cols {
		c := &t.cols[i]
		f := byID[MetaID(t.id, c.key)]
		switch {
		case c.key != "" && f != nil:
			c.pos = f.Col
		case c.key != "" && c.pos >= 0:
			lost, c.pos = append(lost, c.key), -1
		case c.pos >= 0:
			c.pos = follow(was, is, c.pos)
		}
	}
	for i := range t.spareCols {
		c := &t.spareCols[i]
		if c.pos = -1; byID[MetaID(t.id, c.key)] != nil {
			c.pos = byID[MetaID(t.id, c.key)].Col
		}
	}
	t.spareCols = slices.DeleteFunc(t.spareCols, func(c colState) bool { return c.pos < 0 })
	// a tagged column that the state does not know, so neither its cells
	for _, c := range tab.Columns {
		known := func(s colState) bool { return s.key == c.Key }
		if f := byID[MetaID(t.id, c.Key)]; c.Key != "" && f != nil &&
			!slices.ContainsFunc(t.cols, known) && !slices.ContainsFunc(t.spareCols, known) {
			t.spareCols = append(t.spareCols, colState{key: c.Key, pos: f.Col})
		}
	}
	for _, c := range t.cols {
		t.gridCols = max(t.gridCols, c.pos+1)
	}
	return lost, any
}

// follow returns the present position of something that was at p: it moves with what came
// before it or, without that, with what came after it if that moved closer. was and is
// are the sorted positions of the same things then and now: sorted, so that people's
// sorting of rows among themselves moves nothing else.
func follow(was, is []int, p int) int {
	k, exact := slices.BinarySearch(was, p)
	if exact {
		return is[k]
	}
	switch {
	case k > 0:
		return p + is[k-1] - was[k-1]
	case len(was) > 0 && is[0] < was[0]:
		return max(-1, p+is[0]-was[0])
	}
	return p
}

// locateRows finds the rows of days in the key column, then the others.
func (t *tabState) locateRows(tab *Tab, byID map[int64]*Found) (missing []string) {
	was, is, missing := t.locateDays(byID)
	slices.Sort(was)
	slices.Sort(is)
	missing = append(missing, t.locateTags(tab, byID, was, is)...)
	for _, r := range t.rows {
		t.gridRows = max(t.gridRows, r.pos+1)
	}
	return missing
}

// locateDays finds the rows of days in the key column, and returns the old and the new
// positions of those that still exist.
func (t *tabState) locateDays(byID map[int64]*Found) (was, is []int, missing []string) {
	if t.keyCol < 0 || t.keyCol >= len(t.cols) {
		return nil, nil, nil
	}
	f := byID[MetaID(t.id, t.cols[t.keyCol].key)]
	if f == nil {
		return nil, nil, nil
	}
	stands := map[float64][]int{}
	for i, v := range f.Values {
		if n, ok := v.(float64); ok {
			stands[math.Floor(n)] = append(stands[math.Floor(n)], f.Row+i)
		}
	}
	for _, list := range [][]rowState{t.rows, t.spareRows} {
		for i := range list {
			r := &list[i]
			if r.day == 0 {
				continue
			}
			at := stands[r.day]
			now := -1
			switch {
			case slices.Contains(at, r.pos):
				now = r.pos
			case len(at) > 0:
				now = at[0]
			}
			switch {
			case now < 0 && r.pos >= 0:
				missing = append(missing, fmt.Sprintf("tab %q: the row of %s is gone", t.key, dayName(r.day)))
			case len(at) > 1:
				missing = append(missing, fmt.Sprintf("tab %q: %s stands in %d rows", t.key, dayName(r.day), len(at)))
			}
			if now >= 0 && r.pos >= 0 {
				was, is = append(was, r.pos), append(is, now)
			}
			r.pos = now
		}
	}
	return was, is, missing
}

// locateTags finds the rows without a day. was and is say how the days have moved.
func (t *tabState) locateTags(tab *Tab, byID map[int64]*Found, was, is []int) (missing []string) {
	byTag := map[string]int{}
	for i, id := range tab.RowIDs {
		if id.Tag != "" {
			byTag[id.Tag] = i
		}
	}
	first := 0 // how far the first day has moved
	if len(was) > 0 {
		first = is[0] - was[0]
	}
	taken := map[int]bool{}
	for _, p := range is {
		taken[p] = true
	}
	var tagWas, tagIs []int
	for i := range t.rows {
		r := &t.rows[i]
		if r.tag == "" || r.pos < 0 {
			continue
		}
		guess := follow(was, is, r.pos)
		now := guess
		if k, ok := byTag[r.tag]; ok {
			texts := t.textsOf(tab, i, k)
			if len(texts) > 0 {
				now = findRow(texts, byID, []int{guess, r.pos + first, r.pos}, taken)
			}
		}
		if now < 0 {
			missing = append(missing, fmt.Sprintf("tab %q: the row %q is gone", t.key, r.tag))
		} else {
			tagWas, tagIs = append(tagWas, r.pos), append(tagIs, now)
			taken[now] = true
		}
		r.pos = now
	}
	was, is = append(slices.Clone(was), tagWas...), append(slices.Clone(is), tagIs...)
	slices.Sort(was)
	slices.Sort(is)
	for _, list := range [][]rowState{t.rows, t.spareRows} {
		for i := range list {
			if r := &list[i]; r.pos >= 0 && r.day == 0 && (r.tag == "" || &list[0] != &t.rows[0]) {
				r.pos = follow(was, is, r.pos)
			}
		}
	}
	return missing
}

// textsOf returns the texts by which a row can be recognised: those that the Book has
// there and that were written; by metadata id of their column.
func (t *tabState) textsOf(tab *Tab, row, inTab int) map[int64]string {
	texts := map[int64]string{}
	for c, col := range t.cols {
		k := slices.IndexFunc(tab.Columns, func(x Column) bool { return x.Key == col.key })
		if col.key == "" || col.pos < 0 || k < 0 {
			continue
		}
		cell := tab.cell(inTab, k)
		if cell.Kind == Text && !cell.Open && cell.Str != "" &&
			t.vals[row*len(t.cols)+c] == valueCode(Text, 0, cell.Str) {
			texts[MetaID(t.id, col.key)] = cell.Str
		}
	}
	return texts
}

// findRow finds the row with most of the texts: at one of the likely places, else
// anywhere if there is only one such row. −1: nowhere.
func findRow(texts map[int64]string, byID map[int64]*Found, likely []int, taken map[int]bool) int {
	hits := map[int]int{}
	asked := 0
	for id, text := range texts {
		f := byID[id]
		if f == nil {
			continue
		}
		asked++
		for i, v := range f.Values {
			if v == text {
				hits[f.Row+i]++
			}
		}
	}
	if asked == 0 {
		return likely[0]
	}
	for _, p := range likely {
		if 2*hits[p] > asked && !taken[p] {
			return p
		}
	}
	best, at, alone := 0, -1, true
	for p, n := range hits {
		if taken[p] || 2*n <= asked {
			continue
		}
		switch {
		case n > best:
			best, at, alone = n, p, true
		case n == best:
			alone = false
		}
	}
	if !alone {
		return -1
	}
	return at
}

func dayName(serial float64) string {
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(serial)).Format(time.DateOnly)
}
