package control

import (
	"slices"
	"strings"

	"svodka/internal/workbook"
)

// Developer metadata that identify tabs and columns.
const (
	tabMeta    = "svodka.tab"
	columnMeta = "svodka.column"
	rowMeta    = "svodka.row"
	headTag    = "head"
)

// grid is a tab as it is in the spreadsheet.
type grid struct {
	tab     *tab
	found   bool
	id      int64
	title   string
	head    int               // row of the header; −1: it was deleted
	cols    map[string]int    // the position of each known column
	headers map[string]string // the text of its header
	lost    map[string]bool   // columns of ops that are missing
	cells   values
	size    int // rows of the grid
}

// headRows is how far down inserted rows may have pushed the header.
const headRows = 10

// locate finds a tab and its columns, and reports what is missing.
func (r *reader) locate(c *Contents, t *tab) *grid {
	g := &grid{tab: t, cols: map[string]int{}, headers: map[string]string{}, lost: map[string]bool{}}
	there := c.find(t)
	if there == nil {
		if _, known := r.prev[t.key]; !known && len(r.prev) > 0 {
			return g // a tab new in this version of the program: nobody deleted it
		}
		r.say(Problem{Severity: Error, Tab: t.key, Row: -1,
			Message: r.t("вкладки «%s» нет: программа сделает её заново",
				"the tab “%s” is gone: the program will make it again", t.title.in(r.lang)),
			InForce: r.lastInForce(t)})
		return g
	}
	g.found, g.id, g.title, g.size, g.cells = true, there.ID, there.Title, there.Rows, there.Cells
	if g.head = there.Head; g.head < 0 {
		g.findHead(len(there.Cols) > 0)
	}
	if g.head < 0 {
		r.say(Problem{Severity: Error, Tab: t.key, Row: -1,
			Message: r.t("строка заголовков удалена: программа вернёт её",
				"the row of headings is gone: the program will put it back"),
			InForce: r.t("все строки действуют", "all rows are in force")})
	}
	r.findColumns(g, there.Cols)
	return g
}

// lastInForce returns whether anything of a missing tab stays in force.
func (r *reader) lastInForce(t *tab) string {
	if len(r.prev[t.key]) == 0 {
		return r.t("с неё ничего не действует", "nothing of it is in force")
	}
	return r.t("действует то, что было на ней раньше", "what stood on it stays in force")
}

// at returns the value of a cell; nil outside what was read.
func (g *grid) at(row, col int) any {
	if row < 0 || col < 0 || row >= len(g.cells) || col >= len(g.cells[row]) {
		return nil
	}
	return g.cells[row][col]
}

// header returns the text of a cell of a header, normalised.
func (g *grid) header(row, col int) string {
	s, ok := g.at(row, col).(string)
	if !ok {
		return ""
	}
	return norm(s)
}

// findHead finds the row of the header if its tag is lost: of the first rows, the one
// with the most known titles. If there is none but the columns have their tags, the
// header was deleted.
func (g *grid) findHead(tagged bool) {
	g.head = 0
	if tagged {
		g.head = -1
	}
	most := 1
	for row := range min(len(g.cells), headRows) {
		n := 0
		for col := range g.cells[row] {
			h := g.header(row, col)
			if slices.ContainsFunc(g.tab.columns, func(c column) bool { return c.titled(h) }) {
				n++
			}
		}
		if n > most {
			g.head, most = row, n
		}
	}
}

// titled reports whether a normalised header is the column's, in any language.
func (c column) titled(h string) bool {
	return h != "" && (h == normOwn(c.title[0]) || h == normOwn(c.title[1]))
}

// findColumns finds each column: by its tag, else by its header. It refuses what is
// ambiguous.
func (r *reader) findColumns(g *grid, tags map[string][]int) {
	tagged := map[int]bool{}
	for _, cols := range tags {
		for _, c := range cols {
			tagged[c] = true
		}
	}
	width := 0
	if g.head >= 0 && g.head < len(g.cells) {
		width = len(g.cells[g.head])
	}
	for i := range g.tab.columns {
		c := &g.tab.columns[i]
		var named []int // columns without a tag, with this header
		for col := range width {
			if !tagged[col] && c.titled(g.header(g.head, col)) {
				named = append(named, col)
			}
		}
		cols := tags[c.key]
		switch {
		case len(cols) > 1:
			// A copied column brought its tag along: the header decides.
			if own := slices.DeleteFunc(slices.Clone(cols), func(col int) bool {
				return !c.titled(g.header(g.head, col))
			}); len(own) == 1 {
				cols = own
			}
		case len(cols) == 1 && g.header(g.head, cols[0]) == "" && len(named) > 0:
			cols = named // its cells were moved elsewhere, and the tag stayed
		case len(cols) == 0:
			cols = named
		}
		switch {
		case len(cols) == 1:
			g.cols[c.key] = cols[0]
			if s, ok := g.at(g.head, cols[0]).(string); ok {
				g.headers[c.key] = s
			}
		case len(cols) > 1:
			g.lost[c.key] = true
			var names []string
			for _, col := range cols {
				s, ok := g.at(g.head, col).(string)
				if !ok {
					s = ""
				}
				names = append(names, "«"+s+"» ("+workbook.ColumnName(col)+")")
			}
			r.say(Problem{Severity: Error, Tab: g.tab.key, Row: -1, Column: c.key,
				Message: r.t("колонки %s не отличить друг от друга: переименуйте или уберите лишнюю",
					"the columns %s cannot be told apart: rename or remove one", strings.Join(names, ", ")),
				InForce: r.t("действует то, что было в колонке «%s» раньше",
					"what stood in the column “%s” stays in force", c.title.in(r.lang))})
		case !c.owned:
			g.lost[c.key] = true
			if c.later && !r.held(g.tab.key, c.key) {
				continue // not there yet
			}
			r.say(Problem{Severity: Error, Tab: g.tab.key, Row: -1, Column: c.key,
				Message: r.t("нет колонки «%s»: программа вернёт её вместе с тем, что в ней было",
					"the column “%s” is gone: the program will put it back with what was in it", c.title.in(r.lang)),
				InForce: r.t("действует то, что было в ней раньше", "what stood in it stays in force")})
		}
	}
}

// held reports whether a column had any content when it was last read.
func (r *reader) held(tab, column string) bool {
	return slices.ContainsFunc(r.prev[tab], func(row Row) bool { return row.Cells[column] != nil })
}

// down returns by how much the rows move when a deleted header is restored.
func (g *grid) down() int {
	if g.head < 0 {
		return 1
	}
	return 0
}

// rows returns the rows of the tab with any content, with the values of ops' columns and
// of those that identify a row.
func (g *grid) rows() []Row {
	var out []Row
	for at := g.head + 1; at < len(g.cells); at++ {
		row := Row{At: at, Cells: map[string]any{}}
		typed := false
		for key, col := range g.cols {
			v := g.at(at, col)
			if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
				v = nil
			}
			if v == nil {
				continue
			}
			c := g.tab.column(key)
			switch {
			case !c.owned:
				typed = typed || v != false
				row.Cells[key] = v
			case key == "id" || key == "before" || key == "moves" || key == "entered":
				row.Cells[key] = v
			case key == "key":
				row.Cells[key] = v
				typed = true // a setting, even without a value
			case key == "link":
				// The text of the worker's own link means nothing; an address does.
				if s, ok := v.(string); ok && isAddress(s) {
					row.Cells[key] = s
					typed = true
				}
			case key == statusKey:
				// If the status is in front, people paste lists over it.
				if s := textOf(v); g.tab.behindStatus() != "" && !IsStatus(s) {
					row.Cells[key] = s
					typed = true
				}
			case key == "name":
				row.Cells[key] = v // names a setting whose key was lost
			}
		}
		if typed {
			out = append(out, row)
		}
	}
	return out
}

// isAddress reports whether a text is the address of a spreadsheet.
func isAddress(s string) bool {
	return strings.Contains(s, "://") && strings.Contains(s, "/spreadsheets/d/")
}
