package workbook

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxText is how many characters a cell can hold.
const maxText = 50_000

// size returns how many rows and columns of the tab are the Book's: those with cells or
// an identity.
func (t *Tab) size() (rows, cols int) {
	rows, cols = max(len(t.Cells), len(t.RowIDs)), len(t.Columns)
	for _, r := range t.Cells {
		cols = max(cols, len(r))
	}
	return rows, cols
}

// cell returns the cell at a row and column, Blank if there is none.
func (t *Tab) cell(r, c int) *Cell {
	if r < len(t.Cells) && c < len(t.Cells[r]) {
		return &t.Cells[r][c]
	}
	return &blank
}

var blank Cell

func (t *Tab) column(c int) Column {
	if c < len(t.Columns) {
		return t.Columns[c]
	}
	return Column{}
}

// owns reports whether only the worker may write in a column.
func (t *Tab) owns(c int) bool { return t.Exclusive || c >= 0 && t.column(c).Own }

func (t *Tab) rowID(r int) RowID {
	if r < len(t.RowIDs) {
		return t.RowIDs[r]
	}
	return RowID{}
}

// keyColumn returns the index of KeyColumn, or −1.
func (t *Tab) keyColumn() int {
	for i, c := range t.Columns {
		if c.Key != "" && c.Key == t.KeyColumn {
			return i
		}
	}
	return -1
}

// check finds what Google would refuse, or what would be ambiguous, before anything is
// sent. The cells are checked when they are written.
func (b *Book) check() error {
	if b.Recalc != "" && b.Recalc != EveryMinute && b.Recalc != EveryHour {
		return fmt.Errorf("recalculated %q: neither %s nor %s", b.Recalc, EveryMinute, EveryHour)
	}
	ids, keys := map[int64]string{}, map[string]bool{}
	cells := 0
	for _, t := range b.Tabs {
		switch other, dup := ids[t.ID]; {
		case t.ID <= 0 || t.ID > math.MaxInt32:
			return fmt.Errorf("tab %q: id %d is not in 1 … 2^31−1", t.Title, t.ID)
		case dup:
			return fmt.Errorf("tabs %q and %q have the same id %d", other, t.Title, t.ID)
		case t.Key == "":
			return fmt.Errorf("tab %q has no key", t.Title)
		case keys[t.Key]:
			return fmt.Errorf("two tabs have the key %q", t.Key)
		case t.Title == "":
			return fmt.Errorf("tab %q has no title", t.Key)
		case t.Inputs != "" && !t.Exclusive || t.Kept && t.Inputs == "":
			return fmt.Errorf("tab %q cannot be kept: it is not exclusive, or its inputs are not known", t.Title)
		}
		ids[t.ID], keys[t.Key] = t.Title, true
		if err := t.check(); err != nil {
			return fmt.Errorf("tab %q: %w", t.Title, err)
		}
		nr, nc := t.size()
		rows, cols := max(nr, t.Rows), max(nc, t.Cols)
		if cells += rows * cols; cols > maxColumns || cells > maxCells {
			return fmt.Errorf("tab %q: %d rows and %d columns are more than a spreadsheet can hold", t.Title,
				rows, cols)
		}
	}
	return b.checkOthers()
}

// checkOthers finds charts with missing data, and areas that differ from what they are
// said to copy.
func (b *Book) checkOthers() error {
	for _, t := range b.Tabs {
		for _, c := range t.Charts {
			if c.Data != 0 && !slices.ContainsFunc(b.Tabs, func(o *Tab) bool { return o.ID == c.Data }) {
				return fmt.Errorf("tab %q: chart %q shows what stands in a tab that is not there: %d", t.Title, c.Title,
					c.Data)
			}
		}
		for _, k := range t.Copies {
			i := slices.IndexFunc(b.Tabs, func(o *Tab) bool { return o.ID == k.From && o != t })
			if i < 0 {
				return fmt.Errorf("tab %q: nothing has the id %d that it copies from", t.Title, k.From)
			}
			if err := k.check(t, b.Tabs[i]); err != nil {
				return fmt.Errorf("tab %q: %w", t.Title, err)
			}
			for r := k.To.R0; r < k.To.R1; r++ {
				for c := k.To.C0; c < k.To.C1; c++ {
					is, of := t.cell(r, c), b.Tabs[i].cell(k.R0+r-k.To.R0, k.C0+c-k.To.C0)
					if !is.copyOf(of) {
						return fmt.Errorf("tab %q: cell %s is no copy of %q %s", t.Title, A1(r, c), b.Tabs[i].Title,
							A1(k.R0+r-k.To.R0, k.C0+c-k.To.C0))
					}
				}
			}
		}
	}
	return nil
}

// check fails if copying would bring merges or rules along, or tear merges.
func (k Copy) check(to, from *Tab) error {
	over := func(merges []Area, a Area) bool {
		return slices.ContainsFunc(merges, func(m Area) bool {
			return m.R0 < a.R1 && a.R0 < m.R1 && m.C0 < a.C1 && a.C0 < m.C1
		})
	}
	switch {
	case len(to.Rules)+len(from.Rules) > 0:
		return fmt.Errorf("what it copies from %q would bring conditional rules along", from.Title)
	case over(to.Merges, k.To) || over(from.Merges, k.source(k.To.R0, k.To.R1)):
		return fmt.Errorf("what it copies from %q lies over merged cells", from.Title)
	}
	return nil
}

// copyOf reports whether copying the cell of gives this cell.
func (c *Cell) copyOf(of *Cell) bool {
	return !c.Open && !of.Open && c.Kind != Formula && c.Kind == of.Kind && c.Num == of.Num && c.Str == of.Str &&
		c.Note == "" && c.Link == of.Link && c.Check == nil && of.Check == nil &&
		(c.Style == of.Style || c.Style != nil && of.Style != nil && *c.Style == *of.Style)
}

// Google's limits: columns of a tab, cells of all tabs.
const (
	maxColumns = 18_278
	maxCells   = 10_000_000
)

// namesTab reports whether a formula refers to a tab by name. Outside of texts, ! occurs
// nowhere else.
func namesTab(formula string) bool {
	text := false
	for _, r := range formula {
		switch {
		case r == '"':
			text = !text
		case r == '!' && !text:
			return true
		}
	}
	return false
}

func (t *Tab) check() error {
	for _, part := range []func() error{t.checkColumns, t.checkRows, t.checkRules, t.checkCharts, t.checkMerges,
		t.checkGroups, t.checkSorted} {
		if err := part(); err != nil {
			return err
		}
	}
	if err := checkColor(t.TabColor); err != nil {
		return err
	}
	if t.Protect != nil && t.Protect.ID == 0 {
		return fmt.Errorf("its protection has no id")
	}
	for _, a := range t.areas() {
		if a.R0 < 0 || a.C0 < 0 || a.R1 <= a.R0 || a.C1 <= a.C0 {
			return fmt.Errorf("area %+v is empty or out of the sheet", a)
		}
	}
	return nil
}

func (t *Tab) checkColumns() error {
	keys := map[string]bool{}
	for _, c := range t.Columns {
		if c.Key != "" && keys[c.Key] {
			return fmt.Errorf("two columns have the key %q", c.Key)
		}
		keys[c.Key] = true
	}
	return nil
}

func (t *Tab) checkRows() error {
	days, tags := map[float64]bool{}, map[string]bool{}
	for i, r := range t.RowIDs {
		switch {
		case r.Day != math.Trunc(r.Day):
			return fmt.Errorf("row %d has the day %v, which is not a whole number", i+1, r.Day)
		case r.Day != 0 && r.Tag != "":
			return fmt.Errorf("row %d has both a day and the tag %q", i+1, r.Tag)
		case r.Day != 0 && days[r.Day]:
			return fmt.Errorf("two rows have the day %v", r.Day)
		case r.Tag != "" && tags[r.Tag]:
			return fmt.Errorf("two rows have the tag %q", r.Tag)
		}
		days[r.Day], tags[r.Tag] = true, true
	}
	delete(days, 0)
	if len(days) > 0 && t.keyColumn() < 0 {
		return fmt.Errorf("rows have days but there is no key column %q", t.KeyColumn)
	}
	return nil
}

func (t *Tab) checkRules() error {
	for i, r := range t.Rules {
		if len(r.Areas) == 0 {
			return fmt.Errorf("rule %d has no area", i+1)
		}
		for _, v := range r.Values {
			if namesTab(v) {
				return fmt.Errorf("rule %d refers to a tab by its name, which Google refuses: %s", i+1, v)
			}
		}
		if err := checkColors(r.Color, r.Back); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	return nil
}

func (t *Tab) checkCharts() error {
	ids := map[int64]bool{}
	for _, c := range t.Charts {
		if c.ID == 0 || ids[c.ID] {
			return fmt.Errorf("chart %q: id %d is 0 or used twice", c.Title, c.ID)
		}
		ids[c.ID] = true
		if len(c.Series) == 0 {
			return fmt.Errorf("chart %q has nothing to show", c.Title)
		}
		if err := checkColors(c.Colors...); err != nil {
			return fmt.Errorf("chart %q: %w", c.Title, err)
		}
	}
	return nil
}

func (t *Tab) checkMerges() error {
	for _, m := range t.Merges {
		if m.R0 < t.FrozenRows && t.FrozenRows < m.R1 || m.C0 < t.FrozenCols && t.FrozenCols < m.C1 {
			return fmt.Errorf("merged cells %s:%s lie across the edge of the frozen rows or columns", A1(m.R0, m.C0),
				A1(m.R1-1, m.C1-1))
		}
	}
	return nil
}

func (t *Tab) checkSorted() error {
	others := len(t.Merges) + len(t.Rules) + len(t.Charts) + len(t.Copies) + len(t.RowIDs)
	if t.Sorted && (!t.Exclusive || others > 0 || t.Filter != nil) {
		return fmt.Errorf("its rows are sorted, which only those of a tab can be that is ours alone and has nothing " +
			"but cells: no merges, conditional rules, charts, copies, filter or identities of rows")
	}
	return nil
}

func (t *Tab) checkGroups() error {
	if len(t.Groups) > 0 && !t.Exclusive {
		return fmt.Errorf("it has groups of columns, which are people's where the tab is not ours alone")
	}
	last := -1 // last column of the group before
	for _, g := range t.Groups {
		name := ColumnName(max(0, g.C0)) + ":" + ColumnName(max(0, g.C1-1))
		switch {
		case g.C0 < 0 || g.C1 <= g.C0:
			return fmt.Errorf("group %+v is empty or out of the sheet", g)
		case g.C0 <= last:
			return fmt.Errorf("group %s touches the one before: Google would make one of them", name)
		case g.C0 < t.FrozenCols:
			return fmt.Errorf("group %s holds frozen columns", name)
		}
		for c := g.C0; c < g.C1; c++ {
			if t.column(c).Hidden {
				return fmt.Errorf("group %s holds the hidden column %s", name, ColumnName(c))
			}
		}
		last = g.C1
	}
	return nil
}

func checkColors(colors ...string) error {
	for _, c := range colors {
		if err := checkColor(c); err != nil {
			return err
		}
	}
	return nil
}

// areas returns all areas that the tab's objects refer to; for a chart's place, the cell
// to which it is attached.
func (t *Tab) areas() []Area {
	areas := slices.Clone(t.Merges)
	for _, r := range t.Rules {
		areas = append(areas, r.Areas...)
	}
	if t.Protect != nil {
		areas = append(areas, t.Protect.Open...)
	}
	for _, c := range t.Charts {
		areas = append(areas, Area{c.At.R0, c.At.C0, c.At.R0 + 1, c.At.C0 + 1})
		if c.Data == 0 {
			areas = append(append(areas, c.Domain), c.Series...)
		}
	}
	if t.Filter != nil {
		areas = append(areas, *t.Filter)
	}
	for _, g := range t.Groups {
		areas = append(areas, g.area())
	}
	for _, k := range t.Copies {
		areas = append(areas, k.To)
	}
	return areas
}

func checkColor(s string) error {
	if _, _, _, ok := parseColor(s); s != "" && !ok {
		return fmt.Errorf("color %q is not of the form #RRGGBB", s)
	}
	return nil
}

func checkStyle(s *Style) error {
	for _, c := range []string{s.Color, s.Background} {
		if err := checkColor(c); err != nil {
			return err
		}
	}
	for _, b := range []string{s.Top, s.Bottom, s.Left, s.Right} {
		if b == "" {
			continue
		}
		kind, c, _ := strings.Cut(b, " ")
		if _, _, _, ok := parseColor(c); !ok || kind != "thin" && kind != "medium" {
			return fmt.Errorf("border %q is not of the form \"thin #RRGGBB\" or \"medium #RRGGBB\"", b)
		}
	}
	return nil
}

// checkValue finds values that cannot be sent.
func checkValue(c *Cell) error {
	switch {
	case c.Kind == Number && (math.IsNaN(c.Num) || math.IsInf(c.Num, 0)):
		return fmt.Errorf("%v is no number that a cell can hold", c.Num)
	case (c.Kind == Text || c.Kind == Formula) && len(c.Str) > maxText && utf8.RuneCountInString(c.Str) > maxText:
		return fmt.Errorf("a text of %d characters is longer than the %d that a cell can hold",
			utf8.RuneCountInString(c.Str), maxText)
	case c.Kind == Formula && c.Str != "" && c.Str[0] != '=':
		return fmt.Errorf("formula %q does not begin with =", c.Str)
	}
	return nil
}
