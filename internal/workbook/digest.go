package workbook

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Digest identifies the content of a Book: equal Books have equal digests. It leaves out
// the values of Open cells, which are people's.
func Digest(b *Book) string {
	h := newHash().str(b.Title).str(b.Locale).str(b.TimeZone).str(b.Recalc)
	for _, t := range b.Tabs {
		h = h.str(strconv.FormatInt(t.ID, 10)).str(t.Key).str(t.Title).bool(t.Exclusive).bool(t.Hidden).str(t.TabColor).
			bool(t.HideGrid).
			int(t.Rows).int(t.Cols).int(t.FrozenRows).int(t.FrozenCols).str(t.KeyColumn)
		for _, c := range t.Columns {
			h = h.str(c.Key).int(c.Width).bool(c.Hidden)
		}
		for _, r := range t.RowIDs {
			h = h.str(strconv.FormatFloat(r.Day, 'g', -1, 64)).str(r.Tag)
		}
		for _, r := range slices.Sorted(maps.Keys(t.Heights)) {
			h = h.int(r).int(t.Heights[r])
		}
		for _, row := range t.Cells {
			h = h.int(len(row))
			for i := range row {
				h = h.cell(&row[i])
			}
		}
		// The remaining parts are plain values without pointers.
		h = h.str(fmt.Sprint(t.Merges, t.Rules, t.Charts))
		if t.Protect != nil {
			h = h.str(fmt.Sprint(*t.Protect))
		}
		if t.Filter != nil {
			h = h.str(fmt.Sprint(*t.Filter))
		}
	}
	return strconv.FormatUint(h.sum(), 36)
}

func (h hash) cell(c *Cell) hash {
	h = h.bool(c.Open)
	if !c.Open {
		h = h.int(int(c.Kind)).str(c.Str).str(strconv.FormatFloat(c.Num, 'g', -1, 64))
	}
	h = h.str(strconv.FormatUint(styleHash(c.Style, c.Link), 36)).str(c.Note)
	if c.Check != nil {
		h = h.str(strconv.FormatUint(checkHash(c.Check, c.Check.Values), 36))
	}
	return h
}
