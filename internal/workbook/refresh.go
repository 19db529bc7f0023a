package workbook

import (
	"slices"

	"google.golang.org/api/sheets/v4"
)

// Refresh is StateOf plus what have remembers of the looks of cells and of which were
// written: a Diff against it writes only what is not as it was left. It also rewrites
// cells of ours that somebody has changed.
func Refresh(have *State, s *sheets.Spreadsheet) *State {
	now := StateOf(s)
	for i, seen := range now.tabs {
		if old := have.tab(seen.id); old != nil && old.seen == nil {
			now.tabs[i] = old.refresh(seen)
		}
	}
	return now
}

// refresh returns t updated with a later read of the tab.
func (t *tabState) refresh(seen *tabState) *tabState {
	n := t.clone()
	n.inputs = "" // it may not stand any more as it was made
	n.key, n.hidden, n.color, n.hideGrid = seen.key, seen.hidden, seen.color, seen.hideGrid
	n.frozenRows, n.frozenCols, n.gridRows, n.gridCols = seen.frozenRows, seen.frozenCols, seen.gridRows, seen.gridCols
	n.refreshColumns(seen)
	n.refreshRows(seen)
	n.refreshValues(seen)
	n.refreshObjects(t, seen)
	return n
}

// refreshColumns finds the columns: tagged ones by tag, the others by their neighbours.
func (t *tabState) refreshColumns(seen *tabState) {
	spare := slices.Clone(seen.spareCols)
	var was, is []int
	for i := range t.cols {
		c := &t.cols[i]
		if c.key == "" {
			continue
		}
		k := slices.IndexFunc(spare, func(s colState) bool { return s.key == c.key })
		if k < 0 {
			c.pos = -1
			continue
		}
		if c.pos >= 0 {
			was, is = append(was, c.pos), append(is, spare[k].pos)
		}
		c.pos, c.hidden = spare[k].pos, spare[k].hidden
		spare = slices.Delete(spare, k, k+1)
	}
	t.spareCols = spare
	slices.Sort(was)
	slices.Sort(is)
	for i := range t.cols {
		if c := &t.cols[i]; c.key == "" && c.pos >= 0 {
			c.pos = follow(was, is, c.pos)
		}
	}
}

// refreshRows finds the rows the same way; those of days by the key column.
func (t *tabState) refreshRows(seen *tabState) {
	days := t.daysSeen(seen)
	spare := slices.Clone(seen.spareRows)
	find := func(r *rowState) (at int, ok bool) {
		if r.day != 0 {
			at, ok = days[valueCode(Number, r.day, "")]
			return at, ok
		}
		k := slices.IndexFunc(spare, func(s rowState) bool { return s.tag == r.tag })
		if k < 0 {
			return 0, false
		}
		at = spare[k].pos
		spare = slices.Delete(spare, k, k+1)
		return at, true
	}
	var was, is []int
	for li, list := range [][]rowState{t.rows, t.spareRows} {
		for i := range list {
			r := &list[i]
			if !r.identified() {
				continue
			}
			at, ok := find(r)
			switch {
			case !ok:
				at = -1
			case r.pos >= 0 && li == 0:
				was, is = append(was, r.pos), append(is, at)
			}
			r.pos = at
		}
	}
	t.spareRows = append(t.spareRows, spare...)
	slices.Sort(was)
	slices.Sort(is)
	for i := range t.rows {
		if r := &t.rows[i]; !r.identified() && r.pos >= 0 {
			r.pos = follow(was, is, r.pos)
		}
	}
}

// daysSeen returns the first row of each value in the key column.
func (t *tabState) daysSeen(seen *tabState) map[uint64]int {
	days := map[uint64]int{}
	if t.keyCol >= 0 && t.keyCol < len(t.cols) && t.cols[t.keyCol].pos >= 0 {
		for r := len(seen.seen.cells) - 1; r >= 0; r-- {
			days[seen.seen.at(r, t.cols[t.keyCol].pos).value] = r
		}
	}
	return days
}

// refreshValues forgets the values of ours that somebody changed.
func (t *tabState) refreshValues(seen *tabState) {
	t.vals = slices.Clone(t.vals)
	for i, r := range t.rows {
		for j, c := range t.cols {
			code := &t.vals[i*len(t.cols)+j]
			if r.pos < 0 || c.pos < 0 || *code == valBlank || *code == valOpen {
				continue
			}
			saw := seen.seen.at(r.pos, c.pos).value
			if saw == valBlank {
				saw = valEmpty
			}
			if saw != *code {
				*code = valUnknown
			}
		}
	}
}

// refreshObjects keeps what is known of merges, rules, protection, charts and the filter
// and still true.
func (t *tabState) refreshObjects(known, seen *tabState) {
	t.merges, t.foreignMerges = nil, slices.Clone(seen.foreignMerges)
	for _, a := range known.merges {
		if box, ok := t.box(a); ok && slices.Contains(t.foreignMerges, box) && len(t.areas(a)) == 1 {
			t.merges = append(t.merges, a)
			t.foreignMerges = slices.DeleteFunc(t.foreignMerges, func(s Area) bool { return s == box })
		}
	}
	if t.rules = seen.rules; t.rules != known.rules {
		t.rulesHash = 0
	}
	t.protects = seen.protects
	if len(t.protects) < len(known.protects) {
		t.protect = 0
	}
	t.charts = slices.Clone(seen.charts)
	for i, c := range t.charts {
		if k := slices.IndexFunc(known.charts, func(o chartState) bool { return o.id == c.id }); k >= 0 {
			t.charts[i] = known.charts[k]
		}
	}
	if t.filter = seen.filter; !t.filter {
		t.filterHash = 0
	}
	t.groups = seen.groups
}
