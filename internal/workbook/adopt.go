package workbook

import (
	"slices"
	"strings"
)

// adopt turns a tab that was read from the sheet into the state that a Diff against want
// would have left, as far as possible: it finds the wanted columns and rows and the
// values in our cells, but nothing of their look.
func adopt(seen *tabState, want *Tab) *tabState {
	t := *seen
	t.cols, t.spareCols = nil, slices.Clone(seen.spareCols)
	t.rows, t.spareRows = nil, slices.Clone(seen.spareRows)
	columns := t.adoptColumns(want)
	rows := t.adoptRows(want, t.adoptDays(want, columns))
	t.adoptCells(want, rows, columns)
	return &t
}

// adoptColumns finds the wanted columns: tagged ones by tag, others after the one before;
// by position if neither side has any tag. It returns the Book's columns for those in
// t.cols.
func (t *tabState) adoptColumns(want *Tab) []int {
	byPosition := len(t.spareCols) == 0 && !slices.ContainsFunc(want.Columns, func(c Column) bool {
		return c.Key != ""
	})
	taken := map[int]bool{}
	for _, c := range t.spareCols {
		taken[c.pos] = true
	}
	untagged := t.untaggedColumns(want, taken)
	for _, at := range untagged {
		taken[at] = true
	}
	_, n := want.size()
	columns := make([]int, 0, n)
	t.keyCol = -1
	for i, prev := 0, -1; i < n; i++ {
		c := want.column(i)
		found := colState{pos: -1}
		switch {
		case c.Key != "":
			if j := slices.IndexFunc(t.spareCols, func(s colState) bool { return s.key == c.Key }); j >= 0 {
				found = t.spareCols[j]
				t.spareCols = slices.Delete(t.spareCols, j, j+1)
			} else if at, ok := untagged[i]; ok {
				found = colState{key: c.Key, pos: at, untagged: true}
			}
		case byPosition && i < t.gridCols:
			found.pos = i
		case !byPosition && (prev >= 0 || i == 0) && prev+1 < t.gridCols && !taken[prev+1]:
			found.pos = prev + 1
		}
		if prev = found.pos; prev >= 0 {
			if line := lineAt(t.seen.cols, prev); t.seen.looks {
				found.width, found.hidden = line.size, line.hidden
			}
			t.cols, columns = append(t.cols, found), append(columns, i)
			if c.Key != "" && c.Key == want.KeyColumn {
				t.keyCol = len(t.cols) - 1
			}
		}
	}
	return columns
}

// adoptDays finds the rows of days by the values in the key column. If a day occurs
// twice, it takes the first row in which a person has typed.
func (t *tabState) adoptDays(want *Tab, columns []int) map[float64]int {
	days := map[float64]int{}
	if t.keyCol < 0 {
		return days
	}
	col := t.cols[t.keyCol].pos
	code := map[uint64]float64{}
	for _, id := range want.RowIDs {
		if id.Day != 0 {
			code[valueCode(Number, id.Day, "")] = id.Day
		}
	}
	typed := t.typed(want, columns)
	holds := func(r int) bool {
		return slices.ContainsFunc(typed, func(c int) bool { return t.seen.at(r, c).value != valBlank })
	}
	for _, full := range []bool{false, true} {
		for r := len(t.seen.cells) - 1; r >= 0; r-- {
			if day, ok := code[t.seen.at(r, col).value]; ok && (!full || holds(r)) {
				if other, twice := days[day]; twice && other != r {
					t.duplicateDays = true
				}
				days[day] = r
			}
		}
	}
	return days
}

// adoptRows finds the wanted rows: by tag, by day, else after the one before. A day found
// nowhere, as after an interrupted write, may take the empty row there, into which its
// figures then come back. It returns the Book's rows for those in t.rows.
func (t *tabState) adoptRows(want *Tab, days map[float64]int) []int {
	taken := map[int]bool{}
	for _, r := range t.spareRows {
		taken[r.pos] = true
	}
	for _, r := range days {
		taken[r] = true
	}
	untagged := t.untaggedRows(want, taken)
	for _, at := range untagged {
		taken[at] = true
	}
	n, _ := want.size()
	rows := make([]int, 0, n)
	for i, prev := 0, -1; i < n; i++ {
		id := want.rowID(i)
		found := rowState{day: id.Day, tag: id.Tag, pos: -1}
		switch {
		case id.Day != 0:
			if r, ok := days[id.Day]; ok {
				found.pos = r
			} else if r := prev + 1; prev >= 0 && r < t.gridRows && !taken[r] && t.seen.blank(r) {
				found.pos = r
			}
		case id.Tag != "":
			if j := slices.IndexFunc(t.spareRows, func(s rowState) bool { return s.tag == id.Tag }); j >= 0 {
				found = t.spareRows[j]
				t.spareRows = slices.Delete(t.spareRows, j, j+1)
			} else if at, ok := untagged[i]; ok {
				found.pos, found.untagged = at, true
			}
		case (prev >= 0 || i == 0) && prev+1 < t.gridRows && !taken[prev+1]:
			found.pos = prev + 1
		}
		if prev = found.pos; prev >= 0 {
			switch line := lineAt(t.seen.rows, prev); {
			case want.Heights[i] == HiddenRow && line.hidden:
				found.height = HiddenRow
			case want.Heights[i] > 0:
				found.height = line.size
			}
			t.rows, rows = append(t.rows, found), append(rows, i)
		}
	}
	return rows
}

// adoptCells takes the present values of our cells for what was written; their look is
// unknown.
func (t *tabState) adoptCells(want *Tab, rows, columns []int) {
	t.palette = []look{unknownLook}
	palette := map[look]uint32{unknownLook: 0}
	t.vals = make([]uint64, 0, len(t.rows)*len(t.cols))
	t.looks = make([]uint32, 0, len(t.rows)*len(t.cols))
	for i, r := range t.rows {
		empty := r.day != 0 && t.seen.blank(r.pos)
		for j, c := range t.cols {
			cell, saw := want.cell(rows[i], columns[j]), t.seen.at(r.pos, c.pos)
			code := adoptValue(cell, saw.value, want.owns(columns[j]))
			if empty && code == valOpen {
				code = valVacant
			}
			t.vals = append(t.vals, code)
			l := look{unknown, saw.note, unknown}
			ours := slices.ContainsFunc(want.Notes, func(s string) bool { return strings.Contains(saw.text, s) })
			if cell.Open && cell.Note == "" && !ours {
				l.note = 0 // it may be the person's own
			}
			k, ok := palette[l]
			if !ok {
				k = uint32(len(t.palette))
				palette[l] = k
				t.palette = append(t.palette, l)
			}
			t.looks = append(t.looks, k)
		}
	}
}

// blank reports whether a row is empty.
func (s *seenTab) blank(r int) bool {
	return r >= len(s.cells) || !slices.ContainsFunc(s.cells[r], func(c seenCell) bool { return c.value != valBlank })
}

// typed returns the positions of the columns into which people type. columns are the
// Book's columns in the order of t.cols.
func (t *tabState) typed(want *Tab, columns []int) []int {
	var out []int
	for i, c := range t.cols {
		if slices.ContainsFunc(want.Cells, func(cells []Cell) bool {
			return columns[i] < len(cells) && cells[columns[i]].Open
		}) {
			out = append(out, c.pos)
		}
	}
	return out
}

// adoptValue returns the code of a cell's value that was read as saw. own says that only
// the worker may write the cell.
func adoptValue(c *Cell, saw uint64, own bool) uint64 {
	switch {
	case c.Open:
		return valOpen
	case c.Kind == Blank && !own:
		return valBlank // not ours
	case saw == valBlank:
		return valEmpty
	}
	return saw
}
