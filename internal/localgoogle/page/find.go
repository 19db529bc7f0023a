package page

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// found lists the cells of a tab that hold a text, row by row. If there is none, it lists
// the other tabs that have some.
type found struct {
	Cells     [][2]int    `json:"cells"` // row and column; of many, the first
	Count     int         `json:"count"`
	Elsewhere []elsewhere `json:"elsewhere,omitempty"`
}

type elsewhere struct {
	Tab   int64 `json:"tab"`
	Count int   `json:"count"`
}

// maxFound limits the cells in one answer: nobody steps through more.
const maxFound = 2000

// sameSpace replaces characters that people cannot tell apart.
var sameSpace = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "ё", "е", "−", "-")

func folded(s string) string { return sameSpace.Replace(strings.ToLower(s)) }

// find looks for a text in what the cells of a tab show, and in numbers also as typed:
// 1200 finds 1 200. hidden are the columns of the tab that the page does not show, as
// somebody has opened and closed its groups; nil: as the spreadsheet has them.
func find(b Book, tab int64, text string, hidden []int) found {
	out := found{Cells: [][2]int{}}
	want := folded(strings.TrimSpace(text))
	if want == "" {
		return out
	}
	tabs := b.Tabs()
	each := func(t Tab, f func(row, col int)) {
		hiddenRows, hiddenCols := setOf(t.HiddenRows), setOf(t.HiddenCols)
		if t.ID == tab && hidden != nil {
			hiddenCols = setOf(hidden)
		}
		for r, row := range b.Rows(t.ID, 0, t.Rows) {
			for c := range row {
				cell := &row[c]
				if hiddenRows[r] || hiddenCols[c] || cell.Text == "" {
					continue
				}
				if strings.Contains(folded(cell.Text), want) ||
					cell.Kind == Number && !strings.HasPrefix(cell.Edit, "=") &&
						strings.Contains(folded(cell.Edit), want) {
					f(r, c)
				}
			}
		}
	}
	i := slices.IndexFunc(tabs, func(t Tab) bool { return t.ID == tab })
	if i < 0 {
		return out
	}
	each(tabs[i], func(r, c int) {
		out.Count++
		if len(out.Cells) < maxFound {
			out.Cells = append(out.Cells, [2]int{r, c})
		}
	})
	if out.Count > 0 {
		return out
	}
	for j, t := range tabs {
		if j == i || t.Hidden {
			continue
		}
		n := 0
		each(t, func(int, int) { n++ })
		if n > 0 {
			out.Elsewhere = append(out.Elsewhere, elsewhere{t.ID, n})
		}
	}
	return out
}

// columnsOf reads «1,2,5»; nil if nothing was said. What is no column is passed over.
func columnsOf(q url.Values) []int {
	if !q.Has("hidden") {
		return nil
	}
	out := []int{}
	for s := range strings.SplitSeq(q.Get("hidden"), ",") {
		if c, err := strconv.Atoi(s); err == nil {
			out = append(out, c)
		}
	}
	return out
}

func setOf(list []int) map[int]bool {
	out := make(map[int]bool, len(list))
	for _, i := range list {
		out[i] = true
	}
	return out
}
