package workbook

import "slices"

// This file finds our parts that have lost their tags, because somebody or something
// deleted developer metadata. It recognises tabs by their ids, which only we use; columns
// and rows by texts that the Book has in them and nowhere else. They get their tags back.

// Recognise claims tabs that have lost their tag: those with the id of one of the keys.
// Diff does so itself with the tabs of its Book.
func (s *State) Recognise(keys ...string) {
	for _, key := range keys {
		s.recognise(SheetID(key), key)
	}
}

func (s *State) recognise(id int64, key string) *tabState {
	i := slices.IndexFunc(s.unmarked, func(t *tabState) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	t := *s.unmarked[i]
	t.key, t.untagged = key, true
	s.unmarked = slices.Delete(slices.Clone(s.unmarked), i, i+1)
	s.tabs = append(slices.Clone(s.tabs), &t)
	return &t
}

// untaggedColumns finds wanted columns that have lost their tags: index in the Book to
// position. taken are the positions of columns that have theirs.
func (t *tabState) untaggedColumns(want *Tab, taken map[int]bool) map[int]int {
	lost := map[int]bool{}
	_, n := want.size()
	for i := range n {
		if key := want.column(i).Key; key != "" &&
			!slices.ContainsFunc(t.spareCols, func(c colState) bool { return c.key == key }) {
			lost[i] = true
		}
	}
	if len(lost) == 0 {
		return nil
	}
	own := ownTexts(want, func(_, c int) int { return c })
	if k := want.keyColumn(); k >= 0 {
		for _, r := range want.RowIDs {
			if r.Day != 0 {
				own[valueCode(Number, r.Day, "")] = k
			}
		}
	}
	return t.holding(own, lost, taken, func(_, c int) int { return c })
}

// untaggedRows is untaggedColumns for tagged rows.
func (t *tabState) untaggedRows(want *Tab, taken map[int]bool) map[int]int {
	lost := map[int]bool{}
	for i, id := range want.RowIDs {
		if id.Tag != "" && !slices.ContainsFunc(t.spareRows, func(r rowState) bool { return r.tag == id.Tag }) {
			lost[i] = true
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return t.holding(ownTexts(want, func(r, _ int) int { return r }), lost, taken, func(r, _ int) int { return r })
}

// ownTexts returns the texts of the Book that occur in only one line, and that line.
func ownTexts(want *Tab, line func(r, c int) int) map[uint64]int {
	const several = -1
	own := map[uint64]int{}
	for r, cells := range want.Cells {
		for c := range cells {
			if cells[c].Kind != Text || cells[c].Open || cells[c].Str == "" {
				continue
			}
			code, at := valueCode(Text, 0, cells[c].Str), line(r, c)
			if was, ok := own[code]; ok && was != at {
				at = several
			}
			own[code] = at
		}
	}
	return own
}

// holding returns, for each lost line, the line of the sheet with most of its own texts.
// It leaves out a lost line if two lines of the sheet have equally many.
func (t *tabState) holding(own map[uint64]int, lost, taken map[int]bool, line func(r, c int) int) map[int]int {
	hits := map[[2]int]int{} // by line of the Book and position
	for r, cells := range t.seen.cells {
		for c := range cells {
			at := line(r, c)
			if i, ok := own[cells[c].value]; ok && lost[i] && !taken[at] {
				hits[[2]int{i, at}]++
			}
		}
	}
	found, most := map[int]int{}, map[int]int{}
	for k, n := range hits {
		switch i, at := k[0], k[1]; {
		case n > most[i]:
			found[i], most[i] = at, n
		case n == most[i]:
			found[i] = -1
		}
	}
	used := map[int]bool{}
	for i, at := range found {
		if at < 0 || used[at] {
			delete(found, i)
			continue
		}
		used[at] = true
	}
	return found
}
