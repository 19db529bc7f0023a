package workbook

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Damaged returns signs that the given tabs are not as they were left, though nothing is
// missing. A read of values shows lines or tabs that moved, figures of ours that somebody
// changed, references that have lost their cell, and people's cells that lost their
// number format, as cells do from which something was cut. Only a look shows what else is
// damaged. Call it after Locate, with the same columns.
func (s *State) Damaged(tabs []*Tab, found []Found) (signs []string) {
	if s.formulasShifted {
		signs = append(signs, "lines or tabs stand elsewhere")
	}
	byID := make(map[int64]*Found, len(found))
	for i := range found {
		byID[found[i].MetaID] = &found[i]
	}
	for _, tab := range tabs {
		t := s.tab(tab.ID)
		if t == nil || t.seen != nil {
			continue
		}
		for j, c := range t.cols {
			if f := byID[MetaID(t.id, c.key)]; c.key != "" && c.pos >= 0 && f != nil {
				if row, what := t.damaged(j, f, tab.openFormat(c.key)); what != "" {
					signs = append(signs, fmt.Sprintf("tab %q: %s %s", t.key, A1(row, c.pos), what))
				}
			}
		}
	}
	return signs
}

// damaged returns the first sign in a column of the last written Book, and its row.
// format is the type of the number format of the cells into which people type.
func (t *tabState) damaged(col int, f *Found, format string) (row int, sign string) {
	for i, r := range t.rows {
		if r.pos < 0 {
			continue
		}
		at, code := r.pos-f.Row, t.vals[i*len(t.cols)+col]
		var saw any
		if at >= 0 && at < len(f.Values) {
			saw = f.Values[at]
		}
		text, isText := saw.(string)
		switch n, isNumber := numberOf(code); {
		case isNumber:
			if v, ok := saw.(float64); !ok || math.Abs(v-n) > 1e-9*max(1, math.Abs(n)) {
				return r.pos, "is not the number that was written"
			}
		case code == valOpen:
			if format != "" && at >= 0 && at < len(f.Formats) && f.Formats[at] == "" {
				return r.pos, "has lost its number format"
			}
		case stands(code) && isText && strings.HasPrefix(text, "#REF!"):
			return r.pos, "has lost a reference"
		}
	}
	return 0, ""
}

// numberOf returns the number for a code.
func numberOf(code uint64) (float64, bool) {
	if code == valBlank {
		return 0, false
	}
	n := math.Float64frombits(code)
	return n, !math.IsNaN(n) && !math.IsInf(n, 0)
}

// openFormat returns the type of the number format that all cells of a column have into
// which people type; empty: they have none, or different ones.
func (t *Tab) openFormat(key string) string {
	c := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key })
	if c < 0 {
		return ""
	}
	format := ""
	for r := range t.Cells {
		cell := t.cell(r, c)
		if !cell.Open {
			continue
		}
		if cell.Style == nil || cell.Style.Format.Type == "" || format != "" && format != cell.Style.Format.Type {
			return ""
		}
		format = cell.Style.Format.Type
	}
	return format
}
